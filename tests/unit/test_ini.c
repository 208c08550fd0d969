/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <iniparser/iniparser.h>

#include "unit.h"

#include "../../helper/ini.h"

#define TEXT(s) (s), sizeof(s) - 1
#define MAX_ERRORS 8

#define TEN "0123456789"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN
#define NINE_HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED
#define NINETY_FOUR TEN TEN TEN TEN TEN TEN TEN TEN TEN "0123"

#define TWICE(line) "the key stands in line " #line " already"
#define NO_QUOTE "the value's closing quote is missing"
#define JUNK "something stands behind the value's closing quote"
#define CONTROL "a control character in the line"
#define BACKSLASH "a line must not end in a backslash"
#define NOT_A_LINE "neither a section, nor \"key = value\", nor a comment"
#define SECTION_END "a section's ] must end the line"
#define SECTION_NAME "a section's name must not be empty or hold any of [ ] :"
#define KEY_CHARS "a key is made of letters, digits and _"
#define NO_KEY "the key is missing"
#define NO_SECTION "a key before the first section"
#define TOO_LONG "the line is longer than 1000 bytes"

/*
 * What is read of a text, as lines "LINE [SECTION]" and "LINE KEY=VALUE;", and the errors in it. Where there
 * are errors, the good lines are read all the same.
 */
