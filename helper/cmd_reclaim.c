/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "apply.h"
#include "cmds.h"

enum status cmd_reclaim(const struct invocation *inv)
{
	AUTO_CONFIG struct config config = { 0 };
	AUTO_FREE const struct config_pf **sections = NULL;
	AUTO_HOST struct host host = { 0 };
	AUTO_PLAN struct plan plan = { 0 };
	AUTO_CLOSE int lock = -1;
	enum status status = cmd_load_config(inv, &config);

	if (status == STATUS_OK && inv->n_args)
		status = cmd_usage(inv, "it takes no arguments");
	if (status == STATUS_OK)
		status = cmd_lock(inv, &lock);
	if (status != STATUS_OK)
		return status;
	sections = config_pf_list(&config);
	status = cmd_snapshot(sections, config.n_pf, &host);
	if (status != STATUS_OK)
		return status;
	(void)host_locate(&host, NULL, NULL);
	plan_reclaim(&config, &host, inv->options & OPT_FORCE, &plan);
	(void)apply(&plan, &plan.errors, &plan.warnings);
	return cmd_report(&plan);
}
