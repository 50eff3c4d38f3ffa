#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compiler/base/buf.h"
#include "compiler/parse.h"
#include "grammar/keywords.h"
#include "tests/unit/front_support.h"

static struct ast *parse(struct front *f, const char *text)
{
	front_open(f, str_of(text));
	return parse_source(&f->sources, f->source, &f->arena, &f->diags);
}

/* The one statement of a text without errors. */
static const struct ast_statement *parse_one(struct front *f, const char *text)
{
	const struct ast *ast = parse(f, text);

	if (f->diags.list.count)
		print_message("%s: %s\n", text, f->diags.list.items[0].text);
	assert_int_equal(f->diags.list.count, 0);
	assert_int_equal(ast->list.count, 1);
	return ast->list.items[0];
}

static void check_codes(const char *text, const char *codes)
{
	struct front f;

	parse(&f, text);
	assert_string_equal(front_codes(&f), codes);
	front_close(&f);
}

static void check_sql(struct front *f, struct ast_sql sql, const char *expected)
{
	assert_true(sql.present);
	assert_true(str_is(span_text(&f->sources, sql.span), expected));
}

static void test_small_statements(void **state)
{
	const struct ast_statement *s;
	struct front f;

	(void)state;
	s = parse_one(&f, " migration m 'it''s';");
	assert_int_equal(s->kind, AST_MIGRATION);
	assert_true(str_is(s->u.migration.name.text, "m"));
	assert_true(str_is(s->u.migration.text, "it's"));
	assert_true(str_is(span_text(&f.sources, s->span), "migration m 'it''s'"));
	front_close(&f);

	s = parse_one(&f, "DataBase `a b`;");
	assert_true(str_is(s->u.database.name.text, "a b"));
	front_close(&f);

	s = parse_one(&f, "param p Map(String, Array(DateTime64(3, 'UTC'))) default - 5;");
	check_sql(&f, s->u.param.type, "Map(String, Array(DateTime64(3, 'UTC')))");
	assert_true(s->u.param.has_default && str_is(s->u.param.value.text, "-5"));
	front_close(&f);

	s = parse_one(&f, "secret s from file '/run/secrets/x';");
	assert_false(s->u.secret.from_env);
	assert_true(str_is(s->u.secret.from, "/run/secrets/x"));
	front_close(&f);

	s = parse_one(&f, "secret s from env S3_KEY;");
	assert_true(s->u.secret.from_env && str_is(s->u.secret.from, "S3_KEY"));
	front_close(&f);

	s = parse_one(&f, "profile p settings fast, a = 10Mi, b = 'x', c = true;");
	assert_int_equal(s->u.profile.settings.list.count, 4);
	assert_false(s->u.profile.settings.list.items[0].has_value);
	assert_true(str_is(s->u.profile.settings.list.items[1].value.text, "10Mi"));
	assert_int_equal(s->u.profile.settings.list.items[2].value.kind, LITERAL_STRING);
	assert_int_equal(s->u.profile.settings.list.items[3].value.kind, LITERAL_WORD);
	front_close(&f);

	s = parse_one(&f, "ignore view db.v;");
	assert_true(str_is(s->u.ignore_view.name.database.text, "db"));
	front_close(&f);

	s = parse_one(&f, "check $$a$$ as SELECT (1);");
	assert_true(str_is(s->u.check.text, "a"));
	check_sql(&f, s->u.check.select, "SELECT (1)");
	front_close(&f);
}

static void test_tables(void **state)
{
	const struct ast_statement *s;
	struct front f;

	(void)state;
	s = parse_one(&f, "create table if not exists db.t uuid 'x' ( a Int64 ) ENGINE = Null;");
	assert_int_equal(s->kind, AST_TABLE);
	assert_true(str_is(s->u.table.name.name.text, "t"));
	check_sql(&f, s->u.table.columns, " a Int64 ");
	check_sql(&f, s->u.table.rest, "ENGINE = Null");
	assert_true(str_starts(span_text(&f.sources, s->span), STR("create")));
	front_close(&f);

	s = parse_one(&f, "external table t;");
	assert_true(s->u.table.external);
	assert_false(s->u.table.columns.present);
	front_close(&f);

	s = parse_one(&f, "external table t ();");
	assert_true(s->u.table.columns.present);
	front_close(&f);

	s = parse_one(&f, "table if (a Int64) engine = Null;");
	assert_true(str_is(s->u.table.name.name.text, "if"));
	front_close(&f);
}

