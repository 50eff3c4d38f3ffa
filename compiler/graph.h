/*
 * graph.h: the step graph, the one thing that compiling makes and applying runs.
 *
 * Purpose: an ordered DAG of steps with their SQL, rendered once. Emitters print
 * it, the runtime sends it: what was reviewed is what runs. The runtime sees this
 * header and the base ones, nothing else of the compiler.
 *
 * Invariants
 * - const once built: graph_finish() checks it, numbers it and seals it with its hash.
 *   The state of a run is an array beside it (runtime/exec.h).
 * - Steps stand in an order that respects `deps`; ids are unique over the
 *   whole graph, bodies included, and stable: they come from names in the
 *   source, never from addresses or counters over unrelated things.
 * - Only STEP_EACH has a body. Steps of a body run one after the other in their order;
 *   top-level steps run as soon as their `deps` are done.
 * - SQL has no values pasted in: what is known only at run time is a ClickHouse query
 *   parameter `{name:Type}` listed in `uses`. Measured on 26.7: parameters, Identifier
 *   ones too, work in CREATE TABLE … AS, CREATE MATERIALIZED VIEW … TO, INSERT, ALTER … MOVE
 *   PARTITION ID, DROP PART and DROP; the one exception is `TO TABLE {t:Identifier}`,
 *   and the destination of a move is a live table whose name is known.
 *
 * Parameters: where a value comes from
 *   params    `--param`, or the default; secrets from env or file
 *   outputs   of a STEP_PROBE: columns of its one row, bound under their column names
 *   columns   of a STEP_EACH: bound once a row of what it goes over
 *   objects   of an EACH_CHUNKS: names of staged tables, made up by the runtime, one set an attempt
 * Names are unique over all four kinds in one graph, so a scope is a plain map.
 *
 * Ownership: everything lives in the arena given to graph_new().
 * Failure: graph_finish() reports a broken invariant as an internal error diagnostic.
 */
#ifndef BFC_GRAPH_H
#define BFC_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compiler/base/arena.h"
#include "compiler/base/buf.h"
#include "compiler/base/diag.h"
#include "compiler/base/str.h"

/* Of the plan's JSON form; a reader refuses another major version. */
#define GRAPH_FORMAT_VERSION 1

enum step_kind {
	STEP_RUN,    /* one SQL statement */
	STEP_PROBE,  /* a SELECT (or DESCRIBE) whose rows other steps use */
	STEP_EACH,   /* a body for each row */
	STEP_GATE,   /* waits: see enum gate_kind */
	STEP_ASSERT, /* a SELECT of one row: `ok`, and `message` to show when it is not true */
};

/* What a gate waits for. The last two have no SQL but `act`. */
enum gate_kind {
	GATE_ASKED, /* a SELECT like an assert's, asked again until it is true; -1 is never: the run
		     * stops as at an assert */
	GATE_STILL, /* … until it is true twice in a row, some time apart, with the same answer */
	GATE_PERSON,  /* somebody does `act` and says so */
	GATE_COMMAND, /* `/bin/sh -c act` on the client, until its exit code is 0 */
};

enum step_phase {
	PHASE_ENSURE,
	PHASE_STAGE,
	PHASE_LOAD,
	PHASE_PUBLISH,
	PHASE_FINISH,
	PHASE_CHECK,
};

/* Why running a step twice does no harm. */
enum step_repeat {
	REPEAT_IF_NOT_EXISTS,
	REPEAT_IF_EXISTS,      /* DROP … IF EXISTS */
	REPEAT_NEW_NAME,       /* works on objects whose names no earlier attempt had */
	REPEAT_OBSERVES_FIRST, /* looks at what is there before it acts */
	REPEAT_READ_ONLY,
	REPEAT_MOVES_REST, /* MOVE PARTITION moves what is left; an empty partition is a no-op */
	REPEAT_REPLACES,   /* CREATE OR REPLACE of a scratch object, which the next top-level
			    * REPEAT_IF_EXISTS of PHASE_ENSURE drops */
	REPEAT_SETS,       /* sets what is set already */
	REPEAT_NEVER,      /* it would do harm: sent once; an EACH_CHUNKS that has such steps says
				* so too, and a chunk of it that was broken off is never begun anew */
};

/* How long a probe's rows stay as they are. */
enum probe_pin {
	PIN_RUN,     /* journaled the first time, reused by every resume */
	PIN_ATTEMPT, /* belongs to one attempt of a chunk */
	PIN_SEAL,    /* PIN_ATTEMPT, and the journal row that holds it is the chunk's seal */
	PIN_NEVER,   /* asked anew each time */
};

enum each_kind {
	EACH_CHUNKS, /* attempts, staged objects, seal; `workers` bodies at once; a resume point a row */
	EACH_ROWS, /* a plain loop inside a task: partitions, leftovers */
};

