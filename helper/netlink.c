/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <linux/if.h> /* only behind <net/if.h> do the two agree */
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/link/sriov.h>
#include <poll.h>
#include <sys/socket.h>

#include "log.h"
#include "netlink_parts.h"
#include "netns.h"

#define BUFFER_BYTES (1 << 20)
/* Room for the MACs of 1000 VFs in one message; libnl's default is a page, which holds about 80. */
#define MESSAGE_BYTES (64 << 10)

/* --- sockets --- */

int netlink_errno(int nle)
{
	switch (-nle) {
	case NLE_NOMEM:
		return -ENOMEM;
	case NLE_PERM:
		return -EPERM;
	case NLE_AGAIN:
		return -EAGAIN;
	case NLE_INTR:
		return -EINTR;
	case NLE_DUMP_INTR:
		return -EAGAIN;
	default:
		return -EIO;
	}
}

static int connect_route(void *arg)
{
	int r = nl_connect(arg, NETLINK_ROUTE);

	return r < 0 ? netlink_errno(r) : 0;
}

int netlink_open(const char *netns, struct netlink **ret)
{
	AUTO_NETLINK struct netlink *nl = xcalloc(1, sizeof(*nl));
	int r, on = 1;

	nl->sk = nl_socket_alloc();
	if (!nl->sk)
		return -ENOMEM;
	r = netns ? netns_run(netns, connect_route, nl->sk) : connect_route(nl->sk);
	if (r < 0)
		return r;
	(void)setsockopt(nl_socket_get_fd(nl->sk), SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	r = nl_socket_set_buffer_size(nl->sk, BUFFER_BYTES, 0);
	if (r < 0)
		return netlink_errno(r);
	nl_socket_enable_msg_peek(nl->sk);
	nlmsg_set_default_size(MESSAGE_BYTES);
	*ret = STEAL_PTR(nl);
	return 0;
}

void netlink_close(struct netlink *nl)
{
	if (!nl)
		return;
	nl_socket_free(nl->sk);
	free(nl);
}

const char *netlink_error_text(const struct netlink *nl)
{
	return nl->error_text;
}

void netlink_clear_error_text(struct netlink *nl)
{
	nl->error_text[0] = '\0';
}

/* --- one request and its answers --- */

struct exchange {
	struct netlink *nl;
	uint32_t seq;
	bool done;
	int error;
	void (*on_answer)(struct nl_msg *msg, void *arg);
	void *arg;
};

static int on_valid(struct nl_msg *msg, void *arg)
{
	struct exchange *x = arg;

	if (x->on_answer)
		x->on_answer(msg, x->arg);
	return NL_OK;
}

static int on_ack(struct nl_msg *msg, void *arg)
{
	struct exchange *x = arg;

	(void)msg;
	x->done = true;
	return NL_STOP;
}

/* The end of a dump carries the error that cut it short, if any. */
static int on_finish(struct nl_msg *msg, void *arg)
{
	struct exchange *x = arg;

	if (nlmsg_datalen(nlmsg_hdr(msg)) >= (int)sizeof(int))
		x->error = *(const int *)nlmsg_data(nlmsg_hdr(msg));
	x->done = true;
	return NL_STOP;
}

/* Answers to an earlier request that failed half-way are not ours. */
static int on_seq(struct nl_msg *msg, void *arg)
{
	const struct exchange *x = arg;

	return nlmsg_hdr(msg)->nlmsg_seq == x->seq ? NL_OK : NL_SKIP;
}

/* libnl 3.7 does not hand on the kernel's text: it stands behind the request that the error quotes. */
static int on_error(struct sockaddr_nl *from, struct nlmsgerr *err, void *arg)
{
	struct exchange *x = arg;
	const struct nlmsghdr *answer = (const void *)((const char *)err - NLMSG_HDRLEN);
	size_t skip = sizeof(*err), len = answer->nlmsg_len - NLMSG_HDRLEN;

	(void)from;
	x->error = err->error;
	x->done = true;
	if (!(answer->nlmsg_flags & NLM_F_ACK_TLVS))
		return NL_STOP;
	if (!(answer->nlmsg_flags & NLM_F_CAPPED))
		skip += err->msg.nlmsg_len - NLMSG_HDRLEN;
	if (skip < len) {
		const struct nlattr *text =
			nla_find((const void *)((const char *)err + skip), (int)(len - skip), NLMSGERR_ATTR_MSG);

		if (text)
			(void)nla_strlcpy(x->nl->error_text, text, sizeof(x->nl->error_text));
	}
	return NL_STOP;
}

int netlink_exchange(struct netlink *nl, struct nl_msg *msg, void (*on_answer)(struct nl_msg *msg, void *arg), void *arg)
{
	struct exchange x = { .nl = nl, .on_answer = on_answer, .arg = arg };
	struct nl_cb *cb = nl_cb_alloc(NL_CB_DEFAULT);
	int r;

	if (!cb)
		return -ENOMEM;
	nl->error_text[0] = '\0';
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_valid, &x);
	nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, on_finish, &x);
	nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_ack, &x);
	nl_cb_set(cb, NL_CB_SEQ_CHECK, NL_CB_CUSTOM, on_seq, &x);
	nl_cb_err(cb, NL_CB_CUSTOM, on_error, &x);
	r = nl_send_auto(nl->sk, msg);
	x.seq = nlmsg_hdr(msg)->nlmsg_seq;
	while (r >= 0 && !x.done)
		r = nl_recvmsgs(nl->sk, cb);
	nl_cb_put(cb);
	if (x.error)
		return x.error;
	return r < 0 ? netlink_errno(r) : 0; /* a dump that links changed under ends with NLE_DUMP_INTR */
}

