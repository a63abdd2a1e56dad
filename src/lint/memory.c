/* What a migration and its running transaction did so far; see lint_internal.h. */
#include "lint/lint_internal.h"

#include "facts/facts.h"

#include <string.h>

static GHashTable *new_set(iw_arena *arena)
{
	return iw_arena_hash_table(arena, g_str_hash, g_str_equal);
}

static void forget_transaction(struct iw_lint_memory *memory)
{
	g_hash_table_remove_all(memory->not_valid);
	g_hash_table_remove_all(memory->new_values);
	memory->transaction++;
	if (memory->is_local_timeout)
		memory->lock_timeout = memory->statement_timeout = -1;
	memory->is_local_timeout = false;
	memory->strong = (struct iw_lint_strong_lock){0};
}

void iw_lint_memory_begin(struct iw_lint_memory *memory)
{
	iw_arena *arena = memory->arena;
	GPtrArray *for_end = memory->for_end;
	iw_arena *end_arena = memory->end_arena;
	*memory = (struct iw_lint_memory){
		.arena = arena,
		.for_end = for_end,
		.end_arena = end_arena,
		.new_tables = new_set(arena),
		.copied = new_set(arena),
		.renamed = new_set(arena),
		.said = new_set(arena),
		.not_valid = new_set(arena),
		.new_values = new_set(arena),
		.counts = new_set(arena),
		.kept = iw_arena_ptr_array(arena),
		.lock_timeout = -1,
		.statement_timeout = -1,
	};
}

const char *iw_lint_table_key(iw_arena *arena, const iw_schema *schema, struct iw_name name)
{
	const char *in = name.schema != NULL ? name.schema : schema->default_schema;
	const char *key = iw_arena_printf(arena, "%s\x1f%s", in == NULL ? "" : in, name.name);
	if (schema->engine.dialect != IW_SQLITE)
		return key;
	g_autofree char *folded = g_ascii_strdown(key, -1);
	return iw_arena_strdup(arena, folded);
}

bool iw_lint_is_new(const struct iw_lint_memory *memory, const iw_schema *schema, struct iw_name name)
{
	if (name.name == NULL || g_hash_table_size(memory->new_tables) == 0)
		return false;
	return g_hash_table_contains(memory->new_tables, iw_lint_table_key(memory->arena, schema, name));
}

/* What a statement of its own transaction leaves behind is nothing. */
void iw_lint_memory_statement(struct iw_lint_memory *memory, const struct iw_lint_context *context)
{
	if (!context->in_transaction)
		forget_transaction(memory);
}

static void remember(GHashTable *set, const char *text)
{
	g_hash_table_add(set, (char *)text);
}

static void note_created(struct iw_lint_memory *memory, const struct iw_lint_context *context)
{
	const struct iw_operation *operation = context->operation;
	bool was_there = iw_schema_find_table(context->before, operation->name) != NULL;
	if (!was_there)
		remember(memory->new_tables, iw_lint_table_key(memory->arena, context->before, operation->name));
}

static void note_renamed(struct iw_lint_memory *memory, const struct iw_lint_context *context)
{
	const struct iw_operation *operation = context->operation;
	struct iw_name new_name = operation->new_name;
	if (new_name.schema == NULL)
		new_name.schema = operation->name.schema;
	if (iw_lint_is_new(memory, context->before, operation->name))
		remember(memory->new_tables, iw_lint_table_key(memory->arena, context->before, new_name));
	else
		remember(memory->renamed, iw_lint_table_key(memory->arena, context->before, operation->name));
}

static void note_copied(struct iw_lint_memory *memory, const struct iw_lint_context *context)
{
	const struct iw_data *data = context->operation->data;
	if (data == NULL || data->reads == NULL || !context->is_new_table)
		return;
	const char *into = iw_lint_table_key(memory->arena, context->before, context->operation->name);
	for (guint i = 0; i < data->reads->len; i++) {
		const struct iw_name *from = g_ptr_array_index(data->reads, i);
		const char *key = iw_lint_table_key(memory->arena, context->before, *from);
		g_hash_table_insert(memory->copied, (char *)key, (char *)into);
	}
}

static void note_constraint(struct iw_lint_memory *memory, const struct iw_lint_context *context)
{
	const struct iw_operation *operation = context->operation;
	const struct iw_constraint *constraint = operation->constraint;
	const char *name =
		operation->member != NULL ? operation->member : (constraint == NULL ? NULL : constraint->name);
	if (constraint != NULL && constraint->is_not_valid && name != NULL)
		remember(memory->not_valid, iw_arena_printf(memory->arena, "%s %s", operation->name.name, name));
}

static void note_enum_value(struct iw_lint_memory *memory, const struct iw_lint_context *context)
{
	const struct iw_operation *operation = context->operation;
	if (operation->member != NULL)
		g_hash_table_insert(memory->new_values, iw_arena_strdup(memory->arena, operation->member),
				    iw_arena_strdup(memory->arena, operation->name.name));
}

