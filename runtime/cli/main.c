/*
 * bfc: a declarative backfill compiler for ClickHouse.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#include "compiler/base/arena.h"
#include "runtime/cli/cli.h"
#include "runtime/engine_host.h"
#include "runtime/shell_host.h"

static const struct command commands[] = {
        {"check", "say what is wrong with a file", cmd_check},
        {"fmt", "bring a file into its canonical layout", cmd_fmt},
        {"compile", "show the plan that a file becomes", cmd_compile},
        {"plan", "show what apply would do now", cmd_plan},
        {"apply", "run a file or a plan", cmd_apply},
        {"status", "show what the journal knows", cmd_status},
        {"abort", "give a migration up", cmd_abort},
        {"inspect", "write declarations of what a server has", cmd_inspect},
        {"explain", "say what a diagnostic means", cmd_explain},
        {"engine", "run a ClickHouse server on a directory", cmd_engine},
};

enum { COMMAND_COUNT = sizeof(commands) / sizeof(*commands) };

struct invocation {
	struct common_options common;
	const struct command *command;
	int at; /* of the command's name in argv */
};

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	}
	return NULL;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct invocation *invocation = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &invocation->common;
		return 0;
	case ARGP_KEY_ARG:
		invocation->command = find_command(arg);
		if (!invocation->command)
			argp_error(state, "there is no command '%s'", arg);
		/* The rest is the command's. */
		invocation->at = state->next - 1;
		state->next = state->argc;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "a command is missing");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* The list of commands, for -h. */
static char *help_filter(int key, const char *text, void *input)
{
	struct buf out;

	(void)input;
	if (key != ARGP_KEY_HELP_POST_DOC)
		return (char *)text;
	buf_init(&out, BUF_CEILING_OUTPUT);
	buf_addz(&out, "Commands:\n");
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		buf_addf(&out, "  %-9s %s\n", commands[i].name, commands[i].help);
	buf_addz(&out, "\n`bfc COMMAND -h` tells more about one of them.");
	return out.data;
}

int main(int argc, char **argv)
{
	static const struct argp_child children[] = {{&common_argp, 0, NULL, 0}, {0}};
	static const struct argp argp = {
	        .parser = parse,
	        .args_doc = "COMMAND [ARGUMENTS]",
	        .doc = "Load history into live ClickHouse tables and their views, exactly once.\v",
	        .children = children,
	        .help_filter = help_filter,
	};
	struct invocation invocation = {.common = {.color = COLOR_AUTO}};

	/* Not a command: how engine_start() runs the child that is the engine. */
	if (argc > 1 && strcmp(argv[1], ENGINE_HOST_VERB) == 0)
		return engine_host_main(argc, argv);
	/* Nor this: how shell_run() runs a command. */
	if (argc > 1 && strcmp(argv[1], SHELL_HOST_VERB) == 0)
		return shell_host_main(argc, argv);
	argp_err_exit_status = EXIT_USAGE;
	/* A reader that went away is an error of write(), not the end of a run. */
	signal(SIGPIPE, SIG_IGN);
	/* A text for which there is no memory must not look like one that is no JSON. */
	json_set_alloc_funcs(xmalloc, free);
	/* In order: options after the command belong to it. */
	if (argp_parse(&argp, argc, argv, ARGP_IN_ORDER | ARGP_NO_HELP, NULL, &invocation) ==
	    ENOMEM)
		out_of_memory();
	argv[invocation.at] = argv[0];
	return invocation.command->run(argc - invocation.at, argv + invocation.at,
	                               &invocation.common);
}
