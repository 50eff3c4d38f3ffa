#include "compiler/emit_html.h"

/* Names of a list that are shown before the rest is counted. */
enum { WAITS_MAX = 8 };

void html_add_anchor(struct buf *out, const struct step *step)
{
	buf_addz(out, "s-");
	for (size_t i = 0; i < step->id.n; i++) {
		char c = step->id.p[i];
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		             (c >= '0' && c <= '9') || c == '.' || c == '-';

		buf_addc(out, (char)(plain ? c : '_'));
	}
}

static void add_link(struct buf *out, const struct step *step)
{
	buf_addz(out, "<a href=\"#");
	html_add_anchor(out, step);
	buf_addz(out, "\">");
	text_add_html(out, step->id);
	buf_addz(out, "</a>");
}

static void add_tags(struct buf *out, const struct step *step)
{
	buf_addf(out, "<span class=\"tags\"><span class=\"tag\">%s</span>",
	         step_kind_name(step->kind));
	if (step->resume_point)
		buf_addz(out, "<span class=\"tag strong\">resume point</span>");
	if (step->when == WHEN_EVERY_RUN)
		buf_addz(out, "<span class=\"tag\">in every run</span>");
	if (step->when == WHEN_RESUMED || step->when == WHEN_RESTARTED)
		buf_addz(out, "<span class=\"tag\">after an interruption</span>");
	if (step->when == WHEN_BEFORE)
		buf_addz(out, "<span class=\"tag\">before a chunk</span>");
	if (step->when == WHEN_SHORT)
		buf_addz(out, "<span class=\"tag\">once a disk was full</span>");
	if (step->when == WHEN_SPLIT)
		buf_addz(out, "<span class=\"tag\">when memory is short</span>");
	buf_addz(out, "</span>");
}

/* `siblings` is the list that the step stands in. */
static void add_waits(struct buf *out, const struct step *step, const struct step *const *siblings)
{
	if (!step->dep_count)
		return;
	buf_addz(out, "<dt>Waits for</dt><dd>");
	/* The last ones: what came earlier, they have waited for as a rule. */
	for (size_t k = 0; k < step->dep_count && k < WAITS_MAX; k++) {
		buf_addz(out, k ? ", " : "");
		add_link(out, siblings[step->deps[step->dep_count - 1 - k]]);
	}
	if (step->dep_count > WAITS_MAX)
		buf_addf(out, " and %zu more", step->dep_count - WAITS_MAX);
	buf_addz(out, "</dd>");
}

static void add_loop(struct buf *out, const struct each *each)
{
	struct buf text;

	buf_addz(out, "<dt>Loop</dt><dd>");
	buf_init(&text, BUF_CEILING_OUTPUT);
	if (each->kind == EACH_CHUNKS)
		text_add_chunks(&text, each);
	else
		buf_addf(&text, "for each row of [%.*s]", STR_ARG(each->over));
	if (each->only_column.n)
		buf_addf(&text, " with %.*s = '%.*s'", STR_ARG(each->only_column),
		         STR_ARG(each->only_value));
	text_add_html(out, buf_str(&text));
	buf_release(&text);
	buf_addz(out, "</dd>");
}

static void add_uses(struct buf *out, const struct step *step)
{
	if (!step->use_count)
		return;
	buf_addz(out, "<dt>Parameters</dt><dd>");
	for (size_t i = 0; i < step->use_count; i++) {
		buf_addz(out, i ? ", <code>" : "<code>");
		text_add_html(out, step->uses[i].name);
		buf_addz(out, "</code>");
	}
	buf_addz(out, "</dd>");
}

