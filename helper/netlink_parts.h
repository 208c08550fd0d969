/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LXC_SRIOV_NETLINK_PARTS_H
#define LXC_SRIOV_NETLINK_PARTS_H

#include <netlink/msg.h>
#include <netlink/netlink.h>

#include "netlink.h"

/* What the files netlink*.c share. */

struct netlink {
	struct nl_sock *sk;
	char error_text[128];
};

/* The -errno of a failure inside libnl; what the kernel refused comes from netlink_exchange() untranslated. */
int netlink_errno(int nle);

/* Sends @msg and takes in the answers, @on_answer (NULL: nobody) getting each. Returns 0 or the kernel's -errno. */
int netlink_exchange(struct netlink *nl, struct nl_msg *msg, void (*on_answer)(struct nl_msg *msg, void *arg), void *arg);

/* Takes in one answer about the traffic classes of a netdev: the limit in Mbit/s into the unsigned at @arg, if it is of ours. */
void netlink_on_class(struct nl_msg *msg, void *arg);

#endif
