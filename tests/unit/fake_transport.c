#include "fake_transport.h"

#include <stdio.h>
#include <stdlib.h>

struct fake_answer {
	struct outcome outcome;
	uint64_t due_ms;
};

static struct str copy(struct arena *arena, struct str text)
{
	return text.p ? arena_str(arena, text) : text;
}

struct request fake_request_copy(struct arena *arena, const struct request *request)
{
	struct request own = *request;
	struct binding *params = arena_array(arena, struct binding, request->param_count + 1);

	own.sql = copy(arena, request->sql);
	own.body = copy(arena, request->body);
	own.query_id = copy(arena, request->query_id);
	for (size_t i = 0; i < request->param_count; i++)
		params[i] = (struct binding){.name = copy(arena, request->params[i].name),
		                             .value = copy(arena, request->params[i].value)};
	own.params = params;
	return own;
}

void fake_server_do_unheard(struct fake_server *server, const struct request *request)
{
	struct outcome outcome = {0};

	fake_server_do(server, request, &outcome);
	outcome_release(&outcome);
}

void fake_server_run_on(struct fake_server *server, const struct request *request)
{
	if (!request->query_id.n) {
		fake_server_do_unheard(server, request);
		return;
	}
	*list_add(&server->arena, &server->processes) =
	        (struct fake_process){.query_id = copy(&server->arena, request->query_id),
	                              .ends_ms = server->now_ms + 3000,
	                              .request = fake_request_copy(&server->arena, request)};
}

static void twist(struct outcome *outcome, enum fake_fault_kind kind)
{
	struct reply *reply = &outcome->reply;
	struct str *values;

	if (outcome->kind != OUTCOME_OK)
		return;
	if (kind == FAULT_EMPTY)
		reply->row_count = 0;
	if (kind == FAULT_NO_COLUMNS && reply->column_count) {
		reply->columns[0] = STR("surprise");
		reply->column_count = 1;
		reply->row_count = 0;
	}
	if (kind == FAULT_LONG && reply->row_count) {
		char *value = arena_alloc(outcome_arena(outcome), 140000);

		memset(value, '7', 140000);
		reply->values[reply->row_count * reply->column_count - 1] =
		        (struct str){value, 140000};
	}
	if (kind == FAULT_TWICE) {
		values = arena_array(outcome_arena(outcome), struct str,
		                     2 * reply->row_count * reply->column_count + 1);
		for (size_t i = 0; i < reply->row_count * reply->column_count; i++)
			values[i] = values[i + reply->row_count * reply->column_count] =
			        reply->values[i];
		reply->values = values;
		reply->row_count *= 2;
	}
}

static void die(struct fake_wire *wire, struct outcome *outcome)
{
	wire->client_dead = true;
	wire->interrupted = 1;
	outcome_release(outcome);
	outcome_say(outcome, OUTCOME_UNREACHABLE, "the client is dead");
}

static void play(struct fake_wire *wire, const struct request *request, struct outcome *outcome)
{
	struct fake_server *server = wire->server;
	enum fake_fault_kind kind = wire->fault.kind;

	switch (kind) {
	case FAULT_UNREACHABLE:
		outcome_say(outcome, OUTCOME_UNREACHABLE, "connection refused");
		break;
	case FAULT_LOST_BEFORE:
		outcome_say(outcome, OUTCOME_LOST, "connection reset");
		break;
	case FAULT_LOST_AFTER:
		fake_server_do_unheard(wire->server, request);
		outcome_say(outcome, OUTCOME_LOST, "connection reset");
		break;
	case FAULT_LOST_RUNNING:
		fake_server_run_on(server, request);
		outcome_say(outcome, OUTCOME_LOST, "connection reset");
		break;
	case FAULT_LOST_DELAYED:
		wire->delayed = fake_request_copy(&wire->arena, request);
		wire->delayed_until = wire->requests + wire->fault.delay;
		outcome_say(outcome, OUTCOME_LOST, "connection reset");
		break;
	case FAULT_EXCEPTION_LATE:
		fake_server_do_unheard(wire->server, request);
		/* fall through */
	case FAULT_EXCEPTION:
		outcome_say(outcome, OUTCOME_EXCEPTION, "Code: %d. DB::Exception: on order",
		            wire->fault.code);
		outcome->code = wire->fault.code;
		break;
	case FAULT_NONSENSE:
		outcome_say(outcome, OUTCOME_NONSENSE, "502 Bad Gateway");
		break;
	case FAULT_DENIED:
		outcome_say(outcome, OUTCOME_DENIED, "no such user");
		break;
	case FAULT_CLIENT_DIES_AFTER:
		fake_server_do_unheard(wire->server, request);
		/* fall through */
	case FAULT_CLIENT_DIES:
		die(wire, outcome);
		break;
	case FAULT_SERVER_DIES:
		fake_server_restart(server);
		outcome_say(outcome, OUTCOME_LOST, "connection reset");
		break;
	case FAULT_SERVER_DIES_IN:
		server->crash_in_move = true;
		fake_server_do_unheard(wire->server, request);
		server->crash_in_move = false;
		fake_server_restart(server);
		outcome_say(outcome, OUTCOME_LOST, "connection reset");
		break;
	case FAULT_CALL:
		wire->fault.hook(wire->fault.state);
		/* fall through */
	case FAULT_NONE:
	case FAULT_EMPTY:
	case FAULT_TWICE:
	case FAULT_NO_COLUMNS:
	case FAULT_LONG:
		fake_server_do(server, request, outcome);
		twist(outcome, kind);
		break;
	}
}

