/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <ctype.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <sys/stat.h>

#include "config.h"
#include "ini.h"

/* One key of a section: @set parses the value into the object; NULL or what is wrong with it. */
struct key {
	const char *name;
	bool required;
	const char *(*set)(void *object, const char *value);
};

/* --- keys of [pf NAME] --- */

static const char *pf_set_numvfs(void *object, const char *value)
{
	return parse_uint(value, 1, UINT16_MAX, &((struct config_pf *)object)->numvfs);
}

static const char *pf_set_pci(void *object, const char *value)
{
	return parse_pci(value, ((struct config_pf *)object)->pci);
}

static const struct key pf_keys[PF_KEYS] = {
	[PF_NUMVFS] = { "numvfs", true, pf_set_numvfs },
	[PF_PCI] = { "pci", false, pf_set_pci },
};

/* --- keys of [CONTAINER] and [CONTAINER N] --- */

static const char *nic_set_pf(void *object, const char *value)
{
	return parse_ifname(value, ((struct config_nic *)object)->pf);
}

static const char *nic_set_vf(void *object, const char *value)
{
	return parse_uint(value, 0, UINT16_MAX - 1, &((struct config_nic *)object)->vf);
}

static const char *nic_set_mac(void *object, const char *value)
{
	return parse_mac(value, &((struct config_nic *)object)->mac);
}

static const char *nic_set_name(void *object, const char *value)
{
	return parse_ifname(value, ((struct config_nic *)object)->name);
}

static const char *nic_set_link(void *object, const char *value)
{
	return parse_ifname(value, ((struct config_nic *)object)->link);
}

static const char *nic_set_mtu(void *object, const char *value)
{
	return parse_uint(value, 68, 65535, &((struct config_nic *)object)->mtu); /* 68: RFC 791 */
}

static const char *set_ipaddrs(struct config_ipaddrs *list, int family, const char *value)
{
	AUTO_FREE char *copy = xstrdup(value);
	char *rest = copy;

	for (char *word; (word = strtok_r(rest, " \t", &rest));) {
		struct ipaddr a;
		const char *wrong = parse_ipaddr(word, family, true, &a);

		if (wrong)
			return wrong;
		for (size_t i = 0; i < list->n; i++)
			if (!memcmp(list->a[i].addr, a.addr, sizeof(a.addr)))
				return "names one address twice";
		*GROW(list->a, list->n) = a;
	}
	return list->n ? NULL : "is empty";
}

static const char *nic_set_ipv4(void *object, const char *value)
{
	return set_ipaddrs(&((struct config_nic *)object)->ipv4, AF_INET, value);
}

static const char *nic_set_ipv4_gateway(void *object, const char *value)
{
	return parse_ipaddr(value, AF_INET, false, &((struct config_nic *)object)->ipv4_gateway);
}

static const char *nic_set_ipv6(void *object, const char *value)
{
	return set_ipaddrs(&((struct config_nic *)object)->ipv6, AF_INET6, value);
}

static const char *nic_set_ipv6_gateway(void *object, const char *value)
{
	return parse_ipaddr(value, AF_INET6, false, &((struct config_nic *)object)->ipv6_gateway);
}

static const char *nic_set_container(void *object, const char *value)
{
	const char *wrong = parse_container(value);

	if (!wrong)
		((struct config_nic *)object)->container = xstrdup(value);
	return wrong;
}

static const char *nic_set_reattach_exec(void *object, const char *value)
{
	((struct config_nic *)object)->reattach_exec = xstrdup(value);
	return NULL;
}

