/*
 * buf.h: a byte string that grows up to a stated ceiling.
 *
 * Purpose: output of the emitters, request and reply bodies.
 * Invariants: `data` is NUL-terminated once anything was added; what was added never
 * passes `ceiling` in sum (the habit of curl's dynbuf: every buffer has a limit). A buffer with a
 * drain hands its content over whenever it is full: `data` is only what is left, so who adds to
 * a buffer that was given to him never looks at what is in it.
 * Ownership: the buffer owns `data`; buf_release() frees it.
 * Units: bytes.
 * Failure: adding past the ceiling adds nothing, sets `overflow` and returns
 * false; out of memory ends the program (arena.h).
 */
#ifndef BFC_BUF_H
#define BFC_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "compiler/base/str.h"

/* Takes a piece of the content; pieces end anywhere. */
typedef void buf_drain_fn(void *to, struct str piece);

struct buf {
	char *data;
	size_t size;
	size_t capacity;
	size_t ceiling;
	bool overflow;
	buf_drain_fn *drain; /* NULL: all stays here */
	void *drain_to;
	size_t drained; /* bytes that went there */
};

/* Ceiling of what is only printed or written to a file: a plan of 10,000
 * tables is about 60 MiB, so this is far off and still finite. */
#define BUF_CEILING_OUTPUT ((size_t)4 << 30)

void buf_init(struct buf *buf, size_t ceiling);
/* One that keeps a small part of its content at a time; buf_drain() hands over the last one. */
void buf_init_drained(struct buf *buf, size_t ceiling, buf_drain_fn *drain, void *to);
void buf_drain(struct buf *buf);
void buf_release(struct buf *buf);
/* Forgets the content, keeps the memory. */
void buf_reset(struct buf *buf);
bool buf_add(struct buf *buf, struct str text);
/* Inline: the length of a literal is known when this is compiled. */
static inline bool buf_addz(struct buf *buf, const char *text)
{
	return buf_add(buf, str_of(text));
}
static inline bool buf_addc(struct buf *buf, char c)
{
	if (buf->size + 1 >= buf->capacity || buf->size >= buf->ceiling - buf->drained)
		return buf_add(buf, (struct str){&c, 1});
	buf->data[buf->size++] = c;
	buf->data[buf->size] = '\0';
	return true;
}
bool buf_addf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool buf_addv(struct buf *buf, const char *format, va_list args);
/* What is in it; of one with a drain, what is left. */
struct str buf_str(const struct buf *buf);
/* Bytes added so far. */
static inline size_t buf_total(const struct buf *buf)
{
	return buf->drained + buf->size;
}

#endif
