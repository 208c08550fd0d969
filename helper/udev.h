/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LXC_SRIOV_UDEV_H
#define LXC_SRIOV_UDEV_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Waits until udevd has finished with a netdev that appeared a moment ago, since it renames netdevs
 * and would undo a rename that comes before its own. Returns at once where no udevd runs, and at the
 * deadline (util_now_ms() clock) in any case.
 */
void udev_settle(int ifindex, int64_t deadline_ms);

/* Whether udevd's record of a netdev says @property ("NM_UNMANAGED=1"). False as well where there is no record. */
bool udev_has(int ifindex, const char *property);

/* Whether udevd calls a netdev @name, by whichever of its schemes: ID_NET_NAME, ID_NET_NAME_PATH and so on. */
bool udev_calls(int ifindex, const char *name);

#endif
