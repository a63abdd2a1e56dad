/* Lint: every rule's examples, the engine's memory, exemptions, sizes, suppressions. */
#include "base/source.h"
#include "lint/lint.h"
#include "sql/sql.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

struct run {
	iw_arena *arena;
	iw_lint *lint;
	struct iw_migration migration;
};

static void feed(struct run *run, const char *sql, bool report)
{
	struct iw_migration *migration = iw_new(run->arena, struct iw_migration);
	*migration = run->migration;
	g_autoptr(iw_source) source = iw_source_from_text(sql, strlen(sql), "migration.sql");
	g_autoptr(GError) error = NULL;
	/* Statements are freed before the findings are read, as the command does. */
	g_autoptr(iw_arena) arena = iw_arena_new();
	GPtrArray *statements = iw_read_all(arena, run->lint->options.engine, source, NULL, &error);
	if (statements == NULL)
		fail_msg("%s", error->message);
	iw_lint_begin_migration(run->lint, migration, report);
	for (guint i = 0; i < statements->len; i++)
		iw_lint_statement(run->lint, g_ptr_array_index(statements, i));
	iw_lint_end_migration(run->lint);
}

static struct run start(const struct iw_lint_options *options)
{
	struct run run = {.arena = iw_arena_new()};
	run.lint = iw_lint_new(run.arena, options);
	run.migration = (struct iw_migration){.name = "0002_change", .up = {.is_atomic = true, .length = SIZE_MAX}};
	return run;
}

static struct run start_on_version(enum iw_dialect dialect, int version)
{
	return start(&(struct iw_lint_options){.engine = {.dialect = dialect, .version = version}});
}

static struct run start_on(enum iw_dialect dialect)
{
	return start_on_version(dialect, 0);
}

static const struct iw_finding *finding_of(const struct run *run, const char *rule)
{
	for (guint i = 0; i < run->lint->findings->len; i++) {
		const struct iw_finding *finding = g_ptr_array_index(run->lint->findings, i);
		if (strcmp(finding->rule->id, rule) == 0 && finding->suppression == NULL)
			return finding;
	}
	return NULL;
}

static void assert_quiet(const char *setup, const char *sql, enum iw_dialect dialect)
{
	struct run run = start_on(dialect);
	feed(&run, setup, false);
	feed(&run, sql, true);
	for (guint i = 0; i < run.lint->findings->len; i++) {
		const struct iw_finding *finding = g_ptr_array_index(run.lint->findings, i);
		if (finding->suppression == NULL)
			fail_msg("[%s] %s: %s", finding->rule->id, sql, finding->message);
	}
	iw_arena_free(run.arena);
}

static void assert_found(const char *setup, const char *sql, enum iw_dialect dialect, const char *rule)
{
	struct run run = start_on(dialect);
	feed(&run, setup, false);
	feed(&run, sql, true);
	if (finding_of(&run, rule) == NULL)
		fail_msg("no %s for: %s", rule, sql);
	iw_arena_free(run.arena);
}

static bool many_rows(void *data, struct iw_name table, struct iw_table_size *size)
{
	(void)data;
	(void)table;
	*size = (struct iw_table_size){2e9, 1e12};
	return true;
}

/* A rule that is off is asked for; one that wants sizes has them. */
static struct run start_example(const struct iw_rule *rule, const struct iw_rule_example *example)
{
	struct iw_lint_options options = {.engine = {.dialect = example->dialect, .version = example->version}};
	struct run run = {.arena = iw_arena_new()};
	options.severities = iw_arena_hash_table(run.arena, g_str_hash, g_str_equal);
	if (rule->severity == IW_OFF)
		g_hash_table_insert(options.severities, (char *)rule->id, (char *)"warning");
	if (rule->severity_with_sizes != IW_OFF)
		options.size = many_rows;
	run.lint = iw_lint_new(run.arena, &options);
	/* What begins a transaction of its own is not run in one. */
	bool is_atomic = !g_str_has_prefix(example->bad, "BEGIN");
	run.migration =
		(struct iw_migration){.name = "0002_change", .up = {.is_atomic = is_atomic, .length = SIZE_MAX}};
	return run;
}

/* Every example of every rule. The safe SQL of a finding must parse, and must not be what the rule finds. */
static bool example_holds(const struct iw_rule *rule, const struct iw_rule_example *example)
{
	struct run bad = start_example(rule, example);
	struct run good = start_example(rule, example);
	feed(&bad, example->setup, false);
	feed(&bad, example->bad, true);
	feed(&good, example->setup, false);
	feed(&good, example->good, true);
	iw_lint_end(bad.lint);
	iw_lint_end(good.lint);
	bool is_found = finding_of(&bad, rule->id) != NULL;
	bool is_quiet = finding_of(&good, rule->id) == NULL;
	if (!is_found)
		print_error("%s: not found in: %s\n", rule->id, example->bad);
	if (!is_quiet)
		print_error("%s: found in: %s\n", rule->id, example->good);
	iw_arena_free(bad.arena);
	iw_arena_free(good.arena);
	return is_found && is_quiet;
}

