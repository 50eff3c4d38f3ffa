#include "fake_steps.h"

#include "fake_graph.h"
#include "fake_tables.h"
#include "fake_words.h"

static struct fake_table *table_of(struct fake_server *server, const struct request *request,
                                   const char *name)
{
	return fake_table_find(server, param(request, name));
}

struct fake_table *fake_steps_table(struct fake_server *server, const struct request *request)
{
	return table_of(server, request,
	                arena_strdup(&server->arena, word_after_brace(request->sql)));
}

/* What is sealed: an attempt's own tables, or those that hold the chunks. */
static struct fake_table *sealed(struct fake_server *server, const struct request *request, char t)
{
	const char *dup = t == 't' ? "dup_t" : "dup_u", *hold = t == 't' ? "hold_t" : "hold_u";
	struct fake_table *table = table_of(server, request, dup);

	return table ? table : table_of(server, request, hold);
}

bool fake_steps_takes(const struct request *request, uint64_t n)
{
	return n >= param_u64(request, "lo") && n < param_u64(request, "hi");
}

/* --- stage and load --- */

static void do_stage(struct fake_server *server, const struct request *request,
                     struct outcome *outcome)
{
	struct str name =
	        param(request, arena_strdup(&server->arena, word_after_brace(request->sql)));

	if (fake_table_find(server, name))
		refuse(outcome, 57, "table exists");
	else
		fake_table_add(server, name);
}

static void do_stage_view(struct fake_server *server, const struct request *request,
                          struct outcome *outcome)
{
	struct fake_table *view;

	if (fake_steps_table(server, request)) {
		refuse(outcome, 57, "table exists");
		return;
	}
	if (!table_of(server, request, "dup_t") || !table_of(server, request, "dup_u")) {
		refuse(outcome, 60, "no such table");
		return;
	}
	view = fake_table_add(server, param(request, "copy_v"));
	view->view_source = arena_str(&server->arena, param(request, "dup_t"));
	view->view_target = arena_str(&server->arena, param(request, "dup_u"));
}

/* Straight into t, or into the duplicate. */
static void do_load(struct fake_server *server, const struct request *request,
                    struct outcome *outcome)
{
	bool direct = starts(request->sql, "INSERT INTO bfc_unit.t ");
	struct fake_table *to =
	        direct ? fake_server_table(server, "t") : table_of(server, request, "dup_t");
	uint64_t lo = param_u64(request, "lo"), hi = param_u64(request, "hi");
	LIST_OF(uint64_t) rows = {0};

	if (!to) {
		refuse(outcome, 60, "no such table");
		return;
	}
	if (server->memory_rows && hi - lo > server->memory_rows) {
		refuse(outcome, 241, "memory limit exceeded");
		return;
	}
	for (uint64_t n = lo; n < hi; n++)
		*list_add(&server->arena, &rows) = n;
	fake_table_insert(server, to, rows.items, rows.count, server->crash_in_move);
}

static void do_halves(struct fake_server *server, const struct request *request,
                      struct outcome *outcome)
{
	uint64_t lo = param_u64(request, "lo"), hi = param_u64(request, "hi"),
	         middle = (lo + hi) / 2;

	(void)server;
	columns(outcome, "lo hi");
	if (middle <= lo)
		return;
	number(outcome, lo);
	number(outcome, middle);
	number(outcome, middle);
	number(outcome, hi);
}

static void do_verify(struct fake_server *server, const struct request *request,
                      struct outcome *outcome)
{
	struct fake_table *dup = table_of(server, request, "dup_t");

	if (!dup) {
		refuse(outcome, 60, "no such table");
		return;
	}
	columns(outcome, "ok message");
	number(outcome,
	       fake_table_count(dup) == param_u64(request, "hi") - param_u64(request, "lo"));
	number(outcome, fake_table_count(dup));
}

/* --- seal and publish --- */

