/* Every order of a run's events, and every fault among them; see explore.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "explore.h"

/* `make check-faults` sets it: all that `make check` has no time for. */
static bool wide(void)
{
	return getenv("BFC_ORDERS") != NULL;
}

static void explore(struct explore plan)
{
	bool good = explore_all(&plan);

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

/* … or it arrives in the middle of the next run. */
static void test_late_requests(void **state)
{
	(void)state;
	explore((struct explore){
	        .chunks = 2, .workers = 2, .late = wide() ? 1 : 5, .limit = wide() ? 0 : 1500});
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
	                         .limit = wide() ? 300000 : 2500});
}

static void test_splits_of_splits(void **state)
{
	(void)state;
	explore((struct explore){.chunks = 1,
	                         .workers = 2,
	                         .memory_rows = 3,
	                         .faults = 1,
	                         .limit = wide() ? 100000 : 1000});
}

/* A fault while both live, in every order; then a death on top of it. */
static void test_a_fault(void **state)
{
	(void)state;
	explore((struct explore){.chunks = 2,
	                         .workers = 2,
	                         .faults = 1,
	                         .refused = 241,
	                         .limit = wide() ? 300000 : 2000});
}

static void test_two_faults(void **state)
{
	(void)state;
	explore((struct explore){.chunks = 2,
	                         .workers = 2,
	                         .faults = 2,
	                         .refused = 241,
	                         .apart = true,
	                         .limit = wide() ? 100000 : 1500});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_orders_and_deaths),
	        cmocka_unit_test(test_late_requests),
	        cmocka_unit_test(test_splits),
	        cmocka_unit_test(test_splits_of_splits),
	        cmocka_unit_test(test_a_fault),
	        cmocka_unit_test(test_two_faults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
