/*
 * emit_markdown.c: the plan as a comment on a pull request.
 *
 * A summary, the hazards, the overview as a Mermaid graph, and the SQL in one collapsed section a
 * phase. GitHub takes 65,536 characters a comment: what does not fit is left out, what a machine
 * wrote (checks, clean-up) before what a person did, and the text says so.
 * Texts of the user never become markup, a mention or a reference: what is special has a backslash
 * before it; `@` and `#` have an empty comment behind them.
 * Source: GitHub Flavored Markdown Spec, sections 2.4, 4.5, 6.1.
 */
#include "compiler/emit.h"

#include "compiler/emit_text.h"

enum {
	COMMENT_MAX = 65536, /* characters; counted in bytes, which is never less */
	NAMES_MAX = 60,      /* of the objects written to, and of the resume points */
	HAZARDS_MAX = 60,
	SECTION_BYTES = 400, /* what the frame of a phase's section takes, at most */
	GUARDS_MAX = 16384,  /* of what is put back, with its SQL; beyond that titles, or neither */
};

enum shown {
	SHOWN_NOT,
	SHOWN_TITLE,
	SHOWN_WHOLE,
};

struct page {
	struct buf *out;
	const struct graph *graph;
	const struct step **steps; /* bodies included */
	unsigned char *shown;      /* enum shown of each */
};

static void add_text(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (c < 0x20 || c == 0x7f)
			buf_addc(out, ' ');
		else if (c == '@' || c == '#')
			buf_addf(out, "%c<!-- -->", c);
		else if (strchr("\\`*_[]<>&|~", c))
			buf_addf(out, "\\%c", c);
		else if (c == '$')
			buf_addz(out, "&#36;"); /* GitHub's formulas know no backslash */
		else
			buf_addc(out, (char)c);
	}
}

/* The first character of a line may begin a list or underline a heading. */
static void add_paragraph(struct buf *out, struct str text)
{
	if (text.n && strchr("0123456789+-=", text.p[0])) {
		buf_addf(out, "&#%u;", (unsigned char)text.p[0]);
		text = (struct str){text.p + 1, text.n - 1};
	}
	add_text(out, text);
}

static size_t longest_run(struct str text, char c)
{
	size_t longest = 0, run = 0;

	for (size_t i = 0; i < text.n; i++) {
		run = text.p[i] == c ? run + 1 : 0;
		longest = run > longest ? run : longest;
	}
	return longest;
}

static void add_times(struct buf *out, char c, size_t n)
{
	while (n--)
		buf_addc(out, c);
}

/* As <code>, in which escapes work, unlike in backticks: a table's cell may hold a `|`. */
static void add_code(struct buf *out, struct str text)
{
	buf_addz(out, "<code>");
	add_text(out, text);
	buf_addz(out, "</code>");
}

static void add_names(struct buf *out, const struct str *names, size_t count)
{
	for (size_t i = 0; i < count && i < NAMES_MAX; i++) {
		buf_addz(out, i ? ", " : "");
		add_code(out, names[i]);
	}
	if (count > NAMES_MAX)
		buf_addf(out, " and %zu more", count - NAMES_MAX);
}

static void emit_resume_points(struct page *page)
{
	size_t count = 0;

	buf_addz(page->out, "| **Resume points** | ");
	for (size_t i = 0; i < page->graph->step_total; i++) {
		if (!page->steps[i]->resume_point || count++ >= NAMES_MAX)
			continue;
		buf_addz(page->out, count > 1 ? ", " : "");
		add_code(page->out, page->steps[i]->id);
	}
	if (count > NAMES_MAX)
		buf_addf(page->out, " and %zu more", count - NAMES_MAX);
	buf_addz(page->out, count ? " |\n" : "none |\n");
}

static void emit_chunks(struct page *page)
{
	size_t count = 0;

	for (size_t i = 0; i < page->graph->step_total; i++) {
		const struct step *step = page->steps[i];
		struct buf text;

		if (!step->each || step->each->kind != EACH_CHUNKS || count++ >= NAMES_MAX)
			continue;
		buf_init(&text, BUF_CEILING_OUTPUT);
		text_add_chunks(&text, step->each);
		buf_addz(page->out, "| **Chunks** | ");
		add_text(page->out, buf_str(&text));
		buf_addz(page->out, " (");
		add_code(page->out, step->id);
		buf_addz(page->out, ") |\n");
		buf_release(&text);
	}
}

static void emit_summary(struct page *page)
{
	const struct graph *graph = page->graph;
	struct buf *out = page->out;

	buf_addz(out, "## Migration ");
	add_text(out, graph->migration);
	buf_addz(out, "\n\n");
	if (graph->description.n) {
		add_paragraph(out, graph->description);
		buf_addz(out, "\n\n");
	}
	buf_addz(out, "| | |\n| --- | --- |\n| **Strategy** | ");
	add_names(out, graph->strategies, graph->strategy_count);
	buf_addz(out, graph->strategy_count ? " |\n" : "none: no backfill |\n");
	if (graph->touched_count) {
		buf_addz(out, "| **Writes to** | ");
		add_names(out, graph->touched, graph->touched_count);
		buf_addz(out, " |\n");
	}
	emit_chunks(page);
	emit_resume_points(page);
	buf_addz(out, "| **Steps** | ");
	buf_addf(out, "%zu", graph->step_count);
	if (graph->step_total > graph->step_count)
		buf_addf(out, ", and %zu inside loops", graph->step_total - graph->step_count);
	buf_addf(out, " |\n| **Plan** | <code>%s</code> |\n\n", graph->hash);
}

