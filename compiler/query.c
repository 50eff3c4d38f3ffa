/* query.c: from a span to a tree. */
#include "compiler/query.h"

#include "compiler/query_parse.h"
#include "grammar/select.h"

struct query *query_parse(const struct source_set *sources, struct span span, struct arena *arena,
                          struct diag_list *diags)
{
	size_t errors = diags->errors;
	struct query_tokens tokens;
	struct query_parser parser = {
	        .sources = sources, .arena = arena, .diags = diags, .span = span};

	if (!query_tokens_read(sources, span, arena, diags, &tokens))
		return NULL;
	parser.tokens = tokens.list.items;
	parser.count = tokens.list.count;
	*list_add(arena, &parser.levels) =
	        (struct query_level){.place = PLACE_START, .operand = true};
	if (select_parse(&parser) != 0 || diags->errors != errors)
		return NULL;
	return parser.result;
}
