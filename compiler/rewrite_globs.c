/*
 * rewrite_globs.c: a brace pattern, cut into chunks.
 *
 * ClickHouse's rules, measured on 26.7: `{a..b}` pads with zeros to the wider end when its first
 * end begins with a zero and has more digits; `{x,y}` are literal alternatives; braces do not nest;
 * what is neither stays as it is. Where file() and url() expand differently the pattern is refused,
 * so that a chunk's files are the same everywhere.
 */
#include <stdlib.h>

#include "compiler/base/buf.h"
#include "compiler/rewrite.h"

/* One {…}: numbers, or alternatives. */
struct brace_group {
	struct str before; /* the text between the previous group and this one */
	bool range;
	uint64_t first, last;
	unsigned width; /* digits to pad to; 0: none */
	LIST_OF(struct str) words;
	size_t count;
};

struct brace_pattern {
	LIST_OF(struct brace_group) groups;
	struct str after;
};

static bool read_number(struct str text, uint64_t *value)
{
	if (text.n == 0 || text.n > 18)
		return false;
	*value = 0;
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] < '0' || text.p[i] > '9')
			return false;
		*value = *value * 10 + (uint64_t)(text.p[i] - '0');
	}
	return true;
}

static bool read_range(struct str inside, size_t dots, struct brace_group *group, const char **why)
{
	struct str left = {inside.p, dots}, right = {inside.p + dots + 2, inside.n - dots - 2};

	group->range = true;
	if (!read_number(left, &group->first) || !read_number(right, &group->last)) {
		*why = "a range {a..b} has two whole numbers";
		return false;
	}
	if (group->first > group->last) {
		*why = "a range {a..b} ends before it begins";
		return false;
	}
	if (left.n > 1 && left.p[0] == '0') {
		if (left.n != right.n) {
			*why = "the ends of a range with leading zeros have the same number of "
			       "digits";
			return false;
		}
		group->width = (unsigned)left.n;
	} else if (right.n > 1 && right.p[0] == '0') {
		*why = "a range with leading zeros has them at both ends";
		return false;
	}
	if (group->last - group->first >= FILES_MAX) {
		*why = "the file names are more than 1,000,000";
		return false;
	}
	group->count = (size_t)(group->last - group->first) + 1;
	return true;
}

static bool read_words(struct str inside, struct brace_group *group, const char **why,
                       struct arena *arena)
{
	size_t begin = 0;

	for (size_t i = 0; i <= inside.n; i++) {
		if (i < inside.n && inside.p[i] != ',')
			continue;
		if (i == begin) {
			*why = "an alternative of {x,y} is empty, which matches nothing";
			return false;
		}
		*list_add(arena, &group->words) = (struct str){inside.p + begin, i - begin};
		begin = i + 1;
	}
	group->count = group->words.count;
	return true;
}

static bool read_group(struct str inside, struct brace_group *group, const char **why,
                       struct arena *arena)
{
	ptrdiff_t dots = str_find(inside, STR(".."));
	bool comma = memchr(inside.p, ',', inside.n) != NULL;

	if (dots >= 0 && comma) {
		*why = "braces hold a range or alternatives, not both";
		return false;
	}
	return dots >= 0 ? read_range(inside, (size_t)dots, group, why)
	                 : read_words(inside, group, why, arena);
}

static bool read_pattern(struct str text, struct brace_pattern *pattern, const char **why,
                         struct arena *arena)
{
	size_t from = 0;

	for (size_t i = 0; i < text.n; i++) {
		struct brace_group *group;
		size_t end = i + 1;

		if (text.p[i] == '}') {
			*why = "a } has no { before it";
			return false;
		}
		if (text.p[i] != '{')
			continue;
		while (end < text.n && text.p[end] != '}' && text.p[end] != '{')
			end++;
		if (end == text.n || text.p[end] == '{') {
			*why = end == text.n ? "a { has no } behind it" : "braces do not nest";
			return false;
		}
		group = list_add(arena, &pattern->groups);
		group->before = (struct str){text.p + from, i - from};
		if (!read_group((struct str){text.p + i + 1, end - i - 1}, group, why, arena))
			return false;
		from = end + 1;
		i = end;
	}
	pattern->after = (struct str){text.p + from, text.n - from};
	return true;
}

static bool count_files(const struct brace_pattern *pattern, size_t *files, const char **why)
{
	*files = 1;
	for (size_t i = 0; i < pattern->groups.count; i++) {
		if (pattern->groups.items[i].count > FILES_MAX / *files) {
			*why = "the file names are more than 1,000,000";
			return false;
		}
		*files *= pattern->groups.items[i].count;
	}
	return true;
}

static void add_member(struct buf *out, const struct brace_group *group, size_t index)
{
	if (group->range)
		buf_addf(out, "%0*llu", (int)group->width,
		         (unsigned long long)(group->first + index));
	else
		buf_add(out, group->words.items[index]);
}

