/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "doctor.h"
#include "plan_parts.h"

/* A list of VFs that the kernel can give in one answer: 64 kB of about 295 bytes each. */
#define VFS_LISTED 221

static char *pf_name(const struct doctor_pf *pf)
{
	return xasprintf("pf %s", pf->section->name);
}

static char *numvfs_at(const struct config_pf *section)
{
	return xasprintf("numvfs = %u in %s:%u", section->numvfs, section->file, section->key_line[PF_NUMVFS]);
}

/* Whether its VFs can be looked at. */
static bool offers_vfs(const struct doctor_pf *pf)
{
	return pf->pf && pf->pf->totalvfs;
}

/* --- the PF itself --- */

static const struct doctor_idle *idle_at(const struct doctor_input *in, const char *pci)
{
	for (size_t i = 0; i < in->n_idle; i++)
		if (!*pci || !strcmp(in->idle[i].pci, pci))
			return &in->idle[i];
	return NULL;
}

/* Of a PF that is known by its name alone any card that offers VFs and has no driver may be it. */
static char *cards_without_driver(const struct doctor_input *in)
{
	char *text = xstrdup("of the cards that offer VFs,");

	for (size_t i = 0; i < in->n_idle; i++) {
		AUTO_FREE char *before = text;

		text = xasprintf("%s %s", before, in->idle[i].pci);
	}
	return text;
}

static void pf_no_driver(const struct doctor_input *in, const struct doctor_pf *pf, struct findings *out)
{
	const struct doctor_idle *idle = pf->link ? NULL : idle_at(in, pf->section->pci);
	AUTO_FREE char *cards = NULL;

	if (!idle)
		return;
	cards = *pf->section->pci ? xasprintf("the card at %s", idle->pci) : cards_without_driver(in);
	found(out, FOUND_ERROR, pf_name(pf),
	      xasprintf("there is no such network device; %s %s no driver", cards,
			*pf->section->pci || in->n_idle == 1 ? "has" : "have"),
	      idle->module.name ? xasprintf("modprobe %s && lxc-sriov pin", idle->module.name) :
				  xasprintf("install a driver for %s", idle->module.alias));
}

static void pf_missing(const struct doctor_input *in, const struct doctor_pf *pf, struct findings *out)
{
	const struct config_pf *section = pf->section;

	if (pf->link || idle_at(in, section->pci))
		return;
	if (*section->pci)
		found(out, FOUND_ERROR, pf_name(pf),
		      xasprintf("there is no %s at PCI address %s", pf->pci_there ? "network device" : "card", section->pci),
		      xasprintf("put its address into %s:%u; lxc-sriov list shows the cards that offer VFs",
				section->file, section->key_line[PF_PCI]));
	else
		found(out, FOUND_ERROR, pf_name(pf), xstrdup("there is no such network device"),
		      xasprintf("put its name of today, or pci =, into %s:%u; lxc-sriov list shows the cards that offer VFs",
				section->file, section->line));
}

static void pf_no_sriov(const struct doctor_input *in, const struct doctor_pf *pf, struct findings *out)
{
	(void)in;
	if (pf->link && !offers_vfs(pf))
		found(out, FOUND_ERROR, pf_name(pf), xstrdup("it offers no VFs: sriov_totalvfs is absent or 0"),
		      xstrdup("enable SR-IOV in the firmware's setup and the card's, or take another card"));
}

static void pf_twice(const struct doctor_input *in, const struct doctor_pf *pf, struct findings *out)
{
	for (const struct doctor_pf *before = in->pf; pf->link && before < pf; before++)
		if (before->link == pf->link)
			found(out, FOUND_ERROR, pf_name(pf),
			      xasprintf("[pf %s] in %s:%u is the same card", before->section->name,
					before->section->file, before->section->line),
			      xasprintf("take out one of the two sections; %s:%u", pf->section->file, pf->section->line));
}

static void pf_down(const struct doctor_input *in, const struct doctor_pf *pf, struct findings *out)
{
	(void)in;
	if (pf->link && offers_vfs(pf) && !(pf->link->flags & IFF_UP))
		found(out, FOUND_ERROR, pf_name(pf), xstrdup("it is down, and so are the links of its VFs"),
		      xasprintf("ip link set %s up", pf->link->name));
}

