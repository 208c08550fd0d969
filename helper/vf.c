/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <pthread.h>

#include "claim.h"
#include "log.h"
#include "netns.h"
#include "process.h"
#include "state.h"
#include "sysfs.h"
#include "udev.h"
#include "vf.h"

int vf_link(struct netlink *nl, const char *pci, struct link *ret)
{
	char name[IFNAMSIZ];
	int r = -ENODEV;

	/* By way of its name, which may change between the two looks. */
	for (int tries = 0; tries < 3; tries++) {
		AUTO_LINK struct link link = { 0 };

		r = sysfs_pci_netdev(pci, name);
		if (r == 0)
			r = netlink_link_by_name(nl, name, &link);
		if (r == 0 && *link.pci && strcmp(link.pci, pci))
			r = -ENODEV; /* the name went to another device */
		if (r == 0) {
			*ret = link;
			link = (struct link){ 0 };
			return 0;
		}
		if (r == -EXDEV)
			break;
	}
	return r;
}

int vf_settle(struct netlink *nl, const char *pci, int64_t deadline_ms, struct link *ret)
{
	AUTO_LINK struct link link = { 0 };
	int r = vf_link(nl, pci, &link);

	if (r < 0)
		return r;
	udev_settle(link.ifindex, deadline_ms);
	return vf_link(nl, pci, ret);
}

int vf_await_netdev(const char *pci, int64_t deadline_ms)
{
	AUTO_NETLINK struct netlink *watch = NULL;
	char name[IFNAMSIZ];
	int r;

	do {
		r = sysfs_pci_netdev(pci, name);
		if (r == 0)
			return 0;
		if (!sysfs_pci_exists(pci))
			return -ENOENT;
		/* What happened before the watch was opened is seen by another look. */
		if (r == -ENODEV || r == -EXDEV)
			r = watch ? netlink_watch(watch, deadline_ms) : netlink_open_watch(&watch);
	} while (r == 0);
	return r;
}

static bool has_driver(const char *pci)
{
	char driver[DRIVER_NAME_SIZE];

	return sysfs_driver(pci, driver) == 0 && *driver;
}

/*
 * With sriov_drivers_autoprobe off the kernel lets no driver near a VF, not even an asked-for one
 * (pci_device_can_probe()): it is on for the moment of the probe, and then what it was. Should we be killed in
 * between, the mark tells the next pin.
 */
static int probe_forbidden(const char *pci, const char *pf)
{
	bool marked_as, marked = state_creation_marked(pf, &marked_as);
	int r = marked ? 0 : state_mark_creation(pf, false), back;

	if (r == 0)
		r = sysfs_set_autoprobe(pf, true);
	if (r == 0)
		r = sysfs_probe(pci);
	back = sysfs_set_autoprobe(pf, false);
	if (back == 0 && !marked)
		back = state_unmark_creation(pf);
	return r < 0 ? r : back;
}

static int probe(const char *pci)
{
	char pf[PCI_ADDR_SIZE];
	bool autoprobe = true;
	int r = sysfs_pf_pci(pci, pf);

	if (r == 0)
		r = sysfs_autoprobe(pf, &autoprobe);
	if (r < 0)
		return r;
	return autoprobe ? sysfs_probe(pci) : probe_forbidden(pci, pf);
}

int vf_bind(const char *pci, int64_t deadline_ms)
{
	AUTO_FREE char *modalias = NULL;
	int r = 0;

	if (!has_driver(pci))
		r = probe(pci);
	if (r == 0 && !has_driver(pci)) {
		r = sysfs_modalias(pci, &modalias);
		if (r == 0)
			(void)process_run((const char *const[]){ "modprobe", "-q", "--", modalias, NULL });
		if (r == 0 && !has_driver(pci))
			r = probe(pci);
		if (r == 0 && !has_driver(pci))
			r = -ENODEV;
	}
	return r < 0 ? r : vf_await_netdev(pci, deadline_ms);
}

