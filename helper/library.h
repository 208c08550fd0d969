/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LXC_SRIOV_LIBRARY_H
#define LXC_SRIOV_LIBRARY_H

#include <stddef.h>

/*
 * Shared libraries that only some verbs want, loaded when one does. liblxc and libcurl bring in some thirty others
 * between them: as many files to find and map for each pin and hook. And a host of Docker's alone needs no liblxc.
 */

/* Where to put the address of a library's function: a pointer to a pointer to it. */
struct library_function {
	const char *name;
	void *slot;
};

/*
 * Loads the library @soname for as long as the program runs, and fills the slots. Returns 0, or -ENOPKG when it is not
 * there, or lacks one of them; then no slot is filled.
 */
int library_load(const char *soname, const struct library_function *functions, size_t n);

#endif
