#include "compiler/base/buf.h"

#include <stdio.h>
#include <stdlib.h>

#include "compiler/base/arena.h"

void buf_init(struct buf *buf, size_t ceiling)
{
	*buf = (struct buf){.ceiling = ceiling};
}

void buf_init_drained(struct buf *buf, size_t ceiling, buf_drain_fn *drain, void *to)
{
	*buf = (struct buf){.ceiling = ceiling, .drain = drain, .drain_to = to};
}

void buf_drain(struct buf *buf)
{
	if (buf->size)
		buf->drain(buf->drain_to, buf_str(buf));
	buf->drained += buf->size;
	buf->size = 0;
}

void buf_release(struct buf *buf)
{
	free(buf->data);
	buf_init(buf, buf->ceiling);
}

void buf_reset(struct buf *buf)
{
	buf->size = 0;
	buf->drained = 0;
	buf->overflow = false;
	if (buf->data)
		buf->data[0] = '\0';
}

static bool reserve(struct buf *buf, size_t more)
{
	enum { FIRST_BYTES = 256, PIECE_BYTES = 1 << 16 };
	size_t need;

	if (more > buf->ceiling - buf_total(buf)) {
		buf->overflow = true;
		return false;
	}
	if (buf->drain && buf->size + more >= PIECE_BYTES)
		buf_drain(buf);
	need = buf->size + more + 1;
	if (need > buf->capacity) {
		size_t capacity = buf->capacity ? buf->capacity * 2 : FIRST_BYTES;

		if (capacity < need)
			capacity = need;
		buf->data = xrealloc(buf->data, capacity);
		buf->capacity = capacity;
	}
	return true;
}

bool buf_add(struct buf *buf, struct str text)
{
	if (!reserve(buf, text.n))
		return false;
	if (text.n)
		memcpy(buf->data + buf->size, text.p, text.n);
	buf->size += text.n;
	buf->data[buf->size] = '\0';
	return true;
}

bool buf_addv(struct buf *buf, const char *format, va_list args)
{
	size_t room = buf->capacity - buf->size;
	va_list again;
	int n;

	/* Most texts fit in what is there already: printed once, not measured first. */
	va_copy(again, args);
	n = vsnprintf(room ? buf->data + buf->size : NULL, room, format, again);
	va_end(again);
	if (n < 0)
		out_of_memory();
	if ((size_t)n >= room || (size_t)n > buf->ceiling - buf_total(buf)) {
		if (room)
			buf->data[buf->size] = '\0';
		if (!reserve(buf, (size_t)n))
			return false;
		vsnprintf(buf->data + buf->size, (size_t)n + 1, format, args);
	}
	buf->size += (size_t)n;
	return true;
}

bool buf_addf(struct buf *buf, const char *format, ...)
{
	va_list args;
	bool added;

	va_start(args, format);
	added = buf_addv(buf, format, args);
	va_end(args);
	return added;
}

struct str buf_str(const struct buf *buf)
{
	return (struct str){buf->data, buf->size};
}
