/*
 * The datasource block of a schema.prisma. Not a reader of models: everything else is skipped by its braces, with
 * strings and comments understood so that a brace in them does not count.
 */
#include "framework/prisma/prisma_internal.h"

#include "base/error.h"

#include <string.h>

struct lexer {
	iw_arena *arena;
	iw_source *source;
	const char *at, *end;
};

static size_t offset_of(const struct lexer *lexer, const char *at)
{
	return (size_t)(at - lexer->source->text);
}

static bool starts_with(const struct lexer *lexer, const char *text)
{
	size_t length = strlen(text);
	return (size_t)(lexer->end - lexer->at) >= length && memcmp(lexer->at, text, length) == 0;
}

static void skip_line(struct lexer *lexer)
{
	while (lexer->at < lexer->end && *lexer->at != '\n' && *lexer->at != '\r')
		lexer->at++;
}

/* Blanks, line ends and comments. */
static void skip_space(struct lexer *lexer)
{
	while (lexer->at < lexer->end) {
		if (g_ascii_isspace(*lexer->at)) {
			lexer->at++;
		} else if (starts_with(lexer, "//")) {
			skip_line(lexer);
		} else if (starts_with(lexer, "/*")) {
			const char *close = g_strstr_len(lexer->at + 2, lexer->end - lexer->at - 2, "*/");
			lexer->at = close == NULL ? lexer->end : close + 2;
		} else {
			return;
		}
	}
}

static bool is_word_char(char c)
{
	return g_ascii_isalnum(c) || c == '_' || c == '-';
}

static const char *read_word(struct lexer *lexer)
{
	const char *begin = lexer->at;
	while (lexer->at < lexer->end && is_word_char(*lexer->at))
		lexer->at++;
	return iw_arena_strndup(lexer->arena, begin, (size_t)(lexer->at - begin));
}

static void append_escape(GString *out, struct lexer *lexer)
{
	static const char plain[] = "n\nr\rt\t";
	char c = *lexer->at;
	const char *known = strchr("nrt", c);
	if (known != NULL && c != '\0') {
		g_string_append_c(out, strchr(plain, c)[1]);
	} else if (c == 'u' && lexer->end - lexer->at > 4) {
		g_autofree char *digits = g_strndup(lexer->at + 1, 4);
		gunichar code = (gunichar)g_ascii_strtoull(digits, NULL, 16);
		if (g_unichar_validate(code) && code != 0)
			g_string_append_unichar(out, code);
		lexer->at += 4;
	} else {
		g_string_append_c(out, c);
	}
}

/* At the opening quote; a string ends with its line. */
static const char *read_string(struct lexer *lexer)
{
	g_autoptr(GString) out = g_string_new(NULL);
	for (lexer->at++; lexer->at < lexer->end && *lexer->at != '"' && *lexer->at != '\n'; lexer->at++) {
		if (*lexer->at == '\\' && lexer->at + 1 < lexer->end) {
			lexer->at++;
			append_escape(out, lexer);
		} else {
			g_string_append_c(out, *lexer->at);
		}
	}
	if (lexer->at < lexer->end && *lexer->at == '"')
		lexer->at++;
	return iw_arena_strndup(lexer->arena, out->str, out->len);
}

/* "text", env("NAME"); other values (lists, booleans) leave the setting without text. */
static struct iw_prisma_setting read_value(struct lexer *lexer)
{
	struct iw_prisma_setting setting = {.place = {lexer->source, offset_of(lexer, lexer->at), 1}};
	if (starts_with(lexer, "\"")) {
		setting.text = read_string(lexer);
	} else if (is_word_char(*lexer->at)) {
		const char *word = read_word(lexer);
		skip_space(lexer);
		if (strcmp(word, "env") == 0 && starts_with(lexer, "(")) {
			lexer->at++;
			skip_space(lexer);
			if (starts_with(lexer, "\""))
				setting.variable = read_string(lexer);
		}
	}
	setting.place.length = offset_of(lexer, lexer->at) - setting.place.offset;
	return setting;
}

static void read_block(struct lexer *lexer, struct iw_prisma_datasource *found)
{
	const struct {
		const char *key;
		struct iw_prisma_setting *setting;
	} keys[] = {{"provider", &found->provider}, {"url", &found->url}, {"directUrl", &found->direct_url}};
	for (skip_space(lexer); lexer->at < lexer->end && *lexer->at != '}'; skip_space(lexer)) {
		if (*lexer->at == '"') { /* an item of a list */
			read_string(lexer);
			continue;
		}
		const char *key = read_word(lexer);
		skip_space(lexer);
		if (*key == '\0' || !starts_with(lexer, "=")) {
			lexer->at += *key == '\0' && lexer->at < lexer->end;
			continue;
		}
		lexer->at++;
		skip_space(lexer);
		if (lexer->at >= lexer->end)
			return;
		struct iw_prisma_setting setting = read_value(lexer);
		for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
			if (strcmp(key, keys[i].key) == 0)
				*keys[i].setting = setting;
	}
}

/* Behind the opening brace: to behind the closing one. */
static void skip_block(struct lexer *lexer)
{
	for (int depth = 1; depth > 0 && lexer->at < lexer->end;) {
		skip_space(lexer);
		if (lexer->at >= lexer->end)
			return;
		if (*lexer->at == '"') {
			read_string(lexer);
			continue;
		}
		depth += *lexer->at == '{' ? 1 : *lexer->at == '}' ? -1 : 0;
		lexer->at++;
	}
}

bool iw_prisma_read_datasource(iw_arena *arena, const char *path, struct iw_prisma_datasource *found, GError **error)
{
	iw_source *source = iw_arena_source(arena, path, error);
	if (source == NULL)
		return false;
	struct lexer lexer = {arena, source, source->text + source->start, source->text + source->length};
	for (skip_space(&lexer); lexer.at < lexer.end; skip_space(&lexer)) {
		if (!is_word_char(*lexer.at)) {
			lexer.at++;
			continue;
		}
		bool is_datasource = strcmp(read_word(&lexer), "datasource") == 0;
		skip_space(&lexer);
		read_word(&lexer);
		skip_space(&lexer);
		if (!starts_with(&lexer, "{"))
			continue;
		lexer.at++;
		if (is_datasource) {
			found->source = source;
			found->directory = iw_path_parent(arena, path);
			read_block(&lexer, found);
		} else {
			skip_block(&lexer);
		}
	}
	return true;
}
