/*
 * Recipes: how one operation that would block or break is done in safe steps. One file each in recipes/; pure.
 *
 *  1. the planner asks iw_recipe_find() for an operation on a table that is there and not tiny;
 *  2. make() describes the steps with iw_recipe_unit(), iw_recipe_sql(), iw_recipe_undo(), iw_recipe_backfill();
 *  3. the planner reads each statement back, judges it by the facts, and appends the contract steps at the end.
 *
 * What a recipe leaves behind after its last step is what the operation itself would have left, names included.
 */
#pragma once

#include "plan/plan.h"

struct iw_recipe_maker;

/* What a recipe sees. */
struct iw_recipe_context {
	iw_arena *arena;
	const struct iw_plan_options *options;
	const iw_schema *before, *after; /* round the operation, as its author sees it */
	const struct iw_table *table;	 /* in `before`; never NULL */
	const struct iw_operation *operation;
	const struct iw_judgement *judgement; /* of the operation as written */
	GPtrArray *others;		      /* struct iw_operation *: all of the migration */
	guint index;			      /* of the operation among them */
};

struct iw_recipe {
	const char *id;	   /* "create-index-concurrently" */
	const char *title; /* "index built without blocking writes" */
	unsigned dialects; /* 1 << enum iw_dialect */
	bool breaks;	   /* what the statement would break, it breaks all the same */
	/* Is this its case? */
	bool (*fits)(const struct iw_recipe_context *context);
	/* NULL result: done. Else why it cannot be done here, a sentence without a full stop. */
	const char *(*make)(struct iw_recipe_maker *maker);
	/* For docs/recipes: constant text. */
	const char *when, *how, *cost, *no_return;
	const char *setup, *example; /* SQL: what is there, and what the recipe is for */
};
extern const struct iw_recipe *const iw_recipes[]; /* NULL-terminated; the first that fits is taken */
const struct iw_recipe *iw_recipe_find(const struct iw_recipe_context *context);
const struct iw_recipe *iw_recipe_by_id(const char *id);

/* For make() ------------------------------------------------------------------------------------------------------- */

struct iw_recipe_maker {
	const struct iw_recipe_context *context;
	const struct iw_recipe *recipe;
	GPtrArray *drafts; /* struct iw_draft * */
	int unit;
	enum iw_phase phase;
	const char *title;
};

/* A step before it is read back. */
struct iw_draft {
	const char *sql;
	enum iw_phase phase;
	const char *title;
	int unit;
	GPtrArray *undo; /* char * */
	bool undo_is_alone, undo_prepares;
	const char *undo_loss, *no_undo;
	const struct iw_backfill *backfill;
};

/* What follows commits together, apart from what came before. */
void iw_recipe_unit(struct iw_recipe_maker *maker, enum iw_phase phase, const char *title, ...) G_GNUC_PRINTF(3, 4);
void iw_recipe_sql(struct iw_recipe_maker *maker, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* Takes back the statement just added. Must be repeatable: IF EXISTS. */
void iw_recipe_undo(struct iw_recipe_maker *maker, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* What takes back the statement just added cannot run in a transaction, whatever the statement itself can. */
void iw_recipe_undo_alone(struct iw_recipe_maker *maker);
/* What takes back the statement just added prepares the undo of the one before: it runs alone, and also when only that
 * one was done. */
void iw_recipe_undo_prepares(struct iw_recipe_maker *maker);
/* What taking back the statement just added loses: a sentence without a full stop, constant text. */
void iw_recipe_loses(struct iw_recipe_maker *maker, const char *loss);
/* Why the statement just added cannot be taken back: a sentence without a full stop, constant text. */
void iw_recipe_no_undo(struct iw_recipe_maker *maker, const char *why);
/* Returns NULL, or why the table's rows cannot be walked: it has no unique key of NOT NULL columns. */
const char *iw_recipe_backfill(struct iw_recipe_maker *maker, const char *set, const char *where);

/* Names, quoted. */
const char *iw_recipe_table(const struct iw_recipe_maker *maker);
const char *iw_recipe_quote(const struct iw_recipe_maker *maker, const char *name);
/* "schema.name" of an object beside the table. */
const char *iw_recipe_beside(const struct iw_recipe_maker *maker, const char *name);
/* "_inchworm_" and what is left of the name, within the engine's length; distinct names stay distinct. */
const char *iw_recipe_own_name(const struct iw_recipe_maker *maker, const char *purpose, const char *name);
/* "a, b" of char *, quoted. */
const char *iw_recipe_list(const struct iw_recipe_maker *maker, GPtrArray *names);

/* recipes/, the table's rows */
extern const struct iw_recipe iw_recipe_create_index, iw_recipe_drop_index, iw_recipe_unique, iw_recipe_foreign_key,
	iw_recipe_check, iw_recipe_set_not_null, iw_recipe_add_column, iw_recipe_detach_partition, iw_recipe_reindex,
	iw_recipe_keep_default, iw_recipe_change_type, iw_recipe_rename_column, iw_recipe_rename_table,
	iw_recipe_drop_column, iw_recipe_drop_table, iw_recipe_update, iw_recipe_mysql_online;
