#include "runtime/cli/terminal.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { WIDTH_DEFAULT = 80, WIDTH_MIN = 20 };

bool terminal_live(FILE *file)
{
	const char *term = getenv("TERM");

	return isatty(fileno(file)) && term && *term && strcmp(term, "dumb") != 0;
}

bool terminal_color(FILE *file, enum color_mode mode)
{
	const char *no_color = getenv("NO_COLOR");

	if (mode != COLOR_AUTO)
		return mode == COLOR_ALWAYS;
	return !(no_color && *no_color) && terminal_live(file);
}

unsigned terminal_width(FILE *file)
{
	struct winsize size;

	if (ioctl(fileno(file), TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
		return WIDTH_DEFAULT;
	return size.ws_col < WIDTH_MIN ? WIDTH_MIN : size.ws_col;
}

/* Bytes of the well-formed UTF-8 sequence at `p`, 0 when there is none. */
static size_t sequence(const unsigned char *p, size_t left)
{
	size_t n = *p < 0x80                 ? 1
	           : *p >= 0xc2 && *p < 0xe0 ? 2
	           : *p >= 0xe0 && *p < 0xf0 ? 3
	           : *p >= 0xf0 && *p < 0xf5 ? 4
	                                     : 0;

	if (!n || n > left)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	}
	if ((*p == 0xe0 && p[1] < 0xa0) || (*p == 0xed && p[1] >= 0xa0) ||
	    (*p == 0xf0 && p[1] < 0x90) || (*p == 0xf4 && p[1] >= 0x90))
		return 0;
	return n;
}

/* C0 and DEL, C1, ends of line that are none here, and the signs that turn the direction of text. */
static bool is_control(unsigned code)
{
	return code < ' ' || (code >= 0x7f && code < 0xa0) || code == 0x61c || code == 0x200e ||
	       code == 0x200f || (code >= 0x2028 && code <= 0x202e) ||
	       (code >= 0x2066 && code <= 0x2069);
}

/* Of the well-formed sequence at `p`. */
static unsigned code_point(const unsigned char *p, size_t n)
{
	unsigned code = n == 1 ? *p : *p & (0xffu >> (n + 1));

	for (size_t i = 1; i < n; i++)
		code = code << 6 | (p[i] & 0x3fu);
	return code;
}

void terminal_add_safe(struct buf *out, struct str text, bool lines)
{
	for (size_t i = 0; i < text.n;) {
		const unsigned char *p = (const unsigned char *)text.p + i;
		size_t n = sequence(p, text.n - i);

		if (*p == '\n' || *p == '\t')
			buf_addc(out, lines ? (char)*p : ' ');
		else if (!n || *p < ' ')
			buf_addf(out, "\\x%02x", *p);
		else if (is_control(code_point(p, n)))
			buf_addf(out, "\\u%04x", code_point(p, n));
		else
			buf_add(out, (struct str){text.p + i, n});
		i += n ? n : 1;
	}
}

void terminal_print(FILE *file, struct str text)
{
	struct buf out;

	buf_init(&out, BUF_CEILING_OUTPUT);
	terminal_add_safe(&out, text, true);
	buf_addc(&out, '\n');
	fwrite(out.data, 1, out.size, file);
	buf_release(&out);
}

void terminal_write(FILE *file, struct str text)
{
	struct buf out;

	if (!isatty(fileno(file))) {
		fwrite(text.p, 1, text.n, file);
		return;
	}
	buf_init(&out, BUF_CEILING_OUTPUT);
	terminal_add_safe(&out, text, true);
	fwrite(out.data, 1, out.size, file);
	buf_release(&out);
}

size_t terminal_columns(struct str text)
{
	size_t columns = 0;

	for (size_t i = 0; i < text.n; i++)
		columns += ((unsigned char)text.p[i] & 0xc0) != 0x80;
	return columns;
}

struct str terminal_cut(struct str text, size_t columns)
{
	size_t i = 0;

	while (i < text.n) {
		if (((unsigned char)text.p[i] & 0xc0) != 0x80 && columns-- == 0)
			break;
		i++;
	}
	return (struct str){text.p, i};
}
