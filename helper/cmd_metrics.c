/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cmds.h"
#include "file.h"
#include "log.h"
#include "prom.h"
#include "view.h"

struct metrics {
	struct cmd_sight sight;
	struct prom_pf *pf;
	struct prom_vf *vf;
	size_t n_pf, n_vf;
};

/* The MAC that tells the VF from others whatever namespace it is in: the PF's word, or else the netdev's. */
static void put_mac(const struct host_vf *vf, char ret[static MAC_STR_SIZE])
{
	if (vf->admin.has & VF_ATTR(VF_MAC) && !mac_is_zero(&vf->admin.mac))
		mac_format(&vf->admin.mac, ret);
	else if (view_has_netdev(vf))
		mac_format(&vf->link.mac, ret);
	else
		ret[0] = '\0';
}

static struct prom_value is_as_configured(const struct metrics *m, const struct host_pf *pf, const struct host_vf *vf)
{
	struct view_differences d = view_differences(&m->sight.plan, &m->sight.config, pf, vf);

	return (struct prom_value){ host_nic(&m->sight.config, pf, vf->index),
				    !d.attrs && !d.effective && !d.mtu && !d.driver };
}

/* One that moves while we look has no counters this time. */
static void read_link_stats(struct netlink *own, const struct host_vf *vf, struct prom_vf *ret)
{
	AUTO_NETLINK struct netlink *there = NULL;
	int r = 0;

	if (!view_has_netdev(vf))
		return;
	if (vf->place == VF_AWAY)
		r = netlink_open(vf->netns, &there);
	if (r == 0)
		r = netlink_link_stats(there ? there : own, vf->link.ifindex, vf->pci, &ret->link_stats);
	ret->has_link_stats = r == 0;
	if (r < 0)
		log_debug("vf %u of %s: read its counters: %s", vf->index, ret->pf, strerror(-r));
}

static void add_vf(struct metrics *m, struct netlink *nl, const struct host_pf *pf, const struct host_vf *vf,
		   const struct vf_stats *stats)
{
	struct prom_vf *p = GROW(m->vf, m->n_vf);
	const char *container = view_container(&m->sight.config, pf, vf);
	bool netdev = view_has_netdev(vf);

	p->pf = pf->name;
	p->index = vf->index;
	p->pci = vf->pci;
	p->driver = vf->driver;
	p->netdev = netdev ? vf->link.name : "";
	p->container = container ? container : "";
	put_mac(vf, p->mac);
	p->up = (struct prom_value){ netdev, !!(vf->link.flags & IFF_UP) };
	p->carrier = (struct prom_value){ netdev, link_has_carrier(vf->link.flags) };
	p->max_tx_rate = (struct prom_value){ vf->admin.has & VF_ATTR(VF_RATE), vf->admin.max_tx_rate };
	p->as_configured = is_as_configured(m, pf, vf);
	p->vf_stats = *stats;
	read_link_stats(nl, vf, p);
}

static void add_pf(struct metrics *m, struct netlink *nl, const struct host_pf *pf)
{
	AUTO_FREE struct vf_stats *stats = xcalloc(pf->n_vf, sizeof(*stats));
	int r = pf->n_vf ? netlink_vf_stats(nl, pf->ifindex, stats, pf->n_vf) : 0;
	size_t unread = 0;

	if (r < 0)
		memset(stats, 0, pf->n_vf * sizeof(*stats));
	for (size_t i = 0; i < pf->n_vf; i++) {
		unread += !stats[i].told;
		add_vf(m, nl, pf, &pf->vf[i], &stats[i]);
	}
	if (unread)
		log_warning("pf %s: the kernel does not tell the counters of %zu of its %zu VFs%s%s; those of their network "
			    "devices are there",
			    pf->name, unread, pf->n_vf, r < 0 ? ": " : " (it cuts long lists short)",
			    r < 0 ? strerror(-r) : "");
	prom_drop_empty_stats(m->vf ? &m->vf[m->n_vf - pf->n_vf] : NULL, pf->n_vf);
	*GROW(m->pf, m->n_pf) = (struct prom_pf){ .name = pf->name,
						  .pci = pf->pci,
						  .driver = pf->driver,
						  .up = pf->flags & IFF_UP,
						  .carrier = link_has_carrier(pf->flags),
						  .numvfs = pf->n_vf,
						  .totalvfs = pf->totalvfs,
						  .unread = unread };
}

static enum status read_all(const struct invocation *inv, struct metrics *m)
{
	AUTO_NETLINK struct netlink *nl = NULL;
	enum status status = cmd_look(inv, &m->sight);
	int r;

	if (status != STATUS_OK)
		return status;
	r = netlink_open(NULL, &nl);
	if (r < 0) {
		log_error("metrics: open a socket to the kernel: %s", strerror(-r));
		return STATUS_FAILED;
	}
	for (size_t i = 0; i < m->sight.host.n_pf; i++)
		add_pf(m, nl, &m->sight.host.pf[i]);
	return STATUS_OK;
}

static enum status print(const struct invocation *inv, const struct metrics *m)
{
	AUTO_FREE char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int r;

	if (!out)
		return STATUS_FAILED;
	prom_print(out, m->pf, m->n_pf, m->vf, m->n_vf);
	fclose(out);
	if (!inv->output) {
		fputs(text, stdout);
		return STATUS_OK;
	}
	r = file_replace(inv->output, text);
	if (r == 0)
		return STATUS_OK;
	log_error("metrics: write %s: %s%s", inv->output, strerror(-r),
		  r == -ENOENT  ? "; is its folder there?" :
		  r == -ENOTSUP ? "; it is no plain file, and would be replaced" :
				  "");
	return STATUS_FAILED;
}

enum status cmd_metrics(const struct invocation *inv)
{
	struct metrics m = { 0 };
	enum status status;

	if (inv->n_args)
		return cmd_usage(inv, "it takes no arguments");
	status = read_all(inv, &m);
	if (status == STATUS_OK)
		status = print(inv, &m);
	free(m.pf);
	free(m.vf);
	cmd_sight_clear(&m.sight);
	return status;
}
