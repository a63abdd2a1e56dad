/*
 * batch_alter_table(): plain directives where the engine can do them, and on SQLite a new table in place of the old
 * one, as alembic/operations/batch.py makes it of what reflection says. Constraints come in the order in which they
 * were reflected; Alembic's own order of them is that of a set.
 */
#include "framework/alembic/batch.h"

#include <string.h>

/* A column that is added brings constraints that SQLite wants in a new table. */
static bool brings_constraint(struct run *run, const struct directive *directive)
{
	struct iw_py_value *value = iw_alembic_given(directive, 1, 0, "column");
	if (value == NULL)
		return false;
	const char *problem = run->sa.problem;
	const struct iw_sa_column *column = iw_sa_column(&run->sa, value);
	run->sa.problem = problem;
	bool is_expression = column->server_default != NULL && iw_sa_is_expression(&run->sa, column->server_default);
	bool is_stored = column->computed != NULL &&
			 iw_sa_truth(&run->sa, iw_sa_given(column->computed, 1, "persisted"), 0) == 1;
	bool is_checked = column->type != NULL && column->type->creates_constraint;
	return is_expression || is_stored || is_checked || column->foreign_keys->len > 0 ||
	       (column->is_unique && !column->has_index);
}

/* By the first `count` directives. */
static bool wants_new_table(struct run *run, const struct batch *batch, guint count)
{
	const char *recreate = iw_sa_text(&run->sa, iw_sa_given(batch->call, 2, "recreate"));
	if (recreate != NULL && strcmp(recreate, "auto") != 0)
		return strcmp(recreate, "always") == 0;
	for (guint i = 0; run->sa.engine.dialect == IW_SQLITE && i < count; i++) {
		const struct directive *directive = batch->directives->pdata[i];
		bool is_index =
			strcmp(directive->name, "create_index") == 0 || strcmp(directive->name, "drop_index") == 0;
		bool is_column = strcmp(directive->name, "add_column") == 0 && !brings_constraint(run, directive);
		if (!is_index && !is_column)
			return true;
	}
	return false;
}

/* Alembic decides when it reads the line. */
static void check_order(struct run *run, const struct batch *batch, guint index)
{
	const struct directive *directive = batch->directives->pdata[index];
	bool is_placed = iw_sa_given(directive->call, -1, "insert_before") != NULL ||
			 iw_sa_given(directive->call, -1, "insert_after") != NULL;
	if (is_placed && !wants_new_table(run, batch, index))
		iw_sa_fail(&run->sa, "Alembic wants recreate=\"always\" with insert_before and insert_after");
}

static void settle_one(struct run *run, const char *name)
{
	if (run->sa.problem == NULL)
		return;
	g_autofree char *why = g_strdup_printf("%s(): %s", name, run->sa.problem);
	iw_made_foreign(run->made, run->place, why);
	run->sa.problem = NULL;
}

/* Execution of directives one by one. */
static void run_plainly(struct run *run, const struct batch *batch)
{
	for (guint i = 0; i < batch->directives->len; i++) {
		const struct directive *directive = batch->directives->pdata[i];
		run->place = directive->place;
		check_order(run, batch, i);
		if (!iw_alembic_directive(run, directive))
			iw_sa_fail(&run->sa, "there is no such directive");
		settle_one(run, directive->name);
	}
}

/* the new table ---------------------------------------------------------------------------------------------------- */

static struct iw_batch_column *find(const struct iw_batch_table *table, const char *key)
{
	for (guint i = 0; key != NULL && i < table->columns->len; i++) {
		struct iw_batch_column *column = table->columns->pdata[i];
		if (strcmp(column->key, key) == 0)
			return column;
	}
	return NULL;
}

static struct iw_batch_column *wanted_column(struct run *run, const struct iw_batch_table *table, const char *key)
{
	struct iw_batch_column *column = find(table, key);
	if (column == NULL)
		iw_sa_fail(&run->sa, "table \"%s\" has no column \"%s\" by replay", table->name,
			   key == NULL ? "" : key);
	return column;
}

static struct iw_sa_constraint *find_constraint(const struct iw_batch_table *table, const char *name)
{
	for (guint i = 0; name != NULL && i < table->constraints->len; i++) {
		struct iw_sa_constraint *constraint = table->constraints->pdata[i];
		if (constraint->name.text != NULL && strcmp(constraint->name.text, name) == 0)
			return constraint;
	}
	return NULL;
}

