/* The executor against every fault at every request; see fake_transport.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "fake_graph.h"
#include "fake_world.h"

#define CHUNKS 3

static const struct fake_fault no_fault = {.kind = FAULT_NONE};

static void expect_right(struct fake_world *world, const char *what, size_t at)
{
	char why[200];

	if (!fake_server_is_right(&world->server, why, sizeof(why)))
		fail_msg("%s at %zu: %s", what, at, why);
	if (fake_server_staged(&world->server))
		fail_msg("%s at %zu: %zu staged tables are left", what, at,
		         fake_server_staged(&world->server));
	if (fake_server_locks(&world->server))
		fail_msg("%s at %zu: a lock is left", what, at);
}

/* Applies again until it is done, as a person would. */
static void finish(struct fake_world *world, const char *what, size_t at)
{
	struct exec_result result;

	for (int i = 0; i < 3; i++) {
		enum exec_exit how;

		/* The dead client's lock names a process that lives: this one. It has to go stale.
		 */
		fake_server_advance(&world->server, 61000);
		fake_world_apply(world, no_fault, &result);
		how = result.exit;
		if (how != EXEC_DONE)
			print_message("%s at %zu: exit %d %.*s\n", what, at, how,
			              STR_ARG(result.text));
		exec_result_release(&result);
		if (how == EXEC_DONE)
			break;
	}
	expect_right(world, what, at);
}

static void test_plain(void **state)
{
	struct fake_world world;
	struct exec_result result;

	(void)state;
	for (unsigned workers = 1; workers <= 3; workers++) {
		fake_world_init(&world, CHUNKS, workers);
		fake_world_apply(&world, no_fault, &result);
		assert_int_equal(result.exit, EXEC_DONE);
		assert_int_equal(result.text.n, 0);
		assert_int_equal(result.summary.rows_loaded, CHUNKS * FAKE_ROWS_A_CHUNK);
		assert_int_equal(result.summary.chunks_done, CHUNKS);
		assert_int_equal(result.summary.retries, 0);
		exec_result_release(&result);
		expect_right(&world, "plain", workers);
		fake_world_release(&world);
	}
}

struct turns {
	bool publishing;
	size_t seals, overlaps;
};

static void see_turns(void *state, const struct request *request)
{
	struct turns *turns = state;

	if (str_find(request->query_id, STR("b1.chunk.seal-")) >= 0) {
		turns->overlaps += turns->publishing;
		turns->seals++;
		turns->publishing = true;
	} else if (str_find(request->query_id, STR("b1.chunk.moved-")) >= 0) {
		turns->publishing = false;
	}
}

/* What another chunk moves after the look at a seal would be evidence against that seal. */
static void test_one_chunk_is_published_at_a_time(void **state)
{
	(void)state;
	for (unsigned workers = 1; workers <= 3; workers++) {
		struct turns turns = {0};
		struct fake_world world;
		struct exec_result result;

		fake_world_init(&world, CHUNKS, workers);
		world.look = see_turns;
		world.look_state = &turns;
		fake_world_apply(&world, no_fault, &result);
		assert_int_equal(result.exit, EXEC_DONE);
		exec_result_release(&result);
		assert_int_equal(turns.seals, CHUNKS);
		assert_int_equal(turns.overlaps, 0);
		fake_world_release(&world);
	}
}

static void test_second_apply_is_one_round_trip(void **state)
{
	struct fake_world world;
	struct exec_result result;

	(void)state;
	fake_world_init(&world, CHUNKS, 1);
	fake_world_apply(&world, no_fault, &result);
	exec_result_release(&result);
	/* Both at once. */
	assert_int_equal(fake_world_apply(&world, no_fault, &result), 2);
	assert_int_equal(result.exit, EXEC_DONE);
	assert_true(result.summary.already_done);
	assert_int_equal(result.summary.rows_total, CHUNKS * FAKE_ROWS_A_CHUNK);
	exec_result_release(&result);
	fake_world_release(&world);
}

static size_t count_requests(unsigned workers)
{
	struct fake_world world;
	struct exec_result result;
	size_t n;

	fake_world_init(&world, CHUNKS, workers);
	n = fake_world_apply(&world, no_fault, &result);
	exec_result_release(&result);
	fake_world_release(&world);
	return n;
}

