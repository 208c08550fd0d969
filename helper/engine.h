/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LXC_SRIOV_ENGINE_H
#define LXC_SRIOV_ENGINE_H

#include <sys/types.h>

#include "util.h"

/* The one door to the Engine API, which Docker and podman serve on a Unix socket; libcurl is loaded at its first use. */

#define ENGINE_DOCKER_SOCKET "/run/docker.sock"
#define ENGINE_PODMAN_SOCKET "/run/podman/podman.sock"

#define ENGINE_ID_SIZE 65
#define ENGINE_NAME_SIZE 256

struct engine_container {
	char id[ENGINE_ID_SIZE];
	char name[ENGINE_NAME_SIZE];
	bool running;
	pid_t pid; /* its first process, while it runs */
};

enum engine_event_type { ENGINE_START, ENGINE_DIE };

struct engine_event {
	enum engine_event_type type;
	char name[ENGINE_NAME_SIZE];
};

/* What engine_follow() calls. Between connected and the first event nothing is lost. */
struct engine_follower {
	void (*connected)(void *arg);
	void (*event)(const struct engine_event *event, void *arg);
	void *arg;
};

/* Whether the engines could have given a container this name; NULL, or what is wrong. */
const char *engine_check_name(const char *name);

/*
 * Asks the engine at @socket for a container, by name. Returns 0, or -ENOENT: there is none, -ENOPKG: no libcurl here,
 * -EBADMSG: an answer that is none, or -errno, each with what is wrong in @ret_error, to stand after the container's
 * name; the caller frees it.
 */
int engine_inspect(const char *socket, const char *name, struct engine_container *ret, char **ret_error);

/*
 * Follows containers' starts and deaths until @stop_fd is readable (0), or the connection ends or cannot be made
 * (-errno, with a text in @ret_error).
 */
int engine_follow(const char *socket, const struct engine_follower *follower, int stop_fd, char **ret_error);

/* The answer for one container. -EBADMSG: it is none, or says what cannot be. */
int engine_parse_container(const char *json, struct engine_container *ret);

/* One line of the stream of events. -ENOMSG: of another kind; -EBADMSG: it is none. */
int engine_parse_event(const char *json, struct engine_event *ret);

/* The message in an answer that is an error, made fit to print, which the caller frees; NULL: there is none. */
char *engine_parse_message(const char *json);

#endif
