/* The graph: parameters found in SQL, invariants, JSON there and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "compiler/graph_build.h"

struct fixture {
	struct arena arena;
	struct diag_list diags;
	struct graph_build build;
	struct graph *graph;
	struct step_list top;
};

static int set_up(void **state)
{
	struct fixture *f = xmalloc(sizeof(*f));

	*f = (struct fixture){.graph = NULL};
	arena_init(&f->arena);
	diag_list_init(&f->diags, &f->arena);
	graph_build_init(&f->build, &f->arena);
	f->graph = arena_new(&f->arena, struct graph);
	f->graph->arena = &f->arena;
	f->graph->migration = STR("m");
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	graph_build_release(&f->build);
	arena_release(&f->arena);
	free(f);
	return 0;
}

static struct step *add(struct fixture *f, enum step_kind kind, const char *id, const char *sql)
{
	struct step *step = build_step(&f->build, &f->top, kind, PHASE_ENSURE, str_of(id));

	step->title = STR("a step");
	if (sql)
		build_sql(&f->build, step, str_of(sql));
	return step;
}

static bool finish(struct fixture *f)
{
	f->graph->steps = (const struct step **)f->top.list.items;
	f->graph->step_count = f->top.list.count;
	return graph_finish(f->graph, BF900, &f->diags);
}

static void finds_parameters(void **state)
{
	struct fixture *f = *state;
	struct use *uses;
	size_t count;

	graph_scan_uses(
	        &f->arena,
	        STR("SELECT {a:String}, '{no:String}', `{no:String}` -- {no:String}\n"
	            "/* {no:Int8} */, $x${no:Int8}$x$, { b : DateTime64(3, 'U}TC') }, {a:String},"
	            " {a:Identifier}, {'k': 1}, '\\'{no:Int8}', \"\\\"{no:Int8}\""),
	        &uses, &count);
	assert_int_equal(count, 3);
	assert_true(str_is(uses[0].name, "a") && str_is(uses[0].type, "String"));
	assert_true(str_is(uses[1].name, "b") && str_is(uses[1].type, "DateTime64(3, 'U}TC')"));
	assert_true(str_is(uses[2].type, "Identifier"));
}

static void survives_broken_text(void **state)
{
	static const char *const texts[] = {"{",  "{a", "{a:",  "{a:b", "'",    "`a", "$x$",
	                                    "/*", "--", "{:x}", "$",    "{a:'", "\\", "'\\"};
	struct fixture *f = *state;
	struct use *uses;
	size_t count;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		graph_scan_uses(&f->arena, str_of(texts[i]), &uses, &count);
		assert_int_equal(count, 0);
	}
}

static void refuses_unknown_parameter(void **state)
{
	struct fixture *f = *state;

	add(f, STEP_RUN, "a", "SELECT {x:String}");
	assert_false(finish(f));
	assert_int_equal(f->diags.errors, 1);
}

static void refuses_second_id(void **state)
{
	struct fixture *f = *state;

	add(f, STEP_RUN, "a", "SELECT 1");
	add(f, STEP_RUN, "a", "SELECT 1");
	assert_false(finish(f));
}

static void refuses_later_dependency(void **state)
{
	struct fixture *f = *state;

	build_dep(&f->build, add(f, STEP_RUN, "a", "SELECT 1"), 0);
	assert_false(finish(f));
}

static void refuses_bytes_that_are_no_text(void **state)
{
	struct fixture *f = *state;

	add(f, STEP_RUN, "a", "SELECT '\xff'");
	assert_false(finish(f));
	assert_int_equal(f->diags.list.items[0].code, BF905);
}

/* Found by fuzzing: what is only there to be read has to be text as well. */
static void refuses_remarks_that_are_no_text(void **state)
{
	struct fixture *f = *state;

	add(f, STEP_RUN, "a", "SELECT 1");
	f->graph->description = STR("\xf4hree");
	assert_false(finish(f));
	assert_int_equal(f->diags.list.items[0].code, BF905);
	f->graph->description = STR("");
	f->top.list.items[0]->title = STR("\xff");
	assert_false(finish(f));
}

