#include <stdlib.h>

#include "compiler/check.h"
#include "compiler/parse.h"
#include "runtime/cli/cli.h"
#include "runtime/cli/output.h"
#include "runtime/inspect.h"

struct cmd_inspect_options {
	struct common_options common;
	struct login_options login;
	const char *what;
	const char *out;
	bool library;
};

enum { KEY_LIBRARY = 300, PATIENCE_MS = 5000 };

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct cmd_inspect_options *options = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		return options_begin(state, &options->common, &options->login, NULL);
	case KEY_LIBRARY:
		options->library = true;
		return 0;
	case 'o':
		options->out = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (!*arg)
			argp_error(state, "the name of a database is empty");
		return options_take(state, &options->what, arg,
		                    "one DATABASE or DATABASE.TABLE at a time");
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option table[] = {
        {"output", 'o', "OUT", 0, "write to this file in place of standard output", 1},
        {"library", KEY_LIBRARY, NULL, 0,
         "for a migration to `use`: names in full, no `migration` and `database` statements", 2},
        {0},
};

/* Takes what does not compile out of the declarations: true when there was something, so that the
 * text has to be written anew. */
static bool refuse_errors(struct inspection *inspection, const struct compilation *compilation)
{
	bool refused = false;

	for (size_t i = 0; i < compilation->diags.list.count; i++) {
		const struct diag *diag = &compilation->diags.list.items[i];
		struct inspect_object *object;

		if (diag->severity != SEVERITY_ERROR || !diag->has_span)
			continue;
		object = inspect_object_at(inspection, diag->span.begin);
		if (!object || object->reason.n)
			continue;
		inspect_refuse(inspection, object, str_of(diag->text));
		refused = true;
	}
	return refused;
}

/* The compiler has the last word on what is a declaration. False: an error that no object has. */
static bool write_what_compiles(struct inspection *inspection, struct buf *out)
{
	bool again, good;

	do {
		struct compilation compilation;
		const struct source *source;

		inspect_write(inspection, out);
		compilation_init(&compilation);
		source = source_from_text(&compilation.sources, "inspect.bf", buf_str(out),
		                          &compilation.diags);
		if (source) {
			struct ast *ast = parse_source(&compilation.sources, source,
			                               &compilation.front, &compilation.diags);

			if (!diag_failed(&compilation.diags))
				check_program(&compilation.sources, ast, STR("inspect"),
				              &compilation.front, &compilation.diags);
		}
		good = !diag_failed(&compilation.diags);
		again = !good && refuse_errors(inspection, &compilation);
		if (!good && !again)
			cli_print_diagnostics(&compilation, COLOR_NEVER);
		compilation_release(&compilation);
	} while (again);
	return good;
}

static bool print(const char *path, struct str text)
{
	if (path && strcmp(path, "-") != 0)
		return output_write(path, text, OUTPUT_MADE);
	terminal_write(stdout, text);
	return true;
}

static int write_text(struct inspection *inspection, const char *path)
{
	struct inspect_counts counts;
	struct buf text;
	int code = EXIT_OK;

	buf_init(&text, BUF_CEILING_OUTPUT);
	if (!write_what_compiles(inspection, &text)) {
		cli_error("what the server has can't be written as a file that compiles");
		code = EXIT_INPUT;
	}
	if (!print(path, buf_str(&text)))
		code = EXIT_STOPPED;
	buf_release(&text);
	counts = inspect_count(inspection);
	if (counts.refused)
		cli_error("note: %zu of %zu objects have no declaration; each stands in a comment "
		          "that says why",
		          counts.refused, counts.tables + counts.views + counts.refused);
	return code;
}

int cmd_inspect(int argc, char **argv, const struct common_options *common)
{
	static const struct argp_child children[] = {
	        {&common_argp, 0, NULL, 0}, {&login_argp, 0, NULL, 0}, {0}};
	static const struct argp argp = {
	        .options = table,
	        .parser = parse,
	        .args_doc = "[DATABASE[.TABLE]]",
	        .doc = "Write declarations of what a server has: of one database, of one table "
	               "with "
	               "the views on it and everything downstream, or of all databases.",
	        .children = children,
	};
	struct cmd_inspect_options options = {.common = *common};
	struct inspect_options inspect = {0};
	struct exec_result result = {0};
	struct inspection inspection;
	struct session session;
	int code;

	options_parse(&argp, "bfc inspect", argc, argv, &options);
	inspect.what = str_of(options.what);
	inspect.library = options.library;
	code = session_open(&session, &options.login, PATIENCE_MS);
	if (code != EXIT_OK)
		return code;
	inspect_read(&inspection, &inspect, &session.transport, &session.exec, &result);
	session_close(&session);
	code = (int)result.exit;
	if (code == EXIT_OK)
		code = write_text(&inspection, options.out);
	else
		cli_error("%.*s", STR_ARG(result.text));
	inspection_release(&inspection);
	exec_result_release(&result);
	return cli_finish_output(code);
}