static void every_rule_finds_its_bad_example_and_not_its_good_one(void **state)
{
	(void)state;
	bool all = true;
	for (size_t i = 0; iw_rules[i] != NULL; i++)
		for (const struct iw_rule_example *example = iw_rules[i]->examples; example->dialect != IW_DIALECTS;
		     example++)
			all &= example_holds(iw_rules[i], example);
	assert_true(all);
}

static void foreign_keys_are_not_checked_while_the_session_says_so(void **state)
{
	(void)state;
	const char *setup = "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE t (id int PRIMARY KEY, g int, KEY (g));";
	const char *add = "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (g) REFERENCES p (id);";
	static const char *const off[] = {"SET foreign_key_checks = 0;", "SET @@session.FOREIGN_KEY_CHECKS = OFF;",
					  "SET NAMES utf8mb4, foreign_key_checks = 0;"};
	static const char *const on[] = {"SET GLOBAL foreign_key_checks = 0;",
					 "SET foreign_key_checks = 0; SET foreign_key_checks = 1;",
					 "SET foreign_key_checks = 0; SET foreign_key_checks = @old;"};
	for (size_t i = 0; i < G_N_ELEMENTS(off); i++) {
		g_autofree char *sql = g_strconcat(off[i], add, NULL);
		assert_quiet(setup, sql, IW_MYSQL);
	}
	for (size_t i = 0; i < G_N_ELEMENTS(on); i++) {
		g_autofree char *sql = g_strconcat(on[i], add, NULL);
		assert_found(setup, sql, IW_MYSQL, "add-foreign-key-blocking");
	}
}

static void every_kind_of_note_has_its_rule(void **state)
{
	(void)state;
	static const struct {
		enum iw_note_kind kind;
		const char *id;
	} kinds[] = {
#define KIND(kind, rule) {IW_NOTE_##kind, rule},
		IW_NOTE_TABLE(KIND)
#undef KIND
	};
	for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
		const struct iw_rule *rule = iw_rule_find(kinds[i].id);
		assert_non_null(rule);
		assert_int_equal(rule->note, kinds[i].kind);
		assert_non_null(rule->advice);
	}
}

static void a_note_becomes_a_finding_of_the_severity_that_is_wanted(void **state)
{
	(void)state;
	struct run run = start_on(IW_POSTGRES);
	const struct iw_migration migration = {.name = "0003_other"};
	struct iw_code_note note = {.kind = IW_NOTE_DROPPED_BUT_USED, .message = "used", .migration = &migration};
	iw_lint_note(run.lint, &note);
	const struct iw_finding *finding = finding_of(&run, "dropped-but-used");
	assert_non_null(finding);
	assert_int_equal(finding->severity, IW_WARNING);
	assert_string_equal(finding->migration->name, "0003_other");
	g_ptr_array_set_size(run.lint->findings, 0);
	note.is_slight = true;
	iw_lint_note(run.lint, &note);
	assert_int_equal(finding_of(&run, "dropped-but-used")->severity, IW_NOTE);
	iw_arena_free(run.arena);
}

static void rule_ids_are_unique_and_complete(void **state)
{
	(void)state;
	for (size_t i = 0; iw_rules[i] != NULL; i++) {
		const struct iw_rule *rule = iw_rules[i];
		assert_ptr_equal(iw_rule_find(rule->id), rule);
		assert_true(rule->is_of_engine || rule->note != IW_NOTE_NONE || rule->check != NULL ||
			    rule->check_migration != NULL);
		assert_true(rule->is_of_engine || rule->note != IW_NOTE_NONE ||
			    rule->examples[0].dialect != IW_DIALECTS);
		assert_true(rule->dialects != 0 && strlen(rule->why) > 40);
	}
	assert_null(iw_rule_find("no-such-rule"));
}

