/*
 * `bfc abort`: what was staged is dropped, live tables stay as they are.
 * A sealed chunk is dropped only when nothing of it has been moved: all of its parts are still
 * staged and none of their UUIDs is in a table that is not staged. Otherwise dropping would lose
 * rows, and `apply` has to go on. One of which nothing is staged any more is whole in the live tables,
 * though its row `published` was lost: it gets one. A MOVE of a dead run may still be on its way,
 * in a proxy say, and arrive before its table is dropped: so the live tables are looked at once more
 * after the drops.
 *
 * `publish at end`: chunks that are published are in the holding tables, which are staged too. They
 * are dropped with them and the journal forgets these chunks, unless "bN.publish" has moved them, or a
 * part of them: then they stay.
 *
 * The step "abort" of the journal says how far it is: `begun` while nothing but a guard is touched, `sealed`
 * from the moment on when staged tables may be gone, `discarded` when it is over without an end of the
 * migration. `apply` goes on from the first and the last; an abort that was broken off in between is to
 * be done to its end, as nobody knows what is still there: a snapshot, tables that hold chunks.
 *
 * `using direct unsafe`: a chunk that was broken off may be partly in. Whether its rows are there is for a
 * person to say; without their word nothing is done.
 */
#include <jansson.h>

#include "compiler/base/sqltext.h"
#include "runtime/exec_internal.h"

/* The list is for a person. */
#define DOUBTS_NAMED 20

struct abort {
	struct exec *exec;
	uint64_t published;       /* chunks whose rows are in the live tables */
	uint64_t kept;            /* sealed, and partly moved */
	bool snapshots;           /* stay */
	struct buf keep;          /* " AND NOT match(name, …)" a kept chunk */
	LIST_OF(struct str) live; /* families whose holding tables were moved, or partly so */
	struct buf uuids;         /* of the parts of sealed chunks that are dropped, with commas */
};

static struct str entry_step(const struct journal_entry *entry)
{
	return (struct str){entry->key.p, strlen(entry->key.p)};
}

static struct str entry_chunk(const struct journal_entry *entry)
{
	size_t n = strlen(entry->key.p) + 1;

	return (struct str){entry->key.p + n, entry->key.n - n};
}

/* What a seal says that was staged. */
struct sealed {
	bool known; /* it can be read, and there is something */
	uint64_t parts, tables;
};

/* Columns of a seal's rows by position (graph.h): 0 is the table, 2 the number of parts, 5 their UUIDs. */
static struct sealed read_seal(const struct journal_entry *entry, struct buf *uuids)
{
	json_t *json = json_loadb(entry->pinned.p ? entry->pinned.p : "", entry->pinned.n,
	                          JSON_ALLOW_NUL, NULL);
	json_t *tables = json_object();
	struct sealed sealed = {0};
	const char *id;
	json_t *rows;

	json_object_foreach(json, id, rows)
	{
		for (size_t i = 0; i < json_array_size(rows); i++) {
			const json_t *row = json_array_get(rows, i);

			/* Only a seal has this many columns. */
			if (json_array_size(row) < 6)
				continue;
			json_object_set_new(tables, json_string_value(json_array_get(row, 0)),
			                    json_true());
			sealed.parts += str_u64(str_of(json_string_value(json_array_get(row, 2))));
			buf_addf(uuids, "%s%s", uuids->size ? "," : "",
			         json_string_value(json_array_get(row, 5)));
			sealed.known = true;
		}
	}
	sealed.tables = json_object_size(tables);
	json_decref(tables);
	json_decref(json);
	return sealed;
}

/* "b1.publish", the chunk that moves what the holding tables have. */
static bool publishes_held(const struct journal_entry *entry)
{
	struct str step = entry_step(entry);

	return attempt_family(step).n && str_ends(step, STR(".publish"));
}

/*
 * Names of the attempt's staged objects (attempt.c, staged_name()), as a regular expression. Chunks
 * of the same number of another backfill are not among them: counted in, they would stand in for
 * parts that have been moved.
 */
