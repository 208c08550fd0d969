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
	bool namesake = config_file && !strcmp(owner, nic->container);

	strv_addf(&plan->errors, "%s: vf %u of %s: held by running container %s%s%s%s; stop that one first", nic->container,
		  nic->vf, nic->pf, owner, namesake ? " (" : "", namesake ? config_file : "", namesake ? ")" : "");
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
		return !strcmp(vf->lives_in, start->container);
	return is_ours(vf, start);
}

/* Whether the VF can be had, now or after a wait; otherwise an error says who has it. */
static bool check_vf(struct plan *plan, const struct config_nic *nic, const struct host_vf *vf, const struct start *start)
{
	const char *self = nic->container;
	bool away = vf->place == VF_AWAY && vf->netns && !is_left_behind(vf, start);

	if (vf->held && !is_ours(vf, start)) {
		refuse_held(plan, nic, vf->claim->container, vf->claim->config_file);
	} else if (away && vf->lives_in) {
		refuse_held(plan, nic, vf->lives_in, NULL);
	} else if (away) {
		AUTO_FREE char *where = plan_where(vf);

		strv_addf(&plan->errors, "%s: vf %u of %s: it is %s in %s, which is no container of ours; %s or move the VF out", self,
			  nic->vf, nic->pf, vf->link.name, where,
			  vf->lives_in_pid || vf->kept_by ? "end that process" : "delete that");
	} else if (vf->place == VF_NO_NETDEV && driver_makes_no_netdev(vf->driver)) {
		strv_addf(&plan->errors, "%s: vf %u of %s: driver %s makes no network device of it; unbind that first", self,
			  nic->vf, nic->pf, vf->driver);
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
		  nic->container, nic->vf, nic->pf, nic->link, link->ifindex, *link->pci ? " at " : "", link->pci);
	return false;
}

static const struct host_pf *check_nic(struct plan *plan, const struct config *config, const struct config_nic *nic,
				       const struct start *start, const struct host *host)
{
	const struct config_pf *section = config_pf_of(config, nic);
	const struct host_pf *pf = host_find_pf(host, section);

	if (!plan_check_pf(plan, section, pf))
		return NULL;
	if (nic->vf < pf->n_vf) {
		const struct host_vf *vf = host_vf(pf, nic->vf);

		return check_vf(plan, nic, vf, start) && check_link(plan, nic, vf, host) ? pf : NULL;
	}
	if (pf->n_vf)
		strv_addf(&plan->errors, "%s: vf %u of %s: there is no such VF; the PF has %zu", nic->container, nic->vf,
			  pf->name, pf->n_vf);
	else
		strv_addf(&plan->errors, "%s: vf %u of %s: the PF has no VFs; run: lxc-sriov pin %s", nic->container, nic->vf,
			  pf->name, section->name);
	return NULL;
}

static bool brings_up(const struct plan *plan, const struct host_pf *pf)
{
	for (size_t i = 0; i < plan->n; i++)
		if (plan->step[i].act == ACT_PF_UP && plan->step[i].pf == pf)
			return true;
	return false;
}

/* The same as pin does for this one VF. Once it is right it stays so, whatever becomes of the start. */
static void take_pin(struct plan *plan, const struct config_nic *nic, const struct host_pf *pf, const struct start *start)
{
	const struct host_vf *vf = host_vf(pf, nic->vf);
	bool anew = vf->place != VF_HERE || host_vf_effective_differs(vf, &nic->want.mac);
	unsigned group = ++plan->groups;

	if (!host_pf_is_up(pf) && !brings_up(plan, pf))
		plan_add(plan, ACT_PF_UP, group, 0, pf, 0);
	for (enum vf_attr attr = 0; attr < VF_ATTRS; attr++)
		if (host_vf_attr_differs(vf, &nic->want, attr))
			plan_add_attr(plan, group, 0, pf, nic, attr);
	if (vf->place == VF_UNBOUND)
		plan_add_for_nic(plan, ACT_BIND, group, 0, pf, nic);
	else if (vf->place != VF_HERE)
		plan_add_for_nic(plan, vf->netns && is_ours(vf, start) ? ACT_FETCH : ACT_AWAIT_NETDEV, group, 0, pf, nic);
	if (anew)
		plan_add_for_nic(plan, ACT_EFFECTIVE_MAC, group, 0, pf, nic);
	plan_add_mtu(plan, group, 0, pf, nic, anew);
}

void plan_take(const struct config *config, const struct config_nic *const *nics, size_t n, const struct host *host,
	       const struct start *start, struct plan *ret)
{
	AUTO_FREE const struct host_pf **pfs = xcalloc(n, sizeof(*pfs));
	unsigned group;

	ret->stop_at_failure = true;
	for (size_t i = 0; i < n; i++) {
		pfs[i] = check_nic(ret, config, nics[i], start, host);
		if (pfs[i])
			take_pin(ret, nics[i], pfs[i], start);
	}
	if (ret->errors.n)
		return;
	group = ++ret->groups;
	for (size_t i = 0; i < n; i++) {
		const struct host_vf *vf = host_vf(pfs[i], nics[i]->vf);
		struct claim *claim = xcalloc(1, sizeof(*claim));
		struct step *s;

		*GROW(ret->claim, ret->n_claim) = claim;
		claim->holder = start->holder;
		claim->mac = nics[i]->want.mac;
		(void)COPY(claim->container, start->container);
		(void)COPY(claim->config_file, start->config_file);
		(void)COPY(claim->vf_pci, vf->pci);
		(void)COPY(claim->inside, nics[i]->name);

		/* The record first: a crash after it leaves the host name known. */
		plan_add_for_nic(ret, ACT_CLAIM, group, 0, pfs[i], nics[i]);
		s = &ret->step[ret->n - 1];
		s->stale = vf->claim;
		s->claim = claim;
		(void)COPY(s->name, nics[i]->link);
		(void)COPY(s->inside, nics[i]->name);

		plan_add_for_nic(ret, ACT_RENAME, group, 0, pfs[i], nics[i]);
		s = &ret->step[ret->n - 1];
		(void)COPY(s->name, nics[i]->link);
		(void)COPY(s->inside, nics[i]->name);
	}
}