/* The fault at each request of a run; then once more without. */
static void at_each_request(const char *what, struct fake_fault fault, unsigned workers)
{
	size_t n = count_requests(workers);

	for (fault.at = 0; fault.at < n; fault.at++) {
		struct fake_world world;
		struct exec_result result;

		fake_world_init(&world, CHUNKS, workers);
		fake_world_apply(&world, fault, &result);
		exec_result_release(&result);
		finish(&world, what, fault.at);
		fake_world_release(&world);
	}
}

static void each_request(const char *what, struct fake_fault fault)
{
	for (unsigned workers = 1; workers <= 2; workers++)
		at_each_request(what, fault, workers);
}

static void test_client_dies(void **state)
{
	(void)state;
	each_request("client dies before", (struct fake_fault){.kind = FAULT_CLIENT_DIES});
	each_request("client dies after", (struct fake_fault){.kind = FAULT_CLIENT_DIES_AFTER});
}

static void test_wire_fails(void **state)
{
	(void)state;
	each_request("unreachable", (struct fake_fault){.kind = FAULT_UNREACHABLE});
	each_request("lost before", (struct fake_fault){.kind = FAULT_LOST_BEFORE});
	each_request("lost after", (struct fake_fault){.kind = FAULT_LOST_AFTER});
	each_request("lost, runs on", (struct fake_fault){.kind = FAULT_LOST_RUNNING});
	for (unsigned delay = 1; delay < 12; delay += 3)
		each_request("delayed",
		             (struct fake_fault){.kind = FAULT_LOST_DELAYED, .delay = delay});
	each_request("nonsense", (struct fake_fault){.kind = FAULT_NONSENSE});
	each_request("denied", (struct fake_fault){.kind = FAULT_DENIED});
}

static void test_server_dies(void **state)
{
	(void)state;
	each_request("server dies before", (struct fake_fault){.kind = FAULT_SERVER_DIES});
	each_request("server dies in", (struct fake_fault){.kind = FAULT_SERVER_DIES_IN});
}

static void test_exceptions(void **state)
{
	static const int codes[] = {202, 216, 241, 243, 394, 60};

	(void)state;
	for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++) {
		each_request("exception",
		             (struct fake_fault){.kind = FAULT_EXCEPTION, .code = codes[i]});
		each_request("late exception",
		             (struct fake_fault){.kind = FAULT_EXCEPTION_LATE, .code = codes[i]});
	}
}

static void test_untrusted_answers(void **state)
{
	static const char *const liars[] = {"b1.bounds", "b1.chunk.seal", "finish.names", NULL};

	(void)state;
	each_request("another column", (struct fake_fault){.kind = FAULT_NO_COLUMNS});
	/* How many rows these have is theirs to say. */
	each_request("no rows", (struct fake_fault){.kind = FAULT_EMPTY, .except = liars});
	each_request("rows twice", (struct fake_fault){.kind = FAULT_TWICE, .except = liars});
}

/* Killed in the resume too, at each pair of moments. */
static void test_dies_twice(void **state)
{
	static const enum fake_fault_kind kinds[] = {FAULT_CLIENT_DIES_AFTER, FAULT_SERVER_DIES_IN};
	size_t n = count_requests(1);

	(void)state;
	for (size_t pair = 0; pair < 4; pair++) {
		for (size_t i = 0; i < n; i++) {
			for (size_t j = 0; j < 40; j += 9) {
				struct fake_world world;
				struct exec_result result;

				fake_world_init(&world, CHUNKS, 1);
				fake_world_apply(
				        &world,
				        (struct fake_fault){.kind = kinds[pair % 2], .at = i},
				        &result);
				exec_result_release(&result);
				fake_server_advance(&world.server, 61000);
				fake_world_apply(
				        &world,
				        (struct fake_fault){.kind = kinds[pair / 2], .at = j},
				        &result);
				exec_result_release(&result);
				finish(&world, "dies twice", i * 1000 + j);
				fake_world_release(&world);
			}
		}
	}
}

