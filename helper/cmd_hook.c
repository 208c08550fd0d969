/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "apply.h"
#include "cmds.h"
#include "container.h"
#include "log.h"
#include "lxc.h"
#include "netns.h"
#include "process.h"

/* What the container's own configuration must say for LXC to take the VF that we make ready. */
static bool lxc_agrees(const struct start *start, const struct config_nic *const *nics, size_t n)
{
	AUTO_FREE unsigned *indexes = xcalloc(n, sizeof(*indexes));
	AUTO_FREE struct lxc_nic *seen = xcalloc(n, sizeof(*seen));
	bool agrees = true;

	for (size_t i = 0; i < n; i++)
		indexes[i] = nics[i]->index;
	if (lxc_read_nics(start->container, start->config_file, indexes, n, seen) < 0) {
		log_error("%s: %s: liblxc cannot read it; see: lxc-info -n %s", start->container, start->config_file,
			  start->container);
		return false;
	}
	for (size_t i = 0; i < n; i++) {
		char mac[MAC_STR_SIZE];
		const char *key, *is, *should;

		(void)mac_format(&nics[i]->want.mac, mac);
		if (strcmp(seen[i].type, "phys"))
			key = "type", is = seen[i].type, should = "phys";
		else if (strcmp(seen[i].link, nics[i]->link))
			key = "link", is = seen[i].link, should = nics[i]->link;
		else if (*seen[i].hwaddr && strcasecmp(seen[i].hwaddr, mac))
			key = "hwaddr", is = seen[i].hwaddr, should = "unset";
		else
			key = NULL;
		if (!key && *seen[i].hwaddr)
			log_warning("%s: %s: lxc.net.%u.hwaddr: the VF has it already; take it out, since many drivers refuse to "
				    "set it again, and the start fails then",
				    start->container, start->config_file, nics[i]->index);
		if (!key)
			continue;
		log_error("%s: %s: lxc.net.%u.%s is \"%s\" and should be %s; run: lxc-sriov config --write %s, and include "
			  "the file it writes",
			  start->container, start->config_file, nics[i]->index, key, is, should, start->container);
		agrees = false;
	}
	for (size_t i = 0; i < n; i++)
		if (nics[i]->shape != SHAPE_VF && !lxc_has_hook(start->container, start->config_file, "start-host")) {
			log_error("%s: %s: shape = %s of [%s] in %s:%u takes the hook start-host; run: lxc-sriov config --write %s",
				  start->container, start->config_file, nics[i]->shape == SHAPE_TC ? "tc" : "auto",
				  nics[i]->section, nics[i]->file, nics[i]->key_line[NIC_SHAPE], start->container);
			return false;
		}
	return agrees;
}

/* What the container has besides NICs: whether the host can give it, and whether LXC will. */
static enum status whole_agrees(const struct config *config, const struct start *start)
{
	AUTO_STRV struct strv errors = { 0 }, warnings = { 0 };
	AUTO_LINES struct container_lines lines = { 0 };
	enum status status = STATUS_OK;

	if (container_make_lines(config, config_find_container(config, start->container), true, &errors, &warnings, &lines) < 0)
		status = STATUS_FAILED;
	else
		container_compare(config, start->container, start->config_file, &lines, &errors);
	for (size_t i = 0; i < warnings.n; i++)
		log_warning("%s", warnings.s[i]);
	cmd_log_errors(&errors);
	return status == STATUS_OK && errors.n ? STATUS_USAGE : status;
}

/* The PFs that the NICs are on, each once. */
static size_t pfs_of(const struct config *config, const struct config_nic *const *nics, size_t n, const struct config_pf **ret)
{
	size_t n_pf = 0;

	for (size_t i = 0; i < n; i++) {
		const struct config_pf *pf = config_pf_of(config, nics[i]);
		size_t k = 0;

		while (k < n_pf && ret[k] != pf)
			k++;
		if (k == n_pf)
			ret[n_pf++] = pf;
	}
	return n_pf;
}

