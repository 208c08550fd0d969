/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan_parts.h"

/* The NICs of one PF by VF index. */
static const struct config_nic **nics_of(const struct config *config, const struct config_pf *section)
{
	const struct config_nic **nics = xcalloc(section->numvfs, sizeof(struct config_nic *));

	for (size_t i = 0; i < config->n_nic; i++)
		if (!strcmp(config->nic[i].pf, section->name) && config->nic[i].vf < section->numvfs)
			nics[config->nic[i].vf] = &config->nic[i];
	return nics;
}

char *plan_holders(const struct host_pf *pf)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	const char *between = ";";

	if (!out)
		return xstrdup("");
	for (size_t i = 0; i < pf->n_vf; i++) {
		const struct host_vf *vf = &pf->vf[i];

		if (vf->held)
			fprintf(out, "%s vf %u is container %s's", between, vf->index, claim_owner(vf->claim));
		else if (vf->place == VF_AWAY)
			fprintf(out, "%s vf %u is in another namespace", between, vf->index);
		else if (vf->place == VF_NO_NETDEV)
			fprintf(out, "%s vf %u is driver %s's", between, vf->index, vf->driver);
		else if (vf->place == VF_HERE && vf->link.flags & IFF_UP)
			fprintf(out, "%s vf %u is up on the host", between, vf->index);
		else
			continue;
		between = ",";
	}
	fclose(out);
	return text;
}

