/*
 * What the frameworks share while they open a project: problems, migrations, URLs, dialects, and the hook by which a
 * file that holds several sections is looked into when it is first opened.
 */
#pragma once

#include "framework/dotenv.h"
#include "framework/files.h"
#include "framework/framework.h"
#include "sql/sql.h"

extern const struct iw_framework iw_alembic, iw_django, iw_prisma, iw_drizzle, iw_inchworm_sql, iw_golang_migrate,
	iw_goose, iw_dbmate, iw_flyway;

/* How sure `detect` is. A framework's own configuration beats files that only follow its naming. */
enum { IW_DETECT_NO, IW_DETECT_FILES, IW_DETECT_NAMES, IW_DETECT_CONFIG };

/* First member of whatever `framework_data` of a migration points to; NULL framework_data: whole files. */
struct iw_migration_hook {
	iw_arena *arena;
	/* Finds sections and flags in the text of migration->up's file; runs once. */
	bool (*prepare)(struct iw_migration *migration, const iw_source *source, GError **error);
	bool is_prepared;
	/* What is run instead of the file's own text, with a reference (Flyway's placeholders); NULL: the file. */
	iw_source *(*render)(const struct iw_migration *migration, iw_source *source, GError **error);
	/*
	 * Migrations that are no SQL: the text (framework/made.h) for the project's engine as it is now, made from the
	 * migrations before, which are made first where that is needed. `up` and `down` have paths, for messages, and
	 * is_atomic; nothing is opened. A new reference; NULL without an error: no way down. NULL member: SQL files.
	 */
	iw_source *(*make)(const struct iw_migration *migration, enum iw_direction direction, GError **error);
	/* The file has another text now; see iw_migration_forget(). NULL: nothing of it is kept. */
	void (*forget)(const struct iw_migration *migration);
};

void iw_project_problem(iw_arena *arena, struct iw_project *project, const struct iw_problem *problem);
/* The common case: a file or folder by absolute path, and a message. */
void iw_project_complain(iw_arena *arena, struct iw_project *project, bool is_error, const char *path, const char *hint,
			 const char *format, ...) G_GNUC_PRINTF(6, 7);

/* The folder of the migrations, so that ten thousand paths are made without asking the system for each. */
struct iw_folder {
	const char *path, *shown;
};
struct iw_folder iw_folder_of(iw_arena *arena, const char *path);
/* A whole file of `folder` as one direction. */
struct iw_script iw_folder_script(iw_arena *arena, struct iw_folder folder, const char *file);
/* Named `name` (bytes of the file name). Not yet in the project. */
/* The framework has no way back of its own; `file` beside the migration is one where the project wrote it. */
void iw_migration_down_file(iw_arena *arena, struct iw_folder folder, const char *file, struct iw_migration *migration);
struct iw_migration *iw_migration_new(iw_arena *arena, const char *name, struct iw_script up);
/* The first problem stays. */
void iw_migration_complain(iw_arena *arena, struct iw_migration *migration, const char *format, ...)
	G_GNUC_PRINTF(3, 4);
/* Adds to the end of the line: the parent is the one before. */
void iw_project_add(struct iw_project *project, struct iw_migration *migration);

/* options->dialect, else `word` (found at `where`), else the scheme of the project's URL. Errors: IW_ERROR_PROJECT. */
bool iw_project_set_dialect(struct iw_project *project, const struct iw_project_options *options, const char *word,
			    const char *where, GError **error);
/* Unless options->url is given. `from` is for messages, `base` where relative SQLite paths start. */
void iw_project_set_url(iw_arena *arena, struct iw_project *project, const struct iw_project_options *options,
			const char *url, const char *from, const char *base);
/* DATABASE_URL, when the framework's own configuration names no URL. */
void iw_project_default_url(iw_arena *arena, struct iw_project *project, const struct iw_environment *environment);
/* The dialect of a URL by its scheme; false when the scheme is not known. */
bool iw_url_dialect(const char *url, struct iw_engine *engine);
/* One decoded parameter of the URL's query part; NULL: not there. */
const char *iw_url_parameter(iw_arena *arena, const char *url, const char *name);
/* Name of the database in the URL, decoded; NULL: none. */
const char *iw_url_database(iw_arena *arena, const char *url);

/* Entry point of a version: "^6.1.0" -> 6, "latest" -> 0 (unknown). */
int iw_major_version(const char *text);
/* Version of an npm package: as installed in node_modules (here or upwards), else as package.json asks for; 0: unknown.
 */
int iw_npm_major(iw_arena *arena, const char *directory, const char *package);

/* bookkeeping: parts that every framework's SQL needs ------------------------------------------------------------ */

struct iw_bookkeeping *iw_bookkeeping_new(iw_arena *arena, const struct iw_project *project,
					  const struct iw_bookkeeping_class *class, const char *schema,
					  const char *table_name);
/* bookkeeping_class.table and .exists_sql for a table that lives where `schema` and `table_name` say. */
const char *iw_bookkeeping_table(iw_arena *arena, const struct iw_bookkeeping *self);
/* The table as a tool writes it that never quotes: as it is where it is a plain word, else quoted. */
const char *iw_bookkeeping_plain_table(iw_arena *arena, const struct iw_bookkeeping *self);
const char *iw_bookkeeping_exists_sql(iw_arena *arena, const struct iw_bookkeeping *self);
/* One statement, one list. */
GPtrArray *iw_statements(iw_arena *arena, const char *first, ...) G_GNUC_NULL_TERMINATED;
const char *iw_literal(iw_arena *arena, const struct iw_bookkeeping *self, const char *text);
/* char * name -> struct iw_migration *. */
GHashTable *iw_bookkeeping_by_name(iw_arena *arena, const struct iw_bookkeeping *self);
/* Pending ones that stand before the newest applied one. */
void iw_mark_out_of_order(GPtrArray *applied);
/* New `struct iw_applied` for a migration, PENDING, added to the list. */
struct iw_applied *iw_applied_add(iw_arena *arena, GPtrArray *list, struct iw_migration *migration, const char *name);
/* UUID version 4 from the system's random numbers. */
const char *iw_uuid4(iw_arena *arena);
/* Errors of `resolve` that all frameworks share. */
GPtrArray *iw_refuse_resolve(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* SHA-256 of the whole file of `up`, and whether `recorded` is it (line ends apart). Cached in migration->checksum. */
const char *iw_migration_sha256(iw_arena *arena, const struct iw_migration *migration, GError **error);
bool iw_sha256_matches(iw_arena *arena, const struct iw_migration *migration, const char *recorded, GError **error);
