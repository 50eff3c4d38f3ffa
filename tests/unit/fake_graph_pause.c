/* A plan of pause_and_attach; see compiler/lower_pause.c, whose steps these are. */
#include "fake_build.h"
#include "fake_graph.h"

/* The highest block of each partition, as one figure. */
#define BLOCKS(table)                                                                              \
	"(SELECT toString(cityHash64(arraySort(groupArray((partition_id, block))))) FROM (SELECT " \
	"partition_id, max(max_block_number) AS block FROM system.parts WHERE active AND rows > "  \
	"0 "                                                                                       \
	"AND database = 'bfc_unit' AND table = '" table "' GROUP BY partition_id))"
#define UNDER_WAY                                                                                  \
	"(SELECT count() FROM system.processes WHERE query_kind = 'Insert' AND NOT "               \
	"startsWith(query_id, 'bfc-') AND position(query, 'bfc_unit.t') > 0)"
#define ARE_EQUAL                                                                                  \
	"(SELECT sumIf(rows, table = 't') = sumIf(rows, table = {frozen_t:String}) FROM "          \
	"system.parts WHERE active AND database = 'bfc_unit')"
#define NO_VIEW                                                                                    \
	"SELECT count() = 0 AS ok FROM system.tables WHERE database = 'bfc_unit' AND name = 'v'"

static struct step *probe(struct arena *arena, struct fake_list *list, const char *id,
                          const char *const *names, const char *sql)
{
	struct step *step = fake_add(arena, list, id, STEP_PROBE, PHASE_ENSURE, sql);

	fake_outputs(arena, step, names);
	return step;
}

static struct step *command(struct arena *arena, struct fake_list *list, const char *id,
                            const char *act)
{
	struct step *step = fake_add(arena, list, id, STEP_GATE, PHASE_ENSURE, "");

	step->gate = GATE_COMMAND;
	step->repeat = REPEAT_SETS;
	step->act = str_of(act);
	step->limit_seconds = 20;
	return step;
}

static void add_snapshot(struct arena *arena, const struct graph *graph, struct fake_list *list)
{
	static const char *const name[] = {"frozen_t", NULL};

	probe(arena, list, "b1.snapshot.name", name,
	      arena_printf(arena,
	                   "SELECT concat('bfc_%s_s1_', lower(hex(generateUUIDv4())), '_t') AS "
	                   "frozen_t",
	                   graph->tag))
	        ->one_row = true;
	fake_add(arena, list, "b1.snapshot.table", STEP_RUN, PHASE_ENSURE,
	         "CREATE TABLE IF NOT EXISTS bfc_unit.{frozen_t:Identifier} AS bfc_unit.t SETTINGS "
	         "max_bytes_to_merge_at_max_space_in_pool = 1, "
	         "max_bytes_to_merge_at_min_space_in_pool = 1");
}

static void add_links(struct arena *arena, struct fake_list *list)
{
	static const char *const partition[] = {"frozen_partition", NULL};
	struct fake_list *body = arena_new(arena, struct fake_list);
	struct step *step;

	probe(arena, list, "b1.snapshot.partitions", partition,
	      "SELECT DISTINCT partition_id AS frozen_partition FROM system.parts WHERE active AND "
	      "rows > 0 AND database = 'bfc_unit' AND table = 't' ORDER BY partition_id");
	fake_add(arena, body, "b1.snapshot.link", STEP_RUN, PHASE_ENSURE,
	         "ALTER TABLE bfc_unit.{frozen_t:Identifier} REPLACE PARTITION ID "
	         "{frozen_partition:String} FROM bfc_unit.t");
	step = fake_add(arena, list, "b1.snapshot", STEP_EACH, PHASE_ENSURE, "");
	fake_each(arena, step, EACH_ROWS, "b1.snapshot.partitions", partition, body);
}

static void add_paused(struct arena *arena, struct fake_list *list)
{
	static const char *const blocks[] = {"source_blocks", "target_blocks", NULL};

	command(arena, list, "b1.pause", "stop");
	fake_add(arena, list, "b1.quiet", STEP_GATE, PHASE_ENSURE,
	         "SELECT " UNDER_WAY " = 0 AS ok, " BLOCKS("t") " AS blocks");
	((struct step *)list->steps.items[list->steps.count - 1])->gate = GATE_STILL;
	probe(arena, list, "b1.mark", blocks,
	      "SELECT " BLOCKS("t") " AS source_blocks, " BLOCKS("u") " AS target_blocks")
	        ->one_row = true;
	add_links(arena, list);
	fake_add(arena, list, "b1.frozen", STEP_ASSERT, PHASE_ENSURE, "SELECT " ARE_EQUAL " AS ok");
	fake_add(arena, list, "b1.unseen", STEP_ASSERT, PHASE_ENSURE, NO_VIEW);
	fake_add(arena, list, "b1.view.v", STEP_RUN, PHASE_ENSURE,
	         "CREATE MATERIALIZED VIEW IF NOT EXISTS bfc_unit.v TO bfc_unit.u AS SELECT n FROM "
	         "bfc_unit.t");
	fake_add(arena, list, "b1.whole", STEP_ASSERT, PHASE_ENSURE,
	         "SELECT " UNDER_WAY
	         " = 0 AND " BLOCKS("t") " = {source_blocks:String} AND " ARE_EQUAL " AS ok");
	command(arena, list, "b1.resume", "resume");
}

