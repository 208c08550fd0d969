/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include "log.h"
#include "sysfs.h"

#define PCI_DEVICES "/sys/bus/pci/devices/"

static int read_attr(const char *path, char *buf, size_t size)
{
	AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, buf, size - 1);
	if (n < 0)
		return -errno;
	while (n > 0 && buf[n - 1] == '\n')
		n--;
	buf[n] = '\0';
	return 0;
}

static int read_uint(const char *pci, const char *attr, unsigned *ret)
{
	char path[PATH_MAX], buf[32];
	int r;

	snprintf(path, sizeof(path), PCI_DEVICES "%s/%s", pci, attr);
	r = read_attr(path, buf, sizeof(buf));
	if (r < 0)
		return r;
	return parse_uint(buf, 0, UINT32_MAX, ret) ? -EINVAL : 0;
}

/* One write(2) is one change: the kernel takes the value or refuses it as a whole. */
static int write_attr(const char *path, const char *value)
{
	AUTO_CLOSE int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	log_debug("write %s to %s", value, path);
	return write(fd, value, strlen(value)) < 0 ? -errno : 0;
}

static int write_uint(const char *pci, const char *attr, unsigned value)
{
	char path[PATH_MAX], buf[16];

	snprintf(path, sizeof(path), PCI_DEVICES "%s/%s", pci, attr);
	snprintf(buf, sizeof(buf), "%u", value);
	return write_attr(path, buf);
}

/* The last component of where the link @path points to. */
static int link_target(const char *path, char *ret, size_t size)
{
	char target[PATH_MAX];
	ssize_t n = readlink(path, target, sizeof(target) - 1);
	const char *slash;

	if (n < 0)
		return -errno;
	target[n] = '\0';
	slash = strrchr(target, '/');
	return util_copy(ret, size, slash ? slash + 1 : target) ? 0 : -ENAMETOOLONG;
}

int sysfs_netdev_pci(const char *ifname, char ret[static PCI_ADDR_SIZE])
{
	char path[PATH_MAX], subsystem[32], name[NAME_MAX + 1];
	int r;

	snprintf(path, sizeof(path), "/sys/class/net/%s/device/subsystem", ifname);
	r = link_target(path, subsystem, sizeof(subsystem));
	if (r < 0 || strcmp(subsystem, "pci"))
		return -ENODEV;
	snprintf(path, sizeof(path), "/sys/class/net/%s/device", ifname);
	r = link_target(path, name, sizeof(name));
	if (r < 0)
		return r;
	return parse_pci(name, ret) ? -ENODEV : 0;
}

int sysfs_pci_netdev(const char *pci, char ret[static IFNAMSIZ])
{
	char path[PATH_MAX];
	AUTO_DIR DIR *dir = NULL;

	snprintf(path, sizeof(path), PCI_DEVICES "%s/net", pci);
	dir = opendir(path);
	if (!dir)
		return errno == ENOENT ? -ENODEV : -errno;
	errno = 0;
	for (struct dirent *e; (e = readdir(dir));)
		if (e->d_name[0] != '.')
			return util_copy(ret, IFNAMSIZ, e->d_name) ? 0 : -ENAMETOOLONG;
	return errno ? -errno : -EXDEV;
}

int sysfs_pci_mac(const char *pci, struct mac *ret)
{
	char name[IFNAMSIZ], path[PATH_MAX], buf[64];
	int r = sysfs_pci_netdev(pci, name);

	if (r < 0)
		return r;
	snprintf(path, sizeof(path), PCI_DEVICES "%s/net/%s/address", pci, name);
	r = read_attr(path, buf, sizeof(buf));
	if (r < 0)
		return r;
	return parse_mac(buf, ret) ? -EINVAL : 0;
}

int sysfs_totalvfs(const char *pci, unsigned *ret)
{
	return read_uint(pci, "sriov_totalvfs", ret);
}

int sysfs_numvfs(const char *pci, unsigned *ret)
{
	return read_uint(pci, "sriov_numvfs", ret);
}

int sysfs_set_numvfs(const char *pci, unsigned n)
{
	return write_uint(pci, "sriov_numvfs", n);
}

int sysfs_autoprobe(const char *pci, bool *ret)
{
	unsigned value;
	int r = read_uint(pci, "sriov_drivers_autoprobe", &value);

	if (r == 0)
		*ret = value;
	return r;
}

int sysfs_set_autoprobe(const char *pci, bool on)
{
	return write_uint(pci, "sriov_drivers_autoprobe", on);
}

int sysfs_vf_pci(const char *pf, unsigned index, char ret[static PCI_ADDR_SIZE])
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), PCI_DEVICES "%s/virtfn%u", pf, index);
	return link_target(path, ret, PCI_ADDR_SIZE);
}

int sysfs_pf_pci(const char *vf, char ret[static PCI_ADDR_SIZE])
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), PCI_DEVICES "%s/physfn", vf);
	return link_target(path, ret, PCI_ADDR_SIZE);
}

bool sysfs_pci_exists(const char *pci)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), PCI_DEVICES "%s", pci);
	return access(path, F_OK) == 0;
}

int sysfs_driver(const char *pci, char ret[static DRIVER_NAME_SIZE])
{
	char path[PATH_MAX];
	int r;

	ret[0] = '\0';
	snprintf(path, sizeof(path), PCI_DEVICES "%s/driver", pci);
	r = link_target(path, ret, DRIVER_NAME_SIZE);
	return r == -ENOENT ? 0 : r;
}

