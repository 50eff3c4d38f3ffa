#include "runtime/cli/cli.h"

struct check_options {
	struct common_options common;
	struct warning_options warnings;
	bool json;
	char **files;
	int file_count;
};

enum { KEY_FORMAT = 300 };

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct check_options *options = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &options->common;
		state->child_inputs[1] = &options->warnings;
		return 0;
	case KEY_FORMAT:
		if (!option_format(arg, &options->json))
			argp_error(state, "--format takes text or json, not '%s'", arg);
		return 0;
	case ARGP_KEY_ARGS:
		options->files = state->argv + state->next;
		options->file_count = state->argc - state->next;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "a FILE is missing");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option table[] = {
        {"format", KEY_FORMAT, "FORMAT", 0, "text (to standard error) or json (to standard output)",
         1},
        {0},
};

/* True when the file has no errors. */
static bool check_file(const char *path, const char *library, const struct check_options *options,
                       json_t *all)
{
	struct compilation compilation;
	bool good;

	compilation_init(&compilation);
	compile_check(&compilation, path, library);
	good = cli_steer_warnings(&compilation, &options->warnings);
	if (options->json) {
		json_t *list = cli_diagnostics_json(&compilation);

		json_array_extend(all, list);
		json_decref(list);
	} else {
		cli_print_diagnostics(&compilation, options->common.color);
	}
	compilation_release(&compilation);
	return good;
}

int cmd_check(int argc, char **argv, const struct common_options *common)
{
	static const struct argp_child children[] = {
	        {&common_argp, 0, NULL, 0}, {&warning_argp, 0, NULL, 0}, {0}};
	static const struct argp argp = {
	        .options = table,
	        .parser = parse,
	        .args_doc = "FILE...",
	        .doc = "Say what is wrong with each FILE ('-' is standard input). Exit code 1 when "
	               "one has "
	               "errors.",
	        .children = children,
	};
	struct check_options options = {.common = *common};
	bool good = true;
	char *library;
	json_t *all;

	options_parse(&argp, "bfc check", argc, argv, &options);
	library = cli_library_path();
	all = json_array();
	for (int i = 0; i < options.file_count; i++)
		good &= check_file(options.files[i], library, &options, all);
	if (options.json)
		cli_print_json(json_incref(all));
	json_decref(all);
	free(library);
	free(options.warnings.choices);
	return cli_finish_output(good ? EXIT_OK : EXIT_INPUT);
}
