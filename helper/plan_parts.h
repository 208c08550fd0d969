/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LXC_SRIOV_PLAN_PARTS_H
#define LXC_SRIOV_PLAN_PARTS_H

#include "plan.h"

/* What the plans of plan_*.c are made of. */

/* Add a step: to a PF or VF, to the VF of a NIC on its container's behalf, or like @model but for what is named. */
struct step *plan_add(struct plan *plan, enum act act, unsigned group, unsigned after, const struct host_pf *pf, unsigned vf);
void plan_add_for_nic(struct plan *plan, enum act act, unsigned group, unsigned after, const struct host_pf *pf,
		      const struct config_nic *nic);
void plan_add_like(struct plan *plan, const struct step *model, enum act act, unsigned group, unsigned after);

/* Sets one attribute of the VF of a NIC. */
void plan_add_attr(struct plan *plan, unsigned group, unsigned after, const struct host_pf *pf,
		   const struct config_nic *nic, enum vf_attr attr);

/* Sets the MTU of a NIC's netdev where it differs, or where @anew says that the netdev may be a new one by then. */
void plan_add_mtu(struct plan *plan, unsigned group, unsigned after, const struct host_pf *pf,
		  const struct config_nic *nic, bool anew);

/* In the namespace at @netns, what a container's VF that is limited to @now may send. @nic NULL: no limit any more. */
void plan_add_shape(struct plan *plan, unsigned group, unsigned after, const struct host_pf *pf,
		    const struct host_vf *vf, const struct config_nic *nic, const char *netns, unsigned now);

/*
 * Whether the VF can be had for the NIC, now or after a wait, and its PF; otherwise NULL, and an error says why not or who
 * has it.
 */
const struct host_pf *plan_check_nic(struct plan *plan, const struct config *config, const struct config_nic *nic,
				     const struct start *start, const struct host *host);

/* Gets the VF of a NIC a netdev here. */
void plan_add_arrival(struct plan *plan, unsigned group, const struct config_nic *nic, const struct host_pf *pf,
		      const struct start *start);

/* The same as pin does for this one VF, in a group of its own; @arrived: it is here by then. */
void plan_add_pin(struct plan *plan, const struct config_nic *nic, const struct host_pf *pf, const struct start *start,
		  bool arrived);

/* Records whose the VF is; what the caller knows of the claim besides is its to fill in. */
struct claim *plan_add_claim(struct plan *plan, unsigned group, const struct config_nic *nic, const struct host_pf *pf,
			     const struct start *start);

/* Whether the PF's VFs can be pinned at all; otherwise an error says why not. */
bool plan_check_pf(struct plan *plan, const struct config_pf *section, const struct host_pf *pf);

bool host_pf_is_up(const struct host_pf *pf);

/*
 * What is so of a VF, NULL being one that is about to be created. An admin MAC that the kernel does not list (a PF
 * with very many VFs) is taken for right where the netdev is.
 */
bool host_vf_attr_differs(const struct host_vf *vf, const struct vf_attrs *want, enum vf_attr attr);
bool host_vf_effective_differs(const struct host_vf *vf, const struct mac *mac);
bool host_vf_is_unbound(const struct host_vf *vf);

/* Whether it hands the device to user space: there is no netdev to wait for then. */
bool driver_makes_no_netdev(const char *driver);

/* "; vf 0 is container web's, vf 3 is up on the host": who uses VFs of the PF, "" for nobody. The caller frees. */
char *plan_holders(const struct host_pf *pf);

/* "the network namespace of process 12": where a VF is that was located. The caller frees. */
char *plan_where(const struct host_vf *vf);

/* Brings home the VF of a claim: @vf is NULL when it does not exist any more. */
void plan_bring_home(struct plan *plan, const struct claim *claim, const struct host_pf *pf, const struct host_vf *vf);

#endif
