/* CREATE, ALTER and DROP of everything, tables handed on: databases, views, triggers, routines, events, sequences,
 * accounts. */
#include "sql/mysql/parser.h"

/* Words that may stand between CREATE or ALTER and the kind. */
static bool lead_words(struct parser *parser)
{
	const char *account;
	for (;;) {
		if (iw_mysql_skip(parser, "OR REPLACE")) {
			parser->flags |= IW_REPLACE;
		} else if (iw_mysql_skip(parser, "TEMPORARY")) {
			parser->flags |= IW_TEMPORARY;
		} else if (iw_mysql_skip(parser, "ALGORITHM")) {
			if (!iw_mysql_expect_operator(parser, "="))
				return false;
			if (!iw_mysql_skip(parser, "UNDEFINED") && !iw_mysql_skip(parser, "MERGE") &&
			    !iw_mysql_expect(parser, "TEMPTABLE"))
				return false;
		} else if (iw_mysql_skip(parser, "DEFINER")) {
			if (!iw_mysql_expect_operator(parser, "=") || !iw_mysql_account(parser, &account))
				return false;
		} else if (iw_mysql_skip(parser, "SQL SECURITY")) {
			if (!iw_mysql_skip(parser, "DEFINER") && !iw_mysql_expect(parser, "INVOKER"))
				return false;
		} else if (!iw_mysql_skip(parser, "AGGREGATE") && !iw_mysql_skip(parser, "ONLINE") &&
			   !iw_mysql_skip(parser, "OFFLINE")) {
			return !parser->is_failed;
		}
	}
}

static struct iw_operation *object(struct parser *parser, enum iw_operation_kind kind, enum iw_object_kind object_kind)
{
	struct iw_operation *operation = iw_mysql_operation(parser, kind, 0);
	operation->object_kind = object_kind;
	operation->definition = parser->statement->text;
	return operation;
}

static bool rest_of(struct parser *parser, struct iw_operation *operation)
{
	const char *rest;
	if (!iw_mysql_rest(parser, &rest))
		return false;
	if (operation->text == NULL && operation->kind == IW_OP_ALTER_OBJECT)
		operation->text = rest;
	return true;
}

/* ---- CREATE ---- */

static bool create_database(struct parser *parser)
{
	struct iw_operation *operation = object(parser, IW_OP_CREATE_OBJECT, IW_OBJECT_DATABASE);
	if (!iw_mysql_if_not_exists(parser, &operation->flags) || !iw_mysql_identifier(parser, &operation->name.name))
		return false;
	while (!iw_mysql_at_end(parser)) {
		struct table_option option;
		bool found;
		if (iw_mysql_skip(parser, "DEFAULT ENCRYPTION")) {
			const char *value;
			iw_mysql_skip_operator(parser, "=");
			if (!iw_mysql_string(parser, &value))
				return false;
			continue;
		}
		if (!iw_mysql_table_option(parser, &option, &found))
			return false;
		if (!found)
			return iw_mysql_refuse(parser);
	}
	return true;
}

