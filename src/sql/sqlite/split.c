/*
 * Where one SQLite statement ends and the next begins. Like sqlite3_complete(): a semicolon ends a statement, except
 * within CREATE TRIGGER, which ends at the semicolon after an END that itself follows a semicolon. No expression, CASE
 * included, holds a semicolon, so its END never does.
 */
#include "sql/sqlite/split.h"

#include "base/error.h"
#include "sql/sqlite/token.h"

#include <string.h>

enum progress {
	AT_START,
	AT_EXPLAIN,
	AT_CREATE,
	ORDINARY,
	IN_TRIGGER,
	IN_TRIGGER_AFTER_SEMICOLON,
	IN_TRIGGER_AFTER_END
};

static enum progress advance(enum progress progress, const struct token *token)
{
	bool is_semicolon = token->kind == TOKEN_SEMICOLON;
	switch (progress) {
	case AT_START:
		if (token->keyword == KW_CREATE)
			return AT_CREATE;
		return token->keyword == KW_EXPLAIN ? AT_EXPLAIN : ORDINARY;
	case AT_EXPLAIN:
		if (token->keyword == KW_CREATE)
			return AT_CREATE;
		return token->keyword == KW_QUERY || token->keyword == KW_PLAN ? AT_EXPLAIN : ORDINARY;
	case AT_CREATE:
		if (token->keyword == KW_TEMP || token->keyword == KW_TEMPORARY)
			return AT_CREATE;
		return token->keyword == KW_TRIGGER ? IN_TRIGGER : ORDINARY;
	case ORDINARY:
		return ORDINARY;
	case IN_TRIGGER:
		return is_semicolon ? IN_TRIGGER_AFTER_SEMICOLON : IN_TRIGGER;
	case IN_TRIGGER_AFTER_SEMICOLON:
		if (token->keyword == KW_END)
			return IN_TRIGGER_AFTER_END;
		return is_semicolon ? IN_TRIGGER_AFTER_SEMICOLON : IN_TRIGGER;
	case IN_TRIGGER_AFTER_END:
		return is_semicolon ? ORDINARY : IN_TRIGGER;
	}
	return ORDINARY;
}

static bool starts_with(const iw_source *source, size_t offset, size_t limit, const char *text)
{
	size_t length = text != NULL ? strlen(text) : 0;
	return length > 0 && limit - offset >= length && memcmp(source->text + offset, text, length) == 0;
}

static bool unterminated(const iw_source *source, const struct token *token, GError **error)
{
	static const struct {
		char byte;
		const char *what;
	} kinds[] = {
		{'\'', "string"}, {'"', "quoted name"}, {'`', "quoted name"}, {'[', "quoted name"}, {'/', "comment"}};
	const char *what = NULL;
	for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
		if (kinds[i].byte == source->text[token->begin])
			what = kinds[i].what;
	if (what == NULL)
		return false;
	struct iw_place place = {source, token->begin, source->text[token->begin] == '/' ? 2 : 1};
	iw_fail_at(error, IW_ERROR_INPUT, &place, "unterminated %s", what);
	return true;
}

/* Everything between the markers is one statement; its last semicolon is left out. */
static bool cut_block(const iw_source *source, size_t after_begin, size_t limit, const char *block_end,
		      const struct iw_place *opening, struct iw_cut *cut, GError **error)
{
	const char *end = memmem(source->text + after_begin, limit - after_begin, block_end, strlen(block_end));
	if (end == NULL)
		return iw_fail_at(error, IW_ERROR_INPUT, opening, "\"%s\" is missing", block_end);
	size_t stop = (size_t)(end - source->text);
	cut->next = stop + strlen(block_end);
	cut->begin = cut->end = after_begin;
	bool is_first = true;
	for (size_t at = after_begin; at < stop;) {
		struct token token = iw_sqlite_token_after(source->text, stop, at);
		if (token.kind == TOKEN_ILLEGAL && unterminated(source, &token, error))
			return false;
		if (token.kind != TOKEN_END && token.kind != TOKEN_SEMICOLON) {
			cut->begin = is_first ? token.begin : cut->begin;
			cut->end = token.end;
			is_first = false;
		}
		at = token.kind == TOKEN_END ? stop : token.end;
	}
	return true;
}

bool iw_sqlite_split(const iw_source *source, size_t offset, size_t limit, const struct iw_script *script,
		     void **cookie, struct iw_cut *cut, GError **error)
{
	(void)cookie;
	enum progress progress = AT_START;
	cut->begin = cut->end = offset;
	for (size_t at = offset; at < limit;) {
		struct token token = iw_sqlite_token_at(source->text, limit, at);
		if (starts_with(source, at, limit, script->breakpoint)) {
			cut->next = at + strlen(script->breakpoint);
			return true;
		}
		bool is_first = cut->begin == cut->end;
		if (is_first && script->block_end != NULL && starts_with(source, at, limit, script->block_begin)) {
			struct iw_place opening = {source, at, strlen(script->block_begin)};
			return cut_block(source, at + opening.length, limit, script->block_end, &opening, cut, error);
		}
		if (token.kind == TOKEN_ILLEGAL && unterminated(source, &token, error))
			return false;
		at = token.end;
		if (token.kind == TOKEN_SPACE || token.kind == TOKEN_COMMENT)
			continue;
		if (token.kind == TOKEN_SEMICOLON && (progress < IN_TRIGGER || progress == IN_TRIGGER_AFTER_END)) {
			cut->next = at;
			return true;
		}
		progress = advance(progress, &token);
		cut->begin = is_first ? token.begin : cut->begin;
		cut->end = token.end;
	}
	cut->next = limit;
	return true;
}
