/*
 * What follows the end of a run that was played with decisions: another run or an abort, with a person
 * who does what the messages ask for, until all is done. Then whether it is right.
 */
#include <stdio.h>
#include <stdlib.h>

#include "explore_play.h"
#include "fake_pause.h"
#include "fake_tables.h"
#include "fake_words.h"

/* A lock of a dead client is stale then. */
#define STALE_MS 61000
/* Runs that nothing disturbs, until the last one is done. */
#define CALM_MOST 6
/* Rows come at every so-manieth request of the next run. */
#define COME_EVERY 6
#define COME_MOST 60

/* --- a run that nothing disturbs --- */

struct calm {
	struct player *player;
	size_t requests, come_at; /* all rows that are to come come then; 0: they don't */
	enum command command;
};

static void calm_look(void *state, const struct request *request)
{
	struct calm *calm = state;

	player_look(calm->player, request);
	if (calm->come_at && ++calm->requests == calm->come_at)
		fake_ingest_all(&calm->player->world.server);
}

static void calm_ask(void *state, struct str id, struct str act)
{
	(void)state;
	(void)id;
	(void)act;
}

static void calm_command(void *state, struct str command)
{
	((struct calm *)state)->command = str_is(command, "resume") ? COMMAND_RESUME : COMMAND_STOP;
}

static enum outside_state calm_poll(void *state, struct outside_news *news)
{
	struct calm *calm = state;

	*news = (struct outside_news){.text = {0}};
	player_command(calm->player, calm->command);
	return OUTSIDE_DONE;
}

static void calm_end(void *state)
{
	(void)state;
}

struct run {
	bool aborts;
	enum exec_doubt word;
	size_t come_at;
};

static void calm_run(struct player *player, struct run run, struct exec_result *result)
{
	struct calm calm = {.player = player, .come_at = run.come_at};
	struct outside outside = {&calm, calm_ask, calm_command, calm_poll, calm_end};
	struct exec_options options = {.patience_ms = 30000,
	                               .outside = &outside,
	                               .in_doubt = run.word,
	                               .commands_approved = true};
	struct fake_world *world = &player->world;
	struct transport transport;
	struct fake_wire wire;

	fake_server_advance(&world->server, STALE_MS);
	while (!run.come_at && world->server.ingest.under_way.count)
		fake_ingest_land(&world->server);
	fake_wire_init(&wire, &world->server, (struct fake_fault){.kind = FAULT_NONE});
	wire.look = calm_look;
	wire.look_state = &calm;
	wire.delayed = world->late;
	wire.delayed_until = world->late_at;
	world->late_at = 0;
	if (player->trace)
		wire.trace = run.aborts ? "#   abort " : "#   apply ";
	transport = fake_wire_transport(&wire);
	if (run.aborts)
		exec_abort(STR("m"), &transport, &options, result);
	else
		exec_run(world->graph, &transport, &options, result);
	fake_wire_release(&wire);
	if (player->trace)
		fprintf(stderr, "# exit %d %.*s\n", result->exit, STR_ARG(result->text));
}

void player_overtake(struct player *player, bool aborts)
{
	struct exec_result result;

	player->late = player->overslept = true;
	player->aborted = player->aborted || aborts;
	calm_run(player, (struct run){.aborts = aborts}, &result);
	/* Of an abort: nothing is there yet, or chunks are partly published. */
	if (result.exit != EXEC_DONE &&
	    !(aborts && (result.exit == EXEC_BAD_INPUT || result.exit == EXEC_STOPPED)))
		player_fail(player, "who takes over: exit %d, %.*s", result.exit,
		            STR_ARG(result.text));
	exec_result_release(&result);
}

/* --- is it right? --- */

/* A CREATE that comes after the sweep leaves an empty table that no one reads (attempt.c). */
static size_t staged_tables(const struct player *player, bool snapshot_stays)
{
	const struct fake_server *server = &player->world.server;
	size_t count = 0;

	for (size_t i = 0; i < server->tables.count; i++) {
		const struct fake_table *table = server->tables.items[i];

		count += starts(table->name, "bfc_") &&
		         (!player->late || fake_table_parts(table)) &&
		         !(snapshot_stays && holds(table->name, "_s1_"));
	}
	return count;
}

