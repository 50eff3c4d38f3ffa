/*
 * outlook_internal.h: the parts of outlook.h among themselves.
 *
 *   outlook.c       the order of questions, the verdict
 *   outlook_checks.c  asserts, missing grants, unknown views
 *   outlook_ask.c   one question, and a step's
 *   outlook_twin.c  rows of system tables for what apply would make under scratch names
 *   outlook_load.c  chunks, and what they read
 * Ownership: everything lives in outlook->arena, but outcomes.
 */
#ifndef BFC_OUTLOOK_INTERNAL_H
#define BFC_OUTLOOK_INTERNAL_H

#include "runtime/exec_internal.h"
#include "runtime/inspect.h"
#include "runtime/outlook.h"

/* Rows that the server would list for the twins, as SQL. */
struct twin_rows {
	struct buf tables, columns; /* ", (…)" a row */
};

struct looking {
	struct outlook *outlook;
	struct exec *exec;
	struct twin_rows twins;
	bool *later; /* by position in graph->steps: hangs on what is not done */
	bool *guarded; /* by position: within what a guard guards and that is not done, or behind it */
	bool *unsure; /* by position: a twin that could not be made out */
	bool history_read;
};

/* outlook_ask.c */
enum { LOOK_MAY_WRITE = 1 }; /* no readonly = 2: CHECK GRANT would say that nothing is granted */
/* False when the exec was stopped: server away, interrupted. Else `outcome` is OK or EXCEPTION. */
bool look_ask(struct looking *looking, const struct request *request, int flags,
              struct outcome *outcome);
/* A SELECT of one text. False: no answer, and `why` (or the exec was stopped). */
bool look_text(struct looking *looking, struct str sql, const struct binding *params, size_t count,
               struct str *text, struct str *why);
/* All rows' first columns, a line each. */
struct str look_lines(struct looking *looking, const struct reply *reply);
/* The exception's first line, for a person. */
struct str look_reason(struct looking *looking, const struct outcome *outcome);
void look_unseen(struct looking *looking, const char *format, ...)
        __attribute__((format(printf, 2, 3)));
struct str look_printf(struct looking *looking, const char *format, ...)
        __attribute__((format(printf, 2, 3)));
struct str look_keep(struct looking *looking, struct str text);
/* The next token, past comments; how much deeper the brackets are behind it. */
void look_next(struct inspect_scan *scan);
int look_depth(const struct inspect_scan *scan);
/* From the word `word` at depth 0 of brackets on; empty: it is not there. */
struct str look_from_word(struct str sql, const char *word, const char *other);

/* outlook.c */
/* The journal has the step as done, for good. */
bool look_done_before(const struct looking *looking, const struct step *step);
/* It hangs on chunks that are not done: what is asked now is not what apply will see then. */
bool look_hangs_on_chunks(struct looking *looking, size_t at);
/* It comes in a pause of ingest or behind one: what apply sees there is not what is there now. */
bool look_behind_guard(const struct looking *looking, size_t at);

/* outlook_checks.c */
void look_assert(struct looking *looking, size_t at);
/* The step's question with its values; false: there is no answer, `check` says why. */
bool look_ask_step(struct looking *looking, const struct step *step, struct str sql, int flags,
                   struct outcome *outcome, struct outlook_check *check);

/* outlook_twin.c: what the step would make; false when it can't be made out. */
bool twin_add(struct looking *looking, const struct step *step);
/* The statement, reading the twins' rows together with the server's. */
struct str twin_sql(struct looking *looking, struct str sql);

/* outlook_load.c */
void look_load(struct looking *looking, const struct step *step);

#endif
