#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "runtime/errors.h"

static void test_classes(void **state)
{
	static const int retry[] = {198, 202, 203, 209, 210, 216, 236,
	                            242, 252, 279, 319, 394, 745, 999};
	static const int stop[] = {36, 47, 60, 62, 159, 164, 243, 395, 457, 497, 499, 516};

	(void)state;
	for (size_t i = 0; i < sizeof(retry) / sizeof(*retry); i++)
		assert_int_equal(error_info(retry[i])->class, ERROR_RETRY);
	for (size_t i = 0; i < sizeof(stop) / sizeof(*stop); i++)
		assert_int_equal(error_info(stop[i])->class, ERROR_STOP);
	assert_int_equal(error_info(241)->class, ERROR_SMALLER);
	assert_int_equal(error_info(173)->class, ERROR_SMALLER);
}

static void test_texts(void **state)
{
	(void)state;
	assert_string_equal(error_info(241)->name, "MEMORY_LIMIT_EXCEEDED");
	assert_non_null(strstr(error_info(241)->advice, "low_memory"));
	assert_string_equal(error_info(216)->name, "QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING");
}

static void test_unknown(void **state)
{
	(void)state;
	for (int code = -3; code < 1200; code++) {
		const struct error_info *info = error_info(code);

		assert_non_null(info);
		assert_non_null(info->name);
		assert_true(info->code == code || (info->code == 0 && info->class == ERROR_STOP));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_classes),
	        cmocka_unit_test(test_texts),
	        cmocka_unit_test(test_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
