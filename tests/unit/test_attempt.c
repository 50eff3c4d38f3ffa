/* What a chunk does about trouble; see the head of attempt.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "fake_graph.h"
#include "fake_transport.h"
#include "runtime/exec.h"

struct world {
	struct fake_server server;
	struct arena arena;
	struct graph *graph;
	struct exec_result result;
};

static int setup(void **state)
{
	struct world *world = xmalloc(sizeof(*world));

	fake_server_init(&world->server, 2);
	arena_init(&world->arena);
	world->graph = fake_graph_new(&world->arena, "m", 2, 1);
	*state = world;
	return 0;
}

static int teardown(void **state)
{
	struct world *world = *state;

	arena_release(&world->arena);
	fake_server_release(&world->server);
	free(world);
	return 0;
}

static void apply(struct world *world, struct fake_fault fault)
{
	struct exec_options options = {.patience_ms = 30000};
	struct transport transport;
	struct fake_wire wire;

	fake_wire_init(&wire, &world->server, fault);
	transport = fake_wire_transport(&wire);
	options.interrupted = &wire.interrupted;
	exec_run(world->graph, &transport, &options, &world->result);
	fake_wire_release(&wire);
}

static size_t rows_of(struct world *world, const char *chunk, const char *state, uint64_t attempt)
{
	size_t count = 0;

	for (size_t i = 0; i < world->server.journal.count; i++) {
		const struct fake_row *row = &world->server.journal.items[i];

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
	if (!fake_server_is_right(&world->server, why, sizeof(why)))
		fail_msg("%s", why);
	assert_int_equal(fake_server_staged(&world->server), 0);
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
	              .kind = FAULT_EXCEPTION, .code = 241, .step = "chunk.load-c1", .times = 2});
	expect_done(world);
	assert_int_equal(rows_of(world, "1", "begun", 4), 1);
}

static void test_memory_limit_gives_up(void **state)
{
	struct world *world = *state;

	apply(world,
	      (struct fake_fault){
	              .kind = FAULT_EXCEPTION, .code = 241, .step = "chunk.load-c1", .times = 100});
	assert_int_equal(world->result.exit, EXEC_STOPPED);
	assert_int_equal(fake_server_staged(&world->server), 0);
	exec_result_release(&world->result);
}

/* After the seal nothing is loaded again, and an exception out of a MOVE takes the trust in the
 * boot away. */
static void test_failed_move_is_finished(void **state)
{
	struct world *world = *state;
	size_t untrusting = 0;

	apply(world, (struct fake_fault){
	                     .kind = FAULT_EXCEPTION_LATE, .code = 252, .step = "chunk.move_t-c1"});
	expect_done(world);
	assert_int_equal(rows_of(world, "1", "begun", 2), 0);
	assert_int_equal(rows_of(world, "1", "sealed", 1), 2);
	for (size_t i = 0; i < world->server.journal.count; i++)
		untrusting += str_is(world->server.journal.items[i].state, "sealed") &&
		              world->server.journal.items[i].boot.n == 0;
	assert_int_equal(untrusting, 1);
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
	        cmocka_unit_test_setup_teardown(test_memory_limit_gives_up, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_failed_move_is_finished, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_killed_in_move_does_not_double, setup,
	                                        teardown),
	};

	return cmocka_run_group_tests_name("attempt", tests, NULL, NULL);
}
