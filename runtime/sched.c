/*
 * Top-level steps: which may start, which are done; the turn of the run.
 *
 * A step begins when its deps are done. Two kinds begin early, when all that is missing are questions
 * that every run asks anew and that are under way, or was done by an earlier run:
 * - Such questions themselves: they only look. Their answers are taken in the order of the deps all the
 *   same, and with what a probe among these says now: else they are asked again.
 * - Chunks, where some were begun before. They prepare: what attempts of dead runs have staged is dropped,
 *   the journal gets its row `begun`, which promises nothing but a number, and the attempt's first table is
 *   made. No other statement of it is sent, nothing that was sealed is published or dropped.
 * So a resume is at work again one round trip after it has read the journal.
 */
#include <stdio.h>
#include <stdlib.h>

#include "runtime/exec_internal.h"

/* Metadata statements at once: more would only queue at the server. */
#define TOP_TASKS_MAX 32

/* --- set-up --- */

static bool in_section(const struct step *step, enum step_phase phase, bool sealed)
{
	if (step->when == WHEN_SPLIT || step->when == WHEN_BEFORE || step->when == WHEN_SHORT)
		return false;
	if (phase == PHASE_FINISH)
		return step->phase == PHASE_FINISH;
	if (step->phase == PHASE_FINISH)
		return false;
	return sealed == (phase == PHASE_PUBLISH);
}

/*
 * An attempt loads, publishes, finishes. What comes up to the seal counts as loading; the first
 * step of PHASE_PUBLISH that is no seal begins the publishing.
 */
static struct section make_section(struct exec *exec, const struct each *each,
                                   enum step_phase phase)
{
	struct section section = {
	        .steps = arena_array(&exec->arena, const struct step *, each->body_count + 1)};
	bool sealed = false;

	for (size_t i = 0; i < each->body_count; i++) {
		const struct step *step = each->body[i];
		bool seal = step->kind == STEP_PROBE && step->pin == PIN_SEAL;

		if (step->phase == PHASE_PUBLISH && !seal)
			sealed = true;
		if (in_section(step, phase, sealed))
			section.steps[section.count++] = step;
	}
	return section;
}

static struct section find_gates(struct exec *exec, const struct each *each)
{
	struct section section = {
	        .steps = arena_array(&exec->arena, const struct step *, each->body_count + 1)};

	for (size_t i = 0; i < each->body_count; i++) {
		if (each->body[i]->when == WHEN_BEFORE || each->body[i]->when == WHEN_SHORT)
			section.steps[section.count++] = each->body[i];
	}
	return section;
}

static const struct step *find_halves(const struct each *each)
{
	for (size_t i = 0; i < each->body_count; i++) {
		if (each->body[i]->when == WHEN_SPLIT && each->body[i]->kind == STEP_PROBE)
			return each->body[i];
	}
	return NULL;
}

static void enqueue(struct exec *exec, size_t at)
{
	exec->nodes[at].queued = true;
	exec->ready[exec->ready_count++] = (uint32_t)at;
}

static void make_dependents(struct exec *exec)
{
	const struct graph *graph = exec->graph;

	for (size_t i = 0; i < graph->step_count; i++) {
		for (size_t j = 0; j < graph->steps[i]->dep_count; j++)
			exec->nodes[graph->steps[i]->deps[j]].dependent_count++;
	}
	for (size_t i = 0; i < graph->step_count; i++) {
		struct node *node = &exec->nodes[i];

		node->dependents = arena_array(&exec->arena, uint32_t, node->dependent_count + 1);
		node->dependent_count = 0;
	}
	for (size_t i = 0; i < graph->step_count; i++) {
		const struct step *step = graph->steps[i];

		for (size_t j = 0; j < step->dep_count; j++) {
			struct node *node = &exec->nodes[step->deps[j]];

			node->dependents[node->dependent_count++] = (uint32_t)i;
		}
		exec->nodes[i].missing = exec->nodes[i].blocked = step->dep_count;
		if (!step->dep_count)
			enqueue(exec, i);
	}
}

