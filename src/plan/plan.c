/* Migrations to steps: reads, judges by the facts, keeps the schema moving; see plan.h. */
#include "plan/plan_internal.h"
#include "plan/recipe.h"

#include "base/error.h"
#include "framework/framework.h"
#include "model/replay.h"
#include "sql/sql.h"

#include <stdint.h>
#include <string.h>

struct iw_planner {
	iw_arena *arena;
	GHashTable *made;   /* keys of tables that planned migrations created */
	GHashTable *former; /* key of a table that they renamed -> struct iw_name *: what sizes are known by */
	struct iw_plan_options options;
	iw_schema *schema;
	struct iw_session_settings settings; /* of the migration that is planned */
};

iw_planner *iw_planner_new(iw_arena *arena, const struct iw_plan_options *options, const iw_schema *before)
{
	iw_planner *planner = iw_new(arena, iw_planner);
	planner->options = *options;
	planner->arena = arena;
	planner->made = iw_arena_hash_table(arena, g_str_hash, g_str_equal);
	planner->former = iw_arena_hash_table(arena, g_str_hash, g_str_equal);
	planner->schema = before != NULL ? iw_schema_copy(arena, before) : iw_schema_new(arena, options->engine);
	return planner;
}

const char *iw_phase_name(enum iw_phase phase)
{
	static const char *const names[] = {
		[IW_AS_WRITTEN] = "as written", [IW_EXPAND] = "expand",	    [IW_MIGRATE] = "migrate",
		[IW_SWITCH] = "switch",		[IW_CONTRACT] = "contract", [IW_PURGE] = "purge",
	};
	return names[phase];
}

const iw_schema *iw_planner_schema(const iw_planner *planner)
{
	return planner->schema;
}

void iw_planner_replay(iw_planner *planner, const struct iw_migration *migration)
{
	g_autoptr(iw_source) source = iw_migration_open(migration, IW_UP, NULL);
	if (source == NULL) {
		planner->schema->is_uncertain = true;
		return;
	}
	if (migration->is_baseline)
		return;
	g_autoptr(iw_arena) arena = iw_arena_new();
	g_autoptr(iw_reader) reader = iw_reader_new(planner->options.engine, source, &migration->up);
	g_autoptr(GError) error = NULL;
	struct iw_statement *statement;
	while ((statement = iw_reader_next(reader, arena, &error)) != NULL) {
		if (!iw_schema_apply_statement(planner->schema, statement, NULL))
			planner->schema->is_uncertain = true;
		iw_arena_reset(arena);
	}
	if (error != NULL)
		planner->schema->is_uncertain = true;
}

/* Tables that this migration created: nobody waits for them. Keys are "schema.name" or "name". */
static char *table_key(iw_arena *arena, struct iw_name name)
{
	if (name.schema == NULL)
		return iw_arena_strdup(arena, name.name);
	return iw_arena_printf(arena, "%s.%s", name.schema, name.name);
}

static void note_new_table(iw_arena *arena, GHashTable *new_tables, const struct iw_operation *operation)
{
	if (operation->kind == IW_OP_CREATE_TABLE && operation->name.name != NULL)
		g_hash_table_add(new_tables, table_key(arena, operation->name));
	if (operation->kind == IW_OP_RENAME_TABLE && operation->name.name != NULL && operation->new_name.name != NULL &&
	    g_hash_table_contains(new_tables, table_key(arena, operation->name)))
		g_hash_table_add(new_tables, table_key(arena, operation->new_name));
}

static struct iw_name former_name(const iw_planner *planner, const char *key, struct iw_name name)
{
	const struct iw_name *former = g_hash_table_lookup(planner->former, key);
	return former == NULL ? name : *former;
}

static void note_new_name(iw_planner *planner, const struct iw_operation *operation)
{
	if (operation->kind != IW_OP_RENAME_TABLE || operation->name.name == NULL || operation->new_name.name == NULL)
		return;
	const char *key = table_key(planner->arena, operation->name);
	struct iw_name former = iw_name_copy(planner->arena, former_name(planner, key, operation->name));
	g_hash_table_insert(planner->former, table_key(planner->arena, operation->new_name),
			    iw_arena_memdup(planner->arena, &former, sizeof former));
}

/* The table an operation works on: of an index named alone, the index's table. */
static struct iw_name target_table(const iw_schema *schema, const struct iw_operation *operation)
{
	bool names_index = operation->kind == IW_OP_DROP_INDEX || operation->kind == IW_OP_RENAME_INDEX ||
			   operation->kind == IW_OP_ALTER_INDEX ||
			   (operation->kind == IW_OP_REINDEX && operation->object_kind == IW_OBJECT_INDEX);
	if (!names_index || operation->member != NULL || operation->name.name == NULL)
		return operation->name;
	struct iw_table *table = NULL;
	if (iw_schema_find_index(schema, operation->name, &table) == NULL || table == NULL)
		return operation->name;
	return table->name;
}

