#include "compiler/closure.h"

#include "compiler/names.h"

struct closure_node {
	const struct model_table *table; /* the key */
	struct view_list readers;
	struct view_list writers;
	size_t unfed;   /* writers whose trigger table may still be on a circle */
	bool off_cycle; /* proven to be on no circle, or told already */
	size_t depth;   /* views on the longest way here */
	size_t step;    /* of the walk that met it, from 1; 0: none did */
	UT_hash_handle hh;
};

static struct closure_node *node_find(const struct closure_index *index,
                                      const struct model_table *table)
{
	struct closure_node *node;

	HASH_FIND_PTR(index->nodes, &table, node);
	return node;
}

static struct closure_node *node_of(struct closure_index *index, const struct model_table *table)
{
	struct closure_node *node = node_find(index, table);

	if (node)
		return node;
	node = arena_new(index->arena, struct closure_node);
	node->table = table;
	HASH_ADD_PTR(index->nodes, table, node);
	return node;
}

/* Kahn's way: a table that nothing feeds is on no circle; take it away, and look again. */
static void strip_acyclic(struct closure_index *index)
{
	struct {
		LIST_OF(struct closure_node *) list;
	} free_nodes = {0};

	for (struct closure_node *node = index->nodes; node; node = node->hh.next) {
		node->unfed = node->writers.list.count;
		if (!node->unfed)
			*list_add(index->arena, &free_nodes.list) = node;
	}
	for (size_t i = 0; i < free_nodes.list.count; i++) {
		struct closure_node *node = free_nodes.list.items[i];

		node->off_cycle = true;
		for (size_t k = 0; k < node->readers.list.count; k++) {
			struct closure_node *next =
			        node_find(index, node->readers.list.items[k]->target);

			if (next->depth < node->depth + 1)
				next->depth = node->depth + 1;
			if (--next->unfed == 0)
				*list_add(index->arena, &free_nodes.list) = next;
		}
	}
}

void closure_index_init(struct closure_index *index, const struct model_view *const *views,
                        size_t count, struct arena *arena)
{
	*index = (struct closure_index){.arena = arena};
	for (size_t i = 0; i < count; i++) {
		const struct model_view *view = views[i];

		if (!view->reads || !view->target)
			continue;
		*list_add(arena, &node_of(index, view->reads)->readers.list) = view;
		*list_add(arena, &node_of(index, view->target)->writers.list) = view;
	}
	strip_acyclic(index);
}

size_t closure_depth(const struct closure_index *index, const struct model_table *table)
{
	const struct closure_node *node = node_find(index, table);

	return node ? node->depth : 0;
}

void closure_index_release(struct closure_index *index)
{
	HASH_CLEAR(hh, index->nodes);
}

struct closure_walk {
	LIST_OF(const struct model_table *) tables;
	struct view_list views;
	struct name_table met;
	struct arena *arena;
	struct arena scratch; /* for `met` */
};

static void walk_to(struct closure_walk *walk, const struct model_table *table)
{
	if (names_find(&walk->met, table->database, table->name))
		return;
	names_add(&walk->met, &walk->scratch, table->database, table->name);
	*list_add(walk->arena, &walk->tables) = table;
}

struct model_closure closure_of(const struct closure_index *index,
                                const struct model_table *const *starts, size_t count,
                                unsigned number)
{
	struct closure_walk walk = {.arena = index->arena};

	arena_init(&walk.scratch);
	names_init(&walk.met);
	for (size_t i = 0; i < count; i++)
		walk_to(&walk, starts[i]);
	for (size_t i = 0; i < walk.tables.count; i++) {
		struct closure_node *node = node_find(index, walk.tables.items[i]);

		for (size_t k = 0; node && k < node->readers.list.count; k++) {
			const struct model_view *view = node->readers.list.items[k];

			if (view->filled_by > number)
				continue;
			*list_add(index->arena, &walk.views.list) = view;
			walk_to(&walk, view->target);
		}
	}
	names_release(&walk.met);
	arena_release(&walk.scratch);
	return (struct model_closure){
	        .tables = walk.tables.items,
	        .table_count = walk.tables.count,
	        .views = walk.views.list.items,
	        .view_count = walk.views.list.count,
	};
}

/* A writer that comes from a table which may be on a circle too. */
static const struct model_view *writer_on_cycle(const struct closure_index *index,
                                                const struct closure_node *node)
{
	for (size_t i = 0; i < node->writers.list.count; i++) {
		const struct model_view *view = node->writers.list.items[i];

		if (!node_find(index, view->reads)->off_cycle)
			return view;
	}
	return NULL;
}

static void reverse(struct view_list *views)
{
	for (size_t i = 0, n = views->list.count; i < n / 2; i++) {
		const struct model_view *view = views->list.items[i];

		views->list.items[i] = views->list.items[n - 1 - i];
		views->list.items[n - 1 - i] = view;
	}
}

/* Against the firing order from `node`, until a table is met again or nothing is left. Returns the
 * position in `walked` where the circle begins. */
static bool walk_back(struct closure_index *index, struct closure_node *node,
                      struct view_list *walked, size_t *begin)
{
	while (node && !node->step) {
		const struct model_view *view = writer_on_cycle(index, node);

		node->step = walked->list.count + 1;
		if (view)
			*list_add(index->arena, &walked->list) = view;
		node = view ? node_find(index, view->reads) : NULL;
	}
	*begin = node ? node->step - 1 : 0;
	return node != NULL;
}

bool closure_cycle(struct closure_index *index, struct view_list *cycle)
{
	for (struct closure_node *node = index->nodes; node; node = node->hh.next) {
		struct view_list walked = {0};
		size_t begin;
		bool found;

		if (node->off_cycle)
			continue;
		found = walk_back(index, node, &walked, &begin);
		node->off_cycle = true;
		for (size_t i = 0; i < walked.list.count; i++)
			node_find(index, walked.list.items[i]->target)->off_cycle = true;
		if (!found)
			continue;
		/* The views before the table that was met twice only lead to the circle. */
		*cycle = walked;
		cycle->list.items += begin;
		cycle->list.count -= begin;
		reverse(cycle);
		return true;
	}
	return false;
}
