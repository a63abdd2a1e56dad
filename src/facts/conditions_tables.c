/* Conditions about whole tables, other objects and data; see conditions.h. */
#include "facts/conditions.h"

#include "facts/proof.h"

#include <string.h>

static bool has_flag(const struct iw_question *question, unsigned flag)
{
	return (question->operation->flags & flag) != 0;
}

static bool has_kind(GPtrArray *constraints, enum iw_constraint_kind kind)
{
	for (guint i = 0; constraints != NULL && i < constraints->len; i++) {
		const struct iw_constraint *constraint = g_ptr_array_index(constraints, i);
		if (constraint->kind == kind)
			return true;
	}
	return false;
}

IW_CONDITION(creates_partition)
{
	const struct iw_table *table = question->operation->table;
	return table != NULL && table->partition_of.name != NULL;
}

IW_CONDITION(creates_with_reference)
{
	const struct iw_table *table = question->operation->table;
	if (table == NULL || has_kind(table->constraints, IW_FOREIGN_KEY))
		return table != NULL;
	for (guint i = 0; table->columns != NULL && i < table->columns->len; i++)
		if (iw_column_inline(g_ptr_array_index(table->columns, i), IW_FOREIGN_KEY) != NULL)
			return true;
	return false;
}

IW_CONDITION(creates_from_query)
{
	return question->operation->data != NULL;
}

/* AS ... WITH NO DATA: these are the statement's last words. */
IW_CONDITION(creates_without_data)
{
	const char *text = question->operation->definition;
	if (text == NULL && question->operation->statement != NULL)
		text = question->operation->statement->text;
	g_autofree char *words = g_ascii_strdown(text != NULL ? text : "", -1);
	g_auto(GStrv) parts = g_strsplit_set(g_strchomp(words), " \t\r\n", -1);
	static const char *const LAST[] = {"data", "no", "with"};
	guint found = 0;
	for (guint i = g_strv_length(parts); i-- > 0 && found < G_N_ELEMENTS(LAST);) {
		if (*parts[i] == '\0')
			continue;
		if (strcmp(parts[i], LAST[found]) != 0)
			return false;
		found++;
	}
	return found == G_N_ELEMENTS(LAST);
}

IW_CONDITION(creates_from_query_without_data)
{
	return iw_when_creates_from_query(question) && iw_when_creates_without_data(question);
}

IW_CONDITION(is_finalized)
{
	return has_flag(question, IW_FINALIZE);
}

IW_CONDITION(creates_existing)
{
	return has_flag(question, IW_IF_NOT_EXISTS) && iw_question_table(question) != NULL;
}

IW_CONDITION(has_foreign_keys)
{
	const struct iw_table *table = iw_question_table(question);
	return table != NULL && has_kind(table->constraints, IW_FOREIGN_KEY);
}

IW_CONDITION(is_partition)
{
	const struct iw_table *table = iw_question_table(question);
	return table != NULL && table->partition_of.name != NULL;
}

IW_CONDITION(is_referenced)
{
	const iw_schema *schema = question->before;
	for (guint i = 0; question->operation->name.name != NULL && i < schema->tables->len; i++) {
		const struct iw_table *table = g_ptr_array_index(schema->tables, i);
		for (guint k = 0; k < table->constraints->len; k++) {
			const struct iw_constraint *constraint = g_ptr_array_index(table->constraints, k);
			if (constraint->kind == IW_FOREIGN_KEY &&
			    iw_name_equal(schema, constraint->references, question->operation->name) &&
			    !iw_name_equal(schema, table->name, question->operation->name))
				return true;
		}
	}
	return false;
}

IW_CONDITION(is_cascaded)
{
	return has_flag(question, IW_CASCADED);
}

/* Storage parameters that PostgreSQL sets under SHARE UPDATE EXCLUSIVE. */
IW_CONDITION(option_is_light)
{
	static const char *const LIGHT[] = {"fillfactor",	    "autovacuum_",     "toast.autovacuum_",
					    "log_autovacuum_",	    "toast.log_auto",  "parallel_workers",
					    "vacuum_index_cleanup", "vacuum_truncate", "toast.vacuum_",
					    "toast_tuple_target",   "n_distinct",      "cluster",
					    "set without cluster"};
	const char *words[] = {question->operation->member, question->operation->text};
	for (size_t i = 0; i < G_N_ELEMENTS(LIGHT); i++)
		for (size_t k = 0; k < G_N_ELEMENTS(words); k++)
			if (words[k] != NULL && g_ascii_strncasecmp(words[k], LIGHT[i], strlen(LIGHT[i])) == 0)
				return true;
	return false;
}

