/*
 * Conditions about MySQL's and MariaDB's ALTER TABLE: MODIFY and CHANGE give the whole new column, so what changes is
 * found by comparing it with the column before; table options; partitions. See conditions.h.
 */
#include "facts/conditions.h"

#include <string.h>

/* The new column and the one before; false when either is not known. */
static bool both(const struct iw_question *question, const struct iw_column **now, const struct iw_column **wanted)
{
	*now = iw_question_column(question);
	*wanted = question->operation->column;
	return *now != NULL && *wanted != NULL && (*now)->type.text != NULL && (*wanted)->type.text != NULL;
}

IW_CONDITION(modifies_unknown)
{
	const struct iw_column *now, *wanted;
	return !both(question, &now, &wanted);
}

static bool is_index_build(const struct iw_operation *operation)
{
	const struct iw_constraint *constraint = operation->constraint;
	return operation->kind == IW_OP_CREATE_INDEX ||
	       (operation->kind == IW_OP_ADD_CONSTRAINT && constraint != NULL &&
		(constraint->kind == IW_UNIQUE || constraint->kind == IW_PRIMARY_KEY));
}

static bool is_never_instant(const struct iw_operation *operation)
{
	return is_index_build(operation) || operation->kind == IW_OP_DROP_INDEX ||
	       operation->kind == IW_OP_RENAME_INDEX || operation->kind == IW_OP_ADD_CONSTRAINT ||
	       operation->kind == IW_OP_DROP_CONSTRAINT;
}

/* One algorithm is used for all that an ALTER TABLE says. */
static bool has_beside(const struct iw_question *question, bool (*is_it)(const struct iw_operation *))
{
	const struct iw_statement *statement = question->operation->statement;
	for (guint i = 0; statement != NULL && i < statement->operations->len; i++) {
		const struct iw_operation *other = g_ptr_array_index(statement->operations, i);
		if (other != question->operation && is_it(other))
			return true;
	}
	return false;
}

IW_CONDITION(statement_builds_index)
{
	return has_beside(question, is_index_build);
}

IW_CONDITION(statement_is_not_instant)
{
	return has_beside(question, is_never_instant);
}

IW_CONDITION(modifies_position_beside_index)
{
	return iw_when_statement_builds_index(question) && iw_when_modifies_position(question);
}

static const char *charset_of(const struct iw_question *question, const struct iw_column *column)
{
	const struct iw_table *table = iw_question_table(question);
	if (column->type.charset != NULL)
		return column->type.charset;
	return table == NULL ? NULL : table->charset;
}

/* Bytes a character can take: 0 when the character set is not known. */
static int bytes_per_character(const char *charset)
{
	static const struct {
		const char *name;
		int bytes;
	} CHARSETS[] = {{"utf8mb4", 4}, {"utf8mb3", 3}, {"utf8", 3},  {"latin1", 1}, {"ascii", 1},
			{"binary", 1},	{"ucs2", 2},	{"utf16", 4}, {"utf32", 4},  {"latin2", 1}};
	for (size_t i = 0; charset != NULL && i < G_N_ELEMENTS(CHARSETS); i++)
		if (g_ascii_strcasecmp(charset, CHARSETS[i].name) == 0)
			return CHARSETS[i].bytes;
	return 0;
}

/* The length of a VARCHAR is kept in one byte up to 255 bytes, in two above: crossing that line moves every row. */
static bool same_length_class(int from, int to, int bytes)
{
	return (from * bytes <= 255) == (to * bytes <= 255);
}

/* MariaDB's InnoDB besides keeps the rows when the old length is at most 127 bytes, whatever the new one is
 * (MDEV-15563). */
static bool keeps_rows(const struct iw_question *question, int from, int to, int bytes)
{
	return same_length_class(from, to, bytes) || (question->engine.is_mariadb && from * bytes <= 127);
}

static bool grows_in_class(const struct iw_question *question, const struct iw_column *now,
			   const struct iw_column *wanted)
{
	int from = now->type.arguments[0];
	int to = wanted->type.arguments[0];
	if (from < 0 || to < from)
		return false;
	if (strcmp(now->type.base, "varbinary") == 0)
		return keeps_rows(question, from, to, 1);
	int bytes = bytes_per_character(charset_of(question, now));
	if (bytes > 0)
		return keeps_rows(question, from, to, bytes);
	return keeps_rows(question, from, to, 1) && keeps_rows(question, from, to, 3) &&
	       keeps_rows(question, from, to, 4);
}

static bool is_varying(const struct iw_type *type)
{
	return strcmp(type->base, "varchar") == 0 || strcmp(type->base, "varbinary") == 0;
}

