#include "fake_graph.h"

#include "compiler/base/sha256.h"

struct list {
	LIST_OF(const struct step *) steps;
};

static struct step *add(struct arena *arena, struct list *list, const char *id, enum step_kind kind,
                        enum step_phase phase, const char *sql)
{
	struct step *step = arena_new(arena, struct step);

	step->id = str_of(id);
	step->kind = kind;
	step->phase = phase;
	step->repeat =
	        kind == STEP_PROBE || kind == STEP_ASSERT ? REPEAT_READ_ONLY : REPEAT_IF_NOT_EXISTS;
	step->title = step->id;
	step->why = STR("because");
	step->origin = (struct origin){STR("test.bf"), 7};
	step->sql = str_of(sql);
	if (step->sql.n)
		graph_scan_uses(arena, step->sql, &step->uses, &step->use_count);
	*list_add(arena, &list->steps) = step;
	return step;
}

static void outputs(struct arena *arena, struct step *step, const char *const *names)
{
	while (names[step->output_count])
		step->output_count++;
	step->outputs = arena_array(arena, struct str, step->output_count);
	for (size_t i = 0; i < step->output_count; i++)
		step->outputs[i] = str_of(names[i]);
}

static struct each *each(struct arena *arena, struct step *step, enum each_kind kind,
                         const char *over, const char *const *columns, const struct list *body)
{
	struct step scratch = {0};

	step->each = arena_new(arena, struct each);
	step->each->kind = kind;
	step->each->over = str_of(over);
	outputs(arena, &scratch, columns);
	step->each->columns = scratch.outputs;
	step->each->column_count = scratch.output_count;
	step->each->body = body->steps.items;
	step->each->body_count = body->steps.count;
	return step->each;
}

static void add_table(struct arena *arena, struct list *body, const char *t)
{
	static const char *const already[] = {"already_part", NULL};
	static const char *const seal[] = {
	        "seal_table", "seal_partition", "seal_parts", "seal_rows",
	        "seal_bytes", "seal_uuids",     "seal_block", NULL};
	struct list loop = {0}, drops = {0};
	struct step *step;
	char *probe = arena_printf(arena, "b1.chunk.already_%s", t);

	step = add(
	        arena, body, probe, STEP_PROBE, PHASE_PUBLISH,
	        arena_printf(arena,
	                     "SELECT name AS already_part FROM system.parts WHERE database = "
	                     "'bfc_unit' AND table = {dup_%s:String} AND active AND rows > 0 AND "
	                     "uuid IN (SELECT uuid FROM system.parts WHERE database = 'bfc_unit' "
	                     "AND table = '%s')",
	                     t, t));
	step->pin = PIN_NEVER;
	step->when = WHEN_RESUMED;
	outputs(arena, step, already);
	add(arena, &drops, arena_printf(arena, "b1.chunk.drop_part_%s", t), STEP_RUN, PHASE_PUBLISH,
	    arena_printf(arena,
	                 "ALTER TABLE bfc_unit.{dup_%s:Identifier} DROP PART {already_part:String}",
	                 t));
	step = add(arena, body, arena_printf(arena, "b1.chunk.reconcile_%s", t), STEP_EACH,
	           PHASE_PUBLISH, "");
	step->when = WHEN_RESUMED;
	each(arena, step, EACH_ROWS, probe, already, &drops);
	add(arena, &loop, arena_printf(arena, "b1.chunk.move_%s", t), STEP_RUN, PHASE_PUBLISH,
	    arena_printf(arena,
	                 "ALTER TABLE bfc_unit.{dup_%s:Identifier} MOVE PARTITION ID "
	                 "{seal_partition:String} TO TABLE bfc_unit.%s",
	                 t, t));
	step = add(arena, body, arena_printf(arena, "b1.chunk.moves_%s", t), STEP_EACH,
	           PHASE_PUBLISH, "");
	each(arena, step, EACH_ROWS, "b1.chunk.seal", seal, &loop);
	step->each->only_column = STR("seal_table");
	step->each->only_value = str_of(t);
}

static struct list make_body(struct arena *arena)
{
	static const char *const seal[] = {
	        "seal_table", "seal_partition", "seal_parts", "seal_rows",
	        "seal_bytes", "seal_uuids",     "seal_block", NULL};
	static const char *const halves[] = {"lo", "hi", NULL};
	struct list body = {0};
	struct step *step;

