/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

#include "cmds.h"
#include "log.h"
#include "lxc.h"

#define HOOKS LXCDATADIR "/config/sriov.conf"

static void emit_addresses(FILE *out, const struct config_nic *nic, const char *key, const struct config_ipaddrs *list,
			   const struct ipaddr *gateway)
{
	char text[IPADDR_STR_SIZE];

	for (size_t i = 0; i < list->n; i++)
		fprintf(out, "lxc.net.%u.%s.address = %s\n", nic->index, key, ipaddr_format(&list->a[i], true, text));
	if (gateway->family)
		fprintf(out, "lxc.net.%u.%s.gateway = %s\n", nic->index, key, ipaddr_format(gateway, false, text));
}

/*
 * No hwaddr: the VF has its MAC already, and a driver whose PF has set it refuses even the same one, so
 * the start would fail (igbvf, ixgbevf). The two first lines drop what stands before under this number,
 * a hwaddr of /etc/lxc/default.conf for one; LXC clears only what exists.
 */
static void emit_nic(FILE *out, const struct config_nic *nic)
{
	char mac[MAC_STR_SIZE];

	fprintf(out, "\n# vf %u of %s, MAC %s\n", nic->vf, nic->pf, mac_format(&nic->want.mac, mac));
	fprintf(out, "lxc.net.%u.type = empty\n", nic->index);
	fprintf(out, "lxc.net.%u =\n", nic->index);
	fprintf(out, "lxc.net.%u.type = phys\n", nic->index);
	fprintf(out, "lxc.net.%u.link = %s\n", nic->index, nic->link);
	fprintf(out, "lxc.net.%u.flags = up\n", nic->index);
	fprintf(out, "lxc.net.%u.name = %s\n", nic->index, nic->name);
	if (nic->mtu)
		fprintf(out, "lxc.net.%u.mtu = %u\n", nic->index, nic->mtu);
	emit_addresses(out, nic, "ipv4", &nic->ipv4, &nic->ipv4_gateway);
	emit_addresses(out, nic, "ipv6", &nic->ipv6, &nic->ipv6_gateway);
}

static void emit(FILE *out, const struct invocation *inv, const char *name, const struct config_nic *const *nics,
		 size_t n)
{
	fprintf(out, "# Written by: lxc-sriov config %s\n", name);
	fprintf(out, "# from %s; change it there.\n", inv->config_path);
	fprintf(out, "lxc.include = %s\n", HOOKS);
	for (size_t i = 0; i < n; i++)
		emit_nic(out, nics[i]);
}

char *cmd_config_text(const struct invocation *inv, const char *name, const struct config_nic *const *nics, size_t n)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return xstrdup("");
	emit(out, inv, name, nics, n);
	fclose(out);
	return text;
}

/* A file of its own beside the container's configuration, replaced as a whole at each run. */
static int write_file(const char *folder, const char *text)
{
	static const char new[] = ".sriov.conf.new";
	AUTO_CLOSE int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	AUTO_CLOSE int fd = -1;
	ssize_t len = (ssize_t)strlen(text), n;
	int r = 0;

	if (dir < 0)
		return -errno;
	if (unlinkat(dir, new, 0) < 0 && errno != ENOENT)
		return -errno;
	fd = openat(dir, new, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	n = write(fd, text, (size_t)len);
	if (n != len)
		r = n < 0 ? -errno : -ENOSPC;
	else if (fsync(fd) < 0 || renameat(dir, new, dir, "sriov.conf") < 0)
		r = -errno;
	if (r < 0)
		(void)unlinkat(dir, new, 0);
	return r;
}

/* Says what to add to the container's configuration where it does not include the file yet. */
static void advise(const char *folder, const char *name, const struct config_nic *nic)
{
	AUTO_FREE char *config = xasprintf("%s/config", folder);
	struct lxc_nic seen;

	if (access(config, R_OK) < 0)
		return; /* lxc-create is at work, and the template adds the line */
	if (lxc_read_nics(name, config, &nic->index, 1, &seen) == 0 && !strcmp(seen.type, "phys") &&
	    !strcmp(seen.link, nic->link))
		return;
	log_info("%s: add to the end of %s: lxc.include = %s/sriov.conf", name, config, folder);
}

static enum status write_config(const struct invocation *inv, const char *name, const struct config_nic *const *nics,
				size_t n)
{
	AUTO_FREE char *folder = xasprintf("%s/%s", inv->lxcpath ? inv->lxcpath : lxc_default_path(), name);
	AUTO_FREE char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int r;

	if (!out)
		return STATUS_FAILED;
	emit(out, inv, name, nics, n);
	fclose(out);
	r = write_file(folder, text);
	if (r < 0) {
		log_error("%s: %s/sriov.conf: %s%s", name, folder, strerror(-r),
			  r == -ENOENT ? "; is there such a container?" : "");
		return STATUS_FAILED;
	}
	advise(folder, name, nics[0]);
	return STATUS_OK;
}

enum status cmd_config(const struct invocation *inv)
{
	AUTO_CONFIG struct config config = { 0 };
	AUTO_FREE const struct config_nic **nics = NULL;
	enum status status;
	size_t n;

	if (inv->n_args != 1)
		return cmd_usage(inv, "it takes the name of one container");
	if (parse_container(inv->args[0]))
		return cmd_usage(inv, "%s %s", inv->args[0], parse_container(inv->args[0]));
	status = cmd_load_config(inv, &config);
	if (status != STATUS_OK)
		return status;
	n = config_find_nics(&config, inv->args[0], &nics);
	if (!n)
		return cmd_no_section(inv, inv->args[0]);
	if (inv->options & OPT_WRITE)
		return write_config(inv, inv->args[0], nics, n);
	emit(stdout, inv, inv->args[0], nics, n);
	return STATUS_OK;
}
