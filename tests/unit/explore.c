#include "explore.h"

#include <stdio.h>
#include <stdlib.h>

#include "explore_state.h"
#include "fake_graph.h"
#include "fake_words.h"
#include "fake_world.h"

#define FLIGHTS_MAX 16
#define EVENTS_MAX 256
/* Decisions of one run; more is a run that does not end. */
#define STEPS_MAX 4096
/* The longest run after a death, in requests, and some more. */
#define LATE_MOST 90
/* A lock of a dead client is stale then. */
#define STALE_MS 61000

/* What may happen next. */
enum event_kind {
	EVENT_ARRIVE,       /* done by the server; the answer is on its way */
	EVENT_ANSWER,       /* the answer comes; a request that has not arrived arrives first */
	EVENT_PAUSE_ENDS,   /* before anything else happens */
	EVENT_LOSE_REQUEST, /* it never arrives, and the client can't know */
	EVENT_LOSE_ANSWER,
	EVENT_RUN_ON, /* the connection breaks, the statement runs on for some seconds */
	EVENT_REFUSE,
	EVENT_SERVER_DIES,
	EVENT_SERVER_DIES_IN, /* in the middle of this move */
	EVENT_CLIENT_DIES,    /* `arg`: which of those under way still arrive, a bit each */
	EVENT_DIES_RUNNING,   /* the client dies, and this one runs on */
	EVENT_COMES_LATE,     /* the client dies; this arrives at the next run's arg-th request */
};

static const char *const event_names[] = {
        "arrives",        "is answered",      "the pause ends",       "is lost",
        "answer lost",    "runs on, unheard", "is refused",           "the server dies",
        "server dies in", "the client dies",  "runs on, client dies", "comes late, client dies",
};

struct event {
	enum event_kind kind;
	unsigned flight, arg;
};

struct flight {
	const struct request *request;
	struct outcome outcome;
	bool arrived;
};

/* Numbers of events among those that were possible. */
struct path {
	uint16_t *choices;
	size_t count;
};

struct player {
	struct explore *explore;
	struct fake_world world;
	struct seen *seen;
	struct path path;
	uint16_t taken[STEPS_MAX];
	size_t taken_count;
	struct flight flights[FLIGHTS_MAX];
	size_t flight_count, answered;
	const struct exec *exec; /* once a chunk has begun */
	unsigned faults;
	bool dead; /* the client */
	bool cut;  /* nothing new from here on */
	bool late; /* a dead client's request comes in the next run */
	bool trace;
	volatile int interrupted;
	/* Out: the events that were possible, for the decisions after the path. */
	LIST_OF(uint16_t) widths;
	struct arena arena;
};

/* --- the state --- */

static uint64_t state_of(const struct player *player)
{
	uint64_t flights = 0;

	for (size_t i = 0; i < player->flight_count; i++) {
		const struct flight *flight = &player->flights[i];
		const struct request *request = flight->request;
		/* A journal's query ids are numbered. */
		bool named = request->query_id.n && !request->body.n;
		uint64_t hash = mix_str(9, named ? request->query_id : request->sql);

		flights += mix(mix(mix(hash, flight->arrived), flight->outcome.kind),
		               (uint64_t)flight->outcome.code);
	}
	flights = mix(mix(flights, player->faults), server_state(&player->world.server));
	/* Start-up is one line: how far it is says all. */
	return mix(flights, player->exec ? exec_state(player->exec) : player->answered);
}

/* --- what may happen --- */

static void offer(struct event *events, size_t *count, enum event_kind kind, size_t flight,
                  unsigned arg)
{
	if (*count < EVENTS_MAX)
		events[(*count)++] = (struct event){kind, (unsigned)flight, arg};
}

static bool any_paused(const struct player *player)
{
	for (size_t i = 0; player->exec && i < player->exec->tasks.count; i++) {
		if (player->exec->tasks.items[i]->state == TASK_PAUSED)
			return true;
	}
	return false;
}

static void offer_faults(const struct player *player, struct event *events, size_t *count)
{
	for (size_t i = 0; i < player->flight_count; i++) {
		const struct flight *flight = &player->flights[i];
		struct str id = flight->request->query_id;

		offer(events, count, EVENT_LOSE_ANSWER, i, 0);
		if (flight->arrived)
			continue;
		offer(events, count, EVENT_LOSE_REQUEST, i, 0);
		if (id.n)
			offer(events, count, EVENT_RUN_ON, i, 0);
		if (holds(id, ".move_"))
			offer(events, count, EVENT_SERVER_DIES_IN, i, 0);
		if (holds(id, ".load") && player->explore->refused)
			offer(events, count, EVENT_REFUSE, i, 0);
	}
	offer(events, count, EVENT_SERVER_DIES, 0, 0);
}

