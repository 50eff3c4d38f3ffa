/*
 * lower_view.c: declared views: created when missing, compared when there.
 *
 * A view's query is compared by making a plain view of the same query under a scratch name: it
 * never fires, and the server writes both queries the same way in system.tables.as_select
 * (measured: comments, aliases, CTEs, unqualified names).
 */
#include "compiler/lower_internal.h"

enum { SCRATCH_NAME_MAX = 150 };

static struct step *view_step(struct lowering *lowering, const struct model_view *view,
                              enum step_kind kind, const char *suffix)
{
	struct graph_build *build = &lowering->build;
	struct step *step = build_step(
	        build, &lowering->top, kind, PHASE_ENSURE,
	        build_id(build, "ensure.view.%s.%s%z", view->database, view->name, suffix));

	step->origin = lower_origin(lowering, view->span);
	if (lowering->last != NO_STEP)
		build_dep(build, step, lowering->last);
	lowering->last = (uint32_t)lowering->top.list.count - 1;
	return step;
}

static void lower_not_late(struct lowering *lowering, const struct model_view *view)
{
	struct graph_build *build = &lowering->build;
	struct step *step = view_step(lowering, view, STEP_ASSERT, ".new");
	struct str reads = lower_name(lowering, view->reads->database, view->reads->name);

	step->title = build_text(build, "%n.%n is there, or %s is still empty", view->database,
	                         view->name, reads);
	step->why = STR("A view that is made now counts the rows from now on; those that its table "
	                "already holds would be missing from its target for ever. It reads only.");
	step->hint =
	        STR("fill the view's target from the rows that are there and create the view by "
	            "hand, then run this again");
	build_sql(
	        build, step,
	        build_text(build,
	                   "SELECT\n    existing = 1 OR present_rows = 0 AS ok,\n"
	                   "    concat(%q, toString(present_rows), ' rows that it would never "
	                   "count') AS message\nFROM\n(\n    SELECT\n"
	                   "        countIf(database = %q AND name = %q) AS existing,\n"
	                   "        ifNull(sumIf(total_rows, database = %q AND name = %q), 0) AS "
	                   "present_rows\n    FROM system.tables\n"
	                   "    WHERE (database, name) IN ((%q, %q), (%q, %q))\n)",
	                   build_text(build, "view %n.%n does not exist yet, and %s already holds ",
	                              view->database, view->name, reads),
	                   view->database, view->name, view->reads->database, view->reads->name,
	                   view->database, view->name, view->reads->database, view->reads->name));
}

static void lower_create(struct lowering *lowering, const struct model_view *view, struct str query)
{
	struct graph_build *build = &lowering->build;
	struct step *step = view_step(lowering, view, STEP_RUN, "");

	step->repeat = REPEAT_IF_NOT_EXISTS;
	step->title = build_text(build, "view %n.%n", view->database, view->name);
	step->why =
	        STR("It feeds its target from what is inserted from now on. IF NOT EXISTS makes "
	            "repeating it harmless; a view that was there before is compared below.");
	build_sql(build, step,
	          build_text(build,
	                     "CREATE MATERIALIZED VIEW IF NOT EXISTS %n.%n\nTO %n.%n%z%s%z\nAS\n%s",
	                     view->database, view->name, view->target->database, view->target->name,
	                     view->column_text.n ? "\n(\n" : "", view->column_text,
	                     view->column_text.n ? "\n)" : "", query));
}

static void lower_scratch(struct lowering *lowering, const struct model_view *view,
                          struct str scratch, struct str query)
{
	struct graph_build *build = &lowering->build;
	struct step *step = view_step(lowering, view, STEP_RUN, ".scratch");

	step->repeat = REPEAT_OBSERVES_FIRST;
	step->title = build_text(build, "a plain view with the declared query of %n.%n",
	                         view->database, view->name);
	step->why =
	        STR("The server writes its query as it writes the live view's, so that the two can "
	            "be compared as text. A plain view never fires; OR REPLACE makes repeating it "
	            "harmless.");
	build_sql(build, step,
	          build_text(build, "CREATE OR REPLACE VIEW %n.%n\nAS\n%s", view->database, scratch,
	                     query));
}

