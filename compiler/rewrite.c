/* rewrite.c: copies of queries. See rewrite.h; what is edited: rewrite_tables.h. */
#include "compiler/rewrite.h"

#include "compiler/rewrite_tables.h"

struct str rewrite_query(const struct source_set *sources, const struct query *query,
                         const struct trigger *trigger, struct str database, struct str reference,
                         struct str condition, struct arena *arena)
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
	text = edits_apply(&r.edits, sources, query->span, arena);
	arena_release(&scratch);
	return text;
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