static void names_are_unique(void **state)
{
	struct fixture *f = *state;

	assert_true(str_is(build_id(&f->build, "t.%s", STR("a b")), "t.a_b"));
	assert_true(str_is(build_id(&f->build, "t.%s", STR("a_b")), "t.a_b_2"));
	assert_true(str_is(build_id(&f->build, "t.%s", STR("a-b")), "t.a-b"));
	build_reserve_param(&f->build, STR("split"));
	assert_true(str_is(build_param(&f->build, 1, "split"), "split_2"));
	assert_true(str_is(build_param(&f->build, 2, "split"), "split_b2"));
	assert_true(build_param(&f->build, 1, "%s%s%s", STR("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
	                        STR("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), STR("b"))
	                    .n <= 63);
}

static void templates_quote(void **state)
{
	struct fixture *f = *state;

	assert_true(str_is(build_text(&f->build, "%n %q %u%% %s %z", STR("a b"), STR("it's"), 5ull,
	                              STR("raw"), "z"),
	                   "`a b` 'it\\'s' 5% raw z"));
}

static void fill_graph(struct fixture *f)
{
	struct step *probe, *each;
	struct str names[2] = {STR("lo"), STR("hi")};
	struct step_list body = {{0}};

	add(f, STEP_RUN, "a", "SELECT 'tab\t, \\\"quote\\\", umlaut \xc3\xa4, control \x01'");
	probe = add(f, STEP_PROBE, "p", "SELECT 1 AS lo, 2 AS hi");
	build_outputs(&f->build, probe, names, 2);
	build_dep(&f->build, probe, 0);
	each = add(f, STEP_EACH, "e", NULL);
	each->each->kind = EACH_CHUNKS;
	each->each->over = STR("p");
	each->each->columns = probe->outputs;
	each->each->column_count = 2;
	each->each->workers = 3;
	each->each->objects = arena_new(&f->arena, struct staged_object);
	each->each->objects[0] = (struct staged_object){STR("dup_t"), STR("d"), STR("t"), false};
	each->each->object_count = 1;
	build_sql(&f->build, build_step(&f->build, &body, STEP_RUN, PHASE_LOAD, STR("e.load")),
	          STR("INSERT INTO d.{dup_t:Identifier} SELECT {lo:Int64}, {hi:Int64}"));
	each->each->body = (const struct step **)body.list.items;
	each->each->body_count = 1;
}

static void json_there_and_back(void **state)
{
	struct fixture *f = *state;
	struct buf first, second;
	struct graph *again;

	fill_graph(f);
	assert_true(finish(f));
	assert_int_equal(f->graph->step_total, 4);
	assert_non_null(graph_find(f->graph, STR("e.load")));
	buf_init(&first, BUF_CEILING_OUTPUT);
	buf_init(&second, BUF_CEILING_OUTPUT);
	graph_write_json(f->graph, &first);
	again = graph_read_json(&f->arena, "p.json", buf_str(&first), &f->diags);
	assert_non_null(again);
	graph_write_json(again, &second);
	assert_true(str_eq(buf_str(&first), buf_str(&second)));
	assert_string_equal(again->hash, f->graph->hash);
	buf_release(&first);
	buf_release(&second);
}

/* Every byte of a plan counts: whatever is changed is refused, never a crash. */
static void damaged_json_is_refused(void **state)
{
	struct fixture *f = *state;
	struct buf text;

	fill_graph(f);
	assert_true(finish(f));
	buf_init(&text, BUF_CEILING_OUTPUT);
	graph_write_json(f->graph, &text);
	for (size_t i = 0; i < text.size; i++) {
		char kept = text.data[i];

		if (kept == ' ' || kept == '\n' || kept == '\t')
			continue;
		text.data[i] = kept == '1' ? '2' : '1';
		assert_null(graph_read_json(&f->arena, "p.json", buf_str(&text), &f->diags));
		text.data[i] = kept;
	}
	for (size_t n = 0; n + 1 < text.size; n += 7)
		assert_null(graph_read_json(&f->arena, "p.json", (struct str){text.data, n},
		                            &f->diags));
	buf_release(&text);
}

static void other_json_is_refused(void **state)
{
	static const struct {
		const char *text;
		enum diag_code code;
	} cases[] = {
	        {"", BF901},
	        {"nonsense", BF901},
	        {"[]", BF903},
	        {"{}", BF903},
	        {"{\"format\": \"bfc-plan\", \"version\": 99}", BF902},
	        {"{\"format\": \"bfc-plan\", \"version\": \"1\"}", BF902},
	        {"{\"format\": \"bfc-plan\", \"version\": 1, \"hash\": 5}", BF903},
	        {"{\"format\": \"bfc-plan\", \"version\": 1, \"steps\": 5}", BF903},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t before = f->diags.list.count;

		assert_null(graph_read_json(&f->arena, "p.json", str_of(cases[i].text), &f->diags));
		assert_int_equal(f->diags.list.items[before].code, cases[i].code);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(finds_parameters, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(survives_broken_text, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(refuses_unknown_parameter, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(refuses_second_id, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(refuses_later_dependency, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(refuses_bytes_that_are_no_text, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(refuses_remarks_that_are_no_text, set_up,
	                                        tear_down),
	        cmocka_unit_test_setup_teardown(names_are_unique, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(templates_quote, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(json_there_and_back, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(damaged_json_is_refused, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(other_json_is_refused, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("graph", tests, NULL, NULL);
}
