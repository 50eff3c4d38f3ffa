#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "runtime/reply.h"

static struct outcome decide(struct http_answer answer)
{
	struct outcome outcome = {0};

	reply_decide(&answer, &outcome);
	return outcome;
}

/* A complete answer of ClickHouse. */
static struct http_answer answer_of(int status, const char *body)
{
	return (struct http_answer){
	        .status = status, .from_clickhouse = true, .complete = true, .body = str_of(body)};
}

static void expect(struct http_answer answer, enum outcome_kind kind, int code, const char *text)
{
	struct outcome outcome = decide(answer);

	assert_int_equal(outcome.kind, kind);
	assert_int_equal(outcome.code, code);
	if (text && str_find(outcome.text, str_of(text)) < 0)
		fail_msg("'%s' is not in '%.*s'", text, STR_ARG(outcome.text));
	outcome_release(&outcome);
}

static const char two_rows[] = "{\"meta\":[{\"name\":\"a\",\"type\":\"String\"},{\"name\":\"n\","
                               "\"type\":\"Nullable(UInt8)\"},"
                               "{\"name\":\"s\",\"type\":\"String\"}],\n"
                               "\"data\":[[\"x\\ty\\\\\\u0000z\",\"ᴺᵁᴸᴸ\",\"ᴺᵁᴸᴸ\"],[\"\",\"7\","
                               "\"Code: 1. DB::Exception\"]],\n"
                               "\"rows\":2,\"statistics\":{\"elapsed\":0.1}}\n";

static void test_rows(void **state)
{
	struct http_answer answer = answer_of(200, two_rows);
	struct outcome outcome;
	const struct reply *reply = &outcome.reply;

	(void)state;
	answer.summary = STR("{\"read_rows\":\"5\",\"read_bytes\":\"60\",\"written_rows\":\"2\","
	                     "\"memory_usage\":\"77\"}");
	outcome = decide(answer);
	assert_int_equal(outcome.kind, OUTCOME_OK);
	assert_int_equal(reply->column_count, 3);
	assert_int_equal(reply->row_count, 2);
	assert_true(str_is(reply->columns[1], "n"));
	assert_int_equal(reply->values[0].n, 6);
	assert_memory_equal(reply->values[0].p, "x\ty\\\0z", 6);
	/* NULL only where the type can be NULL. */
	assert_null(reply->values[1].p);
	assert_true(str_is(reply->values[2], "ᴺᵁᴸᴸ"));
	assert_non_null(reply->values[3].p);
	assert_true(str_is(reply->values[4], "7"));
	assert_int_equal(reply->read_rows, 5);
	assert_int_equal(reply->written_rows, 2);
	assert_int_equal(reply->memory_bytes, 77);
	outcome_release(&outcome);
}

static void test_no_rows(void **state)
{
	(void)state;
	expect(answer_of(200, ""), OUTCOME_OK, 0, NULL);
	expect(answer_of(200, "\n"), OUTCOME_OK, 0, NULL);
	expect(answer_of(
	               200,
	               "{\"meta\":[{\"name\":\"a\",\"type\":\"String\"}],\"data\":[],\"rows\":0}"),
	       OUTCOME_OK, 0, NULL);
}

