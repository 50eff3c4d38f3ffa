/* outlook.c: what `bfc apply` would do now: the order of questions, and the verdict. */
#include "runtime/outlook_internal.h"

/* --- journal and lock --- */

static bool journal_absent(const struct outcome *outcome)
{
	return outcome->kind == OUTCOME_EXCEPTION && (outcome->code == 60 || outcome->code == 81);
}

/* The answer to one of the journal's questions; false when there is none. */
static bool ask_journal(struct looking *looking, struct str sql, struct outcome *outcome)
{
	struct exec *exec = looking->exec;
	struct request request = {.sql = sql};

	if (!look_ask(looking, &request, 0, outcome))
		return false;
	if (outcome->kind == OUTCOME_OK)
		return true;
	if (outcome->code == 497) {
		looking->outlook->state = OUTLOOK_UNKNOWN;
		look_unseen(looking, "the journal %.*s, so what is done is not known: %.*s",
		            STR_ARG(exec->journal.table), STR_ARG(look_reason(looking, outcome)));
	} else if (!journal_absent(outcome)) {
		exec_stop(exec, EXEC_STOPPED, "can't read the journal at %.*s: %.*s",
		          STR_ARG(exec->transport->name(exec->transport->state)),
		          STR_ARG(exec_explain(exec, outcome)));
	}
	outcome_release(outcome);
	return false;
}

static void read_journal(struct looking *looking)
{
	struct exec *exec = looking->exec;
	struct outlook *outlook = looking->outlook;
	struct journal_facts facts = {0};
	struct outcome outcome;
	bool ok;

	if (!ask_journal(looking, journal_past_sql(exec), &outcome))
		return;
	ok = journal_read_past(exec, &outcome.reply, &exec->past);
	outcome_release(&outcome);
	/* One that was given up counts for nothing, but for the views that it may have left. */
	if (!ok || (!exec->past.any && !exec->past.void_epoch))
		return;
	if (exec->past.any) {
		outlook->state = exec->past.finished ? OUTLOOK_FINISHED : OUTLOOK_BEGUN;
		outlook->other_plan = !str_eq(exec->past.plan, exec->plan);
	}
	if (!ask_journal(looking, journal_history_sql(exec), &outcome))
		return;
	journal_read_all(exec, &outcome.reply, &facts, &exec->past);
	outcome_release(&outcome);
}

static void read_lock(struct looking *looking)
{
	struct outlook *outlook = looking->outlook;
	struct lock *lock = &looking->exec->lock;

	if (looking->exec->stopping || !lock_list(lock) || !lock->seen.count)
		return;
	outlook->holder = look_keep(looking, lock->seen.items[0].describe);
	outlook->holder_dead = !lock->seen.items[0].alive;
}

/* --- what is there --- */

/* A table that is dropped at the end. */
static bool is_staged(struct looking *looking, struct str name)
{
	struct str begin = look_printf(looking, "bfc_%s_", looking->outlook->graph->tag);

	return str_starts(name, begin);
}

/* Behind IF NOT EXISTS; false: makes nothing that has a name. */
static bool read_object(struct looking *looking, const struct step *step,
                        struct outlook_object *object)
{
	struct inspect_scan scan = {.text = step->sql};
	struct arena *arena = &looking->outlook->arena;
	struct str kind = STR("");

	for (look_next(&scan); scan.kind == SQL_WORD && !str_ieq(scan.token, STR("IF"));
	     look_next(&scan))
		kind = scan.token;
	for (int word = 0; word < 3; word++) /* IF NOT EXISTS */
		look_next(&scan);
	if (scan.kind != SQL_WORD && scan.kind != SQL_QUOTED)
		return false;
	/* Its name is not known yet. */
	if (str_find(step->sql, STR(":Identifier}")) >= 0)
		return false;
	object->kind = str_ieq(kind, STR("VIEW"))       ? STR("view")
	               : str_ieq(kind, STR("DATABASE")) ? STR("database")
	                                                : STR("table");
	object->name = inspect_meaning(scan.token, arena);
	look_next(&scan);
	if (scan.kind != SQL_OTHER || scan.token.p[0] != '.')
		return true;
	look_next(&scan);
	object->database = object->name;
	object->name = inspect_meaning(scan.token, arena);
	return true;
}

