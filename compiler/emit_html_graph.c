/*
 * emit_html_graph.c: the overview as an SVG.
 *
 * Layers from the top down: a node stands one layer under the last that it waits for; a layer is
 * broken into rows of a few boxes. An edge to the next row is a curve; a longer one goes round
 * through a gutter on the left, so that no line runs under a box. A loop over chunks is a box
 * with the boxes of its body, read like text.
 */
#include "compiler/emit_html.h"

enum {
	BOX_WIDTH = 256,
	BOXES_A_ROW = 3,
	LINE_HEIGHT = 17,
	LINE_COLUMNS = 32, /* of text in a box: fonts differ, some are wide */
	LINES_MAX = 6,
	PADDING = 10,
	GAP_X = 28,
	GAP_Y = 36,
	LANE = 10, /* between two lines of the gutter */
	LANES = 4,
	GUTTER = LANE * LANES + 12,
	INNER_WIDTH = BOXES_A_ROW * BOX_WIDTH + (BOXES_A_ROW - 1) * GAP_X,
	WIDTH = GUTTER + INNER_WIDTH + 2 * PADDING + 2,
	TALL = 1800, /* on paper: over several pages, not shrunk to one */
};

struct box {
	const struct overview_node *node;
	struct str lines[LINES_MAX];
	size_t line_count;
	struct drawing *inside; /* of a loop over chunks */
	unsigned layer, row;
	int x, y, width, height;
};

struct drawing {
	struct box *boxes;
	size_t count;
	unsigned rows;
	int *tops, *heights; /* of the rows */
	int height;
};

static void add_line(struct box *box, struct str line)
{
	if (box->line_count < LINES_MAX)
		box->lines[box->line_count++] = line;
}

static struct str cut(struct arena *arena, struct str text, size_t columns)
{
	struct str part;

	if (text_columns(text) <= columns)
		return text;
	part = str_trim(text_fit(text, columns - 1));
	return str_of(arena_printf(arena, "%.*s…", STR_ARG(part)));
}

/* One title over up to three lines. */
static void wrap(struct box *box, struct str text, struct arena *arena)
{
	for (unsigned line = 0; text.n && line < 3; line++) {
		struct str part = text_fit(text, LINE_COLUMNS);
		size_t n = part.n;

		if (n < text.n && line < 2) {
			while (n && text.p[n] != ' ')
				n--;
			n = n ? n : part.n;
			part.n = n;
		} else if (n < text.n) {
			part = cut(arena, text, LINE_COLUMNS);
			n = text.n;
		}
		add_line(box, part);
		n += n < text.n && text.p[n] == ' ';
		text = (struct str){text.p + n, text.n - n};
	}
}

static void label(struct box *box, struct arena *arena)
{
	const struct overview_node *node = box->node;
	size_t shown = node->lead_count <= OVERVIEW_LINES ? node->lead_count : OVERVIEW_LINES - 1;

	if (node->lead_count == 1)
		wrap(box, node->leads[0]->title, arena);
	for (size_t i = 0; node->lead_count > 1 && i < shown; i++)
		add_line(box, cut(arena, node->leads[i]->title, LINE_COLUMNS));
	if (shown < node->lead_count)
		add_line(box,
		         str_of(arena_printf(arena, "and %zu more", node->lead_count - shown)));
	if (node->step_count > node->lead_count)
		add_line(box, str_of(arena_printf(arena, "(%zu steps)", node->step_count)));
	box->width = BOX_WIDTH;
	box->height = 2 * PADDING + (int)box->line_count * LINE_HEIGHT - 4;
}

/* Sets rows from layers, then where everything stands: on the left, which a phone shows first. A
 * loop over chunks has a row of its own. */
