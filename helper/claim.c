/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <ctype.h>

#include "claim.h"
#include "netns.h"
#include "parse.h"

bool claim_holds(const struct claim *claim)
{
	uint64_t id[2];

	if (claim->holder.pid)
		return process_alive(&claim->holder);
	return netns_identify(claim->container, id) == 0 && !memcmp(id, claim->netns_id, sizeof(id));
}

char *claim_netns(const struct claim *claim)
{
	return claim->holder.pid ? netns_path(claim->holder.pid) : xstrdup(claim->container);
}

const char *claim_owner(const struct claim *claim)
{
	return *claim->owner ? claim->owner : claim->container;
}

void claim_set_owner(struct claim *claim, enum runtime runtime, const char *container)
{
	AUTO_FREE char *owner = owner_format(runtime, container);

	claim->runtime = runtime;
	(void)COPY(claim->container, container);
	(void)COPY(claim->owner, owner);
}

void claim_add_altname(struct claim *claim, const char *altname)
{
	size_t len = strlen(claim->altnames), more = strlen(altname);

	for (const char *p = altname; *p; p++)
		if (!isgraph((unsigned char)*p))
			return;
	if (!more || len + more + 1 >= sizeof(claim->altnames))
		return;
	memcpy(claim->altnames + len, altname, more);
	memcpy(claim->altnames + len + more, "\n", 2);
}

bool claim_altname_is_stale(const char *altname, const struct mac *mac)
{
	static const char prefix[] = "enx", hex[] = "0123456789abcdef";
	const char *digits = altname + strlen(prefix);
	char own[2 * sizeof(mac->addr) + 1];

	if (strncmp(altname, prefix, strlen(prefix)) != 0 || strlen(digits) != 2 * sizeof(mac->addr) ||
	    strspn(digits, hex) != strlen(digits))
		return false;
	for (size_t i = 0; i < sizeof(mac->addr); i++)
		snprintf(own + 2 * i, 3, "%02x", mac->addr[i]);
	return strcmp(digits, own) != 0;
}

/* --- text form --- */

/* What a PF said of a VF, as numbers: how many, and where they are. The order is that of enum vf_attr. */
static const struct {
	const char *name;
	size_t n;
} before_lines[VF_ATTRS] = {
	[VF_VLAN] = { "vlan", 3 },           [VF_MAC] = { "mac", 0 },   [VF_SPOOFCHK] = { "spoofchk", 1 },
	[VF_TRUST] = { "trust", 1 },         [VF_RATE] = { "rate", 2 }, [VF_LINK_STATE] = { "link_state", 1 },
	[VF_RSS_QUERY] = { "rss_query", 1 },
};

static void attr_numbers(const struct vf_attrs *a, enum vf_attr attr, uint32_t ret[static 3])
{
	const uint32_t numbers[VF_ATTRS][3] = {
		[VF_VLAN] = { a->vlan, a->vlan_qos, a->vlan_proto },
		[VF_SPOOFCHK] = { a->spoofchk },
		[VF_TRUST] = { a->trust },
		[VF_RATE] = { a->min_tx_rate, a->max_tx_rate },
		[VF_LINK_STATE] = { a->link_state },
		[VF_RSS_QUERY] = { a->rss_query },
	};

	memcpy(ret, numbers[attr], sizeof(numbers[attr]));
}

static void set_attr_numbers(struct vf_attrs *a, enum vf_attr attr, const uint32_t n[static 3])
{
	a->has |= VF_ATTR(attr);
	switch (attr) {
	case VF_VLAN:
		a->vlan = n[0], a->vlan_qos = n[1], a->vlan_proto = n[2];
		break;
	case VF_SPOOFCHK:
		a->spoofchk = n[0];
		break;
	case VF_TRUST:
		a->trust = n[0];
		break;
	case VF_RATE:
		a->min_tx_rate = n[0], a->max_tx_rate = n[1];
		break;
	case VF_LINK_STATE:
		a->link_state = n[0];
		break;
	case VF_RSS_QUERY:
		a->rss_query = n[0];
		break;
	default:
		break;
	}
}

#define NO_MAC "none" /* zero, which parse_mac() does not take */

