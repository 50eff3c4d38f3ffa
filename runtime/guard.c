/*
 * guard.c: putting back what a run has changed for a while: ingest that is paused.
 *
 * The guard's rows: begun(n) before the step that opens it; done(n) when the step that closes it is
 * done; discarded(n) when it was undone. Of the steps in between, `keeps` is the one that counts:
 * with its row done the snapshot is whole and the views stand.
 *
 *   a kill leaves                         the next run, and why it is right
 *   no row of the guard                   nothing was paused. A person may have paused by hand and
 *                                         is asked again
 *   begun; the pause maybe under way,     undo: views dropped, the snapshot dropped, the steps
 *   maybe done; some of snapshot and      discarded, so that they are done again from the start,
 *   views                                 with a new snapshot under a new name. Not gone on with:
 *                                         somebody may have resumed ingest meanwhile, and rows that
 *                                         came since are not in the half-made snapshot. Rows that a
 *                                         view has counted then would be in the next snapshot, too:
 *                                         undo ends with a check of that, and stops, saying so
 *   begun, `keeps` done                   nothing is taken back: each row is in the snapshot or
 *                                         comes to the views, whoever resumes ingest and when. The
 *                                         run goes on with what closes the guard
 *   … and ingest resumed                  it is resumed again, which is harmless
 *   the row of `keeps` not durable,       as the first: the views are taken back, and counted
 *   although it was done                  nothing, because ingest is resumed only after that row
 *   undo done in part                     undo again: all of it is IF EXISTS, or reads only
 *   undone, not yet resumed               the guard is still begun: the same again
 *
 * Between its start and the step that opens the guard again, a run that found it open leaves it
 * open: it ends as any other, and ingest is resumed. A run of another plan does not touch it, and
 * refuses before it has written a row: one would make those of the plan that was begun void, and
 * nobody would know any more that the snapshot is whole. `abort` needs no plan, the row has the
 * statements. A command is in that row as text, and
 * who can write the journal could write another one: `abort` shows it and asks (exec_options).
 *
 * Two runs: rows are fenced (journal.h). Who has lost the lock takes nothing back, that is up to who
 * took over. Its statements are waited out before the journal is read (exec_start.c), but one that
 * a sleeper sends when it wakes, or that a proxy holds, can come at any time. Of an undo, and why that
 * does no harm (compiler/lower_pause.c):
 *
 *   the snapshot renamed back             its names are this attempt's: who took over has dropped it
 *   views set aside                       only after the snapshot was renamed in the same statement;
 *                                         whoever makes views again has dropped that one before
 *   views, snapshot dropped               by names that are this attempt's
 *   the targets looked at                 reads only
 *   ATTACH, the resuming command          ingest goes on. In another run's pause that makes `keeps` of
 *                                         that run fail, as any early resume; else it runs anyhow
 *
 * The pausing itself can come late, too, when who took over has resumed ingest already. So who has lost
 * the lock while a guard that it opened itself was open looks at the guard's last row: where it is
 * begun, that run's end, or the next run, comes after the pause, and resumes. Else this run does.
 */
#include <jansson.h>

#include "runtime/exec_internal.h"
#include "runtime/guard_do.h"
#include "runtime/guard_row.h"

/* What is to be done by hand if this program ends right now; NULL: nothing any more. */
static void tell_last_words(struct exec *exec, const struct guard *guard)
{
	if (!exec->options->last_words)
		return;
	if (!guard)
		exec->options->last_words(STR(""));
	else
		exec->options->last_words(str_of(arena_printf(
		        &exec->arena,
		        "%.*s; %.*s\n  or run the same command again, or 'bfc abort %.*s': both "
		        "put that "
		        "right",
		        STR_ARG(guard->what), STR_ARG(guard->left), STR_ARG(exec->migration))));
}

/* --- rows --- */

