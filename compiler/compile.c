#include "compiler/compile.h"

#include "compiler/base/suggest.h"
#include "compiler/check.h"
#include "compiler/instance.h"
#include "compiler/lower.h"
#include "compiler/parse.h"
#include "compiler/secrets.h"
#include "grammar/lex.h"

void compilation_init(struct compilation *compilation)
{
	*compilation = (struct compilation){0};
	arena_init(&compilation->session);
	arena_init(&compilation->front);
	arena_init(&compilation->plan);
	source_set_init(&compilation->sources, &compilation->session);
	diag_list_init(&compilation->diags, &compilation->session);
	compilation->diags.sources = &compilation->sources;
}

void compilation_release(struct compilation *compilation)
{
	source_set_release(&compilation->sources);
	arena_release(&compilation->plan);
	arena_release(&compilation->front);
	arena_release(&compilation->session);
	compilation->graph = NULL;
}

/* "dir/pypi.bf" is migration pypi, unless a statement names it. */
static struct str base_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	struct str name = str_of(slash ? slash + 1 : path);

	if (str_is(name, "-"))
		return STR("stdin");
	if (str_ends(name, STR(".bf")) && name.n > 3)
		name.n -= 3;
	return name;
}

/* The model is gone when compile_file() returns. */
static void remember_order(struct compilation *compilation, const struct model *model)
{
	struct arena *arena = &compilation->session;

	compilation->migration = arena_str(arena, model->migration);
	compilation->after = arena_array(arena, struct str, model->after_count + 1);
	compilation->after_count = model->after_count;
	for (size_t i = 0; i < model->after_count; i++)
		compilation->after[i] = arena_str(arena, model->after[i]);
}

/* A statement in which something was told already is not looked at again. */
static void drop_told(const struct diag_list *diags, struct ast *ast)
{
	size_t kept = 0;

	for (size_t i = 0; i < ast->list.count; i++) {
		struct ast_statement *it = ast->list.items[i];
		bool told = false;

		for (size_t k = 0; k < diags->list.count; k++) {
			const struct diag *diag = &diags->list.items[k];

			told |= diag->has_span && diag->severity == SEVERITY_ERROR &&
			        diag->span.file == it->span.file &&
			        diag->span.begin >= it->span.begin &&
			        diag->span.begin < it->span.end;
		}
		if (!told)
			ast->list.items[kept++] = it;
	}
	ast->list.count = kept;
}

/* True when a statement of the program begins with `database`, or nearly so, and is not in the
 * tree. */
static bool lost_database(const struct compilation *compilation, const struct ast *ast)
{
	enum { SLIPS_MAX = 2 };
	size_t written = 0, read = 0;
	bool begins = true;
	struct lexer lexer;
	struct token token;

	if (!compilation->sources.list.count)
		return false;
	lexer_init(&lexer, compilation->sources.list.items[0], 0,
	           (uint32_t)compilation->sources.list.items[0]->text.n, NULL);
	do {
		token = lexer_next(&lexer);
		if (begins && token.kind == TOKEN_WORD)
			written += suggest_distance(span_text(&compilation->sources, token.span),
			                            STR("database")) <= SLIPS_MAX;
		begins = token.kind == TOKEN_SEMICOLON;
	} while (token.kind != TOKEN_END);
	lexer_release(&lexer);
	for (size_t i = 0; i < ast->list.count; i++)
		read += ast->list.items[i]->kind == AST_DATABASE;
	return written > read;
}

static const struct model *read_model(struct compilation *compilation, const char *path,
                                      const char *library_path)
{
	const struct model *model;
	struct ast *ast = parse_program(&compilation->sources, path, library_path,
	                                &compilation->front, &compilation->diags);

	/* The file itself could not be read, which has been said. */
	if (!compilation->sources.list.count)
		return NULL;
	/* A statement that could not be read is not in the tree. The others are checked all the
	 * same, but for what may hang on it: names, and all of them behind a lost `database`. */
	compilation->diags.incomplete = diag_failed(&compilation->diags);
	if (compilation->diags.incomplete) {
		drop_told(&compilation->diags, ast);
		if (lost_database(compilation, ast))
			return NULL;
	}
	model = check_program(&compilation->sources, ast, base_name(path), &compilation->front,
	                      &compilation->diags);
	if (model)
		remember_order(compilation, model);
	return model;
}

static void read_plan(struct compilation *compilation, const char *path)
{
	const struct source *source =
	        source_load(&compilation->sources, path, NULL, &compilation->diags);

	if (source)
		compilation->graph = graph_read_json(&compilation->plan, path, source->text,
		                                     &compilation->diags);
}

/* True when there are no errors. The list is the one authority, not what a phase returned. */
static bool finish(struct compilation *compilation, bool is_plan)
{
	compilation->front_bytes = compilation->front.bytes;
	arena_release(&compilation->front);
	instance_places(&compilation->diags, &compilation->sources);
	diag_sort(&compilation->diags);
	if (compilation->diags.list.count && !is_plan)
		secrets_conceal(&compilation->sources, &compilation->diags);
	if (!diag_failed(&compilation->diags))
		return true;
	compilation->graph = NULL;
	return false;
}

static bool is_plan_path(const char *path)
{
	return str_ends(str_of(path), STR(".json"));
}

bool compile_file(struct compilation *compilation, const char *path, const char *library_path)
{
	bool is_plan = is_plan_path(path);

	if (is_plan) {
		read_plan(compilation, path);
	} else {
		const struct model *model = read_model(compilation, path, library_path);

		if (model && !diag_failed(&compilation->diags))
			compilation->graph =
			        lower_model(model, &compilation->plan, &compilation->diags);
	}
	return finish(compilation, is_plan);
}

bool compile_check(struct compilation *compilation, const char *path, const char *library_path)
{
	bool is_plan = is_plan_path(path);

	if (is_plan)
		read_plan(compilation, path);
	else
		read_model(compilation, path, library_path);
	return finish(compilation, is_plan);
}
