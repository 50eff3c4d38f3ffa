/* One task: frames of steps, one question under way, the next state decided by its outcome. */
#include <stdlib.h>

#include "runtime/exec_internal.h"

void task_init(struct task *task, struct exec *exec, struct node *node)
{
	*task = (struct task){.exec = exec, .node = node};
	arena_init(&task->arena);
	scope_init(&task->scope, &task->arena, &exec->scope);
	if (node->step->each)
		task->pins = arena_array(&task->arena, const struct pinned *,
		                         exec->graph->step_total + 1);
}

/* --- words --- */

struct str task_label(struct task *task)
{
	if (task->chunk_state == CHUNK_NONE)
		return task->node->step->title;
	return task->label;
}

struct str task_where(struct task *task, const struct step *step)
{
	struct str chunk = STR(""), origin = STR("");

	if (task->chunk_state != CHUNK_NONE)
		chunk = str_of(arena_printf(&task->arena, ", %.*s, attempt %u",
		                            STR_ARG(task->label), task->attempt));
	/* What every plan has was written by no one. */
	if (step->origin.file.n)
		origin = str_of(arena_printf(&task->arena, ", from %.*s:%u",
		                             STR_ARG(step->origin.file), step->origin.line));
	return str_of(arena_printf(&task->arena, "step '%.*s' (%.*s)%.*s%.*s", STR_ARG(step->id),
	                           STR_ARG(step->title), STR_ARG(chunk), STR_ARG(origin)));
}

/* bfc-<tag>-<plan8>-<step>[-c<chunk>-a<attempt>][-<row>…]: the same for each try of the same
 * statement, so that one that still runs fences the next (216). */
static struct str make_query_id(struct task *task, const struct step *step)
{
	struct buf buf;
	struct str id;

	buf_init(&buf, BUF_CEILING_OUTPUT);
	buf_add(&buf, step->id);
	if (task->chunk_state != CHUNK_NONE)
		buf_addf(&buf, "-c%.*s-a%u", STR_ARG(task->name), task->attempt);
	for (size_t i = 0; i < task->frame_count; i++) {
		if (task->frames[i].each)
			buf_addf(&buf, "-%zu", task->frames[i].row + 1);
	}
	id = exec_query_id(task->exec, &task->arena, buf_str(&buf));
	buf_release(&buf);
	return id;
}

/* --- frames --- */

/* Binds the next row that is taken; false when there is none. */
static bool bind_row(struct task *task, struct frame *frame)
{
	const struct pinned *rows = frame->rows;
	const struct each *each = frame->each;

	while (frame->row < rows->row_count && !pins_row_taken(each, rows, frame->row))
		frame->row++;
	if (frame->row >= rows->row_count)
		return false;
	for (size_t i = 0; i < each->column_count; i++) {
		for (size_t j = 0; j < rows->column_count; j++) {
			if (str_eq(each->columns[i], rows->columns[j]))
				scope_set(&task->scope, each->columns[i],
				          rows->values[frame->row * rows->column_count + j], false);
		}
	}
	return true;
}

void task_push(struct task *task, struct section section, const struct each *each,
               const struct pinned *rows)
{
	struct frame frame = {.section = section, .each = each, .rows = rows};

	if (task->frame_count == FRAMES_MAX) {
		exec_stop(task->exec, EXEC_STOPPED, "the plan nests loops more than %d deep",
		          FRAMES_MAX);
		return;
	}
	if (each && !bind_row(task, &frame))
		return;
	task->frames[task->frame_count++] = frame;
}

static void frame_end(struct task *task)
{
	struct frame *frame = &task->frames[task->frame_count - 1];

	if (frame->each) {
		frame->row++;
		if (bind_row(task, frame)) {
			frame->at = 0;
			return;
		}
	}
	task->frame_count--;
}

/* --- asking --- */

static void answered(struct exec *exec, struct call *call, struct outcome *outcome);

static void fly(struct task *task)
{
	task->state = TASK_ASKING;
	task->asked_ms = exec_now(task->exec);
	task->call.done = answered;
	task->call.state = task;
	exec_send(task->exec, &task->call);
}

