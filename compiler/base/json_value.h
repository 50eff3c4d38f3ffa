/*
 * json_value.h: making jansson values, where running out of memory ends the program.
 *
 * Invariants: order of members is the order in which they were put.
 * Ownership: json_put() and json_push() take the value over, json_print() frees it.
 * Failure: none is returned (arena.h says why).
 */
#ifndef BFC_JSON_VALUE_H
#define BFC_JSON_VALUE_H

#include <jansson.h>
#include <stdint.h>

#include "compiler/base/buf.h"

/* A string; when it is not UTF-8, its other bytes become `?`. */
json_t *json_text(const char *text);
void json_put(json_t *object, const char *key, json_t *value);
void json_put_text(json_t *object, const char *key, struct str text);
void json_put_u64(json_t *object, const char *key, uint64_t n);
void json_push(json_t *array, json_t *value);
/* Indented by two, with a line end. */
void json_print(json_t *value, struct buf *out);

#endif
