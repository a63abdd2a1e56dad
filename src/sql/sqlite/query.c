/* SELECT, INSERT, UPDATE, DELETE and what they touch (struct iw_data). */
#include "sql/sqlite/parser.h"

#include <string.h>

static void add_read(struct parser *parser, struct iw_name table)
{
	struct iw_data *data = parser->data;
	if (data == NULL || data->reads == NULL)
		return;
	for (guint i = 0; table.schema == NULL && i < parser->ctes->len; i++)
		if (g_ascii_strcasecmp(g_ptr_array_index(parser->ctes, i), table.name) == 0)
			return;
	for (guint i = 0; i < data->reads->len; i++) {
		const struct iw_name *known = g_ptr_array_index(data->reads, i);
		if (g_ascii_strcasecmp(known->name, table.name) == 0 && g_strcmp0(known->schema, table.schema) == 0)
			return;
	}
	g_ptr_array_add(data->reads, iw_arena_memdup(parser->arena, &table, sizeof table));
}

/* [AS name | name]: without AS it must not be a word of joins. */
static bool alias(struct parser *parser)
{
	if (iw_sqlite_skip(parser, KW_AS))
		return iw_sqlite_nm(parser, NULL);
	if (iw_sqlite_token_is_id(&parser->token) || iw_sqlite_is_kind(parser, TOKEN_STRING))
		iw_sqlite_take(parser);
	return true;
}

/* * | table.* | expr [AS name], ... */
static bool result_columns(struct parser *parser)
{
	do {
		struct value ignored;
		if (iw_sqlite_is_operator(parser, "*")) {
			iw_sqlite_take(parser);
			continue;
		}
		struct token dot = iw_sqlite_peek(parser, 1), star = iw_sqlite_peek(parser, 2);
		if (iw_sqlite_token_is_nm(&parser->token) && dot.kind == TOKEN_DOT && iw_sqlite_token_is(&star, "*")) {
			iw_sqlite_take(parser);
			iw_sqlite_take(parser);
			iw_sqlite_take(parser);
			continue;
		}
		if (!iw_sqlite_expr(parser, &ignored) || !alias(parser))
			return false;
	} while (iw_sqlite_skip_kind(parser, TOKEN_COMMA));
	return true;
}

static bool indexed_by(struct parser *parser)
{
	if (iw_sqlite_is(parser, KW_NOT)) {
		iw_sqlite_take(parser);
		return iw_sqlite_expect(parser, KW_INDEXED);
	}
	if (!iw_sqlite_is(parser, KW_INDEXED))
		return true;
	iw_sqlite_take(parser);
	return iw_sqlite_expect(parser, KW_BY) && iw_sqlite_nm(parser, NULL);
}

/* ON expr | USING (names) */
static bool join_condition(struct parser *parser)
{
	struct value ignored;
	if (iw_sqlite_skip(parser, KW_ON))
		return iw_sqlite_expr(parser, &ignored);
	return !iw_sqlite_skip(parser, KW_USING) || iw_sqlite_name_list(parser, NULL);
}

static bool table_list(struct parser *parser);

/* ( select | tables ) [alias] [condition] */
static bool parenthesised_source(struct parser *parser)
{
	iw_sqlite_take(parser);
	bool is_valid = iw_sqlite_starts_select(parser) ? iw_sqlite_select(parser) : table_list(parser);
	return is_valid && iw_sqlite_expect_kind(parser, TOKEN_CLOSE) && alias(parser) && join_condition(parser);
}

/* table [alias] [indexed] | function(args) [alias] | ( ... ), with its join condition */
static bool table_source(struct parser *parser)
{
	struct iw_name name;
	if (iw_sqlite_is_kind(parser, TOKEN_OPEN))
		return parenthesised_source(parser);
	if (!iw_sqlite_full_name(parser, &name))
		return false;
	if (!iw_sqlite_skip_kind(parser, TOKEN_OPEN)) {
		add_read(parser, name);
		return alias(parser) && indexed_by(parser) && join_condition(parser);
	}
	if (!iw_sqlite_is_kind(parser, TOKEN_CLOSE) && !iw_sqlite_expr_list(parser, NULL))
		return false;
	return iw_sqlite_expect_kind(parser, TOKEN_CLOSE) && alias(parser) && join_condition(parser);
}

