/* PostgreSQL: SET DATA TYPE SERIAL: there is no such type. */
#include "lint/rules/rules.h"

struct serial_type {
	const char *serial, *type;
};
static const struct serial_type TYPES[] = {
	{"bigserial", "bigint"}, {"serial8", "bigint"},	      {"serial", "integer"},
	{"serial4", "integer"},	 {"smallserial", "smallint"}, {"serial2", "smallint"},
};

/* The reader knows these words as the types behind them, so the word after TYPE is looked up in the text. */
static const struct serial_type *written_type(const struct iw_operation *operation)
{
	const struct iw_place *place = &operation->place;
	if (place->source == NULL)
		return NULL;
	g_autofree char *text = g_strndup(place->source->text + place->offset, place->length);
	g_auto(GStrv) words = g_strsplit_set(text, " \t\r\n\"", -1);
	bool is_next = false;
	for (char **word = words; *word != NULL; word++) {
		for (size_t i = 0; is_next && i < G_N_ELEMENTS(TYPES); i++)
			if (g_ascii_strcasecmp(*word, TYPES[i].serial) == 0)
				return &TYPES[i];
		if (**word != '\0')
			is_next = g_ascii_strcasecmp(*word, "type") == 0;
	}
	return NULL;
}

static struct iw_finding *check(const struct iw_lint_context *context)
{
	if (!iw_lint_is_any(context, IW_OP_ALTER_COLUMN_TYPE))
		return NULL;
	const struct serial_type *type = written_type(context->operation);
	if (type == NULL)
		return NULL;
	struct iw_finding *finding = iw_finding_new(
		context, IW_OFF,
		"there is no type %s to change a column to: it is a word of CREATE TABLE and ADD COLUMN only",
		type->serial);
	finding->advice = "Change the column, and its sequence, to the plain type.";
	finding->safe_sql =
		iw_lint_sql(context, "ALTER TABLE %s ALTER COLUMN %s SET DATA TYPE %s;", iw_lint_sql_table(context),
			    iw_lint_sql_name(context, context->operation->member), type->type);
	return finding;
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
