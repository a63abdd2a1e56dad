/* Subcommands of ALTER TABLE, and which of them may stand in one statement. */
#include "sql/postgres/render_internal.h"

#include <string.h>

static void drop_flags(struct sql *sql, const struct iw_operation *operation)
{
	if (operation->flags & IW_CASCADED)
		iw_sql_text(sql, " CASCADE");
}

static void alter_column(struct sql *sql, const struct iw_operation *operation)
{
	iw_sql_text(sql, "ALTER COLUMN ");
	iw_sql_ident(sql, operation->member);
	iw_sql_text(sql, " ");
}

static void add_column(struct sql *sql, const struct iw_operation *operation)
{
	iw_sql_printf(sql, "ADD COLUMN %s", operation->flags & IW_IF_NOT_EXISTS ? "IF NOT EXISTS " : "");
	iw_sql_column(sql, operation->column);
}

static void drop_column(struct sql *sql, const struct iw_operation *operation)
{
	iw_sql_printf(sql, "DROP COLUMN %s", operation->flags & IW_IF_EXISTS ? "IF EXISTS " : "");
	iw_sql_ident(sql, operation->member);
	drop_flags(sql, operation);
}

static void change_type(struct sql *sql, const struct iw_operation *operation)
{
	alter_column(sql, operation);
	iw_sql_printf(sql, "TYPE %s", operation->column->type.text);
	if (operation->column->collation != NULL) {
		iw_sql_text(sql, " COLLATE ");
		iw_sql_loose_name(sql, operation->column->collation);
	}
	if (operation->expression != NULL)
		iw_sql_printf(sql, " USING %s", operation->expression->text);
}

static void set_default(struct sql *sql, const struct iw_operation *operation)
{
	alter_column(sql, operation);
	iw_sql_printf(sql, "SET DEFAULT %s", operation->expression->text);
}

static void set_generation(struct sql *sql, const struct iw_operation *operation)
{
	alter_column(sql, operation);
	iw_sql_printf(sql, "SET EXPRESSION AS %s%s%s", operation->expression->text[0] == '(' ? "" : "(",
		      operation->expression->text, operation->expression->text[0] == '(' ? "" : ")");
}

static void fixed_column(struct sql *sql, const struct iw_operation *operation)
{
	static const char *const words[IW_OP_KINDS] = {
		[IW_OP_SET_NOT_NULL] = "SET NOT NULL",	     [IW_OP_DROP_NOT_NULL] = "DROP NOT NULL",
		[IW_OP_DROP_DEFAULT] = "DROP DEFAULT",	     [IW_OP_DROP_IDENTITY] = "DROP IDENTITY",
		[IW_OP_DROP_GENERATION] = "DROP EXPRESSION",
	};
	alter_column(sql, operation);
	iw_sql_printf(sql, "%s%s", words[operation->kind], operation->flags & IW_IF_EXISTS ? " IF EXISTS" : "");
}

static void storage(struct sql *sql, const struct iw_operation *operation)
{
	alter_column(sql, operation);
	iw_sql_printf(sql, "SET %s %s", operation->kind == IW_OP_SET_STORAGE ? "STORAGE" : "COMPRESSION",
		      operation->text);
}

static void add_identity(struct sql *sql, const struct iw_operation *operation)
{
	const struct iw_column *column = operation->column;
	alter_column(sql, operation);
	iw_sql_printf(sql, "ADD GENERATED %s AS IDENTITY",
		      column->identity == IW_IDENTITY_ALWAYS ? "ALWAYS" : "BY DEFAULT");
	if (column->identity_options != NULL)
		iw_sql_printf(sql, " (%s)", column->identity_options);
}

/* "START WITH 5 RESTART WITH 7": behind SET each option needs a SET of its own, RESTART stands alone. */
static void set_identity_options(struct sql *sql, const char *options)
{
	static const char *const starts[] = {"START ", "INCREMENT ", "MINVALUE ", "MAXVALUE ",
					     "CACHE ", "CYCLE",	     "NO ",	  "SEQUENCE "};
	bool is_after_no = false;
	g_auto(GStrv) words = g_strsplit(options, " ", -1);
	for (char **word = words; *word != NULL; word++) {
		g_autofree char *spaced = g_strdup_printf("%s ", *word);
		for (size_t i = 0; !is_after_no && i < G_N_ELEMENTS(starts); i++)
			if (strncmp(spaced, starts[i], strlen(starts[i])) == 0)
				iw_sql_text(sql, " SET");
		is_after_no = strcmp(*word, "NO") == 0;
		iw_sql_printf(sql, " %s", *word);
	}
}

