/* alter_column(): one statement for each thing that changes on PostgreSQL, one for all of them on MySQL; see render.h,
 * alembic/ddl/{impl,postgresql,mysql}.py. */
#include "framework/alembic/render.h"

#include <string.h>

struct alteration {
	const char *schema, *table, *column; /* as in the call */
	const char *of;			     /* ALTER TABLE t */
	struct iw_py_value *type, *existing_type, *using;
	struct iw_py_value *server_default, *existing_default; /* NULL: not given; NONE is a value */
	struct iw_py_value *comment, *existing_comment;
	const char *new_name;
	int nullable, existing_nullable;	   /* -1: not given */
	int autoincrement, existing_autoincrement; /* -1: not given */
};

/* False counts as not given: it is what Alembic's own defaults are. */
static struct iw_py_value *unless_false(struct iw_py_value *value)
{
	return value == NULL || (value->kind == IW_PY_BOOLEAN && !value->boolean) ? NULL : value;
}

static void read_alteration(struct run *run, const struct directive *directive, struct alteration *to)
{
	struct iw_sa *sa = &run->sa;
	const struct iw_py_value *call = directive->call;
	to->schema = iw_alembic_schema_of(run, directive, -1);
	to->table = iw_alembic_table_of(run, directive, 0, "table_name");
	to->column = iw_sa_text(sa, iw_alembic_given(directive, 1, 0, "column_name"));
	if (to->column == NULL)
		iw_sa_fail(sa, "there is no column name");
	to->of = iw_arena_printf(sa->arena, "ALTER TABLE %s", iw_sa_table_name(sa, to->schema, to->table));
	to->nullable = iw_sa_truth(sa, iw_alembic_given(directive, 2, 1, "nullable"), -1);
	to->comment = unless_false(iw_alembic_argument(directive, 3, 2, "comment"));
	to->server_default = unless_false(iw_alembic_argument(directive, 4, 3, "server_default"));
	to->new_name = iw_sa_text(sa, iw_alembic_given(directive, 5, 4, "new_column_name"));
	if (to->new_name == NULL)
		to->new_name = iw_sa_text(sa, iw_sa_given(call, -1, "name"));
	to->type = iw_alembic_given(directive, 6, 5, "type_");
	to->existing_type = iw_alembic_given(directive, 7, 6, "existing_type");
	to->existing_default = unless_false(iw_alembic_argument(directive, 8, 7, "existing_server_default"));
	to->existing_nullable = iw_sa_truth(sa, iw_alembic_given(directive, 9, 8, "existing_nullable"), -1);
	to->existing_comment = iw_sa_given(call, -1, "existing_comment");
	to->autoincrement = iw_sa_truth(sa, iw_sa_given(call, -1, "autoincrement"), -1);
	to->existing_autoincrement = iw_sa_truth(sa, iw_sa_given(call, -1, "existing_autoincrement"), -1);
	to->using = iw_sa_given(call, -1, "postgresql_using");
	iw_sa_unknown(sa, to->server_default);
	iw_sa_unknown(sa, to->comment);
}

/* The CHECK of a Boolean or an enumeration goes with the old type, and comes with the new one. */
static void alter_type_checks(struct run *run, const struct alteration *to, struct iw_py_value *type, bool adds)
{
	struct iw_sa_column *column = iw_new(run->sa.arena, struct iw_sa_column);
	*column = (struct iw_sa_column){.name = to->column, .type = iw_sa_type(&run->sa, type), .nullable = 1};
	column->foreign_keys = iw_arena_ptr_array(run->sa.arena);
	column->checks = iw_arena_ptr_array(run->sa.arena);
	struct iw_sa_table *table = iw_alembic_table_with(run, to->schema, to->table, column);
	for (guint i = 0; i < table->constraints->len; i++) {
		const struct iw_sa_constraint *constraint = table->constraints->pdata[i];
		if (adds) {
			iw_alembic_add_constraint(run, table, constraint);
			continue;
		}
		if (run->sa.engine.dialect != IW_POSTGRES)
			continue;
		const char *name = iw_sa_format_name(
			&run->sa, iw_sa_constraint_name(&run->sa, constraint, to->schema, to->table), false);
		if (name == NULL)
			iw_sa_fail(&run->sa, "the CHECK of the column's type has no name");
		else
			iw_alembic_emit(run, "%s DROP CONSTRAINT %s", to->of, name);
	}
}

