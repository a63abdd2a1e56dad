/* String literals: prefixes, escapes, adjacent parts, and the fields of f-strings; see syntax_internal.h. */
#include "framework/python/syntax_internal.h"

#include <string.h>

struct piece {
	size_t at, end; /* between the quotes */
	char quote;
	bool is_triple, is_raw, is_bytes, is_format;
};

static struct piece read_piece(const char *text, const struct py_token *token)
{
	struct piece piece = {.at = token->offset};
	for (; text[piece.at] != '"' && text[piece.at] != '\''; piece.at++) {
		char c = (char)(text[piece.at] | 32);
		piece.is_raw = piece.is_raw || c == 'r';
		piece.is_bytes = piece.is_bytes || c == 'b';
		piece.is_format = piece.is_format || c == 'f';
	}
	piece.quote = text[piece.at];
	piece.is_triple =
		token->end - piece.at >= 6 && text[piece.at + 1] == piece.quote && text[piece.at + 2] == piece.quote;
	size_t width = piece.is_triple ? 3 : 1;
	piece.at += width;
	piece.end = token->end - width;
	return piece;
}

static void add_character(GString *out, guint32 c)
{
	if (c >= 0xD800 && c <= 0xDFFF) { /* a lone surrogate: as Python would keep it, in three bytes */
		g_string_append_c(out, (char)(0xE0 | c >> 12));
		g_string_append_c(out, (char)(0x80 | (c >> 6 & 0x3F)));
		g_string_append_c(out, (char)(0x80 | (c & 0x3F)));
	} else if (c <= 0x10FFFF) {
		char bytes[6];
		g_string_append_len(out, bytes, g_unichar_to_utf8(c, bytes));
	}
}

static size_t add_hexadecimal(struct py_parser *parser, const struct piece *piece, size_t at, int digits, GString *out)
{
	guint32 value = 0;
	for (int i = 0; i < digits; i++) {
		int digit = at + (size_t)i < piece->end ? g_ascii_xdigit_value(parser->text[at + (size_t)i]) : -1;
		if (digit < 0) {
			iw_py_failure(parser->failure, at - 2, 2 + (size_t)i, "this escape needs %d hexadecimal digits",
				      digits);
			return piece->end;
		}
		value = value << 4 | (guint32)digit;
	}
	if (piece->is_bytes)
		g_string_append_c(out, (char)value);
	else if (value > 0x10FFFF)
		iw_py_failure(parser->failure, at - 2, 10, "there is no such character");
	else
		add_character(out, value);
	return at + (size_t)digits;
}

static size_t add_octal(const struct piece *piece, const char *text, size_t at, GString *out)
{
	guint32 value = 0;
	int digits = 0;
	for (; digits < 3 && at < piece->end && text[at] >= '0' && text[at] <= '7'; digits++, at++)
		value = value * 8 + (guint32)(text[at] - '0');
	if (piece->is_bytes)
		g_string_append_c(out, (char)value);
	else
		add_character(out, value);
	return at;
}

/* Some names of characters; others stay as they are written, which is wrong but never silent: a replacement character.
 */
static size_t add_named(const struct piece *piece, const char *text, size_t at, GString *out)
{
	const char *end = at < piece->end && text[at] == '{' ? memchr(text + at, '}', piece->end - at) : NULL;
	add_character(out, 0xFFFD);
	return end == NULL ? at : (size_t)(end - text) + 1;
}

/* `at` is after the backslash. */
static size_t add_escape(struct py_parser *parser, const struct piece *piece, size_t at, GString *out)
{
	static const char letters[] = "abfnrtv\\'\"", bytes[] = "\a\b\f\n\r\t\v\\'\"";
	const char *text = parser->text;
	char c = text[at];
	const char *simple = c == '\0' ? NULL : strchr(letters, c);
	if (simple != NULL) {
		g_string_append_c(out, bytes[simple - letters]);
		return at + 1;
	}
	if (c == '\n')
		return at + 1;
	if (c == '\r')
		return at + (at + 1 < piece->end && text[at + 1] == '\n' ? 2 : 1);
	if (c >= '0' && c <= '7')
		return add_octal(piece, text, at, out);
	if (c == 'x')
		return add_hexadecimal(parser, piece, at + 1, 2, out);
	if ((c == 'u' || c == 'U') && !piece->is_bytes)
		return add_hexadecimal(parser, piece, at + 1, c == 'u' ? 4 : 8, out);
	if (c == 'N' && !piece->is_bytes)
		return add_named(piece, text, at + 1, out);
	g_string_append_c(out, '\\');
	if (piece->is_format && (c == '{' || c == '}'))
		return at;
	g_string_append_c(out, c);
	return at + 1;
}