static const struct row {
	const char *name;
	const char *text;
	size_t len;
	const char *read;
	const char *errors[MAX_ERRORS];
} rows[] = {
	/* plain files */
	{ "an empty file", TEXT(""), "", { NULL } },
	{ "only newlines", TEXT("\n\n\n"), "", { NULL } },
	{ "only comments", TEXT("; one\n# two\n  ; three\n\t# four\n"), "", { NULL } },
	{ "only a comment, without a newline", TEXT("; one"), "", { NULL } },
	{ "lines are counted",
	  TEXT("; one\n\n[a]\n\nx = 1\n; two\ny = 2\n[b]\nx = 3\n"),
	  "3 [a] 5 x=1; 7 y=2; 8 [b] 9 x=3;",
	  { NULL } },
	{ "no newline at the end, after a value", TEXT("[a]\nx = 1"), "1 [a] 2 x=1;", { NULL } },
	{ "no newline at the end, after a section", TEXT("[a]\nx = 1\n[b]"), "1 [a] 2 x=1; 3 [b]", { NULL } },
	{ "an empty section", TEXT("[a]\n[b]\n"), "1 [a] 2 [b]", { NULL } },
	{ "CRLF", TEXT("; c\r\n\r\n[a]\r\nx = 1\r\ny = \"2\"\r\n"), "3 [a] 4 x=1; 5 y=2;", { NULL } },
	{ "CRLF, and CR at the end", TEXT("[a]\r\nx = 1\r"), "1 [a] 2 x=1;", { NULL } },

	/* sections */
	{ "a section's name keeps its case and its words",
	  TEXT("[CentOS 1]\n[PF enp4s0f0]\n"),
	  "1 [CentOS 1] 2 [PF enp4s0f0]",
	  { NULL } },
	{ "white space around a section", TEXT("  [ a ]  \n\t[\tb\t]\n"), "1 [a] 2 [b]", { NULL } },
	{ "white space in a section's name counts", TEXT("[a 1]\n[a  1]\n"), "1 [a 1] 2 [a  1]", { NULL } },
	{ "a section twice",
	  TEXT("[a]\nx = 1\n[b]\n[a]\nx = 2\ny = 3\n[c]\nx = 4\n"),
	  "1 [a] 2 x=1; 3 [b] 7 [c] 8 x=4;",
	  { "t.ini:4: [a]: the section stands in line 1 already" } },
	{ "a section twice, in another case",
	  TEXT("[Web]\n[wEB]\n"),
	  "1 [Web]",
	  { "t.ini:2: [wEB]: the section stands in line 1 already" } },
	{ "a section three times",
	  TEXT("[a]\n[a]\n[A]\n"),
	  "1 [a]",
	  { "t.ini:2: [a]: the section stands in line 1 already", "t.ini:3: [A]: the section stands in line 1 already" } },
	{ "a section without a name", TEXT("[]\n[ ]\n"), "", { "t.ini:1: " SECTION_NAME, "t.ini:2: " SECTION_NAME } },
	{ "a section with brackets",
	  TEXT("[a]b]\n[[a]\n[a]]\n"),
	  "",
	  { "t.ini:1: " SECTION_NAME, "t.ini:2: " SECTION_NAME, "t.ini:3: " SECTION_NAME } },
	{ "a section with a colon", TEXT("[a:b]\n"), "", { "t.ini:1: " SECTION_NAME } },
	{ "a section that does not end", TEXT("[a\n"), "", { "t.ini:1: " SECTION_END } },
	{ "a bracket alone", TEXT("[\n"), "", { "t.ini:1: " SECTION_END } },
	{ "text behind a section",
	  TEXT("[a] x\n[b] ; c\n[c]x = 1\n"),
	  "",
	  { "t.ini:1: " SECTION_END, "t.ini:2: " SECTION_END, "t.ini:3: " SECTION_END } },
	{ "keys below a wrong section are not those of the section above",
	  TEXT("[a]\nx = 1\n[b\nx = 2\ny = 3\nnonsense\n[c]\nx = 4\n"),
	  "1 [a] 2 x=1; 7 [c] 8 x=4;",
	  { "t.ini:3: " SECTION_END } },
	{ "keys below a section with a control character, a backslash, or too long",
	  TEXT("[a]\n [b\a]\nx = 1\n[c]\\\nx = 2\n[" NINE_HUNDRED HUNDRED "]\nx = 3\n[d]\nx = 4\n"),
	  "1 [a] 8 [d] 9 x=4;",
	  { "t.ini:2: " CONTROL, "t.ini:4: " BACKSLASH, "t.ini:6: " TOO_LONG } },
	{ "keys below a wrong first section", TEXT("[a:b]\nx = 1\n"), "", { "t.ini:1: " SECTION_NAME } },

	/* keys */
	{ "keys are lower-cased", TEXT("[a]\nNumVFs = 1\n"), "1 [a] 2 numvfs=1;", { NULL } },
	{ "white space around keys and values", TEXT("[a]\nx=1\n \ty\t = \t2 \t\nz =3\n"), "1 [a] 2 x=1; 3 y=2; 4 z=3;", { NULL } },
	{ "a key of digits and _", TEXT("[a]\nipv4_gateway = 1\n_0 = 2\n"), "1 [a] 2 ipv4_gateway=1; 3 _0=2;", { NULL } },
	{ "a key before the first section", TEXT("x = 1\n[a]\ny = 2\n"), "2 [a] 3 y=2;", { "t.ini:1: " NO_SECTION } },
	{ "a key twice", TEXT("[a]\nx = 1\ny = 2\nx = 3\n"), "1 [a] 2 x=1; 3 y=2;", { "t.ini:4: [a] x = 3: " TWICE(2) } },
	{ "a key twice, in another case, with the same value",
	  TEXT("[A]\nmac = 1\nMAC = 1\n"),
	  "1 [A] 2 mac=1;",
	  { "t.ini:3: [A] mac = 1: " TWICE(2) } },
	{ "one key in two sections", TEXT("[a]\nx = 1\n[b]\nx = 1\n"), "1 [a] 2 x=1; 3 [b] 4 x=1;", { NULL } },
	{ "no key", TEXT("[a]\n= 1\n  =\n"), "1 [a]", { "t.ini:2: " NO_KEY, "t.ini:3: " NO_KEY } },
	{ "no equals sign",
	  TEXT("[a]\nx\nx 1\nx: 1\n]\n"),
	  "1 [a]",
	  { "t.ini:2: " NOT_A_LINE, "t.ini:3: " NOT_A_LINE, "t.ini:4: " NOT_A_LINE, "t.ini:5: " NOT_A_LINE } },
	{ "other characters in a key",
	  TEXT("[a]\nx y = 1\nx-y = 1\nx:y = 1\n\"x\" = 1\nx; = 1\n\xc3\xa9 = 1\n"),
	  "1 [a]",
	  { "t.ini:2: " KEY_CHARS, "t.ini:3: " KEY_CHARS, "t.ini:4: " KEY_CHARS, "t.ini:5: " KEY_CHARS,
	    "t.ini:6: " KEY_CHARS, "t.ini:7: " KEY_CHARS } },
	{ "a byte order mark", TEXT("\xef\xbb\xbf[a]\n"), "", { "t.ini:1: " NOT_A_LINE } },

	/* values */
	{ "an empty value", TEXT("[a]\nv =\nw =  \nx = \"\"\ny = ''\nz = ; c\n"), "1 [a] 2 v=; 3 w=; 4 x=; 5 y=; 6 z=;", { NULL } },
	{ "a value with white space, equals sign and colon", TEXT("[a]\nx = 1 2\ty=:z\n"), "1 [a] 2 x=1 2\ty=:z;", { NULL } },
	{ "a comment behind a value", TEXT("[a]\nx = 1 ; c\ny = 2 # c\nz = 3;c\n"), "1 [a] 2 x=1; 3 y=2; 4 z=3;", { NULL } },
	{ "quotes", TEXT("[a]\nx = \"1\"\ny = '2'\nz=\"3\"\n"), "1 [a] 2 x=1; 3 y=2; 4 z=3;", { NULL } },
	{ "quotes keep white space, comment signs and the other quote",
	  TEXT("[a]\nx = \" 1 \"\ny = \"2;3#4'5\"\nz = '6\"7'\n"),
	  "1 [a] 2 x= 1 ; 3 y=2;3#4'5; 4 z=6\"7;",
	  { NULL } },
	{ "a comment behind a quote", TEXT("[a]\nx = \"1\" ; c\ny = '2'#c\nz = \"3\";\"\n"), "1 [a] 2 x=1; 3 y=2; 4 z=3;", { NULL } },
	{ "text behind a quote",
	  TEXT("[a]\nv = \"1\"2\nw = \"1\" 2\nx = '1' \"2\"\ny = \"\"2\nz = \"1\"\"\n"),
	  "1 [a]",
	  { "t.ini:2: [a] v = \"1\"2: " JUNK, "t.ini:3: [a] w = \"1\" 2: " JUNK, "t.ini:4: [a] x = '1' \"2\": " JUNK,
	    "t.ini:5: [a] y = \"\"2: " JUNK, "t.ini:6: [a] z = \"1\"\": " JUNK } },
	{ "a quote that does not end",
	  TEXT("[a]\nx = \"1\ny = '2\"\nz = \"3 ; c\n"),
	  "1 [a]",
	  { "t.ini:2: [a] x = \"1: " NO_QUOTE, "t.ini:3: [a] y = '2\": " NO_QUOTE, "t.ini:4: [a] z = \"3 ; c: " NO_QUOTE } },
	{ "a quote inside a value", TEXT("[a]\nx = 1\"2\"\ny = it's\n"), "1 [a] 2 x=1\"2\"; 3 y=it's;", { NULL } },
	{ "high bytes in a value", TEXT("[a]\nx = caf\xc3\xa9 \xff\n"), "1 [a] 2 x=caf\xc3\xa9 \xff;", { NULL } },
	{ "a percent sign in a value", TEXT("[a]\nx = %s%n\n"), "1 [a] 2 x=%s%n;", { NULL } },
	{ "a percent sign in an error", TEXT("[%n]\nx = \"%s\n"), "1 [%n]", { "t.ini:2: [%n] x = \"%s: " NO_QUOTE } },

	/* lines */
	{ "a backslash ends a value", TEXT("[a]\nx = 1\\\ny = 2\n"), "1 [a] 3 y=2;", { "t.ini:2: " BACKSLASH } },
	{ "a backslash and white space end a value", TEXT("[a]\nx = 1\\ \t\r\ny = 2\n"), "1 [a] 3 y=2;", { "t.ini:2: " BACKSLASH } },
	{ "a backslash ends a comment",
	  TEXT("[a]\n; c \\\nx = 1\n# d\\\ny = 2\n"),
	  "1 [a] 3 x=1; 5 y=2;",
	  { "t.ini:2: " BACKSLASH, "t.ini:4: " BACKSLASH } },
	{ "a backslash ends a section or stands alone", TEXT("[a]\\\n\\\n"), "", { "t.ini:1: " BACKSLASH, "t.ini:2: " BACKSLASH } },
	{ "a backslash ends the file", TEXT("[a]\nx = 1\\"), "1 [a]", { "t.ini:2: " BACKSLASH } },
	{ "a backslash inside a line", TEXT("[a]\nx = 1\\2\n"), "1 [a] 2 x=1\\2;", { NULL } },
	{ "backslashes in quotation marks",
	  TEXT("[a]\nx = \"a\\tb\\\\\"\ny = 'sed s/\\./x/' ; c\nz = \"e \\\"\n"),
	  "1 [a] 2 x=a\\tb\\\\; 3 y=sed s/\\./x/; 4 z=e \\;",
	  { NULL } },
	{ "a backslash escapes no quotation mark",
	  TEXT("[a]\nx = \"a\\\" b\"\ny = 'a\\' ; it's\nz = \"\\\"\n"),
	  "1 [a] 3 y=a\\; 4 z=\\;",
	  { "t.ini:2: [a] x = \"a\\\" b\": " JUNK } },
	{ "backslashes beside marks of comments and other quotation marks",
	  TEXT("[a]\nx = \"\\; \\# '\"# c\ny = '\\n;\"\\\"' ; c\nz = \"\"; \\\"c\n"),
	  "1 [a] 2 x=\\; \\# '; 3 y=\\n;\"\\\"; 4 z=;",
	  { NULL } },
	{ "a NUL in a value", TEXT("[a]\nx = 1\0002\ny = 3\n"), "1 [a] 3 y=3;", { "t.ini:2: " CONTROL } },
	{ "a NUL in a comment, alone, and at the end",
	  TEXT("; \0\n\0\n[a]\nx = 1\n\0"),
	  "3 [a] 4 x=1;",
	  { "t.ini:1: " CONTROL, "t.ini:2: " CONTROL, "t.ini:5: " CONTROL } },
	{ "control characters",
	  TEXT("[a\033]\nx\b = 1\n[b]\ny = \033[2J\nz = 1\x7f\n; \a\n"),
	  "3 [b]",
	  { "t.ini:1: " CONTROL, "t.ini:2: " CONTROL, "t.ini:4: " CONTROL, "t.ini:5: " CONTROL, "t.ini:6: " CONTROL } },
	{ "a form feed is no white space", TEXT("[a]\n\f\nx = 1\v\n"), "1 [a]", { "t.ini:2: " CONTROL, "t.ini:3: " CONTROL } },
	{ "a CR inside a line", TEXT("[a]\nx = 1\ry = 2\nz = 3\r\r\n"), "1 [a]", { "t.ini:2: " CONTROL, "t.ini:3: " CONTROL } },
	{ "a line of 1000 bytes",
	  TEXT("[a]\nx = 12" NINE_HUNDRED NINETY_FOUR "\n"),
	  "1 [a] 2 x=12" NINE_HUNDRED NINETY_FOUR ";",
	  { NULL } },
	{ "a line of 1001 bytes", TEXT("[a]\nx = 123" NINE_HUNDRED NINETY_FOUR "\ny = 1\n"), "1 [a] 3 y=1;", { "t.ini:2: " TOO_LONG } },
	{ "a line of 1000 bytes without a newline",
	  TEXT("[a]\nx = 12" NINE_HUNDRED NINETY_FOUR),
	  "1 [a] 2 x=12" NINE_HUNDRED NINETY_FOUR ";",
	  { NULL } },
	{ "a section of 1000 bytes",
	  TEXT("[a1" NINE_HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN "012345]\nx = 1\n"),
	  "1 [a1" NINE_HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN "012345] 2 x=1;",
	  { NULL } },
	{ "a key of 994 bytes",
	  TEXT("[a]\n" NINE_HUNDRED NINETY_FOUR " = 123\n"),
	  "1 [a] 2 " NINE_HUNDRED NINETY_FOUR "=123;",
	  { NULL } },
	{ "a comment of 5000 bytes, which iniparser could not read",
	  TEXT("; " NINE_HUNDRED NINE_HUNDRED NINE_HUNDRED NINE_HUNDRED NINE_HUNDRED "\n[a]\nx = 1\n"),
	  "2 [a] 3 x=1;",
	  { "t.ini:1: " TOO_LONG } },
	{ "all that is wrong is told",
	  TEXT("x = 1\n[a]\ny\nz = \"1\nx = 2\nx = 3\n[a]\ny = 4\n"),
	  "2 [a] 5 x=2;",
	  { "t.ini:1: " NO_SECTION, "t.ini:3: " NOT_A_LINE, "t.ini:4: [a] z = \"1: " NO_QUOTE,
	    "t.ini:6: [a] x = 3: " TWICE(5), "t.ini:7: [a]: the section stands in line 2 already" } },
};