static void offer_deaths(const struct player *player, struct event *events, size_t *count)
{
	unsigned masks = player->explore->apart ? 1 : 1u << player->flight_count;

	for (unsigned mask = 0; mask < masks; mask++)
		offer(events, count, EVENT_CLIENT_DIES, 0, mask);
	for (size_t i = 0; i < player->flight_count; i++) {
		if (player->flights[i].arrived || !player->flights[i].request->query_id.n)
			continue;
		offer(events, count, EVENT_DIES_RUNNING, i, 0);
		for (unsigned at = player->explore->late; at && at < LATE_MOST;
		     at += player->explore->late)
			offer(events, count, EVENT_COMES_LATE, i, at);
	}
}

static size_t list_events(const struct player *player, struct event *events)
{
	size_t count = 0;

	for (size_t i = 0; i < player->flight_count; i++)
		offer(events, &count,
		      player->explore->apart && !player->flights[i].arrived ? EVENT_ARRIVE
		                                                            : EVENT_ANSWER,
		      i, 0);
	if (any_paused(player))
		offer(events, &count, EVENT_PAUSE_ENDS, 0, 0);
	if (player->faults < player->explore->faults)
		offer_faults(player, events, &count);
	offer_deaths(player, events, &count);
	return count;
}

/* --- what happens --- */

static void arrive(struct player *player, struct flight *flight)
{
	if (!flight->arrived)
		fake_server_do(&player->world.server, flight->request, &flight->outcome);
	flight->arrived = true;
}

static void lose(struct flight *flight)
{
	outcome_release(&flight->outcome);
	outcome_say(&flight->outcome, OUTCOME_LOST, "connection reset");
	flight->arrived = true;
}

static void client_dies(struct player *player)
{
	player->dead = true;
	player->interrupted = 1;
	for (size_t i = 0; i < player->flight_count; i++) {
		lose(&player->flights[i]);
		player->flights[i].outcome.kind = OUTCOME_UNREACHABLE;
	}
}

static void server_dies(struct player *player)
{
	fake_server_restart(&player->world.server);
	for (size_t i = 0; i < player->flight_count; i++)
		lose(&player->flights[i]);
}

static void strike(struct player *player, struct event event)
{
	struct fake_server *server = &player->world.server;
	struct flight *flight = &player->flights[event.flight];

	switch (event.kind) {
	case EVENT_LOSE_ANSWER:
		arrive(player, flight);
		lose(flight);
		break;
	case EVENT_LOSE_REQUEST:
		lose(flight);
		break;
	case EVENT_RUN_ON:
		fake_server_run_on(server, flight->request);
		lose(flight);
		break;
	case EVENT_REFUSE:
		outcome_say(&flight->outcome, OUTCOME_EXCEPTION,
		            "Code: %u. DB::Exception: on order", player->explore->refused);
		flight->outcome.code = (int)player->explore->refused;
		flight->arrived = true;
		break;
	case EVENT_SERVER_DIES_IN:
		server->crash_in_move = true;
		arrive(player, flight);
		server->crash_in_move = false;
		/* fall through */
	default:
		server_dies(player);
		break;
	}
}

static void kill_client(struct player *player, struct event event)
{
	struct fake_world *world = &player->world;
	const struct request *request = player->flights[event.flight].request;

	for (size_t i = 0; event.kind == EVENT_CLIENT_DIES && i < player->flight_count; i++) {
		if (event.arg & 1u << i)
			arrive(player, &player->flights[i]);
	}
	if (event.kind == EVENT_DIES_RUNNING)
		fake_server_run_on(&world->server, request);
	if (event.kind == EVENT_COMES_LATE) {
		world->late = fake_request_copy(&world->arena, request);
		world->late_at = event.arg;
	}
	client_dies(player);
}

