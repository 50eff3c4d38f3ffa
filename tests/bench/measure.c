/*
 * measure: runs a command and says how long it took and how much memory it had.
 *
 *   measure RESULT COMMAND [ARGUMENT…]
 *
 * Writes "NANOSECONDS PEAK_KIB STATUS CPU_NANOSECONDS" to the file RESULT. A small program of its own because
 * the kernel's ru_maxrss of a child begins with what its parent had before exec(): started
 * from an interpreter, every child seems to need the interpreter's memory.
 */
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (long long)t.tv_sec * 1000000000 + t.tv_nsec;
}

static long long cpu_ns(const struct rusage *usage)
{
	const struct timeval *user = &usage->ru_utime, *system = &usage->ru_stime;

	return (user->tv_sec + system->tv_sec) * 1000000000LL +
	       (user->tv_usec + system->tv_usec) * 1000LL;
}

int main(int argc, char **argv)
{
	struct rusage usage;
	long long began;
	int status;
	pid_t pid;
	FILE *out;

	if (argc < 3) {
		fputs("usage: measure RESULT COMMAND [ARGUMENT...]\n", stderr);
		return 2;
	}
	began = now_ns();
	pid = fork();
	if (pid < 0) {
		perror("fork");
		return 1;
	}
	if (pid == 0) {
		execvp(argv[2], argv + 2);
		perror(argv[2]);
		_exit(127);
	}
	if (wait4(pid, &status, 0, &usage) < 0) {
		perror("wait4");
		return 1;
	}
	began = now_ns() - began;
	status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	out = fopen(argv[1], "w");
	if (!out ||
	    fprintf(out, "%lld %ld %d %lld\n", began, usage.ru_maxrss, status, cpu_ns(&usage)) <
	            0 ||
	    fclose(out)) {
		perror(argv[1]);
		return 1;
	}
	return status;
}
