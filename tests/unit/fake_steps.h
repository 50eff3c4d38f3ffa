/*
 * fake_steps.h: the plans' statements (fake_graph.h) on the fake server.
 *
 * Purpose: each is told by its step's id and has the effect that its SQL has. Failure: a step that is
 * not known is refused with 62.
 */
#ifndef BFC_FAKE_STEPS_H
#define BFC_FAKE_STEPS_H

#include "fake_server.h"

/* `id`: the query id from the step on. */
void fake_steps_do(struct fake_server *server, struct str id, const struct request *request,
                   struct outcome *outcome);

/* What steps share with those of a pause: the table of the statement's first {…:Identifier}, or NULL. */
struct fake_table *fake_steps_table(struct fake_server *server, const struct request *request);
/* lo ≤ n < hi of the request. */
bool fake_steps_takes(const struct request *request, uint64_t n);
struct fake_step {
	const char *id; /* how it begins */
	void (*answer)(struct fake_server *server, const struct request *request,
	               struct outcome *outcome);
};
/* Of fake_pause.c; ends with NULL. */
extern const struct fake_step fake_pause_steps[];

#endif
