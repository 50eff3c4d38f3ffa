/*
 * keywords.h: the words of the language as a table, made from keywords.def.
 *
 * Purpose: the parser's yylex() wrapper, "did you mean …?", and what error messages call a
 * group of words.
 * Invariants: const; lookup folds ASCII case. No word is reserved: what a word is
 * depends on the place, and parse.y takes each keyword as a name too.
 */
#ifndef BFC_KEYWORDS_H
#define BFC_KEYWORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "compiler/base/str.h"

enum keyword_class {
	KEYWORD_STATEMENT,
	KEYWORD_CLAUSE,
	KEYWORD_UNIT,
	KEYWORD_WORD,
	KEYWORD_REFUSED,
};

struct keyword {
	const char *text;
	int token; /* of parse.y */
	enum keyword_class class;
	bool again; /* another spelling of one before it */
};

/* A hash from a folded word to its place in the table; 0: free. */
struct keyword_index {
	unsigned char slots[512];
};

size_t keyword_count(void);
const struct keyword *keyword_at(size_t i);
void keyword_index_init(struct keyword_index *index);
/* NULL: not a keyword. */
const struct keyword *keyword_find(const struct keyword_index *index, struct str word);

#endif
