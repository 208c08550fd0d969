/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LXC_SRIOV_FUZZ_H
#define LXC_SRIOV_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

/* What libFuzzer calls: returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A promise that the program makes; a broken one is a crash for libFuzzer to keep the input of. */
#define HOLDS(promise) ((promise) ? (void)0 : abort())

/* The input as a string of its own, which the sanitizer knows the end of; the caller frees. */
static inline char *fuzz_text(const uint8_t *data, size_t size)
{
	char *text = xcalloc(size + 1, 1);

	if (size)
		memcpy(text, data, size);
	return text;
}

#endif
