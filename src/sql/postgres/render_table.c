/* CREATE TABLE and CREATE INDEX from their structures. */
#include "sql/postgres/render_internal.h"

#include <string.h>

static const char *const actions[] = {
	[IW_NO_ACTION] = NULL,	    [IW_RESTRICT] = "RESTRICT",	      [IW_CASCADE] = "CASCADE",
	[IW_SET_NULL] = "SET NULL", [IW_SET_DEFAULT] = "SET DEFAULT",
};

static void key_text(struct sql *sql, const struct iw_key *key)
{
	if (key->column != NULL)
		iw_sql_ident(sql, key->column);
	else
		iw_sql_printf(sql, "(%s)", key->expression->text);
	if (key->collation != NULL) {
		iw_sql_text(sql, " COLLATE ");
		iw_sql_loose_name(sql, key->collation);
	}
	if (key->operator_class != NULL) {
		iw_sql_text(sql, " ");
		iw_sql_loose_name(sql, key->operator_class);
	}
	if (key->is_descending)
		iw_sql_text(sql, " DESC");
	if (key->nulls != 0)
		iw_sql_text(sql, key->nulls == 1 ? " NULLS FIRST" : " NULLS LAST");
	if (key->with_operator != NULL)
		iw_sql_printf(sql, " WITH %s", key->with_operator);
}

static void keys_text(struct sql *sql, const GPtrArray *keys, bool without_overlaps)
{
	iw_sql_text(sql, "(");
	for (guint i = 0; i < keys->len; i++) {
		if (i > 0)
			iw_sql_text(sql, ", ");
		key_text(sql, g_ptr_array_index(keys, i));
	}
	iw_sql_text(sql, without_overlaps ? " WITHOUT OVERLAPS)" : ")");
}

static void index_part(struct sql *sql, const struct iw_constraint *constraint)
{
	if (constraint->included != NULL) {
		iw_sql_text(sql, " INCLUDE ");
		iw_sql_idents(sql, constraint->included);
	}
	if (constraint->options != NULL)
		iw_sql_printf(sql, " WITH (%s)", constraint->options);
	if (constraint->tablespace != NULL) {
		iw_sql_text(sql, " USING INDEX TABLESPACE ");
		iw_sql_ident(sql, constraint->tablespace);
	}
}

static void unique_text(struct sql *sql, const struct iw_constraint *constraint)
{
	iw_sql_text(sql, constraint->kind == IW_PRIMARY_KEY ? "PRIMARY KEY " : "UNIQUE ");
	if (constraint->nulls_not_distinct)
		iw_sql_text(sql, "NULLS NOT DISTINCT ");
	if (constraint->using_index != NULL) {
		iw_sql_text(sql, "USING INDEX ");
		iw_sql_ident(sql, constraint->using_index);
		return;
	}
	keys_text(sql, constraint->keys, constraint->without_overlaps);
	index_part(sql, constraint);
}

static void period_columns(struct sql *sql, const GPtrArray *columns, bool has_period)
{
	iw_sql_text(sql, "(");
	for (guint i = 0; i < columns->len; i++) {
		iw_sql_text(sql, i > 0 ? ", " : "");
		iw_sql_text(sql, has_period && i == columns->len - 1 ? "PERIOD " : "");
		iw_sql_ident(sql, g_ptr_array_index(columns, i));
	}
	iw_sql_text(sql, ")");
}

static void foreign_key_text(struct sql *sql, const struct iw_constraint *constraint)
{
	iw_sql_text(sql, "FOREIGN KEY ");
	period_columns(sql, constraint->columns, constraint->without_overlaps);
	iw_sql_text(sql, " REFERENCES ");
	iw_sql_name(sql, constraint->references);
	if (constraint->referenced_columns != NULL && constraint->referenced_columns->len > 0) {
		iw_sql_text(sql, " ");
		period_columns(sql, constraint->referenced_columns, constraint->without_overlaps);
	}
	if (constraint->match != NULL)
		iw_sql_printf(sql, " MATCH %s", constraint->match);
	if (actions[constraint->on_delete] != NULL)
		iw_sql_printf(sql, " ON DELETE %s", actions[constraint->on_delete]);
	if (constraint->set_columns != NULL) {
		iw_sql_text(sql, " ");
		iw_sql_idents(sql, constraint->set_columns);
	}
	if (actions[constraint->on_update] != NULL)
		iw_sql_printf(sql, " ON UPDATE %s", actions[constraint->on_update]);
}