static bool look_present(struct looking *looking, struct outlook_object *object)
{
	struct binding names[] = {{.name = STR("bfc_database"), .value = object->database},
	                          {.name = STR("bfc_name"), .value = object->name}};
	struct str text, why;

	if (!look_text(looking,
	               object->database.n
	                       ? STR("SELECT toString(count()) FROM system.tables WHERE database = "
	                             "{bfc_database:String} AND name = {bfc_name:String}")
	                       : STR("SELECT toString(count()) FROM system.databases WHERE name = "
	                             "{bfc_name:String}"),
	               names + !object->database.n, object->database.n ? 2 : 1, &text, &why))
		return false;
	object->present = !str_is(text, "0");
	return true;
}

/* What a user may not see, system.tables does not list: it would look as if it were not there. */
static void look_visible(struct looking *looking, struct str database)
{
	struct binding name = {.name = STR("bfc_name"), .value = database};
	struct str text, why;

	if (look_text(looking, STR("CHECK GRANT SHOW TABLES ON {bfc_name:Identifier}.*"), &name, 1,
	              &text, &why) &&
	    str_is(text, "0"))
		look_unseen(looking,
		            "all of database %.*s: this user may not list its tables, so what is "
		            "called missing may be there",
		            STR_ARG(database));
}

static void look_objects(struct looking *looking)
{
	const struct graph *graph = looking->outlook->graph;
	struct outlook *outlook = looking->outlook;

	for (size_t i = 0; i < graph->database_count; i++)
		look_visible(looking, graph->databases[i]);
	for (size_t i = 0; i < graph->step_count && !looking->exec->stopping; i++) {
		const struct step *step = graph->steps[i];
		struct outlook_object object = {.step = step};

		if (step->kind != STEP_RUN || step->repeat != REPEAT_IF_NOT_EXISTS ||
		    !read_object(looking, step, &object) || is_staged(looking, object.name) ||
		    !look_present(looking, &object))
			continue;
		*list_add(&outlook->arena, &outlook->objects) = object;
	}
}

/* --- steps --- */

bool look_done_before(const struct looking *looking, const struct step *step)
{
	const struct journal_entry *entry =
	        journal_find(&looking->exec->journal, step->id, STR(""));

	return step->when == WHEN_ONCE && entry && entry->state == JOURNAL_DONE;
}

/* It hangs on chunks that are not done: what is asked now is not what apply will see then. */
bool look_hangs_on_chunks(struct looking *looking, size_t at)
{
	const struct step *step = looking->outlook->graph->steps[at];

	for (size_t i = 0; i < step->dep_count; i++) {
		if (looking->later[step->deps[i]])
			return true;
	}
	return false;
}

static struct str pin_text(struct looking *looking, const struct step *step,
                           const struct pinned *pinned)
{
	struct buf buf;
	struct str text;

	if (!step->one_row)
		return look_printf(looking, "%zu rows", pinned->row_count);
	buf_init(&buf, BUF_CEILING_OUTPUT);
	for (size_t i = 0; i < pinned->column_count; i++)
		buf_addf(&buf, "%s%.*s = %.*s", i ? ", " : "", STR_ARG(pinned->columns[i]),
		         STR_ARG(pinned->values[i]));
	text = look_keep(looking, buf_str(&buf));
	buf_release(&buf);
	return text;
}

/* An assert that guards its value, `b1.split.known` that of `b1.split`, said no. */
static bool is_guarded(const struct looking *looking, const struct step *step)
{
	const struct outlook *outlook = looking->outlook;

	for (size_t i = 0; i < outlook->checks.count; i++) {
		const struct outlook_check *check = &outlook->checks.items[i];

		if (check->state != CHECK_HOLDS && str_starts(check->step->id, step->id))
			return true;
	}
	return false;
}

/* Between what opens a guard and what closes it, not done yet: true only then, ingest runs now. */
static bool is_in_guard(const struct looking *looking, size_t at)
{
	const struct graph *graph = looking->outlook->graph;

	for (size_t i = 0; i < graph->guard_count; i++) {
		const struct guard *guard = &graph->guards[i];
		bool inside = false;

		for (size_t k = 0; k <= at; k++) {
			const struct step *step = graph->steps[k];

			if (k == at && inside)
				return !look_done_before(looking, graph_find(graph, guard->closes));
			inside = (inside || str_eq(step->id, guard->first)) &&
			         !str_eq(step->id, guard->closes);
		}
	}
	return false;
}

