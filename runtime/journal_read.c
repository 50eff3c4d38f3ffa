#include <jansson.h>
#include <stdlib.h>

#include "runtime/exec_internal.h"
#include "runtime/journal.h"

/*
 * Order matters: the journal comes last, so that where it is, the others are.
 * The boot table is the witness of a restart: Memory tables are empty after one.
 */
struct str journal_setup_sql(struct exec *exec, size_t n)
{
	struct str db = exec->database;

	switch (n) {
	case 0:
		return str_of(arena_printf(&exec->arena, "CREATE DATABASE IF NOT EXISTS %.*s",
		                           STR_ARG(db)));
	case 1:
		return str_of(arena_printf(&exec->arena,
		                           "CREATE TABLE IF NOT EXISTS %.*s.boot (id UUID) "
		                           "ENGINE = Memory COMMENT 'bfc: empty after a restart'",
		                           STR_ARG(db)));
	case 2:
		return str_of(arena_printf(
		        &exec->arena,
		        "CREATE TABLE IF NOT EXISTS %.*s (version UInt16, migration String, "
		        "tag String, plan String, epoch UInt32, seq UInt64, "
		        "time DateTime64(3) DEFAULT now64(3), host String, step String, "
		        "chunk String, attempt UInt32, state LowCardinality(String), "
		        "query_id String, pinned String, rows UInt64, bytes UInt64, "
		        "elapsed_ms UInt64, boot String, message String) ENGINE = MergeTree "
		        "ORDER BY (migration, epoch, seq) SETTINGS fsync_after_insert = 1, "
		        "fsync_part_directory = 1",
		        STR_ARG(exec->journal.table)));
	default:
		return (struct str){0};
	}
}

struct str journal_past_sql(struct exec *exec)
{
	struct str migration = exec_literal(exec, exec->migration);
	struct str table = exec->journal.table;
	struct buf buf;
	struct str sql;

	buf_init(&buf, BUF_CEILING_OUTPUT);
	buf_addf(&buf,
	         "SELECT version, toString(state) AS state, plan, epoch, pinned, rows, "
	         "(SELECT max(epoch) FROM %.*s WHERE migration = %.*s AND chunk != '') AS "
	         "chunk_epoch FROM %.*s WHERE migration = %.*s AND step = '' "
	         "ORDER BY epoch, seq",
	         STR_ARG(table), STR_ARG(migration), STR_ARG(table), STR_ARG(migration));
	sql = arena_str(&exec->arena, buf_str(&buf));
	buf_release(&buf);
	return sql;
}

static uint64_t json_u64(struct str text, const char *key)
{
	json_t *json = text.n ? json_loadb(text.p, text.n, 0, NULL) : NULL;
	json_int_t n = json_integer_value(json_object_get(json, key));

	json_decref(json);
	return n > 0 ? (uint64_t)n : 0;
}

/* One run row, in the order of time. */
static void past_row(struct exec *exec, struct journal_past *past, enum journal_state state,
                     struct str plan, uint32_t epoch, struct str pinned)
{
	/* Another plan may begin only where nothing of the last one is left. */
	if (state == JOURNAL_STARTED && past->plan.n && !str_eq(past->plan, plan))
		past->void_epoch = past->epoch;
	if (epoch > past->epoch)
		past->epoch = epoch;
	past->plan = arena_str(&exec->arena, plan);
	switch (state) {
	case JOURNAL_STARTED:
		past->any = true;
		past->finished = past->aborted = false;
		if (pinned.n)
			past->steps = arena_str(&exec->arena, pinned);
		break;
	case JOURNAL_ABORTED:
		past->aborted = true;
		if (json_u64(pinned, "published") == 0) {
			past->any = past->finished = false;
			past->void_epoch = epoch;
		}
		break;
	case JOURNAL_FINISHED:
		past->any = past->finished = true;
		break;
	default:
		past->any = past->any || state != JOURNAL_NONE;
		past->aborted = false;
		break;
	}
}

/* A plan that was changed before it loaded anything: what the earlier one pinned means nothing to
 * this one. Mending a file after a check has refused it needs no abort. */
static void forget_unloaded(struct exec *exec, struct journal_past *past)
{
	if (!past->any || past->finished || !exec->plan.n || str_eq(past->plan, exec->plan) ||
	    past->chunk_epoch > past->void_epoch)
		return;
	past->any = false;
	past->void_epoch = past->epoch;
}

static bool has_columns(struct exec *exec, const struct reply *reply, const char *const *names,
                        int *columns)
{
	for (size_t i = 0; names[i]; i++) {
		columns[i] = reply_column(reply, names[i]);
		if (columns[i] < 0) {
			exec_stop(exec, EXEC_STOPPED,
			          "the journal %.*s answered without the column '%s'; is it a "
			          "table of another program? name another one with "
			          "--journal-database",
			          STR_ARG(exec->journal.table), names[i]);
			return false;
		}
	}
	return true;
}