static const struct key nic_keys[NIC_KEYS] = {
	[NIC_PF] = { "pf", true, nic_set_pf },
	[NIC_VF] = { "vf", true, nic_set_vf },
	[NIC_MAC] = { "mac", true, nic_set_mac },
	[NIC_NAME] = { "name", false, nic_set_name },
	[NIC_LINK] = { "link", false, nic_set_link },
	[NIC_MTU] = { "mtu", false, nic_set_mtu },
	[NIC_IPV4] = { "ipv4", false, nic_set_ipv4 },
	[NIC_IPV4_GATEWAY] = { "ipv4_gateway", false, nic_set_ipv4_gateway },
	[NIC_IPV6] = { "ipv6", false, nic_set_ipv6 },
	[NIC_IPV6_GATEWAY] = { "ipv6_gateway", false, nic_set_ipv6_gateway },
	[NIC_CONTAINER] = { "container", false, nic_set_container },
	[NIC_REATTACH_EXEC] = { "reattach_exec", false, nic_set_reattach_exec },
};

/* --- from sections to objects --- */

/* Notes in @key_line the line of each key whose value is right; 0 stands for all others. */
static void read_keys(const struct ini_section *section, const char *file, const struct key *keys, size_t n_keys,
		      void *object, unsigned *key_line, struct strv *errors)
{
	bool seen[NIC_KEYS] = { false };

	for (size_t i = 0; i < section->n_entry; i++) {
		const struct ini_entry *e = &section->entry[i];
		const char *wrong = "unknown key";

		for (size_t k = 0; k < n_keys; k++)
			if (!strcmp(keys[k].name, e->key)) {
				seen[k] = true;
				wrong = *e->value ? keys[k].set(object, e->value) : "is empty";
				if (!wrong)
					key_line[k] = e->line;
				break;
			}
		if (wrong)
			strv_addf(errors, "%s:%u: [%s] %s = %s: %s", file, e->line, section->name, e->key, e->value, wrong);
	}
	for (size_t k = 0; k < n_keys; k++)
		if (keys[k].required && !seen[k])
			strv_addf(errors, "%s:%u: [%s] %s: the key is missing", file, section->line, section->name,
				  keys[k].name);
}

static void read_pf(struct config *config, const struct ini_section *section, const char *file, const char *name,
		    struct strv *errors)
{
	struct config_pf *pf = GROW(config->pf, config->n_pf);
	const char *wrong = parse_ifname(name, pf->name);

	pf->file = file;
	pf->line = section->line;
	strv_addf(&config->sections, "%s", section->name);
	pf->section = config->sections.s[config->sections.n - 1];
	if (wrong)
		strv_addf(errors, "%s:%u: [%s]: the PF's name %s", file, section->line, section->name, wrong);
	read_keys(section, file, pf_keys, PF_KEYS, pf, pf->key_line, errors);
}

static void read_nic(struct config *config, const struct ini_section *section, const char *file, const char *label,
		     const char *number, struct strv *errors)
{
	struct config_nic *nic = GROW(config->nic, config->n_nic);
	const char *wrong = parse_container(label);

	nic->label = xstrdup(label);
	nic->file = file;
	nic->line = section->line;
	strv_addf(&config->sections, "%s", section->name);
	nic->section = config->sections.s[config->sections.n - 1];
	if (wrong)
		strv_addf(errors, "%s:%u: [%s]: %s %s", file, section->line, section->name, label, wrong);
	wrong = number ? parse_uint(number, 1, 999, &nic->index) : NULL;
	if (wrong) {
		strv_addf(errors, "%s:%u: [%s]: the NIC's number %s: it is 1 to 999, and [%s] alone is NIC 0", file,
			  section->line, section->name, wrong, label);
		nic->index = UINT_MAX - (unsigned)config->n_nic; /* no other NIC's */
	}
	read_keys(section, file, nic_keys, NIC_KEYS, nic, nic->key_line, errors);

	if (!nic->key_line[NIC_NAME])
		snprintf(nic->name, sizeof(nic->name), "eth%u", nic->index);
	if (!nic->key_line[NIC_LINK] && nic->key_line[NIC_PF] && nic->key_line[NIC_VF]) {
		int len = snprintf(nic->link, sizeof(nic->link), "%sv%u", nic->pf, nic->vf);

		if (len < (int)sizeof(nic->link))
			nic->key_line[NIC_LINK] = nic->key_line[NIC_VF];
		else
			strv_addf(errors, "%s:%u: [%s] link: the default name %sv%u is longer than 15 characters; set link",
				  file, section->line, section->name, nic->pf, nic->vf);
	}
}

