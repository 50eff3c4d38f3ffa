/*
 * parse.h: from .bf text to a raw tree, libraries included.
 *
 * Purpose: runs the scanner (grammar/scan.l) and the parser (grammar/parse.y) over a file,
 * then over every file that it uses, each once.
 * Invariants: reentrant, no statics; the grammar's actions only call constructors.
 * `use std.NAME` is looked up as NAME.bf in `library_path`, `use './x.bf'` from the folder
 * of the file that says so. A cycle is a diagnostic that shows it.
 * Ownership: the tree lives in `arena`, the text in the source set.
 * Failure: diagnostics; the tree holds what could be parsed. Never NULL.
 */
#ifndef BFC_PARSE_H
#define BFC_PARSE_H

#include "compiler/ast.h"
#include "compiler/marks.h"

/* Brackets nested deeper than this are an error at the one too many: bounded memory on bad input. */
enum { NESTING_MAX = 1000 };

struct ast *parse_program(struct source_set *sources, const char *path, const char *library_path,
                          struct arena *arena, struct diag_list *diags);
/* One text, `use` not followed; for tests and the fuzzer. */
struct ast *parse_source(const struct source_set *sources, const struct source *source,
                         struct arena *arena, struct diag_list *diags);
/* The same for a reader of the layout: only the marks are wanted. */
void parse_marks(const struct source_set *sources, const struct source *source, struct marks *marks,
                 struct arena *arena, struct diag_list *diags);

#endif
