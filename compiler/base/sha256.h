/*
 * sha256.h: SHA-256 as lower-case hex, over libnettle.
 *
 * Purpose: a plan's hash and the short tags made from names.
 * Failure: none.
 */
#ifndef BFC_SHA256_H
#define BFC_SHA256_H

#include <nettle/sha2.h>

#include "compiler/base/str.h"

/* Writes 64 hex digits and a NUL. */
void sha256_hex(struct str text, char out[65]);

/* The same for a text that comes in pieces: sha256_init(), sha256_add() …, sha256_end(). */
static inline void sha256_add(struct sha256_ctx *context, struct str text)
{
	sha256_update(context, text.n, (const uint8_t *)text.p);
}
void sha256_end(struct sha256_ctx *context, char out[65]);

#endif
