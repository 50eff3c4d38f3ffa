/*
 * utf8.h: is it UTF-8?
 *
 * Purpose: one set of rules for what is read (source.c) and what is written (graph_json.c).
 * Invariants: RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF. A NUL byte is a
 * character like others here.
 * Failure: none.
 */
#ifndef BFC_UTF8_H
#define BFC_UTF8_H

#include "compiler/base/str.h"

/* How many bytes the sequence at the text's beginning has; 0: it is none, or cut off. */
size_t utf8_length(struct str text);
bool utf8_is_valid(struct str text);
/* How long its beginning is that is UTF-8 without a NUL byte. */
size_t utf8_text_length(struct str text);

#endif
