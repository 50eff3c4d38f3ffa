#include <jansson.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>

#include "fake_graph.h"
#include "fake_transport.h"
#include "fake_words.h"
#include "runtime/journal.h"

/* --- tables --- */

void fake_server_init(struct fake_server *server, unsigned chunks)
{
	*server = (struct fake_server){.now_ms = 1000000, .chunks = chunks};
	arena_init(&server->arena);
}

void fake_server_release(struct fake_server *server)
{
	arena_release(&server->arena);
}

static struct fake_table *table_find(struct fake_server *server, struct str name)
{
	for (size_t i = 0; i < server->tables.count; i++) {
		if (str_eq(server->tables.items[i]->name, name))
			return server->tables.items[i];
	}
	return NULL;
}

struct fake_table *fake_server_table(struct fake_server *server, const char *name)
{
	return table_find(server, str_of(name));
}

static struct fake_table *table_add(struct fake_server *server, struct str name)
{
	struct fake_table *table = arena_new(&server->arena, struct fake_table);

	table->name = arena_str(&server->arena, name);
	table->touched_ms = server->now_ms;
	*list_add(&server->arena, &server->tables) = table;
	return table;
}

static void table_drop(struct fake_server *server, struct str name)
{
	size_t kept = 0;

	for (size_t i = 0; i < server->tables.count; i++) {
		if (!str_eq(server->tables.items[i]->name, name))
			server->tables.items[kept++] = server->tables.items[i];
	}
	server->tables.count = kept;
}

/* The same in whatever order things happen: a state that comes again can be told (explore.h). */
static uint64_t make_uuid(const struct fake_table *table)
{
	uint64_t hash = 0xCBF29CE484222325u + table->parts.count;

	for (size_t i = 0; i < table->name.n; i++)
		hash = (hash ^ (unsigned char)table->name.p[i]) * 0x100000001B3u;
	return hash ^ hash >> 32;
}

static struct fake_part *part_add(struct fake_server *server, struct fake_table *table,
                                  uint64_t partition)
{
	struct fake_part *part = arena_new(&server->arena, struct fake_part);

	part->uuid = make_uuid(table);
	part->partition = partition;
	*list_add(&server->arena, &table->parts) = part;
	return part;
}

static void table_insert(struct fake_server *server, struct fake_table *table, uint64_t lo,
                         uint64_t hi)
{
	for (uint64_t partition = 0; partition < 2; partition++) {
		struct fake_part *part = part_add(server, table, partition);

		for (uint64_t n = lo; n < hi; n++) {
			if (n % 2 == partition)
				*list_add(&server->arena, &part->rows) = n;
		}
	}
	for (size_t i = 0; i < server->tables.count; i++) {
		struct fake_table *view = server->tables.items[i];
		struct fake_table *target;

		if (!view->view_source.n || !str_eq(view->view_source, table->name))
			continue;
		target = table_find(server, view->view_target);
		if (target)
			table_insert(server, target, lo, hi);
	}
}

static uint64_t table_count(const struct fake_table *table)
{
	uint64_t count = 0;

	for (size_t i = 0; table && i < table->parts.count; i++) {
		if (!table->parts.items[i]->gone)
			count += table->parts.items[i]->rows.count;
	}
	return count;
}

static uint64_t parts_with_rows(const struct fake_table *table)
{
	uint64_t count = 0;

	for (size_t i = 0; table && i < table->parts.count; i++)
		count += !table->parts.items[i]->gone && table->parts.items[i]->rows.count;
	return count;
}

/* --- steps --- */

/* A row a partition that has rows. */
static void seal_table(const struct fake_table *table, const char *name, struct outcome *outcome)
{
	for (uint64_t partition = 0; table && partition < 2; partition++) {
		uint64_t parts = 0, rows = 0, uuid = 0;

		for (size_t i = 0; i < table->parts.count; i++) {
			const struct fake_part *part = table->parts.items[i];

			if (part->gone || !part->rows.count || part->partition != partition)
				continue;
			parts++;
			rows += part->rows.count;
			uuid = part->uuid; /* of an attempt's one INSERT */
		}
		if (!parts)
			continue;
		value(outcome, str_of(name));
		number(outcome, partition);
		number(outcome, parts);
		number(outcome, rows);
		number(outcome, 0);
		number(outcome, uuid);
		number(outcome, 0);
	}
}

