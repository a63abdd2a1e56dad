/* Keys, indexes, foreign keys and checks of tables. */
#include "sql/mysql/parser.h"

struct iw_constraint *iw_mysql_constraint(struct parser *parser, enum iw_constraint_kind kind, const char *name)
{
	struct iw_constraint *constraint = iw_new(parser->arena, struct iw_constraint);
	constraint->kind = kind;
	constraint->name = name;
	constraint->keys = iw_mysql_list(parser);
	constraint->columns = iw_mysql_list(parser);
	constraint->referenced_columns = iw_mysql_list(parser);
	return constraint;
}

struct iw_index *iw_mysql_index(struct parser *parser)
{
	struct iw_index *index = iw_new(parser->arena, struct iw_index);
	index->keys = iw_mysql_list(parser);
	index->method = "btree";
	return index;
}

/* ---- keys ---- */

/* column [(length)] [ASC | DESC] | (expression) [ASC | DESC] */
static bool key(struct parser *parser, struct iw_key *key)
{
	if (iw_mysql_skip_operator(parser, "(")) {
		if (!iw_mysql_expression_of(parser, &key->expression) || !iw_mysql_expect_operator(parser, ")"))
			return false;
	} else {
		guint64 length;
		if (!iw_mysql_identifier(parser, &key->column))
			return false;
		if (iw_mysql_is(parser, "WITHOUT"))
			return iw_mysql_give_up(parser, "keys WITHOUT OVERLAPS are not read");
		if (iw_mysql_skip_operator(parser, "(")) {
			if (!iw_mysql_integer(parser, &length) || !iw_mysql_expect_operator(parser, ")"))
				return false;
			key->length = (int)MIN(length, G_MAXINT);
		}
	}
	key->is_descending = iw_mysql_skip(parser, "DESC");
	return key->is_descending || iw_mysql_skip(parser, "ASC") || !parser->is_failed;
}

bool iw_mysql_key_list(struct parser *parser, GPtrArray *keys)
{
	if (!iw_mysql_expect_operator(parser, "("))
		return false;
	do {
		struct iw_key *item = iw_new(parser->arena, struct iw_key);
		if (!key(parser, item))
			return false;
		g_ptr_array_add(keys, item);
	} while (iw_mysql_skip_operator(parser, ","));
	return iw_mysql_expect_operator(parser, ")");
}

static bool index_type(struct parser *parser, struct iw_index *index)
{
	const char *name;
	if (!iw_mysql_skip(parser, "USING") && !iw_mysql_skip(parser, "TYPE"))
		return true;
	if (!iw_mysql_identifier(parser, &name))
		return false;
	index->method = g_ascii_strcasecmp(name, "hash") == 0	 ? "hash"
			: g_ascii_strcasecmp(name, "rtree") == 0 ? "rtree"
								 : "btree";
	return true;
}

static void add_option(struct parser *parser, struct iw_index *index, const char *text)
{
	index->options = index->options == NULL ? text : iw_arena_printf(parser->arena, "%s %s", index->options, text);
}

/* WITH PARSER name; KEY_BLOCK_SIZE [=] n; attributes of engines: name [=] value */
static bool named_option(struct parser *parser, struct iw_index *index, bool *found)
{
	const char *value;
	size_t begin = parser->token.begin;
	if (iw_mysql_skip(parser, "WITH PARSER")) {
		add_option(parser, index, "");
		if (!iw_mysql_identifier(parser, &value))
			return false;
		index->options = iw_arena_printf(parser->arena, "%sWITH PARSER %s", index->options, value);
		return true;
	}
	bool is_known = iw_mysql_is(parser, "KEY_BLOCK_SIZE") || iw_mysql_is(parser, "ENGINE_ATTRIBUTE") ||
			iw_mysql_is(parser, "SECONDARY_ENGINE_ATTRIBUTE") || iw_mysql_is(parser, "CLUSTERING");
	if (!is_known && !(iw_mysql_token_is_name(parser, &parser->token) && iw_mysql_peek_is(parser, "="))) {
		*found = false;
		return true;
	}
	iw_mysql_take(parser);
	iw_mysql_skip_operator(parser, "=");
	if (parser->token.kind != TOKEN_NUMBER && parser->token.kind != TOKEN_STRING &&
	    parser->token.kind != TOKEN_WORD)
		return iw_mysql_refuse(parser);
	iw_mysql_take(parser);
	add_option(parser, index, iw_mysql_text_from(parser, begin));
	return true;
}

