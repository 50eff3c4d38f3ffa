/* Lowering: from .bf text to the steps, as far as it shows without a server. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "compiler/check.h"
#include "compiler/emit.h"
#include "compiler/lower.h"
#include "compiler/parse.h"

struct fixture {
	struct arena front, plan;
	struct source_set sources;
	struct diag_list diags;
};

static int set_up(void **state)
{
	struct fixture *f = xmalloc(sizeof(*f));

	arena_init(&f->front);
	arena_init(&f->plan);
	source_set_init(&f->sources, &f->front);
	diag_list_init(&f->diags, &f->front);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	source_set_release(&f->sources);
	arena_release(&f->front);
	arena_release(&f->plan);
	free(f);
	return 0;
}

static const struct graph *compile(struct fixture *f, struct str text)
{
	const struct source *source = source_from_text(&f->sources, "t.bf", text, &f->diags);
	struct ast *ast = parse_source(&f->sources, source, &f->front, &f->diags);
	const struct model *model = check_program(&f->sources, ast, STR("t"), &f->front, &f->diags);
	const struct graph *graph;

	assert_non_null(model);
	graph = lower_model(model, &f->plan, &f->diags);
	assert_non_null(graph);
	return graph;
}

static const char simple[] =
        "database d;\n"
        "table t (a UInt64, `time` DateTime) engine = MergeTree order by a;\n"
        "table u (a UInt64, n UInt64) engine = SummingMergeTree order by a;\n"
        "view v to u as SELECT a, count() AS n FROM t GROUP BY a;\n"
        "source s as SELECT a, time FROM e.t;\n"
        "backfill table t from s split on time at '2024-01-01 00:00:00' nulls are skipped "
        "chunk by time every 1 day workers 3;\n"
        "check 'x' as SELECT 1;\n";

static size_t position(const struct each *each, const char *id)
{
	for (size_t i = 0; i < each->body_count; i++)
		if (str_is(each->body[i]->id, id))
			return i;
	fail_msg("no step %s", id);
	return 0;
}

static void body_is_in_order(void **state)
{
	const struct graph *graph = compile(*state, str_of(simple));
	const struct step *chunks = graph_find(graph, STR("b1.chunks"));
	static const char *const order[] = {
	        "b1.chunk.stage.t",   "b1.chunk.stage.u",    "b1.chunk.stage.v",
	        "b1.chunk.load",      "b1.chunk.verify",     "b1.chunk.verify.u",
	        "b1.chunk.seal",      "b1.chunk.settled",    "b1.chunk.already.t",
	        "b1.chunk.arrived.t", "b1.chunk.evidence.t", "b1.chunk.move.t",
	        "b1.chunk.move.u",    "b1.chunk.moved",      "b1.chunk.drop.v",
	        "b1.chunk.drop.t",    "b1.chunk.drop.u"};

	assert_non_null(chunks);
	assert_int_equal(chunks->each->workers, 3);
	assert_int_equal(chunks->each->object_count, 3);
	for (size_t i = 1; i < sizeof(order) / sizeof(order[0]); i++)
		assert_true(position(chunks->each, order[i - 1]) <
		            position(chunks->each, order[i]));
}

/* One row a block comes out of an aggregate without GROUP BY: there is nothing to count against. */
static void only_rows_and_groups_are_counted(void **state)
{
	static const char begin[] =
	        "database d; table t (a UInt64) engine = MergeTree order by a;\n"
	        "table u (x String) engine = MergeTree order by x;\n"
	        "source s as SELECT a FROM e.t;\n"
	        "backfill table t from s split on a at 5 nulls are skipped;\n"
	        "view v to u as SELECT ";
	static const struct {
		const char *items;
		bool counted;
	} cases[] = {{"toString(a) AS x", true},
	             {"concat('x', upper(toString(a))) AS x", true},
	             {"toString(topK(3)(a)) AS x", false},
	             {"toString(intervalLengthSum(a, a)) AS x", false},
	             {"toString(count()) AS x", false}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fixture *f = *state;
		const char *text = arena_printf(&f->front, "%s%s FROM t;\n", begin, cases[i].items);
		const struct graph *graph = compile(f, str_of(text));

		assert_int_equal(graph_find(graph, STR("b1.chunk.verify.u")) != NULL,
		                 cases[i].counted);
	}
}

