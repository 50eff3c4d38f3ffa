#include "runtime/cli/cli.h"
#include "runtime/cli/person.h"

struct abort_options {
	struct common_options common;
	struct login_options login;
	const char *migration;
	enum exec_doubt in_doubt;
	bool yes;
};

enum { PATIENCE_MS = 60000, KEY_IN_DOUBT = 300 };

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct abort_options *options = state->input;

	switch (key) {
	case KEY_IN_DOUBT:
		if (strcmp(arg, "loaded") != 0 && strcmp(arg, "absent") != 0)
			argp_error(state, "--in-doubt takes loaded or absent, not '%s'", arg);
		options->in_doubt = arg[0] == 'l' ? DOUBT_LOADED : DOUBT_ABSENT;
		return 0;
	case ARGP_KEY_INIT:
		return options_begin(state, &options->common, &options->login, NULL);
	case 'y':
		options->yes = true;
		return 0;
	case ARGP_KEY_ARG:
		return options_take(state, &options->migration, arg, "one MIGRATION at a time");
	case ARGP_KEY_END:
		if (!options->migration || !*options->migration)
			argp_error(state, "a MIGRATION is missing; `bfc status` lists them");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int cmd_abort(int argc, char **argv, const struct common_options *common)
{
	static const struct argp_child children[] = {
	        {&common_argp, 0, NULL, 0}, {&login_argp, 0, NULL, 0}, {0}};
	static const struct argp_option table[] = {
	        {"in-doubt", KEY_IN_DOUBT, "WHAT", 0,
	         "of chunks of `using direct` that were broken off: 'loaded' when all their rows "
	         "are in the live tables, 'absent' when none is",
	         1},
	        {"yes", 'y', NULL, 0,
	         "run the command that resumes ingest, which the journal has, without asking", 1},
	        {0},
	};
	static const struct argp argp = {
	        .options = table,
	        .parser = parse,
	        .args_doc = "MIGRATION",
	        .doc = "Give a migration up: stop its statements, drop what it staged, free its "
	               "lock. What "
	               "was published stays; live tables stay as they are.",
	        .children = children,
	};
	struct abort_options options = {.common = *common};
	struct exec_result result = {0};
	struct session session;
	struct person person;
	int code;

	options_parse(&argp, "bfc abort", argc, argv, &options);
	code = session_open(&session, &options.login, PATIENCE_MS);
	if (code != EXIT_OK)
		return code;
	session.exec.in_doubt = options.in_doubt;
	person_init(&person, NULL);
	session.exec.outside = &person.outside;
	session.exec.commands_approved = options.yes;
	exec_abort(str_of(options.migration), &session.transport, &session.exec, &result);
	person_release(&person);
	code = (int)result.exit;
	if (code != EXIT_OK)
		cli_error("%.*s", STR_ARG(result.text));
	else if (result.text.n)
		terminal_print(stdout, result.text);
	else
		terminal_print(stdout, STR("aborted"));
	exec_result_release(&result);
	session_close(&session);
	return cli_finish_output(code);
}
