/*
 * lower_points.h: the columns that `split on` and `chunk by` name, as SQL speaks of them.
 *
 * Purpose: one way to write a value of such a column, whether its type is in the program or, for an
 * external table without columns, known to the server alone. Then a probe pins two type names, and
 * where a plan otherwise says {split:DateTime('UTC')} it says CAST({split:String},
 * {split_type:String}). Measured on 26.7: that is a constant as good as the other; the primary key,
 * the partitions and a Parquet file's row groups are chosen by it.
 * Invariants: points are pinned as text in UTC, which is unambiguous. Texts live in the build's arena.
 */
#ifndef BFC_LOWER_POINTS_H
#define BFC_LOWER_POINTS_H

#include "compiler/model.h"

struct fill;

struct point {
	const struct model_table *table;
	struct str column;
	const struct type_info *type;
	bool asked; /* the server has to say the type */
	/* Type names; parameters that carry them when `asked`. */
	struct str own; /* the column's, without Nullable and LowCardinality */
	struct str utc; /* the same in UTC: of what is pinned */
};

/* What a point of this column needs; `name` is split or bounds. Makes the steps that ask and check
 * the type when the program does not have it. */
struct point lower_point(struct fill *fill, const struct model_table *table, struct str column,
                         const struct type_info *type, const char *name);
/* For such a column: an assert that literals like this one, or widths in this unit, suit its type.
 * `step` names the step, `literal` is SQL text or empty. */
void lower_point_literal(struct fill *fill, const struct point *point, const char *step,
                         struct str literal);
void lower_point_unit(struct fill *fill, const struct point *point, const char *step,
                      enum ast_unit unit);
/* An assert that the column has moments on the server's clock, in this unit or coarser. */
void lower_point_clock(struct fill *fill, const struct point *point, const char *step,
                       struct str what, enum ast_unit unit);
/* SQL for what is pinned of such a column; of one that turns out to be a number, a moment long ago. */
struct str point_or_past(struct fill *fill, const struct point *point, struct str param);

/* CAST(value AS T), of the own type. */
struct str point_cast(struct fill *fill, const struct point *point, struct str value);
/* A literal of the migration, 5 or '2024-12-17' or {p:T}, as CAST(literal AS T) of the own type. */
struct str point_literal(struct fill *fill, const struct point *point, struct str literal);
/* CAST(value AS Nullable(T)), of the own type. */
struct str point_cast_nullable(struct fill *fill, const struct point *point, struct str value);
/* {param:T}: a value that was pinned. */
struct str point_pinned(struct fill *fill, const struct point *point, struct str param);
/* SQL for a value as the text that is pinned. */
struct str point_text(struct fill *fill, const struct point *point, struct str value);
/* SQL for some value of the type, where any will do. */
struct str point_any(struct fill *fill, const struct point *point);

#endif
