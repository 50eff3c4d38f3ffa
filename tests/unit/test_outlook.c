/* `bfc plan` on answers that are written here: what is asked, with what, and what comes of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "runtime/outlook_internal.h"
#include "tests/unit/fake_graph.h"

/* Answers to a statement that has `about` in it; the names of its columns first, up to a NULL. */
struct answer {
	const char *about;
	size_t columns;
	const char *const *cells;
	int code; /* an exception in place of rows */
};

struct fake {
	const struct answer *answers;
	const struct request *pending;
	size_t asked, bare, read_only;
	int interrupt_at; /* the question that is never answered, from 1 */
	volatile int interrupted;
	bool no_settings; /* readonly = 1 */
	struct buf sql;
};

static bool is_read_only(const struct request *request)
{
	for (size_t i = 0; i < request->setting_count; i++) {
		if (str_is(request->settings[i].name, "readonly"))
			return str_is(request->settings[i].value, "2");
	}
	return false;
}

static void fake_send(void *state, const struct request *request)
{
	struct fake *fake = state;

	fake->pending = request;
	fake->asked++;
	fake->bare += request->bare;
	fake->read_only += is_read_only(request) || str_starts(request->sql, STR("CHECK GRANT"));
	buf_add(&fake->sql, request->sql);
	buf_addc(&fake->sql, '\n');
}

static void reply_with(struct outcome *outcome, const struct answer *answer)
{
	struct arena *arena = outcome_arena(outcome);
	struct reply *reply = &outcome->reply;
	size_t cells = 0;

	outcome->kind = OUTCOME_OK;
	while (answer->cells[cells])
		cells++;
	reply->column_count = answer->columns;
	reply->columns = arena_array(arena, struct str, answer->columns);
	reply->row_count = cells / answer->columns - 1;
	reply->values = arena_array(arena, struct str, cells);
	for (size_t i = 0; i < cells; i++) {
		struct str text = str_of(answer->cells[i]);

		*(i < answer->columns ? &reply->columns[i] : &reply->values[i - answer->columns]) =
		        text;
	}
}

static bool fake_next(void *state, unsigned wait_ms, struct outcome *outcome)
{
	static const struct answer other = {.code = 60}, readonly = {.code = 164};
	struct fake *fake = state;
	const struct answer *answer = fake->answers;

	(void)wait_ms;
	if (!fake->pending)
		return false;
	if (fake->interrupt_at && fake->asked == (size_t)fake->interrupt_at) {
		fake->interrupted = 1;
		return false;
	}
	*outcome = (struct outcome){.owner = fake->pending->owner};
	while (answer->about && str_find(fake->pending->sql, str_of(answer->about)) < 0)
		answer++;
	if (!answer->about)
		answer = &other;
	if (fake->no_settings && !fake->pending->bare)
		answer = &readonly;
	fake->pending = NULL;
	if (answer->code) {
		outcome_say(outcome, OUTCOME_EXCEPTION,
		            "Code: %d. DB::Exception: me: it says no. (NAME) (version 1)",
		            answer->code);
		outcome->code = answer->code;
	} else {
		reply_with(outcome, answer);
	}
	return true;
}

static uint64_t fake_now(void *state)
{
	return ((struct fake *)state)->asked;
}

static uint32_t fake_random(void *state)
{
	(void)state;
	return 0;
}

static struct str fake_name(void *state)
{
	(void)state;
	return STR("http://fake");
}

struct seen {
	struct fake fake;
	struct arena arena;
	struct graph *graph;
	struct outlook outlook;
	struct exec_result result;
};

static void look(struct seen *seen, const struct answer *answers)
{
	struct transport transport = {.state = &seen->fake,
	                              .send = fake_send,
	                              .next = fake_next,
	                              .now_ms = fake_now,
	                              .random = fake_random,
	                              .name = fake_name};
	struct exec_options options = {.interrupted = &seen->fake.interrupted};

	arena_init(&seen->arena);
	seen->graph = fake_graph_new(&seen->arena, "m", 3, 1);
	seen->fake.answers = answers;
	buf_init(&seen->fake.sql, BUF_CEILING_OUTPUT);
	outlook_read(&seen->outlook, seen->graph, &transport, &options, &seen->result);
}

static void release(struct seen *seen)
{
	outlook_release(&seen->outlook);
	exec_result_release(&seen->result);
	arena_release(&seen->arena);
	buf_release(&seen->fake.sql);
}

static const char *const nothing[] = {"name", NULL};
static const char *const one[] = {"ok", "1", NULL};
static const char *const no_locks[] = {"name", "comment", "age", NULL};
static const struct answer fresh[] = {
        {".journal", 0, NULL, 60},
        {"comment", 3, no_locks, 0},
        {"CHECK GRANT", 1, one, 0},
        {"FROM system.", 1, one, 0},
        {"EXPLAIN", 1, nothing, 0},
        {"SELECT", 1, one, 0},
        {0},
};

static void test_nothing_was_begun(void **state)
{
	struct seen seen = {0};

	(void)state;
	look(&seen, fresh);
	assert_int_equal(seen.result.exit, EXEC_DONE);
	assert_int_equal(seen.outlook.state, OUTLOOK_NEW);
	assert_int_equal(seen.outlook.loads.count, 1);
	/* All but the lock's list, which is a plain SELECT, are asked read-only. */
	assert_true(seen.fake.asked > 2);
	assert_int_equal(seen.fake.read_only, seen.fake.asked - 1);
	assert_int_equal(str_find(buf_str(&seen.fake.sql), STR("CREATE ")), -1);
	assert_int_equal(str_find(buf_str(&seen.fake.sql), STR("INSERT INTO")), -1);
	release(&seen);
}

