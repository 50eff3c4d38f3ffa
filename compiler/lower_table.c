/*
 * lower_table.c: declared tables: compared with the server's when they are there, created when not.
 *
 * Each table is first made as declared, empty, under a scratch name. The server itself has then
 * written types and keys its own way on both sides, so that system.columns and system.tables can be
 * compared as text; and a table that is missing is made `AS` its scratch twin, which keeps columns,
 * codecs, TTL, indices, projections, constraints, settings and comments (measured on 26.7).
 * A twin of a replicated table would claim its path in Keeper, one of Kafka or the like would begin
 * to work: those, and external tables, are compared by name and type of their columns alone.
 * Twins that a kill leaves behind are replaced by the next run and swept at its end.
 */
#include "compiler/lower_internal.h"

#include "compiler/base/sqltext.h"

const struct model_column *lower_column(const struct model_table *table, struct str name)
{
	for (size_t i = 0; i < table->column_count; i++)
		if (str_eq(table->columns[i].name, name))
			return &table->columns[i];
	return NULL;
}

static bool has_twin(const struct lowering *lowering, const struct model_table *table)
{
	if (table->external || lower_scratch_name(lowering, table->name).n > LOWER_NAME_MAX)
		return false;
	if (table->engine_class == ENGINE_NULL)
		return true;
	return table->engine_class == ENGINE_MERGE_TREE && table->engine.n &&
	       !str_starts(table->engine, STR("Replicated")) &&
	       !str_starts(table->engine, STR("Shared"));
}

static bool is_nested(const struct model_column *column)
{
	static const char word[] = "nested";
	struct str type = str_trim(column->type);

	if (type.n < sizeof(word) ||
	    !str_ieq((struct str){type.p, sizeof(word) - 1}, STR("nested")))
		return false;
	type = str_trim((struct str){type.p + sizeof(word) - 1, type.n - sizeof(word) + 1});
	return type.n && type.p[0] == '(';
}

/* Column text as the user laid it out, without blank lines at its ends. */
static struct str laid_out(struct str text)
{
	const char *end = text.p + text.n, *line = text.p;

	for (const char *p = text.p; p < end && strchr(" \t\r\n", *p); p++)
		if (*p == '\n')
			line = p + 1;
	while (end > line && strchr(" \t\r\n", end[-1]))
		end--;
	return (struct str){line, (size_t)(end - line)};
}

static struct str definition(struct lowering *lowering, const struct model_table *table)
{
	return build_text(&lowering->build, "(\n%s\n)\n%s", laid_out(table->column_text),
	                  str_trim(table->rest_text));
}

/* Position of the step that makes each database; a table in a database waits for it. */
static void lower_databases(struct lowering *lowering)
{
	struct graph_build *build = &lowering->build;
	const struct model *model = lowering->model;

	for (size_t i = 0; i < model->database_count; i++) {
		struct step *step =
		        build_step(build, &lowering->top, STEP_RUN, PHASE_ENSURE,
		                   build_id(build, "ensure.database.%s", model->databases[i]));

		step->repeat = REPEAT_IF_NOT_EXISTS;
		step->title = build_text(build, "database %n", model->databases[i]);
		build_sql(
		        build, step,
		        build_text(build, "CREATE DATABASE IF NOT EXISTS %n", model->databases[i]));
		build_dep(build, step, lowering->server);
	}
}

static struct step *table_step(struct lowering *lowering, const struct model_table *table,
                               enum step_kind kind, const char *suffix)
{
	struct graph_build *build = &lowering->build;
	struct step *step = build_step(
	        build, &lowering->top, kind, PHASE_ENSURE,
	        build_id(build, "ensure.table.%s.%s%z", table->database, table->name, suffix));

	step->origin = lower_origin(lowering, table->span);
	return step;
}

/* The database's step; databases come right after `ensure.server`. */
static void wait_for_database(struct lowering *lowering, const struct model_table *table,
                              struct step *step)
{
	const struct model *model = lowering->model;

	build_dep(&lowering->build, step, lowering->server);
	for (size_t i = 0; i < model->database_count; i++)
		if (str_eq(model->databases[i], table->database))
			build_dep(&lowering->build, step, lowering->server + 1 + (uint32_t)i);
}

/* A default may read a Join table by joinGet(), and the server looks for it when a table with such
 * a default is made (measured on 26.7; dictGet() it looks up later). So those come first. */
