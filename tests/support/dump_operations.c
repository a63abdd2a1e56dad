/*
 * What a reader understood, as JSON: for differential tests in Python. Not installed.
 *
 *   dump-operations --dialect mysql [--version 101119] [--render] [--breakpoint TEXT]
 *                   [--block-begin TEXT --block-end TEXT] <file.sql
 *       {"statements": [{"text", "line", "column", "operations": [{"kind", ...}], ...}], "error": null}
 *   dump-operations --dialect mysql --types        one type a line in, one JSON object a line out
 *   dump-operations --dialect mysql --expressions  one expression a line in, one JSON object a line out
 *   dump-operations --dialect mysql --quote        one text a line in: {"identifier", "literal"} a line out
 *
 * `--dialect mariadb` sets the vendor. Members that are NULL, false or 0 are left out. With --render every operation
 * has "sql", every statement "merged": the texts of iw_render_all(..., merge).
 */
#include "base/error.h"
#include "sql/sql.h"

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static const char *const kind_names[] = {
#define KIND_NAME(kind, object, words) #kind,
	IW_OPERATION_TABLE(KIND_NAME)
#undef KIND_NAME
};

static const char *const object_names[] = {
	"none",	       "table",	     "column",	  "constraint",	   "index",    "view",	    "materialized view",
	"sequence",    "enum",	     "domain",	  "type",	   "function", "procedure", "aggregate",
	"trigger",     "policy",     "rule",	  "extension",	   "schema",   "database",  "role",
	"publication", "statistics", "collation", "foreign table", "event",    "other",
};
static const char *const table_kinds[] = {"table",	   "partitioned table", "view", "materialized view",
					  "foreign table", "virtual table"};
static const char *const constraint_kinds[] = {"primary key", "unique", "foreign key", "check", "exclude", "not null"};
static const char *const actions[] = {"no action", "restrict", "cascade", "set null", "set default"};
static const char *const volatilities[] = {"immutable", "stable", "volatile", "unknown"};
static const char *const flag_names[] = {"if exists", "if not exists", "cascade",      "concurrently",
					 "only",      "replace",       "on",	       "before",
					 "local",     "temporary",     "offline hint", "finalize"};

static void put(json_t *object, const char *key, json_t *value)
{
	if (value != NULL)
		json_object_set_new(object, key, value);
}

static void put_text(json_t *object, const char *key, const char *text)
{
	if (text != NULL)
		put(object, key, json_string(text));
}

static void put_flag(json_t *object, const char *key, bool flag)
{
	if (flag)
		put(object, key, json_true());
}

static void put_number(json_t *object, const char *key, json_int_t number)
{
	if (number != 0)
		put(object, key, json_integer(number));
}

static void put_strings(json_t *object, const char *key, const GPtrArray *strings)
{
	if (strings == NULL)
		return;
	json_t *list = json_array();
	for (guint i = 0; i < strings->len; i++)
		json_array_append_new(list, json_string(strings->pdata[i]));
	put(object, key, list);
}

/* "schema.name" as two members would be tedious to compare: one string, NULL names left out. */
static void put_name(json_t *object, const char *key, struct iw_name name)
{
	if (name.name == NULL && name.schema == NULL)
		return;
	g_autofree char *text = name.schema == NULL
					? g_strdup(name.name)
					: g_strconcat(name.schema, ".", name.name == NULL ? "" : name.name, NULL);
	put_text(object, key, text);
}

static void put_names(json_t *object, const char *key, const GPtrArray *names)
{
	if (names == NULL)
		return;
	json_t *holder = json_object(), *list = json_array();
	for (guint i = 0; i < names->len; i++) {
		put_name(holder, "name", *(const struct iw_name *)names->pdata[i]);
		json_array_append(list, json_object_get(holder, "name"));
	}
	json_decref(holder);
	put(object, key, list);
}

static json_t *expression_json(const struct iw_expression *expression)
{
	if (expression == NULL)
		return NULL;
	json_t *object = json_object();
	put_text(object, "text", expression->text);
	put_text(object, "canonical", expression->canonical);
	put_text(object, "volatility", volatilities[expression->volatility]);
	put_flag(object, "is_null", expression->is_null);
	put_flag(object, "is_constant", expression->is_constant);
	return object;
}