/* A row a partition that has rows. */
static void seal_table(struct fake_server *server, const struct fake_table *table, const char *name,
                       struct outcome *outcome)
{
	for (uint64_t partition = 0; table && partition < 2; partition++) {
		uint64_t parts = 0, rows = 0;
		const char *uuids = "";

		for (size_t i = 0; i < table->parts.count; i++) {
			const struct fake_part *part = table->parts.items[i];

			if (part->gone || !part->rows.count || part->partition != partition)
				continue;
			rows += part->rows.count;
			uuids = arena_printf(&server->arena, "%s%s%llu", uuids, parts++ ? "," : "",
			                     (unsigned long long)part->uuid);
		}
		if (!parts)
			continue;
		value(outcome, str_of(name));
		number(outcome, partition);
		number(outcome, parts);
		number(outcome, rows);
		number(outcome, 0);
		value(outcome, str_of(uuids));
		number(outcome, 0);
	}
}

static void do_seal(struct fake_server *server, const struct request *request,
                    struct outcome *outcome)
{
	columns(outcome, "seal_table seal_partition seal_parts seal_rows seal_bytes seal_uuids "
	                 "seal_block");
	seal_table(server, sealed(server, request, 't'), "t", outcome);
	seal_table(server, sealed(server, request, 'u'), "u", outcome);
}

static void do_already(struct fake_server *server, const struct request *request,
                       struct outcome *outcome)
{
	struct fake_table *dup = fake_steps_table(server, request);
	ptrdiff_t at = str_find(request->sql, STR("SELECT uuid FROM"));
	struct str rest = {request->sql.p + at, request->sql.n - (size_t)at};
	struct fake_table *to = fake_table_find(server, word_after(rest, "AND table = '"));

	columns(outcome, "already_part");
	for (size_t i = 0; dup && i < dup->parts.count; i++) {
		const struct fake_part *part = dup->parts.items[i];

		if (!part->gone && part->rows.count && fake_table_has(to, part->uuid))
			number(outcome, part->uuid);
	}
}

/* crash_in_move: the first part is in both tables, the rest where it was. */
static void do_move(struct fake_server *server, const struct request *request,
                    struct outcome *outcome)
{
	uint64_t partition = param_u64(request, "seal_partition");
	struct fake_table *dup = fake_steps_table(server, request);
	struct fake_table *to =
	        fake_table_find(server, word_after(request->sql, "TO TABLE bfc_unit."));

	if (!dup || !to) {
		refuse(outcome, 60, "no such table");
		return;
	}
	for (size_t i = 0; i < dup->parts.count; i++) {
		struct fake_part *part = dup->parts.items[i];

		if (part->gone || !part->rows.count || part->partition != partition)
			continue;
		fake_table_attach(server, to, part);
		if (server->crash_in_move)
			return;
		part->gone = true;
	}
}

static void do_drop_part(struct fake_server *server, const struct request *request,
                         struct outcome *outcome)
{
	struct fake_table *dup = fake_steps_table(server, request);
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

static void do_moved(struct fake_server *server, const struct request *request,
                     struct outcome *outcome)
{
	uint64_t parts = fake_table_parts(sealed(server, request, 't')) +
	                 fake_table_parts(sealed(server, request, 'u'));

	columns(outcome, "ok message");
	number(outcome, parts == 0);
	number(outcome, parts);
}

static void do_drop(struct fake_server *server, const struct request *request,
                    struct outcome *outcome)
{
	(void)outcome;
	fake_table_drop(server, param(request, arena_strdup(&server->arena,
	                                                    word_after_brace(request->sql))));
}

/* --- publish at end --- */

static void do_hold_table(struct fake_server *server, const struct request *request,
                          struct outcome *outcome)
{
	struct str name = word_after(request->sql, "NOT EXISTS bfc_unit.");

	(void)outcome;
	if (!fake_table_find(server, name))
		fake_table_add(server, name);
}

static uint64_t count_held(struct fake_server *server, bool rows)
{
	uint64_t count = 0;

	for (size_t i = 0; i < server->tables.count; i++) {
		const struct fake_table *table = server->tables.items[i];

		if (holds(table->name, "_hold_b1_"))
			count += rows ? fake_table_count(table) : 1;
	}
	return count;
}

static void do_hold(struct fake_server *server, const struct request *request,
                    struct outcome *outcome)
{
	(void)request;
	columns(outcome, "ok");
	number(outcome, count_held(server, true) == 0);
}

static void do_there(struct fake_server *server, const struct request *request,
                     struct outcome *outcome)
{
	(void)request;
	columns(outcome, "ok message");
	number(outcome, count_held(server, false) == 2);
	number(outcome, count_held(server, false));
}

/* --- top level --- */

static void do_database(struct fake_server *server, const struct request *request,
                        struct outcome *outcome)
{
	(void)server;
	(void)request;
	(void)outcome;
}

static void do_ensure(struct fake_server *server, const struct request *request,
                      struct outcome *outcome)
{
	bool view = starts(request->sql, "CREATE MATERIALIZED VIEW");
	struct str name = word_after(request->sql, "NOT EXISTS bfc_unit.");
	struct fake_table *table = fake_table_find(server, name);

