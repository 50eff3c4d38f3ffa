#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <unistd.h>

#include "tests/unit/front_support.h"

static struct span at(uint32_t begin, uint32_t end)
{
	return (struct span){0, begin, end};
}

static void check_place(struct front *f, uint32_t offset, unsigned line, unsigned column,
                        const char *text)
{
	struct place place = span_place(&f->sources, at(offset, offset));

	assert_int_equal(place.line, line);
	assert_int_equal(place.column, column);
	assert_true(str_is(place.line_text, text));
	assert_string_equal(place.path, "t.bf");
}

static void test_places(void **state)
{
	struct front f;

	(void)state;
	front_open(&f, STR("ab\r\n\n\xC3\xA4"
	                   "b\nlast"));
	check_place(&f, 0, 1, 1, "ab");
	check_place(&f, 1, 1, 2, "ab");
	check_place(&f, 3, 1, 4, "ab"); /* the line end itself */
	check_place(&f, 4, 2, 1, "");
	check_place(&f, 5, 3, 1,
	            "\xC3\xA4"
	            "b");
	check_place(&f, 7, 3, 2,
	            "\xC3\xA4"
	            "b");
	check_place(&f, 9, 4, 1, "last");
	check_place(&f, 13, 4, 5, "last");
	front_close(&f);
}

static void test_empty(void **state)
{
	struct front f;

	(void)state;
	front_open(&f, STR(""));
	check_place(&f, 0, 1, 1, "");
	assert_int_equal(f.source->text.p[0], '\0');
	front_close(&f);
}

static void test_bom(void **state)
{
	struct front f;

	(void)state;
	front_open(&f, STR("\xEF\xBB\xBF"
	                   "ab"));
	assert_true(str_is(f.source->text, "ab"));
	check_place(&f, 1, 1, 2, "ab");
	front_close(&f);
}

static void test_spans(void **state)
{
	struct front f;
	struct span span;

	(void)state;
	front_open(&f, STR("select 1"));
	assert_true(str_is(span_text(&f.sources, at(0, 6)), "select"));
	span = span_join(at(7, 8), at(0, 6));
	assert_int_equal(span.begin, 0);
	assert_int_equal(span.end, 8);
	front_close(&f);
}

/* Loads a file of these bytes; true when it is taken. */
static bool load(struct front *f, const void *bytes, size_t n)
{
	char path[] = "/tmp/bfc-test-source-XXXXXX";
	int fd = mkstemp(path);
	bool taken;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, n), n);
	close(fd);
	taken = source_load(&f->sources, path, NULL, &f->diags) != NULL;
	unlink(path);
	return taken;
}

static void test_load(void **state)
{
	static const char *const bad[] = {"\x80",
	                                  "\xC3",
	                                  "\xC0\x80",
	                                  "\xED\xA0\x80",
	                                  "\xF5\x80\x80\x80",
	                                  "\xE2\x80",
	                                  "\xF0\x80\x80\x80",
	                                  "ok\xFF"};
	struct front f;

	(void)state;
	front_open(&f, STR(""));
	assert_true(load(&f, "", 0));
	assert_true(load(&f, "a\xF0\x9F\x98\x80\xE2\x82\xAC\xC3\xA4", 10));
	assert_int_equal(f.diags.errors, 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(load(&f, bad[i], strlen(bad[i])));
	assert_int_equal(f.diags.errors, sizeof(bad) / sizeof(bad[0]));
	assert_int_equal(f.diags.list.items[7].span.begin, 2);
	assert_false(load(&f, "a\0b", 3));
	assert_int_equal(f.diags.list.items[8].code, BF004);
	front_close(&f);
}

static void test_cannot_load(void **state)
{
	struct front f;
	struct span why = at(0, 3);

	(void)state;
	front_open(&f, STR("use"));
	assert_null(source_load(&f.sources, "/nonexistent/x.bf", NULL, &f.diags));
	assert_null(source_load(&f.sources, "/", &why, &f.diags));
	assert_string_equal(front_codes(&f), "BF001 BF001");
	assert_false(f.diags.list.items[0].has_span);
	assert_true(f.diags.list.items[1].has_span);
	assert_non_null(strstr(f.diags.list.items[1].text, "directory"));
	front_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_places), cmocka_unit_test(test_empty),
	        cmocka_unit_test(test_bom),    cmocka_unit_test(test_spans),
	        cmocka_unit_test(test_load),   cmocka_unit_test(test_cannot_load),
	};

	return cmocka_run_group_tests_name("source", tests, NULL, NULL);
}