/* Splits the section's name into words: "pf NAME", "CONTAINER" or "CONTAINER N". */
static void read_section(struct config *config, const struct ini_section *section, const char *file,
			 struct strv *errors)
{
	AUTO_FREE char *copy = xstrdup(section->name);
	char *rest = copy, *word[3];
	size_t n = 0;

	while (n < ARRAY_SIZE(word) && (word[n] = strtok_r(rest, " \t", &rest)))
		n++;
	if (n == 2 && !strcasecmp(word[0], "pf"))
		read_pf(config, section, file, word[1], errors);
	else if (n == 1 && !strcasecmp(word[0], "pf"))
		strv_addf(errors, "%s:%u: [%s]: the PF's name is missing, as in [pf enp4s0f0]", file, section->line,
			  section->name);
	else if (n == 1 || n == 2)
		read_nic(config, section, file, word[0], n == 2 ? word[1] : NULL, errors);
	else
		strv_addf(errors, "%s:%u: [%s]: unknown section; there are [pf NAME], [CONTAINER] and [CONTAINER N]", file,
			  section->line, section->name);
}

/* --- rules between sections --- */

typedef int (*nic_order)(const struct config_nic *a, const struct config_nic *b);

static int by_number(unsigned a, unsigned b)
{
	return (a > b) - (a < b);
}

static int by_mac(const struct config_nic *a, const struct config_nic *b)
{
	return memcmp(a->mac.addr, b->mac.addr, sizeof(a->mac.addr));
}

static int by_vf(const struct config_nic *a, const struct config_nic *b)
{
	int c = strcmp(a->pf, b->pf);

	return c ? c : by_number(a->vf, b->vf);
}

static int by_link(const struct config_nic *a, const struct config_nic *b)
{
	return strcmp(a->link, b->link);
}

static int by_label(const struct config_nic *a, const struct config_nic *b)
{
	int c = strcasecmp(a->label, b->label);

	return c ? c : by_number(a->index, b->index);
}

static int by_container(const struct config_nic *a, const struct config_nic *b)
{
	int c = strcmp(a->container, b->container);

	return c ? c : by_number(a->index, b->index);
}

static int by_inside_name(const struct config_nic *a, const struct config_nic *b)
{
	int c = strcmp(a->container, b->container);

	return c ? c : strcmp(a->name, b->name);
}

static int order_adapter(const void *a, const void *b, void *order)
{
	const struct config_nic *x = *(const struct config_nic *const *)a;
	const struct config_nic *y = *(const struct config_nic *const *)b;
	int c = (*(nic_order *)order)(x, y);

	return c ? c : (x > y) - (x < y); /* the file's order among equals */
}

/* The NICs that have right values for all of @needed (a mask of keys), into an array; returns how many. */
static size_t sort_nics(const struct config *config, nic_order order, unsigned needed, struct config_nic ***ret)
{
	struct config_nic **sorted = xcalloc(config->n_nic, sizeof(struct config_nic *));
	size_t n = 0;

	for (size_t i = 0; i < config->n_nic; i++) {
		unsigned have = 0;

		for (unsigned k = 0; k < NIC_KEYS; k++)
			have |= (unsigned)!!config->nic[i].key_line[k] << k;
		if ((have & needed) == needed)
			sorted[n++] = &config->nic[i];
	}
	qsort_r(sorted, n, sizeof(struct config_nic *), order_adapter, &order);
	*ret = sorted;
	return n;
}