void sched_init(struct exec *exec)
{
	const struct graph *graph = exec->graph;

	exec->nodes = arena_array(&exec->arena, struct node, graph->step_count + 1);
	exec->ready = arena_array(&exec->arena, uint32_t, 2 * graph->step_count + 1);
	exec->running = arena_array(&exec->arena, struct node *, graph->step_count + 1);
	for (size_t i = 0; i < graph->step_count; i++) {
		const struct step *step = graph->steps[i];

		exec->nodes[i].step = step;
		if (step->kind != STEP_EACH || step->each->kind != EACH_CHUNKS)
			continue;
		exec->nodes[i].before = find_gates(exec, step->each);
		exec->nodes[i].load = make_section(exec, step->each, PHASE_LOAD);
		exec->nodes[i].publish = make_section(exec, step->each, PHASE_PUBLISH);
		exec->nodes[i].finish = make_section(exec, step->each, PHASE_FINISH);
		exec->nodes[i].halves = find_halves(step->each);
		exec->loops += step->phase != PHASE_PUBLISH;
	}
	make_dependents(exec);
}

/* --- one node --- */

static bool is_chunks(const struct step *step)
{
	return step->kind == STEP_EACH && step->each->kind == EACH_CHUNKS;
}

/* A question that every run asks anew: it changes nothing, and nothing hangs on its answer but whether
 * the run goes on, and other questions. */
bool sched_only_looks(const struct step *step)
{
	if (step->repeat != REPEAT_READ_ONLY)
		return false;
	if (step->kind == STEP_PROBE)
		return step->pin == PIN_NEVER && step->one_row;
	return step->kind == STEP_ASSERT && step->when == WHEN_EVERY_RUN;
}

/* What a probe that is asked anew said last: others may ask with that (task_let_go()). */
static void recall(struct exec *exec, const struct node *node)
{
	const struct journal_entry *entry = journal_find(&exec->journal, node->step->id, STR(""));

	if (node->step->kind == STEP_PROBE && entry && entry->state == JOURNAL_DONE)
		pins_from_json(exec, NULL, entry->pinned);
}

static bool is_told(struct exec *exec, const struct step *step)
{
	const struct journal_entry *entry = journal_find(&exec->journal, step->id, STR(""));

	return entry && entry->state == JOURNAL_DONE;
}

/* Rows `done` ride along: the journal may have that of a scratch object and not yet that of its DROP, which
 * was done all the same. So it is made again until it is known that nobody needs it any more. */
static bool was_dropped(struct exec *exec, size_t at)
{
	const struct graph *graph = exec->graph;

	for (size_t i = at + 1; i < graph->step_count; i++) {
		if (graph->steps[i]->phase == PHASE_ENSURE &&
		    graph->steps[i]->repeat == REPEAT_IF_EXISTS)
			return is_told(exec, graph->steps[i]);
	}
	return true;
}

static bool was_done(struct exec *exec, const struct node *node)
{
	const struct step *step = node->step;

	if (step->repeat == REPEAT_REPLACES && !was_dropped(exec, (size_t)(node - exec->nodes)))
		return false;
	/* The chunks' own rows are what counts; they cost nothing more. */
	return is_told(exec, step) && step->when == WHEN_ONCE &&
	       (step->kind != STEP_PROBE || step->pin == PIN_RUN) && !is_chunks(step);
}

static bool knows_params(struct exec *exec, const struct step *step)
{
	for (size_t i = 0; i < step->use_count; i++) {
		const struct binding *found = scope_find(&exec->scope, step->uses[i].name);

		if (!found || !found->value.p)
			return false;
	}
	return true;
}

/* Early, too; what was done before only lets others begin early then. The first chunk's row `begun`
 * binds the migration to its plan (forget_unloaded() in journal_read.c), and where chunks can't be
 * repeated it is a doubt. */
static bool may_begin(struct exec *exec, const struct node *node)
{
	const struct step *step = node->step;

	if (!node->missing || node->blocked || node->unblocks)
		return !node->missing;
	if (is_chunks(step))
		return step->repeat != REPEAT_NEVER &&
		       exec->past.chunk_epoch > exec->past.void_epoch;
	return sched_only_looks(step) ? knows_params(exec, step) : was_done(exec, node);
}

static void dependents_begin(struct exec *exec, const struct node *node)
{
	for (size_t i = 0; i < node->dependent_count; i++) {
		size_t at = node->dependents[i];

		if (!exec->nodes[at].queued && may_begin(exec, &exec->nodes[at]))
			enqueue(exec, at);
	}
}

static void unblock(struct exec *exec, struct node *node)
{
	if (node->unblocks)
		return;
	node->unblocks = true;
	for (size_t i = 0; i < node->dependent_count; i++)
		exec->nodes[node->dependents[i]].blocked--;
	dependents_begin(exec, node);
}

