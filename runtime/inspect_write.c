/*
 * inspect_write.c: the .bf text of an inspection.
 *
 * Order: databases by name. In each, a table that no view fills comes before the views on it;
 * a view follows its target, and what is downstream of that follows the view. Then, in comments,
 * what has no statement.
 */
#include "compiler/base/sqltext.h"
#include "runtime/inspect.h"

struct writing {
	struct inspection *in;
	struct buf *out;
	struct str database; /* of the section */
};

static struct inspect_object *object_at(const struct writing *writing, size_t at)
{
	return at == INSPECT_NONE ? NULL : &writing->in->objects.items[at];
}

/* Has a statement. */
static bool is_declared(const struct inspect_object *object)
{
	return object && object->selected && object->text.n && !object->reason.n &&
	       !inspect_is_inner(object) && !inspect_is_staged(object);
}

/* Stands in a comment, with the reason. */
static bool is_refused(const struct inspect_object *object)
{
	return object->selected && object->reason.n && !inspect_is_inner(object) &&
	       !inspect_is_staged(object);
}

static bool is_view(const struct inspect_object *object)
{
	return object->ddl.kind == INSPECT_VIEW;
}

static bool is_here(const struct writing *writing, const struct inspect_object *object)
{
	return object && str_eq(object->database, writing->database);
}

/* database.name; without the section's database, which a library can't have. */
static void add_object_name(const struct writing *writing, struct str database, struct str name)
{
	if (str_eq(database, writing->database) && !writing->in->library)
		sql_add_name(writing->out, name);
	else
		sql_add_qualified(writing->out, database, name);
}

/* Each line behind `-- ` and some blanks. */
static void add_quoted_lines(struct buf *out, struct str text, const char *indent)
{
	size_t begin = 0;

	for (size_t i = 0; i <= text.n; i++) {
		if (i < text.n && text.p[i] != '\n' && text.p[i] != '\r')
			continue;
		if (i > begin) {
			buf_addf(out, "--%s", indent);
			buf_add(out, (struct str){text.p + begin, i - begin});
		} else {
			buf_addz(out, "--");
		}
		buf_addc(out, '\n');
		begin = i + 1;
	}
}

/* --- a declaration ------------------------------------------------------------------------- */

static bool has(struct str text, const char *what)
{
	return str_find(text, str_of(what)) >= 0;
}

/* Views of other databases, or that this user can't see: they would miss history. */
static void note_other_views(const struct writing *writing, const struct inspect_object *table)
{
	const struct inspection *in = writing->in;

	for (size_t i = table->edges; i < table->edges_end; i++) {
		const struct inspect_edge *edge = &in->edges.items[i];
		const struct inspect_object *view = object_at(writing, edge->view);

		/* Of one table's closure, tables that are only read come without their views. */
		if (view && (view->selected || in->table.n))
			continue;
		buf_addz(writing->out, "-- view ");
		sql_add_qualified(writing->out, edge->view_database, edge->view_name);
		buf_addz(writing->out, view ? " fires on it too; its database was not inspected\n"
		                            : " fires on it too; this user can't see that view\n");
	}
}

static void note_what_differs(const struct writing *writing, const struct inspect_object *object)
{
	const struct inspect_ddl *ddl = &object->ddl;
	struct buf *out = writing->out;

	if (has(object->text, "[HIDDEN]"))
		buf_addz(out, "-- the server shows no passwords and keys: write them where "
		              "'[HIDDEN]' stands\n");
	if (!is_view(object) && has(ddl->columns, "` Nested("))
		buf_addz(out,
		         "-- made with flatten_nested = 0; made anew, its Nested columns come out "
		         "flattened\n");
	note_other_views(writing, object);
}

static void add_columns(struct buf *out, struct str columns)
{
	buf_addz(out, "\n(\n    ");
	inspect_add_columns(out, str_trim(columns));
	buf_addz(out, "\n)");
}

/* `Null` is the one engine that formatQuery() quotes. */
static void add_engine(struct buf *out, struct str body)
{
	static const struct str quoted = STR("ENGINE = `Null`");

	if (!str_starts(body, quoted)) {
		buf_add(out, body);
		return;
	}
	buf_addz(out, "ENGINE = Null");
	buf_add(out, (struct str){body.p + quoted.n, body.n - quoted.n});
}

static void write_object(const struct writing *writing, struct inspect_object *object)
{
	const struct inspect_ddl *ddl = &object->ddl;
	struct buf *out = writing->out;

	object->placed = true;
	buf_addc(out, '\n');
	note_what_differs(writing, object);
	object->begin = out->size;
	buf_addz(out, is_view(object) ? "view " : "table ");
	add_object_name(writing, object->database, object->name);
	if (is_view(object)) {
		buf_addz(out, " to ");
		add_object_name(writing,
		                ddl->target_database.n ? ddl->target_database : object->database,
		                ddl->target);
		if (ddl->columns.n)
			add_columns(out, ddl->columns);
		if (ddl->definer.n)
			buf_addf(out, "\ndefiner = %.*s", STR_ARG(ddl->definer));
		if (ddl->security.n)
			buf_addf(out, "%csql security %.*s", ddl->definer.n ? ' ' : '\n',
			         STR_ARG(ddl->security));
		if (ddl->comment.n)
			buf_addf(out, "\ncomment %.*s", STR_ARG(ddl->comment));
		buf_addz(out,
		         ddl->comment.n || ddl->definer.n || ddl->security.n ? "\nas\n" : " as\n");
		buf_add(out, ddl->body);
	} else {
		add_columns(out, ddl->columns);
		buf_addc(out, '\n');
		add_engine(out, ddl->body);
	}
	buf_addz(out, ";\n");
	object->end = out->size;
}

