#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "compiler/types.h"

static struct arena arena;

static struct type_info type(const char *text)
{
	return type_read(str_of(text), &arena);
}

static void test_classes(void **state)
{
	static const struct {
		const char *text;
		enum type_class class;
		bool nullable;
		unsigned bits;
		bool is_signed;
	} cases[] = {
	        {"Date", TYPE_DATE, false, 16, false},
	        {"date32", TYPE_DATE32, false, 32, true},
	        {"DateTime", TYPE_DATETIME, false, 32, false},
	        {"DateTime('UTC')", TYPE_DATETIME, false, 32, false},
	        {"Nullable(DateTime64(6, 'Europe/Berlin'))", TYPE_DATETIME64, true, 64, true},
	        {"LowCardinality(Nullable(Date))", TYPE_DATE, true, 16, false},
	        {"Nullable ( /* why */ UInt8 )", TYPE_INTEGER, true, 8, false},
	        {"Int128", TYPE_INTEGER, false, 128, true},
	        {"bigint unsigned", TYPE_INTEGER, false, 64, false},
	        {"INT(11)", TYPE_INTEGER, false, 32, true},
	        {"TIMESTAMP", TYPE_DATETIME, false, 32, false},
	        {"uint8", TYPE_OTHER, false, 0, false},
	        {"String", TYPE_OTHER, false, 0, false},
	        {"LowCardinality(String)", TYPE_OTHER, false, 0, false},
	        {"Array(Date)", TYPE_OTHER, false, 0, false},
	        {"", TYPE_UNKNOWN, false, 0, false},
	        {"DateTime -- in UTC\n('UTC')", TYPE_DATETIME, false, 32, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct type_info info = type(cases[i].text);

		assert_int_equal(info.class, cases[i].class);
		assert_int_equal(info.nullable, cases[i].nullable);
		assert_int_equal(info.bits, cases[i].bits);
		assert_int_equal(info.is_signed, cases[i].is_signed);
	}
	assert_int_equal(type("DateTime64").scale, 3);
	assert_int_equal(type("DateTime64( 6 )").scale, 6);
	assert_true(
	        str_is(type("LowCardinality(Nullable(DateTime('UTC')))").bare, "DateTime('UTC')"));
}

static void test_text_equal(void **state)
{
	(void)state;
	assert_true(type_text_equal(STR("Map(String,UInt8)"), STR("Map( String, UInt8 )")));
	assert_false(type_text_equal(STR("Enum8('a b' = 1)"), STR("Enum8('ab' = 1)")));
	assert_false(type_text_equal(STR("UInt8"), STR("UInt88")));
	assert_false(type_text_equal(STR("UInt8"), STR("Uint8")));
	assert_true(type_text_equal(STR(""), STR("  ")));
}

static void test_numeric(void **state)
{
	(void)state;
	assert_true(type_is_numeric(STR("Nullable(Decimal(18, 4))"), &arena));
	assert_true(type_is_numeric(STR("Float64"), &arena));
	assert_true(type_is_numeric(STR("UInt256"), &arena));
	assert_false(type_is_numeric(STR("String"), &arena));
	assert_false(type_is_numeric(STR("AggregateFunction(avg, UInt8)"), &arena));
}

static void test_dates(void **state)
{
	struct type_info date = type("Date"), time = type("DateTime"), fine = type("DateTime64(3)");

	(void)state;
	assert_true(type_date_text_fits(&date, STR("2024-02-29")));
	assert_false(type_date_text_fits(&date, STR("2023-02-29")));
	assert_false(type_date_text_fits(&date, STR("2100-02-29")));
	assert_false(type_date_text_fits(&date, STR("2024-12-17 09:00:00")));
	assert_false(type_date_text_fits(&date, STR("17.12.2024")));
	assert_false(type_date_text_fits(&date, STR("")));
	assert_true(type_date_text_fits(&time, STR("2024-12-17")));
	assert_true(type_date_text_fits(&time, STR("2024-12-17 09:00:00")));
	assert_true(type_date_text_fits(&time, STR("2024-12-17T23:59:59")));
	assert_false(type_date_text_fits(&time, STR("2024-12-17 24:00:00")));
	assert_false(type_date_text_fits(&time, STR("2024-12-17 09:00")));
	assert_false(type_date_text_fits(&time, STR("2024-12-17 09:00:00.5")));
	assert_true(type_date_text_fits(&fine, STR("2024-12-17 09:00:00.123456")));
	assert_false(type_date_text_fits(&fine, STR("2024-12-17 09:00:00.")));
}

static void test_integers(void **state)
{
	struct type_info u8 = type("UInt8"), i8 = type("Int8"), u64 = type("UInt64"),
	                 i256 = type("Int256");

	(void)state;
	assert_true(type_integer_text_fits(&u8, STR("255")));
	assert_true(type_integer_text_fits(&u8, STR("000255")));
	assert_false(type_integer_text_fits(&u8, STR("256")));
	assert_false(type_integer_text_fits(&u8, STR("-1")));
	assert_true(type_integer_text_fits(&i8, STR("-128")));
	assert_false(type_integer_text_fits(&i8, STR("-129")));
	assert_false(type_integer_text_fits(&i8, STR("128")));
	assert_true(type_integer_text_fits(&u64, STR("18446744073709551615")));
	assert_false(type_integer_text_fits(&u64, STR("18446744073709551616")));
	assert_false(type_integer_text_fits(&u64, STR("1.5")));
	assert_false(type_integer_text_fits(&u64, STR("-")));
	assert_true(type_integer_text_fits(&i256, STR("-99999999999999999999999999999999")));
}

static int set_up(void **state)
{
	(void)state;
	arena_init(&arena);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_release(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_classes),  cmocka_unit_test(test_text_equal),
	        cmocka_unit_test(test_numeric),  cmocka_unit_test(test_dates),
	        cmocka_unit_test(test_integers),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
