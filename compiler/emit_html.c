/*
 * emit_html.c: the page around the steps: summary, hazards, chunks, parameters, settings.
 */
#include "compiler/emit_html.h"

#include "compiler/base/sha256.h"
#include "compiler/emit.h"

/* Rows of a table of chunks; a browser should not have to lay out more. */
enum { CHUNKS_MAX = 1000 };

static void add_heading(struct buf *out, const char *id, const char *title)
{
	buf_addf(out, "<section id=\"%s\">\n<h2>%s</h2>\n", id, title);
}

static void add_codes(struct buf *out, const struct str *names, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		buf_addz(out, i ? ", <code>" : "<code>");
		text_add_html(out, names[i]);
		buf_addz(out, "</code>");
	}
}

/* The script's hash as a Content-Security-Policy wants it: Base64. */
static void add_script_hash(struct buf *out)
{
	static const char digits[] =
	        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned bits = 0, have = 0;
	char hex[65];

	sha256_hex(str_of(html_script), hex);
	for (size_t i = 0; i < 64; i++) {
		unsigned value =
		        hex[i] <= '9' ? (unsigned)(hex[i] - '0') : (unsigned)(hex[i] - 'a') + 10;

		bits = bits << 4 | value;
		for (have += 4; have >= 6; have -= 6)
			buf_addc(out, digits[bits >> (have - 6) & 63]);
	}
	/* 256 bits are 42 digits and 4 bits more. */
	buf_addc(out, digits[bits << (6 - have) & 63]);
	buf_addc(out, '=');
}

static void emit_head(const struct graph *graph, struct buf *out)
{
	buf_addz(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	              "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
	              "style-src 'unsafe-inline'; script-src 'sha256-");
	add_script_hash(out);
	buf_addz(out, "'; base-uri 'none'; form-action 'none'\">\n"
	              "<meta name=\"viewport\" content=\"width=device-width, "
	              "initial-scale=1\">\n<title>");
	text_add_html(out, graph->migration);
	buf_addz(out, " – plan</title>\n<style>\n");
	buf_addz(out, html_style);
	buf_addz(out, "</style>\n</head>\n<body>\n<header>\n<h1>");
	text_add_html(out, graph->migration);
	buf_addz(out, "</h1>\n");
	if (graph->description.n) {
		buf_addz(out, "<p>");
		text_add_html(out, graph->description);
		buf_addz(out, "</p>\n");
	}
	buf_addz(out,
	         "</header>\n<nav aria-label=\"Contents\"><ul>"
	         "<li><a href=\"#summary\">Summary</a></li>"
	         "<li><a href=\"#hazards\">Hazards</a></li>"
	         "<li><a href=\"#graph\">Graph</a></li>"
	         "<li><a href=\"#chunks\">Chunks</a></li>"
	         "<li><a href=\"#steps\">Steps</a></li>"
	         "<li><a href=\"#values\">Parameters and settings</a></li></ul></nav>\n<main>\n");
}

static void emit_resume_points(const struct step *const *steps, const struct graph *graph,
                               struct buf *out)
{
	size_t count = 0;

	buf_addz(out, "<dt>Resume points</dt><dd>");
	for (size_t i = 0; i < graph->step_total; i++) {
		if (!steps[i]->resume_point)
			continue;
		buf_addz(out, count++ ? ", <a href=\"#" : "<a href=\"#");
		html_add_anchor(out, steps[i]);
		buf_addz(out, "\">");
		text_add_html(out, steps[i]->id);
		buf_addz(out, "</a>");
	}
	buf_addz(out, count ? "</dd>\n" : "none</dd>\n");
}

