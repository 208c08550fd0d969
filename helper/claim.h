/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LXC_SRIOV_CLAIM_H
#define LXC_SRIOV_CLAIM_H

#include <limits.h>

#include "attrs.h"
#include "process.h"

/* A record of a VF that is somebody's: what it says, whether it holds, and its text. state.c keeps them. */

#define CLAIM_NAME_SIZE 256
#define CLAIM_SETTINGS_SIZE 2048
#define CLAIM_ALTNAMES_SIZE 1024
/* The text of a record at most: a tenant may choose altnames of one byte, and the line of such a one has ten. */
#define CLAIM_TEXT_SIZE (PATH_MAX + CLAIM_SETTINGS_SIZE + 5 * CLAIM_ALTNAMES_SIZE + 4096)

/* A VF given to a container, by one start of it or by attach. */
struct claim {
	char vf_pci[PCI_ADDR_SIZE]; /* the record's name */
	enum runtime runtime;
	char container[CLAIM_NAME_SIZE]; /* as struct target names it */
	char owner[CLAIM_NAME_SIZE + 8]; /* for people: claim_owner() */
	char config_file[PATH_MAX];      /* with LXC, the container's: one name may stand in two lxcpaths */
	struct process holder; /* the start, or a container's init: while it lives, the VF is the container's */
	uint64_t netns_id[2];  /* holder.pid 0: while that is mounted at the path @container */
	bool attached;         /* by attach; otherwise LXC gives it, and takes it back */
	bool moving;           /* attach or detach is at work, or was killed: theirs to finish, and not reattach's */
	char inside[IFNAMSIZ]; /* its name in the container */
	char home[IFNAMSIZ];   /* the VF's name on the host before the start */
	unsigned mtu;          /* and its MTU */
	char altnames[CLAIM_ALTNAMES_SIZE]; /* and its altnames, each with a newline; "": an older record does not say */
	struct mac mac;                     /* its pinned MAC */
	bool unfinished; /* a reattach has begun to give it back: it may be inside without its addresses */
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

/* Notes an altname, as far as there is room. One with white space would be another line of the record: it is left out. */
void claim_add_altname(struct claim *claim, const char *altname);

/*
 * Whether udev gives @altname to netdevs for a MAC other than @mac: systemd 257 and later call them enx<MAC>. To give such
 * a one back would be to say what is not so.
 */
bool claim_altname_is_stale(const char *altname, const struct mac *mac);

/* The text form of a record, for state.c and for tests: lines "key value", and "end". */
char *claim_format(const struct claim *claim);
/*
 * 0, or -EINVAL when @text is not a whole record. Keys that are not known are passed over, since another
 * version of the program may have written them. Does not touch vf_pci.
 */
int claim_parse(const char *text, struct claim *ret);

#endif
