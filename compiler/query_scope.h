/*
 * query_scope.h: which names of a FROM are subqueries of a WITH.
 *
 * Purpose: a name without a database is first a WITH name, and only then a table.
 * Invariants (measured on 26.7): `expr AS name` is no table, `name AS (SELECT …)` is; the order of
 * the items does not matter; an item is not visible in
 * its own body unless it is recursive, so that `WITH t AS (SELECT … FROM t)` reads the table;
 * inner scopes shadow outer ones; branches of a union see the first one's WITH.
 * Ownership: scopes live on the walker's stack.
 */
#ifndef BFC_QUERY_SCOPE_H
#define BFC_QUERY_SCOPE_H

#include "compiler/query.h"

struct query_scope {
	const struct query_scope *outer;
	const struct query *query;      /* NULL: this scope only hides `inside` */
	const struct select *select;    /* the branch at hand */
	const struct with_item *inside; /* whose body is being walked; NULL: none */
};

/* NULL: the name is no subquery's, so a table's. */
const struct with_item *query_scope_find(const struct query_scope *scope, struct str name);

#endif