static void pf_no_carrier(const struct doctor_input *in, const struct doctor_pf *pf, struct findings *out)
{
	(void)in;
	if (pf->link && offers_vfs(pf) && pf->link->flags & IFF_UP && !(pf->link->flags & IFF_RUNNING))
		found(out, FOUND_WARNING, pf_name(pf), xstrdup("it has no carrier, and many cards give their VFs none then"),
		      xasprintf("look after cable and switch port; ethtool %s", pf->link->name));
}

/* --- its VFs --- */

static void pf_numvfs(const struct doctor_input *in, const struct doctor_pf *pf, struct findings *out)
{
	AUTO_FREE char *numvfs = numvfs_at(pf->section);

	(void)in;
	if (offers_vfs(pf) && pf->section->numvfs > pf->pf->totalvfs)
		found(out, FOUND_ERROR, pf_name(pf), xasprintf("%s, and it offers %u", numvfs, pf->pf->totalvfs),
		      xasprintf("lower numvfs in %s:%u", pf->section->file, pf->section->key_line[PF_NUMVFS]));
}

static void vfs_missing(const struct doctor_input *in, const struct doctor_pf *pf, struct findings *out)
{
	AUTO_FREE char *numvfs = numvfs_at(pf->section);

	(void)in;
	if (offers_vfs(pf) && !pf->pf->n_vf && pf->section->numvfs <= pf->pf->totalvfs)
		found(out, FOUND_ERROR, pf_name(pf), xasprintf("it has no VFs, and %s", numvfs),
		      xasprintf("lxc-sriov pin %s", pf->section->name));
}

/* "; there is no vf 3 for web": whose VFs are beyond those that there are. */
static char *lacking(const struct doctor_input *in, const struct doctor_pf *pf)
{
	char *text = xstrdup("");

	for (size_t i = 0; i < in->n_nic; i++)
		if (in->nic[i].pf == pf && !in->nic[i].vf) {
			AUTO_FREE char *before = text;

			text = xasprintf("%s; there is no vf %u for %s", before, in->nic[i].nic->vf, in->nic[i].nic->owner);
		}
	return text;
}

static void numvfs_differs(const struct doctor_input *in, const struct doctor_pf *pf, struct findings *out)
{
	const struct config_pf *section = pf->section;
	AUTO_FREE char *numvfs = NULL, *lack = NULL, *holders = NULL;

	if (!offers_vfs(pf) || !pf->pf->n_vf || pf->pf->n_vf == section->numvfs || section->numvfs > pf->pf->totalvfs)
		return;
	numvfs = numvfs_at(section);
	lack = lacking(in, pf);
	holders = plan_holders(pf->pf);
	found(out, *lack ? FOUND_ERROR : FOUND_WARNING, pf_name(pf),
	      xasprintf("it has %zu VFs, and %s%s%s", pf->pf->n_vf, numvfs, lack, holders),
	      xasprintf("%slxc-sriov pin --recreate %s (it destroys them all and makes them anew)",
			*holders ? "stop what uses them, then: " : "", section->name));
}

static void pin_unfinished(const struct doctor_input *in, const struct doctor_pf *pf, struct findings *out)
{
	(void)in;
	if (offers_vfs(pf) && pf->pf->creating)
		found(out, FOUND_WARNING, pf_name(pf), xstrdup("a pin is creating its VFs, or was killed while it did"),
		      xasprintf("lxc-sriov pin %s", pf->section->name));
}

static void vfs_unlisted(const struct doctor_input *in, const struct doctor_pf *pf, struct findings *out)
{
	size_t untold = 0;

	(void)in;
	if (!offers_vfs(pf))
		return;
	for (size_t i = 0; i < pf->pf->n_vf; i++)
		untold += !(pf->pf->vf[i].admin.has & VF_ATTR(VF_MAC));
	if (untold)
		found(out, FOUND_WARNING, pf_name(pf),
		      xasprintf("of its %zu VFs %zu are not listed, so that what the PF enforces on them cannot be checked%s",
				pf->pf->n_vf, untold, pf->pf->n_vf > VFS_LISTED ? "; many kernels list no more than 221" : ""),
		      pf->pf->n_vf > VFS_LISTED ? xasprintf("lower numvfs to %u in %s:%u", VFS_LISTED,
							    pf->section->file, pf->section->key_line[PF_NUMVFS]) :
						  xasprintf("look for a newer driver than %s", pf->pf->driver));
}

