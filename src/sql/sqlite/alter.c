/* ALTER TABLE, DROP, and the short statements: transactions, PRAGMA, VACUUM, ATTACH, ... */
#include "sql/sqlite/parser.h"

static struct iw_operation *add_member(struct parser *parser, enum iw_operation_kind kind, struct iw_name table,
				       const char *member)
{
	struct iw_operation *operation = iw_sqlite_add_operation(parser, kind);
	operation->name = table;
	operation->member = member;
	return operation;
}

/* RENAME TO name | RENAME [COLUMN] name TO name */
static bool rename_clause(struct parser *parser, struct iw_name table)
{
	const char *old_name = NULL, *new_name = NULL;
	if (iw_sqlite_skip(parser, KW_TO)) {
		if (!iw_sqlite_nm(parser, &new_name))
			return false;
		add_member(parser, IW_OP_RENAME_TABLE, table, NULL)->new_name =
			(struct iw_name){table.schema, new_name};
		return true;
	}
	iw_sqlite_skip(parser, KW_COLUMN);
	if (!iw_sqlite_nm(parser, &old_name) || !iw_sqlite_expect(parser, KW_TO) || !iw_sqlite_nm(parser, &new_name))
		return false;
	add_member(parser, IW_OP_RENAME_COLUMN, table, old_name)->new_name.name = new_name;
	return true;
}

/* SQLite 3.53: ADD [CONSTRAINT name] CHECK (expr) */
static bool add_check(struct parser *parser, struct iw_name table)
{
	g_autoptr(GPtrArray) constraints = g_ptr_array_new();
	if (!iw_sqlite_at_least(parser, 35300) || !iw_sqlite_table_constraints(parser, constraints) ||
	    constraints->len != 1)
		return iw_sqlite_refuse(parser);
	const struct iw_constraint *constraint = g_ptr_array_index(constraints, 0);
	if (constraint->kind != IW_CHECK)
		return iw_sqlite_refuse_with(parser, "only CHECK constraints can be added to a table");
	add_member(parser, IW_OP_ADD_CONSTRAINT, table, constraint->name)->constraint = constraint;
	return true;
}

static bool add_clause(struct parser *parser, struct iw_name table)
{
	if (iw_sqlite_is(parser, KW_CONSTRAINT) || iw_sqlite_is(parser, KW_CHECK))
		return add_check(parser, table);
	iw_sqlite_skip(parser, KW_COLUMN);
	struct iw_column *column = iw_sqlite_column(parser);
	if (column == NULL)
		return false;
	add_member(parser, IW_OP_ADD_COLUMN, table, column->name)->column = column;
	return true;
}

static bool drop_clause(struct parser *parser, struct iw_name table)
{
	const char *name = NULL;
	enum iw_operation_kind kind = IW_OP_DROP_COLUMN;
	if (iw_sqlite_is(parser, KW_CONSTRAINT) && iw_sqlite_at_least(parser, 35300)) {
		iw_sqlite_take(parser);
		kind = IW_OP_DROP_CONSTRAINT;
	} else {
		iw_sqlite_skip(parser, KW_COLUMN);
	}
	if (!iw_sqlite_nm(parser, &name))
		return false;
	add_member(parser, kind, table, name);
	return true;
}

/* SQLite 3.53: ALTER [COLUMN] name SET NOT NULL | DROP NOT NULL */
static bool alter_clause(struct parser *parser, struct iw_name table)
{
	const char *name = NULL;
	iw_sqlite_skip(parser, KW_COLUMN);
	if (!iw_sqlite_nm(parser, &name))
		return false;
	bool is_set = iw_sqlite_skip(parser, KW_SET);
	if ((!is_set && !iw_sqlite_expect(parser, KW_DROP)) || !iw_sqlite_expect(parser, KW_NOT) ||
	    !iw_sqlite_expect(parser, KW_NULL))
		return false;
	add_member(parser, is_set ? IW_OP_SET_NOT_NULL : IW_OP_DROP_NOT_NULL, table, name);
	return true;
}

static bool is_of_libsql(const struct parser *parser)
{
	return iw_sqlite_is(parser, KW_ALTER) && iw_sqlite_peek(parser, 1).keyword == KW_COLUMN &&
	       iw_sqlite_peek(parser, 3).keyword == KW_TO;
}

/* libSQL (Turso) alone: ALTER COLUMN name TO definition. Read in projects for SQLite too: the facts say who has it. */
static bool redefine_clause(struct parser *parser, struct iw_name table)
{
	const char *name = NULL;
	iw_sqlite_take(parser);
	iw_sqlite_take(parser);
	if (!iw_sqlite_nm(parser, &name) || !iw_sqlite_expect(parser, KW_TO))
		return false;
	struct iw_column *column = iw_sqlite_column(parser);
	if (column == NULL)
		return false;
	add_member(parser, IW_OP_MODIFY_COLUMN, table, name)->column = column;
	return true;
}

