/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan_parts.h"

const char *plan_home_name(const struct claim *stale, const char *current, const char *inside, const char *fallback)
{
	if (stale)
		return stale->home;
	return ifname_is_leftover(current) || !strcmp(current, inside) ? fallback : current;
}

static void refuse_held(struct plan *plan, const struct config_nic *nic, const char *owner, const char *config_file)
{
	bool namesake = config_file && !strcmp(owner, nic->owner);

	strv_addf(&plan->errors, "%s: vf %u of %s: held by running container %s%s%s%s; stop that one first", nic->owner,
		  nic->vf, nic->pf, owner, namesake ? " (" : "", namesake ? config_file : "", namesake ? ")" : "");
	plan->held = true;
}

static void refuse_attached(struct plan *plan, const struct config_nic *nic, const struct claim *claim)
{
	strv_addf(&plan->errors, "%s: vf %u of %s: held by %s; stop that one, or run: lxc-sriov detach %s:%s --name %s",
		  nic->owner, nic->vf, nic->pf, claim_owner(claim), runtime_name(claim->runtime), claim->container,
		  claim->inside);
	plan->held = true;
}

static bool is_ours(const struct host_vf *vf, const struct start *start)
{
	return vf->claim && claim_is_of(vf->claim, start);
}

/*
 * In what is left of this container, which does not run any more: its last processes are dying, or another process keeps
 * its namespace open, be it LXC's monitor, which may wait for our lock.
 */
static bool is_left_behind(const struct host_vf *vf, const struct start *start)
{
	if (vf->lives_in)
		return start->runtime == RUNTIME_LXC && !strcmp(vf->lives_in, start->container);
	return is_ours(vf, start);
}

/* Whether the VF can be had, now or after a wait; otherwise an error says who has it. */
static bool check_vf(struct plan *plan, const struct config_nic *nic, const struct host_vf *vf, const struct start *start)
{
	const char *self = nic->owner;
	bool away = vf->place == VF_AWAY && vf->netns && !is_left_behind(vf, start);

	if (vf->held && !is_ours(vf, start) && vf->claim->attached) {
		refuse_attached(plan, nic, vf->claim);
	} else if (vf->held && !is_ours(vf, start)) {
		refuse_held(plan, nic, claim_owner(vf->claim), vf->claim->config_file);
	} else if (away && vf->lives_in) {
		refuse_held(plan, nic, vf->lives_in, NULL);
	} else if (away) {
		AUTO_FREE char *where = plan_where(vf);

		strv_addf(&plan->errors,
			  "%s: vf %u of %s: it is %s in %s, which is no container of ours; %s or move the VF out", self,
			  nic->vf, nic->pf, vf->link.name, where,
			  vf->lives_in_pid || vf->kept_by ? "end that process" : "delete that");
	} else if (vf->place == VF_NO_NETDEV && driver_makes_no_netdev(vf->driver)) {
		strv_addf(&plan->errors, "%s: vf %u of %s: driver %s makes no network device of it; unbind that first",
			  self, nic->vf, nic->pf, vf->driver);
	} else {
		return true;
	}
	return false;
}

/* Whether the name that LXC will look for can be given to the VF. */
static bool check_link(struct plan *plan, const struct config_nic *nic, const struct host_vf *vf, const struct host *host)
{
	const struct link *link = host_find_link(host, vf, nic->link);

	if (!link)
		return true;
	strv_addf(&plan->errors, "%s: vf %u of %s: link = %s, but network device %d%s%s has that name; rename it, or set link",
		  nic->owner, nic->vf, nic->pf, nic->link, link->ifindex, *link->pci ? " at " : "", link->pci);
	return false;
}

const struct host_pf *plan_check_nic(struct plan *plan, const struct config *config, const struct config_nic *nic,
				     const struct start *start, const struct host *host)
{
	const struct config_pf *section = config_pf_of(config, nic);
	const struct host_pf *pf = host_find_pf(host, section);

	if (!plan_check_pf(plan, section, pf))
		return NULL;
	if (nic->vf < pf->n_vf)
		return check_vf(plan, nic, host_vf(pf, nic->vf), start) ? pf : NULL;
	if (pf->n_vf)
		strv_addf(&plan->errors, "%s: vf %u of %s: there is no such VF; the PF has %zu", nic->owner, nic->vf,
			  pf->name, pf->n_vf);
	else if (section->file)
		strv_addf(&plan->errors, "%s: vf %u of %s: the PF has no VFs; run: lxc-sriov pin %s", nic->owner,
			  nic->vf, pf->name, section->name);
	else
		strv_addf(&plan->errors,
			  "%s: vf %u of %s: the PF has no VFs; give it a section with numvfs, and run: lxc-sriov pin",
			  nic->owner, nic->vf, pf->name);
	return NULL;
}

