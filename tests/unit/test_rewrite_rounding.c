/* test_rewrite_rounding.c: which times a query rounds down and groups by, and what becomes of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "compiler/base/buf.h"
#include "tests/unit/query_support.h"

enum { HOUR = 3600 };

/* The calls that are found, each with a bar behind it. */
static const char *found(struct query_fixture *f, const char *sql, uint64_t step)
{
	struct roundings roundings;
	struct trigger trigger;
	const char *text = "", *why;

	query_fixture_init(f, sql);
	assert_non_null(f->query);
	assert_true(query_trigger(f->query, &trigger, &why));
	rewrite_find_roundings(&f->sources, f->query, &trigger, STR("ts"), step, &f->arena,
	                       &roundings);
	for (size_t i = 0; i < roundings.list.count; i++) {
		struct str call = span_text(&f->sources, roundings.list.items[i].call);

		text = arena_printf(&f->arena, "%s%.*s|", text, STR_ARG(call));
	}
	return text;
}

static void check(const char *sql, const char *wanted)
{
	struct query_fixture f;
	const char *got = found(&f, sql, HOUR);

	if (!str_eq(str_of(got), str_of(wanted)))
		fail_msg("%s\n  got    %s\n  wanted %s", sql, got, wanted);
	query_fixture_release(&f);
}

static void test_found(void **state)
{
	(void)state;
	check("SELECT toStartOfHour(ts) AS h, p, count() AS n FROM t GROUP BY h, p",
	      "toStartOfHour(ts)|");
	check("SELECT toStartOfHour(t.`ts`) AS h FROM db.t GROUP BY p, `h`",
	      "toStartOfHour(t.`ts`)|");
	check("SELECT toDate(x.ts, 'UTC') AS d FROM t AS x GROUP BY d", "toDate(x.ts, 'UTC')|");
	check("SELECT toStartOfWeek(ts,1) AS w FROM t GROUP BY toStartOfWeek(ts, 1)",
	      "toStartOfWeek(ts,1)|toStartOfWeek(ts, 1)|");
	check("SELECT toStartOfInterval(ts, INTERVAL 1 HOUR) AS h FROM t "
	      "GROUP BY toStartOfInterval(ts, interval 1 hour)",
	      "toStartOfInterval(ts, INTERVAL 1 HOUR)|toStartOfInterval(ts, interval 1 hour)|");
	check("SELECT DATE(ts) AS d FROM t GROUP BY toDate(ts)", "DATE(ts)|toDate(ts)|");
}

/* Everywhere but where rows are chosen; and only of a kind that is grouped by. */
static void test_places(void **state)
{
	(void)state;
	check("SELECT toStartOfHour(ts) AS h, toDate(ts) AS d, max(ts) AS last FROM t "
	      "PREWHERE toStartOfHour(ts) > 0 WHERE toStartOfHour(ts) > 1 GROUP BY h "
	      "HAVING toStartOfHour(ts) > 2 ORDER BY toStartOfHour(ts), x.ts",
	      "toStartOfHour(ts)|toStartOfHour(ts)|toStartOfHour(ts)|");
	check("SELECT toStartOfHour(ts) AS h, toString(toStartOfHour(ts)) AS s FROM t GROUP BY h",
	      "toStartOfHour(ts)|toStartOfHour(ts)|");
}

static void test_steps(void **state)
{
	static const char sql[] =
	        "SELECT toStartOfMinute(ts) AS m, toMonday(ts) AS w, toYear(ts) AS y "
	        "FROM t GROUP BY m, w, y";
	struct query_fixture f;

	(void)state;
	assert_string_equal(found(&f, sql, 1), "toStartOfMinute(ts)|toMonday(ts)|toYear(ts)|");
	query_fixture_release(&f);
	assert_string_equal(found(&f, sql, 61), "toMonday(ts)|toYear(ts)|");
	query_fixture_release(&f);
	assert_string_equal(found(&f, sql, 8 * 86400), "toYear(ts)|");
	query_fixture_release(&f);
	assert_string_equal(found(&f, sql, 367 * 86400), "");
	query_fixture_release(&f);
}

