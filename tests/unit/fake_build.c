#include "fake_build.h"

struct step *fake_add(struct arena *arena, struct fake_list *list, const char *id,
                      enum step_kind kind, enum step_phase phase, const char *sql)
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

void fake_outputs(struct arena *arena, struct step *step, const char *const *names)
{
	while (names[step->output_count])
		step->output_count++;
	step->outputs = arena_array(arena, struct str, step->output_count);
	for (size_t i = 0; i < step->output_count; i++)
		step->outputs[i] = str_of(names[i]);
}

struct each *fake_each(struct arena *arena, struct step *step, enum each_kind kind,
                       const char *over, const char *const *columns, const struct fake_list *body)
{
	struct step scratch = {0};

	step->each = arena_new(arena, struct each);
	step->each->kind = kind;
	step->each->over = str_of(over);
	fake_outputs(arena, &scratch, columns);
	step->each->columns = scratch.outputs;
	step->each->column_count = scratch.output_count;
	step->each->body = body->steps.items;
	step->each->body_count = body->steps.count;
	return step->each;
}

static void add_already(struct arena *arena, struct fake_list *body, const struct fake_move *move)
{
	static const char *const already[] = {"already_part", NULL};
	struct fake_list drops = {0};
	char *probe = arena_printf(arena, "%s.already_%s", move->part, move->t);
	struct step *step;

	step = fake_add(
	        arena, body, probe, STEP_PROBE, PHASE_PUBLISH,
	        arena_printf(arena,
	                     "SELECT name AS already_part FROM system.parts WHERE database = "
	                     "'bfc_unit' AND table = {%s:String} AND active AND rows > 0 AND "
	                     "uuid IN (SELECT uuid FROM system.parts WHERE database = "
	                     "'bfc_unit' AND table = '%s')",
	                     move->from, move->to));
	step->pin = PIN_NEVER;
	step->when = WHEN_RESUMED;
	fake_outputs(arena, step, already);
	fake_add(arena, &drops, arena_printf(arena, "%s.drop_part_%s", move->part, move->t),
	         STEP_RUN, PHASE_PUBLISH,
	         arena_printf(arena,
	                      "ALTER TABLE bfc_unit.{%s:Identifier} DROP PART "
	                      "{already_part:String}",
	                      move->from));
	step = fake_add(arena, body, arena_printf(arena, "%s.reconcile_%s", move->part, move->t),
	                STEP_EACH, PHASE_PUBLISH, "");
	step->when = WHEN_RESUMED;
	fake_each(arena, step, EACH_ROWS, probe, already, &drops);
}

static const char *const seal_columns[] = {
        "seal_table", "seal_partition", "seal_parts", "seal_rows",
        "seal_bytes", "seal_uuids",     "seal_block", NULL};

void fake_add_moves(struct arena *arena, struct fake_list *body, const struct fake_move *move)
{
	struct fake_list loop = {0};
	struct step *step;

	add_already(arena, body, move);
	fake_add(arena, &loop, arena_printf(arena, "%s.move_%s", move->part, move->t), STEP_RUN,
	         PHASE_PUBLISH,
	         arena_printf(arena,
	                      "ALTER TABLE bfc_unit.{%s:Identifier} MOVE PARTITION ID "
	                      "{seal_partition:String} TO TABLE bfc_unit.%s",
	                      move->from, move->to));
	step = fake_add(arena, body, arena_printf(arena, "%s.moves_%s", move->part, move->t),
	                STEP_EACH, PHASE_PUBLISH, "");
	fake_each(arena, step, EACH_ROWS, arena_printf(arena, "%s.seal", move->part), seal_columns,
	          &loop);
	step->each->only_column = STR("seal_table");
	step->each->only_value = str_of(move->t);
}

