/* Finding and opening projects: where each framework keeps things, and what is said when something is wrong. */
#include "base/error.h"
#include "framework/dotenv.h"
#include "framework/framework.h"
#include "unit/framework/support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>
#include <cmocka.h>

/* A tree and an arena for one test. */
struct fixture {
	struct tree tree;
	iw_arena *arena;
	GError *error;
};

static int set_up(void **state)
{
	struct fixture *fixture = g_new0(struct fixture, 1);
	fixture->tree = tree_new();
	fixture->arena = iw_arena_new();
	g_unsetenv("DATABASE_URL");
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;
	tree_free(&fixture->tree);
	iw_arena_free(fixture->arena);
	g_clear_error(&fixture->error);
	g_free(fixture);
	return 0;
}

static struct iw_project *open_in(struct fixture *fixture, const char *folder, const char *framework,
				  const char *dialect)
{
	g_autofree char *path = g_build_filename(fixture->tree.root, folder, NULL);
	struct iw_project_options options = {.directory = path, .framework = framework, .dialect = dialect};
	return iw_project_open(fixture->arena, &options, &fixture->error);
}

static struct iw_project *open_here(struct fixture *fixture)
{
	struct iw_project *project = open_in(fixture, ".", NULL, NULL);
	if (project == NULL)
		print_message("%s\n", fixture->error->message);
	assert_non_null(project);
	return project;
}

static const struct iw_migration *migration_at(const struct iw_project *project, guint index)
{
	assert_true(index < project->migrations->len);
	return g_ptr_array_index(project->migrations, index);
}

static bool has_problem(const struct iw_project *project, const char *part, bool is_error)
{
	for (guint i = 0; i < project->problems->len; i++) {
		const struct iw_problem *problem = g_ptr_array_index(project->problems, i);
		if (strstr(problem->message, part) != NULL && problem->is_error == is_error)
			return true;
	}
	return false;
}

static void assert_message(const GError *error, const char *part)
{
	assert_non_null(error);
	if (strstr(error->message, part) == NULL)
		print_message("%s\n", error->message);
	assert_non_null(strstr(error->message, part));
}

/* Prisma ----------------------------------------------------------------------------------------------------------- */

#define SCHEMA                                                                                                         \
	"// datasource db { provider = \"mysql\" }\n"                                                                  \
	"model Note { id Int @id /* } */ text String @default(\"}\") }\n"                                              \
	"datasource db {\n  provider = \"postgres\" // }\n  url = env(\"URL_OF_TEST\")\n}\n"

static void write_prisma(struct fixture *fixture, const char *base)
{
	g_autofree char *schema = g_build_filename(base, "schema.prisma", NULL);
	g_autofree char *first = g_build_filename(base, "migrations/20240101000000_init/migration.sql", NULL);
	g_autofree char *second = g_build_filename(base, "migrations/01_early/migration.sql", NULL);
	g_autofree char *lock = g_build_filename(base, "migrations/migration_lock.toml", NULL);
	tree_write(&fixture->tree, schema, SCHEMA);
	tree_write(&fixture->tree, first, "SELECT 1;");
	tree_write(&fixture->tree, second, "SELECT 1;");
	tree_write(&fixture->tree, lock, "# Please do not edit\nprovider = \"postgresql\"\n");
}

static void a_prisma_project_is_found_by_its_schema(void **state)
{
	struct fixture *fixture = *state;
	write_prisma(fixture, "prisma");
	tree_write(&fixture->tree, ".env", "URL_OF_TEST=\"postgresql://u:p@h/db?schema=app\" # comment\n");
	const struct iw_project *project = open_here(fixture);
	assert_string_equal(project->framework->name, "prisma");
	assert_int_equal(project->engine.dialect, IW_POSTGRES);
	assert_string_equal(project->url, "postgresql://u:p@h/db?schema=app");
	assert_string_equal(project->bookkeeping->schema, "app");
	assert_int_equal(project->migrations->len, 2);
	assert_string_equal(migration_at(project, 0)->name, "01_early");
	assert_null(migration_at(project, 0)->version);
	assert_string_equal(migration_at(project, 1)->version, "20240101000000");
	assert_string_equal(migration_at(project, 1)->title, "init");
	assert_ptr_equal(g_ptr_array_index(migration_at(project, 1)->parents, 0), migration_at(project, 0));
}

static void a_project_is_found_from_within_and_from_above(void **state)
{
	struct fixture *fixture = *state;
	static const char *const starts[] = {".", "packages/db", "packages/db/prisma", "packages/db/prisma/migrations"};
	tree_write(&fixture->tree, "package.json", "{}");
	tree_write(&fixture->tree, "packages/db/package.json", "{}");
	tree_write(&fixture->tree, "node_modules/other/prisma/schema.prisma", SCHEMA);
	write_prisma(fixture, "packages/db/prisma");
	for (size_t i = 0; i < G_N_ELEMENTS(starts); i++) {
		const struct iw_project *project = open_in(fixture, starts[i], NULL, NULL);
		assert_non_null(project);
		assert_true(g_str_has_suffix(project->directory, "/packages/db"));
	}
}

