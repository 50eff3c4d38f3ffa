#include "compiler/base/str.h"

static unsigned char fold(unsigned char c)
{
	return c >= 'A' && c <= 'Z' ? (unsigned char)(c + 32) : c;
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

int str_compare(struct str a, struct str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n ? memcmp(a.p, b.p, n) : 0;

	if (order)
		return order;
	return a.n < b.n ? -1 : a.n > b.n;
}

bool str_ieq(struct str a, struct str b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (fold((unsigned char)a.p[i]) != fold((unsigned char)b.p[i]))
			return false;
	return true;
}

bool str_starts(struct str a, struct str prefix)
{
	return a.n >= prefix.n && str_eq((struct str){a.p, prefix.n}, prefix);
}

bool str_ends(struct str a, struct str suffix)
{
	return a.n >= suffix.n && str_eq((struct str){a.p + (a.n - suffix.n), suffix.n}, suffix);
}

struct str str_trim(struct str a)
{
	while (a.n && is_space(a.p[0])) {
		a.p++;
		a.n--;
	}
	while (a.n && is_space(a.p[a.n - 1]))
		a.n--;
	return a;
}

ptrdiff_t str_find(struct str a, struct str needle)
{
	const char *at;

	if (!needle.n)
		return 0;
	at = a.n ? memmem(a.p, a.n, needle.p, needle.n) : NULL;
	return at ? at - a.p : -1;
}