static struct str names_of(struct exec *exec, const struct journal_entry *entry)
{
	struct str chunk = attempt_staged_chunk(&exec->arena, entry_chunk(entry)),
	           family = attempt_family(entry_step(entry));

	if (publishes_held(entry))
		return str_of(arena_printf(&exec->arena, "^bfc_%.*s_hold_%.*s_", STR_ARG(exec->tag),
		                           STR_ARG(family)));
	/* The number of a step that is no backfill's is only in the plan. */
	if (!family.n)
		family = STR("s[0-9]+");
	return str_of(arena_printf(&exec->arena, "^bfc_%.*s_[0-9a-f]{8}_%.*sc%.*s_a%u_",
	                           STR_ARG(exec->tag), STR_ARG(family), STR_ARG(chunk),
	                           entry->state_attempt));
}

enum seal_fate {
	SEAL_STAGED, /* nothing of it was moved: it can be dropped */
	SEAL_MOVED,  /* all of it */
	SEAL_KEPT,   /* some of it, or that can't be told */
};

static bool look_at_sealed(struct abort *abort, const struct journal_entry *entry,
                           enum seal_fate *fate)
{
	struct exec *exec = abort->exec;
	struct outcome outcome;
	struct sealed sealed;
	struct buf uuids;
	struct str names = names_of(exec, entry);
	struct str sql = str_of(arena_printf(
	        &exec->arena,
	        "SELECT toString(count()) AS staged, toString(countIf(uuid IN (SELECT uuid FROM "
	        "system.parts WHERE NOT startsWith(table, 'bfc_%.*s_') AND uuid != "
	        "toUUID('00000000-0000-0000-0000-000000000000')))) AS moved, "
	        "toString((SELECT count() FROM system.tables WHERE match(name, '%.*s') AND engine "
	        "LIKE '%%MergeTree')) AS tables FROM system.parts "
	        "WHERE match(table, '%.*s') AND active AND rows > 0",
	        STR_ARG(exec->tag), STR_ARG(names), STR_ARG(names)));

	if (!exec_ask(exec, sql, "look at a sealed chunk's parts", NULL, exec_patience_ms(exec),
	              &outcome))
		return false;
	buf_init(&uuids, BUF_CEILING_OUTPUT);
	sealed = read_seal(entry, &uuids);
	*fate = SEAL_KEPT;
	if (outcome.reply.row_count == 1) {
		uint64_t staged = str_u64(reply_value(&outcome.reply, 0, 0));
		uint64_t tables = str_u64(reply_value(&outcome.reply, 0, 2));

		if ((sealed.known || !sealed.parts) && staged == sealed.parts &&
		    str_is(reply_value(&outcome.reply, 0, 1), "0"))
			*fate = SEAL_STAGED;
		/* A table that somebody has dropped moved nothing. */
		else if (sealed.known && !staged && tables >= sealed.tables)
			*fate = SEAL_MOVED;
	}
	if (*fate == SEAL_STAGED && uuids.size)
		buf_addf(&abort->uuids, "%s%.*s", abort->uuids.size ? "," : "",
		         STR_ARG(buf_str(&uuids)));
	buf_release(&uuids);
	outcome_release(&outcome);
	return true;
}

static bool is_in_doubt(const struct journal_entry *entry)
{
	return entry_chunk(entry).n && entry->state == JOURNAL_BEGUN &&
	       attempt_is_direct(entry_step(entry));
}

static bool names_chunk(const struct exec_doubt_word *word, const struct journal_entry *entry)
{
	struct str step = entry_step(entry), chunk = entry_chunk(entry);

	if (str_eq(word->chunk, chunk))
		return true;
	return word->chunk.n == step.n + 1 + chunk.n && str_starts(word->chunk, step) &&
	       word->chunk.p[step.n] == '/' && str_ends(word->chunk, chunk);
}

static enum exec_doubt word_of(const struct exec *exec, const struct journal_entry *entry)
{
	const struct exec_options *options = exec->options;

	for (size_t i = 0; i < options->doubt_word_count; i++)
		if (names_chunk(&options->doubt_words[i], entry))
			return options->doubt_words[i].word;
	return options->in_doubt;
}

