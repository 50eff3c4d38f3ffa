#include "fake_pause.h"

#include "fake_graph.h"
#include "fake_steps.h"
#include "fake_tables.h"
#include "fake_words.h"

/* --- ingest --- */

void fake_ingest_init(struct fake_server *server, unsigned rows)
{
	struct fake_table *t = fake_table_add(server, STR("t"));
	uint64_t history[64], count = server->chunks * FAKE_ROWS_A_CHUNK;

	for (uint64_t n = 0; n < count && n < 64; n++)
		history[n] = n;
	fake_table_insert(server, t, history, count, false);
	fake_table_add(server, STR("u"));
	server->ingest.left = rows;
}

bool fake_ingest_may_begin(const struct fake_server *server)
{
	return server->ingest.left && !server->ingest.paused;
}

void fake_ingest_begin(struct fake_server *server)
{
	struct fake_ingest *ingest = &server->ingest;

	ingest->left--;
	*list_add(&server->arena, &ingest->under_way) =
	        (struct fake_insert){.n = FAKE_INGEST_FIRST + ingest->come++,
	                             .fires = fake_server_table(server, "v") != NULL};
}

static void land(struct fake_server *server, size_t at)
{
	struct fake_ingest *ingest = &server->ingest;
	struct fake_insert insert = ingest->under_way.items[at];
	struct fake_table *v = fake_server_table(server, "v");
	struct str source = {0};

	for (size_t i = at + 1; i < ingest->under_way.count; i++)
		ingest->under_way.items[i - 1] = ingest->under_way.items[i];
	ingest->under_way.count--;
	ingest->landed[ingest->landed_count++] = insert.n;
	/* Its own views alone. */
	if (v) {
		source = v->view_source;
		v->view_source = (struct str){0};
	}
	fake_table_insert(server, fake_server_table(server, "t"), &insert.n, 1, false);
	if (insert.fires)
		fake_table_insert(server, fake_server_table(server, "u"), &insert.n, 1, false);
	if (v)
		v->view_source = source;
}

void fake_ingest_land(struct fake_server *server)
{
	land(server, 0);
}

void fake_ingest_all(struct fake_server *server)
{
	while (fake_ingest_may_begin(server))
		fake_ingest_begin(server);
	while (server->ingest.under_way.count)
		fake_ingest_land(server);
}

/* --- before the pause --- */

static void do_no_view(struct fake_server *server, const struct request *request,
                       struct outcome *outcome)
{
	(void)request;
	columns(outcome, "ok");
	number(outcome, fake_server_table(server, "v") == NULL);
}

static void do_name(struct fake_server *server, const struct request *request,
                    struct outcome *outcome)
{
	columns(outcome, "frozen_t");
	value(outcome, str_of(arena_printf(&server->arena, "%.*s%032llu_t",
	                                   STR_ARG(word_after(request->sql, "SELECT concat('")),
	                                   (unsigned long long)++server->next_name)));
}

static void do_snapshot_table(struct fake_server *server, const struct request *request,
                              struct outcome *outcome)
{
	(void)outcome;
	if (!fake_steps_table(server, request))
		fake_table_add(server, param(request, "frozen_t"));
}

/* --- in the pause --- */

static void do_quiet(struct fake_server *server, const struct request *request,
                     struct outcome *outcome)
{
	(void)request;
	columns(outcome, "ok blocks");
	number(outcome, server->ingest.under_way.count == 0);
	number(outcome, fake_table_blocks(fake_server_table(server, "t")));
}

static void do_mark(struct fake_server *server, const struct request *request,
                    struct outcome *outcome)
{
	(void)request;
	columns(outcome, "source_blocks target_blocks");
	number(outcome, fake_table_blocks(fake_server_table(server, "t")));
	number(outcome, fake_table_blocks(fake_server_table(server, "u")));
}

static void do_partitions(struct fake_server *server, const struct request *request,
                          struct outcome *outcome)
{
	const struct fake_table *t = fake_server_table(server, "t");
	bool there[2] = {false, false};

	(void)request;
	columns(outcome, "frozen_partition");
	for (size_t i = 0; i < t->parts.count; i++)
		there[t->parts.items[i]->partition] = true;
	for (uint64_t partition = 0; partition < 2; partition++)
		if (there[partition])
			number(outcome, partition);
}

static void do_link(struct fake_server *server, const struct request *request,
                    struct outcome *outcome)
{
	struct fake_table *frozen = fake_steps_table(server, request);
	const struct fake_table *t = fake_server_table(server, "t");
	uint64_t partition = param_u64(request, "frozen_partition");

	if (!frozen) {
		refuse(outcome, 60, "no such table");
		return;
	}
	for (size_t i = 0; i < frozen->parts.count; i++)
		if (frozen->parts.items[i]->partition == partition)
			frozen->parts.items[i]->gone = true;
	for (size_t i = 0; i < t->parts.count; i++)
		if (!t->parts.items[i]->gone && t->parts.items[i]->partition == partition)
			fake_table_attach(server, frozen, t->parts.items[i]);
}

static bool is_equal(struct fake_server *server, const struct request *request)
{
	struct fake_table *frozen = fake_table_find(server, param(request, "frozen_t"));

	return fake_table_count(frozen) == fake_table_count(fake_server_table(server, "t"));
}

