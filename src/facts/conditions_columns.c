/* Conditions about columns: what is added, what is there; see conditions.h. */
#include "facts/conditions.h"

#include <string.h>

static const struct iw_column *added(const struct iw_question *question)
{
	return question->operation->column;
}

static const struct iw_expression *added_default(const struct iw_question *question)
{
	return added(question) == NULL ? NULL : iw_column_effective_default(question->before, added(question));
}

IW_CONDITION(adds_serial)
{
	return added(question) != NULL && added(question)->serial != IW_NOT_SERIAL;
}

IW_CONDITION(adds_identity)
{
	return added(question) != NULL && added(question)->identity != IW_NO_IDENTITY;
}

IW_CONDITION(adds_stored)
{
	return added(question) != NULL && added(question)->generated == IW_GENERATED_STORED;
}

IW_CONDITION(adds_virtual)
{
	return added(question) != NULL && added(question)->generated == IW_GENERATED_VIRTUAL;
}

IW_CONDITION(adds_virtual_checked)
{
	return iw_when_adds_virtual(question) &&
	       (added(question)->not_null || iw_column_inline(added(question), IW_CHECK) != NULL);
}

IW_CONDITION(default_is_volatile)
{
	const struct iw_expression *value = added_default(question);
	return value != NULL && value->volatility == IW_VOLATILE;
}

IW_CONDITION(default_is_unknown)
{
	const struct iw_expression *value = added_default(question);
	return value != NULL && value->volatility == IW_VOLATILITY_UNKNOWN;
}

IW_CONDITION(adds_constrained_domain)
{
	const struct iw_domain *domain =
		added(question) == NULL ? NULL : iw_column_domain(question->before, added(question));
	return domain != NULL && iw_domain_is_constrained(domain);
}

IW_CONDITION(adds_default)
{
	return added_default(question) != NULL;
}

IW_CONDITION(adds_unique)
{
	return iw_column_inline(added(question), IW_UNIQUE) != NULL;
}

IW_CONDITION(adds_primary_key)
{
	return iw_column_inline(added(question), IW_PRIMARY_KEY) != NULL;
}

static bool is_enforced(const struct iw_constraint *constraint)
{
	return constraint != NULL && !constraint->is_not_enforced && !constraint->is_not_valid;
}

IW_CONDITION(adds_check)
{
	return is_enforced(iw_column_inline(added(question), IW_CHECK));
}

IW_CONDITION(adds_reference)
{
	return iw_column_inline(added(question), IW_FOREIGN_KEY) != NULL;
}

IW_CONDITION(adds_reference_with_default)
{
	return is_enforced(iw_column_inline(added(question), IW_FOREIGN_KEY)) && added_default(question) != NULL;
}

IW_CONDITION(adds_required)
{
	const struct iw_column *column = added(question);
	bool is_filled = column != NULL && (column->serial != IW_NOT_SERIAL || column->identity != IW_NO_IDENTITY ||
					    column->generated != IW_NOT_GENERATED || column->auto_increment);
	return column != NULL && column->not_null && added_default(question) == NULL && !is_filled;
}

IW_CONDITION(adds_auto_increment)
{
	return added(question) != NULL && added(question)->auto_increment;
}

/* CURRENT_TIMESTAMP is computed once for all rows; other expressions are not. */
static bool is_current_time(const struct iw_expression *value)
{
	static const char *const NAMES[] = {"current_timestamp", "now(", "localtime", "localtimestamp"};
	const char *text = value->canonical != NULL ? value->canonical : value->text;
	while (text != NULL && (*text == '(' || g_ascii_isspace(*text)))
		text++;
	for (size_t i = 0; text != NULL && i < G_N_ELEMENTS(NAMES); i++)
		if (g_ascii_strncasecmp(text, NAMES[i], strlen(NAMES[i])) == 0)
			return true;
	return false;
}

IW_CONDITION(adds_expression_default)
{
	const struct iw_expression *value = added_default(question);
	return value != NULL && !value->is_constant && !is_current_time(value);
}

IW_CONDITION(default_is_not_constant)
{
	const struct iw_expression *value = added_default(question);
	return value != NULL && !value->is_constant;
}

IW_CONDITION(adds_at_position)
{
	return added(question) != NULL && added(question)->position != NULL;
}

IW_CONDITION(column_is_in_foreign_key)
{
	const struct iw_table *table = iw_question_table(question);
	for (guint i = 0; table != NULL && question->operation->member != NULL && i < table->constraints->len; i++) {
		const struct iw_constraint *constraint = g_ptr_array_index(table->constraints, i);
		if (constraint->kind == IW_FOREIGN_KEY &&
		    iw_constraint_has_column(constraint, question->operation->member))
			return true;
	}
	return false;
}

IW_CONDITION(column_is_indexed)
{
	const struct iw_table *table = iw_question_table(question);
	return table != NULL && question->operation->member != NULL &&
	       iw_table_has_index_on(table, question->operation->member);
}

static bool is_in_primary_key(const struct iw_table *table, const char *column)
{
	const struct iw_constraint *key = table == NULL ? NULL : iw_table_primary_key(table);
	return key != NULL && iw_constraint_has_column(key, column);
}

