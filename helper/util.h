/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LXC_SRIOV_UTIL_H
#define LXC_SRIOV_UTIL_H

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))

/* Owned pointers and descriptors say so where they are declared; STEAL_* hands them on. */
#define AUTO_FREE __attribute__((cleanup(util_free)))
#define AUTO_CLOSE __attribute__((cleanup(util_close)))
#define AUTO_FILE __attribute__((cleanup(util_fclose)))
#define AUTO_DIR __attribute__((cleanup(util_closedir)))
#define STEAL_PTR(p)                    \
	({                              \
		__typeof__(p) s_ = (p); \
		(p) = NULL;             \
		s_;                     \
	})
#define STEAL_FD(fd)           \
	({                     \
		int s_ = (fd); \
		(fd) = -1;     \
		s_;            \
	})

static inline void util_free(void *p)
{
	free(*(void **)p);
}

static inline void util_close(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void util_fclose(FILE **f)
{
	if (*f)
		fclose(*f);
}

static inline void util_closedir(DIR **d)
{
	if (*d)
		closedir(*d);
}

/*
 * Memory is asked for while reading and deciding, never between two changes of the host, so running
 * out of it ends the program with nothing half-done.
 */
void *xrealloc(void *p, size_t n, size_t size);
void *xcalloc(size_t n, size_t size);
char *xstrdup(const char *s);
char *xasprintf(const char *fmt, ...) PRINTF_LIKE(1, 2);

/*
 * Make room for one more zeroed element at the end of the array @p of @n elements; returns it. The room doubles whenever @n
 * is a power of two; so the array must have grown by this alone.
 */
#define GROW(p, n)                                                            \
	({                                                                    \
		if (!((n) & ((n)-1)))                                         \
			(p) = xrealloc((p), (n) ? 2 * (n) : 1, sizeof(*(p))); \
		memset(&(p)[(n)], 0, sizeof(*(p)));                           \
		&(p)[(n)++];                                                  \
	})

/* Copy @src into the array @dst; returns false, with @dst empty, when it does not fit. */
bool util_copy(char *dst, size_t size, const char *src);
#define COPY(dst, src) util_copy((dst), sizeof(dst), (src))

/* Milliseconds on the monotonic clock, for deadlines. */
int64_t util_now_ms(void);

#endif
