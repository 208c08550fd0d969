/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan_parts.h"

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

struct step *plan_add(struct plan *plan, enum act act, unsigned group, unsigned after, const struct host_pf *pf, unsigned vf)
{
	struct step *s = GROW(plan->step, plan->n);

	s->act = act;
	s->group = group;
	s->after = after;
	s->pf = pf;
	s->vf = vf;
	return s;
}

void plan_add_like(struct plan *plan, const struct step *model, enum act act, unsigned group, unsigned after)
{
	struct step *s = GROW(plan->step, plan->n);

	*s = *model;
	s->act = act;
	s->group = group;
	s->after = after;
}

void plan_add_for_nic(struct plan *plan, enum act act, unsigned group, unsigned after, const struct host_pf *pf,
		      const struct config_nic *nic)
{
	struct step *s = plan_add(plan, act, group, after, pf, nic->vf);
	const struct host_vf *vf = host_vf(pf, nic->vf);

	s->container = nic->owner;
	s->mac = nic->want.mac;
	s->want = nic->want;
	if (vf) {
		s->now = vf->admin;
		s->netns = vf->netns;
	}
}

void plan_add_attr(struct plan *plan, unsigned group, unsigned after, const struct host_pf *pf,
		   const struct config_nic *nic, enum vf_attr attr)
{
	struct step *s;

	plan_add_for_nic(plan, ACT_ATTR, group, after, pf, nic);
	s = &plan->step[plan->n - 1];
	s->attr = attr;
	s->optional = nic->optional & VF_ATTR(attr);
	s->attempt = attr == VF_RATE && nic->shape == SHAPE_AUTO;
}

void plan_add_mtu(struct plan *plan, unsigned group, unsigned after, const struct host_pf *pf,
		  const struct config_nic *nic, bool anew)
{
	const struct host_vf *vf = host_vf(pf, nic->vf);
	unsigned now = vf && vf->place == VF_HERE ? vf->link.mtu : 0;

	if (!nic->mtu || (now == nic->mtu && !anew))
		return;
	plan_add_for_nic(plan, ACT_MTU, group, after, pf, nic);
	plan->step[plan->n - 1].number = nic->mtu;
}

bool host_pf_is_up(const struct host_pf *pf)
{
	return pf->flags & IFF_UP;
}

bool host_vf_effective_differs(const struct host_vf *vf, const struct mac *mac)
{
	return vf && vf->place == VF_HERE && !mac_equal(&vf->link.mac, mac);
}

bool host_vf_attr_differs(const struct host_vf *vf, const struct vf_attrs *want, enum vf_attr attr)
{
	if (!(want->has & VF_ATTR(attr)))
		return false;
	if (vf && attr == VF_MAC && !(vf->admin.has & VF_ATTR(VF_MAC)))
		return vf->place != VF_HERE || host_vf_effective_differs(vf, &want->mac);
	return !vf || !attrs_agree(want, &vf->admin, attr);
}

bool host_vf_is_unbound(const struct host_vf *vf)
{
	return !vf || vf->place == VF_UNBOUND;
}

bool driver_makes_no_netdev(const char *driver)
{
	static const char *const none[] = { "vfio-pci", "uio_pci_generic", "igb_uio", "pci-stub" };

	for (size_t i = 0; i < ARRAY_SIZE(none); i++)
		if (!strcmp(driver, none[i]))
			return true;
	return false;
}

bool plan_check_pf(struct plan *plan, const struct config_pf *section, const struct host_pf *pf)
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

char *plan_where(const struct host_vf *vf)
{
	if (vf->lives_in_pid)
		return xasprintf("the network namespace of process %d", (int)vf->lives_in_pid);
	if (vf->kept_by)
		return xasprintf("a network namespace that process %d keeps open", (int)vf->kept_by);
	return xasprintf("the network namespace %s", vf->netns);
}

bool claim_is_of(const struct claim *claim, const struct start *start)
{
	return claim->runtime == start->runtime && !strcmp(claim->container, start->container) &&
	       !strcmp(claim->config_file, start->config_file);
}

bool claim_is_for(const struct claim *claim, const struct config_nic *nic)
{
	return claim->runtime == nic->runtime && !strcmp(claim->container, nic->container);
}

char *step_describe(const struct step *s)
{
	AUTO_FREE char *value = s->act == ACT_ATTR ? attrs_format(&s->want, s->attr) : NULL;
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
	case ACT_ATTR:
		return xasprintf("%s: set %s", object, value);
	case ACT_MTU:
		return xasprintf("%s: set its network device's MTU to %u", object, s->number);
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
	case ACT_LEAVING:
		return xasprintf("%s: record that it is being taken from %s", object, s->container);
	case ACT_GIVING:
		return s->number ? xasprintf("%s: record that it is being given back to %s", object, s->container) :
				   xasprintf("%s: record that %s has it", object, s->container);
	case ACT_GIVE:
		return xasprintf("%s: move its network device into %s as %s", object, s->container, s->inside);
	case ACT_DRESS:
		return xasprintf("%s: give its network device in %s its MTU, addresses and routes", object, s->container);
	case ACT_NAME_NETNS:
		return xasprintf("%s: name the network namespace of %s for ip netns", object, s->container);
	case ACT_UNNAME_NETNS:
		return xasprintf("%s: take away the name that the network namespace of %s has for ip netns", object,
				 s->container);
	case ACT_SHAPE:
		return s->number ? xasprintf("%s: limit what it sends to %u Mbit/s", object, s->number) :
				   xasprintf("%s: end the limit of what it sends", object);
	case ACT_RESET:
		return xasprintf("%s: set its network device down, with MTU %u", object, s->number);
	case ACT_ALTNAMES:
		return xasprintf("%s: give its network device the other names that it had", object);
	case ACT_RELEASE:
		return xasprintf("%s: record that it is back from %s", object, s->container);
	default:
		return xstrdup(object);
	}
}