/* Sends the difference that @change describes to the link @ifindex. */
static int change_link(struct netlink *nl, int ifindex, struct rtnl_link *change)
{
	struct rtnl_link *which = rtnl_link_alloc();
	struct nl_msg *msg = NULL;
	int r = -ENOMEM;

	if (which) {
		rtnl_link_set_ifindex(which, ifindex);
		rtnl_link_set_ifindex(change, ifindex);
		r = rtnl_link_build_change_request(which, change, 0, &msg);
		r = r < 0 ? netlink_errno(r) : 0;
	}
	if (r == 0) {
		nlmsg_hdr(msg)->nlmsg_type = RTM_SETLINK;
		r = netlink_exchange(nl, msg, NULL, NULL);
	}
	nlmsg_free(msg);
	rtnl_link_put(which);
	return r;
}

/* --- reading links --- */

void link_clear(struct link *link)
{
	strv_clear(&link->altnames);
	*link = (struct link){ 0 };
}

bool link_has_carrier(unsigned flags)
{
	return flags & IFF_LOWER_UP;
}

static void read_link(struct nl_msg *msg, struct link *ret)
{
	const struct ifinfomsg *info = nlmsg_data(nlmsg_hdr(msg));
	struct nlattr *tb[IFLA_MAX + 1], *info_tb[IFLA_INFO_MAX + 1], *prop;
	int rest;

	if (nlmsg_parse(nlmsg_hdr(msg), sizeof(*info), tb, IFLA_MAX, NULL) < 0)
		return;
	ret->ifindex = info->ifi_index;
	ret->flags = info->ifi_flags;
	if (tb[IFLA_IFNAME])
		(void)nla_strlcpy(ret->name, tb[IFLA_IFNAME], sizeof(ret->name));
	if (tb[IFLA_ADDRESS] && nla_len(tb[IFLA_ADDRESS]) == sizeof(ret->mac.addr))
		memcpy(ret->mac.addr, nla_data(tb[IFLA_ADDRESS]), sizeof(ret->mac.addr));
	if (tb[IFLA_MTU])
		ret->mtu = nla_get_u32(tb[IFLA_MTU]);
	if (tb[IFLA_PARENT_DEV_NAME] && tb[IFLA_PARENT_DEV_BUS_NAME] &&
	    !strcmp(nla_get_string(tb[IFLA_PARENT_DEV_BUS_NAME]), "pci"))
		(void)COPY(ret->pci, nla_get_string(tb[IFLA_PARENT_DEV_NAME]));
	if (tb[IFLA_MASTER])
		ret->master = (int)nla_get_u32(tb[IFLA_MASTER]);
	if (tb[IFLA_LINK] && !tb[IFLA_LINK_NETNSID])
		ret->lower = (int)nla_get_u32(tb[IFLA_LINK]);
	if (tb[IFLA_LINKINFO] && nla_parse_nested(info_tb, IFLA_INFO_MAX, tb[IFLA_LINKINFO], NULL) == 0 &&
	    info_tb[IFLA_INFO_KIND])
		(void)nla_strlcpy(ret->kind, info_tb[IFLA_INFO_KIND], sizeof(ret->kind));
	if (tb[IFLA_PROP_LIST])
		nla_for_each_nested(prop, tb[IFLA_PROP_LIST], rest)
			if (nla_type(prop) == IFLA_ALT_IFNAME)
				strv_addf(&ret->altnames, "%s", nla_get_string(prop));
}

