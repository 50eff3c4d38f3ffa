#include "runtime/cli/options.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "compiler/base/arena.h"
#include "compiler/base/buf.h"
#include "compiler/base/suggest.h"

enum { KEY_COLOR = 256, KEY_TARGET, KEY_USER, KEY_PASSWORD_FILE, KEY_JOURNAL, KEY_USAGE };

bool option_color(const char *text, enum color_mode *color)
{
	if (strcmp(text, "auto") == 0)
		*color = COLOR_AUTO;
	else if (strcmp(text, "always") == 0)
		*color = COLOR_ALWAYS;
	else if (strcmp(text, "never") == 0)
		*color = COLOR_NEVER;
	else
		return false;
	return true;
}

bool option_format(const char *text, bool *json)
{
	*json = strcmp(text, "json") == 0;
	return *json || strcmp(text, "text") == 0;
}

bool option_param(const char *text, struct str *name, struct str *value)
{
	const char *equals = strchr(text, '=');

	if (!equals || equals == text || isdigit((unsigned char)*text))
		return false;
	for (const char *c = text; c < equals; c++) {
		if (!isalnum((unsigned char)*c) && *c != '_')
			return false;
	}
	*name = (struct str){text, (size_t)(equals - text)};
	*value = str_of(equals + 1);
	return true;
}

void option_take_param(char *arg, char ***list, size_t *count, struct argp_state *state)
{
	struct str name, value;

	if (!option_param(arg, &name, &value))
		argp_error(state, "--param takes NAME=VALUE, not '%s'", arg);
	*list = xrealloc(*list, (*count + 1) * sizeof(char *));
	(*list)[(*count)++] = arg;
}

bool option_number(const char *text, unsigned min, unsigned max, unsigned *value)
{
	unsigned long long n = 0;

	if (!*text)
		return false;
	for (; *text; text++) {
		if (!isdigit((unsigned char)*text))
			return false;
		n = n * 10 + (unsigned)(*text - '0');
		if (n > max)
			return false;
	}
	*value = (unsigned)n;
	return n >= min;
}

static error_t parse_common(int key, char *arg, struct argp_state *state)
{
	struct common_options *options = state->input;

	switch (key) {
	case KEY_COLOR:
		if (!option_color(arg, &options->color))
			argp_error(state, "--color takes auto, always or never, not '%s'", arg);
		return 0;
	case 'h':
		argp_state_help(state, stdout, ARGP_HELP_STD_HELP);
		return 0;
	case KEY_USAGE:
		argp_state_help(state, stdout, ARGP_HELP_USAGE | ARGP_HELP_EXIT_OK);
		return 0;
	case 'V':
		printf("bfc %s\n", BFC_VERSION);
		exit(0);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option common_table[] = {
        {"color", KEY_COLOR, "WHEN", 0, "auto, always or never; auto respects NO_COLOR", 90},
        {"help", 'h', NULL, 0, "show this help", 91},
        {"version", 'V', NULL, 0, "show the version", 92},
        {0},
};

const struct argp common_argp = {.options = common_table, .parser = parse_common};

static error_t parse_login(int key, char *arg, struct argp_state *state)
{
	struct login_options *options = state->input;

	switch (key) {
	case KEY_TARGET:
		options->target = arg;
		return 0;
	case KEY_USER:
		options->user = arg;
		return 0;
	case KEY_PASSWORD_FILE:
		options->password_file = arg;
		return 0;
	case KEY_JOURNAL:
		options->journal_database = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option login_table[] = {
        {"target", KEY_TARGET, "URL", 0,
         "http://HOST:PORT, https://HOST:PORT or embedded:DIR; default: $BFC_TARGET, else "
         "$CLICKHOUSE_URL",
         50},
        {"user", KEY_USER, "NAME", 0, "default: $CLICKHOUSE_USER, else 'default'", 51},
        {"password-file", KEY_PASSWORD_FILE, "FILE", 0,
         "its first line is the password; default: $CLICKHOUSE_PASSWORD, else a prompt when a user "
         "is "
         "named",
         52},
        {"journal-database", KEY_JOURNAL, "DB", 0, "where the journal is; default: bfc", 53},
        {0},
};

const struct argp login_argp = {.options = login_table, .parser = parse_login};

static char *warning_complaint(const char *text, const char *name)
{
	const struct diag_info *info = diag_find(str_of(name));
	struct suggestion suggestion;
	struct buf why;

	buf_init(&why, BUF_CEILING_OUTPUT);
	if (info) {
		buf_addf(&why, "'%s' is an error, which -W does not steer", info->name);
		return why.data;
	}
	suggest_begin(&suggestion, str_of(name));
	for (int code = 0; code < DIAG_CODE_COUNT; code++)
		if (diag_info((enum diag_code)code)->severity != SEVERITY_ERROR)
			suggest_offer(&suggestion, str_of(diag_info((enum diag_code)code)->name));
	buf_addf(&why, "-W takes NAME, no-NAME, error=NAME or error, not '%s'", text);
	if (suggestion.best.n)
		buf_addf(&why, "; did you mean '%.*s%.*s'?", (int)(name - text), text,
		         STR_ARG(suggestion.best));
	else
		buf_addz(&why, "; `bfc explain` lists the names");
	return why.data;
}

bool option_warning(struct warning_options *options, const char *text, char **why)
{
	static const struct {
		const char *prefix;
		enum warning_action action;
	} actions[] = {{"no-", WARNING_HIDE}, {"error=", WARNING_ERROR}, {"", WARNING_SHOW}};
	const struct diag_info *info;
	const char *name = text;
	size_t i = 0;

	if (strcmp(text, "error") == 0) {
		options->as_errors = true;
		return true;
	}
	while (!str_starts(str_of(text), str_of(actions[i].prefix)))
		i++;
	name += strlen(actions[i].prefix);
	info = diag_find(str_of(name));
	if (!info || info->severity == SEVERITY_ERROR) {
		*why = warning_complaint(text, name);
		return false;
	}
	options->choices =
	        xrealloc(options->choices, (options->count + 1) * sizeof(*options->choices));
	options->choices[options->count++] =
	        (struct warning_choice){diag_code_of(info), actions[i].action};
	return true;
}

static error_t parse_warning(int key, char *arg, struct argp_state *state)
{
	char *why;

	if (key != 'W')
		return ARGP_ERR_UNKNOWN;
	if (!option_warning(state->input, arg, &why))
		argp_error(state, "%s", why);
	return 0;
}

static const struct argp_option warning_table[] = {
        {NULL, 'W', "NAME", 0,
         "no-NAME hides a warning, NAME shows it again, error=NAME makes it an error, and error "
         "all that are shown",
         40},
        {0},
};

const struct argp warning_argp = {.options = warning_table, .parser = parse_warning};

error_t options_begin(struct argp_state *state, void *first, void *second, void *third)
{
	void *const inputs[] = {first, second, third};

	for (size_t i = 0; i < sizeof(inputs) / sizeof(*inputs) && inputs[i]; i++)
		state->child_inputs[i] = inputs[i];
	return 0;
}

error_t options_take(struct argp_state *state, const char **argument, const char *arg,
                     const char *complaint)
{
	if (*argument)
		argp_error(state, "%s", complaint);
	*argument = arg;
	return 0;
}

void options_parse(const struct argp *argp, const char *command, int argc, char **argv, void *input)
{
	char *program = argv[0];

	/* argp takes the name in its messages from here. */
	argv[0] = (char *)command;
	if (argp_parse(argp, argc, argv, ARGP_NO_HELP, NULL, input) == ENOMEM)
		out_of_memory();
	argv[0] = program;
}
