/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LXC_SRIOV_HOST_H
#define LXC_SRIOV_HOST_H

#include "config.h"
#include "netlink.h"
#include "state.h"
#include "sysfs.h"

/* What the host has now: a snapshot, from which plan.c decides. */

enum vf_place {
	VF_UNBOUND,   /* no driver */
	VF_NO_NETDEV, /* a driver that makes none, such as vfio-pci, or has not made it yet */
	VF_HERE,      /* its netdev is in our namespace */
	VF_AWAY,      /* its netdev is in another one */
};

struct host_vf {
	unsigned index;
	char pci[PCI_ADDR_SIZE];
	char driver[DRIVER_NAME_SIZE];
	enum vf_place place;
	struct vf_attrs admin;     /* what the PF says of it */
	struct link link;          /* its netdev, when HERE, or AWAY and found by host_locate() */
	char *netns;               /* where that is, as of struct netns; NULL: not found */
	char *lives_in;            /* the container of that namespace, where its control group tells */
	pid_t lives_in_pid;        /* a process there, 0: none */
	pid_t kept_by;             /* then: a process that keeps the namespace open, 0: a mount does */
	const struct claim *claim; /* its record, NULL: none */
	bool held;                 /* the claim's start is still going on */
	bool in_place;             /* with netns: that is where attach gave it */
	unsigned shaping;          /* with netns: Mbit/s that we limit it to there, 0: not */
};

struct host_pf {
	const struct config_pf *section; /* NULL: it has none, or none was asked for */
	char name[IFNAMSIZ];
	char pci[PCI_ADDR_SIZE];
	char driver[DRIVER_NAME_SIZE];
	int ifindex;
	unsigned flags;
	unsigned totalvfs; /* 0: no SR-IOV */
	bool autoprobe;
	bool creating;           /* a pin was killed while it created the VFs */
	bool creating_autoprobe; /* sriov_drivers_autoprobe before it */
	struct host_vf *vf;      /* as many as sriov_numvfs */
	size_t n_vf;
};

struct host {
	struct host_pf *pf;
	size_t n_pf;
	struct claim *claim;
	size_t n_claim;
	struct link *link; /* every netdev of our namespace; those of VFs stand with the VF, and are blank here */
	size_t n_link;
	struct strv warnings; /* what could not be read and can be done without */
};

#define AUTO_HOST __attribute__((cleanup(host_clear)))

/*
 * Reads the PFs of @sections, or every PF of the host where @sections is NULL. A PF that is not there is
 * not in the result: host_find_pf() finds nothing. Returns 0, or -errno with a line in @errors.
 */
int host_snapshot(const struct config_pf *const *sections, size_t n, struct strv *errors, struct host *ret);
void host_clear(struct host *host);

/* The netdev of our namespace that is not @vf's and has the name or altname; NULL: none. */
const struct link *host_find_link(const struct host *host, const struct host_vf *vf, const char *name);

/* The PF that was found for a section; NULL: none. */
const struct host_pf *host_find_pf(const struct host *host, const struct config_pf *section);
/* The VF, NULL: the PF has not so many. */
struct host_vf *host_vf(const struct host_pf *pf, unsigned index);
/* Whether a section is that of the PF. */
bool host_has_section(const struct host_pf *pf, const struct config_pf *section);
/* What the configuration makes of a VF; NULL: nothing. */
const struct config_nic *host_nic(const struct config *config, const struct host_pf *pf, unsigned vf);
/* The VF at a PCI address, and its PF. NULL: there is none. */
struct host_vf *host_vf_by_pci(const struct host *host, const char *pci, const struct host_pf **ret_pf);

/*
 * Looks through every network namespace for the VFs that are AWAY and for which @wanted says so, and fills in what it
 * finds of them. One that is found nowhere is on its way home. Without @wanted: all.
 */
int host_locate(const struct host *host, bool (*wanted)(const struct host_vf *vf, const void *arg), const void *arg);

#endif
