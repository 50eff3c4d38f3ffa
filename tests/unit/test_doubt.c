/* `using direct unsafe`: which chunks are in doubt, what is said of them, and what a person's word does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fake_graph.h"
#include "fake_words.h"
#include "fake_world.h"
#include "runtime/exec_internal.h"

#define CHUNKS_MOST 8

struct scene {
	struct fake_world world;
	unsigned loads[CHUNKS_MOST + 1]; /* that were sent, by chunk */
	size_t requests;
	char text[4000];
};

static const struct fake_fault no_fault = {.kind = FAULT_NONE};

static void look(void *state, const struct request *request)
{
	struct scene *scene = state;
	ptrdiff_t at = str_find(request->query_id, STR(".load-c"));

	if (at >= 0)
		scene->loads[request->query_id.p[at + 7] - '0']++;
}

static void begin(struct scene *scene, unsigned chunks)
{
	*scene = (struct scene){.text = ""};
	fake_world_init_plan(&scene->world, FAKE_DIRECT, chunks, 1);
}

/* Ctrl-C while a request is on its way, where the fault's hook is this. */
static void press(void *state)
{
	((struct fake_wire *)state)->interrupted = 1;
}

static enum exec_exit apply(struct scene *scene, struct fake_fault fault)
{
	struct exec_options options = {.patience_ms = 30000};
	struct transport transport;
	struct exec_result result;
	struct fake_wire wire;
	enum exec_exit how;

	fake_server_advance(&scene->world.server, 61000);
	fault.state = &wire;
	fake_wire_init(&wire, &scene->world.server, fault);
	wire.look = look;
	wire.look_state = scene;
	transport = fake_wire_transport(&wire);
	options.interrupted = &wire.interrupted;
	exec_run(scene->world.graph, &transport, &options, &result);
	how = result.exit;
	scene->requests = wire.requests;
	snprintf(scene->text, sizeof(scene->text), "%.*s", STR_ARG(result.text));
	exec_result_release(&result);
	fake_wire_release(&wire);
	return how;
}

/* A word of all chunks, or words of some. */
static enum exec_exit give_up(struct scene *scene, enum exec_doubt word,
                              const struct exec_doubt_word *words, size_t count)
{
	struct exec_options options = {.patience_ms = 30000,
	                               .in_doubt = word,
	                               .doubt_words = words,
	                               .doubt_word_count = count};
	struct transport transport;
	struct exec_result result;
	struct fake_wire wire;
	enum exec_exit how;

	fake_server_advance(&scene->world.server, 61000);
	fake_wire_init(&wire, &scene->world.server, no_fault);
	transport = fake_wire_transport(&wire);
	options.interrupted = &wire.interrupted;
	exec_abort(STR("m"), &transport, &options, &result);
	how = result.exit;
	snprintf(scene->text, sizeof(scene->text), "%.*s", STR_ARG(result.text));
	exec_result_release(&result);
	fake_wire_release(&wire);
	return how;
}

static void has(const struct scene *scene, const char *words)
{
	if (!strstr(scene->text, words))
		fail_msg("no '%s' in: %s", words, scene->text);
}

static void has_not(const struct scene *scene, const char *words)
{
	if (strstr(scene->text, words))
		fail_msg("'%s' in: %s", words, scene->text);
}

static void is_right(struct scene *scene)
{
	char why[200];

	if (!fake_server_is_right(&scene->world.server, why, sizeof(why)))
		fail_msg("%s", why);
	fake_world_release(&scene->world);
}

static void test_names(void **state)
{
	(void)state;
	assert_true(attempt_is_direct(STR("b1.direct")));
	assert_true(attempt_is_direct(STR("b12.direct")));
	assert_false(attempt_is_direct(STR("b1.chunks")));
	assert_false(attempt_is_direct(STR("b1.directs")));
	assert_false(attempt_is_direct(STR("check.direct")));
	assert_false(attempt_is_direct(STR(".direct")));
	assert_false(attempt_is_direct(STR("")));
}

/* Faults of the second chunk's INSERT: after which of them nobody knows what is in. */
static const struct {
	enum fake_fault_kind kind;
	int code;
	bool doubt;
	enum exec_doubt word; /* what a person finds */
} faults[] = {
        {FAULT_LOST_BEFORE, 0, true, DOUBT_ABSENT},
        {FAULT_LOST_AFTER, 0, true, DOUBT_LOADED},
        {FAULT_EXCEPTION, 241, true, DOUBT_ABSENT}, /* some blocks may be in by then */
        {FAULT_EXCEPTION_LATE, 241, true, DOUBT_LOADED},
        {FAULT_CLIENT_DIES, 0, true, DOUBT_ABSENT},
        {FAULT_CLIENT_DIES_AFTER, 0, true, DOUBT_LOADED},
        {FAULT_SERVER_DIES, 0, true, DOUBT_ABSENT},
        {FAULT_UNREACHABLE, 0, false, DOUBT_UNSAID}, /* it was never sent */
        {FAULT_EXCEPTION, 202, false, DOUBT_UNSAID}, /* nor begun */
};

