/* A value added to an enum and used in the same transaction: error 55P04. */
#include "lint/rules/rules.h"

#include <string.h>

/* The value as a string literal in the statement's text. */
static const char *used_value(const struct iw_lint_context *context)
{
	GHashTableIter iterator;
	gpointer value, type;
	const char *text = context->statement->text;
	g_hash_table_iter_init(&iterator, context->memory->new_values);
	while (text != NULL && g_hash_table_iter_next(&iterator, &value, &type)) {
		g_autofree char *literal = g_strdup_printf("'%s'", (const char *)value);
		if (strstr(text, literal) != NULL)
			return value;
	}
	return NULL;
}

/* Statements that make the server read the literal: not another ALTER TYPE, not a function body that is only stored. */
static bool reads_literals(const struct iw_lint_context *context)
{
	enum iw_operation_kind kind = context->operation->kind;
	return context->replay_error == NULL && kind != IW_OP_ADD_ENUM_VALUE && kind != IW_OP_RENAME_ENUM_VALUE &&
	       kind != IW_OP_CREATE_OBJECT && kind != IW_OP_CREATE_TRIGGER && kind != IW_OP_COMMENT &&
	       kind != IW_OP_OPAQUE && kind != IW_OP_CREATE_ENUM;
}

static struct iw_finding *check(const struct iw_lint_context *context)
{
	if (!context->in_transaction || g_hash_table_size(context->memory->new_values) == 0 || !reads_literals(context))
		return NULL;
	const char *value = used_value(context);
	if (value == NULL)
		return NULL;
	struct iw_finding *finding = iw_finding_new(context, IW_OFF,
						    "the enum value '%s' was added in this very transaction: using it "
						    "before the commit fails (unsafe use of new value)",
						    value);
	finding->advice = "Add the value in a migration of its own and use it in the next one.";
	return finding;
}

static const struct iw_rule_example EXAMPLES[] = {
	{IW_POSTGRES,
	 "CREATE TYPE mood AS ENUM ('ok');\n"
	 "CREATE TABLE people (m mood);",
	 "ALTER TYPE mood ADD VALUE 'great';\n"
	 "ALTER TABLE people ALTER COLUMN m SET DEFAULT 'great';",
	 "ALTER TYPE mood ADD VALUE 'great';\n"
	 "COMMIT;\n"
	 "ALTER TABLE people ALTER COLUMN m SET DEFAULT 'great';"},
	{.dialect = IW_DIALECTS},
};

const struct iw_rule iw_rule_enum_value_same_transaction = {
	.id = "enum-value-same-transaction",
	.title = "a new enum value is used in the transaction that adds it",
	.severity = IW_SEVERE,
	.dialects = IW_ON_POSTGRES,
	.why = "PostgreSQL refuses to use an enum value before the transaction that added it has committed "
	       "(55P04, unsafe use of new value of enum type); before 12 ADD VALUE itself is refused in a "
	       "transaction. Prisma writes both into one file when a new value becomes a default.",
	.check = check,
	.examples = EXAMPLES,
};
