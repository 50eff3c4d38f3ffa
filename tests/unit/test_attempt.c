/* What a chunk does about trouble; see the head of attempt.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "fake_graph.h"
#include "fake_world.h"

struct world {
	struct fake_world fake;
	struct exec_result result;
};

static int setup(void **state)
{
	struct world *world = xmalloc(sizeof(*world));

	fake_world_init(&world->fake, 2, 1);
	*state = world;
	return 0;
}

static int teardown(void **state)
{
	struct world *world = *state;

	fake_world_release(&world->fake);
	free(world);
	return 0;
}

static void apply(struct world *world, struct fake_fault fault)
{
	fake_world_apply(&world->fake, fault, &world->result);
}

static size_t rows_of(struct world *world, const char *chunk, const char *state, uint64_t attempt)
{
	size_t count = 0;

	for (size_t i = 0; i < world->fake.server.journal.count; i++) {
		const struct fake_row *row = &world->fake.server.journal.items[i];

		count += str_is(row->chunk, chunk) && str_is(row->state, state) &&
		         row->attempt == attempt;
	}
	return count;
}

static void expect_done(struct world *world)
{
	char why[200];

	if (world->result.exit != EXEC_DONE)
		fail_msg("exit %d, '%.*s'", world->result.exit, STR_ARG(world->result.text));
	if (!fake_server_is_right(&world->fake.server, why, sizeof(why)))
		fail_msg("%s", why);
	assert_int_equal(fake_server_staged(&world->fake.server), 0);
	exec_result_release(&world->result);
}

static void test_lost_load_is_loaded_under_new_names(void **state)
{
	struct world *world = *state;

	apply(world, (struct fake_fault){.kind = FAULT_LOST_RUNNING, .step = "chunk.load-c2"});
	expect_done(world);
	assert_int_equal(rows_of(world, "2", "begun", 2), 1);
	assert_int_equal(rows_of(world, "2", "discarded", 1), 1);
	assert_int_equal(rows_of(world, "1", "begun", 2), 0);
}

static void test_memory_limit_steps_down(void **state)
{
	struct world *world = *state;

	apply(world,
	      (struct fake_fault){
	              .kind = FAULT_EXCEPTION, .code = 241, .step = "chunk.load-c1", .times = 1});
	expect_done(world);
	assert_int_equal(rows_of(world, "1", "begun", 3), 1);
	assert_int_equal(rows_of(world, "1", "split", 3), 0);
}

/* Ten rows, room for five: two parts, and the next chunk is not tried with large blocks again. */
static void test_too_large_is_split(void **state)
{
	struct world *world = *state;

	world->fake.server.memory_rows = 5;
	apply(world, (struct fake_fault){.kind = FAULT_NONE});
	assert_int_equal(world->result.summary.chunks_done, 4);
	assert_int_equal(world->result.summary.chunks_total, 4);
	expect_done(world);
	assert_int_equal(rows_of(world, "1", "split", 3), 1);
	assert_int_equal(rows_of(world, "1", "sealed", 3), 0);
	assert_int_equal(rows_of(world, "1.1", "done", 1), 1);
	assert_int_equal(rows_of(world, "1.2", "done", 1), 1);
	assert_int_equal(rows_of(world, "2.2", "done", 1), 1);
	/* Nothing is known yet when the second begins; its parts begin where it was. */
	assert_int_equal(rows_of(world, "2", "begun", 3), 1);
	assert_int_equal(rows_of(world, "1.1", "begun", 2), 0);
}

static void look_for_load_of_1(void *state, const struct request *request)
{
	if (str_find(request->query_id, STR("chunk.load-c1-")) >= 0)
		++*(size_t *)state;
}

/* Who goes on begins with the parts. */
static void test_split_is_remembered(void **state)
{
	struct world *world = *state;
	size_t loads = 0;

	world->fake.server.memory_rows = 5;
	apply(world, (struct fake_fault){.kind = FAULT_CLIENT_DIES, .step = "chunk.dup_t-c1.2"});
	exec_result_release(&world->result);
	assert_int_equal(rows_of(world, "1", "split", 3), 1);
	fake_server_advance(&world->fake.server, 61000);
	world->fake.server.memory_rows = 0;
	world->fake.look = look_for_load_of_1;
	world->fake.look_state = &loads;
	apply(world, (struct fake_fault){.kind = FAULT_NONE});
	expect_done(world);
	assert_int_equal(loads, 0);
}

