/*
 * Framework: a project on disk to migrations and bookkeeping. Executes nothing, asks no server.
 *
 *  1. iw_project_open() finds which framework a folder uses (or is told), reads its configuration;
 *  2. migrations in the framework's order; texts are read later through sql/sql.h and struct iw_script;
 *  3. bookkeeping tells the runner what to write.
 *
 * A project lives in one arena. What is wrong with one file does not hide the others: it is that migration's `problem`
 * or one of the project's `problems`.
 */
#pragma once

#include "model/bookkeeping.h"

struct iw_project;
/* The project's `url` is known, and stays. */
typedef void (*iw_project_on_url)(void *data, const struct iw_project *project);

struct iw_project_options {
	const char *directory;	/* where to look; NULL: the working directory */
	const char *framework;	/* "alembic", "django", "prisma", "drizzle", "sql", "golang-migrate", "goose", "dbmate",
				   "flyway"; NULL: find  out */
	const char *migrations; /* --migrations DIR; NULL: where the framework keeps them */
	const char *config;	/* --config inchworm.yaml; NULL: found by walking up to the repository's root */
	const char *dialect;	/* --dialect; NULL: from the project */
	const char *url;	/* --url; NULL: where the framework keeps it, then DATABASE_URL */
	const char *database;	/* --database NAME, where the project has several; NULL: the default one */
	const char *ending;	/* only a project whose migrations' files end so: ".sql"; NULL: any */
	/* Called at most once, while the project is opened, which may fail yet; not for those that several are chosen
	 * from. NULL: nobody asks. */
	iw_project_on_url on_url;
	void *on_url_data;
	bool only_finds; /* see struct iw_framework; for iw_project_open() itself */
};

/* One line of advice about the project itself: orphan files, a provider mismatch, a format that is not supported. */
struct iw_problem {
	bool is_error;	       /* up, down and resolve refuse to go on */
	bool is_note;	       /* nothing is wrong */
	bool is_of_history;    /* ... if `select` does: it hangs on what is applied */
	struct iw_place place; /* source NULL: none */
	const char *path;      /* shown path; may be NULL */
	const char *message, *hint;
};

struct iw_limits { /* from inchworm.yaml; 0: default of the runner */
	int lock_timeout_ms, lock_budget_ms, statement_timeout_ms;
};

struct iw_backfill_settings { /* from inchworm.yaml; 0 or NULL: not said */
	int max_lag_ms;	      /* negative: not said */
	int stop_lag_ms, pause_ms, batch_ms, max_sessions;
	const char *throttle_query;
	GPtrArray *replicas; /* char *: URLs */
};

/* What inchworm.yaml says of a rule, or of those that a pattern with * matches. Whether there is one is not known here.
 */
struct iw_rule_setting {
	const char *rule, *severity; /* severity: "off", "note", "warning", "error" */
	struct iw_place place;	     /* of the rule */
};

struct iw_lint_settings {			 /* from inchworm.yaml */
	GPtrArray *rules;			 /* struct iw_rule_setting *, in order */
	const char *fail_on;			 /* a severity; NULL: not said */
	int small_table_rows, quick_ms, slow_ms; /* 0: not said */
	bool require_reason, honours_squawk;
	GPtrArray *exclude;	      /* char *: patterns of paths, from the folder of the file on */
	const char *baseline;	      /* absolute; NULL: none */
	const char *path, *directory; /* of inchworm.yaml; NULL: there is none */
};

struct iw_project {
	const struct iw_framework *framework;
	const char *directory;		  /* absolute root of the project */
	const char *migrations_directory; /* shown path */
	struct iw_engine engine;	  /* version 0 unless configured */
	const char *url;		  /* NULL: none found */
	const char *url_from;		  /* "prisma/schema.prisma: env(\"DATABASE_URL\")", for messages */
	const char *url_base;		  /* folder that relative SQLite paths start from */
	const char *url_missing; /* url NULL: why, "prisma/schema.prisma uses env(\"DATABASE_URL\"), which is not set";
				    or NULL */
	bool may_delegate;	 /* inchworm.yaml says `delegate: true` */
	const char *database;	 /* Django's alias, Alembic's section or engine name; NULL: the default one */
	GPtrArray *migrations;	 /* struct iw_migration *, in order; of a graph: parents before children */
	/*
	 * struct iw_migration *: what has run and then what is to run, as the command at hand sees it; texts that
	 * depend on the catalogue are made for this order. DOWN: what stays, then what is undone, the first one last.
	 * NULL: `migrations`.
	 */
	GPtrArray *order;
	GPtrArray *problems; /* struct iw_problem * */
	struct iw_bookkeeping *bookkeeping;
	struct iw_limits limits;
	struct iw_backfill_settings backfill;
	struct iw_lint_settings lint;
};

/* A command of the framework's own, run in the user's name when that was allowed. */
struct iw_framework_command {
	const char *directory;
	GPtrArray *arguments;	/* char *: the program first */
	GPtrArray *environment; /* char *: NAME=VALUE, added to Inchworm's own */
	const char *shown;	/* for people, where the arguments are too long to be shown; NULL */
};

