#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "compiler/base/diag.h"
#include "compiler/base/suggest.h"
#include "compiler/explain.h"

static const char readme[] = "grammar/README.md"; /* tests run at the top of the tree */
static const char begin_mark[] = "<!-- diagnostics -->\n";
static const char end_mark[] = "<!-- /diagnostics -->";

static void read_file(const char *path, struct buf *out)
{
	FILE *file = fopen(path, "r");
	char piece[4096];
	size_t n;

	assert_non_null(file);
	while ((n = fread(piece, 1, sizeof(piece), file)) > 0)
		buf_add(out, (struct str){piece, n});
	fclose(file);
}

static void write_file(const char *path, struct str text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text.p, 1, text.n, file), text.n);
	assert_int_equal(fclose(file), 0);
}

/* BFC_UPDATE=1 writes the table (tests/lib/diag_table.sh); without it a stale one fails. */
static void test_table_in_reference(void **state)
{
	struct buf old, fresh;
	ptrdiff_t begin, end;
	struct str text;
	bool stale;

	(void)state;
	buf_init(&old, BUF_CEILING_OUTPUT);
	buf_init(&fresh, BUF_CEILING_OUTPUT);
	read_file(readme, &old);
	text = buf_str(&old);
	begin = str_find(text, str_of(begin_mark));
	end = str_find(text, str_of(end_mark));
	assert_true(begin >= 0 && end > begin);
	buf_add(&fresh, (struct str){text.p, (size_t)begin + sizeof(begin_mark) - 1});
	explain_markdown(&fresh);
	buf_add(&fresh, (struct str){text.p + end, text.n - (size_t)end});
	stale = !str_eq(text, buf_str(&fresh));
	if (stale && getenv("BFC_UPDATE")) {
		write_file(readme, buf_str(&fresh));
		stale = false;
	}
	buf_release(&old);
	buf_release(&fresh);
	if (stale)
		fail_msg("the table of diagnostics in %s is stale: run tests/lib/diag_table.sh",
		         readme);
}

static void test_one_entry(void **state)
{
	struct buf by_code, by_name;

	(void)state;
	buf_init(&by_code, BUF_CEILING_OUTPUT);
	buf_init(&by_name, BUF_CEILING_OUTPUT);
	assert_true(explain_code(STR("bf101"), &by_code));
	assert_true(explain_code(STR("unknown-table"), &by_name));
	assert_true(str_eq(buf_str(&by_code), buf_str(&by_name)));
	assert_true(str_starts(buf_str(&by_code), STR("error[BF101] unknown-table: ")));
	buf_reset(&by_code);
	assert_false(explain_code(STR("BF999999"), &by_code));
	assert_int_equal(by_code.size, 0);
	buf_release(&by_code);
	buf_release(&by_name);
}

/* The catalogue itself: everything there, nothing twice, wording as agreed. */
static void test_catalogue(void **state)
{
	(void)state;
	for (int i = 0; i < DIAG_CODE_COUNT; i++) {
		const struct diag_info *info = diag_info((enum diag_code)i);

		assert_true(info->title[0] && info->explanation[0]);
		assert_int_not_equal(info->title[strlen(info->title) - 1], '.');
		for (int k = 0; k < i; k++) {
			assert_string_not_equal(info->code, diag_info((enum diag_code)k)->code);
			assert_string_not_equal(info->name, diag_info((enum diag_code)k)->name);
		}
	}
}

static void test_suggestions(void **state)
{
	static const struct str words[] = {{"timestamp", 9}, {"project", 7}, {"at", 2}};

	(void)state;
	assert_int_equal(suggest_distance(STR("timestmap"), STR("timestamp")), 1);
	assert_int_equal(suggest_distance(STR("kitten"), STR("sitting")), 3);
	assert_int_equal(suggest_distance(STR(""), STR("abc")), 3);
	assert_int_equal(suggest_distance(STR("FAST"), STR("fast")), 0);
	assert_true(str_is(suggest_nearest(STR("projct"), words, 3), "project"));
	assert_true(str_is(suggest_nearest(STR("Timestamp"), words, 3), "timestamp"));
	assert_int_equal(suggest_nearest(STR("country"), words, 3).n, 0);
	assert_int_equal(suggest_nearest(STR("zz"), words, 3).n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_table_in_reference),
	        cmocka_unit_test(test_one_entry),
	        cmocka_unit_test(test_catalogue),
	        cmocka_unit_test(test_suggestions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
