/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <linux/if_ether.h>

#include "draft.h"
#include "text.h"
#include "view.h"

#define USUAL_MTU 1500
#define LINE_BYTES 900 /* ini.c takes 1000 */

/* A section that was printed, and so what no later one may be or have. */
struct taken {
	char *label, *container, *link, *name;
	struct mac mac;
	unsigned index;
};

struct draft {
	const struct draft_facts *facts;
	FILE *out;
	struct taken *taken;
	size_t n_taken;
	bool *nic_taken; /* as many as facts->n_nic */
};

/* The section of one VF. */
struct section {
	const struct host_pf *pf;
	const struct host_vf *vf;
	const struct lxc_defined_nic *nic; /* what its container's configuration says of it, NULL: nothing */
	const char *user;                  /* the container that has it now, NULL: none */
	char *container, *label;
	unsigned index;
	char link[IFNAMSIZ], name[IFNAMSIZ];
	struct strv line, note;
	char *reason; /* why it is a comment, NULL: it is none */
};

static void refuse(struct section *s, char *reason)
{
	if (s->reason)
		free(reason);
	else
		s->reason = reason;
}

static void print_comment(FILE *out, const char *text)
{
	AUTO_FREE char *clean = text_printable(text);

	fprintf(out, "; %.*s\n", LINE_BYTES, clean);
}

/* --- whose it is --- */

static bool is_phys(const struct lxc_defined_nic *nic)
{
	return !strcmp(nic->type, "phys") && *nic->link;
}

/* LXC gives a physical device that has no name in the configuration the one it has on the host. */
static const char *name_inside(const struct lxc_defined_nic *nic)
{
	return *nic->name ? nic->name : nic->link;
}

static bool is_called(const struct host_vf *vf, const char *name)
{
	bool called = view_has_netdev(vf) && !strcmp(vf->link.name, name);

	for (size_t i = 0; i < vf->link.altnames.n && !called; i++)
		called = !strcmp(vf->link.altnames.s[i], name);
	return called;
}

/* Whether the NIC is this VF: 2 certainly, 1 probably, 0 no. */
static int leads_to(const struct lxc_defined_nic *nic, const struct section *s, const char *default_link)
{
	const struct host_vf *vf = s->vf;

	if (!is_phys(nic))
		return 0;
	if (!s->user)
		return is_called(vf, nic->link) ? 2 : !view_has_netdev(vf) && !strcmp(nic->link, default_link) ? 1 : 0;
	if (strcmp(nic->container, s->user) != 0)
		return 0;
	if (!strcmp(vf->link.name, name_inside(nic)) || (vf->claim && !strcmp(vf->claim->inside, name_inside(nic))))
		return 2;
	return is_called(vf, nic->link) || !strcmp(nic->link, default_link);
}

static void find_nic(struct draft *d, struct section *s, const char *default_link)
{
	int best = 0;
	size_t found = 0;

	for (size_t i = 0; i < d->facts->n_nic; i++) {
		int how = d->nic_taken[i] ? 0 : leads_to(&d->facts->nic[i], s, default_link);

		if (how > best) {
			best = how;
			found = i;
		}
	}
	if (!best)
		return;
	d->nic_taken[found] = true;
	s->nic = &d->facts->nic[found];
	for (size_t i = found + 1; i < d->facts->n_nic; i++) {
		const struct lxc_defined_nic *other = &d->facts->nic[i];

		if (!s->user && strcmp(other->container, s->nic->container) != 0 && leads_to(other, s, default_link) == best)
			strv_addf(&s->note, "container %s names it too, as lxc.net.%u.link: one VF has one owner",
				  other->container, other->index);
	}
}

static bool index_is_free(const struct draft *d, const char *container, unsigned index)
{
	for (size_t i = 0; i < d->facts->n_nic; i++)
		if (!strcmp(d->facts->nic[i].container, container) && d->facts->nic[i].index == index)
			return false;
	for (size_t i = 0; i < d->n_taken; i++)
		if (!strcmp(d->taken[i].container, container) && d->taken[i].index == index)
			return false;
	return true;
}

static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

