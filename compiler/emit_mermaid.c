/*
 * emit_mermaid.c: the overview as a Mermaid flowchart, for what renders Mermaid (GitHub, GitLab,
 * wikis).
 *
 * A label is a quoted string in which `#name;` and `#number;` are entities. What is special
 * in there (quotes, `#`, `<`, `&`, backticks, which begin Markdown) goes in as a number; so does
 * `:`, because Mermaid looks for `style …:…#…;` in the text before it parses it.
 * Source: mermaid.js.org, "Flowcharts: special characters that break syntax"; measured on 11.17.
 */
#include "compiler/emit.h"

#include <stdio.h>

#include "compiler/emit_overview.h"
#include "compiler/emit_text.h"

/* Columns of a label's line, before it is cut. */
enum { LABEL_WIDTH = 60 };

static void add_mermaid(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (c < 0x20 || c == 0x7f)
			buf_addc(out, ' ');
		else if (c == '\\')
			buf_addz(out, "#92;#8203;"); /* or `\n` would break the line */
		else if (c == '$')
			buf_addz(out, "$#8203;"); /* or `$$` would begin a formula */
		else if (strchr("\"#&<>:;`%*", c))
			buf_addf(out, "#%u;", c);
		else
			buf_addc(out, (char)c);
	}
}

static void add_line(struct buf *out, struct str text)
{
	struct str part = text_fit(text, LABEL_WIDTH);

	add_mermaid(out, part);
	if (part.n < text.n)
		buf_addz(out, "…");
}

static void emit_label(struct buf *out, const struct overview_node *node)
{
	size_t shown = node->lead_count <= OVERVIEW_LINES ? node->lead_count : OVERVIEW_LINES - 1;

	for (size_t i = 0; i < shown; i++) {
		if (i)
			buf_addz(out, "<br/>");
		add_line(out, node->leads[i]->title);
	}
	if (shown < node->lead_count)
		buf_addf(out, "<br/>and %zu more", node->lead_count - shown);
	if (node->step_count > node->lead_count)
		buf_addf(out, "<br/>(%zu steps)", node->step_count);
}

static void emit_node(struct buf *out, const struct overview_node *node, const char *name,
                      int indent)
{
	static const char *const open[] = {[STEP_RUN] = "[\"",
	                                   [STEP_PROBE] = "([\"",
	                                   [STEP_EACH] = "[[\"",
	                                   [STEP_GATE] = "{\"",
	                                   [STEP_ASSERT] = "{{\""};
	static const char *const close[] = {[STEP_RUN] = "\"]",
	                                    [STEP_PROBE] = "\"])",
	                                    [STEP_EACH] = "\"]]",
	                                    [STEP_GATE] = "\"}",
	                                    [STEP_ASSERT] = "\"}}"};
	enum step_kind kind = node->leads[0]->kind;

	for (size_t i = 1; i < node->lead_count; i++)
		if (node->leads[i]->kind != kind)
			kind = STEP_RUN;
	buf_addf(out, "%*s%s%s", indent, "", name, open[kind]);
	emit_label(out, node);
	buf_addf(out, "%s:::%s\n", close[kind], step_phase_name(node->leads[0]->phase));
}

static void emit_body(struct buf *out, const struct overview_node *node, size_t number)
{
	struct overview body;
	struct arena arena;
	struct buf text;
	char name[64];

	arena_init(&arena);
	body = overview_of_body(node->chunks, &arena);
	buf_init(&text, BUF_CEILING_OUTPUT);
	/* One line: Mermaid keeps no room for a second one. */
	text_add_chunks(&text, node->chunks);
	buf_addf(out, "  subgraph n%zu[\"", number);
	add_line(out, node->leads[0]->title);
	buf_addz(out, " (");
	add_line(out, buf_str(&text));
	buf_addz(out, ")");
	buf_release(&text);
	buf_addz(out, "\"]\n    direction TB\n");
	for (size_t i = 0; i < body.count; i++) {
		snprintf(name, sizeof(name), "n%zu_%zu", number, i);
		emit_node(out, &body.nodes[i], name, 4);
	}
	for (size_t i = 1; i < body.count; i++)
		buf_addf(out, "    n%zu_%zu --> n%zu_%zu\n", number, i - 1, number, i);
	buf_addz(out, "  end\n");
	arena_release(&arena);
}

bool emit_mermaid(const struct graph *graph, struct buf *out)
{
	struct overview overview;
	struct arena arena;
	char name[32];

	arena_init(&arena);
	overview = overview_of_graph(graph, &arena);
	buf_addz(out, "flowchart TD\n");
	for (size_t i = 0; i < overview.count; i++) {
		snprintf(name, sizeof(name), "n%zu", i);
		if (overview.nodes[i].chunks && overview.nodes[i].chunks->body_count)
			emit_body(out, &overview.nodes[i], i);
		else
			emit_node(out, &overview.nodes[i], name, 2);
	}
	for (size_t i = 0; i < overview.count; i++)
		for (size_t k = 0; k < overview.nodes[i].before_count; k++)
			buf_addf(out, "  n%u --> n%zu\n", overview.nodes[i].before[k], i);
	/* Dark letters on light fills: readable in Mermaid's light and dark themes. */
	buf_addz(out, "  classDef ensure fill:#dbeafe,stroke:#3b82f6,color:#111827\n"
	              "  classDef stage fill:#ede9fe,stroke:#8b5cf6,color:#111827\n"
	              "  classDef load fill:#fef3c7,stroke:#d97706,color:#111827\n"
	              "  classDef publish fill:#dcfce7,stroke:#16a34a,color:#111827\n"
	              "  classDef finish fill:#e5e7eb,stroke:#6b7280,color:#111827\n"
	              "  classDef check fill:#ccfbf1,stroke:#0d9488,color:#111827\n");
	arena_release(&arena);
	return !out->overflow;
}