static bool means_off(const char *value)
{
	static const char *const OFF[] = {"off", "0", "false", "no"};
	for (size_t i = 0; value != NULL && i < G_N_ELEMENTS(OFF); i++)
		if (g_ascii_strcasecmp(value, OFF[i]) == 0)
			return true;
	return false;
}

/* "2s", "5000" (milliseconds), "1min"; MySQL counts in seconds. Negative: not understood. */
static double seconds_of(const char *text, bool is_milliseconds)
{
	static const struct {
		const char *unit;
		double seconds;
	} UNITS[] = {{"us", 1e-6}, {"ms", 1e-3}, {"s", 1}, {"min", 60}, {"h", 3600}, {"d", 86400}};
	if (text == NULL)
		return -1;
	char *end;
	double number = g_ascii_strtod(text, &end);
	if (end == text)
		return -1;
	while (*end == ' ')
		end++;
	if (*end == '\0')
		return is_milliseconds ? number / 1000 : number;
	for (size_t i = 0; i < G_N_ELEMENTS(UNITS); i++)
		if (strcmp(end, UNITS[i].unit) == 0)
			return number * UNITS[i].seconds;
	return -1;
}

static void note_timeout(struct iw_lint_memory *memory, const struct iw_operation *operation, const char *name)
{
	bool is_lock = strcmp(name, "lock_timeout") == 0 || strcmp(name, "lock_wait_timeout") == 0;
	bool is_statement = strcmp(name, "statement_timeout") == 0 || strcmp(name, "max_statement_time") == 0;
	double seconds = seconds_of(operation->text, strcmp(name, "lock_timeout") == 0 || is_statement);
	if (is_lock)
		memory->lock_timeout = seconds;
	if (is_statement)
		memory->statement_timeout = seconds;
	if ((is_lock || is_statement) && (operation->flags & IW_LOCAL) != 0)
		memory->is_local_timeout = true;
}

static void note_set(struct iw_lint_memory *memory, const struct iw_lint_context *context)
{
	const struct iw_operation *operation = context->operation;
	const char *name = operation->member == NULL ? "" : operation->member;
	note_timeout(memory, operation, name);
	if (strcmp(name, "foreign_keys") == 0) {
		bool off = means_off(operation->text);
		memory->foreign_keys_ignored = off && context->in_transaction;
		if (!context->in_transaction)
			memory->foreign_keys_off = off;
	} else if (strcmp(name, "timezone") == 0) {
		memory->session_is_utc = operation->text != NULL && strcasestr(operation->text, "utc") != NULL;
	}
}

static void note_transaction(struct iw_lint_memory *memory, const struct iw_lint_context *context)
{
	const char *text = context->operation->text;
	if (g_strcmp0(text, "begin") == 0)
		memory->in_block = true;
	if (g_strcmp0(text, "commit") == 0 || g_strcmp0(text, "rollback") == 0) {
		memory->in_block = false;
		memory->was_committed = true;
		forget_transaction(memory);
	}
}

static void note_lock(struct iw_lint_memory *memory, const struct iw_lint_context *context)
{
	const struct iw_fact *fact = context->fact;
	bool is_strong =
		fact->blocks == IW_BLOCKS_EVERYTHING && *fact->lock != '\0' && strcmp(fact->lock, "unknown") != 0;
	if (!is_strong || !context->in_transaction || context->is_new_table || memory->strong.table != NULL ||
	    context->operation->name.name == NULL || context->before->engine.dialect != IW_POSTGRES)
		return;
	const struct iw_place *place = &context->operation->place;
	memory->strong = (struct iw_lint_strong_lock){
		.table = iw_arena_strdup(memory->arena, context->operation->name.name),
		.lock = fact->lock,
		.title = iw_operation_title(memory->arena, context->operation),
		.line = place->source == NULL ? 0 : iw_source_locate(place->source, place->offset).line,
	};
}

void iw_lint_memory_operation(struct iw_lint_memory *memory, const struct iw_lint_context *context)
{
	static void (*const NOTES[IW_OP_KINDS])(struct iw_lint_memory *, const struct iw_lint_context *) = {
		[IW_OP_CREATE_TABLE] = note_created,
		[IW_OP_CREATE_MATERIALIZED_VIEW] = note_created,
		[IW_OP_RENAME_TABLE] = note_renamed,
		[IW_OP_INSERT] = note_copied,
		[IW_OP_ADD_CONSTRAINT] = note_constraint,
		[IW_OP_ADD_ENUM_VALUE] = note_enum_value,
		[IW_OP_SET] = note_set,
		[IW_OP_TRANSACTION] = note_transaction,
	};
	enum iw_operation_kind kind = context->operation->kind;
	if (NOTES[kind] != NULL)
		NOTES[kind](memory, context);
	iw_session_note(&memory->settings, context->operation);
	note_lock(memory, context);
}
