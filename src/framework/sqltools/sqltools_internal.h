/*
 * The tools whose migrations are plain .sql files: Inchworm's own form, golang-migrate, goose, dbmate and Flyway.
 * One row of a table says how a tool names its files, where its sections are and how it keeps its books.
 */
#pragma once

#include "framework/framework_internal.h"

/* What a file name says. */
struct sql_name {
	const char *version; /* "0012", "1.2"; NULL: repeatable */
	const char *title;   /* "add_users" */
	const char *name;    /* as the tool shows it */
	enum iw_direction direction;
	bool is_repeatable, is_baseline;
};

struct sql_tool;

/* One project being opened. */
struct sql_opening {
	iw_arena *arena;
	const struct iw_project_options *options;
	struct iw_project *project;
	const struct sql_tool *tool;
	struct iw_environment *environment;
	const char *directory; /* of the migrations */
	const char *root;      /* where its .env or go.mod is; relative SQLite paths start there */
	const char *table;     /* from the tool's configuration; NULL: its default */
	const char *schema;    /* PostgreSQL; NULL: the current one */
	struct flyway_settings *flyway;
};

struct sql_tool {
	const struct iw_framework *framework;
	/* False: the file is none of this tool's migrations. */
	bool (*parse_name)(iw_arena *arena, const char *file, struct sql_name *name);
	/* The text of a line that only this tool's files have; NULL: the names are enough. */
	const char *mark;
	/* Both directions in one file: finds them. NULL: whole files. */
	bool (*prepare)(struct iw_migration *migration, const iw_source *source, GError **error);
	/* Before the files are listed: the tool's own configuration, environment and URL. */
	bool (*configure)(struct sql_opening *opening, GError **error);
	/* After: data of migrations and bookkeeping. */
	void (*finish)(struct sql_opening *opening);
	bool is_numeric;   /* versions are numbers; else texts */
	const char *table; /* the bookkeeping table's default name */
	const struct iw_bookkeeping_class *bookkeeping;
	const void *books; /* bookkeeping.data; NULL: `finish` sets it */
};

/* notes.c: see struct iw_framework. */
void iw_sql_notes(iw_arena *arena, const struct iw_migration *migration, GPtrArray *notes);

/* sections.c */
bool iw_sql_prepare_goose(struct iw_migration *migration, const iw_source *source, GError **error);
bool iw_sql_prepare_dbmate(struct iw_migration *migration, const iw_source *source, GError **error);
bool iw_sql_prepare_inchworm(struct iw_migration *migration, const iw_source *source, GError **error);
/* Does a line of the first 4 KB begin with "--" and then, after blanks, `mark` (without regard to case)? */
bool iw_sql_has_mark(const char *path, const char *mark);

/* address.c: the ways in which these tools write down where the database is. */
const char *iw_sql_url_of_go(iw_arena *arena, const char *url);
const char *iw_sql_url_of_goose(iw_arena *arena, const char *driver, const char *text);
const char *iw_sql_url_of_jdbc(iw_arena *arena, const char *url, const char *user, const char *password);
/* "postgres", "mysql", "sqlite" when go.mod here or above asks for drivers of one of them only; NULL. */
const char *iw_sql_dialect_of_go_mod(iw_arena *arena, const char *directory);
/* CRC-32 (IEEE) as Go's hash/crc32 and Java's CRC32 have it; start with 0. */
guint32 iw_sql_crc32(guint32 crc, const char *bytes, size_t length);
/* "1.2" against "1.10": part by part as numbers; parts of names after that as text. */
int iw_sql_compare_versions(const char *a, const char *b);
/* Equal for equal versions: "007" and "7", "1_2" and "1.2.0". */
const char *iw_sql_version_key(iw_arena *arena, const char *version);

/* flyway.c */
bool iw_flyway_parse_name(iw_arena *arena, const char *file, struct sql_name *name);
bool iw_flyway_configure(struct sql_opening *opening, GError **error);
void iw_flyway_finish(struct sql_opening *opening);
bool iw_flyway_has_settings(iw_arena *arena, const char *directory, const char **path);
/* Flyway's checksum of a migration's file. */
bool iw_flyway_checksum(iw_arena *arena, const struct iw_migration *migration, gint32 *checksum, GError **error);

struct flyway_settings {
	GPtrArray *locations;	  /* char *: absolute folders */
	GHashTable *placeholders; /* char * name -> char * value */
	bool replaces_placeholders;
	const char *table, *schema;
	const char *database; /* NULL: not known */
	iw_arena *arena;
};
/* framework_data of a migration. */
struct flyway_migration {
	struct iw_migration_hook hook;
	struct flyway_settings *settings;
	const char *script; /* as the table has it: relative to the location */
};

/* version_records.c, golang_migrate.c, flyway_records.c */
struct sql_books;
extern const struct sql_books iw_sql_inchworm_books, iw_sql_goose_books, iw_sql_dbmate_books;
void iw_golang_migrate_finish(struct sql_opening *opening);
extern const struct iw_bookkeeping_class iw_sql_inchworm_bookkeeping, iw_sql_goose_bookkeeping,
	iw_sql_dbmate_bookkeeping, iw_sql_golang_migrate_bookkeeping, iw_flyway_bookkeeping;
