/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <arpa/inet.h>
#include <ctype.h>

#include "parse.h"

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static const char *const runtime_names[RUNTIMES] = {
	[RUNTIME_LXC] = "lxc", [RUNTIME_DOCKER] = "docker", [RUNTIME_PODMAN] = "podman", [RUNTIME_PID] = "pid", [RUNTIME_NETNS] = "netns"
};

const char *runtime_name(enum runtime runtime)
{
	return runtime_names[runtime];
}

char *owner_format(enum runtime runtime, const char *name)
{
	return runtime == RUNTIME_LXC ? xstrdup(name) : xasprintf("%s:%s", runtime_names[runtime], name);
}

const char *parse_runtime(const char *s, enum runtime *ret)
{
	for (enum runtime r = RUNTIME_LXC; r <= RUNTIME_PODMAN; r++)
		if (!strcmp(s, runtime_names[r])) {
			*ret = r;
			return NULL;
		}
	return "is none of lxc, docker, podman";
}

const char *parse_uint(const char *s, unsigned min, unsigned max, unsigned *ret)
{
	uint64_t value = 0;

	if (!*s)
		return "is empty";
	if (s[0] == '0' && s[1])
		return "has a leading zero";
	for (; *s; s++) {
		if (*s < '0' || *s > '9')
			return "is not a decimal number";
		value = value * 10 + (unsigned)(*s - '0');
		if (value > UINT32_MAX)
			return "is out of range";
	}
	if (value < min || value > max)
		return "is out of range";
	*ret = (unsigned)value;
	return NULL;
}

const char *parse_word(const char *s, const struct word *words, const char *wrong, uint32_t *ret)
{
	for (; words->word; words++)
		if (!strcmp(words->word, s)) {
			*ret = words->value;
			return NULL;
		}
	return wrong;
}

const char *parse_mac(const char *s, struct mac *ret)
{
	struct mac m;

	if (strlen(s) != MAC_STR_SIZE - 1)
		return "is not a MAC address (six pairs of hex digits with colons)";
	for (size_t i = 0; i < sizeof(m.addr); i++) {
		int hi = hex_digit(s[3 * i]), lo = hex_digit(s[3 * i + 1]);

		if (hi < 0 || lo < 0 || (i < 5 && s[3 * i + 2] != ':'))
			return "is not a MAC address (six pairs of hex digits with colons)";
		m.addr[i] = (uint8_t)(hi << 4 | lo);
	}
	if (mac_is_zero(&m))
		return "is the zero address";
	if (mac_equal(&m, &(struct mac){ { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff } }))
		return "is the broadcast address";
	if (m.addr[0] & 1)
		return "is a multicast address (the first byte is odd)";
	*ret = m;
	return NULL;
}

const char *parse_ifname(const char *s, char ret[static IFNAMSIZ])
{
	if (!*s)
		return "is empty";
	if (strlen(s) >= IFNAMSIZ)
		return "is longer than 15 characters, the kernel's limit for an interface name";
	if (!strcmp(s, ".") || !strcmp(s, ".."))
		return "is not an interface name";
	for (const char *p = s; *p; p++)
		if (*p == '/' || *p == ':' || *p == '%' || !isgraph((unsigned char)*p))
			return "is not an interface name";
	(void)util_copy(ret, IFNAMSIZ, s);
	return NULL;
}

/* @prefix and then digits alone. */
static bool is_numbered(const char *name, const char *prefix)
{
	size_t len = strlen(prefix);

	return !strncmp(name, prefix, len) && name[len] && !name[len + strspn(name + len, "0123456789")];
}

bool ifname_is_leftover(const char *name)
{
	return (!strncmp(name, "phys", 4) && strlen(name) == 10) || /* LXC: phys and six random characters */
	       is_numbered(name, "dev") ||                          /* the kernel: dev and the ifindex */
	       is_numbered(name, IFNAME_IN_TRANSIT);
}

/* As sysfs spells it: dddd:bb:ss.f, the domain with more digits only where it needs them, ss below 20. */
const char *parse_pci(const char *s, char ret[static PCI_ADDR_SIZE])
{
	static const char *const wrong = "is not a PCI address (such as 0000:04:00.0)";
	static const char shape[] = ":xx:xx.x";
	size_t domain = strcspn(s, ":"), len = strlen(s);

	if (domain < 4 || domain > 8 || (domain > 4 && s[0] == '0') || len != domain + sizeof(shape) - 1)
		return wrong;
	for (size_t i = 0; i < len; i++) {
		char want = 'x';

		if (i >= domain)
			want = shape[i - domain];
		if (want == 'x' ? hex_digit(s[i]) < 0 : s[i] != want)
			return wrong;
	}
	if (s[domain + 4] > '1' || s[len - 1] > '7')
		return wrong;
	for (size_t i = 0; i <= len; i++)
		ret[i] = (char)tolower((unsigned char)s[i]);
	return NULL;
}

const char *parse_ipaddr(const char *s, int family, bool with_prefix, struct ipaddr *ret)
{
	struct ipaddr a = { .family = family, .prefix = family == AF_INET ? 32 : 128 };
	const char *wrong = family == AF_INET ? "is not an IPv4 address" : "is not an IPv6 address";
	const char *slash = strchr(s, '/');
	char text[INET6_ADDRSTRLEN];
	size_t len = slash ? (size_t)(slash - s) : strlen(s);

	if (with_prefix && !slash)
		return "has no prefix length (such as /24)";
	if (!with_prefix && slash)
		return "must be a plain address, without a prefix length";
	if (len >= sizeof(text))
		return wrong;
	memcpy(text, s, len);
	text[len] = '\0';
	if (inet_pton(family, text, a.addr) != 1)
		return wrong;
	if (slash && parse_uint(slash + 1, 1, a.prefix, &a.prefix))
		return "has a prefix length that is out of range";
	if (family == AF_INET ? a.addr[0] == 0 || a.addr[0] >= 224 :
				a.addr[0] == 0xff || !memcmp(a.addr, &in6addr_any, sizeof(in6addr_any)))
		return "is not a unicast address";
	*ret = a;
	return NULL;
}

