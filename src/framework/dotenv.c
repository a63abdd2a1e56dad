/* .env files; see dotenv.h. */
#include "framework/dotenv.h"

#include <string.h>

/* Kept as written; references are resolved when it is asked for, so that they may point at any line of any file. */
struct variable {
	const char *text;
	bool expand, is_busy;
};

struct iw_environment *iw_environment_new(iw_arena *arena)
{
	struct iw_environment *environment = iw_new(arena, struct iw_environment);
	environment->arena = arena;
	environment->variables = iw_arena_hash_table(arena, g_str_hash, g_str_equal);
	return environment;
}

static bool is_name_char(char c)
{
	return g_ascii_isalnum(c) || c == '_' || c == '.' || c == '-';
}

static bool is_expansion_char(char c)
{
	return g_ascii_isalnum(c) || c == '_';
}

static const char *skip_blanks(const char *at, const char *end)
{
	while (at < end && (*at == ' ' || *at == '\t'))
		at++;
	return at;
}

static const char *skip_line(const char *at, const char *end)
{
	while (at < end && *at != '\n' && *at != '\r')
		at++;
	while (at < end && (*at == '\n' || *at == '\r'))
		at++;
	return at;
}

/* The value between quotes; NULL when they are not closed. *after is the place behind the closing one. */
static char *quoted(const char *at, const char *end, const char **after)
{
	char quote = *at;
	const char *close = at + 1;
	while (close < end && *close != quote)
		close += *close == '\\' && close + 1 < end ? 2 : 1;
	if (close >= end)
		return NULL;
	*after = close + 1;
	GString *value = g_string_new(NULL);
	for (const char *c = at + 1; c < close; c++) {
		bool is_escape = quote == '"' && *c == '\\' && c + 1 < close && (c[1] == 'n' || c[1] == 'r');
		if (is_escape)
			g_string_append_c(value, *++c == 'n' ? '\n' : '\r');
		else
			g_string_append_c(value, *c);
	}
	return g_string_free(value, FALSE);
}

static char *unquoted(const char *at, const char *end)
{
	const char *stop = at;
	while (stop < end && *stop != '\n' && *stop != '\r' && *stop != '#')
		stop++;
	return g_strstrip(g_strndup(at, (size_t)(stop - at)));
}

static void expand_into(GString *out, const struct iw_environment *environment, const char *text, size_t length,
			int depth);

const char *iw_environment_get(const struct iw_environment *environment, const char *name)
{
	const char *value = g_getenv(name);
	if (value != NULL)
		return value;
	struct variable *variable = g_hash_table_lookup(environment->variables, name);
	if (variable == NULL || variable->is_busy)
		return NULL;
	if (!variable->expand)
		return variable->text;
	g_autoptr(GString) text = g_string_new(NULL);
	variable->is_busy = true;
	expand_into(text, environment, variable->text, strlen(variable->text), 0);
	variable->is_busy = false;
	variable->expand = false;
	variable->text = iw_arena_strdup(environment->arena, text->str);
	return variable->text;
}

static const char *lookup(const struct iw_environment *environment, const char *name, size_t length)
{
	g_autofree char *copy = g_strndup(name, length);
	return iw_environment_get(environment, copy);
}

/* At "${": appends the value, returns how many bytes were used; 0: not an expansion. */
static size_t expand_braces(GString *out, const struct iw_environment *environment, const char *at, size_t length,
			    int depth)
{
	const char *close = memchr(at, '}', length);
	size_t name = 2;
	while (name < length && is_expansion_char(at[name]))
		name++;
	if (close == NULL || name == 2)
		return 0;
	size_t used = (size_t)(close - at) + 1;
	const char *value = lookup(environment, at + 2, name - 2);
	bool has_default = at[name] == '-' || (at[name] == ':' && name + 1 < used && at[name + 1] == '-');
	if (value != NULL && (*value != '\0' || at[name] == '-'))
		g_string_append(out, value);
	else if (has_default) {
		size_t from = name + (at[name] == ':' ? 2 : 1);
		expand_into(out, environment, at + from, used - 1 - from, depth + 1);
	}
	return used;
}

static void expand_into(GString *out, const struct iw_environment *environment, const char *text, size_t length,
			int depth)
{
	for (size_t i = 0; i < length;) {
		if (text[i] == '\\' && i + 1 < length && text[i + 1] == '$') {
			g_string_append_c(out, '$');
			i += 2;
			continue;
		}
		size_t used = 0;
		if (text[i] == '$' && depth < 8 && i + 1 < length && text[i + 1] == '{') {
			used = expand_braces(out, environment, text + i, length - i, depth);
		} else if (text[i] == '$' && i + 1 < length && is_expansion_char(text[i + 1]) &&
			   !g_ascii_isdigit(text[i + 1])) {
			for (used = 1; i + used < length && is_expansion_char(text[i + used]);)
				used++;
			const char *value = lookup(environment, text + i + 1, used - 1);
			g_string_append(out, value != NULL ? value : "");
		}
		if (used == 0)
			g_string_append_c(out, text[i]);
		i += MAX(used, 1);
	}
}

/* One "NAME=value" at `at`; returns the start of the next line. */
static const char *read_line(struct iw_environment *file, const char *at, const char *end, bool expand)
{
	at = skip_blanks(at, end);
	if (end - at > 7 && strncmp(at, "export", 6) == 0 && (at[6] == ' ' || at[6] == '\t'))
		at = skip_blanks(at + 6, end);
	const char *name = at;
	while (at < end && is_name_char(*at))
		at++;
	size_t length = (size_t)(at - name);
	at = skip_blanks(at, end);
	if (length == 0 || at >= end || (*at != '=' && *at != ':'))
		return skip_line(at, end);
	at = skip_blanks(at + 1, end);
	const char *after = at;
	bool has_quote = at < end && (*at == '\'' || *at == '"' || *at == '`');
	g_autofree char *value = has_quote ? quoted(at, end, &after) : NULL;
	if (value == NULL)
		value = unquoted(at, end);
	struct variable *variable = iw_new(file->arena, struct variable);
	variable->text = iw_arena_strdup(file->arena, value);
	variable->expand = expand && strchr(value, '$') != NULL;
	g_hash_table_insert(file->variables, iw_arena_strndup(file->arena, name, length), variable);
	return skip_line(after, end);
}

void iw_environment_read(struct iw_environment *environment, const char *text, size_t length, bool expand)
{
	struct iw_environment *file = iw_environment_new(environment->arena);
	const char *end = text + length;
	for (const char *at = text; at < end;)
		at = read_line(file, at, end, expand);
	GHashTableIter iterator;
	gpointer key, value;
	g_hash_table_iter_init(&iterator, file->variables);
	while (g_hash_table_iter_next(&iterator, &key, &value))
		if (!g_hash_table_contains(environment->variables, key))
			g_hash_table_insert(environment->variables, key, value);
}

bool iw_environment_load(struct iw_environment *environment, const char *path, bool expand)
{
	g_autofree char *text = NULL;
	gsize length = 0;
	if (!g_file_get_contents(path, &text, &length, NULL))
		return false;
	size_t start = length >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
	iw_environment_read(environment, text + start, length - start, expand);
	return true;
}

void iw_environment_expand(struct iw_environment *environment)
{
	GHashTableIter iterator;
	gpointer value;
	g_hash_table_iter_init(&iterator, environment->variables);
	while (g_hash_table_iter_next(&iterator, NULL, &value)) {
		struct variable *variable = value;
		variable->expand = strchr(variable->text, '$') != NULL;
	}
}