static bool is_due(struct fake_wire *wire, const struct request *request)
{
	const struct fake_fault *fault = &wire->fault;

	if (fault->kind == FAULT_NONE)
		return false;
	for (size_t i = 0; fault->except && fault->except[i]; i++) {
		if (str_find(request->query_id, str_of(fault->except[i])) >= 0)
			return false;
	}
	if (!fault->step)
		return wire->requests == fault->at;
	if (wire->faults > fault->times || (wire->faults && !fault->times))
		return false;
	return str_find(request->query_id, str_of(fault->step)) >= 0;
}

static void deliver_delayed(struct fake_wire *wire)
{
	if (wire->delayed_until && wire->requests >= wire->delayed_until) {
		wire->delayed_until = 0;
		fake_server_do_unheard(wire->server, &wire->delayed);
	}
}

static void wire_send(void *state, const struct request *request)
{
	struct fake_wire *wire = state;
	struct fake_answer *answer = xmalloc(sizeof(*answer));

	*answer = (struct fake_answer){.due_ms = wire->server->now_ms + 1};
	if (wire->trace)
		fprintf(stderr, "%s%zu %.*s | %.90s\n", wire->trace, wire->requests,
		        STR_ARG(request->query_id), request->sql.p);
	deliver_delayed(wire);
	if (wire->look)
		wire->look(wire->look_state, request);
	if (wire->client_dead) {
		outcome_say(&answer->outcome, OUTCOME_UNREACHABLE, "the client is dead");
	} else if (is_due(wire, request)) {
		wire->faults++;
		play(wire, request, &answer->outcome);
	} else {
		fake_server_do(wire->server, request, &answer->outcome);
	}
	wire->requests++;
	answer->outcome.owner = request->owner;
	*list_add(&wire->arena, &wire->queue) = answer;
}

static bool wire_next(void *state, unsigned wait_ms, struct outcome *outcome)
{
	struct fake_wire *wire = state;
	struct fake_server *server = wire->server;
	struct fake_answer *answer;

	if (!wire->queue.count) {
		fake_server_advance(server, wait_ms);
		return false;
	}
	answer = wire->queue.items[0];
	if (answer->due_ms > server->now_ms)
		fake_server_advance(server, answer->due_ms - server->now_ms);
	*outcome = answer->outcome;
	free(answer);
	wire->queue.count--;
	memmove(wire->queue.items, wire->queue.items + 1,
	        wire->queue.count * sizeof(*wire->queue.items));
	return true;
}

static uint64_t wire_now_ms(void *state)
{
	return ((struct fake_wire *)state)->server->now_ms;
}

static uint32_t wire_random(void *state)
{
	struct fake_wire *wire = state;

	wire->random = wire->random * 1664525u + 1013904223u;
	return wire->random >> 8;
}

static struct str wire_name(void *state)
{
	(void)state;
	return STR("http://fake:8123");
}

static void wire_release(void *state)
{
	(void)state;
}

void fake_wire_init(struct fake_wire *wire, struct fake_server *server, struct fake_fault fault)
{
	*wire = (struct fake_wire){
	        .server = server, .fault = fault, .random = (uint32_t)server->now_ms};
	arena_init(&wire->arena);
	wire->trace = getenv("BFC_FAKE_TRACE");
}

void fake_wire_release(struct fake_wire *wire)
{
	for (size_t i = 0; i < wire->queue.count; i++) {
		outcome_release(&wire->queue.items[i]->outcome);
		free(wire->queue.items[i]);
	}
	arena_release(&wire->arena);
}

struct transport fake_wire_transport(struct fake_wire *wire)
{
	return (struct transport){.state = wire,
	                          .send = wire_send,
	                          .next = wire_next,
	                          .now_ms = wire_now_ms,
	                          .random = wire_random,
	                          .name = wire_name,
	                          .release = wire_release};
}
