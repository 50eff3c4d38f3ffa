/* The SQL script: runnable by hand, no value of a secret, no line that ends in a blank. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "compiler/emit.h"
#include "compiler/graph_build.h"

struct fixture {
	struct arena arena;
	struct diag_list diags;
	struct graph_build build;
	struct graph graph;
	struct step_list top;
	struct buf out;
};

static int set_up(void **state)
{
	struct fixture *f = xmalloc(sizeof(*f));

	*f = (struct fixture){.graph = {.migration = STR("m")}};
	arena_init(&f->arena);
	diag_list_init(&f->diags, &f->arena);
	graph_build_init(&f->build, &f->arena);
	f->graph.arena = &f->arena;
	buf_init(&f->out, BUF_CEILING_OUTPUT);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	buf_release(&f->out);
	graph_build_release(&f->build);
	arena_release(&f->arena);
	free(f);
	return 0;
}

static struct str script(struct fixture *f)
{
	f->graph.steps = (const struct step **)f->top.list.items;
	f->graph.step_count = f->top.list.count;
	assert_true(graph_finish(&f->graph, BF900, &f->diags));
	assert_true(emit_sql(&f->graph, &f->out));
	return buf_str(&f->out);
}

static struct step *add(struct fixture *f, enum step_kind kind, const char *id, const char *sql)
{
	struct step *step = build_step(&f->build, &f->top, kind, PHASE_ENSURE, str_of(id));

	step->title = STR("a step");
	build_sql(&f->build, step, str_of(sql));
	return step;
}

static bool has(struct str text, const char *what)
{
	return str_find(text, str_of(what)) >= 0;
}

static void parameters_are_set(void **state)
{
	struct fixture *f = *state;
	struct param params[] = {
	        {.name = STR("p"),
	         .type = STR("String"),
	         .value = STR("it's a\\b"),
	         .has_default = true},
	        {.name = STR("k"),
	         .type = STR("String"),
	         .secret = true,
	         .from_env = STR("S3_KEY")},
	};
	struct str text;

	f->graph.params = params;
	f->graph.param_count = 2;
	add(f, STEP_RUN, "a", "SELECT {p:String}, {k:String}");
	text = script(f);
	/* TSV escapes first, the literal's own around them: as ClickHouse undoes them. */
	assert_true(has(text, "SET param_p = 'it\\'s a\\\\\\\\b';"));
	assert_true(
	        has(text,
	            "SET param_k = ''; -- String, a secret: from the environment variable S3_KEY"));
}

static void comment_at_the_end_does_not_eat_the_semicolon(void **state)
{
	struct fixture *f = *state;

	add(f, STEP_RUN, "a", "SELECT 1 -- one");
	assert_true(has(script(f), "SELECT 1 -- one\n;\n"));
}

static void values_to_copy_are_named(void **state)
{
	struct fixture *f = *state;
	struct step *probe = add(f, STEP_PROBE, "p", "SELECT 1 AS lo");
	struct str name = STR("lo");

	probe->one_row = true;
	build_outputs(&f->build, probe, &name, 1);
	assert_true(has(script(f), "SET param_lo = ''; -- copy column lo of [p]"));
}

static void lines_have_no_trailing_blank(void **state)
{
	struct fixture *f = *state;
	struct step *step = add(f, STEP_RUN, "a", "SELECT 1");

	step->why =
	        STR("A long sentence that has to be broken somewhere, because no terminal is so "
	            "wide that all of it would fit, and a second one.\n\nAnd a paragraph.");
	assert_false(has(script(f), " \n"));
}

static void emitters_are_found(void **state)
{
	(void)state;
	assert_non_null(emitter_find("sql"));
	assert_non_null(emitter_find("json"));
	assert_null(emitter_find("nonsense"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(parameters_are_set, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(comment_at_the_end_does_not_eat_the_semicolon,
	                                        set_up, tear_down),
	        cmocka_unit_test_setup_teardown(values_to_copy_are_named, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(lines_have_no_trailing_blank, set_up, tear_down),
	        cmocka_unit_test(emitters_are_found),
	};

	return cmocka_run_group_tests_name("emit", tests, NULL, NULL);
}
