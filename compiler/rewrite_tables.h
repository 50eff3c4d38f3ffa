/*
 * rewrite_tables.h: the places where a query reads tables, and what becomes of them.
 *
 * Purpose: one walk over all SELECTs of a query with the WITH names that each one sees; it
 * gives tables their database's name, or puts another table in the trigger table's place.
 * Invariants
 * - Names of a WITH stay; table functions stay, and what remote() and its like run on another
 *   server stays too. A name behind IN is a table unless the query has it as an alias or as a
 *   column somewhere else (26.7 takes columns there too; nothing but the schema could tell).
 * - Every place that reads the trigger table is one of its readings: in 26.7 all of them see the
 *   inserted block and nothing else, in joins, subqueries, WITH and IN too (measured; tests/corpus,
 *   reads_again.sql).
 * Ownership: edits and texts in the arena of the edits.
 */
#ifndef BFC_REWRITE_TABLES_H
#define BFC_REWRITE_TABLES_H

#include "compiler/query.h"
#include "compiler/query_words.h"
#include "compiler/rewrite.h"
#include "compiler/rewrite_edits.h"

struct rewriter {
	const struct source_set *sources;
	struct query_tokens tokens;
	const struct table_ref *trigger; /* NULL: tables are only qualified */
	struct str database;             /* of names that have none; empty: they stay so */
	struct str reference;            /* in the trigger table's place; empty: it stays */
	struct str condition;            /* with `@` for the reading's alias; empty: none */
	struct edits edits;
};

/* The readings of the trigger table in one FROM. */
struct readings {
	const struct select *select;
	LIST_OF(const struct table_ref *) list;
	struct str
	        fresh; /* alias of those that have none, where their name would clash; or empty */
};

void rewrite_tables(struct rewriter *r, const struct query *query);
/* The database's name before the table's at `at`. */
void rewrite_qualify_name(struct rewriter *r, struct span at);

/* rewrite_reading.c: an alias in place of the table's name, where an expression has that name. */
struct str rewrite_fresh_alias(struct rewriter *r, const struct readings *readings);
/* One FROM's readings get another table, and the condition. */
void rewrite_readings(struct rewriter *r, const struct readings *readings);
/* The condition on the rows of a table function, which is given `alias` if it has none. */
void rewrite_function(struct rewriter *r, const struct select *select, const struct table_ref *ref,
                      struct str alias);
/* `x IN trigger_table`: at the tokens of `table`. */
void rewrite_in(struct rewriter *r, struct span table, bool has_database);
/* A name at token `i` of `select`, or of a subquery in one of its expressions (`nested`), that may be
 * the qualifier of a reading's column. */
void rewrite_qualifier(struct rewriter *r, const struct readings *readings, size_t i, bool nested);

/* rewrite_rounding.c */
void rewrite_roundings(struct rewriter *r, const struct rounded *rounded);

/* The index of the first token at or behind `offset`. */
size_t query_tokens_at(const struct query_tokens *tokens, uint32_t offset);
/* What a word or a quoted name means. */
struct str query_token_name(const struct source_set *sources, const struct query_token *token,
                            struct arena *arena);

#endif