	step = add(
	        arena, &body, "b1.chunk.halves", STEP_PROBE, PHASE_STAGE,
	        "SELECT toString(if(half = 1, {lo:UInt64}, middle)) AS lo, toString(if(half = 1, "
	        "middle, {hi:UInt64})) AS hi FROM (SELECT intDiv({lo:UInt64} + {hi:UInt64}, 2) AS "
	        "middle, arrayJoin([1, 2]) AS half) WHERE middle > {lo:UInt64} ORDER BY half");
	step->pin = PIN_ATTEMPT;
	step->when = WHEN_SPLIT;
	outputs(arena, step, halves);
	add(arena, &body, "b1.chunk.dup_t", STEP_RUN, PHASE_STAGE,
	    "CREATE TABLE bfc_unit.{dup_t:Identifier} AS bfc_unit.t SETTINGS assign_part_uuids = "
	    "1, "
	    "max_bytes_to_merge_at_max_space_in_pool = 1, max_bytes_to_merge_at_min_space_in_pool "
	    "= 1");
	add(arena, &body, "b1.chunk.dup_u", STEP_RUN, PHASE_STAGE,
	    "CREATE TABLE bfc_unit.{dup_u:Identifier} AS bfc_unit.u SETTINGS assign_part_uuids = "
	    "1, "
	    "max_bytes_to_merge_at_max_space_in_pool = 1, max_bytes_to_merge_at_min_space_in_pool "
	    "= 1");
	add(arena, &body, "b1.chunk.copy_v", STEP_RUN, PHASE_STAGE,
	    "CREATE MATERIALIZED VIEW bfc_unit.{copy_v:Identifier} TO bfc_unit.{dup_u:Identifier} "
	    "AS "
	    "SELECT n FROM bfc_unit.{dup_t:Identifier}");
	step = add(arena, &body, "b1.chunk.load", STEP_RUN, PHASE_LOAD,
	           "INSERT INTO bfc_unit.{dup_t:Identifier} (n) SELECT number FROM "
	           "numbers({lo:UInt64}, {hi:UInt64} - {lo:UInt64}) WHERE number < {split:UInt64}");
	step->heavy = true;
	step->repeat = REPEAT_NEW_NAME;
	add(arena, &body, "b1.chunk.verify", STEP_ASSERT, PHASE_LOAD,
	    "SELECT count() = {hi:UInt64} - {lo:UInt64} AS ok, toString(count()) AS message FROM "
	    "bfc_unit.{dup_t:Identifier}");
	step = add(
	        arena, &body, "b1.chunk.seal", STEP_PROBE, PHASE_PUBLISH,
	        "SELECT if(table = {dup_t:String}, 't', 'u') AS seal_table, partition_id AS "
	        "seal_partition, count() AS seal_parts, sum(rows) AS seal_rows, 0 AS seal_bytes, "
	        "toString(groupArray(uuid)) AS seal_uuids, 0 AS seal_block FROM system.parts WHERE "
	        "database = "
	        "'bfc_unit' AND table IN ({dup_t:String}, {dup_u:String}) AND active AND rows > 0 "
	        "GROUP BY table, partition_id ORDER BY seal_table, partition_id");
	step->pin = PIN_SEAL;
	outputs(arena, step, seal);
	add_table(arena, &body, "t");
	add_table(arena, &body, "u");
	add(arena, &body, "b1.chunk.moved", STEP_ASSERT, PHASE_PUBLISH,
	    "SELECT count() = 0 AS ok, toString(count()) AS message FROM system.parts WHERE "
	    "database = "
	    "'bfc_unit' AND table IN ({dup_t:String}, {dup_u:String}) AND active AND rows > 0");
	add(arena, &body, "b1.chunk.drop_v", STEP_RUN, PHASE_FINISH,
	    "DROP TABLE IF EXISTS bfc_unit.{copy_v:Identifier} SYNC");
	add(arena, &body, "b1.chunk.drop_t", STEP_RUN, PHASE_FINISH,
	    "DROP TABLE IF EXISTS bfc_unit.{dup_t:Identifier} SYNC");
	add(arena, &body, "b1.chunk.drop_u", STEP_RUN, PHASE_FINISH,
	    "DROP TABLE IF EXISTS bfc_unit.{dup_u:Identifier} SYNC");
	return body;
}

static void add_chunks(struct arena *arena, struct list *list, unsigned workers)
{
	static const char *const bounds[] = {"lo", "hi", NULL};
	static const char *const objects[][2] = {{"dup_t", "t"}, {"dup_u", "u"}, {"copy_v", "v"}};
	struct list *body = arena_new(arena, struct list);
	struct step *step = add(arena, list, "b1.chunks", STEP_EACH, PHASE_LOAD, "");
	struct each *chunks;

	*body = make_body(arena);
	step->resume_point = true;
	chunks = each(arena, step, EACH_CHUNKS, "b1.bounds", bounds, body);
	chunks->workers = workers;
	chunks->object_count = 3;
	chunks->objects = arena_array(arena, struct staged_object, 3);
	for (size_t i = 0; i < 3; i++)
		chunks->objects[i] = (struct staged_object){.param = str_of(objects[i][0]),
		                                            .database = STR("bfc_unit"),
		                                            .original = str_of(objects[i][1]),
		                                            .is_view = i == 2};
}

