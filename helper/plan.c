/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan.h"

void plan_clear(struct plan *plan)
{
	for (size_t i = 0; i < plan->n_claim; i++)
		free(plan->claim[i]);
	free(plan->claim);
	free(plan->step);
	strv_clear(&plan->warnings);
	strv_clear(&plan->errors);
	*plan = (struct plan){ 0 };
}

static struct step *add(struct plan *plan, enum act act, unsigned group, unsigned after, const struct host_pf *pf,
			unsigned vf)
{
	struct step *s = GROW(plan->step, plan->n);

	s->act = act;
	s->group = group;
	s->after = after;
	s->pf = pf;
	s->vf = vf;
	return s;
}

static void add_like(struct plan *plan, const struct step *model, enum act act, unsigned group, unsigned after)
{
	struct step *s = GROW(plan->step, plan->n);

	*s = *model;
	s->act = act;
	s->group = group;
	s->after = after;
}

static void add_for_nic(struct plan *plan, enum act act, unsigned group, unsigned after, const struct host_pf *pf,
			const struct config_nic *nic)
{
	struct step *s = add(plan, act, group, after, pf, nic->vf);
	const struct host_vf *vf = host_vf(pf, nic->vf);

	s->container = nic->container;
	s->mac = nic->mac;
	if (vf)
		s->old_admin = vf->admin;
}

static bool is_up(const struct host_pf *pf)
{
	return pf->flags & IFF_UP;
}

/* --- what is so, and what is not --- */

static bool effective_differs(const struct host_vf *vf, const struct mac *mac)
{
	return vf && vf->place == VF_HERE && !mac_equal(&vf->link.mac, mac);
}

/* What the kernel does not list (a PF with very many VFs) is taken for right where the netdev is. */
static bool admin_differs(const struct host_vf *vf, const struct mac *mac)
{
	if (vf && !vf->admin.known)
		return vf->place != VF_HERE || effective_differs(vf, mac);
	return !vf || !mac_equal(&vf->admin.mac, mac);
}

static bool is_unbound(const struct host_vf *vf)
{
	return !vf || vf->place == VF_UNBOUND;
}

/* A driver that hands the device to user space: there is no netdev to wait for. */
static bool driver_makes_no_netdev(const char *driver)
{
	static const char *const none[] = { "vfio-pci", "uio_pci_generic", "igb_uio", "pci-stub" };

	for (size_t i = 0; i < ARRAY_SIZE(none); i++)
		if (!strcmp(driver, none[i]))
			return true;
	return false;
}

const char *plan_home_name(const struct claim *stale, const char *current, const char *inside, const char *fallback)
{
	if (stale)
		return stale->home;
	return ifname_is_leftover(current) || !strcmp(current, inside) ? fallback : current;
}

/* --- pin --- */

/* The NICs of one PF by VF index. */
static const struct config_nic **nics_of(const struct config *config, const struct config_pf *section)
{
	const struct config_nic **nics = xcalloc(section->numvfs, sizeof(struct config_nic *));

	for (size_t i = 0; i < config->n_nic; i++)
		if (!strcmp(config->nic[i].pf, section->name))
			nics[config->nic[i].vf] = &config->nic[i];
	return nics;
}

static void add_holders(const struct host_pf *pf, char *text, size_t size)
{
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < pf->n_vf && len < size; i++) {
		const struct host_vf *vf = &pf->vf[i];

		if (vf->held)
			len += (size_t)snprintf(text + len, size - len, "%s vf %u is container %s's", len ? "," : ";",
						vf->index, vf->claim->container);
		else if (vf->place == VF_AWAY)
			len += (size_t)snprintf(text + len, size - len, "%s vf %u is in another namespace", len ? "," : ";",
						vf->index);
		else if (vf->place == VF_NO_NETDEV)
			len += (size_t)snprintf(text + len, size - len, "%s vf %u is driver %s's", len ? "," : ";", vf->index,
						vf->driver);
		else if (vf->place == VF_HERE && vf->link.flags & IFF_UP)
			len += (size_t)snprintf(text + len, size - len, "%s vf %u is up on the host", len ? "," : ";", vf->index);
	}
}

