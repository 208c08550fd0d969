/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include <linux/if_ether.h>
#include <linux/if_link.h>

#include "../../helper/draft.h"
#include "../../helper/view.h"

/*
 * What init prints for a host. Whatever the host is like, the text passes check, and with it pin has nothing to do:
 * expect() sees to that each time.
 */

static struct host host;
static struct claim claims[4];
static struct lxc_defined_nic nics[8];
static size_t n_nics;
static struct strv in_use;
static char *text;
static struct config config; /* what was read from it */

static struct mac short_mac(unsigned last) { return (struct mac){ { last ? 2 : 0, 0, 0, 0, 0, (uint8_t)last } }; }

static struct host_pf *add_pf(const char *name)
{
	struct host_pf *pf = GROW(host.pf, host.n_pf);

	(void)COPY(pf->name, name);
	snprintf(pf->pci, sizeof(pf->pci), "0000:%02zx:00.0", host.n_pf);
	(void)COPY(pf->driver, "igb");
	pf->ifindex = (int)host.n_pf + 1;
	pf->flags = IFF_UP;
	pf->totalvfs = 7;
	pf->autoprobe = true;
	return pf;
}

/* Of the last PF. @effective and @admin: the last byte of 02:00:00:00:00:xx, 0 the zero MAC. */
static struct host_vf *add_vf(enum vf_place place, const char *netdev, unsigned effective, unsigned admin)
{
	struct host_pf *pf = &host.pf[host.n_pf - 1];
	struct host_vf *vf = GROW(pf->vf, pf->n_vf);

	vf->index = (unsigned)pf->n_vf - 1;
	snprintf(vf->pci, sizeof(vf->pci), "0000:%02zx:10.%u", host.n_pf, vf->index);
	vf->place = place;
	if (place != VF_UNBOUND)
		(void)COPY(vf->driver, place == VF_NO_NETDEV ? "vfio-pci" : "igbvf");
	(void)COPY(vf->link.name, netdev);
	vf->link.mac = short_mac(effective);
	vf->link.mtu = 1500;
	vf->link.ifindex = 100 + (int)vf->index;
	if (place == VF_AWAY)
		vf->netns = xstrdup("/proc/77/ns/net");
	vf->admin = (struct vf_attrs){ .has = (1U << VF_ATTRS) - 1, .mac = short_mac(admin), .spoofchk = true };
	return vf;
}

static struct lxc_defined_nic *add_nic(const char *container, unsigned index, const char *type, const char *link)
{
	struct lxc_defined_nic *nic = &nics[n_nics++];
	static char none[] = "";

	*nic = (struct lxc_defined_nic){ .container = (char *)(uintptr_t)container,
					 .index = index,
					 .type = (char *)(uintptr_t)type,
					 .link = (char *)(uintptr_t)link,
					 none,
					 none,
					 none,
					 none,
					 none,
					 none,
					 none };
	nic->name = nic->hwaddr = nic->mtu = nic->ipv4 = nic->ipv4_gateway = nic->ipv6 = nic->ipv6_gateway = none;
	return nic;
}

static char *words(const char *s) { return (char *)(uintptr_t)s; }

static void clear(void)
{
	host_clear(&host);
	strv_clear(&in_use);
	config_clear(&config);
	n_nics = 0;
	free(text);
	text = NULL;
}

static int setup(void **state)
{
	(void)state;
	clear();
	return 0;
}

