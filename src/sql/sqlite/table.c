/* CREATE TABLE: columns, their constraints, the table's constraints and options. */
#include "sql/sqlite/parser.h"

#include <string.h>

/* [ON CONFLICT word] */
static bool on_conflict(struct parser *parser, const char **word)
{
	static const enum keyword words[] = {KW_ROLLBACK, KW_ABORT, KW_FAIL, KW_IGNORE, KW_REPLACE};
	if (!iw_sqlite_is(parser, KW_ON))
		return true;
	iw_sqlite_take(parser);
	if (!iw_sqlite_expect(parser, KW_CONFLICT))
		return false;
	for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
		if (!iw_sqlite_skip(parser, words[i]))
			continue;
		if (words[i] != KW_ABORT) /* what it does anyway */
			*word = iw_sqlite_keyword_name(words[i]);
		return true;
	}
	return iw_sqlite_refuse(parser);
}

static struct iw_constraint *new_constraint(struct parser *parser, enum iw_constraint_kind kind, const char *name)
{
	struct iw_constraint *constraint = iw_new(parser->arena, struct iw_constraint);
	constraint->kind = kind;
	constraint->name = name;
	constraint->keys = iw_arena_ptr_array(parser->arena);
	constraint->columns = iw_arena_ptr_array(parser->arena);
	constraint->referenced_columns = iw_arena_ptr_array(parser->arena);
	return constraint;
}

/* SET NULL | SET DEFAULT | CASCADE | RESTRICT | NO ACTION */
static bool action(struct parser *parser, enum iw_action *result)
{
	if (iw_sqlite_skip(parser, KW_SET)) {
		*result = iw_sqlite_is(parser, KW_NULL) ? IW_SET_NULL : IW_SET_DEFAULT;
		return iw_sqlite_skip(parser, KW_NULL) || iw_sqlite_expect(parser, KW_DEFAULT);
	}
	if (iw_sqlite_skip(parser, KW_NO)) {
		*result = IW_NO_ACTION;
		return iw_sqlite_expect(parser, KW_ACTION);
	}
	*result = iw_sqlite_is(parser, KW_CASCADE) ? IW_CASCADE : IW_RESTRICT;
	return iw_sqlite_skip(parser, KW_CASCADE) || iw_sqlite_expect(parser, KW_RESTRICT);
}

/* MATCH name | ON DELETE action | ON UPDATE action, in any order and number */
static bool reference_arguments(struct parser *parser, struct iw_constraint *constraint)
{
	for (;;) {
		enum iw_action ignored, *result = NULL;
		if (iw_sqlite_skip(parser, KW_MATCH)) {
			const char *name = NULL;
			if (!iw_sqlite_nm(parser, &name))
				return false;
			constraint->match = g_ascii_strcasecmp(name, "simple") == 0 ? NULL : name;
			continue;
		}
		if (!iw_sqlite_skip(parser, KW_ON))
			return true;
		if (iw_sqlite_skip(parser, KW_DELETE))
			result = &constraint->on_delete;
		else if (iw_sqlite_skip(parser, KW_UPDATE))
			result = &constraint->on_update;
		else if (iw_sqlite_skip(parser, KW_INSERT))
			result = &ignored;
		else
			return iw_sqlite_refuse(parser);
		if (!action(parser, result))
			return false;
	}
}

/* REFERENCES table [(columns)] arguments */
static bool references(struct parser *parser, struct iw_constraint *constraint)
{
	return iw_sqlite_expect(parser, KW_REFERENCES) && iw_sqlite_nm(parser, &constraint->references.name) &&
	       (!iw_sqlite_is_kind(parser, TOKEN_OPEN) ||
		iw_sqlite_name_list(parser, constraint->referenced_columns)) &&
	       reference_arguments(parser, constraint);
}

/* [NOT] DEFERRABLE [INITIALLY DEFERRED|IMMEDIATE]; constraint NULL: read and dropped, as SQLite does. */
static bool deferrable(struct parser *parser, struct iw_constraint *constraint)
{
	bool is_negated = iw_sqlite_skip(parser, KW_NOT);
	if (!iw_sqlite_expect(parser, KW_DEFERRABLE))
		return false;
	bool is_deferred = false;
	if (iw_sqlite_skip(parser, KW_INITIALLY)) {
		is_deferred = iw_sqlite_skip(parser, KW_DEFERRED);
		if (!is_deferred && !iw_sqlite_expect(parser, KW_IMMEDIATE))
			return false;
	}
	if (constraint != NULL) {
		constraint->is_deferrable = !is_negated;
		constraint->is_initially_deferred = is_deferred && !is_negated;
	}
	return true;
}

