/*
 * A table of SQLite as SQLAlchemy's reflection sees it, out of the replayed catalogue; see batch.h. From
 * sqlalchemy/dialects/sqlite/base.py and alembic/ddl/sqlite.py. What reflection does not see is lost when the table is
 * made anew, and said.
 */
#include "framework/alembic/batch.h"

#include <string.h>

static const struct {
	const char *name, *text;
	enum iw_sa_affinity affinity;
	int arguments; /* as many as are kept */
} types[] = {
	{"BIGINT", "BIGINT", IW_SA_INTEGER, 0},
	{"BLOB", "BLOB", IW_SA_BINARY, 0},
	{"BOOL", "BOOLEAN", IW_SA_BOOLEAN, 0},
	{"BOOLEAN", "BOOLEAN", IW_SA_BOOLEAN, 0},
	{"CHAR", "CHAR", IW_SA_STRING, 1},
	{"DATE", "DATE", IW_SA_DATE, 0},
	{"DATETIME", "DATETIME", IW_SA_DATETIME, 0},
	{"DECIMAL", "DECIMAL", IW_SA_NUMERIC, 2},
	{"DOUBLE", "DOUBLE", IW_SA_NUMERIC, 0},
	{"DOUBLE_PRECISION", "DOUBLE PRECISION", IW_SA_NUMERIC, 0},
	{"FLOAT", "FLOAT", IW_SA_NUMERIC, 0},
	{"INT", "INTEGER", IW_SA_INTEGER, 0},
	{"INTEGER", "INTEGER", IW_SA_INTEGER, 0},
	{"JSON", "JSON", IW_SA_JSON, 0},
	{"NUMERIC", "NUMERIC", IW_SA_NUMERIC, 2},
	{"NVARCHAR", "NVARCHAR", IW_SA_STRING, 1},
	{"REAL", "REAL", IW_SA_NUMERIC, 0},
	{"SMALLINT", "SMALLINT", IW_SA_INTEGER, 0},
	{"TEXT", "TEXT", IW_SA_STRING, 1},
	{"TIME", "TIME", IW_SA_TIME, 0},
	{"TIMESTAMP", "TIMESTAMP", IW_SA_DATETIME, 0},
	{"VARCHAR", "VARCHAR", IW_SA_STRING, 1},
};

/* SQLite's own rules of affinity, for names that are not known. */
static const struct iw_sa_type *by_affinity(struct iw_sa *sa, const char *name)
{
	static const struct {
		const char *part, *text;
		enum iw_sa_affinity affinity;
	} rules[] = {{"INT", "INTEGER", IW_SA_INTEGER}, {"CHAR", "TEXT", IW_SA_STRING},
		     {"CLOB", "TEXT", IW_SA_STRING},	{"TEXT", "TEXT", IW_SA_STRING},
		     {"REAL", "REAL", IW_SA_NUMERIC},	{"FLOA", "REAL", IW_SA_NUMERIC},
		     {"DOUB", "REAL", IW_SA_NUMERIC}};
	for (guint i = 0; i < G_N_ELEMENTS(rules); i++)
		if (strstr(name, rules[i].part) != NULL)
			return iw_sa_type_of_text(sa, rules[i].text, rules[i].affinity);
	if (strstr(name, "BLOB") != NULL || *name == '\0')
		return iw_sa_fail(sa, "a column without a type cannot be made anew"),
		       iw_sa_type_of_text(sa, "", IW_SA_NO_AFFINITY);
	return iw_sa_type_of_text(sa, "NUMERIC", IW_SA_NUMERIC);
}

static const struct iw_sa_type *type_of(struct iw_sa *sa, const char *declared)
{
	g_autofree char *upper = g_ascii_strup(declared == NULL ? "" : declared, -1);
	char *open = strchr(upper, '(');
	int numbers[2] = {-1, -1}, count = 0;
	for (char *at = open; at != NULL && *at != '\0' && *at != ')' && count < 2;) {
		if (g_ascii_isdigit(*at))
			numbers[count++] = (int)strtol(at, &at, 10);
		else
			at++;
	}
	if (open != NULL)
		*open = '\0';
	const char *name = g_strstrip(upper);
	for (guint i = 0; i < G_N_ELEMENTS(types); i++) {
		if (strcmp(types[i].name, name) != 0)
			continue;
		const char *text = types[i].text;
		if (count >= 2 && types[i].arguments == 2)
			text = iw_arena_printf(sa->arena, "%s(%d, %d)", text, numbers[0], numbers[1]);
		else if (count == 1 && types[i].arguments >= 1)
			text = iw_arena_printf(sa->arena, "%s(%d)", text, numbers[0]);
		return iw_sa_type_of_text(sa, text, types[i].affinity);
	}
	return by_affinity(sa, name);
}

/* One pair of parentheses around all of it. */
static bool is_enclosed(const char *text)
{
	int depth = 0;
	if (*text != '(')
		return false;
	for (const char *at = text; *at != '\0'; at++) {
		if (*at == '\'') {
			at = strchr(at + 1, '\'');
			if (at == NULL)
				return false;
		}
		depth += (*at == '(') - (*at == ')');
		if (depth == 0)
			return at[1] == '\0';
	}
	return false;
}

