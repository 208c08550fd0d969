/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <json-c/json.h>

#include "cmds.h"
#include "log.h"

/* Whose it is: who has it now, or else whom the configuration gives it to; NULL: nobody's. */
static const char *container_of(const struct config *config, const struct host_pf *pf, const struct host_vf *vf)
{
	const struct config_nic *nic = host_nic(config, pf, vf->index);

	if (vf->held)
		return vf->claim->container;
	if (vf->lives_in)
		return vf->lives_in;
	return nic ? nic->container : NULL;
}

static bool has_netdev(const struct host_vf *vf)
{
	return vf->place == VF_HERE || (vf->place == VF_AWAY && vf->netns);
}

/* Where its netdev is, in a word or two. */
static const char *place_text(const struct host_vf *vf, char buf[static 64])
{
	const char *slash;

	switch (vf->place) {
	case VF_UNBOUND:
		return "no driver";
	case VF_NO_NETDEV:
		return "no netdev";
	case VF_HERE:
		return "host";
	default:
		break;
	}
	if (!vf->netns)
		return "on its way";
	if (vf->lives_in)
		return vf->lives_in;
	if (vf->lives_in_pid || vf->kept_by)
		snprintf(buf, 64, "process %d", (int)(vf->lives_in_pid ? vf->lives_in_pid : vf->kept_by));
	else if ((slash = strrchr(vf->netns, '/')))
		snprintf(buf, 64, "netns %.50s", slash + 1);
	return buf;
}

static void print_table(const struct config *config, const struct host_pf *const *pfs, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct host_pf *pf = pfs[i];

		printf("%s%s  %s  %s  %zu of %u VFs%s\n", i ? "\n" : "", pf->name, pf->pci, pf->flags & IFF_UP ? "up" : "down",
		       pf->n_vf, pf->totalvfs, pf->autoprobe ? "" : "  autoprobe off");
		if (pf->n_vf)
			printf("  %3s  %-12s  %-8s  %-10s  %-17s  %-17s  %-10s  %s\n", "VF", "PCI", "DRIVER", "NETDEV",
			       "ADMIN MAC", "EFFECTIVE MAC", "WHERE", "CONTAINER");
		for (size_t j = 0; j < pf->n_vf; j++) {
			const struct host_vf *vf = &pf->vf[j];
			const char *container = container_of(config, pf, vf);
			char admin[MAC_STR_SIZE], effective[MAC_STR_SIZE], place[64];

			printf("  %3u  %-12s  %-8s  %-10s  %-17s  %-17s  %-10s  %s\n", vf->index, vf->pci,
			       *vf->driver ? vf->driver : "-", has_netdev(vf) ? vf->link.name : "-",
			       vf->admin.has & VF_ATTR(VF_MAC) ? mac_format(&vf->admin.mac, admin) : "?",
			       has_netdev(vf) ? mac_format(&vf->link.mac, effective) : "-", place_text(vf, place),
			       container ? container : "-");
		}
	}
}

static struct json_object *string_or_null(const char *s)
{
	return s && *s ? json_object_new_string(s) : NULL;
}

static struct json_object *vf_json(const struct config *config, const struct host_pf *pf, const struct host_vf *vf)
{
	static const char *const places[] = { [VF_UNBOUND] = "unbound",
					      [VF_NO_NETDEV] = "no-netdev",
					      [VF_HERE] = "host",
					      [VF_AWAY] = "away" };
	struct json_object *o = json_object_new_object();
	char mac[MAC_STR_SIZE];
	bool netdev = has_netdev(vf);