enum { P_VERSION, P_STATE, P_PLAN, P_EPOCH, P_PINNED, P_ROWS, P_CHUNK_EPOCH, P_COUNT };
static const char *const past_names[] = {"version", "state", "plan",        "epoch",
                                         "pinned",  "rows",  "chunk_epoch", NULL};

bool journal_read_past(struct exec *exec, const struct reply *reply, struct journal_past *past)
{
	int column[P_COUNT];

	*past = (struct journal_past){0};
	if (!has_columns(exec, reply, past_names, column))
		return false;
	for (size_t row = 0; row < reply->row_count; row++) {
		if (str_u64(reply_value(reply, row, column[P_VERSION])) > JOURNAL_VERSION) {
			exec_stop(exec, EXEC_STOPPED,
			          "the journal %.*s was written by a newer bfc; use that one",
			          STR_ARG(exec->journal.table));
			return false;
		}
		past_row(exec, past, journal_state_from(reply_value(reply, row, column[P_STATE])),
		         reply_value(reply, row, column[P_PLAN]),
		         (uint32_t)str_u64(reply_value(reply, row, column[P_EPOCH])),
		         reply_value(reply, row, column[P_PINNED]));
		past->rows = str_u64(reply_value(reply, row, column[P_ROWS]));
		past->chunk_epoch =
		        (uint32_t)str_u64(reply_value(reply, row, column[P_CHUNK_EPOCH]));
	}
	forget_unloaded(exec, past);
	return true;
}

/* An attempt that is over is one row: a run of 100,000 chunks has to fit into an answer. */
static void add_history_sql(struct exec *exec, struct buf *buf)
{
	struct str migration = exec_literal(exec, exec->migration);
	struct str table = exec->journal.table;

	buf_addf(buf,
	         " UNION ALL SELECT 'row' AS kind, epoch, seq, step, chunk, attempt, "
	         "toString(state) AS state, if(state = 'sealed', boot, '') AS boot, "
	         "if(step = '', plan, '') AS plan, rows, "
	         "toUInt64(greatest(0, dateDiff('millisecond', time, now64(3)))) AS age_ms, "
	         "if(state = 'started', '', pinned) AS pins "
	         "FROM %.*s WHERE migration = %.*s AND NOT (chunk != '' AND "
	         "state IN ('begun', 'sealed', 'published') AND (step, chunk, attempt) IN "
	         "(SELECT step, chunk, attempt FROM %.*s WHERE migration = %.*s "
	         "AND state IN ('done', 'discarded')))) ORDER BY epoch, seq",
	         STR_ARG(table), STR_ARG(migration), STR_ARG(table), STR_ARG(migration));
}

/* `running`: a row's, in SQL. */
static struct str history_sql(struct exec *exec, struct str running)
{
	struct buf buf;
	struct str sql;

	buf_init(&buf, BUF_CEILING_OUTPUT);
	buf_addf(&buf,
	         "SELECT * FROM (SELECT 'facts' AS kind, toUInt32(0) AS epoch, toUInt64(0) AS "
	         "seq, %.*s AS step, '' AS chunk, toUInt32(0) AS attempt, '' AS state, '' AS "
	         "boot, '' AS plan, toUInt64(0) AS rows, toUInt64(0) AS age_ms, '' AS "
	         "pins",
	         STR_ARG(running));
	add_history_sql(exec, &buf);
	sql = arena_str(&exec->arena, buf_str(&buf));
	buf_release(&buf);
	return sql;
}

/*
 * The scalar subquery is evaluated before the rows are read: with `running` = 0 and the older locks
 * dropped, no row of an older run can come after this reading.
 */
struct str journal_all_sql(struct exec *exec)
{
	struct str prefix = exec_literal(exec, exec_query_prefix(exec));

	return history_sql(exec, str_of(arena_printf(&exec->arena,
	                                             "toString((SELECT count() FROM "
	                                             "system.processes WHERE "
	                                             "startsWith(query_id, %.*s)))",
	                                             STR_ARG(prefix))));
}

struct str journal_history_sql(struct exec *exec)
{
	return history_sql(exec, STR("'0'"));
}

