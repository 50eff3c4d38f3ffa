/* rewrite.c: copies of queries. See rewrite.h; what is edited: rewrite_tables.h. */
#include "compiler/rewrite.h"

#include "compiler/rewrite_tables.h"

/* The text of `span`, a part of the query; `rounded` may be NULL. */
static struct str rewrite_part(const struct source_set *sources, const struct query *query,
                               const struct trigger *trigger, struct str database,
                               struct str reference, struct str condition,
                               const struct rounded *rounded, struct span span, struct arena *arena)
{
	struct str text;
	struct arena scratch;
	struct rewriter r = {
	        .sources = sources,
	        .trigger = trigger ? trigger->ref : NULL,
	        .database = database,
	        .reference = reference,
	        .condition = condition,
	        .edits = {.arena = &scratch},
	};

	arena_init(&scratch);
	query_tokens_read(sources, query->span, &scratch, NULL, &r.tokens);
	rewrite_tables(&r, query);
	if (rounded)
		rewrite_roundings(&r, rounded);
	text = edits_apply(&r.edits, sources, span, arena);
	arena_release(&scratch);
	return text;
}

struct str rewrite_query(const struct source_set *sources, const struct query *query,
                         const struct trigger *trigger, struct str database, struct str reference,
                         struct str condition, struct arena *arena)
{
	return rewrite_part(sources, query, trigger, database, reference, condition, NULL,
	                    query->span, arena);
}

struct str rewrite_chunk(const struct source_set *sources, const struct query *query,
                         const struct trigger *trigger, struct str database, struct str reference,
                         struct str condition, const struct rounded *rounded, struct arena *arena)
{
	return rewrite_part(sources, query, trigger, database, reference, condition, rounded,
	                    query->span, arena);
}

struct str rewrite_count(const struct source_set *sources, const struct query *query,
                         const struct trigger *trigger, struct str database, struct str reference,
                         struct str condition, struct arena *arena)
{
	const struct select *select = query->branches.items[0];
	struct span part = {select->span.file, select->from_keyword.begin,
	                    select->group_by.keyword.begin};
	struct str from = str_trim(rewrite_part(sources, query, trigger, database, reference,
	                                        condition, NULL, part, arena));

	return str_of(arena_printf(arena, "SELECT count()\n%.*s", STR_ARG(from)));
}

struct str rewrite_trigger(const struct source_set *sources, const struct query *query,
                           const struct trigger *trigger, struct str reference, struct arena *arena)
{
	return rewrite_query(sources, query, trigger, (struct str){0}, reference, (struct str){0},
	                     arena);
}

struct str rewrite_qualify(const struct source_set *sources, const struct query *query,
                           struct str database, struct arena *arena)
{
	return rewrite_query(sources, query, NULL, database, (struct str){0}, (struct str){0},
	                     arena);
}
