#include "runtime/exec_internal.h"

#include <stdlib.h>
#include <unistd.h>

#include "compiler/base/sha256.h"
#include "compiler/base/sqltext.h"
#include "runtime/reply.h"

/* --- what all parts use --- */

uint64_t exec_now(struct exec *exec)
{
	return exec->transport->now_ms(exec->transport->state);
}

uint64_t exec_patience_ms(const struct exec *exec)
{
	return exec->options->patience_ms;
}

bool exec_interrupted(struct exec *exec)
{
	return exec->options->interrupted && *exec->options->interrupted;
}

void exec_stop(struct exec *exec, enum exec_exit how, const char *format, ...)
{
	va_list args;

	if (exec->stopping)
		return;
	exec->stopping = true;
	exec->result->exit = how;
	va_start(args, format);
	exec->result->text = str_of(arena_vprintf(&exec->result->arena, format, args));
	va_end(args);
}

void exec_send(struct exec *exec, struct call *call)
{
	call->request.owner = call;
	call->flying = true;
	exec->flying++;
	exec->transport->send(exec->transport->state, &call->request);
}

void exec_make_short(struct request *request)
{
	static const struct setting settings[] = {
	        {STR("compile_expressions"), STR("0")},
	        {STR("compile_aggregate_expressions"), STR("0")},
	        {STR("compile_sort_description"), STR("0")},
	};

	if (request->setting_count)
		return;
	request->settings = settings;
	request->setting_count = sizeof(settings) / sizeof(*settings);
}

bool exec_turn(struct exec *exec, unsigned wait_ms)
{
	struct outcome outcome = {0};
	struct call *call;

	if (!exec->transport->next(exec->transport->state, wait_ms, &outcome))
		return false;
	call = outcome.owner;
	call->flying = false;
	exec->flying--;
	if (outcome.kind == OUTCOME_OK || outcome.kind == OUTCOME_EXCEPTION)
		exec->answered = true;
	call->done(exec, call, &outcome);
	outcome_release(&outcome);
	return true;
}

bool exec_passing(const struct exec *exec, const struct outcome *outcome)
{
	enum error_class class;

	switch (outcome->kind) {
	case OUTCOME_UNREACHABLE:
	case OUTCOME_LOST:
		return true;
	case OUTCOME_NONSENSE:
		/* A proxy's 502 while the server restarts; but at first sight it is not ClickHouse.
		 */
		return exec->answered;
	case OUTCOME_EXCEPTION:
		class = error_of(outcome->code, outcome->text)->class;
		return class == ERROR_RETRY || class == ERROR_ROOM;
	case OUTCOME_OK:
	case OUTCOME_DENIED:
		break;
	}
	return false;
}

uint64_t exec_pause_ms(struct exec *exec, unsigned tries)
{
	uint64_t pause = PAUSE_FIRST_MS;

	while (tries-- > 0 && pause < PAUSE_MOST_MS)
		pause *= 2;
	if (pause > PAUSE_MOST_MS)
		pause = PAUSE_MOST_MS;
	/* Between a half and the whole: workers that failed together don't come back together. */
	return pause / 2 + exec->transport->random(exec->transport->state) % (pause / 2 + 1);
}

struct str exec_explain(struct exec *exec, const struct outcome *outcome)
{
	const char *advice = NULL;
	struct str text = str_trim(outcome->text);

	if (outcome->kind == OUTCOME_EXCEPTION)
		advice = error_of(outcome->code, outcome->text)->advice;
	if (outcome->kind == OUTCOME_DENIED && !text.n)
		text = STR("the server refused the user or the password");
	return str_of(arena_printf(&exec->arena, "%.*s%s%s", STR_ARG(text),
	                           advice ? "\n  hint: " : "", advice ? advice : ""));
}

void exec_said(struct exec *exec, const struct step *step, struct str line)
{
	const struct exec_observer *observer = exec->options->observer;
	struct outcome masked = {.text = line};

	if (!observer || !observer->said)
		return;
	reply_mask(&masked, exec->options->params, exec->options->param_count);
	observer->said(observer->state, step, masked.text);
	outcome_release(&masked);
}

struct str exec_query_prefix(struct exec *exec)
{
	return str_of(arena_printf(&exec->arena, "bfc-%.*s-", STR_ARG(exec->tag)));
}

struct str exec_query_id(const struct exec *exec, struct arena *arena, struct str what)
{
	char *id = arena_printf(arena, "bfc-%.*s-%.8s-%.*s", STR_ARG(exec->tag), exec->plan.p,
	                        STR_ARG(what));

