/* Rows and schema changed by one Django migration. */
#include "lint/rules/rules.h"

static const struct iw_rule_code CODE[] = {
	{"Django", "python", "django",
	 "def fill(apps, schema_editor):\n"
	 "    apps.get_model(\"shop\", \"User\").objects.filter(pk__lt=10).update(name=\"\")\n"
	 "\n"
	 "\n"
	 "class Migration(migrations.Migration):\n"
	 "    dependencies = [(\"shop\", \"0001_initial\")]\n"
	 "    operations = [\n"
	 "        migrations.RunPython(fill, migrations.RunPython.noop),\n"
	 "        migrations.AddField(\"user\", \"nick\", models.TextField(null=True)),\n"
	 "    ]\n",
	 "def fill(apps, schema_editor):\n"
	 "    apps.get_model(\"shop\", \"User\").objects.filter(pk__lt=10).update(name=\"\")\n"
	 "\n"
	 "\n"
	 "class Migration(migrations.Migration):\n"
	 "    dependencies = [(\"shop\", \"0001_initial\")]\n"
	 "    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]\n"},
	{.title = NULL},
};

static const struct iw_rule_example EXAMPLES[] = {
	{.dialect = IW_DIALECTS},
};

const struct iw_rule iw_rule_non_atomic_data = {
	.id = "non-atomic-data",
	.title = "Python changes rows in a migration that changes the schema",
	.severity = IW_NOTE,
	.dialects = IW_ON_ALL,
	.note = IW_NOTE_NON_ATOMIC_DATA,
	.why = "On PostgreSQL the whole migration is one transaction: locks of the schema change are held "
	       "until the last row is done, and a table whose rows were changed just before may refuse to be "
	       "altered (\"pending trigger events\": Django's foreign keys are checked at the end). On MySQL "
	       "nothing of the schema is undone when the Python fails, and the migration can neither be run "
	       "again nor undone. Without a transaction (atomic = False) the same is so everywhere.",
	.advice = "Split it: one migration for the schema, the next one for the rows.",
	.code = CODE,
	.examples = EXAMPLES,
};
