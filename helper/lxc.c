/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <limits.h>
#include <lxc/attach_options.h>
#include <lxc/lxccontainer.h>

#include "library.h"
#include "lxc.h"

static struct {
	__typeof__(lxc_container_new) *container_new;
	__typeof__(lxc_container_put) *container_put;
	__typeof__(lxc_attach_run_command) *attach_run_command;
	__typeof__(lxc_get_global_config_item) *global_config_item;
	__typeof__(lxc_get_version) *version;
	__typeof__(list_defined_containers) *list_defined;
} liblxc;

/* 0, or -ENOPKG: nothing may be called. */
static int load_liblxc(void)
{
	static const struct library_function functions[] = {
		{ "lxc_container_new", &liblxc.container_new },
		{ "lxc_container_put", &liblxc.container_put },
		{ "lxc_attach_run_command", &liblxc.attach_run_command },
		{ "lxc_get_global_config_item", &liblxc.global_config_item },
		{ "lxc_get_version", &liblxc.version },
		{ "list_defined_containers", &liblxc.list_defined },
	};

	return liblxc.container_new ? 0 : library_load("liblxc.so.1", functions, ARRAY_SIZE(functions));
}

/* As lxc_container_new(), into an AUTO_CONTAINER. -ENOPKG, or -EINVAL: LXC does not take the name or its file. */
static int open_container(const char *name, const char *lxcpath, struct lxc_container **ret)
{
	int r = load_liblxc();

	if (r < 0)
		return r;
	*ret = liblxc.container_new(name, lxcpath);
	return *ret ? 0 : -EINVAL;
}

static void put_container(struct lxc_container **c)
{
	if (*c)
		liblxc.container_put(*c);
}

#define AUTO_CONTAINER __attribute__((cleanup(put_container)))

static void get_item(struct lxc_container *c, unsigned index, const char *key, char *ret, size_t size)
{
	char item[64];
	int len;

	snprintf(item, sizeof(item), "lxc.net.%u.%s", index, key);
	len = c->get_config_item(c, item, ret, (int)size);
	if (len < 0 || (size_t)len >= size)
		ret[0] = '\0';
}

/* The configuration in @config_file alone: what stands where LXC keeps this container may be another one. */
static int use_file(struct lxc_container *c, const char *config_file)
{
	AUTO_FREE char *own = c->config_file_name(c);

	if (own && c->is_defined(c) && !strcmp(own, config_file))
		return 0; /* lxc_container_new() has read it */
	c->clear_config(c);
	return c->load_config(c, config_file) ? 0 : -EINVAL;
}

/* As open_container(), with the configuration in @config_file. */
static int open_with(const char *name, const char *config_file, struct lxc_container **ret)
{
	int r = open_container(name, NULL, ret);

	return r < 0 ? r : use_file(*ret, config_file);
}

static void get_nics(struct lxc_container *c, const unsigned *indexes, size_t n, struct lxc_nic *ret)
{
	for (size_t i = 0; i < n; i++) {
		ret[i] = (struct lxc_nic){ 0 };
		get_item(c, indexes[i], "type", ret[i].type, sizeof(ret[i].type));
		get_item(c, indexes[i], "link", ret[i].link, sizeof(ret[i].link));
		get_item(c, indexes[i], "hwaddr", ret[i].hwaddr, sizeof(ret[i].hwaddr));
	}
}

int lxc_read_nics(const char *name, const char *config_file, const unsigned *indexes, size_t n, struct lxc_nic *ret)
{
	AUTO_CONTAINER struct lxc_container *c = NULL;
	int r = open_with(name, config_file, &c);

	if (r == 0)
		get_nics(c, indexes, n, ret);
	return r;
}

bool lxc_has_hook(const char *name, const char *config_file, const char *type)
{
	AUTO_CONTAINER struct lxc_container *c = NULL;
	char item[64], hooks[PATH_MAX] = "";

	snprintf(item, sizeof(item), "lxc.hook.%s", type);
	return open_with(name, config_file, &c) == 0 && c->get_config_item(c, item, hooks, sizeof(hooks)) > 0 &&
	       strstr(hooks, LXC_HOOK);
}

int lxc_read_items(const char *name, const char *config_file, const char *const *keys, size_t n, char **ret)
{
	AUTO_CONTAINER struct lxc_container *c = NULL;
	int r = open_with(name, config_file, &c);

	for (size_t i = 0; r == 0 && i < n; i++) {
		int len = c->get_config_item(c, keys[i], NULL, 0);

		ret[i] = xcalloc(len < 0 ? 1 : (size_t)len + 1, 1);
		if (len > 0 && c->get_config_item(c, keys[i], ret[i], len + 1) != len)
			ret[i][0] = '\0';
	}
	return r;
}

/* As get_item(), of any length; the caller frees. */
static char *copy_item(struct lxc_container *c, unsigned index, const char *key)
{
	AUTO_FREE char *value = NULL;
	char item[64];
	int len;

	snprintf(item, sizeof(item), "lxc.net.%u.%s", index, key);
	len = c->get_config_item(c, item, NULL, 0);
	if (len <= 0)
		return xstrdup("");
	value = xcalloc((size_t)len + 1, 1);
	if (c->get_config_item(c, item, value, len + 1) != len)
		return xstrdup("");
	return STEAL_PTR(value);
}

/* LXC does not list the numbers that are in use; the configuration of ours takes up to this one. */
#define LAST_NIC 999

