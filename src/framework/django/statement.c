/* Statements that are put off know what they name, so that a later rename or drop reaches them; see editor.h. After
 * django/db/backends/ddl_references.py. A statement is never changed once it is in a list: a copy takes its place. */
#include "framework/django/editor.h"

#include <string.h>

/* making ----------------------------------------------------------------------------------------------------------- */

struct django_statement *iw_django_statement_new(struct django_editor *self, const char *template)
{
	struct django_statement *statement = iw_new(self->context->arena, struct django_statement);
	*statement = (struct django_statement){
		.template = template, .parts = iw_arena_ptr_array(self->context->arena), .place = self->place};
	return statement;
}

void iw_django_statement_part(struct django_editor *self, struct django_statement *statement,
			      const struct django_part *part)
{
	g_ptr_array_add(statement->parts, iw_arena_memdup(self->context->arena, part, sizeof *part));
}

void iw_django_statement_text(struct django_editor *self, struct django_statement *statement, const char *name,
			      const char *text)
{
	iw_django_statement_part(self, statement,
				 &(struct django_part){.name = name, .kind = DJANGO_TEXT_PART, .text = text});
}

void iw_django_statement_table(struct django_editor *self, struct django_statement *statement, const char *name,
			       const char *table)
{
	iw_django_statement_part(self, statement,
				 &(struct django_part){.name = name, .kind = DJANGO_TABLE_PART, .table = table});
}

void iw_django_statement_columns(struct django_editor *self, struct django_statement *statement, const char *name,
				 const char *table, GPtrArray *columns, GPtrArray *suffixes)
{
	iw_django_statement_part(self, statement,
				 &(struct django_part){.name = name,
						       .kind = DJANGO_COLUMNS_PART,
						       .table = table,
						       .columns = columns,
						       .suffixes = suffixes});
}

void iw_django_statement_include(struct django_editor *self, struct django_statement *statement, const char *table,
				 GPtrArray *columns)
{
	iw_django_statement_part(self, statement,
				 &(struct django_part){.name = "include",
						       .kind = DJANGO_COLUMNS_PART,
						       .table = table,
						       .columns = columns,
						       .text = " INCLUDE (%(columns)s)"});
}

const struct django_part *iw_django_statement_find(const struct django_statement *statement, const char *name)
{
	for (guint i = 0; i < statement->parts->len; i++) {
		const struct django_part *part = statement->parts->pdata[i];
		if (strcmp(part->name, name) == 0)
			return part;
	}
	return NULL;
}

/* as text ---------------------------------------------------------------------------------------------------------- */

static const char *columns_text(const struct django_context *context, const struct django_part *part)
{
	g_autoptr(GString) text = g_string_new(NULL);
	for (guint i = 0; i < part->columns->len; i++) {
		const char *suffix =
			part->suffixes == NULL || i >= part->suffixes->len ? NULL : part->suffixes->pdata[i];
		g_string_append_printf(text, "%s%s", i == 0 ? "" : ", ",
				       iw_django_quote_name(context, part->columns->pdata[i]));
		if (suffix != NULL && *suffix != '\0')
			g_string_append_printf(text, " %s", suffix);
	}
	return part->text == NULL ? iw_arena_strdup(context->arena, text->str)
				  : iw_django_format(context->arena, part->text, "columns", text->str, NULL);
}

/* "_fk_%(to_table)s_%(to_column)s" */
static const char *fk_suffix(const struct django_context *context, const struct django_part *part)
{
	return iw_django_format(context->arena, part->suffix, "to_table", part->to_table, "to_column",
				part->to_columns->pdata[0], NULL);
}

static const char *name_text(const struct django_context *context, const struct django_part *part)
{
	if (part->text != NULL)
		return iw_django_quote_name(context, part->text);
	const char *suffix = part->kind == DJANGO_FK_NAME_PART ? fk_suffix(context, part) : part->suffix;
	return iw_django_quote_name(context, iw_django_create_index_name(context, part->table, part->columns, suffix));
}