static bool is_identity(struct run *run, const struct iw_py_value *value)
{
	return value != NULL && value->kind == IW_PY_CALL && iw_sa_is(&run->sa, value, "Identity");
}

/* PostgreSQL ------------------------------------------------------------------------------------------------------- */

static void alter_identity(struct run *run, const struct alteration *to, const char *column)
{
	const struct iw_py_value *wanted = to->server_default;
	if (wanted->kind == IW_PY_NONE) {
		iw_alembic_emit(run, "%s ALTER COLUMN %s DROP IDENTITY", to->of, column);
		return;
	}
	if (to->existing_default != NULL && to->existing_default->kind != IW_PY_NONE) {
		iw_sa_fail(&run->sa, "a change of an identity is not known");
		return;
	}
	bool always = iw_sa_truth(&run->sa, iw_sa_given(wanted, 0, "always"), 0) == 1;
	const char *options = iw_sa_identity_options(&run->sa, wanted);
	iw_alembic_emit(run, "%s ALTER COLUMN %s ADD GENERATED %s AS IDENTITY%s%s%s", to->of, column,
			always ? "ALWAYS" : "BY DEFAULT", *options == '\0' ? "" : " (", options,
			*options == '\0' ? "" : ")");
}

static void alter_default(struct run *run, const struct alteration *to, const char *column)
{
	const struct iw_py_value *wanted = to->server_default;
	bool is_computed = wanted->kind == IW_PY_CALL && iw_sa_is(&run->sa, wanted, "Computed");
	bool was_computed = to->existing_default != NULL && to->existing_default->kind == IW_PY_CALL &&
			    iw_sa_is(&run->sa, to->existing_default, "Computed");
	if (is_computed || was_computed)
		iw_sa_fail(&run->sa, "Alembic refuses to change whether a column is computed");
	else if (is_identity(run, wanted) || is_identity(run, to->existing_default))
		alter_identity(run, to, column);
	else if (wanted->kind == IW_PY_NONE)
		iw_alembic_emit(run, "%s ALTER COLUMN %s DROP DEFAULT", to->of, column);
	else
		iw_alembic_emit(run, "%s ALTER COLUMN %s SET DEFAULT %s", to->of, column,
				iw_sa_default(&run->sa, to->server_default));
}

static void alter_on_postgres(struct run *run, const struct alteration *to)
{
	struct iw_sa *sa = &run->sa;
	const char *column = iw_sa_quote(sa, to->column), *using = NULL;
	if (to->using != NULL)
		using = iw_sa_is_expression(sa, to->using) ? iw_sa_expression(sa, to->using, 0)
							   : iw_sa_text(sa, to->using);
	if (to->using != NULL && to->type == NULL)
		iw_sa_fail(sa, "postgresql_using goes with type_");
	if (to->type != NULL) {
		const char *type = iw_sa_type_text(sa, iw_sa_type(sa, to->type));
		iw_alembic_emit(run, "%s ALTER COLUMN %s TYPE %s%s%s", to->of, column, type,
				using == NULL ? "" : " USING ", using == NULL ? "" : using);
	}
	if (to->nullable >= 0)
		iw_alembic_emit(run, "%s ALTER COLUMN %s %s NOT NULL", to->of, column,
				to->nullable == 1 ? "DROP" : "SET");
	if (to->server_default != NULL)
		alter_default(run, to, column);
	if (to->comment != NULL)
		iw_alembic_emit(
			run, "COMMENT ON COLUMN %s.%s IS %s", iw_sa_table_name(sa, to->schema, to->table), column,
			to->comment->kind == IW_PY_NONE ? "NULL" : iw_sa_quote_text(sa, iw_sa_text(sa, to->comment)));
	if (to->new_name != NULL)
		iw_alembic_emit(run, "%s RENAME %s TO %s", to->of, column, iw_sa_quote(sa, to->new_name));
}

/* MySQL ------------------------------------------------------------------------------------------------------------ */

static bool is_moment(const struct iw_sa_type *type)
{
	return type->affinity == IW_SA_DATETIME;
}

