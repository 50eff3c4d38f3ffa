/* What a resume sends before it is at work on a chunk again, and in what order; see exec_start.c, sched.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "fake_words.h"
#include "fake_world.h"

#define CHUNKS 4
#define WORKERS 2
#define SENT_MOST 400
#define TRIPS_MOST 5
#define STALE_MS 61000

/* A request, and how many answers came one after the other, each to what the one before had caused. */
struct sent {
	char what[120];
	const void *owner;
	unsigned trips;
};

struct seen {
	struct fake_world world;
	struct transport inner;
	struct sent sent[SENT_MOST];
	size_t count;
	unsigned trips;
};

static void seen_send(void *state, const struct request *request)
{
	struct seen *seen = state;
	struct sent *sent = &seen->sent[seen->count++];

	if (seen->count == SENT_MOST)
		abort();
	/* A journal's rows are its body. */
	snprintf(sent->what, sizeof(sent->what), "%.*s",
	         STR_ARG(request->body.n       ? STR("journal")
	                 : request->query_id.n ? request->query_id
	                                       : request->sql));
	sent->owner = request->owner;
	sent->trips = seen->trips;
	seen->inner.send(seen->inner.state, request);
}

static bool seen_next(void *state, unsigned wait_ms, struct outcome *outcome)
{
	struct seen *seen = state;

	if (!seen->inner.next(seen->inner.state, wait_ms, outcome))
		return false;
	for (size_t i = seen->count; i-- > 0;) {
		if (seen->sent[i].owner != outcome->owner)
			continue;
		seen->trips = seen->sent[i].trips + 1;
		break;
	}
	return true;
}

static uint64_t seen_now_ms(void *state)
{
	struct seen *seen = state;

	return seen->inner.now_ms(seen->inner.state);
}

static uint32_t seen_random(void *state)
{
	struct seen *seen = state;

	return seen->inner.random(seen->inner.state);
}

static struct str seen_name(void *state)
{
	struct seen *seen = state;

	return seen->inner.name(seen->inner.state);
}

static void apply(struct seen *seen, struct fake_fault fault, struct exec_result *result)
{
	struct transport transport = {.state = seen,
	                              .send = seen_send,
	                              .next = seen_next,
	                              .now_ms = seen_now_ms,
	                              .random = seen_random,
	                              .name = seen_name};
	struct exec_options options = {.patience_ms = 30000};
	struct fake_wire wire;

	fake_wire_init(&wire, &seen->world.server, fault);
	options.interrupted = &wire.interrupted;
	seen->inner = fake_wire_transport(&wire);
	seen->count = seen->trips = 0;
	exec_run(seen->world.graph, &transport, &options, result);
	fake_wire_release(&wire);
}

/* The first one from `from` on that has this in it; SIZE_MAX: there is none. */
static size_t find(const struct seen *seen, const char *what, size_t from)
{
	for (size_t i = from; i < seen->count; i++) {
		if (strstr(seen->sent[i].what, what))
			return i;
	}
	return SIZE_MAX;
}

static void kill_at(struct seen *seen, const char *step)
{
	struct exec_result result;

	apply(seen, (struct fake_fault){.kind = FAULT_CLIENT_DIES_AFTER, .step = step}, &result);
	exec_result_release(&result);
	fake_server_advance(&seen->world.server, STALE_MS);
}

static void expect_done(struct seen *seen)
{
	struct exec_result result;
	char why[200];

	apply(seen, (struct fake_fault){.kind = FAULT_NONE}, &result);
	if (result.exit != EXEC_DONE)
		fail_msg("exit %d, '%.*s'", result.exit, STR_ARG(result.text));
	exec_result_release(&result);
	if (!fake_server_is_right(&seen->world.server, why, sizeof(why)))
		fail_msg("%s", why);
	assert_int_equal(fake_server_staged(&seen->world.server), 0);
	assert_int_equal(fake_server_locks(&seen->world.server), 0);
}

