/*
 * exec_internal.h: the parts of the executor among themselves.
 *
 *   exec.c      start-up, the loop, the end      sched.c    top-level steps, sched_chunks.c workers
 *   task.c      frames of steps, one question at a time      attempt.c, trouble.c  a chunk's life
 *   journal.c   rows out                         journal_read.c  rows in
 *   lock.c      one run at a time                elsewhere.c  another journal on the same server
 *   guard.c     what is put back at any end   guard_do.c, guard_row.c  how, and the journal's row of it
 *   gate.c      people and commands           doubt.c    chunks of which nobody knows what is in
 *   scope.c     names to values
 *   watch.c     progress                         status.c, abort.c  the other commands
 *
 * Invariants: one loop, exec_turn(), takes one outcome from the transport and hands it to the call
 * that asked; nothing else waits. Every state that can be waited in has a name in an enum.
 * Ownership: struct exec and all that hangs on it lives in exec->arena; a chunk's attempt has an
 * arena of its own, released with it.
 */
#ifndef BFC_EXEC_INTERNAL_H
#define BFC_EXEC_INTERNAL_H

#include "runtime/errors.h"
#include "runtime/exec.h"
#include "runtime/guard.h"
#include "runtime/journal.h"
#include "runtime/lock.h"
#include "runtime/scope.h"

#define PAUSE_FIRST_MS 100
#define PAUSE_MOST_MS 10000
/* Between two looks at a gate; at a chunk's, growing. */
#define GATE_PAUSE_MS 500
#define GATE_PAUSE_MOST_MS 5000
/* Of a question that moves no data: longer than any healthy answer takes. */
#define ASK_TIMEOUT_MS 60000
/* How long an end waits at most for statements that were killed, and for the last journal row:
 * see exec_end_ms(). */
#define END_PATIENCE_MS 15000
/* … and when ingest has been paused for too long already: for another try, and for one answer. */
#define LATE_PATIENCE_MS 3000
#define LATE_TIMEOUT_MS 10000
/* Loops in loops: chunk body, partitions; more is a broken plan. */
#define FRAMES_MAX 8
/* http_max_field_value_size, which a request can't raise: measured. */
#define PARAM_BYTES_MAX 131072
/* Steps down for a statement that ran out of memory; a chunk that can be split takes two of them. */
#define SMALLER_MAX 3
#define SMALLER_BEFORE_SPLIT 2

struct exec;
struct task;
struct call;

typedef void (*call_done)(struct exec *exec, struct call *call, struct outcome *outcome);

/* A request and who waits for it. */
struct call {
	struct request request;
	call_done done;
	void *state;
	bool flying;
};

/* A probe's rows: the columns that the step promises, in its order. */
struct pinned {
	const struct str *columns;
	size_t column_count;
	struct str *values;
	size_t row_count;
};

/* A body's steps by what an attempt does with them. */
struct section {
	const struct step **steps;
	size_t count;
};

/* What is loaded at once: a row of what the EACH goes over, or a part of one that was split. */
struct chunk {
	struct str name; /* 3, 3.1: in the journal, in labels and query ids */
	const struct pinned *rows;
	size_t row;
	unsigned smaller; /* where its first attempt begins; see add_settings() */
	bool begun;       /* in this run */
	bool done;        /* or split */
};

enum node_state { NODE_WAITING, NODE_RUNNING, NODE_DONE };

/* A top-level step's state. */
struct node {
	const struct step *step;
	enum node_state state;
	uint32_t *dependents;
	size_t dependent_count, missing;
	size_t blocked; /* of `missing`: those that it can't begin early for, see may_begin() */
	bool queued;    /* it may begin, or has */
	bool unblocks;  /* its dependents' `blocked` no longer counts it */
	/* EACH_CHUNKS */
	struct section before, load, publish, finish;
	const struct step *halves;    /* WHEN_SPLIT, or NULL */
	const struct pinned *rows;    /* what it goes over */
	LIST_OF(struct chunk) chunks; /* parts come behind: a chunk's index stays */
	size_t chunk_next, chunks_done;
	size_t splits;   /* of `chunks`, and of those done */
	unsigned halted; /* of `running`: they have failed, see attempt_fail() */
	enum exec_exit failure_exit;
	struct str failure; /* of the first of them: no chunk begins any more */
	bool no_room;       /* a disk was full, and no chunk was sealed since */
	unsigned smaller;   /* what the last chunk needed: the next one begins there */
	unsigned workers;
	unsigned busy;    /* chunks that hold a worker */
	unsigned running; /* all chunks under way: these, and those that are only cleaned up */
	const struct task *publisher; /* sched_take_turn() */
	unsigned cleaners;            /* tasks that drop what attempts of dead runs have left */
	bool *worker_busy;
};

