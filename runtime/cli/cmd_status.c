#include "runtime/cli/status_print.h"
#include "runtime/cli/terminal.h"

struct cmd_status_options {
	struct common_options common;
	struct login_options login;
	const char *migration;
	bool json;
	unsigned watch; /* seconds; 0: look once */
};

enum {
	KEY_FORMAT = 300,
	KEY_WATCH,
	PATIENCE_MS = 5000,
	/* A server's restart in the middle of a watch. */
	WATCH_PATIENCE_MS = 60000,
	WATCH_SECONDS = 2,
	WATCH_SECONDS_MAX = 3600,
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct cmd_status_options *options = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		return options_begin(state, &options->common, &options->login, NULL);
	case KEY_FORMAT:
		if (!option_format(arg, &options->json))
			argp_error(state, "--format takes text or json, not '%s'", arg);
		return 0;
	case KEY_WATCH:
		options->watch = WATCH_SECONDS;
		if (arg && !option_number(arg, 1, WATCH_SECONDS_MAX, &options->watch))
			argp_error(state, "--watch takes seconds from 1 to %d, not '%s'",
			           WATCH_SECONDS_MAX, arg);
		return 0;
	case ARGP_KEY_ARG:
		return options_take(state, &options->migration, arg, "one MIGRATION at a time");
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option table[] = {
        {"format", KEY_FORMAT, "FORMAT", 0, "text or json", 1},
        {"watch", KEY_WATCH, "SECONDS", OPTION_ARG_OPTIONAL,
         "show it again and again until the run ends; default: every 2 seconds", 2},
        {0},
};

static void print_json(const struct status_list *list)
{
	json_t *all = json_array();

	for (size_t i = 0; i < list->list.count; i++)
		json_array_append_new(all, status_json(&list->list.items[i]));
	cli_print_json(all);
}

static void print_text(const struct migration_status *status)
{
	struct buf text, safe;

	buf_init(&text, BUF_CEILING_OUTPUT);
	buf_init(&safe, BUF_CEILING_OUTPUT);
	status_add_text(status, &text);
	terminal_add_safe(&safe, buf_str(&text), true);
	fwrite(safe.data, 1, safe.size, stdout);
	buf_release(&text);
	buf_release(&safe);
}

static void print_list(const struct status_list *list, struct str migration)
{
	for (size_t i = 0; i < list->list.count; i++)
		print_text(&list->list.items[i]);
	if (list->list.count)
		return;
	if (migration.n)
		printf("the journal knows no migration '%.*s'; 'bfc status' without a name shows "
		       "those that it knows\n",
		       STR_ARG(migration));
	else
		printf("no migration was ever run here\n");
}

/* `--watch 5`: argp takes an optional value only behind `=`, and would make a MIGRATION of it. */
static char **join_watch(int *argc, char **argv, struct arena *arena)
{
	char **joined = arena_array(arena, char *, (size_t)*argc + 1);
	int count = 0;

	for (int i = 0; i < *argc; i++) {
		const char *next = i + 1 < *argc ? argv[i + 1] : "";

		joined[count] = argv[i];
		if (strcmp(argv[i], "--watch") == 0 && *next &&
		    strspn(next, "0123456789") == strlen(next)) {
			joined[count] = arena_printf(arena, "--watch=%s", next);
			i++;
		}
		count++;
	}
	*argc = count;
	return joined;
}

static int look_once(struct session *session, const struct cmd_status_options *options)
{
	struct exec_result result = {0};
	struct status_list list = {0};
	int code;

	exec_status(str_of(options->migration), &session->transport, &session->exec, &list,
	            &result);
	code = (int)result.exit;
	if (code != EXIT_OK)
		cli_error("%.*s", STR_ARG(result.text));
	else if (options->json)
		print_json(&list);
	else
		print_list(&list, str_of(options->migration));
	arena_release(&list.arena);
	exec_result_release(&result);
	return code;
}

int cmd_status(int argc, char **argv, const struct common_options *common)
{
	static const struct argp_child children[] = {
	        {&common_argp, 0, NULL, 0}, {&login_argp, 0, NULL, 0}, {0}};
	static const struct argp argp = {
	        .options = table,
	        .parser = parse,
	        .args_doc = "[MIGRATION]",
	        .doc = "Show what the server's journal knows of one migration, or of all.\v"
	               "What a run waits for (merges, a 'throttle when') is not in the journal: "
	               "the "
	               "run itself shows it.",
	        .children = children,
	};
	struct cmd_status_options options = {.common = *common};
	struct session session;
	struct arena arena;
	int code;

	arena_init(&arena);
	argv = join_watch(&argc, argv, &arena);
	options_parse(&argp, "bfc status", argc, argv, &options);
	code = session_open(&session, &options.login,
	                    options.watch ? WATCH_PATIENCE_MS : PATIENCE_MS);
	if (code == EXIT_OK) {
		code = options.watch ? status_watch(&session, str_of(options.migration),
		                                    options.watch, options.json)
		                     : look_once(&session, &options);
		session_close(&session);
	}
	arena_release(&arena);
	return cli_finish_output(code);
}
