/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <dlfcn.h>
#include <lxc/attach_options.h>
#include <lxc/lxccontainer.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * A fake of liblxc for 13-liblxc.bats: LXC_REAL, the path of the real one, does the work, but the LXC_FAIL_AT-th call fails.
 * Real containers make none of these calls fail. Each call is a line in the file LXC_CALLS.
 */

static struct lxc_container real; /* the functions of every container of theirs */

static bool fails(const char *call)
{
	static int n;
	const char *at = getenv("LXC_FAIL_AT"), *calls = getenv("LXC_CALLS");
	FILE *out = calls ? fopen(calls, "ae") : NULL;
	bool now = at && ++n == atoi(at);

	if (out) {
		(void)fprintf(out, "%s%s\n", call, now ? " failed" : "");
		(void)fclose(out);
	}
	return now;
}

static void *find(const char *name)
{
	static void *library;

	if (!library)
		library = dlopen(getenv("LXC_REAL"), RTLD_NOW | RTLD_LOCAL);
	if (!library || !dlsym(library, name)) {
		(void)fprintf(stderr, "failing-liblxc: %s: %s\n", name, dlerror());
		abort();
	}
	return dlsym(library, name);
}

/* A pointer to a function out of one to an object, which C knows no cast for. */
#define REAL(name)                                            \
	({                                                    \
		__typeof__(name) *f_;                         \
		void *p_ = find(#name);                       \
		memcpy((void *)&f_, (void *)&p_, sizeof(f_)); \
		f_;                                           \
	})

static int get_config_item(struct lxc_container *c, const char *key, char *ret, int len)
{
	int r = real.get_config_item(c, key, ret, len);

	/* One that is not there is no different. */
	return r >= 0 && fails("get_config_item") ? -1 : r;
}

static char *config_file_name(struct lxc_container *c)
{
	return fails("config_file_name") ? NULL : real.config_file_name(c);
}

static bool is_defined(struct lxc_container *c)
{
	return !fails("is_defined") && real.is_defined(c);
}

static bool load_config(struct lxc_container *c, const char *file)
{
	return !fails("load_config") && real.load_config(c, file);
}

static pid_t init_pid(struct lxc_container *c)
{
	return fails("init_pid") ? -1 : real.init_pid(c);
}

static int attach(struct lxc_container *c, lxc_attach_exec_t exec, void *payload, lxc_attach_options_t *options, pid_t *pid)
{
	return fails("attach") ? -1 : real.attach(c, exec, payload, options, pid);
}

static void take(struct lxc_container *c)
{
	if (c->get_config_item == get_config_item)
		return;
	real = *c;
	c->get_config_item = get_config_item;
	c->config_file_name = config_file_name;
	c->is_defined = is_defined;
	c->load_config = load_config;
	c->init_pid = init_pid;
	c->attach = attach;
}

struct lxc_container *lxc_container_new(const char *name, const char *path)
{
	struct lxc_container *c = fails("lxc_container_new") ? NULL : REAL(lxc_container_new)(name, path);

	if (c)
		take(c);
	return c;
}

int lxc_container_put(struct lxc_container *c)
{
	return REAL(lxc_container_put)(c);
}

int lxc_attach_run_command(void *payload)
{
	return REAL(lxc_attach_run_command)(payload);
}

const char *lxc_get_global_config_item(const char *key)
{
	return fails("lxc_get_global_config_item") ? NULL : REAL(lxc_get_global_config_item)(key);
}

const char *lxc_get_version(void)
{
	return fails("lxc_get_version") ? "" : REAL(lxc_get_version)();
}

int list_defined_containers(const char *path, char ***names, struct lxc_container ***containers)
{
	return fails("list_defined_containers") ? -1 : REAL(list_defined_containers)(path, names, containers);
}
