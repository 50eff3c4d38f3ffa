/*
 * failalloc: an allocation of bfc fails, once.
 *
 * Preloaded into bfc. Counts malloc, calloc, realloc and their kin from the program's start; the
 * one that is meant returns NULL, all others are served:
 *
 *   FAILALLOC_NTH=n        the n-th
 *   FAILALLOC_CALLERS=h/a  the first that has these callers, as FAILALLOC_LOG tells them; more of
 *                          them with a space between: the first of each
 *   FAILALLOC_LOG=file     a line `n h/a` for each allocation, a being where in its program or
 *                          library it is called; with FAILALLOC_NTH or _CALLERS only for those
 *                          that fail; a line `connect` before each connection
 *
 * Programs that bfc starts are left alone.
 */
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <pthread.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* As many callers as tell what the memory is for; more only tell how the executor came there. */
#define CALLERS 5
/* Where a program or library is loaded differs by whole pages. */
#define PAGE_MASK 0xfff
/* The shim's own frames are beside them. */
#define FRAMES_OWN 3
#define PLACES_MOST 64

struct place {
	uint64_t callers, caller;
};

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static unsigned long counted, nth;
static struct place places[PLACES_MOST];
static size_t place_count;
static int log_fd = -1;
static bool counting;
static __thread bool inside;

__attribute__((constructor)) static void start(void)
{
	const char *number = getenv("FAILALLOC_NTH"), *hash = getenv("FAILALLOC_CALLERS");
	const char *log = getenv("FAILALLOC_LOG");
	void *frames[CALLERS];

	inside = true;
	/* Its first call loads a library. */
	(void)backtrace(frames, CALLERS);
	nth = number ? strtoul(number, NULL, 10) : 0;
	while (hash && *hash && place_count < PLACES_MOST) {
		places[place_count].callers = strtoull(hash, (char **)&hash, 16);
		places[place_count++].caller = strtoull(hash + (*hash == '/'), (char **)&hash, 16);
	}
	if (log)
		log_fd = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	unsetenv("LD_PRELOAD");
	inside = false;
	counting = nth || place_count || log_fd >= 0;
}

static void put(const char *line, int n)
{
	if (log_fd >= 0 && write(log_fd, line, (size_t)n) != n)
		abort();
}

/* The same in every run, wherever its libraries are loaded. */
static uint64_t hash_callers(uint64_t *first)
{
	void *frames[FRAMES_OWN + CALLERS];
	int n = backtrace(frames, FRAMES_OWN + CALLERS);
	uint64_t hash = 14695981039346656037u;
	Dl_info info;

	for (int i = FRAMES_OWN; i < n; i++) {
		uint64_t at = (uint64_t)(uintptr_t)frames[i];

		if (dladdr(frames[i], &info))
			at -= (uint64_t)(uintptr_t)info.dli_fbase;
		if (i == FRAMES_OWN)
			*first = at;
		hash = (hash ^ at) * 1099511628211u;
	}
	return hash;
}

/* Once: then it is no more among the places. */
static bool is_place(uint64_t hash)
{
	for (size_t i = 0; i < place_count; i++) {
		if (places[i].callers == hash) {
			places[i] = places[--place_count];
			return true;
		}
	}
	return false;
}

static __attribute__((noinline)) bool is_meant(void)
{
	bool all = !nth && !place_count, meant;
	uint64_t first = 0, hash = nth ? 0 : hash_callers(&first);
	char line[96];

	counted++;
	meant = nth ? counted == nth : is_place(hash);
	if (all || meant)
		put(line, snprintf(line, sizeof(line), "%lu %llx/%llx\n", counted,
		                   (unsigned long long)hash, (unsigned long long)first));
	if (meant)
		counting = place_count > 0;
	return meant;
}

/* Cheap: most are sent away here. Without places all are of interest. */
static bool may_be_meant(const void *from)
{
	for (size_t i = 0; i < place_count; i++) {
		if (!(((uint64_t)(uintptr_t)from ^ places[i].caller) & PAGE_MASK))
			return true;
	}
	return place_count == 0;
}

static __attribute__((noinline)) bool fails(const void *from)
{
	bool meant;

	if (!counting || inside || !may_be_meant(from))
		return false;
	pthread_mutex_lock(&mutex);
	inside = true;
	meant = is_meant();
	inside = false;
	pthread_mutex_unlock(&mutex);
	if (meant)
		errno = ENOMEM;
	return meant;
}

void *malloc(size_t n)
{
	return fails(__builtin_return_address(0)) ? NULL : __libc_malloc(n);
}

void *calloc(size_t count, size_t n)
{
	return fails(__builtin_return_address(0)) ? NULL : __libc_calloc(count, n);
}

void *realloc(void *old, size_t n)
{
	return fails(__builtin_return_address(0)) ? NULL : __libc_realloc(old, n);
}

void *memalign(size_t alignment, size_t n)
{
	return fails(__builtin_return_address(0)) ? NULL : __libc_memalign(alignment, n);
}

void *aligned_alloc(size_t alignment, size_t n)
{
	return fails(__builtin_return_address(0)) ? NULL : __libc_memalign(alignment, n);
}

int posix_memalign(void **out, size_t alignment, size_t n)
{
	if (fails(__builtin_return_address(0)) || !(*out = __libc_memalign(alignment, n)))
		return ENOMEM;
	return 0;
}

int connect(int fd, const struct sockaddr *address, socklen_t size)
{
	static int (*real)(int, const struct sockaddr *, socklen_t);

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "connect");
	if (address->sa_family != AF_UNIX)
		put("connect\n", 8);
	return real(fd, address, size);
}

/* glibc 2.36 does not survive it here: it follows a pointer that it could not allocate. */
struct passwd *getpwuid(uid_t uid)
{
	static struct passwd *(*real)(uid_t);
	struct passwd *found;

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "getpwuid");
	inside = true;
	found = real(uid);
	inside = false;
	return found;
}
