#include "runtime/engine.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "compiler/base/arena.h"
#include "runtime/engine_config.h"
#include "runtime/engine_host.h"

/* The first start on a directory takes about 0.3 s; one with many parts to load longer. */
#define START_TIMEOUT_MS 120000
/* The engine closes cleanly in well under a second; after a kill -9 nothing is lost either. */
#define STOP_TIMEOUT_MS 5000
/* How long a killed bfc's engine may take to give its memory back and end. */
#define ORPHAN_TIMEOUT_MS 5000
#define POLL_MS 10
/* Another program may take a free port between our look and the engine's bind. */
#define PORT_TRIES_MAX 5
/* What is shown of the engine's last words. */
#define LAST_WORDS_BYTES 2000
/* Where the child finds the descriptor that carries the lock. */
#define CHILD_LOCK_FD 3

static void sleep_ms(unsigned ms)
{
	struct timespec span = {ms / 1000, (long)(ms % 1000) * 1000000};

	nanosleep(&span, NULL);
}

/* --- the directory's lock ------------------------------------------------------------------ */

static long holder_pid(int fd)
{
	char text[32];
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

	if (n <= 0)
		return 0;
	text[n] = '\0';
	return strtol(text, NULL, 10);
}

/* A zombie's command line is empty, and so is that of a process that is ending. */
static bool process_lives(long pid)
{
	char *path = engine_format("/proc/%ld/cmdline", pid);
	int fd = pid > 0 ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	char c;
	bool lives = fd >= 0 && read(fd, &c, 1) == 1;

	if (fd >= 0)
		close(fd);
	free(path);
	return lives;
}

/* The engine inherits the descriptor, so the lock is free only when both bfc and the engine have
 * gone. When bfc was killed, its engine is about to follow: that is worth a short wait. */
static bool wait_for_lock(int fd)
{
	unsigned waited;

	for (waited = 0;; waited += POLL_MS) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return true;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return false;
		if (waited >= ORPHAN_TIMEOUT_MS || process_lives(holder_pid(fd))) {
			errno = EWOULDBLOCK;
			return false;
		}
		sleep_ms(POLL_MS);
	}
}

static int lock_directory(const char *directory, char **why)
{
	char *path = engine_format("%s/%s", directory, ENGINE_LOCK_FILE);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0) {
		*why = engine_format("cannot write '%s': %s", path, strerror(errno));
	} else if (!wait_for_lock(fd)) {
		if (errno == EWOULDBLOCK)
			*why = engine_format("the directory '%s' is in use by another bfc "
			                     "(process %ld); wait for it, or use another directory",
			                     directory, holder_pid(fd));
		else
			*why = engine_format("cannot lock '%s': %s", path, strerror(errno));
		close(fd);
		fd = -1;
	} else if (ftruncate(fd, 0) != 0 || dprintf(fd, "%ld\n", (long)getpid()) < 0) {
		*why = engine_format("cannot write '%s': %s", path, strerror(errno));
		close(fd);
		fd = -1;
	}
	free(path);
	return fd;
}

/* --- ports --------------------------------------------------------------------------------- */

static struct sockaddr_in loopback(unsigned port)
{
	struct sockaddr_in address;

	memset(&address, 0, sizeof(address));
	address.sin_family = AF_INET;
	address.sin_port = htons((uint16_t)port);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return address;
}

/* `port` itself when it can be bound, a free one for 0; 0 on failure, with errno. */
static unsigned port_probe(unsigned port)
{
	struct sockaddr_in address = loopback(port);
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int on = 1, saved;
	unsigned found = 0;

	if (fd < 0)
		return 0;
	/* As the engine does: a port whose last connections are in TIME_WAIT is free. */
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&address, size) == 0 &&
	    getsockname(fd, (struct sockaddr *)&address, &size) == 0)
		found = ntohs(address.sin_port);
	saved = errno;
	close(fd);
	errno = saved;
	return found;
}