static void several_projects_are_named_and_not_guessed(void **state)
{
	struct fixture *fixture = *state;
	write_prisma(fixture, "apps/a/prisma");
	tree_write(&fixture->tree, "apps/b/drizzle.config.ts", "export default { dialect: 'sqlite' };");
	assert_null(open_in(fixture, ".", NULL, NULL));
	assert_int_equal(fixture->error->code, IW_ERROR_PROJECT);
	assert_message(fixture->error, "found 2 projects");
	assert_non_null(strstr(iw_error_info(fixture->error)->detail, "Drizzle Kit in "));
	assert_non_null(strstr(iw_error_info(fixture->error)->hint, "--directory"));
	assert_string_equal(open_in(fixture, "apps/b", NULL, NULL)->framework->name, "drizzle");
}

static void two_configurations_of_the_same_migrations_are_one_project(void **state)
{
	struct fixture *fixture = *state;
	static const char *const shared[] = {"apps/a", "packages/db", "services/z"};
	for (size_t i = 0; i < G_N_ELEMENTS(shared); i++) {
		g_autofree char *config = g_build_filename(shared[i], "drizzle.config.ts", NULL);
		tree_write(&fixture->tree, config,
			   "export default { dialect: 'sqlite', out: '../../packages/db/drizzle' };");
	}
	tree_write(&fixture->tree, "packages/db/drizzle/meta/_journal.json",
		   "{\"version\":\"7\",\"dialect\":\"sqlite\",\"entries\":[]}");
	const struct iw_project *project = open_here(fixture);
	assert_true(g_str_has_suffix(project->directory, "/packages/db"));
}

static void note_url(void *data, const struct iw_project *project)
{
	g_string_append_printf(data, "%s;", project->url);
}

static void a_url_is_told_once_and_only_of_the_project_that_is_meant(void **state)
{
	struct fixture *fixture = *state;
	g_autoptr(GString) told = g_string_new(NULL);
	struct iw_project_options options = {
		.directory = fixture->tree.root, .url = "sqlite:x.db", .on_url = note_url, .on_url_data = told};
	write_prisma(fixture, "apps/a/prisma");
	tree_write(&fixture->tree, "apps/b/drizzle.config.ts", "export default { dialect: 'sqlite' };");
	assert_null(iw_project_open(fixture->arena, &options, &fixture->error));
	assert_message(fixture->error, "found 2 projects");
	assert_string_equal(told->str, "");
	g_autofree char *inner = g_build_filename(fixture->tree.root, "apps/b", NULL);
	options.directory = inner;
	assert_non_null(iw_project_open(fixture->arena, &options, NULL));
	assert_string_equal(told->str, "sqlite:x.db;");
}

static void a_project_of_other_files_than_are_wanted_is_not_opened(void **state)
{
	struct fixture *fixture = *state;
	struct iw_project_options options = {.directory = fixture->tree.root, .dialect = "postgres", .ending = ".sql"};
	tree_write(&fixture->tree, "alembic.ini", "[alembic]\nscript_location = migrations\n");
	tree_write(&fixture->tree, "migrations/env.py", "");
	tree_write(&fixture->tree, "migrations/versions/a.py", "revision = 'a'\ndown_revision = None\n");
	assert_null(iw_project_open(fixture->arena, &options, &fixture->error));
	assert_message(fixture->error, "the migrations of Alembic are .py files, not .sql files");
	options.ending = ".py";
	assert_non_null(iw_project_open(fixture->arena, &options, NULL));
}

static void alembic_finds_the_folder_of_a_package(void **state)
{
	static const struct {
		const char *ini, *location, *folder;
	} rows[] = {
		{"alembic.ini", "shop:migrations", "shop/migrations"},
		{"alembic.ini", "shop.db:migrations", "src/shop/db/migrations"},
		{"alembic.ini", "shop:db/migrations", "backend/shop/db/migrations"},
		{"alembic.ini", "shop:db:migrations", "backend/src/shop/db/migrations"},
		{"src/shop/alembic.ini", "shop:database/revisions", "src/shop/database/revisions"},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct fixture *fixture = *state;
		g_autofree char *folder = g_strdup_printf("%s/case%zu", fixture->tree.root, i);
		g_autofree char *ini = g_strdup_printf("case%zu/%s", i, rows[i].ini);
		g_autofree char *text = g_strdup_printf("[alembic]\nscript_location = %s\n", rows[i].location);
		g_autofree char *env = g_strdup_printf("case%zu/%s/env.py", i, rows[i].folder);
		g_autofree char *one = g_strdup_printf("case%zu/%s/versions/a.py", i, rows[i].folder);
		tree_write(&fixture->tree, ini, text);
		tree_write(&fixture->tree, env, "");
		tree_write(&fixture->tree, one, "revision = 'a'\ndown_revision = None\n");
		const struct iw_project_options options = {.directory = folder, .dialect = "postgres"};
		struct iw_project *project = iw_project_open(fixture->arena, &options, &fixture->error);
		assert_non_null(project);
		assert_int_equal(project->migrations->len, 1);
	}
}