static void add_constraint(struct run *run, struct iw_batch_table *table, struct iw_sa_constraint *constraint)
{
	constraint->name = iw_sa_constraint_name(&run->sa, constraint, table->schema, table->name);
	if (constraint->name.text == NULL) {
		iw_sa_fail(&run->sa, "Alembic wants a name for the constraint");
		return;
	}
	if (constraint->kind == IW_SA_PRIMARY)
		for (guint i = table->constraints->len; i-- > 0;) {
			const struct iw_sa_constraint *other = table->constraints->pdata[i];
			if (other->kind == IW_SA_PRIMARY)
				g_ptr_array_remove_index(table->constraints, i);
		}
	struct iw_sa_constraint *same = find_constraint(table, constraint->name.text);
	if (same != NULL)
		g_ptr_array_remove(table->constraints, same);
	constraint->name.is_final = true;
	g_ptr_array_add(table->constraints, constraint);
}

static void drop_constraint(struct run *run, struct iw_batch_table *table, const struct directive *directive)
{
	struct iw_sa_constraint *wanted = iw_alembic_dropped_constraint(run, directive);
	struct iw_sa_name name = iw_sa_constraint_name(&run->sa, wanted, table->schema, table->name);
	struct iw_sa_constraint *constraint = find_constraint(table, name.text);
	if (constraint == NULL) {
		iw_sa_fail(&run->sa, "table \"%s\" has no constraint \"%s\" by replay", table->name,
			   name.text == NULL ? "" : name.text);
		return;
	}
	g_ptr_array_remove(table->constraints, constraint);
}

/* Where the column goes: before or after another, else last. */
static guint place_of(struct run *run, const struct iw_batch_table *table, const struct directive *directive)
{
	const char *before = iw_sa_text(&run->sa, iw_sa_given(directive->call, -1, "insert_before"));
	const char *after = iw_sa_text(&run->sa, iw_sa_given(directive->call, -1, "insert_after"));
	struct iw_batch_column *other =
		before == NULL && after == NULL ? NULL : wanted_column(run, table, before != NULL ? before : after);
	guint at = 0;
	if (other == NULL || !g_ptr_array_find(table->columns, other, &at))
		return table->columns->len;
	return before != NULL ? at : at + 1;
}

static void add_column(struct run *run, struct iw_batch_table *table, const struct directive *directive)
{
	struct iw_py_value *value = iw_alembic_given(directive, 1, 0, "column");
	if (value == NULL)
		return;
	struct iw_sa_column *column = iw_sa_column(&run->sa, value);
	if (column->name == NULL || run->sa.problem != NULL)
		return;
	const struct iw_sa_table *with = iw_alembic_table_with(run, table->schema, table->name, column);
	struct iw_batch_column *added = iw_new(run->sa.arena, struct iw_batch_column);
	*added = (struct iw_batch_column){.key = column->name, .column = column};
	g_ptr_array_insert(table->columns, (gint)place_of(run, table, directive), added);
	for (guint i = 0; i < with->constraints->len; i++)
		add_constraint(run, table, with->constraints->pdata[i]);
	for (guint i = 0; i < with->indexes->len; i++)
		g_ptr_array_add(table->new_indexes, with->indexes->pdata[i]);
	column->foreign_keys = iw_arena_ptr_array(run->sa.arena);
	column->comment = NULL;
}

static void drop_column(struct run *run, struct iw_batch_table *table, const struct directive *directive)
{
	const char *name = iw_sa_text(&run->sa, iw_alembic_given(directive, 1, 0, "column_name"));
	struct iw_batch_column *column = wanted_column(run, table, name);
	if (column != NULL)
		g_ptr_array_remove(table->columns, column);
	for (guint i = 0; i < table->constraints->len; i++) {
		struct iw_sa_constraint *constraint = table->constraints->pdata[i];
		guint at = 0;
		if (constraint->kind == IW_SA_PRIMARY &&
		    g_ptr_array_find_with_equal_func(constraint->columns, name, g_str_equal, &at))
			g_ptr_array_remove_index(constraint->columns, at);
	}
}

/* The CHECK of a Boolean or an enumeration. */
static void alter_checks(struct run *run, struct iw_batch_table *table, const char *name, struct iw_py_value *type,
			 bool adds)
{
	const struct iw_sa_type *known = iw_sa_type(&run->sa, type);
	if (!known->creates_constraint)
		return;
	struct iw_sa_column *column = iw_new(run->sa.arena, struct iw_sa_column);
	*column = (struct iw_sa_column){.name = name, .type = known, .nullable = 1};
	column->foreign_keys = iw_arena_ptr_array(run->sa.arena);
	column->checks = iw_arena_ptr_array(run->sa.arena);
	struct iw_sa_table *with = iw_alembic_table_with(run, table->schema, table->name, column);
	for (guint i = 0; i < with->constraints->len; i++) {
		struct iw_sa_constraint *check = with->constraints->pdata[i];
		if (adds) {
			add_constraint(run, table, check);
			continue;
		}
		struct iw_sa_name check_name = iw_sa_constraint_name(&run->sa, check, table->schema, table->name);
		struct iw_sa_constraint *old = find_constraint(table, check_name.text);
		if (old != NULL)
			g_ptr_array_remove(table->constraints, old);
	}
}

