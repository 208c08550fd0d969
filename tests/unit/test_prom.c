/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include <linux/rtnetlink.h>
#include <netlink/msg.h>

#include "../../helper/prom.h"

/* --- IFLA_VF_STATS --- */

static void put_u64(struct nl_msg *msg, int type, uint64_t value)
{
	assert_int_equal(nla_put_u64(msg, type, value), 0);
}

/* One VF as the kernel writes it; @n: the first so many counters. */
static void put_vf(struct nl_msg *msg, unsigned vf, uint64_t first, int n)
{
	static const int types[] = { IFLA_VF_STATS_RX_PACKETS, IFLA_VF_STATS_TX_PACKETS, IFLA_VF_STATS_RX_BYTES,
				     IFLA_VF_STATS_TX_BYTES,   IFLA_VF_STATS_BROADCAST,  IFLA_VF_STATS_MULTICAST,
				     IFLA_VF_STATS_RX_DROPPED, IFLA_VF_STATS_TX_DROPPED };
	struct nlattr *info = nla_nest_start(msg, IFLA_VF_INFO), *stats;
	struct ifla_vf_mac mac = { .vf = vf };

	assert_int_equal(nla_put(msg, IFLA_VF_MAC, sizeof(mac), &mac), 0);
	stats = nla_nest_start(msg, IFLA_VF_STATS);
	for (int i = 0; i < n; i++)
		put_u64(msg, types[i], first + (uint64_t)i);
	assert_int_equal(nla_put(msg, IFLA_VF_STATS_PAD, 0, NULL), 0);
	put_u64(msg, 99, 4711); /* of a kernel to come */
	nla_nest_end(msg, stats);
	nla_nest_end(msg, info);
}

static struct nl_msg *message(struct nlattr **ret_list)
{
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_NEWLINK, 0);
	struct ifinfomsg info = { .ifi_index = 3 };

	assert_non_null(msg);
	assert_int_equal(nlmsg_append(msg, &info, sizeof(info), NLMSG_ALIGNTO), 0);
	assert_int_equal(nla_put_string(msg, IFLA_IFNAME, "enp1s0"), 0);
	*ret_list = nla_nest_start(msg, IFLA_VFINFO_LIST);
	return msg;
}

#define ALL ((1U << VF_COUNTERS) - 1)

static void test_vf_stats(void **state)
{
	struct vf_stats stats[3] = { 0 };
	struct nlattr *list;
	struct nl_msg *msg = message(&list);

	(void)state;
	put_vf(msg, 2, 1000, 8);
	put_vf(msg, 0, 1ULL << 40, 6); /* a kernel without dropped ones */
	put_vf(msg, 3, 1, 8);          /* there are more than was asked for */
	nla_nest_end(msg, list);
	netlink_parse_vf_stats(nlmsg_hdr(msg), stats, ARRAY_SIZE(stats));
	nlmsg_free(msg);

	assert_int_equal(stats[1].told, 0);
	assert_int_equal(stats[2].told, ALL);
	assert_int_equal(stats[0].told, ALL & ~(1U << VF_RX_DROPPED | 1U << VF_TX_DROPPED));
	assert_int_equal(stats[2].count[VF_RX_PACKETS], 1000);
	assert_int_equal(stats[2].count[VF_TX_PACKETS], 1001);
	assert_int_equal(stats[2].count[VF_RX_BYTES], 1002);
	assert_int_equal(stats[2].count[VF_TX_BYTES], 1003);
	assert_int_equal(stats[2].count[VF_RX_BROADCAST], 1004);
	assert_int_equal(stats[2].count[VF_RX_MULTICAST], 1005);
	assert_int_equal(stats[2].count[VF_RX_DROPPED], 1006);
	assert_int_equal(stats[2].count[VF_TX_DROPPED], 1007);
	assert_int_equal(stats[0].count[VF_RX_PACKETS], 1ULL << 40);
}

/* As of 222 VFs: the length of the list wrapped, and what is behind it is no attribute. */
static void test_vf_stats_cut(void **state)
{
	struct nlattr *list;
	struct nl_msg *msg = message(&list);
	unsigned whole;

	(void)state;
	put_vf(msg, 0, 10, 8);
	whole = nlmsg_hdr(msg)->nlmsg_len;
	put_vf(msg, 1, 20, 8);
	nla_nest_end(msg, list);
	for (unsigned len = list->nla_len; len-- > 0;) {
		struct vf_stats stats[2] = { 0 };

		list->nla_len = (uint16_t)len;
		netlink_parse_vf_stats(nlmsg_hdr(msg), stats, ARRAY_SIZE(stats));
		assert_int_equal(stats[1].told, 0);
		if ((char *)list + len >= (char *)nlmsg_hdr(msg) + whole)
			assert_int_equal(stats[0].told, ALL);
	}
	nlmsg_free(msg);
}

/* --- the text --- */

static char *print(const struct prom_pf *pf, size_t n_pf, const struct prom_vf *vf, size_t n_vf)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	prom_print(out, pf, n_pf, vf, n_vf);
	fclose(out);
	return text;
}

static unsigned count(const char *text, const char *what)
{
	unsigned n = 0;

	for (; (text = strstr(text, what)); text += strlen(what))
		n++;
	return n;
}

