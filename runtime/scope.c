#include "runtime/scope.h"

void scope_init(struct scope *scope, struct arena *arena, const struct scope *outer)
{
	*scope = (struct scope){.arena = arena, .outer = outer};
}

void scope_set(struct scope *scope, struct str name, struct str value, bool secret)
{
	for (size_t i = 0; i < scope->list.count; i++) {
		if (str_eq(scope->list.items[i].name, name)) {
			scope->list.items[i].value = value;
			scope->list.items[i].secret = secret;
			return;
		}
	}
	*list_add(scope->arena, &scope->list) =
	        (struct binding){.name = name, .value = value, .secret = secret};
}

const struct binding *scope_find(const struct scope *scope, struct str name)
{
	for (; scope; scope = scope->outer) {
		for (size_t i = 0; i < scope->list.count; i++) {
			if (str_eq(scope->list.items[i].name, name))
				return &scope->list.items[i];
		}
	}
	return NULL;
}

bool scope_collect(const struct scope *scope, const struct step *step, struct arena *arena,
                   const struct binding **params, size_t *count, struct str *missing)
{
	struct binding *list = arena_array(arena, struct binding, step->use_count);
	size_t n = 0;

	for (size_t i = 0; i < step->use_count; i++) {
		const struct binding *found = scope_find(scope, step->uses[i].name);
		bool again = false;

		/* A value of NULL would bind as an empty text: another question than the plan's. */
		if (!found || !found->value.p) {
			*missing = step->uses[i].name;
			return false;
		}
		for (size_t j = 0; j < n; j++)
			again = again || str_eq(list[j].name, found->name);
		if (!again)
			list[n++] = *found;
	}
	*params = list;
	*count = n;
	return true;
}
