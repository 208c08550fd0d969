/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LXC_SRIOV_INI_H
#define LXC_SRIOV_INI_H

#include "strv.h"

/* One INI file as it was written: sections and entries in file order, with their lines. */
struct ini_entry {
	char *key; /* lower case */
	char *value;
	unsigned line;
};

struct ini_section {
	char *name; /* as spelled in the file */
	unsigned line;
	size_t offset; /* in the file, of that line */
	struct ini_entry *entry;
	size_t n_entry;
};

struct ini {
	struct ini_section *section;
	size_t n_section;
};

#define AUTO_INI __attribute__((cleanup(ini_clear)))

/*
 * Reads the file behind @fd; @path only names it in messages, "PATH:LINE: ...", one added to @errors for
 * each line that is no good. The other lines are in the result all the same, so that everything wrong
 * with a file can be told at once. Returns 0, or -errno when there is no result,
 * -EBADMSG where iniparser finds something else than the scan; the caller owns it:
 * ini_clear().
 *
 * iniparser reads the values. It merges repeated sections and keys, lower-cases section names, drops
 * what stands behind a closing quote, joins lines at a backslash even inside a comment, and keeps no
 * line numbers (4.1, reproduced in tests/unit/test_ini.c); so a scan of the text goes before it, which
 * refuses all of these, notes the lines, and lets only good lines through. It looks through its whole dictionary
 * for each entry that it adds; so a long file goes to it in pieces of whole sections.
 */
int ini_load(int fd, const char *path, struct strv *errors, struct ini *ret);
void ini_clear(struct ini *ini);

#endif
