/*
 * outlook.h: what `bfc apply` would do now.
 *
 * Purpose: `bfc plan`: the plan's own checks and probes, asked now; what the journal has as done; what
 * is left, with the server's estimates. There is no second comparison: asserts are sent as they
 * are. Those that look at scratch twins (made by steps of REPEAT_REPLACES) get the twins' rows of
 * system.tables and system.columns from outlook_twin.c, as nothing may be made.
 * Invariants
 * - Nothing is created or changed: every question but CHECK GRANT carries readonly = 2, so the
 *   server itself would refuse; with readonly = 1 a user is asked without any settings.
 * - What could not be seen is said (`unseen`), and is never taken for good or bad.
 * - A probe that is not pinned yet is asked, at most OUTLOOK_ASK_MS; apply asks it anew.
 * Ownership: the outlook owns all of it but the graph, which has to stay.
 * Failure: an exec_result with an exit code of plan.md: that of the apply that would follow, or why
 * the server can't be asked.
 */
#ifndef BFC_OUTLOOK_H
#define BFC_OUTLOOK_H

#include "runtime/exec.h"

struct exec;

/* A question's limit: a probe reads a whole source at worst. For apply there is none. */
#define OUTLOOK_ASK_MS 60000
/* Chunks that estimates are asked for, spread evenly; the rest is taken to be like them. */
#define OUTLOOK_CHUNKS_MAX 64

enum outlook_state {
	OUTLOOK_NEW,   /* never begun, or given up with nothing left */
	OUTLOOK_BEGUN, /* not finished */
	OUTLOOK_FINISHED,
	OUTLOOK_UNKNOWN, /* the journal can't be read */
};

enum check_state {
	CHECK_HOLDS,
	CHECK_FAILS,
	CHECK_UNSEEN, /* the server did not answer it; `message` says why */
	CHECK_LATER,  /* hangs on something that comes before it */
};

struct outlook_check {
	const struct step *step;
	enum check_state state;
	struct str message;
	bool drift;  /* compares a declaration with what the server has */
	bool grants; /* what is missing is in outlook.grants */
};

/* A database, table or view that the plan makes when it is missing. */
struct outlook_object {
	const struct step *step;
	struct str kind, database, name; /* database: its name is in `name` */
	bool present;
};

/* A view on one of the tables that the file does not know. */
struct outlook_view {
	struct str name, declaration;
};

/* What a probe found that apply pins. */
struct outlook_pin {
	const struct step *step;
	struct str value;
	bool pinned; /* by an earlier run */
};

struct outlook_load {
	const struct step *step; /* the EACH_CHUNKS */
	bool known;              /* its chunks are */
	size_t total, done, under_way;
	size_t in_doubt; /* `using direct`, broken off: apply stops until a person has looked */
	const struct str *columns; /* of the rows */
	size_t column_count;
	const struct str *values; /* row after row */
	bool *chunk_done;         /* by row */
	bool *chunk_in_doubt;
	/* To read, for the chunks that are not done. */
	const char *estimated_by; /* NULL: nobody could say */
	bool at_most;             /* the bytes are not of the columns needed alone */
	bool rows_known;
	uint64_t rows, bytes;
	size_t asked; /* chunks */
};

struct outlook {
	struct arena arena;
	struct exec *exec; /* the questions' */
	const struct graph *graph;
	enum outlook_state state;
	bool asked;        /* to the end: the rest holds, whatever the result is */
	bool other_plan;   /* `result.text` says which step differs */
	struct str holder; /* of the lock; empty: free */
	bool holder_dead;  /* its run is gone: apply takes over */
	bool bare;         /* asked without settings */
	LIST_OF(struct outlook_check) checks;
	LIST_OF(struct outlook_object) objects;
	LIST_OF(struct outlook_view) views;
	LIST_OF(struct outlook_pin) pins;
	LIST_OF(struct outlook_load) loads;
	LIST_OF(struct str) grants; /* missing: "INSERT ON pypi.*" */
	LIST_OF(struct str) unseen;
	LIST_OF(const struct step *) gates;
	size_t checks_at_end; /* of PHASE_CHECK */
	uint64_t rows_done;
};

/* Of options: params, journal_database, patience_ms, interrupted. */
void outlook_read(struct outlook *outlook, const struct graph *graph, struct transport *transport,
                  const struct exec_options *options, struct exec_result *result);
void outlook_release(struct outlook *outlook);
size_t outlook_count(const struct outlook *outlook, enum check_state state);

#endif