static bool starts_deferrable(const struct parser *parser)
{
	return iw_sqlite_is(parser, KW_DEFERRABLE) ||
	       (iw_sqlite_is(parser, KW_NOT) && iw_sqlite_peek(parser, 1).keyword == KW_DEFERRABLE);
}

/* ( expr ): its text without the parentheses */
static const struct iw_expression *parenthesised(struct parser *parser)
{
	struct value ignored;
	if (!iw_sqlite_expect_kind(parser, TOKEN_OPEN))
		return NULL;
	size_t begin = parser->token.begin;
	if (!iw_sqlite_expr(parser, &ignored))
		return NULL;
	const struct iw_expression *expression = iw_sqlite_expression_from(parser, begin);
	return iw_sqlite_expect_kind(parser, TOKEN_CLOSE) ? expression : NULL;
}

static bool is_literal(const struct token *token)
{
	static const enum keyword words[] = {KW_NULL, KW_CURRENT_DATE, KW_CURRENT_TIME, KW_CURRENT_TIMESTAMP};
	for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
		if (token->keyword == words[i])
			return true;
	return token->kind == TOKEN_INTEGER || token->kind == TOKEN_FLOAT || token->kind == TOKEN_STRING ||
	       token->kind == TOKEN_BLOB;
}

/* DEFAULT literal | +literal | -literal | name | (expr) */
static bool default_clause(struct parser *parser, struct iw_column *column)
{
	iw_sqlite_take(parser);
	if (iw_sqlite_is_kind(parser, TOKEN_OPEN)) {
		column->default_value = parenthesised(parser);
		return column->default_value != NULL;
	}
	size_t begin = parser->token.begin;
	bool is_signed = iw_sqlite_is_operator(parser, "+") || iw_sqlite_is_operator(parser, "-");
	if (is_signed)
		iw_sqlite_take(parser);
	bool is_name = !is_signed && (iw_sqlite_token_is_id(&parser->token) || iw_sqlite_is(parser, KW_INDEXED));
	if (!is_literal(&parser->token) && !is_name)
		return iw_sqlite_refuse(parser);
	iw_sqlite_take(parser);
	column->default_value = iw_sqlite_default(parser->arena, parser->engine, iw_sqlite_text_from(parser, begin));
	return true;
}

static bool follows_column_clause(const struct parser *parser)
{
	static const enum keyword words[] = {KW_CONSTRAINT, KW_DEFAULT,	   KW_NULL,	 KW_NOT,
					     KW_PRIMARY,    KW_UNIQUE,	   KW_CHECK,	 KW_REFERENCES,
					     KW_COLLATE,    KW_DEFERRABLE, KW_GENERATED, KW_AS};
	for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
		if (iw_sqlite_is(parser, words[i]))
			return true;
	return parser->token.kind == TOKEN_COMMA || parser->token.kind == TOKEN_CLOSE ||
	       parser->token.kind == TOKEN_SEMICOLON || parser->token.kind == TOKEN_END;
}

/* GENERATED ALWAYS AS (expr) [STORED|VIRTUAL], or from AS on */
static bool generated_clause(struct parser *parser, struct iw_column *column)
{
	if (iw_sqlite_skip(parser, KW_GENERATED) && !iw_sqlite_expect(parser, KW_ALWAYS))
		return false;
	if (!iw_sqlite_expect(parser, KW_AS))
		return false;
	column->generation = parenthesised(parser);
	if (column->generation == NULL)
		return false;
	column->generated = IW_GENERATED_VIRTUAL;
	if (!iw_sqlite_token_is_id(&parser->token))
		return true;
	struct token start = parser->token;
	const char *word = iw_sqlite_token_name(parser->arena, &start);
	bool is_stored = g_ascii_strcasecmp(word, "stored") == 0;
	if (is_stored)
		column->generated = IW_GENERATED_STORED;
	iw_sqlite_take(parser);
	if (is_stored || g_ascii_strcasecmp(word, "virtual") == 0)
		return true;
	if (follows_column_clause(parser))
		parser->token = start;
	return iw_sqlite_refuse(parser);
}

static void add_column_key(struct parser *parser, struct iw_constraint *constraint, const char *column)
{
	struct iw_key *key = iw_new(parser->arena, struct iw_key);
	key->column = column;
	g_ptr_array_add(constraint->keys, key);
}

