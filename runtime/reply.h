/*
 * reply.h: bytes of an HTTP answer in, an outcome out; no socket.
 *
 * Purpose: the protocol apart from I/O (the habit of hiredis), so that every answer a server or a
 * proxy may give can be tested as bytes.
 * Invariants: never trusts a status: an exception header, an `__exception__` block or
 * "Code: N. DB::Exception" in a 200 body is an exception; a body that is not complete JSON
 * where rows are expected is nonsense; a status other than 200 without ClickHouse's marks is
 * nonsense, but for 502, 503 and 504: a gateway in front of a server that is away gives these, and
 * whether the statement reached the server nobody knows, so they are OUTCOME_LOST, as is an answer
 * that was cut off. Ownership: the outcome owns its arena; see outcome_release().
 */
#ifndef BFC_REPLY_H
#define BFC_REPLY_H

#include "runtime/transport.h"

/* A larger reply than this is not one to a question of ours (the longest is a seal of
 * 100,000 parts, about 20 MiB). */
#define REPLY_BYTES_MAX ((size_t)64 << 20)

struct http_answer {
	int status;
	struct str exception_code; /* X-ClickHouse-Exception-Code, or empty */
	struct str summary;        /* X-ClickHouse-Summary, or empty */
	struct str server;         /* Server: header, or empty; only for messages */
	bool from_clickhouse;      /* an X-ClickHouse-* header was there */
	bool complete;             /* the body ended as HTTP says */
	bool overflow;             /* longer than REPLY_BYTES_MAX */
	struct str body;
};

void reply_decide(const struct http_answer *answer, struct outcome *outcome);
/*
 * Replaces each secret's value in the outcome's text by ***, also in its escaped forms. A value
 * under 4 bytes only where it stands alone (no letter, digit or _ beside it): else a one-letter
 * password would turn every message into asterisks. Rows of the reply stay as they are.
 */
void reply_mask(struct outcome *outcome, const struct binding *params, size_t param_count);

#endif
