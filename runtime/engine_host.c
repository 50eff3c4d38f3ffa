#include "runtime/engine_host.h"

#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "runtime/engine_config.h"

/* chdb.h: runs clickhouse-local's main function with these arguments. */
typedef void *query_cmdline_fn(int argc, char **argv);
typedef const char *result_error_fn(void *result);

/* Sleeps for ever; one row every three seconds costs no processor time that can be measured. */
#define KEEP_ALIVE_SQL                                                                             \
	"SYSTEM START LISTEN HTTP; "                                                               \
	"SELECT sleepEachRow(3) FROM system.numbers SETTINGS max_block_size = 1 FORMAT Null"

static void set_limits(void)
{
	struct rlimit files, none = {0, 0};

	/* A core of this process would be as large as its memory, and is of no use to anyone. */
	setrlimit(RLIMIT_CORE, &none);
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
}

static int run_engine(void *library, const char *directory)
{
	query_cmdline_fn *query = (query_cmdline_fn *)dlsym(library, "chdb_query_cmdline");
	result_error_fn *error = (result_error_fn *)dlsym(library, "chdb_result_error");
	char config[4096];
	char *args[] = {"bfc", "--path", (char *)directory, "-C", config,
	                /* The configuration's level is not looked at by clickhouse-local. */
	                "--log-level", "information", "--query", KEEP_ALIVE_SQL, NULL};
	void *result;
	const char *text;

	if (!query || !error) {
		fprintf(stderr, "the library has no chdb_query_cmdline: not libchdb %s\n",
		        ENGINE_VERSION);
		return EXIT_FAILURE;
	}
	if (snprintf(config, sizeof(config), "%s/%s", directory, ENGINE_CONFIG_FILE) >=
	    (int)sizeof(config)) {
		fprintf(stderr, "the directory's name is too long\n");
		return EXIT_FAILURE;
	}
	result = query((int)(sizeof(args) / sizeof(*args)) - 1, args);
	text = result ? error(result) : NULL;
	fprintf(stderr, "%s\n", text ? text : "the engine has ended");
	return EXIT_FAILURE;
}

int engine_host_main(int argc, char **argv)
{
	void *library;

	if (argc != 5) {
		fprintf(stderr, "'%s' is not for use by hand: see `bfc engine`\n",
		        ENGINE_HOST_VERB);
		return 2;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* A client that hangs up is not the engine's end. */
	signal(SIGPIPE, SIG_IGN);
	if (getppid() != (pid_t)strtol(argv[4], NULL, 10))
		return EXIT_FAILURE;
	set_limits();
	library = dlopen(argv[2], RTLD_NOW | RTLD_LOCAL);
	if (!library) {
		fprintf(stderr, "cannot load the engine: %s\n", dlerror());
		return EXIT_FAILURE;
	}
	return run_engine(library, argv[3]);
}

#ifdef BFC_ENGINE_HOST_ALONE
int main(int argc, char **argv)
{
	return engine_host_main(argc, argv);
}
#endif
