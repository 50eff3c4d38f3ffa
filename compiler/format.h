/*
 * format.h: the canonical layout of a .bf text, for `bfc fmt`.
 *
 * Purpose: one way to lay out what is the language's own. A statement begins a line, a clause of
 * `backfill` has a line of its own, keywords are in lower case, blanks are single, and at most one
 * empty line stays where there were some. grammar/README.md, "Layout", has the rules.
 * Invariants: SQL, names, literals and comments keep their bytes. What begins with `create` is
 * ClickHouse's own statement and is SQL as a whole. A comment stays on the line of what stands
 * before it, or on a line of its own; what stands below `-- bfc: allow …` stays on its line, and
 * so allowed. Empty statements (`;;`) go. Formatting twice is formatting once.
 * Files: format.c (what goes between two tokens), format_gap.c (puts it there, around comments),
 * format_same.c (nothing else changed), format_diff.c (what changed, for people and patch(1)).
 * Failure: a text with errors is not formatted.
 */
#ifndef BFC_FORMAT_H
#define BFC_FORMAT_H

#include "compiler/base/buf.h"
#include "compiler/base/diag.h"

/* False when the text has errors, which are then in `diags`; true adds nothing to it. */
bool format_source(const struct source_set *sources, const struct source *source,
                   struct arena *arena, struct diag_list *diags, struct buf *out);

/* Do two texts say the same: tokens and comments are equal, but for the case of bare words and
 * for empty statements? */
bool format_same(struct str a, struct str b);

/* Adds a unified diff of the two texts' lines; nothing when they are equal. */
void format_diff(const char *path, struct str before, struct str after, struct buf *out);

#endif
