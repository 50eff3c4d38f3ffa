/*
 * fake_tables.h: the fake server's tables and their parts.
 *
 * Purpose: what statements do to them, apart from how these are read and answered. Invariants: a name
 * is there once; a part's UUID depends on its table's name and on its place in it alone, so that a
 * state that comes again can be told (explore.h). Ownership: the server's arena. Failure: what is
 * not there is NULL, and a NULL table has no parts.
 */
#ifndef BFC_FAKE_TABLES_H
#define BFC_FAKE_TABLES_H

#include "fake_server.h"

struct fake_table *fake_table_find(struct fake_server *server, struct str name);
struct fake_table *fake_table_add(struct fake_server *server, struct str name);
void fake_table_drop(struct fake_server *server, struct str name);
/* A part a partition, and on through the views. `half`: a kill in the middle, one part is in. */
void fake_table_insert(struct fake_server *server, struct fake_table *table, const uint64_t *rows,
                       size_t count, bool half);
/* The part with the same rows, in another table. */
struct fake_part *fake_table_attach(struct fake_server *server, struct fake_table *table,
                                    const struct fake_part *part);
uint64_t fake_table_count(const struct fake_table *table);
/* Active ones that have rows. */
uint64_t fake_table_parts(const struct fake_table *table);
/* Also of a part that is inactive: it is hidden evidence. */
bool fake_table_has(const struct fake_table *table, uint64_t uuid);
/* The highest block of each partition, as a figure. */
uint64_t fake_table_blocks(const struct fake_table *table);

#endif
