/*
 * Where a statement ends: the terminator (DELIMITER lines change it), the project's own breakpoint or block markers,
 * or the end of the text. Bodies of routines, triggers and events are one statement even where no DELIMITER protects
 * their semicolons, as in files that a driver sends: blocks are counted as the server's own grammar nests them.
 */
#include "sql/mysql/split.h"

#include "base/error.h"
#include "sql/mysql/lexer.h"

#include <stdint.h>
#include <string.h>

#define MAX_BLOCKS    256
#define MAX_DELIMITER 32

struct cookie {
	char delimiter[MAX_DELIMITER]; /* "": the semicolon */
};

/* What END closes. */
enum block { BLOCK_BEGIN, BLOCK_IF, BLOCK_CASE, BLOCK_CASE_VALUE, BLOCK_LOOP };

struct body {
	bool is_routine; /* CREATE PROCEDURE and its like, BEGIN NOT ATOMIC */
	bool is_create;	 /* begins with CREATE */
	int words;	 /* seen so far */
	bool in_header;	 /* before the first statement of the body */
	bool starts;	 /* the next word begins a statement */
	bool is_until;	 /* behind UNTIL: END may follow an expression */
	bool is_handler; /* inside DECLARE ... HANDLER FOR */
	bool was_end;	 /* the last word was END: what follows names its block */
	int parentheses;
	int depth;
	size_t opened[MAX_BLOCKS]; /* where, for the message */
	enum block blocks[MAX_BLOCKS];
	struct token last;
};

struct splitter {
	const iw_source *source;
	size_t limit;
	const struct iw_script *script;
	struct cookie *cookie;
	struct lexer lexer;
	struct iw_cut *cut;
	GError **error;
	bool has_content;
	size_t content_begin, content_end;
};

static bool open_ended(struct splitter *splitter, size_t at, const char *what)
{
	struct iw_place place = {splitter->source, at, 1};
	return iw_fail_at(splitter->error, IW_ERROR_INPUT, &place, "unterminated %s", what);
}

static bool at_text(const struct splitter *splitter, const char *text)
{
	size_t at = splitter->lexer.at, length = strlen(text);
	return length > 0 && splitter->limit - at >= length && memcmp(splitter->source->text + at, text, length) == 0;
}

static bool is(const struct splitter *splitter, const struct token *token, const char *word)
{
	return iw_mysql_token_is(splitter->source->text, token, word);
}

static bool is_any(const struct splitter *splitter, const struct token *token, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (is(splitter, token, words[i]))
			return true;
	return false;
}

static bool is_byte(const struct splitter *splitter, const struct token *token, char byte)
{
	return token->kind == TOKEN_OPERATOR && token->end == token->begin + 1 &&
	       splitter->source->text[token->begin] == byte;
}

/* ---- bodies ---- */

static bool open_block(struct splitter *splitter, struct body *body, enum block block, const struct token *token)
{
	if (body->depth == MAX_BLOCKS) {
		struct iw_place place = {splitter->source, token->begin, 1};
		return iw_fail_at(splitter->error, IW_ERROR_INPUT, &place,
				  "cannot read \"%s\": blocks are nested more than %d deep", splitter->source->path,
				  MAX_BLOCKS);
	}
	body->opened[body->depth] = token->begin;
	body->blocks[body->depth++] = block;
	body->starts = block == BLOCK_BEGIN ||
		       (block == BLOCK_LOOP && (is(splitter, token, "LOOP") || is(splitter, token, "REPEAT")));
	body->in_header = body->is_handler = false;
	return true;
}

static bool is_in_case_value(const struct body *body)
{
	return body->depth > 0 && body->blocks[body->depth - 1] == BLOCK_CASE_VALUE;
}

/* END closes a block only where a statement may begin, a CASE value anywhere. */
static bool close_block(struct body *body)
{
	if (body->depth == 0 || !(body->starts || body->is_until || is_in_case_value(body)))
		return false;
	body->was_end = !is_in_case_value(body);
	body->depth--;
	body->starts = body->is_until = false;
	return true;
}