void task_ask(struct task *task, struct str sql)
{
	task->asking = NULL;
	task->call.request = (struct request){.sql = sql, .timeout_ms = ASK_TIMEOUT_MS};
	fly(task);
}

static void add_settings(struct task *task, struct request *request)
{
	static const char *const blocks[SMALLER_MAX + 1] = {"", "", "10485760", "1048576"};
	static const char *const rows[SMALLER_MAX + 1] = {"", "", "65536", "8192"};
	struct setting *list = task->smaller_settings;
	bool shared = !task->exec->options->workers && !task->node->step->each->workers &&
	              task->node->workers > 1;
	unsigned share = (unsigned)(task->exec->cores / task->node->workers);
	size_t n = 0;

	if (task->smaller)
		list[n++] = (struct setting){STR("max_threads"), STR("1")};
	else if (shared)
		list[n++] = (struct setting){
		        STR("max_threads"),
		        str_of(arena_printf(&task->arena, "%u", share ? share : 1))};
	if (task->smaller > 1) {
		list[n++] = (struct setting){STR("max_block_size"), str_of(rows[task->smaller])};
		list[n++] = (struct setting){STR("min_insert_block_size_rows"), STR("0")};
		list[n++] = (struct setting){STR("min_insert_block_size_bytes"),
		                             str_of(blocks[task->smaller])};
	}
	request->settings = list;
	request->setting_count = n;
}

static void ask_step(struct task *task, const struct step *step)
{
	struct exec *exec = task->exec;
	const struct exec_observer *observer = exec->options->observer;
	struct request *request = &task->call.request;
	struct str missing;

	*request = (struct request){.sql = step->sql};
	if (!scope_collect(&task->scope, step, &task->arena, &request->params,
	                   &request->param_count, &missing)) {
		exec_stop(exec, EXEC_STOPPED, "%.*s: the value of '%.*s' is not known, or NULL",
		          STR_ARG(task_where(task, step)), STR_ARG(missing));
		return;
	}
	task->query_id = request->query_id = make_query_id(task, step);
	if (task->chunk_state != CHUNK_NONE)
		add_settings(task, request);
	else if (sched_only_looks(step))
		exec_make_short(request);
	task->asking = step;
	task->unsure += step->repeat == REPEAT_NEVER;
	if (observer && observer->step_began)
		observer->step_began(observer->state, step, task_label(task));
	fly(task);
}

static void enter_each(struct task *task, const struct step *step)
{
	const struct each *each = step->each;
	struct section body = {.steps = each->body, .count = each->body_count};
	const struct pinned *rows;

	rows = each->over.n ? pins_find(task, each->over) : pins_literal(&task->arena, each);
	if (!rows || each->kind != EACH_ROWS) {
		exec_stop(task->exec, EXEC_STOPPED,
		          "%.*s: goes over '%.*s', which has no rows here",
		          STR_ARG(task_where(task, step)), STR_ARG(each->over));
		return;
	}
	task_push(task, body, each, rows);
}

/* Steps that only a resumed publishing needs; see WHEN_RESTARTED in graph.h. */
static bool left_out(const struct task *task, const struct step *step)
{
	if (step->when == WHEN_SPLIT)
		return task->chunk_state != CHUNK_HALVING;
	if (step->when == WHEN_SHORT)
		return !task->node->no_room;
	if (step->when == WHEN_RESTARTED)
		return !task->resumed || task->same_boot;
	return step->when == WHEN_RESUMED && !task->resumed;
}

static void next_step(struct task *task)
{
	struct frame *frame = &task->frames[task->frame_count - 1];
	const struct step *step;

	if (frame->at == frame->section.count) {
		frame_end(task);
		return;
	}
	step = frame->section.steps[frame->at];
	if (left_out(task, step)) {
		frame->at++;
		return;
	}
	switch (step->kind) {
	case STEP_EACH:
		frame->at++;
		enter_each(task, step);
		break;
	case STEP_GATE:
		if (step_acts(step)) {
			gate_begin(task, step);
			break;
		}
		ask_step(task, step);
		break;
	case STEP_RUN:
	case STEP_PROBE:
	case STEP_ASSERT:
		ask_step(task, step);
		break;
	}
}