/* Safe SQL can be pasted: it is read without a syntax error, placeholders in angle brackets aside. */
static bool is_readable(const struct iw_finding *finding, enum iw_dialect dialect)
{
	if (finding->safe_sql == NULL || strchr(finding->safe_sql, '<') != NULL)
		return true;
	g_autoptr(iw_arena) arena = iw_arena_new();
	g_autoptr(iw_source) source = iw_source_from_text(finding->safe_sql, strlen(finding->safe_sql), "safe.sql");
	GPtrArray *statements = iw_read_all(arena, (struct iw_engine){.dialect = dialect}, source, NULL, NULL);
	for (guint i = 0; statements != NULL && i < statements->len; i++) {
		const struct iw_statement *statement = g_ptr_array_index(statements, i);
		if (!statement->is_syntax_error)
			continue;
		print_error("%s: cannot be pasted: %s\n", finding->rule->id, finding->safe_sql);
		return false;
	}
	return statements != NULL && statements->len > 0;
}

static void safe_sql_of_every_example_can_be_parsed(void **state)
{
	(void)state;
	bool all = true;
	for (size_t i = 0; iw_rules[i] != NULL; i++) {
		for (const struct iw_rule_example *example = iw_rules[i]->examples; example->dialect != IW_DIALECTS;
		     example++) {
			struct run run = start_example(iw_rules[i], example);
			feed(&run, example->setup, false);
			feed(&run, example->bad, true);
			for (guint k = 0; k < run.lint->findings->len; k++)
				all &= is_readable(g_ptr_array_index(run.lint->findings, k), example->dialect);
			iw_arena_free(run.arena);
		}
	}
	assert_true(all);
}

static const char USERS[] = "CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);";

static void safe_sql_uses_the_real_names(void **state)
{
	(void)state;
	struct run run = start_on(IW_POSTGRES);
	feed(&run, "CREATE TABLE app.\"User\" (id int, \"fullName\" text);", false);
	feed(&run, "ALTER TABLE app.\"User\" ALTER COLUMN \"fullName\" SET NOT NULL;", true);
	const struct iw_finding *finding = finding_of(&run, "set-not-null-scan");
	assert_non_null(finding);
	assert_string_equal(finding->safe_sql,
			    "ALTER TABLE app.\"User\" ADD CONSTRAINT \"User_fullName_not_null\" CHECK (\"fullName\" IS "
			    "NOT NULL) NOT VALID;\n"
			    "-- in a transaction of its own, reads and writes go on meanwhile:\n"
			    "ALTER TABLE app.\"User\" VALIDATE CONSTRAINT \"User_fullName_not_null\";\n"
			    "-- in a third one (does not read the rows again from PostgreSQL 12 on):\n"
			    "ALTER TABLE app.\"User\" ALTER COLUMN \"fullName\" SET NOT NULL;\n"
			    "ALTER TABLE app.\"User\" DROP CONSTRAINT \"User_fullName_not_null\";");
	iw_arena_free(run.arena);
}

static void tables_of_the_same_migration_are_not_warned_about(void **state)
{
	(void)state;
	assert_quiet("",
		     "CREATE TABLE t (a int, b int);\n"
		     "CREATE INDEX t_a ON t (a);\n"
		     "ALTER TABLE t ADD CONSTRAINT t_b UNIQUE (b);\n"
		     "ALTER TABLE t ALTER COLUMN a SET NOT NULL;\n"
		     "ALTER TABLE t ALTER COLUMN b TYPE bigint;\n"
		     "DROP INDEX t_a;\n"
		     "UPDATE t SET a = 1;",
		     IW_POSTGRES);
	assert_found("CREATE TABLE t (a int);", "CREATE INDEX t_a ON t (a);", IW_POSTGRES, "create-index-blocking");
}

static void brief_catalogue_changes_are_not_findings(void **state)
{
	(void)state;
	assert_quiet(USERS,
		     "ALTER TABLE users ADD COLUMN nick text;\n"
		     "ALTER TABLE users ADD COLUMN active boolean NOT NULL DEFAULT true;\n"
		     "ALTER TABLE users ADD COLUMN at timestamptz NOT NULL DEFAULT now();\n"
		     "ALTER TABLE users ALTER COLUMN age SET DEFAULT 1;\n"
		     "ALTER TABLE users ALTER COLUMN age DROP NOT NULL;\n"
		     "ALTER TABLE users ADD CONSTRAINT c CHECK (age > 0) NOT VALID;\n"
		     "ALTER TABLE users ALTER COLUMN name TYPE varchar;\n"
		     "CREATE TABLE posts (id int, user_id bigint REFERENCES users (id));\n"
		     "CREATE TYPE mood AS ENUM ('a');\n"
		     "COMMENT ON TABLE users IS 'x';\n"
		     "INSERT INTO users (id) VALUES (1);",
		     IW_POSTGRES);
}

