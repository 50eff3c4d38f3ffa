/* Gates that no statement opens: a person, or a command; all that either may say, and nobody there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fake_graph.h"
#include "fake_world.h"
#include "runtime/outside.h"

#define GATE "b1.grants"
#define NEXT "b1.split"

/* A gate in the place of a step, and what is there to open it. */
struct scene {
	struct fake_world world;
	enum outside_state says; /* in the end */
	unsigned waits;          /* polls before that */
	unsigned lines;          /* of output; each poll gives one */
	bool nobody_there;       /* no `outside` at all */
	bool confirmed;
	/* what was seen */
	unsigned asked, ran, ended, polls, heard, told;
	bool next_sent, open_early, interrupts;
	char act[100], waited_for[100], text[2000], gate[100];
	struct fake_wire wire;
};

static void ask(void *state, struct str id, struct str act)
{
	struct scene *scene = state;

	assert_true(str_is(id, GATE));
	assert_true(str_is(act, "")); /* the observer has shown it */
	scene->asked++;
}

static void run(void *state, struct str command)
{
	struct scene *scene = state;

	snprintf(scene->act, sizeof(scene->act), "%.*s", STR_ARG(command));
	scene->ran++;
}

static enum outside_state poll(void *state, struct outside_news *news)
{
	struct scene *scene = state;

	*news = (struct outside_news){.line = {0}};
	scene->polls++;
	if (scene->interrupts)
		scene->wire.interrupted = 1;
	if (scene->heard < scene->lines) {
		scene->heard++;
		news->line = STR("a line");
		return OUTSIDE_WAITING;
	}
	if (scene->waits) {
		scene->waits--;
		return OUTSIDE_WAITING;
	}
	news->text = STR("exit code 3");
	return scene->says;
}

static void end(void *state)
{
	((struct scene *)state)->ended++;
}

static void look(void *state, const struct request *request)
{
	struct scene *scene = state;

	scene->next_sent = scene->next_sent || str_ends(request->query_id, STR("-" NEXT));
	scene->open_early = scene->open_early || (scene->next_sent && scene->waits);
}

static void waiting(void *state, const struct step *step, struct str what)
{
	struct scene *scene = state;

	if (!str_is(step->id, GATE))
		return;
	snprintf(scene->waited_for, sizeof(scene->waited_for), "%.*s", STR_ARG(what));
	scene->told++;
}

static void make_gate(struct scene *scene, enum gate_kind kind)
{
	struct step *step = fake_graph_step(scene->world.graph, GATE);

	step->kind = STEP_GATE;
	step->gate = kind;
	step->title = STR("the loader rests");
	step->sql = STR("");
	step->act = STR("stop the loader");
	step->limit_seconds = kind == GATE_COMMAND ? 20 : 0;
	step->when = WHEN_ONCE;
}

static enum exec_exit apply(struct scene *scene)
{
	static const char *const confirmed[] = {"another.gate", GATE, NULL};
	const struct exec_observer observer = {.state = scene, .waiting = waiting};
	const struct outside outside = {scene, ask, run, poll, end};
	struct exec_options options = {.patience_ms = 30000,
	                               .observer = &observer,
	                               .outside = scene->nobody_there ? NULL : &outside,
	                               .confirmed = scene->confirmed ? confirmed : NULL};
	struct transport transport;
	struct exec_result result;
	enum exec_exit how;

	fake_wire_init(&scene->wire, &scene->world.server, (struct fake_fault){.kind = FAULT_NONE});
	scene->wire.look = look;
	scene->wire.look_state = scene;
	transport = fake_wire_transport(&scene->wire);
	options.interrupted = &scene->wire.interrupted;
	exec_run(scene->world.graph, &transport, &options, &result);
	snprintf(scene->text, sizeof(scene->text), "%.*s", STR_ARG(result.text));
	snprintf(scene->gate, sizeof(scene->gate), "%.*s", STR_ARG(result.gate));
	how = result.exit;
	exec_result_release(&result);
	fake_wire_release(&scene->wire);
	return how;
}

/* The scene's run, from a fresh world, comes to this end. */
static void play(struct scene *scene, enum gate_kind kind, enum exec_exit how)
{
	fake_world_init(&scene->world, 2, 2);
	make_gate(scene, kind);
	assert_int_equal(apply(scene), how);
	assert_int_equal(scene->next_sent, how == EXEC_DONE);
	assert_false(scene->open_early);
}

/* It is right in the end, whatever stood in the way; the gate is not asked for once it was open. */
static void goes_on(struct scene *scene)
{
	char why[200];

	if (!fake_server_is_right(&scene->world.server, why, sizeof(why)))
		fail_msg("%s", why);
	assert_int_equal(fake_server_staged(&scene->world.server), 0);
	scene->asked = scene->ran = 0;
	assert_int_equal(apply(scene), EXEC_DONE);
	assert_int_equal(scene->asked + scene->ran, 0);
	fake_world_release(&scene->world);
}

static void has(const struct scene *scene, const char *words)
{
	if (!strstr(scene->text, words))
		fail_msg("no '%s' in: %s", words, scene->text);
}

static void test_a_person_says_yes(void **state)
{
	struct scene scene = {.says = OUTSIDE_DONE, .waits = 50};

	(void)state;
	play(&scene, GATE_PERSON, EXEC_DONE);
	assert_int_equal(scene.asked, 1);
	assert_int_equal(scene.ran, 0);
	assert_int_equal(scene.told, 1);
	assert_string_equal(scene.waited_for, "stop the loader");
	goes_on(&scene);
}

