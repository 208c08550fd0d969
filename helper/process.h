/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LXC_SRIOV_PROCESS_H
#define LXC_SRIOV_PROCESS_H

#include <sys/types.h>

#include "util.h"

/* A process for as long as it lives: its number may be used again, its start time with it not. */
struct process {
	pid_t pid;
	uint64_t start; /* clock ticks since boot */
};

bool process_alive(const struct process *p);

/* The process that has the number now; -ESRCH: none. */
int process_identify(pid_t pid, struct process *ret);

/*
 * The process that runs this hook: LXC's monitor, or whatever program called start() of liblxc. It is
 * the nearest ancestor that was not itself started with LXC_CONFIG_FILE=@config_file in its environment,
 * which it sets for its hooks; between it and us are one or two shells. It lives exactly as long as the
 * container's start does, and runs post-stop as well, so it identifies a start. Returns 0, -ESRCH when it
 * is gone, or -errno.
 */
int process_hook_caller(const char *config_file, struct process *ret);

/*
 * Init of the container that @holder (LXC's monitor) runs, once LXC has given it its NICs: the child of
 * @holder in another network namespace that has become another program. Before its exec() LXC is still at
 * work on its network. -ESRCH: there is none. Asking LXC itself would wait for a monitor that runs a hook.
 */
int process_container_init(const struct process *holder, pid_t *ret);

/*
 * The container of LXC's that @pid is in, by its control group (lxc.payload.NAME), which the container cannot choose; NULL:
 * none. The caller frees. LXC 5 puts "-1" after NAME, and so on, while one of a start that crashed is still there: the title
 * of LXC's monitor, if it has one, has the name itself; else it is @expected, which may be NULL, if that is all they differ in.
 */
char *process_container(pid_t pid, const char *expected);

/* Runs a program of PATH, its output dropped and its environment only PATH, and waits for it; returns 0, or -errno, or -EIO when it failed. */
int process_run(const char *const argv[]);

/* The same, with the first part of what it prints in @ret, which the caller frees also after an error of the program. */
int process_output(const char *const argv[], char **ret);

/*
 * A descriptor that can be read from once the process has ended (pidfd); -ESRCH: it has. The caller closes it.
 */
int process_watch(const struct process *p);

/*
 * Has a child that nobody waits for run @fn in the namespace that @netns names, and does not wait. It has none of our
 * descriptors, neither lock nor output.
 */
void process_background(const char *netns, void (*fn)(const void *arg), const void *arg);

#define PROCESS_NAME_SIZE 32

/* The name that the kernel keeps of a process's program; "" when it has ended. */
void process_name(pid_t pid, char ret[static PROCESS_NAME_SIZE]);

/* Whether a program of this name (the 15 characters that the kernel keeps) runs in our network namespace. */
bool process_is_there(const char *name);

#endif
