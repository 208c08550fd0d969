/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <arpa/inet.h>

#include "unit.h"

#include "../../helper/parse.h"

#define NOT_DECIMAL "is not a decimal number"
#define RANGE "is out of range"
#define ZERO "has a leading zero"

static void test_uint(void **state)
{
	static const struct {
		const char *text;
		unsigned min, max, value;
		const char *wrong;
	} rows[] = {
		{ "0", 0, 7, 0, NULL },
		{ "7", 0, 7, 7, NULL },
		{ "8", 0, 7, 0, RANGE },
		{ "1", 1, 4094, 1, NULL },
		{ "0", 1, 4094, 0, RANGE },
		{ "4094", 1, 4094, 4094, NULL },
		{ "4095", 1, 4094, 0, RANGE },
		{ "4294967295", 0, UINT32_MAX, UINT32_MAX, NULL },
		{ "4294967296", 0, UINT32_MAX, 0, RANGE },
		{ "18446744073709551616", 0, UINT32_MAX, 0, RANGE }, /* 2^64, 0 when it wraps */
		{ "18446744073709551617", 0, UINT32_MAX, 0, RANGE },
		{ "99999999999999999999999999999999", 0, UINT32_MAX, 0, RANGE },
		{ "", 0, 7, 0, "is empty" },
		{ "00", 0, 7, 0, ZERO },
		{ "01", 0, 7, 0, ZERO },
		{ "010", 0, 99, 0, ZERO },
		{ "0x1", 0, 99, 0, ZERO },
		{ "-1", 0, UINT32_MAX, 0, NOT_DECIMAL },
		{ "-0", 0, 7, 0, NOT_DECIMAL },
		{ "+1", 0, 7, 0, NOT_DECIMAL },
		{ " 1", 0, 7, 0, NOT_DECIMAL },
		{ "1 ", 0, 7, 0, NOT_DECIMAL },
		{ "1\n", 0, 7, 0, NOT_DECIMAL },
		{ "1 2", 0, 99, 0, NOT_DECIMAL },
		{ "12abc", 0, 99, 0, NOT_DECIMAL },
		{ "1.0", 0, 99, 0, NOT_DECIMAL },
		{ "1e1", 0, 99, 0, NOT_DECIMAL },
		{ "1,000", 0, 9999, 0, NOT_DECIMAL },
		{ "a", 0, 99, 0, NOT_DECIMAL },
		{ "1/", 0, 99, 0, NOT_DECIMAL },
		{ "1:", 0, 99, 0, NOT_DECIMAL },
		{ "\xd9\xa1", 0, 99, 0, NOT_DECIMAL }, /* ARABIC-INDIC DIGIT ONE */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		unsigned value = 424242;

		unit_same(rows[i].text, "error", parse_uint(rows[i].text, rows[i].min, rows[i].max, &value), rows[i].wrong);
		unit_same_uint(rows[i].text, "value", value, rows[i].wrong ? 424242 : rows[i].value);
	}
	UNIT_TABLE_END;
}

#define NOT_MAC "is not a MAC address (six pairs of hex digits with colons)"
#define MULTICAST "is a multicast address (the first byte is odd)"

