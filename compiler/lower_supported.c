/*
 * lower_supported.c: what the language has and this version does not lower.
 *
 * Checking and formatting take the whole language; who asks for a plan is told what is missing,
 * all of it at once. An entry goes when its lowering is proven.
 */
#include "compiler/lower_internal.h"

struct unsupported {
	bool (*is)(const struct model_backfill *backfill);
	enum ast_clause clause; /* where it stands */
	const char *what;
	const char *hint;
};

static bool fills_directly(const struct model_backfill *backfill)
{
	return backfill->strategy == STRATEGY_DIRECT;
}

static bool has_asked_split(const struct model_backfill *backfill)
{
	return (backfill->reads || backfill->split.settle.count) &&
	       backfill->split.kind != SPLIT_NONE && backfill->split.type.class == TYPE_UNKNOWN;
}

static bool lists_files(const struct model_backfill *backfill)
{
	return backfill->chunk.kind == CHUNK_FILES && !backfill->chunk.pattern->has_braces;
}

static bool publishes_at_end(const struct model_backfill *backfill)
{
	return backfill->publish == PUBLISH_AT_END;
}

static const struct unsupported table[] = {
        {fills_directly, CLAUSE_USING, "using direct",
         "use `using duplicate`, which can be repeated after a failure"},
        {has_asked_split, CLAUSE_SPLIT, "split on a column whose type is not declared",
         "list the columns of the external table, at least this one with its type"},
        {lists_files, CLAUSE_CHUNK, "chunk by files over a *",
         "name the files with a brace range: '/part-{000..100}.parquet'"},
        {publishes_at_end, CLAUSE_PUBLISH, "publish at end",
         "leave it out, or write `publish each chunk`: every chunk is seen when it is verified"},
};

static void tell(struct diag_list *diags, struct span span, const char *what, const char *hint)
{
	struct diag *diag =
	        diag_add(diags, BF019, span, "'%s' is not supported by this version", what);

	diag_hint(diags, diag, "%s", hint);
}

static void check_backfill(const struct model_backfill *backfill, struct diag_list *diags)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (table[i].is(backfill))
			tell(diags, backfill->clauses[table[i].clause], table[i].what,
			     table[i].hint);
}

bool lower_supported(const struct model *model, struct diag_list *diags)
{
	size_t errors = diags->errors;

	for (size_t i = 0; i < model->backfill_count; i++)
		check_backfill(model->backfills[i], diags);
	return diags->errors == errors;
}