/* When a step takes part at all. */
enum step_when {
	WHEN_ONCE, /* top level: not again once the journal says that it is done; body: always */
	WHEN_EVERY_RUN, /* top level: again in every `apply` that has work left (views found, grants) */
	WHEN_RESUMED, /* body, after the seal: only when an earlier try may have begun to publish */
	WHEN_RESTARTED, /* as WHEN_RESUMED, and the server may have restarted since the seal (or that
			 * can't be told): parts may stand in both tables without a trace of it */
	WHEN_BEFORE, /* body, a GATE that is asked: before each attempt at the chunk, when there is
		      * nothing of it yet, neither in the journal nor staged */
	WHEN_SHORT,  /* as WHEN_BEFORE, once a disk was full under a chunk, until one is sealed */
	WHEN_SPLIT, /* body, the first step, a PROBE: only for a chunk that the server has no memory
		     * for, in small blocks either. Its rows, in the columns of the EACH_CHUNKS,
		     * take the chunk's place: together they are the chunk, and no row of history is
		     * in two of them; fewer than two rows: it can't be split */
	WHEN_LAST = WHEN_SPLIT
};

struct param {
	struct str name;
	struct str type;
	struct str value; /* the default, as text for the parameter */
	bool has_default;
	bool secret;
	struct str from_env;  /* secret: the variable's name, or empty */
	struct str from_file; /* secret: the file's path, or empty */
};

struct setting {
	struct str name;
	struct str value; /* as SQL text: 1, 0.5, 'text' */
};

/* A {name:Type} that a step's SQL has. */
struct use {
	struct str name;
	struct str type;
};

struct origin {
	struct str file; /* as the user named it; "std.tuning" for the library */
	unsigned line;
};

/* A table or view that an attempt creates under a name of its own. */
struct staged_object {
	struct str param;    /* parameter that carries its name, e.g. dup_pypi */
	struct str database; /* where it stands, next to the live one */
	struct str original; /* the live object's name */
	bool is_view;
};

/*
 * What the executor may rely on, beside the invariants above
 * - An EACH_ROWS body may hold RUN and ASSERT steps; it never holds a PROBE or an EACH. In the
 *   body of an EACH_CHUNKS everything may stand but another EACH_CHUNKS.
 * - A parameter may be used with several types in one plan (`{dup_t:Identifier}` and
 *   `{dup_t:String}`): the text sent is the same.
 * - The body of an EACH_CHUNKS stands in the order STAGE, LOAD, PUBLISH (from the PIN_SEAL
 *   probe on), FINISH. The rows of the seal have at least the columns
 *   seal_table, seal_partition, seal_parts, seal_rows, seal_bytes, seal_uuids, seal_block; a plan
 *   with several backfills gives them a suffix (`seal_table_b2`): take them by position.
 * - An EACH_CHUNKS of PHASE_PUBLISH stages nothing of its own: it moves what chunks of another one
 *   have left in holding tables (lower_hold.c). Its rows were counted there. That other one's id ends
 *   with `.gather`, and the steps that made the tables are `bN.hold…`: abort has nothing but ids to go by.
 * - A REPEAT_NEVER EACH_CHUNKS has neither seal nor objects; its id is `bN.direct`, for abort.
 * - The literal rows of an EACH_CHUNKS and the rows of a probe that it goes over are the chunks,
 *   in order; no row is no chunk, and the step is done.
 * - A STEP_ASSERT is true when its reply is one row whose first column is `1` or `true`; a
 *   second column, when there, is the message.
 */
struct graph_row {
	struct str *values; /* each->column_count of them */
};

struct step;

struct each {
	enum each_kind kind;
	struct str over;        /* id of the probe whose rows it goes over; empty: `rows` below */
	struct str only_column; /* take the rows whose column `only_column` … */
	struct str only_value;  /* … has this value; both empty: all rows */
	struct str *columns;    /* of the rows; bound as parameters in the body */
	size_t column_count;
	struct graph_row *rows; /* literal rows, when `over` is empty */
	size_t row_count;
	unsigned workers;              /* EACH_CHUNKS: at once; 0 is `auto` */
	struct staged_object *objects; /* EACH_CHUNKS */
	size_t object_count;
	const struct step **body;
	size_t body_count;
};

struct step {
	struct str id;
	uint32_t number; /* index over the whole graph, bodies included, depth first */
	enum step_kind kind;
	enum step_phase phase;
	enum step_when when;
	enum step_repeat repeat;
	bool resume_point;
	struct str title; /* what: one line, lower case */
	struct str why;   /* why it is there, and why repeating it is harmless: full sentences */
	struct origin origin;
	uint32_t *deps; /* positions in the list that the step itself stands in */
	size_t dep_count;
	struct str sql; /* empty for STEP_EACH */
	struct use *uses;
	size_t use_count;
	/* The statement moves data: its progress is worth polling and its time counts as load. */
	bool heavy;

	/* STEP_PROBE */
	enum probe_pin pin;
	struct str *outputs; /* column names that the reply must have; taken by name */
	size_t output_count;
	bool one_row; /* exactly one row; its columns are bound as parameters */