	for (char *p = id; *p; p++) {
		if (!((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
		      (*p >= '0' && *p <= '9') || *p == '_' || *p == '.' || *p == '-'))
			*p = '_';
	}
	return str_of(id);
}

struct str exec_literal(struct exec *exec, struct str text)
{
	struct buf buf;
	struct str copy;

	buf_init(&buf, BUF_CEILING_OUTPUT);
	sql_add_string(&buf, text);
	copy = arena_str(&exec->arena, buf_str(&buf));
	buf_release(&buf);
	return copy;
}

int reply_column(const struct reply *reply, const char *name)
{
	for (size_t i = 0; i < reply->column_count; i++) {
		if (str_is(reply->columns[i], name))
			return (int)i;
	}
	return -1;
}

struct str reply_value(const struct reply *reply, size_t row, int column)
{
	if (column < 0 || row >= reply->row_count)
		return (struct str){0};
	return reply->values[row * reply->column_count + (size_t)column];
}

uint64_t str_u64(struct str text)
{
	uint64_t n = 0;

	for (size_t i = 0; i < text.n && text.p[i] >= '0' && text.p[i] <= '9'; i++)
		n = n * 10 + (uint64_t)(text.p[i] - '0');
	return n;
}

/* --- asking and waiting: start-up and end --- */

struct asking {
	struct call call;
	struct outcome outcome;
};

static void asked(struct exec *exec, struct call *call, struct outcome *outcome)
{
	struct asking *asking = call->state;

	(void)exec;
	asking->outcome = *outcome;
	*outcome = (struct outcome){0};
}

/* Waits for the call, or for time; the lock's heartbeat goes on. */
static void wait_for(struct exec *exec, const struct call *call, uint64_t until_ms)
{
	while (call ? call->flying : exec_now(exec) < until_ms) {
		uint64_t left = call ? 1000 : until_ms - exec_now(exec);

		if (exec->lock.held && !exec->stopping)
			lock_turn(&exec->lock);
		exec_turn(exec, left > 1000 ? 1000 : (unsigned)left);
		if (!call && !exec->stopping && exec_interrupted(exec))
			return;
	}
}

void exec_sleep(struct exec *exec, uint64_t ms)
{
	wait_for(exec, NULL, exec_now(exec) + ms);
}

static bool accepted(const struct outcome *outcome, const int *accept)
{
	if (outcome->kind == OUTCOME_OK)
		return true;
	for (; outcome->kind == OUTCOME_EXCEPTION && accept && *accept; accept++) {
		if (outcome->code == *accept)
			return true;
	}
	return false;
}

bool exec_without_settings(struct exec *exec, const struct outcome *outcome)
{
	/* 164: readonly = 1 lets a user change nothing, not even to what is safer. */
	if (!exec->looks || exec->bare || outcome->kind != OUTCOME_EXCEPTION ||
	    outcome->code != 164)
		return false;
	exec->bare = true;
	return true;
}

uint64_t exec_end_ms(const struct exec *exec, uint64_t most)
{
	uint64_t patience = exec_patience_ms(exec);

	if (exec->away || (exec->options->interrupted && *exec->options->interrupted > 1))
		return 0;
	if (guards_late(exec) && patience > LATE_PATIENCE_MS)
		patience = LATE_PATIENCE_MS;
	return patience < most ? patience : most;
}

/* An end's question does not hang longer than the user has patience, but for a second. */
static unsigned end_timeout_ms(const struct exec *exec, unsigned timeout_ms)
{
	uint64_t patience = exec_patience_ms(exec);

	if (guards_late(exec) && patience > LATE_TIMEOUT_MS)
		patience = LATE_TIMEOUT_MS;
	if (patience < 1000)
		patience = 1000;
	return patience < timeout_ms ? (unsigned)patience : timeout_ms;
}

/* `why`: what went wrong at last goes there, and the exec is not stopped. */
static bool ask_request(struct exec *exec, const struct request *request, const char *what,
                        const int *accept, uint64_t patience_ms, struct outcome *outcome,
                        struct str *why)
{
	uint64_t began = exec_now(exec);
	bool ending = exec->stopping;