static void an_older_schema_folder_has_its_migrations_beside_it(void **state)
{
	struct fixture *fixture = *state;
	tree_write(&fixture->tree, "package.json", "{}");
	tree_write(&fixture->tree, "prisma/schema/schema.prisma", SCHEMA);
	tree_write(&fixture->tree, "prisma/migrations/20240101000000_init/migration.sql", "SELECT 1;");
	tree_write(&fixture->tree, "prisma/migrations/migration_lock.toml", "provider = \"postgresql\"\n");
	assert_int_equal(open_here(fixture)->migrations->len, 1);
	tree_write(&fixture->tree, "prisma/schema/migrations/20240101000000_a/migration.sql", "SELECT 1;");
	tree_write(&fixture->tree, "prisma/schema/migrations/20240101000001_b/migration.sql", "SELECT 1;");
	assert_int_equal(open_here(fixture)->migrations->len, 2);
}

static void a_config_without_a_schema_takes_the_only_locked_folder(void **state)
{
	struct fixture *fixture = *state;
	tree_write(&fixture->tree, "prisma.config.ts", "export default { datasource: { url: 'postgres://h/d' } };\n");
	tree_write(&fixture->tree, "mysql/schema.prisma", "datasource db {\n  provider = \"mysql\"\n}\n");
	write_prisma(fixture, "postgresql");
	assert_int_equal(open_here(fixture)->migrations->len, 2);
	tree_write(&fixture->tree, "mysql/migrations/migration_lock.toml", "provider = \"mysql\"\n");
	const struct iw_project *project = open_in(fixture, ".", NULL, "postgres");
	assert_true(project == NULL || project->migrations->len == 0);
}

static void two_frameworks_in_one_folder_need_a_word(void **state)
{
	struct fixture *fixture = *state;
	write_prisma(fixture, "prisma");
	tree_write(&fixture->tree, "drizzle.config.ts", "export default { dialect: 'sqlite' };");
	assert_null(open_in(fixture, ".", NULL, NULL));
	assert_non_null(strstr(iw_error_info(fixture->error)->hint, "--framework"));
	assert_string_equal(open_in(fixture, ".", "drizzle", NULL)->framework->name, "drizzle");
}

static void a_lock_file_of_another_provider_is_an_error(void **state)
{
	struct fixture *fixture = *state;
	write_prisma(fixture, "prisma");
	tree_write(&fixture->tree, "prisma/migrations/migration_lock.toml", "provider = \"mysql\"\n");
	assert_true(has_problem(open_here(fixture), "P3019", true));
}

static void a_migration_without_its_file_has_a_problem_and_hides_no_other(void **state)
{
	struct fixture *fixture = *state;
	write_prisma(fixture, "prisma");
	tree_write(&fixture->tree, "prisma/migrations/20240202000000_gone/README", "x");
	const struct iw_project *project = open_here(fixture);
	assert_int_equal(project->migrations->len, 3);
	assert_message(migration_at(project, 2)->problem, "has no migration.sql");
	assert_null(migration_at(project, 1)->problem);
	g_autoptr(GError) error = NULL;
	assert_null(iw_migration_open(migration_at(project, 2), IW_UP, &error));
	assert_message(error, "P3015");
}

static void prisma_8_is_named_as_not_supported(void **state)
{
	struct fixture *fixture = *state;
	write_prisma(fixture, "prisma");
	tree_write(&fixture->tree, "prisma/migrations/20260202000000_new/ops.json", "[]");
	assert_null(open_in(fixture, ".", NULL, NULL));
	assert_int_equal(fixture->error->code, IW_ERROR_UNSUPPORTED);
	assert_message(fixture->error, "Prisma 8");
}

static void a_prisma_config_says_where_things_are(void **state)
{
	struct fixture *fixture = *state;
	tree_write(&fixture->tree, "prisma.config.ts",
		   "import 'dotenv/config';\nimport { defineConfig, env } from 'prisma/config';\n"
		   "export default defineConfig({ schema: 'db/schema', migrations: { path: 'db/history' },\n"
		   "  datasource: { url: env('URL_OF_TEST') } });\n");
	tree_write(&fixture->tree, "db/schema/base.prisma", "datasource db {\n  provider = \"sqlite\"\n}\n");
	tree_write(&fixture->tree, "db/schema/models/a.prisma", "model A { id Int @id }\n");
	tree_write(&fixture->tree, "db/history/20240101000000_a/migration.sql", "SELECT 1;");
	tree_write(&fixture->tree, ".env", "URL_OF_TEST=file:./dev.db\n");
	const struct iw_project *project = open_here(fixture);
	assert_int_equal(project->engine.dialect, IW_SQLITE);
	assert_int_equal(project->migrations->len, 1);
	assert_string_equal(project->url, "file:./dev.db");
}

static void with_a_config_file_dotenv_must_be_imported(void **state)
{
	struct fixture *fixture = *state;
	write_prisma(fixture, "prisma");
	tree_write(&fixture->tree, "prisma.config.ts",
		   "import { env } from 'prisma/config';\nexport default { datasource: { url: env('URL_OF_TEST') } };");
	tree_write(&fixture->tree, ".env", "URL_OF_TEST=postgres://x/y\n");
	const struct iw_project *project = open_here(fixture);
	assert_null(project->url);
	assert_non_null(strstr(project->url_missing, "URL_OF_TEST is not set; there is a .env file"));
}

