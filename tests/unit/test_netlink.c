/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>

#include "unit.h"

#include "../../helper/netlink_parts.h"

#define HANDLE 0x5f1c0001U
#define MBIT 125000U

/* An answer about a class: @kind NULL: no kind; @parms: bytes of HTB's parameters, -1: no options at all. */
static unsigned rate_of(int type, uint32_t handle, const char *kind, int parms, uint64_t rate64)
{
	struct tc_htb_opt opt = { .rate.rate = 50 * MBIT };
	struct tcmsg tc = { .tcm_ifindex = 2, .tcm_handle = handle };
	struct nl_msg *msg = nlmsg_alloc_simple(type, 0);
	struct nlattr *options;
	unsigned rate = 7;

	nlmsg_append(msg, &tc, sizeof(tc), NLMSG_ALIGNTO);
	if (kind)
		nla_put(msg, TCA_KIND, (int)strlen(kind) + 1, kind);
	if (parms >= 0) {
		options = nla_nest_start(msg, TCA_OPTIONS);
		nla_put(msg, TCA_HTB_PARMS, parms, &opt);
		if (rate64)
			nla_put_u64(msg, TCA_HTB_RATE64, rate64);
		nla_nest_end(msg, options);
	}
	netlink_on_class(msg, &rate);
	nlmsg_free(msg);
	return rate;
}

static void test_class(void **state)
{
	const int whole = sizeof(struct tc_htb_opt);

	(void)state;
	assert_int_equal(rate_of(RTM_NEWTCLASS, HANDLE, "htb", whole, 0), 50);
	assert_int_equal(rate_of(RTM_NEWTCLASS, HANDLE, "htb", whole, 60000ULL * MBIT), 60000);
	/* whatever root of a container put there, and what is cut short */
	assert_int_equal(rate_of(RTM_NEWTCLASS, HANDLE, "prio", -1, 0), 7);
	assert_int_equal(rate_of(RTM_NEWTCLASS, HANDLE, "hfsc", whole, 0), 7);
	assert_int_equal(rate_of(RTM_NEWTCLASS, HANDLE, "htbx", whole, 0), 7);
	assert_int_equal(rate_of(RTM_NEWTCLASS, HANDLE, NULL, whole, 0), 7);
	assert_int_equal(rate_of(RTM_NEWTCLASS, HANDLE, "htb", -1, 0), 7);
	assert_int_equal(rate_of(RTM_NEWTCLASS, HANDLE, "htb", 4, 0), 7);
	assert_int_equal(rate_of(RTM_NEWTCLASS, HANDLE + 1, "htb", whole, 0), 7);
	assert_int_equal(rate_of(RTM_DELTCLASS, HANDLE, "htb", whole, 0), 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_class) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
