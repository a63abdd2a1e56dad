/* Batches WHERE x IS NULL whose new value may be NULL. */
#include "lint/rules/rules.h"

static const struct iw_rule_code CODE[] = {
	{"Alembic", "python", "alembic",
	 "def upgrade():\n"
	 "    bind = op.get_bind()\n"
	 "    while True:\n"
	 "        result = bind.execute(sa.text(\n"
	 "            \"UPDATE users SET nick = lower(name) \"\n"
	 "            \"WHERE id IN (SELECT id FROM users WHERE nick IS NULL LIMIT 1000)\"))\n"
	 "        if result.rowcount == 0:\n"
	 "            break\n"
	 "\n"
	 "\n"
	 "def downgrade():\n"
	 "    op.execute(\"SELECT 1\")\n",
	 "def upgrade():\n"
	 "    bind = op.get_bind()\n"
	 "    while True:\n"
	 "        result = bind.execute(sa.text(\n"
	 "            \"UPDATE users SET nick = lower(name) \"\n"
	 "            \"WHERE id IN (SELECT id FROM users WHERE nick IS NULL AND name IS NOT NULL LIMIT 1000)\"))\n"
	 "        if result.rowcount == 0:\n"
	 "            break\n"
	 "\n"
	 "\n"
	 "def downgrade():\n"
	 "    op.execute(\"SELECT 1\")\n"},
	{"Django", "python", "django",
	 "def fill(apps, schema_editor):\n"
	 "    User = apps.get_model(\"shop\", \"User\")\n"
	 "    while User.objects.filter(nick__isnull=True).exists():\n"
	 "        ids = list(User.objects.filter(nick__isnull=True).values_list(\"id\", flat=True)[:1000])\n"
	 "        User.objects.filter(id__in=ids).update(nick=Func(F(\"name\"), function=\"LOWER\"))\n"
	 "\n"
	 "\n"
	 "class Migration(migrations.Migration):\n"
	 "    atomic = False\n"
	 "    dependencies = [(\"shop\", \"0001_initial\")]\n"
	 "    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]\n",
	 "def fill(apps, schema_editor):\n"
	 "    User = apps.get_model(\"shop\", \"User\")\n"
	 "    while User.objects.filter(nick__isnull=True).exists():\n"
	 "        ids = list(User.objects.filter(nick__isnull=True).values_list(\"id\", flat=True)[:1000])\n"
	 "        User.objects.filter(id__in=ids).update(nick=Coalesce(Lower(\"name\"), Value(\"\")))\n"
	 "\n"
	 "\n"
	 "class Migration(migrations.Migration):\n"
	 "    atomic = False\n"
	 "    dependencies = [(\"shop\", \"0001_initial\")]\n"
	 "    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]\n"},
	{.title = NULL},
};

static const struct iw_rule_example EXAMPLES[] = {
	{.dialect = IW_DIALECTS},
};

const struct iw_rule iw_rule_never_ending_loop = {
	.id = "never-ending-loop",
	.title = "a loop over batches may never end",
	.severity = IW_SEVERE,
	.dialects = IW_ON_ALL,
	.note = IW_NOTE_NEVER_ENDING_LOOP,
	.why = "A loop that takes the rows where x is still NULL, and sets x to something made from another "
	       "column, meets the rows again for which that is NULL: lower(NULL) is NULL. One such row is "
	       "enough, and the migration runs for ever, at full speed. Reported are loops whose value reads "
	       "a column without care for NULL (COALESCE, a condition that the other column is not NULL), "
	       "and that no growing key bounds.",
	.advice = "Walk over the key instead (WHERE id > last ORDER BY id LIMIT n), or leave out rows whose "
		  "source is NULL too.",
	.code = CODE,
	.examples = EXAMPLES,
};
