/*
 * fake_pause.h: ingest on the fake server: rows that come to t from elsewhere, one INSERT each.
 *
 * Purpose: what `pause_and_attach` is about. An INSERT has the views that there were when it began, and
 * its row is there when it ends; a view that is dropped waits for the INSERTs that feed it
 * (tests/e2e/cases_model.py). Paused, none begins; those under way end. Ownership: the server's.
 */
#ifndef BFC_FAKE_PAUSE_H
#define BFC_FAKE_PAUSE_H

#include "fake_server.h"

#define FAKE_INGEST_FIRST 500

/* t with history, and u, which a view is to fill; `rows` INSERTs are to come. */
void fake_ingest_init(struct fake_server *server, unsigned rows);
bool fake_ingest_may_begin(const struct fake_server *server);
void fake_ingest_begin(struct fake_server *server);
/* The oldest one ends. */
void fake_ingest_land(struct fake_server *server);
/* All that is to come comes. */
void fake_ingest_all(struct fake_server *server);

#endif
