/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LXC_SRIOV_CONFIG_H
#define LXC_SRIOV_CONFIG_H

#include "attrs.h"
#include "strv.h"

/* The configuration: PFs to look after, and the NICs of containers. Immutable once loaded. */

enum config_pf_key { PF_NUMVFS, PF_PCI, PF_KEYS };

enum config_nic_key {
	NIC_PF,
	NIC_VF,
	NIC_MAC,
	NIC_NAME,
	NIC_LINK,
	NIC_MTU,
	NIC_VLAN,
	NIC_VLAN_QOS,
	NIC_VLAN_PROTO,
	NIC_SPOOFCHK,
	NIC_TRUST,
	NIC_LINK_STATE,
	NIC_MIN_TX_RATE,
	NIC_MAX_TX_RATE,
	NIC_RSS_QUERY,
	NIC_SHAPE,
	NIC_OPTIONAL,
	NIC_IPV4,
	NIC_IPV4_GATEWAY,
	NIC_IPV6,
	NIC_IPV6_GATEWAY,
	NIC_CONTAINER,
	NIC_RUNTIME,
	NIC_REATTACH_EXEC,
	NIC_CPUS,
	NIC_MEMORY,
	NIC_DEVICES,
	NIC_KEYS
};

/* Who enforces max_tx_rate. */
enum config_shape {
	SHAPE_VF,   /* the card */
	SHAPE_TC,   /* a queueing discipline in the container */
	SHAPE_AUTO, /* the card where the PF's driver accepts it, otherwise the queueing discipline */
};

struct config_pf {
	char name[IFNAMSIZ];
	char pci[PCI_ADDR_SIZE]; /* "" when the PF is found by name */
	unsigned numvfs;

	const char *file;
	const char *section;
	unsigned line;
	unsigned key_line[PF_KEYS]; /* 0: the key is not set, or its value is wrong */
};

struct config_ipaddrs {
	struct ipaddr *a;
	size_t n;
};

/* What a container has besides NICs. */
struct config_container {
	bool cpus_local;     /* the CPUs beside the PF, instead of these */
	struct cpus cpus;    /* where key_line[NIC_CPUS] is set */
	uint64_t memory;     /* bytes, 0: not set */
	struct strv devices; /* paths of the host's device nodes */
};

struct config_nic {
	char *container;
	enum runtime runtime; /* which knows the container by that name */
	char *owner;          /* the same for people: owner_format() */
	char *label;          /* the section's name without the NIC's number */
	unsigned index;       /* N of lxc.net.N */
	char pf[IFNAMSIZ];
	unsigned vf;
	struct vf_attrs want; /* its MAC among them */
	unsigned optional;    /* mask of VF_ATTR(): what the driver may refuse */
	enum config_shape shape;
	char name[IFNAMSIZ]; /* inside the container */
	char link[IFNAMSIZ]; /* on the host, what lxc.net.N.link says; default PFvINDEX, as udev names VFs */
	unsigned mtu;        /* 0: not set */
	struct config_ipaddrs ipv4, ipv6;
	struct ipaddr ipv4_gateway, ipv6_gateway; /* family 0: not set */
	char *reattach_exec;                      /* a command for the shell inside, NULL: none */
	struct config_container whole;            /* in the section of NIC 0 only */

	const char *file;
	const char *section;
	unsigned line;
	unsigned key_line[NIC_KEYS];
};

struct config {
	struct config_pf *pf;
	size_t n_pf;
	struct config_nic *nic;
	size_t n_nic;
	struct strv files, sections; /* what file and section above point to */
};

#define AUTO_CONFIG __attribute__((cleanup(config_clear)))

/*
 * Loads @path and, where a folder of the same name with .d in place of .ini stands beside it, every
 * *.ini there in name order, for acting on: all of them and their folders must be owned by root and
 * writable by nobody else.
 * Returns 0, or -EINVAL with every error found in @errors, each naming file, line, section, key and
 * value. The caller owns the result: config_clear().
 */
int config_load(const char *path, struct strv *errors, struct config *ret);

/* The same for one file of any owner, to look at. */
int config_load_file(const char *path, struct strv *errors, struct config *ret);

void config_clear(struct config *config);

/* The section of the PF that @nic is on; it always has one. */
const struct config_pf *config_pf_of(const struct config *config, const struct config_nic *nic);
const struct config_pf *config_find_pf(const struct config *config, const char *name);
/* Every PF, in an array of n_pf that the caller frees. */
const struct config_pf **config_pf_list(const struct config *config);

/*
 * The NICs of container @name of @runtime, by NIC number, into an array that the caller frees; returns how many.
 */
size_t config_find_nics(const struct config *config, enum runtime runtime, const char *name, const struct config_nic ***ret);

/* As it is spelled in the file. */
const char *config_nic_key_name(enum config_nic_key key);

/*
 * A NIC said in words, on a command line (attach --pf enp4s0f0 --vf 0 ...) or in a record: keys of the configuration with
 * their values. They go through what reads the files, so the values and what is wrong with them are the same.
 */
struct config_setting {
	enum config_nic_key key;
	const char *value;
};

/*
 * Adds the NIC that @settings say of container @name, and a section for its PF where there is none. Its @file is NULL.
 * Returns 0, or -EINVAL with errors such as "--mac 0: is not ..."; then nothing was added. What was found in @config
 * before may have moved.
 */
int config_add_nic(struct config *config, enum runtime runtime, const char *name, const struct config_setting *settings,
		   size_t n, struct strv *errors);

/* Settings as lines "key value"; the caller frees. */
char *config_format_settings(const struct config_setting *settings, size_t n);
/* And back, into an array that the caller frees, as @text, which is changed for it. -EINVAL: they are none. */
int config_parse_settings(char *text, struct config_setting **ret, size_t *ret_n);

/* The key of that name; NIC_KEYS: there is none. */
enum config_nic_key config_nic_key_of(const char *name);

/* The section [CONTAINER] of LXC's, whose @whole says what the container has besides NICs; NULL: it has none. */
const struct config_nic *config_find_container(const struct config *config, const char *name);

#endif
