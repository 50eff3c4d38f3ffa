#include "fake_graph.h"

#include "compiler/base/sha256.h"
#include "fake_build.h"

/* --- one chunk --- */

static void add_staging(struct arena *arena, struct fake_list *body)
{
	static const char *const halves[] = {"lo", "hi", NULL};
	struct step *step;

	step = fake_add(
	        arena, body, "b1.chunk.halves", STEP_PROBE, PHASE_STAGE,
	        "SELECT toString(if(half = 1, {lo:UInt64}, middle)) AS lo, toString(if(half "
	        "= 1, middle, {hi:UInt64})) AS hi FROM (SELECT intDiv({lo:UInt64} + "
	        "{hi:UInt64}, 2) AS middle, arrayJoin([1, 2]) AS half) WHERE middle > "
	        "{lo:UInt64} ORDER BY half");
	step->pin = PIN_ATTEMPT;
	step->when = WHEN_SPLIT;
	fake_outputs(arena, step, halves);
	fake_add(arena, body, "b1.chunk.dup_t", STEP_RUN, PHASE_STAGE,
	         "CREATE TABLE bfc_unit.{dup_t:Identifier} AS bfc_unit.t" FAKE_STAGED_SETTINGS);
	fake_add(arena, body, "b1.chunk.dup_u", STEP_RUN, PHASE_STAGE,
	         "CREATE TABLE bfc_unit.{dup_u:Identifier} AS bfc_unit.u" FAKE_STAGED_SETTINGS);
	fake_add(arena, body, "b1.chunk.copy_v", STEP_RUN, PHASE_STAGE,
	         "CREATE MATERIALIZED VIEW bfc_unit.{copy_v:Identifier} TO "
	         "bfc_unit.{dup_u:Identifier} AS SELECT n FROM bfc_unit.{dup_t:Identifier}");
}

static struct fake_list make_body(struct arena *arena, const char *to_t, const char *to_u)
{
	struct fake_list body = {0};
	struct step *step;

	add_staging(arena, &body);
	step = fake_add(arena, &body, "b1.chunk.load", STEP_RUN, PHASE_LOAD,
	                "INSERT INTO bfc_unit.{dup_t:Identifier} (n) SELECT number FROM "
	                "numbers({lo:UInt64}, {hi:UInt64} - {lo:UInt64}) WHERE number < "
	                "{split:UInt64}");
	step->heavy = true;
	step->repeat = REPEAT_NEW_NAME;
	fake_add(arena, &body, "b1.chunk.verify", STEP_ASSERT, PHASE_LOAD,
	         "SELECT count() = {hi:UInt64} - {lo:UInt64} AS ok, toString(count()) AS message "
	         "FROM bfc_unit.{dup_t:Identifier}");
	fake_add_seal(arena, &body, "b1.chunk", "dup_t", "dup_u");
	fake_add_moves(arena, &body, &(struct fake_move){"b1.chunk", "t", "dup_t", to_t});
	fake_add_moves(arena, &body, &(struct fake_move){"b1.chunk", "u", "dup_u", to_u});
	fake_add_moved(arena, &body, "b1.chunk", "dup_t", "dup_u");
	fake_add(arena, &body, "b1.chunk.drop_v", STEP_RUN, PHASE_FINISH,
	         "DROP TABLE IF EXISTS bfc_unit.{copy_v:Identifier} SYNC");
	fake_add(arena, &body, "b1.chunk.drop_t", STEP_RUN, PHASE_FINISH,
	         "DROP TABLE IF EXISTS bfc_unit.{dup_t:Identifier} SYNC");
	fake_add(arena, &body, "b1.chunk.drop_u", STEP_RUN, PHASE_FINISH,
	         "DROP TABLE IF EXISTS bfc_unit.{dup_u:Identifier} SYNC");
	return body;
}

static void add_chunks(struct arena *arena, struct fake_list *list, const char *id,
                       const struct fake_list *body, unsigned workers)
{
	struct each *each = fake_add_chunks(arena, list, id, "b1.bounds", workers, body);

	fake_add_object(arena, each, "dup_t", "t");
	fake_add_object(arena, each, "dup_u", "u");
	fake_add_object(arena, each, "copy_v", "v");
}

/* --- before and behind the chunks --- */