static void on_one_link(struct nl_msg *msg, void *arg)
{
	struct link *ret = arg;

	link_clear(ret);
	read_link(msg, ret);
}

/* By @name where it is given, altnames included; otherwise by @ifindex. */
static int get_link(struct netlink *nl, int ifindex, const char *name, uint32_t filter,
		    void (*on_link)(struct nl_msg *, void *), void *arg)
{
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_GETLINK, 0);
	struct ifinfomsg info = { .ifi_family = AF_UNSPEC, .ifi_index = ifindex };
	int r = -ENOMEM;

	if (msg && nlmsg_append(msg, &info, sizeof(info), NLMSG_ALIGNTO) == 0 &&
	    (!name || nla_put_string(msg, IFLA_IFNAME, name) == 0) && nla_put_u32(msg, IFLA_EXT_MASK, filter) == 0)
		r = netlink_exchange(nl, msg, on_link, arg);
	nlmsg_free(msg);
	return r;
}

static int get_one(struct netlink *nl, int ifindex, const char *name, struct link *ret)
{
	AUTO_LINK struct link link = { 0 };
	int r = get_link(nl, ifindex, name, RTEXT_FILTER_SKIP_STATS, on_one_link, &link);

	if (r == 0 && !link.ifindex)
		r = -ENODEV;
	if (r < 0)
		return r;
	*ret = link;
	link = (struct link){ 0 };
	return 0;
}

int netlink_link_by_name(struct netlink *nl, const char *name, struct link *ret)
{
	return get_one(nl, 0, name, ret);
}

int netlink_link_by_index(struct netlink *nl, int ifindex, struct link *ret)
{
	return get_one(nl, ifindex, NULL, ret);
}

struct link_list {
	struct link *link;
	size_t n;
};

static void on_each_link(struct nl_msg *msg, void *arg)
{
	struct link_list *list = arg;

	read_link(msg, GROW(list->link, list->n));
}

static void list_clear(struct link_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		link_clear(&list->link[i]);
	free(list->link);
	*list = (struct link_list){ 0 };
}

static int dump_links(struct netlink *nl, struct link_list *list)
{
	struct ifinfomsg info = { .ifi_family = AF_UNSPEC };
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_GETLINK, NLM_F_DUMP);
	int r = -ENOMEM;

	if (msg && nlmsg_append(msg, &info, sizeof(info), NLMSG_ALIGNTO) == 0 &&
	    nla_put_u32(msg, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS) == 0)
		r = netlink_exchange(nl, msg, on_each_link, list);
	nlmsg_free(msg);
	return r;
}

int netlink_links(struct netlink *nl, struct link **ret, size_t *ret_n)
{
	struct link_list list = { 0 };
	int r;

	/* A list that changed while it was read may lack links that were there all the time. */
	for (int tries = 0;; tries++) {
		r = dump_links(nl, &list);
		if (r == 0)
			break;
		list_clear(&list);
		if (r != -EAGAIN || tries == 20)
			return r;
	}
	*ret = list.link;
	*ret_n = list.n;
	return 0;
}

/* Through glibc, which asks the same kernel. */
int netlink_addressed(struct strv *ret)
{
	struct ifaddrs *list;

	if (getifaddrs(&list) < 0)
		return -errno;
	for (const struct ifaddrs *a = list; a; a = a->ifa_next) {
		const struct sockaddr_in6 *in6 = (const void *)a->ifa_addr;

		if (in6 && (in6->sin6_family == AF_INET ||
			    (in6->sin6_family == AF_INET6 && !IN6_IS_ADDR_LINKLOCAL(&in6->sin6_addr))))
			strv_addf(ret, "%s", a->ifa_name);
	}
	freeifaddrs(list);
	return 0;
}

/* --- forwarding entries --- */

struct fdb {
	struct fdb_entry *entry;
	size_t n;
};

