/* DROP ... CASCADE drops what the file does not name; where it is known that nothing depends, nothing is said. */
#include "lint/rules/rules.h"

#include "model/words.h"

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

static void add_name(GString *names, const char *what, const char *name)
{
	g_string_append_printf(names, "%s%s \"%s\"", names->len == 0 ? "" : ", ", what, name);
}

static bool is_same_table(const struct iw_lint_context *context, struct iw_name a, struct iw_name b)
{
	return strcmp(iw_lint_table_key(context->arena, context->before, a),
		      iw_lint_table_key(context->arena, context->before, b)) == 0;
}

/* The constraint needs what is dropped: the table, its column, or the key that the constraint refers to. */
static bool needs_it(const struct iw_lint_context *context, const struct iw_constraint *constraint)
{
	const struct iw_operation *operation = context->operation;
	if (constraint->kind != IW_FOREIGN_KEY || !is_same_table(context, constraint->references, operation->name))
		return false;
	GPtrArray *columns = constraint->referenced_columns;
	return operation->kind != IW_OP_DROP_COLUMN || columns == NULL || columns->len == 0 ||
	       iw_lint_has_name(columns, operation->member);
}

/* What goes with it, by name; NULL: nothing does. Only for tables whose shape is known. */
static const char *dependents(const struct iw_lint_context *context)
{
	const struct iw_operation *operation = context->operation;
	GString *names = g_string_new(NULL);
	for (guint i = 0; i < context->before->tables->len; i++) {
		const struct iw_table *table = g_ptr_array_index(context->before->tables, i);
		bool is_own = is_same_table(context, table->name, operation->name);
		for (guint k = 0; !is_own && k < table->constraints->len; k++)
			if (needs_it(context, g_ptr_array_index(table->constraints, k)))
				add_name(names, "constraint",
					 ((struct iw_constraint *)table->constraints->pdata[k])->name);
		bool is_view = table->kind == IW_VIEW || table->kind == IW_MATERIALIZED_VIEW;
		const char *word = operation->kind == IW_OP_DROP_COLUMN ? operation->member : operation->name.name;
		if (is_view && !is_own && operation->kind != IW_OP_DROP_CONSTRAINT &&
		    iw_text_mentions(context->options->engine, table->definition, word))
			add_name(names, "view", table->name.name);
	}
	const char *result = names->len == 0 ? NULL : iw_arena_strdup(context->arena, names->str);
	g_string_free(names, TRUE);
	return result;
}

static struct iw_finding *check(const struct iw_lint_context *context)
{
	if (!is_drop(context->operation->kind) || (context->operation->flags & IW_CASCADED) == 0 ||
	    context->is_new_table || context->replay_error != NULL || !is_written(context))
		return NULL;
	const struct iw_table *table = iw_lint_table(context);
	bool is_of_table = context->operation->kind != IW_OP_DROP_OBJECT;
	if (is_of_table && table == NULL)
		return NULL; /* IF EXISTS, and it does not */
	bool is_known = is_of_table && !table->is_opaque;
	const char *names = is_known ? dependents(context) : "whatever depends on it, which this file does not name";
	if (names == NULL)
		return NULL;
	struct iw_finding *finding = iw_finding_new(context, IW_OFF, "CASCADE also drops %s", names);
	finding->advice =
		"Drop the dependent objects by name, one after the other: a surprise then stops the migration.";
	return finding;
}

static const struct iw_rule_example EXAMPLES[] = {
	{IW_POSTGRES,
	 "CREATE TABLE users (id bigint PRIMARY KEY);\n"
	 "CREATE TABLE posts (id bigint PRIMARY KEY, user_id bigint REFERENCES users (id));",
	 "DROP TABLE users CASCADE;", "DROP TABLE posts CASCADE;"},
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