static void add_head(struct arena *arena, struct fake_list *list, unsigned chunks)
{
	static const char *const split[] = {"split", NULL}, *const bounds[] = {"lo", "hi", NULL};
	struct step *step;

	fake_add_tables(arena, list);
	fake_add(arena, list, "ensure.v", STEP_RUN, PHASE_ENSURE,
	         "CREATE MATERIALIZED VIEW IF NOT EXISTS bfc_unit.v TO bfc_unit.u AS SELECT n FROM "
	         "bfc_unit.t");
	step = fake_add(arena, list, "b1.grants", STEP_ASSERT, PHASE_ENSURE, "SELECT 1 AS ok");
	step->when = WHEN_EVERY_RUN;
	step = fake_add(arena, list, "b1.split", STEP_PROBE, PHASE_ENSURE,
	                "SELECT '1000' AS split");
	step->one_row = true;
	fake_outputs(arena, step, split);
	step = fake_add(arena, list, "b1.bounds", STEP_PROBE, PHASE_ENSURE,
	                arena_printf(arena,
	                             "SELECT toString(number * %d) AS lo, toString(number * %d + "
	                             "%d) AS hi FROM numbers(%u) ORDER BY number",
	                             FAKE_ROWS_A_CHUNK, FAKE_ROWS_A_CHUNK, FAKE_ROWS_A_CHUNK,
	                             chunks));
	fake_outputs(arena, step, bounds);
}

static void add_tail(struct arena *arena, struct fake_list *list, unsigned chunks)
{
	fake_add_sweep(arena, list);
	fake_add(arena, list, "check.1", STEP_ASSERT, PHASE_CHECK,
	         arena_printf(arena, "SELECT count() = %u AS ok FROM bfc_unit.t WHERE n < 1000",
	                      chunks * FAKE_ROWS_A_CHUNK));
}

/* --- publish at end (compiler/lower_hold.c) --- */

static void add_hold_tables(struct arena *arena, struct fake_list *list, const char *const names[2])
{
	fake_add(arena, list, "b1.hold.t", STEP_RUN, PHASE_STAGE,
	         arena_printf(arena,
	                      "CREATE TABLE IF NOT EXISTS bfc_unit.%s AS "
	                      "bfc_unit.t" FAKE_STAGED_SETTINGS,
	                      names[0]));
	fake_add(arena, list, "b1.hold.u", STEP_RUN, PHASE_STAGE,
	         arena_printf(arena,
	                      "CREATE TABLE IF NOT EXISTS bfc_unit.%s AS "
	                      "bfc_unit.u" FAKE_STAGED_SETTINGS,
	                      names[1]));
	fake_add(
	        arena, list, "b1.hold", STEP_ASSERT, PHASE_STAGE,
	        arena_printf(arena,
	                     "SELECT sum(total_rows) = 0 AS ok FROM system.tables WHERE (database, "
	                     "name) IN (('bfc_unit', '%s'), ('bfc_unit', '%s'))",
	                     names[0], names[1]));
}

static void add_publish(struct arena *arena, struct fake_list *list, const char *const names[2])
{
	static const char *const columns[] = {"hold_t", "hold_u", NULL};
	struct fake_list *body = arena_new(arena, struct fake_list);
	struct step *step = fake_add(arena, list, "b1.publish", STEP_EACH, PHASE_PUBLISH, "");

	fake_add(arena, body, "b1.publish.there", STEP_ASSERT, PHASE_LOAD,
	         arena_printf(arena,
	                      "SELECT count() = 2 AS ok, toString(count()) AS message FROM "
	                      "system.tables WHERE (database, name) IN (('bfc_unit', '%s'), "
	                      "('bfc_unit', '%s'))",
	                      names[0], names[1]));
	fake_add_seal(arena, body, "b1.publish", "hold_t", "hold_u");
	fake_add_moves(arena, body, &(struct fake_move){"b1.publish", "t", "hold_t", "t"});
	fake_add_moves(arena, body, &(struct fake_move){"b1.publish", "u", "hold_u", "u"});
	fake_add_moved(arena, body, "b1.publish", "hold_t", "hold_u");
	step->resume_point = true;
	fake_each(arena, step, EACH_CHUNKS, "", columns, body);
	step->each->workers = 1;
	step->each->rows = arena_array(arena, struct graph_row, 1);
	step->each->rows[0].values = arena_array(arena, struct str, 2);
	step->each->row_count = 1;
	for (size_t i = 0; i < 2; i++)
		step->each->rows[0].values[i] = str_of(names[i]);
}

