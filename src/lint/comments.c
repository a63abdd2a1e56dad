/* Where comments are: in a Python text, and between statements of SQL; see lint_internal.h. */
#include "lint/lint_internal.h"

#include <string.h>

static void add(GArray *comments, const iw_source *source, size_t begin, size_t end)
{
	struct iw_place place = {source, begin, end - begin};
	g_array_append_val(comments, place);
}

static size_t end_of_line(const char *text, size_t at, size_t length)
{
	while (at < length && text[at] != '\n' && text[at] != '\r')
		at++;
	return at;
}

/* Behind a string that opens at `at`; one that is not closed ends with its line, or with the text if it is a long one.
 */
static size_t behind_string(const char *text, size_t at, size_t length)
{
	char quote = text[at];
	bool is_long = at + 2 < length && text[at + 1] == quote && text[at + 2] == quote;
	at += is_long ? 3 : 1;
	while (at < length) {
		if (text[at] == '\\') {
			at += 2;
		} else if (!is_long && (text[at] == quote || text[at] == '\n')) {
			return at + 1;
		} else if (is_long && length - at >= 3 && text[at] == quote && text[at + 1] == quote &&
			   text[at + 2] == quote) {
			return at + 3;
		} else {
			at++;
		}
	}
	return length;
}

GArray *iw_lint_python_comments(const iw_source *source)
{
	GArray *comments = g_array_new(FALSE, FALSE, sizeof(struct iw_place));
	const char *text = source->text;
	for (size_t at = source->start; at < source->length;) {
		if (text[at] == '#') {
			size_t end = end_of_line(text, at, source->length);
			add(comments, source, at, end);
			at = end;
		} else if (text[at] == '\'' || text[at] == '"') {
			at = behind_string(text, at, source->length);
		} else {
			at++;
		}
	}
	return comments;
}

static bool starts(const char *text, size_t at, size_t length, const char *word)
{
	size_t size = strlen(word);
	return length - at >= size && memcmp(text + at, word, size) == 0;
}

/* Behind the comment that begins at `at`; `at` itself: there is none. */
static size_t behind_comment(const char *text, size_t at, size_t length, enum iw_dialect dialect)
{
	if (starts(text, at, length, "--") || (dialect == IW_MYSQL && text[at] == '#'))
		return end_of_line(text, at, length);
	if (!starts(text, at, length, "/*"))
		return at;
	const char *close = memmem(text + at + 2, length - at - 2, "*/", 2);
	return close == NULL ? length : (size_t)(close - text) + 2;
}

GArray *iw_lint_sql_comments(const iw_source *source, enum iw_dialect dialect, size_t offset, bool line)
{
	GArray *comments = g_array_new(FALSE, FALSE, sizeof(struct iw_place));
	const char *text = source->text;
	for (size_t at = offset; at < source->length;) {
		char c = text[at];
		if (line && (c == '\n' || c == '\r'))
			break;
		size_t end = behind_comment(text, at, source->length, dialect);
		if (end > at)
			add(comments, source, at, end);
		else if (!g_ascii_isspace(c) && c != ';')
			break;
		at = end > at ? end : at + 1;
	}
	return comments;
}