static void test_mac(void **state)
{
	static const struct {
		const char *text;
		const char *value; /* as it is printed */
		const char *wrong;
	} rows[] = {
		{ "d6:d6:d6:54:f9:f8", "d6:d6:d6:54:f9:f8", NULL },
		{ "D6:d6:D6:54:F9:f8", "d6:d6:d6:54:f9:f8", NULL },
		{ "AB:CD:EF:ab:cd:ef", NULL, MULTICAST },
		{ "AA:BB:CC:DD:EE:FF", "aa:bb:cc:dd:ee:ff", NULL },
		{ "00:00:00:00:00:01", "00:00:00:00:00:01", NULL },
		{ "02:00:00:00:00:00", "02:00:00:00:00:00", NULL },
		{ "fe:ff:ff:ff:ff:ff", "fe:ff:ff:ff:ff:ff", NULL },
		{ "00:00:00:00:00:00", NULL, "is the zero address" },
		{ "ff:ff:ff:ff:ff:ff", NULL, "is the broadcast address" },
		{ "FF:ff:FF:ff:FF:ff", NULL, "is the broadcast address" },
		{ "01:00:00:00:00:00", NULL, MULTICAST },
		{ "01:00:5e:00:00:01", NULL, MULTICAST },
		{ "33:33:00:00:00:01", NULL, MULTICAST },
		{ "ff:ff:ff:ff:ff:fe", NULL, MULTICAST },
		{ "", NULL, NOT_MAC },
		{ "d6:d6:d6:54:f9", NULL, NOT_MAC },
		{ "d6:d6:d6:54:f9:", NULL, NOT_MAC },
		{ "d6:d6:d6:54:f9:f", NULL, NOT_MAC },
		{ "d6:d6:d6:54:f9:f8:", NULL, NOT_MAC },
		{ "d6:d6:d6:54:f9:f8:00", NULL, NOT_MAC },
		{ "d6:d6:d6:54:f9:f8 ", NULL, NOT_MAC },
		{ " d6:d6:d6:54:f9:f8", NULL, NOT_MAC },
		{ "d6:d6:d6:54:f9: 8", NULL, NOT_MAC },
		{ "d6:d6:d6:54:f9:8\n", NULL, NOT_MAC },
		{ "d6:d6:d6:54:f9:g8", NULL, NOT_MAC },
		{ "d6:d6:d6:54:f9:8g", NULL, NOT_MAC },
		{ "d6:d6:d6:54:f9:-8", NULL, NOT_MAC },
		{ "d6:d6:d6:54:f9:@8", NULL, NOT_MAC },
		{ "d6:d6:d6:54:f9:`8", NULL, NOT_MAC },
		{ "d6:d6:d6:54:f9:\xe1"
		  "8",
		  NULL, NOT_MAC },
		{ "d6-d6-d6-54-f9-f8", NULL, NOT_MAC },
		{ "d6:d6:d6:54:f9-f8", NULL, NOT_MAC },
		{ "d6:d6:d654:f9:f8:", NULL, NOT_MAC },
		{ "d6d6.d654.f9f8", NULL, NOT_MAC },
		{ "d6d6d654f9f8", NULL, NOT_MAC },
		{ "6:d6:d6:54:f9:f8", NULL, NOT_MAC },
		{ "0x:d6:d6:54:f9:f8", NULL, NOT_MAC },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct mac mac = { { 1, 2, 3, 4, 5, 6 } };
		char text[MAC_STR_SIZE];

		unit_same(rows[i].text, "error", parse_mac(rows[i].text, &mac), rows[i].wrong);
		unit_same(rows[i].text, "value", mac_format(&mac, text), rows[i].wrong ? "01:02:03:04:05:06" : rows[i].value);
	}
	UNIT_TABLE_END;
}

static void test_mac_compare(void **state)
{
	static const struct mac zero, a = { { 2, 0, 0, 0, 0, 1 } }, b = { { 2, 0, 0, 0, 0, 2 } };

	(void)state;
	assert_true(mac_is_zero(&zero));
	assert_false(mac_is_zero(&a));
	assert_true(mac_equal(&a, &a));
	assert_false(mac_equal(&a, &b));
}

#define LONG_NAME "is longer than 15 characters, the kernel's limit for an interface name"
#define NOT_IFNAME "is not an interface name"

static void test_ifname(void **state)
{
	static const struct {
		const char *text;
		const char *wrong;
	} rows[] = {
		{ "eth0", NULL },
		{ "e", NULL },
		{ "enp4s0f0v12", NULL },
		{ "abcdefghijklmno", NULL },
		{ "vlan.100", NULL },
		{ ".eth0", NULL },
		{ "...", NULL },
		{ "-", NULL },
		{ "a@b", NULL },
		{ "~!#$&*()[]{}=+\\", NULL },
		{ "", "is empty" },
		{ "abcdefghijklmnop", LONG_NAME },
		{ "an-interface-of-a-very-long-name", LONG_NAME },
		{ ".", NOT_IFNAME },
		{ "..", NOT_IFNAME },
		{ "/", NOT_IFNAME },
		{ "a/b", NOT_IFNAME },
		{ "../eth0", NOT_IFNAME },
		{ "eth0:1", NOT_IFNAME },
		{ ":", NOT_IFNAME },
		{ "eth%d", NOT_IFNAME },
		{ "eth 0", NOT_IFNAME },
		{ " eth0", NOT_IFNAME },
		{ "eth0 ", NOT_IFNAME },
		{ "eth\t0", NOT_IFNAME },
		{ "eth0\n", NOT_IFNAME },
		{ "eth\001", NOT_IFNAME },
		{ "eth\x7f", NOT_IFNAME },
		{ "eth\xc3\xa9", NOT_IFNAME },
		{ "\xff", NOT_IFNAME },
		{ "eth\xa0", NOT_IFNAME }, /* a space in Latin-1, which the kernel's isspace() refuses */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char name[IFNAMSIZ] = "before";

		unit_same(rows[i].text, "error", parse_ifname(rows[i].text, name), rows[i].wrong);
		unit_same(rows[i].text, "value", name, rows[i].wrong ? "before" : rows[i].text);
	}
	UNIT_TABLE_END;
}

