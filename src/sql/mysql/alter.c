/* ALTER TABLE: one operation for every action, each with its own place. */
#include "sql/mysql/parser.h"

struct alter {
	struct iw_name table;
	size_t begin; /* of the action being read */
};

static struct iw_operation *add(struct parser *parser, const struct alter *alter, enum iw_operation_kind kind)
{
	struct iw_operation *operation = iw_mysql_operation(parser, kind, alter->begin);
	operation->name = alter->table;
	return operation;
}

/* ---- ADD ---- */

static bool add_column(struct parser *parser, struct alter *alter, unsigned flags)
{
	struct iw_operation *operation = add(parser, alter, IW_OP_ADD_COLUMN);
	struct iw_column *column;
	const char *name;
	operation->flags |= flags;
	if (!iw_mysql_identifier(parser, &name) || !iw_mysql_column(parser, &column, name))
		return false;
	operation->member = name;
	operation->column = column;
	return true;
}

static bool add_element(struct parser *parser, struct alter *alter)
{
	struct element element;
	if (!iw_mysql_element(parser, &element))
		return false;
	struct iw_operation *operation;
	if (element.is_period) {
		operation = add(parser, alter, IW_OP_ALTER_OBJECT);
		operation->object_kind = IW_OBJECT_TABLE;
		operation->text = iw_mysql_text_from(parser, alter->begin);
		return true;
	}
	operation = add(parser, alter, element.constraint != NULL ? IW_OP_ADD_CONSTRAINT : IW_OP_CREATE_INDEX);
	operation->flags |= element.flags;
	operation->constraint = element.constraint;
	operation->index = element.index;
	operation->member = element.constraint != NULL ? element.constraint->name : element.index->name;
	if (element.index != NULL)
		element.index->table = alter->table;
	return true;
}

/* ( column or element, ... ) */
static bool add_list(struct parser *parser, struct alter *alter, unsigned flags)
{
	iw_mysql_take(parser);
	do {
		guint first = parser->statement->operations->len;
		alter->begin = parser->token.begin;
		if (iw_mysql_starts_element(parser) ? !add_element(parser, alter) : !add_column(parser, alter, flags))
			return false;
		iw_mysql_end_operations(parser, first);
	} while (iw_mysql_skip_operator(parser, ","));
	return iw_mysql_expect_operator(parser, ")");
}

static bool partition_clause(struct parser *parser, struct alter *alter);

static bool system_versioning(struct parser *parser, struct alter *alter, bool is_on)
{
	struct iw_operation *operation = add(parser, alter, IW_OP_SET_TABLE_OPTIONS);
	operation->member = "system versioning";
	operation->text = is_on ? "on" : "off";
	operation->flags |= is_on ? IW_ON : 0;
	return !parser->is_failed;
}

static bool add_action(struct parser *parser, struct alter *alter)
{
	unsigned flags = 0;
	if (iw_mysql_is(parser, "PARTITION") && !iw_mysql_peek_is(parser, "INT"))
		return partition_clause(parser, alter);
	if (iw_mysql_skip(parser, "SYSTEM VERSIONING"))
		return system_versioning(parser, alter, true);
	if (iw_mysql_starts_element(parser))
		return add_element(parser, alter);
	iw_mysql_skip(parser, "COLUMN");
	if (!iw_mysql_if_not_exists(parser, &flags))
		return false;
	if (iw_mysql_is_operator(parser, "("))
		return add_list(parser, alter, flags);
	return add_column(parser, alter, flags);
}

/* ---- DROP ---- */

static bool drop_constraint(struct parser *parser, struct alter *alter, enum iw_constraint_kind kind,
			    bool is_kind_known)
{
	struct iw_operation *operation = add(parser, alter, IW_OP_DROP_CONSTRAINT);
	if (is_kind_known)
		operation->constraint = iw_mysql_constraint(parser, kind, NULL);
	if (kind == IW_PRIMARY_KEY)
		return !parser->is_failed;
	if (!iw_mysql_if_exists(parser, &operation->flags) || !iw_mysql_identifier(parser, &operation->member))
		return false;
	if (is_kind_known)
		((struct iw_constraint *)operation->constraint)->name = operation->member;
	return true;
}

