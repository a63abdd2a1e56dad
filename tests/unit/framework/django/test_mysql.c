/* What the editor of MySQL and MariaDB knows of servers and of versions of Django. */
#include "framework/django/editor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#define RENAME		"ALTER TABLE %(table)s RENAME COLUMN %(old_column)s TO %(new_column)s"
#define CHANGE		"ALTER TABLE %(table)s CHANGE %(old_column)s %(new_column)s %(type)s"
#define DROP_CHECK	"ALTER TABLE %(table)s DROP CHECK %(name)s"
#define DROP_CONSTRAINT "ALTER TABLE %(table)s DROP CONSTRAINT IF EXISTS %(name)s"

static const struct {
	bool is_mariadb;
	int server, django;
	const char *rename_column, *delete_check;
	bool can_rename_index, checks_by_column, has_checks, has_expression_indexes;
} rows[] = {
	{false, 0, 60100, RENAME, DROP_CHECK, true, true, true, true},
	{false, 80400, 60100, RENAME, DROP_CHECK, true, true, true, true},
	{false, 80013, 42000, RENAME, DROP_CHECK, true, true, false, true},
	{false, 80016, 30200, RENAME, DROP_CHECK, true, true, true, true},
	{false, 50744, 30200, CHANGE, DROP_CHECK, true, true, false, false},
	{false, 80003, 40200, CHANGE, DROP_CHECK, true, true, false, false},
	{true, 0, 60100, RENAME, DROP_CONSTRAINT, true, false, true, false},
	{true, 101119, 50200, RENAME, DROP_CONSTRAINT, true, false, true, false},
	{true, 101119, 40200, RENAME, DROP_CONSTRAINT, true, true, true, false},
	{true, 100501, 50000, CHANGE, DROP_CONSTRAINT, false, true, true, false},
	{true, 100502, 50000, RENAME, DROP_CONSTRAINT, true, false, true, false},
	{true, 100200, 30200, CHANGE, DROP_CONSTRAINT, false, true, false, false},
	{true, 100201, 30200, CHANGE, DROP_CONSTRAINT, false, true, true, false},
};

static void what_is_sent_depends_on_the_server_and_on_django(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(iw_arena) arena = iw_arena_new();
		struct django_context context = {
			.arena = arena,
			.engine = {.dialect = IW_MYSQL, .is_mariadb = rows[i].is_mariadb, .version = rows[i].server},
			.version = rows[i].django};
		const struct django_backend *backend = iw_django_editor_new(&context, NULL, NULL)->backend;
		assert_string_equal(backend->sql.rename_column, rows[i].rename_column);
		assert_string_equal(backend->sql.delete_check, rows[i].delete_check);
		assert_int_equal(backend->can_rename_index, rows[i].can_rename_index);
		assert_int_equal(backend->field_check != NULL, rows[i].checks_by_column);
		assert_int_equal(backend->supports_check_constraints(&context), rows[i].has_checks);
		assert_int_equal(backend->supports_expression_indexes(&context), rows[i].has_expression_indexes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(what_is_sent_depends_on_the_server_and_on_django)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
