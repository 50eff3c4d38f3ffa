/*
 * doubt.c: chunks of which nobody can tell what is in (REPEAT_NEVER, `using direct unsafe`).
 *
 * Such a chunk's INSERT was sent, or may have been, and no success was heard. The journal has its row
 * `begun` and none after it; that is what a later run and `bfc abort` go by.
 */
#include "runtime/exec_internal.h"

/* The list is for a person: more than these are counted. */
#define DOUBTS_SHOWN 5

bool attempt_is_direct(struct str step)
{
	return attempt_family(step).n && str_ends(step, STR(".direct"));
}

bool attempt_in_doubt(const struct task *task)
{
	return task->unsure &&
	       (task->chunk_state == CHUNK_LOADING || task->chunk_state == CHUNK_BEGINNING ||
	        (task->chunk_state == CHUNK_SEALING && task->exec->journal.durable < task->until));
}

void attempt_unsent(struct task *task)
{
	struct exec *exec = task->exec;
	struct journal_row row;

	if (task->unsure || !exec->lock.held ||
	    (task->chunk_state != CHUNK_BEGINNING && task->chunk_state != CHUNK_LOADING))
		return;
	row = attempt_row(task, JOURNAL_DISCARDED);
	journal_add(&exec->journal, &row);
}

/* `begun` when this run began: it is not touched; or under way in this run. */
static bool chunk_in_doubt(struct exec *exec, const struct node *node, size_t chunk)
{
	const struct journal_entry *entry =
	        journal_find(&exec->journal, node->step->id, node->chunks.items[chunk].name);

	if (entry && entry->state == JOURNAL_BEGUN)
		return true;
	for (size_t i = 0; i < exec->tasks.count; i++) {
		const struct task *task = exec->tasks.items[i];

		if (task->node == node && task->chunk == chunk && attempt_in_doubt(task))
			return true;
	}
	return false;
}

bool attempt_doubts_before(struct exec *exec, const struct node *node)
{
	for (size_t i = 0; i < node->chunks.count; i++) {
		if (node->step->repeat != REPEAT_NEVER || !chunk_in_doubt(exec, node, i))
			continue;
		exec_stop(
		        exec, EXEC_STOPPED, "%.*s was broken off by an earlier run",
		        STR_ARG(sched_label(exec, &exec->arena, node, node->chunks.items[i].name)));
		return true;
	}
	return false;
}

static void add_doubt(struct buf *out, const struct node *node, size_t chunk)
{
	const struct chunk *doubt = &node->chunks.items[chunk];
	const struct pinned *rows = doubt->rows;

	buf_addf(out, "%s  in doubt: chunk %.*s of %zu of '%.*s'", out->size ? "\n" : "",
	         STR_ARG(doubt->name), node->chunks.count, STR_ARG(node->step->id));
	for (size_t i = 0; i < rows->column_count; i++)
		buf_addf(out, "%s%.*s = %.*s", i ? ", " : ": ", STR_ARG(rows->columns[i]),
		         STR_ARG(rows->values[doubt->row * rows->column_count + i]));
}

struct str attempt_doubts(struct exec *exec)
{
	struct buf out;
	struct str text;
	size_t count = 0;

	buf_init(&out, BUF_CEILING_OUTPUT);
	for (size_t i = 0; exec->nodes && i < exec->graph->step_count; i++) {
		const struct node *node = &exec->nodes[i];

		if (node->step->repeat != REPEAT_NEVER)
			continue;
		for (size_t chunk = 0; chunk < node->chunks.count; chunk++)
			if (chunk_in_doubt(exec, node, chunk) && ++count <= DOUBTS_SHOWN)
				add_doubt(&out, node, chunk);
	}
	if (count > DOUBTS_SHOWN)
		buf_addf(&out, "\n  … and %zu more", count - DOUBTS_SHOWN);
	if (count)
		buf_addf(
		        &out,
		        "\n  all, some or none of the rows may be in the live tables; bfc does not "
		        "send them again\n  hint: compare what is there with the source. When none "
		        "of "
		        "it is there, or you have taken it out: bfc abort %.*s --in-doubt absent; "
		        "when "
		        "all of it is there: bfc abort %.*s --in-doubt loaded. When it is not the "
		        "same for all: --in-doubt 3=absent,5=loaded, by their numbers. Then run "
		        "the "
		        "same command again",
		        STR_ARG(exec->migration), STR_ARG(exec->migration));
	text = arena_str(&exec->arena, buf_str(&out));
	buf_release(&out);
	return text;
}