static void exclude_text(struct sql *sql, const struct iw_constraint *constraint)
{
	iw_sql_text(sql, "EXCLUDE ");
	if (constraint->method != NULL)
		iw_sql_printf(sql, "USING %s ", constraint->method);
	keys_text(sql, constraint->keys, false);
	index_part(sql, constraint);
	if (constraint->where != NULL)
		iw_sql_printf(sql, " WHERE (%s)", constraint->where->text);
}

static void not_null_text(struct sql *sql, const struct iw_constraint *constraint)
{
	iw_sql_text(sql, "NOT NULL ");
	iw_sql_ident(sql, g_ptr_array_index(constraint->columns, 0));
}

static void constraint_flags(struct sql *sql, const struct iw_constraint *constraint)
{
	if (constraint->is_deferrable)
		iw_sql_text(sql, constraint->is_initially_deferred ? " DEFERRABLE INITIALLY DEFERRED" : " DEFERRABLE");
	if (constraint->is_no_inherit)
		iw_sql_text(sql, " NO INHERIT");
	if (constraint->is_not_enforced)
		iw_sql_text(sql, " NOT ENFORCED");
	else if (constraint->is_not_valid)
		iw_sql_text(sql, " NOT VALID");
}

void iw_sql_constraint(struct sql *sql, const struct iw_constraint *constraint)
{
	if (constraint->name != NULL) {
		iw_sql_text(sql, "CONSTRAINT ");
		iw_sql_ident(sql, constraint->name);
		iw_sql_text(sql, " ");
	}
	switch (constraint->kind) {
	case IW_PRIMARY_KEY:
	case IW_UNIQUE:
		unique_text(sql, constraint);
		break;
	case IW_FOREIGN_KEY:
		foreign_key_text(sql, constraint);
		break;
	case IW_EXCLUDE:
		exclude_text(sql, constraint);
		break;
	case IW_NOT_NULL_CONSTRAINT:
		not_null_text(sql, constraint);
		break;
	case IW_CHECK:
		iw_sql_printf(sql, "CHECK (%s)", constraint->check->text);
		break;
	}
	constraint_flags(sql, constraint);
}

/* The same behind a column, where the column's own name is not repeated. */
static void inline_constraint(struct sql *sql, const struct iw_constraint *constraint)
{
	GString *whole = sql->out;
	sql->out = g_string_new(NULL);
	iw_sql_constraint(sql, constraint);
	GString *text = sql->out;
	sql->out = whole;
	const char *start = text->str;
	const char *rest = NULL;
	g_autofree char *column = NULL;
	if (constraint->kind == IW_PRIMARY_KEY || constraint->kind == IW_UNIQUE) {
		const struct iw_key *key = g_ptr_array_index(constraint->keys, 0);
		column = g_strdup_printf(" (%s)", iw_quote(sql->arena, IW_POSTGRES, key->column));
	} else if (constraint->kind == IW_NOT_NULL_CONSTRAINT) {
		column = g_strdup_printf(" %s",
					 iw_quote(sql->arena, IW_POSTGRES, g_ptr_array_index(constraint->columns, 0)));
	} else if (constraint->kind == IW_FOREIGN_KEY) {
		column = g_strdup_printf("FOREIGN KEY (%s) ",
					 iw_quote(sql->arena, IW_POSTGRES, g_ptr_array_index(constraint->columns, 0)));
	}
	if (column != NULL)
		rest = g_strrstr(start, column);
	if (constraint->kind == IW_FOREIGN_KEY)
		rest = strstr(start, column);
	if (rest == NULL) {
		iw_sql_text(sql, start);
	} else {
		g_string_append_len(sql->out, start, rest - start);
		iw_sql_text(sql, rest + strlen(column));
	}
	g_string_free(text, TRUE);
}