/* PRIMARY KEY [ASC|DESC] [ON CONFLICT ...] [AUTOINCREMENT] */
static bool primary_key(struct parser *parser, struct iw_column *column, struct iw_constraint *constraint)
{
	iw_sqlite_take(parser);
	if (!iw_sqlite_expect(parser, KW_KEY))
		return false;
	add_column_key(parser, constraint, column->name);
	struct iw_key *key = g_ptr_array_index(constraint->keys, 0);
	key->is_descending = iw_sqlite_skip(parser, KW_DESC);
	if (!key->is_descending)
		iw_sqlite_skip(parser, KW_ASC);
	if (!on_conflict(parser, &constraint->on_conflict))
		return false;
	column->auto_increment = constraint->auto_increment = iw_sqlite_skip(parser, KW_AUTOINCREMENT);
	return true;
}

/* NOT NULL [ON CONFLICT ...]: an object of its own only when it says more than the flag. */
static bool not_null(struct parser *parser, struct iw_column *column, struct iw_constraint *constraint)
{
	iw_sqlite_take(parser);
	if (!iw_sqlite_expect(parser, KW_NULL) || !on_conflict(parser, &constraint->on_conflict))
		return false;
	column->not_null = true;
	g_ptr_array_add(constraint->columns, (char *)column->name);
	return true;
}

/* The clauses that become constraints of the table. */
static bool constraint_of_column(struct parser *parser, struct iw_column *column, const char *name,
				 struct iw_constraint **last_reference)
{
	static const struct {
		enum keyword keyword;
		enum iw_constraint_kind kind;
	} kinds[] = {
		{KW_NOT, IW_NOT_NULL_CONSTRAINT}, {KW_PRIMARY, IW_PRIMARY_KEY},
		{KW_UNIQUE, IW_UNIQUE},		  {KW_CHECK, IW_CHECK},
		{KW_REFERENCES, IW_FOREIGN_KEY},
	};
	size_t i = 0;
	while (kinds[i].keyword != parser->token.keyword)
		i++;
	struct iw_constraint *constraint = new_constraint(parser, kinds[i].kind, name);
	bool is_valid = false;
	switch (constraint->kind) {
	case IW_NOT_NULL_CONSTRAINT:
		is_valid = not_null(parser, column, constraint);
		if (is_valid && name == NULL && constraint->on_conflict == NULL)
			return true;
		break;
	case IW_PRIMARY_KEY:
		is_valid = primary_key(parser, column, constraint);
		break;
	case IW_UNIQUE:
		iw_sqlite_take(parser);
		add_column_key(parser, constraint, column->name);
		is_valid = on_conflict(parser, &constraint->on_conflict);
		break;
	case IW_CHECK:
		iw_sqlite_take(parser);
		constraint->check = parenthesised(parser);
		is_valid = constraint->check != NULL;
		break;
	default:
		g_ptr_array_add(constraint->columns, (char *)column->name);
		is_valid = references(parser, constraint);
		*last_reference = constraint;
		break;
	}
	if (!is_valid)
		return false;
	if (column->constraints == NULL)
		column->constraints = iw_arena_ptr_array(parser->arena);
	g_ptr_array_add(column->constraints, constraint);
	return true;
}

/* One clause behind the type; *is_there false: none follows. */
static bool column_clause(struct parser *parser, struct iw_column *column, const char **name,
			  struct iw_constraint **last_reference, bool *is_there)
{
	const char *constraint_name = *name, *ignored = NULL;
	*is_there = true;
	*name = NULL;
	if (starts_deferrable(parser))
		return deferrable(parser, *last_reference);
	switch (parser->token.keyword) {
	case KW_CONSTRAINT:
		iw_sqlite_take(parser);
		return iw_sqlite_nm(parser, name);
	case KW_DEFAULT:
		return default_clause(parser, column);
	case KW_NULL:
		iw_sqlite_take(parser);
		return on_conflict(parser, &ignored);
	case KW_COLLATE:
		iw_sqlite_take(parser);
		return iw_sqlite_ids(parser, &column->collation);
	case KW_GENERATED:
	case KW_AS:
		return generated_clause(parser, column);
	case KW_NOT:
	case KW_PRIMARY:
	case KW_UNIQUE:
	case KW_CHECK:
	case KW_REFERENCES:
		return constraint_of_column(parser, column, constraint_name, last_reference);
	default:
		*is_there = false;
		return true;
	}
}

struct iw_column *iw_sqlite_column(struct parser *parser)
{
	struct iw_column *column = iw_new(parser->arena, struct iw_column);
	struct iw_constraint *last_reference = NULL;
	const char *name = NULL;
	if (!iw_sqlite_nm(parser, &column->name) || !iw_sqlite_type(parser, &column->type))
		return NULL;
	for (bool is_there = true; is_there;)
		if (!column_clause(parser, column, &name, &last_reference, &is_there))
			return NULL;
	return column;
}

