/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <json-c/json.h>
#include <linux/if_ether.h>

#include "cmds.h"
#include "log.h"
#include "text.h"
#include "view.h"

#define USUAL_MTU 1500

/* What is shown. */
struct view {
	struct cmd_sight sight;
	bool differs; /* something was marked */
};

static const char *mark(struct view *v, bool differs)
{
	v->differs |= differs;
	return differs ? "!" : "";
}

/* --- the table --- */

/* Cards of one kind start without spoofchk: then it is no news of any one VF. */
static bool spoofchk_is_off_everywhere(const struct view *v, const struct host_pf *pf)
{
	for (size_t i = 0; i < pf->n_vf; i++) {
		const struct vf_attrs *told = &pf->vf[i].admin;
		const struct config_nic *nic = host_nic(&v->sight.config, pf, pf->vf[i].index);

		if (!(told->has & VF_ATTR(VF_SPOOFCHK)) || told->spoofchk || (nic && nic->want.has & VF_ATTR(VF_SPOOFCHK)))
			return false;
	}
	return pf->n_vf > 1;
}

static void add_attr(struct view *v, struct strv *more, const struct host_vf *vf, const struct config_nic *nic,
		     enum vf_attr attr, bool differs)
{
	bool told = vf->admin.has & VF_ATTR(attr), wanted = nic && nic->want.has & VF_ATTR(attr);
	AUTO_FREE char *text = told ? attrs_format(&vf->admin, attr) : NULL;

	if (told && (wanted || view_is_unusual(&vf->admin, attr)))
		strv_addf(more, "%s%s", text, mark(v, differs));
	else if (!told && wanted)
		strv_addf(more, "%s ?%s", attrs_name(&nic->want, attr), mark(v, differs));
}

/* The second line of a VF: what is not what one would expect, or is configured. */
static void add_more(struct view *v, struct table *table, const struct host_pf *pf, const struct host_vf *vf,
		     const struct view_differences *d, bool hide_spoofchk)
{
	const struct config_nic *nic = host_nic(&v->sight.config, pf, vf->index);
	AUTO_STRV struct strv more = { 0 };
	AUTO_FREE char *text = NULL;

	for (enum vf_attr attr = 0; attr < VF_ATTRS; attr++)
		if (attr != VF_MAC && !(attr == VF_SPOOFCHK && hide_spoofchk))
			add_attr(v, &more, vf, nic, attr, d->attrs & VF_ATTR(attr));
	if (view_has_netdev(vf) && (d->mtu || vf->link.mtu != USUAL_MTU))
		strv_addf(&more, "mtu %u%s", vf->link.mtu, mark(v, d->mtu));
	if (view_has_netdev(vf) && strcmp(vf->driver, view_vf_driver(pf)) != 0)
		strv_addf(&more, "driver %s", vf->driver);
	if (!more.n)
		return;
	text = text_join(&more, ", ");
	strv_addf(table_add(table), "%s", text);
}

static void add_vf(struct view *v, struct table *table, const struct host_pf *pf, const struct host_vf *vf,
		   const struct view_differences *d)
{
	const char *owner = view_owner(&v->sight.config, pf, vf), *effective_text = "-";
	char admin[MAC_STR_SIZE] = "?", effective[MAC_STR_SIZE];
	AUTO_FREE char *where = view_where(vf, owner);
	struct strv *row = table_add(table);

	if (vf->admin.has & VF_ATTR(VF_MAC))
		mac_format(&vf->admin.mac, admin);
	if (view_has_netdev(vf)) {
		effective_text = mac_format(&vf->link.mac, effective);
		if (!strcmp(effective, admin))
			effective_text = "same";
	}
	strv_addf(row, "%u", vf->index);
	strv_addf(row, "%s", vf->pci);
	strv_addf(row, "%s", view_has_netdev(vf) ? vf->link.name : "-");
	strv_addf(row, "%s%s", admin, mark(v, d->attrs & VF_ATTR(VF_MAC)));
	strv_addf(row, "%s%s", effective_text, mark(v, d->effective));
	strv_addf(row, "%s%s", where, mark(v, d->driver));
	strv_addf(row, "%s", owner ? owner : "-");
}

static const char *carrier_text(unsigned flags)
{
	return !(flags & IFF_UP) ? "down" : link_has_carrier(flags) ? "up" : "up, no carrier";
}

