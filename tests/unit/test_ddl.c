#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "compiler/ddl.h"
#include "compiler/tokens.h"

static struct arena arena;
static struct source_set sources;
static struct diag_list diags;

static struct span add(const char *text)
{
	struct source *source = source_from_text(&sources, "test.bf", str_of(text), &diags);

	return (struct span){source->id, 0, (uint32_t)source->text.n};
}

static struct str text_of(struct span span)
{
	return span_text(&sources, span);
}

static void test_columns(void **state)
{
	static const char text[] =
	        "`timestamp` DateTime CODEC(Delta, ZSTD(1)) COMMENT 'when, (exactly)',\n"
	        "  -- a comment, with a comma\n"
	        "  \"odd \\\" name\" LowCardinality(Nullable(String)) DEFAULT 'a,b',\n"
	        "  m Map(String, Array(Tuple(a UInt8, b String))) TTL timestamp + INTERVAL 1 DAY,\n"
	        "  comment String MATERIALIZED upper(x),\n"
	        "  ttl ALIAS now(),\n"
	        "  e DEFAULT 5,\n"
	        "  n.a Array(UInt8) EPHEMERAL,\n"
	        "  u BIGINT UNSIGNED NOT NULL,\n"
	        "  d DateTime NULL DEFAULT now(),\n"
	        "  INDEX i (a, b) TYPE minmax GRANULARITY 1,\n"
	        "  PROJECTION p (SELECT a, b ORDER BY a),\n"
	        "  CONSTRAINT c CHECK a > 0,\n"
	        "  PRIMARY KEY (a, b),\n"; /* a comma behind the last one is ClickHouse's way too */
	static const struct {
		const char *name, *type;
		enum column_default default_kind;
	} want[] = {
	        {"timestamp", "DateTime", DEFAULT_NONE},
	        {"odd \" name", "LowCardinality(Nullable(String))", DEFAULT_VALUE},
	        {"m", "Map(String, Array(Tuple(a UInt8, b String)))", DEFAULT_NONE},
	        {"comment", "String", DEFAULT_MATERIALIZED},
	        {"ttl", "", DEFAULT_ALIAS},
	        {"e", "", DEFAULT_VALUE},
	        {"n.a", "Array(UInt8)", DEFAULT_EPHEMERAL},
	        {"u", "BIGINT UNSIGNED", DEFAULT_NONE},
	        {"d", "Nullable(DateTime)", DEFAULT_VALUE},
	};
	struct ddl_columns columns;

	(void)state;
	assert_true(ddl_read_columns(&sources, add(text), &arena, &columns, &diags));
	assert_int_equal(columns.list.count, sizeof(want) / sizeof(*want));
	for (size_t i = 0; i < columns.list.count; i++) {
		assert_true(str_is(columns.list.items[i].name, want[i].name));
		assert_true(str_is(columns.list.items[i].type, want[i].type));
		assert_int_equal(columns.list.items[i].default_kind, want[i].default_kind);
	}
	assert_true(columns.has_primary_key);
	assert_true(str_is(text_of(columns.primary_key), "(a, b)"));
}

static void test_bad_columns(void **state)
{
	static const struct {
		const char *text;
		enum diag_code code;
	} cases[] = {
	        {"a Int8,, b Int8", BF110}, {"a Int8, a String", BF111},
	        {"'a' Int8", BF110},        {"a 5", BF110},
	        {"PRIMARY KEY", BF110},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct ddl_columns columns;
		size_t before = diags.list.count;

		assert_false(
		        ddl_read_columns(&sources, add(cases[i].text), &arena, &columns, &diags));
		assert_int_equal(diags.list.count, before + 1);
		assert_int_equal(diags.list.items[before].code, cases[i].code);
	}
}

static void test_engine(void **state)
{
	static const char text[] =
	        "ENGINE = ReplicatedSummingMergeTree('/x/{shard}', '{replica}', (a, b))\n"
	        "SETTINGS index_granularity = 8192, storage_policy = 'hot'\n"
	        "PARTITION BY (toYYYYMM(day), cityHash64(comment) % 4)\n"
	        "PRIMARY KEY comment\n"
	        "TTL day + INTERVAL 1 MONTH DELETE WHERE settings = 1, day TO VOLUME 'cold'\n"
	        "ORDER BY (comment, ttl) SAMPLE BY ttl\n"
	        "COMMENT 'ORDER BY nothing'";
	struct ddl_engine engine;

	(void)state;
	assert_true(ddl_read_engine(&sources, add(text), &arena, &engine, &diags));
	assert_true(str_is(engine.name, "ReplicatedSummingMergeTree"));
	assert_int_equal(engine.arguments.count, 3);
	assert_true(str_is(text_of(engine.arguments.items[2]), "(a, b)"));
	assert_true(str_is(text_of(engine.partition_by.span),
	                   "(toYYYYMM(day), cityHash64(comment) % 4)"));
	assert_true(str_is(text_of(engine.primary_key.span), "comment"));
	assert_true(str_is(text_of(engine.ttl.span),
	                   "day + INTERVAL 1 MONTH DELETE WHERE settings = 1, day TO VOLUME "
	                   "'cold'"));
	assert_true(str_is(text_of(engine.order_by.span), "(comment, ttl)"));
	assert_true(str_is(text_of(engine.sample_by.span), "ttl"));
	assert_true(str_is(text_of(engine.comment.span), "'ORDER BY nothing'"));
	assert_true(str_is(text_of(engine.settings.span),
	                   "index_granularity = 8192, storage_policy = 'hot'"));
}

