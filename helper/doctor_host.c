/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "doctor.h"
#include "plan_parts.h"

/* --- configuration and records --- */

static void config_missing(const struct doctor_input *in, struct findings *out)
{
	if (in->config_absent)
		found(out, FOUND_ERROR, xstrdup(in->config_path),
		      xstrdup("there is no such file, which says whose each VF is"),
		      xstrdup("write it; lxc-sriov(8), CONFIGURATION, has an example"));
}

static void config_invalid(const struct doctor_input *in, struct findings *out)
{
	for (size_t i = 0; !in->config_absent && i < in->config_errors.n; i++) {
		const char *error = in->config_errors.s[i], *colon = strstr(error, ": ");

		/* "FILE:LINE: what" */
		found(out, FOUND_ERROR, colon ? xasprintf("%.*s", (int)(colon - error), error) : xstrdup(in->config_path),
		      xstrdup(colon ? colon + 2 : error), xstrdup("mend the file, then: lxc-sriov check"));
	}
}

static void config_empty(const struct doctor_input *in, struct findings *out)
{
	if (!in->config_absent && !in->config_errors.n && !in->config.n_nic)
		found(out, FOUND_WARNING, xstrdup(in->config_path), xstrdup("it gives no container a VF"),
		      xstrdup("add sections to it; lxc-sriov(8), CONFIGURATION, has an example"));
}

static void host_unreadable(const struct doctor_input *in, struct findings *out)
{
	for (size_t i = 0; i < in->host_errors.n; i++)
		found(out, FOUND_ERROR, xstrdup("host"), xstrdup(in->host_errors.s[i]),
		      xstrdup("dmesg may tell more; /run/lxc-sriov must be a folder that only root can write"));
}

static void record_unreadable(const struct doctor_input *in, struct findings *out)
{
	for (size_t i = 0; i < in->host.warnings.n; i++) {
		const char *warning = in->host.warnings.s[i], *colon = strstr(warning, ": ");
		int file = colon ? (int)(colon - warning) : 0;

		found(out, FOUND_WARNING, xasprintf("%.*s", file, warning), xstrdup(colon ? colon + 2 : warning),
		      xasprintf("rm %.*s", file, warning));
	}
}

static void claim_stale(const struct doctor_input *in, struct findings *out)
{
	for (size_t i = 0; i < in->host.n_claim; i++) {
		const struct claim *claim = &in->host.claim[i];
		const struct host_pf *pf = NULL;
		const struct host_vf *vf = host_vf_by_pci(&in->host, claim->vf_pci, &pf);

		if (!in->claim_holds[i])
			found(out, FOUND_WARNING, vf ? doctor_vf_name(pf, vf->index) : xasprintf("vf at %s", claim->vf_pci),
			      xasprintf("recorded as given to container %s, whose start is over", claim_owner(claim)),
			      xstrdup("lxc-sriov reclaim"));
	}
}

/* --- kernel --- */

/* "6.1.0-18-amd64"; something else than a number counts as new. */
static bool release_is_before(const char *release, unsigned long major, unsigned long minor)
{
	char *end;
	unsigned long have = strtoul(release, &end, 10);

	if (end == release || *end != '.')
		return false;
	return have < major || (have == major && strtoul(end + 1, NULL, 10) < minor);
}

static void kernel_old(const struct doctor_input *in, struct findings *out)
{
	if (release_is_before(in->kernel, 5, 14))
		found(out, FOUND_WARNING, xstrdup("kernel"),
		      xasprintf("Linux %s does not say on which device a network device in another namespace is: VFs that a "
				"crash left there are not found",
				in->kernel),
		      xstrdup("run Linux 5.14 or later"));
}

/* The next word of the command line; false: there is none. */
static bool next_word(const char **rest, const char **ret, size_t *ret_len)
{
	*ret = *rest + strspn(*rest, " ");
	*ret_len = strcspn(*ret, " ");
	*rest = *ret + *ret_len;
	return *ret_len;
}