/* , | JOIN | LEFT [OUTER] JOIN | NATURAL ... JOIN. Sets *is_join when there is one. */
static bool join_operator(struct parser *parser, bool *is_join)
{
	*is_join = true;
	if (iw_sqlite_skip_kind(parser, TOKEN_COMMA) || iw_sqlite_skip(parser, KW_JOIN))
		return true;
	*is_join = iw_sqlite_keyword_use(parser->token.keyword) == 'J';
	if (!*is_join)
		return true;
	iw_sqlite_take(parser);
	for (int words = 0; words < 2 && !iw_sqlite_is(parser, KW_JOIN); words++)
		if (!iw_sqlite_nm(parser, NULL))
			return false;
	return iw_sqlite_expect(parser, KW_JOIN);
}

static bool table_list(struct parser *parser)
{
	for (bool is_join = true; is_join;)
		if (!table_source(parser) || !join_operator(parser, &is_join))
			return false;
	return true;
}

static bool order_by(struct parser *parser)
{
	return !iw_sqlite_skip(parser, KW_ORDER) || (iw_sqlite_expect(parser, KW_BY) && iw_sqlite_order_terms(parser));
}

static bool limit(struct parser *parser, bool *is_there)
{
	struct value ignored;
	*is_there = iw_sqlite_skip(parser, KW_LIMIT);
	if (!*is_there)
		return true;
	if (!iw_sqlite_expr(parser, &ignored))
		return false;
	if (!iw_sqlite_skip(parser, KW_OFFSET) && !iw_sqlite_skip_kind(parser, TOKEN_COMMA))
		return true;
	return iw_sqlite_expr(parser, &ignored);
}

/* VALUES (...), (...): counts rows of the outermost statement. */
static bool values(struct parser *parser, size_t *rows)
{
	iw_sqlite_take(parser);
	do {
		if (!iw_sqlite_expect_kind(parser, TOKEN_OPEN) || !iw_sqlite_expr_list(parser, NULL) ||
		    !iw_sqlite_expect_kind(parser, TOKEN_CLOSE))
			return false;
		++*rows;
	} while (iw_sqlite_skip_kind(parser, TOKEN_COMMA));
	return true;
}

/* What the outermost SELECT of a statement looks like. */
struct select {
	bool has_from, has_where, has_limit, is_compound;
	size_t rows;
};

static bool select_core(struct parser *parser, struct select *select)
{
	struct value value;
	if (iw_sqlite_is(parser, KW_VALUES))
		return values(parser, &select->rows);
	if (!iw_sqlite_expect(parser, KW_SELECT))
		return false;
	if (iw_sqlite_is(parser, KW_DISTINCT) || iw_sqlite_is(parser, KW_ALL))
		iw_sqlite_take(parser);
	if (!result_columns(parser))
		return false;
	if (iw_sqlite_skip(parser, KW_FROM)) {
		select->has_from = true;
		if (!table_list(parser))
			return false;
	}
	if (iw_sqlite_skip(parser, KW_WHERE)) {
		if (!iw_sqlite_expr(parser, &value))
			return false;
		select->has_where = value.kind != VALUE_LITERAL;
	}
	if (iw_sqlite_skip(parser, KW_GROUP) &&
	    (!iw_sqlite_expect(parser, KW_BY) || !iw_sqlite_expr_list(parser, NULL)))
		return false;
	if (iw_sqlite_skip(parser, KW_HAVING) && !iw_sqlite_expr(parser, &value))
		return false;
	if (iw_sqlite_skip(parser, KW_WINDOW) && !iw_sqlite_window_definitions(parser))
		return false;
	return order_by(parser) && limit(parser, &select->has_limit);
}

