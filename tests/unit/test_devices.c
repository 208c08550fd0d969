/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include <sys/sysmacros.h>

#include "../../helper/devices.h"

static void test_mounts(void **state)
{
	static const struct {
		const char *line;
		unsigned number[2];
		const char *point, *source;
		bool read_only;
	} rows[] = {
		{ "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue", { 98, 0 }, "/mnt2", "/dev/root", false },
		{ "22 1 254:1 / / rw,relatime - ext4 /dev/vda1 rw\n", { 254, 1 }, "/", "/dev/vda1", false },
		{ "22 1 259:1 / /srv/a\\040b rw shared:1 master:2 - xfs /dev/disk/by-id/a\\134x ro,x=y",
		  { 259, 1 },
		  "/srv/a b",
		  "/dev/disk/by-id/a\\x",
		  true },
		{ "23 1 8:17 / /mnt ro,noatime - ext4 /dev/sdb1 rw", { 8, 17 }, "/mnt", "/dev/sdb1", false }, /* this mount of it only */
		{ "24 1 0:41 /@ /home rw - btrfs /dev/sdc ro", { 0, 41 }, "/home", "/dev/sdc", true },
		{ "25 1 0:41 / /home rw - tmpfs rofs rows", { 0, 41 }, "/home", "rofs", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		AUTO_MOUNT struct device_mount mount = { 0 };

		unit_same_uint(rows[i].line, "error", (unsigned)-device_parse_mount(rows[i].line, &mount), 0);
		unit_same_uint(rows[i].line, "major", major(mount.number), rows[i].number[0]);
		unit_same_uint(rows[i].line, "minor", minor(mount.number), rows[i].number[1]);
		unit_same(rows[i].line, "point", mount.point, rows[i].point);
		unit_same(rows[i].line, "source", mount.source, rows[i].source);
		unit_same_uint(rows[i].line, "read-only", mount.read_only, rows[i].read_only);
	}
	UNIT_TABLE_END;
}

/* Cut short anywhere before its last word, a line is none. */
static void test_no_mounts(void **state)
{
	static const char *const lines[] = { "",
					     "\n",
					     " ",
					     "-",
					     "1 2 3 4 5 6 - a b c",
					     "22 1 8:x / / rw - ext4 /dev/sda rw",
					     "22 1 :1 / / rw - ext4 /dev/sda rw",
					     "22 1 8: / / rw - ext4 /dev/sda rw" };
	char whole[] = "22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw";
	struct device_mount mount = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		unit_same_uint(lines[i], "error", (unsigned)-device_parse_mount(lines[i], &mount), EINVAL);
	for (size_t len = strlen(whole) - 3; len; len--) {
		whole[len] = '\0';
		unit_same_uint(whole, "error", (unsigned)-device_parse_mount(whole, &mount), EINVAL);
	}
	assert_null(mount.point);
	UNIT_TABLE_END;
}

static void test_look(void **state)
{
	struct device null, zero, link, file = { .number = 42 };

	(void)state;
	unit_write("file", "");
	assert_int_equal(symlink("/dev/null", "link"), 0);
	assert_int_equal(device_look("/dev/null", &null), 0);
	assert_int_equal(device_look("/dev/zero", &zero), 0);
	assert_int_equal(device_look("link", &link), 0);
	assert_int_equal(null.mode & S_IFMT, S_IFCHR);
	assert_int_equal(null.number, makedev(1, 3));
	assert_int_equal(link.number, null.number);
	assert_false(device_overlaps(&null, &null)); /* not a disk */
	assert_int_equal(device_look("file", &file), -ENODEV);
	assert_int_equal(device_look(".", &file), -ENODEV);
	assert_int_equal(device_look("absent", &file), -ENOENT);
	assert_int_equal(device_look("file/x", &file), -ENOTDIR);
	assert_int_equal(file.number, 42);
}

/* A root that the container has prepared: whatever leads out of it is refused, and nothing behind it touched. */
static void test_traps(void **state)
{
	static const struct {
		const char *path;
		int error;
	} rows[] = {
		{ "/dev/file", EEXIST },       { "/dev/link", EEXIST },           { "/dev/dangling", EEXIST },
		{ "/dev/folder", EEXIST },     { "/dev/out/node", ENOTDIR },      { "/dev/up/node", ENOTDIR },
		{ "/dev/file/node", ENOTDIR }, { "/dev/dangling/node", ENOTDIR }, { "/dev/folder/out/node", ENOTDIR },
	};
	const struct device null = { .number = makedev(1, 3), .mode = S_IFCHR | 0666 };
	AUTO_CLOSE int root = -1;
	struct stat st;

	(void)state;
	assert_int_equal(mkdir("victim", 0755), 0);
	unit_write("victim/file", "precious");
	assert_int_equal(mkdir("root", 0755), 0);
	assert_int_equal(mkdir("root/dev", 0755), 0);
	assert_int_equal(mkdir("root/dev/folder", 0755), 0);
	unit_write("root/dev/file", "precious");
	assert_int_equal(symlink("../../victim/file", "root/dev/link"), 0);
	assert_int_equal(symlink("../../victim/new", "root/dev/dangling"), 0);
	assert_int_equal(symlink("../../victim", "root/dev/out"), 0);
	assert_int_equal(symlink("..", "root/dev/up"), 0);
	assert_int_equal(symlink("../../../victim", "root/dev/folder/out"), 0);
	root = open("root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		unit_same_uint(rows[i].path, "error", (unsigned)-device_make(root, rows[i].path, &null),
			       (unsigned)rows[i].error);
	assert_int_equal(lstat("root/dev/link", &st), 0);
	assert_int_equal(lstat("root/dev/file", &st), 0);
	assert_int_equal(st.st_size, strlen("precious"));
	assert_int_equal(lstat("victim/file", &st), 0);
	assert_int_equal(st.st_size, strlen("precious"));
	assert_int_equal(lstat("victim/node", &st), -1);
	assert_int_equal(lstat("victim/new", &st), -1);
	assert_int_equal(lstat("root/node", &st), -1);
	UNIT_TABLE_END;
}

static void test_root_is_link(void **state)
{
	const struct device null = { .number = makedev(1, 3), .mode = S_IFCHR | 0666 };
	AUTO_CLOSE int root = -1, host = -1;
	struct stat st;

	(void)state;
	assert_int_equal(mkdir("evil", 0755), 0);
	assert_int_equal(mkdir("elsewhere", 0755), 0);
	assert_int_equal(symlink("../elsewhere", "evil/dev"), 0);
	root = open("evil", O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(device_make(root, "/dev/node", &null), -ENOTDIR);
	assert_int_equal(lstat("elsewhere/node", &st), -1);

	host = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(device_make(host, "/dev/lxc-sriov-test", &null), -EXDEV);
	assert_int_equal(lstat("/dev/lxc-sriov-test", &st), -1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mounts), cmocka_unit_test(test_no_mounts),    cmocka_unit_test(test_look),
		cmocka_unit_test(test_traps),  cmocka_unit_test(test_root_is_link),
	};

	return cmocka_run_group_tests_name("devices", tests, unit_enter_folder, unit_leave_folder);
}
