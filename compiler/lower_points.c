#include "compiler/lower_points.h"

#include "compiler/lower_internal.h"
#include "compiler/types.h"

/* Types that have ranges, as system.columns writes them; group 3 is what the point is made of. */
#define RANGE_TYPES                                                                                \
	"'^(LowCardinality\\\\()?(Nullable\\\\()?(Date|Date32|DateTime(\\\\([^()]+\\\\))?|"        \
	"DateTime64\\\\([^()]+\\\\)|U?Int[0-9]+)\\\\)*$'"

static bool has_zone(const struct type_info *type)
{
	return type->class == TYPE_DATETIME || type->class == TYPE_DATETIME64;
}

static struct str utc_name(struct fill *fill, const struct type_info *type)
{
	if (type->class == TYPE_DATETIME)
		return STR("DateTime('UTC')");
	if (type->class == TYPE_DATETIME64)
		return build_text(fill->build, "DateTime64(%u, 'UTC')",
		                  (unsigned long long)type->scale);
	return type->bare;
}

/* FROM the one row of system.columns that describes the column. */
static struct str from_columns(struct fill *fill, const struct point *point)
{
	return build_text(fill->build,
	                  "FROM system.columns\n"
	                  "WHERE database = %q AND table = %q AND name = %q",
	                  point->table->database, point->table->name, point->column);
}

static struct str column_label(struct fill *fill, const struct point *point)
{
	return build_text(fill->build, "%n.%n.%n", point->table->database, point->table->name,
	                  point->column);
}

/* Asked before the type is pinned: what fails its own check must not stay. */
static void lower_has_ranges(struct fill *fill, const struct point *point, const char *name)
{
	struct graph_build *build = fill->build;
	struct str label = column_label(fill, point);
	struct step *step = fill_preflight_step(fill, STEP_ASSERT,
	                                        arena_printf(build->arena, "%s.column", name));

	step->title = build_text(build, "%s is a column that has ranges", label);
	step->why = STR("The migration does not list the table's columns: the server says what "
	                "they are. It reads only.");
	step->hint =
	        STR("take a Date, Date32, DateTime, DateTime64 or integer column of the table");
	build_sql(build, step,
	          build_text(build,
	                     "SELECT\n    match(any(type), " RANGE_TYPES ") AS ok,\n"
	                     "    if(count() = 0, %q, concat(%q, any(type))) AS message\n%s",
	                     build_text(build, "there is no %s", label),
	                     build_text(build, "%s has type ", label), from_columns(fill, point)));
}

static void lower_asked_type(struct fill *fill, const struct point *point, const char *name)
{
	struct graph_build *build = fill->build;
	struct step *probe =
	        fill_preflight_step(fill, STEP_PROBE, arena_printf(build->arena, "%s.type", name));
	struct str outputs[2] = {point->own, point->utc};

	probe->pin = PIN_RUN;
	probe->one_row = true;
	probe->resume_point = true;
	probe->title = build_text(build, "the type of %s", column_label(fill, point));
	probe->why = STR("Of the column, and the same in UTC, in which points are pinned.");
	build_outputs(build, probe, outputs, 2);
	build_sql(
	        build, probe,
	        build_text(build,
	                   "SELECT\n    extractGroups(type, " RANGE_TYPES ")[3] AS %n,\n"
	                   "    multiIf(\n"
	                   "        startsWith(%n, 'DateTime64'), concat(substring(%n, 1, 12), ', "
	                   "\\'UTC\\')'),\n"
	                   "        startsWith(%n, 'DateTime'), 'DateTime(\\'UTC\\')',\n"
	                   "        %n) AS %n\n%s",
	                   point->own, point->own, point->own, point->own, point->own, point->utc,
	                   from_columns(fill, point)));
	fill_wait_for_preflight(fill, probe);
}

struct point lower_point(struct fill *fill, const struct model_table *table, struct str column,
                         const struct type_info *type, const char *name)
{
	struct graph_build *build = fill->build;
	struct point point = {.table = table, .column = column, .type = type};

	if (type->class != TYPE_UNKNOWN) {
		point.own = type->bare;
		point.utc = utc_name(fill, type);
		return point;
	}
	point.asked = true;
	point.own = build_param(build, fill->number, "%z_column", name);
	point.utc = build_param(build, fill->number, "%z_type", name);
	lower_has_ranges(fill, &point, name);
	lower_asked_type(fill, &point, name);
	return point;
}

struct str point_cast(struct fill *fill, const struct point *point, struct str value)
{
	return build_text(fill->build, point->asked ? "CAST(%s, {%s:String})" : "CAST(%s AS %s)",
	                  value, point->own);
}

struct str point_cast_nullable(struct fill *fill, const struct point *point, struct str value)
{
	return build_text(fill->build,
	                  point->asked ? "CAST(%s, concat('Nullable(', {%s:String}, ')'))"
	                               : "CAST(%s AS Nullable(%s))",
	                  value, point->own);
}

/* More digits than these are read as Float64 where no type is near: as text they are exact. */
enum { EXACT_DIGITS = 18 };

struct str point_literal(struct fill *fill, const struct point *point, struct str literal)
{
	bool digits = literal.p[0] != '\'' && literal.p[0] != '{';

	if (digits && literal.n > EXACT_DIGITS)
		literal = build_text(fill->build, "'%s'", literal);
	return point_cast(fill, point, literal);
}