static void on_fdb_entry(struct nl_msg *msg, void *arg)
{
	const struct ndmsg *info = nlmsg_data(nlmsg_hdr(msg));
	struct nlattr *tb[NDA_MAX + 1];
	struct fdb *fdb = arg;
	struct fdb_entry *e;

	if (nlmsg_parse(nlmsg_hdr(msg), sizeof(*info), tb, NDA_MAX, NULL) < 0 || !tb[NDA_LLADDR] ||
	    nla_len(tb[NDA_LLADDR]) != sizeof(e->mac.addr))
		return;
	e = GROW(fdb->entry, fdb->n);
	e->ifindex = info->ndm_ifindex;
	e->bridge = tb[NDA_MASTER] ? (int)nla_get_u32(tb[NDA_MASTER]) : 0;
	e->self = info->ndm_flags & NTF_SELF;
	e->local = info->ndm_state & NUD_PERMANENT;
	memcpy(e->mac.addr, nla_data(tb[NDA_LLADDR]), sizeof(e->mac.addr));
}

int netlink_fdb(struct netlink *nl, struct fdb_entry **ret, size_t *ret_n)
{
	struct ndmsg info = { .ndm_family = AF_BRIDGE };
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_GETNEIGH, NLM_F_DUMP);
	struct fdb fdb = { 0 };
	int r = -ENOMEM;

	if (msg && nlmsg_append(msg, &info, sizeof(info), NLMSG_ALIGNTO) == 0)
		r = netlink_exchange(nl, msg, on_fdb_entry, &fdb);
	nlmsg_free(msg);
	if (r < 0) {
		free(fdb.entry);
		return r;
	}
	*ret = fdb.entry;
	*ret_n = fdb.n;
	return 0;
}

/* --- VFs of a PF --- */

struct vf_list {
	struct vf_attrs *vf;
	size_t n;
};

static void read_mac(struct rtnl_link_vf *vf, struct vf_attrs *ret)
{
	struct nl_addr *mac = NULL;

	if (rtnl_link_vf_get_addr(vf, &mac) < 0 || nl_addr_get_len(mac) < sizeof(ret->mac.addr))
		return;
	memcpy(ret->mac.addr, nl_addr_get_binary_addr(mac), sizeof(ret->mac.addr));
	ret->has |= VF_ATTR(VF_MAC);
}

static void read_vlan(struct rtnl_link_vf *vf, struct vf_attrs *ret)
{
	nl_vf_vlans_t *vlans = NULL;

	if (rtnl_link_vf_get_vlans(vf, &vlans) < 0)
		return;
	if (vlans->size > 0) {
		ret->vlan = vlans->vlans[0].vf_vlan;
		ret->vlan_qos = vlans->vlans[0].vf_vlan_qos;
		ret->vlan_proto = vlans->vlans[0].vf_vlan_proto;
		ret->has |= VF_ATTR(VF_VLAN);
	}
	rtnl_link_vf_vlan_put(vlans);
}

/* The kernel tells rates of every VF; libnl 3.7 drops those that are 0, no limit. */
static void read_rate(struct rtnl_link_vf *vf, struct vf_attrs *ret)
{
	struct nl_vf_rate rate = { 0 };

	if (rtnl_link_vf_get_rate(vf, &rate) < 0)
		rate = (struct nl_vf_rate){ .api = RTNL_LINK_VF_RATE_API_NEW };
	ret->min_tx_rate = rate.api == RTNL_LINK_VF_RATE_API_NEW ? rate.min_tx_rate : 0;
	ret->max_tx_rate = rate.api == RTNL_LINK_VF_RATE_API_NEW ? rate.max_tx_rate : rate.rate;
	ret->has |= VF_ATTR(VF_RATE);
}

static void read_bool(struct rtnl_link_vf *vf, int (*get)(struct rtnl_link_vf *, uint32_t *), enum vf_attr attr,
		      struct vf_attrs *ret, bool *field)
{
	uint32_t value;

	/* A driver that does not know says -1 (rtnl_fill_vfinfo()). */
	if (get(vf, &value) < 0 || value == UINT32_MAX)
		return;
	*field = value;
	ret->has |= VF_ATTR(attr);
}

