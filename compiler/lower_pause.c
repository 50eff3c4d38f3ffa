/*
 * lower_pause.c: `using pause_and_attach`: a snapshot of the table that the views read, made while
 * no row comes in.
 *
 *   new, snapshot.name, snapshot.table   before the pause: an empty table like the source
 *   pause                                ingest stops; from here on the guard is open
 *   quiet, mark                          it has stopped, and what was there then
 *   partitions, snapshot                 hard links, partition by partition
 *   frozen, unseen, view.…               the snapshot is whole; the views, as declared
 *   whole                                still nothing came: this step is what the guard keeps
 *   resume                               ingest goes on; the guard is closed
 *
 * Why no row is lost or doubled: `whole` is asked when the views stand, and is true only when no
 * INSERT on the source is under way and no part came to it since `mark`, which is older than the
 * snapshot. So each row that is in the source then is in the snapshot, and each INSERT that begins
 * later sees the views. It does not matter who paused what, or whether somebody resumed too early:
 * then `whole` is false, and the views are taken back.
 * A part is told by the numbers of its blocks: each INSERT takes a higher one, merges keep the
 * highest. Counting rows alone would not do, merges of some engines drop rows.
 *
 * What a kill leaves is in runtime/guard.c.
 */
#include "compiler/lower_pause.h"

struct step *pause_chain(struct pausing *pausing, enum step_kind kind, struct str name)
{
	struct fill *fill = pausing->fill;
	struct arena *arena = fill->build->arena;
	struct step *step =
	        fill_preflight_step(fill, kind, arena_printf(arena, "%.*s", STR_ARG(name)));

	if (pausing->after != NO_STEP)
		build_dep(fill->build, step, pausing->after);
	pausing->after = (uint32_t)fill->lowering->top.list.count - 1;
	return step;
}

static struct step *guard_step(struct pausing *pausing, struct step_list *list, enum step_kind kind,
                               struct str name)
{
	struct fill *fill = pausing->fill;
	struct step *step =
	        build_step(fill->build, list, kind, PHASE_FINISH,
	                   build_id(fill->build, "b%u.%s", (unsigned long long)fill->number, name));

	step->origin = fill->origin;
	return step;
}

struct str fill_frozen(const struct fill *fill)
{
	const struct model_table *reads = fill->backfill->reads;

	return build_text(fill->build, "%n.{%s:Identifier}", reads->database, fill->frozen);
}

/* --- before the pause --- */

static void lower_grants(struct pausing *pausing)
{
	struct fill *fill = pausing->fill;
	struct graph_build *build = fill->build;
	const struct model_pause *pause = &fill->backfill->pause;
	struct str database = pausing->table->database;
	struct str grants =
	        build_text(build,
	                   "SELECT ON system.processes, SELECT ON system.asynchronous_inserts, "
	                   "SELECT, INSERT, ALTER DELETE, CREATE TABLE, DROP TABLE ON %n.*",
	                   database);
	struct step *step;

	for (size_t i = 0; i < fill->backfill->view_count; i++) {
		const struct model_view *view = fill->backfill->views[i];

		if (!str_eq(view->database, database))
			grants = build_text(
			        build,
			        "%s, SELECT, INSERT, CREATE TABLE, DROP TABLE, CREATE VIEW, "
			        "DROP VIEW ON %n.*",
			        grants, view->database);
		if (view->definer.n)
			grants = build_text(build, "%s, SET DEFINER ON %s", grants, view->definer);
		if (str_ends(view->security, STR("NONE")))
			grants = build_text(build, "%s, ALLOW SQL SECURITY NONE ON *.*", grants);
	}
	for (size_t i = 0; i < pause->table_count; i++)
		grants = build_text(build, "%s, CREATE TABLE, DROP TABLE ON %n.%n", grants,
		                    pause->tables[i]->database, pause->tables[i]->name);
	step = pause_chain(pausing, STEP_ASSERT, STR("grants.pause"));
	step->when = WHEN_EVERY_RUN;
	step->title =
	        STR("the user may see INSERTs under way, and make the snapshot and the views");
	step->why = STR("A grant that is missing would stop the run while ingest is paused. "
	                "It reads only.");
	step->hint = build_text(build, "grant what is missing: GRANT %s TO the user of this run",
	                        grants);
	build_sql(build, step, build_text(build, "CHECK GRANT %s", grants));
}

