/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdarg.h>

#include "apply.h"
#include "cmds.h"
#include "log.h"
#include "view.h"

#define LOCK_DEADLINE_MS 60000

void cmd_log_errors(const struct strv *errors)
{
	for (size_t i = 0; i < errors->n; i++)
		log_error("%s", errors->s[i]);
}

enum status cmd_load_config(const struct invocation *inv, struct config *ret)
{
	AUTO_STRV struct strv errors = { 0 };

	if (!config_load(inv->config_path, &errors, ret))
		return STATUS_OK;
	cmd_log_errors(&errors);
	return STATUS_USAGE;
}

enum status cmd_usage(const struct invocation *inv, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	log_error("%s: %s; see lxc-sriov --help", inv->verb, text);
	return STATUS_USAGE;
}

enum status cmd_lock(const struct invocation *inv, int *ret_fd)
{
	char holder[64] = "";
	int r = state_lock(inv->verb, util_now_ms() + LOCK_DEADLINE_MS, ret_fd, holder);

	if (r == 0)
		return STATUS_OK;
	if (r == -ETIMEDOUT)
		log_error("%s: " STATE_DIR "/lock is held by %s; wait for that to end", inv->verb,
			  *holder ? holder : "another process");
	else
		log_error("%s: " STATE_DIR ": %s%s", inv->verb, strerror(-r),
			  r == -EPERM || r == -ENOTDIR || r == -ELOOP ? "; it must be a folder that only root can write" : "");
	return STATUS_FAILED;
}

enum status cmd_snapshot(const struct config_pf *const *sections, size_t n, struct host *ret)
{
	AUTO_STRV struct strv errors = { 0 };

	if (host_snapshot(sections, n, &errors, ret) < 0) {
		cmd_log_errors(&errors);
		return STATUS_FAILED;
	}
	for (size_t i = 0; i < ret->warnings.n; i++)
		log_warning("%s", ret->warnings.s[i]);
	return STATUS_OK;
}

static bool is_dead(const struct host_vf *vf, const void *arg)
{
	(void)arg;
	return vf->claim && vf->claim->attached && !vf->held;
}

enum status cmd_clear_dead(const struct config *config, const struct config_nic *const *nics, size_t n,
			   const struct config_pf *const *sections, size_t n_pf, struct host *host)
{
	AUTO_PLAN struct plan plan = { 0 };
	enum status status;

	(void)host_locate(host, is_dead, NULL);
	for (size_t i = 0; i < n; i++) {
		const struct host_pf *pf = host_find_pf(host, config_pf_of(config, nics[i]));
		const struct host_vf *vf = pf ? host_vf(pf, nics[i]->vf) : NULL;

		if (vf && is_dead(vf, NULL))
			plan_detach_vf(vf->pci, host, &plan);
	}
	if (!plan.n)
		return STATUS_OK;
	(void)apply(&plan, &plan.errors, &plan.warnings);
	status = cmd_report(&plan);
	host_clear(host);
	return status == STATUS_OK ? cmd_snapshot(sections, n_pf, host) : status;
}

enum status cmd_look(const struct invocation *inv, struct cmd_sight *ret)
{
	AUTO_FREE const struct config_pf **sections = NULL;
	AUTO_STRV struct strv ignored = { 0 };
	enum status status;

	ret->compared = config_load(inv->config_path, &ignored, &ret->config) == 0;
	if (!ret->compared && access(inv->config_path, F_OK) == 0)
		log_warning("%s: it has errors, so that its containers are not shown; run: lxc-sriov check", inv->config_path);
	status = cmd_snapshot(NULL, 0, &ret->host);
	if (status != STATUS_OK)
		return status;
	(void)host_locate(&ret->host, NULL, NULL);
	view_add_sections(&ret->host, &ret->config);
	sections = config_pf_list(&ret->config);
	plan_pin(&ret->config, sections, ret->config.n_pf, &ret->host, false, &ret->plan);
	return STATUS_OK;
}

void cmd_sight_clear(struct cmd_sight *sight)
{
	plan_clear(&sight->plan);
	config_clear(&sight->config);
	host_clear(&sight->host);
}

enum status cmd_report(const struct plan *plan)
{
	for (size_t i = 0; i < plan->warnings.n; i++)
		log_warning("%s", plan->warnings.s[i]);
	cmd_log_errors(&plan->errors);
	if (plan->held)
		return STATUS_HELD;
	return plan->errors.n ? STATUS_FAILED : STATUS_OK;
}

enum status cmd_no_section(const struct invocation *inv, const char *container)
{
	log_error("%s: there is no section [%s] in %s; add one such as: [%s] pf = enp4s0f0 vf = 0 mac = 02:00:00:00:00:01 "
		  "(one key a line)",
		  container, container, inv->config_path, container);
	return STATUS_USAGE;
}
