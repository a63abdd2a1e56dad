/* Classes of MySQL errors and places in statements; messages are those of MariaDB 10.11 and of MySQL 8.0's manual. */
#include "base/error.h"
#include "driver/mysql/mysql_internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static void numbers_have_classes(void **state)
{
	(void)state;
	assert_int_equal(iw_mysql_error_class(1205, "", false), IW_ERROR_LOCK);
	assert_int_equal(iw_mysql_error_class(1213, "", false), IW_ERROR_LOCK);
	assert_int_equal(iw_mysql_error_class(3572, "", false), IW_ERROR_LOCK);
	assert_int_equal(iw_mysql_error_class(2013, "", false), IW_ERROR_LOST);
	assert_int_equal(iw_mysql_error_class(1053, "", false), IW_ERROR_LOST);
	assert_int_equal(iw_mysql_error_class(1142, "", false), IW_ERROR_RIGHTS);
	assert_int_equal(iw_mysql_error_class(1021, "", false), IW_ERROR_RESOURCE);
	assert_int_equal(iw_mysql_error_class(1317, "", false), IW_ERROR_INTERRUPTED);
	assert_int_equal(iw_mysql_error_class(1146, "", false), IW_ERROR_STATEMENT);
}

static void the_same_number_means_another_thing_at_login(void **state)
{
	(void)state;
	assert_int_equal(iw_mysql_error_class(1045, "", false), IW_ERROR_RIGHTS);
	assert_int_equal(iw_mysql_error_class(1045, "", true), IW_ERROR_CONNECT);
	assert_int_equal(iw_mysql_error_class(1049, "", true), IW_ERROR_CONNECT);
	assert_int_equal(iw_mysql_error_class(2003, "", true), IW_ERROR_CONNECT);
	assert_int_equal(iw_mysql_error_class(2013, "", true), IW_ERROR_CONNECT);
	assert_int_equal(iw_mysql_error_class(1040, "", true), IW_ERROR_RESOURCE);
	assert_int_equal(iw_mysql_error_class(1044, "", true), IW_ERROR_RIGHTS);
}

static void a_full_disk_inside_another_error_is_a_resource_error(void **state)
{
	(void)state;
	const char *engine = "Got error 28 \"No space left on device\" from storage engine InnoDB";
	const char *create = "Can't create table `d`.`t` (errno: 28 \"No space left on device\")";
	const char *key = "Can't create table `d`.`t` (errno: 150 \"Foreign key constraint is incorrectly formed\")";
	assert_int_equal(iw_mysql_error_class(1030, engine, false), IW_ERROR_RESOURCE);
	assert_int_equal(iw_mysql_error_class(1005, create, false), IW_ERROR_RESOURCE);
	assert_int_equal(iw_mysql_error_class(1005, key, false), IW_ERROR_STATEMENT);
}

#define SYNTAX                                                                                                         \
	"You have an error in your SQL syntax; check the manual that corresponds to your MariaDB server version for "  \
	"the right syntax to use near "

static void a_syntax_error_is_placed_by_what_follows_it(void **state)
{
	(void)state;
	const char *sql = "CREATE TABLE t (\n  a int,\n  b intt x)";
	assert_int_equal(iw_mysql_error_offset(sql, SYNTAX "'x)' at line 3"), (int)(strstr(sql, "x)") - sql));
	assert_int_equal(iw_mysql_error_offset("SELECT (", SYNTAX "'' at line 1"), 8);
	assert_int_equal(iw_mysql_error_offset("SELEC 'a'", SYNTAX "'SELEC 'a'' at line 1"), 0);
}

static void a_cut_text_is_placed_only_when_it_is_unique_on_its_line(void **state)
{
	(void)state;
	const char *unique = "SELECT 1;\nFOO aaaaaaaaaa bbbbbbbbbb";
	assert_int_equal(iw_mysql_error_offset(unique, SYNTAX "'FOO aaaaaaaaaa' at line 2"), 10);
	assert_int_equal(iw_mysql_error_offset("a a a b", SYNTAX "'a ' at line 1"), -1);
	assert_int_equal(iw_mysql_error_offset("a b", "Table 'd.a' doesn't exist"), -1);
}

static void literals_hold_in_every_sql_mode(void **state)
{
	(void)state;
	g_autoptr(iw_arena) arena = iw_arena_new();
	assert_string_equal(iw_mysql_literal(arena, "it's"), "'it''s'");
	assert_string_equal(iw_mysql_literal(arena, ""), "''");
	assert_string_equal(iw_mysql_literal(arena, "a\\'"), "_utf8mb4 x'615c27'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_have_classes),
		cmocka_unit_test(the_same_number_means_another_thing_at_login),
		cmocka_unit_test(a_full_disk_inside_another_error_is_a_resource_error),
		cmocka_unit_test(a_syntax_error_is_placed_by_what_follows_it),
		cmocka_unit_test(a_cut_text_is_placed_only_when_it_is_unique_on_its_line),
		cmocka_unit_test(literals_hold_in_every_sql_mode),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
