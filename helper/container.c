/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <stdarg.h>
#include <sys/stat.h>

#include "container.h"
#include "devices.h"
#include "lxc.h"
#include "sysfs.h"

#define HOOK LXCDATADIR "/hooks/lxc-sriov"
#define TRY_MS 2000 /* for claims of a moment */

static void whole_error(const struct config_nic *whole, enum config_nic_key key, const char *value, struct strv *errors,
			const char *fmt, ...) PRINTF_LIKE(5, 6);

static void whole_error(const struct config_nic *whole, enum config_nic_key key, const char *value, struct strv *errors,
			const char *fmt, ...)
{
	AUTO_FREE char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = xstrdup(fmt);
	va_end(ap);
	strv_addf(errors, "%s:%u: [%s] %s = %s: %s", whole->file, whole->key_line[key], whole->section,
		  config_nic_key_name(key), value, text);
}

static void add_line(struct container_lines *lines, const char *key, char *value, bool among)
{
	struct container_line *line = GROW(lines->line, lines->n);

	line->key = key;
	line->value = value;
	line->among = among;
}

void container_lines_clear(struct container_lines *lines)
{
	for (size_t i = 0; i < lines->n; i++)
		free(lines->line[i].value);
	free(lines->line);
	*lines = (struct container_lines){ 0 };
}

/*
 * Which options LXC is to be told. LXC 7 has none of version 1's, and does not load a configuration that names one, whatever
 * the host's control groups are.
 */
static bool tell_cgroup2(void)
{
	return sysfs_cgroup_unified() || lxc_major_version() >= 7;
}

/* --- CPUs and memory --- */

static int local_cpus(const struct config *config, const struct config_nic *whole, struct cpus *ret)
{
	const struct config_pf *pf = config_pf_of(config, whole);
	char pci[PCI_ADDR_SIZE];
	int r = 0;

	if (*pf->pci)
		(void)COPY(pci, pf->pci);
	else
		r = sysfs_netdev_pci(pf->name, pci);
	return r < 0 ? r : sysfs_local_cpus(pci, ret);
}

static bool have_common(const struct cpus *a, const struct cpus *b)
{
	for (size_t i = 0; i < ARRAY_SIZE(a->bits); i++)
		if (a->bits[i] & b->bits[i])
			return true;
	return false;
}

static void add_cpus(const struct config *config, const struct config_nic *whole, struct strv *errors,
		     struct strv *warnings, struct container_lines *lines)
{
	struct cpus cpus = whole->whole.cpus, possible = { { 0 } }, online = { { 0 } };
	AUTO_FREE char *text = NULL, *host = NULL;
	unsigned missing;
	int r = 0;

	if (whole->whole.cpus_local) {
		r = local_cpus(config, whole, &cpus);
		if (r < 0) {
			whole_error(whole, NIC_CPUS, "local", errors,
				    "pf %s: %s; is its driver loaded, and the name right?", whole->pf, strerror(-r));
			return;
		}
	}
	r = sysfs_possible_cpus(&possible);
	if (r == 0)
		r = sysfs_online_cpus(&online);
	/* The kernel counts those that are offline among them, since 6.12 also for a card without a NUMA node. */
	if (r == 0 && whole->whole.cpus_local && have_common(&cpus, &online))
		for (size_t i = 0; i < ARRAY_SIZE(cpus.bits); i++)
			cpus.bits[i] &= online.bits[i];
	text = cpus_format(&cpus);
	if (r < 0) {
		whole_error(whole, NIC_CPUS, text, errors, "the host's CPUs cannot be told: %s", strerror(-r));
		return;
	}
	missing = cpus_missing(&cpus, &possible);
	if (missing < CPUS_MAX) {
		host = cpus_format(&possible);
		whole_error(whole, NIC_CPUS, text, errors, "the host has no CPU %u; it has %s", missing, host);
		return;
	}
	missing = cpus_missing(&cpus, &online);
	if (missing < CPUS_MAX) {
		/* cgroup2 takes a CPU that is offline, and gives all of them where none is online. */
		bool usable = sysfs_cgroup_unified() && have_common(&cpus, &online);

		host = cpus_format(&online);
		whole_error(whole, NIC_CPUS, text, usable ? warnings : errors, "CPU %u is offline; online are %s",
			    missing, host);
		if (!usable)
			return;
	}
	add_line(lines, tell_cgroup2() ? "lxc.cgroup2.cpuset.cpus" : "lxc.cgroup.cpuset.cpus", STEAL_PTR(text), false);
}

