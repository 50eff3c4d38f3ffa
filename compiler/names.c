#include "compiler/names.h"

#include <stdlib.h>

#include "compiler/base/suggest.h"

void names_init(struct name_table *names)
{
	names->head = NULL;
}

void names_release(struct name_table *names)
{
	HASH_CLEAR(hh, names->head);
}

static void write_key(char *key, struct str database, struct str name)
{
	if (database.n)
		memcpy(key, database.p, database.n);
	key[database.n] = 0;
	if (name.n)
		memcpy(key + database.n + 1, name.p, name.n);
}

struct name_entry *names_find(const struct name_table *names, struct str database, struct str name)
{
	char small[256];
	size_t n = database.n + 1 + name.n;
	char *key = n <= sizeof(small) ? small : xmalloc(n);
	struct name_entry *entry;

	write_key(key, database, name);
	HASH_FIND(hh, names->head, key, n, entry);
	if (key != small)
		free(key);
	return entry;
}

struct name_entry *names_add(struct name_table *names, struct arena *arena, struct str database,
                             struct str name)
{
	struct name_entry *entry = arena_new(arena, struct name_entry);
	size_t n = database.n + 1 + name.n;
	char *key = arena_alloc(arena, n);

	write_key(key, database, name);
	entry->key = (struct str){key, n};
	entry->database = database;
	entry->name = name;
	HASH_ADD_KEYPTR(hh, names->head, key, n, entry);
	return entry;
}

struct str names_nearest(const struct name_table *names, struct str database, struct str name)
{
	struct suggestion suggestion;

	suggest_begin(&suggestion, name);
	for (struct name_entry *entry = names->head; entry; entry = entry->hh.next)
		if (str_eq(entry->database, database))
			suggest_offer(&suggestion, entry->name);
	return suggestion.best;
}
