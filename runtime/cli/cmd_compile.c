#include <stdlib.h>
#include <unistd.h>

#include "compiler/emit.h"
#include "runtime/cli/cli.h"
#include "runtime/cli/output.h"

struct compile_options {
	struct common_options common;
	struct warning_options warnings;
	const struct emitter *emitter;
	const char *out;
	const char *check;
	const char *file;
};

enum { KEY_EMIT = 300, KEY_CHECK };

/* "sql or json": the names of the emitters. */
static void add_emitter_names(struct buf *out)
{
	for (const struct emitter *e = emitters; e->name; e++) {
		if (e != emitters)
			buf_addz(out, e[1].name ? ", " : " or ");
		buf_addz(out, e->name);
	}
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct compile_options *options = state->input;
	struct buf names;

	switch (key) {
	case ARGP_KEY_INIT:
		return options_begin(state, &options->common, &options->warnings, NULL);
	case KEY_EMIT:
		options->emitter = emitter_find(arg);
		if (!options->emitter) {
			buf_init(&names, BUF_CEILING_OUTPUT);
			add_emitter_names(&names);
			argp_error(state, "--emit takes %s, not '%s'", names.data, arg);
			buf_release(&names);
		}
		return 0;
	case 'o':
		options->out = arg;
		return 0;
	case KEY_CHECK:
		options->check = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (options->file)
			argp_error(state,
			           "only one FILE is compiled at a time, and '%s' is a second one",
			           arg);
		options->file = arg;
		return 0;
	case ARGP_KEY_END:
		if (!options->file)
			argp_error(state, "a FILE is missing");
		if (options->out && options->check)
			argp_error(state, "-o and --check exclude each other");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option table[] = {
        {"emit", KEY_EMIT, "FORMAT", 0,
         "sql (the default: for a person to review), json (complete: for `bfc apply`), dot, "
         "mermaid, "
         "markdown (for a pull request) or html (one page)",
         1},
        {"output", 'o', "OUT", 0, "write to this file in place of standard output", 2},
        {"check", KEY_CHECK, "OUT", 0,
         "write nothing; exit code 1 when OUT is not what FILE compiles to", 3},
        {0},
};

static int too_long(void)
{
	cli_error("the plan is longer than 4 GiB");
	return EXIT_INPUT;
}

static int emit_to_compare(const struct compile_options *options, const struct graph *graph)
{
	struct buf out;
	int code = EXIT_OK;

	buf_init(&out, BUF_CEILING_OUTPUT);
	if (!options->emitter->emit(graph, &out))
		code = too_long();
	else if (output_compare(options->check, buf_str(&out)) != 0)
		code = EXIT_INPUT;
	buf_release(&out);
	return code;
}

static void add_to_file(void *to, struct str piece)
{
	output_add(to, piece);
}

static int emit_to_file(const struct compile_options *options, const struct graph *graph)
{
	struct output output;
	struct buf out;
	int code = EXIT_OK;

	if (!output_begin(&output, options->out))
		return EXIT_STOPPED;
	buf_init_drained(&out, BUF_CEILING_OUTPUT, add_to_file, &output);
	if (options->emitter->emit(graph, &out)) {
		buf_drain(&out);
		if (!output_end(&output, OUTPUT_MADE))
			code = EXIT_STOPPED;
	} else {
		output_abandon(&output);
		code = too_long();
	}
	buf_release(&out);
	return code;
}

/* On a terminal a character must not be cut in two: what can't be shown is written as \x…. */
static int emit_to_terminal(const struct compile_options *options, const struct graph *graph)
{
	struct buf out;
	int code = EXIT_OK;

	buf_init(&out, BUF_CEILING_OUTPUT);
	if (options->emitter->emit(graph, &out))
		terminal_write(stdout, buf_str(&out));
	else
		code = too_long();
	buf_release(&out);
	return code;
}

/* Whether it arrived, cli_finish_output() says. */
static void add_to_stdout(void *to, struct str piece)
{
	fwrite(piece.p, 1, piece.n, to);
}

static int emit_to_stdout(const struct compile_options *options, const struct graph *graph)
{
	struct buf out;
	bool whole;

	buf_init_drained(&out, BUF_CEILING_OUTPUT, add_to_stdout, stdout);
	whole = options->emitter->emit(graph, &out);
	buf_drain(&out);
	buf_release(&out);
	return whole ? EXIT_OK : too_long();
}

static int emit(const struct compile_options *options, const struct graph *graph)
{
	if (options->check)
		return emit_to_compare(options, graph);
	if (options->out && strcmp(options->out, "-") != 0)
		return emit_to_file(options, graph);
	return isatty(STDOUT_FILENO) ? emit_to_terminal(options, graph)
	                             : emit_to_stdout(options, graph);
}

int cmd_compile(int argc, char **argv, const struct common_options *common)
{
	static const struct argp_child children[] = {
	        {&common_argp, 0, NULL, 0}, {&warning_argp, 0, NULL, 0}, {0}};
	static const struct argp argp = {
	        .options = table,
	        .parser = parse,
	        .args_doc = "FILE",
	        .doc = "Show the plan that FILE becomes. Needs no server; the same file gives the "
	               "same "
	               "bytes everywhere.",
	        .children = children,
	};
	struct compile_options options = {.common = *common, .emitter = emitters};
	struct compilation compilation;
	char *library;
	int code = EXIT_INPUT;

	options_parse(&argp, "bfc compile", argc, argv, &options);
	library = cli_library_path();
	compilation_init(&compilation);
	compile_file(&compilation, options.file, library);
	if (cli_steer_warnings(&compilation, &options.warnings))
		code = emit(&options, compilation.graph);
	cli_print_diagnostics(&compilation, options.common.color);
	compilation_release(&compilation);
	free(library);
	free(options.warnings.choices);
	return cli_finish_output(code);
}
