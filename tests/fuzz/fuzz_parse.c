/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every parser of one value; the first byte tells which. What is taken is written and read again as the same. */
#include "fuzz.h"
#include "parse.h"

static void mac(const char *s)
{
	char text[MAC_STR_SIZE];
	struct mac m, again;

	if (parse_mac(s, &m))
		return;
	HOLDS(!mac_is_zero(&m) && !(m.addr[0] & 1));
	HOLDS(!parse_mac(mac_format(&m, text), &again) && mac_equal(&m, &again));
}

static void address(const char *s, int family, bool with_prefix)
{
	char text[IPADDR_STR_SIZE];
	struct ipaddr a, again;

	if (parse_ipaddr(s, family, with_prefix, &a))
		return;
	HOLDS(a.family == family);
	HOLDS(!parse_ipaddr(ipaddr_format(&a, with_prefix, text), family, with_prefix, &again));
	HOLDS(!memcmp(a.addr, again.addr, sizeof(a.addr)) && a.prefix == again.prefix);
}

static void cpus(const char *s)
{
	struct cpus c = { 0 }, again = { 0 };
	AUTO_FREE char *text = NULL;

	if (parse_cpus(s, &c))
		return;
	text = cpus_format(&c);
	HOLDS(!parse_cpus(text, &again) && !memcmp(&c, &again, sizeof(c)));
}

static void number(const char *s)
{
	unsigned value;

	if (!parse_uint(s, 10, 4094, &value))
		HOLDS(value >= 10 && value <= 4094);
}

static void names(const char *s)
{
	char name[IFNAMSIZ], pci[PCI_ADDR_SIZE];
	enum runtime runtime;
	uint64_t bytes;

	if (!parse_ifname(s, name))
		HOLDS(*name && !strpbrk(name, "/: %\t\n") && strlen(name) < IFNAMSIZ);
	if (!parse_pci(s, pci))
		HOLDS(strlen(pci) < PCI_ADDR_SIZE);
	if (!parse_container(s))
		HOLDS(*s && !strchr(s, '/'));
	if (!parse_device(s))
		HOLDS(!strncmp(s, "/dev/", 5) && !strstr(s, "/../"));
	if (!parse_runtime(s, &runtime))
		HOLDS(!strcmp(s, runtime_name(runtime)));
	(void)parse_bytes(s, &bytes);
	(void)ifname_is_leftover(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_FREE char *s = NULL;

	if (!size)
		return 0;
	s = fuzz_text(data + 1, size - 1);
	switch (data[0] % 8) {
	case 0:
		mac(s);
		break;
	case 1:
		address(s, AF_INET, true);
		break;
	case 2:
		address(s, AF_INET, false);
		break;
	case 3:
		address(s, AF_INET6, true);
		break;
	case 4:
		address(s, AF_INET6, false);
		break;
	case 5:
		cpus(s);
		break;
	case 6:
		number(s);
		break;
	case 7:
		names(s);
		break;
	}
	return 0;
}