static void set_identity(struct sql *sql, const struct iw_operation *operation)
{
	const struct iw_column *column = operation->column;
	iw_sql_text(sql, "ALTER COLUMN ");
	iw_sql_ident(sql, operation->member);
	if (column->identity != IW_NO_IDENTITY)
		iw_sql_printf(sql, " SET GENERATED %s",
			      column->identity == IW_IDENTITY_ALWAYS ? "ALWAYS" : "BY DEFAULT");
	if (column->identity_options != NULL)
		set_identity_options(sql, column->identity_options);
}

static void add_constraint(struct sql *sql, const struct iw_operation *operation)
{
	iw_sql_text(sql, "ADD ");
	iw_sql_constraint(sql, operation->constraint);
}

static void drop_constraint(struct sql *sql, const struct iw_operation *operation)
{
	iw_sql_printf(sql, "DROP CONSTRAINT %s", operation->flags & IW_IF_EXISTS ? "IF EXISTS " : "");
	iw_sql_ident(sql, operation->member);
	drop_flags(sql, operation);
}

static void validate(struct sql *sql, const struct iw_operation *operation)
{
	iw_sql_text(sql, "VALIDATE CONSTRAINT ");
	iw_sql_ident(sql, operation->member);
}

static void alter_constraint(struct sql *sql, const struct iw_operation *operation)
{
	const struct iw_constraint *constraint = operation->constraint;
	iw_sql_text(sql, "ALTER CONSTRAINT ");
	iw_sql_ident(sql, operation->member);
	iw_sql_text(sql, constraint->is_not_enforced	     ? " NOT ENFORCED"
			 : constraint->is_initially_deferred ? " DEFERRABLE INITIALLY DEFERRED"
			 : constraint->is_deferrable	     ? " DEFERRABLE"
							     : " NOT DEFERRABLE");
}

static void set_logged(struct sql *sql, const struct iw_operation *operation)
{
	iw_sql_text(sql, operation->flags & IW_ON ? "SET LOGGED" : "SET UNLOGGED");
}

static void set_tablespace(struct sql *sql, const struct iw_operation *operation)
{
	iw_sql_text(sql, operation->kind == IW_OP_SET_TABLESPACE ? "SET TABLESPACE " : "SET ACCESS METHOD ");
	if (operation->kind == IW_OP_SET_ACCESS_METHOD && strcmp(operation->text, "default") == 0)
		iw_sql_text(sql, "DEFAULT");
	else
		iw_sql_ident(sql, operation->text);
}

static void set_options(struct sql *sql, const struct iw_operation *operation)
{
	if (operation->member != NULL && *operation->member != '\0')
		iw_sql_printf(sql, "SET (%s = %s)", operation->member, operation->text);
	else
		iw_sql_printf(sql, "%s (%s)", operation->flags & IW_ON ? "SET" : "RESET", operation->text);
}

static void set_row_security(struct sql *sql, const struct iw_operation *operation)
{
	bool is_on = operation->flags & IW_ON;
	if (operation->member != NULL && strcmp(operation->member, "force") == 0)
		iw_sql_text(sql, is_on ? "FORCE ROW LEVEL SECURITY" : "NO FORCE ROW LEVEL SECURITY");
	else
		iw_sql_text(sql, is_on ? "ENABLE ROW LEVEL SECURITY" : "DISABLE ROW LEVEL SECURITY");
}

static void set_inherit(struct sql *sql, const struct iw_operation *operation)
{
	iw_sql_text(sql, operation->flags & IW_ON ? "INHERIT " : "NO INHERIT ");
	iw_sql_name(sql, operation->new_name);
}

static void set_trigger(struct sql *sql, const struct iw_operation *operation)
{
	bool is_word = strcmp(operation->member, "all") == 0 || strcmp(operation->member, "user") == 0;
	iw_sql_text(sql, operation->flags & IW_ON ? "ENABLE TRIGGER " : "DISABLE TRIGGER ");
	if (is_word)
		iw_sql_text(sql, strcmp(operation->member, "all") == 0 ? "ALL" : "USER");
	else
		iw_sql_ident(sql, operation->member);
}

static void attach_partition(struct sql *sql, const struct iw_operation *operation)
{
	iw_sql_text(sql, "ATTACH PARTITION ");
	iw_sql_name(sql, operation->new_name);
	iw_sql_printf(sql, " %s", operation->text);
}

static void detach_partition(struct sql *sql, const struct iw_operation *operation)
{
	iw_sql_text(sql, "DETACH PARTITION ");
	iw_sql_name(sql, operation->new_name);
	if (operation->flags & IW_CONCURRENTLY)
		iw_sql_text(sql, " CONCURRENTLY");
	if (operation->flags & IW_FINALIZE)
		iw_sql_text(sql, " FINALIZE");
}

