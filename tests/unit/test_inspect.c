/* `bfc inspect` on answers that are written here: what is asked, what becomes of it, what is left out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "runtime/inspect.h"

/* Answers to a statement that has `about` in it; rows end with a NULL. */
struct answer {
	const char *about;
	size_t columns;
	const char *const *cells; /* the names first */
	int code;                 /* an exception in place of rows */
};

struct fake {
	const struct answer *answers;
	const struct request *pending;
	size_t asked;
	struct buf asked_sql;
};

static void fake_send(void *state, const struct request *request)
{
	struct fake *fake = state;

	fake->pending = request;
	fake->asked++;
	buf_add(&fake->asked_sql, request->sql);
	buf_addc(&fake->asked_sql, '\n');
}

static void reply_with(struct outcome *outcome, const struct answer *answer)
{
	struct arena *arena = outcome_arena(outcome);
	struct reply *reply = &outcome->reply;
	size_t cells = 0;

	outcome->kind = OUTCOME_OK;
	while (answer->cells[cells])
		cells++;
	reply->column_count = answer->columns;
	reply->columns = arena_array(arena, struct str, answer->columns);
	reply->row_count = cells / answer->columns - 1;
	reply->values = arena_array(arena, struct str, cells);
	for (size_t i = 0; i < cells; i++) {
		struct str text = str_of(answer->cells[i]);

		*(i < answer->columns ? &reply->columns[i] : &reply->values[i - answer->columns]) =
		        text;
	}
}

static bool fake_next(void *state, unsigned wait_ms, struct outcome *outcome)
{
	struct fake *fake = state;
	const struct answer *answer = fake->answers;

	(void)wait_ms;
	if (!fake->pending)
		return false;
	*outcome = (struct outcome){.owner = fake->pending->owner};
	while (answer->about && str_find(fake->pending->sql, str_of(answer->about)) < 0)
		answer++;
	fake->pending = NULL;
	if (!answer->about || answer->code) {
		outcome_say(outcome, OUTCOME_EXCEPTION, "Code: %d. DB::Exception: no",
		            answer->about ? answer->code : 60);
		outcome->code = answer->about ? answer->code : 60;
	} else {
		reply_with(outcome, answer);
	}
	return true;
}

static uint64_t fake_now(void *state)
{
	return ((struct fake *)state)->asked;
}

static uint32_t fake_random(void *state)
{
	(void)state;
	return 0;
}

static struct str fake_name(void *state)
{
	(void)state;
	return STR("http://fake");
}

struct seen {
	struct fake fake;
	struct inspection inspection;
	struct exec_result result;
	struct buf text;
};

static void look(struct seen *seen, const struct answer *answers, const char *what, bool library)
{
	struct transport transport = {.state = &seen->fake,
	                              .send = fake_send,
	                              .next = fake_next,
	                              .now_ms = fake_now,
	                              .random = fake_random,
	                              .name = fake_name};
	struct inspect_options options = {.what = str_of(what), .library = library};
	struct exec_options exec = {.patience_ms = 0};

	*seen = (struct seen){.fake = {.answers = answers}};
	buf_init(&seen->fake.asked_sql, 1 << 20);
	buf_init(&seen->text, 1 << 20);
	inspect_read(&seen->inspection, &options, &transport, &exec, &seen->result);
	if (seen->result.exit == EXEC_DONE)
		inspect_write(&seen->inspection, &seen->text);
}

static void forget(struct seen *seen)
{
	buf_release(&seen->fake.asked_sql);
	buf_release(&seen->text);
	inspection_release(&seen->inspection);
	exec_result_release(&seen->result);
}

static void assert_text(const struct seen *seen, const char *expected)
{
	assert_int_equal(seen->result.exit, EXEC_DONE);
	assert_string_equal(seen->text.data, expected);
}

static void assert_says(const struct seen *seen, int exit, const char *part)
{
	assert_int_equal(seen->result.exit, exit);
	if (str_find(seen->result.text, str_of(part)) < 0)
		fail_msg("'%.*s' does not say '%s'", STR_ARG(seen->result.text), part);
}

static const char *const databases[] = {
        "name",   "engine", "comment", "user", "bfc",  "Atomic", "",   "me", "d",
        "Atomic", "",       "me",      "e f",  "Lazy", "it",     "me", NULL,
};