static bool create_view(struct parser *parser)
{
	struct iw_operation *operation = object(parser, IW_OP_CREATE_VIEW, IW_OBJECT_VIEW);
	struct iw_table *view = iw_new(parser->arena, struct iw_table);
	view->kind = IW_VIEW;
	view->columns = iw_mysql_list(parser);
	view->constraints = iw_mysql_list(parser);
	view->indexes = iw_mysql_list(parser);
	view->triggers = iw_mysql_list(parser);
	view->policies = iw_mysql_list(parser);
	operation->table = view;
	if (!iw_mysql_if_not_exists(parser, &operation->flags) || !iw_mysql_full_name(parser, &operation->name))
		return false;
	view->name = operation->name;
	g_autoptr(GPtrArray) names = g_ptr_array_new();
	if (iw_mysql_is_operator(parser, "(") && !iw_mysql_name_list(parser, names))
		return false;
	for (guint i = 0; i < names->len; i++) {
		struct iw_column *column = iw_new(parser->arena, struct iw_column);
		column->name = names->pdata[i];
		column->type.text = column->type.base = "";
		g_ptr_array_add(view->columns, column);
	}
	if (!iw_mysql_expect(parser, "AS"))
		return false;
	struct iw_data *data = iw_new(parser->arena, struct iw_data);
	data->reads = parser->reads = iw_mysql_list(parser);
	operation->data = data;
	size_t begin = parser->token.begin;
	if (!iw_mysql_read_query(parser))
		return false;
	view->definition = iw_mysql_text_from(parser, begin);
	if (!iw_mysql_skip(parser, "WITH"))
		return true;
	if (!iw_mysql_skip(parser, "CASCADED"))
		iw_mysql_skip(parser, "LOCAL");
	return iw_mysql_expect(parser, "CHECK OPTION");
}

static bool create_trigger(struct parser *parser)
{
	struct iw_operation *operation = object(parser, IW_OP_CREATE_TRIGGER, IW_OBJECT_TRIGGER);
	struct iw_name trigger;
	if (!iw_mysql_if_not_exists(parser, &operation->flags) || !iw_mysql_full_name(parser, &trigger))
		return false;
	operation->member = trigger.name;
	if (!iw_mysql_skip(parser, "BEFORE") && !iw_mysql_expect(parser, "AFTER"))
		return false;
	do {
		if (!iw_mysql_skip(parser, "INSERT") && !iw_mysql_skip(parser, "UPDATE") &&
		    !iw_mysql_expect(parser, "DELETE"))
			return false;
	} while (iw_mysql_skip(parser, "OR"));
	if (!iw_mysql_expect(parser, "ON") || !iw_mysql_full_name(parser, &operation->name) ||
	    !iw_mysql_expect(parser, "FOR EACH ROW") || iw_mysql_at_end(parser))
		return iw_mysql_refuse(parser);
	return rest_of(parser, operation);
}

static bool create_routine(struct parser *parser, enum iw_object_kind kind)
{
	struct iw_operation *operation = object(parser, IW_OP_CREATE_OBJECT, kind);
	if (!iw_mysql_if_not_exists(parser, &operation->flags) || !iw_mysql_full_name(parser, &operation->name))
		return false;
	bool is_loadable = iw_mysql_is(parser, "RETURNS");
	if (!is_loadable && kind != IW_OBJECT_EVENT && !iw_mysql_is_operator(parser, "("))
		return iw_mysql_refuse(parser);
	if (kind == IW_OBJECT_EVENT && !iw_mysql_is_words(parser, "ON SCHEDULE"))
		return iw_mysql_refuse(parser);
	return rest_of(parser, operation);
}

static bool create_procedure(struct parser *parser)
{
	return create_routine(parser, IW_OBJECT_PROCEDURE);
}

static bool create_function(struct parser *parser)
{
	return create_routine(parser, IW_OBJECT_FUNCTION);
}

static bool create_event(struct parser *parser)
{
	return create_routine(parser, IW_OBJECT_EVENT);
}

static bool sequence_body(struct parser *parser, struct iw_operation *operation)
{
	struct iw_sequence *sequence = iw_new(parser->arena, struct iw_sequence);
	operation->object_kind = IW_OBJECT_SEQUENCE;
	operation->definition = parser->statement->text;
	if (!iw_mysql_full_name(parser, &operation->name))
		return false;
	sequence->name = operation->name;
	sequence->type = "bigint";
	sequence->is_temporary = (operation->flags & IW_TEMPORARY) != 0;
	operation->sequence = sequence;
	if (!iw_mysql_rest(parser, &sequence->options))
		return false;
	if (*sequence->options == '\0')
		sequence->options = NULL;
	return true;
}

