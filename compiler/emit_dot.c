/*
 * emit_dot.c: every step and every dependency, for Graphviz.
 *
 * A body is a cluster whose first node is its own step; an edge into a body goes to that node, an
 * edge out of it leaves from the last node. Dependencies that follow from others are left out.
 * Source: graphviz.org, "DOT Language" and "escString": a label is an escString in which
 * HTML entities are replaced too.
 */
#include "compiler/emit.h"

#include "compiler/emit_overview.h"
#include "compiler/emit_text.h"

/* Columns of a label's line. */
enum { LABEL_WIDTH = 36 };

static void add_dot(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (c == '"' || c == '\\')
			buf_addf(out, "\\%c", c);
		else if (c == '&')
			buf_addz(out, "&amp;");
		else
			buf_addc(out, (char)(c < 0x20 || c == 0x7f ? ' ' : c));
	}
}

/* Broken between words; a word that is too long stands alone. */
static void add_lines(struct buf *out, struct str text)
{
	while (text.n) {
		struct str line = text_fit(text, LABEL_WIDTH);
		size_t n = line.n;

		if (n < text.n) {
			while (n && text.p[n] != ' ')
				n--;
			if (!n)
				for (n = line.n; n < text.n && text.p[n] != ' ';)
					n++;
		}
		add_dot(out, (struct str){text.p, n});
		n += n < text.n;
		text = (struct str){text.p + n, text.n - n};
		if (text.n)
			buf_addz(out, "\\n");
	}
}

static const char *fill(enum step_phase phase)
{
	static const char *const fills[] = {
	        [PHASE_ENSURE] = "#dbeafe",  [PHASE_STAGE] = "#ede9fe",  [PHASE_LOAD] = "#fef3c7",
	        [PHASE_PUBLISH] = "#dcfce7", [PHASE_FINISH] = "#e5e7eb", [PHASE_CHECK] = "#ccfbf1",
	};

	return fills[phase];
}

static const char *shape(enum step_kind kind)
{
	static const char *const shapes[] = {
	        [STEP_RUN] = "box",        [STEP_PROBE] = "ellipse",
	        [STEP_EACH] = "folder",    [STEP_GATE] = "doubleoctagon",
	        [STEP_ASSERT] = "hexagon",
	};

	return shapes[kind];
}

static void emit_node(struct buf *out, const struct step *step, int indent)
{
	bool late = step_is_late(step);

	buf_addf(out, "%*sn%u [label=\"", indent, "", step->number);
	add_lines(out, step->title);
	buf_addz(out, "\\n[");
	add_dot(out, step->id);
	buf_addf(out, "]\", tooltip=\"");
	add_dot(out, step->why.n ? step->why : step->title);
	buf_addf(out, "\", shape=%s, fillcolor=\"%s\"", shape(step->kind), fill(step->phase));
	if (late)
		buf_addz(out, ", style=\"filled,dashed\"");
	if (step->resume_point)
		buf_addz(out, ", penwidth=2.5");
	buf_addz(out, "];\n");
}

static const struct step *exit_of(const struct step *step)
{
	while (step->each && step->each->body_count)
		step = step->each->body[step->each->body_count - 1];
	return step;
}

static void emit_edge(struct buf *out, const struct step *from, const struct step *to, int indent)
{
	const struct step *exit = exit_of(from);

	buf_addf(out, "%*sn%u -> n%u", indent, "", exit->number, to->number);
	if (exit != from)
		buf_addf(out, " [ltail=cluster_n%u]", from->number);
	buf_addz(out, ";\n");
}

static void emit_cluster(struct buf *out, const struct step *step, int indent)
{
	const struct each *each = step->each;
	const struct step *before = step;

	buf_addf(out, "%*ssubgraph cluster_n%u {\n", indent, "", step->number);
	buf_addf(out, "%*slabel=\"", indent + 2, "");
	if (each->kind == EACH_CHUNKS) {
		struct buf text;

		buf_init(&text, BUF_CEILING_OUTPUT);
		text_add_chunks(&text, each);
		add_dot(out, buf_str(&text));
		buf_release(&text);
	} else {
		buf_addz(out, "for each row of [");
		add_dot(out, each->over);
		buf_addz(out, "]");
		if (each->only_column.n) {
			buf_addz(out, "\\nwith ");
			add_dot(out, each->only_column);
			buf_addz(out, " = ");
			add_dot(out, each->only_value);
		}
	}
	buf_addf(out, "\"; style=rounded; color=\"#6b7280\";\n");
	emit_node(out, step, indent + 2);
	for (size_t i = 0; i < each->body_count; i++) {
		if (each->body[i]->each)
			emit_cluster(out, each->body[i], indent + 2);
		else
			emit_node(out, each->body[i], indent + 2);
		if (before == step)
			buf_addf(out, "%*sn%u -> n%u;\n", indent + 2, "", step->number,
			         each->body[i]->number);
		else
			emit_edge(out, before, each->body[i], indent + 2);
		before = each->body[i];
	}
	buf_addf(out, "%*s}\n", indent, "");
}

static void emit_edges(const struct graph *graph, struct buf *out)
{
	struct arena arena;
	struct dependencies *lists;

	arena_init(&arena);
	lists = arena_array(&arena, struct dependencies, graph->step_count + 1);
	for (size_t i = 0; i < graph->step_count; i++) {
		const struct step *step = graph->steps[i];

		lists[i].count = step->dep_count;
		lists[i].items = arena_array(&arena, uint32_t, step->dep_count + 1);
		/* In order, whatever order the plan has them in. */
		for (size_t k = 0; k < step->dep_count; k++) {
			size_t at = k;

			for (; at && lists[i].items[at - 1] > step->deps[k]; at--)
				lists[i].items[at] = lists[i].items[at - 1];
			lists[i].items[at] = step->deps[k];
		}
	}
	overview_reduce(lists, graph->step_count, &arena);
	for (size_t i = 0; i < graph->step_count; i++)
		for (size_t k = 0; k < lists[i].count; k++)
			emit_edge(out, graph->steps[lists[i].items[k]], graph->steps[i], 2);
	arena_release(&arena);
}

bool emit_dot(const struct graph *graph, struct buf *out)
{
	buf_addf(out, "// Plan %s\n// Dependencies that follow from others are left out.\n",
	         graph->hash);
	buf_addz(out, "digraph \"");
	add_dot(out, graph->migration);
	buf_addz(out, "\" {\n  label=\"");
	add_dot(out, graph->migration);
	if (graph->description.n) {
		buf_addz(out, "\\n");
		add_dot(out, graph->description);
	}
	buf_addz(out, "\"; labelloc=t; compound=true; rankdir=TB; fontname=\"sans-serif\";\n"
	              "  node [style=filled, color=\"#4b5563\", fontname=\"sans-serif\", "
	              "fontsize=11];\n"
	              "  edge [color=\"#4b5563\"];\n");
	for (size_t i = 0; i < graph->step_count; i++) {
		if (graph->steps[i]->each)
			emit_cluster(out, graph->steps[i], 2);
		else
			emit_node(out, graph->steps[i], 2);
	}
	emit_edges(graph, out);
	buf_addz(out, "}\n");
	return !out->overflow;
}