bool iw_mysql_index_options(struct parser *parser, struct iw_index *index, bool is_create)
{
	for (;;) {
		bool found = true;
		if (iw_mysql_is(parser, "USING") || iw_mysql_is(parser, "TYPE")) {
			if (!index_type(parser, index))
				return false;
		} else if (iw_mysql_skip(parser, "COMMENT")) {
			iw_mysql_skip_operator(parser, "=");
			if (!iw_mysql_string(parser, &index->comment))
				return false;
		} else if (iw_mysql_skip(parser, "VISIBLE") || iw_mysql_skip(parser, "NOT IGNORED")) {
			index->is_invisible = false;
		} else if (iw_mysql_skip(parser, "INVISIBLE") || iw_mysql_skip(parser, "IGNORED")) {
			index->is_invisible = true;
		} else if (is_create && (iw_mysql_is(parser, "ALGORITHM") || iw_mysql_is(parser, "LOCK"))) {
			return true;
		} else if (!named_option(parser, index, &found)) {
			return false;
		}
		if (!found)
			return true;
	}
}

/* [IF NOT EXISTS] [name] [USING type] (keys) options */
static bool index_body(struct parser *parser, struct element *element)
{
	struct iw_index *index = element->index;
	if (!iw_mysql_if_not_exists(parser, &element->flags))
		return false;
	bool is_type = iw_mysql_is(parser, "TYPE") && !iw_mysql_peek_is(parser, "(");
	if (!is_type && !iw_mysql_is_operator(parser, "(") && !iw_mysql_is(parser, "USING") &&
	    !iw_mysql_identifier(parser, &index->name))
		return false;
	return index_type(parser, index) && iw_mysql_key_list(parser, index->keys) &&
	       iw_mysql_index_options(parser, index, false);
}

/* ---- constraints ---- */

static bool action(struct parser *parser, enum iw_action *result)
{
	static const struct {
		const char *words;
		enum iw_action action;
	} rows[] = {{"RESTRICT", IW_RESTRICT},
		    {"CASCADE", IW_CASCADE},
		    {"SET NULL", IW_SET_NULL},
		    {"NO ACTION", IW_NO_ACTION},
		    {"SET DEFAULT", IW_SET_DEFAULT}};
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		if (iw_mysql_skip(parser, rows[i].words)) {
			*result = rows[i].action;
			return true;
		}
	return iw_mysql_refuse(parser);
}

bool iw_mysql_references(struct parser *parser, struct iw_constraint *constraint)
{
	if (!iw_mysql_expect(parser, "REFERENCES") || !iw_mysql_full_name(parser, &constraint->references))
		return false;
	if (iw_mysql_is_operator(parser, "(") && !iw_mysql_name_list(parser, constraint->referenced_columns))
		return false;
	if (iw_mysql_skip(parser, "MATCH")) {
		if (iw_mysql_skip(parser, "FULL"))
			constraint->match = "FULL";
		else if (iw_mysql_skip(parser, "PARTIAL"))
			constraint->match = "PARTIAL";
		else if (!iw_mysql_expect(parser, "SIMPLE"))
			return false;
	}
	while (iw_mysql_is_words(parser, "ON DELETE") ||
	       (iw_mysql_is_words(parser, "ON UPDATE") && !iw_mysql_is_words(parser, "ON UPDATE CURRENT_TIMESTAMP"))) {
		bool is_delete = iw_mysql_skip(parser, "ON DELETE");
		if (!is_delete)
			iw_mysql_skip(parser, "ON UPDATE");
		if (!action(parser, is_delete ? &constraint->on_delete : &constraint->on_update))
			return false;
	}
	return !parser->is_failed;
}

static bool check(struct parser *parser, struct iw_constraint *constraint)
{
	if (!iw_mysql_expect(parser, "CHECK") || !iw_mysql_expect_operator(parser, "(") ||
	    !iw_mysql_expression_of(parser, &constraint->check) || !iw_mysql_expect_operator(parser, ")"))
		return false;
	constraint->is_not_enforced = iw_mysql_skip(parser, "NOT ENFORCED");
	if (!constraint->is_not_enforced)
		iw_mysql_skip(parser, "ENFORCED");
	return !parser->is_failed;
}

static bool foreign_key(struct parser *parser, struct element *element, const char *symbol)
{
	const char *index_name;
	if (!iw_mysql_expect(parser, "FOREIGN KEY") || !iw_mysql_if_not_exists(parser, &element->flags))
		return false;
	if (!iw_mysql_is_operator(parser, "(") && !iw_mysql_identifier(parser, &index_name))
		return false;
	element->constraint = iw_mysql_constraint(parser, IW_FOREIGN_KEY, symbol);
	return iw_mysql_name_list(parser, element->constraint->columns) &&
	       iw_mysql_references(parser, element->constraint);
}