struct str journal_facts_sql(struct exec *exec)
{
	return str_of(arena_printf(
	        &exec->arena,
	        "SELECT toString(countIf(database = %.*s AND startsWith(name, '%.*s') AND "
	        "toUInt32OrZero(substring(name, %zu)) > %u)) AS higher, "
	        "arrayStringConcat(%.*s, '\n') AS elsewhere, "
	        "(SELECT if(count() = 0, '', toString(min(id))) FROM %.*s.boot) AS boot, "
	        "toString(getSetting('max_threads')) AS cores "
	        "FROM system.tables WHERE name = 'journal' OR startsWith(name, '%.*s')",
	        STR_ARG(exec_literal(exec, exec->database_name)), STR_ARG(exec->lock.prefix),
	        exec->lock.prefix.n + 1, exec->lock.epoch, STR_ARG(elsewhere_sql(exec)),
	        STR_ARG(exec->database), STR_ARG(exec->lock.prefix)));
}

static struct str entry_key(struct exec *exec, struct str step, struct str chunk)
{
	char *key = arena_alloc(&exec->arena, step.n + chunk.n + 1);

	memcpy(key, step.p, step.n);
	key[step.n] = '\0';
	if (chunk.n)
		memcpy(key + step.n + 1, chunk.p, chunk.n);
	return (struct str){key, step.n + 1 + chunk.n};
}

const struct journal_entry *journal_find(const struct journal *journal, struct str step,
                                         struct str chunk)
{
	struct journal_entry *entry;
	struct buf key;

	buf_init(&key, BUF_CEILING_OUTPUT);
	buf_add(&key, step);
	buf_addc(&key, '\0');
	buf_add(&key, chunk);
	HASH_FIND(hh, journal->index, key.data, key.size, entry);
	buf_release(&key);
	return entry;
}

/* Found, or new. */
static struct journal_entry *entry_of(struct exec *exec, struct str key)
{
	struct journal_entry *entry;

	HASH_FIND(hh, exec->journal.index, key.p, key.n, entry);
	if (entry)
		return entry;
	entry = arena_new(&exec->arena, struct journal_entry);
	entry->key = key;
	HASH_ADD_KEYPTR(hh, exec->journal.index, entry->key.p, entry->key.n, entry);
	return entry;
}

uint32_t journal_attempt(const struct journal *journal, struct str step)
{
	const struct journal_entry *entry = journal_find(journal, step, STR(""));

	if (!entry)
		return 0;
	return entry->state_attempt + (entry->state == JOURNAL_DISCARDED);
}

void journal_discard(struct journal *journal, struct str step, uint32_t attempt)
{
	struct journal_entry *entry =
	        entry_of(journal->exec, entry_key(journal->exec, step, STR("")));

	entry->state = JOURNAL_DISCARDED;
	entry->attempt = entry->state_attempt = attempt;
	entry->pinned = (struct str){0};
}

enum {
	A_KIND,
	A_EPOCH,
	A_STEP,
	A_CHUNK,
	A_ATTEMPT,
	A_STATE,
	A_BOOT,
	A_PLAN,
	A_ROWS,
	A_AGE,
	A_PINS,
	A_COUNT
};
static const char *const all_names[] = {"kind", "epoch", "step", "chunk",  "attempt", "state",
                                        "boot", "plan",  "rows", "age_ms", "pins",    NULL};

/* An attempt may have something staged until its row `discarded`, wherever among later rows that is.
 * What is void was dropped by the abort. */
static void note_attempt(struct journal_entry *entry, uint32_t attempt, bool over, bool is_void)
{
	if (is_void)
		entry->unclean = attempt >= entry->unclean ? attempt + 1 : entry->unclean;
	else if (!entry->unclean)
		entry->unclean = attempt + over;
	else if (over && attempt == entry->unclean)
		entry->unclean++;
}

/* A row of a step or a chunk: the highest (attempt, state) wins, in any order. */
static void entry_row(struct exec *exec, const struct reply *reply, size_t row, const int *column,
                      bool is_void)
{
	enum journal_state state = journal_state_from(reply_value(reply, row, column[A_STATE]));
	uint32_t attempt = (uint32_t)str_u64(reply_value(reply, row, column[A_ATTEMPT]));
	struct str key = entry_key(exec, reply_value(reply, row, column[A_STEP]),
	                           reply_value(reply, row, column[A_CHUNK]));
	struct journal_entry *entry = entry_of(exec, key);

	if (attempt > entry->attempt)
		entry->attempt = attempt;
	note_attempt(entry, attempt, state == JOURNAL_DISCARDED, is_void);
	if (is_void || attempt < entry->state_attempt ||
	    (attempt == entry->state_attempt && state < entry->state))
		return;
	/* Rows come in the order of time: the first of an attempt is its oldest. */
	if (attempt > entry->state_attempt || entry->state == JOURNAL_NONE)
		entry->open_ms = str_u64(reply_value(reply, row, column[A_AGE]));
	entry->state = state;
	entry->state_attempt = attempt;
	entry->boot = arena_str(&exec->arena, reply_value(reply, row, column[A_BOOT]));
	if (reply_value(reply, row, column[A_PINS]).n)
		entry->pinned = arena_str(&exec->arena, reply_value(reply, row, column[A_PINS]));
	if (str_u64(reply_value(reply, row, column[A_ROWS])))
		entry->rows = str_u64(reply_value(reply, row, column[A_ROWS]));
}

