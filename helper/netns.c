/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <ctype.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <sys/stat.h>

#include "log.h"
#include "netns.h"

static void add_unique(struct netns **list, size_t *n, ino_t own, pid_t pid, const char *path)
{
	struct netns *ns;
	struct stat st;

	if (stat(path, &st) < 0 || st.st_ino == own)
		return; /* ended meanwhile, or a kernel thread */
	for (size_t i = 0; i < *n; i++)
		if ((*list)[i].ino == st.st_ino)
			return;
	ns = GROW(*list, *n);
	ns->ino = st.st_ino;
	ns->pid = pid;
	ns->path = xstrdup(path);
}

int netns_list(const char *extra, struct netns **ret, size_t *ret_n)
{
	AUTO_DIR DIR *proc = opendir("/proc"), *named = opendir("/run/netns");
	struct netns *list = NULL;
	char path[PATH_MAX];
	struct stat self;
	size_t n = 0;

	if (!proc || stat(NETNS_SELF, &self) < 0)
		return -errno;
	if (extra)
		add_unique(&list, &n, self.st_ino, 0, extra);
	for (struct dirent *e; (e = readdir(proc));)
		if (isdigit((unsigned char)e->d_name[0])) {
			snprintf(path, sizeof(path), "/proc/%s/ns/net", e->d_name);
			add_unique(&list, &n, self.st_ino, (pid_t)strtol(e->d_name, NULL, 10), path);
		}
	for (struct dirent *e; named && (e = readdir(named));)
		if (e->d_name[0] != '.') {
			snprintf(path, sizeof(path), "/run/netns/%s", e->d_name);
			add_unique(&list, &n, self.st_ino, 0, path);
		}
	*ret = list;
	*ret_n = n;
	return 0;
}

void netns_list_free(struct netns *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(list[i].path);
	free(list);
}

char *netns_path(pid_t pid)
{
	return xasprintf("/proc/%d/ns/net", (int)pid);
}

bool netns_is_foreign(pid_t pid)
{
	AUTO_FREE char *path = netns_path(pid);
	struct stat self, other;

	return stat(NETNS_SELF, &self) == 0 && stat(path, &other) == 0 && self.st_ino != other.st_ino;
}

int netns_run(const char *path, int (*fn)(void *arg), void *arg)
{
	AUTO_CLOSE int self = open(NETNS_SELF, O_RDONLY | O_CLOEXEC);
	AUTO_CLOSE int target = open(path, O_RDONLY | O_CLOEXEC);
	int r;

	if (self < 0 || target < 0 || setns(target, CLONE_NEWNET) < 0)
		return -errno;
	r = fn(arg);
	if (setns(self, CLONE_NEWNET) < 0) {
		log_error("cannot return to the host's network namespace: %s", strerror(errno));
		exit(EXIT_FAILURE);
	}
	return r;
}

char *netns_container(pid_t pid)
{
	/* LXC 4 and later; Proxmox, which sets lxc.cgroup.dir.container to lxc/ID/ns, and LXC 3. */
	static const char *const marks[] = { "/lxc.payload.", ":/lxc/" };
	char path[64], line[PATH_MAX];
	AUTO_FILE FILE *f = NULL;

	snprintf(path, sizeof(path), "/proc/%d/cgroup", (int)pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		for (size_t i = 0; i < ARRAY_SIZE(marks); i++) {
			char *name = strstr(line, marks[i]);

			if (!name)
				continue;
			name += strlen(marks[i]);
			name[strcspn(name, "/\n")] = '\0';
			if (*name)
				return xstrdup(name);
		}
	return NULL;
}
