/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "apply.h"
#include "cmds.h"
#include "log.h"
#include "lxc.h"
#include "netns.h"
#include "sysfs.h"

struct running_list {
	struct running *r;
	size_t n;
};

static void running_clear(struct running_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->r[i].netns);
	free(list->r);
}

#define AUTO_RUNNING __attribute__((cleanup(running_clear)))

/*
 * Whether the container runs, has had its NICs from LXC, and this one is not in another namespace, or has not all that it
 * should have there. VFs of containers that are just starting or stopping are here too: their hooks see to them.
 */
static bool lacks_nic(const struct claim *claim, pid_t *ret_init)
{
	char name[IFNAMSIZ];

	if (claim->moving || (!claim->unfinished && sysfs_pci_netdev(claim->vf_pci, name) == -EXDEV) || !claim_holds(claim))
		return false;
	*ret_init = claim->holder.pid;
	return claim->attached || process_container_init(&claim->holder, ret_init) == 0;
}

/*
 * udev calls us for every netdev that appears, most of which are nobody's or come home after a stop: they must not wait
 * for the lock. Whoever has that may wait for udev, whose workers are few.
 */
static bool anything_to_do(void)
{
	AUTO_STRV struct strv ignored = { 0 };
	AUTO_FREE struct claim *claims = NULL;
	size_t n = 0;
	pid_t init;

	if (state_claims(&ignored, &claims, &n) < 0)
		return true;
	for (size_t i = 0; i < n; i++)
		if (lacks_nic(&claims[i], &init))
			return true;
	return false;
}

/* The claims whose containers are to be given the VF back. */
static void find_running(const struct host *host, struct running_list *ret)
{
	for (size_t i = 0; i < host->n_claim; i++) {
		struct running *r;
		pid_t init;

		if (!lacks_nic(&host->claim[i], &init))
			continue;
		r = GROW(ret->r, ret->n);
		r->claim = &host->claim[i];
		r->netns = host->claim[i].attached ? claim_netns(&host->claim[i]) : netns_path(init);
	}
}

/* What was attached without a section is in its record. */
static void add_attached(struct config *config)
{
	AUTO_STRV struct strv ignored = { 0 };
	AUTO_FREE struct claim *claims = NULL;
	size_t n = 0;

	(void)state_claims(&ignored, &claims, &n);
	for (size_t i = 0; i < n; i++) {
		AUTO_STRV struct strv errors = { 0 };
		AUTO_FREE struct config_setting *settings = NULL;
		size_t n_settings = 0;

		if (!*claims[i].settings || !claim_holds(&claims[i]) ||
		    config_parse_settings(claims[i].settings, &settings, &n_settings) < 0)
			continue;
		(void)config_add_nic(config, claims[i].runtime, claims[i].container, settings, n_settings, &errors);
		for (size_t k = 0; k < errors.n; k++)
			log_error("%s: as it was attached: %s", claim_owner(&claims[i]), errors.s[k]);
	}
}

/* After the PF's driver was loaded anew there are no VFs: first they are made again, as pin does it. */
static enum status pin_first(const struct config *config, const struct running_list *running)
{
	AUTO_FREE const struct config_pf **sections = xcalloc(config->n_pf, sizeof(*sections));
	AUTO_HOST struct host host = { 0 };
	AUTO_PLAN struct plan plan = { 0 };
	enum status status;
	size_t n = 0, present = 0;

	for (size_t p = 0; p < config->n_pf; p++) {
		bool wanted = false;

		for (size_t i = 0; i < config->n_nic; i++)
			for (size_t k = 0; k < running->n && !wanted; k++)
				wanted = config->pf[p].file && config_pf_of(config, &config->nic[i]) == &config->pf[p] &&
					 claim_is_for(running->r[k].claim, &config->nic[i]);
		if (wanted)
			sections[n++] = &config->pf[p];
	}
	status = cmd_snapshot(sections, n, &host);
	if (status != STATUS_OK)
		return status;
	/* Of several whose driver was loaded anew each has an event of its own. */
	for (size_t i = 0; i < n; i++)
		if (host_find_pf(&host, sections[i]))
			sections[present++] = sections[i];
	plan_pin(config, sections, present, &host, false, &plan);
	(void)apply(&plan, &plan.errors, &plan.warnings);
	return cmd_report(&plan);
}

/* What the administrator wants run inside after a NIC came back: a DHCP client, say. */
static enum status run_commands(const struct plan *plan)
{
	enum status status = STATUS_OK;

	for (size_t i = 0; i < plan->n; i++) {
		const struct step *s = &plan->step[i];
		int r;

		if (s->act != ACT_DRESS || !s->nic || !s->nic->reattach_exec)
			continue;
		r = lxc_exec(s->container, s->claim->config_file, s->nic->reattach_exec);
		if (r == 0) {
			log_debug("%s: started \"%s\" in it", s->container, s->nic->reattach_exec);
			continue;
		}
		log_error("%s: start \"%s\" (reattach_exec) in it: %s; start it with: lxc-attach -n %s", s->container,
			  s->nic->reattach_exec, strerror(-r), s->container);
		status = STATUS_FAILED;
	}
	return status;
}

enum status cmd_reattach(const struct invocation *inv)
{
	AUTO_RUNNING struct running_list before = { 0 }, running = { 0 };
	AUTO_CONFIG struct config config = { 0 };
	AUTO_HOST struct host first = { 0 }, host = { 0 };
	AUTO_PLAN struct plan plan = { 0 };
	int lock = -1;
	enum status status = STATUS_OK, pinned;

	if (inv->n_args)
		return cmd_usage(inv, "it takes no arguments");
	if (!anything_to_do())
		return STATUS_OK;
	log_to_syslog();
	status = cmd_load_config(inv, &config);
	if (status == STATUS_OK)
		status = cmd_lock(inv, &lock);
	if (status == STATUS_OK) {
		add_attached(&config);
		status = cmd_snapshot(NULL, 0, &first);
	}
	if (status != STATUS_OK)
		goto out;
	find_running(&first, &before);
	pinned = before.n ? pin_first(&config, &before) : STATUS_OK;
	status = cmd_snapshot(NULL, 0, &host);
	if (status != STATUS_OK)
		goto out;
	find_running(&host, &running);
	plan_reattach(&config, running.r, running.n, &host, &plan);
	(void)apply(&plan, &plan.errors, &plan.warnings);
	status = cmd_report(&plan);
	if (status == STATUS_OK)
		status = pinned;
	util_close(&lock);
	lock = -1;
	pinned = run_commands(&plan);
	if (status == STATUS_OK)
		status = pinned;
out:
	util_close(&lock);
	return status;
}