/* Its INSERT is never sent again before the word; with it all is right, and the others were not touched. */
static void play(size_t i)
{
	struct scene scene;
	struct fake_fault fault = {
	        .kind = faults[i].kind, .step = ".load-c2", .code = faults[i].code};
	bool dies = fault.kind == FAULT_CLIENT_DIES || fault.kind == FAULT_CLIENT_DIES_AFTER;
	enum exec_exit how;

	begin(&scene, 3);
	how = apply(&scene, fault);
	if (!faults[i].doubt) {
		assert_int_equal(how, EXEC_DONE);
		has_not(&scene, "in doubt");
		is_right(&scene);
		return;
	}
	if (!dies) {
		assert_int_equal(how, EXEC_STOPPED);
		has(&scene, "in doubt: chunk 2 of 3 of 'b1.direct': lo = 10, hi = 20");
		has(&scene, "bfc abort m --in-doubt absent");
		has_not(&scene, "in doubt: chunk 1");
		has_not(&scene, "in doubt: chunk 3");
	}
	assert_int_equal(scene.loads[2], 1);
	assert_int_equal(apply(&scene, no_fault), EXEC_STOPPED);
	has(&scene, "chunk 2 of 3 was broken off by an earlier run");
	has(&scene, "in doubt: chunk 2 of 3 of 'b1.direct': lo = 10, hi = 20");
	assert_int_equal(give_up(&scene, DOUBT_UNSAID, NULL, 0), EXEC_STOPPED);
	has(&scene, "chunk 2 of 'b1.direct' was broken off");
	assert_int_equal(scene.loads[2], 1);
	assert_int_equal(give_up(&scene, faults[i].word, NULL, 0), EXEC_DONE);
	assert_int_equal(apply(&scene, no_fault), EXEC_DONE);
	assert_int_equal(scene.loads[1], 1);
	assert_int_equal(scene.loads[2], faults[i].word == DOUBT_LOADED ? 1 : 2);
	assert_int_equal(scene.loads[3], 1);
	is_right(&scene);
}

static void test_faults(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++) {
		print_message("fault %zu\n", i);
		play(i);
	}
}

/* The server was away, or too busy, until the patience was over: the next run begins the chunk anew. */
static void test_never_sent(void **state)
{
	static const struct fake_fault never[] = {{.kind = FAULT_UNREACHABLE},
	                                          {.kind = FAULT_EXCEPTION, .code = 202}};

	(void)state;
	for (size_t i = 0; i < sizeof(never) / sizeof(*never); i++) {
		struct fake_fault fault = never[i];
		struct scene scene;

		fault.step = ".load-c2";
		fault.times = 1000000;
		begin(&scene, 3);
		assert_int_equal(apply(&scene, fault), EXEC_STOPPED);
		has_not(&scene, "in doubt");
		assert_int_equal(apply(&scene, no_fault), EXEC_DONE);
		is_right(&scene);
	}
}

/* Killed with the row that says that it is in on its way: the chunk is in doubt until that is durable. */
static void test_row_on_its_way(void **state)
{
	static const enum fake_fault_kind kinds[] = {FAULT_CLIENT_DIES, FAULT_CLIENT_DIES_AFTER};
	struct scene scene;
	size_t n, doubts = 0, done = 0;

	(void)state;
	begin(&scene, 1);
	apply(&scene, no_fault);
	n = scene.requests;
	fake_world_release(&scene.world);
	for (size_t i = 0; i < 2 * n; i++) {
		unsigned before;

		begin(&scene, 1);
		apply(&scene, (struct fake_fault){.kind = kinds[i % 2], .at = i / 2});
		before = scene.loads[1];
		if (apply(&scene, no_fault) == EXEC_DONE) {
			/* It had not been sent, or it is known to be in. */
			done++;
			assert_int_equal(scene.loads[1], 1);
		} else {
			doubts++;
			has(&scene, "in doubt: chunk 1 of 1 of 'b1.direct'");
			assert_int_equal(scene.loads[1], before);
		}
		fake_world_release(&scene.world);
	}
	assert_in_range(doubts, 2, 8);
	assert_true(done > n);
}

/* A run that ends by itself says of a chunk that it is in doubt when the next one will. Only then, too, but
 * for a row that is on its way at Ctrl-C: it may still arrive. */
