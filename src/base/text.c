/* Colours, wrapping and aligned tables for a terminal; see text.h. Numbers in words are in words.c. */
#include "base/text.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { DEFAULT_WIDTH = 100, LEAST_WIDTH = 40, GAP = 2 };

struct iw_text_cell {
	const char *text;
	enum iw_colour colour;
};

static const char *const COLOUR_CODES[IW_COLOURS] = {
	[IW_PLAIN] = "",	  [IW_BOLD] = "\033[1m",   [IW_DIM] = "\033[2m",   [IW_RED] = "\033[31m",
	[IW_YELLOW] = "\033[33m", [IW_GREEN] = "\033[32m", [IW_BLUE] = "\033[34m", [IW_CYAN] = "\033[36m",
};

static int terminal_width(int fd)
{
	const char *columns = getenv("COLUMNS");
	int width = columns != NULL ? atoi(columns) : 0;
	struct winsize size = {0};
	if (width <= 0 && ioctl(fd, TIOCGWINSZ, &size) == 0)
		width = size.ws_col;
	return width > 0 ? MAX(width, LEAST_WIDTH) : DEFAULT_WIDTH;
}

struct iw_style iw_style_for(int fd)
{
	const char *no_color = getenv("NO_COLOR");
	const char *force = getenv("CLICOLOR_FORCE");
	bool is_terminal = isatty(fd);
	bool is_capable = is_terminal && g_strcmp0(getenv("TERM"), "dumb") != 0;
	bool is_forced = force != NULL && *force != '\0' && strcmp(force, "0") != 0;
	bool is_wanted = no_color == NULL || *no_color == '\0';
	return (struct iw_style){.colours = is_wanted && (is_capable || is_forced),
				 .width = terminal_width(fd),
				 .is_terminal = is_terminal};
}

void iw_text_add(GString *out, struct iw_style style, enum iw_colour colour, const char *text)
{
	if (text == NULL)
		return;
	bool coloured = style.colours && colour != IW_PLAIN && *text != '\0';
	if (coloured)
		g_string_append(out, COLOUR_CODES[colour]);
	g_string_append(out, text);
	if (coloured)
		g_string_append(out, "\033[0m");
}

void iw_text_printf(GString *out, struct iw_style style, enum iw_colour colour, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	g_autofree char *text = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	iw_text_add(out, style, colour, text);
}

static int character_width(gunichar c)
{
	if (g_unichar_iszerowidth(c) || g_unichar_iscntrl(c))
		return 0;
	return g_unichar_iswide(c) ? 2 : 1;
}

/* Moves *at over one character (or one invalid byte) and returns its width. */
static int next_width(const char **at)
{
	gunichar c = g_utf8_get_char_validated(*at, -1);
	if (c == (gunichar)-1 || c == (gunichar)-2) {
		++*at;
		return 1;
	}
	*at = g_utf8_next_char(*at);
	return character_width(c);
}

int iw_text_width(const char *text)
{
	int width = 0;
	for (const char *at = text; *at != '\0';)
		width += next_width(&at);
	return width;
}

const char *iw_text_clean(iw_arena *arena, const char *text)
{
	if (text == NULL)
		return NULL;
	char *clean = iw_arena_strdup(arena, text);
	for (char *at = clean; *at != '\0'; at++)
		if ((unsigned char)*at < 0x20 || *at == 0x7f)
			*at = '?';
	return clean;
}

static void end_line(GString *out, int indent, int *used)
{
	g_string_append_c(out, '\n');
	for (int i = 0; i < indent; i++)
		g_string_append_c(out, ' ');
	*used = indent;
}

