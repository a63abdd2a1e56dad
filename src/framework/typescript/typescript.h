/*
 * TypeScript: reads the value of a configuration file (drizzle.config.ts, prisma.config.ts) without running it.
 *
 *  1. iw_ts_read() parses a file and works out its default export (or module.exports);
 *  2. iw_ts_member(), iw_ts_text() look into the value;
 *  3. all lives in the arena.
 *
 * A pure evaluator: literals, objects and arrays with spreads, templates, process.env, env("X"), ?? || && and ?:,
 * constants, functions with one returned expression, imports of local files, path.join and its like, defineConfig.
 * What it cannot work out is an UNKNOWN value that carries place and reason; that is an error only for who needs it.
 * Work is bounded: files, depth and steps have limits, and beyond them values are UNKNOWN.
 */
#pragma once

#include "base/arena.h"
#include "base/source.h"
#include "framework/dotenv.h"

enum iw_ts_kind {
	IW_TS_UNKNOWN,
	IW_TS_UNDEFINED,
	IW_TS_NULL,
	IW_TS_BOOLEAN,
	IW_TS_NUMBER,
	IW_TS_STRING,
	IW_TS_ARRAY,
	IW_TS_OBJECT,
	IW_TS_FUNCTION,
};

struct iw_ts_value {
	enum iw_ts_kind kind;
	const char *text; /* STRING; NUMBER as JavaScript prints it */
	double number;
	bool boolean;
	GPtrArray *items;      /* ARRAY: struct iw_ts_value *; OBJECT: struct iw_ts_member * in order */
	struct iw_place place; /* where it is written; source NULL: nowhere */
	const char *reason;    /* UNKNOWN: "the environment variable DATABASE_URL is not set" */
	const char *variable;  /* the environment variable that it came from, or would have; NULL: none */
	const void *function;  /* private */
};

struct iw_ts_member {
	const char *name;
	const struct iw_ts_value *value;
};

struct iw_ts_module {
	const struct iw_ts_value *value; /* of the default export; never NULL */
	bool imports_dotenv;		 /* it, or a file it imports, loads .env */
	GPtrArray *imports;		 /* char *: names of packages that it imports */
};

/*
 * `environment` receives what the file loads by dotenv. .json files are read as JSON.
 * Errors: IW_ERROR_INPUT (unreadable, not UTF-8, not JSON, too large). A syntax error in TypeScript makes what it
 * touches UNKNOWN.
 */
struct iw_ts_module *iw_ts_read(iw_arena *arena, const char *path, struct iw_environment *environment, GError **error);

/* A member by dotted path ("migrations.path"); UNDEFINED when it is not there, UNKNOWN when what holds it is. Never
 * NULL. */
const struct iw_ts_value *iw_ts_member(const struct iw_ts_value *value, const char *path);
/* The string of a member, or NULL. *unknown (may be NULL) receives the value when it is there but cannot be known. */
const char *iw_ts_text(const struct iw_ts_value *value, const char *path, const struct iw_ts_value **unknown);
/* "drizzle.config.ts:12: the environment variable X is not set", for messages. */
const char *iw_ts_explain(iw_arena *arena, const struct iw_ts_value *unknown);
