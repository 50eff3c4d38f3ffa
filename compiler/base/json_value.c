#include "compiler/base/json_value.h"

#include <stdlib.h>

#include "compiler/base/arena.h"

json_t *json_text(const char *text)
{
	json_t *json = json_string(text);
	char *copy;

	if (json)
		return json;
	copy = xstrdup(text);
	for (char *p = copy; *p; p++)
		if ((unsigned char)*p >= 0x80)
			*p = '?';
	json = json_string(copy);
	free(copy);
	return json;
}

void json_put(json_t *object, const char *key, json_t *value)
{
	if (!value || json_object_set_new(object, key, value))
		out_of_memory();
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
