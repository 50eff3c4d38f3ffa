#include "runtime/cli/cli.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compiler/base/buf.h"
#include "compiler/base/diag_print.h"
#include "runtime/cli/terminal.h"

void cli_error(const char *format, ...)
{
	struct buf text;
	va_list args;

	buf_init(&text, BUF_CEILING_OUTPUT);
	buf_addz(&text, "bfc: ");
	va_start(args, format);
	buf_addv(&text, format, args);
	va_end(args);
	terminal_print(stderr, buf_str(&text));
	buf_release(&text);
}

int cli_finish_output(int code)
{
	/* What an earlier write met is not in errno any more. */
	bool failed = ferror(stdout) != 0;

	if (fflush(stdout) == 0 && !failed)
		return code;
	cli_error("can't write all of the output: %s",
	          failed ? "the disk is full, or its reader has gone" : strerror(errno));
	return code == EXIT_OK ? EXIT_STOPPED : code;
}

/* DIR/../stdlib for a program that runs in its build tree, or NULL. */
static char *library_beside_program(void)
{
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	char *slash, *found = NULL;
	struct buf library;

	if (n <= 0)
		return NULL;
	path[n] = '\0';
	slash = strrchr(path, '/');
	if (!slash)
		return NULL;
	*slash = '\0';
	buf_init(&library, PATH_MAX);
	buf_addf(&library, "%s/../stdlib", path);
	if (access(library.data, R_OK | X_OK) == 0)
		found = realpath(library.data, NULL);
	buf_release(&library);
	return found;
}

char *cli_library_path(void)
{
	const char *from_env = getenv("BFC_STDLIB");
	char *beside;

	if (from_env && *from_env)
		return xstrdup(from_env);
	beside = library_beside_program();
	return beside ? beside : xstrdup(BFC_LIBRARY);
}

void cli_print_json(json_t *value)
{
	cli_write_json(stdout, value, JSON_INDENT(2));
}

void cli_write_json(FILE *file, json_t *value, size_t flags)
{
	char *text = json_dumps(value, flags);

	if (!text)
		out_of_memory();
	terminal_write(file, str_of(text));
	fputc('\n', file);
	free(text);
	json_decref(value);
}

json_t *cli_json_text(struct str text)
{
	json_t *value = json_stringn(text.p ? text.p : "", text.n);
	struct buf safe;

	if (value)
		return value;
	buf_init(&safe, BUF_CEILING_OUTPUT);
	terminal_add_safe(&safe, text, true);
	value = json_stringn(safe.data, safe.size);
	buf_release(&safe);
	return value;
}

/* A signal handler has no other place to write to, nor to read from. */
static volatile int interrupted;
static char
        *volatile last_words; /* a line, as the executor's struct exec_options has it; or NULL */

static void say(const char *text)
{
	ssize_t n = write(STDERR_FILENO, text, strlen(text));

	(void)n;
}

/*
 * The first time: an end in good order. The second time at once, but where that would leave something as
 * it is: then it is put back without waiting for anything else, and the third time ends it.
 */
static void on_signal(int number)
{
	(void)number;
	if (interrupted == 1 && last_words) {
		say("\nbfc: what was changed for a while is being put back; once more leaves it as "
		    "it "
		    "is\n");
	} else if (interrupted) {
		if (last_words)
			say(last_words);
		_exit(130);
	}
	interrupted++;
}

static void set_last_words(struct str words)
{
	char *old = last_words, *now = NULL;
	struct buf text;

	if (words.n) {
		buf_init(&text, BUF_CEILING_OUTPUT);
		buf_addz(&text, "\nbfc: STILL: ");
		terminal_add_safe(&text, words, true);
		buf_addc(&text, '\n');
		now = xmalloc(text.size + 1);
		memcpy(now, text.data, text.size);
		now[text.size] = '\0';
		buf_release(&text);
	}
	last_words = now;
	free(old);
}

int session_open(struct session *session, const struct login_options *login, uint64_t patience_ms)
{
	struct target_options options = {.target = login->target,
	                                 .user = login->user,
	                                 .password_file = login->password_file,
	                                 .may_prompt = isatty(STDIN_FILENO) != 0};
	char *why = NULL;

	if (!target_init(&session->target, &options, &why)) {
		cli_error("%s", why);
		free(why);
		/* An engine that doesn't start is not the command line's fault. */
		return login->target && strncmp(login->target, "embedded:", 9) == 0 ? EXIT_STOPPED
		                                                                    : EXIT_USAGE;
	}
	if (session->target.warning)
		cli_error("warning: %s", session->target.warning);
	if (!http_transport_init(&session->transport, &session->target, &why)) {
		cli_error("%s", why);
		free(why);
		target_release(&session->target);
		return EXIT_STOPPED;
	}
	/* Not before: until here a signal may end the program, there is nothing to wind down. */
	session->exec = (struct exec_options){.journal_database = login->journal_database,
	                                      .patience_ms = patience_ms,
	                                      .interrupted = cli_catch_signals(),
	                                      .last_words = set_last_words};
	return EXIT_OK;
}

void session_close(struct session *session)
{
	session->transport.release(session->transport.state);
	target_release(&session->target);
}

const volatile int *cli_catch_signals(void)
{
	/* No SA_RESTART: what waits shall wake up and look. */
	struct sigaction action = {.sa_handler = on_signal};

	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	return &interrupted;
}

void cli_print_diagnostics(const struct compilation *compilation, enum color_mode color)
{
	struct buf out;

	buf_init(&out, BUF_CEILING_OUTPUT);
	diag_print_text(&compilation->diags, &compilation->sources, terminal_color(stderr, color),
	                &out);
	if (out.size)
		fwrite(out.data, 1, out.size, stderr);
	buf_release(&out);
}

json_t *cli_diagnostics_json(const struct compilation *compilation)
{
	struct buf out;
	json_t *list;

	buf_init(&out, BUF_CEILING_OUTPUT);
	diag_print_json(&compilation->diags, &compilation->sources, &out);
	list = out.size ? json_loadb(out.data, out.size, 0, NULL) : NULL;
	buf_release(&out);
	return list ? list : json_array();
}

/* Errors stay what they are; a note is never made one by -W error alone. */
static enum warning_action action_on(const struct diag *diag,
                                     const struct warning_options *warnings)
{
	enum warning_action action = WARNING_SHOW;

	if (diag->severity == SEVERITY_ERROR)
		return WARNING_SHOW;
	for (size_t i = 0; i < warnings->count; i++)
		if (warnings->choices[i].code == diag->code)
			action = warnings->choices[i].action;
	if (action == WARNING_SHOW && warnings->as_errors && diag->severity == SEVERITY_WARNING)
		return WARNING_ERROR;
	return action;
}

bool cli_steer_warnings(struct compilation *compilation, const struct warning_options *warnings)
{
	struct diag_list *diags = &compilation->diags;
	size_t kept = 0;

	for (size_t i = 0; i < diags->list.count; i++) {
		struct diag diag = diags->list.items[i];
		enum warning_action action = action_on(&diag, warnings);

		if (action != WARNING_SHOW)
			diags->warnings -= diag.severity == SEVERITY_WARNING;
		if (action == WARNING_HIDE)
			continue;
		if (action == WARNING_ERROR) {
			diag.severity = SEVERITY_ERROR;
			diags->errors++;
		}
		diags->list.items[kept++] = diag;
	}
	diags->list.count = kept;
	return !diag_failed(diags);
}
