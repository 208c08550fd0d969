/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LXC_SRIOV_VIEW_H
#define LXC_SRIOV_VIEW_H

#include "plan.h"

/* What list and metrics say of a VF, from the snapshot and the configuration alone. */

/* Gives each PF of a snapshot of every PF the section it has, so that plan_pin() can be asked. */
void view_add_sections(struct host *host, const struct config *config);

/* Whether its netdev is known: @vf->link says something. */
bool view_has_netdev(const struct host_vf *vf);

/* Who has it, or else whom the configuration gives it to; NULL: nobody. */
const char *view_container(const struct config *config, const struct host_pf *pf, const struct host_vf *vf);
/* Whom the configuration gives it to, or else who has it; NULL: nobody. */
const char *view_owner(const struct config *config, const struct host_pf *pf, const struct host_vf *vf);

/* The same, by the name and the runtime that it has. */
const char *view_owner_name(const struct config *config, const struct host_pf *pf, const struct host_vf *vf,
			    enum runtime *ret_runtime);

/* Where its netdev is, in a word or two; "inside": in the container @owner, which may be NULL. The caller frees. */
char *view_where(const struct host_vf *vf, const char *owner);

/* The driver that most is said of by naming it once: of the first VF that has a netdev; "": none has. */
const char *view_vf_driver(const struct host_pf *pf);

/* Whether a VF's attribute, which @told has, is not what cards start with. */
bool view_is_unusual(const struct vf_attrs *told, enum vf_attr attr);

/* What is not as configured, by @plan, which is plan_pin()'s, and by what runs with another MAC than it should. */
struct view_differences {
	unsigned attrs; /* mask of VF_ATTR(); VF_MAC is the admin MAC */
	bool effective; /* the effective MAC */
	bool mtu, driver;
};

struct view_differences view_differences(const struct plan *plan, const struct config *config, const struct host_pf *pf,
					 const struct host_vf *vf);
bool view_pf_is_down(const struct plan *plan, const struct host_pf *pf);

#endif
