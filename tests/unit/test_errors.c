#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "runtime/errors.h"

static void test_classes(void **state)
{
	static const int retry[] = {95,  96,  198, 202, 203, 209, 210, 216, 225, 234, 236, 242,
	                            244, 252, 254, 255, 265, 279, 285, 286, 297, 319, 364, 369,
	                            373, 384, 394, 416, 439, 473, 519, 574, 614, 677, 692, 696,
	                            700, 733, 735, 738, 745, 749, 751, 762, 763, 904, 999, 1000};
	static const int stop[] = {32,  36,  47,  49,  60,  62,  75,   76,   158, 159,
	                           160, 164, 201, 204, 290, 307, 395,  396,  454, 457,
	                           481, 497, 499, 500, 516, 774, 1001, 1002, 1009};
	static const int smaller[] = {173, 241, 777, 778};

	(void)state;
	for (size_t i = 0; i < sizeof(retry) / sizeof(*retry); i++)
		assert_int_equal(error_info(retry[i])->class, ERROR_RETRY);
	for (size_t i = 0; i < sizeof(stop) / sizeof(*stop); i++)
		assert_int_equal(error_info(stop[i])->class, ERROR_STOP);
	for (size_t i = 0; i < sizeof(smaller) / sizeof(*smaller); i++)
		assert_int_equal(error_info(smaller[i])->class, ERROR_SMALLER);
}

/* Texts as 26.7 writes them. */
static void test_one_code_for_several_things(void **state)
{
	static const struct {
		int code;
		const char *text;
		enum error_class class;
	} cases[] = {
	        {1000, "e.code() = 111, Connection refused", ERROR_RETRY},
	        {1000, "e.code() = 0, HTML Form Exception: Field value too long", ERROR_STOP},
	        {252, "Too many parts (3000 with average size of 1 KiB)", ERROR_RETRY},
	        {252, "Too many partitions for single INSERT block (more than 100)", ERROR_STOP},
	        {252, "Cannot move 3 parts at once, the limit is 2", ERROR_STOP},
	        {86, "Received error from remote server x. HTTP status code: 404", ERROR_STOP},
	        {86, "Received error from remote server x. HTTP status code: 503", ERROR_RETRY},
	        {243, "Cannot reserve 1.00 MiB, not enough space", ERROR_ROOM},
	        {60, "Field value too long", ERROR_STOP},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct error_info *info = error_of(cases[i].code, str_of(cases[i].text));

		assert_int_equal(info->code, cases[i].code);
		assert_int_equal(info->class, cases[i].class);
	}
	assert_int_equal(
	        error_of(75, STR("write, errno: 28, strerror: No space left on device"))->class,
	        ERROR_ROOM);
	assert_int_equal(error_of(1001, STR("filesystem error: [No space left on device]"))->class,
	                 ERROR_ROOM);
	assert_non_null(strstr(error_of(1000, STR("Field value too long"))->advice, "files"));
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
	        cmocka_unit_test(test_one_code_for_several_things),
	        cmocka_unit_test(test_texts),
	        cmocka_unit_test(test_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
