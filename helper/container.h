/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LXC_SRIOV_CONTAINER_H
#define LXC_SRIOV_CONTAINER_H

#include "config.h"

/* What a container has besides NICs, its CPUs, memory and devices: looked at on the host, and said in LXC's words. */

/* One line of LXC's configuration. */
struct container_line {
	const char *key;
	char *value;
	bool among; /* the key stands several times, and one of its values is this */
};

struct container_lines {
	struct container_line *line;
	size_t n;
};

#define AUTO_LINES __attribute__((cleanup(container_lines_clear)))

/*
 * The lines for @whole, the section [CONTAINER], or for none where it is NULL. What the host cannot give, a CPU that
 * it does not have or a disk that it has mounted, is an error. @starting: the container is about to run, and block
 * devices must not be in use in any other way either. Returns 0, or -EINVAL with every error in @errors; the caller
 * owns the result: container_lines_clear().
 */
int container_make_lines(const struct config *config, const struct config_nic *whole, bool starting,
			 struct strv *errors, struct strv *warnings, struct container_lines *ret);
void container_lines_clear(struct container_lines *lines);

/*
 * Whether the configuration that LXC reads for container @name from @config_file has @lines, makes the devices' nodes,
 * and lets the container use no device that is another's. Adds to @errors what differs.
 */
void container_compare(const struct config *config, const char *name, const char *config_file,
		       const struct container_lines *lines, struct strv *errors);

/*
 * Makes the nodes of the devices of @whole below @root, the root of the container that is being started. Returns 0, or
 * -errno with an error in @errors.
 */
int container_make_nodes(const struct config_nic *whole, const char *root, struct strv *errors);

#endif