	for (unsigned tries = 0;; tries++) {
		struct asking asking = {.call = {.request = *request, .done = asked}};
		bool over;

		asking.call.state = &asking;
		asking.call.request.bare = exec->bare;
		exec_make_short(&asking.call.request);
		if (ending)
			asking.call.request.timeout_ms = end_timeout_ms(exec, request->timeout_ms);
		exec_send(exec, &asking.call);
		wait_for(exec, &asking.call, 0);
		*outcome = asking.outcome;
		if (accepted(outcome, accept))
			return true;
		if (exec_without_settings(exec, outcome)) {
			outcome_release(outcome);
			continue;
		}
		over = !exec_passing(exec, outcome) ||
		       exec_now(exec) - began >=
		               (ending ? exec_end_ms(exec, patience_ms) : patience_ms);
		if (ending && over &&
		    (outcome->kind == OUTCOME_UNREACHABLE || outcome->kind == OUTCOME_LOST))
			exec->away = true;
		if (!ending && exec_interrupted(exec))
			exec_stop(exec, EXEC_INTERRUPTED, "interrupted");
		if (over && why)
			*why = arena_str(&exec->arena, exec_explain(exec, outcome));
		else if (over)
			exec_stop(exec, EXEC_STOPPED, "can't %s at %.*s: %.*s", what,
			          STR_ARG(exec->transport->name(exec->transport->state)),
			          STR_ARG(exec_explain(exec, outcome)));
		if (ending || why ? over : exec->stopping)
			break;
		outcome_release(outcome);
		exec->result->summary.retries++;
		exec_sleep(exec, exec_pause_ms(exec, tries));
	}
	outcome_release(outcome);
	return false;
}

bool exec_ask(struct exec *exec, struct str sql, const char *what, const int *accept,
              uint64_t patience_ms, struct outcome *outcome)
{
	struct request request = {.sql = sql, .timeout_ms = ASK_TIMEOUT_MS};

	return ask_request(exec, &request, what, accept, patience_ms, outcome, NULL);
}

static bool ask_again(struct exec *exec, const struct exec_question *question,
                      struct outcome *outcome)
{
	outcome_release(outcome);
	exec->result->summary.retries++;
	return exec_ask(exec, question->sql, question->what, question->accept,
	                question->patience_ms ? question->patience_ms : exec_patience_ms(exec),
	                outcome);
}

bool exec_ask_all(struct exec *exec, const struct exec_question *questions, size_t count)
{
	struct asking *askings = arena_array(&exec->arena, struct asking, count + 1);
	bool ok = true;

	for (size_t i = 0; i < count; i++) {
		askings[i].call = (struct call){
		        .request = {.sql = questions[i].sql, .timeout_ms = ASK_TIMEOUT_MS},
		        .done = asked,
		        .state = &askings[i]};
		exec_make_short(&askings[i].call.request);
		exec_send(exec, &askings[i].call);
	}
	for (size_t i = 0; i < count; i++)
		wait_for(exec, &askings[i].call, 0);
	/* What went wrong once is asked by itself: it may pass, or has to be told. */
	for (size_t i = 0; i < count && ok; i++) {
		if (!accepted(&askings[i].outcome, questions[i].accept))
			ok = ask_again(exec, &questions[i], &askings[i].outcome);
	}
	for (size_t i = 0; i < count; i++) {
		if (ok && questions[i].outcome)
			*questions[i].outcome = askings[i].outcome;
		else
			outcome_release(&askings[i].outcome);
	}
	return ok;
}

bool exec_ask_request(struct exec *exec, const struct request *request, const int *accept,
                      uint64_t patience_ms, struct outcome *outcome, struct str *why)
{
	return ask_request(exec, request, "put things back", accept, patience_ms, outcome, why);
}

bool exec_ask_once(struct exec *exec, const struct request *request)
{
	struct outcome outcome;

	if (!ask_request(exec, request, "clean up", NULL, 0, &outcome, NULL))
		return false;
	outcome_release(&outcome);
	return true;
}

/* --- life --- */

static struct str host_name(struct exec *exec)
{
	char name[256];

	if (gethostname(name, sizeof(name) - 1) != 0)
		return STR("unknown");
	name[sizeof(name) - 1] = '\0';
	return arena_str(&exec->arena, str_of(name));
}

void exec_bind_params(struct exec *exec)
{
	const struct graph *graph = exec->graph;

	exec->pins = arena_array(&exec->arena, const struct pinned *, graph->step_total + 1);
	for (size_t i = 0; i < exec->options->param_count; i++) {
		const struct binding *param = &exec->options->params[i];
		/* An empty value is a value; NULL is for what is not known. */
		struct str value = param->value.p ? param->value : STR("");

		scope_set(&exec->scope, param->name, value, param->secret);
	}
}

void exec_init(struct exec *exec, struct transport *transport, const struct exec_options *options,
               struct exec_result *result, struct str migration)
{
	struct buf buf;
	char digest[65];

