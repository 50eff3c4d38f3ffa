#include "compiler/base/diag_print.h"

#include <jansson.h>
#include <stdlib.h>

enum {
	LINE_COLUMNS_MAX = 160,   /* longer lines are shown in part */
	COLUMNS_BEFORE_SPAN = 60, /* of that part, so that what led to the error is seen */
	GUTTER_DIGITS = 5,
};

static const char *const severity_names[] = {
        [SEVERITY_NOTE] = "note",
        [SEVERITY_WARNING] = "warning",
        [SEVERITY_ERROR] = "error",
};

static const char *const severity_colors[] = {
        [SEVERITY_NOTE] = "\033[1;36m",
        [SEVERITY_WARNING] = "\033[1;35m",
        [SEVERITY_ERROR] = "\033[1;31m",
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

static void add_line(struct buf *out, struct str line, const struct window *window)
{
	if (window->cut_left)
		buf_addz(out, "…");
	for (size_t i = window->begin; i < window->end;) {
		size_t n = character(line.p + i, line.n - i);

		if (printable(line.p + i, n))
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

static void print_source_line(const struct source_set *sources, struct span span,
                              const struct place *place, const char *color, struct buf *out)
{
	const char *text = sources->list.items[span.file]->text.p;
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
	buf_addf(out, "%*u | ", GUTTER_DIGITS, place->line);
	add_line(out, place->line_text, &window);
	buf_addf(out, "\n%*s | ", GUTTER_DIGITS, "");
	add_carets(out, place->line_text, &window, begin, end, color);
	buf_addc(out, '\n');
}

static void print_place(struct buf *out, const struct place *place)
{
	buf_addf(out, "%s:%u:%u: ", place->path, place->line, place->column);
}

/* Text may quote what the user wrote: no control character reaches the terminal. */
static void add_safe(struct buf *out, const char *text)
{
	for (size_t n = strlen(text); n;) {
		size_t length = character(text, n);

		if (printable(text, length) || *text == '\n')
			buf_add(out, (struct str){text, length});
		else
			buf_addc(out, '?');
		text += length;
		n -= length;
	}
}

static void print_diag(const struct diag *diag, const struct source_set *sources, bool color,
                       struct buf *out)
{
	const char *tint = color ? severity_colors[diag->severity] : NULL;
	char label[64];

	snprintf(label, sizeof(label), "%s[%s]:", severity_names[diag->severity],
	         diag_info(diag->code)->code);
	if (diag->has_span) {
		struct place place = span_place(sources, diag->span);

		print_place(out, &place);
		paint(out, tint, label);
		buf_addc(out, ' ');
		add_safe(out, diag->text);
		buf_addc(out, '\n');
		if (!diag->conceal)
			print_source_line(sources, diag->span, &place, tint, out);
	} else {
		buf_addz(out, "bfc: ");
		paint(out, tint, label);
		buf_addc(out, ' ');
		add_safe(out, diag->text);
		buf_addc(out, '\n');
	}
	if (diag->hint) {
		buf_addf(out, "%*s", GUTTER_DIGITS + 3, "");
		paint(out, color ? "\033[1;32m" : NULL, "hint:");
		buf_addc(out, ' ');
		add_safe(out, diag->hint);
		buf_addc(out, '\n');
	}
	for (size_t i = 0; i < diag->notes.count; i++) {
		const struct diag_note *note = &diag->notes.items[i];
		const char *note_tint = color ? severity_colors[SEVERITY_NOTE] : NULL;
		struct place place = span_place(sources, note->span);

		print_place(out, &place);
		paint(out, note_tint, "note:");
		buf_addc(out, ' ');
		add_safe(out, note->text);
		buf_addc(out, '\n');
		print_source_line(sources, note->span, &place, note_tint, out);
	}
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
	for (size_t i = 0; i < diags->list.count; i++)
		print_diag(&diags->list.items[i], sources, color, out);
	print_summary(diags, out);
}

/* jansson takes UTF-8 only; other bytes become `?`. */
static json_t *json_text(const char *text)
{
	json_t *json = text ? json_string(text) : json_null();
	char *copy;

	if (json)
		return json;
	copy = xstrdup(text);
	for (char *p = copy; *p; p++)
		if ((unsigned char)*p >= 0x80)
			*p = '?';
	json = json_string(copy);
	free(copy);
	return json;
}

static void set(json_t *object, const char *key, json_t *value)
{
	if (!value || json_object_set_new(object, key, value))
		out_of_memory();
}

static void set_place(json_t *object, const struct source_set *sources, struct span span,
                      bool has_span)
{
	struct place begin = {0}, end = {0};

	if (has_span) {
		begin = span_place(sources, span);
		end = span_place(sources, (struct span){span.file, span.end, span.end});
	}
	set(object, "file", has_span ? json_text(begin.path) : json_null());
	set(object, "line", has_span ? json_integer(begin.line) : json_null());
	set(object, "column", has_span ? json_integer(begin.column) : json_null());
	set(object, "end_line", has_span ? json_integer(end.line) : json_null());
	set(object, "end_column", has_span ? json_integer(end.column) : json_null());
}

static json_t *json_diag(const struct diag *diag, const struct source_set *sources)
{
	const struct diag_info *info = diag_info(diag->code);
	json_t *object = json_object();
	json_t *notes = json_array();

	set(object, "code", json_text(info->code));
	set(object, "name", json_text(info->name));
	set(object, "severity", json_text(severity_names[diag->severity]));
	set(object, "text", json_text(diag->text));
	set(object, "hint", json_text(diag->hint));
	set_place(object, sources, diag->span, diag->has_span);
	for (size_t i = 0; i < diag->notes.count; i++) {
		json_t *note = json_object();

		set(note, "text", json_text(diag->notes.items[i].text));
		set_place(note, sources, diag->notes.items[i].span, true);
		if (json_array_append_new(notes, note))
			out_of_memory();
	}
	set(object, "notes", notes);
	return object;
}

void diag_print_json(const struct diag_list *diags, const struct source_set *sources,
                     struct buf *out)
{
	json_t *array = json_array();
	char *text;

	for (size_t i = 0; i < diags->list.count; i++)
		if (json_array_append_new(array, json_diag(&diags->list.items[i], sources)))
			out_of_memory();
	text = json_dumps(array, JSON_INDENT(2));
	if (!text)
		out_of_memory();
	buf_addz(out, text);
	buf_addc(out, '\n');
	free(text);
	json_decref(array);
}
