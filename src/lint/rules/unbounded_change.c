/* UPDATE or DELETE of a whole table in one statement. */
#include "lint/rules/rules.h"

static struct iw_finding *check(const struct iw_lint_context *context)
{
	bool is_delete = iw_lint_is(context, IW_OP_DELETE);
	const struct iw_data *data = context->operation->data;
	if ((!is_delete && !iw_lint_is(context, IW_OP_UPDATE)) || data == NULL || data->is_bounded)
		return NULL;
	struct iw_finding *finding = iw_finding_new(
		context, data->has_where ? IW_NOTE : IW_OFF, "%s %s rows of %s in one statement: %s",
		is_delete ? "deletes" : "updates", data->has_where ? "an unknown number of" : "all",
		iw_lint_table_words(context),
		iw_lint_is_dialect(context, IW_SQLITE) ? "nobody else can write to the database meanwhile"
						       : "each stays locked until the transaction ends");
	finding->advice = "Work in batches of a few thousand rows by key, each in a transaction of its own, outside "
			  "the migration.";
	return finding;
}

static const struct iw_rule_example EXAMPLES[] = {
	{IW_POSTGRES, "CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);", "UPDATE users SET age = 0;",
	 "UPDATE users SET age = 0 WHERE id = 5;"},
	{IW_MYSQL, "CREATE TABLE users (id bigint PRIMARY KEY, name varchar(100), age int);", "DELETE FROM users;",
	 "DELETE FROM users WHERE id IN (1, 2);"},
	{IW_SQLITE, "CREATE TABLE users (id integer PRIMARY KEY, name text, age int);", "UPDATE users SET age = 0;",
	 "UPDATE users SET age = 0 WHERE id = 5;"},
	{.dialect = IW_DIALECTS},
};

const struct iw_rule iw_rule_unbounded_change = {
	.id = "unbounded-change",
	.title = "an UPDATE or DELETE touches the whole table",
	.severity = IW_WARNING,
	.dialects = IW_ON_ALL,
	.why = "Every row that is written stays locked until the end of the transaction, so writers of these "
	       "rows wait; the table doubles in size until it is vacuumed (PostgreSQL), the undo log grows "
	       "(MySQL), all other writers wait (SQLite), and a failure at the end undoes all of it. With a "
	       "WHERE it depends on how many rows fit, which the file does not say.",
	.check = check,
	.examples = EXAMPLES,
};
