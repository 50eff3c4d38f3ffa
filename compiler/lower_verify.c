/*
 * lower_verify.c: what a chunk must prove before it is published.
 *
 * `rows`: as many rows staged as the source range has; for a view the groups (or, without
 * GROUP BY, the rows) that its query makes of the staged trigger rows. `content`: checksums in
 * addition, see lower_content.c. A view fires once a block, so its target holds a group several
 * times: groups are compared as a set. Where that can't be told from the query (joins,
 * DISTINCT, LIMIT, windows, …) nothing is asserted, and the load step says so.
 */
#include "compiler/lower_verify.h"

#include "compiler/base/sqltext.h"
#include "compiler/lower_columns.h"
#include "grammar/lex.h"

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_';
}

/* How often a word stands in SQL text, letters folded; strings and comments count too, which
 * errs on the side of not verifying. */
static unsigned count_word(struct str text, struct str word)
{
	unsigned count = 0;

	for (size_t i = 0; i + word.n <= text.n; i++) {
		if ((i && is_word(text.p[i - 1])) ||
		    (i + word.n < text.n && is_word(text.p[i + word.n])))
			continue;
		count += str_ieq((struct str){text.p + i, word.n}, word);
	}
	return count;
}

/* Asking twice may give two answers. */
static bool is_steady(struct str text)
{
	static const char *const words[] = {"now",
	                                    "now64",
	                                    "today",
	                                    "yesterday",
	                                    "rand",
	                                    "rand32",
	                                    "rand64",
	                                    "randConstant",
	                                    "rowNumberInBlock",
	                                    "rowNumberInAllBlocks",
	                                    "generateUUIDv4",
	                                    "generateUUIDv7",
	                                    "joinGet",
	                                    "dictGet",
	                                    "blockNumber"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (count_word(text, str_of(words[i])))
			return false;
	return true;
}

/* The one SELECT of a view whose groups or rows can be told from its query. */
const struct select *verify_plain_select(const struct fill *fill, const struct model_view *view)
{
	const struct source_set *sources = fill->lowering->model->sources;
	const struct query *query = view->query;
	const struct select *select;

	if (query->branches.count != 1 || query->with.count)
		return NULL;
	select = query->branches.items[0];
	if (view->trigger.select != select || select->from.count != 1 || select->has_join ||
	    select->distinct || select->having.present || select->qualify.present ||
	    select->limit.present || select->limit_by.present || select->offset.present ||
	    select->group_modifier || select->has_window_function ||
	    select->from.items[0].is_final || select->from.items[0].has_sample ||
	    select->with.count)
		return NULL;
	if (count_word(span_text(sources, query->span), STR("select")) != 1 ||
	    !is_steady(span_text(sources, query->span)))
		return NULL;
	return select;
}

/* Output name of a GROUP BY key, or empty when it is not a column of the result. */
static struct str key_name(const struct fill *fill, const struct select *select, struct span key)
{
	const struct source_set *sources = fill->lowering->model->sources;
	struct str text = str_trim(span_text(sources, key));

	for (size_t i = 0; i < select->items.count; i++) {
		const struct select_item *item = &select->items.items[i];

		if (!item->name.n)
			continue;
		if (str_eq(token_unquote(text, fill->build->arena), item->name) ||
		    str_eq(text, str_trim(span_text(sources, item->expr))))
			return item->name;
	}
	return STR("");
}

static struct verify_keys view_keys(struct fill *fill, const struct model_view *view,
                                    const struct select *select)
{
	struct verify_keys keys = {.told = select->group_keys.count > 0};

	for (size_t i = 0; keys.told && i < select->group_keys.count; i++) {
		struct str name = key_name(fill, select, select->group_keys.items[i]);

		if (!name.n || (view->target->has_columns && !lower_column(view->target, name)))
			keys.told = false;
		*list_add(fill->build->arena, &keys.names) = name;
	}
	return keys;
}

bool verify_type_is(struct str type, const char *name)
{
	size_t n = strlen(name);

	return type.n >= n && str_ieq((struct str){type.p, n}, str_of(name)) &&
	       (type.n == n || !is_word(type.p[n]));
}

/* A value as the table's column holds it after an INSERT: NULL becomes the type's default. */
struct str verify_stored(struct fill *fill, const struct model_table *table, struct str name)
{
	static const char *const whole[] = {"Nullable",
	                                    "Array",
	                                    "Map",
	                                    "Tuple",
	                                    "Nested",
	                                    "Variant",
	                                    "JSON",
	                                    "Dynamic",
	                                    "AggregateFunction",
	                                    "SimpleAggregateFunction",
	                                    "LowCardinality",
	                                    "Object"};
	const struct model_column *column = lower_column(table, name);
	struct str type;

	if (!column || !column->type.n)
		return column_stored(fill, table, name);
	type = str_trim(column->type);
	if (verify_type_is(type, "LowCardinality") && str_ends(type, STR(")"))) {
		type = str_trim((struct str){type.p + 14, type.n - 14});
		type = str_trim((struct str){type.p + 1, type.n - 2});
	}
	for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++)
		if (verify_type_is(type, whole[i]))
			return build_text(fill->build, "CAST(%n AS %s)", name, type);
	return build_text(fill->build,
	                  "ifNull(CAST(%n AS Nullable(%s)), defaultValueOfTypeName(%q))", name,
	                  type, type);
}

