/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <sys/stat.h>

#include "file.h"
#include "util.h"

static int write_new(int dir, const char *name, const char *text)
{
	AUTO_CLOSE int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	size_t len = strlen(text);

	if (fd < 0)
		return -errno;
	while (len) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			text += n;
			len -= (size_t)n;
		}
	}
	/* Whoever runs us may have a umask that lets nobody else read. */
	return fchmod(fd, 0644) < 0 || fsync(fd) < 0 ? -errno : 0;
}

int file_replace(const char *path, const char *text)
{
	AUTO_FREE char *folder = xstrdup(path), *new = NULL;
	AUTO_CLOSE int dir = -1;
	char *slash = strrchr(folder, '/');
	const char *name = slash ? path + (slash - folder) + 1 : path;
	struct stat st;
	int r;

	if (!*name)
		return -EISDIR;
	if (slash)
		slash[slash == folder] = '\0';
	dir = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return -errno;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? -EISDIR : -ENOTSUP;
	/* Collectors of *.prom, and whoever reads *.conf, do not see it; of us there may be two. */
	new = xasprintf(".%s.%d", name, (int)getpid());
	if (unlinkat(dir, new, 0) < 0 && errno != ENOENT)
		return -errno;
	r = write_new(dir, new, text);
	if (r == 0 && renameat(dir, new, dir, name) < 0)
		r = -errno;
	if (r < 0)
		(void)unlinkat(dir, new, 0);
	return r;
}