static void lower_same(struct lowering *lowering, const struct model_view *view, struct str scratch)
{
	struct graph_build *build = &lowering->build;
	struct step *step = view_step(lowering, view, STEP_ASSERT, ".same");
	struct str head =
	        build_text(build, "CREATE MATERIALIZED VIEW %n.%n TO %n.%n AS SELECT 1",
	                   view->database, view->name, view->target->database, view->target->name);

	step->title = build_text(build, "%n.%n is as declared", view->database, view->name);
	step->why =
	        STR("Query and target of the server's view are compared with the declaration. It "
	            "reads only.");
	step->hint =
	        STR("change the declaration to what the server has (SHOW CREATE TABLE), or change "
	            "the live view with ALTER TABLE … MODIFY QUERY first");
	build_sql(build, step,
	          build_text(build,
	                     "SELECT\n    live_query = declared_query AND startsWith(live, "
	                     "declared_head) AS ok,\n"
	                     "    if(live_query = declared_query,\n"
	                     "        concat(%q, live, '; declared: ', declared_head, '…'),\n"
	                     "        concat(%q, live_query, '; declared: ', declared_query)) AS "
	                     "message\n"
	                     "FROM\n(\n    SELECT\n"
	                     "        anyIf(as_select, name = %q) AS live_query,\n"
	                     "        anyIf(as_select, name = %q) AS declared_query,\n"
	                     "        anyIf(create_table_query, name = %q) AS live,\n"
	                     "        replaceRegexpOne(formatQuerySingleLine(%q), 'AS SELECT 1$', "
	                     "'') AS "
	                     "declared_head\n"
	                     "    FROM system.tables\n"
	                     "    WHERE database = %q AND name IN (%q, %q)\n)",
	                     build_text(build, "view %n.%n writes elsewhere than declared: ",
	                                view->database, view->name),
	                     build_text(build,
	                                "the query of view %n.%n differs from its declaration: ",
	                                view->database, view->name),
	                     view->name, scratch, view->name, head, view->database, view->name,
	                     scratch));
	lower_remember(lowering, view, lowering->last);
}

static void lower_view(struct lowering *lowering, const struct model_view *view)
{
	struct graph_build *build = &lowering->build;
	struct str query = rewrite_qualify(lowering->model->sources, view->query,
	                                   view->query_database, build->arena);
	struct str scratch = build_text(build, "bfc_%z_check_%s", lowering->graph->tag, view->name);
	struct step *drop;

	if (scratch.n > SCRATCH_NAME_MAX) {
		scratch.n = SCRATCH_NAME_MAX;
		while (((unsigned char)scratch.p[scratch.n] & 0xc0) == 0x80)
			scratch.n--;
	}
	lower_not_late(lowering, view);
	lower_create(lowering, view, query);
	lower_scratch(lowering, view, scratch, query);
	lower_same(lowering, view, scratch);
	drop = view_step(lowering, view, STEP_RUN, ".clean");
	drop->repeat = REPEAT_IF_EXISTS;
	drop->title = STR("drop the plain view again");
	drop->why = STR("It was only needed for comparing. IF EXISTS makes repeating it harmless.");
	build_sql(build, drop,
	          build_text(build, "DROP VIEW IF EXISTS %n.%n SYNC", view->database, scratch));
}

/* Views on a view's target come first: a row that arrives in between would pass the
 * first view and never reach the second. Depth is bounded by the number of views. */
static void lower_deepest_first(struct lowering *lowering, const struct model_view *view)
{
	const struct model_view *const *views;
	size_t count;

	if (lower_recall(lowering, view) != NO_STEP)
		return;
	lower_remember(lowering, view, 0); /* under way; a cycle would end here */
	count = lower_readers(lowering, view->target, &views);
	for (size_t i = 0; i < count; i++)
		lower_deepest_first(lowering, views[i]);
	lower_view(lowering, view);
}

void lower_views(struct lowering *lowering)
{
	const struct model *model = lowering->model;
	uint32_t tables = (uint32_t)lowering->top.list.count;

	for (size_t i = 0; i < model->view_count; i++)
		lower_add_reader(lowering, model->views[i]->reads, model->views[i]);
	for (size_t i = 0; i < model->view_count; i++)
		lower_deepest_first(lowering, model->views[i]);
	/* A view may join any table: the first waits for all of them, the others for the first. */
	for (uint32_t k = 0; model->view_count && k < tables; k++)
		build_dep(&lowering->build, lowering->top.list.items[tables], k);
}
