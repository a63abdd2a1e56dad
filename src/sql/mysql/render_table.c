/* Tables and their parts as SQL. */
#include "sql/mysql/render.h"

static void add(struct writer *writer, const char *text)
{
	g_string_append(writer->out, text);
}

void iw_mysql_write_quoted(struct writer *writer, const char *name)
{
	add(writer, iw_mysql_quote(writer->arena, name != NULL ? name : ""));
}

void iw_mysql_write_name(struct writer *writer, struct iw_name name)
{
	if (name.schema != NULL) {
		iw_mysql_write_quoted(writer, name.schema);
		add(writer, ".");
	}
	iw_mysql_write_quoted(writer, name.name);
}

static void add_literal(struct writer *writer, const char *text)
{
	add(writer, iw_mysql_quote_literal(writer->arena, text));
}

static bool is_large(const struct iw_type *type)
{
	return type != NULL && type->base != NULL &&
	       (strstr(type->base, "text") != NULL || strstr(type->base, "blob") != NULL ||
		strcmp(type->base, "json") == 0 || strcmp(type->base, "geometry") == 0 ||
		strcmp(type->base, "point") == 0);
}

/* Expressions need parentheses; literals must not have them, but of MySQL's TEXT, BLOB and JSON. */
void iw_mysql_write_default(struct writer *writer, const struct iw_expression *value, const struct iw_type *type)
{
	bool is_now = g_str_has_prefix(value->canonical, "current_timestamp(") &&
		      strchr(value->canonical, ' ') == NULL &&
		      (type == NULL || type->base == NULL || strcmp(type->base, "datetime") == 0 ||
		       strcmp(type->base, "timestamp") == 0);
	bool is_bare = is_now || (value->is_constant && !(is_large(type) && !writer->engine.is_mariadb));
	g_string_append_printf(writer->out, is_bare ? "%s" : "(%s)", value->text);
}

static void add_generation(struct writer *writer, const struct iw_column *column)
{
	g_string_append_printf(writer->out, " GENERATED ALWAYS AS (%s) %s", column->generation->text,
			       column->generated == IW_GENERATED_STORED ? "STORED" : "VIRTUAL");
}

static bool tells_null(const struct iw_column *column)
{
	return column->null_written && !column->not_null && column->generation == NULL &&
	       (column->default_value == NULL || strcmp(column->type.base, "timestamp") == 0);
}

static const char *const actions[] = {"NO ACTION", "RESTRICT", "CASCADE", "SET NULL", "SET DEFAULT"};

static void add_columns(struct writer *writer, const GPtrArray *columns)
{
	add(writer, " (");
	for (guint i = 0; i < columns->len; i++) {
		add(writer, i > 0 ? ", " : "");
		iw_mysql_write_quoted(writer, columns->pdata[i]);
	}
	add(writer, ")");
}

static void add_reference(struct writer *writer, const struct iw_constraint *constraint)
{
	add(writer, " REFERENCES ");
	iw_mysql_write_name(writer, constraint->references);
	if (constraint->referenced_columns != NULL && constraint->referenced_columns->len > 0)
		add_columns(writer, constraint->referenced_columns);
	if (constraint->match != NULL)
		g_string_append_printf(writer->out, " MATCH %s", constraint->match);
	if (constraint->on_delete != IW_NO_ACTION)
		g_string_append_printf(writer->out, " ON DELETE %s", actions[constraint->on_delete]);
	if (constraint->on_update != IW_NO_ACTION)
		g_string_append_printf(writer->out, " ON UPDATE %s", actions[constraint->on_update]);
}

static void add_check(struct writer *writer, const struct iw_constraint *constraint)
{
	g_string_append_printf(writer->out, "CHECK (%s)%s", constraint->check->text,
			       constraint->is_not_enforced ? " NOT ENFORCED" : "");
}

static void add_inline(struct writer *writer, const struct iw_constraint *constraint)
{
	if (constraint->kind == IW_PRIMARY_KEY)
		add(writer, " PRIMARY KEY");
	else if (constraint->kind == IW_UNIQUE)
		add(writer, " UNIQUE");
	else if (constraint->kind == IW_FOREIGN_KEY)
		add_reference(writer, constraint);
	else if (constraint->kind == IW_CHECK) {
		add(writer, " ");
		if (constraint->name != NULL) {
			add(writer, "CONSTRAINT ");
			iw_mysql_write_quoted(writer, constraint->name);
			add(writer, " ");
		}
		add_check(writer, constraint);
	}
}