bool look_behind_guard(const struct looking *looking, size_t at)
{
	const struct step *step = looking->outlook->graph->steps[at];

	if (is_in_guard(looking, at))
		return true;
	for (size_t i = 0; i < step->dep_count; i++) {
		if (looking->guarded[step->deps[i]])
			return true;
	}
	return false;
}

/*
 * `CREATE TABLE IF NOT EXISTS db.{snapshot:Identifier} AS db.source`, and it is not filled yet: what
 * reads the snapshot is asked of its source, which has the same rows now, or fewer.
 */
static void stand_in(struct looking *looking, const struct step *step)
{
	struct outlook *outlook = looking->outlook;
	ptrdiff_t open = str_find(step->sql, STR(".{"));
	ptrdiff_t close = str_find(step->sql, STR(":Identifier} AS "));
	struct inspect_scan scan;
	struct str param;

	if (!outlook->graph->guard_count || open < 0 || close < open ||
	    outlook->state == OUTLOOK_FINISHED)
		return;
	for (size_t i = 0; i < outlook->graph->guard_count; i++)
		if (look_done_before(looking,
		                     graph_find(outlook->graph, outlook->graph->guards[i].closes)))
			return;
	param = (struct str){step->sql.p + open + 2, (size_t)(close - open) - 2};
	scan = (struct inspect_scan){
	        .text = {step->sql.p + close + strlen(":Identifier} AS "),
	                 step->sql.n - (size_t)close - strlen(":Identifier} AS ")}};
	for (int token = 0; token < 3; token++) /* db . source */
		look_next(&scan);
	scope_set(&looking->exec->scope, param, inspect_meaning(scan.token, &outlook->arena),
	          false);
	/* The name that a probe made up for it is not the one that apply will use. */
	if (outlook->pins.count &&
	    str_eq(outlook->pins.items[outlook->pins.count - 1].step->outputs[0], param) &&
	    !outlook->pins.items[outlook->pins.count - 1].pinned)
		outlook->pins.count--;
}

static void look_probe(struct looking *looking, size_t at)
{
	struct outlook *outlook = looking->outlook;
	const struct step *step = outlook->graph->steps[at];
	struct exec *exec = looking->exec;
	bool before = step->pin == PIN_RUN && look_done_before(looking, step);
	struct outlook_check check = {.step = step};
	const struct pinned *pinned = NULL;
	struct outcome outcome;
	struct str why = STR("");

	if (before) {
		if (pins_from_json(exec, NULL,
		                   journal_find(&exec->journal, step->id, STR(""))->pinned))
			pinned = exec->pins[step->number];
	} else if (outlook->state != OUTLOOK_FINISHED && !look_hangs_on_chunks(looking, at) &&
	           !is_in_guard(looking, at) && !is_guarded(looking, step) &&
	           look_ask_step(looking, step, step->sql, 0, &outcome, &check)) {
		pinned = pins_from_reply(&outlook->arena, step, &outcome.reply, &why);
		outcome_release(&outcome);
		if (!pinned)
			look_unseen(looking, "[%.*s] %.*s: %.*s", STR_ARG(step->id),
			            STR_ARG(step->title), STR_ARG(why));
	}
	if (check.state == CHECK_FAILS)
		*list_add(&outlook->arena, &outlook->checks) = check;
	if (!pinned)
		return;
	exec->pins[step->number] = pinned;
	pins_bind(&exec->scope, step, pinned);
	if (step->pin == PIN_RUN)
		*list_add(&outlook->arena, &outlook->pins) =
		        (struct outlook_pin){step, pin_text(looking, step, pinned), before};
}

