/*
 * lower_view_fill.c: `backfill view`: what stands around its chunks.
 *
 * A view that is not there yet is made with `COLUMN >= split`, before that moment: from then on each
 * live row counts on exactly one side. History is read when the moment, and what the migration
 * allows for late rows, has passed. In the end the view gets its query as declared.
 *
 * A run that was given up before anything was published leaves its views as they are: they have
 * counted each row from its split on, and none before. A later run keeps them, with that split, so
 * that its history ends where they begin. By their text alone they can't be told from views whose
 * history is in already, in part or, by `keep filter`, in whole. So `made` puts a witness of each into
 * the journal (name, UUID and query as they are, and all that the migration says of it), once `early`
 * has proven them; when nothing of that run counts any more, its row answers `kept` (journal_read.c).
 *
 * A row would be lost that was there before the view and is on its side of the split: `ahead` looks
 * for such rows before the view is made, and `early` after it, whether one may have come between.
 */
#include "compiler/lower_internal.h"

#include "compiler/base/sqltext.h"
#include "compiler/needed_columns.h"

/* What stands around one backfill's chunks, beside struct fill. */
struct around {
	struct fill *fill;
	struct str there;      /* parameter: the views that were there when the run began */
	struct str kept;       /* … and those of a run that was given up: no name is in both */
	struct str kept_split; /* of these; both empty where there are none */
	uint32_t after;        /* the newest step of the chain */
};

static const struct model_table *read_table(const struct fill *fill)
{
	return fill->backfill->reads;
}

struct str fill_view_pairs(struct fill *fill)
{
	const struct model_backfill *backfill = fill->backfill;
	struct str pairs = STR("");

	for (size_t i = 0; i < backfill->view_count; i++)
		pairs = build_text(fill->build, "%s%z(%q, %q)", pairs, i ? ", " : "",
		                   backfill->views[i]->database, backfill->views[i]->name);
	return pairs;
}

/* Each waits for the one before it. */
static struct step *chain(struct around *around, enum step_kind kind, const char *name)
{
	struct fill *fill = around->fill;
	struct step *step = fill_preflight_step(fill, kind, name);

	if (around->after != NO_STEP)
		build_dep(fill->build, step, around->after);
	around->after = (uint32_t)fill->lowering->top.list.count - 1;
	return step;
}

static struct str witness(struct fill *fill)
{
	return build_text(fill->build, LOWER_VIEW_WITNESS, "uuid", "as_select", "mark");
}

/* Joins the marks of the views to fill to system.tables. */
static struct str marked_views(struct fill *fill)
{
	const struct model_backfill *backfill = fill->backfill;
	struct str rows = STR("");

	for (size_t i = 0; i < backfill->view_count; i++)
		rows = build_text(fill->build, "%s,\n        (%q, %q, %q)", rows,
		                  backfill->views[i]->database, backfill->views[i]->name,
		                  lower_view_mark(fill->lowering, backfill->views[i]));
	return build_text(fill->build,
	                  "    INNER JOIN values('view_database String, view_name String, mark "
	                  "String'%s) AS views\n"
	                  "        ON database = view_database AND name = view_name\n"
	                  "    WHERE (database, name) IN (%s)",
	                  rows, fill_view_pairs(fill));
}

static void lower_there(struct around *around)
{
	struct fill *fill = around->fill;
	struct graph_build *build = fill->build;
	const struct step *kept = lower_kept(fill->lowering, fill->number);
	struct step *step = chain(around, STEP_PROBE, "there");
	struct str outputs[2];

	around->there = outputs[0] = build_param(build, fill->number, "views_there");
	around->kept = outputs[1] = build_param(build, fill->number, "views_kept");
	around->kept_split = kept->outputs[1];
	step->pin = PIN_RUN;
	step->one_row = true;
	step->resume_point = true;
	fill_wait_for_preflight(fill, step); /* nothing is made where the rest would be refused */
	step->title = STR("which of the views are there already");
	step->why = STR("Pinned before any of them is made: a view that was there has counted rows "
	                "since it was made, one that this run makes, or an earlier one that was "
	                "given up has left, counts from the split on.");
	build_outputs(build, step, outputs, 2);
	build_sql(build, step,
	          build_text(build,
	                     "SELECT\n"
	                     "    arrayStringConcat(arraySort(groupArrayIf(view, NOT kept)), ', ') "
	                     "AS %n,\n"
	                     "    arrayStringConcat(arraySort(groupArrayIf(view, kept)), ', ') AS "
	                     "%n\n"
	                     "FROM\n(\n    SELECT\n        concat(database, '.', name) AS view,\n"
	                     "        has(splitByString(', ', {%s:String}), %s) AS kept\n"
	                     "    FROM system.tables\n%s\n)",
	                     outputs[0], outputs[1], kept->outputs[0], witness(fill),
	                     marked_views(fill)));
	if (fill->backfill->split.kind != SPLIT_NOW_PLUS)
		return;
	step = chain(around, STEP_ASSERT, "new");
	step->title = STR("none of the views is there yet");
	step->why =
	        STR("A view that is there has been counting since it was made; the rows between "
	            "that moment and a split that is still to come would count twice. It reads "
	            "only.");
	step->hint =
	        STR("write the moment when the view was made as a literal: 'split on COLUMN at "
	            "'2024-01-01 00:00:00''; or drop the view");
	build_sql(build, step,
	          build_text(build,
	                     "SELECT\n    {%s:String} = '' AS ok,\n    concat('already there: ', "
	                     "{%s:String}) AS message",
	                     around->there, around->there));
}

