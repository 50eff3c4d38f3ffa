#include <stdlib.h>

#include "compiler/format.h"

/*
 * "Patience": lines that stand once on each side tie the two together, and between such ties the
 * same is done again. What is left without a tie was replaced. Good for texts whose order does not
 * change; what it calls changed is always right, if not always the least.
 */

enum { CONTEXT_LINES = 3 };
static const size_t NO_LINE = (size_t)-1;

struct side {
	struct str *lines; /* with their line ends */
	size_t count;
	size_t *other; /* the line of the other side that is the same one; NO_LINE: none */
};

/* A line in the running for a tie. */
struct candidate {
	struct str text;
	size_t line;
	int side;
};

struct range {
	size_t begin[2];
	size_t end[2];
};

struct diff {
	struct arena arena;
	struct side sides[2];
};

static void split(struct diff *diff, struct side *side, struct str text)
{
	size_t count = 0;

	for (size_t i = 0; i < text.n; i++)
		count += text.p[i] == '\n' || i + 1 == text.n;
	side->lines = arena_array(&diff->arena, struct str, count + 1);
	side->other = arena_array(&diff->arena, size_t, count + 1);
	for (size_t begin = 0, i = 0; i < text.n; i++) {
		if (text.p[i] != '\n' && i + 1 != text.n)
			continue;
		side->other[side->count] = NO_LINE;
		side->lines[side->count++] = (struct str){text.p + begin, i + 1 - begin};
		begin = i + 1;
	}
}

static bool same_line(const struct diff *diff, size_t a, size_t b)
{
	return str_eq(diff->sides[0].lines[a], diff->sides[1].lines[b]);
}

static void tie(struct diff *diff, size_t a, size_t b)
{
	diff->sides[0].other[a] = b;
	diff->sides[1].other[b] = a;
}

/* Ties what is equal at both ends of a range; false when nothing is left of it. */
static bool tie_ends(struct diff *diff, struct range *range)
{
	while (range->begin[0] < range->end[0] && range->begin[1] < range->end[1] &&
	       same_line(diff, range->begin[0], range->begin[1]))
		tie(diff, range->begin[0]++, range->begin[1]++);
	while (range->begin[0] < range->end[0] && range->begin[1] < range->end[1] &&
	       same_line(diff, range->end[0] - 1, range->end[1] - 1))
		tie(diff, --range->end[0], --range->end[1]);
	return range->begin[0] < range->end[0] && range->begin[1] < range->end[1];
}

static int compare_candidates(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;
	int order = str_compare(x->text, y->text);

	if (order)
		return order;
	if (x->side != y->side)
		return x->side - y->side;
	return (x->line > y->line) - (x->line < y->line);
}

static int compare_pairs(const void *a, const void *b)
{
	const size_t *x = a, *y = b;

	return (x[0] > y[0]) - (x[0] < y[0]);
}

/* The pairs of lines that stand once on each side, in the first side's order. */
static size_t find_pairs(const struct diff *diff, const struct range *range, size_t (*pairs)[2])
{
	size_t count = 0, found = 0, total;
	struct candidate *all;

	total = range->end[0] - range->begin[0] + range->end[1] - range->begin[1];
	all = xmalloc(total * sizeof(*all));
	for (int side = 0; side < 2; side++)
		for (size_t i = range->begin[side]; i < range->end[side]; i++)
			all[count++] = (struct candidate){diff->sides[side].lines[i], i, side};
	qsort(all, count, sizeof(*all), compare_candidates);
	for (size_t i = 0, next; i < count; i = next) {
		for (next = i + 1; next < count && str_eq(all[next].text, all[i].text);)
			next++;
		if (next - i != 2 || all[i].side == all[i + 1].side)
			continue;
		pairs[found][0] = all[i].line;
		pairs[found++][1] = all[i + 1].line;
	}
	free(all);
	qsort(pairs, found, sizeof(*pairs), compare_pairs);
	return found;
}

/* Ties the longest run of pairs that rises on both sides; true when there was any. */
static bool tie_rising(struct diff *diff, size_t (*pairs)[2], size_t count)
{
	size_t *tails = xmalloc((count + 1) * sizeof(*tails)); /* by length - 1: the last pair */
	size_t *before = xmalloc((count + 1) * sizeof(*before));
	size_t longest = 0;

	for (size_t i = 0; i < count; i++) {
		size_t low = 0, high = longest;

		while (low < high) {
			size_t middle = (low + high) / 2;

			if (pairs[tails[middle]][1] < pairs[i][1])
				low = middle + 1;
			else
				high = middle;
		}
		before[i] = low ? tails[low - 1] : NO_LINE;
		tails[low] = i;
		if (low == longest)
			longest++;
	}
	for (size_t i = longest ? tails[longest - 1] : NO_LINE; i != NO_LINE; i = before[i])
		tie(diff, pairs[i][0], pairs[i][1]);
	free(tails);
	free(before);
	return longest > 0;
}

