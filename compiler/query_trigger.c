/* query_trigger.c: the table whose inserts fire a view, through subqueries and WITH. */
#include "compiler/parse.h"
#include "compiler/query_scope.h"

static bool is_hidden(const struct query_scope *scope, const struct with_item *item)
{
	for (; scope; scope = scope->outer)
		if (scope->inside == item)
			return !item->recursive;
	return false;
}

static const struct with_item *find_in(const struct select *select,
                                       const struct query_scope *innermost, struct str name)
{
	for (size_t i = 0; i < select->with.count; i++) {
		const struct with_item *item = &select->with.items[i];

		if (item->subquery && str_eq(item->name.text, name) && !is_hidden(innermost, item))
			return item;
	}
	return NULL;
}

const struct with_item *query_scope_find(const struct query_scope *scope, struct str name)
{
	for (const struct query_scope *s = scope; s; s = s->outer) {
		const struct with_item *item = NULL;

		if (!s->query)
			continue;
		item = find_in(s->select, scope, name);
		if (!item && s->select != s->query->branches.items[0])
			item = find_in(s->query->branches.items[0], scope, name);
		if (item)
			return item;
	}
	return NULL;
}

static bool find_leftmost(const struct query *query, const struct query_scope *outer,
                          struct trigger *trigger, const char **why);

static bool through_with(const struct with_item *item, const struct query_scope *scope,
                         struct trigger *trigger, const char **why)
{
	struct query_scope inside = {.outer = scope, .inside = item};
	size_t depth = 0;

	for (const struct query_scope *s = scope; s; s = s->outer) {
		if (s->inside == item) {
			*why = "the leftmost table is a recursive subquery that reads itself";
			return false;
		}
		if (++depth > NESTING_MAX) {
			*why = "too many subqueries of a WITH read one another";
			return false;
		}
	}
	return find_leftmost(item->subquery, &inside, trigger, why);
}

static bool find_leftmost(const struct query *query, const struct query_scope *outer,
                          struct trigger *trigger, const char **why)
{
	const struct select *select = query->branches.items[0];
	struct query_scope scope = {.outer = outer, .query = query, .select = select};
	const struct with_item *item;
	const struct table_ref *ref;

	/* In a subquery it is run whole, by the leftmost table's inserts. Measured on 26.7. */
	if (query->branches.count > 1 && !outer) {
		*why = "it is a UNION, INTERSECT or EXCEPT, of which ClickHouse would run the "
		       "first "
		       "SELECT alone; put it into a subquery";
		return false;
	}
	if (!select->has_from) {
		*why = "the query has no FROM";
		return false;
	}
	ref = &select->from.items[0];
	switch (ref->kind) {
	case FROM_FUNCTION:
		*why = "the leftmost thing is a table function, into which nothing is inserted";
		return false;
	case FROM_SUBQUERY:
		return find_leftmost(ref->subquery, &scope, trigger, why);
	case FROM_TABLE:
		break;
	}
	item = ref->table.database.text.n ? NULL : query_scope_find(&scope, ref->table.name.text);
	if (item)
		return through_with(item, &scope, trigger, why);
	if (ref->table.name.text.n && ref->table.name.text.p[0] == '{') {
		*why = "the leftmost table is a query parameter";
		return false;
	}
	trigger->ref = ref;
	trigger->select = select;
	return true;
}

bool query_trigger(const struct query *query, struct trigger *trigger, const char **why)
{
	*why = NULL;
	memset(trigger, 0, sizeof(*trigger));
	return find_leftmost(query, NULL, trigger, why);
}
