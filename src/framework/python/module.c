/* Files and imports: which file a module is, when it is evaluated, and what its names are; see python_internal.h. */
#include "framework/python/python_internal.h"

#include "base/error.h"

#include <glib/gstdio.h>

/* What an import binds until somebody asks for it. */
struct lazy {
	struct py_module *importer;
	int level;	    /* dots */
	const char *module; /* without them */
	const char *name;   /* NULL: the module itself */
	struct iw_place place;
};

struct py_module *iw_py_module_of(const struct iw_py_value *module)
{
	return (struct py_module *)module->private;
}

/* Files --------------------------------------------------------------------------------------------------------- */

static bool is_below(const char *path, const char *folder)
{
	size_t length = strlen(folder);
	while (length > 1 && folder[length - 1] == '/')
		length--;
	return strncmp(path, folder, length) == 0 && (path[length] == '/' || path[length] == '\0' || length == 1);
}

static bool is_allowed(const iw_py *python, const char *path)
{
	g_autofree char *plain = g_canonicalize_filename(path, NULL);
	if (python->options.top != NULL) {
		g_autofree char *top = g_canonicalize_filename(python->options.top, NULL);
		if (is_below(plain, top))
			return true;
	}
	for (guint i = 0; python->options.roots != NULL && python->options.roots[i] != NULL; i++) {
		g_autofree char *root = g_canonicalize_filename(python->options.roots[i], NULL);
		if (is_below(plain, root))
			return true;
	}
	return false;
}

char *iw_py_read_text(iw_py *python, const char *path, size_t *length)
{
	char *text = NULL;
	GStatBuf status;
	bool is_file = is_allowed(python, path) && g_stat(path, &status) == 0 && S_ISREG(status.st_mode) &&
		       status.st_size < PY_LONGEST;
	return is_file && g_file_get_contents(path, &text, length, NULL) ? text : NULL;
}

/* The encoding that one of the first two lines names, as PEP 263 has it: "# -*- coding: latin-1 -*-"; NULL: none. */
static char *named_encoding(const char *text, size_t length)
{
	static GRegex *regex;
	if (g_once_init_enter(&regex))
		g_once_init_leave(&regex,
				  g_regex_new("^(?:[ \\t\\f]*(?:#[^\\n]*)?\\r?\\n)?[ \\t\\f]*#[^\\n]*?coding[:=][ \\t]*"
					      "([-_.a-zA-Z0-9]+)",
					      G_REGEX_RAW | G_REGEX_OPTIMIZE, 0, NULL));
	g_autoptr(GMatchInfo) match = NULL;
	g_regex_match_full(regex, text, (gssize)MIN(length, 1000), 0, 0, &match, NULL);
	char *name = g_match_info_fetch(match, 1);
	return name == NULL ? NULL : g_strdelimit(name, "_", '-');
}

