#include <stdio.h>
#include <stdlib.h>

#include "fake_graph.h"
#include "fake_journal.h"
#include "fake_own.h"
#include "fake_steps.h"
#include "fake_tables.h"
#include "fake_words.h"

void fake_server_init(struct fake_server *server, unsigned chunks)
{
	*server = (struct fake_server){.now_ms = 1000000, .chunks = chunks};
	arena_init(&server->arena);
}

void fake_server_release(struct fake_server *server)
{
	arena_release(&server->arena);
}

struct fake_table *fake_server_table(struct fake_server *server, const char *name)
{
	return fake_table_find(server, str_of(name));
}

uint64_t fake_server_running(struct fake_server *server, const char *prefix, struct str exact)
{
	uint64_t count = 0;

	for (size_t i = 0; i < server->processes.count; i++)
		count += prefix ? starts(server->processes.items[i].query_id, prefix)
		                : str_eq(server->processes.items[i].query_id, exact);
	return count;
}

uint64_t fake_lock_epoch(const struct fake_table *table)
{
	return starts(table->name, "lock_") ? strtoull(table->name.p + 14, NULL, 10) : 0;
}

/* --- the server --- */

static void do_request(struct fake_server *server, const struct request *request,
                       struct outcome *outcome)
{
	struct str id = request->query_id;

	outcome->kind = OUTCOME_OK;
	if (id.n && fake_server_running(server, NULL, id)) {
		refuse(outcome, 216, "a query with this id is running");
		return;
	}
	if (starts(request->sql, "INSERT INTO `bfc`.journal")) {
		fake_journal_insert(server, request, outcome);
		return;
	}
	if (!id.n) {
		fake_own_do(server, request, outcome);
		return;
	}
	/* bfc-<8>-<8>-<step> */
	fake_steps_do(server, (struct str){id.p + 22, id.n - 22}, request, outcome);
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

/* Which numbers there should be, one after the other; UINT64_MAX: no more. */
static uint64_t wanted(const struct fake_server *server, uint64_t i)
{
	uint64_t history = server->chunks * FAKE_ROWS_A_CHUNK;

	if (i < history)
		return i;
	return i - history < server->ingest.landed_count ? server->ingest.landed[i - history]
	                                                 : UINT64_MAX;
}

static bool is_right(struct fake_server *server, const char *name, char *why, size_t size)
{
	struct fake_table *table = fake_server_table(server, name);
	uint64_t count = fake_table_count(table), most = 0;

	for (; table && wanted(server, most) != UINT64_MAX; most++) {
		uint64_t n = wanted(server, most), times = 0;

		for (size_t i = 0; i < table->parts.count; i++) {
			const struct fake_part *part = table->parts.items[i];

			for (size_t j = 0; !part->gone && j < part->rows.count; j++)
				times += part->rows.items[j] == n;
		}
		if (times == 1)
			continue;
		snprintf(why, size, "%s has %llu %llu times", name, (unsigned long long)n,
		         (unsigned long long)times);
		return false;
	}
	if (table && count != most)
		snprintf(why, size, "%s has %llu rows, not %llu", name, (unsigned long long)count,
		         (unsigned long long)most);
	return table && count == most;
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
		count += fake_lock_epoch(server->tables.items[i]) > 0;
	return count;
}
