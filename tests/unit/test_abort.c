/* `bfc abort` at any moment, dying at any moment itself; what apply does after it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "fake_graph.h"
#include "fake_world.h"

#define CHUNKS 2

static const struct fake_fault no_fault = {.kind = FAULT_NONE};

/* An apply or an abort, once the lock of the one before has gone stale. */
static enum exec_exit act(struct fake_world *world, bool aborts, struct fake_fault fault,
                          size_t *requests)
{
	struct exec_options options = {.patience_ms = 30000};
	struct transport transport;
	struct exec_result result;
	struct fake_wire wire;
	enum exec_exit how;

	fake_server_advance(&world->server, 61000);
	fake_wire_init(&wire, &world->server, fault);
	transport = fake_wire_transport(&wire);
	options.interrupted = &wire.interrupted;
	if (aborts)
		exec_abort(STR("m"), &transport, &options, &result);
	else
		exec_run(world->graph, &transport, &options, &result);
	how = result.exit;
	if (requests)
		*requests = wire.requests;
	exec_result_release(&result);
	fake_wire_release(&wire);
	return how;
}

static enum exec_exit apply(struct fake_world *world, struct fake_fault fault)
{
	return act(world, false, fault, NULL);
}

/* An abort that may have dropped something is to be ended first; nothing is done before that. */
static bool end_broken_abort(struct fake_world *world)
{
	enum exec_exit how = act(world, true, no_fault, NULL);

	if (how != EXEC_DONE && how != EXEC_STOPPED)
		fail_msg("abort again: exit %d", how);
	return true;
}

/* True: an abort had to be run again before. */
static bool expect_applied(struct fake_world *world, size_t i, size_t j)
{
	enum exec_exit how = apply(world, no_fault);
	bool again = how == EXEC_BAD_INPUT && end_broken_abort(world);
	char why[200];

	if (again)
		how = apply(world, no_fault);
	if (how != EXEC_DONE)
		fail_msg("apply after %zu, %zu: exit %d", i, j, how);
	if (!fake_server_is_right(&world->server, why, sizeof(why)))
		fail_msg("apply after %zu, %zu: %s", i, j, why);
	assert_int_equal(fake_server_staged(&world->server), 0);
	assert_int_equal(fake_server_locks(&world->server), 0);
	return again;
}

static size_t count_requests(bool aborts, size_t died_at)
{
	struct fake_world world;
	size_t n;

	fake_world_init(&world, CHUNKS, 2);
	if (aborts)
		apply(&world, (struct fake_fault){.kind = FAULT_CLIENT_DIES_AFTER, .at = died_at});
	act(&world, aborts, no_fault, &n);
	fake_world_release(&world);
	return n;
}

static void test_abort_at_any_moment(void **state)
{
	size_t n = count_requests(false, 0);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		struct fake_world world;
		enum exec_exit how;

		fake_world_init(&world, CHUNKS, 2);
		apply(&world, (struct fake_fault){.kind = FAULT_CLIENT_DIES_AFTER, .at = i});
		how = act(&world, true, no_fault, NULL);
		if (how == EXEC_DONE)
			assert_int_equal(fake_server_staged(&world.server), 0);
		else if (how != EXEC_STOPPED && how != EXEC_BAD_INPUT)
			fail_msg("abort after %zu: exit %d", i, how);
		/* One that has come to its end has none. */
		assert_false(expect_applied(&world, i, 0));
		fake_world_release(&world);
	}
}

/* Whatever an abort has done when it dies, the apply after it goes on from there, or says what to do. */
static void test_abort_dies(void **state)
{
	static const enum fake_fault_kind kinds[] = {FAULT_CLIENT_DIES, FAULT_CLIENT_DIES_AFTER,
	                                             FAULT_LOST_AFTER, FAULT_SERVER_DIES};
	size_t n = count_requests(false, 0), refused = 0;

	(void)state;
	for (size_t i = 10; i < n; i++) {
		size_t m = count_requests(true, i);

		for (size_t j = 0; j < m * 4; j++) {
			struct fake_world world;

			fake_world_init(&world, CHUNKS, 2);
			apply(&world,
			      (struct fake_fault){.kind = FAULT_CLIENT_DIES_AFTER, .at = i});
			act(&world, true, (struct fake_fault){.kind = kinds[j % 4], .at = j / 4},
			    NULL);
			refused += expect_applied(&world, i, j);
			fake_world_release(&world);
		}
	}
	assert_true(refused > n);
}

/* Another backfill's staged part does not stand in for one that has been moved. */
static void test_chunk_of_another_backfill(void **state)
{
	struct fake_world world;
	struct fake_table *other;
	struct fake_part *part;
	uint64_t row = 7;

	(void)state;
	fake_world_init(&world, CHUNKS, 1);
	apply(&world,
	      (struct fake_fault){.kind = FAULT_CLIENT_DIES_AFTER, .step = "chunk.move_t-c1"});
	other = arena_new(&world.arena, struct fake_table);
	part = arena_new(&world.arena, struct fake_part);
	other->name = str_of(arena_printf(&world.arena, "bfc_%s_%.8s_b2c1_a1_1_t", world.graph->tag,
	                                  world.graph->hash));
	part->uuid = 999999;
	*list_add(&world.arena, &part->rows) = row;
	*list_add(&world.arena, &other->parts) = part;
	*list_add(&world.server.arena, &world.server.tables) = other;
	assert_int_equal(act(&world, true, no_fault, NULL), EXEC_STOPPED);
	expect_applied(&world, 0, 0);
	fake_world_release(&world);
}

static void interrupt(void *state)
{
	*(volatile int *)state = 1;
}

