/* Batches WHERE x IS NULL whose new value may be NULL. */
#include "lint/rules/rules.h"

const struct iw_rule_code iw_code_never_ending_loop[] = {
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
