/* Operations as SQL. What is a clause of ALTER TABLE is written as one, so that neighbours can share a statement. */
#include "sql/mysql/render.h"

static void add(struct writer *writer, const char *text)
{
	g_string_append(writer->out, text);
}

static void add_if_exists(struct writer *writer, const struct iw_operation *operation)
{
	add(writer, operation->flags & IW_IF_EXISTS ? "IF EXISTS " : "");
}

static void add_member(struct writer *writer, const struct iw_operation *operation, const char *words)
{
	add(writer, words);
	add_if_exists(writer, operation);
	iw_mysql_write_quoted(writer, operation->member);
}

/* ---- clauses ---- */

static void add_column(struct writer *writer, const struct iw_operation *operation)
{
	add(writer, operation->flags & IW_IF_NOT_EXISTS ? "ADD COLUMN IF NOT EXISTS " : "ADD COLUMN ");
	iw_mysql_write_column(writer, operation->column, true);
}

static void drop_column(struct writer *writer, const struct iw_operation *operation)
{
	add_member(writer, operation, "DROP COLUMN ");
}

static void rename_column(struct writer *writer, const struct iw_operation *operation)
{
	add_member(writer, operation, "RENAME COLUMN ");
	add(writer, " TO ");
	iw_mysql_write_quoted(writer, operation->new_name.name);
}

static void modify_column(struct writer *writer, const struct iw_operation *operation)
{
	bool is_renamed = operation->member != NULL && strcmp(operation->member, operation->column->name) != 0;
	add(writer, is_renamed ? "CHANGE COLUMN " : "MODIFY COLUMN ");
	add_if_exists(writer, operation);
	if (is_renamed) {
		iw_mysql_write_quoted(writer, operation->member);
		add(writer, " ");
	}
	iw_mysql_write_column(writer, operation->column, true);
}

static void set_default(struct writer *writer, const struct iw_operation *operation)
{
	add_member(writer, operation, "ALTER COLUMN ");
	add(writer, " SET DEFAULT ");
	iw_mysql_write_default(writer, operation->expression, NULL);
}

static void drop_default(struct writer *writer, const struct iw_operation *operation)
{
	add_member(writer, operation, "ALTER COLUMN ");
	add(writer, " DROP DEFAULT");
}

static void set_column_options(struct writer *writer, const struct iw_operation *operation)
{
	add_member(writer, operation, "ALTER COLUMN ");
	g_string_append_printf(writer->out, " SET %s", operation->text);
}

static void add_constraint(struct writer *writer, const struct iw_operation *operation)
{
	add(writer, "ADD ");
	if (operation->index != NULL)
		iw_mysql_write_index(writer, operation->index, operation->flags);
	else
		iw_mysql_write_constraint(writer, operation->constraint, operation->flags);
}

static void drop_constraint(struct writer *writer, const struct iw_operation *operation)
{
	const struct iw_constraint *constraint = operation->constraint;
	bool is_primary = (constraint != NULL && constraint->kind == IW_PRIMARY_KEY) ||
			  (operation->member != NULL && g_ascii_strcasecmp(operation->member, "PRIMARY") == 0);
	if (is_primary)
		add(writer, "DROP PRIMARY KEY");
	else if (constraint != NULL && constraint->kind == IW_FOREIGN_KEY)
		add_member(writer, operation, "DROP FOREIGN KEY ");
	else if (constraint != NULL && constraint->kind == IW_UNIQUE)
		add_member(writer, operation, "DROP KEY ");
	else if (constraint != NULL && constraint->kind == IW_CHECK && !writer->engine.is_mariadb)
		add_member(writer, operation, "DROP CHECK ");
	else
		add_member(writer, operation, "DROP CONSTRAINT ");
}

static void alter_constraint(struct writer *writer, const struct iw_operation *operation)
{
	bool is_check = operation->text == NULL || strcmp(operation->text, "check") == 0;
	add_member(writer, operation, is_check ? "ALTER CHECK " : "ALTER CONSTRAINT ");
	add(writer, operation->constraint->is_not_enforced ? " NOT ENFORCED" : " ENFORCED");
}

