/*
 * human.h: numbers as a person reads them.
 *
 * Invariants: the same in every locale; each function fills `out` and returns it.
 */
#ifndef BFC_CLI_HUMAN_H
#define BFC_CLI_HUMAN_H

#include <stdint.h>

struct human {
	char text[32];
};

/* 1,234,567 */
const char *human_count(uint64_t n, struct human *out);
/* 12.3 MiB */
const char *human_bytes(uint64_t bytes, struct human *out);
/* 850 ms, 12.3 s, 3 min 20 s, 2 h 5 min */
const char *human_ms(uint64_t ms, struct human *out);
/* `n` in `ms`, a second; 0 when no time has passed. */
uint64_t human_rate(uint64_t n, uint64_t ms);

#endif