/* Each word is of one chunk in doubt. */
static bool words_fit(struct exec *exec)
{
	const struct exec_options *options = exec->options;

	for (size_t i = 0; i < options->doubt_word_count; i++) {
		struct str chunk = options->doubt_words[i].chunk;
		size_t count = 0;

		for (const struct journal_entry *entry = exec->journal.index; entry;
		     entry = entry->hh.next)
			count += is_in_doubt(entry) && names_chunk(&options->doubt_words[i], entry);
		if (count == 1)
			continue;
		exec_stop(
		        exec, EXEC_BAD_INPUT,
		        count ? "%zu chunks in doubt are named %.*s\n  hint: write its step before "
		                "it, as in b1.direct/3=absent"
		              : "%zu chunks in doubt are named %.*s, nothing was done",
		        count, STR_ARG(chunk));
		return false;
	}
	return true;
}

/* All doubts have a word: else none of them is settled. */
static bool doubts_are_said(struct exec *exec)
{
	struct buf names, words;
	size_t count = 0;

	if (!words_fit(exec))
		return false;
	buf_init(&names, BUF_CEILING_OUTPUT);
	buf_init(&words, BUF_CEILING_OUTPUT);
	for (const struct journal_entry *entry = exec->journal.index; entry;
	     entry = entry->hh.next) {
		if (!is_in_doubt(entry) || word_of(exec, entry) != DOUBT_UNSAID ||
		    ++count > DOUBTS_NAMED)
			continue;
		buf_addf(&names, "%s%.*s of '%.*s'", names.size ? ", " : "",
		         STR_ARG(entry_chunk(entry)), STR_ARG(entry_step(entry)));
		buf_addf(&words, "%s%.*s=%s", words.size ? "," : "", STR_ARG(entry_chunk(entry)),
		         count % 2 ? "absent" : "loaded");
	}
	if (count)
		exec_stop(exec, EXEC_STOPPED,
		          "%s %.*s%s broken off: all, some or none of the rows may be in the live "
		          "tables\n  hint: 'bfc apply' says which rows these are. When none of "
		          "them is "
		          "there, or you have taken them out, say --in-doubt absent, and when all "
		          "are, "
		          "--in-doubt loaded: it holds for all such chunks; or chunk by chunk: "
		          "--in-doubt %.*s",
		          count > 1 ? "chunks" : "chunk", STR_ARG(buf_str(&names)),
		          count > DOUBTS_NAMED ? " and more were"
		          : count > 1          ? " were"
		                               : " was",
		          STR_ARG(buf_str(&words)));
	buf_release(&names);
	buf_release(&words);
	return !count;
}

/* Said to be loaded, it is done. */
static void judge_doubt(struct abort *abort, enum exec_doubt word, struct journal_row *row)
{
	if (word == DOUBT_LOADED) {
		row->state = JOURNAL_DONE;
		abort->published++;
	}
	row->message = word == DOUBT_LOADED ? STR("said to be loaded") : STR("said to be absent");
	journal_add(&abort->exec->journal, row);
}

static bool judge_entry(struct abort *abort, const struct journal_entry *entry)
{
	struct exec *exec = abort->exec;
	struct journal_row row = {.state = JOURNAL_DISCARDED,
	                          .step = entry_step(entry),
	                          .chunk = entry_chunk(entry),
	                          .attempt = entry->state_attempt};
	bool direct = attempt_is_direct(row.step);
	enum seal_fate fate = SEAL_STAGED;

	if (!row.chunk.n || attempt_is_held(row.step))
		return true;
	if (is_in_doubt(entry)) {
		judge_doubt(abort, word_of(exec, entry), &row);
		return true;
	}
	/* Its rows are in the live tables, and nothing is staged that could be looked at. */
	if (direct && entry->state == JOURNAL_SEALED) {
		abort->published++;
		return true;
	}
	if (entry->state == JOURNAL_SEALED && !look_at_sealed(abort, entry, &fate))
		return false;
	if (entry->state == JOURNAL_PUBLISHED || entry->state == JOURNAL_DONE ||
	    fate != SEAL_STAGED) {
		if (publishes_held(entry))
			*list_add(&exec->arena, &abort->live) = attempt_family(row.step);
		else
			abort->published += fate != SEAL_KEPT;
	}
	if (fate == SEAL_KEPT) {
		abort->kept++;
		buf_addf(&abort->keep, " AND NOT match(name, '%.*s')",
		         STR_ARG(names_of(exec, entry)));
		return true;
	}
	if (fate == SEAL_MOVED) {
		row.state = JOURNAL_PUBLISHED;
		row.rows = entry->rows;
	}
	if (entry->state == JOURNAL_BEGUN || entry->state == JOURNAL_SEALED)
		journal_add(&exec->journal, &row);
	return true;
}

