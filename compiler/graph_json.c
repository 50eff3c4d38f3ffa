/*
 * graph_json.c: writing a plan as JSON; graph_read.c reads it back.
 *
 * Written by hand and not through jansson: a plan of a hundred thousand steps goes straight into
 * the buffer, and its bytes are the same in every version of a library. Members with nothing to say
 * are left out; plan.schema.json describes the form. The two hashes are over these bytes without
 * themselves: the checksum over all, the hash without what is only there to be read
 * (put_remark()). Every plan needs its hash, only the JSON form has a checksum.
 */
#include "compiler/base/sha256.h"
#include "compiler/base/utf8.h"
#include "compiler/graph.h"

/* A plan may be large and its hash is short: pieces of this size are hashed and forgotten. */
enum { PIECE_BYTES = 1 << 14 };

struct writer {
	struct buf *out;
	unsigned depth;
	bool first;            /* no comma before the next member */
	bool remarks;          /* with what is only there to be read */
	struct digest *digest; /* NULL: the text stays in `out` */
};

struct digest {
	struct sha256_ctx context;
	size_t size;
	bool utf8;
};

static void newline(struct writer *writer)
{
	static const char tabs[] = "\t\t\t\t\t\t\t\t\t\t\t\t";

	buf_addc(writer->out, '\n');
	buf_add(writer->out, (struct str){tabs, writer->depth < 12 ? writer->depth : 12});
}

static void separate(struct writer *writer)
{
	if (!writer->first)
		buf_addc(writer->out, ',');
	writer->first = false;
	newline(writer);
}

static bool is_plain(char c)
{
	return (unsigned char)c >= 0x20 && c != '"' && c != '\\';
}

static void add_escape(struct buf *out, char c)
{
	if (c == '"' || c == '\\')
		buf_add(out, (struct str){(const char[]){'\\', c}, 2});
	else if (c == '\n' || c == '\t')
		buf_addz(out, c == '\n' ? "\\n" : "\\t");
	else
		buf_addf(out, "\\u%04x", (unsigned)c);
}

static void add_string(struct buf *out, struct str text)
{
	const char *p = text.p, *end = text.p + text.n, *plain = p;

	buf_addc(out, '"');
	for (; p < end; p++) {
		if (is_plain(*p))
			continue;
		buf_add(out, (struct str){plain, (size_t)(p - plain)});
		add_escape(out, *p);
		plain = p + 1;
	}
	buf_add(out, (struct str){plain, (size_t)(end - plain)});
	buf_addc(out, '"');
}

static void key(struct writer *writer, const char *name)
{
	separate(writer);
	buf_addc(writer->out, '"');
	buf_addz(writer->out, name);
	buf_addz(writer->out, "\": ");
}

static void open(struct writer *writer, char bracket)
{
	buf_addc(writer->out, bracket);
	writer->depth++;
	writer->first = true;
}

static void close(struct writer *writer, char bracket)
{
	writer->depth--;
	if (!writer->first)
		newline(writer);
	writer->first = false;
	buf_addc(writer->out, bracket);
}

static void put_str(struct writer *writer, const char *name, struct str value)
{
	key(writer, name);
	add_string(writer->out, value);
}

/* Empty values are left out. */
static void put_text(struct writer *writer, const char *name, struct str value)
{
	if (value.n)
		put_str(writer, name, value);
}

/* Texts and places for people. A word of them that changes, or a line that moves, makes no other
 * plan: a run that was begun goes on. */
static void put_remark(struct writer *writer, const char *name, struct str value)
{
	if (writer->remarks)
		put_text(writer, name, value);
}

static void put_true(struct writer *writer, const char *name, bool value)
{
	if (value) {
		key(writer, name);
		buf_addz(writer->out, "true");
	}
}

