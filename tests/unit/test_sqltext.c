#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "compiler/base/sqltext.h"

#define CHECK(call, expected)                                                                      \
	do {                                                                                       \
		struct buf out;                                                                    \
                                                                                                   \
		buf_init(&out, 4096);                                                              \
		call;                                                                              \
		assert_string_equal(out.data, expected);                                           \
		buf_release(&out);                                                                 \
	} while (0)

static void test_names(void **state)
{
	(void)state;
	CHECK(sql_add_name(&out, STR("pypi")), "pypi");
	CHECK(sql_add_name(&out, STR("_a1")), "_a1");
	CHECK(sql_add_name(&out, STR("default")), "default");
	CHECK(sql_add_name(&out, STR("timestamp")), "timestamp");
	CHECK(sql_add_name(&out, STR("1a")), "`1a`");
	CHECK(sql_add_name(&out, STR("")), "``");
	CHECK(sql_add_name(&out, STR("a b")), "`a b`");
	CHECK(sql_add_name(&out, STR("a.b")), "`a.b`");
	CHECK(sql_add_name(&out, STR("gr\xC3\xB6\xC3\x9F"
	                             "e")),
	      "`gr\xC3\xB6\xC3\x9F"
	      "e`");
	CHECK(sql_add_name(&out, STR("Select")), "`Select`");
	CHECK(sql_add_name(&out, STR("FROM")), "`FROM`");
	CHECK(sql_add_name(&out, STR("table")), "`table`");
	CHECK(sql_add_name(&out, STR("a`b\\c")), "`a\\`b\\\\c`");
	CHECK(sql_add_name(&out, STR("it's")), "`it's`");
	CHECK(sql_add_quoted(&out, STR("a")), "`a`");
	CHECK(sql_add_qualified(&out, STR("db"), STR("a-b")), "db.`a-b`");
}

static void test_strings(void **state)
{
	(void)state;
	CHECK(sql_add_string(&out, STR("")), "''");
	CHECK(sql_add_string(&out, STR("it's `x` \"y\"")), "'it\\'s `x` \"y\"'");
	CHECK(sql_add_string(&out, STR("a\\b\n\t\r\b\f")), "'a\\\\b\\n\\t\\r\\b\\f'");
	CHECK(sql_add_string(&out, ((struct str){"a\0b", 3})), "'a\\0b'");
}

static void test_param_values(void **state)
{
	(void)state;
	CHECK(sql_add_param_value(&out, STR("it's a\tb\\N\n")), "it's a\\tb\\\\N\\n");
	CHECK(sql_add_param_value(&out, ((struct str){"\0", 1})), "\\0");
}

static void test_numbers_and_names(void **state)
{
	static const char *const numbers[] = {"2", "1_000", "1e5", "1E10", "0x1F", "0b101"};
	static const char *const names[] = {"2nd", "1e", "0x", "0xg", "0b2", "1e5x", "a1", ""};

	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		assert_true(sql_is_number(str_of(numbers[i])));
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		assert_false(sql_is_number(str_of(names[i])));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_names),
	        cmocka_unit_test(test_strings),
	        cmocka_unit_test(test_param_values),
	        cmocka_unit_test(test_numbers_and_names),
	};

	return cmocka_run_group_tests_name("sqltext", tests, NULL, NULL);
}
