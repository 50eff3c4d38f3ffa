/*
 * lower_counted.c: `verify rows` of a target whose views count their rows.
 *
 * A column that is `count()` of each group adds up to the rows that the groups were made of, however they
 * fell into blocks. The source is counted without making groups, which costs next to nothing: making
 * them again, only to see how many there are, takes longer than the load. Where both figures are the same no
 * row is missing, and no group either. Where they are not, the groups decide: since the load a
 * ReplacingMergeTree may have merged rows away, or one may have come late.
 */
#include "compiler/lower_verify.h"

/* A type that holds a count, and adds up as it is stored. */
static bool holds_counts(struct str type)
{
	static const char *const names[] = {"UInt64", "Int64",
	                                    "SimpleAggregateFunction(sum, UInt64)",
	                                    "SimpleAggregateFunction(sum, Int64)"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (str_is(str_trim(type), names[i]))
			return true;
	return false;
}

static bool is_count(struct str expr)
{
	static const char *const calls[] = {"count()", "count(*)"};

	expr = str_trim(expr);
	return str_ieq(expr, str_of(calls[0])) || str_ieq(expr, str_of(calls[1]));
}

/* Rows are counted without the list: no alias of it may be needed, and nothing in it may make rows. */
static bool list_can_go(const struct fill *fill, const struct model_view *view,
                        const struct select *select)
{
	const struct source_set *sources = fill->lowering->model->sources;
	struct str text = span_text(sources, view->query->span);
	struct str before =
	        span_text(sources, (struct span){select->span.file, select->from_keyword.begin,
	                                         select->group_by.keyword.begin});

	for (size_t i = 0; i < select->items.count; i++) {
		struct str alias = select->items.items[i].alias.text;

		if (alias.n && verify_count_word(before, alias))
			return false;
	}
	return verify_count_word(text, STR("arrayJoin")) == 0;
}

/* The select when the view counts its rows in this column. */
static const struct select *counts_in(const struct fill *fill, const struct model_view *view,
                                      struct str name)
{
	const struct select *select = verify_plain_select(fill, view);
	const struct select_item *item = select ? verify_item_of(select, name) : NULL;

	if (!item || !select->group_by.present || view->reads->ttl.n ||
	    !is_count(span_text(fill->lowering->model->sources, item->expr)) ||
	    !list_can_go(fill, view, select))
		return NULL;
	return select;
}

static struct str counted_rows(struct fill *fill, const struct model_view *view)
{
	if (view->reads == fill->backfill->reads)
		return fill_history_count(fill, view);
	return rewrite_count(fill->lowering->model->sources, view->query, &view->trigger,
	                     view->query_database, verify_staged(fill, view->reads), STR(""),
	                     fill->build->arena);
}

/* What all views into the target count, when each of them does in this column; else empty. */
static struct str expected_count(struct fill *fill, const struct model_table *target,
                                 struct str column)
{
	const struct model_closure *closure = &fill->backfill->closure;
	struct str sum = STR("");

	for (size_t i = 0; i < closure->view_count; i++) {
		const struct model_view *view = closure->views[i];

		if (view->target != target)
			continue;
		if (!counts_in(fill, view, column))
			return STR("");
		sum = build_text(fill->build, "%s%z(\n%s\n)", sum, sum.n ? " + " : "",
		                 counted_rows(fill, view));
	}
	return sum;
}

/* The column of the target that holds its views' counts, and what they have to add up to. */
static struct str count_column(struct fill *fill, const struct model_table *target,
                               struct str *expected)
{
	for (size_t i = 0; i < target->column_count && !target->ttl.n; i++) {
		const struct model_column *column = &target->columns[i];

		if (column->default_kind != DEFAULT_NONE || !holds_counts(column->type))
			continue;
		*expected = expected_count(fill, target, column->name);
		if (expected->n)
			return column->name;
	}
	return STR("");
}

void verify_counted(struct fill *fill, const struct model_table *target, struct str groups,
                    struct str staged_groups, struct step *step)
{
	struct graph_build *build = fill->build;
	struct str expected, column = count_column(fill, target, &expected);

	if (!column.n)
		return;
	step->title =
	        build_text(build, "every row is counted in %n.%n", target->database, target->name);
	step->why = STR("The counts that are staged add up to the rows that the views read. It "
	                "costs a count of these rows, which looks at the columns of the "
	                "conditions again and at no others. Only where they don't add up, because "
	                "rows were merged or came since, the groups are made again and compared. "
	                "It reads only.");
	build_sql(
	        build, step,
	        build_text(build,
	                   "WITH\n    (SELECT %s) AS bfc_rows,\n"
	                   "    (SELECT sum(%n) FROM %s) AS bfc_counted,\n"
	                   "    (\n%s\nWHERE bfc_counted != bfc_rows\n    ) AS expected,\n"
	                   "    (\n%s\nWHERE bfc_counted != bfc_rows\n    ) AS staged\n"
	                   "SELECT\n    expected = staged AS ok,\n"
	                   "    concat(%q, toString(bfc_rows), ' expected, ', "
	                   "toString(bfc_counted), ' counted; groups: ', toString(expected), "
	                   "' expected, ', toString(staged), ' staged') AS message",
	                   expected, column, verify_staged(fill, target), groups, staged_groups,
	                   build_text(build, "rows for %n.%n: ", target->database, target->name)));
}