/* Whether the PF's VFs can be pinned at all; otherwise an error says why not. */
static bool check_pf(struct plan *plan, const struct config_pf *section, const struct host_pf *pf)
{
	if (!pf) {
		if (*section->pci)
			strv_addf(&plan->errors, "pf %s: no network device at PCI address %s; is its driver loaded?",
				  section->name, section->pci);
		else
			strv_addf(&plan->errors, "pf %s: no such network device; is its driver loaded, and the name right?",
				  section->name);
	} else if (!pf->totalvfs) {
		strv_addf(&plan->errors,
			  "pf %s: it offers no VFs (sriov_totalvfs is absent or 0); enable SR-IOV in the firmware, or "
			  "choose another card",
			  section->name);
	} else if (section->numvfs > pf->totalvfs) {
		strv_addf(&plan->errors, "pf %s: numvfs = %u in %s:%u, but it offers %u; lower numvfs", section->name,
			  section->numvfs, section->file, section->key_line[PF_NUMVFS], pf->totalvfs);
	} else {
		return true;
	}
	return false;
}

/* A number of VFs that is not 0 is never changed on the quiet: the write destroys them all. */
static bool check_numvfs(struct plan *plan, const struct config_pf *section, const struct host_pf *pf, bool recreate)
{
	char holders[256];

	if (!pf->n_vf || pf->n_vf == section->numvfs)
		return false;
	add_holders(pf, holders, sizeof(holders));
	if (recreate && !*holders)
		return true;
	strv_addf(&plan->errors,
		  "pf %s: it has %zu VFs, and numvfs = %u in %s:%u; left as it is, since changing the number destroys them "
		  "all%s%s",
		  section->name, pf->n_vf, section->numvfs, section->file, section->key_line[PF_NUMVFS], holders,
		  *holders ? "" : "; if that may be: lxc-sriov pin --recreate");
	return false;
}

/*
 * A VF in another namespace is in use, or on its way home: only the PF's side of it is looked at. A
 * container that runs with another MAC than the configuration now says keeps it until its next start,
 * since the PF would drop its packets from one moment to the next.
 */
static bool admin_may_change(struct plan *plan, const struct host_pf *pf, const struct host_vf *vf,
			     const struct config_nic *nic)
{
	char now[MAC_STR_SIZE], want[MAC_STR_SIZE];
	const struct mac *used = NULL;

	if (vf && vf->place == VF_AWAY && vf->netns)
		used = &vf->link.mac;
	else if (vf && vf->place == VF_AWAY && vf->held)
		used = &vf->claim->mac;
	if (!used || mac_equal(used, &nic->mac))
		return true;
	strv_addf(&plan->warnings, "%s: vf %u of %s: in use with MAC %s; %s is set when it is started again",
		  vf->held ? vf->claim->container : vf->lives_in ? vf->lives_in : nic->container, nic->vf, pf->name,
		  mac_format(used, now), mac_format(&nic->mac, want));
	return false;
}

/* Driver and effective MAC of one VF that the host has or will have. */
static void pin_netdev(struct plan *plan, const struct host_pf *pf, const struct host_vf *vf,
		       const struct config_nic *nic, unsigned group, unsigned base)
{
	if (is_unbound(vf)) {
		add_for_nic(plan, ACT_BIND, group, base, pf, nic);
		add_for_nic(plan, ACT_EFFECTIVE_MAC, group, base, pf, nic);
	} else if (vf->place == VF_NO_NETDEV && driver_makes_no_netdev(vf->driver)) {
		strv_addf(&plan->warnings, "%s: vf %u of %s: driver %s makes no network device of it", nic->container, nic->vf,
			  pf->name, vf->driver);
	} else if (vf->place == VF_NO_NETDEV) { /* its driver is just starting */
		add_for_nic(plan, ACT_AWAIT_NETDEV, group, base, pf, nic);
		add_for_nic(plan, ACT_EFFECTIVE_MAC, group, base, pf, nic);
	} else if (effective_differs(vf, &nic->mac)) {
		add_for_nic(plan, ACT_EFFECTIVE_MAC, group, base, pf, nic);
	}
}

/*
 * A PF without VFs gets them with their drivers held back, then all their MACs in one message, then the
 * drivers: no VF ever starts with a random MAC. What autoprobe was before stands in the mark, so that a
 * pin that was killed in between can be finished.
 */