static char *describe(const struct ini *ini)
{
	char *text = xstrdup("");

	for (size_t i = 0; i < ini->n_section; i++) {
		const struct ini_section *s = &ini->section[i];
		char *more = xasprintf("%s%s%u [%s]", text, *text ? " " : "", s->line, s->name);

		free(text);
		text = more;
		for (size_t j = 0; j < s->n_entry; j++) {
			more = xasprintf("%s %u %s=%s;", text, s->entry[j].line, s->entry[j].key, s->entry[j].value);
			free(text);
			text = more;
		}
	}
	return text;
}

static void test_row(void **state)
{
	const struct row *row = *state;
	AUTO_STRV struct strv errors = { 0 };
	AUTO_INI struct ini ini = { 0 };
	AUTO_CLOSE int fd = -1;
	AUTO_FREE char *got = NULL;

	unit_write_bytes("t.ini", row->text, row->len);
	fd = open("t.ini", O_RDONLY | O_CLOEXEC);
	assert_int_equal(ini_load(fd, "t.ini", &errors, &ini), 0);
	unit_expect_strings(&errors, row->errors);
	got = describe(&ini);
	assert_string_equal(got, row->read);
}

/*
 * A scan that compares all names with all others, or a dictionary that does, would not end here. The pieces that iniparser
 * gets begin and end at sections, be they empty, larger than a piece, or below a line that is no good.
 */
