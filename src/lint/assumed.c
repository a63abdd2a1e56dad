/*
 * Tables that were there before the first migration: models' create_all() made them, and no migration of the history
 * does. One that a migration changes is taken to be there, with a shape that is not known, instead of saying of each
 * statement that it fails. A table that migrations made, renamed or dropped is never taken to be there.
 */
#include "lint/lint_internal.h"

#include <string.h>

void iw_lint_assumed_init(iw_lint *lint, struct iw_lint_assumed *assumed)
{
	assumed->made = iw_arena_hash_table(lint->arena, g_str_hash, g_str_equal);
	assumed->objects = iw_arena_hash_table(lint->arena, g_str_hash, g_str_equal);
	lint->assumed = iw_arena_ptr_array(lint->arena);
}

static void copy_set(GHashTable *to, GHashTable *from)
{
	GHashTableIter iterator;
	gpointer key;
	g_hash_table_iter_init(&iterator, from);
	while (g_hash_table_iter_next(&iterator, &key, NULL))
		g_hash_table_add(to, key);
}

void iw_lint_assumed_copy(struct iw_lint_assumed *assumed, const struct iw_lint_assumed *from)
{
	copy_set(assumed->made, from->made);
	copy_set(assumed->objects, from->objects);
}

static bool is_made_by(const struct iw_operation *operation)
{
	switch (operation->kind) {
	case IW_OP_CREATE_TABLE:
	case IW_OP_DROP_TABLE:
	case IW_OP_RENAME_TABLE:
	case IW_OP_SET_TABLE_SCHEMA:
	case IW_OP_CREATE_ENUM:
	case IW_OP_CREATE_DOMAIN:
	case IW_OP_CREATE_SEQUENCE:
	case IW_OP_CREATE_VIEW:
	case IW_OP_CREATE_MATERIALIZED_VIEW:
	case IW_OP_CREATE_OBJECT:
	case IW_OP_DROP_OBJECT:
	case IW_OP_RENAME_OBJECT:
	case IW_OP_DROP_INDEX:
	case IW_OP_RENAME_INDEX:
		return true;
	default:
		return false;
	}
}

static void add_made(iw_lint *lint, const struct iw_lint_assumed *assumed, struct iw_name name)
{
	if (name.name != NULL)
		g_hash_table_add(assumed->made, (char *)iw_lint_table_key(lint->arena, lint->schema, name));
}

void iw_lint_assumed_note(iw_lint *lint, const struct iw_lint_assumed *assumed, const struct iw_operation *operation)
{
	if (!lint->options.may_start_from_models)
		return;
	if (operation->kind == IW_OP_CREATE_INDEX && operation->member != NULL)
		add_made(lint, assumed, (struct iw_name){operation->name.schema, operation->member});
	if (!is_made_by(operation))
		return;
	struct iw_name new_name = operation->new_name;
	if (new_name.schema == NULL)
		new_name.schema = operation->name.schema;
	add_made(lint, assumed, operation->name);
	add_made(lint, assumed, new_name);
}

static bool is_made(iw_lint *lint, const struct iw_lint_assumed *assumed, struct iw_name name)
{
	g_autoptr(iw_arena) arena = iw_arena_new();
	return g_hash_table_contains(assumed->made, iw_lint_table_key(arena, lint->schema, name));
}

static void list(iw_lint *lint, struct iw_name name)
{
	g_ptr_array_add(lint->assumed, name.schema == NULL
					       ? iw_arena_strdup(lint->arena, name.name)
					       : iw_arena_printf(lint->arena, "%s.%s", name.schema, name.name));
}

static bool assume_table(iw_lint *lint, const struct iw_lint_assumed *assumed, struct iw_name name)
{
	if (name.name == NULL || iw_schema_find_table(lint->schema, name) != NULL || is_made(lint, assumed, name))
		return false;
	struct iw_table *table = iw_table_new(lint->schema->arena, iw_name_copy(lint->schema->arena, name));
	table->is_opaque = true;
	iw_schema_add_table(lint->schema, table);
	list(lint, name);
	return true;
}

/* Is the operation's name that of a table? */
static bool is_about_table(const iw_lint *lint, const struct iw_operation *operation)
{
	bool names_index = operation->kind == IW_OP_DROP_INDEX || operation->kind == IW_OP_RENAME_INDEX ||
			   operation->kind == IW_OP_ALTER_INDEX;
	if (names_index)
		return lint->options.engine.dialect == IW_MYSQL;
	switch (operation->kind) {
	case IW_OP_CREATE_TABLE:
	case IW_OP_CREATE_VIEW:
	case IW_OP_CREATE_MATERIALIZED_VIEW:
	case IW_OP_REINDEX:
		return false;
	default:
		break;
	}
	enum iw_object_kind kind = iw_operation_kind_object(operation->kind);
	if (kind == IW_OBJECT_OTHER)
		kind = operation->object_kind; /* COMMENT, GRANT, ... */
	return kind == IW_OBJECT_TABLE || kind == IW_OBJECT_COLUMN || kind == IW_OBJECT_CONSTRAINT ||
	       kind == IW_OBJECT_INDEX || kind == IW_OBJECT_TRIGGER || kind == IW_OBJECT_POLICY;
}

static bool assume_referenced(iw_lint *lint, const struct iw_lint_assumed *assumed,
			      const struct iw_operation *operation)
{
	bool found = operation->constraint != NULL && assume_table(lint, assumed, operation->constraint->references);
	GPtrArray *constraints = operation->kind == IW_OP_CREATE_TABLE ? operation->table->constraints : NULL;
	for (guint i = 0; constraints != NULL && i < constraints->len; i++)
		found |= assume_table(lint, assumed, ((const struct iw_constraint *)constraints->pdata[i])->references);
	GPtrArray *reads = operation->data == NULL ? NULL : operation->data->reads;
	for (guint i = 0; reads != NULL && i < reads->len; i++)
		found |= assume_table(lint, assumed, *(const struct iw_name *)reads->pdata[i]);
	return found;
}

/* An index, a type, ...: of such a table, or made with it. */
static bool is_object_of_before(iw_lint *lint, const struct iw_lint_assumed *assumed,
				const struct iw_operation *operation)
{
	if (is_about_table(lint, operation) || operation->name.name == NULL || is_made(lint, assumed, operation->name))
		return false;
	if (g_str_has_prefix(iw_operation_kind_name(operation->kind), "create"))
		return false;
	const char *key = iw_lint_table_key(lint->arena, lint->schema, operation->name);
	if (g_hash_table_add(assumed->objects, (char *)key))
		list(lint, operation->name);
	return true;
}

enum iw_lint_assumption iw_lint_assume(iw_lint *lint, const struct iw_lint_assumed *assumed,
				       const struct iw_operation *operation)
{
	if (!lint->options.may_start_from_models)
		return IW_LINT_NOTHING_ASSUMED;
	bool found = is_about_table(lint, operation) && assume_table(lint, assumed, operation->name);
	found |= assume_referenced(lint, assumed, operation);
	if (found)
		return IW_LINT_TABLE_ASSUMED;
	return is_object_of_before(lint, assumed, operation) ? IW_LINT_OBJECT_ASSUMED : IW_LINT_NOTHING_ASSUMED;
}
