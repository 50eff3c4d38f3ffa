#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "compiler/format.h"
#include "tests/unit/front_support.h"

/* NULL stands for a text that is not formatted. */
static void check_layout(const char *text, const char *expected)
{
	struct front f;
	struct buf out, again;
	struct front second;

	front_open(&f, str_of(text));
	buf_init(&out, 1 << 20);
	if (!expected) {
		assert_false(format_source(&f.sources, f.source, &f.arena, &f.diags, &out));
		assert_true(f.diags.errors > 0);
	} else {
		assert_true(format_source(&f.sources, f.source, &f.arena, &f.diags, &out));
		assert_int_equal(f.diags.list.count, 0);
		assert_string_equal(out.size ? out.data : "", expected);
		assert_true(format_same(str_of(text), buf_str(&out)));
		front_open(&second, buf_str(&out));
		buf_init(&again, 1 << 20);
		assert_true(format_source(&second.sources, second.source, &second.arena,
		                          &second.diags, &again));
		assert_true(str_eq(buf_str(&out), buf_str(&again)));
		buf_release(&again);
		front_close(&second);
	}
	buf_release(&out);
	front_close(&f);
}

static void test_statements(void **state)
{
	(void)state;
	check_layout("", "");
	check_layout(" \n\n", "");
	check_layout("DATABASE  a ;database B;", "database a;\ndatabase B;\n");
	check_layout("use std . b;\n\n\n\nuse 'x' ;\n", "use std.b;\n\nuse 'x';\n");
	check_layout("param p  Int8 DEFAULT - 5;", "param p Int8 default -5;\n");
	check_layout("param p Array( String )  default\n'x';",
	             "param p Array( String ) default 'x';\n");
	check_layout("migration m\n'text' AFTER a ,b;", "migration m\n    'text' after a, b;\n");
	check_layout("secret a FROM ENV  A;\nsecret bcd from env B;\n\nsecret long_one from env C;",
	             "secret a   from env A;\nsecret bcd from env B;\n\n"
	             "secret long_one from env C;\n");
	check_layout("profile p settings\na=1,\nb  = 'x',c;",
	             "profile p settings\n    a = 1,\n    b = 'x', c;\n");
}

static void test_backfill(void **state)
{
	(void)state;
	check_layout("backfill table t from s;", "backfill table t from s;\n");
	check_layout("BACKFILL TABLE t FROM s WORKERS AUTO\n\nVERIFY ROWS;",
	             "backfill table t from s\n  workers auto\n\n  verify rows;\n");
	check_layout("backfill table t from s split on a at 5\noverlap is fine settle 2 Hours;",
	             "backfill table t from s\n"
	             "  split on a at 5 overlap is fine settle 2 hours;\n");
	check_layout("backfill table t from s split on a at 5 where(a  =1\n or b) overlap is fine;",
	             "backfill table t from s\n  split on a at 5\n  where (a  =1\n or b)\n"
	             "  overlap is fine;\n");
	check_layout("backfill table workers from split workers 2;",
	             "backfill table workers from split\n  workers 2;\n");
}

static void test_sql(void **state)
{
	(void)state;
	check_layout("TABLE  t( a  Int64 )ENGINE=Null ;", "table t ( a  Int64 ) ENGINE=Null;\n");
	check_layout("  CREATE  TABLE t(a Int8)ENGINE=Null\n;",
	             "CREATE  TABLE t(a Int8)ENGINE=Null;\n");
	check_layout("VIEW v TO t AS\n  SELECT  A\n\n  FROM u\n;",
	             "view v to t as\n  SELECT  A\n\n  FROM u;\n");
	check_layout("source s FROM  url( 'x' );", "source s from url( 'x' );\n");
	check_layout("check 'x' as SELECT '\n', SOURCE  FROM view;",
	             "check 'x' as SELECT '\n', SOURCE  FROM view;\n");
}