static void add_top(struct arena *arena, struct list *list, unsigned chunks, unsigned workers)
{
	static const char *const split[] = {"split", NULL}, *const bounds[] = {"lo", "hi", NULL};
	static const char *const sweep[] = {"sweep_name", NULL};
	struct list *drops = arena_new(arena, struct list);
	struct step *step;

	add(arena, list, "ensure.database", STEP_RUN, PHASE_ENSURE,
	    "CREATE DATABASE IF NOT EXISTS bfc_unit");
	add(arena, list, "ensure.t", STEP_RUN, PHASE_ENSURE,
	    "CREATE TABLE IF NOT EXISTS bfc_unit.t (n UInt64) ENGINE = MergeTree PARTITION BY n % "
	    "2 "
	    "ORDER BY n");
	add(arena, list, "ensure.u", STEP_RUN, PHASE_ENSURE,
	    "CREATE TABLE IF NOT EXISTS bfc_unit.u (n UInt64) ENGINE = MergeTree PARTITION BY n % "
	    "2 "
	    "ORDER BY n");
	add(arena, list, "ensure.v", STEP_RUN, PHASE_ENSURE,
	    "CREATE MATERIALIZED VIEW IF NOT EXISTS bfc_unit.v TO bfc_unit.u AS SELECT n FROM "
	    "bfc_unit.t");
	step = add(arena, list, "b1.grants", STEP_ASSERT, PHASE_ENSURE, "SELECT 1 AS ok");
	step->when = WHEN_EVERY_RUN;
	step = add(arena, list, "b1.split", STEP_PROBE, PHASE_ENSURE, "SELECT '1000' AS split");
	step->one_row = true;
	outputs(arena, step, split);
	step = add(
	        arena, list, "b1.bounds", STEP_PROBE, PHASE_ENSURE,
	        arena_printf(arena,
	                     "SELECT toString(number * %d) AS lo, toString(number * %d + %d) AS hi "
	                     "FROM numbers(%u) ORDER BY number",
	                     FAKE_ROWS_A_CHUNK, FAKE_ROWS_A_CHUNK, FAKE_ROWS_A_CHUNK, chunks));
	outputs(arena, step, bounds);
	add_chunks(arena, list, workers);
	step = add(arena, list, "finish.names", STEP_PROBE, PHASE_FINISH,
	           "SELECT name AS sweep_name FROM system.tables WHERE database = 'bfc_unit' AND "
	           "startsWith(name, 'bfc_') ORDER BY engine LIKE '%View' DESC");
	step->pin = PIN_NEVER;
	outputs(arena, step, sweep);
	add(arena, drops, "finish.drop", STEP_RUN, PHASE_FINISH,
	    "DROP TABLE IF EXISTS bfc_unit.{sweep_name:Identifier} SYNC");
	step = add(arena, list, "finish.sweep", STEP_EACH, PHASE_FINISH, "");
	each(arena, step, EACH_ROWS, "finish.names", sweep, drops);
	add(arena, list, "check.1", STEP_ASSERT, PHASE_CHECK,
	    arena_printf(arena, "SELECT count() = %u AS ok FROM bfc_unit.t WHERE n < 1000",
	                 chunks * FAKE_ROWS_A_CHUNK));
}

static uint32_t number(const struct step **steps, size_t count, uint32_t next)
{
	for (size_t i = 0; i < count; i++) {
		((struct step *)steps[i])->number = next++;
		if (steps[i]->each)
			next = number(steps[i]->each->body, steps[i]->each->body_count, next);
	}
	return next;
}

struct graph *fake_graph_new(struct arena *arena, const char *migration, unsigned chunks,
                             unsigned workers)
{
	struct graph *graph = arena_new(arena, struct graph);
	struct list list = {0};
	char digest[65];

	graph->arena = arena;
	graph->migration = str_of(migration);
	add_top(arena, &list, chunks, workers);
	/* In turn, but for ensure.t and ensure.u, which run at once. */
	for (size_t i = 1; i < list.steps.count; i++) {
		struct step *step = (struct step *)list.steps.items[i];

		step->deps = arena_array(arena, uint32_t, 2);
		step->deps[step->dep_count++] = (uint32_t)(i == 2 ? 0 : i - 1);
		if (i == 3)
			step->deps[step->dep_count++] = 1;
	}
	graph->steps = list.steps.items;
	graph->step_count = list.steps.count;
	graph->step_total = number(graph->steps, graph->step_count, 0);
	sha256_hex(str_of(migration), digest);
	memcpy(graph->tag, digest, 8);
	sha256_hex(str_of(arena_printf(arena, "%s %u", migration, chunks)), graph->hash);
	return graph;
}

struct step *fake_graph_step(struct graph *graph, const char *id)
{
	return (struct step *)graph_find(graph, str_of(id));
}
