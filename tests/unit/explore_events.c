/* What may happen next in a run, and what it does. */
#include <stdio.h>

#include "explore_play.h"
#include "fake_pause.h"
#include "fake_words.h"

/* The longest run after a death, in requests, and some more. */
#define LATE_MOST 90

static const char *const names[EVENT_COUNT] = {
        [EVENT_ARRIVE] = "arrives",
        [EVENT_ANSWER] = "is answered",
        [EVENT_PAUSE_ENDS] = "the pause ends",
        [EVENT_LOSE_REQUEST] = "is lost",
        [EVENT_LOSE_ANSWER] = "answer lost",
        [EVENT_RUN_ON] = "runs on, unheard",
        [EVENT_REFUSE] = "is refused",
        [EVENT_SERVER_DIES] = "the server dies",
        [EVENT_SERVER_DIES_IN] = "server dies in",
        [EVENT_CLIENT_DIES] = "the client dies",
        [EVENT_DIES_RUNNING] = "runs on, client dies",
        [EVENT_COMES_LATE] = "comes late, client dies",
        [EVENT_CLIENT_SLEEPS] = "the client sleeps",
        [EVENT_COMMAND_ENDS] = "the command ends",
        [EVENT_COMMAND_FAILS] = "the command fails",
        [EVENT_COMMAND_GOES_ON] = "the command goes on",
        [EVENT_DIES_COMMANDING] = "the client dies in the command",
        [EVENT_INSERT_BEGINS] = "an INSERT begins",
        [EVENT_INSERT_ENDS] = "an INSERT ends",
        [EVENT_SOMEBODY_RESUMES] = "somebody resumes ingest",
};

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

static bool may_fault(const struct player *player)
{
	return player->faults < player->explore->faults;
}

