/* A name that the server cuts off (PostgreSQL, 63 bytes) or refuses (MySQL, 64 characters). */
#include "lint/rules/rules.h"

#include <string.h>

enum { POSTGRES_MOST = 63, MYSQL_MOST = 64 };

/* The reader has cut it already: the name as written goes on behind it. */
static bool is_cut(const struct iw_lint_context *context, const char *name)
{
	const char *text = context->statement->text;
	for (const char *found = text == NULL ? NULL : strcasestr(text, name); found != NULL;
	     found = strcasestr(found + 1, name)) {
		char next = found[strlen(name)];
		if (g_ascii_isalnum(next) || next == '_' || (next & 0x80) != 0)
			return true;
	}
	return false;
}

static bool is_too_long(const struct iw_lint_context *context, const char *name)
{
	if (name == NULL)
		return false;
	if (iw_lint_is_dialect(context, IW_MYSQL))
		return g_utf8_strlen(name, -1) > MYSQL_MOST;
	size_t length = strlen(name);
	return length > POSTGRES_MOST || (length > POSTGRES_MOST - 4 && is_cut(context, name));
}

static const char *long_name(const struct iw_lint_context *context)
{
	const struct iw_operation *operation = context->operation;
	bool is_renamed = operation->kind == IW_OP_RENAME_TABLE || operation->kind == IW_OP_RENAME_COLUMN ||
			  operation->kind == IW_OP_RENAME_INDEX;
	const char *const names[] = {
		operation->kind == IW_OP_CREATE_TABLE ? operation->name.name : NULL,
		operation->kind == IW_OP_ADD_COLUMN || operation->kind == IW_OP_CREATE_INDEX ||
				operation->kind == IW_OP_ADD_CONSTRAINT
			? operation->member
			: NULL,
		is_renamed ? operation->new_name.name : NULL,
	};
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
		if (is_too_long(context, names[i]))
			return names[i];
	GPtrArray *columns = iw_lint_columns(context), *constraints = iw_lint_constraints(context);
	for (guint i = 0; i < columns->len; i++)
		if (is_too_long(context, ((const struct iw_column *)g_ptr_array_index(columns, i))->name))
			return ((const struct iw_column *)g_ptr_array_index(columns, i))->name;
	for (guint i = 0; i < constraints->len; i++)
		if (is_too_long(context, ((const struct iw_constraint *)g_ptr_array_index(constraints, i))->name))
			return ((const struct iw_constraint *)g_ptr_array_index(constraints, i))->name;
	return NULL;
}

static struct iw_finding *check(const struct iw_lint_context *context)
{
	if (context->statement->length <= POSTGRES_MOST || !iw_operation_is_ddl(context->operation) ||
	    context->replay_error != NULL)
		return NULL;
	const char *name = long_name(context);
	if (name == NULL)
		return NULL;
	bool is_mysql = iw_lint_is_dialect(context, IW_MYSQL);
	struct iw_finding *finding =
		iw_finding_new(context, is_mysql ? IW_SEVERE : IW_OFF,
			       is_mysql ? "\"%s\" has more than 64 characters: the server refuses it"
					: "the name is cut off after 63 bytes, to \"%s\"",
			       name);
	finding->fact = NULL;
	return iw_finding_with(
		finding,
		"Choose a shorter name: two that begin alike become the same, and tools look for the whole one.", NULL);
}

#define SIXTY "a123456789_123456789_123456789_123456789_123456789_1234567"

static const struct iw_rule_example EXAMPLES[] = {
	{IW_POSTGRES, IW_USERS, "CREATE INDEX " SIXTY "_12345678 ON users (age);",
	 "CREATE INDEX " SIXTY " ON users (age);"},
	{IW_MYSQL, IW_USERS_MYSQL, "CREATE INDEX " SIXTY "_12345678 ON users (age);",
	 "CREATE INDEX " SIXTY " ON users (age);"},
	{.dialect = IW_DIALECTS},
};

const struct iw_rule iw_rule_identifier_too_long = {
	.id = "identifier-too-long",
	.title = "a name is longer than the server keeps",
	.severity = IW_NOTE,
	.dialects = IW_ON_POSTGRES | IW_ON_MYSQL,
	.why = "PostgreSQL keeps 63 bytes of a name and cuts off the rest with no more than a notice; a framework that "
	       "compares "
	       "names then finds another one than it made. MySQL keeps 64 characters and refuses more.",
	.check = check,
	.examples = EXAMPLES,
};
