#include "compiler/base/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compiler/base/diag.h"
#include "compiler/base/utf8.h"

void source_set_init(struct source_set *set, struct arena *arena)
{
	*set = (struct source_set){.arena = arena};
}

void source_set_release(struct source_set *set)
{
	for (size_t i = 0; i < set->list.count; i++) {
		free((char *)set->list.items[i]->text.p);
		free(set->list.items[i]->lines);
	}
	*set = (struct source_set){.arena = set->arena};
}

/* Takes `bytes` (malloc'd, NUL-terminated) over. */
static struct source *add(struct source_set *set, const char *path, char *bytes, size_t n)
{
	static const char bom[] = "\xEF\xBB\xBF";
	struct source *source = arena_new(set->arena, struct source);

	if (n >= 3 && memcmp(bytes, bom, 3) == 0) {
		n -= 3;
		memmove(bytes, bytes + 3, n + 1);
		source->bom = true;
	}
	source->id = (uint32_t)set->list.count;
	source->path = arena_strdup(set->arena, str_of(path));
	source->text = (struct str){bytes, n};
	*list_add(set->arena, &set->list) = source;
	return source;
}

static struct diag *complain(struct diag_list *diags, enum diag_code code, const struct span *why,
                             const char *path, const char *what)
{
	if (why)
		return diag_add(diags, code, *why, "cannot read '%s': %s", path, what);
	return diag_add_global(diags, code, "cannot read '%s': %s", path, what);
}

static void complain_too_large(struct diag_list *diags, const struct span *why, const char *path)
{
	struct diag *diag = complain(diags, BF002, why, path, "it is larger than 1 GiB");

	diag_hint(diags, diag, "a migration is text; is this a data file?");
}

/* The bytes of an open file, or NULL after a diagnostic. */
static char *read_all(int fd, const char *path, size_t guess, const struct span *why,
                      struct diag_list *diags, size_t *n)
{
	size_t capacity = guess + 2;
	char *bytes = xmalloc(capacity);

	*n = 0;
	for (;;) {
		ssize_t got = read(fd, bytes + *n, capacity - 1 - *n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			complain(diags, BF001, why, path, strerror(errno));
			break;
		}
		*n += (size_t)got;
		if (*n > SOURCE_BYTES_MAX) {
			complain_too_large(diags, why, path);
			break;
		}
		if (!got) {
			bytes[*n] = '\0';
			return bytes;
		}
		if (*n == capacity - 1) {
			capacity *= 2;
			bytes = xrealloc(bytes, capacity);
		}
	}
	free(bytes);
	return NULL;
}

static bool is_text(const struct source *source, struct diag_list *diags)
{
	size_t at = utf8_text_length(source->text);
	struct span span = {source->id, (uint32_t)at, (uint32_t)at + 1};
	unsigned char c;
	struct diag *diag;

	if (at == source->text.n)
		return true;
	c = (unsigned char)source->text.p[at];
	diag = c ? diag_add(diags, BF003, span, "byte 0x%02X is not UTF-8", c)
	         : diag_add(diags, BF004, span, "a NUL byte");
	diag_hint(diags, diag, "a .bf file is UTF-8 text; is this one binary?");
	return false;
}

static char *load(const char *path, const struct span *why, struct diag_list *diags, size_t *n)
{
	bool is_stdin = strcmp(path, "-") == 0;
	int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	struct stat stat;
	char *bytes = NULL;

	if (fd < 0 || fstat(fd, &stat) < 0) {
		complain(diags, BF001, why, path, strerror(errno));
	} else if (S_ISDIR(stat.st_mode)) {
		struct diag *diag = complain(diags, BF001, why, path, "it is a directory");

		diag_hint(diags, diag, "name the .bf file in it");
	} else if (S_ISREG(stat.st_mode) && (uintmax_t)stat.st_size > SOURCE_BYTES_MAX) {
		complain_too_large(diags, why, path);
	} else {
		size_t guess = S_ISREG(stat.st_mode) ? (size_t)stat.st_size : 65536;

		bytes = read_all(fd, path, guess, why, diags, n);
	}
	if (fd >= 0 && !is_stdin)
		close(fd);
	return bytes;
}

