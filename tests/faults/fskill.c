/*
 * fskill: ends the process with SIGKILL just before its n-th file-system operation.
 *
 * Preloaded into an engine. While the file that FSKILL_TRIGGER names exists, every operation that
 * changes names or makes them durable, on a path below one of the listed directories, is counted
 * and noted in FSKILL_TRIGGER.log. The file's lines: a generation (a new one begins counting anew),
 * n (0: only count) and, optionally, a length; then the directories' prefixes. With a length
 * nothing is killed: from the n-th on so many operations fail with ENOSPC, as on a full disk (but
 * those that free space, which go through).
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#define TRIGGER_BYTES_MAX 65536

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static char trigger[TRIGGER_BYTES_MAX];
static long generation, counted;

static void *next(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

static int real_open(const char *path, int flags, mode_t mode)
{
	static int (*f)(const char *, int, ...);

	if (!f)
		f = next("open");
	return f(path, flags, mode);
}

/* The armed trigger's text, or NULL. */
static char *read_trigger(void)
{
	const char *path = getenv("FSKILL_TRIGGER");
	int fd = path ? real_open(path, O_RDONLY | O_CLOEXEC, 0) : -1;
	ssize_t n;

	if (fd < 0)
		return NULL;
	n = read(fd, trigger, sizeof(trigger) - 1);
	close(fd);
	trigger[n > 0 ? n : 0] = '\0';
	return trigger;
}

static bool is_watched(const char *prefixes, const char *path)
{
	const char *line = prefixes, *end;

	for (; (end = strchr(line, '\n')); line = end + 1) {
		if (end > line && strncmp(path, line, (size_t)(end - line)) == 0)
			return true;
	}
	return false;
}

static void note(const char *operation, const char *path)
{
	char log[PATH_MAX + 8], line[PATH_MAX + 64];
	int n = snprintf(line, sizeof(line), "%ld %s %s\n", counted, operation, path);
	int fd;

	snprintf(log, sizeof(log), "%s.log", getenv("FSKILL_TRIGGER"));
	fd = real_open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (fd < 0)
		return;
	if (write(fd, line, (size_t)n) != n)
		abort();
	close(fd);
}

/* Whether the operation shall fail for want of space. */
static bool about_to(const char *operation, const char *path)
{
	char *text, *rest;
	long gen, n, length;
	bool fails = false;

	pthread_mutex_lock(&mutex);
	text = read_trigger();
	if (text) {
		gen = strtol(text, &rest, 10);
		n = strtol(rest, &rest, 10);
		length = strtol(rest, &rest, 10);
		if (gen != generation) {
			generation = gen;
			counted = 0;
		}
		if (is_watched(rest, path)) {
			counted++;
			note(operation, path);
			if (length)
				fails = n && counted >= n && counted < n + length;
			else if (counted == n)
				kill(getpid(), SIGKILL);
		}
	}
	pthread_mutex_unlock(&mutex);
	if (fails)
		errno = ENOSPC;
	return fails;
}

/* `path` relative to the directory that `fd` is. */
static bool about_to_at(const char *operation, int fd, const char *path)
{
	char link[64], directory[PATH_MAX], full[2 * PATH_MAX];
	ssize_t n;

	if (path[0] == '/' || fd == AT_FDCWD) {
		return about_to(operation, path);
	}
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, directory, sizeof(directory) - 1);
	if (n < 0)
		return false;
	directory[n] = '\0';
	snprintf(full, sizeof(full), "%s/%s", directory, path);
	return about_to(operation, full);
}

static bool about_to_fd(const char *operation, int fd)
{
	return about_to_at(operation, fd, "");
}

#define REAL(type, name, ...)                                                                      \
	static type (*real)(__VA_ARGS__);                                                          \
	if (!real)                                                                                 \
	real = next(name)

int rename(const char *from, const char *to)
{
	REAL(int, "rename", const char *, const char *);
	if (about_to("rename", from))
		return -1;
	return real(from, to);
}