static void print_before(FILE *out, const struct claim *claim)
{
	char mac[MAC_STR_SIZE];

	for (enum vf_attr attr = 0; attr < VF_ATTRS; attr++) {
		uint32_t numbers[3];

		if (!(claim->before.has & VF_ATTR(attr)))
			continue;
		attr_numbers(&claim->before, attr, numbers);
		fprintf(out, "before %s", before_lines[attr].name);
		if (attr == VF_MAC)
			fprintf(out, " %s", mac_is_zero(&claim->before.mac) ? NO_MAC : mac_format(&claim->before.mac, mac));
		for (size_t i = 0; i < before_lines[attr].n; i++)
			fprintf(out, " %u", numbers[i]);
		fputc('\n', out);
	}
	if (!mac_is_zero(&claim->before_mac))
		fprintf(out, "before effective_mac %s\n", mac_format(&claim->before_mac, mac));
}

static void print_lines(FILE *out, const char *key, const char *lines)
{
	for (const char *line = lines, *end; (end = strchr(line, '\n')); line = end + 1)
		fprintf(out, "%s %.*s\n", key, (int)(end - line), line);
}

char *claim_format(const struct claim *claim)
{
	char mac[MAC_STR_SIZE], *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return xstrdup("");
	if (claim->runtime != RUNTIME_LXC)
		fprintf(out, "runtime %s\n", runtime_name(claim->runtime));
	fprintf(out, "container %s\n", claim->container);
	if (*claim->config_file)
		fprintf(out, "config %s\n", claim->config_file);
	if (claim->holder.pid)
		fprintf(out, "holder %d %llu\n", (int)claim->holder.pid, (unsigned long long)claim->holder.start);
	else
		fprintf(out, "namespace %llu %llu\n", (unsigned long long)claim->netns_id[0],
			(unsigned long long)claim->netns_id[1]);
	fprintf(out, "inside %s\nhome %s\nmtu %u\nmac %s\n", claim->inside, claim->home, claim->mtu,
		mac_format(&claim->mac, mac));
	print_lines(out, "altname", claim->altnames);
	if (claim->attached)
		fprintf(out, "attached %s\n", claim->moving ? "moving" : "yes");
	print_lines(out, "setting", claim->settings);
	print_before(out, claim);
	if (claim->unfinished)
		fputs("reattach unfinished\n", out);
	fputs("end\n", out);
	fclose(out);
	return text;
}

static bool take_runtime(char *value, struct claim *c)
{
	for (c->runtime = 0; c->runtime < RUNTIMES; c->runtime++)
		if (!strcmp(runtime_name(c->runtime), value))
			return true;
	return false;
}

static bool take_container(char *value, struct claim *c)
{
	return COPY(c->container, value);
}

static bool take_config(char *value, struct claim *c)
{
	return *value == '/' && COPY(c->config_file, value);
}

static bool take_number(const char *text, uint64_t *ret)
{
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*ret = strtoull(text, &end, 10);
	return !errno && !*end;
}

static bool take_holder(char *value, struct claim *c)
{
	char *space = strchr(value, ' ');
	unsigned pid;

	if (!space)
		return false;
	*space = '\0';
	if (parse_uint(value, 1, INT32_MAX, &pid))
		return false;
	c->holder.pid = (pid_t)pid;
	return take_number(space + 1, &c->holder.start);
}

static bool take_namespace(char *value, struct claim *c)
{
	char *space = strchr(value, ' ');

	if (!space)
		return false;
	*space = '\0';
	return take_number(value, &c->netns_id[0]) && take_number(space + 1, &c->netns_id[1]);
}

static bool take_attached(char *value, struct claim *c)
{
	c->attached = true;
	c->moving = !strcmp(value, "moving");
	return c->moving || !strcmp(value, "yes");
}

static bool take_setting(char *value, struct claim *c)
{
	size_t len = strlen(c->settings);

	return strchr(value, ' ') &&
	       snprintf(c->settings + len, sizeof(c->settings) - len, "%s\n", value) < (int)(sizeof(c->settings) - len);
}

