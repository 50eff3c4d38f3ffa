/*
 * tokens.h: a span's tokens as an array, for readers that look ahead.
 *
 * Purpose: ddl.c and hazard checks look at short runs of SQL by hand.
 * Invariants: the array ends with a TOKEN_END whose span is empty and at the run's end, so
 * that items[i + 1] may always be looked at before the end; `depth` is the number of
 * brackets that are open before the token.
 * Ownership: the arena.
 * Failure: a TOKEN_ERROR ends the array as an end does; the parser has already said why.
 */
#ifndef BFC_TOKENS_H
#define BFC_TOKENS_H

#include "compiler/base/source.h"
#include "grammar/lex.h"

struct tokens {
	const struct source_set *sources;
	struct token *items;
	size_t count; /* without the end */
	uint32_t *depth;
};

void tokens_read(const struct source_set *sources, struct span span, struct arena *arena,
                 struct tokens *out);
struct str token_text(const struct tokens *tokens, size_t i);
/* A bare word, in any case. False for quoted names. */
bool token_is_word(const struct tokens *tokens, size_t i, const char *word);
bool token_is_name(const struct tokens *tokens, size_t i);
/* The name or string that a token means. */
struct str token_meaning(const struct tokens *tokens, size_t i, struct arena *arena);
/* Something that an operator or a clause may follow. */
bool token_ends_operand(const struct tokens *tokens, size_t i);
/* The index behind the bracket that closes the one at `i`. */
size_t tokens_skip_group(const struct tokens *tokens, size_t i);
/* From the first byte of token `begin` to the last of token `end - 1`. */
struct span tokens_span(const struct tokens *tokens, size_t begin, size_t end);

#endif