/* Does anything else of the migration write to the view's target? */
static bool shares_target(const struct fill *fill, const struct model_view *view)
{
	const struct model *model = fill->lowering->model;

	for (size_t i = 0; i < model->view_count; i++)
		if (model->views[i]->target == view->target &&
		    model->views[i]->filled_by != view->filled_by)
			return true;
	for (size_t i = 0; i < model->backfill_count; i++)
		if (model->backfills[i]->table == view->target)
			return true;
	return false;
}

/* A view of an earlier run that was given up and dropped has counted rows, which are history now. */
static void lower_unfilled(struct around *around)
{
	struct fill *fill = around->fill;
	const struct model_backfill *backfill = fill->backfill;
	struct graph_build *build = fill->build;
	struct str rows = STR("");
	struct step *step;

	for (size_t i = 0; i < backfill->view_count; i++) {
		const struct model_view *view = backfill->views[i];

		if (!shares_target(fill, view))
			rows = build_text(build, "%s,\n    (%q, %q, %q)", rows,
			                  build_text(build, "%s.%s", view->database, view->name),
			                  view->target->database, view->target->name);
	}
	if (!rows.n || backfill->split.overlap_is_fine)
		return;
	step = chain(around, STEP_ASSERT, "unfilled");
	step->title = STR("the targets of views that are not there yet are empty");
	step->why =
	        STR("Rows that an earlier view has counted, of a run that was given up say, would "
	            "count again with the history. It is looked at once and reads only.");
	step->hint =
	        STR("empty the target (TRUNCATE TABLE), or say 'overlap is fine' after the split "
	            "when its rows are of something else");
	build_sql(
	        build, step,
	        build_text(build,
	                   "SELECT\n    count() = 0 AS ok,\n"
	                   "    arrayStringConcat(groupArray(concat(database, '.', name, ' has ', "
	                   "toString(total_rows), ' rows')), ', ') AS message\n"
	                   "FROM system.tables\n"
	                   "WHERE total_rows > 0\n    AND (database, name) IN\n    (\n"
	                   "        SELECT target_database, target\n"
	                   "        FROM values('view String, target_database String, target "
	                   "String'%s)\n"
	                   "        WHERE NOT has(splitByString(', ', concat({%s:String}, ', ', "
	                   "{%s:String})), view)\n    )",
	                   rows, around->there, around->kept));
}

static struct str interval_sql(struct fill *fill, const struct model_interval *interval)
{
	return build_text(fill->build, "INTERVAL %u %z", (unsigned long long)interval->count,
	                  ast_unit_word(interval->unit));
}

/* Views that are kept have a split of their own. */
static void lower_same_split(struct around *around, struct str point)
{
	struct fill *fill = around->fill;
	struct graph_build *build = fill->build;
	struct step *step = chain(around, STEP_ASSERT, "split.kept");

	if (fill->split_point.asked)
		fill_wait_for_preflight(fill, step);
	step->title = STR("the split is that of the views that a run has left");
	step->why = STR("They count rows from their split on: with a later one the rows between "
	                "would count twice, with an earlier one never. It reads only.");
	step->hint = STR("write the split that they have (it is in UTC here); or drop the views, "
	                 "empty their targets (TRUNCATE TABLE), and run again");
	build_sql(build, step,
	          build_text(build,
	                     "SELECT\n    {%s:String} = '' OR {%s:String} = %s AS ok,\n"
	                     "    concat({%s:String}, ' count from ', {%s:String}, ' on, the "
	                     "split is ', %s) AS message",
	                     around->kept, around->kept_split, point, around->kept,
	                     around->kept_split, point));
}