static struct iw_judgement *judge(iw_planner *planner, iw_arena *arena, const struct iw_operation *operation,
				  bool in_transaction, GHashTable *new_tables)
{
	struct iw_judgement *judgement = iw_new(arena, struct iw_judgement);
	struct iw_question question = {planner->options.engine, operation, planner->schema, in_transaction,
				       planner->settings};
	*judgement = (struct iw_judgement){.operation = operation, .rows = -1, .bytes = -1, .seconds = -1};
	judgement->fact = iw_fact_find(&question);
	judgement->locks = iw_fact_locks(arena, &question);
	struct iw_name table = target_table(planner->schema, operation);
	if (table.name == NULL)
		return judgement;
	const char *key = table_key(arena, table);
	judgement->is_new_table = g_hash_table_contains(new_tables, key);
	judgement->is_new_in_run = g_hash_table_contains(planner->made, key);
	struct iw_table_size size;
	if (!judgement->is_new_table && planner->options.size != NULL &&
	    planner->options.size(planner->options.size_data, former_name(planner, key, table), &size)) {
		judgement->rows = size.rows;
		judgement->bytes = size.bytes;
		judgement->seconds = iw_fact_seconds(judgement->fact, size.rows, size.bytes);
	}
	return judgement;
}

static bool is_worse(const struct iw_judgement *a, const struct iw_judgement *b)
{
	if (b == NULL)
		return true;
	if (a->is_new_table != b->is_new_table)
		return b->is_new_table;
	if (a->fact->blocks != b->fact->blocks)
		return a->fact->blocks > b->fact->blocks;
	return a->fact->work > b->fact->work;
}

static void sum_up(struct iw_step *step)
{
	step->seconds = -1;
	for (guint i = 0; i < step->judgements->len; i++) {
		const struct iw_judgement *judgement = g_ptr_array_index(step->judgements, i);
		if (is_worse(judgement, step->worst))
			step->worst = judgement;
		if (judgement->is_new_table)
			continue;
		step->blocks = MAX(step->blocks, judgement->fact->blocks);
		step->work = MAX(step->work, judgement->fact->work);
		step->breaks |= judgement->fact->breaks;
		if (judgement->seconds >= 0)
			step->seconds = MAX(step->seconds, 0) + judgement->seconds;
	}
}

static struct iw_step *plan_statement(iw_planner *planner, iw_arena *arena, struct iw_statement *statement,
				      bool is_atomic, GHashTable *new_tables)
{
	struct iw_step *step = iw_new(arena, struct iw_step);
	step->statement = statement;
	step->sql = statement->text;
	step->judgements = iw_arena_ptr_array(arena);
	bool in_transaction = is_atomic && !statement->needs_no_transaction && !statement->commits_implicitly;
	for (guint i = 0; !planner->options.only_text && i < statement->operations->len; i++) {
		const struct iw_operation *operation = g_ptr_array_index(statement->operations, i);
		g_ptr_array_add(step->judgements, judge(planner, arena, operation, in_transaction, new_tables));
		note_new_table(arena, new_tables, operation);
		note_new_table(planner->arena, planner->made, operation);
		note_new_name(planner, operation);
		iw_session_note(&planner->settings, operation);
		if (!iw_schema_apply(planner->schema, operation, NULL))
			planner->schema->is_uncertain = true;
	}
	sum_up(step);
	return step;
}

struct iw_step *iw_plan_draft(iw_planner *planner, iw_arena *arena, iw_schema *schema, const struct iw_draft *draft)
{
	iw_source *source = iw_source_from_text(draft->sql, strlen(draft->sql), "<recipe>");
	iw_arena_defer(arena, (GDestroyNotify)iw_source_unref, source);
	GPtrArray *statements = iw_read_all(arena, planner->options.engine, source, NULL, NULL);
	g_assert(statements != NULL && statements->len == 1);
	iw_planner physical = *planner;
	physical.schema = schema;
	GHashTable *new_tables = iw_arena_hash_table(arena, g_str_hash, g_str_equal);
	struct iw_step *step = plan_statement(&physical, arena, statements->pdata[0], false, new_tables);
	step->phase = draft->phase;
	step->title = draft->title;
	step->unit = draft->unit;
	step->undo = draft->undo != NULL ? draft->undo : iw_arena_ptr_array(arena);
	step->undo_is_alone = draft->undo_is_alone || iw_plan_stands_alone(&planner->options, step);
	step->undo_prepares = draft->undo_prepares;
	step->undo_loss = draft->undo_loss;
	step->no_undo = draft->no_undo;
	step->backfill = draft->backfill;
	return step;
}