/* The end of what stands for itself from `at` on. */
static size_t plain_end(const char *text, const struct piece *piece, size_t at)
{
	while (at < piece->end && text[at] != '\\' && text[at] != '\r' && (!piece->is_bytes || (guchar)text[at] < 0x80))
		at++;
	return at;
}

/* A character or escape of a literal part, or some characters; line ends become "\n". */
static size_t add_literal(struct py_parser *parser, const struct piece *piece, size_t at, GString *out)
{
	const char *text = parser->text;
	size_t plain = piece->is_format ? at : plain_end(text, piece, at);
	if (plain > at) {
		g_string_append_len(out, text + at, (gssize)(plain - at));
		return plain;
	}
	if (text[at] == '\\' && !piece->is_raw && at + 1 < piece->end)
		return add_escape(parser, piece, at + 1, out);
	if (text[at] == '\r') {
		g_string_append_c(out, '\n');
		return at + (at + 1 < piece->end && text[at + 1] == '\n' ? 2 : 1);
	}
	if (piece->is_bytes && (unsigned char)text[at] >= 0x80)
		iw_py_failure(parser->failure, at, 1, "bytes can only contain ASCII literal characters");
	g_string_append_c(out, text[at]);
	return at + 1;
}

/* Fields -------------------------------------------------------------------------------------------------------- */

static void parse_format(struct py_parser *parser, const struct piece *piece, size_t from, size_t to, bool is_spec,
			 struct py_node *into, size_t *end);

/* Offset of the "!", ":", "=" or "}" that ends a field's expression. */
static size_t expression_end(const char *text, size_t at, size_t to)
{
	int nested = 0;
	for (; at < to; at++) {
		char c = text[at];
		if (c == '\'' || c == '"') {
			size_t end = iw_py_string_end(text, at, to, (text[at - 1] | 32) == 'f', false, 1);
			if (end == 0)
				return to;
			at = end - 1;
		} else if (c == '#') {
			while (at < to && text[at] != '\n')
				at++;
		} else if (strchr("([{", c) != NULL && c != '\0') {
			nested++;
		} else if (nested > 0) {
			nested -= c == ')' || c == ']' || c == '}';
		} else if (c == '}' || c == ':') {
			return at;
		} else if ((c == '!' || c == '=' || c == '<' || c == '>') && at + 1 < to && text[at + 1] == '=') {
			at++;
		} else if (c == '!' || c == '=') {
			return at;
		}
	}
	return to;
}

static struct py_node *parse_field_expression(struct py_parser *parser, size_t from, size_t to)
{
	struct py_parser inner = *parser;
	g_autoptr(GArray) tokens = g_array_new(FALSE, FALSE, sizeof(struct py_token));
	inner.tokens = tokens;
	inner.at = 0;
	if (!iw_py_tokenize(parser->text, from, to, true, tokens, parser->failure))
		return iw_py_node(parser, PY_NONE, (guint32)from);
	struct py_node *node = iw_py_parse_expressions(&inner);
	if (py_token(&inner)->kind != PY_END)
		iw_py_fail(&inner, "the field of the string is no expression");
	parser->has_yield = inner.has_yield;
	return node;
}

/* `at` is after "{"; returns the offset after "}". */
static size_t parse_field(struct py_parser *parser, const struct piece *piece, size_t at, size_t to)
{
	const char *text = parser->text;
	struct py_node *field = iw_py_node(parser, PY_FIELD, (guint32)at - 1);
	g_ptr_array_add(parser->stack, field);
	size_t end = expression_end(text, at, to);
	if (++parser->depth > PY_DEEPEST_SYNTAX) {
		iw_py_failure(parser->failure, at, 1, "too deeply nested");
		return to;
	}
	field->a = parse_field_expression(parser, at, end);
	if (end < to && text[end] == '=') {
		for (end++; end < to && g_ascii_isspace(text[end]);)
			end++;
		field->text = iw_arena_strndup(parser->arena, text + at, end - at);
		if (end < to && text[end] == '}')
			field->sign = 'r';
	}
	if (end + 1 < to && text[end] == '!') {
		field->sign = (unsigned char)text[end + 1];
		if (strchr("rsa", text[end + 1]) == NULL)
			iw_py_failure(parser->failure, end, 2, "a conversion is !r, !s or !a");
		for (end += 2; end < to && g_ascii_isspace(text[end]);)
			end++;
	}
	if (end < to && text[end] == ':') {
		if (field->text != NULL && field->sign == 'r' && text[end - 1] == '=')
			field->sign = 0;
		field->b = iw_py_node(parser, PY_FSTRING, (guint32)end + 1);
		parse_format(parser, piece, end + 1, to, true, field->b, &end);
	}
	parser->depth--;
	if (end >= to || text[end] != '}') {
		iw_py_failure(parser->failure, MIN(end, to - 1), 1, "\"}\" was expected");
		return to;
	}
	field->length = (guint32)(end + 1) - field->offset;
	return end + 1;
}

