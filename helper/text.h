/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LXC_SRIOV_TEXT_H
#define LXC_SRIOV_TEXT_H

#include "strv.h"

/*
 * Names that others chose, for our output. Root of a container calls its devices what it likes: the kernel takes
 * every byte but NUL, '/', ':' and white space. Each result is the caller's to free.
 */

/* For a terminal or a file of ours: whatever is not printable ASCII becomes '?'. */
char *text_printable(const char *s);

/* For JSON and Prometheus: whatever is not UTF-8 becomes U+FFFD. */
char *text_utf8(const char *s);

/* The pieces with @between between them. */
char *text_join(const struct strv *pieces, const char *between);

/* "0 to 34, 36": numbers, which ascend. */
char *text_ranges(const unsigned *number, size_t n);

/*
 * A table whose columns are as wide as what is in them; the first one is aligned to the right. A row of one cell says
 * more of the row above: it stands below its second column, and widens nothing.
 */
struct table {
	struct strv *row;
	size_t n;
};

#define AUTO_TABLE __attribute__((cleanup(table_clear)))

/* A new row, to add cells to. It is the table's, and good until the next one is added. */
struct strv *table_add(struct table *table);
/* Cells are made printable. */
void table_print(const struct table *table, FILE *out);
void table_clear(struct table *table);

#endif