static void test_says_what_the_next_one_says(void **state)
{
	struct scene scene;
	size_t n, doubts = 0, late = 0;

	(void)state;
	begin(&scene, 2);
	apply(&scene, no_fault);
	n = scene.requests;
	fake_world_release(&scene.world);
	for (size_t i = 0; i < 2 * n; i++) {
		static const struct fake_fault faults_here[] = {
		        {.kind = FAULT_EXCEPTION, .code = 497},
		        {.kind = FAULT_CALL, .hook = press}};
		struct fake_fault fault = faults_here[i % 2];
		bool doubt, next;

		fault.at = i / 2;
		begin(&scene, 2);
		if (apply(&scene, fault) != EXEC_DONE) {
			doubt = strstr(scene.text, "in doubt: ");
			apply(&scene, no_fault);
			next = strstr(scene.text, "in doubt: ");
			if (next ? !doubt : doubt && !fault.hook)
				fail_msg("%zu at %zu: %s", i % 2, i / 2, scene.text);
			doubts += doubt;
			late += doubt && !next;
		}
		fake_world_release(&scene.world);
	}
	assert_int_equal(late, 0);
	assert_in_range(doubts, 2, 12);
}

/* Five are shown, the others counted; a word for each, by number, and with the step before it. */
static void test_many(void **state)
{
	static const struct exec_doubt_word all[] = {
	        {STR("1"), DOUBT_LOADED}, {STR("b1.direct/2"), DOUBT_LOADED},
	        {STR("3"), DOUBT_LOADED}, {STR("4"), DOUBT_ABSENT},
	        {STR("5"), DOUBT_LOADED}, {STR("6"), DOUBT_LOADED},
	        {STR("7"), DOUBT_LOADED}, {STR("8"), DOUBT_LOADED}};
	static const struct exec_doubt_word wrong[] = {{STR("9"), DOUBT_LOADED}};
	static const struct exec_doubt_word other[] = {{STR("b2.direct/1"), DOUBT_LOADED}};
	struct scene scene;

	(void)state;
	begin(&scene, CHUNKS_MOST);
	fake_graph_step(scene.world.graph, "b1.direct")->each->workers = CHUNKS_MOST;
	assert_int_equal(apply(&scene, (struct fake_fault){.kind = FAULT_LOST_AFTER,
	                                                   .step = ".load-c",
	                                                   .times = CHUNKS_MOST}),
	                 EXEC_STOPPED);
	has(&scene, "in doubt: chunk 1 of 8");
	has(&scene, "in doubt: chunk 5 of 8");
	has_not(&scene, "in doubt: chunk 6 of 8");
	has(&scene, "… and 3 more");
	assert_int_equal(give_up(&scene, DOUBT_UNSAID, wrong, 1), EXEC_BAD_INPUT);
	assert_int_equal(give_up(&scene, DOUBT_UNSAID, other, 1), EXEC_BAD_INPUT);
	/* All of them, or nothing is done. */
	assert_int_equal(give_up(&scene, DOUBT_UNSAID, all, CHUNKS_MOST - 1), EXEC_STOPPED);
	has(&scene, "chunk 8 of 'b1.direct' was broken off");
	assert_int_equal(give_up(&scene, DOUBT_UNSAID, all, CHUNKS_MOST), EXEC_DONE);
	apply(&scene, no_fault);
	for (unsigned i = 1; i <= CHUNKS_MOST; i++)
		assert_int_equal(scene.loads[i], i == 4 ? 2 : 1);
	fake_world_release(&scene.world);
}

/* A word of one, and another word for the rest. */
static void test_a_word_and_the_rest(void **state)
{
	static const struct exec_doubt_word first[] = {{STR("1"), DOUBT_LOADED}};
	struct scene scene;

	(void)state;
	begin(&scene, 2);
	fake_graph_step(scene.world.graph, "b1.direct")->each->workers = 2;
	assert_int_equal(
	        apply(&scene,
	              (struct fake_fault){.kind = FAULT_LOST_AFTER, .step = ".load-c", .times = 2}),
	        EXEC_STOPPED);
	assert_int_equal(give_up(&scene, DOUBT_ABSENT, first, 1), EXEC_DONE);
	apply(&scene, no_fault);
	assert_int_equal(scene.loads[1], 1);
	assert_int_equal(scene.loads[2], 2);
	fake_world_release(&scene.world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_never_sent),
	        cmocka_unit_test(test_says_what_the_next_one_says),
	        cmocka_unit_test(test_names),
	        cmocka_unit_test(test_faults),
	        cmocka_unit_test(test_row_on_its_way),
	        cmocka_unit_test(test_many),
	        cmocka_unit_test(test_a_word_and_the_rest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
