/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan_parts.h"

/* The group of these steps. */
static unsigned give(struct plan *plan, const struct step *base, const struct host_vf *vf)
{
	unsigned group = ++plan->groups;

	for (enum vf_attr attr = 0; attr < VF_ATTRS; attr++) {
		if (!host_vf_attr_differs(vf, &base->want, attr))
			continue;
		plan_add_like(plan, base, ACT_ATTR, group, 0);
		plan->step[plan->n - 1].attr = attr;
		plan->step[plan->n - 1].optional = base->nic && base->nic->optional & VF_ATTR(attr);
	}
	if (host_vf_is_unbound(vf))
		plan_add_like(plan, base, ACT_BIND, group, 0);
	else if (vf->place != VF_HERE)
		plan_add_like(plan, base, ACT_AWAIT_NETDEV, group, 0);
	if (vf->place != VF_HERE || host_vf_effective_differs(vf, &base->mac))
		plan_add_like(plan, base, ACT_EFFECTIVE_MAC, group, 0);
	/* Once it is inside nothing else tells a NIC without its addresses from one that the container changed. */
	plan_add_like(plan, base, ACT_GIVING, group, 0);
	plan->step[plan->n - 1].number = 1;
	plan_add_like(plan, base, ACT_GIVE, group, 0);
	return group;
}

static const struct config_nic *nic_of(const struct config *config, const struct claim *claim, const struct host_pf *pf,
				       unsigned vf)
{
	for (size_t i = 0; i < config->n_nic; i++) {
		const struct config_nic *nic = &config->nic[i];

		if (nic->vf == vf && claim_is_for(claim, nic) && !nic->file == !!*claim->settings &&
		    host_has_section(pf, config_pf_of(config, nic)))
			return nic;
	}
	return NULL;
}

static void reattach(struct plan *plan, const struct config *config, const struct running *running,
		     const struct host_pf *pf, const struct host_vf *vf)
{
	const struct claim *claim = running->claim;
	const struct config_nic *nic = nic_of(config, claim, pf, vf->index);
	struct step base = { .pf = pf,
			     .vf = vf->index,
			     .container = claim_owner(claim),
			     .claim = claim,
			     .mac = claim->mac,
			     .netns = running->netns,
			     .want = { .has = VF_ATTR(VF_MAC), .mac = claim->mac },
			     .now = vf->admin,
			     .nic = nic };
	unsigned given = 0;

	(void)COPY(base.inside, claim->inside);
	/* What a section says of a VF, pin has made so; nobody else knows of these. */
	if (nic && *claim->settings)
		base.want = nic->want;
	if (vf->place != VF_AWAY)
		given = give(plan, &base, vf);
	plan_add_like(plan, &base, ACT_DRESS, ++plan->groups, given);
	plan_add_shape(plan, ++plan->groups, given, pf, vf, base.nic, running->netns, 0);
	/* Even if that went wrong: it would go wrong at every event of udev's. */
	plan_add_like(plan, &base, ACT_GIVING, ++plan->groups, given);
	if (!base.nic)
		strv_addf(&plan->warnings,
			  "%s: vf %u of %s: the configuration does not have it any more; it gets no addresses",
			  claim_owner(claim), vf->index, pf->name);
}

void plan_reattach(const struct config *config, const struct running *running, size_t n, const struct host *host,
		   struct plan *ret)
{
	for (size_t i = 0; i < n; i++) {
		const struct claim *claim = running[i].claim;
		const struct host_pf *pf = NULL;
		const struct host_vf *vf = host_vf_by_pci(host, claim->vf_pci, &pf);

		if (!vf)
			strv_addf(&ret->errors, "%s: its VF at %s is gone; run: lxc-sriov pin", claim_owner(claim),
				  claim->vf_pci);
		else if (vf->place == VF_NO_NETDEV && driver_makes_no_netdev(vf->driver))
			strv_addf(&ret->errors, "%s: vf %u of %s: driver %s makes no network device of it; unbind that first",
				  claim_owner(claim), vf->index, pf->name, vf->driver);
		else if (vf->place != VF_AWAY || claim->unfinished)
			reattach(ret, config, &running[i], pf, vf);
	}
}
