/* Groups the steps of a migration into segments: what commits together. */
#include "plan/plan_internal.h"

#include "base/error.h"

#include <string.h>

static const char *transaction_word(const struct iw_step *step)
{
	const struct iw_operation *operation = g_ptr_array_index(step->statement->operations, 0);
	return operation->kind == IW_OP_TRANSACTION ? operation->text : NULL;
}

static bool is_opaque(const struct iw_step *step)
{
	const struct iw_operation *operation = g_ptr_array_index(step->statement->operations, 0);
	return operation->kind == IW_OP_OPAQUE;
}

/* State of the walk over the steps. */
struct walk {
	iw_arena *arena;
	struct iw_migration_plan *plan;
	const struct iw_plan_options *options;
	bool is_atomic;		 /* the framework wraps the script in a transaction */
	bool is_one_query;	 /* ... by sending it as one query */
	bool in_block;		 /* inside the author's own BEGIN ... COMMIT */
	struct iw_segment *open; /* a transaction that may take more steps */
	GPtrArray *new_values;	 /* struct iw_operation *: ADD VALUE in it, to a type that is older than it */
};

static struct iw_segment *segment_new(struct walk *walk, enum iw_segment_kind kind, guint step)
{
	struct iw_segment *segment = iw_new(walk->arena, struct iw_segment);
	*segment = (struct iw_segment){.kind = kind, .first = step, .count = 0};
	g_ptr_array_add(walk->plan->segments, segment);
	return segment;
}

static bool is_same_type(const struct iw_operation *a, const struct iw_operation *b)
{
	return g_strcmp0(a->name.name, b->name.name) == 0 &&
	       (a->name.schema == NULL || b->name.schema == NULL || strcmp(a->name.schema, b->name.schema) == 0);
}

static bool is_type_created(const struct walk *walk, const struct iw_operation *added)
{
	for (guint i = walk->open->first; i < walk->open->first + walk->open->count; i++) {
		const struct iw_step *step = g_ptr_array_index(walk->plan->steps, i);
		const struct iw_operation *operation = g_ptr_array_index(step->statement->operations, 0);
		if (operation->kind == IW_OP_CREATE_ENUM && is_same_type(operation, added))
			return true;
	}
	return false;
}

static void note_new_value(struct walk *walk, const struct iw_step *step)
{
	const struct iw_operation *operation = g_ptr_array_index(step->statement->operations, 0);
	if (operation->kind == IW_OP_ADD_ENUM_VALUE && operation->member != NULL && !is_type_created(walk, operation))
		g_ptr_array_add(walk->new_values, (gpointer)operation);
}

static void add_to_transaction(struct walk *walk, guint step)
{
	if (walk->open == NULL)
		walk->open = segment_new(walk, IW_SEGMENT_TRANSACTION, step);
	walk->open->count = step - walk->open->first + 1;
	note_new_value(walk, g_ptr_array_index(walk->plan->steps, step));
}

static void close_transaction(struct walk *walk)
{
	walk->open = NULL;
	g_ptr_array_set_size(walk->new_values, 0);
}

static bool is_single(const struct walk *walk, const struct iw_step *step)
{
	if (step->statement->needs_no_transaction)
		return true;
	if (!walk->options->transactional_ddl && step->statement->commits_implicitly)
		return true;
	/* Without the framework's transaction a CALL or DO may commit by itself: it must not be wrapped. */
	return !walk->is_atomic && !walk->in_block && is_opaque(step);
}

/* BEGIN and COMMIT in a file mean what they mean there: COMMIT ends a segment. */
static bool walk_transaction_word(struct walk *walk, struct iw_step *step, guint index, const char *word,
				  GError **error)
{
	const struct iw_operation *operation = g_ptr_array_index(step->statement->operations, 0);
	const char *modes = operation->member;
	if (strcmp(word, "begin") == 0) {
		if (!walk->is_atomic)
			close_transaction(walk);
		walk->in_block = true;
		if (modes == NULL) {
			step->is_skipped = true;
			return true;
		}
		step->sql = iw_arena_printf(walk->arena, "SET TRANSACTION %s", modes);
		add_to_transaction(walk, index);
		return true;
	}
	if (strcmp(word, "commit") == 0) {
		step->is_skipped = true;
		walk->in_block = false;
		close_transaction(walk);
		/* A COMMIT that ends the framework's transaction: what follows commits by itself. */
		walk->is_atomic = walk->is_atomic && walk->is_one_query;
		return true;
	}
	if (strcmp(word, "rollback") == 0) {
		iw_fail_at(error, IW_ERROR_UNSUPPORTED, &step->statement->place,
			   "cannot plan \"%s\": it rolls back a transaction itself", walk->plan->migration->name);
		iw_error_hint(error, "Remove ROLLBACK from the file; what it would undo never has to run.");
		return false;
	}
	add_to_transaction(walk, index); /* savepoints */
	return true;
}

static bool reads_value(const struct iw_step *step, const char *value)
{
	const struct iw_operation *operation = g_ptr_array_index(step->statement->operations, 0);
	if (operation->kind == IW_OP_ADD_ENUM_VALUE || operation->kind == IW_OP_CREATE_ENUM ||
	    step->statement->text == NULL)
		return false;
	g_auto(GStrv) parts = g_strsplit(value, "'", -1);
	g_autofree char *inner = g_strjoinv("''", parts);
	g_autofree char *literal = g_strdup_printf("'%s'", inner);
	return strstr(step->statement->text, literal) != NULL;
}