static void do_seal(struct fake_server *server, const struct request *request,
                    struct outcome *outcome)
{
	columns(outcome, "seal_table seal_partition seal_parts seal_rows seal_bytes seal_uuids "
	                 "seal_block");
	seal_table(table_find(server, param(request, "dup_t")), "t", outcome);
	seal_table(table_find(server, param(request, "dup_u")), "u", outcome);
}

static bool has_uuid(const struct fake_table *table, uint64_t uuid)
{
	for (size_t i = 0; i < table->parts.count; i++) {
		if (table->parts.items[i]->uuid == uuid)
			return true;
	}
	return false;
}

static void do_already(struct fake_server *server, struct fake_table *dup, const char *live,
                       struct outcome *outcome)
{
	columns(outcome, "already_part");
	for (size_t i = 0; dup && i < dup->parts.count; i++) {
		const struct fake_part *part = dup->parts.items[i];

		if (!part->gone && part->rows.count &&
		    has_uuid(fake_server_table(server, live), part->uuid))
			number(outcome, part->uuid);
	}
}

/* crash_in_move: the first part is in both tables, the rest where it was. */
static void do_move(struct fake_server *server, struct fake_table *dup, const char *live,
                    const struct request *request, struct outcome *outcome)
{
	uint64_t partition = param_u64(request, "seal_partition");

	if (!dup) {
		refuse(outcome, 60, "no such table");
		return;
	}
	for (size_t i = 0; i < dup->parts.count; i++) {
		struct fake_part *part = dup->parts.items[i], *moved;

		if (part->gone || !part->rows.count || part->partition != partition)
			continue;
		moved = part_add(server, fake_server_table(server, live), partition);
		moved->uuid = part->uuid;
		moved->rows.items = part->rows.items;
		moved->rows.count = part->rows.count;
		if (server->crash_in_move)
			return;
		part->gone = true;
	}
}

static void do_drop_part(struct fake_table *dup, const struct request *request,
                         struct outcome *outcome)
{
	uint64_t uuid = param_u64(request, "already_part");

	if (!dup) {
		refuse(outcome, 60, "no such table");
		return;
	}
	for (size_t i = 0; i < dup->parts.count; i++) {
		if (dup->parts.items[i]->uuid == uuid && !dup->parts.items[i]->gone) {
			dup->parts.items[i]->gone = true;
			return;
		}
	}
	refuse(outcome, 232, "no such part");
}

static void do_stage(struct fake_server *server, const struct request *request, const char *name,
                     struct outcome *outcome)
{
	struct fake_table *table;

	if (table_find(server, param(request, name))) {
		refuse(outcome, 57, "table exists");
		return;
	}
	if (str_is(str_of(name), "copy_v") && (!table_find(server, param(request, "dup_t")) ||
	                                       !table_find(server, param(request, "dup_u")))) {
		refuse(outcome, 60, "no such table");
		return;
	}
	table = table_add(server, param(request, name));
	if (str_is(str_of(name), "copy_v")) {
		table->view_source = arena_str(&server->arena, param(request, "dup_t"));
		table->view_target = arena_str(&server->arena, param(request, "dup_u"));
	}
}

static void do_load(struct fake_server *server, const struct request *request,
                    struct outcome *outcome)
{
	struct fake_table *dup = table_find(server, param(request, "dup_t"));

	if (!dup)
		refuse(outcome, 60, "no such table");
	else if (server->memory_rows &&
	         param_u64(request, "hi") - param_u64(request, "lo") > server->memory_rows)
		refuse(outcome, 241, "memory limit exceeded");
	else
		table_insert(server, dup, param_u64(request, "lo"), param_u64(request, "hi"));
}

static void do_halves(const struct request *request, struct outcome *outcome)
{
	uint64_t lo = param_u64(request, "lo"), hi = param_u64(request, "hi"),
	         middle = (lo + hi) / 2;

	columns(outcome, "lo hi");
	if (middle <= lo)
		return;
	number(outcome, lo);
	number(outcome, middle);
	number(outcome, middle);
	number(outcome, hi);
}

static void do_gate(struct fake_server *server, struct outcome *outcome)
{
	server->gate_asked++;
	columns(outcome, "ok");
	number(outcome, server->now_ms >= server->gate_opens_ms);
}