static bool compound(struct parser *parser, struct select *select)
{
	for (;;) {
		if (!select_core(parser, select))
			return false;
		if (iw_sqlite_skip(parser, KW_UNION))
			iw_sqlite_skip(parser, KW_ALL);
		else if (!iw_sqlite_skip(parser, KW_EXCEPT) && !iw_sqlite_skip(parser, KW_INTERSECT))
			return true;
		select->is_compound = true;
	}
}

/* WITH [RECURSIVE] name [(columns)] AS [[NOT] MATERIALIZED] (select), ... */
static bool with(struct parser *parser)
{
	if (!iw_sqlite_skip(parser, KW_WITH))
		return true;
	iw_sqlite_skip(parser, KW_RECURSIVE);
	do {
		const char *name = NULL;
		if (!iw_sqlite_nm(parser, &name))
			return false;
		g_ptr_array_add(parser->ctes, (char *)name);
		if (iw_sqlite_is_kind(parser, TOKEN_OPEN) && !iw_sqlite_name_list(parser, NULL))
			return false;
		if (!iw_sqlite_expect(parser, KW_AS))
			return false;
		bool is_negated = iw_sqlite_skip(parser, KW_NOT);
		if (!iw_sqlite_skip(parser, KW_MATERIALIZED) && is_negated)
			return iw_sqlite_refuse(parser);
		if (!iw_sqlite_expect_kind(parser, TOKEN_OPEN) || !iw_sqlite_select(parser) ||
		    !iw_sqlite_expect_kind(parser, TOKEN_CLOSE))
			return false;
	} while (iw_sqlite_skip_kind(parser, TOKEN_COMMA));
	return true;
}

bool iw_sqlite_starts_select(const struct parser *parser)
{
	return iw_sqlite_is(parser, KW_SELECT) || iw_sqlite_is(parser, KW_VALUES) || iw_sqlite_is(parser, KW_WITH);
}

static bool select_like(struct parser *parser, struct select *select)
{
	bool collects = parser->collects_equals;
	if (++parser->depth > SQLITE_MAX_DEPTH)
		return iw_sqlite_refuse_with(parser, SQLITE_TOO_DEEP);
	parser->collects_equals = false;
	bool is_valid = with(parser) && compound(parser, select);
	parser->collects_equals = collects;
	parser->depth--;
	return is_valid;
}

bool iw_sqlite_select(struct parser *parser)
{
	struct select ignored = {0};
	return select_like(parser, &ignored);
}

/* name [AS alias] of INSERT, UPDATE, DELETE */
static bool target(struct parser *parser, bool is_in_trigger, struct iw_name *name)
{
	bool is_qualified = iw_sqlite_peek(parser, 1).kind == TOKEN_DOT;
	if (!iw_sqlite_full_name(parser, name))
		return false;
	if (is_in_trigger && is_qualified)
		return iw_sqlite_refuse_with(parser,
					     "qualified table names are not allowed on INSERT, UPDATE, and DELETE "
					     "statements within triggers");
	if (is_in_trigger || !iw_sqlite_skip(parser, KW_AS))
		return true;
	return iw_sqlite_nm(parser, NULL);
}

static void add_column(struct parser *parser, const char *name)
{
	if (parser->data == NULL)
		return;
	if (parser->data->columns == NULL)
		parser->data->columns = iw_arena_ptr_array(parser->arena);
	g_ptr_array_add(parser->data->columns, (char *)name);
}

