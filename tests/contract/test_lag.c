/* The contract's `lag`, asked of servers that have no replicas: INCHWORM_TEST_URL as for test_contract.c. Servers with
 * replicas are in tests/cli/test_backfill.py. */
#include "base/error.h"
#include "driver/driver.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { SKIPPED = 77 }; /* what meson takes for "skipped" */

static void a_server_without_replicas_is_behind_nothing(void **state)
{
	(void)state;
	g_autoptr(iw_arena) arena = iw_arena_new();
	const struct iw_url *url = iw_url_parse(arena, getenv("INCHWORM_TEST_URL"), NULL, NULL);
	static const struct iw_open_options options = {.application_name = "contract", .create_database = true};
	g_autoptr(iw_connection) connection = iw_connection_open(url, &options, NULL);
	assert_non_null(connection);
	if (connection->driver->lag == NULL)
		return; /* an engine without replicas */
	GError *error = NULL;
	const struct iw_lag *lag = connection->driver->lag(connection, arena, &error);
	if (lag == NULL)
		fail_msg("%s", error->message);
	assert_int_equal(lag->replicas, 0);
	assert_int_equal(lag->unseen, 0);
	assert_false(lag->is_replica);
	assert_null(lag->broken);
	assert_true(lag->seconds == 0);
	assert_true(lag->sessions >= 0);
	assert_true(url->dialect != IW_POSTGRES || lag->written > 0);
}

int main(void)
{
	const char *url = getenv("INCHWORM_TEST_URL");
	if (url == NULL)
		return SKIPPED;
	if (g_str_has_prefix(url, "fake"))
		return 0; /* no URL is the fake driver's: nothing can be opened */
	const struct CMUnitTest tests[] = {cmocka_unit_test(a_server_without_replicas_is_behind_nothing)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
