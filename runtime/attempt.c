/*
 * attempt.c: a chunk's life; why it is loaded exactly once.
 *
 * begun(n) → sealed(n) → published(n) → done(n), each a row of the journal; the first three are
 * durable before what follows them is sent. An attempt n is never used twice, nor are the names
 * made from it.
 *
 *   state       a crash here leaves               the next run, and why it is right
 *   WAITING     no row of n; no object            n anew
 *   BEGINNING   no row, or begun(n); no object    n anew, or n+1
 *   LOADING     begun(n); staged objects,         the migration's statements are killed and gone
 *               maybe a load that still runs      before the journal is read; then n+1 loads anew,
 *                                                 and beside it the FINISH steps drop n's objects
 *   SEALING     begun(n) or sealed(n);            begun: thrown away, nothing was published,
 *               all rows staged                   since the first MOVE waits for the row;
 *                                                 sealed: as PUBLISHING
 *   PUBLISHING  sealed(n); some partitions        with the WHEN_RESUMED steps: parts that the
 *               moved, maybe one in both tables   destination has by UUID are dropped from the
 *               (server killed)                   staged table, the rest is moved
 *   MARKING     sealed(n) or published(n);        sealed: moving again finds nothing to move
 *               all moved
 *   FINISHING   published(n); some objects        the FINISH steps again: all are IF EXISTS. They
 *               dropped                           wait for the row published, because without
 *                                                 their staged tables the publish steps would fail
 *   OVER        published(n), maybe done(n)       as above, or nothing
 *
 * From SEALING on a chunk holds no worker: the next one's row `begun` goes into the same INSERT as
 * the row sealed, and it loads while this one is published. It loads after that row, so a kill costs
 * no more than one chunk a worker. `begun` promises nothing but a number. The row published waits a
 * moment for company, as long as others load: when it is lost, a resume finds nothing left to move.
 * Until MARKING the worker is kept by a publishing chunk of `publish at end`, which loads nothing, and
 * by a chunk of a backfill that is throttled. From the look at the seal to MARKING it is one chunk's
 * turn (sched_take_turn()).
 *
 * What a dead run's attempts have staged is dropped by tasks of their own (start_cleaners() in sched_chunks.c),
 * each of which ends with the row discarded(n). Nothing waits for them but the end of all chunks, as
 * their names are of the past. A crash meanwhile leaves begun(n) without that row, whatever follows it:
 * the next run drops what n and all later ones that were not sealed have left. When a run begins, its
 * first chunks are BEGINNING, or LOADING up to their first staged table and no further, while the checks that
 * come before them are under way.
 *
 * Too large for the server's memory: the attempt is discarded, and the next one has fewer threads and
 * smaller blocks; that is in the row `discarded`. When that is not enough, the chunk's halves are asked
 * for, and the row `split` has them:
 *
 *   HALVING     discarded(n); no object           n+1 of the whole chunk, in as small blocks
 *   SPLITTING   discarded(n), maybe split(n)      split: its parts, chunks with names of their own
 *
 * That row is durable before a part begins, and a chunk that has it is never begun again: either the
 * chunk is loaded or its parts are.
 *
 * Requests that come late: a statement of a dead attempt finds no table, or is waited for by
 * DROP … SYNC; a CREATE leaves an empty table that no one reads (finish.sweep); a MOVE moves what is
 * left of a staged table, which is what is wanted.
 *
 * A trouble before the seal ends the attempt: its statement is killed and seen gone (KILLING,
 * LEAVING), its objects are dropped (DISCARDING), and n+1 begins. After the seal nothing is loaded
 * again: the statement is waited out (LEAVING), the server's boot is looked at (LOOKING), and
 * publishing begins anew as resumed.
 *
 * While the boot is the one of the seal, MOVE was atomic and hidden evidence is no concern: in a
 * living server a MOVE that fails takes back in memory what it did (tests/faults/space.py: a full
 * disk at each of its renames), so a part is in one table, or its UUID is in both. That also holds
 * when the outcome was never heard. All the same, as not every way to fail was tried, a publishing
 * statement that ended in an exception takes that trust away: the seal is written again, without the
 * boot, and publishing waits for that row. Without the boot the WHEN_RESTARTED steps look for evidence,
 * whoever goes on. Nobody breaks one off: a run's end and a later run's start wait for it.
 *
 * A chunk of REPEAT_NEVER stages nothing, so there is nothing to throw away. `begun` without `sealed` is a
 * doubt then (doubt.c), unless its statement surely never began: the run stops, and each later one
 * does, until `bfc abort` has written a person's word into the journal.
 *
 * Two runs: the loser's next journal row fails (journal.h), and each of the three transitions needs
 * one.
 */
