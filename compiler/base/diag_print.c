#include "compiler/base/diag_print.h"

#include <stdio.h>

enum {
	LINE_COLUMNS_MAX = 160,   /* longer lines are shown in part */
	COLUMNS_BEFORE_SPAN = 60, /* of that part, so that what led to the error is seen */
	GUTTER_DIGITS = 5,
};

static const char *const severity_colors[] = {
        [SEVERITY_NOTE] = "\033[1;36m",
        [SEVERITY_WARNING] = "\033[1;35m",
        [SEVERITY_ERROR] = "\033[1;31m",
};

static const char hint_color[] = "\033[1;32m";

struct printer {
	const struct diag_list *diags;
	const struct source_set *sources;
	bool color;
	struct buf *out;
};

/* Adds text in a color; `color` NULL: plain. */
static void paint(struct buf *out, const char *color, const char *text)
{
	if (color)
		buf_addz(out, color);
	buf_addz(out, text);
	if (color)
		buf_addz(out, "\033[0m");
}

/* Bytes of the character at p: a valid-looking UTF-8 sequence, or one byte. */
static size_t character(const char *p, size_t n)
{
	unsigned char first = (unsigned char)*p;
	size_t need = first < 0xC2 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 1;

	if (need > n)
		return 1;
	for (size_t i = 1; i < need; i++)
		if (((unsigned char)p[i] & 0xC0) != 0x80)
			return 1;
	return need;
}

static bool printable(const char *p, size_t n)
{
	unsigned char c = (unsigned char)*p;

	if (n > 1)
		return !(c == 0xC2 && (unsigned char)p[1] < 0xA0); /* C1 controls */
	return (c >= ' ' && c < 0x7F) || c == '\t';
}

/* What is shown of a line: bytes [begin, end) and whether something is cut off. */
struct window {
	size_t begin;
	size_t end;
	bool cut_left;
	bool cut_right;
};

static struct window choose_window(struct str line, size_t at)
{
	struct window window = {0};
	size_t columns = 0, skip = 0, column = 0;

	for (size_t i = 0; i < line.n; i += character(line.p + i, line.n - i)) {
		if (i < at)
			column++;
		/* What is further right than a window can reach does not matter. */
		if (++columns > column + LINE_COLUMNS_MAX)
			break;
	}
	window.end = line.n;
	if (columns <= LINE_COLUMNS_MAX)
		return window;
	if (column > COLUMNS_BEFORE_SPAN)
		skip = column - COLUMNS_BEFORE_SPAN;
	if (skip > columns - LINE_COLUMNS_MAX)
		skip = columns - LINE_COLUMNS_MAX;
	columns = 0;
	for (size_t i = 0; i < line.n; i += character(line.p + i, line.n - i)) {
		if (columns == skip)
			window.begin = i;
		if (columns == skip + LINE_COLUMNS_MAX) {
			window.end = i;
			break;
		}
		columns++;
	}
	window.cut_left = window.begin > 0;
	window.cut_right = window.end < line.n;
	return window;
}

/* Byte `i` of the line is in another place where the secret's text stands. */
static bool repeats(struct str line, size_t i, struct str secret)
{
	enum { SECRET_BYTES_MIN = 8 }; /* shorter ones may be words */
	size_t from = i + 1 > secret.n ? i + 1 - secret.n : 0;

	for (size_t k = from; secret.n >= SECRET_BYTES_MIN && k <= i; k++)
		if (k + secret.n <= line.n && memcmp(line.p + k, secret.p, secret.n) == 0)
			return true;
	return false;
}

static bool is_concealed(const struct printer *printer, struct str line, uint32_t file,
                         size_t start, size_t i)
{
	const struct diag_list *diags = printer->diags;

	for (size_t k = 0; k < diags->concealed.count; k++) {
		const struct span *span = &diags->concealed.items[k];

		if (span->file == file && start + i >= span->begin && start + i < span->end)
			return true;
		if (repeats(line, i, span_text(printer->sources, *span)))
			return true;
	}
	return false;
}

/* `start` is the line's offset in its file. */
static void add_line(const struct printer *printer, struct str line, uint32_t file, size_t start,
                     const struct window *window)
{
	struct buf *out = printer->out;

	if (window->cut_left)
		buf_addz(out, "…");
	for (size_t i = window->begin; i < window->end;) {
		size_t n = character(line.p + i, line.n - i);

		if (is_concealed(printer, line, file, start, i))
			buf_addc(out, '*');
		else if (printable(line.p + i, n))
			buf_add(out, (struct str){line.p + i, n});
		else
			buf_addc(out, '?');
		i += n;
	}
	if (window->cut_right)
		buf_addz(out, "…");
}