static void add_type(struct writer *writer, const struct iw_column *column)
{
	const struct iw_type *type = &column->type;
	add(writer, type->text);
	if (type->charset != NULL)
		g_string_append_printf(writer->out, " CHARACTER SET %s", type->charset);
	if (column->collation == NULL)
		return;
	if (strcmp(column->collation, "binary") == 0 && type->charset == NULL)
		add(writer, " BINARY");
	else
		g_string_append_printf(writer->out, " COLLATE %s", column->collation);
}

static void add_position(struct writer *writer, const struct iw_column *column)
{
	if (column->position == NULL)
		return;
	if (*column->position == '\0') {
		add(writer, " FIRST");
		return;
	}
	add(writer, " AFTER ");
	iw_mysql_write_quoted(writer, column->position);
}

static void add_values(struct writer *writer, const struct iw_column *column)
{
	if (column->generation != NULL)
		add_generation(writer, column);
	if (column->not_null)
		add(writer, " NOT NULL");
	else if (tells_null(column))
		add(writer, " NULL");
	if (column->default_value != NULL && column->generation == NULL) {
		add(writer, " DEFAULT ");
		iw_mysql_write_default(writer, column->default_value, &column->type);
	}
	if (column->on_update != NULL)
		g_string_append_printf(writer->out, " ON UPDATE %s", column->on_update->text);
	if (column->auto_increment)
		add(writer, " AUTO_INCREMENT");
}

void iw_mysql_write_column(struct writer *writer, const struct iw_column *column, bool has_position)
{
	iw_mysql_write_quoted(writer, column->name);
	add(writer, " ");
	add_type(writer, column);
	if (column->compression != NULL)
		g_string_append_printf(writer->out, " %s", column->compression);
	bool is_row_column = column->options != NULL && strstr(column->options, "AS ROW ") != NULL;
	if (is_row_column)
		g_string_append_printf(writer->out, " %s", column->options);
	add_values(writer, column);
	if (column->is_invisible)
		add(writer, " INVISIBLE");
	if (column->options != NULL && !is_row_column)
		g_string_append_printf(writer->out, " %s", column->options);
	if (column->comment != NULL) {
		add(writer, " COMMENT ");
		add_literal(writer, column->comment);
	}
	for (guint i = 0; column->constraints != NULL && i < column->constraints->len; i++)
		add_inline(writer, column->constraints->pdata[i]);
	if (has_position)
		add_position(writer, column);
}

/* ---- keys ---- */

void iw_mysql_write_keys(struct writer *writer, const GPtrArray *keys)
{
	add(writer, " (");
	for (guint i = 0; i < keys->len; i++) {
		const struct iw_key *key = keys->pdata[i];
		add(writer, i > 0 ? ", " : "");
		if (key->column != NULL)
			iw_mysql_write_quoted(writer, key->column);
		else
			g_string_append_printf(writer->out, "(%s)", key->expression->text);
		if (key->length > 0)
			g_string_append_printf(writer->out, "(%d)", key->length);
		add(writer, key->is_descending ? " DESC" : "");
	}
	add(writer, ")");
}

void iw_mysql_write_index_options(struct writer *writer, const struct iw_index *index)
{
	if (index->method != NULL && strcmp(index->method, "btree") != 0)
		g_string_append_printf(writer->out, " USING %s", index->method);
	if (index->options != NULL)
		g_string_append_printf(writer->out, " %s", index->options);
	if (index->comment != NULL) {
		add(writer, " COMMENT ");
		add_literal(writer, index->comment);
	}
	if (index->is_invisible)
		add(writer, writer->engine.is_mariadb ? " IGNORED" : " INVISIBLE");
}

static void add_flags(struct writer *writer, unsigned flags)
{
	add(writer, flags & IW_IF_NOT_EXISTS ? " IF NOT EXISTS" : "");
}