static void pin_pf(struct plan *plan, const struct config *config, const struct config_pf *section,
		   const struct host_pf *pf, bool may_recreate)
{
	AUTO_FREE const struct config_nic **nics = nics_of(config, section);
	bool recreate = check_numvfs(plan, section, pf, may_recreate);
	bool create = recreate || pf->n_vf == 0, finish = create || pf->creating;
	bool autoprobe = pf->creating ? pf->creating_autoprobe : pf->autoprobe; /* to leave behind */
	unsigned base = ++plan->groups, first = plan->groups + 1, settled = base;
	size_t count = create ? section->numvfs : pf->n_vf;

	plan->groups += (unsigned)count;
	if (!is_up(pf))
		add(plan, ACT_PF_UP, base, 0, pf, 0);
	if (create) {
		if (!pf->creating)
			add(plan, ACT_MARK_CREATION, base, 0, pf, 0)->number = autoprobe;
		if (pf->autoprobe)
			add(plan, ACT_AUTOPROBE, base, 0, pf, 0)->old_number = 1;
		if (recreate)
			add(plan, ACT_NUMVFS, base, 0, pf, 0)->old_number = (unsigned)pf->n_vf;
		add(plan, ACT_NUMVFS, base, 0, pf, 0)->number = section->numvfs;
	}
	for (unsigned i = 0; i < count && i < section->numvfs; i++) {
		const struct host_vf *vf = create ? NULL : host_vf(pf, i);

		if (nics[i] && admin_differs(vf, &nics[i]->mac) && admin_may_change(plan, pf, vf, nics[i]))
			add_for_nic(plan, ACT_ADMIN_MAC, first + i, base, pf, nics[i]);
	}
	for (unsigned i = (unsigned)count; i < section->numvfs; i++)
		if (nics[i])
			strv_addf(&plan->errors, "%s: vf %u of %s: there is no such VF; the PF has %zu", nics[i]->container, i,
				  pf->name, pf->n_vf);
	/* Off while VFs are created; a pin that was killed may have left it anyhow. */
	if (finish && autoprobe != (!create && pf->autoprobe)) {
		settled = ++plan->groups;
		add(plan, ACT_AUTOPROBE, settled, base, pf, 0)->number = autoprobe;
	}
	for (unsigned i = 0; i < count; i++) {
		const struct host_vf *vf = create ? NULL : host_vf(pf, i);
		const struct config_nic *nic = i < section->numvfs ? nics[i] : NULL;

		if (nic)
			pin_netdev(plan, pf, vf, nic, first + i, base);
		else if (is_unbound(vf) && finish && autoprobe)
			add(plan, ACT_BIND, first + i, base, pf, i); /* as the kernel would have done */
	}
	if (finish)
		add(plan, ACT_UNMARK_CREATION, ++plan->groups, settled, pf, 0);
}

/* Two sections may lead to one card, by name and by PCI address; then neither can be trusted. */
static bool check_same(struct plan *plan, const struct config_pf *const *sections, size_t i, const struct host *host)
{
	const struct host_pf *pf = host_find_pf(host, sections[i]);

	for (size_t k = 0; pf && k < i; k++) {
		const struct host_pf *before = host_find_pf(host, sections[k]);

		if (before && before->ifindex == pf->ifindex) {
			strv_addf(&plan->errors, "pf %s: [pf %s] in %s:%u is the same card, %s; keep one of the sections",
				  sections[i]->name, sections[k]->name, sections[k]->file, sections[k]->line, pf->pci);
			return false;
		}
	}
	return true;
}

void plan_pin(const struct config *config, const struct config_pf *const *sections, size_t n, const struct host *host,
	      bool recreate, struct plan *ret)
{
	for (size_t i = 0; i < n; i++) {
		const struct host_pf *pf = host_find_pf(host, sections[i]);

		if (check_pf(ret, sections[i], pf) && check_same(ret, sections, i, host))
			pin_pf(ret, config, sections[i], pf, recreate);
	}
}

/* --- take --- */

static void refuse_held(struct plan *plan, const struct config_nic *nic, const char *owner, const char *config_file)
{
	bool namesake = config_file && !strcmp(owner, nic->container);

	strv_addf(&plan->errors, "%s: vf %u of %s: held by running container %s%s%s%s; stop that one first", nic->container,
		  nic->vf, nic->pf, owner, namesake ? " (" : "", namesake ? config_file : "", namesake ? ")" : "");
	plan->held = true;
}

/* One name may stand in two lxcpaths. A restart may overlap the last post-stop, so holders need not be the same. */
static bool same_container(const struct claim *claim, const struct start *start)
{
	return !strcmp(claim->container, start->container) && !strcmp(claim->config_file, start->config_file);
}

