#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/target.h"

static int clean_environment(void **state)
{
	(void)state;
	unsetenv("BFC_TARGET");
	unsetenv("CLICKHOUSE_URL");
	unsetenv("CLICKHOUSE_USER");
	unsetenv("CLICKHOUSE_PASSWORD");
	return 0;
}

static void expect_url(const char *text, const char *url)
{
	struct target_options options = {.target = text};
	struct target target;
	char *why;

	assert_true(target_init(&target, &options, &why));
	assert_string_equal(target.url, url);
	assert_string_equal(target.user, "default");
	assert_null(target.password);
	target_release(&target);
}

static void expect_refused(const char *text, const char *reason)
{
	struct target_options options = {.target = text};
	struct target target;
	char *why = NULL;

	if (target_init(&target, &options, &why))
		fail_msg("'%s' was taken", text);
	if (!strstr(why, reason))
		fail_msg("'%s' is not in '%s'", reason, why);
	assert_null(strstr(why, "hunter22"));
	free(why);
}

static void test_urls(void **state)
{
	(void)state;
	expect_url("http://localhost:8123", "http://localhost:8123/");
	expect_url("http://localhost:8123/", "http://localhost:8123/");
	expect_url("http://ch.example", "http://ch.example:8123/");
	expect_url("https://ch.example", "https://ch.example:8443/");
	expect_url("http://[::1]:9", "http://[::1]:9/");
	expect_url("http://[::1]", "http://[::1]:8123/");
	expect_url("https://proxy.example/ch/", "https://proxy.example:8443/ch/");
}

static void test_refused(void **state)
{
	(void)state;
	expect_refused("http://me:hunter22@h:1/", "credentials");
	expect_refused("hunter22@h", "credentials");
	expect_refused("localhost:8123", "http://HOST:PORT");
	expect_refused("ftp://h/", "http://HOST:PORT");
	expect_refused("http://", "no host");
	expect_refused("http:///x", "no host");
	expect_refused("http://:8123/", "no host");
	expect_refused("http://h:/", "port");
	expect_refused("http://h:99999/", "port");
	expect_refused("http://h:12x/", "port");
	expect_refused("http://h/?password=hunter22", "must end");
	expect_refused("http://h\r\nX: y/", "no host");
	expect_refused("embedded:", "directory");
	expect_refused(NULL, "no server named");
}

static void test_environment(void **state)
{
	struct target_options options = {0};
	struct target target;
	char *why;

	(void)state;
	setenv("CLICKHOUSE_URL", "http://second/", 1);
	setenv("CLICKHOUSE_USER", "u", 1);
	setenv("CLICKHOUSE_PASSWORD", "hunter22", 1);
	assert_true(target_init(&target, &options, &why));
	assert_string_equal(target.url, "http://second:8123/");
	assert_string_equal(target.user, "u");
	assert_string_equal(target.password, "hunter22");
	target_release(&target);
	setenv("BFC_TARGET", "http://first/", 1);
	options.user = "v";
	assert_true(target_init(&target, &options, &why));
	assert_string_equal(target.url, "http://first:8123/");
	assert_string_equal(target.user, "v");
	target_release(&target);
	clean_environment(NULL);
	setenv("CLICKHOUSE_URL", "http://me:hunter22@h/", 1);
	options.target = NULL;
	expect_refused(NULL, "CLICKHOUSE_URL has credentials");
	clean_environment(NULL);
}

static void write_file(const char *path, const char *text, mode_t mode)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	chmod(path, mode);
}

static void test_password_file(void **state)
{
	char path[] = "/tmp/bfc-test-XXXXXX";
	struct target_options options = {.target = "http://h/", .password_file = path};
	struct target target;
	char *why;

	(void)state;
	close(mkstemp(path));
	write_file(path, "hunter22\r\nsecond line\n", 0600);
	assert_true(target_init(&target, &options, &why));
	assert_string_equal(target.password, "hunter22");
	assert_null(target.warning);
	target_release(&target);
	write_file(path, "hunter22", 0644);
	assert_true(target_init(&target, &options, &why));
	assert_string_equal(target.password, "hunter22");
	assert_non_null(strstr(target.warning, "chmod 600"));
	target_release(&target);
	write_file(path, "\n", 0600);
	assert_false(target_init(&target, &options, &why));
	assert_non_null(strstr(why, "empty"));
	free(why);
	write_file(path, "a\tb\n", 0600);
	assert_false(target_init(&target, &options, &why));
	assert_non_null(strstr(why, "control character"));
	free(why);
	unlink(path);
	assert_false(target_init(&target, &options, &why));
	assert_non_null(strstr(why, "can't open"));
	free(why);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_urls),
	        cmocka_unit_test(test_refused),
	        cmocka_unit_test(test_environment),
	        cmocka_unit_test(test_password_file),
	};

	return cmocka_run_group_tests(tests, clean_environment, NULL);
}
