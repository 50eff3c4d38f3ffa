#include "runtime/cli/cli.h"

struct abort_options {
	struct common_options common;
	struct login_options login;
	const char *journal_database;
	const char *migration;
};

enum { KEY_JOURNAL = 300, PATIENCE_MS = 60000 };

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct abort_options *options = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &options->common;
		state->child_inputs[1] = &options->login;
		return 0;
	case KEY_JOURNAL:
		options->journal_database = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (options->migration)
			argp_error(state, "one MIGRATION at a time");
		options->migration = arg;
		return 0;
	case ARGP_KEY_END:
		if (!options->migration || !*options->migration)
			argp_error(state, "a MIGRATION is missing; `bfc status` lists them");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option table[] = {
        {"journal-database", KEY_JOURNAL, "DB", 0, "where the journal is; default: bfc", 10},
        {0},
};

int cmd_abort(int argc, char **argv, const struct common_options *common)
{
	static const struct argp_child children[] = {
	        {&common_argp, 0, NULL, 0}, {&login_argp, 0, NULL, 0}, {0}};
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
	struct exec_options exec = {.patience_ms = PATIENCE_MS};
	struct exec_result result = {0};
	struct session session;
	int code;

	options_parse(&argp, "bfc abort", argc, argv, &options);
	exec.journal_database = options.journal_database;
	exec.interrupted = cli_catch_signals();
	code = session_open(&session, &options.login);
	if (code != EXIT_OK)
		return code;
	exec_abort(str_of(options.migration), &session.transport, &exec, &result);
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
