/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <arpa/inet.h>

#include <linux/if_ether.h>
#include <linux/if_link.h>

#include "unit.h"

#include "../../helper/config.h"

#define MAX_ERRORS 9

/* Each takes a known number of lines, so that the line of what follows can be told. */
#define P0 "[pf p0]\nnumvfs = 4\n"                                                                    /* 2 lines */
#define NIC(section, vf, last) "[" section "]\npf = p0\nvf = " vf "\nmac = 02:00:00:00:00:" last "\n" /* 4 lines */
#define WEB P0 NIC("web", "0", "01")                                                                  /* lines 1 to 6 */

#define NOT_MAC "is not a MAC address (six pairs of hex digits with colons)"
#define MULTICAST "is a multicast address (the first byte is odd)"
#define NUMBER(wrong) "the NIC's number " wrong ": it is 1 to 999, and [web] alone is NIC 0"
#define UNKNOWN_SECTION "unknown section; there are [pf NAME], [CONTAINER] and [CONTAINER N]"
#define NO_RUNTIME "is none of lxc, docker, podman"
#define NOT_DOCKERS "with runtime = docker it says nothing; docker has options of its own for that"
#define KEY_MISSING "the key is missing"
#define ONLY_WHOLE "is said of a container, not of one NIC: it stands in [CONTAINER] only"
#define LONG_NAME "is longer than 15 characters, the kernel's limit for an interface name"

