/*
 * lower_publish.c: the seal and the moves.
 *
 * MOVE PARTITION is not crash-atomic: a server killed in its middle leaves parts in both tables, and
 * moving again doubles them. So the seal says what there is to move, by table and partition, and what
 * a resume looks at before it moves the rest is in lower_resume.c.
 */
#include "compiler/lower_publish.h"

bool publish_is_last(const struct fill *fill)
{
	return str_is(str_of(fill->part), "publish");
}

/* `[…]` of the tables with parts: of a template with %s parameter, %q db, %q name. */
static struct str list_of(struct fill *fill,
                          struct str (*item)(struct fill *, const struct staged_table *))
{
	const struct model_closure *closure = &fill->backfill->closure;
	struct buf out;
	struct str text;
	bool first = true;

	buf_init(&out, BUF_CEILING_OUTPUT);
	for (size_t i = 0; i < closure->table_count; i++) {
		if (!fill->tables[i].has_parts)
			continue;
		if (!first)
			buf_addz(&out, ", ");
		first = false;
		buf_add(&out, item(fill, &fill->tables[i]));
	}
	text = arena_str(fill->build->arena, buf_str(&out));
	buf_release(&out);
	return text;
}

static struct str staged_pair(struct fill *fill, const struct staged_table *staged)
{
	return build_text(fill->build, "(%q, {%s:String})", staged->table->database, staged->param);
}

static struct str live_pair(struct fill *fill, const struct staged_table *staged)
{
	return build_text(fill->build, "(%q, %q)", staged->table->database, staged->to);
}

struct str publish_staged(struct fill *fill)
{
	return list_of(fill, staged_pair);
}

struct str publish_live(struct fill *fill)
{
	return list_of(fill, live_pair);
}

static struct str live_label(struct fill *fill, const struct staged_table *staged)
{
	return build_text(fill->build, "%q",
	                  lower_name(fill->lowering, staged->table->database, staged->table->name));
}

struct str publish_labels(struct fill *fill)
{
	return list_of(fill, live_label);
}

static struct str live_database(struct fill *fill, const struct staged_table *staged)
{
	return build_text(fill->build, "%q", staged->table->database);
}

static struct str live_name(struct fill *fill, const struct staged_table *staged)
{
	return build_text(fill->build, "%q", staged->to);
}

struct str publish_few(struct fill *fill)
{
	return build_text(fill->build, "database IN (%s)\n            AND name IN (%s)",
	                  list_of(fill, live_database), list_of(fill, live_name));
}

static void lower_seal(struct publish *publish)
{
	static const char *const names[SEAL_COLUMNS] = {
	        "seal_table", "seal_partition", "seal_parts", "seal_rows",
	        "seal_bytes", "seal_uuids",     "seal_block"};
	struct fill *fill = publish->fill;
	struct graph_build *build = fill->build;
	struct step *step = fill_body_step(fill, STEP_PROBE, PHASE_PUBLISH, "seal");
	struct str *c = publish->columns, staged = publish_staged(fill), live = publish_live(fill);

	for (size_t i = 0; i < SEAL_COLUMNS; i++)
		c[i] = build_param(build, fill->number, "%z", names[i]);
	publish->seal_id = step->id;
	step->pin = PIN_SEAL;
	step->resume_point = true;
	step->title = publish_is_last(fill)
	                      ? STR("seal the history: its parts, by table and partition")
	                      : STR("seal the chunk: its parts, by table and partition");
	step->why = STR(
	        "From here on nothing is loaded again: a resume goes on with the moves. It reads "
	        "only; what it finds is written to the journal before the first move.");
	build_outputs(build, step, c, SEAL_COLUMNS);
	build_sql(
	        build, step,
	        build_text(
	                build,
	                "SELECT\n    [%s][position] AS %n,\n    partition_id AS %n,\n"
	                "    count() AS %n,\n    sum(rows) AS %n,\n    sum(bytes_on_disk) AS %n,\n"
	                "    arrayStringConcat(arraySort(groupArray(toString(uuid))), ',') AS %n,\n"
	                "    any(live.block) AS %n\nFROM\n(\n    SELECT\n"
	                "        indexOf([%s], (database, table)) AS position,\n"
	                "        partition_id, rows, bytes_on_disk, uuid\n    FROM system.parts\n"
	                "    WHERE active\n        AND rows > 0\n"
	                "        AND (database, table) IN (%s)\n) AS staged\nLEFT JOIN\n(\n    "
	                "SELECT\n"
	                "        indexOf([%s], (database, table)) AS position,\n"
	                "        max(max_block_number) AS block\n    FROM system.parts\n"
	                "    WHERE (database, table) IN (%s)\n    GROUP BY position\n"
	                ") AS live ON live.position = staged.position\n"
	                "GROUP BY position, partition_id\nORDER BY position, partition_id",
	                publish_labels(fill), c[0], c[1], c[2], c[3], c[4], c[5], c[6], staged,
	                staged, live, live));
}

