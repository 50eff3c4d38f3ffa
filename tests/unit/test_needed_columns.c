/* test_needed_columns.c: which columns of its trigger table a view reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "compiler/check.h"
#include "compiler/needed_columns.h"
#include "compiler/parse.h"
#include "tests/unit/front_support.h"

static const char table[] =
        "table t (big String, a UInt64, b UInt8 DEFAULT a + 1, ab UInt64 ALIAS a + b, aab UInt64 "
        "ALIAS ab * 2, m UInt64 MATERIALIZED cityHash64(big) COMMENT 'm', e UInt8 EPHEMERAL, n "
        "Nested(x UInt8, y Array(String)), `z.b c` String, `from` Date, guess DEFAULT toString(a)) "
        "ENGINE = MergeTree ORDER BY a;\n"
        "external table u; external table d;\n";

struct needed_case {
	const char *query; /* or several, apart by a line's end */
	const char *declared;
	const char *inserted;
};

#define NESTED "n Nested(x UInt8, y Array(String))"
#define ORDINARY                                                                                   \
	"big String, a UInt64, b UInt8, " NESTED ", `z.b c` String, `from` Date, guess DEFAULT "   \
	"toString(a)"
#define ORDINARY_NAMES "big a b n.x n.y z.b c from guess"
#define COMPUTED                                                                                   \
	"big String, a UInt64, b UInt8, ab UInt64 ALIAS a + b, aab UInt64 ALIAS ab * 2, m UInt64 " \
	"MATERIALIZED cityHash64(big), " NESTED                                                    \
	", `z.b c` String, `from` Date, guess DEFAULT toString(a)"
#define COMPUTED_NAMES "big a b m n.x n.y z.b c from guess"

static const struct needed_case cases[] = {
        {"SELECT b FROM t", "b UInt8", "b"},
        {"SELECT count() FROM t", "a UInt64", "a"},
        {"SELECT count(*) AS c FROM t", "a UInt64", "a"},
        {"SELECT 'big' AS big, 1 AS a -- n.x\n FROM t", "a UInt64", "a"},
        {"SELECT t.b, `from` FROM t", "b UInt8, `from` Date", "b from"},
        {"SELECT from FROM t", "`from` Date", "from"},
        {"SELECT 1 FROM t WHERE a OR b GROUP BY 1", "a UInt64, b UInt8", "a b"},
        {"SELECT 1 FROM t JOIN u USING (b)", "b UInt8", "b"},
        /* The expressions' columns. */
        {"SELECT ab FROM t", "a UInt64, b UInt8, ab UInt64 ALIAS a + b", "a b"},
        {"SELECT aab FROM t", "a UInt64, b UInt8, ab UInt64 ALIAS a + b, aab UInt64 ALIAS ab * 2",
         "a b"},
        {"SELECT m FROM t", "big String, m UInt64 MATERIALIZED cityHash64(big)", "big m"},
        {"SELECT guess FROM t", "a UInt64, guess DEFAULT toString(a)", "a guess"},
        /* Nested columns and dots. */
        {"SELECT n.x FROM t", NESTED, "n.x n.y"},
        {"SELECT `n.y` FROM t", NESTED, "n.x n.y"},
        {"SELECT x.y FROM t ARRAY JOIN n AS x", NESTED, "n.x n.y"},
        {"SELECT `z.b c`, z.d FROM t", "`z.b c` String", "z.b c"},
        /* Several at once. */
        {"SELECT * FROM t", ORDINARY, ORDINARY_NAMES},
        {"SELECT t.* FROM t", ORDINARY, ORDINARY_NAMES},
        {"SELECT tuple(*) FROM t", ORDINARY, ORDINARY_NAMES},
        {"SELECT DISTINCT ON (a) * FROM t", ORDINARY, ORDINARY_NAMES},
        {"WITH tuple(*) AS x SELECT y FROM (SELECT x AS y FROM t)", ORDINARY, ORDINARY_NAMES},
        {"SELECT *, m FROM t",
         "big String, a UInt64, b UInt8, m UInt64 MATERIALIZED cityHash64(big), " NESTED
         ", `z.b c` String, `from` Date, guess DEFAULT toString(a)",
         COMPUTED_NAMES},
        {"SELECT COLUMNS('b') FROM t", COMPUTED, COMPUTED_NAMES},
        {"SELECT t.COLUMNS('b') FROM t", COMPUTED, COMPUTED_NAMES},
        {"SELECT COLUMNS(b, from) FROM t", "b UInt8, `from` Date", "b from"},
        {"SELECT * FROM t SETTINGS asterisk_include_alias_columns = 1", COMPUTED, COMPUTED_NAMES},
        {"SELECT {c:Identifier} AS c FROM t", COMPUTED, COMPUTED_NAMES},
        {"SELECT * EXCEPT (n, `n.y`) FROM t", ORDINARY, ORDINARY_NAMES},
        {"SELECT * EXCEPT (big, guess) FROM t",
         "a UInt64, b UInt8, " NESTED ", `z.b c` String, `from` Date", "a b n.x n.y z.b c from"},
        {"SELECT * EXCEPT big, length(big) FROM t", ORDINARY, ORDINARY_NAMES},
        {"SELECT * EXCEPT (big), * EXCEPT (a) FROM t", ORDINARY, ORDINARY_NAMES},
        {"SELECT * EXCEPT STRICT (big) FROM t", ORDINARY, ORDINARY_NAMES},
        {"SELECT * EXCEPT ('^b') FROM t", ORDINARY, ORDINARY_NAMES},
        {"SELECT * EXCEPT (big) REPLACE (1 AS b) FROM t",
         "a UInt64, b UInt8, " NESTED ", `z.b c` String, `from` Date, guess DEFAULT toString(a)",
         "a b n.x n.y z.b c from guess"},
        /* A `*` of something else. */
        {"SELECT a * 2 AS c, (a) * b, 3 * a FROM t", "a UInt64, b UInt8", "a b"},
        {"SELECT * FROM (SELECT b FROM t)", "b UInt8", "b"},
        {"WITH c AS (SELECT b FROM t) SELECT c.* FROM c", "b UInt8", "b"},
        {"SELECT t.b, u.* FROM t JOIN u ON t.a = u.k", "a UInt64, b UInt8", "a b"},
        {"SELECT b FROM t WHERE a IN (SELECT * FROM u)", "a UInt64, b UInt8", "a b"},
        {"SELECT b FROM t JOIN (SELECT * FROM u) AS v USING b", "b UInt8", "b"},
        /* Other places that read the table. */
        {"SELECT b FROM t WHERE a IN (SELECT * FROM t)", ORDINARY, ORDINARY_NAMES},
        {"SELECT x.b FROM t AS x CROSS JOIN (SELECT * FROM db.t) AS y", ORDINARY, ORDINARY_NAMES},
        {"SELECT b FROM t WHERE a IN (db.t)", ORDINARY, ORDINARY_NAMES},
        {"SELECT b FROM t WHERE a IN u", "a UInt64, b UInt8", "a b"},
        /* Over all views of the table. */
        {"SELECT b FROM t\nSELECT from FROM t AS x", "b UInt8, `from` Date", "b from"},
        {"SELECT * EXCEPT (big) FROM t\nSELECT big FROM t", ORDINARY, ORDINARY_NAMES},
};

