#include "tests/unit/front_support.h"

#include "compiler/base/buf.h"

void front_open(struct front *front, struct str text)
{
	arena_init(&front->arena);
	source_set_init(&front->sources, &front->arena);
	diag_list_init(&front->diags, &front->arena);
	front->source = source_from_text(&front->sources, "t.bf", text, &front->diags);
}

void front_close(struct front *front)
{
	source_set_release(&front->sources);
	arena_release(&front->arena);
}

const char *front_codes(struct front *front)
{
	struct buf buf;
	const char *codes;

	buf_init(&buf, 1 << 20);
	for (size_t i = 0; i < front->diags.list.count; i++)
		buf_addf(&buf, "%s%s", i ? " " : "",
		         diag_info(front->diags.list.items[i].code)->code);
	codes = arena_strdup(&front->arena, buf_str(&buf));
	buf_release(&buf);
	return codes;
}
