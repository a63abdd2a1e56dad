/*
 * Operations to SQLite's SQL. What came from a text and has no catalogue form (data, opaque, EXPLAIN) is given back as
 * written; what SQLite has no statement for gives NULL.
 */
#include "sql/sqlite/parser.h"

#include <string.h>

const char *iw_sqlite_quote(iw_arena *arena, const char *identifier)
{
	g_autoptr(GString) out = g_string_new("\"");
	for (; *identifier != '\0'; identifier++) {
		if (*identifier == '"')
			g_string_append_c(out, '"');
		g_string_append_c(out, *identifier);
	}
	g_string_append_c(out, '"');
	return iw_arena_strndup(arena, out->str, out->len);
}

const char *iw_sqlite_quote_literal(iw_arena *arena, const char *text)
{
	g_autoptr(GString) out = g_string_new("'");
	for (; *text != '\0'; text++) {
		if (*text == '\'')
			g_string_append_c(out, '\'');
		g_string_append_c(out, *text);
	}
	g_string_append_c(out, '\'');
	return iw_arena_strndup(arena, out->str, out->len);
}

struct writer {
	iw_arena *arena;
	GString *out;
};

static void put(struct writer *writer, const char *text)
{
	g_string_append(writer->out, text);
}

static void put_name(struct writer *writer, const char *identifier)
{
	put(writer, iw_sqlite_quote(writer->arena, identifier));
}

static void put_full_name(struct writer *writer, struct iw_name name)
{
	if (name.schema != NULL) {
		put_name(writer, name.schema);
		put(writer, ".");
	}
	put_name(writer, name.name);
}

static void put_names(struct writer *writer, const GPtrArray *names)
{
	put(writer, "(");
	for (guint i = 0; i < names->len; i++) {
		put(writer, i > 0 ? ", " : "");
		put_name(writer, g_ptr_array_index(names, i));
	}
	put(writer, ")");
}

static void put_keys(struct writer *writer, const GPtrArray *keys, bool is_autoincrement)
{
	put(writer, "(");
	for (guint i = 0; i < keys->len; i++) {
		const struct iw_key *key = g_ptr_array_index(keys, i);
		put(writer, i > 0 ? ", " : "");
		if (key->column != NULL)
			put_name(writer, key->column);
		else
			put(writer, key->expression->text);
		if (key->collation != NULL) {
			put(writer, " COLLATE ");
			put_name(writer, key->collation);
		}
		put(writer, key->is_descending ? " DESC" : "");
	}
	put(writer, is_autoincrement ? " AUTOINCREMENT)" : ")");
}

static void put_conflict(struct writer *writer, const char *word)
{
	if (word != NULL)
		g_string_append_printf(writer->out, " ON CONFLICT %s", word);
}

static void put_action(struct writer *writer, const char *event, enum iw_action action)
{
	static const char *const words[] = {NULL, "RESTRICT", "CASCADE", "SET NULL", "SET DEFAULT"};
	if (words[action] != NULL)
		g_string_append_printf(writer->out, " ON %s %s", event, words[action]);
}

static void put_references(struct writer *writer, const struct iw_constraint *constraint)
{
	put(writer, "REFERENCES ");
	put_name(writer, constraint->references.name);
	if (constraint->referenced_columns != NULL && constraint->referenced_columns->len > 0) {
		put(writer, " ");
		put_names(writer, constraint->referenced_columns);
	}
	put_action(writer, "DELETE", constraint->on_delete);
	put_action(writer, "UPDATE", constraint->on_update);
	if (constraint->match != NULL) {
		put(writer, " MATCH ");
		put_name(writer, constraint->match);
	}
	if (constraint->is_deferrable)
		put(writer, constraint->is_initially_deferred ? " DEFERRABLE INITIALLY DEFERRED" : " DEFERRABLE");
}

