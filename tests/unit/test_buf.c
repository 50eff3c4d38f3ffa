#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "compiler/base/buf.h"

static void test_ceiling(void **state)
{
	struct buf buf;

	(void)state;
	buf_init(&buf, 5);
	assert_true(buf_addz(&buf, "abc"));
	assert_false(buf_addf(&buf, "%d", 123));
	assert_true(buf.overflow);
	assert_true(buf_addc(&buf, 'd') && buf_addc(&buf, 'e'));
	assert_false(buf_addc(&buf, 'f'));
	assert_string_equal(buf.data, "abcde");
	assert_int_equal(buf_total(&buf), 5);
	buf_release(&buf);
}

static void take(void *to, struct str piece)
{
	buf_add(to, piece);
}

/* However it is added, all of it arrives, in order. */
static void test_drain(void **state)
{
	static char large[200000];
	struct buf whole, arrived, drained;
	size_t most = 0;

	(void)state;
	memset(large, 'x', sizeof(large));
	buf_init(&whole, (size_t)1 << 30);
	buf_init(&arrived, (size_t)1 << 30);
	buf_init_drained(&drained, (size_t)1 << 30, take, &arrived);
	for (int i = 0; i < 100000; i++) {
		buf_addf(&whole, "line %d: ", i);
		buf_addf(&drained, "line %d: ", i);
		buf_addc(&whole, (char)('a' + i % 26));
		buf_addc(&drained, (char)('a' + i % 26));
		if (i % 20000 == 0) {
			buf_add(&whole, (struct str){large, sizeof(large)});
			buf_add(&drained, (struct str){large, sizeof(large)});
		}
		assert_int_equal(buf_total(&drained), whole.size);
		most = drained.size > most ? drained.size : most;
	}
	buf_drain(&drained);
	buf_drain(&drained);
	assert_true(str_eq(buf_str(&arrived), buf_str(&whole)));
	assert_int_equal(drained.size, 0);
	assert_true(most <= sizeof(large));
	buf_release(&drained);
	buf_release(&arrived);
	buf_release(&whole);
}

/* The ceiling holds for all that went through. */
static void test_drained_ceiling(void **state)
{
	struct buf arrived, drained;
	size_t added = 0;

	(void)state;
	buf_init(&arrived, (size_t)1 << 30);
	buf_init_drained(&drained, 200000, take, &arrived);
	while (buf_addc(&drained, 'x'))
		added++;
	assert_int_equal(added, 200000);
	assert_true(drained.overflow);
	assert_false(buf_addf(&drained, "%d", 1));
	buf_drain(&drained);
	assert_int_equal(arrived.size, 200000);
	assert_false(buf_addz(&drained, "x"));
	buf_release(&drained);
	buf_release(&arrived);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_ceiling),
	        cmocka_unit_test(test_drain),
	        cmocka_unit_test(test_drained_ceiling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