void task_run(struct task *task)
{
	struct node *node = task->node;

	while (task->state == TASK_IDLE && !task->exec->stopping) {
		/* Another chunk has failed: this one does not begin any more. */
		if (task->chunk_state == CHUNK_WAITING && node->failure.n) {
			node->halted++;
			task->state = TASK_HALTED;
		} else if (!sched_take_turn(task))
			task->state = TASK_QUEUED;
		else if (task->frame_count)
			next_step(task);
		else if (task->chunk_state != CHUNK_NONE)
			attempt_go_on(task);
		else
			sched_task_ended(task->exec, task);
	}
}

void task_write_along(struct task *task, const struct journal_row *row)
{
	task->until = journal_add(&task->exec->journal, row);
	task->state = TASK_WRITING;
}

void task_write(struct task *task, const struct journal_row *row)
{
	task_write_along(task, row);
	journal_push(&task->exec->journal);
}

bool task_pause(struct task *task, const struct step *step, struct str reason)
{
	struct exec *exec = task->exec;
	const struct exec_observer *observer = exec->options->observer;
	uint64_t now = exec_now(exec), pause;

	if (!task->trouble_since_ms) {
		task->trouble_since_ms = now ? now : 1;
		task->tries = 0;
		task->trouble_step = step->number;
	}
	if (step->number > task->trouble_step)
		task->trouble_step = step->number;
	if (now - task->trouble_since_ms >= exec_patience_ms(exec))
		return false;
	pause = exec_pause_ms(exec, task->tries++);
	exec->result->summary.retries++;
	if (observer && observer->retrying)
		observer->retrying(observer->state, step, task_label(task), reason, pause);
	task->state = TASK_PAUSED;
	task->wake_ms = now + pause;
	return true;
}

/* --- answers --- */

static void refuse(struct task *task, enum exec_exit how, struct str text)
{
	if (task->chunk_state != CHUNK_NONE)
		attempt_refused(task, how, text);
	else
		exec_stop(task->exec, how, "%.*s", STR_ARG(text));
}

static void tell_pinned(struct task *task, const struct step *step, const struct pinned *pinned)
{
	const struct exec_observer *observer = task->exec->options->observer;
	struct buf buf;

	if (!observer || !observer->pinned || step->pin != PIN_RUN)
		return;
	buf_init(&buf, BUF_CEILING_OUTPUT);
	if (step->one_row) {
		for (size_t i = 0; i < pinned->column_count; i++)
			buf_addf(&buf, "%s%.*s = %.*s", i ? ", " : "", STR_ARG(pinned->columns[i]),
			         STR_ARG(pinned->values[i]));
	} else {
		buf_addf(&buf, "%zu rows", pinned->row_count);
	}
	observer->pinned(observer->state, step, buf_str(&buf));
	buf_release(&buf);
}

/* False: the answer is not what the step promises. */
static bool take_probe(struct task *task, const struct step *step, const struct reply *reply)
{
	bool top = task->chunk_state == CHUNK_NONE && task->frame_count == 1;
	struct arena *arena = top ? &task->exec->arena : &task->arena;
	struct str why = {0};
	const struct pinned *pinned = pins_from_reply(arena, step, reply, &why);

	if (!pinned) {
		refuse(task, EXEC_STOPPED,
		       str_of(arena_printf(&task->exec->arena, "%.*s: %.*s",
		                           STR_ARG(task_where(task, step)), STR_ARG(why))));
		return false;
	}
	if (top)
		task->exec->pins[step->number] = pinned;
	else
		task->pins[step->number] = pinned;
	pins_bind(top ? &task->exec->scope : &task->scope, step, pinned);
	tell_pinned(task, step, pinned);
	/* Of what is asked anew the next run knows what it was: see sched.c. */
	if (top && (step->pin == PIN_RUN || step->one_row)) {
		struct journal_row row = {.state = JOURNAL_DONE,
		                          .step = step->id,
		                          .attempt =
		                                  journal_attempt(&task->exec->journal, step->id),
		                          .query_id = task->query_id,
		                          .boot = task->exec->boot,
		                          .pinned = pins_to_json(task, step)};

		if (step->pin == PIN_RUN)
			task_write(task, &row);
		else
			journal_add(&task->exec->journal, &row);
	}
	return true;
}