static void look_step(struct looking *looking, size_t at)
{
	struct outlook *outlook = looking->outlook;
	const struct step *step = outlook->graph->steps[at];

	looking->later[at] = look_hangs_on_chunks(looking, at);
	looking->guarded[at] = look_behind_guard(looking, at);
	if (step->kind == STEP_ASSERT && step->phase == PHASE_CHECK) {
		outlook->checks_at_end++;
		return;
	}
	if (step->phase == PHASE_FINISH || step->phase == PHASE_CHECK)
		return;
	switch (step->kind) {
	case STEP_RUN:
		if (step->repeat == REPEAT_REPLACES)
			looking->unsure[at] = !twin_add(looking, step);
		else if (step->repeat == REPEAT_IF_NOT_EXISTS)
			stand_in(looking, step);
		break;
	case STEP_ASSERT:
		look_assert(looking, at);
		break;
	case STEP_PROBE:
		look_probe(looking, at);
		break;
	case STEP_EACH:
		if (step->each->kind != EACH_CHUNKS)
			break;
		look_load(looking, step);
		looking->later[at] = looking->later[at] || !look_done_before(looking, step);
		break;
	case STEP_GATE:
		if (!look_done_before(looking, step))
			*list_add(&outlook->arena, &outlook->gates) = step;
		break;
	}
}

/* --- the whole --- */

size_t outlook_count(const struct outlook *outlook, enum check_state state)
{
	size_t count = 0;

	for (size_t i = 0; i < outlook->checks.count; i++)
		count += outlook->checks.items[i].state == state;
	return count;
}

/* What apply would end with, in the order in which it would meet it. */
static void judge(struct looking *looking)
{
	struct outlook *outlook = looking->outlook;
	struct exec *exec = looking->exec;
	size_t failing = outlook_count(outlook, CHECK_FAILS), in_doubt = 0;

	if (exec->stopping)
		return;
	outlook->asked = true;
	for (size_t i = 0; i < outlook->loads.count; i++)
		in_doubt += outlook->loads.items[i].in_doubt;
	if (outlook->other_plan)
		exec_refuse_plan(exec);
	else if (outlook->holder.n && !outlook->holder_dead)
		exec_stop(exec, EXEC_LOCKED, "migration '%.*s' is being run by %.*s",
		          STR_ARG(exec->migration), STR_ARG(outlook->holder));
	else if (in_doubt)
		exec_stop(exec, EXEC_STOPPED, "%zu chunk%s in doubt", in_doubt,
		          in_doubt == 1 ? " is" : "s are");
	else if (failing)
		exec_stop(exec, EXEC_CHECK_FAILED, "%zu check%s", failing,
		          failing == 1 ? " fails" : "s fail");
}

static void start(struct outlook *outlook, struct looking *looking, const struct graph *graph,
                  struct transport *transport, const struct exec_options *options,
                  struct exec_result *result)
{
	struct exec *exec;

	*outlook = (struct outlook){.graph = graph};
	arena_init(&outlook->arena);
	exec = arena_new(&outlook->arena, struct exec);
	*looking = (struct looking){.outlook = outlook, .exec = exec};
	exec_init(exec, transport, options, result, graph->migration);
	exec->graph = graph;
	exec->plan = str_of(graph->hash);
	exec->looks = true;
	outlook->exec = exec;
	exec_bind_params(exec);
	looking->later = arena_array(&outlook->arena, bool, graph->step_count + 1);
	looking->guarded = arena_array(&outlook->arena, bool, graph->step_count + 1);
	looking->unsure = arena_array(&outlook->arena, bool, graph->step_count + 1);
	buf_init(&looking->twins.tables, BUF_CEILING_OUTPUT);
	buf_init(&looking->twins.columns, BUF_CEILING_OUTPUT);
}

static void look(struct looking *looking)
{
	const struct graph *graph = looking->outlook->graph;

	read_journal(looking);
	read_lock(looking);
	if (looking->exec->stopping)
		return;
	look_objects(looking);
	for (size_t i = 0; i < graph->step_count && !looking->exec->stopping; i++)
		look_step(looking, i);
	judge(looking);
}

void outlook_read(struct outlook *outlook, const struct graph *graph, struct transport *transport,
                  const struct exec_options *options, struct exec_result *result)
{
	struct looking looking;

	start(outlook, &looking, graph, transport, options, result);
	look(&looking);
	outlook->bare = looking.exec->bare;
	buf_release(&looking.twins.tables);
	buf_release(&looking.twins.columns);
}

void outlook_release(struct outlook *outlook)
{
	if (outlook->exec)
		exec_release(outlook->exec);
	arena_release(&outlook->arena);
	*outlook = (struct outlook){0};
}