/* The client is asleep at a request while another takes over, does all, and is gone. */
static void take_over(void *state)
{
	struct fake_world *world = state;
	struct exec_result result;

	fake_server_advance(&world->server, 61000);
	fake_world_apply(world, no_fault, &result);
	if (result.exit != EXEC_DONE)
		fail_msg("the one that takes over: exit %d %.*s", result.exit,
		         STR_ARG(result.text));
	exec_result_release(&result);
}

/* The same, but the other one dies half way. */
static void take_over_and_die(void *state)
{
	struct fake_world *world = state;
	struct exec_result result;

	fake_server_advance(&world->server, 61000);
	fake_world_apply(world, (struct fake_fault){.kind = FAULT_CLIENT_DIES_AFTER, .at = 24},
	                 &result);
	exec_result_release(&result);
}

static void test_sleeper_wakes(void **state)
{
	(void)state;
	for (unsigned workers = 1; workers <= 2; workers++) {
		size_t n = count_requests(workers);

		for (size_t i = 0; i < 2 * n; i++) {
			struct fake_world world;
			struct exec_result result;
			struct fake_fault fault = {.kind = FAULT_CALL, .at = i % n};

			fake_world_init(&world, CHUNKS, workers);
			fault.hook = i < n ? take_over : take_over_and_die;
			fault.state = &world;
			fake_world_apply(&world, fault, &result);
			if (i < n && result.exit != EXEC_LOCKED && result.exit != EXEC_DONE)
				fail_msg("the sleeper at %zu: exit %d %.*s", i, result.exit,
				         STR_ARG(result.text));
			exec_result_release(&result);
			finish(&world, "sleeper", i);
			fake_world_release(&world);
		}
	}
}

static void expect_stop(const char *step, struct fake_fault fault, enum exec_exit how,
                        const char *needle)
{
	struct fake_world world;
	struct exec_result result;

	fake_world_init(&world, CHUNKS, 1);
	fault.step = step;
	fake_world_apply(&world, fault, &result);
	if (result.exit != how || str_find(result.text, str_of(needle)) < 0)
		fail_msg("%s: exit %d, text '%.*s'", step, result.exit, STR_ARG(result.text));
	exec_result_release(&result);
	finish(&world, step, 0);
	fake_world_release(&world);
}

static void test_words(void **state)
{
	(void)state;
	expect_stop("b1.split", (struct fake_fault){.kind = FAULT_TWICE}, EXEC_STOPPED,
	            "2 rows in place of one");
	expect_stop("b1.split", (struct fake_fault){.kind = FAULT_EMPTY}, EXEC_STOPPED,
	            "0 rows in place of one");
	expect_stop("b1.bounds", (struct fake_fault){.kind = FAULT_NO_COLUMNS}, EXEC_STOPPED,
	            "no column 'lo'");
	expect_stop("b1.chunk.verify", (struct fake_fault){.kind = FAULT_EMPTY}, EXEC_STOPPED,
	            "0 rows in place of one");
	expect_stop("b1.chunk.load", (struct fake_fault){.kind = FAULT_EXCEPTION, .code = 36},
	            EXEC_STOPPED, "b1.chunk.load");
	expect_stop("b1.chunk.move_t", (struct fake_fault){.kind = FAULT_EXCEPTION, .code = 478},
	            EXEC_STOPPED, "sealed");
	expect_stop("b1.chunk.load", (struct fake_fault){.kind = FAULT_UNREACHABLE, .times = 1000},
	            EXEC_STOPPED, "gave up trying");
	expect_stop("ensure.t", (struct fake_fault){.kind = FAULT_EXCEPTION, .code = 497},
	            EXEC_STOPPED, "test.bf:7");
}

/* A value that no server takes as a parameter is refused before anything is staged. */
static void test_long_value(void **state)
{
	struct fake_world world;
	struct exec_result result;

	(void)state;
	fake_world_init(&world, CHUNKS, 1);
	fake_world_apply(&world, (struct fake_fault){.kind = FAULT_LONG, .step = "b1.bounds"},
	                 &result);
	assert_int_equal(result.exit, EXEC_BAD_INPUT);
	assert_true(str_find(result.text, STR("'hi' of chunk 3 is 140000 bytes")) > 0);
	assert_int_equal(fake_server_staged(&world.server), 0);
	exec_result_release(&result);
	fake_world_release(&world);
}

