/*
 * explain.h: what `bfc explain` prints.
 *
 * Purpose: the catalogue (compiler/diagnostics.def) as texts: one entry, the list of all, and the
 * table in grammar/README.md, which `make check` compares with this one.
 * Failure: explain_code() returns false when there is no such code or name, and writes nothing.
 */
#ifndef BFC_EXPLAIN_H
#define BFC_EXPLAIN_H

#include "compiler/base/buf.h"
#include "compiler/base/str.h"

/* "BF101", "bf101" or a check's name. */
bool explain_code(struct str code_or_name, struct buf *out);
/* One line a diagnostic: code, severity, name, title. */
void explain_list(struct buf *out);
/* The entries as Markdown: a table, then each one with its example. */
void explain_markdown(struct buf *out);

#endif
