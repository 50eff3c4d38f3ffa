/*
 * lower_preflight.c: what is looked at before a backfill's first chunk.
 *
 * plan.md, "What preflight refuses": everything here reads only; each refusal names
 * what it saw and what to do.
 */
#include "compiler/lower_columns.h"

#include "compiler/base/sqltext.h"

struct step *fill_preflight_step(struct fill *fill, enum step_kind kind, const char *name)
{
	struct lowering *lowering = fill->lowering;
	struct graph_build *build = fill->build;
	struct step *step =
	        build_step(build, &lowering->top, kind, PHASE_ENSURE,
	                   build_id(build, "b%u.%z", (unsigned long long)fill->number, name));
	const struct model_closure *closure = &fill->backfill->closure;

	step->origin = fill->origin;
	*list_add(build->arena, &fill->preflight) = (uint32_t)lowering->top.list.count - 1;
	build_dep(build, step, lowering->server);
	for (size_t i = 0; i < closure->table_count; i++)
		if (lower_recall(lowering, closure->tables[i]) != NO_STEP)
			build_dep(build, step, lower_recall(lowering, closure->tables[i]));
	for (size_t i = 0; i < closure->view_count; i++)
		if (lower_recall(lowering, closure->views[i]) != NO_STEP)
			build_dep(build, step, lower_recall(lowering, closure->views[i]));
	return step;
}

void fill_wait_for_preflight(struct fill *fill, struct step *step)
{
	for (size_t i = 0; i + 1 < fill->preflight.count; i++)
		build_dep(fill->build, step, fill->preflight.items[i]);
}

/* ('db', 't'), ('db', 'u') of the closure's tables, or of those that have parts. */
static struct str closure_pairs(struct fill *fill, bool with_parts)
{
	const struct model_closure *closure = &fill->backfill->closure;
	struct buf out;
	struct str text;

	buf_init(&out, BUF_CEILING_OUTPUT);
	for (size_t i = 0; i < closure->table_count; i++) {
		if (with_parts && !fill->tables[i].has_parts)
			continue;
		buf_addz(&out, out.size ? ", (" : "(");
		sql_add_string(&out, closure->tables[i]->database);
		buf_addz(&out, ", ");
		sql_add_string(&out, closure->tables[i]->name);
		buf_addc(&out, ')');
	}
	text = arena_str(fill->build->arena, buf_str(&out));
	buf_release(&out);
	return text;
}

static bool seen_before(const struct model_closure *closure, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (str_eq(closure->tables[k]->database, closure->tables[i]->database))
			return true;
	return false;
}

/* Measured on 26.7, by whole runs of users that lack one grant each: MOVE needs SELECT and ALTER
 * DELETE on the source and INSERT on the destination, DROP PART needs ALTER DELETE. CREATE TABLE and
 * DROP TABLE imply the same for views. Servers with the stock configuration also want a grant for
 * the engine and for these system tables; where they do not, CHECK GRANT is true without one. */
#define GRANTS "SELECT, INSERT, ALTER DELETE, CREATE TABLE, DROP TABLE"

#define SYSTEM_GRANTS                                                                              \
	"SELECT ON system.parts, SELECT ON system.mutations, SELECT ON system.disks, "             \
	"SELECT ON system.storage_policies, SELECT ON system.merge_tree_settings"

/* TABLE ENGINE ON … of the closure's declared tables, each engine once. */
static struct str engine_grants(struct fill *fill)
{
	const struct model_closure *closure = &fill->backfill->closure;
	struct str text = STR("");

	for (size_t i = 0; i < closure->table_count; i++) {
		struct str grant =
		        build_text(fill->build, ", TABLE ENGINE ON %n", closure->tables[i]->engine);

		if (closure->tables[i]->engine.n && str_find(text, grant) < 0)
			text = build_text(fill->build, "%s%s", text, grant);
	}
	return text;
}

static void lower_system_grants(struct fill *fill)
{
	struct step *step = fill_preflight_step(fill, STEP_ASSERT, "grants.system");
	struct str engines = engine_grants(fill);

	step->when = WHEN_EVERY_RUN;
	step->title = STR("the user may read what the checks read and use the tables' engines");
	step->why = STR("A grant that is missing would stop the run in its middle. It reads only.");
	step->hint = build_text(fill->build,
	                        "grant what is missing: GRANT " SYSTEM_GRANTS
	                        "%s TO the user of this run",
	                        engines);
	build_sql(fill->build, step,
	          build_text(fill->build, "CHECK GRANT " SYSTEM_GRANTS "%s", engines));
}