static struct str stored_list(struct fill *fill, const struct model_table *table,
                              const struct str *names, size_t count, bool cast)
{
	struct str list = STR("");

	for (size_t i = 0; i < count; i++)
		list = build_text(fill->build, "%s%z%s", list, i ? ", " : "",
		                  cast ? verify_stored(fill, table, names[i])
		                       : build_text(fill->build, "%n", names[i]));
	return list;
}

struct str verify_staged(struct fill *fill, const struct model_table *table)
{
	const struct model_closure *closure = &fill->backfill->closure;

	for (size_t i = 0; i < closure->table_count; i++)
		if (closure->tables[i] == table)
			return fill_staged_name(fill, table->database, fill->tables[i].param);
	return STR("");
}

struct str verify_view_query(struct fill *fill, const struct model_view *view)
{
	return rewrite_query(fill->lowering->model->sources, view->query, &view->trigger,
	                     view->query_database, verify_staged(fill, view->reads), STR(""),
	                     fill->build->arena);
}

/* An assert of two figures that must be equal. */
void verify_equal(struct fill *fill, struct step *step, struct str expected, struct str staged,
                  struct str what)
{
	struct graph_build *build = fill->build;

	step->hint = STR(
	        "nothing was published and the staged tables are kept until the next run: look at "
	        "them, then run the same command again");
	build_sql(
	        build, step,
	        build_text(build,
	                   "WITH\n    (\n%s\n    ) AS expected,\n    (\n%s\n    ) AS staged\n"
	                   "SELECT\n    expected = staged AS ok,\n"
	                   "    concat(%q, toString(expected), ' expected, ', toString(staged), ' "
	                   "staged') AS message",
	                   expected, staged, what));
}

static void lower_main_rows(struct fill *fill)
{
	const struct model_table *table = fill->backfill->table;
	struct graph_build *build = fill->build;
	struct step *step = fill_body_step(fill, STEP_ASSERT, PHASE_LOAD, "verify");
	struct str where = fill_where(fill, true);

	step->title = STR("as many rows are staged as the source has");
	step->why =
	        table->ttl.n
	                ? STR("A row that got lost, or came twice, would show here; so would rows "
	                      "that the table's TTL deleted as soon as they were there. It "
	                      "reads only.")
	                : STR("A row that got lost, or came twice, would show here. It reads "
	                      "only.");
	verify_equal(fill, step,
	             build_text(build, "SELECT count()\nFROM\n%s%z%s", fill_source(fill, true),
	                        where.n ? "\n" : "", where),
	             build_text(build, "SELECT count()\nFROM %s", verify_staged(fill, table)),
	             build_text(build, "rows for %n.%n: ", table->database, table->name));
}

static bool same_keys(const struct verify_keys *a, const struct verify_keys *b)
{
	if (a->names.count != b->names.count)
		return false;
	for (size_t i = 0; i < a->names.count; i++)
		if (!str_eq(a->names.items[i], b->names.items[i]))
			return false;
	return true;
}

/* `known` itself, or a name that goes on with a capital: `toDate` is of the family `to`, while
 * `topK`, an aggregate, is not. */
static bool is_of_family(struct str name, struct str known)
{
	return str_ieq(name, known) || (name.n > known.n && str_starts(name, known) &&
	                                name.p[known.n] >= 'A' && name.p[known.n] <= 'Z');
}

/* Without GROUP BY an aggregate makes one row a block. Names of aggregate functions are open-ended
 * (combinators), so only functions that are plainly scalar by name let a view through. */
static bool is_row_by_row(struct fill *fill, const struct select *select)
{
	static const char *const scalar[] = {
	        "abs",      "add",    "and",        "array",    "assumeNotNull", "bit",
	        "cast",     "ceil",   "cityHash64", "coalesce", "concat",        "date",
	        "dict",     "divide", "domain",     "empty",    "equals",        "extract",
	        "floor",    "format", "greater",    "greatest", "has",           "hex",
	        "if",       "in",     "int",        "is",       "JSON",          "least",
	        "length",   "less",   "like",       "lower",    "map",           "match",
	        "minus",    "modulo", "multi",      "multiply", "negate",        "not",
	        "notEmpty", "nullIf", "or",         "path",     "plus",          "position",
	        "replace",  "round",  "sipHash64",  "splitBy",  "substring",     "subtract",
	        "to",       "trim",   "tuple",      "upper",    "xxHash64"};
	struct function_calls calls = {{0}};

	query_functions(fill->lowering->model->sources, select->items_span, fill->build->arena,
	                &calls);
	for (size_t i = 0; i < calls.list.count; i++) {
		struct str name = calls.list.items[i].name;
		bool known = false;

		for (size_t k = 0; k < sizeof(scalar) / sizeof(scalar[0]) && !known; k++)
			known = is_of_family(name, str_of(scalar[k]));
		if (!known || str_ends(name, STR("State")))
			return false;
	}
	return true;
}

