/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdarg.h>
#include <syslog.h>

#include "log.h"

static bool use_syslog;
static bool verbose;

void log_to_syslog(void)
{
	openlog("lxc-sriov", LOG_PID, LOG_DAEMON);
	use_syslog = true;
}

void log_set_verbose(void)
{
	verbose = true;
}

/* In one write(2): LXC keeps what it reads of a hook piece by piece. */
static void vlog(int priority, const char *fmt, va_list ap)
{
	char *text = NULL;

	if (vasprintf(&text, fmt, ap) < 0)
		return;
	dprintf(STDERR_FILENO, "lxc-sriov: %s\n", text);
	if (use_syslog)
		syslog(priority, "%s", text);
	free(text);
}

#define DEFINE_LOG(name, priority, wanted)    \
	void log_##name(const char *fmt, ...) \
	{                                     \
		va_list ap;                   \
                                              \
		if (!(wanted))                \
			return;               \
		va_start(ap, fmt);            \
		vlog(priority, fmt, ap);      \
		va_end(ap);                   \
	}

DEFINE_LOG(error, LOG_ERR, true)
DEFINE_LOG(warning, LOG_WARNING, true)
DEFINE_LOG(info, LOG_INFO, true)
DEFINE_LOG(debug, LOG_DEBUG, verbose)