static void prisma_table_redefinition_is_not_taken_for_drops_and_renames(void **state)
{
	(void)state;
	assert_quiet("CREATE TABLE \"User\" (\"id\" INTEGER NOT NULL PRIMARY KEY, \"name\" TEXT NOT NULL);",
		     "PRAGMA defer_foreign_keys=ON;\n"
		     "PRAGMA foreign_keys=OFF;\n"
		     "CREATE TABLE \"new_User\" (\"id\" INTEGER NOT NULL PRIMARY KEY, \"name\" TEXT NOT NULL);\n"
		     "INSERT INTO \"new_User\" (\"id\", \"name\") SELECT \"id\", \"name\" FROM \"User\";\n"
		     "DROP TABLE \"User\";\n"
		     "ALTER TABLE \"new_User\" RENAME TO \"User\";\n"
		     "CREATE UNIQUE INDEX \"User_name_key\" ON \"User\"(\"name\");\n"
		     "PRAGMA foreign_keys=ON;\n"
		     "PRAGMA defer_foreign_keys=OFF;",
		     IW_SQLITE);
}

static void foreign_keys_off_outside_a_transaction_protects_the_children(void **state)
{
	(void)state;
	static const char SETUP[] = "CREATE TABLE p (id integer PRIMARY KEY);\n"
				    "CREATE TABLE c (p_id integer REFERENCES p (id) ON DELETE CASCADE);";
	static const char REBUILD[] = "PRAGMA foreign_keys=OFF;\n"
				      "CREATE TABLE new_p (id integer PRIMARY KEY);\n"
				      "INSERT INTO new_p SELECT id FROM p;\n"
				      "DROP TABLE p;\n"
				      "ALTER TABLE new_p RENAME TO p;";
	struct run free = start_on(IW_SQLITE);
	free.migration.up.is_atomic = false;
	feed(&free, SETUP, false);
	feed(&free, REBUILD, true);
	assert_null(finding_of(&free, "sqlite-rebuild-cascade"));
	struct run wrapped = start_on(IW_SQLITE);
	feed(&wrapped, SETUP, false);
	feed(&wrapped, REBUILD, true);
	assert_non_null(finding_of(&wrapped, "sqlite-rebuild-cascade"));
	iw_arena_free(free.arena);
	iw_arena_free(wrapped.arena);
}

static bool sizes(void *data, struct iw_name table, struct iw_table_size *size)
{
	(void)table;
	*size = *(struct iw_table_size *)data;
	return true;
}

static enum iw_severity severity_with_rows(double rows)
{
	struct iw_table_size size = {rows, rows * 100};
	struct run run =
		start(&(struct iw_lint_options){.engine = {.dialect = IW_POSTGRES}, .size = sizes, .size_data = &size});
	feed(&run, USERS, false);
	feed(&run, "CREATE INDEX i ON users (age);", true);
	const struct iw_finding *finding = finding_of(&run, "create-index-blocking");
	enum iw_severity severity = finding == NULL ? IW_OFF : finding->severity;
	if (finding != NULL) {
		assert_true(finding->rows == rows);
		assert_true(finding->seconds > 0);
	}
	iw_arena_free(run.arena);
	return severity;
}

static void empty_tables_are_quiet_and_small_ones_are_notes(void **state)
{
	(void)state;
	assert_int_equal(severity_with_rows(0), IW_OFF);
	assert_int_equal(severity_with_rows(500), IW_NOTE);
	assert_int_equal(severity_with_rows(5e6), IW_WARNING);
}

static void severities_can_be_set_by_rule(void **state)
{
	(void)state;
	g_autoptr(GHashTable) severities = g_hash_table_new(g_str_hash, g_str_equal);
	g_hash_table_insert(severities, (char *)"drop-column", (char *)"error");
	g_hash_table_insert(severities, (char *)"rename-column", (char *)"off");
	struct run run = start(&(struct iw_lint_options){.engine = {.dialect = IW_POSTGRES}, .severities = severities});
	feed(&run, USERS, false);
	feed(&run, "ALTER TABLE users DROP COLUMN age; ALTER TABLE users RENAME COLUMN name TO n;", true);
	assert_int_equal(finding_of(&run, "drop-column")->severity, IW_SEVERE);
	assert_null(finding_of(&run, "rename-column"));
	iw_arena_free(run.arena);
}

static void a_comment_turns_a_rule_off_for_its_statement(void **state)
{
	(void)state;
	assert_quiet(
		USERS,
		"-- inchworm: ignore drop-column nobody has used it since 2019\nALTER TABLE users DROP COLUMN age;",
		IW_POSTGRES);
	assert_found(USERS, "-- inchworm: ignore rename-column\nALTER TABLE users DROP COLUMN age;", IW_POSTGRES,
		     "drop-column");
	assert_quiet(USERS, "-- inchworm: ignore\nALTER TABLE users DROP COLUMN age;", IW_POSTGRES);
}