static void add_memory(const struct config_nic *whole, struct strv *warnings, struct container_lines *lines)
{
	uint64_t host = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
	char *text = xasprintf("%llu", (unsigned long long)whole->whole.memory);

	if (whole->whole.memory > host)
		whole_error(whole, NIC_MEMORY, text, warnings, "the host has %llu, so this limits nothing",
			    (unsigned long long)host);
	add_line(lines, tell_cgroup2() ? "lxc.cgroup2.memory.max" : "lxc.cgroup.memory.limit_in_bytes", text, false);
}

/* --- devices --- */

/* The section of a container other than @name's that has @device, and its path there; or NULL. */
static const struct config_nic *find_other(const struct config *config, const char *name, const struct device *device,
					   const char **ret_path)
{
	for (size_t i = 0; i < config->n_nic; i++) {
		const struct config_nic *other = &config->nic[i];

		if (other->runtime != RUNTIME_LXC || !strcmp(other->container, name))
			continue;
		for (size_t j = 0; j < other->whole.devices.n; j++) {
			struct device its = { 0 };

			if (device_look(other->whole.devices.s[j], &its) == 0 && device_overlaps(&its, device)) {
				*ret_path = other->whole.devices.s[j];
				return other;
			}
		}
	}
	return NULL;
}

/* Two that write to one disk destroy what is on it. */
static void check_disk(const struct config *config, const struct config_nic *whole, const char *path,
		       const struct device *device, bool starting, struct strv *errors, struct strv *warnings)
{
	AUTO_MOUNT struct device_mount mount = { 0 };
	const char *its_path;
	const struct config_nic *other = find_other(config, whole->container, device, &its_path);
	int r;

	if (other) {
		whole_error(whole, NIC_DEVICES, path, errors, "[%s] in %s:%u has %s, which is the same disk or a part of it",
			    other->section, other->file, other->key_line[NIC_DEVICES], its_path);
		return;
	}
	r = device_find_mount(device, &mount);
	if (r == 0) {
		whole_error(whole, NIC_DEVICES, path, mount.read_only ? warnings : errors,
			    "the host has %s mounted on %s%s", mount.source, mount.point,
			    mount.read_only ? ", read-only; what the container writes does not show there" :
					      "; unmount it first");
		return;
	}
	if (r < 0 && r != -ENOENT)
		whole_error(whole, NIC_DEVICES, path, errors, "/proc/self/mountinfo: %s", strerror(-r));
	r = starting ? device_try(path, util_now_ms() + TRY_MS) : 0;
	if (r == -EBUSY)
		whole_error(whole, NIC_DEVICES, path, errors,
			    "it is in use: swap, LVM, RAID, or mounted in a container or another namespace; see: lsblk %s",
			    path);
	else if (r < 0)
		whole_error(whole, NIC_DEVICES, path, errors, "%s", strerror(-r));
}

static const char *allow_key(void)
{
	return tell_cgroup2() ? "lxc.cgroup2.devices.allow" : "lxc.cgroup.devices.allow";
}

/*
 * With a rule for one device LXC refuses all others (cgroup2), /dev/null too; in version 1 it must be told to. A
 * container whose configuration includes LXC's common.conf has these already; others, of the busybox template say,
 * have no rules at all.
 */