static void on_vfs(struct nl_object *object, void *arg)
{
	struct rtnl_link *link = (struct rtnl_link *)object;
	struct vf_list *list = arg;

	/* libnl 3.7's rtnl_link_vf_get() crashes on a link that has no list. */
	if (rtnl_link_has_vf_list(link) <= 0)
		return;
	for (size_t i = 0; i < list->n; i++) {
		struct rtnl_link_vf *vf = rtnl_link_vf_get(link, (uint32_t)i);
		struct vf_attrs *ret = &list->vf[i];

		if (!vf)
			continue;
		read_mac(vf, ret);
		read_vlan(vf, ret);
		read_rate(vf, ret);
		read_bool(vf, rtnl_link_vf_get_spoofchk, VF_SPOOFCHK, ret, &ret->spoofchk);
		read_bool(vf, rtnl_link_vf_get_trust, VF_TRUST, ret, &ret->trust);
		read_bool(vf, rtnl_link_vf_get_rss_query_en, VF_RSS_QUERY, ret, &ret->rss_query);
		if (rtnl_link_vf_get_linkstate(vf, &ret->link_state) == 0)
			ret->has |= VF_ATTR(VF_LINK_STATE);
		rtnl_link_vf_put(vf);
	}
}

static void on_vfs_message(struct nl_msg *msg, void *arg)
{
	(void)nl_msg_parse(msg, on_vfs, arg);
}

int netlink_vfs(struct netlink *nl, int pf_ifindex, struct vf_attrs *vfs, size_t n)
{
	struct vf_list list = { vfs, n };

	memset(vfs, 0, n * sizeof(*vfs));
	return get_link(nl, pf_ifindex, NULL, RTEXT_FILTER_VF | RTEXT_FILTER_SKIP_STATS, on_vfs_message, &list);
}

/* --- counters --- */

static void read_vf_stats(struct nlattr *vf_info, struct vf_stats *stats, size_t n)
{
	static const int counters[] = { [IFLA_VF_STATS_RX_PACKETS] = VF_RX_PACKETS,
					[IFLA_VF_STATS_TX_PACKETS] = VF_TX_PACKETS,
					[IFLA_VF_STATS_RX_BYTES] = VF_RX_BYTES,
					[IFLA_VF_STATS_TX_BYTES] = VF_TX_BYTES,
					[IFLA_VF_STATS_BROADCAST] = VF_RX_BROADCAST,
					[IFLA_VF_STATS_MULTICAST] = VF_RX_MULTICAST,
					[IFLA_VF_STATS_PAD] = -1,
					[IFLA_VF_STATS_RX_DROPPED] = VF_RX_DROPPED,
					[IFLA_VF_STATS_TX_DROPPED] = VF_TX_DROPPED };
	struct nlattr *tb[IFLA_VF_MAX + 1], *a;
	const struct ifla_vf_mac *mac;
	int rest;

	if (nla_parse_nested(tb, IFLA_VF_MAX, vf_info, NULL) < 0 || !tb[IFLA_VF_MAC] || !tb[IFLA_VF_STATS] ||
	    nla_len(tb[IFLA_VF_MAC]) < (int)sizeof(*mac))
		return;
	mac = nla_data(tb[IFLA_VF_MAC]);
	if (mac->vf >= n)
		return;
	nla_for_each_nested(a, tb[IFLA_VF_STATS], rest) {
		size_t type = (size_t)nla_type(a);

		if (type >= ARRAY_SIZE(counters) || counters[type] < 0 || nla_len(a) != sizeof(uint64_t))
			continue;
		stats[mac->vf].count[counters[type]] = nla_get_u64(a);
		stats[mac->vf].told |= 1U << counters[type];
	}
}

/* Not through libnl 3.7, which knows nothing of what was dropped. */
void netlink_parse_vf_stats(struct nlmsghdr *message, struct vf_stats *stats, size_t n)
{
	struct nlattr *tb[IFLA_MAX + 1], *vf_info;
	int rest;

	if (nlmsg_parse(message, sizeof(struct ifinfomsg), tb, IFLA_MAX, NULL) < 0 || !tb[IFLA_VFINFO_LIST])
		return;
	nla_for_each_nested(vf_info, tb[IFLA_VFINFO_LIST], rest)
		if (nla_type(vf_info) == IFLA_VF_INFO)
			read_vf_stats(vf_info, stats, n);
}

struct vf_stats_list {
	struct vf_stats *stats;
	size_t n;
};

static void on_vf_stats(struct nl_msg *msg, void *arg)
{
	const struct vf_stats_list *list = arg;

	netlink_parse_vf_stats(nlmsg_hdr(msg), list->stats, list->n);
}