static void an_unset_variable_is_not_replaced_by_another_database(void **state)
{
	struct fixture *fixture = *state;
	write_prisma(fixture, "prisma");
	g_setenv("DATABASE_URL", "postgres://production/db", TRUE);
	const struct iw_project *project = open_here(fixture);
	g_unsetenv("DATABASE_URL");
	assert_null(project->url);
	assert_non_null(strstr(project->url_missing, "env(\"URL_OF_TEST\"), which is not set"));
}

static void direct_url_wins(void **state)
{
	struct fixture *fixture = *state;
	tree_write(&fixture->tree, "schema.prisma",
		   "datasource db {\n provider = \"postgresql\"\n url = \"postgres://pool/x\"\n directUrl = "
		   "\"postgres://direct/x\"\n"
		   " schemas = [\"a\", \"b\"]\n}\n");
	assert_string_equal(open_here(fixture)->url, "postgres://direct/x");
}

static void unsupported_providers_are_named(void **state)
{
	struct fixture *fixture = *state;
	tree_write(&fixture->tree, "prisma/schema.prisma",
		   "datasource db {\n provider = \"mongodb\"\n url = \"x\"\n}\n");
	assert_null(open_in(fixture, ".", NULL, NULL));
	assert_int_equal(fixture->error->code, IW_ERROR_UNSUPPORTED);
	assert_message(fixture->error, "\"mongodb\" is not supported");
}

/* Drizzle ---------------------------------------------------------------------------------------------------------- */

#define ENTRY(idx, when, tag)                                                                                          \
	"{\"idx\":" #idx ",\"version\":\"7\",\"when\":" #when ",\"tag\":\"" tag "\",\"breakpoints\":true}"

static void write_journal(struct fixture *fixture, const char *entries)
{
	g_autofree char *text =
		g_strdup_printf("{\"version\":\"7\",\"dialect\":\"postgresql\",\"entries\":[%s]}", entries);
	tree_write(&fixture->tree, "drizzle/meta/_journal.json", text);
	tree_write(&fixture->tree, "drizzle.config.ts",
		   "export default { dialect: 'postgresql', dbCredentials: { host: 'h', port: 5433, user: 'u', "
		   "password: 'p@', "
		   "database: 'd' }, migrations: { schema: 'public', table: 'log' } };");
}

static void drizzles_journal_gives_the_order(void **state)
{
	struct fixture *fixture = *state;
	write_journal(fixture, ENTRY(0, 1700000000000, "0000_first") "," ENTRY(1, 1690000000000, "0001_merged"));
	tree_write(&fixture->tree, "drizzle/0000_first.sql", "SELECT 1;--> statement-breakpoint\nSELECT 2;");
	tree_write(&fixture->tree, "drizzle/0001_merged.sql", "SELECT 1;");
	tree_write(&fixture->tree, "drizzle/0002_orphan.sql", "SELECT 1;");
	const struct iw_project *project = open_here(fixture);
	assert_int_equal(project->migrations->len, 2);
	assert_string_equal(migration_at(project, 1)->name, "0001_merged");
	assert_true(migration_at(project, 1)->when_ms == 1690000000000);
	assert_string_equal(migration_at(project, 0)->up.breakpoint, "--> statement-breakpoint");
	assert_true(has_problem(project, "drizzle-kit skips it silently", false));
	assert_true(has_problem(project, "0002_orphan.sql\" is not in the journal", false));
	assert_string_equal(project->url, "postgresql://u:p%40@h:5433/d");
	assert_string_equal(project->bookkeeping->schema, "public");
	assert_string_equal(project->bookkeeping->table_name, "log");
}

static void faults_of_the_journal_have_their_place(void **state)
{
	struct fixture *fixture = *state;
	write_journal(fixture, ENTRY(0, 1, "0000_a") "," ENTRY(0, 2, "0001_b") "," ENTRY(2, 3, "0000_a") "," ENTRY(
				       3, 4, "../x"));
	tree_write(&fixture->tree, "drizzle/0000_a.sql", "");
	const struct iw_project *project = open_here(fixture);
	assert_true(has_problem(project, "have the same idx 0", false));
	assert_message(migration_at(project, 1)->problem, "there is no file");
	assert_message(migration_at(project, 2)->problem, "twice");
	assert_message(migration_at(project, 3)->problem, "not a file name");
	write_journal(fixture, ENTRY(0, 1, "0000_a") ",\n<<<<<<< HEAD\n");
	assert_null(open_in(fixture, ".", NULL, NULL));
	assert_message(fixture->error, "_journal.json:2: this is not JSON");
	assert_non_null(iw_error_info(fixture->error)->place.source);
}

static void files_without_a_journal_are_refused(void **state)
{
	struct fixture *fixture = *state;
	tree_write(&fixture->tree, "drizzle.config.json", "{\"dialect\":\"sqlite\",\"out\":\"./migrations\"}");
	tree_write(&fixture->tree, "migrations/0000_a.sql", "SELECT 1;");
	assert_null(open_in(fixture, ".", NULL, NULL));
	assert_message(fixture->error, "no meta/_journal.json");
}

