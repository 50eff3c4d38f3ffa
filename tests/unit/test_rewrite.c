/* test_rewrite.c: copies of queries, byte for byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/query_support.h"

struct rewrite_case {
	const char *sql;
	const char *rewritten;
};

static const struct rewrite_case cases[] = {
#define CASE(sql, trigger, names, keys, rewritten) {sql, rewritten},
#define REFUSED(sql, error)
#include "tests/unit/query_cases.def"
#undef CASE
#undef REFUSED
};

static void check_text(const char *sql, struct str got, const char *wanted)
{
	if (!str_is(got, wanted))
		fail_msg("%s\n  got    %.*s\n  wanted %s", sql, STR_ARG(got), wanted);
}

/* With a trigger: everything at once; without: qualified alone. */
static void test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct query_fixture f;
		struct trigger trigger;
		const char *why;
		struct str got;

		query_fixture_init(&f, cases[i].sql);
		assert_non_null(f.query);
		if (query_trigger(f.query, &trigger, &why))
			got = rewrite_query(&f.sources, f.query, &trigger, STR("db"),
			                    STR("db.{d:Identifier}"), STR("@.n > 1"), &f.arena);
		else
			got = rewrite_qualify(&f.sources, f.query, STR("db"), &f.arena);
		check_text(cases[i].sql, got, cases[i].rewritten);
		query_fixture_release(&f);
	}
}

static const char layout[] = "SELECT pypi.a, -- pypi\n\tdb.pypi.b, 'db.pypi' /* pypi */\nFROM\n  "
                             "pypi -- the table\nWHERE a = 1 -- why\n   OR b = 2\nGROUP BY a";

static void test_layout_stays(void **state)
{
	struct query_fixture f;
	struct trigger trigger;
	const char *why;

	(void)state;
	query_fixture_init(&f, layout);
	assert_true(query_trigger(f.query, &trigger, &why));
	check_text("trigger alone",
	           rewrite_trigger(&f.sources, f.query, &trigger, STR("`x`"), &f.arena),
	           "SELECT pypi.a, -- pypi\n\tdb.pypi.b, 'db.pypi' /* pypi */\nFROM\n  `x` AS pypi "
	           "-- the table\nWHERE a = 1 -- why\n   OR b = 2\nGROUP BY a");
	check_text(
	        "qualified", rewrite_qualify(&f.sources, f.query, STR("my db"), &f.arena),
	        "SELECT pypi.a, -- pypi\n\tdb.pypi.b, 'db.pypi' /* pypi */\nFROM\n  `my db`.pypi "
	        "-- the table\nWHERE a = 1 -- why\n   OR b = 2\nGROUP BY a");
	check_text("all",
	           rewrite_query(&f.sources, f.query, &trigger, STR("db"), STR("d.x"),
	                         STR("@.t < '@' AND @.\"@\" > 0 -- @\n"), &f.arena),
	           "SELECT pypi.a, -- pypi\n\tpypi.b, 'db.pypi' /* pypi */\nFROM\n  d.x AS pypi "
	           "-- the table\nWHERE (a = 1 -- why\n   OR b = 2) AND (pypi.t < '@' AND "
	           "pypi.\"@\" > 0 -- @\n)\nGROUP BY a");
	check_text(
	        "nothing",
	        rewrite_query(&f.sources, f.query, &trigger, STR(""), STR(""), STR(""), &f.arena),
	        layout);
	query_fixture_release(&f);
}

/* Without a new reference the condition names the table itself. */
static void test_condition_alone(void **state)
{
	struct query_fixture f;
	struct trigger trigger;
	const char *why;

	(void)state;
	query_fixture_init(&f, "SELECT a FROM `t 1` FINAL ORDER BY a");
	assert_true(query_trigger(f.query, &trigger, &why));
	check_text("condition",
	           rewrite_query(&f.sources, f.query, &trigger, STR("db"), STR(""),
	                         STR("@.a > {x:UInt8}"), &f.arena),
	           "SELECT a FROM db.`t 1` FINAL WHERE `t 1`.a > {x:UInt8} ORDER BY a");
	query_fixture_release(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_cases),
	        cmocka_unit_test(test_layout_stays),
	        cmocka_unit_test(test_condition_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
