/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "doctor.h"

void found(struct findings *out, enum severity severity, char *object, char *seen, char *fix)
{
	struct finding *f = GROW(out->f, out->n);

	f->id = out->id;
	f->severity = severity;
	f->object = object;
	f->seen = seen;
	f->fix = fix;
}

char *doctor_vf_name(const struct host_pf *pf, unsigned vf)
{
	return xasprintf("vf %u of %s", vf, pf->name);
}

char *doctor_restart(const struct claim *claim)
{
	const char *runtime = runtime_name(claim->runtime), *name = claim->container;

	if (!claim->attached)
		return xasprintf("lxc-stop -n %s && lxc-start -n %s", name, name);
	return xasprintf("lxc-sriov detach %s:%s && lxc-sriov attach %s:%s", runtime, name, runtime, name);
}

char *doctor_nic_name(const struct doctor_nic *nic)
{
	return xasprintf("%s: vf %u of %s", nic->nic->owner, nic->nic->vf,
			 nic->pf->pf ? nic->pf->pf->name : nic->pf->section->name);
}

const struct link *doctor_link(const struct doctor_input *in, int ifindex)
{
	for (size_t i = 0; i < in->host.n_link; i++)
		if (in->host.link[i].ifindex == ifindex)
			return &in->host.link[i];
	for (size_t i = 0; i < in->host.n_pf; i++)
		for (size_t j = 0; j < in->host.pf[i].n_vf; j++) {
			const struct host_vf *vf = &in->host.pf[i].vf[j];

			if (vf->place == VF_HERE && vf->link.ifindex == ifindex)
				return &vf->link;
		}
	return NULL;
}

bool doctor_in_use(const struct host_vf *vf)
{
	return vf->held || vf->place == VF_AWAY;
}

static void run(const struct doctor_check *check, const struct doctor_input *in, struct findings *out)
{
	out->id = check->id;
	if (check->host)
		check->host(in, out);
	for (size_t i = 0; check->pf && i < in->n_pf; i++)
		check->pf(in, &in->pf[i], out);
	for (size_t i = 0; check->nic && i < in->n_nic; i++)
		check->nic(in, &in->nic[i], out);
	for (size_t i = 0; check->container && i < in->n_container; i++)
		check->container(in, &in->container[i], out);
}

/* Keeps the order of those of one severity. */
static void sort(struct findings *findings)
{
	struct finding *sorted = xcalloc(findings->n, sizeof(*sorted));
	size_t n = 0;

	for (enum severity s = FOUND_ERROR; s <= FOUND_HINT; s++)
		for (size_t i = 0; i < findings->n; i++)
			if (findings->f[i].severity == s)
				sorted[n++] = findings->f[i];
	free(findings->f);
	findings->f = sorted;
}

void doctor_examine(const struct doctor_input *in, struct findings *ret)
{
	const struct doctor_check *const tables[] = { doctor_host_checks, doctor_pf_checks, doctor_vf_checks,
						      doctor_mac_checks, doctor_lxc_checks };

	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		for (const struct doctor_check *check = tables[i]; check->id; check++)
			run(check, in, ret);
	sort(ret);
}

void findings_clear(struct findings *findings)
{
	for (size_t i = 0; i < findings->n; i++) {
		free(findings->f[i].object);
		free(findings->f[i].seen);
		free(findings->f[i].fix);
	}
	free(findings->f);
	*findings = (struct findings){ 0 };
}
