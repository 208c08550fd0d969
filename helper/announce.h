/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LXC_SRIOV_ANNOUNCE_H
#define LXC_SRIOV_ANNOUNCE_H

#include "plan.h"

/* The one door to packet sockets: tells neighbours and switches where an address is now. */

/*
 * For each NIC that @plan has dressed with addresses, once there is a signal on its line: gratuitous ARP and unsolicited
 * neighbour advertisements, from its namespace. A child does it in the background, for 30 s at most and for as long as the
 * target lives, so that nobody waits, and nothing keeps the namespace of what has ended. A failure is nobody's: neighbours learn
 * the address later.
 */
void announce_in_background(const struct plan *plan);

/* "ff:ff:ff:ff:ff:ff ...": the frames that announce @address for @mac; returns their length. For tests too. */
#define ANNOUNCE_FRAME_SIZE 86
size_t announce_frame(const struct mac *mac, const struct ipaddr *address, uint8_t ret[static ANNOUNCE_FRAME_SIZE]);

#endif