static bool asks_for(const char *command_line, const char *const *words)
{
	const char *rest = command_line, *word;
	size_t len;

	while (next_word(&rest, &word, &len))
		for (size_t i = 0; words[i]; i++)
			if (len == strlen(words[i]) && !strncmp(word, words[i], len))
				return true;
	return false;
}

/* Nobody but vfio needs one: a container uses its VF through the kernel's driver, like any network device. */
static void iommu_off(const struct doctor_input *in, struct findings *out)
{
	static const char *const on[] = { "intel_iommu=on", "amd_iommu=on", "amd_iommu=force_enable", NULL };

	if (in->iommu)
		return;
	if (asks_for(in->command_line, on))
		found(out, FOUND_HINT, xstrdup("IOMMU"),
		      xstrdup("the kernel command line asks for one, and none is at work; containers with kernel drivers do not "
			      "need it, only vfio does"),
		      xstrdup("for vfio alone: enable VT-d or AMD-Vi in the firmware"));
	else
		found(out, FOUND_HINT, xstrdup("IOMMU"),
		      xstrdup("none is at work; containers with kernel drivers do not need it, only vfio does"),
		      xstrdup("for vfio alone: intel_iommu=on iommu=pt on the kernel command line, VT-d or AMD-Vi in the firmware"));
}

static void iommu_vfio(const struct doctor_input *in, struct findings *out)
{
	for (size_t i = 0; !in->iommu && i < in->host.n_pf; i++)
		for (size_t j = 0; j < in->host.pf[i].n_vf; j++)
			if (!strcmp(in->host.pf[i].vf[j].driver, "vfio-pci"))
				found(out, FOUND_WARNING, doctor_vf_name(&in->host.pf[i], in->host.pf[i].vf[j].index),
				      xstrdup("it is driver vfio-pci's, and no IOMMU is at work: whoever uses it can write to all memory"),
				      xstrdup("intel_iommu=on iommu=pt on the kernel command line, VT-d or AMD-Vi in the firmware"));
}

/* --- huge pages --- */

/* "2M", "1G", "2048K": in kilobytes, 0 where it is none. */
static unsigned kilobytes_of(const char *word, size_t len)
{
	char *end;
	unsigned long n = strtoul(word, &end, 10);

	if (end + 1 != word + len)
		return 0;
	switch (*end) {
	case 'k':
	case 'K':
		return (unsigned)n;
	case 'm':
	case 'M':
		return (unsigned)n << 10;
	case 'g':
	case 'G':
		return (unsigned)n << 20;
	default:
		return 0;
	}
}

/* "512", or "0:256,1:256", a number for each NUMA node. */
static unsigned pages_of(const char *value, size_t len)
{
	const char *p = value, *stop = value + len;
	unsigned sum = 0;

	while (p < stop) {
		char *end;
		unsigned long n = strtoul(p, &end, 10);

		if (end == p)
			break;
		if (end < stop && *end == ':')
			n = strtoul(end + 1, &end, 10);
		sum += (unsigned)n;
		p = end < stop && *end == ',' ? end + 1 : stop;
	}
	return sum;
}

static const char *value_if(const char *word, size_t *len, const char *name)
{
	size_t n = strlen(name);

	if (*len < n || strncmp(word, name, n) != 0)
		return NULL;
	*len -= n;
	return word + n;
}

/* What the command line asks for of one size: "hugepagesz=1G hugepages=4"; without a size it is the default one. */
static unsigned asked_on_command_line(const struct doctor_input *in, unsigned kilobytes)
{
	const char *rest = in->command_line, *word, *value;
	unsigned size = in->default_hugepage, asked = 0;
	size_t len;

	while (next_word(&rest, &word, &len)) {
		size_t n = len;

		value = value_if(word, &n, "hugepagesz=");
		if (value)
			size = kilobytes_of(value, n);
		n = len;
		value = value_if(word, &n, "hugepages=");
		if (value && size == kilobytes)
			asked = pages_of(value, n);
	}
	return asked;
}

static unsigned asked_at_boot(const struct doctor_input *in, unsigned kilobytes, const char **ret_by)
{
	if (in->sysctl_hugepages && kilobytes == in->default_hugepage) {
		*ret_by = in->sysctl_file;
		return (unsigned)strtoul(in->sysctl_hugepages, NULL, 10);
	}
	*ret_by = "the kernel command line";
	return asked_on_command_line(in, kilobytes);
}

