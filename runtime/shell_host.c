#include "runtime/shell_host.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* Signals as a shell expects them, not as they are here. */
static pid_t spawn(char *text)
{
	char *words[] = {"/bin/sh", "-c", text, NULL};
	posix_spawnattr_t attributes;
	sigset_t none, all;
	pid_t pid;
	int error;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &all);
	error = posix_spawn(&pid, words[0], NULL, &attributes, words, environ);
	posix_spawnattr_destroy(&attributes);
	if (!error)
		return pid;
	fprintf(stderr, "/bin/sh could not be started: %s\n", strerror(error));
	return 0;
}

/* Whoever waits for us sees what became of the shell. */
static int end_like(int status)
{
	struct rlimit none = {0, 0};
	sigset_t signals;

	if (!WIFSIGNALED(status))
		return WEXITSTATUS(status);
	setrlimit(RLIMIT_CORE, &none);
	sigemptyset(&signals);
	sigaddset(&signals, WTERMSIG(status));
	signal(WTERMSIG(status), SIG_DFL);
	raise(WTERMSIG(status));
	sigprocmask(SIG_UNBLOCK, &signals, NULL);
	return 128 + WTERMSIG(status);
}

int shell_host_main(int argc, char **argv)
{
	sigset_t all, waited;
	pid_t parent, shell, ended;
	int number, status;

	if (argc != 4) {
		fprintf(stderr, "'%s' is not for use by hand\n", SHELL_HOST_VERB);
		return 2;
	}
	parent = (pid_t)strtol(argv[2], NULL, 10);
	/* A signal of the command's to its own group is not for us. */
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	signal(SIGCHLD, SIG_DFL);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		return EXIT_FAILURE;
	shell = spawn(argv[3]);
	if (!shell)
		return 127;
	sigemptyset(&waited);
	sigaddset(&waited, SIGCHLD);
	sigaddset(&waited, SIGTERM);
	for (;;) {
		if (getppid() != parent)
			kill(0, SIGKILL);
		do
			ended = waitpid(shell, &status, WNOHANG);
		while (ended < 0 && errno == EINTR);
		if (ended)
			return ended < 0 ? EXIT_FAILURE : end_like(status);
		sigwait(&waited, &number);
	}
}
