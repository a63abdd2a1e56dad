/*
 * DO blocks. A procedure can do anything; three forms that migrations use a lot can be told:
 *  - BEGIN one statement; EXCEPTION WHEN duplicate_... THEN NULL; END      is that statement, IF NOT EXISTS;
 *  - BEGIN IF NOT EXISTS (SELECT ... catalogue ... 'its name' ...) THEN one statement; END IF; END    likewise;
 *  - a block of INSERT, UPDATE and DELETE changes rows and no table.
 * All else is opaque.
 */
#include "sql/postgres/tree.h"

#include <string.h>

struct block {
	struct reading *reading;
	const char *text; /* the author's statement; offsets are into it */
	GArray *tokens;	  /* of the body, offsets from the body's begin */
	size_t body;
};

static const struct pg_token *token_at(const struct block *block, guint i)
{
	return &g_array_index(block->tokens, struct pg_token, MIN(i, block->tokens->len - 1));
}

static bool is_word(const struct block *block, guint i, const char *word)
{
	return iw_pg_token_is(block->text + block->body, token_at(block, i), word);
}

static bool is_semicolon(const struct block *block, guint i)
{
	return iw_pg_is_punctuation(block->text + block->body, token_at(block, i), ';');
}

/* "END;" or "END" and nothing more. */
static bool ends(const struct block *block, guint i)
{
	if (!is_word(block, i, "end"))
		return false;
	return token_at(block, i + 1 + is_semicolon(block, i + 1))->kind == PG_TOKEN_END;
}

static guint find_semicolon(const struct block *block, guint i)
{
	while (token_at(block, i)->kind != PG_TOKEN_END && !is_semicolon(block, i))
		i++;
	return i;
}

/* EXCEPTION WHEN duplicate_object OR duplicate_table THEN NULL; END */
static bool ignores_duplicates(const struct block *block, guint i)
{
	static const char *const conditions[] = {"duplicate_object", "duplicate_table",	   "duplicate_column",
						 "duplicate_schema", "duplicate_function", "duplicate_alias"};
	if (!is_word(block, i, "exception") || !is_word(block, i + 1, "when"))
		return false;
	for (i += 2;; i += 2) {
		bool is_known = false;
		for (size_t j = 0; j < G_N_ELEMENTS(conditions); j++)
			is_known |= is_word(block, i, conditions[j]);
		if (!is_known)
			return false;
		if (!is_word(block, i + 1, "or"))
			break;
	}
	return is_word(block, i + 1, "then") && is_word(block, i + 2, "null") && is_semicolon(block, i + 3) &&
	       ends(block, i + 4);
}

/* The statement's text and where it stands; EXECUTE 'text' is that text. */
static const char *inner_text(const struct block *block, guint first, guint last, struct iw_place *place)
{
	const struct pg_token *from = token_at(block, first), *to = token_at(block, last);
	iw_arena *arena = block->reading->arena;
	const char *text = block->text + block->body;
	*place = block->reading->statement->place;
	if (!is_word(block, first, "execute")) {
		place->offset += block->body + from->offset;
		place->length = to->offset - from->offset;
		return iw_arena_strndup(arena, text + from->offset, to->offset - from->offset);
	}
	const struct pg_token *literal = token_at(block, first + 1);
	if (last != first + 2 || literal->kind != PG_TOKEN_STRING || text[literal->offset] != '\'')
		return NULL;
	g_autofree char *quoted = g_strndup(text + literal->offset + 1, literal->length - 2);
	g_auto(GStrv) parts = g_strsplit(quoted, "''", -1);
	g_autofree char *plain = g_strjoinv("'", parts);
	return iw_arena_strdup(arena, plain);
}

static const char *made_name(const struct iw_operation *operation)
{
	switch (operation->kind) {
	case IW_OP_ADD_COLUMN:
		return operation->column->name;
	case IW_OP_ADD_CONSTRAINT:
		return operation->constraint->name;
	case IW_OP_CREATE_INDEX:
		return operation->index->name;
	case IW_OP_CREATE_TRIGGER:
	case IW_OP_CREATE_POLICY:
	case IW_OP_ADD_ENUM_VALUE:
		return operation->member;
	case IW_OP_CREATE_TABLE:
	case IW_OP_CREATE_ENUM:
	case IW_OP_CREATE_DOMAIN:
	case IW_OP_CREATE_SEQUENCE:
	case IW_OP_CREATE_VIEW:
	case IW_OP_CREATE_OBJECT:
		return operation->name.name;
	default:
		return NULL;
	}
}

/* True when the condition between the tokens asks the catalogue for that name. */
static bool asks_for(const struct block *block, guint first, guint last, const char *name)
{
	bool has_name = false, has_catalogue = false;
	g_autofree char *literal = g_strdup_printf("'%s'", name);
	for (guint i = first; i < last; i++) {
		const struct pg_token *token = token_at(block, i);
		const char *text = block->text + block->body + token->offset;
		has_name |= token->kind == PG_TOKEN_STRING && token->length == strlen(literal) &&
			    g_ascii_strncasecmp(text, literal, token->length) == 0;
		has_catalogue |= token->kind == PG_TOKEN_WORD &&
				 (g_ascii_strncasecmp(text, "pg_", 3) == 0 ||
				  iw_pg_token_is(block->text + block->body, token, "information_schema"));
	}
	return has_name && has_catalogue;
}

