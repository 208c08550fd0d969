/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LXC_SRIOV_ATTRS_H
#define LXC_SRIOV_ATTRS_H

#include "parse.h"

/*
 * What a PF enforces on one of its VFs. The order is that in which attributes are set: a driver may refuse a MAC or
 * reset the VF after a later one (Intel's cards want the MAC before spoofchk).
 */
enum vf_attr { VF_VLAN, VF_MAC, VF_SPOOFCHK, VF_TRUST, VF_RATE, VF_LINK_STATE, VF_RSS_QUERY, VF_ATTRS };

#define VF_ATTR(attr) (1U << (attr))
/* A part of VLAN or rate that is to stay what it is. */
#define VF_KEEP UINT32_MAX

/* As configured: what shall be so. As read from the PF: what the driver tells. */
struct vf_attrs {
	unsigned has; /* mask of VF_ATTR(): those that are meant, or were told; the others' fields say nothing */
	struct mac mac;
	uint32_t vlan, vlan_qos, vlan_proto; /* 0: no VLAN; proto: ETH_P_8021Q or ETH_P_8021AD; the latter two may be VF_KEEP */
	uint32_t min_tx_rate, max_tx_rate; /* Mbit/s, 0: no limit; either may be VF_KEEP */
	uint32_t link_state;               /* IFLA_VF_LINK_STATE_* */
	bool spoofchk, trust, rss_query;
};

/* Makes one attribute of @to, which it has from then on, that of @from. */
void attrs_copy(struct vf_attrs *to, const struct vf_attrs *from, enum vf_attr attr);

/* Whether the attribute is known to be what @want says. */
bool attrs_agree(const struct vf_attrs *want, const struct vf_attrs *now, enum vf_attr attr);

/* @want with its VF_KEEP parts filled in from @now, or with the kernel's defaults where that does not tell. */
struct vf_attrs attrs_complete(const struct vf_attrs *want, const struct vf_attrs *now);

/* "vlan 100, qos 3": one attribute for messages and for list. The caller frees. */
char *attrs_format(const struct vf_attrs *a, enum vf_attr attr);

/* Its link_state as the configuration spells it; "?": one that is not known here. */
const char *attrs_link_state(const struct vf_attrs *a);

/* The key of the configuration that makes @a have the attribute, for messages. */
const char *attrs_name(const struct vf_attrs *a, enum vf_attr attr);

/* The attribute that a key of the configuration is part of ("max_tx_rate": VF_RATE); VF_ATTRS: none. */
enum vf_attr attrs_of_key(const char *key);

#endif
