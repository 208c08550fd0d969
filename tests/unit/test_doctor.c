/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include <linux/if_ether.h>

#include "../../helper/doctor.h"

/*
 * A healthy host, and what the checks say when one thing of it is otherwise. Each row is such a change, and the
 * findings as lines "SEVERITY ID: OBJECT: SEEN". Container web runs with VF 0 of p0, db is stopped and has VF 1, and
 * VFs 2 and 3 have no section. What the emulated host can do is tested there too (tests/lab/80-doctor.bats).
 */

static const char ini[] = "[pf p0]\nnumvfs = 4\n"
			  "[web]\npf = p0\nvf = 0\nmac = 02:00:00:00:00:01\n"
			  "[db]\npf = p0\nvf = 1\nmac = 02:00:00:00:00:02\n";

static struct doctor_input in;
static struct claim claims[2];
static bool holds[2];

static struct mac short_mac(unsigned last) { return (struct mac){ { 2, 0, 0, 0, 0, (uint8_t)last } }; }

static struct link *add_link(int ifindex, const char *name, unsigned mac)
{
	struct link *l = &in.host.link[in.host.n_link++];

	l->ifindex = ifindex;
	(void)COPY(l->name, name);
	l->mac = short_mac(mac);
	l->flags = IFF_UP | IFF_RUNNING;
	return l;
}

static void build_vfs(struct host_pf *pf, size_t n)
{
	pf->vf = xcalloc(n, sizeof(*pf->vf));
	pf->n_vf = n;
	for (unsigned i = 0; i < n; i++) {
		struct host_vf *vf = &pf->vf[i];

		vf->index = i;
		snprintf(vf->pci, sizeof(vf->pci), "0000:01:10.%u", i % 8);
		(void)COPY(vf->driver, "igbvf");
		vf->admin.has = VF_ATTR(VF_MAC);
		vf->admin.mac = i < 2 ? short_mac(i + 1) : (struct mac){ 0 };
		vf->place = VF_HERE;
		vf->link.mac = short_mac(i + 1);
		vf->link.ifindex = 100 + (int)i;
		vf->link.mtu = 1500;
		snprintf(vf->link.name, sizeof(vf->link.name), "p0v%u", i);
	}
}

static void build_host(void)
{
	struct host_pf *pf = in.host.pf = xcalloc(1, sizeof(*pf));
	struct host_vf *vf;

	in.host.n_pf = 1;
	in.host.link = xcalloc(8, sizeof(*in.host.link));
	(void)COPY(pf->name, "p0");
	(void)COPY(pf->pci, "0000:01:00.0");
	(void)COPY(pf->driver, "igb");
	pf->ifindex = 10;
	pf->flags = IFF_UP;
	pf->totalvfs = 300;
	pf->autoprobe = true;
	build_vfs(pf, 4);
	(void)add_link(10, "p0", 0x10);
	(void)add_link(1, "lo", 0);
	in.host.link[1].mac = (struct mac){ 0 };
	vf = &pf->vf[0];
	vf->place = VF_AWAY;
	vf->claim = &claims[0];
	vf->held = true;
	vf->netns = xstrdup("/proc/100/ns/net");
	vf->lives_in = xstrdup("web");
	vf->lives_in_pid = 100;
	(void)COPY(vf->link.name, "eth0");
	claims[0] = (struct claim){ .mac = short_mac(1) };
	(void)COPY(claims[0].container, "web");
	(void)COPY(claims[0].vf_pci, vf->pci);
	holds[0] = true;
	in.host.claim = claims;
	in.host.n_claim = 1;
}

static void build_containers(void)
{
	static const char conf[] = "# comment\nlxc.include = /c/sriov.conf\nlxc.net.0.type = phys\n";

	in.container = xcalloc(2, sizeof(*in.container));
	for (; in.n_container < 2; in.n_container++) {
		struct doctor_container *c = &in.container[in.n_container];

		c->name = in.config.nic[in.n_container].container;
		c->folder = xasprintf("/lxc/%s", c->name);
		c->n_nic = config_find_nics(&in.config, RUNTIME_LXC, c->name, &c->nic);
		c->lxc = xcalloc(1, sizeof(*c->lxc));
		(void)COPY(c->lxc->type, "phys");
		(void)COPY(c->lxc->link, c->nic[0]->link);
		c->pre_start = xstrdup("/usr/share/lxc/hooks/lxc-sriov\n");
		c->post_stop = xstrdup("/other\n/usr/share/lxc/hooks/lxc-sriov\n");
		c->written = xstrdup(conf);
		c->wanted = xstrdup(conf + strlen("# comment\n"));
	}
}