/* All the errors of one file. */
static const struct row {
	const char *name;
	const char *text;
	const char *errors[MAX_ERRORS];
} rows[] = {
	/* unknown, repeated, missing */
	{ "an unknown key of a NIC", WEB "vlans = 7\n", { "t.ini:7: [web] vlans = 7: unknown key" } },
	{ "an unknown key of a PF",
	  "[pf p0]\nnumvfs = 1\nmac = 02:00:00:00:00:01\n",
	  { "t.ini:3: [pf p0] mac = 02:00:00:00:00:01: unknown key" } },
	{ "a PF's key in a NIC", WEB "numvfs = 4\n", { "t.ini:7: [web] numvfs = 4: unknown key" } },
	{ "an unknown key without a value", WEB "x =\n", { "t.ini:7: [web] x = : unknown key" } },
	{ "a known key with something before or behind it",
	  WEB "xname = a\nnamex = a\n",
	  { "t.ini:7: [web] xname = a: unknown key", "t.ini:8: [web] namex = a: unknown key" } },
	{ "an unknown section",
	  WEB "[web 1 2]\n[pf p1 p2]\nnumvfs = 1\n",
	  { "t.ini:7: [web 1 2]: " UNKNOWN_SECTION, "t.ini:8: [pf p1 p2]: " UNKNOWN_SECTION } },
	{ "a PF without a name",
	  WEB "[pf]\n[PF ]\n",
	  { "t.ini:8: [PF]: the section stands in line 7 already",
	    "t.ini:7: [pf]: the PF's name is missing, as in [pf enp4s0f0]" } },
	{ "a repeated section",
	  WEB "[Web]\npf = p0\n[PF p0]\nnumvfs = 4\n",
	  { "t.ini:7: [Web]: the section stands in line 3 already", "t.ini:9: [PF p0]: the section stands in line 1 already" } },
	{ "a repeated section, with other white space",
	  WEB "[pf  p0]\nnumvfs = 4\n",
	  { "t.ini:7: [pf  p0]: the PF has a section in t.ini:1 already" } },
	{ "a repeated key", WEB "VF = 0\n", { "t.ini:7: [web] vf = 0: the key stands in line 5 already" } },
	{ "missing keys of a NIC",
	  P0 "[web]\n",
	  { "t.ini:3: [web] pf: " KEY_MISSING, "t.ini:3: [web] vf: " KEY_MISSING, "t.ini:3: [web] mac: " KEY_MISSING } },
	{ "a missing key of a PF", "[pf p0]\npci = 0000:04:00.0\n", { "t.ini:1: [pf p0] numvfs: " KEY_MISSING } },
	{ "empty values",
	  P0 "[web]\npf =\nvf = ; 1\nmac = \"\"\nname =\ncontainer =\n",
	  { "t.ini:4: [web] pf = : is empty", "t.ini:5: [web] vf = : is empty", "t.ini:6: [web] mac = : is empty",
	    "t.ini:7: [web] name = : is empty", "t.ini:8: [web] container = : is empty" } },

	{ "runtimes",
	  P0 NIC("a", "0", "01") "runtime = rkt\n" NIC("b", "1", "02") "runtime = Docker\n" NIC("c", "2", "03") "runtime = pid\n",
	  { "t.ini:7: [a] runtime = rkt: " NO_RUNTIME, "t.ini:12: [b] runtime = Docker: " NO_RUNTIME,
	    "t.ini:17: [c] runtime = pid: " NO_RUNTIME } },
	{ "NICs of one container with two runtimes",
	  P0 NIC("web 1", "1", "02") "runtime = podman\n" NIC("web", "0", "01") "runtime = docker\n",
	  { "t.ini:7: [web 1] runtime = podman: [web] in t.ini:8 is of runtime docker" } },
	{ "what only LXC has",
	  WEB "runtime = docker\ncpus = 0\nmemory = 64M\ndevices = /dev/null\nreattach_exec = true\n",
	  { "t.ini:11: [web] reattach_exec: " NOT_DOCKERS, "t.ini:8: [web] cpus: " NOT_DOCKERS,
	    "t.ini:9: [web] memory: " NOT_DOCKERS, "t.ini:10: [web] devices: " NOT_DOCKERS } },
	{ "one name of one runtime in two sections",
	  P0 NIC("web", "0", "01") "runtime = docker\n" NIC("other", "1", "02") "runtime = docker\ncontainer = web\n",
	  { "t.ini:13: [other] container = web: this NIC of the container is given by [web] in t.ini:3 already",
	    "t.ini:8: [other] name = eth0: the container's interface of that name is given by [web] in t.ini:3 already" } },

	/* values */
	{ "numvfs",
	  "[pf p0]\nnumvfs = 0\n[pf p1]\nnumvfs = 65536\n[pf p2]\nnumvfs = 4 VFs\n[pf p3]\nnumvfs = 08\n",
	  { "t.ini:2: [pf p0] numvfs = 0: is out of range", "t.ini:4: [pf p1] numvfs = 65536: is out of range",
	    "t.ini:6: [pf p2] numvfs = 4 VFs: is not a decimal number", "t.ini:8: [pf p3] numvfs = 08: has a leading zero" } },
	{ "pci",
	  "[pf p0]\nnumvfs = 1\npci = 04:00.0\n",
	  { "t.ini:3: [pf p0] pci = 04:00.0: is not a PCI address (such as 0000:04:00.0)" } },
	{ "a PF's name",
	  "[pf p/0]\nnumvfs = 1\n[pf abcdefghijklmnop]\nnumvfs = 1\n",
	  { "t.ini:1: [pf p/0]: the PF's name is not an interface name",
	    "t.ini:3: [pf abcdefghijklmnop]: the PF's name " LONG_NAME } },
	{ "pf",
	  P0 "[web]\npf = p0 p1\nvf = 0\nmac = 02:00:00:00:00:01\n",
	  { "t.ini:4: [web] pf = p0 p1: is not an interface name" } },
	{ "vf",
	  P0 NIC("a", "-1", "01") NIC("b", "0x0", "02") NIC("c", "65535", "03") NIC("d", "1 2", "04"),
	  { "t.ini:5: [a] vf = -1: is not a decimal number", "t.ini:9: [b] vf = 0x0: has a leading zero",
	    "t.ini:13: [c] vf = 65535: is out of range", "t.ini:17: [d] vf = 1 2: is not a decimal number" } },
	{ "a multicast MAC",
	  P0 "[web]\npf = p0\nvf = 0\nmac = 01:00:5e:00:00:01\n",
	  { "t.ini:6: [web] mac = 01:00:5e:00:00:01: " MULTICAST } },
	{ "the zero MAC",
	  P0 "[web]\npf = p0\nvf = 0\nmac = 00:00:00:00:00:00\n",
	  { "t.ini:6: [web] mac = 00:00:00:00:00:00: is the zero address" } },
	{ "the broadcast MAC",
	  P0 "[web]\npf = p0\nvf = 0\nmac = FF:FF:FF:FF:FF:FF\n",
	  { "t.ini:6: [web] mac = FF:FF:FF:FF:FF:FF: is the broadcast address" } },
	{ "junk behind a MAC",
	  P0 "[web]\npf = p0\nvf = 0\nmac = 02:00:00:00:00:01 x\n",
	  { "t.ini:6: [web] mac = 02:00:00:00:00:01 x: " NOT_MAC } },
	{ "name and link",
	  WEB "name = eth%d\nlink = abcdefghijklmnop\n",
	  { "t.ini:7: [web] name = eth%d: is not an interface name", "t.ini:8: [web] link = abcdefghijklmnop: " LONG_NAME } },
	{ "mtu too small", WEB "mtu = 67\n", { "t.ini:7: [web] mtu = 67: is out of range" } },
	{ "mtu too large", WEB "mtu = 65536\n", { "t.ini:7: [web] mtu = 65536: is out of range" } },
	{ "vlan 0", WEB "vlan = 0\n", { "t.ini:7: [web] vlan = 0: is out of range" } },
	{ "vlan 4095", WEB "vlan = 4095\n", { "t.ini:7: [web] vlan = 4095: is out of range" } },
	{ "vlan_qos 8", WEB "vlan = 5\nvlan_qos = 8\n", { "t.ini:8: [web] vlan_qos = 8: is out of range" } },
	{ "vlan_qos alone", WEB "vlan_qos = 3\n", { "t.ini:7: [web] vlan_qos = 3: it says something of a VLAN only; set vlan" } },
	{ "vlan_proto alone",
	  WEB "vlan_proto = 802.1ad\n",
	  { "t.ini:7: [web] vlan_proto = 802.1ad: it says something of a VLAN only; set vlan" } },
	{ "vlan_proto in lower case",
	  WEB "vlan = 5\nvlan_proto = 802.1q\n",
	  { "t.ini:8: [web] vlan_proto = 802.1q: is neither 802.1Q nor 802.1ad" } },
	{ "spoofchk on", WEB "spoofchk = on\n", { "t.ini:7: [web] spoofchk = on: is neither yes nor no" } },
	{ "trust yesterday", WEB "trust = yesterday\n", { "t.ini:7: [web] trust = yesterday: is neither yes nor no" } },
	{ "rss_query 1", WEB "rss_query = 1\n", { "t.ini:7: [web] rss_query = 1: is neither yes nor no" } },
	{ "link_state up", WEB "link_state = up\n", { "t.ini:7: [web] link_state = up: is none of auto, enable, disable" } },
	{ "max_tx_rate with a unit", WEB "max_tx_rate = 50M\n", { "t.ini:7: [web] max_tx_rate = 50M: is not a decimal number" } },
	{ "min_tx_rate above max_tx_rate",
	  WEB "min_tx_rate = 51\nmax_tx_rate = 50\n",
	  { "t.ini:7: [web] min_tx_rate = 51: it is above max_tx_rate = 50" } },
	{ "shape without a rate",
	  WEB "shape = tc\n",
	  { "t.ini:7: [web] shape = tc: it says how max_tx_rate is enforced; set that" } },
	{ "shape htb", WEB "max_tx_rate = 5\nshape = htb\n", { "t.ini:8: [web] shape = htb: is none of vf, tc, auto" } },
	{ "a least rate in software",
	  WEB "max_tx_rate = 5\nmin_tx_rate = 1\nshape = tc\n",
	  { "t.ini:9: [web] shape = tc: min_tx_rate can be enforced by the card only; take one of them out" } },
	{ "optional mac",
	  WEB "optional = trust mac\n",
	  { "t.ini:7: [web] optional = trust mac: names something other than vlan, spoofchk, trust, min_tx_rate, max_tx_rate, "
	    "link_state, rss_query" } },
	{ "mtu with a unit", WEB "mtu = 9k\n", { "t.ini:7: [web] mtu = 9k: is not a decimal number" } },
	{ "ipv4 without a prefix",
	  WEB "ipv4 = 10.0.0.1/24 10.0.0.2\n",
	  { "t.ini:7: [web] ipv4 = 10.0.0.1/24 10.0.0.2: has no prefix length (such as /24)" } },
	{ "ipv4 with commas",
	  WEB "ipv4 = 10.0.0.1/24, 10.0.0.2/24\n",
	  { "t.ini:7: [web] ipv4 = 10.0.0.1/24, 10.0.0.2/24: has a prefix length that is out of range" } },
	{ "ipv4 with an address twice",
	  WEB "ipv4 = 10.0.0.1/24 10.0.0.2/24 10.0.0.1/16\n",
	  { "t.ini:7: [web] ipv4 = 10.0.0.1/24 10.0.0.2/24 10.0.0.1/16: names one address twice" } },
	{ "ipv4 of white space", WEB "ipv4 = \"  \"\n", { "t.ini:7: [web] ipv4 =   : is empty" } },
	{ "ipv6 for ipv4", WEB "ipv4 = 2001:db8::1/64\n", { "t.ini:7: [web] ipv4 = 2001:db8::1/64: is not an IPv4 address" } },
	{ "ipv4 for ipv6", WEB "ipv6 = 10.0.0.1/24\n", { "t.ini:7: [web] ipv6 = 10.0.0.1/24: is not an IPv6 address" } },
	{ "a gateway with a prefix",
	  WEB "ipv4 = 10.0.0.1/24\nipv4_gateway = 10.0.0.254/24\n",
	  { "t.ini:8: [web] ipv4_gateway = 10.0.0.254/24: must be a plain address, without a prefix length" } },
	{ "two gateways",
	  WEB "ipv6 = fd00::1/64\nipv6_gateway = fd00::2 fd00::3\n",
	  { "t.ini:8: [web] ipv6_gateway = fd00::2 fd00::3: is not an IPv6 address" } },
	{ "a gateway without an address",
	  WEB "ipv4_gateway = 10.0.0.254\nipv6_gateway = FE80::1\n",
	  { "t.ini:7: [web] ipv4_gateway = 10.0.0.254: LXC takes a gateway only beside an address; set ipv4",
	    "t.ini:8: [web] ipv6_gateway = fe80::1: LXC takes a gateway only beside an address; set ipv6" } },
	{ "container", WEB "container = ../web\n", { "t.ini:7: [web] container = ../web: is not a container name" } },

	/* what a container has besides NICs */
	{ "cpus",
	  WEB "cpus = 0-\n" NIC("a", "1", "02") "cpus = 3-1\n" NIC("b", "2", "03") "cpus = 1,1\n" NIC("c", "3", "04") "cpus = Local\n",
	  { "t.ini:7: [web] cpus = 0-: is not a list of CPUs (such as 0-3,8)",
	    "t.ini:12: [a] cpus = 3-1: has a range that ends below its beginning", "t.ini:17: [b] cpus = 1,1: names one CPU twice",
	    "t.ini:22: [c] cpus = Local: is not a list of CPUs (such as 0-3,8)" } },
	{ "no cpus, memory, devices",
	  WEB "cpus =\nmemory =\ndevices =\n",
	  { "t.ini:7: [web] cpus = : is empty", "t.ini:8: [web] memory = : is empty", "t.ini:9: [web] devices = : is empty" } },
	{ "memory",
	  WEB "memory = 0\n" NIC("a", "1", "02") "memory = 512\n" NIC("b", "2", "03") "memory = 8388608T\n" NIC(
		  "c", "3", "04") "memory = 1GB\n",
	  { "t.ini:7: [web] memory = 0: is less than 1M, with which nothing starts",
	    "t.ini:12: [a] memory = 512: is less than 1M, with which nothing starts",
	    "t.ini:17: [b] memory = 8388608T: is out of range",
	    "t.ini:22: [c] memory = 1GB: is not a number of bytes, nor one with K, M, G or T behind it" } },
	{ "devices",
	  WEB "devices = /dev/sdc sdd\n" NIC("a", "1", "02") "devices = /dev/../etc/passwd\n" NIC(
		  "b", "2", "03") "devices = /dev/sdc /dev/sdd /dev/sdc\n" NIC("c", "3", "04") "devices = /dev/sdc,/dev/\n",
	  { "t.ini:7: [web] devices = /dev/sdc sdd: is not a path below /dev",
	    "t.ini:12: [a] devices = /dev/../etc/passwd: has an empty component, or . or ..",
	    "t.ini:17: [b] devices = /dev/sdc /dev/sdd /dev/sdc: names one device twice",
	    "t.ini:22: [c] devices = /dev/sdc,/dev/: has an empty component, or . or .." } },
	{ "a container's keys in a NIC's section",
	  WEB NIC("web 1", "1", "02") "cpus = 0\nmemory = 1G\ndevices = /dev/sdc\n",
	  { "t.ini:11: [web 1] cpus = 0: " ONLY_WHOLE, "t.ini:12: [web 1] memory = 1G: " ONLY_WHOLE,
	    "t.ini:13: [web 1] devices = /dev/sdc: " ONLY_WHOLE } },
	{ "a container's keys in a PF's section", "[pf p0]\nnumvfs = 1\ncpus = 0\n", { "t.ini:3: [pf p0] cpus = 0: unknown key" } },

	/* labels and NIC numbers */
	{ "a label that is no container name",
	  P0 NIC(".web", "0", "01") NIC("a/b", "1", "02"),
	  { "t.ini:3: [.web]: .web is not a container name", "t.ini:7: [a/b]: a/b is not a container name" } },
	{ "NIC 0 by number", WEB NIC("web 0", "1", "02"), { "t.ini:7: [web 0]: " NUMBER("is out of range") } },
	{ "a NIC number too large", WEB NIC("web 1000", "1", "02"), { "t.ini:7: [web 1000]: " NUMBER("is out of range") } },
	{ "a NIC number with a leading zero",
	  WEB NIC("web 01", "1", "02"),
	  { "t.ini:7: [web 01]: " NUMBER("has a leading zero") } },
	{ "no NIC number",
	  WEB NIC("web eth1", "1", "02") NIC("web -1", "2", "03"),
	  { "t.ini:7: [web eth1]: " NUMBER("is not a decimal number"),
	    "t.ini:11: [web -1]: " NUMBER("is not a decimal number") } },
	{ "a NIC twice, with other white space",
	  WEB NIC("web 1", "1", "02") NIC("Web  1", "2", "03"),
	  { "t.ini:11: [Web  1] container = web: this NIC of the container is given by [web 1] in t.ini:7 already",
	    "t.ini:11: [Web  1] name = eth1: the container's interface of that name is given by [web 1] in t.ini:7 already" } },

	/* between sections */
	{ "a PF without a section",
	  P0 "[web]\npf = p1\nvf = 0\nmac = 02:00:00:00:00:01\n",
	  { "t.ini:4: [web] pf = p1: there is no section [pf p1]" } },
	{ "a PF in another case",
	  P0 "[web]\npf = P0\nvf = 0\nmac = 02:00:00:00:00:01\n",
	  { "t.ini:4: [web] pf = P0: there is no section [pf P0]" } },
	{ "a VF beyond numvfs",
	  P0 NIC("web", "4", "01"),
	  { "t.ini:5: [web] vf = 4: [pf p0] in t.ini:1 has numvfs = 4, so the last VF is 3" } },
	{ "no more about a VF when numvfs is wrong",
	  "[pf p0]\nnumvfs = x\n" NIC("web", "4", "01"),
	  { "t.ini:2: [pf p0] numvfs = x: is not a decimal number" } },
	{ "a PCI address twice",
	  "[pf p0]\nnumvfs = 1\npci = 0000:0a:00.0\n[pf p1]\nnumvfs = 1\npci = 0000:0A:00.0\n",
	  { "t.ini:6: [pf p1] pci = 0000:0a:00.0: already given by [pf p0] in t.ini:3" } },
	{ "a MAC twice",
	  P0 NIC("web", "0", "0a") NIC("db", "1", "0A"),
	  { "t.ini:10: [db] mac = 02:00:00:00:00:0a: given to [web] in t.ini:6 already" } },
	{ "a MAC three times",
	  P0 NIC("a", "0", "01") NIC("b", "1", "01") NIC("c", "2", "01"),
	  { "t.ini:10: [b] mac = 02:00:00:00:00:01: given to [a] in t.ini:6 already",
	    "t.ini:14: [c] mac = 02:00:00:00:00:01: given to [b] in t.ini:10 already" } },
	{ "wrong values are not told of as one value twice",
	  P0 "[a]\npf = p/\nvf = x\nmac = 1\nlink = /\n[b]\npf = p/\nvf = y\nmac = 2\nlink = /\n",
	  { "t.ini:4: [a] pf = p/: is not an interface name", "t.ini:5: [a] vf = x: is not a decimal number",
	    "t.ini:6: [a] mac = 1: " NOT_MAC, "t.ini:7: [a] link = /: is not an interface name",
	    "t.ini:9: [b] pf = p/: is not an interface name", "t.ini:10: [b] vf = y: is not a decimal number",
	    "t.ini:11: [b] mac = 2: " NOT_MAC, "t.ini:12: [b] link = /: is not an interface name" } },
	{ "a MAC twice in one container",
	  WEB NIC("web 1", "1", "01"),
	  { "t.ini:10: [web 1] mac = 02:00:00:00:00:01: given to [web] in t.ini:6 already" } },
	{ "a VF twice", WEB NIC("db", "0", "02"), { "t.ini:9: [db] vf = 0: this VF is given to [web] in t.ini:5 already" } },
	{ "a VF twice, under two link names",
	  WEB "link = a\n" NIC("db", "0", "02") "link = b\n",
	  { "t.ini:10: [db] vf = 0: this VF is given to [web] in t.ini:5 already" } },
	{ "a link twice",
	  WEB "link = a\n" NIC("db", "1", "02") "link = a\n",
	  { "t.ini:12: [db] link = a: given to [web] in t.ini:7 already" } },
	{ "a link that is another's default",
	  WEB NIC("db", "1", "02") "link = p0v0\n",
	  { "t.ini:11: [db] link = p0v0: given to [web] in t.ini:5 already" } },
	{ "a default link that another names",
	  P0 NIC("a", "1", "01") "link = p0v0\n" NIC("b", "0", "02"),
	  { "t.ini:10: [b] link = p0v0: given to [a] in t.ini:7 already" } },
	{ "a default link too long",
	  "[pf enp129s0f1np1]\nnumvfs = 200\n[web]\npf = enp129s0f1np1\nvf = 10\nmac = 02:00:00:00:00:01\n"
	  "[db]\npf = enp129s0f1np1\nvf = 100\nmac = 02:00:00:00:00:02\n",
	  { "t.ini:3: [web] link: the default name enp129s0f1np1v10 is longer than 15 characters; set link",
	    "t.ini:7: [db] link: the default name enp129s0f1np1v100 is longer than 15 characters; set link" } },
	{ "a link that is a PF", WEB "link = p0\n", { "t.ini:7: [web] link = p0: that is the name of a PF" } },
	{ "a name twice in one container",
	  WEB "name = lan\n" NIC("web 1", "1", "02") "name = lan\n",
	  { "t.ini:12: [web 1] name = lan: the container's interface of that name is given by [web] in t.ini:7 already" } },
	{ "a name that is another's default",
	  WEB "name = eth1\n" NIC("web 1", "1", "02"),
	  { "t.ini:8: [web 1] name = eth1: the container's interface of that name is given by [web] in t.ini:7 already" } },
	{ "one container under two labels",
	  WEB "container = db\n" NIC("db", "1", "02"),
	  { "t.ini:8: [db] container = db: this NIC of the container is given by [web] in t.ini:7 already",
	    "t.ini:8: [db] name = eth0: the container's interface of that name is given by [web] in t.ini:3 already" } },
	{ "two containers under one label",
	  WEB "container = Web\n" NIC("web 1", "1", "02") "container = other\n",
	  { "t.ini:12: [web 1] container = other: [web] in t.ini:3 is of container Web" } },
	{ "a container in the second section only",
	  WEB NIC("web 1", "1", "02") "container = other\n",
	  { "t.ini:11: [web 1] container = other: [web] in t.ini:3 is of container web" } },

	/* all at once: lines that cannot be read, then values, then rules, each in the file's order */
	{ "all errors are told",
	  P0 "junk\n" NIC("a", "9", "01") "x = 1\n" NIC("b", "two", "01") "[c]\npf = p7\nvf = 1\n",
	  { "t.ini:3: neither a section, nor \"key = value\", nor a comment", "t.ini:8: [a] x = 1: unknown key",
	    "t.ini:11: [b] vf = two: is not a decimal number", "t.ini:13: [c] mac: " KEY_MISSING,
	    "t.ini:6: [a] vf = 9: [pf p0] in t.ini:1 has numvfs = 4, so the last VF is 3",
	    "t.ini:14: [c] pf = p7: there is no section [pf p7]",
	    "t.ini:12: [b] mac = 02:00:00:00:00:01: given to [a] in t.ini:7 already" } },
};

