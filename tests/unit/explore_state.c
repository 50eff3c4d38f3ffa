#include "explore_state.h"

#include <jansson.h>
#include <stdlib.h>

uint64_t mix(uint64_t hash, uint64_t n)
{
	hash ^= n + 0x9E3779B97F4A7C15u + (hash << 6) + (hash >> 2);
	hash ^= hash >> 31;
	hash *= 0xBF58476D1CE4E5B9u;
	return hash ^ (hash >> 29);
}

uint64_t mix_str(uint64_t hash, struct str text)
{
	uint64_t n = 0xCBF29CE484222325u;

	for (size_t i = 0; i < text.n; i++)
		n = (n ^ (unsigned char)text.p[i]) * 0x100000001B3u;
	return mix(hash, n ^ text.n);
}

/* --- the server --- */

static uint64_t table_state(const struct fake_table *table)
{
	uint64_t hash = mix_str(mix_str(mix_str(1, table->name), table->view_source),
	                        table->view_target),
	         parts = 0;

	for (size_t i = 0; i < table->parts.count; i++) {
		const struct fake_part *part = table->parts.items[i];

		parts += mix(mix(mix(2, part->uuid), part->gone), part->rows.count);
	}
	return mix(hash, parts);
}

/* The order of rows counts among those of one chunk or step. */
static uint64_t row_state(const struct fake_server *server, size_t at)
{
	const struct fake_row *row = &server->journal.items[at];
	uint64_t before = 0;

	for (size_t i = 0; i < at; i++)
		before += str_eq(server->journal.items[i].step, row->step) &&
		          str_eq(server->journal.items[i].chunk, row->chunk);
	return mix_str(
	        mix_str(mix_str(mix_str(mix_str(mix(mix(3, before), row->attempt), row->step),
	                                row->chunk),
	                        row->state),
	                row->boot),
	        row->pinned);
}

static uint64_t ingest_state(const struct fake_ingest *ingest)
{
	uint64_t hash = mix(mix(mix(11, ingest->paused), ingest->left), ingest->come);

	for (size_t i = 0; i < ingest->under_way.count; i++)
		hash = mix(mix(hash, ingest->under_way.items[i].n),
		           ingest->under_way.items[i].fires);
	return hash;
}

uint64_t server_state(const struct fake_server *server)
{
	uint64_t tables = 0, rows = 0, processes = 0;

	for (size_t i = 0; i < server->tables.count; i++)
		tables += table_state(server->tables.items[i]);
	for (size_t i = 0; i < server->journal.count; i++)
		rows += row_state(server, i);
	for (size_t i = 0; i < server->processes.count; i++)
		processes += mix_str(4, server->processes.items[i].query_id);
	return mix(mix(mix(mix_str(mix(5, tables), server->boot), rows), processes),
	           ingest_state(&server->ingest));
}

/* --- the client --- */

static uint64_t task_flags(const struct task *task)
{
	const bool flags[] = {task->call.flying,
	                      task->has_worker,
	                      task->resumed,
	                      task->same_boot,
	                      task->sealed,
	                      task->published,
	                      task->keep,
	                      task->giving_up,
	                      task->boot.n > 0,
	                      task->cleaner,
	                      task->node->publisher == task};
	uint64_t bits = 0;

	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++)
		bits = bits * 2 + flags[i];
	return bits;
}

static uint64_t task_state(const struct exec *exec, const struct task *task)
{
	uint64_t hash = mix(mix(mix(6, task->node->step->number), task->chunk), task->attempt);

	hash = mix(mix(mix(hash, task->chunk_state), task->state), task_flags(task));
	hash = mix(mix(mix(hash, task->worker), task->tries), task->smaller * 2 + task->splitting);
	hash = mix(hash, task->state == TASK_WRITING && exec->journal.durable >= task->until);
	hash = mix(mix_str(hash, task->still), task->unsure);
	hash = mix(hash, task->asking ? task->asking->number + 1 : 0);
	if (task->state == TASK_HELD)
		hash = mix(mix(hash, task->held.kind), (uint64_t)task->held.code);
	for (size_t i = 0; i < task->frame_count; i++) {
		const struct frame *frame = &task->frames[i];

		hash = mix(mix(hash, frame->at), frame->row);
		if (frame->section.count)
			hash = mix(hash, frame->section.steps[0]->number);
	}
	return hash;
}

static uint64_t rows_state(const struct buf *buf)
{
	struct str rest = {buf->data, buf->size};
	uint64_t hash = 7;

	while (rest.n) {
		ptrdiff_t end = str_find(rest, STR("\n"));
		json_t *json = json_loadb(rest.p, (size_t)end, 0, NULL);

		for (const char *const *key = (const char *const[]){"step", "chunk", "state",
		                                                    "pinned", "boot", NULL};
		     *key; key++)
			hash = mix_str(hash,
			               str_of(json_string_value(json_object_get(json, *key))));
		hash = mix(hash, (uint64_t)json_integer_value(json_object_get(json, "attempt")));
		json_decref(json);
		rest.p += end + 1;
		rest.n -= (size_t)end + 1;
	}
	return hash;
}

/* What it knows from probes of the top level, and which guards are open. */
static uint64_t known_state(const struct exec *exec)
{
	uint64_t hash = 12;

	for (size_t i = 0; i < exec->graph->step_total; i++) {
		const struct pinned *pinned = exec->pins[i];

		for (size_t k = 0; pinned && k < pinned->row_count * pinned->column_count; k++)
			hash = mix_str(mix(hash, i), pinned->values[k]);
	}
	for (size_t i = 0; i < exec->guard_count; i++)
		hash = mix(mix(hash, exec->guards[i].open), exec->guards[i].attempt);
	return hash;
}

uint64_t exec_state(const struct exec *exec)
{
	const struct journal *journal = &exec->journal;
	uint64_t hash = mix(mix(8, rows_state(&journal->pending)), rows_state(&journal->flying));

	hash = mix(mix(mix(hash, journal->asking), journal->urgent), exec->stopping);
	for (size_t i = 0; i < exec->tasks.count; i++)
		hash = mix(hash, task_state(exec, exec->tasks.items[i]));
	for (size_t i = 0; i < exec->graph->step_count; i++) {
		const struct node *node = &exec->nodes[i];

		hash = mix(mix(mix(hash, node->state), node->chunk_next), node->chunks_done);
		hash = mix(mix(mix(hash, node->chunks.count), node->smaller),
		           node->halted * 2 + node->no_room);
	}
	return mix(mix_str(hash, exec->boot), known_state(exec));
}

/* --- the set --- */

static bool put(struct seen *seen, uint64_t state)
{
	size_t i = state % seen->size;

	while (seen->items[i] && seen->items[i] != state)
		i = (i + 1) % seen->size;
	if (seen->items[i])
		return false;
	seen->items[i] = state;
	return true;
}

bool seen_add(struct seen *seen, uint64_t state)
{
	state = state ? state : 1;
	if (2 * seen->count >= seen->size) {
		struct seen bigger = {.size = seen->size ? 2 * seen->size : 4096};

		bigger.items = xmalloc(bigger.size * sizeof(*bigger.items));
		memset(bigger.items, 0, bigger.size * sizeof(*bigger.items));
		for (size_t i = 0; i < seen->size; i++) {
			if (seen->items[i])
				put(&bigger, seen->items[i]);
		}
		bigger.count = seen->count;
		free(seen->items);
		*seen = bigger;
	}
	if (!put(seen, state))
		return false;
	seen->count++;
	return true;
}

void seen_release(struct seen *seen)
{
	free(seen->items);
	*seen = (struct seen){0};
}