static void test_many_sections(void **state)
{
	enum { N = 3000, LARGE = 1500, MANY = 250 };
	AUTO_FREE char *text = NULL;
	AUTO_STRV struct strv errors = { 0 };
	AUTO_INI struct ini ini = { 0 };
	AUTO_CLOSE int fd = -1;
	unsigned line = 1;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	(void)state;
	fprintf(f, "; a comment\n");
	for (unsigned i = 0; i < N; i++) {
		fprintf(f, "[section %u]\n", i);
		for (unsigned k = 0; k < (i == LARGE ? MANY : i % 4); k++)
			fprintf(f, "x%u = %u of %u\n", k, k, i);
		if (i % 1000 == 7)
			fprintf(f, "junk\n");
	}
	fclose(f);
	unit_write_bytes("many.ini", text, len);
	fd = open("many.ini", O_RDONLY | O_CLOEXEC);
	assert_int_equal(ini_load(fd, "many.ini", &errors, &ini), 0);
	unit_expect_strings(&errors, (const char *const[]){ "many.ini:22: " NOT_A_LINE, "many.ini:2523: " NOT_A_LINE,
							    "many.ini:5274: " NOT_A_LINE, NULL });
	assert_int_equal(ini.n_section, N);
	for (unsigned i = 0; i < N; i++) {
		const struct ini_section *s = &ini.section[i];
		AUTO_FREE char *name = xasprintf("section %u", i);

		assert_string_equal(s->name, name);
		assert_int_equal(s->line, ++line);
		assert_int_equal(s->n_entry, i == LARGE ? MANY : i % 4);
		for (unsigned k = 0; k < s->n_entry; k++) {
			AUTO_FREE char *key = xasprintf("x%u", k), *value = xasprintf("%u of %u", k, i);

			assert_string_equal(s->entry[k].key, key);
			assert_string_equal(s->entry[k].value, value);
			assert_int_equal(s->entry[k].line, ++line);
		}
		line += i % 1000 == 7;
	}
}