static void add_nics(struct lxc_container *c, const char *name, struct lxc_defined_nic **nics, size_t *n)
{
	for (unsigned i = 0; i <= LAST_NIC; i++) {
		AUTO_FREE char *type = copy_item(c, i, "type");
		struct lxc_defined_nic *nic;

		if (!*type)
			continue;
		nic = GROW(*nics, *n);
		nic->container = xstrdup(name);
		nic->index = i;
		nic->type = STEAL_PTR(type);
		nic->link = copy_item(c, i, "link");
		nic->name = copy_item(c, i, "name");
		nic->hwaddr = copy_item(c, i, "hwaddr");
		nic->mtu = copy_item(c, i, "mtu");
		nic->ipv4 = copy_item(c, i, "ipv4.address");
		nic->ipv4_gateway = copy_item(c, i, "ipv4.gateway");
		nic->ipv6 = copy_item(c, i, "ipv6.address");
		nic->ipv6_gateway = copy_item(c, i, "ipv6.gateway");
	}
}

int lxc_defined_nics(const char *lxcpath, struct strv *unreadable, struct lxc_defined_nic **ret, size_t *ret_n)
{
	AUTO_DIR DIR *folder = opendir(lxcpath);
	struct lxc_defined_nic *nics = NULL;
	char **names = NULL;
	int n_names, r;
	size_t n = 0;

	if (!folder)
		return -errno;
	r = load_liblxc();
	if (r < 0)
		return r;
	n_names = liblxc.list_defined(lxcpath, &names, NULL);
	if (n_names < 0)
		return -EIO;
	for (int i = 0; i < n_names; i++) {
		AUTO_CONTAINER struct lxc_container *c = NULL;

		if (open_container(names[i], lxcpath, &c) == 0)
			add_nics(c, names[i], &nics, &n);
		else
			strv_addf(unreadable, "%s", names[i]);
		free(names[i]);
	}
	free(names);
	*ret = nics;
	*ret_n = n;
	return 0;
}

void lxc_free_nics(struct lxc_defined_nic *nics, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char *const parts[] = { nics[i].container, nics[i].type,        nics[i].link, nics[i].name,
					nics[i].hwaddr,    nics[i].mtu,         nics[i].ipv4, nics[i].ipv4_gateway,
					nics[i].ipv6,      nics[i].ipv6_gateway };

		for (size_t k = 0; k < ARRAY_SIZE(parts); k++)
			free(parts[k]);
	}
	free(nics);
}

/* The container of LXCPATH/NAME/config; as open_container(). */
static int open_by_config(const char *name, const char *config_file, struct lxc_container **ret)
{
	AUTO_FREE char *path = xstrdup(config_file), *tail = xasprintf("/%s/config", name);
	size_t len = strlen(path), tail_len = strlen(tail);

	if (len <= tail_len || strcmp(path + len - tail_len, tail) != 0)
		return -EINVAL;
	path[len - tail_len] = '\0';
	return open_container(name, path, ret);
}

/* A key that may stand several times, a line a value. */
static char *get_list(struct lxc_container *c, const char *key)
{
	int len = c->get_config_item(c, key, NULL, 0);
	char *text = xcalloc(1, len > 0 ? (size_t)len + 1 : 1);

	if (len > 0)
		(void)c->get_config_item(c, key, text, len + 1);
	return text;
}

int lxc_read_container(const char *name, const char *config_file, const unsigned *indexes, size_t n,
		       struct lxc_nic *ret, char **ret_pre_start, char **ret_post_stop)
{
	AUTO_FREE char *partial = xasprintf("%.*spartial", (int)(strlen(config_file) - strlen("config")), config_file);
	AUTO_CONTAINER struct lxc_container *c = NULL;
	int r;

	if (access(partial, F_OK) == 0)
		return -EINPROGRESS;
	r = open_by_config(name, config_file, &c);
	if (r == 0)
		r = use_file(c, config_file);
	if (r < 0)
		return r;
	get_nics(c, indexes, n, ret);
	*ret_pre_start = get_list(c, "lxc.hook.pre-start");
	*ret_post_stop = get_list(c, "lxc.hook.post-stop");
	return 0;
}

int lxc_exec(const char *name, const char *config_file, const char *command)
{
	AUTO_CONTAINER struct lxc_container *c = NULL;
	lxc_attach_options_t options = LXC_ATTACH_OPTIONS_DEFAULT;
	char shell[] = "/bin/sh", flag[] = "-c";
	AUTO_FREE char *text = xstrdup(command);
	char *argv[] = { shell, flag, text, NULL };
	lxc_attach_command_t attach = { .program = shell, .argv = argv };
	int r = open_by_config(name, config_file, &c);
	pid_t pid;

	if (r < 0)
		return r;
	options.env_policy = LXC_ATTACH_CLEAR_ENV;
	return c->attach(c, liblxc.attach_run_command, &attach, &options, &pid) < 0 ? -EIO : 0;
}

int lxc_find_init(const char *name, const char *lxcpath, pid_t *ret, char **ret_config_file)
{
	AUTO_CONTAINER struct lxc_container *c = NULL;
	int r = open_container(name, lxcpath, &c);
	AUTO_FREE char *config_file = r == 0 ? c->config_file_name(c) : NULL;
	pid_t init;

	if (r < 0)
		return r;
	if (!config_file || !c->is_defined(c))
		return -ENOENT;
	init = c->init_pid(c);
	if (init <= 0)
		return -ESRCH;
	*ret = init;
	*ret_config_file = STEAL_PTR(config_file);
	return 0;
}

const char *lxc_default_path(void)
{
	const char *path = load_liblxc() == 0 ? liblxc.global_config_item("lxc.lxcpath") : NULL;

	return path ? path : "/var/lib/lxc";
}

const char *lxc_library_version(void)
{
	return load_liblxc() == 0 ? liblxc.version() : NULL;
}

unsigned lxc_major_version(void)
{
	const char *version = lxc_library_version();

	return version ? (unsigned)strtoul(version, NULL, 10) : 0;
}
