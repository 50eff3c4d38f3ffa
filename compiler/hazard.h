/*
 * hazard.h: what is legal and still likely to cost data.
 *
 * Purpose: a table of named checks (the habit of dtc's checks.c): each is a code of
 * diagnostics_hazard.def, what it looks at, and a function. Adding one is a row, a function and a
 * golden case with and one without it.
 * Invariants: a check only adds diagnostics; which places a comment allows is diag_add()'s
 * matter (allow.h). The checks run last, on what could be resolved: each one says in its row what
 * has to be whole for it.
 * Failure: none.
 */
#ifndef BFC_HAZARD_H
#define BFC_HAZARD_H

struct checker;

void hazard_check(struct checker *checker);

#endif
