/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <limits.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>

#include "config_parts.h"

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
	struct config_nic *nic = object;

	nic->want.has |= VF_ATTR(VF_MAC);
	return parse_mac(value, &nic->want.mac);
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

static const char *nic_set_vlan(void *object, const char *value)
{
	struct config_nic *nic = object;

	nic->want.has |= VF_ATTR(VF_VLAN);
	return parse_uint(value, 1, 4094, &nic->want.vlan);
}

static const char *nic_set_vlan_qos(void *object, const char *value)
{
	return parse_uint(value, 0, 7, &((struct config_nic *)object)->want.vlan_qos);
}

static const char *nic_set_vlan_proto(void *object, const char *value)
{
	static const struct word words[] = { { "802.1Q", ETH_P_8021Q }, { "802.1ad", ETH_P_8021AD }, { NULL, 0 } };

	return parse_word(value, words, "is neither 802.1Q nor 802.1ad", &((struct config_nic *)object)->want.vlan_proto);
}

static const char *set_switch(struct config_nic *nic, enum vf_attr attr, bool *field, const char *value)
{
	static const struct word words[] = { { "yes", 1 }, { "no", 0 }, { NULL, 0 } };
	uint32_t on = 0;
	const char *wrong = parse_word(value, words, "is neither yes nor no", &on);

	nic->want.has |= VF_ATTR(attr);
	*field = on;
	return wrong;
}

static const char *nic_set_spoofchk(void *object, const char *value)
{
	return set_switch(object, VF_SPOOFCHK, &((struct config_nic *)object)->want.spoofchk, value);
}

static const char *nic_set_trust(void *object, const char *value)
{
	return set_switch(object, VF_TRUST, &((struct config_nic *)object)->want.trust, value);
}

static const char *nic_set_rss_query(void *object, const char *value)
{
	return set_switch(object, VF_RSS_QUERY, &((struct config_nic *)object)->want.rss_query, value);
}

static const char *nic_set_link_state(void *object, const char *value)
{
	static const struct word words[] = { { "auto", IFLA_VF_LINK_STATE_AUTO },
					     { "enable", IFLA_VF_LINK_STATE_ENABLE },
					     { "disable", IFLA_VF_LINK_STATE_DISABLE },
					     { NULL, 0 } };
	struct config_nic *nic = object;

	nic->want.has |= VF_ATTR(VF_LINK_STATE);
	return parse_word(value, words, "is none of auto, enable, disable", &nic->want.link_state);
}

/* Mbit/s; the largest value stands for "as it is" inside the program, and is 4 Pbit/s. */
static const char *nic_set_min_tx_rate(void *object, const char *value)
{
	struct config_nic *nic = object;

	nic->want.has |= VF_ATTR(VF_RATE);
	return parse_uint(value, 0, VF_KEEP - 1, &nic->want.min_tx_rate);
}

static const char *nic_set_max_tx_rate(void *object, const char *value)
{
	struct config_nic *nic = object;

	nic->want.has |= VF_ATTR(VF_RATE);
	return parse_uint(value, 0, VF_KEEP - 1, &nic->want.max_tx_rate);
}

static const char *nic_set_shape(void *object, const char *value)
{
	static const struct word words[] = { { "vf", SHAPE_VF }, { "tc", SHAPE_TC }, { "auto", SHAPE_AUTO }, { NULL, 0 } };
	uint32_t shape = SHAPE_VF;
	const char *wrong = parse_word(value, words, "is none of vf, tc, auto", &shape);

	((struct config_nic *)object)->shape = (enum config_shape)shape;
	return wrong;
}