#define NOT_PCI "is not a PCI address (such as 0000:04:00.0)"

static void test_pci(void **state)
{
	static const struct {
		const char *text;
		const char *value;
		const char *wrong;
	} rows[] = {
		{ "0000:04:00.0", "0000:04:00.0", NULL },
		{ "0000:ff:1f.7", "0000:ff:1f.7", NULL },
		{ "ABCD:EF:1A.7", "abcd:ef:1a.7", NULL },
		{ "10000:e1:00.0", "10000:e1:00.0", NULL },       /* VMD */
		{ "8F1C2d3e:00:02.0", "8f1c2d3e:00:02.0", NULL }, /* Hyper-V */
		{ "", NULL, NOT_PCI },
		{ "04:00.0", NULL, NOT_PCI },
		{ "000:04:00.0", NULL, NOT_PCI },
		{ "123456789:04:00.0", NULL, NOT_PCI },
		{ "00000:04:00.0", NULL, NOT_PCI }, /* the kernel's spelling is %04x: it would never be found */
		{ "00010000:04:00.0", NULL, NOT_PCI },
		{ "0000:04:00.8", NULL, NOT_PCI },
		{ "0000:04:00.a", NULL, NOT_PCI },
		{ "0000:04:20.0", NULL, NOT_PCI }, /* a device number has five bits */
		{ "0000:04:ff.0", NULL, NOT_PCI },
		{ "0000:04:00", NULL, NOT_PCI },
		{ "0000:04:00.", NULL, NOT_PCI },
		{ "0000:04:00.00", NULL, NOT_PCI },
		{ "0000:4:00.0", NULL, NOT_PCI },
		{ "0000:04:0.0", NULL, NOT_PCI },
		{ "0000:04:00:0", NULL, NOT_PCI },
		{ "0000.04.00.0", NULL, NOT_PCI },
		{ "0000-04:00.0", NULL, NOT_PCI },
		{ "0000:04:0g.0", NULL, NOT_PCI },
		{ "0000:04:00.0 ", NULL, NOT_PCI },
		{ " 0000:04:00.0", NULL, NOT_PCI },
		{ "0000:04:00.0\n", NULL, NOT_PCI },
		{ "0000:04:00.0/../x", NULL, NOT_PCI },
		{ "../:04:00.0", NULL, NOT_PCI },
		{ ":04:00.0", NULL, NOT_PCI },
		{ "::::::::::::", NULL, NOT_PCI },
		{ "pci@0000:04:00.0", NULL, NOT_PCI },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char pci[PCI_ADDR_SIZE] = "before";

		unit_same(rows[i].text, "error", parse_pci(rows[i].text, pci), rows[i].wrong);
		unit_same(rows[i].text, "value", pci, rows[i].wrong ? "before" : rows[i].value);
	}
	UNIT_TABLE_END;
}

struct ipaddr_row {
	const char *text;
	const char *value; /* in inet_ntop's spelling */
	const char *wrong;
};

static void expect_ipaddrs(int family, bool with_prefix, const struct ipaddr_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct ipaddr a = { .family = AF_INET, .addr = { 192, 0, 2, 1 }, .prefix = 7 };
		char text[IPADDR_STR_SIZE];

		unit_same(rows[i].text, "error", parse_ipaddr(rows[i].text, family, with_prefix, &a), rows[i].wrong);
		if (rows[i].wrong)
			unit_same(rows[i].text, "value", ipaddr_format(&a, true, text), "192.0.2.1/7");
		else
			unit_same(rows[i].text, "value", ipaddr_format(&a, with_prefix, text), rows[i].value);
	}
	UNIT_TABLE_END;
}

