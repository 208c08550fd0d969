/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "text.h"

#define INDENT 2

static bool is_printable(char c)
{
	return c >= ' ' && c <= '~'; /* not isprint(): above 0x7f lie terminals' control characters, too */
}

char *text_printable(const char *s)
{
	char *copy = xstrdup(s);

	for (char *p = copy; *p; p++)
		if (!is_printable(*p))
			*p = '?';
	return copy;
}

/* Bytes of the UTF-8 sequence at @s, 0: it is none. */
static size_t utf8_length(const unsigned char *s)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t len = s[0] < 0x80 ? 1 : s[0] >> 5 == 0x6 ? 2 : s[0] >> 4 == 0xe ? 3 : s[0] >> 3 == 0x1e ? 4 : 0;
	uint32_t c = s[0];

	if (len > 1)
		c &= 0x7fU >> len;
	for (size_t i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0; /* the end of the string, too */
		c = c << 6 | (s[i] & 0x3f);
	}
	return len && c >= least[len] && c <= 0x10ffff && (c < 0xd800 || c > 0xdfff) ? len : 0;
}

char *text_utf8(const char *s)
{
	static const char replacement[] = "\xef\xbf\xbd";
	char *copy = xcalloc(strlen(s) + 1, sizeof(replacement) - 1), *to = copy;

	while (*s) {
		size_t len = utf8_length((const unsigned char *)s);

		memcpy(to, len ? s : replacement, len ? len : sizeof(replacement) - 1);
		to += len ? len : sizeof(replacement) - 1;
		s += len ? len : 1;
	}
	return copy;
}

char *text_join(const struct strv *pieces, const char *between)
{
	char *text = xstrdup("");

	for (size_t i = 0; i < pieces->n; i++) {
		char *longer = xasprintf("%s%s%s", text, i ? between : "", pieces->s[i]);

		free(text);
		text = longer;
	}
	return text;
}

char *text_ranges(const unsigned *number, size_t n)
{
	AUTO_STRV struct strv pieces = { 0 };

	for (size_t i = 0, last; i < n; i = last + 1) {
		for (last = i; last + 1 < n && number[last + 1] == number[last] + 1; last++)
			;
		if (last == i)
			strv_addf(&pieces, "%u", number[i]);
		else
			strv_addf(&pieces, "%u to %u", number[i], number[last]);
	}
	return text_join(&pieces, ", ");
}

/* --- tables --- */

struct strv *table_add(struct table *table)
{
	return GROW(table->row, table->n);
}

/* The width of each column, in an array that the caller frees, and how many there are. */
static size_t *measure(const struct table *table, size_t *ret_n)
{
	size_t *width = NULL, n = 0;

	for (size_t i = 0; i < table->n; i++) {
		const struct strv *row = &table->row[i];

		for (size_t k = 0; row->n > 1 && k < row->n; k++) {
			size_t len = strlen(row->s[k]);

			if (k == n)
				*GROW(width, n) = 0;
			if (width[k] < len)
				width[k] = len;
		}
	}
	*ret_n = n;
	return width;
}

void table_print(const struct table *table, FILE *out)
{
	size_t n = 0;
	AUTO_FREE size_t *width = measure(table, &n);

	for (size_t i = 0; i < table->n; i++) {
		const struct strv *row = &table->row[i];
		bool more = row->n == 1;

		fprintf(out, "%*s", INDENT + (more && n ? (int)width[0] + 2 : 0), "");
		for (size_t k = 0; k < row->n; k++) {
			AUTO_FREE char *cell = text_printable(row->s[k]);
			int pad = more ? 0 : (int)width[k];

			if (k == row->n - 1 && k)
				pad = 0; /* no white space at the end of the line */
			fprintf(out, k ? "  %-*s" : "%*s", pad, cell);
		}
		fputc('\n', out);
	}
}

void table_clear(struct table *table)
{
	for (size_t i = 0; i < table->n; i++)
		strv_clear(&table->row[i]);
	free(table->row);
	*table = (struct table){ 0 };
}