/* What is left of a run that is over. */
static bool is_tidy(struct player *player, const char *when, bool snapshot_stays)
{
	struct fake_server *server = &player->world.server;
	size_t staged = staged_tables(player, snapshot_stays), locks = fake_server_locks(server);

	if (staged || locks)
		player_fail(player, "%s: %zu staged tables and %zu locks are left", when, staged,
		            locks);
	if (server->ingest.paused && !player->resume_failed)
		player_fail(player, "%s: ingest is paused", when);
	return !player->explore->why[0];
}

/* Each row of a chunk stands on those before it; see journal.h. What goes straight into live tables is
 * done with its seal, or once a person has said so. */
static bool may_follow(const struct fake_row *last, const struct fake_row *row, bool direct)
{
	bool same = last && last->attempt == row->attempt;
	struct str was = last ? last->state : STR("");

	/* A dead run's attempt is discarded beside the next one. */
	if (str_is(row->state, "discarded") && last && row->attempt < last->attempt)
		return true;
	if (str_is(row->state, "begun"))
		return !last || ((str_is(was, "discarded") ||
		                  (str_is(was, "begun") && row->epoch > last->epoch)) &&
		                 row->attempt == last->attempt + 1);
	if (str_is(row->state, "sealed"))
		return same && (str_is(was, "begun") || str_is(was, "sealed"));
	if (str_is(row->state, "published"))
		return same && str_is(was, "sealed");
	if (str_is(row->state, "split"))
		return same && str_is(was, "discarded");
	if (str_is(row->state, "done"))
		return same && (str_is(was, "published") ||
		                (direct && (str_is(was, "begun") || str_is(was, "sealed"))));
	return str_is(row->state, "discarded") && same && !str_is(was, "split");
}

/* The last row of the same chunk before this one; `again`: this one was there before. */
static const struct fake_row *row_before(const struct fake_server *server, size_t at, bool *again)
{
	const struct fake_row *row = &server->journal.items[at], *last = NULL;

	*again = false;
	for (size_t i = 0; i < at; i++) {
		const struct fake_row *other = &server->journal.items[i];

		*again = *again || (other->epoch == row->epoch && other->seq == row->seq);
		/* An abort that leaves nothing published makes all void. */
		if (str_is(other->state, "aborted") && holds(other->pinned, ":0"))
			last = NULL;
		else if (str_eq(other->step, row->step) && str_eq(other->chunk, row->chunk) &&
		         !(last && other->attempt < last->attempt))
			last = other;
	}
	return last;
}

static bool is_consistent(struct player *player)
{
	const struct fake_server *server = &player->world.server;

	for (size_t i = 0; i < server->journal.count; i++) {
		const struct fake_row *row = &server->journal.items[i], *last;
		bool again;

		if (!row->chunk.n)
			continue;
		last = row_before(server, i, &again);
		if (again || may_follow(last, row, player->explore->plan == FAKE_DIRECT))
			continue;
		player_fail(player, "journal: chunk %.*s of %.*s: %.*s %llu after %.*s %llu",
		            STR_ARG(row->chunk), STR_ARG(row->step), STR_ARG(row->state),
		            (unsigned long long)row->attempt,
		            STR_ARG(last ? last->state : STR("nothing")),
		            (unsigned long long)(last ? last->attempt : 0));
		return false;
	}
	return true;
}

static void check_done(struct player *player, const char *when)
{
	struct fake_server *server = &player->world.server;
	const struct fake_table *v = fake_server_table(server, "v");
	char why[200];

	if (player->resume_failed)
		server->ingest.paused = false;
	if (!is_tidy(player, when, false) || !is_consistent(player))
		return;
	if (!v || !str_is(v->view_source, "t") || !str_is(v->view_target, "u"))
		player_fail(player, "%s: the view is not as declared", when);
	fake_ingest_all(server);
	if (!fake_server_is_right(server, why, sizeof(why)))
		player_fail(player, "%s: %s", when, why);
}

/* --- a person --- */

static bool is_whole(struct player *player, const char *name, uint64_t lo)
{
	const struct fake_table *table = fake_server_table(&player->world.server, name);
	uint64_t count = 0;

	for (size_t i = 0; i < table->parts.count; i++) {
		const struct fake_part *part = table->parts.items[i];

		for (size_t j = 0; j < part->rows.count; j++)
			count += part->rows.items[j] - lo < FAKE_ROWS_A_CHUNK;
	}
	return count == FAKE_ROWS_A_CHUNK;
}