/*
 * The views that a run has left which was given up (lower_view_fill.c): what its `bN.made` pinned is
 * what `bN.kept` pins in the run that begins. Only of rows that are void: then nothing of that run's
 * history counts, or is kept.
 */
static void keep_made(struct exec *exec, struct str step, struct str pinned)
{
	struct str family = attempt_family(step);
	struct journal_entry *entry;
	json_t *json, *rows;
	struct str id;
	char *text;

	if (!family.n || step.n != family.n + 5 || !str_ends(step, STR(".made")))
		return;
	json = json_loadb(pinned.p ? pinned.p : "", pinned.n, JSON_ALLOW_NUL, NULL);
	rows = json_object_getn(json, step.p, step.n);
	if (rows) {
		id = str_of(arena_printf(&exec->arena, "%.*s.kept", STR_ARG(family)));
		json_object_setn(json, id.p, id.n, rows);
		json_object_deln(json, step.p, step.n);
		text = json_dumps(json, JSON_COMPACT);
		if (!text)
			out_of_memory();
		entry = entry_of(exec, entry_key(exec, id, STR("")));
		entry->state = JOURNAL_DONE;
		entry->pinned = arena_str(&exec->arena, str_of(text));
		free(text);
	}
	json_decref(json);
}

bool journal_read_facts(struct exec *exec, const struct reply *reply, struct journal_facts *facts)
{
	int higher = reply_column(reply, "higher"), elsewhere = reply_column(reply, "elsewhere");
	int boot = reply_column(reply, "boot"), cores = reply_column(reply, "cores");

	if (reply->row_count != 1 || higher < 0 || elsewhere < 0 || boot < 0 || cores < 0) {
		exec_stop(exec, EXEC_STOPPED,
		          "the server gave an answer without the facts of a start");
		return false;
	}
	facts->higher_locks = str_u64(reply_value(reply, 0, higher));
	facts->elsewhere = arena_str(&exec->arena, reply_value(reply, 0, elsewhere));
	facts->boot = arena_str(&exec->arena, reply_value(reply, 0, boot));
	facts->cores = str_u64(reply_value(reply, 0, cores));
	return true;
}

bool journal_read_all(struct exec *exec, const struct reply *reply, struct journal_facts *facts,
                      struct journal_past *past)
{
	int column[A_COUNT];
	bool got_facts = false;
	struct str steps = past->steps;

	if (!has_columns(exec, reply, all_names, column))
		return false;
	HASH_CLEAR(hh, exec->journal.index);
	*past = (struct journal_past){.steps = steps};
	for (size_t row = 0; row < reply->row_count; row++) {
		if (str_is(reply_value(reply, row, column[A_KIND]), "facts")) {
			facts->running = str_u64(reply_value(reply, row, column[A_STEP]));
			got_facts = true;
		} else if (!reply_value(reply, row, column[A_STEP]).n) {
			past_row(exec, past,
			         journal_state_from(reply_value(reply, row, column[A_STATE])),
			         reply_value(reply, row, column[A_PLAN]),
			         (uint32_t)str_u64(reply_value(reply, row, column[A_EPOCH])),
			         reply_value(reply, row, column[A_PINS]));
		} else if (reply_value(reply, row, column[A_CHUNK]).n) {
			past->chunk_epoch =
			        (uint32_t)str_u64(reply_value(reply, row, column[A_EPOCH]));
		}
	}
	forget_unloaded(exec, past);
	for (size_t row = 0; row < reply->row_count; row++) {
		uint32_t epoch = (uint32_t)str_u64(reply_value(reply, row, column[A_EPOCH]));
		struct str step = reply_value(reply, row, column[A_STEP]);
		struct str pins = reply_value(reply, row, column[A_PINS]);
		bool is_void = epoch <= past->void_epoch && !guard_is_row(pins);

		facts->epoch_max = epoch > facts->epoch_max ? epoch : facts->epoch_max;
		if (!str_is(reply_value(reply, row, column[A_KIND]), "row") || !step.n)
			continue;
		entry_row(exec, reply, row, column, is_void);
		if (is_void)
			keep_made(exec, step, pins);
	}
	if (!got_facts)
		exec_stop(exec, EXEC_STOPPED, "the journal %.*s gave an answer without its facts",
		          STR_ARG(exec->journal.table));
	return got_facts;
}
