#include "compiler/parse.h"

#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

#include "compiler/ast_build.h"
#include "compiler/base/buf.h"
#include "compiler/base/suggest.h"
#include "compiler/instance.h"
#include "grammar/parse.h"

/* --- one text -------------------------------------------------------------------------------- */

static void parse_text(struct parse *parse, const struct source_set *sources,
                       const struct source *source, struct ast *ast, struct marks *marks,
                       struct diag_list *diags)
{
	*parse = (struct parse){
	        .sources = sources,
	        .source = source,
	        .arena = ast->arena,
	        .diags = diags,
	        .ast = ast,
	        .marks = marks,
	        .token.kind = TOKEN_SEMICOLON, /* a statement begins */
	};
	keyword_index_init(&parse->keywords);
	lexer_init(&parse->lexer, source, 0, (uint32_t)source->text.n, diags);
	/* What it returns says nothing: after a recovered error it is 0. */
	bf_parse(parse);
	lexer_release(&parse->lexer);
}

static struct ast *new_ast(struct arena *arena)
{
	struct ast *ast = arena_new(arena, struct ast);

	ast->arena = arena;
	return ast;
}

struct ast *parse_source(const struct source_set *sources, const struct source *source,
                         struct arena *arena, struct diag_list *diags)
{
	struct ast *ast = new_ast(arena);
	struct parse parse;

	parse_text(&parse, sources, source, ast, NULL, diags);
	return ast;
}

void parse_marks(const struct source_set *sources, const struct source *source, struct marks *marks,
                 struct arena *arena, struct diag_list *diags)
{
	struct parse parse;

	*marks = (struct marks){.arena = arena};
	parse_text(&parse, sources, source, new_ast(arena), marks, diags);
}

/* --- a program: a file and what it uses ------------------------------------------------------ */

/* A file of the program, by its canonical path. */
struct unit {
	const char *canonical;
	const char *path; /* as it is shown */
	bool open;        /* it, or something that it uses, is being read */
	bool instance;    /* with arguments: may be read again, but not within itself */
};

/* A library that is used with arguments, as it is written. */
struct read_library {
	const char *canonical;
	struct library library;
};

struct program {
	struct source_set *sources;
	const char *library_path;
	struct ast *ast;
	struct diag_list *diags;
	LIST_OF(struct unit)
	units; /* the open ones stand in the order in which they use each other */
	LIST_OF(struct read_library *) read_libraries;
};

static void read_unit(struct program *program, const char *path, const struct span *why);

static const char *canonical_path(struct program *program, const char *path)
{
	char *real = realpath(path, NULL);
	const char *copy = arena_strdup(program->ast->arena, str_of(real ? real : path));

	free(real);
	return copy;
}

static void report_cycle(struct program *program, size_t first, struct span why)
{
	struct buf chain;
	struct diag *diag;

	buf_init(&chain, BUF_CEILING_OUTPUT);
	for (size_t i = first; i < program->units.count; i++)
		if (program->units.items[i].open)
			buf_addf(&chain, "'%s' uses ", program->units.items[i].path);
	diag = diag_add(program->diags, BF022, why, "a library uses itself: %s'%s'",
	                buf_str(&chain).p, program->units.items[first].path);
	diag_hint(program->diags, diag, "move what both need into a third file");
	buf_release(&chain);
}

/* True when the file is being read: a cycle, which is reported. */
static bool seen_open(struct program *program, const char *canonical, struct span why)
{
	for (size_t i = 0; i < program->units.count; i++) {
		const struct unit *unit = &program->units.items[i];

		if (!unit->open || strcmp(unit->canonical, canonical) != 0)
			continue;
		report_cycle(program, i, why);
		return true;
	}
	return false;
}

/* True when the file was read already, or is being read. */
static bool seen(struct program *program, const char *canonical, const struct span *why)
{
	if (why && seen_open(program, canonical, *why))
		return true;
	for (size_t i = 0; i < program->units.count; i++)
		if (!program->units.items[i].instance &&
		    strcmp(program->units.items[i].canonical, canonical) == 0)
			return true;
	return false;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

struct library_names {
	LIST_OF(const char *) list;
};

/* Names under `folder` of the library path, with a dot for each slash. */
static void list_folder(struct program *program, const char *folder, struct library_names *names)
{
	struct arena *arena = program->ast->arena;
	DIR *dir = opendir(*folder ? arena_printf(arena, "%s/%s", program->library_path, folder)
	                           : program->library_path);
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		struct str name = str_of(entry->d_name);
		const char *under = *folder ? arena_printf(arena, "%s.", folder) : "";

		if (str_ends(name, STR(".bf")))
			*list_add(arena, &names->list) =
			        arena_printf(arena, "%s%.*s", under, (int)name.n - 3, name.p);
		else if (!*folder && name.p[0] != '.')
			list_folder(program, arena_strdup(arena, name), names);
	}
	if (dir)
		closedir(dir);
}

