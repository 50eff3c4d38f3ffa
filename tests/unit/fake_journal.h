/*
 * fake_journal.h: the fake server's journal.
 *
 * Purpose: rows in, fenced by the lock's table, and the two questions that start-up asks. Ownership:
 * rows are copied into the server's arena. Failure: refused with ClickHouse's code.
 */
#ifndef BFC_FAKE_JOURNAL_H
#define BFC_FAKE_JOURNAL_H

#include "fake_server.h"

void fake_journal_insert(struct fake_server *server, const struct request *request,
                         struct outcome *outcome);
/* The run rows. */
void fake_journal_past(struct fake_server *server, const struct request *request,
                       struct outcome *outcome);
/* All, and what runs. */
void fake_journal_all(struct fake_server *server, const struct request *request,
                      struct outcome *outcome);
void fake_journal_guard(struct fake_server *server, const struct request *request,
                        struct outcome *outcome);
/* Beside it: what else a start has to know. */
void fake_journal_facts(struct fake_server *server, const struct request *request,
                        struct outcome *outcome);
/* The locks, and what runs. */
void fake_journal_locks(struct fake_server *server, const struct request *request,
                        struct outcome *outcome);

#endif
