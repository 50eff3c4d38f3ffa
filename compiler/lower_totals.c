/*
 * lower_totals.c: `verify content` of what views write.
 *
 * Their queries over the staged trigger rows, against the rows that their copies wrote, both brought
 * together by the group's keys, since a view writes a group once a block. A column takes part when that
 * sum of parts does not depend on how the blocks fell; which do not is in the step's `why`.
 * Floating-point sums don't, as they depend on the order of addition, nor do minima and maxima of them,
 * which may be NaN.
 */
#include "compiler/lower_verify.h"

static struct str element(struct str type, const char *name)
{
	size_t n = strlen(name);

	type = str_trim(type);
	if (!verify_type_is(type, name) || !str_ends(type, STR(")")))
		return STR("");
	type = str_trim((struct str){type.p + n, type.n - n});
	return str_trim((struct str){type.p + 1, type.n - 2});
}

/* Where the parenthesis that opens at `open` closes, or n. */
static size_t closing(struct str text, size_t open)
{
	size_t depth = 0;

	for (size_t i = open; i < text.n; i++) {
		char c = text.p[i];

		if (c == '\'' || c == '`' || c == '"')
			return text.n;
		depth += c == '(';
		if (c == ')' && --depth == 0)
			return i;
	}
	return text.n;
}

/* The first of a type's arguments, `rest` the others. */
static struct str first_argument(struct str list, struct str *rest)
{
	size_t depth = 0, i;

	for (i = 0; i < list.n && (depth || list.p[i] != ','); i++) {
		depth += list.p[i] == '(';
		depth -= list.p[i] == ')' && depth;
	}
	*rest = i < list.n ? (struct str){list.p + i + 1, list.n - i - 1} : STR("");
	return str_trim((struct str){list.p, i});
}

static bool is_one_of(struct str name, const char *const *list)
{
	for (; *list; list++)
		if (str_ieq(name, str_of(*list)))
			return true;
	return false;
}

/* The name of the function when the expression is one call of it, and nothing else. */
static struct str called(struct str expr)
{
	ptrdiff_t open = str_find(expr, STR("("));

	if (open <= 0 || closing(expr, (size_t)open) != expr.n - 1)
		return STR("");
	return str_trim((struct str){expr.p, (size_t)open});
}

/* One a block, added up, is what one over all rows is. */
static bool is_additive(struct str expr)
{
	static const char *const names[] = {"count", "sum", "countIf", "sumIf", NULL};
	struct str name = called(expr);

	for (size_t i = 0; i + 8 <= expr.n; i++)
		if (str_ieq((struct str){expr.p + i, 8}, STR("distinct")))
			return false;
	return is_one_of(name, names);
}

static bool is_floating(struct str type)
{
	return str_find(type, STR("Float")) >= 0;
}

/* Functions whose states come to the same in whatever order they are merged. */
static struct str of_states(struct fill *fill, struct str column, struct str inner)
{
	static const char *const steady[] = {
	        "count",          "sum",       "avg",       "min",         "max",
	        "uniq",           "uniqExact", "uniqHLL12", "groupBitAnd", "groupBitOr",
	        "groupBitXor",    "countIf",   "sumIf",     "avgIf",       "uniqIf",
	        "uniqExactIf",    "minIf",     "maxIf",     "groupBitmap", "uniqCombined",
	        "uniqCombined64", NULL};
	static const char *const by_value[] = {"sum",   "avg",   "min",   "max", "sumIf",
	                                       "avgIf", "minIf", "maxIf", NULL};
	struct str types, function = first_argument(inner, &types);

	if (!is_one_of(function, steady) || (is_one_of(function, by_value) && is_floating(types)))
		return STR("");
	return build_text(fill->build, "%sMerge(%n)", function, column);
}

