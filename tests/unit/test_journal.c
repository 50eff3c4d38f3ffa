/* What is written, how often, and what it is read back as; see journal.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "fake_graph.h"
#include "fake_transport.h"
#include "runtime/exec.h"
#include "runtime/journal.h"

#define CHUNKS 20

static void test_names_of_states(void **state)
{
	(void)state;
	for (int i = JOURNAL_BEGUN; i < JOURNAL_STATE_COUNT; i++)
		assert_int_equal(journal_state_from(str_of(journal_state_name(i))), i);
	assert_int_equal(journal_state_from(STR("")), JOURNAL_NONE);
	assert_int_equal(journal_state_from(STR("something newer")), JOURNAL_NONE);
}

static size_t count_rows(const struct fake_server *server, const char *step, const char *state)
{
	size_t count = 0;

	for (size_t i = 0; i < server->journal.count; i++)
		count += str_is(server->journal.items[i].step, step) &&
		         str_is(server->journal.items[i].state, state);
	return count;
}

static void count_inserts(void *state, const struct request *request)
{
	*(size_t *)state += str_starts(request->sql, STR("INSERT INTO `bfc`.journal"));
}

static void test_rows_and_their_cost(void **state)
{
	struct fake_server server;
	struct fake_wire wire;
	struct arena arena;
	struct graph *graph;
	size_t inserts = 0;
	struct transport transport;
	struct exec_options options = {.patience_ms = 30000};
	struct exec_result result;

	(void)state;
	fake_server_init(&server, CHUNKS);
	arena_init(&arena);
	graph = fake_graph_new(&arena, "m", CHUNKS, 1);
	fake_wire_init(&wire, &server, (struct fake_fault){.kind = FAULT_NONE});
	wire.look = count_inserts;
	wire.look_state = &inserts;
	transport = fake_wire_transport(&wire);
	exec_run(graph, &transport, &options, &result);
	assert_int_equal(result.exit, EXEC_DONE);
	/* One a chunk, and a few for the run: the rows of the chunk before it ride with its seal. */
	assert_in_range(inserts, CHUNKS, CHUNKS + 8);
	assert_int_equal(count_rows(&server, "b1.chunks", "begun"), CHUNKS);
	assert_int_equal(count_rows(&server, "b1.chunks", "sealed"), CHUNKS);
	assert_int_equal(count_rows(&server, "b1.chunks", "published"), CHUNKS);
	assert_int_equal(count_rows(&server, "b1.chunks", "done"), CHUNKS + 1);
	assert_int_equal(count_rows(&server, "b1.split", "done"), 1);
	assert_int_equal(count_rows(&server, "b1.grants", "done"), 0);
	assert_int_equal(count_rows(&server, "", "started"), 1);
	assert_int_equal(count_rows(&server, "", "finished"), 1);
	exec_result_release(&result);
	fake_wire_release(&wire);
	arena_release(&arena);
	fake_server_release(&server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_names_of_states),
	        cmocka_unit_test(test_rows_and_their_cost),
	};

	return cmocka_run_group_tests_name("journal", tests, NULL, NULL);
}
