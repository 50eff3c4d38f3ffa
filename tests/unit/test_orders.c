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

	print_message("%zu runs, %zu states, %zu ends\n", plan.runs, plan.states, plan.ends);
	if (!good)
		fail_msg("%s", plan.why);
}

static void test_orders_and_deaths(void **state)
{
	(void)state;
	explore((struct explore){.chunks = 2, .workers = 2, .apart = wide()});
}

static void test_a_fault(void **state)
{
	(void)state;
	explore((struct explore){.chunks = 2, .workers = 2, .faults = 1, .refused = 241, .limit = wide() ? 0 : 20000});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_orders_and_deaths),
	        cmocka_unit_test(test_a_fault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
