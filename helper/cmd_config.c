/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cmds.h"
#include "container.h"
#include "file.h"
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

static bool has_shaping(const struct config_nic *const *nics, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (nics[i]->shape != SHAPE_VF)
			return true;
	return false;
}

static void emit_whole(FILE *out, const struct container_lines *lines)
{
	if (lines->n)
		fputc('\n', out);
	for (size_t i = 0; i < lines->n; i++)
		fprintf(out, "%s = %s\n", lines->line[i].key, lines->line[i].value);
}

static void emit(FILE *out, const struct invocation *inv, const char *name, const struct config_nic *const *nics,
		 size_t n, const struct container_lines *lines)
{
	fprintf(out, "# Written by: lxc-sriov config %s\n", name);
	fprintf(out, "# from %s; change it there.\n", inv->config_path);
	fprintf(out, "lxc.include = %s\n", HOOKS);
	if (has_shaping(nics, n))
		fprintf(out, "lxc.hook.start-host = %s\n", LXC_HOOK);
	for (size_t i = 0; i < n; i++)
		emit_nic(out, nics[i]);
	emit_whole(out, lines);
}

static char *text_of(const struct invocation *inv, const char *name, const struct config_nic *const *nics, size_t n,
		     const struct container_lines *lines)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return xstrdup("");
	emit(out, inv, name, nics, n, lines);
	fclose(out);
	return text;
}

char *cmd_config_text(const struct invocation *inv, const struct config *config, const char *name,
		      const struct config_nic *const *nics, size_t n)
{
	AUTO_STRV struct strv errors = { 0 }, warnings = { 0 };
	AUTO_LINES struct container_lines lines = { 0 };

	(void)container_make_lines(config, config_find_container(config, name), false, &errors, &warnings, &lines);
	return text_of(inv, name, nics, n, &lines);
}

/*
 * Prints @text as the raw lines of Proxmox VE's /etc/pve/lxc/ID.conf, "KEY: VALUE". A comment there would become the
 * container's description. The keys are those that parse_pct_config() of pve-container 6.1 takes: lxc.net.*,
 * lxc.cgroup2.*, lxc.include, and hooks other than start-host, which it knows nothing of and throws away.
 */
static void print_proxmox(FILE *out, char *text)
{
	char *rest = text;

	for (char *line; (line = strsep(&rest, "\n"));) {
		char *equals = strstr(line, " =");

		if (!strncmp(line, "lxc.hook.start-host ", 20))
			log_warning("shape = tc and auto take the hook start-host, which Proxmox VE drops: put lxc.include: of the file that "
				    "\"config --write\" makes there instead");
		else if (*line != '#' && equals)
			fprintf(out, "%.*s:%s\n", (int)(equals - line), line, equals + 2);
	}
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

static enum status write_config(const struct invocation *inv, const char *name, const struct config_nic *nic, const char *text)
{
	AUTO_FREE char *folder = xasprintf("%s/%s", inv->lxcpath ? inv->lxcpath : lxc_default_path(), name);
	AUTO_FREE char *file = xasprintf("%s/sriov.conf", folder);
	/* A file of its own beside the container's configuration, replaced as a whole at each run. */
	int r = file_replace(file, text);

	if (r < 0) {
		log_error("%s: %s: %s%s", name, file, strerror(-r), r == -ENOENT ? "; is there such a container?" : "");
		return STATUS_FAILED;
	}
	advise(folder, name, nic);
	return STATUS_OK;
}

/* What the host cannot give is an error here already, and not only when the container is started. */
static enum status whole_lines(const struct config *config, const char *name, struct container_lines *ret)
{
	AUTO_STRV struct strv errors = { 0 }, warnings = { 0 };
	int r = container_make_lines(config, config_find_container(config, name), false, &errors, &warnings, ret);

	for (size_t i = 0; i < warnings.n; i++)
		log_warning("%s", warnings.s[i]);
	cmd_log_errors(&errors);
	return r < 0 ? STATUS_FAILED : STATUS_OK;
}

enum status cmd_config(const struct invocation *inv)
{
	AUTO_CONFIG struct config config = { 0 };
	AUTO_FREE const struct config_nic **nics = NULL;
	AUTO_LINES struct container_lines lines = { 0 };
	AUTO_FREE char *text = NULL;
	bool proxmox = inv->format && !strcmp(inv->format, "proxmox");
	enum status status;
	size_t n;

	if (inv->n_args != 1)
		return cmd_usage(inv, "it takes the name of one container");
	if (parse_container(inv->args[0]))
		return cmd_usage(inv, "%s %s", inv->args[0], parse_container(inv->args[0]));
	if (inv->format && !proxmox && strcmp(inv->format, "lxc") != 0)
		return cmd_usage(inv, "--format %s: there are lxc and proxmox", inv->format);
	if (proxmox && inv->options & OPT_WRITE)
		return cmd_usage(inv, "--write is for LXC's own files; put what --format proxmox prints into /etc/pve/lxc/%s.conf",
				 inv->args[0]);
	status = cmd_load_config(inv, &config);
	if (status != STATUS_OK)
		return status;
	n = config_find_nics(&config, RUNTIME_LXC, inv->args[0], &nics);
	if (!n)
		return cmd_no_section(inv, inv->args[0]);
	status = whole_lines(&config, inv->args[0], &lines);
	if (status != STATUS_OK)
		return status;
	text = text_of(inv, inv->args[0], nics, n, &lines);
	if (inv->options & OPT_WRITE)
		return write_config(inv, inv->args[0], nics[0], text);
	if (proxmox)
		print_proxmox(stdout, text);
	else
		fputs(text, stdout);
	return STATUS_OK;
}
