/* Journal rows that are not what they should be: somebody else's, cut, or nonsense. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "fake_world.h"
#include "runtime/exec_internal.h"

static const char *const broken[] = {
        "",
        "nonsense",
        "{",
        "[]",
        "5",
        "{}",
        "{\"b1.chunk.halves\":5}",
        "{\"b1.chunk.halves\":{}}",
        "{\"b1.chunk.halves\":[5]}",
        "{\"b1.chunk.halves\":[[\"1\"]]}",
        "{\"b1.chunk.halves\":[[\"1\",\"2\",\"3\"]]}",
        "{\"b1.chunk.seal\":[[\"t\"]]}",
        "{\"no such step\":[[\"1\",\"2\"]]}",
};
#define BROKEN (sizeof(broken) / sizeof(*broken))

static void test_pins_of_step(void **state)
{
	struct str outputs[] = {STR("lo"), STR("hi")};
	struct step step = {.id = STR("b1.chunk.halves"), .outputs = outputs, .output_count = 2};
	struct arena arena;
	const struct pinned *pinned;

	(void)state;
	arena_init(&arena);
	for (size_t i = 0; i < BROKEN; i++)
		assert_null(pins_of_step(&arena, &step, str_of(broken[i])));
	pinned = pins_of_step(&arena, &step, STR("{\"b1.chunk.halves\":[[\"1\",null],[\"\",2]]}"));
	assert_non_null(pinned);
	assert_int_equal(pinned->row_count, 2);
	assert_true(str_is(pinned->values[0], "1"));
	assert_null(pinned->values[1].p);
	assert_non_null(pinned->values[2].p);
	assert_null(pinned->values[3].p);
	step.one_row = true;
	assert_null(pins_of_step(&arena, &step, STR("{\"b1.chunk.halves\":[]}")));
	arena_release(&arena);
}

static void test_smaller(void **state)
{
	(void)state;
	assert_int_equal(attempt_smaller(STR("")), 0);
	assert_int_equal(attempt_smaller(STR("{\"smaller\":")), 0);
	assert_int_equal(attempt_smaller(STR("{\"smaller\":-1}")), 0);
	assert_int_equal(attempt_smaller(STR("{\"smaller\":2}")), 2);
	assert_int_equal(attempt_smaller(STR("{\"smaller\":99999999999999999999999}")),
	                 SMALLER_MAX);
}

/* Dies behind a statement whose id holds `step`. */
static void begin(struct fake_world *world, unsigned memory_rows, const char *step)
{
	struct exec_result result;

	fake_world_init(world, 2, 1);
	world->server.memory_rows = memory_rows;
	fake_world_apply(world, (struct fake_fault){.kind = FAULT_CLIENT_DIES_AFTER, .step = step},
	                 &result);
	exec_result_release(&result);
	fake_server_advance(&world->server, 61000);
}

static struct fake_row *row_of(struct fake_world *world, const char *chunk, const char *state)
{
	for (size_t i = 0; i < world->server.journal.count; i++) {
		struct fake_row *row = &world->server.journal.items[i];

		if (str_is(row->chunk, chunk) && str_is(row->state, state))
			return row;
	}
	fail_msg("no row '%s' of chunk %s", state, chunk);
	return NULL;
}

static void expect_stop(struct fake_world *world, const char *words)
{
	struct exec_result result;

	fake_world_apply(world, (struct fake_fault){.kind = FAULT_NONE}, &result);
	if (result.exit != EXEC_STOPPED || str_find(result.text, str_of(words)) < 0)
		fail_msg("exit %d, %.*s", result.exit, STR_ARG(result.text));
	exec_result_release(&result);
	assert_int_equal(fake_server_locks(&world->server), 0);
}

/* The parts of a chunk are only there: without them nobody can go on. */
static void test_broken_split(void **state)
{
	(void)state;
	for (size_t i = 0; i < BROKEN; i++) {
		struct fake_world world;

		begin(&world, 5, "dup_t-c1.1");
		row_of(&world, "1", "split")->pinned = str_of(broken[i]);
		expect_stop(&world, "the parts of chunk 1 can't be read");
		fake_world_release(&world);
	}
}

/* Staged tables stay: they hold what is not published. */
static void test_broken_seal(void **state)
{
	static const char *const texts[] = {"",
	                                    "nonsense",
	                                    "[]",
	                                    "{\"b1.chunk.seal\":5}",
	                                    "{\"b1.chunk.seal\":[[\"t\"]]}",
	                                    "{\"no such step\":[]}"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct fake_world world;

		begin(&world, 0, "move_t-c1");
		row_of(&world, "1", "sealed")->pinned = str_of(texts[i]);
		expect_stop(&world, "the journal's seal of chunk 1 can't be read");
		assert_true(fake_server_staged(&world.server) > 0);
		fake_world_release(&world);
	}
}