static void hugepages_missing(const struct doctor_input *in, struct findings *out)
{
	for (size_t i = 0; i < in->n_hugepages; i++) {
		const struct hugepages *h = &in->hugepages[i];
		const char *by;
		unsigned asked = asked_at_boot(in, h->kilobytes, &by);

		if (h->pages >= asked)
			continue;
		found(out, FOUND_WARNING, xstrdup("huge pages"),
		      xasprintf("%s asks for %u of %u kB, and there are %u", by, asked, h->kilobytes, h->pages),
		      in->sysctl_hugepages && h->kilobytes == in->default_hugepage ?
			      xstrdup("sysctl --system; reboot if memory is too fragmented by now") :
			      xstrdup("ask for fewer, or reboot: memory for them must be free in one piece"));
	}
}

static void hugetlbfs_missing(const struct doctor_input *in, struct findings *out)
{
	const char *by;
	unsigned pages = 0;

	for (size_t i = 0; i < in->n_hugepages; i++)
		pages += in->hugepages[i].pages + asked_at_boot(in, in->hugepages[i].kilobytes, &by);
	if (pages && !in->hugetlbfs)
		found(out, FOUND_WARNING, xstrdup("huge pages"),
		      xstrdup("hugetlbfs is mounted nowhere, so that programs do not get at them"),
		      xstrdup("mkdir -p /dev/hugepages && mount -t hugetlbfs hugetlbfs /dev/hugepages"));
}

/* --- LXC and boot --- */

/* A host of Docker's may have no LXC. */
static void lxc_absent(const struct doctor_input *in, struct findings *out)
{
	if (!in->lxc_version && in->n_container)
		found(out, FOUND_ERROR, xstrdup("LXC"),
		      xstrdup("liblxc cannot be loaded, and the configuration has containers of LXC's"),
		      xstrdup("install Debian's package liblxc1"));
}

/* lxc.net.N came with 2.1, and what a VF needs of hooks, types and attach with 3.0, the oldest that anybody keeps. */
static void lxc_old(const struct doctor_input *in, struct findings *out)
{
	if (in->lxc_version && release_is_before(in->lxc_version, 3, 0))
		found(out, FOUND_ERROR, xstrdup("LXC"),
		      xasprintf("version %s does not know the lxc.net.N lines and hooks that a VF needs", in->lxc_version),
		      xstrdup("install LXC 3.0 or later"));
}

static void hook_missing(const struct doctor_input *in, struct findings *out)
{
	if (!in->hook_there)
		found(out, FOUND_ERROR, xstrdup(in->hook),
		      xstrdup("it is not there, or cannot be run: containers that have it in their configuration do not start"),
		      xstrdup("install lxc-sriov again"));
}

static void service_disabled(const struct doctor_input *in, struct findings *out)
{
	if (in->systemd && !in->service_enabled)
		found(out, FOUND_WARNING, xstrdup("lxc-sriov.service"),
		      xstrdup("it is not enabled: after a boot there are no VFs when containers start"),
		      xstrdup("systemctl enable lxc-sriov.service"));
}

const struct doctor_check doctor_host_checks[] = {
	{ "config-missing", .host = config_missing },
	{ "config-invalid", .host = config_invalid },
	{ "config-empty", .host = config_empty },
	{ "host-unreadable", .host = host_unreadable },
	{ "record-unreadable", .host = record_unreadable },
	{ "claim-stale", .host = claim_stale },
	{ "lxc-absent", .host = lxc_absent },
	{ "lxc-old", .host = lxc_old },
	{ "hook-missing", .host = hook_missing },
	{ "service-disabled", .host = service_disabled },
	{ "kernel-old", .host = kernel_old },
	{ "iommu-vfio", .host = iommu_vfio },
	{ "iommu-off", .host = iommu_off },
	{ "hugepages-missing", .host = hugepages_missing },
	{ "hugetlbfs-missing", .host = hugetlbfs_missing },
	{ 0 },
};