#define NOT_IPV4 "is not an IPv4 address"
#define NOT_IPV6 "is not an IPv6 address"
#define NOT_UNICAST "is not a unicast address"
#define NO_PREFIX "has no prefix length (such as /24)"
#define BAD_PREFIX "has a prefix length that is out of range"
#define PLAIN "must be a plain address, without a prefix length"

static void test_ipv4(void **state)
{
	static const struct ipaddr_row rows[] = {
		{ "194.168.1.1/24", "194.168.1.1/24", NULL },
		{ "10.0.0.1/1", "10.0.0.1/1", NULL },
		{ "10.0.0.1/32", "10.0.0.1/32", NULL },
		{ "1.0.0.0/8", "1.0.0.0/8", NULL },
		{ "223.255.255.255/24", "223.255.255.255/24", NULL },
		{ "10.0.0.1/0", NULL, BAD_PREFIX },
		{ "10.0.0.1/33", NULL, BAD_PREFIX },
		{ "10.0.0.1/", NULL, BAD_PREFIX },
		{ "10.0.0.1/024", NULL, BAD_PREFIX },
		{ "10.0.0.1/+24", NULL, BAD_PREFIX },
		{ "10.0.0.1/-1", NULL, BAD_PREFIX },
		{ "10.0.0.1/ 24", NULL, BAD_PREFIX },
		{ "10.0.0.1/24 ", NULL, BAD_PREFIX },
		{ "10.0.0.1/24/8", NULL, BAD_PREFIX },
		{ "10.0.0.1/255.255.255.0", NULL, BAD_PREFIX },
		{ "10.0.0.1/4294967320", NULL, BAD_PREFIX }, /* 2^32 + 24 */
		{ "10.0.0.1", NULL, NO_PREFIX },
		{ "", NULL, NO_PREFIX },
		{ "/24", NULL, NOT_IPV4 },
		{ "10.0.0/24", NULL, NOT_IPV4 },
		{ "10/8", NULL, NOT_IPV4 },
		{ "10.0.0.1.1/24", NULL, NOT_IPV4 },
		{ "10.0.0.256/24", NULL, NOT_IPV4 },
		{ "10.0.0.01/24", NULL, NOT_IPV4 },
		{ "0x0a.0.0.1/24", NULL, NOT_IPV4 },
		{ " 10.0.0.1/24", NULL, NOT_IPV4 },
		{ "10.0.0.1 /24", NULL, NOT_IPV4 },
		{ "10.0.0.-1/24", NULL, NOT_IPV4 },
		{ "10.0.0.1%eth0/24", NULL, NOT_IPV4 },
		{ "2001:db8::1/24", NULL, NOT_IPV4 },
		{ "::ffff:10.0.0.1/24", NULL, NOT_IPV4 },
		{ "example.com/24", NULL, NOT_IPV4 },
		{ "1111111111111111111111111111111111111111111111/24", NULL, NOT_IPV4 },
		{ "0.0.0.0/24", NULL, NOT_UNICAST },
		{ "0.1.2.3/24", NULL, NOT_UNICAST },
		{ "224.0.0.1/4", NULL, NOT_UNICAST },
		{ "239.255.255.255/32", NULL, NOT_UNICAST },
		{ "240.0.0.1/4", NULL, NOT_UNICAST },
		{ "255.255.255.255/32", NULL, NOT_UNICAST },
	};

	(void)state;
	expect_ipaddrs(AF_INET, true, rows, ARRAY_SIZE(rows));
}

static void test_ipv4_plain(void **state)
{
	static const struct ipaddr_row rows[] = {
		{ "194.168.1.254", "194.168.1.254", NULL },
		{ "194.168.1.254/24", NULL, PLAIN },
		{ "194.168.1.254/", NULL, PLAIN },
		{ "", NULL, NOT_IPV4 },
		{ "194.168.1.254 ", NULL, NOT_IPV4 },
		{ "194.168.1", NULL, NOT_IPV4 },
		{ "auto", NULL, NOT_IPV4 },
		{ "0.0.0.0", NULL, NOT_UNICAST },
		{ "224.0.0.1", NULL, NOT_UNICAST },
	};

	(void)state;
	expect_ipaddrs(AF_INET, false, rows, ARRAY_SIZE(rows));
}

