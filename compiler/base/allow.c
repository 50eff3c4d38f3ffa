#include "compiler/base/allow.h"

static bool is_name_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '_';
}

struct str allow_next_name(struct str *text)
{
	struct str name;
	size_t i = 0, begin;

	while (i < text->n && (text->p[i] == ' ' || text->p[i] == '\t' || text->p[i] == ','))
		i++;
	begin = i;
	while (i < text->n && is_name_byte(text->p[i]))
		i++;
	name = (struct str){text->p + begin, i - begin};
	*text = (struct str){text->p + i, text->n - i};
	return name;
}

bool allow_possible(const struct diag_info *info)
{
	/* BF200 to BF299 are the hazards; a catalogue entry knows its code as text. */
	return info->severity != SEVERITY_ERROR || str_starts(str_of(info->code), STR("BF2"));
}

static bool is_name_of(struct str name, const struct diag_info *info)
{
	return str_is(name, info->name) || str_ieq(name, str_of(info->code));
}

static void note_use(struct diag_list *diags, uint32_t file, struct str text, struct str name)
{
	struct span span = {.file = file, .begin = (uint32_t)(name.p - text.p)};

	span.end = span.begin + (uint32_t)name.n;
	if (!allow_was_used(diags, span))
		*list_add(diags->arena, &diags->allowed) = span;
}

bool allow_was_used(const struct diag_list *diags, struct span name)
{
	for (size_t i = 0; i < diags->allowed.count; i++)
		if (diags->allowed.items[i].file == name.file &&
		    diags->allowed.items[i].begin == name.begin)
			return true;
	return false;
}

/* The comment that ends at `end`, a line's end, without its `--`; false when there is none. */
static bool comment_line(struct str text, size_t end, size_t *begin, struct str *comment)
{
	*begin = end;
	while (*begin > 0 && text.p[*begin - 1] != '\n')
		--*begin;
	*comment = str_trim((struct str){text.p + *begin, end - *begin});
	if (!str_starts(*comment, STR("--")))
		return false;
	*comment = str_trim((struct str){comment->p + 2, comment->n - 2});
	return true;
}

bool allow_silences(struct diag_list *diags, enum diag_code code, struct span span)
{
	const struct diag_info *info = diag_info(code);
	struct str text, comment;
	size_t begin;

	if (!diags->sources || !allow_possible(info))
		return false;
	span = span_origin(diags->sources, span);
	begin = span.begin;
	text = diags->sources->list.items[span.file]->text;
	while (begin > 0 && text.p[begin - 1] != '\n')
		begin--;
	while (begin > 0 && comment_line(text, begin - 1, &begin, &comment)) {
		struct str name;

		if (!str_starts(comment, STR(ALLOW_MARKER)))
			continue;
		comment.p += sizeof(ALLOW_MARKER) - 1;
		comment.n -= sizeof(ALLOW_MARKER) - 1;
		while ((name = allow_next_name(&comment)).n) {
			if (!is_name_of(name, info))
				continue;
			note_use(diags, span.file, text, name);
			return true;
		}
	}
	return false;
}
