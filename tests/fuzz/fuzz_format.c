/*
 * fuzz_format.c: the layout of whatever can be parsed says the same as the text, and its own
 * layout is itself.
 */
#include <stdlib.h>

#include "compiler/format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* False: the text has errors. */
static bool lay_out(struct str text, struct buf *out)
{
	struct arena arena;
	struct source_set sources;
	struct diag_list diags;
	const struct source *source;
	bool good;

	arena_init(&arena);
	source_set_init(&sources, &arena);
	diag_list_init(&diags, &arena);
	source = source_from_text(&sources, "fuzz.bf", text, &diags);
	good = !diag_failed(&diags) && format_source(&sources, source, &arena, &diags, out);
	if (good && !format_same(source->text, buf_str(out)))
		abort();
	source_set_release(&sources);
	arena_release(&arena);
	return good;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf once, twice, diff;

	buf_init(&once, (size_t)64 << 20);
	buf_init(&twice, (size_t)64 << 20);
	buf_init(&diff, (size_t)256 << 20);
	if (lay_out((struct str){(const char *)data, size}, &once)) {
		if (!lay_out(buf_str(&once), &twice) || !str_eq(buf_str(&once), buf_str(&twice)))
			abort();
		format_diff("fuzz.bf", (struct str){(const char *)data, size}, buf_str(&once),
		            &diff);
	}
	buf_release(&once);
	buf_release(&twice);
	buf_release(&diff);
	return 0;
}