	(void)outcome;
	if (table)
		return;
	table = fake_table_add(server, name);
	if (view) {
		table->view_source = STR("t");
		table->view_target = STR("u");
	}
}

static void do_gate(struct fake_server *server, const struct request *request,
                    struct outcome *outcome)
{
	(void)request;
	server->gate_asked++;
	columns(outcome, "ok");
	if (server->gate_shuts_ms && server->now_ms >= server->gate_shuts_ms)
		value(outcome, STR("-1"));
	else
		number(outcome, server->now_ms >= server->gate_opens_ms);
}

static void do_split(struct fake_server *server, const struct request *request,
                     struct outcome *outcome)
{
	(void)server;
	(void)request;
	columns(outcome, "split");
	number(outcome, 1000);
}

static void do_bounds(struct fake_server *server, const struct request *request,
                      struct outcome *outcome)
{
	(void)request;
	columns(outcome, "lo hi");
	for (unsigned i = 0; i < server->chunks; i++) {
		number(outcome, i * FAKE_ROWS_A_CHUNK);
		number(outcome, (i + 1) * FAKE_ROWS_A_CHUNK);
	}
}

static void do_names(struct fake_server *server, const struct request *request,
                     struct outcome *outcome)
{
	(void)request;
	columns(outcome, "sweep_name");
	for (size_t i = 0; i < server->tables.count; i++) {
		if (starts(server->tables.items[i]->name, "bfc_"))
			value(outcome, server->tables.items[i]->name);
	}
}

static void do_check(struct fake_server *server, const struct request *request,
                     struct outcome *outcome)
{
	(void)request;
	columns(outcome, "ok");
	number(outcome, fake_table_count(fake_server_table(server, "t")) ==
	                        server->chunks * FAKE_ROWS_A_CHUNK);
}

/* The first that the id begins with. */
static const struct fake_step steps[] = {
        {"b1.chunk.dup_", do_stage},
        {"b1.chunk.copy_v", do_stage_view},
        {"b1.chunk.throttle", do_gate},
        {"b1.chunk.halves", do_halves},
        {"b1.chunk.load", do_load},
        {"b1.chunk.verify", do_verify},
        {"b1.chunk.seal", do_seal},
        {"b1.chunk.already_", do_already},
        {"b1.chunk.drop_part_", do_drop_part},
        {"b1.chunk.move_", do_move},
        {"b1.chunk.moved", do_moved},
        {"b1.chunk.drop_", do_drop},
        {"b1.publish.there", do_there},
        {"b1.publish.seal", do_seal},
        {"b1.publish.already_", do_already},
        {"b1.publish.drop_part_", do_drop_part},
        {"b1.publish.move_", do_move},
        {"b1.publish.moved", do_moved},
        {"b1.hold.", do_hold_table},
        {"b1.hold", do_hold},
        {"ensure.database", do_database},
        {"ensure.", do_ensure},
        {"b1.grants", do_gate},
        {"b1.split", do_split},
        {"b1.bounds", do_bounds},
        {"finish.names", do_names},
        {"finish.drop", do_drop},
        {"check.1", do_check},
        {NULL, NULL},
};

static bool answered(struct fake_server *server, const struct fake_step *list, struct str id,
                     const struct request *request, struct outcome *outcome)
{
	while (list->id && !starts(id, list->id))
		list++;
	if (list->id)
		list->answer(server, request, outcome);
	return list->id != NULL;
}

void fake_steps_do(struct fake_server *server, struct str id, const struct request *request,
                   struct outcome *outcome)
{
	if (!answered(server, fake_pause_steps, id, request, outcome) &&
	    !answered(server, steps, id, request, outcome))
		refuse(outcome, 62, "unknown step");
}