/* Of one size of VF lists: what gather would have made of configuration and host. */
static void build_facts(void)
{
	in.pf = xcalloc(1, sizeof(*in.pf));
	in.n_pf = 1;
	in.pf[0] = (struct doctor_pf){ .section = &in.config.pf[0], .link = &in.host.link[0], .pf = &in.host.pf[0] };
	in.nic = xcalloc(2, sizeof(*in.nic));
	for (; in.n_nic < 2; in.n_nic++) {
		struct doctor_nic *n = &in.nic[in.n_nic];

		n->nic = &in.config.nic[in.n_nic];
		n->pf = &in.pf[0];
		n->vf = host_vf(&in.host.pf[0], n->nic->vf);
		n->marked = true;
		n->runs = in.n_nic == 0;
	}
	in.hugepages = xcalloc(2, sizeof(*in.hugepages));
	in.hugepages[0].kilobytes = 2048;
	in.hugepages[1].kilobytes = 1048576;
	in.n_hugepages = 2;
	in.default_hugepage = 2048;
	in.hugetlbfs = true;
}

static void build(void)
{
	AUTO_STRV struct strv errors = { 0 };
	FILE *f = fopen("t.ini", "w");

	assert_non_null(f);
	fputs(ini, f);
	fclose(f);
	in = (struct doctor_input){ .config_path = "t.ini",
				    .claim_holds = holds,
				    .iommu = true,
				    .lxc_version = "5.0.2",
				    .hook = "/hook",
				    .hook_there = true };
	if (config_load_file("t.ini", &errors, &in.config) < 0)
		fail_msg("%s", errors.s[0]);
	in.kernel = xstrdup("6.1.0-18-amd64");
	in.command_line = xstrdup("quiet");
	build_host();
	build_containers();
	build_facts();
}

static void clear(void)
{
	in.claim_holds = NULL;
	in.host.claim = NULL;
	in.host.n_claim = 0;
	doctor_input_clear(&in);
}

#define PF0 (in.host.pf[0])
#define WEB (in.host.pf[0].vf[0])
#define DB (in.host.pf[0].vf[1])
#define FREE (in.host.pf[0].vf[2])

static void set(char **field, const char *text)
{
	free(*field);
	*field = xstrdup(text);
}

/* --- what is otherwise --- */

static void nothing(void) {}
static void lxc_none(void)
{
	in.lxc_version = NULL;
	in.container[0].state = in.container[1].state = CONTAINER_UNREADABLE;
}
static void lxc_2_1(void) { in.lxc_version = "2.1.1"; }
static void lxc_3(void) { in.lxc_version = "3.0.0"; }
static void lxc_devel(void) { in.lxc_version = "devel"; }
static void kernel_5_13(void) { set(&in.kernel, "5.13.19"); }
static void kernel_5_14(void) { set(&in.kernel, "5.14.0-rc1"); }
static void no_iommu(void) { in.iommu = false; }

static void vfio(void)
{
	in.iommu = false;
	FREE.place = VF_NO_NETDEV;
	(void)COPY(FREE.driver, "vfio-pci");
}

static void vfio_with_iommu(void)
{
	vfio();
	in.iommu = true;
}

static void many_vfs(void)
{
	free(WEB.netns);
	free(WEB.lives_in);
	free(PF0.vf);
	build_vfs(&PF0, 256);
	in.host.n_claim = 0;
	in.nic[0].runs = false;
	for (unsigned i = 0; i < 256; i++) {
		PF0.vf[i].admin.has = i >= 34 ? 0 : PF0.vf[i].admin.has;
		PF0.vf[i].link.mac = short_mac(i + 1);
		PF0.vf[i].link.mac.addr[4] = i >= 255;
	}
	for (size_t i = 0; i < 2; i++)
		in.nic[i].vf = &PF0.vf[i];
	in.host.link[0].mac.addr[4] = 9;
	in.config.pf[0].numvfs = 256;
}