/* Whether the VF can be had, now or after a wait; otherwise an error says who has it. */
static bool check_vf(struct plan *plan, const struct config_nic *nic, const struct host_vf *vf, const struct start *start)
{
	const char *self = nic->container;
	/* In this container, which does not run any more: its last processes are dying, and the VF comes home. */
	bool dying = vf->lives_in && !strcmp(vf->lives_in, self);
	bool away = vf->place == VF_AWAY && !dying;

	if (vf->held && !same_container(vf->claim, start))
		refuse_held(plan, nic, vf->claim->container, vf->claim->config_file);
	else if (away && vf->lives_in)
		refuse_held(plan, nic, vf->lives_in, NULL);
	else if (away && vf->lives_in_pid)
		strv_addf(&plan->errors, "%s: vf %u of %s: it is %s in the network namespace of process %d, which is no "
			  "container of ours; end that process or move the VF out",
			  self, nic->vf, nic->pf, vf->link.name, (int)vf->lives_in_pid);
	else if (away && vf->netns)
		strv_addf(&plan->errors, "%s: vf %u of %s: it is %s in the network namespace %s; delete that or move the VF out",
			  self, nic->vf, nic->pf, vf->link.name, vf->netns);
	else if (vf->place == VF_NO_NETDEV && driver_makes_no_netdev(vf->driver))
		strv_addf(&plan->errors, "%s: vf %u of %s: driver %s makes no network device of it; unbind that first", self,
			  nic->vf, nic->pf, vf->driver);
	else
		return true;
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

	if (!check_pf(plan, section, pf))
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
static void take_pin(struct plan *plan, const struct config_nic *nic, const struct host_pf *pf)
{
	const struct host_vf *vf = host_vf(pf, nic->vf);
	unsigned group = ++plan->groups;

	if (!is_up(pf) && !brings_up(plan, pf))
		add(plan, ACT_PF_UP, group, 0, pf, 0);
	if (admin_differs(vf, &nic->mac))
		add_for_nic(plan, ACT_ADMIN_MAC, group, 0, pf, nic);
	if (vf->place == VF_UNBOUND)
		add_for_nic(plan, ACT_BIND, group, 0, pf, nic);
	else if (vf->place != VF_HERE)
		add_for_nic(plan, ACT_AWAIT_NETDEV, group, 0, pf, nic);
	if (vf->place != VF_HERE || effective_differs(vf, &nic->mac))
		add_for_nic(plan, ACT_EFFECTIVE_MAC, group, 0, pf, nic);
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
			take_pin(ret, nics[i], pfs[i]);
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
		claim->mac = nics[i]->mac;
		(void)COPY(claim->container, start->container);
		(void)COPY(claim->config_file, start->config_file);
		(void)COPY(claim->vf_pci, vf->pci);
		(void)COPY(claim->inside, nics[i]->name);

		/* The record first: a crash after it leaves the host name known. */
		add_for_nic(ret, ACT_CLAIM, group, 0, pfs[i], nics[i]);
		s = &ret->step[ret->n - 1];
		s->stale = vf->claim;
		s->claim = claim;
		(void)COPY(s->name, nics[i]->link);
		(void)COPY(s->inside, nics[i]->name);

		add_for_nic(ret, ACT_RENAME, group, 0, pfs[i], nics[i]);
		s = &ret->step[ret->n - 1];
		(void)COPY(s->name, nics[i]->link);
		(void)COPY(s->inside, nics[i]->name);
	}
}

/* --- give back --- */

static bool same_process(const struct process *a, const struct process *b)
{
	return a->pid == b->pid && a->start == b->start;
}

/*
 * Forgiving: what can be put right is, whatever else fails. The record stays until the VF is home under
 * its name, so that the next start or a reclaim finds out what that was.
 */
static void give_back(struct plan *plan, const struct claim *claim, const struct host_pf *pf, const struct host_vf *vf)
{
	struct step base = { .pf = pf, .container = claim->container, .mac = claim->mac, .claim = claim };
	unsigned named = 0, reset = 0;

	if (vf && (vf->place == VF_AWAY || vf->place == VF_HERE)) {
		unsigned here = ++plan->groups;

		base.vf = vf->index;
		base.number = claim->mtu;
		(void)COPY(base.name, claim->home);
		base.netns = vf->netns;
		if (vf->place == VF_AWAY)
			add_like(plan, &base, vf->netns ? ACT_FETCH : ACT_AWAIT_NETDEV, here, 0);
		add_like(plan, &base, ACT_EFFECTIVE_MAC, ++plan->groups, here); /* may make a new netdev: before the MTU */
		reset = ++plan->groups;
		add_like(plan, &base, ACT_RESET, reset, here);
		named = ++plan->groups;
		add_like(plan, &base, ACT_RENAME, named, here);
	}
	/* With RESET, after RENAME: when one of them fails, the record still knows what was to be put back. */
	add_like(plan, &base, ACT_RELEASE, reset ? reset : ++plan->groups, named);
}