static void add_view(struct fill *fill, struct verify_target *check, const struct model_view *view)
{
	const struct select *select = verify_plain_select(fill, view);
	struct graph_build *build = fill->build;
	struct verify_keys keys;
	bool grouped;

	if (!select || !check->told) {
		check->told = false;
		return;
	}
	grouped = select->group_by.present;
	if (!grouped && !is_row_by_row(fill, select)) {
		check->told = false;
		return;
	}
	keys = view_keys(fill, view, select);
	if ((grouped && !keys.told) || (check->views && grouped != check->grouped) ||
	    (check->views && grouped && !same_keys(&keys, &check->keys))) {
		check->told = false;
		return;
	}
	check->grouped = grouped;
	check->keys = keys;
	check->expected = build_text(build, "%s%z", check->expected,
	                             check->views ? grouped ? "\nUNION DISTINCT\n" : " + " : "");
	check->expected = build_text(
	        build,
	        grouped ? "%sSELECT DISTINCT %s\nFROM\n(\n%s\n)"
	                : "%s(SELECT count() FROM (\n%s%s\n))",
	        check->expected,
	        grouped ? stored_list(fill, view->target, keys.names.items, keys.names.count, true)
	                : STR(""),
	        verify_view_query(fill, view));
	check->views++;
}

/* optimize_on_insert, unless the user sets it, is 0: rows staged are the rows that views wrote. */
static bool rows_stay_apart(const struct fill *fill)
{
	for (size_t i = 0; i < fill->backfill->setting_count; i++)
		if (str_is(fill->backfill->settings[i].name, "optimize_on_insert"))
			return false;
	return true;
}

static void lower_target(struct fill *fill, const struct model_table *target, struct step *load)
{
	const struct model_closure *closure = &fill->backfill->closure;
	struct graph_build *build = fill->build;
	struct verify_target check = {.told = target->engine_class != ENGINE_NULL};
	struct step *step;

	for (size_t i = 0; i < closure->view_count; i++)
		if (closure->views[i]->target == target)
			add_view(fill, &check, closure->views[i]);
	/* What passes through a Null table can't be read again. */
	for (size_t i = 0; i < closure->view_count; i++)
		if (closure->views[i]->target == target &&
		    closure->views[i]->reads->engine_class == ENGINE_NULL)
			check.told = false;
	if (!check.told) {
		load->why = build_text(
		        build, "%s What the views write to %n.%n is not verified by counts.",
		        load->why, target->database, target->name);
		return;
	}
	step = fill_body_step(fill, STEP_ASSERT, PHASE_LOAD, "verify.%s", target->name);
	step->title = build_text(build,
	                         check.grouped ? "every group of %n.%n is staged"
	                                       : "every row of %n.%n is staged",
	                         target->database, target->name);
	step->why = STR("The views' queries over the staged rows, against what their copies wrote. "
	                "It reads "
	                "only.");
	if (check.grouped)
		verify_equal(
		        fill, step,
		        build_text(build, "SELECT count()\nFROM\n(\n%s\n)", check.expected),
		        build_text(
		                build,
		                "SELECT count()\nFROM\n(\n    SELECT DISTINCT %s\n    FROM %s\n)",
		                stored_list(fill, target, check.keys.names.items,
		                            check.keys.names.count, false),
		                verify_staged(fill, target)),
		        build_text(build, "groups for %n.%n: ", target->database, target->name));
	else
		verify_equal(
		        fill, step, build_text(build, "SELECT %s", check.expected),
		        build_text(build, "SELECT count()\nFROM %s", verify_staged(fill, target)),
		        build_text(build, "rows for %n.%n: ", target->database, target->name));
	if (fill->backfill->verify != VERIFY_CONTENT)
		return;
	if (rows_stay_apart(fill))
		verify_target_content(fill, target, &check, load);
	else
		step->why =
		        build_text(build,
		                   "%s The content of %n.%n is not compared: with the "
		                   "optimize_on_insert of the settings the engine may combine rows "
		                   "as they are written.",
		                   step->why, target->database, target->name);
}

void lower_verify(struct fill *fill, struct step *load)
{
	const struct model_closure *closure = &fill->backfill->closure;

	if (fill->backfill->verify == VERIFY_NOTHING)
		return;
	if (fill->backfill->table->engine_class == ENGINE_NULL) {
		load->why = build_text(fill->build,
		                       "%s Rows that pass through a Null table can't be "
		                       "counted: the chunk is not verified.",
		                       load->why);
		return;
	}
	lower_main_rows(fill);
	if (fill->backfill->verify == VERIFY_CONTENT)
		verify_main_content(fill);
	for (size_t i = 0; i < closure->table_count; i++)
		if (closure->tables[i] != fill->backfill->table)
			lower_target(fill, closure->tables[i], load);
}