/* The value of @key as it is shown in messages. */
static const char *nic_value(const struct config_nic *nic, enum config_nic_key key, char buf[static 64])
{
	char mac[MAC_STR_SIZE];

	switch (key) {
	case NIC_VF:
		snprintf(buf, 64, "%u", nic->vf);
		return buf;
	case NIC_MAC:
		(void)util_copy(buf, 64, mac_format(&nic->mac, mac));
		return buf;
	case NIC_LINK:
		return nic->link;
	case NIC_NAME:
		return nic->name;
	case NIC_CONTAINER:
		return nic->container;
	case NIC_IPV4_GATEWAY:
		return ipaddr_format(&nic->ipv4_gateway, false, buf);
	case NIC_IPV6_GATEWAY:
		return ipaddr_format(&nic->ipv6_gateway, false, buf);
	default:
		return nic->pf;
	}
}

static void nic_error(const struct config_nic *nic, enum config_nic_key key, struct strv *errors, const char *fmt, ...)
	PRINTF_LIKE(4, 5);

static void nic_error(const struct config_nic *nic, enum config_nic_key key, struct strv *errors, const char *fmt, ...)
{
	AUTO_FREE char *text = NULL;
	char value[64];
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = xstrdup(fmt);
	va_end(ap);
	strv_addf(errors, "%s:%u: [%s] %s = %s: %s", nic->file, nic->key_line[key] ? nic->key_line[key] : nic->line,
		  nic->section, nic_keys[key].name, nic_value(nic, key, value), text);
}

/* What no two NICs may share: @order finds equals among those whose @needed keys are right. */
static const struct unique_rule {
	enum config_nic_key key;
	nic_order order;
	unsigned needed;
	const char *what;
} unique_rules[] = {
	{ NIC_CONTAINER, by_container, 0, "this NIC of the container is given by" },
	{ NIC_NAME, by_inside_name, 0, "the container's interface of that name is given by" },
	{ NIC_MAC, by_mac, 1 << NIC_MAC, "given to" },
	{ NIC_VF, by_vf, 1 << NIC_PF | 1 << NIC_VF, "this VF is given to" },
	{ NIC_LINK, by_link, 1 << NIC_LINK, "given to" },
};

static void check_unique(const struct config *config, const struct unique_rule *rule, struct strv *errors)
{
	AUTO_FREE struct config_nic **sorted = NULL;
	size_t n = sort_nics(config, rule->order, rule->needed, &sorted);

	for (size_t i = 1; i < n; i++) {
		const struct config_nic *first = sorted[i - 1];

		if (rule->key == NIC_LINK && !by_vf(sorted[i], first))
			continue; /* the default name of a VF given twice */
		if (!rule->order(sorted[i], first))
			nic_error(sorted[i], rule->key, errors, "%s [%s] in %s:%u already", rule->what, first->section,
				  first->file, first->key_line[rule->key] ? first->key_line[rule->key] : first->line);
	}
}

/* [CONTAINER N] is a NIC of whatever container [CONTAINER] names. */
static void name_containers(const struct config *config, struct strv *errors)
{
	AUTO_FREE struct config_nic **sorted = NULL;
	size_t n = sort_nics(config, by_label, 0, &sorted);
	const struct config_nic *first = NULL;

	for (size_t i = 0; i < n; i++) {
		struct config_nic *nic = sorted[i];

		if (!first || strcasecmp(first->label, nic->label)) {
			first = nic;
			if (!nic->container)
				nic->container = xstrdup(nic->label);
		} else if (!nic->container) {
			nic->container = xstrdup(first->container);
		} else if (strcmp(nic->container, first->container)) {
			nic_error(nic, NIC_CONTAINER, errors, "[%s] in %s:%u is of container %s", first->section, first->file,
				  first->line, first->container);
		}
	}
}

