/* A file that is written for another database: said once, instead of a syntax error for each statement. */
#include "lint/rules/rules.h"

#include <string.h>

enum { TRIES = 5 };

static bool is_read_as(const struct iw_lint_context *context, enum iw_dialect dialect)
{
	g_autoptr(iw_arena) arena = iw_arena_new();
	g_autoptr(iw_source) source =
		iw_source_from_text(context->statement->text, context->statement->length, "statement.sql");
	GPtrArray *statements = iw_read_all(arena, (struct iw_engine){.dialect = dialect}, source, NULL, NULL);
	if (statements == NULL || statements->len != 1)
		return false;
	const struct iw_statement *statement = g_ptr_array_index(statements, 0);
	const struct iw_operation *operation = g_ptr_array_index(statement->operations, 0);
	/* PostgreSQL's own grammar says so even of what it cannot be looked into. */
	return !statement->is_syntax_error && (operation->kind != IW_OP_OPAQUE || dialect == IW_POSTGRES);
}

/* SQLite takes almost any words for a type, so what it accepts must also look like it. */
static bool looks_like_sqlite(const char *text, enum iw_dialect own)
{
	return (own == IW_POSTGRES && strchr(text, '`') != NULL) || strcasestr(text, "autoincrement") != NULL ||
	       strcasestr(text, "pragma") != NULL;
}

static struct iw_finding *check(const struct iw_lint_context *context)
{
	static const enum iw_dialect ORDER[] = {IW_POSTGRES, IW_MYSQL, IW_SQLITE};
	enum iw_dialect own = context->options->engine.dialect;
	if (context->replay_error != NULL || !context->statement->is_syntax_error ||
	    !iw_lint_is_first_operation(context) || iw_lint_was_said(context, IW_WRONG_DIALECT) ||
	    iw_lint_count(context, "wrong-dialect tries") >= TRIES)
		return NULL;
	for (size_t i = 0; i < G_N_ELEMENTS(ORDER); i++) {
		if (ORDER[i] == own || (ORDER[i] == IW_SQLITE && !looks_like_sqlite(context->statement->text, own)) ||
		    !is_read_as(context, ORDER[i]))
			continue;
		iw_lint_say_once(context, IW_WRONG_DIALECT);
		const char *other = iw_arena_strdup(context->arena, iw_engine_title((struct iw_engine){ORDER[i]}));
		struct iw_finding *finding = iw_finding_new(context, IW_OFF, "this is a statement of %s, not of %s",
							    other, iw_engine_title(context->options->engine));
		finding->fact = NULL;
		if (context->statement->error_place.source != NULL)
			finding->place = context->statement->error_place;
		return iw_finding_with(finding, "Further syntax errors of this migration are not listed.", NULL);
	}
	return NULL;
}

static const struct iw_rule_example EXAMPLES[] = {
	{IW_POSTGRES, IW_USERS, "ALTER TABLE `users` ADD COLUMN `a` int;", "ALTER TABLE users ADD COLUMN a int;"},
	{IW_MYSQL, IW_USERS_MYSQL, "ALTER TABLE users ALTER COLUMN age TYPE bigint USING age::bigint;",
	 "ALTER TABLE users MODIFY age bigint;"},
	{IW_SQLITE, IW_USERS, "ALTER TABLE users MODIFY age bigint;", "ALTER TABLE users ADD COLUMN a int;"},
	{.dialect = IW_DIALECTS},
};

const struct iw_rule iw_rule_wrong_dialect = {
	.id = "wrong-dialect",
	.title = "a statement is written for another database",
	.severity = IW_SEVERE,
	.dialects = IW_ON_ALL,
	.why = "The statement is not valid for this engine and is for another one: the wrong folder, or a wrong "
	       "dialect in the "
	       "configuration.",
	.check = check,
	.examples = EXAMPLES,
};