static void add_facts(struct buf *out, const struct step *step, const struct step *const *siblings)
{
	buf_addf(out, "<dl class=\"facts\"><dt>Harmless to repeat</dt><dd>%s</dd>",
	         text_repeat(step->repeat));
	if (step->kind == STEP_GATE) {
		buf_addf(out, "<dt>Waits until</dt><dd>%s", text_gate(step));
		if (step->hint.n) {
			buf_addz(out, "; -1 is never: ");
			text_add_html(out, step->hint);
		}
		buf_addz(out, "</dd>");
	}
	if (step->kind == STEP_ASSERT) {
		buf_addz(out, "<dt>Must return</dt><dd>one true row");
		if (step->hint.n) {
			buf_addz(out, "; if not: ");
			text_add_html(out, step->hint);
		}
		buf_addz(out, "</dd>");
	}
	if (step->each)
		add_loop(out, step->each);
	add_uses(out, step);
	add_waits(out, step, siblings);
	if (step->origin.file.n) {
		buf_addz(out, "<dt>Source</dt><dd><code>");
		text_add_html(out, step->origin.file);
		buf_addf(out, ":%u</code></dd>", step->origin.line);
	}
	buf_addz(out, "</dl>\n");
}

static void add_step(struct buf *out, const struct step *step, const struct step *const *siblings,
                     unsigned level)
{
	/* What a reviewer looks for first is open. */
	bool open = step->heavy || (step->each && step->each->kind == EACH_CHUNKS);

	buf_addf(out, "<details class=\"step %s\" id=\"", step_phase_name(step->phase));
	html_add_anchor(out, step);
	buf_addf(out, "\"%s>\n<summary><h%u>", open ? " open" : "", level);
	text_add_html(out, step->title);
	buf_addf(out, "</h%u>", level);
	add_tags(out, step);
	buf_addz(out, "</summary>\n<div class=\"inside\">\n<p class=\"id\"><code>");
	text_add_html(out, step->id);
	buf_addz(out, "</code></p>\n");
	if (step->why.n) {
		buf_addz(out, "<p>");
		text_add_html(out, step->why);
		buf_addz(out, "</p>\n");
	}
	add_facts(out, step, siblings);
	if (step_acts(step)) {
		buf_addz(out, "<pre>");
		text_add_html(out, step->act);
		buf_addz(out, "</pre>\n");
	}
	if (step->sql.n) {
		buf_addz(out, "<div class=\"sql\"><button type=\"button\" class=\"copy\" "
		              "hidden>Copy</button><pre tabindex=\"0\"><code>");
		html_add_sql(out, step->sql);
		buf_addz(out, "</code></pre></div>\n");
	}
	if (step->each) {
		buf_addz(out, "<div class=\"loop\">\n");
		for (size_t i = 0; i < step->each->body_count; i++)
			add_step(out, step->each->body[i], step->each->body,
			         level < 6 ? level + 1 : 6);
		buf_addz(out, "</div>\n");
	}
	buf_addz(out, "</div>\n</details>\n");
}

static void add_guard(struct buf *out, const struct guard *guard)
{
	struct buf text;

	buf_init(&text, BUF_CEILING_OUTPUT);
	text_add_guard(&text, guard);
	buf_addz(out, "<p>");
	text_add_html(out, buf_str(&text));
	buf_addz(out, "</p>\n");
	buf_release(&text);
	for (size_t i = 0; i < guard->undo_count; i++)
		add_step(out, guard->undo[i], guard->undo, 4);
	for (size_t i = 0; i < guard->restore_count; i++)
		add_step(out, guard->restore[i], guard->restore, 4);
}

void html_add_steps(struct buf *out, const struct graph *graph)
{
	unsigned section = 0;

	buf_addz(out, "<section id=\"steps\">\n<h2>Steps</h2>\n<p class=\"tools\" hidden>"
	              "<button type=\"button\" data-open=\"1\">Open all</button> "
	              "<button type=\"button\" data-open=\"0\">Close all</button></p>\n");
	for (size_t i = 0; i < graph->step_count; i++) {
		const struct step *step = graph->steps[i];

		if (!i || step->phase != graph->steps[i - 1]->phase)
			buf_addf(out, "<h3>%u. %s</h3>\n", ++section, text_section_title(step));
		add_step(out, step, graph->steps, 4);
	}
	for (size_t i = 0; i < graph->guard_count; i++) {
		if (!i)
			buf_addf(out, "<h3>%s</h3>\n", text_guards_title);
		add_guard(out, &graph->guards[i]);
	}
	buf_addz(out, "</section>\n");
}