static void test_may_change_no_setting(void **state)
{
	struct seen seen = {.fake = {.no_settings = true}};

	(void)state;
	look(&seen, fresh);
	assert_int_equal(seen.result.exit, EXEC_DONE);
	assert_true(seen.outlook.bare);
	assert_int_equal(seen.fake.bare, seen.fake.asked - 1);
	release(&seen);
}

static void test_lock_is_held(void **state)
{
	static const char *const held[] = {"name",     "comment", "age", "lock_x_3",
	                                   "not ours", "2",       NULL};
	static const struct answer answers[] = {
	        {".journal", 0, NULL, 60}, {"comment", 3, held, 0}, {"SELECT", 1, one, 0}, {0}};
	struct seen seen = {0};

	(void)state;
	look(&seen, answers);
	assert_int_equal(seen.result.exit, EXEC_LOCKED);
	assert_true(seen.outlook.holder.n && !seen.outlook.holder_dead);
	release(&seen);
}

static void test_journal_hidden_or_newer(void **state)
{
	static const char *const newer[] = {
	        "version", "state", "plan", "epoch", "pinned", "rows", "chunk_epoch", "60000",
	        "started", "p",     "1",    "",      "0",      "0",    NULL};
	static const struct answer hidden[] = {{".journal", 0, NULL, 497},
	                                       {"comment", 3, no_locks, 0},
	                                       {"SELECT", 1, one, 0},
	                                       {0}};
	static const struct answer later[] = {{".journal", 7, newer, 0}, {0}};
	struct seen seen = {0}, other = {0};

	(void)state;
	look(&seen, hidden);
	assert_int_equal(seen.outlook.state, OUTLOOK_UNKNOWN);
	assert_true(seen.outlook.unseen.count >= 1);
	assert_true(str_ends(seen.outlook.unseen.items[0], STR("me: it says no")));
	release(&seen);
	look(&other, later);
	assert_int_equal(other.result.exit, EXEC_STOPPED);
	assert_true(str_find(other.result.text, STR("newer bfc")) > 0);
	release(&other);
}

static void test_interrupted(void **state)
{
	struct seen seen = {.fake = {.interrupt_at = 4}};

	(void)state;
	look(&seen, fresh);
	assert_int_equal(seen.result.exit, EXEC_INTERRUPTED);
	assert_int_equal(seen.fake.asked, 4);
	release(&seen);
}

/* --- a statement's text --- */

static void test_comments_and_strings_are_no_words(void **state)
{
	struct str sql =
	        STR("INSERT INTO t (a) -- SELECT it's\n/* SELECT ' */ SETTINGS x = 'SELECT' "
	            "(SELECT 1) select `SELECT` FROM u");
	struct str found = look_from_word(sql, "SELECT", "WITH");

	(void)state;
	assert_true(str_is(found, "select `SELECT` FROM u"));
	assert_int_equal(look_from_word(STR("a (b SELECT c"), "SELECT", NULL).n, 0);
	assert_int_equal(look_from_word(STR("-- SELECT"), "SELECT", NULL).n, 0);
	assert_int_equal(look_from_word(STR("/* SELECT"), "SELECT", NULL).n, 0);
	assert_int_equal(look_from_word(STR("'SELECT"), "SELECT", NULL).n, 0);
}

static void test_twins_stand_beside_the_server(void **state)
{
	struct outlook outlook = {0};
	struct looking looking = {.outlook = &outlook};
	struct str sql = STR("SELECT 'system.tables' FROM system.tables -- system.tables\n"
	                     "WHERE x IN (SELECT y FROM system . columns) AND system.parts");
	struct str text;

	(void)state;
	arena_init(&outlook.arena);
	buf_init(&looking.twins.tables, BUF_CEILING_OUTPUT);
	buf_init(&looking.twins.columns, BUF_CEILING_OUTPUT);
	assert_true(str_eq(twin_sql(&looking, sql), sql));
	buf_addz(&looking.twins.tables, ", ('d', 't')");
	text = twin_sql(&looking, sql);
	assert_true(str_starts(text, STR("SELECT 'system.tables' FROM (SELECT database, name,")));
	assert_true(str_find(text, STR(", ('d', 't'))) -- system.tables\nWHERE")) > 0);
	assert_true(str_ends(text, STR("FROM system . columns) AND system.parts")));
	buf_addz(&looking.twins.columns, ", ('d', 't', 'c')");
	text = twin_sql(&looking, sql);
	assert_true(str_ends(text, STR(", ('d', 't', 'c')))) AND system.parts")));
	buf_release(&looking.twins.tables);
	buf_release(&looking.twins.columns);
	arena_release(&outlook.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_nothing_was_begun),
	        cmocka_unit_test(test_may_change_no_setting),
	        cmocka_unit_test(test_lock_is_held),
	        cmocka_unit_test(test_journal_hidden_or_newer),
	        cmocka_unit_test(test_interrupted),
	        cmocka_unit_test(test_comments_and_strings_are_no_words),
	        cmocka_unit_test(test_twins_stand_beside_the_server),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
