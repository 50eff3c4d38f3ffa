#include "compiler/emit_text.h"

const char *text_phase_title(enum step_phase phase)
{
	switch (phase) {
	case PHASE_ENSURE:
		return "Make sure that everything is there and nothing stands in the way";
	case PHASE_STAGE:
		return "Stage duplicates";
	case PHASE_LOAD:
		return "Load and verify";
	case PHASE_PUBLISH:
		return "Publish";
	case PHASE_FINISH:
		return "Clean up";
	case PHASE_CHECK:
		return "Check the outcome";
	default:
		return step_phase_name(phase);
	}
}

const char *text_section_title(const struct step *step)
{
	switch (step->phase) {
	case PHASE_STAGE:
		return "Make holding tables";
	case PHASE_LOAD:
		return str_ends(step->id, STR(".gather")) ? "Load and verify the history"
		                                          : "Load, verify and publish the history";
	case PHASE_PUBLISH:
		return "Publish the history";
	default:
		return text_phase_title(step->phase);
	}
}

const char *text_repeat(enum step_repeat repeat)
{
	switch (repeat) {
	case REPEAT_IF_NOT_EXISTS:
		return "if not exists";
	case REPEAT_IF_EXISTS:
		return "if exists";
	case REPEAT_NEW_NAME:
		return "new names";
	case REPEAT_OBSERVES_FIRST:
		return "observes first";
	case REPEAT_READ_ONLY:
		return "read only";
	case REPEAT_MOVES_REST:
		return "moves what is left";
	case REPEAT_REPLACES:
		return "replaces a scratch object";
	case REPEAT_SETS:
		return "sets what is set already";
	case REPEAT_NEVER:
		return "never, it would double rows";
	default:
		return step_repeat_name(repeat);
	}
}

void text_add_count(struct buf *out, size_t count, const char *one, const char *many)
{
	buf_addf(out, "%zu %s", count, count == 1 ? one : many);
}

void text_add_chunks(struct buf *out, const struct each *each)
{
	if (each->over.n)
		buf_addf(out, "a chunk for each row of [%.*s]", STR_ARG(each->over));
	else
		text_add_count(out, each->row_count, "chunk", "chunks");
	if (each->workers == 0)
		buf_addz(out, "; one more at once than cores, up to 8");
	else if (each->workers > 1)
		buf_addf(out, "; %u at once", each->workers);
}

void text_add_html(struct buf *out, struct str text)
{
	size_t from = 0;

	for (size_t i = 0; i < text.n; i++) {
		const char *entity = NULL;

		switch (text.p[i]) {
		case '&':
			entity = "&amp;";
			break;
		case '<':
			entity = "&lt;";
			break;
		case '>':
			entity = "&gt;";
			break;
		case '"':
			entity = "&quot;";
			break;
		case '\'':
			entity = "&#39;";
			break;
		case '\n':
		case '\t':
			continue;
		default:
			/* Other control characters are no HTML, not even as entities. */
			if ((unsigned char)text.p[i] >= 0x20 && text.p[i] != 0x7f)
				continue;
			entity = text.p[i] == '\r' ? "" : " ";
		}
		buf_add(out, (struct str){text.p + from, i - from});
		buf_addz(out, entity);
		from = i + 1;
	}
	buf_add(out, (struct str){text.p + from, text.n - from});
}

void text_add_html_cut(struct buf *out, struct str text, size_t columns)
{
	struct str part;

	if (text_columns(text) <= columns) {
		text_add_html(out, text);
		return;
	}
	part = text_fit(text, columns - 1);
	text_add_html(out, str_trim(part));
	buf_addz(out, "…");
}

/* One character of UTF-8: how many bytes, how many columns. */
static size_t character(struct str text, size_t *columns)
{
	unsigned char c = (unsigned char)text.p[0];
	size_t n = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
	uint32_t code = c;

	if (n > text.n)
		n = text.n;
	if (n > 1) {
		code = c & (0x7fu >> n);
		for (size_t i = 1; i < n; i++)
			code = code << 6 | ((unsigned char)text.p[i] & 0x3f);
	}
	/* The blocks that Unicode's EastAsianWidth calls W, roughly, and emoji. */
	*columns = (code >= 0x1100 && code <= 0x115f) || (code >= 0x2e80 && code <= 0xa4cf) ||
	                           (code >= 0xac00 && code <= 0xd7a3) ||
	                           (code >= 0xf900 && code <= 0xfaff) ||
	                           (code >= 0xfe30 && code <= 0xfe6f) ||
	                           (code >= 0xff00 && code <= 0xff60) ||
	                           (code >= 0x1f300 && code <= 0x3fffd)
	                   ? 2
	                   : 1;
	return n;
}

size_t text_columns(struct str text)
{
	size_t total = 0, columns;

	while (text.n) {
		size_t n = character(text, &columns);

		total += columns;
		text = (struct str){text.p + n, text.n - n};
	}
	return total;
}

struct str text_fit(struct str text, size_t columns)
{
	struct str rest = text;
	size_t wide;

	while (rest.n) {
		size_t n = character(rest, &wide);

		if (wide > columns)
			break;
		columns -= wide;
		rest = (struct str){rest.p + n, rest.n - n};
	}
	return (struct str){text.p, text.n - rest.n};
}

static size_t flatten(const struct step **all, size_t next, const struct step *const *steps,
                      size_t count)
{
	for (size_t i = 0; i < count; i++) {
		all[next++] = steps[i];
		if (steps[i]->each)
			next = flatten(all, next, steps[i]->each->body, steps[i]->each->body_count);
	}
	return next;
}

const struct step **text_flatten(const struct graph *graph, struct arena *arena)
{
	const struct step **all = arena_array(arena, const struct step *, graph->step_total + 1);

	flatten(all, 0, graph->steps, graph->step_count);
	return all;
}

const char text_guards_title[] = "What is put back at any end";

void text_add_guard(struct buf *out, const struct guard *guard)
{
	buf_addf(out,
	         "From [%.*s] until [%.*s] %.*s. When the run ends in between for whatever reason, "
	         "by a kill too (then the next run does it), all of this is done; what is taken "
	         "back only where [%.*s] is not done yet. At most %u s until then, or the run "
	         "fails.",
	         STR_ARG(guard->opens), STR_ARG(guard->closes), STR_ARG(guard->what),
	         STR_ARG(guard->keeps), guard->within_seconds);
}

const char *text_gate(const struct step *step)
{
	static const char *const texts[] = {
	        [GATE_ASKED] = "it returns one true row",
	        [GATE_STILL] = "it returns one true row twice, with the same message",
	        [GATE_PERSON] = "a person has done this",
	        [GATE_COMMAND] = "this command on the client has ended well",
	};

	return texts[step->gate];
}
