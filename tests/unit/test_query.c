/* test_query.c: what query_parse() and its readers make of SELECTs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "compiler/base/buf.h"
#include "tests/unit/query_support.h"

struct query_case {
	const char *sql;
	const char *trigger; /* the reference, or - */
	const char *names;   /* of the first SELECT's items */
	const char *keys;
};

static const struct query_case cases[] = {
#define CASE(sql, trigger, names, keys, rewritten) {sql, trigger, names, keys},
#define REFUSED(sql, error)
#include "tests/unit/query_cases.def"
#undef CASE
#undef REFUSED
};

struct refused_case {
	const char *sql;
	const char *error;
};

static const struct refused_case refused[] = {
#define CASE(sql, trigger, names, keys, rewritten)
#define REFUSED(sql, error) {sql, error},
#include "tests/unit/query_cases.def"
#undef CASE
#undef REFUSED
};

static void join_names(struct buf *out, const struct select *select)
{
	for (size_t i = 0; i < select->items.count; i++) {
		const struct select_item *item = &select->items.items[i];

		buf_addz(out, i ? "|" : "");
		buf_add(out, item->is_star ? STR("*") : item->name);
	}
}

static void join_keys(struct buf *out, const struct query_fixture *f, const struct select *select)
{
	for (size_t i = 0; i < select->group_keys.count; i++) {
		buf_addz(out, i ? "|" : "");
		buf_add(out, span_text(&f->sources, select->group_keys.items[i]));
	}
}

static void check_text(const char *sql, struct str got, const char *wanted)
{
	if (!str_is(got, wanted))
		fail_msg("%s\n  got    %.*s\n  wanted %s", sql, STR_ARG(got), wanted);
}

static void check_case(const struct query_case *test)
{
	struct query_fixture f;
	struct trigger trigger;
	struct buf text;
	const char *why;
	bool found;

	query_fixture_init(&f, test->sql);
	if (!f.query)
		fail_msg("%s: %s", test->sql, query_fixture_error(&f));
	found = query_trigger(f.query, &trigger, &why);
	assert_true(found == (why == NULL));
	check_text(test->sql, found ? span_text(&f.sources, trigger.ref->span) : STR("-"),
	           test->trigger);
	buf_init(&text, 4096);
	join_names(&text, f.query->branches.items[0]);
	check_text(test->sql, buf_str(&text), test->names);
	buf_reset(&text);
	join_keys(&text, &f, f.query->branches.items[0]);
	check_text(test->sql, buf_str(&text), test->keys);
	buf_release(&text);
	query_fixture_release(&f);
}

static void test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		check_case(&cases[i]);
}

static void test_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
		struct query_fixture f;

		query_fixture_init(&f, refused[i].sql);
		assert_null(f.query);
		check_text(refused[i].sql, str_of(query_fixture_error(&f)), refused[i].error);
		query_fixture_release(&f);
	}
}

static void check_clause(const struct query_fixture *f, struct clause clause, const char *keyword,
                         const char *body)
{
	assert_true(clause.present);
	check_text("keyword", span_text(&f->sources, clause.keyword), keyword);
	check_text("body", span_text(&f->sources, clause.body), body);
}

static void test_clauses(void **state)
{
	const struct select *select;
	struct query_fixture f;

	(void)state;
	query_fixture_init(&f,
	                   "SELECT DISTINCT a, sum(b) OVER w FROM db.t AS x FINAL SAMPLE 1/3 "
	                   "OFFSET 1/2 JOIN u USING k PREWHERE p = 1 WHERE c OR d GROUP BY a, "
	                   "f(b) AS g WITH TOTALS HAVING h WINDOW w AS (ORDER BY a) QUALIFY q "
	                   "ORDER BY a DESC, b LIMIT 1, 2 BY a LIMIT 3 OFFSET 4 SETTINGS s = 1");
	assert_non_null(f.query);
	select = f.query->branches.items[0];
	assert_true(select->distinct && select->has_join && !select->has_array_join);
	assert_true(select->has_window_function && select->group_modifier && select->has_from);
	assert_true(select->from.items[0].is_final && select->from.items[0].has_sample);
	check_text("sample", span_text(&f.sources, select->from.items[0].sample), "1/3 OFFSET 1/2");
	assert_int_equal(select->from.count, 2);
	check_clause(&f, select->prewhere, "PREWHERE", "p = 1");
	check_clause(&f, select->where, "WHERE", "c OR d");
	check_clause(&f, select->group_by, "GROUP BY", "a, f(b) AS g");
	check_clause(&f, select->having, "HAVING", "h");
	check_clause(&f, select->window, "WINDOW", "w AS (ORDER BY a)");
	check_clause(&f, select->qualify, "QUALIFY", "q");
	check_clause(&f, select->order_by, "ORDER BY", "a DESC, b");
	check_clause(&f, select->limit_by, "LIMIT", "1, 2 BY a");
	check_clause(&f, select->limit, "LIMIT", "3");
	check_clause(&f, select->offset, "OFFSET", "4");
	check_clause(&f, select->settings, "SETTINGS", "s = 1");
	query_fixture_release(&f);
}

