/*
 * fake_play.c: what the unit tests' model of ClickHouse answers, for tests/e2e/cases_model.py.
 *
 *   fake_play
 *
 * Purpose: a model proves something only as far as it is like what it stands for. Plays whole runs,
 * deaths of either side among them, and statements that a run seldom sends, against the fake server,
 * and prints an object a line: each request with the fake's answer, or `restart`, or a statement
 * that `begins` and goes on. The case sends the same to an engine and compares the answers.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "compiler/base/json_value.h"
#include "tests/unit/fake_graph.h"
#include "tests/unit/fake_pause.h"
#include "tests/unit/fake_world.h"

static void print_line(json_t *line)
{
	char *text = json_dumps(line, JSON_COMPACT);

	if (!text)
		out_of_memory();
	puts(text);
	free(text);
	json_decref(line);
}

static void print_event(const char *name)
{
	print_line(json_pack("{s:b}", name, 1));
}

static json_t *request_line(const struct request *request)
{
	json_t *line = json_object(), *params = json_object();

	json_put_text(line, "id", request->query_id);
	json_put_text(line, "sql", request->sql);
	json_put_text(line, "body", request->body);
	for (size_t i = 0; i < request->param_count; i++)
		json_object_setn_new(
		        params, request->params[i].name.p, request->params[i].name.n,
		        json_stringn(request->params[i].value.p, request->params[i].value.n));
	json_object_set_new(line, "params", params);
	return line;
}

static void print_reply(const struct request *request, const struct outcome *outcome)
{
	const struct reply *reply = &outcome->reply;
	json_t *line = request_line(request), *columns = json_array(), *rows = json_array();

	json_put_u64(line, "code", (uint64_t)outcome->code);
	for (size_t i = 0; i < reply->column_count; i++)
		json_array_append_new(columns,
		                      json_stringn(reply->columns[i].p, reply->columns[i].n));
	for (size_t row = 0; row < reply->row_count; row++) {
		json_t *values = json_array();

		for (size_t i = 0; i < reply->column_count; i++) {
			struct str value = reply->values[row * reply->column_count + i];

			json_array_append_new(values,
			                      json_stringn(value.n ? value.p : "", value.n));
		}
		json_array_append_new(rows, values);
	}
	json_object_set_new(line, "columns", columns);
	json_object_set_new(line, "rows", rows);
	print_line(line);
}

static void print_answer(void *state, const struct request *request, const struct outcome *outcome)
{
	(void)state;
	if (request)
		print_reply(request, outcome);
	else
		print_event("restart");
}

/* --- whole runs --- */

static void apply(struct fake_world *world, struct fake_fault fault)
{
	struct exec_result result;

	fake_world_apply(world, fault, &result);
	exec_result_release(&result);
	fake_server_advance(&world->server, 61000);
}

static void play_run(unsigned workers, struct fake_fault fault)
{
	struct fake_world world;

	print_event("anew");
	fake_world_init(&world, 2, workers);
	world.server.told = print_answer;
	apply(&world, fault);
	if (fault.kind != FAULT_NONE)
		apply(&world, (struct fake_fault){.kind = FAULT_NONE});
	apply(&world, (struct fake_fault){.kind = FAULT_NONE});
	fake_world_release(&world);
}

/* --- the other strategies --- */

static void abort_it(struct fake_world *world, enum exec_doubt word)
{
	struct exec_result result;

	fake_world_abort(world, word, &result);
	exec_result_release(&result);
	fake_server_advance(&world->server, 61000);
}

static void play_plan(enum fake_plan plan, struct fake_fault fault, enum exec_doubt word)
{
	struct fake_world world;

	print_event("anew");
	fake_world_init_plan(&world, plan, 2, 2);
	world.server.told = print_answer;
	apply(&world, fault);
	if (word != DOUBT_UNSAID)
		abort_it(&world, word);
	apply(&world, (struct fake_fault){.kind = FAULT_NONE});
	fake_world_release(&world);
}

static void play_hold_and_direct(void)
{
	static const struct {
		enum fake_plan plan;
		enum fake_fault_kind kind;
		const char *step;
		enum exec_doubt word;
	} scenes[] = {
	        {FAKE_HOLD, FAULT_NONE, NULL, DOUBT_UNSAID},
	        {FAKE_HOLD, FAULT_CLIENT_DIES_AFTER, "publish.move_t-c1-a1-1", DOUBT_UNSAID},
	        {FAKE_HOLD, FAULT_SERVER_DIES, "publish.move_u", DOUBT_UNSAID},
	        {FAKE_HOLD, FAULT_CLIENT_DIES_AFTER, "publish.move_t", DOUBT_ABSENT},
	        {FAKE_HOLD, FAULT_CLIENT_DIES_AFTER, "publish.seal", DOUBT_ABSENT},
	        {FAKE_HOLD, FAULT_CLIENT_DIES_AFTER, "chunk.load-c2", DOUBT_ABSENT},
	        {FAKE_DIRECT, FAULT_NONE, NULL, DOUBT_UNSAID},
	        {FAKE_DIRECT, FAULT_CLIENT_DIES_AFTER, "chunk.load-c2", DOUBT_LOADED},
	        {FAKE_DIRECT, FAULT_CLIENT_DIES, "chunk.load-c1", DOUBT_ABSENT},
	};

	for (size_t i = 0; i < sizeof(scenes) / sizeof(*scenes); i++)
		play_plan(scenes[i].plan,
		          (struct fake_fault){.kind = scenes[i].kind, .step = scenes[i].step},
		          scenes[i].word);
}