/* The result, and the list of errors, stay as they were when there is nothing to read. */
static void expect_refused(int fd, int error)
{
	AUTO_STRV struct strv errors = { 0 };
	struct ini_section mark = { 0 };
	struct ini ini = { .section = &mark, .n_section = 42 };

	assert_int_equal(ini_load(fd, "t.ini", &errors, &ini), error);
	assert_int_equal(errors.n, 0);
	assert_ptr_equal(ini.section, &mark);
	assert_int_equal(ini.n_section, 42);
}

static void test_not_a_file(void **state)
{
	AUTO_CLOSE int folder = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	AUTO_CLOSE int device = open("/dev/null", O_RDONLY | O_CLOEXEC);
	AUTO_CLOSE int write_only = -1;
	int ends[2];

	(void)state;
	unit_write("t.ini", "[a]\n");
	write_only = open("t.ini", O_WRONLY | O_CLOEXEC);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	expect_refused(folder, -EISDIR);
	expect_refused(device, -ENOTSUP);
	expect_refused(ends[0], -ENOTSUP);
	expect_refused(write_only, -EBADF);
	expect_refused(-1, -EBADF);
	close(ends[0]);
	close(ends[1]);
}

static void test_too_large_a_file(void **state)
{
	AUTO_CLOSE int fd = open("large.ini", O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	(void)state;
	assert_int_equal(ftruncate(fd, (16 << 20) + 1), 0);
	expect_refused(fd, -EFBIG);
}

/* The descriptor's offset neither matters nor moves. */
static void test_offset(void **state)
{
	AUTO_STRV struct strv errors = { 0 };
	AUTO_INI struct ini ini = { 0 };
	AUTO_CLOSE int fd = -1;

	(void)state;
	unit_write("t.ini", "[a]\nx = 1\n");
	fd = open("t.ini", O_RDONLY | O_CLOEXEC);
	assert_int_equal(lseek(fd, 4, SEEK_SET), 4);
	assert_int_equal(ini_load(fd, "t.ini", &errors, &ini), 0);
	assert_int_equal(ini.n_section, 1);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 4);
}