#include <stdlib.h>

#include "runtime/exec_internal.h"

#define NAME_BYTES_MAX 150
#define LEAVING_POLL_MS 200

/* --- names --- */

struct str attempt_family(struct str step)
{
	ptrdiff_t dot = str_find(step, STR("."));

	if (dot > 1 && dot < 8 && step.p[0] == 'b')
		return (struct str){step.p, (size_t)dot};
	return STR("");
}

bool attempt_is_held(struct str step)
{
	return attempt_family(step).n && str_ends(step, STR(".gather"));
}

/* Else the step's number: two loops over chunks never share a name. */
static struct str family(struct task *task)
{
	const struct step *step = task->node->step;
	struct str name = attempt_family(step->id);

	return name.n ? name : str_of(arena_printf(&task->arena, "s%u", step->number));
}

struct str attempt_staged_chunk(struct arena *arena, struct str name)
{
	char *text = arena_strdup(arena, name);

	for (char *p = text; *p; p++) {
		if (*p == '.')
			*p = '_';
	}
	return str_of(text);
}

static struct str staged_name(struct task *task, const struct staged_object *object, size_t k)
{
	struct exec *exec = task->exec;
	struct str chunk = attempt_staged_chunk(&task->arena, task->name);
	struct str name = str_of(arena_printf(&task->arena, "bfc_%.*s_%.8s_%.*sc%.*s_a%u_%zu_%.*s",
	                                      STR_ARG(exec->tag), exec->plan.p,
	                                      STR_ARG(family(task)), STR_ARG(chunk), task->attempt,
	                                      k + 1, STR_ARG(object->original)));

	if (name.n > NAME_BYTES_MAX) {
		name.n = NAME_BYTES_MAX;
		while (name.n && ((unsigned char)name.p[name.n] & 0xC0) == 0x80)
			name.n--;
	}
	return name;
}

/* An attempt's own scope: the chunk's row and the staged names. */
static void enter_attempt(struct task *task, uint32_t attempt)
{
	const struct each *each = task->node->step->each;
	const struct chunk *chunk = &task->node->chunks.items[task->chunk];
	const struct pinned *rows = chunk->rows;
	struct arena old = task->arena;

	arena_init(&task->arena);
	task->attempt = attempt;
	task->label = sched_label(task->exec, &task->arena, task->node, task->name);
	task->frame_count = 0;
	task->sealed = task->published = task->resumed = task->same_boot = false;
	task->rows = 0;
	task->unsure = 0;
	task->query_id = (struct str){0};
	scope_init(&task->scope, &task->arena, &task->exec->scope);
	task->pins =
	        arena_array(&task->arena, const struct pinned *, task->exec->graph->step_total + 1);
	for (size_t i = 0; i < each->column_count; i++) {
		for (size_t j = 0; j < rows->column_count; j++) {
			if (str_eq(each->columns[i], rows->columns[j]))
				scope_set(&task->scope, each->columns[i],
				          rows->values[chunk->row * rows->column_count + j], false);
		}
	}
	for (size_t k = 0; k < each->object_count; k++)
		scope_set(&task->scope, each->objects[k].param,
		          staged_name(task, &each->objects[k], k), false);
	arena_release(&old);
}

struct journal_row attempt_row(struct task *task, enum journal_state state)
{
	return (struct journal_row){
	        .state = state,
	        .step = task->node->step->id,
	        .chunk = task->name,
	        .attempt = task->attempt,
	        .query_id = task->query_id,
	        .rows = task->rows,
	        .elapsed_ms = exec_now(task->exec) - task->began_ms,
	        .boot = task->boot,
	};
}

void attempt_distrust(struct task *task, struct str message)
{
	struct journal_row row;

	task->boot = (struct str){0};
	row = attempt_row(task, JOURNAL_SEALED);
	row.message = message;
	task->until = journal_add(&task->exec->journal, &row);
	journal_push(&task->exec->journal);
}

/* --- the way forward --- */

static void begin(struct task *task)
{
	struct journal_row row;

	task->chunk_state = CHUNK_BEGINNING;
	task->boot = task->exec->boot;
	row = attempt_row(task, JOURNAL_BEGUN);
	task_write(task, &row);
}

