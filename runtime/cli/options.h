/*
 * options.h: what the commands' argument parsers share.
 *
 * Purpose: argp does the parsing; here are the groups that several commands take, and the checks of
 * values. Each command has an argp of its own, whose children are these.
 * Invariants: wrong use ends the program with exit code 2 (argp_err_exit_status, set in main.c);
 * -h ends it with 0.
 * Ownership: strings are argv's.
 */
#ifndef BFC_CLI_OPTIONS_H
#define BFC_CLI_OPTIONS_H

#include <argp.h>
#include <stdbool.h>

#include "compiler/base/diag.h"
#include "compiler/base/str.h"
#include "runtime/cli/terminal.h"

struct common_options {
	enum color_mode color;
};

/* Which server, who we are there, and where its journal is. */
struct login_options {
	const char *target;
	const char *user;
	const char *password_file;
	const char *journal_database; /* NULL: bfc */
};

enum warning_action { WARNING_SHOW, WARNING_HIDE, WARNING_ERROR };

/* What -W said of one warning or note, in its order: the last one wins. */
struct warning_choice {
	enum diag_code code;
	enum warning_action action;
};

struct warning_options {
	struct warning_choice *choices;
	size_t count;
	bool as_errors; /* -W error: warnings that are shown */
};

/* --color, -h, --version; input: struct common_options. */
extern const struct argp common_argp;
/* --target, --user, --password-file, --journal-database; input: struct login_options. */
extern const struct argp login_argp;

/* -W; input: struct warning_options, whose choices the caller frees. */
extern const struct argp warning_argp;

/* argp_parse() with this program's flags; `command` is what usage and errors begin with: "bfc
 * apply". */
void options_parse(const struct argp *argp, const char *command, int argc, char **argv,
                   void *input);

/* For a command's parser: gives the groups in `children` their inputs, in their order. */
error_t options_begin(struct argp_state *state, void *first, void *second, void *third);
/* The one argument; ends the program with `complaint` when there was one already. */
error_t options_take(struct argp_state *state, const char **argument, const char *arg,
                     const char *complaint);

bool option_color(const char *text, enum color_mode *color);
/* text or json. */
bool option_format(const char *text, bool *json);
/*
 * NAME, no-NAME, error=NAME or error, with a name or a code; adds to `options`. Otherwise false,
 * and `why` says what is wrong; the caller frees it.
 */
bool option_warning(struct warning_options *options, const char *text, char **why);
/* NAME=VALUE; the name is a word, the value may be empty and may have further `=`. */
bool option_param(const char *text, struct str *name, struct str *value);
/* --param NAME=VALUE: adds it to the list, which the caller frees. */
void option_take_param(char *arg, char ***list, size_t *count, struct argp_state *state);
/* Decimal digits only, min <= value <= max. */
bool option_number(const char *text, unsigned min, unsigned max, unsigned *value);

#endif