static const char *column_type(const struct iw_column *column)
{
	static const char *const serials[] = {NULL, "smallserial", "serial", "bigserial"};
	return column->serial != IW_NOT_SERIAL ? serials[column->serial] : column->type.text;
}

static void column_origin(struct sql *sql, const struct iw_column *column)
{
	if (column->default_value != NULL)
		iw_sql_printf(sql, " DEFAULT %s", column->default_value->text);
	if (column->identity != IW_NO_IDENTITY) {
		iw_sql_printf(sql, " GENERATED %s AS IDENTITY",
			      column->identity == IW_IDENTITY_ALWAYS ? "ALWAYS" : "BY DEFAULT");
		if (column->identity_options != NULL)
			iw_sql_printf(sql, " (%s)", column->identity_options);
	}
	if (column->generated != IW_NOT_GENERATED)
		iw_sql_printf(sql, " GENERATED ALWAYS AS (%s) %s", column->generation->text,
			      column->generated == IW_GENERATED_STORED ? "STORED" : "VIRTUAL");
}

static bool has_named_not_null(const struct iw_column *column)
{
	for (guint i = 0; column->constraints != NULL && i < column->constraints->len; i++)
		if (((struct iw_constraint *)g_ptr_array_index(column->constraints, i))->kind == IW_NOT_NULL_CONSTRAINT)
			return true;
	return false;
}

void iw_sql_column(struct sql *sql, const struct iw_column *column)
{
	iw_sql_ident(sql, column->name);
	if (column_type(column) != NULL)
		iw_sql_printf(sql, " %s", column_type(column));
	if (column->storage != NULL)
		iw_sql_printf(sql, " STORAGE %s", column->storage);
	if (column->compression != NULL)
		iw_sql_printf(sql, " COMPRESSION %s", column->compression);
	if (column->collation != NULL) {
		iw_sql_text(sql, " COLLATE ");
		iw_sql_loose_name(sql, column->collation);
	}
	column_origin(sql, column);
	if (column->not_null && !has_named_not_null(column))
		iw_sql_text(sql, " NOT NULL");
	for (guint i = 0; column->constraints != NULL && i < column->constraints->len; i++) {
		iw_sql_text(sql, " ");
		inline_constraint(sql, g_ptr_array_index(column->constraints, i));
	}
}

static void like_text(struct sql *sql, const struct iw_like *like)
{
	static const char *const words[] = {"COMMENTS", "COMPRESSION", "CONSTRAINTS", "DEFAULTS", "GENERATED",
					    "IDENTITY", "INDEXES",     "STATISTICS",  "STORAGE"};
	iw_sql_text(sql, "LIKE ");
	iw_sql_name(sql, like->source);
	for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
		if (like->options & (1u << i))
			iw_sql_printf(sql, " INCLUDING %s", words[i]);
}

static void separator(struct sql *sql, bool *is_first)
{
	iw_sql_text(sql, *is_first ? "\n    " : ",\n    ");
	*is_first = false;
}

static void likes_at(struct sql *sql, const struct iw_table *table, guint position, bool *is_first)
{
	for (guint i = 0; table->likes != NULL && i < table->likes->len; i++) {
		const struct iw_like *like = g_ptr_array_index(table->likes, i);
		if (like->after != position)
			continue;
		separator(sql, is_first);
		like_text(sql, like);
	}
}

