#include "fake_journal.h"

#include <jansson.h>
#include <stdlib.h>

#include "fake_tables.h"
#include "fake_words.h"
#include "runtime/journal.h"

static struct str json_text(struct fake_server *server, const json_t *json, const char *key)
{
	const char *text = json_string_value(json_object_get(json, key));

	return arena_str(&server->arena, str_of(text ? text : ""));
}

static void journal_line(struct fake_server *server, struct str line)
{
	json_t *json = json_loadb(line.p, line.n, 0, NULL);

	*list_add(&server->arena, &server->journal) = (struct fake_row){
	        .migration = json_text(server, json, "migration"),
	        .step = json_text(server, json, "step"),
	        .chunk = json_text(server, json, "chunk"),
	        .state = json_text(server, json, "state"),
	        .plan = json_text(server, json, "plan"),
	        .pinned = json_text(server, json, "pinned"),
	        .boot = json_text(server, json, "boot"),
	        .message = json_text(server, json, "message"),
	        .epoch = (uint64_t)json_integer_value(json_object_get(json, "epoch")),
	        .seq = (uint64_t)json_integer_value(json_object_get(json, "seq")),
	        .attempt = (uint64_t)json_integer_value(json_object_get(json, "attempt")),
	        .rows = (uint64_t)json_integer_value(json_object_get(json, "rows"))};
	json_decref(json);
}

void fake_journal_insert(struct fake_server *server, const struct request *request,
                         struct outcome *outcome)
{
	struct str lock = word_after(request->sql, "WHERE (SELECT count() FROM `bfc`.");
	struct str rest = request->body;

	if (!fake_table_find(server, lock)) {
		refuse(outcome, 60,
		       arena_printf(outcome_arena(outcome), "Unknown table %.*s", STR_ARG(lock)));
		return;
	}
	while (rest.n) {
		ptrdiff_t end = str_find(rest, STR("\n"));

		journal_line(server, (struct str){rest.p, (size_t)end});
		rest.p += end + 1;
		rest.n -= (size_t)end + 1;
	}
}

static int by_time(const void *a, const void *b)
{
	const struct fake_row *x = a, *y = b;

	if (x->epoch != y->epoch)
		return x->epoch < y->epoch ? -1 : 1;
	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

static void sort_journal(struct fake_server *server)
{
	if (server->journal.count)
		qsort(server->journal.items, server->journal.count, sizeof(struct fake_row),
		      by_time);
}

static void lock_row(struct outcome *outcome, struct str kind, struct str name, struct str comment,
                     uint64_t age_s)
{
	value(outcome, kind);
	value(outcome, name);
	value(outcome, comment);
	number(outcome, age_s);
}

void fake_journal_locks(struct fake_server *server, const struct request *request,
                        struct outcome *outcome)
{
	(void)request;
	columns(outcome, "kind name comment age");
	for (size_t i = 0; i < server->tables.count; i++) {
		const struct fake_table *table = server->tables.items[i];

		if (fake_lock_epoch(table))
			lock_row(outcome, STR("lock"), table->name, table->comment,
			         (server->now_ms - table->touched_ms) / 1000);
	}
	value(outcome, STR("running"));
	number(outcome, fake_server_running(server, "bfc-", STR("")));
	value(outcome, STR(""));
	number(outcome, 0);
	if (starts(server->elsewhere, "L"))
		lock_row(outcome, STR("elsewhere"), STR("lock"), STR("{}"), 1);
}

void fake_journal_past(struct fake_server *server, const struct request *request,
                       struct outcome *outcome)
{
	uint64_t chunk_epoch = 0;

	(void)request;
	if (!server->has_database) {
		refuse(outcome, 81, "no database");
		return;
	}
	if (!fake_server_table(server, "journal")) {
		refuse(outcome, 60, "no journal");
		return;
	}
	sort_journal(server);
	columns(outcome, "version state plan epoch pinned rows chunk_epoch");
	for (size_t i = 0; i < server->journal.count; i++) {
		if (server->journal.items[i].chunk.n)
			chunk_epoch = server->journal.items[i].epoch;
	}
	for (size_t i = 0; i < server->journal.count; i++) {
		const struct fake_row *row = &server->journal.items[i];

		if (row->step.n)
			continue;
		number(outcome, JOURNAL_VERSION);
		value(outcome, row->state);
		value(outcome, row->plan);
		number(outcome, row->epoch);
		value(outcome, row->pinned);
		number(outcome, row->rows);
		number(outcome, chunk_epoch);
	}
}

/* An attempt that is over is one row: the others of the same attempt are left out. */
static bool is_history(const struct fake_server *server, const struct fake_row *row)
{
	if (!row->chunk.n || !(str_is(row->state, "begun") || str_is(row->state, "sealed") ||
	                       str_is(row->state, "published")))
		return false;
	for (size_t i = 0; i < server->journal.count; i++) {
		const struct fake_row *other = &server->journal.items[i];

		if ((str_is(other->state, "done") || str_is(other->state, "discarded")) &&
		    str_eq(other->step, row->step) && str_eq(other->chunk, row->chunk) &&
		    other->attempt == row->attempt)
			return true;
	}
	return false;
}

void fake_journal_facts(struct fake_server *server, const struct request *request,
                        struct outcome *outcome)
{
	uint64_t epoch = strtoull(word_after(request->sql, ")) > ").p, NULL, 10), higher = 0;

	for (size_t i = 0; i < server->tables.count; i++)
		higher += fake_lock_epoch(server->tables.items[i]) > epoch;
	columns(outcome, "higher elsewhere boot cores");
	number(outcome, higher);
	value(outcome, server->elsewhere);
	value(outcome, server->boot);
	number(outcome, 2);
}

void fake_journal_all(struct fake_server *server, const struct request *request,
                      struct outcome *outcome)
{
	(void)request;
	sort_journal(server);
	columns(outcome, "kind epoch seq step chunk attempt state boot plan rows age_ms pins");
	value(outcome, STR("facts"));
	number(outcome, 0);
	number(outcome, 0);
	number(outcome, fake_server_running(server, "bfc-", STR("")));
	value(outcome, STR(""));
	number(outcome, 0);
	value(outcome, STR(""));
	value(outcome, STR(""));
	value(outcome, STR(""));
	number(outcome, 0);
	number(outcome, 0);
	value(outcome, STR(""));
	for (size_t i = 0; i < server->journal.count; i++) {
		const struct fake_row *row = &server->journal.items[i];

		if (is_history(server, row))
			continue;
		value(outcome, STR("row"));
		number(outcome, row->epoch);
		number(outcome, row->seq);
		value(outcome, row->step);
		value(outcome, row->chunk);
		number(outcome, row->attempt);
		value(outcome, row->state);
		value(outcome, str_is(row->state, "sealed") ? row->boot : STR(""));
		value(outcome, row->step.n ? STR("") : row->plan);
		number(outcome, row->rows);
		number(outcome, 1);
		value(outcome, row->pinned);
	}
}

/* The last row of a guard, as runs that have lost their lock ask for it. */
void fake_journal_guard(struct fake_server *server, const struct request *request,
                        struct outcome *outcome)
{
	struct str step = word_after(request->sql, "step = '");
	const struct fake_row *last = NULL;

	sort_journal(server);
	for (size_t i = 0; i < server->journal.count; i++) {
		const struct fake_row *row = &server->journal.items[i];

		if (str_eq(row->step, step) && (!last || row->attempt >= last->attempt))
			last = row;
	}
	columns(outcome, "open");
	number(outcome,
	       last && str_is(last->state, "begun") && !holds(last->pinned, "\"restored\":true"));
}
