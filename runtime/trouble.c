/* What an attempt does when a statement fails; the argument is at the head of attempt.c. */
#include "runtime/exec_internal.h"

/* The statement has surely ended: an answer came that says so, or it never arrived. */
static bool has_ended(const struct outcome *outcome)
{
	if (outcome->kind == OUTCOME_EXCEPTION)
		return outcome->code != 216;
	return outcome->kind == OUTCOME_UNREACHABLE || outcome->kind == OUTCOME_DENIED;
}

void attempt_fail(struct task *task, enum exec_exit how, struct str text)
{
	struct exec *exec = task->exec;
	struct node *node = task->node;

	node->halted++;
	if (!node->failure.n) {
		node->failure_exit = how;
		node->failure = arena_str(&exec->arena, text);
	}
	if (node->step->repeat != REPEAT_NEVER || node->halted == node->running) {
		exec_stop(exec, node->failure_exit, "%.*s", STR_ARG(node->failure));
		return;
	}
	task->state = TASK_HALTED;
	exec_said(exec, node->step,
	          str_of(arena_printf(&task->arena,
	                              "%.*s has failed, and no further one begins; those under way "
	                              "are awaited, as they can't be repeated",
	                              STR_ARG(task->label))));
}

static void give_up(struct task *task, const struct step *step, const struct outcome *outcome,
                    bool passing)
{
	task->giving_up = true;
	task->failure_exit = EXEC_STOPPED;
	task->failure = str_of(arena_printf(
	        &task->exec->arena, "%.*s: %s%.*s", STR_ARG(task_where(task, step)),
	        passing ? "gave up trying: " : "", STR_ARG(exec_explain(task->exec, outcome))));
}

static const char *smaller_words(const struct task *task)
{
	static const char *const words[SMALLER_MAX + 1] = {"", "again with one thread",
	                                                   "again with small blocks",
	                                                   "again with the smallest blocks"};

	return task->splitting ? "the chunk is split" : words[task->smaller];
}

/* The server has no memory for it: that does not pass by waiting, and is no matter of patience. */
static bool make_smaller(struct task *task, const struct step *step, const struct outcome *outcome)
{
	struct exec *exec = task->exec;
	const struct exec_observer *observer = exec->options->observer;
	unsigned most = task->node->halves ? SMALLER_BEFORE_SPLIT : SMALLER_MAX;

	if (outcome->kind != OUTCOME_EXCEPTION ||
	    error_of(outcome->code, outcome->text)->class != ERROR_SMALLER)
		return false;
	if (task->smaller < most)
		task->smaller++;
	else if (task->node->halves)
		task->splitting = true;
	else
		return false;
	task->failure =
	        str_of(arena_printf(&exec->arena, "%.*s: %.*s", STR_ARG(task_where(task, step)),
	                            STR_ARG(exec_explain(exec, outcome))));
	task->trouble_since_ms = 0;
	exec->result->summary.retries++;
	if (observer && observer->retrying)
		observer->retrying(
		        observer->state, step, task_label(task),
		        str_of(arena_printf(&task->arena, "%s: %.*s", smaller_words(task),
		                            STR_ARG(outcome->text))),
		        0);
	task->state = TASK_IDLE;
	attempt_discard(task);
	return true;
}

/* The server has not begun the statement: it was refused at the door, or never arrived. */
static bool never_began(const struct outcome *outcome)
{
	if (outcome->kind == OUTCOME_EXCEPTION)
		return outcome->code == 202;
	return outcome->kind == OUTCOME_UNREACHABLE || outcome->kind == OUTCOME_DENIED;
}

/* What is done can't be thrown away: a question is asked again, anything else stops the run. */
static bool doubt_stops(struct task *task, const struct step *step, const struct outcome *outcome,
                        bool passing)
{
	struct exec *exec = task->exec;

	if (step->repeat == REPEAT_NEVER && never_began(outcome))
		task->unsure--;
	if (!task->unsure)
		return false;
	if (step->repeat == REPEAT_READ_ONLY && passing && task_pause(task, step, outcome->text))
		return true;
	attempt_fail(
	        task, EXEC_STOPPED,
	        str_of(arena_printf(&exec->arena, "%.*s: %.*s", STR_ARG(task_where(task, step)),
	                            STR_ARG(exec_explain(exec, outcome)))));
	return true;
}

/* … and it said so: the same statement can be sent again, nothing has to be thrown away. */
static bool refused_at_the_door(const struct outcome *outcome)
{
	return outcome->kind == OUTCOME_EXCEPTION && never_began(outcome);
}

/* What is staged is dropped now; nothing begins until there is room. */
static void note_room(struct task *task, const struct outcome *outcome)
{
	if (outcome->kind == OUTCOME_EXCEPTION &&
	    error_of(outcome->code, outcome->text)->class == ERROR_ROOM)
		task->node->no_room = true;
}