int netlink_vf_stats(struct netlink *nl, int pf_ifindex, struct vf_stats *stats, size_t n)
{
	struct vf_stats_list list = { stats, n };

	memset(stats, 0, n * sizeof(*stats));
	return get_link(nl, pf_ifindex, NULL, RTEXT_FILTER_VF, on_vf_stats, &list);
}

struct link_stats_answer {
	const char *pci;
	struct link_stats stats;
	bool found;
};

static void on_link_stats(struct nl_msg *msg, void *arg)
{
	struct link_stats_answer *answer = arg;
	struct nlattr *tb[IFLA_MAX + 1];
	AUTO_LINK struct link link = { 0 };
	struct rtnl_link_stats64 s = { 0 };
	int len;

	read_link(msg, &link);
	if (*link.pci && *answer->pci && strcmp(link.pci, answer->pci) != 0)
		return; /* another one has the index by now */
	if (nlmsg_parse(nlmsg_hdr(msg), sizeof(struct ifinfomsg), tb, IFLA_MAX, NULL) < 0 || !tb[IFLA_STATS64])
		return;
	len = nla_len(tb[IFLA_STATS64]); /* it grows with the kernel */
	memcpy(&s, nla_data(tb[IFLA_STATS64]), len < (int)sizeof(s) ? (size_t)len : sizeof(s));
	answer->stats = (struct link_stats){ .count = { [LINK_RX_PACKETS] = s.rx_packets,
							[LINK_TX_PACKETS] = s.tx_packets,
							[LINK_RX_BYTES] = s.rx_bytes,
							[LINK_TX_BYTES] = s.tx_bytes,
							[LINK_RX_ERRORS] = s.rx_errors,
							[LINK_TX_ERRORS] = s.tx_errors,
							[LINK_RX_DROPPED] = s.rx_dropped,
							[LINK_TX_DROPPED] = s.tx_dropped,
							[LINK_RX_MULTICAST] = s.multicast } };
	answer->found = true;
}

int netlink_link_stats(struct netlink *nl, int ifindex, const char *pci, struct link_stats *ret)
{
	struct link_stats_answer answer = { .pci = pci };
	int r = get_link(nl, ifindex, NULL, 0, on_link_stats, &answer);

	if (r == 0 && !answer.found)
		r = -ENODEV;
	if (r == 0)
		*ret = answer.stats;
	return r;
}

static int put_mac(struct rtnl_link_vf *vf, const struct vf_attrs *to)
{
	struct nl_addr *mac = nl_addr_build(AF_LLC, to->mac.addr, sizeof(to->mac.addr));

	if (!mac)
		return -ENOMEM;
	rtnl_link_vf_set_addr(vf, mac);
	nl_addr_put(mac);
	return 0;
}

static int put_vlan(struct rtnl_link_vf *vf, const struct vf_attrs *to)
{
	nl_vf_vlans_t *vlans;

	if (rtnl_link_vf_vlan_alloc(&vlans, 1) < 0)
		return -ENOMEM;
	vlans->vlans[0] = (nl_vf_vlan_info_t){ to->vlan, to->vlan_qos, (uint16_t)to->vlan_proto };
	rtnl_link_vf_set_vlans(vf, vlans);
	rtnl_link_vf_vlan_put(vlans);
	return 0;
}

static int put_attr(struct rtnl_link_vf *vf, enum vf_attr attr, const struct vf_attrs *to)
{
	struct nl_vf_rate rate = { RTNL_LINK_VF_RATE_API_NEW, 0, to->max_tx_rate, to->min_tx_rate };

	switch (attr) {
	case VF_VLAN:
		return put_vlan(vf, to);
	case VF_MAC:
		return put_mac(vf, to);
	case VF_SPOOFCHK:
		rtnl_link_vf_set_spoofchk(vf, to->spoofchk);
		return 0;
	case VF_TRUST:
		rtnl_link_vf_set_trust(vf, to->trust);
		return 0;
	case VF_RATE:
		rtnl_link_vf_set_rate(vf, &rate);
		return 0;
	case VF_LINK_STATE:
		rtnl_link_vf_set_linkstate(vf, to->link_state);
		return 0;
	case VF_RSS_QUERY:
		rtnl_link_vf_set_rss_query_en(vf, to->rss_query);
		return 0;
	default:
		return -EINVAL;
	}
}