void iw_text_wrap(GString *out, struct iw_style style, int indent, const char *text)
{
	for (int i = 0; i < indent; i++)
		g_string_append_c(out, ' ');
	int used = indent;
	for (const char *word = text; *word != '\0';) {
		size_t length = strcspn(word, " \n");
		g_autofree char *copy = g_strndup(word, length);
		int width = iw_text_width(copy);
		if (used > indent && used + 1 + width > style.width)
			end_line(out, indent, &used);
		if (used > indent) {
			g_string_append_c(out, ' ');
			used++;
		}
		g_string_append(out, copy);
		used += width;
		word += length;
		if (*word == '\n' && word[1] != '\0')
			end_line(out, indent, &used);
		word += strspn(word, " \n");
	}
	g_string_append_c(out, '\n');
}

struct iw_text_table *iw_text_table_new(iw_arena *arena, int columns)
{
	struct iw_text_table *table = iw_new(arena, struct iw_text_table);
	table->arena = arena;
	table->columns = columns;
	table->cells = iw_arena_ptr_array(arena);
	return table;
}

void iw_text_table_add(struct iw_text_table *table, enum iw_colour colour, const char *text)
{
	struct iw_text_cell *cell = iw_new(table->arena, struct iw_text_cell);
	cell->text = text == NULL ? "" : iw_text_clean(table->arena, text);
	cell->colour = colour;
	g_ptr_array_add(table->cells, cell);
}

void iw_text_table_header(struct iw_text_table *table, ...)
{
	va_list titles;
	va_start(titles, table);
	for (int i = 0; i < table->columns; i++)
		iw_text_table_add(table, IW_DIM, va_arg(titles, const char *));
	va_end(titles);
}

static int column_width(const struct iw_text_table *table, int column)
{
	int width = 0;
	for (guint i = (guint)column; i < table->cells->len; i += (guint)table->columns) {
		const struct iw_text_cell *cell = g_ptr_array_index(table->cells, i);
		width = MAX(width, iw_text_width(cell->text));
	}
	return width;
}

static void append_blanks(GString *out, int count)
{
	for (int i = 0; i < count; i++)
		g_string_append_c(out, ' ');
}

/* As much of `text` as fits into `room` columns; with "…" when something was left out. */
static char *cut_text(const char *text, int room)
{
	if (iw_text_width(text) <= room)
		return g_strdup(text);
	int width = 0;
	const char *end = text;
	for (const char *at = text; *at != '\0';) {
		width += next_width(&at);
		if (width > room - 1)
			break;
		end = at;
	}
	g_autofree char *head = g_strndup(text, (gsize)(end - text));
	return g_strconcat(head, "\xE2\x80\xA6", NULL);
}

static void render_last(const struct iw_text_table *table, const struct iw_text_cell *cell, GString *out,
			struct iw_style style, int used)
{
	if (!table->cut) {
		iw_text_add(out, style, cell->colour, cell->text);
		return;
	}
	g_autofree char *text = cut_text(cell->text, MAX(style.width - used, 10));
	iw_text_add(out, style, cell->colour, text);
}

static void trim_blanks(GString *out)
{
	while (out->len > 0 && out->str[out->len - 1] == ' ')
		g_string_truncate(out, out->len - 1);
}

void iw_text_table_render(const struct iw_text_table *table, GString *out, struct iw_style style, int indent)
{
	g_autofree int *widths = g_new0(int, table->columns);
	for (int i = 0; i < table->columns; i++)
		widths[i] = column_width(table, i);
	int used = 0;
	for (guint i = 0; i < table->cells->len; i++) {
		const struct iw_text_cell *cell = g_ptr_array_index(table->cells, i);
		int column = (int)i % table->columns;
		int padding = widths[column] - iw_text_width(cell->text);
		bool right = (table->right & (1U << column)) != 0;
		if (column == 0) {
			append_blanks(out, indent);
			used = indent;
		}
		if (right)
			append_blanks(out, padding);
		if (column == table->columns - 1) {
			render_last(table, cell, out, style, used);
			trim_blanks(out);
			g_string_append_c(out, '\n');
			continue;
		}
		iw_text_add(out, style, cell->colour, cell->text);
		append_blanks(out, (right ? 0 : padding) + GAP);
		used += widths[column] + GAP;
	}
}
