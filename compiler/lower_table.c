/*
 * lower_table.c: declared tables: created when missing, compared when there.
 *
 * What is compared was measured on 26.7 for false alarms: types go through the server's own
 * toTypeName(defaultValueOfTypeName('…')) (aliases such as INT, spaces, enums without numbers),
 * keys through formatQuerySingleLineOrNull, and both without white space, as system.columns and
 * toTypeName lay nested types out differently.
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

/* [('name', normalized type), …] of the declaration, a column a line. */
static struct str declared_columns(struct graph_build *build, const struct model_table *table)
{
	struct buf out;
	struct str text;

	buf_init(&out, BUF_CEILING_OUTPUT);
	for (size_t i = 0; i < table->column_count; i++) {
		const struct model_column *column = &table->columns[i];

		buf_addz(&out, i ? ",\n            (" : "(");
		sql_add_string(&out, column->name);
		if (!column->type.n || is_nested(column)) {
			buf_addz(&out, ", '')");
			continue;
		}
		buf_addz(&out, ", toTypeName(defaultValueOfTypeName(");
		sql_add_string(&out, column->type);
		buf_addz(&out, ")))");
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

/* A key as the server writes it, without its outer parentheses. */
#define NORMAL_KEY(key)                                                                            \
	"replaceRegexpOne(coalesce(formatQuerySingleLineOrNull(concat('SELECT ', if(" key          \
	" = '', 'tuple()', " key "))), " key "), "                                                 \
	"'^(?:SELECT )?(?:tuple)?\\\\((.*)\\\\)$|^SELECT (.*)$', '\\\\1\\\\2')"

static struct str key_differences(struct graph_build *build, const struct model_table *table)
{
	if (table->engine_class != ENGINE_MERGE_TREE)
		return STR("");
	return build_text(
	        build,
	        ",\n        arrayMap(\n            key -> concat(key.1, ' is \\'', key.3, '\\', "
	        "declared as "
	        "\\'', key.2, '\\''),\n            arrayFilter(\n                key "
	        "-> " NORMAL_KEY("key.2") "\n                    != " NORMAL_KEY(
	                "key.3") ",\n                [('partition key', %q, now.3),\n"
	                         "                 ('sorting key', %q, now.4),\n"
	                         "                 ('primary key', %q, now.5),\n"
	                         "                 ('sampling key', %q, now.6)]))",
	        table->partition_by, table->order_by.n ? table->order_by : table->primary_key,
	        table->primary_key.n ? table->primary_key : table->order_by, table->sample_by);
}

static bool engine_arguments_count(const struct model_table *table)
{
	return table->engine_class == ENGINE_MERGE_TREE && table->engine_text.n &&
	       !str_starts(table->engine, STR("Replicated")) &&
	       !str_starts(table->engine, STR("Shared"));
}

#define ENGINE_TEXT(text)                                                                          \
	"replaceRegexpOne(replaceRegexpAll(" text ", '\\\\s', ''), '\\\\(\\\\)$', '')"

static struct str engine_differences(struct graph_build *build, const struct model_table *table)
{
	struct str text;

	if (!table->engine.n)
		return STR("");
	text = build_text(
	        build,
	        ",\n        if(now.1 = %q, [], [concat('the engine is ', now.1, ', declared as "
	        "', %q)])",
	        table->engine, table->engine);
	if (!engine_arguments_count(table))
		return text;
	return build_text(
	        build,
	        "%s,\n        if(now.1 != %q OR " ENGINE_TEXT(
	                "extract(now.2, '^(.+?)(?: PARTITION BY | PRIMARY KEY | ORDER BY | SAMPLE "
	                "BY "
	                "| TTL | SETTINGS |$)')") "\n                = " ENGINE_TEXT("replaceOne("
	                                                                             "ifNull("
	                                                                             "formatQuer"
	                                                                             "ySingleLin"
	                                                                             "eOrNull("
	                                                                             "concat('"
	                                                                             "SELECT ', "
	                                                                             "%q)), "
	                                                                             "%q), "
	                                                                             "'SELECT "
	                                                                             "', '')") ",\n"
	                                                                                       "   "
	                                                                                       "   "
	                                                                                       "   "
	                                                                                       "   "
	                                                                                       "[],"
	                                                                                       " ['"
	                                                                                       "the"
	                                                                                       " ar"
	                                                                                       "gum"
	                                                                                       "ent"
	                                                                                       "s "
	                                                                                       "of "
	                                                                                       "the"
	                                                                                       " en"
	                                                                                       "gin"
	                                                                                       "e "
	                                                                                       "dif"
	                                                                                       "fer"
	                                                                                       "']"
	                                                                                       ")",
	        text, table->engine, table->engine_text, table->engine_text);
}

static struct str same_sql(struct lowering *lowering, const struct model_table *table)
{
	struct graph_build *build = &lowering->build;
	struct str name = lower_name(lowering, table->database, table->name);

	return build_text(
	        build,
	        "SELECT\n    empty(differences) AS ok,\n"
	        "    concat(%q, arrayStringConcat(differences, '; ')) AS message\nFROM\n(\n    "
	        "WITH\n"
	        "        [%s] AS declared,\n"
	        "        (\n            SELECT groupUniqArray((%s, type))\n"
	        "            FROM system.columns\n"
	        "            WHERE database = %q AND table = %q\n        ) AS present,\n"
	        "        (\n            SELECT any((engine, engine_full, partition_key, "
	        "sorting_key, "
	        "primary_key, sampling_key))\n"
	        "            FROM system.tables\n            WHERE database = %q AND name = %q\n"
	        "        ) AS now\n"
	        "    SELECT arrayConcat(\n"
	        "        arrayMap(\n            c -> concat('column ', c.1, ' is missing'),\n"
	        "            arrayFilter(c -> NOT has(present.1, c.1), declared)),\n"
	        "        arrayMap(\n            c -> concat('column ', c, ' is not declared'),\n"
	        "            arrayDistinct(arrayFilter(c -> NOT has(declared.1, c), present.1))),\n"
	        "        arrayMap(\n            c -> concat('column ', c.1, ' is ', "
	        "present.2[indexOf(present.1, c.1)], ', declared as ', c.2),\n"
	        "            arrayFilter(\n                c -> c.2 != '' AND has(present.1, c.1)\n"
	        "                    AND replaceRegexpAll(c.2, '\\\\s', '')\n"
	        "                        != replaceRegexpAll(present.2[indexOf(present.1, c.1)], "
	        "'\\\\s', ''),\n                declared))%s%s) AS differences\n)",
	        build_text(build, "%s differs from its declaration: ", name),
	        declared_columns(build, table), present_name(build, table), table->database,
	        table->name, table->database, table->name, engine_differences(build, table),
	        key_differences(build, table));
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
		step->why = STR("The tables and views below stand in it. IF NOT EXISTS makes "
		                "repeating it harmless.");
		build_sql(
		        build, step,
		        build_text(build, "CREATE DATABASE IF NOT EXISTS %n", model->databases[i]));
		build_dep(build, step, lowering->server);
	}
}

static void lower_create(struct lowering *lowering, const struct model_table *table,
                         uint32_t databases)
{
	struct graph_build *build = &lowering->build;
	struct step *step =
	        build_step(build, &lowering->top, STEP_RUN, PHASE_ENSURE,
	                   build_id(build, "ensure.table.%s.%s", table->database, table->name));
	const struct model *model = lowering->model;

	step->repeat = REPEAT_IF_NOT_EXISTS;
	step->origin = lower_origin(lowering, table->span);
	step->title = build_text(build, "table %n.%n", table->database, table->name);
	step->why = STR("Created as declared when it is missing. IF NOT EXISTS makes repeating it "
	                "harmless; the next step compares a table that was there before.");
	build_sql(build, step,
	          build_text(build, "CREATE TABLE IF NOT EXISTS %n.%n\n(\n%s\n)\n%s",
	                     table->database, table->name, table->column_text,
	                     str_trim(table->rest_text)));
	build_dep(build, step, lowering->server);
	for (size_t i = 0; i < model->database_count; i++)
		if (str_eq(model->databases[i], table->database))
			build_dep(build, step, databases + (uint32_t)i);
}

static void lower_compare(struct lowering *lowering, const struct model_table *table)
{
	struct graph_build *build = &lowering->build;
	struct step *step = build_step(
	        build, &lowering->top, STEP_ASSERT, PHASE_ENSURE,
	        build_id(build, "ensure.table.%s.%s.same", table->database, table->name));
	uint32_t at = (uint32_t)lowering->top.list.count - 1;

	step->origin = lower_origin(lowering, table->span);
	if (table->has_columns) {
		step->title =
		        build_text(build, "%n.%n is as declared", table->database, table->name);
		step->why =
		        table->external
		                ? STR("Columns and types of the server's table are compared with "
		                      "the declaration. It reads only.")
		                : STR("Columns, types, engine and keys of the server's table are "
		                      "compared with the declaration. It reads only.");
		step->hint =
		        STR("change the declaration to what the server has (SHOW CREATE TABLE), or "
		            "alter the table first");
		build_sql(build, step, same_sql(lowering, table));
	} else {
		step->title = build_text(build, "%n.%n exists", table->database, table->name);
		step->why = STR("It is declared external, so it is never created. It reads only.");
		step->hint = STR("create the table, or declare it without 'external'");
		build_sql(build, step, exists_sql(lowering, table));
	}
	build_dep(build, step, table->external ? lowering->server : at - 1);
	lower_remember(lowering, table, at);
}

void lower_tables(struct lowering *lowering)
{
	const struct model *model = lowering->model;
	uint32_t databases = (uint32_t)lowering->top.list.count;

	lower_databases(lowering);
	for (size_t i = 0; i < model->table_count; i++) {
		if (!model->tables[i]->external)
			lower_create(lowering, model->tables[i], databases);
		lower_compare(lowering, model->tables[i]);
	}
}