IW_CONDITION(is_logged_already)
{
	const struct iw_table *table = iw_question_table(question);
	return table != NULL && table->is_unlogged != has_flag(question, IW_ON);
}

IW_CONDITION(is_unlogged_now)
{
	const struct iw_table *table = iw_question_table(question);
	return table != NULL && table->is_unlogged;
}

IW_CONDITION(access_method_is_same)
{
	const struct iw_table *table = iw_question_table(question);
	if (table == NULL || question->operation->text == NULL)
		return false;
	const char *now = table->access_method == NULL ? "heap" : table->access_method;
	return strcmp(now, question->operation->text) == 0;
}

static const struct iw_table *attached(const struct iw_question *question)
{
	return iw_schema_find_table(question->before, question->operation->new_name);
}

/* "RANGE (k)" -> "k"; NULL unless the key is one plain column. */
static char *range_column(const char *partition_by)
{
	if (partition_by == NULL || g_ascii_strncasecmp(partition_by, "RANGE", 5) != 0)
		return NULL;
	const char *open = strchr(partition_by, '(');
	const char *close = open == NULL ? NULL : strrchr(open, ')');
	if (close == NULL)
		return NULL;
	char *column = g_strndup(open + 1, (gsize)(close - open - 1));
	g_strstrip(column);
	if (strpbrk(column, ",( ") == NULL)
		return column;
	g_free(column);
	return NULL;
}

/* "FOR VALUES FROM (200) TO (300)" -> the text between the n-th parentheses. */
static char *bound_value(const char *bound, const char *word)
{
	const char *at = strstr(bound, word);
	const char *open = at == NULL ? NULL : strchr(at, '(');
	const char *close = open == NULL ? NULL : strchr(open, ')');
	return close == NULL ? NULL : g_strndup(open + 1, (gsize)(close - open - 1));
}

static void drop_casts(char *text)
{
	char *cast;
	while ((cast = strstr(text, "::")) != NULL)
		memmove(cast, cast + 2 + strcspn(cast + 2, " )"), strlen(cast + 2 + strcspn(cast + 2, " )")) + 1);
}

static bool has_conjunct(GPtrArray *conjuncts, const char *column, const char *sign, const char *value)
{
	g_autofree char *wanted = g_strdup_printf("%s %s %s", column, sign, value);
	g_autofree char *quoted = g_strdup_printf("%s %s '%s'", column, sign, value);
	for (guint i = 0; i < conjuncts->len; i++) {
		g_autofree char *have = g_strdup(g_ptr_array_index(conjuncts, i));
		drop_casts(have);
		if (strcmp(have, wanted) == 0 || strcmp(have, quoted) == 0)
			return true;
	}
	return false;
}

static void collect_conjuncts(const struct iw_table *table, GPtrArray *all)
{
	for (guint i = 0; i < table->constraints->len; i++) {
		const struct iw_constraint *constraint = g_ptr_array_index(table->constraints, i);
		if (constraint->kind != IW_CHECK || constraint->is_not_valid || constraint->is_not_enforced ||
		    constraint->check == NULL)
			continue;
		const char *text = constraint->check->canonical;
		GPtrArray *parts = iw_conjuncts(text != NULL ? text : constraint->check->text);
		for (guint k = 0; k < parts->len; k++)
			g_ptr_array_add(all, g_strdup(g_ptr_array_index(parts, k)));
		g_ptr_array_unref(parts);
	}
}

/* A range over one column whose bounds the partition's valid CHECKs repeat, and the key cannot be NULL. */
IW_CONDITION(partition_is_proved)
{
	const struct iw_table *parent = iw_question_table(question);
	const struct iw_table *part = attached(question);
	const char *bound = question->operation->text;
	g_autofree char *column = parent == NULL ? NULL : range_column(parent->partition_by);
	if (part == NULL || column == NULL || bound == NULL)
		return false;
	g_autofree char *from = bound_value(bound, "FROM");
	g_autofree char *to = bound_value(bound, "TO");
	if (from == NULL || to == NULL)
		return false;
	g_autoptr(GPtrArray) conjuncts = g_ptr_array_new_with_free_func(g_free);
	collect_conjuncts(part, conjuncts);
	const struct iw_column *key = iw_table_find_column(part, question->engine, column);
	bool is_known = (key != NULL && key->not_null) || has_conjunct(conjuncts, column, "is not", "null");
	return is_known && has_conjunct(conjuncts, column, ">=", from) && has_conjunct(conjuncts, column, "<", to);
}