/* Loads with @load; asserts that it fails with these errors (NULL ends them) and leaves the result alone. */
static void expect_errors(int (*load)(const char *, struct strv *, struct config *), const char *path, const char *const *want)
{
	AUTO_STRV struct strv errors = { 0 };
	struct config config = { .n_pf = 42, .n_nic = 43 };

	assert_int_equal(load(path, &errors, &config), -EINVAL);
	unit_expect_strings(&errors, want);
	assert_int_equal(config.n_pf, 42);
	assert_int_equal(config.n_nic, 43);
}

#define EXPECT_ERRORS(load, path, ...) expect_errors((load), (path), (const char *const[]){ __VA_ARGS__, NULL })

static void test_row(void **state)
{
	const struct row *row = *state;

	unit_write("t.ini", row->text);
	expect_errors(config_load_file, "t.ini", row->errors);
}

static void load(const char *text, struct config *ret)
{
	AUTO_STRV struct strv errors = { 0 };
	int r;

	unit_write("t.ini", text);
	r = config_load_file("t.ini", &errors, ret);
	unit_expect_strings(&errors, (const char *const[]){ NULL });
	assert_int_equal(r, 0);
}

/* --- what is read --- */

static void test_defaults(void **state)
{
	AUTO_CONFIG struct config config = { 0 };
	const struct config_nic *nic;

	(void)state;
	load(WEB, &config);
	assert_int_equal(config.n_pf, 1);
	assert_string_equal(config.pf[0].name, "p0");
	assert_string_equal(config.pf[0].pci, "");
	assert_int_equal(config.pf[0].numvfs, 4);
	assert_string_equal(config.pf[0].file, "t.ini");
	assert_string_equal(config.pf[0].section, "pf p0");
	assert_int_equal(config.pf[0].line, 1);
	assert_int_equal(config.pf[0].key_line[PF_NUMVFS], 2);
	assert_int_equal(config.pf[0].key_line[PF_PCI], 0);

	assert_int_equal(config.n_nic, 1);
	nic = &config.nic[0];
	assert_string_equal(nic->container, "web");
	assert_string_equal(nic->label, "web");
	assert_int_equal(nic->index, 0);
	assert_string_equal(nic->pf, "p0");
	assert_int_equal(nic->vf, 0);
	assert_true(mac_equal(&nic->want.mac, &(struct mac){ { 2, 0, 0, 0, 0, 1 } }));
	assert_string_equal(nic->name, "eth0");
	assert_string_equal(nic->link, "p0v0");
	assert_int_equal(nic->mtu, 0);
	assert_int_equal(nic->want.has, VF_ATTR(VF_MAC));
	assert_int_equal(nic->want.max_tx_rate, VF_KEEP);
	assert_int_equal(nic->shape, SHAPE_VF);
	assert_int_equal(nic->ipv4.n, 0);
	assert_int_equal(nic->ipv6.n, 0);
	assert_int_equal(nic->ipv4_gateway.family, 0);
	assert_int_equal(nic->ipv6_gateway.family, 0);
	assert_string_equal(nic->file, "t.ini");
	assert_string_equal(nic->section, "web");
	assert_int_equal(nic->line, 3);
	assert_int_equal(nic->key_line[NIC_PF], 4);
	assert_int_equal(nic->key_line[NIC_VF], 5);
	assert_int_equal(nic->key_line[NIC_MAC], 6);
	assert_int_equal(nic->key_line[NIC_NAME], 0);
	assert_int_equal(nic->key_line[NIC_MTU], 0);
	assert_ptr_equal(config_pf_of(&config, nic), &config.pf[0]);
}