static const struct prom_vf plain = {
	.pf = "enp1s0",
	.index = 1,
	.pci = "0000:01:10.2",
	.driver = "igbvf",
	.netdev = "eth0",
	.container = "web",
	.mac = "02:00:00:00:00:01",
};

#define LABELS "{pf=\"enp1s0\",vf=\"1\",mac=\"02:00:00:00:00:01\",container=\"web\"}"

static void test_values(void **state)
{
	struct prom_vf vf[2] = { plain, plain };
	struct prom_pf pf = { .name = "enp1s0", .pci = "0000:01:00.0", .driver = "igb", .up = true, .numvfs = 2, .totalvfs = 7 };
	AUTO_FREE char *text = NULL;

	(void)state;
	vf[0].up = vf[0].carrier = (struct prom_value){ true, 1 };
	vf[0].max_tx_rate = (struct prom_value){ true, 40000 };
	vf[0].has_link_stats = true;
	for (unsigned i = 0; i < LINK_COUNTERS; i++)
		vf[0].link_stats.count[i] = 100 + i;
	vf[0].vf_stats.told = 1U << VF_RX_BROADCAST;
	vf[0].vf_stats.count[VF_RX_BROADCAST] = UINT64_MAX;
	vf[1].index = 2;
	text = print(&pf, 1, vf, 2);
	assert_non_null(strstr(text, "# HELP lxc_sriov_vf_up Whether"));
	assert_non_null(strstr(text, "# TYPE lxc_sriov_vf_up gauge\nlxc_sriov_vf_up" LABELS " 1\n#"));
	assert_non_null(strstr(text, "lxc_sriov_vf_max_tx_rate_bytes_per_second" LABELS " 5000000000\n"));
	assert_non_null(strstr(text, "lxc_sriov_vf_receive_packets_total" LABELS " 100\n"));
	assert_non_null(strstr(text, "lxc_sriov_vf_transmit_packets_total" LABELS " 101\n"));
	assert_non_null(strstr(text, "lxc_sriov_vf_receive_bytes_total" LABELS " 102\n"));
	assert_non_null(strstr(text, "lxc_sriov_vf_transmit_bytes_total" LABELS " 103\n"));
	assert_non_null(strstr(text, "lxc_sriov_vf_receive_errors_total" LABELS " 104\n"));
	assert_non_null(strstr(text, "lxc_sriov_vf_transmit_errors_total" LABELS " 105\n"));
	assert_non_null(strstr(text, "lxc_sriov_vf_receive_dropped_total" LABELS " 106\n"));
	assert_non_null(strstr(text, "lxc_sriov_vf_transmit_dropped_total" LABELS " 107\n"));
	assert_non_null(strstr(text, "lxc_sriov_vf_receive_multicast_total" LABELS " 108\n"));
	assert_non_null(strstr(text, "lxc_sriov_pf_vf_receive_broadcast_total" LABELS " 18446744073709551615\n"));
	assert_non_null(strstr(text, "lxc_sriov_pf_numvfs{pf=\"enp1s0\"} 2\n"));
	assert_non_null(strstr(text, "lxc_sriov_pf_info{pf=\"enp1s0\",pci=\"0000:01:00.0\",driver=\"igb\"} 1\n"));
	/* What is not known is not said, and what nobody has is not announced. */
	assert_int_equal(count(text, "\nlxc_sriov_vf_info{"), 2);
	assert_int_equal(count(text, "\nlxc_sriov_vf_up{"), 1);
	assert_int_equal(count(text, "lxc_sriov_pf_vf_"), 3);
	assert_int_equal(count(text, "as_configured"), 0);
}

static void test_labels(void **state)
{
	struct prom_vf vf = plain;
	AUTO_FREE char *text = NULL;

	(void)state;
	vf.netdev = "a\"b\\c\nd\xff";
	vf.mac[0] = '\0';
	vf.container = "";
	text = print(NULL, 0, &vf, 1);
	assert_non_null(strstr(text, "lxc_sriov_vf_info{pf=\"enp1s0\",vf=\"1\",mac=\"\",container=\"\",pci=\"0000:01:10.2\","
				     "driver=\"igbvf\",netdev=\"a\\\"b\\\\c\\nd\xef\xbf\xbd\"} 1\n"));
	assert_int_equal(count(text, "pf_up"), 0);
}

/* A driver that counts nothing says 0 of everything. */
static void test_empty_stats(void **state)
{
	struct prom_vf vf[2] = { plain, plain };

	(void)state;
	vf[0].vf_stats.told = vf[1].vf_stats.told = ALL;
	vf[1].vf_stats.count[VF_TX_DROPPED] = 1;
	prom_drop_empty_stats(vf, 2);
	assert_int_equal(vf[0].vf_stats.told, ALL);
	assert_int_equal(vf[1].vf_stats.told, ALL);
	vf[1].vf_stats.count[VF_TX_DROPPED] = 0;
	prom_drop_empty_stats(vf, 2);
	assert_int_equal(vf[0].vf_stats.told, 0);
	assert_int_equal(vf[1].vf_stats.told, 0);
	prom_drop_empty_stats(NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vf_stats), cmocka_unit_test(test_vf_stats_cut), cmocka_unit_test(test_values),
		cmocka_unit_test(test_labels),   cmocka_unit_test(test_empty_stats),
	};

	return cmocka_run_group_tests_name("prom", tests, NULL, NULL);
}