static void add_views(struct buf *text, const char *queries)
{
	struct str rest = str_of(queries);

	for (unsigned i = 0; rest.n; i++) {
		const char *next = strstr(rest.p, "\nSELECT");
		size_t length = next ? (size_t)(next - rest.p) : rest.n;

		buf_addf(text, "view v%u to d as %.*s\n;\n", i, (int)length, rest.p);
		length += next != NULL;
		rest = (struct str){rest.p + length, rest.n - length};
	}
}

static void check_needed(const char *declarations, const struct needed_case *test, bool whole)
{
	struct buf text, declared, inserted;
	struct needed_columns needed;
	const struct model *model;
	struct front front;

	buf_init(&text, 1 << 16);
	buf_addf(&text, "database db; param c Identifier default 'a';\n%s", declarations);
	add_views(&text, test->query);
	front_open(&front, buf_str(&text));
	model = check_program(
	        &front.sources,
	        parse_source(&front.sources, front.source, &front.arena, &front.diags), STR("test"),
	        &front.arena, &front.diags);
	if (!model)
		fail_msg("%s: %s", test->query, front_codes(&front));
	needed_columns_find(&front.sources, model->views, model->view_count, &front.arena, &needed);
	buf_init(&declared, 1 << 16);
	buf_init(&inserted, 1 << 16);
	needed_columns_declare(&needed, &front.sources, &declared);
	for (size_t i = 0; i < needed.inserted.count; i++)
		buf_addf(&inserted, "%s%.*s", i ? " " : "", STR_ARG(needed.inserted.items[i]));
	if (!str_is(buf_str(&declared), test->declared) ||
	    !str_is(buf_str(&inserted), test->inserted))
		fail_msg("%s\n  (%.*s)\n  (%s)\n  %.*s\n  %s", test->query,
		         STR_ARG(buf_str(&declared)), test->declared, STR_ARG(buf_str(&inserted)),
		         test->inserted);
	assert_int_equal(needed.whole, whole);
	buf_release(&inserted);
	buf_release(&declared);
	buf_release(&text);
	front_close(&front);
}

static void test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		check_needed(table, &cases[i], false);
}

static void test_unknown_columns(void **state)
{
	static const struct needed_case unknown = {"SELECT a FROM t", "", ""};

	(void)state;
	check_needed("external table t; external table d;\n", &unknown, true);
}

/* Where a default's expression ends. */
static void test_expressions(void **state)
{
	static const char columns[] =
	        "table t (a UInt8 DEFAULT 1 NOT NULL, b UInt8 ALIAS a IS NOT NULL COMMENT 'x', c "
	        "UInt8 ALIAS a NOT IN (1, 2) CODEC(NONE), comment UInt8, d UInt8 ALIAS comment "
	        "COMMENT 'comment', f String ALIAS concat('ttl', /* why */ toString(a)), g UInt8 "
	        "MATERIALIZED h + 1 TTL k + INTERVAL 1 DAY, h UInt8 EPHEMERAL COMMENT 'h', k Date) "
	        "ENGINE = MergeTree ORDER BY a; external table d;\n";
	static const struct needed_case expressions[] = {
	        {"SELECT b FROM t", "a UInt8, b UInt8 ALIAS a IS NOT NULL", "a"},
	        {"SELECT c FROM t", "a UInt8, c UInt8 ALIAS a NOT IN (1, 2)", "a"},
	        {"SELECT d FROM t", "comment UInt8, d UInt8 ALIAS comment", "comment"},
	        {"SELECT f FROM t", "a UInt8, f String ALIAS concat('ttl', /* why */ toString(a))",
	         "a"},
	        {"SELECT g FROM t", "g UInt8 MATERIALIZED h + 1, h UInt8 EPHEMERAL", "g"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(expressions) / sizeof(*expressions); i++)
		check_needed(columns, &expressions[i], false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_cases),
	        cmocka_unit_test(test_unknown_columns),
	        cmocka_unit_test(test_expressions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