static void *start_driver(void *arg)
{
	const char *pci = arg;
	char pf[PCI_ADDR_SIZE];
	bool autoprobe = false;

	if (!has_driver(pci) && sysfs_pf_pci(pci, pf) == 0 && sysfs_autoprobe(pf, &autoprobe) == 0 && autoprobe)
		(void)sysfs_probe(pci);
	return NULL;
}

/*
 * A write to sysfs returns when the driver has started, so each wants a thread of its own. Started at once, 14 VFs of
 * igbvf take 0.4 of the time that they take one after the other, on one CPU as on two: a driver waits more than it works.
 */
void vf_start_drivers(char (*pci)[PCI_ADDR_SIZE], size_t n)
{
	enum { AT_ONCE = 32 };
	pthread_t thread[AT_ONCE];

	while (n) {
		size_t some = n < AT_ONCE ? n : AT_ONCE, started = 0;

		while (started < some && !pthread_create(&thread[started], NULL, start_driver, pci[started]))
			started++;
		for (size_t i = 0; i < started; i++)
			(void)pthread_join(thread[i], NULL);
		if (started < some)
			return; /* no more threads to be had: vf_bind() does without */
		pci += some;
		n -= some;
	}
}

static int rebind(struct netlink *nl, const char *pci, const char *old_name, int64_t deadline_ms)
{
	int r = sysfs_unbind(pci);

	if (r == 0)
		r = vf_bind(pci, deadline_ms);
	if (r < 0 || ifname_is_leftover(old_name))
		return r;
	r = vf_rename(nl, pci, old_name, "", deadline_ms);
	if (r < 0)
		log_debug("%s: its name %s could not be given back: %s", pci, old_name, strerror(-r));
	return 0;
}

/* 0 when the netdev has the MAC at the deadline or before; a driver may learn it from the PF late. */
static int await_mac(struct netlink *nl, const char *pci, const struct mac *mac, int64_t deadline_ms)
{
	AUTO_NETLINK struct netlink *watch = NULL;
	int r = netlink_open_watch(&watch);

	while (r == 0) {
		AUTO_LINK struct link link = { 0 };

		r = vf_link(nl, pci, &link);
		if (r == 0 && mac_equal(&link.mac, mac))
			return 0;
		if (r == 0)
			r = netlink_watch(watch, deadline_ms);
	}
	return r == -ETIMEDOUT ? -EADDRNOTAVAIL : r;
}

/* As far as the driver lets us, where it has another one. */
static int set_mac_of(struct netlink *nl, const char *pci, const struct mac *mac)
{
	AUTO_LINK struct link link = { 0 };
	int r = vf_link(nl, pci, &link);

	if (r == 0 && !mac_equal(&link.mac, mac))
		(void)netlink_set_mac(nl, link.ifindex, mac);
	return r;
}

int vf_set_effective_mac(struct netlink *nl, const char *pci, const struct mac *mac, int64_t deadline_ms)
{
	AUTO_LINK struct link link = { 0 };
	struct mac now;
	int r;

	/* As a rule a VF that was just bound has it, and while others start rtnetlink takes 40 ms to say so. */
	if (sysfs_pci_mac(pci, &now) == 0 && mac_equal(&now, mac))
		return 0;
	r = vf_link(nl, pci, &link);
	if (r < 0 || mac_equal(&link.mac, mac))
		return r;
	r = netlink_set_mac(nl, link.ifindex, mac);
	/* iavf: busy with what the PF just told it (EAGAIN, EBUSY for up to a second). */
	if (r == 0 || r == -EAGAIN || r == -EBUSY)
		r = await_mac(nl, pci, mac, util_now_ms() + (r == 0 ? 0 : 1000));
	if (r == 0)
		return 0;
	r = rebind(nl, pci, link.name, deadline_ms);
	/* Where the PF has none for it, the driver starts with a random one, and may take another. */
	if (r == 0)
		r = set_mac_of(nl, pci, mac);
	return r < 0 ? r : await_mac(nl, pci, mac, deadline_ms < util_now_ms() + 2000 ? deadline_ms : util_now_ms() + 2000);
}