static bool drop_index(struct parser *parser, struct alter *alter)
{
	struct iw_operation *operation = add(parser, alter, IW_OP_DROP_INDEX);
	if (!iw_mysql_if_exists(parser, &operation->flags) || !iw_mysql_identifier(parser, &operation->member))
		return false;
	if (g_ascii_strcasecmp(operation->member, "PRIMARY") == 0) {
		operation->kind = IW_OP_DROP_CONSTRAINT;
		operation->member = NULL;
		operation->constraint = iw_mysql_constraint(parser, IW_PRIMARY_KEY, NULL);
	}
	return true;
}

static bool other(struct parser *parser, struct alter *alter);

static bool drop_action(struct parser *parser, struct alter *alter)
{
	if (iw_mysql_skip(parser, "PRIMARY KEY"))
		return drop_constraint(parser, alter, IW_PRIMARY_KEY, true);
	if (iw_mysql_skip(parser, "FOREIGN KEY"))
		return drop_constraint(parser, alter, IW_FOREIGN_KEY, true);
	if (iw_mysql_skip(parser, "CHECK"))
		return drop_constraint(parser, alter, IW_CHECK, true);
	if (iw_mysql_skip(parser, "CONSTRAINT"))
		return drop_constraint(parser, alter, IW_CHECK, false);
	if (iw_mysql_skip(parser, "INDEX") || iw_mysql_skip(parser, "KEY"))
		return drop_index(parser, alter);
	if (iw_mysql_skip(parser, "SYSTEM VERSIONING"))
		return system_versioning(parser, alter, false);
	if (iw_mysql_is(parser, "PARTITION"))
		return partition_clause(parser, alter);
	if (iw_mysql_is_words(parser, "PERIOD FOR"))
		return other(parser, alter);
	struct iw_operation *operation = add(parser, alter, IW_OP_DROP_COLUMN);
	iw_mysql_skip(parser, "COLUMN");
	if (!iw_mysql_if_exists(parser, &operation->flags) || !iw_mysql_identifier(parser, &operation->member))
		return false;
	if (!iw_mysql_skip(parser, "RESTRICT"))
		iw_mysql_skip(parser, "CASCADE");
	return !parser->is_failed;
}

/* ---- columns ---- */

static bool modify(struct parser *parser, struct alter *alter, bool is_change)
{
	struct iw_operation *operation = add(parser, alter, IW_OP_MODIFY_COLUMN);
	const char *name;
	struct iw_column *column;
	iw_mysql_skip(parser, "COLUMN");
	if (!iw_mysql_if_exists(parser, &operation->flags) || !iw_mysql_identifier(parser, &operation->member))
		return false;
	name = operation->member;
	if (is_change && !iw_mysql_identifier(parser, &name))
		return false;
	if (!iw_mysql_column(parser, &column, name))
		return false;
	operation->column = column;
	return true;
}

/* ALTER INDEX i VISIBLE | INVISIBLE | [NOT] IGNORED */
static bool alter_index(struct parser *parser, struct alter *alter)
{
	struct iw_operation *operation = add(parser, alter, IW_OP_ALTER_INDEX);
	if (!iw_mysql_if_exists(parser, &operation->flags) || !iw_mysql_identifier(parser, &operation->member))
		return false;
	bool is_visible = iw_mysql_skip(parser, "VISIBLE") || iw_mysql_skip(parser, "NOT IGNORED");
	if (!is_visible && !iw_mysql_skip(parser, "INVISIBLE") && !iw_mysql_skip(parser, "IGNORED"))
		return iw_mysql_refuse(parser);
	operation->text = is_visible ? "visible" : "invisible";
	operation->flags |= is_visible ? IW_ON : 0;
	return true;
}

static bool alter_constraint(struct parser *parser, struct alter *alter, bool is_check)
{
	struct iw_operation *operation = add(parser, alter, IW_OP_ALTER_CONSTRAINT);
	if (!iw_mysql_identifier(parser, &operation->member))
		return false;
	struct iw_constraint *constraint = iw_mysql_constraint(parser, IW_CHECK, operation->member);
	constraint->is_not_enforced = iw_mysql_skip(parser, "NOT");
	operation->constraint = constraint;
	operation->text = is_check ? "check" : "constraint";
	return iw_mysql_expect(parser, "ENFORCED");
}

