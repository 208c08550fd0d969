/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "announce.h"
#include "apply.h"
#include "attach.h"
#include "log.h"

/* What is in the target's namespace. */
struct inside {
	struct link *link;
	size_t n;
};

static void inside_clear(struct inside *inside)
{
	for (size_t i = 0; i < inside->n; i++)
		link_clear(&inside->link[i]);
	free(inside->link);
}

#define AUTO_INSIDE __attribute__((cleanup(inside_clear)))

static enum status look_inside(const struct target *target, const struct place *place, struct inside *ret)
{
	AUTO_NETLINK struct netlink *there = NULL;
	int r = netlink_open(place->netns, &there);

	if (r == 0)
		r = netlink_links(there, &ret->link, &ret->n);
	if (r == 0)
		return STATUS_OK;
	log_error("%s:%s: list its network devices: %s", runtime_name(target->runtime), target->name, strerror(-r));
	return STATUS_FAILED;
}

/* The settings of NICs that no section has; they are one NIC's then. */
static char *settings_of(const struct invocation *inv, const struct config_nic *nic)
{
	return nic->file ? NULL : config_format_settings(inv->setting, inv->n_settings);
}

/* A section gives the VF or its MAC to somebody: then that is how it is attached. */
static bool is_configured(const struct config *config, const struct config_nic *nic, const struct host *host)
{
	const struct host_pf *pf = host_find_pf(host, config_pf_of(config, nic));

	for (size_t i = 0; i < config->n_nic; i++) {
		const struct config_nic *other = &config->nic[i];
		bool same_mac = mac_equal(&other->want.mac, &nic->want.mac);
		bool same_vf = pf && other->vf == nic->vf && host_has_section(pf, config_pf_of(config, other));
		char mac[MAC_STR_SIZE];

		if (!other->file || (!same_vf && !same_mac))
			continue;
		if (same_vf)
			log_error("%s: vf %u of %s: [%s] in %s:%u gives it to %s; attach %s:%s without options, or change that section",
				  nic->owner, nic->vf, nic->pf, other->section, other->file, other->line, other->owner,
				  runtime_name(other->runtime), other->container);
		else
			log_error("%s: vf %u of %s: [%s] in %s:%u gives MAC %s to %s; choose another one", nic->owner,
				  nic->vf, nic->pf, other->section, other->file, other->line,
				  mac_format(&nic->want.mac, mac), other->owner);
		return true;
	}
	return false;
}

/* Takes back what a plan that failed has recorded. */
static void take_back(const struct plan *failed)
{
	AUTO_STRV struct strv errors = { 0 };
	AUTO_HOST struct host host = { 0 };
	AUTO_PLAN struct plan plan = { 0 };

	if (host_snapshot(NULL, 0, &errors, &host) == 0) {
		(void)host_locate(&host, NULL, NULL);
		for (size_t i = 0; i < failed->n_claim; i++)
			plan_detach_vf(failed->claim[i]->vf_pci, &host, &plan);
		(void)apply(&plan, &errors, &errors);
	}
	cmd_log_errors(&errors);
}

static bool is_any(const struct host_vf *vf, const void *arg)
{
	(void)arg;
	return !vf->held || !vf->claim->attached || vf->claim->moving;
}

static enum status decide_and_apply(const struct config *config, const struct config_nic *const *nics, size_t n,
				    const struct host *host, const struct attach *attach, struct plan *plan)
{
	enum status status;

	plan_attach(config, nics, n, host, attach, plan);
	if (!plan->errors.n && apply(plan, &plan->errors, &plan->warnings) < 0) {
		status = cmd_report(plan);
		take_back(plan);
		return status == STATUS_OK ? STATUS_FAILED : status;
	}
	return cmd_report(plan);
}

enum status attach_run(const struct invocation *inv, const struct target *target, const struct place *place,
		       const struct config *config, const struct config_nic *const *nics, size_t n)
{
	AUTO_FREE char *settings = settings_of(inv, nics[0]);
	AUTO_FREE const struct config_pf **sections = config_pf_list(config);
	AUTO_INSIDE struct inside inside = { 0 };
	AUTO_HOST struct host host = { 0 };
	AUTO_PLAN struct plan plan = { 0 };
	struct attach attach = { .start = { target->runtime, target->name, place->config_file ? place->config_file : "",
					    place->holder },
				 .netns = place->netns,
				 .settings = settings };
	int lock = -1;
	enum status status = cmd_lock(inv, &lock);

	memcpy(attach.netns_id, place->netns_id, sizeof(attach.netns_id));
	if (status == STATUS_OK)
		status = cmd_snapshot(sections, config->n_pf, &host);
	if (status == STATUS_OK && settings && is_configured(config, nics[0], &host))
		status = STATUS_USAGE;
	if (status == STATUS_OK)
		status = cmd_clear_dead(config, nics, n, sections, config->n_pf, &host);
	if (status == STATUS_OK)
		status = look_inside(target, place, &inside);
	if (status == STATUS_OK) {
		attach.inside = inside.link;
		attach.n_inside = inside.n;
		(void)host_locate(&host, is_any, NULL);
		status = decide_and_apply(config, nics, n, &host, &attach, &plan);
	}
	util_close(&lock);
	if (status == STATUS_OK)
		announce_in_background(&plan);
	return status;
}

static bool is_claimed(const struct host_vf *vf, const void *target)
{
	const struct target *t = target;

	return vf->claim && vf->claim->runtime == t->runtime && !strcmp(vf->claim->container, t->name);
}

enum status detach_run(const struct invocation *inv, const struct target *target, const char *inside, bool only_dead)
{
	AUTO_HOST struct host host = { 0 };
	AUTO_PLAN struct plan plan = { 0 };
	AUTO_CLOSE int lock = -1;
	enum status status = cmd_lock(inv, &lock);

	if (status == STATUS_OK)
		status = cmd_snapshot(NULL, 0, &host);
	if (status != STATUS_OK)
		return status;
	(void)host_locate(&host, is_claimed, target);
	plan_detach(target->runtime, target->name, inside, only_dead, &host, &plan);
	(void)apply(&plan, &plan.errors, &plan.warnings);
	return cmd_report(&plan);
}
