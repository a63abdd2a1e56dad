/*
 * Facts: what one operation does on one engine and version. One row each, in facts/<engine>.c; used by lint, plan,
 * report and the manual alike; proved against real servers by tests/conformance.
 */
#pragma once

#include "model/operation.h"

enum iw_blocks { IW_BLOCKS_NOTHING, IW_BLOCKS_DDL, IW_BLOCKS_WRITES, IW_BLOCKS_EVERYTHING };
enum iw_work { IW_INSTANT, IW_SCAN, IW_BUILD, IW_REWRITE }; /* build: an index; rewrite: table and its indexes */
enum iw_breaks { IW_BREAKS_NOTHING = 0, IW_BREAKS_READERS = 1, IW_BREAKS_WRITERS = 2, IW_BREAKS_BOTH = 3 };
enum iw_reversible { IW_REVERSIBLE, IW_REVERSIBLE_LOSSY, IW_IRREVERSIBLE };

/* What earlier statements of the same session have SET and facts depend on. Zero: as a session begins. */
struct iw_session_settings {
	bool foreign_key_checks_off; /* MySQL */
	bool timezone_is_utc;	     /* PostgreSQL */
};
/* Takes in an operation after it ran; other kinds than SET change nothing. */
void iw_session_note(struct iw_session_settings *settings, const struct iw_operation *operation);

/* What a condition may look at. */
struct iw_question {
	struct iw_engine engine; /* version 0: see iw_assumed_version() */
	const struct iw_operation *operation;
	const iw_schema *before; /* schema just before the operation; never NULL, may be empty or uncertain */
	bool in_transaction;	 /* the statement will run in a transaction block */
	struct iw_session_settings settings; /* before the operation */
};

struct iw_fact {
	const char *id; /* "pg-add-column-volatile-default": stable, used in docs and JSON */
	enum iw_dialect dialect;
	int vendor; /* MySQL family: 0 both, 1 MySQL only, 2 MariaDB only */
	enum iw_operation_kind kind;
	bool (*condition)(
		const struct iw_question *question); /* NULL: always. Rows are tried in order, first match wins */
	const char *condition_words;		     /* "the default is volatile"; NULL with condition NULL */
	int from_version, below_version;	     /* 0: open */
	const char *lock; /* the engine's own name: "ACCESS EXCLUSIVE", "ALGORITHM=COPY, LOCK=SHARED", "" */
	enum iw_blocks blocks;
	const char *also_lock; /* lock on other relations, with which: "SHARE ROW EXCLUSIVE on the referenced table";
				  NULL */
	enum iw_work work;
	const char *refused;  /* the server always refuses this, in its own words; NULL: it does not */
	const char *fails_if; /* "the table has rows": it fails then; NULL */
	enum iw_breaks breaks;
	const char *breaks_words; /* "code that still reads the column fails"; NULL */
	enum iw_reversible reversible;
	const char *remedy; /* one sentence: the safe way; NULL: none needed */
	const char *source; /* manual page or measurement */
	bool is_proved;	    /* some server of the test suite shows it */
};

/* Never NULL: operations no row is about get the dialect's "unknown" fact, which blocks everything and says so. */
const struct iw_fact *iw_fact_find(const struct iw_question *question);
/* `engine.version`, or the version that is assumed when it is 0: PostgreSQL 18, MySQL 8.4, MariaDB 10.11, SQLite 3.50.
 */
int iw_assumed_version(struct iw_engine engine);
/* All rows of a dialect in table order, for docs and tests. */
const struct iw_fact *iw_facts(enum iw_dialect dialect, size_t *count);
/* What one operation locks, relation by relation. */
struct iw_relation_lock {
	struct iw_name name;
	const char *lock; /* the engine's own name */
	const char *why;  /* "its foreign key references it"; NULL: the operation's own relation */
};
/* struct iw_relation_lock *: the operation's own relation first (left out when it takes no lock there or creates it),
 * then every other known one: referenced tables, partitions and their parents, tables that use a domain. */
GPtrArray *iw_fact_locks(iw_arena *arena, const struct iw_question *question);
/* Relations locked besides the operation's own (referenced tables, partitions' parents), struct iw_name *. */
GPtrArray *iw_fact_other_relations(iw_arena *arena, const struct iw_question *question);

const char *iw_blocks_words(enum iw_blocks blocks); /* "nothing", "other DDL", "writes", "reads and writes" */
const char *
iw_work_words(enum iw_work work); /* "instant", "scans the table", "builds an index", "rewrites the table" */
const char *iw_breaks_words(enum iw_breaks breaks);

/* Seconds that the work takes on a table of this size; negative when unknown. Rates are documented in
 * docs/estimates.md. */
double iw_fact_seconds(const struct iw_fact *fact, double rows, double bytes);
