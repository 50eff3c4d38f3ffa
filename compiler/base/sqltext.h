/*
 * sqltext.h: writing ClickHouse SQL without breaking out of it.
 *
 * Purpose: the one place that quotes names and strings, and tells names from numbers.
 * Invariants: a bare identifier is printed bare only when it is
 * [A-Za-z_][A-Za-z0-9_]* and not a word that ClickHouse's parser takes for something
 * else in that place; otherwise it stands in backticks.
 * Source: ClickHouse's docs, "Syntax" (identifiers, string literals).
 */
#ifndef BFC_SQLTEXT_H
#define BFC_SQLTEXT_H

#include "compiler/base/buf.h"
#include "compiler/base/str.h"

/* `name`, always in backticks, with backslash escapes. */
void sql_add_quoted(struct buf *out, struct str name);
/* name where that is safe, else `name`. */
void sql_add_name(struct buf *out, struct str name);
/* 'text' with backslash escapes. */
void sql_add_string(struct buf *out, struct str text);
/* database.name, both by sql_add_name(). */
void sql_add_qualified(struct buf *out, struct str database, struct str name);
/* Text for a {name:Type} query parameter: TSV escapes, as the HTTP interface reads them. */
void sql_add_param_value(struct buf *out, struct str value);

/* A word that begins with a digit is a name (2nd) unless it is a number: 2, 1_000, 1e5, 0x1f, 0b1.
 * Measured on 26.7: {2nd:String} is a query parameter, {1e5:String} a syntax error. */
bool sql_is_number(struct str word);

#endif
