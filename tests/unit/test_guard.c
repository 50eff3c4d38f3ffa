/* A guard: what is put back at any end, with a death, a kill or a refusal at each request. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fake_graph.h"
#include "fake_world.h"

#define CHUNKS 2

static const struct fake_fault no_fault = {.kind = FAULT_NONE};

/* Ingest, as the commands leave it; a client that is dead runs none. */
struct ingest {
	struct fake_wire *wire;
	bool paused;
	bool stop_fails, stop_hangs, resume_fails, nobody;
	unsigned stops, resumes, kills;
	bool resuming, running, asking;
};

static void ask(void *state, struct str id, struct str act)
{
	struct ingest *ingest = state;

	(void)id;
	(void)act;
	ingest->asking = true;
}

static void run(void *state, struct str command)
{
	struct ingest *ingest = state;

	ingest->asking = false;
	if (ingest->wire->client_dead)
		return;
	ingest->running = true;
	ingest->resuming = str_is(command, "resume");
	ingest->stops += !ingest->resuming;
	ingest->resumes += ingest->resuming;
}

static enum outside_state look(void *state, struct outside_news *news)
{
	struct ingest *ingest = state;

	*news = (struct outside_news){.text = STR("exit code 3")};
	if (ingest->wire->client_dead)
		return OUTSIDE_FAILED;
	if (ingest->asking)
		return ingest->nobody ? OUTSIDE_NOBODY : OUTSIDE_DONE;
	if (!ingest->resuming && ingest->stop_hangs)
		return OUTSIDE_WAITING;
	ingest->running = false;
	if (ingest->resuming ? ingest->resume_fails : ingest->stop_fails)
		return OUTSIDE_FAILED;
	ingest->paused = !ingest->resuming;
	return OUTSIDE_DONE;
}

static void end(void *state)
{
	struct ingest *ingest = state;

	ingest->kills += ingest->running;
	ingest->running = false;
}

static struct step *command(struct graph *graph, const char *id, const char *act)
{
	struct step *step = fake_graph_step(graph, id);

	step->kind = STEP_GATE;
	step->gate = GATE_COMMAND;
	step->sql = STR("");
	step->act = str_of(act);
	step->limit_seconds = 20;
	step->use_count = step->output_count = 0;
	step->one_row = false;
	step->when = WHEN_ONCE;
	return step;
}

static const struct step **one_step(struct arena *arena, const char *id, const char *act,
                                    const char *sql)
{
	const struct step **list = arena_array(arena, const struct step *, 1);
	struct step *step = arena_new(arena, struct step);

	step->id = step->title = str_of(id);
	step->kind = act ? STEP_GATE : STEP_RUN;
	step->gate = GATE_COMMAND;
	step->limit_seconds = 20;
	step->act = str_of(act ? act : "");
	step->sql = str_of(sql ? sql : "");
	list[0] = step;
	return list;
}

/* ensure.v stops ingest, b1.grants is what is worth keeping, b1.split resumes it. */
static void add_guard(struct fake_world *world)
{
	struct guard *guard = arena_new(&world->arena, struct guard);

	command(world->graph, "ensure.v", "stop");
	command(world->graph, "b1.split", "resume");
	fake_graph_step(world->graph, "b1.grants")->when = WHEN_ONCE;
	*guard = (struct guard){.id = STR("b1.ingest"),
	                        .first = STR("ensure.v"),
	                        .opens = STR("ensure.v"),
	                        .keeps = STR("b1.grants"),
	                        .closes = STR("b1.split"),
	                        .what = STR("ingest is paused"),
	                        .left = STR("do it by hand: resume"),
	                        .within_seconds = 30};
	guard->undo = one_step(&world->arena, "b1.undo.view.v", NULL,
	                       "DROP VIEW IF EXISTS bfc_unit.v SYNC");
	guard->restore = one_step(&world->arena, "undo.resume", "resume", NULL);
	guard->undo_count = guard->restore_count = 1;
	world->graph->guards = guard;
	world->graph->guard_count = 1;
}

static enum exec_exit act(struct fake_world *world, struct ingest *ingest, bool aborts,
                          struct fake_fault fault, size_t *requests, char *said, size_t size)
{
	struct binding split = {STR("split"), STR("1000"), false};
	struct exec_options options = {.patience_ms = 30000,
	                               .params = &split,
	                               .param_count = 1,
	                               .commands_approved = true};
	struct outside outside = {ingest, ask, run, look, end};
	struct transport transport;
	struct exec_result result;
	struct fake_wire wire;
	enum exec_exit how;

