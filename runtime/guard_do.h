/*
 * guard_do.h: the steps that put back what a guard is about, done one after the other, right away.
 *
 * Purpose: at a run's end, at the next one's start and in `bfc abort` there is no scheduler: each step
 * is asked for, or its command run, until it is over. Invariants: nothing here stops the exec; the lock's
 * heartbeat goes on. Failure: `why` says what the first one that failed was; empty where a person has
 * to do it. Ownership: the exec's arena and the result's.
 */
#ifndef BFC_GUARD_DO_H
#define BFC_GUARD_DO_H

#include "runtime/exec_internal.h"

/* All of them, whatever becomes of the others. False: not all were done. */
bool guard_undo(struct exec *exec, const struct guard *guard, struct str *why);
bool guard_restore(struct exec *exec, const struct guard *guard, struct str *why);

#endif
