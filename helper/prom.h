/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LXC_SRIOV_PROM_H
#define LXC_SRIOV_PROM_H

#include "netlink.h"

/* The metrics, in the text format of Prometheus, version 0.0.4. */

/* A number that is not known is absent from the output: a 0 would be taken for one. */
struct prom_value {
	bool known;
	uint64_t value;
};

struct prom_pf {
	const char *name, *pci, *driver;
	bool up, carrier;
	size_t numvfs, totalvfs, unread;
};

struct prom_vf {
	const char *pf, *pci, *driver, *netdev, *container; /* "" where there is none */
	unsigned index;
	char mac[MAC_STR_SIZE];                                    /* "" where it is not known */
	struct prom_value up, carrier, max_tx_rate, as_configured; /* max_tx_rate in Mbit/s */
	bool has_link_stats;
	struct link_stats link_stats;
	struct vf_stats vf_stats;
};

/*
 * A driver that does not count per VF says 0 of everything, of all VFs of its PF: such an answer is no counter.
 * To be called for the VFs of one PF.
 */
void prom_drop_empty_stats(struct prom_vf *vf, size_t n);

void prom_print(FILE *out, const struct prom_pf *pf, size_t n_pf, const struct prom_vf *vf, size_t n_vf);

#endif
