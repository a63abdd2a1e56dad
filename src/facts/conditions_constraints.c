/* Conditions about constraints and indexes; see conditions.h. */
#include "facts/conditions.h"

#include <string.h>

static bool adds(const struct iw_question *question, enum iw_constraint_kind kind)
{
	const struct iw_constraint *constraint = question->operation->constraint;
	return constraint != NULL && constraint->kind == kind;
}

/* The index of ADD CONSTRAINT ... USING INDEX. */
static const struct iw_index *used_index(const struct iw_question *question)
{
	const struct iw_table *table = iw_question_table(question);
	const struct iw_constraint *constraint = question->operation->constraint;
	if (table == NULL || constraint == NULL || constraint->using_index == NULL)
		return NULL;
	return iw_table_find_index(table, question->engine, constraint->using_index);
}

IW_CONDITION(uses_index)
{
	return question->operation->constraint != NULL && question->operation->constraint->using_index != NULL;
}

IW_CONDITION(is_primary_key_using_nullable_index)
{
	if (!adds(question, IW_PRIMARY_KEY) || !iw_when_uses_index(question))
		return false;
	const struct iw_index *index = used_index(question);
	if (index == NULL)
		return true;
	const struct iw_table *table = iw_question_table(question);
	for (guint i = 0; i < index->keys->len; i++) {
		const struct iw_key *key = g_ptr_array_index(index->keys, i);
		if (key->column != NULL && !iw_table_proves_not_null(question, table, key->column))
			return true;
	}
	return false;
}

IW_CONDITION(is_primary_key)
{
	return adds(question, IW_PRIMARY_KEY);
}

IW_CONDITION(is_unique)
{
	return adds(question, IW_UNIQUE);
}

IW_CONDITION(is_exclusion)
{
	return adds(question, IW_EXCLUDE);
}

IW_CONDITION(is_foreign_key)
{
	return adds(question, IW_FOREIGN_KEY);
}

IW_CONDITION(is_foreign_key_unchecked)
{
	return adds(question, IW_FOREIGN_KEY) && question->settings.foreign_key_checks_off;
}

static bool begins_with(GPtrArray *keys, GPtrArray *columns)
{
	if (keys == NULL || keys->len < columns->len)
		return false;
	for (guint i = 0; i < columns->len; i++) {
		const struct iw_key *key = g_ptr_array_index(keys, i);
		if (key->column == NULL || g_ascii_strcasecmp(key->column, g_ptr_array_index(columns, i)) != 0)
			return false;
	}
	return true;
}

/* MySQL makes an index on the columns where none begins with them. */
IW_CONDITION(is_foreign_key_unchecked_on_index)
{
	const struct iw_table *table = iw_question_table(question);
	if (!iw_when_is_foreign_key_unchecked(question) || table == NULL)
		return false;
	for (guint i = 0; i < table->indexes->len; i++) {
		const struct iw_index *index = g_ptr_array_index(table->indexes, i);
		if (begins_with(index->keys, question->operation->constraint->columns))
			return true;
	}
	return false;
}

IW_CONDITION(is_foreign_key_not_valid)
{
	return adds(question, IW_FOREIGN_KEY) && question->operation->constraint->is_not_valid;
}

IW_CONDITION(is_foreign_key_not_valid_partitioned)
{
	return iw_when_is_foreign_key_not_valid(question) && iw_when_is_partitioned(question);
}

IW_CONDITION(is_foreign_key_not_enforced)
{
	return adds(question, IW_FOREIGN_KEY) && question->operation->constraint->is_not_enforced;
}

IW_CONDITION(is_check)
{
	return adds(question, IW_CHECK);
}

IW_CONDITION(is_check_on_parent_only)
{
	const struct iw_table *table = iw_question_table(question);
	if (!adds(question, IW_CHECK) || !iw_when_is_only(question) || question->operation->constraint->is_no_inherit)
		return false;
	for (guint i = 0; i < question->before->tables->len; i++) {
		const struct iw_table *other = g_ptr_array_index(question->before->tables, i);
		if (other->partition_of.name != NULL &&
		    iw_name_equal(question->before, other->partition_of, table->name))
			return true;
	}
	return false;
}

IW_CONDITION(is_check_not_valid)
{
	return adds(question, IW_CHECK) &&
	       (question->operation->constraint->is_not_valid || question->operation->constraint->is_not_enforced);
}

IW_CONDITION(is_not_null)
{
	return adds(question, IW_NOT_NULL_CONSTRAINT);
}

IW_CONDITION(is_not_null_not_valid)
{
	return adds(question, IW_NOT_NULL_CONSTRAINT) && question->operation->constraint->is_not_valid;
}

IW_CONDITION(is_not_null_known)
{
	const struct iw_table *table = iw_question_table(question);
	if (!adds(question, IW_NOT_NULL_CONSTRAINT) || table == NULL)
		return false;
	GPtrArray *columns = question->operation->constraint->columns;
	return columns != NULL && columns->len > 0 &&
	       iw_table_proves_not_null(question, table, g_ptr_array_index(columns, 0));
}

