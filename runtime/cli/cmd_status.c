#include "runtime/cli/cli.h"
#include "runtime/cli/human.h"

struct cmd_status_options {
	struct common_options common;
	struct login_options login;
	const char *migration;
	bool json;
};

enum { KEY_FORMAT = 300, PATIENCE_MS = 5000 };

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
	case ARGP_KEY_ARG:
		return options_take(state, &options->migration, arg, "one MIGRATION at a time");
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option table[] = {
        {"format", KEY_FORMAT, "FORMAT", 0, "text or json", 1},
        {0},
};

static json_t *status_json(const struct migration_status *status)
{
	return json_pack(
	        "{s:o s:o s:o s:o s:o s:o s:o s:I s:I s:I s:I s:I s:I}", "migration",
	        cli_json_text(status->migration), "plan", cli_json_text(status->plan), "state",
	        cli_json_text(status->state), "holder", cli_json_text(status->holder), "began",
	        cli_json_text(status->began), "ended", cli_json_text(status->ended), "last_error",
	        cli_json_text(status->last_error), "chunks_done", (json_int_t)status->chunks_done,
	        "chunks_total", (json_int_t)status->chunks_total, "chunks_under_way",
	        (json_int_t)status->chunks_under_way, "rows", (json_int_t)status->rows,
	        "elapsed_ms", (json_int_t)status->elapsed_ms, "attempts",
	        (json_int_t)status->attempts);
}

static void print_json(const struct status_list *list)
{
	json_t *all = json_array();

	for (size_t i = 0; i < list->list.count; i++)
		json_array_append_new(all, status_json(&list->list.items[i]));
	cli_print_json(all);
}

static void print_field(const char *name, struct str value)
{
	struct buf line;

	if (!value.n)
		return;
	buf_init(&line, BUF_CEILING_OUTPUT);
	buf_addf(&line, "  %-10s %.*s", name, STR_ARG(value));
	terminal_print(stdout, buf_str(&line));
	buf_release(&line);
}

static void print_text(const struct migration_status *status)
{
	struct human rows, time, rate;
	struct buf line;

	buf_init(&line, BUF_CEILING_OUTPUT);
	buf_addf(&line, "%.*s: %.*s", STR_ARG(status->migration), STR_ARG(status->state));
	terminal_print(stdout, buf_str(&line));
	print_field("plan", (struct str){status->plan.p, status->plan.n > 8 ? 8 : status->plan.n});
	buf_reset(&line);
	buf_addf(&line, "%zu of %zu done, %zu under way, %zu attempts", status->chunks_done,
	         status->chunks_total, status->chunks_under_way, status->attempts);
	if (status->chunks_total)
		print_field("chunks", buf_str(&line));
	buf_reset(&line);
	buf_addf(&line, "%s in %s, %s a second", human_count(status->rows, &rows),
	         human_ms(status->elapsed_ms, &time),
	         human_count(human_rate(status->rows, status->elapsed_ms), &rate));
	if (status->chunks_total)
		print_field("rows", buf_str(&line));
	print_field("began", status->began);
	print_field("ended", status->ended);
	print_field("held by", status->holder);
	print_field("last error", status->last_error);
	buf_release(&line);
}

static void print_list(const struct status_list *list, struct str migration)
{
	for (size_t i = 0; i < list->list.count; i++)
		print_text(&list->list.items[i]);
	if (list->list.count)
		return;
	if (migration.n)
		printf("the journal knows no migration of that name\n");
	else
		printf("no migration was ever run here\n");
}

int cmd_status(int argc, char **argv, const struct common_options *common)
{
	static const struct argp_child children[] = {
	        {&common_argp, 0, NULL, 0}, {&login_argp, 0, NULL, 0}, {0}};
	static const struct argp argp = {
	        .options = table,
	        .parser = parse,
	        .args_doc = "[MIGRATION]",
	        .doc = "Show what the server's journal knows of one migration, or of all.",
	        .children = children,
	};
	struct cmd_status_options options = {.common = *common};
	struct exec_result result = {0};
	struct status_list list = {0};
	struct session session;
	int code;

	options_parse(&argp, "bfc status", argc, argv, &options);
	code = session_open(&session, &options.login, PATIENCE_MS);
	if (code != EXIT_OK)
		return code;
	exec_status(str_of(options.migration), &session.transport, &session.exec, &list, &result);
	code = (int)result.exit;
	if (code != EXIT_OK)
		cli_error("%.*s", STR_ARG(result.text));
	else if (options.json)
		print_json(&list);
	else
		print_list(&list, str_of(options.migration));
	arena_release(&list.arena);
	exec_result_release(&result);
	session_close(&session);
	return cli_finish_output(code);
}