enum task_state {
	TASK_IDLE,    /* may go on */
	TASK_ASKING,  /* a request is under way */
	TASK_WRITING, /* until the journal has row `until` */
	TASK_PAUSED,  /* until wake_ms */
	TASK_OUTSIDE, /* for a person, or a command on this machine */
	TASK_HALTED,  /* failed, until others of its kind have ended */
	TASK_QUEUED,  /* another chunk of the node is at its seal or its moves */
	TASK_HELD,    /* began early: has its answer, until what comes before has passed */
	TASK_ENDED,
};

/* What a chunk's task is at; the argument for each is at the head of attempt.c. */
enum chunk_state {
	CHUNK_NONE,      /* the task is a top-level step's */
	CHUNK_WAITING,   /* not begun: at a gate of WHEN_BEFORE */
	CHUNK_BEGINNING, /* the row `begun` is on its way */
	CHUNK_LOADING,
	CHUNK_SEALING, /* the row `sealed` is on its way */
	CHUNK_PUBLISHING,
	CHUNK_MARKING, /* the row `published` is on its way */
	CHUNK_FINISHING,
	CHUNK_KILLING,    /* before the seal: the attempt's statement is being killed */
	CHUNK_LEAVING,    /* it is being waited out */
	CHUNK_DISCARDING, /* the attempt's staged objects are being dropped */
	CHUNK_LOOKING,    /* after the seal: has the server restarted? */
	CHUNK_HALVING,    /* discarded, too large: what are its halves? */
	CHUNK_SPLITTING,  /* the row `split` is on its way */
	CHUNK_OVER,
};

struct frame {
	struct section section;
	size_t at;
	const struct each *each; /* EACH_ROWS, or NULL */
	const struct pinned *rows;
	size_t row;
};

struct task {
	struct exec *exec;
	struct node *node;
	enum task_state state;
	struct arena arena; /* the attempt's */
	struct scope scope;
	const struct pinned **pins; /* by step number, of this attempt */
	struct frame frames[FRAMES_MAX];
	size_t frame_count;
	struct call call;
	const struct step *asking; /* whose SQL is under way, NULL for a question of our own */
	uint64_t asked_ms;
	struct outcome held; /* TASK_HELD */
	struct str query_id; /* of the last statement of a step */
	uint64_t until, wake_ms;
	bool waiting;     /* at a gate, and that is told */
	unsigned looks;   /* at it, so far */
	struct str still; /* GATE_STILL: the last look's answer, when it was true; else empty */
	/* trouble */
	uint64_t trouble_since_ms;
	uint32_t trouble_step; /* number */
	unsigned tries;
	unsigned smaller;
	struct setting smaller_settings[4];
	/* chunk */
	enum chunk_state chunk_state;
	size_t chunk;     /* index in node->chunks */
	struct str name;  /* the chunk's */
	struct str label; /* "chunk 3 of 11" */
	unsigned worker;
	bool has_worker;
	uint32_t attempt;
	struct str boot; /* at the seal; empty: trust nothing */
	bool resumed;    /* publishing may have begun before */
	bool same_boot;  /* … but the server has not restarted since */
	bool sealed, published;
	unsigned
	        unsure; /* REPEAT_NEVER statements of the attempt that may have changed something */
	bool keep;      /* a failed verification: the staged tables stay for a person */
	bool splitting; /* discarding, then its parts in its place */
	bool cleaner;   /* discards an attempt of a dead run, beside the chunk's own task */
	struct str parts; /* what the row `split` pins */
	bool giving_up;   /* discarding because of `failure`, no new attempt */
	enum exec_exit failure_exit;
	struct str failure;
	uint64_t rows, began_ms;
};