/* Gone is gone, whoever took it away. */
static int drop_altname(struct netlink *nl, int ifindex, const char *altname)
{
	int r = netlink_del_altname(nl, ifindex, altname);

	return r == -ENOENT ? 0 : r;
}

static int drop_altnames(struct netlink *nl, const struct link *link, const char *name, const char *inside)
{
	int r = 0;

	for (size_t i = 0; i < link->altnames.n && r == 0; i++)
		if (!strcmp(link->altnames.s[i], name) || !strcmp(link->altnames.s[i], inside))
			r = drop_altname(nl, link->ifindex, link->altnames.s[i]);
	return r;
}

static int try_rename(struct netlink *nl, int ifindex, const char *name, const char *inside)
{
	AUTO_LINK struct link link = { 0 }, other = { 0 };
	int r = netlink_link_by_index(nl, ifindex, &link);

	if (r < 0)
		return r;
	/* Before anything is changed: is the name to be had? */
	if (netlink_link_by_name(nl, name, &other) == 0 && other.ifindex != ifindex)
		return -EEXIST;
	r = drop_altnames(nl, &link, name, inside);
	if (r < 0 || !strcmp(link.name, name))
		return r;
	if (link.flags & IFF_UP)
		r = netlink_set_flags(nl, ifindex, 0, IFF_UP); /* up, a kernel before 6.2 does not rename it */
	return r < 0 ? r : netlink_set_name(nl, ifindex, name);
}

int vf_rename(struct netlink *nl, const char *pci, const char *name, const char *inside, int64_t deadline_ms)
{
	AUTO_LINK struct link link = { 0 };
	int r = vf_settle(nl, pci, deadline_ms, &link);

	if (r < 0)
		return r;
	/* udevd may have given an altname since we looked (EEXIST), made it the name (EINVAL), or taken it away (ENOENT). */
	for (int tries = 0; tries < 5; tries++) {
		r = try_rename(nl, link.ifindex, name, inside);
		if (r != -EEXIST && r != -EINVAL && r != -ENOENT)
			break;
	}
	return r;
}

/* Its netdev as it is in the namespace of @nl. */
static int link_there(struct netlink *nl, const char *pci, struct link *ret)
{
	struct link *links;
	size_t n;
	int r = netlink_links(nl, &links, &n);

	if (r < 0)
		return r;
	r = -ENODEV;
	for (size_t i = 0; i < n; i++) {
		if (r < 0 && !strcmp(links[i].pci, pci)) {
			*ret = links[i];
			links[i] = (struct link){ 0 };
			r = 0;
		}
		link_clear(&links[i]);
	}
	free(links);
	return r;
}

static int fetch_from(struct netlink *there, const char *pci)
{
	AUTO_LINK struct link link = { 0 };
	int r = link_there(there, pci, &link);

	/* Whoever was there chose them: one of them may be a name here, and then the kernel does not move it (EEXIST). */
	for (size_t i = 0; i < link.altnames.n && r == 0; i++)
		r = drop_altname(there, link.ifindex, link.altnames.s[i]);
	return r < 0 ? r : netlink_move(there, link.ifindex, NETNS_SELF);
}

static int fetch_if_there(const char *pci, const char *netns)
{
	AUTO_NETLINK struct netlink *there = NULL;
	int r = netlink_open(netns, &there);

	return r < 0 ? r : fetch_from(there, pci);
}

int vf_fetch(const char *pci, const char *netns, int64_t deadline_ms)
{
	int r = fetch_if_there(pci, netns);

	/* With no socket of ours in it any more: that would keep it. */
	return r == -ENOENT || r == -ENODEV ? vf_await_netdev(pci, deadline_ms) : r;
}

static int name_there(struct netlink *there, const char *pci, const char *name)
{
	AUTO_LINK struct link link = { 0 };
	int r = link_there(there, pci, &link);

	/* Up, a kernel before 6.2 refuses also the name that it has. */
	return r < 0 || !strcmp(link.name, name) ? r : netlink_set_name(there, link.ifindex, name);
}

