/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LXC_SRIOV_STATE_H
#define LXC_SRIOV_STATE_H

#include <limits.h>

#include "attrs.h"
#include "process.h"
#include "strv.h"

/*
 * What must outlive one run: the lock, one record per claimed VF, and a mark on a PF whose VFs are being
 * created. All of it is in /run/lxc-sriov and is gone after a reboot, like what it describes. The
 * kernel is the truth: a record says how a VF was found and who asked for it, never where it is.
 */

#define STATE_DIR RUNSTATEDIR "/lxc-sriov"

#define CLAIM_NAME_SIZE 256
#define CLAIM_SETTINGS_SIZE 2048

/* A VF given to a container, by one start of it or by attach. */
struct claim {
	char vf_pci[PCI_ADDR_SIZE]; /* the record's name */
	enum runtime runtime;
	char container[CLAIM_NAME_SIZE]; /* as struct target names it */
	char owner[CLAIM_NAME_SIZE + 8]; /* for people: claim_owner() */
	char config_file[PATH_MAX]; /* with LXC, the container's: one name may stand in two lxcpaths */
	struct process holder; /* the start, or a container's init: while it lives, the VF is the container's */
	uint64_t netns_id[2];  /* holder.pid 0: while that is mounted at the path @container */
	bool attached;         /* by attach; otherwise LXC gives it, and takes it back */
	bool moving;           /* attach or detach is at work, or was killed: theirs to finish, and not reattach's */
	char inside[IFNAMSIZ]; /* its name in the container */
	char home[IFNAMSIZ];   /* the VF's name on the host before the start */
	unsigned mtu;          /* and its MTU */
	struct mac mac;        /* its pinned MAC */
	bool unfinished;       /* a reattach has begun to give it back: it may be inside without its addresses */
	/* Attached without a section of the configuration: what was asked for, as config_format_settings() has it, */
	char settings[CLAIM_SETTINGS_SIZE];
	/* and what the PF and the netdev had then: what is to be theirs again. */
	struct vf_attrs before;
	struct mac before_mac;
};

/* Whose it is, in the words of messages and of list: "web", or "docker:web" where it is not LXC's. */
const char *claim_owner(const struct claim *claim);
void claim_set_owner(struct claim *claim, enum runtime runtime, const char *container);

/* A claim that holds: the start that it was made for is still going on. */
bool claim_holds(const struct claim *claim);

/* What to open for the namespace where attach gave the VF; the caller frees. */
char *claim_netns(const struct claim *claim);

/*
 * Waits for the lock that every verb holds while it changes the host. Returns 0 and a descriptor whose
 * closing lets it go, or -ETIMEDOUT with @ret_holder telling who has it ("pin, process 123"), or -errno.
 */
int state_lock(const char *verb, int64_t deadline_ms, int *ret_fd, char ret_holder[static 64]);

/*
 * Every claim there is, in an array that the caller frees. A record that cannot be read is not one;
 * each is named in a line of @warnings.
 */
int state_claims(struct strv *warnings, struct claim **ret, size_t *ret_n);
/* Writes a record so that after a crash the old one or the new one is there, whole. */
int state_write_claim(const struct claim *claim);
/* 0 also when there is no such record. */
int state_remove_claim(const char *vf_pci);

/*
 * The mark of a PF whose VFs are being created, or one of whose VFs is being probed, with the sriov_drivers_autoprobe
 * to go back to: what was killed half-way is finished by the next pin.
 */
int state_mark_creation(const char *pf_pci, bool autoprobe);
bool state_creation_marked(const char *pf_pci, bool *ret_autoprobe);
int state_unmark_creation(const char *pf_pci);

/* The text form of a record, for the functions above and for tests: lines "key value", and "end". */
char *claim_format(const struct claim *claim);
/*
 * 0, or -EINVAL when @text is not a whole record. Keys that are not known are passed over, since another
 * version of the program may have written them. Does not touch vf_pci.
 */
int claim_parse(const char *text, struct claim *ret);

#endif
