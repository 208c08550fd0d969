/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "apply.h"
#include "log.h"
#include "vf.h"

struct context {
	struct netlink *nl;
	struct strv *errors, *warnings;
	bool *failed; /* by group */
	bool *done;   /* by step */
	struct link *was; /* by step: the netdev before ACT_RENAME */
	size_t index; /* the step being carried out or undone */
	char detail[128];
};

static int64_t deadline(void)
{
	return util_now_ms() + VF_DEADLINE_MS;
}

static int vf_pci(const struct step *s, char ret[static PCI_ADDR_SIZE])
{
	return sysfs_vf_pci(s->pf->pci, s->vf, ret);
}

/* --- steps on a PF --- */

static int do_pf_up(struct context *c, const struct step *s)
{
	return netlink_set_flags(c->nl, s->pf->ifindex, IFF_UP, IFF_UP);
}

static int undo_pf_up(struct context *c, const struct step *s)
{
	return netlink_set_flags(c->nl, s->pf->ifindex, 0, IFF_UP);
}

static int do_mark(struct context *c, const struct step *s)
{
	(void)c;
	return state_mark_creation(s->pf->pci, s->number);
}

static int do_unmark(struct context *c, const struct step *s)
{
	(void)c;
	return state_unmark_creation(s->pf->pci);
}

static int do_numvfs(struct context *c, const struct step *s)
{
	unsigned now = 0;
	int r = sysfs_set_numvfs(s->pf->pci, s->number);

	if (r < 0)
		return r;
	r = sysfs_numvfs(s->pf->pci, &now);
	if (r == 0 && now != s->number) {
		snprintf(c->detail, sizeof(c->detail), "the kernel made %u", now);
		(void)sysfs_set_numvfs(s->pf->pci, 0);
		r = -EIO;
	}
	return r;
}

static int undo_numvfs(struct context *c, const struct step *s)
{
	(void)c;
	return sysfs_set_numvfs(s->pf->pci, s->old_number);
}

static int do_autoprobe(struct context *c, const struct step *s)
{
	(void)c;
	return sysfs_set_autoprobe(s->pf->pci, s->number);
}

static int undo_autoprobe(struct context *c, const struct step *s)
{
	(void)c;
	return sysfs_set_autoprobe(s->pf->pci, s->old_number);
}

/* --- steps on a VF --- */

/* Sets and reads back the MACs of @n steps, all of one PF. */
static int set_macs(struct context *c, const struct step *const *steps, size_t n)
{
	AUTO_FREE struct link_vf_mac *macs = xcalloc(n, sizeof(*macs));

	for (size_t i = 0; i < n; i++)
		macs[i] = (struct link_vf_mac){ steps[i]->vf, steps[i]->mac };
	return netlink_set_vf_macs(c->nl, steps[0]->pf->ifindex, macs, n);
}

static int do_admin_mac(struct context *c, const struct step *s)
{
	return set_macs(c, &s, 1);
}

static int undo_admin_mac(struct context *c, const struct step *s)
{
	struct link_vf_mac old = { s->vf, s->old_admin.mac };

	return s->old_admin.known ? netlink_set_vf_macs(c->nl, s->pf->ifindex, &old, 1) : 0;
}

static int do_bind(struct context *c, const struct step *s)
{
	char pci[PCI_ADDR_SIZE];
	int r = vf_pci(s, pci);

	(void)c;
	return r < 0 ? r : vf_bind(pci, deadline());
}

static int undo_bind(struct context *c, const struct step *s)
{
	char pci[PCI_ADDR_SIZE];
	int r = vf_pci(s, pci);

	(void)c;
	return r < 0 ? r : sysfs_unbind(pci);
}

static int do_await_netdev(struct context *c, const struct step *s)
{
	char pci[PCI_ADDR_SIZE];
	int r = vf_pci(s, pci);

	(void)c;
	return r < 0 ? r : vf_await_netdev(pci, deadline());
}

static int do_effective_mac(struct context *c, const struct step *s)
{
	char pci[PCI_ADDR_SIZE];
	int r = vf_pci(s, pci);

	return r < 0 ? r : vf_set_effective_mac(c->nl, pci, &s->mac, deadline());
}

static int do_claim(struct context *c, const struct step *s)
{
	AUTO_LINK struct link link = { 0 };
	struct claim record = *s->claim;
	int r = vf_settle(c->nl, record.vf_pci, deadline(), &link);

	if (r < 0)
		return r;
	(void)COPY(record.home, plan_home_name(s->stale, link.name, s->inside, s->name));
	record.mtu = s->stale ? s->stale->mtu : link.mtu;
	return state_write_claim(&record);
}