static void alter_type(struct run *run, struct iw_batch_table *table, struct iw_batch_column *column,
		       const struct directive *directive, struct iw_py_value *type)
{
	struct iw_py_value *existing = iw_alembic_given(directive, 7, 6, "existing_type");
	if (existing != NULL)
		alter_checks(run, table, column->column->name, existing, false);
	const struct iw_sa_type *wanted = iw_sa_type(&run->sa, type);
	if (wanted->affinity != column->column->type->affinity && wanted->affinity != IW_SA_JSON)
		column->cast = wanted;
	struct iw_sa_type *plain = iw_new(run->sa.arena, struct iw_sa_type);
	*plain = *wanted;
	plain->creates_constraint = false;
	column->column->type = plain;
	alter_checks(run, table, column->column->name, type, true);
}

static void alter_column(struct run *run, struct iw_batch_table *table, const struct directive *directive)
{
	struct iw_sa *sa = &run->sa;
	const char *name = iw_sa_text(sa, iw_alembic_given(directive, 1, 0, "column_name"));
	struct iw_batch_column *column = wanted_column(run, table, name);
	if (column == NULL)
		return;
	int nullable = iw_sa_truth(sa, iw_alembic_given(directive, 2, 1, "nullable"), -1);
	struct iw_py_value *value = iw_alembic_argument(directive, 4, 3, "server_default");
	struct iw_py_value *type = iw_alembic_given(directive, 6, 5, "type_");
	const char *new_name = iw_sa_text(sa, iw_alembic_given(directive, 5, 4, "new_column_name"));
	if (type != NULL)
		alter_type(run, table, column, directive, type);
	if (new_name != NULL)
		column->column->name = new_name;
	if (nullable >= 0)
		column->column->nullable = nullable;
	bool is_given = value != NULL && !(value->kind == IW_PY_BOOLEAN && !value->boolean);
	if (is_given && !iw_sa_unknown(sa, value)) {
		column->column->default_text = NULL;
		column->column->server_default = value->kind == IW_PY_NONE ? NULL : value;
	}
}

static void drop_index(struct run *run, struct iw_batch_table *table, const struct directive *directive)
{
	struct iw_sa_index wanted = {.name = iw_sa_name(&run->sa, iw_alembic_given(directive, 0, 0, "index_name"))};
	const char *name = iw_sa_index_name(&run->sa, &wanted, table->schema, table->name).text;
	for (guint i = 0; name != NULL && i < table->indexes->len; i++) {
		const struct iw_sa_index *index = table->indexes->pdata[i];
		if (index->name.text == NULL || strcmp(index->name.text, name) != 0)
			continue;
		g_ptr_array_remove_index(table->indexes, i);
		return;
	}
	iw_sa_fail(&run->sa, "table \"%s\" has no index \"%s\" by replay", table->name, name == NULL ? "" : name);
}

static void apply(struct run *run, struct iw_batch_table *table, const struct directive *directive)
{
	const char *name = directive->name;
	if (strcmp(name, "add_column") == 0)
		add_column(run, table, directive);
	else if (strcmp(name, "drop_column") == 0)
		drop_column(run, table, directive);
	else if (strcmp(name, "alter_column") == 0)
		alter_column(run, table, directive);
	else if (strcmp(name, "drop_constraint") == 0)
		drop_constraint(run, table, directive);
	else if (strcmp(name, "create_index") == 0)
		g_ptr_array_add(table->new_indexes, iw_alembic_new_index(run, directive));
	else if (strcmp(name, "drop_index") == 0)
		drop_index(run, table, directive);
	else if (g_str_has_prefix(name, "create_") && strstr(name, "comment") == NULL)
		add_constraint(run, table, iw_alembic_new_constraint(run, directive));
	else if (strstr(name, "table_comment") == NULL)
		iw_sa_fail(&run->sa, "there is no such directive");
}

/* text ------------------------------------------------------------------------------------------------------------- */

/* Keys of columns as they are called from now on; false: one of them is gone. */
static bool rename_all(const struct iw_batch_table *table, GPtrArray *names)
{
	for (guint i = 0; i < names->len; i++) {
		const struct iw_batch_column *column = find(table, names->pdata[i]);
		if (column == NULL)
			return false;
		names->pdata[i] = (gpointer)column->column->name;
	}
	return true;
}

