/*
 * emit_sql.c: the plan as a script, for a reviewer who has no bfc at hand.
 *
 * It can be run by hand with clickhouse-client: values that bfc would put in are SET param_… lines
 * with where they come from; loops show one round and say how often it goes. A value that nobody
 * copied is empty, and the server refuses every statement that needs it (measured: types, names
 * and partition ids), so a script that is piped through stops before it publishes anything.
 * What only matters after an interruption stands in an appendix.
 */
#include "compiler/emit_sql_internal.h"
#include "compiler/emit_text.h"

#include "compiler/base/sqltext.h"

bool script_has_late_steps(const struct each *each, bool shortage)
{
	for (size_t i = 0; i < each->body_count; i++)
		if (step_is_late(each->body[i]) && step_is_of_shortage(each->body[i]) == shortage)
			return true;
	return false;
}

/* What can't be seen from the statement; NULL: it can. */
static const char *repeat_text(const struct step *step)
{
	if (step->each)
		return NULL;
	switch (step->repeat) {
	case REPEAT_NEW_NAME:
		return "every attempt has new names, so nothing that an earlier one left running "
		       "can "
		       "write here, and a load that broke off is thrown away";
	case REPEAT_OBSERVES_FIRST:
		return "it looks at what is there first";
	case REPEAT_MOVES_REST:
		return "moves what is left, which may be nothing";
	default:
		return NULL;
	}
}

static bool is_known(const struct script *script, struct str reason)
{
	for (size_t i = 0; i < SCRIPT_REASONS; i++)
		if (str_eq(script->reasons[i], reason))
			return true;
	return false;
}

static bool said_before(struct script *script, struct str reason)
{
	if (is_known(script, reason))
		return true;
	script->reasons[script->reason_next++ % SCRIPT_REASONS] = reason;
	return false;
}

/* [id] title (file:line), the place only where it is another than before. */
void script_title(struct script *script, const struct step *step)
{
	const char *slash =
	        step->origin.file.n ? memrchr(step->origin.file.p, '/', step->origin.file.n) : NULL;
	const char *file = slash ? slash + 1 : step->origin.file.p;
	struct buf line;

	buf_init(&line, BUF_CEILING_OUTPUT);
	buf_addf(&line, "[%.*s] %.*s", STR_ARG(step->id), STR_ARG(step->title));
	if (step->resume_point)
		buf_addz(&line, "; a resume point");
	if (step->origin.file.n &&
	    (step->origin.line != script->line || !str_eq(step->origin.file, script->file))) {
		buf_addf(&line, " (%.*s:%u)",
		         (int)(step->origin.file.p + step->origin.file.n - file), file,
		         step->origin.line);
		script->line = step->origin.line;
		script->file = step->origin.file;
	}
	script_comment(script, buf_str(&line), 4);
	buf_release(&line);
}

static void emit_reason(struct script *script, const struct step *step)
{
	const char *repeat = repeat_text(step);
	struct buf line;

	buf_init(&line, BUF_CEILING_OUTPUT);
	if (step->why.n && !said_before(script, step->why)) {
		/* Of every SELECT that is so, and the header says it. */
		if (str_ends(step->why, STR(" It reads only.")))
			buf_add(&line, (struct str){step->why.p,
			                            step->why.n - sizeof(" It reads only.") + 1});
		else
			buf_add(&line, step->why);
		script_comment(script, buf_str(&line), 0);
		if (repeat) {
			buf_reset(&line);
			buf_addf(&line, "repeat: %s", repeat);
			script_comment(script, buf_str(&line), 0);
		}
	}
	if (step->kind == STEP_GATE && !step_acts(step)) {
		buf_reset(&line);
		buf_addz(&line, step->gate == GATE_STILL
		                        ? "wait until it returns 1 twice in a row, half a second "
		                          "apart, with the same message"
		                        : "wait until it returns 1");
		if (step->hint.n)
			buf_addf(&line, "; -1 is never: %.*s", STR_ARG(step->hint));
		script_comment(script, buf_str(&line), 4);
	}
	if (step->kind == STEP_ASSERT) {
		buf_reset(&line);
		buf_addz(&line, "must return 1");
		if (step->hint.n && !said_before(script, step->hint))
			buf_addf(&line, "; if not: %.*s", STR_ARG(step->hint));
		script_comment(script, buf_str(&line), 4);
	}
	buf_release(&line);
}

