/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/route/class.h>
#include <netlink/route/qdisc.h>
#include <netlink/route/qdisc/htb.h>
#include <netlink/route/tc.h>

#include "netlink_parts.h"

/* HTB with one class for all that is sent. The number tells it from what the container may have put there. */
#define OURS 0x5f1cU
#define BYTES_PER_MBIT 125000U

static void identify(struct rtnl_tc *tc, int ifindex, uint32_t parent, uint32_t handle)
{
	rtnl_tc_set_ifindex(tc, ifindex);
	rtnl_tc_set_parent(tc, parent);
	rtnl_tc_set_handle(tc, handle);
}

/* --- reading --- */

/*
 * Root of a container may give our number to a class of any kind. libnl 3.7 takes each for HTB's own where it is asked for a
 * rate, and crashes: the message is read here, and a class counts only if it is what we would have put there.
 */
void netlink_on_class(struct nl_msg *msg, void *arg)
{
	static struct nla_policy tca[TCA_MAX + 1] = { [TCA_OPTIONS] = { .type = NLA_NESTED } };
	static struct nla_policy htb[TCA_HTB_MAX + 1] = {
		[TCA_HTB_PARMS] = { .minlen = sizeof(struct tc_htb_opt) },
		[TCA_HTB_RATE64] = { .type = NLA_U64 },
	};
	struct nlattr *of_class[TCA_MAX + 1], *of_htb[TCA_HTB_MAX + 1];
	struct nlmsghdr *header = nlmsg_hdr(msg);
	const struct tc_htb_opt *parms;
	const struct tcmsg *class;
	uint64_t rate;

	if (header->nlmsg_type != RTM_NEWTCLASS || nlmsg_parse(header, sizeof(*class), of_class, TCA_MAX, tca) < 0)
		return;
	class = nlmsg_data(header);
	if (class->tcm_handle != TC_HANDLE(OURS, 1) || !of_class[TCA_KIND] ||
	    nla_strcmp(of_class[TCA_KIND], "htb") != 0 || !of_class[TCA_OPTIONS] ||
	    nla_parse_nested(of_htb, TCA_HTB_MAX, of_class[TCA_OPTIONS], htb) < 0 || !of_htb[TCA_HTB_PARMS])
		return;
	parms = nla_data(of_htb[TCA_HTB_PARMS]);
	rate = of_htb[TCA_HTB_RATE64] ? nla_get_u64(of_htb[TCA_HTB_RATE64]) : parms->rate.rate;
	*(unsigned *)arg = (unsigned)(rate / BYTES_PER_MBIT);
}

int netlink_shaping(struct netlink *nl, int ifindex, unsigned *ret)
{
	struct tcmsg tc = { .tcm_family = AF_UNSPEC, .tcm_ifindex = ifindex };
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_GETTCLASS, NLM_F_DUMP);
	unsigned rate = 0;
	int r = -ENOMEM;

	if (msg && nlmsg_append(msg, &tc, sizeof(tc), NLMSG_ALIGNTO) == 0)
		r = netlink_exchange(nl, msg, netlink_on_class, &rate);
	nlmsg_free(msg);
	if (r == 0)
		*ret = rate;
	return r;
}

/* --- changing --- */

static int change_qdisc(struct netlink *nl, int ifindex, bool add)
{
	struct rtnl_qdisc *qdisc = rtnl_qdisc_alloc();
	struct nl_msg *msg = NULL;
	int r = qdisc ? 0 : -NLE_NOMEM;

	if (r == 0) {
		identify(TC_CAST(qdisc), ifindex, TC_H_ROOT, TC_HANDLE(OURS, 0));
		r = rtnl_tc_set_kind(TC_CAST(qdisc), "htb");
	}
	if (r == 0 && add)
		r = rtnl_htb_set_defcls(qdisc, 1);
	if (r == 0)
		r = add ? rtnl_qdisc_build_add_request(qdisc, NLM_F_CREATE | NLM_F_REPLACE, &msg) :
			  rtnl_qdisc_build_delete_request(qdisc, &msg);
	r = r < 0 ? netlink_errno(r) : netlink_exchange(nl, msg, NULL, NULL);
	nlmsg_free(msg);
	rtnl_qdisc_put(qdisc);
	return r;
}

/* A bucket of 20 ms: with libnl's of one packet a timer that is late costs bandwidth. */
static uint32_t bucket(uint64_t bytes_per_second)
{
	uint64_t bytes = bytes_per_second / 50;

	return bytes < (16 << 10) ? 16 << 10 : bytes > (8 << 20) ? 8 << 20 : (uint32_t)bytes;
}

static int set_class(struct netlink *nl, int ifindex, unsigned mbit)
{
	struct rtnl_class *class = rtnl_class_alloc();
	uint64_t rate = (uint64_t)mbit * BYTES_PER_MBIT;
	struct nl_msg *msg = NULL;
	int r = class ? 0 : -NLE_NOMEM;

	if (r == 0) {
		identify(TC_CAST(class), ifindex, TC_HANDLE(OURS, 0), TC_HANDLE(OURS, 1));
		r = rtnl_tc_set_kind(TC_CAST(class), "htb");
	}
	if (r == 0)
		r = rtnl_htb_set_rate64(class, rate);
	if (r == 0)
		r = rtnl_htb_set_ceil64(class, rate);
	if (r == 0)
		r = rtnl_htb_set_rbuffer(class, bucket(rate));
	if (r == 0)
		r = rtnl_htb_set_cbuffer(class, bucket(rate));
	if (r == 0)
		r = rtnl_htb_set_quantum(class, 60000); /* else the kernel warns of one that it computes from the rate */
	if (r == 0)
		r = rtnl_class_build_add_request(class, NLM_F_CREATE | NLM_F_REPLACE, &msg);
	r = r < 0 ? netlink_errno(r) : netlink_exchange(nl, msg, NULL, NULL);
	nlmsg_free(msg);
	rtnl_class_put(class);
	return r;
}

int netlink_set_shaping(struct netlink *nl, int ifindex, unsigned mbit)
{
	unsigned now = 0;
	int r = netlink_shaping(nl, ifindex, &now);

	if (r < 0 || now == mbit)
		return r;
	if (!mbit)
		return change_qdisc(nl, ifindex, false);
	if (!now)
		r = change_qdisc(nl, ifindex, true);
	if (r == 0)
		r = set_class(nl, ifindex, mbit);
	if (r < 0 && !now)
		(void)change_qdisc(nl, ifindex, false);
	return r;
}
