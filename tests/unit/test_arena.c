#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdalign.h>

#include "compiler/base/arena.h"

static void test_alloc(void **state)
{
	struct arena arena;
	char *first;

	(void)state;
	arena_init(&arena);
	first = arena_alloc(&arena, 1);
	assert_int_equal(first[0], 0);
	*first = 'x';
	for (size_t n = 0; n < 10000; n += 7) {
		unsigned char *p = arena_alloc(&arena, n);

		assert_int_equal((uintptr_t)p % alignof(max_align_t), 0);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(p[i], 0);
		if (n)
			memset(p, 0xFF, n);
	}
	assert_int_equal(*first, 'x');
	assert_true(arena.bytes > 1000000);
	arena_release(&arena);
	assert_int_equal(arena.bytes, 0);
	assert_null(arena.blocks);
	arena_release(&arena);
}

static void test_large(void **state)
{
	struct arena arena;
	char *large, *small;

	(void)state;
	arena_init(&arena);
	small = arena_alloc(&arena, 16);
	large = arena_alloc(&arena, 10 << 20);
	large[(10 << 20) - 1] = 'x';
	small[15] = 'y';
	assert_non_null(arena_alloc(&arena, 16));
	arena_release(&arena);
}

static void test_list(void **state)
{
	LIST_OF(int) list = {0};
	struct arena arena;

	(void)state;
	arena_init(&arena);
	for (int i = 0; i < 1000; i++)
		*list_add(&arena, &list) = i;
	assert_int_equal(list.count, 1000);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(list.items[i], i);
	arena_release(&arena);
}

/* A list at the arena's end grows where it is; others move, and nothing is written over. */
static void test_lists_in_turn(void **state)
{
	struct large {
		char bytes[200];
	};
	LIST_OF(struct large) first = {0};
	LIST_OF(int) second = {0};
	struct arena arena;
	const void *at;

	(void)state;
	arena_init(&arena);
	*list_add(&arena, &first) = (struct large){"0"};
	assert_int_equal(first.capacity, 1);
	at = first.items;
	list_add(&arena, &first)->bytes[0] = '1';
	assert_ptr_equal(first.items, at);
	assert_int_equal(first.items[1].bytes[199], 0);
	for (int i = 0; i < 500; i++) {
		*list_add(&arena, &second) = i;
		list_add(&arena, &first)->bytes[0] = 'x';
	}
	assert_int_equal(first.items[0].bytes[0], '0');
	assert_int_equal(first.items[1].bytes[0], '1');
	for (int i = 0; i < 500; i++) {
		assert_int_equal(second.items[i], i);
		assert_int_equal(first.items[i + 2].bytes[0], 'x');
		assert_int_equal(first.items[i + 2].bytes[1], 0);
	}
	arena_release(&arena);
}

static void test_reserved(void **state)
{
	LIST_OF(int) list = {0};
	struct arena arena;
	const void *at;
	size_t bytes;

	(void)state;
	arena_init(&arena);
	list_reserve(&arena, &list, 20);
	at = list.items;
	bytes = arena.bytes;
	for (int i = 0; i < 20; i++)
		*list_add(&arena, &list) = i;
	assert_ptr_equal(list.items, at);
	assert_int_equal(arena.bytes, bytes);
	assert_non_null(arena_alloc(&arena, 1));
	*list_add(&arena, &list) = 20; /* one more makes it grow as any other */
	for (int i = 0; i <= 20; i++)
		assert_int_equal(list.items[i], i);
	list.count = 0;
	list_reserve(&arena, &list, 0);
	*list_add(&arena, &list) = 7;
	assert_int_equal(list.items[0], 7);
	arena_release(&arena);
}

static void test_text(void **state)
{
	struct arena arena;
	struct str copy;

	(void)state;
	arena_init(&arena);
	assert_string_equal(arena_strdup(&arena, STR("abc")), "abc");
	assert_string_equal(arena_strdup(&arena, (struct str){NULL, 0}), "");
	assert_string_equal(arena_printf(&arena, "%d-%s", 7, "x"), "7-x");
	copy = arena_str(&arena, (struct str){"a\0b", 3});
	assert_int_equal(copy.n, 3);
	assert_memory_equal(copy.p, "a\0b", 4);
	arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_alloc),    cmocka_unit_test(test_large),
	        cmocka_unit_test(test_list),     cmocka_unit_test(test_lists_in_turn),
	        cmocka_unit_test(test_reserved), cmocka_unit_test(test_text),
	};

	return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
