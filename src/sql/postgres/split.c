/* Where statements end; see split.h. */
#include "sql/postgres/split.h"

#include "base/error.h"
#include "sql/postgres/lexer.h"

#include <stdint.h>
#include <string.h>

/* What is known of the statement that is being scanned. */
struct scan {
	const iw_source *source;
	const char *text;
	size_t at, limit;
	const char *breakpoint;
	size_t breakpoint_length;
	bool in_block;		     /* between markers: ';' does not end it */
	size_t begin, end;	     /* of what is not blank or comment */
	size_t end_before_semicolon; /* in a block: `end` before trailing semicolons, 0 when none is pending */
	int depth;		     /* parentheses */
	int words;		     /* seen so far */
	bool is_create, is_routine, is_rule, is_copy, is_copy_from, is_copy_stdin, was_begin;
	int body; /* BEGIN ATOMIC and CASE that wait for their END */
	bool is_done;
	GError **error;
};

static bool fail_at(struct scan *scan, size_t offset, size_t length, const char *what)
{
	struct iw_place place = {scan->source, offset, length};
	return iw_fail_at(scan->error, IW_ERROR_INPUT, &place, "unterminated %s", what);
}

static bool is_word(const char *word, size_t length, const char *expected)
{
	return strlen(expected) == length && g_ascii_strncasecmp(word, expected, length) == 0;
}

/* CREATE [OR REPLACE] FUNCTION | PROCEDURE can have a BEGIN ATOMIC body; CREATE RULE's actions are statements in
 * parentheses. Anywhere else a ';' ends the statement, or one missing parenthesis would swallow the rest of the file.
 */
static void note_create(struct scan *scan, const char *word, size_t length)
{
	if (scan->words == 1)
		scan->is_create = is_word(word, length, "create");
	else if (scan->is_create && !scan->is_routine &&
		 (is_word(word, length, "function") || is_word(word, length, "procedure")))
		scan->is_routine = scan->words == 2 || scan->words == 4;
	else if (scan->is_create && is_word(word, length, "rule"))
		scan->is_rule = scan->words == 2 || scan->words == 4;
}

static void note_body(struct scan *scan, const char *word, size_t length)
{
	if (!scan->is_routine || scan->depth > 0)
		return;
	bool is_begin = is_word(word, length, "begin");
	if (scan->body == 0) {
		if (scan->was_begin && is_word(word, length, "atomic"))
			scan->body = 1;
		scan->was_begin = is_begin;
		return;
	}
	if (is_word(word, length, "case"))
		scan->body++;
	else if (is_word(word, length, "end"))
		scan->body--;
}

static void note_copy(struct scan *scan, const char *word, size_t length)
{
	if (scan->words == 1)
		scan->is_copy = is_word(word, length, "copy");
	if (!scan->is_copy || scan->depth > 0)
		return;
	if (scan->is_copy_from && is_word(word, length, "stdin"))
		scan->is_copy_stdin = true;
	scan->is_copy_from = is_word(word, length, "from");
}

static bool skip_word(struct scan *scan)
{
	size_t start = scan->at;
	size_t end = iw_pg_skip_word(scan->text, start, scan->limit);
	scan->at = end;
	scan->words++;
	const char *word = scan->text + start;
	if (scan->words <= 4)
		note_create(scan, word, end - start);
	if (scan->is_routine)
		note_body(scan, word, end - start);
	if (scan->words == 1 || scan->is_copy)
		note_copy(scan, word, end - start);
	if (end - start != 1 || (*word | 32) != 'e' || end >= scan->limit || scan->text[end] != '\'')
		return true;
	scan->at = iw_pg_skip_quoted(scan->text, end, scan->limit, true);
	return scan->at <= scan->limit || fail_at(scan, end, 1, "quoted string");
}

static bool skip_quote(struct scan *scan)
{
	size_t start = scan->at;
	scan->at = iw_pg_skip_quoted(scan->text, start, scan->limit, false);
	if (scan->at <= scan->limit)
		return true;
	return fail_at(scan, start, 1, scan->text[start] == '"' ? "quoted identifier" : "quoted string");
}