bool iw_sqlite_alter(struct parser *parser)
{
	struct iw_name table;
	iw_sqlite_take(parser);
	if (!iw_sqlite_expect(parser, KW_TABLE) || !iw_sqlite_full_name(parser, &table))
		return false;
	if (iw_sqlite_skip(parser, KW_RENAME))
		return rename_clause(parser, table);
	if (iw_sqlite_skip(parser, KW_ADD))
		return add_clause(parser, table);
	if (iw_sqlite_skip(parser, KW_DROP))
		return drop_clause(parser, table);
	if (is_of_libsql(parser))
		return redefine_clause(parser, table);
	if (iw_sqlite_is(parser, KW_ALTER) && iw_sqlite_at_least(parser, 35300)) {
		iw_sqlite_take(parser);
		return alter_clause(parser, table);
	}
	return iw_sqlite_refuse(parser);
}

bool iw_sqlite_drop(struct parser *parser)
{
	static const struct {
		enum keyword keyword;
		enum iw_operation_kind kind;
		enum iw_object_kind object;
	} kinds[] = {
		{KW_TABLE, IW_OP_DROP_TABLE, IW_OBJECT_TABLE},
		{KW_INDEX, IW_OP_DROP_INDEX, IW_OBJECT_INDEX},
		{KW_TRIGGER, IW_OP_DROP_TRIGGER, IW_OBJECT_TRIGGER},
		{KW_VIEW, IW_OP_DROP_OBJECT, IW_OBJECT_VIEW},
	};
	iw_sqlite_take(parser);
	for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
		struct iw_name name;
		unsigned flags = 0;
		if (!iw_sqlite_skip(parser, kinds[i].keyword))
			continue;
		if (!iw_sqlite_if_exists(parser, &flags) || !iw_sqlite_full_name(parser, &name))
			return false;
		struct iw_operation *operation = iw_sqlite_add_operation(parser, kinds[i].kind);
		operation->flags = flags;
		operation->object_kind = kinds[i].object;
		operation->name = name;
		if (kinds[i].kind == IW_OP_DROP_TRIGGER) {
			operation->member = name.name;
			operation->name.name = NULL;
		}
		return true;
	}
	return iw_sqlite_refuse(parser);
}

static bool transaction_name(struct parser *parser)
{
	if (iw_sqlite_skip(parser, KW_TRANSACTION) && iw_sqlite_token_is_nm(&parser->token))
		iw_sqlite_take(parser);
	return true;
}

static bool transaction(struct parser *parser)
{
	enum keyword first = parser->token.keyword;
	const char *text = NULL, *savepoint = NULL;
	bool is_valid = true;
	iw_sqlite_take(parser);
	if (first == KW_BEGIN) {
		text = "begin";
		if (!iw_sqlite_skip(parser, KW_DEFERRED) && !iw_sqlite_skip(parser, KW_IMMEDIATE))
			iw_sqlite_skip(parser, KW_EXCLUSIVE);
		transaction_name(parser);
	} else if (first == KW_COMMIT || first == KW_END) {
		text = "commit";
		transaction_name(parser);
	} else if (first == KW_ROLLBACK) {
		text = "rollback";
		transaction_name(parser);
		if (iw_sqlite_skip(parser, KW_TO)) {
			text = "rollback to";
			iw_sqlite_skip(parser, KW_SAVEPOINT);
			is_valid = iw_sqlite_nm(parser, &savepoint);
		}
	} else {
		text = first == KW_RELEASE ? "release" : "savepoint";
		if (first == KW_RELEASE)
			iw_sqlite_skip(parser, KW_SAVEPOINT);
		is_valid = iw_sqlite_nm(parser, &savepoint);
	}
	if (!is_valid)
		return false;
	struct iw_operation *operation = iw_sqlite_add_operation(parser, IW_OP_TRANSACTION);
	operation->text = text;
	operation->member = savepoint;
	return true;
}

/* A number with its sign, a name, a string, ON, DELETE or DEFAULT: as text without quotes. */
static bool pragma_value(struct parser *parser, const char **value)
{
	bool is_minus = iw_sqlite_is_operator(parser, "-");
	bool is_signed = is_minus || iw_sqlite_is_operator(parser, "+");
	if (is_signed)
		iw_sqlite_take(parser);
	struct token token = parser->token;
	bool is_number = token.kind == TOKEN_INTEGER || token.kind == TOKEN_FLOAT;
	bool is_word = iw_sqlite_token_is_nm(&token) || token.keyword == KW_ON || token.keyword == KW_DELETE ||
		       token.keyword == KW_DEFAULT;
	if (!is_number && (is_signed || !is_word))
		return iw_sqlite_refuse(parser);
	iw_sqlite_take(parser);
	const char *text = iw_sqlite_token_name(parser->arena, &token);
	*value = is_minus ? iw_arena_printf(parser->arena, "-%s", text) : text;
	return true;
}

/* Pragmas that fail, or do nothing, inside a transaction (measured on 3.40); foreign_keys is the runner's own matter.
 */