void sched_node_done(struct exec *exec, struct node *node)
{
	node->state = NODE_DONE;
	exec->nodes_done++;
	for (size_t i = 0; i < node->dependent_count; i++)
		exec->nodes[node->dependents[i]].missing--;
	unblock(exec, node);
	dependents_begin(exec, node);
}

bool sched_is_early(const struct task *task)
{
	return task->node->missing > 0;
}

static bool is_staged_name(const struct each *each, struct str name)
{
	for (size_t i = 0; i < each->object_count; i++) {
		if (str_eq(each->objects[i].param, name))
			return true;
	}
	return false;
}

/* Is the attempt's first statement still to be sent, one that makes a table out of names alone? What checks
 * have yet to say then changes nothing in it. */
static bool stages_next(const struct task *task)
{
	const struct frame *frame = &task->frames[0];
	const struct step *step;

	if (task->state != TASK_IDLE || task->frame_count != 1 || frame->at ||
	    !frame->section.count)
		return false;
	step = frame->section.steps[0];
	for (size_t i = 0; i < step->use_count; i++) {
		if (!is_staged_name(task->node->step->each, step->uses[i].name))
			return false;
	}
	return step->kind == STEP_RUN && step->phase == PHASE_STAGE;
}

/* A chunk's task of a node that began early: how far it may go. What else is to be asked lets the first
 * chunks' rows go before. */
static bool has_to_stay(const struct task *task)
{
	const struct exec *exec = task->exec;

	if (task->chunk_state == CHUNK_NONE)
		return task->state == TASK_IDLE && exec->journal.durable < exec->first_rows;
	if (!sched_is_early(task))
		return false;
	switch (task->chunk_state) {
	case CHUNK_WAITING:
	case CHUNK_BEGINNING:
		return false;
	case CHUNK_DISCARDING:
		return !task->cleaner;
	case CHUNK_LOADING:
		return !stages_next(task);
	default:
		return true;
	}
}

struct task *sched_new_task(struct exec *exec, struct node *node)
{
	struct task *task = xmalloc(sizeof(*task));

	task_init(task, exec, node);
	*list_add(&exec->arena, &exec->tasks) = task;
	return task;
}

/* Done in an earlier run; a pinned probe's rows come from there too. */
static bool done_before(struct exec *exec, struct node *node)
{
	const struct step *step = node->step;
	const struct journal_entry *entry = journal_find(&exec->journal, step->id, STR(""));

	if (!was_done(exec, node))
		return false;
	if (step->kind == STEP_PROBE && !pins_from_json(exec, NULL, entry->pinned)) {
		exec_stop(exec, EXEC_STOPPED, "the journal's row for step '%.*s' can't be read",
		          STR_ARG(step->id));
		return false;
	}
	return true;
}

static void start_node(struct exec *exec, struct node *node)
{
	const struct step *step = node->step;
	struct section section = {.steps = &node->step, .count = 1};
	struct task *task;

	if (done_before(exec, node)) {
		node->queued = !node->missing;
		if (node->missing)
			unblock(exec, node);
		else
			sched_node_done(exec, node);
		return;
	}
	if (exec->stopping)
		return;
	if (is_chunks(step)) {
		sched_start_chunks(exec, node);
		return;
	}
	node->state = NODE_RUNNING;
	exec->top_tasks++;
	task = sched_new_task(exec, node);
	task_push(task, section, NULL, NULL);
	/* A sweep drops by name: first prove, by a fenced journal row, that we are still the one.
	 */
	if (step->phase == PHASE_FINISH && step->kind == STEP_EACH) {
		struct journal_row row = {.state = JOURNAL_BEGUN, .step = step->id};

		task_write(task, &row);
	}
	guards_before(exec, task, (size_t)(node - exec->nodes));
	if (sched_only_looks(step)) {
		recall(exec, node);
		unblock(exec, node);
	}
}

/* What an abort has taken back is outranked by a later attempt alone. */
static void write_done(struct exec *exec, const struct step *step)
{
	struct journal_row row = {.state = JOURNAL_DONE,
	                          .step = step->id,
	                          .attempt = journal_attempt(&exec->journal, step->id)};

	journal_add(&exec->journal, &row);
}

void sched_task_ended(struct exec *exec, struct task *task)
{
	struct node *node = task->node;

	task->state = TASK_ENDED;
	exec->tasks_ended++;
	if (task->chunk_state != CHUNK_NONE) {
		sched_free_worker(exec, task);
		node->running--;
		node->chunks.items[task->chunk].done = true;
		node->chunks_done++;
		return;
	}
	exec->top_tasks--;
	if (node->step->when == WHEN_ONCE && node->step->kind != STEP_PROBE)
		write_done(exec, node->step);
	sched_node_done(exec, node);
	guards_done(exec, (size_t)(node - exec->nodes));
}