/* The gates come first: until they are open, the journal has no word of the attempt. */
static void next_attempt(struct task *task, uint32_t attempt)
{
	enter_attempt(task, attempt);
	task->chunk_state = CHUNK_BEGINNING;
	if (!task->node->before.count)
		return;
	task->chunk_state = CHUNK_WAITING;
	task_push(task, task->node->before, NULL, NULL);
}

void attempt_discard(struct task *task)
{
	sched_end_turn(task);
	task->chunk_state = CHUNK_DISCARDING;
	task->frame_count = 0;
	task_push(task, task->node->finish, NULL, NULL);
}

void attempt_clean_up(struct task *task, uint32_t attempt)
{
	task->cleaner = true;
	task->began_ms = exec_now(task->exec);
	enter_attempt(task, attempt);
	attempt_discard(task);
}

static void look(struct task *task)
{
	task->chunk_state = CHUNK_LOOKING;
	task_ask(task,
	         str_of(arena_printf(
	                 &task->arena,
	                 "SELECT if(count() = 0, '', toString(min(id))) AS boot FROM %.*s.boot",
	                 STR_ARG(task->exec->database))));
}

static void refill_boot(struct task *task)
{
	task_ask(task, str_of(arena_printf(&task->arena,
	                                   "INSERT INTO %.*s.boot SELECT generateUUIDv4() "
	                                   "WHERE (SELECT count() FROM %.*s.boot) = 0",
	                                   STR_ARG(task->exec->database),
	                                   STR_ARG(task->exec->database))));
}

void attempt_start(struct task *task)
{
	struct exec *exec = task->exec;
	const struct exec_observer *observer = exec->options->observer;
	struct str id = task->node->step->id;
	const struct journal_entry *entry = journal_find(&exec->journal, id, task->name);
	enum journal_state state = entry ? entry->state : JOURNAL_NONE;

	task->began_ms = exec_now(exec);
	task->smaller = task->node->chunks.items[task->chunk].smaller;
	if (task->smaller < task->node->smaller)
		task->smaller = task->node->smaller;
	if (observer && observer->chunk_began) {
		struct exec_chunk chunk = sched_chunk(task);

		observer->chunk_began(observer->state, &chunk);
	}
	/* Only to be dropped: that needs no worker. */
	if (state == JOURNAL_PUBLISHED)
		sched_free_worker(exec, task);
	task->chunk_state = CHUNK_BEGINNING;
	switch (state) {
	case JOURNAL_SEALED:
		enter_attempt(task, entry->state_attempt);
		task->sealed = task->resumed = true;
		task->boot = entry->boot;
		task->rows = entry->rows;
		if (!pins_from_json(exec, task, entry->pinned))
			exec_stop(exec, EXEC_STOPPED,
			          "the journal's seal of chunk %.*s can't be read",
			          STR_ARG(task->name));
		task->chunk_state = CHUNK_LOOKING;
		break;
	case JOURNAL_PUBLISHED:
		enter_attempt(task, entry->state_attempt);
		task->sealed = task->published = true;
		task->rows = entry->rows;
		task->chunk_state = CHUNK_FINISHING;
		task_push(task, task->node->finish, NULL, NULL);
		break;
	default:
		next_attempt(task, entry ? entry->attempt + 1 : 1);
		break;
	}
}

/* Columns of a seal, by position (graph.h): 0 its table, 3 its rows. The main table comes first. */
static uint64_t sealed_rows(const struct pinned *pinned)
{
	uint64_t rows = 0;

	for (size_t row = 0; pinned->column_count > 3 && row < pinned->row_count; row++) {
		const struct str *values = &pinned->values[row * pinned->column_count];

		if (str_eq(values[0], pinned->values[0]))
			rows += str_u64(values[3]);
	}
	return rows;
}

/* A gate is asked before each chunk: it shall see what the one before has brought. */
static bool is_throttled(const struct node *node)
{
	bool throttled = false;

	for (size_t i = 0; i < node->before.count; i++)
		throttled = throttled || node->before.steps[i]->when == WHEN_BEFORE;
	return throttled;
}