static const char *specification(struct run *run, const struct alteration *to, const struct iw_sa_type *type)
{
	struct iw_sa *sa = &run->sa;
	int nullable = to->nullable >= 0 ? to->nullable : to->existing_nullable;
	int autoincrement = to->autoincrement >= 0 ? to->autoincrement : to->existing_autoincrement;
	struct iw_py_value *wanted = to->server_default != NULL ? to->server_default : to->existing_default;
	struct iw_py_value *comment = to->comment != NULL ? to->comment : to->existing_comment;
	g_autoptr(GString) out = g_string_new(iw_sa_type_text(sa, type));
	g_string_append(out, nullable != 0 ? " NULL" : " NOT NULL");
	if (autoincrement == 1)
		g_string_append(out, " AUTO_INCREMENT");
	if (wanted != NULL && wanted->kind != IW_PY_NONE)
		g_string_append_printf(out, " DEFAULT %s", iw_sa_default(sa, wanted));
	if (comment != NULL && comment->kind != IW_PY_NONE)
		g_string_append_printf(out, " COMMENT %s", iw_sa_quote_text(sa, iw_sa_text(sa, comment)));
	return iw_arena_strdup(sa->arena, out->str);
}

static void alter_on_mysql(struct run *run, const struct alteration *to)
{
	struct iw_sa *sa = &run->sa;
	struct iw_py_value *type_value = to->type != NULL ? to->type : to->existing_type;
	const struct iw_sa_type *type = type_value == NULL ? NULL : iw_sa_type(sa, type_value);
	const char *column = iw_sa_quote(sa, to->column);
	bool changes_default = to->server_default != NULL;
	if (is_identity(run, to->server_default) || is_identity(run, to->existing_default))
		iw_sa_fail(sa, "Alembic refuses to change an identity on MySQL");
	/* Alembic asks whether the default "is not None", and one that is not given is False. */
	bool keeps_none = changes_default && to->server_default->kind == IW_PY_NONE;
	if (to->new_name != NULL || (type != NULL && is_moment(type) && !keeps_none)) {
		if (type == NULL)
			iw_sa_fail(sa, "Alembic wants existing_type on MySQL");
		else
			iw_alembic_emit(run, "%s CHANGE %s %s %s", to->of, column,
					to->new_name == NULL ? column : iw_sa_quote(sa, to->new_name),
					specification(run, to, type));
	} else if (to->nullable >= 0 || to->type != NULL || to->autoincrement >= 0 || to->comment != NULL) {
		if (type == NULL)
			iw_sa_fail(sa, "Alembic wants existing_type on MySQL");
		else
			iw_alembic_emit(run, "%s MODIFY %s %s", to->of, column, specification(run, to, type));
	} else if (changes_default && to->server_default->kind == IW_PY_NONE) {
		iw_alembic_emit(run, "%s ALTER COLUMN %s DROP DEFAULT", to->of, column);
	} else if (changes_default) {
		iw_alembic_emit(run, "%s ALTER COLUMN %s SET DEFAULT %s", to->of, column,
				iw_sa_default(sa, to->server_default));
	}
}

static void alter_on_sqlite(struct run *run, const struct alteration *to)
{
	bool changes = to->type != NULL || to->nullable >= 0 || to->server_default != NULL;
	if (to->comment != NULL)
		iw_sa_fail(&run->sa, "Alembic has no comments of columns on SQLite");
	if (changes)
		iw_sa_fail(&run->sa, "SQLite has no ALTER COLUMN; Alembic wants batch_alter_table() there");
	if (to->new_name != NULL)
		iw_alembic_emit(run, "%s RENAME COLUMN %s TO %s", to->of, iw_sa_quote(&run->sa, to->column),
				iw_sa_quote(&run->sa, to->new_name));
}

void iw_alembic_alter_column(struct run *run, const struct directive *directive)
{
	static void (*const renders[])(struct run *, const struct alteration *) = {
		[IW_POSTGRES] = alter_on_postgres, [IW_MYSQL] = alter_on_mysql, [IW_SQLITE] = alter_on_sqlite};
	struct alteration to = {0};
	read_alteration(run, directive, &to);
	if (run->sa.problem != NULL)
		return;
	if (to.type != NULL && to.existing_type != NULL)
		alter_type_checks(run, &to, to.existing_type, false);
	renders[run->sa.engine.dialect](run, &to);
	if (to.type != NULL)
		alter_type_checks(run, &to, to.type, true);
}
