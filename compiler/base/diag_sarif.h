/*
 * diag_sarif.h: diagnostics as SARIF 2.1.0, for annotations of a change on code hosts.
 *
 * Purpose: one document of one run over any number of compilations.
 * Invariants: the same input gives the same bytes in whatever folder it lies: paths are relative
 * to where bfc runs, with forward slashes, and rules are those that a result names, by code.
 * Columns count characters from 1 (columnKind says so), regions end behind their last
 * character; a result's text has its hint in a line of its own, notes are related locations. No
 * line of the source is in it, and no secret. There are no `fixes`: a hint is advice.
 * Ownership: sarif_finish() frees what sarif_new() made.
 * Failure: the buffer's ceiling (buf.h).
 */
#ifndef BFC_DIAG_SARIF_H
#define BFC_DIAG_SARIF_H

#include "compiler/base/buf.h"
#include "compiler/base/diag.h"

struct sarif;

struct sarif *sarif_new(void);
void sarif_add(struct sarif *sarif, const struct diag_list *diags,
               const struct source_set *sources);
void sarif_finish(struct sarif *sarif, const char *version, struct buf *out);

#endif
