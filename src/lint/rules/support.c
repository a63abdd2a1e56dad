/* Questions, words and findings for rules; see rules.h. */
#include "lint/rules/rules.h"

#include "facts/conditions.h"

#include <stdarg.h>
#include <string.h>

bool iw_lint_is_any(const struct iw_lint_context *context, enum iw_operation_kind kind)
{
	return context->operation->kind == kind && context->replay_error == NULL;
}

bool iw_lint_is(const struct iw_lint_context *context, enum iw_operation_kind kind)
{
	return iw_lint_is_any(context, kind) && !context->is_new_table;
}

bool iw_lint_is_dialect(const struct iw_lint_context *context, enum iw_dialect dialect)
{
	return context->options->engine.dialect == dialect;
}

bool iw_lint_is_first_operation(const struct iw_lint_context *context)
{
	return g_ptr_array_index(context->statement->operations, 0) == context->operation;
}

bool iw_lint_say_once(const struct iw_lint_context *context, const char *text)
{
	return g_hash_table_add(context->memory->said, iw_arena_strdup(context->memory->arena, text));
}

const struct iw_table *iw_lint_table(const struct iw_lint_context *context)
{
	const struct iw_question question = {context->options->engine, context->operation, context->before,
					     context->in_transaction, context->memory->settings};
	return iw_question_table(&question);
}

static struct iw_name table_name(const struct iw_lint_context *context)
{
	const struct iw_table *table = iw_lint_table(context);
	return table != NULL ? table->name : context->operation->name;
}

static const char *dotted(iw_arena *arena, struct iw_name name)
{
	if (name.name == NULL)
		return NULL;
	return name.schema == NULL ? name.name : iw_arena_printf(arena, "%s.%s", name.schema, name.name);
}

/* The schema is said only where it is not the default one. */
static struct iw_name shown(const struct iw_lint_context *context, struct iw_name name)
{
	if (name.schema != NULL && g_strcmp0(name.schema, context->before->default_schema) == 0)
		name.schema = NULL;
	return name;
}

const char *iw_lint_table_words(const struct iw_lint_context *context)
{
	const char *name = dotted(context->arena, shown(context, table_name(context)));
	return iw_arena_printf(context->arena, "\"%s\"", name == NULL ? "?" : name);
}

static const char *object_words(const struct iw_lint_context *context)
{
	const struct iw_operation *operation = context->operation;
	const char *table = dotted(context->arena, shown(context, operation->name));
	if (table == NULL || operation->member == NULL)
		return iw_arena_strdup(context->arena, table != NULL ? table : operation->member);
	return iw_arena_printf(context->arena, "%s.%s", table, operation->member);
}

static void fill_size(const struct iw_lint_context *context, struct iw_finding *finding)
{
	struct iw_table_size size;
	finding->rows = finding->bytes = finding->seconds = -1;
	if (context->operation == NULL || context->options->size == NULL)
		return;
	struct iw_name name = table_name(context);
	if (name.name == NULL || !context->options->size(context->options->size_data, name, &size))
		return;
	finding->rows = size.rows;
	finding->bytes = size.bytes;
	if (context->fact != NULL && context->fact->work != IW_INSTANT)
		finding->seconds = iw_fact_seconds(context->fact, size.rows, size.bytes);
}

struct iw_finding *iw_finding_new(const struct iw_lint_context *context, enum iw_severity severity, const char *format,
				  ...)
{
	struct iw_finding *finding = iw_new(context->arena, struct iw_finding);
	va_list arguments;
	va_start(arguments, format);
	g_autofree char *message = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	finding->severity = severity;
	finding->message = iw_arena_strdup(context->arena, message);
	finding->fact = context->fact;
	if (context->operation != NULL) {
		finding->object = object_words(context);
		finding->table = table_name(context);
	}
	fill_size(context, finding);
	return finding;
}

