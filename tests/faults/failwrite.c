/*
 * failwrite: runs a program of which one write fails, once.
 *
 *   failwrite N ERRNO LOG PROGRAM ARGUMENT …
 *
 * Writes are counted as the kernel sees them (what stdio writes does not pass the library's
 * write(), so a preloaded one would miss it): write, writev, pwrite64, sendto and sendmsg of the
 * program itself, not of those that it starts. The N-th fails with ERRNO and writes nothing; N = 0
 * fails none. LOG gets a line `n fd` for each. Ends as the program ends.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "failwrite: %s: %s\n", what, strerror(errno));
	exit(125);
}

static bool is_write(long number)
{
	return number == SYS_write || number == SYS_writev || number == SYS_pwrite64 ||
	       number == SYS_sendto || number == SYS_sendmsg;
}

static void run(char **argv)
{
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
		die("PTRACE_TRACEME");
	raise(SIGSTOP);
	execvp(argv[0], argv);
	die(argv[0]);
}

struct failing {
	unsigned long counted, nth;
	long error;
	FILE *log;
	bool entered, fails;
};

/* Stopped before or after a system call, in turns. */
static void at_call(struct failing *failing, pid_t pid)
{
	struct user_regs_struct regs;

	if (ptrace(PTRACE_GETREGS, pid, NULL, &regs) != 0)
		return;
	failing->entered = !failing->entered;
	if (failing->entered && is_write((long)regs.orig_rax)) {
		failing->counted++;
		failing->fails = failing->counted == failing->nth;
		fprintf(failing->log, "%lu %lld\n", failing->counted, (long long)regs.rdi);
		if (!failing->fails)
			return;
		regs.orig_rax = (unsigned long long)-1; /* no call at all */
	} else if (!failing->entered && failing->fails) {
		regs.rax = (unsigned long long)-failing->error;
		failing->fails = false;
	} else {
		return;
	}
	if (ptrace(PTRACE_SETREGS, pid, NULL, &regs) != 0)
		die("PTRACE_SETREGS");
}

/* The program's exit code. */
static int follow(struct failing *failing, pid_t pid)
{
	int status, number = 0;

	if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
		die("the program did not start");
	ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *)(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL));
	for (;;) {
		if (ptrace(PTRACE_SYSCALL, pid, NULL, (void *)(long)number) != 0 && errno != ESRCH)
			die("PTRACE_SYSCALL");
		if (waitpid(pid, &status, 0) != pid)
			die("waitpid");
		if (WIFEXITED(status))
			return WEXITSTATUS(status);
		if (WIFSIGNALED(status))
			return 128 + WTERMSIG(status);
		number = WSTOPSIG(status);
		if (number == (SIGTRAP | 0x80))
			at_call(failing, pid);
		/* SIGTRAP itself tells that the program has been executed. */
		if ((number & 0x7f) == SIGTRAP)
			number = 0;
	}
}

int main(int argc, char **argv)
{
	struct failing failing = {0};
	pid_t pid;

	if (argc < 5) {
		fprintf(stderr, "usage: failwrite N ERRNO LOG PROGRAM ARGUMENT …\n");
		return 125;
	}
	failing.nth = strtoul(argv[1], NULL, 10);
	failing.error = strtol(argv[2], NULL, 10);
	failing.log = fopen(argv[3], "we");
	if (!failing.log)
		die(argv[3]);
	pid = fork();
	if (pid < 0)
		die("fork");
	if (pid == 0)
		run(argv + 4);
	argc = follow(&failing, pid);
	fclose(failing.log);
	return argc;
}
