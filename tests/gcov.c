/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>

/*
 * What counts for make coverage may end where it cannot write its counts, and then libgcov says so (GCC 12 whatever
 * GCOV_ERROR_FILE is); tests hold standard error to be empty. libgcov's own destructor comes after this one.
 */
__attribute__((destructor)) static void be_quiet(void)
{
	(void)!freopen("/dev/null", "w", stderr);
}

/* --wrap=_exit: what a child in the background goes through counts too. */
void __gcov_dump(void);
_Noreturn void __real__exit(int status);
_Noreturn void __wrap__exit(int status);
_Noreturn void __wrap__exit(int status)
{
	be_quiet();
	__gcov_dump();
	__real__exit(status);
}