struct source *source_load(struct source_set *set, const char *path, const struct span *why,
                           struct diag_list *diags)
{
	size_t n;
	char *bytes = load(path, why, diags, &n);
	struct source *source;

	if (!bytes)
		return NULL;
	/* In the set before it is checked: the diagnostic prints a line of it. */
	source = add(set, strcmp(path, "-") == 0 ? "<stdin>" : path, bytes, n);
	return is_text(source, diags) ? source : NULL;
}

struct source *source_from_text(struct source_set *set, const char *path, struct str text,
                                struct diag_list *diags)
{
	char *bytes;

	if (text.n > SOURCE_BYTES_MAX) {
		complain_too_large(diags, NULL, path);
		return NULL;
	}
	bytes = xmalloc(text.n + 1);
	if (text.n)
		memcpy(bytes, text.p, text.n);
	bytes[text.n] = '\0';
	return add(set, path, bytes, text.n);
}

struct str span_text(const struct source_set *set, struct span span)
{
	return (struct str){set->list.items[span.file]->text.p + span.begin, span.end - span.begin};
}

static void map_lines(struct source *source)
{
	const char *p = source->text.p;
	const char *end = p + source->text.n;
	size_t count = 1;

	for (const char *at = p; (at = memchr(at, '\n', (size_t)(end - at))); at++)
		count++;
	source->lines = xmalloc(count * sizeof(*source->lines));
	source->lines[0] = 0;
	source->line_count = 1;
	for (const char *at = p; (at = memchr(at, '\n', (size_t)(end - at)));) {
		at++;
		source->lines[source->line_count++] = (uint32_t)(at - p);
	}
}

static const struct source_piece *piece_at(const struct source *source, uint32_t offset)
{
	size_t low = 0, high = source->piece_count;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (source->pieces[middle].begin <= offset)
			low = middle;
		else
			high = middle;
	}
	return &source->pieces[low];
}

/* Of a made text: the place that a byte takes in the text that it was made from. */
static uint32_t copied_from(const struct source_piece *piece, uint32_t offset)
{
	if (piece->instead.end)
		return piece->from.begin;
	return piece->from.begin + (offset - piece->begin);
}

struct span span_origin(const struct source_set *set, struct span span)
{
	const struct source *source = set->list.items[span.file];

	while (source->piece_count) {
		const struct source_piece *first = piece_at(source, span.begin);
		const struct source_piece *last =
		        piece_at(source, span.end > span.begin ? span.end - 1 : span.end);

		if (first == last && first->instead.end)
			span = first->instead;
		else
			span = (struct span){first->from.file, copied_from(first, span.begin),
			                     last->instead.end ? last->from.end
			                                       : copied_from(last, span.end)};
		source = set->list.items[span.file];
	}
	return span;
}

struct place span_place(const struct source_set *set, struct span span)
{
	struct source *source;
	size_t low = 0;
	size_t high;
	uint32_t begin, end;
	unsigned column = 1;

	span = span_origin(set, span);
	source = set->list.items[span.file];
	if (!source->lines)
		map_lines(source);
	high = source->line_count;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (source->lines[middle] <= span.begin)
			low = middle;
		else
			high = middle;
	}
	begin = source->lines[low];
	end = low + 1 < source->line_count ? source->lines[low + 1] - 1 : (uint32_t)source->text.n;
	if (end > begin && source->text.p[end - 1] == '\r')
		end--;
	for (uint32_t i = begin; i < span.begin; i++)
		if (((unsigned char)source->text.p[i] & 0xC0) != 0x80)
			column++;
	return (struct place){
	        .path = source->path,
	        .line = (unsigned)low + 1,
	        .column = column,
	        .line_text = {source->text.p + begin, end - begin},
	};
}

struct span span_join(struct span a, struct span b)
{
	return (struct span){
	        .file = a.file,
	        .begin = a.begin < b.begin ? a.begin : b.begin,
	        .end = a.end > b.end ? a.end : b.end,
	};
}