/* The text without its head, once check and pin had nothing to say of it. */
static const char *drafted(unsigned nics_wanted)
{
	struct draft_facts facts = { &host, nics, n_nics, &in_use };
	AUTO_FREE const struct config_pf **sections = NULL;
	AUTO_STRV struct strv errors = { 0 };
	AUTO_PLAN struct plan plan = { 0 };
	size_t size;
	FILE *out;
	const char *body;

	free(text);
	out = open_memstream(&text, &size);
	draft_print(&facts, out);
	fclose(out);
	unit_write("draft.ini", text);
	config_clear(&config);
	(void)config_load_file("draft.ini", &errors, &config);
	if (errors.n)
		print_error("%s", text);
	unit_expect_strings(&errors, (const char *const[]){ NULL });
	sections = config_pf_list(&config);
	view_add_sections(&host, &config);
	plan_pin(&config, sections, config.n_pf, &host, false, &plan);
	for (size_t i = 0; i < plan.n; i++) {
		AUTO_FREE char *step = step_describe(&plan.step[i]);

		print_error("pin: %s\n", step);
	}
	assert_int_equal(plan.n, 0);
	unit_expect_strings(&plan.warnings, (const char *const[]){ NULL });
	unit_expect_strings(&plan.errors, (const char *const[]){ NULL });
	for (size_t i = 0; i < config.n_nic; i++) {
		const struct config_nic *nic = &config.nic[i];
		const struct host_vf *vf = host_vf(host_find_pf(&host, config_pf_of(&config, nic)), nic->vf);

		assert_memory_equal(&nic->want.mac, &vf->link.mac, sizeof(struct mac));
		if (vf->lives_in)
			assert_string_equal(nic->container, vf->lives_in);
		if (vf->lives_in)
			assert_string_equal(nic->name, vf->link.name);
	}
	for (size_t i = 0; i < host.n_pf; i++)
		host.pf[i].section = NULL;
	if (config.n_nic != nics_wanted)
		fail_msg("%zu NICs, %u wanted, in:\n%s", config.n_nic, nics_wanted, text);
	body = strstr(text, "\n\n");
	assert_non_null(body);
	return body + 2;
}

static void expect(unsigned nics_wanted, const char *want) { assert_string_equal(drafted(nics_wanted), want); }

static void expect_part(unsigned nics_wanted, const char *want)
{
	const char *got = drafted(nics_wanted);

	if (!strstr(got, want))
		fail_msg("not there:\n%s\nin:\n%s", want, got);
}

#define P0 "[pf p0]\nnumvfs = 1\npci = 0000:01:00.0\n\n"

/* --- VFs of nobody --- */

static void test_host(void **state)
{
	(void)state;
	add_pf("p0");
	add_vf(VF_HERE, "p0v0", 1, 1);
	add_vf(VF_HERE, "blue", 2, 2);
	add_pf("p1");
	expect(2, "[pf p0]\nnumvfs = 2\npci = 0000:01:00.0\n\n"
		  "; nobody's so far: put its container's name in place of p0v0\n"
		  "[p0v0]\npf = p0\nvf = 0\nmac = 02:00:00:00:00:01\n\n"
		  "; nobody's so far: put its container's name in place of p0v1\n"
		  "[p0v1]\npf = p0\nvf = 1\nmac = 02:00:00:00:00:02\nlink = blue\n\n"
		  "; this PF has no VFs: pin would create as many as you say\n"
		  ";[pf p1]\n;numvfs = 7\n;pci = 0000:02:00.0\n");
}

static void test_attributes(void **state)
{
	struct host_vf *vf;

	(void)state;
	add_pf("p0");
	vf = add_vf(VF_HERE, "p0v0", 1, 1);
	vf->admin.vlan = 100;
	vf->admin.vlan_qos = 3;
	vf->admin.vlan_proto = ETH_P_8021AD;
	vf->admin.trust = vf->admin.rss_query = true;
	vf->admin.spoofchk = false;
	vf->admin.min_tx_rate = 10;
	vf->admin.max_tx_rate = 50;
	vf->admin.link_state = IFLA_VF_LINK_STATE_DISABLE;
	vf->link.mtu = 9000;
	expect_part(1, "mac = 02:00:00:00:00:01\nmtu = 9000\nvlan = 100\nvlan_qos = 3\nvlan_proto = 802.1ad\nspoofchk = no\n"
		       "trust = yes\nmin_tx_rate = 10\nmax_tx_rate = 50\nlink_state = disable\nrss_query = yes\n");
	/* what its driver does not tell is not said */
	vf->admin.has = VF_ATTR(VF_MAC);
	vf->link.mtu = 1500;
	expect(1, P0 "; nobody's so far: put its container's name in place of p0v0\n"
		     "[p0v0]\npf = p0\nvf = 0\nmac = 02:00:00:00:00:01\n");
	/* nor an admin MAC that the kernel did not list */
	vf->admin.has = 0;
	expect_part(1, "\n[p0v0]\n");
}