/* The catalogue keeps no parentheses; Alembic puts them around what is no single digit, string or parenthesis. */
static const char *default_of(struct iw_sa *sa, const struct iw_expression *expression)
{
	const char *text = expression->text;
	if (is_enclosed(text))
		text = iw_arena_strndup(sa->arena, text + 1, strlen(text) - 2);
	size_t length = strlen(text);
	bool is_digit = length == 1 && (g_ascii_isdigit(*text) || *text == '.');
	bool is_string = length > 2 && *text == '\'' && text[length - 1] == '\'';
	bool is_group = length > 2 && *text == '(' && text[length - 1] == ')';
	if (is_digit || is_string || is_group || length == 0)
		return text;
	return iw_arena_printf(sa->arena, "(%s)", text);
}

static void add_column(struct run *run, struct iw_batch_table *table, const struct iw_column *column)
{
	struct iw_sa *sa = &run->sa;
	struct iw_batch_column *made = iw_new(sa->arena, struct iw_batch_column);
	struct iw_sa_column *inner = iw_new(sa->arena, struct iw_sa_column);
	*inner = (struct iw_sa_column){.name = column->name,
				       .type = type_of(sa, column->type.text),
				       .nullable = !column->not_null,
				       .autoincrement = -1};
	inner->foreign_keys = iw_arena_ptr_array(sa->arena);
	inner->checks = iw_arena_ptr_array(sa->arena);
	if (column->default_value != NULL)
		inner->default_text = default_of(sa, column->default_value);
	if (column->generation != NULL)
		inner->computed_text = column->generation->text;
	*made = (struct iw_batch_column){.key = column->name, .column = inner, .is_old = true};
	g_ptr_array_add(table->columns, made);
}

static const char *action(enum iw_action action)
{
	static const char *const words[] = {[IW_RESTRICT] = "RESTRICT",
					    [IW_CASCADE] = "CASCADE",
					    [IW_SET_NULL] = "SET NULL",
					    [IW_SET_DEFAULT] = "SET DEFAULT"};
	return action == IW_NO_ACTION ? NULL : words[action];
}

static void add_constraint(struct run *run, struct iw_batch_table *table, const struct iw_constraint *constraint)
{
	static const enum iw_sa_kind kinds[] = {[IW_PRIMARY_KEY] = IW_SA_PRIMARY,
						[IW_UNIQUE] = IW_SA_UNIQUE,
						[IW_FOREIGN_KEY] = IW_SA_FOREIGN,
						[IW_CHECK] = IW_SA_CHECK};
	if (constraint->kind > IW_CHECK)
		return;
	if (constraint->kind == IW_CHECK && constraint->name == NULL) {
		iw_made_note(run->made, "a CHECK without a name is lost here, as Alembic loses it: %s",
			     constraint->check == NULL ? "" : constraint->check->text);
		return;
	}
	struct iw_sa_constraint *made = iw_sa_constraint_new(&run->sa, kinds[constraint->kind]);
	made->name = (struct iw_sa_name){.text = constraint->name, .is_final = true};
	for (guint i = 0; constraint->keys != NULL && i < constraint->keys->len; i++)
		g_ptr_array_add(made->columns, (gpointer)((struct iw_key *)constraint->keys->pdata[i])->column);
	for (guint i = 0; constraint->columns != NULL && i < constraint->columns->len; i++)
		g_ptr_array_add(made->columns, constraint->columns->pdata[i]);
	for (guint i = 0; constraint->referenced_columns != NULL && i < constraint->referenced_columns->len; i++)
		g_ptr_array_add(made->remote_columns, constraint->referenced_columns->pdata[i]);
	made->remote_table = constraint->references.name;
	made->remote_schema = table->schema;
	made->on_delete = action(constraint->on_delete);
	made->on_update = action(constraint->on_update);
	made->deferrable = constraint->is_deferrable ? 1 : -1;
	made->initially = constraint->is_initially_deferred ? "DEFERRED" : NULL;
	made->check = constraint->check == NULL ? NULL : constraint->check->text;
	g_ptr_array_add(table->constraints, made);
}

static void add_index(struct run *run, struct iw_batch_table *table, const struct iw_index *index)
{
	struct iw_sa_index *made = iw_new(run->sa.arena, struct iw_sa_index);
	made->name = (struct iw_sa_name){.text = index->name, .is_final = true};
	made->is_unique = index->is_unique;
	made->keys = iw_arena_ptr_array(run->sa.arena);
	made->where = index->where == NULL ? NULL : index->where->text;
	for (guint i = 0; i < index->keys->len; i++) {
		const struct iw_key *key = index->keys->pdata[i];
		if (key->column == NULL) {
			iw_made_note(run->made, "index %s of an expression is lost here, as Alembic loses it",
				     index->name);
			return;
		}
		g_ptr_array_add(made->keys, iw_py_new_string(run->sa.python, key->column));
	}
	g_ptr_array_add(table->indexes, made);
}

