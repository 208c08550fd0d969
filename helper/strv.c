/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdarg.h>

#include "strv.h"

void strv_addf(struct strv *v, const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = xstrdup(fmt);
	va_end(ap);
	*GROW(v->s, v->n) = text;
}

void strv_clear(struct strv *v)
{
	for (size_t i = 0; i < v->n; i++)
		free(v->s[i]);
	free(v->s);
	*v = (struct strv){ 0 };
}
