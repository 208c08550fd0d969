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

static void vlog(int priority, const char *fmt, va_list ap)
{
	va_list again;

	va_copy(again, ap);
	fputs("lxc-sriov: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	if (use_syslog)
		vsyslog(priority, fmt, again);
	va_end(again);
}

#define DEFINE_LOG(name, priority, wanted)       \
	void log_##name(const char *fmt, ...)    \
	{                                        \
		va_list ap;                      \
						 \
		if (!(wanted))                   \
			return;                  \
		va_start(ap, fmt);               \
		vlog(priority, fmt, ap);         \
		va_end(ap);                      \
	}

DEFINE_LOG(error, LOG_ERR, true)
DEFINE_LOG(warning, LOG_WARNING, true)
DEFINE_LOG(info, LOG_INFO, true)
DEFINE_LOG(debug, LOG_DEBUG, verbose)