static bool is_made_first(const struct model_table *table)
{
	return !table->external && str_is(table->engine, "Join");
}

static void wait_for_joined(struct lowering *lowering, const struct model_table *table,
                            struct step *step)
{
	const struct model *model = lowering->model;

	if (str_find(table->column_text, STR("joinGet")) < 0)
		return;
	for (size_t i = 0; i < model->table_count; i++)
		if (is_made_first(model->tables[i]))
			build_dep(&lowering->build, step, lower_recall(lowering, model->tables[i]));
}

static void lower_twin(struct lowering *lowering, const struct model_table *table)
{
	struct graph_build *build = &lowering->build;
	struct step *step = table_step(lowering, table, STEP_RUN, ".declared");

	step->repeat = REPEAT_REPLACES;
	step->title = build_text(build, "%n.%n as declared", table->database, table->name);
	step->why = STR("Empty, under a scratch name: a table that is there is compared with it, "
	                "one that is missing is made like it.");
	build_sql(build, step,
	          build_text(build, "CREATE OR REPLACE TABLE %n.%n\n%s", table->database,
	                     lower_scratch_name(lowering, table->name),
	                     definition(lowering, table)));
	wait_for_database(lowering, table, step);
	wait_for_joined(lowering, table, step);
}

static void lower_create(struct lowering *lowering, const struct model_table *table)
{
	struct graph_build *build = &lowering->build;
	struct step *step = table_step(lowering, table, STEP_RUN, "");

	step->repeat = REPEAT_IF_NOT_EXISTS;
	step->title = build_text(build, "%n.%n, when it is missing", table->database, table->name);
	if (has_twin(lowering, table)) {
		build_sql(build, step,
		          build_text(build, "CREATE TABLE IF NOT EXISTS %n.%n AS %n.%n",
		                     table->database, table->name, table->database,
		                     lower_scratch_name(lowering, table->name)));
		build_dep(build, step, lowering->compared);
		lower_remember(lowering, table, (uint32_t)lowering->top.list.count - 1);
		return;
	}
	build_sql(build, step,
	          build_text(build, "CREATE TABLE IF NOT EXISTS %n.%n\n%s", table->database,
	                     table->name, definition(lowering, table)));
	wait_for_database(lowering, table, step);
}

/* One SELECT for the tables of a group; `list` is ('database', 'table'), … */
static struct str same_sql(struct lowering *lowering, struct str list, struct str databases)
{
	struct str prefix = lower_scratch_name(lowering, STR(""));

	return build_text(
	        &lowering->build,
	        "SELECT\n    empty(differences) AS ok,\n"
	        "    arrayStringConcat(differences, '; ') AS message\nFROM\n(\n"
	        "    SELECT groupArray(concat(database, '.', live, ', ', what, ': ',\n"
	        "        if(present = '', 'none', present), ' on the server, ',\n"
	        "        if(declared = '', 'none', declared), ' in the declaration')) AS "
	        "differences\n"
	        "    FROM\n    (\n        SELECT\n            database,\n"
	        "            replaceOne(table, %q, '') AS live,\n"
	        "            fact.1 AS what,\n"
	        "            anyIf(fact.2, table = live) AS present,\n"
	        "            anyIf(fact.2, table != live) AS declared\n        FROM\n        (\n"
	        "            SELECT database, table,\n"
	        "                (concat('column ', name), trimRight(concat(type, ' ', "
	        "default_kind))) AS fact\n"
	        "            FROM system.columns\n            WHERE database IN (%s)\n"
	        "            UNION ALL\n            SELECT database, name AS table, "
	        "arrayJoin(arrayMap(\n"
	        "                key -> (key.1, if(startsWith(key.2, '('), substring(key.2, 2, "
	        "length(key.2) - 2), key.2)),\n"
	        "                [('engine', splitByString(' ORDER BY ', splitByString(' PRIMARY "
	        "KEY ',\n"
	        "                    splitByString(' PARTITION BY ', engine_full)[1])[1])[1]),\n"
	        "                 ('partition key', replaceOne(partition_key, 'tuple()', '')),\n"
	        "                 ('sorting key', sorting_key),\n"
	        "                 ('primary key', primary_key),\n"
	        "                 ('sampling key', sampling_key)])) AS fact\n"
	        "            FROM system.tables\n            WHERE database IN (%s)\n        )\n"
	        "        WHERE (database, live) IN (%s)\n"
	        "            AND (database, live) IN (SELECT database, name FROM system.tables)\n"
	        "        GROUP BY database, live, what\n"
	        "        HAVING present != declared\n"
	        "        ORDER BY database, live, what\n    )\n)",
	        prefix, databases, databases, list);
}

