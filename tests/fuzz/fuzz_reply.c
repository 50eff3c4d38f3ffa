/*
 * fuzz_reply.c: any bytes as an HTTP answer: what a server, a proxy or somebody else may send.
 *
 * The first byte says what the transport saw (status, complete, too long), two lines are headers,
 * the rest is the body.
 */
#include <stdlib.h>

#include "runtime/reply.h"

#define SECRET "o'n\\e\nline"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct str take_line(struct str *rest)
{
	const char *end = memchr(rest->p, '\n', rest->n);
	struct str line = {rest->p, end ? (size_t)(end - rest->p) : rest->n};
	size_t past = line.n + (end != NULL);

	*rest = (struct str){rest->p + past, rest->n - past};
	return line;
}

/* Every byte of every value can be read, and what is no good answer says why. */
static void check_outcome(const struct outcome *outcome)
{
	const struct reply *reply = &outcome->reply;
	unsigned char sum = 0;

	if (outcome->kind != OUTCOME_OK && !outcome->text.n)
		abort();
	for (size_t i = 0;
	     outcome->kind == OUTCOME_OK && i < reply->row_count * reply->column_count; i++)
		for (size_t k = 0; k < reply->values[i].n; k++)
			sum ^= (unsigned char)reply->values[i].p[k];
	if (str_find(outcome->text, STR(SECRET)) >= 0)
		abort();
	*(volatile unsigned char *)&sum = sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int statuses[] = {200, 200, 200, 401, 404, 500, 502, 0};
	struct binding secrets[2] = {
	        {.name = STR("a"), .value = STR("5"), .secret = true},
	        {.name = STR("b"), .value = STR(SECRET), .secret = true},
	};
	struct str rest = {(const char *)data + 1, size - 1};
	struct http_answer answer = {0};
	struct outcome outcome = {0};

	if (!size)
		return 0;
	answer.status = statuses[data[0] & 7];
	answer.complete = !(data[0] & 8);
	answer.overflow = (data[0] & 24) == 24;
	answer.from_clickhouse = data[0] & 32;
	if (data[0] & 64)
		answer.exception_code = take_line(&rest);
	if (data[0] & 128)
		answer.summary = take_line(&rest);
	answer.body = rest;
	reply_decide(&answer, &outcome);
	reply_mask(&outcome, secrets, 2);
	check_outcome(&outcome);
	outcome_release(&outcome);
	return 0;
}
