/*
 * str.h: a borrowed run of bytes.
 *
 * Purpose: names and SQL text are slices of a source file or of an arena; a
 * slice is passed by value and never frees anything.
 * Invariants: `p` may be NULL only when `n` is 0; no terminating NUL is
 * promised (arena copies have one, see arena.h).
 * Ownership: whoever made the bytes; a slice must not outlive them.
 * Units: `n` counts bytes, never characters.
 * Failure: none of these functions can fail.
 */
#ifndef BFC_STR_H
#define BFC_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
	const char *p;
	size_t n;
};

/* A slice of a string literal. */
#define STR(literal) ((struct str){"" literal, sizeof(literal) - 1})
/* The two arguments that printf's %.*s wants. */
#define STR_ARG(s) ((int)(s).n), ((s).p ? (s).p : "")

static inline struct str str_of(const char *z)
{
	return (struct str){z, z ? strlen(z) : 0};
}

static inline bool str_eq(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool str_is(struct str a, const char *z)
{
	return str_eq(a, str_of(z));
}

/* Byte order, shorter first on a tie: the same in every locale. */
int str_compare(struct str a, struct str b);
/* Equality that folds ASCII letters, as ClickHouse's keywords do. */
bool str_ieq(struct str a, struct str b);
bool str_starts(struct str a, struct str prefix);
bool str_ends(struct str a, struct str suffix);
/* Without leading and trailing ASCII white space. */
struct str str_trim(struct str a);
/* Offset of the first `needle` in `a`, or -1. */
ptrdiff_t str_find(struct str a, struct str needle);

#endif