/* MySQL keeps unique keys as indexes: DROP CONSTRAINT finds them too. */
static bool names_unique_index(const struct iw_question *question)
{
	const struct iw_table *table = iw_question_table(question);
	const char *member = question->operation->member;
	if (question->engine.dialect != IW_MYSQL || table == NULL || member == NULL)
		return false;
	const struct iw_index *index = iw_table_find_index(table, question->engine, member);
	return index != NULL && index->is_unique;
}

/* DROP CONSTRAINT: the kind as spelled (MySQL), else as the schema before has it. -1: not known. */
static int dropped_kind(const struct iw_question *question)
{
	const struct iw_constraint *known = iw_question_constraint(question);
	if (known != NULL)
		return (int)known->kind;
	if (question->operation->constraint != NULL)
		return (int)question->operation->constraint->kind;
	return names_unique_index(question) ? IW_UNIQUE : -1;
}

IW_CONDITION(drops_foreign_key)
{
	return dropped_kind(question) == IW_FOREIGN_KEY;
}

IW_CONDITION(drops_check)
{
	return dropped_kind(question) == IW_CHECK || dropped_kind(question) == IW_NOT_NULL_CONSTRAINT;
}

IW_CONDITION(drops_key)
{
	int kind = dropped_kind(question);
	return kind == IW_PRIMARY_KEY || kind == IW_UNIQUE || kind == IW_EXCLUDE;
}

IW_CONDITION(drops_primary_key)
{
	return dropped_kind(question) == IW_PRIMARY_KEY;
}

IW_CONDITION(drops_unknown_constraint)
{
	return dropped_kind(question) < 0;
}

IW_CONDITION(validates_valid)
{
	const struct iw_constraint *constraint = iw_question_constraint(question);
	return constraint != NULL && !constraint->is_not_valid;
}

IW_CONDITION(validates_foreign_key)
{
	const struct iw_constraint *constraint = iw_question_constraint(question);
	return constraint != NULL && constraint->kind == IW_FOREIGN_KEY;
}

IW_CONDITION(alters_to_not_enforced)
{
	const struct iw_constraint *wanted = question->operation->constraint;
	return wanted != NULL && wanted->is_not_enforced;
}

IW_CONDITION(alters_to_enforced)
{
	const struct iw_constraint *wanted = question->operation->constraint;
	const struct iw_constraint *before = iw_question_constraint(question);
	const char *what = question->operation->text; /* PostgreSQL's says what it speaks of */
	bool speaks_of_it = what == NULL || strcmp(what, "enforced") == 0;
	return speaks_of_it && wanted != NULL && !wanted->is_not_enforced && before != NULL && before->is_not_enforced;
}

IW_CONDITION(is_concurrent)
{
	return (question->operation->flags & IW_CONCURRENTLY) != 0;
}

IW_CONDITION(is_partitioned)
{
	const struct iw_table *table = iw_question_table(question);
	return table != NULL && table->kind == IW_PARTITIONED_TABLE;
}

IW_CONDITION(is_concurrent_partitioned)
{
	return iw_when_is_concurrent(question) && iw_when_is_partitioned(question);
}

IW_CONDITION(is_only)
{
	return (question->operation->flags & IW_ONLY) != 0 && iw_when_is_partitioned(question);
}

IW_CONDITION(index_exists_already)
{
	const struct iw_operation *operation = question->operation;
	const struct iw_table *table = iw_question_table(question);
	return (operation->flags & IW_IF_NOT_EXISTS) != 0 && table != NULL && operation->member != NULL &&
	       iw_table_find_index(table, question->engine, operation->member) != NULL;
}

IW_CONDITION(index_belongs_to_constraint)
{
	const struct iw_index *index = iw_question_index(question);
	return index != NULL && index->constraint != NULL;
}

IW_CONDITION(reindexes_index)
{
	return question->operation->object_kind == IW_OBJECT_INDEX;
}

IW_CONDITION(reindexes_partitioned)
{
	return iw_when_reindexes_table(question) && iw_when_is_partitioned(question);
}

IW_CONDITION(reindexes_table)
{
	return question->operation->object_kind == IW_OBJECT_TABLE;
}

IW_CONDITION(moves_tablespace)
{
	const char *text = question->operation->text;
	return text != NULL && strcasestr(text, "tablespace") != NULL;
}

IW_CONDITION(is_special_index)
{
	return question->operation->index != NULL && question->operation->index->special != NULL;
}

IW_CONDITION(is_expression_index)
{
	const struct iw_index *index = question->operation->index;
	for (guint i = 0; index != NULL && index->keys != NULL && i < index->keys->len; i++) {
		const struct iw_key *key = g_ptr_array_index(index->keys, i);
		if (key->column == NULL)
			return true;
	}
	return false;
}
