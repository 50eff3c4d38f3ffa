/*
 * cli.h: the commands, and what they share.
 *
 * Purpose: the one place that sees compiler and runtime both. A command parses its arguments, calls
 * one or two functions of the layers below, prints, and returns the program's exit code.
 * Invariants: results go to standard output, everything else (questions, progress, log, errors) to
 * standard error; what a server said is printed through terminal.h alone.
 */
#ifndef BFC_CLI_H
#define BFC_CLI_H

#include <jansson.h>

#include "compiler/compile.h"
#include "runtime/cli/options.h"
#include "runtime/exec.h"
#include "runtime/target.h"

enum {
	EXIT_OK = 0,
	EXIT_INPUT = 1,
	EXIT_USAGE = 2,
	EXIT_STOPPED = 3,
};

struct command {
	const char *name;
	const char *help;
	/* argv[0] is the program as it was called. */
	int (*run)(int argc, char **argv, const struct common_options *common);
};

int cmd_check(int argc, char **argv, const struct common_options *common);
int cmd_fmt(int argc, char **argv, const struct common_options *common);
int cmd_compile(int argc, char **argv, const struct common_options *common);
int cmd_plan(int argc, char **argv, const struct common_options *common);
int cmd_apply(int argc, char **argv, const struct common_options *common);
int cmd_status(int argc, char **argv, const struct common_options *common);
int cmd_abort(int argc, char **argv, const struct common_options *common);
int cmd_inspect(int argc, char **argv, const struct common_options *common);
int cmd_explain(int argc, char **argv, const struct common_options *common);
int cmd_engine(int argc, char **argv, const struct common_options *common);

/* "bfc: text" on standard error, without control characters. */
void cli_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Ends standard output; EXIT_STOPPED instead of `code` when not all of it could be written. */
int cli_finish_output(int code);

/* Where `use std.…` looks; malloc'd. */
char *cli_library_path(void);
/*
 * Takes warnings off the list, or makes them errors, as -W says; true when no error is left. Only
 * what is printed and the exit code change: the plan is the same whatever the command line.
 */
bool cli_steer_warnings(struct compilation *compilation, const struct warning_options *warnings);
/* All diagnostics as text, to standard error; or as a JSON array. */
void cli_print_diagnostics(const struct compilation *compilation, enum color_mode color);
json_t *cli_diagnostics_json(const struct compilation *compilation);
/* Prints to standard output and frees. */
void cli_print_json(json_t *value);
/* The same, with jansson's flags. */
void cli_write_json(FILE *file, json_t *value, size_t flags);
/* A JSON string; bytes that are not UTF-8 are written as \xff. */
json_t *cli_json_text(struct str text);

/* Server and connection of a command, and how it is to be asked. */
struct session {
	struct target target;
	struct transport transport;
	struct exec_options exec;
};

/* When it has succeeded signals are caught. EXIT_OK, or the exit code after an error was printed. */
int session_open(struct session *session, const struct login_options *login, uint64_t patience_ms);
void session_close(struct session *session);

/* SIGINT, SIGTERM and SIGHUP: the first sets the flag that is returned, the second ends the program
 * with 130. */
const volatile int *cli_catch_signals(void);

#endif
