/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LXC_SRIOV_LOG_H
#define LXC_SRIOV_LOG_H

#include "util.h"

/*
 * One line a message on standard error, after "lxc-sriov: ". Hooks call log_to_syslog() as well,
 * since LXC shows a hook's output only in its DEBUG log.
 */
void log_to_syslog(void);
void log_set_verbose(void);

void log_error(const char *fmt, ...) PRINTF_LIKE(1, 2);
void log_warning(const char *fmt, ...) PRINTF_LIKE(1, 2);
void log_info(const char *fmt, ...) PRINTF_LIKE(1, 2);
void log_debug(const char *fmt, ...) PRINTF_LIKE(1, 2);

#endif