/* A name as the server writes it, and the target of a view in create_table_query. */
#define SERVER_NAME "(?:`(?:[^`\\\\\\\\]|\\\\\\\\.)*`|[^ .`]+)"
#define VIEW_TARGET                                                                                \
	"'^CREATE MATERIALIZED VIEW " SERVER_NAME "\\\\." SERVER_NAME " TO (" SERVER_NAME          \
	"\\\\." SERVER_NAME ")'"

/* Names whose INSERTs reach the table: its own, and those of tables that views carry on to it. */
static void lower_feeders(struct pausing *pausing)
{
	struct fill *fill = pausing->fill;
	struct graph_build *build = fill->build;
	struct step *step = pause_chain(pausing, STEP_PROBE, STR("feeders"));
	struct str outputs[2];

	outputs[0] = pausing->feeders = build_param(build, fill->number, "feeders");
	outputs[1] = pausing->fed_by = build_param(build, fill->number, "fed_by");
	step->pin = PIN_RUN;
	step->one_row = true;
	step->title = build_text(build, "the tables whose rows come to %n.%n",
	                         pausing->table->database, pausing->table->name);
	step->why = STR("INSERTs into these are waited for: the table's own, and those that views "
	                "carry on to it.");
	build_outputs(build, step, outputs, 2);
	build_sql(
	        build, step,
	        build_text(
	                build,
	                "WITH RECURSIVE\n"
	                "    carried AS\n    (\n"
	                "        SELECT\n"
	                "            edges.origin AS source,\n"
	                "            replaceAll(extract(views.create_table_query, " VIEW_TARGET
	                "), '`', '') AS target\n"
	                "        FROM\n        (\n"
	                "            SELECT\n"
	                "                concat(database, '.', name) AS origin,\n"
	                "                arrayJoin(arrayZip(dependencies_database, "
	                "dependencies_table)) AS fired\n"
	                "            FROM system.tables\n        ) AS edges\n"
	                "        INNER JOIN system.tables AS views\n"
	                "            ON views.database = tupleElement(edges.fired, 1)\n"
	                "                AND views.name = tupleElement(edges.fired, 2)\n    ),\n"
	                "    feeders AS\n    (\n"
	                "        SELECT %q AS name\n"
	                "        UNION ALL\n"
	                "        SELECT carried.source\n"
	                "        FROM feeders\n"
	                "        INNER JOIN carried ON carried.target = feeders.name\n    )\n"
	                "SELECT\n    toString(arraySort(groupUniqArray(splitByChar('.', "
	                "name)[-1]))) AS "
	                "%n,\n    toString(arraySort(groupUniqArray(name))) AS %n\nFROM feeders",
	                build_text(build, "%s.%s", pausing->table->database, pausing->table->name),
	                pausing->feeders, pausing->fed_by));
}

/* `ok` is that none of the views is there. */
static void lower_new(struct pausing *pausing, const char *name, struct str why)
{
	struct fill *fill = pausing->fill;
	struct graph_build *build = fill->build;
	struct step *step = pause_chain(pausing, STEP_ASSERT, str_of(name));

	step->title = STR("none of the views is there yet");
	step->why = why;
	step->hint =
	        STR("drop the view and empty its target, so that the history fills it; or take "
	            "its backfill out of the migration");
	build_sql(
	        build, step,
	        build_text(build,
	                   "SELECT\n    count() = 0 AS ok,\n"
	                   "    concat('already there: ', "
	                   "arrayStringConcat(arraySort(groupArray(concat(database, '.', name))), "
	                   "', ')) AS message\nFROM system.tables\n"
	                   "WHERE (database, name) IN (%s)",
	                   fill_view_pairs(fill)));
}