static bool label_is_taken(const struct draft *d, const char *label, const char *container)
{
	if (!strcasecmp(label, "pf"))
		return true;
	for (size_t i = 0; i < d->n_taken; i++)
		if (!strcasecmp(d->taken[i].label, label) && strcmp(d->taken[i].container, container) != 0)
			return true;
	return false;
}

/* What stands in [ ] for a container: its name where that can be, for iniparser folds case and splits at [ ] : */
static char *make_label(const struct draft *d, const char *container)
{
	char *base, *label;

	base = xasprintf("%.100s", container);
	for (char *p = base; *p; p++)
		if (!is_plain(*p))
			*p = '_';
	if (*base == '-' || *base == '.')
		*base = '_';
	label = xstrdup(base);
	for (unsigned n = 2; label_is_taken(d, label, container); n++) {
		free(label);
		label = xasprintf("%s-%u", base, n);
	}
	free(base);
	return label;
}

/* A process or a namespace has no name that lasts. */
static const char *user_of(const struct host_vf *vf)
{
	if (!vf->held)
		return vf->lives_in;
	return vf->claim->runtime <= RUNTIME_PODMAN ? vf->claim->container : NULL;
}

static void find_owner(struct draft *d, struct section *s)
{
	AUTO_FREE char *default_link = xasprintf("%sv%u", s->pf->name, s->vf->index);

	s->user = user_of(s->vf);
	find_nic(d, s, default_link);
	s->container = xstrdup(s->user ? s->user : s->nic ? s->nic->container : default_link);
	if (s->nic)
		s->index = s->nic->index;
	while (!s->nic && s->user && !index_is_free(d, s->container, s->index))
		s->index++; /* it was given it while it ran */
	s->label = make_label(d, s->container);
}

/* --- its names --- */

static bool is_plain_word(const char *s)
{
	while (is_plain(*s))
		s++;
	return !*s;
}

/* A value that iniparser would cut at a ; or # stands in quotes. */
static void add_word(struct section *s, const char *key, const char *value)
{
	if (is_plain_word(value))
		strv_addf(&s->line, "%s = %s", key, value);
	else if (!strchr(value, '"'))
		strv_addf(&s->line, "%s = \"%s\"", key, value);
	else
		refuse(s, xasprintf("its %s, %s, cannot be written in this file", key, value));
}

static void find_link(struct section *s)
{
	AUTO_FREE char *default_link = xasprintf("%sv%u", s->pf->name, s->vf->index);
	const char *link = default_link, *wrong;

	if (s->nic)
		link = s->nic->link;
	else if (s->vf->place == VF_HERE && !ifname_is_leftover(s->vf->link.name))
		link = s->vf->link.name;
	else if (s->vf->claim && *s->vf->claim->home)
		link = s->vf->claim->home;
	wrong = parse_ifname(link, s->link);
	if (wrong)
		refuse(s, xasprintf("its name on the host, %s, %s: set link to another", link, wrong));
	else if (strcmp(link, default_link) != 0)
		add_word(s, "link", s->link);
}

static void find_name(struct section *s)
{
	char usual[IFNAMSIZ];
	const char *name, *wrong;

	snprintf(usual, sizeof(usual), "eth%u", s->index);
	name = s->nic ? name_inside(s->nic) : s->user && view_has_netdev(s->vf) ? s->vf->link.name : usual;
	wrong = parse_ifname(name, s->name);
	if (wrong)
		refuse(s, xasprintf("its name inside, %s, %s: set name to another", name, wrong));
	else if (strcmp(name, usual) != 0)
		add_word(s, "name", s->name);
}

/* --- what else it has --- */

