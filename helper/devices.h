/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LXC_SRIOV_DEVICES_H
#define LXC_SRIOV_DEVICES_H

#include <sys/types.h>

#include "util.h"

/* The one door to device nodes: the host's, which are looked at, and those in a container, which are made. */

struct device {
	dev_t number;
	mode_t mode; /* type and permissions of the host's node */
};

/*
 * Looks at a node of the host; links such as those in /dev/disk are followed. Returns 0, -ENODEV when it is neither
 * a block nor a character device, or -errno.
 */
int device_look(const char *path, struct device *ret);

/* Whether both are block devices and the same disk, or one a partition of the other. */
bool device_overlaps(const struct device *a, const struct device *b);

/* A mount of /proc/self/mountinfo, unescaped. */
struct device_mount {
	dev_t number; /* of its files: no device's with btrfs */
	char *point;
	char *source;
	bool read_only; /* the file system, not only this mount of it */
};

#define AUTO_MOUNT __attribute__((cleanup(device_mount_clear)))

/* One line of /proc/self/mountinfo. Returns 0 or -EINVAL; the caller owns the result: device_mount_clear(). */
int device_parse_mount(const char *line, struct device_mount *ret);
void device_mount_clear(struct device_mount *mount);

/*
 * Where the host has mounted a block device, a partition of it or the disk that it is a partition of: the first mount
 * that may write, or else the first. Returns 0, -ENOENT when there is none, or -errno.
 */
int device_find_mount(const struct device *device, struct device_mount *ret);

/*
 * Whether the kernel still lets somebody have the block device @path for himself, what mounts in any namespace, swap,
 * LVM and RAID do, with its partitions too. Programs that look at a disk may take it for a moment (mkfs, mdadm): waits
 * until @deadline_ms. Returns 0, -EBUSY when it is taken, or -errno.
 */
int device_try(const char *path, int64_t deadline_ms);

/*
 * Makes the node @path ("/dev/...") of a device below the folder @root, the root of a container that is being started:
 * owned by root, with the permissions of the host's node. No symbolic link below @root is followed. Folders are
 * created, and a device node that stands there is replaced. Returns 0 or -errno: -EEXIST when something else stands
 * there, -ENOTDIR when a link or a file is in the way, -EXDEV when the /dev below @root is the host's.
 */
int device_make(int root, const char *path, const struct device *device);

#endif
