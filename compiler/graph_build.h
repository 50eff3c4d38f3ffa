/*
 * graph_build.h: making steps without saying the same thing five times.
 *
 * Purpose: what lower*.c share: a list of steps with deps by position, unique ids and parameter
 * names, and statements from templates in which every name is quoted by the template.
 * Invariants: an id or a parameter name that was given out is never given out again; sanitized
 * names are [A-Za-z0-9_] (ids: and `.`, `-`). Ownership: steps, ids and texts live in the plan's
 * arena; what only the building needs, indices above all, is in `scratch`, which ends with
 * graph_build_release(). Failure: none; graph_finish() checks what was built.
 */
#ifndef BFC_GRAPH_BUILD_H
#define BFC_GRAPH_BUILD_H

#include <stdarg.h>

#include "compiler/graph.h"

struct build_name;

struct graph_build {
	struct arena *arena;
	struct arena scratch;
	struct build_name *ids;
	struct build_name *params;
};

struct step_list {
	LIST_OF(struct step *) list;
};

void graph_build_init(struct graph_build *build, struct arena *arena);
void graph_build_release(struct graph_build *build);

/*
 * Text from a template. %s a struct str, %z a char *, %u an unsigned long long, %n a name
 * (quoted where needed), %q a string literal, %% a percent sign. Each takes one argument.
 */
struct str build_text(struct graph_build *build, const char *template, ...);
struct str build_textv(struct graph_build *build, const char *template, va_list args);

/* The id, or the id with _2, _3, … when it is taken. Other bytes become `_`. */
struct str build_id(struct graph_build *build, const char *template, ...);
/* The same for a parameter; `number` above 1 (a later backfill) adds _b<number>. */
struct str build_param(struct graph_build *build, unsigned number, const char *template, ...);
/* Names that the user's params have taken. */
void build_reserve_param(struct graph_build *build, struct str name);

/* A new step at the list's end; its position is list.count - 1. */
struct step *build_step(struct graph_build *build, struct step_list *steps, enum step_kind kind,
                        enum step_phase phase, struct str id);
void build_dep(struct graph_build *build, struct step *step, uint32_t position);
/* Sets the statement and lists the parameters that it uses. */
void build_sql(struct graph_build *build, struct step *step, struct str sql);
void build_outputs(struct graph_build *build, struct step *step, const struct str *names,
                   size_t count);

#endif