static void put_names(struct writer *writer, const char *name, const struct str *names,
                      size_t count)
{
	if (!count)
		return;
	key(writer, name);
	buf_addc(writer->out, '[');
	for (size_t i = 0; i < count; i++) {
		buf_addz(writer->out, i ? ", " : "");
		add_string(writer->out, names[i]);
	}
	buf_addc(writer->out, ']');
}

static void put_params(struct writer *writer, const struct graph *graph)
{
	key(writer, "parameters");
	open(writer, '[');
	for (size_t i = 0; i < graph->param_count; i++) {
		const struct param *param = &graph->params[i];

		separate(writer);
		open(writer, '{');
		put_str(writer, "name", param->name);
		put_str(writer, "type", param->type);
		if (param->has_default)
			put_str(writer, "default", param->value);
		put_true(writer, "secret", param->secret);
		put_text(writer, "from_env", param->from_env);
		put_text(writer, "from_file", param->from_file);
		close(writer, '}');
	}
	close(writer, ']');
}

static void put_pinned(struct writer *writer)
{
	key(writer, "pinned_settings");
	open(writer, '{');
	for (const struct setting *setting = graph_pinned_settings; setting->name.n; setting++) {
		separate(writer);
		add_string(writer->out, setting->name);
		buf_addz(writer->out, ": ");
		add_string(writer->out, setting->value);
	}
	close(writer, '}');
}

static void put_warnings(struct writer *writer, const struct graph *graph)
{
	key(writer, "warnings");
	open(writer, '[');
	for (size_t i = 0; i < graph->warning_count; i++) {
		const struct diag *diag = &graph->warnings[i];

		separate(writer);
		open(writer, '{');
		put_str(writer, "code", str_of(diag_info(diag->code)->code));
		put_str(writer, "text", str_of(diag->text));
		if (diag->hint)
			put_str(writer, "hint", str_of(diag->hint));
		close(writer, '}');
	}
	close(writer, ']');
}

static void put_steps(struct writer *writer, const char *name, const struct step *const *steps,
                      size_t count);

static void put_rows(struct writer *writer, const struct each *each)
{
	key(writer, "rows");
	open(writer, '[');
	for (size_t i = 0; i < each->row_count; i++) {
		separate(writer);
		buf_addc(writer->out, '[');
		for (size_t k = 0; k < each->column_count; k++) {
			buf_addz(writer->out, k ? ", " : "");
			add_string(writer->out, each->rows[i].values[k]);
		}
		buf_addc(writer->out, ']');
	}
	close(writer, ']');
}

static void put_objects(struct writer *writer, const struct each *each)
{
	key(writer, "objects");
	open(writer, '[');
	for (size_t i = 0; i < each->object_count; i++) {
		separate(writer);
		open(writer, '{');
		put_str(writer, "param", each->objects[i].param);
		put_str(writer, "database", each->objects[i].database);
		put_str(writer, "original", each->objects[i].original);
		put_true(writer, "view", each->objects[i].is_view);
		close(writer, '}');
	}
	close(writer, ']');
}

static void put_each(struct writer *writer, const struct each *each)
{
	key(writer, "each");
	open(writer, '{');
	put_str(writer, "kind", str_of(each_kind_name(each->kind)));
	put_text(writer, "over", each->over);
	put_text(writer, "only_column", each->only_column);
	put_text(writer, "only_value", each->only_value);
	put_names(writer, "columns", each->columns, each->column_count);
	if (!each->over.n)
		put_rows(writer, each);
	if (each->kind == EACH_CHUNKS) {
		key(writer, "workers");
		buf_addf(writer->out, "%u", each->workers);
		put_objects(writer, each);
	}
	put_steps(writer, "body", each->body, each->body_count);
	close(writer, '}');
}

static void put_deps(struct writer *writer, const struct step *step)
{
	if (!step->dep_count)
		return;
	key(writer, "deps");
	buf_addc(writer->out, '[');
	for (size_t i = 0; i < step->dep_count; i++)
		buf_addf(writer->out, "%s%u", i ? ", " : "", step->deps[i]);
	buf_addc(writer->out, ']');
}

