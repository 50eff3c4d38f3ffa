/*
 * hazard.h: what is legal and still likely to cost data.
 *
 * Purpose: a table of named checks (the habit of dtc's checks.c): each is a code of
 * diagnostics_hazard.def, what it looks at, and a function. Adding one is a row, a function and a
 * golden case with and one without it.
 * Invariants: a check only adds diagnostics; `-- bfc: allow NAME` on the line before a
 * diagnostic's line (or on several lines of comments before it) silences that place.
 * Failure: none.
 */
#ifndef BFC_HAZARD_H
#define BFC_HAZARD_H

#include "compiler/base/diag.h"
#include "compiler/base/source.h"

struct checker;

void hazard_check(struct checker *checker);
/* True when the lines before `span` allow what `code` tells. */
bool hazard_allowed(const struct source_set *sources, enum diag_code code, struct span span);

#endif
