/* RunPython without reverse_code. */
#include "lint/rules/rules.h"

static const struct iw_rule_code CODE[] = {
	{"Django", "python", "django",
	 "def fill(apps, schema_editor):\n"
	 "    User = apps.get_model(\"shop\", \"User\")\n"
	 "    User.objects.filter(pk__lt=10).update(name=\"\")\n"
	 "\n"
	 "\n"
	 "class Migration(migrations.Migration):\n"
	 "    dependencies = [(\"shop\", \"0001_initial\")]\n"
	 "    operations = [migrations.RunPython(fill)]\n",
	 "def fill(apps, schema_editor):\n"
	 "    User = apps.get_model(\"shop\", \"User\")\n"
	 "    User.objects.filter(pk__lt=10).update(name=\"\")\n"
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

const struct iw_rule iw_rule_runpython_irreversible = {
	.id = "runpython-irreversible",
	.title = "RunPython has no way back",
	.severity = IW_NOTE,
	.dialects = IW_ON_ALL,
	.note = IW_NOTE_RUNPYTHON_IRREVERSIBLE,
	.why = "Django refuses to undo a migration that holds a RunPython without reverse_code, and "
	       "everything that was applied after it stays as well: on the day when a release must go back, "
	       "that is found out too late. RunPython.noop says that nothing has to be undone, which is so "
	       "for most backfills. It is a note: many migrations are never undone.",
	.advice = "Give reverse_code: a function that undoes it, or migrations.RunPython.noop when nothing "
		  "must be undone.",
	.code = CODE,
	.examples = EXAMPLES,
};
