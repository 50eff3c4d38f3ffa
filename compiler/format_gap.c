#include "compiler/format_internal.h"

static bool begins_comment(char c)
{
	return c == '-' || c == '#' || c == '/';
}

struct gap_item gap_next(struct str text, uint32_t at, uint32_t end)
{
	struct gap_item item = {.blanks = at, .line = at};

	for (; at < end && !begins_comment(text.p[at]); at++) {
		if (text.p[at] != '\n')
			continue;
		item.lines++;
		item.line = at + 1;
	}
	item.begin = item.end = at;
	if (at == end)
		return item;
	item.to_line_end = text.p[at] != '/';
	if (item.to_line_end) {
		while (item.end < end && text.p[item.end] != '\n')
			item.end++;
	} else {
		item.end += 2;
		while (text.p[item.end] != '*' || text.p[item.end + 1] != '/')
			item.end++;
		item.end += 2;
	}
	return item;
}

struct str gap_comment(struct str text, const struct gap_item *item)
{
	struct str comment = {text.p + item->begin, item->end - item->begin};

	if (item->to_line_end && comment.p[comment.n - 1] == '\r')
		comment.n--;
	return comment;
}

size_t layout_width(struct str text)
{
	size_t columns = 0;

	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '\t')
			return 0;
		columns += ((unsigned char)text.p[i] & 0xC0) != 0x80;
	}
	return columns;
}

static struct str slice(const struct layout_writer *writer, uint32_t begin, uint32_t end)
{
	return (struct str){writer->text.p + begin, end - begin};
}

void layout_note(struct layout_writer *writer, uint32_t begin, bool several)
{
	if (writer->line_is_new) {
		writer->line_is_known = true;
		writer->line_source = begin;
		writer->line_out = writer->out->size;
	}
	writer->line_is_new = false;
	if (several)
		writer->line_is_known = false;
}

static void add_line(struct layout_writer *writer, bool empty_one)
{
	if (writer->out->size) {
		buf_addz(writer->out, writer->line_end);
		if (empty_one)
			buf_addz(writer->out, writer->line_end);
	}
	writer->line_is_new = true;
	writer->line_is_known = false;
}

static void add_indent(struct layout_writer *writer, int indent, const struct gap_item *item)
{
	if (indent != INDENT_AS_WRITTEN) {
		buf_addf(writer->out, "%*s", indent, "");
		return;
	}
	for (uint32_t i = item->line; i < item->begin; i++)
		if (writer->text.p[i] == ' ' || writer->text.p[i] == '\t')
			buf_addc(writer->out, writer->text.p[i]);
}

/*
 * The blanks before a comment behind something. Comments at the end of lines that stand in a column
 * stay in it: what moved against the line's beginning is made up for.
 */
static void add_padding(struct layout_writer *writer, const struct gap_item *item)
{
	const struct buf *out = writer->out;
	struct str blanks = slice(writer, item->blanks, item->begin);
	size_t before, now;

	if (item->to_line_end && writer->line_is_known) {
		before = layout_width(slice(writer, writer->line_source, item->begin));
		now = layout_width(
		        (struct str){out->data + writer->line_out, out->size - writer->line_out});
		if (before && now &&
		    memchr(writer->text.p + writer->line_source, '\n',
		           item->begin - writer->line_source) == NULL) {
			buf_addf(writer->out, "%*s", before > now ? (int)(before - now) : 1, "");
			return;
		}
	}
	for (size_t i = 0; i < blanks.n; i++)
		if (blanks.p[i] != ' ' && blanks.p[i] != '\t')
			blanks.n = 0;
	buf_add(writer->out, blanks.n ? blanks : STR(" "));
}

static void add_comment(struct layout_writer *writer, const struct gap_item *item)
{
	struct str comment = gap_comment(writer->text, item);
	bool several = memchr(comment.p, '\n', comment.n) != NULL;

	layout_note(writer, item->begin, several);
	buf_add(writer->out, comment);
}

static void add_comment_line(struct layout_writer *writer, const struct gap_item *item, int indent)
{
	bool several = memchr(writer->text.p + item->begin, '\n', item->end - item->begin) != NULL;

	/* The lines of a long comment stay as they are, so the first one must not move away. */
	add_line(writer, item->lines > 1);
	add_indent(writer, several ? INDENT_AS_WRITTEN : indent, item);
	add_comment(writer, item);
}

/* Between the gap's last comment, or what is before the gap, and what is behind it. */
static void add_separator(struct layout_writer *writer, const struct gap_item *rest,
                          struct gap_layout layout, bool line)
{
	if (line) {
		add_line(writer, rest->lines > 1);
		add_indent(writer, layout.indent, rest);
	} else if (layout.separator != SEPARATOR_NONE &&
	           layout.separator != SEPARATOR_NONE_OR_LINE && writer->out->size) {
		buf_addf(writer->out, "%*s", 1 + (int)layout.extra, "");
	}
}

void layout_gap(struct layout_writer *writer, uint32_t begin, uint32_t end,
                struct gap_layout layout)
{
	bool comments = false, own_line = false, line_comment = false, line;
	struct gap_item item;

	if (layout.separator == SEPARATOR_VERBATIM) {
		struct str blanks = slice(writer, begin, end);

		layout_note(writer, begin, memchr(blanks.p, '\n', blanks.n) != NULL);
		buf_add(writer->out, blanks);
		return;
	}
	for (item = gap_next(writer->text, begin, end); item.begin < end;
	     item = gap_next(writer->text, item.end, end)) {
		if (item.lines || !writer->out->size) {
			add_comment_line(writer, &item, layout.comment_indent);
			own_line = true;
		} else {
			add_padding(writer, &item);
			add_comment(writer, &item);
		}
		comments = true;
		line_comment = item.to_line_end;
	}
	line = (layout.separator == SEPARATOR_LINE && (!own_line || item.lines)) || line_comment ||
	       (item.lines && (own_line || layout.separator == SEPARATOR_SPACE_OR_LINE ||
	                       layout.separator == SEPARATOR_NONE_OR_LINE));
	if (comments)
		layout.extra = 0;
	else if (layout.separator == SEPARATOR_NONE)
		line = false;
	add_separator(writer, &item, layout, line);
}
