/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "attach.h"
#include "log.h"

/* Without a section there need not be a configuration at all. */
static enum status load(const struct invocation *inv, struct config *ret)
{
	if (inv->options & OPT_NIC && access(inv->config_path, F_OK) < 0 && errno == ENOENT)
		return STATUS_OK;
	return cmd_load_config(inv, ret);
}

static enum status by_options(const struct invocation *inv, const struct target *target, struct config *config)
{
	AUTO_STRV struct strv errors = { 0 };

	if (config_add_nic(config, target->runtime, target->name, inv->setting, inv->n_settings, &errors) == 0)
		return STATUS_OK;
	for (size_t i = 0; i < errors.n; i++)
		log_error("%s: %s", inv->verb, errors.s[i]);
	return STATUS_USAGE;
}

/* The NICs of the target's section, or the one that --name means. */
static enum status by_section(const struct invocation *inv, const struct target *target, const struct config *config,
			      const struct config_nic ***ret, size_t *ret_n)
{
	const char *name = inv->n_settings ? inv->setting[0].value : NULL;
	size_t n = config_find_nics(config, target->runtime, target->name, ret), kept = 0;

	for (size_t i = 0; i < n; i++)
		if (!name || !strcmp((*ret)[i]->name, name))
			(*ret)[kept++] = (*ret)[i];
	*ret_n = kept;
	if (kept)
		return STATUS_OK;
	if (n)
		log_error("%s:%s: no section of it in %s has name = %s", runtime_name(target->runtime), target->name,
			  inv->config_path, name);
	else
		log_error("%s:%s: no section in %s is of it; add one with runtime = %s, or say --pf, --vf and --mac",
			  runtime_name(target->runtime), target->name, inv->config_path, runtime_name(target->runtime));
	return STATUS_USAGE;
}

enum status cmd_attach(const struct invocation *inv)
{
	AUTO_CONFIG struct config config = { 0 };
	AUTO_FREE const struct config_nic **nics = NULL;
	AUTO_STRV struct strv errors = { 0 };
	AUTO_PLACE struct place place = { 0 };
	struct target target = { 0 };
	const char *wrong;
	enum status status;
	size_t n = 1;

	if (inv->n_args != 1)
		return cmd_usage(inv, "it takes one target: lxc:NAME, docker:NAME, podman:NAME, pid:N or netns:PATH");
	wrong = target_parse(inv->args[0], &target);
	if (wrong)
		return cmd_usage(inv, "%s: %s", inv->args[0], wrong);
	status = load(inv, &config);
	if (status == STATUS_OK)
		status = inv->options & OPT_NIC ? by_options(inv, &target, &config) :
						  by_section(inv, &target, &config, &nics, &n);
	if (status != STATUS_OK)
		return status;
	if (!nics) {
		nics = xcalloc(1, sizeof(*nics));
		nics[0] = &config.nic[config.n_nic - 1];
	}
	if (target_resolve(&target, inv->lxcpath, &errors, &place) < 0) {
		cmd_log_errors(&errors);
		return STATUS_FAILED;
	}
	return attach_run(inv, &target, &place, &config, nics, n);
}