static void test_left_out(void **state)
{
	struct host_vf *vf;

	(void)state;
	add_pf("p0");
	add_vf(VF_UNBOUND, "", 0, 9);
	add_vf(VF_NO_NETDEV, "", 0, 0);
	add_vf(VF_HERE, "p0v2", 0, 0);
	vf = add_vf(VF_HERE, "p0v3", 4, 4);
	vf->link.mac.addr[0] = 3;
	vf->admin.mac.addr[0] = 3;
	add_vf(VF_HERE, "p0v4", 5, 0);
	add_vf(VF_HERE, "p0v5", 6, 7);
	vf = add_vf(VF_AWAY, "", 0, 8);
	free(vf->netns);
	vf->netns = NULL;
	expect_part(0, "; vf 0 of p0 is left out: it has no driver: pin would bind it\n"
		       ";[p0v0]\n;pf = p0\n;vf = 0\n;mac = 02:00:00:00:00:09\n\n"
		       "; vf 1 of p0 is left out: driver vfio-pci makes no network device of it\n");
	expect_part(0, ";vf = 1\n;mac =\n\n");
	expect_part(0, "; vf 2 of p0 is left out: its MAC, 00:00:00:00:00:00, is the zero address\n");
	expect_part(0, "; vf 3 of p0 is left out: its MAC, 03:00:00:00:00:04, is a multicast address (the first byte is odd)\n");
	expect_part(0, "; vf 4 of p0 is left out: the PF has no admin MAC for it: pin would set this one\n");
	expect_part(0, ";mac = 02:00:00:00:00:05\n");
	expect_part(0, "; vf 5 of p0 is left out: its admin MAC is 02:00:00:00:00:07, and this is its effective one: pin would "
		       "set both\n");
	expect_part(0, ";mac = 02:00:00:00:00:06\n");
	expect_part(0, "; vf 6 of p0 is left out: its network device is on its way from one network namespace to another: run "
		       "init again\n");
}

static void test_in_use(void **state)
{
	(void)state;
	add_pf("p0");
	add_vf(VF_HERE, "p0v0", 1, 1);
	add_vf(VF_HERE, "p0v1", 2, 2)->link.master = 17;
	add_vf(VF_HERE, "p0v2", 3, 3)->link.flags = IFF_UP;
	strv_addf(&in_use, "lo");
	strv_addf(&in_use, "p0v0");
	expect_part(1, "; vf 0 of p0 is left out: the host itself works with it");
	expect_part(1, "; vf 1 of p0 is left out: the host itself works with it");
	expect_part(1, "\n[p0v2]\n");
}

/* The second of two sections that check would not take side by side. */
static void test_twice(void **state)
{
	(void)state;
	add_pf("p0");
	add_vf(VF_HERE, "p0v0", 1, 1);
	add_vf(VF_HERE, "p0v1", 1, 1);
	add_vf(VF_HERE, "p0v3", 3, 3);  /* has the name of the next one */
	add_vf(VF_HERE, "dev12", 4, 4); /* which lost its own */
	add_pf("p0v9");
	add_vf(VF_HERE, "x", 5, 5);
	add_nic("web", 0, "phys", "x");
	add_nic("db", 0, "phys", "x");
	expect_part(3, "; vf 1 of p0 is left out: [p0v0] has the same MAC\n");
	expect_part(3, "[p0v2]\npf = p0\nvf = 2\nmac = 02:00:00:00:00:03\nlink = p0v3\n");
	expect_part(3, "; vf 3 of p0 is left out: [p0v2] has the same name on the host, p0v3\n");
	expect_part(3, "; container db names it too, as lxc.net.0.link: one VF has one owner\n[web]\npf = p0v9\n");
	(void)COPY(host.pf[0].vf[0].link.name, "p0v9");
	expect_part(3, "; vf 0 of p0 is left out: its name on the host, p0v9, is a PF's\n");
}

/* What LXC itself would not start. */
static void test_twice_in_one_container(void **state)
{
	(void)state;
	add_pf("p0");
	add_vf(VF_HERE, "p0v0", 1, 1);
	add_vf(VF_HERE, "p0v1", 2, 2);
	add_vf(VF_HERE, "p0v2", 3, 3);
	add_nic("web", 0, "phys", "p0v0")->name = words("lan");
	add_nic("web", 1, "phys", "p0v1")->name = words("lan");
	add_nic("web", 0, "phys", "p0v2");
	expect_part(1, "; vf 1 of p0 is left out: [web] has the same name inside, lan\n");
	expect_part(1, "; vf 2 of p0 is left out: [web] is NIC 0 of that container\n");
}