static bool alter_action(struct parser *parser, struct alter *alter)
{
	if (iw_mysql_skip(parser, "INDEX") || iw_mysql_skip(parser, "KEY"))
		return alter_index(parser, alter);
	if (iw_mysql_skip(parser, "CHECK"))
		return alter_constraint(parser, alter, true);
	if (iw_mysql_skip(parser, "CONSTRAINT"))
		return alter_constraint(parser, alter, false);
	struct iw_operation *operation = add(parser, alter, IW_OP_SET_DEFAULT);
	iw_mysql_skip(parser, "COLUMN");
	if (!iw_mysql_if_exists(parser, &operation->flags) || !iw_mysql_identifier(parser, &operation->member))
		return false;
	if (iw_mysql_skip(parser, "DROP DEFAULT")) {
		operation->kind = IW_OP_DROP_DEFAULT;
		return true;
	}
	if (iw_mysql_skip(parser, "SET VISIBLE") || iw_mysql_is_words(parser, "SET INVISIBLE")) {
		operation->kind = IW_OP_SET_COLUMN_OPTIONS;
		operation->text = iw_mysql_skip(parser, "SET INVISIBLE") ? "invisible" : "visible";
		return !parser->is_failed;
	}
	if (!iw_mysql_expect(parser, "SET DEFAULT"))
		return false;
	if (!iw_mysql_skip_operator(parser, "("))
		return iw_mysql_default_of(parser, &operation->expression);
	return iw_mysql_expression_of(parser, &operation->expression) && iw_mysql_expect_operator(parser, ")");
}

/* RENAME COLUMN | INDEX | KEY | [TO | AS | =] table */
static bool rename_action(struct parser *parser, struct alter *alter)
{
	bool is_column = iw_mysql_skip(parser, "COLUMN");
	bool is_index = !is_column && (iw_mysql_skip(parser, "INDEX") || iw_mysql_skip(parser, "KEY"));
	if (is_column || is_index) {
		struct iw_operation *operation =
			add(parser, alter, is_column ? IW_OP_RENAME_COLUMN : IW_OP_RENAME_INDEX);
		return iw_mysql_if_exists(parser, &operation->flags) &&
		       iw_mysql_identifier(parser, &operation->member) && iw_mysql_expect(parser, "TO") &&
		       iw_mysql_identifier(parser, &operation->new_name.name);
	}
	if (!iw_mysql_skip(parser, "TO") && !iw_mysql_skip(parser, "AS"))
		iw_mysql_skip_operator(parser, "=");
	return iw_mysql_full_name(parser, &add(parser, alter, IW_OP_RENAME_TABLE)->new_name);
}

/* ---- the table as a whole ---- */

/* What has no kind of its own: kept as text. */
static bool other(struct parser *parser, struct alter *alter)
{
	struct iw_operation *operation = add(parser, alter, IW_OP_ALTER_OBJECT);
	operation->object_kind = IW_OBJECT_TABLE;
	if (!iw_mysql_take_clause(parser))
		return false;
	operation->text = iw_mysql_text_from(parser, alter->begin);
	return true;
}

static bool convert(struct parser *parser, struct alter *alter)
{
	/* MariaDB: CONVERT PARTITION p TO TABLE t, CONVERT TABLE t TO PARTITION p ... */
	if (iw_mysql_is(parser, "PARTITION") || iw_mysql_is(parser, "TABLE"))
		return partition_clause(parser, alter);
	struct iw_operation *operation = add(parser, alter, IW_OP_CONVERT_CHARSET);
	if (!iw_mysql_skip(parser, "TO CHARACTER SET") && !iw_mysql_skip(parser, "TO CHAR SET") &&
	    !iw_mysql_expect(parser, "TO CHARSET"))
		return false;
	iw_mysql_skip_operator(parser, "=");
	if (!iw_mysql_charset_name(parser, &operation->text))
		return false;
	if (!iw_mysql_skip(parser, "COLLATE"))
		return !parser->is_failed;
	iw_mysql_skip_operator(parser, "=");
	return iw_mysql_collation_name(parser, &operation->member);
}

