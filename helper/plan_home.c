/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan_parts.h"

static bool same_process(const struct process *a, const struct process *b)
{
	return a->pid == b->pid && a->start == b->start;
}

/* What the PF enforced before an attach without a section. */
static void add_before(struct plan *plan, const struct step *base, const struct claim *claim, const struct host_vf *vf,
		       unsigned after)
{
	struct step s = *base;

	s.want = claim->before;
	s.now = vf->admin;
	for (s.attr = 0; s.attr < VF_ATTRS; s.attr++)
		if (host_vf_attr_differs(vf, &claim->before, s.attr))
			plan_add_like(plan, &s, ACT_ATTR, ++plan->groups, after);
}

/*
 * Whether there is a netdev to bring home, be it one that is still to come: its driver is just starting, or an attach was
 * killed between taking the driver away and binding it again.
 */
static bool has_netdev(const struct claim *claim, const struct host_vf *vf)
{
	switch (vf->place) {
	case VF_HERE:
	case VF_AWAY:
		return true;
	case VF_NO_NETDEV:
		return !driver_makes_no_netdev(vf->driver);
	case VF_UNBOUND:
		return claim->attached;
	}
	return false;
}

/*
 * Forgiving: what can be put right is, whatever else fails. The record stays until the VF is home under
 * its name, so that the next start or a reclaim finds out what that was.
 */
void plan_bring_home(struct plan *plan, const struct claim *claim, const struct host_pf *pf, const struct host_vf *vf)
{
	struct step base = { .pf = pf, .container = claim_owner(claim), .mac = claim->mac, .claim = claim };
	unsigned named = 0, reset = 0;

	if (!mac_is_zero(&claim->before_mac))
		base.mac = claim->before_mac;

	if (vf && has_netdev(claim, vf)) {
		unsigned here = ++plan->groups;

		base.vf = vf->index;
		base.number = claim->mtu;
		(void)COPY(base.name, claim->home);
		base.netns = vf->netns;
		/* udev calls reattach when it appears, which must neither wait for us nor give it back. */
		if (claim->attached && vf->held && !claim->moving)
			plan_add_like(plan, &base, ACT_LEAVING, here, 0);
		if (vf->place == VF_UNBOUND)
			plan_add_like(plan, &base, ACT_BIND, here, 0);
		else if (vf->place != VF_HERE)
			plan_add_like(plan, &base, vf->netns ? ACT_FETCH : ACT_AWAIT_NETDEV, here, 0);
		add_before(plan, &base, claim, vf, here);
		plan_add_like(plan, &base, ACT_EFFECTIVE_MAC, ++plan->groups, here); /* may make a new netdev: before the MTU */
		reset = ++plan->groups;
		plan_add_like(plan, &base, ACT_RESET, reset, here);
		named = ++plan->groups;
		plan_add_like(plan, &base, ACT_RENAME, named, here);
		plan_add_like(plan, &base, ACT_ALTNAMES, named, here);
		plan->step[plan->n - 1].optional = true;
	}
	/* With RESET, after RENAME: when one of them fails, the record still knows what was to be put back. */
	if (claim->attached && claim->holder.pid) {
		plan_add_like(plan, &base, ACT_UNNAME_NETNS, ++plan->groups, 0);
		plan->step[plan->n - 1].optional = true;
	}
	plan_add_like(plan, &base, ACT_RELEASE, reset ? reset : ++plan->groups, named);
}

void plan_give_back(const struct start *start, const struct host *host, struct plan *ret)
{
	for (size_t i = 0; i < host->n_claim; i++) {
		const struct claim *claim = &host->claim[i];
		const struct host_pf *pf = NULL;
		const struct host_vf *vf;

		if (!claim_is_of(claim, start))
			continue;
		/* A post-stop that comes late must not undo a newer start. */
		if (!same_process(&claim->holder, &start->holder) && claim_holds(claim))
			continue;
		vf = host_vf_by_pci(host, claim->vf_pci, &pf);
		plan_bring_home(ret, claim, pf, vf);
	}
}

/* --- reclaim --- */

/* Whether a VF that is AWAY may be brought home, or is coming by itself; otherwise an error says who has it. */
static bool may_fetch(struct plan *plan, const struct host_pf *pf, const struct host_vf *vf, bool force)
{
	AUTO_FREE char *where = NULL;

	if (vf->lives_in) {
		strv_addf(&plan->errors,
			  "vf %u of %s: it is %s in running container %s, which has no claim to it; stop that one",
			  vf->index, pf->name, vf->link.name, vf->lives_in);
		plan->held = true;
		return false;
	}
	/* What is left of a container of ours keeps nothing from anybody. */
	if (!vf->netns || force || (vf->claim && !vf->lives_in_pid))
		return true;
	where = plan_where(vf);
	strv_addf(&plan->errors, "vf %u of %s: it is %s in %s; to take it from there: lxc-sriov reclaim --force",
		  vf->index, pf->name, vf->link.name, where);
	return false;
}

/* A VF of the configuration that nobody claims and that is not where it should be, or has nobody's name. */
static void reclaim_stray(struct plan *plan, const struct config_nic *nic, const struct host_pf *pf, struct host_vf *vf,
			  bool force)
{
	struct step base = { .pf = pf, .vf = vf->index, .mac = nic->want.mac, .netns = vf->netns };
	unsigned group = plan->groups + 1;

	(void)COPY(base.name, nic->link);
	if (vf->place == VF_HERE && !ifname_is_leftover(vf->link.name) && strcmp(vf->link.name, nic->name) != 0)
		return;
	if (vf->place != VF_HERE && vf->place != VF_AWAY)
		return;
	if (vf->place == VF_AWAY && !may_fetch(plan, pf, vf, force))
		return;
	plan->groups++;
	if (vf->place == VF_AWAY)
		plan_add_like(plan, &base, vf->netns ? ACT_FETCH : ACT_AWAIT_NETDEV, group, 0);
	plan_add_like(plan, &base, ACT_EFFECTIVE_MAC, group, 0);
	plan_add_like(plan, &base, ACT_RENAME, group, 0);
}

void plan_reclaim(const struct config *config, const struct host *host, bool force, struct plan *ret)
{
	for (size_t i = 0; i < host->n_claim; i++) {
		const struct claim *claim = &host->claim[i];
		const struct host_pf *pf = NULL;
		const struct host_vf *vf = host_vf_by_pci(host, claim->vf_pci, &pf);

		if (claim_holds(claim) || (vf && vf->place == VF_AWAY && !may_fetch(ret, pf, vf, force)))
			continue;
		plan_bring_home(ret, claim, pf, vf);
	}
	for (size_t i = 0; i < config->n_nic; i++) {
		const struct config_nic *nic = &config->nic[i];
		const struct host_pf *pf = host_find_pf(host, config_pf_of(config, nic));
		struct host_vf *vf = pf ? host_vf(pf, nic->vf) : NULL;

		if (vf && !vf->claim)
			reclaim_stray(ret, nic, pf, vf, force);
	}
}
