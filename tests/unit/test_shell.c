/* Commands on this machine: what they say, how they end, and that none of them stops the clock. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "runtime/shell.h"
#include "runtime/shell_host.h"

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
	assert_int_equal(
	        play("echo \"[$BFC_TEST_SECRET]\"; read a || echo none", said, sizeof(said), why),
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

static bool is_there(const char *file)
{
	return access(file, F_OK) == 0;
}

/* Until it is so; for long enough on any machine. */
static void wait_for(const char *file, bool there)
{
	for (unsigned i = 0; is_there(file) != there && i < 5000; i++)
		rest();
	assert_int_equal(is_there(file), there);
}

/* Another process runs the command, and is killed. */
static void killed_while(const char *command, const char *begun)
{
	pid_t pid = fork();

	if (!pid) {
		struct outside_news news;
		struct shell shell;

		shell_init(&shell, hidden);
		shell_run(&shell, str_of(command));
		while (shell_poll(&shell, &news) == OUTSIDE_WAITING)
			rest();
		_exit(0);
	}
	wait_for(begun, true);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/*
 * Whoever began it is killed: so are the shell, and what it has started and ignores signals. Told by a
 * file that they make again and again.
 */
static void test_killed(void **state)
{
	char directory[] = "/tmp/bfc-shell-XXXXXX", command[600], begun[100], again[100];

	(void)state;
	assert_non_null(mkdtemp(directory));
	snprintf(begun, sizeof(begun), "%s/begun", directory);
	snprintf(again, sizeof(again), "%s/again", directory);
	snprintf(command, sizeof(command),
	         "trap '' TERM INT HUP; (while :; do echo >%s; sleep 0.01; done) & "
	         "sleep 0.2; echo >%s; while :; do sleep 0.01; echo >%s; done",
	         again, begun, again);
	killed_while(command, begun);
	/* One that was under way may still make it once. */
	for (unsigned i = 0; i < 50; i++)
		rest();
	unlink(again);
	for (unsigned i = 0; i < 100; i++)
		rest();
	assert_false(is_there(again));
	unlink(begun);
	assert_int_equal(rmdir(directory), 0);
}

/* A signal of the command's to all that it has started is not for who runs it. */
static void test_own_group(void **state)
{
	char said[1000], why[100];

	(void)state;
	assert_int_equal(
	        play("trap : TERM; sleep 0.3 & kill 0; wait; echo a", said, sizeof(said), why),
	        OUTSIDE_DONE);
	assert_string_equal(said, "a|");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_how_it_ends), cmocka_unit_test(test_background),
	        cmocka_unit_test(test_much_output), cmocka_unit_test(test_endless_output),
	        cmocka_unit_test(test_killed),      cmocka_unit_test(test_own_group),
	};

	if (argc > 1 && strcmp(argv[1], SHELL_HOST_VERB) == 0)
		return shell_host_main(argc, argv);

	return cmocka_run_group_tests(tests, NULL, NULL);
}
