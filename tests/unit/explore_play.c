/* The wire and the commands of a run that is played with decisions. */
#include "explore_play.h"

#include <stdlib.h>

#include "fake_words.h"

/* --- the state --- */

uint64_t player_state(const struct player *player)
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
	flights = mix(mix(flights, player->deaths), player->sleeps);
	flights = mix(mix(flights, player->command), player->polled * 2 + player->aborting +
	                                                     4 * player->at_end + 8 * player->dead);
	flights = mix(mix(flights, player->somebody + 2 * player->aborted), player->resume_failed);
	if (player->at_end && player->world.late_at)
		flights = mix_str(mix(flights, player->world.late_at), player->world.late.query_id);
	/* Start-up and an abort are one line: how far it is says all. */
	if (player->exec)
		return mix(flights, exec_state(player->exec));
	return mix(flights, player->at_end ? 0 : player->answered);
}

/* --- the transport --- */

void player_look(struct player *player, const struct request *request)
{
	struct str id = request->query_id;

	if (player->explore->plan != FAKE_DIRECT || !holds(id, ".load-"))
		return;
	for (size_t i = 0; i < player->sent.count; i++) {
		if (str_eq(player->sent.items[i], id))
			player_fail(player, "%.*s is sent twice", STR_ARG(id));
	}
	*list_add(&player->arena, &player->sent) = arena_str(&player->arena, id);
}

void player_refused(struct player *player, const struct request *request)
{
	for (size_t i = 0; i < player->sent.count; i++) {
		if (str_eq(player->sent.items[i], request->query_id))
			player->sent.items[i] = STR("");
	}
}

static bool is_of_task(const struct request *request)
{
	return (holds(request->query_id, "-b1.") || holds(request->query_id, "-ensure.")) &&
	       !holds(request->query_id, ".undo.");
}

static void wire_send(void *state, const struct request *request)
{
	struct player *player = state;
	struct flight *flight = &player->flights[player->flight_count++];

	if (player->flight_count > FLIGHTS_MAX)
		abort();
	*flight = (struct flight){.request = request};
	if (!player->exec && is_of_task(request))
		player->exec = ((struct task *)((struct call *)request->owner)->state)->exec;
	if (player->dead) {
		outcome_say(&flight->outcome, OUTCOME_UNREACHABLE, "the client is dead");
		flight->arrived = true;
	} else {
		player_look(player, request);
	}
}

static bool answer(struct player *player, size_t at, struct outcome *outcome)
{
	struct flight *flight = &player->flights[at];

	player_arrive(player, flight);
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
		player->polled = false;
		choice = player_decide(player, player_events(player, events));
		event = player->cut ? (struct event){EVENT_CLIENT_DIES, 0, 0} : events[choice];
		if (player_happen(player, event))
			continue;
		if (event.kind == EVENT_ANSWER)
			return answer(player, event.flight, outcome);
		fake_server_advance(&player->world.server, wait_ms);
		return false;
	}
}

static uint64_t wire_now_ms(void *state)
{
	return ((struct player *)state)->world.server.now_ms;
}

/* One run is told from another by it. */
static uint32_t wire_random(void *state)
{
	return 1000 + ((struct player *)state)->runs;
}

static struct str wire_name(void *state)
{
	(void)state;
	return STR("http://fake:8123");
}

/* --- commands --- */

static void outside_ask(void *state, struct str id, struct str act)
{
	(void)state;
	(void)id;
	(void)act;
}

static void outside_run(void *state, struct str command)
{
	struct player *player = state;

	player->command = str_is(command, "resume") ? COMMAND_RESUME : COMMAND_STOP;
}

static enum outside_state command_ended(struct player *player, struct event event)
{
	enum command command = player->command;

	if (event.kind == EVENT_COMMAND_GOES_ON)
		return OUTSIDE_WAITING;
	player->command = COMMAND_NONE;
	if (event.kind == EVENT_COMMAND_ENDS || event.arg)
		player_command(player, command);
	if (event.kind == EVENT_COMMAND_ENDS)
		return OUTSIDE_DONE;
	player->faults++;
	player->resume_failed = player->resume_failed || command == COMMAND_RESUME;
	return OUTSIDE_FAILED;
}

static enum outside_state outside_poll(void *state, struct outside_news *news)
{
	struct player *player = state;
	struct event events[EVENTS_MAX];

	*news = (struct outside_news){.text = STR("exit code 3")};
	while (!player->dead) {
		struct event event;
		size_t choice;

		player->polled = true;
		choice = player_decide(player, player_command_events(player, events));
		event = player->cut ? (struct event){EVENT_DIES_COMMANDING, 0, 0} : events[choice];
		if (!player_happen(player, event))
			return command_ended(player, event);
	}
	return OUTSIDE_FAILED;
}

static void outside_end(void *state)
{
	((struct player *)state)->command = COMMAND_NONE;
}

/* --- one run --- */

void player_run(struct player *player, bool aborts, struct exec_result *result)
{
	struct transport transport = {.state = player,
	                              .send = wire_send,
	                              .next = wire_next,
	                              .now_ms = wire_now_ms,
	                              .random = wire_random,
	                              .name = wire_name};
	struct outside outside = {player, outside_ask, outside_run, outside_poll, outside_end};
	struct exec_options options = {.patience_ms = 30000,
	                               .interrupted = &player->interrupted,
	                               .outside = &outside,
	                               .commands_approved = true};

	player->runs++;
	player->aborting = aborts;
	player->answered = player->flight_count = 0;
	player->dead = player->resume_failed = false;
	player->interrupted = 0;
	player->exec = NULL;
	player->command = COMMAND_NONE;
	if (aborts)
		exec_abort(STR("m"), &transport, &options, result);
	else
		exec_run(player->world.graph, &transport, &options, result);
	player->exec = NULL;
}