static bool find_size(const struct iw_lint_context *context, struct iw_table_size *size)
{
	struct iw_name name = table_name(context);
	return context->options->size != NULL && name.name != NULL &&
	       context->options->size(context->options->size_data, name, size);
}

enum iw_severity iw_lint_lock_severity(const struct iw_lint_context *context)
{
	const struct iw_fact *fact = context->fact;
	const struct iw_lint_options *options = context->options;
	struct iw_table_size size;
	if (fact->work == IW_INSTANT || fact->blocks < IW_BLOCKS_WRITES)
		return IW_NOTE;
	if (find_size(context, &size)) {
		double seconds = iw_fact_seconds(fact, size.rows, size.bytes);
		if (options->slow_seconds > 0 && seconds > options->slow_seconds)
			return IW_SEVERE;
		if (options->quick_seconds > 0 && seconds >= 0 && seconds < options->quick_seconds)
			return IW_NOTE;
		if (size.rows < options->small_table_rows)
			return fact->work == IW_REWRITE ? IW_WARNING : IW_NOTE;
	}
	return fact->blocks == IW_BLOCKS_EVERYTHING && fact->work != IW_SCAN ? IW_SEVERE : IW_WARNING;
}

const char *iw_lint_lock_words(const struct iw_lint_context *context)
{
	static const char *const WHILE[] = {[IW_INSTANT] = "for a moment",
					    [IW_SCAN] = "while every row is read",
					    [IW_BUILD] = "while an index is built",
					    [IW_REWRITE] = "while the whole table is rewritten"};
	const struct iw_fact *fact = context->fact;
	const char *blocks = fact->blocks == IW_BLOCKS_DDL ? "other schema changes" : iw_blocks_words(fact->blocks);
	const char *lock = *fact->lock == '\0' ? "" : iw_arena_printf(context->arena, " (%s)", fact->lock);
	return iw_arena_printf(context->arena, "blocks %s of %s %s%s", blocks, iw_lint_table_words(context),
			       WHILE[fact->work], lock);
}

const char *iw_lint_sql_name(const struct iw_lint_context *context, const char *name)
{
	return iw_quote(context->arena, context->options->engine.dialect, name);
}

const char *iw_lint_sql_table(const struct iw_lint_context *context)
{
	return iw_quote_name(context->arena, context->options->engine.dialect, shown(context, table_name(context)));
}

const char *iw_lint_sql(const struct iw_lint_context *context, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	g_autofree char *text = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	return iw_arena_strdup(context->arena, text);
}

const char *iw_lint_render(const struct iw_lint_context *context, const struct iw_operation *operation)
{
	const char *sql = iw_render(context->arena, context->options->engine, operation);
	return sql == NULL ? NULL : iw_arena_printf(context->arena, "%s;", sql);
}

const char *iw_lint_make_name(const struct iw_lint_context *context, GPtrArray *columns, const char *suffix)
{
	GString *name = g_string_new(table_name(context).name);
	for (guint i = 0; columns != NULL && i < columns->len; i++)
		g_string_append_printf(name, "_%s", (const char *)g_ptr_array_index(columns, i));
	enum { LONGEST = 63 };
	size_t room = LONGEST - strlen(suffix) - 1;
	if (name->len > room)
		g_string_truncate(name, room);
	const char *result = iw_arena_printf(context->arena, "%s_%s", name->str, suffix);
	g_string_free(name, TRUE);
	return result;
}

GPtrArray *iw_lint_constraint_columns(const struct iw_lint_context *context, const struct iw_constraint *constraint)
{
	if (constraint->columns != NULL && constraint->columns->len > 0)
		return constraint->columns;
	GPtrArray *columns = iw_arena_ptr_array(context->arena);
	for (guint i = 0; constraint->keys != NULL && i < constraint->keys->len; i++) {
		const struct iw_key *key = g_ptr_array_index(constraint->keys, i);
		if (key->column != NULL)
			g_ptr_array_add(columns, (char *)key->column);
	}
	return columns;
}
