/*
 * lower_view.c: declared views: compared with the server's when they are there, created when not.
 *
 * A view's query is compared by making a plain view of the same query under a scratch name: it
 * never fires, and the server writes both queries the same way in system.tables.as_select
 * (measured: comments, aliases, CTEs, unqualified names).
 */
#include "compiler/lower_internal.h"

#include "compiler/base/sha256.h"
#include "compiler/base/sqltext.h"

struct view_list {
	LIST_OF(const struct model_view *) list;
};

static struct str view_query(struct lowering *lowering, const struct model_view *view)
{
	return rewrite_qualify(lowering->model->sources, view->query, view->query_database,
	                       lowering->build.arena);
}

/* The scratch view's name, cut on a character's boundary where it would be too long. */
static struct str cut_name(const struct lowering *lowering, struct str name)
{
	size_t prefix = lower_scratch_name(lowering, STR("")).n;

	if (prefix + name.n <= LOWER_NAME_MAX)
		return name;
	name.n = LOWER_NAME_MAX - prefix;
	while (name.n && ((unsigned char)name.p[name.n] & 0xc0) == 0x80)
		name.n--;
	return name;
}

static struct step *view_step(struct lowering *lowering, const struct model_view *view,
                              const char *suffix)
{
	struct graph_build *build = &lowering->build;
	struct step *step = build_step(
	        build, &lowering->top, STEP_RUN, PHASE_ENSURE,
	        build_id(build, "ensure.view.%s.%s%z", view->database, view->name, suffix));

	step->origin = lower_origin(lowering, view->span);
	return step;
}

static void lower_twin(struct lowering *lowering, const struct model_view *view, uint32_t wait)
{
	struct graph_build *build = &lowering->build;
	struct step *step = view_step(lowering, view, ".declared");

	step->repeat = REPEAT_REPLACES;
	step->title =
	        build_text(build, "the query of %n.%n as declared", view->database, view->name);
	step->why =
	        STR("A plain view, under a scratch name: it never fires. A view that is there is "
	            "compared with it.");
	build_sql(build, step,
	          build_text(build, "CREATE OR REPLACE VIEW %n.%n\nAS\n%s", view->database,
	                     lower_scratch_name(lowering, cut_name(lowering, view->name)),
	                     view_query(lowering, view)));
	build_dep(build, step, wait);
}

/* Does it make its views from a split on? */
static bool splits(const struct model_backfill *backfill)
{
	return backfill->reads && backfill->strategy != STRATEGY_PAUSE_AND_ATTACH;
}

/* The backfill that makes the view from a split on; or NULL. */
static const struct model_backfill *split_by(const struct lowering *lowering,
                                             const struct model_view *view)
{
	const struct model_backfill *backfill =
	        view->filled_by ? lowering->model->backfills[view->filled_by - 1] : NULL;

	return backfill && splits(backfill) ? backfill : NULL;
}

/* Of all that the migration says of the view, so that it is another one when that changes. */
struct str lower_view_mark(struct lowering *lowering, const struct model_view *view)
{
	struct graph_build *build = &lowering->build;
	char hash[65];

	sha256_hex(build_text(build, "%s\n%s", lower_view_sql(lowering, view, STR("")),
	                      split_by(lowering, view)->split.column),
	           hash);
	return arena_str(build->arena, (struct str){hash, 16});
}

const struct step *lower_kept(const struct lowering *lowering, unsigned number)
{
	const struct model_backfill *backfill = lowering->model->backfills[number - 1];

	return lowering->top.list.items[lower_recall(lowering, backfill)];
}