static void tell(const struct player *player, struct event event)
{
	struct str id = STR("");

	if (event.kind != EVENT_PAUSE_ENDS && event.kind != EVENT_SERVER_DIES &&
	    event.kind != EVENT_CLIENT_DIES) {
		const struct request *request = player->flights[event.flight].request;

		id = request->query_id.n ? request->query_id : request->sql;
		if (starts(id, "bfc-") && id.n > 22)
			id = (struct str){id.p + 22, id.n - 22};
	}
	if (id.n > 60)
		id.n = 60;
	fprintf(stderr, "# %4zu %.*s: %s %u\n", player->taken_count, STR_ARG(id),
	        event_names[event.kind], event.arg);
}

/* The number of the event that shall happen; after the path the first, unless all this was seen. */
static size_t decide(struct player *player, size_t width)
{
	size_t at = player->taken_count, choice = 0;

	if (at < player->path.count) {
		choice = player->path.choices[at];
	} else if (!seen_add(player->seen, state_of(player))) {
		player->cut = true;
		return 0;
	} else {
		*list_add(&player->arena, &player->widths) = (uint16_t)width;
	}
	if (at == STEPS_MAX) {
		snprintf(player->explore->why, sizeof(player->explore->why), "a run does not end");
		player->cut = true;
		return 0;
	}
	player->taken[player->taken_count++] = (uint16_t)choice;
	return choice;
}

/* --- the transport --- */

static void wire_send(void *state, const struct request *request)
{
	struct player *player = state;
	struct flight *flight = &player->flights[player->flight_count++];

	if (player->flight_count > FLIGHTS_MAX)
		abort();
	*flight = (struct flight){.request = request};
	if (holds(request->query_id, "-b1.chunk.") && !player->exec)
		player->exec = ((struct task *)((struct call *)request->owner)->state)->exec;
	if (player->dead) {
		outcome_say(&flight->outcome, OUTCOME_UNREACHABLE, "the client is dead");
		flight->arrived = true;
	}
}

static bool answer(struct player *player, size_t at, struct outcome *outcome)
{
	struct flight *flight = &player->flights[at];

	arrive(player, flight);
	*outcome = flight->outcome;
	outcome->owner = flight->request->owner;
	player->answered++;
	player->flight_count--;
	memmove(flight, flight + 1, (player->flight_count - at) * sizeof(*flight));
	return true;
}

static bool wire_next(void *state, unsigned wait_ms, struct outcome *outcome)
{
	struct player *player = state;
	struct event events[EVENTS_MAX];

	for (;;) {
		struct event event;
		size_t choice;

		if (!player->flight_count) {
			fake_server_advance(&player->world.server, wait_ms);
			return false;
		}
		if (player->dead)
			return answer(player, 0, outcome);
		choice = decide(player, list_events(player, events));
		event = player->cut ? (struct event){EVENT_CLIENT_DIES, 0, 0} : events[choice];
		if (player->trace)
			tell(player, event);
		switch (event.kind) {
		case EVENT_ARRIVE:
			arrive(player, &player->flights[event.flight]);
			break;
		case EVENT_ANSWER:
			return answer(player, event.flight, outcome);
		case EVENT_PAUSE_ENDS:
			fake_server_advance(&player->world.server, wait_ms);
			return false;
		case EVENT_CLIENT_DIES:
		case EVENT_DIES_RUNNING:
		case EVENT_COMES_LATE:
			kill_client(player, event);
			break;
		default:
			player->faults++;
			strike(player, event);
			break;
		}
	}
}

static uint64_t wire_now_ms(void *state)
{
	return ((struct player *)state)->world.server.now_ms;
}

static uint32_t wire_random(void *state)
{
	(void)state;
	return 0;
}

static struct str wire_name(void *state)
{
	(void)state;
	return STR("http://fake:8123");
}

/* --- one run, and its end --- */

/* A CREATE that comes after the sweep leaves an empty table that no one reads (attempt.c). */
static size_t staged_tables(const struct player *player)
{
	const struct fake_server *server = &player->world.server;
	size_t count = 0;

	for (size_t i = 0; i < server->tables.count; i++) {
		const struct fake_table *table = server->tables.items[i];

		count += starts(table->name, "bfc_") && (!player->late || table->parts.count);
	}
	return count;
}

