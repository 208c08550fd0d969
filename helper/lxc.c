/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <limits.h>
#include <lxc/attach_options.h>
#include <lxc/lxccontainer.h>

#include "lxc.h"

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
static bool load(struct lxc_container *c, const char *config_file)
{
	AUTO_FREE char *own = c->config_file_name(c);

	if (own && c->is_defined(c) && !strcmp(own, config_file))
		return true; /* lxc_container_new() has read it */
	c->clear_config(c);
	return c->load_config(c, config_file);
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
	struct lxc_container *c = lxc_container_new(name, NULL);
	bool loaded;

	if (!c)
		return -EINVAL;
	loaded = load(c, config_file);
	if (loaded)
		get_nics(c, indexes, n, ret);
	lxc_container_put(c);
	return loaded ? 0 : -EINVAL;
}

bool lxc_has_hook(const char *name, const char *config_file, const char *type)
{
	struct lxc_container *c = lxc_container_new(name, NULL);
	char item[64], hooks[PATH_MAX] = "";
	bool found = false;

	if (!c)
		return false;
	snprintf(item, sizeof(item), "lxc.hook.%s", type);
	if (load(c, config_file) && c->get_config_item(c, item, hooks, sizeof(hooks)) > 0)
		found = strstr(hooks, LXC_HOOK);
	lxc_container_put(c);
	return found;
}

int lxc_read_items(const char *name, const char *config_file, const char *const *keys, size_t n, char **ret)
{
	struct lxc_container *c = lxc_container_new(name, NULL);
	bool loaded;

	if (!c)
		return -EINVAL;
	loaded = load(c, config_file);
	for (size_t i = 0; loaded && i < n; i++) {
		int len = c->get_config_item(c, keys[i], NULL, 0);

		ret[i] = xcalloc(len < 0 ? 1 : (size_t)len + 1, 1);
		if (len > 0 && c->get_config_item(c, keys[i], ret[i], len + 1) != len)
			ret[i][0] = '\0';
	}
	lxc_container_put(c);
	return loaded ? 0 : -EINVAL;
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
	int n_names;
	size_t n = 0;

	if (!folder)
		return -errno;
	n_names = list_defined_containers(lxcpath, &names, NULL);
	for (int i = 0; i < n_names; i++) {
		struct lxc_container *c = lxc_container_new(names[i], lxcpath);

		if (c)
			add_nics(c, names[i], &nics, &n);
		else
			strv_addf(unreadable, "%s", names[i]);
		lxc_container_put(c);
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
		char *const parts[] = { nics[i].container, nics[i].type, nics[i].link, nics[i].name,
					nics[i].hwaddr, nics[i].mtu, nics[i].ipv4, nics[i].ipv4_gateway,
					nics[i].ipv6, nics[i].ipv6_gateway };

		for (size_t k = 0; k < ARRAY_SIZE(parts); k++)
			free(parts[k]);
	}
	free(nics);
}

/* The container of LXCPATH/NAME/config. */
static struct lxc_container *open_container(const char *name, const char *config_file)
{
	AUTO_FREE char *path = xstrdup(config_file), *tail = xasprintf("/%s/config", name);
	size_t len = strlen(path), tail_len = strlen(tail);

	if (len <= tail_len || strcmp(path + len - tail_len, tail) != 0)
		return NULL;
	path[len - tail_len] = '\0';
	return lxc_container_new(name, path);
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
	struct lxc_container *c;
	bool loaded;

	if (access(partial, F_OK) == 0)
		return -EINPROGRESS;
	c = open_container(name, config_file);
	if (!c)
		return -EINVAL;
	loaded = load(c, config_file);
	if (loaded) {
		get_nics(c, indexes, n, ret);
		*ret_pre_start = get_list(c, "lxc.hook.pre-start");
		*ret_post_stop = get_list(c, "lxc.hook.post-stop");
	}
	lxc_container_put(c);
	return loaded ? 0 : -EINVAL;
}

int lxc_exec(const char *name, const char *config_file, const char *command)
{
	struct lxc_container *c = open_container(name, config_file);
	lxc_attach_options_t options = LXC_ATTACH_OPTIONS_DEFAULT;
	char shell[] = "/bin/sh", flag[] = "-c";
	AUTO_FREE char *text = xstrdup(command);
	char *argv[] = { shell, flag, text, NULL };
	lxc_attach_command_t attach = { .program = shell, .argv = argv };
	pid_t pid;
	int r;

	if (!c)
		return -EINVAL;
	options.env_policy = LXC_ATTACH_CLEAR_ENV;
	r = c->attach(c, lxc_attach_run_command, &attach, &options, &pid);
	lxc_container_put(c);
	return r < 0 ? -EIO : 0;
}

int lxc_find_init(const char *name, const char *lxcpath, pid_t *ret, char **ret_config_file)
{
	struct lxc_container *c = lxc_container_new(name, lxcpath);
	AUTO_FREE char *config_file = c ? c->config_file_name(c) : NULL;
	pid_t init = -1;
	int r = 0;

	if (!c)
		return -EINVAL;
	if (!config_file || !c->is_defined(c))
		r = -ENOENT;
	else
		init = c->init_pid(c);
	lxc_container_put(c);
	if (r == 0 && init <= 0)
		r = -ESRCH;
	if (r < 0)
		return r;
	*ret = init;
	*ret_config_file = STEAL_PTR(config_file);
	return 0;
}

const char *lxc_default_path(void)
{
	const char *path = lxc_get_global_config_item("lxc.lxcpath");

	return path ? path : "/var/lib/lxc";
}

const char *lxc_library_version(void)
{
	return lxc_get_version();
}