static void lower_same(struct lowering *lowering, struct str list, struct str databases,
                       uint32_t first)
{
	struct graph_build *build = &lowering->build;
	struct step *step = build_step(build, &lowering->top, STEP_ASSERT, PHASE_ENSURE,
	                               build_id(build, "ensure.tables.same"));

	step->origin = lowering->top.list.items[first]->origin;
	step->title = STR("tables that are there are as declared");
	step->why = STR("Columns, types, engine and keys. Order of the columns, default values, "
	                "TTL, codecs, indices, settings and comments may differ.");
	step->hint = STR("change the declaration to what the server has (SHOW CREATE TABLE), or "
	                 "alter the table first");
	build_sql(build, step, same_sql(lowering, list, databases));
	lowering->compared = (uint32_t)lowering->top.list.count - 1;
	for (uint32_t k = first; k < lowering->compared; k++)
		build_dep(build, step, k);
}

/* Tables from `from` on, as many as one statement should name. Returns where the next begin. */
static size_t lower_group(struct lowering *lowering, size_t from)
{
	const struct model *model = lowering->model;
	uint32_t first = (uint32_t)lowering->top.list.count, created;
	struct buf list, databases;
	size_t end;

	buf_init(&list, BUF_CEILING_OUTPUT);
	buf_init(&databases, BUF_CEILING_OUTPUT);
	for (end = from; end < model->table_count && list.size < LOWER_LIST_MAX; end++) {
		const struct model_table *table = model->tables[end];

		if (!has_twin(lowering, table))
			continue;
		lower_twin(lowering, table);
		lower_list_database(&databases, table->database);
		buf_addz(&list, list.size ? ", (" : "(");
		sql_add_string(&list, table->database);
		buf_addz(&list, ", ");
		sql_add_string(&list, table->name);
		buf_addc(&list, ')');
	}
	if (list.size) {
		lower_same(lowering, buf_str(&list), buf_str(&databases), first);
		created = (uint32_t)lowering->top.list.count;
		for (size_t i = from; i < end; i++)
			if (has_twin(lowering, model->tables[i]))
				lower_create(lowering, model->tables[i]);
		for (size_t i = from; i < end; i++)
			if (has_twin(lowering, model->tables[i]))
				lower_scratch_used(lowering, model->tables[i]->database,
				                   model->tables[i]->name);
		lower_clean(lowering, STR("ensure.tables.clean"), created);
	}
	buf_release(&databases);
	buf_release(&list);
	return end;
}

/* 'column a', its normalized type, …: the declaration as a map, an entry a line. */
static struct str declared_map(struct graph_build *build, const struct model_table *table)
{
	struct buf out;
	struct str text;

	buf_init(&out, BUF_CEILING_OUTPUT);
	for (size_t i = 0; i < table->column_count; i++) {
		const struct model_column *column = &table->columns[i];

		buf_addz(&out, i ? ",\n        " : "");
		sql_add_string(&out, build_text(build, "column %s", column->name));
		if (!column->type.n || is_nested(column)) {
			buf_addz(&out, ", 'any type'");
			continue;
		}
		buf_addz(&out, ", toTypeName(defaultValueOfTypeName(");
		sql_add_string(&out, column->type);
		buf_addz(&out, "))");
	}
	if (!table->external) {
		buf_addz(&out, ",\n        'engine', ");
		sql_add_string(&out, table->engine);
	}
	text = arena_str(build->arena, buf_str(&out));
	buf_release(&out);
	return text;
}

/* What a column of the server is called in the declaration: `n` for the `n.a` of a Nested. */
static struct str present_name(struct graph_build *build, const struct model_table *table)
{
	struct str list = STR("");

	for (size_t i = 0; i < table->column_count; i++)
		if (is_nested(&table->columns[i]))
			list = build_text(build, "%s%z%q", list, list.n ? ", " : "",
			                  table->columns[i].name);
	if (!list.n)
		return STR("name");
	return build_text(build,
	                  "if(splitByChar('.', name)[1] IN (%s), splitByChar('.', name)[1], name)",
	                  list);
}