	fake_server_advance(&world->server, 61000);
	fake_wire_init(&wire, &world->server, fault);
	transport = fake_wire_transport(&wire);
	ingest->wire = &wire;
	ingest->running = ingest->asking = false;
	options.interrupted = &wire.interrupted;
	options.outside = &outside;
	if (aborts)
		exec_abort(STR("m"), &transport, &options, &result);
	else
		exec_run(world->graph, &transport, &options, &result);
	how = result.exit;
	if (said)
		snprintf(said, size, "%.*s", STR_ARG(result.text));
	if (requests)
		*requests = wire.requests;
	exec_result_release(&result);
	fake_wire_release(&wire);
	return how;
}

static void expect_applied(struct fake_world *world, struct ingest *ingest, const char *after,
                           size_t i)
{
	enum exec_exit how = act(world, ingest, false, no_fault, NULL, NULL, 0);
	char why[200];

	/* An abort that was broken off is to be ended first. */
	if (how == EXEC_BAD_INPUT) {
		how = act(world, ingest, true, no_fault, NULL, NULL, 0);
		assert_true(how == EXEC_DONE || how == EXEC_STOPPED);
		how = act(world, ingest, false, no_fault, NULL, NULL, 0);
	}
	if (how != EXEC_DONE)
		fail_msg("apply after %s at %zu: exit %d", after, i, how);
	if (!fake_server_is_right(&world->server, why, sizeof(why)))
		fail_msg("apply after %s at %zu: %s", after, i, why);
	if (ingest->paused)
		fail_msg("apply after %s at %zu: ingest is still paused", after, i);
	assert_int_equal(fake_server_staged(&world->server), 0);
	assert_int_equal(fake_server_locks(&world->server), 0);
}

static size_t count_requests(void)
{
	struct ingest ingest = {.wire = NULL};
	struct fake_world world;
	size_t n;

	fake_world_init(&world, CHUNKS, 2);
	add_guard(&world);
	assert_int_equal(act(&world, &ingest, false, no_fault, &n, NULL, 0), EXEC_DONE);
	assert_int_equal(ingest.stops, 1);
	assert_int_equal(ingest.resumes, 1);
	assert_false(ingest.paused);
	fake_world_release(&world);
	return n;
}

static const struct {
	enum fake_fault_kind kind;
	const char *name;
	bool lives; /* its run ends by itself, and so puts things back */
} faults[] = {
        {FAULT_CLIENT_DIES, "a death", false},
        {FAULT_CLIENT_DIES_AFTER, "a death behind it", false},
        {FAULT_EXCEPTION, "a refusal", true},
        {FAULT_LOST_AFTER, "a lost answer", true},
        {FAULT_SERVER_DIES, "a dead server", true},
        {FAULT_LOST_DELAYED, "a late request", true},
};

/* Whatever happens at whatever request: the next apply is right, and ingest runs. */
static void test_apply_after_anything(void **state)
{
	size_t n = count_requests();

	(void)state;
	for (size_t k = 0; k < sizeof(faults) / sizeof(*faults); k++) {
		for (size_t i = 0; i < n; i++) {
			struct fake_fault fault = {
			        .kind = faults[k].kind, .at = i, .code = 47, .delay = 3};
			struct ingest ingest = {.wire = NULL};
			struct fake_world world;
			bool no_word = false;

			fake_world_init(&world, CHUNKS, 2);
			add_guard(&world);
			no_word = act(&world, &ingest, false, fault, NULL, NULL, 0) == EXEC_DONE;
			if ((faults[k].lives || no_word) && ingest.paused)
				fail_msg("after %s at %zu: ingest is paused at the end",
				         faults[k].name, i);
			if (!no_word)
				expect_applied(&world, &ingest, faults[k].name, i);
			fake_world_release(&world);
		}
	}
}

/* A second death, in the run that found the guard open; and a death of abort. */
static void test_two_deaths(void **state)
{
	size_t n = count_requests();

	(void)state;
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < 24; j++) {
			struct ingest ingest = {.wire = NULL};
			struct fake_world world;

			fake_world_init(&world, CHUNKS, 2);
			add_guard(&world);
			act(&world, &ingest, false,
			    (struct fake_fault){.kind = FAULT_CLIENT_DIES_AFTER, .at = i}, NULL,
			    NULL, 0);
			act(&world, &ingest, j % 2,
			    (struct fake_fault){.kind = FAULT_CLIENT_DIES_AFTER, .at = j}, NULL,
			    NULL, 0);
			expect_applied(&world, &ingest, "two deaths", i * 100 + j);
			fake_world_release(&world);
		}
	}
}

/* `abort` has no plan: what it does is in the journal. */
static void test_abort(void **state)
{
	size_t n = count_requests(), paused = 0;

	(void)state;
	for (size_t i = 0; i < n; i++) {
		struct ingest ingest = {.wire = NULL};
		struct fake_world world;

		fake_world_init(&world, CHUNKS, 2);
		add_guard(&world);
		act(&world, &ingest, false, (struct fake_fault){.kind = FAULT_CLIENT_DIES, .at = i},
		    NULL, NULL, 0);
		paused += ingest.paused;
		act(&world, &ingest, true, no_fault, NULL, NULL, 0);
		if (ingest.paused)
			fail_msg("abort after a death at %zu: ingest is still paused", i);
		expect_applied(&world, &ingest, "an abort", i);
		fake_world_release(&world);
	}
	assert_true(paused > 1);
}