static bool may_be_had(const struct host_vf *vf, const void *container)
{
	return !vf->held || (vf->claim->runtime == RUNTIME_LXC && !strcmp(vf->claim->container, container));
}

/* A hook that a person calls must not take NICs from a container that runs; LXC itself calls it before. */
static bool runs_already(const struct start *start, const struct host *host)
{
	pid_t init;

	for (size_t i = 0; i < host->n_claim; i++)
		if (claim_is_of(&host->claim[i], start) && process_container_init(&host->claim[i].holder, &init) == 0)
			return true;
	return false;
}

static enum status pre_start(const struct invocation *inv, const struct start *start)
{
	AUTO_CONFIG struct config config = { 0 };
	AUTO_FREE const struct config_nic **nics = NULL;
	AUTO_FREE const struct config_pf **sections = NULL;
	AUTO_HOST struct host host = { 0 };
	AUTO_PLAN struct plan plan = { 0 };
	AUTO_CLOSE int lock = -1;
	enum status status = cmd_load_config(inv, &config);
	size_t n, n_pf;

	if (status != STATUS_OK)
		return status;
	n = config_find_nics(&config, RUNTIME_LXC, start->container, &nics);
	if (!n)
		return cmd_no_section(inv, start->container);
	if (!start->holder.pid) {
		log_error("%s: the process that runs this hook is gone", start->container);
		return STATUS_FAILED;
	}
	if (!lxc_agrees(start, nics, n))
		return STATUS_USAGE;
	status = whole_agrees(&config, start);
	if (status != STATUS_OK)
		return status;
	sections = xcalloc(n, sizeof(*sections));
	n_pf = pfs_of(&config, nics, n, sections);
	status = cmd_lock(inv, &lock);
	if (status == STATUS_OK)
		status = cmd_snapshot(sections, n_pf, &host);
	if (status == STATUS_OK)
		status = cmd_clear_dead(&config, nics, n, sections, n_pf, &host);
	if (status != STATUS_OK)
		return status;
	if (runs_already(start, &host)) {
		log_error("%s: it runs already; stop it first", start->container);
		return STATUS_HELD;
	}
	(void)host_locate(&host, may_be_had, start->container);
	plan_take(&config, nics, n, &host, start, &plan);
	if (!plan.errors.n)
		(void)apply(&plan, &plan.errors, &plan.warnings);
	return cmd_report(&plan);
}

/* The container has its NICs, and its init is about to be run. */
static enum status start_host(const struct invocation *inv, const struct start *start)
{
	AUTO_CONFIG struct config config = { 0 };
	AUTO_FREE const struct config_nic **nics = NULL;
	AUTO_FREE const struct config_pf **sections = NULL;
	AUTO_FREE char *netns = NULL;
	AUTO_HOST struct host host = { 0 };
	AUTO_PLAN struct plan plan = { 0 };
	const char *pid = getenv("LXC_PID");
	enum status status = cmd_load_config(inv, &config);
	unsigned number;
	size_t n;

	if (status != STATUS_OK)
		return status;
	if (!pid || parse_uint(pid, 1, INT32_MAX, &number))
		return cmd_usage(inv, "LXC calls this, not a person: LXC_PID is not set");
	n = config_find_nics(&config, RUNTIME_LXC, start->container, &nics);
	sections = config_pf_list(&config);
	status = cmd_snapshot(sections, config.n_pf, &host);
	if (status != STATUS_OK)
		return status;
	netns = netns_path((pid_t)number);
	plan_shape(&config, nics, n, &host, netns, &plan);
	(void)apply(&plan, &plan.errors, &plan.warnings);
	return cmd_report(&plan);
}

/* In the container's namespaces, with the host's files still in sight and the container's below LXC_ROOTFS_MOUNT. */
static enum status autodev(const struct invocation *inv, const struct start *start)
{
	AUTO_CONFIG struct config config = { 0 };
	AUTO_STRV struct strv errors = { 0 };
	const char *root = getenv("LXC_ROOTFS_MOUNT");
	const struct config_nic *whole;
	enum status status = cmd_load_config(inv, &config);