/* Chunks in holding tables, and the steps that made these, once judge_entry() has seen all others. */
static void judge_held(struct abort *abort, const struct journal_entry *entry)
{
	struct exec *exec = abort->exec;
	struct journal_row row = {.state = JOURNAL_DISCARDED,
	                          .step = entry_step(entry),
	                          .chunk = entry_chunk(entry),
	                          .attempt = entry->state_attempt};
	struct str family = attempt_family(row.step);
	struct str rest = {row.step.p + family.n, row.step.n - family.n};
	bool chunk = attempt_is_held(row.step) && row.chunk.n;

	if (!family.n || (!chunk && !str_starts(rest, STR(".hold"))))
		return;
	for (size_t i = 0; i < abort->live.count; i++)
		if (str_eq(abort->live.items[i], family)) {
			abort->published += chunk && (entry->state == JOURNAL_PUBLISHED ||
			                              entry->state == JOURNAL_DONE);
			return;
		}
	if (entry->state >= JOURNAL_BEGUN && entry->state <= JOURNAL_DONE)
		journal_add(&exec->journal, &row);
}

/*
 * A snapshot (compiler/lower_pause.c) is the only place where some history still is apart from what
 * came since: it stays where chunks of it are in the live tables already, so that apply can go on.
 */
static bool keep_snapshots(struct abort *abort)
{
	struct exec *exec = abort->exec;

	for (const struct journal_entry *entry = exec->journal.index;
	     entry && (abort->published || abort->kept); entry = entry->hh.next) {
		struct str family = attempt_family(entry_step(entry));
		const struct journal_entry *dropped = journal_find(
		        &exec->journal,
		        str_of(arena_printf(&exec->arena, "%.*s.snapshot.drop", STR_ARG(family))),
		        STR(""));

		if (!guard_is_row(entry->pinned) || (dropped && dropped->state == JOURNAL_DONE))
			continue;
		buf_addf(&abort->keep, " AND NOT match(name, '^bfc_%.*s_s[0-9]+_[0-9a-f]{32}_')",
		         STR_ARG(exec->tag));
		return true;
	}
	return false;
}

static bool drop_one(struct exec *exec, struct str database, struct str name)
{
	struct outcome outcome;
	struct buf sql;
	bool ok;

	buf_init(&sql, BUF_CEILING_OUTPUT);
	buf_addz(&sql, "DROP TABLE IF EXISTS ");
	sql_add_qualified(&sql, database, name);
	buf_addz(&sql, " SYNC");
	ok = exec_ask(exec, buf_str(&sql), "drop a staged table", NULL, exec_patience_ms(exec),
	              &outcome);
	if (ok)
		outcome_release(&outcome);
	buf_release(&sql);
	return ok;
}

static void add_abort_row(struct exec *exec, enum journal_state state)
{
	struct journal_row row = {.state = state,
	                          .step = STR("abort"),
	                          .attempt = journal_attempt(&exec->journal, STR("abort"))};

	journal_add(&exec->journal, &row);
}

bool abort_broken_off(struct exec *exec)
{
	const struct journal_entry *entry = journal_find(&exec->journal, STR("abort"), STR(""));

	if (!entry || entry->state != JOURNAL_SEALED)
		return false;
	exec_stop(exec, EXEC_BAD_INPUT,
	          "an abort of migration '%.*s' was broken off while it dropped what was staged\n"
	          "  hint: 'bfc abort %.*s' ends it; then the migration can be applied again",
	          STR_ARG(exec->migration), STR_ARG(exec->migration));
	return true;
}