static void place(struct drawing *drawing, struct arena *arena, int left)
{
	unsigned in_row = 0, layer = 0, last_layer = 0;
	int y = 0;

	drawing->tops = arena_array(arena, int, drawing->count + 1);
	drawing->heights = arena_array(arena, int, drawing->count + 1);
	for (size_t i = 0; i < drawing->count; i++)
		last_layer =
		        drawing->boxes[i].layer > last_layer ? drawing->boxes[i].layer : last_layer;
	for (layer = 0; layer <= last_layer && drawing->count; layer++) {
		bool wide = true;

		for (size_t i = 0; i < drawing->count; i++) {
			struct box *box = &drawing->boxes[i];

			if (box->layer != layer)
				continue;
			if (wide || box->inside || in_row == BOXES_A_ROW) {
				drawing->rows++;
				in_row = 0;
			}
			wide = box->inside;
			box->row = drawing->rows - 1;
			in_row++;
			if (box->height > drawing->heights[box->row])
				drawing->heights[box->row] = box->height;
		}
	}
	for (unsigned row = 0; row < drawing->rows; row++) {
		int x = left;

		drawing->tops[row] = y;
		for (size_t i = 0; i < drawing->count; i++) {
			struct box *box = &drawing->boxes[i];

			if (box->row != row)
				continue;
			box->x = x;
			box->y = y + (drawing->heights[row] - box->height) / 2;
			x += box->width + GAP_X;
		}
		y += drawing->heights[row] + GAP_Y;
	}
	drawing->height = drawing->rows ? y - GAP_Y : 0;
}

static struct drawing *draw_body(const struct each *each, struct arena *arena)
{
	struct drawing *drawing = arena_new(arena, struct drawing);
	struct overview body = overview_of_body(each, arena);

	drawing->count = body.count;
	drawing->boxes = arena_array(arena, struct box, body.count + 1);
	for (size_t i = 0; i < body.count; i++) {
		drawing->boxes[i].node = &body.nodes[i];
		drawing->boxes[i].layer = (unsigned)(i / BOXES_A_ROW);
		label(&drawing->boxes[i], arena);
	}
	place(drawing, arena, GUTTER + PADDING);
	return drawing;
}

static struct drawing *draw(const struct graph *graph, struct arena *arena)
{
	struct drawing *drawing = arena_new(arena, struct drawing);
	struct overview overview = overview_of_graph(graph, arena);

	drawing->count = overview.count;
	drawing->boxes = arena_array(arena, struct box, overview.count + 1);
	for (size_t i = 0; i < overview.count; i++) {
		struct box *box = &drawing->boxes[i];
		const struct overview_node *node = &overview.nodes[i];

		box->node = node;
		for (size_t k = 0; k < node->before_count; k++) {
			unsigned layer = drawing->boxes[node->before[k]].layer + 1;

			box->layer = layer > box->layer ? layer : box->layer;
		}
		label(box, arena);
		if (node->chunks && node->chunks->body_count) {
			box->inside = draw_body(node->chunks, arena);
			box->width = INNER_WIDTH + 2 * PADDING;
			box->height = box->inside->height + 3 * LINE_HEIGHT + 2 * PADDING;
		}
	}
	place(drawing, arena, GUTTER);
	return drawing;
}

/* Moves a body to where its box has come to stand. */
static void settle(struct drawing *drawing)
{
	for (size_t i = 0; i < drawing->count; i++) {
		struct box *box = &drawing->boxes[i];
		int top = box->y + 3 * LINE_HEIGHT;

		for (size_t k = 0; box->inside && k < box->inside->count; k++)
			box->inside->boxes[k].y += top;
		for (unsigned row = 0; box->inside && row < box->inside->rows; row++)
			box->inside->tops[row] += top;
	}
}

static void add_edge(struct buf *out, const struct drawing *drawing, const struct box *from,
                     const struct box *to, unsigned lane)
{
	/* A loop's box is entered and left in its first column, where the main line is. */
	int x1 = from->x + BOX_WIDTH / 2, y1 = from->y + from->height;
	int x2 = to->x + BOX_WIDTH / 2, y2 = to->y - 2;
	int leave = drawing->tops[from->row] + drawing->heights[from->row] + GAP_Y / 2;
	int arrive = drawing->tops[to->row] - GAP_Y / 2;
	int gutter = GUTTER - 12 - (int)(lane % LANES) * LANE;

	if (to->row == from->row + 1 && x1 == x2)
		buf_addf(out, "<path class=\"edge\" d=\"M%d %dV%d\"/>\n", x1, y1, y2);
	else if (to->row == from->row + 1)
		buf_addf(out, "<path class=\"edge\" d=\"M%d %dV%dC%d %d %d %d %d %d\"/>\n", x1, y1,
		         leave - GAP_Y / 2, x1, arrive + 8, x2, arrive - 6, x2, y2);
	else
		buf_addf(out, "<path class=\"edge\" d=\"M%d %dV%dH%dV%dH%dV%d\"/>\n", x1, y1, leave,
		         gutter, arrive, x2, y2);
}

