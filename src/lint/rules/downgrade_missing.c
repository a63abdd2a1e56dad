/* downgrade() or the down section holds nothing, while the way up changes something. */
#include "lint/rules/rules.h"

static const struct iw_rule_code CODE[] = {
	{"Alembic", "python", "alembic",
	 "def upgrade():\n"
	 "    op.add_column(\"users\", sa.Column(\"nick\", sa.Text(), nullable=True))\n"
	 "\n"
	 "\n"
	 "def downgrade():\n"
	 "    pass\n",
	 "def upgrade():\n"
	 "    op.add_column(\"users\", sa.Column(\"nick\", sa.Text(), nullable=True))\n"
	 "\n"
	 "\n"
	 "def downgrade():\n"
	 "    op.drop_column(\"users\", \"nick\")\n"},
	{"goose", "sql", "goose",
	 "-- +goose Up\n"
	 "ALTER TABLE users ADD COLUMN nick text;\n"
	 "\n"
	 "-- +goose Down\n",
	 "-- +goose Up\n"
	 "ALTER TABLE users ADD COLUMN nick text;\n"
	 "\n"
	 "-- +goose Down\n"
	 "ALTER TABLE users DROP COLUMN nick;\n"},
	{.title = NULL},
};

static const struct iw_rule_example EXAMPLES[] = {
	{.dialect = IW_DIALECTS},
};

const struct iw_rule iw_rule_downgrade_missing = {
	.id = "downgrade-missing",
	.title = "the way back is empty",
	.severity = IW_NOTE,
	.dialects = IW_ON_ALL,
	.note = IW_NOTE_DOWNGRADE_MISSING,
	.why = "`alembic downgrade` and the down commands of the SQL tools do as they are told: an empty way "
	       "back changes the bookkeeping and leaves the schema as it is, so that the next upgrade fails "
	       "on what is there already. A downgrade() that raises says that there is none, and is not "
	       "reported. `inchworm down` derives the inverse where there is no down file, and says what "
	       "would be lost.",
	.advice = "Write the way back, or let it raise when there is none.",
	.code = CODE,
	.examples = EXAMPLES,
};