/* Not sealed: the attempt ends here. */
static void load_trouble(struct task *task, const struct step *step, const struct outcome *outcome)
{
	struct exec *exec = task->exec;
	bool reads = step->kind != STEP_RUN;
	bool passing = exec_passing(exec, outcome);

	if (passing && refused_at_the_door(outcome) && task_pause(task, step, outcome->text)) {
		if (step->repeat == REPEAT_NEVER)
			task->unsure--;
		return;
	}
	/* The server lives and said "not now" to a question: nothing has changed. */
	if (passing && reads && outcome->kind == OUTCOME_EXCEPTION &&
	    task_pause(task, step, outcome->text))
		return;
	note_room(task, outcome);
	if (doubt_stops(task, step, outcome, passing))
		return;
	if (make_smaller(task, step, outcome))
		return;
	/* Pausing is for the count of patience here; the pause itself comes before the next
	 * attempt. */
	if (!passing || !task_pause(task, step, outcome->text))
		give_up(task, step, outcome, passing);
	task->state = TASK_IDLE;
	task->frame_count = 0;
	if (has_ended(outcome))
		attempt_discard(task);
	else
		task->chunk_state = CHUNK_KILLING;
}

/* Sealed: what was sent has to be over, then publishing begins anew. */
static void publish_trouble(struct task *task, const struct step *step,
                            const struct outcome *outcome)
{
	struct exec *exec = task->exec;
	bool passing = exec_passing(exec, outcome);

	if (passing && refused_at_the_door(outcome) && task_pause(task, step, outcome->text))
		return;
	if (outcome->kind == OUTCOME_EXCEPTION && step->kind == STEP_RUN && outcome->code != 202 &&
	    outcome->code != 216)
		attempt_distrust(task, outcome->text);
	if (!passing || !task_pause(task, step, outcome->text)) {
		exec_stop(exec, EXEC_STOPPED,
		          "%.*s: %s%.*s\n  the chunk is loaded and sealed; its staged tables hold "
		          "what "
		          "is not published yet and must stay",
		          STR_ARG(task_where(task, step)), passing ? "gave up trying: " : "",
		          STR_ARG(exec_explain(exec, outcome)));
		return;
	}
	task->resumed = true;
	task->frame_count = 0;
	task->chunk_state = CHUNK_LEAVING;
}

/* Dropping what was staged: again, and what refuses is left to the sweep. */
static void finish_trouble(struct task *task, const struct step *step,
                           const struct outcome *outcome)
{
	struct exec *exec = task->exec;
	bool passing = exec_passing(exec, outcome);

	if (passing && task_pause(task, step, outcome->text))
		return;
	if (!passing && outcome->kind == OUTCOME_EXCEPTION) {
		exec->result->summary.retries++;
		task->frames[task->frame_count - 1].at++;
		return;
	}
	if (task->giving_up)
		exec_stop(exec, task->failure_exit, "%.*s", STR_ARG(task->failure));
	exec_stop(exec, EXEC_STOPPED, "%.*s: gave up trying: %.*s", STR_ARG(task_where(task, step)),
	          STR_ARG(exec_explain(exec, outcome)));
}

/* Nothing of the chunk is there: only the question is asked again. */
static void waiting_trouble(struct task *task, const struct step *step,
                            const struct outcome *outcome)
{
	struct exec *exec = task->exec;
	bool passing = exec_passing(exec, outcome) ||
	               (outcome->kind == OUTCOME_EXCEPTION &&
	                error_of(outcome->code, outcome->text)->class == ERROR_SMALLER);

	if (passing && task_pause(task, step, outcome->text))
		return;
	attempt_fail(
	        task, EXEC_STOPPED,
	        str_of(arena_printf(&exec->arena, "%.*s: %s%.*s", STR_ARG(task_where(task, step)),
	                            passing ? "gave up trying: " : "",
	                            STR_ARG(exec_explain(exec, outcome)))));
}

void attempt_trouble(struct task *task, const struct step *step, const struct outcome *outcome)
{
	switch (task->chunk_state) {
	case CHUNK_WAITING:
		waiting_trouble(task, step, outcome);
		break;
	case CHUNK_LOADING:
		load_trouble(task, step, outcome);
		break;
	case CHUNK_PUBLISHING:
		publish_trouble(task, step, outcome);
		break;
	default:
		finish_trouble(task, step, outcome);
		break;
	}
}

void attempt_refused(struct task *task, enum exec_exit how, struct str text)
{
	/* A failed verification keeps the staged tables for a person, until the next run; what is
	 * sealed keeps them anyway. */
	if (task->chunk_state != CHUNK_LOADING || (how == EXEC_CHECK_FAILED && !task->unsure)) {
		task->keep = true;
		exec_stop(task->exec, how, "%.*s%s", STR_ARG(text),
		          task->chunk_state == CHUNK_LOADING
		                  ? "\n  the attempt's staged tables stay until the next run"
		                  : "");
		return;
	}
	if (task->unsure) {
		attempt_fail(task, how, text);
		return;
	}
	task->giving_up = true;
	task->failure_exit = how;
	task->failure = text;
	attempt_discard(task);
}

void attempt_clean(struct task *task)
{
	struct section finish = task->node->finish;

	if (task->node->step->repeat == REPEAT_NEVER) {
		attempt_unsent(task);
		return;
	}
	if ((task->chunk_state != CHUNK_LOADING && task->chunk_state != CHUNK_DISCARDING) ||
	    task->keep || task->call.flying)
		return;
	for (size_t i = 0; i < finish.count; i++) {
		struct request request = {.sql = finish.steps[i]->sql,
		                          .timeout_ms = ASK_TIMEOUT_MS};
		struct str missing;

		if (finish.steps[i]->kind != STEP_RUN ||
		    !scope_collect(&task->scope, finish.steps[i], &task->arena, &request.params,
		                   &request.param_count, &missing))
			continue;
		if (!exec_ask_once(task->exec, &request))
			return;
	}
}