/* Inline: beside its column, which is then not repeated. */
static void put_constraint(struct writer *writer, const struct iw_constraint *constraint, bool is_inline)
{
	if (constraint->name != NULL) {
		put(writer, "CONSTRAINT ");
		put_name(writer, constraint->name);
		put(writer, " ");
	}
	switch (constraint->kind) {
	case IW_PRIMARY_KEY:
	case IW_UNIQUE:
		put(writer, constraint->kind == IW_UNIQUE ? "UNIQUE" : "PRIMARY KEY");
		if (!is_inline) {
			put(writer, " ");
			put_keys(writer, constraint->keys, constraint->auto_increment);
		} else if (((const struct iw_key *)g_ptr_array_index(constraint->keys, 0))->is_descending) {
			put(writer, " DESC");
		}
		put_conflict(writer, constraint->on_conflict);
		put(writer, is_inline && constraint->auto_increment ? " AUTOINCREMENT" : "");
		break;
	case IW_FOREIGN_KEY:
		if (!is_inline) {
			put(writer, "FOREIGN KEY ");
			put_names(writer, constraint->columns);
			put(writer, " ");
		}
		put_references(writer, constraint);
		break;
	case IW_CHECK:
		g_string_append_printf(writer->out, "CHECK (%s)", constraint->check->text);
		break;
	case IW_NOT_NULL_CONSTRAINT:
		put(writer, "NOT NULL");
		put_conflict(writer, constraint->on_conflict);
		break;
	case IW_EXCLUDE: /* no such thing here */
		break;
	}
}

/* Literals stand alone, anything else needs parentheses. */
static void put_default(struct writer *writer, const struct iw_expression *value)
{
	const char *text = value->text;
	bool is_cast = g_ascii_strncasecmp(text, "CAST", 4) == 0;
	bool is_bare =
		(value->is_constant && !is_cast && *text != '(') || g_str_has_prefix(value->canonical, "CURRENT_");
	g_string_append_printf(
		writer->out, strchr(value->canonical, ' ') == NULL && is_bare ? " DEFAULT %s" : " DEFAULT (%s)", text);
}

static bool has_named_not_null(const struct iw_column *column)
{
	for (guint i = 0; column->constraints != NULL && i < column->constraints->len; i++)
		if (((const struct iw_constraint *)g_ptr_array_index(column->constraints, i))->kind ==
		    IW_NOT_NULL_CONSTRAINT)
			return true;
	return false;
}

static void put_column(struct writer *writer, const struct iw_column *column, bool is_not_null_elsewhere)
{
	put_name(writer, column->name);
	if (column->type.text != NULL && *column->type.text != '\0')
		g_string_append_printf(writer->out, " %s", column->type.text);
	if (column->not_null && !is_not_null_elsewhere && !has_named_not_null(column))
		put(writer, " NOT NULL");
	if (column->default_value != NULL)
		put_default(writer, column->default_value);
	if (column->collation != NULL) {
		put(writer, " COLLATE ");
		put_name(writer, column->collation);
	}
	if (column->generation != NULL)
		g_string_append_printf(writer->out, " GENERATED ALWAYS AS (%s)%s", column->generation->text,
				       column->generated == IW_GENERATED_STORED ? " STORED" : " VIRTUAL");
	for (guint i = 0; column->constraints != NULL && i < column->constraints->len; i++) {
		put(writer, " ");
		put_constraint(writer, g_ptr_array_index(column->constraints, i), true);
	}
}

/* A NOT NULL with a name or a conflict clause can only be written with its column. */
static const struct iw_constraint *not_null_of(const struct iw_table *table, const struct iw_column *column)
{
	for (guint i = 0; i < table->constraints->len; i++) {
		const struct iw_constraint *constraint = g_ptr_array_index(table->constraints, i);
		if (constraint->kind == IW_NOT_NULL_CONSTRAINT && constraint->columns->len == 1 &&
		    g_ascii_strcasecmp(g_ptr_array_index(constraint->columns, 0), column->name) == 0)
			return constraint;
	}
	return NULL;
}

