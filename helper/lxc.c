/* SPDX-License-Identifier: LGPL-2.1-or-later */
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

int lxc_read_nics(const char *name, const char *config_file, const unsigned *indexes, size_t n, struct lxc_nic *ret)
{
	/* A path that does not exist: lxc_container_new() would read the default file there, and then
	 * load_config() would add ours to it instead of reading ours alone. */
	struct lxc_container *c = lxc_container_new(name, "/nonexistent");
	bool loaded;

	if (!c)
		return -EINVAL;
	loaded = c->load_config(c, config_file);
	for (size_t i = 0; loaded && i < n; i++) {
		ret[i] = (struct lxc_nic){ 0 };
		get_item(c, indexes[i], "type", ret[i].type, sizeof(ret[i].type));
		get_item(c, indexes[i], "link", ret[i].link, sizeof(ret[i].link));
		get_item(c, indexes[i], "hwaddr", ret[i].hwaddr, sizeof(ret[i].hwaddr));
	}
	lxc_container_put(c);
	return loaded ? 0 : -EINVAL;
}

const char *lxc_default_path(void)
{
	const char *path = lxc_get_global_config_item("lxc.lxcpath");

	return path ? path : "/var/lib/lxc";
}