/* A load that does nothing: the check fails, the tables stay, the next run is
 * right. */
static void test_verification_fails(void **state)
{
	struct fake_world world;
	struct exec_result result;

	(void)state;
	fake_world_init(&world, CHUNKS, 1);
	fake_graph_step(world.graph, "b1.chunk.load")->id = STR("ensure.database");
	fake_graph_step(world.graph, "b1.chunk.verify")->hint = STR("look at it");
	fake_world_apply(&world, no_fault, &result);
	assert_int_equal(result.exit, EXEC_CHECK_FAILED);
	assert_true(str_find(result.text, STR("look at it")) > 0);
	assert_true(str_find(result.text, STR("test.bf:7")) > 0);
	assert_true(fake_server_staged(&world.server) > 0);
	assert_int_equal(fake_server_locks(&world.server), 0);
	exec_result_release(&result);
	fake_world_release(&world);
}

/* A gate is asked again until it is open, and that is no trouble. */
static void test_gate(void **state)
{
	struct fake_world world;
	struct exec_result result;

	(void)state;
	fake_world_init(&world, CHUNKS, 2);
	fake_graph_step(world.graph, "b1.grants")->kind = STEP_GATE;
	world.server.gate_opens_ms = world.server.now_ms + 3600000;
	fake_world_apply(&world, no_fault, &result);
	assert_int_equal(result.exit, EXEC_DONE);
	assert_int_equal(result.summary.retries, 0);
	assert_true(world.server.gate_asked > 2);
	assert_true(world.server.now_ms >= world.server.gate_opens_ms);
	exec_result_release(&result);
	expect_right(&world, "gate", 0);
	fake_world_release(&world);
}

/* … and one that says that it never will be is a check that failed. */
static void test_gate_never(void **state)
{
	struct fake_world world;
	struct exec_result result;
	struct step *step;

	(void)state;
	fake_world_init(&world, CHUNKS, 2);
	step = fake_graph_step(world.graph, "b1.grants");
	step->kind = STEP_GATE;
	step->hint = STR("look at it");
	world.server.gate_opens_ms = world.server.now_ms + 3600000;
	world.server.gate_shuts_ms = world.server.now_ms + 5000;
	fake_world_apply(&world, no_fault, &result);
	assert_int_equal(result.exit, EXEC_CHECK_FAILED);
	assert_true(str_find(result.text, STR("look at it")) > 0);
	assert_in_range(world.server.gate_asked, 3, 12);
	exec_result_release(&result);
	fake_world_release(&world);
}

static void test_another_plan(void **state)
{
	struct fake_world world;
	struct exec_result result;

	(void)state;
	fake_world_init(&world, CHUNKS, 1);
	fake_world_apply(&world, (struct fake_fault){.kind = FAULT_CLIENT_DIES, .at = 30}, &result);
	exec_result_release(&result);
	fake_graph_step(world.graph, "b1.chunk.load")->sql = STR("INSERT something else");
	world.graph->hash[0] ^= 1;
	fake_server_advance(&world.server, 61000);
	fake_world_apply(&world, no_fault, &result);
	assert_int_equal(result.exit, EXEC_BAD_INPUT);
	assert_true(str_find(result.text, STR("step 'b1.chunk.load' differs")) > 0);
	exec_result_release(&result);
	fake_world_release(&world);
}

static bool any_chunk(const struct fake_world *world)
{
	for (size_t i = 0; i < world->server.journal.count; i++) {
		if (world->server.journal.items[i].chunk.n)
			return true;
	}
	return false;
}

/* A file that was mended before anything was loaded needs no abort, and takes over nothing that the
 * earlier plan had pinned: here that plan saw one chunk, this one sees them all. */