static void list_libraries(struct program *program, struct library_names *names)
{
	if (program->library_path)
		list_folder(program, "", names);
	if (names->list.count)
		qsort(names->list.items, names->list.count, sizeof(*names->list.items),
		      compare_names);
}

/* As it is written: with dots. */
static struct str dotted(struct program *program, struct str name)
{
	char *copy = arena_strdup(program->ast->arena, name);

	for (size_t i = 0; i < name.n; i++)
		if (copy[i] == '/')
			copy[i] = '.';
	return str_of(copy);
}

static void report_unknown_library(struct program *program, const struct ast_name *name)
{
	struct library_names names = {0};
	struct str shown = dotted(program, name->text);
	struct suggestion suggestion;
	struct str folder = {0}; /* a library's name that ends with this one */
	struct diag *diag;
	struct buf all;

	list_libraries(program, &names);
	diag = diag_add(program->diags, BF021, name->span, "no library is called 'std.%.*s'",
	                STR_ARG(shown));
	if (!names.list.count) {
		diag_hint(program->diags, diag, "there are no libraries in '%s'",
		          program->library_path ? program->library_path : "");
		return;
	}
	buf_init(&all, BUF_CEILING_OUTPUT);
	suggest_begin(&suggestion, shown);
	for (size_t i = 0; i < names.list.count; i++) {
		buf_addf(&all, "%sstd.%s", i ? ", " : "", names.list.items[i]);
		suggest_offer(&suggestion, str_of(names.list.items[i]));
		/* std.s3 for std.sources.s3 */
		if (!folder.n &&
		    str_ends(str_of(names.list.items[i]),
		             str_of(arena_printf(program->ast->arena, ".%.*s", STR_ARG(shown)))))
			folder = str_of(names.list.items[i]);
	}
	if (folder.n)
		suggestion.best = folder;
	if (suggestion.best.n)
		diag_hint(program->diags, diag, "did you mean 'std.%.*s'? there are: %s",
		          STR_ARG(suggestion.best), buf_str(&all).p);
	else
		diag_hint(program->diags, diag, "there are: %s", buf_str(&all).p);
	buf_release(&all);
}

/* No part of it is empty, `.` or `..`: it stays in the library's folder. */
static bool is_plain_name(struct str name)
{
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] == '\0' || name.p[i] == '.' ||
		    (name.p[i] == '/' && (i == 0 || i + 1 == name.n || name.p[i + 1] == '/')))
			return false;
	return name.n > 0;
}

/* NULL after telling that there is none. */
static const char *standard_path(struct program *program, const struct ast_use *use)
{
	const char *path = NULL;

	if (program->library_path && is_plain_name(use->name.text))
		path = arena_printf(program->ast->arena, "%s/%.*s.bf", program->library_path,
		                    STR_ARG(use->name.text));
	if (path && access(path, F_OK) == 0)
		return path;
	report_unknown_library(program, &use->name);
	return NULL;
}

/* Next to the file that says so; without a needless "./". */
static const char *relative_path(struct program *program, const struct ast_use *use,
                                 const char *user)
{
	const char *slash = strrchr(user, '/');
	struct str path = use->name.text;

	if (!path.n || memchr(path.p, '\0', path.n)) {
		diag_add(program->diags, BF021, use->name.span, "this is no path of a file");
		return NULL;
	}
	if (str_starts(path, STR("./")) && path.n > 2)
		path = (struct str){path.p + 2, path.n - 2};
	if (path.p[0] != '/' && slash)
		return arena_printf(program->ast->arena, "%.*s/%.*s", (int)(slash - user), user,
		                    STR_ARG(path));
	return arena_strdup(program->ast->arena, path);
}

static const char *path_of(struct program *program, const struct ast_use *use, const char *user)
{
	if (use->refused)
		return NULL;
	return use->standard ? standard_path(program, use) : relative_path(program, use, user);
}

/* A library only declares: what a run does stands in the migration itself. */
static void check_library(struct program *program, const struct ast *library, bool instance)
{
	static const struct {
		enum ast_kind kind;
		const char *name;
		const char *hint;
	} table[] = {
	        {AST_MIGRATION, "migration", "the file that uses the library names the migration"},
	        {AST_BACKFILL, "backfill", "move it into the migration that uses the library"},
	        {AST_CHECK, "check", "use the library under a name: use … as NAME;"},
	        {AST_DATABASE, "database",
	         "write DATABASE.NAME: the library's database would hold for its users too"},
	};

	for (size_t i = 0; i < library->list.count; i++) {
		const struct ast_statement *statement = library->list.items[i];

		for (size_t k = 0; k < sizeof(table) / sizeof(table[0]); k++) {
			struct diag *diag;

			if (statement->kind != table[k].kind ||
			    (instance && statement->kind == AST_CHECK))
				continue;
			diag = diag_add(program->diags, BF025, statement->span,
			                "a '%s' statement in a library", table[k].name);
			diag_hint(program->diags, diag, "%s", table[k].hint);
		}
	}
}