/* DELETE WHERE lo <= n AND n < hi */
static void take_out(struct player *player, const char *name, uint64_t lo, uint64_t hi)
{
	struct fake_table *table = fake_server_table(&player->world.server, name);

	for (size_t i = 0; i < table->parts.count; i++) {
		struct fake_part *part = table->parts.items[i];
		size_t kept = 0;

		for (size_t j = 0; j < part->rows.count; j++) {
			uint64_t n = part->rows.items[j];

			if (n < lo || n >= hi)
				part->rows.items[kept++] = n;
		}
		part->rows.count = kept;
	}
}

/* Looks at the chunks that the text names, as its hint says, and what to tell abort. */
static enum exec_doubt settle_doubts(struct player *player, struct str text)
{
	enum exec_doubt word = DOUBT_LOADED;
	bool named[10] = {false};

	for (ptrdiff_t at; (at = str_find(text, STR("in doubt: chunk "))) >= 0;) {
		text = (struct str){text.p + at + 16, text.n - (size_t)at - 16};
		named[text.p[0] - '0'] = true;
	}
	for (uint64_t i = 1; i < 10; i++) {
		uint64_t lo = (i - 1) * FAKE_ROWS_A_CHUNK;

		if (named[i] && !(is_whole(player, "t", lo) && is_whole(player, "u", lo)))
			word = DOUBT_ABSENT;
	}
	for (uint64_t i = 1; word == DOUBT_ABSENT && i < 10; i++) {
		uint64_t lo = (i - 1) * FAKE_ROWS_A_CHUNK;

		if (named[i]) {
			take_out(player, "t", lo, lo + FAKE_ROWS_A_CHUNK);
			take_out(player, "u", lo, lo + FAKE_ROWS_A_CHUNK);
		}
	}
	return word;
}

/* True: what the run asks for is done, and the next one may go on. */
static bool person_helps(struct player *player, const struct exec_result *result)
{
	struct exec_result aborted;
	bool helped = false;

	if (player->explore->plan == FAKE_DIRECT &&
	    str_find(result->text, STR("in doubt: ")) >= 0) {
		struct run run = {.aborts = true, .word = settle_doubts(player, result->text)};

		calm_run(player, run, &aborted);
		helped = aborted.exit == EXEC_DONE;
		exec_result_release(&aborted);
	}
	/* An abort leaves the views that were kept; its hint says what to do. */
	if (player->aborted && str_find(result->text, STR("check failed: b1.new")) >= 0) {
		struct request drop = {.sql = STR("DROP VIEW IF EXISTS bfc_unit.v SYNC"),
		                       .query_id = STR("bfc-a-person-by-hand--b1.undo.view.v")};

		fake_server_do_unheard(&player->world.server, &drop);
		take_out(player, "u", 0, FAKE_ROWS_MOST);
		helped = true;
	}
	/* One that was broken off may have dropped what apply needs, and is to be run again. */
	if (player->aborted &&
	    str_find(result->text, STR("was broken off while it dropped")) >= 0) {
		calm_run(player, (struct run){.aborts = true}, &aborted);
		helped = aborted.exit == EXEC_DONE || aborted.exit == EXEC_STOPPED;
		exec_result_release(&aborted);
	}
	/* Rows came in the pause, and the view counted them: that can only be if somebody resumed. */
	if (player->explore->plan == FAKE_PAUSE && player->somebody &&
	    str_find(result->text, STR("taken back: b1.undo.targets")) >= 0) {
		take_out(player, "u", 0, FAKE_ROWS_MOST);
		helped = true;
	}
	return helped;
}

/* --- what comes next --- */