/*
 * The journal forgets the attempts before their tables go: a seal without its tables could be
 * neither finished nor thrown away. The row also proves that the lock is still ours.
 */
static bool write_discards(struct exec *exec)
{
	add_abort_row(exec, JOURNAL_SEALED);
	exec_flush(exec, exec_patience_ms(exec));
	if (!exec->stopping && !journal_idle(&exec->journal))
		exec_stop(exec, EXEC_STOPPED,
		          "the journal could not be written, so nothing was dropped; run the same "
		          "command again");
	return !exec->stopping;
}

/*
 * What is there is listed before the journal's row: if another run has taken over since, its tables
 * are not on the list. Views first, so that nothing fires into what is gone.
 */
static bool drop_staged(struct abort *abort)
{
	struct exec *exec = abort->exec;
	struct outcome outcome;
	bool ok;
	struct str sql = str_of(arena_printf(
	        &exec->arena,
	        "SELECT database, name FROM system.tables WHERE startsWith(name, 'bfc_%.*s_')%.*s "
	        "ORDER BY engine LIKE '%%View' DESC, database, name",
	        STR_ARG(exec->tag), STR_ARG(buf_str(&abort->keep))));

	if (!exec_ask(exec, sql, "list the staged tables", NULL, exec_patience_ms(exec), &outcome))
		return false;
	ok = write_discards(exec);
	for (size_t row = 0; ok && !exec->stopping && row < outcome.reply.row_count; row++) {
		ok = drop_one(exec, reply_value(&outcome.reply, row, 0),
		              reply_value(&outcome.reply, row, 1));
		if (exec_interrupted(exec))
			exec_stop(exec, EXEC_INTERRUPTED, "interrupted; the same command goes on");
	}
	outcome_release(&outcome);
	return ok;
}

/* Nothing of what was dropped is in a live table. False: the exec was stopped. */
static bool nothing_came(struct abort *abort)
{
	struct exec *exec = abort->exec;
	struct outcome outcome;
	struct buf sql;
	bool ok;

	/* What is kept is partly live by right, and the run ends with that. */
	if (!abort->uuids.size || abort->kept)
		return true;
	buf_init(&sql, BUF_CEILING_OUTPUT);
	buf_addf(&sql,
	         "SELECT toString(count()) AS parts, arrayStringConcat(arraySlice(arraySort("
	         "groupArray(concat(database, '.', table, ' ', name))), 1, 10), ', ') AS names "
	         "FROM system.parts WHERE active AND rows > 0 AND NOT startsWith(table, "
	         "'bfc_%.*s_') "
	         "AND toString(uuid) IN (SELECT arrayJoin(splitByChar(',', '%.*s')))",
	         STR_ARG(exec->tag), STR_ARG(buf_str(&abort->uuids)));
	ok = exec_ask(exec, buf_str(&sql), "look at the live tables once more", NULL,
	              exec_patience_ms(exec), &outcome);
	buf_release(&sql);
	if (!ok)
		return false;
	if (!str_is(reply_value(&outcome.reply, 0, 0), "0"))
		exec_stop(exec, EXEC_STOPPED,
		          "the staged tables are dropped, but a move of an earlier run arrived "
		          "before "
		          "that: %.*s parts of chunks that were given up are in the live tables: "
		          "%.*s\n"
		          "  hint: take them out with ALTER TABLE … DROP PART before the migration "
		          "is "
		          "applied again, or their rows will be double",
		          STR_ARG(reply_value(&outcome.reply, 0, 0)),
		          STR_ARG(reply_value(&outcome.reply, 0, 1)));
	outcome_release(&outcome);
	return !exec->stopping;
}