static void lower_pin(struct around *around)
{
	struct fill *fill = around->fill;
	const struct model_split *split = &fill->backfill->split;
	struct graph_build *build = fill->build;
	struct str point;
	struct step *step;

	if (split->kind == SPLIT_NOW_PLUS)
		lower_point_clock(fill, &fill->split_point, "split.suits", STR("now + …"),
		                  split->now_plus.unit);
	else
		lower_point_literal(fill, &fill->split_point, "split.suits", split->literal_sql);
	if (split->kind == SPLIT_NOW_PLUS)
		point = point_cast(
		        fill, &fill->split_point,
		        build_text(build, "now() + %s", interval_sql(fill, &split->now_plus)));
	else
		point = point_literal(fill, &fill->split_point, split->literal_sql);
	point = point_text(fill, &fill->split_point, point);
	if (split->kind != SPLIT_NOW_PLUS)
		lower_same_split(around, point);
	else
		point = build_text(build, "if({%s:String} = '', %s, {%s:String})", around->kept,
		                   point, around->kept_split);
	step = chain(around, STEP_PROBE, "split");
	if (fill->split_point.asked)
		fill_wait_for_preflight(fill, step);
	step->pin = PIN_RUN;
	step->one_row = true;
	step->resume_point = true;
	step->title = split->kind == SPLIT_NOW_PLUS
	                      ? STR("the split: a moment that is still to come, in UTC")
	                      : STR("the split, as the migration says it, in UTC");
	step->why =
	        split->kind == SPLIT_NOW_PLUS
	                ? STR("Rows before it are history, rows from it on are the live view's. "
	                      "Pinned, so that every resume has the same. Where a run that was "
	                      "given up has left views, it is the split that they have.")
	                : STR("Rows before it are history, rows from it on are the live view's. "
	                      "Pinned, so that every resume has the same.");
	build_outputs(build, step, &fill->split, 1);
	build_sql(build, step, build_text(build, "SELECT %s AS %n", point, fill->split));
}

/* COLUMN >= split, in the table that the views read. */
static struct str live_side(struct fill *fill, const char *qualifier)
{
	return build_text(fill->build, "%z%n >= %s", qualifier, fill->split_point.column,
	                  point_pinned(fill, &fill->split_point, fill->split));
}

static void lower_ahead(struct around *around)
{
	struct fill *fill = around->fill;
	struct graph_build *build = fill->build;
	const struct model_table *table = read_table(fill);
	struct step *step = chain(around, STEP_ASSERT, "ahead");

	step->when = WHEN_EVERY_RUN;
	step->title = build_text(build, "%n.%n has no row yet on the live side of the split",
	                         table->database, table->name);
	step->why =
	        STR("A view that is not there yet would never count such a row, and the history "
	            "would not have it either. It reads only.");
	step->hint = STR("give up with 'bfc abort', drop the views that this run has made, and run "
	                 "again with a split that is still to come; rows with times in the future "
	                 "need a later one");
	build_sql(build, step,
	          build_text(build,
	                     "SELECT\n    count() = 0 AS ok,\n"
	                     "    concat(toString(count()), ' rows from ', {%s:String}, ' on') AS "
	                     "message\nFROM %n.%n\nWHERE %s\n"
	                     "    AND (SELECT count() FROM system.tables WHERE (database, name) IN "
	                     "(%s)) < %u",
	                     fill->split, table->database, table->name, live_side(fill, ""),
	                     fill_view_pairs(fill),
	                     (unsigned long long)fill->backfill->view_count));
}

static void lower_make(struct around *around, const struct model_view *view)
{
	struct fill *fill = around->fill;
	struct graph_build *build = fill->build;
	struct step *step = chain(around, STEP_RUN,
	                          arena_printf(build->arena, "view.%.*s", STR_ARG(view->name)));
	struct str query =
	        rewrite_query(fill->lowering->model->sources, view->query, &view->trigger,
	                      view->query_database, STR(""), live_side(fill, "@."), build->arena);

	step->repeat = REPEAT_IF_NOT_EXISTS;
	step->title = build_text(build, "%n.%n, when it is missing, from the split on",
	                         view->database, view->name);
	step->why = STR("Rows before the split are left to the history. A view that is there stays "
	                "as it is.");
	build_sql(build, step, lower_view_sql(fill->lowering, view, query));
}

