/*
 * emit_sql.c: the plan as a script, for a reviewer who has no bfc at hand.
 *
 * It can be run by hand with clickhouse-client: values that bfc would put in are SET param_… lines
 * with where they come from; loops show one round and say how often it goes. What only
 * matters after an interruption, or only for leftovers, is commented out.
 */
#include "compiler/emit.h"

#include "compiler/base/sqltext.h"

/* Comments are broken at this column. */
enum { COMMENT_WIDTH = 96 };

struct script {
	const struct graph *graph;
	struct buf *out;
	unsigned section;
	const struct step *const *steps; /* the list that is being printed */
	size_t count;
};

static const char *setting_reason(struct str name)
{
	static const struct {
		const char *name, *reason;
	} reasons[] = {
	        {"async_insert", "an INSERT that returned is there"},
	        {"insert_deduplicate", "equal blocks are not dropped as repetitions"},
	        {"deduplicate_blocks_in_dependent_materialized_views", "nor in the views"},
	        {"materialized_views_ignore_errors", "a view that fails fails the INSERT"},
	        {"insert_null_as_default",
	         "NULL becomes the column's default, as in the engine's defaults"},
	        {"use_structure_from_insertion_table_in_table_functions",
	         "the source means the same when it is loaded, counted and listed"},
	        {"input_format_allow_errors_num", "no row of a file is skipped"},
	        {"input_format_allow_errors_ratio", "no row of a file is skipped"},
	        {"skip_unavailable_shards", "no part of a remote source is skipped"},
	        {"final", "counts are of rows as they are stored"},
	        {"limit", "no result is cut"},
	        {"offset", "no result is cut"},
	        {"apply_deleted_mask", "deleted rows do not count"},
	        {"use_query_cache", "what is verified is read, not remembered"},
	        {"session_timezone", "a literal is in its column's time zone or the server's"},
	        {"mutations_sync", "an ALTER that returned is done"},
	        {"alter_sync", "an ALTER that returned is done"},
	        {"max_parts_to_move", "a partition of many parts can be moved"},
	        {"max_partitions_per_insert_block", "history may span many partitions"},
	        {"max_table_size_to_drop", "staged tables of any size can be dropped"},
	        {"max_partition_size_to_drop", "staged tables of any size can be dropped"},
	};

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (str_is(name, reasons[i].name))
			return reasons[i].reason;
	return "past a limit a statement fails, it does not return a part";
}

/* `-- ` and the text, broken between words; later lines are indented by `indent`. */
static void comment(struct script *script, struct str text, unsigned indent)
{
	size_t column = 2;

	buf_addz(script->out, "--");
	while (text.n) {
		size_t n = 0;
		bool breaks;

		while (n < text.n && text.p[n] != ' ' && text.p[n] != '\n')
			n++;
		breaks = n < text.n && text.p[n] == '\n';
		if (column + 1 + n > COMMENT_WIDTH && column > 3 + indent) {
			buf_addf(script->out, "\n--%*s", (int)indent, "");
			column = 2 + indent;
		}
		if (n) {
			buf_addf(script->out, " %.*s", (int)n, text.p);
			column += n + 1;
		} else if (!breaks) {
			buf_addc(script->out, ' ');
			column++;
		}
		if (breaks) {
			buf_addf(script->out, "\n--%*s", (int)indent, "");
			column = 2 + indent;
		}
		n += n < text.n;
		text = (struct str){text.p + n, text.n - n};
	}
	buf_addc(script->out, '\n');
}

static void labelled(struct script *script, const char *label, struct str text)
{
	struct buf line;

	buf_init(&line, BUF_CEILING_OUTPUT);
	buf_addf(&line, "%-15s", label);
	buf_add(&line, text);
	comment(script, buf_str(&line), 15);
	buf_release(&line);
}

static void labelled_list(struct script *script, const char *label, const struct str *items,
                          size_t count)
{
	struct buf list;

	if (!count)
		return;
	buf_init(&list, BUF_CEILING_OUTPUT);
	for (size_t i = 0; i < count; i++) {
		buf_addz(&list, i ? ", " : "");
		buf_add(&list, items[i]);
	}
	labelled(script, label, buf_str(&list));
	buf_release(&list);
}

