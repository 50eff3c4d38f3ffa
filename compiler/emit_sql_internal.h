/*
 * emit_sql_internal.h: what the files of the SQL emitter share; nobody else includes it.
 *
 * emit_sql_head.c has what stands before the first step, and the comments' layout; emit_sql.c has
 * the steps, emit_sql_late.c those that only matter after an interruption.
 */
#ifndef BFC_EMIT_SQL_INTERNAL_H
#define BFC_EMIT_SQL_INTERNAL_H

#include "compiler/emit.h"

/* A reason that was given is not given again within so many steps that have one. */
#define SCRIPT_REASONS 16

struct script {
	const struct graph *graph;
	struct buf *out;
	unsigned section;
	struct str reasons[SCRIPT_REASONS]; /* a ring */
	unsigned reason_next;
	struct str file; /* place of the step before */
	unsigned line;
	bool plain; /* the step before was one line of SQL */
};

/* `-- ` and the text, broken between words; later lines are indented by `indent`. */
void script_comment(struct script *script, struct str text, unsigned indent);
/* SET param_name = 'value'; -- note */
void script_set_param(struct script *script, struct str name, struct str value, const char *note);
/* Header, settings, parameters of the migration. */
void script_head(struct script *script);
/* [id] title (file:line), the place only where it is another than before. */
void script_title(struct script *script, const struct step *step);
/* Once for each row of … */
void script_loop(struct script *script, const struct each *each);
void script_step(struct script *script, const struct step *step);
/* A step of a body that takes part only after an interruption. */
/* `shortage`: those for too little memory, or a full disk; else those after an interruption. */
bool script_has_late_steps(const struct each *each, bool shortage);
void script_appendix(struct script *script);

#endif