IW_CONDITION(modifies_safely_widened)
{
	const struct iw_column *now, *wanted;
	return both(question, &now, &wanted) && strcmp(now->type.text, wanted->type.text) != 0 &&
	       strcmp(now->type.base, wanted->type.base) == 0 && is_varying(&now->type) &&
	       grows_in_class(question, now, wanted);
}

/* Bytes that an ENUM or SET of this many members takes. */
static int member_storage(const struct iw_type *type)
{
	guint count = type->values->len;
	if (strcmp(type->base, "enum") == 0)
		return count > 255 ? 2 : 1;
	return count > 32 ? 8 : count > 24 ? 4 : count > 16 ? 3 : count > 8 ? 2 : 1;
}

IW_CONDITION(modifies_members_appended)
{
	const struct iw_column *now, *wanted;
	if (!both(question, &now, &wanted) || now->type.values == NULL || wanted->type.values == NULL ||
	    strcmp(now->type.base, wanted->type.base) != 0 || wanted->type.values->len <= now->type.values->len)
		return false;
	for (guint i = 0; i < now->type.values->len; i++)
		if (strcmp(g_ptr_array_index(now->type.values, i), g_ptr_array_index(wanted->type.values, i)) != 0)
			return false;
	return member_storage(&now->type) == member_storage(&wanted->type);
}

IW_CONDITION(modifies_type)
{
	const struct iw_column *now, *wanted;
	return both(question, &now, &wanted) && strcmp(now->type.text, wanted->type.text) != 0 &&
	       !iw_when_modifies_safely_widened(question) && !iw_when_modifies_members_appended(question);
}

static const char *generation_text(const struct iw_column *column)
{
	const struct iw_expression *generation = column->generation;
	if (generation == NULL)
		return NULL;
	return generation->canonical != NULL ? generation->canonical : generation->text;
}

IW_CONDITION(modifies_generation)
{
	const struct iw_column *now, *wanted;
	return both(question, &now, &wanted) &&
	       (now->generated != wanted->generated || g_strcmp0(generation_text(now), generation_text(wanted)) != 0);
}

IW_CONDITION(modifies_auto_increment)
{
	const struct iw_column *now, *wanted;
	return both(question, &now, &wanted) && !now->auto_increment && wanted->auto_increment;
}

static bool is_text(const struct iw_column *column)
{
	return strstr(column->type.base, "char") != NULL || strstr(column->type.base, "text") != NULL ||
	       column->type.values != NULL;
}

static bool differs(const char *a, const char *b)
{
	return a != NULL && b != NULL && g_ascii_strcasecmp(a, b) != 0;
}

IW_CONDITION(modifies_charset)
{
	const struct iw_column *now, *wanted;
	if (!both(question, &now, &wanted) || !is_text(wanted))
		return false;
	/* A character set that is newly written may be the table's own; when that is not known it counts as a change.
	 */
	const char *before = charset_of(question, now);
	if (wanted->type.charset != NULL && before == NULL)
		return true;
	return differs(before, charset_of(question, wanted));
}

IW_CONDITION(modifies_collation)
{
	const struct iw_column *now, *wanted;
	if (!both(question, &now, &wanted) || !is_text(wanted))
		return false;
	const struct iw_table *table = iw_question_table(question);
	const char *before = now->collation != NULL ? now->collation : table->collation;
	const char *after = wanted->collation != NULL ? wanted->collation : table->collation;
	return differs(before, after) || (before == NULL && after != NULL) || (after == NULL && now->collation != NULL);
}

IW_CONDITION(modifies_collation_indexed)
{
	return iw_when_modifies_collation(question) && iw_when_column_is_indexed(question);
}

static bool is_not_null_before(const struct iw_question *question, const struct iw_column *now)
{
	const struct iw_constraint *key = iw_table_primary_key(iw_question_table(question));
	return now->not_null || (key != NULL && iw_constraint_has_column(key, now->name));
}

IW_CONDITION(modifies_to_not_null)
{
	const struct iw_column *now, *wanted;
	return both(question, &now, &wanted) && !is_not_null_before(question, now) && wanted->not_null;
}

IW_CONDITION(modifies_to_null)
{
	const struct iw_column *now, *wanted;
	return both(question, &now, &wanted) && is_not_null_before(question, now) && !wanted->not_null &&
	       !wanted->auto_increment;
}

static bool has_generated(const struct iw_question *question, enum iw_generated kind)
{
	const struct iw_table *table = iw_question_table(question);
	for (guint i = 0; table != NULL && i < table->columns->len; i++) {
		const struct iw_column *column = g_ptr_array_index(table->columns, i);
		if (column->generated == kind)
			return true;
	}
	return false;
}

IW_CONDITION(modifies_to_not_null_beside_stored)
{
	return iw_when_modifies_to_not_null(question) && has_generated(question, IW_GENERATED_STORED);
}

