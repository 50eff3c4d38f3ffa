/*
 * check_order.c: the model's parts in an order that does not hang on the source's.
 *
 * Declarations say what there is, not what comes after what: the same ones in another order, or in
 * files that are used in another order, have to come to the same plan. Tables stand in
 * the order in which rows flow, all else by name. Backfills and the migration's own checks are things to do,
 * and keep the order that their author gave them; the checks of libraries come before these.
 */
#include <stdlib.h>

#include "compiler/check_internal.h"

static int by_name(struct str database, struct str name, struct str other_database,
                   struct str other_name)
{
	int order = str_compare(database, other_database);

	return order ? order : str_compare(name, other_name);
}

static int compare_views(const void *a, const void *b)
{
	const struct model_view *left = &(*(struct checked_view *const *)a)->model;
	const struct model_view *right = &(*(struct checked_view *const *)b)->model;

	return by_name(left->database, left->name, right->database, right->name);
}

static int compare_tables(const void *a, const void *b, void *closures)
{
	const struct model_table *left = &(*(struct checked_table *const *)a)->model;
	const struct model_table *right = &(*(struct checked_table *const *)b)->model;
	size_t depth = closure_depth(closures, left), other = closure_depth(closures, right);

	if (depth != other)
		return depth < other ? -1 : 1;
	return by_name(left->database, left->name, right->database, right->name);
}

static int compare_params(const void *a, const void *b)
{
	return str_compare(((const struct param *)a)->name, ((const struct param *)b)->name);
}

static int compare_names(const void *a, const void *b)
{
	return str_compare(*(const struct str *)a, *(const struct str *)b);
}

static int compare_objects(const void *a, const void *b)
{
	const struct ast_object_name *left = a, *right = b;

	return by_name(left->database.text, left->name.text, right->database.text,
	               right->name.text);
}

static int compare_checks(const void *a, const void *b, void *sources)
{
	const struct model_check *left = *(const struct model_check *const *)a;
	const struct model_check *right = *(const struct model_check *const *)b;
	bool own = check_in_main_file(left->span), other = check_in_main_file(right->span);
	int order;

	if (own != other)
		return own ? 1 : -1;
	if (own)
		return left->span.begin < right->span.begin ? -1 : 1;
	order = str_compare(left->text, right->text);
	return order ? order
	             : str_compare(span_text(sources, left->query->span),
	                           span_text(sources, right->query->span));
}

#define SORT(list, compare)                                                                        \
	do {                                                                                       \
		if ((list).count)                                                                  \
			qsort((list).items, (list).count, sizeof(*(list).items), compare);         \
	} while (0)

void check_order_views(struct checker *checker)
{
	SORT(checker->views, compare_views);
}

void check_order_tables(struct checker *checker)
{
	if (checker->tables.count)
		qsort_r(checker->tables.items, checker->tables.count,
		        sizeof(*checker->tables.items), compare_tables, &checker->closures);
}

/* Last: what points to a parameter by its place is not used any more. */
void check_order_names(struct checker *checker)
{
	struct model *model = checker->model;

	SORT(checker->databases, compare_names);
	SORT(checker->ignored, compare_objects);
	if (checker->checks.count)
		qsort_r(checker->checks.items, checker->checks.count,
		        sizeof(*checker->checks.items), compare_checks, checker->sources);
	if (model->param_count)
		qsort(model->params, model->param_count, sizeof(*model->params), compare_params);
}
