/*
 * instance.h: a library with arguments, `use std.sources.s3 as archive (url = '…');`.
 *
 * Purpose: a library's params and secrets are what it takes; an instance is the library's text
 * with the arguments in place of its {name:Type}. What follows (file lists, splits, rewrites,
 * hazards, the SQL of the plan) sees SQL as if it had been written by hand.
 * Rules: grammar/README.md, "Libraries with arguments".
 * Invariants: a value becomes a literal of its param's type, {name:Type} stays one, a name becomes
 * a quoted name: nothing can break out of its place. A secret's argument is a {name:String}, never
 * a value. Params are gone; a secret with an origin of its own that no argument replaces stays,
 * with the instance's name before its own, as stay sources and the texts of checks.
 * Ownership: the source set has the text; places in it map back (source.h, source_piece).
 * Failure: diagnostics; NULL when an argument is unknown, missing, doubled or does not fit.
 */
#ifndef BFC_INSTANCE_H
#define BFC_INSTANCE_H

#include "compiler/ast.h"

struct library {
	const char *name; /* of its file, without folder and .bf */
	const struct source *source;
	const struct ast *ast; /* of the text as it is written */
};

struct source *instance_make(struct source_set *sources, const struct library *library,
                             const struct ast_statement *use, struct arena *arena,
                             struct diag_list *diags);
/* Gives the declarations of an instance's text their names. */
void instance_name(const struct library *library, const struct ast_use *use, struct ast *ast);
/* Places in instances' texts become those where the bytes were written. */
void instance_places(struct diag_list *diags, const struct source_set *sources);

#endif