static void do_body(struct fake_server *server, struct str id, const struct request *request,
                    struct outcome *outcome)
{
	struct fake_table *dup_t = table_find(server, param(request, "dup_t"));
	struct fake_table *dup_u = table_find(server, param(request, "dup_u"));

	if (starts(id, "dup_t") || starts(id, "dup_u") || starts(id, "copy_v")) {
		do_stage(server, request,
		         starts(id, "dup_t")   ? "dup_t"
		         : starts(id, "dup_u") ? "dup_u"
		                               : "copy_v",
		         outcome);
	} else if (starts(id, "throttle")) {
		do_gate(server, outcome);
	} else if (starts(id, "halves")) {
		do_halves(request, outcome);
	} else if (starts(id, "load")) {
		do_load(server, request, outcome);
	} else if (starts(id, "verify") && !dup_t) {
		refuse(outcome, 60, "no such table");
	} else if (starts(id, "verify")) {
		columns(outcome, "ok message");
		number(outcome,
		       table_count(dup_t) == param_u64(request, "hi") - param_u64(request, "lo"));
		number(outcome, table_count(dup_t));
	} else if (starts(id, "seal")) {
		do_seal(server, request, outcome);
	} else if (starts(id, "already_t") || starts(id, "already_u")) {
		do_already(server, starts(id, "already_t") ? dup_t : dup_u,
		           starts(id, "already_t") ? "t" : "u", outcome);
	} else if (starts(id, "drop_part_")) {
		do_drop_part(starts(id, "drop_part_t") ? dup_t : dup_u, request, outcome);
	} else if (starts(id, "move_")) {
		do_move(server, starts(id, "move_t") ? dup_t : dup_u,
		        starts(id, "move_t") ? "t" : "u", request, outcome);
	} else if (starts(id, "moved")) {
		columns(outcome, "ok message");
		number(outcome, parts_with_rows(dup_t) + parts_with_rows(dup_u) == 0);
		number(outcome, parts_with_rows(dup_t) + parts_with_rows(dup_u));
	} else if (starts(id, "drop_")) {
		table_drop(server, param(request, starts(id, "drop_v")   ? "copy_v"
		                                  : starts(id, "drop_t") ? "dup_t"
		                                                         : "dup_u"));
	} else {
		refuse(outcome, 62, "unknown body step");
	}
}

static void do_top(struct fake_server *server, struct str id, const struct request *request,
                   struct outcome *outcome)
{
	if (starts(id, "ensure.")) {
		struct str name = word_after(id, "ensure.");

		name.n = 1;
		if (!starts(id, "ensure.database") && !table_find(server, name))
			table_add(server, name);
	} else if (starts(id, "b1.grants")) {
		do_gate(server, outcome);
	} else if (starts(id, "b1.split")) {
		columns(outcome, "split");
		number(outcome, 1000);
	} else if (starts(id, "b1.bounds")) {
		columns(outcome, "lo hi");
		for (unsigned i = 0; i < server->chunks; i++) {
			number(outcome, i * FAKE_ROWS_A_CHUNK);
			number(outcome, (i + 1) * FAKE_ROWS_A_CHUNK);
		}
	} else if (starts(id, "finish.names")) {
		columns(outcome, "sweep_name");
		for (size_t i = 0; i < server->tables.count; i++) {
			if (starts(server->tables.items[i]->name, "bfc_"))
				value(outcome, server->tables.items[i]->name);
		}
	} else if (starts(id, "finish.drop")) {
		table_drop(server, param(request, "sweep_name"));
	} else if (starts(id, "check.1")) {
		columns(outcome, "ok");
		number(outcome, table_count(fake_server_table(server, "t")) ==
		                        server->chunks * FAKE_ROWS_A_CHUNK);
	} else {
		refuse(outcome, 62, "unknown step");
	}
}

/* --- the journal --- */

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

static void do_journal_insert(struct fake_server *server, const struct request *request,
                              struct outcome *outcome)
{
	struct str lock = word_after(request->sql, "WHERE (SELECT count() FROM `bfc`.");
	struct str rest = request->body;