/*
 * Evidence: what iniparser does with a file by itself, which is why ini.c scans the text before. Should a
 * newer iniparser behave better, this test says so, and the scan can shrink.
 */
static void expect_plain_iniparser(const char *text, const char *key, const char *value)
{
	dictionary *dict;

	unit_write("plain.ini", text);
	dict = iniparser_load("plain.ini");
	assert_non_null(dict);
	unit_same(text, key, iniparser_getstring(dict, key, NULL), value);
	iniparser_freedict(dict);
}

static void test_plain_iniparser(void **state)
{
	(void)state;
	/* Repeated sections and keys are merged, the last value wins. */
	expect_plain_iniparser("[a]\nx = 1\n[a]\ny = 2\n", "a:x", "1");
	expect_plain_iniparser("[a]\nx = 1\n[a]\ny = 2\n", "a:y", "2");
	expect_plain_iniparser("[a]\nx = 1\n[A]\nx = 2\n", "a:x", "2");
	expect_plain_iniparser("[a]\nx = 1\nX = 2\n", "a:x", "2");
	/* What stands behind a closing quote is dropped. */
	expect_plain_iniparser("[a]\nx = \"1\" 2\n", "a:x", "1");
	/* A backslash joins lines, in a comment too: the key below it is gone. */
	expect_plain_iniparser("[a]\n; c \\\nx = 1\ny = 2\n", "a:x", NULL);
	expect_plain_iniparser("[a]\nx = 1\\\ny = 2\n", "a:x", "1y = 2");
	/* A key before the first section is one of a section without a name. */
	expect_plain_iniparser("x = 1\n[a]\n", ":x", "1");
	UNIT_TABLE_END;
}

static void test_plain_iniparser_lower_cases(void **state)
{
	dictionary *dict;

	(void)state;
	unit_write("plain.ini", "[CentOS]\nx = 1\n");
	dict = iniparser_load("plain.ini");
	assert_non_null(dict);
	assert_int_equal(iniparser_getnsec(dict), 1);
	assert_string_equal(iniparser_getsecname(dict, 0), "centos");
	iniparser_freedict(dict);
}

static void test_plain_iniparser_numbers(void **state)
{
	dictionary *dict;

	(void)state;
	unit_write("plain.ini", "[a]\njunk = 12abc\noctal = 010\nbool = yesterday\n");
	dict = iniparser_load("plain.ini");
	assert_non_null(dict);
	assert_int_equal(iniparser_getint(dict, "a:junk", -1), 12);
	assert_int_equal(iniparser_getint(dict, "a:octal", -1), 8);
	assert_int_equal(iniparser_getboolean(dict, "a:bool", -1), 1);
	iniparser_freedict(dict);
}

int main(void)
{
	static const struct CMUnitTest more[] = {
		cmocka_unit_test(test_many_sections),           cmocka_unit_test(test_not_a_file),
		cmocka_unit_test(test_too_large_a_file),        cmocka_unit_test(test_offset),
		cmocka_unit_test(test_plain_iniparser),         cmocka_unit_test(test_plain_iniparser_lower_cases),
		cmocka_unit_test(test_plain_iniparser_numbers),
	};

	return UNIT_RUN_ROWS("ini", rows, test_row, more, unit_enter_folder, unit_leave_folder);
}
