/*
 * lock.h: one run at a time a migration.
 *
 * Purpose: the table <db>.lock_<tag>_<epoch> (ENGINE = Null) is the lock. CREATE TABLE without
 * IF NOT EXISTS has exactly one winner (engine-facts, "Locks and durability"); its comment says
 * who.
 *
 * Invariants
 * - An epoch is greater than any in the lock tables and in the journal. Whoever won and then
 *   finds a greater one gives his up: he was asleep between looking and creating.
 * - Alive: the comment's age by the server's clock is at most LOCK_STALE_S. Taken over at once only
 *   when the comment names this machine (boot id, pid namespace) and that process is gone.
 * - Takeover: create the next epoch's table, then drop the older ones. From that moment the old
 * holder can write no journal row, and without a journal row it begins, seals and finishes nothing.
 * - Which locks there are is asked with the first question of a start (lock_start_sql()), and is asked
 * again only when somebody else was quicker: a list that has become old names an epoch that is taken.
 * - The holder proves every LOCK_BEAT_MS that it is there; when it could not for LOCK_UNSURE_MS
 * (asleep, server away), it sends nothing but the heartbeat until that has succeeded. Failure:
 * exec_stop() with EXEC_LOCKED and the holder's name.
 */
#ifndef BFC_LOCK_H
#define BFC_LOCK_H

#include "runtime/transport.h"

#define LOCK_BEAT_MS 5000
#define LOCK_STALE_S 60
#define LOCK_UNSURE_MS 40000

struct exec;

/* Who holds a lock, from its comment; for messages: host, pid and since. */
struct lock_holder {
	struct str name, comment, describe;
	uint32_t epoch;
	int64_t age_s;
	bool ours, dead, alive;
};

struct lock {
	struct exec *exec;
	struct str prefix; /* lock_<tag>_ */
	struct str table;  /* quoted, with database */
	uint32_t epoch;
	struct str run; /* random id of this run */
	struct str since;
	bool held, beating;
	bool lost;        /* to another run */
	uint64_t beat_ms; /* when the next heartbeat is due */
	uint64_t sure_ms; /* when the last successful one was sent */
	uint64_t sent_ms;
	unsigned beats;
	struct call *call;
	struct arena arena; /* the heartbeat under way */
	/* As last listed, newest first. */
	LIST_OF(struct lock_holder) seen;
	bool listed;      /* `seen` is of this start, and lock_take() has not used it yet */
	bool elsewhere;   /* one with a sign of life, with another journal; see elsewhere.c */
	uint64_t running; /* statements of the migration that were under way then */
};

void lock_init(struct lock *lock, struct exec *exec);
void lock_release(struct lock *lock);
/* One lock more into `seen`, of the list that begins with lock_list_anew(). */
void lock_list_anew(struct lock *lock);
void lock_list_add(struct lock *lock, struct str name, struct str comment, struct str age_s);
/* What a start needs to know beside the run rows: the locks there are, and how many statements run that may
 * have to be killed. */
struct str lock_start_sql(struct lock *lock);
void lock_start_read(struct lock *lock, const struct reply *reply);
/* Start-up: takes it or stops the exec. `epoch_min`: the journal's highest. The older ones of `seen`
 * are then to be dropped. */
bool lock_take(struct lock *lock, uint32_t epoch_min);
struct str lock_drop_sql(struct lock *lock, uint32_t epoch);
/* Drops it; when the server is away it goes stale by itself. */
void lock_drop(struct lock *lock);
/* Of a finished migration: drops what dead holders left, as `seen`. */
void lock_clear(struct lock *lock);
void lock_turn(struct lock *lock);
/* The lock's table is gone: stops the exec, and nothing is written any more. */
void lock_say_lost(struct lock *lock);
/* The run is stopping and has not been sure of late: asks. True: another run has it. */
bool lock_lost(struct lock *lock);
uint64_t lock_deadline_ms(const struct lock *lock);
/* The last proof is young enough to send statements. */
bool lock_sure(const struct lock *lock);

/* Lists the locks into `seen`. False: the exec was stopped. */
bool lock_list(struct lock *lock);

#endif
