/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LXC_SRIOV_ATTACH_H
#define LXC_SRIOV_ATTACH_H

#include "cmds.h"
#include "target.h"

/* Giving VFs to what runs, and taking them back: what attach, detach and watch share. Both take the lock, and log. */

/*
 * Gives @target, which is at @place, the @n NICs of @config. Those that it has, as they should be, cost nothing. After a
 * failure it has none of those that it did not have before.
 */
enum status attach_run(const struct invocation *inv, const struct target *target, const struct place *place,
		       const struct config *config, const struct config_nic *const *nics, size_t n);

/*
 * Brings home what attach gave @target: the VF that is called @inside there, NULL: all. @only_dead: only where the life
 * of the target that it was given for is over, so that a word of an end that comes late does not undo a newer start.
 * Nothing to do is no failure.
 */
enum status detach_run(const struct invocation *inv, const struct target *target, const char *inside, bool only_dead);

#endif