static void offer_faults(const struct player *player, struct event *events, size_t *count)
{
	for (size_t i = 0; i < player->flight_count; i++) {
		const struct flight *flight = &player->flights[i];
		struct str id = flight->request->query_id;
		bool inserts = player->explore->plan == FAKE_DIRECT && holds(id, ".load");

		offer(events, count, EVENT_LOSE_ANSWER, i, 0);
		if (flight->arrived)
			continue;
		offer(events, count, EVENT_LOSE_REQUEST, i, 0);
		if (id.n)
			offer(events, count, EVENT_RUN_ON, i, 0);
		if (holds(id, ".move_") || inserts)
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

static void offer_ingest(const struct player *player, struct event *events, size_t *count)
{
	const struct fake_ingest *ingest = &player->world.server.ingest;

	if (ingest->under_way.count)
		offer(events, count, EVENT_INSERT_ENDS, 0, 0);
	if (fake_ingest_may_begin(&player->world.server))
		offer(events, count, EVENT_INSERT_BEGINS, 0, 0);
	if (player->explore->resumed && ingest->paused && may_fault(player))
		offer(events, count, EVENT_SOMEBODY_RESUMES, 0, 0);
}

/* What a sleeper takes back by name would come too late: see EVENT_CLIENT_SLEEPS in explore_end.c. */
static bool may_sleep(const struct player *player)
{
	for (size_t i = 0; i < player->flight_count; i++) {
		if (!player->flights[i].arrived &&
		    holds(player->flights[i].request->query_id, ".undo."))
			return false;
	}
	return player->sleeps < player->explore->sleeps;
}

static void offer_sleep(const struct player *player, struct event *events, size_t *count)
{
	bool gives_up = player->explore->gives_up;

	if (may_sleep(player) && !(gives_up && (player->exec || player->aborting)))
		offer(events, count, EVENT_CLIENT_SLEEPS, 0, gives_up);
}

size_t player_events(const struct player *player, struct event *events)
{
	size_t count = 0;

	for (size_t i = 0; i < player->flight_count; i++)
		offer(events, &count,
		      player->explore->apart && !player->flights[i].arrived ? EVENT_ARRIVE
		                                                            : EVENT_ANSWER,
		      i, 0);
	if (any_paused(player))
		offer(events, &count, EVENT_PAUSE_ENDS, 0, 0);
	if (may_fault(player))
		offer_faults(player, events, &count);
	offer_ingest(player, events, &count);
	offer_deaths(player, events, &count);
	offer_sleep(player, events, &count);
	return count;
}

size_t player_command_events(const struct player *player, struct event *events)
{
	size_t count = 0;

	offer(events, &count, EVENT_COMMAND_ENDS, 0, 0);
	if (may_fault(player)) {
		offer(events, &count, EVENT_COMMAND_FAILS, 0, 0);
		offer(events, &count, EVENT_COMMAND_FAILS, 0, 1);
	}
	if (player->flight_count)
		offer(events, &count, EVENT_COMMAND_GOES_ON, 0, 0);
	offer_ingest(player, events, &count);
	offer(events, &count, EVENT_DIES_COMMANDING, 0, 0);
	offer(events, &count, EVENT_DIES_COMMANDING, 0, 1);
	offer_sleep(player, events, &count);
	return count;
}

/* --- what happens --- */

void player_arrive(struct player *player, struct flight *flight)
{
	if (!flight->arrived)
		fake_server_do(&player->world.server, flight->request, &flight->outcome);
	flight->arrived = true;
}

void player_command(struct player *player, enum command command)
{
	player->world.server.ingest.paused = command == COMMAND_STOP;
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
	player->deaths++;
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

	player->faults++;
	switch (event.kind) {
	case EVENT_LOSE_ANSWER:
		player_arrive(player, flight);
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
		if (player->explore->refused == 202)
			player_refused(player, flight->request);
		break;
	case EVENT_SERVER_DIES_IN:
		server->crash_in_move = true;
		player_arrive(player, flight);
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
			player_arrive(player, &player->flights[i]);
	}
	if (event.kind == EVENT_DIES_RUNNING) {
		struct fake_server *server = &world->server;

		fake_server_run_on(server, request);
		/* As long as that the next run comes upon it. */
		if (request->query_id.n)
			server->processes.items[server->processes.count - 1].ends_ms += 58020;
	}
	if (event.kind == EVENT_COMES_LATE) {
		world->late = fake_request_copy(&world->arena, request);
		world->late_at = event.arg;
	}
	client_dies(player);
}

static void tell(const struct player *player, struct event event)
{
	struct str id = STR("");

	if (event.flight < player->flight_count &&
	    (event.kind < EVENT_PAUSE_ENDS ||
	     (event.kind > EVENT_PAUSE_ENDS && event.kind <= EVENT_COMES_LATE &&
	      event.kind != EVENT_SERVER_DIES && event.kind != EVENT_CLIENT_DIES))) {
		const struct request *request = player->flights[event.flight].request;

		id = request->query_id.n ? request->query_id : request->sql;
		if (starts(id, "bfc-") && id.n > 22)
			id = (struct str){id.p + 22, id.n - 22};
	}
	if (id.n > 60)
		id.n = 60;
	fprintf(stderr, "# %4zu %.*s: %s %u\n", player->taken_count, STR_ARG(id), names[event.kind],
	        event.arg);
}

static bool happen_outside(struct player *player, struct event event)
{
	struct fake_server *server = &player->world.server;

	switch (event.kind) {
	case EVENT_DIES_COMMANDING:
		if (event.arg)
			player_command(player, player->command);
		client_dies(player);
		break;
	case EVENT_INSERT_BEGINS:
		fake_ingest_begin(server);
		break;
	case EVENT_INSERT_ENDS:
		fake_ingest_land(server);
		break;
	case EVENT_SOMEBODY_RESUMES:
		player->faults++;
		player->somebody = true;
		server->ingest.paused = false;
		break;
	case EVENT_CLIENT_SLEEPS:
		player->sleeps++;
		player_overtake(player, event.arg);
		break;
	default:
		return false;
	}
	return true;
}

bool player_happen(struct player *player, struct event event)
{
	if (player->trace)
		tell(player, event);
	switch (event.kind) {
	case EVENT_ANSWER:
	case EVENT_PAUSE_ENDS:
	case EVENT_COMMAND_ENDS:
	case EVENT_COMMAND_FAILS:
	case EVENT_COMMAND_GOES_ON:
		return false;
	case EVENT_ARRIVE:
		player_arrive(player, &player->flights[event.flight]);
		return true;
	case EVENT_CLIENT_DIES:
	case EVENT_DIES_RUNNING:
	case EVENT_COMES_LATE:
		kill_client(player, event);
		return true;
	default:
		break;
	}
	if (!happen_outside(player, event))
		strike(player, event);
	return true;
}
