/*
 * Functions of RunPython that can be seen to change rows at most: the file that they are written in neither touches the
 * schema editor nor a connection. What comes later can then still be told from the migrations. See operations.h.
 */
#include "framework/django/operations.h"

#include <string.h>

/* Names behind which anything may be done to the database. */
static const char *const anything[] = {
	"add_constraint",
	"add_field",
	"add_index",
	"alter_db_table",
	"alter_field",
	"alter_index_together",
	"alter_unique_together",
	"call_command",
	"connections",
	"create_model",
	"cursor",
	"delete_model",
	"eval",
	"exec",
	"execute",
	"executemany",
	"executescript",
	"get_connection",
	"os",
	"remove_constraint",
	"remove_field",
	"remove_index",
	"rename_index",
	"subprocess",
	"SchemaEditor",
	"__import__",
	"import_module",
	"alter_db_table_comment",
};

static bool is_word_character(char character)
{
	return g_ascii_isalnum(character) || character == '_';
}

static bool is_anything(const char *word)
{
	for (size_t i = 0; i < G_N_ELEMENTS(anything); i++)
		if (strcmp(anything[i], word) == 0)
			return true;
	return false;
}

/* schema_editor.connection.alias and .vendor only tell where. */
static bool only_asks(const char *behind)
{
	static const char *const asked[] = {".connection.alias", ".connection.vendor"};
	for (size_t i = 0; i < G_N_ELEMENTS(asked); i++)
		if (g_str_has_prefix(behind, asked[i]) && !is_word_character(behind[strlen(asked[i])]))
			return true;
	return false;
}

/* Is it given to a function of the same file, or a parameter of one? `at`: where the word begins. */
static bool stays_in_file(const char *text, const char *at)
{
	int depth = 0;
	const char *open = at;
	while (open > text && open[-1] != '\n' && !(depth == 0 && open[-1] == '('))
		depth += *--open == ')' ? 1 : *open == '(' ? -1 : 0;
	if (open == text || open[-1] != '(')
		return false;
	const char *end = open - 1, *begin = end;
	while (begin > text && is_word_character(begin[-1]))
		begin--;
	g_autofree char *definition = g_strdup_printf("def %.*s(", (int)(end - begin), begin);
	return begin < end && strstr(text, definition) != NULL;
}

static bool is_harmless(const char *text, const char *begin, const char *end)
{
	g_autofree char *word = g_strndup(begin, (gsize)(end - begin));
	if (strcmp(word, "schema_editor") == 0)
		return only_asks(end) || (*end != '.' && stays_in_file(text, begin));
	if (strcmp(word, "connection") == 0)
		return begin - text > 14 && strncmp(begin - 14, "schema_editor.", 14) == 0;
	return !is_anything(word);
}

/* Behind a comment or a string that begins here; `at` itself: none does. */
static const char *skip(const char *at)
{
	if (*at == '#')
		return at + strcspn(at, "\n");
	if (*at != '"' && *at != '\'')
		return at;
	char quote[4] = {*at, *at, *at, '\0'};
	quote[g_str_has_prefix(at, quote) ? 3 : 1] = '\0';
	size_t length = strlen(quote);
	const char *end = at + length;
	while (*end != '\0' && !g_str_has_prefix(end, quote))
		end += *end == '\\' && end[1] != '\0' ? 2 : 1;
	return *end == '\0' ? end : end + length;
}

static bool is_harmless_text(const char *text)
{
	for (const char *at = text; *at != '\0';) {
		const char *behind = skip(at);
		if (behind != at) {
			at = behind;
			continue;
		}
		const char *end = at;
		while (is_word_character(*end))
			end++;
		if (end > at && !is_harmless(text, at, end))
			return false;
		at = end > at ? end : at + 1;
	}
	return true;
}

bool iw_django_changes_rows_only(struct django_context *context, const struct iw_py_value *code)
{
	/* Those of Django's own apps. */
	static const char *const own[] = {"update_proxy_model_permissions", "revert_proxy_model_permissions",
					  "add_legacy_name"};
	const char *name = code->kind == IW_PY_FUNCTION ? code->text : iw_py_path(context->python, code);
	for (size_t i = 0; name != NULL && i < G_N_ELEMENTS(own); i++)
		if (g_str_has_suffix(name, own[i]))
			return true;
	return code->kind == IW_PY_FUNCTION && code->place.source != NULL && is_harmless_text(code->place.source->text);
}
