/* Models of Prisma's schema and tables of Drizzle's, by the words of their files. */
#include "refs/refs_internal.h"

#include <string.h>

static bool is_word(char c)
{
	return g_ascii_isalnum(c) || c == '_' || c == '$';
}

/* The word at *at, which moves behind it; NULL: none begins here. */
static char *take_word(const char **at)
{
	const char *begin = *at;
	while (is_word(**at))
		(*at)++;
	return *at == begin ? NULL : g_strndup(begin, (gsize)(*at - begin));
}

/* The string in quotes that comes next within this line; NULL: none. */
static char *quoted_after(const char *at, const char *end)
{
	while (at < end && *at != '"' && *at != '\'' && *at != '`')
		at++;
	const char *close = at < end ? memchr(at + 1, *at, (size_t)(end - at - 1)) : NULL;
	return close == NULL ? NULL : g_strndup(at + 1, (gsize)(close - at - 1));
}

/* Prisma ------------------------------------------------------------------------------------------------------------
 */

static char *mapped(const char *line, const char *attribute)
{
	const char *map = strstr(line, attribute);
	const char *comment = strstr(line, "//");
	if (map == NULL || (comment != NULL && comment < map))
		return NULL;
	return quoted_after(map, map + strlen(map));
}

static void learn_prisma_line(struct refs_private *self, struct refs_model *model, const char *line)
{
	const char *at = line;
	if (g_str_has_prefix(line, "@@map")) {
		g_autofree char *table = mapped(line, "@@map");
		model->table = iw_arena_strdup(self->arena, table);
		return;
	}
	g_autofree char *name = take_word(&at);
	if (name == NULL)
		return;
	at += strspn(at, " \t");
	g_autofree char *type = take_word(&at);
	g_autofree char *column = mapped(line, "@map");
	if (type == NULL)
		return;
	struct refs_field *field = iw_refs_add_field(self, model, name, column);
	field->to = iw_arena_strdup(self->arena, type); /* is only one when there is a model of that name */
}

void iw_refs_learn_prisma(struct refs_private *self, const char *path, const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	struct refs_model *model = NULL;
	for (char **next = lines; *next != NULL; next++) {
		char *line = g_strstrip(*next);
		if (model == NULL && (g_str_has_prefix(line, "model ") || g_str_has_prefix(line, "view "))) {
			const char *at = line + (*line == 'm' ? 6 : 5);
			at += strspn(at, " \t");
			g_autofree char *name = take_word(&at);
			if (name == NULL)
				continue;
			model = iw_refs_add_model(self, REFS_PRISMA, name, name, path);
			g_autofree char *accessor = g_strdup(name);
			*accessor = g_ascii_tolower(*accessor);
			model->accessor = iw_arena_strdup(self->arena, accessor);
		} else if (*line == '}') {
			model = NULL;
		} else if (model != NULL) {
			learn_prisma_line(self, model, line);
		}
	}
}

/* Drizzle -----------------------------------------------------------------------------------------------------------
 */

static const char *skip_string(const char *at)
{
	const char quote = *at++;
	while (*at != '\0' && *at != quote && (*at != '\n' || quote == '`'))
		at += *at == '\\' && at[1] != '\0' ? 2 : 1;
	return *at == '\0' ? at : at + 1;
}

/* Behind a string or a comment that begins here; `at` itself: none does. */
static const char *skip_text(const char *at)
{
	if (*at == '"' || *at == '\'' || *at == '`')
		return skip_string(at);
	if (at[0] == '/' && at[1] == '/')
		return at + strcspn(at, "\n");
	if (at[0] == '/' && at[1] == '*') {
		const char *end = strstr(at + 2, "*/");
		return end == NULL ? at + strlen(at) : end + 2;
	}
	return at;
}

/* The columns in the braces that begin at `at`: "name: varchar('column', ...)". */
static void learn_drizzle_columns(struct refs_private *self, struct refs_model *model, const char *at, gssize *budget)
{
	int depth = 0;
	g_autofree char *name = NULL;
	const char *value = NULL;
	for (; *at != '\0' && *budget > 0; at++) {
		const char *behind = skip_text(at);
		*budget -= 1 + (behind - at);
		bool is_open = *at == '{' || *at == '(' || *at == '[',
		     is_close = *at == '}' || *at == ')' || *at == ']';
		if (behind != at) {
			/* The first string of the value's first call is the column's name. */
			if (name != NULL && value != NULL && depth == 2 && (*at == '"' || *at == '\'')) {
				g_autofree char *column = quoted_after(at, behind);
				iw_refs_add_field(self, model, name, column);
				g_clear_pointer(&name, g_free);
			}
			at = behind - 1;
			continue;
		}
		bool ends_value = depth == 1 && (*at == ',' || is_close);
		bool has_no_name = depth == 2 && is_close && name != NULL;
		if (ends_value || has_no_name) {
			if (name != NULL && value != NULL)
				iw_refs_add_field(self, model, name, NULL);
			g_clear_pointer(&name, g_free);
			value = NULL;
		}
		depth += is_open - is_close;
		if (depth <= 0 && is_close)
			return;
		if (depth == 1 && *at == ':' && name != NULL)
			value = at;
		if (depth == 1 && value == NULL && is_word(*at)) {
			g_free(name);
			name = take_word(&at);
			at--;
		}
	}
}

/* The name of "export const users = pgTable(" before `at`; NULL: it is not so. */
static char *constant_before(const char *text, const char *at)
{
	while (at > text && (is_word(at[-1]) || at[-1] == '.'))
		at--;
	while (at > text && g_ascii_isspace(at[-1]))
		at--;
	if (at == text || at[-1] != '=')
		return NULL;
	at--;
	while (at > text && g_ascii_isspace(at[-1]))
		at--;
	const char *end = at;
	while (at > text && is_word(at[-1]))
		at--;
	return end == at ? NULL : g_strndup(at, (gsize)(end - at));
}

void iw_refs_learn_drizzle(struct refs_private *self, const char *path, const char *text)
{
	gssize budget = 64 << 20; /* bytes to look at, whatever the file says */
	static const char *const makers[] = {"pgTable(", "mysqlTable(", "sqliteTable(", ".table("};
	for (size_t i = 0; i < G_N_ELEMENTS(makers); i++)
		for (const char *at = strstr(text, makers[i]); at != NULL; at = strstr(at + 1, makers[i])) {
			const char *open = at + strlen(makers[i]);
			const char *brace = strchr(open, '{');
			g_autofree char *name = constant_before(text, at);
			g_autofree char *table = quoted_after(open, open + strcspn(open, "{,"));
			if (name == NULL || table == NULL || brace == NULL)
				continue;
			learn_drizzle_columns(self, iw_refs_add_model(self, REFS_DRIZZLE, name, table, path), brace,
					      &budget);
		}
}