static void test_odd_names(void **state)
{
	(void)state;
	add_pf("averylongname15");
	add_vf(VF_HERE, "averylongnamev0", 1, 1);
	add_vf(VF_HERE, "dev3", 2, 2);
	add_pf("p[1]\x1b");
	add_vf(VF_HERE, "y", 3, 3);
	expect_part(1, "[averylongname15v0]\npf = averylongname15\nvf = 0\nmac = 02:00:00:00:00:01\nlink = averylongnamev0\n");
	expect_part(1, "; vf 1 of averylongname15 is left out: its name on the host, averylongname15v1, is longer than 15 "
		       "characters, the kernel's limit for an interface name: set link to another\n");
	expect_part(1, "; this PF is left out: its name cannot stand in this file; rename it\n;[pf ?]\n");
	expect_part(1, "; vf 0 of p[1]? is left out: its PF is\n");
}

static void test_pf_notes(void **state)
{
	(void)state;
	add_pf("p0");
	add_vf(VF_UNBOUND, "", 0, 1);
	host.pf[0].creating = false;
	host.pf[0].totalvfs = 1;
	expect_part(0, "[pf p0]\nnumvfs = 1\n");
}

/* --- VFs of containers --- */

static struct host_vf *add_running(const char *container, const char *inside, unsigned mac)
{
	struct host_vf *vf = add_vf(VF_AWAY, inside, mac, mac);

	vf->lives_in = xstrdup(container);
	vf->lives_in_pid = 77;
	return vf;
}

static void test_running(void **state)
{
	struct lxc_defined_nic *nic;
	struct host_vf *vf;

	(void)state;
	add_pf("p0");
	add_running("web", "eth1", 1);
	vf = add_running("web", "lan", 2);
	vf->link.mtu = 1400;
	add_running("db", "eth0", 3);
	vf = add_vf(VF_AWAY, "z", 4, 4); /* a namespace that is no container's */
	vf->kept_by = 12;
	add_nic("web", 0, "veth", "lxcbr0");
	nic = add_nic("web", 1, "phys", "p0v0");
	nic->name = words("eth1");
	nic->ipv4 = words("192.0.2.1/24 192.0.2.255\n192.0.2.9/32\n192.0.2.1/24\n");
	nic->ipv4_gateway = words("192.0.2.254");
	nic->ipv6 = words("2001:db8::1/64\n");
	nic->ipv6_gateway = words("auto");
	nic->mtu = words("1300"); /* what it runs with is left alone */
	expect(4, "[pf p0]\nnumvfs = 4\npci = 0000:01:00.0\n\n"
		  "; lxc.net.1.ipv6.gateway = auto cannot stand here\n"
		  "[web 1]\npf = p0\nvf = 0\nmac = 02:00:00:00:00:01\nmtu = 1300\nipv4 = 192.0.2.1/24 192.0.2.9/32\n"
		  "ipv4_gateway = 192.0.2.254\nipv6 = 2001:db8::1/64\n\n"
		  /* hot-plugged: the first number that is free */
		  "[web 2]\npf = p0\nvf = 1\nmac = 02:00:00:00:00:02\nname = lan\nmtu = 1400\n\n"
		  "[db]\npf = p0\nvf = 2\nmac = 02:00:00:00:00:03\n\n"
		  "; nobody's so far: put its container's name in place of p0v3\n"
		  "; where it is now: process 12\n"
		  "[p0v3]\npf = p0\nvf = 3\nmac = 02:00:00:00:00:04\n");
}

