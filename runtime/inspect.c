/*
 * inspect.c: what a server has, read in a few questions.
 *
 * First the databases, and every table with the views on it (names alone); then the CREATE
 * statements of what belongs to the selection, once for databases, level by level for one table.
 * Source: ClickHouse's docs, system.tables, system.databases, system.row_policies,
 * system.detached_tables; on 26.7 formatQuery() of create_table_query is what SHOW CREATE prints.
 */
#include "runtime/inspect.h"

#include "compiler/base/sqltext.h"
#include "runtime/exec_internal.h"

#define NOT_OF_THE_SYSTEM "NOT IN ('system', 'INFORMATION_SCHEMA', 'information_schema')"

struct inspecting {
	struct inspection *out;
	struct exec exec;
};

static bool ask(struct inspecting *in, struct str sql, const char *what, const int *accept,
                struct outcome *outcome)
{
	return exec_ask(&in->exec, sql, what, accept, exec_patience_ms(&in->exec), outcome);
}

static struct str value(struct inspecting *in, const struct reply *reply, size_t row,
                        const char *name)
{
	return arena_str(&in->out->arena, reply_value(reply, row, reply_column(reply, name)));
}

/* --- names --------------------------------------------------------------------------------- */

static bool read_databases(struct inspecting *in)
{
	static const char sql[] =
	        "SELECT name, engine, comment, currentUser() AS user FROM system.databases "
	        "WHERE name " NOT_OF_THE_SYSTEM " ORDER BY name";
	struct inspection *out = in->out;
	struct outcome outcome;

	if (!ask(in, str_of(sql), "read system.databases", NULL, &outcome))
		return false;
	for (size_t i = 0; i < outcome.reply.row_count; i++) {
		*list_add(&out->arena, &out->databases) = (struct inspect_database){
		        .name = value(in, &outcome.reply, i, "name"),
		        .engine = value(in, &outcome.reply, i, "engine"),
		        .comment = value(in, &outcome.reply, i, "comment"),
		};
		out->user = value(in, &outcome.reply, i, "user");
	}
	outcome_release(&outcome);
	return true;
}

/* A row for each view on a table, or one for a table without. */
static void add_row(struct inspecting *in, const struct reply *reply, size_t row)
{
	struct inspection *out = in->out;
	struct str database = value(in, reply, row, "database");
	struct str name = value(in, reply, row, "name");
	struct str view = value(in, reply, row, "view");
	const struct inspect_object *last =
	        out->objects.count ? &out->objects.items[out->objects.count - 1] : NULL;

	if (!last || !str_eq(last->database, database) || !str_eq(last->name, name))
		*list_add(&out->arena, &out->objects) = (struct inspect_object){
		        .database = database,
		        .name = name,
		        .engine = value(in, reply, row, "engine"),
		        .source = INSPECT_NONE,
		        .target = INSPECT_NONE,
		        .edges = out->edges.count,
		        .edges_end = out->edges.count,
		};
	if (!view.n)
		return;
	out->objects.items[out->objects.count - 1].edges_end++;
	*list_add(&out->arena, &out->edges) = (struct inspect_edge){
	        .table = out->objects.count - 1,
	        .view = INSPECT_NONE,
	        .view_database = value(in, reply, row, "view_database"),
	        .view_name = view,
	};
}

static void link_edges(struct inspection *out)
{
	for (size_t i = 0; i < out->edges.count; i++) {
		struct inspect_edge *edge = &out->edges.items[i];

		edge->view = inspect_find(out, edge->view_database, edge->view_name);
		if (edge->view != INSPECT_NONE)
			out->objects.items[edge->view].source = edge->table;
	}
}