static struct str of_simple(struct fill *fill, struct str column, struct str inner, struct str expr)
{
	static const char *const idempotent[] = {"min",        "max",         "groupBitAnd",
	                                         "groupBitOr", "groupBitXor", NULL};
	struct str types, function = first_argument(inner, &types);

	if (str_is(function, "sum") && is_additive(expr) && !is_floating(types))
		return build_text(fill->build, "sum(%n)", column);
	if (is_one_of(function, idempotent) && str_ieq(called(expr), function) &&
	    !is_floating(types))
		return build_text(fill->build, "%s(%n)", function, column);
	return STR("");
}

static struct str of_numbers(struct fill *fill, struct str column, struct str type, struct str expr)
{
	static const char *const names[] = {
	        "Int8",    "Int16",     "Int32",     "Int64",      "Int128",    "Int256",
	        "UInt8",   "UInt16",    "UInt32",    "UInt64",     "UInt128",   "UInt256",
	        "Decimal", "Decimal32", "Decimal64", "Decimal128", "Decimal256"};

	if (element(type, "Nullable").n)
		type = element(type, "Nullable");
	if (!is_additive(expr))
		return STR("");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (verify_type_is(type, names[i]))
			return build_text(fill->build, "sum(ifNull(%n, 0))", column);
	return STR("");
}

static struct str total_of(struct fill *fill, const struct model_column *column, struct str expr)
{
	struct str type = str_trim(column->type);

	if (element(type, "AggregateFunction").n)
		return of_states(fill, column->name, element(type, "AggregateFunction"));
	if (element(type, "SimpleAggregateFunction").n)
		return of_simple(fill, column->name, element(type, "SimpleAggregateFunction"),
		                 expr);
	return of_numbers(fill, column->name, type, expr);
}

static bool has_name(const struct str *names, size_t count, struct str name)
{
	for (size_t i = 0; i < count; i++)
		if (str_eq(names[i], name))
			return true;
	return false;
}

struct content {
	struct fill *fill;
	const struct model_table *target;
	const struct verify_target *check;
	struct str *columns; /* that take part, beside the keys */
	size_t column_count;
	struct str totals; /* their values by group, as texts, for the checksum */
	struct str left_out;
};

/* The column's total, when every view into the target makes it alike; empty when not. */
static struct str agreed_total(struct content *content, const struct model_column *column)
{
	struct fill *fill = content->fill;
	const struct model_closure *closure = &fill->backfill->closure;
	struct str total = STR("");

	for (size_t i = 0; i < closure->view_count; i++) {
		const struct model_view *view = closure->views[i];
		const struct select_item *item;
		struct str expr, own;

		if (view->target != content->target)
			continue;
		item = verify_item_of(verify_plain_select(fill, view), column->name);
		if (!item)
			return STR("");
		expr = str_trim(span_text(fill->lowering->model->sources, item->expr));
		own = content->check->grouped ? total_of(fill, column, expr)
		                              : verify_stored(fill, content->target, column->name);
		if (!own.n || (total.n && !str_eq(total, own)))
			return STR("");
		total = own;
	}
	return total;
}

/* Without groups a state comes from a row and has no bytes to rely on, and a DEFAULT may have
 * taken a NULL's place. */
static bool is_comparable(const struct content *content, const struct model_column *column)
{
	if (!column->type.n || (column->default_kind != DEFAULT_NONE && !content->check->grouped))
		return false;
	return content->check->grouped ||
	       (!verify_type_is(str_trim(column->type), "AggregateFunction") &&
	        !verify_type_is(str_trim(column->type), "Nested"));
}