/* Python's name of the encoding as iconv knows it. */
static const char *iconv_name(const char *encoding)
{
	static const char *const names[][2] = {
		{"latin-1", "ISO-8859-1"},     {"latin1", "ISO-8859-1"},    {"iso8859-1", "ISO-8859-1"},
		{"iso-latin-1", "ISO-8859-1"}, {"l1", "ISO-8859-1"},	    {"latin-9", "ISO-8859-15"},
		{"iso8859-15", "ISO-8859-15"}, {"iso8859-2", "ISO-8859-2"}, {"latin2", "ISO-8859-2"},
		{"sjis", "SHIFT-JIS"},	       {"mbcs", "CP1252"},	    {"windows-31j", "CP932"},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
		if (g_ascii_strcasecmp(names[i][0], encoding) == 0)
			return names[i][1];
	return encoding;
}

static bool is_utf8_name(const char *encoding)
{
	return g_ascii_strncasecmp(encoding, "utf-8", 5) == 0 || g_ascii_strcasecmp(encoding, "utf8") == 0 ||
	       g_ascii_strcasecmp(encoding, "ascii") == 0 || g_ascii_strcasecmp(encoding, "us-ascii") == 0;
}

static bool is_ascii_text(const char *text, size_t length)
{
	guint64 seen = 0, some;
	for (; length >= sizeof some; text += sizeof some, length -= sizeof some) {
		memcpy(&some, text, sizeof some);
		seen |= some;
	}
	for (size_t i = 0; i < length; i++)
		seen |= (unsigned char)text[i] & 0x80;
	return (seen & 0x8080808080808080) == 0;
}

static iw_source *open_source(const char *path, const char *shown, GError **error)
{
	g_autoptr(iw_source) source = iw_source_open(path, shown, error);
	if (source == NULL)
		return NULL;
	bool is_ascii = is_ascii_text(source->text, source->length);
	gssize invalid = is_ascii ? -1 : iw_source_find_invalid(source);
	if (is_ascii || (invalid >= 0 && source->text[invalid] == '\0'))
		return g_steal_pointer(&source);
	g_autofree char *encoding = named_encoding(source->text, source->length);
	if (encoding == NULL || is_utf8_name(encoding)) {
		if (invalid < 0)
			return g_steal_pointer(&source);
		struct iw_place place = {source, (size_t)invalid, 1};
		iw_fail_at(error, IW_ERROR_INPUT, &place, "this file is not valid UTF-8");
		return NULL;
	}
	gsize written = 0;
	g_autofree char *text =
		g_convert(source->text, (gssize)source->length, "UTF-8", iconv_name(encoding), NULL, &written, NULL);
	if (text != NULL)
		return iw_source_from_text(text, written, shown);
	struct iw_place place = {source, 0, 1};
	iw_fail_at(error, IW_ERROR_INPUT, &place, "this file cannot be read in its encoding \"%s\"", encoding);
	return NULL;
}

static void unref_source(void *source)
{
	iw_source_unref(source);
}

static bool read_module(iw_py *python, struct py_module *module, const char *shown, GError **error)
{
	module->source = open_source(module->path, shown, error);
	if (module->source == NULL)
		return false;
	iw_arena_defer(python->arena, unref_source, module->source);
	module->tree = iw_py_parse(&python->names, module->source, error);
	return module->tree != NULL;
}

/* Modules ------------------------------------------------------------------------------------------------------- */

/* "app.models" of <root>/app/models.py, of the innermost root; the file's name where no root holds it. */
static const char *dotted_name(iw_py *python, const char *path, bool is_package)
{
	g_autofree char *base = g_strndup(path, strlen(path) - (g_str_has_suffix(path, ".py") ? 3 : 0));
	if (is_package && g_str_has_suffix(base, "/__init__"))
		base[strlen(base) - 9] = '\0';
	size_t longest = 0;
	for (guint i = 0; python->options.roots != NULL && python->options.roots[i] != NULL; i++) {
		const char *root = python->options.roots[i];
		size_t length = strlen(root);
		while (length > 0 && root[length - 1] == '/')
			length--;
		if (length > longest && strncmp(base, root, length) == 0 && base[length] == '/')
			longest = length;
	}
	if (longest > 0)
		return g_strdelimit(iw_arena_strdup(python->arena, base + longest + 1), "/", '.');
	const char *last = strrchr(base, '/');
	return iw_arena_strdup(python->arena, last == NULL ? base : last + 1);
}

static void bind_text(iw_py *python, struct py_module *module, const char *name, const char *text)
{
	g_hash_table_insert(module->scope->names, (char *)name, iw_py_new_string(python, text));
}

static struct py_module *new_module(iw_py *python, const char *path, bool is_folder)
{
	struct py_module *module = iw_new(python->arena, struct py_module);
	module->path = iw_arena_strdup(python->arena, path);
	module->is_package = is_folder || g_str_has_suffix(path, "/__init__.py") || strcmp(path, "__init__.py") == 0;
	module->name = dotted_name(python, path, module->is_package);
	g_autofree char *directory = is_folder ? g_strdup(path) : g_path_get_dirname(path);
	module->directory = iw_arena_strdup(python->arena, directory);
	const char *dot = strrchr(module->name, '.');
	module->package = module->is_package ? module->name
			  : dot == NULL	     ? ""
					: iw_arena_strndup(python->arena, module->name, (size_t)(dot - module->name));
	module->stars = iw_arena_ptr_array(python->arena);
	module->value = iw_py_new_value(python, IW_PY_MODULE, iw_py_no_place());
	module->value->private = module;
	module->value->text = module->name;
	module->value->attributes = iw_arena_hash_table(python->arena, g_str_hash, g_str_equal);
	module->scope = iw_new(python->arena, struct py_scope);
	module->scope->kind = PY_OF_MODULE;
	module->scope->module = module;
	module->scope->names = module->value->attributes;
	g_hash_table_insert(python->modules, (char *)module->path, module);
	bind_text(python, module, "__name__", module->name);
	bind_text(python, module, "__package__", module->package);
	g_autofree char *absolute = g_canonicalize_filename(path, NULL);
	bind_text(python, module, "__file__", absolute);
	g_hash_table_insert(module->scope->names, (char *)"__doc__", python->none);
	return module;
}

void iw_py_evaluate_module(iw_py *python, struct py_module *module)
{
	if (module->is_evaluated || module->failure != NULL)
		return;
	module->is_evaluated = true;
	g_autoptr(GError) error = NULL;
	if (module->tree == NULL && module->source == NULL && g_str_has_suffix(module->path, ".py") &&
	    !read_module(python, module, module->path, &error)) {
		module->failure = iw_arena_printf(python->arena, "%s: %s", module->path, error->message);
		return;
	}
	if (module->tree == NULL)
		return;
	const char *text = iw_py_docstring(module->value);
	if (text != NULL)
		bind_text(python, module, "__doc__", text);
	int depth = python->depth, guarded = python->guarded, forgiven = python->forgiven,
	    importing = python->importing;
	struct iw_py_value *raised = python->raised, *handled = python->handled;
	python->raised = NULL;
	python->guarded = python->forgiven = 0;
	python->importing += !module->is_asked_for;
	/* A module within a module: its own depth, but not without end. */
	python->depth = MIN(depth, PY_DEEPEST / 2);
	enum py_flow flow = iw_py_run_block(python, module->scope, module->tree);
	if (flow == PY_RAISED)
		module->failure = iw_arena_printf(python->arena, "%s raises %s", module->name,
						  iw_py_repr(python, python->raised));
	python->depth = depth;
	python->guarded = guarded;
	python->forgiven = forgiven;
	python->importing = importing;
	python->raised = raised;
	python->handled = handled;
}

/* Finding ------------------------------------------------------------------------------------------------------- */

static struct py_module *module_at(iw_py *python, const char *path, bool is_folder)
{
	struct py_module *module = g_hash_table_lookup(python->modules, path);
	if (module != NULL)
		return module;
	if (python->files >= PY_MOST_FILES)
		return NULL;
	python->files++;
	return new_module(python, path, is_folder);
}

static bool holds_python(const char *folder)
{
	GDir *directory = g_dir_open(folder, 0, NULL);
	bool holds = false;
	for (const char *name; directory != NULL && !holds && (name = g_dir_read_name(directory)) != NULL;)
		holds = g_str_has_suffix(name, ".py");
	if (directory != NULL)
		g_dir_close(directory);
	return holds;
}

/* The module that `base` (a path without ending) is: a package, a file, a folder with files of Python. */
static struct py_module *module_of_path(iw_py *python, const char *base)
{
	static const char *const endings[] = {"/__init__.py", ".py", ""};
	gpointer known;
	if (g_hash_table_lookup_extended(python->found, base, NULL, &known))
		return known;
	struct py_module *module = NULL;
	for (size_t i = 0; i < G_N_ELEMENTS(endings) && module == NULL; i++) {
		g_autofree char *path = g_strconcat(base, endings[i], NULL);
		bool is_folder = endings[i][0] == '\0';
		bool is_there = is_folder ? g_file_test(path, G_FILE_TEST_IS_DIR) && holds_python(path)
					  : g_file_test(path, G_FILE_TEST_IS_REGULAR);
		if (is_there && is_allowed(python, path))
			module = module_at(python, path, is_folder);
	}
	g_hash_table_insert(python->found, iw_arena_strdup(python->arena, base), module);
	return module;
}

/* Packages that run the show, or that are known in full: never a folder of the project. */
static bool is_never_own(const char *dotted)
{
	static const char *const names[] = {"alembic",
					    "sqlalchemy",
					    "django",
					    "flask_migrate",
					    "flask_sqlalchemy",
					    "sqlmodel",
					    "environ",
					    "environs",
					    "decouple",
					    "dj_database_url",
					    "dotenv",
					    "configurations",
					    "split_settings",
					    "pgtrigger",
					    "builtins",
					    "sys",
					    "os",
					    "re",
					    "types",
					    "enum",
					    "functools",
					    "collections",
					    "typing",
					    "io",
					    "abc",
					    "time",
					    "itertools",
					    "warnings",
					    "operator",
					    "__future__"};
	size_t length = strcspn(dotted, ".");
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
		if (strlen(names[i]) == length && strncmp(names[i], dotted, length) == 0)
			return true;
	return false;
}

static struct py_module *find_absolute(iw_py *python, const char *dotted)
{
	if (dotted[0] == '\0' || is_never_own(dotted))
		return NULL;
	g_autofree char *relative = g_strdelimit(g_strdup(dotted), ".", '/');
	for (guint i = 0; python->options.roots != NULL && python->options.roots[i] != NULL; i++) {
		g_autofree char *base = g_build_filename(python->options.roots[i], relative, NULL);
		struct py_module *module = module_of_path(python, base);
		if (module != NULL)
			return module;
	}
	return NULL;
}

static struct py_module *find_relative(iw_py *python, const struct py_module *importer, int level, const char *dotted)
{
	g_autofree char *folder = g_strdup(importer->directory);
	for (int i = 1; i < level; i++) {
		char *above = g_path_get_dirname(folder);
		g_free(folder);
		folder = above;
	}
	if (dotted[0] == '\0')
		return module_of_path(python, folder);
	g_autofree char *relative = g_strdelimit(g_strdup(dotted), ".", '/');
	g_autofree char *base = g_build_filename(folder, relative, NULL);
	return module_of_path(python, base);
}

/* The dotted name that a relative import means, for what is not in the project. */
static const char *absolute_name(iw_py *python, const struct py_module *importer, int level, const char *dotted)
{
	if (level == 0)
		return dotted;
	g_autofree char *package = g_strdup(importer->package);
	for (int i = 1; i < level; i++) {
		char *dot = strrchr(package, '.');
		if (dot != NULL)
			*dot = '\0';
		else
			package[0] = '\0';
	}
	bool needs_dot = package[0] != '\0' && dotted[0] != '\0';
	return iw_arena_printf(python->arena, "%s%s%s", package, needs_dot ? "." : "", dotted);
}

static struct iw_py_value *submodule(iw_py *python, const struct py_module *module, const char *name)
{
	if (!module->is_package)
		return NULL;
	g_autofree char *base = g_build_filename(module->directory, name, NULL);
	struct py_module *found = module_of_path(python, base);
	return found == NULL ? NULL : found->value;
}

/* Of names that are being imported. */
static const char busy_mark;

/* What the module's own __getattr__ gives. */
static struct iw_py_value *dynamic_attribute(iw_py *python, struct py_module *module, const char *name)
{
	struct iw_py_value *function = g_hash_table_lookup(module->scope->names, "__getattr__");
	if (function == NULL || function->kind != IW_PY_FUNCTION || g_str_has_prefix(name, "__") ||
	    !iw_py_enter(python))
		return NULL;
	struct iw_py_value *value = iw_py_call_one(python, iw_py_no_place(), function, iw_py_new_string(python, name));
	iw_py_leave(python);
	if (python->raised == NULL)
		return value;
	bool is_missing = iw_py_is(python, python->raised, "builtins.AttributeError");
	value = is_missing ? NULL
			   : iw_py_new_unknown(python, iw_py_no_place(), "__getattr__ of %s raises %s", module->name,
					       iw_py_repr(python, python->raised));
	python->raised = NULL;
	return value;
}

struct iw_py_value *iw_py_module_attribute(iw_py *python, struct iw_py_value *value, const char *name)
{
	struct py_module *module = iw_py_module_of(value);
	iw_py_evaluate_module(python, module);
	struct iw_py_value *found = g_hash_table_lookup(module->scope->names, name);
	if (found != NULL && (int)found->kind == PY_LAZY)
		found = iw_py_settle(python, module->scope->names, name, found);
	/* "from . import name" in the package itself means the module of that name. */
	if (found == NULL || found->private == &busy_mark) {
		struct iw_py_value *inner = submodule(python, module, name);
		found = inner != NULL ? inner : found;
	}
	if (found == NULL)
		found = dynamic_attribute(python, module, name);
	if (found == NULL && module->stars->len == 1)
		return iw_py_new_foreign(
			python, iw_arena_printf(python->arena, "%s.%s", (char *)module->stars->pdata[0], name));
	if (found == NULL && module->stars->len > 1)
		return iw_py_new_unknown(python, iw_py_no_place(), "\"%s\" comes from one of several \"import *\"",
					 name);
	if (found == NULL && module->failure != NULL)
		return iw_py_new_unknown(python, iw_py_no_place(), "%s", module->failure);
	return found;
}

/* Imports ------------------------------------------------------------------------------------------------------- */

static struct iw_py_value *foreign(iw_py *python, struct iw_place place, const char *path)
{
	struct iw_py_value *value = iw_py_stdlib_value(python, place, path);
	if (value != NULL)
		return value;
	value = iw_py_new_value(python, IW_PY_FOREIGN, place);
	value->text = path;
	const struct iw_py_host *host = python->host;
	struct iw_py_value *known =
		host != NULL && host->attribute != NULL ? host->attribute(host->data, python, value) : NULL;
	return known != NULL ? known : value;
}

static struct iw_py_value *resolve(iw_py *python, const struct lazy *lazy)
{
	struct py_module *module = lazy->level > 0 ? find_relative(python, lazy->importer, lazy->level, lazy->module)
						   : find_absolute(python, lazy->module);
	const char *dotted = absolute_name(python, lazy->importer, lazy->level, lazy->module);
	if (module == NULL) {
		const char *path =
			lazy->name == NULL ? dotted : iw_arena_printf(python->arena, "%s.%s", dotted, lazy->name);
		return foreign(python, lazy->place, path);
	}
	if (lazy->name == NULL)
		return module->value;
	struct iw_py_value *value = iw_py_module_attribute(python, module->value, lazy->name);
	return value != NULL
		       ? value
		       : iw_py_new_unknown(python, lazy->place, "there is no \"%s\" in %s", lazy->name, module->name);
}

struct iw_py_value *iw_py_settle(iw_py *python, GHashTable *names, const char *name, struct iw_py_value *value)
{
	const struct lazy *lazy = value->private;
	/* Two modules that import each other's name find this. */
	struct iw_py_value *busy = iw_py_new_unknown(python, lazy->place, "\"%s\" depends on itself", name);
	busy->private = &busy_mark;
	g_hash_table_insert(names, (char *)name, busy);
	struct iw_py_value *found = resolve(python, lazy);
	if (g_hash_table_lookup(names, name) == busy)
		g_hash_table_insert(names, (char *)name, found);
	return found;
}

static void bind_lazy(iw_py *python, struct py_scope *scope, const char *name, const struct lazy *like)
{
	struct iw_py_value *value = iw_py_new_value(python, IW_PY_NONE, like->place);
	value->kind = (enum iw_py_kind)PY_LAZY;
	value->private = iw_arena_memdup(python->arena, like, sizeof *like);
	iw_py_bind(python, scope, name, value);
}

void iw_py_import(iw_py *python, struct py_scope *scope, const struct py_node *node)
{
	for (guint i = 0; i < node->count; i++) {
		const struct py_node *alias = node->items[i];
		struct lazy lazy = {scope->module, 0, alias->text, NULL, iw_py_place(scope, alias)};
		const char *name = alias->text;
		if (alias->a != NULL) {
			name = alias->a->text;
		} else if (strchr(name, '.') != NULL) {
			name = iw_py_share(&python->names, name, strcspn(name, "."));
			lazy.module = name;
		}
		bind_lazy(python, scope, name, &lazy);
	}
}

static bool is_exported(const struct iw_py_value *all, const char *name)
{
	if (all == NULL || !iw_py_is_sequence(all))
		return name[0] != '_';
	for (guint i = 0; i < all->items->len; i++)
		if (g_strcmp0(iw_py_text(all->items->pdata[i]), name) == 0)
			return true;
	return false;
}

static void import_all(iw_py *python, struct py_scope *scope, const struct py_node *node)
{
	struct py_module *module = node->sign > 0 ? find_relative(python, scope->module, (int)node->sign, node->text)
						  : find_absolute(python, node->text);
	if (module == NULL) {
		const char *dotted = absolute_name(python, scope->module, (int)node->sign, node->text);
		g_ptr_array_add(scope->module->stars, (char *)dotted);
		return;
	}
	if (module == scope->module)
		return;
	iw_py_evaluate_module(python, module);
	struct iw_py_value *all = g_hash_table_lookup(module->scope->names, "__all__");
	g_autoptr(GList) names = g_hash_table_get_keys(module->scope->names);
	for (GList *at = names; at != NULL; at = at->next)
		if (is_exported(all, at->data))
			iw_py_bind(python, scope, at->data, g_hash_table_lookup(module->scope->names, at->data));
	for (guint i = 0; i < module->stars->len; i++)
		g_ptr_array_add(scope->module->stars, module->stars->pdata[i]);
}

void iw_py_import_from(iw_py *python, struct py_scope *scope, const struct py_node *node)
{
	if (strcmp(node->text, "__future__") == 0)
		return;
	if (node->count == 0) {
		import_all(python, scope, node);
		return;
	}
	for (guint i = 0; i < node->count; i++) {
		const struct py_node *alias = node->items[i];
		struct lazy lazy = {scope->module, (int)node->sign, node->text, alias->text, iw_py_place(scope, alias)};
		bind_lazy(python, scope, alias->a != NULL ? alias->a->text : alias->text, &lazy);
	}
}

/* From outside --------------------------------------------------------------------------------------------------- */

static struct iw_py_value *evaluate_now(iw_py *python, struct py_module *module)
{
	module->is_asked_for = true;
	iw_py_begin(python);
	iw_py_evaluate_module(python, module);
	iw_py_end(python);
	return module->value;
}

struct iw_py_value *iw_py_load(iw_py *python, const char *path, const char *shown, GError **error)
{
	struct py_module *module = g_hash_table_lookup(python->modules, path);
	if (module == NULL)
		module = new_module(python, path, false);
	if (module->tree == NULL) {
		module->failure = NULL;
		if (!read_module(python, module, shown, error)) {
			module->failure = iw_arena_printf(python->arena, "%s cannot be read", shown);
			module->is_evaluated = true;
			return NULL;
		}
		module->is_evaluated = false;
	}
	return evaluate_now(python, module);
}

struct iw_py_value *iw_py_load_text(iw_py *python, const char *path, const char *text, GError **error)
{
	struct py_module *module = g_hash_table_lookup(python->modules, path);
	if (module == NULL)
		module = new_module(python, path, false);
	if (module->tree == NULL) {
		module->source = iw_source_from_text(text, strlen(text), path);
		iw_arena_defer(python->arena, unref_source, module->source);
		module->tree = iw_py_parse(&python->names, module->source, error);
		if (module->tree == NULL)
			return NULL;
	}
	return evaluate_now(python, module);
}

void iw_py_forget(iw_py *python, const char *path)
{
	g_hash_table_remove(python->modules, path);
}

iw_source *iw_py_source(const struct iw_py_value *module)
{
	return module->kind == IW_PY_MODULE ? iw_py_module_of(module)->source : NULL;
}

const char *iw_py_module_failure(const struct iw_py_value *module)
{
	return module->kind == IW_PY_MODULE ? iw_py_module_of(module)->failure : NULL;
}