static void silent_driver(void)
{
	for (size_t i = 0; i < 4; i++)
		PF0.vf[i].admin.has = 0;
}

static void no_module(void)
{
	DB.place = VF_UNBOUND;
	in.pf[0].vf_module.state = MODULE_ABSENT;
	in.pf[0].vf_module.alias = xstrdup("pci:v1");
}

static void module_not_needed(void)
{
	in.pf[0].vf_module.state = MODULE_BLACKLISTED;
	in.pf[0].vf_module.name = xstrdup("igbvf");
}

static void mac_changed_inside(void) { WEB.link.mac = short_mac(0x77); }

static void mac_inside_is_the_pfs(void) { WEB.link.mac = WEB.admin.mac = short_mac(0x77); }

static void new_mac_configured(void) { in.config.nic[0].want.mac = short_mac(0x77); }

/* By hand, and the container has not been started since. */
static void new_mac_configured_and_set(void)
{
	in.config.nic[0].want.mac = short_mac(0x77);
	WEB.admin.mac = short_mac(0x77);
}

static void admin_of_another(void) { FREE.admin.mac = short_mac(2); }
static void effective_of_another(void) { FREE.link.mac = short_mac(1); }

static void other_vfs_alike(void)
{
	FREE.admin.mac = PF0.vf[3].admin.mac = short_mac(3);
	PF0.vf[3].link.mac = short_mac(3);
}

/* The two sections have changed places, and pin was not run. */
static void swapped(void)
{
	in.host.n_claim = 0;
	in.nic[0].runs = false;
	WEB.held = false;
	WEB.claim = NULL;
	WEB.place = VF_HERE;
	(void)COPY(WEB.link.name, "p0v0");
	in.config.nic[0].want.mac = short_mac(2);
	in.config.nic[1].want.mac = short_mac(1);
}

static void configured_mac_elsewhere(void)
{
	DB.place = VF_UNBOUND;
	DB.admin.mac = (struct mac){ 0 };
	(void)add_link(50, "tap0", 2);
}

static void vlan_on_vf(void) { add_link(50, "p0v1.7", 2)->lower = 101; }

static void macvlan_with_mac(void)
{
	struct link *l = add_link(50, "mv0", 2);

	l->lower = 10; /* of the PF, whose MAC is another one */
}

static void bond_of_vfs(void)
{
	(void)COPY(add_link(50, "bond0", 3)->kind, "bond");
	FREE.link.master = PF0.vf[3].link.master = 50;
	PF0.vf[3].link.mac = short_mac(3);
}

static void bridge_of_vfs(void)
{
	bond_of_vfs();
	(void)COPY(in.host.link[2].kind, "bridge");
}

static void bridge(void)
{
	struct link *br = add_link(50, "br0", 0x10);

	(void)COPY(br->kind, "bridge");
	in.host.link[0].master = 50;
	add_link(51, "veth0", 0x51)->master = 50;
	in.fdb = xcalloc(8, sizeof(*in.fdb));
	in.fdb[in.n_fdb++] = (struct fdb_entry){ 10, 50, short_mac(0x20), false, false }; /* beyond the cable */
	in.fdb[in.n_fdb++] = (struct fdb_entry){ 51, 50, short_mac(0x51), false, true };
	in.fdb[in.n_fdb++] = (struct fdb_entry){ 51, 50, { { 1, 0, 0x5e, 0, 0, 1 } }, false, false };
}

static void station(void)
{
	bridge();
	for (unsigned i = 0; i < 3; i++)
		in.fdb[in.n_fdb++] = (struct fdb_entry){ 51, 50, short_mac(0x60 + i % 2), false, false };
}

static void station_known(void)
{
	station();
	in.fdb[in.n_fdb++] = (struct fdb_entry){ 10, 0, short_mac(0x60), true, true };
	in.fdb[in.n_fdb++] = (struct fdb_entry){ 10, 0, short_mac(0x61), true, true };
}

static void bond_in_bridge(void)
{
	struct link *bond;

	station();
	bond = add_link(52, "bond0", 0x10);
	bond->master = 50;
	in.host.link[0].master = 52;
}

static void bond_alone(void)
{
	(void)COPY(add_link(52, "bond0", 0x10)->kind, "bond");
	in.host.link[0].master = 52;
}