static bool keys(struct parser *parser, struct alter *alter, bool is_on)
{
	add(parser, alter, IW_OP_SET_KEYS)->flags |= is_on ? IW_ON : 0;
	return !parser->is_failed;
}

static bool force(struct parser *parser, struct alter *alter)
{
	add(parser, alter, IW_OP_REBUILD_TABLE)->text = "force";
	return !parser->is_failed;
}

/* ORDER BY column [ASC | DESC], ...: the rows are written in that order */
static bool order_by(struct parser *parser, struct alter *alter)
{
	struct iw_operation *operation = add(parser, alter, IW_OP_REBUILD_TABLE);
	do {
		const char *name;
		if (!iw_mysql_identifier(parser, &name))
			return false;
		if (!iw_mysql_skip(parser, "ASC"))
			iw_mysql_skip(parser, "DESC");
	} while (iw_mysql_skip_operator(parser, ","));
	operation->text = iw_mysql_text_from(parser, alter->begin);
	return true;
}

static bool option(struct parser *parser, struct alter *alter, bool *found)
{
	struct table_option read;
	if (!iw_mysql_table_option(parser, &read, found) || !*found)
		return !parser->is_failed;
	enum iw_operation_kind kind = strcmp(read.name, "comment") == 0	 ? IW_OP_COMMENT
				      : strcmp(read.name, "engine") == 0 ? IW_OP_REBUILD_TABLE
									 : IW_OP_SET_TABLE_OPTIONS;
	struct iw_operation *operation = add(parser, alter, kind);
	operation->text = read.value;
	if (kind == IW_OP_COMMENT)
		operation->object_kind = IW_OBJECT_TABLE;
	else
		operation->member = read.name;
	operation->definition = read.text;
	return true;
}

/* ---- partitions: kept as text, the first words say what happens ---- */

static bool partition_clause(struct parser *parser, struct alter *alter)
{
	struct iw_operation *operation = add(parser, alter, IW_OP_ALTER_PARTITIONS);
	int depth = 0;
	while (parser->token.kind != TOKEN_END &&
	       !(depth == 0 && (iw_mysql_is(parser, "ALGORITHM") || iw_mysql_is(parser, "LOCK")) &&
		 iw_mysql_peek_is(parser, "="))) {
		depth += iw_mysql_is_operator(parser, "(") ? 1 : iw_mysql_is_operator(parser, ")") ? -1 : 0;
		if (depth < 0)
			return iw_mysql_refuse(parser);
		iw_mysql_take(parser);
	}
	operation->text = iw_mysql_text_from(parser, alter->begin);
	if (g_str_has_suffix(operation->text, ","))
		operation->text = iw_arena_strndup(parser->arena, operation->text, strlen(operation->text) - 1);
	return depth == 0 ? !parser->is_failed : iw_mysql_refuse(parser);
}

static bool is_partition_clause(const struct parser *parser)
{
	static const char *const words[] = {"REORGANIZE PARTITION", "COALESCE PARTITION", "EXCHANGE PARTITION",
					    "TRUNCATE PARTITION",   "ANALYZE PARTITION",  "CHECK PARTITION",
					    "OPTIMIZE PARTITION",   "REBUILD PARTITION",  "REPAIR PARTITION",
					    "REMOVE PARTITIONING",  "DISCARD PARTITION",  "IMPORT PARTITION",
					    "PARTITION BY"};
	for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
		if (iw_mysql_is_words(parser, words[i]))
			return true;
	return false;
}

/* ---- one action ---- */

/* What is said about the statement and is no action. */
static bool modifier(struct parser *parser, bool *found)
{
	if (!iw_mysql_algorithm_or_lock(parser, found) || *found)
		return !parser->is_failed;
	*found = true;
	if (iw_mysql_skip(parser, "WITH VALIDATION") || iw_mysql_skip(parser, "WITHOUT VALIDATION"))
		return true;
	if (iw_mysql_is(parser, "NOWAIT") || iw_mysql_is(parser, "WAIT"))
		return iw_mysql_wait_clause(parser);
	*found = false;
	return true;
}

