/* A column's definition behind its name: type, attributes in any order, place. */
#include "sql/mysql/parser.h"

static void add_constraint(struct parser *parser, struct iw_column *column, struct iw_constraint *constraint)
{
	if (column->constraints == NULL)
		column->constraints = iw_mysql_list(parser);
	g_ptr_array_add(column->constraints, constraint);
}

static void add_key(struct parser *parser, struct iw_column *column, enum iw_constraint_kind kind)
{
	struct iw_constraint *constraint = iw_mysql_constraint(parser, kind, NULL);
	struct iw_key *key = iw_new(parser->arena, struct iw_key);
	key->column = column->name;
	g_ptr_array_add(constraint->keys, key);
	add_constraint(parser, column, constraint);
}

static void add_option(struct parser *parser, struct iw_column *column, const char *text)
{
	column->options =
		column->options == NULL ? text : iw_arena_printf(parser->arena, "%s %s", column->options, text);
}

/* ---- attributes; each is called with its first words taken ---- */

static bool default_value(struct parser *parser, struct iw_column *column)
{
	const struct iw_expression *value;
	if (iw_mysql_skip_operator(parser, "(")) {
		if (!iw_mysql_expression_of(parser, &value) || !iw_mysql_expect_operator(parser, ")"))
			return false;
	} else if (!iw_mysql_default_of(parser, &value)) {
		return false;
	}
	column->default_value = value->is_null ? NULL : value;
	column->null_written = column->null_written || value->is_null;
	return true;
}

static bool on_update(struct parser *parser, struct iw_column *column)
{
	return iw_mysql_default_of(parser, &column->on_update);
}

static bool not_null(struct parser *parser, struct iw_column *column)
{
	column->not_null = true;
	return !parser->is_failed;
}

static bool null(struct parser *parser, struct iw_column *column)
{
	column->null_written = true;
	return !parser->is_failed;
}

static bool auto_increment(struct parser *parser, struct iw_column *column)
{
	column->auto_increment = true;
	return !parser->is_failed;
}

static bool serial_default(struct parser *parser, struct iw_column *column)
{
	column->auto_increment = column->not_null = true;
	add_key(parser, column, IW_UNIQUE);
	return true;
}

static bool unique(struct parser *parser, struct iw_column *column)
{
	iw_mysql_skip(parser, "KEY");
	add_key(parser, column, IW_UNIQUE);
	return !parser->is_failed;
}

static bool primary(struct parser *parser, struct iw_column *column)
{
	add_key(parser, column, IW_PRIMARY_KEY);
	return !parser->is_failed;
}

static bool comment(struct parser *parser, struct iw_column *column)
{
	iw_mysql_skip_operator(parser, "=");
	if (!iw_mysql_string(parser, &column->comment))
		return false;
	if (*column->comment == '\0')
		column->comment = NULL;
	return true;
}

static bool collate(struct parser *parser, struct iw_column *column)
{
	return iw_mysql_collation_name(parser, &column->collation);
}

static bool charset(struct parser *parser, struct iw_column *column)
{
	return iw_mysql_charset_name(parser, &column->type.charset);
}

static bool visible(struct parser *parser, struct iw_column *column)
{
	column->is_invisible = false;
	return !parser->is_failed;
}

static bool invisible(struct parser *parser, struct iw_column *column)
{
	column->is_invisible = true;
	return !parser->is_failed;
}

/* AS (expression) [VIRTUAL | STORED | PERSISTENT]; AS ROW START | END of system versioning */
static bool generated(struct parser *parser, struct iw_column *column)
{
	if (iw_mysql_skip(parser, "ROW START") || iw_mysql_skip(parser, "ROW END")) {
		bool is_start = g_ascii_tolower(parser->lexer.text[parser->previous_end - 1]) == 't';
		add_option(parser, column, is_start ? "GENERATED ALWAYS AS ROW START" : "GENERATED ALWAYS AS ROW END");
		return !parser->is_failed;
	}
	if (!iw_mysql_expect_operator(parser, "(") || !iw_mysql_expression_of(parser, &column->generation) ||
	    !iw_mysql_expect_operator(parser, ")"))
		return false;
	column->generated = IW_GENERATED_VIRTUAL;
	if (iw_mysql_skip(parser, "STORED") || iw_mysql_skip(parser, "PERSISTENT"))
		column->generated = IW_GENERATED_STORED;
	else
		iw_mysql_skip(parser, "VIRTUAL");
	return !parser->is_failed;
}

/* Until MySQL 9 a reference beside a column is read and forgotten. */
static bool references(struct parser *parser, struct iw_column *column)
{
	struct iw_constraint *constraint = iw_mysql_constraint(parser, IW_FOREIGN_KEY, NULL);
	struct iw_engine engine = parser->engine;
	if (!iw_mysql_references(parser, constraint))
		return false;
	g_ptr_array_add(constraint->columns, (char *)column->name);
	if (engine.is_mariadb || engine.version == 0 || engine.version >= 90000)
		add_constraint(parser, column, constraint);
	return true;
}