/* --- order --------------------------------------------------------------------------------- */

/* A view with its target before it. */
static void write_view(const struct writing *writing, struct inspect_object *view)
{
	struct inspect_object *target = object_at(writing, view->target);

	if (is_declared(target) && is_here(writing, target) && !target->placed)
		write_object(writing, target);
	write_object(writing, view);
}

/* The views on a table, each followed by what hangs on its target. As deep as views cascade. */
static void write_downstream(const struct writing *writing, const struct inspect_object *table)
{
	const struct inspection *in = writing->in;

	for (size_t i = table->edges; i < table->edges_end; i++) {
		struct inspect_object *view = object_at(writing, in->edges.items[i].view);

		if (!is_declared(view) || !is_here(writing, view) || view->placed)
			continue;
		write_view(writing, view);
		if (view->target != INSPECT_NONE)
			write_downstream(writing, object_at(writing, view->target));
	}
}

static void write_declarations(const struct writing *writing)
{
	struct inspection *in = writing->in;

	/* Tables that nothing fills; then what only circles and other databases fill. */
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < in->objects.count; i++) {
			struct inspect_object *object = &in->objects.items[i];

			if (!is_here(writing, object) || !is_declared(object) || object->placed ||
			    is_view(object) || (!round && object->filled))
				continue;
			write_object(writing, object);
			write_downstream(writing, object);
		}
	}
	for (size_t i = 0; i < in->objects.count; i++) {
		struct inspect_object *object = &in->objects.items[i];

		if (is_here(writing, object) && is_declared(object) && !object->placed)
			write_view(writing, object);
	}
}

/* --- a section ----------------------------------------------------------------------------- */

static void need(const struct writing *writing, size_t at)
{
	struct inspect_object *object = object_at(writing, at);

	if (object && !is_declared(object))
		object->external = true;
}

/* What the section's views read and fill, and has no declaration here. */
static void write_externals(const struct writing *writing)
{
	const struct inspection *in = writing->in;

	for (size_t i = 0; i < in->objects.count; i++) {
		const struct inspect_object *view = &in->objects.items[i];

		if (is_here(writing, view) && is_declared(view) && is_view(view)) {
			need(writing, view->source);
			need(writing, view->target);
		}
	}
	for (size_t i = 0; i < in->objects.count; i++) {
		struct inspect_object *object = &in->objects.items[i];

		if (!object->external || object->placed)
			continue;
		object->placed = true;
		buf_addz(writing->out, "\n-- its declaration is not in this file\nexternal table ");
		add_object_name(writing, object->database, object->name);
		buf_addz(writing->out, ";\n");
	}
}

static void write_refused(const struct writing *writing, const struct inspect_object *object)
{
	struct buf *out = writing->out;

	buf_addz(out, "--\n-- ");
	sql_add_name(out, object->name);
	buf_addf(out, ": %.*s\n", STR_ARG(object->reason));
	add_quoted_lines(out, object->text, "     ");
}

static void write_all_refused(const struct writing *writing)
{
	const struct inspection *in = writing->in;
	bool any = false;

	for (size_t i = 0; i < in->objects.count; i++) {
		const struct inspect_object *object = &in->objects.items[i];

		if (!is_here(writing, object) || !is_refused(object))
			continue;
		if (!any)
			buf_addz(writing->out,
			         "\n-- What follows is on the server and has no declaration:\n");
		any = true;
		write_refused(writing, object);
	}
}

static void write_left_out(const struct writing *writing)
{
	const struct inspection *in = writing->in;
	struct buf *out = writing->out;
	size_t inner = 0;

	for (size_t i = 0; i < in->objects.count; i++) {
		const struct inspect_object *object = &in->objects.items[i];

		if (!is_here(writing, object) || !object->selected)
			continue;
		inner += inspect_is_inner(object);
		if (!inspect_is_staged(object))
			continue;
		buf_addz(out, "\n-- left out, as a migration has staged it: ");
		sql_add_name(out, object->name);
		buf_addc(out, '\n');
	}
	if (inner)
		buf_addf(out, "\n-- left out, as they belong to objects above: %zu %s\n", inner,
		         inner == 1 ? "table called .inner…" : "tables called .inner…");
}

static void write_notes(const struct writing *writing)
{
	const struct inspection *in = writing->in;

	for (size_t i = 0; i < in->notes.count; i++) {
		const struct inspect_note *note = &in->notes.items[i];

		if (!str_eq(note->database, writing->database))
			continue;
		buf_addz(writing->out, "\n-- not declared, but on the server:\n");
		add_quoted_lines(writing->out, note->text, " ");
	}
}

