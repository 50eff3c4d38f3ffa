/* Every order of a run's events, and every fault among them; see explore.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "explore.h"

/* `make check-faults` sets it, to how many times as many: all that `make check` has no time for. */
static size_t times(void)
{
	const char *text = getenv("BFC_ORDERS");
	size_t n = text ? strtoul(text, NULL, 10) : 1;

	return n ? n : 1;
}

static bool wide(void)
{
	return times() > 1;
}

/* BFC_ORDERS_ONLY=name: one of them, for who looks for something. */
static void explore(struct explore plan)
{
	bool good;

	plan.limit *= times();
	good = explore_all(&plan);

	print_message("%zu runs, %zu states, %zu ends, %zu paths left\n", plan.runs, plan.states,
	              plan.ends, plan.left);
	if (!good)
		fail_msg("%s", plan.why);
}

/* All of them: the client dies in each state, and what it had sent arrives or not. */
static void test_orders_and_deaths(void **state)
{
	(void)state;
	explore((struct explore){.chunks = 2, .workers = 2, .apart = wide()});
}

/* … and in each state of the run that resumes it. */
static void test_deaths_of_resumes(void **state)
{
	(void)state;
	explore((struct explore){.chunks = 2, .workers = 2, .deaths = 2, .limit = 2500});
}

/* … or it arrives in the middle of the next run. */
static void test_late_requests(void **state)
{
	(void)state;
	explore((struct explore){.chunks = 2, .workers = 2, .late = wide() ? 1 : 5, .limit = 700});
}

/* Chunks that don't fit: halves in their place, whatever dies in between. */
static void test_splits(void **state)
{
	(void)state;
	explore((struct explore){.chunks = 2,
	                         .workers = 2,
	                         .memory_rows = 5,
	                         .late = wide() ? 7 : 0,
	                         .apart = wide(),
	                         .limit = 1500});
}

static void test_splits_of_splits(void **state)
{
	(void)state;
	explore((struct explore){
	        .chunks = 1, .workers = 2, .memory_rows = 3, .faults = 1, .limit = 700});
}

/* A fault while both live, in every order; then a death on top of it. */
static void test_a_fault(void **state)
{
	(void)state;
	/* All there is takes 170,000 runs, a minute and a half. */
	explore((struct explore){.chunks = 2,
	                         .workers = 2,
	                         .faults = 1,
	                         .refused = 241,
	                         .limit = wide() ? 0 : 1500});
}

static void test_two_faults(void **state)
{
	(void)state;
	explore((struct explore){.chunks = 2,
	                         .workers = 2,
	                         .faults = 2,
	                         .refused = 241,
	                         .apart = true,
	                         .limit = 800});
}

/* `publish at end`: gathered, then one run of moves. */
static void test_hold(void **state)
{
	(void)state;
	explore((struct explore){.plan = FAKE_HOLD,
	                         .chunks = 2,
	                         .workers = 2,
	                         .aborts = true,
	                         .apart = wide(),
	                         .limit = 3000});
}

static void test_hold_a_fault(void **state)
{
	(void)state;
	explore((struct explore){.plan = FAKE_HOLD,
	                         .chunks = 2,
	                         .workers = 2,
	                         .memory_rows = 5,
	                         .faults = 1,
	                         .deaths = 2,
	                         .aborts = true,
	                         .limit = 1000});
}

/* `using direct unsafe`: nothing that may be in is sent again before a person has said so. */
static void test_direct(void **state)
{
	(void)state;
	explore((struct explore){.plan = FAKE_DIRECT,
	                         .chunks = 2,
	                         .workers = 2,
	                         .faults = 1,
	                         .refused = 202,
	                         .aborts = true,
	                         .apart = wide(),
	                         .limit = 1500});
}

/* `pause_and_attach`: rows come, whenever they may; ingest goes on at each end. */
static void test_pause(void **state)
{
	(void)state;
	explore((struct explore){.plan = FAKE_PAUSE,
	                         .chunks = 1,
	                         .workers = 1,
	                         .inserts = 1,
	                         .aborts = true,
	                         .limit = 4000});
}

static void test_pause_and_faults(void **state)
{
	(void)state;
	explore((struct explore){.plan = FAKE_PAUSE,
	                         .chunks = 2,
	                         .workers = 1,
	                         .inserts = 2,
	                         .faults = 2,
	                         .deaths = 2,
	                         .aborts = true,
	                         .resumed = true,
	                         .limit = 1500});
}

/* Who sleeps while another takes over does no harm when it wakes. */
static void test_sleepers(void **state)
{
	(void)state;
	for (enum fake_plan plan = FAKE_DUPLICATE; plan <= FAKE_PAUSE; plan++) {
		if (plan != FAKE_DIRECT)
			explore((struct explore){.plan = plan,
			                         .chunks = 2,
			                         .workers = 2,
			                         .sleeps = 1,
			                         .limit = 400});
	}
}

/* … nor when it was an abort: rows of the sleeper's that had the abort's epoch would be void with it. */
static void test_sleepers_given_up(void **state)
{
	(void)state;
	explore((struct explore){.chunks = 1,
	                         .workers = 1,
	                         .deaths = 2,
	                         .sleeps = 1,
	                         .gives_up = true,
	                         .limit = 1000});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_orders_and_deaths),
	        cmocka_unit_test(test_deaths_of_resumes),
	        cmocka_unit_test(test_late_requests),
	        cmocka_unit_test(test_splits),
	        cmocka_unit_test(test_splits_of_splits),
	        cmocka_unit_test(test_a_fault),
	        cmocka_unit_test(test_two_faults),
	        cmocka_unit_test(test_hold),
	        cmocka_unit_test(test_hold_a_fault),
	        cmocka_unit_test(test_direct),
	        cmocka_unit_test(test_pause),
	        cmocka_unit_test(test_pause_and_faults),
	        cmocka_unit_test(test_sleepers),
	        cmocka_unit_test(test_sleepers_given_up),
	};

	cmocka_set_test_filter(getenv("BFC_ORDERS_ONLY"));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