static void test_every_key(void **state)
{
	AUTO_CONFIG struct config config = { 0 };
	const struct config_nic *nic;
	char text[IPADDR_STR_SIZE];

	(void)state;
	load("[Web 999]\nCONTAINER = Web.1\nipv6_gateway = FE80::1\nipv6 = fd00::1/64 ; c\nipv4_gateway = 194.168.1.254\n"
	     "ipv4 = 194.168.1.1/24\t 194.168.1.2/32 10.0.0.1/8\nmtu = 9000\nlink = vf-web\nname = \"lan0\"\n"
	     "mac = D6:D6:D6:54:F9:F8\nvf = 65534\npf = enp4s0f0\nreattach_exec = \"udhcpc -i lan0; true\"\n"
	     "vlan = 4094\nvlan_qos = 7\nvlan_proto = 802.1ad\nspoofchk = no\ntrust = yes\nrss_query = no\nlink_state = disable\n"
	     "min_tx_rate = 0\nmax_tx_rate = 40000\nshape = vf\noptional = rss_query  min_tx_rate\n"
	     "[PF enp4s0f0]\nPCI = 0000:0A:00.0\nnumvfs = 65535\n",
	     &config);
	assert_int_equal(config.n_pf, 1);
	assert_string_equal(config.pf[0].section, "PF enp4s0f0");
	assert_string_equal(config.pf[0].name, "enp4s0f0");
	assert_string_equal(config.pf[0].pci, "0000:0a:00.0");
	assert_int_equal(config.pf[0].numvfs, 65535);
	assert_int_equal(config.n_nic, 1);
	nic = &config.nic[0];
	assert_string_equal(nic->container, "Web.1");
	assert_string_equal(nic->label, "Web");
	assert_int_equal(nic->index, 999);
	assert_string_equal(nic->pf, "enp4s0f0");
	assert_int_equal(nic->vf, 65534);
	assert_true(mac_equal(&nic->want.mac, &(struct mac){ { 0xd6, 0xd6, 0xd6, 0x54, 0xf9, 0xf8 } }));
	assert_string_equal(nic->name, "lan0");
	assert_string_equal(nic->link, "vf-web");
	assert_int_equal(nic->mtu, 9000);
	assert_int_equal(nic->want.has, (1 << VF_ATTRS) - 1);
	assert_int_equal(nic->want.vlan, 4094);
	assert_int_equal(nic->want.vlan_qos, 7);
	assert_int_equal(nic->want.vlan_proto, ETH_P_8021AD);
	assert_false(nic->want.spoofchk);
	assert_true(nic->want.trust);
	assert_false(nic->want.rss_query);
	assert_int_equal(nic->want.link_state, IFLA_VF_LINK_STATE_DISABLE);
	assert_int_equal(nic->want.min_tx_rate, 0);
	assert_int_equal(nic->want.max_tx_rate, 40000);
	assert_int_equal(nic->optional, VF_ATTR(VF_RSS_QUERY) | VF_ATTR(VF_RATE));
	assert_int_equal(nic->ipv4.n, 3);
	assert_string_equal(ipaddr_format(&nic->ipv4.a[0], true, text), "194.168.1.1/24");
	assert_string_equal(ipaddr_format(&nic->ipv4.a[1], true, text), "194.168.1.2/32");
	assert_string_equal(ipaddr_format(&nic->ipv4.a[2], true, text), "10.0.0.1/8");
	assert_string_equal(ipaddr_format(&nic->ipv4_gateway, false, text), "194.168.1.254");
	assert_int_equal(nic->ipv6.n, 1);
	assert_string_equal(ipaddr_format(&nic->ipv6.a[0], true, text), "fd00::1/64");
	assert_string_equal(ipaddr_format(&nic->ipv6_gateway, false, text), "fe80::1");
	assert_string_equal(nic->reattach_exec, "udhcpc -i lan0; true");
	for (unsigned k = 0; k < NIC_KEYS; k++)
		if (k != NIC_CPUS && k != NIC_MEMORY && k != NIC_DEVICES && k != NIC_RUNTIME)
			assert_int_not_equal(nic->key_line[k], 0);
	assert_int_equal(nic->key_line[NIC_CONTAINER], 2);
	assert_int_equal(nic->key_line[NIC_LINK], 8);
	assert_int_equal(nic->key_line[NIC_PF], 12);
}