static void put_uses(struct writer *writer, const struct step *step)
{
	if (!step->use_count)
		return;
	key(writer, "uses");
	buf_addc(writer->out, '[');
	for (size_t i = 0; i < step->use_count; i++) {
		buf_addz(writer->out, i ? ", {\"name\": " : "{\"name\": ");
		add_string(writer->out, step->uses[i].name);
		buf_addz(writer->out, ", \"type\": ");
		add_string(writer->out, step->uses[i].type);
		buf_addc(writer->out, '}');
	}
	buf_addc(writer->out, ']');
}

/* Pieces end between steps, where no character is cut. */
static void drain(struct writer *writer)
{
	struct str piece = buf_str(writer->out);

	writer->digest->utf8 = writer->digest->utf8 && utf8_is_valid(piece);
	writer->digest->size += piece.n;
	sha256_add(&writer->digest->context, piece);
	buf_reset(writer->out);
}

static void put_step(struct writer *writer, const struct step *step)
{
	if (writer->digest && writer->out->size >= PIECE_BYTES)
		drain(writer);
	separate(writer);
	open(writer, '{');
	put_str(writer, "id", step->id);
	put_str(writer, "kind", str_of(step_kind_name(step->kind)));
	put_str(writer, "phase", str_of(step_phase_name(step->phase)));
	put_str(writer, "when", str_of(step_when_name(step->when)));
	put_str(writer, "repeat", str_of(step_repeat_name(step->repeat)));
	put_true(writer, "resume_point", step->resume_point);
	if (writer->remarks)
		put_str(writer, "title", step->title);
	put_remark(writer, "why", step->why);
	put_remark(writer, "hint", step->hint);
	if (step->origin.file.n && writer->remarks) {
		put_str(writer, "file", step->origin.file);
		key(writer, "line");
		buf_addf(writer->out, "%u", step->origin.line);
	}
	put_deps(writer, step);
	put_true(writer, "heavy", step->heavy);
	put_text(writer, "sql", step->sql);
	put_uses(writer, step);
	if (step->kind == STEP_PROBE) {
		put_str(writer, "pin", str_of(probe_pin_name(step->pin)));
		put_names(writer, "outputs", step->outputs, step->output_count);
		put_true(writer, "one_row", step->one_row);
	}
	if (step->kind == STEP_GATE && step->gate != GATE_ASKED)
		put_str(writer, "gate", str_of(gate_kind_name(step->gate)));
	put_text(writer, "act", step->act);
	if (step->limit_seconds) {
		key(writer, "limit_seconds");
		buf_addf(writer->out, "%u", step->limit_seconds);
	}
	if (step->each)
		put_each(writer, step->each);
	close(writer, '}');
}

static void put_steps(struct writer *writer, const char *name, const struct step *const *steps,
                      size_t count)
{
	key(writer, name);
	open(writer, '[');
	for (size_t i = 0; i < count; i++)
		put_step(writer, steps[i]);
	close(writer, ']');
}

static void put_guards(struct writer *writer, const struct graph *graph)
{
	if (!graph->guard_count)
		return;
	key(writer, "guards");
	open(writer, '[');
	for (size_t i = 0; i < graph->guard_count; i++) {
		const struct guard *guard = &graph->guards[i];

		separate(writer);
		open(writer, '{');
		put_str(writer, "id", guard->id);
		put_str(writer, "first", guard->first);
		put_str(writer, "opens", guard->opens);
		put_str(writer, "keeps", guard->keeps);
		put_str(writer, "closes", guard->closes);
		put_remark(writer, "what", guard->what);
		put_remark(writer, "left", guard->left);
		key(writer, "within_seconds");
		buf_addf(writer->out, "%u", guard->within_seconds);
		put_steps(writer, "undo", guard->undo, guard->undo_count);
		put_steps(writer, "restore", guard->restore, guard->restore_count);
		close(writer, '}');
	}
	close(writer, ']');
}

