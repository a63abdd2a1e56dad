/* Conditions about SQLite's ALTER TABLE; see conditions.h. */
#include "facts/conditions.h"
#include "model/words.h"

#include <string.h>

IW_CONDITION(engine_is_sqlite)
{
	return !question->engine.is_libsql;
}

static bool mentions(const struct iw_expression *expression, const char *name)
{
	static const struct iw_engine SQLITE = {.dialect = IW_SQLITE};
	return expression != NULL && iw_text_uses_column(SQLITE, expression->text, name);
}

static bool index_mentions(const struct iw_index *index, const char *column)
{
	if (mentions(index->where, column))
		return true;
	for (guint i = 0; index->keys != NULL && i < index->keys->len; i++)
		if (mentions(((const struct iw_key *)g_ptr_array_index(index->keys, i))->expression, column))
			return true;
	return false;
}

static bool constraint_uses(const struct iw_constraint *constraint, const char *column)
{
	if (constraint->kind == IW_CHECK)
		return mentions(constraint->check, column);
	return iw_constraint_has_column(constraint, column);
}

/* DROP COLUMN is refused when a key, an index, a table CHECK or a generated column uses the column. A CHECK written
 * with the column itself goes with it; the schema does not tell them apart, so a CHECK that names nothing else is
 * allowed. */
IW_CONDITION(drops_constrained_column)
{
	const struct iw_table *table = iw_question_table(question);
	const char *column = question->operation->member;
	if (table == NULL || column == NULL)
		return false;
	if (iw_table_has_index_on(table, column))
		return true;
	for (guint i = 0; i < table->indexes->len; i++)
		if (index_mentions(g_ptr_array_index(table->indexes, i), column))
			return true;
	for (guint i = 0; i < table->constraints->len; i++) {
		const struct iw_constraint *constraint = g_ptr_array_index(table->constraints, i);
		if (constraint->kind != IW_CHECK && constraint->kind != IW_FOREIGN_KEY &&
		    constraint_uses(constraint, column))
			return true;
	}
	for (guint i = 0; i < table->columns->len; i++) {
		const struct iw_column *other = g_ptr_array_index(table->columns, i);
		if (g_ascii_strcasecmp(other->name, column) != 0 && mentions(other->generation, column))
			return true;
	}
	return false;
}

IW_CONDITION(drops_only_column)
{
	const struct iw_table *table = iw_question_table(question);
	return table != NULL && !table->is_opaque && table->kind == IW_TABLE && table->columns->len == 1 &&
	       iw_question_column(question) != NULL;
}

IW_CONDITION(table_is_view)
{
	const struct iw_table *table = iw_question_table(question);
	return table != NULL && table->kind == IW_VIEW;
}

/* The view reads this table and no other, so that the column in its text is this one. */
static bool reads_only(const iw_schema *schema, const struct iw_table *view, const struct iw_table *table)
{
	for (guint i = 0; i < schema->tables->len; i++) {
		const struct iw_table *other = g_ptr_array_index(schema->tables, i);
		if (other != table && other != view &&
		    iw_text_mentions(schema->engine, view->definition, other->name.name))
			return false;
	}
	return iw_text_mentions(schema->engine, view->definition, table->name.name);
}

IW_CONDITION(drops_column_of_view)
{
	const iw_schema *schema = question->before;
	const struct iw_table *table = iw_question_table(question);
	if (table == NULL || iw_question_column(question) == NULL || schema->is_uncertain)
		return false;
	for (guint i = 0; i < schema->tables->len; i++) {
		const struct iw_table *view = g_ptr_array_index(schema->tables, i);
		if (view->kind == IW_VIEW && view != table &&
		    iw_text_mentions(schema->engine, view->definition, question->operation->member) &&
		    reads_only(schema, view, table))
			return true;
	}
	return false;
}

IW_CONDITION(creates_temporary)
{
	const struct iw_table *table = question->operation->table;
	return (question->operation->flags & IW_TEMPORARY) != 0 || (table != NULL && table->is_temporary);
}

/* PRAGMAs whose value stands in the file. */
IW_CONDITION(sets_what_is_stored)
{
	static const char *const STORED[] = {"user_version", "application_id", "schema_version"};
	const struct iw_operation *operation = question->operation;
	for (size_t i = 0; operation->member != NULL && operation->text != NULL && i < G_N_ELEMENTS(STORED); i++)
		if (g_ascii_strcasecmp(operation->member, STORED[i]) == 0)
			return true;
	return false;
}
