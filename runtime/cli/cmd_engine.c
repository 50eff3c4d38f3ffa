#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/cli/cli.h"
#include "runtime/cli/output.h"
#include "runtime/engine.h"

struct engine_cli_options {
	struct common_options common;
	const char *data;
	const char *password_file;
	unsigned port;
};

enum { KEY_DATA = 300, KEY_PORT, KEY_PASSWORD_FILE, PASSWORD_BYTES_MAX = 4096, LOOK_MS = 200 };

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct engine_cli_options *options = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		return options_begin(state, &options->common, NULL, NULL);
	case KEY_DATA:
		options->data = arg;
		return 0;
	case KEY_PORT:
		if (!option_number(arg, 1, 65535, &options->port))
			argp_error(state, "--port takes a number from 1 to 65535, not '%s'", arg);
		return 0;
	case KEY_PASSWORD_FILE:
		options->password_file = arg;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "'%s' is too much; the directory is given with --data", arg);
		return 0;
	case ARGP_KEY_END:
		if (!options->data || !*options->data)
			argp_error(state, "--data DIR is missing");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option table[] = {
        {"data", KEY_DATA, "DIR", 0, "where the data is; made when it is missing", 1},
        {"port", KEY_PORT, "N", 0, "of HTTP on 127.0.0.1; default: a free one", 2},
        {"password-file", KEY_PASSWORD_FILE, "FILE", 0,
         "its first line is the password of the user 'bfc'; made, with a random one, when it is "
         "missing; "
         "default: DIR/bfc.password",
         3},
        {0},
};

/* The file's first line, malloc'd; NULL with errno set when there is none. */
static char *read_password(const char *path)
{
	char line[PASSWORD_BYTES_MAX];
	FILE *file = fopen(path, "re");
	bool read = file && fgets(line, sizeof(line), file);

	if (file) {
		if (!read)
			errno = ENODATA;
		fclose(file);
	}
	if (!read)
		return NULL;
	line[strcspn(line, "\r\n")] = '\0';
	if (!*line) {
		errno = ENODATA;
		return NULL;
	}
	return xstrdup(line);
}

/* Until a signal, the engine's own end, or the parent's. */
static int wait_for_end(const struct engine *engine, const volatile int *interrupted, pid_t parent)
{
	while (!*interrupted) {
		siginfo_t info = {0};

		/* WNOWAIT: engine_stop() shall find it. */
		if (waitid(P_PID, (id_t)engine->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
		    info.si_pid == engine->pid) {
			cli_error("the engine ended; start it again, it keeps its data");
			return EXIT_STOPPED;
		}
		if (getppid() != parent)
			return EXIT_OK;
		poll(NULL, 0, LOOK_MS);
	}
	return EXIT_OK;
}

static int serve(const struct engine_cli_options *options, const char *file, char *password,
                 pid_t parent)
{
	struct engine_options engine_options = {
	        .directory = options->data, .port = options->port, .password = password};
	const volatile int *interrupted = cli_catch_signals();
	char *why = NULL;
	struct engine *engine = engine_start(&engine_options, &why);
	int code;

	if (!engine) {
		cli_error("%s", why);
		free(why);
		return EXIT_STOPPED;
	}
	if (!password && !output_write_private(file, engine->password)) {
		cli_error("can't write the password file '%s': %s", file, strerror(errno));
		engine_stop(engine);
		return EXIT_STOPPED;
	}
	printf("url       %s\nuser      %s\npassword  in '%s'\n", engine->url, engine->user, file);
	fflush(stdout);
	code = wait_for_end(engine, interrupted, parent);
	engine_stop(engine);
	return code;
}

int cmd_engine(int argc, char **argv, const struct common_options *common)
{
	static const struct argp_child children[] = {{&common_argp, 0, NULL, 0}, {0}};
	static const struct argp argp = {
	        .options = table,
	        .parser = parse,
	        .args_doc = "",
	        .doc = "Run a ClickHouse server on a directory, for a laptop, CI and tests, until "
	               "it is "
	               "interrupted or the program that called it ends.",
	        .children = children,
	};
	struct engine_cli_options options = {.common = *common};
	pid_t parent = getppid();
	struct buf file;
	char *password;
	int code;

	options_parse(&argp, "bfc engine", argc, argv, &options);
	/* Also when the parent is killed with -9; what happened before this call shows in
	 * getppid(). */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	buf_init(&file, BUF_CEILING_OUTPUT);
	if (options.password_file)
		buf_addz(&file, options.password_file);
	else
		buf_addf(&file, "%s/bfc.password", options.data);
	password = read_password(file.data);
	if (!password && errno != ENOENT && errno != ENOTDIR) {
		cli_error("can't read the password file '%s': %s", file.data,
		          errno == ENODATA ? "its first line is empty" : strerror(errno));
		buf_release(&file);
		return EXIT_USAGE;
	}
	code = serve(&options, file.data, password, parent);
	if (password)
		explicit_bzero(password, strlen(password));
	free(password);
	buf_release(&file);
	return cli_finish_output(code);
}
