/*
 * How a view may read its trigger table. A view is given the inserted block in that table's place,
 * and a block has no index, no other versions of its rows and no sampling key. Measured on 26.7:
 * PREWHERE, FINAL and SAMPLE of the trigger table are refused when the view is made (397), PREWHERE in
 * another place that reads the same table with every insert (182). All three are fine on other tables.
 */
#include "compiler/check_internal.h"

static void tell(struct checker *checker, struct span span, const struct model_view *view,
                 const char *what, const char *hint)
{
	struct diag *diag =
	        diag_add(checker->diags, BF125, span, "view '%.*s' reads its trigger table with %s",
	                 STR_ARG(view->name), what);

	diag_hint(checker->diags, diag, "%s", hint);
}

static void check_select(struct checker *checker, const struct model_view *view,
                         const struct select *select)
{
	if (select->prewhere.present)
		tell(checker, select->prewhere.keyword, view, "PREWHERE",
		     "write WHERE: a view sees the inserted block, and there is nothing to read "
		     "less of");
}

/* Places other than the leftmost one, which read the block too. */
static void check_again(struct checker *checker, const struct model_view *view,
                        const struct query *query);

static void check_branch(struct checker *checker, const struct model_view *view,
                         const struct select *select)
{
	for (size_t i = 0; i < select->with.count; i++)
		if (select->with.items[i].subquery)
			check_again(checker, view, select->with.items[i].subquery);
	for (size_t i = 0; i < select->from.count; i++)
		if (select->from.items[i].subquery)
			check_again(checker, view, select->from.items[i].subquery);
	for (size_t i = 0; i < select->nested.count; i++)
		check_again(checker, view, select->nested.items[i]);
}

static void check_again(struct checker *checker, const struct model_view *view,
                        const struct query *query)
{
	for (size_t i = 0; i < query->branches.count; i++) {
		const struct select *select = query->branches.items[i];
		const struct table_ref *first = select->from.count ? &select->from.items[0] : NULL;

		if (select != view->trigger.select && first && first->kind == FROM_TABLE &&
		    str_eq(first->table.name.text, view->reads->name) &&
		    str_eq(check_database(checker, &first->table, view->query_database),
		           view->reads->database))
			check_select(checker, view, select);
		check_branch(checker, view, select);
	}
}

static void check_view(struct checker *checker, const struct model_view *view)
{
	const struct table_ref *ref = view->trigger.ref;

	check_select(checker, view, view->trigger.select);
	if (ref->is_final)
		tell(checker, ref->span, view, "FINAL",
		     "leave it out: a view sees the inserted block alone, never the rows that it "
		     "would replace");
	if (ref->has_sample)
		tell(checker, ref->sample.end > ref->sample.begin ? ref->sample : ref->span, view,
		     "SAMPLE", "write a condition: WHERE cityHash64(…) % 10 = 0");
	check_again(checker, view, view->query);
}

void check_readings(struct checker *checker)
{
	for (size_t i = 0; i < checker->views.count; i++)
		if (checker->views.items[i]->model.reads)
			check_view(checker, &checker->views.items[i]->model);
}