static void add_resume_points(struct buf *list, const struct step *const *steps, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (steps[i]->resume_point) {
			buf_addz(list, list->size ? ", " : "");
			buf_add(list, steps[i]->id);
		}
		if (steps[i]->each)
			add_resume_points(list, steps[i]->each->body, steps[i]->each->body_count);
	}
}

static void emit_warnings(struct script *script)
{
	const struct graph *graph = script->graph;

	if (!graph->warning_count)
		return;
	comment(script, STR(""), 0);
	comment(script, STR("Warnings:"), 0);
	for (size_t i = 0; i < graph->warning_count; i++) {
		struct buf line;

		buf_init(&line, BUF_CEILING_OUTPUT);
		buf_addf(&line, "  %s %s", diag_info(graph->warnings[i].code)->code,
		         graph->warnings[i].text);
		if (graph->warnings[i].hint)
			buf_addf(&line, " (%s)", graph->warnings[i].hint);
		comment(script, buf_str(&line), 4);
		buf_release(&line);
	}
}

static void emit_header(struct script *script)
{
	const struct graph *graph = script->graph;
	struct buf text;

	buf_init(&text, BUF_CEILING_OUTPUT);
	labelled(script, "Migration:", graph->migration);
	if (graph->description.n)
		labelled(script, "", graph->description);
	comment(script, STR(""), 0);
	labelled_list(script, "Strategy:", graph->strategies, graph->strategy_count);
	labelled_list(script, "Writes to:", graph->touched, graph->touched_count);
	buf_addf(&text, "bfc_%s_… (dropped at the end)", graph->tag);
	labelled(script, "Staged names:", buf_str(&text));
	buf_reset(&text);
	add_resume_points(&text, graph->steps, graph->step_count);
	if (text.size)
		labelled(script, "Resume points:", buf_str(&text));
	labelled(script, "Plan:", str_of(graph->hash));
	comment(script, STR(""), 0);
	comment(script,
	        STR("This is what 'bfc apply' sends, statement for statement. bfc adds what a "
	            "script "
	            "cannot: a journal in the server, so that a run that was killed goes on where "
	            "it "
	            "was, a lock, retries, several chunks at once."),
	        0);
	comment(script,
	        STR("To run it by hand: clickhouse-client, one statement after the other. Each "
	            "SELECT "
	            "under 'must return' has to do so before you go on. A line 'SET param_x = '';' "
	            "with "
	            "'copy' in its comment needs the value from the statement above it."),
	        0);
	emit_warnings(script);
	buf_release(&text);
}

static void set_param(struct script *script, const char *lead, struct str name, struct str value,
                      const char *note)
{
	struct buf escaped;

	buf_init(&escaped, BUF_CEILING_OUTPUT);
	sql_add_param_value(&escaped, value);
	buf_addf(script->out, "%sSET param_%.*s = ", lead, STR_ARG(name));
	sql_add_string(script->out, buf_str(&escaped));
	buf_addf(script->out, ";%s%s\n", note[0] ? " -- " : "", note);
	buf_release(&escaped);
}

static void emit_settings(struct script *script)
{
	buf_addz(script->out, "\n-- Settings that every statement hangs on.\n");
	for (const struct setting *setting = graph_pinned_settings; setting->name.n; setting++)
		buf_addf(script->out, "SET %.*s = %.*s; -- %s\n", STR_ARG(setting->name),
		         STR_ARG(setting->value), setting_reason(setting->name));
}

static void emit_params(struct script *script)
{
	const struct graph *graph = script->graph;

	if (!graph->param_count)
		return;
	buf_addz(script->out, "\n-- Parameters of the migration.\n");
	for (size_t i = 0; i < graph->param_count; i++) {
		const struct param *param = &graph->params[i];
		struct buf note;

		buf_init(&note, BUF_CEILING_OUTPUT);
		buf_addf(&note, "%.*s", STR_ARG(param->type));
		if (param->from_env.n)
			buf_addf(&note, ", a secret: from the environment variable %.*s",
			         STR_ARG(param->from_env));
		else if (param->from_file.n)
			buf_addf(&note, ", a secret: from the file %.*s",
			         STR_ARG(param->from_file));
		else
			buf_addf(&note, "%s --param %.*s=…",
			         param->has_default ? ", the default; another one with"
			                            : ", has no default: given with",
			         STR_ARG(param->name));
		/* A path may hold a line break; a comment may not. */
		for (size_t k = 0; k < note.size; k++)
			if (note.data[k] == '\n')
				note.data[k] = ' ';
		set_param(script, "", param->name, param->value, note.data);
		buf_release(&note);
	}
}