/* The words behind which a statement of the body begins. */
static bool begins_statement(const struct splitter *splitter, const struct body *body, const struct token *token)
{
	static const char *const in_header[] = {"ROW",	   "DETERMINISTIC", "SQL",     "DATA",
						"INVOKER", "DEFINER",	    "PRESERVE"};
	static const char *const anywhere[] = {"DO", "FOUND", "SQLEXCEPTION", "SQLWARNING"};
	static const char *const branches[] = {"THEN", "ELSE"};
	if (is_byte(splitter, token, ';') || is_byte(splitter, token, ':'))
		return true;
	if (body->in_header && body->parentheses == 0 &&
	    (token->kind == TOKEN_STRING || is_byte(splitter, token, ')') ||
	     is_any(splitter, token, in_header, G_N_ELEMENTS(in_header)) || is(splitter, &body->last, "FOLLOWS") ||
	     is(splitter, &body->last, "PRECEDES")))
		return true;
	if (is_any(splitter, token, anywhere, G_N_ELEMENTS(anywhere)))
		return true;
	return !is_in_case_value(body) && is_any(splitter, token, branches, G_N_ELEMENTS(branches));
}

static bool opens_begin(const struct splitter *splitter, const struct body *body, const struct token *token)
{
	return is(splitter, token, "BEGIN") && body->parentheses == 0 &&
	       (body->starts || body->in_header || body->is_handler);
}

/* Sets *block when the word opens one. */
static bool opens_block(const struct splitter *splitter, const struct body *body, const struct token *token,
			enum block *block)
{
	static const char *const loops[] = {"LOOP", "WHILE", "REPEAT", "FOR"};
	if (opens_begin(splitter, body, token)) {
		*block = BLOCK_BEGIN;
		return true;
	}
	if (is(splitter, token, "CASE")) {
		*block = body->starts ? BLOCK_CASE : BLOCK_CASE_VALUE;
		return true;
	}
	*block = is(splitter, token, "IF") ? BLOCK_IF : BLOCK_LOOP;
	return body->starts && (*block == BLOCK_IF || is_any(splitter, token, loops, G_N_ELEMENTS(loops)));
}

static void count_parentheses(const struct splitter *splitter, struct body *body, const struct token *token)
{
	if (is_byte(splitter, token, '('))
		body->parentheses++;
	else if (is_byte(splitter, token, ')') && body->parentheses > 0)
		body->parentheses--;
}

/* Follows one token of a body. */
static bool follow_body(struct splitter *splitter, struct body *body, const struct token *token)
{
	enum block block;
	bool was_end = body->was_end, is_member = is_byte(splitter, &body->last, '.');
	body->was_end = false;
	count_parentheses(splitter, body, token);
	if (token->kind == TOKEN_WORD && !was_end && !is_member) {
		if (is(splitter, token, "END") && close_block(body))
			return true;
		if (opens_block(splitter, body, token, &block))
			return open_block(splitter, body, block, token);
		if (is(splitter, token, "UNTIL"))
			body->is_until = true;
		if (is(splitter, token, "HANDLER"))
			body->is_handler = true;
		if (is(splitter, token, "RETURN"))
			body->in_header = false;
	}
	body->starts = !was_end && begins_statement(splitter, body, token);
	if (is_byte(splitter, token, ';')) {
		body->starts = true;
		body->is_handler = body->in_header = false;
		body->parentheses = 0;
	}
	return true;
}

/* The first words say whether the statement has a body. */
static void follow_head(struct splitter *splitter, struct body *body, const struct token *token)
{
	static const char *const kinds[] = {"PROCEDURE", "FUNCTION", "TRIGGER", "EVENT", "PACKAGE"};
	static const char *const others[] = {"TABLE",  "VIEW",	   "INDEX",   "DATABASE", "SCHEMA",
					     "USER",   "SERVER",   "ROLE",    "SEQUENCE", "TABLESPACE",
					     "UNIQUE", "FULLTEXT", "SPATIAL", "TEMPORARY"};
	if (body->words == 0)
		body->is_create = is(splitter, token, "CREATE");
	else if (body->words == 2 && is(splitter, token, "ATOMIC") && is(splitter, &body->last, "NOT"))
		body->is_routine = body->starts = true;
	else if (body->is_create && is_any(splitter, token, kinds, G_N_ELEMENTS(kinds)))
		body->is_routine = body->in_header = true;
	else if (body->is_create && is_any(splitter, token, others, G_N_ELEMENTS(others)))
		body->is_create = false;
	body->words++;
}

