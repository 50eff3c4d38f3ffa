#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "runtime/form.h"

static const char base[] = "http://h:8123/";

static bool has(struct str text, const char *part)
{
	return str_find(text, str_of(part)) >= 0;
}

static size_t count(struct str text, const char *part)
{
	size_t n = 0;
	ptrdiff_t at;

	while ((at = str_find(text, str_of(part))) >= 0) {
		text.p += at + 1;
		text.n -= (size_t)at + 1;
		n++;
	}
	return n;
}

static void test_fields(void **state)
{
	struct binding params[] = {{STR("a"), STR("x\ty\\"), true},
	                           {STR("t"), STR("we\\ird"), false}};
	struct setting settings[] = {{STR("log_comment"), STR("'it\\'s & b'")},
	                             {STR("n"), STR("7")}};
	struct request request = {.sql = STR("SELECT {a:String} FROM {t:Identifier}"),
	                          .query_id = STR("bfc-1"),
	                          .params = params,
	                          .param_count = 2,
	                          .settings = settings,
	                          .setting_count = 2};
	struct form form;

	(void)state;
	assert_true(form_init(&form, base, &request, 1));
	assert_true(has(buf_str(&form.url), "http://h:8123/?wait_end_of_query=1&"));
	assert_true(has(buf_str(&form.url), "&async_insert=0"));
	assert_true(has(buf_str(&form.url), "&log_comment=it%27s%20%26%20b&n=7"));
	assert_true(has(buf_str(&form.url), "&query_id=bfc-1"));
	assert_false(has(buf_str(&form.url), "SELECT"));
	assert_false(has(buf_str(&form.url), "param_"));
	assert_true(has(buf_str(&form.body), "name=\"param_a\"\r\n\r\nx\\ty\\\\\r\n"));
	/* The server takes an Identifier as it is. */
	assert_true(has(buf_str(&form.body), "name=\"param_t\"\r\n\r\nwe\\ird\r\n"));
	assert_true(has(str_of(form.content_type),
	                "multipart/form-data; boundary=bfc-boundary-00000001"));
	form_release(&form);
}

static void test_long_statement(void **state)
{
	size_t n = 300000;
	char *sql = malloc(n);
	struct request request = {.sql = {sql, n}};
	struct form form;

	(void)state;
	memset(sql, 'x', n);
	assert_true(form_init(&form, base, &request, 1));
	assert_int_equal(count(buf_str(&form.body), "name=\"query\""), 3);
	assert_true(has(buf_str(&form.url), "max_query_size=301024"));
	form_release(&form);
	free(sql);
}

static void test_data(void **state)
{
	struct request request = {.sql = STR("INSERT INTO j FORMAT JSONEachRow"),
	                          .body = STR("{\"a\":1}\n")};
	struct form form;

	(void)state;
	assert_true(form_init(&form, base, &request, 1));
	assert_true(str_is(buf_str(&form.body), "INSERT INTO j FORMAT JSONEachRow\n{\"a\":1}\n"));
	assert_false(has(str_of(form.content_type), "form"));
	form_release(&form);
}

static void test_boundary(void **state)
{
	struct request request = {.sql = STR("SELECT 'bfc-boundary-00000005'")};
	struct form form;

	(void)state;
	assert_true(form_init(&form, base, &request, 5));
	assert_true(has(str_of(form.content_type), "bfc-boundary-00000006"));
	form_release(&form);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_fields),
	        cmocka_unit_test(test_long_statement),
	        cmocka_unit_test(test_data),
	        cmocka_unit_test(test_boundary),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
