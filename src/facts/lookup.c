/* What a question is about, looked up in the schema before the operation; see conditions.h. */
#include "facts/conditions.h"

#include <string.h>

bool iw_question_at_least(const struct iw_question *question, int version)
{
	return iw_assumed_version(question->engine) >= version;
}

static bool names_an_index(const struct iw_operation *operation)
{
	switch (operation->kind) {
	case IW_OP_DROP_INDEX:
	case IW_OP_RENAME_INDEX:
	case IW_OP_ALTER_INDEX:
	case IW_OP_ATTACH_INDEX:
		return true;
	case IW_OP_REINDEX:
		return operation->object_kind == IW_OBJECT_INDEX;
	default:
		return false;
	}
}

static struct iw_index *find_index(const struct iw_question *question, struct iw_table **table)
{
	const struct iw_operation *operation = question->operation;
	*table = NULL;
	if (question->engine.dialect != IW_MYSQL)
		return iw_schema_find_index(question->before, operation->name, table);
	*table = iw_schema_find_table(question->before, operation->name);
	if (*table == NULL || operation->member == NULL)
		return NULL;
	return iw_table_find_index(*table, question->engine, operation->member);
}

const struct iw_index *iw_question_index(const struct iw_question *question)
{
	struct iw_table *table = NULL;
	return question->operation->name.name == NULL ? NULL : find_index(question, &table);
}

const struct iw_table *iw_question_table(const struct iw_question *question)
{
	const struct iw_operation *operation = question->operation;
	struct iw_table *table = NULL;
	if (operation->name.name == NULL)
		return NULL;
	if (!names_an_index(operation))
		return iw_schema_find_table(question->before, operation->name);
	find_index(question, &table);
	return table;
}

const struct iw_column *iw_question_column(const struct iw_question *question)
{
	const struct iw_table *table = iw_question_table(question);
	if (table == NULL || question->operation->member == NULL)
		return NULL;
	return iw_table_find_column(table, question->engine, question->operation->member);
}

const struct iw_constraint *iw_question_constraint(const struct iw_question *question)
{
	const struct iw_table *table = iw_question_table(question);
	if (table == NULL || question->operation->member == NULL)
		return NULL;
	return iw_table_find_constraint(table, question->engine, question->operation->member);
}

bool iw_name_equal(const iw_schema *schema, struct iw_name a, struct iw_name b)
{
	const char *default_schema = schema->default_schema;
	if (a.name == NULL || b.name == NULL || strcmp(a.name, b.name) != 0)
		return false;
	return g_strcmp0(a.schema == NULL ? default_schema : a.schema, b.schema == NULL ? default_schema : b.schema) ==
	       0;
}

bool iw_table_has_index_on(const struct iw_table *table, const char *column)
{
	for (guint i = 0; i < table->indexes->len; i++) {
		const struct iw_index *index = g_ptr_array_index(table->indexes, i);
		for (guint k = 0; index->keys != NULL && k < index->keys->len; k++) {
			const struct iw_key *key = g_ptr_array_index(index->keys, k);
			if (g_strcmp0(key->column, column) == 0)
				return true;
		}
	}
	return false;
}

const struct iw_constraint *iw_column_inline(const struct iw_column *column, enum iw_constraint_kind kind)
{
	if (column == NULL || column->constraints == NULL)
		return NULL;
	for (guint i = 0; i < column->constraints->len; i++) {
		const struct iw_constraint *constraint = g_ptr_array_index(column->constraints, i);
		if (constraint->kind == kind)
			return constraint;
	}
	return NULL;
}

const struct iw_domain *iw_column_domain(const iw_schema *schema, const struct iw_column *column)
{
	if (schema->domains == NULL || schema->domains->len == 0 || column->type.base == NULL || column->type.is_array)
		return NULL;
	struct iw_name name = {NULL, column->type.base};
	struct iw_domain *domain = iw_schema_find_domain(schema, name);
	const char *dot = strchr(column->type.base, '.');
	if (domain != NULL || dot == NULL)
		return domain;
	g_autofree char *schema_part = g_strndup(column->type.base, (gsize)(dot - column->type.base));
	return iw_schema_find_domain(schema, (struct iw_name){schema_part, dot + 1});
}

bool iw_domain_is_constrained(const struct iw_domain *domain)
{
	return domain->not_null || (domain->constraints != NULL && domain->constraints->len > 0);
}

const struct iw_expression *iw_column_effective_default(const iw_schema *schema, const struct iw_column *column)
{
	const struct iw_expression *value = column->default_value;
	if (value == NULL) {
		const struct iw_domain *domain = iw_column_domain(schema, column);
		value = domain == NULL ? NULL : domain->default_value;
	}
	return value == NULL || value->is_null ? NULL : value;
}

bool iw_constraint_has_column(const struct iw_constraint *constraint, const char *column)
{
	for (guint i = 0; constraint->columns != NULL && i < constraint->columns->len; i++)
		if (strcmp(g_ptr_array_index(constraint->columns, i), column) == 0)
			return true;
	for (guint i = 0; constraint->keys != NULL && i < constraint->keys->len; i++) {
		const struct iw_key *key = g_ptr_array_index(constraint->keys, i);
		if (g_strcmp0(key->column, column) == 0)
			return true;
	}
	return false;
}

const struct iw_table *iw_default_partition(const iw_schema *schema, const struct iw_table *parent)
{
	for (guint i = 0; parent != NULL && i < schema->tables->len; i++) {
		const struct iw_table *table = g_ptr_array_index(schema->tables, i);
		bool is_partition =
			table->partition_of.name != NULL && iw_name_equal(schema, table->partition_of, parent->name);
		if (is_partition && table->partition_bound != NULL &&
		    g_ascii_strcasecmp(table->partition_bound, "DEFAULT") == 0)
			return table;
	}
	return NULL;
}
