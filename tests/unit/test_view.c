/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include <linux/if_link.h>

#include "../../helper/view.h"

static struct claim claim = { .container = "web" };

static void test_where(void **state)
{
	const struct {
		const char *row;
		struct host_vf vf;
		const char *owner, *want;
	} rows[] = {
		{ "unbound", { .place = VF_UNBOUND }, NULL, "no driver" },
		{ "user space", { .place = VF_NO_NETDEV, .driver = "vfio-pci" }, "web", "vfio-pci" },
		{ "host", { .place = VF_HERE }, "web", "host" },
		{ "not found", { .place = VF_AWAY }, "web", "on its way" },
		{ "inside",
		  { .place = VF_AWAY, .netns = (char[]){ "/proc/1/ns/net" }, .lives_in = (char[]){ "web" }, .lives_in_pid = 1 },
		  "web",
		  "inside" },
		{ "another's",
		  { .place = VF_AWAY, .netns = (char[]){ "/proc/1/ns/net" }, .lives_in = (char[]){ "db" }, .lives_in_pid = 1 },
		  "web",
		  "db" },
		{ "nobody's",
		  { .place = VF_AWAY, .netns = (char[]){ "/proc/1/ns/net" }, .lives_in = (char[]){ "db" }, .lives_in_pid = 1 },
		  NULL,
		  "db" },
		{ "a process", { .place = VF_AWAY, .netns = (char[]){ "/proc/12/ns/net" }, .lives_in_pid = 12 }, NULL, "process 12" },
		{ "kept open", { .place = VF_AWAY, .netns = (char[]){ "/proc/13/fd/3" }, .kept_by = 13 }, NULL, "process 13" },
		{ "mounted", { .place = VF_AWAY, .netns = (char[]){ "/run/netns/lab" } }, NULL, "netns lab" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		AUTO_FREE char *got = view_where(&rows[i].vf, rows[i].owner);

		unit_same(rows[i].row, "where", got, rows[i].want);
	}
	UNIT_TABLE_END;
}

static void test_whose(void **state)
{
	struct config_pf section = { .name = "p0", .numvfs = 2 };
	struct config_nic nic = { .container = (char[]){ "db" }, .owner = (char[]){ "db" }, .pf = "p0", .vf = 0 };
	struct config config = { .pf = &section, .n_pf = 1, .nic = &nic, .n_nic = 1 };
	struct host_vf vf[2] = { { .index = 0 }, { .index = 1 } };
	struct host_pf pf = { .name = "p0", .vf = vf, .n_vf = 2 };

	(void)state;
	assert_string_equal(view_container(&config, &pf, &vf[0]), "db");
	assert_string_equal(view_owner(&config, &pf, &vf[0]), "db");
	assert_null(view_container(&config, &pf, &vf[1]));
	assert_null(view_owner(&config, &pf, &vf[1]));
	/* A record of a start that is over says nothing. */
	vf[0].claim = vf[1].claim = &claim;
	assert_string_equal(view_container(&config, &pf, &vf[0]), "db");
	assert_null(view_owner(&config, &pf, &vf[1]));
	vf[0].held = vf[1].held = true;
	assert_string_equal(view_container(&config, &pf, &vf[0]), "web");
	assert_string_equal(view_owner(&config, &pf, &vf[0]), "db");
	assert_string_equal(view_owner(&config, &pf, &vf[1]), "web");
	vf[1].held = false;
	vf[1].lives_in = (char[]){ "dns" };
	assert_string_equal(view_container(&config, &pf, &vf[1]), "dns");
	assert_string_equal(view_owner(&config, &pf, &vf[1]), "dns");
}

static void test_unusual(void **state)
{
	const struct vf_attrs usual = { .spoofchk = true, .link_state = IFLA_VF_LINK_STATE_AUTO };
	struct vf_attrs odd = {
		.vlan_qos = 1, .trust = true, .min_tx_rate = 1, .rss_query = true, .link_state = IFLA_VF_LINK_STATE_ENABLE
	};

	(void)state;
	for (enum vf_attr attr = 0; attr < VF_ATTRS; attr++) {
		assert_false(view_is_unusual(&usual, attr));
		assert_int_equal(view_is_unusual(&odd, attr), attr != VF_MAC);
	}
}

#define MAC(last)                             \
	{                                     \
		{                             \
			2, 0, 0, 0, 0, (last) \
		}                             \
	}

static void test_differences(void **state)
{
	struct config_pf section = { .name = "p0", .numvfs = 1 };
	struct config_nic nic = { .container = (char[]){ "db" },
				  .pf = "p0",
				  .want = { .has = VF_ATTR(VF_MAC) | VF_ATTR(VF_TRUST), .mac = MAC(1), .trust = true },
				  .mtu = 1400 };
	struct config config = { .pf = &section, .n_pf = 1, .nic = &nic, .n_nic = 1 };
	struct host_vf vf = { .place = VF_HERE,
			      .driver = "igbvf",
			      .admin = { .has = VF_ATTR(VF_MAC) | VF_ATTR(VF_TRUST), .mac = MAC(2) },
			      .link = { .mac = MAC(3), .mtu = 1500 } };
	struct host_pf pf = { .name = "p0", .totalvfs = 7, .autoprobe = true, .vf = &vf, .n_vf = 1 };
	struct host host = { .pf = &pf, .n_pf = 1 };
	const struct config_pf *sections[] = { &section };
	struct view_differences d;
	struct plan plan = { 0 }, none = { 0 };

	(void)state;
	view_add_sections(&host, &config);
	assert_ptr_equal(pf.section, &section);
	plan_pin(&config, sections, 1, &host, false, &plan);
	d = view_differences(&plan, &config, &pf, &vf);
	assert_int_equal(d.attrs, VF_ATTR(VF_MAC) | VF_ATTR(VF_TRUST));
	assert_true(d.effective && d.mtu && !d.driver);
	assert_true(view_pf_is_down(&plan, &pf));
	plan_clear(&plan);

	vf.link.mac = vf.admin.mac = nic.want.mac;
	vf.admin.trust = true;
	vf.link.mtu = 1400;
	pf.flags = IFF_UP;
	plan_pin(&config, sections, 1, &host, false, &plan);
	d = view_differences(&plan, &config, &pf, &vf);
	assert_true(!d.attrs && !d.effective && !d.mtu && !d.driver);
	assert_false(view_pf_is_down(&plan, &pf));
	plan_clear(&plan);

	vf.place = VF_UNBOUND;
	plan_pin(&config, sections, 1, &host, false, &plan);
	d = view_differences(&plan, &config, &pf, &vf);
	assert_true(!d.attrs && !d.effective && !d.mtu && d.driver);
	plan_clear(&plan);

	/* A container that runs with another MAC: pin plans nothing. */
	vf.place = VF_AWAY;
	vf.netns = (char[]){ "/proc/1/ns/net" };
	vf.link.mac.addr[5] = vf.admin.mac.addr[5] = 9;
	d = view_differences(&none, &config, &pf, &vf);
	assert_true(d.attrs == VF_ATTR(VF_MAC) && d.effective && !d.mtu && !d.driver);

	/* By its PCI address, whatever it is called. */
	pf.section = NULL;
	(void)COPY(pf.pci, "0000:01:00.0");
	(void)COPY(pf.name, "wan0");
	view_add_sections(&host, &config);
	assert_null(pf.section);
	(void)COPY(section.pci, "0000:01:00.0");
	view_add_sections(&host, &config);
	assert_ptr_equal(pf.section, &section);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_where),
		cmocka_unit_test(test_whose),
		cmocka_unit_test(test_unusual),
		cmocka_unit_test(test_differences),
	};

	return cmocka_run_group_tests_name("view", tests, NULL, NULL);
}