static json_t *type_json(const struct iw_type *type)
{
	json_t *object = json_object();
	put_text(object, "text", type->text);
	put_text(object, "base", type->base);
	json_t *arguments = json_array();
	for (int i = 0; i < 2 && type->arguments[i] >= 0; i++)
		json_array_append_new(arguments, json_integer(type->arguments[i]));
	put(object, "arguments", arguments);
	put_flag(object, "is_array", type->is_array);
	put_flag(object, "is_unsigned", type->is_unsigned);
	put_text(object, "charset", type->charset);
	put_strings(object, "values", type->values);
	return object;
}

static json_t *keys_json(const GPtrArray *keys)
{
	if (keys == NULL)
		return NULL;
	json_t *list = json_array();
	for (guint i = 0; i < keys->len; i++) {
		const struct iw_key *key = keys->pdata[i];
		json_t *object = json_object();
		put_text(object, "column", key->column);
		put(object, "expression", expression_json(key->expression));
		put_flag(object, "is_descending", key->is_descending);
		put_number(object, "nulls", key->nulls);
		put_text(object, "operator_class", key->operator_class);
		put_text(object, "collation", key->collation);
		put_number(object, "length", key->length);
		put_text(object, "with_operator", key->with_operator);
		json_array_append_new(list, object);
	}
	return list;
}

static json_t *constraint_json(const struct iw_constraint *constraint)
{
	if (constraint == NULL)
		return NULL;
	json_t *object = json_object();
	put_text(object, "kind", constraint_kinds[constraint->kind]);
	put_text(object, "name", constraint->name);
	put(object, "keys", keys_json(constraint->keys));
	put_strings(object, "columns", constraint->columns);
	put_name(object, "references", constraint->references);
	put_strings(object, "referenced_columns", constraint->referenced_columns);
	if (constraint->kind == IW_FOREIGN_KEY) {
		put_text(object, "on_delete", actions[constraint->on_delete]);
		put_text(object, "on_update", actions[constraint->on_update]);
	}
	put_text(object, "match", constraint->match);
	put(object, "check", expression_json(constraint->check));
	put_strings(object, "included", constraint->included);
	put_text(object, "method", constraint->method);
	put(object, "where", expression_json(constraint->where));
	put_text(object, "using_index", constraint->using_index);
	put_flag(object, "is_deferrable", constraint->is_deferrable);
	put_flag(object, "is_initially_deferred", constraint->is_initially_deferred);
	put_flag(object, "is_not_valid", constraint->is_not_valid);
	put_flag(object, "is_not_enforced", constraint->is_not_enforced);
	put_flag(object, "is_no_inherit", constraint->is_no_inherit);
	put_flag(object, "nulls_not_distinct", constraint->nulls_not_distinct);
	put_flag(object, "without_overlaps", constraint->without_overlaps);
	put_flag(object, "auto_increment", constraint->auto_increment);
	put_text(object, "on_conflict", constraint->on_conflict);
	put_strings(object, "set_columns", constraint->set_columns);
	put_text(object, "options", constraint->options);
	put_text(object, "tablespace", constraint->tablespace);
	return object;
}

static json_t *constraints_json(const GPtrArray *constraints)
{
	if (constraints == NULL)
		return NULL;
	json_t *list = json_array();
	for (guint i = 0; i < constraints->len; i++)
		json_array_append_new(list, constraint_json(constraints->pdata[i]));
	return list;
}

static json_t *column_json(const struct iw_column *column)
{
	static const char *const serials[] = {NULL, "smallserial", "serial", "bigserial"};
	static const char *const identities[] = {NULL, "always", "by default"};
	static const char *const generations[] = {NULL, "stored", "virtual"};
	if (column == NULL)
		return NULL;
	json_t *object = json_object();
	put_text(object, "name", column->name);
	put(object, "type", type_json(&column->type));
	put_flag(object, "not_null", column->not_null);
	put(object, "default", expression_json(column->default_value));
	put_text(object, "serial", serials[column->serial]);
	put_text(object, "identity", identities[column->identity]);
	put_text(object, "generated", generations[column->generated]);
	put(object, "generation", expression_json(column->generation));
	put(object, "on_update", expression_json(column->on_update));
	put_flag(object, "auto_increment", column->auto_increment);
	put_flag(object, "is_invisible", column->is_invisible);
	put_text(object, "collation", column->collation);
	put_text(object, "comment", column->comment);
	put_text(object, "storage", column->storage);
	put_text(object, "compression", column->compression);
	put_text(object, "position", column->position);
	put(object, "constraints", constraints_json(column->constraints));
	put_text(object, "identity_options", column->identity_options);
	put_text(object, "options", column->options);
	return object;
}

