#include "compiler/base/utf8.h"

size_t utf8_length(struct str text)
{
	const unsigned char *p = (const unsigned char *)text.p;
	size_t need;

	if (!text.n)
		return 0;
	need = p[0] < 0x80 ? 1 : p[0] < 0xC2 ? 0 : p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;
	if (!need || need > text.n || p[0] > 0xF4)
		return 0;
	for (size_t i = 1; i < need; i++)
		if ((p[i] & 0xC0) != 0x80)
			return 0;
	if ((p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xED && p[1] > 0x9F) ||
	    (p[0] == 0xF0 && p[1] < 0x90) || (p[0] == 0xF4 && p[1] > 0x8F))
		return 0;
	return need;
}

/* Eight bytes of ASCII? */
static bool is_ascii(const char *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof(word));
	return !(word & 0x8080808080808080u);
}

bool utf8_is_valid(struct str text)
{
	while (text.n) {
		size_t n = text.n >= 8 && is_ascii(text.p) ? 8 : utf8_length(text);

		if (!n)
			return false;
		text = (struct str){text.p + n, text.n - n};
	}
	return true;
}

/* Eight bytes of ASCII, none of them NUL? */
static bool is_plain(const char *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof(word));
	return !((word | (word - 0x0101010101010101u)) & 0x8080808080808080u);
}

size_t utf8_text_length(struct str text)
{
	struct str rest = text;

	while (rest.n) {
		size_t n = rest.n >= 8 && is_plain(rest.p) ? 8 : rest.p[0] ? utf8_length(rest) : 0;

		if (!n)
			break;
		rest = (struct str){rest.p + n, rest.n - n};
	}
	return text.n - rest.n;
}