static bool check(struct parser *parser, struct iw_column *column)
{
	struct element element;
	if (!iw_mysql_element(parser, &element))
		return false;
	if (element.constraint == NULL || element.constraint->kind != IW_CHECK)
		return iw_mysql_refuse(parser);
	add_constraint(parser, column, element.constraint);
	return true;
}

static bool compressed(struct parser *parser, struct iw_column *column)
{
	const char *method = NULL;
	if (iw_mysql_skip_operator(parser, "=") && !iw_mysql_identifier(parser, &method))
		return false;
	column->compression = method == NULL ? "compressed" : iw_arena_printf(parser->arena, "compressed=%s", method);
	return !parser->is_failed;
}

static const struct {
	const char *words;
	bool (*read)(struct parser *parser, struct iw_column *column);
} attributes[] = {
	{"NOT NULL", not_null},
	{"NULL", null},
	{"DEFAULT", default_value},
	{"ON UPDATE", on_update},
	{"AUTO_INCREMENT", auto_increment},
	{"SERIAL DEFAULT VALUE", serial_default},
	{"UNIQUE", unique},
	{"PRIMARY KEY", primary},
	{"KEY", primary},
	{"COMMENT", comment},
	{"COLLATE", collate},
	{"CHARACTER SET", charset},
	{"CHARSET", charset},
	{"VISIBLE", visible},
	{"INVISIBLE", invisible},
	{"GENERATED ALWAYS AS", generated},
	{"AS", generated},
	{"COMPRESSED", compressed},
};

/* Kept as text: what has no member of its own. */
static bool kept_as_text(struct parser *parser, struct iw_column *column, bool *found)
{
	static const char *const with_value[] = {
		"COLUMN_FORMAT", "STORAGE", "ENGINE_ATTRIBUTE", "SECONDARY_ENGINE_ATTRIBUTE", "SRID", "REF_SYSTEM_ID"};
	size_t begin = parser->token.begin;
	bool is_known = iw_mysql_token_is_name(parser, &parser->token) && iw_mysql_peek_is(parser, "=");
	for (size_t i = 0; i < G_N_ELEMENTS(with_value); i++)
		is_known = is_known || iw_mysql_is(parser, with_value[i]);
	if (iw_mysql_skip(parser, "WITH SYSTEM VERSIONING") || iw_mysql_skip(parser, "WITHOUT SYSTEM VERSIONING")) {
		add_option(parser, column, iw_mysql_text_from(parser, begin));
		return true;
	}
	*found = is_known;
	if (!is_known)
		return true;
	iw_mysql_take(parser);
	iw_mysql_skip_operator(parser, "=");
	if (parser->token.kind == TOKEN_END || parser->token.kind == TOKEN_OPERATOR)
		return iw_mysql_refuse(parser);
	iw_mysql_take(parser);
	add_option(parser, column, iw_mysql_text_from(parser, begin));
	return true;
}

static bool attribute(struct parser *parser, struct iw_column *column, bool *found)
{
	*found = true;
	for (size_t i = 0; i < G_N_ELEMENTS(attributes); i++)
		if (iw_mysql_skip(parser, attributes[i].words))
			return attributes[i].read(parser, column);
	if (iw_mysql_is(parser, "REFERENCES"))
		return references(parser, column);
	if (iw_mysql_is(parser, "CHECK") || iw_mysql_is(parser, "CONSTRAINT"))
		return check(parser, column);
	return kept_as_text(parser, column, found);
}

static bool position(struct parser *parser, struct iw_column *column)
{
	if (iw_mysql_skip(parser, "FIRST"))
		column->position = "";
	else if (iw_mysql_skip(parser, "AFTER"))
		return iw_mysql_identifier(parser, &column->position);
	return !parser->is_failed;
}

static void name_keys(struct iw_column *column, struct parser *parser)
{
	for (guint i = 0; column->constraints != NULL && i < column->constraints->len; i++) {
		struct iw_constraint *constraint = g_ptr_array_index(column->constraints, i);
		if (constraint->kind != IW_UNIQUE || constraint->keys->len > 0)
			continue;
		struct iw_key *key = iw_new(parser->arena, struct iw_key);
		key->column = column->name;
		g_ptr_array_add(constraint->keys, key);
	}
}

bool iw_mysql_column(struct parser *parser, struct iw_column **result, const char *name)
{
	struct iw_column *column = iw_new(parser->arena, struct iw_column);
	bool found = true;
	column->name = name;
	if (!iw_mysql_type(parser, &column->type, column))
		return false;
	while (found)
		if (!attribute(parser, column, &found))
			return false;
	name_keys(column, parser);
	column->default_value = iw_mysql_default_for(parser, &column->type, column->default_value);
	*result = column;
	return position(parser, column);
}
