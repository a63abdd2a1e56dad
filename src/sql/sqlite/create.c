/* CREATE of everything: dispatch, and views, indexes, triggers and virtual tables. */
#include "sql/sqlite/parser.h"

static struct iw_table *new_table(struct parser *parser, struct iw_name name, enum iw_table_kind kind, unsigned flags)
{
	struct iw_table *table = iw_table_new(parser->arena, name);
	table->kind = kind;
	table->is_temporary = (flags & IW_TEMPORARY) != 0;
	return table;
}

static struct iw_operation *add(struct parser *parser, enum iw_operation_kind kind, struct iw_name name, unsigned flags)
{
	struct iw_operation *operation = iw_sqlite_add_operation(parser, kind);
	operation->name = name;
	operation->flags = flags;
	return operation;
}

/* [IF NOT EXISTS] name [(columns)] AS select */
static bool create_view(struct parser *parser, unsigned flags)
{
	struct iw_name name;
	if (!iw_sqlite_if_not_exists(parser, &flags) || !iw_sqlite_full_name(parser, &name))
		return false;
	struct iw_table *table = new_table(parser, name, IW_VIEW, flags);
	if (iw_sqlite_is_kind(parser, TOKEN_OPEN)) {
		g_autoptr(GPtrArray) names = g_ptr_array_new();
		if (!iw_sqlite_name_list(parser, names))
			return false;
		for (guint i = 0; i < names->len; i++) {
			struct iw_column *column = iw_new(parser->arena, struct iw_column);
			column->name = g_ptr_array_index(names, i);
			column->type = iw_sqlite_type_read(parser->arena, parser->engine, "");
			g_ptr_array_add(table->columns, column);
		}
	}
	if (!iw_sqlite_expect(parser, KW_AS))
		return false;
	size_t begin = parser->token.begin;
	if (!iw_sqlite_select(parser))
		return false;
	table->definition = iw_sqlite_text_from(parser, begin);
	add(parser, IW_OP_CREATE_VIEW, name, flags)->table = table;
	return true;
}

/* [IF NOT EXISTS] name ON table (keys) [WHERE expr] */
static bool create_index(struct parser *parser, unsigned flags, bool is_unique)
{
	struct iw_name name;
	struct value ignored;
	struct iw_index *result = iw_new(parser->arena, struct iw_index);
	result->keys = iw_arena_ptr_array(parser->arena);
	result->is_unique = is_unique;
	result->method = "btree";
	if (!iw_sqlite_if_not_exists(parser, &flags) || !iw_sqlite_full_name(parser, &name) ||
	    !iw_sqlite_expect(parser, KW_ON) || !iw_sqlite_nm(parser, &result->table.name) ||
	    !iw_sqlite_keys(parser, result->keys, NULL))
		return false;
	if (iw_sqlite_skip(parser, KW_WHERE)) {
		size_t begin = parser->token.begin;
		if (!iw_sqlite_expr(parser, &ignored))
			return false;
		result->where = iw_sqlite_expression_from(parser, begin);
	}
	result->name = name.name;
	result->table.schema = name.schema;
	struct iw_operation *operation = add(parser, IW_OP_CREATE_INDEX, result->table, flags);
	operation->member = result->name;
	operation->index = result;
	return true;
}

/* BEFORE | AFTER | INSTEAD OF, then DELETE | INSERT | UPDATE [OF columns] */
static bool trigger_event(struct parser *parser)
{
	if (iw_sqlite_skip(parser, KW_INSTEAD)) {
		if (!iw_sqlite_expect(parser, KW_OF))
			return false;
	} else if (!iw_sqlite_skip(parser, KW_BEFORE)) {
		iw_sqlite_skip(parser, KW_AFTER);
	}
	if (iw_sqlite_skip(parser, KW_UPDATE))
		return !iw_sqlite_skip(parser, KW_OF) || iw_sqlite_bare_name_list(parser, NULL);
	return iw_sqlite_skip(parser, KW_DELETE) || iw_sqlite_expect(parser, KW_INSERT);
}