static bool create_sequence(struct parser *parser)
{
	struct iw_operation *operation = iw_mysql_operation(parser, IW_OP_CREATE_SEQUENCE, 0);
	return iw_mysql_if_not_exists(parser, &operation->flags) && sequence_body(parser, operation);
}

static bool create_table(struct parser *parser)
{
	return iw_mysql_create_table(parser, 0);
}

static bool create_index(struct parser *parser)
{
	return iw_mysql_create_index(parser, 0);
}

/* USER and ROLE: the accounts by name, what they get as text. */
static bool accounts(struct parser *parser, enum iw_operation_kind kind)
{
	struct iw_operation *operation = object(parser, kind, IW_OBJECT_ROLE);
	unsigned flags = 0;
	if (iw_mysql_is(parser, "IF"))
		if (kind == IW_OP_CREATE_OBJECT ? !iw_mysql_if_not_exists(parser, &flags)
						: !iw_mysql_if_exists(parser, &flags))
			return false;
	operation->flags |= flags;
	if (iw_mysql_skip(parser, "USER")) { /* ALTER USER USER() ... */
		const char *rest;
		operation->name.name = "USER()";
		return iw_mysql_rest(parser, &rest);
	}
	return iw_mysql_account(parser, &operation->name.name) && rest_of(parser, operation);
}

static bool create_account(struct parser *parser)
{
	return accounts(parser, IW_OP_CREATE_OBJECT);
}

/* Servers, tablespaces, resource groups, ...: nothing of a schema. */
static bool create_other(struct parser *parser)
{
	struct iw_operation *operation = object(parser, IW_OP_CREATE_OBJECT, IW_OBJECT_OTHER);
	const char *rest;
	if (!iw_mysql_if_not_exists(parser, &operation->flags))
		return false;
	if (parser->token.kind == TOKEN_NUMBER)
		iw_mysql_take(parser);
	else if (!iw_mysql_word_or_text(parser, &operation->name.name))
		return false;
	return iw_mysql_rest(parser, &rest);
}

/* ---- ALTER ---- */

static bool alter_named(struct parser *parser, enum iw_object_kind kind)
{
	struct iw_operation *operation = object(parser, IW_OP_ALTER_OBJECT, kind);
	return iw_mysql_if_exists(parser, &operation->flags) && iw_mysql_full_name(parser, &operation->name) &&
	       rest_of(parser, operation);
}

static bool alter_database(struct parser *parser)
{
	struct iw_operation *operation = object(parser, IW_OP_ALTER_OBJECT, IW_OBJECT_DATABASE);
	if (iw_mysql_token_is_name(parser, &parser->token) && !iw_mysql_is(parser, "CHARSET") &&
	    !iw_mysql_is(parser, "ENCRYPTION") && !iw_mysql_is(parser, "COMMENT") &&
	    !iw_mysql_identifier(parser, &operation->name.name))
		return false;
	if (iw_mysql_at_end(parser))
		return iw_mysql_refuse(parser);
	return rest_of(parser, operation);
}

/* ALTER VIEW gives the whole view: as CREATE OR REPLACE VIEW. */
static bool alter_view(struct parser *parser)
{
	guint first = parser->statement->operations->len;
	parser->flags |= IW_REPLACE;
	if (!create_view(parser))
		return false;
	struct iw_operation *operation = g_ptr_array_index(parser->statement->operations, first);
	operation->flags |= IW_REPLACE;
	return true;
}

static bool alter_procedure(struct parser *parser)
{
	return alter_named(parser, IW_OBJECT_PROCEDURE);
}

static bool alter_function(struct parser *parser)
{
	return alter_named(parser, IW_OBJECT_FUNCTION);
}

static bool alter_event(struct parser *parser)
{
	return alter_named(parser, IW_OBJECT_EVENT);
}

static bool alter_sequence(struct parser *parser)
{
	struct iw_operation *operation = iw_mysql_operation(parser, IW_OP_ALTER_SEQUENCE, 0);
	return iw_mysql_if_exists(parser, &operation->flags) && sequence_body(parser, operation);
}

