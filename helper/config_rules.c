/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <linux/if_ether.h>
#include <stdarg.h>

#include "config_parts.h"

typedef int (*nic_order)(const struct config_nic *a, const struct config_nic *b);

static int by_number(unsigned a, unsigned b)
{
	return (a > b) - (a < b);
}

static int by_mac(const struct config_nic *a, const struct config_nic *b)
{
	return memcmp(a->want.mac.addr, b->want.mac.addr, sizeof(a->want.mac.addr));
}

static int by_vf(const struct config_nic *a, const struct config_nic *b)
{
	int c = strcmp(a->pf, b->pf);

	return c ? c : by_number(a->vf, b->vf);
}

static int by_link(const struct config_nic *a, const struct config_nic *b)
{
	return strcmp(a->link, b->link);
}

static int by_label(const struct config_nic *a, const struct config_nic *b)
{
	int c = strcasecmp(a->label, b->label);

	return c ? c : by_number(a->index, b->index);
}

/* Two runtimes may have a container of one name each. */
static int by_owner(const struct config_nic *a, const struct config_nic *b)
{
	int c = by_number(a->runtime, b->runtime);

	return c ? c : strcmp(a->container, b->container);
}

static int by_container(const struct config_nic *a, const struct config_nic *b)
{
	int c = by_owner(a, b);

	return c ? c : by_number(a->index, b->index);
}

static int by_inside_name(const struct config_nic *a, const struct config_nic *b)
{
	int c = by_owner(a, b);

	return c ? c : strcmp(a->name, b->name);
}

static int order_adapter(const void *a, const void *b, void *order)
{
	const struct config_nic *x = *(const struct config_nic *const *)a;
	const struct config_nic *y = *(const struct config_nic *const *)b;
	int c = (*(nic_order *)order)(x, y);

	return c ? c : (x > y) - (x < y); /* the file's order among equals */
}

static bool has_keys(const struct config_nic *nic, unsigned needed)
{
	for (unsigned k = 0; needed >> k; k++)
		if (needed >> k & 1 && !nic->key_line[k])
			return false;
	return true;
}

/* The NICs that have right values for all of @needed (a mask of keys), into an array; returns how many. */
static size_t sort_nics(const struct config *config, nic_order order, unsigned needed, struct config_nic ***ret)
{
	struct config_nic **sorted = xcalloc(config->n_nic, sizeof(struct config_nic *));
	size_t n = 0;

	for (size_t i = 0; i < config->n_nic; i++)
		if (has_keys(&config->nic[i], needed))
			sorted[n++] = &config->nic[i];
	qsort_r(sorted, n, sizeof(struct config_nic *), order_adapter, &order);
	*ret = sorted;
	return n;
}

/* The value of @key as it is shown in messages. */
static const char *nic_value(const struct config_nic *nic, enum config_nic_key key, char buf[static 64])
{
	char mac[MAC_STR_SIZE];

	switch (key) {
	case NIC_VF:
		snprintf(buf, 64, "%u", nic->vf);
		return buf;
	case NIC_MAC:
		(void)util_copy(buf, 64, mac_format(&nic->want.mac, mac));
		return buf;
	case NIC_VLAN_QOS:
		snprintf(buf, 64, "%u", nic->want.vlan_qos);
		return buf;
	case NIC_VLAN_PROTO:
		return nic->want.vlan_proto == ETH_P_8021AD ? "802.1ad" : "802.1Q";
	case NIC_MIN_TX_RATE:
		snprintf(buf, 64, "%u", nic->want.min_tx_rate);
		return buf;
	case NIC_SHAPE:
		return nic->shape == SHAPE_TC ? "tc" : nic->shape == SHAPE_AUTO ? "auto" : "vf";
	case NIC_LINK:
		return nic->link;
	case NIC_NAME:
		return nic->name;
	case NIC_CONTAINER:
		return nic->container;
	case NIC_RUNTIME:
		return runtime_name(nic->runtime);
	case NIC_IPV4_GATEWAY:
		return ipaddr_format(&nic->ipv4_gateway, false, buf);
	case NIC_IPV6_GATEWAY:
		return ipaddr_format(&nic->ipv6_gateway, false, buf);
	default:
		return nic->pf;
	}
}