	json_object_object_add(o, "vf", json_object_new_int64(vf->index));
	json_object_object_add(o, "pci", json_object_new_string(vf->pci));
	json_object_object_add(o, "driver", string_or_null(vf->driver));
	json_object_object_add(o, "place", json_object_new_string(places[vf->place]));
	json_object_object_add(o, "netdev", string_or_null(netdev ? vf->link.name : NULL));
	json_object_object_add(o, "admin_mac", string_or_null(vf->admin.has & VF_ATTR(VF_MAC) ? mac_format(&vf->admin.mac, mac) : NULL));
	json_object_object_add(o, "effective_mac", string_or_null(netdev ? mac_format(&vf->link.mac, mac) : NULL));
	json_object_object_add(o, "mtu", netdev ? json_object_new_int64(vf->link.mtu) : NULL);
	json_object_object_add(o, "up", netdev ? json_object_new_boolean(!!(vf->link.flags & IFF_UP)) : NULL);
	json_object_object_add(o, "netns", string_or_null(vf->netns));
	json_object_object_add(o, "netns_pid", vf->lives_in_pid ? json_object_new_int64(vf->lives_in_pid) : NULL);
	json_object_object_add(o, "netns_kept_by", vf->kept_by ? json_object_new_int64(vf->kept_by) : NULL);
	json_object_object_add(o, "container", string_or_null(container_of(config, pf, vf)));
	json_object_object_add(o, "claimed", json_object_new_boolean(vf->held));
	return o;
}

static void print_json(const struct config *config, const struct host_pf *const *pfs, size_t n)
{
	struct json_object *root = json_object_new_object(), *list = json_object_new_array();

	json_object_object_add(root, "version", json_object_new_int64(1));
	json_object_object_add(root, "pfs", list);
	for (size_t i = 0; i < n; i++) {
		const struct host_pf *pf = pfs[i];
		struct json_object *o = json_object_new_object(), *vfs = json_object_new_array();

		json_object_object_add(o, "pf", json_object_new_string(pf->name));
		json_object_object_add(o, "pci", json_object_new_string(pf->pci));
		json_object_object_add(o, "up", json_object_new_boolean(!!(pf->flags & IFF_UP)));
		json_object_object_add(o, "totalvfs", json_object_new_int64(pf->totalvfs));
		json_object_object_add(o, "numvfs", json_object_new_int64((int64_t)pf->n_vf));
		json_object_object_add(o, "autoprobe", json_object_new_boolean(pf->autoprobe));
		json_object_object_add(o, "vfs", vfs);
		for (size_t j = 0; j < pf->n_vf; j++)
			json_object_array_add(vfs, vf_json(config, pf, &pf->vf[j]));
		json_object_array_add(list, o);
	}
	puts(json_object_to_json_string_ext(root, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(root);
}

/* The PFs named as arguments, or all, in the host's order. */
static enum status select_pfs(const struct invocation *inv, const struct host *host, const struct host_pf ***ret,
			      size_t *ret_n)
{
	AUTO_FREE const struct host_pf **pfs = xcalloc(host->n_pf, sizeof(*pfs));
	AUTO_FREE bool *found = xcalloc(inv->n_args, sizeof(*found));
	size_t n = 0;

	for (size_t i = 0; i < host->n_pf; i++) {
		bool named = inv->n_args == 0;

		for (size_t k = 0; k < inv->n_args; k++)
			if (!strcmp(inv->args[k], host->pf[i].name))
				named = found[k] = true;
		if (named)
			pfs[n++] = &host->pf[i];
	}
	for (size_t k = 0; k < inv->n_args; k++)
		if (!found[k]) {
			log_error("pf %s: no such network device, or it offers no VFs; see: lxc-sriov list", inv->args[k]);
			return STATUS_FAILED;
		}
	*ret = STEAL_PTR(pfs);
	*ret_n = n;
	return STATUS_OK;
}

enum status cmd_list(const struct invocation *inv)
{
	AUTO_CONFIG struct config config = { 0 };
	AUTO_STRV struct strv ignored = { 0 };
	AUTO_FREE const struct host_pf **pfs = NULL;
	AUTO_HOST struct host host = { 0 };
	enum status status;
	size_t n = 0;

	/* What the host has is shown whatever the configuration is like; it only adds names. */
	if (config_load(inv->config_path, &ignored, &config) < 0 && access(inv->config_path, F_OK) == 0)
		log_warning("%s: it has errors, so that its containers are not shown; run: lxc-sriov check", inv->config_path);
	status = cmd_snapshot(NULL, 0, &host);
	if (status == STATUS_OK)
		status = select_pfs(inv, &host, &pfs, &n);
	if (status != STATUS_OK)
		return status;
	(void)host_locate(&host, NULL, NULL);
	if (inv->options & OPT_JSON)
		print_json(&config, pfs, n);
	else
		print_table(&config, pfs, n);
	return STATUS_OK;
}
