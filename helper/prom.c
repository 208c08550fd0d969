/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>

#include "prom.h"
#include "text.h"

void prom_drop_empty_stats(struct prom_vf *vf, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (unsigned k = 0; k < VF_COUNTERS; k++)
			if (vf[i].vf_stats.count[k])
				return;
	for (size_t i = 0; i < n; i++)
		vf[i].vf_stats.told = 0;
}

/* --- labels --- */

static void print_label(FILE *out, const char *before, const char *name, const char *value)
{
	AUTO_FREE char *text = text_utf8(value);

	fprintf(out, "%s%s=\"", before, name);
	for (const char *p = text; *p; p++)
		if (*p == '\n')
			fputs("\\n", out);
		else if (*p == '"' || *p == '\\')
			fprintf(out, "\\%c", *p);
		else
			fputc(*p, out);
	fputc('"', out);
}

static void print_vf_labels(FILE *out, const struct prom_vf *vf)
{
	char index[16];

	snprintf(index, sizeof(index), "%u", vf->index);
	print_label(out, "{", "pf", vf->pf);
	print_label(out, ",", "vf", index);
	print_label(out, ",", "mac", vf->mac);
	print_label(out, ",", "container", vf->container);
}

static void print_head(FILE *out, const char *name, const char *type, const char *help)
{
	fprintf(out, "# HELP lxc_sriov_%s %s\n# TYPE lxc_sriov_%s %s\n", name, help, name, type);
}

/* --- one metric of all VFs --- */

struct vf_metric {
	const char *name, *type, *help;
	struct prom_value (*get)(const struct prom_vf *vf, unsigned which);
	unsigned which;
};

static struct prom_value link_counter(const struct prom_vf *vf, unsigned which)
{
	return (struct prom_value){ vf->has_link_stats, vf->link_stats.count[which] };
}

static struct prom_value vf_counter(const struct prom_vf *vf, unsigned which)
{
	return (struct prom_value){ vf->vf_stats.told & 1U << which, vf->vf_stats.count[which] };
}

static struct prom_value up(const struct prom_vf *vf, unsigned which)
{
	(void)which;
	return vf->up;
}

static struct prom_value carrier(const struct prom_vf *vf, unsigned which)
{
	(void)which;
	return vf->carrier;
}

static struct prom_value as_configured(const struct prom_vf *vf, unsigned which)
{
	(void)which;
	return vf->as_configured;
}

static struct prom_value max_tx_rate(const struct prom_vf *vf, unsigned which)
{
	(void)which;
	return (struct prom_value){ vf->max_tx_rate.known, vf->max_tx_rate.value * (1000 * 1000 / 8) };
}

#define FROM_NETDEV " of the VF's network device, in whatever namespace it is"
#define FROM_PF " of the VF as the PF's driver counts them (IFLA_VF_STATS)"

static const struct vf_metric vf_metrics[] = {
	{ "vf_up", "gauge", "Whether the VF's network device is set up.", up, 0 },
	{ "vf_carrier", "gauge", "Whether the VF's network device has a carrier.", carrier, 0 },
	{ "vf_as_configured", "gauge", "Whether pin would leave the VF as it is; of VFs with a section.", as_configured, 0 },
	{ "vf_max_tx_rate_bytes_per_second", "gauge", "The limit that the PF enforces (max_tx_rate), 0: none.",
	  max_tx_rate, 0 },
	{ "vf_receive_packets_total", "counter", "Packets received" FROM_NETDEV ".", link_counter, LINK_RX_PACKETS },
	{ "vf_receive_bytes_total", "counter", "Bytes received" FROM_NETDEV ".", link_counter, LINK_RX_BYTES },
	{ "vf_receive_errors_total", "counter", "Receive errors" FROM_NETDEV ".", link_counter, LINK_RX_ERRORS },
	{ "vf_receive_dropped_total", "counter", "Received packets dropped" FROM_NETDEV ".", link_counter, LINK_RX_DROPPED },
	{ "vf_receive_multicast_total", "counter", "Multicast packets received" FROM_NETDEV ".", link_counter,
	  LINK_RX_MULTICAST },
	{ "vf_transmit_packets_total", "counter", "Packets sent" FROM_NETDEV ".", link_counter, LINK_TX_PACKETS },
	{ "vf_transmit_bytes_total", "counter", "Bytes sent" FROM_NETDEV ".", link_counter, LINK_TX_BYTES },
	{ "vf_transmit_errors_total", "counter", "Send errors" FROM_NETDEV ".", link_counter, LINK_TX_ERRORS },
	{ "vf_transmit_dropped_total", "counter", "Packets to send dropped" FROM_NETDEV ".", link_counter, LINK_TX_DROPPED },
	{ "pf_vf_receive_packets_total", "counter", "Packets received" FROM_PF ".", vf_counter, VF_RX_PACKETS },
	{ "pf_vf_receive_bytes_total", "counter", "Bytes received" FROM_PF ".", vf_counter, VF_RX_BYTES },
	{ "pf_vf_receive_dropped_total", "counter", "Received packets dropped" FROM_PF ".", vf_counter, VF_RX_DROPPED },
	{ "pf_vf_receive_multicast_total", "counter", "Multicast packets received" FROM_PF ".", vf_counter, VF_RX_MULTICAST },
	{ "pf_vf_receive_broadcast_total", "counter", "Broadcast packets received" FROM_PF ".", vf_counter, VF_RX_BROADCAST },
	{ "pf_vf_transmit_packets_total", "counter", "Packets sent" FROM_PF ".", vf_counter, VF_TX_PACKETS },
	{ "pf_vf_transmit_bytes_total", "counter", "Bytes sent" FROM_PF ".", vf_counter, VF_TX_BYTES },
	{ "pf_vf_transmit_dropped_total", "counter", "Packets to send dropped" FROM_PF ".", vf_counter, VF_TX_DROPPED },
};

