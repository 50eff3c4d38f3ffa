#include "fake_tables.h"

struct fake_table *fake_table_find(struct fake_server *server, struct str name)
{
	for (size_t i = 0; i < server->tables.count; i++) {
		if (str_eq(server->tables.items[i]->name, name))
			return server->tables.items[i];
	}
	return NULL;
}

struct fake_table *fake_table_add(struct fake_server *server, struct str name)
{
	struct fake_table *table = arena_new(&server->arena, struct fake_table);

	table->name = arena_str(&server->arena, name);
	table->touched_ms = server->now_ms;
	*list_add(&server->arena, &server->tables) = table;
	return table;
}

void fake_table_drop(struct fake_server *server, struct str name)
{
	size_t kept = 0;

	for (size_t i = 0; i < server->tables.count; i++) {
		if (!str_eq(server->tables.items[i]->name, name))
			server->tables.items[kept++] = server->tables.items[i];
	}
	server->tables.count = kept;
}

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
	part->block = table->parts.count + 1;
	*list_add(&server->arena, &table->parts) = part;
	return part;
}

struct fake_part *fake_table_attach(struct fake_server *server, struct fake_table *table,
                                    const struct fake_part *part)
{
	struct fake_part *own = part_add(server, table, part->partition);

	own->uuid = part->uuid;
	own->rows.items = part->rows.items;
	own->rows.count = part->rows.count;
	return own;
}

static void insert_partition(struct fake_server *server, struct fake_table *table,
                             const uint64_t *rows, size_t count, uint64_t partition)
{
	struct fake_part *part = NULL;

	for (size_t i = 0; i < count; i++) {
		if (rows[i] % 2 != partition)
			continue;
		if (!part)
			part = part_add(server, table, partition);
		*list_add(&server->arena, &part->rows) = rows[i];
	}
}

void fake_table_insert(struct fake_server *server, struct fake_table *table, const uint64_t *rows,
                       size_t count, bool half)
{
	insert_partition(server, table, rows, count, 0);
	if (half)
		return;
	insert_partition(server, table, rows, count, 1);
	for (size_t i = 0; i < server->tables.count; i++) {
		struct fake_table *view = server->tables.items[i];
		struct fake_table *target;

		if (!view->view_source.n || !str_eq(view->view_source, table->name))
			continue;
		target = fake_table_find(server, view->view_target);
		if (target)
			fake_table_insert(server, target, rows, count, false);
	}
}

uint64_t fake_table_count(const struct fake_table *table)
{
	uint64_t count = 0;

	for (size_t i = 0; table && i < table->parts.count; i++) {
		if (!table->parts.items[i]->gone)
			count += table->parts.items[i]->rows.count;
	}
	return count;
}

uint64_t fake_table_parts(const struct fake_table *table)
{
	uint64_t count = 0;

	for (size_t i = 0; table && i < table->parts.count; i++)
		count += !table->parts.items[i]->gone && table->parts.items[i]->rows.count;
	return count;
}

bool fake_table_has(const struct fake_table *table, uint64_t uuid)
{
	for (size_t i = 0; table && i < table->parts.count; i++) {
		if (table->parts.items[i]->uuid == uuid)
			return true;
	}
	return false;
}

uint64_t fake_table_blocks(const struct fake_table *table)
{
	uint64_t highest[2] = {0, 0};

	for (size_t i = 0; table && i < table->parts.count; i++) {
		const struct fake_part *part = table->parts.items[i];

		if (!part->gone && part->rows.count)
			highest[part->partition] = part->block;
	}
	return highest[0] * 1000 + highest[1];
}