static bool read_names(struct inspecting *in)
{
	static const char sql[] =
	        "SELECT database, name, engine, view_database, view FROM system.tables "
	        "LEFT ARRAY JOIN dependencies_database AS view_database, dependencies_table AS "
	        "view "
	        "WHERE NOT is_temporary AND database " NOT_OF_THE_SYSTEM
	        " ORDER BY database, name, view_database, view";
	struct outcome outcome;

	if (!ask(in, str_of(sql), "read system.tables", NULL, &outcome))
		return false;
	for (size_t i = 0; i < outcome.reply.row_count; i++)
		add_row(in, &outcome.reply, i);
	outcome_release(&outcome);
	link_edges(in->out);
	return true;
}

/* --- statements ---------------------------------------------------------------------------- */

static void add_list(struct inspecting *in, struct buf *sql, const char *head, bool names)
{
	struct inspection *out = in->out;
	const char *comma = "";

	buf_addz(sql, head);
	for (size_t i = 0; i < out->objects.count; i++) {
		const struct inspect_object *object = &out->objects.items[i];

		if (!object->selected || object->read)
			continue;
		buf_addz(sql, comma);
		buf_addz(sql, names ? "(" : "");
		sql_add_string(sql, object->database);
		if (names) {
			buf_addz(sql, ", ");
			sql_add_string(sql, object->name);
			buf_addc(sql, ')');
		}
		comma = ", ";
	}
	buf_addc(sql, ')');
}

/* The databases asked for as a whole, or the tables that are still to be read. */
static struct str statements_sql(struct inspecting *in)
{
	struct inspection *out = in->out;
	struct str text;
	struct buf sql;

	buf_init(&sql, BUF_CEILING_OUTPUT);
	buf_addz(&sql, "SELECT database, name, create_table_query AS line, "
	               "formatQueryOrNull(create_table_query) AS text, "
	               "isValidUTF8(create_table_query) AS valid FROM system.tables WHERE ");
	if (out->table.n) {
		add_list(in, &sql, "database IN (", false);
		add_list(in, &sql, " AND (database, name) IN (", true);
	} else if (out->database.n) {
		buf_addz(&sql, "database = ");
		sql_add_string(&sql, out->database);
	} else {
		buf_addz(&sql, "database " NOT_OF_THE_SYSTEM);
	}
	text = arena_str(&out->arena, buf_str(&sql));
	buf_release(&sql);
	return text;
}

static void read_statement(struct inspecting *in, const struct reply *reply, size_t row)
{
	struct inspection *out = in->out;
	size_t at =
	        inspect_find(out, value(in, reply, row, "database"), value(in, reply, row, "name"));
	struct inspect_object *object = at == INSPECT_NONE ? NULL : &out->objects.items[at];

	/* Made after the names were read: the next run has it. */
	if (!object || !object->selected)
		return;
	object->text = value(in, reply, row, "text");
	if (!object->text.n)
		object->text = value(in, reply, row, "line");
	inspect_ddl_read(object->text, &out->arena, &object->ddl);
	if (object->ddl.refused)
		object->reason = str_of(object->ddl.refused);
	else if (str_is(value(in, reply, row, "valid"), "0"))
		object->reason = STR("it has bytes that are not UTF-8, which come as U+FFFD here");
	if (object->ddl.target.n)
		object->target =
		        inspect_find(out,
		                     object->ddl.target_database.n ? object->ddl.target_database
		                                                   : object->database,
		                     object->ddl.target);
}

static bool read_statements(struct inspecting *in)
{
	struct inspection *out = in->out;
	struct outcome outcome;

	if (!ask(in, statements_sql(in), "read system.tables", NULL, &outcome))
		return false;
	for (size_t i = 0; i < outcome.reply.row_count; i++)
		read_statement(in, &outcome.reply, i);
	outcome_release(&outcome);
	for (size_t i = 0; i < out->objects.count; i++)
		out->objects.items[i].read |= out->objects.items[i].selected;
	return true;
}

static bool read_selection(struct inspecting *in)
{
	bool any = false;

	for (size_t i = 0; i < in->out->objects.count; i++)
		any |= in->out->objects.items[i].selected;
	while (any) {
		if (!read_statements(in))
			return false;
		any = inspect_spread(in->out);
	}
	return true;
}

/* --- what is no table ---------------------------------------------------------------------- */