/* Ctrl-C is heard at start-up, while statements of an earlier run are being ended, and later. */
static void test_abort_is_interrupted(void **state)
{
	size_t n = count_requests(true, 30);

	(void)state;
	for (size_t at = 0; at < n; at++) {
		struct exec_options options = {.patience_ms = 30000};
		struct transport transport;
		struct exec_result result;
		struct fake_wire wire;
		struct fake_world world;

		fake_world_init(&world, CHUNKS, 2);
		apply(&world, (struct fake_fault){.kind = FAULT_CLIENT_DIES_AFTER, .at = 30});
		fake_server_advance(&world.server, 61000);
		*list_add(&world.server.arena, &world.server.processes) = (struct fake_process){
		        .query_id =
		                str_of(arena_printf(&world.arena, "bfc-%s-x", world.graph->tag)),
		        .ends_ms = UINT64_MAX};
		fake_wire_init(&wire, &world.server,
		               (struct fake_fault){.kind = FAULT_CALL, .at = at});
		wire.fault.hook = interrupt;
		wire.fault.state = (void *)&wire.interrupted;
		transport = fake_wire_transport(&wire);
		options.interrupted = &wire.interrupted;
		exec_abort(STR("m"), &transport, &options, &result);
		if (result.exit != EXEC_INTERRUPTED && (at < 5 || result.exit != EXEC_DONE))
			fail_msg("interrupted at %zu: exit %d %.*s", at, result.exit,
			         STR_ARG(result.text));
		assert_int_equal(fake_server_locks(&world.server), 0);
		exec_result_release(&result);
		fake_wire_release(&wire);
		expect_applied(&world, at, 0);
		fake_world_release(&world);
	}
}

static void start_another_plan(void *state)
{
	struct fake_world *world = state;

	apply(world, (struct fake_fault){.kind = FAULT_CLIENT_DIES, .at = 30});
	fake_server_advance(&world->server, 61000);
}

/* A run that finds another plan begun once it has the lock leaves no trace of its own plan. */
static void test_refused_plan_is_not_the_plan_begun(void **state)
{
	(void)state;
	for (size_t at = 1; at < 6; at++) {
		struct fake_world world, ours;
		struct fake_fault fault = {.kind = FAULT_CALL, .at = at};

		fake_world_init(&world, CHUNKS, 1);
		ours = world;
		ours.graph = fake_graph_new(&world.arena, "m", CHUNKS, 1);
		ours.graph->hash[0] ^= 1;
		fault.hook = start_another_plan;
		fault.state = &world;
		{
			struct exec_options options = {.patience_ms = 30000};
			struct transport transport;
			struct exec_result result;
			struct fake_wire wire;

			fake_wire_init(&wire, &world.server, fault);
			transport = fake_wire_transport(&wire);
			options.interrupted = &wire.interrupted;
			exec_run(ours.graph, &transport, &options, &result);
			assert_int_not_equal(result.exit, EXEC_DONE);
			exec_result_release(&result);
			fake_wire_release(&wire);
		}
		fake_server_advance(&world.server, 61000);
		{
			struct graph *theirs = world.graph;

			world.graph = ours.graph;
			assert_int_equal(apply(&world, no_fault), EXEC_BAD_INPUT);
			world.graph = theirs;
		}
		expect_applied(&world, at, 0);
		fake_world_release(&world);
	}
}

/* What a proxy has held back: the move that the dead run sent last. */
static void late_move(void *state)
{
	struct fake_world *world = state;
	struct fake_table *dup = NULL, *live = fake_server_table(&world->server, "t");

	for (size_t i = 0; i < world->server.tables.count; i++) {
		if (str_ends(world->server.tables.items[i]->name, STR("_1_t")))
			dup = world->server.tables.items[i];
	}
	if (!dup)
		return;
	for (size_t i = 0; i < dup->parts.count; i++)
		*list_add(&world->server.arena, &live->parts) = dup->parts.items[i];
	dup->parts.count = 0;
}

/* A move that arrives while abort works: either it is seen in time, and the chunk is kept for apply,
 * or it came too late, and abort says so. */
static void test_move_arrives_late(void **state)
{
	size_t told = 0, kept = 0;

	(void)state;
	for (size_t at = 0; at < 20; at++) {
		struct exec_options options = {.patience_ms = 30000};
		struct transport transport;
		struct exec_result result;
		struct fake_wire wire;
		struct fake_world world;
		char why[200];

		fake_world_init(&world, CHUNKS, 1);
		apply(&world,
		      (struct fake_fault){.kind = FAULT_CLIENT_DIES, .step = "chunk.move_t-c1"});
		fake_server_advance(&world.server, 61000);
		fake_wire_init(
		        &wire, &world.server,
		        (struct fake_fault){
		                .kind = FAULT_CALL, .at = at, .hook = late_move, .state = &world});
		transport = fake_wire_transport(&wire);
		options.interrupted = &wire.interrupted;
		exec_abort(STR("m"), &transport, &options, &result);
		if (str_find(result.text, STR("DROP PART")) >= 0)
			told++;
		else if (result.exit == EXEC_STOPPED)
			kept++;
		else if (apply(&world, no_fault) != EXEC_DONE ||
		         !fake_server_is_right(&world.server, why, sizeof(why)))
			fail_msg("a late move at %zu is not noticed", at);
		exec_result_release(&result);
		fake_wire_release(&wire);
		fake_world_release(&world);
	}
	assert_true(told > 0 && kept > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_abort_at_any_moment),
	        cmocka_unit_test(test_abort_dies),
	        cmocka_unit_test(test_chunk_of_another_backfill),
	        cmocka_unit_test(test_move_arrives_late),
	        cmocka_unit_test(test_abort_is_interrupted),
	        cmocka_unit_test(test_refused_plan_is_not_the_plan_begun),
	};

	return cmocka_run_group_tests_name("abort", tests, NULL, NULL);
}
