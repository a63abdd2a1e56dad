/* Replaying statements gives the schema that a database has into which they were run. */
#include "../../sql/sqlite/statements.h"
#include "base/error.h"
#include "driver/driver.h"
#include "model/compare.h"
#include "model/replay.h"
#include "sql/sql.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

/* Runs and replays; fails with the differences. */
static void check(const char *before, const char *text)
{
	g_autoptr(iw_arena) arena = iw_arena_new();
	g_autoptr(GError) error = NULL;
	g_autoptr(iw_connection) connection =
		iw_connection_open(iw_url_parse(arena, ":memory:", NULL, NULL), NULL, NULL);
	g_autofree char *all = g_strconcat(before, text, NULL);
	g_autoptr(iw_source) source = iw_source_from_text(all, strlen(all), "m.sql");
	GPtrArray *statements = iw_read_all(arena, connection->engine, source, NULL, &error);
	iw_schema *replayed = iw_schema_new(arena, connection->engine);
	for (guint i = 0; statements != NULL && i < statements->len; i++) {
		const struct iw_statement *statement = g_ptr_array_index(statements, i);
		if (!iw_execute(connection, statement->text, &error))
			fail_msg("%s\n  run: %s", statement->text, error->message);
		if (!iw_schema_apply_statement(replayed, statement, &error))
			fail_msg("%s\n  replay: %s", statement->text, error->message);
	}
	const iw_schema *inspected = connection->driver->inspect(connection, arena, NULL, &error);
	if (inspected == NULL)
		fail_msg("%s\n  inspect: %s", text, error->message);
	GPtrArray *differences = iw_schema_compare(arena, replayed, inspected, &(struct iw_compare_options){0});
	assert_false(inspected->is_uncertain);
	if (differences->len > 0)
		fail_msg("%s\n  %s", text, iw_difference_text(arena, g_ptr_array_index(differences, 0)));
}

static bool is_schema_change(const char *text)
{
	return g_ascii_strncasecmp(text, "create", 6) == 0 || g_str_has_prefix(text, "DROP") ||
	       g_str_has_prefix(text, "ALTER");
}

static void every_statement_alone(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(valid); i++)
		if (is_schema_change(valid[i]))
			check(setup, valid[i]);
}

static void changes_that_rewrite_other_statements(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"ALTER TABLE users RENAME TO people; ALTER TABLE people RENAME TO users;",
		"CREATE TABLE t(a INT CHECK (a > 0), b INT AS (a + 1), FOREIGN KEY (a) REFERENCES users(id));"
		"CREATE INDEX i ON t(a, lower(a)) WHERE a > 5; ALTER TABLE t RENAME COLUMN a TO \"a b\"; ALTER TABLE "
		"users RENAME COLUMN id TO key;",
		"CREATE TABLE t(self INT REFERENCES t(self)); ALTER TABLE t RENAME TO u;",
		"CREATE TABLE t(a INT, b INT, c INT CHECK (c > 0)); ALTER TABLE t DROP COLUMN b; ALTER TABLE t DROP "
		"COLUMN c;",
		"CREATE TABLE t(a); ALTER TABLE t ADD b INT NOT NULL DEFAULT 5 REFERENCES users(id); ALTER TABLE t ADD "
		"c TEXT CHECK (c <> '');",
		"DROP TABLE posts; CREATE TABLE posts(id INTEGER PRIMARY KEY);",
		"DROP TABLE users;",
	};
	for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
		check(setup, texts[i]);
}

static void table_rebuilds_as_prisma_and_drizzle_write_them(void **state)
{
	(void)state;
	check(setup, "PRAGMA defer_foreign_keys=ON;\nPRAGMA foreign_keys=OFF;\n"
		     "CREATE TABLE \"new_posts\" (\n    \"id\" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,\n    "
		     "\"author\" INTEGER NOT NULL,\n"
		     "    \"created\" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,\n"
		     "    CONSTRAINT \"posts_author_fkey\" FOREIGN KEY (\"author\") REFERENCES \"users\" (\"id\") ON "
		     "DELETE RESTRICT ON UPDATE CASCADE\n);\n"
		     "INSERT INTO \"new_posts\" (\"author\", \"id\") SELECT \"author\", \"id\" FROM \"posts\";\nDROP "
		     "TABLE \"posts\";\n"
		     "ALTER TABLE \"new_posts\" RENAME TO \"posts\";\nCREATE UNIQUE INDEX \"posts_author_key\" ON "
		     "\"posts\"(\"author\");\n"
		     "PRAGMA foreign_keys=ON;\nPRAGMA defer_foreign_keys=OFF;");
	check(setup, "DROP VIEW names;PRAGMA foreign_keys=OFF;--> statement-breakpoint\nCREATE TABLE `__new_users` "
		     "(\n\t`id` integer "
		     "PRIMARY KEY NOT NULL,\n"
		     "\t`email` text(255) NOT NULL,\n\t`at` integer DEFAULT (unixepoch()) NOT NULL,\n\tCONSTRAINT "
		     "\"c\" CHECK(\"__new_users\".\"id\" > 0)\n);\n"
		     "INSERT INTO `__new_users`(\"id\", \"email\") SELECT \"id\", \"email\" FROM `users`;\nDROP TABLE "
		     "`users`;\n"
		     "ALTER TABLE `__new_users` RENAME TO `users`;\nPRAGMA foreign_keys=ON;\nCREATE UNIQUE INDEX "
		     "`users_email_unique` ON `users` (`email`);");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_statement_alone),
		cmocka_unit_test(changes_that_rewrite_other_statements),
		cmocka_unit_test(table_rebuilds_as_prisma_and_drizzle_write_them),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
