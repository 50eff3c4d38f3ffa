/*
 * scan: the scanner alone over a file, for what a parser can't be faster than.
 *
 *   scan FILE      prints how many tokens it has
 */
#include <stdio.h>

#include "compiler/base/diag.h"
#include "grammar/lex.h"

int main(int argc, char **argv)
{
	struct arena arena;
	struct source_set sources;
	struct diag_list diags;
	const struct source *source;
	struct lexer lexer;
	size_t count = 0;

	if (argc != 2) {
		fputs("usage: scan FILE\n", stderr);
		return 2;
	}
	arena_init(&arena);
	source_set_init(&sources, &arena);
	diag_list_init(&diags, &arena);
	source = source_load(&sources, argv[1], NULL, &diags);
	if (!source)
		return 1;
	lexer_init(&lexer, source, 0, (uint32_t)source->text.n, &diags);
	while (lexer_next(&lexer).kind != TOKEN_END)
		count++;
	printf("%zu tokens\n", count);
	lexer_release(&lexer);
	source_set_release(&sources);
	arena_release(&arena);
	return diag_failed(&diags) ? 1 : 0;
}