/* Whatever it is killed in: while there is a chunk to begin, it begins. */
static void test_five_round_trips(void **state)
{
	static const char *const steps[] = {"dup_t-c2",  "load-c2", "seal-c2",
	                                    "move_t-c2", "drop_v",  NULL};

	(void)state;
	for (size_t i = 0; steps[i]; i++) {
		struct seen *seen = xmalloc(sizeof(*seen));
		size_t useful;

		*seen = (struct seen){0};
		fake_world_init(&seen->world, CHUNKS, WORKERS);
		kill_at(seen, steps[i]);
		expect_done(seen);
		useful = find(seen, ".dup_t-c", 0);
		assert_true(useful != SIZE_MAX);
		if (seen->sent[useful].trips > TRIPS_MOST)
			fail_msg("killed at %s: %u round trips before '%s'", steps[i],
			         seen->sent[useful].trips, seen->sent[useful].what);
		fake_world_release(&seen->world);
		free(seen);
	}
}

/* Older locks gone, then their statements, then the journal is believed; its row before the chunk. */
static void test_order(void **state)
{
	struct seen *seen = xmalloc(sizeof(*seen));
	size_t create, drop, kill, all, row, useful;

	(void)state;
	*seen = (struct seen){0};
	fake_world_init(&seen->world, CHUNKS, WORKERS);
	kill_at(seen, "load-c2");
	/* A statement of the dead run goes on. */
	fake_server_run_on(&seen->world.server,
	                   &(struct request){.sql = STR("SELECT 1"),
	                                     .query_id = STR("bfc-62c66a7a-00000000-b1.check")});
	expect_done(seen);
	create = find(seen, "CREATE TABLE `bfc`.lock_", 0);
	drop = find(seen, "DROP TABLE IF EXISTS `bfc`.lock_", 0);
	kill = find(seen, "KILL QUERY", 0);
	all = find(seen, "SELECT * FROM (SELECT 'facts'", 0);
	row = find(seen, "journal", all);
	useful = find(seen, ".dup_t-c", 0);
	assert_true(useful != SIZE_MAX && row < useful && kill != SIZE_MAX);
	assert_int_equal(seen->sent[create].trips, 1);
	assert_int_equal(seen->sent[drop].trips, 2);
	assert_int_equal(seen->sent[kill].trips, 2);
	assert_int_equal(seen->sent[all].trips, 3);
	assert_int_equal(seen->sent[row].trips, 4);
	assert_int_equal(seen->sent[find(seen, "b1.grants", 0)].trips, 5);
	assert_int_equal(seen->sent[useful].trips, 5);
	assert_true(find(seen, "SELECT * FROM (SELECT 'facts'", all + 1) == SIZE_MAX);
	fake_world_release(&seen->world);
	free(seen);
}

/* Chunks are prepared while a check is asked, up to their first table, and nothing is loaded when it fails. */
static void test_failing_check(void **state)
{
	struct seen *seen = xmalloc(sizeof(*seen));
	struct exec_result result;

	(void)state;
	*seen = (struct seen){0};
	fake_world_init(&seen->world, CHUNKS, WORKERS);
	kill_at(seen, "load-c2");
	seen->world.server.gate_opens_ms = UINT64_MAX;
	for (unsigned i = 0; i < 3; i++) {
		apply(seen, (struct fake_fault){.kind = FAULT_NONE}, &result);
		assert_int_equal(result.exit, EXEC_CHECK_FAILED);
		assert_true(str_find(result.text, STR("b1.grants")) >= 0);
		exec_result_release(&result);
		assert_true(find(seen, ".drop_v-c", 0) != SIZE_MAX);
		assert_true(find(seen, ".dup_t-c", 0) != SIZE_MAX);
		assert_true(find(seen, ".copy_v-c", 0) == SIZE_MAX);
		assert_true(find(seen, ".load-c", 0) == SIZE_MAX);
		assert_true(find(seen, ".move_t-c", 0) == SIZE_MAX);
		assert_int_equal(fake_server_locks(&seen->world.server), 0);
	}
	seen->world.server.gate_opens_ms = 0;
	expect_done(seen);
	fake_world_release(&seen->world);
	free(seen);
}