/* `t` may be NULL: only what u stands for. */
void fake_add_seal(struct arena *arena, struct fake_list *body, const char *part, const char *t,
                   const char *u)
{
	struct step *step = fake_add(
	        arena, body, arena_printf(arena, "%s.seal", part), STEP_PROBE, PHASE_PUBLISH,
	        arena_printf(
	                arena,
	                "SELECT if(table = {%s:String}, 'u', 't') AS seal_table, partition_id AS "
	                "seal_partition, count() AS seal_parts, sum(rows) AS seal_rows, 0 AS "
	                "seal_bytes, toString(groupArray(uuid)) AS seal_uuids, 0 AS seal_block "
	                "FROM system.parts WHERE database = 'bfc_unit' AND table IN "
	                "({%s:String}, {%s:String}) AND active AND rows > 0 GROUP BY table, "
	                "partition_id ORDER BY seal_table, partition_id",
	                u, t ? t : u, u));

	step->pin = PIN_SEAL;
	fake_outputs(arena, step, seal_columns);
}

void fake_add_moved(struct arena *arena, struct fake_list *body, const char *part, const char *t,
                    const char *u)
{
	fake_add(arena, body, arena_printf(arena, "%s.moved", part), STEP_ASSERT, PHASE_PUBLISH,
	         arena_printf(arena,
	                      "SELECT count() = 0 AS ok, toString(count()) AS message FROM "
	                      "system.parts WHERE database = 'bfc_unit' AND table IN ({%s:String}, "
	                      "{%s:String}) AND active AND rows > 0",
	                      t ? t : u, u));
}

struct each *fake_add_chunks(struct arena *arena, struct fake_list *list, const char *id,
                             const char *over, unsigned workers, const struct fake_list *body)
{
	static const char *const columns[] = {"lo", "hi", NULL};
	struct fake_list *own = arena_new(arena, struct fake_list);
	struct step *step = fake_add(arena, list, id, STEP_EACH, PHASE_LOAD, "");

	*own = *body;
	step->resume_point = true;
	fake_each(arena, step, EACH_CHUNKS, over, columns, own);
	step->each->workers = workers;
	return step->each;
}

void fake_add_object(struct arena *arena, struct each *each, const char *param,
                     const char *original)
{
	if (!each->objects)
		each->objects = arena_array(arena, struct staged_object, 3);
	each->objects[each->object_count++] = (struct staged_object){.param = str_of(param),
	                                                             .database = STR("bfc_unit"),
	                                                             .original = str_of(original),
	                                                             .is_view = original[0] == 'v'};
}

void fake_add_tables(struct arena *arena, struct fake_list *list)
{
	fake_add(arena, list, "ensure.database", STEP_RUN, PHASE_ENSURE,
	         "CREATE DATABASE IF NOT EXISTS bfc_unit");
	fake_add(arena, list, "ensure.t", STEP_RUN, PHASE_ENSURE,
	         "CREATE TABLE IF NOT EXISTS bfc_unit.t (n UInt64) ENGINE = MergeTree PARTITION BY "
	         "n % 2 ORDER BY n");
	fake_add(arena, list, "ensure.u", STEP_RUN, PHASE_ENSURE,
	         "CREATE TABLE IF NOT EXISTS bfc_unit.u (n UInt64) ENGINE = MergeTree PARTITION BY "
	         "n % 2 ORDER BY n");
}

void fake_add_sweep(struct arena *arena, struct fake_list *list)
{
	static const char *const sweep[] = {"sweep_name", NULL};
	struct fake_list *drops = arena_new(arena, struct fake_list);
	struct step *step;

	step = fake_add(arena, list, "finish.names", STEP_PROBE, PHASE_FINISH,
	                "SELECT name AS sweep_name FROM system.tables WHERE database = 'bfc_unit' "
	                "AND startsWith(name, 'bfc_') ORDER BY engine LIKE '%View' DESC");
	step->pin = PIN_NEVER;
	fake_outputs(arena, step, sweep);
	fake_add(arena, drops, "finish.drop", STEP_RUN, PHASE_FINISH,
	         "DROP TABLE IF EXISTS bfc_unit.{sweep_name:Identifier} SYNC");
	step = fake_add(arena, list, "finish.sweep", STEP_EACH, PHASE_FINISH, "");
	fake_each(arena, step, EACH_ROWS, "finish.names", sweep, drops);
}
