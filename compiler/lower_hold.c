/*
 * lower_hold.c: `publish at end`: the live tables see nothing before the last chunk is in.
 *
 * Each table of the closure has a holding table beside it, made once before the first chunk. Chunks
 * go through their life as ever, but their parts are moved there. When all of them are done, one more
 * chunk, which loads nothing, seals what the holding tables have and moves it into the live ones.
 *
 *   a crash                    leaves                           the next run, and why it is right
 *   before the first chunk     some holding tables, empty       makes the others: IF NOT EXISTS
 *   in a chunk                 what attempt.c says, with the    as there: the parts keep their UUIDs
 *                              holding tables in the place of   through both moves, and nothing is ever
 *                              the live ones                    merged in a holding table
 *   after the last chunk       all parts in the holding         seals them: only done chunks are in
 *                              tables, none sealed              there, as each moved all that it had
 *   in the last run of moves   sealed; parts in the holding     finishes the moves, reconciled by UUID
 *                              tables, in the live ones, or     like a chunk's
 *                              (server killed) in both
 *   before the sweep           empty holding tables             drops them
 *
 * A holding table has a fixed name, because a move's destination can't be a parameter. Nothing but a
 * chunk's moves ever writes to it, and these are what is wanted however late they come; after an
 * `abort` has dropped it they find no table. It is made once: where one has gone missing since, the
 * run stops (`there`) in place of going on without the chunks that were in it. The journal's row that
 * it was made is what `abort` takes back.
 */
#include "compiler/lower_publish.h"

#include "compiler/base/utf8.h"

bool fill_holds(const struct fill *fill)
{
	const struct model_closure *closure = &fill->backfill->closure;

	for (size_t i = 0; i < closure->table_count && !fill_is_direct(fill); i++)
		if (fill->tables[i].has_parts)
			return fill->backfill->publish == PUBLISH_AT_END;
	return false;
}

/* bfc_<tag>_hold_b1_2_name, cut to what a file name may have. */
static struct str hold_name(const struct fill *fill, size_t i)
{
	struct str name = str_of(arena_printf(fill->build->arena, "bfc_%s_hold_b%u_%zu_%.*s",
	                                      fill->lowering->graph->tag, fill->number, i + 1,
	                                      STR_ARG(fill->tables[i].table->name)));

	while (name.n > LOWER_NAME_MAX || !utf8_is_valid(name))
		name.n--;
	return name;
}

static struct str hold_pairs(struct fill *fill, bool live)
{
	const struct model_closure *closure = &fill->backfill->closure;
	struct str pairs = STR("");

	for (size_t i = 0; i < closure->table_count; i++) {
		const struct staged_table *staged = &fill->tables[i];

		if (staged->has_parts)
			pairs = build_text(fill->build, "%s%z(%q, %q)", pairs, pairs.n ? ", " : "",
			                   staged->table->database,
			                   live ? staged->table->name : staged->to);
	}
	return pairs;
}

static void lower_hold_table(struct fill *fill, const struct staged_table *staged)
{
	const struct model_table *table = staged->table;
	struct graph_build *build = fill->build;
	struct step *step = fill_preflight_step(
	        fill, STEP_RUN, arena_printf(build->arena, "hold.%.*s", STR_ARG(table->name)));

	step->phase = PHASE_STAGE;
	step->repeat = REPEAT_IF_NOT_EXISTS;
	step->title = build_text(build, "a holding table for %n.%n", table->database, table->name);
	step->why =
	        STR("Every chunk's parts gather in it until all are there. They keep their UUIDs "
	            "and are never merged.");
	build_sql(build, step,
	          build_text(build, "CREATE TABLE IF NOT EXISTS %n.%n AS %n.%n\n%z",
	                     table->database, staged->to, table->database, table->name,
	                     FILL_STAGED_SETTINGS));
	fill_wait_for_preflight(fill, step);
}