/* "rule: message / ..." of all findings that are not suppressed, and "(rule: reason)" of those that are. */
static const char *found_in(struct run *run, const char *sql)
{
	g_ptr_array_set_size(run->lint->findings, 0);
	feed(run, sql, true);
	GString *out = g_string_new(NULL);
	for (guint i = 0; i < run->lint->findings->len; i++) {
		const struct iw_finding *finding = g_ptr_array_index(run->lint->findings, i);
		bool is_unused = strstr(finding->rule->id, "suppression") != NULL;
		g_string_append(out, out->len > 0 ? " / " : "");
		if (finding->suppression != NULL)
			g_string_append_printf(out, "(%s: %s)", finding->rule->id,
					       finding->suppression->reason == NULL ? "-"
										    : finding->suppression->reason);
		else
			g_string_append_printf(out, "%s%s%s", finding->rule->id, is_unused ? ": " : "",
					       is_unused ? finding->message : "");
	}
	const char *text = iw_arena_strdup(run->arena, out->str);
	g_string_free(out, TRUE);
	return text;
}

static void comments_turn_off_what_they_stand_before_in_or_behind(void **state)
{
	(void)state;
	static const struct {
		enum iw_dialect dialect;
		const char *sql, *found;
	} cases[] = {
		{IW_POSTGRES, "-- inchworm: ignore drop-column nobody uses it\nALTER TABLE users DROP COLUMN age;",
		 "(drop-column: nobody uses it)"},
		{IW_POSTGRES, "ALTER TABLE users DROP COLUMN age; -- inchworm: ignore drop-column: gone",
		 "(drop-column: gone)"},
		{IW_POSTGRES, "ALTER TABLE users /* inchworm: ignore drop-column (gone) */ DROP COLUMN age;",
		 "(drop-column: gone)"},
		{IW_POSTGRES,
		 "ALTER TABLE users DROP COLUMN age; -- inchworm: ignore drop-column gone\nALTER TABLE users DROP "
		 "COLUMN name;",
		 "(drop-column: gone) / drop-column"},
		{IW_POSTGRES,
		 "-- inchworm: ignore-file drop-column, rename-table old\nALTER TABLE users DROP COLUMN age;\n"
		 "ALTER TABLE users DROP COLUMN name;\nALTER TABLE users RENAME TO people;",
		 "(drop-column: old) / (drop-column: old) / (rename-table: old)"},
		{IW_MYSQL, "# inchworm: ignore drop-column\nALTER TABLE users DROP COLUMN age;", "(drop-column: -)"},
		{IW_SQLITE, "-- inchworm: ignore it is empty everywhere\nALTER TABLE users DROP COLUMN age;",
		 "(drop-column: it is empty everywhere)"},
		/* what ignores nothing */
		{IW_POSTGRES, "SELECT 1;\n-- inchworm: ignore-file drop-column x\nALTER TABLE users ADD COLUMN x int;",
		 "unused-suppression: a comment for the whole file must stand before its first statement"},
		{IW_POSTGRES, "-- inchworm: ignore drop-column\nALTER TABLE users ADD COLUMN x int;",
		 "unused-suppression: this comment ignores drop-column, which is not found in its statement"},
		{IW_POSTGRES, "ALTER TABLE users ADD COLUMN x int;\n-- inchworm: ignore drop-column\n",
		 "unused-suppression: this comment ignores drop-column, which is not found in its statement"},
		{IW_POSTGRES, "-- inchworm: ignore drop-colum gone\nALTER TABLE users DROP COLUMN age;",
		 "unused-suppression: there is no rule \"drop-colum\": did you mean \"drop-column\"? / drop-column"},
		{IW_POSTGRES, "-- inchworm: ignore drop-column, zzz gone\nALTER TABLE users DROP COLUMN age;",
		 "unused-suppression: there is no rule \"zzz\" / drop-column"},
		{IW_POSTGRES, "-- inchworm: ignore\nALTER TABLE users ADD COLUMN x int;",
		 "unused-suppression: nothing is ignored by this comment"},
		{IW_POSTGRES, "SELECT '-- inchworm: ignore drop-column'; ALTER TABLE users DROP COLUMN age;",
		 "drop-column"},
		/* found at the end of the migration, at a statement of before */
		{IW_POSTGRES,
		 "ALTER TABLE users ADD COLUMN x int, ADD COLUMN y int, ADD COLUMN z int;\n-- inchworm: ignore "
		 "mixed-schema-and-data, unbounded-change, "
		 "work-under-lock small\nUPDATE users SET age = 1;",
		 "(unbounded-change: small) / (work-under-lock: small) / (mixed-schema-and-data: small)"},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct run run = start_on(cases[i].dialect);
		feed(&run, USERS, false);
		assert_string_equal(found_in(&run, cases[i].sql), cases[i].found);
		iw_arena_free(run.arena);
	}
}

