/* What a view reads besides the inserted block: it is read as it stands while history is loaded. */
#include "compiler/hazard_internal.h"

#include "compiler/query_scope.h"
#include "compiler/tokens.h"

/* --- joins ----------------------------------------------------------------------------------- */

enum join_kind { JOIN_LEFT, JOIN_RIGHT_OR_FULL };

/* Words before JOIN, from the last table's end to this one's beginning; `where` is all of it. */
static enum join_kind join_before(struct checker *checker, struct span between, struct span *where)
{
	static const char *const words[] = {"global", "local", "any",   "all",   "asof",
	                                    "semi",   "anti",  "left",  "right", "full",
	                                    "inner",  "outer", "cross", "paste", "only"};
	enum join_kind kind = JOIN_LEFT;
	struct tokens tokens;
	size_t i;

	tokens_read(checker->sources, between, checker->arena, &tokens);
	for (i = tokens.count; i > 0 && !token_is_word(&tokens, i - 1, "join");)
		i--;
	if (i == 0)
		return JOIN_LEFT;
	*where = tokens.items[--i].span;
	for (; i > 0; i--) {
		size_t k = 0;

		while (k < sizeof(words) / sizeof(*words) &&
		       !token_is_word(&tokens, i - 1, words[k]))
			k++;
		if (k == sizeof(words) / sizeof(*words))
			break;
		if (token_is_word(&tokens, i - 1, "right") || token_is_word(&tokens, i - 1, "full"))
			kind = JOIN_RIGHT_OR_FULL;
		*where = span_join(tokens.items[i - 1].span, *where);
	}
	return kind;
}

/* Table functions that give the same today as then. */
static bool is_constant(const struct table_ref *ref)
{
	static const char *const names[] = {"numbers", "numbers_mt",     "zeros",
	                                    "values",  "generateSeries", "generate_series"};

	for (size_t i = 0; ref->kind == FROM_FUNCTION && i < sizeof(names) / sizeof(*names); i++)
		if (str_is(ref->function.text, names[i]))
			return true;
	return false;
}

/* Calls `tell` for each joined table of the given kind on the way to the trigger table. */
static void each_join(struct hazard_context *context, enum join_kind kind,
                      void (*tell)(struct hazard_context *context, const struct table_ref *ref,
                                   struct span join))
{
	struct select_path path = hazard_path(context);

	for (size_t i = 0; i < path.list.count; i++) {
		const struct select *select = path.list.items[i];

		for (size_t k = 1; k < select->from.count; k++) {
			const struct table_ref *ref = &select->from.items[k];
			struct span join = ref->span;
			struct span between = {ref->span.file, select->from.items[k - 1].span.end,
			                       ref->span.begin};

			if (join_before(context->checker, between, &join) == kind)
				tell(context, ref, join);
		}
	}
}

static bool is_trigger_table(const struct hazard_context *context, const struct table_ref *ref)
{
	const struct model_view *view = &context->view->model;

	return str_eq(ref->table.name.text, view->reads->name) &&
	       str_eq(check_database(context->checker, &ref->table, view->query_database),
	              view->reads->database);
}

static void tell_join(struct hazard_context *context, const struct table_ref *ref, struct span join)
{
	(void)join;
	/* A trigger table's second place is the inserted block. */
	if (is_constant(ref) || (ref->kind == FROM_TABLE && is_trigger_table(context, ref)))
		return;
	hazard_hint(context,
	            hazard_tell(context, ref->span,
	                        "the right side of the JOIN in view '%.*s' is read as it is when "
	                        "history is loaded",
	                        STR_ARG(context->view->model.name)),
	            "make sure that it holds what the history's rows need");
}

void hazard_join(struct hazard_context *context)
{
	each_join(context, JOIN_LEFT, tell_join);
}

static void tell_outer_join(struct hazard_context *context, const struct table_ref *ref,
                            struct span join)
{
	(void)ref;
	hazard_hint(
	        context,
	        hazard_tell(context, join,
	                    "this JOIN in view '%.*s' gives the right side's unmatched rows once "
	                    "for each inserted block",
	                    STR_ARG(context->view->model.name)),
	        "write LEFT or INNER JOIN, and join the rest where the target is read");
}

void hazard_outer_join(struct hazard_context *context)
{
	each_join(context, JOIN_RIGHT_OR_FULL, tell_outer_join);
}

