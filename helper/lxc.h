/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LXC_SRIOV_LXC_H
#define LXC_SRIOV_LXC_H

#include <sys/types.h>

#include "strv.h"

/* The one door to liblxc, which is loaded at its first use; -ENOPKG: it cannot be, and LXC_ABSENT is what to say then. */
#define LXC_ABSENT "liblxc cannot be loaded, and LXC is asked with it; install Debian's package liblxc1"

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

/* Our hook, as configurations name it. */
#define LXC_HOOK LXCDATADIR "/hooks/lxc-sriov"
/* Whether it stands among the container's lxc.hook.@type. */
bool lxc_has_hook(const char *name, const char *config_file, const char *type);

/*
 * The values that LXC reads for @keys in a container's configuration, such as lxc.autodev, includes followed, into
 * @ret[i], for @n of them: a line each where a key may stand several times, "" where it is not set. Returns 0, and the
 * caller frees each, or -EINVAL when liblxc does not take the file.
 */
int lxc_read_items(const char *name, const char *config_file, const char *const *keys, size_t n, char **ret);

/* One lxc.net.N of a container that is defined, includes followed; "" where unset. */
struct lxc_defined_nic {
	char *container;
	unsigned index;
	char *type, *link, *name, *hwaddr, *mtu;
	char *ipv4, *ipv4_gateway, *ipv6, *ipv6_gateway; /* addresses: a line each */
};

/*
 * Every NIC of every container defined below @lxcpath, in the order of containers' names and NICs' numbers, into an
 * array for lxc_free_nics(). A container whose configuration LXC does not take goes into @unreadable. Returns 0, or
 * -errno when the folder cannot be read.
 */
int lxc_defined_nics(const char *lxcpath, struct strv *unreadable, struct lxc_defined_nic **ret, size_t *ret_n);
void lxc_free_nics(struct lxc_defined_nic *nics, size_t n);

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

/*
 * The init of a container that runs, below @lxcpath (NULL: LXC's default), and its configuration's path, which the caller
 * frees. It asks the monitor: to be called without our lock. -ENOENT: there is no such container, -ESRCH: it does not run.
 */
int lxc_find_init(const char *name, const char *lxcpath, pid_t *ret, char **ret_config_file);

/* Where LXC keeps containers (lxc.lxcpath), such as /var/lib/lxc. */
const char *lxc_default_path(void);

/* The version of liblxc, such as 5.0.2; NULL: it is not there. */
const char *lxc_library_version(void);
/* Its first number; 0 without liblxc. */
unsigned lxc_major_version(void);

#endif
