/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include "../../helper/state.h"

#define HEAD "container web\nconfig /var/lib/lxc/web/config\n"
#define TAIL "inside eth0\nhome enp1s0v0\nmtu 1500\nmac 02:00:00:00:00:01\nend\n"
#define GOOD HEAD "holder 42 4711\n" TAIL

static void test_round_trip(void **state)
{
	struct claim c = { .holder = { 42, UINT64_MAX }, .mtu = 9000, .mac = { { 2, 0, 0, 0, 0, 0xaf } } }, back = { 0 };
	AUTO_FREE char *text = NULL, *again = NULL;

	(void)state;
	(void)COPY(c.container, "Web-1.example");
	(void)COPY(c.config_file, "/srv/my containers/Web-1/config");
	(void)COPY(c.home, "enp4s0f0v12");
	(void)COPY(c.inside, "eth0");
	text = claim_format(&c);
	assert_int_equal(claim_parse(text, &back), 0);
	again = claim_format(&back);
	assert_string_equal(text, again);
	assert_int_equal(back.holder.start, UINT64_MAX);
	assert_string_equal(back.config_file, "/srv/my containers/Web-1/config");
	assert_false(back.unfinished);
	c.unfinished = true;
	free(text);
	text = claim_format(&c);
	assert_int_equal(claim_parse(text, &back), 0);
	assert_true(back.unfinished);
}

static void test_good(void **state)
{
	struct claim c;

	(void)state;
	assert_int_equal(claim_parse(GOOD, &c), 0);
	assert_string_equal(c.container, "web");
	assert_int_equal(c.holder.pid, 42);
	assert_string_equal(c.home, "enp1s0v0");
	assert_int_equal(c.mtu, 1500);
}

/* Cut short at any byte, or with any byte changed to another kind, a record is none. */
static void test_cut_short(void **state)
{
	struct claim c = { .mtu = 77 };

	(void)state;
	for (size_t len = 0; len < strlen(GOOD); len++) {
		AUTO_FREE char *text = xasprintf("%.*s", (int)len, GOOD);

		assert_int_equal(claim_parse(text, &c), -EINVAL);
	}
	assert_int_equal(c.mtu, 77);
}

static void test_bad(void **state)
{
	static const char *const bad[] = {
		(GOOD "x"),
		(GOOD GOOD),
		("x" GOOD),
		("\n" GOOD),
		(HEAD TAIL),
		(HEAD "holder 0 4711\n" TAIL),
		(HEAD "holder -1 4711\n" TAIL),
		(HEAD "holder 42\n" TAIL),
		(HEAD "holder 42 -1\n" TAIL),
		(HEAD "holder 42 4711x\n" TAIL),
		(HEAD "holder 42 99999999999999999999\n" TAIL),
		(HEAD "holder 42 4711\nholder 42 4711\n" TAIL),
		(HEAD "holder 42 4711\nreattach finished\n" TAIL),
		("container a/b\nconfig /c\nholder 42 4711\n" TAIL),
		("container web\nconfig c\nholder 42 4711\n" TAIL),
		(HEAD "holder 42 4711\ninside eth0\nhome ../x\nmtu 1500\nmac 02:00:00:00:00:01\nend\n"),
		(HEAD "holder 42 4711\ninside eth0\nhome enp1s0v0\nmtu 1500 \nmac 02:00:00:00:00:01\nend\n"),
		(HEAD "holder 42 4711\ninside eth0\nhome enp1s0v0\nmtu 1500\nmac 01:00:00:00:00:01\nend\n"),
	};
	struct claim c;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (claim_parse(bad[i], &c) != -EINVAL) {
			print_error("taken: %s", bad[i]);
			unit_wrong_rows++;
		}
	UNIT_TABLE_END;
}

/* A later version may write more, in any order. */
static void test_unknown_keys(void **state)
{
	struct claim c;

	(void)state;
	assert_int_equal(claim_parse("vlan 7\n" HEAD "holder 42 4711\nroute a b c\n" TAIL, &c), 0);
	assert_string_equal(c.container, "web");
}

