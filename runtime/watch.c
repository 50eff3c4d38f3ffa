/* What the server's statements are at, twice a second; and ending them when the run stops. */
#include <stdlib.h>

#include "runtime/exec_internal.h"

#define WATCH_MS 500
/* Of statements in one question: as many as can be under way. */
#define WATCHED_MAX 128

static bool moves_data(const struct task *task)
{
	return task->state == TASK_ASKING && task->asking && task->asking->heavy;
}

static struct task *find_task(struct exec *exec, struct str query_id)
{
	for (size_t i = 0; i < exec->tasks.count; i++) {
		if (moves_data(exec->tasks.items[i]) &&
		    str_eq(exec->tasks.items[i]->query_id, query_id))
			return exec->tasks.items[i];
	}
	return NULL;
}

static bool read_row(struct exec *exec, const struct reply *reply, size_t row,
                     struct exec_progress *progress)
{
	struct task *task;

	if (reply->column_count < 7)
		return false;
	task = find_task(exec, reply_value(reply, row, 0));
	if (!task)
		return false;
	*progress = (struct exec_progress){
	        .step = task->asking->id,
	        .label = task_label(task),
	        .worker = task->worker,
	        .read_rows = str_u64(reply_value(reply, row, 1)),
	        .total_rows = str_u64(reply_value(reply, row, 2)),
	        .read_bytes = str_u64(reply_value(reply, row, 3)),
	        .written_rows = str_u64(reply_value(reply, row, 4)),
	        .memory_bytes = str_u64(reply_value(reply, row, 5)),
	        .elapsed_ms = str_u64(reply_value(reply, row, 6)),
	};
	return true;
}

static void seen(struct exec *exec, struct call *call, struct outcome *outcome)
{
	const struct exec_observer *observer = exec->options->observer;
	struct exec_progress list[WATCHED_MAX];
	uint64_t memory = 0;
	size_t count = 0;

	free((char *)call->request.sql.p);
	call->request.sql = (struct str){0};
	exec->watch_ms = exec_now(exec) + WATCH_MS;
	/* Progress is for the eye: what goes wrong here is no trouble. */
	if (outcome->kind != OUTCOME_OK || exec->stopping)
		return;
	for (size_t row = 0; row < outcome->reply.row_count && count < WATCHED_MAX; row++) {
		if (!read_row(exec, &outcome->reply, row, &list[count]))
			continue;
		memory += str_u64(reply_value(&outcome->reply, row, 7));
		count++;
	}
	if (memory > exec->result->summary.peak_memory_bytes)
		exec->result->summary.peak_memory_bytes = memory;
	if (count && observer && observer->progress)
		observer->progress(observer->state, list, count);
}

/* "'id', 'id'" of the tasks that `which` takes; ids hold no quotes. */
static size_t list_ids(struct exec *exec, bool (*which)(const struct task *task), struct buf *out)
{
	size_t count = 0;

	for (size_t i = 0; i < exec->tasks.count && count < WATCHED_MAX; i++) {
		if (which(exec->tasks.items[i]))
			buf_addf(out, "%s'%.*s'", count++ ? ", " : "",
			         STR_ARG(exec->tasks.items[i]->query_id));
	}
	return count;
}

void watch_turn(struct exec *exec)
{
	uint64_t now = exec_now(exec);
	struct buf ids, sql;
	bool due = false;

	for (size_t i = 0; i < exec->tasks.count; i++)
		due = due || (moves_data(exec->tasks.items[i]) &&
		              now - exec->tasks.items[i]->asked_ms >= WATCH_MS);
	if (!exec->watch)
		exec->watch = arena_new(&exec->arena, struct call);
	if (!due || exec->watch->flying || now < exec->watch_ms)
		return;
	buf_init(&ids, BUF_CEILING_OUTPUT);
	buf_init(&sql, BUF_CEILING_OUTPUT);
	list_ids(exec, moves_data, &ids);
	buf_addf(&sql,
	         "SELECT query_id, read_rows, total_rows_approx, read_bytes, written_rows, "
	         "memory_usage, toUInt64(elapsed * 1000) AS elapsed_ms, peak_memory_usage "
	         "FROM system.processes WHERE query_id IN (%.*s)",
	         STR_ARG(buf_str(&ids)));
	buf_release(&ids);
	exec->watch->request =
	        (struct request){.sql = {sql.data, sql.size}, .timeout_ms = ASK_TIMEOUT_MS / 2};
	exec->watch->done = seen;
	exec_send(exec, exec->watch);
}

uint64_t watch_deadline_ms(struct exec *exec)
{
	uint64_t next = UINT64_MAX;

	if (exec->watch && exec->watch->flying)
		return next;
	for (size_t i = 0; i < exec->tasks.count; i++) {
		const struct task *task = exec->tasks.items[i];

		if (moves_data(task) && task->asked_ms + WATCH_MS < next)
			next = task->asked_ms + WATCH_MS;
	}
	return next == UINT64_MAX || next > exec->watch_ms ? next : exec->watch_ms;
}

/* --- the end --- */

/* A publishing statement is short and better awaited than broken off. */
static bool to_kill(const struct task *task)
{
	return task->call.flying && task->asking && !task->sealed;
}

static bool tasks_flying(struct exec *exec)
{
	for (size_t i = 0; i < exec->tasks.count; i++) {
		if (exec->tasks.items[i]->call.flying)
			return true;
	}
	return false;
}

void watch_end(struct exec *exec)
{
	uint64_t began = exec_now(exec);
	struct outcome outcome;
	struct buf sql;

	if (!tasks_flying(exec))
		return;
	buf_init(&sql, BUF_CEILING_OUTPUT);
	buf_addz(&sql, "KILL QUERY WHERE query_id IN (");
	/* Without the lock the statements are not ours any more: whoever has it has seen to them.
	 */
	if (exec->lock.held && list_ids(exec, to_kill, &sql)) {
		buf_addz(&sql, ") SYNC");
		if (exec_ask(exec, buf_str(&sql), "stop the statements under way", NULL,
		             exec_end_ms(exec, END_PATIENCE_MS), &outcome))
			outcome_release(&outcome);
	}
	buf_release(&sql);
	while (tasks_flying(exec) &&
	       exec_now(exec) - began < exec_end_ms(exec, 2 * END_PATIENCE_MS))
		exec_turn(exec, 100);
}
