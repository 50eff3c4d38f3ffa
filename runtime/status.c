/* `bfc status`: what the journal says, one row a migration. */
#include "runtime/exec_internal.h"

static struct str status_sql(struct exec *exec)
{
	struct str table = exec->journal.table;
	struct str only = STR("");

	if (exec->migration.n)
		only = str_of(arena_printf(&exec->arena, "WHERE migration = %.*s ",
		                           STR_ARG(exec_literal(exec, exec->migration))));
	/* A chunk that is published is in, though a run that was killed then has not cleaned up after it;
	 * not so where it went into a holding table. The inner query takes each chunk once, however often
	 * its rows were written. How many chunks there are is what the last run's plan says: one that was
	 * given up had others. An abort takes back what is done but held. Steps and rows by name:
	 * attempt.c and guard_row.h. */
	return str_of(arena_printf(
	        &exec->arena,
	        "SELECT migration, any(the_tag) AS tag, argMaxIf(last_plan, last, step = '') AS "
	        "plan, "
	        "argMaxIf(last_state, last, step = '') AS state, toString(min(first_time)) AS "
	        "began, "
	        "toString(max(last_time)) AS ended, "
	        "toString(countIf(chunk != '' AND done)) AS chunks_done, "
	        "toString(arrayMax(arrayMap((p, n) -> if(p = plan, n, 0), groupArray(total_plan), "
	        "groupArray(total)))) AS chunks_total, "
	        "toString(countIf(chunk != '' AND NOT done AND open AND NOT is_in)) AS under_way, "
	        "toString(countIf(chunk != '' AND is_in)) AS published, "
	        "toString(sumIf(most_rows, chunk != '' AND (done OR is_in))) AS rows, "
	        "toString(sumIf(elapsed, step = '')) AS elapsed_ms, "
	        "toString(sumIf(tried, chunk != '')) AS attempts, "
	        "toString(countIf(chunk != '' AND last_state = 'split')) AS chunks_split, "
	        "toString(countIf(chunk != '' AND open AND endsWith(step, '.direct') AND "
	        "last_state = 'begun')) AS in_doubt, "
	        "toString(arrayCount(family -> NOT has(groupArrayIf(splitByChar('.', step)[1], "
	        "chunk != '' AND endsWith(step, '.publish') AND (done OR last_state = "
	        "'published')), family), groupArrayIf(splitByChar('.', step)[1], chunk != '' AND "
	        "endsWith(step, '.gather') AND done))) AS held, "
	        "argMaxIf(gate, last, step = '') AS gate, "
	        "argMaxIf((guard, guard_since, guard_host), last, guard != '' AND open) AS guards, "
	        "JSONExtractString(guards.1, 'what') AS guard_what, JSONExtractString(guards.1, "
	        "'left') AS guard_left, toString(JSONExtractBool(guards.1, 'restored')) AS "
	        "guard_restored, guards.2 AS guarded_since, guards.3 AS guarded_host, "
	        "argMaxIf(last_message, message_at, last_message != '') AS last_error FROM ("
	        "SELECT migration, step, chunk, any(tag) AS the_tag, argMax(plan, (epoch, seq)) AS "
	        "last_plan, "
	        "argMax(state, (attempt, epoch, seq)) AS last_state, max((epoch, seq)) AS last, "
	        "min(time) AS first_time, max(time) AS last_time, "
	        "maxIf(attempt, state = 'done') > maxIf(attempt, state = 'discarded') AS done, "
	        "argMax(state, (attempt, epoch, seq)) IN ('begun', 'sealed', 'published') AS open, "
	        "NOT done AND last_state = 'published' AND NOT endsWith(step, '.gather') AS is_in, "
	        "max(rows) AS most_rows, sumIf(elapsed_ms, step = '') AS elapsed, "
	        "uniqExactIf(attempt, state = 'begun') AS tried, "
	        "argMaxIf(JSONExtractUInt(pinned, 'chunks_total'), (epoch, seq), JSONHas(pinned, "
	        "'chunks_total')) AS total, "
	        "argMaxIf(plan, (epoch, seq), JSONHas(pinned, 'chunks_total')) AS total_plan, "
	        "JSONExtractString(argMaxIf(pinned, (epoch, seq), step = ''), 'gate') AS gate, "
	        "argMaxIf(pinned, (attempt, epoch, seq), is_guard) AS guard, "
	        "argMaxIf(host, (attempt, epoch, seq), is_guard) AS guard_host, "
	        "arraySort(groupArrayIf((-toInt64(attempt), toString(time)), is_guard))[1].2 AS "
	        "guard_since, "
	        "argMaxIf(message, (epoch, seq), is_error) AS last_message, "
	        "maxIf((epoch, seq), is_error) AS message_at "
	        "FROM (SELECT *, message != '' AND state NOT IN ('split', 'discarded') AS "
	        "is_error, startsWith(pinned, '{\"guard\":1,') AS is_guard FROM %.*s "
	        "%.*s) GROUP BY migration, step, chunk) GROUP BY migration ORDER BY began, "
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

/* What the last run has done, by its epoch; a row that was written twice counts once. */
static struct str run_sql(struct exec *exec, struct str migration)
{
	struct str name = exec_literal(exec, migration);

	return str_of(arena_printf(
	        &exec->arena,
	        "SELECT toString(sum(most)) AS rows, toString(count()) AS chunks, "
	        "toString(greatest(0, toUnixTimestamp64Milli((SELECT "
	        "if(argMax(state, (epoch, seq)) IN ('started', 'resumed'), now64(3), max(time)) "
	        "FROM %.*s WHERE migration = %.*s AND step = '')) - toUnixTimestamp64Milli((SELECT "
	        "max(time) FROM %.*s WHERE migration = %.*s AND step = '' AND state IN ('started', "
	        "'resumed'))))) AS ms FROM (SELECT max(rows) AS most FROM %.*s WHERE migration = "
	        "%.*s AND chunk != '' AND state = 'done' AND epoch = (SELECT max(epoch) FROM %.*s "
	        "WHERE migration = %.*s) GROUP BY step, chunk)",
	        STR_ARG(exec->journal.table), STR_ARG(name), STR_ARG(exec->journal.table),
	        STR_ARG(name), STR_ARG(exec->journal.table), STR_ARG(name),
	        STR_ARG(exec->journal.table), STR_ARG(name)));
}

static bool add_run(struct exec *exec, struct migration_status *status)
{
	struct outcome outcome;
	size_t in = status->chunks_done + status->chunks_published;

	if (!exec_ask(exec, run_sql(exec, status->migration), "read the journal", NULL,
	              exec_patience_ms(exec), &outcome))
		return false;
	status->run_rows = count_of(&outcome.reply, 0, "rows");
	status->run_chunks = count_of(&outcome.reply, 0, "chunks");
	status->run_ms = count_of(&outcome.reply, 0, "ms");
	outcome_release(&outcome);
	if (status->run_chunks && status->chunks_total > in && str_is(status->state, "running"))
		status->left_ms = status->run_ms / status->run_chunks * (status->chunks_total - in);
	return true;
}

/* Statements under way: an extra, for users who may see them. */
static bool add_statements(struct exec *exec, struct migration_status *status, struct str tag)
{
	static const int hidden[] = {497, 0};
	struct outcome outcome;
	struct str sql = str_of(arena_printf(
	        &exec->arena,
	        "SELECT toString(count()) AS statements, toString(sum(written_rows)) AS written, "
	        "toString(sum(greatest(0, memory_usage))) AS memory FROM system.processes WHERE "
	        "startsWith(query_id, 'bfc-%.*s-') AND NOT startsWith(query_id, "
	        "'bfc-%.*s-journal-')",
	        STR_ARG(tag), STR_ARG(tag)));

	if (!exec_ask(exec, sql, "look for the run's statements", hidden, exec_patience_ms(exec),
	              &outcome))
		return false;
	if (outcome.kind == OUTCOME_OK) {
		status->statements = count_of(&outcome.reply, 0, "statements");
		status->written_rows = count_of(&outcome.reply, 0, "written");
		status->memory_bytes = count_of(&outcome.reply, 0, "memory");
	}
	outcome_release(&outcome);
	return true;
}

/* The live holder, if there is one; a run whose holder is gone was killed. */
static bool add_holder(struct exec *exec, struct status_list *list, struct migration_status *status,
                       struct str tag)
{
	struct lock *lock = &exec->lock;

	lock->prefix = str_of(arena_printf(&exec->arena, "lock_%.*s_", STR_ARG(tag)));
	if (!lock_list(lock))
		return false;
	for (size_t i = 0; i < lock->seen.count; i++) {
		if (lock->seen.items[i].alive) {
			status->holder = arena_str(&list->arena, lock->seen.items[i].describe);
			status->state = STR("running");
			status->ended = STR("");
			status->chunks_in_doubt = 0;
			status->gate = STR("");
			return true;
		}
	}
	if (str_is(status->state, "started") || str_is(status->state, "resumed"))
		status->state = STR("killed");
	if (status->gate.n && str_is(status->state, "stopped"))
		status->state = STR("waiting");
	/* What was begun is given up: no part of it is left. */
	if (str_is(status->state, "aborted"))
		status->chunks_split = status->chunks_held = 0;
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
	        .chunks_published = count_of(reply, row, "published"),
	        .rows = count_of(reply, row, "rows"),
	        .elapsed_ms = count_of(reply, row, "elapsed_ms"),
	        .attempts = count_of(reply, row, "attempts"),
	        .chunks_split = count_of(reply, row, "chunks_split"),
	        .chunks_held = count_of(reply, row, "held"),
	        .chunks_in_doubt = count_of(reply, row, "in_doubt"),
	        .gate = copy(list, reply, row, "gate"),
	        .guarded = copy(list, reply, row, "guard_what"),
	        .guarded_since = copy(list, reply, row, "guarded_since"),
	        .guarded_host = copy(list, reply, row, "guarded_host"),
	        .guarded_left = copy(list, reply, row, "guard_left"),
	        .guard_restored = count_of(reply, row, "guard_restored") > 0,
	};
	if (!add_holder(exec, list, status, copy(list, reply, row, "tag")) ||
	    !add_run(exec, status))
		return false;
	return !str_is(status->state, "running") ||
	       add_statements(exec, status, copy(list, reply, row, "tag"));
}

/* A holder that was gone, but had not been when the journal was read: it may have finished. */
static bool any_killed(const struct status_list *list)
{
	for (size_t i = 0; i < list->list.count; i++) {
		if (str_is(list->list.items[i].state, "killed"))
			return true;
	}
	return false;
}

static bool read_list(struct exec *exec, struct status_list *list)
{
	static const int missing[] = {60, 81, 0};
	struct outcome outcome;
	bool ok;

	list->list.count = 0;
	if (!exec_ask(exec, status_sql(exec), "read the journal", missing, exec_patience_ms(exec),
	              &outcome))
		return false;
	ok = outcome.kind == OUTCOME_OK;
	for (size_t row = 0; ok && row < outcome.reply.row_count; row++)
		ok = read_row(exec, list, &outcome.reply, row);
	outcome_release(&outcome);
	return ok;
}

void exec_status(struct str migration, struct transport *transport,
                 const struct exec_options *options, struct status_list *list,
                 struct exec_result *result)
{
	struct exec exec;

	exec_init(&exec, transport, options, result, migration);
	exec.looks = true;
	*list = (struct status_list){0};
	arena_init(&list->arena);
	/* A run's last row is written before its lock goes: a second look can't miss it. */
	if (read_list(&exec, list) && any_killed(list))
		read_list(&exec, list);
	exec_release(&exec);
}
