/* Parts of the Drizzle framework: the journal, and the bookkeeping table in its two forms. */
#pragma once

#include "framework/framework_internal.h"

#define IW_DRIZZLE_BREAKPOINT "--> statement-breakpoint"

/* framework_data of a migration. */
struct iw_drizzle_migration {
	struct iw_migration_hook hook;
	gint64 recorded_when; /* created_at of its row; differs from when_ms when the journal was written anew; 0: no
				 row */
};

/* bookkeeping.data */
struct iw_drizzle_history {
	bool has_names; /* 1.0: columns name and applied_at, matched by name; else by created_at */
};

/* Journal form (0.x): adds the migrations of <folder>/meta/_journal.json. *dialect receives the journal's, or NULL. */
bool iw_drizzle_read_journal(iw_arena *arena, struct iw_project *project, const char *directory, const char **dialect,
			     GError **error);
/* A migration with Drizzle's breakpoint and its data. */
struct iw_migration *iw_drizzle_migration_new(iw_arena *arena, const char *name, struct iw_script up);

extern const struct iw_bookkeeping_class iw_drizzle_bookkeeping;

/* config.c: the configuration in a folder, or of the project whose folder it is; absolute path, NULL: none. */
const char *iw_drizzle_config_in(iw_arena *arena, const char *directory);
const char *iw_drizzle_find_config(iw_arena *arena, const char *directory);