static bool read_steps(iw_planner *planner, iw_arena *arena, struct iw_migration_plan *plan,
		       const struct iw_script *script, GError **error)
{
	plan->steps = iw_arena_ptr_array(arena);
	GHashTable *new_tables = iw_arena_hash_table(arena, g_str_hash, g_str_equal);
	g_autoptr(iw_reader) reader = iw_reader_new(planner->options.engine, plan->source, script);
	GError *failure = NULL;
	struct iw_statement *statement;
	planner->settings = (struct iw_session_settings){0};
	while ((statement = iw_reader_next(reader, arena, &failure)) != NULL) {
		struct iw_step *step = plan_statement(planner, arena, statement, script->is_atomic, new_tables);
		g_ptr_array_add(plan->steps, step);
		step->number = (int)plan->steps->len;
	}
	if (failure == NULL)
		return true;
	g_propagate_error(error, failure);
	return false;
}

static bool open_derived(iw_planner *planner, iw_arena *arena, struct iw_migration_plan *plan, struct iw_script *script,
			 GError **error)
{
	g_autofree char *text = iw_plan_derive_down(planner->schema, planner->options.engine, plan->migration, arena,
						    plan->losses, error);
	if (text == NULL)
		return false;
	plan->is_derived = true;
	plan->is_lossy = plan->losses->len > 0;
	const char *shown = iw_arena_printf(arena, "<derived down of %s>", plan->migration->name);
	plan->source = iw_source_from_text(text, strlen(text), shown);
	*script = (struct iw_script){.length = SIZE_MAX, .is_atomic = plan->migration->up.is_atomic};
	return true;
}

/* Files that hold Python stay as they are, and what is only printed is what the framework would send. */
static bool may_expand(const iw_planner *planner, const struct iw_migration_plan *plan, enum iw_direction direction)
{
	const struct iw_plan_options *options = &planner->options;
	return direction == IW_UP && !options->as_written && !options->only_text && !plan->is_delegated &&
	       !plan->is_split;
}

struct iw_migration_plan *iw_planner_plan(iw_planner *planner, iw_arena *arena, struct iw_migration *migration,
					  enum iw_direction direction, GError **error)
{
	struct iw_migration_plan *plan = iw_new(arena, struct iw_migration_plan);
	plan->migration = migration;
	plan->direction = direction;
	plan->losses = iw_arena_ptr_array(arena);
	plan->blocking = iw_arena_ptr_array(arena);
	plan->notes = iw_arena_ptr_array(arena);
	GError *failure = NULL;
	plan->source = iw_migration_open(migration, direction, &failure);
	if (failure != NULL) {
		g_propagate_error(error, failure);
		return NULL;
	}
	struct iw_script script = direction == IW_UP ? migration->up : migration->down;
	if (plan->source == NULL && !open_derived(planner, arena, plan, &script, error))
		return NULL;
	iw_arena_defer(arena, (GDestroyNotify)iw_source_unref, plan->source);
	if (migration->is_baseline && direction == IW_UP)
		script.length = 0;
	if (direction == IW_DOWN)
		iw_planner_replay(planner, migration); /* what is undone is there now */
	const iw_schema *before = iw_schema_copy(arena, planner->schema);
	if (!read_steps(planner, arena, plan, &script, error))
		return NULL;
	plan->contract_from = plan->purge_from = plan->steps->len;
	iw_plan_mixed(arena, &planner->options, plan, script.is_atomic);
	if (may_expand(planner, plan, direction))
		iw_plan_expand(planner, arena, &planner->options, plan, &script, before);
	if (!plan->is_phased)
		return iw_plan_segments(arena, &planner->options, plan, &script, error) ? plan : NULL;
	iw_plan_phased_segments(arena, &planner->options, plan);
	return plan;
}

const char *iw_migration_plan_script(iw_arena *arena, const struct iw_migration_plan *plan)
{
	g_autoptr(GString) text = g_string_new(NULL);
	for (guint i = 0; i < plan->steps->len; i++) {
		const struct iw_step *step = g_ptr_array_index(plan->steps, i);
		g_string_append_printf(text, "%s%s\n", step->sql, step->statement->is_foreign ? "" : ";");
	}
	return iw_arena_strdup(arena, text->str);
}