static void lower_grants(struct fill *fill)
{
	const struct model_closure *closure = &fill->backfill->closure;

	for (size_t i = 0; i < closure->table_count; i++) {
		struct str database = closure->tables[i]->database;
		struct step *step;

		if (seen_before(closure, i))
			continue;
		step = fill_preflight_step(fill, STEP_ASSERT, "grants");
		step->when = WHEN_EVERY_RUN;
		step->title =
		        build_text(fill->build, "the user may stage and move in %n", database);
		step->why =
		        STR("A grant that is missing would stop the run in its middle. It reads "
		            "only.");
		step->hint = build_text(fill->build,
		                        "grant what is missing: GRANT " GRANTS
		                        " ON %n.* TO the user of this run",
		                        database);
		build_sql(fill->build, step,
		          build_text(fill->build, "CHECK GRANT " GRANTS " ON %n.*", database));
	}
}

static void lower_engines(struct fill *fill)
{
	struct str tables = closure_pairs(fill, true);
	struct step *step;

	if (!tables.n)
		return;
	step = fill_preflight_step(fill, STEP_ASSERT, "engines");
	step->when = WHEN_EVERY_RUN;
	step->title = STR("the tables to fill are of engines that staging works with");
	step->why =
	        STR("Staged rows reach a table by MOVE PARTITION, which tables of the MergeTree "
	            "family on one server have. It reads only.");
	step->hint =
	        STR("replicated and shared tables are not supported yet; a table of engine Null "
	            "is declared with `table` and its engine");
	build_sql(
	        fill->build, step,
	        build_text(
	                fill->build,
	                "SELECT\n    empty(others) AS ok,\n"
	                "    concat('cannot stage for: ', arrayStringConcat(others, ', ')) AS "
	                "message\nFROM\n(\n"
	                "    SELECT groupArray(concat(database, '.', name, ' (', engine, ')')) AS "
	                "others\n    FROM system.tables\n"
	                "    WHERE (database, name) IN (%s)\n"
	                "        AND (engine NOT LIKE '%%MergeTree'\n"
	                "            OR startsWith(engine, 'Replicated')\n"
	                "            OR startsWith(engine, 'Shared'))\n)",
	                tables));
}

static bool is_of_closure(const struct model_closure *closure, const struct model_table *table)
{
	for (size_t i = 0; i < closure->table_count; i++)
		if (closure->tables[i] == table)
			return true;
	return false;
}

/* Declared views are those of the closure: it holds every declared view on its tables. */
static struct str known_views(struct fill *fill)
{
	const struct model_closure *closure = &fill->backfill->closure;
	const struct model *model = fill->lowering->model;
	struct buf out;
	struct str text;

	buf_init(&out, BUF_CEILING_OUTPUT);
	buf_addz(&out, "('', '')");
	for (size_t i = 0; i < closure->view_count + model->ignored_view_count; i++) {
		bool ignored = i >= closure->view_count;
		const struct ast_object_name *other =
		        ignored ? &model->ignored_views[i - closure->view_count] : NULL;

		buf_addz(&out, ", (");
		sql_add_string(&out, other ? other->database.text : closure->views[i]->database);
		buf_addz(&out, ", ");
		sql_add_string(&out, other ? other->name.text : closure->views[i]->name);
		buf_addc(&out, ')');
	}
	/* Views whose own backfill comes later may be there, and are not in the closure. */
	for (size_t i = fill->number; i < model->backfill_count; i++)
		for (size_t k = 0; k < model->backfills[i]->view_count; k++) {
			const struct model_view *view = model->backfills[i]->views[k];

			if (!is_of_closure(closure, view->reads))
				continue;
			buf_addz(&out, ", (");
			sql_add_string(&out, view->database);
			buf_addz(&out, ", ");
			sql_add_string(&out, view->name);
			buf_addc(&out, ')');
		}
	text = arena_str(fill->build->arena, buf_str(&out));
	buf_release(&out);
	return text;
}

static void lower_known_views(struct fill *fill)
{
	struct step *step = fill_preflight_step(fill, STEP_ASSERT, "views");

	step->when = WHEN_EVERY_RUN;
	step->title = STR("every view on the tables to fill is declared or ignored");
	step->why = STR("A view that this plan does not know would not get the history, and nobody "
	                "would notice. It reads only.");
	step->hint =
	        STR("declare each view in the migration, as 'view NAME to TARGET as SELECT …', or "
	            "write 'ignore view NAME;' when it shall not get this history");
	build_sql(fill->build, step,
	          build_text(
	                  fill->build,
	                  "SELECT\n    empty(unknown) AS ok,\n"
	                  "    concat('not declared and not ignored: ', arrayStringConcat(unknown, "
	                  "'; ')) AS message\nFROM\n(\n"
	                  "    SELECT groupArray(concat(database, '.', name, ' (', "
	                  "create_table_query, ')')) AS unknown\n    FROM system.tables\n"
	                  "    WHERE (database, name) IN\n    (\n"
	                  "        SELECT arrayJoin(arrayZip(dependencies_database, "
	                  "dependencies_table))\n        FROM system.tables\n"
	                  "        WHERE (database, name) IN (%s)\n    )\n"
	                  "        AND (database, name) NOT IN (%s)\n)",
	                  closure_pairs(fill, false), known_views(fill)));
}