/* One row, as asserts and gates promise; false after saying that it is not so. */
static bool has_verdict(struct task *task, const struct step *step, const struct reply *reply)
{
	if (reply->row_count == 1 && reply->column_count >= 1)
		return true;
	refuse(task, EXEC_STOPPED,
	       str_of(arena_printf(&task->exec->arena,
	                           "%.*s: the check's answer has %zu rows in place of one",
	                           STR_ARG(task_where(task, step)), reply->row_count)));
	return false;
}

static bool is_true(const struct reply *reply)
{
	return str_is(reply->values[0], "1") || str_is(reply->values[0], "true");
}

static void check_failed(struct task *task, const struct step *step, const struct reply *reply)
{
	struct arena *arena = &task->exec->arena;
	struct str message = STR(""), where = task_where(task, step);

	if (reply->column_count > 1)
		message = reply->values[1];
	refuse(task, EXEC_CHECK_FAILED,
	       str_of(arena_printf(arena, "check failed: %.*s%s%.*s%s%.*s\n  at %.*s",
	                           STR_ARG(step->title), message.n ? "\n  " : "", STR_ARG(message),
	                           step->hint.n ? "\n  hint: " : "", STR_ARG(step->hint),
	                           STR_ARG(where))));
}

static bool take_assert(struct task *task, const struct step *step, const struct reply *reply)
{
	if (!has_verdict(task, step, reply))
		return false;
	if (is_true(reply))
		return true;
	check_failed(task, step, reply);
	return false;
}

/* GATE_STILL: the same answer as half a second ago. */
static bool is_still(struct task *task, const struct step *step, const struct reply *reply)
{
	struct str answer = reply->column_count > 1 ? reply->values[1] : STR("");
	bool same = task->still.p && str_eq(task->still, answer);

	if (step->gate != GATE_STILL || same)
		return true;
	task->still = arena_str(&task->arena, answer);
	if (!task->still.p)
		task->still = STR("");
	return false;
}

/* Ingest is paused, or a clock is to pass: soon. A chunk has time, and a question may cost something. */
static uint64_t gate_pause_ms(struct task *task)
{
	uint64_t pause = GATE_PAUSE_MS;

	if (task->chunk_state == CHUNK_NONE)
		return pause;
	for (unsigned i = 0; i < task->looks && pause < GATE_PAUSE_MOST_MS; i++)
		pause *= 2;
	task->looks++;
	return pause < GATE_PAUSE_MOST_MS ? pause : GATE_PAUSE_MOST_MS;
}

static struct str waits_for(struct task *task, const struct step *step, const struct reply *reply)
{
	struct str what = reply->column_count > 1 ? reply->values[1] : step->title;

	if (task->chunk_state == CHUNK_NONE)
		return what;
	return str_of(arena_printf(&task->arena, "%.*s waits: %.*s", STR_ARG(task->label),
	                           STR_ARG(what)));
}

/* Not open: the same question again, after a pause. */
static bool take_gate(struct task *task, const struct step *step, const struct reply *reply)
{
	const struct exec_observer *observer = task->exec->options->observer;

	if (!has_verdict(task, step, reply))
		return false;
	if (str_is(reply->values[0], "-1")) {
		check_failed(task, step, reply);
		return false;
	}
	if (is_true(reply) && is_still(task, step, reply)) {
		/* It waited for what the trouble was about: patience begins anew. */
		if (task->waiting)
			task->trouble_since_ms = 0;
		task->waiting = false;
		task->looks = 0;
		return true;
	}
	if (!is_true(reply) && !task->waiting && observer && observer->waiting)
		observer->waiting(observer->state, step, waits_for(task, step, reply));
	task->waiting = task->waiting || !is_true(reply);
	if (!is_true(reply))
		task->still = (struct str){0};
	task->state = TASK_PAUSED;
	task->wake_ms = exec_now(task->exec) + gate_pause_ms(task);
	return false;
}

