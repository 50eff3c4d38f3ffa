/* Commands on this machine: what they say, how they end, and that none of them stops the clock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "runtime/shell.h"

static const char *const hidden[] = {"BFC_TEST_SECRET", NULL};

static void rest(void)
{
	nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
}

/* Until it has ended; its lines with a `|` behind each. */
static enum outside_state play(const char *command, char *said, size_t size, char *why)
{
	struct outside_news news;
	enum outside_state state;
	struct shell shell;

	said[0] = '\0';
	shell_init(&shell, hidden);
	shell_run(&shell, str_of(command));
	while ((state = shell_poll(&shell, &news)) == OUTSIDE_WAITING) {
		size_t n = strlen(said);

		if (!news.line.n)
			rest();
		else
			snprintf(said + n, size - n, "%.*s|", STR_ARG(news.line));
	}
	snprintf(why, 100, "%.*s", STR_ARG(news.text));
	shell_release(&shell);
	return state;
}

static void test_how_it_ends(void **state)
{
	char said[1000], why[100];

	(void)state;
	assert_int_equal(play("echo a; echo; echo b >&2; printf c", said, sizeof(said), why),
	                 OUTSIDE_DONE);
	assert_string_equal(said, "a|b|c|");
	assert_int_equal(play("echo no; exit 7", said, sizeof(said), why), OUTSIDE_FAILED);
	assert_string_equal(said, "no|");
	assert_string_equal(why, "exit code 7");
	assert_int_equal(play("kill -TERM $$", said, sizeof(said), why), OUTSIDE_FAILED);
	assert_string_equal(why, "killed by signal 15");
	setenv("BFC_TEST_SECRET", "x", 1);
	assert_int_equal(play("echo \"[$BFC_TEST_SECRET]\"; read a || echo none", said,
	                      sizeof(said), why),
	                 OUTSIDE_DONE);
	assert_string_equal(said, "[]|none|");
}

/* What it leaves running keeps the pipe open, and may fill it. */
static void test_background(void **state)
{
	char said[1000], why[100];

	(void)state;
	assert_int_equal(play("sleep 5 & echo a", said, sizeof(said), why), OUTSIDE_DONE);
	assert_string_equal(said, "a|");
}

/* More than a pipe holds, all of it handed on; and the last of it when it has ended. */
static void test_much_output(void **state)
{
	struct outside_news news;
	struct shell shell;
	size_t lines = 0;

	(void)state;
	shell_init(&shell, hidden);
	shell_run(&shell, STR("i=0; while [ $i -lt 40000 ]; do echo line $i; i=$((i + 1)); done"));
	while (shell_poll(&shell, &news) == OUTSIDE_WAITING) {
		lines += news.line.n > 0;
		if (!news.line.n)
			rest();
	}
	assert_int_equal(lines, 40000);
	shell_release(&shell);
}

/* It never ends what it says: each poll does, memory stays small, and the end is one. */
static void test_endless_output(void **state)
{
	struct outside_news news;
	struct shell shell;

	(void)state;
	shell_init(&shell, hidden);
	shell_run(&shell, STR("yes"));
	for (unsigned i = 0; i < 100000; i++)
		assert_int_equal(shell_poll(&shell, &news), OUTSIDE_WAITING);
	assert_true(shell.text.size < 1 << 20);
	shell_end(&shell);
	shell_run(&shell, STR("yes x | tr -d '\\n'"));
	for (unsigned i = 0; i < 100; i++) {
		assert_int_equal(shell_poll(&shell, &news), OUTSIDE_WAITING);
		assert_true(news.line.n <= 4096);
		rest();
	}
	assert_true(shell.text.size < 1 << 20);
	shell_release(&shell);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_how_it_ends),
	        cmocka_unit_test(test_background),
	        cmocka_unit_test(test_much_output),
	        cmocka_unit_test(test_endless_output),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