static const char *part_text(const struct django_context *context, const struct django_part *part)
{
	switch (part->kind) {
	case DJANGO_TEXT_PART:
	case DJANGO_EXPRESSIONS_PART:
		return part->text == NULL ? "" : part->text;
	case DJANGO_TABLE_PART:
		return iw_django_quote_name(context, part->table);
	case DJANGO_COLUMNS_PART:
		return columns_text(context, part);
	case DJANGO_INDEX_NAME_PART:
	case DJANGO_FK_NAME_PART:
		return name_text(context, part);
	}
	return "";
}

/* template % parts */
const char *iw_django_statement_sql(struct django_editor *self, const struct django_statement *statement)
{
	g_autoptr(GString) out = g_string_new(NULL);
	for (const char *at = statement->template; *at != '\0';) {
		const char *end = g_str_has_prefix(at, "%(") ? strstr(at, ")s") : NULL;
		if (end == NULL) {
			at += g_str_has_prefix(at, "%%") ? 1 : 0;
			g_string_append_c(out, *at++);
			continue;
		}
		const char *name = iw_arena_strndup(self->context->arena, at + 2, (size_t)(end - at - 2));
		const struct django_part *part = iw_django_statement_find(statement, name);
		g_string_append(out, part == NULL ? "" : part_text(self->context, part));
		at = end + 2;
	}
	return iw_arena_strndup(self->context->arena, out->str, out->len);
}

/* what it names ---------------------------------------------------------------------------------------------------- */

static bool same(const char *one, const char *other)
{
	return one != NULL && other != NULL && strcmp(one, other) == 0;
}

static bool holds(const GPtrArray *columns, const char *column)
{
	for (guint i = 0; columns != NULL && i < columns->len; i++)
		if (same(columns->pdata[i], column))
			return true;
	return false;
}

static bool part_names_column(const struct django_part *part, const char *table, const char *column)
{
	return (same(part->table, table) && holds(part->columns, column)) ||
	       (same(part->to_table, table) && holds(part->to_columns, column));
}

bool iw_django_references_table(const struct django_statement *statement, const char *table)
{
	for (guint i = 0; i < statement->parts->len; i++) {
		const struct django_part *part = statement->parts->pdata[i];
		if (same(part->table, table) || same(part->to_table, table))
			return true;
	}
	return false;
}

bool iw_django_references_column(const struct django_statement *statement, const char *table, const char *column)
{
	for (guint i = 0; i < statement->parts->len; i++)
		if (part_names_column(statement->parts->pdata[i], table, column))
			return true;
	return false;
}

/* what is put off -------------------------------------------------------------------------------------------------- */

void iw_django_deferred_drop_table(struct django_editor *self, const char *table)
{
	for (guint i = self->deferred->len; i-- > 0;)
		if (iw_django_references_table(self->deferred->pdata[i], table))
			g_ptr_array_remove_index(self->deferred, i);
}

void iw_django_deferred_drop_column(struct django_editor *self, const char *table, const char *column)
{
	for (guint i = self->deferred->len; i-- > 0;)
		if (iw_django_references_column(self->deferred->pdata[i], table, column))
			g_ptr_array_remove_index(self->deferred, i);
}

/* A copy whose parts can be changed stands in the list in the statement's place. */
static struct django_statement *edit(struct django_editor *self, guint index)
{
	const struct django_statement *old = self->deferred->pdata[index];
	struct django_statement *new = iw_arena_memdup(self->context->arena, old, sizeof *old);
	new->parts = iw_arena_ptr_array(self->context->arena);
	for (guint i = 0; i < old->parts->len; i++)
		iw_django_statement_part(self, new, old->parts->pdata[i]);
	self->deferred->pdata[index] = new;
	return new;
}