static void test_stopped(void **state)
{
	struct lxc_defined_nic *nic;

	(void)state;
	add_pf("p0");
	strv_addf(&add_vf(VF_HERE, "blue", 1, 1)->link.altnames, "p0v0");
	add_vf(VF_HERE, "p0v1", 2, 2);
	add_vf(VF_HERE, "p0v2", 3, 3);
	nic = add_nic("web", 0, "phys", "p0v0"); /* an altname will do */
	nic->mtu = words("1400");
	nic->hwaddr = words("02:00:00:00:00:01");
	nic = add_nic("db", 3, "phys", "p0v1");
	nic->hwaddr = words("02:00:00:00:00:AA");
	add_nic("dns", 0, "macvlan", "p0v2"); /* the host's, then */
	expect(2, "[pf p0]\nnumvfs = 3\npci = 0000:01:00.0\n\n"
		  "; lxc.net.0.mtu is 1400, and it has 1500 now: with the line, pin sets that on the host, too\n"
		  "[web]\npf = p0\nvf = 0\nmac = 02:00:00:00:00:01\nname = p0v0\n;mtu = 1400\n\n"
		  "; vf 1 of p0 is left out: lxc.net.3.hwaddr of db is 02:00:00:00:00:AA: make it one MAC, here and there\n"
		  ";[db 3]\n;pf = p0\n;vf = 1\n;mac = 02:00:00:00:00:02\n;name = p0v1\n\n"
		  "; nobody's so far: put its container's name in place of p0v2\n"
		  "[p0v2]\npf = p0\nvf = 2\nmac = 02:00:00:00:00:03\n");
}

/* Names that iniparser would fold, split or cut, and such as would be something else. */
static void test_container_names(void **state)
{
	(void)state;
	add_pf("p0");
	add_running("Web", "eth0", 1);
	add_running("web", "eth0", 2);
	add_running("pf", "eth0", 3);
	add_running("a;b#[c]", "eth0", 4);
	add_running("-e\x1b", "eth0", 5);
	add_running("q\"uote", "eth0", 6);
	expect_part(4, "\n[Web]\n");
	expect_part(4, "\n[web-2]\npf = p0\nvf = 1\nmac = 02:00:00:00:00:02\ncontainer = web\n");
	expect_part(4, "\n[pf-2]\npf = p0\nvf = 2\nmac = 02:00:00:00:00:03\ncontainer = pf\n");
	expect_part(4, "\n[a_b__c_]\npf = p0\nvf = 3\nmac = 02:00:00:00:00:04\ncontainer = \"a;b#[c]\"\n");
	expect_part(4, "; vf 4 of p0 is left out: the container's name, -e?, is not a container name\n");
	expect_part(4, "; vf 5 of p0 is left out: its container, q\"uote, cannot be written in this file\n");
}

/* What a container's root called its NIC. */
static void test_hostile_inside(void **state)
{
	(void)state;
	add_pf("p0");
	add_running("web", "a\n[pf x]\nb", 1);
	add_running("db", "a;b", 2);
	expect_part(1, "; vf 0 of p0 is left out: its name inside, a?[pf x]?b, is not an interface name: set name to another\n");
	expect_part(1, "\n[db]\npf = p0\nvf = 1\nmac = 02:00:00:00:00:02\nname = \"a;b\"\n");
}

static void test_claimed(void **state)
{
	struct host_vf *vf;

	(void)state;
	add_pf("p0");
	vf = add_vf(VF_AWAY, "eth0", 1, 1);
	claims[0] = (struct claim){ .inside = "lan", .home = "blue", .mac = short_mac(1) };
	(void)COPY(claims[0].container, "web");
	vf->claim = &claims[0];
	vf->held = true;
	expect_part(1, "[web]\npf = p0\nvf = 0\nmac = 02:00:00:00:00:01\nlink = blue\n");
}

static int leave(void **state)
{
	clear();
	return unit_leave_folder(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_host, setup),
		cmocka_unit_test_setup(test_attributes, setup),
		cmocka_unit_test_setup(test_left_out, setup),
		cmocka_unit_test_setup(test_in_use, setup),
		cmocka_unit_test_setup(test_twice, setup),
		cmocka_unit_test_setup(test_twice_in_one_container, setup),
		cmocka_unit_test_setup(test_odd_names, setup),
		cmocka_unit_test_setup(test_pf_notes, setup),
		cmocka_unit_test_setup(test_running, setup),
		cmocka_unit_test_setup(test_stopped, setup),
		cmocka_unit_test_setup(test_container_names, setup),
		cmocka_unit_test_setup(test_hostile_inside, setup),
		cmocka_unit_test_setup(test_claimed, setup),
	};

	return cmocka_run_group_tests_name("draft", tests, unit_enter_folder, leave);
}
