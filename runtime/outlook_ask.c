/* outlook_ask.c: one question of `bfc plan`, which changes nothing. */
#include <ctype.h>

#include "runtime/outlook_internal.h"

struct str look_keep(struct looking *looking, struct str text)
{
	return arena_str(&looking->outlook->arena, text);
}

struct str look_printf(struct looking *looking, const char *format, ...)
{
	va_list args;
	struct str text;

	va_start(args, format);
	text = str_of(arena_vprintf(&looking->outlook->arena, format, args));
	va_end(args);
	return text;
}

void look_unseen(struct looking *looking, const char *format, ...)
{
	struct outlook *outlook = looking->outlook;
	va_list args;
	struct str text;

	va_start(args, format);
	text = str_of(arena_vprintf(&outlook->arena, format, args));
	va_end(args);
	for (size_t i = 0; i < outlook->unseen.count; i++) {
		if (str_eq(outlook->unseen.items[i], text))
			return;
	}
	*list_add(&outlook->arena, &outlook->unseen) = text;
}

/* "Code: 60. DB::Exception: reader: Table … (UNKNOWN_TABLE) (version …)": what is in the middle. */
static struct str bare_exception(struct str text)
{
	ptrdiff_t at = str_find(text, STR("DB::Exception: "));

	if (at >= 0) {
		size_t skip = (size_t)at + strlen("DB::Exception: ");

		text = (struct str){text.p + skip, text.n - skip};
	}
	if ((at = str_find(text, STR(" (version "))) > 0)
		text.n = (size_t)at;
	if (text.n && text.p[text.n - 1] == ')') {
		size_t open = text.n;

		while (open > 0 && text.p[open - 1] != '(')
			open--;
		if (open > 2)
			text.n = open - 1;
	}
	return str_trim(text);
}

struct str look_reason(struct looking *looking, const struct outcome *outcome)
{
	static const char *const ends[] = {"\n", ". Stack trace", ": While executing",
	                                   ": In scope ", NULL};
	struct str text = bare_exception(str_trim(outcome->text));

	for (size_t i = 0; ends[i]; i++) {
		ptrdiff_t at = str_find(text, str_of(ends[i]));

		if (at > 0)
			text.n = (size_t)at;
	}
	while (text.n && text.p[text.n - 1] == '.')
		text.n--;
	return look_printf(looking, "%.*s%s", STR_ARG(text),
	                   outcome->code == 164 ? " (readonly = 2 would do)" : "");
}

/* --- asking --- */

/* OUTLOOK_ASK_MS, for the server; its own word on a limit is waited for a little longer. */
#define LOOK_SECONDS "60"
#define LATE_MS 5000

struct slot {
	struct call call;
	struct outcome outcome;
};

static void answered(struct exec *exec, struct call *call, struct outcome *outcome)
{
	struct slot *slot = call->state;

	(void)exec;
	slot->outcome = *outcome;
	*outcome = (struct outcome){0};
}

/* False when interrupted: the question is left behind, and ends with the connection. */
static bool send_and_wait(struct looking *looking, const struct request *request, int flags,
                          struct outcome *outcome)
{
	static const struct setting settings[] = {
	        {STR("max_execution_time"), STR(LOOK_SECONDS)},
	        {STR("cancel_http_readonly_queries_on_client_close"), STR("1")},
	        {STR("readonly"), STR("2")},
	};
	struct exec *exec = looking->exec;
	/* It outlives this function when it is left behind. */
	struct slot *slot = arena_new(&looking->outlook->arena, struct slot);

	slot->call = (struct call){.request = *request, .done = answered, .state = slot};
	slot->call.request.bare = exec->bare;
	slot->call.request.settings = settings;
	slot->call.request.setting_count = flags & LOOK_MAY_WRITE ? 1 : 3;
	slot->call.request.timeout_ms = OUTLOOK_ASK_MS + LATE_MS;
	exec_send(exec, &slot->call);
	while (slot->call.flying) {
		exec_turn(exec, 200);
		if (slot->call.flying && exec_interrupted(exec)) {
			exec_stop(exec, EXEC_INTERRUPTED, "interrupted");
			return false;
		}
	}
	*outcome = slot->outcome;
	return true;
}