static int undo_claim(struct context *c, const struct step *s)
{
	(void)c;
	return s->stale ? state_write_claim(s->stale) : state_remove_claim(s->claim->vf_pci);
}

static int do_rename(struct context *c, const struct step *s)
{
	AUTO_LINK struct link other = { 0 };
	char pci[PCI_ADDR_SIZE];
	int r = vf_pci(s, pci);

	if (r == 0)
		r = vf_link(c->nl, pci, &c->was[c->index]);
	if (r < 0)
		return r;
	r = vf_rename(c->nl, pci, s->name, s->inside, deadline());
	if (r == -EEXIST && netlink_link_by_name(c->nl, s->name, &other) == 0)
		snprintf(c->detail, sizeof(c->detail), "network device %d has that name", other.ifindex);
	if (r < 0 && r != -EEXIST)
		(void)vf_restore_name(c->nl, pci, &c->was[c->index]);
	return r;
}

static int undo_rename(struct context *c, const struct step *s)
{
	char pci[PCI_ADDR_SIZE];
	int r = vf_pci(s, pci);

	return r < 0 ? r : vf_restore_name(c->nl, pci, &c->was[c->index]);
}

static int do_fetch(struct context *c, const struct step *s)
{
	char pci[PCI_ADDR_SIZE];
	int r = vf_pci(s, pci);

	(void)c;
	if (r == 0)
		r = vf_fetch(pci, s->netns);
	/* The namespace ended meanwhile, and the kernel brings the VF home. */
	return r == -ENOENT || r == -ENODEV ? vf_await_netdev(pci, deadline()) : r;
}

static int do_give(struct context *c, const struct step *s)
{
	char pci[PCI_ADDR_SIZE];
	int r = vf_pci(s, pci);

	return r < 0 ? r : vf_give(c->nl, pci, s->netns, s->inside, deadline());
}

static int undo_give(struct context *c, const struct step *s)
{
	char pci[PCI_ADDR_SIZE];
	int r = vf_pci(s, pci);

	(void)c;
	return r < 0 ? r : vf_fetch(pci, s->netns);
}

static int add_addresses(struct netlink *nl, int ifindex, const struct config_ipaddrs *list)
{
	int r = 0;

	for (size_t i = 0; i < list->n && r == 0; i++)
		r = netlink_add_address(nl, ifindex, &list->a[i]);
	return r;
}

/* In the order of LXC: addresses, up, gateways. What the configuration does not say cannot be known. */
static int do_dress(struct context *c, const struct step *s)
{
	AUTO_NETLINK struct netlink *there = NULL;
	AUTO_LINK struct link link = { 0 };
	unsigned mtu = s->nic && s->nic->mtu ? s->nic->mtu : s->claim->mtu;
	int r = netlink_open(s->netns, &there);

	(void)c;
	if (r == 0)
		r = netlink_link_by_name(there, s->inside, &link);
	if (r == 0 && link.mtu != mtu)
		r = netlink_set_mtu(there, link.ifindex, mtu);
	if (r == 0 && s->nic)
		r = add_addresses(there, link.ifindex, &s->nic->ipv4);
	if (r == 0 && s->nic)
		r = add_addresses(there, link.ifindex, &s->nic->ipv6);
	if (r == 0)
		r = netlink_set_flags(there, link.ifindex, IFF_UP, IFF_UP);
	if (r == 0 && s->nic && s->nic->ipv4_gateway.family)
		r = netlink_add_gateway(there, link.ifindex, &s->nic->ipv4_gateway);
	if (r == 0 && s->nic && s->nic->ipv6_gateway.family)
		r = netlink_add_gateway(there, link.ifindex, &s->nic->ipv6_gateway);
	if (r < 0 && there && *netlink_error_text(there))
		(void)COPY(c->detail, netlink_error_text(there));
	return r;
}

static int do_reset(struct context *c, const struct step *s)
{
	AUTO_LINK struct link link = { 0 };
	char pci[PCI_ADDR_SIZE];
	unsigned wrong = IFF_UP | IFF_PROMISC | IFF_ALLMULTI;
	int r = vf_pci(s, pci);

	if (r == 0)
		r = vf_link(c->nl, pci, &link);
	if (r == 0 && link.flags & wrong)
		r = netlink_set_flags(c->nl, link.ifindex, 0, wrong);
	if (r == 0 && link.mtu != s->number)
		r = netlink_set_mtu(c->nl, link.ifindex, s->number);
	return r;
}

