/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LXC_SRIOV_VF_H
#define LXC_SRIOV_VF_H

#include "netlink.h"

/*
 * What is done to one VF, found by its PCI address whatever its netdev is called. Functions return 0 or
 * -errno; deadlines are on the clock of util_now_ms().
 */

#define VF_DEADLINE_MS 10000

/* Its netdev as it is now; -EXDEV: in another namespace, -ENODEV: it has none. */
int vf_link(struct netlink *nl, const char *pci, struct link *ret);

/* The same once udevd is done with it, so that its name stays. */
int vf_settle(struct netlink *nl, const char *pci, int64_t deadline_ms, struct link *ret);

/* Waits until it has a netdev here; -ETIMEDOUT, or -ENOENT when the VF itself is gone. */
int vf_await_netdev(const char *pci, int64_t deadline_ms);

/*
 * Binds its driver, loading the module if need be, whatever sriov_drivers_autoprobe says, and waits for
 * the netdev. -ENODEV: no driver took it.
 */
int vf_bind(const char *pci, int64_t deadline_ms);

/*
 * Starts the drivers of many VFs at the same time, for vf_bind() to find them done: it is that which waits, and says
 * what went wrong with one.
 */
void vf_start_drivers(char (*pci)[PCI_ADDR_SIZE], size_t n);

/*
 * Gives its netdev the MAC, which the PF must know already. igb, ixgbe and others refuse a MAC from the
 * VF's side once one was set administratively, the same one included, and hand it to the VF only when
 * its driver starts: so where setting it does not help, the driver is unbound and bound. The netdev
 * keeps its name. -EADDRNOTAVAIL: it still has another one.
 */
int vf_set_effective_mac(struct netlink *nl, const char *pci, const struct mac *mac, int64_t deadline_ms);

/*
 * Renames its netdev, which goes down for it, after udevd is done with it. Altnames of its own that are
 * @name, or @inside (the name it will have in the container; may be ""), go: the kernel takes them for
 * a name that exists. -EEXIST: another device has the name, and nothing was changed.
 */
int vf_rename(struct netlink *nl, const char *pci, const char *name, const char *inside, int64_t deadline_ms);

/*
 * Brings its netdev home out of the namespace at @netns, under a name of transit; or, where the namespace has ended, or has it
 * no more, waits until the kernel has brought it. -ETIMEDOUT: it did not come.
 */
int vf_fetch(const char *pci, const char *netns, int64_t deadline_ms);

/*
 * Moves its netdev, after udevd is done with it, into the namespace at @netns as @name. After an error it is where
 * it was; -EEXIST: the name is taken there.
 */
int vf_give(struct netlink *nl, const char *pci, const char *netns, const char *name, int64_t deadline_ms);

/* Names its netdev, which must be down for it, in the namespace at @netns. -ENODEV: it is not there. */
int vf_name_inside(const char *pci, const char *netns, const char *name);

/* Undoes a rename: name, altnames, and up, as they were. */
int vf_restore_name(struct netlink *nl, const char *pci, const struct link *was);

/*
 * Makes its netdev's altnames those of @altnames, each with a newline behind it, and udevd's own; what a container gave it goes.
 * Those that are not to be had are left out: another netdev may have one by now. So are those that udevd makes of a MAC that
 * it has no more.
 */
int vf_set_altnames(struct netlink *nl, const char *pci, const char *altnames);

/* Limits what a VF in the namespace at @netns may send to @mbit Mbit/s; 0: no limit. */
int vf_shape(const char *pci, const char *netns, unsigned mbit);

#endif