static void create_index(struct writer *writer, const struct iw_operation *operation)
{
	add(writer, "ADD ");
	iw_mysql_write_index(writer, operation->index, operation->flags);
}

static void drop_index(struct writer *writer, const struct iw_operation *operation)
{
	add_member(writer, operation, "DROP KEY ");
}

static void rename_index(struct writer *writer, const struct iw_operation *operation)
{
	add_member(writer, operation, "RENAME KEY ");
	add(writer, " TO ");
	iw_mysql_write_quoted(writer, operation->new_name.name);
}

static void alter_index(struct writer *writer, const struct iw_operation *operation)
{
	bool is_visible = (operation->flags & IW_ON) != 0;
	add_member(writer, operation, "ALTER INDEX ");
	if (writer->engine.is_mariadb)
		add(writer, is_visible ? " NOT IGNORED" : " IGNORED");
	else
		add(writer, is_visible ? " VISIBLE" : " INVISIBLE");
}

static void set_keys(struct writer *writer, const struct iw_operation *operation)
{
	add(writer, operation->flags & IW_ON ? "ENABLE KEYS" : "DISABLE KEYS");
}

static void set_option(struct writer *writer, const struct iw_operation *operation)
{
	if (operation->definition != NULL)
		add(writer, operation->definition);
	else if (g_strcmp0(operation->member, "system versioning") == 0)
		add(writer, operation->flags & IW_ON ? "ADD SYSTEM VERSIONING" : "DROP SYSTEM VERSIONING");
	else if (g_strcmp0(operation->member, "character set") == 0)
		g_string_append_printf(writer->out, "DEFAULT CHARACTER SET %s", operation->text);
	else
		g_string_append_printf(writer->out, "%s=%s", operation->member, operation->text);
}

static void comment(struct writer *writer, const struct iw_operation *operation)
{
	const char *text = operation->text != NULL ? operation->text : "";
	g_string_append_printf(writer->out, "COMMENT=%s", iw_mysql_quote_literal(writer->arena, text));
}

static void convert(struct writer *writer, const struct iw_operation *operation)
{
	g_string_append_printf(writer->out, "CONVERT TO CHARACTER SET %s", operation->text);
	if (operation->member != NULL)
		g_string_append_printf(writer->out, " COLLATE %s", operation->member);
}

static void rebuild(struct writer *writer, const struct iw_operation *operation)
{
	if (operation->definition != NULL)
		add(writer, operation->definition);
	else if (operation->member != NULL && operation->text != NULL)
		g_string_append_printf(writer->out, "%s=%s", operation->member, operation->text);
	else
		add(writer, operation->text != NULL ? operation->text : "FORCE");
}

static void as_text(struct writer *writer, const struct iw_operation *operation)
{
	add(writer, operation->text);
}

static void rename_table(struct writer *writer, const struct iw_operation *operation)
{
	add(writer, "RENAME TO ");
	iw_mysql_write_name(writer, operation->new_name);
}

typedef void clause_writer(struct writer *writer, const struct iw_operation *operation);

static clause_writer *const clauses[IW_OP_KINDS] = {
	[IW_OP_ADD_COLUMN] = add_column,
	[IW_OP_DROP_COLUMN] = drop_column,
	[IW_OP_RENAME_COLUMN] = rename_column,
	[IW_OP_MODIFY_COLUMN] = modify_column,
	[IW_OP_SET_DEFAULT] = set_default,
	[IW_OP_DROP_DEFAULT] = drop_default,
	[IW_OP_SET_COLUMN_OPTIONS] = set_column_options,
	[IW_OP_ADD_CONSTRAINT] = add_constraint,
	[IW_OP_DROP_CONSTRAINT] = drop_constraint,
	[IW_OP_ALTER_CONSTRAINT] = alter_constraint,
	[IW_OP_CREATE_INDEX] = create_index,
	[IW_OP_DROP_INDEX] = drop_index,
	[IW_OP_RENAME_INDEX] = rename_index,
	[IW_OP_ALTER_INDEX] = alter_index,
	[IW_OP_SET_KEYS] = set_keys,
	[IW_OP_SET_TABLE_OPTIONS] = set_option,
	[IW_OP_COMMENT] = comment,
	[IW_OP_CONVERT_CHARSET] = convert,
	[IW_OP_REBUILD_TABLE] = rebuild,
	[IW_OP_ALTER_PARTITIONS] = as_text,
	[IW_OP_RENAME_TABLE] = rename_table,
};