static void test_whole(void **state)
{
	AUTO_CONFIG struct config config = { 0 };
	const struct config_nic *whole;
	AUTO_FREE char *cpus = NULL;

	(void)state;
	load(P0 NIC("web 1", "1", "02")
		     NIC("web", "0", "01") "devices = /dev/nvme0n1\t /dev/mapper/vg-lv\nmemory = 3G\ncpus = 0,8,1-3\n" NIC(
			     "db", "2", "03") "cpus = local\nmemory = 1048576\n" NIC("old 1", "3", "04"),
	     &config);
	whole = config_find_container(&config, "web");
	assert_ptr_equal(whole, &config.nic[1]);
	cpus = cpus_format(&whole->whole.cpus);
	assert_string_equal(cpus, "0-3,8");
	assert_false(whole->whole.cpus_local);
	assert_int_equal(whole->whole.memory, UINT64_C(3) << 30);
	unit_expect_strings(&whole->whole.devices, (const char *const[]){ "/dev/nvme0n1", "/dev/mapper/vg-lv", NULL });
	assert_int_equal(whole->key_line[NIC_DEVICES], 11);
	assert_int_equal(whole->key_line[NIC_MEMORY], 12);
	assert_int_equal(whole->key_line[NIC_CPUS], 13);

	whole = config_find_container(&config, "db");
	assert_true(whole->whole.cpus_local);
	assert_int_equal(whole->whole.memory, 1 << 20);
	assert_int_equal(whole->whole.devices.n, 0);
	assert_int_equal(whole->key_line[NIC_DEVICES], 0);
	assert_null(config_find_container(&config, "old"));
	assert_null(config_find_container(&config, "we"));
}

static void test_mtu_limits(void **state)
{
	AUTO_CONFIG struct config config = { 0 };

	(void)state;
	load(WEB "mtu = 68\n" NIC("db", "1", "02") "mtu = 65535\n", &config);
	assert_int_equal(config.nic[0].mtu, 68);
	assert_int_equal(config.nic[1].mtu, 65535);
}

/* A default of 15 characters is as long as it may be; the default is not made when link is set. */
static void test_default_link(void **state)
{
	AUTO_CONFIG struct config config = { 0 };

	(void)state;
	load("[pf enp129s0f1np1]\nnumvfs = 200\n"
	     "[a]\npf = enp129s0f1np1\nvf = 3\nmac = 02:00:00:00:00:01\n"
	     "[b]\npf = enp129s0f1np1\nvf = 100\nmac = 02:00:00:00:00:02\nlink = b0\n",
	     &config);
	assert_string_equal(config.nic[0].link, "enp129s0f1np1v3");
	assert_string_equal(config.nic[1].link, "b0");
}

static void test_empty_file(void **state)
{
	AUTO_CONFIG struct config config = { 0 };
	const struct config_nic **found = NULL;

	(void)state;
	load("", &config);
	assert_int_equal(config.n_pf, 0);
	assert_int_equal(config.n_nic, 0);
	assert_int_equal(config_find_nics(&config, RUNTIME_LXC, "web", &found), 0);
	free(found);
}

static void test_same_in_two_containers(void **state)
{
	AUTO_CONFIG struct config config = { 0 };

	(void)state;
	load(WEB "name = lan\nipv4 = 10.0.0.1/8\n" NIC("db", "1", "02") "name = lan\nipv4 = 10.0.0.1/8\n", &config);
	assert_int_equal(config.n_nic, 2);
}

/* --- containers --- */

static void expect_nics(const struct config *config, const char *name, const char *const *sections)
{
	const struct config_nic **found = NULL;
	size_t n = config_find_nics(config, RUNTIME_LXC, name, &found), want = 0;

	for (; sections[want]; want++)
		if (want < n)
			unit_same(name, "section", found[want]->section, sections[want]);
	unit_same_uint(name, "number of NICs", (unsigned)n, (unsigned)want);
	free(found);
}

#define EXPECT_NICS(config, name, ...) \
	expect_nics((config), (name), (const char *const[]){ __VA_ARGS__ __VA_OPT__(, ) NULL })

static void test_many_nics(void **state)
{
	AUTO_CONFIG struct config config = { 0 };

	(void)state;
	load("[pf p0]\nnumvfs = 16\n" NIC("web 10", "0", "01") NIC("db", "1", "02") NIC("web 2", "2", "03")
		     NIC("web", "3", "04") NIC("web2", "4", "05"),
	     &config);
	EXPECT_NICS(&config, "web", "web", "web 2", "web 10");
	EXPECT_NICS(&config, "db", "db");
	EXPECT_NICS(&config, "web2", "web2");
	EXPECT_NICS(&config, "we");
	EXPECT_NICS(&config, "");
	EXPECT_NICS(&config, "web 2");
	EXPECT_NICS(&config, "pf");
	assert_string_equal(config.nic[0].name, "eth10");
	assert_string_equal(config.nic[2].name, "eth2");
	assert_string_equal(config.nic[3].name, "eth0");
	UNIT_TABLE_END;
}

static void test_label_case(void **state)
{
	AUTO_CONFIG struct config config = { 0 };

	(void)state;
	load(P0 NIC("WEB 2", "0", "01") NIC("Web", "1", "02") NIC("web 1", "2", "03"), &config);
	EXPECT_NICS(&config, "Web", "Web", "web 1", "WEB 2");
	EXPECT_NICS(&config, "web");
	EXPECT_NICS(&config, "WEB");
	assert_string_equal(config.nic[0].label, "WEB");
	UNIT_TABLE_END;
}

static void test_container_key(void **state)
{
	AUTO_CONFIG struct config config = { 0 };

	(void)state;
	load(P0 NIC("web 1", "0", "01") NIC("web", "1", "02") "container = a:b\n" NIC(
		     "Web 2", "2", "03") "container = a:b\n" NIC("db", "3", "04"),
	     &config);
	EXPECT_NICS(&config, "a:b", "web", "web 1", "Web 2");
	EXPECT_NICS(&config, "web");
	EXPECT_NICS(&config, "db", "db");
	UNIT_TABLE_END;
}