const char *parse_container(const char *s)
{
	if (!*s)
		return "is empty";
	if (s[0] == '.' || s[0] == '-')
		return "is not a container name";
	if (strlen(s) > 200)
		return "is too long for a container name";
	for (const char *p = s; *p; p++)
		if (*p == '/' || !isgraph((unsigned char)*p))
			return "is not a container name";
	return NULL;
}

static bool has_cpu(const struct cpus *cpus, unsigned cpu)
{
	return cpus->bits[cpu / 64] >> cpu % 64 & 1;
}

const char *parse_cpus(const char *s, struct cpus *ret)
{
	static const char *const wrong = "is not a list of CPUs (such as 0-3,8)";
	AUTO_FREE char *copy = xstrdup(s);
	struct cpus cpus = { { 0 } };
	char *rest = copy;

	for (char *last; (last = strsep(&rest, ","));) {
		char *first = strsep(&last, "-");
		unsigned from, to;

		if (parse_uint(first, 0, UINT32_MAX, &from) || (last && parse_uint(last, 0, UINT32_MAX, &to)))
			return wrong;
		if (!last)
			to = from;
		if (to < from)
			return "has a range that ends below its beginning";
		if (to >= CPUS_MAX)
			return "names a CPU that no host has (above 8191)";
		for (unsigned cpu = from; cpu <= to; cpu++) {
			if (has_cpu(&cpus, cpu))
				return "names one CPU twice";
			cpus.bits[cpu / 64] |= UINT64_C(1) << cpu % 64;
		}
	}
	*ret = cpus;
	return NULL;
}

const char *parse_bytes(const char *s, uint64_t *ret)
{
	static const char units[] = "KMGT";
	static const char *const wrong = "is not a number of bytes, nor one with K, M, G or T behind it";
	size_t len = strlen(s);
	const char *unit = len ? strchr(units, s[len - 1]) : NULL;
	unsigned shift = unit ? 10 * (unsigned)(unit - units + 1) : 0;
	uint64_t value = 0;

	if (unit)
		len--;
	if (!len)
		return wrong;
	if (s[0] == '0' && len > 1)
		return "has a leading zero";
	for (size_t i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9')
			return wrong;
		if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, (uint64_t)(s[i] - '0'), &value))
			return "is out of range";
	}
	if (value > (uint64_t)INT64_MAX >> shift) /* what the kernel counts with */
		return "is out of range";
	*ret = value << shift;
	return NULL;
}

const char *parse_device(const char *s)
{
	if (strncmp(s, "/dev/", 5) != 0)
		return "is not a path below /dev";
	if (strlen(s) > 200)
		return "is too long for the path of a device";
	for (const char *p = s; *p; p++)
		if (!isgraph((unsigned char)*p) || *p == '"' || *p == '\'')
			return "is not the path of a device";
	for (const char *p = s; p; p = strchr(p + 1, '/')) {
		size_t len = strcspn(p + 1, "/");

		if (!len || (p[1] == '.' && (len == 1 || (len == 2 && p[2] == '.'))))
			return "has an empty component, or . or ..";
	}
	return NULL;
}

unsigned cpus_missing(const struct cpus *cpus, const struct cpus *in)
{
	unsigned cpu = 0;

	while (cpu < CPUS_MAX && (!has_cpu(cpus, cpu) || has_cpu(in, cpu)))
		cpu++;
	return cpu;
}

char *cpus_format(const struct cpus *cpus)
{
	char *text = xstrdup("");

	for (unsigned cpu = 0; cpu < CPUS_MAX; cpu++) {
		unsigned last = cpu;
		char *longer;

		if (!has_cpu(cpus, cpu))
			continue;
		while (last + 1 < CPUS_MAX && has_cpu(cpus, last + 1))
			last++;
		longer = last > cpu ? xasprintf("%s%s%u-%u", text, *text ? "," : "", cpu, last) :
				      xasprintf("%s%s%u", text, *text ? "," : "", cpu);
		free(text);
		text = longer;
		cpu = last;
	}
	return text;
}

bool mac_equal(const struct mac *a, const struct mac *b)
{
	return !memcmp(a->addr, b->addr, sizeof(a->addr));
}

bool mac_is_zero(const struct mac *m)
{
	return mac_equal(m, &(struct mac){ { 0 } });
}

const char *mac_format(const struct mac *m, char buf[static MAC_STR_SIZE])
{
	snprintf(buf, MAC_STR_SIZE, "%02x:%02x:%02x:%02x:%02x:%02x", m->addr[0], m->addr[1], m->addr[2], m->addr[3],
		 m->addr[4], m->addr[5]);
	return buf;
}

const char *ipaddr_format(const struct ipaddr *a, bool with_prefix, char buf[static IPADDR_STR_SIZE])
{
	size_t len;

	if (!inet_ntop(a->family, a->addr, buf, IPADDR_STR_SIZE))
		buf[0] = '\0';
	len = strlen(buf);
	if (with_prefix)
		snprintf(buf + len, IPADDR_STR_SIZE - len, "/%u", a->prefix);
	return buf;
}