static void emit_hazards(struct page *page)
{
	const struct graph *graph = page->graph;
	struct buf *out = page->out;

	if (!graph->warning_count) {
		buf_addz(out, "### Hazards\n\nNone found.\n\n");
		return;
	}
	buf_addf(out, "### Hazards (%zu)\n\n| Code | What | What to do |\n| --- | --- | --- |\n",
	         graph->warning_count);
	for (size_t i = 0; i < graph->warning_count && i < HAZARDS_MAX; i++) {
		const struct diag *diag = &graph->warnings[i];

		buf_addf(out, "| %s %s | ", diag_info(diag->code)->code,
		         diag_info(diag->code)->name);
		add_text(out, str_of(diag->text));
		buf_addz(out, " | ");
		add_text(out, str_of(diag->hint));
		buf_addz(out, " |\n");
	}
	if (graph->warning_count > HAZARDS_MAX)
		buf_addf(out, "\n%zu more: `bfc check` shows all.\n",
		         graph->warning_count - HAZARDS_MAX);
	buf_addc(out, '\n');
}

static void emit_graph(struct page *page)
{
	/* Its labels hold no backtick, so that nothing in it ends the fence. */
	buf_addz(page->out, "### Steps\n\n```mermaid\n");
	emit_mermaid(page->graph, page->out);
	buf_addz(page->out, "```\n\n");
}

static void emit_facts(struct buf *out, const struct step *step)
{
	buf_addf(out, "Harmless to repeat: %s.", text_repeat(step->repeat));
	if (step->when == WHEN_EVERY_RUN)
		buf_addz(out, " Again in every run that has work left.");
	if (step->when == WHEN_RESUMED || step->when == WHEN_RESTARTED)
		buf_addz(out, " Only after an interruption.");
	if (step->when == WHEN_BEFORE)
		buf_addz(out, " Before each attempt at a chunk, when nothing of it is there yet.");
	if (step->when == WHEN_SHORT)
		buf_addz(out, " Before an attempt at a chunk, once a disk was full.");
	if (step->when == WHEN_SPLIT)
		buf_addz(out, " Only for a chunk that does not fit in the server's memory.");
	if (step->kind == STEP_ASSERT)
		buf_addz(out, " Must return one true row.");
	if (step->kind == STEP_GATE)
		buf_addf(out, " Waits until %s%s", text_gate(step), step_acts(step) ? ": " : ".");
	if (step_acts(step))
		add_text(out, step->act);
	if (step->each) {
		struct buf text;

		buf_init(&text, BUF_CEILING_OUTPUT);
		if (step->each->kind == EACH_CHUNKS)
			text_add_chunks(&text, step->each);
		else
			buf_addf(&text, "for each row of [%.*s]", STR_ARG(step->each->over));
		buf_addz(out, " A loop: ");
		add_text(out, buf_str(&text));
		buf_addc(out, '.');
		buf_release(&text);
	}
	buf_addc(out, '\n');
}

static void emit_step(struct buf *out, const struct step *step, enum shown shown)
{
	size_t fence = longest_run(step->sql, '`') + 1;

	if (shown == SHOWN_NOT)
		return;
	buf_addz(out, "<b>");
	add_text(out, step->title);
	buf_addz(out, step->resume_point ? "</b> (resume point) " : "</b> ");
	add_code(out, step->id);
	if (shown == SHOWN_TITLE) {
		buf_addz(out, step->sql.n ? " *SQL left out*\n\n" : "\n\n");
		return;
	}
	buf_addz(out, "<br>\n");
	if (step->why.n) {
		add_paragraph(out, step->why);
		buf_addc(out, ' ');
	}
	emit_facts(out, step);
	if (step->sql.n) {
		fence = fence < 3 ? 3 : fence;
		buf_addc(out, '\n');
		add_times(out, '`', fence);
		buf_addz(out, "sql\n");
		buf_add(out, step->sql);
		buf_addz(out, step->sql.p[step->sql.n - 1] == '\n' ? "" : "\n");
		add_times(out, '`', fence);
		buf_addc(out, '\n');
	}
	buf_addc(out, '\n');
}

/* 0 is what a reviewer needs most: statements that change or load, and what pins a value. */
static unsigned rank_of(const struct step *step)
{
	if (step_is_late(step))
		return 3;
	if (step->heavy || step->phase == PHASE_CHECK || step->resume_point)
		return 0;
	if (step->kind == STEP_ASSERT || step->phase == PHASE_FINISH)
		return 2;
	return 1;
}