/* A number of VFs that is not 0 is never changed on the quiet: the write destroys them all. */
static bool check_numvfs(struct plan *plan, const struct config_pf *section, const struct host_pf *pf, bool recreate)
{
	AUTO_FREE char *holders = NULL;

	if (!pf->n_vf || pf->n_vf == section->numvfs)
		return false;
	holders = plan_holders(pf);
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
static bool mac_may_change(struct plan *plan, const struct host_pf *pf, const struct host_vf *vf, const struct config_nic *nic)
{
	char now[MAC_STR_SIZE], want[MAC_STR_SIZE];
	const struct mac *used = NULL;

	if (vf && vf->place == VF_AWAY && vf->netns)
		used = &vf->link.mac;
	else if (vf && vf->place == VF_AWAY && vf->held)
		used = &vf->claim->mac;
	if (!used || mac_equal(used, &nic->want.mac))
		return true;
	strv_addf(&plan->warnings, "%s: vf %u of %s: in use with MAC %s; %s is set when it is started again",
		  vf->held     ? vf->claim->container :
		  vf->lives_in ? vf->lives_in :
				 nic->container,
		  nic->vf, pf->name, mac_format(used, now), mac_format(&nic->want.mac, want));
	return false;
}

/* What pin has decided on for one PF, beside the steps that it has planned. */
struct pinned {
	const struct host_pf *pf;
	const struct config_nic **nics; /* by VF */
	unsigned n_nic, n_vf;           /* n_vf: once the steps were carried out */
	bool create, finish;            /* create the VFs; finish doing so, which a killed pin may have begun */
	bool autoprobe;                 /* to leave behind */
	unsigned base, settled;         /* groups: the PF itself, which those of its VFs follow, and autoprobe */
};

static const struct config_nic *nic_of(const struct pinned *p, unsigned vf)
{
	return vf < p->n_nic ? p->nics[vf] : NULL;
}

static unsigned group_of(const struct pinned *p, unsigned vf)
{
	return p->base + 1 + vf;
}

/* NULL: it is not there yet. */
static const struct host_vf *known_vf(const struct pinned *p, unsigned vf)
{
	return p->create ? NULL : host_vf(p->pf, vf);
}

/* What the PF enforces: attribute by attribute, so that each goes in one message for all VFs. */
static void pin_attrs(struct plan *plan, const struct pinned *p)
{
	for (enum vf_attr attr = 0; attr < VF_ATTRS; attr++)
		for (unsigned i = 0; i < p->n_vf; i++) {
			const struct config_nic *nic = nic_of(p, i);
			const struct host_vf *vf = known_vf(p, i);

			if (nic && host_vf_attr_differs(vf, &nic->want, attr) &&
			    (attr != VF_MAC || mac_may_change(plan, p->pf, vf, nic)))
				plan_add_attr(plan, group_of(p, i), p->base, p->pf, nic, attr);
		}
}

/*
 * A PF without VFs gets them with their drivers held back, then all their MACs in one message, then the
 * drivers: no VF ever starts with a random MAC. What autoprobe was before stands in the mark, so that a
 * pin that was killed in between can be finished.
 */
static void pin_pf(struct plan *plan, const struct config *config, const struct config_pf *section,
		   const struct host_pf *pf, bool may_recreate, struct pinned *p)
{
	bool recreate = check_numvfs(plan, section, pf, may_recreate), create = recreate || pf->n_vf == 0;

	*p = (struct pinned){
		.pf = pf,
		.nics = nics_of(config, section),
		.n_nic = section->numvfs,
		.n_vf = create ? section->numvfs : (unsigned)pf->n_vf,
		.create = create,
		.finish = create || pf->creating,
		.autoprobe = pf->creating ? pf->creating_autoprobe : pf->autoprobe,
		.base = plan->groups + 1,
		.settled = plan->groups + 1,
	};
	plan->groups += 1 + p->n_vf;
	if (!host_pf_is_up(pf))
		plan_add(plan, ACT_PF_UP, p->base, 0, pf, 0);
	if (create) {
		if (!pf->creating) {
			struct step *mark = plan_add(plan, ACT_MARK_CREATION, p->base, 0, pf, 0);

			mark->number = p->autoprobe;
			mark->old_number = (unsigned)pf->n_vf;
		}
		if (pf->autoprobe)
			plan_add(plan, ACT_AUTOPROBE, p->base, 0, pf, 0)->old_number = 1;
		if (recreate)
			plan_add(plan, ACT_NUMVFS, p->base, 0, pf, 0)->old_number = (unsigned)pf->n_vf;
		plan_add(plan, ACT_NUMVFS, p->base, 0, pf, 0)->number = section->numvfs;
	}
	pin_attrs(plan, p);
	for (unsigned i = p->n_vf; i < p->n_nic; i++)
		if (p->nics[i])
			strv_addf(&plan->errors, "%s: vf %u of %s: there is no such VF; the PF has %zu",
				  p->nics[i]->container, i, pf->name, pf->n_vf);
	/* Off while VFs are created; a pin that was killed may have left it anyhow. */
	if (p->finish && p->autoprobe != (!create && pf->autoprobe)) {
		p->settled = ++plan->groups;
		plan_add(plan, ACT_AUTOPROBE, p->settled, p->base, pf, 0)->number = p->autoprobe;
	}
}

static void pin_drivers(struct plan *plan, const struct pinned *p)
{
	for (unsigned i = 0; i < p->n_vf; i++) {
		const struct config_nic *nic = nic_of(p, i);

		if (!host_vf_is_unbound(known_vf(p, i)))
			continue;
		if (nic)
			plan_add_for_nic(plan, ACT_BIND, group_of(p, i), p->base, p->pf, nic);
		else if (p->finish && p->autoprobe)
			plan_add(plan, ACT_BIND, group_of(p, i), p->base, p->pf, i); /* as the kernel would have done */
	}
}

/* Effective MAC and MTU of one VF that the host has or will have. */
static void pin_netdev(struct plan *plan, const struct pinned *p, const struct host_vf *vf, const struct config_nic *nic)
{
	const struct host_pf *pf = p->pf;
	unsigned group = group_of(p, nic->vf), base = p->base;
	bool anew = !vf || vf->place != VF_HERE || host_vf_effective_differs(vf, &nic->want.mac);

	if (vf && vf->place == VF_AWAY) {
		if (vf->held && vf->netns)
			plan_add_shape(plan, group, base, pf, vf,
				       strcmp(nic->container, vf->claim->container) ? NULL : nic, vf->netns, vf->shaping);
		return;
	}
	if (vf && vf->place == VF_NO_NETDEV && driver_makes_no_netdev(vf->driver)) {
		strv_addf(&plan->warnings, "%s: vf %u of %s: driver %s makes no network device of it", nic->container,
			  nic->vf, pf->name, vf->driver);
		return;
	}
	if (vf && vf->place == VF_NO_NETDEV) /* its driver is just starting */
		plan_add_for_nic(plan, ACT_AWAIT_NETDEV, group, base, pf, nic);
	if (anew)
		plan_add_for_nic(plan, ACT_EFFECTIVE_MAC, group, base, pf, nic);
	plan_add_mtu(plan, group, base, pf, nic, anew);
}

static void pin_netdevs(struct plan *plan, const struct pinned *p)
{
	for (unsigned i = 0; i < p->n_vf; i++)
		if (nic_of(p, i))
			pin_netdev(plan, p, known_vf(p, i), nic_of(p, i));
	if (p->finish)
		plan_add(plan, ACT_UNMARK_CREATION, ++plan->groups, p->settled, p->pf, 0);
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
	AUTO_FREE struct pinned *pinned = xcalloc(n, sizeof(*pinned));
	size_t k = 0;

	for (size_t i = 0; i < n; i++) {
		const struct host_pf *pf = host_find_pf(host, sections[i]);

		if (plan_check_pf(ret, sections[i], pf) && check_same(ret, sections, i, host))
			pin_pf(ret, config, sections[i], pf, recreate, &pinned[k++]);
	}
	/* All PFs' in a row, so that they are started at the same time. */
	for (size_t i = 0; i < k; i++)
		pin_drivers(ret, &pinned[i]);
	for (size_t i = 0; i < k; i++) {
		pin_netdevs(ret, &pinned[i]);
		free(pinned[i].nics);
	}
}
