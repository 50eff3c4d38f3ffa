#include "runtime/cli/person.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "compiler/base/arena.h"
#include "compiler/graph.h"
#include "runtime/cli/terminal.h"

static void ask(void *state, struct str id, struct str act)
{
	struct person *person = state;
	struct buf text;

	(void)id;
	person->asking = true;
	person->present = isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
	buf_reset(&person->answer);
	if (!person->present)
		return;
	buf_init(&text, BUF_CEILING_OUTPUT);
	terminal_add_safe(&text, act, true);
	fprintf(stderr, "%.*s\ndone? [y/N] ", (int)text.size, text.data ? text.data : "");
	fflush(stderr);
	buf_release(&text);
}

static void run(void *state, struct str command)
{
	struct person *person = state;

	person->asking = false;
	shell_run(&person->shell, command);
}

/* A line from the terminal, as far as it has come; never waits. */
static enum outside_state read_answer(struct person *person, struct outside_news *news)
{
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
	char bytes[64];
	ssize_t n;

	if (poll(&input, 1, 0) <= 0)
		return OUTSIDE_WAITING;
	n = read(STDIN_FILENO, bytes, sizeof(bytes));
	if (n > 0)
		buf_add(&person->answer, (struct str){bytes, (size_t)n});
	if (n > 0 && !memchr(bytes, '\n', (size_t)n))
		return OUTSIDE_WAITING;
	person->asking = false;
	news->text = STR("the answer was no");
	if (person->answer.size && (person->answer.data[0] == 'y' || person->answer.data[0] == 'Y'))
		return OUTSIDE_DONE;
	return OUTSIDE_FAILED;
}

static enum outside_state look(void *state, struct outside_news *news)
{
	struct person *person = state;

	*news = (struct outside_news){.line = {0}};
	if (!person->asking)
		return shell_poll(&person->shell, news);
	return person->present ? read_answer(person, news) : OUTSIDE_NOBODY;
}

static void end(void *state)
{
	struct person *person = state;

	person->asking = false;
	shell_end(&person->shell);
}

void person_init(struct person *person, const struct graph *graph)
{
	size_t count = 0, params = graph ? graph->param_count : 0;

	*person = (struct person){.hidden = xmalloc((params + 2) * sizeof(*person->hidden))};
	person->hidden[count++] = "CLICKHOUSE_PASSWORD";
	for (size_t i = 0; i < params; i++)
		if (graph->params[i].secret && graph->params[i].from_env.n)
			person->hidden[count++] =
			        arena_strdup(graph->arena, graph->params[i].from_env);
	person->hidden[count] = NULL;
	shell_init(&person->shell, person->hidden);
	buf_init(&person->answer, BUF_CEILING_OUTPUT);
	person->outside = (struct outside){person, ask, run, look, end};
}

void person_release(struct person *person)
{
	shell_release(&person->shell);
	buf_release(&person->answer);
	free(person->hidden);
}