#define ATTACHED                                                                                       \
	"runtime docker\ncontainer web\nholder 42 4711\ninside eth1\nhome enp1s0v0\nmtu 1500\n"        \
	"mac 02:00:00:00:00:01\nattached yes\nsetting pf enp1s0\nsetting ipv4 10.0.0.1/8 10.0.0.2/8\n" \
	"before vlan 7 3 33024\nbefore mac none\nbefore spoofchk 1\nbefore rate 0 100\n"               \
	"before effective_mac 02:00:00:00:00:09\nend\n"

static void test_attached(void **state)
{
	AUTO_FREE char *text = NULL;
	struct claim c = { 0 };

	(void)state;
	assert_int_equal(claim_parse(ATTACHED, &c), 0);
	assert_int_equal(c.runtime, RUNTIME_DOCKER);
	assert_string_equal(claim_owner(&c), "docker:web");
	assert_true(c.attached);
	assert_false(c.moving);
	assert_string_equal(c.settings, "pf enp1s0\nipv4 10.0.0.1/8 10.0.0.2/8\n");
	assert_int_equal(c.before.has, VF_ATTR(VF_VLAN) | VF_ATTR(VF_MAC) | VF_ATTR(VF_SPOOFCHK) | VF_ATTR(VF_RATE));
	assert_int_equal(c.before.vlan_qos, 3);
	assert_int_equal(c.before.max_tx_rate, 100);
	assert_true(mac_is_zero(&c.before.mac));
	text = claim_format(&c);
	assert_string_equal(text, ATTACHED);
	/* A record of a version that knew LXC only. */
	assert_int_equal(claim_parse(GOOD, &c), 0);
	assert_int_equal(c.runtime, RUNTIME_LXC);
	assert_string_equal(claim_owner(&c), "web");
	assert_false(c.attached);
}

#define NETNS_HEAD "runtime netns\ncontainer /run/netns/my blue\n"

static void test_namespace(void **state)
{
	AUTO_FREE char *text = NULL;
	struct claim c;

	(void)state;
	assert_int_equal(claim_parse(NETNS_HEAD "namespace 4026532366 1795521126676000058\nattached moving\n" TAIL, &c), 0);
	assert_string_equal(c.container, "/run/netns/my blue");
	assert_int_equal(c.holder.pid, 0);
	assert_true(c.moving);
	text = claim_format(&c);
	assert_string_equal(text, NETNS_HEAD
			    "namespace 4026532366 1795521126676000058\n"
			    "inside eth0\nhome enp1s0v0\nmtu 1500\nmac 02:00:00:00:00:01\nattached moving\nend\n");
	/* Nothing is mounted there. */
	assert_false(claim_holds(&c));
}

/* A record that is too long to be read again would make all of them unreadable. */
static void test_fullest(void **state)
{
	struct claim c = { 0 };
	AUTO_FREE char *text = NULL;
	size_t before;

	(void)state;
	assert_int_equal(claim_parse(HEAD "holder 42 4711\n" TAIL, &c), 0);
	do {
		before = strlen(c.altnames);
		claim_add_altname(&c, "a");
	} while (strlen(c.altnames) > before);
	assert_int_equal(before, CLAIM_ALTNAMES_SIZE - 2);
	text = claim_format(&c);
	assert_true(strlen(text) > 5 * before); /* so many short lines */
	assert_true(strlen(text) + PATH_MAX + CLAIM_SETTINGS_SIZE + 2048 < CLAIM_TEXT_SIZE);
}

