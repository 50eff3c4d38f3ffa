#include "compiler/base/suggest.h"

static char fold(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static unsigned min_of(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

unsigned suggest_distance(struct str a, struct str b)
{
	/* Three rows of the table are enough for swaps of neighbours. */
	unsigned rows[3][SUGGEST_BYTES_MAX + 1];
	unsigned *before = rows[0], *last = rows[1], *row = rows[2], *oldest;

	if (a.n > SUGGEST_BYTES_MAX || b.n > SUGGEST_BYTES_MAX)
		return SUGGEST_BYTES_MAX + 1;
	for (size_t j = 0; j <= b.n; j++) {
		before[j] = 0;
		last[j] = (unsigned)j;
	}
	for (size_t i = 1; i <= a.n; i++) {
		row[0] = (unsigned)i;
		for (size_t j = 1; j <= b.n; j++) {
			bool same = fold(a.p[i - 1]) == fold(b.p[j - 1]);

			row[j] = min_of(last[j] + 1, row[j - 1] + 1);
			row[j] = min_of(row[j], last[j - 1] + !same);
			if (i > 1 && j > 1 && fold(a.p[i - 1]) == fold(b.p[j - 2]) &&
			    fold(a.p[i - 2]) == fold(b.p[j - 1]))
				row[j] = min_of(row[j], before[j - 2] + 1);
		}
		oldest = before;
		before = last;
		last = row;
		row = oldest;
	}
	return last[b.n];
}

void suggest_begin(struct suggestion *suggestion, struct str word)
{
	/* A third of the word may be wrong; further off is another word. */
	*suggestion = (struct suggestion){
	        .word = word,
	        .distance = (unsigned)(word.n < 3 ? 1 : word.n / 3) + 1,
	};
}

void suggest_offer(struct suggestion *suggestion, struct str candidate)
{
	size_t a = suggestion->word.n, b = candidate.n;
	unsigned distance;

	if ((a > b ? a - b : b - a) >= suggestion->distance)
		return;
	distance = suggest_distance(suggestion->word, candidate);
	if (distance < suggestion->distance && distance < a + (a == 0)) {
		suggestion->distance = distance;
		suggestion->best = candidate;
	}
}

struct str suggest_nearest(struct str word, const struct str *candidates, size_t count)
{
	struct suggestion suggestion;

	suggest_begin(&suggestion, word);
	for (size_t i = 0; i < count; i++)
		suggest_offer(&suggestion, candidates[i]);
	return suggestion.best;
}