	*exec = (struct exec){.transport = transport, .options = options, .result = result};
	*result = (struct exec_result){0};
	arena_init(&exec->arena);
	arena_init(&result->arena);
	exec->migration = arena_str(&exec->arena, migration);
	exec->database_name =
	        options->journal_database ? str_of(options->journal_database) : STR("bfc");
	buf_init(&buf, BUF_CEILING_OUTPUT);
	sql_add_quoted(&buf, exec->database_name);
	exec->database = arena_str(&exec->arena, buf_str(&buf));
	buf_release(&buf);
	sha256_hex(migration, digest);
	exec->tag = arena_str(&exec->arena, (struct str){digest, 8});
	exec->plan = STR("");
	exec->host = host_name(exec);
	exec->began_ms = exec_now(exec);
	scope_init(&exec->scope, &exec->arena, NULL);
	journal_init(&exec->journal, exec);
	lock_init(&exec->lock, exec);
}

void exec_release(struct exec *exec)
{
	for (size_t i = 0; i < exec->tasks.count; i++) {
		outcome_release(&exec->tasks.items[i]->held);
		arena_release(&exec->tasks.items[i]->arena);
		free(exec->tasks.items[i]);
	}
	lock_release(&exec->lock);
	journal_release(&exec->journal);
	arena_release(&exec->arena);
}

void exec_result_release(struct exec_result *result)
{
	arena_release(&result->arena);
	*result = (struct exec_result){0};
}

/* --- the run --- */

static uint64_t sooner(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* The row rides along. */
void exec_tell_chunks(struct exec *exec)
{
	struct journal_row row = {.state = JOURNAL_BEGUN, .step = STR("chunks")};
	const struct node *newest =
	        exec->running_count ? exec->running[exec->running_count - 1] : NULL;
	size_t done, total;

	if (!newest || newest == exec->chunks_told)
		return;
	exec->chunks_told = newest;
	sched_chunks_left(exec, &done, &total);
	row.pinned = str_of(arena_printf(&exec->arena, "{\"chunks_total\":%zu}", total));
	journal_add(&exec->journal, &row);
}

static void run_loop(struct exec *exec)
{
	while (sched_turn(exec) && !exec->stopping) {
		uint64_t now = exec_now(exec);
		uint64_t next = now + 1000;

		exec_tell_chunks(exec);
		lock_turn(&exec->lock);
		journal_turn(&exec->journal);
		watch_turn(exec);
		guards_turn(exec);
		if (exec_interrupted(exec))
			exec_stop(exec, EXEC_INTERRUPTED, "interrupted");
		if (exec->stopping)
			break;
		next = sooner(next, sched_deadline_ms(exec));
		next = sooner(next, lock_deadline_ms(&exec->lock));
		next = sooner(next, journal_deadline_ms(&exec->journal));
		next = sooner(next, watch_deadline_ms(exec));
		next = sooner(next, guards_deadline_ms(exec));
		exec_turn(exec, next > now ? (unsigned)(next - now) : 0);
	}
}

static void last_row(struct exec *exec, enum journal_state state)
{
	struct journal_row row = {
	        .state = state, .message = exec->result->text, .boot = exec->boot};
	struct str gate = exec->result->gate;
	size_t done, total;

	sched_chunks_left(exec, &done, &total);
	row.rows = exec->result->summary.rows_total;
	row.bytes = 0;
	row.elapsed_ms = exec_now(exec) - exec->began_ms;
	/* An id has nothing in it that JSON would escape (graph.h). */
	row.pinned = str_of(arena_printf(
	        &exec->arena, "{\"chunks_done\":%zu,\"chunks_total\":%zu%s%.*s%s}", done, total,
	        gate.n ? ",\"gate\":\"" : "", STR_ARG(gate), gate.n ? "\"" : ""));
	journal_add(&exec->journal, &row);
}

void exec_flush(struct exec *exec, uint64_t patience_ms)
{
	uint64_t began = exec_now(exec);

	while (!exec->no_more_journal && !journal_idle(&exec->journal)) {
		uint64_t now = exec_now(exec);

		if (now - began >= (exec->stopping ? exec_end_ms(exec, patience_ms) : patience_ms))
			break;
		journal_push(&exec->journal);
		journal_turn(&exec->journal);
		if (exec->lock.held && !exec->stopping)
			lock_turn(&exec->lock);
		exec_turn(exec, 100);
	}
}

/* What the journal holds, and how to go on. */
static void say_how_to_go_on(struct exec *exec)
{
	struct exec_result *result = exec->result;
	struct str rest = STR("; nothing is lost, the same command goes on from there");
	size_t done, total;

	if (exec->in_doubt)
		rest = STR("; the same command stops here again until that is said");
	if (result->exit == EXEC_LOCKED)
		rest = STR("");
	sched_chunks_left(exec, &done, &total);
	result->text = str_of(arena_printf(
	        &result->arena, "%.*s\n  %s %zu of %zu chunks%.*s", STR_ARG(result->text),
	        "the journal holds as done:", done, total, STR_ARG(rest)));
}

/* Whatever it looked like: what went wrong is that another run has taken over. */
static void say_locked(struct exec *exec)
{
	exec->stopping = false;
	exec_stop(
	        exec, EXEC_LOCKED,
	        "the lock of migration '%.*s' is gone: another run has taken over; this one stops",
	        STR_ARG(exec->migration));
	for (size_t i = 0; i < exec->tasks.count; i++)
		exec->tasks.items[i]->keep = false;
}

static void say_doubts(struct exec *exec)
{
	struct exec_result *result = exec->result;
	struct str doubts = attempt_doubts(exec);

	exec->in_doubt = doubts.n > 0;
	if (exec->in_doubt)
		result->text = str_of(arena_printf(&result->arena, "%.*s\n%.*s",
		                                   STR_ARG(result->text), STR_ARG(doubts)));
}

static void end_stopped(struct exec *exec)
{
	struct exec_result *result = exec->result;

	watch_end(exec);
	if (lock_lost(&exec->lock)) {
		say_locked(exec);
	} else {
		/* A row on its way may say that a chunk is in: a person would take its rows out. */
		if (attempt_doubts(exec).n)
			exec_flush(exec, exec_end_ms(exec, END_PATIENCE_MS));
		say_doubts(exec);
	}
	for (size_t i = 0; i < exec->tasks.count; i++)
		attempt_clean(exec->tasks.items[i]);
	guards_end(exec);
	/* Refused before it began: a row with its plan would pass for the plan that was begun. */
	if (exec->lock.held && exec->announced) {
		last_row(exec,
		         result->exit == EXEC_INTERRUPTED ? JOURNAL_INTERRUPTED : JOURNAL_STOPPED);
		exec_flush(exec, exec_end_ms(exec, END_PATIENCE_MS));
	}
	/* Answers may still say what became of the journal's and the lock's calls. */
	for (uint64_t began = exec_now(exec);
	     exec->flying && exec_now(exec) - began < exec_end_ms(exec, ASK_TIMEOUT_MS);)
		exec_turn(exec, 100);
	lock_drop(&exec->lock);
	if (exec->nodes)
		say_how_to_go_on(exec);
}

static void end_done(struct exec *exec)
{
	last_row(exec, JOURNAL_FINISHED);
	exec_flush(exec, exec_patience_ms(exec));
	if (!exec->stopping && !journal_idle(&exec->journal))
		exec_stop(exec, EXEC_STOPPED,
		          "all steps are done, but the journal's last row could not be "
		          "written: the server has been away for too long");
	if (exec->stopping) {
		end_stopped(exec);
		return;
	}
	while (exec->flying)
		exec_turn(exec, 100);
	lock_drop(&exec->lock);
}

static void sum_up(struct exec *exec)
{
	struct exec_summary *summary = &exec->result->summary;

	summary->elapsed_ms = exec_now(exec) - exec->began_ms;
	summary->resumed = exec->resuming;
	if (exec->nodes)
		sched_chunks_left(exec, &summary->chunks_done, &summary->chunks_total);
}

void exec_run(const struct graph *graph, struct transport *transport,
              const struct exec_options *options, struct exec_result *result)
{
	struct exec exec;

	exec_init(&exec, transport, options, result, graph->migration);
	exec.graph = graph;
	exec.plan = str_of(graph->hash);
	exec_bind_params(&exec);
	if (exec_start(&exec) && guards_start(&exec)) {
		sched_init(&exec);
		run_loop(&exec);
		if (!exec.stopping)
			end_done(&exec);
		else
			end_stopped(&exec);
	} else if (exec.stopping) {
		end_stopped(&exec);
	}
	sum_up(&exec);
	exec_release(&exec);
}