static void lower_snapshot_table(struct pausing *pausing)
{
	struct fill *fill = pausing->fill;
	struct graph_build *build = fill->build;
	const struct model_table *table = pausing->table;
	struct step *step = pause_chain(pausing, STEP_PROBE, STR("snapshot.name"));
	struct str name = table->name, names = STR("");
	size_t count = fill->backfill->view_count + 1;
	struct str *outputs = arena_array(build->arena, struct str, count + 1);

	if (name.n > LOWER_NAME_MAX / 2)
		name = STR("source");
	fill->frozen = build_param(build, fill->number, "frozen_%s", table->name);
	pausing->aside = outputs + 1;
	outputs[0] = fill->frozen;
	for (size_t i = 0; i < count; i++) {
		pausing->aside[i] =
		        build_param(build, fill->number, "aside_%u", (unsigned long long)i);
		names = build_text(build, "%s,\n    concat('bfc_%z_u%u_', id, '_%u') AS %n", names,
		                   fill->lowering->graph->tag, (unsigned long long)fill->number,
		                   (unsigned long long)i, pausing->aside[i]);
	}
	step->pin = PIN_RUN;
	step->one_row = true;
	step->title =
	        STR("names that were never used: for the snapshot, and for what is taken back");
	step->why =
	        STR("A statement of a run that was killed may come late: it must not write into "
	            "this snapshot, nor drop the views of a later run.");
	build_outputs(build, step, outputs, count + 1);
	build_sql(build, step,
	          build_text(build,
	                     "WITH lower(hex(generateUUIDv4())) AS id\nSELECT\n    "
	                     "concat('bfc_%z_s%u_', id, '_', %q) AS %n%s",
	                     fill->lowering->graph->tag, (unsigned long long)fill->number, name,
	                     fill->frozen, names));
	step = pause_chain(pausing, STEP_RUN, STR("snapshot.table"));
	step->repeat = REPEAT_IF_NOT_EXISTS;
	step->title = build_text(build, "an empty table for the snapshot of %n.%n", table->database,
	                         table->name);
	step->why = STR("Its parts are never merged: it stays as it was in the pause.");
	build_sql(build, step,
	          build_text(build,
	                     "CREATE TABLE IF NOT EXISTS %s AS %n.%n\n"
	                     "SETTINGS max_bytes_to_merge_at_max_space_in_pool = 1,\n"
	                     "    max_bytes_to_merge_at_min_space_in_pool = 1",
	                     fill_frozen(fill), table->database, table->name));
}

/* --- gates --- */

static void set_gate(struct step *step, enum gate_kind gate, struct str act, uint64_t limit)
{
	step->repeat = REPEAT_SETS;
	step->gate = gate;
	step->act = act;
	if (gate == GATE_COMMAND)
		step->limit_seconds = (unsigned)limit;
}

static struct str table_name(struct fill *fill, const struct model_table *table)
{
	return lower_name(fill->lowering, table->database, table->name);
}

static void lower_detach(struct pausing *pausing)
{
	struct fill *fill = pausing->fill;
	const struct model_pause *pause = &fill->backfill->pause;

	for (size_t i = 0; i < pause->table_count; i++) {
		struct str name = table_name(fill, pause->tables[i]);
		struct step *step =
		        pause_chain(pausing, STEP_RUN,
		                    build_text(fill->build, "pause.%s", pause->tables[i]->name));

		if (!i)
			pausing->guard->opens = step->id;
		step->repeat = REPEAT_IF_EXISTS;
		step->title = build_text(fill->build, "pause ingest: detach %s", name);
		step->why =
		        STR("Rows wait where they come from. SYNC: no query works on it any more.");
		build_sql(fill->build, step,
		          build_text(fill->build, "DETACH TABLE IF EXISTS %s SYNC", name));
	}
}

static void lower_gate(struct pausing *pausing)
{
	struct fill *fill = pausing->fill;
	const struct model_pause *pause = &fill->backfill->pause;
	struct step *step;

	if (pause->kind == PAUSE_BY_DETACH) {
		lower_detach(pausing);
		return;
	}
	step = pause_chain(pausing, STEP_GATE, STR("pause"));
	step->title = STR("ingest is paused");
	if (pause->kind == PAUSE_BY_HAND) {
		step->why = STR("A person does it and says so.");
		set_gate(step, GATE_PERSON, arena_str(fill->build->arena, pause->stop), 0);
		return;
	}
	pausing->guard->opens = step->id;
	step->why = STR("The command runs on the machine of this program, by /bin/sh, without the "
	                "migration's secrets; its exit code is believed.");
	set_gate(step, GATE_COMMAND, arena_str(fill->build->arena, pause->stop),
	         pause->within_seconds);
}

/* How ingest goes on, as steps of the plan or of the guard. */
static struct step *lower_attach(struct pausing *pausing, struct step_list *list, size_t i)
{
	struct fill *fill = pausing->fill;
	struct graph_build *build = fill->build;
	const struct model_table *table = fill->backfill->pause.tables[i];
	struct str name = build_text(build, "%zresume.%s", list ? "undo." : "", table->name);
	struct step *step = list ? guard_step(pausing, list, STEP_RUN, name)
	                         : pause_chain(pausing, STEP_RUN, name);

	step->repeat = REPEAT_IF_NOT_EXISTS;
	step->title = build_text(build, "resume ingest: attach %s", table_name(fill, table));
	step->why = STR("One that is attached stays so.");
	build_sql(build, step,
	          build_text(build, "ATTACH TABLE IF NOT EXISTS %s", table_name(fill, table)));
	return step;
}