static int compare_hashes(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

static uint64_t hash_member(uint64_t hash, struct str text)
{
	for (size_t i = 0; i < text.n; i++)
		hash = (hash ^ (unsigned char)text.p[i]) * 1099511628211u; /* FNV-1a */
	return hash;
}

static uint64_t hash_name(const struct brace_pattern *pattern, size_t number, struct buf *scratch)
{
	uint64_t hash = 14695981039346656037u;
	size_t weight = 1;

	for (size_t i = 0; i < pattern->groups.count; i++)
		weight *= pattern->groups.items[i].count;
	for (size_t i = 0; i < pattern->groups.count; i++) {
		const struct brace_group *group = &pattern->groups.items[i];

		weight /= group->count;
		buf_reset(scratch);
		add_member(scratch, group, number / weight % group->count);
		hash = hash_member(hash_member(hash, group->before), buf_str(scratch));
	}
	return hash;
}

/* A name that two alternatives make would be loaded twice: `{a,a}`, `{1,11}{1,11}`. */
static bool names_differ(const struct brace_pattern *pattern, size_t files)
{
	uint64_t *hashes;
	struct buf scratch;
	bool differ = true;

	if (pattern->groups.count == 1 && pattern->groups.items[0].range)
		return true;
	hashes = xmalloc(files * sizeof(*hashes));
	buf_init(&scratch, BUF_CEILING_OUTPUT);
	for (size_t i = 0; i < files; i++)
		hashes[i] = hash_name(pattern, i, &scratch);
	qsort(hashes, files, sizeof(*hashes), compare_hashes);
	for (size_t i = 1; i < files && differ; i++)
		differ = hashes[i] != hashes[i - 1];
	buf_release(&scratch);
	free(hashes);
	return differ;
}

/* Are the words from `begin` on neighbouring numbers of one width? */
static bool words_run(const struct brace_group *group, size_t begin, size_t end)
{
	uint64_t first, other;

	if (!read_number(group->words.items[begin], &first))
		return false;
	for (size_t i = begin + 1; i < end; i++)
		if (group->words.items[i].n != group->words.items[begin].n ||
		    !read_number(group->words.items[i], &other) || other != first + (i - begin))
			return false;
	return true;
}

/* Members begin … end - 1 of the last group, as short as ClickHouse reads it back. */
static void add_run(struct buf *out, const struct brace_group *group, size_t begin, size_t end)
{
	if (end - begin == 1) {
		add_member(out, group, begin);
		return;
	}
	buf_addc(out, '{');
	if (group->range || words_run(group, begin, end)) {
		add_member(out, group, begin);
		buf_addz(out, "..");
		add_member(out, group, end - 1);
	} else {
		for (size_t i = begin; i < end; i++) {
			if (i > begin)
				buf_addc(out, ',');
			add_member(out, group, i);
		}
	}
	buf_addc(out, '}');
}

/* One combination of the outer groups, `outer` counting them through with the last one fastest. */
static void split_inner(const struct brace_pattern *pattern, size_t outer, size_t per_chunk,
                        struct file_chunks *chunks, struct arena *arena)
{
	size_t inner = pattern->groups.count - 1;
	const struct brace_group *last = &pattern->groups.items[inner];
	struct buf prefix, glob;
	size_t weight = 1;

	buf_init(&prefix, BUF_CEILING_OUTPUT);
	buf_init(&glob, BUF_CEILING_OUTPUT);
	for (size_t i = 0; i < inner; i++)
		weight *= pattern->groups.items[i].count;
	for (size_t i = 0; i < inner; i++) {
		const struct brace_group *group = &pattern->groups.items[i];

		weight /= group->count;
		buf_add(&prefix, group->before);
		add_member(&prefix, group, outer / weight % group->count);
	}
	buf_add(&prefix, last->before);
	for (size_t begin = 0; begin < last->count; begin += per_chunk) {
		size_t rest = last->count - begin;
		size_t count = rest < per_chunk ? rest : per_chunk;
		struct file_chunk *chunk = list_add(arena, &chunks->list);

		buf_reset(&glob);
		buf_add(&glob, buf_str(&prefix));
		add_run(&glob, last, begin, begin + count);
		buf_add(&glob, pattern->after);
		chunk->glob = arena_str(arena, buf_str(&glob));
		chunk->files = count;
	}
	buf_release(&prefix);
	buf_release(&glob);
}

bool rewrite_split_files(struct str text, size_t per_chunk, struct file_chunks *chunks,
                         const char **why, struct arena *arena)
{
	struct brace_pattern pattern = {0};
	size_t outer;

	*why = NULL;
	memset(chunks, 0, sizeof(*chunks));
	if (per_chunk == 0) {
		*why = "a chunk has one file or more";
		return false;
	}
	if (text.n && memchr(text.p, '*', text.n)) {
		*why = "what * stands for is known on the server only";
		return false;
	}
	if (!read_pattern(text, &pattern, why, arena) ||
	    !count_files(&pattern, &chunks->files, why))
		return false;
	if (pattern.groups.count == 0) {
		*list_add(arena, &chunks->list) = (struct file_chunk){arena_str(arena, text), 1};
		return true;
	}
	if (!names_differ(&pattern, chunks->files)) {
		*why = "two alternatives make the same file name";
		return false;
	}
	outer = chunks->files / pattern.groups.items[pattern.groups.count - 1].count;
	for (size_t i = 0; i < outer; i++)
		split_inner(&pattern, i, per_chunk, chunks, arena);
	return true;
}
