/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LXC_SRIOV_APPLY_H
#define LXC_SRIOV_APPLY_H

#include "plan.h"

/*
 * Carries a plan out. A step that fails is told in one line of @errors, the steps of its group before it
 * are undone in reverse, and what depends on the group is left out. What was written is read back; what
 * cannot be is told in @warnings. Returns 0, or -errno of the first failure.
 */
int apply(const struct plan *plan, struct strv *errors, struct strv *warnings);

#endif