#define NAMES "database", "name", "engine", "view_database", "view"
static const char *const names[] = {
        NAMES,
        "bfc",
        "journal",
        "MergeTree",
        "",
        "",
        "d",
        ".inner_id.5af2ba42",
        "MergeTree",
        "",
        "",
        "d",
        "a_target",
        "SummingMergeTree",
        "",
        "",
        "d",
        "bfc_0123abcd_b1c1_a1_1_src",
        "MergeTree",
        "",
        "",
        "d",
        "inner_mv",
        "MaterializedView",
        "d",
        "on_view",
        "d",
        "mv",
        "MaterializedView",
        "",
        "",
        "d",
        "on_view",
        "MaterializedView",
        "",
        "",
        "d",
        "plain",
        "View",
        "",
        "",
        "d",
        "src",
        "MergeTree",
        "d",
        "inner_mv",
        "d",
        "src",
        "MergeTree",
        "d",
        "mv",
        "d",
        "src",
        "MergeTree",
        "e f",
        "over there",
        "d",
        "src",
        "MergeTree",
        "h",
        "hidden",
        "e f",
        "far",
        "Null",
        "",
        "",
        "e f",
        "over there",
        "MaterializedView",
        "",
        "",
        NULL,
};

#define STATEMENTS "database", "name", "line", "text"
static const char *const statements[] = {
        STATEMENTS,
        "d",
        ".inner_id.5af2ba42",
        "",
        "CREATE TABLE d.`.inner_id.5af2ba42`\n(\n    `a` UInt8\n)\nENGINE = MergeTree\nORDER BY a",
        "d",
        "a_target",
        "",
        "CREATE TABLE d.a_target\n(\n    `a` UInt8,\n    `n` UInt64\n)\nENGINE = "
        "SummingMergeTree\nORDER BY a\nSETTINGS index_granularity = 8192",
        "d",
        "bfc_0123abcd_b1c1_a1_1_src",
        "",
        "CREATE TABLE d.bfc_0123abcd_b1c1_a1_1_src\n(\n    `a` UInt8\n)\nENGINE = MergeTree\nORDER "
        "BY a",
        "d",
        "inner_mv",
        "",
        "CREATE MATERIALIZED VIEW d.inner_mv\n(\n    `a` UInt8\n)\nENGINE = MergeTree\nORDER BY "
        "a\nAS SELECT a\nFROM d.src",
        "d",
        "on_view",
        "",
        "CREATE MATERIALIZED VIEW d.on_view TO d.a_target\n(\n    `a` UInt8\n)\nAS SELECT a\nFROM "
        "d.inner_mv",
        "d",
        "plain",
        "",
        "CREATE VIEW d.plain\n(\n    `x` UInt8\n)\nAS SELECT 1 AS x",
        "d",
        "src",
        "CREATE TABLE d.src (`a` UInt8, `order` String DEFAULT 'x, `y`', `b c` Array(Tuple(`p` "
        "UInt8))) ENGINE = MergeTree ORDER BY a",
        "",
        "d",
        "mv",
        "",
        "CREATE MATERIALIZED VIEW d.mv TO d.a_target\n(\n    `a` UInt8,\n    `n` "
        "UInt64\n)\nDEFINER = you SQL SECURITY DEFINER\nAS SELECT\n    a,\n    count() AS n\nFROM "
        "d.src\nGROUP BY a\nCOMMENT 'why, \\'so\\''",
        "e f",
        "far",
        "",
        "CREATE TABLE `e f`.far\n(\n    `a` UInt8\n)\nENGINE = `Null`\nCOMMENT 'x'",
        "e f",
        "over there",
        "",
        "CREATE MATERIALIZED VIEW `e f`.`over there` TO `e f`.far\n(\n    `a` UInt8\n)\nAS SELECT "
        "a\nFROM d.src\nWHERE a IN (SELECT a FROM url('http://x', '[HIDDEN]'))",
        NULL,
};

static const char *const policies[] = {"database", "text", "d", "CREATE ROW POLICY p ON d.src",
                                       NULL};

static const struct answer all[] = {
        {"FROM system.databases", 4, databases, 0}, {"LEFT ARRAY JOIN", 5, names, 0},
        {"formatQueryOrNull", 4, statements, 0},    {"system.row_policies", 2, policies, 0},
        {"system.detached_tables", 0, NULL, 497},   {0},
};

#define SRC                                                                                        \
	"table src\n(\n    a UInt8, `order` String DEFAULT 'x, `y`', "                             \
	"`b c` Array(Tuple(`p` UInt8))\n)\nENGINE = MergeTree ORDER BY a;\n"