static bool skip_dollar(struct scan *scan)
{
	size_t start = scan->at;
	scan->at = iw_pg_skip_dollar(scan->text, start, scan->limit);
	if (scan->at == start)
		scan->at++;
	if (scan->at <= scan->limit)
		return true;
	const char *tag_end = memchr(scan->text + start + 1, '$', scan->limit - start - 1);
	return fail_at(scan, start, (size_t)(tag_end - scan->text) + 1 - start, "dollar-quoted string");
}

static size_t skip_line_end(const char *text, size_t at, size_t limit)
{
	at = iw_pg_skip_line(text, at, limit);
	if (at < limit && text[at] == '\r')
		at++;
	if (at < limit && text[at] == '\n')
		at++;
	return at;
}

/* The data of COPY ... FROM stdin: lines up to "\.". */
static bool skip_copy_data(struct scan *scan)
{
	size_t opening = scan->begin;
	size_t at = skip_line_end(scan->text, scan->at, scan->limit);
	while (at < scan->limit) {
		size_t line_end = iw_pg_skip_line(scan->text, at, scan->limit);
		bool is_last = line_end - at == 2 && memcmp(scan->text + at, "\\.", 2) == 0;
		at = skip_line_end(scan->text, at, scan->limit);
		if (is_last) {
			scan->at = at;
			return true;
		}
	}
	return fail_at(scan, opening, 4, "data of COPY ... FROM stdin (there is no line \"\\.\")");
}

static bool end_statement(struct scan *scan)
{
	scan->at++;
	if (scan->in_block) {
		if (scan->end_before_semicolon == 0)
			scan->end_before_semicolon = scan->end;
		return true;
	}
	scan->is_done = true;
	return !scan->is_copy_stdin || skip_copy_data(scan);
}

static void touch(struct scan *scan, size_t start)
{
	if (scan->end == scan->begin)
		scan->begin = start;
	scan->end = scan->at;
	scan->end_before_semicolon = 0;
}

static bool skip_comment(struct scan *scan)
{
	size_t start = scan->at;
	if (scan->text[start] == '-') {
		scan->at = iw_pg_skip_line(scan->text, start, scan->limit);
		return true;
	}
	scan->at = iw_pg_skip_block_comment(scan->text, start, scan->limit);
	return scan->at <= scan->limit || fail_at(scan, start, 2, "comment");
}

static bool is_comment(const struct scan *scan)
{
	const char *text = scan->text + scan->at;
	return scan->at + 1 < scan->limit && ((text[0] == '-' && text[1] == '-') || (text[0] == '/' && text[1] == '*'));
}

static bool at_breakpoint(const struct scan *scan)
{
	return scan->breakpoint_length > 0 && scan->limit - scan->at >= scan->breakpoint_length &&
	       memcmp(scan->text + scan->at, scan->breakpoint, scan->breakpoint_length) == 0;
}

/* psql's commands start with a backslash and own the rest of their line. */
static bool skip_meta_command(struct scan *scan)
{
	scan->at = iw_pg_skip_line(scan->text, scan->at, scan->limit);
	while (scan->text[scan->at - 1] == ' ' || scan->text[scan->at - 1] == '\t')
		scan->at--;
	scan->is_done = true;
	return true;
}

static void note_punctuation(struct scan *scan, char c)
{
	scan->at++;
	if (c == '(' || c == '[')
		scan->depth++;
	else if ((c == ')' || c == ']') && scan->depth > 0)
		scan->depth--;
}

/* One token that is neither blank nor comment nor the end of the statement. */
static bool skip_token(struct scan *scan)
{
	char c = scan->text[scan->at];
	switch (iw_pg_class[(unsigned char)c]) {
	case PG_CLASS_WORD:
		return skip_word(scan);
	case PG_CLASS_DIGIT:
		scan->at = iw_pg_skip_word(scan->text, scan->at, scan->limit);
		return true;
	case PG_CLASS_PUNCTUATION:
		note_punctuation(scan, c);
		return true;
	default:
		break;
	}
	if (c == '\'' || c == '"')
		return skip_quote(scan);
	if (c == '$')
		return skip_dollar(scan);
	if (c == '\\')
		return skip_meta_command(scan);
	scan->at++;
	return true;
}

