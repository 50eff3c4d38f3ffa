#include "compiler/base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	BLOCK_BYTES_MIN = 4096,
	BLOCK_BYTES_MAX = 1 << 20, /* past this, doubling wastes more than it saves */
	EXIT_STOPPED = 3,
};

struct arena_block {
	struct arena_block *next;
	size_t size;
	size_t used;
	alignas(max_align_t) char bytes[];
};

_Noreturn void out_of_memory(void)
{
	static const char text[] = "bfc: out of memory; nothing is lost: run the same command "
	                           "again with more memory\n";
	ssize_t ignored = write(STDERR_FILENO, text, sizeof(text) - 1);

	(void)ignored;
	_exit(EXIT_STOPPED);
}

void *xmalloc(size_t bytes)
{
	void *p = malloc(bytes ? bytes : 1);

	if (!p)
		out_of_memory();
	return p;
}

void *xrealloc(void *old, size_t bytes)
{
	void *p = realloc(old, bytes ? bytes : 1);

	if (!p)
		out_of_memory();
	return p;
}

char *xstrdup(const char *text)
{
	size_t n = strlen(text) + 1;

	return memcpy(xmalloc(n), text, n);
}

void arena_init(struct arena *arena)
{
	*arena = (struct arena){0};
}

void arena_release(struct arena *arena)
{
	struct arena_block *block = arena->blocks;

	while (block) {
		struct arena_block *next = block->next;

		free(block);
		block = next;
	}
	arena_init(arena);
}

static struct arena_block *block_add(struct arena *arena, size_t need)
{
	size_t size = arena->blocks ? arena->blocks->size * 2 : BLOCK_BYTES_MIN;
	struct arena_block *block;

	if (size > BLOCK_BYTES_MAX)
		size = BLOCK_BYTES_MAX;
	if (size < need)
		size = need;
	if (size > SIZE_MAX - sizeof(*block))
		out_of_memory();
	block = xmalloc(sizeof(*block) + size);
	*block = (struct arena_block){.next = arena->blocks, .size = size};
	arena->blocks = block;
	return block;
}

static size_t rounded(size_t bytes)
{
	const size_t align = alignof(max_align_t);

	return (bytes + align - 1) & ~(align - 1);
}

void *arena_alloc(struct arena *arena, size_t bytes)
{
	struct arena_block *block = arena->blocks;
	void *p;

	if (bytes > SIZE_MAX - alignof(max_align_t))
		out_of_memory();
	bytes = rounded(bytes);
	if (!block || block->size - block->used < bytes)
		block = block_add(arena, bytes);
	p = block->bytes + block->used;
	block->used += bytes;
	arena->bytes += bytes;
	return memset(p, 0, bytes);
}

void *arena_array_alloc(struct arena *arena, size_t size, size_t count)
{
	if (count && size > SIZE_MAX / count)
		out_of_memory();
	return arena_alloc(arena, size * count);
}

/* Makes what was handed out last larger where it stands; false when something came after it. */
static bool extend(struct arena *arena, const void *items, size_t old, size_t bytes)
{
	struct arena_block *block = arena->blocks;
	size_t more;

	if (!old || (const char *)items + rounded(old) != block->bytes + block->used)
		return false;
	more = rounded(bytes) - rounded(old);
	if (more > block->size - block->used)
		return false;
	memset(block->bytes + block->used, 0, more);
	block->used += more;
	arena->bytes += more;
	return true;
}

/* Most lists stay short, and an arena takes nothing back: the larger an item, the fewer are laid
 * by at first. */
static size_t first_capacity(size_t size)
{
	enum { FIRST_BYTES = 128, FIRST_MAX = 8 };

	if (size * FIRST_MAX <= FIRST_BYTES)
		return FIRST_MAX;
	return size < FIRST_BYTES ? FIRST_BYTES / size : 1;
}

void *arena_grow(struct arena *arena, void *items, size_t count, size_t *capacity, size_t size)
{
	size_t old = *capacity;
	void *grown;

	if (count < old)
		return items;
	if (old > SIZE_MAX / 2 / size)
		out_of_memory();
	*capacity = old ? old * 2 : first_capacity(size);
	if (extend(arena, items, old * size, *capacity * size))
		return items;
	grown = arena_array_alloc(arena, size, *capacity);
	if (count)
		memcpy(grown, items, count * size);
	return grown;
}

char *arena_strdup(struct arena *arena, struct str text)
{
	char *copy = arena_alloc(arena, text.n + 1);

	if (text.n)
		memcpy(copy, text.p, text.n);
	return copy;
}

struct str arena_str(struct arena *arena, struct str text)
{
	return (struct str){arena_strdup(arena, text), text.n};
}

char *arena_vprintf(struct arena *arena, const char *format, va_list args)
{
	char small[256];
	va_list again;
	int n;
	char *text;

	va_copy(again, args);
	n = vsnprintf(small, sizeof(small), format, again);
	va_end(again);
	if (n < 0)
		out_of_memory();
	text = arena_alloc(arena, (size_t)n + 1);
	if ((size_t)n < sizeof(small))
		memcpy(text, small, (size_t)n);
	else
		vsnprintf(text, (size_t)n + 1, format, args);
	return text;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = arena_vprintf(arena, format, args);
	va_end(args);
	return text;
}