static void test_ipv6(void **state)
{
	static const struct ipaddr_row rows[] = {
		{ "2001:db8::1/64", "2001:db8::1/64", NULL },
		{ "2001:0DB8:0:0:0:0:0:0001/64", "2001:db8::1/64", NULL },
		{ "fe80::1/1", "fe80::1/1", NULL },
		{ "fd00::1/128", "fd00::1/128", NULL },
		{ "::ffff:192.0.2.1/96", "::ffff:192.0.2.1/96", NULL },
		{ "fd00:1111:2222:3333:4444:5555:6666:7777/128", "fd00:1111:2222:3333:4444:5555:6666:7777/128", NULL },
		{ "2001:db8::1/0", NULL, BAD_PREFIX },
		{ "2001:db8::1/129", NULL, BAD_PREFIX },
		{ "2001:db8::1/", NULL, BAD_PREFIX },
		{ "2001:db8::1/064", NULL, BAD_PREFIX },
		{ "2001:db8::1/64x", NULL, BAD_PREFIX },
		{ "2001:db8::1", NULL, NO_PREFIX },
		{ "2001:db8::1::2/64", NULL, NOT_IPV6 },
		{ "2001:db8:1/64", NULL, NOT_IPV6 },
		{ "2001:db8::12345/64", NULL, NOT_IPV6 },
		{ "2001:db8::g/64", NULL, NOT_IPV6 },
		{ "1:2:3:4:5:6:7:8:9/64", NULL, NOT_IPV6 },
		{ "[2001:db8::1]/64", NULL, NOT_IPV6 },
		{ "fe80::1%eth0/64", NULL, NOT_IPV6 },
		{ "fe80::1%2/64", NULL, NOT_IPV6 },
		{ " fe80::1/64", NULL, NOT_IPV6 },
		{ "192.0.2.1/24", NULL, NOT_IPV6 },
		{ "/64", NULL, NOT_IPV6 },
		{ "::/64", NULL, NOT_UNICAST },
		{ "0:0:0:0:0:0:0:0/64", NULL, NOT_UNICAST },
		{ "ff00::/8", NULL, NOT_UNICAST },
		{ "ff02::1/64", NULL, NOT_UNICAST },
	};

	(void)state;
	expect_ipaddrs(AF_INET6, true, rows, ARRAY_SIZE(rows));
}

static void test_ipv6_plain(void **state)
{
	static const struct ipaddr_row rows[] = {
		{ "fe80::1", "fe80::1", NULL },     { "FE80:0::1", "fe80::1", NULL }, { "fe80::1/64", NULL, PLAIN },
		{ "fe80::1%eth0", NULL, NOT_IPV6 }, { "", NULL, NOT_IPV6 },           { "::", NULL, NOT_UNICAST },
		{ "ff02::2", NULL, NOT_UNICAST },
	};

	(void)state;
	expect_ipaddrs(AF_INET6, false, rows, ARRAY_SIZE(rows));
}

static void test_ipaddr_longest(void **state)
{
	struct ipaddr a = { .family = AF_INET6, .prefix = 128 };
	char text[IPADDR_STR_SIZE];

	(void)state;
	memset(a.addr, 0xff, sizeof(a.addr));
	assert_string_equal(ipaddr_format(&a, true, text), "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128");
}

#define NOT_CONTAINER "is not a container name"
#define TEN "abcdefghij"
#define FIFTY TEN TEN TEN TEN TEN

