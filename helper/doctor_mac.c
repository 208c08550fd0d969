/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "doctor.h"
#include "plan_parts.h"

/* --- admin and effective MAC of one VF --- */

static bool knows_admin(const struct host_vf *vf)
{
	return vf->admin.has & VF_ATTR(VF_MAC);
}

/* The MAC that its netdev has, as far as that is known; NULL: it is not. */
static const struct mac *effective_of(const struct host_vf *vf)
{
	if (vf->place == VF_HERE || (vf->place == VF_AWAY && vf->netns))
		return &vf->link.mac;
	return vf->place == VF_AWAY && vf->held ? &vf->claim->mac : NULL;
}

/* A container that runs with another MAC than is configured by now keeps it until its next start. */
static bool is_pending(const struct doctor_nic *n)
{
	const struct mac *used = n->vf && n->vf->place == VF_AWAY ? effective_of(n->vf) : NULL;

	return used && n->runs && mac_equal(used, &n->vf->claim->mac) && !mac_equal(used, &n->nic->want.mac);
}

static void mac_pending(const struct doctor_input *in, const struct doctor_nic *n, struct findings *out)
{
	char used[MAC_STR_SIZE], want[MAC_STR_SIZE];

	(void)in;
	if (!is_pending(n))
		return;
	found(out, FOUND_WARNING, doctor_nic_name(n),
	      xasprintf("it is in use with MAC %s; mac = %s in %s:%u is set when the container is started again",
			mac_format(effective_of(n->vf), used), mac_format(&n->nic->want.mac, want), n->nic->file,
			n->nic->key_line[NIC_MAC]),
	      doctor_restart(n->vf->claim));
}

/* What the PF should enforce now. */
static const struct mac *wanted(const struct doctor_nic *n)
{
	return is_pending(n) ? effective_of(n->vf) : &n->nic->want.mac;
}

/* The PF drops what a VF sends with another MAC. A VF that is free gets its own at the next start. */
static enum severity severity_of(const struct doctor_nic *n)
{
	return doctor_in_use(n->vf) ? FOUND_ERROR : FOUND_WARNING;
}

static char *fix_of(const struct doctor_nic *n)
{
	return n->vf->held && is_pending(n) ? doctor_restart(n->vf->claim) : xstrdup("lxc-sriov pin");
}

static void mac_zero(const struct doctor_input *in, const struct doctor_nic *n, struct findings *out)
{
	char want[MAC_STR_SIZE];

	(void)in;
	if (n->vf && knows_admin(n->vf) && mac_is_zero(&n->vf->admin.mac))
		found(out, severity_of(n), doctor_nic_name(n),
		      xasprintf("the PF has no MAC for it, and lets it have any; %s is configured",
				mac_format(&n->nic->want.mac, want)),
		      fix_of(n));
}

static void mac_differs(const struct doctor_input *in, const struct doctor_nic *n, struct findings *out)
{
	char admin[MAC_STR_SIZE], want[MAC_STR_SIZE];

	(void)in;
	if (!n->vf || !knows_admin(n->vf) || mac_is_zero(&n->vf->admin.mac) || mac_equal(&n->vf->admin.mac, wanted(n)))
		return;
	found(out, severity_of(n), doctor_nic_name(n),
	      xasprintf("the PF enforces MAC %s, and %s %s", mac_format(&n->vf->admin.mac, admin),
			mac_format(wanted(n), want), is_pending(n) ? "is in use" : "is configured"),
	      fix_of(n));
}

/* A netdev that has just what a wrong PF enforces is that finding alone. */
static void mac_not_effective(const struct doctor_input *in, const struct doctor_nic *n, struct findings *out)
{
	const struct mac *effective = n->vf ? effective_of(n->vf) : NULL;
	char is[MAC_STR_SIZE], want[MAC_STR_SIZE];
	bool inside;

	(void)in;
	if (!effective || mac_equal(effective, wanted(n)) || (knows_admin(n->vf) && mac_equal(effective, &n->vf->admin.mac)))
		return;
	inside = n->vf->place == VF_AWAY;
	found(out, inside ? FOUND_ERROR : FOUND_WARNING, doctor_nic_name(n),
	      xasprintf("its network device has MAC %s, and %s is configured: %s", mac_format(effective, is),
			mac_format(wanted(n), want),
			inside ? "it was changed inside" :
				 "its driver was loaded before the PF had the MAC, or somebody changed it"),
	      inside && n->vf->held ? doctor_restart(n->vf->claim) : xstrdup("lxc-sriov pin"));
}

