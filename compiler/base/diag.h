/*
 * diag.h: the one list of everything that is wrong.
 *
 * Purpose: each phase adds diagnostics here and goes on; printing is apart
 * (diag_print.h). Success is an empty list of errors, nothing else: a
 * parser that recovered returns 0 all the same.
 * Invariants: codes are stable and never reused; the catalogue is
 * compiler/diagnostics.def, from which the enum, `bfc explain` and the
 * table in grammar/README.md come.
 * Ownership: texts live in the list's arena, at least as long as the list.
 * Failure: past DIAG_MAX diagnostics further ones are only counted. What a comment allows
 * (allow.h), and what follows from statements that could not be read, is not even counted.
 * Wording: lower case, the subject in single quotes, no full stop; the hint says
 * what to do next.
 */
#ifndef BFC_DIAG_H
#define BFC_DIAG_H

#include <stdbool.h>
#include <stddef.h>

#include "compiler/base/arena.h"
#include "compiler/base/source.h"

enum diag_code {
#define DIAG(code, name, severity, title, explanation, example) code,
#include "compiler/diagnostics.def"
#undef DIAG
	DIAG_CODE_COUNT,
};

enum severity {
	SEVERITY_NOTE,
	SEVERITY_WARNING,
	SEVERITY_ERROR,
};

/* Reading more than this many at once helps nobody. */
enum { DIAG_MAX = 200 };

struct diag_note {
	struct span span;
	const char *text;
};

struct diag {
	enum diag_code code;
	enum severity severity;
	struct span span;
	bool has_span; /* a command-line or file-system error has no place */
	const char *text;
	const char *hint; /* or NULL */
	LIST_OF(struct diag_note) notes;
};

struct diag_info {
	const char *code; /* "BF012" */
	const char *name; /* "unknown-table": what -W and `-- bfc: allow` take */
	enum severity severity;
	const char *title;
	const char *explanation;
	const char *example;
};

struct diag_list {
	struct arena *arena;
	LIST_OF(struct diag) list;
	size_t errors; /* of all that were added, also past DIAG_MAX */
	size_t warnings;
	size_t dropped;
	struct diag scratch; /* what diag_add() returns for what is not listed: never printed */
	const struct source_set *sources; /* whose `-- bfc: allow` comments hold; NULL: nobody's */
	LIST_OF(struct span) allowed;     /* names in them that silenced something */
	LIST_OF(struct span) concealed;   /* secrets in the text, which no printer shows */
	bool incomplete; /* a statement could not be read: what it declares is not known */
};

void diag_list_init(struct diag_list *diags, struct arena *arena);
/* Adds one at its catalogue severity. Never returns NULL: past the maximum, and for what is
 * silenced, it returns a scratch entry that is not printed. Valid until the next one is added. */
struct diag *diag_add(struct diag_list *diags, enum diag_code code, struct span span,
                      const char *format, ...) __attribute__((format(printf, 4, 5)));
/* The same without a place in a file. */
struct diag *diag_add_global(struct diag_list *diags, enum diag_code code, const char *format, ...)
        __attribute__((format(printf, 3, 4)));
void diag_hint(struct diag_list *diags, struct diag *diag, const char *format, ...)
        __attribute__((format(printf, 3, 4)));
void diag_note(struct diag_list *diags, struct diag *diag, struct span span, const char *format,
               ...) __attribute__((format(printf, 4, 5)));
/* A text of a diagnostic without secrets that it quotes; itself when it has none. */
const char *diag_conceal(const struct diag_list *diags, const struct source_set *sources,
                         const char *text);
bool diag_failed(const struct diag_list *diags);
/* By file, offset and code, so that output does not depend on the passes' order. */
void diag_sort(struct diag_list *diags);

const struct diag_info *diag_info(enum diag_code code);
const char *diag_severity_name(enum severity severity);
enum diag_code diag_code_of(const struct diag_info *info);
/* Looks up "BF012", "bf12" or a check's name; NULL when there is none. */
const struct diag_info *diag_find(struct str code_or_name);

#endif