/* `bN.kept`, which the runtime answers from the row of an earlier `bN.made` (journal_read.c). */
static void lower_keeps(struct lowering *lowering, const struct model_backfill *backfill)
{
	struct graph_build *build = &lowering->build;
	unsigned long long number = backfill->number;
	struct step *step = build_step(build, &lowering->top, STEP_PROBE, PHASE_ENSURE,
	                               build_id(build, "b%u.kept", number));
	struct str outputs[2] = {build_param(build, backfill->number, "kept"),
	                         build_param(build, backfill->number, "kept_split")};

	lower_remember(lowering, backfill, (uint32_t)lowering->top.list.count - 1);
	step->origin = lower_origin(lowering, backfill->span);
	step->pin = PIN_RUN;
	step->one_row = true;
	step->resume_point = true;
	step->title = STR("views that a run of this migration has left");
	step->why = STR("When a run was given up before any of its chunks was published, the views "
	                "that it made stay, and count from its split on. bfc has them in its "
	                "journal, as it left them; a script has none.");
	build_outputs(build, step, outputs, 2);
	build_sql(build, step,
	          build_text(build, "SELECT\n    '' AS %n,\n    '' AS %n", outputs[0], outputs[1]));
	build_dep(build, step, lowering->server);
}

/* ('db.view', 'db.scratch', 'db.reads', 'CREATE … TO db.target'): as text that is matched. */
static void add_row(struct lowering *lowering, const struct model_view *view, bool marks,
                    struct buf *rows)
{
	struct graph_build *build = &lowering->build;
	/* A view with a backfill of its own may come when its table has rows. */
	struct str reads = view->filled_by ? STR("")
	                                   : build_text(build, "%s.%s", view->reads->database,
	                                                view->reads->name);
	struct str head =
	        build_text(build, "CREATE MATERIALIZED VIEW %n.%n TO %n.%n AS SELECT 1",
	                   view->database, view->name, view->target->database, view->target->name);

	buf_addz(rows, ",\n        ");
	buf_add(rows,
	        build_text(build, "(%q, %q, %q,\n         formatQuerySingleLine(%q)%s)",
	                   build_text(build, "%s.%s", view->database, view->name),
	                   build_text(build, "%s.%s", view->database,
	                              lower_scratch_name(lowering, cut_name(lowering, view->name))),
	                   reads, head,
	                   !marks ? STR("")
	                          : build_text(build, ", %q",
	                                       split_by(lowering, view)
	                                               ? lower_view_mark(lowering, view)
	                                               : STR(""))));
}

/* Views that are there: query and target. Views that are not: nothing to count yet. `marks`: the
 * rows have them; `kept`: where a run that was given up may have left a view with its split, the witnesses of
 * those that it has. */
static struct str same_sql(struct lowering *lowering, struct str rows, struct str databases,
                           bool marks, struct str kept)
{
	struct str excuse = STR("");

	if (kept.n)
		excuse = build_text(&lowering->build,
		                    "\n                    AND NOT has(splitByString(', ', %s),\n"
		                    "                        " LOWER_VIEW_WITNESS ")",
		                    kept, "present[view].uuid", "present[view].query", "mark");
	return build_text(
	        &lowering->build,
	        "WITH\n    (\n        SELECT CAST(groupArray((concat(database, '.', name), "
	        "(as_select, create_table_query, ifNull(total_rows, 0)%z))),\n"
	        "            'Map(String, Tuple(query String, made_by String, rows UInt64%z))')\n"
	        "        FROM system.tables\n        WHERE database IN (%s)\n"
	        "    ) AS present\n"
	        "SELECT\n    empty(differences) AS ok,\n"
	        "    arrayStringConcat(differences, '; ') AS message\nFROM\n(\n"
	        "    SELECT groupArrayIf(concat('view ', view, ' ', difference), difference != '') "
	        "AS differences\n    FROM\n    (\n        SELECT\n            view,\n"
	        "            multiIf(\n"
	        "                present[view].made_by = '' AND present[reads].rows = 0, '',\n"
	        "                present[view].made_by = '',\n"
	        "                    concat('does not exist yet, and ', reads, ' already holds ',\n"
	        "                        toString(present[reads].rows), ' rows that it would never "
	        "count'),\n"
	        "                NOT startsWith(present[view].made_by, replaceOne(head, 'AS SELECT "
	        "1', '')),\n"
	        "                    concat('is ', present[view].made_by, ', declared as ', head),"
	        "\n"
	        "                present[view].query != present[twin].query%s,\n"
	        "                    concat('selects ', present[view].query, ', declared as ', "
	        "present[twin].query),\n"
	        "                '') AS difference\n"
	        "        FROM values('view String, twin String, reads String, head String%z'%s)\n"
	        "    )\n)",
	        marks ? ", uuid" : "", marks ? ", uuid UUID" : "", databases, excuse,
	        marks ? ", mark String" : "", rows);
}