static bool alter_account(struct parser *parser)
{
	return accounts(parser, IW_OP_ALTER_OBJECT);
}

static bool alter_other(struct parser *parser)
{
	struct iw_operation *operation = object(parser, IW_OP_ALTER_OBJECT, IW_OBJECT_OTHER);
	return rest_of(parser, operation);
}

/* ---- DROP ---- */

/* name, name ...: one operation each */
static bool drop_names(struct parser *parser, enum iw_operation_kind kind, enum iw_object_kind object_kind)
{
	unsigned flags = parser->flags;
	guint first = parser->statement->operations->len, seconds_first;
	if (!iw_mysql_if_exists(parser, &flags))
		return false;
	do {
		struct iw_operation *operation = iw_mysql_operation(parser, kind, parser->token.begin);
		operation->flags |= flags;
		operation->object_kind = kind == IW_OP_DROP_TABLE ? IW_OBJECT_NONE : object_kind;
		if (!iw_mysql_full_name(parser, &operation->name))
			return false;
		seconds_first = parser->statement->operations->len - 1;
		iw_mysql_end_operations(parser, seconds_first);
	} while (iw_mysql_skip_operator(parser, ","));
	if (!iw_mysql_wait_clause(parser))
		return false;
	if (!iw_mysql_skip(parser, "RESTRICT"))
		iw_mysql_skip(parser, "CASCADE");
	/* One name: the whole statement is its place. */
	struct iw_operation *only = g_ptr_array_index(parser->statement->operations, first);
	if (parser->statement->operations->len == first + 1)
		only->place = parser->statement->place;
	return true;
}

static bool drop_table(struct parser *parser)
{
	return drop_names(parser, IW_OP_DROP_TABLE, IW_OBJECT_TABLE);
}

static bool drop_view(struct parser *parser)
{
	return drop_names(parser, IW_OP_DROP_OBJECT, IW_OBJECT_VIEW);
}

static bool drop_sequence(struct parser *parser)
{
	return drop_names(parser, IW_OP_DROP_OBJECT, IW_OBJECT_SEQUENCE);
}

static bool drop_one(struct parser *parser, enum iw_object_kind kind)
{
	struct iw_operation *operation = object(parser, IW_OP_DROP_OBJECT, kind);
	operation->definition = NULL;
	return iw_mysql_if_exists(parser, &operation->flags) && iw_mysql_full_name(parser, &operation->name);
}

static bool drop_procedure(struct parser *parser)
{
	return drop_one(parser, IW_OBJECT_PROCEDURE);
}

static bool drop_function(struct parser *parser)
{
	return drop_one(parser, IW_OBJECT_FUNCTION);
}

static bool drop_event(struct parser *parser)
{
	return drop_one(parser, IW_OBJECT_EVENT);
}

static bool drop_database(struct parser *parser)
{
	return drop_one(parser, IW_OBJECT_DATABASE);
}

static bool drop_trigger(struct parser *parser)
{
	struct iw_operation *operation = iw_mysql_operation(parser, IW_OP_DROP_TRIGGER, 0);
	struct iw_name trigger;
	if (!iw_mysql_if_exists(parser, &operation->flags) || !iw_mysql_full_name(parser, &trigger))
		return false;
	operation->object_kind = IW_OBJECT_TRIGGER;
	operation->name.schema = trigger.schema;
	operation->member = trigger.name;
	return true;
}

static bool drop_index(struct parser *parser)
{
	return iw_mysql_drop_index(parser, 0);
}

static bool drop_account(struct parser *parser)
{
	unsigned flags = 0;
	if (!iw_mysql_if_exists(parser, &flags))
		return false;
	do {
		struct iw_operation *operation = object(parser, IW_OP_DROP_OBJECT, IW_OBJECT_ROLE);
		operation->flags |= flags;
		if (!iw_mysql_account(parser, &operation->name.name))
			return false;
	} while (iw_mysql_skip_operator(parser, ","));
	return true;
}