/* Nothing is loaded before every refusal had its chance, and nothing is checked before it is
 * loaded. */
static void chunks_wait_for_preflight(void **state)
{
	const struct graph *graph = compile(*state, str_of(simple));
	const struct step *chunks = graph_find(graph, STR("b1.chunks"));
	size_t waited = 0;

	for (size_t i = 0; i < graph->step_count && graph->steps[i] != chunks; i++) {
		if (!str_starts(graph->steps[i]->id, STR("b1.")))
			continue;
		for (size_t k = 0; k < chunks->dep_count; k++)
			waited += chunks->deps[k] == i;
		assert_true(graph->steps[i]->kind == STEP_PROBE ||
		            graph->steps[i]->kind == STEP_ASSERT);
	}
	assert_int_equal(waited, chunks->dep_count - 1); /* and the last view */
}

static void later_backfill_has_its_own_names(void **state)
{
	struct fixture *f = *state;
	const struct graph *graph =
	        compile(f, STR("database d; param split String default 'x';\n"
	                       "table t (a UInt64) engine = MergeTree order by a;\n"
	                       "table w (a UInt64) engine = MergeTree order by a;\n"
	                       "source s as SELECT a FROM e.t WHERE {split:String} = 'x';\n"
	                       "backfill table t from s split on a at 5 nulls are skipped;\n"
	                       "backfill table w from s split on a at 7 nulls are skipped;\n"));
	const struct step *first = graph_find(graph, STR("b1.split"));
	const struct step *second = graph_find(graph, STR("b2.split"));

	assert_true(str_is(first->outputs[0], "split_2"));
	assert_true(str_is(second->outputs[0], "split_b2"));
}

static bool waits_for(const struct graph *graph, const struct step *step, const struct step *other)
{
	for (size_t i = 0; i < step->dep_count; i++)
		if (graph->steps[step->deps[i]] == other ||
		    waits_for(graph, graph->steps[step->deps[i]], other))
			return true;
	return false;
}

/* A twin of a replicated table would claim the live one's path. */
static void some_engines_have_no_twin(void **state)
{
	const struct graph *graph = compile(
	        *state,
	        STR("database d;\n"
	            "table t (a UInt64) engine = MergeTree order by a;\n"
	            "table r (a UInt64) engine = ReplicatedMergeTree('/p', 'r') order by a;\n"
	            "table k (a UInt64) engine = Memory;\n"));
	const struct step *created = graph_find(graph, STR("ensure.table.d.r"));

	assert_non_null(graph_find(graph, STR("ensure.table.d.t.declared")));
	assert_null(graph_find(graph, STR("ensure.table.d.r.declared")));
	assert_null(graph_find(graph, STR("ensure.table.d.k.declared")));
	assert_true(str_find(created->sql, STR("ReplicatedMergeTree('/p', 'r')")) > 0);
	assert_non_null(graph_find(graph, STR("ensure.table.d.r.same")));
	assert_non_null(graph_find(graph, STR("ensure.table.d.k.same")));
}

/* What is compared is there until it is compared; what is swept is not in use any more. */
static void twins_last_as_long_as_they_are_needed(void **state)
{
	static const char *const order[] = {"ensure.table.d.t.declared",
	                                    "ensure.tables.same",
	                                    "ensure.table.d.t",
	                                    "ensure.tables.clean",
	                                    "ensure.views.same",
	                                    "ensure.views.clean",
	                                    "b1.chunks",
	                                    "finish.leftovers"};
	const struct graph *graph = compile(*state, str_of(simple));

	for (size_t i = 1; i < sizeof(order) / sizeof(order[0]); i++)
		assert_true(waits_for(graph, graph_find(graph, str_of(order[i])),
		                      graph_find(graph, str_of(order[i - 1]))));
}

