/*
 * query_support.h: a query from a text, for the tests of SQL structure.
 *
 * Ownership: query_fixture_release() frees everything; texts stay valid until then.
 * Failure: `query` is NULL and `diags` says why.
 */
#ifndef BFC_TESTS_QUERY_SUPPORT_H
#define BFC_TESTS_QUERY_SUPPORT_H

#include "compiler/rewrite.h"

struct query_fixture {
	struct arena arena;
	struct source_set sources;
	struct diag_list diags;
	struct query *query;
};

void query_fixture_init(struct query_fixture *fixture, const char *sql);
void query_fixture_release(struct query_fixture *fixture);
/* The first diagnostic as `CODE@offset: text`, or "". */
const char *query_fixture_error(struct query_fixture *fixture);

#endif
