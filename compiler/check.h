/*
 * check.h: from the raw tree to the model, with everything that can be wrong said.
 *
 * Purpose: resolves names, reads DDL and SELECT structure, computes closures, runs the table of
 * hazard checks. Failure: diagnostics; NULL when any of them is an error. Passes run as far as they
 * can, so that one run shows all errors.
 */
#ifndef BFC_CHECK_H
#define BFC_CHECK_H

#include "compiler/model.h"

/* `fallback_name` names the migration when no statement does (the file's base name).
 * May add sources to the set (a `source … from f()` becomes a SELECT of its own). */
const struct model *check_program(struct source_set *sources, const struct ast *ast,
                                  struct str fallback_name, struct arena *arena,
                                  struct diag_list *diags);

#endif