/* … and with the small blocks that the last attempt had come to. */
static void test_steps_down_are_remembered(void **state)
{
	struct world *world = *state;

	world->fake.server.memory_rows = 5;
	apply(world, (struct fake_fault){.kind = FAULT_CLIENT_DIES, .step = "chunk.dup_t-c1-a3"});
	exec_result_release(&world->result);
	fake_server_advance(&world->fake.server, 61000);
	apply(world, (struct fake_fault){.kind = FAULT_NONE});
	expect_done(world);
	assert_int_equal(rows_of(world, "1", "split", 4), 1);
	assert_int_equal(rows_of(world, "1", "begun", 5), 0);
}

/* The verification turned into a gate that each attempt begins with. */
static void put_gate(struct world *world)
{
	struct step *step = fake_graph_step(world->fake.graph, "b1.chunk.verify");

	step->id = STR("b1.chunk.throttle");
	step->kind = STEP_GATE;
	step->when = WHEN_BEFORE;
	/* The fake answers both alike. */
	fake_graph_step(world->fake.graph, "b1.grants")->kind = STEP_RUN;
	world->fake.server.gate_opens_ms = world->fake.server.now_ms + 3600000;
}

static void look_for_chunks(void *state, const struct request *request)
{
	struct world *world = state;

	if (str_find(request->query_id, STR("b1.chunk.")) >= 0 &&
	    str_find(request->query_id, STR("throttle")) < 0)
		assert_true(world->fake.server.now_ms >= world->fake.server.gate_opens_ms);
	if (world->fake.server.now_ms < world->fake.server.gate_opens_ms)
		assert_int_equal(rows_of(world, "1", "begun", 1), 0);
}

/* A gate in front: nothing of the chunk is there, and nothing is known of it, until it opens. */
static void test_waits_before_it_begins(void **state)
{
	struct world *world = *state;

	put_gate(world);
	world->fake.look = look_for_chunks;
	world->fake.look_state = world;
	apply(world, (struct fake_fault){.kind = FAULT_NONE});
	assert_int_equal(world->result.summary.retries, 0);
	expect_done(world);
	assert_int_equal(rows_of(world, "1", "begun", 1), 1);
	/* An hour, and no more than one look in 5 seconds but for the first ones. */
	assert_in_range(world->fake.server.gate_asked, 700, 730);
}

/* Asked again before the next attempt, and a trouble of the question is the question's alone. */
static void test_waits_before_each_attempt(void **state)
{
	struct world *world = *state;

	put_gate(world);
	world->fake.server.gate_opens_ms = 0;
	apply(world, (struct fake_fault){.kind = FAULT_LOST_RUNNING, .step = "chunk.load-c2"});
	expect_done(world);
	/* The preflight counts, too. */
	assert_int_equal(world->fake.server.gate_asked, 4);
	assert_int_equal(rows_of(world, "2", "begun", 2), 1);
}

static void test_question_in_trouble(void **state)
{
	struct world *world = *state;

	put_gate(world);
	world->fake.server.gate_opens_ms = 0;
	apply(world, (struct fake_fault){.kind = FAULT_EXCEPTION,
	                                 .code = 202,
	                                 .step = "chunk.throttle-c1",
	                                 .times = 2});
	assert_int_equal(world->result.summary.retries, 3);
	expect_done(world);
	assert_int_equal(world->fake.server.gate_asked, 3);
	assert_int_equal(rows_of(world, "1", "begun", 1), 1);
}

static void test_memory_limit_gives_up(void **state)
{
	struct world *world = *state;

	apply(world,
	      (struct fake_fault){
	              .kind = FAULT_EXCEPTION, .code = 241, .step = "chunk.load-c1", .times = 100});
	assert_int_equal(world->result.exit, EXEC_STOPPED);
	assert_true(str_find(world->result.text, STR("can't be split further")) > 0);
	assert_int_equal(fake_server_staged(&world->fake.server), 0);
	exec_result_release(&world->result);
}

