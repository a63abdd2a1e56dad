/* Tokens of Python: lines, indentation, words, numbers, strings and signs; see syntax_internal.h. */
#include "framework/python/syntax_internal.h"

#include <stdio.h>
#include <string.h>

enum { DEEPEST_INDENT = 100, DEEPEST_BRACKET = 200, DEEPEST_STRING = 8, BUFFERED = 64 };

struct lexer {
	const char *text;
	size_t at, to;
	GArray *tokens;
	struct py_token buffer[BUFFERED]; /* the newest, not in `tokens` yet */
	guint buffered;
	guint32 last; /* kind of the newest token; NEWLINE: none yet */
	struct py_failure *failure;
	int indents[DEEPEST_INDENT], narrow[DEEPEST_INDENT]; /* tabs of eight columns, and of one */
	int indent;
	char brackets[DEEPEST_BRACKET];
	size_t bracket_at[DEEPEST_BRACKET];
	int bracket;
};

/* Sorted by their first letter. */
#define ROW(word, keyword)                                                                                             \
	{                                                                                                              \
		word, sizeof(word) - 1, keyword                                                                        \
	}
static const struct {
	const char *word;
	size_t length;
	enum py_keyword keyword;
} keywords[] = {
	ROW("False", PY_K_FALSE),
	ROW("None", PY_K_NONE),
	ROW("True", PY_K_TRUE),
	ROW("and", PY_K_AND),
	ROW("as", PY_K_AS),
	ROW("assert", PY_K_ASSERT),
	ROW("async", PY_K_ASYNC),
	ROW("await", PY_K_AWAIT),
	ROW("break", PY_K_BREAK),
	ROW("class", PY_K_CLASS),
	ROW("continue", PY_K_CONTINUE),
	ROW("def", PY_K_DEF),
	ROW("del", PY_K_DEL),
	ROW("elif", PY_K_ELIF),
	ROW("else", PY_K_ELSE),
	ROW("except", PY_K_EXCEPT),
	ROW("finally", PY_K_FINALLY),
	ROW("for", PY_K_FOR),
	ROW("from", PY_K_FROM),
	ROW("global", PY_K_GLOBAL),
	ROW("if", PY_K_IF),
	ROW("import", PY_K_IMPORT),
	ROW("in", PY_K_IN),
	ROW("is", PY_K_IS),
	ROW("lambda", PY_K_LAMBDA),
	ROW("nonlocal", PY_K_NONLOCAL),
	ROW("not", PY_K_NOT),
	ROW("or", PY_K_OR),
	ROW("pass", PY_K_PASS),
	ROW("raise", PY_K_RAISE),
	ROW("return", PY_K_RETURN),
	ROW("try", PY_K_TRY),
	ROW("while", PY_K_WHILE),
	ROW("with", PY_K_WITH),
	ROW("yield", PY_K_YIELD),
};
#undef ROW

void iw_py_failure(struct py_failure *failure, size_t offset, size_t length, const char *format, ...)
{
	if (failure->is_set)
		return;
	failure->is_set = true;
	failure->offset = offset;
	failure->length = length;
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(failure->message, sizeof failure->message, format, arguments);
	va_end(arguments);
}

static guint32 find_keyword(const char *word, size_t length)
{
	if (length < 2 || length > 8)
		return 0;
	/* Rows are sorted by their first letter. */
	size_t at = 0, most = G_N_ELEMENTS(keywords);
	for (size_t step = 32; step > 0; step /= 2)
		if (at + step <= most && keywords[at + step - 1].word[0] < word[0])
			at += step;
	for (; at < most && keywords[at].word[0] == word[0]; at++)
		if (keywords[at].length == length && memcmp(keywords[at].word, word, length) == 0)
			return keywords[at].keyword;
	return 0;
}

static void flush(struct lexer *lexer)
{
	g_array_append_vals(lexer->tokens, lexer->buffer, lexer->buffered);
	lexer->buffered = 0;
}