static json_t *index_json(const struct iw_index *index)
{
	if (index == NULL)
		return NULL;
	json_t *object = json_object();
	put_text(object, "name", index->name);
	put_name(object, "table", index->table);
	put_flag(object, "is_unique", index->is_unique);
	put_text(object, "method", index->method);
	put(object, "keys", keys_json(index->keys));
	put_strings(object, "included", index->included);
	put(object, "where", expression_json(index->where));
	put_text(object, "special", index->special);
	put_flag(object, "nulls_not_distinct", index->nulls_not_distinct);
	put_flag(object, "is_invalid", index->is_invalid);
	put_flag(object, "is_invisible", index->is_invisible);
	put_text(object, "constraint", index->constraint);
	put_text(object, "options", index->options);
	put_text(object, "tablespace", index->tablespace);
	put_text(object, "comment", index->comment);
	return object;
}

static json_t *likes_json(const GPtrArray *likes)
{
	if (likes == NULL)
		return NULL;
	json_t *list = json_array();
	for (guint i = 0; i < likes->len; i++) {
		const struct iw_like *like = likes->pdata[i];
		json_t *object = json_object();
		put_name(object, "source", like->source);
		put_number(object, "options", like->options);
		put_number(object, "after", like->after);
		json_array_append_new(list, object);
	}
	return list;
}

static void put_table_parts(json_t *object, const struct iw_table *table)
{
	json_t *columns = json_array();
	for (guint i = 0; table->columns != NULL && i < table->columns->len; i++)
		json_array_append_new(columns, column_json(table->columns->pdata[i]));
	put(object, "columns", columns);
	put(object, "constraints", constraints_json(table->constraints));
	json_t *indexes = json_array();
	for (guint i = 0; table->indexes != NULL && i < table->indexes->len; i++)
		json_array_append_new(indexes, index_json(table->indexes->pdata[i]));
	put(object, "indexes", indexes);
}

static json_t *table_json(const struct iw_table *table)
{
	if (table == NULL)
		return NULL;
	json_t *object = json_object();
	put_name(object, "name", table->name);
	put_text(object, "kind", table_kinds[table->kind]);
	put_table_parts(object, table);
	put_text(object, "comment", table->comment);
	put_text(object, "partition_by", table->partition_by);
	put_name(object, "partition_of", table->partition_of);
	put_text(object, "partition_bound", table->partition_bound);
	put_names(object, "inherits", table->inherits);
	put_text(object, "definition", table->definition);
	put_text(object, "engine", table->engine);
	put_text(object, "charset", table->charset);
	put_text(object, "collation", table->collation);
	put_text(object, "options", table->options);
	put_flag(object, "is_unlogged", table->is_unlogged);
	put_flag(object, "is_temporary", table->is_temporary);
	put_flag(object, "is_strict", table->is_strict);
	put_flag(object, "is_without_rowid", table->is_without_rowid);
	put_flag(object, "is_opaque", table->is_opaque);
	put(object, "likes", likes_json(table->likes));
	put_text(object, "access_method", table->access_method);
	put_text(object, "tablespace", table->tablespace);
	put_text(object, "on_commit", table->on_commit);
	return object;
}

static json_t *data_json(const struct iw_data *data)
{
	if (data == NULL)
		return NULL;
	json_t *object = json_object();
	put_strings(object, "columns", data->columns);
	put_names(object, "reads", data->reads);
	put_flag(object, "has_where", data->has_where);
	put_flag(object, "has_limit", data->has_limit);
	put_flag(object, "is_values", data->is_values);
	put_flag(object, "has_on_conflict", data->has_on_conflict);
	put_number(object, "rows", (json_int_t)data->rows);
	put_strings(object, "equals", data->equals);
	put_flag(object, "is_bounded", data->is_bounded);
	put_strings(object, "functions", data->functions);
	return object;
}

static json_t *sequence_json(const struct iw_sequence *sequence)
{
	if (sequence == NULL)
		return NULL;
	json_t *object = json_object();
	put_name(object, "name", sequence->name);
	put_text(object, "type", sequence->type);
	put_name(object, "owner_table", sequence->owner_table);
	put_text(object, "owner_column", sequence->owner_column);
	put_text(object, "options", sequence->options);
	put_flag(object, "is_temporary", sequence->is_temporary);
	return object;
}

