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

/* Whether a process is in another one than we are; false also when it has ended. */
bool netns_is_foreign(pid_t pid);

/*
 * Runs @fn inside the namespace that @path names, and returns what it returns, or -errno when the
 * namespace could not be entered. Sockets that @fn opens stay in that namespace. Being unable to come
 * back ends the program: everything after that would act on the wrong devices.
 */
int netns_run(const char *path, int (*fn)(void *arg), void *arg);

/*
 * Who lives there, for a message and for list: the container's name where the control group of @pid
 * tells it (lxc.payload.NAME), otherwise NULL. The caller frees.
 */
char *netns_container(pid_t pid);

#endif
