#include "runtime/cli/person.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <termios.h>
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
	/* What was typed before the question is no answer to it. */
	tcflush(STDIN_FILENO, TCIFLUSH);
	buf_init(&text, BUF_CEILING_OUTPUT);
	terminal_add_safe(&text, act, true);
	if (act.n)
		buf_addc(&text, '\n');
	fprintf(stderr, "%.*s%s? [y/N] ", STR_ARG(buf_str(&text)), act.n ? "go on" : "done");
	fflush(stderr);
	buf_release(&text);
}

/* What comes next stands on a line of its own. */
static void end_question(struct person *person)
{
	if (person->asking && person->present)
		fputc('\n', stderr);
	person->asking = false;
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
	if (n <= 0)
		end_question(person);
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

	end_question(person);
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
	end_question(person);
	shell_release(&person->shell);
	buf_release(&person->answer);
	free(person->hidden);
}
