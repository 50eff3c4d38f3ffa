/*
 * allow.h: `-- bfc: allow NAME, …` comments, which silence what they name in one place.
 *
 * Purpose: diag_add() asks here before it adds anything, so that a comment works for whatever
 * finds something, and hazard_allow.c can say which comments silenced nothing.
 * Invariants: a comment counts on a line of its own, right before the line of what it silences;
 * further lines of comments may stand between. Names and codes are taken. Warnings, notes and
 * hazards can be allowed; what else is an error can't: it would only fail later.
 * Ownership: names point into the source; which ones were used is in the diag_list.
 * Failure: none. A list whose `sources` are NULL knows no comments.
 */
#ifndef BFC_ALLOW_H
#define BFC_ALLOW_H

#include "compiler/base/diag.h"

/* What stands in the text before the names. */
#define ALLOW_MARKER "bfc: allow "

bool allow_possible(const struct diag_info *info);
/* True when a comment before the line of `span` names `code`; notes down which name it was. */
bool allow_silences(struct diag_list *diags, enum diag_code code, struct span span);
/* True when a name at this offset of a file has silenced something. */
bool allow_was_used(const struct diag_list *diags, struct span name);
/* Takes the next name, set apart by commas or blanks, off the front of `text`; n == 0: no more. */
struct str allow_next_name(struct str *text);

#endif