static void drizzle_1_has_a_folder_for_each_migration(void **state)
{
	struct fixture *fixture = *state;
	tree_write(&fixture->tree, "drizzle.config.ts", "export default { dialect: 'turso' };");
	tree_write(&fixture->tree, "drizzle/20240131123456_two/migration.sql", "SELECT 1;");
	tree_write(&fixture->tree, "drizzle/20230131123456_one/migration.sql", "SELECT 1;");
	tree_write(&fixture->tree, "drizzle/20230131123456_one/snapshot.json", "{}");
	const struct iw_project *project = open_here(fixture);
	assert_int_equal(project->engine.dialect, IW_SQLITE);
	assert_string_equal(migration_at(project, 0)->name, "20230131123456_one");
	assert_true(migration_at(project, 1)->when_ms == 1706704496000);
}

static void a_pulled_file_is_a_baseline(void **state)
{
	struct fixture *fixture = *state;
	write_journal(fixture, ENTRY(0, 1, "0000_pulled"));
	tree_write(&fixture->tree, "drizzle/0000_pulled.sql",
		   "-- Current sql file was generated after introspecting the database\n-- If you want ...\n/*\nCREATE "
		   "TABLE t "
		   "(i int);--> statement-breakpoint\nCREATE TABLE u (i int);\n*/\n");
	const struct iw_project *project = open_here(fixture);
	assert_true(migration_at(project, 0)->is_baseline);
	assert_null(migration_at(project, 0)->up.breakpoint);
}

/* plain SQL -------------------------------------------------------------------------------------------------------- */

static const char *section(struct fixture *fixture, const struct iw_migration *migration, enum iw_direction direction)
{
	g_clear_error(&fixture->error);
	g_autoptr(iw_source) source = iw_migration_open(migration, direction, &fixture->error);
	if (source == NULL)
		return fixture->error != NULL ? fixture->error->message : NULL;
	const struct iw_script *script = direction == IW_UP ? &migration->up : &migration->down;
	return iw_arena_strndup(fixture->arena, source->text + script->offset,
				MIN(script->length, source->length - script->offset));
}

static void goose_files_have_sections(void **state)
{
	struct fixture *fixture = *state;
	tree_write(&fixture->tree, "go.mod", "module x\nrequire github.com/jackc/pgx/v5 v5.1.0\n");
	tree_write(&fixture->tree, "db/migrations/00010_ten.sql", "-- +goose NO TRANSACTION\n-- +goose Up\nTEN;\n");
	tree_write(&fixture->tree, "db/migrations/00002_two.sql",
		   "\xEF\xBB\xBF--+goose up\n-- +goose StatementBegin\nTWO;\n-- +goose StatementEnd\n-- +goose "
		   "Down\nDOWN;\n");
	tree_write(&fixture->tree, "db/migrations/00003_code.go", "package migrations\n");
	const struct iw_project *project = open_here(fixture);
	assert_string_equal(project->framework->name, "goose");
	assert_int_equal(project->engine.dialect, IW_POSTGRES);
	const struct iw_migration *two = migration_at(project, 0);
	assert_string_equal(section(fixture, two, IW_UP), "-- +goose StatementBegin\nTWO;\n-- +goose StatementEnd\n");
	assert_string_equal(section(fixture, two, IW_DOWN), "DOWN;\n");
	assert_string_equal(two->up.block_begin, "-- +goose StatementBegin");
	assert_true(two->up.is_atomic);
	assert_message(migration_at(project, 1)->problem, "is a program, not SQL");
	const struct iw_migration *ten = migration_at(project, 2);
	assert_string_equal(section(fixture, ten, IW_UP), "TEN;\n");
	assert_false(ten->up.is_atomic);
	assert_null(section(fixture, ten, IW_DOWN));
}

static void goose_faults_are_refused_with_their_line(void **state)
{
	static const char *const rows[][2] = {
		{"-- +goose Down\n", ":1: \"+goose Down\" before \"+goose Up\""},
		{"-- +goose Up\n-- +goose Up\n", ":2: a second \"+goose Up\""},
		{"-- +goose Up\n-- +goose ENVSUB ON\n", ":2: \"+goose ENVSUB ON\""},
		{"-- +goose Up\n-- +goose StatementBegin\nx;\n", "is not ended"},
		{"-- +goose Up\n-- +goose Sideways\n", "unknown annotation \"+goose Sideways\""},
	};
	struct fixture *fixture = *state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		tree_write(&fixture->tree, "00001_a.sql", rows[i][0]);
		struct iw_project *project = open_in(fixture, ".", "goose", "sqlite");
		assert_non_null(project);
		section(fixture, migration_at(project, 0), IW_UP);
		assert_message(fixture->error, rows[i][1]);
	}
}