static void giant_pages(void)
{
	set(&in.command_line, "default_hugepagesz=2M hugepagesz=1G hugepages=0:2,1:2 hugepagesz=2M hugepages=512");
	in.hugepages[0].pages = 512;
	in.hugepages[1].pages = 3;
}

static void sysctl_wins(void)
{
	set(&in.command_line, "hugepages=512");
	in.sysctl_hugepages = xstrdup("8");
	in.sysctl_file = xstrdup("/etc/sysctl.conf");
	in.hugepages[0].pages = 8;
}

static void no_hugetlbfs(void)
{
	in.hugepages[0].pages = 1;
	in.hugetlbfs = false;
}

static void tc_rate(void)
{
	in.config.nic[0].want.has |= VF_ATTR(VF_RATE);
	in.config.nic[0].want.max_tx_rate = 50;
	in.config.nic[0].shape = SHAPE_AUTO;
}

static void untold_attr(void)
{
	in.config.nic[0].want.has |= VF_ATTR(VF_TRUST);
	in.config.nic[0].want.trust = true;
}

static void claimed_elsewhere(void) { set(&WEB.lives_in, "mail"); }

static void is_nested(void)
{
	free(WEB.lives_in);
	WEB.lives_in = NULL;
}

static void reloaded(void) { WEB.place = VF_HERE; }

/* LXC is about to take it, or has just brought it back. */
static void starting(void)
{
	WEB.place = VF_HERE;
	in.nic[0].runs = false;
}

static void kept_by_monitor(void)
{
	DB.place = VF_AWAY;
	DB.netns = xstrdup("/proc/7/fd/3");
	DB.kept_by = 7;
	(void)COPY(in.nic[1].process, "evil\nname");
	(void)COPY(DB.link.name, "eth0");
}

static void nm_though_marked(void) { in.nic[1].networkmanager = true; }

static void networkd_unmarked(void)
{
	in.nic[1].networkd = true;
	in.nic[1].marked = false;
}

static void udev_name(void) { (void)COPY(DB.link.name, "ens1v1"); }
static void net_name(void) { (void)COPY(DB.link.name, "eth0"); }
static void stale(void) { holds[0] = false; }
static void vf_is_gone(void)
{
	(void)COPY(claims[0].vf_pci, "0000:09:10.0");
	holds[0] = false;
}
static void other_conf(void)
{
	set(&in.container[1].wanted, "lxc.include = /c/sriov.conf\nlxc.net.0.type = phys\nlxc.net.0.mtu = 9000\n");
}
static void no_conf(void)
{
	free(in.container[1].written);
	in.container[1].written = NULL;
}