void plan_give_back(const struct start *start, const struct host *host, struct plan *ret)
{
	for (size_t i = 0; i < host->n_claim; i++) {
		const struct claim *claim = &host->claim[i];
		const struct host_pf *pf = NULL;
		const struct host_vf *vf;

		if (!same_container(claim, start))
			continue;
		/* A post-stop that comes late must not undo a newer start. */
		if (!same_process(&claim->holder, &start->holder) && claim_holds(claim))
			continue;
		vf = host_vf_by_pci(host, claim->vf_pci, &pf);
		give_back(ret, claim, pf, vf);
	}
}

/* --- reattach --- */

static const struct config_nic *nic_of_claim(const struct config *config, const struct claim *claim,
					     const struct host_pf *pf, const struct host_vf *vf)
{
	for (size_t i = 0; i < config->n_nic; i++) {
		const struct config_nic *nic = &config->nic[i];
		const struct config_pf *section = config_pf_of(config, nic);

		if (nic->vf == vf->index && !strcmp(nic->container, claim->container) &&
		    !strcmp(*section->pci ? section->pci : section->name, *section->pci ? pf->pci : pf->name))
			return nic;
	}
	return NULL;
}

static void reattach(struct plan *plan, const struct config *config, const struct running *running,
		     const struct host_pf *pf, const struct host_vf *vf)
{
	const struct claim *claim = running->claim;
	struct step base = { .pf = pf,
			     .vf = vf->index,
			     .container = claim->container,
			     .claim = claim,
			     .mac = claim->mac,
			     .netns = running->netns,
			     .old_admin = vf->admin,
			     .nic = nic_of_claim(config, claim, pf, vf) };
	unsigned group = ++plan->groups;

	(void)COPY(base.inside, claim->inside);
	if (admin_differs(vf, &claim->mac))
		add_like(plan, &base, ACT_ADMIN_MAC, group, 0);
	if (is_unbound(vf))
		add_like(plan, &base, ACT_BIND, group, 0);
	else if (vf->place != VF_HERE)
		add_like(plan, &base, ACT_AWAIT_NETDEV, group, 0);
	if (vf->place != VF_HERE || effective_differs(vf, &claim->mac))
		add_like(plan, &base, ACT_EFFECTIVE_MAC, group, 0);
	add_like(plan, &base, ACT_GIVE, group, 0);
	add_like(plan, &base, ACT_DRESS, ++plan->groups, group);
	if (!base.nic)
		strv_addf(&plan->warnings, "%s: vf %u of %s: the configuration does not have it any more; it gets no addresses",
			  claim->container, vf->index, pf->name);
}

void plan_reattach(const struct config *config, const struct running *running, size_t n, const struct host *host,
		   struct plan *ret)
{
	for (size_t i = 0; i < n; i++) {
		const struct claim *claim = running[i].claim;
		const struct host_pf *pf = NULL;
		const struct host_vf *vf = host_vf_by_pci(host, claim->vf_pci, &pf);

		if (!vf)
			strv_addf(&ret->errors, "%s: its VF at %s is gone; run: lxc-sriov pin", claim->container, claim->vf_pci);
		else if (vf->place == VF_NO_NETDEV && driver_makes_no_netdev(vf->driver))
			strv_addf(&ret->errors, "%s: vf %u of %s: driver %s makes no network device of it; unbind that first",
				  claim->container, vf->index, pf->name, vf->driver);
		else if (vf->place != VF_AWAY)
			reattach(ret, config, &running[i], pf, vf);
	}
}

/* --- reclaim --- */

/* Whether a VF that is AWAY may be brought home, or is coming by itself; otherwise an error says who has it. */
static bool may_fetch(struct plan *plan, const struct host_pf *pf, const struct host_vf *vf, bool force)
{
	if (vf->lives_in) {
		strv_addf(&plan->errors, "vf %u of %s: it is %s in running container %s, which has no claim to it; stop that one",
			  vf->index, pf->name, vf->link.name, vf->lives_in);
		plan->held = true;
		return false;
	}
	if (!vf->netns || force)
		return true;
	if (vf->lives_in_pid)
		strv_addf(&plan->errors, "vf %u of %s: it is %s in the network namespace of process %d; to take it from there: "
			  "lxc-sriov reclaim --force",
			  vf->index, pf->name, vf->link.name, (int)vf->lives_in_pid);
	else
		strv_addf(&plan->errors, "vf %u of %s: it is %s in the network namespace %s; to take it from there: lxc-sriov "
			  "reclaim --force",
			  vf->index, pf->name, vf->link.name, vf->netns);
	return false;
}

