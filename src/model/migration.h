/*
 * Migration: name, place on disk, how its text is cut into statements, and how its framework runs it.
 * A project's migrations form a line (all frameworks of SQL files) or a graph (parents).
 * Texts are read when asked for, not when the project is opened: `status` never reads SQL.
 */
#pragma once

#include "base/source.h"
#include "model/operation.h"

enum iw_direction { IW_UP, IW_DOWN };

/* One direction of a migration: a part of a file. */
struct iw_script {
	const char *path;	/* absolute; NULL: there is none */
	const char *shown_path; /* relative to the project's root */
	size_t offset, length;	/* the section of the file (bytes); length SIZE_MAX: to the end */
	const char *breakpoint; /* text that separates statements besides ';' ("--> statement-breakpoint"); NULL */
	const char *block_begin, *block_end; /* markers round one statement ("-- +goose StatementBegin"); NULL */
	bool is_atomic;			     /* the framework runs it in a transaction */
	/* It sends the file as one query: a single statement is not in a transaction; on SQLite none is. */
	bool is_one_query;
};

struct iw_migration {
	const char *name;	   /* as the framework's own commands show it */
	const char *version;	   /* the sortable part; NULL where name is all */
	const char *title;	   /* for people; may equal name */
	GPtrArray *parents;	   /* struct iw_migration *; a line has one or none */
	GPtrArray *labels;	   /* char *: names of the branch that begins here; NULL: none */
	bool is_head;		   /* nothing comes after it, in a framework that speaks of heads */
	struct iw_script up, down; /* down.path NULL: none */
	const char *checksum;	   /* as the framework computes it; NULL: it has none, or not computed yet */
	gint64 when_ms;		   /* Drizzle's `when`, other frameworks' timestamp; 0: none */
	bool is_of_framework;	   /* its own tables (django.contrib): nobody here can write it otherwise */
	bool is_repeatable;	   /* Flyway R__ */
	bool is_baseline;	   /* a file whose SQL describes what was there before; never run */
	GError *problem;	   /* missing file, bad name, unreadable: reported when it is needed; NULL: none */
	void *framework_data;	   /* private to the framework */
};

/* Where the database's bookkeeping and the files stand for one migration. */
enum iw_migration_state {
	IW_PENDING,
	IW_APPLIED,
	IW_FAILED,	 /* begun and not finished, by the framework's own account */
	IW_ROLLED_BACK,	 /* the framework says: rolled back; counts as pending */
	IW_MISSING_FILE, /* in the database, no such file */
};

struct iw_applied {
	enum iw_migration_state state;
	const char *name;
	struct iw_migration *migration; /* NULL: MISSING_FILE */
	const char *checksum;		/* as recorded; NULL: none */
	bool is_edited;			/* recorded checksum is not the file's */
	bool is_current;		/* a row names it, where rows are the heads of what is applied */
	bool is_out_of_order;		/* pending, but older than the newest applied one */
	const char *applied_at;		/* ISO 8601 UTC, as far as known; NULL */
	const char *note;		/* error log kept by the framework, etc.; NULL */
};