static void lower_same(struct lowering *lowering, struct str rows, struct str databases, bool marks,
                       struct str kept, uint32_t first)
{
	struct graph_build *build = &lowering->build;
	struct step *step = build_step(build, &lowering->top, STEP_ASSERT, PHASE_ENSURE,
	                               build_id(build, "ensure.views.same"));

	step->origin = lowering->top.list.items[first]->origin;
	step->title = STR("views that are there are as declared, and no view comes too late");
	step->why =
	        STR("Query and target are compared. A view that is made now counts rows from now "
	            "on: its table must still be empty.");
	step->hint =
	        STR("change the declaration to what the server has (SHOW CREATE TABLE), or the "
	            "live view with ALTER TABLE … MODIFY QUERY; create a view that comes too "
	            "late by hand, and fill its target from the rows that are there");
	if (kept.n)
		step->hint = build_text(
		        build,
		        "%s. A view with the condition of a split that another migration has left, "
		        "or somebody has changed, counts only rows from there on, and its history "
		        "may be in. If it is, leave out the backfill: ALTER TABLE … MODIFY QUERY "
		        "to the declared query lets it count all that come. If not, drop the view, "
		        "empty its target (TRUNCATE TABLE), and apply",
		        step->hint);
	build_sql(build, step, same_sql(lowering, rows, databases, marks, kept));
	lowering->compared = (uint32_t)lowering->top.list.count - 1;
	for (uint32_t k = first; k < lowering->compared; k++)
		build_dep(build, step, k);
}

/* One thing more that is compared where it is declared. */
static struct step *as_declared(struct lowering *lowering, const char *what)
{
	struct graph_build *build = &lowering->build;
	struct step *step = build_step(build, &lowering->top, STEP_ASSERT, PHASE_ENSURE,
	                               build_id(build, "ensure.views.%z", what));

	step->origin = lowering->top.list.items[lowering->compared]->origin;
	step->title = build_text(build, "the %z of views that are there are as declared", what);
	step->why = STR("A view that is there is never changed. It reads only.");
	build_dep(build, step, lowering->compared);
	return step;
}

/* Comments that are declared; a view without one may have any. */
static void lower_comments(struct lowering *lowering, struct str rows, struct str databases)
{
	struct graph_build *build = &lowering->build;
	struct step *step = as_declared(lowering, "comments");

	step->hint = STR("change the declaration, or the live view with ALTER TABLE … MODIFY "
	                 "COMMENT");
	build_sql(
	        build, step,
	        build_text(build,
	                   "SELECT\n    count() = 0 AS ok,\n"
	                   "    arrayStringConcat(groupArray(concat('view ', database, '.', name, "
	                   "' has the comment \"', comment,\n"
	                   "        '\", declared with \"', declared, '\"')), '; ') AS message\n"
	                   "FROM system.tables\n"
	                   "INNER JOIN values('view_database String, view_name String, "
	                   "declared String'%s) AS views\n"
	                   "    ON database = view_database AND name = view_name\n"
	                   "WHERE database IN (%s) AND comment != declared",
	                   rows, databases));
}

/* Definer and SQL SECURITY that are declared, as the server writes them; a view without may have any. Who
 * CURRENT_USER was is not known. */