static void print_vf_metric(FILE *out, const struct vf_metric *metric, const struct prom_vf *vf, size_t n)
{
	bool any = false;

	for (size_t i = 0; i < n; i++) {
		struct prom_value v = metric->get(&vf[i], metric->which);

		if (!v.known)
			continue;
		if (!any)
			print_head(out, metric->name, metric->type, metric->help);
		any = true;
		fprintf(out, "lxc_sriov_%s", metric->name);
		print_vf_labels(out, &vf[i]);
		fprintf(out, "} %" PRIu64 "\n", v.value);
	}
}

static void print_vf_info(FILE *out, const struct prom_vf *vf, size_t n)
{
	if (n)
		print_head(out, "vf_info", "gauge",
			   "A VF: its PCI address, driver, and the name of its network device where it is.");
	for (size_t i = 0; i < n; i++) {
		fputs("lxc_sriov_vf_info", out);
		print_vf_labels(out, &vf[i]);
		print_label(out, ",", "pci", vf[i].pci);
		print_label(out, ",", "driver", vf[i].driver);
		print_label(out, ",", "netdev", vf[i].netdev);
		fputs("} 1\n", out);
	}
}

/* --- PFs --- */

static size_t pf_up(const struct prom_pf *pf)
{
	return pf->up;
}
static size_t pf_carrier(const struct prom_pf *pf)
{
	return pf->carrier;
}
static size_t pf_numvfs(const struct prom_pf *pf)
{
	return pf->numvfs;
}
static size_t pf_totalvfs(const struct prom_pf *pf)
{
	return pf->totalvfs;
}
static size_t pf_unread(const struct prom_pf *pf)
{
	return pf->unread;
}

static const struct {
	const char *name, *help;
	size_t (*get)(const struct prom_pf *pf);
} pf_metrics[] = {
	{ "pf_up", "Whether the PF is set up.", pf_up },
	{ "pf_carrier", "Whether the PF has a carrier.", pf_carrier },
	{ "pf_numvfs", "VFs that the PF has.", pf_numvfs },
	{ "pf_totalvfs", "VFs that the PF offers.", pf_totalvfs },
	{ "pf_unread_vfs", "VFs whose counters the kernel does not tell from the PF's side.", pf_unread },
};

static void print_pfs(FILE *out, const struct prom_pf *pf, size_t n)
{
	for (size_t m = 0; n && m < ARRAY_SIZE(pf_metrics); m++) {
		print_head(out, pf_metrics[m].name, "gauge", pf_metrics[m].help);
		for (size_t i = 0; i < n; i++) {
			fprintf(out, "lxc_sriov_%s", pf_metrics[m].name);
			print_label(out, "{", "pf", pf[i].name);
			fprintf(out, "} %zu\n", pf_metrics[m].get(&pf[i]));
		}
	}
	if (n)
		print_head(out, "pf_info", "gauge", "A PF: its PCI address and driver.");
	for (size_t i = 0; i < n; i++) {
		fputs("lxc_sriov_pf_info", out);
		print_label(out, "{", "pf", pf[i].name);
		print_label(out, ",", "pci", pf[i].pci);
		print_label(out, ",", "driver", pf[i].driver);
		fputs("} 1\n", out);
	}
}

void prom_print(FILE *out, const struct prom_pf *pf, size_t n_pf, const struct prom_vf *vf, size_t n_vf)
{
	print_pfs(out, pf, n_pf);
	print_vf_info(out, vf, n_vf);
	for (size_t i = 0; i < ARRAY_SIZE(vf_metrics); i++)
		print_vf_metric(out, &vf_metrics[i], vf, n_vf);
}