/* False: it is a number, which no clock ever reaches. A type that is not declared may be one. */
static bool has_clock(const struct fill *fill)
{
	return fill->backfill->split.type.class != TYPE_INTEGER;
}

/* The split as a moment on the server's clock: for a Date its first; of a number that is not known
 * to be one, one that has passed. */
static struct str moment(struct fill *fill)
{
	struct str split = point_pinned(fill, &fill->split_point, fill->split);

	if (fill->split_point.asked) /* it may be a number: then there is nothing to wait for */
		split = point_or_past(fill, &fill->split_point, fill->split);
	return build_text(fill->build, "toDateTime64(%s, 9)", split);
}

static void lower_early(struct around *around)
{
	struct fill *fill = around->fill;
	struct graph_build *build = fill->build;
	const struct model_table *table = read_table(fill);
	struct step *step = chain(around, STEP_ASSERT, "early");
	struct str early = STR("0");

	if (has_clock(fill))
		early = build_text(build, "made < %s", moment(fill));
	step->title = STR("the views were made before the split");
	step->why =
	        STR("A row that came on the live side of the split before its view was there is "
	            "in neither. It is looked at once, when the views are just made, and reads "
	            "only.");
	step->hint =
	        STR("give up with 'bfc abort', drop the views, and run again with a later split");
	build_sql(build, step,
	          build_text(build,
	                     "SELECT\n    newer = 0 OR %s AS ok,\n"
	                     "    concat('the last view was made at ', toString(made), ', the "
	                     "split is ', "
	                     "{%s:String}, ', and there are rows from it on') AS message\nFROM\n(\n"
	                     "    SELECT\n        (SELECT count() FROM %n.%n WHERE %s) AS newer,\n"
	                     "        (\n            SELECT max(metadata_modification_time)\n"
	                     "            FROM system.tables\n"
	                     "            WHERE (database, name) IN (%s)\n"
	                     "                AND NOT has(splitByString(', ', "
	                     "concat({%s:String}, ', ', {%s:String})),\n"
	                     "                    concat(database, '.', name))\n"
	                     "        ) AS made\n)",
	                     early, fill->split, table->database, table->name, live_side(fill, ""),
	                     fill_view_pairs(fill), around->there, around->kept));
}

/* What `kept` gives to a later run; before any chunk, so that a kill among them does not leave views without
 * a witness. */
static void lower_made(struct around *around)
{
	struct fill *fill = around->fill;
	struct graph_build *build = fill->build;
	struct step *step = chain(around, STEP_PROBE, "made");
	struct str outputs[2] = {build_param(build, fill->number, "made"),
	                         build_param(build, fill->number, "made_split")};

	step->pin = PIN_RUN;
	step->one_row = true;
	step->resume_point = true;
	step->title = STR("the views that count from the split on, as they are now");
	step->why = STR("For a later run, should this one be given up: these views, while nobody "
	                "changes them, have counted each row from the split on.");
	build_outputs(build, step, outputs, 2);
	build_sql(build, step,
	          build_text(build,
	                     "SELECT\n    arrayStringConcat(arraySort(groupArray(%s)), ', ') AS "
	                     "%n,\n    {%s:String} AS %n\n"
	                     "FROM system.tables\n%s\n"
	                     "        AND NOT has(splitByString(', ', {%s:String}), "
	                     "concat(database, '.', name))",
	                     witness(fill), outputs[0], fill->split, outputs[1], marked_views(fill),
	                     around->there));
	fill->made = around->after;
}

/* A column that the server has to say the type of is asked before anything waits for it. */
void lower_split_settles(struct fill *fill)
{
	if (fill->backfill->split.settle.count)
		lower_point_clock(fill, &fill->split_point, "settle.suits", STR("settle"),
		                  UNIT_DAY);
}

/* Until the server's clock has passed the split, and what late rows are allowed. */
void lower_split_gate(struct fill *fill, struct step *step)
{
	const struct model_split *split = &fill->backfill->split;
	struct graph_build *build = fill->build;
	struct str until = moment(fill);

	if (split->settle.count)
		until = build_text(build, "%s + %s", until, interval_sql(fill, &split->settle));
	step->title = STR("wait until the split has passed");
	step->why = STR("Before that, rows of the history's side may still come: they would be in "
	                "neither. It reads only.");
	build_sql(
	        build, step,
	        build_text(build,
	                   "SELECT\n    now64(9) >= %s AS ok,\n    concat('until ', toString(%s)) "
	                   "AS message",
	                   until, until));
}

