#include "fake_words.h"

#include <stdlib.h>

bool starts(struct str text, const char *prefix)
{
	return str_starts(text, str_of(prefix));
}

bool holds(struct str text, const char *needle)
{
	return str_find(text, str_of(needle)) >= 0;
}

struct str param(const struct request *request, const char *name)
{
	for (size_t i = 0; i < request->param_count; i++) {
		if (str_is(request->params[i].name, name))
			return request->params[i].value;
	}
	return STR("?");
}

uint64_t param_u64(const struct request *request, const char *name)
{
	char text[32] = {0};
	struct str value = param(request, name);

	memcpy(text, value.p, value.n < 31 ? value.n : 31);
	return strtoull(text, NULL, 10);
}

/* What follows `mark` up to a blank, a quote or a bracket. */
struct str word_after(struct str text, const char *mark)
{
	ptrdiff_t at = str_find(text, str_of(mark));
	size_t begin, end;

	if (at < 0)
		return STR("");
	begin = end = (size_t)at + strlen(mark);
	while (end < text.n && !strchr(" '()`", text.p[end]))
		end++;
	return (struct str){text.p + begin, end - begin};
}

/* name of the first {name:Type} */
struct str word_after_brace(struct str text)
{
	ptrdiff_t at = str_find(text, STR("{"));
	struct str rest = {text.p + at + 1, text.n - (size_t)at - 1};

	rest.n = (size_t)str_find(rest, STR(":"));
	return rest;
}

/* --- answers --- */

void refuse(struct outcome *outcome, int code, const char *what)
{
	outcome_say(outcome, OUTCOME_EXCEPTION, "Code: %d. DB::Exception: %s", code, what);
	outcome->code = code;
}

/* Columns by name, separated by blanks. */
void columns(struct outcome *outcome, const char *names)
{
	struct arena *arena = outcome_arena(outcome);
	struct reply *reply = &outcome->reply;
	struct str rest = str_of(names);

	outcome->kind = OUTCOME_OK;
	reply->columns = arena_array(arena, struct str, 16);
	while (rest.n) {
		ptrdiff_t blank = str_find(rest, STR(" "));
		size_t n = blank < 0 ? rest.n : (size_t)blank;

		reply->columns[reply->column_count++] = (struct str){rest.p, n};
		rest.p += n + (blank >= 0);
		rest.n -= n + (blank >= 0);
	}
	/* Enough for all that a test asks for. */
	reply->values = arena_array(arena, struct str, reply->column_count > 8 ? 8192 : 2048);
}

void value(struct outcome *outcome, struct str text)
{
	struct reply *reply = &outcome->reply;
	size_t n = reply->read_rows++; /* as a cursor */

	reply->values[n] = arena_str(outcome_arena(outcome), text);
	reply->row_count = (n + 1) / reply->column_count;
}

void number(struct outcome *outcome, uint64_t n)
{
	value(outcome, str_of(arena_printf(outcome_arena(outcome), "%llu", (unsigned long long)n)));
}