/* Containers are told apart by case, where a label is not what names them. */
static void test_container_case(void **state)
{
	AUTO_CONFIG struct config config = { 0 };

	(void)state;
	load(WEB "container = c\n" NIC("db", "1", "02") "container = C\n", &config);
	EXPECT_NICS(&config, "c", "web");
	EXPECT_NICS(&config, "C", "db");
	UNIT_TABLE_END;
}

static void test_find_pf(void **state)
{
	AUTO_CONFIG struct config config = { 0 };

	(void)state;
	load(P0 "[pf p1]\nnumvfs = 1\n[PF pf]\nnumvfs = 1\n[Pf 1]\nnumvfs = 1\n", &config);
	assert_int_equal(config.n_pf, 4);
	assert_int_equal(config.n_nic, 0);
	assert_ptr_equal(config_find_pf(&config, "p1"), &config.pf[1]);
	assert_ptr_equal(config_find_pf(&config, "pf"), &config.pf[2]);
	assert_ptr_equal(config_find_pf(&config, "1"), &config.pf[3]);
	assert_null(config_find_pf(&config, "P1"));
	assert_null(config_find_pf(&config, ""));
}

/* --- files --- */

/* A folder of its own for each test, made as root's and nobody else's. */
static int enter_own_folder(void **state)
{
	static unsigned number;
	char name[sizeof(unit_folder) + 16];

	(void)state;
	if (geteuid() != 0) {
		print_error("these tests need root: they give files to other users\n");
		return -1;
	}
	umask(022);
	snprintf(name, sizeof(name), "%s/%u", unit_folder, number++);
	return mkdir(name, 0755) || chdir(name) ? -1 : 0;
}

static void load_for_action(struct config *ret)
{
	AUTO_STRV struct strv errors = { 0 };
	int r = config_load("sriov.ini", &errors, ret);

	unit_expect_strings(&errors, (const char *const[]){ NULL });
	assert_int_equal(r, 0);
}

static void test_no_file(void **state)
{
	(void)state;
	EXPECT_ERRORS(config_load, "sriov.ini", "sriov.ini: No such file or directory");
	EXPECT_ERRORS(config_load_file, "sriov.ini", "sriov.ini: No such file or directory");
}

static void test_file_is_folder(void **state)
{
	(void)state;
	assert_int_equal(mkdir("sriov.ini", 0755), 0);
	EXPECT_ERRORS(config_load, "sriov.ini", "sriov.ini: cannot be read: Is a directory");
	EXPECT_ERRORS(config_load_file, "sriov.ini", "sriov.ini: cannot be read: Is a directory");
}

/* Opening it must not wait for a writer. */
static void test_file_is_fifo(void **state)
{
	(void)state;
	assert_int_equal(mkfifo("sriov.ini", 0644), 0);
	EXPECT_ERRORS(config_load, "sriov.ini", "sriov.ini: cannot be read: Operation not supported");
	EXPECT_ERRORS(config_load_file, "sriov.ini", "sriov.ini: cannot be read: Operation not supported");
}

static void test_drop_in(void **state)
{
	AUTO_CONFIG struct config config = { 0 };

	(void)state;
	unit_write("sriov.ini", P0);
	assert_int_equal(mkdir("sriov.d", 0755), 0);
	unit_write("sriov.d/20.ini", NIC("b", "0", "01") "link = b0\n");
	unit_write("sriov.d/10.ini", NIC("a 1", "1", "02") "[pf p1]\nnumvfs = 1\n");
	unit_write("sriov.d/3.ini", NIC("a", "2", "03") "container = A\n");
	unit_write("sriov.d/Z.ini", "");
	unit_write("sriov.d/.hidden.ini", "junk\n");
	unit_write("sriov.d/10.ini~", "junk\n");
	unit_write("sriov.d/10.ini.bak", "junk\n");
	unit_write("sriov.d/ini", "junk\n");
	assert_int_equal(mkdir("sriov.ini.d", 0755), 0);
	unit_write("sriov.ini.d/1.ini", "junk\n");

	load_for_action(&config);
	assert_int_equal(config.n_pf, 2);
	assert_string_equal(config.pf[0].file, "sriov.ini");
	assert_string_equal(config.pf[1].file, "sriov.d/10.ini");
	assert_int_equal(config.pf[1].line, 5);
	assert_int_equal(config.n_nic, 3);
	assert_string_equal(config.nic[0].file, "sriov.d/10.ini");
	assert_string_equal(config.nic[0].container, "A");
	assert_string_equal(config.nic[1].file, "sriov.d/20.ini");
	assert_int_equal(config.nic[1].key_line[NIC_LINK], 5);
	assert_string_equal(config.nic[2].file, "sriov.d/3.ini");
	EXPECT_NICS(&config, "A", "a", "a 1");
	UNIT_TABLE_END;
}

static void test_drop_in_is_not_of_one_file(void **state)
{
	AUTO_CONFIG struct config config = { 0 };
	AUTO_STRV struct strv errors = { 0 };

	(void)state;
	unit_write("sriov.ini", P0);
	assert_int_equal(mkdir("sriov.d", 0755), 0);
	unit_write("sriov.d/1.ini", "junk\n");
	assert_int_equal(config_load_file("sriov.ini", &errors, &config), 0);
	assert_int_equal(config.n_pf, 1);
}

static void test_drop_in_empty(void **state)
{
	AUTO_CONFIG struct config config = { 0 };

	(void)state;
	unit_write("sriov.ini", WEB);
	assert_int_equal(mkdir("sriov.d", 0755), 0);
	load_for_action(&config);
	assert_int_equal(config.n_nic, 1);
}