static void choose_columns(struct content *content)
{
	const struct model_table *target = content->target;
	const struct verify_keys *keys = &content->check->keys;
	struct graph_build *build = content->fill->build;

	content->columns = arena_array(build->arena, struct str, target->column_count + 1);
	for (size_t i = 0; i < target->column_count; i++) {
		const struct model_column *column = &target->columns[i];
		struct str total = STR("");

		if (column->default_kind > DEFAULT_VALUE ||
		    has_name(keys->names.items, keys->names.count, column->name))
			continue;
		if (is_comparable(content, column))
			total = agreed_total(content, column);
		if (!total.n) {
			content->left_out = verify_listed(content->fill, content->left_out, ", ",
			                                  build_text(build, "%n", column->name));
			continue;
		}
		content->columns[content->column_count++] = column->name;
		content->totals =
		        verify_listed(content->fill, content->totals, ", ",
		                      build_text(build, "ifNull(toString(%s), '')", total));
	}
}

/* The keys as they are stored, and the columns as they come. */
static struct str view_rows(struct content *content, const struct model_view *view)
{
	struct fill *fill = content->fill;
	const struct verify_keys *keys = &content->check->keys;
	struct str list = STR("");

	for (size_t i = 0; i < keys->names.count; i++) {
		struct str name = keys->names.items[i];

		list = verify_listed(fill, list, ", ",
		                     build_text(fill->build, "%s AS %n",
		                                verify_stored(fill, content->target, name), name));
	}
	for (size_t i = 0; i < content->column_count; i++)
		list = verify_listed(fill, list, ", ",
		                     build_text(fill->build, "%n", content->columns[i]));
	return build_text(fill->build, "SELECT %s\nFROM\n(\n%s\n)", list,
	                  verify_view_query(fill, view));
}

static struct str checksum(struct content *content, struct str rows)
{
	struct fill *fill = content->fill;
	const struct verify_keys *keys = &content->check->keys;
	struct str names = STR("");

	if (!content->check->grouped)
		return build_text(fill->build, "SELECT sum(cityHash64(tuple(%s)))\nFROM %s",
		                  content->totals, rows);
	for (size_t i = 0; i < keys->names.count; i++)
		names = verify_listed(fill, names, ", ",
		                      build_text(fill->build, "%n", keys->names.items[i]));
	return build_text(fill->build,
	                  "SELECT sum(bfc_hash)\nFROM\n(\n"
	                  "SELECT cityHash64(tuple(%s, %s)) AS bfc_hash\nFROM %s\nGROUP BY %s\n)",
	                  names, content->totals, rows, names);
}

void verify_target_content(struct fill *fill, const struct model_table *target,
                           const struct verify_target *check, struct step *load)
{
	const struct model_closure *closure = &fill->backfill->closure;
	struct content content = {.fill = fill, .target = target, .check = check};
	struct graph_build *build = fill->build;
	struct str rows = STR("");
	struct step *step;

	choose_columns(&content);
	if (!content.column_count) {
		load->why = build_text(build,
		                       "%s Of what the views write to %n.%n no column can be "
		                       "compared by content.",
		                       load->why, target->database, target->name);
		return;
	}
	for (size_t i = 0; i < closure->view_count; i++)
		if (closure->views[i]->target == target)
			rows = verify_listed(fill, rows, "\nUNION ALL\n",
			                     view_rows(&content, closure->views[i]));
	step = fill_body_step(fill, STEP_ASSERT, PHASE_LOAD, "verify.content.%s", target->name);
	step->title = build_text(build, "what is staged for %n.%n is what its views' queries make",
	                         target->database, target->name);
	step->why = build_text(
	        build,
	        "A checksum that does not depend on the order of rows%z, over the staged rows and "
	        "over the views' queries%z%s. It costs another look at %z. It reads only.",
	        check->grouped ? " or the fall of blocks: each group's totals" : "",
	        content.left_out.n ? "; left out, as no total of them is to be had alike: " : "",
	        content.left_out,
	        verify_reads_history(fill, target)
	                ? "the chunk's rows, at all columns that the views use"
	                : "the staged rows");
	verify_equal(fill, step, checksum(&content, build_text(build, "(\n%s\n)", rows)),
	             checksum(&content, verify_staged(fill, target)),
	             build_text(build, "checksum of %n.%n: ", target->database, target->name));
}