/* Made by this run, or left by one whose migration was another then. */
static void lower_hold_fresh(struct fill *fill)
{
	struct graph_build *build = fill->build;
	struct step *step = fill_preflight_step(fill, STEP_ASSERT, "hold");
	struct str held = hold_pairs(fill, false), live = hold_pairs(fill, true);

	step->title = STR("the holding tables are empty and like the live ones");
	step->why = STR("Looked at once, before the first chunk. It reads only.");
	step->hint = STR(
	        "they are of an earlier migration of this name: 'bfc abort' drops them; then run "
	        "the same command again");
	build_sql(
	        build, step,
	        build_text(
	                build,
	                "SELECT\n    empty(others) AS ok,\n"
	                "    concat('not empty, or of another structure: ', "
	                "arrayStringConcat(others, ', ')) AS message\nFROM\n(\n"
	                "    SELECT groupArray(concat(held.database, '.', held.name)) AS others\n"
	                "    FROM\n    (\n        SELECT\n"
	                "            indexOf([%s], (database, name)) AS position, database, name,\n"
	                "            [sorting_key, primary_key, partition_key] AS keys, "
	                "total_rows\n"
	                "        FROM system.tables\n        WHERE (database, name) IN (%s)\n"
	                "    ) AS held\n    INNER JOIN\n    (\n        SELECT\n"
	                "            indexOf([%s], (database, name)) AS position,\n"
	                "            [sorting_key, primary_key, partition_key] AS keys\n"
	                "        FROM system.tables\n        WHERE (database, name) IN (%s)\n"
	                "    ) AS live ON live.position = held.position\n    LEFT JOIN\n    (\n"
	                "        SELECT\n            position, uniqExact(columns) AS kinds\n"
	                "        FROM\n        (\n            SELECT\n"
	                "                greatest(indexOf([%s], (database, table)), indexOf([%s], "
	                "(database, table))) AS position,\n"
	                "                arraySort(groupArray((name, type, default_kind, "
	                "default_expression))) AS columns\n"
	                "            FROM system.columns\n"
	                "            WHERE (database, table) IN (%s, %s)\n"
	                "            GROUP BY database, table\n        )\n"
	                "        GROUP BY position\n    ) AS columns ON columns.position = "
	                "held.position\n"
	                "    WHERE held.total_rows != 0\n        OR held.keys != live.keys\n"
	                "        OR columns.kinds != 1\n)",
	                held, held, live, live, held, live, held, live));
	fill_wait_for_preflight(fill, step);
}

void lower_hold(struct fill *fill)
{
	const struct model_closure *closure = &fill->backfill->closure;

	if (!fill_holds(fill))
		return;
	for (size_t i = 0; i < closure->table_count; i++) {
		if (!fill->tables[i].has_parts)
			continue;
		fill->tables[i].to = hold_name(fill, i);
		lower_hold_table(fill, &fill->tables[i]);
	}
	lower_hold_fresh(fill);
}

/* --- behind the chunks --------------------------------------------------------------------- */

/* The holding tables as what is staged: their names are the columns of the one row. */
static void stage_held(struct fill *last, const struct fill *fill, struct each *each)
{
	const struct model_closure *closure = &fill->backfill->closure;
	struct arena *arena = fill->build->arena;
	size_t n = 0;

	last->tables = arena_array(arena, struct staged_table, closure->table_count);
	each->columns = arena_array(arena, struct str, closure->table_count);
	each->rows = arena_array(arena, struct graph_row, 1);
	each->rows[0].values = arena_array(arena, struct str, closure->table_count);
	each->row_count = 1;
	for (size_t i = 0; i < closure->table_count; i++) {
		struct staged_table *staged = &last->tables[i];

		*staged = fill->tables[i];
		if (!staged->has_parts)
			continue;
		staged->param =
		        build_param(fill->build, fill->number, "hold_%s", staged->table->name);
		staged->to = staged->table->name;
		each->columns[n] = staged->param;
		each->rows[0].values[n++] = fill->tables[i].to;
	}
	each->column_count = n;
}

static void lower_hold_there(struct fill *last, const struct each *each, struct str held)
{
	struct graph_build *build = last->build;
	struct step *step = fill_body_step(last, STEP_ASSERT, PHASE_LOAD, "there");

	step->title = STR("all holding tables are there");
	step->why = STR("All chunks are in them. It reads only.");
	step->hint = STR("somebody has dropped a holding table, and chunks with it: nothing is "
	                 "published yet; 'bfc abort', then run the same command again");
	build_sql(build, step,
	          build_text(build,
	                     "SELECT\n    count() = %u AS ok,\n    concat(toString(count()), ' of "
	                     "%u are there') AS message\nFROM system.tables\n"
	                     "WHERE (database, name) IN (%s)",
	                     (unsigned long long)each->column_count,
	                     (unsigned long long)each->column_count, held));
}

void lower_hold_publish(struct fill *fill)
{
	struct lowering *lowering = fill->lowering;
	struct graph_build *build = fill->build;
	struct fill last = *fill;
	struct step *step;

	if (!fill_holds(fill))
		return;
	step = build_step(build, &lowering->top, STEP_EACH, PHASE_PUBLISH,
	                  build_id(build, "b%u.publish", (unsigned long long)fill->number));
	build_dep(build, step, lowering->last);
	lowering->last = (uint32_t)lowering->top.list.count - 1;
	step->origin = fill->origin;
	step->repeat = REPEAT_OBSERVES_FIRST;
	step->resume_point = true;
	step->title = STR("publish the history: one run of moves into the live tables");
	step->why = STR(
	        "All chunks are in the holding tables, and the live tables have seen nothing of "
	        "them. Sealed once; after that only the moves are finished.");
	step->each->kind = EACH_CHUNKS;
	step->each->workers = 1;
	last.part = "publish";
	last.body = (struct step_list){{0}};
	stage_held(&last, fill, step->each);
	lower_hold_there(&last, step->each, hold_pairs(fill, false));
	lower_publish(&last);
	step->each->body = (const struct step **)last.body.list.items;
	step->each->body_count = last.body.list.count;
}