static void emit_summary(const struct graph *graph, const struct step *const *steps,
                         struct buf *out)
{
	add_heading(out, "summary", "Summary");
	buf_addz(out, "<dl>\n<dt>Strategy</dt><dd>");
	add_codes(out, graph->strategies, graph->strategy_count);
	buf_addz(out, graph->strategy_count ? "</dd>\n" : "none: no backfill</dd>\n");
	if (graph->touched_count) {
		buf_addz(out, "<dt>Writes to</dt><dd>");
		add_codes(out, graph->touched, graph->touched_count);
		buf_addz(out, "</dd>\n");
	}
	for (size_t i = 0; i < graph->step_total; i++) {
		struct buf text;

		if (!steps[i]->each || steps[i]->each->kind != EACH_CHUNKS)
			continue;
		buf_init(&text, BUF_CEILING_OUTPUT);
		text_add_chunks(&text, steps[i]->each);
		buf_addz(out, "<dt>Chunks</dt><dd>");
		text_add_html(out, buf_str(&text));
		buf_addz(out, "</dd>\n");
		buf_release(&text);
	}
	buf_addf(out, "<dt>Staged names</dt><dd><code>bfc_%s_…</code>, dropped at the end</dd>\n",
	         graph->tag);
	emit_resume_points(steps, graph, out);
	buf_addf(out, "<dt>Steps</dt><dd>%zu", graph->step_count);
	if (graph->step_total > graph->step_count)
		buf_addf(out, ", and %zu inside loops", graph->step_total - graph->step_count);
	buf_addf(out, "</dd>\n<dt>Plan</dt><dd><code>%s</code></dd>\n</dl>\n</section>\n",
	         graph->hash);
}

static void emit_hazards(const struct graph *graph, struct buf *out)
{
	add_heading(out, "hazards", "Hazards");
	if (!graph->warning_count)
		buf_addz(out, "<p>None found.</p>\n");
	for (size_t i = 0; i < graph->warning_count; i++) {
		const struct diag *diag = &graph->warnings[i];
		const struct diag_info *info = diag_info(diag->code);

		buf_addf(out, "<div class=\"hazard\"><h3><span class=\"code\">%s</span> ",
		         info->code);
		text_add_html(out, str_of(diag->text));
		buf_addz(out, "</h3>\n");
		if (diag->hint) {
			buf_addz(out, "<p><b>What to do:</b> ");
			text_add_html(out, str_of(diag->hint));
			buf_addz(out, "</p>\n");
		}
		buf_addz(out, "<p>");
		text_add_html(out, str_of(info->explanation));
		buf_addz(out, "</p></div>\n");
	}
	buf_addz(out, "</section>\n");
}

static void emit_rows(const struct each *each, struct buf *out)
{
	buf_addz(out, "<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
	              "aria-label=\"Chunks\"><table>\n<thead><tr><th scope=\"col\">Chunk</th>");
	for (size_t k = 0; k < each->column_count; k++) {
		buf_addz(out, "<th scope=\"col\"><code>");
		text_add_html(out, each->columns[k]);
		buf_addz(out, "</code></th>");
	}
	buf_addz(out, "</tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < each->row_count && i < CHUNKS_MAX; i++) {
		buf_addf(out, "<tr><td>%zu</td>", i + 1);
		for (size_t k = 0; k < each->column_count; k++) {
			buf_addz(out, "<td>");
			text_add_html(out, each->rows[i].values[k]);
			buf_addz(out, "</td>");
		}
		buf_addz(out, "</tr>\n");
	}
	buf_addz(out, "</tbody></table></div>\n");
	if (each->row_count > CHUNKS_MAX)
		buf_addf(out, "<p>And %zu more: <code>--emit json</code> has all.</p>\n",
		         each->row_count - CHUNKS_MAX);
}

static void emit_objects(const struct each *each, struct buf *out)
{
	if (!each->object_count)
		return;
	buf_addz(out, "<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
	              "aria-label=\"What a chunk stages\"><table>\n<caption>Staged for each chunk, "
	              "under names that no earlier attempt had</caption>\n<thead><tr>"
	              "<th scope=\"col\">Parameter</th><th scope=\"col\">Stands in for</th>"
	              "<th scope=\"col\">Kind</th></tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < each->object_count; i++) {
		const struct staged_object *object = &each->objects[i];

		buf_addz(out, "<tr><td><code>");
		text_add_html(out, object->param);
		buf_addz(out, "</code></td><td><code>");
		text_add_html(out, object->database);
		buf_addc(out, '.');
		text_add_html(out, object->original);
		buf_addf(out, "</code></td><td>%s</td></tr>\n", object->is_view ? "view" : "table");
	}
	buf_addz(out, "</tbody></table></div>\n");
}