/* The table that views are filled from, behind those of the closure. */
static struct str read_pair(struct fill *fill)
{
	const struct model_table *reads = fill->backfill->reads;

	return reads ? build_text(fill->build, ", (%q, %q)", reads->database, reads->name)
	             : STR("");
}

static void lower_mutations(struct fill *fill)
{
	struct step *step = fill_preflight_step(fill, STEP_ASSERT, "mutations");

	step->when = WHEN_EVERY_RUN;
	step->title = fill->backfill->reads
	                      ? STR("no mutation is pending on the tables to read and to fill")
	                      : STR("no mutation is pending on the tables to fill");
	step->why = STR(
	        "A mutation under way would or would not apply to what is moved in meanwhile, by "
	        "chance. It reads only.");
	step->hint = STR("wait until the mutation is done (system.mutations), or KILL MUTATION");
	build_sql(fill->build, step,
	          build_text(fill->build,
	                     "SELECT\n    count() = 0 AS ok,\n"
	                     "    concat('pending: ', "
	                     "arrayStringConcat(groupArray(concat(database, '.', "
	                     "table, ': ', command)), '; ')) AS message\nFROM system.mutations\n"
	                     "WHERE NOT is_done\n    AND (database, table) IN (%s%s)",
	                     closure_pairs(fill, false), read_pair(fill)));
}

/* What NULL in a column would do, and what to write. */
struct null_rule {
	const char *why;
	const char *hint;
};

static const struct null_rule nulls_unsaid = {
        "NULL is on neither side of a comparison: such rows would be left out and nobody would "
        "notice. It reads only.",
        "say 'nulls are history' or 'nulls are skipped'"};
static const struct null_rule nulls_of_views = {
        "The views count what is at or behind the split, which NULL never is: a row with NULL that "
        "comes while they are filled would be counted nowhere. It reads only.",
        "split on another column, say 'nulls are skipped', or take 'using pause_and_attach', which "
        "needs no split"};

/* Of a column whose type, where history is read, the server alone knows. */
static void lower_nulls(struct fill *fill, struct str column, const char *name,
                        const struct null_rule *rule)
{
	const struct model_table *reads = fill->backfill->reads;
	struct graph_build *build = fill->build;
	struct step *probe = fill_preflight_step(fill, STEP_PROBE, name), *step;
	struct str output = build_param(build, fill->number, "%n_type", column);
	struct str where = STR("the source");

	if (reads)
		where = build_text(build, "%n.%n", reads->database, reads->name);
	probe->pin = PIN_NEVER;
	probe->one_row = true;
	probe->title = build_text(build, "the type that %s has for %n", where, column);
	probe->why =
	        reads ? STR("The migration does not list the table's columns. WHERE 0: nothing "
	                    "is read.")
	              : STR("The source's schema is known to the server alone. WHERE 0: "
	                    "nothing is read beyond that schema.");
	build_outputs(build, probe, &output, 1);
	build_sql(build, probe,
	          build_text(build,
	                     "SELECT toTypeName(groupArray(tuple(%n))) AS %n\nFROM\n%s\nWHERE 0",
	                     column, output, reads ? where : fill_source(fill, false)));
	if (fill->wait != NO_STEP)
		build_dep(build, probe, fill->wait);
	step = fill_preflight_step(fill, STEP_ASSERT, arena_printf(build->arena, "%s.known", name));
	step->title = build_text(build, "%n of %s cannot be NULL", column, where);
	step->why = str_of(rule->why);
	step->hint = str_of(rule->hint);
	build_sql(
	        build, step,
	        build_text(build,
	                   "SELECT\n    position({%s:String}, 'Nullable(') = 0 AS ok,\n"
	                   "    concat(%q, {%s:String}, ', which can hold NULL') AS message",
	                   output,
	                   build_text(build, "the type of %n, within Array(Tuple(…)), is ", column),
	                   output));
	build_dep(build, step, (uint32_t)fill->lowering->top.list.count - 2);
}

/* The check has done it where a table is read whose column has its type in the program. */
static bool asks_nulls(const struct fill *fill, const struct type_info *type)
{
	return !fill->backfill->reads || type->class == TYPE_UNKNOWN;
}