/* The constraint of a key: what its index says, in the words of constraints. */
static void constraint_of_index(struct parser *parser, struct element *element, enum iw_constraint_kind kind,
				const char *name)
{
	const struct iw_index *index = element->index;
	element->constraint = iw_mysql_constraint(parser, kind, name);
	element->constraint->keys = index->keys;
	element->constraint->method = index->method != NULL && strcmp(index->method, "hash") == 0 ? "hash" : NULL;
}

static bool primary_key(struct parser *parser, struct element *element, const char *symbol)
{
	if (!iw_mysql_expect(parser, "PRIMARY KEY"))
		return false;
	element->index = iw_mysql_index(parser);
	if (!index_body(parser, element))
		return false;
	constraint_of_index(parser, element, IW_PRIMARY_KEY, symbol);
	element->constraint->options = element->index->options;
	element->index = NULL;
	return true;
}

static bool unique(struct parser *parser, struct element *element, const char *symbol)
{
	iw_mysql_take(parser);
	if (!iw_mysql_skip(parser, "KEY"))
		iw_mysql_skip(parser, "INDEX");
	element->index = iw_mysql_index(parser);
	element->index->is_unique = true;
	if (!index_body(parser, element))
		return false;
	if (element->index->name == NULL)
		element->index->name = symbol;
	constraint_of_index(parser, element, IW_UNIQUE, element->index->name);
	return true;
}

static bool plain_index(struct parser *parser, struct element *element)
{
	static const char *const kinds[][2] = {{"FULLTEXT", "fulltext"}, {"SPATIAL", "spatial"}, {"VECTOR", "vector"}};
	element->index = iw_mysql_index(parser);
	for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
		if (iw_mysql_skip(parser, kinds[i][0]))
			element->index->special = kinds[i][1];
	if (!iw_mysql_skip(parser, "KEY") && !iw_mysql_skip(parser, "INDEX") && element->index->special == NULL)
		return iw_mysql_refuse(parser);
	if (!index_body(parser, element))
		return false;
	if (element->index->special != NULL)
		element->index->method = NULL;
	return true;
}

/* PERIOD FOR name (from, to) */
static bool period(struct parser *parser, struct element *element)
{
	const char *name;
	element->is_period = true;
	return iw_mysql_expect(parser, "PERIOD FOR") && iw_mysql_identifier(parser, &name) &&
	       iw_mysql_name_list(parser, iw_mysql_list(parser));
}

bool iw_mysql_starts_element(const struct parser *parser)
{
	static const char *const words[] = {"CONSTRAINT", "PRIMARY", "UNIQUE",	 "FOREIGN", "CHECK",
					    "INDEX",	  "KEY",     "FULLTEXT", "SPATIAL"};
	for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
		if (iw_mysql_is(parser, words[i]))
			return true;
	if (iw_mysql_is_words(parser, "PERIOD FOR"))
		return true;
	return iw_mysql_is_words(parser, "VECTOR KEY") || iw_mysql_is_words(parser, "VECTOR INDEX");
}

/* [CONSTRAINT [IF NOT EXISTS] [name]] */
static bool symbol(struct parser *parser, struct element *element, const char **name)
{
	if (!iw_mysql_skip(parser, "CONSTRAINT"))
		return true;
	if (!iw_mysql_if_not_exists(parser, &element->flags))
		return false;
	bool is_unnamed = iw_mysql_is(parser, "PRIMARY") || iw_mysql_is(parser, "UNIQUE") ||
			  iw_mysql_is(parser, "FOREIGN") || iw_mysql_is(parser, "CHECK");
	if (!is_unnamed && !iw_mysql_identifier(parser, name))
		return false;
	is_unnamed = iw_mysql_is(parser, "PRIMARY") || iw_mysql_is(parser, "UNIQUE") ||
		     iw_mysql_is(parser, "FOREIGN") || iw_mysql_is(parser, "CHECK");
	return is_unnamed || iw_mysql_refuse(parser);
}

bool iw_mysql_element(struct parser *parser, struct element *element)
{
	const char *name = NULL;
	*element = (struct element){0};
	if (!symbol(parser, element, &name))
		return false;
	if (iw_mysql_is(parser, "PRIMARY"))
		return primary_key(parser, element, name);
	if (iw_mysql_is(parser, "UNIQUE"))
		return unique(parser, element, name);
	if (iw_mysql_is(parser, "FOREIGN"))
		return foreign_key(parser, element, name);
	if (iw_mysql_is(parser, "CHECK")) {
		element->constraint = iw_mysql_constraint(parser, IW_CHECK, name);
		return check(parser, element->constraint);
	}
	return iw_mysql_is(parser, "PERIOD") ? period(parser, element) : plain_index(parser, element);
}
