/*
 * fake_words.h: what the fake server reads out of a request, and how it puts an answer together.
 *
 * Purpose: the texts of fake_server.c, apart from what it keeps. Ownership: words are slices of the
 * request; an answer's values are copied into the outcome's arena. Failure: a word that is not
 * there is empty, a parameter '?', a number that is none 0.
 */
#ifndef BFC_FAKE_WORDS_H
#define BFC_FAKE_WORDS_H

#include "runtime/transport.h"

bool starts(struct str text, const char *prefix);
bool holds(struct str text, const char *needle);
struct str param(const struct request *request, const char *name);
uint64_t param_u64(const struct request *request, const char *name);
struct str word_after(struct str text, const char *mark);
struct str word_after_brace(struct str text);
void refuse(struct outcome *outcome, int code, const char *what);
void columns(struct outcome *outcome, const char *names);
void value(struct outcome *outcome, struct str text);
void number(struct outcome *outcome, uint64_t n);

#endif