/*
 * PostgreSQL refuses a new enum value before its transaction has committed (55P04), unless the type is as new: then the
 * transaction ends before the value's first use.
 */
static bool uses_uncommitted_value(const struct walk *walk, const struct iw_step *step)
{
	for (guint i = 0; i < walk->new_values->len; i++) {
		const struct iw_operation *added = g_ptr_array_index(walk->new_values, i);
		if (reads_value(step, added->member))
			return true;
	}
	return false;
}

static bool walk_step(struct walk *walk, guint index, GError **error)
{
	struct iw_step *step = g_ptr_array_index(walk->plan->steps, index);
	const char *word = transaction_word(step);
	if (walk->plan->is_split && step->statement->is_foreign) {
		close_transaction(walk);
		segment_new(walk, IW_SEGMENT_PART, index)->count = 1;
		return true;
	}
	if (word != NULL)
		return walk_transaction_word(walk, step, index, word, error);
	if (is_single(walk, step)) {
		close_transaction(walk);
		segment_new(walk, IW_SEGMENT_SINGLE, index)->count = 1;
		return true;
	}
	if (!walk->in_block && uses_uncommitted_value(walk, step))
		close_transaction(walk);
	add_to_transaction(walk, index);
	if (!walk->is_atomic && !walk->in_block)
		close_transaction(walk);
	return true;
}

/* SQLite ignores PRAGMA foreign_keys inside a transaction, and DROP TABLE then deletes the children's rows. */
static bool turns_foreign_keys_off(const struct iw_operation *operation)
{
	return operation->kind == IW_OP_SET && operation->member != NULL &&
	       g_ascii_strcasecmp(operation->member, "foreign_keys") == 0;
}

static bool is_rebuild(const struct iw_migration_plan *plan, guint first, guint last)
{
	bool drops = false;
	for (guint i = first; i < last; i++) {
		const struct iw_step *step = g_ptr_array_index(plan->steps, i);
		const struct iw_operation *operation = g_ptr_array_index(step->statement->operations, 0);
		drops |= operation->kind == IW_OP_DROP_TABLE;
		if (drops && operation->kind == IW_OP_RENAME_TABLE)
			return true;
	}
	return false;
}

static void set_foreign_keys(struct iw_migration_plan *plan)
{
	bool off = false;
	for (guint i = 0; i < plan->steps->len; i++) {
		struct iw_step *step = g_ptr_array_index(plan->steps, i);
		const struct iw_operation *operation = g_ptr_array_index(step->statement->operations, 0);
		if (!turns_foreign_keys_off(operation))
			continue;
		step->is_skipped = true;
		off = true;
	}
	for (guint i = 0; i < plan->segments->len; i++) {
		struct iw_segment *segment = g_ptr_array_index(plan->segments, i);
		if (segment->kind == IW_SEGMENT_TRANSACTION)
			segment->foreign_keys_off =
				off || is_rebuild(plan, segment->first, segment->first + segment->count);
	}
}

bool iw_plan_segments(iw_arena *arena, const struct iw_plan_options *options, struct iw_migration_plan *plan,
		      const struct iw_script *script, GError **error)
{
	plan->segments = iw_arena_ptr_array(arena);
	struct walk walk = {
		.arena = arena,
		.plan = plan,
		.options = options,
		.is_atomic = script->is_atomic,
		.is_one_query = script->is_one_query,
		.new_values = iw_arena_ptr_array(arena),
	};
	for (guint i = 0; i < plan->steps->len; i++)
		if (!walk_step(&walk, i, error))
			return false;
	if (options->engine.dialect == IW_SQLITE)
		set_foreign_keys(plan);
	plan->is_atomic = plan->segments->len == 0;
	if (plan->segments->len == 1) {
		const struct iw_segment *only = g_ptr_array_index(plan->segments, 0);
		plan->is_atomic = only->kind == IW_SEGMENT_TRANSACTION;
	}
	/* What the framework sends of its own may commit at any place. */
	plan->is_atomic = plan->is_atomic && (!plan->is_delegated || options->transactional_ddl);
	return true;
}

bool iw_plan_stands_alone(const struct iw_plan_options *options, const struct iw_step *step)
{
	return step->statement->needs_no_transaction ||
	       (!options->transactional_ddl && step->statement->commits_implicitly);
}

void iw_plan_phased_segments(iw_arena *arena, const struct iw_plan_options *options, struct iw_migration_plan *plan)
{
	plan->segments = iw_arena_ptr_array(arena);
	plan->is_atomic = false;
	struct walk walk = {.arena = arena, .plan = plan, .options = options};
	const struct iw_step *last = NULL;
	for (guint i = 0; i < plan->steps->len; i++) {
		const struct iw_step *step = plan->steps->pdata[i];
		bool is_alone = step->backfill != NULL || iw_plan_stands_alone(options, step);
		bool joins = !is_alone && walk.open != NULL && last->unit == step->unit && i != plan->contract_from &&
			     i != plan->purge_from;
		if (!joins)
			walk.open = segment_new(&walk,
						step->backfill != NULL ? IW_SEGMENT_BACKFILL
						: is_alone	       ? IW_SEGMENT_SINGLE
								       : IW_SEGMENT_TRANSACTION,
						i);
		walk.open->count = i - walk.open->first + 1;
		if (is_alone)
			walk.open = NULL;
		last = step;
	}
	if (options->engine.dialect == IW_SQLITE)
		set_foreign_keys(plan);
}