/* The folder is of the file's own name, whatever that holds. */
static void test_drop_in_of_odd_names(void **state)
{
	static const char *const names[][2] = {
		{ "a[1].ini", "a[1].d" }, { "b*.ini", "b*.d" },     { "c\\d.ini", "c\\d.d" },
		{ "e", "e.d" },           { "f.conf", "f.conf.d" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		AUTO_CONFIG struct config config = { 0 };
		AUTO_STRV struct strv errors = { 0 };
		AUTO_FREE char *more = xasprintf("%s/1.ini", names[i][1]);

		unit_write(names[i][0], P0);
		assert_int_equal(mkdir(names[i][1], 0755), 0);
		unit_write(more, NIC("web", "0", "01"));
		assert_int_equal(config_load(names[i][0], &errors, &config), 0);
		unit_same_uint(names[i][0], "number of NICs", (unsigned)config.n_nic, 1);
	}
	UNIT_TABLE_END;
}

static void test_rules_across_files(void **state)
{
	(void)state;
	unit_write("sriov.ini", WEB);
	assert_int_equal(mkdir("sriov.d", 0755), 0);
	unit_write("sriov.d/1.ini", "[pf p0]\nnumvfs = 8\n" NIC("a", "0", "02") "link = a\n" NIC("b", "1", "01"));
	unit_write("sriov.d/2.ini", NIC("WEB", "2", "03") NIC("c", "4", "04") "x = 1\n");
	EXPECT_ERRORS(config_load, "sriov.ini", "sriov.d/2.ini:9: [c] x = 1: unknown key",
		      "sriov.d/1.ini:1: [pf p0]: the PF has a section in sriov.ini:1 already",
		      "sriov.d/2.ini:7: [c] vf = 4: [pf p0] in sriov.ini:1 has numvfs = 4, so the last VF is 3",
		      "sriov.d/2.ini:1: [WEB] container = web: this NIC of the container is given by [web] in sriov.ini:3 "
		      "already",
		      "sriov.d/2.ini:1: [WEB] name = eth0: the container's interface of that name is given by [web] in "
		      "sriov.ini:3 already",
		      "sriov.d/1.ini:11: [b] mac = 02:00:00:00:00:01: given to [web] in sriov.ini:6 already",
		      "sriov.d/1.ini:5: [a] vf = 0: this VF is given to [web] in sriov.ini:5 already");
}

/* A wrong file does not hide what is wrong with the others. */
static void test_errors_of_all_files(void **state)
{
	(void)state;
	assert_int_equal(mkdir("sriov.d", 0755), 0);
	unit_write("sriov.d/1.ini", "one\n");
	assert_int_equal(symlink("nowhere", "sriov.d/2.ini"), 0);
	assert_int_equal(mkdir("sriov.d/3.ini", 0755), 0);
	unit_write("sriov.d/4.ini", "four\n");
	EXPECT_ERRORS(config_load, "sriov.ini", "sriov.ini: No such file or directory",
		      "sriov.d/1.ini:1: neither a section, nor \"key = value\", nor a comment",
		      "sriov.d/2.ini: No such file or directory", "sriov.d/3.ini: cannot be read: Is a directory",
		      "sriov.d/4.ini:1: neither a section, nor \"key = value\", nor a comment");
}

/* --- ownership --- */

/* Whoever it belongs to, a file may be looked at. */
static void expect_readable(void)
{
	AUTO_CONFIG struct config config = { 0 };
	AUTO_STRV struct strv errors = { 0 };

	assert_int_equal(config_load_file("sriov.ini", &errors, &config), 0);
	assert_int_equal(config.n_nic, 1);
}

static char *here(void)
{
	char *folder = getcwd(NULL, 0);

	assert_non_null(folder);
	return folder;
}

static void test_owner_of_file(void **state)
{
	(void)state;
	unit_write("sriov.ini", WEB);
	assert_int_equal(chown("sriov.ini", 65534, 0), 0);
	EXPECT_ERRORS(config_load, "sriov.ini", "sriov.ini: owned by user 65534, not by root; run: chown root sriov.ini");
	expect_readable();
}

static void test_owner_of_folder(void **state)
{
	AUTO_FREE char *folder = here(), *want = NULL;

	(void)state;
	unit_write("sriov.ini", WEB);
	assert_int_equal(chown(".", 65534, 0), 0);
	want = xasprintf("%s: owned by user 65534, not by root; run: chown root %s", folder, folder);
	EXPECT_ERRORS(config_load, "sriov.ini", want);
	expect_readable();
}

static void test_modes(void **state)
{
	static const struct {
		mode_t file, folder;
		const char *what; /* that is refused */
	} modes[] = {
		{ 0644, 0755, NULL },        { 0400, 0500, NULL },        { 0600, 0700, NULL },
		{ 0664, 0755, "sriov.ini" }, { 0646, 0755, "sriov.ini" }, { 0620, 0755, "sriov.ini" },
		{ 0602, 0755, "sriov.ini" }, { 0644, 0775, "." },         { 0644, 0757, "." },
		{ 0644, 01777, "." },
	};
	AUTO_FREE char *folder = here();

	(void)state;
	unit_write("sriov.ini", WEB);
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		AUTO_CONFIG struct config config = { 0 };
		AUTO_STRV struct strv errors = { 0 };
		AUTO_FREE char *row = xasprintf("%o in %o", modes[i].file, modes[i].folder), *want = NULL;
		const char *what = modes[i].what;

		if (what)
			what = *what == '.' ? folder : what;
		if (what)
			want = xasprintf("%s: writable by others than root; run: chmod go-w %s", what, what);
		assert_int_equal(chmod("sriov.ini", modes[i].file), 0);
		assert_int_equal(chmod(".", modes[i].folder), 0);
		unit_same_uint(row, "loaded", config_load("sriov.ini", &errors, &config) == 0, !what);
		unit_same(row, "error", errors.n ? errors.s[0] : NULL, want);
		unit_same_uint(row, "number of errors", (unsigned)errors.n, !!what);
		expect_readable();
	}
	UNIT_TABLE_END;
}

/* The group owns nothing: only what it may do counts. */
static void test_group_of_file(void **state)
{
	AUTO_CONFIG struct config config = { 0 };

	(void)state;
	unit_write("sriov.ini", WEB);
	assert_int_equal(chown("sriov.ini", 0, 65534), 0);
	assert_int_equal(chmod("sriov.ini", 0640), 0);
	load_for_action(&config);
}

/* The others are read all the same, and what is wrong with them is told. */
static void test_owner_of_drop_in(void **state)
{
	(void)state;
	unit_write("sriov.ini", WEB);
	assert_int_equal(mkdir("sriov.d", 0755), 0);
	unit_write("sriov.d/1.ini", "one\n");
	unit_write("sriov.d/2.ini", "");
	unit_write("sriov.d/3.ini", "three\n");
	assert_int_equal(chown("sriov.d/1.ini", 65534, 65534), 0);
	assert_int_equal(chmod("sriov.d/2.ini", 0666), 0);
	EXPECT_ERRORS(config_load, "sriov.ini",
		      "sriov.d/1.ini: owned by user 65534, not by root; run: chown root sriov.d/1.ini",
		      "sriov.d/2.ini: writable by others than root; run: chmod go-w sriov.d/2.ini",
		      "sriov.d/3.ini:1: neither a section, nor \"key = value\", nor a comment");
}

/* Who may write in the folder can put links to files of root's there, or take files away. */
static void test_owner_of_drop_in_folder(void **state)
{
	(void)state;
	unit_write("sriov.ini", WEB);
	assert_int_equal(mkdir("sriov.d", 0755), 0);
	assert_int_equal(chmod("sriov.d", 0775), 0);
	EXPECT_ERRORS(config_load, "sriov.ini", "sriov.d: writable by others than root; run: chmod go-w sriov.d");
	unit_write("sriov.d/1.ini", "junk\n");
	EXPECT_ERRORS(config_load, "sriov.ini", "sriov.d: writable by others than root; run: chmod go-w sriov.d");
	assert_int_equal(remove("sriov.d/1.ini"), 0);
	unit_write("other.ini", "junk\n");
	assert_int_equal(symlink("../other.ini", "sriov.d/1.ini"), 0);
	EXPECT_ERRORS(config_load, "sriov.ini", "sriov.d: writable by others than root; run: chmod go-w sriov.d");
	assert_int_equal(chmod("sriov.d", 0755), 0);
	assert_int_equal(chown("sriov.d", 65534, 65534), 0);
	EXPECT_ERRORS(config_load, "sriov.ini", "sriov.d: owned by user 65534, not by root; run: chown root sriov.d");
}

static void test_drop_in_is_no_folder(void **state)
{
	(void)state;
	unit_write("sriov.ini", WEB);
	unit_write("sriov.d", "");
	EXPECT_ERRORS(config_load, "sriov.ini", "sriov.d: Not a directory");
}

/* A link leads to a real file, and that one's folder counts. */
static void test_link_to_file(void **state)
{
	AUTO_FREE char *folder = here(), *want = NULL;
	AUTO_CONFIG struct config config = { 0 };

	(void)state;
	assert_int_equal(mkdir("real", 0755), 0);
	unit_write("real/x.ini", WEB);
	assert_int_equal(symlink("real/x.ini", "sriov.ini"), 0);
	load_for_action(&config);
	assert_string_equal(config.nic[0].file, "sriov.ini");

	assert_int_equal(chmod("real", 0777), 0);
	want = xasprintf("%s/real: writable by others than root; run: chmod go-w %s/real", folder, folder);
	EXPECT_ERRORS(config_load, "sriov.ini", want);
	assert_int_equal(chmod("real", 0755), 0);
	assert_int_equal(chown("real/x.ini", 1, 1), 0);
	EXPECT_ERRORS(config_load, "sriov.ini", "sriov.ini: owned by user 1, not by root; run: chown root sriov.ini");
}

