/*
 * types.h: as much of ClickHouse's types as `split`, `chunk` and hazards need.
 *
 * Purpose: the class of a type's text, and whether two texts mean one type.
 * Invariants: aliases (TIMESTAMP, BIGINT UNSIGNED, …) are known; names that ClickHouse folds
 * are folded here, others are not. Source of the aliases: system.data_type_families of 26.7.
 * Ownership: `bare` is a slice of the text given, or in the arena where a comment had to go.
 * Failure: a text that is no known type has class TYPE_OTHER; an empty one TYPE_UNKNOWN.
 */
#ifndef BFC_TYPES_H
#define BFC_TYPES_H

#include "compiler/base/arena.h"
#include "compiler/model.h"

struct type_info type_read(struct str text, struct arena *arena);
/* Equal but for white space outside of quotes. */
bool type_text_equal(struct str a, struct str b);
/* Int8 … Float64, Decimal: what SummingMergeTree adds up. */
bool type_is_numeric(struct str text, struct arena *arena);
/* "AggregateFunction(" or "SimpleAggregateFunction(": the inside; false otherwise. */
bool type_arguments(struct str text, const char *name, struct str *inside);

/* '2024-12-17', '2024-12-17 09:00:00', '2024-12-17T09:00:00.123' as the class allows. */
bool type_date_text_fits(const struct type_info *type, struct str text);
/* A decimal number within the type's range (wider than 64 bits: only its sign is looked at). */
bool type_integer_text_fits(const struct type_info *type, struct str text);

#endif