static bool action(struct parser *parser, struct alter *alter)
{
	bool found;
	if (!modifier(parser, &found) || found)
		return !parser->is_failed;
	if (is_partition_clause(parser))
		return partition_clause(parser, alter);
	if (iw_mysql_is_words(parser, "DISCARD TABLESPACE") || iw_mysql_is_words(parser, "IMPORT TABLESPACE") ||
	    iw_mysql_is(parser, "SECONDARY_LOAD") || iw_mysql_is(parser, "SECONDARY_UNLOAD"))
		return other(parser, alter);
	if (iw_mysql_skip(parser, "ADD"))
		return add_action(parser, alter);
	if (iw_mysql_skip(parser, "DROP"))
		return drop_action(parser, alter);
	if (iw_mysql_skip(parser, "MODIFY"))
		return modify(parser, alter, false);
	if (iw_mysql_skip(parser, "CHANGE"))
		return modify(parser, alter, true);
	if (iw_mysql_skip(parser, "ALTER"))
		return alter_action(parser, alter);
	if (iw_mysql_skip(parser, "RENAME"))
		return rename_action(parser, alter);
	if (iw_mysql_skip(parser, "CONVERT"))
		return convert(parser, alter);
	if (iw_mysql_skip(parser, "ENABLE KEYS"))
		return keys(parser, alter, true);
	if (iw_mysql_skip(parser, "DISABLE KEYS"))
		return keys(parser, alter, false);
	if (iw_mysql_skip(parser, "ORDER BY"))
		return order_by(parser, alter);
	if (iw_mysql_skip(parser, "FORCE"))
		return force(parser, alter);
	if (!option(parser, alter, &found))
		return false;
	return found || iw_mysql_refuse(parser);
}

static bool continues_without_comma(const struct parser *parser)
{
	return !iw_mysql_at_end(parser) && !parser->is_failed;
}

static bool actions(struct parser *parser, struct alter *alter)
{
	while (continues_without_comma(parser)) {
		guint first = parser->statement->operations->len;
		alter->begin = parser->token.begin;
		size_t options_only = alter->begin;
		if (!action(parser, alter))
			return false;
		iw_mysql_end_operations(parser, first);
		if (iw_mysql_skip_operator(parser, ",")) {
			if (iw_mysql_at_end(parser))
				return iw_mysql_refuse(parser);
			continue;
		}
		/* Table options and a partition clause may follow without one. */
		bool was_option = parser->statement->operations->len > first &&
				  ((const struct iw_operation *)g_ptr_array_index(parser->statement->operations, first))
						  ->definition != NULL;
		bool is_partition = is_partition_clause(parser);
		if (!iw_mysql_at_end(parser) && !was_option && !is_partition && options_only != 0 &&
		    parser->statement->operations->len > first && !iw_mysql_is(parser, "ALGORITHM") &&
		    !iw_mysql_is(parser, "LOCK"))
			return iw_mysql_refuse(parser);
	}
	return !parser->is_failed;
}

/* A hint behind the actions holds for all of them, IF EXISTS before them too. */
static void spread_flags(struct parser *parser, unsigned flags)
{
	const GPtrArray *operations = parser->statement->operations;
	for (guint i = 0; i < operations->len; i++)
		((struct iw_operation *)g_ptr_array_index(operations, i))->flags |=
			(parser->flags & IW_OFFLINE_HINT) | flags;
}

bool iw_mysql_alter_table(struct parser *parser)
{
	struct alter alter = {.begin = parser->token.begin};
	unsigned flags = 0;
	if (!iw_mysql_if_exists(parser, &flags) || !iw_mysql_full_name(parser, &alter.table) ||
	    !iw_mysql_wait_clause(parser) || !actions(parser, &alter))
		return false;
	if (parser->statement->operations->len == 0) {
		struct iw_operation *operation = add(parser, &alter, IW_OP_ALTER_OBJECT);
		operation->object_kind = IW_OBJECT_TABLE;
		operation->text = "";
	}
	spread_flags(parser, flags & IW_IF_EXISTS ? IW_TABLE_IF_EXISTS : 0);
	return true;
}
