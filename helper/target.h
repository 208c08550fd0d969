/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LXC_SRIOV_TARGET_H
#define LXC_SRIOV_TARGET_H

#include "parse.h"
#include "process.h"
#include "strv.h"

/* What attach gives a VF to, and where that is: docker:web, lxc:web, podman:web, pid:123, netns:PATH. */

#define TARGET_NAME_SIZE 256

struct target {
	enum runtime runtime;
	const char *name; /* a container's, a process's number, or the path of a namespace */
};

/* Fills @ret, which points into @text, and returns NULL, or what is wrong with it, as parse.h does. */
const char *target_parse(const char *text, struct target *ret);
/* "docker:web"; the caller frees. */
char *target_format(const struct target *target);

/* A target that is there. */
struct place {
	struct process holder; /* for as long as it lives the VF is the target's; pid 0: netns_id says how long */
	uint64_t netns_id[2];  /* of a namespace that is mounted: netns_identify() */
	char *netns;           /* to open; it stays the same namespace whatever becomes of the process */
	int netns_fd;          /* what that stands for */
	char *config_file;     /* a container's of LXC's; NULL: there is none */
};

#define AUTO_PLACE __attribute__((cleanup(place_clear)))

/*
 * Finds out whether the target runs, in a network namespace other than ours, and where. It asks the runtime, which may
 * wait for one of our hooks: to be called without our lock. @lxcpath: where LXC keeps containers, NULL: its default;
 * Returns 0, or -errno with a line in @errors; -ESRCH: it does not run, -ENOENT: there is no such thing.
 */
int target_resolve(const struct target *target, const char *lxcpath, struct strv *errors, struct place *ret);

/* The same for a container whose init is known, from an event for example. */
int target_place(const struct target *target, pid_t init, struct strv *errors, struct place *ret);
void place_clear(struct place *place);

/* Where the runtime, docker or podman, answers. */
const char *target_socket(enum runtime runtime);

#endif