	struct each *each; /* STEP_EACH */

	/* STEP_GATE */
	enum gate_kind gate;
	struct str act;         /* GATE_PERSON, GATE_COMMAND; never with a parameter or a secret */
	unsigned limit_seconds; /* GATE_COMMAND: how long it may run */

	struct str hint; /* STEP_ASSERT, GATE_ASKED: what to do next when it fails */
};

/*
 * What has to be put back when a run ends for whatever reason between two steps: an error, a
 * signal, a kill (then the next `apply` or `abort` does it).
 *
 * The guard is open from the moment before `opens` is sent until `closes` is done. Whoever finds it
 * open at an end does `undo` first, unless `keeps` is done: with that step the work in between is
 * worth keeping. Then `restore`. When `undo` ran, all steps from `first` to `closes` are to do again.
 * - All four are ids of top-level steps, in this order; everything in between is one chain.
 * - `undo` has RUN and ASSERT steps, `restore` RUN and GATE steps (a person, a command). They stand
 *   in no body and have no deps; they may use outputs of one-row probes from `first` on, which are
 *   empty when they are not known. Running any of them twice does no harm. A RUN of `undo` that the
 *   server refuses because a table does not exist (60) is done: what it takes back is not there.
 */
struct guard {
	struct str id;
	struct str first, opens, keeps, closes;
	struct str what; /* "ingest is paused" */
	struct str left; /* what to say when `restore` did not succeed: what to do by hand */
	unsigned within_seconds; /* from `opens` on, until `keeps` is done and the journal knows
				  * that; past it the run fails */
	const struct step **undo;
	size_t undo_count;
	const struct step **restore;
	size_t restore_count;
};

struct graph {
	struct arena *arena;
	struct str migration;
	struct str description; /* the migration's 'text', or empty */
	/* SHA-256, lower-case hex: which plan it is. Over the JSON form without titles, reasons,
	 * hints, places and warnings: who adds a comment to the source, or updates bfc and gets better
	 * words, has the same plan and may resume it. */
	char hash[65];
	char tag[9];            /* first 8 hex digits of SHA-256 of the migration's name: in
				 * staged names, lock names and query ids */
	struct str *strategies; /* for the header: "duplicate", … */
	size_t strategy_count;
	struct str *touched; /* live objects that the plan writes to, for the header */
	size_t touched_count;
	struct str *databases; /* where staged objects may stand: what a sweep looks through */
	size_t database_count;
	struct param *params;
	size_t param_count;
	const struct step **steps;
	size_t step_count;
	size_t step_total; /* with the bodies, without the guards' */
	const struct guard *guards;
	size_t guard_count;
	const struct diag *warnings; /* hazards that the plan is emitted with; may be empty */
	size_t warning_count;
};

/* Settings that every request pins, because a statement's meaning hangs on them
 * (engine-facts: "Pin on every request"). Sent by the transport, printed by the
 * SQL emitter. Ends with an empty name. */
extern const struct setting graph_pinned_settings[];

const char *step_kind_name(enum step_kind kind);
const char *step_phase_name(enum step_phase phase);
const char *step_repeat_name(enum step_repeat repeat);
const char *probe_pin_name(enum probe_pin pin);
const char *step_when_name(enum step_when when);
/* A step that an undisturbed run leaves out … */
bool step_is_late(const struct step *step);
/* … and that has to do with too little memory, or a full disk: else with an interruption. */
bool step_is_of_shortage(const struct step *step);
const char *each_kind_name(enum each_kind kind);
const char *gate_kind_name(enum gate_kind kind);
/* Waits for something that is no statement. */
bool step_acts(const struct step *step);
/* Its statement, or what somebody or a command has to do. */
struct str step_text(const struct step *step);

/* Lists what the SQL's `{name:Type}` parameters are; for building `uses`. Skips
 * strings, comments and heredocs. */
void graph_scan_uses(struct arena *arena, struct str sql, struct use **uses, size_t *count);

/* Numbers the steps, checks the invariants above, computes tag and hash. A broken invariant is
 * reported as `code`: BF900 for a graph made here, BF903 for one that was read. */
bool graph_finish(struct graph *graph, enum diag_code code, struct diag_list *diags);
/* A step by id, also in bodies; NULL when there is none. */
const struct step *graph_find(const struct graph *graph, struct str id);

/* The JSON form; deterministic. */
void graph_write_json(const struct graph *graph, struct buf *out);
/* SHA-256 over all of the form but hash and checksum: what a file must have to be read. */
void graph_checksum(const struct graph *graph, char hex[65]);
/* Computes the hash; false when a text is not UTF-8, or the form larger than any output
 * may be. graph_finish() calls it. */
bool graph_seal(struct graph *graph, bool *too_large);
/* Reads it back and checks hash and checksum; NULL after adding diagnostics. */
struct graph *graph_read_json(struct arena *arena, const char *path, struct str text,
                              struct diag_list *diags);

#endif