static void ended(struct ingest *ingest, enum exec_exit want, const char *words)
{
	struct fake_world world;
	enum exec_exit how;
	char said[1000];

	fake_world_init(&world, CHUNKS, 2);
	add_guard(&world);
	how = act(&world, ingest, false, no_fault, NULL, said, sizeof(said));
	if (how != want || !strstr(said, words))
		fail_msg("exit %d, not %d: %s", how, want, said);
	assert_int_equal(ingest->paused, ingest->resume_fails);
	ingest->stop_fails = ingest->stop_hangs = ingest->resume_fails = false;
	expect_applied(&world, ingest, words, 0);
	fake_world_release(&world);
}

static void test_commands_fail(void **state)
{
	struct ingest ingest = {.stop_fails = true};

	(void)state;
	ended(&ingest, EXEC_STOPPED, "exit code 3");
	assert_int_equal(ingest.stops, 2);
	assert_int_equal(ingest.resumes, 2);
	ingest = (struct ingest){.stop_hangs = true};
	ended(&ingest, EXEC_STOPPED, "has not ended after 20 s");
	ingest = (struct ingest){.resume_fails = true};
	ended(&ingest, EXEC_STOPPED, "STILL: INGEST IS PAUSED; do it by hand: resume");
}

/* What takes longer than it may. */
static void test_within(void **state)
{
	struct ingest ingest = {.wire = NULL};
	struct fake_world world;
	char said[1000];

	(void)state;
	fake_world_init(&world, CHUNKS, 2);
	add_guard(&world);
	fake_graph_step(world.graph, "b1.grants")->kind = STEP_GATE;
	world.server.gate_opens_ms = world.server.now_ms + 3600000;
	assert_int_equal(act(&world, &ingest, false, no_fault, NULL, said, sizeof(said)),
	                 EXEC_STOPPED);
	assert_non_null(strstr(said, "ingest is paused for 30 s"));
	assert_false(ingest.paused);
	world.server.gate_opens_ms = 0;
	expect_applied(&world, &ingest, "within", 0);
	fake_world_release(&world);
}

/* Nobody is there to ask: exit 4, and the gate's name. */
static void test_person(void **state)
{
	struct ingest ingest = {.nobody = true};
	struct fake_world world;
	char said[1000];

	(void)state;
	fake_world_init(&world, CHUNKS, 2);
	add_guard(&world);
	fake_graph_step(world.graph, "ensure.v")->gate = GATE_PERSON;
	assert_int_equal(act(&world, &ingest, false, no_fault, NULL, said, sizeof(said)),
	                 EXEC_GATE);
	assert_non_null(strstr(said, "--confirm ensure.v"));
	ingest.nobody = false;
	expect_applied(&world, &ingest, "a person", 0);
	fake_world_release(&world);
}

/* Another plan is refused, and leaves no trace: what is kept of the pause is kept after it, too. */
static void test_other_plan(void **state)
{
	size_t n = count_requests(), refused = 0;

	(void)state;
	for (size_t i = 0; i < n; i++) {
		struct ingest ingest = {.wire = NULL};
		struct fake_world world;
		unsigned stops;
		char first;

		fake_world_init(&world, CHUNKS, 2);
		add_guard(&world);
		act(&world, &ingest, false,
		    (struct fake_fault){.kind = FAULT_CLIENT_DIES_AFTER, .at = i}, NULL, NULL, 0);
		stops = ingest.stops;
		first = world.graph->hash[0];
		world.graph->hash[0] = first == '0' ? '1' : '0';
		if (ingest.paused) {
			size_t rows = world.server.journal.count;
			char said[1000];

			assert_int_equal(
			        act(&world, &ingest, false, no_fault, NULL, said, sizeof(said)),
			        EXEC_BAD_INPUT);
			if (!strstr(said, "another plan") || world.server.journal.count != rows)
				fail_msg("at %zu: %zu rows in place of %zu: %s", i,
				         (size_t)world.server.journal.count, rows, said);
			refused++;
		}
		world.graph->hash[0] = first;
		expect_applied(&world, &ingest, "another plan", i);
		/* Whatever was kept is not made again. */
		if (ingest.stops > stops + 1)
			fail_msg("at %zu: paused %u times", i, ingest.stops);
		fake_world_release(&world);
	}
	assert_true(refused > 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_apply_after_anything),
	        cmocka_unit_test(test_two_deaths),
	        cmocka_unit_test(test_abort),
	        cmocka_unit_test(test_commands_fail),
	        cmocka_unit_test(test_within),
	        cmocka_unit_test(test_person),
	        cmocka_unit_test(test_other_plan),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
