#include "fake_own.h"

#include <regex.h>
#include <stdio.h>
#include <stdlib.h>

#include "fake_journal.h"
#include "fake_tables.h"
#include "fake_words.h"

/* --- locks, processes, boot --- */

static void do_locks(struct fake_server *server, const struct request *request,
                     struct outcome *outcome)
{
	(void)request;
	columns(outcome, "name comment age");
	for (size_t i = server->tables.count; i-- > 0;) {
		const struct fake_table *table = server->tables.items[i];

		if (!fake_lock_epoch(table))
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
	struct fake_table *table = fake_table_find(server, name);

	if (starts(request->sql, "DROP")) {
		fake_table_drop(server, name);
	} else if (starts(request->sql, "CREATE")) {
		if (table)
			refuse(outcome, 57, "table exists");
		else
			fake_table_add(server, name)->comment = unquoted(server, request->sql);
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
		bool spared = holds(request->sql, "query_kind != 'Alter'") &&
		              starts(process->request.sql, "ALTER");
		char quoted[256];

		snprintf(quoted, sizeof(quoted), "'%.*s'", STR_ARG(process->query_id));
		if (spared ||
		    (!holds(request->sql, "startsWith(query_id") && !holds(request->sql, quoted))) {
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

static void do_staged_parts(struct fake_server *server, const struct request *request,
                            struct outcome *outcome)
{
	struct str sql = request->sql;
	uint64_t staged = 0, moved = 0, tables = 0;

	for (size_t i = 0; i < server->tables.count; i++) {
		const struct fake_table *table = server->tables.items[i];

		if (!starts(table->name, "bfc_") || !matches(server, sql, table->name))
			continue;
		tables += !table->view_source.n;
		for (size_t j = 0; j < table->parts.count; j++) {
			const struct fake_part *part = table->parts.items[j];

			if (part->gone || !part->rows.count)
				continue;
			staged++;
			moved += fake_table_has(fake_server_table(server, "t"), part->uuid) ||
			         fake_table_has(fake_server_table(server, "u"), part->uuid);
		}
	}
	columns(outcome, "staged moved tables");
	number(outcome, staged);
	number(outcome, moved);
	number(outcome, tables);
}

/* Those of the statement's list that are live. */
static void do_come(struct fake_server *server, const struct request *request,
                    struct outcome *outcome)
{
	struct str sql = request->sql;
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

static void do_staged_list(struct fake_server *server, const struct request *request,
                           struct outcome *outcome)
{
	struct str sql = request->sql;
	columns(outcome, "database name");
	for (size_t i = 0; i < server->tables.count; i++) {
		struct str name = server->tables.items[i]->name;

		if (!starts(name, "bfc_") || matches(server, sql, name))
			continue;
		value(outcome, STR("bfc_unit"));
		value(outcome, name);
	}
}

static void do_database(struct fake_server *server, const struct request *request,
                        struct outcome *outcome)
{
	(void)request;
	(void)outcome;
	server->has_database = true;
}

static void do_table(struct fake_server *server, const struct request *request,
                     struct outcome *outcome)
{
	struct str name = word_after(request->sql, "`bfc`.");

	(void)outcome;
	if (!fake_table_find(server, name))
		fake_table_add(server, name);
}

static void do_elsewhere(struct fake_server *server, const struct request *request,
                         struct outcome *outcome)
{
	(void)request;
	columns(outcome, "state published");
	value(outcome, server->elsewhere_state);
	number(outcome, 0);
}

/* Of an attempt that is cleaned up, by its parameters; or by abort, by name. */
static void do_drop(struct fake_server *server, const struct request *request,
                    struct outcome *outcome)
{
	struct str name = word_after(request->sql, "bfc_unit.");

	(void)outcome;
	if (name.n && name.p[0] == '{')
		name = param(request, arena_strdup(&server->arena, word_after_brace(request->sql)));
	fake_table_drop(server, name);
}

static void do_running(struct fake_server *server, const struct request *request,
                       struct outcome *outcome)
{
	columns(outcome, "running");
	number(outcome,
	       fake_server_running(server, NULL, word_after(request->sql, "query_id = '")));
}

static void do_watch(struct fake_server *server, const struct request *request,
                     struct outcome *outcome)
{
	(void)server;
	(void)request;
	columns(outcome, "query_id");
}

static const struct {
	const char *begins, *has;
	void (*answer)(struct fake_server *, const struct request *, struct outcome *);
} statements[] = {
        {"CREATE DATABASE", "", do_database},
        {"CREATE TABLE IF NOT EXISTS `bfc`.", "", do_table},
        {"SELECT version, ", "", fake_journal_past},
        {"SELECT name, comment", "", do_locks},
        {"SELECT if(database = ", "AS kind, name, comment", fake_journal_locks},
        {"", "TABLE `bfc`.lock_", do_lock},
        {"", "EXISTS `bfc`.lock_", do_lock},
        {"SELECT * FROM (SELECT 'facts'", "", fake_journal_all},
        {"SELECT toString(countIf(database", "", fake_journal_facts},
        {"SELECT argMax(toString(state)", "", do_elsewhere},
        {"SELECT argMax(state, (attempt", "", fake_journal_guard},
        {"KILL QUERY", "", do_kill},
        {"SELECT toString(count()) AS staged", "", do_staged_parts},
        {"SELECT toString(count()) AS parts", "", do_come},
        {"SELECT database, name FROM system.tables", "", do_staged_list},
        {"DROP TABLE IF EXISTS bfc_unit.", "", do_drop},
        {"", "`bfc`.boot", do_boot},
        {"SELECT toString(count()) AS running", "", do_running},
        {"SELECT query_id, read_rows", "", do_watch},
};

void fake_own_do(struct fake_server *server, const struct request *request, struct outcome *outcome)
{
	for (size_t i = 0; i < sizeof(statements) / sizeof(*statements); i++) {
		if (starts(request->sql, statements[i].begins) &&
		    holds(request->sql, statements[i].has)) {
			statements[i].answer(server, request, outcome);
			return;
		}
	}
	refuse(outcome, 62, "unknown statement");
}
