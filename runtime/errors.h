/*
 * errors.h: what to do about an exception code.
 *
 * Purpose: plan.md: an error is sorted by ClickHouse's exception code.
 * Source: src/Common/ErrorCodes.cpp of ClickHouse; each row of the table says why.
 */
#ifndef BFC_ERRORS_H
#define BFC_ERRORS_H

#include "compiler/base/str.h"

enum error_class {
	ERROR_RETRY,   /* passes by itself: network, too many queries, too many parts, Keeper */
	ERROR_ROOM,    /* a full disk: it passes when somebody makes room */
	ERROR_SMALLER, /* memory limit */
	ERROR_STOP,    /* everything else */
};

struct error_info {
	int code;
	const char *name; /* MEMORY_LIMIT_EXCEEDED */
	enum error_class class;
	const char *advice; /* what to do next, or NULL */
};

/* Never NULL; an unknown code is ERROR_STOP without a name. */
const struct error_info *error_info(int code);
/* The same, where one code stands for what passes and for what does not: by the exception's text. */
const struct error_info *error_of(int code, struct str text);

#endif
