/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <ctype.h>
#include <iniparser/iniparser.h>
#include <search.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "ini.h"

#define LINE_MAX_BYTES 1000 /* iniparser's own limit is 1024, with its terminator */
#define FILE_MAX_BYTES (16 << 20)
#define PIECE_ENTRIES 100 /* iniparser's dictionary begins with room for 128 */

struct ini_name {
	const char *name; /* the section's */
	unsigned line;
};

void ini_clear(struct ini *ini)
{
	for (size_t i = 0; i < ini->n_section; i++) {
		struct ini_section *s = &ini->section[i];

		for (size_t j = 0; j < s->n_entry; j++) {
			free(s->entry[j].key);
			free(s->entry[j].value);
		}
		free(s->entry);
		free(s->name);
	}
	free(ini->section);
	*ini = (struct ini){ 0 };
}

static char *trim(char *s)
{
	char *end;

	while (isspace((unsigned char)*s))
		s++;
	end = s + strlen(s);
	while (end > s && isspace((unsigned char)end[-1]))
		*--end = '\0';
	return s;
}

struct scanner {
	struct ini *ini;
	void *names;   /* tree of the sections' names */
	size_t offset; /* of the line that is scanned */
	bool skip;     /* in a section whose own line was no good: whose its keys are is not known */
	char message[LINE_MAX_BYTES * 3];
};

static int by_name(const void *a, const void *b)
{
	const struct ini_name *x = a, *y = b;

	return strcasecmp(x->name, y->name);
}

static const char *scan_section(struct scanner *scan, char *line, unsigned number)
{
	size_t len = strlen(line);
	struct ini_section *section;
	struct ini_name *mine, **first;
	char *name;

	if (line[len - 1] != ']')
		return "a section's ] must end the line";
	line[len - 1] = '\0';
	name = trim(line + 1);
	if (!*name || strpbrk(name, "[]:"))
		return "a section's name must not be empty or hold any of [ ] :";

	mine = xcalloc(1, sizeof(*mine));
	*mine = (struct ini_name){ .name = name, .line = number };
	first = tsearch(mine, &scan->names, by_name);
	if (!first)
		abort();
	if (*first != mine) {
		snprintf(scan->message, sizeof(scan->message), "[%s]: the section stands in line %u already", name,
			 (*first)->line);
		free(mine);
		return scan->message;
	}
	section = GROW(scan->ini->section, scan->ini->n_section);
	section->name = xstrdup(name);
	mine->name = section->name;
	section->line = number;
	section->offset = scan->offset;
	scan->skip = false;
	return NULL;
}

/*
 * @value: the part of a line behind its '='. @ret_quoted: what stands in quotation marks, as it is written; NULL: nothing
 * does. iniparser 4.1 (Debian 12) reads it so, and 4.2 (Debian 13) takes backslashes for escapes: a file must not mean another
 * thing after an upgrade.
 */
static const char *scan_value(const char *value, char **ret_quoted)
{
	const char *begin, *end;

	*ret_quoted = NULL;
	while (isspace((unsigned char)*value))
		value++;
	if (*value != '"' && *value != '\'')
		return NULL;
	begin = value + 1;
	end = strchr(begin, *value);
	if (!end)
		return "the value's closing quote is missing";
	for (value = end + 1; isspace((unsigned char)*value); value++)
		;
	if (*value && *value != ';' && *value != '#')
		return "something stands behind the value's closing quote";
	*ret_quoted = xasprintf("%.*s", (int)(end - begin), begin);
	return NULL;
}

static const char *scan_entry(struct scanner *scan, char *line, unsigned number)
{
	char *equals = strchr(line, '='), *key;
	struct ini_section *section;
	AUTO_FREE char *text = NULL;
	struct ini_entry *entry;
	const char *wrong;

	if (!equals)
		return "neither a section, nor \"key = value\", nor a comment";
	*equals = '\0';
	key = trim(line);
	if (!*key)
		return "the key is missing";
	for (char *p = key; *p; p++) {
		if (!isalnum((unsigned char)*p) && *p != '_')
			return "a key is made of letters, digits and _";
		*p = (char)tolower((unsigned char)*p);
	}
	if (!scan->ini->n_section)
		return "a key before the first section";
	section = &scan->ini->section[scan->ini->n_section - 1];
	wrong = scan_value(equals + 1, &text);
	if (wrong) {
		snprintf(scan->message, sizeof(scan->message), "[%s] %s = %s: %s", section->name, key, trim(equals + 1),
			 wrong);
		return scan->message;
	}
	for (size_t i = 0; i < section->n_entry; i++)
		if (!strcmp(section->entry[i].key, key)) {
			snprintf(scan->message, sizeof(scan->message), "[%s] %s = %s: the key stands in line %u already",
				 section->name, key, trim(equals + 1), section->entry[i].line);
			return scan->message;
		}
	entry = GROW(section->entry, section->n_entry);
	entry->key = xstrdup(key);
	entry->line = number;
	entry->value = STEAL_PTR(text);
	return NULL;
}