/* Of chunks that there are not, or in words that nobody knows: they change nothing. */
static void test_foreign_rows(void **state)
{
	static const struct {
		const char *step, *chunk, *state, *pinned;
	} rows[] = {
	        {"b1.chunks", "99", "split", "nonsense"},
	        {"b1.chunks", "1.7", "published", ""},
	        {"b1.chunks", "x", "sealed", "{"},
	        {"b1.chunks", "1", "surprised", ""},
	        {"b9.gather", "1", "done", ""},
	        {"b9.direct", "1", "begun", ""},
	        {"b9.ingest", "", "done", "{\"guard\":1,"},
	        {"chunks", "", "begun", "]"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct fake_world world;
		struct exec_result result;
		char why[200];

		begin(&world, 0, "load-c2");
		*list_add(&world.server.arena, &world.server.journal) =
		        (struct fake_row){.migration = STR("m"),
		                          .step = str_of(rows[i].step),
		                          .chunk = str_of(rows[i].chunk),
		                          .state = str_of(rows[i].state),
		                          .pinned = str_of(rows[i].pinned),
		                          .plan = str_of(world.graph->hash),
		                          .epoch = 1,
		                          .seq = 1000};
		fake_world_apply(&world, (struct fake_fault){.kind = FAULT_NONE}, &result);
		if (result.exit != EXEC_DONE ||
		    !fake_server_is_right(&world.server, why, sizeof(why)))
			fail_msg("row %zu: exit %d, %.*s", i, result.exit, STR_ARG(result.text));
		exec_result_release(&result);
		fake_world_release(&world);
	}
}

/* A guard's row that was cut: refused as of another plan; abort does what it can read, and ends. */
static void test_broken_guard(void **state)
{
	static const char *const texts[] = {
	        "{\"guard\":1,", "{\"guard\":1,\"plan\":5}",
	        "{\"guard\":1,\"undo\":5,\"restore\":[5]}",
	        "{\"guard\":1,\"undo\":[{\"kind\":\"x\"}],\"steps\":[5],\"values\":{\"a\":5}}"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct fake_world world;
		struct exec_result result;

		begin(&world, 0, "load-c1");
		*list_add(&world.server.arena, &world.server.journal) =
		        (struct fake_row){.migration = STR("m"),
		                          .step = STR("b1.ingest"),
		                          .chunk = STR(""),
		                          .state = STR("begun"),
		                          .pinned = str_of(texts[i]),
		                          .plan = str_of(world.graph->hash),
		                          .epoch = 1,
		                          .seq = 1000};
		fake_world_apply(&world, (struct fake_fault){.kind = FAULT_NONE}, &result);
		if (result.exit != EXEC_BAD_INPUT)
			fail_msg("guard %zu: exit %d, %.*s", i, result.exit, STR_ARG(result.text));
		exec_result_release(&result);
		fake_server_advance(&world.server, 61000);
		fake_world_abort(&world, DOUBT_UNSAID, &result);
		assert_int_equal(fake_server_locks(&world.server), 0);
		exec_result_release(&result);
		fake_world_release(&world);
	}
}

/* Another backfill of the migration is live, so the journal stays: chunks in holding tables, which go,
 * are taken back one by one. */
static void test_abort_takes_held_chunks_back(void **state)
{
	struct fake_world world;
	struct exec_result result;
	char why[200];

	(void)state;
	fake_world_init_plan(&world, FAKE_HOLD, 2, 1);
	fake_world_apply(
	        &world,
	        (struct fake_fault){.kind = FAULT_CLIENT_DIES_AFTER, .step = "chunk.load-c2"},
	        &result);
	exec_result_release(&result);
	fake_server_advance(&world.server, 61000);
	*list_add(&world.server.arena, &world.server.journal) =
	        (struct fake_row){.migration = STR("m"),
	                          .step = STR("b2.chunks"),
	                          .chunk = STR("1"),
	                          .state = STR("done"),
	                          .pinned = STR(""),
	                          .plan = str_of(world.graph->hash),
	                          .epoch = 1,
	                          .seq = 1000,
	                          .attempt = 1};
	fake_world_abort(&world, DOUBT_UNSAID, &result);
	assert_int_equal(result.exit, EXEC_DONE);
	exec_result_release(&result);
	fake_world_apply(&world, (struct fake_fault){.kind = FAULT_NONE}, &result);
	if (result.exit != EXEC_DONE || !fake_server_is_right(&world.server, why, sizeof(why)))
		fail_msg("exit %d, %.*s", result.exit, STR_ARG(result.text));
	exec_result_release(&result);
	fake_world_release(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_pins_of_step),
	        cmocka_unit_test(test_smaller),
	        cmocka_unit_test(test_broken_split),
	        cmocka_unit_test(test_broken_seal),
	        cmocka_unit_test(test_foreign_rows),
	        cmocka_unit_test(test_broken_guard),
	        cmocka_unit_test(test_abort_takes_held_chunks_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
