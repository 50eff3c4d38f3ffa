/*
 * exec.h: from a graph to done.
 *
 * Purpose: `bfc apply`: runs a plan exactly once, whatever is killed, whenever, however often.
 * The rules are plan.md, "Running it"; how they are kept is said in exec.c, task.c, journal.h and
 * lock.h. Invariants
 * - Knows no language and no strategy: only steps, their phases and how they repeat.
 * - The graph is const; all state of a run is in struct exec.
 * - Reaches the world through the transport and, for gates, outside.h, so tests can play every
 *   interleaving.
 * - Never holds data rows: replies are probes, listings and seals.
 * Failure: a result with an exit code of plan.md and a text; never a half-silent return.
 */
#ifndef BFC_EXEC_H
#define BFC_EXEC_H

#include "compiler/graph.h"
#include "runtime/outside.h"
#include "runtime/transport.h"

enum exec_exit {
	EXEC_DONE = 0,
	EXEC_BAD_INPUT = 1, /* e.g. another plan than the one begun */
	EXEC_STOPPED = 3,
	EXEC_GATE = 4,
	EXEC_LOCKED = 5,
	EXEC_CHECK_FAILED = 6,
	EXEC_INTERRUPTED = 130,
};

/* A statement under way, as system.processes shows it. */
struct exec_progress {
	struct str step;  /* id */
	struct str label; /* "chunk 3 of 11", or the step's title */
	unsigned worker;
	uint64_t read_rows, total_rows, read_bytes, written_rows, memory_bytes;
	uint64_t elapsed_ms;
};

/* A chunk, and how far all of its backfill are. */
struct exec_chunk {
	struct str each;  /* the id of the step over chunks */
	struct str name;  /* 3, or 3.1 of a part */
	struct str label; /* "chunk 3.1 of 11", as the plan counts; "b2 chunk 3 of 11" */
	size_t count;     /* as the plan counts: without parts */
	unsigned worker;  /* from 0 */
	bool moves;       /* loads nothing: what other chunks have gathered goes live */
	uint64_t rows;    /* chunk_done */
	/* Of all backfills that have begun: parts in the place of what was split. */
	size_t done, total;
};

/* Told what happens; all functions may be NULL. Printing is in cli/. */
struct exec_observer {
	void *state;
	void (*step_began)(void *state, const struct step *step, struct str label);
	void (*step_done)(void *state, const struct step *step, struct str label,
	                  uint64_t elapsed_ms);
	/* Something passing went wrong; `wait_ms` until the next try. */
	void (*retrying)(void *state, const struct step *step, struct str label, struct str reason,
	                 uint64_t wait_ms);
	/* A gate is not open yet: what it waits for. Told once a gate. */
	void (*waiting)(void *state, const struct step *step, struct str what);
	void (*resumed)(void *state, struct str what);
	/* A line of a command's output, or about what is put back. */
	void (*said)(void *state, const struct step *step, struct str line);
	void (*pinned)(void *state, const struct step *step,
	               struct str what); /* "split = 2024-12-17 09:00:00" */
	/* A worker begins its next chunk when this one is published: chunk_done comes after that,
	 * once what was staged is dropped. */
	void (*chunk_began)(void *state, const struct exec_chunk *chunk);
	void (*chunk_done)(void *state, const struct exec_chunk *chunk);
	/* It does not fit in the server's memory: `parts` chunks are there in its place. */
	void (*chunk_split)(void *state, const struct exec_chunk *chunk, size_t parts);
	void (*progress)(void *state, const struct exec_progress *statements, size_t count);
};

/* What a person says of chunks that were broken off and can't be repeated. */
enum exec_doubt { DOUBT_UNSAID, DOUBT_ABSENT, DOUBT_LOADED };
/* … of one of them: its name, 3, or with its step where several have that name: b2.direct/3. */
struct exec_doubt_word {
	struct str chunk;
	enum exec_doubt word;
};

struct exec_options {
	const struct binding *params; /* values of all params and secrets of the graph */
	size_t param_count;
	unsigned workers;             /* 0: as the plan says */
	const char *journal_database; /* NULL: bfc */
	uint64_t patience_ms; /* how long to go on trying while the server is away or too busy */
	const struct exec_observer *observer;      /* or NULL */
	enum exec_doubt in_doubt;                  /* exec_abort(): of all; or, DOUBT_UNSAID, … */
	const struct exec_doubt_word *doubt_words; /* … of these */
	size_t doubt_word_count;
	/* Set by the signal handler; above 1: no waiting for the server any more. */
	const volatile int *interrupted;
	/* What a program that ends at once has to say, as something is not put back; empty: nothing. */
	void (*last_words)(struct str words);
	const struct outside *outside; /* NULL: no person, no commands */
	const char *const *confirmed; /* ids of gates that a person says are done; ends with NULL */
	bool commands_approved;       /* abort: commands out of the journal may be run */
};

struct exec_summary {
	bool already_done; /* nothing had to be done */
	bool resumed;
	uint64_t rows_loaded; /* into main tables, this run's chunks */
	uint64_t rows_total;  /* all runs' chunks */
	uint64_t elapsed_ms;
	uint64_t peak_memory_bytes; /* of the server's statements: as polled (all at once),
	                             * or as a single one's answer says */
	size_t chunks_done, chunks_total;
	size_t retries;
	struct str guarded;  /* "ingest is paused"; empty: no guard was closed in this run */
	uint64_t guarded_ms; /* for how long it was */
};

struct exec_result {
	enum exec_exit exit;
	struct str text; /* what happened, where, and what to do next; empty when all went well */
	struct str gate; /* EXEC_GATE: the id of the gate that a person has to confirm */
	struct exec_summary summary;
	struct arena arena; /* owns the text */
};

void exec_run(const struct graph *graph, struct transport *transport,
              const struct exec_options *options, struct exec_result *result);
void exec_result_release(struct exec_result *result);

/* `bfc abort`: needs the journal alone, no plan. */
void exec_abort(struct str migration, struct transport *transport,
                const struct exec_options *options, struct exec_result *result);

/* `bfc status`: one migration, or all when `migration` is empty. */
struct migration_status {
	struct str migration, plan, state, holder, last_error;
	struct str began, ended; /* server time, text */
	size_t chunks_done, chunks_total, chunks_under_way;
	size_t chunks_published; /* not done yet, but their rows are in the live tables */
	size_t chunks_split;     /* into parts, which are counted as chunks in their place */
	size_t chunks_held;      /* of those done: in holding tables, not live yet */
	size_t chunks_in_doubt;  /* of `using direct`, broken off; none while it runs */
	uint64_t rows, elapsed_ms;
	size_t attempts;
	struct str gate; /* that the last run ended at, for a person; or empty */
	/* An open guard: "ingest is paused", since when, by which host, what to do by hand. */
	struct str guarded, guarded_since, guarded_host, guarded_left;
	bool guard_restored; /* but not all that was begun is taken back */
	/* Of the run under way, or the last one: rows and chunks that it has done, in how long. */
	uint64_t run_rows, run_ms;
	size_t run_chunks;
	/* Its statements on the server now, where the user may see them. */
	size_t statements;
	uint64_t written_rows, memory_bytes;
	uint64_t left_ms; /* at this pace; 0: can't be told */
};
struct status_list {
	LIST_OF(struct migration_status) list;
	struct arena arena;
};
/* exit 0, or why the journal can't be read. No journal at all is an empty list. */
void exec_status(struct str migration, struct transport *transport,
                 const struct exec_options *options, struct status_list *list,
                 struct exec_result *result);

#endif