static const struct row {
	const char *name;
	void (*change)(void);
	const char *findings;
} rows[] = {
	{ "nothing", nothing, "" },
	{ "no LXC", lxc_none,
	  "error lxc-absent: LXC: liblxc cannot be loaded, and the configuration has containers of LXC's\n" },
	{ "LXC 2.1", lxc_2_1,
	  "error lxc-old: LXC: version 2.1.1 does not know the lxc.net.N lines and hooks that a VF needs\n" },
	{ "LXC 3.0", lxc_3, "" },
	{ "LXC of nobody knows what version", lxc_devel, "" },
	{ "Linux 5.13", kernel_5_13,
	  "warning kernel-old: kernel: Linux 5.13.19 does not say on which device a network device in another namespace is: VFs "
	  "that a crash left there are not found\n" },
	{ "Linux 5.14", kernel_5_14, "" },
	{ "no IOMMU", no_iommu,
	  "hint iommu-off: IOMMU: none is at work; containers with kernel drivers do not need it, only vfio does\n" },
	{ "vfio without an IOMMU", vfio,
	  "warning iommu-vfio: vf 2 of p0: it is driver vfio-pci's, and no IOMMU is at work: whoever uses it can write to all memory\n"
	  "hint iommu-off: IOMMU: none is at work; containers with kernel drivers do not need it, only vfio does\n" },
	{ "vfio with one", vfio_with_iommu, "" },
	{ "more VFs than the kernel lists", many_vfs,
	  "warning vfs-unlisted: pf p0: of its 256 VFs 222 are not listed, so that what the PF enforces on them cannot be checked; "
	  "many kernels list no more than 221\n" },
	{ "a PF driver that tells nothing", silent_driver,
	  "warning vfs-unlisted: pf p0: of its 4 VFs 4 are not listed, so that what the PF enforces on them cannot be checked\n" },
	{ "no module for the VFs", no_module,
	  "error vf-driver-missing: pf p0: no module of this kernel drives its VFs (pci:v1)\n"
	  "warning vf-no-driver: db: vf 1 of p0: it has no driver\n" },
	{ "a module that is not needed any more", module_not_needed, "" },
	{ "a MAC that was changed inside", mac_changed_inside,
	  "error mac-not-effective: web: vf 0 of p0: its network device has MAC 02:00:00:00:00:77, and 02:00:00:00:00:01 is "
	  "configured: it was changed inside\n" },
	{ "another MAC on both sides", mac_inside_is_the_pfs,
	  "error mac-differs: web: vf 0 of p0: the PF enforces MAC 02:00:00:00:00:77, and 02:00:00:00:00:01 is configured\n" },
	{ "a new MAC in the configuration", new_mac_configured,
	  "warning mac-pending: web: vf 0 of p0: it is in use with MAC 02:00:00:00:00:01; mac = 02:00:00:00:00:77 in t.ini:6 is set "
	  "when the container is started again\n" },
	{ "a new MAC in the configuration and on the PF", new_mac_configured_and_set,
	  "error mac-differs: web: vf 0 of p0: the PF enforces MAC 02:00:00:00:00:77, and 02:00:00:00:00:01 is in use\n"
	  "warning mac-pending: web: vf 0 of p0: it is in use with MAC 02:00:00:00:00:01; mac = 02:00:00:00:00:77 in t.ini:6 is set "
	  "when the container is started again\n" },
	{ "the MAC of a section on the PF, for a VF without", admin_of_another,
	  "error mac-duplicate: db: vf 1 of p0: vf 2 of p0 has its MAC 02:00:00:00:00:02 too\n"
	  "hint mac-mismatch: vf 2 of p0: the PF enforces MAC 02:00:00:00:00:02, and its network device p0v2 has 02:00:00:00:00:03\n" },
	{ "the MAC of a container's VF on the host", effective_of_another,
	  "error mac-duplicate: web: vf 0 of p0: vf 2 of p0 has its MAC 02:00:00:00:00:01 too\n" },
	{ "two VFs without sections", other_vfs_alike,
	  "warning mac-duplicate: vf 2 of p0: vf 3 of p0 has its MAC 02:00:00:00:00:03 too\n" },
	{ "two sections that changed places", swapped,
	  "warning mac-differs: web: vf 0 of p0: the PF enforces MAC 02:00:00:00:00:01, and 02:00:00:00:00:02 is configured\n"
	  "warning mac-differs: db: vf 1 of p0: the PF enforces MAC 02:00:00:00:00:02, and 02:00:00:00:00:01 is configured\n" },
	{ "a configured MAC that something else has by now", configured_mac_elsewhere,
	  "error mac-duplicate: db: vf 1 of p0: network device tap0 has its MAC 02:00:00:00:00:02 too\n"
	  "warning vf-no-driver: db: vf 1 of p0: it has no driver\n"
	  "warning mac-zero: db: vf 1 of p0: the PF has no MAC for it, and lets it have any; 02:00:00:00:00:02 is configured\n" },
	{ "a VLAN on a VF", vlan_on_vf, "" },
	{ "a macvlan on something else", macvlan_with_mac,
	  "error mac-duplicate: db: vf 1 of p0: network device mv0 has its MAC 02:00:00:00:00:02 too\n" },
	{ "a bond of two VFs", bond_of_vfs, "" },
	{ "a bridge of two VFs", bridge_of_vfs,
	  "warning mac-duplicate: vf 2 of p0: vf 3 of p0 has its MAC 02:00:00:00:00:03 too\n" },
	{ "a bridge that has learned nothing yet", bridge,
	  "hint pf-bridged: pf p0: it is a port of bridge br0: its VFs reach a MAC behind the bridge's other ports only if the card is "
	  "told of it; it knows those that the bridge has learned\n" },
	{ "a bridge with somebody behind another port", station,
	  "warning pf-bridged: pf p0: it is a port of bridge br0: its VFs do not reach the MACs behind the bridge's other ports, since the "
	  "card does not know them (2 now)\n" },
	{ "whom the card knows", station_known,
	  "hint pf-bridged: pf p0: it is a port of bridge br0: its VFs reach a MAC behind the bridge's other ports only if the card is "
	  "told of it; it knows those that the bridge has learned\n" },
	{ "a bond in a bridge", bond_in_bridge,
	  "warning pf-bridged: pf p0: it is a port of bridge br0: its VFs do not reach the MACs behind the bridge's other ports, since the "
	  "card does not know them (2 now)\n" },
	{ "a bond in no bridge", bond_alone, "" },
	{ "huge pages of two sizes", giant_pages,
	  "warning hugepages-missing: huge pages: the kernel command line asks for 4 of 1048576 kB, and there are 3\n" },
	{ "sysctl after the command line", sysctl_wins, "" },
	{ "no hugetlbfs", no_hugetlbfs,
	  "warning hugetlbfs-missing: huge pages: hugetlbfs is mounted nowhere, so that programs do not get at them\n" },
	{ "a rate that the card need not enforce", tc_rate, "" },
	{ "an attribute that the PF does not tell", untold_attr,
	  "hint attr-differs: web: vf 0 of p0: trust yes is configured, and it is not told by the PF\n" },
	{ "in another container than the record says", claimed_elsewhere,
	  "error vf-foreign: web: vf 0 of p0: it is eth0 in running container mail, which has no claim to it\n" },
	{ "in a process that no control group names", is_nested, "" },
	{ "back on the host while its container runs", reloaded,
	  "error vf-not-back: web: vf 0 of p0: container web runs without it: its network device is on the host\n" },
	{ "on the host while its container starts or stops", starting, "" },
	{ "a descriptor keeps its namespace", kept_by_monitor,
	  "error vf-foreign: db: vf 1 of p0: it is eth0 in a network namespace that process 7 keeps open (evil\nname)\n" },
	{ "NetworkManager has it all the same", nm_though_marked,
	  "warning vf-managed: db: vf 1 of p0: NetworkManager manages p0v1, though udev has marked it as a container's\n" },
	{ "networkd has it", networkd_unmarked,
	  "warning vf-managed: db: vf 1 of p0: systemd-networkd manages p0v1, which udev has not marked as a container's\n" },
	{ "a name of udev's that is not the configured one", udev_name, "" },
	{ "the name that it has inside", net_name,
	  "warning vf-stray: db: vf 1 of p0: it is called eth0, as a container that ended left it\n" },
	{ "a record that is over", stale,
	  "warning claim-stale: vf 0 of p0: recorded as given to container web, whose start is over\n" },
	{ "a record of a VF that is gone", vf_is_gone,
	  "warning claim-stale: vf at 0000:09:10.0: recorded as given to container web, whose start is over\n" },
	{ "an old sriov.conf", other_conf,
	  "warning container-stale: container db: /lxc/db/sriov.conf is not what the configuration says by now\n" },
	{ "lines of one's own instead of sriov.conf", no_conf, "" },
};

