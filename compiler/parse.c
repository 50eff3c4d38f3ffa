#include "compiler/parse.h"

#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

#include "compiler/ast_build.h"
#include "compiler/base/buf.h"
#include "compiler/base/suggest.h"
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
};

struct program {
	struct source_set *sources;
	const char *library_path;
	struct ast *ast;
	struct diag_list *diags;
	LIST_OF(struct unit)
	units; /* the open ones stand in the order in which they use each other */
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

/* True when the file was read already, or is being read: a cycle, which is reported. */
static bool seen(struct program *program, const char *canonical, const struct span *why)
{
	for (size_t i = 0; i < program->units.count; i++) {
		if (strcmp(program->units.items[i].canonical, canonical) != 0)
			continue;
		if (program->units.items[i].open && why)
			report_cycle(program, i, *why);
		return true;
	}
	return false;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

struct library_names {
	LIST_OF(const char *) list;
};

static void list_libraries(struct program *program, struct library_names *names)
{
	DIR *folder = program->library_path ? opendir(program->library_path) : NULL;
	struct dirent *entry;

	while (folder && (entry = readdir(folder))) {
		struct str name = str_of(entry->d_name);

		if (!str_ends(name, STR(".bf")))
			continue;
		name.n -= 3;
		*list_add(program->ast->arena, &names->list) =
		        arena_strdup(program->ast->arena, name);
	}
	if (folder)
		closedir(folder);
	if (names->list.count)
		qsort(names->list.items, names->list.count, sizeof(*names->list.items),
		      compare_names);
}

static void report_unknown_library(struct program *program, const struct ast_name *name)
{
	struct library_names names = {0};
	struct suggestion suggestion;
	struct diag *diag;
	struct buf all;

	list_libraries(program, &names);
	diag = diag_add(program->diags, BF021, name->span, "no library is called 'std.%.*s'",
	                STR_ARG(name->text));
	if (!names.list.count) {
		diag_hint(program->diags, diag, "there are no libraries in '%s'",
		          program->library_path ? program->library_path : "");
		return;
	}
	buf_init(&all, BUF_CEILING_OUTPUT);
	suggest_begin(&suggestion, name->text);
	for (size_t i = 0; i < names.list.count; i++) {
		buf_addf(&all, "%sstd.%s", i ? ", " : "", names.list.items[i]);
		suggest_offer(&suggestion, str_of(names.list.items[i]));
	}
	if (suggestion.best.n)
		diag_hint(program->diags, diag, "did you mean 'std.%.*s'? there are: %s",
		          STR_ARG(suggestion.best), buf_str(&all).p);
	else
		diag_hint(program->diags, diag, "there are: %s", buf_str(&all).p);
	buf_release(&all);
}

static bool is_plain_name(struct str name)
{
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] == '/' || name.p[i] == '\0' || name.p[i] == '.')
			return false;
	return name.n > 0;
}

static void follow_standard(struct program *program, const struct ast_use *use)
{
	const char *path = NULL;

	if (program->library_path && is_plain_name(use->name.text))
		path = arena_printf(program->ast->arena, "%s/%.*s.bf", program->library_path,
		                    STR_ARG(use->name.text));
	if (!path || access(path, F_OK) != 0)
		report_unknown_library(program, &use->name);
	else
		read_unit(program, path, &use->name.span);
}

static void follow_path(struct program *program, const struct ast_use *use, const char *user)
{
	const char *slash = strrchr(user, '/');
	struct str path = use->name.text;

	if (!path.n || memchr(path.p, '\0', path.n)) {
		diag_add(program->diags, BF021, use->name.span, "this is no path of a file");
		return;
	}
	/* Next to the file that says so; without a needless "./". */
	if (str_starts(path, STR("./")) && path.n > 2)
		path = (struct str){path.p + 2, path.n - 2};
	if (path.p[0] != '/' && slash)
		path = str_of(arena_printf(program->ast->arena, "%.*s/%.*s", (int)(slash - user),
		                           user, STR_ARG(path)));
	read_unit(program, arena_strdup(program->ast->arena, path), &use->name.span);
}

/* A library only declares: what a run does stands in the migration itself. */
static void check_library(struct program *program, const struct ast *library)
{
	static const struct {
		enum ast_kind kind;
		const char *name;
		const char *hint;
	} table[] = {
	        {AST_MIGRATION, "migration", "the file that uses the library names the migration"},
	        {AST_BACKFILL, "backfill", "move it into the migration that uses the library"},
	        {AST_CHECK, "check", "move it into the migration that uses the library"},
	        {AST_DATABASE, "database",
	         "write DATABASE.NAME: the library's database would hold for its users too"},
	};

	for (size_t i = 0; i < library->list.count; i++) {
		const struct ast_statement *statement = library->list.items[i];

		for (size_t k = 0; k < sizeof(table) / sizeof(table[0]); k++) {
			struct diag *diag;

			if (statement->kind != table[k].kind)
				continue;
			diag = diag_add(program->diags, BF025, statement->span,
			                "a '%s' statement in a library", table[k].name);
			diag_hint(program->diags, diag, "%s", table[k].hint);
		}
	}
}

/* Reads a file; the statements of what it uses come before its own. */
static void read_unit(struct program *program, const char *path, const struct span *why)
{
	const char *canonical = canonical_path(program, path);
	struct arena *arena = program->ast->arena;
	struct ast *ast = new_ast(arena);
	const struct source *source;
	struct parse parse;
	size_t unit;

	if (seen(program, canonical, why))
		return;
	unit = program->units.count;
	*list_add(arena, &program->units) = (struct unit){canonical, path, true};
	source = source_load(program->sources, path, why, program->diags);
	if (source) {
		parse_text(&parse, program->sources, source, ast, NULL, program->diags);
		for (size_t i = 0; i < parse.uses.count; i++) {
			if (parse.uses.items[i].standard)
				follow_standard(program, &parse.uses.items[i]);
			else
				follow_path(program, &parse.uses.items[i], path);
		}
		if (why)
			check_library(program, ast);
		for (size_t i = 0; i < ast->list.count; i++)
			*list_add(arena, &program->ast->list) = ast->list.items[i];
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
