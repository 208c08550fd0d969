/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "doctor.h"
#include "process.h"
#include "system.h"
#include "udev.h"

#define HOOK LXCDATADIR "/hooks/lxc-sriov"

/* --- modules --- */

/* The last line of "modprobe --show-depends" is about the module itself, those before it are what it needs. */
static void judge(struct doctor_module *module, char *depends)
{
	char *rest = depends, *last = NULL;

	for (char *line; (line = strtok_r(rest, "\n", &rest));)
		last = line;
	if (!last) {
		module->state = MODULE_BLACKLISTED;
	} else if (!strncmp(last, "install ", 8)) {
		module->state = MODULE_BLOCKED;
	} else if (!strncmp(last, "insmod ", 7)) {
		last[7 + strcspn(last + 7, " ")] = '\0';
		if (access(last + 7, F_OK) < 0)
			module->state = MODULE_NO_FILE;
	}
}

/* Takes @alias over. */
static struct doctor_module look_up(char *alias)
{
	struct doctor_module module = { 0 };
	AUTO_FREE char *names = NULL, *depends = NULL;
	int r;

	module.alias = alias;
	r = process_output((const char *const[]){ "modprobe", "-q", "-R", "--", alias, NULL }, &names);
	if (!names) {
		module.state = MODULE_UNKNOWN;
		return module;
	}
	names[strcspn(names, "\n")] = '\0';
	if (r < 0 || !*names) {
		module.state = MODULE_ABSENT;
		return module;
	}
	module.name = xstrdup(names);
	if (sysfs_has_module(module.name))
		return module;
	r = process_output((const char *const[]){ "modprobe", "-q", "--show-depends", "--", alias, NULL }, &depends);
	if (r == 0)
		judge(&module, depends);
	return module;
}

static void module_clear(struct doctor_module *module)
{
	free(module->alias);
	free(module->name);
}

static void gather_idle(struct doctor_input *in)
{
	AUTO_STRV struct strv functions = { 0 };

	(void)sysfs_sriov_functions(&functions);
	for (size_t i = 0; i < functions.n; i++) {
		char driver[DRIVER_NAME_SIZE], *alias;
		struct doctor_idle *idle;

		if (sysfs_driver(functions.s[i], driver) < 0 || *driver || sysfs_modalias(functions.s[i], &alias) < 0)
			continue;
		idle = GROW(in->idle, in->n_idle);
		(void)COPY(idle->pci, functions.s[i]);
		idle->module = look_up(alias);
	}
}

/* --- PFs and NICs --- */

static const struct link *find_link(const struct doctor_input *in, const struct config_pf *section)
{
	for (size_t i = 0; i < in->host.n_link; i++)
		if (*section->pci && !strcmp(in->host.link[i].pci, section->pci))
			return &in->host.link[i];
	return *section->pci ? NULL : host_find_link(&in->host, NULL, section->name);
}

static void gather_pf(struct doctor_input *in, const struct config_pf *section, struct doctor_pf *ret)
{
	char *alias;

	ret->section = section;
	ret->link = find_link(in, section);
	ret->pci_there = *section->pci && sysfs_pci_exists(section->pci);
	for (size_t i = 0; ret->link && i < in->host.n_pf; i++)
		if (in->host.pf[i].ifindex == ret->link->ifindex)
			ret->pf = &in->host.pf[i];
	ret->vf_module.state = MODULE_UNKNOWN;
	if (ret->pf && sysfs_vf_modalias(ret->pf->pci, &alias) == 0)
		ret->vf_module = look_up(alias);
}

static void gather_nic(struct doctor_input *in, const struct config_nic *nic, bool networkmanager, bool networkd)
{
	struct doctor_nic *ret = GROW(in->nic, in->n_nic);
	const struct config_pf *section = config_pf_of(&in->config, nic);
	const struct host_vf *vf;
	pid_t init;

	ret->nic = nic;
	ret->pf = &in->pf[section - in->config.pf];
	ret->vf = vf = ret->pf->pf ? host_vf(ret->pf->pf, nic->vf) : NULL;
	if (!vf)
		return;
	ret->runs = vf->held &&
		    (vf->claim->attached ? !vf->claim->moving : process_container_init(&vf->claim->holder, &init) == 0);
	if (vf->place == VF_AWAY && (vf->lives_in_pid || vf->kept_by))
		process_name(vf->lives_in_pid ? vf->lives_in_pid : vf->kept_by, ret->process);
	if (vf->place != VF_HERE)
		return;
	ret->networkmanager = networkmanager && system_networkmanager_has(vf->link.ifindex);
	ret->networkd = networkd && system_networkd_has(vf->link.ifindex);
	ret->marked = udev_has(vf->link.ifindex, "NM_UNMANAGED=1") &&
		      udev_has(vf->link.ifindex, "ID_NET_MANAGED_BY=lxc-sriov");
}

/* --- containers --- */