struct step *publish_loop(struct publish *publish, const struct staged_table *staged,
                          const char *name, struct step **each)
{
	struct fill *fill = publish->fill;
	struct graph_build *build = fill->build;
	struct step_list body = {{0}};
	struct step *step;

	*each = fill_body_step(fill, STEP_EACH, PHASE_PUBLISH, "%z.%s", name, staged->table->name);
	(*each)->each->kind = EACH_ROWS;
	(*each)->each->over = publish->seal_id;
	(*each)->each->columns = arena_array(build->arena, struct str, SEAL_COLUMNS);
	memcpy((*each)->each->columns, publish->columns, sizeof(publish->columns));
	(*each)->each->column_count = SEAL_COLUMNS;
	(*each)->each->only_column = publish->columns[SEAL_TABLE];
	(*each)->each->only_value =
	        lower_name(fill->lowering, staged->table->database, staged->table->name);
	step = build_step(build, &body, STEP_RUN, PHASE_PUBLISH,
	                  build_id(build, "b%u.%z.%z.%s.one", (unsigned long long)fill->number,
	                           fill->part, name, staged->table->name));
	step->origin = fill->origin;
	(*each)->each->body = (const struct step **)body.list.items;
	(*each)->each->body_count = 1;
	return step;
}

static struct str move_reason(const struct fill *fill)
{
	if (publish_is_last(fill))
		return STR(
		        "A move renames parts: no row is copied, no view fires. Readers see each "
		        "partition of the history at once, one partition after the other and one "
		        "table after the other: a query that comes in this short run of moves sees "
		        "some of them and not the others.");
	if (fill_holds(fill))
		return STR("A move renames parts: no row is copied, no view fires. The live tables "
		           "see nothing of it yet. What was moved is gone from the duplicate, so "
		           "repeating moves only what is left.");
	return STR("A move renames parts: no row is copied, no view fires, readers see each "
	           "partition of the chunk at once. What was moved is gone from the duplicate, so "
	           "repeating moves only what is left.");
}

static void lower_move(struct publish *publish, const struct staged_table *staged)
{
	struct fill *fill = publish->fill;
	const struct model_table *table = staged->table;
	struct step *each, *step = publish_loop(publish, staged, "move", &each);

	each->repeat = step->repeat = REPEAT_MOVES_REST;
	each->title = build_text(fill->build, "move the %z into %n.%n",
	                         publish_is_last(fill) ? "history" : "chunk", table->database,
	                         staged->to);
	each->why = move_reason(fill);
	step->title = STR("move one partition");
	step->why = STR("An empty or missing partition is moved without effect.");
	build_sql(fill->build, step,
	          build_text(fill->build,
	                     "ALTER TABLE %s\nMOVE PARTITION ID {%s:String} TO TABLE %n.%n",
	                     fill_staged_name(fill, table->database, staged->param),
	                     publish->columns[SEAL_PARTITION], table->database, staged->to));
}

static void lower_moved(struct publish *publish)
{
	struct fill *fill = publish->fill;
	struct graph_build *build = fill->build;
	struct step *step = fill_body_step(fill, STEP_ASSERT, PHASE_PUBLISH, "moved");

	step->title = publish_is_last(fill) ? STR("nothing of the history is left behind")
	                                    : STR("nothing of the chunk is left behind");
	step->why = publish_is_last(fill)
	                    ? STR("The holding tables are dropped next. It reads only.")
	                    : STR("The duplicates are dropped next. It reads only.");
	step->hint = STR("the staged tables keep what is left; run the same command again");
	build_sql(build, step,
	          build_text(build,
	                     "SELECT\n    count() = 0 AS ok,\n"
	                     "    concat('left behind: ', toString(sum(rows)), ' rows in ', "
	                     "arrayStringConcat(groupUniqArray(table), ', ')) AS message\n"
	                     "FROM system.parts\nWHERE active\n    AND rows > 0\n"
	                     "    AND (database, table) IN (%s)",
	                     publish_staged(fill)));
}

void lower_publish(struct fill *fill)
{
	struct publish publish = {.fill = fill};
	const struct model_closure *closure = &fill->backfill->closure;

	lower_seal(&publish);
	lower_merges(&publish);
	lower_settled(&publish);
	for (size_t i = 0; i < closure->table_count; i++) {
		if (!fill->tables[i].has_parts)
			continue;
		lower_already(&publish, &fill->tables[i]);
		lower_evidence(&publish, &fill->tables[i]);
		lower_move(&publish, &fill->tables[i]);
	}
	lower_moved(&publish);
}
