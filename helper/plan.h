/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LXC_SRIOV_PLAN_H
#define LXC_SRIOV_PLAN_H

#include "host.h"

/*
 * What is to be done: decided from configuration and snapshot alone, without touching anything.
 * apply.c carries it out.
 */

enum act {
	ACT_PF_UP,         /* bring the PF up */
	ACT_MARK_CREATION, /* note that the PF's VFs are being created, and autoprobe (number) before that */
	ACT_NUMVFS,        /* create VFs (number) */
	ACT_AUTOPROBE,     /* sriov_drivers_autoprobe (number) */
	ACT_UNMARK_CREATION,
	ACT_ATTR,          /* what the PF enforces; steps for one attribute of one PF in a row go in one message */
	ACT_BIND,          /* bind the VF's driver and wait for the netdev */
	ACT_AWAIT_NETDEV,  /* wait for the netdev to come back from another namespace */
	ACT_MTU,           /* of the netdev (number) */
	ACT_EFFECTIVE_MAC, /* make the netdev have the MAC, by a rebind if need be */
	ACT_CLAIM,         /* record whose the VF is and how it was found */
	ACT_RENAME,        /* the netdev, dropping altnames in the way */
	ACT_FETCH,         /* bring the netdev home from the namespace where it was found */
	ACT_LEAVING,       /* record that a detach has begun to take it */
	ACT_GIVING,        /* record that a reattach has begun to give it back (number 1), or that it is there (0) */
	ACT_GIVE,          /* move the netdev into a running container's namespace */
	ACT_DRESS,         /* there: name, MTU, addresses, up, gateways */
	ACT_NAME_NETNS,    /* name the namespace for ip-netns(8) */
	ACT_UNNAME_NETNS,  /* and take that name away, with the last VF that was given there */
	ACT_SHAPE,         /* there: what it may send, in Mbit/s (number), where the card does not see to that */
	ACT_RESET,         /* down, no promiscuity, the MTU (number) it had */
	ACT_ALTNAMES,      /* those that the netdev had, and no other */
	ACT_RELEASE,       /* drop the record */
	ACTS
};

struct step {
	enum act act;
	unsigned group;        /* from 1: steps of a group stand or fall together */
	unsigned after;        /* the group that must have gone well before; 0: none */
	const char *container; /* on whose behalf, NULL: nobody's */
	const struct host_pf *pf;
	unsigned vf; /* meaningless for acts on the PF */
	unsigned number;
	unsigned old_number;
	struct mac mac;
	enum vf_attr attr; /* ACT_ATTR: this one of @want */
	struct vf_attrs want;
	struct vf_attrs now;          /* before; has 0: it is read then */
	bool optional;                /* a failure of the step is a warning, and its group goes on */
	bool attempt;                 /* a failure of the step is as good as success */
	char name[IFNAMSIZ];          /* ACT_RENAME: to this; ACT_CLAIM: home when nothing better is known */
	char inside[IFNAMSIZ];        /* the name that the netdev will have in the container */
	const char *netns;            /* ACT_FETCH: from there; ACT_GIVE, ACT_DRESS: to there */
	const struct config_nic *nic; /* ACT_DRESS, ACT_SHAPE; NULL: the configuration does not have it any more */
	struct claim *record;         /* ACT_CLAIM: to write, with what is found out then filled in */
	const struct claim *claim;    /* the record, where there is one already */
	const struct claim *stale;    /* ACT_CLAIM: the record of an earlier start that is over */
};

struct plan {
	struct step *step;
	size_t n;
	struct claim **claim; /* those that steps of ACT_CLAIM write */
	size_t n_claim;
	unsigned groups;
	bool stop_at_failure; /* a group that fails ends it all; otherwise independent groups go on */
	struct strv warnings;
	struct strv errors; /* what cannot be done: with stop_at_failure, nothing is */
	bool held;          /* among the errors: a VF is another running container's */
};