static void add_row(struct exec *exec, const struct guard_state *state, enum journal_state how)
{
	struct journal_row row = {.state = how,
	                          .step = state->guard->id,
	                          .attempt = state->attempt,
	                          .pinned = guard_row_text(exec, state),
	                          .boot = exec->boot};

	journal_add(&exec->journal, &row);
}

/* False: it can't be known to be durable; at an end nobody waits for long. */
static bool flush(struct exec *exec)
{
	exec_flush(exec,
	           exec->stopping ? exec_end_ms(exec, END_PATIENCE_MS) : exec_patience_ms(exec));
	if (journal_idle(&exec->journal) && !exec->no_more_journal)
		return true;
	exec_stop(exec, EXEC_STOPPED, "the journal could not be written");
	return false;
}

static void add_step_row(struct exec *exec, struct str id, enum journal_state how)
{
	struct journal_row row = {
	        .state = how, .step = id, .attempt = journal_attempt(&exec->journal, id)};

	journal_add(&exec->journal, &row);
}

/* The journal and its index: as if these steps had never been done. */
static void forget_steps(struct exec *exec, const struct guard_state *state)
{
	for (size_t i = state->first; i <= state->closes; i++) {
		struct str id = exec->graph->steps[i]->id;
		uint32_t attempt = journal_attempt(&exec->journal, id);

		add_step_row(exec, id, JOURNAL_DISCARDED);
		journal_discard(&exec->journal, id, attempt);
	}
}

/* --- the start --- */

static bool step_is_done(const struct exec *exec, size_t position)
{
	const struct journal_entry *entry;

	if (exec->nodes && exec->nodes[position].state == NODE_DONE)
		return true;
	entry = journal_find(&exec->journal, exec->graph->steps[position]->id, STR(""));
	return entry && entry->state == JOURNAL_DONE;
}

/* Values that an earlier run has pinned between the guard's steps. */
static void bind_pinned(struct exec *exec, const struct guard_state *state)
{
	for (size_t i = state->first; i <= state->closes; i++) {
		const struct step *step = exec->graph->steps[i];
		const struct journal_entry *entry = journal_find(&exec->journal, step->id, STR(""));

		if (step->kind == STEP_PROBE && step->one_row && entry &&
		    entry->state == JOURNAL_DONE && !exec->pins[step->number])
			pins_from_json(exec, NULL, entry->pinned);
	}
}

static size_t position_of(const struct graph *graph, struct str id)
{
	size_t i = 0;

	while (i < graph->step_count && !str_eq(graph->steps[i]->id, id))
		i++;
	return i;
}

bool guards_of_other_plan(struct exec *exec)
{
	for (const struct journal_entry *entry = exec->journal.index; entry;
	     entry = entry->hh.next) {
		json_t *json;
		bool same;

		if (entry->state != JOURNAL_BEGUN || !guard_is_row(entry->pinned))
			continue;
		json = json_loadb(entry->pinned.p, entry->pinned.n, 0, NULL);
		same = str_eq(guard_row_word(exec, json, "plan"), exec->plan);
		if (!same)
			exec_stop(exec, EXEC_BAD_INPUT,
			          "a run of another plan (%.8s, this one is %.8s) has ended while "
			          "%.*s\n  hint: apply that plan, or end it with 'bfc abort %.*s'; "
			          "both put that right",
			          guard_row_word(exec, json, "plan").p, exec->graph->hash,
			          STR_ARG(guard_row_word(exec, json, "what")),
			          STR_ARG(exec->migration));
		json_decref(json);
		if (!same)
			return true;
	}
	return false;
}

/* An earlier run's guard is open, but what it is about was put right. */
static bool was_restored(const struct journal_entry *entry)
{
	json_t *json = json_loadb(entry->pinned.p, entry->pinned.n, 0, NULL);
	bool restored = json_is_true(json_object_get(json, "restored"));

	json_decref(json);
	return restored;
}

