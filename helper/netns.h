/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LXC_SRIOV_NETNS_H
#define LXC_SRIOV_NETNS_H

#include <sys/types.h>

#include "util.h"

/* The one door to network namespaces. */

/* Our own namespace, to open. */
#define NETNS_SELF "/proc/self/ns/net"

struct netns {
	pid_t pid;     /* a process that lives in it; 0: none does */
	pid_t kept_by; /* then: a process that keeps it open; 0: a mount does */
	char path[96]; /* what to open for it */
};

/*
 * Goes through the network namespaces other than our own, each once, until @visit returns false: first those that
 * processes live in and those that are mounted, then those that single threads live in or that nothing but an open
 * descriptor keeps (LXC's monitor, once its container has ended). Returns 0 or -errno.
 */
int netns_each(bool (*visit)(const struct netns *ns, void *arg), void *arg);

/* What to open for the namespace of a process; the caller frees. */
char *netns_path(pid_t pid);

/* Opens a network namespace; returns a descriptor, or -errno, -EINVAL: it is none. */
int netns_open(const char *path);
/* Whether two paths lead to one namespace. */
bool netns_same(const char *a, const char *b);
/* Whether an open one is our own. */
bool netns_is_ours(int fd);

/*
 * Tells apart the namespaces that are mounted at @path at different times: the number of one is used again soon, the time
 * since when the kernel knows it (nsfs keeps that as long as it is mounted) is not. -EINVAL: none is mounted
 * there, -ELOOP: it is a link, perhaps to that of a process, of which the same cannot be said.
 */
int netns_identify(const char *path, uint64_t ret[static 2]);

/* Whether a process is in another one than we are; false also when it has ended. */
bool netns_is_foreign(pid_t pid);

/* Where ip-netns(8) looks for namespaces. */
#define NETNS_NAMES "/run/netns"

/*
 * Names the namespace of a process there: a link. One that is there already is left alone, -EEXIST, but for what this
 * function made for @pid, or for @old_pid (0: nobody), which had the name before.
 */
int netns_add_name(const char *name, pid_t pid, pid_t old_pid);
/* Takes it away; 0 also where there is none, or one that is somebody else's. */
int netns_remove_name(const char *name, pid_t pid);

/*
 * Runs @fn inside the namespace that @path names, and returns what it returns, or -errno when the
 * namespace could not be entered, -ENOENT: it has ended. Sockets that @fn opens stay in that namespace. Being unable to come
 * back ends the program: everything after that would act on the wrong devices.
 */
int netns_run(const char *path, int (*fn)(void *arg), void *arg);

#endif
