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

enum status cmd_pin(const struct invocation *inv)
{
	AUTO_CONFIG struct config config = { 0 };
	AUTO_FREE const struct config_pf **sections = NULL;
	AUTO_HOST struct host host = { 0 };
	AUTO_PLAN struct plan plan = { 0 };
	AUTO_CLOSE int lock = -1;
	enum status status = cmd_load_config(inv, &config);
	size_t n = 0;

	if (status == STATUS_OK)
		status = select_pfs(inv, &config, &sections, &n);
	if (status == STATUS_OK)
		status = cmd_lock(inv, &lock);
	if (status == STATUS_OK)
		status = cmd_snapshot(sections, n, &host);
	if (status != STATUS_OK)
		return status;
	(void)host_locate(&host, NULL, NULL);
	plan_pin(&config, sections, n, &host, inv->options & OPT_RECREATE, &plan);
	if (inv->options & OPT_DRY_RUN)
		print_plan(&plan);
	else
		(void)apply(&plan, &plan.errors, &plan.warnings);
	return cmd_report(&plan);
}
