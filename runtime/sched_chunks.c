/*
 * The chunks of an EACH_CHUNKS: which there are, which are done, which worker has which; whose turn it is
 * to publish.
 */
#include <stdlib.h>

#include "runtime/exec_internal.h"

/* One more than cores: a chunk's load is its work, and while it is begun, staged, verified and sealed a
 * core has nothing to do (24 chunks of 0.1 s on two cores: 0.95 of the time). */
#define WORKERS_AUTO_MAX 8
/* Sealed chunks hold no worker: where publishing is slow, or waits for merges, they must not pile up. */
#define CHUNKS_MAX(node) (3 * (node)->workers)

static unsigned workers_of(struct exec *exec, const struct each *each)
{
	if (exec->options->workers)
		return exec->options->workers;
	if (each->workers)
		return each->workers;
	return exec->cores < WORKERS_AUTO_MAX ? (unsigned)exec->cores + 1 : WORKERS_AUTO_MAX;
}

static struct chunk *add_chunk(struct exec *exec, struct node *node, const struct pinned *rows,
                               size_t row, struct str name)
{
	struct chunk *chunk = list_add(&exec->arena, &node->chunks);

	*chunk = (struct chunk){.name = name, .rows = rows, .row = row};
	return chunk;
}

static void add_parts(struct exec *exec, struct node *node, size_t parent, unsigned smaller,
                      const struct pinned *parts)
{
	struct str name = node->chunks.items[parent].name;

	for (size_t i = 0; i < parts->row_count; i++)
		add_chunk(exec, node, parts, i,
		          str_of(arena_printf(&exec->arena, "%.*s.%zu", STR_ARG(name), i + 1)))
		        ->smaller = smaller;
	node->chunks.items[parent].done = true;
	node->chunks_done++;
	node->splits++;
}

static void part_before(struct exec *exec, struct node *node, size_t at,
                        const struct journal_entry *entry)
{
	const struct pinned *parts =
	        node->halves ? pins_of_step(&exec->arena, node->halves, entry->pinned) : NULL;

	if (!parts)
		exec_stop(exec, EXEC_STOPPED,
		          "the journal's row for the parts of chunk %.*s can't "
		          "be read",
		          STR_ARG(node->chunks.items[at].name));
	else
		add_parts(exec, node, at, attempt_smaller(entry->pinned), parts);
}

/* Nothing is staged that would have to go: what is in is done. */
static bool is_done_direct(struct exec *exec, const struct node *node, const struct chunk *chunk,
                           const struct journal_entry *entry)
{
	struct journal_row row = {.state = JOURNAL_DONE,
	                          .step = node->step->id,
	                          .chunk = chunk->name,
	                          .attempt = entry->state_attempt,
	                          .rows = entry->rows};

	if (node->step->repeat != REPEAT_NEVER ||
	    (entry->state != JOURNAL_SEALED && entry->state != JOURNAL_PUBLISHED))
		return false;
	journal_add(&exec->journal, &row);
	return true;
}

/* Parts that are added here are looked at, too: they may have been split again. */
static void count_chunks_before(struct exec *exec, struct node *node)
{
	for (size_t i = 0; i < node->chunks.count && !exec->stopping; i++) {
		struct chunk *chunk = &node->chunks.items[i];
		const struct journal_entry *entry =
		        journal_find(&exec->journal, node->step->id, chunk->name);

		if (entry && entry->state == JOURNAL_SPLIT)
			part_before(exec, node, i, entry);
		/* Also of an attempt that has not come far: the text is the last that was discarded. */
		if (entry && (entry->state == JOURNAL_DISCARDED || entry->state == JOURNAL_BEGUN) &&
		    attempt_smaller(entry->pinned) > chunk->smaller)
			chunk->smaller = attempt_smaller(entry->pinned);
		if (!entry ||
		    (entry->state != JOURNAL_DONE && !is_done_direct(exec, node, chunk, entry)))
			continue;
		chunk->done = true;
		node->chunks_done++;
		exec->result->summary.rows_total += entry->rows;
	}
}

