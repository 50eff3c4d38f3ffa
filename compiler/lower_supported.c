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

static bool fills_views(const struct model_backfill *backfill)
{
	return backfill->view_count > 0;
}

static bool fills_table_directly(const struct model_backfill *backfill)
{
	return backfill->table && backfill->strategy == STRATEGY_DIRECT;
}

/* A view's backfill is told as a whole, not by its clauses. */
static bool waits(const struct model_backfill *backfill)
{
	return backfill->table && backfill->split.settle.count;
}

static bool lists_files(const struct model_backfill *backfill)
{
	return backfill->chunk.kind == CHUNK_FILES && !backfill->chunk.pattern->has_braces;
}

static bool reads_partitions(const struct model_backfill *backfill)
{
	return backfill->table && backfill->chunk.kind == CHUNK_PARTITION;
}

static bool publishes_at_end(const struct model_backfill *backfill)
{
	return backfill->table && backfill->publish == PUBLISH_AT_END;
}

static const struct unsupported table[] = {
        {fills_views, CLAUSE_USING, "backfill view",
         "declare the view together with the table that it reads and load that with "
         "`backfill table`"},
        {fills_table_directly, CLAUSE_USING, "using direct",
         "use `using duplicate`, which can be repeated after a failure"},
        {waits, CLAUSE_SETTLE, "settle",
         "leave it out, and split at a point so old that no row before it is still to come"},
        {lists_files, CLAUSE_CHUNK, "chunk by files over a *",
         "name the files with a brace range: '/part-{000..100}.parquet'"},
        {reads_partitions, CLAUSE_CHUNK, "chunk by partition",
         "use `chunk by COLUMN every N UNIT` or `chunk by files N`"},
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