static bool take_back(struct exec *exec, struct guard_state *state)
{
	const struct guard *guard = state->guard;
	struct str why = {0};

	/* The row is fenced: what comes next is ours to drop. */
	add_row(exec, state, JOURNAL_BEGUN);
	if (!flush(exec))
		return false;
	bind_pinned(exec, state);
	if (!guard_undo(exec, guard, &why)) {
		exec_stop(exec, EXEC_CHECK_FAILED,
		          "what an earlier run left behind could not be taken back: %.*s",
		          STR_ARG(why));
		return false;
	}
	forget_steps(exec, state);
	return true;
}

bool guards_start(struct exec *exec)
{
	const struct graph *graph = exec->graph;
	const struct exec_observer *observer = exec->options->observer;

	exec->guards = arena_array(&exec->arena, struct guard_state, graph->guard_count + 1);
	exec->guard_count = graph->guard_count;
	for (size_t i = 0; i < graph->guard_count; i++) {
		const struct guard *guard = &graph->guards[i];
		const struct journal_entry *entry =
		        journal_find(&exec->journal, guard->id, STR(""));

		exec->guards[i] = (struct guard_state){
		        .guard = guard,
		        .first = position_of(graph, guard->first),
		        .opens = position_of(graph, guard->opens),
		        .keeps = position_of(graph, guard->keeps),
		        .closes = position_of(graph, guard->closes),
		        .open = entry && entry->state == JOURNAL_BEGUN,
		        .attempt = entry ? entry->attempt : 0,
		};
	}
	for (size_t i = 0; i < exec->guard_count; i++) {
		struct guard_state *state = &exec->guards[i];
		const struct journal_entry *entry;

		if (!state->open)
			continue;
		entry = journal_find(&exec->journal, state->guard->id, STR(""));
		state->restored = was_restored(entry);
		if (!state->restored)
			tell_last_words(exec, state->guard);
		state->earlier_ms = state->restored ? 0 : entry->open_ms;
		if (observer && observer->resumed && !state->restored)
			observer->resumed(
			        observer->state,
			        str_of(arena_printf(&exec->arena, "an earlier run ended while %.*s",
			                            STR_ARG(state->guard->what))));
		if (!step_is_done(exec, state->keeps) && !take_back(exec, state))
			return false;
	}
	return true;
}

/* --- on the way --- */

void guards_before(struct exec *exec, struct task *task, size_t position)
{
	for (size_t i = 0; i < exec->guard_count; i++) {
		struct guard_state *state = &exec->guards[i];

		if (position == state->opens) {
			struct journal_row row = {.state = JOURNAL_BEGUN,
			                          .step = state->guard->id,
			                          .boot = exec->boot};

			state->attempt += !state->open;
			state->open = true;
			state->restored = false;
			state->closing_row = 0;
			state->since_ms = exec_now(exec);
			tell_last_words(exec, state->guard);
			row.attempt = state->attempt;
			row.pinned = guard_row_text(exec, state);
			task_write(task, &row);
		} else if (state->open && position > state->keeps && position <= state->closes) {
			/* Rows keep their order: that of the step to keep is durable then. */
			struct journal_row row = {
			        .state = JOURNAL_BEGUN,
			        .step = exec->graph->steps[position]->id,
			        .attempt = journal_attempt(&exec->journal,
			                                   exec->graph->steps[position]->id)};

			task_write(task, &row);
			if (!state->closing_row)
				state->closing_row = task->until;
		}
	}
}

static void tell_length(struct exec *exec, struct guard_state *state)
{
	uint64_t ms = exec_now(exec) - (state->since_ms ? state->since_ms : exec->began_ms);

	if (!state->since_ms)
		ms += state->earlier_ms;
	if (!state->since_ms && !state->earlier_ms)
		return;
	exec->result->summary.guarded_ms += ms;
	exec->result->summary.guarded = state->guard->what;
	exec_said(exec, exec->graph->steps[state->closes],
	          str_of(arena_printf(&exec->arena, "%.*s no more: it was for %llu.%03llu s",
	                              STR_ARG(state->guard->what), (unsigned long long)ms / 1000,
	                              (unsigned long long)ms % 1000)));
}