static void test_runtimes(void **state)
{
	AUTO_CONFIG struct config config = { 0 };
	const struct config_nic **found = NULL;

	(void)state;
	load("[pf p0]\nnumvfs = 16\n" NIC("web", "0", "01") "runtime = docker\n" NIC("web 1", "1", "02")
		     NIC("lxc-web", "2", "03") "container = web\n" NIC("other", "3", "04") "runtime = podman\n",
	     &config);
	EXPECT_NICS(&config, "web", "lxc-web");
	EXPECT_NICS(&config, "other");
	assert_int_equal(config_find_nics(&config, RUNTIME_DOCKER, "web", &found), 2);
	assert_string_equal(found[1]->section, "web 1");
	assert_string_equal(found[1]->owner, "docker:web");
	assert_int_equal(found[1]->runtime, RUNTIME_DOCKER);
	assert_string_equal(config.nic[2].owner, "web");
	assert_ptr_equal(config_find_container(&config, "web"), &config.nic[2]);
	assert_null(config_find_container(&config, "other"));
	free(found);
}

/* --- a NIC in words --- */

static const struct setting_row {
	const char *row;
	struct config_setting settings[8];
	const char *errors[4];
} setting_rows[] = {
	{ "all that is needed", { { NIC_PF, "p0" }, { NIC_VF, "1" }, { NIC_MAC, "02:00:00:00:00:02" } }, { NULL } },
	{ "nothing", { { 0 } }, { "--pf is missing", "--vf is missing", "--mac is missing" } },
	{ "values",
	  { { NIC_PF, "p 0" }, { NIC_VF, "1x" }, { NIC_MAC, "01:00:5e:00:00:01" }, { NIC_IPV4, "194.168.1.300/24" } },
	  { "--pf p 0: is not an interface name", "--vf 1x: is not a decimal number",
	    "--mac 01:00:5e:00:00:01: " MULTICAST, "--ipv4 194.168.1.300/24: is not an IPv4 address" } },
	{ "rules",
	  { { NIC_PF, "p0" }, { NIC_VF, "2" }, { NIC_MAC, "02:00:00:00:00:02" }, { NIC_VLAN_QOS, "3" }, { NIC_IPV6_GATEWAY, "fe80::1" } },
	  { "--vf 2: [pf p0] in t.ini:1 has numvfs = 2, so the last VF is 1",
	    "--vlan-qos 3: it says something of a VLAN only; set vlan",
	    "--ipv6-gateway fe80::1: LXC takes a gateway only beside an address; set ipv6" } },
	{ "a value on two lines",
	  { { NIC_PF, "p0" }, { NIC_VF, "1" }, { NIC_MAC, "02:00:00:00:00:02" }, { NIC_OPTIONAL, "vlan\nvf 3" } },
	  { "--optional vlan\nvf 3: has more than one line" } },
	{ "twice",
	  { { NIC_PF, "p0" },
	    { NIC_VF, "1" },
	    { NIC_VF, "1" },
	    { NIC_MAC, "02:00:00:00:00:02" },
	    { NIC_IPV4, "10.0.0.1/8" },
	    { NIC_IPV4, "10.0.0.2/8 10.0.0.3/8" } },
	  { "--vf 1: is given twice" } },
	{ "a long name",
	  { { NIC_PF, "abcdefghijklmno" }, { NIC_VF, "1" }, { NIC_MAC, "02:00:00:00:00:02" } },
	  { "--pf abcdefghijklmno: the VF's default name on the host is longer than 15 characters; add --link" } },
};

static void test_settings(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(setting_rows); i++) {
		const struct setting_row *row = &setting_rows[i];
		AUTO_CONFIG struct config config = { 0 };
		AUTO_STRV struct strv errors = { 0 };
		size_t n = 0, want = 0;

		load("[pf p0]\nnumvfs = 2\n", &config);
		while (n < ARRAY_SIZE(row->settings) && row->settings[n].value)
			n++;
		unit_same_uint(row->row, "result",
			       (unsigned)-config_add_nic(&config, RUNTIME_PID, "7", row->settings, n, &errors),
			       row->errors[0] ? EINVAL : 0);
		for (; want < ARRAY_SIZE(row->errors) && row->errors[want]; want++)
			unit_same(row->row, "error", want < errors.n ? errors.s[want] : NULL, row->errors[want]);
		unit_same_uint(row->row, "errors", (unsigned)errors.n, (unsigned)want);
		/* One that is wrong leaves nothing behind. */
		unit_same_uint(row->row, "NICs", (unsigned)config.n_nic, row->errors[0] ? 0 : 1);
		if (row->errors[0])
			unit_same_uint(row->row, "PFs", (unsigned)config.n_pf, 1);
	}
	UNIT_TABLE_END;
}

static void test_setting_words(void **state)
{
	static const struct config_setting settings[] = { { NIC_PF, "p9" },
							  { NIC_VF, "0" },
							  { NIC_MAC, "02:00:00:00:00:02" },
							  { NIC_IPV4, "10.0.0.1/8 10.0.0.2/8" },
							  { NIC_MAX_TX_RATE, "50" } };
	AUTO_CONFIG struct config config = { 0 };
	AUTO_STRV struct strv errors = { 0 };
	AUTO_FREE char *text = config_format_settings(settings, ARRAY_SIZE(settings)), *copy = xstrdup(text), *again = NULL;
	AUTO_FREE struct config_setting *back = NULL;
	char bad[][16] = { "pf", "pf p0\nfoo 1\n", " p0\n" };
	size_t n = 0;

	(void)state;
	load("[pf p0]\nnumvfs = 2\n", &config);
	assert_int_equal(config_parse_settings(copy, &back, &n), 0);
	again = config_format_settings(back, n);
	assert_string_equal(text, again);
	assert_int_equal(config_add_nic(&config, RUNTIME_PODMAN, "web", back, n, &errors), 0);
	assert_int_equal(config.nic[0].ipv4.n, 2);
	assert_string_equal(config.nic[0].owner, "podman:web");
	assert_string_equal(config.nic[0].link, "p9v0");
	assert_null(config.nic[0].file);
	/* Its PF has no section, so one that says nothing was made. */
	assert_ptr_equal(config_pf_of(&config, &config.nic[0]), &config.pf[1]);
	assert_int_equal(config.pf[1].numvfs, 0);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		AUTO_FREE struct config_setting *none = NULL;

		assert_int_equal(config_parse_settings(bad[i], &none, &n), -EINVAL);
	}
}

#define IN_FOLDER(test) cmocka_unit_test_setup(test, enter_own_folder)

int main(void)
{
	static const struct CMUnitTest more[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_every_key),
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_mtu_limits),
		cmocka_unit_test(test_default_link),
		cmocka_unit_test(test_empty_file),
		cmocka_unit_test(test_same_in_two_containers),
		cmocka_unit_test(test_many_nics),
		cmocka_unit_test(test_runtimes),
		cmocka_unit_test(test_settings),
		cmocka_unit_test(test_setting_words),
		cmocka_unit_test(test_label_case),
		cmocka_unit_test(test_container_key),
		cmocka_unit_test(test_container_case),
		cmocka_unit_test(test_find_pf),
		IN_FOLDER(test_no_file),
		IN_FOLDER(test_file_is_folder),
		IN_FOLDER(test_file_is_fifo),
		IN_FOLDER(test_drop_in),
		IN_FOLDER(test_drop_in_is_not_of_one_file),
		IN_FOLDER(test_drop_in_empty),
		IN_FOLDER(test_drop_in_of_odd_names),
		IN_FOLDER(test_rules_across_files),
		IN_FOLDER(test_errors_of_all_files),
		IN_FOLDER(test_owner_of_file),
		IN_FOLDER(test_owner_of_folder),
		IN_FOLDER(test_modes),
		IN_FOLDER(test_group_of_file),
		IN_FOLDER(test_owner_of_drop_in),
		IN_FOLDER(test_owner_of_drop_in_folder),
		IN_FOLDER(test_drop_in_is_no_folder),
		IN_FOLDER(test_link_to_file),
	};

	return UNIT_RUN_ROWS("config", rows, test_row, more, unit_enter_folder, unit_leave_folder);
}