/* The name of an index is made when it is first asked for, and stays; that of a unique constraint is not kept. */
static void keep_name(struct django_editor *self, struct django_part *part)
{
	if (part->kind == DJANGO_INDEX_NAME_PART && part->text == NULL && !same(part->suffix, "_uniq"))
		part->text = iw_django_create_index_name(self->context, part->table, part->columns, part->suffix);
}

void iw_django_deferred_drop_index(struct django_editor *self, const char *table, const char *quoted_name)
{
	for (guint i = self->deferred->len; i-- > 0;) {
		if (!iw_django_references_table(self->deferred->pdata[i], table))
			continue;
		struct django_statement *statement = edit(self, i);
		bool is_it = false;
		for (guint p = 0; p < statement->parts->len && !is_it; p++) {
			struct django_part *part = statement->parts->pdata[p];
			if (part->kind == DJANGO_TEXT_PART || !same(part->table, table))
				continue;
			keep_name(self, part);
			is_it = strcmp(part_text(self->context, part), quoted_name) == 0;
		}
		if (is_it)
			g_ptr_array_remove_index(self->deferred, i);
	}
}

static const char *renamed(const char *name, const char *old_name, const char *new_name)
{
	return same(name, old_name) ? new_name : name;
}

void iw_django_deferred_rename_table(struct django_editor *self, const char *old_table, const char *new_table)
{
	for (guint i = 0; i < self->deferred->len; i++) {
		if (!iw_django_references_table(self->deferred->pdata[i], old_table))
			continue;
		struct django_statement *statement = edit(self, i);
		for (guint p = 0; p < statement->parts->len; p++) {
			struct django_part *part = statement->parts->pdata[p];
			part->table = renamed(part->table, old_table, new_table);
			part->to_table = renamed(part->to_table, old_table, new_table);
		}
	}
}

static GPtrArray *renamed_columns(iw_arena *arena, GPtrArray *columns, const char *old_column, const char *new_column)
{
	if (!holds(columns, old_column))
		return columns;
	GPtrArray *list = iw_arena_ptr_array(arena);
	for (guint i = 0; i < columns->len; i++)
		g_ptr_array_add(list, (gpointer)renamed(columns->pdata[i], old_column, new_column));
	return list;
}

/* Quoted names outside of strings. */
static const char *renamed_in_text(const struct django_context *context, const char *text, const char *old_column,
				   const char *new_column)
{
	const char *from = iw_django_quote_name(context, old_column), *to = iw_django_quote_name(context, new_column);
	g_autoptr(GString) out = g_string_new(NULL);
	bool is_string = false;
	for (const char *at = text; *at != '\0';) {
		is_string ^= *at == '\'';
		if (!is_string && g_str_has_prefix(at, from)) {
			g_string_append(out, to);
			at += strlen(from);
		} else {
			g_string_append_c(out, *at++);
		}
	}
	return iw_arena_strndup(context->arena, out->str, out->len);
}

static void rename_column_in(const struct django_context *context, struct django_part *part, const char *table,
			     const char *old_column, const char *new_column)
{
	if (same(part->table, table) && part->kind == DJANGO_EXPRESSIONS_PART && part->text != NULL)
		part->text = renamed_in_text(context, part->text, old_column, new_column);
	if (same(part->table, table))
		part->columns = renamed_columns(context->arena, part->columns, old_column, new_column);
	if (same(part->to_table, table))
		part->to_columns = renamed_columns(context->arena, part->to_columns, old_column, new_column);
}

void iw_django_deferred_rename_column(struct django_editor *self, const char *table, const char *old_column,
				      const char *new_column)
{
	for (guint i = 0; i < self->deferred->len; i++) {
		if (!iw_django_references_table(self->deferred->pdata[i], table))
			continue;
		struct django_statement *statement = edit(self, i);
		for (guint p = 0; p < statement->parts->len; p++)
			rename_column_in(self->context, statement->parts->pdata[p], table, old_column, new_column);
	}
}