int sysfs_probe(const char *pci)
{
	return write_attr("/sys/bus/pci/drivers_probe", pci);
}

int sysfs_unbind(const char *pci)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), PCI_DEVICES "%s/driver/unbind", pci);
	return write_attr(path, pci);
}

int sysfs_modalias(const char *pci, char **ret)
{
	char path[PATH_MAX], buf[256];
	int r;

	snprintf(path, sizeof(path), PCI_DEVICES "%s/modalias", pci);
	r = read_attr(path, buf, sizeof(buf));
	if (r == 0)
		*ret = xstrdup(buf);
	return r;
}

static int read_cpus(const char *path, struct cpus *ret)
{
	char buf[4096];
	int r = read_attr(path, buf, sizeof(buf));

	if (r < 0)
		return r;
	return parse_cpus(buf, ret) ? -EINVAL : 0;
}

int sysfs_local_cpus(const char *pci, struct cpus *ret)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), PCI_DEVICES "%s/local_cpulist", pci);
	return read_cpus(path, ret);
}

int sysfs_possible_cpus(struct cpus *ret)
{
	return read_cpus("/sys/devices/system/cpu/possible", ret);
}

int sysfs_online_cpus(struct cpus *ret)
{
	return read_cpus("/sys/devices/system/cpu/online", ret);
}

bool sysfs_cgroup_unified(void)
{
	struct statfs fs;

	return statfs("/sys/fs/cgroup", &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC;
}

int sysfs_disk_of(dev_t partition, dev_t *ret)
{
	char path[PATH_MAX], buf[32], *minor_text;
	unsigned major_number, minor_number;
	int r;

	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/partition", major(partition), minor(partition));
	r = read_attr(path, buf, sizeof(buf));
	if (r < 0)
		return r;
	/* The link leads into the folder of the disk. */
	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/../dev", major(partition), minor(partition));
	r = read_attr(path, buf, sizeof(buf));
	if (r < 0)
		return r;
	minor_text = strchr(buf, ':');
	if (!minor_text)
		return -EINVAL;
	*minor_text++ = '\0';
	if (parse_uint(buf, 0, UINT32_MAX, &major_number) || parse_uint(minor_text, 0, UINT32_MAX, &minor_number))
		return -EINVAL;
	*ret = makedev(major_number, minor_number);
	return 0;
}

int sysfs_sriov_functions(struct strv *ret)
{
	struct dirent **found;
	int n = scandir(PCI_DEVICES, &found, NULL, alphasort);
	unsigned total;

	if (n < 0)
		return -errno;
	for (int i = 0; i < n; i++) {
		if (found[i]->d_name[0] != '.' && sysfs_totalvfs(found[i]->d_name, &total) == 0 && total)
			strv_addf(ret, "%s", found[i]->d_name);
		free(found[i]);
	}
	free(found);
	return 0;
}

/* The VFs' vendor is the PF's (pci_setup_device()), and they are of class network. */
int sysfs_vf_modalias(const char *pf, char **ret)
{
	char path[PATH_MAX], vendor[16], device[16];
	unsigned v, d;
	int r;

	snprintf(path, sizeof(path), PCI_DEVICES "%s/vendor", pf);
	r = read_attr(path, vendor, sizeof(vendor));
	snprintf(path, sizeof(path), PCI_DEVICES "%s/sriov_vf_device", pf);
	if (r == 0)
		r = read_attr(path, device, sizeof(device));
	if (r < 0)
		return r;
	v = (unsigned)strtoul(vendor, NULL, 16); /* "0x8086" */
	d = (unsigned)strtoul(device, NULL, 16); /* "10ca" */
	*ret = xasprintf("pci:v%08Xd%08Xsv00000000sd00000000bc02sc00i00", v, d);
	return 0;
}

bool sysfs_has_iommu(void)
{
	AUTO_DIR DIR *dir = opendir("/sys/class/iommu");

	for (struct dirent *e; dir && (e = readdir(dir));)
		if (e->d_name[0] != '.')
			return true;
	return false;
}

bool sysfs_has_module(const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "/sys/module/%s", name);
	return access(path, F_OK) == 0;
}

int sysfs_hugepages(struct hugepages **ret, size_t *ret_n)
{
	static const char folder[] = "/sys/kernel/mm/hugepages", prefix[] = "hugepages-";
	AUTO_DIR DIR *dir = opendir(folder);
	struct hugepages *list = NULL;
	size_t n = 0;

	if (!dir)
		return -errno;
	for (struct dirent *e; (e = readdir(dir));) {
		char path[PATH_MAX], buf[32];
		struct hugepages h;

		if (strncmp(e->d_name, prefix, strlen(prefix)) != 0)
			continue;
		h.kilobytes = (unsigned)strtoul(e->d_name + strlen(prefix), NULL, 10); /* "hugepages-2048kB" */
		snprintf(path, sizeof(path), "%s/%s/nr_hugepages", folder, e->d_name);
		if (read_attr(path, buf, sizeof(buf)) == 0 && !parse_uint(buf, 0, UINT32_MAX, &h.pages))
			*GROW(list, n) = h;
	}
	*ret = list;
	*ret_n = n;
	return 0;
}