static void dbmate_files_have_sections_with_options(void **state)
{
	struct fixture *fixture = *state;
	tree_write(&fixture->tree, ".env", "DATABASE_URL=\"mysql://u@h/d\"\n");
	tree_write(&fixture->tree, "db/migrations/20240101_a.sql",
		   "-- first\n-- migrate:up transaction:false\nUP;\n\n-- migrate:down\n");
	const struct iw_project *project = open_in(fixture, "db/migrations", NULL, NULL);
	assert_non_null(project);
	assert_string_equal(project->framework->name, "dbmate");
	assert_int_equal(project->engine.dialect, IW_MYSQL);
	const struct iw_migration *a = migration_at(project, 0);
	assert_string_equal(section(fixture, a, IW_UP), "UP;\n\n");
	assert_false(a->up.is_atomic);
	assert_null(section(fixture, a, IW_DOWN));
	tree_write(&fixture->tree, "db/migrations/20240101_a.sql", "SELECT 1;\n-- migrate:up\n-- migrate:down\n");
	project = open_in(fixture, "db/migrations", "dbmate", NULL);
	assert_non_null(
		strstr(section(fixture, migration_at(project, 0), IW_UP), "statements before \"-- migrate:up\""));
}

static void up_and_down_files_are_golang_migrates(void **state)
{
	struct fixture *fixture = *state;
	g_setenv("DATABASE_URL", "mysql://u:p%21@tcp(h:3307)/d?x-migrations-table=m&multiStatements=true", TRUE);
	tree_write(&fixture->tree, "migrations/000010_ten.up.sql", "TEN");
	tree_write(&fixture->tree, "migrations/000009_nine.up.sql", "NINE");
	tree_write(&fixture->tree, "migrations/000009_nine.down.sql", "BACK");
	tree_write(&fixture->tree, "migrations/11_lost.down.sql", "x");
	tree_write(&fixture->tree, "migrations/10_twin.up.sql", "x");
	const struct iw_project *project = open_here(fixture);
	g_unsetenv("DATABASE_URL");
	assert_string_equal(project->framework->name, "golang-migrate");
	assert_string_equal(project->url, "mysql://u:p%21@h:3307/d");
	assert_string_equal(project->bookkeeping->table_name, "m");
	assert_string_equal(migration_at(project, 0)->name, "000009_nine");
	assert_string_equal(section(fixture, migration_at(project, 0), IW_DOWN), "BACK");
	assert_message(migration_at(project, 2)->problem, "has the same version as");
	assert_message(migration_at(project, 3)->problem, "a down file and no up file");
}

static void flyway_versions_sort_as_numbers_and_placeholders_are_filled_in(void **state)
{
	struct fixture *fixture = *state;
	tree_write(
		&fixture->tree, "flyway.conf",
		"# comment\nflyway.url=jdbc:postgresql://h:5432/d\nflyway.user=me\nflyway.password=a b\n"
		"flyway.locations=filesystem:sql, filesystem:more\nflyway.placeholders.who=you\nflyway.table=hist\n");
	tree_write(&fixture->tree, "sql/V1_10__ten.sql", "SELECT '${who}';");
	tree_write(&fixture->tree, "sql/V1.2__two.sql", "a\nSELECT '${nobody}';");
	tree_write(&fixture->tree, "sql/deep/U1_2__back.sql", "DOWN");
	tree_write(&fixture->tree, "more/R__views.sql", "VIEWS");
	tree_write(&fixture->tree, "sql/V1_10__ten.sql.conf", "executeInTransaction=false\n");
	const struct iw_project *project = open_here(fixture);
	assert_string_equal(project->framework->name, "flyway");
	assert_string_equal(project->url, "postgresql://me:a%20b@h:5432/d");
	assert_string_equal(project->bookkeeping->table_name, "hist");
	assert_int_equal(project->migrations->len, 3);
	assert_string_equal(migration_at(project, 0)->version, "1.2");
	assert_non_null(
		strstr(section(fixture, migration_at(project, 0), IW_UP), "V1.2__two.sql:2: no value is known"));
	assert_string_equal(section(fixture, migration_at(project, 0), IW_DOWN), "DOWN");
	assert_string_equal(section(fixture, migration_at(project, 1), IW_UP), "SELECT 'you';");
	assert_false(migration_at(project, 1)->up.is_atomic);
	assert_true(migration_at(project, 2)->is_repeatable);
}

static void flyway_toml_is_read(void **state)
{
	struct fixture *fixture = *state;
	tree_write(&fixture->tree, "flyway.toml",
		   "[environments.default]\nurl = \"jdbc:sqlite:x.db\"\n[flyway]\nlocations = [\n \"filesystem:a\",\n"
		   " \"filesystem:b\" ]\n[flyway.placeholders]\nn = \"1\"\n");
	tree_write(&fixture->tree, "a/V1__a.sql", "A${n}");
	tree_write(&fixture->tree, "b/V2__b.sql", "B");
	const struct iw_project *project = open_here(fixture);
	assert_int_equal(project->migrations->len, 2);
	assert_string_equal(project->url, "sqlite:x.db");
	assert_string_equal(section(fixture, migration_at(project, 0), IW_UP), "A1");
}