struct exec {
	const struct graph *graph; /* NULL in abort and status */
	struct transport *transport;
	const struct exec_options *options;
	struct exec_result *result;
	struct arena arena;
	struct str migration, tag, plan;
	struct str database; /* quoted: the journal's */
	struct str database_name;
	struct str host;
	struct scope scope;
	const struct pinned **pins;                       /* by step number */
	struct node *nodes;                               /* by position in graph->steps */
	size_t nodes_done, tasks_ended, freed, top_tasks; /* freed: workers and turns */
	uint32_t *ready;                                  /* a queue of positions */
	size_t ready_next, ready_count;
	size_t loops;          /* EACH_CHUNKS of all the graph that load */
	struct node **running; /* EACH_CHUNKS under way */
	size_t running_count;
	LIST_OF(struct task *) tasks;
	struct journal journal;
	uint64_t first_rows; /* … up to here goes out alone: write_first() in sched.c */
	struct lock lock;
	struct journal_past past;
	struct str boot;
	uint64_t cores;
	uint64_t began_ms;
	size_t flying;
	bool answered; /* ClickHouse has answered once: what follows can be a passing trouble */
	bool resuming;
	bool announced; /* a run row is on its way: the journal may hear how it ended */
	const struct node *chunks_told; /* the newest whose chunks the journal was told of */
	bool looks; /* reads only; a user who may change no setting is asked without any … */
	bool bare;  /* … once that is known */
	/* the end */
	bool stopping;
	bool no_more_journal;
	bool in_doubt; /* attempt_doubts() */
	bool away;     /* the server did not answer an end's question: the next ones don't wait */
	/* guard.c */
	struct guard_state *guards; /* as graph->guards; NULL: the run has not begun */
	size_t guard_count;
	/* watch.c */
	struct call *watch;
	uint64_t watch_ms;
};

/* --- exec.c --- */
void exec_init(struct exec *exec, struct transport *transport, const struct exec_options *options,
               struct exec_result *result, struct str migration);
void exec_release(struct exec *exec);
uint64_t exec_now(struct exec *exec);
/* The first call wins: how the run ends and what it says. Everything winds down from here. */
void exec_stop(struct exec *exec, enum exec_exit how, const char *format, ...)
        __attribute__((format(printf, 3, 4)));
void exec_send(struct exec *exec, struct call *call);
/* The server shall not compile it to machine code, which it does when it sees a query for the third time, in
 * 20 to 80 ms (measured on 26.7): of what reads a few rows that is most of its time. */
void exec_make_short(struct request *request);
/* Takes at most one outcome, waiting for it up to wait_ms. */
bool exec_turn(struct exec *exec, unsigned wait_ms);
/*
 * Start-up and end: asks and waits, again and again while what goes wrong is passing. True:
 * `outcome` is OK, or an exception that `accept` takes; it is the caller's to release. False: the
 * exec was stopped, or `patience_ms` is over at its end.
 */
bool exec_ask(struct exec *exec, struct str sql, const char *what, const int *accept,
              uint64_t patience_ms, struct outcome *outcome);
struct exec_question {
	struct str sql;
	const char *what;
	const int *accept;       /* or NULL */
	uint64_t patience_ms;    /* 0: the user's */
	struct outcome *outcome; /* NULL: nobody cares for the answer */
};
/* Start-up: as exec_ask() for each, all at once. False: there are no outcomes. */
bool exec_ask_all(struct exec *exec, const struct exec_question *questions, size_t count);
/* Of an end: `most`, no more than the user's patience, and nothing once the server is away. */
uint64_t exec_end_ms(const struct exec *exec, uint64_t most);
/* As exec_ask(), with parameters; does not stop the exec, but says why. */
bool exec_ask_request(struct exec *exec, const struct request *request, const int *accept,
                      uint64_t patience_ms, struct outcome *outcome, struct str *why);
/* For the end, when the exec is stopping: one try, no word about it. */
bool exec_ask_once(struct exec *exec, const struct request *request);
/* Waits; less when interrupted. */
void exec_sleep(struct exec *exec, uint64_t ms);
/* May pass by itself. */
bool exec_passing(const struct exec *exec, const struct outcome *outcome);
uint64_t exec_pause_ms(struct exec *exec, unsigned tries);
bool exec_interrupted(struct exec *exec);
uint64_t exec_patience_ms(const struct exec *exec);
/* The params' values into the exec's scope, and room for pins: nothing is pinned yet. */
void exec_bind_params(struct exec *exec);
/* The server said that this user may change no setting: true when it is worth asking without. */
bool exec_without_settings(struct exec *exec, const struct outcome *outcome);
/* "ClickHouse's text (advice)" */
struct str exec_explain(struct exec *exec, const struct outcome *outcome);
/* A line of a command's output, or of ours, for the observer; values of secrets are masked in it. */
void exec_said(struct exec *exec, const struct step *step, struct str line);
/* The whole run's query ids begin with it: bfc-<tag>- */
struct str exec_query_prefix(struct exec *exec);
/* bfc-<tag>-<plan8>-<what>, cut to what a query id may have. */
struct str exec_query_id(const struct exec *exec, struct arena *arena, struct str what);
/* The column's values; -1 when there is none. */
int reply_column(const struct reply *reply, const char *name);
struct str reply_value(const struct reply *reply, size_t row, int column);
uint64_t str_u64(struct str text);
/* A string literal of SQL, in the exec's arena. */
struct str exec_literal(struct exec *exec, struct str text);