static void add_usual_devices(struct container_lines *lines)
{
	static const char *const rules[] = {
		"c *:* m",   "b *:* m",   "c 1:3 rwm", "c 1:5 rwm", "c 1:7 rwm",   "c 1:8 rwm",
		"c 1:9 rwm", "c 5:0 rwm", "c 5:1 rwm", "c 5:2 rwm", "c 136:* rwm", "c 10:229 rwm",
	};

	if (!tell_cgroup2())
		add_line(lines, "lxc.cgroup.devices.deny", xstrdup("a"), true);
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		add_line(lines, allow_key(), xstrdup(rules[i]), true);
}

static void add_device(const struct config *config, const struct config_nic *whole, size_t index, bool starting,
		       struct strv *errors, struct strv *warnings, struct container_lines *lines)
{
	const char *path = whole->whole.devices.s[index];
	struct device device = { 0 }, earlier = { 0 };
	int r = device_look(path, &device);

	if (r < 0) {
		whole_error(whole, NIC_DEVICES, path, errors, "%s",
			    r == -ENODEV ? "it is neither a block nor a character device" : strerror(-r));
		return;
	}
	for (size_t i = 0; i < index; i++)
		if (device_look(whole->whole.devices.s[i], &earlier) == 0 && earlier.number == device.number &&
		    (earlier.mode & S_IFMT) == (device.mode & S_IFMT)) {
			whole_error(whole, NIC_DEVICES, path, errors, "it is the same device as %s",
				    whole->whole.devices.s[i]);
			return;
		}
	if (S_ISBLK(device.mode))
		check_disk(config, whole, path, &device, starting, errors, warnings);
	/* A path and not today's numbers: LXC (4.0 and later) looks the numbers up at each start. */
	add_line(lines, allow_key(), xasprintf("%s rwm", path), true);
}

int container_make_lines(const struct config *config, const struct config_nic *whole, bool starting,
			 struct strv *errors, struct strv *warnings, struct container_lines *ret)
{
	AUTO_LINES struct container_lines lines = { 0 };
	size_t before = errors->n;

	if (whole && whole->key_line[NIC_CPUS])
		add_cpus(config, whole, errors, warnings, &lines);
	if (whole && whole->key_line[NIC_MEMORY])
		add_memory(whole, warnings, &lines);
	if (whole && whole->whole.devices.n)
		add_usual_devices(&lines);
	for (size_t i = 0; whole && i < whole->whole.devices.n; i++)
		add_device(config, whole, i, starting, errors, warnings, &lines);
	if (whole && whole->whole.devices.n)
		add_line(&lines, "lxc.hook.autodev", xstrdup(HOOK), true);
	if (errors->n > before)
		return -EINVAL;
	*ret = lines;
	lines = (struct container_lines){ 0 };
	return 0;
}

/* --- what LXC's configuration says --- */

enum { ITEM_AUTODEV, ITEM_IDMAP, ITEM_ALLOW, ITEMS };

/* Whether @line is one of the lines of @text, or with !@among the last one. */
static bool has_value(const char *text, const char *line, bool among)
{
	AUTO_FREE char *copy = xstrdup(text);
	char *rest = copy;
	bool is = false;

	for (char *value; (value = strtok_r(rest, "\n", &rest));)
		is = !strcmp(value, line) || (among && is);
	return is;
}

/* Rules that an earlier configuration has left behind, for what is another's now. */
static void check_rules(const struct config *config, const char *name, const char *config_file, const char *key,
			const char *rules, struct strv *errors)
{
	AUTO_FREE char *copy = xstrdup(rules);
	char *rest = copy;

	for (char *rule; (rule = strtok_r(rest, "\n", &rest));) {
		AUTO_FREE char *path = xstrdup(rule);
		const struct config_nic *other;
		const char *its_path;
		struct device device = { 0 };

		path[strcspn(path, " ")] = '\0';
		if (*path != '/' || device_look(path, &device) < 0)
			continue;
		other = find_other(config, name, &device, &its_path);
		if (other)
			strv_addf(errors, "%s: %s: %s = %s: [%s] in %s:%u has %s; run: lxc-sriov config --write %s",
				  name, config_file, key, rule, other->section, other->file,
				  other->key_line[NIC_DEVICES], its_path, name);
	}
}