static void put_table_body(struct writer *writer, const struct iw_table *table)
{
	put(writer, " (");
	for (guint i = 0; i < table->columns->len; i++) {
		const struct iw_column *column = g_ptr_array_index(table->columns, i);
		const struct iw_constraint *not_null = not_null_of(table, column);
		put(writer, i > 0 ? ", " : "");
		put_column(writer, column, not_null != NULL);
		if (not_null != NULL) {
			put(writer, " ");
			put_constraint(writer, not_null, true);
		}
	}
	for (guint i = 0; i < table->constraints->len; i++) {
		const struct iw_constraint *constraint = g_ptr_array_index(table->constraints, i);
		if (constraint->kind == IW_NOT_NULL_CONSTRAINT || constraint->kind == IW_EXCLUDE)
			continue;
		put(writer, ", ");
		put_constraint(writer, constraint, false);
	}
	put(writer, ")");
	put(writer, table->is_without_rowid ? " WITHOUT ROWID" : "");
	put(writer, table->is_strict ? (table->is_without_rowid ? ", STRICT" : " STRICT") : "");
}

static void put_if_not_exists(struct writer *writer, const struct iw_operation *operation)
{
	put(writer, (operation->flags & IW_IF_NOT_EXISTS) != 0 ? "IF NOT EXISTS " : "");
}

static bool render_create_table(struct writer *writer, const struct iw_operation *operation)
{
	const struct iw_table *table = operation->table;
	bool is_virtual = table->kind == IW_VIRTUAL_TABLE;
	put(writer, table->is_temporary ? "CREATE TEMP TABLE "
		    : is_virtual	? "CREATE VIRTUAL TABLE "
					: "CREATE TABLE ");
	put_if_not_exists(writer, operation);
	put_full_name(writer, table->name);
	if (is_virtual)
		g_string_append_printf(writer->out, " %s", table->definition);
	else if (table->columns->len > 0)
		put_table_body(writer, table);
	else if (table->definition != NULL)
		g_string_append_printf(writer->out, " AS %s", table->definition);
	else
		return false;
	return true;
}

static bool render_create_view(struct writer *writer, const struct iw_operation *operation)
{
	const struct iw_table *view = operation->table;
	put(writer, view->is_temporary ? "CREATE TEMP VIEW " : "CREATE VIEW ");
	put_if_not_exists(writer, operation);
	put_full_name(writer, view->name);
	for (guint i = 0; i < view->columns->len; i++) {
		put(writer, i > 0 ? ", " : " (");
		put_name(writer, ((const struct iw_column *)g_ptr_array_index(view->columns, i))->name);
	}
	g_string_append_printf(writer->out, "%s AS %s", view->columns->len > 0 ? ")" : "", view->definition);
	return true;
}

static bool render_create_index(struct writer *writer, const struct iw_operation *operation)
{
	const struct iw_index *index = operation->index;
	if (index->name == NULL)
		return false;
	put(writer, index->is_unique ? "CREATE UNIQUE INDEX " : "CREATE INDEX ");
	put_if_not_exists(writer, operation);
	put_full_name(writer, (struct iw_name){operation->name.schema, index->name});
	put(writer, " ON ");
	put_name(writer, index->table.name != NULL ? index->table.name : operation->name.name);
	put(writer, " ");
	put_keys(writer, index->keys, false);
	if (index->where != NULL)
		g_string_append_printf(writer->out, " WHERE %s", index->where->text);
	return true;
}

static bool render_create_trigger(struct writer *writer, const struct iw_operation *operation)
{
	if (operation->definition == NULL)
		return false;
	put(writer, (operation->flags & IW_TEMPORARY) != 0 ? "CREATE TEMP TRIGGER " : "CREATE TRIGGER ");
	put_if_not_exists(writer, operation);
	put_full_name(writer, (struct iw_name){operation->name.schema, operation->member});
	g_string_append_printf(writer->out, " %s", operation->definition);
	return true;
}