/* VFs that nobody has a section for. */
static void mac_mismatch(const struct doctor_input *in, struct findings *out)
{
	for (size_t i = 0; i < in->host.n_pf; i++)
		for (size_t j = 0; j < in->host.pf[i].n_vf; j++) {
			const struct host_pf *pf = &in->host.pf[i];
			const struct host_vf *vf = &pf->vf[j];
			char admin[MAC_STR_SIZE], effective[MAC_STR_SIZE];

			if (vf->place != VF_HERE || !knows_admin(vf) || mac_is_zero(&vf->admin.mac) ||
			    mac_equal(&vf->admin.mac, &vf->link.mac) || host_nic(&in->config, pf, vf->index))
				continue;
			found(out, vf->link.flags & IFF_UP ? FOUND_WARNING : FOUND_HINT, doctor_vf_name(pf, vf->index),
			      xasprintf("the PF enforces MAC %s, and its network device %s has %s",
					mac_format(&vf->admin.mac, admin), vf->link.name,
					mac_format(&vf->link.mac, effective)),
			      xasprintf("echo %s >/sys/bus/pci/devices/%s/driver/unbind; echo %s >/sys/bus/pci/drivers_probe",
					vf->pci, vf->pci, vf->pci));
		}
}

/* --- one MAC twice --- */

struct holder {
	const struct mac *mac;
	const struct host_pf *pf; /* of the VF that has the MAC, or to which it is configured */
	const struct host_vf *vf;
	const struct config_nic *nic; /* its section */
	const struct link *link;      /* or of a netdev that is no VF; or the VF's */
	bool configured;              /* it shall have it, whatever it has now */
};

struct holders {
	struct holder *h;
	size_t n;
};

static void hold(struct holders *all, struct holder h)
{
	if (!mac_is_zero(h.mac))
		*GROW(all->h, all->n) = h;
}

static void list_vf(struct holders *all, const struct doctor_input *in, const struct host_pf *pf, const struct host_vf *vf)
{
	struct holder h = { .pf = pf, .vf = vf, .nic = host_nic(&in->config, pf, vf->index) };

	if (vf->place == VF_HERE || (vf->place == VF_AWAY && vf->netns))
		h.link = &vf->link;
	if (knows_admin(vf)) {
		h.mac = &vf->admin.mac;
		hold(all, h);
	}
	if (h.link) {
		h.mac = &h.link->mac;
		hold(all, h);
	}
	if (h.nic) {
		h.mac = &h.nic->want.mac;
		h.configured = true;
		hold(all, h);
	}
}

/* A VLAN has the MAC of what it stands on, and a bridge or bond that of a port: those are no doubles. */
static bool inherits(const struct doctor_input *in, const struct link *link)
{
	const struct link *lower = link->lower ? doctor_link(in, link->lower) : NULL;

	if (lower && mac_equal(&lower->mac, &link->mac))
		return true;
	for (size_t i = 0; i < in->host.n_link; i++)
		if (in->host.link[i].ifindex && in->host.link[i].master == link->ifindex &&
		    mac_equal(&in->host.link[i].mac, &link->mac))
			return true;
	for (size_t i = 0; i < in->host.n_pf; i++)
		for (size_t j = 0; j < in->host.pf[i].n_vf; j++) {
			const struct host_vf *vf = &in->host.pf[i].vf[j];

			if (vf->place == VF_HERE && vf->link.master == link->ifindex && mac_equal(&vf->link.mac, &link->mac))
				return true;
		}
	return false;
}

/* Ports of one bond share its MAC. */
static bool are_ports_together(const struct doctor_input *in, const struct holder *a, const struct holder *b)
{
	const struct link *master;

	if (!a->link || !b->link || !a->link->master || a->link->master != b->link->master)
		return false;
	if ((a->vf && a->vf->place != VF_HERE) || (b->vf && b->vf->place != VF_HERE))
		return false;
	master = doctor_link(in, a->link->master);
	return !master || strcmp(master->kind, "bridge") != 0;
}

/* A VF that will have another MAC after the next pin holds this one only for now. */
static bool will_differ(const struct holder *h)
{
	return !h->configured && h->nic && !mac_equal(&h->nic->want.mac, h->mac);
}

