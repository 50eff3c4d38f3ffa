/* query_support.c: see query_support.h. */
#include "tests/unit/query_support.h"

void query_fixture_init(struct query_fixture *fixture, const char *sql)
{
	struct source *source;

	memset(fixture, 0, sizeof(*fixture));
	arena_init(&fixture->arena);
	source_set_init(&fixture->sources, &fixture->arena);
	diag_list_init(&fixture->diags, &fixture->arena);
	source = source_from_text(&fixture->sources, "query", str_of(sql), &fixture->diags);
	if (!source)
		return;
	fixture->query = query_parse(&fixture->sources,
	                             (struct span){source->id, 0, (uint32_t)source->text.n},
	                             &fixture->arena, &fixture->diags);
}

void query_fixture_release(struct query_fixture *fixture)
{
	source_set_release(&fixture->sources);
	arena_release(&fixture->arena);
}

const char *query_fixture_error(struct query_fixture *fixture)
{
	const struct diag *diag = fixture->diags.list.items;

	if (fixture->diags.list.count == 0)
		return "";
	return arena_printf(&fixture->arena, "%s@%u: %s", diag_info(diag->code)->code,
	                    (unsigned)diag->span.begin, diag->text);
}