void iw_mysql_write_index(struct writer *writer, const struct iw_index *index, unsigned flags)
{
	if (index->special != NULL) {
		g_autofree char *special = g_ascii_strup(index->special, -1);
		g_string_append_printf(writer->out, "%s ", special);
	}
	add(writer, index->is_unique ? "UNIQUE KEY" : "KEY");
	add_flags(writer, flags);
	if (index->name != NULL) {
		add(writer, " ");
		iw_mysql_write_quoted(writer, index->name);
	}
	iw_mysql_write_keys(writer, index->keys);
	iw_mysql_write_index_options(writer, index);
}

static void add_constraint_keys(struct writer *writer, const struct iw_constraint *constraint)
{
	iw_mysql_write_keys(writer, constraint->keys);
	if (constraint->method != NULL)
		g_string_append_printf(writer->out, " USING %s", constraint->method);
	if (constraint->options != NULL)
		g_string_append_printf(writer->out, " %s", constraint->options);
}

void iw_mysql_write_constraint(struct writer *writer, const struct iw_constraint *constraint, unsigned flags)
{
	bool is_foreign = constraint->kind == IW_FOREIGN_KEY;
	if (constraint->name != NULL) {
		add(writer, "CONSTRAINT ");
		if (constraint->kind == IW_CHECK && flags & IW_IF_NOT_EXISTS)
			add(writer, "IF NOT EXISTS ");
		iw_mysql_write_quoted(writer, constraint->name);
		add(writer, " ");
	}
	if (constraint->kind == IW_CHECK) {
		add_check(writer, constraint);
		return;
	}
	add(writer, is_foreign ? "FOREIGN KEY" : constraint->kind == IW_UNIQUE ? "UNIQUE KEY" : "PRIMARY KEY");
	add_flags(writer, flags);
	if (!is_foreign) {
		add_constraint_keys(writer, constraint);
		return;
	}
	add_columns(writer, constraint->columns);
	add_reference(writer, constraint);
}

/* ---- the table ---- */

static void add_elements(struct writer *writer, const struct iw_table *table)
{
	const char *separator = "(\n  ";
	for (guint i = 0; i < table->columns->len; i++, separator = ",\n  ") {
		add(writer, separator);
		iw_mysql_write_column(writer, table->columns->pdata[i], false);
	}
	for (guint i = 0; table->constraints != NULL && i < table->constraints->len; i++, separator = ",\n  ") {
		add(writer, separator);
		iw_mysql_write_constraint(writer, table->constraints->pdata[i], 0);
	}
	for (guint i = 0; table->indexes != NULL && i < table->indexes->len; i++) {
		const struct iw_index *index = table->indexes->pdata[i];
		if (index->constraint != NULL)
			continue;
		add(writer, separator);
		iw_mysql_write_index(writer, index, 0);
		separator = ",\n  ";
	}
	if (*separator == ',')
		add(writer, "\n)");
}

static void add_option(struct writer *writer, const char *format, const char *value)
{
	if (value != NULL)
		g_string_append_printf(writer->out, format, value);
}

static void add_options(struct writer *writer, const struct iw_table *table)
{
	add_option(writer, " ENGINE=%s", table->engine);
	add_option(writer, " DEFAULT CHARACTER SET %s", table->charset);
	add_option(writer, " COLLATE %s", table->collation);
	add_option(writer, " %s", table->options);
	add_option(writer, " %s", table->creation_options);
	if (table->comment != NULL)
		add_option(writer, " COMMENT=%s", iw_mysql_quote_literal(writer->arena, table->comment));
	add_option(writer, " PARTITION BY %s", table->partition_by);
}

void iw_mysql_write_table(struct writer *writer, const struct iw_operation *operation)
{
	const struct iw_table *table = operation->table;
	if (table->definition != NULL) {
		add(writer, table->definition);
		return;
	}
	g_string_append_printf(writer->out, "CREATE %s%sTABLE %s", operation->flags & IW_REPLACE ? "OR REPLACE " : "",
			       operation->flags & IW_TEMPORARY ? "TEMPORARY " : "",
			       operation->flags & IW_IF_NOT_EXISTS ? "IF NOT EXISTS " : "");
	iw_mysql_write_name(writer, operation->name);
	add(writer, " ");
	if (table->likes != NULL && table->likes->len > 0) {
		add(writer, "LIKE ");
		iw_mysql_write_name(writer, ((const struct iw_like *)table->likes->pdata[0])->source);
		return;
	}
	add_elements(writer, table);
	add_options(writer, table);
}
