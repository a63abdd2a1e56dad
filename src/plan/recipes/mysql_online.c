/* MySQL's and MariaDB's ALTER TABLE in the way that keeps writes going, or not at all: see docs/recipes. */
#include "plan/recipes/parts.h"

#include "model/invert.h"
#include "sql/sql.h"

#include <string.h>

/* The ways that hold nobody up, as facts name them. */
static bool is_online(const char *lock)
{
	static const char *const ways[] = {"ALGORITHM=INSTANT", "ALGORITHM=NOCOPY, LOCK=NONE",
					   "ALGORITHM=INPLACE, LOCK=NONE"};
	for (size_t i = 0; i < G_N_ELEMENTS(ways); i++)
		if (g_strcmp0(lock, ways[i]) == 0)
			return true;
	return false;
}

/* Of these the statement takes the clause at its end. */
static bool takes_clause(enum iw_operation_kind kind)
{
	static const enum iw_operation_kind kinds[] = {
		IW_OP_ADD_COLUMN, IW_OP_DROP_COLUMN,  IW_OP_RENAME_COLUMN,  IW_OP_MODIFY_COLUMN, IW_OP_CREATE_INDEX,
		IW_OP_DROP_INDEX, IW_OP_RENAME_INDEX, IW_OP_ADD_CONSTRAINT, IW_OP_SET_DEFAULT,	 IW_OP_DROP_CONSTRAINT,
	};
	for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
		if (kinds[i] == kind)
			return true;
	return false;
}

/* What joins the clause to the text; NULL: it is no statement that takes one. */
static const char *joint_of(const char *text)
{
	static const struct {
		const char *beginning, *joint;
	} forms[] = {{"ALTER TABLE ", ", "},
		     {"CREATE INDEX ", " "},
		     {"CREATE UNIQUE INDEX ", " "},
		     {"CREATE FULLTEXT INDEX ", " "},
		     {"DROP INDEX ", " "}};
	bool has_comment = strstr(text, "--") != NULL || strchr(text, '#') != NULL || strstr(text, "/*") != NULL;
	for (size_t i = 0; !has_comment && i < G_N_ELEMENTS(forms); i++)
		if (g_ascii_strncasecmp(text, forms[i].beginning, strlen(forms[i].beginning)) == 0)
			return forms[i].joint;
	return NULL;
}

/* One algorithm is used for all that an ALTER TABLE says: only columns that are added can be taken apart. */
static bool may_stand_alone(const struct iw_statement *statement)
{
	for (guint i = 0; statement->operations->len > 1 && i < statement->operations->len; i++)
		if (((const struct iw_operation *)statement->operations->pdata[i])->kind != IW_OP_ADD_COLUMN)
			return false;
	return true;
}

static bool fits(const struct iw_recipe_context *context)
{
	const struct iw_operation *operation = context->operation;
	const struct iw_statement *statement = operation->statement;
	return statement != NULL && statement->algorithm == NULL && statement->lock == NULL &&
	       context->table->kind == IW_TABLE && takes_clause(operation->kind) && may_stand_alone(statement) &&
	       is_online(context->judgement->fact->lock) && joint_of(statement->text) != NULL;
}

/* 8.0.29 to 8.0.31 can write redo log for INSTANT columns that recovery cannot read. */
static const char *clause(const struct iw_recipe_context *context)
{
	const struct iw_engine engine = context->options->engine;
	enum iw_operation_kind kind = context->operation->kind;
	bool is_broken = !engine.is_mariadb && engine.version >= 80029 && engine.version < 80032 &&
			 (kind == IW_OP_ADD_COLUMN || kind == IW_OP_DROP_COLUMN);
	return is_broken ? "ALGORITHM=INPLACE, LOCK=NONE" : context->judgement->fact->lock;
}

/* CREATE INDEX takes the two words without a comma; MariaDB's DROP INDEX takes none, its ALTER TABLE does. */
static const char *joined(const struct iw_recipe_context *context, const char *text)
{
	const char *joint = joint_of(text);
	g_auto(GStrv) words = g_strsplit(clause(context), ", ", -1);
	g_autofree char *all = g_strjoinv(joint, words);
	return iw_arena_printf(context->arena, "%s%s%s", text, joint, all);
}

static void add_undo(struct iw_recipe_maker *maker)
{
	const struct iw_recipe_context *context = maker->context;
	const struct iw_inverse *inverse = iw_invert(context->arena, context->operation, context->before);
	if (inverse->verdict == IW_NOT_INVERTIBLE) {
		iw_recipe_no_undo(maker, inverse->reason);
		return;
	}
	if (inverse->verdict == IW_INVERTIBLE_LOSSY)
		iw_recipe_loses(maker, inverse->reason);
	GPtrArray *texts = iw_render_all(context->arena, context->options->engine, inverse->operations, false);
	for (guint i = 0; i < texts->len; i++)
		if (texts->pdata[i] != NULL)
			iw_recipe_undo(maker, "%s", (const char *)texts->pdata[i]);
}

static const char *make(struct iw_recipe_maker *maker)
{
	const struct iw_recipe_context *context = maker->context;
	const struct iw_statement *statement = context->operation->statement;
	bool is_its_own = statement->operations->len == 1 && context->operation->kind != IW_OP_DROP_INDEX;
	const char *text =
		is_its_own ? statement->text : iw_render(context->arena, context->options->engine, context->operation);
	if (text == NULL || joint_of(text) == NULL)
		return "it cannot be written with ALGORITHM and LOCK";
	iw_recipe_unit(maker, IW_SWITCH, "writes go on, or the server refuses");
	iw_recipe_sql(maker, "%s", joined(context, text));
	add_undo(maker);
	return NULL;
}

const struct iw_recipe iw_recipe_mysql_online = {
	.id = "mysql-online",
	.title = "ALTER TABLE of MySQL and MariaDB that never copies unseen",
	.dialects = 1U << IW_MYSQL,
	.breaks = true,
	.fits = fits,
	.make = make,
	.when = "ALTER TABLE, CREATE INDEX and DROP INDEX that can be INSTANT, or INPLACE (MariaDB: NOCOPY) while "
		"writes go "
		"on, and whose author has written no ALGORITHM and no LOCK.",
	.how = "The same statement with that ALGORITHM and LOCK: where the server cannot do it so after all (it has no "
	       "room "
	       "for another instant change, say), it refuses instead of copying the table. Columns that one ALTER "
	       "TABLE adds "
	       "are added one by one.",
	.cost = "A refusal, where the server would have copied. --as-written sends the statement without the clause.",
	.no_return = "The statement's own.",
	.setup = "CREATE TABLE users (id bigint PRIMARY KEY, email varchar(100), name varchar(100));",
	.example = "ALTER TABLE users ADD COLUMN age int;\nCREATE INDEX users_email ON users (email);",
};
