/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LXC_SRIOV_NETNS_H
#define LXC_SRIOV_NETNS_H

#include <sys/types.h>

#include "util.h"

/* The one door to network namespaces. */

/* Our own namespace, to open. */
#define NETNS_SELF "/proc/self/ns/net"

struct netns {
	ino_t ino;
	pid_t pid;  /* a process in it; 0 when only a file holds it */
	char *path; /* what to open for it */
};

/*
 * Every network namespace but our own that a process is in or that /run/netns names, and the one at @extra
 * (NULL: none), which may be held by an open descriptor alone; each once. Returns 0 or -errno; the caller frees with netns_list_free().
 */
int netns_list(const char *extra, struct netns **ret, size_t *ret_n);
void netns_list_free(struct netns *list, size_t n);

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
