/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan_parts.h"

/* In Mbit/s, 0: nothing for us to limit. */
static unsigned limit_of(const struct config_nic *nic, const struct host_vf *vf)
{
	bool by_card = !nic || nic->shape == SHAPE_VF ||
		       (nic->shape == SHAPE_AUTO && attrs_agree(&nic->want, &vf->admin, VF_RATE));

	return by_card ? 0 : nic->want.max_tx_rate;
}

void plan_add_shape(struct plan *plan, unsigned group, unsigned after, const struct host_pf *pf,
		    const struct host_vf *vf, const struct config_nic *nic, const char *netns, unsigned now)
{
	unsigned limit = limit_of(nic, vf);
	struct step *s;

	if (limit == now)
		return;
	s = plan_add(plan, ACT_SHAPE, group, after, pf, vf->index);
	s->container = nic ? nic->container : NULL;
	s->nic = nic;
	s->netns = netns;
	s->number = limit;
}

void plan_shape(const struct config *config, const struct config_nic *const *nics, size_t n, const struct host *host,
		const char *netns, struct plan *ret)
{
	ret->stop_at_failure = true;
	for (size_t i = 0; i < n; i++) {
		const struct host_pf *pf = host_find_pf(host, config_pf_of(config, nics[i]));
		const struct host_vf *vf = pf ? host_vf(pf, nics[i]->vf) : NULL;

		if (vf)
			plan_add_shape(ret, ++ret->groups, 0, pf, vf, nics[i], netns, 0);
	}
}