static void test_row(void **state)
{
	static const char *const severities[] = { "error", "warning", "hint" };
	const struct row *row = *state;
	AUTO_FINDINGS struct findings findings = { 0 };
	AUTO_FREE char *got = xstrdup("");

	build();
	row->change();
	doctor_examine(&in, &findings);
	for (size_t i = 0; i < findings.n; i++) {
		const struct finding *f = &findings.f[i];
		AUTO_FREE char *before = got;

		assert_true(*f->fix);
		got = xasprintf("%s%s %s: %s: %s\n", before, severities[f->severity], f->id, f->object, f->seen);
	}
	clear();
	assert_string_equal(got, row->findings);
}

/* The words that cure it. */
static void test_fix_of_bridge(void **state)
{
	AUTO_FINDINGS struct findings findings = { 0 };

	(void)state;
	build();
	station();
	doctor_examine(&in, &findings);
	clear();
	assert_int_equal(findings.n, 1);
	assert_string_equal(findings.f[0].fix,
			    "bridge fdb add 02:00:00:00:00:60 dev p0 self; bridge fdb add 02:00:00:00:00:61 dev p0 self");
}

int main(void)
{
	const struct CMUnitTest more[] = { cmocka_unit_test(test_fix_of_bridge) };

	return UNIT_RUN_ROWS("doctor", rows, test_row, more, unit_enter_folder, unit_leave_folder);
}
