/*
 * corpus_views.c: how bfc copies the views of some .bf files, for tests/corpus/run.py.
 *
 *   corpus_views CONDITION FILE.bf…
 *
 * Purpose: parse, check and rewrite are what a plan's lowering calls, with no server and no
 * strategy around them. Prints an array with an object a file: `errors` (code and text), or for its
 * only view `table` (the trigger table's name), `copy` (reading from copy_TABLE), `part` (the same
 * with CONDITION, in which `@` is the trigger's alias), `null` (reading from null_VIEW), `declare` and
 * `inserted` (needed_columns.h).
 */
#include <jansson.h>
#include <stdio.h>

#include "compiler/base/sqltext.h"
#include "compiler/check.h"
#include "compiler/needed_columns.h"
#include "compiler/parse.h"
#include "compiler/rewrite.h"

struct reader {
	struct arena arena;
	struct source_set sources;
	struct diag_list diags;
};

static json_t *text_of(struct str text)
{
	json_t *json = json_stringn(text.p ? text.p : "", text.n);

	if (!json)
		out_of_memory();
	return json;
}

static json_t *copy_of(struct reader *reader, const struct model_view *view, const char *kind,
                       struct str name, const char *condition)
{
	struct buf reference;
	json_t *json;

	buf_init(&reference, 1 << 16);
	sql_add_qualified(&reference, view->reads->database,
	                  str_of(arena_printf(&reader->arena, "%s_%.*s", kind, STR_ARG(name))));
	json = text_of(rewrite_query(&reader->sources, view->query, &view->trigger,
	                             view->query_database, buf_str(&reference), str_of(condition),
	                             &reader->arena));
	buf_release(&reference);
	return json;
}

static void add_needed(struct reader *reader, const struct model_view *view, json_t *out)
{
	struct needed_columns needed;
	struct buf declared;
	json_t *names = json_array();

	needed_columns_find(&reader->sources, &view, 1, &reader->arena, &needed);
	buf_init(&declared, BUF_CEILING_OUTPUT);
	needed_columns_declare(&needed, &reader->sources, &declared);
	for (size_t i = 0; i < needed.inserted.count; i++)
		json_array_append_new(names, text_of(needed.inserted.items[i]));
	json_object_set_new(out, "declare", text_of(buf_str(&declared)));
	json_object_set_new(out, "inserted", names);
	buf_release(&declared);
}

static void add_errors(struct reader *reader, json_t *out)
{
	json_t *errors = json_array();

	for (size_t i = 0; i < reader->diags.list.count; i++) {
		const struct diag *diag = &reader->diags.list.items[i];

		if (diag->severity == SEVERITY_ERROR)
			json_array_append_new(
			        errors,
			        json_pack("[s, s]", diag_info(diag->code)->code, diag->text));
	}
	json_object_set_new(out, "errors", errors);
}

static json_t *read_file(const char *path, const char *condition)
{
	json_t *out = json_object();
	struct reader reader = {0};
	const struct model *model = NULL;
	struct ast *ast;

	arena_init(&reader.arena);
	source_set_init(&reader.sources, &reader.arena);
	diag_list_init(&reader.diags, &reader.arena);
	ast = parse_program(&reader.sources, path, NULL, &reader.arena, &reader.diags);
	if (!diag_failed(&reader.diags))
		model = check_program(&reader.sources, ast, STR("corpus"), &reader.arena,
		                      &reader.diags);
	add_errors(&reader, out);
	if (model && model->view_count == 1) {
		const struct model_view *view = model->views[0];
		struct str table = view->reads->name;

		json_object_set_new(out, "table", text_of(table));
		json_object_set_new(out, "copy", copy_of(&reader, view, "copy", table, NULL));
		json_object_set_new(out, "part", copy_of(&reader, view, "copy", table, condition));
		json_object_set_new(out, "null", copy_of(&reader, view, "null", view->name, NULL));
		add_needed(&reader, view, out);
	}
	source_set_release(&reader.sources);
	arena_release(&reader.arena);
	return out;
}

int main(int argc, char **argv)
{
	json_t *all = json_array();
	int failed;

	for (int i = 2; i < argc; i++)
		json_array_append_new(all, read_file(argv[i], argv[1]));
	failed = json_dumpf(all, stdout, JSON_INDENT(1)) != 0 || fflush(stdout) != 0;
	json_decref(all);
	return failed;
}
