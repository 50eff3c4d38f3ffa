/*
 * The same migration with another journal (--journal-database) on the same server: its run would be
 * a second one at once, and a journal that knows nothing would load all history again.
 *
 * What is there elsewhere comes with the facts of every start, at no further round trip; a journal
 * elsewhere is asked only where ours does not know the migration, which is where it matters.
 * Our lock is made before we look: of two that begin at once, at least one sees the other's.
 */
#include "compiler/base/sqltext.h"
#include "runtime/exec_internal.h"

/* An aggregate over system.tables, an array: a letter, L for a lock with a sign of life, J for a journal,
 * and its database; locks first. */
struct str elsewhere_sql(struct exec *exec)
{
	return str_of(arena_printf(
	        &exec->arena,
	        "arrayReverseSort(groupUniqArrayIf(concat(if(name = 'journal', 'J', 'L'), "
	        "database), database != %.*s AND if(name = 'journal', sorting_key = "
	        "'migration, epoch, seq', toInt64(toUnixTimestamp(now())) - "
	        "toInt64(toUnixTimestamp(metadata_modification_time)) <= %d)))",
	        STR_ARG(exec_literal(exec, exec->database_name)), LOCK_STALE_S));
}

static void refuse_lock(struct exec *exec, struct str database)
{
	exec_stop(exec, EXEC_LOCKED,
	          "migration '%.*s' is being run with its journal in the database '%.*s', or was "
	          "less "
	          "than a minute ago\n  hint: all runs of a migration need the same "
	          "--journal-database",
	          STR_ARG(exec->migration), STR_ARG(database));
}

/* Whether anything of the migration may be left, as the last run row there says. */
static bool left_over(struct str state, struct str published)
{
	return state.n && !(str_is(state, "aborted") && str_is(published, "0"));
}

static bool ask_journal(struct exec *exec, struct str database)
{
	/* Gone, or not ours to read: then it is another team's, with another migration. */
	static const int unseen[] = {60, 81, 497, 0};
	struct outcome outcome;
	struct buf sql;
	bool ok, found = false;

	buf_init(&sql, BUF_CEILING_OUTPUT);
	buf_addz(&sql, "SELECT argMax(toString(state), (epoch, seq)) AS state, "
	               "toString(JSONExtractUInt(argMax(pinned, (epoch, seq)), 'published')) AS "
	               "published FROM ");
	sql_add_qualified(&sql, database, STR("journal"));
	buf_addf(&sql, " WHERE step = '' AND migration = %.*s",
	         STR_ARG(exec_literal(exec, exec->migration)));
	ok = exec_ask(exec, buf_str(&sql), "look into another journal", unseen,
	              exec_patience_ms(exec), &outcome);
	buf_release(&sql);
	if (!ok)
		return false;
	if (outcome.kind == OUTCOME_OK)
		found = left_over(reply_value(&outcome.reply, 0, 0),
		                  reply_value(&outcome.reply, 0, 1));
	outcome_release(&outcome);
	if (found)
		exec_stop(exec, EXEC_BAD_INPUT,
		          "migration '%.*s' was begun with its journal in the database '%.*s'; the "
		          "one "
		          "in '%.*s' knows nothing of it and would load its history again\n  hint: "
		          "--journal-database %.*s",
		          STR_ARG(exec->migration), STR_ARG(database), STR_ARG(exec->database_name),
		          STR_ARG(database));
	return !found;
}

bool elsewhere_judge(struct exec *exec, struct str lines)
{
	while (lines.n) {
		ptrdiff_t end = str_find(lines, STR("\n"));
		struct str line = {lines.p, end < 0 ? lines.n : (size_t)end};
		struct str database = {line.p + 1, line.n ? line.n - 1 : 0};

		lines.p += line.n + (end >= 0);
		lines.n -= line.n + (end >= 0);
		if (str_starts(line, STR("L"))) {
			refuse_lock(exec, database);
			return false;
		}
		if (str_starts(line, STR("J")) && exec->graph && !exec->past.any &&
		    !ask_journal(exec, database))
			return false;
	}
	return true;
}