/* "std/sources/s3.bf" is s3. */
static const char *base_name(struct program *program, const char *path)
{
	const char *slash = strrchr(path, '/');
	struct str name = str_of(slash ? slash + 1 : path);

	if (str_ends(name, STR(".bf")))
		name.n -= 3;
	return arena_strdup(program->ast->arena, name);
}

/* The library as it is written, read once however often it is used; NULL: it has errors. */
static const struct library *find_library(struct program *program, const char *path,
                                          const char *canonical, struct span why)
{
	struct arena *arena = program->ast->arena;
	size_t errors = program->diags->errors;
	struct read_library *it;
	struct parse parse;
	struct ast *ast;

	for (size_t i = 0; i < program->read_libraries.count; i++) {
		it = program->read_libraries.items[i];
		if (strcmp(it->canonical, canonical) == 0)
			return it->library.source ? &it->library : NULL;
	}
	it = arena_new(arena, struct read_library);
	it->canonical = canonical;
	*list_add(arena, &program->read_libraries) = it;
	it->library.name = base_name(program, path);
	it->library.source = source_load(program->sources, path, &why, program->diags);
	if (!it->library.source)
		return NULL;
	ast = new_ast(arena);
	parse_text(&parse, program->sources, it->library.source, ast, NULL, program->diags);
	it->library.ast = ast;
	check_library(program, ast, true);
	if (program->diags->errors != errors)
		it->library.source = NULL;
	return it->library.source ? &it->library : NULL;
}

static void take_statements(struct program *program, struct parse *parse, const char *path);

/* What `use … as` stands for comes right behind it. */
static void read_instance(struct program *program, struct ast_statement *use, const char *user)
{
	struct arena *arena = program->ast->arena;
	const char *path = path_of(program, use->u.use, user);
	const char *canonical = path ? canonical_path(program, path) : NULL;
	const struct library *library;
	const struct source *source;
	struct parse parse;
	size_t unit;

	if (!path || seen_open(program, canonical, use->u.use->name.span))
		return;
	library = find_library(program, path, canonical, use->u.use->name.span);
	if (!library)
		return;
	source = instance_make(program->sources, library, use, arena, program->diags);
	if (!source)
		return;
	unit = program->units.count;
	*list_add(arena, &program->units) = (struct unit){canonical, path, true, true};
	use->u.use->file = source->id;
	parse_text(&parse, program->sources, source, new_ast(arena), NULL, program->diags);
	instance_name(library, use->u.use, parse.ast);
	take_statements(program, &parse, path);
	program->units.items[unit].open = false;
}

/* The statements of what a text uses come before its own. */
static void take_statements(struct program *program, struct parse *parse, const char *path)
{
	for (size_t i = 0; i < parse->uses.count; i++) {
		const struct ast_use *use = &parse->uses.items[i];
		const char *used = path_of(program, use, path);

		if (used)
			read_unit(program, used, &use->name.span);
	}
	for (size_t i = 0; i < parse->ast->list.count; i++) {
		struct ast_statement *statement = parse->ast->list.items[i];

		*list_add(program->ast->arena, &program->ast->list) = statement;
		if (statement->kind == AST_USE)
			read_instance(program, statement, path);
	}
}

static void read_unit(struct program *program, const char *path, const struct span *why)
{
	const char *canonical = canonical_path(program, path);
	struct arena *arena = program->ast->arena;
	const struct source *source;
	struct parse parse;
	size_t unit;

	if (seen(program, canonical, why))
		return;
	unit = program->units.count;
	*list_add(arena, &program->units) = (struct unit){canonical, path, true, false};
	source = source_load(program->sources, path, why, program->diags);
	if (source) {
		parse_text(&parse, program->sources, source, new_ast(arena), NULL, program->diags);
		take_statements(program, &parse, path);
		if (why)
			check_library(program, parse.ast, false);
	}
	program->units.items[unit].open = false;
}

struct ast *parse_program(struct source_set *sources, const char *path, const char *library_path,
                          struct arena *arena, struct diag_list *diags)
{
	struct program program = {
	        .sources = sources,
	        .library_path = library_path,
	        .ast = new_ast(arena),
	        .diags = diags,
	};

	read_unit(&program, path, NULL);
	return program.ast;
}