/* BEGIN NOT ATOMIC: the block was opened by the first word of the statement. */
static bool begin_not_atomic(struct splitter *splitter, struct body *body)
{
	if (!body->is_routine || body->is_create || body->depth > 0 || body->words != 3)
		return true;
	struct token first = {TOKEN_WORD, splitter->content_begin, splitter->content_begin + 5};
	if (!is(splitter, &first, "BEGIN")) {
		body->is_routine = false;
		return true;
	}
	return open_block(splitter, body, BLOCK_BEGIN, &first);
}

static bool follow(struct splitter *splitter, struct body *body, const struct token *token)
{
	if (body->is_routine) {
		if (!follow_body(splitter, body, token))
			return false;
	} else if (body->words < 3 || body->is_create) {
		follow_head(splitter, body, token);
		if (!begin_not_atomic(splitter, body))
			return false;
	}
	body->last = *token;
	return true;
}

/* ---- DELIMITER and blocks of the project ---- */

static size_t line_end(const struct splitter *splitter, size_t at)
{
	const char *text = splitter->source->text;
	while (at < splitter->limit && text[at] != '\n' && text[at] != '\r')
		at++;
	return at;
}

static bool is_blank(char byte)
{
	return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n' || byte == '\f' || byte == '\v';
}

/* DELIMITER text, where a statement could begin. */
static bool read_delimiter(struct splitter *splitter, const struct token *token)
{
	const char *text = splitter->source->text;
	if (splitter->has_content || !is(splitter, token, "DELIMITER") || token->end >= splitter->limit ||
	    (text[token->end] != ' ' && text[token->end] != '\t'))
		return false;
	size_t begin = token->end, end = line_end(splitter, begin);
	while (begin < end && is_blank(text[begin]))
		begin++;
	size_t length = 0;
	while (begin + length < end && !is_blank(text[begin + length]))
		length++;
	if (length == 0 || length >= MAX_DELIMITER)
		return false;
	memset(splitter->cookie->delimiter, 0, MAX_DELIMITER);
	if (length != 1 || text[begin] != ';')
		memcpy(splitter->cookie->delimiter, text + begin, length);
	splitter->lexer.at = end;
	return true;
}

/* The line comment at `at` is the project's mark for the beginning of one statement. */
static bool at_block_begin(const struct splitter *splitter, size_t at)
{
	const char *mark = splitter->script == NULL ? NULL : splitter->script->block_begin;
	if (mark == NULL || splitter->script->block_end == NULL || splitter->has_content)
		return false;
	size_t length = strlen(mark);
	return splitter->limit - at >= length && memcmp(splitter->source->text + at, mark, length) == 0;
}

static void trim(const struct splitter *splitter, size_t *begin, size_t *end)
{
	const char *text = splitter->source->text;
	while (*begin < *end && is_blank(text[*begin]))
		(*begin)++;
	while (*end > *begin && (is_blank(text[*end - 1]) || text[*end - 1] == ';'))
		(*end)--;
}

/* Comments in front are no part of a statement, executable ones are. */
static size_t behind_comments(const struct splitter *splitter, size_t begin, size_t end)
{
	struct lexer lexer = {.text = splitter->source->text, .length = end, .at = begin, .runs_all = true};
	struct token token;
	iw_mysql_lexer_next(&lexer, &token);
	return lexer.in_executable ? lexer.executable_begin : token.begin;
}

static bool cut_block(struct splitter *splitter, size_t mark)
{
	const char *text = splitter->source->text, *end_mark = splitter->script->block_end;
	size_t begin = line_end(splitter, mark), at = begin;
	while (at < splitter->limit) {
		size_t line = at;
		while (line < splitter->limit && is_blank(text[line]))
			line++;
		splitter->lexer.at = line;
		if (at_text(splitter, end_mark)) {
			size_t end = line;
			begin = behind_comments(splitter, begin, end);
			trim(splitter, &begin, &end);
			*splitter->cut = (struct iw_cut){begin, MAX(begin, end),
							 MIN(splitter->limit, line_end(splitter, line) + 1)};
			return true;
		}
		at = line_end(splitter, line) + 1;
	}
	return open_ended(splitter, mark, "block of one statement");
}

/* ---- one statement ---- */

static void finish(struct splitter *splitter, size_t next)
{
	struct iw_cut *cut = splitter->cut;
	cut->begin = splitter->has_content ? splitter->content_begin : splitter->lexer.at;
	cut->end = splitter->has_content ? splitter->content_end : cut->begin;
	cut->next = next;
	if (splitter->has_content && splitter->cookie->delimiter[0] != '\0')
		trim(splitter, &cut->begin, &cut->end);
}