/* SET a = expr, (b, c) = expr; notes the columns unless it belongs to an upsert. */
static bool set_list(struct parser *parser, bool notes_columns)
{
	struct value ignored;
	do {
		g_autoptr(GPtrArray) names = g_ptr_array_new();
		const char *name = NULL;
		if (iw_sqlite_is_kind(parser, TOKEN_OPEN)) {
			if (!iw_sqlite_name_list(parser, names))
				return false;
		} else if (iw_sqlite_nm(parser, &name)) {
			g_ptr_array_add(names, (char *)name);
		} else {
			return false;
		}
		for (guint i = 0; notes_columns && i < names->len; i++)
			add_column(parser, g_ptr_array_index(names, i));
		if (!iw_sqlite_is_operator(parser, "=") && !iw_sqlite_is_operator(parser, "=="))
			return iw_sqlite_refuse(parser);
		iw_sqlite_take(parser);
		if (!iw_sqlite_expr(parser, &ignored))
			return false;
	} while (iw_sqlite_skip_kind(parser, TOKEN_COMMA));
	return true;
}

static bool returning(struct parser *parser)
{
	return !iw_sqlite_skip(parser, KW_RETURNING) || result_columns(parser);
}

/* ON CONFLICT [(keys) [WHERE]] DO NOTHING | DO UPDATE SET ... [WHERE] */
static bool upsert(struct parser *parser)
{
	while (iw_sqlite_skip(parser, KW_ON)) {
		if (parser->data != NULL)
			parser->data->has_on_conflict = true;
		if (!iw_sqlite_expect(parser, KW_CONFLICT))
			return false;
		bool has_target = iw_sqlite_skip_kind(parser, TOKEN_OPEN);
		if (has_target && (!iw_sqlite_order_terms(parser) || !iw_sqlite_expect_kind(parser, TOKEN_CLOSE) ||
				   !iw_sqlite_where(parser)))
			return false;
		if (!iw_sqlite_expect(parser, KW_DO))
			return false;
		if (!iw_sqlite_skip(parser, KW_NOTHING) &&
		    (!iw_sqlite_expect(parser, KW_UPDATE) || !iw_sqlite_expect(parser, KW_SET) ||
		     !set_list(parser, false) || !iw_sqlite_where(parser)))
			return false;
		if (!has_target)
			break;
	}
	return true;
}

static bool conflict_word(struct parser *parser)
{
	static const enum keyword words[] = {KW_ROLLBACK, KW_ABORT, KW_FAIL, KW_IGNORE, KW_REPLACE};
	for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
		if (!iw_sqlite_is(parser, words[i]))
			continue;
		if (parser->data != NULL && (words[i] == KW_IGNORE || words[i] == KW_REPLACE))
			parser->data->has_on_conflict = true;
		iw_sqlite_take(parser);
		return true;
	}
	return iw_sqlite_refuse(parser);
}

static bool insert_source(struct parser *parser, bool is_in_trigger)
{
	struct select select = {0};
	if (!is_in_trigger && iw_sqlite_skip(parser, KW_DEFAULT)) {
		select.rows = 1;
		if (!iw_sqlite_expect(parser, KW_VALUES))
			return false;
	} else if (!select_like(parser, &select) || !upsert(parser)) {
		return false;
	}
	struct iw_data *data = parser->data;
	if (data == NULL)
		return true;
	data->rows = select.rows;
	data->is_values = select.rows > 0 && !select.is_compound;
	data->has_where = select.has_where;
	data->has_limit = select.has_limit;
	data->is_bounded = data->is_values || select.has_limit || !select.has_from;
	return true;
}

static bool insert_rows(struct parser *parser, bool is_in_trigger, struct iw_name *name)
{
	if (iw_sqlite_skip(parser, KW_REPLACE)) {
		if (parser->data != NULL)
			parser->data->has_on_conflict = true;
	} else {
		iw_sqlite_take(parser);
		if (iw_sqlite_skip(parser, KW_OR) && !conflict_word(parser))
			return false;
	}
	if (!iw_sqlite_expect(parser, KW_INTO) || !target(parser, is_in_trigger, name))
		return false;
	if (iw_sqlite_is_kind(parser, TOKEN_OPEN)) {
		g_autoptr(GPtrArray) names = g_ptr_array_new();
		if (!iw_sqlite_name_list(parser, names))
			return false;
		for (guint i = 0; i < names->len; i++)
			add_column(parser, g_ptr_array_index(names, i));
	}
	return insert_source(parser, is_in_trigger) && returning(parser);
}