/* One short request; the engine answers "Ok." */
static bool answers_ping(unsigned port)
{
	static const char question[] = "GET /ping HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n";
	struct sockaddr_in address = loopback(port);
	struct timeval limit = {2, 0};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char reply[64] = "";
	bool good;

	if (fd < 0)
		return false;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	good = connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
	       send(fd, question, sizeof(question) - 1, MSG_NOSIGNAL) > 0 &&
	       recv(fd, reply, sizeof(reply) - 1, MSG_WAITALL) > 12 &&
	       strncmp(reply + 8, " 200", 4) == 0;
	close(fd);
	return good;
}

/* --- the child ----------------------------------------------------------------------------- */

static char *host_program(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	char *directory = engine_executable_directory();
	char *path = engine_format("%s/%s", directory, ENGINE_HOST_VERB);

	free(directory);
	return path;
#else
	return xstrdup("/proc/self/exe");
#endif
}

/* Between fork and exec; only async-signal-safe calls. */
static _Noreturn void become_host(const char *program, char *const args[], int lock_fd, int output)
{
	sigset_t none;
	int null = open("/dev/null", O_RDONLY);

	/* A process group of its own: Ctrl-C in a terminal is for bfc, which still needs the engine
	 * to stop its statements. */
	setpgid(0, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	dup2(null, STDIN_FILENO);
	dup2(output, STDOUT_FILENO);
	dup2(output, STDERR_FILENO);
	if (lock_fd == CHILD_LOCK_FD)
		fcntl(lock_fd, F_SETFD, 0);
	else
		dup2(lock_fd, CHILD_LOCK_FD);
	close_range(CHILD_LOCK_FD + 1, ~0U, 0);
	execv(program, args);
	dprintf(STDERR_FILENO, "cannot run '%s': %s\n", program, strerror(errno));
	_exit(127);
}

static pid_t spawn_host(const char *library, const char *directory, int lock_fd, char **why)
{
	char *program = host_program();
	char *output_path = engine_format("%s/%s", directory, ENGINE_OUTPUT_FILE);
	char *parent = engine_format("%ld", (long)getpid());
	char *args[] = {"bfc", ENGINE_HOST_VERB, (char *)library, (char *)directory, parent, NULL};
	int output = open(output_path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
	pid_t pid = -1;

	if (output < 0) {
		*why = engine_format("cannot write '%s': %s", output_path, strerror(errno));
	} else {
		pid = fork();
		if (pid == 0)
			become_host(program, args, lock_fd, output);
		if (pid < 0)
			*why = engine_format("cannot start the engine: %s", strerror(errno));
		close(output);
	}
	free(program);
	free(output_path);
	free(parent);
	return pid;
}

/* The end of a file, from the beginning of a line on. */
static char *file_end(const char *directory, const char *name)
{
	char *path = engine_format("%s/%s", directory, name);
	FILE *file = fopen(path, "re");
	char *text = xmalloc(LAST_WORDS_BYTES + 1);
	char *line;
	size_t n = 0;
	bool cut = false;

	if (file) {
		cut = fseek(file, -(long)LAST_WORDS_BYTES, SEEK_END) == 0 && ftell(file) > 0;
		if (!cut)
			rewind(file);
		n = fread(text, 1, LAST_WORDS_BYTES, file);
		fclose(file);
	}
	text[n] = '\0';
	line = cut ? strchr(text, '\n') : NULL;
	if (line)
		memmove(text, line + 1, strlen(line + 1) + 1);
	free(path);
	return text;
}

static char *last_words(const char *directory, const char *what)
{
	char *output = file_end(directory, ENGINE_OUTPUT_FILE);
	char *log = file_end(directory, ENGINE_LOG_FILE);
	char *text = engine_format("%s; its last words, from '%s/%s' and '%s':\n%s%s", what,
	                           directory, ENGINE_LOG_FILE, ENGINE_OUTPUT_FILE, log, output);
	size_t n = strlen(text);

	while (n > 0 && text[n - 1] == '\n')
		text[--n] = '\0';
	free(output);
	free(log);
	return text;
}

static uint64_t clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* True when the engine answers. Otherwise it is dead (`*pid` is -1 then) or was too slow. */
static bool wait_until_it_answers(pid_t *pid, unsigned port)
{
	uint64_t end = clock_ms() + START_TIMEOUT_MS;

	do {
		if (waitpid(*pid, NULL, WNOHANG) == *pid) {
			*pid = -1;
			return false;
		}
		if (answers_ping(port))
			return true;
		sleep_ms(POLL_MS);
	} while (clock_ms() < end);
	return false;
}

static void end_child(pid_t pid)
{
	uint64_t end = clock_ms() + STOP_TIMEOUT_MS;

	if (pid <= 0)
		return;
	kill(pid, SIGTERM);
	while (waitpid(pid, NULL, WNOHANG) == 0) {
		if (clock_ms() >= end) {
			kill(pid, SIGKILL);
			waitpid(pid, NULL, 0);
			return;
		}
		sleep_ms(POLL_MS);
	}
}

/* --- start and stop ------------------------------------------------------------------------ */

static bool start_on_port(struct engine *engine, unsigned port, const char *library, char **why)
{
	if (!engine_config_write(engine->directory, port, engine->password, why))
		return false;
	engine->pid = spawn_host(library, engine->directory, engine->lock_fd, why);
	if (engine->pid < 0)
		return false;
	if (wait_until_it_answers(&engine->pid, port)) {
		engine->url = engine_format("http://127.0.0.1:%u/", port);
		return true;
	}
	*why = last_words(engine->directory, engine->pid < 0
	                                             ? "the ClickHouse engine ended when it started"
	                                             : "the ClickHouse engine does not answer");
	end_child(engine->pid);
	engine->pid = -1;
	return false;
}

static bool start_on_some_port(struct engine *engine, unsigned wanted, const char *library,
                               char **why)
{
	int tries = wanted ? 1 : PORT_TRIES_MAX;

	while (tries-- > 0) {
		unsigned port = wanted > 65535 ? 0 : port_probe(wanted);

		if (!port) {
			*why = wanted ? engine_format("cannot listen on port %u of 127.0.0.1: %s",
			                              wanted,
			                              wanted > 65535 ? "there is no such port"
			                                             : strerror(errno))
			              : engine_format("cannot find a free port on 127.0.0.1: %s",
			                              strerror(errno));
			return false;
		}
		if (start_on_port(engine, port, library, why))
			return true;
		if (!tries || !strstr(*why, "Address already in use"))
			return false;
		free(*why);
		*why = NULL;
	}
	return false;
}

struct engine *engine_start(const struct engine_options *options, char **why)
{
	struct engine *engine = xmalloc(sizeof(*engine));
	char *library;
	bool good = false;

	memset(engine, 0, sizeof(*engine));
	engine->pid = -1;
	engine->lock_fd = -1;
	*why = NULL;
	library = engine_library(why);
	if (library)
		engine->directory = engine_directory(options->directory, why);
	if (engine->directory)
		engine->lock_fd = lock_directory(engine->directory, why);
	if (engine->lock_fd >= 0) {
		engine->user = xstrdup("bfc");
		engine->password =
		        options->password ? xstrdup(options->password) : engine_password();
		good = start_on_some_port(engine, options->port, library, why);
	}
	free(library);
	if (good)
		return engine;
	engine_stop(engine);
	return NULL;
}

void engine_stop(struct engine *engine)
{
	if (!engine)
		return;
	end_child(engine->pid);
	if (engine->lock_fd >= 0)
		close(engine->lock_fd);
	if (engine->password)
		explicit_bzero(engine->password, strlen(engine->password));
	free(engine->password);
	free(engine->directory);
	free(engine->url);
	free(engine->user);
	free(engine);
}
