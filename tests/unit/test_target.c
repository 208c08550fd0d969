/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include "../../helper/announce.h"
#include "../../helper/target.h"

#define TEN "0123456789"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN
#define NONE "is none of lxc:NAME, docker:NAME, podman:NAME, pid:N, netns:PATH"

static const struct parse_row {
	const char *text;
	const char *wrong;
	enum runtime runtime;
	const char *name;
} parse_rows[] = {
	{ "lxc:web", NULL, RUNTIME_LXC, "web" },
	{ "docker:docker01", NULL, RUNTIME_DOCKER, "docker01" },
	{ "podman:a.b_c-d", NULL, RUNTIME_PODMAN, "a.b_c-d" },
	{ "pid:1", NULL, RUNTIME_PID, "1" },
	{ "netns:/run/netns/a b:c", NULL, RUNTIME_NETNS, "/run/netns/a b:c" },
	{ "", NONE, 0, NULL },
	{ "web", NONE, 0, NULL },
	{ ":web", NONE, 0, NULL },
	{ "LXC:web", NONE, 0, NULL },
	{ "lx:web", NONE, 0, NULL },
	{ "lxcd:web", NONE, 0, NULL },
	{ " lxc:web", NONE, 0, NULL },
	{ "pid:", "is empty", 0, NULL },
	{ "pid:0", "is out of range", 0, NULL },
	{ "pid:-1", "is not a decimal number", 0, NULL },
	{ "pid:2147483648", "is out of range", 0, NULL },
	{ "pid:12 ", "is not a decimal number", 0, NULL },
	{ "netns:", "is no absolute path", 0, NULL },
	{ "netns:blue", "is no absolute path", 0, NULL },
	{ "netns:/run/netns/a\nb", "has a character that no message can show", 0, NULL },
	{ "netns:/" HUNDRED HUNDRED "55555" TEN TEN TEN TEN TEN, "is longer than 255 characters", 0, NULL },
};

static void test_parse(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(parse_rows); i++) {
		const struct parse_row *row = &parse_rows[i];
		struct target t = { .runtime = RUNTIMES };

		unit_same(row->text, "wrong", target_parse(row->text, &t), row->wrong);
		unit_same(row->text, "name", t.name, row->name);
		unit_same_uint(row->text, "runtime", t.runtime, row->wrong ? RUNTIMES : row->runtime);
	}
	UNIT_TABLE_END;
}

static void test_names_of_containers(void **state)
{
	static const char *const bad[] = { "lxc:", "docker:a b", "podman:a/b", "lxc:.", "lxc:..", "docker:a\nb" };
	struct target t;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (!target_parse(bad[i], &t)) {
			print_error("taken: %s\n", bad[i]);
			unit_wrong_rows++;
		}
	UNIT_TABLE_END;
}

static void test_format(void **state)
{
	AUTO_FREE char *text = target_format(&(struct target){ RUNTIME_DOCKER, "web" });

	(void)state;
	assert_string_equal(text, "docker:web");
}

/* Of processes: ours is in the host's namespace, or in that of a container where the tests run; so it is refused. */
static void test_resolve(void **state)
{
	AUTO_STRV struct strv errors = { 0 };
	AUTO_FREE char *self = xasprintf("%d", (int)getpid());
	AUTO_FREE char *want =
		xasprintf("pid:%d: it is in the host's own network namespace, where every VF is already", (int)getpid());
	struct place place = { 0 };

	(void)state;
	assert_int_equal(target_resolve(&(struct target){ RUNTIME_PID, self }, NULL, &errors, &place), -EINVAL);
	assert_int_equal(target_resolve(&(struct target){ RUNTIME_PID, "2147483647" }, NULL, &errors, &place), -ESRCH);
	assert_int_equal(target_resolve(&(struct target){ RUNTIME_NETNS, "/dev/null" }, NULL, &errors, &place), -EINVAL);
	assert_int_equal(target_resolve(&(struct target){ RUNTIME_NETNS, "/proc/self/ns/net" }, NULL, &errors, &place),
			 -ELOOP);
	assert_null(place.netns);
	unit_expect_strings(&errors, (const char *const[]){ want, "pid:2147483647: there is no such process",
							    "netns:/dev/null: no network namespace is mounted there",
							    "netns:/proc/self/ns/net: it is a link to a process's namespace, which says "
							    "nothing once the process has ended; use pid:N",
							    NULL });
}

/* --- what announces an address --- */

static const struct mac mac = { { 2, 0, 0, 0, 0, 1 } };

static void test_arp(void **state)
{
	uint8_t frame[ANNOUNCE_FRAME_SIZE];
	struct ipaddr a;

	(void)state;
	assert_null(parse_ipaddr("194.168.1.7/24", AF_INET, true, &a));
	assert_int_equal(announce_frame(&mac, &a, frame), 42);
	assert_memory_equal(frame, "\xff\xff\xff\xff\xff\xff\2\0\0\0\0\1\x08\6\0\1\x08\0\6\4\0\1", 22);
	assert_memory_equal(frame + 22, mac.addr, 6);
	assert_memory_equal(frame + 28, "\302\250\1\7\0\0\0\0\0\0\302\250\1\7", 14);
}

static void test_neighbour_advertisement(void **state)
{
	uint8_t frame[ANNOUNCE_FRAME_SIZE];
	uint32_t sum = 32 + 58;
	struct ipaddr a;

	(void)state;
	assert_null(parse_ipaddr("fd00::1/64", AF_INET6, true, &a));
	assert_int_equal(announce_frame(&mac, &a, frame), 86);
	assert_memory_equal(frame, "\x33\x33\0\0\0\1\2\0\0\0\0\1\x86\xdd\x60\0\0\0\0\x20\x3a\xff\xfd", 23);
	assert_memory_equal(frame + 38, "\xff\2\0\0\0\0\0\0\0\0\0\0\0\0\0\1\x88\0", 18);
	assert_memory_equal(frame + 58, "\x20\0\0\0", 4);
	assert_memory_equal(frame + 62, a.addr, 16);
	assert_memory_equal(frame + 78, "\2\1\2\0\0\0\0\1", 8);
	/* The sum of all, the pseudo header and the checksum included, is all ones. */
	for (size_t i = 22; i < 86; i += 2)
		sum += (uint32_t)(frame[i] << 8 | frame[i + 1]);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	assert_int_equal(sum, 0xffff);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),  cmocka_unit_test(test_names_of_containers),
		cmocka_unit_test(test_format), cmocka_unit_test(test_resolve),
		cmocka_unit_test(test_arp),    cmocka_unit_test(test_neighbour_advertisement),
	};

	return cmocka_run_group_tests_name("target", tests, NULL, NULL);
}