/* Reads tokens first to last as one statement that makes one thing; `guard` is the condition's first token, 0: none. */
static bool read_inner(const struct block *block, guint first, guint last, guint guard, guint guard_end)
{
	struct reading *reading = block->reading;
	struct iw_statement *inner = iw_new(reading->arena, struct iw_statement);
	inner->text = inner_text(block, first, last, &inner->place);
	if (inner->text == NULL)
		return false;
	inner->length = strlen(inner->text);
	inner->operations = iw_arena_ptr_array(reading->arena);
	struct iw_place place = inner->place;
	if (is_word(block, first, "execute"))
		inner->place.source = NULL;
	iw_postgres_grammar.parse(reading->arena, reading->engine, inner);
	if (inner->operations->len != 1)
		return false;
	struct iw_operation *operation = inner->operations->pdata[0];
	const char *name = made_name(operation);
	if (name == NULL || (guard != 0 && !asks_for(block, guard, guard_end, name)))
		return false;
	operation->flags |= IW_IF_NOT_EXISTS;
	operation->definition = reading->statement->text;
	operation->statement = reading->statement;
	if (operation->place.source == NULL)
		operation->place = place;
	g_ptr_array_add(reading->statement->operations, operation);
	return true;
}

static bool read_tolerant(const struct block *block)
{
	guint end = find_semicolon(block, 1);
	return is_word(block, 0, "begin") && is_semicolon(block, end) && ignores_duplicates(block, end + 1) &&
	       read_inner(block, 1, end, 0, 0);
}

static bool read_conditional(const struct block *block)
{
	if (!is_word(block, 0, "begin") || !is_word(block, 1, "if") || !is_word(block, 2, "not") ||
	    !is_word(block, 3, "exists") || !iw_pg_is_punctuation(block->text + block->body, token_at(block, 4), '('))
		return false;
	guint then = 5;
	while (token_at(block, then)->kind != PG_TOKEN_END &&
	       !(token_at(block, then)->depth == 0 && is_word(block, then, "then")))
		then++;
	guint end = find_semicolon(block, then);
	bool is_whole = is_word(block, end + 1, "end") && is_word(block, end + 2, "if") &&
			is_semicolon(block, end + 3) && ends(block, end + 4);
	return is_whole && token_at(block, then - 1)->depth == 0 && read_inner(block, then + 1, end, 5, then);
}

static bool changes_rows_only(const struct block *block)
{
	static const char *const others[] = {"create",	 "alter",   "drop",   "execute",  "perform", "call",
					     "truncate", "grant",   "revoke", "comment",  "copy",    "refresh",
					     "reindex",	 "cluster", "import", "security", "set",     "lock"};
	bool has_change = false;
	for (guint i = 0; i < block->tokens->len; i++) {
		bool is_set = is_word(block, i, "set");
		has_change |= is_word(block, i, "insert") || is_word(block, i, "update") || is_word(block, i, "delete");
		for (size_t j = 0; !is_set && j < G_N_ELEMENTS(others); j++)
			if (is_word(block, i, others[j]))
				return false;
	}
	return has_change;
}

/* The body as it stands in the author's text: only dollar quotes keep every offset. */
static bool open_block(struct block *block, struct reading *reading)
{
	const struct pg_token *tokens = iw_pg_tokens(reading);
	guint i = iw_pg_token_from(reading, reading->from);
	for (; tokens[i].kind != PG_TOKEN_END; i++)
		if (tokens[i].kind == PG_TOKEN_STRING && reading->text[tokens[i].offset] == '$')
			break;
	if (tokens[i].kind == PG_TOKEN_END || reading->statement == NULL)
		return false;
	const char *quote = reading->text + tokens[i].offset;
	size_t tag = (size_t)(strchr(quote + 1, '$') - quote) + 1;
	if (tokens[i].length < 2 * tag)
		return false;
	*block = (struct block){.reading = reading, .text = reading->text, .body = tokens[i].offset + tag};
	block->tokens = iw_pg_lex(reading->text + block->body, tokens[i].length - 2 * tag, NULL);
	return true;
}

void iw_pg_read_do(struct reading *reading, Node *node)
{
	const char *language = "plpgsql";
	struct block block;
	bool rows_only = false;
	ListCell *cell;
	foreach (cell, ((DoStmt *)node)->args) {
		const DefElem *option = lfirst_node(DefElem, cell);
		if (strcmp(option->defname, "language") == 0)
			language = iw_pg_option_value(reading, option);
	}
	if (strcmp(language, "plpgsql") == 0 && open_block(&block, reading)) {
		bool is_read = read_tolerant(&block) || read_conditional(&block);
		rows_only = changes_rows_only(&block);
		g_array_unref(block.tokens);
		if (is_read)
			return;
	}
	const char *reason =
		iw_arena_printf(reading->arena, "DO block: %s code, what it does is only known when it runs", language);
	struct iw_operation *operation = iw_pg_add_opaque(reading, reason);
	operation->text = language;
	if (rows_only)
		operation->data = iw_new(reading->arena, struct iw_data);
}
