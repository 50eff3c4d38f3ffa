/*
 * suggest.h: "did you mean …?".
 *
 * Purpose: the nearest of some known words to one that is not known, for hints.
 * Invariants: deterministic: of several equally near ones the first offered wins. Letters'
 * case does not count as a difference, so that `Fast` finds `fast`.
 * Ownership: the best word is borrowed from whoever offered it.
 * Units: distances are edits (insert, delete, replace, swap of neighbours) of bytes.
 * Failure: words longer than SUGGEST_BYTES_MAX are never near anything.
 */
#ifndef BFC_SUGGEST_H
#define BFC_SUGGEST_H

#include "compiler/base/str.h"

enum { SUGGEST_BYTES_MAX = 64 };

struct suggestion {
	struct str word;
	unsigned distance;
	struct str best; /* n == 0: nothing near enough so far */
};

/* Edits from `a` to `b`, ASCII letters folded. */
unsigned suggest_distance(struct str a, struct str b);
void suggest_begin(struct suggestion *suggestion, struct str word);
void suggest_offer(struct suggestion *suggestion, struct str candidate);
/* All three at once; empty when nothing is near. */
struct str suggest_nearest(struct str word, const struct str *candidates, size_t count);

#endif