static void add(struct lexer *lexer, guint32 kind, guint32 code, size_t offset, size_t end)
{
	if (lexer->buffered == BUFFERED)
		flush(lexer);
	lexer->buffer[lexer->buffered++] = (struct py_token){kind, code, (guint32)offset, (guint32)end};
	lexer->last = kind;
}

static inline int peek(const struct lexer *lexer, size_t ahead)
{
	return lexer->at + ahead < lexer->to ? (unsigned char)lexer->text[lexer->at + ahead] : -1;
}

/* What a byte may be: the first of a word, one of a word, one that means nothing special in any string. */
enum { START = 1, WORD = 2, PLAIN = 4 };
static const guint8 bytes[256] = {
	[1 ... '\t'] = PLAIN,
	['\v' ... '\f'] = PLAIN,
	[0x0E ... '!'] = PLAIN,
	['#' ... '&'] = PLAIN,
	['(' ... '/'] = PLAIN,
	['0' ... '9'] = PLAIN | WORD,
	[':' ... '@'] = PLAIN,
	['A' ... 'Z'] = PLAIN | WORD | START,
	['['] = PLAIN,
	[']' ... '^'] = PLAIN,
	['_'] = PLAIN | WORD | START,
	['`'] = PLAIN,
	['a' ... 'z'] = PLAIN | WORD | START,
	['|' ... 0x7F] = PLAIN,
	[0x80 ... 0xFF] = PLAIN | WORD | START,
};

static inline bool is_word_start(int c)
{
	return c >= 0 && (bytes[c] & START) != 0;
}

static inline bool is_word(int c)
{
	return c >= 0 && (bytes[c] & WORD) != 0;
}

static size_t word_end(const struct lexer *lexer, size_t at)
{
	while (at < lexer->to && (bytes[(unsigned char)lexer->text[at]] & WORD) != 0)
		at++;
	return at;
}

/* The end of the comment that begins at `at`. */
static size_t comment_end(const struct lexer *lexer, size_t at)
{
	while (at < lexer->to && lexer->text[at] != '\n' && lexer->text[at] != '\r')
		at++;
	return at;
}

/* Strings ------------------------------------------------------------------------------------------------------ */

/* Offset after the field's "}"; `at` is after its "{". Strings in it may use any quotes (3.12). */
static size_t field_end(const char *text, size_t at, size_t to, char quote, bool is_triple, int depth)
{
	int nested = 0;
	bool is_format = false;
	for (; at < to; at++) {
		char c = text[at];
		if (is_format && c == quote && (!is_triple || (at + 2 < to && text[at + 1] == c && text[at + 2] == c)))
			return 0;
		if (is_format && c != '{' && c != '}')
			continue;
		if (c == '\'' || c == '"') {
			bool is_nested_format = (text[at - 1] | 32) == 'f' ||
						((text[at - 1] | 32) == 'r' && (text[at - 2] | 32) == 'f');
			at = iw_py_string_end(text, at, to, is_nested_format, false, depth + 1);
			if (at == 0)
				return 0;
			at--;
		} else if (c == '#') {
			while (at < to && text[at] != '\n')
				at++;
		} else if (is_format && c == '{') {
			at = field_end(text, at + 1, to, quote, is_triple, depth + 1);
			if (at == 0 || depth > DEEPEST_STRING)
				return 0;
			at--;
		} else if (c == '(' || c == '[' || c == '{') {
			nested++;
		} else if (c == '}' && nested == 0) {
			return at + 1;
		} else if (c == ')' || c == ']' || c == '}') {
			nested--;
		} else if (c == ':' && nested == 0) {
			is_format = true;
		}
	}
	return 0;
}

