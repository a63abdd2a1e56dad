/*
 * Alembic: what its project reader and its renderer say to each other.
 *
 * The renderer turns upgrade() or downgrade() of one revision into the queries that Alembic's online mode would send,
 * without running Python:
 *
 *  1. fill struct iw_alembic_render; one may serve many revisions, `catalogue` is set anew for each;
 *  2. iw_alembic_make() for each, in the order in which they run.
 */
#pragma once

#include "framework/python/python.h"
#include "model/migration.h"
#include "model/schema.h"

/*
 * naming_convention of target_metadata: a DICT as SQLAlchemy takes it; keys are "ix", "uq", "ck", "fk", "pk" (or the
 * classes, as FOREIGN "sqlalchemy.Index", ...) and names of the project's own tokens; values are STRING or FUNCTION.
 */
struct iw_alembic_naming {
	struct iw_py_value *conventions;
};

struct iw_alembic_render {
	iw_py *python;		 /* its host is replaced during iw_alembic_make() */
	struct iw_engine engine; /* version 0: the newest */
	/* Gives the catalogue in which the text will run, by replay: before this revision's upgrade(), after it for
	 * downgrade(). Few revisions ask. NULL: not known, and what asks for it is opaque. */
	const iw_schema *(*catalogue)(void *data);
	void *catalogue_data;
	const struct iw_alembic_naming *naming; /* NULL: SQLAlchemy's own */
	/*
	 * Types that create_table made earlier in the same run of Alembic, which makes none twice: char * set, owning
	 * its keys; the renderer adds to it. NULL: none.
	 */
	GHashTable *made_types;
	const char *database; /* what upgrade(engine_name) is called with in a project of several; NULL: none */
	int sqlalchemy;	      /* 104, 200, 201: its version, for the few things that differ; 0: 200 */
	bool is_mariadb_url;  /* mariadb://, which SQLAlchemy takes for a dialect of its own */
	const char *schema;   /* PostgreSQL: the default schema; NULL: "public" */
};

/*
 * The text of one direction; never empty of reasons: what cannot be known is a foreign piece. `shown` for messages.
 * Errors: INPUT (the file cannot be read, syntax), UNSUPPORTED (raise: there is no way down; the message is what it
 * raises, with its place; or the function is missing).
 */
iw_source *iw_alembic_make(struct iw_alembic_render *render, const char *path, const char *shown,
			   enum iw_direction direction, GError **error);