static void lower_security(struct lowering *lowering, struct str rows, struct str databases)
{
	struct graph_build *build = &lowering->build;
	struct step *step = as_declared(lowering, "definers");

	step->hint = STR("change the declaration, or the live view with ALTER TABLE … MODIFY "
	                 "DEFINER = … SQL SECURITY …");
	build_sql(build, step,
	          build_text(build,
	                     "SELECT\n    count() = 0 AS ok,\n"
	                     "    arrayStringConcat(groupArray(concat('view ', database, '.', "
	                     "name, ' is declared with ', declared)), '; ') AS message\n"
	                     "FROM\n(\n    SELECT\n        database, name, create_table_query,\n"
	                     "        extract(formatQuerySingleLine(concat('CREATE MATERIALIZED "
	                     "VIEW a TO b ', security, ' AS SELECT 1')), 'TO b (.*) AS SELECT "
	                     "1') AS declared\n    FROM system.tables\n"
	                     "    INNER JOIN values('view_database String, view_name String, "
	                     "security String'%s) AS views\n"
	                     "        ON database = view_database AND name = view_name\n"
	                     "    WHERE database IN (%s)\n)\n"
	                     "WHERE position(create_table_query, concat(' ', declared, ' ')) = 0",
	                     rows, databases));
}

static void add_security(struct lowering *lowering, const struct model_view *view, struct buf *rows)
{
	if (view->security.n)
		buf_add(rows, build_text(&lowering->build, ",\n    (%q, %q, %q)", view->database,
		                         view->name,
		                         view->of_runner ? str_ends(view->security, STR("NONE"))
		                                                   ? STR("SQL SECURITY NONE")
		                                                   : STR("SQL SECURITY DEFINER")
		                                         : view->security));
}

struct str lower_view_sql(struct lowering *lowering, const struct model_view *view,
                          struct str query)
{
	struct graph_build *build = &lowering->build;
	/* All versions take it behind the query, and the newer ones print it before. */
	struct str comment =
	        view->comment.n ? build_text(build, "\nCOMMENT %q", view->comment) : STR("");

	if (!query.n)
		query = view_query(lowering, view);
	return build_text(
	        build, "CREATE MATERIALIZED VIEW IF NOT EXISTS %n.%n\nTO %n.%n%z%s%z%z%s\nAS\n%s%s",
	        view->database, view->name, view->target->database, view->target->name,
	        view->column_text.n ? "\n(\n" : "", view->column_text,
	        view->column_text.n ? "\n)" : "", view->security.n ? "\n" : "", view->security,
	        query, comment);
}

static void lower_create(struct lowering *lowering, const struct model_view *view)
{
	struct graph_build *build = &lowering->build;
	struct step *step = view_step(lowering, view, "");
	uint32_t at = (uint32_t)lowering->top.list.count - 1;

	step->repeat = REPEAT_IF_NOT_EXISTS;
	step->title = build_text(build, "%n.%n, when it is missing", view->database, view->name);
	build_sql(build, step, lower_view_sql(lowering, view, STR("")));
	/* One after the other: the deepest has to be there first. */
	build_dep(build, step, at - 1);
	lower_remember(lowering, view, at);
}

/* SQL of the witnesses that the backfills of these views have, or nothing. */
static struct str kept_of(struct lowering *lowering, const struct view_list *order, size_t from,
                          size_t end)
{
	struct graph_build *build = &lowering->build;
	struct str list = STR("");
	bool several = false;

	for (size_t i = from; i < end; i++) {
		const struct model_view *view = order->list.items[i];
		const struct model_backfill *backfill = split_by(lowering, view);
		struct str param;

		if (!backfill)
			continue;
		param = build_text(build, "{%s:String}",
		                   lower_kept(lowering, backfill->number)->outputs[0]);
		if (str_find(list, param) >= 0)
			continue;
		several = list.n > 0;
		list = build_text(build, list.n ? "%s, ', ', %s" : "%s%s", list, param);
	}
	return several ? build_text(build, "concat(%s)", list) : list;
}

