/*
 * query_words.h: tokens with the words that SQL structure knows.
 *
 * Purpose: one lexing of a span into an array in which each bracket knows its partner and each
 * bare word says which keyword it would be, if it is one here.
 * Invariants: the array ends with a TOKEN_END at the span's end; quoted names are never
 * keywords; partners are indices into the array, 0 where a token is no bracket.
 * Ownership: the arena.
 * Failure: with `diags` a diagnostic and false; without, false alone.
 */
#ifndef BFC_QUERY_WORDS_H
#define BFC_QUERY_WORDS_H

#include "compiler/base/arena.h"
#include "compiler/base/diag.h"
#include "compiler/base/source.h"
#include "grammar/lex.h"

enum query_word {
	WORD_NONE,
#define WORD(word) WORD_##word,
#include "compiler/query_words.def"
#undef WORD
	WORD_COUNT,
};

struct query_token {
	enum token_kind kind;
	enum query_word word;
	struct span span;
	uint32_t partner;
};

struct query_tokens {
	LIST_OF(struct query_token) list;
};

bool query_tokens_read(const struct source_set *sources, struct span span, struct arena *arena,
                       struct diag_list *diags, struct query_tokens *tokens);
/* Any of ( [ {, and any of ) ] }. */
bool query_token_opens(const struct query_token *token);
bool query_token_closes(const struct query_token *token);
/* A word or a quoted name. */
bool query_token_names(const struct query_token *token);
/* Words that ClickHouse never takes for an alias without AS (measured on 26.7). */
bool word_is_restricted(enum query_word word);
bool word_is_unit(enum query_word word);
/* The keyword that the text was probably meant to be; empty when none is near. */
struct str query_word_near(struct str text);

#endif