/* --- tables and dictionaries in expressions -------------------------------------------------- */

/* What a walk over all table references of a view tells. */
struct walk {
	struct hazard_context *context;
	void (*table)(struct walk *walk, const struct table_ref *ref, bool in_expression);
	bool in_expression;
};

static void walk_query(struct walk *walk, const struct query *query,
                       const struct query_scope *outer);

static void walk_select(struct walk *walk, const struct select *select,
                        const struct query_scope *scope)
{
	bool was_in_expression = walk->in_expression;

	for (size_t i = 0; i < select->with.count; i++) {
		const struct with_item *item = &select->with.items[i];
		struct query_scope inside = {.outer = scope, .inside = item};

		if (item->subquery)
			walk_query(walk, item->subquery, &inside);
	}
	for (size_t i = 0; i < select->from.count; i++) {
		const struct table_ref *ref = &select->from.items[i];

		if (ref->kind == FROM_SUBQUERY)
			walk_query(walk, ref->subquery, scope);
		else if (ref->kind == FROM_TABLE &&
		         (ref->table.database.text.n ||
		          !query_scope_find(scope, ref->table.name.text)))
			walk->table(walk, ref, walk->in_expression);
	}
	walk->in_expression = true;
	for (size_t i = 0; i < select->nested.count; i++)
		walk_query(walk, select->nested.items[i], scope);
	walk->in_expression = was_in_expression;
}

static void walk_query(struct walk *walk, const struct query *query,
                       const struct query_scope *outer)
{
	for (size_t i = 0; i < query->branches.count; i++) {
		struct query_scope scope = {
		        .outer = outer, .query = query, .select = query->branches.items[i]};

		walk_select(walk, query->branches.items[i], &scope);
	}
}

static void tell_lookup(struct walk *walk, const struct table_ref *ref, bool in_expression)
{
	struct hazard_context *context = walk->context;

	if (!in_expression || is_trigger_table(context, ref))
		return;
	hazard_hint(
	        context,
	        hazard_tell(context, ref->span,
	                    "view '%.*s' looks things up in '%.*s', which is read as it is when "
	                    "history is loaded",
	                    STR_ARG(context->view->model.name), STR_ARG(ref->table.name.text)),
	        "make sure that it holds what the history's rows need");
}

static bool looks_up(struct str name)
{
	return str_starts(name, STR("dictGet")) || str_starts(name, STR("joinGet")) ||
	       str_is(name, "dictHas") || str_is(name, "dictIsIn");
}

void hazard_lookup(struct hazard_context *context)
{
	struct walk walk = {.context = context, .table = tell_lookup};
	struct function_calls calls = {0};

	query_functions(context->checker->sources, context->sql, context->checker->arena, &calls);
	for (size_t i = 0; i < calls.list.count; i++) {
		const struct function_call *call = &calls.list.items[i];

		if (!looks_up(call->name))
			continue;
		hazard_hint(
		        context,
		        hazard_tell(context, call->span,
		                    "%.*s() in view '%.*s' gives history what stands there when "
		                    "it is loaded",
		                    STR_ARG(call->name), STR_ARG(context->view->model.name)),
		        "make sure that it holds what the history's rows need");
	}
	walk_query(&walk, context->view->model.query, NULL);
}

/* Measured on 26.7: in a view every reference to its trigger table is the inserted block, in joins
 * and subqueries, too. */
static void tell_own_trigger(struct walk *walk, const struct table_ref *ref, bool in_expression)
{
	struct hazard_context *context = walk->context;
	const struct table_ref *first = context->view->model.trigger.ref;
	struct diag *diag;

	(void)in_expression;
	if (ref == first || !is_trigger_table(context, ref))
		return;
	diag = hazard_tell(context, ref->span,
	                   "view '%.*s' reads its trigger table '%.*s' a second time, and sees the "
	                   "inserted block alone there, too",
	                   STR_ARG(context->view->model.name),
	                   STR_ARG(context->view->model.reads->name));
	diag_note(context->checker->diags, diag, first->span, "the first time");
	hazard_hint(context, diag,
	            "history comes in larger blocks than live rows and would come out differently; "
	            "do it where the target is read");
}

void hazard_own_trigger(struct hazard_context *context)
{
	struct walk walk = {.context = context, .table = tell_own_trigger};

	if (!context->view->gets_history) /* only such a view is copied */
		return;
	walk_query(&walk, context->view->model.query, NULL);
}
