/*
 * ALTER COLUMN TYPE on PostgreSQL: which changes only touch the catalogue. Follows ATColumnChangeRequiresRewrite() and
 * the support functions of length coercions; measured on 10 to 18. What is not in the tables below is a rewrite.
 */
#include "facts/conditions.h"

#include <string.h>

/* From base type to base type, when the value on disk stays as it is. */
struct relabel {
	const char *from, *to;
	bool same_operators; /* indexes on the column stay valid */
};
static const struct relabel RELABELS[] = {
	{"character varying", "text", true},
	{"text", "character varying", true},
	{"citext", "text", false},
	{"citext", "character varying", false},
	{"text", "citext", false},
	{"character varying", "citext", false},
	{"cidr", "inet", true},
};

static bool is_unlimited(const struct iw_type *type)
{
	return type->arguments[0] < 0;
}

/* "timestamp(3) without time zone" -> family "timestamp", zoned false. */
static bool is_temporal(const struct iw_type *type, bool *is_zoned)
{
	if (!g_str_has_prefix(type->text, "timestamp") && !g_str_has_prefix(type->text, "time"))
		return false;
	*is_zoned = strstr(type->text, "with time zone") != NULL || g_str_has_prefix(type->text, "timestamptz") ||
		    g_str_has_prefix(type->text, "timetz");
	return true;
}

static bool is_timestamp(const struct iw_type *type)
{
	return g_str_has_prefix(type->text, "timestamp");
}

static enum iw_type_change temporal_change(const struct iw_type *from, const struct iw_type *to)
{
	bool from_zoned = false, to_zoned = false;
	if (!is_temporal(from, &from_zoned) || !is_temporal(to, &to_zoned) || is_timestamp(from) != is_timestamp(to))
		return IW_TYPE_REWRITE;
	bool loses_digits = !is_unlimited(to) && to->arguments[0] < 6 &&
			    (is_unlimited(from) || to->arguments[0] < from->arguments[0]);
	if (loses_digits)
		return IW_TYPE_REWRITE;
	if (from_zoned == to_zoned)
		return IW_TYPE_SAFE;
	return is_timestamp(from) ? IW_TYPE_TIMEZONE : IW_TYPE_REWRITE;
}

static bool is_same_family(const struct iw_type *from, const struct iw_type *to)
{
	return strcmp(from->base, to->base) == 0;
}

static enum iw_type_change length_change(const struct iw_type *from, const struct iw_type *to)
{
	static const char *const GROWING[] = {"character varying", "bit varying"};
	for (size_t i = 0; i < G_N_ELEMENTS(GROWING); i++) {
		if (strcmp(from->base, GROWING[i]) != 0)
			continue;
		bool grows = is_unlimited(to) || (!is_unlimited(from) && to->arguments[0] >= from->arguments[0]);
		return grows ? IW_TYPE_SAFE : IW_TYPE_REWRITE;
	}
	if (strcmp(from->base, "numeric") != 0)
		return IW_TYPE_REWRITE;
	if (is_unlimited(to))
		return IW_TYPE_SAFE;
	bool grows = !is_unlimited(from) && MAX(to->arguments[1], 0) == MAX(from->arguments[1], 0) &&
		     to->arguments[0] >= from->arguments[0];
	return grows ? IW_TYPE_SAFE : IW_TYPE_REWRITE;
}

static enum iw_type_change relabel_change(const struct iw_type *from, const struct iw_type *to)
{
	for (size_t i = 0; i < G_N_ELEMENTS(RELABELS); i++) {
		const struct relabel *row = &RELABELS[i];
		if (strcmp(row->from, from->base) != 0 || strcmp(row->to, to->base) != 0 || !is_unlimited(to))
			continue;
		return row->same_operators ? IW_TYPE_SAFE : IW_TYPE_REINDEX;
	}
	return IW_TYPE_REWRITE;
}

static enum iw_type_change compare(const struct iw_type *from, const struct iw_type *to)
{
	if (strcmp(from->text, to->text) == 0)
		return IW_TYPE_SAME;
	if (from->is_array || to->is_array)
		return IW_TYPE_REWRITE;
	enum iw_type_change temporal = temporal_change(from, to);
	if (temporal != IW_TYPE_REWRITE)
		return temporal;
	return is_same_family(from, to) ? length_change(from, to) : relabel_change(from, to);
}

static bool is_word(const char *text, const char *word)
{
	g_autofree char *plain = g_strdup(text);
	g_strstrip(plain);
	gsize length = strlen(plain);
	while (length > 1 && plain[0] == '(' && plain[length - 1] == ')') {
		memmove(plain, plain + 1, length - 2);
		length -= 2;
		plain[length] = '\0';
	}
	if (length > 2 && plain[0] == '"' && plain[length - 1] == '"') {
		plain[length - 1] = '\0';
		return strcmp(plain + 1, word) == 0;
	}
	return g_ascii_strcasecmp(plain, word) == 0;
}

/* USING that says no more than the change itself: "c", "c::newtype". The type behind "::" must be the new one; its
 * spelling is not compared when the reader has no canonical form: then it counts as the new type only if it is a plain
 * word. */
static bool using_is_trivial(const struct iw_operation *operation)
{
	const struct iw_expression *using = operation->expression;
	if (using == NULL)
		return true;
	const char *text = using->canonical != NULL ? using->canonical : using->text;
	if (is_word(text, operation->member))
		return true;
	const char *cast = strstr(text, "::");
	if (cast == NULL || strstr(cast + 2, "::") != NULL)
		return false;
	g_autofree char *head = g_strndup(text, (gsize)(cast - text));
	g_autofree char *tail = g_strdup(cast + 2);
	g_strstrip(tail);
	const struct iw_type *type = &operation->column->type;
	return is_word(head, operation->member) && (strcmp(tail, type->text) == 0 || is_word(tail, type->text));
}

static bool changes_collation(const struct iw_operation *operation, const struct iw_column *before)
{
	const char *wanted = operation->column->collation;
	return wanted != NULL && g_strcmp0(wanted, before->collation) != 0;
}

/* A domain without constraints is its base type; one with constraints must look at every row. */
static const struct iw_type *base_of(const struct iw_question *question, const struct iw_column *column, bool *checks)
{
	const struct iw_domain *domain = iw_column_domain(question->before, column);
	if (domain == NULL)
		return &column->type;
	*checks |= iw_domain_is_constrained(domain);
	return &domain->base;
}

enum iw_type_change iw_question_type_change(const struct iw_question *question)
{
	const struct iw_operation *operation = question->operation;
	const struct iw_column *before = iw_question_column(question);
	if (before == NULL || before->type.text == NULL || operation->column == NULL ||
	    operation->column->type.text == NULL || iw_question_table(question)->is_opaque)
		return IW_TYPE_UNKNOWN;
	if (!using_is_trivial(operation))
		return IW_TYPE_REWRITE;
	bool was_checked = false, is_checked = false;
	const struct iw_type *from = base_of(question, before, &was_checked);
	const struct iw_type *to = base_of(question, operation->column, &is_checked);
	enum iw_type_change change = compare(from, to);
	bool same_name = strcmp(before->type.text, operation->column->type.text) == 0;
	if (is_checked && !same_name)
		return IW_TYPE_REWRITE;
	if (change == IW_TYPE_SAME && !same_name)
		change = IW_TYPE_SAFE;
	if ((change == IW_TYPE_SAME || change == IW_TYPE_SAFE) && changes_collation(operation, before))
		return IW_TYPE_REINDEX;
	return change;
}
