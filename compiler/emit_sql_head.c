#include "compiler/emit_sql_internal.h"

#include "compiler/base/sqltext.h"

/* Comments and lists of settings are broken at these columns. */
enum { COMMENT_WIDTH = 96, SETTINGS_WIDTH = 92 };

void script_comment(struct script *script, struct str text, unsigned indent)
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
			buf_addc(script->out, ' ');
			buf_add(script->out, (struct str){text.p, n});
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
	script_comment(script, buf_str(&line), 15);
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
	script_comment(script, STR(""), 0);
	script_comment(script, STR("Warnings:"), 0);
	for (size_t i = 0; i < graph->warning_count; i++) {
		struct buf line;

		buf_init(&line, BUF_CEILING_OUTPUT);
		buf_addf(&line, "  %s %s", diag_info(graph->warnings[i].code)->code,
		         graph->warnings[i].text);
		if (graph->warnings[i].hint)
			buf_addf(&line, " (%s)", graph->warnings[i].hint);
		script_comment(script, buf_str(&line), 4);
		buf_release(&line);
	}
}

void script_set_param(struct script *script, struct str name, struct str value, const char *note)
{
	struct buf escaped;

	buf_init(&escaped, BUF_CEILING_OUTPUT);
	sql_add_param_value(&escaped, value);
	buf_addf(script->out, "SET param_%.*s = ", STR_ARG(name));
	sql_add_string(script->out, buf_str(&escaped));
	buf_addf(script->out, ";%s%s\n", note[0] ? " -- " : "", note);
	buf_release(&escaped);
}

/* Why a setting is pinned: the first group that has the name, or a word of it, is its own. */
static const struct setting_group {
	const char *reason;
	const char *names[8];
} groups[] = {
        {"Past a limit a statement fails; it does not return a part.", {"_overflow_mode"}},
        {"An INSERT that returned is there, in the views too; no block is taken for a repetition.",
         {"async_insert", "deduplicate", "materialized_views_ignore_errors"}},
        {"A source is read the same way each time, and nothing of it is skipped.",
         {"use_structure_from", "input_format_allow_errors", "skip_unavailable_shards"}},
        {"NULL becomes a column's default; a literal is in its column's time zone or the server's.",
         {"insert_null_as_default", "session_timezone"}},
        {"Counts are of rows as they are stored, read anew, and not cut.",
         {"final", "limit", "offset", "apply_deleted_mask", "use_query_cache"}},
        {"An ALTER that returned is done.", {"mutations_sync", "alter_sync"}},
        {"No number of parts or partitions and no size of a staged table is too large.", {"max_"}},
        {"A duplicate may have whatever its table has.", {"allow_suspicious"}},
        {"The same on every server.", {""}},
};

enum { GROUP_COUNT = sizeof(groups) / sizeof(groups[0]) };

static size_t group_of(struct str name)
{
	for (size_t i = 0; i < GROUP_COUNT; i++)
		for (size_t k = 0; k < 8 && groups[i].names[k]; k++)
			if (str_find(name, str_of(groups[i].names[k])) >= 0)
				return i;
	return GROUP_COUNT - 1;
}

/* SET a = 1, b = 2; broken between settings. */
static void emit_group(struct script *script, size_t group)
{
	struct buf line;
	bool any = false;

	buf_init(&line, BUF_CEILING_OUTPUT);
	for (const struct setting *setting = graph_pinned_settings; setting->name.n; setting++) {
		size_t width = setting->name.n + setting->value.n + 5;

		if (group_of(setting->name) != group)
			continue;
		if (!any)
			buf_addf(script->out, "-- %s\nSET", groups[group].reason);
		else
			buf_addz(&line, ",");
		any = true;
		if (line.size + width > SETTINGS_WIDTH) {
			buf_add(script->out, buf_str(&line));
			buf_addz(script->out, "\n   ");
			buf_reset(&line);
		}
		buf_addf(&line, " %.*s = %.*s", STR_ARG(setting->name), STR_ARG(setting->value));
	}
	buf_add(script->out, buf_str(&line));
	if (any)
		buf_addz(script->out, ";\n");
	buf_release(&line);
}

static void emit_settings(struct script *script)
{
	buf_addz(script->out, "\n-- ======== Settings that every statement hangs on ========\n\n");
	for (size_t i = 0; i < GROUP_COUNT; i++)
		emit_group(script, i);
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
		script_set_param(script, param->name, param->value, note.data);
		buf_release(&note);
	}
}

static void emit_how_to_read(struct script *script)
{
	script_comment(script, STR(""), 0);
	script_comment(script,
	               STR("This is what 'bfc apply' sends, statement for statement. bfc adds what "
	                   "a script "
	                   "cannot: a journal in the server, so that a run that was killed goes on "
	                   "where it "
	                   "was, a lock, retries, several chunks at once."),
	               0);
	script_comment(
	        script,
	        STR("By hand: clickhouse-client, one statement after the other. What 'must return "
	            "1' "
	            "has to, in its first column, before you go on. Where a SET says 'copy', put "
	            "in "
	            "the value from the statement before; as it stands, empty, what needs it fails "
	            "and does nothing."),
	        0);
	script_comment(
	        script,
	        STR("A plain SELECT and a statement with IF EXISTS, IF NOT EXISTS or OR REPLACE "
	            "can "
	            "be repeated at any time. Over the others 'repeat' says why that is harmless."),
	        0);
}

static void emit_header(struct script *script)
{
	const struct graph *graph = script->graph;
	struct buf text;

	buf_init(&text, BUF_CEILING_OUTPUT);
	buf_addf(&text, "%.*s%s%.*s", STR_ARG(graph->migration), graph->description.n ? ": " : "",
	         STR_ARG(graph->description));
	script_comment(script, buf_str(&text), 4);
	script_comment(script, STR(""), 0);
	labelled_list(script, "Strategy:", graph->strategies, graph->strategy_count);
	labelled_list(script, "Writes to:", graph->touched, graph->touched_count);
	buf_reset(&text);
	buf_addf(&text, "bfc_%s_…, dropped at the end", graph->tag);
	labelled(script, "Staged names:", buf_str(&text));
	buf_reset(&text);
	add_resume_points(&text, graph->steps, graph->step_count);
	if (text.size)
		labelled(script, "Resume points:", buf_str(&text));
	labelled(script, "Plan:", str_of(graph->hash));
	emit_how_to_read(script);
	emit_warnings(script);
	buf_release(&text);
}

void script_head(struct script *script)
{
	emit_header(script);
	emit_settings(script);
	emit_params(script);
}
