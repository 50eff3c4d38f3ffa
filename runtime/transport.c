#include "runtime/transport.h"

#include <stdlib.h>

struct arena *outcome_arena(struct outcome *outcome)
{
	if (!outcome->reply.arena) {
		outcome->reply.arena = xmalloc(sizeof(*outcome->reply.arena));
		arena_init(outcome->reply.arena);
	}
	return outcome->reply.arena;
}

void outcome_say(struct outcome *outcome, enum outcome_kind kind, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	outcome->text = str_of(arena_vprintf(outcome_arena(outcome), format, args));
	va_end(args);
	outcome->kind = kind;
}

void outcome_release(struct outcome *outcome)
{
	if (outcome->reply.arena) {
		arena_release(outcome->reply.arena);
		free(outcome->reply.arena);
	}
	*outcome = (struct outcome){0};
}

void transport_call(struct transport *transport, const struct request *request,
                    struct outcome *outcome)
{
	transport->send(transport->state, request);
	while (!transport->next(transport->state, 1000, outcome))
		;
}