static void check_pfs(const struct config *config, struct strv *errors)
{
	for (size_t i = 0; i < config->n_pf; i++)
		for (size_t j = 0; j < i; j++) {
			const struct config_pf *a = &config->pf[i], *b = &config->pf[j];

			if (*a->name && !strcmp(a->name, b->name))
				strv_addf(errors, "%s:%u: [%s]: the PF has a section in %s:%u already", a->file, a->line,
					  a->section, b->file, b->line);
			else if (*a->pci && !strcmp(a->pci, b->pci))
				strv_addf(errors, "%s:%u: [%s] pci = %s: already given by [%s] in %s:%u", a->file,
					  a->key_line[PF_PCI], a->section, a->pci, b->section, b->file, b->key_line[PF_PCI]);
		}
}

static void check_nic(const struct config *config, const struct config_nic *nic, struct strv *errors)
{
	const struct config_pf *pf = config_find_pf(config, nic->pf);

	if (nic->key_line[NIC_PF] && !pf)
		nic_error(nic, NIC_PF, errors, "there is no section [pf %s]", nic->pf);
	if (nic->key_line[NIC_VF] && pf && pf->key_line[PF_NUMVFS] && nic->vf >= pf->numvfs)
		nic_error(nic, NIC_VF, errors, "[%s] in %s:%u has numvfs = %u, so the last VF is %u", pf->section, pf->file,
			  pf->line, pf->numvfs, pf->numvfs - 1);
	if (nic->key_line[NIC_LINK] && config_find_pf(config, nic->link))
		nic_error(nic, NIC_LINK, errors, "that is the name of a PF");
	if (nic->key_line[NIC_IPV4_GATEWAY] && !nic->ipv4.n)
		nic_error(nic, NIC_IPV4_GATEWAY, errors, "LXC takes a gateway only beside an address; set ipv4");
	if (nic->key_line[NIC_IPV6_GATEWAY] && !nic->ipv6.n)
		nic_error(nic, NIC_IPV6_GATEWAY, errors, "LXC takes a gateway only beside an address; set ipv6");
}

static void check_rules(const struct config *config, struct strv *errors)
{
	check_pfs(config, errors);
	for (size_t i = 0; i < config->n_nic; i++)
		check_nic(config, &config->nic[i], errors);
	for (size_t i = 0; i < ARRAY_SIZE(unique_rules); i++)
		check_unique(config, &unique_rules[i], errors);
}

/* --- files --- */

static bool trusted(int fd, const char *path, struct strv *errors)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		strv_addf(errors, "%s: cannot be examined: %s", path, strerror(errno));
	else if (st.st_uid != 0)
		strv_addf(errors, "%s: owned by user %u, not by root; run: chown root %s", path, (unsigned)st.st_uid, path);
	else if (st.st_mode & (S_IWGRP | S_IWOTH))
		strv_addf(errors, "%s: writable by others than root; run: chmod go-w %s", path, path);
	else
		return true;
	return false;
}

/* Who may write to a file's folder may put another file in its place. */
static bool trusted_folder(const char *path, struct strv *errors)
{
	AUTO_FREE char *folder = xstrdup(path);
	AUTO_CLOSE int fd = -1;
	char *slash = strrchr(folder, '/');

	if (slash)
		slash[slash == folder] = '\0';
	fd = open(slash ? folder : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		strv_addf(errors, "%s: %s", folder, strerror(errno));
		return false;
	}
	return trusted(fd, slash ? folder : ".", errors);
}

static void load_one(struct config *config, const char *path, bool for_action, struct strv *errors)
{
	AUTO_FREE char *real = realpath(path, NULL);
	AUTO_CLOSE int fd = real ? open(real, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW) : -1;
	AUTO_INI struct ini ini = { 0 };
	const char *file;
	int r;

	if (fd < 0) {
		strv_addf(errors, "%s: %s", path, strerror(errno));
		return;
	}
	/* Where the path is a link, its own folder as well as that of the real file. */
	if (for_action && (!trusted_folder(real, errors) || (strcmp(path, real) && !trusted_folder(path, errors)) ||
			   !trusted(fd, path, errors)))
		return;
	r = ini_load(fd, path, errors, &ini);
	if (r < 0) {
		strv_addf(errors, "%s: cannot be read: %s", path, strerror(-r));
		return;
	}
	strv_addf(&config->files, "%s", path);
	file = config->files.s[config->files.n - 1];
	for (size_t i = 0; i < ini.n_section; i++)
		read_section(config, &ini.section[i], file, errors);
}

