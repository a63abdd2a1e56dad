/*
 * What a framework's reader sees in the code of a migration or of the project that is no statement of SQL: the rule of
 * its kind judges it. Read from the files as they are, by their syntax; nothing is run, nothing else is asked.
 */
#pragma once

#include "base/source.h"

/* kind, id of its rule */
#define IW_NOTE_TABLE(X)                                                                                               \
	X(RUNPYTHON_IRREVERSIBLE, "runpython-irreversible")                                                            \
	X(RUNSQL_IRREVERSIBLE, "runsql-irreversible")                                                                  \
	X(IMPORTS_MODELS, "runpython-imports-models")                                                                  \
	X(DOWNGRADE_MISSING, "downgrade-missing")                                                                      \
	X(NON_ATOMIC_DATA, "non-atomic-data")                                                                          \
	X(BACKFILL_IN_ONE_TRANSACTION, "backfill-in-one-transaction")                                                  \
	X(NEVER_ENDING_LOOP, "never-ending-loop")                                                                      \
	X(SEVERAL_HEADS, "several-heads")                                                                              \
	X(EDITED_AFTER_APPLIED, "edited-after-applied")                                                                \
	X(NOT_IN_VERSION_CONTROL, "not-in-version-control")                                                            \
	X(MIGRATIONS_AT_STARTUP, "migrations-at-startup")                                                              \
	X(SEPARATE_STATE_BOTH_HALVES, "separate-state-both-halves")                                                    \
	X(DROPPED_BUT_USED, "dropped-but-used")

struct iw_migration;

enum iw_note_kind {
	IW_NOTE_NONE,
#define IW_NOTE_ENUM(kind, rule) IW_NOTE_##kind,
	IW_NOTE_TABLE(IW_NOTE_ENUM)
#undef IW_NOTE_ENUM
};

struct iw_code_note {
	enum iw_note_kind kind;
	struct iw_place place;		      /* its source lives as long as the list's arena */
	const char *message;		      /* one sentence */
	bool is_slight;			      /* less than the rule's severity: a note */
	const struct iw_migration *migration; /* NULL: the one that is being read, or none */
};