size_t iw_py_string_end(const char *text, size_t quote, size_t to, bool is_format, bool is_raw, int depth)
{
	char c = text[quote];
	if (depth > DEEPEST_STRING)
		return 0;
	bool is_triple = quote + 2 < to && text[quote + 1] == c && text[quote + 2] == c;
	for (size_t at = quote + (is_triple ? 3 : 1); at < to; at++) {
		if ((bytes[(unsigned char)text[at]] & PLAIN) != 0)
			continue;
		if (text[at] == '\\') {
			if (is_format && !is_raw && at + 2 < to && text[at + 1] == 'N' && text[at + 2] == '{') {
				const char *end = memchr(text + at, '}', to - at);
				if (end == NULL)
					return 0;
				at = (size_t)(end - text);
				continue;
			}
			if (at + 2 < to && text[at + 1] == '\r' && text[at + 2] == '\n')
				at++;
			if (!(is_format && at + 1 < to && (text[at + 1] == '{' || text[at + 1] == '}')))
				at++;
			continue;
		}
		if (text[at] == c && !is_triple)
			return at + 1;
		if (text[at] == c && at + 2 < to && text[at + 1] == c && text[at + 2] == c)
			return at + 3;
		if (!is_triple && (text[at] == '\n' || text[at] == '\r'))
			return 0;
		if (!is_format || text[at] != '{')
			continue;
		if (at + 1 < to && text[at + 1] == '{') {
			at++;
			continue;
		}
		at = field_end(text, at + 1, to, c, is_triple, depth);
		if (at == 0)
			return 0;
		at--;
	}
	return 0;
}

/* Is text[at, end) a string's prefix? */
static bool is_prefix(struct lexer *lexer, size_t at, size_t end, bool *is_format, bool *is_raw)
{
	bool is_bytes = false, is_unicode = false;
	*is_format = *is_raw = false;
	if (end - at > 2)
		return false;
	for (size_t i = at; i < end; i++) {
		char c = (char)(lexer->text[i] | 32);
		bool *seen = c == 'r'	? is_raw
			     : c == 'b' ? &is_bytes
			     : c == 'f' ? is_format
			     : c == 'u' ? &is_unicode
					: NULL;
		if (seen == NULL || *seen)
			return false;
		*seen = true;
	}
	if (is_unicode && *is_raw)
		iw_py_failure(lexer->failure, at, end - at, "this is Python 2: ur'' is no string of Python 3");
	return !(is_unicode && (is_bytes || *is_format)) && !(is_bytes && *is_format);
}

static void read_string(struct lexer *lexer, size_t start, bool is_format, bool is_raw)
{
	size_t end = iw_py_string_end(lexer->text, lexer->at, lexer->to, is_format, is_raw, 0);
	if (end == 0) {
		iw_py_failure(lexer->failure, start, lexer->at - start + 1, "this string never ends");
		return;
	}
	add(lexer, PY_QUOTED, 0, start, end);
	lexer->at = end;
}

/* Words and numbers --------------------------------------------------------------------------------------------- */

static void read_word(struct lexer *lexer)
{
	size_t start = lexer->at;
	lexer->at = word_end(lexer, start);
	bool is_format = false, is_raw = false;
	int next = peek(lexer, 0);
	if ((next == '\'' || next == '"') && is_prefix(lexer, start, lexer->at, &is_format, &is_raw)) {
		read_string(lexer, start, is_format, is_raw);
		return;
	}
	add(lexer, PY_WORD, find_keyword(lexer->text + start, lexer->at - start), start, lexer->at);
}

static void skip_digits(struct lexer *lexer)
{
	while (g_ascii_isdigit(peek(lexer, 0)) || (peek(lexer, 0) == '_' && g_ascii_isdigit(peek(lexer, 1))))
		lexer->at++;
}

static void read_based(struct lexer *lexer, size_t start, int base)
{
	lexer->at += 2;
	size_t first = lexer->at;
	for (int c; (c = peek(lexer, 0)) >= 0; lexer->at++) {
		int digit = g_ascii_xdigit_value((gchar)c);
		if (c == '_' ? g_ascii_xdigit_value((gchar)peek(lexer, 1)) < 0 : digit < 0 || digit >= base)
			break;
	}
	if (lexer->at == first || is_word(peek(lexer, 0)))
		iw_py_failure(lexer->failure, start, lexer->at - start + 1, "this is no number");
	add(lexer, PY_DIGITS, 0, start, lexer->at);
}