static void add_mac(struct section *s)
{
	const struct host_vf *vf = s->vf;
	bool told = vf->admin.has & VF_ATTR(VF_MAC);
	const struct mac *mac = view_has_netdev(vf) ? &vf->link.mac : told ? &vf->admin.mac : NULL;
	char text[MAC_STR_SIZE], admin[MAC_STR_SIZE];
	const char *wrong;
	struct mac ignored;

	if (!mac || mac_is_zero(mac))
		strv_addf(&s->line, "mac =");
	else
		strv_addf(&s->line, "mac = %s", mac_format(mac, text));
	if (vf->place == VF_UNBOUND)
		refuse(s, xstrdup("it has no driver: pin would bind it"));
	else if (vf->place == VF_NO_NETDEV)
		refuse(s, xasprintf("driver %s makes no network device of it", vf->driver));
	else if (!mac || !view_has_netdev(vf))
		refuse(s, xstrdup("its network device is on its way from one network namespace to another: run init again"));
	if (s->reason)
		return;
	wrong = parse_mac(mac_format(mac, text), &ignored);
	if (wrong)
		refuse(s, xasprintf("its MAC, %s, %s", text, wrong));
	else if (told && mac_is_zero(&vf->admin.mac))
		refuse(s, xstrdup("the PF has no admin MAC for it: pin would set this one"));
	else if (told && !mac_equal(&vf->admin.mac, mac))
		refuse(s, xasprintf("its admin MAC is %s, and this is its effective one: pin would set both",
				    mac_format(&vf->admin.mac, admin)));
	else if (s->nic && *s->nic->hwaddr && strcasecmp(s->nic->hwaddr, text) != 0)
		refuse(s, xasprintf("lxc.net.%u.hwaddr of %s is %s: make it one MAC, here and there", s->index,
				    s->container, s->nic->hwaddr));
}

static void add_mtu(struct section *s)
{
	unsigned now = view_has_netdev(s->vf) ? s->vf->link.mtu : USUAL_MTU, wanted = now;

	if (s->nic && *s->nic->mtu && parse_uint(s->nic->mtu, 68, 65535, &wanted))
		wanted = now;
	if (wanted != now && s->vf->place == VF_HERE) {
		strv_addf(&s->note, "lxc.net.%u.mtu is %u, and it has %u now: with the line, pin sets that on the host, too",
			  s->index, wanted, now);
		strv_addf(&s->line, ";mtu = %u", wanted);
	} else if (wanted != USUAL_MTU) {
		strv_addf(&s->line, "mtu = %u", wanted);
	}
}

/* What drivers do not start with; what the configuration does not name, pin leaves alone. */
static void add_attrs(struct section *s)
{
	const struct vf_attrs *a = &s->vf->admin;

	if (a->has & VF_ATTR(VF_VLAN) && a->vlan >= 1 && a->vlan <= 4094) {
		strv_addf(&s->line, "vlan = %u", a->vlan);
		if (a->vlan_qos)
			strv_addf(&s->line, "vlan_qos = %u", a->vlan_qos);
		if (a->vlan_proto == ETH_P_8021AD)
			strv_addf(&s->line, "vlan_proto = 802.1ad");
	}
	if (a->has & VF_ATTR(VF_SPOOFCHK) && !a->spoofchk)
		strv_addf(&s->line, "spoofchk = no");
	if (a->has & VF_ATTR(VF_TRUST) && a->trust)
		strv_addf(&s->line, "trust = yes");
	if (a->has & VF_ATTR(VF_RATE) && a->min_tx_rate)
		strv_addf(&s->line, "min_tx_rate = %u", a->min_tx_rate);
	if (a->has & VF_ATTR(VF_RATE) && a->max_tx_rate)
		strv_addf(&s->line, "max_tx_rate = %u", a->max_tx_rate);
	if (a->has & VF_ATTR(VF_LINK_STATE) && view_is_unusual(a, VF_LINK_STATE) && strcmp(attrs_link_state(a), "?") != 0)
		strv_addf(&s->line, "link_state = %s", attrs_link_state(a));
	if (a->has & VF_ATTR(VF_RSS_QUERY) && a->rss_query)
		strv_addf(&s->line, "rss_query = yes");
}

static bool has_address(const struct ipaddr *list, size_t n, const struct ipaddr *a)
{
	for (size_t i = 0; i < n; i++)
		if (!memcmp(list[i].addr, a->addr, sizeof(a->addr)))
			return true;
	return false;
}

