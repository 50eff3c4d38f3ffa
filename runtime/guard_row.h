/*
 * guard_row.h: what the journal has of an open guard, as JSON: enough to close it without a plan.
 *
 * {"guard": 1, "restored": bool, "plan": hash, "what", "left", "keeps", "closes", "steps": [ids, first to last],
 *  "values": {id of a probe: [its outputs]}, "undo": [steps], "restore": [steps]}
 * A step has id, title, hint, kind, gate, limit_seconds, sql, act.
 * Ownership: texts and steps live in the exec's arena. Failure: what is not there is empty.
 */
#ifndef BFC_GUARD_ROW_H
#define BFC_GUARD_ROW_H

#include <jansson.h>

#include "runtime/exec_internal.h"

struct str guard_row_text(struct exec *exec, const struct guard_state *state);
/* A member of the row. */
struct str guard_row_word(struct exec *exec, const json_t *json, const char *key);
/* The steps of `undo` or `restore`. */
const struct step **guard_row_steps(struct exec *exec, const json_t *list, size_t *count);

#endif
