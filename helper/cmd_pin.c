/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "apply.h"
#include "cmds.h"
#include "log.h"

/* The sections of the PFs named as arguments, or all; returns how many, 0 after a usage error. */
static size_t select_pfs(const struct invocation *inv, const struct config *config, const struct config_pf ***ret)
{
	size_t n = inv->n_args ? inv->n_args : config->n_pf;
	AUTO_FREE const struct config_pf **sections = xcalloc(n, sizeof(*sections));

	for (size_t i = 0; i < n; i++) {
		sections[i] = inv->n_args ? config_find_pf(config, inv->args[i]) : &config->pf[i];
		if (!sections[i]) {
			cmd_usage(inv, "%s: there is no section [pf %s] in %s", inv->args[i], inv->args[i], inv->config_path);
			return 0;
		}
	}
	*ret = STEAL_PTR(sections);
	return n;
}

/* Whether a VF that is away is in use by its owner, or on its way home, matters only where a MAC differs. */
static void locate_differing(const struct config *config, const struct host *host)
{
	AUTO_FREE struct host_vf **wanted = xcalloc(config->n_nic, sizeof(*wanted));
	size_t n = 0;

	for (size_t i = 0; i < config->n_nic; i++) {
		const struct config_nic *nic = &config->nic[i];
		const struct host_pf *pf = host_find_pf(host, config_pf_of(config, nic));
		struct host_vf *vf = pf ? host_vf(pf, nic->vf) : NULL;

		if (vf && vf->place == VF_AWAY && !(vf->admin.known && mac_equal(&vf->admin.mac, &nic->mac)))
			wanted[n++] = vf;
	}
	(void)host_locate(wanted, n);
}

static void print_plan(const struct plan *plan)
{
	for (size_t i = 0; i < plan->n; i++) {
		AUTO_FREE char *what = step_describe(&plan->step[i]);

		puts(what);
	}
}

enum status cmd_pin(const struct invocation *inv)
{
	AUTO_CONFIG struct config config = { 0 };
	AUTO_FREE const struct config_pf **sections = NULL;
	AUTO_STRV struct strv errors = { 0 };
	AUTO_HOST struct host host = { 0 };
	AUTO_PLAN struct plan plan = { 0 };
	AUTO_CLOSE int lock = -1;
	enum status status = cmd_load_config(inv, &config);
	size_t n;

	if (status != STATUS_OK)
		return status;
	n = select_pfs(inv, &config, &sections);
	if (!n)
		return config.n_pf || inv->n_args ? STATUS_USAGE : STATUS_OK;
	status = cmd_lock(inv, &lock);
	if (status != STATUS_OK)
		return status;
	if (host_snapshot(sections, n, &errors, &host) < 0) {
		cmd_log_errors(&errors);
		return STATUS_FAILED;
	}
	locate_differing(&config, &host);
	plan_pin(&config, sections, n, &host, &plan);
	if (inv->options & OPT_DRY_RUN)
		print_plan(&plan);
	else
		(void)apply(&plan, &plan.errors, &plan.warnings);
	return cmd_report(&plan);
}