static struct iw_batch_table *reflected(struct run *run, struct iw_batch_table *table, const struct iw_table *from)
{
	for (guint i = 0; i < from->columns->len; i++)
		add_column(run, table, from->columns->pdata[i]);
	for (guint i = 0; i < from->constraints->len; i++)
		add_constraint(run, table, from->constraints->pdata[i]);
	for (guint i = 0; i < from->indexes->len; i++) {
		const struct iw_index *index = from->indexes->pdata[i];
		if (index->constraint == NULL && index->name != NULL)
			add_index(run, table, index);
	}
	for (guint i = 0; i < from->triggers->len; i++) {
		const struct iw_object *trigger = from->triggers->pdata[i];
		iw_made_note(run->made, "trigger %s is lost here, as Alembic loses it", trigger->name.name);
	}
	return table;
}

/* copy_from=Table(...) */
static struct iw_batch_table *written(struct run *run, struct iw_batch_table *table, const struct iw_py_value *call)
{
	GPtrArray *items = iw_arena_ptr_array(run->sa.arena);
	for (guint i = 2; i < call->items->len; i++)
		g_ptr_array_add(items, call->items->pdata[i]);
	struct iw_sa_table *from = iw_sa_table(&run->sa, table->schema, table->name, items);
	for (guint i = 0; i < from->columns->len; i++) {
		struct iw_sa_column *column = from->columns->pdata[i];
		struct iw_batch_column *made = iw_new(run->sa.arena, struct iw_batch_column);
		*made = (struct iw_batch_column){.key = column->name, .column = column, .is_old = true};
		column->foreign_keys = iw_arena_ptr_array(run->sa.arena);
		g_ptr_array_add(table->columns, made);
	}
	if (from->primary != NULL && from->primary->columns->len > 0)
		g_ptr_array_add(table->constraints, from->primary);
	for (guint i = 0; i < from->constraints->len; i++)
		g_ptr_array_add(table->constraints, from->constraints->pdata[i]);
	for (guint i = 0; i < from->indexes->len; i++)
		g_ptr_array_add(table->indexes, from->indexes->pdata[i]);
	return table;
}

/* Constraints that have no name get one by the convention of the call; those that have keep it. */
static void name_constraints(struct run *run, struct iw_batch_table *table, struct iw_py_value *conventions)
{
	struct iw_py_value *before = run->sa.conventions;
	run->sa.conventions = conventions;
	for (guint i = 0; i < table->constraints->len; i++) {
		struct iw_sa_constraint *constraint = table->constraints->pdata[i];
		if (constraint->name.text == NULL)
			constraint->name = iw_sa_constraint_name(&run->sa, constraint, table->schema, table->name);
	}
	run->sa.conventions = before;
}

struct iw_batch_table *iw_alembic_batch_table(struct run *run, const struct batch *batch)
{
	struct iw_sa *sa = &run->sa;
	struct iw_batch_table *table = iw_new(sa->arena, struct iw_batch_table);
	*table = (struct iw_batch_table){.schema = batch->schema, .name = batch->table};
	GPtrArray **arrays[] = {&table->columns, &table->constraints, &table->indexes, &table->new_indexes};
	for (guint i = 0; i < G_N_ELEMENTS(arrays); i++)
		*arrays[i] = iw_arena_ptr_array(sa->arena);
	const struct iw_py_value *copy = iw_sa_given(batch->call, -1, "copy_from");
	struct iw_py_value *extra = iw_sa_given(batch->call, -1, "table_args");
	struct iw_py_value *conventions = iw_sa_given(batch->call, -1, "naming_convention");
	static const char *const refused[] = {"reflect_args", "table_kwargs", "partial_reordering", "reflect_kwargs"};
	for (guint i = 0; i < G_N_ELEMENTS(refused); i++)
		if (iw_sa_given(batch->call, -1, refused[i]) != NULL)
			return iw_sa_fail(sa, "%s is not known", refused[i]);
	if (copy != NULL && iw_sa_is(sa, copy, "Table")) {
		written(run, table, copy);
	} else {
		const iw_schema *schema = iw_alembic_schema(run);
		const struct iw_name name = {.schema = batch->schema, .name = batch->table};
		const struct iw_table *from = schema == NULL ? NULL : iw_schema_find_table(schema, name);
		if (from == NULL || from->is_opaque)
			return iw_sa_fail(sa, "a new table in place of \"%s\", which no migration made", batch->table);
		reflected(run, table, from);
	}
	if (conventions != NULL)
		name_constraints(run, table, conventions);
	for (guint i = 0; extra != NULL && extra->kind == IW_PY_TUPLE && i < extra->items->len; i++) {
		struct iw_sa_constraint *constraint = iw_sa_constraint(sa, extra->items->pdata[i]);
		if (constraint != NULL)
			g_ptr_array_add(table->constraints, constraint);
	}
	return table;
}