static void lower_null_rules(struct fill *fill)
{
	const struct model_backfill *backfill = fill->backfill;
	const struct model_chunk *chunk = &backfill->chunk;
	const struct model_split *split = &backfill->split;
	bool has_split = split->kind != SPLIT_NONE;

	if (backfill->nulls == NULLS_HISTORY && backfill->reads && has_split &&
	    asks_nulls(fill, &split->type))
		lower_nulls(fill, split->column, "source", &nulls_of_views);
	if (backfill->nulls != NULLS_UNSAID)
		return;
	if (has_split && asks_nulls(fill, &split->type))
		lower_nulls(fill, split->column, "source", &nulls_unsaid);
	if (chunk->kind == CHUNK_COLUMN && !str_eq(chunk->column, split->column) &&
	    asks_nulls(fill, &chunk->type))
		lower_nulls(fill, chunk->column, "chunk.source", &nulls_unsaid);
}

struct str fill_room(struct fill *fill)
{
	const struct model_backfill *backfill = fill->backfill;
	struct graph_build *build = fill->build;
	unsigned long long workers = backfill->workers ? backfill->workers : 8;
	struct str need = build_text(build, "%u * 67108864", workers);

	if (fill_lists_files(fill))
		need = build_text(build,
		                  "greatest(%s, intDiv(2 * toUInt64({%s:String}), greatest(1, "
		                  "intDiv(toUInt64({%s:String}), %u))) * %u)",
		                  need, fill->files_bytes, fill->files_found,
		                  (unsigned long long)backfill->chunk.every, workers);
	else if (backfill->chunk.kind == CHUNK_FILES && backfill->chunk.files->list.count)
		need = build_text(build, "greatest(%s, intDiv(2 * toUInt64({%s:String}), %u) * %u)",
		                  need, fill->files_bytes,
		                  (unsigned long long)backfill->chunk.files->list.count, workers);
	return build_text(build,
	                  "SELECT\n    free >= need AS ok,\n"
	                  "    concat('free: ', formatReadableSize(free), ', needed: ', "
	                  "formatReadableSize(need)) AS message\nFROM\n(\n    SELECT\n"
	                  "        min(policy_free) AS free,\n        %s AS need\n    FROM\n    (\n"
	                  "        SELECT sum(unreserved_space) AS policy_free\n"
	                  "        FROM\n        (\n"
	                  "            SELECT DISTINCT policy_name, arrayJoin(disks) AS disk\n"
	                  "            FROM system.storage_policies\n"
	                  "            WHERE policy_name IN\n            (\n"
	                  "                SELECT storage_policy\n                FROM "
	                  "system.tables\n"
	                  "                WHERE (database, name) IN (%s)\n            )\n"
	                  "        ) AS used\n"
	                  "        INNER JOIN system.disks AS disks ON disks.name = used.disk\n"
	                  "        GROUP BY policy_name\n    )\n)",
	                  need, closure_pairs(fill, false));
}

static void lower_disk(struct fill *fill)
{
	struct graph_build *build = fill->build;
	struct step *step = fill_preflight_step(fill, STEP_ASSERT, "disk");

	step->when = WHEN_EVERY_RUN;
	step->title = STR("there is room on the disks for the chunks under way");
	step->why =
	        STR("A chunk is staged next to the live table; moving it takes no more room. It "
	            "reads only.");
	step->hint = STR("free some space, or make the chunks smaller");
	if (fill_lists_files(fill) ||
	    (fill->backfill->chunk.kind == CHUNK_FILES && fill->backfill->chunk.files->list.count))
		build_dep(build, step, fill->files_at);
	build_sql(build, step, fill_room(fill));
}

void lower_preflight(struct fill *fill)
{
	const struct model_backfill *backfill = fill->backfill;

	if (fill_is_direct(fill)) {
		lower_direct_grants(fill);
		lower_direct_views(fill);
	} else {
		lower_grants(fill);
		lower_system_grants(fill);
		lower_engines(fill);
		lower_known_views(fill);
	}
	lower_mutations(fill);
	lower_takes_columns(fill);
	lower_column_types(fill);
	lower_null_rules(fill);
	if (backfill->reads && backfill->strategy != STRATEGY_PAUSE_AND_ATTACH)
		lower_view_split(fill);
	else if (backfill->split.kind != SPLIT_NONE)
		lower_split(fill);
	if (!backfill->reads && backfill->split.settle.count) {
		struct step *gate;

		lower_split_settles(fill);
		gate = fill_preflight_step(fill, STEP_GATE, "wait");

		lower_split_gate(fill, gate);
		fill_wait_for_preflight(fill, gate);
	}
	if (backfill->chunk.kind == CHUNK_FILES)
		lower_files(fill);
	if (!fill_is_direct(fill)) {
		lower_disk(fill);
		lower_limits(fill);
	}
	if (backfill->strategy == STRATEGY_PAUSE_AND_ATTACH)
		lower_pause(fill);
	if (backfill->chunk.kind == CHUNK_COLUMN)
		lower_bounds(fill);
	if (backfill->chunk.kind == CHUNK_PARTITION)
		lower_partitions(fill);
}
