/*
 * transport.h: how the executor reaches ClickHouse, the clock and chance.
 *
 * Purpose: the only door out of the executor. http_transport.c (the one file that includes
 * curl.h) stands behind it in the program, tests/unit/fake_transport.c in tests, with
 * a fake clock, so that every interleaving and fault can be played.
 *
 * Invariants
 * - send() never blocks and never fails: what goes wrong arrives as an outcome.
 * - next() returns each sent request exactly once, in the order of completion.
 * - SQL goes out as it is; parameters go as form fields (never in the URL, where proxies log
 *   them); the settings of graph_pinned_settings go with every request.
 * - Success is: complete response, 200, no exception header, no exception block in the body
 *   (engine-facts, "INSERT … SELECT over HTTP"). reply.h decides. An answer whose X-ClickHouse-Query-Id is
 *   another request's, as of a proxy that mixed them up, is none: OUTCOME_LOST.
 * Ownership: a request and what it points to belongs to the caller and has to stay until its
 * outcome was returned; the outcome owns its reply and text until outcome_release().
 * Units: milliseconds of a monotonic clock that goes on while the machine is asleep.
 */
#ifndef BFC_TRANSPORT_H
#define BFC_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compiler/base/str.h"
#include "compiler/graph.h"

struct binding {
	struct str name;
	struct str value; /* plain; the transport adds the TSV escapes */
	bool secret;
};

struct request {
	struct str sql;
	struct str body;     /* data after the statement (INSERT … FORMAT …); empty: none */
	struct str query_id; /* empty: the transport makes one */
	const struct binding *params;
	size_t param_count;
	const struct setting *settings; /* beyond the pinned ones */
	size_t setting_count;
	unsigned timeout_ms; /* for the whole request; 0: none (loads run as long as they run) */
	bool bare;           /* no settings at all: for a user who may change none (readonly = 1) */
	void *owner;         /* comes back with the outcome */
};

enum outcome_kind {
	OUTCOME_OK,
	OUTCOME_EXCEPTION,   /* ClickHouse said no: code and text */
	OUTCOME_UNREACHABLE, /* no connection was made: the statement did not run */
	OUTCOME_LOST,        /* the connection broke: the statement may have run, may be running */
	OUTCOME_NONSENSE,    /* an answer that ClickHouse does not give */
	OUTCOME_DENIED,      /* wrong user or password */
};

/* Rows of a reply, all values as text (FORMAT JSONCompactStrings). NULL is {NULL, 0}. */
struct reply {
	struct str *columns;
	size_t column_count;
	struct str *values; /* row after row */
	size_t row_count;
	/* X-ClickHouse-Summary; 0 when absent */
	uint64_t read_rows, read_bytes, written_rows, memory_bytes;
	struct arena *arena; /* owns all of it */
};

struct outcome {
	enum outcome_kind kind;
	void *owner;
	int code;           /* OUTCOME_EXCEPTION: ClickHouse's exception code */
	struct str text;    /* what happened, for a person; secrets are masked already */
	struct reply reply; /* OUTCOME_OK */
	uint64_t elapsed_ms;
};

void outcome_release(struct outcome *outcome);
/* The arena that owns the outcome's reply and text; made on first use. */
struct arena *outcome_arena(struct outcome *outcome);
/* Sets the kind and the text. */
void outcome_say(struct outcome *outcome, enum outcome_kind kind, const char *format, ...)
        __attribute__((format(printf, 3, 4)));

struct transport {
	void *state;
	void (*send)(void *state, const struct request *request);
	/* Waits up to `wait_ms` for an outcome; false when none came. Also returns false early when
	 * interrupted by a signal. */
	bool (*next)(void *state, unsigned wait_ms, struct outcome *outcome);
	uint64_t (*now_ms)(void *state);
	uint32_t (*random)(void *state);
	/* What to call the server in messages: scheme, host and port, never credentials. */
	struct str (*name)(void *state);
	void (*release)(void *state);
};

struct target; /* target.h */

/* False with a reason in `*why` (malloc'd) when libcurl can't be used. */
bool http_transport_init(struct transport *transport, const struct target *target, char **why);

/* Sends one request and waits for it (start-up, abort, status); other outcomes must not be under
 * way. */
void transport_call(struct transport *transport, const struct request *request,
                    struct outcome *outcome);

#endif
