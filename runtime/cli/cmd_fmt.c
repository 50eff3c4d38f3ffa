#include "compiler/format.h"
#include "runtime/cli/cli.h"
#include "runtime/cli/folder.h"
#include "runtime/cli/output.h"

struct fmt_options {
	struct common_options common;
	bool check;
	bool diff;
	char **files;
	int file_count;
};

enum { KEY_CHECK = 300, KEY_DIFF };

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct fmt_options *options = state->input;

	(void)arg;
	switch (key) {
	case ARGP_KEY_INIT:
		return options_begin(state, &options->common, NULL, NULL);
	case KEY_CHECK:
		options->check = true;
		return 0;
	case KEY_DIFF:
		options->diff = true;
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
        {"check", KEY_CHECK, NULL, 0,
         "write nothing; list the files that would change, and end with exit code 1 when there is "
         "one",
         1},
        {"diff", KEY_DIFF, NULL, 0,
         "write nothing; show what would change, and end with exit code 1 when anything would", 2},
        {0},
};

/* A whole text as it is in the file. */
static void add_text(struct buf *out, const struct source *source, struct str text)
{
	if (source->bom)
		buf_addz(out, "\xEF\xBB\xBF");
	buf_add(out, text);
}

static int show(const struct fmt_options *options, const char *path, struct str before,
                struct str after)
{
	struct buf diff;

	if (str_eq(before, after))
		return EXIT_OK;
	if (options->check)
		terminal_print(stdout, str_of(path));
	if (options->diff) {
		buf_init(&diff, BUF_CEILING_OUTPUT);
		format_diff(path, before, after, &diff);
		terminal_write(stdout, buf_str(&diff));
		buf_release(&diff);
	}
	return EXIT_INPUT;
}

static int put(const struct fmt_options *options, const char *path, struct str before,
               struct str after)
{
	if (!format_same(before, after)) {
		cli_error("'%s' stays as it is: its new layout would say something else, which is "
		          "an error of bfc; please report it",
		          path);
		return EXIT_STOPPED;
	}
	if (options->check || options->diff)
		return show(options, path, before, after);
	if (strcmp(path, "-") == 0) {
		terminal_write(stdout, after);
		return EXIT_OK;
	}
	if (str_eq(before, after))
		return EXIT_OK;
	return output_write(path, after, OUTPUT_IRREPLACEABLE) ? EXIT_OK : EXIT_STOPPED;
}

static int format_file(const char *path, const struct fmt_options *options)
{
	struct compilation compilation;
	const struct source *source;
	struct buf before, laid_out, after;
	int code = EXIT_INPUT;

	compilation_init(&compilation);
	buf_init(&before, BUF_CEILING_OUTPUT);
	buf_init(&laid_out, BUF_CEILING_OUTPUT);
	buf_init(&after, BUF_CEILING_OUTPUT);
	source = source_load(&compilation.sources, path, NULL, &compilation.diags);
	if (source && format_source(&compilation.sources, source, &compilation.front,
	                            &compilation.diags, &laid_out)) {
		add_text(&before, source, source->text);
		add_text(&after, source, buf_str(&laid_out));
		code = put(options, path, buf_str(&before), buf_str(&after));
	}
	diag_sort(&compilation.diags);
	cli_print_diagnostics(&compilation, options->common.color);
	buf_release(&before);
	buf_release(&laid_out);
	buf_release(&after);
	compilation_release(&compilation);
	return code;
}

int cmd_fmt(int argc, char **argv, const struct common_options *common)
{
	static const struct argp_child children[] = {{&common_argp, 0, NULL, 0}, {0}};
	static const struct argp argp = {
	        .options = table,
	        .parser = parse,
	        .args_doc = "FILE|DIR...",
	        .doc = "Bring each FILE into its canonical layout ('-' is standard input, and goes "
	               "to standard output). SQL and comments stay as they are; a FILE with errors "
	               "stays as a whole. DIR stands for all of its .bf files.",
	        .children = children,
	};
	struct fmt_options options = {.common = *common};
	int code = EXIT_OK;
	struct arena arena;

	options_parse(&argp, "bfc fmt", argc, argv, &options);
	arena_init(&arena);
	if (!folder_expand(&arena, &options.files, &options.file_count))
		code = EXIT_INPUT;
	for (int i = 0; i < options.file_count; i++) {
		int of_file = format_file(options.files[i], &options);

		if (of_file > code)
			code = of_file;
	}
	arena_release(&arena);
	return cli_finish_output(code);
}
