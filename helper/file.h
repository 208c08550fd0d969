/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LXC_SRIOV_FILE_H
#define LXC_SRIOV_FILE_H

/*
 * Makes @text the content of the file @path, mode 0644: under another name of the same folder, synced and renamed,
 * so that a reader finds the old one or the new one, whole. Returns 0 or -errno; -ENOTSUP:
 * there is a device or a link of that name (/dev/stdout), which would be replaced.
 */
int file_replace(const char *path, const char *text);

#endif