static void check_number(struct lexer *lexer, size_t start, bool is_integer)
{
	const char *digits = lexer->text + start;
	size_t length = lexer->at - start;
	int next = peek(lexer, 0);
	if (is_integer && (next == 'l' || next == 'L') && !is_word(peek(lexer, 1))) {
		iw_py_failure(lexer->failure, start, length + 1, "this is Python 2: %.*sL is no number of Python 3",
			      (int)MIN(length, 20), digits);
		return;
	}
	if (is_integer && digits[0] == '0' && strspn(digits, "0_") < length && next != 'j' && next != 'J') {
		iw_py_failure(lexer->failure, start, length, "this is Python 2: write octal numbers as 0o%.*s",
			      (int)MIN(length - 1, 20), digits + 1);
		return;
	}
	if (!is_word(next))
		return;
	/* 1if x else y is still allowed. */
	size_t end = word_end(lexer, lexer->at);
	if (find_keyword(lexer->text + lexer->at, end - lexer->at) == 0)
		iw_py_failure(lexer->failure, start, end - start, "this is no number");
}

static void read_number(struct lexer *lexer)
{
	size_t start = lexer->at;
	int second = peek(lexer, 1) | 32;
	if (peek(lexer, 0) == '0' && (second == 'x' || second == 'o' || second == 'b')) {
		read_based(lexer, start, second == 'x' ? 16 : second == 'o' ? 8 : 2);
		return;
	}
	bool is_integer = true;
	skip_digits(lexer);
	if (peek(lexer, 0) == '.') {
		is_integer = false;
		lexer->at++;
		skip_digits(lexer);
	}
	int sign = peek(lexer, 1) == '+' || peek(lexer, 1) == '-';
	if ((peek(lexer, 0) == 'e' || peek(lexer, 0) == 'E') && g_ascii_isdigit(peek(lexer, 1 + (size_t)sign))) {
		is_integer = false;
		lexer->at += 1 + (size_t)sign;
		skip_digits(lexer);
	}
	if (peek(lexer, 0) == 'j' || peek(lexer, 0) == 'J')
		lexer->at++;
	else
		check_number(lexer, start, is_integer);
	add(lexer, PY_DIGITS, 0, start, lexer->at);
}

/* Signs --------------------------------------------------------------------------------------------------------- */

/* What a byte of a sign may be: a sign by itself, one that begins no longer sign, the second of a longer one. */
enum { SIGN = 1, ALONE = 2, SECOND = 4 };
static const guint8 signs[256] = {
	['('] = SIGN | ALONE,  [')'] = SIGN | ALONE,  ['['] = SIGN | ALONE,  [']'] = SIGN | ALONE,
	['{'] = SIGN | ALONE,  ['}'] = SIGN | ALONE,  [','] = SIGN | ALONE,  [';'] = SIGN | ALONE,
	['~'] = SIGN | ALONE,  ['+'] = SIGN,	      ['-'] = SIGN,	     ['%'] = SIGN,
	['@'] = SIGN,	       ['&'] = SIGN,	      ['|'] = SIGN,	     ['^'] = SIGN,
	[':'] = SIGN,	       ['='] = SIGN | SECOND, ['*'] = SIGN | SECOND, ['/'] = SIGN | SECOND,
	['<'] = SIGN | SECOND, ['>'] = SIGN | SECOND, ['.'] = SIGN | SECOND,
};