static bool ends_in_comment(struct str sql)
{
	const char *line = sql.p, *end = sql.p + sql.n;

	for (const char *p = sql.p; p < end; p++)
		if (*p == '\n')
			line = p + 1;
	return str_find((struct str){line, (size_t)(end - line)}, STR("--")) >= 0 ||
	       memchr(line, '#', (size_t)(end - line));
}

static void emit_statement(struct script *script, struct str sql)
{
	buf_add(script->out, sql);
	buf_addz(script->out, ends_in_comment(sql) ? "\n;\n" : ";\n");
}

/* Values that a person has to copy out of a probe's row. */
static void emit_copies(struct script *script, const struct str *columns, size_t count,
                        struct str from)
{
	for (size_t k = 0; k < count; k++) {
		struct buf note;

		buf_init(&note, BUF_CEILING_OUTPUT);
		buf_addf(&note, "copy column %.*s of [%.*s]", STR_ARG(columns[k]), STR_ARG(from));
		script_set_param(script, columns[k], STR(""), note.data);
		buf_release(&note);
	}
}

static void emit_objects(struct script *script, const struct each *each)
{
	struct buf name;

	buf_addz(script->out,
	         "\n-- Names of what this chunk stages; bfc has new ones for every attempt.\n");
	buf_init(&name, BUF_CEILING_OUTPUT);
	for (size_t i = 0; i < each->object_count; i++) {
		buf_reset(&name);
		buf_addf(&name, "bfc_by_hand_%.*s", STR_ARG(each->objects[i].param));
		script_set_param(script, each->objects[i].param, buf_str(&name), "");
	}
	buf_release(&name);
}

static void emit_other_chunks(struct script *script, const struct each *each)
{
	if (each->row_count < 2)
		return;
	buf_addf(script->out,
	         "\n-- Chunks 2 to %zu: the same statements, from the names on, with\n",
	         each->row_count);
	for (size_t i = 1; i < each->row_count; i++) {
		buf_addz(script->out, "--  ");
		for (size_t k = 0; k < each->column_count; k++) {
			buf_addf(script->out, "%s %.*s = ", k ? "," : "",
			         STR_ARG(each->columns[k]));
			sql_add_string(script->out, each->rows[i].values[k]);
		}
		buf_addc(script->out, '\n');
	}
}

static void emit_phase(struct script *script, const struct each *each, enum step_phase phase)
{
	buf_addf(script->out, "\n-- --- %s ---\n", step_phase_name(phase));
	script->plain = false;
	if (phase == PHASE_PUBLISH && script_has_late_steps(each, false))
		script_comment(script,
		               STR("After an interruption in here: the appendix, before a move is "
		                   "repeated."),
		               0);
}

static void emit_chunks(struct script *script, const struct step *step)
{
	const struct each *each = step->each;
	enum step_phase phase = PHASE_CHECK;

	if (each->row_count && each->column_count) {
		buf_addf(script->out, "\n-- Chunk 1 of %zu\n", each->row_count);
		for (size_t k = 0; k < each->column_count; k++)
			script_set_param(script, each->columns[k], each->rows[0].values[k], "");
	} else if (each->over.n) {
		buf_addf(script->out, "\n-- Once for each row of [%.*s], in order:\n",
		         STR_ARG(each->over));
		emit_copies(script, each->columns, each->column_count, each->over);
	}
	emit_objects(script, each);
	for (size_t i = 0; i < each->body_count; i++) {
		const struct step *part = each->body[i];

		if (step_is_late(part))
			continue;
		if (part->phase != phase)
			emit_phase(script, each, part->phase);
		phase = part->phase;
		script_step(script, part);
	}
	emit_other_chunks(script, each);
}

static bool uses(const struct each *each, struct str column)
{
	for (size_t i = 0; i < each->body_count; i++)
		for (size_t u = 0; u < each->body[i]->use_count; u++)
			if (str_eq(each->body[i]->uses[u].name, column))
				return true;
	return false;
}

void script_loop(struct script *script, const struct each *each)
{
	buf_addf(script->out, "-- Once for each row of [%.*s]", STR_ARG(each->over));
	if (each->only_column.n) {
		buf_addf(script->out, " with %.*s = ", STR_ARG(each->only_column));
		sql_add_string(script->out, each->only_value);
	}
	buf_addz(script->out, ":\n");
}

