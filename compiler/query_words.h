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

/* In byte order: query_words.c searches it by halves. */
#define QUERY_WORDS(X)                                                                                 \
	X(ALL)                                                                                         \
	X(AND) X(ANTI) X(ANY) X(APPLY) X(ARRAY) X(AS) X(ASC) X(ASCENDING) X(ASOF) X(BETWEEN) X(BY) X(  \
	        CASE) X(COLLATE) X(COLUMNS) X(CROSS) X(CUBE) X(DAY) X(DESC) X(DESCENDING) X(DISTINCT)  \
	        X(DIV) X(ELSE) X(END) X(ESCAPE) X(EXCEPT) X(FALSE) X(FETCH) X(FILL) X(FILTER) X(       \
	                FINAL) X(FIRST) X(FORMAT) X(FROM) X(FULL) X(GLOBAL) X(GROUP) X(GROUPING)       \
	                X(HAVING) X(HOUR) X(IGNORE) X(ILIKE) X(IN) X(INNER) X(INTERPOLATE) X(          \
	                        INTERSECT) X(INTERVAL) X(INTO) X(IS) X(JOIN) X(LAST) X(LEFT) X(LIKE)   \
	                        X(LIMIT) X(LOCAL) X(MATERIALIZED) X(MICROSECOND) X(MILLISECOND) X(     \
	                                MINUTE) X(MOD) X(MONTH) X(NANOSECOND) X(NATURAL) X(NEXT)       \
	                                X(NOT) X(NULL) X(NULLS) X(OFFSET) X(ON) X(ONLY) X(OR) X(       \
	                                        ORDER) X(OUTER) X(OUTFILE) X(OVER) X(PARALLEL)         \
	                                        X(PASTE) X(PREWHERE) X(QUALIFY) X(QUARTER) X(          \
	                                                RECURSIVE) X(REGEXP) X(REPLACE) X(RESPECT)     \
	                                                X(RIGHT) X(ROLLUP) X(ROW) X(ROWS) X(SAMPLE) X( \
	                                                        SECOND) X(SELECT) X(SEMI) X(SETS)      \
	                                                        X(SETTINGS) X(STALENESS) X(STEP) X(    \
	                                                                STRICT) X(THEN) X(TIES) X(TO)  \
	                                                                X(TOTALS) X(TRUE) X(UNION) X(  \
	                                                                        UNKNOWN) X(USING)      \
	                                                                        X(VALUES) X(WEEK) X(   \
	                                                                                WHEN) X(WHERE) \
	                                                                                X(WINDOW) X(   \
	                                                                                        WITH)  \
	                                                                                        X(YEAR)

enum query_word {
	WORD_NONE,
#define X(word) WORD_##word,
	QUERY_WORDS(X)
#undef X
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
