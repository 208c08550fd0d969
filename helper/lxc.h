/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LXC_SRIOV_LXC_H
#define LXC_SRIOV_LXC_H

#include <sys/types.h>

#include "util.h"

/* The one door to liblxc. */

/* What LXC reads for one lxc.net.N in a container's configuration, includes followed; "" where unset. */
struct lxc_nic {
	char type[16];
	char link[64];
	char hwaddr[64];
};

/*
 * Reads lxc.net.@indexes[i] of container @name from @config_file into @ret[i], for @n of them.
 * Returns 0, or -EINVAL when liblxc does not take the file.
 */
int lxc_read_nics(const char *name, const char *config_file, const unsigned *indexes, size_t n, struct lxc_nic *ret);

/*
 * The same, and lxc.hook.pre-start and lxc.hook.post-stop, a line a hook, which the caller frees. Nothing is changed:
 * liblxc would clean up after an lxc-create that did not end (-EINPROGRESS).
 */
int lxc_read_container(const char *name, const char *config_file, const unsigned *indexes, size_t n,
		       struct lxc_nic *ret, char **ret_pre_start, char **ret_post_stop);

/*
 * Starts @command with a shell inside a running container, and does not wait for it to end. To be called without
 * our lock: it waits for the monitor, which may be running a hook of ours that waits for the lock. Returns 0 or
 * -errno.
 */
int lxc_exec(const char *name, const char *config_file, const char *command);

/* Where LXC keeps containers (lxc.lxcpath), such as /var/lib/lxc. */
const char *lxc_default_path(void);

/* The version of liblxc, such as 5.0.2. */
const char *lxc_library_version(void);

#endif