#define TARGET                                                                                     \
	"\ntable a_target\n(\n    a UInt8,\n    n UInt64\n)\nENGINE = SummingMergeTree\nORDER BY " \
	"a\nSETTINGS index_granularity = 8192;\n"
#define MV                                                                                         \
	"\nview mv to a_target\n(\n    a UInt8,\n    n UInt64\n)\n"                                \
	"definer = you sql security DEFINER\ncomment 'why, "                                       \
	"\\'so\\''\nas\nSELECT\n    a,\n    count() AS n\nFROM d.src\nGROUP BY a;\n"
#define INNER                                                                                      \
	"--\n-- inner_mv: a view without TO keeps its rows in a table of its own; make it anew "   \
	"with "                                                                                    \
	"TO and a table that is declared\n--     CREATE MATERIALIZED VIEW d.inner_mv\n--     (\n"  \
	"--         `a` UInt8\n--     )\n--     ENGINE = MergeTree\n--     ORDER BY a\n--     AS " \
	"SELECT a\n--     FROM d.src\n"
#define REFUSED "\n-- What follows is on the server and has no declaration:\n"

static void test_a_database(void **state)
{
	struct seen seen;
	struct inspect_counts counts;

	(void)state;
	look(&seen, all, "d", false);
	assert_text(&seen,
	            "migration d 'Database d, as bfc inspect found it on the server';\n"
	            "-- could not read system.detached_tables: this user has no right to\n"
	            "\ndatabase d;\n"
	            "\n-- view `e f`.`over there` fires on it too; its database was not inspected\n"
	            "-- view h.hidden fires on it too; this user can't see that view\n" SRC TARGET
	                    MV REFUSED INNER
	            "--\n-- on_view: it fires on a view, not on a table\n--     CREATE "
	            "MATERIALIZED VIEW d.on_view TO d.a_target\n--     (\n--         `a` UInt8\n"
	            "--     )\n--     AS SELECT a\n--     FROM d.inner_mv\n"
	            "--\n-- plain: an ordinary view stores nothing and is no part of a migration\n"
	            "--     CREATE VIEW d.plain\n--     (\n--         `x` UInt8\n--     )\n"
	            "--     AS SELECT 1 AS x\n"
	            "\n-- left out, as a migration has staged it: bfc_0123abcd_b1c1_a1_1_src\n"
	            "\n-- left out, as they belong to objects above: 1 table called .inner…\n"
	            "\n-- not declared, but on the server:\n-- CREATE ROW POLICY p ON d.src\n");
	counts = inspect_count(&seen.inspection);
	assert_int_equal(counts.tables, 2);
	assert_int_equal(counts.views, 1);
	assert_int_equal(counts.refused, 3);
	assert_int_equal(seen.fake.asked, 5);
	forget(&seen);
}

static void test_one_table(void **state)
{
	struct seen seen;

	(void)state;
	look(&seen, all, "d.src", false);
	assert_text(
	        &seen,
	        "migration src 'Table d.src and what hangs on it, as bfc inspect found it on the "
	        "server';\n"
	        "-- could not read system.detached_tables: this user has no right to\n"
	        "\ndatabase d;\n"
	        "\n-- view h.hidden fires on it too; this user can't see that view\n" SRC TARGET MV
	                REFUSED INNER
	        "--\n-- on_view: it fires on a view, not on a table\n--     CREATE "
	        "MATERIALIZED VIEW d.on_view TO d.a_target\n--     (\n--         `a` UInt8\n"
	        "--     )\n--     AS SELECT a\n--     FROM d.inner_mv\n"
	        "\n-- not declared, but on the server:\n-- CREATE ROW POLICY p ON d.src\n"
	        "\ndatabase `e f`;\n"
	        "-- its engine is Lazy; a migration makes a database that is missing with the "
	        "server's default\n"
	        "-- on the server with COMMENT 'it', which a migration does not carry over\n"
	        "\ntable far\n(\n    a UInt8\n)\nENGINE = Null\nCOMMENT 'x';\n"
	        "\n-- the server shows no passwords and keys: write them where '[HIDDEN]' "
	        "stands\nview `over there` to far\n(\n    a UInt8\n) as\nSELECT a\nFROM d.src\n"
	        "WHERE a IN (SELECT a FROM url('http://x', '[HIDDEN]'));\n");
	forget(&seen);
}