static const char *nic_set_optional(void *object, const char *value)
{
	AUTO_FREE char *copy = xstrdup(value);
	char *rest = copy;

	for (char *word; (word = strtok_r(rest, " \t", &rest));) {
		enum vf_attr attr = attrs_of_key(word);

		if (attr == VF_ATTRS || attr == VF_MAC)
			return "names something other than vlan, spoofchk, trust, min_tx_rate, max_tx_rate, link_state, rss_query";
		((struct config_nic *)object)->optional |= VF_ATTR(attr);
	}
	return NULL;
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

static const char *nic_set_runtime(void *object, const char *value)
{
	return parse_runtime(value, &((struct config_nic *)object)->runtime);
}

static const char *nic_set_reattach_exec(void *object, const char *value)
{
	((struct config_nic *)object)->reattach_exec = xstrdup(value);
	return NULL;
}

/* --- keys of [CONTAINER] only --- */

static const char *const only_whole = "is said of a container, not of one NIC: it stands in [CONTAINER] only";

static const char *nic_set_cpus(void *object, const char *value)
{
	struct config_nic *nic = object;

	if (nic->index)
		return only_whole;
	nic->whole.cpus_local = !strcmp(value, "local");
	return nic->whole.cpus_local ? NULL : parse_cpus(value, &nic->whole.cpus);
}

static const char *nic_set_memory(void *object, const char *value)
{
	struct config_nic *nic = object;
	uint64_t memory;
	const char *wrong = nic->index ? only_whole : parse_bytes(value, &memory);

	if (wrong)
		return wrong;
	if (memory < 1 << 20)
		return "is less than 1M, with which nothing starts";
	nic->whole.memory = memory;
	return NULL;
}

static const char *nic_set_devices(void *object, const char *value)
{
	struct config_nic *nic = object;
	AUTO_FREE char *copy = xstrdup(value);
	char *rest = copy;

	if (nic->index)
		return only_whole;
	for (char *word; (word = strtok_r(rest, " \t", &rest));) {
		const char *wrong = parse_device(word);

		if (wrong)
			return wrong;
		for (size_t i = 0; i < nic->whole.devices.n; i++)
			if (!strcmp(nic->whole.devices.s[i], word))
				return "names one device twice";
		strv_addf(&nic->whole.devices, "%s", word);
	}
	return nic->whole.devices.n ? NULL : "is empty";
}

static const struct key nic_keys[NIC_KEYS] = {
	[NIC_PF] = { "pf", true, nic_set_pf },
	[NIC_VF] = { "vf", true, nic_set_vf },
	[NIC_MAC] = { "mac", true, nic_set_mac },
	[NIC_NAME] = { "name", false, nic_set_name },
	[NIC_LINK] = { "link", false, nic_set_link },
	[NIC_MTU] = { "mtu", false, nic_set_mtu },
	[NIC_VLAN] = { "vlan", false, nic_set_vlan },
	[NIC_VLAN_QOS] = { "vlan_qos", false, nic_set_vlan_qos },
	[NIC_VLAN_PROTO] = { "vlan_proto", false, nic_set_vlan_proto },
	[NIC_SPOOFCHK] = { "spoofchk", false, nic_set_spoofchk },
	[NIC_TRUST] = { "trust", false, nic_set_trust },
	[NIC_LINK_STATE] = { "link_state", false, nic_set_link_state },
	[NIC_MIN_TX_RATE] = { "min_tx_rate", false, nic_set_min_tx_rate },
	[NIC_MAX_TX_RATE] = { "max_tx_rate", false, nic_set_max_tx_rate },
	[NIC_RSS_QUERY] = { "rss_query", false, nic_set_rss_query },
	[NIC_SHAPE] = { "shape", false, nic_set_shape },
	[NIC_OPTIONAL] = { "optional", false, nic_set_optional },
	[NIC_IPV4] = { "ipv4", false, nic_set_ipv4 },
	[NIC_IPV4_GATEWAY] = { "ipv4_gateway", false, nic_set_ipv4_gateway },
	[NIC_IPV6] = { "ipv6", false, nic_set_ipv6 },
	[NIC_IPV6_GATEWAY] = { "ipv6_gateway", false, nic_set_ipv6_gateway },
	[NIC_CONTAINER] = { "container", false, nic_set_container },
	[NIC_RUNTIME] = { "runtime", false, nic_set_runtime },
	[NIC_REATTACH_EXEC] = { "reattach_exec", false, nic_set_reattach_exec },
	[NIC_CPUS] = { "cpus", false, nic_set_cpus },
	[NIC_MEMORY] = { "memory", false, nic_set_memory },
	[NIC_DEVICES] = { "devices", false, nic_set_devices },
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

static struct config_nic *begin_nic(struct config *config, const char *label)
{
	struct config_nic *nic = GROW(config->nic, config->n_nic);

	nic->want.vlan_qos = nic->want.vlan_proto = nic->want.min_tx_rate = nic->want.max_tx_rate = VF_KEEP;
	nic->label = xstrdup(label);
	return nic;
}

/* Fills in what was not said; false: there is no name for it on the host. */
static bool finish_nic(struct config_nic *nic)
{
	int len;

	if (nic->shape == SHAPE_TC)
		nic->want.has &= ~VF_ATTR(VF_RATE);
	if (!nic->key_line[NIC_NAME])
		snprintf(nic->name, sizeof(nic->name), "eth%u", nic->index);
	if (nic->key_line[NIC_LINK] || !nic->key_line[NIC_PF] || !nic->key_line[NIC_VF])
		return true;
	len = snprintf(nic->link, sizeof(nic->link), "%sv%u", nic->pf, nic->vf);
	if (len >= (int)sizeof(nic->link))
		return false;
	nic->key_line[NIC_LINK] = nic->key_line[NIC_VF];
	return true;
}

static void read_nic(struct config *config, const struct ini_section *section, const char *file, const char *label,
		     const char *number, struct strv *errors)
{
	struct config_nic *nic = begin_nic(config, label);
	const char *wrong = parse_container(label);

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
	if (!finish_nic(nic))
		strv_addf(errors, "%s:%u: [%s] link: the default name %sv%u is longer than 15 characters; set link",
			  file, section->line, section->name, nic->pf, nic->vf);
}

const char *config_nic_key_name(enum config_nic_key key)
{
	return nic_keys[key].name;
}

enum config_nic_key config_nic_key_of(const char *name)
{
	enum config_nic_key key = 0;

	while (key < NIC_KEYS && strcmp(nic_keys[key].name, name) != 0)
		key++;
	return key;
}

/* --- a NIC in words --- */

void config_setting_error(enum config_nic_key key, const char *value, const char *wrong, struct strv *errors)
{
	char option[32];

	(void)COPY(option, nic_keys[key].name);
	for (char *c = option; *c; c++)
		if (*c == '_')
			*c = '-';
	strv_addf(errors, "--%s %s: %s", option, value, wrong);
}

static void apply_setting(struct config_nic *nic, const struct config_setting *s, struct strv *errors)
{
	bool is_list = s->key == NIC_IPV4 || s->key == NIC_IPV6 || s->key == NIC_OPTIONAL;
	const char *wrong = !*s->value                        ? "is empty" :
			    strchr(s->value, '\n')            ? "has more than one line" :
			    nic->key_line[s->key] && !is_list ? "is given twice" :
								nic_keys[s->key].set(nic, s->value);

	nic->key_line[s->key] = 1; /* also where it is wrong: one error of it is enough */
	if (wrong)
		config_setting_error(s->key, s->value, wrong, errors);
}

static void fill_nic(struct config *config, struct config_nic *nic, enum runtime runtime, const char *name,
		     const struct config_setting *settings, size_t n, struct strv *errors)
{
	size_t before = errors->n;

	nic->container = xstrdup(name);
	nic->runtime = runtime;
	nic->owner = owner_format(runtime, name);
	for (size_t i = 0; i < n; i++)
		apply_setting(nic, &settings[i], errors);
	for (enum config_nic_key key = 0; key < NIC_KEYS; key++)
		if (nic_keys[key].required && !nic->key_line[key])
			strv_addf(errors, "--%s is missing", nic_keys[key].name);
	if (errors->n > before)
		return;
	if (!finish_nic(nic))
		config_setting_error(NIC_PF, nic->pf,
				     "the VF's default name on the host is longer than 15 characters; add --link", errors);
	if (!config_find_pf(config, nic->pf))
		(void)COPY(GROW(config->pf, config->n_pf)->name, nic->pf);
	config_check_nic(config, nic, errors);
}

int config_add_nic(struct config *config, enum runtime runtime, const char *name, const struct config_setting *settings,
		   size_t n, struct strv *errors)
{
	size_t before = errors->n, n_pf = config->n_pf;
	struct config_nic *nic = begin_nic(config, name);

	fill_nic(config, nic, runtime, name, settings, n, errors);
	if (errors->n == before)
		return 0;
	/* Others go on with what there is: no NIC without a PF, or with a VF that the PF has not, is among that. */
	config_clear_nic(nic);
	config->n_nic--;
	config->n_pf = n_pf;
	return -EINVAL;
}

char *config_format_settings(const struct config_setting *settings, size_t n)
{
	char *text = xstrdup("");

	for (size_t i = 0; i < n; i++) {
		char *longer = xasprintf("%s%s %s\n", text, nic_keys[settings[i].key].name, settings[i].value);

		free(text);
		text = longer;
	}
	return text;
}

int config_parse_settings(char *text, struct config_setting **ret, size_t *ret_n)
{
	AUTO_FREE struct config_setting *list = NULL;
	size_t n = 0;

	for (char *line; (line = strtok_r(text, "\n", &text));) {
		char *value = strchr(line, ' ');
		enum config_nic_key key;

		if (!value)
			return -EINVAL;
		*value++ = '\0';
		key = config_nic_key_of(line);
		if (key == NIC_KEYS)
			return -EINVAL;
		*GROW(list, n) = (struct config_setting){ key, value };
	}
	*ret = STEAL_PTR(list);
	*ret_n = n;
	return 0;
}

void config_read_section(struct config *config, const struct ini_section *section, const char *file, struct strv *errors)
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
		strv_addf(errors, "%s:%u: [%s]: unknown section; there are [pf NAME], [CONTAINER] and [CONTAINER N]",
			  file, section->line, section->name);
}