static void add_held(struct arena *arena, const struct graph *graph, struct fake_list *list,
                     unsigned workers)
{
	const char *names[2] = {arena_printf(arena, "bfc_%s_hold_b1_1_t", graph->tag),
	                        arena_printf(arena, "bfc_%s_hold_b1_2_u", graph->tag)};
	struct fake_list body = make_body(arena, names[0], names[1]);

	add_hold_tables(arena, list, names);
	add_chunks(arena, list, "b1.gather", &body, workers);
	add_publish(arena, list, names);
}

/* --- using direct unsafe (compiler/lower_direct.c) --- */

static void add_direct(struct arena *arena, struct fake_list *list, unsigned workers)
{
	struct fake_list body = {0};
	struct step *step;

	step = fake_add(arena, &body, "b1.chunk.load", STEP_RUN, PHASE_LOAD,
	                "INSERT INTO bfc_unit.t (n) SELECT number FROM numbers({lo:UInt64}, "
	                "{hi:UInt64} - {lo:UInt64}) WHERE number < {split:UInt64}");
	step->heavy = true;
	step->repeat = REPEAT_NEVER;
	fake_add_chunks(arena, list, "b1.direct", "b1.bounds", workers, &body);
	((struct step *)list->steps.items[list->steps.count - 1])->repeat = REPEAT_NEVER;
}

/* --- the graph --- */

static uint32_t number(const struct step **steps, size_t count, uint32_t next)
{
	for (size_t i = 0; i < count; i++) {
		((struct step *)steps[i])->number = next++;
		if (steps[i]->each)
			next = number(steps[i]->each->body, steps[i]->each->body_count, next);
	}
	return next;
}

/* In turn, but for ensure.t and ensure.u, which run at once. */
static void add_deps(struct arena *arena, struct fake_list *list)
{
	for (size_t i = 1; i < list->steps.count; i++) {
		struct step *step = (struct step *)list->steps.items[i];

		step->deps = arena_array(arena, uint32_t, 2);
		step->deps[step->dep_count++] = (uint32_t)(i == 2 ? 0 : i - 1);
		if (i == 3)
			step->deps[step->dep_count++] = 1;
	}
}

static void add_steps(struct arena *arena, struct graph *graph, struct fake_list *list,
                      enum fake_plan plan, unsigned chunks, unsigned workers)
{
	struct fake_list body;

	if (plan == FAKE_PAUSE) {
		fake_add_pause(arena, graph, list, chunks, workers);
		return;
	}
	add_head(arena, list, chunks);
	switch (plan) {
	case FAKE_HOLD:
		add_held(arena, graph, list, workers);
		break;
	case FAKE_DIRECT:
		add_direct(arena, list, workers);
		break;
	default:
		body = make_body(arena, "t", "u");
		add_chunks(arena, list, "b1.chunks", &body, workers);
		break;
	}
	add_tail(arena, list, chunks);
}

struct graph *fake_plan_new(struct arena *arena, enum fake_plan plan, const char *migration,
                            unsigned chunks, unsigned workers)
{
	struct graph *graph = arena_new(arena, struct graph);
	struct fake_list list = {0};
	char digest[65];

	graph->arena = arena;
	graph->migration = str_of(migration);
	sha256_hex(str_of(migration), digest);
	memcpy(graph->tag, digest, 8);
	add_steps(arena, graph, &list, plan, chunks, workers);
	add_deps(arena, &list);
	graph->steps = list.steps.items;
	graph->step_count = list.steps.count;
	graph->step_total = number(graph->steps, graph->step_count, 0);
	sha256_hex(str_of(arena_printf(arena, "%s %u", migration, chunks)), graph->hash);
	return graph;
}

struct graph *fake_graph_new(struct arena *arena, const char *migration, unsigned chunks,
                             unsigned workers)
{
	return fake_plan_new(arena, FAKE_DUPLICATE, migration, chunks, workers);
}

struct step *fake_graph_step(struct graph *graph, const char *id)
{
	return (struct step *)graph_find(graph, str_of(id));
}
