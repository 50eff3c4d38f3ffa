/*
 * sha256.h: SHA-256 as lower-case hex, over libnettle.
 *
 * Purpose: a plan's hash and the short tags made from names.
 * Failure: none.
 */
#ifndef BFC_SHA256_H
#define BFC_SHA256_H

#include "compiler/base/str.h"

/* Writes 64 hex digits and a NUL. */
void sha256_hex(struct str text, char out[65]);

#endif