static size_t sign_length(const struct lexer *lexer)
{
	static const char *const three[] = {"**=", "//=", ">>=", "<<=", "..."};
	static const char *const two[] = {"**", "//", ">>", "<<", "<=", ">=", "==", "!=", "->", "+=",
					  "-=", "*=", "/=", "%=", "&=", "|=", "^=", "@=", ":=", "<>"};
	const char *at = lexer->text + lexer->at;
	size_t left = lexer->to - lexer->at;
	guint8 first = signs[(unsigned char)at[0]];
	if ((first & ALONE) != 0 || left < 2 || (signs[(unsigned char)at[1]] & SECOND) == 0)
		return (first & SIGN) != 0 ? 1 : 0;
	for (size_t i = 0; left >= 3 && i < G_N_ELEMENTS(three); i++)
		if (memcmp(at, three[i], 3) == 0)
			return 3;
	for (size_t i = 0; left >= 2 && i < G_N_ELEMENTS(two); i++)
		if (at[0] == two[i][0] && at[1] == two[i][1])
			return 2;
	return (first & SIGN) != 0 ? 1 : 0;
}

static void track_bracket(struct lexer *lexer, char c)
{
	if (c == '(' || c == '[' || c == '{') {
		if (lexer->bracket == DEEPEST_BRACKET) {
			iw_py_failure(lexer->failure, lexer->at, 1, "too many nested parentheses");
			return;
		}
		lexer->bracket_at[lexer->bracket] = lexer->at;
		lexer->brackets[lexer->bracket++] = c == '(' ? ')' : c == '[' ? ']' : '}';
	} else if (c == ')' || c == ']' || c == '}') {
		if (lexer->bracket == 0)
			iw_py_failure(lexer->failure, lexer->at, 1, "unmatched \"%c\"", c);
		else if (lexer->brackets[--lexer->bracket] != c)
			iw_py_failure(lexer->failure, lexer->at, 1, "\"%c\" where \"%c\" was expected", c,
				      lexer->brackets[lexer->bracket]);
	}
}

static void read_sign(struct lexer *lexer)
{
	size_t length = sign_length(lexer);
	const char *at = lexer->text + lexer->at;
	if (length == 0) {
		if (*at == '`')
			iw_py_failure(lexer->failure, lexer->at, 1, "this is Python 2: `x` is repr(x) now");
		else
			iw_py_failure(lexer->failure, lexer->at, 1, "invalid character");
		return;
	}
	if (length == 2 && at[0] == '<' && at[1] == '>') {
		iw_py_failure(lexer->failure, lexer->at, 2, "this is Python 2: <> is != now");
		return;
	}
	guint32 code = (unsigned char)at[0];
	for (size_t i = 1; i < length; i++)
		code |= (guint32)(unsigned char)at[i] << (8 * i);
	if (length == 1)
		track_bracket(lexer, at[0]);
	add(lexer, PY_SIGN, code, lexer->at, lexer->at + length);
	lexer->at += length;
}

/* Lines --------------------------------------------------------------------------------------------------------- */

/* Blanks compare alike with tabs of eight columns and of one, or it is not known what the author sees. */
static void set_indent(struct lexer *lexer, int column, int narrow)
{
	bool is_consistent = true;
	if (column > lexer->indents[lexer->indent]) {
		if (lexer->indent + 1 == DEEPEST_INDENT) {
			iw_py_failure(lexer->failure, lexer->at, 1, "too many levels of indentation");
			return;
		}
		is_consistent = narrow > lexer->narrow[lexer->indent];
		lexer->indents[++lexer->indent] = column;
		lexer->narrow[lexer->indent] = narrow;
		add(lexer, PY_INDENT, 0, lexer->at, lexer->at);
	} else {
		while (column < lexer->indents[lexer->indent]) {
			lexer->indent--;
			add(lexer, PY_DEDENT, 0, lexer->at, lexer->at);
		}
		is_consistent = narrow == lexer->narrow[lexer->indent];
	}
	if (column != lexer->indents[lexer->indent])
		iw_py_failure(lexer->failure, lexer->at, 1, "this indentation matches no line before");
	else if (!is_consistent)
		iw_py_failure(lexer->failure, lexer->at, 1, "tabs and spaces are mixed in this indentation");
}