static struct str columns_sql(struct lowering *lowering, const struct model_table *table)
{
	struct graph_build *build = &lowering->build;
	struct str engine = STR("");

	if (!table->external)
		engine = build_text(
		        build,
		        "\n            UNION ALL\n            SELECT ('engine', engine)\n"
		        "            FROM system.tables\n"
		        "            WHERE database = %q AND name = %q",
		        table->database, table->name);
	return build_text(
	        build,
	        "WITH\n    map(\n        %s) AS declared,\n    (\n"
	        "        SELECT CAST(groupArray(fact), 'Map(String, String)')\n        FROM\n"
	        "        (\n"
	        "            SELECT DISTINCT (concat('column ', %s), type) AS fact\n"
	        "            FROM system.columns\n"
	        "            WHERE database = %q AND table = %q%s\n        )\n"
	        "    ) AS present\n"
	        "SELECT\n    empty(differences) AS ok,\n"
	        "    concat(%q, arrayStringConcat(differences, '; ')) AS message\nFROM\n(\n"
	        "    SELECT groupArray(concat(what, ': ',\n"
	        "        if(present[what] = '', 'none', present[what]), ' on the server, ',\n"
	        "        if(declared[what] = '', 'none', declared[what]), ' in the declaration')) "
	        "AS differences\n"
	        "    FROM (SELECT arrayJoin(arrayDistinct(arrayConcat(mapKeys(declared), "
	        "mapKeys(present)))) AS what)\n"
	        "    WHERE present[what] != declared[what]\n"
	        "        AND NOT (present[what] != '' AND declared[what] = 'any type')\n)\n"
	        "SETTINGS print_pretty_type_names = 0",
	        declared_map(build, table), present_name(build, table), table->database,
	        table->name, engine,
	        build_text(build, "%s, ", lower_name(lowering, table->database, table->name)));
}

static struct str exists_sql(struct lowering *lowering, const struct model_table *table)
{
	return build_text(&lowering->build,
	                  "SELECT\n    count() = 1 AS ok,\n    %q AS message\nFROM system.tables\n"
	                  "WHERE database = %q AND name = %q",
	                  build_text(&lowering->build, "external table %s does not exist",
	                             lower_name(lowering, table->database, table->name)),
	                  table->database, table->name);
}

/* External, or of an engine that has no twin. */
static void lower_columns_same(struct lowering *lowering, const struct model_table *table)
{
	struct graph_build *build = &lowering->build;
	struct step *step = table_step(lowering, table, STEP_ASSERT, ".same");
	uint32_t at = (uint32_t)lowering->top.list.count - 1;

	if (table->has_columns) {
		step->title =
		        build_text(build, "%n.%n is as declared", table->database, table->name);
		step->why = table->external
		                    ? STR("Names and types of its columns are compared.")
		                    : STR("Its engine, and names and types of its columns, are "
		                          "compared.");
		step->hint =
		        STR("change the declaration to what the server has (SHOW CREATE TABLE), or "
		            "alter the table first");
		build_sql(build, step, columns_sql(lowering, table));
	} else {
		step->title = build_text(build, "%n.%n exists", table->database, table->name);
		step->why = STR("It is declared external, so it is never created.");
		step->hint = STR("create the table, or declare it without 'external'");
		build_sql(build, step, exists_sql(lowering, table));
	}
	build_dep(build, step, table->external ? lowering->server : at - 1);
	lower_remember(lowering, table, at);
}

/* Without a twin to compare it with. */
static void lower_alone(struct lowering *lowering, const struct model_table *table)
{
	if (!table->external)
		lower_create(lowering, table);
	lower_columns_same(lowering, table);
}

void lower_tables(struct lowering *lowering)
{
	const struct model *model = lowering->model;

	lower_databases(lowering);
	for (size_t i = 0; i < model->table_count; i++)
		if (is_made_first(model->tables[i]))
			lower_alone(lowering, model->tables[i]);
	for (size_t i = 0; i < model->table_count;)
		i = lower_group(lowering, i);
	for (size_t i = 0; i < model->table_count; i++)
		if (!has_twin(lowering, model->tables[i]) && !is_made_first(model->tables[i]))
			lower_alone(lowering, model->tables[i]);
}