static void test_words_as_names(void **state)
{
	struct ddl_engine engine;

	(void)state;
	assert_true(ddl_read_engine(
	        &sources, add("engine MergeTree order by ttl ttl comment + toIntervalDay(1)"),
	        &arena, &engine, &diags));
	assert_true(str_is(text_of(engine.order_by.span), "ttl"));
	assert_true(str_is(text_of(engine.ttl.span), "comment + toIntervalDay(1)"));
	assert_true(ddl_read_engine(&sources, add("ENGINE = MergeTree ORDER BY tuple()"), &arena,
	                            &engine, &diags));
	assert_true(str_is(text_of(engine.order_by.span), "tuple()"));
	assert_true(ddl_read_engine(&sources, add("ENGINE Null"), &arena, &engine, &diags));
	assert_int_equal(ddl_engine_class(engine.name), ENGINE_NULL);
	assert_int_equal(ddl_engine_class(STR("SharedReplacingMergeTree")), ENGINE_MERGE_TREE);
	assert_int_equal(ddl_engine_class(STR("Memory")), ENGINE_OTHER);
	assert_int_equal(ddl_engine_class(STR("")), ENGINE_UNKNOWN);
}

static void test_bad_engine(void **state)
{
	static const char *const cases[] = {
	        "",
	        "ORDER BY a",
	        "ENGINE",
	        "ENGINE = (a)",
	        "ENGINE = MergeTree ORDER BY a ORDER BY b",
	        "ENGINE = MergeTree ORDER BY",
	        "ENGINE = MergeTree AS SELECT 1",
	        "ENGINE = MergeTree ENGINE = Null",
	        "ENGINE = MergeTree(",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct ddl_engine engine;
		size_t before = diags.list.count;

		if (ddl_read_engine(&sources, add(cases[i]), &arena, &engine, &diags) &&
		    i + 1 < sizeof(cases) / sizeof(*cases))
			fail_msg("accepted: %s", cases[i]);
		if (diags.list.count > before)
			assert_int_equal(diags.list.items[before].code, BF112);
	}
}

static void test_ttl(void **state)
{
	static const struct {
		const char *text, *deletes; /* NULL: keeps all rows */
	} cases[] = {
	        {"d + INTERVAL 1 DAY", "d + INTERVAL 1 DAY"},
	        {"d + toIntervalDay(1) TO DISK 'x', d + toIntervalDay(9)", "d + toIntervalDay(9)"},
	        {"d TO VOLUME 'cold', d RECOMPRESS CODEC(ZSTD(9))", NULL},
	        {"d GROUP BY a, b SET x = max(x), y = sum(y)", NULL},
	        {"d + INTERVAL 1 DAY DELETE WHERE to = 1",
	         "d + INTERVAL 1 DAY DELETE WHERE to = 1"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct span where;
		bool deletes = ddl_ttl_deletes(&sources, add(cases[i].text), &arena, &where);

		assert_int_equal(deletes, cases[i].deletes != NULL);
		if (deletes)
			assert_true(str_is(text_of(where), cases[i].deletes));
	}
}

static void test_split(void **state)
{
	static const struct {
		const char *text;
		size_t count;
	} cases[] = {{"a", 1},
	             {"(a, b)", 2},
	             {"(a), b", 2},
	             {"f(a, b)", 1},
	             {"(toDate(a), f(b, c), [d, e])", 3},
	             {"()", 0},
	             {"tuple()", 1}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct span_list pieces;

		ddl_split(&sources, add(cases[i].text), &arena, &pieces);
		assert_int_equal(pieces.list.count, cases[i].count);
	}
}

static int set_up(void **state)
{
	(void)state;
	arena_init(&arena);
	source_set_init(&sources, &arena);
	diag_list_init(&diags, &arena);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	source_set_release(&sources);
	arena_release(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_columns),    cmocka_unit_test(test_bad_columns),
	        cmocka_unit_test(test_engine),     cmocka_unit_test(test_words_as_names),
	        cmocka_unit_test(test_bad_engine), cmocka_unit_test(test_ttl),
	        cmocka_unit_test(test_split),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