static void test_views(void **state)
{
	const struct ast_statement *s;
	struct front f;

	(void)state;
	s = parse_one(&f, "CREATE MATERIALIZED VIEW a.v TO b.t (`x` Int64)\n"
	                  "DEFINER = CURRENT_USER SQL SECURITY DEFINER\nAS SELECT 1 AS x -- c\n ;");
	assert_true(str_is(s->u.view.name.name.text, "v"));
	assert_true(str_is(s->u.view.target.database.text, "b"));
	check_sql(&f, s->u.view.columns, "`x` Int64");
	check_sql(&f, s->u.view.select, "SELECT 1 AS x");
	front_close(&f);

	s = parse_one(&f, "view v to t as SELECT 1 COMMENT 'it''s why';");
	assert_string_equal(front_codes(&f), "");
	assert_true(str_is(s->u.view.comment.text, "it's why"));
	check_sql(&f, s->u.view.select, "SELECT 1");
	front_close(&f);

	parse(&f, "view v to t comment 'why' as SELECT 1 COMMENT 'why';");
	assert_string_equal(front_codes(&f), "BF017");
	front_close(&f);

	s = parse_one(&f, "view v to t as SELECT comment, 'why';");
	check_sql(&f, s->u.view.select, "SELECT comment, 'why'");
	front_close(&f);

	s = parse_one(&f, "source s as SELECT 1;");
	check_sql(&f, s->u.source.select, "SELECT 1");
	assert_false(s->u.source.function.present);
	front_close(&f);

	s = parse_one(&f, "source s from s3('x', {k:String});");
	check_sql(&f, s->u.source.function, "s3('x', {k:String})");
	assert_false(s->u.source.select.present);
	front_close(&f);
}

static void test_backfill(void **state)
{
	const struct ast_backfill *b;
	struct front f;

	(void)state;
	b = parse_one(&f, "backfill table db.t from s verify content settings fast, a = 1 "
	                  "publish each chunk workers 4 nulls are history "
	                  "chunk by at every 2 weeks from '2020-01-01' to {end:DateTime('UTC')} "
	                  "split on `at` at { p : Date } overlap is fine where ( x > 1 ) "
	                  "using duplicate;")
	            ->u.backfill;
	assert_false(b->of_view);
	assert_int_equal(b->targets.count, 1);
	assert_true(b->has_source && str_is(b->source.text, "s"));
	assert_int_equal(b->strategy, STRATEGY_DUPLICATE);
	assert_true(b->split.present && b->split.overlap_is_fine);
	assert_true(str_is(b->split.column.text, "at"));
	assert_int_equal(b->split.literal.kind, LITERAL_PARAM);
	assert_true(str_is(b->split.literal.text, "p"));
	assert_true(str_is(b->split.literal.param_type, "Date"));
	check_sql(&f, b->where, " x > 1 ");
	assert_int_equal(b->nulls, NULLS_HISTORY);
	assert_int_equal(b->chunk.kind, CHUNK_COLUMN);
	assert_int_equal(b->chunk.every.count, 2);
	assert_int_equal(b->chunk.every.unit, UNIT_WEEK);
	assert_true(b->chunk.has_from && b->chunk.has_to);
	assert_true(str_is(b->chunk.to.param_type, "DateTime('UTC')"));
	assert_int_equal(b->workers, 4);
	assert_int_equal(b->publish, PUBLISH_EACH_CHUNK);
	assert_int_equal(b->verify, VERIFY_CONTENT);
	assert_int_equal(b->settings.list.count, 2);
	front_close(&f);

	b = parse_one(&f, "backfill table t from s split on a at earliest chunk by files 10 "
	                  "workers auto;")
	            ->u.backfill;
	assert_int_equal(b->split.point, POINT_EARLIEST);
	assert_int_equal(b->chunk.kind, CHUNK_FILES);
	assert_int_equal(b->chunk.files, 10);
	assert_true(b->workers_auto);
	front_close(&f);

	b = parse_one(&f, "backfill table t from s chunk by files every 1_000;")->u.backfill;
	assert_true(str_is(b->chunk.column.text, "files"));
	assert_int_equal(b->chunk.every.count, 1000);
	assert_int_equal(b->chunk.every.unit, UNIT_NONE);
	front_close(&f);

	b = parse_one(&f, "backfill table t from s chunk by partition every 1 day;")->u.backfill;
	assert_true(str_is(b->chunk.column.text, "partition"));
	front_close(&f);
}

/* Each keyword as every kind of name. */
static void test_no_word_is_reserved(void **state)
{
	struct front f;

	(void)state;
	for (size_t i = 0; i < keyword_count(); i++) {
		const char *w = keyword_at(i)->text;
		char text[1024];

		snprintf(text, sizeof(text),
		         "migration %s; use std.%s; database %s; param %s %s default %s;"
		         "secret %s from env %s; profile %s settings %s, %s = %s;"
		         "table %s (%s Int64) engine = %s; table %s.%s (%s %s) engine = Null;"
		         "view %s to %s as SELECT %s AS %s FROM %s; ignore view %s;"
		         "source %s as SELECT %s %s, %s; source %s from %s(%s);"
		         "backfill table %s from %s split on %s at 5 chunk by %s every 5 day "
		         "settings %s;",
		         w, w, w, w, w, w, w, w, w, w, w, w, w, w, w, w, w, w, w, w, w, w, w, w, w,
		         w, w, w, w, w, w, w, w, w, w, w, w);
		parse(&f, text);
		if (f.diags.errors)
			print_message("%s: %s\n", w, f.diags.list.items[0].text);
		assert_int_equal(f.diags.errors, 0);
		front_close(&f);
	}
}

