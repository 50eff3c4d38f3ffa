/*
 * arena.h: memory that is freed all at once.
 *
 * Purpose: a lifetime is a context, not a series of frees (the habit of
 * PostgreSQL's memory contexts). bfc has three: the session's (source text,
 * diagnostics), the front end's (ast, model) and the plan's (graph).
 * Invariants: what arena_alloc() returns is zeroed, aligned for any type, and
 * stays where it is until arena_release().
 * Ownership: the arena owns every block; callers own nothing that they get.
 * Failure: running out of memory ends the program through out_of_memory(): a
 * run can be killed at any moment without losing anything (plan.md), so a
 * clean end is the one right answer. No function here returns NULL.
 */
#ifndef BFC_ARENA_H
#define BFC_ARENA_H

#include <stdarg.h>
#include <stddef.h>

#include "compiler/base/str.h"

struct arena_block;

struct arena {
	struct arena_block *blocks; /* the newest first */
	size_t bytes;               /* handed out so far, for `make bench` */
};

void arena_init(struct arena *arena);
/* Frees everything; the arena is as after arena_init(). */
void arena_release(struct arena *arena);

void *arena_alloc(struct arena *arena, size_t bytes);
/* A NUL-terminated copy of the bytes. */
char *arena_strdup(struct arena *arena, struct str text);
struct str arena_str(struct arena *arena, struct str text);
char *arena_printf(struct arena *arena, const char *format, ...)
        __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *arena, const char *format, va_list args);

#define arena_new(arena, type) ((type *)arena_alloc((arena), sizeof(type)))
#define arena_array(arena, type, count) ((type *)arena_array_alloc((arena), sizeof(type), (count)))
void *arena_array_alloc(struct arena *arena, size_t size, size_t count);

/*
 * Grows an arena array by one slot and yields the new slot's address. `list`
 * is a structure with fields `items`, `count` and `capacity`; see LIST_OF().
 */
#define LIST_OF(type)                                                                              \
	struct {                                                                                   \
		type *items;                                                                       \
		size_t count;                                                                      \
		size_t capacity;                                                                   \
	}
#define list_add(arena, list)                                                                      \
	((list)->items = arena_grow((arena), (list)->items, (list)->count, &(list)->capacity,      \
	                            sizeof(*(list)->items)),                                       \
	 &(list)->items[(list)->count++])
/* Room for just so many items, in a list that is still empty: one that is filled item by item keeps
 * up to twice that, and what it outgrew. */
#define list_reserve(arena, list, most)                                                            \
	((list)->items = arena_array_alloc((arena), sizeof(*(list)->items), (most)),               \
	 (list)->capacity = (most))
void *arena_grow(struct arena *arena, void *items, size_t count, size_t *capacity, size_t size);

/* Says so on standard error and ends the program with exit code 3. */
_Noreturn void out_of_memory(void);
/* malloc() and friends that end the program instead of returning NULL. */
void *xmalloc(size_t bytes);
void *xrealloc(void *old, size_t bytes);
char *xstrdup(const char *text);

#endif
