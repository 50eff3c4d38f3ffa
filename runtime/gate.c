/*
 * gate.c: gates that no statement opens: a person says so, or a command on this machine ends well.
 */
#include "runtime/exec_internal.h"

static const struct outside *outside_of(const struct task *task)
{
	return task->exec->options->outside;
}

static bool is_confirmed(const struct task *task, const struct step *step)
{
	const char *const *id = task->exec->options->confirmed;

	while (id && *id && !str_is(step->id, *id))
		id++;
	return id && *id;
}

static void needs_person(struct task *task, const struct step *step)
{
	struct exec *exec = task->exec;

	exec_stop(exec, EXEC_GATE,
	          "waiting for a person: %.*s\n  %.*s\n  hint: when that is done, the same command "
	          "with '--confirm %.*s' goes on",
	          STR_ARG(step->title), STR_ARG(step->act), STR_ARG(step->id));
	exec->result->gate = arena_str(&exec->result->arena, step->id);
}

void gate_begin(struct task *task, const struct step *step)
{
	const struct exec_observer *observer = task->exec->options->observer;

	task->asking = step;
	task->asked_ms = exec_now(task->exec);
	if (step->gate == GATE_PERSON && is_confirmed(task, step)) {
		task_step_done(task, step);
		return;
	}
	if (!outside_of(task) && step->gate == GATE_PERSON) {
		needs_person(task, step);
		return;
	}
	if (!outside_of(task)) {
		exec_stop(task->exec, EXEC_STOPPED, "%.*s: this program runs no commands here",
		          STR_ARG(task_where(task, step)));
		return;
	}
	if (observer && observer->step_began)
		observer->step_began(observer->state, step, task_label(task));
	if (observer && observer->waiting)
		observer->waiting(observer->state, step, step->act);
	if (step->gate == GATE_PERSON)
		outside_of(task)->ask(outside_of(task)->state, step->id, STR(""));
	else
		outside_of(task)->run(outside_of(task)->state, step->act);
	task->state = TASK_OUTSIDE;
	task->wake_ms = exec_now(task->exec) + OUTSIDE_POLL_MS;
}

static void failed(struct task *task, const struct step *step, struct str how)
{
	if (step->gate == GATE_PERSON)
		exec_stop(task->exec, EXEC_GATE,
		          "%.*s: the answer was no\n  hint: when it is done, the same command goes "
		          "on",
		          STR_ARG(task_where(task, step)));
	else
		exec_stop(task->exec, EXEC_STOPPED, "%.*s: the command '%.*s' failed: %.*s",
		          STR_ARG(task_where(task, step)), STR_ARG(step->act), STR_ARG(how));
}

enum outside_state gate_hear(struct exec *exec, const struct step *step, struct outside_news *news)
{
	const struct outside *outside = exec->options->outside;
	enum outside_state state;
	unsigned lines = 0;

	do {
		state = outside->poll(outside->state, news);
		if (news->line.n)
			exec_said(exec, step, news->line);
	} while (news->line.n && state == OUTSIDE_WAITING && ++lines < OUTSIDE_LINES_MAX);
	return state;
}

void gate_poll(struct task *task)
{
	const struct outside *outside = outside_of(task);
	const struct step *step = task->asking;
	struct outside_news news;
	uint64_t now = exec_now(task->exec);

	switch (gate_hear(task->exec, step, &news)) {
	case OUTSIDE_WAITING:
		task->wake_ms = now + OUTSIDE_POLL_MS;
		if (step->limit_seconds &&
		    now - task->asked_ms > (uint64_t)step->limit_seconds * 1000) {
			outside->end(outside->state);
			exec_stop(
			        task->exec, EXEC_STOPPED,
			        "%.*s: the command '%.*s' has not ended after %u s and was killed",
			        STR_ARG(task_where(task, step)), STR_ARG(step->act),
			        step->limit_seconds);
		}
		break;
	case OUTSIDE_DONE:
		task->state = TASK_IDLE;
		task_step_done(task, step);
		break;
	case OUTSIDE_FAILED:
		failed(task, step, news.text);
		break;
	case OUTSIDE_NOBODY:
		needs_person(task, step);
		break;
	}
}
