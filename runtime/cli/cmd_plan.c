#include <stdlib.h>

#include "runtime/cli/cli.h"
#include "runtime/cli/folder.h"
#include "runtime/cli/outlook_print.h"
#include "runtime/cli/params.h"

enum { KEY_PARAM = 300, KEY_FORMAT, PATIENCE_MS = 5000 };

struct plan_options {
	struct common_options common;
	struct login_options login;
	struct warning_options warnings;
	const char *file;
	char **params;
	size_t param_count;
	bool json;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct plan_options *options = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		return options_begin(state, &options->common, &options->login, &options->warnings);
	case KEY_PARAM:
		option_take_param(arg, &options->params, &options->param_count, state);
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
			argp_error(state, "a FILE, DIR or plan.json is missing");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option table[] = {
        {"param", KEY_PARAM, "NAME=VALUE", 0, "the value of a param; as often as needed", 1},
        {"format", KEY_FORMAT, "FORMAT", 0, "text or json", 2},
        {0},
};

/* One plan's report, unless the server could not be asked at all. */
static int report(const struct plan_options *options, const struct outlook *outlook,
                  const struct exec_result *result, struct str target, json_t *all)
{
	bool asked = outlook->asked;

	if (asked && options->json)
		json_array_append_new(all, outlook_json(outlook, result, target));
	else if (asked)
		outlook_print_text(outlook, result, target, options->common.color);
	fflush(stdout);
	/* What fails stands in the report. */
	if (result->text.n && result->exit != EXEC_CHECK_FAILED)
		cli_error("%.*s", STR_ARG(result->text));
	return (int)result->exit;
}

/* Reports of plans, and who is asked for them. */
struct looks {
	const struct plan_options *options;
	struct session *session;
	json_t *all;
	/* Asked last; outlives the session, to which a question may have been left behind. */
	struct outlook outlook;
	bool *taken; /* by --param: some plan has it */
};

static int look(struct looks *looks, const struct graph *graph, const struct param_values *values)
{
	struct session *session = looks->session;
	struct exec_result result = {0};
	int code;

	session->exec.params = values->bindings;
	session->exec.param_count = values->count;
	outlook_read(&looks->outlook, graph, &session->transport, &session->exec, &result);
	code = report(looks->options, &looks->outlook, &result,
	              session->transport.name(session->transport.state), looks->all);
	exec_result_release(&result);
	return code;
}

/* `given`: --param texts for this plan. */
static int look_with_params(struct looks *looks, const struct graph *graph, char *const *given,
                            size_t given_count)
{
	struct param_values values;
	struct buf why;
	int code;

	buf_init(&why, BUF_CEILING_OUTPUT);
	if (!params_init(&values, graph, given, given_count, &why)) {
		cli_error("%s", why.data);
		buf_release(&why);
		return EXIT_USAGE;
	}
	code = look(looks, graph, &values);
	params_release(&values);
	return code;
}

static int plan_file(struct looks *looks, const char *library)
{
	const struct plan_options *options = looks->options;
	struct compilation compilation;
	struct session session;
	int code = EXIT_INPUT;
	bool good;

	looks->session = &session;
	compilation_init(&compilation);
	compile_file(&compilation, options->file, library);
	good = cli_steer_warnings(&compilation, &options->warnings);
	cli_print_diagnostics(&compilation, options->common.color);
	if (good && (code = session_open(&session, &options->login, PATIENCE_MS)) == EXIT_OK) {
		code = look_with_params(looks, compilation.graph, options->params,
		                        options->param_count);
		session_close(&session);
		outlook_release(&looks->outlook);
	}
	compilation_release(&compilation);
	if (options->json && json_array_size(looks->all))
		cli_print_json(json_incref(json_array_get(looks->all, 0)));
	return code;
}

/* --- a folder --- */

static int look_at_item(struct looks *looks, const struct folder_item *item, const char *library)
{
	const struct plan_options *options = looks->options;
	struct compilation compilation;
	int code = EXIT_INPUT;

	compilation_init(&compilation);
	if (compile_file(&compilation, item->path, library)) {
		size_t count;
		char **given = folder_params(compilation.graph, options->params,
		                             options->param_count, looks->taken, &count);

		code = look_with_params(looks, compilation.graph, given, count);
		free(given);
		if (code != EXEC_INTERRUPTED)
			outlook_release(&looks->outlook);
	}
	compilation_release(&compilation);
	return code;
}

static int look_at_all(struct looks *looks, struct folder *folder, const char *library)
{
	struct session *session = looks->session;
	struct status_list applied = {0};
	struct exec_result result = {0};
	int code;

	exec_status(STR(""), &session->transport, &session->exec, &applied, &result);
	code = (int)result.exit;
	if (code != EXIT_OK)
		cli_error("%.*s", STR_ARG(result.text));
	else if (!folder_sort(folder, &applied))
		code = EXIT_INPUT;
	exec_result_release(&result);
	arena_release(&applied.arena);
	if (code != EXIT_OK)
		return code;
	/* The first that would stop is where apply would; the others are shown all the same. */
	for (size_t i = 0; i < folder->items.count; i++) {
		int of_item = look_at_item(looks, folder->items.items[i], library);

		if (of_item == EXEC_STOPPED || of_item == EXEC_INTERRUPTED)
			return of_item;
		if (code == EXIT_OK)
			code = of_item;
	}
	return folder_params_taken(looks->options->params, looks->options->param_count,
	                           looks->taken)
	               ? code
	               : EXIT_USAGE;
}

static int plan_folder(struct looks *looks, const char *library)
{
	const struct plan_options *options = looks->options;
	struct session session;
	struct folder folder;
	int code = EXIT_INPUT;

	looks->session = &session;
	if (folder_read(&folder, options->file, library, &options->warnings,
	                options->common.color) &&
	    (code = session_open(&session, &options->login, PATIENCE_MS)) == EXIT_OK) {
		looks->taken = xmalloc(options->param_count + 1);
		memset(looks->taken, 0, options->param_count + 1);
		code = look_at_all(looks, &folder, library);
		session_close(&session);
		outlook_release(&looks->outlook);
		free(looks->taken);
		if (options->json)
			cli_print_json(json_incref(looks->all));
	}
	folder_release(&folder);
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
	        .args_doc = "FILE|DIR|plan.json",
	        .doc = "Show what apply would do now: what is done and what is left, what would "
	               "make it "
	               "stop, how much there is to read. Changes nothing; SELECT rights are "
	               "enough. The "
	               "exit code is that of the apply that would follow.",
	        .children = children,
	};
	struct plan_options options = {.common = *common};
	struct looks looks = {.options = &options, .all = json_array()};
	char *library;
	int code;

	options_parse(&argp, "bfc plan", argc, argv, &options);
	library = cli_library_path();
	code = folder_is(options.file) ? plan_folder(&looks, library) : plan_file(&looks, library);
	json_decref(looks.all);
	free(library);
	free(options.params);
	free(options.warnings.choices);
	return cli_finish_output(code);
}
