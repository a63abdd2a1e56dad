/* DROP ... CASCADE drops what the file does not name. */
#include "lint/rules/rules.h"

#include <string.h>

static bool is_drop(enum iw_operation_kind kind)
{
	return kind == IW_OP_DROP_TABLE || kind == IW_OP_DROP_OBJECT || kind == IW_OP_DROP_COLUMN ||
	       kind == IW_OP_DROP_CONSTRAINT;
}

/* Django writes CASCADE by itself; an author who wrote SQL, even by a constant, chose it. */
static bool is_written(const struct iw_lint_context *context)
{
	static const char *const words[] = {"cascade", "sql", "execute"};
	struct iw_place place = context->statement->place;
	if (place.source == NULL)
		return true;
	g_autofree char *text = g_ascii_strdown(place.source->text + place.offset, (gssize)place.length);
	for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
		if (strstr(text, words[i]) != NULL)
			return true;
	return false;
}

static struct iw_finding *check(const struct iw_lint_context *context)
{
	if (!is_drop(context->operation->kind) || (context->operation->flags & IW_CASCADED) == 0 ||
	    context->is_new_table || context->replay_error != NULL || !is_written(context))
		return NULL;
	struct iw_finding *finding = iw_finding_new(
		context, IW_OFF, "CASCADE also drops whatever depends on it, which this file does not name");
	finding->advice =
		"Drop the dependent objects by name, one after the other: a surprise then stops the migration.";
	return finding;
}

static const struct iw_rule_example EXAMPLES[] = {
	{IW_POSTGRES, "CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);", "DROP TABLE users CASCADE;",
	 "DROP TABLE users;"},
	{IW_POSTGRES,
	 "CREATE TYPE mood AS ENUM ('ok');\n"
	 "CREATE TABLE people (m mood);",
	 "DROP TYPE mood CASCADE;",
	 "ALTER TABLE people DROP COLUMN m;\n"
	 "DROP TYPE mood;"},
	{.dialect = IW_DIALECTS},
};

const struct iw_rule iw_rule_drop_cascade = {
	.id = "drop-cascade",
	.title = "DROP with CASCADE",
	.severity = IW_WARNING,
	.dialects = IW_ON_POSTGRES,
	.why = "Views, foreign keys of other tables, columns of a dropped type and more go along without being "
	       "named. What they are depends on the database, not on the file.",
	.check = check,
	.examples = EXAMPLES,
};
