/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <ctype.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <mntent.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "log.h"
#include "netns.h"

struct walk {
	ino_t own, *seen;
	size_t n_seen;
	bool (*visit)(const struct netns *ns, void *arg);
	void *arg;
};

/* The functions below return false to end the walk. */
static bool meet(struct walk *w, struct netns ns)
{
	struct stat st;

	if (stat(ns.path, &st) < 0 || st.st_ino == w->own)
		return true; /* ended meanwhile, or a kernel thread */
	for (size_t i = 0; i < w->n_seen; i++)
		if (w->seen[i] == st.st_ino)
			return true;
	*GROW(w->seen, w->n_seen) = st.st_ino;
	return w->visit(&ns, w->arg);
}

static bool for_each_number(const char *dir, bool (*fn)(struct walk *w, pid_t pid, int number), struct walk *w, pid_t pid)
{
	AUTO_DIR DIR *d = opendir(dir);

	for (struct dirent *e; d && (e = readdir(d));)
		if (isdigit((unsigned char)e->d_name[0]) && !fn(w, pid, (int)strtol(e->d_name, NULL, 10)))
			return false;
	return true;
}

static bool meet_process(struct walk *w, pid_t self, int pid)
{
	struct netns ns = { .pid = pid };

	(void)self;
	snprintf(ns.path, sizeof(ns.path), "/proc/%d/ns/net", pid);
	return meet(w, ns);
}

static bool meet_mounts(struct walk *w)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	struct mntent *m;
	bool more = true;

	while (mounts && more && (m = getmntent(mounts))) {
		struct netns ns = { 0 };

		if (!strcmp(m->mnt_type, "nsfs") && COPY(ns.path, m->mnt_dir))
			more = meet(w, ns);
	}
	if (mounts)
		endmntent(mounts);
	return more;
}

static bool meet_thread(struct walk *w, pid_t pid, int tid)
{
	struct netns ns = { .pid = pid };

	snprintf(ns.path, sizeof(ns.path), "/proc/%d/task/%d/ns/net", (int)pid, tid);
	return meet(w, ns);
}

static bool meet_descriptor(struct walk *w, pid_t pid, int fd)
{
	struct netns ns = { .kept_by = pid };
	char target[16];
	ssize_t n;

	snprintf(ns.path, sizeof(ns.path), "/proc/%d/fd/%d", (int)pid, fd);
	n = readlink(ns.path, target, sizeof(target));
	return n < 4 || memcmp(target, "net:", 4) != 0 || meet(w, ns);
}

static bool meet_rest_of_process(struct walk *w, pid_t self, int pid)
{
	char dir[32];

	(void)self;
	snprintf(dir, sizeof(dir), "/proc/%d/task", pid);
	if (!for_each_number(dir, meet_thread, w, pid))
		return false;
	snprintf(dir, sizeof(dir), "/proc/%d/fd", pid);
	return for_each_number(dir, meet_descriptor, w, pid);
}

int netns_each(bool (*visit)(const struct netns *ns, void *arg), void *arg)
{
	struct walk w = { .visit = visit, .arg = arg };
	struct stat self;

	if (stat(NETNS_SELF, &self) < 0)
		return -errno;
	w.own = self.st_ino;
	if (for_each_number("/proc", meet_process, &w, 0) && meet_mounts(&w))
		for_each_number("/proc", meet_rest_of_process, &w, 0);
	free(w.seen);
	return 0;
}

char *netns_path(pid_t pid)
{
	return xasprintf("/proc/%d/ns/net", (int)pid);
}

int netns_open(const char *path)
{
	AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0)
		return -errno;
	if (ioctl(fd, NS_GET_NSTYPE) != CLONE_NEWNET)
		return -EINVAL;
	return STEAL_FD(fd);
}

bool netns_same(const char *a, const char *b)
{
	struct stat x, y;

	return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_ino == y.st_ino && x.st_dev == y.st_dev;
}

bool netns_is_ours(int fd)
{
	struct stat self, other;

	return stat(NETNS_SELF, &self) == 0 && fstat(fd, &other) == 0 && self.st_ino == other.st_ino &&
	       self.st_dev == other.st_dev;
}

int netns_identify(const char *path, uint64_t ret[static 2])
{
	struct statfs fs;
	struct stat st;

	if (lstat(path, &st) < 0 || statfs(path, &fs) < 0)
		return -errno;
	if (S_ISLNK(st.st_mode))
		return -ELOOP;
	if (fs.f_type != NSFS_MAGIC || !S_ISREG(st.st_mode))
		return -EINVAL;
	ret[0] = st.st_ino;
	ret[1] = (uint64_t)st.st_ctim.tv_sec * 1000000000 + (uint64_t)st.st_ctim.tv_nsec;
	return 0;
}

bool netns_is_foreign(pid_t pid)
{
	AUTO_FREE char *path = netns_path(pid);
	struct stat self, other;

	return stat(NETNS_SELF, &self) == 0 && stat(path, &other) == 0 && self.st_ino != other.st_ino;
}

static bool leads_to(int dir, const char *name, pid_t pid)
{
	AUTO_FREE char *want = netns_path(pid);
	char link[64];
	ssize_t n = readlinkat(dir, name, link, sizeof(link));

	return n > 0 && (size_t)n == strlen(want) && !memcmp(link, want, (size_t)n);
}

static int open_names(void)
{
	int fd;

	if (mkdir(NETNS_NAMES, 0755) < 0 && errno != EEXIST)
		return -errno;
	fd = open(NETNS_NAMES, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int netns_add_name(const char *name, pid_t pid, pid_t old_pid)
{
	AUTO_FREE char *path = netns_path(pid);
	AUTO_CLOSE int dir = open_names();

	if (dir < 0)
		return dir;
	if (leads_to(dir, name, pid))
		return 0;
	if (old_pid && leads_to(dir, name, old_pid))
		(void)unlinkat(dir, name, 0);
	return symlinkat(path, dir, name) < 0 ? -errno : 0;
}

int netns_remove_name(const char *name, pid_t pid)
{
	AUTO_CLOSE int dir = open(NETNS_NAMES, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0)
		return errno == ENOENT ? 0 : -errno;
	return leads_to(dir, name, pid) && unlinkat(dir, name, 0) < 0 ? -errno : 0;
}

int netns_run(const char *path, int (*fn)(void *arg), void *arg)
{
	AUTO_CLOSE int self = open(NETNS_SELF, O_RDONLY | O_CLOEXEC);
	AUTO_CLOSE int target = netns_open(path);
	int r;

	/* Unmounted, a namespace leaves its file behind; Docker's (libnetwork) does so for up to a minute. */
	if (target < 0)
		return target == -EINVAL ? -ENOENT : target;
	if (self < 0 || setns(target, CLONE_NEWNET) < 0)
		return -errno;
	r = fn(arg);
	if (setns(self, CLONE_NEWNET) < 0) {
		log_error("cannot return to the host's network namespace: %s", strerror(errno));
		exit(EXIT_FAILURE);
	}
	return r;
}
