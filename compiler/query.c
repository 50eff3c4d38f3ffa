/* query.c: from a span to a tree. */
#include "compiler/query.h"

#include "compiler/query_parse.h"
#include "grammar/select.h"

struct query *query_parse(const struct source_set *sources, struct span span, struct arena *arena,
                          struct diag_list *diags)
{
	size_t errors = diags->errors;
	struct query_tokens tokens;
	struct arena scratch;
	struct query_parser parser = {.sources = sources,
	                              .arena = arena,
	                              .scratch = &scratch,
	                              .diags = diags,
	                              .span = span};

	arena_init(&scratch);
	if (query_tokens_read(sources, span, &scratch, diags, &tokens)) {
		parser.tokens = tokens.list.items;
		parser.count = tokens.list.count;
		*list_add(&scratch, &parser.levels) =
		        (struct query_level){.place = PLACE_START, .operand = true};
		if (select_parse(&parser) != 0 || diags->errors != errors)
			parser.result = NULL;
	}
	arena_release(&scratch);
	return parser.result;
}