static bool is_double(const struct doctor_input *in, const struct holder *a, const struct holder *b)
{
	if (a->vf && a->vf == b->vf)
		return false;
	if (a->configured && b->configured)
		return false; /* the configuration itself refuses that */
	if ((a->configured && will_differ(b)) || (b->configured && will_differ(a)))
		return false;
	return !are_ports_together(in, a, b);
}

static int by_mac(const void *a, const void *b)
{
	const struct holder *x = a, *y = b;
	int c = memcmp(x->mac->addr, y->mac->addr, sizeof(x->mac->addr));

	if (!c) /* VFs first, those of the configuration before others */
		c = (y->nic != NULL) - (x->nic != NULL);
	if (!c)
		c = (y->vf != NULL) - (x->vf != NULL);
	if (!c && x->vf && y->vf)
		c = x->pf->ifindex - y->pf->ifindex;
	if (!c && x->vf && y->vf)
		c = (int)x->vf->index - (int)y->vf->index;
	return c;
}

static char *holder_name(const struct holder *h)
{
	if (!h->vf)
		return xasprintf("network device %s", h->link->name);
	return h->nic ? xasprintf("%s: vf %u of %s", h->nic->owner, h->vf->index, h->pf->name) :
			doctor_vf_name(h->pf, h->vf->index);
}

static bool same_thing(const struct holder *a, const struct holder *b)
{
	return a->vf || b->vf ? a->vf == b->vf : a->link == b->link;
}

static char *fix_double(const struct holder *h)
{
	if (!h->vf)
		return xasprintf("ip link set %s address ANOTHER", h->link->name);
	return h->nic ? xstrdup("lxc-sriov pin") :
			xasprintf("ip link set %s vf %u mac ANOTHER, then unbind and bind its driver", h->pf->name,
				  h->vf->index);
}

/* The first of the holders before @h[i] that something of the thing at @h[i] is the double of; NULL: none. */
static const struct holder *double_of(const struct doctor_input *in, const struct holder *h, size_t n, size_t i)
{
	for (size_t k = 0; k < i; k++)
		for (size_t e = i; e < n && same_thing(&h[i], &h[e]); e++)
			if (is_double(in, &h[k], &h[e]))
				return &h[k];
	return NULL;
}

/* Of holders @h[0] to @h[n - 1] of one MAC: a finding for each thing that shares it with one before. */
static void report_doubles(const struct doctor_input *in, const struct holder *h, size_t n, struct findings *out)
{
	for (size_t i = 1; i < n; i++) {
		const struct holder *other = same_thing(&h[i - 1], &h[i]) ? NULL : double_of(in, h, n, i);
		AUTO_FREE char *name = NULL;
		char mac[MAC_STR_SIZE];

		if (!other)
			continue;
		name = holder_name(&h[i]);
		found(out, other->nic ? FOUND_ERROR : FOUND_WARNING, holder_name(other),
		      xasprintf("%s has its MAC %s too", name, mac_format(other->mac, mac)), fix_double(&h[i]));
	}
}

static void mac_duplicate(const struct doctor_input *in, struct findings *out)
{
	struct holders all = { 0 };

	for (size_t i = 0; i < in->host.n_pf; i++)
		for (size_t j = 0; j < in->host.pf[i].n_vf; j++)
			list_vf(&all, in, &in->host.pf[i], &in->host.pf[i].vf[j]);
	for (size_t i = 0; i < in->host.n_link; i++)
		if (in->host.link[i].ifindex && !inherits(in, &in->host.link[i]))
			hold(&all, (struct holder){ .mac = &in->host.link[i].mac, .link = &in->host.link[i] });
	if (all.n)
		qsort(all.h, all.n, sizeof(*all.h), by_mac);
	for (size_t first = 0, next; first < all.n; first = next) {
		bool any_vf = false;

		for (next = first; next < all.n && mac_equal(all.h[next].mac, all.h[first].mac); next++)
			any_vf |= all.h[next].vf != NULL;
		if (any_vf)
			report_doubles(in, &all.h[first], next - first, out);
	}
	free(all.h);
}

const struct doctor_check doctor_mac_checks[] = {
	{ "mac-zero", .nic = mac_zero },
	{ "mac-differs", .nic = mac_differs },
	{ "mac-not-effective", .nic = mac_not_effective },
	{ "mac-pending", .nic = mac_pending },
	{ "mac-mismatch", .host = mac_mismatch },
	{ "mac-duplicate", .host = mac_duplicate },
	{ 0 },
};
