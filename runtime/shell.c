#include "runtime/shell.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "compiler/base/arena.h"
#include "runtime/shell_host.h"

extern char **environ;

/* Longer lines are cut: they are for a person. */
#define LINE_BYTES_MAX 4096
/* What is read at once, and what may wait to be handed on: a command that says more than that waits
 * until it was. As much as a pipe holds, so that nothing is lost of what it said last. */
#define READ_BYTES_MAX 65536

void shell_init(struct shell *shell, const char *const *hidden)
{
	*shell = (struct shell){.output = -1, .hidden = hidden};
	buf_init(&shell->text, BUF_CEILING_OUTPUT);
	buf_init(&shell->line, BUF_CEILING_OUTPUT);
	buf_init(&shell->why, BUF_CEILING_OUTPUT);
}

static bool is_hidden(const struct shell *shell, const char *variable)
{
	for (size_t i = 0; shell->hidden && shell->hidden[i]; i++) {
		size_t n = strlen(shell->hidden[i]);

		if (strncmp(variable, shell->hidden[i], n) == 0 && variable[n] == '=')
			return true;
	}
	return false;
}

static char **seen_environment(const struct shell *shell)
{
	size_t count = 0, kept = 0;
	char **list;

	while (environ[count])
		count++;
	list = xmalloc((count + 1) * sizeof(*list));
	for (size_t i = 0; i < count; i++)
		if (!is_hidden(shell, environ[i]))
			list[kept++] = environ[i];
	list[kept] = NULL;
	return list;
}

static int spawn(struct shell *shell, char *text, int output)
{
	char parent[24];
	char *words[] = {"bfc", SHELL_HOST_VERB, parent, text, NULL};
	char **environment = seen_environment(shell);
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t signals;
	int error;

	snprintf(parent, sizeof(parent), "%ld", (long)getpid());
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, output, 1);
	posix_spawn_file_actions_adddup2(&actions, output, 2);
	posix_spawnattr_init(&attributes);
	/* A group of its own: Ctrl-C on the terminal is for us, and end() reaches all of it. */
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setpgroup(&attributes, 0);
	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGPIPE);
	posix_spawnattr_setsigdefault(&attributes, &signals);
	error = posix_spawn(&shell->pid, "/proc/self/exe", &actions, &attributes, words,
	                    environment);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	free(environment);
	return error;
}

void shell_run(struct shell *shell, struct str text)
{
	char *copy = xmalloc(text.n + 1);
	int ends[2], error;

	memcpy(copy, text.p, text.n);
	copy[text.n] = '\0';
	shell_end(shell);
	shell->ended = false;
	shell->status = 0;
	shell->taken = 0;
	buf_reset(&shell->text);
	buf_reset(&shell->why);
	if (pipe2(ends, O_CLOEXEC) != 0) {
		error = errno;
		ends[0] = ends[1] = -1;
	} else {
		fcntl(ends[0], F_SETFL, O_NONBLOCK);
		error = spawn(shell, copy, ends[1]);
		close(ends[1]);
	}
	free(copy);
	if (error) {
		buf_addf(&shell->why, "it could not be started: %s", strerror(error));
		shell->pid = 0;
		shell->ended = true;
		if (ends[0] >= 0)
			close(ends[0]);
		return;
	}
	shell->output = ends[0];
}

static void close_output(struct shell *shell)
{
	if (shell->output >= 0)
		close(shell->output);
	shell->output = -1;
}

/* A little while at most: a command may say things faster than they are read. */
static void read_output(struct shell *shell)
{
	char bytes[4096];
	size_t all = 0;
	ssize_t n;

	if (shell->text.size - shell->taken >= READ_BYTES_MAX && !shell->ended)
		return;
	if (shell->taken) {
		shell->text.size -= shell->taken;
		memmove(shell->text.data, shell->text.data + shell->taken, shell->text.size);
		shell->taken = 0;
	}
	while (shell->output >= 0 && all < READ_BYTES_MAX) {
		n = read(shell->output, bytes, sizeof(bytes));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0) {
			close_output(shell);
			return;
		}
		all += (size_t)n;
		for (ssize_t i = 0; i < n; i++)
			buf_addc(&shell->text, bytes[i] ? bytes[i] : ' ');
	}
}

/* The next line; at the end also one that is not ended. */
static bool take_line(struct shell *shell, bool last)
{
	struct str rest = {shell->text.size ? shell->text.data + shell->taken : "",
	                   shell->text.size - shell->taken};
	const char *end = rest.n ? memchr(rest.p, '\n', rest.n) : NULL;
	size_t n = end ? (size_t)(end - rest.p) : rest.n;

	if (!rest.n || (!end && !last && n < LINE_BYTES_MAX))
		return false;
	shell->taken += n + (end != NULL);
	buf_reset(&shell->line);
	buf_add(&shell->line, (struct str){rest.p, n < LINE_BYTES_MAX ? n : LINE_BYTES_MAX});
	return true;
}

static void reap(struct shell *shell)
{
	pid_t pid;

	if (!shell->pid)
		return;
	do
		pid = waitpid(shell->pid, &shell->status, WNOHANG);
	while (pid < 0 && errno == EINTR);
	if (!pid)
		return;
	shell->pid = 0;
	shell->ended = true;
	if (WIFSIGNALED(shell->status))
		buf_addf(&shell->why, "killed by signal %d", WTERMSIG(shell->status));
	else if (WEXITSTATUS(shell->status))
		buf_addf(&shell->why, "exit code %d", WEXITSTATUS(shell->status));
}

enum outside_state shell_poll(struct shell *shell, struct outside_news *news)
{
	*news = (struct outside_news){.line = {0}};
	reap(shell);
	read_output(shell);
	/* What it has left running in the background may keep the pipe open: it is not waited for. */
	if (shell->ended)
		close_output(shell);
	if (take_line(shell, shell->ended)) {
		news->line = buf_str(&shell->line);
		return OUTSIDE_WAITING;
	}
	if (!shell->ended)
		return OUTSIDE_WAITING;
	news->text = buf_str(&shell->why);
	return shell->why.size ? OUTSIDE_FAILED : OUTSIDE_DONE;
}

void shell_end(struct shell *shell)
{
	if (shell->pid) {
		kill(-shell->pid, SIGKILL);
		while (waitpid(shell->pid, &shell->status, 0) < 0 && errno == EINTR)
			;
		shell->pid = 0;
		shell->ended = true;
	}
	close_output(shell);
}

void shell_release(struct shell *shell)
{
	shell_end(shell);
	buf_release(&shell->text);
	buf_release(&shell->line);
	buf_release(&shell->why);
}