static const char *repeat_text(enum step_repeat repeat)
{
	static const char *const texts[] = {"if not exists",  "if exists", "new names",
	                                    "observes first", "read only", "moves what is left"};

	return texts[repeat];
}

static void emit_about(struct script *script, const struct step *step, const char *number)
{
	struct buf line;

	buf_init(&line, BUF_CEILING_OUTPUT);
	buf_addf(&line, "%s[%.*s] %.*s", number, STR_ARG(step->id), STR_ARG(step->title));
	comment(script, buf_str(&line), 4);
	if (step->why.n)
		comment(script, step->why, 0);
	buf_reset(&line);
	if (step->resume_point)
		buf_addz(&line, "Resume point. ");
	buf_addf(&line, "Harmless to repeat: %s.", repeat_text(step->repeat));
	if (step->when == WHEN_EVERY_RUN)
		buf_addz(&line, " Again in every run that has work left.");
	if (step->origin.file.n)
		buf_addf(&line, " From %.*s:%u.", STR_ARG(step->origin.file), step->origin.line);
	comment(script, buf_str(&line), 0);
	if (step->kind == STEP_ASSERT) {
		comment(script,
		        STR("Must return 1 (or true) in its first column; a second column says "
		            "what is "
		            "wrong otherwise."),
		        0);
		if (step->hint.n) {
			buf_reset(&line);
			buf_addf(&line, "If not: %.*s.", STR_ARG(step->hint));
			comment(script, buf_str(&line), 0);
		}
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

/* `lead` stands before each line: "" or "-- ". */
static void emit_statement(struct script *script, struct str sql, const char *lead)
{
	bool comment_last = ends_in_comment(sql);

	while (sql.n) {
		const char *line = memchr(sql.p, '\n', sql.n);
		size_t n = line ? (size_t)(line - sql.p) : sql.n;

		buf_addz(script->out, lead);
		buf_add(script->out, (struct str){sql.p, n});
		sql = line ? (struct str){line + 1, sql.n - n - 1} : (struct str){NULL, 0};
		if (sql.n)
			buf_addc(script->out, '\n');
	}
	if (comment_last) {
		buf_addc(script->out, '\n');
		buf_addz(script->out, lead);
	}
	buf_addz(script->out, ";\n");
}

static void emit_step(struct script *script, const struct step *step, const char *lead);

static void emit_row(struct script *script, const struct each *each, size_t row)
{
	for (size_t k = 0; k < each->column_count; k++)
		set_param(script, "", each->columns[k], each->rows[row].values[k], "");
}

/* Values that a person has to copy out of a probe's row. */
static void emit_copies(struct script *script, const struct str *columns, size_t count,
                        struct str from, const char *lead)
{
	for (size_t k = 0; k < count; k++) {
		struct buf note;

		buf_init(&note, BUF_CEILING_OUTPUT);
		buf_addf(&note, "copy column %.*s of [%.*s]", STR_ARG(columns[k]), STR_ARG(from));
		set_param(script, lead, columns[k], STR(""), note.data);
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
		set_param(script, "", each->objects[i].param, buf_str(&name), "");
	}
	buf_release(&name);
}

static void emit_other_chunks(struct script *script, const struct each *each)
{
	if (each->row_count < 2)
		return;
	buf_addf(script->out,
	         "\n-- The other chunks: the same statements, from the names on, with\n");
	for (size_t i = 1; i < each->row_count; i++) {
		buf_addf(script->out, "--   chunk %zu of %zu: ", i + 1, each->row_count);
		for (size_t k = 0; k < each->column_count; k++) {
			buf_addf(script->out, "%sparam_%.*s = ", k ? ", " : "",
			         STR_ARG(each->columns[k]));
			sql_add_string(script->out, each->rows[i].values[k]);
		}
		buf_addc(script->out, '\n');
	}
}

static void emit_late_steps(struct script *script, const struct each *each)
{
	bool any = false;

	for (size_t i = 0; i < each->body_count; i++) {
		const struct step *step = each->body[i];

		if (step->when != WHEN_RESUMED && step->when != WHEN_RESTARTED)
			continue;
		if (!any)
			buf_addz(script->out,
			         "\n-- Only after an interruption between the seal and the last "
			         "move: "
			         "before the moves of\n-- the same table are repeated.\n");
		any = true;
		emit_step(script, step, "-- ");
	}
}

static void emit_chunks(struct script *script, const struct step *step)
{
	const struct each *each = step->each;
	enum step_phase phase = PHASE_CHECK;

	if (each->row_count && each->column_count) {
		buf_addf(script->out, "\n-- Chunk 1 of %zu.\n", each->row_count);
		emit_row(script, each, 0);
	} else if (each->over.n) {
		buf_addf(script->out, "\n-- Once for each row of [%.*s], in order.\n",
		         STR_ARG(each->over));
		emit_copies(script, each->columns, each->column_count, each->over, "");
	}
	emit_objects(script, each);
	script->steps = each->body;
	script->count = each->body_count;
	for (size_t i = 0; i < each->body_count; i++) {
		const struct step *part = each->body[i];

		if (part->when == WHEN_RESUMED || part->when == WHEN_RESTARTED)
			continue;
		if (part->phase == PHASE_FINISH && phase != PHASE_FINISH)
			emit_late_steps(script, each);
		if (part->phase != phase)
			buf_addf(script->out, "\n-- --- %s ---\n", step_phase_name(part->phase));
		phase = part->phase;
		emit_step(script, part, "");
	}
	script->steps = script->graph->steps;
	script->count = script->graph->step_count;
	emit_other_chunks(script, each);
}

static void emit_rows(struct script *script, const struct step *step, const char *lead)
{
	const struct each *each = step->each;
	const struct step *over = NULL;

	for (size_t i = 0; i < script->count && !over; i++)
		if (str_eq(script->steps[i]->id, each->over))
			over = script->steps[i];

	/* Leftovers and the like: as a rule there is no row, and the statement has no value. */
	if (over && over->pin == PIN_NEVER)
		lead = "-- ";
	buf_addf(script->out, "-- Once for each row of [%.*s]", STR_ARG(each->over));
	if (each->only_column.n) {
		buf_addf(script->out, " with %.*s = ", STR_ARG(each->only_column));
		sql_add_string(script->out, each->only_value);
	}
	buf_addz(script->out, ":\n");
	for (size_t k = 0; k < each->column_count; k++) {
		bool used = false;

		for (size_t i = 0; i < each->body_count; i++)
			for (size_t u = 0; u < each->body[i]->use_count; u++)
				used |= str_eq(each->body[i]->uses[u].name, each->columns[k]);
		if (used)
			emit_copies(script, &each->columns[k], 1, each->over, lead);
	}
	for (size_t i = 0; i < each->body_count; i++)
		emit_step(script, each->body[i], lead);
}

static void emit_step(struct script *script, const struct step *step, const char *lead)
{
	buf_addc(script->out, '\n');
	emit_about(script, step, "");
	if (step->each && step->each->kind == EACH_CHUNKS) {
		emit_chunks(script, step);
		return;
	}
	if (step->each) {
		emit_rows(script, step, lead);
		return;
	}
	if (step->sql.n)
		emit_statement(script, step->sql, lead);
	if (step->kind == STEP_PROBE && step->one_row)
		emit_copies(script, step->outputs, step->output_count, step->id, lead);
}

static const char *section_title(enum step_phase phase)
{
	switch (phase) {
	case PHASE_ENSURE:
		return "Make sure that everything is there and nothing stands in the way";
	case PHASE_LOAD:
		return "Load, verify and publish the history";
	case PHASE_FINISH:
		return "Clean up";
	case PHASE_CHECK:
		return "Check the outcome";
	default:
		return step_phase_name(phase);
	}
}

bool emit_sql(const struct graph *graph, struct buf *out)
{
	struct script script = {
	        .graph = graph, .out = out, .steps = graph->steps, .count = graph->step_count};

	emit_header(&script);
	emit_settings(&script);
	emit_params(&script);
	for (size_t i = 0; i < graph->step_count; i++) {
		const struct step *step = graph->steps[i];

		if (!i || step->phase != graph->steps[i - 1]->phase)
			buf_addf(out, "\n-- ======== %u. %s ========\n", ++script.section,
			         section_title(step->phase));
		emit_step(&script, step, "");
	}
	return !out->overflow;
}