/* For `bfc status`: how many chunks there are, as soon as that is known. */
void exec_tell_chunks(struct exec *exec);
/* Waits until the journal has all rows. */
void exec_flush(struct exec *exec, uint64_t patience_ms);

/* --- exec_start.c --- */
/* False: there is nothing to run, or the exec was stopped. */
bool exec_start(struct exec *exec);
/* Another plan than the one begun: stops the exec, and names the first step that differs. */
void exec_refuse_plan(struct exec *exec);
/* The run rows, into exec->past. `no_journal`: there is no such table yet. */
bool exec_read_past(struct exec *exec, bool *no_journal);
/* Takes the lock, ends what earlier runs left running, reads the journal. `fresh`: it was just made. */
bool exec_lock_and_read(struct exec *exec, bool fresh);

/* --- abort.c --- */
/* What was staged may be partly gone: stops the exec. To ask before any row is written. */
bool abort_broken_off(struct exec *exec);

/* --- elsewhere.c --- */
/* Of the facts: what a run with another journal has on this server, of its locks and journals. */
struct str elsewhere_sql(struct exec *exec);
/* False: the exec was stopped, because the migration is run, or was begun, with another journal. */
bool elsewhere_judge(struct exec *exec, struct str lines);

/* --- sched.c --- */
void sched_init(struct exec *exec);
/* Starts what may start; true while there is something left to do. */
bool sched_turn(struct exec *exec);
uint64_t sched_deadline_ms(struct exec *exec);
struct task *sched_new_task(struct exec *exec, struct node *node);
void sched_node_done(struct exec *exec, struct node *node);
void sched_task_ended(struct exec *exec, struct task *task);
/* Every run asks it anew, and nothing is changed by it. */
bool sched_only_looks(const struct step *step);
/* Its node has begun before what it depends on is done. */
bool sched_is_early(const struct task *task);

/* --- sched_chunks.c --- */
/* An EACH_CHUNKS begins: its chunks are counted, those of earlier runs, too. */
void sched_start_chunks(struct exec *exec, struct node *node);
/* Gives free workers their next chunks; the last that is done ends the node. */
void sched_turn_chunks(struct exec *exec, struct node *node);
/* What is left of the task needs no worker: the next chunk may begin. */
void sched_free_worker(struct exec *exec, struct task *task);
/*
 * One chunk at a time goes from the look at its seal to the last of its moves, whatever loads beside it:
 * a part that another chunk moved in between would be beyond the seal's block numbers, and after a
 * restart `evidence` could not tell whether it hides one of ours (compiler/lower_resume.c). False: it
 * is not this chunk's turn.
 */
bool sched_take_turn(struct task *task);
void sched_end_turn(struct task *task);
void sched_cleaner_ended(struct exec *exec, struct task *task);
/* The journal has it: the chunk is done with, its parts are chunks from now on. */
void sched_split(struct exec *exec, struct task *task, struct str pinned);
void sched_chunks_left(struct exec *exec, size_t *done, size_t *total);
/* For the observer, who has it while the task's arena lives. */
struct exec_chunk sched_chunk(struct task *task);
/* "chunk 3 of 11": as the plan counts, with its backfill's name where there are several. */
struct str sched_label(struct exec *exec, struct arena *arena, const struct node *node,
                       struct str name);

/* --- task.c --- */
void task_init(struct task *task, struct exec *exec, struct node *node);
void task_push(struct task *task, struct section section, const struct each *each,
               const struct pinned *rows);
/* Goes on as far as it can without waiting. */
void task_run(struct task *task);
/* A question of attempt.c: its outcome comes to attempt_answer(). */
void task_ask(struct task *task, struct str sql);
/* In TASK_HELD: takes the answer. */
void task_let_go(struct task *task);
/* Goes on when the row is durable … */
void task_write(struct task *task, const struct journal_row *row);
/* … and here it is in no hurry: the row goes with the next one, or after a second. */
void task_write_along(struct task *task, const struct journal_row *row);
/* Pauses with growing length; false when patience is over: the exec was stopped, or gives up. */
bool task_pause(struct task *task, const struct step *step, struct str reason);
struct str task_label(struct task *task);
struct str task_where(struct task *task, const struct step *step);