static void lower_resume(struct pausing *pausing, struct step_list *list)
{
	struct fill *fill = pausing->fill;
	struct graph_build *build = fill->build;
	const struct model_pause *pause = &fill->backfill->pause;
	struct step *step = NULL;

	if (pause->kind == PAUSE_BY_DETACH) {
		for (size_t i = 0; i < pause->table_count; i++)
			step = lower_attach(pausing, list, i);
	} else {
		step = list ? guard_step(pausing, list, STEP_GATE, STR("undo.resume"))
		            : pause_chain(pausing, STEP_GATE, STR("resume"));
		step->title = STR("ingest goes on");
		if (pause->kind == PAUSE_BY_HAND) {
			step->why = STR("A person does it and says so.");
			set_gate(step, GATE_PERSON,
			         build_text(build, "resume ingest, which was paused so: %s",
			                    pause->stop),
			         0);
		} else {
			step->why =
			        STR("The command has to work also when ingest runs already: after "
			            "a failure it may run twice.");
			set_gate(step, GATE_COMMAND, arena_str(build->arena, pause->start),
			         pause->within_seconds);
		}
	}
	if (!list)
		pausing->guard->closes = step->id;
}

/* --- the views, and what is taken back --- */

static void lower_make(struct pausing *pausing, const struct model_view *view)
{
	struct fill *fill = pausing->fill;
	struct graph_build *build = fill->build;
	struct step *step =
	        pause_chain(pausing, STEP_RUN, build_text(build, "view.%s", view->name));

	step->repeat = REPEAT_IF_NOT_EXISTS;
	step->title = build_text(build, "%n.%n, as declared", view->database, view->name);
	step->why = STR("It counts every row that comes once ingest goes on.");
	build_sql(build, step, lower_view_sql(fill->lowering, view, STR("")));
}

static struct str aside(struct pausing *pausing, size_t i)
{
	struct fill *fill = pausing->fill;

	return build_text(fill->build, "%n.{%s:Identifier}",
	                  i ? fill->backfill->views[i - 1]->database : pausing->table->database,
	                  pausing->aside[i]);
}

/*
 * A DROP of the views by their own names could come late and drop those of a later run. Several renames
 * in one statement are done one after the other, and the first that fails is the last (measured): the
 * snapshot, whose name no other run has and which everybody drops who takes this back, goes first.
 */
static void lower_undo_views(struct pausing *pausing)
{
	struct fill *fill = pausing->fill;
	struct graph_build *build = fill->build;
	struct str renames = STR(""), snapshot = fill_frozen(fill);
	struct step *step = guard_step(pausing, &pausing->undo, STEP_RUN, STR("undo.found"));

	step->repeat = REPEAT_IF_EXISTS;
	step->title =
	        STR("the snapshot under its own name, when the server died while it was set aside");
	build_sql(
	        build, step,
	        build_text(build, "RENAME TABLE IF EXISTS %s TO %s", aside(pausing, 0), snapshot));
	for (size_t i = 0; i < fill->backfill->view_count; i++)
		renames = build_text(build, "%s,\n    IF EXISTS %n.%n TO %s", renames,
		                     fill->backfill->views[i]->database,
		                     fill->backfill->views[i]->name, aside(pausing, i + 1));
	step = guard_step(pausing, &pausing->undo, STEP_RUN, STR("undo.views"));
	step->repeat = REPEAT_IF_EXISTS;
	step->title = STR("set the views aside, while the snapshot is there");
	step->why =
	        STR("The snapshot is not whole: what these views count would be in the next one, "
	            "too. It is renamed and back: without it nothing is done, and there is "
	            "nothing to do.");
	build_sql(build, step,
	          build_text(build, "RENAME TABLE\n    %s TO %s%s,\n    %s TO %s", snapshot,
	                     aside(pausing, 0), renames, aside(pausing, 0), snapshot));
}

