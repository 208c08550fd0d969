/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <dlfcn.h>

#include "library.h"
#include "util.h"

int library_load(const char *soname, const struct library_function *functions, size_t n)
{
	/* Lazy: libcurl's libraries have thousands of functions, of which a dozen are called. That is a sixth of its loading. */
	void *library = dlopen(soname, RTLD_LAZY | RTLD_LOCAL);

	for (size_t i = 0; library && i < n; i++)
		if (!dlsym(library, functions[i].name)) {
			dlclose(library);
			library = NULL;
		}
	if (!library)
		return -ENOPKG;
	for (size_t i = 0; i < n; i++) {
		void *function = dlsym(library, functions[i].name);

		/* Not assigned: in C no pointer to an object is one to a function; POSIX says that here it is. */
		memcpy(functions[i].slot, &function, sizeof(function));
	}
	return 0;
}
