/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LXC_SRIOV_STRV_H
#define LXC_SRIOV_STRV_H

#include "util.h"

/* A growing list of owned strings: the messages that one step of the work leaves for its verb to log. */
struct strv {
	char **s;
	size_t n;
};

#define AUTO_STRV __attribute__((cleanup(strv_clear)))

void strv_addf(struct strv *v, const char *fmt, ...) PRINTF_LIKE(2, 3);
void strv_clear(struct strv *v);

#endif