static size_t untrusting_rows(struct world *world)
{
	size_t count = 0;

	for (size_t i = 0; i < world->fake.server.journal.count; i++)
		count += str_is(world->fake.server.journal.items[i].state, "sealed") &&
		         world->fake.server.journal.items[i].boot.n == 0;
	return count;
}

/* After the seal nothing is loaded again, and an exception out of a MOVE takes the trust in the
 * boot away. */
static void test_failed_move_is_finished(void **state)
{
	struct world *world = *state;

	apply(world, (struct fake_fault){
	                     .kind = FAULT_EXCEPTION_LATE, .code = 252, .step = "chunk.move_t-c1"});
	expect_done(world);
	assert_int_equal(rows_of(world, "1", "begun", 2), 0);
	assert_int_equal(rows_of(world, "1", "sealed", 1), 2);
	assert_int_equal(untrusting_rows(world), 1);
}

struct looking {
	struct world *world;
	size_t looks, untrusting;
};

static void look(void *state, const struct request *request)
{
	struct looking *looking = state;

	if (!str_starts(request->sql, STR("SELECT if(count() = 0, '', toString(min(id)))")))
		return;
	looking->looks++;
	looking->untrusting += untrusting_rows(looking->world);
}

/* The boot is looked at only once that is durable: whoever goes on has to know. */
static void test_distrust_is_written_first(void **state)
{
	struct world *world = *state;
	struct looking looking = {.world = world};

	world->fake.look = look;
	world->fake.look_state = &looking;
	apply(world,
	      (struct fake_fault){.kind = FAULT_EXCEPTION, .code = 252, .step = "chunk.move_t-c1"});
	expect_done(world);
	assert_int_equal(looking.looks, 1);
	assert_int_equal(looking.untrusting, 1);
}

/* A later run's start waits for a MOVE that goes on without its client, and trusts it. */
static void test_move_that_goes_on_is_awaited(void **state)
{
	struct world *world = *state;
	struct fake_process *process;
	uint64_t ends_ms;

	apply(world, (struct fake_fault){.kind = FAULT_CLIENT_DIES, .step = "chunk.move_t-c1"});
	exec_result_release(&world->result);
	fake_server_advance(&world->fake.server, 61000);
	ends_ms = world->fake.server.now_ms + 2000;
	process = list_add(&world->fake.server.arena, &world->fake.server.processes);
	*process = (struct fake_process){
	        .query_id = str_of(arena_printf(&world->fake.arena,
	                                        "bfc-%s-%.8s-b1.chunk.move_t-c1-a1-1",
	                                        world->fake.graph->tag, world->fake.graph->hash)),
	        .request = {.sql = STR(
	                            "ALTER TABLE db.gone MOVE PARTITION ID 'all' TO TABLE db.t")},
	        .ends_ms = ends_ms};
	apply(world, (struct fake_fault){.kind = FAULT_NONE});
	expect_done(world);
	assert_true(world->fake.server.now_ms >= ends_ms);
	assert_int_equal(untrusting_rows(world), 0);
	assert_int_equal(rows_of(world, "1", "sealed", 1), 1);
}

static void test_killed_in_move_does_not_double(void **state)
{
	struct world *world = *state;

	apply(world, (struct fake_fault){.kind = FAULT_SERVER_DIES_IN, .step = "chunk.move_u-c1"});
	expect_done(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(test_lost_load_is_loaded_under_new_names, setup,
	                                        teardown),
	        cmocka_unit_test_setup_teardown(test_memory_limit_steps_down, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_too_large_is_split, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_split_is_remembered, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_steps_down_are_remembered, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_waits_before_it_begins, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_waits_before_each_attempt, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_question_in_trouble, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_memory_limit_gives_up, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_failed_move_is_finished, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_distrust_is_written_first, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_move_that_goes_on_is_awaited, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_killed_in_move_does_not_double, setup,
	                                        teardown),
	};

	return cmocka_run_group_tests_name("attempt", tests, NULL, NULL);
}
