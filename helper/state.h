/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LXC_SRIOV_STATE_H
#define LXC_SRIOV_STATE_H

#include "claim.h"
#include "strv.h"

/*
 * What must outlive one run: the lock, one record per claimed VF, and a mark on a PF whose VFs are being
 * created. All of it is in /run/lxc-sriov and is gone after a reboot, like what it describes. The
 * kernel is the truth: a record says how a VF was found and who asked for it, never where it is.
 */

#define STATE_DIR RUNSTATEDIR "/lxc-sriov"

/*
 * Waits for the lock that every verb holds while it changes the host. Returns 0 and a descriptor whose
 * closing lets it go, or -ETIMEDOUT with @ret_holder telling who has it ("pin, process 123"), or -errno.
 */
int state_lock(const char *verb, int64_t deadline_ms, int *ret_fd, char ret_holder[static 64]);

/*
 * Every claim there is, in an array that the caller frees. A record that cannot be read is not one;
 * each is named in a line of @warnings.
 */
int state_claims(struct strv *warnings, struct claim **ret, size_t *ret_n);
/* Writes a record so that after a crash the old one or the new one is there, whole. */
int state_write_claim(const struct claim *claim);
/* 0 also when there is no such record. */
int state_remove_claim(const char *vf_pci);

/*
 * The mark of a PF whose VFs are being created, or one of whose VFs is being probed, with the sriov_drivers_autoprobe
 * to go back to: what was killed half-way is finished by the next pin.
 */
int state_mark_creation(const char *pf_pci, bool autoprobe);
bool state_creation_marked(const char *pf_pci, bool *ret_autoprobe);
int state_unmark_creation(const char *pf_pci);

#endif
