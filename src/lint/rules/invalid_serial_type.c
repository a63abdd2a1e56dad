/* PostgreSQL: SET DATA TYPE SERIAL: there is no such type. */
#include "lint/rules/rules.h"

static struct iw_finding *check(const struct iw_lint_context *context)
{
	static const struct {
		const char *serial, *type;
	} TYPES[] = {{"bigserial", "bigint"}, {"serial8", "bigint"},	   {"serial", "integer"},
		     {"serial4", "integer"},  {"smallserial", "smallint"}, {"serial2", "smallint"}};
	const struct iw_column *column = context->operation->column;
	if (context->operation->kind != IW_OP_ALTER_COLUMN_TYPE || context->replay_error != NULL || column == NULL)
		return NULL;
	for (size_t i = 0; i < G_N_ELEMENTS(TYPES); i++) {
		bool is_serial =
			(column->type.base != NULL && g_ascii_strcasecmp(column->type.base, TYPES[i].serial) == 0) ||
			column->serial != IW_NOT_SERIAL;
		if (!is_serial)
			continue;
		struct iw_finding *finding = iw_finding_new(
			context, IW_OFF,
			"there is no type %s to change a column to: it is a word of CREATE TABLE and ADD COLUMN only",
			TYPES[i].serial);
		finding->advice = "Change the column, and its sequence, to the plain type.";
		finding->safe_sql = iw_lint_sql(context, "ALTER TABLE %s ALTER COLUMN %s SET DATA TYPE %s;",
						iw_lint_sql_table(context),
						iw_lint_sql_name(context, context->operation->member), TYPES[i].type);
		return finding;
	}
	return NULL;
}

static const struct iw_rule_example EXAMPLES[] = {
	{IW_POSTGRES, "CREATE TABLE users (id serial PRIMARY KEY);",
	 "ALTER TABLE users ALTER COLUMN id SET DATA TYPE BIGSERIAL;",
	 "ALTER TABLE users ALTER COLUMN id SET DATA TYPE bigint;"},
	{.dialect = IW_DIALECTS},
};

const struct iw_rule iw_rule_invalid_serial_type = {
	.id = "invalid-serial-type",
	.title = "a column is changed to SERIAL",
	.severity = IW_SEVERE,
	.dialects = IW_ON_POSTGRES,
	.why = "SERIAL, BIGSERIAL and SMALLSERIAL are shorthand of CREATE TABLE and ADD COLUMN, not types; ALTER "
	       "COLUMN TYPE fails with \"type does not exist\". Prisma writes SET DATA TYPE BIGSERIAL when an "
	       "autoincrement Int becomes BigInt.",
	.check = check,
	.examples = EXAMPLES,
};