static bool is_maintenance(const struct iw_operation *operation)
{
	return operation->kind == IW_OP_REBUILD_TABLE &&
	       (g_strcmp0(operation->text, "optimize") == 0 || g_strcmp0(operation->text, "repair") == 0) &&
	       operation->member == NULL;
}

static clause_writer *clause_of(const struct iw_operation *operation)
{
	if (operation->kind == IW_OP_ALTER_OBJECT)
		return operation->object_kind == IW_OBJECT_TABLE ? as_text : NULL;
	if (is_maintenance(operation) || (operation->kind == IW_OP_CREATE_INDEX && operation->flags & IW_REPLACE))
		return NULL;
	return clauses[operation->kind];
}

/* ---- statements ---- */

static void add_wait(struct writer *writer, const struct iw_operation *operation)
{
	if (operation->statement != NULL && operation->statement->wait != NULL)
		g_string_append_printf(writer->out, " %s", operation->statement->wait);
}

static void drop_table(struct writer *writer, const struct iw_operation *operation)
{
	add(writer, operation->flags & IW_TEMPORARY ? "DROP TEMPORARY TABLE " : "DROP TABLE ");
	add_if_exists(writer, operation);
	iw_mysql_write_name(writer, operation->name);
	add_wait(writer, operation);
}

static void replace_index(struct writer *writer, const struct iw_operation *operation)
{
	const struct iw_index *index = operation->index;
	g_autofree char *special =
		index->special != NULL ? g_ascii_strup(index->special, -1) : g_strdup(index->is_unique ? "UNIQUE" : "");
	g_string_append_printf(writer->out, "CREATE OR REPLACE %s%sINDEX ", special, *special != '\0' ? " " : "");
	iw_mysql_write_quoted(writer, index->name);
	add(writer, " ON ");
	iw_mysql_write_name(writer, operation->name);
	iw_mysql_write_keys(writer, index->keys);
	add_wait(writer, operation);
	iw_mysql_write_index_options(writer, index);
}

static const char *object_words(enum iw_object_kind kind)
{
	static const char *const words[] = {
		[IW_OBJECT_VIEW] = "VIEW",	   [IW_OBJECT_SEQUENCE] = "SEQUENCE",
		[IW_OBJECT_FUNCTION] = "FUNCTION", [IW_OBJECT_PROCEDURE] = "PROCEDURE",
		[IW_OBJECT_TRIGGER] = "TRIGGER",   [IW_OBJECT_SCHEMA] = "DATABASE",
		[IW_OBJECT_DATABASE] = "DATABASE", [IW_OBJECT_EVENT] = "EVENT",
		[IW_OBJECT_TABLE] = "TABLE",	   [IW_OBJECT_OTHER] = NULL,
	};
	return kind < G_N_ELEMENTS(words) ? words[kind] : NULL;
}

static bool drop_object(struct writer *writer, const struct iw_operation *operation)
{
	const char *words = object_words(operation->object_kind);
	if (words == NULL)
		return false;
	g_string_append_printf(writer->out, "DROP %s ", words);
	add_if_exists(writer, operation);
	iw_mysql_write_name(writer, operation->name);
	return true;
}

static void drop_trigger(struct writer *writer, const struct iw_operation *operation)
{
	add(writer, "DROP TRIGGER ");
	add_if_exists(writer, operation);
	iw_mysql_write_name(writer, (struct iw_name){operation->name.schema, operation->member});
}