static void say_aborted(struct abort *abort)
{
	struct exec *exec = abort->exec;
	struct journal_row row = {.state = JOURNAL_ABORTED, .boot = exec->boot};

	if (abort->kept) {
		add_abort_row(exec, JOURNAL_DISCARDED);
		exec_flush(exec, exec_patience_ms(exec));
		exec_stop(exec, EXEC_STOPPED,
		          "%llu chunk%s of migration '%.*s' %s partly published: dropping what is "
		          "staged would lose rows, so it stays\n  hint: run 'bfc apply' with the "
		          "same plan; it finishes that",
		          (unsigned long long)abort->kept, abort->kept == 1 ? "" : "s",
		          STR_ARG(exec->migration), abort->kept == 1 ? "is" : "are");
		return;
	}
	row.pinned = str_of(arena_printf(&exec->arena, "{\"published\":%llu}",
	                                 (unsigned long long)abort->published));
	journal_add(&exec->journal, &row);
	add_abort_row(exec, JOURNAL_DISCARDED);
	exec_flush(exec, exec_patience_ms(exec));
	if (!exec->stopping && !journal_idle(&exec->journal)) {
		exec_stop(exec, EXEC_STOPPED,
		          "the staged tables are gone, but the journal's row could not be written; "
		          "run the same command again");
		return;
	}
	exec->result->text = str_of(arena_printf(
	        &exec->result->arena,
	        "%.*s%smigration '%.*s' is aborted; %llu chunk%s published %s%s",
	        STR_ARG(exec->result->text), exec->result->text.n ? "\n" : "",
	        STR_ARG(exec->migration), (unsigned long long)abort->published,
	        abort->published == 1 ? " that was" : "s that were",
	        abort->published == 1 ? "stays" : "stay",
	        !abort->published ? ""
	        : abort->snapshots
	                ? ", and so does the snapshot, so that 'bfc apply' with the same "
	                  "plan can go on after them; to give that up, drop it"
	                : ", and 'bfc apply' with the same plan goes on after them"));
}

static void run_abort(struct exec *exec)
{
	struct abort abort = {.exec = exec};
	bool ok = true;

	/* First of all, before anything may stop this. */
	if (!guards_abort(exec))
		return;
	if (!doubts_are_said(exec))
		return;
	buf_init(&abort.keep, BUF_CEILING_OUTPUT);
	buf_init(&abort.uuids, BUF_CEILING_OUTPUT);
	for (struct journal_entry *entry = exec->journal.index; ok && entry; entry = entry->hh.next)
		ok = judge_entry(&abort, entry);
	for (struct journal_entry *entry = exec->journal.index; ok && entry; entry = entry->hh.next)
		judge_held(&abort, entry);
	abort.snapshots = keep_snapshots(&abort);
	if (ok && drop_staged(&abort) && !exec->stopping && nothing_came(&abort))
		say_aborted(&abort);
	buf_release(&abort.keep);
	buf_release(&abort.uuids);
}

static bool known_and_unfinished(struct exec *exec, bool no_journal)
{
	if (no_journal || (!exec->past.any && !exec->past.aborted)) {
		exec_stop(exec, EXEC_BAD_INPUT,
		          "the journal knows no migration '%.*s'\n  hint: 'bfc status' shows those "
		          "that it knows; a migration's name is in its file",
		          STR_ARG(exec->migration));
		return false;
	}
	if (exec->past.finished) {
		exec_stop(exec, EXEC_BAD_INPUT,
		          "migration '%.*s' is finished; there is nothing to abort",
		          STR_ARG(exec->migration));
		return false;
	}
	exec->plan = exec->past.plan;
	return true;
}

void exec_abort(struct str migration, struct transport *transport,
                const struct exec_options *options, struct exec_result *result)
{
	struct exec exec;
	bool no_journal;

	exec_init(&exec, transport, options, result, migration);
	if (exec_read_past(&exec, &no_journal) && known_and_unfinished(&exec, no_journal) &&
	    exec_lock_and_read(&exec, false) && known_and_unfinished(&exec, false))
		run_abort(&exec);
	while (exec.flying)
		exec_turn(&exec, 100);
	lock_drop(&exec.lock);
	result->summary.elapsed_ms = exec_now(&exec) - exec.began_ms;
	exec_release(&exec);
}