static bool any_devices(const struct config *config)
{
	for (size_t i = 0; i < config->n_nic; i++)
		if (config->nic[i].whole.devices.n)
			return true;
	return false;
}

/* In one line: LXC 5.0 reads what a hook says in pieces, and cuts each in its log after some 1600 bytes. */
static void lacks(const char *name, const char *config_file, const struct container_line *line, size_t more,
		  struct strv *errors)
{
	char others[sizeof(" (and  lines more)") + 20] = "";

	if (more)
		snprintf(others, sizeof(others), " (and %zu line%s more)", more, more == 1 ? "" : "s");
	strv_addf(errors, "%s: %s: it lacks %s = %s%s; run: lxc-sriov config --write %s, and include the file it writes",
		  name, config_file, line->key, line->value, others, name);
}

void container_compare(const struct config *config, const char *name, const char *config_file,
		       const struct container_lines *lines, struct strv *errors)
{
	const struct container_line *first = NULL;
	size_t n = ITEMS + lines->n, lacking = 0;
	AUTO_FREE const char **keys = NULL;
	AUTO_FREE char **items = NULL;

	if (!lines->n && !any_devices(config))
		return;
	keys = xcalloc(n, sizeof(*keys));
	items = xcalloc(n, sizeof(*items));
	keys[ITEM_AUTODEV] = "lxc.autodev";
	keys[ITEM_IDMAP] = "lxc.idmap";
	keys[ITEM_ALLOW] = allow_key();
	for (size_t i = 0; i < lines->n; i++)
		keys[ITEMS + i] = lines->line[i].key;
	if (lxc_read_items(name, config_file, keys, n, items) < 0) {
		strv_addf(errors, "%s: %s: liblxc cannot read it; see: lxc-info -n %s", name, config_file, name);
		return;
	}
	for (size_t i = 0; i < lines->n; i++)
		if (!has_value(items[ITEMS + i], lines->line[i].value, lines->line[i].among) && !lacking++)
			first = &lines->line[i];
	if (lacking)
		lacks(name, config_file, first, lacking - 1, errors);
	check_rules(config, name, config_file, keys[ITEM_ALLOW], items[ITEM_ALLOW], errors);
	if (lines->n && !strcmp(lines->line[lines->n - 1].key, "lxc.hook.autodev")) {
		if (strcmp(items[ITEM_AUTODEV], "1") != 0)
			strv_addf(errors,
				  "%s: %s: lxc.autodev is %s; devices need lxc.autodev = 1, since only then LXC runs the "
				  "hook that makes their nodes",
				  name, config_file, items[ITEM_AUTODEV]);
		if (*items[ITEM_IDMAP])
			strv_addf(errors,
				  "%s: %s: lxc.idmap: a container with a user namespace cannot have devices; take one "
				  "of them out",
				  name, config_file);
	}
	for (size_t i = 0; i < n; i++)
		free(items[i]);
}

/* --- nodes --- */

static const char *why_not(int error)
{
	switch (error) {
	case -EEXIST:
		return "something that is no device stands in its place in the container";
	case -ENOTDIR:
		return "a link or a file stands in the place of a folder in the container";
	case -EXDEV:
		return "the container has the host's own /dev";
	case -EPERM:
		return "no device nodes can be made there; has the container a user namespace (lxc.idmap)?";
	default:
		return strerror(-error);
	}
}

int container_make_nodes(const struct config_nic *whole, const char *root, struct strv *errors)
{
	AUTO_CLOSE int fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0) {
		strv_addf(errors, "%s: LXC_ROOTFS_MOUNT = %s: %s", whole->container, root, strerror(errno));
		return -EINVAL;
	}
	for (size_t i = 0; i < whole->whole.devices.n; i++) {
		const char *path = whole->whole.devices.s[i];
		struct device device = { 0 };
		int r = device_look(path, &device);

		if (r == 0)
			r = device_make(fd, path, &device);
		if (r < 0) {
			whole_error(whole, NIC_DEVICES, path, errors, "%s", why_not(r));
			return r;
		}
	}
	return 0;
}
