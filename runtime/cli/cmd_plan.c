#include <stdlib.h>

#include "runtime/cli/cli.h"
#include "runtime/cli/outlook_print.h"
#include "runtime/cli/params.h"

enum { KEY_PARAM = 300, KEY_JOURNAL, KEY_FORMAT, PATIENCE_MS = 5000 };

struct plan_options {
	struct common_options common;
	struct login_options login;
	struct warning_options warnings;
	const char *file;
	char **params;
	size_t param_count;
	const char *journal_database;
	bool json;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct plan_options *options = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &options->common;
		state->child_inputs[1] = &options->login;
		state->child_inputs[2] = &options->warnings;
		return 0;
	case KEY_PARAM:
		option_take_param(arg, &options->params, &options->param_count, state);
		return 0;
	case KEY_JOURNAL:
		options->journal_database = arg;
		return 0;
	case KEY_FORMAT:
		if (!option_format(arg, &options->json))
			argp_error(state, "--format takes text or json, not '%s'", arg);
		return 0;
	case ARGP_KEY_ARG:
		if (options->file)
			argp_error(state, "one FILE at a time, and '%s' is a second one", arg);
		options->file = arg;
		return 0;
	case ARGP_KEY_END:
		if (!options->file)
			argp_error(state, "a FILE or plan.json is missing");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option table[] = {
        {"param", KEY_PARAM, "NAME=VALUE", 0, "the value of a param; as often as needed", 1},
        {"format", KEY_FORMAT, "FORMAT", 0, "text or json", 2},
        {"journal-database", KEY_JOURNAL, "DB", 0, "where the journal is; default: bfc", 10},
        {0},
};

/* What came of it: the report, unless the server could not be asked at all. */
static int report(const struct plan_options *options, const struct outlook *outlook,
                  const struct exec_result *result, struct str target)
{
	bool asked = result->exit != EXEC_STOPPED && result->exit != EXEC_INTERRUPTED;

	if (asked && options->json)
		outlook_print_json(outlook, result, target);
	else if (asked)
		outlook_print_text(outlook, result, target, options->common.color);
	fflush(stdout);
	/* What fails stands in the report. */
	if (result->text.n && result->exit != EXEC_CHECK_FAILED)
		cli_error("%.*s", STR_ARG(result->text));
	return (int)result->exit;
}

static int look(const struct plan_options *options, const struct graph *graph,
                const struct param_values *values)
{
	struct exec_result result = {0};
	struct outlook outlook;
	struct session session;
	int code = session_open(&session, &options->login, PATIENCE_MS);

	if (code != EXIT_OK)
		return code;
	session.exec.params = values->bindings;
	session.exec.param_count = values->count;
	session.exec.journal_database = options->journal_database;
	outlook_read(&outlook, graph, &session.transport, &session.exec, &result);
	code = report(options, &outlook, &result, session.transport.name(session.transport.state));
	/* In this order: a question that was left behind belongs to the outlook. */
	session_close(&session);
	outlook_release(&outlook);
	exec_result_release(&result);
	return code;
}

static int plan(const struct plan_options *options, const struct graph *graph)
{
	struct param_values values;
	struct buf why;
	int code;

	buf_init(&why, BUF_CEILING_OUTPUT);
	if (!params_init(&values, graph, options->params, options->param_count, &why)) {
		cli_error("%s", why.data);
		buf_release(&why);
		return EXIT_USAGE;
	}
	code = look(options, graph, &values);
	params_release(&values);
	return code;
}

int cmd_plan(int argc, char **argv, const struct common_options *common)
{
	static const struct argp_child children[] = {{&common_argp, 0, NULL, 0},
	                                             {&login_argp, 0, NULL, 0},
	                                             {&warning_argp, 0, NULL, 0},
	                                             {0}};
	static const struct argp argp = {
	        .options = table,
	        .parser = parse,
	        .args_doc = "FILE|plan.json",
	        .doc = "Show what apply would do now: what is done and what is left, what would "
	               "make it "
	               "stop, how much there is to read. Changes nothing; SELECT rights are "
	               "enough. The "
	               "exit code is that of the apply that would follow.",
	        .children = children,
	};
	struct plan_options options = {.common = *common};
	struct compilation compilation;
	char *library;
	int code = EXIT_INPUT;
	bool good;

	options_parse(&argp, "bfc plan", argc, argv, &options);
	library = cli_library_path();
	compilation_init(&compilation);
	compile_file(&compilation, options.file, library);
	good = cli_steer_warnings(&compilation, &options.warnings);
	cli_print_diagnostics(&compilation, options.common.color);
	if (good)
		code = plan(&options, compilation.graph);
	compilation_release(&compilation);
	free(library);
	free(options.params);
	free(options.warnings.choices);
	return cli_finish_output(code);
}