static bool is_clean(struct player *player, const char *when)
{
	struct fake_server *server = &player->world.server;
	size_t staged = staged_tables(player);
	char why[200];

	if (!fake_server_is_right(server, why, sizeof(why)))
		snprintf(player->explore->why, sizeof(player->explore->why), "%s: %s", when, why);
	else if (staged || fake_server_locks(server))
		snprintf(player->explore->why, sizeof(player->explore->why),
		         "%s: %zu staged tables and %zu locks are left", when, staged,
		         fake_server_locks(server));
	return !player->explore->why[0];
}

static void check_end(struct player *player, const struct exec_result *result)
{
	struct fake_world *world = &player->world;
	uint64_t state = mix(mix(server_state(&world->server), world->late_at), player->dead);
	struct exec_result next;

	if (world->late_at)
		state = mix_str(state, world->late.query_id);
	if (!seen_add(player->seen, state) && !player->trace)
		return;
	player->late = world->late_at > 0;
	player->explore->ends++;
	if (!player->dead && result->exit == EXEC_DONE && !is_clean(player, "done at once"))
		return;
	fake_server_advance(&world->server, STALE_MS);
	fake_world_apply(world, (struct fake_fault){.kind = FAULT_NONE}, &next);
	if (next.exit == EXEC_DONE)
		is_clean(player, "after one more run");
	else
		snprintf(player->explore->why, sizeof(player->explore->why),
		         "one more run: exit %d, %.*s", next.exit, STR_ARG(next.text));
	exec_result_release(&next);
}

static void play(struct player *player)
{
	struct explore *explore = player->explore;
	struct transport transport = {.state = player,
	                              .send = wire_send,
	                              .next = wire_next,
	                              .now_ms = wire_now_ms,
	                              .random = wire_random,
	                              .name = wire_name};
	struct exec_options options = {.patience_ms = 30000, .interrupted = &player->interrupted};
	struct exec_result result;

	fake_world_init(&player->world, explore->chunks, explore->workers);
	player->world.server.memory_rows = explore->memory_rows;
	arena_init(&player->arena);
	exec_run(player->world.graph, &transport, &options, &result);
	if (!player->cut)
		check_end(player, &result);
	exec_result_release(&result);
	fake_world_release(&player->world);
}

/* --- all of them --- */

typedef LIST_OF(struct path) path_list;

/* What was not done in this run is done in others: a path for each. */
static void branch(const struct player *player, struct arena *arena, path_list *todo)
{
	for (size_t i = 0; i < player->widths.count; i++) {
		size_t at = player->path.count + i;

		for (uint16_t other = 1; other < player->widths.items[i]; other++) {
			struct path path = {.count = at + 1};

			path.choices = xmalloc(path.count * sizeof(*path.choices));
			memcpy(path.choices, player->taken, at * sizeof(*path.choices));
			path.choices[at] = other;
			*list_add(arena, todo) = path;
		}
	}
}

static void play_path(struct explore *explore, struct seen *seen, struct path path, bool trace,
                      struct arena *arena, path_list *todo)
{
	struct player *player = xmalloc(sizeof(*player));

	*player = (struct player){.explore = explore, .seen = seen, .path = path, .trace = trace};
	play(player);
	if (trace)
		fprintf(stderr, "# %s\n", explore->why);
	else
		branch(player, arena, todo);
	if (!trace && explore->why[0]) {
		struct path failed = {player->taken, player->taken_count};

		play_path(explore, seen, failed, true, arena, todo);
	}
	arena_release(&player->arena);
	free(player);
}

/* Where only a part is seen, it shall not be the ends of runs alone. */
static struct path take_any(path_list *todo, uint64_t *random)
{
	size_t at = (*random = mix(*random, 10)) % todo->count;
	struct path path = todo->items[at];

	todo->items[at] = todo->items[--todo->count];
	return path;
}

bool explore_all(struct explore *explore)
{
	uint64_t random = 1;
	struct seen seen = {0};
	struct arena arena;
	path_list todo = {0};

	arena_init(&arena);
	*list_add(&arena, &todo) = (struct path){0};
	while (todo.count && !explore->why[0] &&
	       (!explore->limit || explore->runs < explore->limit)) {
		struct path path =
		        explore->limit ? take_any(&todo, &random) : todo.items[--todo.count];

		explore->runs++;
		play_path(explore, &seen, path, false, &arena, &todo);
		free(path.choices);
	}
	explore->states = seen.count - explore->ends;
	explore->left = todo.count;
	while (todo.count)
		free(todo.items[--todo.count].choices);
	seen_release(&seen);
	arena_release(&arena);
	return !explore->why[0];
}