static size_t step_bytes(const struct step *step, enum shown shown)
{
	struct buf text;
	size_t bytes;

	buf_init(&text, BUF_CEILING_OUTPUT);
	emit_step(&text, step, shown);
	bytes = text.size;
	buf_release(&text);
	return bytes;
}

/* Titles first, then SQL by rank, while `budget` lasts. Returns how many statements are missing. */
static size_t choose(struct page *page, size_t budget)
{
	size_t total = page->graph->step_total, left_out = 0;

	for (size_t i = 0; i < total; i++)
		left_out += page->steps[i]->sql.n > 0;
	for (size_t i = 0; i < total; i++) {
		size_t bytes = step_bytes(page->steps[i], SHOWN_TITLE);

		if (bytes > budget)
			break;
		budget -= bytes;
		page->shown[i] = SHOWN_TITLE;
	}
	for (unsigned rank = 0; rank < 4; rank++) {
		for (size_t i = 0; i < total; i++) {
			size_t more;

			if (page->shown[i] != SHOWN_TITLE || rank_of(page->steps[i]) != rank)
				continue;
			more = step_bytes(page->steps[i], SHOWN_WHOLE) -
			       step_bytes(page->steps[i], SHOWN_TITLE);
			if (more > budget)
				continue;
			budget -= more;
			page->shown[i] = SHOWN_WHOLE;
			left_out -= page->steps[i]->sql.n > 0;
		}
	}
	return left_out;
}

static void emit_phase(struct page *page, enum step_phase phase)
{
	size_t count = 0, unnamed = 0;

	for (size_t i = 0; i < page->graph->step_total; i++)
		count += page->steps[i]->phase == phase;
	if (!count)
		return;
	buf_addf(page->out, "<details><summary><b>%s</b>: ", step_phase_name(phase));
	text_add_count(page->out, count, "step", "steps");
	buf_addf(page->out, ". %s</summary>\n\n", text_phase_title(phase));
	for (size_t i = 0; i < page->graph->step_total; i++) {
		if (page->steps[i]->phase != phase)
			continue;
		emit_step(page->out, page->steps[i], (enum shown)page->shown[i]);
		unnamed += page->shown[i] == SHOWN_NOT;
	}
	if (unnamed)
		buf_addf(page->out, "and %zu more\n\n", unnamed);
	buf_addz(page->out, "</details>\n\n");
}

static void add_guards(const struct graph *graph, enum shown shown, struct buf *out)
{
	for (size_t i = 0; i < graph->guard_count; i++) {
		const struct guard *guard = &graph->guards[i];
		struct buf text;

		buf_init(&text, BUF_CEILING_OUTPUT);
		text_add_guard(&text, guard);
		add_paragraph(out, buf_str(&text));
		buf_addz(out, "\n\n");
		buf_release(&text);
		for (size_t k = 0; k < guard->undo_count; k++)
			emit_step(out, guard->undo[k], shown);
		for (size_t k = 0; k < guard->restore_count; k++)
			emit_step(out, guard->restore[k], shown);
	}
}

static void emit_guards(const struct graph *graph, struct buf *out)
{
	struct buf steps;

	if (!graph->guard_count)
		return;
	buf_init(&steps, BUF_CEILING_OUTPUT);
	add_guards(graph, SHOWN_WHOLE, &steps);
	for (int shown = SHOWN_TITLE; steps.size > GUARDS_MAX && shown >= SHOWN_NOT; shown--) {
		buf_reset(&steps);
		add_guards(graph, (enum shown)shown, &steps);
	}
	buf_addf(out, "<details><summary><b>%s</b></summary>\n\n", text_guards_title);
	buf_add(out, buf_str(&steps));
	buf_addz(out, "</details>\n\n");
	buf_release(&steps);
}

bool emit_markdown(const struct graph *graph, struct buf *out)
{
	struct page page = {.out = out, .graph = graph};
	struct arena arena;
	struct buf guards;
	size_t start = buf_total(out), budget, left_out;

	arena_init(&arena);
	page.steps = text_flatten(graph, &arena);
	page.shown = arena_array(&arena, unsigned char, graph->step_total + 1);
	emit_summary(&page);
	emit_hazards(&page);
	emit_graph(&page);
	buf_addz(out, "### SQL\n\n");
	buf_init(&guards, BUF_CEILING_OUTPUT);
	emit_guards(graph, &guards);
	budget = buf_total(out) - start + 7 * SECTION_BYTES + guards.size;
	budget = budget < COMMENT_MAX ? COMMENT_MAX - budget : 0;
	left_out = choose(&page, budget);
	if (left_out)
		buf_addf(out,
		         "Abridged, because a comment holds 65,536 characters: the SQL of %zu of "
		         "%zu steps is left out. `bfc compile --emit sql` or `--emit html` of the "
		         "same file shows all of it.\n\n",
		         left_out, graph->step_total);
	for (int phase = PHASE_ENSURE; phase <= PHASE_CHECK; phase++)
		emit_phase(&page, (enum step_phase)phase);
	buf_add(out, buf_str(&guards));
	out->overflow |= guards.overflow;
	buf_release(&guards);
	arena_release(&arena);
	return !out->overflow;
}