static void test_comments(void **state)
{
	(void)state;
	check_layout("-- a\n\n\n  # b\ndatabase x;-- c\n  /* d */ /* e */\n\n\n",
	             "-- a\n\n# b\ndatabase x; -- c\n/* d */ /* e */\n");
	check_layout("database -- why\nx;", "database -- why\n    x;\n");
	check_layout("backfill table t from s -- a\nworkers 2 -- b\n-- c\n;",
	             "backfill table t from s -- a\n  workers 2 -- b\n  -- c\n;\n");
	/* Columns stay columns. */
	check_layout("backfill table t from s\n  nulls   are skipped  -- a\n  workers 2            "
	             "-- b\n;",
	             "backfill table t from s\n  nulls are skipped    -- a\n"
	             "  workers 2            -- b\n;\n");
	/* The margin of a long comment stays, in SQL everything does. */
	check_layout("database x;\n\n   /* a\n    * b */\ndatabase y;",
	             "database x;\n\n   /* a\n    * b */\ndatabase y;\n");
	check_layout("source s as SELECT 1 -- a\n -- b\n, 2; -- c",
	             "source s as SELECT 1 -- a\n -- b\n, 2; -- c\n");
}

static void test_line_ends(void **state)
{
	(void)state;
	check_layout("database x; -- a\r\nuse 'y'; use 'z';",
	             "database x; -- a\r\nuse 'y';\r\nuse 'z';\r\n");
	check_layout("database x; use 'y';\r\n\r\n\r\n", "database x;\r\nuse 'y';\r\n");
}

static void test_refusal(void **state)
{
	(void)state;
	check_layout("database x", NULL);
	check_layout("databse x;", NULL);
	check_layout("create or replace table t (a Int8) engine = Null;", NULL);
	/* What is only not built yet can be read. */
	check_layout("backfill view V USING NULL_ENGINE split on t at now+2 DAYS;",
	             "backfill view V\n  using null_engine\n  split on t at now + 2 days;\n");
}

static void test_same(void **state)
{
	(void)state;
	assert_true(format_same(str_of("DATABASE x;-- a\n"), str_of("database  x ; -- a")));
	assert_true(format_same(str_of("database \xE2\x80\x84 x; # ä\r\n"),
	                        str_of("database x; # ä\n")));
	assert_false(format_same(str_of("database x;"), str_of("database y;")));
	assert_false(format_same(str_of("database `x`;"), str_of("database `X`;")));
	assert_false(format_same(str_of("a b"), str_of("ab")));
	assert_false(format_same(str_of("'a b'"), str_of("'a  b'")));
	assert_false(format_same(str_of("a; -- b"), str_of("a; -- c")));
	assert_false(format_same(str_of("a; -- b"), str_of("a;")));
	assert_false(format_same(str_of("a;"), str_of("a; b")));
}

static void check_diff(const char *before, const char *after, const char *expected)
{
	struct buf out;

	buf_init(&out, 1 << 20);
	format_diff("f", str_of(before), str_of(after), &out);
	assert_string_equal(out.size ? out.data : "", expected);
	buf_release(&out);
}

static void test_diff(void **state)
{
	(void)state;
	check_diff("a\nb\n", "a\nb\n", "");
	check_diff("a\nb\nc\n", "a\nx\nc\n", "--- f\n+++ f\n@@ -1,3 +1,3 @@\n a\n-b\n+x\n c\n");
	check_diff("", "a\n", "--- f\n+++ f\n@@ -0,0 +1,1 @@\n+a\n");
	check_diff("a\n", "", "--- f\n+++ f\n@@ -1,1 +0,0 @@\n-a\n");
	check_diff("a", "a\n",
	           "--- f\n+++ f\n@@ -1,1 +1,1 @@\n-a\n\\ No newline at end of file\n+a\n");
	/* Two hunks, and lines that stand more than once. */
	check_diff("}\na\n}\n1\n2\n3\n4\n5\n6\n7\n8\n}\n",
	           "}\nA\n}\n1\n2\n3\n4\n5\n6\n7\n8\n}\n}\n",
	           "--- f\n+++ f\n@@ -1,5 +1,5 @@\n }\n-a\n+A\n }\n 1\n 2\n"
	           "@@ -9,4 +9,5 @@\n 6\n 7\n 8\n+}\n }\n");
	check_diff("a\nb\nc\nd\n", "x\nb\ny\nd\nz\n",
	           "--- f\n+++ f\n@@ -1,4 +1,5 @@\n-a\n+x\n b\n-c\n+y\n d\n+z\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_statements), cmocka_unit_test(test_backfill),
	        cmocka_unit_test(test_sql),        cmocka_unit_test(test_comments),
	        cmocka_unit_test(test_line_ends),  cmocka_unit_test(test_refusal),
	        cmocka_unit_test(test_same),       cmocka_unit_test(test_diff),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
