#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "compiler/closure.h"

static struct arena arena;

/* A program of tables and views by number: views[i] reads from[i] and writes to[i]. */
struct world {
	struct model_table *tables;
	struct model_view *views;
	const struct model_view **list;
	size_t view_count;
	struct closure_index index;
};

static struct world world(size_t tables, size_t views, const unsigned (*edges)[2])
{
	struct world made = {0};

	made.tables = arena_array(&arena, struct model_table, tables);
	made.views = arena_array(&arena, struct model_view, views);
	made.list = arena_array(&arena, const struct model_view *, views);
	made.view_count = views;
	for (size_t i = 0; i < tables; i++) {
		made.tables[i].database = STR("db");
		made.tables[i].name = str_of(arena_printf(&arena, "t%zu", i));
	}
	for (size_t i = 0; i < views; i++) {
		made.views[i].name = str_of(arena_printf(&arena, "v%zu", i));
		made.views[i].reads = &made.tables[edges[i][0]];
		made.views[i].target = &made.tables[edges[i][1]];
		made.list[i] = &made.views[i];
	}
	closure_index_init(&made.index, made.list, views, &arena);
	return made;
}

static struct model_closure closure_from(const struct world *it, size_t table, unsigned number)
{
	const struct model_table *start = &it->tables[table];

	return closure_of(&it->index, &start, 1, number);
}

static void test_cascade(void **state)
{
	/* Declared backwards: the order of declaration does not matter. */
	static const unsigned edges[][2] = {{2, 3}, {1, 2}, {0, 1}, {4, 3}};
	struct world it = world(5, 4, edges);
	struct model_closure closure = closure_from(&it, 0, 0);
	struct view_list cycle;

	(void)state;
	assert_int_equal(closure.table_count, 4);
	assert_int_equal(closure.view_count, 3);
	for (size_t i = 0; i < 4; i++)
		assert_ptr_equal(closure.tables[i], &it.tables[i]);
	assert_ptr_equal(closure.views[0], &it.views[2]);
	assert_ptr_equal(closure.views[2], &it.views[0]);
	assert_false(closure_cycle(&it.index, &cycle));
	closure_index_release(&it.index);
}

static void test_diamond(void **state)
{
	static const unsigned edges[][2] = {{0, 1}, {0, 1}, {0, 2}, {2, 1}, {1, 3}};
	struct world it = world(4, 5, edges);
	struct model_closure closure = closure_from(&it, 0, 0);
	struct view_list cycle;

	(void)state;
	assert_int_equal(closure.table_count, 4);
	assert_int_equal(closure.view_count, 5);
	assert_false(closure_cycle(&it.index, &cycle));
	closure_index_release(&it.index);
}

/* A view whose own backfill comes later takes its rows from its table then. */
static void test_filled_later(void **state)
{
	static const unsigned edges[][2] = {{0, 1}, {0, 2}, {2, 3}};
	struct world it = world(4, 3, edges);
	const struct model_table *starts[] = {&it.tables[2], &it.tables[1], &it.tables[2]};
	struct model_closure closure;

	(void)state;
	it.views[1].filled_by = 2;
	assert_int_equal(closure_from(&it, 0, 1).table_count, 2);
	assert_int_equal(closure_from(&it, 0, 2).table_count, 4);
	closure = closure_of(&it.index, starts, 3, 2);
	assert_int_equal(closure.table_count, 3);
	assert_int_equal(closure.view_count, 1);
	assert_ptr_equal(closure.tables[0], starts[0]);
	closure_index_release(&it.index);
}

static void test_alone(void **state)
{
	static const unsigned edges[][2] = {{1, 0}};
	struct world it = world(3, 1, edges);

	(void)state;
	assert_int_equal(closure_from(&it, 0, 0).view_count, 0);
	assert_int_equal(closure_from(&it, 2, 0).table_count, 1);
	closure_index_release(&it.index);
}

static void test_cycle_in_order(void **state)
{
	/* t0 leads to the circle t1 -> t2 -> t3 -> t1, which leads to t4. */
	static const unsigned edges[][2] = {{3, 4}, {0, 1}, {1, 2}, {2, 3}, {3, 1}};
	struct world it = world(5, 5, edges);
	struct view_list cycle;

	(void)state;
	assert_true(closure_cycle(&it.index, &cycle));
	assert_int_equal(cycle.list.count, 3);
	for (size_t i = 0; i < 3; i++)
		assert_ptr_equal(cycle.list.items[i]->target, cycle.list.items[(i + 1) % 3]->reads);
	assert_false(closure_cycle(&it.index, &cycle));
	/* The walk ends although there is a circle. */
	assert_int_equal(closure_from(&it, 0, 0).table_count, 5);
	closure_index_release(&it.index);
}

static void test_two_cycles(void **state)
{
	static const unsigned edges[][2] = {{0, 0}, {1, 2}, {2, 1}};
	struct world it = world(3, 3, edges);
	struct view_list cycle;
	size_t found = 0;

	(void)state;
	while (closure_cycle(&it.index, &cycle))
		found += cycle.list.count;
	assert_int_equal(found, 3);
	closure_index_release(&it.index);
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
	        cmocka_unit_test(test_cascade),        cmocka_unit_test(test_diamond),
	        cmocka_unit_test(test_filled_later),   cmocka_unit_test(test_alone),
	        cmocka_unit_test(test_cycle_in_order), cmocka_unit_test(test_two_cycles),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