static bool brings_up(const struct plan *plan, const struct host_pf *pf)
{
	for (size_t i = 0; i < plan->n; i++)
		if (plan->step[i].act == ACT_PF_UP && plan->step[i].pf == pf)
			return true;
	return false;
}

void plan_add_arrival(struct plan *plan, unsigned group, const struct config_nic *nic, const struct host_pf *pf,
		      const struct start *start)
{
	const struct host_vf *vf = host_vf(pf, nic->vf);

	if (vf->place == VF_UNBOUND)
		plan_add_for_nic(plan, ACT_BIND, group, 0, pf, nic);
	else if (vf->place != VF_HERE)
		plan_add_for_nic(plan, vf->netns && is_ours(vf, start) ? ACT_FETCH : ACT_AWAIT_NETDEV, group, 0, pf, nic);
}

/* Once it is right it stays so, whatever becomes of the start. */
void plan_add_pin(struct plan *plan, const struct config_nic *nic, const struct host_pf *pf, const struct start *start,
		  bool arrived)
{
	const struct host_vf *vf = host_vf(pf, nic->vf);
	bool anew = vf->place != VF_HERE || host_vf_effective_differs(vf, &nic->want.mac);
	unsigned group = ++plan->groups;

	if (!host_pf_is_up(pf) && !brings_up(plan, pf))
		plan_add(plan, ACT_PF_UP, group, 0, pf, 0);
	for (enum vf_attr attr = 0; attr < VF_ATTRS; attr++)
		if (host_vf_attr_differs(vf, &nic->want, attr))
			plan_add_attr(plan, group, 0, pf, nic, attr);
	if (!arrived)
		plan_add_arrival(plan, group, nic, pf, start);
	if (anew)
		plan_add_for_nic(plan, ACT_EFFECTIVE_MAC, group, 0, pf, nic);
	plan_add_mtu(plan, group, 0, pf, nic, anew);
}

struct claim *plan_add_claim(struct plan *plan, unsigned group, const struct config_nic *nic, const struct host_pf *pf,
			     const struct start *start)
{
	const struct host_vf *vf = host_vf(pf, nic->vf);
	struct claim *claim = xcalloc(1, sizeof(*claim));
	struct step *s;

	*GROW(plan->claim, plan->n_claim) = claim;
	claim->holder = start->holder;
	claim->mac = nic->want.mac;
	claim_set_owner(claim, start->runtime, start->container);
	(void)COPY(claim->config_file, start->config_file);
	(void)COPY(claim->vf_pci, vf->pci);
	(void)COPY(claim->inside, nic->name);

	plan_add_for_nic(plan, ACT_CLAIM, group, 0, pf, nic);
	s = &plan->step[plan->n - 1];
	s->stale = vf->claim;
	s->record = claim;
	(void)COPY(s->name, nic->link);
	(void)COPY(s->inside, nic->name);
	return claim;
}

void plan_take(const struct config *config, const struct config_nic *const *nics, size_t n, const struct host *host,
	       const struct start *start, struct plan *ret)
{
	AUTO_FREE const struct host_pf **pfs = xcalloc(n, sizeof(*pfs));
	unsigned group;

	ret->stop_at_failure = true;
	for (size_t i = 0; i < n; i++) {
		pfs[i] = plan_check_nic(ret, config, nics[i], start, host);
		if (pfs[i] && !check_link(ret, nics[i], host_vf(pfs[i], nics[i]->vf), host))
			pfs[i] = NULL;
		if (pfs[i])
			plan_add_pin(ret, nics[i], pfs[i], start, false);
	}
	if (ret->errors.n)
		return;
	group = ++ret->groups;
	for (size_t i = 0; i < n; i++) {
		struct step *s;

		/* The record first: a crash after it leaves the host name known. */
		(void)plan_add_claim(ret, group, nics[i], pfs[i], start);
		plan_add_for_nic(ret, ACT_RENAME, group, 0, pfs[i], nics[i]);
		s = &ret->step[ret->n - 1];
		(void)COPY(s->name, nics[i]->link);
		(void)COPY(s->inside, nics[i]->name);
	}
}