/* Reading history, and giving the views their query in the end. */
static void lower_grants(struct around *around)
{
	struct fill *fill = around->fill;
	struct graph_build *build = fill->build;
	const struct model_backfill *backfill = fill->backfill;
	struct step *step = chain(around, STEP_ASSERT, "grants.views");
	struct str grants = build_text(build, "SELECT ON %n.%n", backfill->reads->database,
	                               backfill->reads->name);

	for (size_t i = 0; !backfill->keep_filter && i < backfill->view_count; i++)
		grants = build_text(build, "%s, ALTER VIEW MODIFY QUERY ON %n.%n", grants,
		                    backfill->views[i]->database, backfill->views[i]->name);
	step->when = WHEN_EVERY_RUN;
	step->title = STR("the user may read the history and change the views");
	step->why = STR("A grant that is missing would stop the run in its middle. It reads only.");
	step->hint = build_text(build, "grant what is missing: GRANT %s TO the user of this run",
	                        grants);
	build_sql(build, step, build_text(build, "CHECK GRANT %s", grants));
}

/* preflight of a backfill of views, from the split on. */
void lower_view_split(struct fill *fill)
{
	struct around around = {.fill = fill, .after = fill->wait};
	const struct model_backfill *backfill = fill->backfill;

	fill->split = build_param(fill->build, fill->number, "split");
	fill->split_point = lower_point(fill, backfill->reads, backfill->split.column,
	                                &backfill->split.type, "split");
	lower_split_settles(fill);
	lower_grants(&around);
	lower_there(&around);
	lower_unfilled(&around);
	lower_pin(&around);
	lower_ahead(&around);
	for (size_t i = 0; i < backfill->view_count; i++)
		lower_make(&around, backfill->views[i]);
	lower_early(&around);
	lower_made(&around);
	if (has_clock(fill))
		lower_split_gate(fill, chain(&around, STEP_GATE, "wait"));
}

/* What a view uses of the chunk's rows, by name: `*` has no MATERIALIZED and no ALIAS columns, unless
 * it is told to, where their names are not known here. */
static struct str used_rows(struct fill *fill, const struct model_view *view)
{
	struct arena *arena = fill->build->arena;
	struct str from = fill_source(fill, true), where = fill_where(fill, true);
	struct needed_columns needed;

	needed_columns_find(fill->lowering->model->sources, &view, 1, arena, &needed);
	if (needed.whole)
		return build_text(fill->build,
		                  "(SELECT * FROM %s %s SETTINGS "
		                  "asterisk_include_materialized_columns = 1, "
		                  "asterisk_include_alias_columns = 1)",
		                  from, where);
	for (size_t i = 0; i < needed.list.count; i++)
		if (needed.list.items[i]->default_kind == DEFAULT_ALIAS)
			*list_add(arena, &needed.inserted) = needed.list.items[i]->name;
	return build_text(fill->build, "(SELECT %s FROM %s %s)",
	                  fill_column_list(fill, needed.inserted.items, needed.inserted.count),
	                  from, where);
}

/* Where the chunk's history is read, and the condition on it; a condition of the user's own could be caught
 * by an alias: it stands in a subquery then. */
static void history_of(struct fill *fill, const struct model_view *view, struct str *reference,
                       struct str *condition)
{
	*reference = *condition = STR("");
	if (fill->frozen.n)
		*reference = fill_frozen(fill);
	if (fill->backfill->where_sql.n)
		*reference = used_rows(fill, view);
	else
		*condition = fill_ranges(fill, "@.");
}

struct str fill_history_query(struct fill *fill, const struct model_view *view,
                              const struct rounded *rounded)
{
	struct str reference, condition;

	history_of(fill, view, &reference, &condition);
	return rewrite_chunk(fill->lowering->model->sources, view->query, &view->trigger,
	                     view->query_database, reference, condition, rounded,
	                     fill->build->arena);
}

struct str fill_history_count(struct fill *fill, const struct model_view *view)
{
	struct str reference, condition;