static void test_exceptions(void **state)
{
	struct http_answer header = answer_of(200, "");
	struct http_answer cut = answer_of(200, "{\"meta\":[\nCode: 241. DB::Exception: Memory");

	(void)state;
	expect(answer_of(500, "Code: 241. DB::Exception: Memory limit (X) (version 26.7)\n"),
	       OUTCOME_EXCEPTION, 241, "Memory limit");
	expect(answer_of(500, "Poco::Exception. Code: 1000, e.code() = 0, HTML Form Exception"),
	       OUTCOME_EXCEPTION, 1000, "HTML Form");
	/* A 200 with the header, as progress headers give it. */
	header.exception_code = STR("395");
	expect(header, OUTCOME_EXCEPTION, 395, "395");
	/* A 200 with an exception behind the rows. */
	expect(answer_of(200,
	                 "{\"meta\":[],\n\"data\":[\n[\"0\"]\n__exception__\r\nwcwdfrlblhrridqt\r\n"
	                 "Code: 395. DB::Exception: thrown. (F) (version 26.7)\n"
	                 "51 wcwdfrlblhrridqt\r\n__exception__\r\n"),
	       OUTCOME_EXCEPTION, 395, "thrown. (F) (version 26.7)");
	/* The same from a server without exception blocks. */
	expect(answer_of(200,
	                 "{\"meta\":[],\"data\":[[\"0\"]\nCode: 159. DB::Exception: Timeout\n"),
	       OUTCOME_EXCEPTION, 159, "Timeout");
	expect(answer_of(200, "Code: 62. DB::Exception: Syntax error"), OUTCOME_EXCEPTION, 62,
	       NULL);
	expect(answer_of(200,
	                 "rows\n__exception__\r\ntag\r\nno code here\n3 tag\r\n__exception__\r\n"),
	       OUTCOME_EXCEPTION, 0, "no code here");
	cut.complete = false;
	expect(cut, OUTCOME_EXCEPTION, 241, NULL);
}

static void test_block_trailer_is_not_shown(void **state)
{
	struct outcome outcome = decide(
	        answer_of(200, "x\n__exception__\r\ntag\r\nCode: 395. DB::Exception: thrown\n"
	                       "30 tag\r\n__exception__\r\n"));

	(void)state;
	assert_true(str_is(outcome.text, "Code: 395. DB::Exception: thrown"));
	outcome_release(&outcome);
}

/* Found by fuzzing: the message was taken for the trailer, and nothing was left of it. */
static void test_damaged_block(void **state)
{
	(void)state;
	expect(answer_of(200, "Code: 395. DB::Exception: thrown\r\n__exception__\r\n"),
	       OUTCOME_EXCEPTION, 395, "thrown");
	expect(answer_of(200, "\n__exception__\n"), OUTCOME_EXCEPTION, 0, "Code: 0");
}

/* Found by fuzzing: what follows a NUL was not shown, and of this nothing was left. */
static void test_nul_in_message(void **state)
{
	struct http_answer answer = answer_of(500, "");

	(void)state;
	answer.exception_code = STR("62");
	answer.body = STR("\0");
	expect(answer, OUTCOME_EXCEPTION, 62, "Code: 62");
	answer.body = STR("Code: 62. DB::Exception: at 'a\0b'");
	expect(answer, OUTCOME_EXCEPTION, 62, "at 'a b'");
}

static void test_denied(void **state)
{
	struct http_answer answer =
	        answer_of(403, "Code: 516. DB::Exception: bfc: Authentication failed");

	(void)state;
	answer.exception_code = STR("516");
	expect(answer, OUTCOME_DENIED, 516, "Authentication failed");
	expect(answer_of(401, "Code: 194. DB::Exception: Password required"), OUTCOME_DENIED, 194,
	       NULL);
}

static void test_nonsense(void **state)
{
	struct http_answer answer = {
	        .status = 200, .complete = true, .body = STR("<html>\x01hi\xff</html>")};

	(void)state;
	answer.server = STR("nginx/1.2");
	expect(answer, OUTCOME_NONSENSE, 0,
	       "status 200, server 'nginx/1.2', body begins '<html> hi?</html>'");
	answer.body = STR("");
	expect(answer, OUTCOME_NONSENSE, 0, "this is not ClickHouse");
	answer.status = 404;
	expect(answer, OUTCOME_NONSENSE, 0, "status 404");
	/* JSON, but not of the kind that was asked for. */
	expect(answer_of(200, "{}"), OUTCOME_NONSENSE, 0, NULL);
	expect(answer_of(200, "{\"meta\":[],\"data\":[],\"rows\":0}"), OUTCOME_NONSENSE, 0, NULL);
	expect(answer_of(
	               200,
	               "{\"meta\":[{\"name\":\"a\",\"type\":\"String\"}],\"data\":[[\"1\",\"2\"]],"
	               "\"rows\":1}"),
	       OUTCOME_NONSENSE, 0, NULL);
	expect(answer_of(200, "{\"meta\":[{\"name\":\"a\",\"type\":\"String\"}],\"data\":[[\"1\"]],"
	                      "\"rows\":2}"),
	       OUTCOME_NONSENSE, 0, NULL);
	expect(answer_of(200, "{\"meta\":[{\"name\":\"a\",\"type\":\"String\"}],\"data\":[[\"1\"]"),
	       OUTCOME_NONSENSE, 0, NULL);
	expect(answer_of(200, "1\n"), OUTCOME_NONSENSE, 0, NULL);
}