static void create_view(struct writer *writer, const struct iw_operation *operation)
{
	const struct iw_table *view = operation->table;
	add(writer, operation->flags & IW_REPLACE ? "CREATE OR REPLACE VIEW " : "CREATE VIEW ");
	add(writer, operation->flags & IW_IF_NOT_EXISTS ? "IF NOT EXISTS " : "");
	iw_mysql_write_name(writer, operation->name);
	for (guint i = 0; view->columns != NULL && i < view->columns->len; i++) {
		add(writer, i == 0 ? " (" : ", ");
		iw_mysql_write_quoted(writer, ((const struct iw_column *)view->columns->pdata[i])->name);
		add(writer, i + 1 == view->columns->len ? ")" : "");
	}
	g_string_append_printf(writer->out, " AS %s", view->definition);
}

static void sequence(struct writer *writer, const struct iw_operation *operation)
{
	g_string_append_printf(writer->out, "%s %s%s%s", operation->kind == IW_OP_CREATE_SEQUENCE ? "CREATE" : "ALTER",
			       operation->flags & IW_REPLACE ? "OR REPLACE " : "",
			       operation->flags & IW_TEMPORARY ? "TEMPORARY " : "", "SEQUENCE ");
	add_if_exists(writer, operation);
	add(writer, operation->flags & IW_IF_NOT_EXISTS ? "IF NOT EXISTS " : "");
	iw_mysql_write_name(writer, operation->name);
	if (operation->sequence != NULL && operation->sequence->options != NULL)
		g_string_append_printf(writer->out, " %s", operation->sequence->options);
}

static void maintenance(struct writer *writer, const struct iw_operation *operation)
{
	g_autofree char *verb = g_ascii_strup(operation->text != NULL ? operation->text : "ANALYZE", -1);
	g_string_append_printf(writer->out, "%s TABLE ", verb);
	iw_mysql_write_name(writer, operation->name);
	add_wait(writer, operation);
}

static void lock_table(struct writer *writer, const struct iw_operation *operation)
{
	if (operation->name.name == NULL) {
		add(writer, strcmp(operation->text, "UNLOCK") == 0 ? "UNLOCK TABLES" : "FLUSH TABLES WITH READ LOCK");
		return;
	}
	add(writer, "LOCK TABLES ");
	iw_mysql_write_name(writer, operation->name);
	g_string_append_printf(writer->out, " %s", operation->text);
}

/* Its own text, as far as one statement stands for one operation. */
static void own_text(struct writer *writer, const struct iw_operation *operation)
{
	const struct iw_statement *statement = operation->statement;
	if (operation->definition != NULL) {
		add(writer, operation->definition);
	} else if (statement != NULL && operation->kind == IW_OP_SET && statement->operations->len > 1 &&
		   operation->place.source != NULL) {
		add(writer, "SET ");
		g_string_append_len(writer->out, operation->place.source->text + operation->place.offset,
				    (gssize)operation->place.length);
	} else if (statement != NULL) {
		g_string_append_len(writer->out, statement->text, (gssize)statement->length);
	}
}

static void statement(struct writer *writer, const struct iw_operation *operation)
{
	switch (operation->kind) {
	case IW_OP_CREATE_TABLE:
		iw_mysql_write_table(writer, operation);
		return;
	case IW_OP_DROP_TABLE:
		drop_table(writer, operation);
		return;
	case IW_OP_CREATE_INDEX:
		replace_index(writer, operation);
		return;
	case IW_OP_CREATE_SEQUENCE:
	case IW_OP_ALTER_SEQUENCE:
		sequence(writer, operation);
		return;
	case IW_OP_DROP_OBJECT:
		if (!drop_object(writer, operation))
			own_text(writer, operation);
		return;
	case IW_OP_DROP_TRIGGER:
		drop_trigger(writer, operation);
		return;
	case IW_OP_CREATE_VIEW:
		if (operation->definition != NULL)
			own_text(writer, operation);
		else
			create_view(writer, operation);
		return;
	case IW_OP_TRUNCATE:
		add(writer, "TRUNCATE TABLE ");
		iw_mysql_write_name(writer, operation->name);
		add_wait(writer, operation);
		return;
	case IW_OP_ANALYZE:
	case IW_OP_REBUILD_TABLE:
		maintenance(writer, operation);
		return;
	case IW_OP_LOCK_TABLE:
		if (operation->statement != NULL && operation->statement->operations->len == 1)
			own_text(writer, operation);
		else
			lock_table(writer, operation);
		return;
	default:
		own_text(writer, operation);
	}
}