static void test_a_person_says_no(void **state)
{
	struct scene scene = {.says = OUTSIDE_FAILED, .waits = 3};

	(void)state;
	play(&scene, GATE_PERSON, EXEC_GATE);
	has(&scene, GATE);
	has(&scene, "the answer was no");
	scene.says = OUTSIDE_DONE;
	assert_int_equal(apply(&scene), EXEC_DONE);
	assert_int_equal(scene.asked, 2);
	goes_on(&scene);
}

/* No terminal, or no `outside`: exit 4, the gate's id, what to do, and the option that goes on. */
static void test_nobody_is_there(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct scene scene = {.says = OUTSIDE_NOBODY, .nobody_there = i};

		play(&scene, GATE_PERSON, EXEC_GATE);
		assert_int_equal(scene.asked, !i);
		assert_string_equal(scene.gate, GATE);
		has(&scene, "the loader rests");
		has(&scene, "stop the loader");
		has(&scene, "--confirm " GATE);
		scene.confirmed = true;
		assert_int_equal(apply(&scene), EXEC_DONE);
		assert_int_equal(scene.asked, !i);
		assert_string_equal(scene.gate, "");
		goes_on(&scene);
	}
}

/* Said beforehand, nobody is asked. What is confirmed is a person's gate: a command still runs. */
static void test_confirmed(void **state)
{
	struct scene person = {.says = OUTSIDE_FAILED, .confirmed = true};
	struct scene command = {.says = OUTSIDE_DONE, .confirmed = true};

	(void)state;
	play(&person, GATE_PERSON, EXEC_DONE);
	assert_int_equal(person.asked + person.told, 0);
	goes_on(&person);
	play(&command, GATE_COMMAND, EXEC_DONE);
	assert_int_equal(command.ran, 1);
	goes_on(&command);
}

static void test_a_command_ends_well(void **state)
{
	struct scene scene = {.says = OUTSIDE_DONE, .waits = 100, .lines = 5};

	(void)state;
	play(&scene, GATE_COMMAND, EXEC_DONE);
	assert_int_equal(scene.ran, 1);
	assert_int_equal(scene.asked, 0);
	assert_int_equal(scene.heard, 5);
	assert_string_equal(scene.act, "stop the loader");
	goes_on(&scene);
}

static void test_a_command_fails(void **state)
{
	struct scene scene = {.says = OUTSIDE_FAILED, .waits = 2};

	(void)state;
	play(&scene, GATE_COMMAND, EXEC_STOPPED);
	has(&scene, GATE);
	has(&scene, "the command 'stop the loader' failed: exit code 3");
	scene.says = OUTSIDE_DONE;
	assert_int_equal(apply(&scene), EXEC_DONE);
	assert_int_equal(scene.ran, 2);
	goes_on(&scene);
}

static void test_no_commands_here(void **state)
{
	struct scene scene = {.nobody_there = true};

	(void)state;
	play(&scene, GATE_COMMAND, EXEC_STOPPED);
	has(&scene, "this program runs no commands here");
	fake_world_release(&scene.world);
}

/* Killed after its limit, and not much later; a person has all the time there is. */
static void test_a_command_hangs(void **state)
{
	struct scene hangs = {.says = OUTSIDE_DONE, .waits = 1000000};
	struct scene slow = {.says = OUTSIDE_DONE, .waits = 6000};
	uint64_t began;

	(void)state;
	play(&hangs, GATE_COMMAND, EXEC_STOPPED);
	assert_true(hangs.ended > 0);
	has(&hangs, "has not ended after 20 s and was killed");
	fake_world_release(&hangs.world);
	fake_world_init(&slow.world, 2, 2);
	make_gate(&slow, GATE_PERSON);
	began = slow.world.server.now_ms;
	assert_int_equal(apply(&slow), EXEC_DONE);
	assert_true(slow.world.server.now_ms - began >= 5900 * OUTSIDE_POLL_MS);
	goes_on(&slow);
}

/* It says things without an end: its limit still counts. */
static void test_a_command_talks(void **state)
{
	struct scene scene = {.says = OUTSIDE_DONE, .lines = 1000000000};

	(void)state;
	play(&scene, GATE_COMMAND, EXEC_STOPPED);
	has(&scene, "was killed");
	assert_in_range(scene.heard, OUTSIDE_LINES_MAX, 2100 * OUTSIDE_LINES_MAX);
	fake_world_release(&scene.world);
}

/* Ctrl-C ends the wait at once, and the question stays open. */
static void test_interrupted(void **state)
{
	(void)state;
	for (enum gate_kind kind = GATE_PERSON; kind <= GATE_COMMAND; kind++) {
		struct scene scene = {.says = OUTSIDE_DONE, .waits = 1000000, .interrupts = true};

		play(&scene, kind, EXEC_INTERRUPTED);
		assert_in_range(scene.polls, 1, 3);
		scene.interrupts = false;
		scene.waits = 0;
		assert_int_equal(apply(&scene), EXEC_DONE);
		goes_on(&scene);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_a_person_says_yes),   cmocka_unit_test(test_a_person_says_no),
	        cmocka_unit_test(test_nobody_is_there),     cmocka_unit_test(test_confirmed),
	        cmocka_unit_test(test_a_command_ends_well), cmocka_unit_test(test_a_command_fails),
	        cmocka_unit_test(test_no_commands_here),    cmocka_unit_test(test_a_command_hangs),
	        cmocka_unit_test(test_a_command_talks),     cmocka_unit_test(test_interrupted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
