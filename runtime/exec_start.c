/*
 * What happens between "apply" and the first step; four round trips, and with the fifth the first chunk
 * is at work again (sched.c):
 *   1 the run rows: finished already? another plan? Beside them the locks, and what runs
 *   2 our lock
 *   3 all at once: the older locks are dropped, statements of their runs are killed
 *   4 statements under way and then the whole journal; beside them later locks, those elsewhere, the boot
 * The order is the argument: once the older locks are gone no older run can write a row, once
 * its statements are gone none of them can change anything, and only then the journal is believed.
 * What 3 did is nothing to rely on: 4 counts what runs, with the older locks gone. What was sent before
 * that and began between the kill and the count is killed in turn, and counted again.
 * The kill of 3 comes before it is known whether another journal's run is well (elsewhere.c), whose
 * query ids begin like ours: where 1 has seen its lock it is left out. Who came in between knows that
 * we are there, loses a statement at most, and either of us stops.
 */
#include <jansson.h>
#include <stdlib.h>

#include "compiler/base/sha256.h"
#include "runtime/exec_internal.h"

static const int missing[] = {60, 81, 0};

static void hash_step(const struct step *step, char out[9])
{
	struct buf buf;
	char digest[65];

	buf_init(&buf, BUF_CEILING_OUTPUT);
	buf_addf(&buf, "%d %d %d %d %d %d\n", (int)step->kind, (int)step->phase, (int)step->when,
	         (int)step->repeat, (int)step->pin, (int)step->one_row);
	buf_add(&buf, step->sql);
	buf_add(&buf, step->act);
	for (size_t i = 0; i < step->output_count; i++)
		buf_addf(&buf, "\n%.*s", STR_ARG(step->outputs[i]));
	if (step->each) {
		buf_addf(&buf, "\n%.*s %u", STR_ARG(step->each->over), step->each->workers);
		for (size_t i = 0; i < step->each->row_count; i++) {
			for (size_t j = 0; j < step->each->column_count; j++)
				buf_addf(&buf, "\n%.*s", STR_ARG(step->each->rows[i].values[j]));
		}
	}
	sha256_hex(buf_str(&buf), digest);
	buf_release(&buf);
	memcpy(out, digest, 8);
	out[8] = '\0';
}

static void hash_steps(json_t *map, const struct step *const *steps, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char hash[9];

		hash_step(steps[i], hash);
		json_object_setn_new(map, steps[i]->id.p, steps[i]->id.n, json_string(hash));
		if (steps[i]->each)
			hash_steps(map, steps[i]->each->body, steps[i]->each->body_count);
	}
}

static json_t *hash_graph(const struct graph *graph)
{
	json_t *map = json_object();

	hash_steps(map, graph->steps, graph->step_count);
	return map;
}

void exec_refuse_plan(struct exec *exec)
{
	json_t *then = exec->past.steps.n
	                       ? json_loadb(exec->past.steps.p, exec->past.steps.n, 0, NULL)
	                       : NULL;
	json_t *now = hash_graph(exec->graph);
	const char *differs = NULL, *how = "differs", *id;
	json_t *hash;

	json_object_foreach(now, id, hash)
	{
		json_t *old = json_object_get(then, id);

		if (!old || !json_equal(old, hash)) {
			differs = id;
			how = old ? "differs" : "is new";
			break;
		}
	}
	if (!differs) {
		json_object_foreach(then, id, hash)
		{
			if (!json_object_get(now, id)) {
				differs = id;
				how = "is gone";
				break;
			}
		}
	}
	exec_stop(
	        exec, EXEC_BAD_INPUT,
	        "migration '%.*s' was %s with another plan (%.8s, this one is %.8s): step '%s' %s\n"
	        "  hint: %s",
	        STR_ARG(exec->migration), exec->past.finished ? "finished" : "begun",
	        exec->past.plan.p, exec->graph->hash, differs ? differs : "?", how,
	        exec->past.finished ? "give new work a migration of its own"
	                            : "apply the plan that was begun, or end it with 'bfc abort'");
	json_decref(then);
	json_decref(now);
}

/* False: there is nothing to run, or the exec was stopped. */
static bool judge_past(struct exec *exec)
{
	const struct journal_past *past = &exec->past;

	if (!past->any)
		return true;
	if (!str_eq(past->plan, exec->plan)) {
		exec_refuse_plan(exec);
		return false;
	}
	if (past->finished) {
		lock_clear(&exec->lock);
		exec->result->summary.already_done = true;
		exec->result->summary.rows_total = past->rows;
		return false;
	}
	return true;
}

