/*
 * fake_own.h: the executor's own statements on the fake server: locks, KILL, the boot witness, abort.
 *
 * Purpose: those that have no query id of a step; they are told by how they begin. Failure: what is
 * not known is refused with 62, as a syntax error.
 */
#ifndef BFC_FAKE_OWN_H
#define BFC_FAKE_OWN_H

#include "fake_server.h"

void fake_own_do(struct fake_server *server, const struct request *request,
                 struct outcome *outcome);

#endif
