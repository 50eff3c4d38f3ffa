#include "compiler/emit_overview.h"

/* Lists that are reduced: the table of what follows from what has their number's square in bits. */
enum { REDUCE_MAX = 4096 };

/* How much is taken together, until there are few enough nodes. */
enum level {
	LEVEL_STEMS, /* a step and those named after it; equals: ensure.view.…, or after the same */
	LEVEL_KINDS, /* ensure.table.…, ensure.view.… with what checks them */
	LEVEL_AREAS, /* ensure.…, b1.… */
	LEVEL_PHASES,
	LEVEL_REST, /* whatever comes last */
};

struct node_list {
	LIST_OF(struct overview_node) list;
};

/* True when `id` is `stem`, or `stem`, a dot and more. */
static bool named_after(struct str id, struct str stem)
{
	return str_starts(id, stem) && (id.n == stem.n || id.p[stem.n] == '.');
}

/* The first `parts` parts of an id. */
static struct str beginning(struct str id, unsigned parts)
{
	for (size_t i = 0; i < id.n; i++)
		if (id.p[i] == '.' && !--parts)
			return (struct str){id.p, i};
	return id;
}

static bool same_deps(const struct step *a, const struct step *b)
{
	return a->dep_count == b->dep_count &&
	       (!a->dep_count || memcmp(a->deps, b->deps, a->dep_count * sizeof(*a->deps)) == 0);
}

static bool is_chunks(const struct step *step)
{
	return step->each && step->each->kind == EACH_CHUNKS;
}

/* Does the step belong to the node whose last lead is `lead`? */
static bool belongs(const struct step *lead, const struct step *step, enum level level)
{
	if (is_chunks(lead) || is_chunks(step) || lead->phase != step->phase)
		return false;
	if (named_after(step->id, lead->id) || named_after(lead->id, step->id))
		return true;
	switch (level) {
	case LEVEL_STEMS:
		return lead->kind == step->kind &&
		       (same_deps(lead, step) ||
		        str_eq(beginning(lead->id, 2), beginning(step->id, 2)));
	case LEVEL_KINDS:
		return str_eq(beginning(lead->id, 2), beginning(step->id, 2));
	case LEVEL_AREAS:
		return str_eq(beginning(lead->id, 1), beginning(step->id, 1));
	default:
		return true;
	}
}

static void add_step(struct overview_node *node, const struct step *step)
{
	const struct step **last = node->lead_count ? &node->leads[node->lead_count - 1] : NULL;

	node->step_count++;
	if (last && named_after((*last)->id, step->id))
		*last = step;
	else if (!last || !named_after(step->id, (*last)->id))
		node->leads[node->lead_count++] = step;
}

static size_t make_nodes(const struct graph *graph, enum level level, struct overview_node *nodes,
                         const struct step **leads, uint32_t *node_of)
{
	size_t count = 0;

	for (size_t i = 0; i < graph->step_count; i++) {
		const struct step *step = graph->steps[i];
		struct overview_node *node = count ? &nodes[count - 1] : NULL;
		bool full = level == LEVEL_REST && count == OVERVIEW_MAX;

		if (!node || (!full && !belongs(node->leads[node->lead_count - 1], step, level))) {
			node = &nodes[count++];
			*node = (struct overview_node){.leads = leads + i};
		}
		add_step(node, step);
		node->chunks = node->step_count == 1 && is_chunks(step) ? step->each : NULL;
		node_of[i] = (uint32_t)(count - 1);
	}
	return count;
}

static void connect(const struct graph *graph, struct overview *overview, const uint32_t *node_of,
                    struct arena *arena)
{
	size_t n = overview->count;
	bool *waits = arena_array(arena, bool, n *n + 1);
	struct dependencies *lists = arena_array(arena, struct dependencies, n + 1);

	for (size_t i = 0; i < graph->step_count; i++)
		for (size_t k = 0; k < graph->steps[i]->dep_count; k++)
			waits[node_of[i] * n + node_of[graph->steps[i]->deps[k]]] = true;
	for (size_t i = 0; i < n; i++) {
		lists[i].items = arena_array(arena, uint32_t, i + 1);
		for (size_t k = 0; k < i; k++)
			if (waits[i * n + k])
				lists[i].items[lists[i].count++] = (uint32_t)k;
	}
	overview_reduce(lists, n, arena);
	for (size_t i = 0; i < n; i++) {
		overview->nodes[i].before = lists[i].items;
		overview->nodes[i].before_count = lists[i].count;
	}
}

struct overview overview_of_graph(const struct graph *graph, struct arena *arena)
{
	struct overview overview = {0};
	const struct step **leads = arena_array(arena, const struct step *, graph->step_count + 1);
	uint32_t *node_of = arena_array(arena, uint32_t, graph->step_count + 1);

	overview.nodes = arena_array(arena, struct overview_node, graph->step_count + 1);
	for (int level = LEVEL_STEMS; level <= LEVEL_REST; level++) {
		overview.count =
		        make_nodes(graph, (enum level)level, overview.nodes, leads, node_of);
		if (overview.count <= OVERVIEW_MAX)
			break;
	}
	connect(graph, &overview, node_of, arena);
	return overview;
}

struct overview overview_of_body(const struct each *each, struct arena *arena)
{
	struct overview overview = {0};
	const struct step **leads = arena_array(arena, const struct step *, each->body_count + 1);
	const struct step *last = NULL;

	overview.nodes = arena_array(arena, struct overview_node, each->body_count + 1);
	for (size_t i = 0; i < each->body_count; i++) {
		const struct step *step = each->body[i];
		struct overview_node *node =
		        &overview.nodes[overview.count ? overview.count - 1 : 0];

		if (step_is_late(step)) {
			overview.late += !step_is_of_shortage(step);
			continue;
		}
		if (!last || last->phase != step->phase ||
		    (last->kind != step->kind && overview.count < OVERVIEW_MAX)) {
			node = &overview.nodes[overview.count];
			*node = (struct overview_node){.leads = leads + i};
			if (overview.count) {
				node->before = arena_new(arena, uint32_t);
				node->before[0] = (uint32_t)overview.count - 1;
				node->before_count = 1;
			}
			overview.count++;
		}
		node->leads[node->lead_count++] = step;
		node->step_count++;
		last = step;
	}
	return overview;
}

void overview_reduce(struct dependencies *lists, size_t count, struct arena *arena)
{
	size_t words = (count + 63) / 64;
	uint64_t *follows;

	if (count > REDUCE_MAX)
		return;
	follows = arena_array(arena, uint64_t, words * count + 1);
	for (size_t i = 0; i < count; i++) {
		uint64_t *row = follows + i * words;
		size_t kept = 0;

		/* From the last to the first: what follows from another comes after it here. */
		for (size_t k = lists[i].count; k-- > 0;) {
			uint32_t dep = lists[i].items[k];

			if (row[dep / 64] >> (dep % 64) & 1) {
				lists[i].items[k] = UINT32_MAX;
				continue;
			}
			row[dep / 64] |= (uint64_t)1 << (dep % 64);
			for (size_t w = 0; w < words; w++)
				row[w] |= follows[dep * words + w];
		}
		for (size_t k = 0; k < lists[i].count; k++)
			if (lists[i].items[k] != UINT32_MAX)
				lists[i].items[kept++] = lists[i].items[k];
		lists[i].count = kept;
	}
}
