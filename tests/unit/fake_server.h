/*
 * fake_server.h: a small model of a ClickHouse server.
 *
 * Purpose: what matters for exactly-once, and nothing else: tables made of parts with UUIDs and blocks,
 * staged tables and views, MOVE that a kill can catch half way, the journal's rows, lock tables with
 * one winner, the boot witness, statements under way; and ingest, rows that come from elsewhere.
 *   fake_tables.c   tables and parts           fake_steps.c    the plans' statements (fake_graph.h)
 *   fake_pause.c    those of a pause, ingest   fake_own.c      the executor's own
 *   fake_journal.c  the journal
 * Invariants: steps are recognized by the ids in their query ids. Effects happen when a request
 * arrives. tests/e2e/cases_model.py holds the answers against an engine's. Ownership:
 * fake_server_release() frees; requests are copied where they have to live on.
 */
#ifndef BFC_FAKE_SERVER_H
#define BFC_FAKE_SERVER_H

#include "compiler/base/arena.h"
#include "runtime/transport.h"

struct fake_part {
	uint64_t uuid;
	uint64_t partition;
	uint64_t block; /* a later INSERT has a higher one */
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

/* An INSERT into t from elsewhere: one row, and the views that there were when it began. */
struct fake_insert {
	uint64_t n;
	bool fires;
};

/* Rows from FAKE_INGEST_FIRST on, one an INSERT. */
struct fake_ingest {
	bool paused;
	unsigned come, left;
	LIST_OF(struct fake_insert) under_way;
	uint64_t landed[8];
	size_t landed_count;
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
	uint64_t next_boot, next_name;
	unsigned chunks;        /* rows of b1.bounds */
	uint64_t gate_opens_ms; /* b1.grants and b1.chunk.throttle are not true before */
	uint64_t gate_shuts_ms; /* … and never will be, from then on; 0: it does not shut */
	size_t gate_asked;
	uint64_t memory_rows; /* a load of more is refused with 241; 0: any */
	bool crash_in_move;   /* the next MOVE or INSERT stops half way */
	struct fake_ingest ingest;
	/* Is shown each request and its answer, and NULLs for a restart; NULL: nobody listens. */
	void (*told)(void *state, const struct request *request, const struct outcome *outcome);
	void *told_state;
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
/* Each n below chunks * FAKE_ROWS_A_CHUNK, and each that ingest brought, is there once, in t and in
 * u; nothing else is. */
bool fake_server_is_right(struct fake_server *server, char *why, size_t size);
size_t fake_server_staged(struct fake_server *server);
size_t fake_server_locks(struct fake_server *server);
/* How many statements run: whose id is `exact`, or all that begin with `prefix`. */
uint64_t fake_server_running(struct fake_server *server, const char *prefix, struct str exact);
/* Of a lock's table; 0: it is none. */
uint64_t fake_lock_epoch(const struct fake_table *table);

#endif