static bool drop_other(struct parser *parser)
{
	struct iw_operation *operation = object(parser, IW_OP_DROP_OBJECT, IW_OBJECT_OTHER);
	const char *rest;
	if (!iw_mysql_if_exists(parser, &operation->flags))
		return false;
	if (parser->token.kind == TOKEN_NUMBER)
		iw_mysql_take(parser);
	else if (!iw_mysql_word_or_text(parser, &operation->name.name))
		return false;
	return iw_mysql_rest(parser, &rest);
}

/* ---- by kind ---- */

static const struct {
	const char *words;
	bool (*create)(struct parser *parser);
	bool (*alter)(struct parser *parser);
	bool (*drop)(struct parser *parser);
} kinds[] = {
	{"TABLESPACE", create_other, alter_other, drop_other},
	{"TABLES", NULL, NULL, drop_table},
	{"TABLE", create_table, iw_mysql_alter_table, drop_table},
	{"DATABASE", create_database, alter_database, drop_database},
	{"SCHEMA", create_database, alter_database, drop_database},
	{"VIEW", create_view, alter_view, drop_view},
	{"TRIGGER", create_trigger, NULL, drop_trigger},
	{"PROCEDURE", create_procedure, alter_procedure, drop_procedure},
	{"FUNCTION", create_function, alter_function, drop_function},
	{"EVENT", create_event, alter_event, drop_event},
	{"SEQUENCE", create_sequence, alter_sequence, drop_sequence},
	{"USER", create_account, alter_account, drop_account},
	{"ROLE", create_account, alter_account, drop_account},
	{"SERVER", create_other, alter_other, drop_other},
	{"LOGFILE GROUP", create_other, alter_other, drop_other},
	{"UNDO TABLESPACE", create_other, alter_other, drop_other},
	{"RESOURCE GROUP", create_other, alter_other, drop_other},
	{"SPATIAL REFERENCE SYSTEM", create_other, NULL, drop_other},
	{"INSTANCE", NULL, alter_other, NULL},
	{"LIBRARY", create_other, alter_other, drop_other},
	{"PACKAGE BODY", create_other, NULL, drop_other},
	{"PACKAGE", create_other, NULL, drop_other},
	{"INDEX", NULL, NULL, drop_index},
};

bool iw_mysql_create(struct parser *parser)
{
	if (!lead_words(parser))
		return false;
	bool is_index = iw_mysql_is(parser, "UNIQUE") || iw_mysql_is(parser, "FULLTEXT") ||
			iw_mysql_is(parser, "INDEX") ||
			(iw_mysql_is(parser, "SPATIAL") && !iw_mysql_peek_is(parser, "REFERENCE")) ||
			iw_mysql_is_words(parser, "VECTOR INDEX");
	if (is_index)
		return create_index(parser);
	for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
		if (kinds[i].create != NULL && iw_mysql_skip(parser, kinds[i].words))
			return kinds[i].create(parser);
	return iw_mysql_refuse(parser);
}

bool iw_mysql_alter(struct parser *parser)
{
	if (iw_mysql_is(parser, "IGNORE"))
		return iw_mysql_give_up(parser, "ALTER IGNORE TABLE may drop rows that a new key does not allow");
	if (!lead_words(parser))
		return false;
	for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
		if (kinds[i].alter != NULL && iw_mysql_skip(parser, kinds[i].words))
			return kinds[i].alter(parser);
	return iw_mysql_refuse(parser);
}

bool iw_mysql_drop(struct parser *parser)
{
	if (iw_mysql_is_words(parser, "PREPARE"))
		return iw_mysql_give_up(parser, "a prepared statement");
	if (!lead_words(parser))
		return false;
	for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
		if (kinds[i].drop != NULL && iw_mysql_skip(parser, kinds[i].words))
			return kinds[i].drop(parser);
	return iw_mysql_refuse(parser);
}