static bool set_up(struct exec *exec)
{
	struct outcome outcome;

	for (size_t n = 0; journal_setup_sql(exec, n).n; n++) {
		if (!exec_ask(exec, journal_setup_sql(exec, n), "set the journal up", NULL,
		              exec_patience_ms(exec), &outcome))
			return false;
		outcome_release(&outcome);
	}
	return true;
}

static uint64_t patience_at_first(struct exec *exec)
{
	uint64_t patience = exec_patience_ms(exec);

	/* A wrong address is not worth minutes. */
	return patience < 5000 ? patience : 5000;
}

bool exec_read_past(struct exec *exec, bool *no_journal)
{
	struct outcome rows, locks;
	const struct exec_question questions[] = {
	        {journal_past_sql(exec), "read the journal", missing, patience_at_first(exec),
	         &rows},
	        {lock_start_sql(&exec->lock), "look for the migration's lock", NULL,
	         patience_at_first(exec), &locks},
	};
	bool ok = true;

	if (!exec_ask_all(exec, questions, 2))
		return false;
	lock_start_read(&exec->lock, &locks.reply);
	*no_journal = rows.kind == OUTCOME_EXCEPTION;
	if (!*no_journal)
		ok = journal_read_past(exec, &rows.reply, &exec->past);
	outcome_release(&rows);
	outcome_release(&locks);
	return ok;
}

/* Ends what earlier runs left running; not SYNC, with which the server looks every 100 ms whether it is gone:
 * we do so sooner. An ALTER is waited for: it takes no time, it is wanted, and a MOVE that was broken off
 * takes the trust in its boot away (attempt.c). */
static struct exec_question kill_others(struct exec *exec)
{
	return (struct exec_question){
	        str_of(arena_printf(&exec->arena,
	                            "KILL QUERY WHERE startsWith(query_id, %.*s) "
	                            "AND query_kind != 'Alter' ASYNC",
	                            STR_ARG(exec_literal(exec, exec_query_prefix(exec))))),
	        "stop the statements of an earlier run", NULL, 0, NULL};
}

static struct exec_question fill_boot(struct exec *exec)
{
	return (struct exec_question){
	        str_of(arena_printf(&exec->arena,
	                            "INSERT INTO %.*s.boot SELECT generateUUIDv4() WHERE "
	                            "(SELECT count() FROM %.*s.boot) = 0",
	                            STR_ARG(exec->database), STR_ARG(exec->database))),
	        "write the boot witness", NULL, 0, NULL};
}

static bool end_others(struct exec *exec, bool fresh)
{
	struct lock *lock = &exec->lock;
	struct exec_question *questions =
	        arena_array(&exec->arena, struct exec_question, lock->seen.count + 2);
	size_t count = 0;

	/* A table that was just made is empty: that need not be asked first. */
	if (fresh)
		questions[count++] = fill_boot(exec);
	for (size_t i = 0; i < lock->seen.count; i++) {
		if (lock->seen.items[i].epoch < lock->epoch)
			questions[count++] = (struct exec_question){
			        lock_drop_sql(lock, lock->seen.items[i].epoch), "drop a lock", NULL,
			        0, NULL};
	}
	if (lock->running && !lock->elsewhere)
		questions[count++] = kill_others(exec);
	lock->running = 0;
	return exec_ask_all(exec, questions, count);
}

enum facts_verdict { FACTS_STOP, FACTS_AGAIN, FACTS_LOCK_AGAIN, FACTS_GOOD };

static enum facts_verdict judge_facts(struct exec *exec, const struct journal_facts *facts)
{
	if (facts->higher_locks) {
		exec_stop(exec, EXEC_LOCKED,
		          "another run took the lock of migration '%.*s' at the same time",
		          STR_ARG(exec->migration));
		return FACTS_STOP;
	}
	/* A whole run went by while we were asleep; or a run that left no run row was the last one. */
	if (facts->epoch_max >= exec->lock.epoch) {
		if (facts->epoch_max > exec->past.epoch)
			exec->past.epoch = facts->epoch_max;
		return FACTS_LOCK_AGAIN;
	}
	/* Before anything is killed: the statements may be those of a run that is well. */
	if (!elsewhere_judge(exec, facts->elsewhere))
		return FACTS_STOP;
	if (facts->running || !facts->boot.n) {
		struct exec_question question =
		        facts->running ? kill_others(exec) : fill_boot(exec);

		return exec_ask_all(exec, &question, 1) ? FACTS_AGAIN : FACTS_STOP;
	}
	exec->boot = facts->boot;
	exec->cores = facts->cores ? facts->cores : 1;
	return FACTS_GOOD;
}