static json_t *domain_json(const struct iw_domain *domain)
{
	if (domain == NULL)
		return NULL;
	json_t *object = json_object();
	put_name(object, "name", domain->name);
	put(object, "base", type_json(&domain->base));
	put_flag(object, "not_null", domain->not_null);
	put(object, "default", expression_json(domain->default_value));
	put(object, "constraints", constraints_json(domain->constraints));
	return object;
}

static void put_place(json_t *object, const char *key, struct iw_place place)
{
	if (place.source == NULL)
		return;
	struct iw_line_column at = iw_source_locate(place.source, place.offset);
	json_t *value =
		json_pack("{s:i,s:i,s:I}", "line", at.line, "column", at.column, "offset", (json_int_t)place.offset);
	put(value, "text", json_stringn(place.source->text + place.offset, place.length));
	put(object, key, value);
}

static json_t *operation_json(const struct iw_operation *operation)
{
	json_t *object = json_object(), *flags = json_array();
	put_text(object, "kind", kind_names[operation->kind]);
	if (operation->object_kind != IW_OBJECT_NONE)
		put_text(object, "object_kind", object_names[operation->object_kind]);
	for (size_t i = 0; i < G_N_ELEMENTS(flag_names); i++)
		if (operation->flags & (1u << i))
			json_array_append_new(flags, json_string(flag_names[i]));
	put(object, "flags", flags);
	put_name(object, "name", operation->name);
	put_text(object, "member", operation->member);
	put_name(object, "new_name", operation->new_name);
	put_text(object, "text", operation->text);
	put(object, "table", table_json(operation->table));
	put(object, "column", column_json(operation->column));
	put(object, "constraint", constraint_json(operation->constraint));
	put(object, "index", index_json(operation->index));
	put(object, "sequence", sequence_json(operation->sequence));
	put(object, "domain", domain_json(operation->domain));
	put(object, "expression", expression_json(operation->expression));
	put(object, "data", data_json(operation->data));
	put_strings(object, "values", operation->values);
	put_text(object, "definition", operation->definition);
	put_text(object, "reason", operation->reason);
	put_place(object, "place", operation->place);
	return object;
}

struct options {
	struct iw_engine engine;
	struct iw_script script;
	bool render;
	char mode; /* 0: statements, 't'ypes, 'e'xpressions, 'q'uote */
};

static json_t *statement_json(iw_arena *arena, const struct options *options, const struct iw_statement *statement)
{
	json_t *object = json_object(), *operations = json_array();
	put_text(object, "text", statement->text);
	struct iw_line_column at = iw_source_locate(statement->place.source, statement->place.offset);
	put_number(object, "line", at.line);
	put_number(object, "column", at.column);
	put_number(object, "end", (json_int_t)statement->end);
	for (guint i = 0; i < statement->operations->len; i++) {
		const struct iw_operation *operation = statement->operations->pdata[i];
		json_t *value = operation_json(operation);
		if (options->render)
			put_text(value, "sql", iw_render(arena, options->engine, operation));
		json_array_append_new(operations, value);
	}
	put(object, "operations", operations);
	if (options->render)
		put_strings(object, "merged", iw_render_all(arena, options->engine, statement->operations, true));
	json_t *comments = json_array();
	for (guint i = 0; statement->comments != NULL && i < statement->comments->len; i++) {
		const struct iw_place *place = statement->comments->pdata[i];
		json_array_append_new(comments, json_stringn(place->source->text + place->offset, place->length));
	}
	put(object, "comments", comments);
	put_text(object, "algorithm", statement->algorithm);
	put_text(object, "lock", statement->lock);
	put_flag(object, "needs_no_transaction", statement->needs_no_transaction);
	put_flag(object, "commits_implicitly", statement->commits_implicitly);
	put_flag(object, "is_syntax_error", statement->is_syntax_error);
	if (statement->is_syntax_error)
		put_place(object, "error_place", statement->error_place);
	return object;
}

static json_t *error_json(const GError *error)
{
	if (error == NULL)
		return json_null();
	json_t *object = json_object();
	put_text(object, "message", error->message);
	put_text(object, "class", iw_error_class(error->code));
	put_place(object, "place", iw_error_info(error)->place);
	return object;
}