/* As if chunk 1 had been the last one. */
static void call_it_the_last(struct seen *seen)
{
	struct fake_server *server = &seen->world.server;

	for (size_t i = 0; i < server->journal.count; i++) {
		if (str_is(server->journal.items[i].chunk, "1"))
			server->journal.items[i].chunk = STR("4");
	}
	for (size_t i = 0; i < server->tables.count; i++) {
		char *name = arena_strdup(&server->arena, server->tables.items[i]->name);
		char *chunk = strstr(name, "_b1c1_a");

		if (chunk)
			chunk[4] = '4';
		server->tables.items[i]->name = str_of(name);
	}
}

/* Whatever number it has: what a new chunk moves before it would be evidence against it. */
static void test_sealed_chunks_come_first(void **state)
{
	struct seen *seen = xmalloc(sizeof(*seen));
	struct exec_result result;
	size_t moved, sealed;

	(void)state;
	*seen = (struct seen){0};
	fake_world_init(&seen->world, CHUNKS, WORKERS);
	kill_at(seen, "move_t-c1");
	call_it_the_last(seen);
	apply(seen, (struct fake_fault){.kind = FAULT_NONE}, &result);
	exec_result_release(&result);
	moved = find(seen, ".moved-c4", 0);
	sealed = find(seen, ".seal-c", 0);
	assert_true(moved != SIZE_MAX && sealed != SIZE_MAX);
	assert_true(moved < sealed);
	fake_world_release(&seen->world);
	free(seen);
}

/* One more check, that hangs on b1.grants. */
static void add_check(struct fake_world *world)
{
	struct graph *graph = world->graph;
	const struct step **steps =
	        arena_array(&world->arena, const struct step *, graph->step_count + 1);
	struct step *check = arena_new(&world->arena, struct step);
	uint32_t at = 0;

	while (!str_is(graph->steps[at]->id, "b1.grants"))
		at++;
	memcpy(steps, graph->steps, (at + 1) * sizeof(*steps));
	memcpy(steps + at + 2, graph->steps + at + 1,
	       (graph->step_count - at - 1) * sizeof(*steps));
	*check = *graph->steps[at];
	check->id = STR("b1.grants.second");
	check->number = (uint32_t)graph->step_total++;
	check->deps = arena_array(&world->arena, uint32_t, 1);
	check->deps[0] = at;
	check->dep_count = 1;
	steps[at + 1] = check;
	graph->steps = steps;
	graph->step_count++;
	for (size_t i = at + 2; i < graph->step_count; i++) {
		for (size_t j = 0; j < steps[i]->dep_count; j++)
			steps[i]->deps[j] += steps[i]->deps[j] >= at;
	}
}

/* Asked at once, judged in their order: the answer that comes first is not the one that stops the run. */
static void test_checks_in_their_order(void **state)
{
	static const char *const second[] = {"second", NULL};
	struct seen *seen = xmalloc(sizeof(*seen));
	struct exec_result result;
	size_t first;

	(void)state;
	*seen = (struct seen){0};
	fake_world_init(&seen->world, CHUNKS, WORKERS);
	add_check(&seen->world);
	kill_at(seen, "load-c2");
	seen->world.server.gate_opens_ms = UINT64_MAX;
	apply(seen,
	      (struct fake_fault){.kind = FAULT_LOST_BEFORE, .step = "b1.grants", .except = second},
	      &result);
	assert_int_equal(result.exit, EXEC_CHECK_FAILED);
	assert_true(str_find(result.text, STR("'b1.grants' ")) >= 0);
	exec_result_release(&result);
	first = find(seen, "b1.grants", 0);
	assert_int_equal(seen->sent[first].trips, seen->sent[find(seen, "second", 0)].trips);
	assert_true(find(seen, "b1.grants", find(seen, "second", 0) + 1) != SIZE_MAX);
	seen->world.server.gate_opens_ms = 0;
	expect_done(seen);
	fake_world_release(&seen->world);
	free(seen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_five_round_trips),
	        cmocka_unit_test(test_order),
	        cmocka_unit_test(test_failing_check),
	        cmocka_unit_test(test_sealed_chunks_come_first),
	        cmocka_unit_test(test_checks_in_their_order),
	};

	return cmocka_run_group_tests_name("resume", tests, NULL, NULL);
}