void guards_done(struct exec *exec, size_t position)
{
	for (size_t i = 0; i < exec->guard_count; i++) {
		struct guard_state *state = &exec->guards[i];

		if (position != state->closes || !state->open)
			continue;
		add_row(exec, state, JOURNAL_DONE);
		state->open = false;
		tell_last_words(exec, NULL);
		tell_length(exec, state);
	}
}

/* UINT64_MAX: no limit, or no more. */
static uint64_t limit_ms(const struct exec *exec, const struct guard_state *state)
{
	if (!state->open || !state->since_ms ||
	    (state->closing_row && exec->journal.durable >= state->closing_row))
		return UINT64_MAX;
	return state->since_ms + (uint64_t)state->guard->within_seconds * 1000;
}

void guards_turn(struct exec *exec)
{
	for (size_t i = 0; i < exec->guard_count && !exec->stopping; i++) {
		const struct guard_state *state = &exec->guards[i];

		if (exec_now(exec) >= limit_ms(exec, state))
			exec_stop(exec, EXEC_STOPPED,
			          "%.*s for %u s, which is as long as it may take",
			          STR_ARG(state->guard->what), state->guard->within_seconds);
	}
}

bool guards_late(const struct exec *exec)
{
	bool late = false;

	for (size_t i = 0; i < exec->guard_count; i++)
		late = late || exec->transport->now_ms(exec->transport->state) >=
		                       limit_ms(exec, &exec->guards[i]);
	return late;
}

uint64_t guards_deadline_ms(const struct exec *exec)
{
	uint64_t next = UINT64_MAX;

	for (size_t i = 0; i < exec->guard_count; i++) {
		uint64_t limit = limit_ms(exec, &exec->guards[i]);

		next = limit < next ? limit : next;
	}
	return next;
}

/* --- the end --- */

static void add_words(struct exec *exec, struct str words)
{
	struct exec_result *result = exec->result;

	result->text = result->text.n ? str_of(arena_printf(&result->arena, "%.*s\n  %.*s",
	                                                    STR_ARG(result->text), STR_ARG(words)))
	                              : words;
}

static void say_still(struct exec *exec, const struct guard *guard, struct str why)
{
	struct arena *arena = &exec->result->arena;
	struct buf loud;

	buf_init(&loud, BUF_CEILING_OUTPUT);
	for (size_t i = 0; i < guard->what.n; i++) {
		char c = guard->what.p[i];

		buf_addc(&loud, c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c);
	}
	add_words(exec, str_of(arena_printf(arena, "STILL: %.*s; %.*s%s%.*s",
	                                    STR_ARG(buf_str(&loud)), STR_ARG(guard->left),
	                                    why.n ? "\n  because " : "", STR_ARG(why))));
	buf_release(&loud);
}

/* Did who took over find the guard open, or will it? Then what this run did is put right with the
 * rest: whoever closes a guard does it after this look. False also when nobody can say. */
static bool is_open_elsewhere(struct exec *exec, const struct guard *guard)
{
	struct outcome outcome;
	bool open;
	struct str sql = str_of(arena_printf(
	        &exec->arena,
	        "SELECT argMax(state, (attempt, epoch, seq)) = 'begun' AND NOT "
	        "JSONExtractBool(argMax(pinned, (attempt, epoch, seq)), 'restored') AS open "
	        "FROM %.*s WHERE migration = %.*s AND step = %.*s",
	        STR_ARG(exec->journal.table), STR_ARG(exec_literal(exec, exec->migration)),
	        STR_ARG(exec_literal(exec, guard->id))));

	if (!exec_ask(exec, sql, "look whether the guard is open", NULL,
	              exec_end_ms(exec, END_PATIENCE_MS), &outcome))
		return false;
	open = str_is(reply_value(&outcome.reply, 0, 0), "1");
	outcome_release(&outcome);
	return open;
}

