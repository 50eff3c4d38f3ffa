#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "compiler/check.h"
#include "compiler/parse.h"
#include "compiler/rewrite.h"

/* One program, checked; everything is freed by done(). */
struct program {
	struct arena arena;
	struct source_set sources;
	struct diag_list diags;
	const struct model *model;
};

static void check(struct program *program, const char *text)
{
	struct source *source;
	struct ast *ast;

	arena_init(&program->arena);
	source_set_init(&program->sources, &program->arena);
	diag_list_init(&program->diags, &program->arena);
	source = source_from_text(&program->sources, "test.bf", str_of(text), &program->diags);
	ast = parse_source(&program->sources, source, &program->arena, &program->diags);
	program->model = check_program(&program->sources, ast, STR("fallback"), &program->arena,
	                               &program->diags);
	for (size_t i = 0; i < program->diags.list.count; i++)
		print_message("%s %s\n", diag_info(program->diags.list.items[i].code)->code,
		              program->diags.list.items[i].text);
}

static void done(struct program *program)
{
	source_set_release(&program->sources);
	arena_release(&program->arena);
}

#define PYPI                                                                                       \
	"database pypi;\n"                                                                         \
	"table pypi (timestamp DateTime, project String, up String MATERIALIZED upper(project))\n" \
	"engine = MergeTree partition by toDate(timestamp) order by (project, timestamp)\n"        \
	"settings index_granularity = 1024;\n"

static void test_model_of_a_backfill(void **state)
{
	static const char text[] =
	        PYPI "profile slow settings max_threads = 1, max_memory_usage = 1Gi;\n"
	             "view hourly_mv to hourly as\n"
	             "SELECT toStartOfHour(timestamp) AS hour, count() AS n FROM pypi GROUP BY "
	             "hour;\n"
	             "table hourly (hour DateTime, n UInt64) engine = SummingMergeTree order by "
	             "hour;\n"
	             "source files from url('https://e.com/{00..11}.parquet');\n"
	             "backfill table pypi from files split on timestamp at '2024-12-17'\n"
	             "nulls are skipped where (project != '') chunk by files 5 workers auto\n"
	             "settings slow, max_threads = 2, join_algorithm = 'hash' verify content;\n";
	struct program it;
	const struct model_backfill *backfill;
	const struct model *model;

	(void)state;
	check(&it, text);
	model = it.model;
	assert_non_null(model);
	assert_true(str_is(model->migration, "fallback"));
	assert_int_equal(model->database_count, 1);
	assert_int_equal(model->table_count, 2);
	assert_int_equal(model->view_count, 1);
	assert_int_equal(model->backfill_count, 1);
	assert_true(str_is(model->tables[0]->partition_by, "toDate(timestamp)"));
	assert_true(str_is(model->tables[0]->order_by, "(project, timestamp)"));
	assert_int_equal(model->tables[0]->engine_class, ENGINE_MERGE_TREE);
	assert_ptr_equal(model->views[0]->reads, model->tables[0]);
	assert_ptr_equal(model->views[0]->target, model->tables[1]);
	backfill = model->backfills[0];
	assert_int_equal(backfill->strategy, STRATEGY_DUPLICATE);
	assert_int_equal(backfill->closure.table_count, 2);
	assert_int_equal(backfill->closure.view_count, 1);
	assert_int_equal(backfill->split.kind, SPLIT_LITERAL);
	assert_true(str_is(backfill->split.literal_sql, "'2024-12-17'"));
	assert_int_equal(backfill->split.type.class, TYPE_DATETIME);
	assert_true(str_is(backfill->where_sql, "project != ''"));
	assert_int_equal(backfill->workers, 0);
	assert_int_equal(backfill->verify, VERIFY_CONTENT);
	assert_int_equal(backfill->chunk.files->files, 12);
	assert_int_equal(backfill->chunk.files->list.count, 3);
	/* `*` goes to the columns that take values. */
	assert_int_equal(backfill->insert_column_count, 2);
	assert_int_equal(backfill->setting_count, 3);
	assert_true(str_is(backfill->settings[0].name, "max_threads"));
	assert_true(str_is(backfill->settings[0].value, "2"));
	assert_true(str_is(backfill->settings[1].value, "1073741824"));
	assert_true(str_is(backfill->settings[2].value, "'hash'"));
	assert_true(str_is(backfill->source->text,
	                   "SELECT * FROM url('https://e.com/{00..11}.parquet')"));
	done(&it);
}