static void emit_rows(struct script *script, const struct step *step)
{
	const struct each *each = step->each;

	/* One step is what the loop's own title says. */
	if (each->body_count == 1)
		emit_reason(script, each->body[0]);
	script_loop(script, each);
	for (size_t k = 0; k < each->column_count; k++)
		if (uses(each, each->columns[k]))
			emit_copies(script, &each->columns[k], 1, each->over);
	if (each->body_count == 1) {
		emit_statement(script, each->body[0]->sql);
		return;
	}
	for (size_t i = 0; i < each->body_count; i++)
		script_step(script, each->body[i]);
}

/* One line that says it all: such steps stand together. */
static bool is_plain(const struct step *step)
{
	return step->kind == STEP_RUN && !memchr(step->sql.p, '\n', step->sql.n);
}

/* Not a statement: what a person does, or a command on the client. */
static void script_act(struct script *script, const struct step *step)
{
	struct buf line;

	buf_init(&line, BUF_CEILING_OUTPUT);
	if (step->gate == GATE_PERSON)
		buf_addf(&line, "by hand: %.*s", STR_ARG(step->act));
	else
		buf_addf(&line, "on the client, at most %u s: /bin/sh -c %.*s", step->limit_seconds,
		         STR_ARG(step->act));
	script_comment(script, buf_str(&line), 4);
	buf_release(&line);
}

void script_step(struct script *script, const struct step *step)
{
	bool plain = is_plain(step) && (!step->why.n || is_known(script, step->why));

	if (!plain || !script->plain)
		buf_addc(script->out, '\n');
	script->plain = is_plain(step);
	script_title(script, step);
	emit_reason(script, step);
	if (step->each && step->each->kind == EACH_CHUNKS) {
		emit_chunks(script, step);
		return;
	}
	if (step->each) {
		emit_rows(script, step);
		return;
	}
	if (step_acts(step)) {
		script_act(script, step);
		return;
	}
	emit_statement(script, step->sql);
	if (step->kind == STEP_PROBE && step->one_row)
		emit_copies(script, step->outputs, step->output_count, step->id);
}

static void emit_guard(struct script *script, const struct guard *guard)
{
	struct buf line;

	buf_init(&line, BUF_CEILING_OUTPUT);
	text_add_guard(&line, guard);
	buf_addc(script->out, '\n');
	script_comment(script, buf_str(&line), 0);
	buf_release(&line);
	for (size_t i = 0; i < guard->undo_count; i++)
		script_step(script, guard->undo[i]);
	for (size_t i = 0; i < guard->restore_count; i++)
		script_step(script, guard->restore[i]);
}

/* In a comment each: a script that is piped through must not undo what it did. */
static void emit_guards(struct script *script)
{
	const struct graph *graph = script->graph;
	struct buf *out = script->out, text;
	struct str rest;

	if (!graph->guard_count)
		return;
	buf_addz(out, "\n-- ======== Appendix: what is put back at any end ========\n");
	buf_init(&text, BUF_CEILING_OUTPUT);
	script->out = &text;
	for (size_t i = 0; i < graph->guard_count; i++)
		emit_guard(script, &graph->guards[i]);
	script->out = out;
	for (rest = buf_str(&text); rest.n;) {
		const char *end = memchr(rest.p, '\n', rest.n);
		size_t n = end ? (size_t)(end - rest.p) : rest.n;
		bool plain = n && !str_starts(rest, STR("--"));

		buf_addf(out, "%s%.*s\n", plain ? "-- " : "", (int)n, rest.p);
		rest = (struct str){rest.p + n + (end != NULL), rest.n - n - (end != NULL)};
	}
	buf_release(&text);
}

bool emit_sql(const struct graph *graph, struct buf *out)
{
	struct script script = {.graph = graph, .out = out};

	script_head(&script);
	for (size_t i = 0; i < graph->step_count; i++) {
		const struct step *step = graph->steps[i];

		if (!i || step->phase != graph->steps[i - 1]->phase) {
			script.plain = false;
			buf_addf(out, "\n-- ======== %u. %s ========\n", ++script.section,
			         text_section_title(step));
		}
		script_step(&script, step);
	}
	emit_guards(&script);
	script_appendix(&script);
	return !out->overflow;
}
