/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "devices.h"
#include "sysfs.h"

int device_look(const char *path, struct device *ret)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return -errno;
	if (!S_ISBLK(st.st_mode) && !S_ISCHR(st.st_mode))
		return -ENODEV;
	*ret = (struct device){ .number = st.st_rdev, .mode = st.st_mode & (S_IFMT | 0777) };
	return 0;
}

static bool numbers_overlap(dev_t a, dev_t b)
{
	dev_t disk;

	return a == b || (sysfs_disk_of(a, &disk) == 0 && disk == b) || (sysfs_disk_of(b, &disk) == 0 && disk == a);
}

bool device_overlaps(const struct device *a, const struct device *b)
{
	return S_ISBLK(a->mode) && S_ISBLK(b->mode) && numbers_overlap(a->number, b->number);
}

/* --- mounts --- */

/* The next word of @rest, with the kernel's escapes (\040 for a blank) undone. */
static char *next_word(char **rest)
{
	char *word = strsep(rest, " "), *to = word;

	for (const char *from = word; from && *from; to++) {
		if (from[0] == '\\' && strspn(from + 1, "01234567") >= 3) {
			*to = (char)((from[1] - '0') << 6 | (from[2] - '0') << 3 | (from[3] - '0'));
			from += 4;
		} else {
			*to = *from++;
		}
	}
	if (word)
		*to = '\0';
	return word;
}

/* ID PARENT MAJOR:MINOR ROOT POINT OPTIONS [FIELD...] - TYPE SOURCE OPTIONS; proc_pid_mountinfo(5) */
int device_parse_mount(const char *line, struct device_mount *ret)
{
	AUTO_FREE char *copy = xstrdup(line);
	char *rest = copy, *number = NULL, *number_rest, *point = NULL, *word, *source, *options;
	unsigned major_number, minor_number;

	copy[strcspn(copy, "\n")] = '\0';
	for (unsigned i = 0; i < 6; i++) {
		word = next_word(&rest);
		if (i == 2)
			number = word;
		else if (i == 4)
			point = word;
	}
	do
		word = next_word(&rest);
	while (word && strcmp(word, "-") != 0);
	(void)next_word(&rest);
	source = next_word(&rest);
	options = next_word(&rest);
	if (!options || !number)
		return -EINVAL;
	number_rest = number;
	number = strsep(&number_rest, ":");
	if (!number_rest || parse_uint(number, 0, UINT32_MAX, &major_number) ||
	    parse_uint(number_rest, 0, UINT32_MAX, &minor_number))
		return -EINVAL;
	*ret = (struct device_mount){ .number = makedev(major_number, minor_number),
				      .point = xstrdup(point),
				      .source = xstrdup(source),
				      .read_only = !strcmp(options, "ro") || !strncmp(options, "ro,", 3) };
	return 0;
}

void device_mount_clear(struct device_mount *mount)
{
	free(mount->point);
	free(mount->source);
	*mount = (struct device_mount){ 0 };
}

/* By the number of its files, and by its source where that is no device's. */
static bool is_mount_of(const struct device_mount *mount, const struct device *device)
{
	struct device source = { 0 };

	if (numbers_overlap(mount->number, device->number))
		return true;
	return !strncmp(mount->source, "/dev/", 5) && device_look(mount->source, &source) == 0 &&
	       device_overlaps(&source, device);
}

int device_find_mount(const struct device *device, struct device_mount *ret)
{
	AUTO_FILE FILE *file = fopen("/proc/self/mountinfo", "re");
	AUTO_MOUNT struct device_mount found = { 0 };
	AUTO_FREE char *line = NULL;
	size_t size = 0;

	if (!file)
		return -errno;
	while (getline(&line, &size, file) >= 0) {
		AUTO_MOUNT struct device_mount mount = { 0 };

		if (device_parse_mount(line, &mount) < 0 || !is_mount_of(&mount, device))
			continue;
		if (!found.point || (found.read_only && !mount.read_only)) {
			device_mount_clear(&found);
			found = mount;
			mount = (struct device_mount){ 0 };
		}
	}
	if (ferror(file))
		return -EIO;
	if (!found.point)
		return -ENOENT;
	*ret = found;
	found = (struct device_mount){ 0 };
	return 0;
}

int device_try(const char *path, int64_t deadline_ms)
{
	for (;;) {
		/* O_EXCL without O_CREAT is the kernel's claim to a block device; no medium in a drive is no harm */
		AUTO_CLOSE int fd = open(path, O_RDONLY | O_EXCL | O_NONBLOCK | O_CLOEXEC);

		if (fd >= 0 || errno == ENOMEDIUM)
			return 0;
		if (errno != EBUSY || util_now_ms() >= deadline_ms)
			return -errno;
		nanosleep(&(struct timespec){ .tv_nsec = 50000000 }, NULL);
	}
}

/* --- nodes in a container --- */

/* The folder @name of @folder, made where there is none. */
static int open_folder(int folder, const char *name)
{
	int fd;

	if (mkdirat(folder, name, 0755) < 0 && errno != EEXIST)
		return -errno;
	fd = openat(folder, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int make_node(int folder, const char *name, const struct device *device)
{
	struct stat st;

	if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		if (!S_ISBLK(st.st_mode) && !S_ISCHR(st.st_mode))
			return -EEXIST;
		if (unlinkat(folder, name, 0) < 0)
			return -errno;
	} else if (errno != ENOENT) {
		return -errno;
	}
	return mknodat(folder, name, device->mode, device->number) < 0 ? -errno : 0;
}

/* With O_PATH and O_NOFOLLOW a link is opened as such, and O_DIRECTORY refuses it: -ENOTDIR. */
static int make_below(int root, char *path, const struct device *device)
{
	AUTO_CLOSE int folder = open_folder(root, "dev");
	struct stat here, host;
	char *name = path + strlen("/dev/");

	if (folder < 0)
		return folder;
	if (fstat(folder, &here) < 0 || stat("/dev", &host) < 0)
		return -errno;
	if (here.st_dev == host.st_dev && here.st_ino == host.st_ino)
		return -EXDEV;
	for (char *slash; (slash = strchr(name, '/')); name = slash + 1) {
		int next;

		*slash = '\0';
		next = open_folder(folder, name);
		if (next < 0)
			return next;
		close(folder);
		folder = next;
	}
	return make_node(folder, name, device);
}

int device_make(int root, const char *path, const struct device *device)
{
	AUTO_FREE char *copy = xstrdup(path);
	mode_t mask = umask(0);
	int r = make_below(root, copy, device);

	umask(mask);
	return r;
}
