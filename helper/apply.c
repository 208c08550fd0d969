/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "apply.h"
#include "log.h"
#include "netns.h"
#include "text.h"
#include "vf.h"

struct context {
	struct netlink *nl;
	struct strv *errors, *warnings;
	bool *failed;            /* by group */
	bool *done;              /* by step */
	struct link *was;        /* by step: the netdev before ACT_RENAME */
	struct vf_attrs *before; /* by step: the VF before ACT_ATTR */
	size_t index;            /* the step being carried out or undone */
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

/* VFs that were there before are made again without MACs and drivers: for the next pin to finish. */
static int undo_mark(struct context *c, const struct step *s)
{
	return s->old_number ? 0 : do_unmark(c, s);
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

/* igb takes a rate only while the PF has carrier (igb_ndo_set_vf_bw()), which comes seconds after the PF is up. */
static bool carrier_came(struct context *c, int ifindex)
{
	AUTO_NETLINK struct netlink *watch = NULL;
	int64_t until = deadline();
	bool waited = false;
	int r = netlink_open_watch(&watch);

	while (r == 0) {
		AUTO_LINK struct link link = { 0 };

		if (netlink_link_by_index(c->nl, ifindex, &link) < 0 || link.flags & IFF_RUNNING)
			return waited;
		waited = true;
		r = netlink_watch(watch, until);
	}
	(void)COPY(c->detail, "the PF has no carrier, and some drivers take a rate only with one");
	return false;
}

/* Sets the attribute of @n steps, all of one PF. */
static int set_attrs(struct context *c, const struct step *const *steps, const struct vf_attrs *to, size_t n)
{
	AUTO_FREE struct link_vf_change *changes = xcalloc(n, sizeof(*changes));
	const struct step *s = steps[0];
	int r;

	for (size_t i = 0; i < n; i++)
		changes[i] = (struct link_vf_change){ steps[i]->vf, to[i] };
	r = netlink_set_vfs(c->nl, s->pf->ifindex, s->attr, changes, n);
	if (r == -EINVAL && s->attr == VF_RATE && carrier_came(c, s->pf->ifindex))
		r = netlink_set_vfs(c->nl, s->pf->ifindex, s->attr, changes, n);
	return r;
}

static int undo_attr(struct context *c, const struct step *s)
{
	const struct vf_attrs *before = &c->before[c->index];

	return before->has & VF_ATTR(s->attr) ? set_attrs(c, &s, before, 1) : 0;
}

static int do_mtu(struct context *c, const struct step *s)
{
	AUTO_LINK struct link link = { 0 };
	char pci[PCI_ADDR_SIZE];
	int r = vf_pci(s, pci);

	if (r == 0)
		r = vf_link(c->nl, pci, &link);
	return r < 0 || link.mtu == s->number ? r : netlink_set_mtu(c->nl, link.ifindex, s->number);
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
	struct claim *record = s->record;
	int r = vf_settle(c->nl, record->vf_pci, deadline(), &link);

	if (r < 0)
		return r;
	(void)COPY(record->home, plan_home_name(s->stale, link.name, s->inside, s->name));
	record->mtu = s->stale ? s->stale->mtu : link.mtu;
	/* After a start that was not undone the netdev has those that the container gave it. */
	if (s->stale)
		(void)COPY(record->altnames, s->stale->altnames);
	else
		for (size_t i = 0; i < link.altnames.n; i++)
			claim_add_altname(record, link.altnames.s[i]);
	if (*record->settings && mac_is_zero(&record->before_mac))
		record->before_mac = link.mac;
	return state_write_claim(record);
}

static int undo_claim(struct context *c, const struct step *s)
{
	(void)c;
	return s->stale ? state_write_claim(s->stale) : state_remove_claim(s->record->vf_pci);
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

static int bring_home(struct context *c, const struct step *s)
{
	char pci[PCI_ADDR_SIZE];
	int r = vf_pci(s, pci);

	(void)c;
	return r < 0 ? r : vf_fetch(pci, s->netns, deadline());
}

static int do_leaving(struct context *c, const struct step *s)
{
	struct claim record = *s->claim;

	(void)c;
	record.moving = true;
	return state_write_claim(&record);
}

static int do_giving(struct context *c, const struct step *s)
{
	struct claim record = *s->claim;

	(void)c;
	record.unfinished = s->number;
	record.moving = false;
	return state_write_claim(&record);
}

static int undo_giving(struct context *c, const struct step *s)
{
	(void)c;
	return state_write_claim(s->claim);
}

static int do_give(struct context *c, const struct step *s)
{
	char pci[PCI_ADDR_SIZE];
	int r = vf_pci(s, pci);

	return r < 0 ? r : vf_give(c->nl, pci, s->netns, s->inside, deadline());
}

static int do_name_netns(struct context *c, const struct step *s)
{
	int r = netns_add_name(s->claim->container, s->claim->holder.pid, s->stale ? s->stale->holder.pid : 0);

	if (r == -EEXIST)
		(void)COPY(c->detail, NETNS_NAMES "/ has that name, and it is not ours");
	return r;
}

/* Whether another VF was given there, whose record is still there. */
static bool is_last_there(const struct claim *claim)
{
	AUTO_STRV struct strv ignored = { 0 };
	AUTO_FREE struct claim *claims = NULL;
	size_t n = 0;

	if (state_claims(&ignored, &claims, &n) < 0)
		return false;
	for (size_t i = 0; i < n; i++)
		if (strcmp(claims[i].vf_pci, claim->vf_pci) != 0 && claims[i].attached &&
		    claims[i].holder.pid == claim->holder.pid && claims[i].holder.start == claim->holder.start)
			return false;
	return true;
}

static int do_unname_netns(struct context *c, const struct step *s)
{
	(void)c;
	return is_last_there(s->claim) ? netns_remove_name(s->claim->container, s->claim->holder.pid) : 0;
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
	char pci[PCI_ADDR_SIZE];
	int r = vf_pci(s, pci);

	if (r == 0)
		r = vf_name_inside(pci, s->netns, s->inside);
	if (r == 0)
		r = netlink_open(s->netns, &there);
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

/* Whether the PF took the rate: with shape = auto nothing else is to be done then. */
static bool pf_enforces(struct context *c, const struct step *s)
{
	AUTO_FREE struct vf_attrs *now = xcalloc(s->vf + 1, sizeof(*now));

	return netlink_vfs(c->nl, s->pf->ifindex, now, s->vf + 1) == 0 && attrs_agree(&s->nic->want, &now[s->vf], VF_RATE);
}

static int do_shape(struct context *c, const struct step *s)
{
	bool by_card = s->nic && s->nic->shape == SHAPE_AUTO && pf_enforces(c, s);
	char pci[PCI_ADDR_SIZE];
	int r = vf_pci(s, pci);

	return r < 0 ? r : vf_shape(pci, s->netns, by_card ? 0 : s->number);
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

static int do_altnames(struct context *c, const struct step *s)
{
	char pci[PCI_ADDR_SIZE];
	int r = vf_pci(s, pci);

	return r < 0 ? r : vf_set_altnames(c->nl, pci, s->claim->altnames);
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
	[ACT_MARK_CREATION] = { do_mark, undo_mark },
	[ACT_NUMVFS] = { do_numvfs, undo_numvfs },
	[ACT_AUTOPROBE] = { do_autoprobe, undo_autoprobe },
	[ACT_UNMARK_CREATION] = { do_unmark, NULL },
	[ACT_ATTR] = { NULL, undo_attr }, /* run_attrs() */
	[ACT_MTU] = { do_mtu, NULL },
	[ACT_BIND] = { do_bind, undo_bind },
	[ACT_AWAIT_NETDEV] = { do_await_netdev, NULL },
	[ACT_EFFECTIVE_MAC] = { do_effective_mac, NULL },
	[ACT_CLAIM] = { do_claim, undo_claim },
	[ACT_RENAME] = { do_rename, undo_rename },
	[ACT_FETCH] = { bring_home, NULL },
	[ACT_LEAVING] = { do_leaving, NULL },
	[ACT_GIVING] = { do_giving, undo_giving },
	[ACT_GIVE] = { do_give, bring_home },
	[ACT_DRESS] = { do_dress, NULL },
	[ACT_NAME_NETNS] = { do_name_netns, do_unname_netns },
	[ACT_UNNAME_NETNS] = { do_unname_netns, NULL },
	[ACT_SHAPE] = { do_shape, NULL },
	[ACT_RESET] = { do_reset, NULL },
	[ACT_ALTNAMES] = { do_altnames, NULL },
	[ACT_RELEASE] = { do_release, NULL },
};

/* --- the engine --- */

static bool is_refusal(int error)
{
	return error == -EOPNOTSUPP || error == -EPROTONOSUPPORT || error == -EINVAL || error == -EPERM;
}

/* What to do about it, "" where that is not known. */
static const char *remedy(const struct step *s, int error, char buf[static 128])
{
	bool required = s->attr != VF_MAC && !s->optional;

	if (s->act == ACT_ATTR && is_refusal(error)) {
		snprintf(buf, 128, "; driver %s of the PF refuses it%s%s", s->pf->driver,
			 required ? "; take it out, or let it be: optional = " : "",
			 required ? attrs_name(&s->want, s->attr) : "");
		return buf;
	}
	if (s->act == ACT_NUMVFS && error == -ENOMEM)
		return "; the firmware left no room for the VFs' registers; boot with pci=realloc";
	if (s->act == ACT_BIND && error == -ENODEV)
		return "; no driver took it; install and load the VF's driver";
	if (s->act == ACT_SHAPE && error == -ENOENT)
		return "; the kernel has no HTB; install the module sch_htb, or use shape = vf";
	if (s->act == ACT_AWAIT_NETDEV && error == -ETIMEDOUT)
		return "; some process may keep its namespace open; see: lxc-sriov list";
	if (s->act == ACT_EFFECTIVE_MAC && error == -EADDRNOTAVAIL)
		return "; binding the driver anew did not help; see dmesg";
	return "";
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
	char buf[128];

	strv_addf(s->optional ? c->warnings : c->errors, "%s%s%s: %s%s%s%s", s->container ? s->container : "",
		  s->container ? ": " : "", what, reason(error), *why ? ": " : "", why, remedy(s, error, buf));
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

	if (r < 0 && s->attempt)
		log_debug("%s: %s", attrs_name(&s->want, s->attr), strerror(-r));
	else if (r < 0)
		tell(c, s, r);
	if (r < 0 && (s->optional || s->attempt)) {
		c->done[i] = false;
		return 0;
	}
	if (r < 0) {
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

static int read_vfs(struct context *c, const struct plan *plan, const size_t *run, size_t n, struct vf_attrs **ret)
{
	unsigned count = 0;

	for (size_t i = 0; i < n; i++)
		if (plan->step[run[i]].vf >= count)
			count = plan->step[run[i]].vf + 1;
	*ret = xcalloc(count, sizeof(**ret));
	return netlink_vfs(c->nl, plan->step[run[0]].pf->ifindex, *ret, count);
}

/* Whether the PF now says of the VFs what was written. A kernel that cannot list them all leaves hundreds out. */
static int read_back(struct context *c, const struct plan *plan, const size_t *run, size_t n)
{
	AUTO_FREE struct vf_attrs *now = NULL;
	AUTO_FREE unsigned *untold = xcalloc(n, sizeof(*untold));
	const struct step *start = &plan->step[run[0]];
	int r = read_vfs(c, plan, run, n, &now), first = 0;
	size_t n_untold = 0;

	for (size_t i = 0; i < n; i++) {
		const struct step *s = &plan->step[run[i]];
		int r_step = r;

		if (!c->done[run[i]])
			continue;
		c->detail[0] = '\0';
		if (r == 0 && !(now[s->vf].has & VF_ATTR(s->attr))) {
			untold[n_untold++] = s->vf;
		} else if (r == 0 && !attrs_agree(&s->want, &now[s->vf], s->attr)) {
			AUTO_FREE char *still = attrs_format(&now[s->vf], s->attr);

			snprintf(c->detail, sizeof(c->detail), "the PF still says %s", still);
			r_step = -EIO;
		}
		if (r_step < 0) {
			(void)finish(c, plan, run[i], r_step);
			first = first ? first : r_step;
		}
	}
	if (n_untold) {
		AUTO_FREE char *vfs = text_ranges(untold, n_untold);

		strv_addf(c->warnings, "vf %s of %s: %s was set, and the kernel does not tell it to read it back", vfs,
			  start->pf->name, attrs_name(&start->want, start->attr));
	}
	return first;
}

/* The VFs of steps that are planned without knowing them, being new: what is right by itself is not written. */
static void know_before(struct context *c, const struct plan *plan, const size_t *run, size_t n)
{
	AUTO_FREE struct vf_attrs *now = NULL;
	bool known = true;

	for (size_t i = 0; i < n; i++) {
		c->before[run[i]] = plan->step[run[i]].now;
		known &= plan->step[run[i]].now.has != 0;
	}
	if (!known && read_vfs(c, plan, run, n, &now) == 0)
		for (size_t i = 0; i < n; i++)
			c->before[run[i]] = now[plan->step[run[i]].vf];
}

/* Steps in a row for one attribute of one PF: in one message, and one by one when that is refused. */
static int run_attrs(struct context *c, const struct plan *plan, size_t i, size_t *ret_next)
{
	const struct step *start = &plan->step[i];
	AUTO_FREE size_t *run = xcalloc(plan->n - i, sizeof(*run));
	AUTO_FREE const struct step **steps = xcalloc(plan->n - i, sizeof(*steps));
	AUTO_FREE struct vf_attrs *to = xcalloc(plan->n - i, sizeof(*to));
	int together, back, first = 0;
	size_t n = 0, all = 0;

	for (; i < plan->n && plan->step[i].act == ACT_ATTR && plan->step[i].pf == start->pf &&
	       plan->step[i].attr == start->attr;
	     i++)
		if (!left_out(c, &plan->step[i]))
			run[all++] = i;
	*ret_next = i;
	know_before(c, plan, run, all);
	for (size_t k = 0; k < all; k++) {
		const struct step *s = &plan->step[run[k]];
		AUTO_FREE char *what = step_describe(s);

		if (attrs_agree(&s->want, &c->before[run[k]], s->attr))
			continue;
		log_debug("%s", what);
		to[n] = attrs_complete(&s->want, &c->before[run[k]]);
		steps[n] = s;
		run[n++] = run[k];
	}
	if (!n)
		return 0;
	c->detail[0] = '\0';
	together = set_attrs(c, steps, to, n);
	for (size_t k = 0; k < n; k++) {
		int r = together == 0 || n == 1 ? together : set_attrs(c, &steps[k], &to[k], 1);

		r = finish(c, plan, run[k], r);
		first = first ? first : r;
		c->detail[0] = '\0';
	}
	back = read_back(c, plan, run, n);
	return first ? first : back;
}

/*
 * The drivers of a row of steps that bind are started together; each step then awaits and judges its own. Not those of
 * VFs without a section: where udev names nothing (net.ifnames=0), which one becomes eth3 is the order of their start.
 */
static void start_drivers(struct context *c, const struct plan *plan, size_t i)
{
	AUTO_FREE char(*pci)[PCI_ADDR_SIZE] = xcalloc(plan->n - i, sizeof(*pci));
	size_t n = 0;

	for (; i < plan->n && plan->step[i].act == ACT_BIND; i++)
		if (plan->step[i].container && !left_out(c, &plan->step[i]) && vf_pci(&plan->step[i], pci[n]) == 0)
			n++;
	if (n > 1)
		vf_start_drivers(pci, n);
}

int apply(const struct plan *plan, struct strv *errors, struct strv *warnings)
{
	AUTO_NETLINK struct netlink *nl = NULL;
	AUTO_FREE bool *failed = xcalloc(plan->groups + 1, sizeof(*failed));
	AUTO_FREE bool *done = xcalloc(plan->n, sizeof(*done));
	AUTO_FREE struct link *was = xcalloc(plan->n, sizeof(*was));
	AUTO_FREE struct vf_attrs *before = xcalloc(plan->n, sizeof(*before));
	struct context c = { .errors = errors, .warnings = warnings, .failed = failed, .done = done, .was = was, .before = before };
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

		if (plan->step[i].act == ACT_BIND && (!i || plan->step[i - 1].act != ACT_BIND))
			start_drivers(&c, plan, i);
		if (plan->step[i].act == ACT_ATTR)
			r = run_attrs(&c, plan, i, &next);
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
