#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "compiler/column_index.h"

static struct arena arena;

static struct column_index index_of(const char *const *names, size_t count)
{
	struct model_column *columns = arena_array(&arena, struct model_column, count);
	struct column_index index;

	for (size_t i = 0; i < count; i++)
		columns[i].name = str_of(names[i]);
	column_index_init(&index, columns, count, &arena);
	return index;
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

static void test_find(void **state)
{
	static const char *const names[] = {"time", "project", "a", "project2", "", "Time", "n.a"};
	struct column_index index = index_of(names, sizeof(names) / sizeof(*names));

	(void)state;
	for (size_t i = 0; i < index.count; i++)
		assert_ptr_equal(column_find(&index, str_of(names[i])), &index.columns[i]);
	assert_null(column_find(&index, STR("proj")));
	assert_null(column_find(&index, STR("project1")));
	assert_null(column_find(&index, STR("zz")));
	assert_null(column_find(&index, STR("TIME")));
}

static void test_first_of_twins(void **state)
{
	static const char *const names[] = {"b", "a", "b", "a", "b"};
	struct column_index index = index_of(names, 5);

	(void)state;
	assert_ptr_equal(column_find(&index, STR("a")), &index.columns[1]);
	assert_ptr_equal(column_find(&index, STR("b")), &index.columns[0]);
}

static void test_none(void **state)
{
	struct column_index index = index_of(NULL, 0), unset = {0};

	(void)state;
	assert_null(column_find(&index, STR("a")));
	assert_null(column_find(&unset, STR("a")));
	assert_int_equal(column_nearest(&unset, STR("a")).n, 0);
}

/* In order of declaration, not of names: of equally near ones the first. */
static void test_nearest(void **state)
{
	static const char *const names[] = {"bytez", "bytes_out", "bytea", "project"};
	struct column_index index = index_of(names, 4);

	(void)state;
	assert_true(str_is(column_nearest(&index, STR("bytes")), "bytez"));
	assert_true(str_is(column_nearest(&index, STR("projekt")), "project"));
	assert_int_equal(column_nearest(&index, STR("unlike")).n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(test_find, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_first_of_twins, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_none, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_nearest, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