static void our_own_files_have_marks_or_are_all_up(void **state)
{
	struct fixture *fixture = *state;
	tree_write(&fixture->tree, "migrations/001_a.sql", "-- inchworm:up\nUP;\n-- inchworm:down\nDOWN;\n");
	tree_write(&fixture->tree, "migrations/002_b.sql", "ALL;\n");
	tree_write(&fixture->tree, "migrations/003_c.up.sql", "C;\n");
	tree_write(&fixture->tree, "migrations/003_c.down.sql", "NOT C;\n");
	struct iw_project *project = open_in(fixture, ".", NULL, "sqlite");
	assert_non_null(project);
	assert_string_equal(project->framework->name, "sql");
	assert_string_equal(section(fixture, migration_at(project, 0), IW_UP), "UP;\n");
	assert_string_equal(section(fixture, migration_at(project, 0), IW_DOWN), "DOWN;\n");
	assert_string_equal(section(fixture, migration_at(project, 1), IW_UP), "ALL;\n");
	assert_null(section(fixture, migration_at(project, 1), IW_DOWN));
	assert_string_equal(migration_at(project, 2)->name, "003_c");
	assert_string_equal(section(fixture, migration_at(project, 2), IW_DOWN), "NOT C;\n");
}

static void a_dialect_that_nobody_names_is_asked_for(void **state)
{
	struct fixture *fixture = *state;
	tree_write(&fixture->tree, "migrations/001_a.sql", "-- inchworm:up\nUP;\n");
	assert_null(open_in(fixture, ".", NULL, NULL));
	assert_message(fixture->error, "cannot tell which database");
	assert_non_null(strstr(iw_error_info(fixture->error)->hint, "--dialect"));
}

/* bad input -------------------------------------------------------------------------------------------------------- */

static void links_in_circles_and_strange_names_are_survived(void **state)
{
	struct fixture *fixture = *state;
	write_prisma(fixture, "prisma");
	g_autofree char *loop = g_build_filename(fixture->tree.root, "prisma/migrations/loop", NULL);
	g_autofree char *strange = g_build_filename(fixture->tree.root, "prisma/migrations/20250101000000_\xFF", NULL);
	assert_int_equal(symlink("..", loop), 0);
	assert_int_equal(g_mkdir(strange, 0755), 0);
	const struct iw_project *project = open_here(fixture);
	assert_int_equal(project->migrations->len, 4);
	assert_message(migration_at(project, 2)->problem, "is not valid UTF-8");
	assert_message(migration_at(project, 3)->problem, "has no migration.sql");
}

static void a_folder_without_anything_says_what_was_looked_for(void **state)
{
	struct fixture *fixture = *state;
	assert_null(open_in(fixture, ".", NULL, NULL));
	assert_int_equal(fixture->error->code, IW_ERROR_PROJECT);
	assert_message(fixture->error, "found no migrations");
	g_clear_error(&fixture->error);
	assert_null(open_in(fixture, "nowhere", NULL, NULL));
	assert_message(fixture->error, "could not open the folder");
	g_clear_error(&fixture->error);
	assert_null(open_in(fixture, ".", "rails", NULL));
	assert_int_equal(fixture->error->code, IW_ERROR_USAGE);
}

/* inchworm.yaml ---------------------------------------------------------------------------------------------------- */

static void settings_are_read_and_override(void **state)
{
	struct fixture *fixture = *state;
	tree_write(&fixture->tree, "inchworm.yaml",
		   "framework: sql\nmigrations: db/changes\nengine: postgres 15.4\nurl_env: URL_OF_TEST\nlimits:\n"
		   "  lock_timeout: 500ms\n  lock_budget: 2min\n  statement_timeout: 0\nlint:\n  some-rule: off\n");
	tree_write(&fixture->tree, "db/changes/1_a.sql", "SELECT 1;");
	tree_write(&fixture->tree, "deep/er/file", "");
	g_setenv("URL_OF_TEST", "postgres://h/d", TRUE);
	const struct iw_project *project = open_in(fixture, "deep/er", NULL, NULL);
	g_unsetenv("URL_OF_TEST");
	assert_non_null(project);
	assert_int_equal(project->engine.version, 150004);
	assert_string_equal(project->url, "postgres://h/d");
	assert_int_equal(project->limits.lock_timeout_ms, 500);
	assert_int_equal(project->limits.lock_budget_ms, 120000);
	assert_int_equal(project->lint.rules->len, 1);
	const struct iw_rule_setting *setting = g_ptr_array_index(project->lint.rules, 0);
	assert_string_equal(setting->rule, "some-rule");
	assert_string_equal(setting->severity, "off");
	assert_int_equal(project->migrations->len, 1);
}

static void faults_of_settings_have_their_line(void **state)
{
	static const char *const rows[][2] = {
		{"framework: sql\nframwork: x\n", "inchworm.yaml:2: unknown key \"framwork\""},
		{"limits:\n  lock_timeout: soon\n", "inchworm.yaml:2: \"lock_timeout\" must be a duration"},
		{"limits:\n  nothing: 1s\n", "inchworm.yaml:2: unknown key \"nothing\""},
		{"lint:\n  r: maybe\n", "inchworm.yaml:2: \"r\" must be off, note, warning or error, not \"maybe\""},
		{"engine: oracle 12\n", "inchworm.yaml:1: \"engine\" must be an engine and its version"},
		{"framework: [a\n", "this is not YAML"},
		{"- a\n", "expected lines of the form"},
	};
	struct fixture *fixture = *state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		tree_write(&fixture->tree, "inchworm.yaml", rows[i][0]);
		assert_null(open_in(fixture, ".", NULL, NULL));
		assert_int_equal(fixture->error->code, IW_ERROR_PROJECT);
		assert_message(fixture->error, rows[i][1]);
		g_clear_error(&fixture->error);
	}
}