IW_CONDITION(column_is_nullable)
{
	const struct iw_column *column = iw_question_column(question);
	return column != NULL && !iw_question_table(question)->is_opaque && !column->not_null &&
	       !is_in_primary_key(iw_question_table(question), column->name);
}

IW_CONDITION(column_is_not_null)
{
	const struct iw_column *column = iw_question_column(question);
	return column != NULL && !iw_when_has_unchecked_not_null(question) &&
	       (column->not_null || is_in_primary_key(iw_question_table(question), column->name));
}

IW_CONDITION(column_is_stored)
{
	const struct iw_column *column = iw_question_column(question);
	return column != NULL && column->generated == IW_GENERATED_STORED;
}

IW_CONDITION(column_is_virtual)
{
	const struct iw_column *column = iw_question_column(question);
	return column != NULL && column->generated == IW_GENERATED_VIRTUAL;
}

static bool proves_not_null(const struct iw_table *table, const char *column)
{
	for (guint i = 0; i < table->constraints->len; i++) {
		const struct iw_constraint *constraint = g_ptr_array_index(table->constraints, i);
		if (constraint->kind != IW_CHECK || !is_enforced(constraint) || constraint->check == NULL)
			continue;
		const char *text = constraint->check->canonical;
		if (text == NULL)
			text = constraint->check->text;
		if (text != NULL && iw_check_proves_not_null(text, column))
			return true;
	}
	return false;
}

IW_CONDITION(check_proves_not_null)
{
	const struct iw_table *table = iw_question_table(question);
	return table != NULL && question->operation->member != NULL &&
	       proves_not_null(table, question->operation->member);
}

IW_CONDITION(has_unchecked_not_null)
{
	const struct iw_table *table = iw_question_table(question);
	for (guint i = 0; table != NULL && question->operation->member != NULL && i < table->constraints->len; i++) {
		const struct iw_constraint *constraint = g_ptr_array_index(table->constraints, i);
		if (constraint->kind == IW_NOT_NULL_CONSTRAINT && constraint->is_not_valid &&
		    iw_constraint_has_column(constraint, question->operation->member))
			return true;
	}
	return false;
}

IW_CONDITION(type_is_same)
{
	return iw_question_type_change(question) == IW_TYPE_SAME;
}

static bool is_name_character(char c)
{
	return g_ascii_isalnum(c) || c == '_' || c == '$' || (unsigned char)c >= 0x80;
}

/* `name` as a whole word of `text`. */
static bool has_word(const char *text, const char *name)
{
	size_t length = strlen(name);
	for (const char *at = strstr(text, name); at != NULL; at = strstr(at + 1, name))
		if ((at == text || !is_name_character(at[-1])) && !is_name_character(at[length]))
			return true;
	return false;
}

/* A CHECK that names the column is checked again for every row, whatever else the change does. */
IW_CONDITION(type_is_safe_but_checked)
{
	enum iw_type_change change = iw_question_type_change(question);
	if (change != IW_TYPE_SAFE && change != IW_TYPE_REINDEX)
		return false;
	const struct iw_table *table = iw_question_table(question);
	for (guint i = 0; i < table->constraints->len; i++) {
		const struct iw_constraint *constraint = g_ptr_array_index(table->constraints, i);
		if (constraint->kind != IW_CHECK || constraint->check == NULL || !is_enforced(constraint))
			continue;
		const char *text = constraint->check->text;
		if (text != NULL && has_word(text, question->operation->member))
			return true;
	}
	return false;
}

IW_CONDITION(type_is_safe)
{
	enum iw_type_change change = iw_question_type_change(question);
	return change == IW_TYPE_SAFE || (change == IW_TYPE_REINDEX && !iw_when_column_is_indexed(question));
}

IW_CONDITION(type_rebuilds_index)
{
	return iw_question_type_change(question) == IW_TYPE_REINDEX && iw_when_column_is_indexed(question);
}

IW_CONDITION(column_is_partition_key)
{
	const struct iw_table *table = iw_question_table(question);
	const char *key = table == NULL || table->partition_by == NULL ? NULL : strchr(table->partition_by, '(');
	return key != NULL && iw_question_column(question) != NULL && has_word(key, question->operation->member);
}

IW_CONDITION(type_has_utc)
{
	return question->settings.timezone_is_utc && iw_when_type_needs_utc(question);
}

IW_CONDITION(type_needs_utc)
{
	return iw_question_type_change(question) == IW_TYPE_TIMEZONE;
}

IW_CONDITION(type_is_unknown)
{
	return iw_question_type_change(question) == IW_TYPE_UNKNOWN;
}

IW_CONDITION(options_are_visibility)
{
	const char *text = question->operation->text;
	return text != NULL && (strstr(text, "visible") != NULL || strstr(text, "VISIBLE") != NULL);
}

/* Shared with the conditions about constraints. */
bool iw_table_proves_not_null(const struct iw_question *question, const struct iw_table *table, const char *name)
{
	const struct iw_column *column = iw_table_find_column(table, question->engine, name);
	if (column != NULL && (column->not_null || is_in_primary_key(table, name)))
		return true;
	return iw_question_at_least(question, 120000) && proves_not_null(table, name);
}
