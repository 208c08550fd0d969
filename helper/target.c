/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "engine.h"
#include "lxc.h"
#include "netns.h"
#include "target.h"

static const char *check_name(enum runtime runtime, const char *name)
{
	unsigned number;

	switch (runtime) {
	case RUNTIME_PID:
		return parse_uint(name, 1, INT32_MAX, &number);
	case RUNTIME_NETNS:
		if (*name != '/')
			return "is no absolute path";
		for (const char *c = name; *c; c++)
			if ((unsigned char)*c < ' ')
				return "has a character that no message can show";
		return strlen(name) < TARGET_NAME_SIZE ? NULL : "is longer than 255 characters";
	case RUNTIME_DOCKER:
	case RUNTIME_PODMAN:
		return engine_check_name(name);
	default:
		return parse_container(name);
	}
}

const char *target_parse(const char *text, struct target *ret)
{
	const char *colon = strchr(text, ':'), *wrong;
	struct target t = { 0 };

	for (t.runtime = 0; colon && t.runtime < RUNTIMES; t.runtime++) {
		const char *word = runtime_name(t.runtime);

		if (strlen(word) == (size_t)(colon - text) && !strncmp(word, text, strlen(word)))
			break;
	}
	if (!colon || t.runtime == RUNTIMES)
		return "is none of lxc:NAME, docker:NAME, podman:NAME, pid:N, netns:PATH";
	t.name = colon + 1;
	wrong = check_name(t.runtime, t.name);
	if (!wrong)
		*ret = t;
	return wrong;
}

char *target_format(const struct target *target)
{
	return xasprintf("%s:%s", runtime_name(target->runtime), target->name);
}

void place_clear(struct place *place)
{
	if (place->netns)
		close(place->netns_fd);
	free(place->netns);
	free(place->config_file);
	*place = (struct place){ 0 };
}

/* An open namespace is the same one until it is closed, whoever has the process's number by then. */
static int keep_open(const struct target *target, const char *path, struct strv *errors, struct place *place)
{
	int fd = netns_open(path);

	if (fd < 0) {
		strv_addf(errors, "%s:%s: open its network namespace: %s", runtime_name(target->runtime), target->name,
			  fd == -EINVAL ? "that is none" : strerror(-fd));
		return fd;
	}
	if (netns_is_ours(fd)) {
		close(fd);
		strv_addf(errors, "%s:%s: it is in the host's own network namespace, where every VF is already",
			  runtime_name(target->runtime), target->name);
		return -EINVAL;
	}
	place->netns_fd = fd;
	place->netns = xasprintf("/proc/self/fd/%d", fd);
	return 0;
}

int target_place(const struct target *target, pid_t init, struct strv *errors, struct place *ret)
{
	AUTO_PLACE struct place place = { 0 };
	AUTO_FREE char *path = netns_path(init);
	int r = process_identify(init, &place.holder);

	if (r == 0)
		r = keep_open(target, path, errors, &place);
	else
		strv_addf(errors, "%s:%s: there is no such process", runtime_name(target->runtime), target->name);
	/* Only now is it sure that this was opened, and not the namespace of one that got its number. */
	if (!process_alive(&place.holder)) {
		if (r == 0)
			strv_addf(errors, "%s:%s: it has just ended", runtime_name(target->runtime), target->name);
		r = -ESRCH;
	}
	if (r < 0)
		return r;
	*ret = place;
	place = (struct place){ 0 };
	return 0;
}

static int resolve_netns(const struct target *target, struct strv *errors, struct place *ret)
{
	AUTO_PLACE struct place place = { 0 };
	int r = netns_identify(target->name, place.netns_id);

	if (r == -ELOOP)
		strv_addf(errors,
			  "netns:%s: it is a link to a process's namespace, which says nothing once the process has ended; use pid:N",
			  target->name);
	else if (r < 0)
		strv_addf(errors, "netns:%s: %s", target->name,
			  r == -EINVAL ? "no network namespace is mounted there" : strerror(-r));
	else
		r = keep_open(target, target->name, errors, &place);
	if (r < 0)
		return r;
	*ret = place;
	place = (struct place){ 0 };
	return 0;
}

static int resolve_lxc(const struct target *target, const char *lxcpath, struct strv *errors, struct place *ret)
{
	AUTO_FREE char *config_file = NULL;
	pid_t init;
	int r = lxc_find_init(target->name, lxcpath, &init, &config_file);

	if (r < 0)
		strv_addf(errors, "lxc:%s: %s", target->name,
			  r == -ENOENT ? "there is no such container; see: lxc-ls" :
			  r == -ENOPKG ? LXC_ABSENT :
					 "it does not run; start it first");
	else
		r = target_place(target, init, errors, ret);
	if (r == 0)
		ret->config_file = STEAL_PTR(config_file);
	return r;
}

const char *target_socket(enum runtime runtime)
{
	return runtime == RUNTIME_PODMAN ? ENGINE_PODMAN_SOCKET : ENGINE_DOCKER_SOCKET;
}

static int inspect(const struct target *target, struct strv *errors, struct engine_container *ret)
{
	AUTO_FREE char *error = NULL;
	int r = engine_inspect(target_socket(target->runtime), target->name, ret, &error);

	if (r == 0 && strcmp(ret->name, target->name)) {
		/* Docker and podman take the beginning of an ID too; claims and sections have the name. */
		error = xasprintf("that is the container %s; call it so", ret->name);
		r = -EINVAL;
	}
	if (r == 0 && !ret->running) {
		error = xstrdup("it does not run; start it first");
		r = -ESRCH;
	}
	if (r < 0)
		strv_addf(errors, "%s:%s: %s", runtime_name(target->runtime), target->name, error);
	return r;
}

/* Asked again once its process is known: another one may have had the number by then. */
static int resolve_engine(const struct target *target, struct strv *errors, struct place *ret)
{
	AUTO_PLACE struct place place = { 0 };
	struct engine_container c, again;
	int r = inspect(target, errors, &c);

	if (r == 0)
		r = target_place(target, c.pid, errors, &place);
	if (r == 0)
		r = inspect(target, errors, &again);
	if (r == 0 && (again.pid != c.pid || strcmp(again.id, c.id))) {
		strv_addf(errors, "%s:%s: it has just been started anew; try again", runtime_name(target->runtime),
			  target->name);
		r = -ESRCH;
	}
	if (r < 0)
		return r;
	*ret = place;
	place = (struct place){ 0 };
	return 0;
}

int target_resolve(const struct target *target, const char *lxcpath, struct strv *errors, struct place *ret)
{
	unsigned pid = 0;

	switch (target->runtime) {
	case RUNTIME_PID:
		(void)parse_uint(target->name, 1, INT32_MAX, &pid);
		return target_place(target, (pid_t)pid, errors, ret);
	case RUNTIME_NETNS:
		return resolve_netns(target, errors, ret);
	case RUNTIME_LXC:
		return resolve_lxc(target, lxcpath, errors, ret);
	default:
		return resolve_engine(target, errors, ret);
	}
}
