/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include "../../helper/file.h"

static void assert_content(const char *path, const char *want)
{
	char got[64] = "";
	AUTO_FILE FILE *f = fopen(path, "re");

	assert_non_null(f);
	assert_int_equal(fread(got, 1, sizeof(got) - 1, f), strlen(want));
	assert_string_equal(got, want);
}

static unsigned entries(const char *folder)
{
	AUTO_DIR DIR *dir = opendir(folder);
	unsigned n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	return n - 2; /* . and .. */
}

static void test_replace(void **state)
{
	AUTO_FREE char *absolute = xasprintf("%s/a", unit_folder), *left = xasprintf(".a.%d", (int)getpid());
	mode_t mask = umask(0077);
	struct stat st;

	(void)state;
	assert_int_equal(file_replace("a", "one\n"), 0);
	umask(mask);
	assert_content("a", "one\n");
	assert_int_equal(stat("a", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	unit_write(left, "left by one that was killed");
	assert_int_equal(file_replace(absolute, ""), 0);
	assert_content("a", "");
	assert_int_equal(entries("."), 1);
	assert_int_equal(unlink("a"), 0);
}

static void test_refused(void **state)
{
	(void)state;
	unit_write("target", "old");
	assert_int_equal(symlink("target", "link"), 0);
	assert_int_equal(mkdir("folder", 0755), 0);
	assert_int_equal(mkfifo("pipe", 0644), 0);
	assert_int_equal(file_replace("link", "new"), -ENOTSUP);
	assert_int_equal(file_replace("pipe", "new"), -ENOTSUP);
	assert_int_equal(file_replace("folder", "new"), -EISDIR);
	assert_int_equal(file_replace("folder/", "new"), -EISDIR);
	assert_int_equal(file_replace("", "new"), -EISDIR);
	assert_int_equal(file_replace("nowhere/a", "new"), -ENOENT);
	assert_int_equal(file_replace("target/a", "new"), -ENOTDIR);
	assert_content("target", "old");
	assert_int_equal(entries("."), 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_replace),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests_name("file", tests, unit_enter_folder, unit_leave_folder);
}