static void seal(struct task *task)
{
	struct section load = task->node->load;
	struct journal_row row;

	if (task->node->step->repeat != REPEAT_NEVER)
		task->rows = 0;
	for (size_t i = 0; i < load.count; i++) {
		/* What is held was counted when it was loaded. */
		if (load.steps[i]->kind == STEP_PROBE && load.steps[i]->pin == PIN_SEAL &&
		    task->pins[load.steps[i]->number] && task->node->step->phase != PHASE_PUBLISH)
			task->rows += sealed_rows(task->pins[load.steps[i]->number]);
	}
	task->node->smaller = task->smaller;
	task->node->no_room = false;
	task->chunk_state = CHUNK_SEALING;
	row = attempt_row(task, JOURNAL_SEALED);
	row.pinned = pins_to_json(task, NULL);
	task_write(task, &row);
	if (task->node->step->phase != PHASE_PUBLISH && !is_throttled(task->node))
		sched_free_worker(task->exec, task);
}

static void mark(struct task *task)
{
	struct journal_row row = attempt_row(task, JOURNAL_PUBLISHED);

	task->chunk_state = CHUNK_MARKING;
	sched_end_turn(task);
	sched_free_worker(task->exec, task);
	task_write_along(task, &row);
	/* The seal of whoever loads takes the row with it: one INSERT a chunk, not two. */
	if (!task->node->busy)
		journal_push(&task->exec->journal);
}

static void over(struct task *task)
{
	struct exec *exec = task->exec;
	const struct exec_observer *observer = exec->options->observer;
	struct journal_row row = attempt_row(task, JOURNAL_DONE);

	task->chunk_state = CHUNK_OVER;
	journal_add(&exec->journal, &row);
	exec->result->summary.rows_loaded += task->rows;
	exec->result->summary.rows_total += task->rows;
	sched_task_ended(exec, task);
	if (observer && observer->chunk_done) {
		struct exec_chunk chunk = sched_chunk(task);

		observer->chunk_done(observer->state, &chunk);
	}
}

/* Discarded: a new attempt, after a pause when something went wrong; or the end. */
static void anew(struct task *task)
{
	struct journal_row row = attempt_row(task, JOURNAL_DISCARDED);

	if (task->cleaner) {
		journal_add(&task->exec->journal, &row);
		sched_cleaner_ended(task->exec, task);
		return;
	}
	if (task->smaller) {
		row.pinned = str_of(arena_printf(&task->arena, "{\"smaller\":%u}", task->smaller));
		row.message = task->failure;
	}
	journal_add(&task->exec->journal, &row);
	if (task->giving_up) {
		attempt_fail(task, task->failure_exit, task->failure);
		return;
	}
	if (task->splitting) {
		struct section halves = {.steps = &task->node->halves, .count = 1};

		task->chunk_state = CHUNK_HALVING;
		task_push(task, halves, NULL, NULL);
		return;
	}
	next_attempt(task, task->attempt + 1);
	if (task->trouble_since_ms) {
		task->state = TASK_PAUSED;
		task->wake_ms = exec_now(task->exec) + exec_pause_ms(task->exec, task->tries);
	}
}

/* From here on nobody begins the chunk again. An empty half is none, and a value that is too long for
 * the server would stop the run for good. */
static bool are_parts(const struct pinned *parts)
{
	for (size_t i = 0; parts && i < parts->row_count * parts->column_count; i++) {
		if (parts->values[i].n > PARAM_BYTES_MAX)
			return false;
	}
	return parts && parts->row_count > 1;
}

static void split(struct task *task)
{
	const struct step *halves = task->node->halves;
	struct journal_row row;

	if (!are_parts(task->pins[halves->number])) {
		exec_stop(task->exec, EXEC_STOPPED, "%.*s\n  the chunk can't be split further",
		          STR_ARG(task->failure));
		return;
	}
	task->chunk_state = CHUNK_SPLITTING;
	row = attempt_row(task, JOURNAL_SPLIT);
	row.message = task->failure;
	row.pinned = task->parts = pins_of_split(task);
	task_write(task, &row);
}

unsigned attempt_smaller(struct str pinned)
{
	ptrdiff_t at = str_find(pinned, STR("\"smaller\":"));
	uint64_t n = 0;

	if (at >= 0)
		n = str_u64((struct str){pinned.p + at + 10, pinned.n - (size_t)at - 10});
	return n < SMALLER_MAX ? (unsigned)n : SMALLER_MAX;
}

static void ask_kill(struct task *task)
{
	task_ask(task, str_of(arena_printf(&task->arena, "KILL QUERY WHERE query_id = '%.*s' SYNC",
	                                   STR_ARG(task->query_id))));
}