static void tie_range(struct diff *diff, struct range range)
{
	struct range part;
	size_t(*pairs)[2], room;
	bool any;

	if (!tie_ends(diff, &range))
		return;
	room = range.end[0] - range.begin[0];
	pairs = xmalloc(room * sizeof(*pairs));
	any = tie_rising(diff, pairs, find_pairs(diff, &range, pairs));
	free(pairs);
	if (!any)
		return;
	part = range;
	for (size_t i = range.begin[0]; i < range.end[0]; i++) {
		size_t other = diff->sides[0].other[i];

		if (other == NO_LINE)
			continue;
		part.end[0] = i;
		part.end[1] = other;
		tie_range(diff, part);
		part.begin[0] = i + 1;
		part.begin[1] = other + 1;
	}
	part.end[0] = range.end[0];
	part.end[1] = range.end[1];
	tie_range(diff, part);
}

static void add_line(struct buf *out, char sign, struct str line)
{
	buf_addc(out, sign);
	buf_add(out, line);
	if (!str_ends(line, STR("\n")))
		buf_addz(out, "\n\\ No newline at end of file\n");
}

static void add_range(struct buf *out, char sign, size_t begin, size_t end)
{
	/* An empty range is named by the line before it. */
	buf_addf(out, "%c%zu,%zu ", sign, end > begin ? begin + 1 : begin, end - begin);
}

static void add_hunk(const struct diff *diff, const struct range *range, struct buf *out)
{
	const struct side *old = &diff->sides[0], *new = &diff->sides[1];
	size_t a = range->begin[0], b = range->begin[1];

	buf_addz(out, "@@ ");
	add_range(out, '-', a, range->end[0]);
	add_range(out, '+', b, range->end[1]);
	buf_addz(out, "@@\n");
	while (a < range->end[0] || b < range->end[1]) {
		if (a < range->end[0] && old->other[a] == NO_LINE)
			add_line(out, '-', old->lines[a++]);
		else if (b < range->end[1] && new->other[b] == NO_LINE)
			add_line(out, '+', new->lines[b++]);
		else {
			add_line(out, ' ', old->lines[a++]);
			b++;
		}
	}
}

/* Goes over what is tied, from `range->end` on; the number of lines. */
static size_t skip_tied(const struct diff *diff, struct range *range)
{
	size_t n = 0;

	while (range->end[0] < diff->sides[0].count &&
	       diff->sides[0].other[range->end[0]] == range->end[1]) {
		range->end[0]++;
		range->end[1]++;
		n++;
	}
	return n;
}

static void skip_changed(const struct diff *diff, struct range *range)
{
	for (int side = 0; side < 2; side++)
		while (range->end[side] < diff->sides[side].count &&
		       diff->sides[side].other[range->end[side]] == NO_LINE)
			range->end[side]++;
}

static void add_hunks(const struct diff *diff, struct buf *out)
{
	struct range at = {{0, 0}, {0, 0}};
	size_t tied = skip_tied(diff, &at);

	while (at.end[0] < diff->sides[0].count || at.end[1] < diff->sides[1].count) {
		struct range hunk = at;
		size_t before = tied < CONTEXT_LINES ? tied : CONTEXT_LINES, after;

		hunk.begin[0] = at.end[0] - before;
		hunk.begin[1] = at.end[1] - before;
		do {
			skip_changed(diff, &at);
			hunk.end[0] = at.end[0];
			hunk.end[1] = at.end[1];
			tied = skip_tied(diff, &at);
		} while (tied <= 2 * CONTEXT_LINES &&
		         (at.end[0] < diff->sides[0].count || at.end[1] < diff->sides[1].count));
		after = tied < CONTEXT_LINES ? tied : CONTEXT_LINES;
		hunk.end[0] += after;
		hunk.end[1] += after;
		add_hunk(diff, &hunk, out);
	}
}

void format_diff(const char *path, struct str before, struct str after, struct buf *out)
{
	struct diff diff = {.sides = {{.count = 0}}};
	struct range all = {{0, 0}, {0, 0}};

	if (str_eq(before, after))
		return;
	arena_init(&diff.arena);
	split(&diff, &diff.sides[0], before);
	split(&diff, &diff.sides[1], after);
	all.end[0] = diff.sides[0].count;
	all.end[1] = diff.sides[1].count;
	tie_range(&diff, all);
	buf_addf(out, "--- %s\n+++ %s\n", path, path);
	add_hunks(&diff, out);
	arena_release(&diff.arena);
}