static void plan_survives_json(void **state)
{
	struct fixture *f = *state;
	const struct graph *graph = compile(f, str_of(simple));
	struct buf text, sql, again;
	struct graph *read;

	buf_init(&text, BUF_CEILING_OUTPUT);
	buf_init(&sql, BUF_CEILING_OUTPUT);
	buf_init(&again, BUF_CEILING_OUTPUT);
	assert_true(emit_json(graph, &text));
	read = graph_read_json(&f->plan, "p.json", buf_str(&text), &f->diags);
	assert_non_null(read);
	assert_true(emit_sql(graph, &sql));
	assert_true(emit_sql(read, &again));
	assert_true(str_eq(buf_str(&sql), buf_str(&again)));
	buf_release(&text);
	buf_release(&sql);
	buf_release(&again);
}

/* Whether `verify content` of a plan with these settings says that it leaves the view's target out. */
static bool says_not_compared(struct fixture *f, const char *settings)
{
	struct buf text;
	bool says = false;
	const struct graph *graph;

	buf_init(&text, BUF_CEILING_OUTPUT);
	buf_addf(&text,
	         "database d;\ntable t (a UInt64, time DateTime) engine = MergeTree order by a;\n"
	         "table u (a UInt64, n UInt64) engine = SummingMergeTree order by a;\n"
	         "view v to u as SELECT a, count() AS n FROM t GROUP BY a;\n"
	         "source s as SELECT a, time FROM e.t;\nbackfill table t from s split on time at "
	         "'2024-01-01 00:00:00' nulls are skipped verify content %s;\n",
	         settings);
	graph = compile(f, buf_str(&text));
	for (size_t i = 0; i < graph->step_count; i++) {
		const struct each *each = graph->steps[i]->each;

		for (size_t k = 0; each && k < each->body_count; k++)
			says = says ||
			       str_find(each->body[k]->why, STR("d.u is not compared")) >= 0;
	}
	buf_release(&text);
	return says;
}

static void combined_rows_are_not_compared(void **state)
{
	assert_true(says_not_compared(*state, "settings optimize_on_insert = 1"));
}

static void rows_apart_are_compared(void **state)
{
	assert_false(says_not_compared(*state, ""));
}

/* Twice the tables are about twice the plan: no step has a list of all others. */
static size_t plan_size(struct fixture *f, unsigned tables)
{
	struct buf text, plan;
	size_t size;

	buf_init(&text, BUF_CEILING_OUTPUT);
	buf_init(&plan, BUF_CEILING_OUTPUT);
	buf_addz(&text, "database d;\n");
	for (unsigned i = 0; i < tables; i++)
		buf_addf(&text,
		         "table t%u (a UInt64) engine = MergeTree order by a;\n"
		         "table u%u (a UInt64) engine = MergeTree order by a;\n"
		         "view v%u to u%u as SELECT a FROM t%u;\nsource s%u as SELECT a FROM e.t;\n"
		         "backfill table t%u from s%u split on a at 5 nulls are skipped;\n",
		         i, i, i, i, i, i, i, i);
	assert_true(emit_json(compile(f, buf_str(&text)), &plan));
	size = plan.size;
	buf_release(&text);
	buf_release(&plan);
	return size;
}

static void growth_is_linear(void **state)
{
	size_t small = plan_size(*state, 50), large = plan_size(*state, 100);

	assert_true(large < small * 2 + small / 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(body_is_in_order, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(only_rows_and_groups_are_counted, set_up,
	                                        tear_down),
	        cmocka_unit_test_setup_teardown(chunks_wait_for_preflight, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(later_backfill_has_its_own_names, set_up,
	                                        tear_down),
	        cmocka_unit_test_setup_teardown(some_engines_have_no_twin, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(twins_last_as_long_as_they_are_needed, set_up,
	                                        tear_down),
	        cmocka_unit_test_setup_teardown(combined_rows_are_not_compared, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(rows_apart_are_compared, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(plan_survives_json, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(growth_is_linear, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("lower", tests, NULL, NULL);
}
