/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LXC_SRIOV_CMDS_H
#define LXC_SRIOV_CMDS_H

#include "config.h"
#include "plan.h"

/* The same words and numbers in every verb; lxc-sriov(8), EXIT STATUS. */
enum status {
	STATUS_OK = 0,
	STATUS_FAILED = 1, /* an operation failed */
	STATUS_USAGE = 2,  /* usage or configuration error; nothing was done */
	STATUS_HELD = 3,   /* the VF is held by another running container */
};

/* What every verb is given: its words, and the options that stand before or among them. */
struct invocation {
	const char *verb;
	char **args; /* NULL-terminated */
	size_t n_args;
	const char *config_path;
	const char *lxcpath;                  /* NULL: LXC's own */
	const char *format;                   /* NULL: the verb's default */
	const char *output;                   /* NULL: standard output */
	unsigned options;                     /* mask of enum cmd_option */
	const struct config_setting *setting; /* options that are keys of the configuration */
	size_t n_settings;
};

enum cmd_option {
	OPT_DRY_RUN = 1 << 0,
	OPT_WRITE = 1 << 1,
	OPT_JSON = 1 << 2,
	OPT_LXCPATH = 1 << 3,
	OPT_FORCE = 1 << 4,
	OPT_RECREATE = 1 << 5,
	OPT_FORMAT = 1 << 6,
	OPT_OUTPUT = 1 << 7,
	OPT_NAME = 1 << 8, /* --name, and */
	OPT_NIC = 1 << 9,  /* every other key of a NIC's */
};

struct verb {
	const char *name;
	const char *args;
	const char *summary;
	unsigned options; /* those that it takes, besides the ones every verb takes */
	bool root;        /* it acts on the host */
	enum status (*run)(const struct invocation *inv);
};

enum status cmd_attach(const struct invocation *inv);
enum status cmd_check(const struct invocation *inv);
enum status cmd_config(const struct invocation *inv);
enum status cmd_detach(const struct invocation *inv);
enum status cmd_doctor(const struct invocation *inv);
enum status cmd_hook(const struct invocation *inv);
enum status cmd_init(const struct invocation *inv);
enum status cmd_list(const struct invocation *inv);
enum status cmd_metrics(const struct invocation *inv);
enum status cmd_owner(const struct invocation *inv);
enum status cmd_pin(const struct invocation *inv);
enum status cmd_reattach(const struct invocation *inv);
enum status cmd_reclaim(const struct invocation *inv);
enum status cmd_watch(const struct invocation *inv);

/* Logs every line of @errors. */
void cmd_log_errors(const struct strv *errors);

/* Loads the configuration in use; on failure logs every error and returns STATUS_USAGE. */
enum status cmd_load_config(const struct invocation *inv, struct config *ret);

/* Takes the lock for as long as @ret_fd is open; on failure logs who has it. */
enum status cmd_lock(const struct invocation *inv, int *ret_fd);

/* host_snapshot(), with what could not be read logged. */
enum status cmd_snapshot(const struct config_pf *const *sections, size_t n, struct host *ret);

/*
 * What attach gave to somebody whose life is over is taken home first, for the VFs of these NICs, so that nothing of it stays
 * with whoever gets them now. @host is read anew where something was done.
 */
enum status cmd_clear_dead(const struct config *config, const struct config_nic *const *nics, size_t n,
			   const struct config_pf *const *sections, size_t n_pf, struct host *host);

/*
 * What verbs that only look at the host see: every PF, every VF wherever it is, whose they are, and what pin would do.
 * A configuration that is absent or has errors is empty here: it adds names and marks, and its errors are check's.
 */
struct cmd_sight {
	struct host host;
	struct config config;
	struct plan plan;
	bool compared; /* there is a configuration without errors */
};

enum status cmd_look(const struct invocation *inv, struct cmd_sight *ret);
void cmd_sight_clear(struct cmd_sight *sight);

/* Logs a plan's warnings and errors, and says how it went. */
enum status cmd_report(const struct plan *plan);

/* Says that a container has no section, with the lines to add; returns STATUS_USAGE. */
enum status cmd_no_section(const struct invocation *inv, const char *container);

/* What config NAME prints; the caller frees. */
char *cmd_config_text(const struct invocation *inv, const struct config *config, const char *name,
		      const struct config_nic *const *nics, size_t n);

/* Logs a usage error in the verb's name and returns STATUS_USAGE. */
enum status cmd_usage(const struct invocation *inv, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
