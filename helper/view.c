/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <linux/if_link.h>

#include "view.h"

void view_add_sections(struct host *host, const struct config *config)
{
	for (size_t i = 0; i < host->n_pf; i++)
		for (size_t k = 0; k < config->n_pf; k++)
			if (host_has_section(&host->pf[i], &config->pf[k]))
				host->pf[i].section = &config->pf[k];
}

bool view_has_netdev(const struct host_vf *vf)
{
	return vf->place == VF_HERE || (vf->place == VF_AWAY && vf->netns);
}

static const char *user_of(const struct host_vf *vf)
{
	return vf->held ? claim_owner(vf->claim) : vf->lives_in;
}

const char *view_container(const struct config *config, const struct host_pf *pf, const struct host_vf *vf)
{
	const struct config_nic *nic = host_nic(config, pf, vf->index);

	return user_of(vf) || !nic ? user_of(vf) : nic->owner;
}

const char *view_owner(const struct config *config, const struct host_pf *pf, const struct host_vf *vf)
{
	const struct config_nic *nic = host_nic(config, pf, vf->index);

	return nic ? nic->owner : user_of(vf);
}

const char *view_owner_name(const struct config *config, const struct host_pf *pf, const struct host_vf *vf,
			    enum runtime *ret_runtime)
{
	const struct config_nic *nic = host_nic(config, pf, vf->index);

	*ret_runtime = nic ? nic->runtime : vf->held ? vf->claim->runtime : RUNTIME_LXC;
	return nic ? nic->container : vf->held ? vf->claim->container : vf->lives_in;
}

char *view_where(const struct host_vf *vf, const char *owner)
{
	const char *slash;

	switch (vf->place) {
	case VF_UNBOUND:
		return xstrdup("no driver");
	case VF_NO_NETDEV:
		return xstrdup(vf->driver);
	case VF_HERE:
		return xstrdup("host");
	default:
		break;
	}
	if (!vf->netns)
		return xstrdup("on its way");
	if (vf->in_place)
		return xstrdup(owner && !strcmp(owner, claim_owner(vf->claim)) ? "inside" : claim_owner(vf->claim));
	if (vf->lives_in)
		return xstrdup(owner && !strcmp(owner, vf->lives_in) ? "inside" : vf->lives_in);
	if (vf->lives_in_pid || vf->kept_by)
		return xasprintf("process %d", (int)(vf->lives_in_pid ? vf->lives_in_pid : vf->kept_by));
	slash = strrchr(vf->netns, '/');
	return xasprintf("netns %s", slash ? slash + 1 : vf->netns);
}

const char *view_vf_driver(const struct host_pf *pf)
{
	for (size_t i = 0; i < pf->n_vf; i++)
		if (pf->vf[i].place == VF_HERE || pf->vf[i].place == VF_AWAY)
			return pf->vf[i].driver;
	return "";
}

bool view_is_unusual(const struct vf_attrs *told, enum vf_attr attr)
{
	switch (attr) {
	case VF_VLAN:
		return told->vlan || told->vlan_qos;
	case VF_SPOOFCHK:
		return !told->spoofchk;
	case VF_TRUST:
		return told->trust;
	case VF_RATE:
		return told->min_tx_rate || told->max_tx_rate;
	case VF_LINK_STATE:
		return told->link_state != IFLA_VF_LINK_STATE_AUTO;
	case VF_RSS_QUERY:
		return told->rss_query;
	default:
		return false;
	}
}

struct view_differences view_differences(const struct plan *plan, const struct config *config, const struct host_pf *pf,
					 const struct host_vf *vf)
{
	const struct config_nic *nic = host_nic(config, pf, vf->index);
	struct view_differences d = { 0 };

	for (size_t i = 0; i < plan->n; i++) {
		const struct step *s = &plan->step[i];

		if (s->pf != pf || s->vf != vf->index)
			continue;
		if (s->act == ACT_ATTR)
			d.attrs |= VF_ATTR(s->attr);
		d.mtu |= s->act == ACT_MTU && vf->place == VF_HERE && s->number != vf->link.mtu;
		d.driver |= s->act == ACT_BIND || s->act == ACT_AWAIT_NETDEV;
	}
	if (!nic)
		return d;
	/* A container that runs keeps its MAC until its next start: pin warns of that, and plans nothing. */
	d.effective = view_has_netdev(vf) && !mac_equal(&vf->link.mac, &nic->want.mac);
	if (vf->admin.has & VF_ATTR(VF_MAC) && !mac_equal(&vf->admin.mac, &nic->want.mac))
		d.attrs |= VF_ATTR(VF_MAC);
	return d;
}

bool view_pf_is_down(const struct plan *plan, const struct host_pf *pf)
{
	for (size_t i = 0; i < plan->n; i++)
		if (plan->step[i].pf == pf && plan->step[i].act == ACT_PF_UP)
			return true;
	return false;
}