static void rename_column(struct sql *sql, const struct iw_operation *operation)
{
	iw_sql_text(sql, operation->kind == IW_OP_RENAME_COLUMN ? "RENAME COLUMN " : "RENAME CONSTRAINT ");
	iw_sql_ident(sql, operation->member);
	iw_sql_text(sql, " TO ");
	iw_sql_ident(sql, operation->new_name.name);
}

static void rename_table(struct sql *sql, const struct iw_operation *operation)
{
	iw_sql_text(sql, "RENAME TO ");
	iw_sql_ident(sql, operation->new_name.name);
}

static void set_schema(struct sql *sql, const struct iw_operation *operation)
{
	iw_sql_text(sql, "SET SCHEMA ");
	iw_sql_ident(sql, operation->new_name.schema);
}

/*
 * pass: the server runs the subcommands of one ALTER TABLE in passes (AlterTablePass in tablecmds.c), not in the order
 * they are written; only operations in order of their passes may be merged. 0: always a statement of its own.
 */
static const struct {
	enum iw_operation_kind kind;
	int pass;
	void (*write)(struct sql *sql, const struct iw_operation *operation);
} commands[] = {
	{IW_OP_DROP_COLUMN, 1, drop_column},
	{IW_OP_DROP_CONSTRAINT, 1, drop_constraint},
	{IW_OP_DROP_DEFAULT, 1, fixed_column},
	{IW_OP_DROP_NOT_NULL, 1, fixed_column},
	{IW_OP_DROP_IDENTITY, 1, fixed_column},
	{IW_OP_DROP_GENERATION, 1, fixed_column},
	{IW_OP_ALTER_COLUMN_TYPE, 2, change_type},
	{IW_OP_ADD_COLUMN, 3, add_column},
	{IW_OP_SET_GENERATION, 4, set_generation},
	{IW_OP_SET_NOT_NULL, 5, fixed_column},
	{IW_OP_ADD_CONSTRAINT, 6, add_constraint},
	{IW_OP_SET_DEFAULT, 6, set_default},
	{IW_OP_ADD_IDENTITY, 6, add_identity},
	{IW_OP_SET_IDENTITY, 7, set_identity},
	{IW_OP_SET_STORAGE, 7, storage},
	{IW_OP_SET_COMPRESSION, 7, storage},
	{IW_OP_ALTER_CONSTRAINT, 7, alter_constraint},
	{IW_OP_VALIDATE_CONSTRAINT, 7, validate},
	{IW_OP_SET_LOGGED, 7, set_logged},
	{IW_OP_SET_TABLESPACE, 7, set_tablespace},
	{IW_OP_SET_ACCESS_METHOD, 7, set_tablespace},
	{IW_OP_SET_TABLE_OPTIONS, 7, set_options},
	{IW_OP_SET_ROW_SECURITY, 7, set_row_security},
	{IW_OP_SET_INHERIT, 7, set_inherit},
	{IW_OP_SET_TRIGGER, 7, set_trigger},
	{IW_OP_ATTACH_PARTITION, 0, attach_partition},
	{IW_OP_DETACH_PARTITION, 0, detach_partition},
	{IW_OP_RENAME_COLUMN, 0, rename_column},
	{IW_OP_RENAME_CONSTRAINT, 0, rename_column},
	{IW_OP_RENAME_TABLE, 0, rename_table},
	{IW_OP_SET_TABLE_SCHEMA, 0, set_schema},
};

bool iw_sql_alter_command(struct sql *sql, const struct iw_operation *operation)
{
	for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
		if (commands[i].kind != operation->kind)
			continue;
		commands[i].write(sql, operation);
		return true;
	}
	return false;
}

static int pass_of(const struct iw_operation *operation)
{
	for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
		if (commands[i].kind == operation->kind)
			return commands[i].pass;
	return 0;
}

static bool is_same_table(const struct iw_operation *a, const struct iw_operation *b)
{
	return g_strcmp0(a->name.name, b->name.name) == 0 && g_strcmp0(a->name.schema, b->name.schema) == 0 &&
	       (a->flags & IW_ONLY) == (b->flags & IW_ONLY);
}

bool iw_sql_can_merge(const GPtrArray *group, const struct iw_operation *next)
{
	int pass = pass_of(next);
	for (guint i = 0; i < group->len; i++) {
		const struct iw_operation *earlier = g_ptr_array_index(group, i);
		bool is_one_statement = earlier->statement != NULL && earlier->statement == next->statement;
		if (pass == 0 || pass_of(earlier) == 0 || earlier->definition != NULL || next->definition != NULL ||
		    !is_same_table(earlier, next))
			return false;
		if (is_one_statement)
			continue;
		if (pass_of(earlier) > pass || earlier->member == NULL || g_strcmp0(earlier->member, next->member) == 0)
			return false;
	}
	return true;
}