static void flush(struct py_parser *parser, GString *literal, size_t offset)
{
	if (literal->len == 0)
		return;
	struct py_node *node = iw_py_node(parser, PY_STRING, (guint32)offset);
	node->text = iw_arena_strndup(parser->arena, literal->str, literal->len);
	node->text_length = (guint32)literal->len;
	g_ptr_array_add(parser->stack, node);
	g_string_truncate(literal, 0);
}

/* Literal parts and fields of text[from, to); a format specification ends before its "}". */
static void parse_format(struct py_parser *parser, const struct piece *piece, size_t from, size_t to, bool is_spec,
			 struct py_node *into, size_t *end)
{
	const char *text = parser->text;
	g_autoptr(GString) literal = g_string_new(NULL);
	guint first = parser->stack->len;
	size_t at = from;
	while (at < to && !parser->failure->is_set) {
		char c = text[at];
		bool is_doubled = !is_spec && at + 1 < to && text[at + 1] == c;
		if ((c == '{' || c == '}') && is_doubled) {
			g_string_append_c(literal, c);
			at += 2;
		} else if (c == '{') {
			flush(parser, literal, from);
			at = parse_field(parser, piece, at + 1, to);
		} else if (c == '}') {
			if (is_spec)
				break;
			iw_py_failure(parser->failure, at, 1, "single \"}\" in an f-string");
		} else {
			at = add_literal(parser, piece, at, literal);
		}
	}
	flush(parser, literal, from);
	*end = at;
	if (into != NULL)
		iw_py_take_items(parser, into, first);
}

/* Joining ------------------------------------------------------------------------------------------------------- */

static void add_plain(struct py_parser *parser, const struct piece *piece, GString *out)
{
	for (size_t at = piece->at; at < piece->end && !parser->failure->is_set;)
		at = add_literal(parser, piece, at, out);
}

/* One piece of text that stands for itself. */
static bool parse_plain(struct py_parser *parser, struct py_node *node)
{
	const struct py_token *token = py_token(parser);
	struct piece piece = read_piece(parser->text, token);
	const char *text = parser->text + piece.at;
	size_t length = piece.end - piece.at;
	if (token[1].kind == PY_QUOTED || piece.is_format || piece.is_bytes || memchr(text, '\\', length) != NULL ||
	    memchr(text, '\r', length) != NULL)
		return false;
	node->text = iw_arena_strndup(parser->arena, text, length);
	node->text_length = (guint32)length;
	parser->at++;
	return true;
}

/* Neighbours become one STRING or BYTES, or one FSTRING. */
struct py_node *iw_py_parse_strings(struct py_parser *parser)
{
	struct py_node *node = iw_py_node(parser, PY_STRING, py_token(parser)->offset);
	if (parse_plain(parser, node))
		return iw_py_close(parser, node);
	g_autoptr(GString) literal = g_string_new(NULL);
	guint first = parser->stack->len;
	bool is_bytes = false, is_format = false;
	for (bool is_first = true; py_token(parser)->kind == PY_QUOTED; parser->at++, is_first = false) {
		struct piece piece = read_piece(parser->text, py_token(parser));
		if (!is_first && piece.is_bytes != is_bytes)
			return iw_py_fail(parser, "cannot mix bytes and text");
		is_bytes = piece.is_bytes;
		is_format = is_format || piece.is_format;
		size_t end;
		if (!piece.is_format) {
			add_plain(parser, &piece, literal);
		} else {
			flush(parser, literal, node->offset);
			parse_format(parser, &piece, piece.at, piece.end, false, NULL, &end);
		}
	}
	if (parser->failure->is_set)
		return iw_py_fail(parser, "%s", "");
	if (is_format) {
		flush(parser, literal, node->offset);
		node->kind = PY_FSTRING;
		iw_py_take_items(parser, node, first);
	} else {
		node->kind = is_bytes ? PY_BYTES : PY_STRING;
		node->text = iw_arena_strndup(parser->arena, literal->str, literal->len);
		node->text_length = (guint32)literal->len;
	}
	return iw_py_close(parser, node);
}
