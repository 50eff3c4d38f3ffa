/*
 * lower_columns.c: `external table T;`, whose columns only the server knows.
 *
 * What the compiler would have looked up is asked when the plan runs: whether the table takes the
 * columns that are inserted, and, for what is verified by value, how it stores them. The latter is one
 * parameter a table: JSON by column name, so that a column may have any name. Measured on 26.7:
 * CAST(x, JSONExtractString({columns:String}, 'name', 'cast')) is a CAST to a constant type.
 */
#include "compiler/lower_columns.h"

#include "compiler/base/sqltext.h"

static struct str column_array(struct fill *fill)
{
	const struct model_backfill *backfill = fill->backfill;
	struct buf out;
	struct str list;

	buf_init(&out, BUF_CEILING_OUTPUT);
	for (size_t i = 0; i < backfill->insert_column_count; i++) {
		buf_addz(&out, i ? ", " : "");
		sql_add_string(&out, backfill->insert_columns[i]);
	}
	list = arena_str(fill->build->arena, buf_str(&out));
	buf_release(&out);
	return list;
}

void lower_takes_columns(struct fill *fill)
{
	const struct model_table *table = fill->backfill->table;
	struct graph_build *build = fill->build;
	struct step *step;

	if (!table || table->has_columns)
		return;
	step = fill_preflight_step(fill, STEP_ASSERT, "columns");
	step->title =
	        build_text(build, "%n.%n takes what the source has", table->database, table->name);
	step->why = STR("The migration does not list the table's columns, and a source's columns "
	                "go to them by name. It reads only.");
	step->hint = STR("give the source's columns the names of the table's that take values: "
	                 "… AS name; leave out what is MATERIALIZED, ALIAS or EPHEMERAL there");
	build_sql(
	        build, step,
	        build_text(build,
	                   "SELECT\n    empty(refused) AS ok,\n"
	                   "    concat(%q, arrayStringConcat(refused, ', ')) AS message\nFROM\n(\n"
	                   "    SELECT groupArray(concat(wanted.name, ' (', if(has.name = '', 'no "
	                   "such column', default_kind), ')')) AS refused\n"
	                   "    FROM (SELECT arrayJoin([%s]) AS name) AS wanted\n"
	                   "    LEFT JOIN\n    (\n        SELECT name, default_kind\n"
	                   "        FROM system.columns\n"
	                   "        WHERE database = %q AND table = %q\n"
	                   "    ) AS has ON has.name = wanted.name\n"
	                   "    WHERE has.name = '' OR default_kind NOT IN ('', 'DEFAULT')\n)",
	                   build_text(build, "%n.%n takes no values for ", table->database,
	                              table->name),
	                   column_array(fill), table->database, table->name));
}

/* Types that can't be inside Nullable; NULL never becomes a default there. */
#define WHOLE_TYPES                                                                                \
	"'^(Nullable|Array|Map|Tuple|Nested|Variant|JSON|Dynamic|AggregateFunction|"               \
	"SimpleAggregateFunction|Object)\\\\b'"

static void lower_described(struct fill *fill, struct staged_table *staged)
{
	const struct model_table *table = staged->table;
	struct graph_build *build = fill->build;
	struct step *probe = fill_preflight_step(
	        fill, STEP_PROBE, arena_printf(build->arena, "columns.%.*s", STR_ARG(table->name)));

	staged->columns = build_param(build, fill->number, "columns_%s", table->name);
	probe->pin = PIN_RUN;
	probe->one_row = true;
	probe->resume_point = true;
	probe->title =
	        build_text(build, "how %n.%n stores its columns", table->database, table->name);
	probe->why = STR("The migration does not list them: to compare values they are cast to "
	                 "these types.");
	build_outputs(build, probe, &staged->columns, 1);
	build_sql(build, probe,
	          build_text(build,
	                     "SELECT toJSONString(CAST(groupArray((name, map(\n"
	                     "    'type', bare,\n"
	                     "    'cast', if(match(bare, " WHOLE_TYPES
	                     "), bare, concat('Nullable(', bare, ')')),\n"
	                     "    'compare', if(default_kind != '' OR startsWith(bare, "
	                     "'AggregateFunction'), 'no', 'yes')))),\n"
	                     "    'Map(String, Map(String, String))')) AS %n\nFROM\n(\n"
	                     "    SELECT name, default_kind, replaceRegexpOne(type, "
	                     "'^LowCardinality\\\\((.*)\\\\)$', '\\\\1') AS bare\n"
	                     "    FROM system.columns\n"
	                     "    WHERE database = %q AND table = %q\n)",
	                     staged->columns, table->database, table->name));
	fill_wait_for_preflight(fill, probe);
}

/* Values of the table itself are compared for `verify content`, keys of groups always. */
static bool is_compared(const struct fill *fill, const struct model_table *table)
{
	const struct model_closure *closure = &fill->backfill->closure;

	if (table->has_columns || fill->backfill->verify == VERIFY_NOTHING)
		return false;
	if (table == fill->backfill->table)
		return fill->backfill->verify == VERIFY_CONTENT;
	for (size_t i = 0; i < closure->view_count; i++) {
		const struct select *select = verify_plain_select(fill, closure->views[i]);

		if (closure->views[i]->target == table && select && select->group_by.present)
			return true;
	}
	return false;
}

void lower_column_types(struct fill *fill)
{
	for (size_t i = 0; i < fill->backfill->closure.table_count; i++)
		if (is_compared(fill, fill->tables[i].table))
			lower_described(fill, &fill->tables[i]);
}

static struct str described(struct fill *fill, const struct model_table *table)
{
	for (size_t i = 0; i < fill->backfill->closure.table_count; i++)
		if (fill->tables[i].table == table)
			return fill->tables[i].columns;
	return STR("");
}

struct str column_stored(struct fill *fill, const struct model_table *table, struct str name)
{
	struct str columns = described(fill, table);

	if (!columns.n)
		return build_text(fill->build, "%n", name);
	return build_text(fill->build,
	                  "ifNull(CAST(%n, JSONExtractString({%s:String}, %q, 'cast')), "
	                  "defaultValueOfTypeName(JSONExtractString({%s:String}, %q, 'type')))",
	                  name, columns, name, columns, name);
}

struct str column_compared(struct fill *fill, const struct model_table *table, struct str name,
                           struct str value)
{
	return build_text(fill->build,
	                  "if(JSONExtractString({%s:String}, %q, 'compare') = 'yes', toString(%s), "
	                  "'')",
	                  described(fill, table), name, value);
}