static void nic_error(const struct config_nic *nic, enum config_nic_key key, struct strv *errors, const char *fmt, ...)
	PRINTF_LIKE(4, 5);

static void nic_error(const struct config_nic *nic, enum config_nic_key key, struct strv *errors, const char *fmt, ...)
{
	AUTO_FREE char *text = NULL;
	char value[64];
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = xstrdup(fmt);
	va_end(ap);
	if (!nic->file) {
		config_setting_error(key, nic_value(nic, key, value), text, errors);
		return;
	}
	strv_addf(errors, "%s:%u: [%s] %s = %s: %s", nic->file, nic->key_line[key] ? nic->key_line[key] : nic->line,
		  nic->section, config_nic_key_name(key), nic_value(nic, key, value), text);
}

/* What no two NICs may share: @order finds equals among those whose @needed keys are right. */
static const struct unique_rule {
	enum config_nic_key key;
	nic_order order;
	unsigned needed;
	const char *what;
} unique_rules[] = {
	{ NIC_CONTAINER, by_container, 0, "this NIC of the container is given by" },
	{ NIC_NAME, by_inside_name, 0, "the container's interface of that name is given by" },
	{ NIC_MAC, by_mac, 1 << NIC_MAC, "given to" },
	{ NIC_VF, by_vf, 1 << NIC_PF | 1 << NIC_VF, "this VF is given to" },
	{ NIC_LINK, by_link, 1 << NIC_LINK, "given to" },
};

static void check_unique(const struct config *config, const struct unique_rule *rule, struct strv *errors)
{
	AUTO_FREE struct config_nic **sorted = NULL;
	size_t n = sort_nics(config, rule->order, rule->needed, &sorted);

	for (size_t i = 1; i < n; i++) {
		const struct config_nic *first = sorted[i - 1];

		if (rule->key == NIC_LINK && !by_vf(sorted[i], first))
			continue; /* the default name of a VF given twice */
		if (!rule->order(sorted[i], first))
			nic_error(sorted[i], rule->key, errors, "%s [%s] in %s:%u already", rule->what, first->section,
				  first->file, first->key_line[rule->key] ? first->key_line[rule->key] : first->line);
	}
}

void config_name_containers(const struct config *config, struct strv *errors)
{
	AUTO_FREE struct config_nic **sorted = NULL;
	size_t n = sort_nics(config, by_label, 0, &sorted);
	const struct config_nic *first = NULL;

	for (size_t i = 0; i < n; i++) {
		struct config_nic *nic = sorted[i];

		if (!first || strcasecmp(first->label, nic->label)) {
			first = nic;
			if (!nic->container)
				nic->container = xstrdup(nic->label);
		} else if (!nic->container) {
			nic->container = xstrdup(first->container);
		} else if (strcmp(nic->container, first->container)) {
			nic_error(nic, NIC_CONTAINER, errors, "[%s] in %s:%u is of container %s", first->section,
				  first->file, first->line, first->container);
		}
		if (!nic->key_line[NIC_RUNTIME])
			nic->runtime = first->runtime;
		else if (nic->runtime != first->runtime)
			nic_error(nic, NIC_RUNTIME, errors, "[%s] in %s:%u is of runtime %s", first->section,
				  first->file, first->line, runtime_name(first->runtime));
		nic->owner = owner_format(nic->runtime, nic->container);
	}
}

static void check_pfs(const struct config *config, struct strv *errors)
{
	for (size_t i = 0; i < config->n_pf; i++)
		for (size_t j = 0; j < i; j++) {
			const struct config_pf *a = &config->pf[i], *b = &config->pf[j];

			if (*a->name && !strcmp(a->name, b->name))
				strv_addf(errors, "%s:%u: [%s]: the PF has a section in %s:%u already", a->file,
					  a->line, a->section, b->file, b->line);
			else if (*a->pci && !strcmp(a->pci, b->pci))
				strv_addf(errors, "%s:%u: [%s] pci = %s: already given by [%s] in %s:%u", a->file,
					  a->key_line[PF_PCI], a->section, a->pci, b->section, b->file,
					  b->key_line[PF_PCI]);
		}
}