static void add_guard(struct arena *arena, struct graph *graph)
{
	struct guard *guard = arena_new(arena, struct guard);
	struct fake_list undo = {0}, restore = {0};

	fake_add(arena, &undo, "b1.undo.view.v", STEP_RUN, PHASE_FINISH,
	         "DROP VIEW IF EXISTS bfc_unit.v SYNC");
	fake_add(arena, &undo, "b1.undo.snapshot", STEP_RUN, PHASE_FINISH,
	         "DROP TABLE IF EXISTS bfc_unit.{frozen_t:Identifier} SYNC");
	fake_add(arena, &undo, "b1.undo.targets", STEP_ASSERT, PHASE_FINISH,
	         "SELECT " BLOCKS("t") " = {source_blocks:String} OR " BLOCKS(
	                 "u") " = {target_blocks:String} OR (SELECT sum(rows) FROM system.parts "
	                      "WHERE active AND database = 'bfc_unit' AND table = 'u') = 0 AS ok");
	command(arena, &restore, "b1.undo.resume", "resume");
	*guard = (struct guard){.id = STR("b1.ingest"),
	                        .first = STR("b1.new"),
	                        .opens = STR("b1.pause"),
	                        .keeps = STR("b1.whole"),
	                        .closes = STR("b1.resume"),
	                        .what = STR("ingest is paused"),
	                        .left = STR("resume it by hand: resume"),
	                        .within_seconds = 60,
	                        .undo = undo.steps.items,
	                        .undo_count = undo.steps.count,
	                        .restore = restore.steps.items,
	                        .restore_count = restore.steps.count};
	graph->guards = guard;
	graph->guard_count = 1;
}

static void add_ranges(struct arena *arena, struct fake_list *list, unsigned chunks)
{
	static const char *const bounds[] = {"lo", "hi", NULL};

	probe(arena, list, "b1.ranges", bounds,
	      arena_printf(arena,
	                   "SELECT toString(number * %d) AS lo, if(number = %u, '%d', "
	                   "toString(number * %d + %d)) AS hi FROM numbers(%u) ORDER BY number",
	                   FAKE_ROWS_A_CHUNK, chunks - 1, FAKE_ROWS_MOST, FAKE_ROWS_A_CHUNK,
	                   FAKE_ROWS_A_CHUNK, chunks));
}

static void add_chunks(struct arena *arena, struct fake_list *list, unsigned workers)
{
	struct fake_list body = {0};
	struct step *step;

	fake_add(arena, &body, "b1.chunk.dup_u", STEP_RUN, PHASE_STAGE,
	         "CREATE TABLE bfc_unit.{dup_u:Identifier} AS bfc_unit.u" FAKE_STAGED_SETTINGS);
	step = fake_add(
	        arena, &body, "b1.chunk.fill", STEP_RUN, PHASE_LOAD,
	        "INSERT INTO bfc_unit.{dup_u:Identifier} (n) SELECT n FROM "
	        "bfc_unit.{frozen_t:Identifier} WHERE n >= {lo:UInt64} AND n < {hi:UInt64}");
	step->heavy = true;
	step->repeat = REPEAT_NEW_NAME;
	fake_add(arena, &body, "b1.chunk.filled", STEP_ASSERT, PHASE_LOAD,
	         "SELECT count() = (SELECT count() FROM bfc_unit.{frozen_t:Identifier} WHERE n >= "
	         "{lo:UInt64} AND n < {hi:UInt64}) AS ok FROM bfc_unit.{dup_u:Identifier}");
	fake_add_seal(arena, &body, "b1.chunk", NULL, "dup_u");
	fake_add_moves(arena, &body, &(struct fake_move){"b1.chunk", "u", "dup_u", "u"});
	fake_add_moved(arena, &body, "b1.chunk", NULL, "dup_u");
	fake_add(arena, &body, "b1.chunk.drop_u", STEP_RUN, PHASE_FINISH,
	         "DROP TABLE IF EXISTS bfc_unit.{dup_u:Identifier} SYNC");
	fake_add_object(arena,
	                fake_add_chunks(arena, list, "b1.chunks", "b1.ranges", workers, &body),
	                "dup_u", "u");
}

void fake_add_pause(struct arena *arena, struct graph *graph, struct fake_list *list,
                    unsigned chunks, unsigned workers)
{
	fake_add_tables(arena, list);
	fake_add(arena, list, "b1.grants", STEP_ASSERT, PHASE_ENSURE, "SELECT 1 AS ok")->when =
	        WHEN_EVERY_RUN;
	fake_add(arena, list, "b1.new", STEP_ASSERT, PHASE_ENSURE, NO_VIEW);
	add_snapshot(arena, graph, list);
	add_paused(arena, list);
	add_guard(arena, graph);
	add_ranges(arena, list, chunks);
	add_chunks(arena, list, workers);
	fake_add(arena, list, "b1.snapshot.drop", STEP_RUN, PHASE_FINISH,
	         "DROP TABLE IF EXISTS bfc_unit.{frozen_t:Identifier} SYNC");
	fake_add_sweep(arena, list);
	fake_add(arena, list, "check.v", STEP_ASSERT, PHASE_CHECK,
	         "SELECT count() = 1 AS ok FROM system.tables WHERE database = 'bfc_unit' AND name "
	         "= 'v'");
}
