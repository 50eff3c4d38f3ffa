/*
 * form.h: the bytes of a request to ClickHouse's HTTP interface.
 *
 * Purpose: URL and body, made in memory apart from any socket, so that they can be tested.
 * How a request is laid out, and why (measured on 26.7):
 * - Statement and parameters are multipart form fields: `query` and `param_NAME`. Proxies log URLs,
 *   not bodies.
 * - A field longer than http_max_field_value_size (131,072) is refused, and that setting can't be
 *   raised in the URL; but several fields `query` are put together in their order, so a long
 *   statement is cut into pieces. max_query_size goes into the URL when the statement needs it.
 * - A request with data has the statement, a line end and the data as its plain body.
 *   A form field holds neither long data nor any byte string.
 * - Values have TSV escapes, but for an Identifier, which the server takes as it is.
 * - Settings and query_id are URL parameters.
 */
#ifndef BFC_FORM_H
#define BFC_FORM_H

#include "compiler/base/buf.h"
#include "runtime/transport.h"

/* No statement or block of journal rows comes near; a runaway one shall not eat the memory. */
#define FORM_BYTES_MAX ((size_t)256 << 20)

struct form {
	struct buf url; /* with all URL parameters */
	struct buf body;
	char content_type[96]; /* value of the header */
};

/* `base` is the target's URL; `random` has to differ from request to request. */
bool form_init(struct form *form, const char *base, const struct request *request, uint32_t random);
/* Overwrites the body, which may hold secrets. */
void form_release(struct form *form);

#endif