	if (!table_find(server, lock)) {
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

static void do_past(struct fake_server *server, struct outcome *outcome)
{
	uint64_t chunk_epoch = 0;

	if (!server->has_database) {
		refuse(outcome, 81, "no database");
		return;
	}
	if (!fake_server_table(server, "journal")) {
		refuse(outcome, 60, "no journal");
		return;
	}
	sort_journal(server);
	columns(outcome, "version state plan epoch pinned rows locks chunk_epoch");
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
		number(outcome, fake_server_locks(server));
		number(outcome, chunk_epoch);
	}
}

static uint64_t running(struct fake_server *server, const char *prefix, struct str exact)
{
	uint64_t count = 0;

	for (size_t i = 0; i < server->processes.count; i++)
		count += prefix ? starts(server->processes.items[i].query_id, prefix)
		                : str_eq(server->processes.items[i].query_id, exact);
	return count;
}

static uint64_t lock_epoch(const struct fake_table *table)
{
	return starts(table->name, "lock_") ? strtoull(table->name.p + 14, NULL, 10) : 0;
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

static void do_all(struct fake_server *server, const struct request *request,
                   struct outcome *outcome)
{
	uint64_t epoch = strtoull(word_after(request->sql, ")) > ").p, NULL, 10), higher = 0,
	         most = 0;

	sort_journal(server);
	for (size_t i = 0; i < server->tables.count; i++)
		higher += lock_epoch(server->tables.items[i]) > epoch;
	for (size_t i = 0; i < server->journal.count; i++)
		most = server->journal.items[i].epoch > most ? server->journal.items[i].epoch
		                                             : most;
	columns(outcome, "kind epoch seq step chunk attempt state boot plan rows age_ms pins");
	value(outcome, STR("facts"));
	number(outcome, 0);
	number(outcome, 0);
	number(outcome, running(server, "bfc-", STR("")));
	number(outcome, higher);
	number(outcome, most);
	value(outcome, server->elsewhere);
	value(outcome, server->boot);
	value(outcome, STR(""));
	number(outcome, 2);
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

/* --- locks, processes, boot --- */

static void do_locks(struct fake_server *server, struct outcome *outcome)
{
	columns(outcome, "name comment age");
	for (size_t i = server->tables.count; i-- > 0;) {
		const struct fake_table *table = server->tables.items[i];

		if (!lock_epoch(table))
			continue;
		value(outcome, table->name);
		value(outcome, table->comment);
		number(outcome, (server->now_ms - table->touched_ms) / 1000);
	}
}

static struct str unquoted(struct fake_server *server, struct str text)
{
	ptrdiff_t at = str_find(text, STR("COMMENT '"));
	struct str rest = {text.p + at + 9, text.n - (size_t)at - 10};

	return arena_str(&server->arena, rest);
}

static void do_lock(struct fake_server *server, const struct request *request,
                    struct outcome *outcome)
{
	struct str name = word_after(request->sql, "`bfc`.");
	struct fake_table *table = table_find(server, name);

	if (starts(request->sql, "DROP")) {
		table_drop(server, name);
	} else if (starts(request->sql, "CREATE")) {
		if (table)
			refuse(outcome, 57, "table exists");
		else
			table_add(server, name)->comment = unquoted(server, request->sql);
	} else if (!table) {
		refuse(outcome, 60, "no such table");
	} else {
		table->comment = unquoted(server, request->sql);
		table->touched_ms = server->now_ms;
	}
}

static void do_kill(struct fake_server *server, const struct request *request,
                    struct outcome *outcome)
{
	size_t kept = 0;

	columns(outcome, "kill_status query_id user query");
	for (size_t i = 0; i < server->processes.count; i++) {
		struct fake_process *process = &server->processes.items[i];
		char quoted[256];

		snprintf(quoted, sizeof(quoted), "'%.*s'", STR_ARG(process->query_id));
		if (!holds(request->sql, "startsWith(query_id") && !holds(request->sql, quoted)) {
			server->processes.items[kept++] = *process;
			continue;
		}
		value(outcome, STR("finished"));
		value(outcome, process->query_id);
		value(outcome, STR("bfc"));
		value(outcome, STR("SELECT 1"));
	}
	server->processes.count = kept;
}

static void do_boot(struct fake_server *server, const struct request *request,
                    struct outcome *outcome)
{
	if (starts(request->sql, "INSERT")) {
		if (!server->boot.n)
			server->boot =
			        str_of(arena_printf(&server->arena, "boot-%llu",
			                            (unsigned long long)++server->next_boot));
		return;
	}
	columns(outcome, "boot");
	value(outcome, server->boot);
}

/* --- abort --- */

/* Of the statement's `match(…, 'regex')` from `*sql` on, whether one takes the name. */
static bool matches(struct fake_server *server, struct str sql, struct str name)
{
	for (ptrdiff_t at; (at = str_find(sql, STR("match("))) >= 0;) {
		regex_t regex;
		bool found;

		sql = (struct str){sql.p + at + 6, sql.n - (size_t)at - 6};
		if (regcomp(&regex, arena_strdup(&server->arena, word_after(sql, ", '")),
		            REG_EXTENDED | REG_NOSUB) != 0)
			abort();
		found = regexec(&regex, arena_strdup(&server->arena, name), 0, NULL, 0) == 0;
		regfree(&regex);
		if (found)
			return true;
	}
	return false;
}

static void do_staged_parts(struct fake_server *server, struct str sql, struct outcome *outcome)
{
	uint64_t staged = 0, moved = 0;

	for (size_t i = 0; i < server->tables.count; i++) {
		const struct fake_table *table = server->tables.items[i];

		if (!starts(table->name, "bfc_") || !matches(server, sql, table->name))
			continue;
		for (size_t j = 0; j < table->parts.count; j++) {
			const struct fake_part *part = table->parts.items[j];

			if (part->gone || !part->rows.count)
				continue;
			staged++;
			moved += has_uuid(fake_server_table(server, "t"), part->uuid) ||
			         has_uuid(fake_server_table(server, "u"), part->uuid);
		}
	}
	columns(outcome, "staged moved");
	number(outcome, staged);
	number(outcome, moved);
}

/* Those of the statement's list that are live. */
static void do_come(struct fake_server *server, struct str sql, struct outcome *outcome)
{
	static const char *const names[] = {"t", "u"};
	uint64_t parts = 0;

	for (size_t t = 0; t < 2; t++) {
		struct fake_table *table = fake_server_table(server, names[t]);

		for (size_t i = 0; table && i < table->parts.count; i++) {
			char uuid[32];

			snprintf(uuid, sizeof(uuid), ",%llu,",
			         (unsigned long long)table->parts.items[i]->uuid);
			parts += holds(str_of(arena_printf(&server->arena, ",%.*s,",
			                                   STR_ARG(word_after(sql, "(',', '")))),
			               uuid);
		}
	}
	columns(outcome, "parts names");
	number(outcome, parts);
	value(outcome, STR("bfc_unit.t x"));
}

static void do_staged_list(struct fake_server *server, struct str sql, struct outcome *outcome)
{
	columns(outcome, "database name");
	for (size_t i = 0; i < server->tables.count; i++) {
		struct str name = server->tables.items[i]->name;

		if (!starts(name, "bfc_") || matches(server, sql, name))
			continue;
		value(outcome, STR("bfc_unit"));
		value(outcome, name);
	}
}

static void do_own(struct fake_server *server, const struct request *request,
                   struct outcome *outcome)
{
	struct str sql = request->sql;

	if (starts(sql, "CREATE DATABASE")) {
		server->has_database = true;
	} else if (starts(sql, "CREATE TABLE IF NOT EXISTS `bfc`.")) {
		if (!table_find(server, word_after(sql, "`bfc`.")))
			table_add(server, word_after(sql, "`bfc`."));
	} else if (starts(sql, "SELECT version, state")) {
		do_past(server, outcome);
	} else if (starts(sql, "SELECT name, comment")) {
		do_locks(server, outcome);
	} else if (holds(sql, "TABLE `bfc`.lock_") || holds(sql, "EXISTS `bfc`.lock_")) {
		do_lock(server, request, outcome);
	} else if (starts(sql, "SELECT * FROM (SELECT 'facts'")) {
		do_all(server, request, outcome);
	} else if (starts(sql, "SELECT argMax(toString(state)")) {
		columns(outcome, "state published");
		value(outcome, server->elsewhere_state);
		number(outcome, 0);
	} else if (starts(sql, "KILL QUERY")) {
		do_kill(server, request, outcome);
	} else if (starts(sql, "DROP TABLE IF EXISTS bfc_unit.{")) {
		table_drop(server,
		           param(request, arena_strdup(&server->arena, word_after_brace(sql))));
	} else if (starts(sql, "SELECT toString(count()) AS staged")) {
		do_staged_parts(server, sql, outcome);
	} else if (starts(sql, "SELECT toString(count()) AS parts")) {
		do_come(server, sql, outcome);
	} else if (starts(sql, "SELECT database, name FROM system.tables")) {
		do_staged_list(server, sql, outcome);
	} else if (starts(sql, "DROP TABLE IF EXISTS bfc_unit.bfc_")) {
		table_drop(server, word_after(sql, "bfc_unit."));
	} else if (holds(sql, "`bfc`.boot")) {
		do_boot(server, request, outcome);
	} else if (starts(sql, "SELECT toString(count()) AS running")) {
		columns(outcome, "running");
		number(outcome, running(server, NULL, word_after(sql, "query_id = '")));
	} else if (starts(sql, "SELECT query_id, read_rows")) {
		columns(outcome, "query_id");
	} else {
		refuse(outcome, 62, "unknown statement");
	}
}

/* --- the server --- */

static void do_request(struct fake_server *server, const struct request *request,
                       struct outcome *outcome)
{
	struct str id = request->query_id;

	outcome->kind = OUTCOME_OK;
	if (id.n && running(server, NULL, id)) {
		refuse(outcome, 216, "a query with this id is running");
		return;
	}
	if (starts(request->sql, "INSERT INTO `bfc`.journal")) {
		do_journal_insert(server, request, outcome);
		return;
	}
	if (!id.n) {
		do_own(server, request, outcome);
		return;
	}
	/* bfc-<8>-<8>-<step> */
	id.p += 22;
	id.n -= 22;
	if (starts(id, "b1.chunk.")) {
		id.p += 9;
		id.n -= 9;
		do_body(server, id, request, outcome);
	} else {
		do_top(server, id, request, outcome);
	}
}

void fake_server_do(struct fake_server *server, const struct request *request,
                    struct outcome *outcome)
{
	do_request(server, request, outcome);
	if (server->told)
		server->told(server->told_state, request, outcome);
}

void fake_server_restart(struct fake_server *server)
{
	server->boot = (struct str){0};
	server->processes.count = 0;
	if (server->told)
		server->told(server->told_state, NULL, NULL);
}

void fake_server_advance(struct fake_server *server, uint64_t ms)
{
	server->now_ms += ms;
	for (size_t i = 0; i < server->processes.count; i++) {
		struct fake_process process = server->processes.items[i];
		struct outcome outcome = {0};

		if (process.ends_ms > server->now_ms)
			continue;
		server->processes.items[i--] = server->processes.items[--server->processes.count];
		fake_server_do(server, &process.request, &outcome);
		outcome_release(&outcome);
	}
}

/* --- what tests ask --- */

static bool is_right(struct fake_server *server, const char *name, char *why, size_t size)
{
	struct fake_table *table = fake_server_table(server, name);
	uint64_t most = server->chunks * FAKE_ROWS_A_CHUNK;
	unsigned *seen = xmalloc((most + 1) * sizeof(*seen));
	bool right = table != NULL;

	memset(seen, 0, (most + 1) * sizeof(*seen));
	for (size_t i = 0; table && i < table->parts.count; i++) {
		const struct fake_part *part = table->parts.items[i];

		for (size_t j = 0; !part->gone && j < part->rows.count; j++)
			seen[part->rows.items[j] < most ? part->rows.items[j] : most]++;
	}
	for (uint64_t n = 0; n <= most && right; n++) {
		if (seen[n] != (n < most)) {
			snprintf(why, size, "%s has %llu %u times", name, (unsigned long long)n,
			         seen[n]);
			right = false;
		}
	}
	free(seen);
	return right;
}

bool fake_server_is_right(struct fake_server *server, char *why, size_t size)
{
	snprintf(why, size, "a table is missing");
	return is_right(server, "t", why, size) && is_right(server, "u", why, size);
}

size_t fake_server_staged(struct fake_server *server)
{
	size_t count = 0;

	for (size_t i = 0; i < server->tables.count; i++)
		count += starts(server->tables.items[i]->name, "bfc_");
	return count;
}

size_t fake_server_locks(struct fake_server *server)
{
	size_t count = 0;

	for (size_t i = 0; i < server->tables.count; i++)
		count += lock_epoch(server->tables.items[i]) > 0;
	return count;
}