/* ALTER TABLE IF EXISTS; RENAME TABLE IF EXISTS is about the table as well. */
static bool allows_no_table(const struct iw_operation *operation)
{
	return (operation->flags & IW_TABLE_IF_EXISTS) != 0 ||
	       (operation->kind == IW_OP_RENAME_TABLE && (operation->flags & IW_IF_EXISTS) != 0);
}

static void alter_table(struct writer *writer, const struct iw_operation *operation)
{
	add(writer, allows_no_table(operation) ? "ALTER TABLE IF EXISTS " : "ALTER TABLE ");
	iw_mysql_write_name(writer, operation->name);
	add_wait(writer, operation);
	add(writer, " ");
}

/* The author's own ALGORITHM and LOCK stay. */
static void add_algorithm(struct writer *writer, const struct iw_operation *operation)
{
	const struct iw_statement *of = operation->statement;
	if (of == NULL || operation->kind == IW_OP_ALTER_PARTITIONS)
		return;
	g_autofree char *algorithm = of->algorithm != NULL ? g_ascii_strup(of->algorithm, -1) : NULL;
	g_autofree char *lock = of->lock != NULL ? g_ascii_strup(of->lock, -1) : NULL;
	if (algorithm != NULL)
		g_string_append_printf(writer->out, ", ALGORITHM=%s", algorithm);
	if (lock != NULL)
		g_string_append_printf(writer->out, ", LOCK=%s", lock);
}

const char *iw_mysql_render(iw_arena *arena, struct iw_engine engine, const struct iw_operation *operation)
{
	g_autoptr(GString) out = g_string_new(NULL);
	struct writer writer = {out, arena, engine};
	clause_writer *clause = clause_of(operation);
	if (clause != NULL) {
		alter_table(&writer, operation);
		clause(&writer, operation);
		add_algorithm(&writer, operation);
		g_strchomp(out->str);
		return iw_arena_strdup(arena, out->str);
	}
	statement(&writer, operation);
	return iw_arena_strndup(arena, out->str, out->len);
}

/* ---- merging ---- */

static bool is_same_table(struct iw_name a, struct iw_name b)
{
	return g_strcmp0(a.name, b.name) == 0 && g_strcmp0(a.schema, b.schema) == 0;
}

static bool may_share(const struct iw_operation *operation)
{
	return clause_of(operation) != NULL && operation->kind != IW_OP_ALTER_PARTITIONS &&
	       operation->kind != IW_OP_ALTER_OBJECT;
}

static bool names(const struct iw_operation *operation, const char *name)
{
	if (name == NULL)
		return false;
	const char *own[] = {operation->member, operation->new_name.name,
			     operation->column != NULL ? operation->column->name : NULL};
	for (size_t i = 0; i < G_N_ELEMENTS(own); i++)
		if (own[i] != NULL && g_ascii_strcasecmp(own[i], name) == 0)
			return true;
	return false;
}

static bool uses(const struct iw_operation *operation, const struct iw_operation *earlier)
{
	const GPtrArray *keys = operation->index != NULL ? operation->index->keys : NULL, *columns = NULL;
	if (operation->constraint != NULL) {
		keys = operation->constraint->keys;
		columns = operation->constraint->columns;
	}
	for (guint i = 0; keys != NULL && i < keys->len; i++) {
		const struct iw_key *key = keys->pdata[i];
		if (key->column == NULL || names(earlier, key->column))
			return true;
	}
	for (guint i = 0; columns != NULL && i < columns->len; i++)
		if (names(earlier, columns->pdata[i]))
			return true;
	return operation->column != NULL && names(earlier, operation->column->position);
}