static void test_recovery(void **state)
{
	struct front f;
	const struct ast *ast;

	(void)state;
	ast = parse(&f,
	            "database; database a; nonsense 'x;' (1;2); database b; view v; ;;database c");
	assert_string_equal(front_codes(&f), "BF013 BF016 BF016 BF013 BF014");
	assert_int_equal(ast->list.count, 3);
	front_close(&f);
	/* An open bracket ends with its statement, and does not count for the next ones. */
	check_codes("table t (a; table u (a Int64) engine = Null;", "BF015");
	check_codes("database a database b;", "BF013");
	check_codes("database a\ndatabase b;", "BF014");
	check_codes("", "");
	check_codes(";", "");
}

/* What the second look at SQL must not take for a statement. */
static void test_missing_semicolon(void **state)
{
	(void)state;
	check_codes("view v to t as SELECT 1\nsource s as SELECT 1;", "BF014");
	check_codes("view v to t as SELECT 1\n  backfill table t from s;", "BF014");
	check_codes("table t (a Int64) engine = Null\ncreate table u (a Int64) engine = Null;",
	            "BF014");
	check_codes("view v to t as SELECT\nsource s\nFROM t;", "");
	check_codes("view v to t as SELECT\nsource AS s,\nview AS to\nFROM\ntable\nWHERE check;",
	            "");
	check_codes("view v to t as SELECT x FROM (\nview v to t\n);", "");
	check_codes("view v to t as SELECT a, /*\nbackfill table t from s */ b FROM t;", "");
}

static void test_many_errors(void **state)
{
	struct front f;
	struct buf text;

	(void)state;
	buf_init(&text, 1 << 24);
	for (int i = 0; i < 100000; i++)
		buf_addz(&text, "x;");
	front_open(&f, buf_str(&text));
	parse_source(&f.sources, f.source, &f.arena, &f.diags);
	assert_int_equal(f.diags.errors, DIAG_MAX);
	assert_int_equal(f.diags.list.count, DIAG_MAX);
	assert_true(f.arena.bytes < 1000000);
	buf_release(&text);
	front_close(&f);
}

/* --- programs of several files ---------------------------------------------------------- */

static void write_file(const char *folder, const char *name, const char *text)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static const char *const files[] = {"main.bf", "a.bf", "b.bf", "std/one.bf"};

static void run_program(struct front *f, const char *folder, struct ast **ast)
{
	char path[256], library[256];

	snprintf(path, sizeof(path), "%s/main.bf", folder);
	snprintf(library, sizeof(library), "%s/std", folder);
	front_open(f, STR(""));
	*ast = parse_program(&f->sources, path, library, &f->arena, &f->diags);
}

static void test_use(void **state)
{
	char folder[] = "/tmp/bfc-test-parse-XXXXXX";
	char path[256];
	struct front f;
	struct ast *ast;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/std", folder);
	assert_int_equal(mkdir(path, 0700), 0);
	write_file(folder, "main.bf",
	           "param m String; use './a.bf'; use std.one; use 'std/../a.bf';");
	write_file(folder, "a.bf", "use './b.bf'; param a String;");
	write_file(folder, "b.bf", "use std.one; param b String;");
	write_file(folder, "std/one.bf", "param one String;");
	run_program(&f, folder, &ast);
	assert_string_equal(front_codes(&f), "");
	assert_int_equal(ast->list.count, 4);
	assert_true(str_is(ast->list.items[0]->u.param.name.text, "one"));
	assert_true(str_is(ast->list.items[1]->u.param.name.text, "b"));
	assert_true(str_is(ast->list.items[2]->u.param.name.text, "a"));
	assert_true(str_is(ast->list.items[3]->u.param.name.text, "m"));
	front_close(&f);

	write_file(folder, "b.bf", "use './main.bf'; database d;");
	run_program(&f, folder, &ast);
	assert_string_equal(front_codes(&f), "BF022 BF025");
	assert_non_null(strstr(f.diags.list.items[0].text, "main.bf' uses "));
	front_close(&f);

	write_file(folder, "main.bf", "use std.onne; use std.`../a`; use './c.bf';");
	run_program(&f, folder, &ast);
	assert_string_equal(front_codes(&f), "BF021 BF021 BF001");
	assert_non_null(strstr(f.diags.list.items[0].hint, "'std.one'"));
	front_close(&f);

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, files[i]);
		unlink(path);
	}
	snprintf(path, sizeof(path), "%s/std", folder);
	rmdir(path);
	rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_small_statements),
	        cmocka_unit_test(test_tables),
	        cmocka_unit_test(test_views),
	        cmocka_unit_test(test_backfill),
	        cmocka_unit_test(test_no_word_is_reserved),
	        cmocka_unit_test(test_recovery),
	        cmocka_unit_test(test_missing_semicolon),
	        cmocka_unit_test(test_many_errors),
	        cmocka_unit_test(test_use),
	};

	return cmocka_run_group_tests_name("parse", tests, NULL, NULL);
}
