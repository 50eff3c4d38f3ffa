/* outlook_checks.c: the plan's asserts, asked now. */
#include "runtime/outlook_internal.h"

static bool compares_twins(const struct looking *looking, const struct step *step, bool *unsure)
{
	bool found = false;

	*unsure = false;
	for (size_t i = 0; i < step->dep_count; i++) {
		const struct step *dep = looking->outlook->graph->steps[step->deps[i]];

		if (dep->kind != STEP_RUN || dep->repeat != REPEAT_REPLACES)
			continue;
		found = true;
		*unsure = *unsure || looking->unsure[step->deps[i]];
	}
	return found;
}

static bool something_missing(const struct outlook *outlook)
{
	for (size_t i = 0; i < outlook->objects.count; i++) {
		if (!outlook->objects.items[i].present)
			return true;
	}
	return false;
}

/* An exception in place of an answer: not there yet, not to be seen, or apply meets it, too. */
static enum check_state judge_exception(struct looking *looking, const struct step *step,
                                        const struct outcome *outcome, struct str *message)
{
	bool absent = outcome->code == 60 || outcome->code == 81;

	*message = look_reason(looking, outcome);
	if (absent && something_missing(looking->outlook))
		return CHECK_LATER;
	/* Denied, readonly, too slow; or reads of a system table what a twin's row does not have. */
	if (outcome->code == 497 || outcome->code == 164 || outcome->code == 159 ||
	    outcome->code == 47) {
		look_unseen(looking, "[%.*s] %.*s: %.*s", STR_ARG(step->id), STR_ARG(step->title),
		            STR_ARG(*message));
		return CHECK_UNSEEN;
	}
	return CHECK_FAILS;
}

/* The step's question with its values; false: there is no answer, `check` says why. */
bool look_ask_step(struct looking *looking, const struct step *step, struct str sql, int flags,
                   struct outcome *outcome, struct outlook_check *check)
{
	struct request request = {.sql = sql};
	struct str missing;

	if (!scope_collect(&looking->exec->scope, step, &looking->outlook->arena, &request.params,
	                   &request.param_count, &missing)) {
		check->state = CHECK_LATER;
		check->message = look_printf(looking, "needs {%.*s}, which is not known yet",
		                             STR_ARG(missing));
		return false;
	}
	if (!look_ask(looking, &request, flags, outcome)) {
		check->state = CHECK_UNSEEN;
		return false;
	}
	if (outcome->kind == OUTCOME_OK)
		return true;
	check->state = judge_exception(looking, step, outcome, &check->message);
	outcome_release(outcome);
	return false;
}

/* --- grants --- */

static void check_grant(struct looking *looking, struct str privilege, struct str target)
{
	struct outlook *outlook = looking->outlook;
	struct str what = look_printf(looking, "%.*s ON %.*s", STR_ARG(str_trim(privilege)),
	                              STR_ARG(str_trim(target)));
	struct request request = {.sql = look_printf(looking, "CHECK GRANT %.*s", STR_ARG(what))};
	struct outcome outcome;

	for (size_t i = 0; i < outlook->grants.count; i++) {
		if (str_eq(outlook->grants.items[i], what))
			return;
	}
	if (!look_ask(looking, &request, LOOK_MAY_WRITE, &outcome))
		return;
	if (outcome.kind == OUTCOME_OK && str_is(look_lines(looking, &outcome.reply), "0"))
		*list_add(&outlook->arena, &outlook->grants) = what;
	outcome_release(&outcome);
}

/* `CHECK GRANT a, b ON x.*, c ON y` says no: which of them? */
static void split_grants(struct looking *looking, struct str list)
{
	struct inspect_scan scan = {.text = list};
	LIST_OF(struct str) privileges = {0};
	struct arena *arena = &looking->outlook->arena;
	const char *begin = list.p, *target = NULL;
	int depth = 0;

	for (look_next(&scan);; look_next(&scan)) {
		bool comma = scan.kind == SQL_OTHER && scan.token.p[0] == ',' && depth == 0;
		const char *here = scan.kind == SQL_END ? list.p + list.n : scan.token.p;

		depth += look_depth(&scan);
		if (!target && depth == 0 && scan.kind == SQL_WORD && str_is(scan.token, "ON")) {
			*list_add(arena, &privileges) =
			        (struct str){begin, (size_t)(scan.token.p - begin)};
			target = scan.token.p + scan.token.n;
		} else if ((comma || scan.kind == SQL_END) && target) {
			struct str on = {target, (size_t)(here - target)};

			for (size_t i = 0; i < privileges.count; i++)
				check_grant(looking, privileges.items[i], on);
			privileges.count = 0;
			target = NULL;
			begin = here + 1;
		} else if (comma) {
			*list_add(arena, &privileges) =
			        (struct str){begin, (size_t)(scan.token.p - begin)};
			begin = here + 1;
		}
		if (scan.kind == SQL_END)
			return;
	}
}

/* --- views --- */