/* LXC's addresses stand a line each, with the broadcast address behind a blank where it was given. */
static void add_addresses(struct section *s, const char *key, int family, const char *addresses, const char *gateway)
{
	AUTO_FREE char *copy = xstrdup(addresses), *text = NULL;
	AUTO_FREE struct ipaddr *list = NULL;
	AUTO_STRV struct strv good = { 0 };
	char *rest = copy, word[IPADDR_STR_SIZE];
	struct ipaddr a;
	size_t n = 0;

	for (char *line; (line = strtok_r(rest, "\n", &rest));) {
		line[strcspn(line, " ")] = '\0';
		if (parse_ipaddr(line, family, true, &a)) {
			strv_addf(&s->note, "lxc.net.%u.%s.address = %s cannot stand here", s->index, key, line);
		} else if (!has_address(list, n, &a)) {
			*GROW(list, n) = a;
			strv_addf(&good, "%s", ipaddr_format(&a, true, word));
		}
	}
	text = text_join(&good, " ");
	if (strlen(text) > LINE_BYTES)
		strv_addf(&s->note, "%s: it has %zu addresses, too many for a line", key, n);
	else if (n)
		strv_addf(&s->line, "%s = %s", key, text);
	if (!*gateway)
		return;
	if (!n || strlen(text) > LINE_BYTES || parse_ipaddr(gateway, family, false, &a))
		strv_addf(&s->note, "lxc.net.%u.%s.gateway = %s cannot stand here", s->index, key, gateway);
	else
		strv_addf(&s->line, "%s_gateway = %s", key, ipaddr_format(&a, false, word));
}

/* --- what forbids it --- */

static bool is_in_use(const struct draft *d, const struct host_vf *vf)
{
	if (vf->place != VF_HERE)
		return false;
	for (size_t i = 0; i < d->facts->in_use->n; i++)
		if (!strcmp(d->facts->in_use->s[i], vf->link.name))
			return true;
	return vf->link.master;
}

static void check_container(struct section *s)
{
	const char *wrong = parse_container(s->container);

	if (wrong)
		refuse(s, xasprintf("the container's name, %s, %s", s->container, wrong));
	else if (strcmp(s->label, s->container) != 0)
		add_word(s, "container", s->container);
	if (!wrong && s->user && s->vf->held && s->vf->claim->runtime != RUNTIME_LXC)
		add_word(s, "runtime", runtime_name(s->vf->claim->runtime));
}

/* As config_rules.c has it: what no two sections may share. */
static void check_taken(const struct draft *d, struct section *s)
{
	for (size_t i = 0; i < d->facts->host->n_pf; i++)
		if (!strcmp(d->facts->host->pf[i].name, s->link))
			refuse(s, xasprintf("its name on the host, %s, is a PF's", s->link));
	for (size_t i = 0; i < d->n_taken; i++) {
		const struct taken *t = &d->taken[i];

		if (mac_equal(&t->mac, &s->vf->link.mac))
			refuse(s, xasprintf("[%s] has the same MAC", t->label));
		else if (!strcmp(t->link, s->link))
			refuse(s, xasprintf("[%s] has the same name on the host, %s", t->label, t->link));
		else if (!strcmp(t->container, s->container) && t->index == s->index)
			refuse(s, xasprintf("[%s] is NIC %u of that container", t->label, t->index));
		else if (!strcmp(t->container, s->container) && !strcmp(t->name, s->name))
			refuse(s, xasprintf("[%s] has the same name inside, %s", t->label, t->name));
	}
}

/* --- printing --- */