/* --- a pause --- */

struct paused {
	struct fake_world world;
	const char *comes; /* rows come before this step */
	bool stopping;
};

static void print_setup(const char *sql)
{
	print_line(json_pack("{s:s}", "setup", sql));
}

static void all_rows_come(struct fake_world *world)
{
	size_t before = world->server.ingest.landed_count;

	fake_ingest_all(&world->server);
	for (size_t i = before; i < world->server.ingest.landed_count; i++)
		print_setup(arena_printf(&world->arena, "INSERT INTO bfc_unit.t VALUES (%llu)",
		                         (unsigned long long)world->server.ingest.landed[i]));
}

static void look(void *state, const struct request *request)
{
	struct paused *paused = state;

	if (paused->comes && str_find(request->query_id, str_of(paused->comes)) >= 0)
		all_rows_come(&paused->world);
}

static void ask_nobody(void *state, struct str id, struct str act)
{
	(void)state;
	(void)id;
	(void)act;
}

static void run_command(void *state, struct str command)
{
	((struct paused *)state)->stopping = str_is(command, "stop");
}

static enum outside_state poll_command(void *state, struct outside_news *news)
{
	struct paused *paused = state;

	*news = (struct outside_news){.text = {0}};
	paused->world.server.ingest.paused = paused->stopping;
	return OUTSIDE_DONE;
}

static void end_command(void *state)
{
	(void)state;
}

/* Rows come at `comes`; where the client dies somebody resumes ingest, and rows come then. */
static void play_pause(const char *comes, const char *dies, bool aborts)
{
	struct paused paused = {.comes = comes};
	struct outside outside = {&paused, ask_nobody, run_command, poll_command, end_command};
	struct fake_fault fault = {.kind = dies ? FAULT_CLIENT_DIES_AFTER : FAULT_NONE,
	                           .step = dies};
	struct fake_world *world = &paused.world;

	print_event("anew");
	fake_world_init_plan(world, FAKE_PAUSE, 2, 2);
	fake_ingest_init(&world->server, 2);
	print_setup("CREATE DATABASE bfc_unit");
	print_setup(graph_find(world->graph, STR("ensure.t"))->sql.p);
	print_setup("INSERT INTO bfc_unit.t SELECT number FROM numbers(20)");
	print_setup(graph_find(world->graph, STR("ensure.u"))->sql.p);
	world->server.told = print_answer;
	world->look = look;
	world->look_state = &paused;
	world->outside = &outside;
	apply(world, fault);
	if (dies) {
		world->server.ingest.paused = false;
		all_rows_come(world);
	}
	if (aborts)
		abort_it(world, DOUBT_UNSAID);
	apply(world, (struct fake_fault){.kind = FAULT_NONE});
	apply(world, (struct fake_fault){.kind = FAULT_NONE});
	fake_world_release(world);
}

static void play_pauses(void)
{
	play_pause(NULL, NULL, false);
	play_pause("b1.snapshot.name", NULL, false);
	play_pause("b1.ranges", NULL, false);
	play_pause(NULL, "b1.mark", false);
	play_pause(NULL, "b1.snapshot.link-1", true);
	play_pause(NULL, "b1.view.v", false);
	play_pause(NULL, "b1.view.v", true);
	play_pause(NULL, "b1.chunk.move_u-c1", true);
}

/* --- single statements --- */

static const char *const bindings[][2] = {
        {"dup_t", "bfc_x_t"},
        {"dup_u", "bfc_x_u"},
        {"copy_v", "bfc_x_v"},
        {"lo", "0"},
        {"hi", "10"},
        {"split", "1000"},
        {"seal_partition", "0"},
        {"already_part", "1_99_99_0"},
        {"sweep_name", "bfc_x_none"},
};
#define BINDINGS (sizeof(bindings) / sizeof(*bindings))

static void play_request(struct fake_world *world, struct str sql, const char *id)
{
	struct binding params[BINDINGS];
	struct request request = {.sql = sql, .params = params, .param_count = BINDINGS};
	struct outcome outcome = {0};

	for (size_t i = 0; i < BINDINGS; i++)
		params[i] = (struct binding){.name = str_of(bindings[i][0]),
		                             .value = str_of(bindings[i][1])};
	if (id)
		request.query_id = str_of(arena_printf(&world->arena, "bfc-%s-%.8s-%s",
		                                       world->graph->tag, world->graph->hash, id));
	fake_server_do(&world->server, &request, &outcome);
	outcome_release(&outcome);
}