static void test_altnames(void **state)
{
	static const char text[] = HEAD "holder 42 4711\ninside eth0\nhome enp1s0v0\nmtu 1500\nmac 02:00:00:00:00:01\n"
					"altname enx020000000001\naltname lan\nend\n";
	const struct mac mac = { { 2, 0, 0, 0, 0, 0xa1 } };
	AUTO_FREE char *again = NULL;
	char longest[CLAIM_ALTNAMES_SIZE];
	struct claim c;

	(void)state;
	assert_int_equal(claim_parse(text, &c), 0);
	assert_string_equal(c.altnames, "enx020000000001\nlan\n");
	again = claim_format(&c);
	assert_string_equal(again, text);
	/* What would be another line of the record, or has no room. */
	claim_add_altname(&c, "x\nend");
	claim_add_altname(&c, "x y");
	claim_add_altname(&c, "");
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	claim_add_altname(&c, longest);
	assert_string_equal(c.altnames, "enx020000000001\nlan\n");
	claim_add_altname(&c, longest + 20);
	assert_string_equal(c.altnames, "enx020000000001\nlan\n");
	claim_add_altname(&c, longest + 21); /* beside the 20 bytes and its newline there is room for 1002 */
	assert_int_equal(strlen(c.altnames), sizeof(c.altnames) - 1);
	assert_int_equal(claim_parse(HEAD "holder 42 4711\naltname a b\n" TAIL, &c), -EINVAL);
	/* An older record. */
	assert_int_equal(claim_parse(GOOD, &c), 0);
	assert_string_equal(c.altnames, "");

	assert_false(claim_altname_is_stale("enx0200000000a1", &mac));
	assert_true(claim_altname_is_stale("enx020000000001", &mac));
	assert_false(claim_altname_is_stale("enx02000000000", &mac));
	assert_false(claim_altname_is_stale("enx0200000000011", &mac));
	assert_false(claim_altname_is_stale("enx02000000000g", &mac));
	assert_false(claim_altname_is_stale("enp1s0v0", &mac));
	assert_false(claim_altname_is_stale("", &mac));
}

static void test_bad_attached(void **state)
{
	static const char *const bad[] = {
		("runtime rkt\ncontainer web\nholder 42 4711\n" TAIL),
		("container web\nholder 42 4711\n" TAIL),
		("runtime docker\ncontainer /web\nholder 42 4711\n" TAIL),
		("runtime docker\ncontainer web\nnamespace 1 2\n" TAIL),
		("runtime docker\ncontainer web\n" TAIL),
		(NETNS_HEAD "holder 42 4711\n" TAIL),
		(NETNS_HEAD "namespace 1 2\nholder 42 4711\n" TAIL),
		(NETNS_HEAD "namespace 1\n" TAIL),
		(NETNS_HEAD "namespace 1 x\n" TAIL),
		(NETNS_HEAD "namespace 0 1\n" TAIL),
		("runtime netns\ncontainer blue\nnamespace 1 2\n" TAIL),
		(HEAD "holder 42 4711\nattached no\n" TAIL),
		(HEAD "holder 42 4711\nsetting pf\n" TAIL),
		(HEAD "holder 42 4711\nbefore vlan 1 2\n" TAIL),
		(HEAD "holder 42 4711\nbefore vlan 1 2 3 4\n" TAIL),
		(HEAD "holder 42 4711\nbefore vlan 1 2 -3\n" TAIL),
		(HEAD "holder 42 4711\nbefore trust 1\nbefore trust 1\n" TAIL),
		(HEAD "holder 42 4711\nbefore mac 00:00:00:00:00:00\n" TAIL),
		(HEAD "holder 42 4711\nbefore effective_mac none\n" TAIL),
		(HEAD "holder 42 4711\nbefore colour 1\n" TAIL),
	};
	struct claim c;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (claim_parse(bad[i], &c) != -EINVAL) {
			print_error("taken: %s", bad[i]);
			unit_wrong_rows++;
		}
	UNIT_TABLE_END;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),   cmocka_unit_test(test_good),
		cmocka_unit_test(test_cut_short),    cmocka_unit_test(test_bad),
		cmocka_unit_test(test_unknown_keys), cmocka_unit_test(test_attached),
		cmocka_unit_test(test_namespace),    cmocka_unit_test(test_bad_attached),
		cmocka_unit_test(test_altnames),     cmocka_unit_test(test_fullest)
	};

	return cmocka_run_group_tests_name("state", tests, NULL, NULL);
}
