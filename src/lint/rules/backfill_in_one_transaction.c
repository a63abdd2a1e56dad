/* Python that changes all rows of a table in the migration's own transaction. */
#include "lint/rules/rules.h"

const struct iw_rule_code iw_code_backfill_in_one_transaction[] = {
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
