/*
 * source.h: the files that a compilation reads, and places in them.
 *
 * Purpose: everything that points into a file is a span of byte offsets; line,
 * column and carets are worked out only when something is printed.
 * Invariants: a source's text is NUL-terminated, never changes and never
 * moves; `id` is its index in the set; spans are half-open, begin <= end <= len.
 * Ownership: the set owns its sources and their text, until source_set_release().
 * Units: offsets and lengths in bytes; lines and columns count from 1, columns
 * in characters (a UTF-8 sequence is one).
 * Failure: source_load() returns NULL after adding a diagnostic (missing file,
 * directory, over SOURCE_BYTES_MAX, NUL byte, not UTF-8).
 */
#ifndef BFC_SOURCE_H
#define BFC_SOURCE_H

#include <stdint.h>

#include "compiler/base/arena.h"
#include "compiler/base/str.h"

struct diag_list;

/* Offsets are 32 bits wide; a migration of 1 GiB is not a text any more. */
#define SOURCE_BYTES_MAX ((size_t)1 << 30)

struct span {
	uint32_t file; /* source.id */
	uint32_t begin;
	uint32_t end;
};

/*
 * A made text (a library with arguments in place of its params) consists of pieces, and each of
 * its bytes was written somewhere: diagnostics point there.
 */
struct source_piece {
	uint32_t begin;      /* in the made text; it goes on to the next one's */
	struct span from;    /* what was copied, or what something else stands in place of */
	struct span instead; /* where that something else was written; end 0: it is a copy */
};

struct source {
	uint32_t id;
	const char *path; /* as the user or `use` named it; printed in diagnostics */
	struct str text;  /* without the BOM, which is skipped when loading */
	bool bom;         /* there was one */
	uint32_t *lines;  /* offset of each line's first byte; made on first use */
	size_t line_count;
	const struct source_piece *pieces; /* of a made text, in the set's arena; else NULL */
	size_t piece_count;
	struct span asked; /* the statement that a made text was made for */
};

struct source_set {
	struct arena *arena;
	LIST_OF(struct source *) list;
};

struct place {
	const char *path;
	unsigned line;
	unsigned column;
	struct str line_text; /* without its line end */
};

void source_set_init(struct source_set *set, struct arena *arena);
/* Reads a file; `why` is where it was asked for (a `use`), or NULL. "-" is standard input. */
struct source *source_load(struct source_set *set, const char *path, const struct span *why,
                           struct diag_list *diags);
/* The same for text in memory, which is copied; for tests and the fuzzer. */
struct source *source_from_text(struct source_set *set, const char *path, struct str text,
                                struct diag_list *diags);
void source_set_release(struct source_set *set);

struct str span_text(const struct source_set *set, struct span span);
/* Of where it was written. */
struct place span_place(const struct source_set *set, struct span span);
/* Where the bytes of a span were written; itself, unless its text was made of others. */
struct span span_origin(const struct source_set *set, struct span span);
/* The smallest span that holds both. */
struct span span_join(struct span a, struct span b);

#endif