	if (status != STATUS_OK)
		return status;
	whole = config_find_container(&config, start->container);
	if (!whole)
		return cmd_no_section(inv, start->container);
	if (!root || *root != '/')
		return cmd_usage(inv, "LXC_ROOTFS_MOUNT is not set: the container has no root of its own");
	status = container_make_nodes(whole, root, &errors) < 0 ? STATUS_FAILED : STATUS_OK;
	cmd_log_errors(&errors);
	return status;
}

static bool is_claimed_by(const struct host_vf *vf, const void *container)
{
	return vf->claim && vf->claim->runtime == RUNTIME_LXC && !strcmp(vf->claim->container, container);
}

/*
 * Looks at the records alone: the configuration may have changed since, or be broken, and the VF still
 * comes home. At a reboot LXC takes a failure here for a wish to stop instead (lxc_end()), and the
 * pre-start that follows is strict anyway.
 */
static enum status post_stop(const struct invocation *inv, const struct start *start)
{
	const char *target = getenv("LXC_TARGET");
	AUTO_HOST struct host host = { 0 };
	AUTO_PLAN struct plan plan = { 0 };
	AUTO_CLOSE int lock = -1;
	enum status status = cmd_lock(inv, &lock);

	if (status == STATUS_OK)
		status = cmd_snapshot(NULL, 0, &host);
	if (status == STATUS_OK) {
		/* A VF that reattach gave to the container is not LXC's to move back; LXC still keeps its namespace open. */
		(void)host_locate(&host, is_claimed_by, start->container);
		plan_give_back(start, &host, &plan);
		(void)apply(&plan, &plan.errors, &plan.warnings);
		status = cmd_report(&plan);
	}
	return target && !strcmp(target, "reboot") ? STATUS_OK : status;
}

static const struct {
	const char *type;
	enum status (*run)(const struct invocation *inv, const struct start *start);
} types[] = {
	{ "pre-start", pre_start },
	{ "autodev", autodev },
	{ "start-host", start_host },
	{ "post-stop", post_stop },
};

/*
 * LXC 5.0.2 gives NAME SECTION TYPE as arguments where lxc.hook.version is 0, the default, and only
 * there; section and type as LXC_HOOK_SECTION and LXC_HOOK_TYPE where it is 1, and only there.
 */
enum status cmd_hook(const struct invocation *inv)
{
	bool by_args = inv->n_args >= 3;
	const char *section = by_args ? inv->args[1] : getenv("LXC_HOOK_SECTION");
	const char *type = by_args ? inv->args[2] : getenv("LXC_HOOK_TYPE");
	struct start start = { .runtime = RUNTIME_LXC,
			       .container = getenv("LXC_NAME"),
			       .config_file = getenv("LXC_CONFIG_FILE") };

	log_to_syslog();
	if (!type || !section || !start.container || !start.config_file)
		return cmd_usage(
			inv, "LXC calls this, not a person: LXC_NAME or LXC_CONFIG_FILE is not set, or no hook is named");
	if (parse_container(start.container))
		return cmd_usage(inv, "LXC_NAME = %s: %s", start.container, parse_container(start.container));
	if (*start.config_file != '/' || strchr(start.config_file, '\n') || strlen(start.config_file) >= PATH_MAX)
		return cmd_usage(inv, "LXC_CONFIG_FILE = %s: not an absolute path", start.config_file);
	if (process_hook_caller(start.config_file, &start.holder) < 0)
		start.holder.pid = 0;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (!strcmp(section, "lxc") && !strcmp(types[i].type, type))
			return types[i].run(inv, &start);
	return cmd_usage(inv, "%s %s: set it as lxc.hook.pre-start, autodev, start-host and post-stop only", section, type);
}
