/*
 * lower.h: from the model to the step graph; one file a strategy.
 *
 * Purpose: plan.md, "Lowering". Nothing is checked here any more; a model that got this far can be
 * lowered. Failure: NULL only after an internal error diagnostic.
 */
#ifndef BFC_LOWER_H
#define BFC_LOWER_H

#include "compiler/model.h"

const struct graph *lower_model(const struct model *model, struct arena *arena,
                                struct diag_list *diags);

#endif
