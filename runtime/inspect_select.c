/* inspect_select.c: which of a server's objects belong to what was asked for. */
#include <ctype.h>

#include "compiler/base/sqltext.h"
#include "compiler/base/suggest.h"
#include "runtime/inspect.h"

size_t inspect_find(const struct inspection *inspection, struct str database, struct str name)
{
	size_t low = 0, high = inspection->objects.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct inspect_object *object = &inspection->objects.items[middle];
		int order = str_compare(object->database, database);

		if (!order)
			order = str_compare(object->name, name);
		if (!order)
			return middle;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return INSPECT_NONE;
}

bool inspect_is_inner(const struct inspect_object *object)
{
	return str_starts(object->name, STR(".inner"));
}

/* bfc_<8 hex digits>_…: attempt.c and lower_view.c make these names. */
bool inspect_is_staged(const struct inspect_object *object)
{
	struct str name = object->name;

	if (!str_starts(name, STR("bfc_")) || name.n < 13 || name.p[12] != '_')
		return false;
	for (size_t i = 4; i < 12; i++)
		if (!isdigit((unsigned char)name.p[i]) && (name.p[i] < 'a' || name.p[i] > 'f'))
			return false;
	return true;
}

/* --- what was asked for -------------------------------------------------------------------- */

static bool database_exists(const struct inspection *inspection, struct str name)
{
	for (size_t i = 0; i < inspection->databases.count; i++)
		if (str_eq(inspection->databases.items[i].name, name))
			return true;
	return false;
}

static bool refuse(struct exec_result *result, struct str text)
{
	result->exit = EXEC_BAD_INPUT;
	result->text = arena_str(&result->arena, text);
	return false;
}

/* Where a table of that name is, or one that is nearly called so. */
static void suggest_database(const struct inspection *inspection, struct str name, struct buf *out)
{
	struct suggestion suggestion;

	for (size_t i = 0; i < inspection->objects.count; i++) {
		const struct inspect_object *object = &inspection->objects.items[i];

		if (!str_eq(object->name, name))
			continue;
		buf_addz(out, "; did you mean the table, '");
		sql_add_qualified(out, object->database, object->name);
		buf_addz(out, "'?");
		return;
	}
	suggest_begin(&suggestion, name);
	for (size_t i = 0; i < inspection->databases.count; i++)
		suggest_offer(&suggestion, inspection->databases.items[i].name);
	if (suggestion.best.n)
		buf_addf(out, "; did you mean '%.*s'?", STR_ARG(suggestion.best));
	else if (!inspection->databases.count)
		buf_addz(out, "; this user sees none: name another one with --user, or give it a "
		              "right to one");
	else
		buf_addf(out,
		         "; user '%.*s' sees %zu of them, and only those that it has a right "
		         "to",
		         STR_ARG(inspection->user), inspection->databases.count);
}

static bool unknown_database(const struct inspection *inspection, struct str name,
                             struct exec_result *result)
{
	struct buf text;

	buf_init(&text, BUF_CEILING_OUTPUT);
	if (str_is(name, "system") || str_ieq(name, STR("information_schema"))) {
		buf_addf(&text, "database '%.*s' is the server's own: it has nothing to declare",
		         STR_ARG(name));
	} else {
		buf_addf(&text, "the server has no database '%.*s'", STR_ARG(name));
		suggest_database(inspection, name, &text);
	}
	refuse(result, buf_str(&text));
	buf_release(&text);
	return false;
}

static bool unknown_table(const struct inspection *inspection, struct str database, struct str name,
                          struct exec_result *result)
{
	struct suggestion suggestion;
	struct buf text;

	suggest_begin(&suggestion, name);
	for (size_t i = 0; i < inspection->objects.count; i++) {
		const struct inspect_object *object = &inspection->objects.items[i];

		if (str_eq(object->database, database) && !inspect_is_inner(object))
			suggest_offer(&suggestion, object->name);
	}
	buf_init(&text, BUF_CEILING_OUTPUT);
	buf_addf(&text, "database '%.*s' has no table '%.*s'", STR_ARG(database), STR_ARG(name));
	if (suggestion.best.n)
		buf_addf(&text, "; did you mean '%.*s'?", STR_ARG(suggestion.best));
	else
		buf_addf(&text, "; user '%.*s' sees only what it has a right to",
		         STR_ARG(inspection->user));
	refuse(result, buf_str(&text));
	buf_release(&text);
	return false;
}

/* `quoted` or plain up to the first dot that makes a known database of what is before it. */
static bool split_name(struct inspection *inspection, struct str what, struct str *database,
                       struct str *table)
{
	struct inspect_scan scan = {.text = what};