int vf_name_inside(const char *pci, const char *netns, const char *name)
{
	AUTO_NETLINK struct netlink *there = NULL;
	int r = netlink_open(netns, &there);

	return r < 0 ? r : name_there(there, pci, name);
}

int vf_give(struct netlink *nl, const char *pci, const char *netns, const char *name, int64_t deadline_ms)
{
	AUTO_NETLINK struct netlink *there = NULL;
	AUTO_LINK struct link link = { 0 }, other = { 0 };
	int r = netlink_open(netns, &there);

	/* Not found out by trying: to udevd a VF that comes back is a new one, for which it calls reattach again. */
	if (r == 0 && netlink_link_by_name(there, name, &other) == 0)
		r = -EEXIST;
	if (r == 0)
		r = vf_settle(nl, pci, deadline_ms, &link);
	/* The host's altnames mean nothing inside, and one of them may be a name there. */
	for (size_t i = 0; i < link.altnames.n && r == 0; i++)
		r = drop_altname(nl, link.ifindex, link.altnames.s[i]);
	if (r == 0)
		r = netlink_move(nl, link.ifindex, netns);
	if (r < 0)
		return r;
	r = name_there(there, pci, name);
	if (r < 0 && fetch_from(there, pci) == 0)
		(void)vf_restore_name(nl, pci, &link);
	return r;
}

int vf_shape(const char *pci, const char *netns, unsigned mbit)
{
	AUTO_NETLINK struct netlink *there = NULL;
	AUTO_LINK struct link link = { 0 };
	int r = netlink_open(netns, &there);

	if (r == 0)
		r = link_there(there, pci, &link);
	return r < 0 ? r : netlink_set_shaping(there, link.ifindex, mbit);
}

int vf_restore_name(struct netlink *nl, const char *pci, const struct link *was)
{
	AUTO_LINK struct link link = { 0 };
	int first = 0, r = vf_link(nl, pci, &link);

	if (r < 0)
		return r;
	if (strcmp(link.name, was->name) != 0)
		first = vf_rename(nl, pci, was->name, "", util_now_ms());
	for (size_t i = 0; i < was->altnames.n; i++) {
		r = netlink_add_altname(nl, link.ifindex, was->altnames.s[i]);
		if (r < 0 && r != -EEXIST)
			first = first ? first : r;
	}
	r = was->flags & IFF_UP ? netlink_set_flags(nl, link.ifindex, IFF_UP, IFF_UP) : 0;
	return first ? first : r;
}

static bool has_altname(const struct link *link, const char *altname)
{
	bool has = false;

	for (size_t i = 0; i < link->altnames.n; i++)
		has |= !strcmp(link->altnames.s[i], altname);
	return has;
}

/* Whether @lines, each with a newline, have @name. */
static bool has_line(const char *lines, const char *name)
{
	size_t len = strlen(name);

	for (const char *line = lines, *end; (end = strchr(line, '\n')); line = end + 1)
		if ((size_t)(end - line) == len && !memcmp(line, name, len))
			return true;
	return false;
}

int vf_set_altnames(struct netlink *nl, const char *pci, const char *altnames)
{
	AUTO_FREE char *copy = xstrdup(altnames);
	AUTO_LINK struct link link = { 0 };
	int first = 0, r = vf_link(nl, pci, &link);
	char *rest = copy;

	if (r < 0)
		return r;
	for (size_t i = 0; i < link.altnames.n; i++) {
		const char *name = link.altnames.s[i];

		r = has_line(altnames, name) || udev_calls(link.ifindex, name) ? 0 : drop_altname(nl, link.ifindex, name);
		first = first ? first : r;
	}
	for (char *name; (name = strtok_r(rest, "\n", &rest));) {
		if (has_altname(&link, name) || claim_altname_is_stale(name, &link.mac))
			continue;
		r = netlink_add_altname(nl, link.ifindex, name);
		if (r < 0 && r != -EEXIST)
			first = first ? first : r;
	}
	return first;
}