static int dump_statements(const struct options *options, iw_source *source)
{
	g_autoptr(iw_reader) reader = iw_reader_new(options->engine, source, &options->script);
	g_autoptr(GError) error = NULL;
	json_t *root = json_object(), *list = json_array();
	for (;;) {
		g_autoptr(iw_arena) arena = iw_arena_new();
		const struct iw_statement *statement = iw_reader_next(reader, arena, &error);
		if (statement == NULL)
			break;
		json_array_append_new(list, statement_json(arena, options, statement));
	}
	put(root, "statements", list);
	put(root, "error", error_json(error));
	json_dumpf(root, stdout, JSON_INDENT(1));
	json_decref(root);
	putchar('\n');
	return 0;
}

static json_t *line_json(iw_arena *arena, const struct options *options, const char *line)
{
	if (options->mode == 't') {
		struct iw_type type = iw_type_read(arena, options->engine, line);
		return type_json(&type);
	}
	if (options->mode == 'e')
		return expression_json(iw_expression_read(arena, options->engine, line));
	json_t *object = json_object();
	put_text(object, "identifier", iw_quote(arena, options->engine.dialect, line));
	put_text(object, "literal", iw_quote_literal(arena, options->engine.dialect, line));
	return object;
}

static int dump_lines(const struct options *options, const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	for (char **line = lines; *line != NULL; line++) {
		if (**line == '\0' && line[1] == NULL)
			break;
		g_autoptr(iw_arena) arena = iw_arena_new();
		json_t *value = line_json(arena, options, *line);
		json_dumpf(value, stdout, JSON_COMPACT);
		json_decref(value);
		putchar('\n');
	}
	return 0;
}

static char *read_all(FILE *file, size_t *length)
{
	GString *text = g_string_new(NULL);
	char block[65536];
	size_t count;
	while ((count = fread(block, 1, sizeof block, file)) > 0)
		g_string_append_len(text, block, (gssize)count);
	*length = text->len;
	return g_string_free(text, FALSE);
}

int main(int argc, char **argv)
{
	g_autofree char *dialect = NULL;
	g_autofree char *breakpoint = NULL;
	g_autofree char *block_begin = NULL;
	g_autofree char *block_end = NULL;
	gboolean types = FALSE, expressions = FALSE, quote = FALSE, render = FALSE;
	int version = 0;
	const GOptionEntry entries[] = {
		{"dialect", 0, 0, G_OPTION_ARG_STRING, &dialect, NULL, NULL},
		{"version", 0, 0, G_OPTION_ARG_INT, &version, NULL, NULL},
		{"render", 0, 0, G_OPTION_ARG_NONE, &render, NULL, NULL},
		{"breakpoint", 0, 0, G_OPTION_ARG_STRING, &breakpoint, NULL, NULL},
		{"block-begin", 0, 0, G_OPTION_ARG_STRING, &block_begin, NULL, NULL},
		{"block-end", 0, 0, G_OPTION_ARG_STRING, &block_end, NULL, NULL},
		{"types", 0, 0, G_OPTION_ARG_NONE, &types, NULL, NULL},
		{"expressions", 0, 0, G_OPTION_ARG_NONE, &expressions, NULL, NULL},
		{"quote", 0, 0, G_OPTION_ARG_NONE, &quote, NULL, NULL},
		{0},
	};
	g_autoptr(GOptionContext) context = g_option_context_new(NULL);
	g_autoptr(GError) error = NULL;
	g_option_context_add_main_entries(context, entries, NULL);
	struct options options = {.script.length = SIZE_MAX};
	if (!g_option_context_parse(context, &argc, &argv, &error) ||
	    !iw_engine_parse(dialect == NULL ? "postgres" : dialect, &options.engine)) {
		fprintf(stderr, "dump-operations: %s\n", error != NULL ? error->message : "no such dialect");
		return 2;
	}
	options.engine.version = version;
	options.render = render;
	options.script.breakpoint = breakpoint;
	options.script.block_begin = block_begin;
	options.script.block_end = block_end;
	options.mode = types ? 't' : expressions ? 'e' : quote ? 'q' : 0;
	size_t length;
	g_autofree char *text = read_all(stdin, &length);
	if (options.mode != 0)
		return dump_lines(&options, text);
	g_autoptr(iw_source) source = iw_source_from_text(text, length, "<stdin>");
	return dump_statements(&options, source);
}