static void test_lost(void **state)
{
	struct http_answer answer = answer_of(200, two_rows);

	(void)state;
	answer.complete = false;
	expect(answer, OUTCOME_LOST, 0, "middle");
	expect((struct http_answer){.status = 502, .complete = true}, OUTCOME_LOST, 0, "gateway");
	expect((struct http_answer){.status = 504, .complete = true}, OUTCOME_LOST, 0, NULL);
	expect((struct http_answer){.status = 200, .overflow = true}, OUTCOME_NONSENSE, 0,
	       "64 MiB");
}

static void test_long_text_is_cut(void **state)
{
	char *body = malloc(100001);
	struct outcome outcome;

	(void)state;
	memset(body, 'x', 100000);
	body[100000] = '\0';
	memcpy(body, "Code: 62. ", 10);
	outcome = decide(answer_of(400, body));
	assert_int_equal(outcome.code, 62);
	assert_in_range(outcome.text.n, 3900, 4100);
	outcome_release(&outcome);
	free(body);
}

/* Every beginning of an answer must be decided without reading past its end. */
static void test_every_prefix(void **state)
{
	(void)state;
	for (size_t n = 0; n < sizeof(two_rows) - 2; n++) {
		char *copy = malloc(n + 1);
		struct http_answer answer = answer_of(200, "");
		struct outcome outcome;

		memcpy(copy, two_rows, n);
		answer.body = (struct str){copy, n};
		outcome = decide(answer);
		assert_int_equal(outcome.kind, n ? OUTCOME_NONSENSE : OUTCOME_OK);
		outcome_release(&outcome);
		free(copy);
	}
}

static void expect_masked(const char *text, const char *secret, const char *masked)
{
	struct outcome outcome = {0};
	struct binding param = {.value = str_of(secret), .secret = true};

	outcome_say(&outcome, OUTCOME_EXCEPTION, "%s", text);
	reply_mask(&outcome, &param, 1);
	if (!str_is(outcome.text, masked))
		fail_msg("'%.*s', not '%s'", STR_ARG(outcome.text), masked);
	outcome_release(&outcome);
}

static void test_mask(void **state)
{
	(void)state;
	expect_masked("key hunter22 and hunter22", "hunter22", "key *** and ***");
	expect_masked("xhunter22x", "hunter22", "x***x");
	expect_masked("in 'it\\'s\\\\x' here", "it's\\x", "in '***' here");
	expect_masked("nothing", "hunter22", "nothing");
	expect_masked("text", "", "text");
	/* Short ones only where they stand alone. */
	expect_masked("x is the password of max: 'x'", "x", "*** is the password of max: '***'");
	expect_masked("abc abcd xabc", "abc", "*** abcd xabc");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_rows),
	        cmocka_unit_test(test_no_rows),
	        cmocka_unit_test(test_exceptions),
	        cmocka_unit_test(test_block_trailer_is_not_shown),
	        cmocka_unit_test(test_damaged_block),
	        cmocka_unit_test(test_nul_in_message),
	        cmocka_unit_test(test_denied),
	        cmocka_unit_test(test_nonsense),
	        cmocka_unit_test(test_lost),
	        cmocka_unit_test(test_long_text_is_cut),
	        cmocka_unit_test(test_every_prefix),
	        cmocka_unit_test(test_mask),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