static void a_reason_can_be_wanted(void **state)
{
	(void)state;
	struct run run = start(&(struct iw_lint_options){.engine = {.dialect = IW_POSTGRES}, .require_reason = true});
	feed(&run, USERS, false);
	assert_string_equal(found_in(&run, "-- inchworm: ignore drop-column\nALTER TABLE users DROP COLUMN age;"),
			    "suppression-without-reason: this comment turns a rule off and does not say why / "
			    "(drop-column: -)");
	iw_arena_free(run.arena);
}

static void comments_for_squawk_count_where_that_is_wanted(void **state)
{
	(void)state;
	static const char SQL[] =
		"/* squawk-ignore ban-drop-column, prefer-robust-stmts */\nALTER TABLE users DROP COLUMN age;\n"
		"-- squawk-ignore renaming-table\nALTER TABLE users DROP COLUMN name;";
	static const char *const FOUND[] = {"drop-column / drop-column",
					    "(drop-column: a comment for squawk) / drop-column"};
	for (size_t i = 0; i < G_N_ELEMENTS(FOUND); i++) {
		struct run run =
			start(&(struct iw_lint_options){.engine = {.dialect = IW_POSTGRES}, .honours_squawk = i == 1});
		feed(&run, USERS, false);
		assert_string_equal(found_in(&run, SQL), FOUND[i]);
		iw_arena_free(run.arena);
	}
}

static const char *fingerprint(struct run *run, const char *sql, guint which)
{
	g_ptr_array_set_size(run->lint->findings, 0);
	feed(run, sql, true);
	return ((const struct iw_finding *)g_ptr_array_index(run->lint->findings, which))->fingerprint;
}

static void fingerprints_stay_when_lines_move_and_tell_findings_apart(void **state)
{
	(void)state;
	struct run run = start_on(IW_POSTGRES);
	feed(&run, "CREATE TABLE a (x int, y int); CREATE TABLE b (x int);", false);
	const char *first = fingerprint(&run, "ALTER TABLE a DROP COLUMN x;", 0);
	run.lint = iw_lint_new(run.arena, &run.lint->options);
	feed(&run, "CREATE TABLE a (x int, y int); CREATE TABLE b (x int);", false);
	const char *moved = fingerprint(
		&run, "-- a comment\n\n  ALTER TABLE b ADD COLUMN z int;\nALTER TABLE a\n  DROP COLUMN x;", 0);
	assert_string_equal(first, moved);
	run.lint = iw_lint_new(run.arena, &run.lint->options);
	feed(&run, "CREATE TABLE a (x int, y int); CREATE TABLE b (x int);", false);
	assert_string_not_equal(first, fingerprint(&run, "ALTER TABLE a DROP COLUMN y;", 0));
	assert_int_equal(strlen(first), 32);
	iw_arena_free(run.arena);
}

static void a_fork_goes_on_from_here_and_leaves_the_other_as_it_is(void **state)
{
	(void)state;
	struct run run = start_on(IW_POSTGRES);
	feed(&run, "CREATE TABLE a (x int);", false);
	g_autoptr(iw_arena) arena = iw_arena_new();
	struct run fork = {.arena = arena, .lint = iw_lint_fork(run.lint, arena), .migration = run.migration};
	assert_string_equal(found_in(&fork, "ALTER TABLE a DROP COLUMN x;"), "drop-column");
	assert_string_equal(found_in(&fork, "ALTER TABLE a DROP COLUMN x;"), "drop-column / would-fail");
	assert_string_equal(found_in(&run, "ALTER TABLE a DROP COLUMN x;"), "drop-column");
	iw_arena_free(run.arena);
}

static void one_statement_sent_as_one_query_is_not_in_a_transaction(void **state)
{
	(void)state;
	struct run run = start_on(IW_POSTGRES);
	run.migration.up.is_one_query = true;
	feed(&run, USERS, false);
	feed(&run, "CREATE INDEX CONCURRENTLY i ON users (age);", true);
	assert_null(finding_of(&run, "concurrently-in-transaction"));
	feed(&run, "CREATE INDEX CONCURRENTLY j ON users (age); CREATE INDEX CONCURRENTLY k ON users (age);", true);
	assert_non_null(finding_of(&run, "concurrently-in-transaction"));
	iw_arena_free(run.arena);
}