static bool take_before(char *value, struct claim *c)
{
	char *name = strtok_r(value, " ", &value), *word;
	uint32_t numbers[3] = { 0 };
	enum vf_attr attr = 0;

	if (!name)
		return false;
	if (!strcmp(name, "effective_mac"))
		return !parse_mac(value, &c->before_mac);
	while (attr < VF_ATTRS && strcmp(before_lines[attr].name, name) != 0)
		attr++;
	if (attr == VF_ATTRS || c->before.has & VF_ATTR(attr))
		return false;
	c->before.has |= VF_ATTR(attr);
	if (attr == VF_MAC)
		return !strcmp(value, NO_MAC) || !parse_mac(value, &c->before.mac);
	for (size_t i = 0; i < before_lines[attr].n; i++) {
		word = strtok_r(value, " ", &value);
		if (!word || parse_uint(word, 0, UINT32_MAX, &numbers[i]))
			return false;
	}
	set_attr_numbers(&c->before, attr, numbers);
	return !*value;
}

static bool take_inside(char *value, struct claim *c)
{
	return !parse_ifname(value, c->inside);
}

static bool take_home(char *value, struct claim *c)
{
	return !parse_ifname(value, c->home);
}

static bool take_mtu(char *value, struct claim *c)
{
	return !parse_uint(value, 0, UINT32_MAX, &c->mtu);
}

static bool take_altname(char *value, struct claim *c)
{
	size_t len = strlen(c->altnames);

	claim_add_altname(c, value);
	return strlen(c->altnames) > len;
}

static bool take_mac(char *value, struct claim *c)
{
	return !parse_mac(value, &c->mac);
}

static bool take_reattach(char *value, struct claim *c)
{
	c->unfinished = true;
	return !strcmp(value, "unfinished");
}

enum { NEEDED = 1, REPEATED = 2 };

static const struct {
	const char *key;
	bool (*take)(char *value, struct claim *c);
	unsigned flags;
} record_lines[] = {
	{ "runtime", take_runtime, 0 },        { "container", take_container, NEEDED },
	{ "config", take_config, 0 },          { "holder", take_holder, 0 },
	{ "namespace", take_namespace, 0 },    { "inside", take_inside, NEEDED },
	{ "home", take_home, NEEDED },         { "mtu", take_mtu, NEEDED },
	{ "mac", take_mac, NEEDED },           { "attached", take_attached, 0 },
	{ "setting", take_setting, REPEATED }, { "before", take_before, REPEATED },
	{ "reattach", take_reattach, 0 },      { "altname", take_altname, REPEATED },
};

/* What one line alone does not say. */
static bool is_whole(const struct claim *c, unsigned seen)
{
	bool netns = c->runtime == RUNTIME_NETNS, by_netns = c->netns_id[0];

	for (unsigned i = 0; i < ARRAY_SIZE(record_lines); i++)
		if (record_lines[i].flags & NEEDED && !(seen & 1U << i))
			return false;
	if (netns ? *c->container != '/' : !!parse_container(c->container))
		return false;
	if (netns != by_netns || by_netns == !!c->holder.pid)
		return false;
	return c->runtime != RUNTIME_LXC || *c->config_file;
}

int claim_parse(const char *text, struct claim *ret)
{
	AUTO_FREE char *copy = xstrdup(text);
	struct claim c = { 0 };
	unsigned seen = 0;
	char *line = copy, *next;

	for (; (next = strchr(line, '\n')) && strcmp(line, "end\n") != 0; line = next + 1) {
		char *value = memchr(line, ' ', (size_t)(next - line));

		if (!value)
			return -EINVAL;
		*value++ = *next = '\0';
		for (unsigned i = 0; i < ARRAY_SIZE(record_lines); i++) {
			bool again = seen & 1U << i && !(record_lines[i].flags & REPEATED);

			if (strcmp(record_lines[i].key, line) != 0)
				continue;
			if (again || !record_lines[i].take(value, &c))
				return -EINVAL;
			seen |= 1U << i;
		}
	}
	if (!next || !is_whole(&c, seen))
		return -EINVAL;
	claim_set_owner(&c, c.runtime, c.container);
	*ret = c;
	return 0;
}
