#include "compiler/compile.h"

#include "compiler/check.h"
#include "compiler/instance.h"
#include "compiler/lower.h"
#include "compiler/parse.h"
#include "compiler/secrets.h"

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

static const struct model *read_model(struct compilation *compilation, const char *path,
                                      const char *library_path)
{
	const struct model *model;
	struct ast *ast = parse_program(&compilation->sources, path, library_path,
	                                &compilation->front, &compilation->diags);

	/* A statement that could not be read is not in the tree: names that it declares would all
	 * be reported as unknown. */
	if (diag_failed(&compilation->diags))
		return NULL;
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