static void write_section(const struct writing *writing, const struct inspect_database *database)
{
	struct buf *out = writing->out;

	buf_addz(out, writing->in->library ? "\n-- database " : "\ndatabase ");
	sql_add_name(out, database->name);
	buf_addz(out, writing->in->library ? "\n" : ";\n");
	if (database->engine.n && !str_is(database->engine, "Atomic") &&
	    !str_is(database->engine, "Shared"))
		buf_addf(out,
		         "-- its engine is %.*s; a migration makes a database that is missing "
		         "with the server's default\n",
		         STR_ARG(database->engine));
	if (database->comment.n) {
		buf_addz(out, "-- on the server with COMMENT ");
		sql_add_string(out, database->comment);
		buf_addz(out, ", which a migration does not carry over\n");
	}
	write_externals(writing);
	write_declarations(writing);
	write_all_refused(writing);
	write_left_out(writing);
	write_notes(writing);
}

/* --- the whole ----------------------------------------------------------------------------- */

static void write_head(const struct inspection *in, struct buf *out)
{
	struct buf what;

	buf_init(&what, BUF_CEILING_OUTPUT);
	if (in->table.n) {
		buf_addz(&what, "Table ");
		sql_add_qualified(&what, in->database, in->table);
		buf_addz(&what, " and what hangs on it");
	} else if (in->database.n) {
		buf_addz(&what, "Database ");
		sql_add_name(&what, in->database);
	} else {
		buf_addz(&what, "All databases");
	}
	buf_addz(&what, ", as bfc inspect found it on the server");
	if (in->library) {
		buf_addz(out, "-- ");
		buf_add(out, buf_str(&what));
	} else {
		buf_addz(out, "migration ");
		sql_add_name(out, in->table.n      ? in->table
		                  : in->database.n ? in->database
		                                   : STR("schema"));
		buf_addc(out, ' ');
		sql_add_string(out, buf_str(&what));
		buf_addc(out, ';');
	}
	buf_addc(out, '\n');
	buf_release(&what);
}

/* Views on views: bfc follows tables. */
static void refuse_views_on_views(struct inspection *in)
{
	for (size_t i = 0; i < in->objects.count; i++) {
		struct inspect_object *view = &in->objects.items[i];
		const struct inspect_object *source =
		        view->source == INSPECT_NONE ? NULL : &in->objects.items[view->source];

		if (source && str_ends(source->engine, STR("View")) && is_declared(view))
			inspect_refuse(in, view, STR("it fires on a view, not on a table"));
	}
}

static void begin_anew(struct inspection *in)
{
	for (size_t i = 0; i < in->objects.count; i++) {
		struct inspect_object *object = &in->objects.items[i];

		object->placed = object->filled = object->external = false;
		object->begin = object->end = 0;
	}
	for (size_t i = 0; i < in->objects.count; i++) {
		const struct inspect_object *view = &in->objects.items[i];

		if (is_declared(view) && is_view(view) && view->target != INSPECT_NONE &&
		    view->source != INSPECT_NONE)
			in->objects.items[view->target].filled = true;
	}
}

static bool has_section(const struct inspection *in, const struct inspect_database *database)
{
	if (!in->table.n && str_eq(database->name, in->database))
		return true;
	for (size_t i = 0; i < in->objects.count; i++)
		if (in->objects.items[i].selected &&
		    str_eq(in->objects.items[i].database, database->name))
			return true;
	return false;
}

void inspect_write(struct inspection *in, struct buf *out)
{
	struct writing writing = {.in = in, .out = out};

	refuse_views_on_views(in);
	begin_anew(in);
	buf_reset(out);
	write_head(in, out);
	for (size_t i = 0; i < in->notes.count; i++)
		if (!in->notes.items[i].database.n)
			buf_addf(out, "-- %.*s\n", STR_ARG(in->notes.items[i].text));
	for (size_t i = 0; i < in->databases.count; i++) {
		writing.database = in->databases.items[i].name;
		if (has_section(in, &in->databases.items[i]))
			write_section(&writing, &in->databases.items[i]);
	}
}

void inspect_refuse(struct inspection *in, struct inspect_object *object, struct str reason)
{
	object->reason = arena_str(&in->arena, reason);
}

struct inspect_object *inspect_object_at(struct inspection *in, size_t offset)
{
	for (size_t i = 0; i < in->objects.count; i++) {
		struct inspect_object *object = &in->objects.items[i];

		if (object->begin <= offset && offset < object->end)
			return object;
	}
	return NULL;
}

struct inspect_counts inspect_count(const struct inspection *in)
{
	struct inspect_counts counts = {0};

	for (size_t i = 0; i < in->objects.count; i++) {
		const struct inspect_object *object = &in->objects.items[i];

		if (is_declared(object))
			*(is_view(object) ? &counts.views : &counts.tables) += 1;
		else if (is_refused(object))
			counts.refused++;
	}
	return counts;
}
