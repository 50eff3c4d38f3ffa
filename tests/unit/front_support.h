/*
 * front_support.h: what the front end's tests share: a text with its arena and diagnostics.
 *
 * Ownership: front_open() makes everything, front_close() frees it.
 */
#ifndef BFC_TESTS_FRONT_SUPPORT_H
#define BFC_TESTS_FRONT_SUPPORT_H

#include "compiler/ast.h"
#include "grammar/lex.h"

struct front {
	struct arena arena;
	struct source_set sources;
	struct diag_list diags;
	struct source *source;
};

void front_open(struct front *front, struct str text);
void front_close(struct front *front);
/* "BF013 BF018": the codes in the list's order. */
const char *front_codes(struct front *front);

#endif