static bool render_drop(struct writer *writer, const struct iw_operation *operation)
{
	static const struct {
		enum iw_object_kind kind;
		const char *words;
	} kinds[] = {
		{IW_OBJECT_TABLE, "DROP TABLE "},     {IW_OBJECT_INDEX, "DROP INDEX "},
		{IW_OBJECT_TRIGGER, "DROP TRIGGER "}, {IW_OBJECT_VIEW, "DROP VIEW "},
		{IW_OBJECT_DATABASE, "DETACH "},
	};
	enum iw_object_kind kind = operation->kind == IW_OP_DROP_TABLE	   ? IW_OBJECT_TABLE
				   : operation->kind == IW_OP_DROP_INDEX   ? IW_OBJECT_INDEX
				   : operation->kind == IW_OP_DROP_TRIGGER ? IW_OBJECT_TRIGGER
									   : operation->object_kind;
	for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
		if (kinds[i].kind != kind)
			continue;
		put(writer, kinds[i].words);
		put(writer, (operation->flags & IW_IF_EXISTS) != 0 ? "IF EXISTS " : "");
		struct iw_name name = operation->name;
		if (kind == IW_OBJECT_TRIGGER || (kind == IW_OBJECT_INDEX && operation->member != NULL))
			name.name = operation->member;
		put_full_name(writer, name);
		return true;
	}
	return false;
}

static bool render_alter(struct writer *writer, const struct iw_operation *operation)
{
	put(writer, "ALTER TABLE ");
	put_full_name(writer, operation->name);
	switch (operation->kind) {
	case IW_OP_RENAME_TABLE:
		put(writer, " RENAME TO ");
		put_name(writer, operation->new_name.name);
		return true;
	case IW_OP_RENAME_COLUMN:
		put(writer, " RENAME COLUMN ");
		put_name(writer, operation->member);
		put(writer, " TO ");
		put_name(writer, operation->new_name.name);
		return true;
	case IW_OP_ADD_COLUMN:
		put(writer, " ADD COLUMN ");
		put_column(writer, operation->column, false);
		return true;
	case IW_OP_MODIFY_COLUMN: /* libSQL */
		put(writer, " ALTER COLUMN ");
		put_name(writer, operation->member);
		put(writer, " TO ");
		put_column(writer, operation->column, false);
		return true;
	case IW_OP_DROP_COLUMN:
		put(writer, " DROP COLUMN ");
		put_name(writer, operation->member);
		return true;
	default:
		return false;
	}
}

/* SQLite 3.53 */
static bool render_alter_constraint(struct writer *writer, const struct iw_operation *operation)
{
	put(writer, "ALTER TABLE ");
	put_full_name(writer, operation->name);
	if (operation->kind == IW_OP_ADD_CONSTRAINT && operation->constraint->kind == IW_CHECK) {
		put(writer, " ADD ");
		put_constraint(writer, operation->constraint, false);
		return true;
	}
	if (operation->kind == IW_OP_ADD_CONSTRAINT || operation->member == NULL)
		return false;
	put(writer, operation->kind == IW_OP_DROP_CONSTRAINT ? " DROP CONSTRAINT " : " ALTER COLUMN ");
	put_name(writer, operation->member);
	put(writer, operation->kind == IW_OP_SET_NOT_NULL    ? " SET NOT NULL"
		    : operation->kind == IW_OP_DROP_NOT_NULL ? " DROP NOT NULL"
							     : "");
	return true;
}

/* A number with or without minus, or one word that needs no quotes as a PRAGMA's value. */
static bool is_plain_value(const char *text)
{
	size_t length = strlen(text), minus = *text == '-' ? 1 : 0;
	struct token token = iw_sqlite_token_at(text, length, minus);
	if (token.end != length)
		return false;
	if (token.kind == TOKEN_INTEGER || token.kind == TOKEN_FLOAT)
		return true;
	return minus == 0 && (token.kind == TOKEN_NAME || token.keyword == KW_ON || token.keyword == KW_DELETE ||
			      iw_sqlite_keyword_use(token.keyword) == 'F');
}

static bool render_set(struct writer *writer, const struct iw_operation *operation)
{
	put(writer, "PRAGMA ");
	if (operation->name.schema != NULL) {
		put_name(writer, operation->name.schema);
		put(writer, ".");
	}
	struct token name = iw_sqlite_token_at(operation->member, strlen(operation->member), 0);
	if (name.kind == TOKEN_NAME && operation->member[name.end] == '\0')
		put(writer, operation->member);
	else
		put_name(writer, operation->member);
	if (operation->text == NULL)
		return true;
	g_string_append_printf(writer->out, "=%s",
			       is_plain_value(operation->text)
				       ? operation->text
				       : iw_sqlite_quote_literal(writer->arena, operation->text));
	return true;
}

