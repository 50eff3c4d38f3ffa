#include "compiler/explain.h"

#include "compiler/base/diag.h"

/* Explanations are one long line; a terminal gets them at this width. */
enum { COLUMNS = 80 };

static void add_wrapped(struct buf *out, struct str text)
{
	size_t column = 0, i = 0;

	while (i < text.n) {
		size_t n = 0;

		while (i + n < text.n && text.p[i + n] != ' ')
			n++;
		if (column && column + 1 + n > COLUMNS) {
			buf_addc(out, '\n');
			column = 0;
		} else if (column) {
			buf_addc(out, ' ');
			column++;
		}
		buf_add(out, (struct str){text.p + i, n});
		column += n;
		i += n;
		while (i < text.n && text.p[i] == ' ')
			i++;
	}
	buf_addc(out, '\n');
}

static void add_example(struct buf *out, struct str example)
{
	size_t i = 0;

	while (i < example.n) {
		struct str rest = {example.p + i, example.n - i};
		ptrdiff_t end = str_find(rest, STR("\n"));
		size_t n = end < 0 ? rest.n : (size_t)end;

		buf_addf(out, "    %.*s\n", (int)n, rest.p);
		i += n + 1;
	}
}

bool explain_code(struct str code_or_name, struct buf *out)
{
	const struct diag_info *info = diag_find(code_or_name);

	if (!info)
		return false;
	buf_addf(out, "%s[%s] %s: %s\n\n", diag_severity_name(info->severity), info->code,
	         info->name, info->title);
	add_wrapped(out, str_of(info->explanation));
	if (info->example[0]) { /* nothing that a user writes leads to an internal error */
		buf_addz(out, "\nFor example:\n\n");
		add_example(out, str_of(info->example));
	}
	return true;
}

void explain_list(struct buf *out)
{
	for (int code = 0; code < DIAG_CODE_COUNT; code++) {
		const struct diag_info *info = diag_info((enum diag_code)code);

		buf_addf(out, "%s  %-7s  %-24s %s\n", info->code,
		         diag_severity_name(info->severity), info->name, info->title);
	}
}

/* A `|` would end the cell. */
static void add_cell(struct buf *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '|')
			buf_addc(out, '\\');
		buf_addc(out, *text);
	}
}

void explain_markdown(struct buf *out)
{
	buf_addz(out, "| code | | name | meaning |\n| --- | --- | --- | --- |\n");
	for (int code = 0; code < DIAG_CODE_COUNT; code++) {
		const struct diag_info *info = diag_info((enum diag_code)code);

		buf_addf(out, "| %s | %s | `%s` | ", info->code, diag_severity_name(info->severity),
		         info->name);
		add_cell(out, info->title);
		buf_addz(out, " |\n");
	}
	for (int code = 0; code < DIAG_CODE_COUNT; code++) {
		const struct diag_info *info = diag_info((enum diag_code)code);

		buf_addf(out, "\n**%s** `%s`: %s\n", info->code, info->name, info->explanation);
		if (info->example[0])
			buf_addf(out, "\n```sql\n%s\n```\n", info->example);
	}
}