/* What the framework does at the end of its own run beside the migrations, which nobody did when we ran them. */
struct iw_framework_closing {
	GPtrArray *rows;		     /* char *: what is made then, each in a few words */
	GPtrArray *unknown;		     /* char *: who may do something then, which cannot be told */
	struct iw_framework_command command; /* does that and has nothing to run, whatever is pending */
	const char *shown;		     /* for a person to type */
};

struct iw_framework {
	const char *name;  /* "prisma" */
	const char *title; /* "Prisma Migrate" */
	/* Does this folder look like one of mine? 0 no; higher wins. *why: "prisma/schema.prisma", for messages. */
	int (*detect)(iw_arena *arena, const char *directory, const char **why);
	/* Fills all of `project` but framework and directory. Errors: IW_ERROR_PROJECT, IW_ERROR_INPUT. With
	 * options->only_finds it may end when `migrations_directory` is known. */
	bool (*open)(iw_arena *arena, const struct iw_project_options *options, struct iw_project *project,
		     GError **error);
	/* Checksum of a migration's file as the framework computes it (reads the file); NULL member: it has none. */
	const char *(*checksum)(iw_arena *arena, const struct iw_migration *migration, GError **error);
	/*
	 * Which migrations `up` or `down` is about, in the order in which they run. `targets`: what the user named, in
	 * the framework's own words, NULL-terminated; empty: all that is pending; for DOWN the last one. `applied`: of
	 * bookkeeping_class.match. NULL member: the migrations are a line. Errors: USAGE, HISTORY.
	 */
	GPtrArray *(*select)(iw_arena *arena, const struct iw_project *project, GPtrArray *applied,
			     const char *const *targets, enum iw_direction direction, GError **error);
	/*
	 * How the framework itself runs this one migration and records it. The command may run the SQL in
	 * INCHWORM_JOURNAL first, in a transaction that holds all of that, and must fail then unless it changes one
	 * row; INCHWORM_SESSION is as below. NULL member: there is nothing that it must run itself. Errors: PROJECT
	 * (the command cannot be told).
	 */
	bool (*delegate)(iw_arena *arena, const struct iw_project *project, const struct iw_migration *migration,
			 enum iw_direction direction, struct iw_framework_command *command, GError **error);
	/*
	 * How it runs one operation of a migration alone (struct iw_statement.part). The command runs the SQL in
	 * INCHWORM_JOURNAL before the operation and in its transaction, where there is one (is_part_atomic), else after
	 * it, and fails unless that changes one row; INCHWORM_SESSION holds statements that limit its session,
	 * separated by ";". NULL member: there are no such operations.
	 */
	bool (*delegate_part)(iw_arena *arena, const struct iw_project *project, const struct iw_migration *migration,
			      enum iw_direction direction, int part, struct iw_framework_command *command);
	/*
	 * Before anything is delegated: a command of the framework's own that reads its bookkeeping and changes
	 * nothing, and whether what it printed is what is applied in the database that we are connected to. Both or
	 * neither. Errors: PROJECT.
	 */
	bool (*probe)(iw_arena *arena, const struct iw_project *project, struct iw_framework_command *command,
		      GError **error);
	bool (*agrees)(const struct iw_project *project, GPtrArray *applied, const char *output, GError **error);
	/* As things stand after bookkeeping_class.match. False: there is nothing of that kind; so for a NULL member. */
	bool (*closing)(iw_arena *arena, const struct iw_project *project, struct iw_framework_closing *closing);
	/* Adds struct iw_code_note * of what is to be seen in the code of a migration, from its file alone. NULL
	 * member: nothing is. */
	void (*notes)(iw_arena *arena, const struct iw_migration *migration, GPtrArray *notes);
	/* The first tables may have been made from the models, by no migration (SQLAlchemy's create_all()). */
	bool may_start_from_models;
	const char *ending; /* of its migrations' files; NULL: ".sql" */
};

extern const struct iw_framework *const iw_frameworks[]; /* NULL-terminated, the table */

/* Errors: IW_ERROR_PROJECT when no framework or more than one is found (both are named, with the option that decides).
 */
struct iw_project *iw_project_open(iw_arena *arena, const struct iw_project_options *options, GError **error);
struct iw_migration *iw_project_find(const struct iw_project *project, const char *name_or_prefix, GError **error);
/* One that is no file: `text` is run as it is, outside of a transaction of its own. */
struct iw_migration *iw_migration_of_text(iw_arena *arena, const char *name, const char *text);
/*
 * Opens the file of one direction. Where one file holds both directions (goose, dbmate, Inchworm's own form), the first
 * call finds the sections: only after it are `offset`, `length`, `is_atomic`, `is_baseline` and down.path of the
 * migration final, so open first, then give &migration->up to the reader.
 * NULL without an error: IW_DOWN, and the file has no down section. Errors: the migration's problem, INPUT,
 * UNSUPPORTED.
 */
iw_source *iw_migration_open(const struct iw_migration *migration, enum iw_direction direction, GError **error);
/* The file has another text now, as an editor's (iw_source_override()): its sections are found anew at the next open,
 * or its text is made anew. What was read of its header stays, as do the states of migrations behind it. */
void iw_migration_forget(struct iw_migration *migration);