/* From each box of a body to the next: to the right, or to the start of the next row. */
static void add_body_edges(struct buf *out, const struct drawing *body)
{
	for (size_t i = 1; i < body->count; i++) {
		const struct box *from = &body->boxes[i - 1], *to = &body->boxes[i];
		int y1 = from->y + from->height / 2, y2 = to->y + to->height / 2;
		int turn = body->tops[to->row] - GAP_Y / 2, x2 = to->x + to->width / 2;

		if (from->row == to->row)
			buf_addf(out, "<path class=\"edge\" d=\"M%d %dL%d %d\"/>\n",
			         from->x + from->width, y1, to->x - 2, y2);
		else
			buf_addf(out, "<path class=\"edge\" d=\"M%d %dV%dH%dV%d\"/>\n",
			         from->x + from->width / 2, from->y + from->height, turn, x2,
			         to->y - 2);
	}
}

static void add_box(struct buf *out, const struct box *box)
{
	const struct step *lead = box->node->leads[0];
	int line_y = box->y + PADDING + 12;

	buf_addz(out, "<a href=\"#");
	html_add_anchor(out, lead);
	buf_addf(out, "\" class=\"box %s%s\"><title>", step_phase_name(lead->phase),
	         box->inside ? " wide" : "");
	for (size_t i = 0; i < box->node->lead_count && i < 20; i++) {
		buf_addz(out, i ? "; " : "");
		text_add_html(out, box->node->leads[i]->title);
	}
	buf_addf(out, "</title><rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"6\"/>",
	         box->x, box->y, box->width, box->height);
	if (box->inside) {
		struct buf text;

		buf_init(&text, BUF_CEILING_OUTPUT);
		text_add_chunks(&text, box->node->chunks);
		buf_addf(out, "<text x=\"%d\" y=\"%d\" class=\"head\">", box->x + PADDING, line_y);
		text_add_html_cut(out, lead->title, 100);
		buf_addf(out, "</text><text x=\"%d\" y=\"%d\">", box->x + PADDING,
		         line_y + LINE_HEIGHT);
		text_add_html_cut(out, buf_str(&text), 100);
		buf_addz(out, "</text></a>\n");
		buf_release(&text);
		return;
	}
	for (size_t i = 0; i < box->line_count; i++) {
		buf_addf(out, "<text x=\"%d\" y=\"%d\">", box->x + PADDING,
		         line_y + (int)i * LINE_HEIGHT);
		text_add_html(out, box->lines[i]);
		buf_addz(out, "</text>");
	}
	buf_addz(out, "</a>\n");
}

void html_add_graph(struct buf *out, const struct graph *graph, struct arena *arena)
{
	struct drawing *drawing = draw(graph, arena);
	unsigned lane = 0;

	settle(drawing);
	buf_addz(out,
	         "<section id=\"graph\">\n<h2>Graph</h2>\n<p>What waits for what, from the top "
	         "down. Steps that belong together share a box; the list below has each.</p>\n"
	         "<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
	         "aria-label=\"Graph of the steps\">\n");
	buf_addf(out,
	         "<svg%s xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
	         "viewBox=\"0 -4 %d %d\" role=\"group\" aria-label=\"Steps in layers\">\n"
	         "<defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" "
	         "markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\">"
	         "<path class=\"tip\" d=\"M0 0L8 4L0 8z\"/></marker></defs>\n",
	         drawing->height > TALL ? " class=\"tall\"" : "", WIDTH, drawing->height + 8, WIDTH,
	         drawing->height + 8);
	for (size_t i = 0; i < drawing->count; i++) {
		const struct box *box = &drawing->boxes[i];

		for (size_t k = 0; k < box->node->before_count; k++) {
			const struct box *from = &drawing->boxes[box->node->before[k]];

			add_edge(out, drawing, from, box, lane);
			lane += box->row != from->row + 1;
		}
	}
	for (size_t i = 0; i < drawing->count; i++) {
		const struct drawing *body = drawing->boxes[i].inside;

		add_box(out, &drawing->boxes[i]);
		if (!body)
			continue;
		add_body_edges(out, body);
		for (size_t k = 0; k < body->count; k++)
			add_box(out, &body->boxes[k]);
	}
	buf_addz(out, "</svg>\n</div>\n</section>\n");
}
