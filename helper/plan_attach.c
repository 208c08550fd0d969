/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan_parts.h"

/* The VF's netdev, where it is in the target's namespace. */
static const struct link *find_inside(const struct attach *attach, const struct host_vf *vf)
{
	for (size_t i = 0; i < attach->n_inside; i++)
		if (!strcmp(attach->inside[i].pci, vf->pci))
			return &attach->inside[i];
	return NULL;
}

static bool check_name(struct plan *plan, const struct config_nic *nic, const struct host_vf *vf, const struct attach *attach)
{
	for (size_t i = 0; i < attach->n_inside; i++) {
		const struct link *link = &attach->inside[i];
		bool taken = !strcmp(link->name, nic->name);

		for (size_t k = 0; k < link->altnames.n; k++)
			taken |= !strcmp(link->altnames.s[k], nic->name);
		if (!taken || !strcmp(link->pci, vf->pci))
			continue;
		strv_addf(&plan->errors, "%s: vf %u of %s: there is a network device %s inside already; choose another name",
			  nic->owner, nic->vf, nic->pf, nic->name);
		return false;
	}
	return true;
}

/* Whether what was given before is what is asked for now. */
static bool check_same(struct plan *plan, const struct config_nic *nic, const struct claim *claim, const struct attach *attach)
{
	const char *settings = attach->settings ? attach->settings : "";

	if (!strcmp(claim->settings, settings) && !strcmp(claim->inside, nic->name) && mac_equal(&claim->mac, &nic->want.mac))
		return true;
	strv_addf(&plan->errors,
		  "%s: vf %u of %s: it has that already, as %s, in another way; first: lxc-sriov detach %s:%s --name %s",
		  nic->owner, nic->vf, nic->pf, claim->inside, runtime_name(claim->runtime), claim->container,
		  claim->inside);
	return false;
}

/* A VF that LXC gives at the start may be on its way there. */
static bool check_not_lxcs(struct plan *plan, const struct config_nic *nic, const struct host_vf *vf)
{
	if (!vf->held || vf->claim->attached)
		return true;
	strv_addf(&plan->errors,
		  "%s: vf %u of %s: LXC gives it at the container's start; after a reload of its driver: lxc-sriov reattach",
		  nic->owner, nic->vf, nic->pf);
	return false;
}

static bool is_altname(const struct config_pf *section, const struct host_pf *pf)
{
	return !section->file && strcmp(section->name, pf->name) != 0;
}

static const struct host_pf *check(struct plan *plan, const struct config *config, const struct config_nic *nic,
				   const struct attach *attach, const struct host *host)
{
	const struct config_pf *section = config_pf_of(config, nic);
	const struct host_pf *pf = plan_check_nic(plan, config, nic, &attach->start, host);
	const struct host_vf *vf = pf ? host_vf(pf, nic->vf) : NULL;

	if (!vf)
		return NULL;
	if (is_altname(section, pf)) {
		strv_addf(&plan->errors, "%s: vf %u of %s: the PF's name is %s", nic->owner, nic->vf, nic->pf, pf->name);
		return NULL;
	}
	if (!check_name(plan, nic, vf, attach))
		return NULL;
	if (find_inside(attach, vf) && vf->held)
		return !vf->claim->attached || check_same(plan, nic, vf->claim, attach) ? pf : NULL;
	return check_not_lxcs(plan, nic, vf) ? pf : NULL;
}

/* The record, with what is to come back where no section says what the VF has from now on. */
static void add_claim(struct plan *plan, unsigned group, const struct config_nic *nic, const struct host_pf *pf,
		      const struct attach *attach)
{
	const struct host_vf *vf = host_vf(pf, nic->vf);
	struct claim *claim = plan_add_claim(plan, group, nic, pf, &attach->start);

	claim->attached = claim->moving = true;
	memcpy(claim->netns_id, attach->netns_id, sizeof(claim->netns_id));
	if (!attach->settings)
		return;
	if (!COPY(claim->settings, attach->settings))
		strv_addf(&plan->errors, "%s: vf %u of %s: that is more than a record can hold; use a section",
			  nic->owner, nic->vf, nic->pf);
	claim->before = vf->admin;
	claim->before.has &= nic->want.has | VF_ATTR(VF_MAC);
	if (!vf->claim)
		return;
	/* An attach that was killed has found it as it was. */
	for (enum vf_attr attr = 0; attr < VF_ATTRS; attr++)
		if (vf->claim->before.has & VF_ATTR(attr))
			attrs_copy(&claim->before, &vf->claim->before, attr);
	claim->before_mac = vf->claim->before_mac;
}