struct str point_pinned(struct fill *fill, const struct point *point, struct str param)
{
	return build_text(fill->build, point->asked ? "CAST({%s:String}, {%s:String})" : "{%s:%s}",
	                  param, point->utc);
}

struct str point_text(struct fill *fill, const struct point *point, struct str value)
{
	if (point->asked)
		return build_text(fill->build, "toString(CAST(%s, {%s:String}))", value,
		                  point->utc);
	return build_text(
	        fill->build,
	        has_zone(point->type) ? "toString(toTimeZone(%s, 'UTC'))" : "toString(%s)", value);
}

struct str point_any(struct fill *fill, const struct point *point)
{
	return build_text(fill->build,
	                  point->asked ? "defaultValueOfTypeName({%s:String})"
	                               : "defaultValueOfTypeName(%q)",
	                  point->own);
}

/* --- what the compiler would have checked, had it known the type --------------------------- */

/* The types that a literal or a unit suits: a condition on `type`, and what to say. */
struct suits {
	const char *pattern;
	const char *hint;
};

static const struct suits suits_dates = {
        "'^Date'", "an integer column takes integers, without quotes and without a unit of time"};
static const struct suits suits_times = {
        "'^DateTime'", "a Date takes dates and nothing below a day; an integer column takes "
                       "integers, without quotes and without a unit of time"};
static const struct suits suits_integers = {
        "'Int'", "a date or time column takes '2024-12-17' or '2024-12-17 09:00:00', and widths in "
                 "days, hours and so on"};

static void lower_suits(struct fill *fill, const struct point *point, const char *name,
                        const struct suits *suits, struct str thing, struct str also)
{
	struct graph_build *build = fill->build;
	struct step *step = fill_preflight_step(fill, STEP_ASSERT, name);
	struct str label = column_label(fill, point);

	step->title = build_text(build, "%s suits %s", thing, label);
	step->why = STR("Only the server knows the column's type. It reads only.");
	step->hint = str_of(suits->hint);
	build_sql(build, step,
	          build_text(build,
	                     "SELECT\n    match({%s:String}, %z)%s AS ok,\n"
	                     "    concat(%q, {%s:String}) AS message",
	                     point->own, suits->pattern, also,
	                     build_text(build, "%s does not suit %s, whose type is ", thing, label),
	                     point->own));
	fill_wait_for_preflight(fill, step);
}

/* '2024-12-17', 5 or {day:Date}: what a column has to be; NULL when that can't be told. */
static const struct suits *suits_of(struct fill *fill, struct str literal)
{
	static const struct type_info date = {.class = TYPE_DATE};
	struct str inside = {literal.p + 1, literal.n - 2};
	ptrdiff_t colon = str_find(literal, STR(":"));
	enum type_class class;

	if (literal.p[0] == '\'')
		return type_date_text_fits(&date, inside) ? &suits_dates : &suits_times;
	if (literal.p[0] != '{' || colon < 0)
		return &suits_integers;
	class = type_read((struct str){literal.p + colon + 1, literal.n - (size_t)colon - 2},
	                  fill->build->arena)
	                .class;
	return class == TYPE_OTHER ? NULL : class == TYPE_INTEGER ? &suits_integers : &suits_dates;
}

void lower_point_literal(struct fill *fill, const struct point *point, const char *step,
                         struct str literal)
{
	const struct suits *suits;
	struct str also = STR("");

	if (!point->asked || !literal.n)
		return;
	suits = suits_of(fill, literal);
	if (!suits)
		return;
	/* What comes back as other text is out of the type's range, or finer than it. */
	if (literal.p[0] == '\'')
		also = build_text(fill->build,
		                  "\n        AND startsWith(ifNull(toString(accurateCastOrNull(%s, "
		                  "{%s:String})), ''), replaceOne(%s, 'T', ' '))",
		                  literal, point->own, literal);
	else if (literal.p[0] != '{')
		also = build_text(fill->build,
		                  "\n        AND ifNull(toString(accurateCastOrNull('%s', "
		                  "{%s:String})), '') = '%s'",
		                  literal, point->own, literal);
	lower_suits(fill, point, step, suits, literal, also);
}

static const struct suits *suits_of_unit(enum ast_unit unit)
{
	if (unit == UNIT_NONE)
		return &suits_integers;
	return unit == UNIT_SECOND || unit == UNIT_MINUTE || unit == UNIT_HOUR ? &suits_times
	                                                                       : &suits_dates;
}

void lower_point_unit(struct fill *fill, const struct point *point, const char *step,
                      enum ast_unit unit)
{
	if (!point->asked)
		return;
	lower_suits(fill, point, step, suits_of_unit(unit),
	            unit == UNIT_NONE ? STR("a width without a unit")
	                              : STR("the unit of the chunks' width"),
	            STR(""));
}

void lower_point_clock(struct fill *fill, const struct point *point, const char *step,
                       struct str what, enum ast_unit unit)
{
	if (point->asked)
		lower_suits(fill, point, step, suits_of_unit(unit), what, STR(""));
}

struct str point_or_past(struct fill *fill, const struct point *point, struct str param)
{
	struct str is_time = build_text(fill->build, "startsWith({%s:String}, 'Date')", point->own);

	return build_text(fill->build,
	                  "CAST(if(%s, {%s:String}, '1970-01-02'), if(%s, {%s:String}, 'Date'))",
	                  is_time, param, is_time, point->utc);
}
