/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <poll.h>
#include <sys/inotify.h>

#include "log.h"
#include "udev.h"
#include "util.h"

#define UDEV_DATA "/run/udev/data"

/*
 * udevd writes a device's record when its rules have run, but one with ID_RENAMING just before it renames
 * the device (252), and replaces that afterwards.
 */
static bool is_settled(const char *record)
{
	AUTO_FILE FILE *f = fopen(record, "re");
	char line[256];

	if (!f)
		return false;
	while (fgets(line, sizeof(line), f))
		if (!strncmp(line, "E:ID_RENAMING=", strlen("E:ID_RENAMING=")))
			return false;
	return true;
}

void udev_settle(int ifindex, int64_t deadline_ms)
{
	AUTO_CLOSE int watch = -1;
	char path[64], drop[4096];

	/* In a RUN of udevd's the rules are done, and the record that we would wait for is written when we end. */
	if (getenv("SEQNUM") && getenv("DEVPATH"))
		return;
	snprintf(path, sizeof(path), UDEV_DATA "/n%d", ifindex);
	if (is_settled(path) || access("/run/udev/control", F_OK) < 0)
		return;
	watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (watch < 0 || inotify_add_watch(watch, UDEV_DATA, IN_CREATE | IN_MOVED_TO | IN_CLOSE_WRITE) < 0)
		return;
	while (!is_settled(path)) {
		struct pollfd p = { .fd = watch, .events = POLLIN };
		int64_t left = deadline_ms - util_now_ms();

		if (left <= 0 || poll(&p, 1, (int)left) == 0) {
			log_debug("udevd did not finish with netdev %d in time", ifindex);
			return;
		}
		if (read(watch, drop, sizeof(drop)) < 0 && errno != EAGAIN && errno != EINTR)
			return;
	}
}

static bool any_property(int ifindex, bool (*is_it)(const char *property, const char *wanted), const char *wanted)
{
	char path[64], line[256];
	AUTO_FILE FILE *f = NULL;

	snprintf(path, sizeof(path), UDEV_DATA "/n%d", ifindex);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		if (!strncmp(line, "E:", 2) && is_it(line + 2, wanted))
			return true;
	}
	return false;
}

static bool is_same(const char *property, const char *wanted)
{
	return !strcmp(property, wanted);
}

static bool is_name(const char *property, const char *wanted)
{
	const char *value = strchr(property, '=');

	return value && !strncmp(property, "ID_NET_NAME", strlen("ID_NET_NAME")) && !strcmp(value + 1, wanted);
}

bool udev_has(int ifindex, const char *property)
{
	return any_property(ifindex, is_same, property);
}

bool udev_calls(int ifindex, const char *name)
{
	return any_property(ifindex, is_name, name);
}
