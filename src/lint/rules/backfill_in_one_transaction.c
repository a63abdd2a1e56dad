/* Python that changes all rows of a table in the migration's own transaction. */
#include "lint/rules/rules.h"

static const struct iw_rule_code CODE[] = {
	{"Django", "python", "django",
	 "def fill(apps, schema_editor):\n"
	 "    User = apps.get_model(\"shop\", \"User\")\n"
	 "    for user in User.objects.all():\n"
	 "        user.name = user.name.strip()\n"
	 "        user.save()\n"
	 "\n"
	 "\n"
	 "class Migration(migrations.Migration):\n"
	 "    dependencies = [(\"shop\", \"0001_initial\")]\n"
	 "    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]\n",
	 "def fill(apps, schema_editor):\n"
	 "    User = apps.get_model(\"shop\", \"User\")\n"
	 "    for user in User.objects.all():\n"
	 "        user.name = user.name.strip()\n"
	 "        user.save()\n"
	 "\n"
	 "\n"
	 "class Migration(migrations.Migration):\n"
	 "    atomic = False\n"
	 "    dependencies = [(\"shop\", \"0001_initial\")]\n"
	 "    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]\n"},
	{"Alembic", "python", "alembic",
	 "def upgrade():\n"
	 "    bind = op.get_bind()\n"
	 "    for row in bind.execute(sa.text(\"SELECT id, name FROM users\")):\n"
	 "        bind.execute(sa.text(\"UPDATE users SET nick = :n WHERE id = :i\"), {\"n\": row.name, \"i\": "
	 "row.id})\n"
	 "\n"
	 "\n"
	 "def downgrade():\n"
	 "    op.execute(\"SELECT 1\")\n",
	 "def upgrade():\n"
	 "    bind = op.get_bind()\n"
	 "    for row in bind.execute(sa.text(\"SELECT id, name FROM users WHERE id < 10\")):\n"
	 "        bind.execute(sa.text(\"UPDATE users SET nick = :n WHERE id = :i\"), {\"n\": row.name, \"i\": "
	 "row.id})\n"
	 "\n"
	 "\n"
	 "def downgrade():\n"
	 "    op.execute(\"SELECT 1\")\n"},
	{.title = NULL},
};

static const struct iw_rule_example EXAMPLES[] = {
	{.dialect = IW_DIALECTS},
};

const struct iw_rule iw_rule_backfill_in_one_transaction = {
	.id = "backfill-in-one-transaction",
	.title = "all rows of a table are changed in one transaction",
	.severity = IW_WARNING,
	.dialects = IW_ON_ALL,
	.note = IW_NOTE_BACKFILL_IN_ONE_TRANSACTION,
	.why = "Every row that is changed stays locked until the migration commits: whoever wants to change "
	       "one of them waits, replicas fall behind, and vacuum cannot clean up what is left. Row by row "
	       "through the ORM it takes as long as the table is large. Reported are changes of whole tables "
	       "(nothing narrows the query, or only that a column is still NULL); with a filter nothing is "
	       "known, and nothing is said.",
	.advice = "Do it in batches that commit by themselves (Django: a migration of its own with atomic = "
		  "False; Alembic: autocommit_block()), each bounded by the key and short.",
	.code = CODE,
	.examples = EXAMPLES,
};