static void play_steps(struct fake_world *world, const char *const *ids)
{
	for (; *ids; ids++)
		play_request(world, graph_find(world->graph, str_of(*ids))->sql, *ids);
}

static void play_odd_steps(struct fake_world *world)
{
	static const char *const ids[] = {
	        "ensure.database", "ensure.t", "ensure.u", "ensure.v", "ensure.t",
	        /* without their tables */
	        "b1.chunk.copy_v", "b1.chunk.load", "b1.chunk.verify", "b1.chunk.seal",
	        "b1.chunk.move_t", "b1.chunk.moved", "b1.chunk.already_t", "b1.chunk.drop_part_t",
	        "b1.chunk.drop_v", "b1.chunk.drop_t",
	        /* twice */
	        "b1.chunk.dup_t", "b1.chunk.dup_t", "b1.chunk.copy_v", "b1.chunk.dup_u",
	        "b1.chunk.copy_v", "b1.chunk.copy_v", "b1.chunk.load", "b1.chunk.verify",
	        "b1.chunk.load", "b1.chunk.verify", "b1.chunk.seal", "b1.chunk.already_t",
	        "b1.chunk.drop_part_t", "b1.chunk.moved", "b1.chunk.move_t", "b1.chunk.move_t",
	        "b1.chunk.seal", "b1.chunk.already_t", "b1.chunk.already_u", "b1.chunk.moved",
	        "b1.chunk.drop_v", "b1.chunk.load", "b1.chunk.seal", "finish.names", "finish.drop",
	        "b1.chunk.drop_t", "b1.chunk.drop_t", "b1.chunk.move_t", "b1.chunk.move_u",
	        "b1.chunk.moved", "b1.chunk.drop_u", "finish.names", "check.1", NULL};

	play_steps(world, ids);
}

/* A statement that runs fences its id; KILL says whom it ended. */
static void play_running(struct fake_world *world)
{
	static const char *const id = "b1.chunk.verify-c1-a1";
	struct request request = {
	        .sql = STR(
	                "SELECT sleepEachRow(0.1) FROM numbers(600) SETTINGS max_block_size = 1"),
	        .query_id = str_of(arena_printf(&world->arena, "bfc-%s-%.8s-%s", world->graph->tag,
	                                        world->graph->hash, id))};
	struct str running = str_of(arena_printf(
	        &world->arena,
	        "SELECT toString(count()) AS running FROM system.processes WHERE query_id = '%.*s'",
	        STR_ARG(request.query_id)));
	struct str kill =
	        str_of(arena_printf(&world->arena, "KILL QUERY WHERE query_id = '%.*s' SYNC",
	                            STR_ARG(request.query_id)));
	json_t *line = request_line(&request);

	play_request(world, kill, NULL);
	play_request(world, running, NULL);
	json_object_set_new(line, "begins", json_true());
	print_line(line);
	fake_server_run_on(&world->server, &request);
	play_request(world, running, NULL);
	play_request(world, graph_find(world->graph, STR("b1.chunk.verify"))->sql, id);
	play_request(world, kill, NULL);
	play_request(world, running, NULL);
	play_request(world, kill, NULL);
}

static void play_locks(struct fake_world *world)
{
	const char *tag = world->graph->tag;

	for (int i = 0; i < 2; i++)
		play_request(world,
		             str_of(arena_printf(&world->arena,
		                                 "CREATE TABLE `bfc`.lock_%s_7 (held UInt8) "
		                                 "ENGINE = Null COMMENT 'a'",
		                                 tag)),
		             NULL);
	for (int i = 0; i < 2; i++) {
		play_request(
		        world,
		        str_of(arena_printf(&world->arena,
		                            "ALTER TABLE `bfc`.lock_%s_7 MODIFY COMMENT 'b'", tag)),
		        NULL);
		play_request(world,
		             str_of(arena_printf(&world->arena,
		                                 "DROP TABLE IF EXISTS `bfc`.lock_%s_7 SYNC", tag)),
		             NULL);
	}
}

int main(void)
{
	struct fake_world world;

	play_run(1, (struct fake_fault){.kind = FAULT_NONE});
	play_run(2, (struct fake_fault){.kind = FAULT_CLIENT_DIES, .step = "move_u-c1"});
	play_run(1, (struct fake_fault){.kind = FAULT_CLIENT_DIES_AFTER, .step = "load-c2"});
	play_run(1, (struct fake_fault){.kind = FAULT_SERVER_DIES, .step = "move_t-c2"});
	play_hold_and_direct();
	play_pauses();
	print_event("anew");
	fake_world_init(&world, 2, 1);
	world.server.told = print_answer;
	play_odd_steps(&world);
	play_request(&world, STR("CREATE DATABASE IF NOT EXISTS `bfc`"), NULL);
	play_locks(&world);
	play_running(&world);
	fake_world_release(&world);
	return 0;
}