static void do_frozen(struct fake_server *server, const struct request *request,
                      struct outcome *outcome)
{
	columns(outcome, "ok");
	number(outcome, is_equal(server, request));
}

static void do_view(struct fake_server *server, const struct request *request,
                    struct outcome *outcome)
{
	struct fake_table *view = fake_server_table(server, "v");

	(void)request;
	(void)outcome;
	if (view)
		return;
	view = fake_table_add(server, STR("v"));
	view->view_source = STR("t");
	view->view_target = STR("u");
}

static void do_whole(struct fake_server *server, const struct request *request,
                     struct outcome *outcome)
{
	columns(outcome, "ok");
	number(outcome, !server->ingest.under_way.count && is_equal(server, request) &&
	                        fake_table_blocks(fake_server_table(server, "t")) ==
	                                param_u64(request, "source_blocks"));
}

/* --- taken back --- */

static void do_undo_view(struct fake_server *server, const struct request *request,
                         struct outcome *outcome)
{
	(void)request;
	(void)outcome;
	for (size_t i = server->ingest.under_way.count; i-- > 0;)
		if (server->ingest.under_way.items[i].fires)
			land(server, i);
	fake_table_drop(server, STR("v"));
}

static void do_undo_targets(struct fake_server *server, const struct request *request,
                            struct outcome *outcome)
{
	const struct fake_table *u = fake_server_table(server, "u");

	columns(outcome, "ok");
	number(outcome, fake_table_blocks(fake_server_table(server, "t")) ==
	                                param_u64(request, "source_blocks") ||
	                        fake_table_blocks(u) == param_u64(request, "target_blocks") ||
	                        !fake_table_count(u));
}

static void do_drop_snapshot(struct fake_server *server, const struct request *request,
                             struct outcome *outcome)
{
	(void)outcome;
	fake_table_drop(server, param(request, "frozen_t"));
}

/* --- the chunks --- */

static void do_ranges(struct fake_server *server, const struct request *request,
                      struct outcome *outcome)
{
	(void)request;
	columns(outcome, "lo hi");
	for (unsigned i = 0; i < server->chunks; i++) {
		number(outcome, i * FAKE_ROWS_A_CHUNK);
		number(outcome,
		       i + 1 < server->chunks ? (i + 1) * FAKE_ROWS_A_CHUNK : FAKE_ROWS_MOST);
	}
}

/* Rows of the chunk in the snapshot, into `to`. */
static uint64_t copy_rows(struct fake_server *server, const struct request *request,
                          const struct fake_table *frozen, struct fake_table *to)
{
	LIST_OF(uint64_t) rows = {0};

	for (size_t i = 0; i < frozen->parts.count; i++) {
		const struct fake_part *part = frozen->parts.items[i];

		for (size_t j = 0; !part->gone && j < part->rows.count; j++)
			if (fake_steps_takes(request, part->rows.items[j]))
				*list_add(&server->arena, &rows) = part->rows.items[j];
	}
	if (to)
		fake_table_insert(server, to, rows.items, rows.count, false);
	return rows.count;
}

static void do_fill(struct fake_server *server, const struct request *request,
                    struct outcome *outcome)
{
	struct fake_table *dup = fake_table_find(server, param(request, "dup_u"));
	struct fake_table *frozen = fake_table_find(server, param(request, "frozen_t"));

	if (dup && frozen)
		copy_rows(server, request, frozen, dup);
	else
		refuse(outcome, 60, "no such table");
}

static void do_filled(struct fake_server *server, const struct request *request,
                      struct outcome *outcome)
{
	struct fake_table *dup = fake_table_find(server, param(request, "dup_u"));
	struct fake_table *frozen = fake_table_find(server, param(request, "frozen_t"));

	if (!dup || !frozen) {
		refuse(outcome, 60, "no such table");
		return;
	}
	columns(outcome, "ok");
	number(outcome, fake_table_count(dup) == copy_rows(server, request, frozen, NULL));
}

static void do_check_view(struct fake_server *server, const struct request *request,
                          struct outcome *outcome)
{
	(void)request;
	columns(outcome, "ok");
	number(outcome, fake_server_table(server, "v") != NULL);
}

const struct fake_step fake_pause_steps[] = {
        {"b1.new", do_no_view},
        {"b1.unseen", do_no_view},
        {"b1.snapshot.name", do_name},
        {"b1.snapshot.table", do_snapshot_table},
        {"b1.snapshot.partitions", do_partitions},
        {"b1.snapshot.link", do_link},
        {"b1.snapshot.drop", do_drop_snapshot},
        {"b1.quiet", do_quiet},
        {"b1.mark", do_mark},
        {"b1.frozen", do_frozen},
        {"b1.view.v", do_view},
        {"b1.whole", do_whole},
        {"b1.undo.view.v", do_undo_view},
        {"b1.undo.snapshot", do_drop_snapshot},
        {"b1.undo.targets", do_undo_targets},
        {"b1.ranges", do_ranges},
        {"b1.chunk.filled", do_filled},
        {"b1.chunk.fill", do_fill},
        {"check.v", do_check_view},
        {NULL, NULL},
};
