/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LXC_SRIOV_DOCTOR_H
#define LXC_SRIOV_DOCTOR_H

#include "host.h"
#include "lxc.h"
#include "process.h"

/*
 * What on this host keeps containers from their VFs. doctor_gather.c reads the host, and changes nothing; the checks
 * of doctor_*.c decide from that alone.
 */

enum severity {
	FOUND_ERROR,   /* a container lacks its VF or its network, or would at its next start */
	FOUND_WARNING, /* it works, or will be put right by itself, but is not as it should be */
	FOUND_HINT,    /* good to know */
};

struct finding {
	const char *id; /* stable: scripts and the manual know it */
	enum severity severity;
	char *object; /* "vf 0 of enp4s0f0" */
	char *seen;
	char *fix; /* a command, or what to change in which file */
};

struct findings {
	struct finding *f;
	size_t n;
	const char *id; /* of the check that runs */
};

#define AUTO_FINDINGS __attribute__((cleanup(findings_clear)))

/* --- what was seen --- */

/* What modprobe would do for a device. */
struct doctor_module {
	enum {
		MODULE_THERE,
		MODULE_UNKNOWN,     /* modprobe could not be asked */
		MODULE_ABSENT,      /* no module is for it */
		MODULE_NO_FILE,     /* depmod knows one, which is gone */
		MODULE_BLACKLISTED, /* "blacklist NAME" */
		MODULE_BLOCKED,     /* "install NAME ..." */
	} state;
	char *alias;
	char *name; /* NULL: none is known */
};

/* A PCI function that offers VFs and has no driver. */
struct doctor_idle {
	char pci[PCI_ADDR_SIZE];
	struct doctor_module module;
};

/* A PF of the configuration. */
struct doctor_pf {
	const struct config_pf *section;
	const struct link *link;  /* its netdev, NULL: there is none */
	const struct host_pf *pf; /* NULL: none, or no PCI function that offers VFs */
	bool pci_there;           /* a device is at the section's PCI address */
	struct doctor_module vf_module;
};

/* A NIC of the configuration. */
struct doctor_nic {
	const struct config_nic *nic;
	const struct doctor_pf *pf;
	const struct host_vf *vf;      /* NULL: there is no such VF */
	bool runs;                     /* the container that holds it has its NICs from LXC */
	bool networkmanager, networkd; /* who has its netdev in its care */
	bool marked;                   /* udev has told them to leave it alone */
	char process[PROCESS_NAME_SIZE]; /* the name of the process in whose namespace it is, "" where that is not known */
};

/* A container of the configuration, and its own one. */
struct doctor_container {
	const char *name;
	char *folder;
	enum { CONTAINER_READ, CONTAINER_ABSENT, CONTAINER_PARTIAL, CONTAINER_UNREADABLE } state;
	const struct config_nic **nic;
	struct lxc_nic *lxc; /* as LXC reads it, of each NIC */
	size_t n_nic;
	char *pre_start, *post_stop; /* hooks, a line each */
	char *written;               /* sriov.conf; NULL: there is none */
	char *wanted;                /* what "config NAME" prints now */
};

struct doctor_input {
	const char *config_path, *lxcpath; /* lxcpath: NULL for LXC's own */
	bool config_absent;
	struct strv config_errors, host_errors;
	struct config config; /* empty where it has errors */
	struct host host;     /* every PF */
	bool *claim_holds;    /* of each claim of the host */
	struct doctor_pf *pf;
	size_t n_pf;
	struct doctor_nic *nic;
	size_t n_nic;
	struct doctor_container *container;
	size_t n_container;
	struct doctor_idle *idle;
	size_t n_idle;
	struct fdb_entry *fdb;
	size_t n_fdb;
	char *kernel, *command_line;
	bool iommu;
	struct hugepages *hugepages;
	size_t n_hugepages;
	unsigned default_hugepage;            /* kilobytes; 0: the kernel knows none */
	char *sysctl_hugepages, *sysctl_file; /* what is set at boot, and where; NULL: nothing */
	bool hugetlbfs;                       /* mounted */
	const char *lxc_version;              /* NULL: there is no liblxc */
	const char *hook;                     /* its path */
	bool hook_there;
	bool systemd, service_enabled;
};

#define AUTO_DOCTOR_INPUT __attribute__((cleanup(doctor_input_clear)))

/*
 * Reads the host into @in, which has the paths, the configuration and its errors already; the rest is for
 * doctor_input_clear(). @config_text says what "config NAME" prints. What cannot be read stands in host_errors.
 */
void doctor_gather(struct doctor_input *in,
		   char *(*config_text)(const void *arg, const struct config *config, const char *name,
					const struct config_nic *const *nics, size_t n),
		   const void *arg);
void doctor_input_clear(struct doctor_input *in);

/* --- what it means --- */

/* One of these per row; the runner calls it for the host as a whole, or for each PF, NIC or container. */
struct doctor_check {
	const char *id;
	void (*host)(const struct doctor_input *in, struct findings *out);
	void (*pf)(const struct doctor_input *in, const struct doctor_pf *pf, struct findings *out);
	void (*nic)(const struct doctor_input *in, const struct doctor_nic *nic, struct findings *out);
	void (*container)(const struct doctor_input *in, const struct doctor_container *c, struct findings *out);
};

/* Each ends with a row without id. */
extern const struct doctor_check doctor_host_checks[], doctor_pf_checks[], doctor_vf_checks[], doctor_mac_checks[],
	doctor_lxc_checks[];

/* Runs every check; the findings are sorted by severity. */
void doctor_examine(const struct doctor_input *in, struct findings *ret);
void findings_clear(struct findings *findings);

/* For the checks: takes the three strings over. */
void found(struct findings *out, enum severity severity, char *object, char *seen, char *fix);
/* "vf 0 of enp4s0f0"; the caller frees. */
char *doctor_vf_name(const struct host_pf *pf, unsigned vf);
/* What makes a container take its VF anew; the caller frees. */
char *doctor_restart(const struct claim *claim);
/* "centos1: vf 0 of enp4s0f0" */
char *doctor_nic_name(const struct doctor_nic *nic);
/* The netdev of our namespace, VFs' included; NULL: none. */
const struct link *doctor_link(const struct doctor_input *in, int ifindex);
/* Whether a running container, or anything else in another namespace, has the VF. */
bool doctor_in_use(const struct host_vf *vf);

#endif
