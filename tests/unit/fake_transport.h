/*
 * fake_transport.h: a small model of a ClickHouse server, a clock and a wire that fails on order.
 *
 * Purpose: to play the executor against every fault at every request, in milliseconds of real time.
 * The server (fake_server.c) keeps what matters for exactly-once: tables made of parts with UUIDs,
 * staged tables and a view, MOVE that a kill can catch half way, the journal's rows, lock tables
 * with one winner, the boot witness, statements under way. The wire (fake_transport.c) has one
 * scheduled fault a run. Invariants: the plan is that of fake_graph.h; steps are recognized by the
 * ids in their query ids. Effects happen when a request arrives; a client that is dead
 * (FAULT_CLIENT_DIES) changes nothing from then on. Ownership: fake_server_release() frees;
 * requests are copied where they have to live on.
 */
#ifndef BFC_FAKE_TRANSPORT_H
#define BFC_FAKE_TRANSPORT_H

#include "compiler/base/arena.h"
#include "runtime/transport.h"

struct fake_part {
	uint64_t uuid;
	uint64_t partition;
	LIST_OF(uint64_t) rows;
	bool gone; /* inactive */
};

struct fake_table {
	struct str database, name, comment;
	uint64_t touched_ms;
	struct str view_source, view_target; /* of a view */
	LIST_OF(struct fake_part *) parts;
};

struct fake_row {
	struct str step, chunk, state, plan, pinned, boot, message, migration;
	uint64_t epoch, seq, attempt, rows;
};

/* A statement that goes on without its client. */
struct fake_process {
	struct str query_id;
	uint64_t ends_ms;
	struct request request;
};

struct fake_server {
	struct arena arena;
	uint64_t now_ms;
	LIST_OF(struct fake_table *) tables;
	bool has_database; /* the journal's */
	LIST_OF(struct fake_row) journal;
	LIST_OF(struct fake_process) processes;
	struct str boot; /* empty after a restart */
	struct str elsewhere,
	        elsewhere_state; /* what a run with another journal has; see elsewhere.c */
	uint64_t next_boot;
	unsigned chunks;        /* rows of b1.bounds */
	uint64_t gate_opens_ms; /* b1.grants and b1.chunk.throttle are not true before */
	size_t gate_asked;
	uint64_t memory_rows; /* a load of more is refused with 241; 0: any */
	bool crash_in_move;   /* the next MOVE stops half way: parts in both tables */
	/* Is shown each request and its answer, and NULLs for a restart; NULL: nobody listens. */
	void (*told)(void *state, const struct request *request, const struct outcome *outcome);
	void *told_state;
};

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

void fake_server_init(struct fake_server *server, unsigned chunks);
void fake_server_release(struct fake_server *server);
/* One request's effect and answer. */
void fake_server_do(struct fake_server *server, const struct request *request,
                    struct outcome *outcome);
/* Killed and started again. */
void fake_server_restart(struct fake_server *server);
/* Statements whose time has come end. */
void fake_server_advance(struct fake_server *server, uint64_t ms);
struct fake_table *fake_server_table(struct fake_server *server, const char *name);
/* Each n below chunks * FAKE_ROWS_A_CHUNK is there once, in t and in u; nothing else is. */
bool fake_server_is_right(struct fake_server *server, char *why, size_t size);
size_t fake_server_staged(struct fake_server *server);
size_t fake_server_locks(struct fake_server *server);

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