static bool render_transaction(struct writer *writer, const struct iw_operation *operation)
{
	g_autofree char *words = g_ascii_strup(operation->text, -1);
	put(writer, words);
	if (operation->member != NULL) {
		put(writer, " ");
		put_name(writer, operation->member);
	}
	return true;
}

static bool render_maintenance(struct writer *writer, const struct iw_operation *operation)
{
	put(writer, operation->kind == IW_OP_REINDEX   ? "REINDEX"
		    : operation->kind == IW_OP_ANALYZE ? "ANALYZE"
						       : "VACUUM");
	if (operation->name.name != NULL) {
		put(writer, " ");
		put_full_name(writer, operation->name);
	} else if (operation->name.schema != NULL) {
		put(writer, " ");
		put_name(writer, operation->name.schema);
	}
	if (operation->kind == IW_OP_VACUUM && operation->text != NULL)
		g_string_append_printf(writer->out, " INTO %s", operation->text);
	return true;
}

static bool render_attach(struct writer *writer, const struct iw_operation *operation)
{
	if (operation->object_kind != IW_OBJECT_DATABASE || operation->definition == NULL)
		return false;
	g_string_append_printf(writer->out, "ATTACH %s AS ", operation->definition);
	put_name(writer, operation->name.name);
	return true;
}

static const struct {
	enum iw_operation_kind kind;
	bool (*render)(struct writer *writer, const struct iw_operation *operation);
} renderers[] = {
	{IW_OP_CREATE_TABLE, render_create_table},
	{IW_OP_DROP_TABLE, render_drop},
	{IW_OP_RENAME_TABLE, render_alter},
	{IW_OP_ADD_COLUMN, render_alter},
	{IW_OP_DROP_COLUMN, render_alter},
	{IW_OP_MODIFY_COLUMN, render_alter},
	{IW_OP_RENAME_COLUMN, render_alter},
	{IW_OP_SET_NOT_NULL, render_alter_constraint},
	{IW_OP_DROP_NOT_NULL, render_alter_constraint},
	{IW_OP_ADD_CONSTRAINT, render_alter_constraint},
	{IW_OP_DROP_CONSTRAINT, render_alter_constraint},
	{IW_OP_CREATE_INDEX, render_create_index},
	{IW_OP_DROP_INDEX, render_drop},
	{IW_OP_CREATE_VIEW, render_create_view},
	{IW_OP_CREATE_TRIGGER, render_create_trigger},
	{IW_OP_DROP_TRIGGER, render_drop},
	{IW_OP_DROP_OBJECT, render_drop},
	{IW_OP_CREATE_OBJECT, render_attach},
	{IW_OP_SET, render_set},
	{IW_OP_TRANSACTION, render_transaction},
	{IW_OP_REINDEX, render_maintenance},
	{IW_OP_ANALYZE, render_maintenance},
	{IW_OP_VACUUM, render_maintenance},
};

static bool is_kept_as_written(enum iw_operation_kind kind)
{
	return kind == IW_OP_INSERT || kind == IW_OP_UPDATE || kind == IW_OP_DELETE || kind == IW_OP_SELECT ||
	       kind == IW_OP_OPAQUE;
}

const char *iw_sqlite_render(iw_arena *arena, struct iw_engine engine, const struct iw_operation *operation)
{
	(void)engine;
	if (is_kept_as_written(operation->kind))
		return operation->statement != NULL ? operation->statement->text : NULL;
	g_autoptr(GString) out = g_string_new(NULL);
	struct writer writer = {arena, out};
	for (size_t i = 0; i < G_N_ELEMENTS(renderers); i++)
		if (renderers[i].kind == operation->kind)
			return renderers[i].render(&writer, operation) ? iw_arena_strndup(arena, out->str, out->len)
								       : NULL;
	return NULL;
}