/* --- gate.c --- */
/* A gate for a person or a command: begins to wait. */
void gate_begin(struct task *task, const struct step *step);
/* What the world outside says now: tells the observer its lines; `news->text` is the last word. */
enum outside_state gate_hear(struct exec *exec, const struct step *step, struct outside_news *news);
/* In TASK_OUTSIDE: looks whether it is over. */
void gate_poll(struct task *task);
/* The step of the top frame is done. */
void task_step_done(struct task *task, const struct step *step);

/* --- pins.c --- */
const struct pinned *pins_find(struct task *task, struct str probe);
const struct pinned *pins_from_reply(struct arena *arena, const struct step *step,
                                     const struct reply *reply, struct str *why);
struct str pins_to_json(struct task *task, const struct step *only);
/* Reads what pins_to_json() wrote: pins and binds. False: not that. */
bool pins_from_json(struct exec *exec, struct task *task, struct str text);
/* What the row `split` pins: the parts, and how far their attempts have stepped down already. */
struct str pins_of_split(struct task *task);
/* The rows of one step out of such a text; NULL: they are not in it. */
const struct pinned *pins_of_step(struct arena *arena, const struct step *step, struct str text);
void pins_bind(struct scope *scope, const struct step *step, const struct pinned *rows);
bool pins_row_taken(const struct each *each, const struct pinned *rows, size_t row);
const struct pinned *pins_literal(struct arena *arena, const struct each *each);

/* --- attempt.c --- */
void attempt_start(struct task *task);
/* No frame is left (or none yet): what comes next is up to the chunk's state. */
void attempt_go_on(struct task *task);
/* Drops what an attempt of a dead run has staged, and says so to the journal. */
void attempt_clean_up(struct task *task, uint32_t attempt);
/* A journal row that the task waited for is durable. */
void attempt_written(struct task *task);
/* Answers to task_ask(). */
void attempt_answer(struct task *task, const struct outcome *outcome);
/* Drops the attempt's staged objects, by the body's FINISH steps. */
void attempt_discard(struct task *task);
struct journal_row attempt_row(struct task *task, enum journal_state state);
/* A publishing statement was broken off: writes the seal again without the boot, and has the task
 * wait for that row before it publishes on. */
void attempt_distrust(struct task *task, struct str message);
/* "b1" of "b1.chunks", as it stands in staged names; empty for a step that is no backfill's. */
struct str attempt_family(struct str step);
/* The chunk's name as it stands in staged names: 3_1. */
struct str attempt_staged_chunk(struct arena *arena, struct str name);
/* {"smaller":2}: how far an attempt had stepped down. */
unsigned attempt_smaller(struct str pinned);
/* A chunk that was broken off and is never begun anew: nobody can tell what of it is in. */
bool attempt_in_doubt(const struct task *task);
/* The run is stopping: takes `begun` back where nothing was sent that would make it a doubt. */
void attempt_unsent(struct task *task);
/* Chunks of the node that an earlier run left in doubt: stops the exec, before any is begun. */
bool attempt_doubts_before(struct exec *exec, const struct node *node);
/* Which chunks are in doubt, and what to look at; empty when none is. */
struct str attempt_doubts(struct exec *exec);
/* "b1.direct": its chunks are inserted straight into live tables. */
bool attempt_is_direct(struct str step);
/* "b1.gather": its chunks are in holding tables, bfc_<tag>_hold_b1_…, until "b1.publish" moves them. */
bool attempt_is_held(struct str step);

/* --- trouble.c --- */
/* A step's statement did not succeed. */
void attempt_trouble(struct task *task, const struct step *step, const struct outcome *outcome);
/* A step answered, and the answer is wrong: an assert or a probe that is not as promised. */
void attempt_refused(struct task *task, enum exec_exit how, struct str text);

/*
 * The chunk has failed, and the run ends with it. Where chunks can't be repeated, those under way come
 * to their end first: broken off they would be in doubt, too.
 */
void attempt_fail(struct task *task, enum exec_exit how, struct str text);

/*
 * The run is stopping: drops what an attempt that was not sealed has staged. No one else will:
 * nobody ever seals it, and a sleeper's late CREATE may come after the sweep of whoever took over.
 */
void attempt_clean(struct task *task);

/* --- watch.c --- */
void watch_turn(struct exec *exec);
uint64_t watch_deadline_ms(struct exec *exec);
/* Kills what runs and waits for it, once the run is stopping. */
void watch_end(struct exec *exec);

#endif
