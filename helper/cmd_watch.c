/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>

#include "attach.h"
#include "cmds.h"
#include "engine.h"
#include "log.h"
#include "target.h"

/* How long to wait before the next try to reach the daemon: longer each time, up to this. */
#define BACKOFF_FIRST_MS 200
#define BACKOFF_MAX_MS 2000
/* A connection that lasted so long was a good one: the next try starts over. */
#define BACKOFF_RESET_MS 5000

struct watch {
	const struct invocation *inv;
	enum runtime runtime;
	const char *socket;
	int stop_fd;
	bool lost;            /* it was said that the daemon cannot be reached */
	int64_t connected_ms; /* 0: not in this try */
};

static bool stopping(const struct watch *w, int wait_ms)
{
	struct pollfd stop = { .fd = w->stop_fd, .events = POLLIN };

	return poll(&stop, 1, wait_ms) > 0;
}

/* The configuration as it is now. While it is broken nobody gets a VF, but who died gives his back. */
static void load_config(const struct watch *w, struct config *ret)
{
	AUTO_STRV struct strv errors = { 0 };

	if (config_load(w->inv->config_path, &errors, ret) < 0)
		log_error("%s; until that is mended nothing is attached; run: lxc-sriov check",
			  errors.n ? errors.s[0] : w->inv->config_path);
}

/* Whether it left a VF behind: also when it runs again by now. */
static bool has_died(const struct watch *w, const char *name)
{
	AUTO_STRV struct strv ignored = { 0 };
	AUTO_FREE struct claim *claims = NULL;
	bool died = false;
	size_t n = 0;

	(void)state_claims(&ignored, &claims, &n);
	for (size_t i = 0; i < n; i++)
		died |= claims[i].runtime == w->runtime && !strcmp(claims[i].container, name) && !claim_holds(&claims[i]);
	return died;
}

static void attach_one(const struct watch *w, const struct target *target, const struct config *config,
		       const struct config_nic *const *nics, size_t n)
{
	AUTO_STRV struct strv errors = { 0 };
	AUTO_PLACE struct place place = { 0 };
	int r = target_resolve(target, NULL, &errors, &place);

	/* An event is a hint only: it may have ended by now, and then there will be an event of that. */
	if (r < 0 && r != -ESRCH && r != -ENOENT)
		cmd_log_errors(&errors);
	if (r == 0)
		(void)attach_run(w->inv, target, &place, config, nics, n);
}

/* Makes a container what the configuration says of it, however it stands: each event, and each missed one, ends here. */
static void reconcile(const struct watch *w, const struct config *config, const char *name)
{
	const struct target target = { w->runtime, name };
	AUTO_FREE const struct config_nic **nics = NULL;
	size_t n = config_find_nics(config, w->runtime, name, &nics);

	if (has_died(w, name))
		(void)detach_run(w->inv, &target, NULL, true);
	if (n)
		attach_one(w, &target, config, nics, n);
}

static void add_name(struct strv *names, const char *name)
{
	for (size_t i = 0; i < names->n; i++)
		if (!strcmp(names->s[i], name))
			return;
	strv_addf(names, "%s", name);
}

/* Who has something of us, first, and then who should have. */
static void find_names(const struct watch *w, const struct config *config, struct strv *ret)
{
	AUTO_STRV struct strv ignored = { 0 };
	AUTO_FREE struct claim *claims = NULL;
	size_t n = 0;

	(void)state_claims(&ignored, &claims, &n);
	for (size_t i = 0; i < n; i++)
		if (claims[i].runtime == w->runtime)
			add_name(ret, claims[i].container);
	for (size_t i = 0; i < config->n_nic; i++)
		if (config->nic[i].runtime == w->runtime)
			add_name(ret, config->nic[i].container);
}

static void on_connected(void *arg)
{
	AUTO_CONFIG struct config config = { 0 };
	AUTO_STRV struct strv names = { 0 };
	struct watch *w = arg;

	log_info("watch: following %s", w->socket);
	w->lost = false;
	w->connected_ms = util_now_ms();
	load_config(w, &config);
	find_names(w, &config, &names);
	for (size_t i = 0; i < names.n && !stopping(w, 0); i++)
		reconcile(w, &config, names.s[i]);
}

static void on_event(const struct engine_event *event, void *arg)
{
	AUTO_CONFIG struct config config = { 0 };
	struct watch *w = arg;

	if (stopping(w, 0))
		return;
	log_debug("watch: %s: %s", event->name, event->type == ENGINE_START ? "started" : "died");
	load_config(w, &config);
	reconcile(w, &config, event->name);
}

/* Until it is to stop; only what no patience mends is an error. */
static enum status follow(struct watch *w)
{
	const struct engine_follower follower = { on_connected, on_event, w };
	int wait_ms = BACKOFF_FIRST_MS;

	while (!stopping(w, 0)) {
		AUTO_FREE char *error = NULL;
		int r;

		w->connected_ms = 0;
		r = engine_follow(w->socket, &follower, w->stop_fd, &error);
		if (r == 0)
			break;
		if (r == -ENOPKG) {
			log_error("watch: %s", error);
			return STATUS_FAILED;
		}
		if (!w->lost)
			log_warning("watch: %s; trying again until it is there", error);
		w->lost = true;
		if (w->connected_ms && util_now_ms() - w->connected_ms > BACKOFF_RESET_MS)
			wait_ms = BACKOFF_FIRST_MS;
		(void)stopping(w, wait_ms);
		wait_ms = wait_ms * 2 < BACKOFF_MAX_MS ? wait_ms * 2 : BACKOFF_MAX_MS;
	}
	return STATUS_OK;
}

enum status cmd_watch(const struct invocation *inv)
{
	struct watch w = { .inv = inv };
	AUTO_CLOSE int stop_fd = -1;
	sigset_t signals;

	if (inv->n_args != 1)
		return cmd_usage(inv, "it takes one word: docker or podman");
	if (!strcmp(inv->args[0], "docker"))
		w.runtime = RUNTIME_DOCKER;
	else if (!strcmp(inv->args[0], "podman"))
		w.runtime = RUNTIME_PODMAN;
	else
		return cmd_usage(inv, "%s: not docker or podman; LXC has hooks of its own for this", inv->args[0]);
	w.socket = target_socket(w.runtime);
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	/* What is being done to a VF is done to its end. */
	stop_fd = sigprocmask(SIG_BLOCK, &signals, NULL) < 0 ? -1 : signalfd(-1, &signals, SFD_CLOEXEC);
	if (stop_fd < 0) {
		log_error("watch: signalfd: %s", strerror(errno));
		return STATUS_FAILED;
	}
	w.stop_fd = stop_fd;
	return follow(&w);
}
