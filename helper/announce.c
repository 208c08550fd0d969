/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if_arp.h>
#include <poll.h>
#include <sys/socket.h>

#include "announce.h"
#include "process.h"

#define CARRIER_DEADLINE_MS 30000
/* A namespace that nobody lives in says nothing of its end, and we would keep it. */
#define MOUNTED_DEADLINE_MS 5000
#define AGAIN_AFTER_MS 1000 /* a switch's port may not forward yet */

/* --- frames --- */

/* RFC 5227, 3: an announcement asks for the address that it is from. */
static size_t arp_frame(const struct mac *mac, const uint8_t *ip, uint8_t *p)
{
	static const uint8_t arp[] = { 0x08, 0x06, 0, ARPHRD_ETHER, 0x08, 0, 6, 4, 0, ARPOP_REQUEST };

	memset(p, 0xff, 6);
	memcpy(p + 6, mac->addr, 6);
	memcpy(p + 12, arp, sizeof(arp));
	memcpy(p + 22, mac->addr, 6);
	memcpy(p + 28, ip, 4);
	memset(p + 32, 0, 6);
	memcpy(p + 38, ip, 4);
	return 42;
}

/* RFC 8200, 8.1 */
static void put_checksum(const uint8_t *ip6, uint8_t *icmp, size_t len)
{
	uint32_t sum = (uint32_t)len + 58;

	for (size_t i = 8; i < 40; i += 2)
		sum += (uint32_t)(ip6[i] << 8 | ip6[i + 1]);
	for (size_t i = 0; i < len; i += 2)
		sum += (uint32_t)(icmp[i] << 8 | icmp[i + 1]);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	icmp[2] = (uint8_t)(~sum >> 8);
	icmp[3] = (uint8_t)~sum;
}

/* RFC 4861, 7.2.6: to all nodes, with Override, and the link-layer address as its option. */
static size_t na_frame(const struct mac *mac, const uint8_t *ip, uint8_t *p)
{
	static const uint8_t all_nodes[16] = { 0xff, 2, [15] = 1 };
	uint8_t *ip6 = p + 14, *icmp = ip6 + 40;

	memset(p, 0, ANNOUNCE_FRAME_SIZE);
	p[0] = p[1] = 0x33;
	p[5] = 1;
	memcpy(p + 6, mac->addr, 6);
	p[12] = 0x86;
	p[13] = 0xdd;
	ip6[0] = 0x60;
	ip6[5] = 32;
	ip6[6] = 58;
	ip6[7] = 255;
	memcpy(ip6 + 8, ip, 16);
	memcpy(ip6 + 24, all_nodes, 16);
	icmp[0] = 136;
	icmp[4] = 0x20;
	memcpy(icmp + 8, ip, 16);
	icmp[24] = 2;
	icmp[25] = 1;
	memcpy(icmp + 26, mac->addr, 6);
	put_checksum(ip6, icmp, 32);
	return ANNOUNCE_FRAME_SIZE;
}

size_t announce_frame(const struct mac *mac, const struct ipaddr *address, uint8_t ret[static ANNOUNCE_FRAME_SIZE])
{
	return address->family == AF_INET ? arp_frame(mac, address->addr, ret) : na_frame(mac, address->addr, ret);
}

/* --- in the background --- */

static int send_all(int fd, const struct config_ipaddrs *list, const struct mac *mac, struct sockaddr_ll *to)
{
	for (size_t i = 0; i < list->n; i++) {
		uint8_t frame[ANNOUNCE_FRAME_SIZE];
		size_t len = announce_frame(mac, &list->a[i], frame);

		if (sendto(fd, frame, len, 0, (struct sockaddr *)to, sizeof(*to)) < 0)
			return -errno;
	}
	return 0;
}

static int announce(const struct config_nic *nic, const struct link *link)
{
	AUTO_CLOSE int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_ifindex = link->ifindex, .sll_halen = 6 };
	int r;

	if (fd < 0)
		return -errno;
	r = send_all(fd, &nic->ipv4, &link->mac, &to);
	return r < 0 ? r : send_all(fd, &nic->ipv6, &link->mac, &to);
}

/* What the child knows. */
struct task {
	const struct step *step;
	struct netlink *nl, *watch;
	int holder; /* of the target, to poll; -1: none */
	int64_t deadline;
};

/* Whether there is still somebody to announce, @ms from now or when a link changed; -1: the deadline. */
static bool wait_for_change(const struct task *t, int64_t until)
{
	struct pollfd fds[] = { { .fd = t->holder, .events = POLLIN }, { .fd = netlink_fd(t->watch), .events = POLLIN } };
	int64_t left = (until < t->deadline ? until : t->deadline) - util_now_ms();

	if (poll(fds, ARRAY_SIZE(fds), left > 0 ? (int)left : 0) < 0 && errno != EINTR)
		return false;
	if (fds[1].revents)
		(void)netlink_watch(t->watch, util_now_ms() + 1);
	return !fds[0].revents && util_now_ms() < t->deadline;
}

static void announce_when_up(const struct task *t)
{
	int times = 0;
	int64_t again = 0;

	do {
		AUTO_LINK struct link link = { 0 };

		if (netlink_link_by_name(t->nl, t->step->inside, &link) < 0)
			return;
		if (!(link.flags & IFF_RUNNING) || util_now_ms() < again)
			continue;
		if (announce(t->step->nic, &link) < 0 || ++times == 2)
			return;
		again = util_now_ms() + AGAIN_AFTER_MS;
	} while (wait_for_change(t, times ? again : INT64_MAX));
}

/* In the target's namespace. */
static void work(const void *arg)
{
	const struct step *s = arg;
	const struct process *holder = &s->claim->holder;
	AUTO_NETLINK struct netlink *nl = NULL, *watch = NULL;
	AUTO_CLOSE int fd = -1;
	struct task task = { .step = s,
			     .deadline = util_now_ms() + (holder->pid ? CARRIER_DEADLINE_MS : MOUNTED_DEADLINE_MS) };

	if (holder->pid) {
		fd = process_watch(holder);
		if (fd < 0)
			return;
	}
	if (netlink_open_watch(&watch) < 0 || netlink_open(NULL, &nl) < 0)
		return;
	task.nl = nl;
	task.watch = watch;
	task.holder = fd;
	announce_when_up(&task);
}

void announce_in_background(const struct plan *plan)
{
	for (size_t i = 0; i < plan->n; i++) {
		const struct step *s = &plan->step[i];

		if (s->act == ACT_DRESS && s->nic && (s->nic->ipv4.n || s->nic->ipv6.n))
			process_background(s->netns, work, s);
	}
}
