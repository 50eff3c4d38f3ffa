#include "compiler/explain.h"
#include "runtime/cli/cli.h"

struct explain_options {
	struct common_options common;
	const char *code;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct explain_options *options = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		return options_begin(state, &options->common, NULL, NULL);
	case ARGP_KEY_ARG:
		return options_take(state, &options->code, arg, "one CODE at a time");
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int cmd_explain(int argc, char **argv, const struct common_options *common)
{
	static const struct argp_child children[] = {{&common_argp, 0, NULL, 0}, {0}};
	static const struct argp argp = {
	        .parser = parse,
	        .args_doc = "[CODE]",
	        .doc = "Say what a diagnostic means, by its code (BF012) or name; without CODE, "
	               "list all.",
	        .children = children,
	};
	struct explain_options options = {.common = *common};
	struct buf out;

	options_parse(&argp, "bfc explain", argc, argv, &options);
	buf_init(&out, BUF_CEILING_OUTPUT);
	if (!options.code) {
		explain_list(&out);
	} else if (!explain_code(str_of(options.code), &out)) {
		cli_error("there is no diagnostic '%s'; `bfc explain` lists all", options.code);
		buf_release(&out);
		return EXIT_USAGE;
	}
	if (out.size)
		fwrite(out.data, 1, out.size, stdout);
	buf_release(&out);
	return cli_finish_output(EXIT_OK);
}