/* `checksum` is NULL while a hash is computed. */
static void put_graph(struct writer *writer, const struct graph *graph, const char *checksum)
{
	open(writer, '{');
	put_str(writer, "format", STR("bfc-plan"));
	key(writer, "version");
	buf_addf(writer->out, "%d", GRAPH_FORMAT_VERSION);
	if (checksum) {
		put_str(writer, "hash", str_of(graph->hash));
		put_str(writer, "checksum", str_of(checksum));
	}
	put_str(writer, "migration", graph->migration);
	put_remark(writer, "description", graph->description);
	put_str(writer, "tag", str_of(graph->tag));
	put_names(writer, "strategies", graph->strategies, graph->strategy_count);
	put_names(writer, "touched", graph->touched, graph->touched_count);
	put_names(writer, "databases", graph->databases, graph->database_count);
	put_params(writer, graph);
	put_pinned(writer);
	if (writer->remarks)
		put_warnings(writer, graph);
	put_steps(writer, "steps", graph->steps, graph->step_count);
	put_guards(writer, graph);
	close(writer, '}');
	buf_addc(writer->out, '\n');
}

/* The hash of the form, in pieces; false: it is not UTF-8, or larger than an output may be. */
static bool digest_graph(const struct graph *graph, bool remarks, char hex[65], bool *too_large)
{
	struct digest digest = {.utf8 = true};
	struct buf piece;
	struct writer writer = {.out = &piece, .remarks = remarks, .digest = &digest};

	sha256_init(&digest.context);
	buf_init(&piece, BUF_CEILING_OUTPUT);
	put_graph(&writer, graph, NULL);
	*too_large = piece.overflow;
	drain(&writer);
	buf_release(&piece);
	sha256_end(&digest.context, hex);
	*too_large = *too_large || digest.size > BUF_CEILING_OUTPUT;
	return digest.utf8 && !*too_large;
}

void graph_write_json(const struct graph *graph, struct buf *out)
{
	struct writer writer = {.out = out, .remarks = true};
	char checksum[65];

	graph_checksum(graph, checksum);
	put_graph(&writer, graph, checksum);
}

void graph_checksum(const struct graph *graph, char hex[65])
{
	bool too_large;

	digest_graph(graph, true, hex, &too_large);
}

static bool remarks_are_text(const struct step *const *steps, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct step *step = steps[i];

		if (!utf8_is_valid(step->title) || !utf8_is_valid(step->why) ||
		    !utf8_is_valid(step->hint) || !utf8_is_valid(step->origin.file))
			return false;
		if (step->each && !remarks_are_text(step->each->body, step->each->body_count))
			return false;
	}
	return true;
}

static bool warnings_are_text(const struct graph *graph)
{
	for (size_t i = 0; i < graph->warning_count; i++)
		if (!utf8_is_valid(str_of(graph->warnings[i].text)) ||
		    !utf8_is_valid(str_of(graph->warnings[i].hint)))
			return false;
	return true;
}

static bool guards_are_text(const struct graph *graph)
{
	for (size_t i = 0; i < graph->guard_count; i++) {
		const struct guard *guard = &graph->guards[i];

		if (!utf8_is_valid(guard->what) || !utf8_is_valid(guard->left) ||
		    !remarks_are_text(guard->undo, guard->undo_count) ||
		    !remarks_are_text(guard->restore, guard->restore_count))
			return false;
	}
	return true;
}

bool graph_seal(struct graph *graph, bool *too_large)
{
	return digest_graph(graph, false, graph->hash, too_large) &&
	       utf8_is_valid(graph->description) && warnings_are_text(graph) &&
	       remarks_are_text(graph->steps, graph->step_count) && guards_are_text(graph);
}