/* Before anything is staged: the server would refuse the statement, not the plan. */
static bool values_fit(struct exec *exec, const struct node *node)
{
	const struct pinned *rows = node->rows;

	for (size_t i = 0; i < rows->row_count * rows->column_count; i++) {
		if (rows->values[i].n <= PARAM_BYTES_MAX)
			continue;
		exec_stop(
		        exec, EXEC_BAD_INPUT,
		        "step '%.*s': '%.*s' of chunk %zu is %zu bytes long, and a server takes %d "
		        "in a parameter\n  hint: fewer files a chunk",
		        STR_ARG(node->step->id), STR_ARG(rows->columns[i % rows->column_count]),
		        i / rows->column_count + 1, rows->values[i].n, PARAM_BYTES_MAX);
		return false;
	}
	return true;
}

/* Their names are never used again, so that they can be dropped beside whatever comes next; what a
 * seal stands for is no attempt's that is over. */
static void start_cleaners(struct exec *exec, struct node *node, const struct task *of)
{
	const struct journal_entry *entry = journal_find(&exec->journal, node->step->id, of->name);
	uint32_t end;

	if (!entry || !entry->unclean)
		return;
	end = entry->state == JOURNAL_SEALED || entry->state == JOURNAL_PUBLISHED
	              ? entry->state_attempt
	              : entry->attempt + 1;
	for (uint32_t attempt = entry->unclean; attempt < end; attempt++) {
		struct task *task = sched_new_task(exec, node);

		task->chunk = of->chunk;
		task->name = of->name;
		node->cleaners++;
		attempt_clean_up(task, attempt);
	}
}

static struct task *new_chunk_task(struct exec *exec, struct node *node, size_t chunk)
{
	struct task *task = sched_new_task(exec, node);

	task->chunk = chunk;
	task->name = node->chunks.items[chunk].name;
	node->chunks.items[chunk].begun = true;
	node->running++;
	return task;
}

/*
 * What is loaded already needs no worker. It is first in the line for the turn to publish, before any
 * chunk is there that was loaded in this run: see sched_take_turn().
 */
static void start_sealed(struct exec *exec, struct node *node)
{
	for (size_t i = 0; i < node->chunks.count && !exec->stopping; i++) {
		const struct chunk *chunk = &node->chunks.items[i];
		const struct journal_entry *entry =
		        journal_find(&exec->journal, node->step->id, chunk->name);
		struct task *task;

		if (chunk->done || !entry || entry->state != JOURNAL_SEALED)
			continue;
		task = new_chunk_task(exec, node, i);
		start_cleaners(exec, node, task);
		attempt_start(task);
	}
}

static void start_chunk(struct exec *exec, struct node *node)
{
	struct task *task;
	unsigned worker = 0;

	while (node->chunk_next < node->chunks.count &&
	       (node->chunks.items[node->chunk_next].done ||
	        node->chunks.items[node->chunk_next].begun))
		node->chunk_next++;
	if (node->chunk_next >= node->chunks.count)
		return;
	while (worker + 1 < node->workers && node->worker_busy[worker])
		worker++;
	node->worker_busy[worker] = true;
	node->busy++;
	task = new_chunk_task(exec, node, node->chunk_next++);
	task->worker = worker;
	task->has_worker = true;
	start_cleaners(exec, node, task);
	attempt_start(task);
}

void sched_start_chunks(struct exec *exec, struct node *node)
{
	const struct each *each = node->step->each;

	if (each->over.n) {
		const struct step *probe = graph_find(exec->graph, each->over);

		node->rows = probe ? exec->pins[probe->number] : NULL;
	} else {
		node->rows = pins_literal(&exec->arena, each);
	}
	if (!node->rows) {
		exec_stop(exec, EXEC_STOPPED, "step '%.*s' goes over '%.*s', which has no rows yet",
		          STR_ARG(node->step->id), STR_ARG(each->over));
		return;
	}
	if (!values_fit(exec, node))
		return;
	node->state = NODE_RUNNING;
	for (size_t i = 0; i < node->rows->row_count; i++)
		add_chunk(exec, node, node->rows, i,
		          str_of(arena_printf(&exec->arena, "%zu", i + 1)));
	node->workers = workers_of(exec, each);
	node->worker_busy = arena_array(&exec->arena, bool, node->workers + 1);
	count_chunks_before(exec, node);
	if (attempt_doubts_before(exec, node))
		return;
	exec->running[exec->running_count++] = node;
	if (exec->resuming && exec->options->observer && exec->options->observer->resumed)
		exec->options->observer->resumed(
		        exec->options->observer->state,
		        str_of(arena_printf(&exec->arena, "%.*s: %zu of %zu chunks are done",
		                            STR_ARG(node->step->id),
		                            node->chunks_done - node->splits,
		                            node->chunks.count - node->splits)));
	start_sealed(exec, node);
}

