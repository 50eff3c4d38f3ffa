/*
 * lower_content.c: `verify content`: a checksum that does not depend on the order of rows.
 *
 * The source's rows, cast as the table stores them, against the rows staged.
 */
#include "compiler/lower_columns.h"

struct str verify_listed(struct fill *fill, struct str list, const char *separator, struct str item)
{
	return build_text(fill->build, "%s%z%s", list, list.n ? separator : "", item);
}

/* NULL becomes the column's DEFAULT, which is not repeated here: such a column takes part when the
 * source's column can't be NULL, which only the server knows. */
static struct str unless_null(struct fill *fill, struct str name, struct str value)
{
	return build_text(fill->build,
	                  "if(position((SELECT toTypeName(groupArray(tuple(%n))) FROM\n%s\nWHERE "
	                  "0), 'Nullable(') = 0, toString(%s), '')",
	                  name, fill_source(fill, true), value);
}

/* Both sides' expressions for a column of the table; false when there is none. */
static bool main_column(struct fill *fill, struct str name, struct str *source, struct str *staged)
{
	const struct model_table *table = fill->backfill->table;
	const struct model_column *column = lower_column(table, name);
	struct str type = column ? str_trim(column->type) : STR("");

	if (!table->has_columns) {
		*source = column_compared(fill, table, name, column_stored(fill, table, name));
		*staged = column_compared(fill, table, name, build_text(fill->build, "%n", name));
		return true;
	}
	if (!column || !type.n || column->default_kind > DEFAULT_VALUE ||
	    verify_type_is(type, "Nested"))
		return false;
	*source = verify_stored(fill, table, name);
	*staged = build_text(fill->build, "%n", name);
	if (verify_type_is(type, "AggregateFunction")) {
		*source = build_text(fill->build, "finalizeAggregation(%s)", *source);
		*staged = build_text(fill->build, "finalizeAggregation(%n)", name);
	}
	if (column->default_kind == DEFAULT_VALUE) {
		*source = unless_null(fill, name, *source);
		*staged = unless_null(fill, name, *staged);
	}
	return true;
}

void verify_main_content(struct fill *fill)
{
	const struct model_backfill *backfill = fill->backfill;
	const struct model_table *table = backfill->table;
	struct graph_build *build = fill->build;
	struct str where = fill_where(fill, true), sources = STR(""), stageds = STR("");
	struct str left_out = STR("");
	struct step *step;

	for (size_t i = 0; i < backfill->insert_column_count; i++) {
		struct str source, staged, name = backfill->insert_columns[i];

		if (main_column(fill, name, &source, &staged)) {
			sources = verify_listed(fill, sources, ", ", source);
			stageds = verify_listed(fill, stageds, ", ", staged);
		} else {
			left_out =
			        verify_listed(fill, left_out, ", ", build_text(build, "%n", name));
		}
	}
	if (!sources.n)
		return;
	step = fill_body_step(fill, STEP_ASSERT, PHASE_LOAD, "verify.content");
	step->title = STR("the rows staged are the source's rows");
	step->why = build_text(
	        build,
	        "A checksum that does not depend on the order of rows; a column with a DEFAULT "
	        "takes part when the source's can't be NULL%z%s. It reads the source range again, "
	        "and nothing else.",
	        left_out.n ? "; left out, as their types are not known here: " : "", left_out);
	if (!table->has_columns)
		step->why =
		        STR("A checksum that does not depend on the order of rows; columns with "
		            "a DEFAULT and aggregate states are left out. It reads the source "
		            "range again, and nothing else.");
	verify_equal(fill, step,
	             build_text(build, "SELECT sum(cityHash64(tuple(%s)))\nFROM\n%s%z%s", sources,
	                        fill_source(fill, true), where.n ? "\n" : "", where),
	             build_text(build, "SELECT sum(cityHash64(tuple(%s)))\nFROM %s", stageds,
	                        verify_staged(fill, table)),
	             build_text(build, "checksum of %n.%n: ", table->database, table->name));
}
