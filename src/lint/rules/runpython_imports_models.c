/* Application models imported in a migration. */
#include "lint/rules/rules.h"

static const struct iw_rule_code CODE[] = {
	{"Django", "python", "django",
	 "from shop.models import User\n"
	 "\n"
	 "\n"
	 "def fill(apps, schema_editor):\n"
	 "    for user in User.objects.filter(pk__lt=10):\n"
	 "        user.save()\n"
	 "\n"
	 "\n"
	 "class Migration(migrations.Migration):\n"
	 "    dependencies = [(\"shop\", \"0001_initial\")]\n"
	 "    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]\n",
	 "def fill(apps, schema_editor):\n"
	 "    User = apps.get_model(\"shop\", \"User\")\n"
	 "    for user in User.objects.filter(pk__lt=10):\n"
	 "        user.save()\n"
	 "\n"
	 "\n"
	 "class Migration(migrations.Migration):\n"
	 "    dependencies = [(\"shop\", \"0001_initial\")]\n"
	 "    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]\n"},
	{"Alembic", "python", "alembic",
	 "from shop.models import User\n"
	 "\n"
	 "\n"
	 "def upgrade():\n"
	 "    session = Session(bind=op.get_bind())\n"
	 "    session.query(User).filter(User.id < 10).delete()\n"
	 "\n"
	 "\n"
	 "def downgrade():\n"
	 "    op.execute(\"SELECT 1\")\n",
	 "from shop.models.types import Money\n"
	 "\n"
	 "\n"
	 "def upgrade():\n"
	 "    op.add_column(\"users\", sa.Column(\"price\", Money(), nullable=True))\n"
	 "\n"
	 "\n"
	 "def downgrade():\n"
	 "    op.drop_column(\"users\", \"price\")\n"},
	{.title = NULL},
};

static const struct iw_rule_example EXAMPLES[] = {
	{.dialect = IW_DIALECTS},
};

const struct iw_rule iw_rule_runpython_imports_models = {
	.id = "runpython-imports-models",
	.title = "a migration uses the application's own models",
	.severity = IW_WARNING,
	.dialects = IW_ON_ALL,
	.note = IW_NOTE_IMPORTS_MODELS,
	.why = "A class of the application has the columns that the code has today. Run on a new database, "
	       "years later, the migration selects columns that later migrations add, and fails; in between "
	       "it may call methods and signals that mean something else by now. Django gives migrations the "
	       "models as they were, apps.get_model(); in Alembic a migration writes SQL, or says with "
	       "sa.table() which columns it means. Classes that are only used as types, defaults or "
	       "validators are not reported.",
	.advice = "Use the models as the migration knows them: apps.get_model() in Django, sa.table() and "
		  "sa.column() or plain SQL in Alembic.",
	.code = CODE,
	.examples = EXAMPLES,
};
