/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "doctor.h"
#include "plan_parts.h"

/* --- driver and netdev --- */

static void vf_no_driver(const struct doctor_input *in, const struct doctor_nic *n, struct findings *out)
{
	(void)in;
	if (n->vf && n->vf->place == VF_UNBOUND && !n->runs)
		found(out, FOUND_WARNING, doctor_nic_name(n), xstrdup("it has no driver"), xstrdup("lxc-sriov pin"));
}

static void vf_no_netdev(const struct doctor_input *in, const struct doctor_nic *n, struct findings *out)
{
	(void)in;
	if (n->vf && n->vf->place == VF_NO_NETDEV && driver_makes_no_netdev(n->vf->driver))
		found(out, FOUND_ERROR, doctor_nic_name(n),
		      xasprintf("driver %s makes no network device of it", n->vf->driver),
		      xasprintf("echo >/sys/bus/pci/devices/%s/driver_override; echo %s >/sys/bus/pci/devices/%s/driver/unbind; "
				"lxc-sriov pin",
				n->vf->pci, n->vf->pci, n->vf->pci));
}

/* The driver was loaded anew, and nobody gave the new netdev back. */
static void vf_not_back(const struct doctor_input *in, const struct doctor_nic *n, struct findings *out)
{
	(void)in;
	if (!n->vf || !n->runs || n->vf->place == VF_AWAY)
		return;
	found(out, FOUND_ERROR, doctor_nic_name(n),
	      xasprintf("container %s runs without it: %s", claim_owner(n->vf->claim),
			n->vf->place == VF_HERE ? "its network device is on the host" : "it has no network device"),
	      xstrdup(n->vf->place == VF_HERE ? "lxc-sriov reattach" : "lxc-sriov pin && lxc-sriov reattach"));
}

/* --- where it is --- */

/* "process 12 (sleep)" where one is known, behind what plan_where() says. */
static char *where(const struct doctor_nic *n)
{
	AUTO_FREE char *place = plan_where(n->vf);

	return *n->process ? xasprintf("%s (%s)", place, n->process) : xasprintf("%s", place);
}

static void vf_foreign(const struct doctor_input *in, const struct doctor_nic *n, struct findings *out)
{
	const struct host_vf *vf = n->vf;
	AUTO_FREE char *place = NULL;
	const char *owner;

	(void)in;
	if (!vf || vf->place != VF_AWAY || !vf->netns || vf->in_place)
		return;
	owner = vf->held && !vf->claim->attached ? vf->claim->container : NULL;
	if (owner && (!vf->lives_in || !strcmp(vf->lives_in, owner)))
		return;
	if (vf->lives_in) {
		found(out, FOUND_ERROR, doctor_nic_name(n),
		      xasprintf("it is %s in running container %s, which has no claim to it", vf->link.name, vf->lives_in),
		      xasprintf("lxc-stop -n %s", vf->lives_in));
		return;
	}
	/* What is left of a container of ours keeps nothing from anybody. */
	place = where(n);
	found(out, FOUND_ERROR, doctor_nic_name(n), xasprintf("it is %s in %s", vf->link.name, place),
	      xstrdup(vf->claim && !vf->lives_in_pid ? "lxc-sriov reclaim" : "lxc-sriov reclaim --force"));
}

static void vf_lost(const struct doctor_input *in, const struct doctor_nic *n, struct findings *out)
{
	(void)in;
	if (n->vf && n->vf->place == VF_AWAY && !n->vf->netns && !n->vf->held)
		found(out, FOUND_WARNING, doctor_nic_name(n),
		      xstrdup("its network device is in no namespace that can be found; it may be on its way home"),
		      xstrdup("lxc-sriov reclaim"));
}

static void vf_stray(const struct doctor_input *in, const struct doctor_nic *n, struct findings *out)
{
	const char *name;

	(void)in;
	if (!n->vf || n->vf->place != VF_HERE || n->vf->held)
		return;
	name = n->vf->link.name;
	if (strcmp(name, n->nic->link) != 0 && (ifname_is_leftover(name) || !strcmp(name, n->nic->name)))
		found(out, FOUND_WARNING, doctor_nic_name(n),
		      xasprintf("it is called %s, as a container that ended left it", name), xstrdup("lxc-sriov reclaim"));
}

/* --- who else cares for it --- */

/* Both keep what they have when the mark comes later. */
static char *fix_managed(const struct doctor_nic *n)
{
	return xasprintf("%s%s %s%s", n->marked ? "" : "udevadm trigger --settle --subsystem-match=net && ",
			 n->networkmanager ? "nmcli device set" : "networkctl reconfigure", n->vf->link.name,
			 n->networkmanager ? " managed no" : "");
}

static void vf_managed(const struct doctor_input *in, const struct doctor_nic *n, struct findings *out)
{
	const char *manager = n->networkmanager ? "NetworkManager" : "systemd-networkd";

	(void)in;
	if (!n->networkmanager && !n->networkd)
		return;
	found(out, FOUND_WARNING, doctor_nic_name(n),
	      xasprintf("%s manages %s%s", manager, n->vf->link.name,
			n->marked ? ", though udev has marked it as a container's" :
				    ", which udev has not marked as a container's"),
	      fix_managed(n));
}

/* --- what the configuration says of it, but for the MAC --- */

static void attr_differs(const struct doctor_input *in, const struct doctor_nic *n, struct findings *out)
{
	const struct vf_attrs *want = &n->nic->want;

	(void)in;
	for (enum vf_attr attr = 0; n->vf && attr < VF_ATTRS; attr++) {
		AUTO_FREE char *should = NULL, *is = NULL;
		bool told = n->vf->admin.has & VF_ATTR(attr), optional = n->nic->optional & VF_ATTR(attr);

		if (attr == VF_MAC || !(want->has & VF_ATTR(attr)) || attrs_agree(want, &n->vf->admin, attr))
			continue;
		if (attr == VF_RATE && n->nic->shape != SHAPE_VF)
			continue; /* the card need not know of it */
		should = attrs_format(want, attr);
		is = told ? attrs_format(&n->vf->admin, attr) : xstrdup("not told by the PF");
		found(out, told && !optional ? FOUND_WARNING : FOUND_HINT, doctor_nic_name(n),
		      xasprintf("%s is configured, and it is %s", should, is),
		      optional || !told ? xasprintf("lxc-sriov pin; if the driver refuses it, take %s out of %s:%u",
						    attrs_name(want, attr), n->nic->file, n->nic->line) :
					  xstrdup("lxc-sriov pin"));
	}
}

static void mtu_differs(const struct doctor_input *in, const struct doctor_nic *n, struct findings *out)
{
	(void)in;
	if (n->nic->mtu && n->vf && n->vf->place == VF_HERE && n->vf->link.mtu != n->nic->mtu)
		found(out, FOUND_WARNING, doctor_nic_name(n),
		      xasprintf("mtu %u is configured, and it is %u", n->nic->mtu, n->vf->link.mtu),
		      xstrdup("lxc-sriov pin"));
}

const struct doctor_check doctor_vf_checks[] = {
	{ "vf-no-driver", .nic = vf_no_driver }, { "vf-no-netdev", .nic = vf_no_netdev },
	{ "vf-not-back", .nic = vf_not_back },   { "vf-foreign", .nic = vf_foreign },
	{ "vf-lost", .nic = vf_lost },           { "vf-stray", .nic = vf_stray },
	{ "vf-managed", .nic = vf_managed },     { "attr-differs", .nic = attr_differs },
	{ "mtu-differs", .nic = mtu_differs },   { 0 },
};