static void autoprobe_off(const struct doctor_input *in, const struct doctor_pf *pf, struct findings *out)
{
	(void)in;
	if (offers_vfs(pf) && !pf->pf->autoprobe && !pf->pf->creating)
		found(out, FOUND_WARNING, pf_name(pf),
		      xstrdup("sriov_drivers_autoprobe is 0: after a reload of the VF driver no VF gets it back by itself"),
		      xasprintf("echo 1 >/sys/bus/pci/devices/%s/sriov_drivers_autoprobe", pf->pf->pci));
}

static bool needs_driver(const struct doctor_input *in, const struct doctor_pf *pf)
{
	if (!pf->pf->n_vf)
		return true;
	for (size_t i = 0; i < in->n_nic; i++)
		if (in->nic[i].pf == pf && in->nic[i].vf && in->nic[i].vf->place == VF_UNBOUND)
			return true;
	return false;
}

static void vf_driver_missing(const struct doctor_input *in, const struct doctor_pf *pf, struct findings *out)
{
	const struct doctor_module *m = &pf->vf_module;
	char *seen, *fix;

	if (!offers_vfs(pf) || !needs_driver(in, pf))
		return;
	switch (m->state) {
	case MODULE_ABSENT:
		seen = xasprintf("no module of this kernel drives its VFs (%s)", m->alias);
		fix = xstrdup("install the VF driver for this kernel, then: depmod && lxc-sriov pin");
		break;
	case MODULE_NO_FILE:
		seen = xasprintf("the file of module %s, which drives its VFs, is gone", m->name);
		fix = xstrdup("install the kernel's modules again, then: depmod && lxc-sriov pin");
		break;
	case MODULE_BLACKLISTED:
		seen = xasprintf("module %s, which drives its VFs, is on a blacklist of modprobe's", m->name);
		fix = xasprintf("take \"blacklist %s\" out of /etc/modprobe.d/*.conf, then: lxc-sriov pin", m->name);
		break;
	case MODULE_BLOCKED:
		seen = xasprintf("module %s, which drives its VFs, is not loaded, since modprobe shall run another command instead",
				 m->name);
		fix = xasprintf("take \"install %s\" out of /etc/modprobe.d/*.conf, then: lxc-sriov pin", m->name);
		break;
	default:
		return;
	}
	found(out, FOUND_ERROR, pf_name(pf), seen, fix);
}

/* VFs that nobody has a section for; whoever unbound one may have meant it. */
static void vf_unbound(const struct doctor_input *in, const struct doctor_pf *pf, struct findings *out)
{
	for (size_t i = 0; offers_vfs(pf) && pf->pf->autoprobe && !pf->pf->creating && i < pf->pf->n_vf; i++) {
		const struct host_vf *vf = &pf->pf->vf[i];

		if (vf->place == VF_UNBOUND && !host_nic(&in->config, pf->pf, vf->index))
			found(out, FOUND_HINT, doctor_vf_name(pf->pf, vf->index),
			      xstrdup("it has no driver, and no section"),
			      xasprintf("if it should have one: echo %s >/sys/bus/pci/drivers_probe", vf->pci));
	}
}

/* --- bridges --- */

/* The bridge that the PF is a port of, itself or by way of a bond. */
static const struct link *bridge_of(const struct doctor_input *in, const struct link *link)
{
	for (int depth = 0; link && link->master && depth < 4; depth++) {
		link = doctor_link(in, link->master);
		if (link && !strcmp(link->kind, "bridge"))
			return link;
	}
	return NULL;
}

static bool takes(const struct doctor_input *in, const struct link *pf, const struct mac *mac)
{
	if (mac_equal(&pf->mac, mac))
		return true;
	for (size_t i = 0; i < in->n_fdb; i++)
		if (in->fdb[i].self && in->fdb[i].ifindex == pf->ifindex && mac_equal(&in->fdb[i].mac, mac))
			return true;
	return false;
}

struct unreached {
	struct mac mac[256];
	size_t n;
};

