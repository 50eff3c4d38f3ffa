/*
 * params.h: values for a plan's params and secrets.
 *
 * Purpose: --param NAME=VALUE, defaults, secrets from the environment or a file.
 * Invariants: all that is missing or doesn't fit is said at once; a secret's value is in no
 * message. Types are looked at on their surface only (digits where digits must be): ClickHouse
 * decides. Ownership: params_release() frees, and overwrites the secrets.
 */
#ifndef BFC_CLI_PARAMS_H
#define BFC_CLI_PARAMS_H

#include "compiler/graph.h"
#include "runtime/transport.h"

struct param_values {
	struct binding *bindings; /* in the graph's order */
	size_t count;
};

/* False with the reasons in `why`, a line each. `given` are --param texts, checked by
 * option_param(). */
bool params_init(struct param_values *values, const struct graph *graph, char *const *given,
                 size_t given_count, struct buf *why);
void params_release(struct param_values *values);

/* Whether the text can be a value of the type; true for every type that isn't known here. */
bool param_fits(struct str type, struct str value);

#endif
