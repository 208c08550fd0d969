/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LXC_SRIOV_UNIT_H
#define LXC_SRIOV_UNIT_H

/* What the unit tests share: cmocka with the headers it wants first, tables of cases, a folder to write in. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>

#include "../../helper/strv.h"
#include "../../helper/util.h"

/*
 * A table is one test: every row is tried and every wrong one printed, then UNIT_TABLE_END fails the test.
 * A table of larger cases makes each row a test of its own, with UNIT_RUN_ROWS.
 */
static unsigned unit_wrong_rows;

#define UNIT_TABLE_END                            \
	do {                                      \
		unsigned n_ = unit_wrong_rows;    \
                                                  \
		unit_wrong_rows = 0;              \
		if (n_)                           \
			fail_msg("%u wrong", n_); \
	} while (0)

static inline const char *unit_text(const char *s) { return s ? s : "(none)"; }

static inline bool unit_same(const char *row, const char *what, const char *got, const char *want)
{
	if (got == want || (got && want && !strcmp(got, want)))
		return true;
	print_error("'%s': %s\n  got:  %s\n  want: %s\n", row, what, unit_text(got), unit_text(want));
	unit_wrong_rows++;
	return false;
}

static inline bool unit_same_uint(const char *row, const char *what, unsigned got, unsigned want)
{
	if (got == want)
		return true;
	print_error("'%s': %s\n  got:  %u\n  want: %u\n", row, what, got, want);
	unit_wrong_rows++;
	return false;
}

/* All of @got, in order, and nothing else; @want ends with NULL. */
static inline void unit_expect_strings(const struct strv *got, const char *const *want)
{
	size_t n = 0;
	bool same = true;

	while (want[n])
		n++;
	for (size_t i = 0; i < n || i < got->n; i++)
		same = same && i < n && i < got->n && !strcmp(got->s[i], want[i]);
	if (same)
		return;
	for (size_t i = 0; i < got->n; i++)
		print_error("  got:  %s\n", got->s[i]);
	for (size_t i = 0; i < n; i++)
		print_error("  want: %s\n", want[i]);
	fail_msg("%zu messages, %zu wanted", got->n, n);
}

/* Rows begin with their name (const char *); @test gets a row as its state. */
static inline int unit_run_rows(const char *group, const void *rows, size_t n, size_t size, CMUnitTestFunction test,
				const struct CMUnitTest *more, size_t n_more, CMFixtureFunction setup,
				CMFixtureFunction teardown)
{
	struct CMUnitTest *tests = xcalloc(n + n_more, sizeof(*tests));
	int failed;

	for (size_t i = 0; i < n; i++) {
		const char *row = (const char *)rows + i * size;

		tests[i] = (struct CMUnitTest){ .name = *(const char *const *)row,
						.test_func = test,
						.initial_state = (void *)(uintptr_t)row };
	}
	memcpy(tests + n, more, n_more * sizeof(*tests));
	failed = _cmocka_run_group_tests(group, tests, n + n_more, setup, teardown);
	free(tests);
	return failed;
}

#define UNIT_RUN_ROWS(group, rows, test, more, setup, teardown)                                                        \
	unit_run_rows((group), (rows), ARRAY_SIZE(rows), sizeof((rows)[0]), (test), (more), ARRAY_SIZE(more), (setup), \
		      (teardown))

static char unit_folder[64];

/* Group fixtures: an empty folder of our own as the working directory, named in unit_folder. */
static inline int unit_enter_folder(void **state)
{
	(void)state;
	strcpy(unit_folder, "/tmp/lxc-sriov-unit.XXXXXX");
	return mkdtemp(unit_folder) && !chdir(unit_folder) ? 0 : -1;
}

static inline int unit_remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline int unit_leave_folder(void **state)
{
	(void)state;
	return chdir("/") || nftw(unit_folder, unit_remove_one, 16, FTW_DEPTH | FTW_PHYS) ? -1 : 0;
}

static inline void unit_write_bytes(const char *path, const void *bytes, size_t len)
{
	AUTO_CLOSE int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0 || write(fd, bytes, len) != (ssize_t)len)
		fail_msg("%s: cannot be written: %s", path, strerror(errno));
}

static inline void unit_write(const char *path, const char *text) { unit_write_bytes(path, text, strlen(text)); }

#endif