static int do_release(struct context *c, const struct step *s)
{
	(void)c;
	return state_remove_claim(s->claim->vf_pci);
}

static const struct {
	int (*run)(struct context *c, const struct step *s);
	int (*undo)(struct context *c, const struct step *s); /* NULL: nothing to undo, or no harm in what was done */
} acts[ACTS] = {
	[ACT_PF_UP] = { do_pf_up, undo_pf_up },
	[ACT_MARK_CREATION] = { do_mark, do_unmark },
	[ACT_NUMVFS] = { do_numvfs, undo_numvfs },
	[ACT_AUTOPROBE] = { do_autoprobe, undo_autoprobe },
	[ACT_UNMARK_CREATION] = { do_unmark, NULL },
	[ACT_ADMIN_MAC] = { do_admin_mac, undo_admin_mac },
	[ACT_BIND] = { do_bind, undo_bind },
	[ACT_AWAIT_NETDEV] = { do_await_netdev, NULL },
	[ACT_EFFECTIVE_MAC] = { do_effective_mac, NULL },
	[ACT_CLAIM] = { do_claim, undo_claim },
	[ACT_RENAME] = { do_rename, undo_rename },
	[ACT_FETCH] = { do_fetch, NULL },
	[ACT_GIVE] = { do_give, undo_give },
	[ACT_DRESS] = { do_dress, NULL },
	[ACT_RESET] = { do_reset, NULL },
	[ACT_RELEASE] = { do_release, NULL },
};

/* --- the engine --- */

static const char *remedy(enum act act, int error)
{
	if (act == ACT_ADMIN_MAC && error == -EOPNOTSUPP)
		return "the PF's driver cannot do it";
	if (act == ACT_NUMVFS && error == -ENOMEM)
		return "the firmware left no room for the VFs' registers; boot with pci=realloc";
	if (act == ACT_BIND && error == -ENODEV)
		return "no driver took it; install and load the VF's driver";
	if (act == ACT_AWAIT_NETDEV && error == -ETIMEDOUT)
		return "some process may keep its namespace open; see: lxc-sriov list";
	if (act == ACT_EFFECTIVE_MAC && error == -EADDRNOTAVAIL)
		return "binding the driver anew did not help; see dmesg";
	return NULL;
}

/* errno's own words where they would lead astray. */
static const char *reason(int error)
{
	switch (error) {
	case -ETIMEDOUT:
		return "it did not happen in time";
	case -EXDEV:
		return "its network device is in another namespace";
	case -EADDRNOTAVAIL:
		return "the driver keeps another one";
	default:
		return strerror(-error);
	}
}

static void tell(struct context *c, const struct step *s, int error)
{
	AUTO_FREE char *what = step_describe(s);
	const char *kernel = netlink_error_text(c->nl), *why = *c->detail ? c->detail : kernel;
	const char *do_this = remedy(s->act, error);

	strv_addf(c->errors, "%s%s%s: %s%s%s%s%s", s->container ? s->container : "", s->container ? ": " : "", what,
		  reason(error), *why ? ": " : "", why, do_this ? "; " : "", do_this ? do_this : "");
}

static void undo(struct context *c, const struct plan *plan, unsigned group, size_t last)
{
	for (size_t i = last + 1; i-- > 0;) {
		const struct step *s = &plan->step[i];
		int r;

		if (s->group != group || !c->done[i] || !acts[s->act].undo)
			continue;
		c->index = i;
		r = acts[s->act].undo(c, s);
		c->done[i] = false;
		if (r < 0) {
			AUTO_FREE char *what = step_describe(s);

			strv_addf(c->errors, "%s: could not be undone: %s", what, reason(r));
		}
	}
}

/* Notes how the step at @i went; a failure takes its group with it. Returns @r. */
static int finish(struct context *c, const struct plan *plan, size_t i, int r)
{
	const struct step *s = &plan->step[i];

	if (r < 0) {
		tell(c, s, r);
		c->failed[s->group] = true;
		undo(c, plan, s->group, i);
	} else {
		c->done[i] = true;
	}
	return r;
}

static bool left_out(struct context *c, const struct step *s)
{
	if (s->after && c->failed[s->after])
		c->failed[s->group] = true;
	return c->failed[s->group];
}

