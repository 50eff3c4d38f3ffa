/*
 * lower_columns.h: `external table T;`: asking the server what the program does not say.
 *
 * Purpose: steps and SQL for tables without columns; for others nothing is made and nothing is
 * longer. Texts live in the build's arena.
 */
#ifndef BFC_LOWER_COLUMNS_H
#define BFC_LOWER_COLUMNS_H

#include "compiler/lower_verify.h"

/* An assert: the table that is filled has the columns that are inserted, and they take values. */
void lower_takes_columns(struct fill *fill);
/* A probe for each table whose stored values will be compared. */
void lower_column_types(struct fill *fill);
/* A value as such a table's column holds it after an INSERT; the plain name where nobody asked. */
struct str column_stored(struct fill *fill, const struct model_table *table, struct str name);
/* `value` as text for a checksum, or '' where this column can't be compared. */
struct str column_compared(struct fill *fill, const struct model_table *table, struct str name,
                           struct str value);

#endif