/* Length of the terminator that is here, 0: none. */
static size_t terminator(const struct splitter *splitter, const struct body *body)
{
	const char *delimiter = splitter->cookie->delimiter;
	const char *breakpoint = splitter->script == NULL ? NULL : splitter->script->breakpoint;
	if (breakpoint != NULL && at_text(splitter, breakpoint))
		return strlen(breakpoint);
	if (splitter->lexer.in_executable)
		return 0;
	if (delimiter[0] != '\0' && at_text(splitter, delimiter))
		return strlen(delimiter);
	if (!at_text(splitter, ";") || body->depth > 0)
		return 0;
	return delimiter[0] == '\0' || !body->is_routine ? 1 : 0;
}

static void take_content(struct splitter *splitter, const struct token *token)
{
	const struct lexer *lexer = &splitter->lexer;
	if (!splitter->has_content)
		splitter->content_begin = lexer->in_executable ? lexer->executable_begin : token->begin;
	splitter->has_content = true;
	splitter->content_end = lexer->at;
}

/* Blanks and comments; the end of an executable comment is content. */
static bool skip_blanks(struct splitter *splitter, size_t *mark)
{
	struct lexer *lexer = &splitter->lexer;
	g_array_set_size(lexer->comments, 0);
	if (!iw_mysql_lexer_skip(lexer))
		return open_ended(splitter, lexer->open_at, lexer->open_what);
	if (splitter->has_content)
		splitter->content_end = MAX(splitter->content_end, lexer->executable_end);
	*mark = SIZE_MAX;
	for (guint i = 0; i < lexer->comments->len && *mark == SIZE_MAX; i++)
		if (at_block_begin(splitter, g_array_index(lexer->comments, struct token, i).begin))
			*mark = g_array_index(lexer->comments, struct token, i).begin;
	return true;
}

static bool end_of_text(struct splitter *splitter, const struct body *body)
{
	if (splitter->lexer.in_executable && splitter->has_content)
		return open_ended(splitter, splitter->content_begin, "executable comment");
	if (body->depth > 0 && body->blocks[body->depth - 1] != BLOCK_CASE_VALUE)
		return open_ended(splitter, body->opened[body->depth - 1], "block");
	finish(splitter, splitter->limit);
	return true;
}

static bool cut_statement(struct splitter *splitter)
{
	struct body body = {0};
	struct lexer *lexer = &splitter->lexer;
	for (;;) {
		size_t mark = SIZE_MAX, length;
		struct token token;
		if (!skip_blanks(splitter, &mark))
			return false;
		if (mark != SIZE_MAX)
			return cut_block(splitter, mark);
		if (lexer->at >= splitter->limit)
			return end_of_text(splitter, &body);
		if ((length = terminator(splitter, &body)) > 0) {
			finish(splitter, lexer->at + length);
			return true;
		}
		if (!iw_mysql_lexer_next(lexer, &token))
			return open_ended(splitter, lexer->open_at, lexer->open_what);
		if (read_delimiter(splitter, &token)) {
			finish(splitter, MAX(lexer->at, token.end));
			return true;
		}
		take_content(splitter, &token);
		if (!follow(splitter, &body, &token))
			return false;
	}
}

bool iw_mysql_split(const iw_source *source, size_t offset, size_t limit, const struct iw_script *script, void **cookie,
		    struct iw_cut *cut, GError **error)
{
	if (*cookie == NULL)
		*cookie = g_new0(struct cookie, 1);
	g_autoptr(GArray) comments = g_array_new(FALSE, FALSE, sizeof(struct token));
	struct cookie *own = *cookie;
	struct splitter splitter = {
		.source = source, .limit = limit, .script = script, .cookie = own, .cut = cut, .error = error};
	splitter.lexer = (struct lexer){
		.text = source->text, .length = limit, .at = offset, .runs_all = true, .comments = comments};
	splitter.lexer.stop = own->delimiter[0] != '\0' ? own->delimiter : NULL;
	splitter.lexer.breakpoint = script == NULL ? NULL : script->breakpoint;
	return cut_statement(&splitter);
}

void iw_mysql_free_cookie(void *cookie)
{
	g_free(cookie);
}