static void emit_chunks(const struct graph *graph, const struct step *const *steps, struct buf *out)
{
	bool any = false;

	add_heading(out, "chunks", "Chunks");
	for (size_t i = 0; i < graph->step_total; i++) {
		const struct each *each = steps[i]->each;

		if (!each || each->kind != EACH_CHUNKS)
			continue;
		any = true;
		buf_addz(out, "<h3>");
		text_add_html(out, steps[i]->title);
		buf_addz(out, "</h3>\n");
		if (each->over.n) {
			buf_addz(out, "<p>A chunk for each row of <code>");
			text_add_html(out, each->over);
			buf_addz(out, "</code>, which is known when the plan runs: ");
			add_codes(out, each->columns, each->column_count);
			buf_addz(out, "</p>\n");
		} else if (each->column_count) {
			emit_rows(each, out);
		} else {
			buf_addz(out, "<p>All of it at once.</p>\n");
		}
		emit_objects(each, out);
	}
	buf_addz(out, any ? "</section>\n" : "<p>Nothing is loaded.</p>\n</section>\n");
}

static void emit_params(const struct graph *graph, struct buf *out)
{
	if (!graph->param_count) {
		buf_addz(out, "<p>The migration has no parameters.</p>\n");
		return;
	}
	buf_addz(out,
	         "<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
	         "aria-label=\"Parameters\"><table>\n<thead><tr><th scope=\"col\">Parameter</th>"
	         "<th scope=\"col\">Type</th><th scope=\"col\">Value</th></tr></thead>\n"
	         "<tbody>\n");
	for (size_t i = 0; i < graph->param_count; i++) {
		const struct param *param = &graph->params[i];

		buf_addz(out, "<tr><td><code>");
		text_add_html(out, param->name);
		buf_addz(out, "</code></td><td><code>");
		text_add_html(out, param->type);
		buf_addz(out, "</code></td><td>");
		if (param->secret) {
			buf_addz(out, param->from_env.n ? "a secret, from the environment variable "
			                                  "<code>"
			                                : "a secret, from the file <code>");
			text_add_html(out, param->from_env.n ? param->from_env : param->from_file);
			buf_addz(out, "</code>");
		} else if (param->has_default) {
			buf_addz(out, "<code>");
			text_add_html(out, param->value);
			buf_addz(out, "</code>, or what <code>--param</code> says");
		} else {
			buf_addz(out, "given with <code>--param</code>");
		}
		buf_addz(out, "</td></tr>\n");
	}
	buf_addz(out, "</tbody></table></div>\n");
}

static void emit_values(const struct graph *graph, struct buf *out)
{
	add_heading(out, "values", "Parameters and settings");
	emit_params(graph, out);
	buf_addz(out, "<details><summary>Settings that every statement is sent with</summary>\n"
	              "<div class=\"inside\"><pre tabindex=\"0\"><code>");
	for (const struct setting *setting = graph_pinned_settings; setting->name.n; setting++) {
		text_add_html(out, setting->name);
		buf_addz(out, " = ");
		text_add_html(out, setting->value);
		buf_addc(out, '\n');
	}
	buf_addz(out, "</code></pre></div></details>\n</section>\n");
}

bool emit_html(const struct graph *graph, struct buf *out)
{
	const struct step **steps;
	struct arena arena;

	arena_init(&arena);
	steps = text_flatten(graph, &arena);
	emit_head(graph, out);
	emit_summary(graph, steps, out);
	emit_hazards(graph, out);
	html_add_graph(out, graph, &arena);
	emit_chunks(graph, steps, out);
	html_add_steps(out, graph);
	emit_values(graph, out);
	buf_addz(out,
	         "</main>\n<footer><p>This is what <code>bfc apply</code> sends, statement for "
	         "statement. bfc adds a journal in the server, so that a run that was killed "
	         "goes on where it was, a lock, retries, and several chunks at once.</p>"
	         "</footer>\n<script>");
	buf_addz(out, html_script);
	buf_addz(out, "</script>\n</body>\n</html>\n");
	arena_release(&arena);
	return !out->overflow;
}
