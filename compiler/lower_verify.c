/*
 * lower_verify.c: what a chunk must prove before it is published.
 *
 * `rows`: as many rows staged as the source range has; for a view the groups (or, without
 * GROUP BY, the rows) that its query makes of the staged trigger rows, and where it counts its rows
 * in each group, that count (lower_counted.c). `content`: checksums in
 * addition, see lower_content.c and lower_totals.c. A view fires once a block, so its target holds a group several
 * times: groups are compared as a set. Where that can't be told from the query (joins,
 * DISTINCT, LIMIT, windows, …) nothing is asserted, and the load step says so.
 */
#include "compiler/lower_verify.h"

#include "compiler/base/sqltext.h"
#include "compiler/lower_columns.h"

bool verify_is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_';
}

bool verify_type_is(struct str type, const char *name)
{
	size_t n = strlen(name);

	return type.n >= n && str_ieq((struct str){type.p, n}, str_of(name)) &&
	       (type.n == n || !verify_is_word(type.p[n]));
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
	if (view->reads == fill->backfill->reads)
		return fill_history_query(fill, view, NULL);
	return rewrite_query(fill->lowering->model->sources, view->query, &view->trigger,
	                     view->query_database, verify_staged(fill, view->reads), STR(""),
	                     fill->build->arena);
}

void verify_figures(struct fill *fill, struct step *step, struct str expected, struct str staged,
                    struct str words)
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
	                   "    concat(%s, toString(expected), ' expected, ', toString(staged), ' "
	                   "staged') AS message",
	                   expected, staged, words));
}

void verify_equal(struct fill *fill, struct step *step, struct str expected, struct str staged,
                  struct str what)
{
	verify_figures(fill, step, expected, staged, build_text(fill->build, "%q", what));
}

