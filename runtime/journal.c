#include "runtime/journal.h"

#include <stdlib.h>

#include "compiler/base/json_value.h"
#include "runtime/exec_internal.h"

/* Outcomes that ride along wait this long for a companion. */
#define RIDE_MS 1000
/* A chunk's seal is the longest row: 100,000 parts of 40 bytes. */
#define PENDING_BYTES_MAX ((size_t)256 << 20)

#define COLUMNS                                                                                    \
	"version, migration, tag, plan, epoch, seq, host, step, chunk, attempt, state, query_id, " \
	"pinned, rows, bytes, elapsed_ms, boot, message"
#define STRUCTURE                                                                                  \
	"version UInt16, migration String, tag String, plan String, epoch UInt32, seq UInt64, "    \
	"host String, step String, chunk String, attempt UInt32, state String, query_id String, "  \
	"pinned String, rows UInt64, bytes UInt64, elapsed_ms UInt64, boot String, message String"

static const char *const state_names[JOURNAL_STATE_COUNT] = {
        [JOURNAL_NONE] = "none",       [JOURNAL_BEGUN] = "begun",
        [JOURNAL_SEALED] = "sealed",   [JOURNAL_PUBLISHED] = "published",
        [JOURNAL_DONE] = "done",       [JOURNAL_DISCARDED] = "discarded",
        [JOURNAL_SPLIT] = "split",     [JOURNAL_STARTED] = "started",
        [JOURNAL_RESUMED] = "resumed", [JOURNAL_FINISHED] = "finished",
        [JOURNAL_STOPPED] = "stopped", [JOURNAL_INTERRUPTED] = "interrupted",
        [JOURNAL_ABORTED] = "aborted",
};

const char *journal_state_name(enum journal_state state)
{
	return state_names[state];
}

enum journal_state journal_state_from(struct str name)
{
	for (int i = JOURNAL_BEGUN; i < JOURNAL_STATE_COUNT; i++) {
		if (str_is(name, state_names[i]))
			return (enum journal_state)i;
	}
	return JOURNAL_NONE;
}

void journal_init(struct journal *journal, struct exec *exec)
{
	*journal = (struct journal){.exec = exec};
	buf_init(&journal->pending, PENDING_BYTES_MAX);
	buf_init(&journal->flying, PENDING_BYTES_MAX);
	buf_init(&journal->query_id, BUF_CEILING_OUTPUT);
	journal->table =
	        str_of(arena_printf(&exec->arena, "%.*s.journal", STR_ARG(exec->database)));
	journal->call = arena_new(&exec->arena, struct call);
}

void journal_release(struct journal *journal)
{
	buf_release(&journal->pending);
	buf_release(&journal->flying);
	buf_release(&journal->query_id);
	HASH_CLEAR(hh, journal->index);
}

uint64_t journal_add(struct journal *journal, const struct journal_row *row)
{
	struct exec *exec = journal->exec;
	json_t *json = json_object();
	char *text;

	json_put_u64(json, "version", JOURNAL_VERSION);
	json_put_text(json, "migration", exec->migration);
	json_put_text(json, "tag", exec->tag);
	json_put_text(json, "plan", exec->plan);
	json_put_u64(json, "epoch", exec->lock.epoch);
	json_put_u64(json, "seq", ++journal->seq);
	json_put_text(json, "host", exec->host);
	json_put_text(json, "step", row->step);
	json_put_text(json, "chunk", row->chunk);
	json_put_u64(json, "attempt", row->attempt);
	json_put_text(json, "state", str_of(state_names[row->state]));
	json_put_text(json, "query_id", row->query_id);
	json_put_text(json, "pinned", row->pinned);
	json_put_u64(json, "rows", row->rows);
	json_put_u64(json, "bytes", row->bytes);
	json_put_u64(json, "elapsed_ms", row->elapsed_ms);
	json_put_text(json, "boot", row->boot);
	json_put_text(json, "message", row->message);
	text = json_dumps(json, JSON_COMPACT);
	json_decref(json);
	if (!text)
		out_of_memory();
	if (!journal->pending.size)
		journal->pending_since_ms = exec_now(exec);
	if (!buf_addz(&journal->pending, text) || !buf_addc(&journal->pending, '\n'))
		exec_stop(exec, EXEC_STOPPED, "a journal row is longer than %zu bytes",
		          PENDING_BYTES_MAX);
	free(text);
	return ++journal->added;
}