static void print_section(struct draft *d, struct section *s)
{
	const char *off = s->reason ? ";" : "";
	AUTO_FREE char *pf = text_printable(s->pf->name);

	fputc('\n', d->out);
	if (s->reason) {
		AUTO_FREE char *text = xasprintf("vf %u of %s is left out: %s", s->vf->index, pf, s->reason);

		print_comment(d->out, text);
	}
	if (!s->reason && !s->user && !s->nic)
		fprintf(d->out, "; nobody's so far: put its container's name in place of %s\n", s->label);
	for (size_t i = 0; i < s->note.n; i++)
		print_comment(d->out, s->note.s[i]);
	if (s->index)
		fprintf(d->out, "%s[%s %u]\n", off, s->label, s->index);
	else
		fprintf(d->out, "%s[%s]\n", off, s->label);
	fprintf(d->out, "%spf = %s\n%svf = %u\n", off, pf, off, s->vf->index);
	for (size_t i = 0; i < s->line.n; i++) {
		AUTO_FREE char *clean = text_printable(s->line.s[i]);

		fprintf(d->out, "%s%s\n", *clean == ';' ? "" : off, clean);
	}
	if (!s->reason)
		*GROW(d->taken, d->n_taken) = (struct taken){ .label = xstrdup(s->label),
							      .container = xstrdup(s->container),
							      .link = xstrdup(s->link),
							      .name = xstrdup(s->name),
							      .mac = s->vf->link.mac,
							      .index = s->index };
}

static void draft_vf(struct draft *d, const struct host_pf *pf, const struct host_vf *vf, bool pf_is_out)
{
	struct section s = { .pf = pf, .vf = vf };

	find_owner(d, &s);
	if (pf_is_out)
		refuse(&s, xstrdup("its PF is"));
	add_mac(&s);
	if (is_in_use(d, vf))
		refuse(&s, xstrdup("the host itself works with it: it has addresses, or is part of a bridge or bond"));
	if (vf->place == VF_AWAY && vf->netns && !s.user) {
		AUTO_FREE char *where = view_where(vf, NULL);

		strv_addf(&s.note, "where it is now: %s", where);
	}
	find_link(&s);
	find_name(&s);
	add_mtu(&s);
	add_attrs(&s);
	if (s.nic) {
		add_addresses(&s, "ipv4", AF_INET, s.nic->ipv4, s.nic->ipv4_gateway);
		add_addresses(&s, "ipv6", AF_INET6, s.nic->ipv6, s.nic->ipv6_gateway);
	}
	check_container(&s);
	check_taken(d, &s);
	print_section(d, &s);
	free(s.container);
	free(s.label);
	free(s.reason);
	strv_clear(&s.line);
	strv_clear(&s.note);
}

static void draft_pf(struct draft *d, const struct host_pf *pf)
{
	bool plain = is_plain_word(pf->name);
	const char *off = plain && pf->n_vf ? "" : ";";

	fputc('\n', d->out);
	if (!plain)
		print_comment(d->out, "this PF is left out: its name cannot stand in this file; rename it");
	else if (!pf->n_vf)
		print_comment(d->out, "this PF has no VFs: pin would create as many as you say");
	else if (!(pf->flags & IFF_UP))
		print_comment(d->out, "this PF is down: pin brings it up");
	if (pf->creating)
		print_comment(d->out, "a pin was killed while it created the VFs: the next one completes that");
	fprintf(d->out, "%s[pf %s]\n%snumvfs = %zu\n%spci = %s\n", off, plain ? pf->name : "?", off,
		pf->n_vf ? pf->n_vf : pf->totalvfs, off, pf->pci);
	for (size_t i = 0; i < pf->n_vf; i++)
		draft_vf(d, pf, &pf->vf[i], !plain);
}

void draft_print(const struct draft_facts *facts, FILE *out)
{
	struct draft d = { .facts = facts, .out = out, .nic_taken = xcalloc(facts->n_nic, sizeof(bool)) };

	fputs("; Made by lxc-sriov init from what this host had. What a ; stands before was not taken over, and why\n"
	      "; is said there. With this as " SYSCONFDIR "/lxc/sriov.ini, \"lxc-sriov check\" and \"lxc-sriov pin --dry-run\"\n"
	      "; have nothing to say. Then, for each container: lxc-sriov config --write NAME. All keys: lxc-sriov(8).\n",
	      out);
	for (size_t i = 0; i < facts->host->n_pf; i++)
		draft_pf(&d, &facts->host->pf[i]);
	for (size_t i = 0; i < d.n_taken; i++) {
		free(d.taken[i].label);
		free(d.taken[i].container);
		free(d.taken[i].link);
		free(d.taken[i].name);
	}
	free(d.taken);
	free(d.nic_taken);
}
