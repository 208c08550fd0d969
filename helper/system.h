/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LXC_SRIOV_SYSTEM_H
#define LXC_SRIOV_SYSTEM_H

#include "util.h"

/* The one door to what the running system says of itself: kernel, memory, sysctl, systemd, network managers. */

/* Such as 6.1.0-18-amd64; the caller frees. */
char *system_kernel_release(void);
/* The kernel's command line, without the end of the line; "" when it cannot be read. The caller frees. */
char *system_command_line(void);

/* The size of the huge pages that the kernel calls default, in kilobytes; 0: it knows none. */
unsigned system_default_hugepage(void);
/* Whether a file system of this type is mounted somewhere. */
bool system_has_mounted(const char *type);

/*
 * What the files of sysctl.d(5) and /etc/sysctl.conf set @key ("vm.nr_hugepages") to at boot; the last one counts.
 * Returns false where none does; otherwise the caller frees both.
 */
bool system_sysctl_at_boot(const char *key, char **ret_value, char **ret_file);

/* Whether systemd is init here. */
bool system_runs_systemd(void);
/* Whether a unit stands in some .wants or .requires of this host. */
bool system_unit_is_enabled(const char *unit);

/* Whether the manager, by its own record, has the netdev in its care. */
bool system_networkmanager_has(int ifindex);
bool system_networkd_has(int ifindex);

/* The text of a small file; NULL: it cannot be read. The caller frees. */
char *system_read_file(const char *path);

#endif
