/*
 * format_internal.h: what the files of format.h share. Nobody else includes this.
 *
 * Invariants: everything of the text is either a token or in the gap between two tokens, which
 * has blanks, comments and empty statements only. `out` ends with the last thing written, never with a blank that
 * a line end might follow.
 */
#ifndef BFC_FORMAT_INTERNAL_H
#define BFC_FORMAT_INTERNAL_H

#include "compiler/base/buf.h"

/* A comment, and what is between it and what stands before it. */
struct gap_item {
	uint32_t blanks; /* where they begin */
	uint32_t line;   /* the last line begun in them; `blanks`: none */
	unsigned lines;  /* begun in them */
	uint32_t begin;  /* of the comment; the gap's end: none is left */
	uint32_t end;
	bool to_line_end; /* -- or # */
};

/* The next comment of a gap that goes on at `at`. */
struct gap_item gap_next(struct str text, uint32_t at, uint32_t end);
/* Its bytes; a line's end is none of them. */
struct str gap_comment(struct str text, const struct gap_item *item);

enum separator {
	SEPARATOR_VERBATIM,
	SEPARATOR_NONE,
	SEPARATOR_SPACE,
	SEPARATOR_NONE_OR_LINE, /* a line where there was one */
	SEPARATOR_SPACE_OR_LINE,
	SEPARATOR_LINE,
};

/* In place of a number of columns: as wide as it was. */
enum { INDENT_AS_WRITTEN = -1 };

/* What stands before a token. The indents count where it, or a comment before it, begins a line. */
struct gap_layout {
	enum separator separator;
	int indent;
	int comment_indent;
	unsigned extra; /* spaces beside the one, so that lines stand in columns */
};

struct layout_writer {
	struct str text;
	const char *line_end;
	struct buf *out;

	/* What the line under way begins with, when that is known: its place in both texts. */
	bool line_is_new; /* nothing but its indent is written */
	bool line_is_known;
	uint32_t line_source;
	size_t line_out;
};

/* In characters; 0 where a tab makes that a matter of taste. */
size_t layout_width(struct str text);
void layout_gap(struct layout_writer *writer, uint32_t begin, uint32_t end,
                struct gap_layout layout);
/* Something of the source from `begin` on is written to `out` next; `several`: over several lines. */
void layout_note(struct layout_writer *writer, uint32_t begin, bool several);

#endif