/* [FOR EACH ROW] [WHEN expr] BEGIN statement; ... END */
static bool trigger_body(struct parser *parser)
{
	struct value ignored;
	if (iw_sqlite_skip(parser, KW_FOR) && (!iw_sqlite_expect(parser, KW_EACH) || !iw_sqlite_expect(parser, KW_ROW)))
		return false;
	if (iw_sqlite_skip(parser, KW_WHEN) && !iw_sqlite_expr(parser, &ignored))
		return false;
	if (!iw_sqlite_expect(parser, KW_BEGIN))
		return false;
	do {
		bool is_change = iw_sqlite_is(parser, KW_INSERT) || iw_sqlite_is(parser, KW_REPLACE) ||
				 iw_sqlite_is(parser, KW_UPDATE) || iw_sqlite_is(parser, KW_DELETE);
		if (!is_change && !iw_sqlite_starts_select(parser))
			return iw_sqlite_refuse(parser);
		if (!iw_sqlite_data_statement(parser, true) || !iw_sqlite_expect_kind(parser, TOKEN_SEMICOLON))
			return false;
	} while (!iw_sqlite_is(parser, KW_END));
	iw_sqlite_take(parser);
	return true;
}

static bool create_trigger(struct parser *parser, unsigned flags)
{
	struct iw_name name, table;
	if (!iw_sqlite_if_not_exists(parser, &flags) || !iw_sqlite_full_name(parser, &name))
		return false;
	size_t begin = parser->token.begin;
	if (!trigger_event(parser) || !iw_sqlite_expect(parser, KW_ON) || !iw_sqlite_full_name(parser, &table) ||
	    !trigger_body(parser))
		return false;
	if (table.schema == NULL)
		table.schema = name.schema;
	struct iw_operation *operation = add(parser, IW_OP_CREATE_TRIGGER, table, flags);
	operation->member = name.name;
	operation->definition = iw_sqlite_text_from(parser, begin);
	return true;
}

/* VIRTUAL TABLE [IF NOT EXISTS] name USING module [(anything)] */
static bool virtual_table(struct parser *parser)
{
	struct iw_name name;
	unsigned flags = 0;
	if (!iw_sqlite_expect(parser, KW_TABLE) || !iw_sqlite_if_not_exists(parser, &flags) ||
	    !iw_sqlite_full_name(parser, &name))
		return false;
	struct iw_table *table = new_table(parser, name, IW_VIRTUAL_TABLE, flags);
	size_t begin = parser->token.begin;
	if (!iw_sqlite_expect(parser, KW_USING) || !iw_sqlite_nm(parser, NULL))
		return false;
	if (iw_sqlite_is_kind(parser, TOKEN_OPEN)) {
		int depth = 0;
		do {
			depth += iw_sqlite_is_kind(parser, TOKEN_OPEN);
			depth -= iw_sqlite_is_kind(parser, TOKEN_CLOSE);
			if (iw_sqlite_is_kind(parser, TOKEN_END) || iw_sqlite_is_kind(parser, TOKEN_SEMICOLON) ||
			    iw_sqlite_is_kind(parser, TOKEN_ILLEGAL))
				return iw_sqlite_refuse(parser);
			iw_sqlite_take(parser);
		} while (depth > 0);
	}
	table->definition = iw_sqlite_text_from(parser, begin);
	add(parser, IW_OP_CREATE_TABLE, name, flags)->table = table;
	return true;
}

bool iw_sqlite_create(struct parser *parser)
{
	iw_sqlite_take(parser);
	unsigned flags = 0;
	if (iw_sqlite_skip(parser, KW_VIRTUAL))
		return virtual_table(parser);
	if (iw_sqlite_is(parser, KW_UNIQUE) || iw_sqlite_is(parser, KW_INDEX)) {
		bool is_unique = iw_sqlite_skip(parser, KW_UNIQUE);
		return iw_sqlite_expect(parser, KW_INDEX) && create_index(parser, flags, is_unique);
	}
	if (iw_sqlite_skip(parser, KW_TEMP) || iw_sqlite_skip(parser, KW_TEMPORARY))
		flags = IW_TEMPORARY;
	if (iw_sqlite_skip(parser, KW_TABLE))
		return iw_sqlite_create_table(parser, flags);
	if (iw_sqlite_skip(parser, KW_VIEW))
		return create_view(parser, flags);
	return iw_sqlite_expect(parser, KW_TRIGGER) && create_trigger(parser, flags);
}
