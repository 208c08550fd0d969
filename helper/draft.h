/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LXC_SRIOV_DRAFT_H
#define LXC_SRIOV_DRAFT_H

#include "host.h"
#include "lxc.h"

/* The configuration that leaves a host as it is. */

struct draft_facts {
	const struct host *host;           /* every PF, its VFs located */
	const struct lxc_defined_nic *nic; /* of every container that LXC knows */
	size_t n_nic;
	const struct strv *in_use; /* names of netdevs that have addresses, so that the host itself works with them */
};

/*
 * Prints a configuration that passes check, and with which pin has nothing to do but what a note in it says. What
 * cannot be had so stands in it as a comment, with the reason. VFs get the names of the containers that have them, or
 * whose configuration names them; the others stand under a name that is to be replaced.
 */
void draft_print(const struct draft_facts *facts, FILE *out);

#endif