/* Blanks up to the span, carets under it; at least one caret. */
static void add_carets(struct buf *out, struct str line, const struct window *window, size_t begin,
                       size_t end, const char *color)
{
	size_t i = window->begin;

	if (window->cut_left)
		buf_addc(out, ' ');
	for (; i < begin && i < window->end; i += character(line.p + i, line.n - i))
		buf_addc(out, line.p[i] == '\t' ? '\t' : ' ');
	if (color)
		buf_addz(out, color);
	do {
		buf_addc(out, '^');
		i += i < line.n ? character(line.p + i, line.n - i) : 1;
	} while (i < end && i < window->end);
	if (color)
		buf_addz(out, "\033[0m");
}

static void print_source_line(const struct printer *printer, struct span span,
                              const struct place *place, const char *color)
{
	const char *text = printer->sources->list.items[span.file]->text.p;
	size_t start = (size_t)(place->line_text.p - text);
	size_t begin = span.begin - start;
	size_t end = span.end - start;
	struct window window;

	/* The end of the file may stand behind the last line's end. */
	if (begin > place->line_text.n)
		begin = place->line_text.n;
	if (end > place->line_text.n)
		end = place->line_text.n;
	window = choose_window(place->line_text, begin);
	buf_addf(printer->out, "%*u | ", GUTTER_DIGITS, place->line);
	add_line(printer, place->line_text, span.file, start, &window);
	buf_addf(printer->out, "\n%*s | ", GUTTER_DIGITS, "");
	add_carets(printer->out, place->line_text, &window, begin, end, color);
	buf_addc(printer->out, '\n');
}

static void print_place(struct buf *out, const struct place *place)
{
	buf_addf(out, "%s:%u:%u: ", place->path, place->line, place->column);
}

/* Text may quote what the user wrote: no secret and no control character is shown. */
static void add_safe(const struct printer *printer, const char *text)
{
	text = diag_conceal(printer->diags, printer->sources, text);
	for (size_t n = strlen(text); n;) {
		size_t length = character(text, n);

		if (printable(text, length) || *text == '\n')
			buf_add(printer->out, (struct str){text, length});
		else
			buf_addc(printer->out, '?');
		text += length;
		n -= length;
	}
}

static void print_message(const struct printer *printer, const char *label, const char *color,
                          const char *text)
{
	paint(printer->out, printer->color ? color : NULL, label);
	buf_addc(printer->out, ' ');
	add_safe(printer, text);
	buf_addc(printer->out, '\n');
}

/* Where, what, and the line with carets under it. */
static void print_at(const struct printer *printer, struct span span, const char *label,
                     const char *color, const char *text)
{
	struct place place = span_place(printer->sources, span);

	print_place(printer->out, &place);
	print_message(printer, label, color, text);
	print_source_line(printer, span, &place, printer->color ? color : NULL);
}

static void print_diag(const struct printer *printer, const struct diag *diag)
{
	const char *color = severity_colors[diag->severity];
	char label[64];

	snprintf(label, sizeof(label), "%s[%s]:", diag_severity_name(diag->severity),
	         diag_info(diag->code)->code);
	if (diag->has_span) {
		print_at(printer, diag->span, label, color, diag->text);
	} else {
		buf_addz(printer->out, "bfc: ");
		print_message(printer, label, color, diag->text);
	}
	if (diag->hint) {
		buf_addf(printer->out, "%*s", GUTTER_DIGITS + 3, "");
		print_message(printer, "hint:", hint_color, diag->hint);
	}
	for (size_t i = 0; i < diag->notes.count; i++)
		print_at(printer, diag->notes.items[i].span,
		         "note:", severity_colors[SEVERITY_NOTE], diag->notes.items[i].text);
}

static void print_count(struct buf *out, size_t count, const char *what)
{
	buf_addf(out, "%zu %s%s", count, what, count == 1 ? "" : "s");
}

static void print_summary(const struct diag_list *diags, struct buf *out)
{
	if (!diags->errors && !diags->warnings)
		return;
	if (diags->errors)
		print_count(out, diags->errors, "error");
	if (diags->errors && diags->warnings)
		buf_addz(out, ", ");
	if (diags->warnings)
		print_count(out, diags->warnings, "warning");
	if (diags->dropped)
		buf_addf(out, " (the first %d are shown)", DIAG_MAX);
	buf_addc(out, '\n');
}

void diag_print_text(const struct diag_list *diags, const struct source_set *sources, bool color,
                     struct buf *out)
{
	struct printer printer = {diags, sources, color, out};

	for (size_t i = 0; i < diags->list.count; i++)
		print_diag(&printer, &diags->list.items[i]);
	print_summary(diags, out);
}
