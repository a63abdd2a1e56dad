/* Texts of editors and their changes; see document.h. */
#include "lsp/document.h"

#include <string.h>

/* Behind the end of the line that begins at `at`. "\n", "\r\n" and "\r" end lines. */
static size_t next_line(const char *text, size_t length, size_t at)
{
	while (at < length && text[at] != '\n' && text[at] != '\r')
		at++;
	if (at < length)
		at += text[at] == '\r' && at + 1 < length && text[at + 1] == '\n' ? 2 : 1;
	return at;
}

static bool ends_line(const char *text, size_t at)
{
	return text[at] == '\n' || text[at] == '\r';
}

/* Bytes of the character at `at`; one that is no UTF-8 counts as one byte, one unit. */
static size_t character_bytes(const char *text, size_t length, size_t at, int *units)
{
	gunichar c = g_utf8_get_char_validated(text + at, (gssize)MIN(length - at, 4));
	*units = 1;
	if (c == (gunichar)-1 || c == (gunichar)-2)
		return 1;
	*units = c > 0xffff ? 2 : 1;
	return MAX(1, (size_t)g_unichar_to_utf8(c, NULL));
}

struct iw_lines iw_lines_of(const char *text, size_t length)
{
	struct iw_lines lines = {text, length, g_array_new(FALSE, FALSE, sizeof(size_t))};
	size_t at = 0;
	g_array_append_val(lines.begins, at);
	while (at < length) {
		at = next_line(text, length, at);
		if (ends_line(text, at - 1))
			g_array_append_val(lines.begins, at);
	}
	return lines;
}

void iw_lines_clear(struct iw_lines *lines)
{
	g_clear_pointer(&lines->begins, g_array_unref);
}

size_t iw_position_to_offset(const struct iw_lines *lines, struct iw_position position)
{
	if (position.line >= lines->begins->len)
		return lines->length;
	size_t at = g_array_index(lines->begins, size_t, position.line);
	for (gint64 unit = 0; at < lines->length && !ends_line(lines->text, at) && unit < position.character;) {
		int units;
		size_t bytes = character_bytes(lines->text, lines->length, at, &units);
		at += bytes;
		unit += units;
	}
	return at;
}

struct iw_position iw_position_of(const struct iw_lines *lines, size_t offset)
{
	guint low = 0, high = lines->begins->len;
	offset = MIN(offset, lines->length);
	while (high - low > 1) { /* begins[low] <= offset */
		guint middle = low + (high - low) / 2;
		if (g_array_index(lines->begins, size_t, middle) <= offset)
			low = middle;
		else
			high = middle;
	}
	struct iw_position position = {low, 0};
	for (size_t at = g_array_index(lines->begins, size_t, low); at < offset && !ends_line(lines->text, at);) {
		int units;
		at += character_bytes(lines->text, lines->length, at, &units);
		position.character += units;
	}
	return position;
}

static json_t *position_json(struct iw_position position)
{
	json_t *object = json_object();
	json_object_set_new(object, "line", json_integer((json_int_t)position.line));
	json_object_set_new(object, "character", json_integer((json_int_t)position.character));
	return object;
}

json_t *iw_range_json(const struct iw_lines *lines, size_t begin, size_t end)
{
	json_t *object = json_object();
	json_object_set_new(object, "start", position_json(iw_position_of(lines, begin)));
	json_object_set_new(object, "end", position_json(iw_position_of(lines, end)));
	return object;
}

bool iw_position_read(const json_t *value, struct iw_position *position)
{
	const json_t *line = json_object_get(value, "line"), *character = json_object_get(value, "character");
	if (!json_is_integer(line) || !json_is_integer(character) || json_integer_value(line) < 0 ||
	    json_integer_value(character) < 0)
		return false;
	*position = (struct iw_position){json_integer_value(line), json_integer_value(character)};
	return true;
}

bool iw_document_change(GString *text, const json_t *change)
{
	const json_t *with = json_object_get(change, "text"), *range = json_object_get(change, "range");
	if (!json_is_string(with))
		return false;
	if (range == NULL || json_is_null(range)) {
		g_string_truncate(text, 0);
		g_string_append_len(text, json_string_value(with), (gssize)json_string_length(with));
		return true;
	}
	struct iw_position start, end;
	if (!iw_position_read(json_object_get(range, "start"), &start) ||
	    !iw_position_read(json_object_get(range, "end"), &end))
		return false;
	struct iw_lines lines = iw_lines_of(text->str, text->len);
	size_t from = iw_position_to_offset(&lines, start);
	size_t behind = iw_position_to_offset(&lines, end);
	size_t to = MAX(from, behind);
	iw_lines_clear(&lines);
	g_string_erase(text, (gssize)from, (gssize)(to - from));
	g_string_insert_len(text, (gssize)from, json_string_value(with), (gssize)json_string_length(with));
	return true;
}
