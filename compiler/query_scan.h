/*
 * query_scan.h: what the files of the token wrapper share; nobody else includes it.
 *
 * Purpose: ClickHouse reserves almost nothing, so what a word is hangs on the place: where an
 * operand is expected it is a name (query_operand.c), behind an operand it is an operator, a clause
 * or an alias (query_behind.c). query_scan.c keeps the brackets and the bit that says which.
 * Invariants: a function that returns a token's kind has taken it; 0 means that the word is none
 * of those it knows, and nothing was taken. Words of one keyword (GROUP BY, LEFT ANY JOIN, WITH
 * TOTALS) become one token, so that the grammar needs one token of lookahead.
 */
#ifndef BFC_QUERY_SCAN_H
#define BFC_QUERY_SCAN_H

#include "compiler/query_parse.h"
#include "grammar/select.h"

/* The token `ahead` of the one at hand; the last one is TOKEN_END. */
const struct query_token *scan_peek(const struct query_parser *parser, size_t ahead);
/* NULL at the beginning. */
const struct query_token *scan_previous(const struct query_parser *parser);
/* The innermost bracket that is open. */
struct query_level *scan_top(struct query_parser *parser);

/* Takes the token at hand and `more` behind it as one. */
int scan_take(struct query_parser *parser, size_t more, struct span *span, int kind);
/* The same where a clause begins: an operand has to follow. */
int scan_enter(struct query_parser *parser, size_t more, struct span *span, enum query_place place,
               int kind);
int scan_operator_word(struct query_parser *parser, size_t more, struct span *span);
int scan_name(struct query_parser *parser, struct span *span);

/* Does a query begin at token `at`? `(((SELECT` does when nothing but set operators follow. */
bool scan_begins_query(const struct query_parser *parser, size_t at);
bool scan_is_set_operator(enum query_word word);

/* query_operand.c: where an operand is expected. */
int scan_operand(struct query_parser *parser, struct span *span);
/* Clause words that nobody means as a name. */
int scan_early_clause(struct query_parser *parser, struct span *span);

/* query_behind.c: behind an operand. */
int scan_behind_operand(struct query_parser *parser, struct span *span);
int scan_set_operator(struct query_parser *parser, struct span *span);

#endif