static void test_defaults(void **state)
{
	struct program it;
	const struct model_backfill *backfill;

	(void)state;
	check(&it, PYPI "source s as SELECT project, timestamp FROM other.t;\n"
	                "backfill table pypi from s;\n");
	assert_non_null(it.model);
	backfill = it.model->backfills[0];
	assert_int_equal(backfill->verify, VERIFY_ROWS);
	assert_int_equal(backfill->workers, 1);
	assert_int_equal(backfill->split.kind, SPLIT_NONE);
	assert_int_equal(backfill->chunk.kind, CHUNK_NONE);
	assert_int_equal(backfill->insert_column_count, 2);
	/* In the source's order. */
	assert_true(str_is(backfill->insert_columns[0], "project"));
	done(&it);
}

static void test_databases(void **state)
{
	struct program it;

	(void)state;
	check(&it, "external table a (x Int64);\ndatabase one;\nexternal table a (x Int64);\n"
	           "external table two.b (x Int64);\nview two.v to a as SELECT x FROM two.b;\n"
	           "ignore view w;\n");
	assert_non_null(it.model);
	assert_int_equal(it.model->database_count, 3);
	assert_true(str_is(it.model->databases[0], "default"));
	/* As rows flow: `one.a` is behind the view. */
	assert_true(str_is(it.model->tables[2]->database, "one"));
	assert_ptr_equal(it.model->views[0]->target, it.model->tables[2]);
	assert_ptr_equal(it.model->views[0]->reads, it.model->tables[1]);
	assert_true(str_is(it.model->views[0]->query_database, "one"));
	assert_true(str_is(it.model->ignored_views[0].database.text, "one"));
	done(&it);
}

static void test_params(void **state)
{
	struct program it;

	(void)state;
	check(&it, "param a UInt64 default 1_000;\nparam b Array(String);\n"
	           "secret c from env C;\nsecret d from file '/d';\n"
	           "external table t (x String);\n"
	           "source s as SELECT {c:String} AS x FROM url({d:String}) WHERE {a:UInt64} = 1 "
	           "AND has({b:Array( String )}, '');\nbackfill table t from s;\n");
	assert_non_null(it.model);
	assert_int_equal(it.diags.warnings, 0);
	assert_int_equal(it.model->param_count, 4);
	assert_true(str_is(it.model->params[0].value, "1000"));
	assert_false(it.model->params[1].has_default);
	assert_true(it.model->params[2].secret);
	assert_true(str_is(it.model->params[2].from_env, "C"));
	assert_true(str_is(it.model->params[3].from_file, "/d"));
	done(&it);
}

/* Errors of several passes come in one run. */
static void test_all_errors_in_one_run(void **state)
{
	static const enum diag_code want[] = {BF111, BF101, BF105, BF130, BF142, BF103};
	struct program it;

	(void)state;
	check(&it, "table t (a Int64, a Int64) engine = Null;\n"
	           "external table u (a Int64);\n"
	           "view v to nowhere as SELECT a FROM u;\n"
	           "source s as SELECT {p:Int64} AS a;\n"
	           "profile f settings max_threads = x;\n"
	           "backfill table u from s split on b at 5;\n"
	           "backfill table t from z;\n");
	assert_null(it.model);
	for (size_t i = 0; i < sizeof(want) / sizeof(*want); i++) {
		bool found = false;

		for (size_t k = 0; k < it.diags.list.count; k++)
			found |= it.diags.list.items[k].code == want[i];
		assert_true(found);
	}
	done(&it);
}

/* A table whose declaration is broken is no unknown one. */
static void test_no_error_twice(void **state)
{
	struct program it;

	(void)state;
	check(&it, "table t (a Int64, a Int64) engine = MergeTree order by a;\n"
	           "view v to t as SELECT a FROM t;\n"
	           "source s as SELECT 1 AS a;\nbackfill table t from s split on a at 5;\n");
	assert_int_equal(it.diags.list.count, 1);
	done(&it);
}

static void test_long_cascade(void **state)
{
	enum { LENGTH = 2000 };
	struct program it;
	struct buf text;

	(void)state;
	buf_init(&text, BUF_CEILING_OUTPUT);
	buf_addz(&text, "external table t0 (x Int64);\n");
	for (int i = 1; i <= LENGTH; i++)
		buf_addf(&text,
		         "external table t%d (x Int64);\nview v%d to t%d as SELECT x FROM t%d;\n",
		         i, i, i, i - 1);
	buf_addz(&text, "source s as SELECT 1 AS x;\nbackfill table t0 from s;\n");
	check(&it, text.data);
	assert_non_null(it.model);
	assert_int_equal(it.model->backfills[0]->closure.view_count, LENGTH);
	done(&it);
	buf_release(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_model_of_a_backfill),
	        cmocka_unit_test(test_defaults),
	        cmocka_unit_test(test_databases),
	        cmocka_unit_test(test_params),
	        cmocka_unit_test(test_all_errors_in_one_run),
	        cmocka_unit_test(test_no_error_twice),
	        cmocka_unit_test(test_long_cascade),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