int netlink_set_vfs(struct netlink *nl, int pf_ifindex, enum vf_attr attr, const struct link_vf_change *changes, size_t n)
{
	struct rtnl_link *change = rtnl_link_alloc();
	int r = change ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < n; i++) {
		struct rtnl_link_vf *vf = rtnl_link_vf_alloc();

		if (!vf) {
			r = -ENOMEM;
			break;
		}
		rtnl_link_vf_set_index(vf, changes[i].vf);
		r = put_attr(vf, attr, &changes[i].to);
		if (r == 0 && rtnl_link_vf_add(change, vf) < 0)
			r = -ENOMEM;
		rtnl_link_vf_put(vf);
	}
	if (r == 0)
		r = change_link(nl, pf_ifindex, change);
	rtnl_link_put(change);
	return r;
}

/* --- changing a link --- */

/* Not through rtnl_link: libnl 3.7 leaves ifi_change 0, which the kernel takes for "all flags". */
int netlink_set_flags(struct netlink *nl, int ifindex, unsigned flags, unsigned mask)
{
	struct ifinfomsg info = { .ifi_index = ifindex, .ifi_flags = flags & mask, .ifi_change = mask };
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_SETLINK, 0);
	int r = -ENOMEM;

	if (msg && nlmsg_append(msg, &info, sizeof(info), NLMSG_ALIGNTO) == 0)
		r = netlink_exchange(nl, msg, NULL, NULL);
	nlmsg_free(msg);
	return r;
}

int netlink_set_name(struct netlink *nl, int ifindex, const char *name)
{
	struct rtnl_link *change = rtnl_link_alloc();
	int r;

	if (!change)
		return -ENOMEM;
	rtnl_link_set_name(change, name);
	r = change_link(nl, ifindex, change);
	rtnl_link_put(change);
	return r;
}

int netlink_set_mac(struct netlink *nl, int ifindex, const struct mac *mac)
{
	struct rtnl_link *change = rtnl_link_alloc();
	struct nl_addr *addr = nl_addr_build(AF_LLC, mac->addr, sizeof(mac->addr));
	int r = -ENOMEM;

	if (change && addr) {
		rtnl_link_set_addr(change, addr);
		r = change_link(nl, ifindex, change);
	}
	nl_addr_put(addr);
	rtnl_link_put(change);
	return r;
}

int netlink_set_mtu(struct netlink *nl, int ifindex, unsigned mtu)
{
	struct rtnl_link *change = rtnl_link_alloc();
	int r;

	if (!change)
		return -ENOMEM;
	rtnl_link_set_mtu(change, mtu);
	r = change_link(nl, ifindex, change);
	rtnl_link_put(change);
	return r;
}

/* libnl 3.7 knows no altnames. */
static int change_altname(struct netlink *nl, int type, int ifindex, const char *altname)
{
	struct ifinfomsg info = { .ifi_family = AF_UNSPEC, .ifi_index = ifindex };
	struct nl_msg *msg = nlmsg_alloc_simple(type, type == RTM_NEWLINKPROP ? NLM_F_CREATE | NLM_F_EXCL : 0);
	struct nlattr *list = NULL;
	int r = -ENOMEM;

	if (msg && nlmsg_append(msg, &info, sizeof(info), NLMSG_ALIGNTO) == 0)
		list = nla_nest_start(msg, IFLA_PROP_LIST | NLA_F_NESTED);
	if (list && nla_put_string(msg, IFLA_ALT_IFNAME, altname) == 0) {
		nla_nest_end(msg, list);
		r = netlink_exchange(nl, msg, NULL, NULL);
	}
	nlmsg_free(msg);
	return r;
}

int netlink_del_altname(struct netlink *nl, int ifindex, const char *altname)
{
	return change_altname(nl, RTM_DELLINKPROP, ifindex, altname);
}

int netlink_add_altname(struct netlink *nl, int ifindex, const char *altname)
{
	return change_altname(nl, RTM_NEWLINKPROP, ifindex, altname);
}

int netlink_move(struct netlink *nl, int ifindex, const char *netns)
{
	struct ifinfomsg info = { .ifi_family = AF_UNSPEC, .ifi_index = ifindex };
	AUTO_CLOSE int fd = open(netns, O_RDONLY | O_CLOEXEC);
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_SETLINK, 0);
	int r = fd < 0 ? -errno : -ENOMEM;

	if (fd >= 0 && msg && nlmsg_append(msg, &info, sizeof(info), NLMSG_ALIGNTO) == 0 &&
	    nla_put_u32(msg, IFLA_NET_NS_FD, (uint32_t)fd) == 0 &&
	    nla_put_string(msg, IFLA_IFNAME, IFNAME_IN_TRANSIT "%d") == 0)
		r = netlink_exchange(nl, msg, NULL, NULL);
	nlmsg_free(msg);
	return r;
}