	history_of(fill, view, &reference, &condition);
	return rewrite_count(fill->lowering->model->sources, view->query, &view->trigger,
	                     view->query_database, reference, condition, fill->build->arena);
}

/* The views as declared: the filter goes. */
static void lower_as_declared(struct fill *fill, const struct model_view *view)
{
	struct lowering *lowering = fill->lowering;
	struct graph_build *build = fill->build;
	struct step *step = build_step(
	        build, &lowering->top, STEP_RUN, PHASE_FINISH,
	        build_id(build, "b%u.declared.%s", (unsigned long long)fill->number, view->name));

	step->origin = fill->origin;
	step->repeat = REPEAT_SETS;
	step->title = build_text(build, "%n.%n as declared, without the split", view->database,
	                         view->name);
	step->why = STR("All history is in: rows that come late count again. The same query again "
	                "changes nothing.");
	build_sql(build, step,
	          build_text(build, "ALTER TABLE %n.%n\nMODIFY QUERY\n%s", view->database,
	                     view->name,
	                     rewrite_qualify(lowering->model->sources, view->query,
	                                     view->query_database, build->arena)));
	build_dep(build, step, fill->made);
	build_dep(build, step, lowering->last);
	lowering->last = (uint32_t)lowering->top.list.count - 1;
}

/* The backfill with the views themselves in the closure, in front: they write to its first tables. */
static const struct model_backfill *with_views(struct fill *fill,
                                               const struct model_backfill *backfill)
{
	struct arena *arena = fill->build->arena;
	struct model_backfill *copy = arena_new(arena, struct model_backfill);
	const struct model_closure *closure = &backfill->closure;
	const struct model_view **views = arena_array(arena, const struct model_view *,
	                                              backfill->view_count + closure->view_count);
	size_t count = 0;

	for (size_t i = 0; i < backfill->view_count; i++)
		views[count++] = backfill->views[i];
	for (size_t i = 0; i < closure->view_count; i++)
		views[count++] = closure->views[i];
	*copy = *backfill;
	copy->closure.views = views;
	copy->closure.view_count = count;
	return copy;
}

static struct str chunks_title(struct fill *fill)
{
	const struct model_backfill *backfill = fill->backfill;
	struct str names = STR("");

	for (size_t i = 0; i < backfill->view_count; i++)
		names = build_text(fill->build, "%s%z%n.%n", names, i ? ", " : "",
		                   backfill->views[i]->database, backfill->views[i]->name);
	return build_text(fill->build, "fill %s from %n.%n, chunk by chunk", names,
	                  backfill->reads->database, backfill->reads->name);
}

static void lower_view_body(struct fill *fill)
{
	struct step *load;

	lower_halves(fill);
	lower_waits(fill);
	for (size_t i = 0; i < fill->backfill->closure.table_count; i++)
		fill_stage_table(fill, &fill->tables[i]);
	load = fill->pipe.n ? lower_null_load(fill) : lower_query_load(fill);
	lower_verify(fill, load);
	lower_publish(fill);
	fill_drops(fill);
}

void lower_view_fill(struct lowering *lowering, const struct model_backfill *backfill)
{
	struct fill fill = {.lowering = lowering,
	                    .build = &lowering->build,
	                    .number = backfill->number,
	                    .part = "chunk",
	                    .wait = lowering->last};
	bool null_engine = backfill->with == STRATEGY_NULL_ENGINE;
	struct step *chunks;

	fill.backfill = with_views(&fill, backfill);
	fill.origin = lower_origin(lowering, backfill->span);
	fill_params(&fill);
	if (null_engine)
		fill.pipe = build_param(fill.build, fill.number, "pipe_%s", backfill->reads->name);
	else
		for (size_t i = 0; i < backfill->view_count; i++)
			fill.views[i].param = STR("");
	lower_preflight(&fill);
	lower_hold(&fill);
	chunks = fill_chunks(&fill, chunks_title(&fill));
	if (fill_is_direct(&fill))
		lower_direct_body(&fill);
	else
		lower_view_body(&fill);
	chunks->each->body = (const struct step **)fill.body.list.items;
	chunks->each->body_count = fill.body.list.count;
	lower_hold_publish(&fill);
	if (backfill->strategy == STRATEGY_PAUSE_AND_ATTACH) {
		lower_pause_end(&fill);
		return;
	}
	for (size_t i = 0; !backfill->keep_filter && i < backfill->view_count; i++)
		lower_as_declared(&fill, backfill->views[i]);
}