IW_CONDITION(adds_at_position_beside_virtual)
{
	return iw_when_adds_at_position(question) && has_generated(question, IW_GENERATED_VIRTUAL);
}

static bool is_fulltext(const struct iw_question *question)
{
	const struct iw_index *index = question->operation->index;
	return index != NULL && index->special != NULL && g_ascii_strcasecmp(index->special, "fulltext") == 0 &&
	       iw_question_table(question) != NULL;
}

IW_CONDITION(is_first_fulltext)
{
	return is_fulltext(question) && !iw_when_has_fulltext(question);
}

IW_CONDITION(is_further_fulltext)
{
	return is_fulltext(question) && iw_when_has_fulltext(question);
}

static const char *column_before(const struct iw_question *question, const char *name)
{
	const struct iw_table *table = iw_question_table(question);
	const char *previous = "";
	for (guint i = 0; i < table->columns->len; i++) {
		const struct iw_column *column = g_ptr_array_index(table->columns, i);
		if (g_ascii_strcasecmp(column->name, name) == 0)
			return previous;
		previous = column->name;
	}
	return previous;
}

IW_CONDITION(modifies_position)
{
	const struct iw_column *now, *wanted;
	return both(question, &now, &wanted) && wanted->position != NULL &&
	       g_ascii_strcasecmp(wanted->position, column_before(question, now->name)) != 0;
}

IW_CONDITION(modifies_name)
{
	const struct iw_column *now, *wanted;
	return both(question, &now, &wanted) && wanted->name != NULL && strcmp(now->name, wanted->name) != 0;
}

static bool names_option(const struct iw_question *question, const char *const *options, size_t count)
{
	const char *option = question->operation->member;
	for (size_t i = 0; option != NULL && i < count; i++)
		if (g_ascii_strcasecmp(option, options[i]) == 0)
			return true;
	return false;
}

IW_CONDITION(table_option_rebuilds)
{
	static const char *const REBUILDING[] = {"row_format",	    "key_block_size", "engine",	     "encryption",
						 "page_compressed", "encrypted",      "compression", "pack_keys"};
	return names_option(question, REBUILDING, G_N_ELEMENTS(REBUILDING));
}

IW_CONDITION(table_option_is_system_versioning)
{
	const struct iw_operation *operation = question->operation;
	const char *text =
		operation->member != NULL && *operation->member != '\0' ? operation->member : operation->text;
	return text != NULL && strcasestr(text, "system versioning") != NULL;
}

IW_CONDITION(has_fulltext)
{
	const struct iw_table *table = iw_question_table(question);
	for (guint i = 0; table != NULL && i < table->indexes->len; i++) {
		const struct iw_index *index = g_ptr_array_index(table->indexes, i);
		if (index->special != NULL && g_ascii_strcasecmp(index->special, "fulltext") == 0)
			return true;
	}
	return false;
}

IW_CONDITION(is_compressed)
{
	const struct iw_table *table = iw_question_table(question);
	return table != NULL && table->options != NULL && strcasestr(table->options, "compressed") != NULL;
}

static bool clause_begins(const struct iw_question *question, const char *words)
{
	const char *text = question->operation->text;
	return text != NULL && g_ascii_strncasecmp(text, words, strlen(words)) == 0;
}

/* ADD PARTITION with bounds; of hash and key partitions the rows move. */
IW_CONDITION(partitions_are_added)
{
	const char *text = question->operation->text;
	return clause_begins(question, "add partition") && strcasestr(text, "values") != NULL;
}

IW_CONDITION(partitions_are_dropped)
{
	return clause_begins(question, "drop partition");
}

IW_CONDITION(partitions_are_exchanged)
{
	return clause_begins(question, "exchange partition");
}

IW_CONDITION(partitions_are_truncated)
{
	return clause_begins(question, "truncate partition");
}

IW_CONDITION(modifies_null_beside_fulltext)
{
	return iw_when_has_fulltext(question) &&
	       (iw_when_modifies_to_not_null(question) || iw_when_modifies_to_null(question));
}

IW_CONDITION(modifies_rows_beside_fulltext)
{
	return iw_when_modifies_null_beside_fulltext(question) ||
	       (iw_when_has_fulltext(question) && iw_when_modifies_position(question));
}

/* ENGINE=, of a table that is kept by another one. */
IW_CONDITION(changes_engine)
{
	const struct iw_operation *operation = question->operation;
	const struct iw_table *table = iw_question_table(question);
	if (g_strcmp0(operation->member, "engine") != 0 || operation->text == NULL)
		return false;
	const char *now = table == NULL || table->engine == NULL ? "InnoDB" : table->engine;
	return g_ascii_strcasecmp(now, operation->text) != 0;
}