IW_CONDITION(is_concurrent_with_default_partition)
{
	return iw_when_is_concurrent(question) &&
	       iw_default_partition(question->before, iw_question_table(question)) != NULL;
}

static bool text_says(const struct iw_question *question, const char *words)
{
	const char *text = question->operation->text;
	return text != NULL && g_ascii_strncasecmp(text, words, strlen(words)) == 0;
}

IW_CONDITION(domain_gets_checked)
{
	if (text_says(question, "set not null") || text_says(question, "validate"))
		return true;
	const struct iw_constraint *constraint = question->operation->constraint;
	return text_says(question, "add constraint") && (constraint == NULL || !constraint->is_not_valid);
}

IW_CONDITION(replaces_view)
{
	return has_flag(question, IW_REPLACE) && iw_question_table(question) != NULL;
}

static bool object_is(const struct iw_question *question, enum iw_object_kind kind)
{
	return question->operation->object_kind == kind;
}

IW_CONDITION(object_is_table_bound)
{
	return object_is(question, IW_OBJECT_STATISTICS) || object_is(question, IW_OBJECT_PUBLICATION);
}

IW_CONDITION(object_is_view)
{
	return object_is(question, IW_OBJECT_VIEW) || object_is(question, IW_OBJECT_MATERIALIZED_VIEW);
}

IW_CONDITION(object_is_trigger)
{
	return object_is(question, IW_OBJECT_TRIGGER) || object_is(question, IW_OBJECT_POLICY) ||
	       object_is(question, IW_OBJECT_RULE);
}

IW_CONDITION(object_is_rule)
{
	return object_is(question, IW_OBJECT_RULE);
}

IW_CONDITION(object_is_constraint)
{
	return object_is(question, IW_OBJECT_CONSTRAINT);
}

IW_CONDITION(object_is_sequence)
{
	return object_is(question, IW_OBJECT_SEQUENCE);
}

IW_CONDITION(object_is_type)
{
	return object_is(question, IW_OBJECT_ENUM) || object_is(question, IW_OBJECT_TYPE) ||
	       object_is(question, IW_OBJECT_DOMAIN);
}

IW_CONDITION(object_is_schema)
{
	return object_is(question, IW_OBJECT_SCHEMA) || object_is(question, IW_OBJECT_DATABASE);
}

IW_CONDITION(object_is_relation)
{
	return object_is(question, IW_OBJECT_TABLE) || object_is(question, IW_OBJECT_FOREIGN_TABLE) ||
	       iw_when_object_is_view(question);
}

IW_CONDITION(object_is_column)
{
	return object_is(question, IW_OBJECT_COLUMN) || object_is(question, IW_OBJECT_CONSTRAINT) ||
	       iw_when_object_is_relation(question);
}

IW_CONDITION(sequence_gets_owner)
{
	const struct iw_sequence *sequence = question->operation->sequence;
	return sequence != NULL && sequence->owner_table.name != NULL;
}

IW_CONDITION(touches_all_rows)
{
	const struct iw_data *data = question->operation->data;
	return data == NULL || !data->is_bounded;
}

IW_CONDITION(locks_rows)
{
	const struct iw_data *data = question->operation->data;
	return data != NULL && data->locks_rows;
}

IW_CONDITION(inserts_from_query)
{
	const struct iw_data *data = question->operation->data;
	return data != NULL && !data->is_values && !data->is_bounded;
}

static bool mode_is(const struct iw_question *question, const char *mode)
{
	const char *text = question->operation->text;
	return text != NULL && g_ascii_strcasecmp(text, mode) == 0;
}

IW_CONDITION(lock_is_access_share)
{
	return mode_is(question, "ACCESS SHARE");
}

IW_CONDITION(lock_is_row_share)
{
	return mode_is(question, "ROW SHARE");
}

IW_CONDITION(lock_is_row_exclusive)
{
	return mode_is(question, "ROW EXCLUSIVE");
}

IW_CONDITION(lock_is_share_update_exclusive)
{
	return mode_is(question, "SHARE UPDATE EXCLUSIVE");
}

IW_CONDITION(lock_is_share)
{
	return mode_is(question, "SHARE");
}

IW_CONDITION(lock_is_share_row_exclusive)
{
	return mode_is(question, "SHARE ROW EXCLUSIVE");
}

IW_CONDITION(lock_is_exclusive)
{
	return mode_is(question, "EXCLUSIVE");
}

IW_CONDITION(lock_is_read)
{
	return text_says(question, "read");
}