/* From here on a failure undoes what is inside; the record says what else is to be put back. */
static void add_giving(struct plan *plan, const struct config_nic *nic, const struct host_pf *pf,
		       const struct attach *attach, const struct claim *claim)
{
	const struct host_vf *vf = host_vf(pf, nic->vf);
	unsigned group = ++plan->groups;
	struct step base;

	plan_add_for_nic(plan, ACT_GIVE, group, 0, pf, nic);
	base = plan->step[plan->n - 1];
	base.nic = nic;
	base.netns = attach->netns;
	base.claim = claim;
	base.stale = vf->claim;
	(void)COPY(base.inside, nic->name);
	plan->n--;
	if (!find_inside(attach, vf))
		plan_add_like(plan, &base, ACT_GIVE, group, 0);
	plan_add_like(plan, &base, ACT_DRESS, group, 0);
	plan_add_shape(plan, group, 0, pf, vf, nic, attach->netns, 0);
	if (claim->holder.pid) {
		plan_add_like(plan, &base, ACT_NAME_NETNS, group, 0);
		plan->step[plan->n - 1].optional = true;
	}
	plan_add_like(plan, &base, ACT_GIVING, group, 0);
}

/* What it has already, and should have in some other way. */
static void add_mending(struct plan *plan, const struct config_nic *nic, const struct host_pf *pf, const struct attach *attach)
{
	const struct host_vf *vf = host_vf(pf, nic->vf);
	const struct link *link = find_inside(attach, vf);
	unsigned group = plan->groups + 1;

	if (!vf->claim->attached)
		return;
	for (enum vf_attr attr = 0; attr < VF_ATTRS; attr++)
		if (host_vf_attr_differs(vf, &nic->want, attr)) {
			plan->groups = group;
			plan_add_attr(plan, group, 0, pf, nic, attr);
		}
	if (vf->claim->moving || vf->claim->unfinished || (nic->mtu && link->mtu != nic->mtu))
		add_giving(plan, nic, pf, attach, vf->claim);
}

void plan_attach(const struct config *config, const struct config_nic *const *nics, size_t n, const struct host *host,
		 const struct attach *attach, struct plan *ret)
{
	AUTO_FREE const struct host_pf **pfs = xcalloc(n, sizeof(*pfs));
	AUTO_FREE bool *has = xcalloc(n, sizeof(*has));
	size_t claimed = 0;

	ret->stop_at_failure = true;
	for (size_t i = 0; i < n; i++) {
		const struct host_vf *vf;

		pfs[i] = check(ret, config, nics[i], attach, host);
		vf = pfs[i] ? host_vf(pfs[i], nics[i]->vf) : NULL;
		has[i] = vf && vf->held && find_inside(attach, vf);
	}
	if (ret->errors.n)
		return;
	for (size_t i = 0; i < n; i++) {
		if (has[i])
			continue;
		/* Where the VF is to become again what it was, the record must be there before anything is changed. */
		if (attach->settings) {
			plan_add_arrival(ret, ++ret->groups, nics[i], pfs[i], &attach->start);
			add_claim(ret, ++ret->groups, nics[i], pfs[i], attach);
			plan_add_pin(ret, nics[i], pfs[i], &attach->start, true);
		} else {
			plan_add_pin(ret, nics[i], pfs[i], &attach->start, false);
			add_claim(ret, ++ret->groups, nics[i], pfs[i], attach);
		}
	}
	for (size_t i = 0; i < n; i++)
		if (has[i])
			add_mending(ret, nics[i], pfs[i], attach);
		else
			add_giving(ret, nics[i], pfs[i], attach, ret->claim[claimed++]);
}

void plan_detach(enum runtime runtime, const char *name, const char *inside, bool only_dead, const struct host *host,
		 struct plan *ret)
{
	for (size_t i = 0; i < host->n_claim; i++) {
		const struct claim *claim = &host->claim[i];
		bool meant = inside && !strcmp(claim->inside, inside);

		if (claim->runtime != runtime || strcmp(claim->container, name) != 0 || (inside && !meant))
			continue;
		if (claim->attached && !(only_dead && claim_holds(claim)))
			plan_detach_vf(claim->vf_pci, host, ret);
		else if (!claim->attached && meant)
			strv_addf(&ret->errors,
				  "%s: %s: LXC gave it at the container's start, and takes it back when that stops",
				  claim_owner(claim), inside);
	}
}

void plan_detach_vf(const char *vf_pci, const struct host *host, struct plan *ret)
{
	for (size_t i = 0; i < host->n_claim; i++) {
		const struct claim *claim = &host->claim[i];
		const struct host_pf *pf = NULL;
		const struct host_vf *vf = host_vf_by_pci(host, vf_pci, &pf);

		if (!strcmp(claim->vf_pci, vf_pci))
			plan_bring_home(ret, claim, pf, vf);
	}
}