/* A key that is only a name, perhaps with a collation, is a column; a 'string' too. */
static bool key_column(struct parser *parser, struct iw_key *key)
{
	struct token next = iw_sqlite_peek(parser, 1);
	if (!iw_sqlite_token_is_nm(&parser->token))
		return false;
	bool has_collation = next.keyword == KW_COLLATE;
	if (has_collation)
		next = iw_sqlite_peek(parser, 3);
	static const enum keyword followers[] = {KW_ASC, KW_DESC, KW_NULLS, KW_AUTOINCREMENT};
	bool is_end = next.kind == TOKEN_COMMA || next.kind == TOKEN_CLOSE;
	for (size_t i = 0; i < G_N_ELEMENTS(followers); i++)
		is_end = is_end || next.keyword == followers[i];
	if (!is_end)
		return false;
	key->column = iw_sqlite_token_name(parser->arena, &parser->token);
	return true;
}

static bool key(struct parser *parser, GPtrArray *keys)
{
	struct value ignored;
	struct iw_key *result = iw_new(parser->arena, struct iw_key);
	size_t begin = parser->token.begin;
	if (key_column(parser, result)) {
		iw_sqlite_take(parser);
		if (iw_sqlite_skip(parser, KW_COLLATE) && !iw_sqlite_ids(parser, &result->collation))
			return false;
	} else {
		if (!iw_sqlite_expr(parser, &ignored))
			return false;
		result->expression = iw_sqlite_expression_from(parser, begin);
	}
	struct token order = parser->token;
	if (!iw_sqlite_sort_order(parser, result))
		return false;
	if (result->nulls != 0) {
		parser->token = order;
		return iw_sqlite_refuse_with(parser, "NULLS FIRST and NULLS LAST have no place here");
	}
	g_ptr_array_add(keys, result);
	return true;
}

bool iw_sqlite_keys(struct parser *parser, GPtrArray *keys, bool *is_autoincrement)
{
	if (!iw_sqlite_expect_kind(parser, TOKEN_OPEN))
		return false;
	do {
		if (!key(parser, keys))
			return false;
	} while (iw_sqlite_skip_kind(parser, TOKEN_COMMA));
	if (is_autoincrement != NULL)
		*is_autoincrement = iw_sqlite_skip(parser, KW_AUTOINCREMENT);
	return iw_sqlite_expect_kind(parser, TOKEN_CLOSE);
}

static bool foreign_key(struct parser *parser, struct iw_constraint *constraint)
{
	return iw_sqlite_expect(parser, KW_KEY) && iw_sqlite_name_list(parser, constraint->columns) &&
	       references(parser, constraint) && (!starts_deferrable(parser) || deferrable(parser, constraint));
}

static bool table_constraint(struct parser *parser, const char *name, GPtrArray *constraints)
{
	struct iw_constraint *constraint = new_constraint(parser, IW_CHECK, name);
	bool is_valid;
	if (iw_sqlite_skip(parser, KW_PRIMARY)) {
		constraint->kind = IW_PRIMARY_KEY;
		is_valid = iw_sqlite_expect(parser, KW_KEY) &&
			   iw_sqlite_keys(parser, constraint->keys, &constraint->auto_increment) &&
			   on_conflict(parser, &constraint->on_conflict);
	} else if (iw_sqlite_skip(parser, KW_UNIQUE)) {
		constraint->kind = IW_UNIQUE;
		is_valid =
			iw_sqlite_keys(parser, constraint->keys, NULL) && on_conflict(parser, &constraint->on_conflict);
	} else if (iw_sqlite_skip(parser, KW_FOREIGN)) {
		constraint->kind = IW_FOREIGN_KEY;
		is_valid = foreign_key(parser, constraint);
	} else {
		const char *ignored = NULL;
		if (!iw_sqlite_expect(parser, KW_CHECK))
			return false;
		constraint->check = parenthesised(parser);
		is_valid = constraint->check != NULL && on_conflict(parser, &ignored);
	}
	if (is_valid)
		g_ptr_array_add(constraints, constraint);
	return is_valid;
}

bool iw_sqlite_table_constraints(struct parser *parser, GPtrArray *constraints)
{
	const char *name = NULL;
	for (;;) {
		if (iw_sqlite_skip(parser, KW_CONSTRAINT)) {
			if (!iw_sqlite_nm(parser, &name))
				return false;
		} else {
			if (!table_constraint(parser, name, constraints))
				return false;
			name = NULL;
		}
		bool has_comma = iw_sqlite_skip_kind(parser, TOKEN_COMMA);
		if (!has_comma && (iw_sqlite_is_kind(parser, TOKEN_CLOSE) || iw_sqlite_is_kind(parser, TOKEN_END)))
			return true;
		if (has_comma)
			name = NULL;
	}
}

