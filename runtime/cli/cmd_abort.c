#include "runtime/cli/cli.h"
#include "runtime/cli/person.h"

struct abort_options {
	struct common_options common;
	struct login_options login;
	const char *migration;
	enum exec_doubt in_doubt;
	struct exec_doubt_word *words;
	size_t word_count;
	bool yes;
};

enum { PATIENCE_MS = 60000, KEY_IN_DOUBT = 300 };

static enum exec_doubt doubt_from(struct str text)
{
	return str_is(text, "loaded")   ? DOUBT_LOADED
	       : str_is(text, "absent") ? DOUBT_ABSENT
	                                : DOUBT_UNSAID;
}

/* A word for all of them, or 3=absent,5=loaded. False: it is neither. */
static bool take_doubt(struct abort_options *options, struct str text)
{
	options->in_doubt = doubt_from(text);
	if (options->in_doubt != DOUBT_UNSAID)
		return true;
	while (text.n) {
		ptrdiff_t comma = str_find(text, STR(",")), is;
		struct str pair = {text.p, comma < 0 ? text.n : (size_t)comma};
		struct exec_doubt_word word;

		is = str_find(pair, STR("="));
		if (is <= 0)
			return false;
		word.chunk = (struct str){pair.p, (size_t)is};
		word.word = doubt_from((struct str){pair.p + is + 1, pair.n - (size_t)is - 1});
		if (word.word == DOUBT_UNSAID)
			return false;
		options->words = xrealloc(options->words,
		                          (options->word_count + 1) * sizeof(*options->words));
		options->words[options->word_count++] = word;
		text.p += pair.n + (comma >= 0);
		text.n -= pair.n + (comma >= 0);
	}
	return options->word_count > 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct abort_options *options = state->input;

	switch (key) {
	case KEY_IN_DOUBT:
		if (!take_doubt(options, str_of(arg)))
			argp_error(
			        state,
			        "--in-doubt takes loaded or absent, or that chunk by chunk as in "
			        "3=absent,5=loaded, not '%s'",
			        arg);
		return 0;
	case ARGP_KEY_INIT:
		return options_begin(state, &options->common, &options->login, NULL);
	case 'y':
		options->yes = true;
		return 0;
	case ARGP_KEY_ARG:
		return options_take(state, &options->migration, arg, "one MIGRATION at a time");
	case ARGP_KEY_END:
		if (!options->migration || !*options->migration)
			argp_error(state, "a MIGRATION is missing; `bfc status` lists them");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int cmd_abort(int argc, char **argv, const struct common_options *common)
{
	static const struct argp_child children[] = {
	        {&common_argp, 0, NULL, 0}, {&login_argp, 0, NULL, 0}, {0}};
	static const struct argp_option table[] = {
	        {"in-doubt", KEY_IN_DOUBT, "WHAT", 0,
	         "of chunks of `using direct` that were broken off: 'loaded' when all their rows "
	         "are in the live tables, 'absent' when none is; for all of them, or chunk by "
	         "chunk: "
	         "3=absent,5=loaded",
	         1},
	        {"yes", 'y', NULL, 0,
	         "run the command that resumes ingest, which the journal has, without asking", 1},
	        {0},
	};
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
	struct exec_result result = {0};
	struct session session;
	struct person person;
	int code;

	options_parse(&argp, "bfc abort", argc, argv, &options);
	code = session_open(&session, &options.login, PATIENCE_MS);
	if (code != EXIT_OK)
		return code;
	session.exec.in_doubt = options.in_doubt;
	session.exec.doubt_words = options.words;
	session.exec.doubt_word_count = options.word_count;
	person_init(&person, NULL);
	session.exec.outside = &person.outside;
	session.exec.commands_approved = options.yes;
	exec_abort(str_of(options.migration), &session.transport, &session.exec, &result);
	person_release(&person);
	code = (int)result.exit;
	if (code != EXIT_OK)
		cli_error("%.*s", STR_ARG(result.text));
	else if (result.text.n)
		terminal_print(stdout, result.text);
	else
		terminal_print(stdout, STR("aborted"));
	exec_result_release(&result);
	free(options.words);
	session_close(&session);
	return cli_finish_output(code);
}