static struct iw_sa_table *finished(struct run *run, struct iw_batch_table *table, const char *temporary)
{
	struct iw_sa *sa = &run->sa;
	struct iw_sa_table *made = iw_sa_table(sa, table->schema, temporary, iw_arena_ptr_array(sa->arena));
	made->primary = NULL;
	for (guint i = 0; i < table->columns->len; i++)
		g_ptr_array_add(made->columns, ((struct iw_batch_column *)table->columns->pdata[i])->column);
	for (guint i = 0; i < table->constraints->len; i++) {
		struct iw_sa_constraint *constraint = table->constraints->pdata[i];
		bool is_whole = constraint->kind == IW_SA_CHECK || rename_all(table, constraint->columns);
		if (!is_whole)
			continue;
		if (constraint->kind == IW_SA_PRIMARY)
			made->primary = constraint;
		else
			g_ptr_array_add(made->constraints, constraint);
	}
	if (made->primary == NULL)
		made->primary = iw_sa_constraint_new(sa, IW_SA_PRIMARY);
	return made;
}

static void emit_copy(struct run *run, const struct iw_batch_table *table, const char *from, const char *to)
{
	struct iw_sa *sa = &run->sa;
	GPtrArray *names = iw_arena_ptr_array(sa->arena), *values = iw_arena_ptr_array(sa->arena);
	for (guint i = 0; i < table->columns->len; i++) {
		const struct iw_batch_column *column = table->columns->pdata[i];
		if (!column->is_old)
			continue;
		const char *old = iw_sa_quote(sa, column->key);
		const char *value = iw_arena_printf(sa->arena, "%s.%s", from, old);
		if (column->cast != NULL)
			value = iw_arena_printf(sa->arena, "CAST(%s AS %s) AS %s", value,
						iw_sa_type_text(sa, column->cast), old);
		g_ptr_array_add(names, (gpointer)iw_sa_quote(sa, column->column->name));
		g_ptr_array_add(values, (gpointer)value);
	}
	iw_alembic_emit(run, "INSERT INTO %s (%s) SELECT %s FROM %s", to, iw_sa_join(sa, names, ", "),
			iw_sa_join(sa, values, ", "), from);
}

/* Indexes of the old table, by the new names of their columns. */
static void emit_indexes(struct run *run, const struct iw_batch_table *table)
{
	for (guint i = 0; i < table->indexes->len; i++) {
		struct iw_sa_index *index = table->indexes->pdata[i];
		index->table = table->name;
		index->schema = table->schema;
		for (guint j = 0; j < index->keys->len; j++) {
			const struct iw_py_value *key = index->keys->pdata[j];
			const struct iw_batch_column *column =
				key->kind == IW_PY_STRING ? find(table, key->text) : NULL;
			if (column == NULL && key->kind == IW_PY_STRING)
				iw_sa_fail(&run->sa, "index \"%s\" holds a column that is dropped", index->name.text);
			else if (column != NULL)
				index->keys->pdata[j] = iw_py_new_string(run->sa.python, column->column->name);
		}
		iw_alembic_emit_text(run, iw_sa_create_index(&run->sa, index));
	}
	for (guint i = 0; i < table->new_indexes->len; i++)
		iw_alembic_emit_text(run, iw_sa_create_index(&run->sa, table->new_indexes->pdata[i]));
}

static void emit_new_table(struct run *run, struct iw_batch_table *table)
{
	struct iw_sa *sa = &run->sa;
	g_autofree char *cut = g_strdup_printf("_alembic_tmp_%s", table->name);
	const char *temporary = iw_arena_strndup(sa->arena, cut, MIN(strlen(cut), 50));
	const char *from = iw_sa_table_name(sa, table->schema, table->name);
	const char *to = iw_sa_table_name(sa, table->schema, temporary);
	iw_alembic_emit_text(run, iw_sa_create_table(sa, finished(run, table, temporary)));
	emit_copy(run, table, from, to);
	iw_alembic_emit(run, "DROP TABLE %s", from);
	iw_alembic_emit(run, "ALTER TABLE %s RENAME TO %s", to, iw_sa_quote(sa, table->name));
	emit_indexes(run, table);
}

void iw_alembic_flush_batch(struct run *run, const struct batch *batch)
{
	if (!wants_new_table(run, batch, batch->directives->len)) {
		run_plainly(run, batch);
		return;
	}
	if (run->sa.engine.dialect != IW_SQLITE) {
		iw_sa_fail(&run->sa, "recreate=\"always\" makes a new table of what the live catalogue says");
		return;
	}
	struct iw_batch_table *table = iw_alembic_batch_table(run, batch);
	const guint count = iw_made_count(run->made);
	struct iw_place place = run->place;
	for (guint i = 0; table != NULL && i < batch->directives->len && run->sa.problem == NULL; i++) {
		const struct directive *directive = batch->directives->pdata[i];
		run->place = directive->place;
		check_order(run, batch, i);
		apply(run, table, directive);
	}
	if (run->sa.problem == NULL && table != NULL)
		emit_new_table(run, table);
	if (run->sa.problem == NULL || iw_made_count(run->made) == count)
		run->place = place;
}
