/*
 * lower_counted.c: `verify rows` of a target whose views count their rows.
 *
 * A column that is `count()` of each group adds up to the rows that the groups were made of, however they
 * fell into blocks. The source is counted without making groups, which costs next to nothing: making
 * them again, only to see how many there are, takes longer than the load. Where both figures are the same no
 * row is missing, and no group either. Where they are not, the groups decide: since the load a
 * ReplacingMergeTree may have merged rows away, or one may have come late. That comparison is a statement
 * of its own, which runs at need: only to be planned it took three times as long as both figures (15 ms
 * of 18, measured on 26.7, where a small chunk loads in 250).
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

/* The column of the target that holds its views' counts, or empty; and what they have to add up to. */
struct counted {
	struct str column, expected;
};

static struct counted counts_of(struct fill *fill, const struct model_table *target)
{
	for (size_t i = 0; i < target->column_count && !target->ttl.n; i++) {
		const struct model_column *column = &target->columns[i];
		struct str expected;

		if (column->default_kind != DEFAULT_NONE || !holds_counts(column->type))
			continue;
		expected = expected_count(fill, target, column->name);
		if (expected.n)
			return (struct counted){column->name, expected};
	}
	return (struct counted){0};
}

/* The figures, in a row of their own only when they differ. */
static struct step *lower_figures(struct fill *fill, const struct model_table *target,
                                  const struct counted *counted, struct str outputs[2])
{
	struct graph_build *build = fill->build;
	struct step *step =
	        fill_body_step(fill, STEP_PROBE, PHASE_LOAD, "counted.%s", target->name);

	outputs[0] = build_param(build, fill->number, "%s_expected", target->name);
	outputs[1] = build_param(build, fill->number, "%s_counted", target->name);
	step->pin = PIN_ATTEMPT;
	step->title = build_text(build, "rows for %n.%n, expected and counted, when they differ",
	                         target->database, target->name);
	step->why =
	        STR("The counts that are staged add up to the rows that the views read, or there "
	            "is a row with both figures. It costs a count of these rows, which looks at "
	            "the columns of the conditions again and at no others. It reads only.");
	build_outputs(build, step, outputs, 2);
	build_sql(build, step,
	          build_text(build,
	                     "SELECT %n, %n\nFROM\n(\n    SELECT\n"
	                     "        (SELECT %s) AS %n,\n"
	                     "        (SELECT sum(%n) FROM %s) AS %n\n)\nWHERE %n != %n",
	                     outputs[0], outputs[1], counted->expected, outputs[0], counted->column,
	                     verify_staged(fill, target), outputs[1], outputs[0], outputs[1]));
	return step;
}

bool verify_counted(struct fill *fill, const struct model_table *target, struct str groups,
                    struct str staged_groups)
{
	struct graph_build *build = fill->build;
	struct counted counted = counts_of(fill, target);
	struct step_list body = {{0}};
	struct step *probe, *each, *step;
	struct str outputs[2];

	if (!counted.column.n)
		return false;
	probe = lower_figures(fill, target, &counted, outputs);
	each = fill_body_step(fill, STEP_EACH, PHASE_LOAD, "verify.%s", target->name);
	each->each->kind = EACH_ROWS;
	each->each->over = probe->id;
	each->each->columns = arena_array(build->arena, struct str, 2);
	memcpy(each->each->columns, outputs, sizeof(outputs));
	each->each->column_count = 2;
	each->title = build_text(build, "else every group of %n.%n is staged", target->database,
	                         target->name);
	each->why =
	        STR("Rows were merged since the load, or one has come, or something is lost: the "
	            "views' groups are made again and compared. That takes about as long as the "
	            "load.");
	step = build_step(build, &body, STEP_ASSERT, PHASE_LOAD,
	                  build_id(build, "%s.one", each->id));
	step->origin = fill->origin;
	step->title =
	        build_text(build, "every row is counted in %n.%n", target->database, target->name);
	verify_figures(
	        fill, step, groups, staged_groups,
	        build_text(build,
	                   "%q, {%s:String}, ' expected, ', {%s:String}, ' counted; groups: '",
	                   build_text(build, "rows for %n.%n: ", target->database, target->name),
	                   outputs[0], outputs[1]));
	each->each->body = (const struct step **)body.list.items;
	each->each->body_count = 1;
	return true;
}