bool look_ask(struct looking *looking, const struct request *request, int flags,
              struct outcome *outcome)
{
	struct exec *exec = looking->exec;
	uint64_t began = exec_now(exec);

	for (unsigned tries = 0; !exec->stopping; tries++) {
		if (!send_and_wait(looking, request, flags, outcome))
			return false;
		if (exec_without_settings(exec, outcome)) {
			outcome_release(outcome);
			continue;
		}
		if (outcome->kind == OUTCOME_LOST && outcome->elapsed_ms >= OUTLOOK_ASK_MS) {
			outcome_say(outcome, OUTCOME_EXCEPTION,
			            "no answer within " LOOK_SECONDS " s");
			outcome->code = 159;
		}
		if (outcome->kind == OUTCOME_OK ||
		    (outcome->kind == OUTCOME_EXCEPTION && !exec_passing(exec, outcome)))
			return true;
		if (!exec_passing(exec, outcome) ||
		    exec_now(exec) - began >= exec_patience_ms(exec)) {
			exec_stop(exec, EXEC_STOPPED, "can't ask %.*s: %.*s",
			          STR_ARG(exec->transport->name(exec->transport->state)),
			          STR_ARG(exec_explain(exec, outcome)));
		}
		outcome_release(outcome);
		if (!exec->stopping)
			exec_sleep(exec, exec_pause_ms(exec, tries));
		if (exec_interrupted(exec))
			exec_stop(exec, EXEC_INTERRUPTED, "interrupted");
	}
	return false;
}

struct str look_lines(struct looking *looking, const struct reply *reply)
{
	struct buf out;
	struct str text;

	buf_init(&out, BUF_CEILING_OUTPUT);
	for (size_t row = 0; row < reply->row_count; row++) {
		if (row)
			buf_addc(&out, '\n');
		buf_add(&out, reply_value(reply, row, 0));
	}
	text = look_keep(looking, buf_str(&out));
	buf_release(&out);
	return text;
}

bool look_text(struct looking *looking, struct str sql, const struct binding *params, size_t count,
               struct str *text, struct str *why)
{
	struct request request = {.sql = sql, .params = params, .param_count = count};
	struct outcome outcome;
	bool ok;

	*text = *why = (struct str){0};
	if (!look_ask(looking, &request, 0, &outcome))
		return false;
	ok = outcome.kind == OUTCOME_OK;
	if (ok)
		*text = look_lines(looking, &outcome.reply);
	else
		*why = look_reason(looking, &outcome);
	outcome_release(&outcome);
	return ok;
}

/* inspect_next() reads what a server wrote; a plan's SQL has the user's comments. */
void look_next(struct inspect_scan *scan)
{
	struct str text = scan->text;

	for (;;) {
		struct str rest, end;
		ptrdiff_t n;

		while (scan->at < text.n && isspace((unsigned char)text.p[scan->at]))
			scan->at++;
		rest = (struct str){text.p + scan->at, text.n - scan->at};
		if (str_starts(rest, STR("--")) || str_starts(rest, STR("# ")) ||
		    str_starts(rest, STR("#!")))
			end = STR("\n");
		else if (str_starts(rest, STR("/*")))
			end = STR("*/");
		else
			break;
		n = str_find(rest, end);
		scan->at = n < 0 ? text.n : scan->at + (size_t)n + end.n;
	}
	inspect_next(scan);
}

int look_depth(const struct inspect_scan *scan)
{
	if (scan->kind != SQL_OTHER)
		return 0;
	return strchr("([{", scan->token.p[0]) ? 1 : strchr(")]}", scan->token.p[0]) ? -1 : 0;
}

struct str look_from_word(struct str sql, const char *word, const char *other)
{
	struct inspect_scan scan = {.text = sql};
	int depth = 0;

	for (look_next(&scan); scan.kind != SQL_END; look_next(&scan)) {
		depth += look_depth(&scan);
		if (scan.kind == SQL_WORD && depth == 0 &&
		    (str_ieq(scan.token, str_of(word)) ||
		     (other && str_ieq(scan.token, str_of(other)))))
			return (struct str){scan.token.p, (size_t)(sql.p + sql.n - scan.token.p)};
	}
	return (struct str){0};
}
