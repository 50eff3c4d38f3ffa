#include "compiler/base/json_value.h"

#include <stdlib.h>

#include "compiler/base/arena.h"

static json_t *text_value(struct str text)
{
	json_t *json = json_stringn(text.n ? text.p : "", text.n);
	char *copy;

	if (json)
		return json;
	copy = xmalloc(text.n + 1);
	for (size_t i = 0; i < text.n; i++)
		copy[i] = (unsigned char)text.p[i] < 0x80 ? text.p[i] : '?';
	json = json_stringn(copy, text.n);
	free(copy);
	return json;
}

json_t *json_text(const char *text)
{
	return text_value(str_of(text));
}

void json_put(json_t *object, const char *key, json_t *value)
{
	if (!value || json_object_set_new(object, key, value))
		out_of_memory();
}

void json_put_text(json_t *object, const char *key, struct str text)
{
	json_put(object, key, text_value(text));
}

void json_put_u64(json_t *object, const char *key, uint64_t n)
{
	json_put(object, key, json_integer((json_int_t)n));
}

void json_push(json_t *array, json_t *value)
{
	if (!value || json_array_append_new(array, value))
		out_of_memory();
}

void json_print(json_t *value, struct buf *out)
{
	char *text = json_dumps(value, JSON_INDENT(2));

	if (!text)
		out_of_memory();
	buf_addz(out, text);
	buf_addc(out, '\n');
	free(text);
	json_decref(value);
}