/* `sql` with the databases that were selected, in `IN (…)`. */
static struct str of_selected(struct inspecting *in, const char *before, const char *after)
{
	const struct inspection *out = in->out;
	struct str database = {0}, text;
	struct buf sql;

	buf_init(&sql, BUF_CEILING_OUTPUT);
	buf_addz(&sql, before);
	for (size_t i = 0; i < out->objects.count; i++) {
		const struct inspect_object *object = &out->objects.items[i];

		if (!object->selected || str_eq(object->database, database))
			continue;
		buf_addz(&sql, database.n ? ", " : "");
		database = object->database;
		sql_add_string(&sql, database);
	}
	if (!database.n)
		sql_add_string(&sql, out->database);
	buf_addz(&sql, after);
	text = arena_str(&in->out->arena, buf_str(&sql));
	buf_release(&sql);
	return text;
}

/* Rows of database and text; nothing when the server has no such table or keeps it to itself. */
static bool read_notes(struct inspecting *in, struct str sql, const char *what)
{
	/* unknown column, unknown table; not for a database's engine, no right to it */
	static const int accept[] = {47, 60, 48, 497, 0};
	struct inspection *out = in->out;
	struct outcome outcome;

	if (!ask(in, sql, what, accept, &outcome))
		return false;
	if (outcome.kind != OUTCOME_OK && (outcome.code == 497 || outcome.code == 48))
		*list_add(&out->arena, &out->notes) = (struct inspect_note){
		        .text = str_of(arena_printf(&out->arena, "could not %s: %s", what,
		                                    outcome.code == 497
		                                            ? "this user has no right to"
		                                            : "the server can't list it"))};
	for (size_t i = 0; outcome.kind == OUTCOME_OK && i < outcome.reply.row_count; i++)
		*list_add(&out->arena, &out->notes) = (struct inspect_note){
		        .database = value(in, &outcome.reply, i, "database"),
		        .text = value(in, &outcome.reply, i, "text"),
		};
	outcome_release(&outcome);
	return true;
}

static bool read_other_objects(struct inspecting *in)
{
	/* For people to read: names are quoted, not escaped. */
	static const char policies[] =
	        "SELECT database, concat('CREATE ROW POLICY `', short_name, '` ON `', database, "
	        "'`.', "
	        "if(empty(table), '*', concat('`', table, '`')), ' AS ', if(is_restrictive, "
	        "'RESTRICTIVE', 'PERMISSIVE'), ' FOR SELECT USING ', ifNull(select_filter, '1'), "
	        "' TO ', if(apply_to_all, 'ALL', ''), if(apply_to_all AND "
	        "notEmpty(apply_to_except), "
	        "' EXCEPT ', ''), arrayStringConcat(if(apply_to_all, apply_to_except, "
	        "apply_to_list), "
	        "', ')) AS text FROM system.row_policies WHERE database IN (";
	static const char detached[] =
	        "SELECT database, concat('table `', table, '`, which is detached') AS text "
	        "FROM system.detached_tables WHERE database IN (";
	static const char ordered[] = ") ORDER BY database, text";

	return read_notes(in, of_selected(in, policies, ordered), "read system.row_policies") &&
	       read_notes(in, of_selected(in, detached, ordered), "read system.detached_tables");
}

void inspect_read(struct inspection *inspection, const struct inspect_options *options,
                  struct transport *transport, const struct exec_options *exec_options,
                  struct exec_result *result)
{
	struct inspecting in = {.out = inspection};

	*inspection = (struct inspection){.library = options->library};
	arena_init(&inspection->arena);
	exec_init(&in.exec, transport, exec_options, result, STR("inspect"));
	if (read_databases(&in) && read_names(&in) &&
	    inspect_resolve(inspection, options->what, in.exec.database_name, result) &&
	    read_selection(&in))
		read_other_objects(&in);
	exec_release(&in.exec);
}

void inspection_release(struct inspection *inspection)
{
	arena_release(&inspection->arena);
	*inspection = (struct inspection){0};
}
