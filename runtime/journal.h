/*
 * journal.h: what has happened, written where the data is.
 *
 * Purpose: the table <db>.journal in the target server, from which any machine can go on.
 * One writer a migration (lock.h): each INSERT is fenced, it reads from the lock's own table and
 * fails once that is gone, so a run that lost its lock can write nothing and stops.
 *
 * Invariants
 * - Rows are only added. The state of a chunk is its highest (attempt, rank of state), so a
 *   row that is written twice, or late, changes nothing.
 * - Rows go in in the order of journal_add(), one INSERT at a time; an intent that has to be
 * durable is waited for (journal_wait()), an outcome rides along with the next INSERT.
 * - `state` of a row: for a step and a chunk `begun` `sealed` `published` `done` `discarded` `split`;
 *   for the run (step is empty) `started` `resumed` `finished` `stopped` `interrupted` `aborted`.
 * Ownership: the journal copies what it is given.
 * Failure: a passing error is tried again until the run's patience is over; an unknown lock
 * table stops the run (exit 5).
 */
#ifndef BFC_JOURNAL_H
#define BFC_JOURNAL_H

#include <uthash.h>

#include "compiler/base/buf.h"
#include "runtime/transport.h"

/* Of the journal's rows; a reader refuses a greater one. */
#define JOURNAL_VERSION 2

struct exec;

/* Ordered: a later one outranks an earlier one of the same attempt. */
enum journal_state {
	JOURNAL_NONE,
	JOURNAL_BEGUN,
	JOURNAL_SEALED,
	JOURNAL_PUBLISHED,
	JOURNAL_DONE,
	JOURNAL_DISCARDED,
	JOURNAL_SPLIT,   /* of a chunk: others have taken its place, it is never begun again */
	JOURNAL_STARTED, /* of runs, from here on */
	JOURNAL_RESUMED,
	JOURNAL_FINISHED,
	JOURNAL_STOPPED,
	JOURNAL_INTERRUPTED,
	JOURNAL_ABORTED,
	JOURNAL_STATE_COUNT,
};
const char *journal_state_name(enum journal_state state);
enum journal_state journal_state_from(struct str name);

struct journal_row {
	enum journal_state state;
	struct str step,
	        chunk; /* chunk: its number from 1, as text, of a part 3.1; empty otherwise */
	uint32_t attempt;
	struct str query_id;
	struct str pinned; /* JSON */
	uint64_t rows, bytes, elapsed_ms;
	struct str boot;
	struct str message;
};

/* A step's or a chunk's last word. */
struct journal_entry {
	struct str key; /* step, NUL, chunk */
	UT_hash_handle hh;
	enum journal_state state;
	uint32_t attempt; /* the highest of all runs: no name is used twice */
	uint32_t state_attempt;
	uint32_t
	        unclean; /* attempts below it have left nothing, or it was dropped; 0: there were none */
	struct str pinned;
	struct str boot;
	uint64_t rows;
	uint64_t open_ms; /* of a guard: since the first row of this attempt */
};

/* What the run rows say. */
struct journal_past {
	bool any; /* there was a run before, and it was not undone by an abort */
	bool finished, aborted;
	struct str plan;  /* of the last run */
	struct str steps; /* JSON: {"id":"hash8",…} of the last run that began */
	uint64_t rows;
	uint32_t epoch;       /* the highest of the run rows */
	uint32_t void_epoch;  /* states up to it are void: that run was aborted with nothing
	                      * published, or another plan began before it had loaded anything */
	uint32_t chunk_epoch; /* of the last row of a chunk; 0: none was ever begun */
};

struct journal {
	struct exec *exec;
	struct str table;              /* quoted, with database */
	struct buf pending;            /* rows that no INSERT has taken yet */
	struct buf flying;             /* rows of the INSERT under way, or to be sent again */
	struct buf query_id;           /* of that INSERT */
	uint64_t added, sent, durable; /* rows so far */
	bool asking, urgent;
	uint64_t pending_since_ms;
	uint64_t retry_ms, trouble_since_ms; /* 0: none */
	unsigned tries, inserts;
	uint64_t seq;
	struct call *call;
	/* what was read */
	struct journal_entry *index;
};

void journal_init(struct journal *journal, struct exec *exec);
void journal_release(struct journal *journal);

/* Adds a row; it is durable when `journal->durable` has reached the number returned. */
uint64_t journal_add(struct journal *journal, const struct journal_row *row);
/* Sends what is pending at once, unless an INSERT is under way: then right after it. */
void journal_push(struct journal *journal);
/* Called every turn of the loop: sends what is due. */
void journal_turn(struct journal *journal);
/* When journal_turn() wants to be called at the latest; UINT64_MAX: no wish. */
uint64_t journal_deadline_ms(const struct journal *journal);
/* Nothing is pending or under way. */
bool journal_idle(const struct journal *journal);

/* --- journal_read.c --- */

/* SQL that makes database and tables, one after the other; ends with an empty one. */
struct str journal_setup_sql(struct exec *exec, size_t n);
/* The question that start-up asks first: the run rows alone. */
struct str journal_past_sql(struct exec *exec);
bool journal_read_past(struct exec *exec, const struct reply *reply, struct journal_past *past);
/* All of it, read once the lock is held, and how many statements of the migration run. */
struct str journal_all_sql(struct exec *exec);
/* Beside it: what else a start has to know. */
struct str journal_facts_sql(struct exec *exec);
/* All of it without what runs, for who only looks; read by journal_read_all(), too. */
struct str journal_history_sql(struct exec *exec);

struct journal_facts {
	uint64_t running;      /* statements of this migration under way */
	uint64_t higher_locks; /* locks of a later epoch than ours */
	uint32_t epoch_max;    /* of the rows */
	struct str boot;       /* empty: the boot table is empty */
	struct str elsewhere;  /* see elsewhere.c */
	uint64_t cores;
};
/* False with the exec stopped when the reply is not what was asked for; each fills in its own. */
bool journal_read_facts(struct exec *exec, const struct reply *reply, struct journal_facts *facts);
bool journal_read_all(struct exec *exec, const struct reply *reply, struct journal_facts *facts,
                      struct journal_past *past);
const struct journal_entry *journal_find(const struct journal *journal, struct str step,
                                         struct str chunk);
/* Of a top-level step's next row: one more than the one that was discarded. */
uint32_t journal_attempt(const struct journal *journal, struct str step);
/* The index as it is once the step's row `discarded` is read. */
void journal_discard(struct journal *journal, struct str step, uint32_t attempt);

#endif