	if (what.p[0] == '`' || what.p[0] == '"') {
		inspect_next(&scan);
		*database = inspect_meaning(scan.token, &inspection->arena);
		*table = (struct str){what.p + scan.at, what.n - scan.at};
		return table->n == 0 || table->p[0] == '.';
	}
	for (size_t i = 0; i < what.n; i++) {
		struct str before = {what.p, i};

		if (what.p[i] != '.' || !database_exists(inspection, before))
			continue;
		*database = before;
		*table = (struct str){what.p + i, what.n - i};
		return true;
	}
	for (size_t i = 0; i < what.n; i++) {
		if (what.p[i] == '.') {
			*database = (struct str){what.p, i};
			*table = (struct str){what.p + i, what.n - i};
			return true;
		}
	}
	*database = what;
	*table = (struct str){0};
	return true;
}

static bool select_table(struct inspection *inspection, struct exec_result *result)
{
	size_t at = inspect_find(inspection, inspection->database, inspection->table);

	if (at == INSPECT_NONE)
		return unknown_table(inspection, inspection->database, inspection->table, result);
	inspection->objects.items[at].selected = true;
	return true;
}

static void select_databases(struct inspection *inspection, struct str journal_database)
{
	for (size_t i = 0; i < inspection->objects.count; i++) {
		struct inspect_object *object = &inspection->objects.items[i];

		object->selected = inspection->database.n
		                           ? str_eq(object->database, inspection->database)
		                           : !str_eq(object->database, journal_database);
	}
}

bool inspect_resolve(struct inspection *inspection, struct str what, struct str journal_database,
                     struct exec_result *result)
{
	struct str database, table;

	what = arena_str(&inspection->arena, what);
	if (!what.n || database_exists(inspection, what)) {
		inspection->database = what;
		select_databases(inspection, journal_database);
		return true;
	}
	if (!split_name(inspection, what, &database, &table))
		return refuse(result, STR("a database or DATABASE.TABLE was expected"));
	if (!database_exists(inspection, database))
		return unknown_database(inspection, database, result);
	inspection->database = database;
	if (!table.n) {
		select_databases(inspection, journal_database);
		return true;
	}
	table = (struct str){table.p + 1, table.n - 1};
	inspection->table = table.n && strchr("`\"", table.p[0])
	                            ? inspect_meaning(table, &inspection->arena)
	                            : table;
	return select_table(inspection, result);
}

/* --- one table and what hangs on it -------------------------------------------------------- */

static bool take(struct inspection *inspection, size_t at)
{
	struct inspect_object *object;

	if (at == INSPECT_NONE)
		return false;
	object = &inspection->objects.items[at];
	if (object->selected)
		return false;
	object->selected = true;
	return true;
}

/* Tables that an object's text names, as database.table or in strings: those that a view joins, that
 * a default reads, that a Buffer or Distributed table stands before. A name too many is harmless. */
static bool take_named(struct inspection *inspection, const struct inspect_object *object)
{
	struct inspect_scan scan = {.text = object->text};
	struct str first = {0}, text;
	char between = '\0';
	bool more = false;

	for (inspect_next(&scan); scan.kind != SQL_END; inspect_next(&scan)) {
		if (scan.kind == SQL_OTHER) {
			between = scan.token.p[0];
			continue;
		}
		text = inspect_meaning(scan.token, &inspection->arena);
		if (between == '.' || (between == ',' && scan.kind == SQL_STRING))
			more |= take(inspection, inspect_find(inspection, first, text));
		for (size_t i = 0; scan.kind == SQL_STRING && i < text.n; i++)
			if (text.p[i] == '.')
				more |= take(
				        inspection,
				        inspect_find(inspection, (struct str){text.p, i},
				                     (struct str){text.p + i + 1, text.n - i - 1}));
		first = text;
		between = '\0';
	}
	return more;
}

/* The views on a table; a view can have views too. */
static bool take_downstream(struct inspection *inspection)
{
	bool more = false;

	for (size_t i = 0; i < inspection->edges.count; i++) {
		const struct inspect_edge *edge = &inspection->edges.items[i];

		if (edge->view == INSPECT_NONE || !inspection->objects.items[edge->table].placed)
			continue;
		more |= take(inspection, edge->view);
		inspection->objects.items[edge->view].placed = true;
	}
	return more;
}

/*
 * `placed` marks what the closure goes on from: the table asked for and the targets of its views.
 * Tables that are only read come along without their own views.
 */
bool inspect_spread(struct inspection *inspection)
{
	bool more = false, again = true;
	size_t root;

	if (!inspection->table.n)
		return false;
	root = inspect_find(inspection, inspection->database, inspection->table);
	inspection->objects.items[root].placed = true;
	while (again) {
		again = false;
		for (size_t i = 0; i < inspection->objects.count; i++) {
			struct inspect_object *object = &inspection->objects.items[i];

			if (!object->selected || !object->read)
				continue;
			again |= take_named(inspection, object);
			if (object->target == INSPECT_NONE ||
			    inspection->objects.items[object->target].placed)
				continue;
			inspection->objects.items[object->target].placed = true;
			take(inspection, object->target);
			again = true;
		}
		again |= take_downstream(inspection);
		more |= again;
	}
	return more;
}
