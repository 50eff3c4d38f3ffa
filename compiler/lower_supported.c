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
static bool has_asked_split(const struct model_backfill *backfill)
{
	return (backfill->reads || backfill->split.settle.count) &&
	       backfill->split.kind != SPLIT_NONE && backfill->split.type.class == TYPE_UNKNOWN;
}

static const struct unsupported table[] = {
        {has_asked_split, CLAUSE_SPLIT, "split on a column whose type is not declared",
         "list the columns of the external table, all of them with their types"},
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
