#include "compiler/column_index.h"

#include <stdlib.h>

#include "compiler/base/suggest.h"

static int compare(const void *left, const void *right, void *columns)
{
	uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
	const struct model_column *items = columns;
	int order = str_compare(items[a].name, items[b].name);

	return order ? order : (a > b) - (a < b);
}

void column_index_init(struct column_index *index, const struct model_column *columns, size_t count,
                       struct arena *arena)
{
	*index = (struct column_index){
	        .columns = columns,
	        .sorted = arena_array(arena, uint32_t, count),
	        .count = count,
	};
	for (size_t i = 0; i < count; i++)
		index->sorted[i] = (uint32_t)i;
	if (count)
		qsort_r(index->sorted, count, sizeof(*index->sorted), compare,
		        (void *)(uintptr_t)columns);
}

const struct model_column *column_find(const struct column_index *index, struct str name)
{
	size_t low = 0, high = index->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (str_compare(index->columns[index->sorted[middle]].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == index->count || !str_eq(index->columns[index->sorted[low]].name, name))
		return NULL;
	return &index->columns[index->sorted[low]];
}

struct str column_nearest(const struct column_index *index, struct str name)
{
	struct suggestion suggestion;

	suggest_begin(&suggestion, name);
	for (size_t i = 0; i < index->count; i++)
		suggest_offer(&suggestion, index->columns[i].name);
	return suggestion.best;
}