static void gather_container(struct doctor_input *in, const char *name,
			     char *(*config_text)(const void *, const struct config *, const char *,
						  const struct config_nic *const *, size_t),
			     const void *arg)
{
	struct doctor_container *c = GROW(in->container, in->n_container);
	AUTO_FREE char *config = NULL, *sriov_conf = NULL;
	AUTO_FREE unsigned *indexes = NULL;
	int r;

	c->name = name;
	c->folder = xasprintf("%s/%s", in->lxcpath ? in->lxcpath : lxc_default_path(), name);
	config = xasprintf("%s/config", c->folder);
	sriov_conf = xasprintf("%s/sriov.conf", c->folder);
	c->n_nic = config_find_nics(&in->config, RUNTIME_LXC, name, &c->nic);
	c->lxc = xcalloc(c->n_nic, sizeof(*c->lxc));
	if (access(config, F_OK) < 0) {
		c->state = CONTAINER_ABSENT;
		return;
	}
	indexes = xcalloc(c->n_nic, sizeof(*indexes));
	for (size_t i = 0; i < c->n_nic; i++)
		indexes[i] = c->nic[i]->index;
	r = lxc_read_container(name, config, indexes, c->n_nic, c->lxc, &c->pre_start, &c->post_stop);
	if (r < 0)
		c->state = r == -EINPROGRESS ? CONTAINER_PARTIAL : CONTAINER_UNREADABLE;
	c->written = system_read_file(sriov_conf);
	c->wanted = config_text(arg, &in->config, name, c->nic, c->n_nic);
}

static bool is_first(const struct config *config, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (config->nic[k].runtime == RUNTIME_LXC && !strcmp(config->nic[k].container, config->nic[i].container))
			return false;
	return true;
}

/* --- all --- */

static bool is_any(const struct host_vf *vf, const void *arg)
{
	(void)vf;
	(void)arg;
	return true;
}

static void gather_fdb(struct doctor_input *in)
{
	AUTO_NETLINK struct netlink *nl = NULL;
	int r = netlink_open(NULL, &nl);

	if (r == 0)
		r = netlink_fdb(nl, &in->fdb, &in->n_fdb);
	if (r < 0)
		strv_addf(&in->host_errors, "list the bridges' forwarding entries: %s", strerror(-r));
}

static void gather_host(struct doctor_input *in)
{
	in->kernel = system_kernel_release();
	in->command_line = system_command_line();
	in->iommu = sysfs_has_iommu();
	(void)sysfs_hugepages(&in->hugepages, &in->n_hugepages);
	in->default_hugepage = system_default_hugepage();
	(void)system_sysctl_at_boot("vm.nr_hugepages", &in->sysctl_hugepages, &in->sysctl_file);
	in->hugetlbfs = system_has_mounted("hugetlbfs");
	in->lxc_version = lxc_library_version();
	in->hook = HOOK;
	in->hook_there = access(HOOK, X_OK) == 0;
	in->systemd = system_runs_systemd();
	in->service_enabled = system_unit_is_enabled("lxc-sriov.service");
}

void doctor_gather(struct doctor_input *in,
		   char *(*config_text)(const void *arg, const struct config *config, const char *name,
					const struct config_nic *const *nics, size_t n),
		   const void *arg)
{
	bool networkmanager = process_is_there("NetworkManager"), networkd = process_is_there("systemd-network");

	if (host_snapshot(NULL, 0, &in->host_errors, &in->host) == 0) {
		(void)host_locate(&in->host, is_any, NULL);
		gather_fdb(in);
	}
	in->claim_holds = xcalloc(in->host.n_claim, sizeof(*in->claim_holds));
	for (size_t i = 0; i < in->host.n_claim; i++)
		in->claim_holds[i] = claim_holds(&in->host.claim[i]);
	in->pf = xcalloc(in->config.n_pf, sizeof(*in->pf));
	for (; in->n_pf < in->config.n_pf; in->n_pf++)
		gather_pf(in, &in->config.pf[in->n_pf], &in->pf[in->n_pf]);
	for (size_t i = 0; i < in->config.n_nic; i++)
		gather_nic(in, &in->config.nic[i], networkmanager, networkd);
	for (size_t i = 0; i < in->config.n_nic; i++)
		if (in->config.nic[i].runtime == RUNTIME_LXC && is_first(&in->config, i))
			gather_container(in, in->config.nic[i].container, config_text, arg);
	gather_idle(in);
	gather_host(in);
}

void doctor_input_clear(struct doctor_input *in)
{
	for (size_t i = 0; i < in->n_pf; i++)
		module_clear(&in->pf[i].vf_module);
	for (size_t i = 0; i < in->n_idle; i++)
		module_clear(&in->idle[i].module);
	for (size_t i = 0; i < in->n_container; i++) {
		free(in->container[i].folder);
		free(in->container[i].nic);
		free(in->container[i].lxc);
		free(in->container[i].pre_start);
		free(in->container[i].post_stop);
		free(in->container[i].written);
		free(in->container[i].wanted);
	}
	free(in->pf);
	free(in->nic);
	free(in->container);
	free(in->idle);
	free(in->fdb);
	free(in->claim_holds);
	free(in->hugepages);
	free(in->kernel);
	free(in->command_line);
	free(in->sysctl_hugepages);
	free(in->sysctl_file);
	host_clear(&in->host);
	config_clear(&in->config);
	strv_clear(&in->config_errors);
	strv_clear(&in->host_errors);
	*in = (struct doctor_input){ 0 };
}