/* Who took over puts back what it has found. A pause that came after that would be nobody's: where the
 * guard is closed, this run puts its own right. */
static void end_lost(struct exec *exec, const struct guard_state *state)
{
	const struct guard *guard = state->guard;
	struct str why = {0};

	if (!state->since_ms)
		return;
	if (is_open_elsewhere(exec, guard)) {
		add_words(exec,
		          str_of(arena_printf(
		                  &exec->result->arena,
		                  "the lock was lost while %.*s: the run that has it puts that "
		                  "right; look, and if it is still so: %.*s",
		                  STR_ARG(guard->what), STR_ARG(guard->left))));
		return;
	}
	if (!guard_restore(exec, guard, &why)) {
		say_still(exec, guard, why);
		return;
	}
	tell_last_words(exec, NULL);
	add_words(exec, str_of(arena_printf(&exec->result->arena,
	                                    "this run's pause came when another one's was over: "
	                                    "%.*s no more",
	                                    STR_ARG(guard->what))));
}

/* It is closed when nothing is left to do; restored alone, it stays open for what is. */
static void close_rows(struct exec *exec, struct guard_state *state, bool kept, bool all)
{
	for (size_t i = state->keeps + 1; kept && all && i <= state->closes; i++)
		add_step_row(exec, exec->graph->steps[i]->id, JOURNAL_DONE);
	state->restored = true;
	add_row(exec, state, !all ? JOURNAL_BEGUN : kept ? JOURNAL_DONE : JOURNAL_DISCARDED);
	state->open = !all;
}

static void end_one(struct exec *exec, struct guard_state *state)
{
	const struct guard *guard = state->guard;
	bool kept = step_is_done(exec, state->keeps), undone = true, restored, written;
	struct str undo_why = {0}, restore_why = {0};

	/* Also proves that the lock is ours, and makes what is kept durable. */
	add_row(exec, state, JOURNAL_BEGUN);
	written = flush(exec);
	if (lock_lost(&exec->lock)) {
		end_lost(exec, state);
		return;
	}
	if (!kept && written) {
		bind_pinned(exec, state);
		undone = guard_undo(exec, guard, &undo_why);
		if (undone)
			forget_steps(exec, state);
	} else if (!kept) {
		undone = false;
		undo_why = STR("the server did not answer; the next run does it");
	}
	restored = guard_restore(exec, guard, &restore_why);
	if (!undone)
		add_words(exec, str_of(arena_printf(&exec->result->arena,
		                                    "what was begun could not be taken back: %.*s",
		                                    STR_ARG(undo_why))));
	if (!restored) {
		if (exec->result->exit != EXEC_GATE)
			say_still(exec, guard, restore_why);
		return;
	}
	tell_last_words(exec, NULL);
	close_rows(exec, state, kept, undone && written);
	add_words(exec, str_of(arena_printf(&exec->result->arena, "%s%.*s no more",
	                                    kept     ? "what was made is kept; "
	                                    : undone ? "what was begun is taken back; "
	                                             : "",
	                                    STR_ARG(guard->what))));
	tell_length(exec, state);
}

void guards_end(struct exec *exec)
{
	const struct outside *outside = exec->options->outside;

	for (size_t i = 0; i < exec->guard_count; i++) {
		if (!exec->guards[i].open || (!exec->lock.held && !exec->lock.lost))
			continue;
		/* The command under way, or the question. */
		if (outside)
			outside->end(outside->state);
		if (exec->lock.held)
			end_one(exec, &exec->guards[i]);
		else
			end_lost(exec, &exec->guards[i]);
	}
}

/* --- abort --- */