/* The check that met them has their statements in its message: which are they? */
static void find_views(struct looking *looking, struct str message)
{
	struct outlook *outlook = looking->outlook;
	struct binding text = {.name = STR("bfc_message"), .value = message};
	struct request request = {
	        .sql = STR("SELECT concat(database, '.', name) AS view, "
	                   "formatQuery(create_table_query) AS declaration FROM system.tables "
	                   "WHERE engine = 'MaterializedView' AND position({bfc_message:String}, "
	                   "concat(database, '.', name, ' (', create_table_query, ')')) > 0 "
	                   "ORDER BY view"),
	        .params = &text,
	        .param_count = 1};
	struct outcome outcome;

	if (str_find(message, STR(" (CREATE MATERIALIZED VIEW ")) < 0 ||
	    !look_ask(looking, &request, 0, &outcome))
		return;
	for (size_t row = 0; outcome.kind == OUTCOME_OK && row < outcome.reply.row_count; row++)
		*list_add(&outlook->arena, &outlook->views) = (struct outlook_view){
		        look_keep(looking, reply_value(&outcome.reply, row, 0)),
		        look_keep(looking, reply_value(&outcome.reply, row, 1))};
	outcome_release(&outcome);
}

/* --- asserts and probes --- */

static void take_verdict(struct looking *looking, const struct reply *reply,
                         struct outlook_check *check)
{
	const struct str *value =
	        reply->row_count == 1 && reply->column_count ? reply->values : NULL;

	if (value && (str_is(*value, "1") || str_is(*value, "true"))) {
		check->state = CHECK_HOLDS;
		return;
	}
	check->state = CHECK_FAILS;
	if (value && reply->column_count > 1)
		check->message = look_keep(looking, value[1]);
}

/* DATABASE.TABLE behind FROM or JOIN, other than one of system's: it was there, or there would be
 * no answer. */
static bool reads_rows(struct str sql)
{
	struct inspect_scan scan = {.text = sql};
	bool from = false;

	for (look_next(&scan); scan.kind != SQL_END; look_next(&scan)) {
		struct inspect_scan ahead = scan;

		look_next(&ahead);
		if (from && (scan.kind == SQL_WORD || scan.kind == SQL_QUOTED) &&
		    ahead.kind == SQL_OTHER && ahead.token.p[0] == '.' &&
		    !str_is(scan.token, "system"))
			return true;
		from = scan.kind == SQL_WORD &&
		       (str_ieq(scan.token, STR("FROM")) || str_ieq(scan.token, STR("JOIN")));
	}
	return false;
}

/*
 * It looks in the system's tables for tables that apply makes before it asks, and none of these is
 * there yet: it was asked about nothing. What it says of rows holds now.
 */
static bool asked_of_nothing(const struct looking *looking, const struct step *step)
{
	const struct outlook *outlook = looking->outlook;
	size_t absent = 0;

	if (reads_rows(step->sql))
		return false;
	for (size_t i = 0; i < step->dep_count; i++) {
		const struct step *dep = outlook->graph->steps[step->deps[i]];

		for (size_t k = 0; k < outlook->objects.count; k++) {
			if (outlook->objects.items[k].step != dep)
				continue;
			if (outlook->objects.items[k].present)
				return false;
			if (str_find(step->sql, outlook->objects.items[k].name) >= 0)
				absent++;
		}
	}
	return absent > 0;
}

/* Of a finished migration what can still be wrong is what it declares, and views that came since. */
void look_assert(struct looking *looking, size_t at)
{
	static const char grant[] = "CHECK GRANT ";
	struct outlook *outlook = looking->outlook;
	const struct step *step = outlook->graph->steps[at];
	struct outlook_check check = {.step = step};
	struct outcome outcome;
	size_t views = outlook->views.count;
	bool finished = outlook->state == OUTLOOK_FINISHED, unsure, twins;

	check.grants = str_starts(step->sql, STR("CHECK GRANT "));
	twins = compares_twins(looking, step, &unsure);
	check.drift = twins || str_starts(step->id, STR("ensure.table.")) ||
	              str_starts(step->id, STR("ensure.views."));
	if (!check.drift &&
	    (finished ? step->when != WHEN_EVERY_RUN || check.grants || step->use_count
	              : look_done_before(looking, step)))
		return;
	if (unsure) {
		check.state = CHECK_UNSEEN;
	} else if (look_hangs_on_chunks(looking, at) || look_behind_guard(looking, at)) {
		check.state = CHECK_LATER;
	} else if (look_ask_step(looking, step, twins ? twin_sql(looking, step->sql) : step->sql,
	                         check.grants ? LOOK_MAY_WRITE : 0, &outcome, &check)) {
		take_verdict(looking, &outcome.reply, &check);
		outcome_release(&outcome);
		if (check.state == CHECK_FAILS && !check.grants &&
		    asked_of_nothing(looking, step)) {
			check.state = CHECK_LATER;
			check.message = STR("its tables do not exist yet");
		}
		if (check.state == CHECK_FAILS && check.grants)
			split_grants(looking, (struct str){step->sql.p + sizeof(grant) - 1,
			                                   step->sql.n - sizeof(grant) + 1});
		else if (check.state == CHECK_FAILS)
			find_views(looking, check.message);
	}
	if (finished && !check.drift && outlook->views.count == views)
		return;
	*list_add(&outlook->arena, &outlook->checks) = check;
}