static int run_one(struct context *c, const struct plan *plan, size_t i)
{
	const struct step *s = &plan->step[i];
	AUTO_FREE char *what = step_describe(s);

	log_debug("%s", what);
	c->index = i;
	c->detail[0] = '\0';
	netlink_clear_error_text(c->nl);
	return finish(c, plan, i, acts[s->act].run(c, s));
}

/* Whether the PF now says of the VFs what was written. */
static int read_back(struct context *c, const struct plan *plan, const size_t *run, size_t n)
{
	const struct host_pf *pf = plan->step[run[0]].pf;
	unsigned count = 0;
	int r, first = 0;

	for (size_t i = 0; i < n; i++)
		if (plan->step[run[i]].vf >= count)
			count = plan->step[run[i]].vf + 1;
	AUTO_FREE struct link_vf *now = xcalloc(count, sizeof(*now));
	r = netlink_vfs(c->nl, pf->ifindex, now, count);
	for (size_t i = 0; i < n; i++) {
		const struct step *s = &plan->step[run[i]];
		int r_step = r;

		if (!c->done[run[i]])
			continue;
		c->detail[0] = '\0';
		if (r == 0 && !now[s->vf].known) {
			strv_addf(c->warnings, "vf %u of %s: its MAC was set, and the kernel does not list it to read it back",
				  s->vf, pf->name);
		} else if (r == 0 && !mac_equal(&now[s->vf].mac, &s->mac)) {
			char mac[MAC_STR_SIZE];

			snprintf(c->detail, sizeof(c->detail), "the PF still says %s", mac_format(&now[s->vf].mac, mac));
			r_step = -EIO;
		}
		if (r_step < 0) {
			(void)finish(c, plan, run[i], r_step);
			first = first ? first : r_step;
		}
	}
	return first;
}

/* Steps in a row that set MACs of one PF: in one message, and one by one when that is refused. */
static int run_macs(struct context *c, const struct plan *plan, size_t i, size_t *ret_next)
{
	const struct host_pf *pf = plan->step[i].pf;
	AUTO_FREE size_t *run = xcalloc(plan->n - i, sizeof(*run));
	AUTO_FREE const struct step **steps = xcalloc(plan->n - i, sizeof(*steps));
	int together, back, first = 0;
	size_t n = 0;

	for (; i < plan->n && plan->step[i].act == ACT_ADMIN_MAC && plan->step[i].pf == pf; i++)
		if (!left_out(c, &plan->step[i])) {
			AUTO_FREE char *what = step_describe(&plan->step[i]);

			log_debug("%s", what);
			steps[n] = &plan->step[i];
			run[n++] = i;
		}
	*ret_next = i;
	if (!n)
		return 0;
	together = set_macs(c, steps, n);
	for (size_t k = 0; k < n; k++) {
		int r = together == 0 || n == 1 ? together : do_admin_mac(c, steps[k]);

		c->detail[0] = '\0';
		r = finish(c, plan, run[k], r);
		first = first ? first : r;
	}
	back = read_back(c, plan, run, n);
	return first ? first : back;
}

int apply(const struct plan *plan, struct strv *errors, struct strv *warnings)
{
	AUTO_NETLINK struct netlink *nl = NULL;
	AUTO_FREE bool *failed = xcalloc(plan->groups + 1, sizeof(*failed));
	AUTO_FREE bool *done = xcalloc(plan->n, sizeof(*done));
	AUTO_FREE struct link *was = xcalloc(plan->n, sizeof(*was));
	struct context c = { .errors = errors, .warnings = warnings, .failed = failed, .done = done, .was = was };
	int r, first = 0;

	if (!plan->n)
		return 0;
	r = netlink_open(NULL, &nl);
	if (r < 0) {
		strv_addf(errors, "open a netlink socket: %s", strerror(-r));
		return r;
	}
	c.nl = nl;
	for (size_t i = 0; i < plan->n;) {
		size_t next = i + 1;

		if (plan->step[i].act == ACT_ADMIN_MAC)
			r = run_macs(&c, plan, i, &next);
		else
			r = left_out(&c, &plan->step[i]) ? 0 : run_one(&c, plan, i);
		first = first ? first : r;
		if (first && plan->stop_at_failure)
			break;
		i = next;
	}
	for (size_t i = 0; i < plan->n; i++)
		link_clear(&was[i]);
	return first;
}