/* --- the turn --- */

static void wake_task(struct exec *exec, struct task *task)
{
	if (task->state == TASK_PAUSED && exec_now(exec) >= task->wake_ms)
		task->state = TASK_IDLE;
	if (task->state == TASK_HELD && !sched_is_early(task))
		task_let_go(task);
	if (task->state == TASK_OUTSIDE)
		gate_poll(task);
	if (has_to_stay(task))
		return;
	if (task->state == TASK_QUEUED && !task->node->publisher)
		task->state = TASK_IDLE;
	if (task->state == TASK_WRITING && exec->journal.durable >= task->until) {
		task->state = TASK_IDLE;
		/* A top-level step's frame goes on by itself. */
		if (task->chunk_state != CHUNK_NONE)
			attempt_written(task);
	}
	/* Not sure of the lock: nothing new goes out but the heartbeat. */
	if (task->state == TASK_IDLE && !has_to_stay(task) && lock_sure(&exec->lock))
		task_run(task);
}

/* At a resume the rows `begun` of the first chunks go out alone. What follows them is work already, and beside
 * the checks the server took twice as long for them. */
static void write_first(struct exec *exec)
{
	bool any = false;

	for (size_t i = 0; i < exec->tasks.count && !exec->stopping; i++) {
		struct task *task = exec->tasks.items[i];

		if ((task->chunk_state != CHUNK_WAITING && task->chunk_state != CHUNK_BEGINNING) ||
		    task->state != TASK_IDLE || !sched_is_early(task))
			continue;
		wake_task(exec, task);
		if (task->state != TASK_WRITING)
			continue;
		exec->first_rows = task->until;
		any = true;
	}
	if (!any || exec->stopping)
		return;
	exec_tell_chunks(exec);
	journal_turn(&exec->journal);
}

static void wake_tasks(struct exec *exec)
{
	size_t kept = 0;

	write_first(exec);

	for (size_t i = 0; i < exec->tasks.count && !exec->stopping; i++)
		wake_task(exec, exec->tasks.items[i]);
	for (size_t i = 0; i < exec->tasks.count; i++) {
		struct task *task = exec->tasks.items[i];

		if (task->state == TASK_ENDED && !task->call.flying) {
			arena_release(&task->arena);
			free(task);
		} else {
			exec->tasks.items[kept++] = task;
		}
	}
	exec->tasks.count = kept;
}

static void start_ready(struct exec *exec)
{
	while (exec->ready_next < exec->ready_count && exec->top_tasks < TOP_TASKS_MAX &&
	       !exec->stopping && lock_sure(&exec->lock))
		start_node(exec, &exec->nodes[exec->ready[exec->ready_next++]]);
}

bool sched_turn(struct exec *exec)
{
	size_t before;

	/* What ends makes something else ready: until nothing moves. */
	do {
		size_t kept = 0;

		before = exec->nodes_done + exec->tasks_ended + exec->freed;
		start_ready(exec);
		for (size_t i = 0; i < exec->running_count && !exec->stopping; i++) {
			if (lock_sure(&exec->lock))
				sched_turn_chunks(exec, exec->running[i]);
		}
		for (size_t i = 0; i < exec->running_count; i++) {
			if (exec->running[i]->state == NODE_RUNNING)
				exec->running[kept++] = exec->running[i];
		}
		exec->running_count = kept;
		wake_tasks(exec);
	} while (exec->nodes_done + exec->tasks_ended + exec->freed != before && !exec->stopping);
	return exec->nodes_done < exec->graph->step_count;
}

uint64_t sched_deadline_ms(struct exec *exec)
{
	uint64_t next = UINT64_MAX;

	for (size_t i = 0; i < exec->tasks.count; i++) {
		const struct task *task = exec->tasks.items[i];

		if ((task->state == TASK_PAUSED || task->state == TASK_OUTSIDE) &&
		    task->wake_ms < next)
			next = task->wake_ms;
		if (task->state == TASK_HELD && !sched_is_early(task))
			return 0;
		if (has_to_stay(task))
			continue;
		if ((task->state == TASK_ENDED && !task->call.flying) ||
		    (task->state == TASK_IDLE && lock_sure(&exec->lock)) ||
		    (task->state == TASK_WRITING && exec->journal.durable >= task->until))
			return 0;
	}
	return next;
}
