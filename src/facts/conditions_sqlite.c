/* Conditions about SQLite's ALTER TABLE; see conditions.h. */
#include "facts/conditions.h"

#include <string.h>

IW_CONDITION(engine_is_sqlite)
{
	return !question->engine.is_libsql;
}

static bool mentions(const struct iw_expression *expression, const char *name)
{
	return expression != NULL && expression->text != NULL && strcasestr(expression->text, name) != NULL;
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
