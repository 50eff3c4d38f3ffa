/* What puts things back: statements, and commands on this machine. */
#include "runtime/guard_do.h"

/* How long an end tries to put back what a server has to do. */
#define BACK_PATIENCE_MS 60000

static struct str explain(struct exec *exec, const struct step *step, struct str why)
{
	return str_of(arena_printf(&exec->result->arena, "%.*s (%.*s): %.*s", STR_ARG(step->id),
	                           STR_ARG(step->title), STR_ARG(why)));
}

/* A statement. One whose values are not known undoes what was never made. */
static bool do_statement(struct exec *exec, const struct step *step, const int *accept,
                         struct str *why)
{
	struct request request = {.sql = step->sql, .timeout_ms = ASK_TIMEOUT_MS};
	struct outcome outcome;
	struct str missing;
	bool ok = true;

	/* So that a later run ends it, or waits for it, as for all statements of ours. */
	request.query_id = exec_query_id(exec, &exec->arena, step->id);

	if (!scope_collect(&exec->scope, step, &exec->arena, &request.params, &request.param_count,
	                   &missing))
		return true;
	if (!exec_ask_request(exec, &request, step->kind == STEP_RUN ? accept : NULL,
	                      exec->stopping ? exec_end_ms(exec, BACK_PATIENCE_MS)
	                                     : exec_patience_ms(exec),
	                      &outcome, why)) {
		*why = explain(exec, step, *why);
		return false;
	}
	if (step->kind == STEP_ASSERT) {
		struct str verdict = reply_value(&outcome.reply, 0, 0);

		ok = str_is(verdict, "1") || str_is(verdict, "true");
		if (!ok)
			*why = explain(
			        exec, step,
			        str_of(arena_printf(&exec->arena, "%.*s%s%.*s",
			                            STR_ARG(reply_value(&outcome.reply, 0, 1)),
			                            step->hint.n ? "\n  hint: " : "",
			                            STR_ARG(step->hint))));
	}
	outcome_release(&outcome);
	return ok;
}

/* The heartbeat goes on, so that nobody takes over from who is still at it. `most_ms`: 0 for a
 * question, which Ctrl-C answers, too. */
static enum outside_state wait_outside(struct exec *exec, const struct step *step, uint64_t most_ms,
                                       struct str *why)
{
	const struct outside *outside = exec->options->outside;
	uint64_t began = exec_now(exec);

	for (;;) {
		struct outside_news news;
		enum outside_state state = gate_hear(exec, step, &news);

		if (state != OUTSIDE_WAITING) {
			*why = arena_str(&exec->arena, news.text);
			return state;
		}
		if (most_ms && exec_now(exec) - began > most_ms)
			*why = str_of(arena_printf(&exec->arena, "no end after %llu s: killed",
			                           (unsigned long long)most_ms / 1000));
		else if (!most_ms && exec_interrupted(exec))
			*why = STR("interrupted");
		if (why->n) {
			outside->end(outside->state);
			return OUTSIDE_FAILED;
		}
		lock_turn(&exec->lock);
		exec_turn(exec, OUTSIDE_POLL_MS);
	}
}

static bool do_command(struct exec *exec, const struct step *step, struct str *why)
{
	const struct outside *outside = exec->options->outside;
	enum outside_state state;

	if (!outside) {
		*why = explain(exec, step, STR("this program runs no commands here"));
		return false;
	}
	outside->end(outside->state);
	if (!exec->graph && !exec->options->commands_approved) {
		outside->ask(outside->state, step->id,
		             str_of(arena_printf(&exec->arena, "to run here: %.*s",
		                                 STR_ARG(step->act))));
		state = wait_outside(exec, step, 0, why);
		if (state != OUTSIDE_DONE) {
			*why = explain(exec, step,
			               str_of(arena_printf(&exec->arena,
			                                   "the command was not approved\n  hint: "
			                                   "'bfc abort %.*s --yes' runs it",
			                                   STR_ARG(exec->migration))));
			return false;
		}
		*why = (struct str){0};
	}
	outside->run(outside->state, step->act);
	state = wait_outside(exec, step, (uint64_t)step->limit_seconds * 1000, why);
	if (state == OUTSIDE_DONE)
		return true;
	*why = explain(exec, step,
	               str_of(arena_printf(&exec->arena, "'%.*s': %.*s", STR_ARG(step->act),
	                                   STR_ARG(*why))));
	return false;
}

static bool do_steps(struct exec *exec, const struct step *const *steps, size_t count,
                     const int *accept, struct str *why)
{
	bool all = true;

	for (size_t i = 0; i < count; i++) {
		struct str text = {0};
		bool ok;

		if (steps[i]->kind != STEP_GATE)
			ok = do_statement(exec, steps[i], accept, &text);
		else if (steps[i]->gate == GATE_COMMAND)
			ok = do_command(exec, steps[i], &text);
		else
			ok = false; /* up to a person, who is told */
		if (!ok && all)
			*why = text;
		all = all && ok;
	}
	return all;
}

bool guard_undo(struct exec *exec, const struct guard *guard, struct str *why)
{
	static const int gone[] = {60, 0};

	return do_steps(exec, guard->undo, guard->undo_count, gone, why);
}

bool guard_restore(struct exec *exec, const struct guard *guard, struct str *why)
{
	return do_steps(exec, guard->restore, guard->restore_count, NULL, why);
}