static void lower_undo(struct pausing *pausing)
{
	struct fill *fill = pausing->fill;
	struct graph_build *build = fill->build;
	struct step *step;

	lower_undo_views(pausing);
	for (size_t i = 0; i < fill->backfill->view_count; i++) {
		const struct model_view *view = fill->backfill->views[i];

		step = guard_step(pausing, &pausing->undo, STEP_RUN,
		                  build_text(build, "undo.view.%s", view->name));
		step->repeat = REPEAT_IF_EXISTS;
		step->title = build_text(build, "take %n.%n back", view->database, view->name);
		build_sql(build, step,
		          build_text(build, "DROP VIEW IF EXISTS %s SYNC", aside(pausing, i + 1)));
	}
	step = guard_step(pausing, &pausing->undo, STEP_RUN, STR("undo.snapshot"));
	step->repeat = REPEAT_IF_EXISTS;
	step->title = STR("drop the snapshot");
	build_sql(build, step,
	          build_text(build, "DROP TABLE IF EXISTS %s SYNC", fill_frozen(fill)));
	step = guard_step(pausing, &pausing->undo, STEP_ASSERT, STR("undo.targets"));
	step->title = STR("the views that were taken back have counted nothing");
	step->why =
	        STR("No row came to the table since they were made, or none to their targets, or "
	            "the targets are empty. It reads only.");
	step->hint =
	        build_text(build,
	                   "these rows would count twice: take them out (TRUNCATE TABLE, where "
	                   "the tables had no others), then the same command begins again: %s",
	                   pause_targets(pausing));
	build_sql(build, step, pause_nothing_counted(pausing));
}

static struct str what_is_left(struct pausing *pausing)
{
	struct fill *fill = pausing->fill;
	struct graph_build *build = fill->build;
	const struct model_pause *pause = &fill->backfill->pause;
	struct str tables = STR("");

	if (pause->kind == PAUSE_BY_HAND)
		return build_text(build, "resume it by hand; it was paused so: %s", pause->stop);
	if (pause->kind == PAUSE_BY_COMMAND)
		return build_text(build, "resume it by hand: %s", pause->start);
	for (size_t i = 0; i < pause->table_count; i++)
		tables = build_text(build, "%s%zATTACH TABLE %s", tables, i ? "; " : "",
		                    table_name(fill, pause->tables[i]));
	return build_text(build, "resume it by hand: %s", tables);
}

static void lower_guard(struct pausing *pausing)
{
	struct fill *fill = pausing->fill;
	struct guard *guard = pausing->guard;

	guard->id = build_id(fill->build, "b%u.ingest", (unsigned long long)fill->number);
	guard->what = STR("ingest is paused");
	guard->left = what_is_left(pausing);
	guard->within_seconds = (unsigned)fill->backfill->pause.within_seconds;
	lower_undo(pausing);
	lower_resume(pausing, &pausing->restore);
	guard->undo = (const struct step **)pausing->undo.list.items;
	guard->undo_count = pausing->undo.list.count;
	guard->restore = (const struct step **)pausing->restore.list.items;
	guard->restore_count = pausing->restore.list.count;
}

void lower_pause(struct fill *fill)
{
	struct lowering *lowering = fill->lowering;
	struct pausing pausing = {.fill = fill,
	                          .table = fill->backfill->reads,
	                          .guard = list_add(fill->build->arena, &lowering->guards),
	                          .after = fill->wait};
	const struct model_backfill *backfill = fill->backfill;

	*pausing.guard = (struct guard){.id = {0}};
	lower_grants(&pausing);
	lower_feeders(&pausing);
	lower_new(&pausing, "new",
	          STR("A view that is there has been counting since it was made: these rows would "
	              "count twice. It reads only."));
	pausing.guard->first = lowering->top.list.items[pausing.after]->id;
	/* What may refuse refuses before ingest is paused. */
	fill_wait_for_preflight(fill, lowering->top.list.items[pausing.after]);
	lower_snapshot_table(&pausing);
	lower_gate(&pausing);
	pause_quiet(&pausing);
	pause_mark(&pausing);
	pause_links(&pausing);
	pause_frozen(&pausing);
	lower_new(&pausing, "unseen",
	          STR("Looked at again: one that came since would have counted rows. It reads "
	              "only."));
	for (size_t i = 0; i < backfill->view_count; i++)
		lower_make(&pausing, backfill->views[i]);
	pause_whole(&pausing);
	lower_resume(&pausing, NULL);
	lower_guard(&pausing);
}

/* After the last chunk. */
void lower_pause_end(struct fill *fill)
{
	struct lowering *lowering = fill->lowering;
	struct graph_build *build = fill->build;
	struct step *step =
	        build_step(build, &lowering->top, STEP_RUN, PHASE_FINISH,
	                   build_id(build, "b%u.snapshot.drop", (unsigned long long)fill->number));

	step->origin = fill->origin;
	step->repeat = REPEAT_IF_EXISTS;
	step->title = STR("drop the snapshot");
	step->why = STR("All of it is in the views' targets.");
	build_sql(build, step,
	          build_text(build, "DROP TABLE IF EXISTS %s SYNC", fill_frozen(fill)));
	build_dep(build, step, lowering->last);
	lowering->last = (uint32_t)lowering->top.list.count - 1;
}