static void lower_main_rows(struct fill *fill)
{
	const struct model_table *table = fill->backfill->table;
	struct graph_build *build = fill->build;
	struct step *step = fill_body_step(fill, STEP_ASSERT, PHASE_LOAD, "verify");
	struct str where = fill_where(fill, true);

	step->title = STR("as many rows are staged as the source has");
	step->why = build_text(
	        build,
	        "A row that got lost, or came twice, would show here%z. It costs a count of the "
	        "source's rows of this chunk, which reads the columns of its conditions again and "
	        "no "
	        "others. It reads only.",
	        table->ttl.n ? "; so would rows that the table's TTL deleted as soon as they were "
	                       "there"
	                     : "");
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

/* The view's groups or rows beside those of the views before it; false when they can't be told, or
 * are of another kind than theirs. */
static bool add_expected(struct fill *fill, struct verify_target *check,
                         const struct model_view *view)
{
	const struct select *select = verify_plain_select(fill, view);
	bool grouped = select && select->group_by.present;
	struct str query, more;
	struct verify_keys keys;

	if (!select || (!grouped && !verify_row_by_row(fill, select)))
		return false;
	keys = verify_view_keys(fill, view, select);
	if (grouped && !keys.told)
		return false;
	if (check->views &&
	    (grouped != check->grouped || (grouped && !same_keys(&keys, &check->keys))))
		return false;
	query = verify_view_query(fill, view);
	if (grouped)
		more = build_text(
		        fill->build, "SELECT DISTINCT %s\nFROM\n(\n%s\n)",
		        stored_list(fill, view->target, keys.names.items, keys.names.count, true),
		        query);
	else
		more = build_text(fill->build, "(SELECT count() FROM (\n%s\n))", query);
	check->expected = build_text(fill->build, "%s%z%s", check->expected,
	                             !check->views ? ""
	                             : grouped     ? "\nUNION DISTINCT\n"
	                                           : " + ",
	                             more);
	check->grouped = grouped;
	check->keys = keys;
	check->views++;
	return true;
}

/* optimize_on_insert, unless the user sets it, is 0: rows staged are the rows that views wrote. */
static bool rows_stay_apart(const struct fill *fill)
{
	for (size_t i = 0; i < fill->backfill->setting_count; i++)
		if (str_is(fill->backfill->settings[i].name, "optimize_on_insert"))
			return false;
	return true;
}

/* What the comparison reads: history itself, where views are filled that read it. */
bool verify_reads_history(const struct fill *fill, const struct model_table *target)
{
	const struct model_closure *closure = &fill->backfill->closure;

	for (size_t i = 0; i < closure->view_count; i++)
		if (closure->views[i]->target == target &&
		    closure->views[i]->reads == fill->backfill->reads)
			return true;
	return false;
}

/* What passes through a Null table can't be read again. */
static bool is_read_from_null(const struct model_closure *closure, const struct model_table *target)
{
	for (size_t i = 0; i < closure->view_count; i++)
		if (closure->views[i]->target == target &&
		    closure->views[i]->reads->engine_class == ENGINE_NULL)
			return true;
	return false;
}

/* Without title and SQL. */
static struct step *assert_step(struct fill *fill, const struct model_table *target)
{
	struct step *step =
	        fill_body_step(fill, STEP_ASSERT, PHASE_LOAD, "verify.%s", target->name);

	step->why =
	        verify_reads_history(fill, target)
	                ? STR("The views' queries over the chunk's rows, against what was "
	                      "staged. It costs another look at these rows, at the columns that "
	                      "make the groups or the conditions. It reads only.")
	                : STR("The views' queries over the staged rows, against what their copies "
	                      "wrote. It costs another look at the staged rows. It reads only.");
	return step;
}

/* The view's groups, told by a count of their rows where that will do. */
static void lower_groups(struct fill *fill, const struct model_table *target,
                         const struct verify_target *check)
{
	struct graph_build *build = fill->build;
	struct str expected = build_text(build, "SELECT count()\nFROM\n(\n%s\n)", check->expected);
	struct str staged = build_text(
	        build, "SELECT count()\nFROM\n(\n    SELECT DISTINCT %s\n    FROM %s\n)",
	        stored_list(fill, target, check->keys.names.items, check->keys.names.count, false),
	        verify_staged(fill, target));
	struct step *step;

	if (rows_stay_apart(fill) && verify_counted(fill, target, expected, staged))
		return;
	step = assert_step(fill, target);
	step->title =
	        build_text(build, "every group of %n.%n is staged", target->database, target->name);
	verify_equal(fill, step, expected, staged,
	             build_text(build, "groups for %n.%n: ", target->database, target->name));
}

static void lower_rows(struct fill *fill, const struct model_table *target,
                       const struct verify_target *check)
{
	struct graph_build *build = fill->build;
	struct step *step = assert_step(fill, target);

	step->title =
	        build_text(build, "every row of %n.%n is staged", target->database, target->name);
	verify_equal(fill, step, build_text(build, "SELECT %s", check->expected),
	             build_text(build, "SELECT count()\nFROM %s", verify_staged(fill, target)),
	             build_text(build, "rows for %n.%n: ", target->database, target->name));
}

static void lower_target(struct fill *fill, const struct model_table *target, struct step *load)
{
	const struct model_closure *closure = &fill->backfill->closure;
	struct verify_target check = {.told = target->engine_class != ENGINE_NULL};

	for (size_t i = 0; i < closure->view_count; i++)
		if (closure->views[i]->target == target)
			check.told = check.told && add_expected(fill, &check, closure->views[i]);
	if (!check.told || is_read_from_null(closure, target)) {
		load->why = build_text(
		        fill->build, "%s What the views write to %n.%n is not verified by counts.",
		        load->why, target->database, target->name);
		return;
	}
	if (check.grouped)
		lower_groups(fill, target, &check);
	else
		lower_rows(fill, target, &check);
	if (fill->backfill->verify != VERIFY_CONTENT)
		return;
	if (rows_stay_apart(fill))
		verify_target_content(fill, target, &check, load);
	else
		load->why = build_text(fill->build,
		                       "%s The content of %n.%n is not compared: with the "
		                       "optimize_on_insert of the settings the engine may combine "
		                       "rows as they are written.",
		                       load->why, target->database, target->name);
}

void lower_verify(struct fill *fill, struct step *load)
{
	const struct model_closure *closure = &fill->backfill->closure;

	if (fill->backfill->verify == VERIFY_NOTHING) {
		load->why =
		        build_text(fill->build,
		                   "%s Nothing is compared before the chunk is published, as the "
		                   "migration says: that costs nothing, and nothing lost or "
		                   "doubled would show.",
		                   load->why);
		return;
	}
	if (fill->backfill->table && fill->backfill->table->engine_class == ENGINE_NULL) {
		load->why = build_text(fill->build,
		                       "%s Rows that pass through a Null table can't be "
		                       "counted: the chunk is not verified.",
		                       load->why);
		return;
	}
	if (fill->backfill->table)
		lower_main_rows(fill);
	if (fill->backfill->table && fill->backfill->verify == VERIFY_CONTENT)
		verify_main_content(fill);
	for (size_t i = 0; i < closure->table_count; i++)
		if (closure->tables[i] != fill->backfill->table)
			lower_target(fill, closure->tables[i], load);
}
