/* RunSQL without reverse_sql. */
#include "lint/rules/rules.h"

static const struct iw_rule_code CODE[] = {
	{"Django", "python", "django",
	 "class Migration(migrations.Migration):\n"
	 "    dependencies = [(\"shop\", \"0001_initial\")]\n"
	 "    operations = [migrations.RunSQL(\"CREATE INDEX by_name ON shop_user (name)\")]\n",
	 "class Migration(migrations.Migration):\n"
	 "    dependencies = [(\"shop\", \"0001_initial\")]\n"
	 "    operations = [migrations.RunSQL(\"CREATE INDEX by_name ON shop_user (name)\", \"DROP INDEX "
	 "by_name\")]\n"},
	{.title = NULL},
};

static const struct iw_rule_example EXAMPLES[] = {
	{.dialect = IW_DIALECTS},
};

const struct iw_rule iw_rule_runsql_irreversible = {
	.id = "runsql-irreversible",
	.title = "RunSQL has no way back",
	.severity = IW_NOTE,
	.dialects = IW_ON_ALL,
	.note = IW_NOTE_RUNSQL_IRREVERSIBLE,
	.why = "Django refuses to undo a migration that holds a RunSQL without reverse_sql. RunSQL.noop says "
	       "that nothing has to be undone. It is a note: many migrations are never undone.",
	.advice = "Give reverse_sql: the statement that undoes it, or migrations.RunSQL.noop.",
	.code = CODE,
	.examples = EXAMPLES,
};