static size_t address_bytes(const struct ipaddr *a)
{
	return a->family == AF_INET ? 4 : 16;
}

int netlink_add_address(struct netlink *nl, int ifindex, const struct ipaddr *address)
{
	struct rtnl_addr *addr = rtnl_addr_alloc();
	struct nl_addr *local = nl_addr_build(address->family, address->addr, address_bytes(address));
	struct nl_msg *msg = NULL;
	int r = -ENOMEM;

	if (addr && local) {
		nl_addr_set_prefixlen(local, (int)address->prefix);
		rtnl_addr_set_ifindex(addr, ifindex);
		r = rtnl_addr_set_local(addr, local);
		if (r == 0)
			r = rtnl_addr_build_add_request(addr, NLM_F_CREATE | NLM_F_REPLACE, &msg);
		r = r < 0 ? netlink_errno(r) : netlink_exchange(nl, msg, NULL, NULL);
	}
	nlmsg_free(msg);
	nl_addr_put(local);
	rtnl_addr_put(addr);
	return r;
}

/* To @to (a host), or everywhere when it is NULL; by way of @gateway, or on the link when that is NULL. */
static int add_route(struct netlink *nl, int ifindex, int family, const struct ipaddr *to, const struct ipaddr *gateway)
{
	struct rtmsg route = { .rtm_family = (unsigned char)family,
			       .rtm_dst_len = (unsigned char)(to ? 8 * address_bytes(to) : 0),
			       .rtm_table = RT_TABLE_MAIN,
			       .rtm_protocol = RTPROT_BOOT,
			       .rtm_scope = gateway ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK,
			       .rtm_type = RTN_UNICAST };
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE);
	int r = -ENOMEM;

	if (msg && nlmsg_append(msg, &route, sizeof(route), NLMSG_ALIGNTO) == 0 &&
	    nla_put_u32(msg, RTA_OIF, (uint32_t)ifindex) == 0 &&
	    (!to || nla_put(msg, RTA_DST, (int)address_bytes(to), to->addr) == 0) &&
	    (!gateway || nla_put(msg, RTA_GATEWAY, (int)address_bytes(gateway), gateway->addr) == 0))
		r = netlink_exchange(nl, msg, NULL, NULL);
	nlmsg_free(msg);
	return r;
}

int netlink_add_gateway(struct netlink *nl, int ifindex, const struct ipaddr *gateway)
{
	int family = gateway->family, r = add_route(nl, ifindex, family, NULL, gateway);

	if (r != -ENETUNREACH && r != -EHOSTUNREACH)
		return r;
	r = add_route(nl, ifindex, family, gateway, NULL);
	return r < 0 ? r : add_route(nl, ifindex, family, NULL, gateway);
}

/* --- waiting --- */

int netlink_open_watch(struct netlink **ret)
{
	AUTO_NETLINK struct netlink *nl = NULL;
	int r = netlink_open(NULL, &nl);

	if (r < 0)
		return r;
	r = nl_socket_add_membership(nl->sk, RTNLGRP_LINK);
	if (r < 0)
		return netlink_errno(r);
	*ret = STEAL_PTR(nl);
	return 0;
}

int netlink_fd(const struct netlink *nl)
{
	return nl_socket_get_fd(nl->sk);
}

int netlink_watch(struct netlink *nl, int64_t deadline_ms)
{
	struct pollfd p = { .fd = nl_socket_get_fd(nl->sk), .events = POLLIN };
	int64_t left = deadline_ms - util_now_ms();
	char drop[1];
	int r;

	r = poll(&p, 1, left < 0 ? 0 : (int)left);
	if (r <= 0)
		return r == 0 ? -ETIMEDOUT : -errno;
	/* Only that something happened counts: drop what is queued, a lost message (ENOBUFS) included. */
	while (recv(p.fd, drop, sizeof(drop), MSG_DONTWAIT | MSG_TRUNC) >= 0 || errno == ENOBUFS)
		;
	return 0;
}