/* Blanks at the start of a line; lines without code do not count. */
static void begin_line(struct lexer *lexer)
{
	int column = 0, narrow = 0;
	for (; peek(lexer, 0) == ' '; lexer->at++)
		column = ++narrow;
	for (int c; (c = peek(lexer, 0)) == ' ' || c == '\t' || c == '\f'; lexer->at++) {
		column = c == ' ' ? column + 1 : c == '\t' ? (column / 8 + 1) * 8 : 0;
		narrow = c == '\f' ? 0 : narrow + 1;
	}
	int c = peek(lexer, 0);
	if (c == '#' || c == '\n' || c == '\r' || c < 0)
		return;
	if (c == '\\' && (peek(lexer, 1) == '\n' || peek(lexer, 1) == '\r'))
		return;
	set_indent(lexer, column, narrow);
}

static void end_line(struct lexer *lexer)
{
	lexer->at += peek(lexer, 0) == '\r' && peek(lexer, 1) == '\n' ? 2 : 1;
	if (lexer->bracket > 0)
		return;
	if (lexer->last != PY_NEWLINE && lexer->last != PY_INDENT && lexer->last != PY_DEDENT)
		add(lexer, PY_NEWLINE, 0, lexer->at - 1, lexer->at);
	begin_line(lexer);
}

static void read_token(struct lexer *lexer)
{
	int c = peek(lexer, 0);
	if (c == ' ' || c == '\t' || c == '\f') {
		do
			lexer->at++;
		while (peek(lexer, 0) == ' ');
	} else if (is_word_start(c)) {
		read_word(lexer);
	} else if (c == '\n' || c == '\r') {
		end_line(lexer);
	} else if (c == '#') {
		lexer->at = comment_end(lexer, lexer->at);
	} else if (c == '\\') {
		size_t skipped = peek(lexer, 1) == '\r' && peek(lexer, 2) == '\n' ? 3 : 2;
		if (peek(lexer, 1) != '\n' && peek(lexer, 1) != '\r')
			iw_py_failure(lexer->failure, lexer->at, 1, "unexpected character after \"\\\"");
		lexer->at += skipped;
	} else if (g_ascii_isdigit(c) || (c == '.' && g_ascii_isdigit(peek(lexer, 1)))) {
		read_number(lexer);
	} else if (c == '"' || c == '\'') {
		read_string(lexer, lexer->at, false, false);
	} else {
		read_sign(lexer);
	}
}

bool iw_py_tokenize(const char *text, size_t from, size_t to, bool is_field, GArray *tokens, struct py_failure *failure)
{
	struct lexer lexer;
	lexer.text = text;
	lexer.at = from;
	lexer.to = to;
	lexer.tokens = tokens;
	lexer.buffered = 0;
	lexer.last = PY_NEWLINE;
	lexer.failure = failure;
	lexer.indents[0] = lexer.narrow[0] = lexer.indent = lexer.bracket = 0;
	if (is_field) {
		lexer.brackets[0] = '\0';
		lexer.bracket_at[0] = from;
		lexer.bracket = 1;
	} else {
		begin_line(&lexer);
	}
	while (lexer.at < to && !failure->is_set)
		read_token(&lexer);
	if (!failure->is_set && lexer.bracket > (is_field ? 1 : 0))
		iw_py_failure(failure, lexer.bracket_at[lexer.bracket - 1], 1, "\"%c\" was never closed",
			      text[lexer.bracket_at[lexer.bracket - 1]]);
	if (!is_field) {
		if (lexer.last != PY_NEWLINE)
			add(&lexer, PY_NEWLINE, 0, to, to);
		for (; lexer.indent > 0; lexer.indent--)
			add(&lexer, PY_DEDENT, 0, to, to);
	}
	add(&lexer, PY_END, 0, to, to);
	flush(&lexer);
	return !failure->is_set;
}