static void migrations_are_found_by_name_version_or_beginning(void **state)
{
	struct fixture *fixture = *state;
	write_prisma(fixture, "prisma");
	tree_write(&fixture->tree, "prisma/migrations/20240101000001_next/migration.sql", "");
	const struct iw_project *project = open_here(fixture);
	assert_string_equal(iw_project_find(project, "01_early", NULL)->name, "01_early");
	assert_string_equal(iw_project_find(project, "20240101000001", NULL)->title, "next");
	assert_string_equal(iw_project_find(project, "01", NULL)->name, "01_early");
	assert_null(iw_project_find(project, "2024", &fixture->error));
	assert_message(fixture->error, "could be any of 2 migrations");
	g_clear_error(&fixture->error);
	assert_null(iw_project_find(project, "zzz", &fixture->error));
	assert_message(fixture->error, "there is no migration \"zzz\"");
}

/* .env ------------------------------------------------------------------------------------------------------------- */

static void dotenv_files_are_read_as_dotenv_does(void **state)
{
	struct fixture *fixture = *state;
	static const char text[] =
		"A=plain # comment\nexport B = 'single $A # no'\nC=\"double\\nline ${A}\"\n# "
		"D=no\nE=${F:-fallback}-$A\n"
		"G='\nmany\nlines'\nH=a\\$b\r\nI=first\nI=last\nJ=\"open\nSELF=$SELF\nK=it's\nL=`tick`\n";
	static const char *const rows[][2] = {
		{"A", "plain"},
		{"B", "single plain # no"},
		{"C", "double\nline plain"},
		{"E", "fallback-plain"},
		{"G", "\nmany\nlines"},
		{"H", "a$b"},
		{"I", "last"},
		{"J", "\"open"},
		{"SELF", ""},
		{"K", "it's"},
		{"L", "tick"},
	};
	struct iw_environment *environment = iw_environment_new(fixture->arena);
	iw_environment_read(environment, text, sizeof text - 1, true);
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		assert_string_equal(iw_environment_get(environment, rows[i][0]), rows[i][1]);
	assert_null(iw_environment_get(environment, "D"));
	struct iw_environment *raw = iw_environment_new(fixture->arena);
	iw_environment_read(raw, "P=a$b\n", 6, false);
	assert_string_equal(iw_environment_get(raw, "P"), "a$b");
	g_setenv("P", "process", TRUE);
	assert_string_equal(iw_environment_get(raw, "P"), "process");
	g_unsetenv("P");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_prisma_project_is_found_by_its_schema),
		TEST(a_project_is_found_from_within_and_from_above),
		TEST(several_projects_are_named_and_not_guessed),
		TEST(two_configurations_of_the_same_migrations_are_one_project),
		TEST(a_url_is_told_once_and_only_of_the_project_that_is_meant),
		TEST(a_project_of_other_files_than_are_wanted_is_not_opened),
		TEST(alembic_finds_the_folder_of_a_package),
		TEST(an_older_schema_folder_has_its_migrations_beside_it),
		TEST(a_config_without_a_schema_takes_the_only_locked_folder),
		TEST(two_frameworks_in_one_folder_need_a_word),
		TEST(a_lock_file_of_another_provider_is_an_error),
		TEST(a_migration_without_its_file_has_a_problem_and_hides_no_other),
		TEST(prisma_8_is_named_as_not_supported),
		TEST(a_prisma_config_says_where_things_are),
		TEST(with_a_config_file_dotenv_must_be_imported),
		TEST(an_unset_variable_is_not_replaced_by_another_database),
		TEST(direct_url_wins),
		TEST(unsupported_providers_are_named),
		TEST(drizzles_journal_gives_the_order),
		TEST(faults_of_the_journal_have_their_place),
		TEST(files_without_a_journal_are_refused),
		TEST(drizzle_1_has_a_folder_for_each_migration),
		TEST(a_pulled_file_is_a_baseline),
		TEST(goose_files_have_sections),
		TEST(goose_faults_are_refused_with_their_line),
		TEST(dbmate_files_have_sections_with_options),
		TEST(up_and_down_files_are_golang_migrates),
		TEST(flyway_versions_sort_as_numbers_and_placeholders_are_filled_in),
		TEST(flyway_toml_is_read),
		TEST(our_own_files_have_marks_or_are_all_up),
		TEST(a_dialect_that_nobody_names_is_asked_for),
		TEST(links_in_circles_and_strange_names_are_survived),
		TEST(a_folder_without_anything_says_what_was_looked_for),
		TEST(settings_are_read_and_override),
		TEST(faults_of_settings_have_their_line),
		TEST(migrations_are_found_by_name_version_or_beginning),
		TEST(dotenv_files_are_read_as_dotenv_does),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