/* True: the migration is as if it had never been, or apply has to go on. */
static bool aborted_well(struct player *player, const struct exec_result *result)
{
	bool stays = str_find(result->text, STR("so does the snapshot")) >= 0;

	if (result->exit == EXEC_DONE) {
		if (player->explore->plan == FAKE_PAUSE &&
		    str_find(result->text, STR("taken back: b1.undo.targets")) >= 0 &&
		    player->somebody)
			take_out(player, "u", 0, FAKE_ROWS_MOST);
		return is_tidy(player, "after the abort", stays);
	}
	if (result->exit == EXEC_STOPPED || result->exit == EXEC_BAD_INPUT)
		return true;
	/* The command that resumes ingest has failed: the next run has it again. */
	if (result->exit == EXEC_GATE && player->resume_failed)
		return true;
	player_fail(player, "abort: exit %d, %.*s", result->exit, STR_ARG(result->text));
	return false;
}

static void calm_down(struct player *player, struct run run)
{
	struct exec_result result;
	bool done = false, goes_on = true;

	for (unsigned i = 0; i < CALM_MOST && goes_on && !done; i++) {
		calm_run(player, run, &result);
		if (run.aborts) {
			goes_on = aborted_well(player, &result);
		} else {
			done = result.exit == EXEC_DONE;
			goes_on = done || person_helps(player, &result);
		}
		if (!goes_on || (!done && i + 1 == CALM_MOST))
			player_fail(player, "one more run: exit %d, %.*s", result.exit,
			            STR_ARG(result.text));
		run = (struct run){.aborts = false};
		exec_result_release(&result);
	}
	if (done && !player->explore->why[0])
		check_done(player, "after one more run");
}

/* Of a run whose client lived: it puts back what it has changed. */
static void check_lived(struct player *player, const struct exec_result *result)
{
	const struct fake_ingest *ingest = &player->world.server.ingest;

	if (player->overslept && result->exit != EXEC_LOCKED && result->exit != EXEC_DONE)
		player_fail(player, "awake again: exit %d, %.*s", result->exit,
		            STR_ARG(result->text));
	if (result->exit == EXEC_LOCKED && !player->overslept)
		player_fail(player, "nobody has the lock: %.*s", STR_ARG(result->text));
	if (ingest->paused && !player->resume_failed)
		player_fail(player, "at the end of the run: ingest is paused");
}

/* How rows come until all is done: not before that; at once; or at a request of the next run. */
static size_t ways_to_come(const struct player *player)
{
	const struct fake_ingest *ingest = &player->world.server.ingest;

	return ingest->left || ingest->under_way.count ? 2 + COME_MOST / COME_EVERY : 1;
}

static void choose(struct player *player, struct exec_result *result)
{
	const struct explore *explore = player->explore;
	struct fake_server *server = &player->world.server;
	unsigned deaths = explore->deaths ? explore->deaths : 1;
	size_t acts = explore->aborts && !player->world.late_at ? 2 : 1;
	size_t ways = ways_to_come(player), choice, way;
	size_t played = player->deaths < deaths ? acts : 0;

	player->at_end = true;
	choice = player_decide(player, acts * ways + played);
	player->at_end = false;
	if (player->cut)
		return;
	player->aborted = player->aborted ||
	                  (choice < acts * ways ? choice / ways == 1 : choice - acts * ways == 1);
	if (choice >= acts * ways) {
		exec_result_release(result);
		fake_server_advance(server, STALE_MS);
		player_run(player, choice - acts * ways == 1, result);
		if (!player->cut)
			player_end(player, result);
		return;
	}
	way = choice % ways;
	if (way) {
		/* By hand, where it is not by the run. */
		player->somebody = player->somebody || server->ingest.paused;
		server->ingest.paused = false;
	}
	if (way == 1)
		fake_ingest_all(server);
	calm_down(player, (struct run){.aborts = choice / ways == 1,
	                               .come_at = way > 1 ? (way - 1) * COME_EVERY : 0});
}

void player_end(struct player *player, struct exec_result *result)
{
	if (player->world.late_at)
		player->late = true;
	player->explore->ends++;
	/* It has paused when the other one's run was over, and can't say so: a person finds that. */
	if (player->dead && player->overslept && player->world.server.ingest.paused) {
		player->somebody = true;
		player->world.server.ingest.paused = false;
	}
	if (!player->dead)
		check_lived(player, result);
	if (player->explore->why[0])
		return;
	if (!player->dead && result->exit == EXEC_DONE && !player->aborting)
		check_done(player, "done at once");
	else if (!player->dead && player->aborting && !aborted_well(player, result))
		return;
	else
		choose(player, result);
}
