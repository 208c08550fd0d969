/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LXC_SRIOV_NETLINK_H
#define LXC_SRIOV_NETLINK_H

#include "attrs.h"
#include "strv.h"

/*
 * The one door to rtnetlink. Functions return 0 or the kernel's own -errno, which libnl's error codes
 * would have folded together.
 */

struct netlink;

#define AUTO_NETLINK __attribute__((cleanup(netlink_closep)))

/* @netns: the path of a namespace, or NULL for our own. The caller owns the result. */
int netlink_open(const char *netns, struct netlink **ret);
void netlink_close(struct netlink *nl);
static inline void netlink_closep(struct netlink **nl)
{
	netlink_close(*nl);
}

struct link {
	int ifindex;
	char name[IFNAMSIZ];
	struct mac mac;
	unsigned mtu;
	unsigned flags;          /* IFF_* */
	char pci[PCI_ADDR_SIZE]; /* "" when not on PCI, or the kernel is older than 5.14 */
	int master;              /* ifindex of the bridge or bond that it is a port of, 0: none */
	int lower;               /* ifindex of what it stands on in this namespace, as a VLAN does; 0: nothing */
	char kind[16];           /* "bridge", "vlan" ...; "" for hardware */
	struct strv altnames;
};

#define AUTO_LINK __attribute__((cleanup(link_clear)))

void link_clear(struct link *link);

/* Of a link's flags: whether there is a signal on its line. */
bool link_has_carrier(unsigned flags);

/* One link by name or altname; -ENODEV: there is none. */
int netlink_link_by_name(struct netlink *nl, const char *name, struct link *ret);
int netlink_link_by_index(struct netlink *nl, int ifindex, struct link *ret);
/* All links, in an array; the caller clears each and frees it. */
int netlink_links(struct netlink *nl, struct link **ret, size_t *ret_n);

/* A MAC that a bridge, or a network device itself (@self), has a use for. */
struct fdb_entry {
	int ifindex; /* the device, or the port that it is behind */
	int bridge;  /* 0: none */
	struct mac mac;
	bool self;  /* the device takes packets for it */
	bool local; /* the bridge's or the port's own, or set by hand; otherwise learned */
};

/* Every forwarding entry of all bridges and devices, in an array that the caller frees. */
int netlink_fdb(struct netlink *nl, struct fdb_entry **ret, size_t *ret_n);

/*
 * Reads VFs 0 to @n - 1 of a PF. Statistics are left out and the buffers are large: with them, or with
 * libnl's default ones, a long list comes back cut short without an error (6.1: 0 of 222 VFs, rc 0).
 * So @vfs[i].has says what really came.
 */
int netlink_vfs(struct netlink *nl, int pf_ifindex, struct vf_attrs *vfs, size_t n);

/* What a card's PF counts for a VF, and what the VF's netdev counts for itself. */
enum vf_counter {
	VF_RX_PACKETS,
	VF_TX_PACKETS,
	VF_RX_BYTES,
	VF_TX_BYTES,
	VF_RX_BROADCAST,
	VF_RX_MULTICAST,
	VF_RX_DROPPED,
	VF_TX_DROPPED,
	VF_COUNTERS
};

struct vf_stats {
	unsigned told; /* mask of 1 << counter */
	uint64_t count[VF_COUNTERS];
};

enum link_counter {
	LINK_RX_PACKETS,
	LINK_TX_PACKETS,
	LINK_RX_BYTES,
	LINK_TX_BYTES,
	LINK_RX_ERRORS,
	LINK_TX_ERRORS,
	LINK_RX_DROPPED,
	LINK_TX_DROPPED,
	LINK_RX_MULTICAST,
	LINK_COUNTERS
};

struct link_stats {
	uint64_t count[LINK_COUNTERS];
};

/*
 * Reads the PF's counters of VFs 0 to @n - 1: @stats[i].told says what came. A driver that counts nothing is not
 * told from one that counted nothing yet: the kernel says 0 of everything (rtnl_fill_vf()). With the counters a VF
 * takes about 295 bytes of a list whose length has 16 bits, so that of 222 VFs and more few or none come, without
 * an error.
 */
int netlink_vf_stats(struct netlink *nl, int pf_ifindex, struct vf_stats *stats, size_t n);
/* The same from a message of the kernel's, for the function above and for tests. */
struct nlmsghdr;
void netlink_parse_vf_stats(struct nlmsghdr *message, struct vf_stats *stats, size_t n);

/* The counters of the link @ifindex, where it still is the one at @pci (which may be ""); -ENODEV: it is not. */
int netlink_link_stats(struct netlink *nl, int ifindex, const char *pci, struct link_stats *ret);

/* Names of the links of our namespace that have an address other than a link-local one of IPv6. */
int netlink_addressed(struct strv *ret);

struct link_vf_change {
	unsigned vf;
	struct vf_attrs to; /* complete: attrs_complete() */
};

/*
 * Sets one attribute of several VFs of one PF in one message. After an error some of them may be set: the
 * kernel stops at the first VF that the driver refuses, and libnl lists them in reverse.
 */
int netlink_set_vfs(struct netlink *nl, int pf_ifindex, enum vf_attr attr, const struct link_vf_change *changes, size_t n);

/* Sets the IFF_* bits of @mask to those of @flags. */
int netlink_set_flags(struct netlink *nl, int ifindex, unsigned flags, unsigned mask);
int netlink_set_name(struct netlink *nl, int ifindex, const char *name);
int netlink_set_mac(struct netlink *nl, int ifindex, const struct mac *mac);
int netlink_set_mtu(struct netlink *nl, int ifindex, unsigned mtu);
int netlink_del_altname(struct netlink *nl, int ifindex, const char *altname);
int netlink_add_altname(struct netlink *nl, int ifindex, const char *altname);

/*
 * Moves a link into the namespace that @netns names, under a name of transit: Linux 6.1 moves first and renames
 * then, so that a name that is taken there would leave it moved and be an error. The link goes down, loses its
 * addresses, and may get another index. -EEXIST: an altname of it is taken there, and it is where it was.
 */
int netlink_move(struct netlink *nl, int ifindex, const char *netns);

int netlink_add_address(struct netlink *nl, int ifindex, const struct ipaddr *address);
/* A default route; a gateway that no address of the link reaches gets a route of its own, as LXC does it. */
int netlink_add_gateway(struct netlink *nl, int ifindex, const struct ipaddr *gateway);

/* The limit in Mbit/s that netlink_set_shaping() has put on what a link sends; 0: none. */
int netlink_shaping(struct netlink *nl, int ifindex, unsigned *ret);
/* Limits what a link sends to @mbit Mbit/s, by an HTB queueing discipline in place of its own; 0 takes that away. */
int netlink_set_shaping(struct netlink *nl, int ifindex, unsigned mbit);

/*
 * A socket that hears of links that appear, change and go. Open it before the change that is waited
 * for; netlink_watch() returns 0 when something happened since, -ETIMEDOUT at the deadline
 * (util_now_ms() clock), or -errno.
 */
int netlink_open_watch(struct netlink **ret);
int netlink_watch(struct netlink *nl, int64_t deadline_ms);

/* To poll together with others: readable when netlink_watch() would return at once. */
int netlink_fd(const struct netlink *nl);

/* The kernel's own words for the last error on this socket, "" when it had none (NETLINK_EXT_ACK). */
const char *netlink_error_text(const struct netlink *nl);
void netlink_clear_error_text(struct netlink *nl);

#endif