void sched_turn_chunks(struct exec *exec, struct node *node)
{
	while (node->busy < node->workers && node->running < CHUNKS_MAX(node) && !exec->stopping &&
	       !node->failure.n) {
		unsigned before = node->running;

		start_chunk(exec, node);
		if (node->running == before)
			break;
	}
	if (node->failure.n && node->halted == node->running)
		exec_stop(exec, node->failure_exit, "%.*s", STR_ARG(node->failure));
	if (node->chunks_done == node->chunks.count && !node->running && !node->cleaners &&
	    !node->missing) {
		struct journal_row row = {.state = JOURNAL_DONE, .step = node->step->id};

		journal_add(&exec->journal, &row);
		sched_node_done(exec, node);
	}
}

void sched_free_worker(struct exec *exec, struct task *task)
{
	struct node *node = task->node;

	if (!task->has_worker)
		return;
	task->has_worker = false;
	node->worker_busy[task->worker] = false;
	node->busy--;
	exec->freed++;
}

/* What comes next is the look at its seal, or is behind it. */
static bool publishes_next(const struct task *task)
{
	const struct frame *frame = task->frame_count ? &task->frames[task->frame_count - 1] : NULL;
	const struct step *step =
	        frame && frame->at < frame->section.count ? frame->section.steps[frame->at] : NULL;

	return task->chunk_state == CHUNK_LOOKING || task->chunk_state == CHUNK_PUBLISHING ||
	       (task->chunk_state == CHUNK_LOADING && step && step->kind == STEP_PROBE &&
	        step->pin == PIN_SEAL);
}

bool sched_take_turn(struct task *task)
{
	struct node *node = task->node;

	if (!publishes_next(task))
		return true;
	if (!node->publisher)
		node->publisher = task;
	return node->publisher == task;
}

void sched_end_turn(struct task *task)
{
	if (task->node->publisher != task)
		return;
	task->node->publisher = NULL;
	task->exec->freed++;
}

void sched_cleaner_ended(struct exec *exec, struct task *task)
{
	task->state = TASK_ENDED;
	exec->tasks_ended++;
	task->node->cleaners--;
}

void sched_split(struct exec *exec, struct task *task, struct str pinned)
{
	const struct exec_observer *observer = exec->options->observer;
	struct node *node = task->node;
	const struct pinned *parts = pins_of_step(&exec->arena, node->halves, pinned);

	task->state = TASK_ENDED;
	exec->tasks_ended++;
	sched_free_worker(exec, task);
	node->running--;
	add_parts(exec, node, task->chunk, task->smaller, parts);
	exec->chunks_told = NULL; /* there are more now */
	if (observer && observer->chunk_split) {
		struct exec_chunk chunk = sched_chunk(task);

		observer->chunk_split(observer->state, &chunk, parts->row_count);
	}
}

struct str sched_label(struct exec *exec, struct arena *arena, const struct node *node,
                       struct str name)
{
	struct str family = attempt_family(node->step->id);
	bool several = exec->loops > 1 && family.n;

	if (node->step->phase == PHASE_PUBLISH)
		return str_of(arena_printf(arena, "%.*s%spublishing",
		                           STR_ARG(several ? family : STR("")),
		                           several ? " " : ""));
	return str_of(arena_printf(arena, "%.*s%schunk %.*s of %zu",
	                           STR_ARG(several ? family : STR("")), several ? " " : "",
	                           STR_ARG(name), node->rows->row_count));
}

struct exec_chunk sched_chunk(struct task *task)
{
	const struct node *node = task->node;
	struct exec_chunk chunk = {
	        .each = node->step->id,
	        .name = task->name,
	        .label = sched_label(task->exec, &task->arena, node, task->name),
	        .count = node->rows->row_count,
	        .worker = task->worker,
	        .moves = node->step->phase == PHASE_PUBLISH,
	        .rows = task->rows,
	};

	sched_chunks_left(task->exec, &chunk.done, &chunk.total);
	return chunk;
}

void sched_chunks_left(struct exec *exec, size_t *done, size_t *total)
{
	*done = *total = 0;
	for (size_t i = 0; exec->nodes && i < exec->graph->step_count; i++) {
		*done += exec->nodes[i].chunks_done - exec->nodes[i].splits;
		*total += exec->nodes[i].chunks.count - exec->nodes[i].splits;
	}
}