/* @raw is one line without its newline; @len counts its bytes, a NUL among them included. */
static const char *scan_line(struct scanner *scan, const char *raw, size_t len, unsigned number)
{
	char copy[LINE_MAX_BYTES + 1] = "", *line;

	if (raw[strspn(raw, " \t")] == '[')
		scan->skip = true; /* until the section's line is found good */
	if (len > LINE_MAX_BYTES)
		return "the line is longer than 1000 bytes";
	for (size_t i = 0; i < len; i++)
		if (iscntrl((unsigned char)raw[i]) && raw[i] != '\t' && !(raw[i] == '\r' && i == len - 1))
			return "a control character in the line";
	memcpy(copy, raw, len);
	line = trim(copy);
	if (*line && line[strlen(line) - 1] == '\\')
		return "a line must not end in a backslash";
	if (!*line || *line == ';' || *line == '#')
		return NULL;
	if (*line == '[')
		return scan_section(scan, line, number);
	return scan->skip ? "" : scan_entry(scan, line, number);
}

/* Notes sections and keys with their lines; lines that are no good are turned into comments. */
static void scan_text(char *text, size_t len, const char *path, struct strv *errors, struct ini *ini)
{
	struct scanner scan = { .ini = ini };
	unsigned number = 0;

	for (char *line = text; line < text + len;) {
		char *end = memchr(line, '\n', (size_t)(text + len - line));
		const char *wrong;

		if (!end)
			end = text + len;
		scan.offset = (size_t)(line - text);
		wrong = scan_line(&scan, line, (size_t)(end - line), ++number);
		if (wrong) {
			if (*wrong)
				strv_addf(errors, "%s:%u: %s", path, number, wrong);
			memset(line, '\n', (size_t)(end - line));
		}
		line = end + 1;
	}
	tdestroy(scan.names, free);
}

static int read_all(int fd, char **ret_text, size_t *ret_len)
{
	AUTO_FREE char *text = NULL;
	size_t len = 0, room = 0;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? -EISDIR : -ENOTSUP;
	if (st.st_size > FILE_MAX_BYTES)
		return -EFBIG;
	for (;;) {
		ssize_t got;

		if (len + 1 >= room) {
			room = room ? room * 2 : (size_t)st.st_size + 2;
			text = xrealloc(text, room, 1);
		}
		got = pread(fd, text + len, room - len - 1, (off_t)len);
		if (got < 0 && errno != EINTR)
			return -errno;
		if (got == 0)
			break;
		if (got > 0)
			len += (size_t)got;
	}
	text[len] = '\0';
	*ret_text = STEAL_PTR(text);
	*ret_len = len;
	return 0;
}

static int silent(const char *fmt, ...)
{
	(void)fmt;
	return 0;
}

static bool same_key(const char *dict_key, const char *section, const char *key)
{
	size_t len = strlen(section);

	return !strncasecmp(dict_key, section, len) &&
	       (key ? dict_key[len] == ':' && !strcmp(dict_key + len + 1, key) : !dict_key[len]);
}

/*
 * The dictionary keeps file order, and the scan let no repeat through: its slots pair off with what was
 * scanned. Where they do not, the two readers disagree about the file, and nobody should act on it.
 */
static bool take_values(const dictionary *dict, struct ini_section *section, size_t n)
{
	ssize_t slot = 0;

	for (struct ini_section *s = section; s < section + n; s++) {
		if (slot >= dict->n || !same_key(dict->key[slot++], s->name, NULL))
			return false;
		for (size_t j = 0; j < s->n_entry; j++, slot++) {
			if (slot >= dict->n || !same_key(dict->key[slot], s->name, s->entry[j].key))
				return false;
			if (!s->entry[j].value)
				s->entry[j].value = xstrdup(dict->val[slot] ? dict->val[slot] : "");
		}
	}
	return slot == dict->n;
}

/* iniparser reads from a path only. */
static int parse_text(const char *text, size_t len, struct ini_section *section, size_t n)
{
	AUTO_CLOSE int fd = memfd_create("ini", MFD_CLOEXEC);
	dictionary *dict;
	char name[64];
	bool same;

	if (fd < 0)
		return -errno;
	if (write(fd, text, len) != (ssize_t)len)
		return -EIO;
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	iniparser_set_error_callback(silent);
	errno = 0;
	dict = iniparser_load(name);
	if (!dict)
		return errno ? -errno : -EBADMSG;
	same = take_values(dict, section, n);
	iniparser_freedict(dict);
	return same ? 0 : -EBADMSG;
}

/* How many sections from @first on go to iniparser together. */
static size_t piece_of(const struct ini *ini, size_t first)
{
	size_t n = 0, entries = 0;

	while (first + n < ini->n_section && (!n || entries + 1 + ini->section[first + n].n_entry <= PIECE_ENTRIES))
		entries += 1 + ini->section[first + n++].n_entry;
	return n;
}

/* Of a file without sections there is nothing to read. */
static int parse_pieces(const char *text, size_t len, struct ini *ini)
{
	int r = 0;

	for (size_t i = 0, n; i < ini->n_section && r == 0; i += n) {
		size_t from = i ? ini->section[i].offset : 0, to;

		n = piece_of(ini, i);
		to = i + n < ini->n_section ? ini->section[i + n].offset : len;
		r = parse_text(text + from, to - from, &ini->section[i], n);
	}
	return r;
}

int ini_load(int fd, const char *path, struct strv *errors, struct ini *ret)
{
	AUTO_INI struct ini ini = { 0 };
	AUTO_FREE char *text = NULL;
	size_t len = 0;
	int r;

	r = read_all(fd, &text, &len);
	if (r < 0)
		return r;
	scan_text(text, len, path, errors, &ini);
	r = parse_pieces(text, len, &ini);
	if (r < 0)
		return r;
	*ret = ini;
	ini = (struct ini){ 0 };
	return 0;
}