static bool scan_statement(struct scan *scan)
{
	while (scan->at < scan->limit && !scan->is_done) {
		char c = scan->text[scan->at];
		if (iw_pg_class[(unsigned char)c] == PG_CLASS_SPACE) {
			scan->at++;
			continue;
		}
		if (scan->breakpoint_length > 0 && c == scan->breakpoint[0] && at_breakpoint(scan)) {
			scan->at += scan->breakpoint_length;
			scan->is_done = scan->end > scan->begin;
			continue;
		}
		if (is_comment(scan)) {
			if (!skip_comment(scan))
				return false;
			continue;
		}
		size_t start = scan->at;
		if (c == ';' && (scan->depth == 0 || !scan->is_rule) && scan->body == 0) {
			if (!end_statement(scan))
				return false;
			continue;
		}
		if (!skip_token(scan))
			return false;
		touch(scan, start);
	}
	return true;
}

static void finish(struct scan *scan, size_t next, struct iw_cut *cut)
{
	cut->begin = scan->begin;
	cut->end = scan->end_before_semicolon > 0 ? scan->end_before_semicolon : scan->end;
	cut->next = next;
}

/* Everything between the marker comments is one statement. */
static bool scan_block(struct scan *scan, const struct iw_script *script, struct iw_cut *cut)
{
	size_t opening = scan->at;
	size_t from = iw_pg_skip_line(scan->text, opening, scan->limit);
	const char *close = memmem(scan->text + from, scan->limit - from, script->block_end, strlen(script->block_end));
	if (close == NULL)
		return fail_at(scan, opening, strlen(script->block_begin), "statement block");
	size_t block_end = (size_t)(close - scan->text);
	struct scan block = {.source = scan->source,
			     .text = scan->text,
			     .at = from,
			     .limit = block_end,
			     .in_block = true,
			     .begin = from,
			     .end = from,
			     .error = scan->error};
	while (block.at < block.limit) {
		block.is_done = false;
		if (!scan_statement(&block))
			return false;
	}
	finish(&block, MAX(block_end + strlen(script->block_end), from), cut);
	return true;
}

/* The offset of a block marker among the blanks and comments at the start, or SIZE_MAX. */
static size_t find_block(struct scan *scan, const struct iw_script *script)
{
	if (script == NULL || script->block_begin == NULL || script->block_end == NULL)
		return SIZE_MAX;
	size_t length = strlen(script->block_begin);
	struct scan probe = *scan;
	probe.error = NULL;
	while (probe.at < probe.limit) {
		if (probe.limit - probe.at >= length && memcmp(probe.text + probe.at, script->block_begin, length) == 0)
			return probe.at;
		if (iw_pg_class[(unsigned char)probe.text[probe.at]] == PG_CLASS_SPACE)
			probe.at++;
		else if (!is_comment(&probe) || !skip_comment(&probe))
			return SIZE_MAX;
	}
	return SIZE_MAX;
}

bool iw_pg_split(const iw_source *source, size_t offset, size_t limit, const struct iw_script *script,
		 void **cookie G_GNUC_UNUSED, struct iw_cut *cut, GError **error)
{
	struct scan scan = {.source = source,
			    .text = source->text,
			    .at = offset,
			    .limit = limit,
			    .begin = offset,
			    .end = offset,
			    .error = error};
	if (script != NULL && script->breakpoint != NULL) {
		scan.breakpoint = script->breakpoint;
		scan.breakpoint_length = strlen(script->breakpoint);
	}
	size_t block = find_block(&scan, script);
	if (block != SIZE_MAX) {
		scan.at = block;
		return scan_block(&scan, script, cut);
	}
	if (!scan_statement(&scan))
		return false;
	finish(&scan, scan.at, cut);
	return true;
}