static bool ends_in_ini(const char *name)
{
	size_t len = strlen(name);

	return len > 4 && !strcmp(name + len - 4, ".ini");
}

static int is_drop_in(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && ends_in_ini(entry->d_name);
}

/* "DIR/NAME.d" beside "DIR/NAME.ini". */
static void load_folder(struct config *config, const char *path, struct strv *errors)
{
	AUTO_FREE char *folder = xasprintf("%.*s.d", (int)(strlen(path) - (ends_in_ini(path) ? 4 : 0)), path);
	AUTO_CLOSE int fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct dirent **found;
	int n;

	if (fd < 0 && errno == ENOENT)
		return; /* there need not be such a folder */
	if (fd < 0) {
		strv_addf(errors, "%s: %s", folder, strerror(errno));
		return;
	}
	/* Also when it is empty: who may write there may have taken files away, or put links to root's there. */
	if (!trusted(fd, folder, errors))
		return;
	n = scandir(folder, &found, is_drop_in, alphasort);
	if (n < 0) {
		strv_addf(errors, "%s: %s", folder, strerror(errno));
		return;
	}
	for (int i = 0; i < n; i++) {
		AUTO_FREE char *file = xasprintf("%s/%s", folder, found[i]->d_name);

		load_one(config, file, true, errors);
		free(found[i]);
	}
	free(found);
}

static int finish(struct config *config, struct strv *errors, struct config *ret)
{
	name_containers(config, errors);
	check_rules(config, errors);
	if (errors->n)
		return -EINVAL;
	*ret = *config;
	*config = (struct config){ 0 };
	return 0;
}

int config_load(const char *path, struct strv *errors, struct config *ret)
{
	AUTO_CONFIG struct config config = { 0 };

	load_one(&config, path, true, errors);
	load_folder(&config, path, errors);
	return finish(&config, errors, ret);
}

int config_load_file(const char *path, struct strv *errors, struct config *ret)
{
	AUTO_CONFIG struct config config = { 0 };

	load_one(&config, path, false, errors);
	return finish(&config, errors, ret);
}

void config_clear(struct config *config)
{
	for (size_t i = 0; i < config->n_nic; i++) {
		free(config->nic[i].container);
		free(config->nic[i].label);
		free(config->nic[i].reattach_exec);
		free(config->nic[i].ipv4.a);
		free(config->nic[i].ipv6.a);
	}
	free(config->nic);
	free(config->pf);
	strv_clear(&config->files);
	strv_clear(&config->sections);
	*config = (struct config){ 0 };
}

const struct config_pf *config_find_pf(const struct config *config, const char *name)
{
	for (size_t i = 0; i < config->n_pf; i++)
		if (!strcmp(config->pf[i].name, name))
			return &config->pf[i];
	return NULL;
}

const struct config_pf *config_pf_of(const struct config *config, const struct config_nic *nic)
{
	return config_find_pf(config, nic->pf);
}

static int nic_by_index(const void *a, const void *b)
{
	return by_number((*(const struct config_nic *const *)a)->index, (*(const struct config_nic *const *)b)->index);
}

size_t config_find_nics(const struct config *config, const char *name, const struct config_nic ***ret)
{
	const struct config_nic **found = xcalloc(config->n_nic, sizeof(struct config_nic *));
	size_t n = 0;

	for (size_t i = 0; i < config->n_nic; i++)
		if (!strcmp(config->nic[i].container, name))
			found[n++] = &config->nic[i];
	qsort(found, n, sizeof(struct config_nic *), nic_by_index);
	*ret = found;
	return n;
}