/* A VF of the configuration that nobody claims and that is not where it should be, or has nobody's name. */
static void reclaim_stray(struct plan *plan, const struct config_nic *nic, const struct host_pf *pf, struct host_vf *vf,
			  bool force)
{
	struct step base = { .pf = pf, .vf = vf->index, .mac = nic->mac, .netns = vf->netns };
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
		add_like(plan, &base, vf->netns ? ACT_FETCH : ACT_AWAIT_NETDEV, group, 0);
	add_like(plan, &base, ACT_EFFECTIVE_MAC, group, 0);
	add_like(plan, &base, ACT_RENAME, group, 0);
}

void plan_reclaim(const struct config *config, const struct host *host, bool force, struct plan *ret)
{
	for (size_t i = 0; i < host->n_claim; i++) {
		const struct claim *claim = &host->claim[i];
		const struct host_pf *pf = NULL;
		const struct host_vf *vf = host_vf_by_pci(host, claim->vf_pci, &pf);

		if (claim_holds(claim) || (vf && vf->place == VF_AWAY && !may_fetch(ret, pf, vf, force)))
			continue;
		give_back(ret, claim, pf, vf);
	}
	for (size_t i = 0; i < config->n_nic; i++) {
		const struct config_nic *nic = &config->nic[i];
		const struct host_pf *pf = host_find_pf(host, config_pf_of(config, nic));
		struct host_vf *vf = pf ? host_vf(pf, nic->vf) : NULL;

		if (vf && !vf->claim)
			reclaim_stray(ret, nic, pf, vf, force);
	}
}

/* --- words --- */

char *step_describe(const struct step *s)
{
	char mac[MAC_STR_SIZE];
	char object[64];

	if (!s->pf) /* numvfs was set to 0 while it was away */
		snprintf(object, sizeof(object), "vf at %s, which is gone", s->claim->vf_pci);
	else if (s->act <= ACT_UNMARK_CREATION)
		snprintf(object, sizeof(object), "pf %s", s->pf->name);
	else
		snprintf(object, sizeof(object), "vf %u of %s", s->vf, s->pf->name);
	switch (s->act) {
	case ACT_PF_UP:
		return xasprintf("%s: bring it up", object);
	case ACT_MARK_CREATION:
		return xasprintf("%s: note that its VFs are being created", object);
	case ACT_NUMVFS:
		return s->number ? xasprintf("%s: create %u VFs", object, s->number) :
				   xasprintf("%s: destroy its %u VFs", object, s->old_number);
	case ACT_AUTOPROBE:
		return xasprintf("%s: set sriov_drivers_autoprobe to %u", object, s->number);
	case ACT_UNMARK_CREATION:
		return xasprintf("%s: note that its VFs are created", object);
	case ACT_ADMIN_MAC:
		return xasprintf("%s: set MAC %s", object, mac_format(&s->mac, mac));
	case ACT_BIND:
		return xasprintf("%s: bind its driver", object);
	case ACT_AWAIT_NETDEV:
		return xasprintf("%s: wait for its network device to come back", object);
	case ACT_EFFECTIVE_MAC:
		return xasprintf("%s: make its network device have MAC %s", object, mac_format(&s->mac, mac));
	case ACT_CLAIM:
		return xasprintf("%s: record that it is given to %s", object, s->container);
	case ACT_RENAME:
		return xasprintf("%s: rename its network device to %s", object, s->name);
	case ACT_FETCH:
		return xasprintf("%s: bring its network device home from %s", object, s->netns);
	case ACT_GIVE:
		return xasprintf("%s: move its network device into %s as %s", object, s->container, s->inside);
	case ACT_DRESS:
		return xasprintf("%s: give its network device in %s its MTU, addresses and routes", object, s->container);
	case ACT_RESET:
		return xasprintf("%s: set its network device down, with MTU %u", object, s->number);
	case ACT_RELEASE:
		return xasprintf("%s: record that it is back from %s", object, s->container);
	default:
		return xstrdup(object);
	}
}
