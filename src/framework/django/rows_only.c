/*
 * Functions of RunPython that can be seen to change rows at most: neither they nor the functions and classes of the
 * project that they name, in whatever file, touch the schema editor or a connection. What comes later can then still be
 * told from the migrations. Installed packages are not looked into. See operations.h.
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

/* definitions ------------------------------------------------------------------------------------------------------ */

/* A walk over the functions and classes of the project that are used, each once. */
struct walk {
	iw_py *python;
	GHashTable *seen; /* where a definition begins in its text */
};

struct definition {
	struct iw_py_value *module; /* NULL: not known */
	const char *text, *begin, *end;
};

static const char *line_of(const char *text, const char *at)
{
	while (at > text && at[-1] != '\n')
		at--;
	return at;
}

/* Does a line that is neither empty nor a comment begin here, as far to the left as `column`? */
static bool begins_other(const char *line, size_t column)
{
	size_t indent = strspn(line, " \t");
	return line[indent] != '\0' && strchr("\r\n#", line[indent]) == NULL && indent <= column;
}

/* Behind "def f(...): ..." and "class C: ...", whose lines are further to the right than itself. */
static const char *end_of(const char *line)
{
	size_t column = strspn(line, " \t");
	int depth = 0;
	for (const char *at = line + column; *at != '\0';) {
		const char *behind = skip(at);
		if (behind != at) {
			at = behind;
			continue;
		}
		depth += strchr("([{", *at) != NULL ? 1 : strchr(")]}", *at) != NULL ? -1 : 0;
		if (*at++ == '\n' && depth <= 0 && begins_other(at, column))
			return at;
	}
	return line + strlen(line);
}

/* A lambda, and what else is no statement of its own: all of its file. */
static struct definition definition_of(const struct iw_py_value *value)
{
	static const char *const words[] = {"def ", "class ", "async def "};
	const char *text = value->place.source->text;
	struct definition all = {iw_py_home(value), text, text, text + strlen(text)};
	const char *line = line_of(text, text + value->place.offset);
	for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
		if (g_str_has_prefix(line + strspn(line, " \t"), words[i]))
			return (struct definition){all.module, text, line, end_of(line)};
	return all;
}

/* "os.system", "django.db.connection.cursor": under whatever name it was imported. */
static bool is_harmless_path(const char *path)
{
	g_auto(GStrv) parts = g_strsplit(path, ".", -1);
	for (char **part = parts; *part != NULL; part++)
		if (is_anything(*part))
			return false;
	return !g_str_has_prefix(path, "django.db.connection");
}

static bool is_harmless_definition(struct walk *walk, struct definition definition);

static bool is_harmless_value(struct walk *walk, const struct iw_py_value *value)
{
	if (value->kind == IW_PY_FUNCTION || value->kind == IW_PY_CLASS) {
		bool is_installed = value->place.source != NULL && value->place.source->path != NULL &&
				    strstr(value->place.source->path, "site-packages/") != NULL;
		return value->place.source == NULL || is_installed ||
		       is_harmless_definition(walk, definition_of(value));
	}
	const char *path =
		value->kind == IW_PY_FOREIGN || value->kind == IW_PY_ATTRIBUTE ? iw_py_path(walk->python, value) : NULL;
	return path == NULL || is_harmless_path(path);
}

/* What the word at [begin, end) of a definition stands for: "fill", "utils.fill" of a module of the project. */
static bool is_harmless_name(struct walk *walk, struct iw_py_value *module, const char *begin, const char *end)
{
	g_autofree char *word = g_strndup(begin, (gsize)(end - begin));
	const struct iw_py_value *value = module == NULL ? NULL : iw_py_find(walk->python, module, word);
	if (value == NULL || value->kind != IW_PY_MODULE)
		return value == NULL || is_harmless_value(walk, value);
	const char *name = *end == '.' ? end + 1 : end, *behind = name;
	while (is_word_character(*behind))
		behind++;
	return behind == name || is_harmless_name(walk, (struct iw_py_value *)value, name, behind);
}

/* "    from X import y" within a function: names that are no globals. */
static bool is_harmless_import(const char *text, const char *begin, const char *end)
{
	static const char *const packages[] = {
		"django", "collections", "datetime", "decimal",	  "functools", "hashlib", "itertools",
		"json",	  "logging",	 "math",     "random",	  "re",	       "string",  "time",
		"typing", "uuid",	 "pytz",     "traceback", "warnings",  "copy",	  "secrets"};
	const char *line = line_of(text, begin), *first = line + strspn(line, " \t");
	if (end - begin != 6 || strncmp(begin, "import", 6) != 0 || first == line)
		return true;
	const char *name = g_str_has_prefix(first, "from ")	? first + 5
			   : g_str_has_prefix(first, "import ") ? first + 7
								: NULL;
	for (size_t i = 0; name != NULL && i < G_N_ELEMENTS(packages); i++) {
		size_t length = strlen(packages[i]);
		if (strncmp(name, packages[i], length) == 0 && !is_word_character(name[length]))
			return true;
	}
	return name == NULL;
}

static bool is_harmless_definition(struct walk *walk, struct definition definition)
{
	const char *text = definition.text;
	if (!g_hash_table_add(walk->seen, (gpointer)definition.begin))
		return true;
	for (const char *at = definition.begin; at < definition.end;) {
		const char *behind = skip(at);
		if (behind != at) {
			at = behind;
			continue;
		}
		const char *end = at;
		while (is_word_character(*end))
			end++;
		if (end == at) {
			at++;
			continue;
		}
		bool is_attribute = at > text && at[-1] == '.';
		if (!is_harmless(text, at, end) || !is_harmless_import(text, at, end) ||
		    (!is_attribute && !is_harmless_name(walk, definition.module, at, end)))
			return false;
		at = end;
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
	/* An object whose class has __call__(). */
	if (code->kind == IW_PY_INSTANCE && code->receiver != NULL && code->receiver->kind == IW_PY_CLASS)
		code = code->receiver;
	g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
	struct walk walk = {context->python, seen};
	return (code->kind == IW_PY_FUNCTION || code->kind == IW_PY_CLASS) && code->place.source != NULL &&
	       is_harmless_definition(&walk, definition_of(code));
}
