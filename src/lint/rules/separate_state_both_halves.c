/* SeparateDatabaseAndState that changes the database alone. */
#include "lint/rules/rules.h"

static const struct iw_rule_code CODE[] = {
	{"Django", "python", "django",
	 "class Migration(migrations.Migration):\n"
	 "    dependencies = [(\"shop\", \"0001_initial\")]\n"
	 "    operations = [\n"
	 "        migrations.SeparateDatabaseAndState(\n"
	 "            database_operations=[migrations.AddField(\"user\", \"nick\", models.TextField(null=True))],\n"
	 "        ),\n"
	 "    ]\n",
	 "class Migration(migrations.Migration):\n"
	 "    dependencies = [(\"shop\", \"0001_initial\")]\n"
	 "    operations = [\n"
	 "        migrations.SeparateDatabaseAndState(\n"
	 "            database_operations=[migrations.AddField(\"user\", \"nick\", models.TextField(null=True))],\n"
	 "            state_operations=[migrations.AddField(\"user\", \"nick\", models.TextField(null=True))],\n"
	 "        ),\n"
	 "    ]\n"},
	{.title = NULL},
};

static const struct iw_rule_example EXAMPLES[] = {
	{.dialect = IW_DIALECTS},
};

const struct iw_rule iw_rule_separate_state_both_halves = {
	.id = "separate-state-both-halves",
	.title = "SeparateDatabaseAndState that changes the database alone",
	.severity = IW_WARNING,
	.dialects = IW_ON_ALL,
	.note = IW_NOTE_SEPARATE_STATE_BOTH_HALVES,
	.why = "With database_operations alone Django's models do not know of the change: the next makemigrations "
	       "makes "
	       "it once more, and that fails. State operations alone are not reported: that is how a column leaves the "
	       "models first and the database later.",
	.advice = "Give both halves, or write down in a comment why the other one is not needed.",
	.code = CODE,
	.examples = EXAMPLES,
};