static void history_that_is_not_asked_about_is_replayed_and_not_judged(void **state)
{
	(void)state;
	struct run run = start_on(IW_POSTGRES);
	feed(&run, "CREATE TABLE users (id int); DROP TABLE users; CREATE TABLE users (id int);", false);
	assert_int_equal(run.lint->findings->len, 0);
	feed(&run, "ALTER TABLE users ADD COLUMN id int;", true);
	assert_non_null(finding_of(&run, "would-fail"));
	iw_arena_free(run.arena);
}

static void findings_outlive_the_statements_and_the_source(void **state)
{
	(void)state;
	struct run run = start_on(IW_POSTGRES);
	feed(&run, USERS, false);
	feed(&run, "\n\nALTER TABLE users\n  DROP COLUMN age;", true);
	const struct iw_finding *finding = finding_of(&run, "drop-column");
	struct iw_line_column at = iw_source_locate(finding->place.source, finding->place.offset);
	assert_int_equal(at.line, 4);
	assert_string_equal(finding->object, "users.age");
	assert_string_equal(finding->migration->name, "0002_change");
	iw_arena_free(run.arena);
}

static void rules_that_are_off_run_only_where_they_are_asked_for(void **state)
{
	(void)state;
	assert_quiet(USERS, "ALTER TABLE users ADD COLUMN points int; CREATE TABLE t (name varchar(10));", IW_POSTGRES);
	g_autoptr(GHashTable) severities = g_hash_table_new(g_str_hash, g_str_equal);
	g_hash_table_insert(severities, (char *)"prefer-text", (char *)"error");
	struct run run = start(&(struct iw_lint_options){.engine = {.dialect = IW_POSTGRES}, .severities = severities});
	feed(&run, "CREATE TABLE t (name varchar(10), size int);", true);
	assert_int_equal(run.lint->findings->len, 1);
	assert_int_equal(finding_of(&run, "prefer-text")->severity, IW_SEVERE);
	iw_arena_free(run.arena);
}

static void a_key_without_index_is_reported_where_the_table_is_known_to_be_big(void **state)
{
	(void)state;
	const char *setup = "CREATE TABLE p (id bigint PRIMARY KEY); CREATE TABLE c (p_id bigint);";
	const char *add = "ALTER TABLE c ADD CONSTRAINT f FOREIGN KEY (p_id) REFERENCES p (id) NOT VALID;";
	for (int i = 0; i < 2; i++) {
		struct iw_table_size size = {i == 0 ? 500 : 5e6, 1e6};
		struct run run = start(&(struct iw_lint_options){
			.engine = {.dialect = IW_POSTGRES}, .size = sizes, .size_data = &size});
		feed(&run, setup, false);
		feed(&run, add, true);
		assert_int_equal(finding_of(&run, "foreign-key-without-index") != NULL, i == 1);
		iw_arena_free(run.arena);
	}
}

static void loose_files_change_what_is_there(void **state)
{
	(void)state;
	struct run run = start(&(struct iw_lint_options){.engine = {.dialect = IW_POSTGRES}, .has_no_history = true});
	feed(&run,
	     "ALTER TABLE users ADD COLUMN a int;\n"
	     "ALTER TABLE users VALIDATE CONSTRAINT c;\n"
	     "DROP INDEX CONCURRENTLY users_a;\n"
	     "ALTER TYPE mood ADD VALUE 'fine';",
	     true);
	assert_null(finding_of(&run, "would-fail"));
	feed(&run, "DROP TABLE IF EXISTS orders;", true);
	assert_non_null(finding_of(&run, "drop-table"));
	/* What a file makes or drops itself is known. */
	feed(&run, "CREATE TABLE users (id int);", true);
	feed(&run, "ALTER TABLE orders ADD COLUMN a int;", true);
	assert_non_null(finding_of(&run, "would-fail"));
	iw_arena_free(run.arena);
}

static void a_comment_also_turns_off_what_is_judged_at_the_end(void **state)
{
	(void)state;
	assert_found(USERS, "ALTER TABLE users DROP CONSTRAINT users_pkey;", IW_POSTGRES, "drop-primary-key");
	assert_quiet(
		USERS,
		"-- inchworm: ignore drop-primary-key not replicated\nALTER TABLE users DROP CONSTRAINT users_pkey;",
		IW_POSTGRES);
}