static void print_pf(struct view *v, const struct host_pf *pf)
{
	static const char *const heads[] = { "VF", "PCI", "NETDEV", "ADMIN MAC", "EFFECTIVE MAC", "WHERE", "CONTAINER" };
	bool hide_spoofchk = spoofchk_is_off_everywhere(v, pf);
	AUTO_FREE char *name = text_printable(pf->name);
	AUTO_TABLE struct table table = { 0 };
	struct strv *row;

	printf("%s  %s  %s  %s%s  %zu of %u VFs", name, pf->pci, *pf->driver ? pf->driver : "no driver",
	       carrier_text(pf->flags), mark(v, view_pf_is_down(&v->sight.plan, pf)), pf->n_vf, pf->totalvfs);
	if (*view_vf_driver(pf))
		printf(", %s", view_vf_driver(pf));
	if (pf->section && pf->section->numvfs != pf->n_vf)
		printf(", numvfs %u configured%s", pf->section->numvfs, mark(v, true));
	printf("%s%s\n", pf->autoprobe ? "" : ", autoprobe off", hide_spoofchk ? ", spoofchk no" : "");
	if (!pf->n_vf)
		return;
	row = table_add(&table);
	for (size_t i = 0; i < ARRAY_SIZE(heads); i++)
		strv_addf(row, "%s", heads[i]);
	for (size_t i = 0; i < pf->n_vf; i++) {
		struct view_differences d = view_differences(&v->sight.plan, &v->sight.config, pf, &pf->vf[i]);

		add_vf(v, &table, pf, &pf->vf[i], &d);
		add_more(v, &table, pf, &pf->vf[i], &d, hide_spoofchk);
	}
	table_print(&table, stdout);
}

static void print_tables(struct view *v, const char *config_path, const struct host_pf *const *pfs, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (i)
			putchar('\n');
		print_pf(v, pfs[i]);
	}
	if (v->differs)
		printf("\n! is not as in %s; what would be done: lxc-sriov pin --dry-run\n", config_path);
}

/* --- JSON: doc/list.schema.json says what each key means --- */

static struct json_object *text_or_null(const char *s)
{
	AUTO_FREE char *text = s && *s ? text_utf8(s) : NULL;

	return text ? json_object_new_string(text) : NULL;
}

static struct json_object *number_if(bool known, int64_t number)
{
	return known ? json_object_new_int64(number) : NULL;
}

static struct json_object *bool_if(bool known, bool value)
{
	return known ? json_object_new_boolean(value) : NULL;
}

static struct json_object *mac_if(bool known, const struct mac *mac)
{
	char text[MAC_STR_SIZE];

	return known ? json_object_new_string(mac_format(mac, text)) : NULL;
}

static void add_word(struct json_object *list, bool add, const char *word)
{
	if (add)
		json_object_array_add(list, json_object_new_string(word));
}

static struct json_object *vf_differences_json(const struct view *v, const struct host_pf *pf, const struct host_vf *vf)
{
	struct view_differences d = view_differences(&v->sight.plan, &v->sight.config, pf, vf);
	const struct config_nic *nic = host_nic(&v->sight.config, pf, vf->index);
	struct json_object *list = json_object_new_array();

	for (enum vf_attr attr = 0; nic && attr < VF_ATTRS; attr++)
		add_word(list, d.attrs & VF_ATTR(attr), attrs_name(&nic->want, attr));
	add_word(list, d.effective, "effective_mac");
	add_word(list, d.mtu, "mtu");
	add_word(list, d.driver, "driver");
	return list;
}

static void add_attrs_json(struct json_object *o, const struct vf_attrs *a)
{
	bool vlan = a->has & VF_ATTR(VF_VLAN), rate = a->has & VF_ATTR(VF_RATE);
	const char *proto = !a->vlan ? NULL : a->vlan_proto == ETH_P_8021AD ? "802.1ad" : "802.1Q";

	json_object_object_add(o, "vlan", number_if(vlan, a->vlan));
	json_object_object_add(o, "vlan_qos", number_if(vlan, a->vlan_qos));
	json_object_object_add(o, "vlan_proto", text_or_null(vlan ? proto : NULL));
	json_object_object_add(o, "spoofchk", bool_if(a->has & VF_ATTR(VF_SPOOFCHK), a->spoofchk));
	json_object_object_add(o, "trust", bool_if(a->has & VF_ATTR(VF_TRUST), a->trust));
	json_object_object_add(o, "min_tx_rate", number_if(rate, a->min_tx_rate));
	json_object_object_add(o, "max_tx_rate", number_if(rate, a->max_tx_rate));
	json_object_object_add(o, "link_state", text_or_null(a->has & VF_ATTR(VF_LINK_STATE) ? attrs_link_state(a) : NULL));
	json_object_object_add(o, "rss_query", bool_if(a->has & VF_ATTR(VF_RSS_QUERY), a->rss_query));
}

static struct json_object *vf_json(const struct view *v, const struct host_pf *pf, const struct host_vf *vf)
{
	static const char *const places[] = {
		[VF_UNBOUND] = "unbound", [VF_NO_NETDEV] = "no-netdev", [VF_HERE] = "host", [VF_AWAY] = "away"
	};
	struct json_object *o = json_object_new_object();
	bool netdev = view_has_netdev(vf);
	enum runtime runtime;
	const char *owner = view_owner_name(&v->sight.config, pf, vf, &runtime);

