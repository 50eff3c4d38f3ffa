#include <stdlib.h>
#include <unistd.h>

#include "runtime/cli/apply.h"
#include "runtime/cli/folder.h"
#include "runtime/cli/person.h"
#include "runtime/cli/summary.h"
#include "runtime/cli/view.h"

enum {
	KEY_YES = 'y',
	KEY_PARAM = 300,
	KEY_WORKERS,
	KEY_LOG,
	KEY_FORMAT,
	KEY_PATIENCE,
	KEY_CONFIRM,
};

enum {
	WORKERS_MAX = 64,
	/* A server's restart with many parts to load takes minutes. */
	PATIENCE_SECONDS_DEFAULT = 600,
	PATIENCE_SECONDS_MAX = 7 * 24 * 3600,
};

static error_t parse_values(int key, char *arg, struct argp_state *state)
{
	struct apply_options *options = state->input;

	switch (key) {
	case KEY_WORKERS:
		if (!option_number(arg, 1, WORKERS_MAX, &options->workers))
			argp_error(state, "--workers takes a number from 1 to %d, not '%s'",
			           WORKERS_MAX, arg);
		return 0;
	case KEY_PATIENCE:
		if (!option_number(arg, 0, PATIENCE_SECONDS_MAX, &options->patience_seconds))
			argp_error(state, "--patience takes seconds, at most a week, not '%s'",
			           arg);
		return 0;
	case KEY_LOG:
		if (!option_format(arg, &options->log_json))
			argp_error(state, "--log takes text or json, not '%s'", arg);
		return 0;
	case KEY_FORMAT:
		if (!option_format(arg, &options->json))
			argp_error(state, "--format takes text or json, not '%s'", arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct apply_options *options = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		return options_begin(state, &options->common, &options->login, &options->warnings);
	case KEY_YES:
		options->yes = true;
		return 0;
	case KEY_CONFIRM:
		options->confirmed[options->confirmed_count++] = arg;
		return 0;
	case KEY_PARAM:
		option_take_param(arg, &options->params, &options->param_count, state);
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
		return parse_values(key, arg, state);
	}
}

static const struct argp_option table[] = {
        {"yes", KEY_YES, NULL, 0, "don't ask before it begins", 1},
        {"param", KEY_PARAM, "NAME=VALUE", 0, "the value of a param; as often as needed", 2},
        {"confirm", KEY_CONFIRM, "GATE", 0,
         "what this gate waits for is done; as often as needed. Without a terminal to ask on, a "
         "run ends at a gate for a person with exit code 4 and names it. With a DIR: a gate of "
         "the first migration that is not applied yet",
         2},
        {"workers", KEY_WORKERS, "N", 0, "chunks at once, in place of what the file says", 3},
        {"patience", KEY_PATIENCE, "SECONDS", 0,
         "how long to go on trying while the server is away, too busy or its disk full; "
         "default: 600",
         4},
        {"log", KEY_LOG, "FORMAT", 0, "json: one object a line on standard error, and no bars", 5},
        {"format", KEY_FORMAT, "FORMAT", 0, "of the summary at the end: text or json", 6},
        {0},
};

/* Without a terminal nobody can answer, and nobody is asked. */
bool apply_confirmed(const struct apply_options *options)
{
	char answer[16];

	if (options->yes || !isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
		return true;
	fputs("go on? [y/N] ", stderr);
	fflush(stderr);
	if (!fgets(answer, sizeof(answer), stdin))
		return false;
	return answer[0] == 'y' || answer[0] == 'Y';
}

bool apply_knows_gates(const struct apply_options *options, const struct graph *graph)
{
	for (size_t i = 0; i < options->confirmed_count; i++) {
		const struct step *step = graph_find(graph, str_of(options->confirmed[i]));

		if (step && step->kind == STEP_GATE && step->gate == GATE_PERSON)
			continue;
		cli_error("--confirm %s: migration '%.*s' has no gate of that name for a person",
		          options->confirmed[i], STR_ARG(graph->migration));
		return false;
	}
	return true;
}

static enum view_kind view_kind(const struct apply_options *options)
{
	if (options->log_json)
		return VIEW_JSON;
	return terminal_live(stderr) ? VIEW_BARS : VIEW_LINES;
}

void apply_run(struct apply_options *options, struct session *session, const struct graph *graph,
               const struct param_values *values, struct exec_result *result)
{
	struct person person;
	struct view view;

	person_init(&person, graph);
	session->exec.outside = &person.outside;
	session->exec.confirmed = options->confirmed;
	view_open(&view, view_kind(options), options->common.color);
	session->exec.params = values->bindings;
	session->exec.param_count = values->count;
	session->exec.workers = options->workers;
	session->exec.observer = &view.observer;
	exec_run(graph, &session->transport, &session->exec, result);
	view_close(&view);
	person_release(&person);
	session->exec.outside = NULL;
	session->exec.observer = NULL;
	if (result->gate.n && !options->gate) {
		options->gate = xmalloc(result->gate.n + 1);
		memcpy(options->gate, result->gate.p, result->gate.n);
		options->gate[result->gate.n] = '\0';
	}
}

static int run(struct apply_options *options, const struct graph *graph,
               const struct param_values *values, struct exec_result *result)
{
	struct session session;
	int code;

	code = session_open(&session, &options->login, (uint64_t)options->patience_seconds * 1000);
	if (code != EXIT_OK)
		return code;
	apply_run(options, &session, graph, values, result);
	session_close(&session);
	if (options->json)
		summary_print_json(graph, result);
	else if (result->exit == EXEC_DONE || result->summary.chunks_done)
		summary_print_result(graph, result);
	fflush(stdout);
	if (result->exit != EXEC_DONE && result->text.n)
		cli_error("%.*s", STR_ARG(result->text));
	return (int)result->exit;
}

/* Credentials in a URL are refused, but later: they shall not be shown first. */
static const char *shown_target(const struct apply_options *options)
{
	const char *target = options->login.target;

	return target && !strchr(target, '@') ? target : NULL;
}

static int apply(struct apply_options *options, const struct graph *graph)
{
	struct exec_result result = {0};
	struct param_values values;
	struct buf why;
	int code;

	buf_init(&why, BUF_CEILING_OUTPUT);
	if (!apply_knows_gates(options, graph))
		return EXIT_USAGE;
	if (!params_init(&values, graph, options->params, options->param_count, &why)) {
		cli_error("%s", why.data);
		buf_release(&why);
		return EXIT_USAGE;
	}
	if (!options->log_json)
		summary_print_plan(graph, shown_target(options));
	if (apply_confirmed(options)) {
		code = run(options, graph, &values, &result);
		exec_result_release(&result);
	} else {
		cli_error("nothing was done");
		code = APPLY_DECLINED;
	}
	params_release(&values);
	return code;
}

static int apply_file(struct apply_options *options, const char *library)
{
	struct compilation compilation;
	int code = EXIT_INPUT;
	bool good;

	compilation_init(&compilation);
	compile_file(&compilation, options->file, library);
	good = cli_steer_warnings(&compilation, &options->warnings);
	cli_print_diagnostics(&compilation, options->common.color);
	if (good)
		code = apply(options, compilation.graph);
	compilation_release(&compilation);
	return code;
}

int cmd_apply(int argc, char **argv, const struct common_options *common)
{
	static const struct argp_child children[] = {{&common_argp, 0, NULL, 0},
	                                             {&login_argp, 0, NULL, 0},
	                                             {&warning_argp, 0, NULL, 0},
	                                             {0}};
	static const struct argp argp = {
	        .options = table,
	        .parser = parse,
	        .args_doc = "FILE|DIR|plan.json",
	        .doc = "Run a migration, or every migration of a folder that was not applied yet. "
	               "Whatever was killed, whenever: the same command again goes on.",
	        .children = children,
	};
	struct apply_options options = {.common = *common,
	                                .patience_seconds = PATIENCE_SECONDS_DEFAULT};
	char *library;
	int code;

	options.confirmed = xmalloc(((size_t)argc + 1) * sizeof(*options.confirmed));
	options_parse(&argp, "bfc apply", argc, argv, &options);
	options.confirmed[options.confirmed_count] = NULL;
	library = cli_library_path();
	code = folder_is(options.file) ? apply_folder(&options, library)
	                               : apply_file(&options, library);
	free(library);
	free(options.params);
	free(options.confirmed);
	free(options.warnings.choices);
	if (code == APPLY_DECLINED)
		return EXEC_INTERRUPTED;
	code = cli_finish_output(code);
	if (code == EXEC_STOPPED || code == EXEC_INTERRUPTED || code == EXEC_GATE)
		summary_print_how_to_go_on(argc, argv, options.gate);
	free(options.gate);
	return code;
}
