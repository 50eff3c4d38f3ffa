#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>

#include "compiler/base/diag_print.h"
#include "tests/unit/front_support.h"

static void check_text(struct front *f, bool color, const char *expected)
{
	struct buf out;

	buf_init(&out, 1 << 20);
	diag_sort(&f->diags);
	diag_print_text(&f->diags, &f->sources, color, &out);
	assert_string_equal(out.size ? out.data : "", expected);
	buf_release(&out);
}

static struct span at(uint32_t begin, uint32_t end)
{
	return (struct span){0, begin, end};
}

static void test_catalogue(void **state)
{
	(void)state;
	for (int i = 0; i < DIAG_CODE_COUNT; i++) {
		const struct diag_info *info = diag_info((enum diag_code)i);

		assert_ptr_equal(diag_find(str_of(info->code)), info);
		assert_ptr_equal(diag_find(str_of(info->name)), info);
		assert_true(strlen(info->title) > 0 && strlen(info->explanation) > 0);
	}
	assert_ptr_equal(diag_find(STR("bf13")), diag_info(BF013));
	assert_ptr_equal(diag_find(STR("BF0013")), diag_info(BF013));
	assert_null(diag_find(STR("BF")));
	assert_null(diag_find(STR("BF9999")));
	assert_null(diag_find(STR("BF01x")));
	assert_null(diag_find(STR("")));
}

static void test_text(void **state)
{
	struct front f;
	struct diag *diag;

	(void)state;
	front_open(&f, STR("one two\n\tthr\xC3\xA9"
	                   "e four\n"));
	check_text(&f, false, "");
	diag = diag_add(&f.diags, BF013, at(16, 20), "second");
	diag_hint(&f.diags, diag, "do %s", "this");
	diag_note(&f.diags, diag, at(4, 7), "see");
	diag_add(&f.diags, BF013, at(9, 15), "first");
	diag_add_global(&f.diags, BF001, "nowhere");
	check_text(&f, false,
	           "bfc: error[BF001]: nowhere\n"
	           "t.bf:2:2: error[BF013]: first\n"
	           "    2 | \tthr\xC3\xA9"
	           "e four\n"
	           "      | \t^^^^^\n"
	           "t.bf:2:8: error[BF013]: second\n"
	           "    2 | \tthr\xC3\xA9"
	           "e four\n"
	           "      | \t      ^^^^\n"
	           "        hint: do this\n"
	           "t.bf:1:5: note: see\n"
	           "    1 | one two\n"
	           "      |     ^^^\n"
	           "3 errors\n");
	front_close(&f);
}

static void test_edges(void **state)
{
	struct front f;

	(void)state;
	front_open(&f, STR("ab\ncd"));
	diag_add(&f.diags, BF013, at(0, 5), "over two lines");
	diag_add(&f.diags, BF013, at(2, 2), "at a line's end");
	diag_add(&f.diags, BF013, at(5, 5), "at the end, \x1B[31m with control");
	check_text(&f, false,
	           "t.bf:1:1: error[BF013]: over two lines\n"
	           "    1 | ab\n"
	           "      | ^^\n"
	           "t.bf:1:3: error[BF013]: at a line's end\n"
	           "    1 | ab\n"
	           "      |   ^\n"
	           "t.bf:2:3: error[BF013]: at the end, ?[31m with control\n"
	           "    2 | cd\n"
	           "      |   ^\n"
	           "3 errors\n");
	front_close(&f);
}

static void test_color(void **state)
{
	struct front f;

	(void)state;
	front_open(&f, STR("a"));
	diag_add(&f.diags, BF222, at(0, 1), "x");
	check_text(&f, true,
	           "t.bf:1:1: \033[1;36mnote[BF222]:\033[0m x\n"
	           "    1 | a\n"
	           "      | \033[1;36m^\033[0m\n");
	front_close(&f);
}

static void test_long_line(void **state)
{
	struct front f;
	struct buf text, out;
	const char *line, *caret;

	(void)state;
	buf_init(&text, 1 << 20);
	for (int i = 0; i < 5000; i++)
		buf_addz(&text, "\xC3\xA4");
	buf_addz(&text, "X");
	for (int i = 0; i < 5000; i++)
		buf_addz(&text, "b");
	front_open(&f, buf_str(&text));
	diag_add(&f.diags, BF013, at(10000, 10001), "far out");
	buf_init(&out, 1 << 20);
	diag_print_text(&f.diags, &f.sources, false, &out);
	assert_true(out.size < 800);
	line = strstr(out.data, "| ") + strlen("| \xE2\x80\xA6");
	caret = strchr(strstr(strstr(out.data, "\n") + 1, "\n") + 1, '^');
	/* 60 characters of two bytes before the X; 60 blanks, and one for the ellipsis, before ^ */
	assert_int_equal(strchr(line, 'X') - line, 120);
	assert_int_equal(caret - (strstr(caret - 70, "| ") + 2), 61);
	buf_release(&out);
	buf_release(&text);
	front_close(&f);
}

static void test_maximum(void **state)
{
	struct front f;
	size_t bytes;

	(void)state;
	front_open(&f, STR("a"));
	for (int i = 0; i < DIAG_MAX; i++)
		diag_add(&f.diags, BF013, at(0, 1), "%d", i);
	bytes = f.arena.bytes;
	for (int i = 0; i < 1000; i++) {
		struct diag *diag = diag_add(&f.diags, BF013, at(0, 1), "%d", i);

		diag_hint(&f.diags, diag, "hint");
		diag_note(&f.diags, diag, at(0, 1), "note");
	}
	assert_int_equal(f.arena.bytes, bytes);
	assert_int_equal(f.diags.list.count, DIAG_MAX);
	assert_int_equal(f.diags.errors, DIAG_MAX + 1000);
	assert_int_equal(f.diags.dropped, 1000);
	assert_true(diag_failed(&f.diags));
	front_close(&f);
}

static void test_json(void **state)
{
	struct front f;
	struct buf out;
	struct diag *diag;
	json_t *array, *first;
	const char *code, *file, *text;
	int line, column, end_column;

	(void)state;
	front_open(&f, STR("one\ntwo"));
	diag = diag_add(&f.diags, BF013, at(4, 7), "bad \xFF byte");
	diag_note(&f.diags, diag, at(0, 3), "see");
	buf_init(&out, 1 << 20);
	diag_print_json(&f.diags, &f.sources, &out);
	array = json_loads(out.data, 0, NULL);
	assert_int_equal(json_array_size(array), 1);
	first = json_array_get(array, 0);
	assert_int_equal(json_unpack(first, "{s:s, s:s, s:s, s:i, s:i, s:i, s:n}", "code", &code,
	                             "file", &file, "text", &text, "line", &line, "column", &column,
	                             "end_column", &end_column, "hint"),
	                 0);
	assert_string_equal(code, "BF013");
	assert_string_equal(file, "t.bf");
	assert_string_equal(text, "bad ? byte");
	assert_int_equal(line, 2);
	assert_int_equal(column, 1);
	assert_int_equal(end_column, 4);
	assert_int_equal(json_array_size(json_object_get(first, "notes")), 1);
	json_decref(array);
	buf_release(&out);
	front_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_catalogue), cmocka_unit_test(test_text),
	        cmocka_unit_test(test_edges),     cmocka_unit_test(test_color),
	        cmocka_unit_test(test_long_line), cmocka_unit_test(test_maximum),
	        cmocka_unit_test(test_json),
	};

	return cmocka_run_group_tests_name("diag", tests, NULL, NULL);
}