/* [WHERE] [RETURNING] [ORDER BY] [LIMIT] of UPDATE and DELETE */
static bool restriction(struct parser *parser, bool is_in_trigger)
{
	bool has_limit = false;
	parser->collects_equals = parser->data != NULL;
	bool is_valid = iw_sqlite_where(parser);
	parser->collects_equals = false;
	if (!is_valid || is_in_trigger)
		return is_valid;
	if (!returning(parser) || !order_by(parser) || !limit(parser, &has_limit))
		return false;
	parser->data->has_limit = has_limit;
	parser->data->is_bounded = has_limit || parser->data->equals->len > 0;
	return true;
}

static bool update_rows(struct parser *parser, bool is_in_trigger, struct iw_name *name)
{
	iw_sqlite_take(parser);
	if (iw_sqlite_skip(parser, KW_OR) && !conflict_word(parser))
		return false;
	if (!target(parser, is_in_trigger, name) || !indexed_by(parser) || !iw_sqlite_expect(parser, KW_SET) ||
	    !set_list(parser, true))
		return false;
	if (iw_sqlite_skip(parser, KW_FROM) && !table_list(parser))
		return false;
	return restriction(parser, is_in_trigger);
}

static bool delete_rows(struct parser *parser, bool is_in_trigger, struct iw_name *name)
{
	iw_sqlite_take(parser);
	return iw_sqlite_expect(parser, KW_FROM) && target(parser, is_in_trigger, name) && indexed_by(parser) &&
	       restriction(parser, is_in_trigger);
}

static struct iw_data *new_data(struct parser *parser)
{
	struct iw_data *data = iw_new(parser->arena, struct iw_data);
	data->reads = iw_arena_ptr_array(parser->arena);
	data->equals = iw_arena_ptr_array(parser->arena);
	data->functions = iw_arena_ptr_array(parser->arena);
	return data;
}

/* Lists that are empty are none; the table itself is not among those it reads. */
static void finish_data(struct iw_data *data)
{
	if (data->reads->len == 0)
		data->reads = NULL;
	if (data->equals->len == 0)
		data->equals = NULL;
	if (data->functions->len == 0)
		data->functions = NULL;
}

bool iw_sqlite_data_statement(struct parser *parser, bool is_in_trigger)
{
	enum iw_operation_kind kind = IW_OP_SELECT;
	struct iw_name name = {0};
	if (!is_in_trigger)
		parser->data = new_data(parser);
	bool is_valid;
	if (is_in_trigger && iw_sqlite_starts_select(parser))
		return iw_sqlite_select(parser);
	if (!is_in_trigger && iw_sqlite_is(parser, KW_WITH) && !with(parser))
		return false;
	if (iw_sqlite_is(parser, KW_INSERT) || iw_sqlite_is(parser, KW_REPLACE)) {
		kind = IW_OP_INSERT;
		is_valid = insert_rows(parser, is_in_trigger, &name);
	} else if (iw_sqlite_is(parser, KW_UPDATE)) {
		kind = IW_OP_UPDATE;
		is_valid = update_rows(parser, is_in_trigger, &name);
	} else if (iw_sqlite_is(parser, KW_DELETE)) {
		kind = IW_OP_DELETE;
		is_valid = delete_rows(parser, is_in_trigger, &name);
	} else {
		struct select select = {0};
		is_valid = iw_sqlite_is(parser, KW_WITH) ? iw_sqlite_refuse(parser) : select_like(parser, &select);
		if (parser->data != NULL) {
			parser->data->has_where = select.has_where;
			parser->data->has_limit = select.has_limit;
		}
	}
	if (!is_valid || is_in_trigger)
		return is_valid;
	struct iw_operation *operation = iw_sqlite_add_operation(parser, kind);
	operation->name = name;
	finish_data(parser->data);
	operation->data = parser->data;
	parser->data = NULL;
	return true;
}