/* What LXC's configuration says of a container, and with other runtimes the options of its own start. */
static void check_runtime(const struct config_nic *nic, struct strv *errors)
{
	static const enum config_nic_key lxc_only[] = { NIC_REATTACH_EXEC, NIC_CPUS, NIC_MEMORY, NIC_DEVICES };

	for (size_t i = 0; nic->runtime != RUNTIME_LXC && i < ARRAY_SIZE(lxc_only); i++)
		if (nic->key_line[lxc_only[i]])
			strv_addf(errors,
				  "%s:%u: [%s] %s: with runtime = %s it says nothing; %s has options of its own for that",
				  nic->file, nic->key_line[lxc_only[i]], nic->section, config_nic_key_name(lxc_only[i]),
				  runtime_name(nic->runtime), runtime_name(nic->runtime));
}

void config_check_nic(const struct config *config, const struct config_nic *nic, struct strv *errors)
{
	const struct config_pf *pf = config_find_pf(config, nic->pf);

	if (nic->key_line[NIC_PF] && !pf)
		nic_error(nic, NIC_PF, errors, "there is no section [pf %s]", nic->pf);
	if (nic->key_line[NIC_VF] && pf && pf->key_line[PF_NUMVFS] && nic->vf >= pf->numvfs)
		nic_error(nic, NIC_VF, errors, "[%s] in %s:%u has numvfs = %u, so the last VF is %u", pf->section,
			  pf->file, pf->line, pf->numvfs, pf->numvfs - 1);
	if (nic->key_line[NIC_LINK] && config_find_pf(config, nic->link))
		nic_error(nic, NIC_LINK, errors, "that is the name of a PF");
	if (nic->key_line[NIC_VLAN_QOS] && !(nic->want.has & VF_ATTR(VF_VLAN)))
		nic_error(nic, NIC_VLAN_QOS, errors, "it says something of a VLAN only; set vlan");
	if (nic->key_line[NIC_VLAN_PROTO] && !(nic->want.has & VF_ATTR(VF_VLAN)))
		nic_error(nic, NIC_VLAN_PROTO, errors, "it says something of a VLAN only; set vlan");
	if (nic->key_line[NIC_MIN_TX_RATE] && nic->key_line[NIC_MAX_TX_RATE] && nic->want.max_tx_rate &&
	    nic->want.min_tx_rate > nic->want.max_tx_rate)
		nic_error(nic, NIC_MIN_TX_RATE, errors, "it is above max_tx_rate = %u", nic->want.max_tx_rate);
	if (nic->key_line[NIC_SHAPE] && !nic->key_line[NIC_MAX_TX_RATE])
		nic_error(nic, NIC_SHAPE, errors, "it says how max_tx_rate is enforced; set that");
	if (nic->key_line[NIC_SHAPE] && nic->shape != SHAPE_VF && nic->key_line[NIC_MIN_TX_RATE])
		nic_error(nic, NIC_SHAPE, errors, "min_tx_rate can be enforced by the card only; take one of them out");
	if (nic->key_line[NIC_IPV4_GATEWAY] && !nic->ipv4.n)
		nic_error(nic, NIC_IPV4_GATEWAY, errors, "LXC takes a gateway only beside an address; set ipv4");
	if (nic->key_line[NIC_IPV6_GATEWAY] && !nic->ipv6.n)
		nic_error(nic, NIC_IPV6_GATEWAY, errors, "LXC takes a gateway only beside an address; set ipv6");
}

void config_check_rules(const struct config *config, struct strv *errors)
{
	check_pfs(config, errors);
	for (size_t i = 0; i < config->n_nic; i++) {
		config_check_nic(config, &config->nic[i], errors);
		check_runtime(&config->nic[i], errors);
	}
	for (size_t i = 0; i < ARRAY_SIZE(unique_rules); i++)
		check_unique(config, &unique_rules[i], errors);
}