static bool starts_table_constraint(const struct parser *parser)
{
	static const enum keyword words[] = {KW_CONSTRAINT, KW_PRIMARY, KW_UNIQUE, KW_FOREIGN, KW_CHECK};
	for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
		if (iw_sqlite_is(parser, words[i]))
			return true;
	return false;
}

/* WITHOUT ROWID, STRICT */
static bool table_options(struct parser *parser, struct iw_table *table)
{
	if (!iw_sqlite_skip_kind(parser, TOKEN_COMMA) && !iw_sqlite_token_is_nm(&parser->token))
		return true;
	do {
		const char *word = NULL;
		struct token start = parser->token;
		bool is_without = iw_sqlite_skip(parser, KW_WITHOUT);
		if (!iw_sqlite_nm(parser, &word))
			return false;
		bool is_known = g_ascii_strcasecmp(word, is_without ? "rowid" : "strict") == 0;
		bool is_end = iw_sqlite_is_kind(parser, TOKEN_COMMA) || iw_sqlite_is_kind(parser, TOKEN_END) ||
			      iw_sqlite_is_kind(parser, TOKEN_SEMICOLON);
		if (!is_end)
			return iw_sqlite_refuse(parser);
		if (!is_known) {
			parser->token = start;
			return iw_sqlite_refuse_with(parser, "this is no table option");
		}
		table->is_without_rowid = table->is_without_rowid || is_without;
		table->is_strict = table->is_strict || !is_without;
	} while (iw_sqlite_skip_kind(parser, TOKEN_COMMA));
	return true;
}

/* ( columns [, constraints] ) options */
static bool table_body(struct parser *parser, struct iw_table *table)
{
	iw_sqlite_take(parser);
	do {
		if (table->columns->len > 0 && starts_table_constraint(parser)) {
			if (!iw_sqlite_table_constraints(parser, table->constraints))
				return false;
			break;
		}
		struct iw_column *column = iw_sqlite_column(parser);
		if (column == NULL)
			return false;
		g_ptr_array_add(table->columns, column);
	} while (iw_sqlite_skip_kind(parser, TOKEN_COMMA));
	for (guint i = 0; i < table->constraints->len; i++) {
		const struct iw_constraint *constraint = g_ptr_array_index(table->constraints, i);
		const struct iw_key *only = constraint->auto_increment ? g_ptr_array_index(constraint->keys, 0) : NULL;
		for (guint c = 0; only != NULL && only->column != NULL && c < table->columns->len; c++) {
			struct iw_column *column = g_ptr_array_index(table->columns, c);
			if (g_ascii_strcasecmp(column->name, only->column) == 0)
				column->auto_increment = true;
		}
	}
	return iw_sqlite_expect_kind(parser, TOKEN_CLOSE) && table_options(parser, table);
}

static bool table_from_query(struct parser *parser, struct iw_table *table, const struct iw_data **data)
{
	iw_sqlite_take(parser);
	size_t begin = parser->token.begin;
	struct iw_data *reads = iw_new(parser->arena, struct iw_data);
	reads->reads = iw_arena_ptr_array(parser->arena);
	parser->data = reads;
	bool is_valid = iw_sqlite_select(parser);
	parser->data = NULL;
	table->is_opaque = true;
	table->definition = is_valid ? iw_sqlite_text_from(parser, begin) : NULL;
	*data = reads;
	return is_valid;
}

bool iw_sqlite_create_table(struct parser *parser, unsigned flags)
{
	struct iw_name name;
	const struct iw_data *data = NULL;
	if (!iw_sqlite_if_not_exists(parser, &flags) || !iw_sqlite_full_name(parser, &name))
		return false;
	struct iw_table *table = iw_table_new(parser->arena, name);
	table->is_temporary =
		(flags & IW_TEMPORARY) != 0 || (name.schema != NULL && g_ascii_strcasecmp(name.schema, "temp") == 0);
	bool is_valid = false;
	if (iw_sqlite_is(parser, KW_AS))
		is_valid = table_from_query(parser, table, &data);
	else if (iw_sqlite_is_kind(parser, TOKEN_OPEN))
		is_valid = table_body(parser, table);
	else
		return iw_sqlite_refuse(parser);
	if (!is_valid)
		return false;
	struct iw_operation *operation = iw_sqlite_add_operation(parser, IW_OP_CREATE_TABLE);
	operation->flags = flags;
	operation->name = name;
	operation->table = table;
	operation->data = data;
	return true;
}