static void add_unreached(struct unreached *list, const struct mac *mac)
{
	for (size_t i = 0; i < list->n; i++)
		if (mac_equal(&list->mac[i], mac))
			return;
	if (list->n < ARRAY_SIZE(list->mac))
		list->mac[list->n++] = *mac;
}

static bool has_other_port(const struct doctor_input *in, const struct link *bridge, const struct link *pf)
{
	for (size_t i = 0; i < in->host.n_link; i++)
		if (in->host.link[i].master == bridge->ifindex && in->host.link[i].ifindex != pf->ifindex &&
		    in->host.link[i].ifindex != pf->master)
			return true;
	return false;
}

/* What stands behind the bridge's other ports, and the bridge itself, as far as the card does not know it. */
static void list_unreached(const struct doctor_input *in, const struct link *bridge, const struct link *pf,
			   struct unreached *ret)
{
	if (!takes(in, pf, &bridge->mac))
		add_unreached(ret, &bridge->mac);
	for (size_t i = 0; i < in->n_fdb; i++) {
		const struct fdb_entry *e = &in->fdb[i];

		if (e->bridge == bridge->ifindex && e->ifindex != pf->ifindex && e->ifindex != bridge->ifindex &&
		    !e->local && !(e->mac.addr[0] & 1) && pf->master != e->ifindex && !takes(in, pf, &e->mac))
			add_unreached(ret, &e->mac);
	}
}

static char *fdb_commands(const struct unreached *list, const char *pf)
{
	char *text = xstrdup("");

	for (size_t i = 0; i < list->n && i < 4; i++) {
		AUTO_FREE char *before = text;
		char mac[MAC_STR_SIZE];

		text = xasprintf("%s%sbridge fdb add %s dev %s self", before, i ? "; " : "",
				 mac_format(&list->mac[i], mac), pf);
	}
	if (list->n > 4) {
		AUTO_FREE char *before = text;

		text = xasprintf("%s; and so on for %zu more", before, list->n - 4);
	}
	return text;
}

/*
 * The card itself switches between its PF and its VFs, and hands the PF only what is for MACs that it knows to be the
 * PF's. What a VF sends to somebody behind another port of the bridge leaves by the cable instead: broadcasts (ARP)
 * arrive and answers do not. An fdb entry on the PF tells the card.
 */
static void pf_bridged(const struct doctor_input *in, const struct doctor_pf *pf, struct findings *out)
{
	const struct link *bridge = pf->link && offers_vfs(pf) ? bridge_of(in, pf->link) : NULL;
	struct unreached unreached = { 0 };

	if (!bridge)
		return;
	list_unreached(in, bridge, pf->link, &unreached);
	if (unreached.n)
		found(out, FOUND_WARNING, pf_name(pf),
		      xasprintf("it is a port of bridge %s: its VFs do not reach the MACs behind the bridge's other ports, since "
				"the card does not know them (%zu now)",
				bridge->name, unreached.n),
		      fdb_commands(&unreached, pf->link->name));
	else if (has_other_port(in, bridge, pf->link))
		found(out, FOUND_HINT, pf_name(pf),
		      xasprintf("it is a port of bridge %s: its VFs reach a MAC behind the bridge's other ports only if the card "
				"is told of it; it knows those that the bridge has learned",
				bridge->name),
		      xasprintf("for each new one: bridge fdb add MAC dev %s self", pf->link->name));
}

const struct doctor_check doctor_pf_checks[] = {
	{ "pf-no-driver", .pf = pf_no_driver },
	{ "pf-missing", .pf = pf_missing },
	{ "pf-no-sriov", .pf = pf_no_sriov },
	{ "pf-twice", .pf = pf_twice },
	{ "pf-down", .pf = pf_down },
	{ "pf-no-carrier", .pf = pf_no_carrier },
	{ "pf-numvfs", .pf = pf_numvfs },
	{ "vfs-missing", .pf = vfs_missing },
	{ "numvfs-differs", .pf = numvfs_differs },
	{ "pin-unfinished", .pf = pin_unfinished },
	{ "vfs-unlisted", .pf = vfs_unlisted },
	{ "autoprobe-off", .pf = autoprobe_off },
	{ "vf-driver-missing", .pf = vf_driver_missing },
	{ "vf-unbound", .pf = vf_unbound },
	{ "pf-bridged", .pf = pf_bridged },
	{ 0 },
};