/* Views from `from` on, as many as one statement should name. Returns where the next begin. */
static size_t lower_group(struct lowering *lowering, const struct view_list *order, size_t from,
                          uint32_t tables, bool marks)
{
	uint32_t first = (uint32_t)lowering->top.list.count;
	struct buf rows, comments, security, databases;
	size_t end;

	buf_init(&databases, BUF_CEILING_OUTPUT);
	buf_init(&rows, BUF_CEILING_OUTPUT);
	buf_init(&comments, BUF_CEILING_OUTPUT);
	buf_init(&security, BUF_CEILING_OUTPUT);
	for (end = from; end < order->list.count && rows.size < LOWER_LIST_MAX; end++) {
		const struct model_view *view = order->list.items[end];

		/* A view may join any table: the first waits for all of them, the others for it. */
		lower_twin(lowering, view, end ? tables : tables - 1);
		lower_list_database(&databases, view->database);
		lower_list_database(&databases, view->reads->database);
		add_row(lowering, view, marks, &rows);
		add_security(lowering, view, &security);
		if (view->comment.n)
			buf_add(&comments, build_text(&lowering->build, ",\n    (%q, %q, %q)",
			                              view->database, view->name, view->comment));
		lower_scratch_used(lowering, view->database, cut_name(lowering, view->name));
	}
	lower_same(lowering, buf_str(&rows), buf_str(&databases), marks,
	           kept_of(lowering, order, from, end), first);
	if (comments.size)
		lower_comments(lowering, buf_str(&comments), buf_str(&databases));
	if (security.size)
		lower_security(lowering, buf_str(&security), buf_str(&databases));
	buf_release(&security);
	buf_release(&comments);
	buf_release(&rows);
	buf_release(&databases);
	first = (uint32_t)lowering->top.list.count;
	for (size_t i = from; i < end; i++)
		if (!order->list.items[i]->filled_by)
			lower_create(lowering, order->list.items[i]);
	if (first == lowering->top.list.count)
		first = lowering->compared; /* none of them is made here */
	lower_clean(lowering, STR("ensure.views.clean"), first);
	return end;
}

/* Views on a view's target come first: a row that arrives in between would pass the
 * first view and never reach the second. Depth is bounded by the number of views. */
static void deepest_first(struct lowering *lowering, const struct model_view *view,
                          struct view_list *order)
{
	const struct model_view *const *views;
	size_t count;

	if (lower_recall(lowering, view) != NO_STEP)
		return;
	lower_remember(lowering, view, 0); /* under way; a cycle would end here */
	count = lower_readers(lowering, view->target, &views);
	for (size_t i = 0; i < count; i++)
		deepest_first(lowering, views[i], order);
	*list_add(lowering->build.arena, &order->list) = view;
}

void lower_views(struct lowering *lowering)
{
	const struct model *model = lowering->model;
	struct view_list order = {0};
	uint32_t tables, before = (uint32_t)lowering->top.list.count;

	if (!model->view_count)
		return;
	for (size_t i = 0; i < model->backfill_count; i++)
		if (splits(model->backfills[i]))
			lower_keeps(lowering, model->backfills[i]);
	tables = (uint32_t)lowering->top.list.count;
	for (size_t i = 0; i < model->view_count; i++)
		lower_add_reader(lowering, model->views[i]->reads, model->views[i]);
	for (size_t i = 0; i < model->view_count; i++)
		deepest_first(lowering, model->views[i], &order);
	for (size_t i = 0; i < order.list.count;)
		i = lower_group(lowering, &order, i, tables, tables > before);
	for (uint32_t k = 0; k + 1 < tables; k++)
		build_dep(&lowering->build, lowering->top.list.items[tables], k);
	lowering->last = lowering->clean;
}