static bool needs_no_transaction(const char *pragma)
{
	static const char *const names[] = {"journal_mode", "synchronous", "wal_checkpoint"};
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
		if (g_str_equal(pragma, names[i]))
			return true;
	return false;
}

static bool pragma(struct parser *parser)
{
	struct iw_name name;
	const char *value = NULL;
	iw_sqlite_take(parser);
	if (!iw_sqlite_full_name(parser, &name))
		return false;
	bool is_call = iw_sqlite_is_kind(parser, TOKEN_OPEN);
	bool is_set = iw_sqlite_is_operator(parser, "=") || iw_sqlite_is_operator(parser, "==");
	if (is_call || is_set) {
		iw_sqlite_take(parser);
		if (!pragma_value(parser, &value) || (is_call && !iw_sqlite_expect_kind(parser, TOKEN_CLOSE)))
			return false;
	}
	struct iw_operation *operation = iw_sqlite_add_operation(parser, IW_OP_SET);
	g_autofree char *lower = g_ascii_strdown(name.name, -1);
	operation->member = iw_arena_strdup(parser->arena, lower);
	operation->name.schema = name.schema;
	operation->text = value;
	if (needs_no_transaction(operation->member) &&
	    (value != NULL || g_str_equal(operation->member, "wal_checkpoint")))
		parser->statement->needs_no_transaction = true;
	return true;
}

/* VACUUM [schema] [INTO expr] */
static bool vacuum(struct parser *parser)
{
	struct iw_name name = {0};
	struct value ignored;
	const char *into = NULL;
	iw_sqlite_take(parser);
	if (!iw_sqlite_is(parser, KW_INTO) && iw_sqlite_token_is_nm(&parser->token))
		iw_sqlite_nm(parser, &name.schema);
	if (iw_sqlite_skip(parser, KW_INTO)) {
		size_t begin = parser->token.begin;
		if (!iw_sqlite_expr(parser, &ignored))
			return false;
		into = iw_sqlite_text_from(parser, begin);
	}
	struct iw_operation *operation = iw_sqlite_add_operation(parser, IW_OP_VACUUM);
	operation->name = name;
	operation->text = into;
	parser->statement->needs_no_transaction = true;
	return true;
}

/* REINDEX [name], ANALYZE [name]: which kind of object the name is, only the database knows. */
static bool named(struct parser *parser, enum iw_operation_kind kind)
{
	struct iw_name name = {0};
	iw_sqlite_take(parser);
	bool has_name = iw_sqlite_token_is_nm(&parser->token);
	if (has_name && !iw_sqlite_full_name(parser, &name))
		return false;
	struct iw_operation *operation = iw_sqlite_add_operation(parser, kind);
	operation->name = name;
	if (kind == IW_OP_REINDEX)
		operation->object_kind = has_name ? IW_OBJECT_OTHER : IW_OBJECT_DATABASE;
	return true;
}

/* ATTACH [DATABASE] expr AS expr [KEY expr] | DETACH [DATABASE] expr */
static bool attach(struct parser *parser)
{
	bool is_attach = iw_sqlite_is(parser, KW_ATTACH);
	struct value ignored;
	const char *file = NULL;
	iw_sqlite_take(parser);
	iw_sqlite_skip(parser, KW_DATABASE);
	size_t begin = parser->token.begin;
	struct token name = parser->token;
	if (!iw_sqlite_expr(parser, &ignored))
		return false;
	if (is_attach) {
		file = iw_sqlite_text_from(parser, begin);
		if (!iw_sqlite_expect(parser, KW_AS))
			return false;
		name = parser->token;
		if (!iw_sqlite_expr(parser, &ignored) ||
		    (iw_sqlite_skip(parser, KW_KEY) && !iw_sqlite_expr(parser, &ignored)))
			return false;
	}
	struct iw_operation *operation =
		iw_sqlite_add_operation(parser, is_attach ? IW_OP_CREATE_OBJECT : IW_OP_DROP_OBJECT);
	operation->object_kind = IW_OBJECT_DATABASE;
	operation->name.name = iw_sqlite_token_name(parser->arena, &name);
	operation->definition = file;
	return true;
}

bool iw_sqlite_short_statement(struct parser *parser)
{
	switch (parser->token.keyword) {
	case KW_BEGIN:
	case KW_COMMIT:
	case KW_END:
	case KW_ROLLBACK:
	case KW_SAVEPOINT:
	case KW_RELEASE:
		return transaction(parser);
	case KW_PRAGMA:
		return pragma(parser);
	case KW_VACUUM:
		return vacuum(parser);
	case KW_REINDEX:
		return named(parser, IW_OP_REINDEX);
	case KW_ANALYZE:
		return named(parser, IW_OP_ANALYZE);
	case KW_ATTACH:
	case KW_DETACH:
		return attach(parser);
	default:
		return iw_sqlite_refuse(parser);
	}
}
