/*
 * rewrite_qualify.h: the database's name before tables that have none.
 *
 * Invariants: names of a WITH stay; table functions stay, and what remote() and its like run
 * on another server stays too. A name behind IN is a table unless the query has it as an alias or
 * as a column somewhere else (26.7 takes columns there too; nothing but the schema could tell).
 */
#ifndef BFC_REWRITE_QUALIFY_H
#define BFC_REWRITE_QUALIFY_H

#include "compiler/query.h"
#include "compiler/query_words.h"
#include "compiler/rewrite_edits.h"

/* `except` is left alone: the trigger table, when it is replaced anyway; or NULL. */
void qualify_tables(const struct source_set *sources, const struct query_tokens *tokens,
                    const struct query *query, struct str database, const struct table_ref *except,
                    struct edits *edits);
/* The index of the first token at or behind `offset`. */
size_t query_tokens_at(const struct query_tokens *tokens, uint32_t offset);
/* What a word or a quoted name means. */
struct str query_token_name(const struct source_set *sources, const struct query_token *token,
                            struct arena *arena);

#endif