static void test_container(void **state)
{
	static const struct {
		const char *text;
		const char *wrong;
	} rows[] = {
		{ "centos1", NULL },
		{ "C", NULL },
		{ "web-01.example.com", NULL },
		{ "a_b", NULL },
		{ "0", NULL },
		{ FIFTY FIFTY FIFTY FIFTY, NULL },
		{ FIFTY FIFTY FIFTY FIFTY "k", "is too long for a container name" },
		{ "", "is empty" },
		{ ".", NOT_CONTAINER },
		{ "..", NOT_CONTAINER },
		{ ".hidden", NOT_CONTAINER },
		{ "-n", NOT_CONTAINER },
		{ "/", NOT_CONTAINER },
		{ "a/b", NOT_CONTAINER },
		{ "../a", NOT_CONTAINER },
		{ "a b", NOT_CONTAINER },
		{ " a", NOT_CONTAINER },
		{ "a ", NOT_CONTAINER },
		{ "a\tb", NOT_CONTAINER },
		{ "a\n", NOT_CONTAINER },
		{ "a\x7f", NOT_CONTAINER },
		{ "caf\xc3\xa9", NOT_CONTAINER },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		unit_same(rows[i].text, "error", parse_container(rows[i].text), rows[i].wrong);
	UNIT_TABLE_END;
}

#define NOT_CPUS "is not a list of CPUs (such as 0-3,8)"
#define REVERSED "has a range that ends below its beginning"
#define TWICE "names one CPU twice"
#define NO_HOST "names a CPU that no host has (above 8191)"

static void test_cpus(void **state)
{
	static const struct {
		const char *text;
		const char *value; /* as it is printed */
		const char *wrong;
	} rows[] = {
		{ "0", "0", NULL },
		{ "0-3,8", "0-3,8", NULL },
		{ "8,0-3", "0-3,8", NULL },
		{ "0,1,2,3", "0-3", NULL },
		{ "5-5", "5", NULL },
		{ "62-65,127,128", "62-65,127-128", NULL },
		{ "0-8191", "0-8191", NULL },
		{ "8191", "8191", NULL },
		{ "", NULL, NOT_CPUS },
		{ ",", NULL, NOT_CPUS },
		{ "0,", NULL, NOT_CPUS },
		{ ",0", NULL, NOT_CPUS },
		{ "0,,1", NULL, NOT_CPUS },
		{ "-", NULL, NOT_CPUS },
		{ "-1", NULL, NOT_CPUS },
		{ "1-", NULL, NOT_CPUS },
		{ "1-2-3", NULL, NOT_CPUS },
		{ "0--1", NULL, NOT_CPUS },
		{ "0- 1", NULL, NOT_CPUS },
		{ "0, 1", NULL, NOT_CPUS },
		{ "0 1", NULL, NOT_CPUS },
		{ "00", NULL, NOT_CPUS },
		{ "0x1", NULL, NOT_CPUS },
		{ "0-7:1/2", NULL, NOT_CPUS }, /* what the kernel takes besides */
		{ "all", NULL, NOT_CPUS },
		{ "N", NULL, NOT_CPUS },
		{ "3-0", NULL, REVERSED },
		{ "0,0", NULL, TWICE },
		{ "0-3,2", NULL, TWICE },
		{ "2,0-3", NULL, TWICE },
		{ "8192", NULL, NO_HOST },
		{ "0-8192", NULL, NO_HOST },
		{ "0-4294967295", NULL, NO_HOST },
		{ "4294967296", NULL, NOT_CPUS },
		{ "0-4294967296", NULL, NOT_CPUS },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct cpus cpus = { { 1 } }; /* "0", to be left alone */
		AUTO_FREE char *value = NULL;

		unit_same(rows[i].text, "error", parse_cpus(rows[i].text, &cpus), rows[i].wrong);
		value = cpus_format(&cpus);
		unit_same(rows[i].text, "value", value, rows[i].wrong ? "0" : rows[i].value);
	}
	UNIT_TABLE_END;
}

static void test_cpus_missing(void **state)
{
	static const struct {
		const char *cpus, *in;
		unsigned missing;
	} rows[] = {
		{ "0-3", "0-3", CPUS_MAX }, { "1,3", "0-3", CPUS_MAX }, { "0-4", "0-3", 4 },
		{ "0-1", "1", 0 },          { "60-70", "0-63,70", 64 }, { "8191", "0-8190", 8191 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct cpus cpus, in;

		assert_null(parse_cpus(rows[i].cpus, &cpus));
		assert_null(parse_cpus(rows[i].in, &in));
		unit_same_uint(rows[i].cpus, "missing", cpus_missing(&cpus, &in), rows[i].missing);
	}
	UNIT_TABLE_END;
}

#define NOT_BYTES "is not a number of bytes, nor one with K, M, G or T behind it"

static void test_bytes(void **state)
{
	static const struct {
		const char *text;
		uint64_t value;
		const char *wrong;
	} rows[] = {
		{ "0", 0, NULL },
		{ "1", 1, NULL },
		{ "4096", 4096, NULL },
		{ "1K", UINT64_C(1) << 10, NULL },
		{ "512M", UINT64_C(512) << 20, NULL },
		{ "3G", UINT64_C(3) << 30, NULL },
		{ "2T", UINT64_C(2) << 40, NULL },
		{ "8388607T", UINT64_C(8388607) << 40, NULL },
		{ "9223372036854775807", INT64_MAX, NULL },
		{ "9223372036854775808", 0, RANGE },
		{ "8388608T", 0, RANGE },             /* 2^63 */
		{ "16777216T", 0, RANGE },            /* 2^64, 0 when it wraps */
		{ "18446744073709551616", 0, RANGE }, /* 2^64 */
		{ "18446744073709551617", 0, RANGE },
		{ "99999999999999999999999999T", 0, RANGE },
		{ "", 0, NOT_BYTES },
		{ "K", 0, NOT_BYTES },
		{ "M", 0, NOT_BYTES },
		{ "1k", 0, NOT_BYTES },
		{ "1P", 0, NOT_BYTES },
		{ "1MB", 0, NOT_BYTES },
		{ "1MiB", 0, NOT_BYTES },
		{ "1 M", 0, NOT_BYTES },
		{ " 1", 0, NOT_BYTES },
		{ "1.5G", 0, NOT_BYTES },
		{ "-1", 0, NOT_BYTES },
		{ "+1", 0, NOT_BYTES },
		{ "max", 0, NOT_BYTES },
		{ "50%", 0, NOT_BYTES },
		{ "01M", 0, ZERO },
		{ "0x10", 0, ZERO },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint64_t value = 424242;

		unit_same(rows[i].text, "error", parse_bytes(rows[i].text, &value), rows[i].wrong);
		if (value != (rows[i].wrong ? 424242 : rows[i].value))
			fail_msg("'%s': %llu", rows[i].text, (unsigned long long)value);
	}
	UNIT_TABLE_END;
}

#define NOT_BELOW "is not a path below /dev"
#define DOTS "has an empty component, or . or .."
#define NOT_DEVICE "is not the path of a device"

static void test_device(void **state)
{
	static const struct {
		const char *text;
		const char *wrong;
	} rows[] = {
		{ "/dev/nvme0n1", NULL },
		{ "/dev/mapper/vg-lv", NULL },
		{ "/dev/disk/by-id/nvme-Q_1-part1", NULL },
		{ "/dev/disk/by-partlabel/a\\x20b", NULL },
		{ "/dev/.x", NULL },
		{ "/dev/..x", NULL },
		{ "/dev/x..", NULL },
		{ "", NOT_BELOW },
		{ "nvme0n1", NOT_BELOW },
		{ "dev/nvme0n1", NOT_BELOW },
		{ "./dev/x", NOT_BELOW },
		{ "/dev", NOT_BELOW },
		{ "/devices", NOT_BELOW },
		{ "/etc/passwd", NOT_BELOW },
		{ "//dev/x", NOT_BELOW },
		{ "/dev/", DOTS },
		{ "/dev//x", DOTS },
		{ "/dev/x/", DOTS },
		{ "/dev/.", DOTS },
		{ "/dev/./x", DOTS },
		{ "/dev/..", DOTS },
		{ "/dev/../etc/passwd", DOTS },
		{ "/dev/mapper/../../etc/passwd", DOTS },
		{ "/dev/mapper/..", DOTS },
		{ "/dev/a b", NOT_DEVICE },
		{ "/dev/a\n", NOT_DEVICE },
		{ "/dev/a\"", NOT_DEVICE },
		{ "/dev/caf\xc3\xa9", NOT_DEVICE },
	};
	char longest[202] = "/dev/";

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		unit_same(rows[i].text, "error", parse_device(rows[i].text), rows[i].wrong);
	memset(longest + 5, 'x', sizeof(longest) - 6);
	unit_same("201 characters", "error", parse_device(longest), "is too long for the path of a device");
	longest[200] = '\0';
	unit_same("200 characters", "error", parse_device(longest), NULL);
	UNIT_TABLE_END;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_uint),         cmocka_unit_test(test_mac),
		cmocka_unit_test(test_mac_compare),  cmocka_unit_test(test_ifname),
		cmocka_unit_test(test_pci),          cmocka_unit_test(test_ipv4),
		cmocka_unit_test(test_ipv4_plain),   cmocka_unit_test(test_ipv6),
		cmocka_unit_test(test_ipv6_plain),   cmocka_unit_test(test_ipaddr_longest),
		cmocka_unit_test(test_container),    cmocka_unit_test(test_cpus),
		cmocka_unit_test(test_cpus_missing), cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_device),
	};

	return cmocka_run_group_tests_name("parse", tests, NULL, NULL);
}