/* What stands once in a statement, for all of its clauses. */
static bool is_said_alike(const struct iw_operation *a, const struct iw_operation *b)
{
	static const struct iw_statement nothing;
	const struct iw_statement *left = a->statement != NULL ? a->statement : &nothing;
	const struct iw_statement *right = b->statement != NULL ? b->statement : &nothing;
	return allows_no_table(a) == allows_no_table(b) && g_strcmp0(left->algorithm, right->algorithm) == 0 &&
	       g_strcmp0(left->lock, right->lock) == 0 && g_strcmp0(left->wait, right->wait) == 0;
}

/* One ALTER TABLE sees the table as it was before it: what an earlier clause made or renamed, a later one cannot
 * always name. A statement of the author's is put together again as it was. */
static bool may_follow(const struct iw_operation *operation, const struct iw_operation *earlier)
{
	if (operation->statement != NULL && operation->statement == earlier->statement)
		return true;
	if (operation->kind == IW_OP_RENAME_TABLE || earlier->kind == IW_OP_RENAME_TABLE ||
	    operation->kind == IW_OP_CONVERT_CHARSET || earlier->kind == IW_OP_CONVERT_CHARSET)
		return false;
	if (!is_said_alike(operation, earlier))
		return false;
	bool has_expression = operation->expression != NULL ||
			      (operation->constraint != NULL && operation->constraint->check != NULL) ||
			      (operation->column != NULL && operation->column->generation != NULL);
	return !has_expression && !names(earlier, operation->member) && !names(earlier, operation->new_name.name) &&
	       !(operation->column != NULL && names(earlier, operation->column->name)) && !uses(operation, earlier);
}

static bool joins(const GPtrArray *operations, guint first, guint next)
{
	const struct iw_operation *operation = operations->pdata[next], *begin = operations->pdata[first];
	if (!may_share(begin) || !may_share(operation) || !is_same_table(begin->name, operation->name))
		return false;
	for (guint i = first; i < next; i++)
		if (!may_follow(operation, operations->pdata[i]))
			return false;
	return true;
}

static const char *merged(iw_arena *arena, struct iw_engine engine, const GPtrArray *operations, guint first, guint end)
{
	g_autoptr(GString) out = g_string_new(NULL);
	struct writer writer = {out, arena, engine};
	const struct iw_operation *begin = operations->pdata[first];
	alter_table(&writer, begin);
	for (guint i = first; i < end; i++) {
		const struct iw_operation *operation = operations->pdata[i];
		g_string_append(out, i > first ? ", " : "");
		clause_of(operation)(&writer, operation);
	}
	add_algorithm(&writer, begin);
	return iw_arena_strndup(arena, out->str, out->len);
}

/* Operations of one statement that no clause stands for are its text, once. */
static bool shares_text(const struct iw_operation *operation, const struct iw_operation *earlier)
{
	return operation->kind == IW_OP_DELETE && earlier->kind == IW_OP_DELETE && operation->statement != NULL &&
	       operation->statement == earlier->statement;
}

GPtrArray *iw_mysql_render_all(iw_arena *arena, struct iw_engine engine, GPtrArray *operations)
{
	GPtrArray *texts = iw_arena_ptr_array(arena);
	for (guint first = 0, end; first < operations->len; first = end) {
		end = first + 1;
		while (end < operations->len && joins(operations, first, end))
			end++;
		const struct iw_operation *begin = operations->pdata[first];
		if (first > 0 && shares_text(begin, operations->pdata[first - 1]))
			continue;
		const char *text = end > first + 1 ? merged(arena, engine, operations, first, end)
						   : iw_mysql_render(arena, engine, begin);
		g_ptr_array_add(texts, (char *)text);
	}
	return texts;
}