static void test_mended_plan(void **state)
{
	size_t n = count_requests(1), taken = 0;

	(void)state;
	for (size_t i = 1; i < n; i++) {
		struct fake_world world;
		struct exec_result result;
		unsigned chunks;
		bool begun;

		fake_world_init(&world, CHUNKS, 1);
		chunks = world.server.chunks;
		world.server.chunks = 1;
		fake_world_apply(&world, (struct fake_fault){.kind = FAULT_CLIENT_DIES, .at = i},
		                 &result);
		exec_result_release(&result);
		begun = any_chunk(&world);
		world.server.chunks = chunks;
		world.graph->hash[0] ^= 1;
		fake_server_advance(&world.server, 61000);
		fake_world_apply(&world, (struct fake_fault){.kind = FAULT_CLIENT_DIES, .at = 25},
		                 &result);
		if (begun) {
			assert_int_equal(result.exit, EXEC_BAD_INPUT);
		} else {
			taken++;
			finish(&world, "mended plan", i);
		}
		exec_result_release(&result);
		fake_world_release(&world);
	}
	assert_true(taken > 10 && taken < n);
}

static void interrupt(void *state)
{
	*(volatile int *)state = 1;
}

static void test_interrupted(void **state)
{
	size_t n = count_requests(1);

	(void)state;
	for (size_t i = 5; i < n - 2; i++) {
		struct fake_world world;
		struct exec_result result;
		struct fake_wire wire;
		struct transport transport;
		struct exec_options options = {.patience_ms = 30000};

		fake_world_init(&world, CHUNKS, 1);
		fake_wire_init(&wire, &world.server,
		               (struct fake_fault){.kind = FAULT_CALL, .at = i});
		wire.fault.hook = interrupt;
		wire.fault.state = (void *)&wire.interrupted;
		transport = fake_wire_transport(&wire);
		options.interrupted = &wire.interrupted;
		exec_run(world.graph, &transport, &options, &result);
		assert_true(result.exit == EXEC_INTERRUPTED || result.exit == EXEC_DONE);
		assert_int_equal(fake_server_locks(&world.server), 0);
		exec_result_release(&result);
		fake_wire_release(&wire);
		finish(&world, "interrupted", i);
		fake_world_release(&world);
	}
}

static void server_goes_away(void *state)
{
	struct fake_wire *wire = state;

	wire->fault = (struct fake_fault){.kind = FAULT_UNREACHABLE, .step = "", .times = SIZE_MAX};
}

/* Without a server an end takes no longer than the patience asked for, whenever it goes away. */
static void test_end_of_patience(void **state)
{
	size_t n = count_requests(2);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		struct exec_options options = {.patience_ms = 1000};
		struct transport transport;
		struct exec_result result;
		struct fake_wire wire;
		struct fake_world world;
		uint64_t began;

		fake_world_init(&world, CHUNKS, 2);
		fake_wire_init(&wire, &world.server,
		               (struct fake_fault){.kind = FAULT_CALL, .at = i});
		wire.fault.hook = server_goes_away;
		wire.fault.state = &wire;
		transport = fake_wire_transport(&wire);
		options.interrupted = &wire.interrupted;
		began = world.server.now_ms;
		exec_run(world.graph, &transport, &options, &result);
		if (world.server.now_ms - began > 4000)
			fail_msg("away at %zu: %llu ms", i,
			         (unsigned long long)(world.server.now_ms - began));
		exec_result_release(&result);
		fake_wire_release(&wire);
		finish(&world, "away", i);
		fake_world_release(&world);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_plain),
	        cmocka_unit_test(test_one_chunk_is_published_at_a_time),
	        cmocka_unit_test(test_second_apply_is_one_round_trip),
	        cmocka_unit_test(test_client_dies),
	        cmocka_unit_test(test_wire_fails),
	        cmocka_unit_test(test_server_dies),
	        cmocka_unit_test(test_exceptions),
	        cmocka_unit_test(test_untrusted_answers),
	        cmocka_unit_test(test_dies_twice),
	        cmocka_unit_test(test_sleeper_wakes),
	        cmocka_unit_test(test_words),
	        cmocka_unit_test(test_long_value),
	        cmocka_unit_test(test_verification_fails),
	        cmocka_unit_test(test_gate),
	        cmocka_unit_test(test_gate_never),
	        cmocka_unit_test(test_another_plan),
	        cmocka_unit_test(test_mended_plan),
	        cmocka_unit_test(test_interrupted),
	        cmocka_unit_test(test_end_of_patience),
	};

	return cmocka_run_group_tests_name("exec", tests, NULL, NULL);
}