#define AUTO_PLAN __attribute__((cleanup(plan_clear)))

/*
 * Makes the PFs of @sections, and their VFs, what @config says. Nothing differs: no steps. @recreate: a number of
 * VFs that differs may be changed, which destroys them, where none of them is in use.
 */
void plan_pin(const struct config *config, const struct config_pf *const *sections, size_t n, const struct host *host,
	      bool recreate, struct plan *ret);

/* One start of a container, or one life of another target. */
struct start {
	enum runtime runtime;
	const char *container;
	const char *config_file; /* "" where it is not LXC's */
	struct process holder;   /* what runs for as long as the start goes on; pid 0: it is over, or not known */
};

/*
 * Whether the claim is of this container: one name may stand in two lxcpaths. A restart may overlap the last
 * post-stop, so the holders need not be the same.
 */
bool claim_is_of(const struct claim *claim, const struct start *start);
/* Whether it is for the NIC's container. */
bool claim_is_for(const struct claim *claim, const struct config_nic *nic);

/* Gets the @n VFs of a container that is about to start ready for LXC to take. */
void plan_take(const struct config *config, const struct config_nic *const *nics, size_t n, const struct host *host,
	       const struct start *start, struct plan *ret);

/* A target that attach gives VFs to. */
struct attach {
	struct start start;
	uint64_t netns_id[2];      /* where the start has no holder */
	const char *netns;         /* to open */
	const struct link *inside; /* the netdevs that are there */
	size_t n_inside;
	const char *settings; /* what stands in place of a section, as config_format_settings() has it; NULL: nothing */
};

/*
 * Gives the target, which runs, the @n VFs. What it has already, as it should be, takes no steps. A failure leaves records:
 * plan_detach() takes everything back, whatever had been done.
 */
void plan_attach(const struct config *config, const struct config_nic *const *nics, size_t n, const struct host *host,
		 const struct attach *attach, struct plan *ret);

/*
 * Brings home what attach gave a target; @inside: only the VF of that name there, NULL: all. @only_dead: only where the
 * life that it was given for is over.
 */
void plan_detach(enum runtime runtime, const char *name, const char *inside, bool only_dead, const struct host *host,
		 struct plan *ret);

/* The same for the one VF. */
void plan_detach_vf(const char *vf_pci, const struct host *host, struct plan *ret);

/* Limits what the @n NICs of a container that is about to run may send, in the namespace at @netns. */
void plan_shape(const struct config *config, const struct config_nic *const *nics, size_t n, const struct host *host,
		const char *netns, struct plan *ret);

/* A container that runs, as one of its claims says. */
struct running {
	const struct claim *claim;
	char *netns; /* its network namespace: a path below /proc */
};

/*
 * Gives running containers back the VFs whose netdevs came back to us: their driver was loaded anew. What is in
 * its container, or on its way home from one that stops, is left alone. What a killed reattach began is finished.
 */
void plan_reattach(const struct config *config, const struct running *running, size_t n, const struct host *host,
		   struct plan *ret);

/*
 * Brings home every VF of a claim whose start is over, and gives VFs of the configuration that carry a name of
 * transit their own. @force: also out of namespaces of processes that are no container of ours.
 */
void plan_reclaim(const struct config *config, const struct host *host, bool force, struct plan *ret);

/* Brings home what this start of the container was given, and what earlier ones left behind. */
void plan_give_back(const struct start *start, const struct host *host, struct plan *ret);

void plan_clear(struct plan *plan);

/* "vf 0 of enp4s0f0: set MAC d6:d6:d6:54:f9:f8": an object and what is done to it. The caller frees. */
char *step_describe(const struct step *step);

/*
 * The host name to note for a VF found as @current: what an earlier start noted, or what it is called
 * now, unless that is a leftover or the name it has inside; then @fallback.
 */
const char *plan_home_name(const struct claim *stale, const char *current, const char *inside, const char *fallback);

#endif