	json_object_object_add(o, "vf", json_object_new_int64(vf->index));
	json_object_object_add(o, "pci", json_object_new_string(vf->pci));
	json_object_object_add(o, "driver", text_or_null(vf->driver));
	json_object_object_add(o, "place", json_object_new_string(places[vf->place]));
	json_object_object_add(o, "netdev", text_or_null(netdev ? vf->link.name : NULL));
	json_object_object_add(o, "mtu", number_if(netdev, vf->link.mtu));
	json_object_object_add(o, "up", bool_if(netdev, vf->link.flags & IFF_UP));
	json_object_object_add(o, "carrier", bool_if(netdev, link_has_carrier(vf->link.flags)));
	json_object_object_add(o, "admin_mac", mac_if(vf->admin.has & VF_ATTR(VF_MAC), &vf->admin.mac));
	json_object_object_add(o, "effective_mac", mac_if(netdev, &vf->link.mac));
	add_attrs_json(o, &vf->admin);
	json_object_object_add(o, "netns", text_or_null(vf->netns));
	json_object_object_add(o, "netns_pid", number_if(vf->lives_in_pid, vf->lives_in_pid));
	json_object_object_add(o, "netns_kept_by", number_if(vf->kept_by, vf->kept_by));
	json_object_object_add(o, "netns_container", text_or_null(vf->lives_in));
	json_object_object_add(o, "container", text_or_null(owner));
	json_object_object_add(o, "runtime", text_or_null(owner ? runtime_name(runtime) : NULL));
	json_object_object_add(o, "claimed_by", text_or_null(vf->held ? vf->claim->container : NULL));
	json_object_object_add(o, "differs", vf_differences_json(v, pf, vf));
	return o;
}

static struct json_object *pf_json(const struct view *v, const struct host_pf *pf)
{
	struct json_object *o = json_object_new_object(), *vfs = json_object_new_array(),
			   *differs = json_object_new_array();

	json_object_object_add(o, "pf", text_or_null(pf->name));
	json_object_object_add(o, "pci", json_object_new_string(pf->pci));
	json_object_object_add(o, "driver", text_or_null(pf->driver));
	json_object_object_add(o, "up", json_object_new_boolean(!!(pf->flags & IFF_UP)));
	json_object_object_add(o, "carrier", json_object_new_boolean(link_has_carrier(pf->flags)));
	json_object_object_add(o, "totalvfs", json_object_new_int64(pf->totalvfs));
	json_object_object_add(o, "numvfs", json_object_new_int64((int64_t)pf->n_vf));
	json_object_object_add(o, "configured_numvfs", number_if(pf->section, pf->section ? pf->section->numvfs : 0));
	json_object_object_add(o, "autoprobe", json_object_new_boolean(pf->autoprobe));
	add_word(differs, view_pf_is_down(&v->sight.plan, pf), "up");
	add_word(differs, pf->section && pf->section->numvfs != pf->n_vf, "numvfs");
	json_object_object_add(o, "differs", differs);
	json_object_object_add(o, "vfs", vfs);
	for (size_t i = 0; i < pf->n_vf; i++)
		json_object_array_add(vfs, vf_json(v, pf, &pf->vf[i]));
	return o;
}

static void print_json(const struct view *v, const char *config_path, const struct host_pf *const *pfs, size_t n)
{
	struct json_object *root = json_object_new_object(), *list = json_object_new_array();

	json_object_object_add(root, "version", json_object_new_int64(1));
	json_object_object_add(root, "config", text_or_null(v->sight.compared ? config_path : NULL));
	json_object_object_add(root, "pfs", list);
	for (size_t i = 0; i < n; i++)
		json_object_array_add(list, pf_json(v, pfs[i]));
	puts(json_object_to_json_string_ext(root, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(root);
}

/* --- the verb --- */

/* The PFs named as arguments, or all, in the host's order. */
static enum status select_pfs(const struct invocation *inv, const struct host *host, const struct host_pf ***ret, size_t *ret_n)
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

static void warn_of_unread(const struct host_pf *pf)
{
	size_t told = 0;

	for (size_t i = 0; i < pf->n_vf; i++)
		told += !!pf->vf[i].admin.has;
	if (told < pf->n_vf)
		log_warning("pf %s: the kernel tells what it enforces on %zu of its %zu VFs only; that of the others is not known",
			    pf->name, told, pf->n_vf);
}

enum status cmd_list(const struct invocation *inv)
{
	struct view v = { 0 };
	AUTO_FREE const struct host_pf **pfs = NULL;
	enum status status = cmd_look(inv, &v.sight);
	size_t n = 0;

	if (status == STATUS_OK)
		status = select_pfs(inv, &v.sight.host, &pfs, &n);
	for (size_t i = 0; i < n; i++)
		warn_of_unread(pfs[i]);
	if (status == STATUS_OK && inv->options & OPT_JSON)
		print_json(&v, inv->config_path, pfs, n);
	else if (status == STATUS_OK)
		print_tables(&v, inv->config_path, pfs, n);
	cmd_sight_clear(&v.sight);
	return status;
}
