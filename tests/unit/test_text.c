/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include "../../helper/text.h"

static void test_printable(void **state)
{
	static const struct {
		const char *in, *want;
	} rows[] = {
		{ "", "" },
		{ "enp1s0v0", "enp1s0v0" },
		{ " ~", " ~" },
		{ "a\x1b[31mb", "a?[31mb" },
		{ "\a\t\n\x7f", "????" },
		{ "\x9b"
		  "2J",
		  "?2J" }, /* what starts a control sequence in Latin-1 */
		{ "\xc2\x9b"
		  "2J",
		  "??2J" }, /* and in UTF-8 */
		{ "gr\xc3\xbc\xc3\x9f", "gr????" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		AUTO_FREE char *got = text_printable(rows[i].in);

		unit_same(rows[i].in, "printable", got, rows[i].want);
	}
	UNIT_TABLE_END;
}

#define NOT "\xef\xbf\xbd"

static void test_utf8(void **state)
{
	static const struct {
		const char *in, *want;
	} rows[] = {
		{ "", "" },
		{ "a\x1b\n", "a\x1b\n" },
		{ "gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f" },
		{ "\xe2\x82\xac \xf0\x9f\x90\xa7", "\xe2\x82\xac \xf0\x9f\x90\xa7" },
		{ "\xff", NOT },
		{ "a\x80z", "a" NOT "z" },
		{ "\xc3", NOT }, /* cut off by the end */
		{ "\xe2\x82", NOT NOT },
		{ "\xf0\x9f\x90", NOT NOT NOT },
		{ "\xc3z", NOT "z" },    /* and by another character */
		{ "\xc0\xaf", NOT NOT }, /* '/' in more bytes than it needs */
		{ "\xe0\x80\xaf", NOT NOT NOT },
		{ "\xf0\x80\x80\xaf", NOT NOT NOT NOT },
		{ "\xed\xa0\x80", NOT NOT NOT },         /* half of a pair of UTF-16 */
		{ "\xf4\x90\x80\x80", NOT NOT NOT NOT }, /* above U+10FFFF */
		{ "\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf" },
		{ "\xf8\x88\x80\x80\x80", NOT NOT NOT NOT NOT },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		AUTO_FREE char *got = text_utf8(rows[i].in);

		unit_same(rows[i].in, "UTF-8", got, rows[i].want);
	}
	UNIT_TABLE_END;
}

static void test_join(void **state)
{
	AUTO_STRV struct strv pieces = { 0 };
	AUTO_FREE char *none = text_join(&pieces, ", ");
	AUTO_FREE char *one = NULL;
	AUTO_FREE char *two = NULL;

	(void)state;
	assert_string_equal(none, "");
	strv_addf(&pieces, "a");
	one = text_join(&pieces, ", ");
	assert_string_equal(one, "a");
	strv_addf(&pieces, "b");
	two = text_join(&pieces, ", ");
	assert_string_equal(two, "a, b");
}

static void test_ranges(void **state)
{
	static const struct row {
		const char *want;
		unsigned number[6];
		size_t n;
	} rows[] = {
		{ "", { 0 }, 0 },
		{ "0", { 0 }, 1 },
		{ "0 to 1", { 0, 1 }, 2 },
		{ "5, 7", { 5, 7 }, 2 },
		{ "3 to 8", { 3, 4, 5, 6, 7, 8 }, 6 },
		{ "0 to 2, 4, 9 to 10", { 0, 1, 2, 4, 9, 10 }, 6 },
		{ "1, 3 to 4, 998 to 999, 65535", { 1, 3, 4, 998, 999, 65535 }, 6 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		AUTO_FREE char *got = text_ranges(rows[i].number, rows[i].n);

		unit_same(rows[i].want, "ranges", got, rows[i].want);
	}
	UNIT_TABLE_END;
}

static void add_row(struct table *table, const char *a, const char *b, const char *c)
{
	struct strv *row = table_add(table);

	strv_addf(row, "%s", a);
	strv_addf(row, "%s", b);
	strv_addf(row, "%s", c);
}

static void assert_table(const struct table *table, const char *want)
{
	AUTO_FREE char *got = NULL;
	size_t size;
	FILE *out = open_memstream(&got, &size);

	table_print(table, out);
	fclose(out);
	assert_string_equal(got, want);
}

static void test_table(void **state)
{
	AUTO_TABLE struct table table = { 0 };

	(void)state;
	assert_table(&table, "");
	add_row(&table, "VF", "NETDEV", "WHERE");
	assert_table(&table, "  VF  NETDEV  WHERE\n");
	add_row(&table, "0", "e\x1bth0", "host");
	strv_addf(table_add(&table), "more of 0, longer than any cell");
	add_row(&table, "100", "a-long-name", "-");
	assert_table(&table, "   VF  NETDEV       WHERE\n"
			     "    0  e?th0        host\n"
			     "       more of 0, longer than any cell\n"
			     "  100  a-long-name  -\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_printable), cmocka_unit_test(test_utf8),  cmocka_unit_test(test_join),
		cmocka_unit_test(test_ranges),    cmocka_unit_test(test_table),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