static void a_file_of_another_database_is_one_finding(void **state)
{
	(void)state;
	struct run run = start_on(IW_POSTGRES);
	feed(&run,
	     "CREATE TABLE `a` (`id` int NOT NULL AUTO_INCREMENT, PRIMARY KEY (`id`)) ENGINE=InnoDB;\n"
	     "ALTER TABLE `a` ADD COLUMN `b` int;\n"
	     "ALTER TABLE `a` ADD COLUMN `c` int;",
	     true);
	assert_int_equal(run.lint->findings->len, 1);
	assert_non_null(finding_of(&run, "wrong-dialect"));
	iw_arena_free(run.arena);
}

static void loops_that_go_by_a_list_or_never_yield_null_end(void **state)
{
	(void)state;
	static const char SETUP[] = "CREATE TABLE users (id bigint PRIMARY KEY, name text, nick text);";
	static const char *const LOOPS[] = {
		"FOR r IN SELECT id FROM users WHERE nick IS NULL LOOP UPDATE users SET nick = lower(name) WHERE id = "
		"r.id; END LOOP;",
		"LOOP UPDATE users SET nick = 'x' WHERE nick IS NULL; EXIT WHEN NOT FOUND; END LOOP;",
		"LOOP UPDATE users SET nick = coalesce(name, '') WHERE nick IS NULL; EXIT WHEN NOT FOUND; END LOOP;",
		"LOOP UPDATE users SET nick = name WHERE nick IS NULL AND name IS NOT NULL; EXIT WHEN NOT FOUND; END "
		"LOOP;",
		"LOOP UPDATE users SET nick = gen_random_uuid()::text WHERE nick IS NULL; EXIT WHEN NOT FOUND; END "
		"LOOP;",
	};
	for (size_t i = 0; i < G_N_ELEMENTS(LOOPS); i++) {
		struct run run = start_on(IW_POSTGRES);
		g_autofree char *sql = g_strdup_printf("DO $$ BEGIN %s END $$;", LOOPS[i]);
		feed(&run, SETUP, false);
		feed(&run, sql, true);
		if (finding_of(&run, "never-ending-loop") != NULL)
			fail_msg("%s", LOOPS[i]);
		iw_arena_free(run.arena);
	}
	assert_found(SETUP,
		     "DO $$ BEGIN LOOP UPDATE users SET nick = name WHERE nick IS NULL; EXIT WHEN NOT FOUND; END LOOP; "
		     "END $$;",
		     IW_POSTGRES, "never-ending-loop");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_rule_finds_its_bad_example_and_not_its_good_one),
		cmocka_unit_test(every_kind_of_note_has_its_rule),
		cmocka_unit_test(a_note_becomes_a_finding_of_the_severity_that_is_wanted),
		cmocka_unit_test(rule_ids_are_unique_and_complete),
		cmocka_unit_test(foreign_keys_are_not_checked_while_the_session_says_so),
		cmocka_unit_test(safe_sql_of_every_example_can_be_parsed),
		cmocka_unit_test(safe_sql_uses_the_real_names),
		cmocka_unit_test(tables_of_the_same_migration_are_not_warned_about),
		cmocka_unit_test(brief_catalogue_changes_are_not_findings),
		cmocka_unit_test(prisma_table_redefinition_is_not_taken_for_drops_and_renames),
		cmocka_unit_test(foreign_keys_off_outside_a_transaction_protects_the_children),
		cmocka_unit_test(empty_tables_are_quiet_and_small_ones_are_notes),
		cmocka_unit_test(severities_can_be_set_by_rule),
		cmocka_unit_test(a_comment_turns_a_rule_off_for_its_statement),
		cmocka_unit_test(comments_turn_off_what_they_stand_before_in_or_behind),
		cmocka_unit_test(a_reason_can_be_wanted),
		cmocka_unit_test(comments_for_squawk_count_where_that_is_wanted),
		cmocka_unit_test(fingerprints_stay_when_lines_move_and_tell_findings_apart),
		cmocka_unit_test(a_fork_goes_on_from_here_and_leaves_the_other_as_it_is),
		cmocka_unit_test(one_statement_sent_as_one_query_is_not_in_a_transaction),
		cmocka_unit_test(history_that_is_not_asked_about_is_replayed_and_not_judged),
		cmocka_unit_test(findings_outlive_the_statements_and_the_source),
		cmocka_unit_test(rules_that_are_off_run_only_where_they_are_asked_for),
		cmocka_unit_test(a_key_without_index_is_reported_where_the_table_is_known_to_be_big),
		cmocka_unit_test(loose_files_change_what_is_there),
		cmocka_unit_test(a_comment_also_turns_off_what_is_judged_at_the_end),
		cmocka_unit_test(a_file_of_another_database_is_one_finding),
		cmocka_unit_test(loops_that_go_by_a_list_or_never_yield_null_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
