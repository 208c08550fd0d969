/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LXC_SRIOV_SYSFS_H
#define LXC_SRIOV_SYSFS_H

#include <sys/types.h>

#include "parse.h"
#include "strv.h"

/*
 * The one door to /sys. PCI devices are named by PCI address; functions return 0 or -errno.
 */

#define DRIVER_NAME_SIZE 32

/* The PCI address of the device behind a netdev of this namespace; -ENODEV when it is not on PCI. */
int sysfs_netdev_pci(const char *ifname, char ret[static PCI_ADDR_SIZE]);
/*
 * The netdev of a PCI device. -EXDEV: it is in another namespace (its folder net/ is there, and empty);
 * -ENODEV: it has none (no driver, or vfio-pci).
 */
int sysfs_pci_netdev(const char *pci, char ret[static IFNAMSIZ]);
/* The effective MAC of that netdev; -EINVAL: none that a VF could be given. Does not wait for rtnetlink's lock. */
int sysfs_pci_mac(const char *pci, struct mac *ret);
/* VF counts of the PF at @pci. -ENOENT: the device has no SR-IOV, or firmware or kernel switched it off. */
int sysfs_totalvfs(const char *pci, unsigned *ret);
int sysfs_numvfs(const char *pci, unsigned *ret);
int sysfs_set_numvfs(const char *pci, unsigned n);
int sysfs_autoprobe(const char *pci, bool *ret);
int sysfs_set_autoprobe(const char *pci, bool on);
/* The PCI address of VF @index of the PF at @pf; -ENOENT: there is no such VF. */
int sysfs_vf_pci(const char *pf, unsigned index, char ret[static PCI_ADDR_SIZE]);
/* The PCI address of the PF that a VF belongs to. */
int sysfs_pf_pci(const char *vf, char ret[static PCI_ADDR_SIZE]);
bool sysfs_pci_exists(const char *pci);
/* Every PCI function that offers VFs, each as its address, in their order, whether or not a driver has it. */
int sysfs_sriov_functions(struct strv *ret);
/* What the kernel will call the VFs of a PF for modprobe, before there are any; -ENOENT: it offers none. */
int sysfs_vf_modalias(const char *pf, char **ret);
/* Whether an IOMMU is at work. */
bool sysfs_has_iommu(void);
/* Whether a module of that name is loaded or built in. */
bool sysfs_has_module(const char *name);

struct hugepages {
	unsigned kilobytes; /* a page's size */
	unsigned pages;
};

/* The sizes that the kernel knows, in an array that the caller frees; -ENOENT: it knows no huge pages. */
int sysfs_hugepages(struct hugepages **ret, size_t *ret_n);
/* The driver's name, "" when none is bound. */
int sysfs_driver(const char *pci, char ret[static DRIVER_NAME_SIZE]);
/* Asks the kernel to find and bind a driver. Success says nothing: read sysfs_driver() afterwards. */
int sysfs_probe(const char *pci);
int sysfs_unbind(const char *pci);
/* What modprobe takes to load the device's driver. The caller frees. */
int sysfs_modalias(const char *pci, char **ret);
/* The CPUs beside a PCI device: those of its NUMA node, or all where it has none. */
int sysfs_local_cpus(const char *pci, struct cpus *ret);
int sysfs_possible_cpus(struct cpus *ret);
int sysfs_online_cpus(struct cpus *ret);
/* Whether the host has one hierarchy of control groups, cgroup2, and no other. */
bool sysfs_cgroup_unified(void);
/* The disk that a block device is a partition of; -ENOENT: it is none. */
int sysfs_disk_of(dev_t partition, dev_t *ret);

#endif