int renameat(int from_fd, const char *from, int to_fd, const char *to)
{
	REAL(int, "renameat", int, const char *, int, const char *);
	if (about_to_at("renameat", from_fd, from))
		return -1;
	return real(from_fd, from, to_fd, to);
}

int renameat2(int from_fd, const char *from, int to_fd, const char *to, unsigned flags)
{
	REAL(int, "renameat2", int, const char *, int, const char *, unsigned);
	if (about_to_at("renameat2", from_fd, from))
		return -1;
	return real(from_fd, from, to_fd, to, flags);
}

int link(const char *from, const char *to)
{
	REAL(int, "link", const char *, const char *);
	if (about_to("link", to))
		return -1;
	return real(from, to);
}

int linkat(int from_fd, const char *from, int to_fd, const char *to, int flags)
{
	REAL(int, "linkat", int, const char *, int, const char *, int);
	if (about_to_at("linkat", to_fd, to))
		return -1;
	return real(from_fd, from, to_fd, to, flags);
}

int unlink(const char *path)
{
	REAL(int, "unlink", const char *);
	(void)about_to("unlink", path);
	return real(path);
}

int unlinkat(int fd, const char *path, int flags)
{
	REAL(int, "unlinkat", int, const char *, int);
	(void)about_to_at("unlinkat", fd, path);
	return real(fd, path, flags);
}

int rmdir(const char *path)
{
	REAL(int, "rmdir", const char *);
	(void)about_to("rmdir", path);
	return real(path);
}

int remove(const char *path)
{
	REAL(int, "remove", const char *);
	(void)about_to("remove", path);
	return real(path);
}

int mkdir(const char *path, mode_t mode)
{
	REAL(int, "mkdir", const char *, mode_t);
	if (about_to("mkdir", path))
		return -1;
	return real(path, mode);
}

int mkdirat(int fd, const char *path, mode_t mode)
{
	REAL(int, "mkdirat", int, const char *, mode_t);
	if (about_to_at("mkdirat", fd, path))
		return -1;
	return real(fd, path, mode);
}

int fsync(int fd)
{
	REAL(int, "fsync", int);
	if (about_to_fd("fsync", fd))
		return -1;
	return real(fd);
}

int fdatasync(int fd)
{
	REAL(int, "fdatasync", int);
	if (about_to_fd("fdatasync", fd))
		return -1;
	return real(fd);
}

int truncate(const char *path, off_t length)
{
	REAL(int, "truncate", const char *, off_t);
	(void)about_to("truncate", path);
	return real(path, length);
}

int ftruncate(int fd, off_t length)
{
	REAL(int, "ftruncate", int, off_t);
	(void)about_to_fd("ftruncate", fd);
	return real(fd, length);
}

/* Only what may make a file. */
#define OPEN(name, declared, fd_at, given)                                                         \
	int name declared                                                                          \
	{                                                                                          \
		va_list args;                                                                      \
		mode_t mode = 0;                                                                   \
		static int (*real)(int, const char *, int, ...);                                   \
                                                                                                   \
		if (!real)                                                                         \
			real = next("openat");                                                     \
		if (flags & (O_CREAT | __O_TMPFILE)) {                                             \
			va_start(args, flags);                                                     \
			mode = va_arg(args, mode_t);                                               \
			va_end(args);                                                              \
		}                                                                                  \
		if ((flags & O_CREAT) && about_to_at("create", fd_at, path))                       \
			return -1;                                                                 \
		return real(fd_at, path, flags | given, mode);                                     \
	}

OPEN(open, (const char *path, int flags, ...), AT_FDCWD, 0)
OPEN(open64, (const char *path, int flags, ...), AT_FDCWD, O_LARGEFILE)
OPEN(openat, (int fd, const char *path, int flags, ...), fd, 0)
OPEN(openat64, (int fd, const char *path, int flags, ...), fd, O_LARGEFILE)
