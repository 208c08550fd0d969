/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <linux/if_ether.h>
#include <linux/if_link.h>

#include "attrs.h"

static bool part_agrees(uint32_t want, uint32_t now)
{
	return want == VF_KEEP || want == now;
}

void attrs_copy(struct vf_attrs *to, const struct vf_attrs *from, enum vf_attr attr)
{
	to->has |= VF_ATTR(attr);
	switch (attr) {
	case VF_VLAN:
		to->vlan = from->vlan;
		to->vlan_qos = from->vlan_qos;
		to->vlan_proto = from->vlan_proto;
		break;
	case VF_MAC:
		to->mac = from->mac;
		break;
	case VF_SPOOFCHK:
		to->spoofchk = from->spoofchk;
		break;
	case VF_TRUST:
		to->trust = from->trust;
		break;
	case VF_RATE:
		to->min_tx_rate = from->min_tx_rate;
		to->max_tx_rate = from->max_tx_rate;
		break;
	case VF_LINK_STATE:
		to->link_state = from->link_state;
		break;
	case VF_RSS_QUERY:
		to->rss_query = from->rss_query;
		break;
	default:
		break;
	}
}

bool attrs_agree(const struct vf_attrs *want, const struct vf_attrs *now, enum vf_attr attr)
{
	if (!(now->has & VF_ATTR(attr)))
		return false;
	switch (attr) {
	case VF_VLAN:
		return want->vlan == now->vlan && part_agrees(want->vlan_qos, now->vlan_qos) &&
		       part_agrees(want->vlan_proto, now->vlan_proto);
	case VF_MAC:
		return mac_equal(&want->mac, &now->mac);
	case VF_SPOOFCHK:
		return want->spoofchk == now->spoofchk;
	case VF_TRUST:
		return want->trust == now->trust;
	case VF_RATE:
		return part_agrees(want->min_tx_rate, now->min_tx_rate) && part_agrees(want->max_tx_rate, now->max_tx_rate);
	case VF_LINK_STATE:
		return want->link_state == now->link_state;
	case VF_RSS_QUERY:
		return want->rss_query == now->rss_query;
	default:
		return true;
	}
}

static void complete(uint32_t *part, bool known, uint32_t now, uint32_t otherwise)
{
	if (*part == VF_KEEP)
		*part = known ? now : otherwise;
}

struct vf_attrs attrs_complete(const struct vf_attrs *want, const struct vf_attrs *now)
{
	struct vf_attrs all = *want;
	bool vlan = now->has & VF_ATTR(VF_VLAN), rate = now->has & VF_ATTR(VF_RATE);

	complete(&all.vlan_qos, vlan, now->vlan_qos, 0);
	complete(&all.vlan_proto, vlan, now->vlan_proto, ETH_P_8021Q);
	complete(&all.min_tx_rate, rate, now->min_tx_rate, 0);
	complete(&all.max_tx_rate, rate, now->max_tx_rate, 0);
	return all;
}

static char *format_rate(uint32_t min, uint32_t max)
{
	if (min == VF_KEEP || (!min && max != VF_KEEP))
		return xasprintf("max_tx_rate %u", max);
	if (max == VF_KEEP)
		return xasprintf("min_tx_rate %u", min);
	return xasprintf("min_tx_rate %u, max_tx_rate %u", min, max);
}

static char *format_vlan(const struct vf_attrs *a)
{
	AUTO_FREE char *qos = a->vlan_qos && a->vlan_qos != VF_KEEP ? xasprintf(", vlan_qos %u", a->vlan_qos) : xstrdup("");

	return xasprintf("vlan %u%s%s", a->vlan, qos, a->vlan_proto == ETH_P_8021AD ? ", vlan_proto 802.1ad" : "");
}

const char *attrs_link_state(const struct vf_attrs *a)
{
	static const char *const states[] = {
		[IFLA_VF_LINK_STATE_AUTO] = "auto", [IFLA_VF_LINK_STATE_ENABLE] = "enable", [IFLA_VF_LINK_STATE_DISABLE] = "disable"
	};

	return a->link_state < ARRAY_SIZE(states) ? states[a->link_state] : "?";
}

char *attrs_format(const struct vf_attrs *a, enum vf_attr attr)
{
	char mac[MAC_STR_SIZE];
	bool on;

	switch (attr) {
	case VF_VLAN:
		return format_vlan(a);
	case VF_MAC:
		return xasprintf("MAC %s", mac_format(&a->mac, mac));
	case VF_RATE:
		return format_rate(a->min_tx_rate, a->max_tx_rate);
	case VF_LINK_STATE:
		return xasprintf("link_state %s", attrs_link_state(a));
	default:
		on = attr == VF_SPOOFCHK ? a->spoofchk : attr == VF_TRUST ? a->trust : a->rss_query;
		return xasprintf("%s %s", attrs_name(a, attr), on ? "yes" : "no");
	}
}

static const struct {
	const char *key;
	enum vf_attr attr;
} keys[] = {
	{ "mac", VF_MAC },
	{ "vlan", VF_VLAN },
	{ "vlan_qos", VF_VLAN },
	{ "vlan_proto", VF_VLAN },
	{ "spoofchk", VF_SPOOFCHK },
	{ "trust", VF_TRUST },
	{ "max_tx_rate", VF_RATE },
	{ "min_tx_rate", VF_RATE },
	{ "link_state", VF_LINK_STATE },
	{ "rss_query", VF_RSS_QUERY },
};

const char *attrs_name(const struct vf_attrs *a, enum vf_attr attr)
{
	if (attr == VF_RATE && a->max_tx_rate == VF_KEEP)
		return "min_tx_rate";
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (keys[i].attr == attr)
			return keys[i].key;
	return "?";
}

enum vf_attr attrs_of_key(const char *key)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (!strcmp(keys[i].key, key))
			return keys[i].attr;
	return VF_ATTRS;
}
