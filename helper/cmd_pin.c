/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "apply.h"
#include "cmds.h"
#include "log.h"

/* The sections of the PFs named as arguments, each once, or all. */
static enum status select_pfs(const struct invocation *inv, const struct config *config, const struct config_pf ***ret,
			      size_t *ret_n)
{
	AUTO_FREE const struct config_pf **sections = xcalloc(config->n_pf, sizeof(*sections));
	size_t n = 0;

	for (size_t i = 0; i < inv->n_args; i++)
		if (!config_find_pf(config, inv->args[i]))
			return cmd_usage(inv, "%s: there is no section [pf %s] in %s", inv->args[i], inv->args[i],
					 inv->config_path);
	for (size_t i = 0; i < config->n_pf; i++) {
		bool named = inv->n_args == 0;

		for (size_t k = 0; k < inv->n_args; k++)
			named |= !strcmp(inv->args[k], config->pf[i].name);
		if (named)
			sections[n++] = &config->pf[i];
	}
	*ret = STEAL_PTR(sections);
	*ret_n = n;
	return STATUS_OK;
}

static void print_plan(const struct plan *plan)
{
	for (size_t i = 0; i < plan->n; i++) {
		AUTO_FREE char *what = step_describe(&plan->step[i]);

		puts(what);
	}
}

/* Whether VFs that were there before were to be made again. */
static bool destroys(const struct plan *plan)
{
	for (size_t i = 0; i < plan->n; i++)
		if (plan->step[i].act == ACT_NUMVFS && plan->step[i].old_number)
			return true;
	return false;
}

static enum status pin(const struct invocation *inv, const struct config *config,
		       const struct config_pf *const *sections, size_t n, bool recreate, bool *ret_failed_anew)
{
	AUTO_HOST struct host host = { 0 };
	AUTO_PLAN struct plan plan = { 0 };
	enum status status = cmd_snapshot(sections, n, &host);
	int r = 0;

	if (status != STATUS_OK)
		return status;
	(void)host_locate(&host, NULL, NULL);
	plan_pin(config, sections, n, &host, recreate, &plan);
	if (inv->options & OPT_DRY_RUN)
		print_plan(&plan);
	else
		r = apply(&plan, &plan.errors, &plan.warnings);
	*ret_failed_anew = r < 0 && destroys(&plan);
	return cmd_report(&plan);
}

enum status cmd_pin(const struct invocation *inv)
{
	AUTO_CONFIG struct config config = { 0 };
	AUTO_FREE const struct config_pf **sections = NULL;
	AUTO_CLOSE int lock = -1;
	enum status status = cmd_load_config(inv, &config);
	bool failed_anew = false;
	size_t n = 0;

	if (status == STATUS_OK)
		status = select_pfs(inv, &config, &sections, &n);
	if (status == STATUS_OK)
		status = cmd_lock(inv, &lock);
	if (status != STATUS_OK)
		return status;
	status = pin(inv, &config, sections, n, inv->options & OPT_RECREATE, &failed_anew);
	/* The number that could not be changed is what it was; MACs and drivers are to be so too. */
	if (failed_anew)
		(void)pin(inv, &config, sections, n, false, &failed_anew);
	return status;
}