static void elements(struct sql *sql, const struct iw_table *table)
{
	bool is_first = true;
	bool is_partition = table->partition_of.name != NULL;
	bool is_empty = table->columns->len == 0 && table->constraints->len == 0 && table->likes == NULL;
	if (is_partition && is_empty)
		return;
	iw_sql_text(sql, " (");
	likes_at(sql, table, 0, &is_first);
	for (guint i = 0; i < table->columns->len; i++) {
		separator(sql, &is_first);
		iw_sql_column(sql, g_ptr_array_index(table->columns, i));
		likes_at(sql, table, i + 1, &is_first);
	}
	for (guint i = 0; i < table->constraints->len; i++) {
		separator(sql, &is_first);
		iw_sql_constraint(sql, g_ptr_array_index(table->constraints, i));
	}
	iw_sql_text(sql, is_first ? ")" : "\n)");
}

static void parents(struct sql *sql, const struct iw_table *table)
{
	for (guint i = 0; table->inherits != NULL && i < table->inherits->len; i++) {
		iw_sql_text(sql, i == 0 ? " INHERITS (" : ", ");
		iw_sql_name(sql, *(struct iw_name *)g_ptr_array_index(table->inherits, i));
	}
	if (table->inherits != NULL)
		iw_sql_text(sql, ")");
}

void iw_sql_create_table(struct sql *sql, const struct iw_operation *operation)
{
	const struct iw_table *table = operation->table;
	iw_sql_printf(sql, "CREATE %sTABLE %s",
		      table->is_temporary  ? "TEMPORARY "
		      : table->is_unlogged ? "UNLOGGED "
					   : "",
		      operation->flags & IW_IF_NOT_EXISTS ? "IF NOT EXISTS " : "");
	iw_sql_name(sql, operation->name);
	if (table->partition_of.name != NULL) {
		iw_sql_text(sql, " PARTITION OF ");
		iw_sql_name(sql, table->partition_of);
	}
	elements(sql, table);
	if (table->partition_of.name != NULL)
		iw_sql_printf(sql, " %s", table->partition_bound);
	parents(sql, table);
	if (table->partition_by != NULL)
		iw_sql_printf(sql, " PARTITION BY %s", table->partition_by);
	if (table->access_method != NULL)
		iw_sql_printf(sql, " USING %s", table->access_method);
	if (table->options != NULL)
		iw_sql_printf(sql, " WITH (%s)", table->options);
	if (table->on_commit != NULL)
		iw_sql_printf(sql, " ON COMMIT %s", table->on_commit);
	if (table->tablespace != NULL) {
		iw_sql_text(sql, " TABLESPACE ");
		iw_sql_ident(sql, table->tablespace);
	}
}

void iw_sql_create_index(struct sql *sql, const struct iw_operation *operation)
{
	const struct iw_index *index = operation->index;
	iw_sql_printf(sql, "CREATE %sINDEX %s%s", index->is_unique ? "UNIQUE " : "",
		      operation->flags & IW_CONCURRENTLY ? "CONCURRENTLY " : "",
		      operation->flags & IW_IF_NOT_EXISTS ? "IF NOT EXISTS " : "");
	if (index->name != NULL)
		iw_sql_ident(sql, index->name);
	iw_sql_printf(sql, "%sON %s", index->name != NULL ? " " : "", operation->flags & IW_ONLY ? "ONLY " : "");
	iw_sql_name(sql, index->table.name != NULL ? index->table : operation->name);
	if (index->method != NULL && strcmp(index->method, "btree") != 0)
		iw_sql_printf(sql, " USING %s", index->method);
	iw_sql_text(sql, " ");
	keys_text(sql, index->keys, false);
	if (index->included != NULL) {
		iw_sql_text(sql, " INCLUDE ");
		iw_sql_idents(sql, index->included);
	}
	if (index->nulls_not_distinct)
		iw_sql_text(sql, " NULLS NOT DISTINCT");
	if (index->options != NULL)
		iw_sql_printf(sql, " WITH (%s)", index->options);
	if (index->tablespace != NULL) {
		iw_sql_text(sql, " TABLESPACE ");
		iw_sql_ident(sql, index->tablespace);
	}
	if (index->where != NULL)
		iw_sql_printf(sql, " WHERE %s", index->where->text);
}