static void ask_running(struct task *task)
{
	task_ask(task, str_of(arena_printf(&task->arena,
	                                   "SELECT toString(count()) AS running "
	                                   "FROM system.processes WHERE query_id = '%.*s'",
	                                   STR_ARG(task->query_id))));
}

void attempt_go_on(struct task *task)
{
	switch (task->chunk_state) {
	case CHUNK_WAITING:
	case CHUNK_BEGINNING:
		begin(task);
		break;
	case CHUNK_LOADING:
		seal(task);
		break;
	case CHUNK_PUBLISHING:
		mark(task);
		break;
	case CHUNK_FINISHING:
		over(task);
		break;
	case CHUNK_DISCARDING:
		anew(task);
		break;
	case CHUNK_KILLING:
		ask_kill(task);
		break;
	case CHUNK_LEAVING:
		ask_running(task);
		break;
	case CHUNK_LOOKING:
		look(task);
		break;
	case CHUNK_HALVING:
		split(task);
		break;
	case CHUNK_NONE:
	case CHUNK_SPLITTING:
	case CHUNK_SEALING:
	case CHUNK_MARKING:
	case CHUNK_OVER:
		exec_stop(task->exec, EXEC_STOPPED,
		          "internal error: a chunk's task has nothing to do");
		break;
	}
}

void attempt_written(struct task *task)
{
	switch (task->chunk_state) {
	case CHUNK_BEGINNING:
		task->chunk_state = CHUNK_LOADING;
		task_push(task, task->node->load, NULL, NULL);
		break;
	case CHUNK_SEALING:
		task->sealed = true;
		task->chunk_state = CHUNK_PUBLISHING;
		task_push(task, task->node->publish, NULL, NULL);
		break;
	case CHUNK_MARKING:
		task->published = true;
		task->chunk_state = CHUNK_FINISHING;
		task_push(task, task->node->finish, NULL, NULL);
		break;
	case CHUNK_SPLITTING:
		sched_split(task->exec, task, task->parts);
		break;
	default:
		break;
	}
}

/* --- answers to our own questions --- */

static void looked(struct task *task, const struct reply *reply)
{
	struct str boot = reply_value(reply, 0, 0);

	/* An INSERT's answer has no rows, an empty witness no id: ask again, or fill it. */
	if (!reply->row_count) {
		look(task);
		return;
	}
	if (!boot.n) {
		refill_boot(task);
		return;
	}
	task->exec->boot = arena_str(&task->exec->arena, boot);
	task->same_boot = task->boot.n && str_eq(task->boot, boot);
	task->chunk_state = CHUNK_PUBLISHING;
	task->frame_count = 0;
	task_push(task, task->node->publish, NULL, NULL);
}

static void own_trouble(struct task *task, const struct outcome *outcome)
{
	struct exec *exec = task->exec;

	if (exec_passing(exec, outcome) && task_pause(task, task->node->step, outcome->text))
		return;
	if (task->chunk_state == CHUNK_KILLING && outcome->kind == OUTCOME_EXCEPTION) {
		/* Not allowed to kill: it is waited out. */
		task->chunk_state = CHUNK_LEAVING;
		return;
	}
	exec_stop(exec, EXEC_STOPPED, "%.*s: %.*s", STR_ARG(task_where(task, task->node->step)),
	          STR_ARG(exec_explain(exec, outcome)));
}

void attempt_answer(struct task *task, const struct outcome *outcome)
{
	if (outcome->kind != OUTCOME_OK) {
		own_trouble(task, outcome);
		return;
	}
	switch (task->chunk_state) {
	case CHUNK_KILLING:
		task->chunk_state = CHUNK_LEAVING;
		break;
	case CHUNK_LEAVING:
		if (!str_is(reply_value(&outcome->reply, 0, 0), "0")) {
			task->state = TASK_PAUSED;
			task->wake_ms = exec_now(task->exec) + LEAVING_POLL_MS;
		} else if (task->sealed) {
			task->chunk_state = CHUNK_LOOKING;
			/* The row of attempt_distrust(), when there is one. */
			if (task->exec->journal.durable < task->until)
				task->state = TASK_WRITING;
		} else {
			attempt_discard(task);
		}
		break;
	case CHUNK_LOOKING:
		looked(task, &outcome->reply);
		break;
	default:
		break;
	}
}