static void bind_recorded(struct exec *exec, const json_t *json)
{
	const char *id;
	json_t *names;

	json_object_foreach(json_object_get(json, "values"), id, names)
	{
		const struct journal_entry *entry =
		        journal_find(&exec->journal, str_of(id), STR(""));
		json_t *pinned = entry && entry->state == JOURNAL_DONE
		                         ? json_loadb(entry->pinned.p ? entry->pinned.p : "",
		                                      entry->pinned.n, JSON_ALLOW_NUL, NULL)
		                         : NULL;
		const json_t *row = json_array_get(json_object_get(pinned, id), 0);

		for (size_t i = 0; row && i < json_array_size(names); i++) {
			const char *name = json_string_value(json_array_get(names, i));
			const char *value = json_string_value(json_array_get(row, i));

			if (name && value)
				scope_set(&exec->scope, arena_str(&exec->arena, str_of(name)),
				          arena_str(&exec->arena, str_of(value)), false);
		}
		json_decref(pinned);
	}
}

static bool abort_one(struct exec *exec, const struct journal_entry *entry, const json_t *json)
{
	struct guard *guard = arena_new(&exec->arena, struct guard);
	struct guard_state state = {.guard = guard, .open = true, .attempt = entry->attempt};
	const json_t *steps = json_object_get(json, "steps");
	const struct journal_entry *keeps;
	struct str why = {0};
	bool kept, ok = true;

	guard->id = str_of(entry->key.p);
	guard->what = guard_row_word(exec, json, "what");
	guard->left = guard_row_word(exec, json, "left");
	guard->undo = guard_row_steps(exec, json_object_get(json, "undo"), &guard->undo_count);
	guard->restore =
	        guard_row_steps(exec, json_object_get(json, "restore"), &guard->restore_count);
	keeps = journal_find(&exec->journal, guard_row_word(exec, json, "keeps"), STR(""));
	kept = keeps && keeps->state == JOURNAL_DONE;
	tell_last_words(exec, guard);
	/* Fenced: what comes next is ours to drop. */
	add_step_row(exec, STR("abort"), JOURNAL_BEGUN);
	if (!flush(exec))
		return false;
	if (!kept) {
		bind_recorded(exec, json);
		ok = guard_undo(exec, guard, &why);
	}
	if (!ok)
		add_words(exec,
		          str_of(arena_printf(&exec->result->arena,
		                              "not all could be taken back: %.*s", STR_ARG(why))));
	if (kept)
		add_words(exec, str_of(arena_printf(&exec->result->arena,
		                                    "what was made while %.*s stays: views, which "
		                                    "go on counting what comes",
		                                    STR_ARG(guard->what))));
	why = (struct str){0};
	if (!guard_restore(exec, guard, &why)) {
		bool by_hand = guard->restore_count && !why.n;

		say_still(exec, guard, why);
		if (!by_hand) {
			struct str words = exec->result->text;

			exec_stop(exec, EXEC_GATE, "%.*s", STR_ARG(words));
			return false;
		}
	}
	tell_last_words(exec, NULL);
	for (size_t i = 0; i < json_array_size(steps); i++)
		add_step_row(exec,
		             arena_str(&exec->arena,
		                       str_of(json_string_value(json_array_get(steps, i)))),
		             kept ? JOURNAL_DONE : JOURNAL_DISCARDED);
	add_row(exec, &state, JOURNAL_DISCARDED);
	return flush(exec);
}

bool guards_abort(struct exec *exec)
{
	for (const struct journal_entry *entry = exec->journal.index; entry && !exec->stopping;
	     entry = entry->hh.next) {
		json_t *json;
		bool ok;

		if (entry->state != JOURNAL_BEGUN || !guard_is_row(entry->pinned))
			continue;
		json = json_loadb(entry->pinned.p, entry->pinned.n, 0, NULL);
		ok = abort_one(exec, entry, json);
		json_decref(json);
		if (!ok)
			return false;
	}
	return !exec->stopping;
}