static void test_left_alone(void **state)
{
	static const char *const queries[] = {
	        /* not grouped by, or by its place */
	        "SELECT toStartOfHour(ts) AS h FROM t",
	        "SELECT toStartOfHour(ts) AS h, max(p) AS p FROM t GROUP BY 1",
	        "SELECT toStartOfHour(ts) AS h, p FROM t GROUP BY p",
	        "SELECT toStartOfHour(ts) AS h FROM t GROUP BY ALL",
	        "SELECT toStartOfHour(ts) AS h FROM t GROUP BY h WITH TOTALS",
	        "SELECT toStartOfHour(ts) AS h FROM t GROUP BY ROLLUP(h)",
	        /* not this column, or not for certain */
	        "SELECT toStartOfHour(at) AS h FROM t GROUP BY h",
	        "SELECT toStartOfHour(ts + 1) AS h FROM t GROUP BY h",
	        "SELECT toStartOfHour(u.ts) AS h FROM t GROUP BY h",
	        "SELECT toStartOfHour(ts) AS ts FROM t GROUP BY ts",
	        "SELECT toStartOfHour(ts) AS h, max(p) AS ts FROM t GROUP BY h",
	        "SELECT toStartOfHour(ts) AS h, max(p AS ts) AS m FROM t GROUP BY h",
	        "SELECT toStartOfHour(ts) AS h, arrayMap(ts -> toStartOfHour(ts), a) AS m FROM t "
	        "GROUP BY h, a",
	        /* the same expression could have another text */
	        "SELECT ts AS u, toStartOfHour(ts) AS h, toStartOfHour(u) AS v FROM t GROUP BY h, "
	        "u",
	        "SELECT (ts) AS u, toStartOfHour(ts) AS h FROM t GROUP BY h, u",
	        "SELECT max(ts AS u) AS m, toStartOfHour(ts) AS h, toStartOfHour(u) AS v FROM t "
	        "GROUP "
	        "BY h",
	        "SELECT toStartOfInterval(ts, toIntervalHour(1)) AS h FROM t "
	        "GROUP BY toStartOfInterval(ts, INTERVAL 1 HOUR)",
	        /* the output would have another name */
	        "SELECT toStartOfHour(ts), p FROM t GROUP BY toStartOfHour(ts), p",
	        /* it falls, or may */
	        "SELECT toHour(ts) AS h FROM t GROUP BY h",
	        "SELECT toStartOfInterval(ts, INTERVAL n HOUR) AS h FROM t GROUP BY h, n",
	        "SELECT toStartOfInterval(ts, INTERVAL -1 HOUR) AS h FROM t GROUP BY h",
	        "SELECT toStartOfInterval(ts, INTERVAL 1 FORTNIGHT) AS h FROM t GROUP BY h",
	        /* more than this table's rows */
	        "SELECT toStartOfHour(ts) AS h FROM t JOIN u USING (p) GROUP BY h",
	        "SELECT toStartOfHour(ts) AS h FROM t ARRAY JOIN a GROUP BY h",
	        "SELECT toStartOfHour(ts) AS h, (SELECT 1) AS one FROM t GROUP BY h",
	        "SELECT h FROM (SELECT toStartOfHour(ts) AS h FROM t GROUP BY h) GROUP BY h",
	        "WITH 1 AS one SELECT toStartOfHour(ts) AS h FROM t GROUP BY h",
	        "SELECT toStartOfHour(ts) AS h FROM t GROUP BY h SETTINGS enable_analyzer = 0",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(queries) / sizeof(*queries); i++)
		check(queries[i], "");
}

/* A query that no person has written costs no time. */
static void test_many(void **state)
{
	struct query_fixture f;
	struct buf sql;

	(void)state;
	buf_init(&sql, BUF_CEILING_OUTPUT);
	buf_addz(&sql, "SELECT toStartOfHour(ts) AS h");
	for (int i = 0; i < 64; i++)
		buf_addf(&sql, ", toString(toStartOfHour(ts)) AS h%d", i);
	buf_addz(&sql, " FROM t GROUP BY h");
	buf_addc(&sql, '\0');
	assert_string_equal(found(&f, sql.data, HOUR), "");
	query_fixture_release(&f);
	buf_release(&sql);
}

static void test_rewritten(void **state)
{
	struct rounded rounded = {.within = STR("{edge:String} = ''"),
	                          .first = STR("{lo:DateTime}"),
	                          .last = STR("{hi:DateTime} - 1")};
	struct roundings calls;
	struct query_fixture f;
	struct trigger trigger;
	const char *why;
	struct str got;

	(void)state;
	query_fixture_init(
	        &f, "SELECT toDate(db.t.x) AS x, toDate(t . ts, 'UTC') AS day, count() AS n\n"
	            "FROM t WHERE toDate(ts, 'UTC') > 0 GROUP BY x, day");
	assert_true(query_trigger(f.query, &trigger, &why));
	rewrite_find_roundings(&f.sources, f.query, &trigger, STR("ts"), HOUR, &f.arena, &calls);
	assert_int_equal(calls.list.count, 1);
	rounded.calls = &calls;
	got = rewrite_chunk(&f.sources, f.query, &trigger, STR("db"), STR("db.{d:Identifier}"),
	                    STR("@.ts < {hi:DateTime}"), &rounded, &f.arena);
	assert_string_equal(
	        arena_printf(&f.arena, "%.*s", STR_ARG(got)),
	        "SELECT toDate(t.x) AS x, if({edge:String} = ''\n"
	        "    AND toDate({lo:DateTime}, 'UTC') = toDate({hi:DateTime} - 1, 'UTC'),\n"
	        "    toDate({lo:DateTime}, 'UTC'), toDate(t . ts, 'UTC')) AS day, count() AS n\n"
	        "FROM db.{d:Identifier} AS t WHERE (toDate(ts, 'UTC') > 0) AND (t.ts < "
	        "{hi:DateTime}) "
	        "GROUP BY x, day");
	query_fixture_release(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_found), cmocka_unit_test(test_places),
	        cmocka_unit_test(test_steps), cmocka_unit_test(test_left_alone),
	        cmocka_unit_test(test_many),  cmocka_unit_test(test_rewritten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
