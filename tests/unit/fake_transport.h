/*
 * fake_transport.h: a clock, and a wire to the fake server that fails on order.
 *
 * Purpose: to play the executor against every fault at every request, in milliseconds of real time.
 * The wire has one scheduled fault a run. Invariants: effects happen when a request arrives; a client
 * that is dead (FAULT_CLIENT_DIES) changes nothing from then on. Ownership: requests are copied where
 * they have to live on.
 */
#ifndef BFC_FAKE_TRANSPORT_H
#define BFC_FAKE_TRANSPORT_H

#include "fake_server.h"

enum fake_fault_kind {
	FAULT_NONE,
	FAULT_UNREACHABLE,    /* it never arrives, and the client knows */
	FAULT_LOST_BEFORE,    /* it never arrives; the client can't know */
	FAULT_LOST_AFTER,     /* it was done; the answer is lost */
	FAULT_LOST_RUNNING,   /* it runs on for some seconds; the client can't know */
	FAULT_LOST_DELAYED,   /* it arrives `delay` requests later */
	FAULT_EXCEPTION,      /* code: refused, nothing done */
	FAULT_EXCEPTION_LATE, /* code: done all the same */
	FAULT_NONSENSE,
	FAULT_DENIED,
	FAULT_EMPTY,      /* an answer without rows */
	FAULT_TWICE,      /* an answer with each row twice */
	FAULT_NO_COLUMNS, /* an answer with another column */
	FAULT_LONG,       /* an answer whose last value is longer than a parameter may be */
	FAULT_CLIENT_DIES,
	FAULT_CLIENT_DIES_AFTER, /* the request itself is still done */
	FAULT_SERVER_DIES,       /* before the request; it is up again at once */
	FAULT_SERVER_DIES_IN,    /* in its middle */
	FAULT_CALL,              /* hook(), then the request as usual */
};

struct fake_fault {
	enum fake_fault_kind kind;
	size_t at;                 /* the request's number, from 0 */
	const char *step;          /* or: when the query id holds this … */
	size_t times;              /* … so often; 0: once */
	const char *const *except; /* never when the query id holds one of these */
	int code;
	unsigned delay;
	void (*hook)(void *state);
	void *state;
};

struct fake_wire {
	struct fake_server *server;
	struct fake_fault fault;
	size_t requests, faults;
	bool client_dead;
	volatile int interrupted;
	uint32_t random;
	LIST_OF(struct fake_answer *) queue;
	struct request delayed;
	size_t delayed_until; /* 0: none */
	struct arena arena;
	const char *trace; /* prints each request with this prefix */
	/* Is shown each request before it has its effect; NULL: nobody looks. */
	void (*look)(void *state, const struct request *request);
	void *look_state;
};

/* A copy that lives as long as the arena. */
struct request fake_request_copy(struct arena *arena, const struct request *request);
/* Done, and nobody listens. */
void fake_server_do_unheard(struct fake_server *server, const struct request *request);
/* Runs on for some seconds, without its client. */
void fake_server_run_on(struct fake_server *server, const struct request *request);

void fake_wire_init(struct fake_wire *wire, struct fake_server *server, struct fake_fault fault);
void fake_wire_release(struct fake_wire *wire);
struct transport fake_wire_transport(struct fake_wire *wire);

#endif
