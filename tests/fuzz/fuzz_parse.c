/*
 * fuzz_parse.c: any bytes through the scanner, the parser and the printer of diagnostics.
 *
 * `make fuzz` builds it with clang -fsanitize=fuzzer,address,undefined and runs it with bf.dict
 * and the golden cases as its corpus. Beside crashes it looks for spans outside of the text.
 */
#include <stdlib.h>

#include "compiler/base/diag_print.h"
#include "compiler/parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_span(const struct source *source, struct span span)
{
	if (span.begin > span.end || span.end > source->text.n)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena;
	struct source_set sources;
	struct diag_list diags;
	struct source *source;
	const struct ast *ast;
	struct buf out;

	arena_init(&arena);
	source_set_init(&sources, &arena);
	diag_list_init(&diags, &arena);
	buf_init(&out, (size_t)64 << 20);
	source = source_from_text(&sources, "fuzz.bf", (struct str){(const char *)data, size},
	                          &diags);
	ast = parse_source(&sources, source, &arena, &diags);
	for (size_t i = 0; i < ast->list.count; i++)
		check_span(source, ast->list.items[i]->span);
	diag_sort(&diags);
	for (size_t i = 0; i < diags.list.count; i++)
		check_span(source, diags.list.items[i].span);
	diag_print_text(&diags, &sources, true, &out);
	buf_reset(&out);
	diag_print_json(&diags, &sources, &out);
	buf_release(&out);
	source_set_release(&sources);
	arena_release(&arena);
	return 0;
}