void journal_push(struct journal *journal)
{
	journal->urgent = true;
}

bool journal_idle(const struct journal *journal)
{
	return !journal->asking && !journal->flying.size && !journal->pending.size;
}

/* The INSERT failed: again later, or the end. */
static void refused(struct journal *journal, const struct outcome *outcome)
{
	struct exec *exec = journal->exec;
	uint64_t now = exec_now(exec);
	bool fence = outcome->kind == OUTCOME_EXCEPTION && outcome->code == 60 &&
	             str_find(outcome->text, exec->lock.prefix) >= 0;

	if (fence) {
		lock_say_lost(&exec->lock);
		return;
	}
	if (!journal->trouble_since_ms)
		journal->trouble_since_ms = now;
	if (!exec_passing(exec, outcome) ||
	    now - journal->trouble_since_ms >= exec_patience_ms(exec)) {
		exec->no_more_journal = true;
		exec_stop(exec, EXEC_STOPPED, "can't write the journal %.*s: %.*s",
		          STR_ARG(journal->table), STR_ARG(exec_explain(exec, outcome)));
		return;
	}
	exec->result->summary.retries++;
	journal->retry_ms = now + exec_pause_ms(exec, journal->tries++);
}

static void written(struct exec *exec, struct call *call, struct outcome *outcome)
{
	struct journal *journal = &exec->journal;

	(void)call;
	journal->asking = false;
	if (outcome->kind != OUTCOME_OK) {
		refused(journal, outcome);
		return;
	}
	journal->durable = journal->sent;
	journal->tries = 0;
	journal->retry_ms = journal->trouble_since_ms = 0;
	buf_reset(&journal->flying);
}

static void compose(struct journal *journal)
{
	struct exec *exec = journal->exec;
	struct request *request = &journal->call->request;

	request->timeout_ms = ASK_TIMEOUT_MS;
	if (!request->sql.n)
		request->sql = str_of(arena_printf(
		        &exec->arena,
		        "INSERT INTO %.*s (" COLUMNS ") SELECT " COLUMNS " FROM input('" STRUCTURE
		        "') WHERE (SELECT count() FROM %.*s) = 0 FORMAT JSONEachRow",
		        STR_ARG(journal->table), STR_ARG(exec->lock.table)));
	request->body = buf_str(&journal->flying);
	buf_reset(&journal->query_id);
	buf_addf(&journal->query_id, "bfc-%.*s-journal-%u-%u", STR_ARG(exec->tag), exec->lock.epoch,
	         ++journal->inserts);
	request->query_id = buf_str(&journal->query_id);
}

void journal_turn(struct journal *journal)
{
	struct exec *exec = journal->exec;
	uint64_t now = exec_now(exec);

	if (journal->asking || exec->no_more_journal)
		return;
	if (journal->flying.size) {
		if (now < journal->retry_ms)
			return;
	} else {
		struct buf empty = journal->flying;

		if (!journal->pending.size)
			return;
		if (!journal->urgent && now - journal->pending_since_ms < RIDE_MS)
			return;
		journal->flying = journal->pending;
		journal->pending = empty;
		journal->sent = journal->added;
		journal->urgent = false;
		compose(journal);
	}
	journal->asking = true;
	journal->call->done = written;
	exec_send(exec, journal->call);
}

uint64_t journal_deadline_ms(const struct journal *journal)
{
	if (journal->asking)
		return UINT64_MAX;
	if (journal->flying.size)
		return journal->retry_ms;
	if (!journal->pending.size)
		return UINT64_MAX;
	return journal->urgent ? 0 : journal->pending_since_ms + RIDE_MS;
}
