/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LXC_SRIOV_PARSE_H
#define LXC_SRIOV_PARSE_H

#include <net/if.h>
#include <netinet/in.h>

#include "util.h"

/*
 * Strict parsers of one value. Each reads the whole string, in base 10 where it is a number, and
 * returns NULL, or a constant text that says what is wrong with the value ("is a multicast address")
 * to stand in an error message after it. The result is filled only on success.
 */

/* What runs a container, or is given a VF without one. */
enum runtime {
	RUNTIME_LXC,
	RUNTIME_DOCKER,
	RUNTIME_PODMAN,
	RUNTIME_PID,   /* a process, in a network namespace of its own */
	RUNTIME_NETNS, /* a namespace that is mounted somewhere */
	RUNTIMES
};

/* As the configuration, targets and records spell it: "docker". */
const char *runtime_name(enum runtime runtime);
/* Whose something is, for people: "web" of LXC's, "docker:web" of others. The caller frees. */
char *owner_format(enum runtime runtime, const char *name);
/* One of those that have containers: lxc, docker, podman. */
const char *parse_runtime(const char *s, enum runtime *ret);

struct mac {
	uint8_t addr[6];
};

#define MAC_STR_SIZE sizeof("00:00:00:00:00:00")
#define PCI_ADDR_SIZE 20 /* dddd:bb:ss.f; VMD and Hyper-V use domains of up to eight digits */

/* An address with its prefix length, in the spelling of inet_ntop: "194.168.1.1/24". */
struct ipaddr {
	int family;
	unsigned char addr[16];
	unsigned prefix;
};

#define IPADDR_STR_SIZE (INET6_ADDRSTRLEN + sizeof("/128"))

#define CPUS_MAX 8192 /* the largest NR_CPUS that Linux has */

struct cpus {
	uint64_t bits[CPUS_MAX / 64];
};

/* A word of a list that ends with NULL, and what it stands for. */
struct word {
	const char *word;
	uint32_t value;
};

/* One of @words, or @wrong. */
const char *parse_word(const char *s, const struct word *words, const char *wrong, uint32_t *ret);
const char *parse_uint(const char *s, unsigned min, unsigned max, unsigned *ret);
/* A MAC that a VF may have: neither zero nor broadcast nor multicast. Digits of either case. */
const char *parse_mac(const char *s, struct mac *ret);
/* What the kernel's dev_valid_name() takes, and no '%', which it expands when a device is renamed. */
const char *parse_ifname(const char *s, char ret[static IFNAMSIZ]);
/* What we call a netdev whose own name is taken where it arrives, with a number behind it. */
#define IFNAME_IN_TRANSIT "lxc-sriov"

/* Whether it is a name that the kernel, LXC or we give a netdev in transit: nobody chose it for a VF. */
bool ifname_is_leftover(const char *name);
const char *parse_pci(const char *s, char ret[static PCI_ADDR_SIZE]);
/* @with_prefix: "ADDR/LEN", and LEN is required; otherwise a bare address. */
const char *parse_ipaddr(const char *s, int family, bool with_prefix, struct ipaddr *ret);
/* A container's name as lxc-create takes it: one path component, no white space. */
const char *parse_container(const char *s);
/* CPUs as the kernel lists them, "0-3,8", each once. */
const char *parse_cpus(const char *s, struct cpus *ret);
/* Bytes, or units of 1024 and so on with K, M, G or T behind the number. */
const char *parse_bytes(const char *s, uint64_t *ret);
/* The path of a device node: below /dev, without "." and "..", of characters that LXC's configuration takes. */
const char *parse_device(const char *s);

/* The first CPU of @cpus that is not in @in, or CPUS_MAX. */
unsigned cpus_missing(const struct cpus *cpus, const struct cpus *in);
/* In the spelling of the kernel; the caller frees. */
char *cpus_format(const struct cpus *cpus);
bool mac_equal(const struct mac *a, const struct mac *b);
bool mac_is_zero(const struct mac *m);
const char *mac_format(const struct mac *m, char buf[static MAC_STR_SIZE]);
/* @with_prefix appends "/LEN". */
const char *ipaddr_format(const struct ipaddr *a, bool with_prefix, char buf[static IPADDR_STR_SIZE]);

#endif
