#include "compiler/base/diag_sarif.h"
#include "runtime/cli/cli.h"
#include "runtime/cli/folder.h"

enum check_format { CHECK_TEXT, CHECK_JSON, CHECK_SARIF };

struct check_options {
	struct common_options common;
	struct warning_options warnings;
	enum check_format format;
	char **files;
	int file_count;
};

enum { KEY_FORMAT = 300 };

/* What is printed once all files were looked at. */
struct report {
	json_t *json;
	struct sarif *sarif;
};

static bool format_of(const char *text, enum check_format *format)
{
	static const char *const names[] = {
	        [CHECK_TEXT] = "text", [CHECK_JSON] = "json", [CHECK_SARIF] = "sarif"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (strcmp(text, names[i]) == 0) {
			*format = (enum check_format)i;
			return true;
		}
	}
	return false;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct check_options *options = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		return options_begin(state, &options->common, &options->warnings, NULL);
	case KEY_FORMAT:
		if (!format_of(arg, &options->format))
			argp_error(state, "--format takes text, json or sarif, not '%s'", arg);
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
        {"format", KEY_FORMAT, "FORMAT", 0,
         "text (to standard error), json or sarif (to standard output)", 1},
        {0},
};

/* True when the file has no errors. */
static bool check_file(const char *path, const char *library, const struct check_options *options,
                       struct report *report)
{
	struct compilation compilation;
	bool good;

	compilation_init(&compilation);
	compile_check(&compilation, path, library);
	good = cli_steer_warnings(&compilation, &options->warnings);
	if (options->format == CHECK_SARIF) {
		sarif_add(report->sarif, &compilation.diags, &compilation.sources);
	} else if (options->format == CHECK_JSON) {
		json_t *list = cli_diagnostics_json(&compilation);

		json_array_extend(report->json, list);
		json_decref(list);
	} else {
		cli_print_diagnostics(&compilation, options->common.color);
	}
	compilation_release(&compilation);
	return good;
}

/* Each migration of the folder, and what only shows when they stand together. */
static bool check_folder(const char *path, const char *library, const struct check_options *options,
                         struct report *report)
{
	struct folder folder;
	bool good = folder_list(&folder, path, library);

	for (size_t i = 0; i < folder.items.count; i++)
		good &= check_file(folder.items.items[i]->path, library, options, report);
	good = good && folder_sort(&folder, NULL);
	folder_release(&folder);
	return good;
}

static void print_report(struct report *report, enum check_format format)
{
	struct buf out;

	buf_init(&out, BUF_CEILING_OUTPUT);
	sarif_finish(report->sarif, BFC_VERSION, &out);
	if (format == CHECK_SARIF)
		fwrite(out.data, 1, out.size, stdout);
	buf_release(&out);
	if (format == CHECK_JSON)
		cli_print_json(report->json);
	else
		json_decref(report->json);
}

int cmd_check(int argc, char **argv, const struct common_options *common)
{
	static const struct argp_child children[] = {
	        {&common_argp, 0, NULL, 0}, {&warning_argp, 0, NULL, 0}, {0}};
	static const struct argp argp = {
	        .options = table,
	        .parser = parse,
	        .args_doc = "FILE|DIR...",
	        .doc = "Say what is wrong with each FILE ('-' is standard input), or with each "
	               "migration of DIR. Exit code 1 when one has errors.",
	        .children = children,
	};
	struct check_options options = {.common = *common};
	struct report report;
	bool good = true;
	char *library;

	options_parse(&argp, "bfc check", argc, argv, &options);
	library = cli_library_path();
	report = (struct report){json_array(), sarif_new()};
	for (int i = 0; i < options.file_count; i++) {
		bool (*check)(const char *, const char *, const struct check_options *,
		              struct report *) =
		        folder_is(options.files[i]) ? check_folder : check_file;

		good &= check(options.files[i], library, &options, &report);
	}
	print_report(&report, options.format);
	free(library);
	free(options.warnings.choices);
	return cli_finish_output(good ? EXIT_OK : EXIT_INPUT);
}