/* A target alone: nothing upstream. */
static void test_a_leaf(void **state)
{
	struct seen seen;

	(void)state;
	look(&seen, all, "`e f`.`far`", true);
	assert_text(&seen,
	            "-- Table `e f`.far and what hangs on it, as bfc inspect found it on the "
	            "server\n-- could not read system.detached_tables: this user has no right "
	            "to\n\n-- database `e f`\n-- its engine is Lazy; a migration makes a database "
	            "that is missing with the server's default\n-- on the server with COMMENT "
	            "'it', which a migration does not carry over\n\ntable `e f`.far\n(\n    a "
	            "UInt8\n)\n"
	            "ENGINE = Null\nCOMMENT 'x';\n");
	assert_true(str_find(buf_str(&seen.fake.asked_sql), STR("IN (('e f', 'far'))")) > 0);
	forget(&seen);
}

static void test_refused_by_the_compiler(void **state)
{
	struct inspect_object *object;
	struct seen seen;

	(void)state;
	look(&seen, all, "d", false);
	assert_null(inspect_object_at(&seen.inspection, 0));
	object = inspect_object_at(
	        &seen.inspection, (size_t)str_find(buf_str(&seen.text), STR("table a_target")) + 3);
	assert_non_null(object);
	assert_string_equal(object->name.p, "a_target");
	inspect_refuse(&seen.inspection, object, STR("it is too blue"));
	inspect_write(&seen.inspection, &seen.text);
	/* The view on it goes on, with a target that is not declared here. */
	assert_true(str_find(buf_str(&seen.text), STR("\nexternal table a_target;\n")) > 0);
	assert_true(str_find(buf_str(&seen.text), STR("\nview mv to a_target\n")) > 0);
	assert_true(str_find(buf_str(&seen.text),
	                     STR("-- a_target: it is too blue\n--     CREATE")) > 0);
	forget(&seen);
}

static void test_all_databases(void **state)
{
	struct seen seen;

	(void)state;
	look(&seen, all, "", false);
	assert_int_equal(seen.result.exit, EXEC_DONE);
	assert_true(str_find(buf_str(&seen.text), STR("migration schema 'All databases, ")) == 0);
	assert_true(str_find(buf_str(&seen.text), STR("database d;")) > 0);
	assert_true(str_find(buf_str(&seen.text), STR("database `e f`;")) > 0);
	/* The journal. */
	assert_true(str_find(buf_str(&seen.text), STR("database bfc;")) < 0);
	forget(&seen);
}

static void test_unknown_names(void **state)
{
	static const struct {
		const char *what, *says;
	} cases[] = {
	        {"dd", "the server has no database 'dd'; did you mean 'd'?"},
	        {"src", "no database 'src'; did you mean the table, 'd.src'?"},
	        {"nothing like it", "user 'me' sees 3 of them"},
	        {"d.srk", "database 'd' has no table 'srk'; did you mean 'src'?"},
	        {"d.quite_other", "user 'me' sees only what it has a right to"},
	        {"system", "is the server's own"},
	        {"system.tables", "is the server's own"},
	        {"`d`x", "a database or DATABASE.TABLE was expected"},
	        {"d.", "database 'd' has no table ''"},
	        {".", "the server has no database ''"},
	};
	struct seen seen;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		look(&seen, all, cases[i].what, false);
		assert_says(&seen, EXEC_BAD_INPUT, cases[i].says);
		forget(&seen);
	}
}

static void test_no_right(void **state)
{
	static const struct answer denied[] = {
	        {"FROM system.databases", 4, databases, 0},
	        {"LEFT ARRAY JOIN", 0, NULL, 497},
	        {0},
	};
	struct seen seen;

	(void)state;
	look(&seen, denied, "d", false);
	assert_says(&seen, EXEC_STOPPED, "read system.tables");
	forget(&seen);
}

/* --- statements taken apart ---------------------------------------------------------------- */