void task_step_done(struct task *task, const struct step *step)
{
	const struct exec_observer *observer = task->exec->options->observer;

	if (task->chunk_state != CHUNK_DISCARDING && step->number >= task->trouble_step)
		task->trouble_since_ms = 0;
	if (observer && observer->step_done)
		observer->step_done(observer->state, step, task_label(task),
		                    exec_now(task->exec) - task->asked_ms);
	task->frames[task->frame_count - 1].at++;
}

/* A top-level step: passing troubles are waited out, the same statement again. */
static void top_trouble(struct task *task, const struct step *step, const struct outcome *outcome)
{
	struct exec *exec = task->exec;
	bool passing = exec_passing(exec, outcome);

	if (passing && task_pause(task, step, outcome->text))
		return;
	exec_stop(exec, EXEC_STOPPED, "%.*s: %s%.*s", STR_ARG(task_where(task, step)),
	          passing ? "gave up trying: " : "", STR_ARG(exec_explain(exec, outcome)));
}

static void take_answer(struct task *task, struct outcome *outcome)
{
	struct exec *exec = task->exec;
	const struct step *step = task->asking;
	bool good = true;

	if (!step) {
		attempt_answer(task, outcome);
		return;
	}
	if (outcome->kind != OUTCOME_OK) {
		if (task->chunk_state != CHUNK_NONE)
			attempt_trouble(task, step, outcome);
		else
			top_trouble(task, step, outcome);
		return;
	}
	/* A statement shorter than the poll is seen here alone. */
	if (outcome->reply.memory_bytes > exec->result->summary.peak_memory_bytes)
		exec->result->summary.peak_memory_bytes = outcome->reply.memory_bytes;
	if (step->kind == STEP_PROBE)
		good = take_probe(task, step, &outcome->reply);
	else if (step->kind == STEP_ASSERT)
		good = take_assert(task, step, &outcome->reply);
	else if (step->kind == STEP_GATE)
		good = take_gate(task, step, &outcome->reply);
	if (good && step->repeat == REPEAT_NEVER)
		task->rows += outcome->reply.written_rows;
	if (good)
		task_step_done(task, step);
}

/* What began early goes on as if it had not: its failure is one only when what comes before it has passed,
 * so that of several it is the same one that stops the run. */
static bool has_to_wait(const struct task *task, const struct outcome *outcome)
{
	return sched_is_early(task) &&
	       (task->chunk_state == CHUNK_NONE || outcome->kind != OUTCOME_OK);
}

static void answered(struct exec *exec, struct call *call, struct outcome *outcome)
{
	struct task *task = call->state;

	task->state = TASK_IDLE;
	if (exec->stopping)
		return;
	if (has_to_wait(task, outcome)) {
		task->state = TASK_HELD;
		task->held = *outcome;
		*outcome = (struct outcome){0};
		return;
	}
	take_answer(task, outcome);
}

/* A probe that has been answered since may have said something else than in the run before. */
static bool is_outdated(const struct task *task)
{
	const struct request *request = &task->call.request;

	for (size_t i = 0; i < request->param_count; i++) {
		const struct binding *found = scope_find(&task->scope, request->params[i].name);

		if (!found || !str_eq(found->value, request->params[i].value))
			return true;
	}
	return false;
}

void task_let_go(struct task *task)
{
	struct outcome outcome = task->held;

	task->held = (struct outcome){0};
	task->state = TASK_IDLE;
	/* Idle, it asks again. */
	if (!is_outdated(task))
		take_answer(task, &outcome);
	outcome_release(&outcome);
}