static void test_union(void **state)
{
	struct query_fixture f;

	(void)state;
	query_fixture_init(&f, "(SELECT 1 UNION ALL SELECT 2) INTERSECT SELECT 3 EXCEPT SELECT 4 "
	                       "UNION DISTINCT SELECT 5");
	assert_non_null(f.query);
	assert_int_equal(f.query->branches.count, 5);
	assert_int_equal(f.query->operators.count, 4);
	assert_int_equal(f.query->operators.items[0], SET_UNION_ALL);
	assert_int_equal(f.query->operators.items[1], SET_INTERSECT);
	assert_int_equal(f.query->operators.items[2], SET_EXCEPT);
	assert_int_equal(f.query->operators.items[3], SET_UNION_DISTINCT);
	query_fixture_release(&f);
}

static void test_hints(void **state)
{
	static const char *const hints[][2] = {
	        {"SELECT a FORM t", "did you mean 'FROM' in place of 'FORM'?"},
	        {"SELECT a FROM t WHRE x = 1", "did you mean 'WHERE' in place of 'WHRE'?"},
	        {"SELECT a FROM t WHERE", "expected: an expression"},
	        {"SELECT a FROM t UNION", "expected: SELECT, FROM, WITH, ALL, DISTINCT"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(hints) / sizeof(*hints); i++) {
		struct query_fixture f;

		query_fixture_init(&f, hints[i][0]);
		assert_null(f.query);
		assert_int_equal(f.diags.list.count, 1);
		assert_string_equal(f.diags.list.items[0].hint, hints[i][1]);
		query_fixture_release(&f);
	}
}

static void test_functions(void **state)
{
	struct function_calls calls;
	struct query_fixture f;
	struct buf text;

	(void)state;
	query_fixture_init(&f, "SELECT now(), `rand`(1), toDate(x) AS d, y::DateTime(3), z IN (1), "
	                       "left(a, 1), count() OVER (ORDER BY b) FROM numbers(9) "
	                       "WHERE (a) AND (c) -- today()\n GROUP BY (d)");
	assert_non_null(f.query);
	query_functions(&f.sources, f.query->span, &f.arena, &calls);
	buf_init(&text, 4096);
	for (size_t i = 0; i < calls.list.count; i++) {
		buf_add(&text, calls.list.items[i].name);
		buf_addc(&text, ' ');
	}
	check_text("calls", buf_str(&text), "now rand toDate left count numbers ");
	buf_release(&text);
	query_fixture_release(&f);
}

/* As deep as the scanner lets brackets go: no recursion may overflow. */
static void check_nested(const char *open, const char *core, const char *close, size_t depth,
                         bool fine)
{
	struct query_fixture f;
	struct trigger trigger;
	const char *why;
	struct buf sql;

	buf_init(&sql, BUF_CEILING_OUTPUT);
	for (size_t i = 0; i < depth; i++)
		buf_addz(&sql, open);
	buf_addz(&sql, core);
	for (size_t i = 0; i < depth; i++)
		buf_addz(&sql, close);
	query_fixture_init(&f, sql.data);
	assert_true((f.query != NULL) == fine);
	if (f.query) {
		query_trigger(f.query, &trigger, &why);
		rewrite_qualify(&f.sources, f.query, STR("db"), &f.arena);
	}
	query_fixture_release(&f);
	buf_release(&sql);
}

static void test_depth(void **state)
{
	(void)state;
	check_nested("SELECT * FROM (", "SELECT 1", ")", 999, true);
	check_nested("SELECT (", "SELECT 1", ")", 999, true);
	check_nested("(", "SELECT 1", ")", 999, true);
	check_nested("WITH c AS (", "SELECT a FROM t", ") SELECT a FROM c", 999, true);
	check_nested("SELECT f(", "SELECT 1", ")", 5000, false);
	check_nested("SELECT 1 UNION ALL ", "SELECT 1", "", 20000, true);
	check_nested("SELECT NOT - [CASE WHEN (", "SELECT 1", ") THEN 1 END]", 499, true);
	check_nested("[((", "SELECT 1", "))]", 333, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_cases),   cmocka_unit_test(test_refused),
	        cmocka_unit_test(test_clauses), cmocka_unit_test(test_union),
	        cmocka_unit_test(test_hints),   cmocka_unit_test(test_functions),
	        cmocka_unit_test(test_depth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
