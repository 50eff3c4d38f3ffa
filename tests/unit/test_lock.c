/* One run at a time; see lock.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "fake_world.h"

static int setup(void **state)
{
	struct fake_world *world = xmalloc(sizeof(*world));

	fake_world_init(world, 2, 1);
	*state = world;
	return 0;
}

static int teardown(void **state)
{
	fake_world_release(*state);
	free(*state);
	return 0;
}

/* Dies in its middle, so that its lock is left. */
static struct fake_table *leave_lock(struct fake_world *world)
{
	struct exec_result result;

	fake_world_apply(world, (struct fake_fault){.kind = FAULT_CLIENT_DIES, .at = 30}, &result);
	exec_result_release(&result);
	assert_int_equal(fake_server_locks(&world->server), 1);
	for (size_t i = 0; i < world->server.tables.count; i++) {
		if (str_starts(world->server.tables.items[i]->name, STR("lock_")))
			return world->server.tables.items[i];
	}
	return NULL;
}

static void expect_exit(struct fake_world *world, enum exec_exit how, const char *needle)
{
	struct exec_result result;

	fake_world_apply(world, (struct fake_fault){.kind = FAULT_NONE}, &result);
	if (result.exit != how || (needle && str_find(result.text, str_of(needle)) < 0))
		fail_msg("exit %d, '%.*s'", result.exit, STR_ARG(result.text));
	exec_result_release(&result);
}

static void expect_all_there(struct fake_world *world)
{
	char why[200];

	if (!fake_server_is_right(&world->server, why, sizeof(why)))
		fail_msg("%s", why);
	assert_int_equal(fake_server_locks(&world->server), 0);
	assert_int_equal(fake_server_staged(&world->server), 0);
}

static void test_live_holder_refuses(void **state)
{
	/* The lock names this process, which lives. */
	leave_lock(*state);
	expect_exit(*state, EXEC_LOCKED, "is being run by");
	expect_exit(*state, EXEC_LOCKED, "pid ");
}

static void test_stale_holder_is_outbid(void **state)
{
	struct fake_world *world = *state;
	struct fake_table *lock = leave_lock(world);

	lock->touched_ms = world->server.now_ms - 60000;
	expect_exit(world, EXEC_LOCKED, NULL);
	lock->touched_ms = world->server.now_ms - 61000;
	expect_exit(world, EXEC_DONE, NULL);
	expect_all_there(world);
}

/* The same machine, the same pid, but another process by now: no need to wait. */
static void test_dead_holder_is_outbid_at_once(void **state)
{
	struct fake_world *world = *state;
	struct fake_table *lock = leave_lock(world);
	ptrdiff_t at = str_find(lock->comment, STR("\"start\":\""));
	char *text = arena_strdup(&world->arena, lock->comment);

	assert_true(at > 0);
	text[at + 9] = text[at + 9] == '1' ? '2' : '1';
	lock->comment = str_of(text);
	expect_exit(world, EXEC_DONE, NULL);
	expect_all_there(world);
}

static void test_garbage_is_a_live_holder_while_young(void **state)
{
	struct fake_world *world = *state;
	struct fake_table *lock = leave_lock(world);

	lock->comment = STR("[1, {}");
	expect_exit(world, EXEC_LOCKED, "an unknown holder");
	fake_server_advance(&world->server, 61000);
	expect_exit(world, EXEC_DONE, NULL);
	expect_all_there(world);
}

/* Another --journal-database: neither a second run at once, nor the same history again. */
static void test_another_journal(void **state)
{
	struct fake_world *world = *state;

	world->server.elsewhere = STR("Lother\nJx");
	world->server.elsewhere_state = STR("");
	expect_exit(world, EXEC_LOCKED, "in the database 'other'");
	world->server.elsewhere = STR("Jx");
	world->server.elsewhere_state = STR("stopped");
	expect_exit(world, EXEC_BAD_INPUT, "--journal-database x");
	assert_int_equal(fake_server_locks(&world->server), 0);
	world->server.elsewhere_state = STR("aborted");
	expect_exit(world, EXEC_DONE, NULL);
	expect_all_there(world);
}

/* What is ours goes on, whatever an old journal elsewhere says. */
static void test_our_journal_goes_on(void **state)
{
	struct fake_world *world = *state;

	leave_lock(world)->touched_ms = world->server.now_ms - 61000;
	world->server.elsewhere = STR("Jx");
	world->server.elsewhere_state = STR("finished");
	expect_exit(world, EXEC_DONE, NULL);
	expect_all_there(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(test_live_holder_refuses, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_stale_holder_is_outbid, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_dead_holder_is_outbid_at_once, setup,
	                                        teardown),
	        cmocka_unit_test_setup_teardown(test_garbage_is_a_live_holder_while_young, setup,
	                                        teardown),
	        cmocka_unit_test_setup_teardown(test_another_journal, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_our_journal_goes_on, setup, teardown),
	};

	return cmocka_run_group_tests_name("lock", tests, NULL, NULL);
}