static enum facts_verdict read_all(struct exec *exec)
{
	struct outcome rows, beside;
	const struct exec_question questions[] = {
	        {journal_all_sql(exec), "read the journal", NULL, 0, &rows},
	        {journal_facts_sql(exec), "look at the server", NULL, 0, &beside},
	};
	struct journal_facts facts = {0};
	bool ok;

	if (!exec_ask_all(exec, questions, 2))
		return FACTS_STOP;
	ok = journal_read_facts(exec, &beside.reply, &facts) &&
	     journal_read_all(exec, &rows.reply, &facts, &exec->past);
	outcome_release(&rows);
	outcome_release(&beside);
	return ok ? judge_facts(exec, &facts) : FACTS_STOP;
}

/* Tells the journal that we are here. A first row is durable before anything happens, for it
 * holds the plan that a resume is measured against. */
static void say_started(struct exec *exec)
{
	struct journal_row row = {.state = exec->past.any ? JOURNAL_RESUMED : JOURNAL_STARTED,
	                          .boot = exec->boot};
	json_t *steps;
	char *text;

	exec->announced = true;
	exec->resuming = exec->past.any;
	if (exec->past.any) {
		journal_add(&exec->journal, &row);
		return;
	}
	steps = hash_graph(exec->graph);
	text = json_dumps(steps, JSON_COMPACT);
	json_decref(steps);
	if (!text)
		out_of_memory();
	row.pinned = str_of(text);
	journal_add(&exec->journal, &row);
	free(text);
	while (!exec->stopping && !journal_idle(&exec->journal)) {
		journal_push(&exec->journal);
		journal_turn(&exec->journal);
		lock_turn(&exec->lock);
		if (exec_interrupted(exec))
			exec_stop(exec, EXEC_INTERRUPTED, "interrupted");
		exec_turn(exec, 100);
	}
}

/* What was killed is gone in some 30 ms, as a rule. */
#define LOOKS_SOON 5
#define LOOK_SOON_MS 10

bool exec_lock_and_read(struct exec *exec, bool fresh)
{
	uint64_t began = 0;

	if (!lock_take(&exec->lock, exec->past.epoch) || !end_others(exec, fresh))
		return false;
	for (unsigned tries = 0;; tries++) {
		enum facts_verdict verdict = read_all(exec);

		if (verdict == FACTS_GOOD)
			return true;
		if (verdict != FACTS_STOP && exec_interrupted(exec))
			exec_stop(exec, EXEC_INTERRUPTED, "interrupted");
		if (verdict == FACTS_STOP || exec->stopping)
			return false;
		if (verdict == FACTS_LOCK_AGAIN) {
			lock_drop(&exec->lock);
			if (!lock_take(&exec->lock, exec->past.epoch) || !end_others(exec, false))
				return false;
			continue;
		}
		if (!began)
			began = exec_now(exec);
		exec_sleep(exec, tries < LOOKS_SOON ? (uint64_t)LOOK_SOON_MS << tries
		                                    : exec_pause_ms(exec, tries - LOOKS_SOON));
		if (exec_now(exec) - began > exec_patience_ms(exec)) {
			exec_stop(exec, EXEC_STOPPED,
			          "statements of an earlier run go on, killed or to be waited for; "
			          "see "
			          "system.processes, query ids that begin with '%.*s'",
			          STR_ARG(exec_query_prefix(exec)));
			return false;
		}
	}
}

bool exec_start(struct exec *exec)
{
	bool no_journal;

	if (!exec_read_past(exec, &no_journal))
		return false;
	if (no_journal ? !set_up(exec) : !judge_past(exec))
		return false;
	if (!exec_lock_and_read(exec, no_journal))
		return false;
	/* What another run may have done between the first look and the lock. */
	if (!judge_past(exec)) {
		if (!exec->stopping)
			lock_drop(&exec->lock);
		return false;
	}
	if (guards_of_other_plan(exec) || abort_broken_off(exec))
		return false;
	say_started(exec);
	return !exec->stopping;
}
