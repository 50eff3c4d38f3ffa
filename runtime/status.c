/* `bfc status`: what the journal says, one row a migration. */
#include "runtime/exec_internal.h"

static struct str status_sql(struct exec *exec)
{
	struct str table = exec->journal.table;
	struct str only = STR("");

	if (exec->migration.n)
		only = str_of(arena_printf(&exec->arena, "WHERE migration = %.*s ",
		                           STR_ARG(exec_literal(exec, exec->migration))));
	/* The inner query takes each chunk once, however often its rows were written. */
	return str_of(arena_printf(
	        &exec->arena,
	        "SELECT migration, any(the_tag) AS tag, argMaxIf(last_plan, last, step = '') AS "
	        "plan, "
	        "argMaxIf(last_state, last, step = '') AS state, toString(min(first_time)) AS "
	        "began, "
	        "toString(max(last_time)) AS ended, "
	        "toString(countIf(chunk != '' AND done)) AS chunks_done, "
	        "toString(max(total)) AS chunks_total, "
	        "toString(countIf(chunk != '' AND NOT done AND open)) AS under_way, "
	        "toString(sumIf(most_rows, chunk != '' AND done)) AS rows, "
	        "toString(sumIf(elapsed, step = '')) AS elapsed_ms, "
	        "toString(sumIf(tried, chunk != '')) AS attempts, "
	        "argMaxIf(last_message, message_at, last_message != '') AS last_error FROM ("
	        "SELECT migration, step, chunk, any(tag) AS the_tag, argMax(plan, (epoch, seq)) AS "
	        "last_plan, "
	        "argMax(state, (epoch, seq)) AS last_state, max((epoch, seq)) AS last, "
	        "min(time) AS first_time, max(time) AS last_time, countIf(state = 'done') > 0 AS "
	        "done, "
	        "argMax(state, (attempt, epoch, seq)) IN ('begun', 'sealed', 'published') AS open, "
	        "max(rows) AS most_rows, sumIf(elapsed_ms, step = '') AS elapsed, "
	        "uniqExactIf(attempt, state = 'begun') AS tried, "
	        "max(JSONExtractUInt(pinned, 'chunks_total')) AS total, "
	        "argMaxIf(message, (epoch, seq), message != '') AS last_message, "
	        "maxIf((epoch, seq), message != '') AS message_at "
	        "FROM %.*s %.*sGROUP BY migration, step, chunk) GROUP BY migration ORDER BY began, "
	        "migration",
	        STR_ARG(table), STR_ARG(only)));
}

static struct str copy(struct status_list *list, const struct reply *reply, size_t row,
                       const char *name)
{
	return arena_str(&list->arena, reply_value(reply, row, reply_column(reply, name)));
}

static uint64_t count_of(const struct reply *reply, size_t row, const char *name)
{
	return str_u64(reply_value(reply, row, reply_column(reply, name)));
}

/* The live holder, if there is one; a run whose holder is gone was killed. */
static bool add_holder(struct exec *exec, struct status_list *list, struct migration_status *status,
                       struct str tag)
{
	struct lock_holder *holders;
	size_t count;

	exec->lock.prefix = str_of(arena_printf(&exec->arena, "lock_%.*s_", STR_ARG(tag)));
	if (!lock_list(&exec->lock, &holders, &count))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (holders[i].alive) {
			status->holder = arena_str(&list->arena, holders[i].describe);
			status->state = STR("running");
			status->ended = STR("");
			return true;
		}
	}
	if (str_is(status->state, "started") || str_is(status->state, "resumed"))
		status->state = STR("killed");
	return true;
}

static bool read_row(struct exec *exec, struct status_list *list, const struct reply *reply,
                     size_t row)
{
	struct migration_status *status = list_add(&list->arena, &list->list);

	*status = (struct migration_status){
	        .migration = copy(list, reply, row, "migration"),
	        .plan = copy(list, reply, row, "plan"),
	        .state = copy(list, reply, row, "state"),
	        .last_error = copy(list, reply, row, "last_error"),
	        .began = copy(list, reply, row, "began"),
	        .ended = copy(list, reply, row, "ended"),
	        .chunks_done = count_of(reply, row, "chunks_done"),
	        .chunks_total = count_of(reply, row, "chunks_total"),
	        .chunks_under_way = count_of(reply, row, "under_way"),
	        .rows = count_of(reply, row, "rows"),
	        .elapsed_ms = count_of(reply, row, "elapsed_ms"),
	        .attempts = count_of(reply, row, "attempts"),
	};
	return add_holder(exec, list, status, copy(list, reply, row, "tag"));
}

void exec_status(struct str migration, struct transport *transport,
                 const struct exec_options *options, struct status_list *list,
                 struct exec_result *result)
{
	static const int missing[] = {60, 81, 0};
	struct outcome outcome;
	struct exec exec;

	exec_init(&exec, transport, options, result, migration);
	exec.looks = true;
	*list = (struct status_list){0};
	arena_init(&list->arena);
	if (exec_ask(&exec, status_sql(&exec), "read the journal", missing, exec_patience_ms(&exec),
	             &outcome)) {
		bool ok = outcome.kind == OUTCOME_OK;

		for (size_t row = 0; ok && row < outcome.reply.row_count; row++)
			ok = read_row(&exec, list, &outcome.reply, row);
		outcome_release(&outcome);
	}
	exec_release(&exec);
}