static void test_statements(void **state)
{
	static const struct {
		const char *sql;
		enum inspect_kind kind;
		const char *refused, *target, *body;
	} cases[] = {
	        {"CREATE TABLE t (a UInt8) AS numbers(3)", INSPECT_TABLE, "table function", "",
	         "AS numbers(3)"},
	        {"CREATE TABLE t UUID 'x' (a UInt8 DEFAULT ')') ENGINE = Log", INSPECT_TABLE, NULL,
	         "", "ENGINE = Log"},
	        {"CREATE TABLE d.t (a UInt8) ENGINE = Alias('d', 'u')", INSPECT_TABLE,
	         "another name", "", NULL},
	        {"CREATE TABLE t", INSPECT_TABLE, "without columns", "", ""},
	        {"CREATE DICTIONARY d (k UInt8) PRIMARY KEY k", INSPECT_OTHER, "dictionary", "",
	         ""},
	        {"CREATE WINDOW VIEW v TO t AS SELECT 1", INSPECT_OTHER, "window", "", ""},
	        {"CREATE LIVE VIEW v AS SELECT 1", INSPECT_OTHER, "live", "", ""},
	        {"CREATE MATERIALIZED VIEW v REFRESH EVERY 1 DAY TO t AS SELECT 1", INSPECT_VIEW,
	         "refreshable", "", ""},
	        {"CREATE MATERIALIZED VIEW v TO INNER UUID 'x' (a UInt8) ENGINE = Log AS SELECT 1",
	         INSPECT_VIEW, "without TO", "", ""},
	        {"CREATE MATERIALIZED VIEW v TO d.`q\\`t` POPULATE AS SELECT 1", INSPECT_VIEW,
	         "does not know", "q`t", ""},
	        {"CREATE MATERIALIZED VIEW v TO t COMMENT 'c' AS SELECT 'COMMENT', 'x'",
	         INSPECT_VIEW, NULL, "t", "SELECT 'COMMENT', 'x'"},
	        {"", INSPECT_OTHER, "does not know", "", ""},
	        {"CREATE TABLE", INSPECT_TABLE, "without columns", "", ""},
	        {"CREATE TABLE t (a `", INSPECT_TABLE, "table function", "", ""},
	        {"CREATE MATERIALIZED VIEW v TO t (a '", INSPECT_VIEW, "does not know", "t", ""},
	        {"CREATE MATERIALIZED VIEW v DEFINER = a", INSPECT_VIEW, "without TO", "", ""},
	};
	struct arena arena;

	(void)state;
	arena_init(&arena);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct inspect_ddl ddl;

		inspect_ddl_read(str_of(cases[i].sql), &arena, &ddl);
		assert_int_equal(ddl.kind, cases[i].kind);
		assert_int_equal(!ddl.refused, !cases[i].refused);
		if (ddl.refused && !strstr(ddl.refused, cases[i].refused))
			fail_msg("%s: %s", cases[i].sql, ddl.refused);
		assert_true(str_eq(ddl.target, str_of(cases[i].target)));
		if (cases[i].body && !str_eq(ddl.body, str_of(cases[i].body)))
			fail_msg("%s: '%.*s'", cases[i].sql, STR_ARG(ddl.body));
	}
	arena_release(&arena);
}

static void test_meanings(void **state)
{
	struct arena arena;

	(void)state;
	arena_init(&arena);
	assert_true(str_is(inspect_meaning(STR("`a\\`b``c`"), &arena), "a`b`c"));
	assert_true(str_is(inspect_meaning(STR("'\\n\\\\\\''"), &arena), "\n\\'"));
	assert_true(str_is(inspect_meaning(STR("bare"), &arena), "bare"));
	assert_true(str_is(inspect_meaning(STR("'"), &arena), "'"));
	arena_release(&arena);
}

/* Every beginning of a statement is read without running over its end. */
static void test_cut_off(void **state)
{
	static const char sql[] =
	        "CREATE MATERIALIZED VIEW d.`v\\`x` UUID 'u' TO d.t (`a` Array(UInt8), \"b\" "
	        "String) "
	        "DEFINER = `x`@'h' SQL SECURITY INVOKER COMMENT 'a''b' AS WITH 1 AS x SELECT [x], "
	        "{p:UInt8} FROM d.t COMMENT 'c\\'d'";
	struct arena arena;

	(void)state;
	arena_init(&arena);
	for (size_t n = 0; n < sizeof(sql); n++) {
		struct str text = {memcpy(xmalloc(n + 1), sql, n), n};
		struct inspect_ddl ddl;
		struct buf out;

		inspect_ddl_read(text, &arena, &ddl);
		buf_init(&out, 4096);
		inspect_add_columns(&out, ddl.columns);
		buf_release(&out);
		free((char *)text.p);
	}
	arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_a_database),
	        cmocka_unit_test(test_one_table),
	        cmocka_unit_test(test_a_leaf),
	        cmocka_unit_test(test_refused_by_the_compiler),
	        cmocka_unit_test(test_all_databases),
	        cmocka_unit_test(test_unknown_names),
	        cmocka_unit_test(test_no_right),
	        cmocka_unit_test(test_statements),
	        cmocka_unit_test(test_meanings),
	        cmocka_unit_test(test_cut_off),
	};

	return cmocka_run_group_tests_name("inspect", tests, NULL, NULL);
}
