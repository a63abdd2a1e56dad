/* The part of Python's standard library that migrations use; see python_internal.h. */
#include "framework/python/methods.h"

/* Modules ------------------------------------------------------------------------------------------------------- */

/* Of these, calls are symbols or values and concern nobody outside. */
static const char *const harmless[] = {
	"abc",
	"argparse",
	"ast",
	"base64",
	"binascii",
	"bisect",
	"builtins",
	"calendar",
	"codecs",
	"collections",
	"contextlib",
	"copy",
	"dataclasses",
	"datetime",
	"decimal",
	"difflib",
	"enum",
	"fractions",
	"functools",
	"gettext",
	"hashlib",
	"heapq",
	"hmac",
	"html",
	"inspect",
	"io",
	"ipaddress",
	"itertools",
	"json",
	"keyword",
	"locale",
	"logging",
	"math",
	"numbers",
	"operator",
	"pathlib",
	"platform",
	"posixpath",
	"pprint",
	"random",
	"re",
	"reprlib",
	"secrets",
	"statistics",
	"string",
	"struct",
	"sys",
	"textwrap",
	"time",
	"traceback",
	"types",
	"typing",
	"typing_extensions",
	"unicodedata",
	"urllib",
	"uuid",
	"warnings",
	"weakref",
	"zoneinfo",
	"__future__",
	"array",
	"configparser",
	"csv",
	"importlib",
};
/* Of the standard library, but they act: a host wants to hear of them. */
static const char *const acting[] = {
	"asyncio",	   "concurrent", "ctypes", "ftplib",  "gc",	"glob",	      "gzip",	 "http",
	"multiprocessing", "os",	 "pickle", "queue",   "select", "shelve",     "shlex",	 "shutil",
	"signal",	   "smtplib",	 "socket", "sqlite3", "ssl",	"subprocess", "tarfile", "tempfile",
	"threading",	   "unittest",	 "xml",	   "zipfile", "zlib",
};

static bool is_in(const char *const *list, size_t count, const char *path)
{
	size_t length = strcspn(path, ".");
	for (size_t i = 0; i < count; i++)
		if (list[i][0] == path[0] && strncmp(list[i], path, length) == 0 && list[i][length] == '\0')
			return true;
	return false;
}

bool iw_py_is_stdlib(const char *path)
{
	return is_in(harmless, G_N_ELEMENTS(harmless), path) || is_in(acting, G_N_ELEMENTS(acting), path);
}

bool iw_py_is_harmless(const char *path)
{
	static const char *const acts[] = {
		"builtins.open", "builtins.exec", "builtins.eval",   "builtins.__import__",
		"time.sleep",	 "sys.exit",	  "urllib.request",  "importlib.import_module",
		"builtins.exit", "builtins.quit", "builtins.compile"};
	if (!is_in(harmless, G_N_ELEMENTS(harmless), path))
		return g_str_has_prefix(path, "os.path.") || g_str_has_prefix(path, "os.environ") ||
		       strcmp(path, "os.getenv") == 0;
	for (size_t i = 0; i < G_N_ELEMENTS(acts); i++)
		if (g_str_has_prefix(path, acts[i]))
			return false;
	return true;
}

/* The environment ----------------------------------------------------------------------------------------------- */

static const char *variable(const iw_py *python, const char *name)
{
	const char *const *environment = python->options.environment;
	if (environment == NULL)
		return g_getenv(name);
	size_t length = strlen(name);
	for (; *environment != NULL; environment++)
		if (strncmp(*environment, name, length) == 0 && (*environment)[length] == '=')
			return *environment + length + 1;
	return NULL;
}

struct iw_py_value *iw_py_environment(iw_py *python, struct iw_place place, const struct iw_py_value *name,
				      struct iw_py_value *standard)
{
	const char *text = iw_py_text(name);
	if (text == NULL)
		return name->kind == IW_PY_UNKNOWN
			       ? iw_py_unknown_from(python, name)
			       : iw_py_new_unknown(python, place, "which environment variable this is, is not known");
	const char *found = variable(python, text);
	if (found != NULL)
		return iw_py_new_string(python, found);
	if (standard != NULL)
		return standard;
	return iw_py_new_unknown(python, place, "the environment variable %s is not set", text);
}

static struct iw_py_value *get_environment(const struct py_call *call)
{
	struct iw_py_value *name = iw_py_given(call, 0, "key"), *standard = iw_py_given(call, 1, "default");
	if (name == NULL)
		return NULL;
	return iw_py_environment(call->python, call->place, name, standard == NULL ? call->python->none : standard);
}

/* Texts --------------------------------------------------------------------------------------------------------- */

static size_t blank_prefix(const char *line, size_t length)
{
	size_t blanks = 0;
	while (blanks < length && (line[blanks] == ' ' || line[blanks] == '\t'))
		blanks++;
	return blanks;
}

static struct iw_py_value *dedent(const struct py_call *call)
{
	const struct iw_py_value *value = iw_py_given(call, 0, "text");
	if (iw_py_text(value) == NULL)
		return NULL;
	const char *end = value->text + value->length, *margin = NULL;
	size_t width = 0;
	for (const char *line = value->text; line < end;) {
		const char *stop = memchr(line, '\n', (size_t)(end - line));
		stop = stop == NULL ? end : stop;
		size_t blanks = blank_prefix(line, (size_t)(stop - line));
		if (line + blanks < stop) {
			if (margin == NULL)
				width = blanks;
			for (size_t i = 0; margin != NULL && i < width; i++)
				if (i >= blanks || margin[i] != line[i])
					width = i;
			margin = line;
		}
		line = stop + 1;
	}
	g_autoptr(GString) out = g_string_new(NULL);
	for (const char *line = value->text; line < end;) {
		const char *stop = memchr(line, '\n', (size_t)(end - line));
		const char *last = stop == NULL ? end : stop;
		if (line + blank_prefix(line, (size_t)(last - line)) < last)
			g_string_append_len(out, line + width, last - line - (gssize)width);
		if (stop != NULL)
			g_string_append_c(out, '\n');
		line = last + 1;
	}
	return iw_py_new_text(call->python, IW_PY_STRING, out->str, out->len);
}

static struct iw_py_value *indent(const struct py_call *call)
{
	const struct iw_py_value *value = iw_py_given(call, 0, "text");
	const char *prefix = iw_py_given_text(call, 1, "prefix");
	if (iw_py_text(value) == NULL || prefix == NULL || iw_py_given(call, 2, "predicate") != NULL)
		return NULL;
	g_autoptr(GString) out = g_string_new(NULL);
	const char *end = value->text + value->length;
	for (const char *line = value->text; line < end;) {
		const char *stop = memchr(line, '\n', (size_t)(end - line));
		const char *last = stop == NULL ? end : stop + 1;
		bool is_blank = true;
		for (const char *at = line; at < last; at++)
			is_blank = is_blank && g_ascii_isspace(*at);
		if (!is_blank)
			g_string_append(out, prefix);
		g_string_append_len(out, line, last - line);
		line = last;
	}
	return iw_py_new_text(call->python, IW_PY_STRING, out->str, out->len);
}

/* The rest ------------------------------------------------------------------------------------------------------ */

static struct iw_py_value *chain(const struct py_call *call)
{
	struct iw_py_value *list = iw_py_new_list(call->python, IW_PY_LIST);
	const struct iw_py_value *why = NULL;
	bool is_of_one = g_str_has_suffix(call->name, "from_iterable");
	const GPtrArray *all = call->arguments->items;
	if (is_of_one)
		all = all->len == 0 ? NULL : iw_py_iterate(call->python, call->place, all->pdata[0], &why);
	for (guint i = 0; all != NULL && i < all->len; i++) {
		const GPtrArray *items = iw_py_iterate(call->python, call->place, all->pdata[i], &why);
		if (items == NULL)
			return NULL;
		for (guint k = 0; k < items->len; k++)
			g_ptr_array_add(list->items, items->pdata[k]);
	}
	return all == NULL ? NULL : list;
}

static bool add_product(iw_py *python, GPtrArray *lists, guint at, GPtrArray *chosen, GPtrArray *into)
{
	if (at == lists->len) {
		g_ptr_array_add(into, iw_py_copy_list(python, IW_PY_TUPLE, chosen));
		return iw_py_step(python);
	}
	const GPtrArray *items = lists->pdata[at];
	for (guint i = 0; i < items->len; i++) {
		g_ptr_array_add(chosen, items->pdata[i]);
		bool goes_on = add_product(python, lists, at + 1, chosen, into);
		g_ptr_array_set_size(chosen, (gint)at);
		if (!goes_on)
			return false;
	}
	return true;
}

static struct iw_py_value *product(const struct py_call *call)
{
	struct iw_py_value *list = iw_py_new_list(call->python, IW_PY_LIST);
	g_autoptr(GPtrArray) lists = g_ptr_array_new();
	g_autoptr(GPtrArray) chosen = g_ptr_array_new();
	const struct iw_py_value *why = NULL;
	if (call->arguments->names->len > 0 || call->arguments->items->len > 16)
		return NULL;
	for (guint i = 0; i < call->arguments->items->len; i++) {
		const GPtrArray *items =
			iw_py_iterate(call->python, call->place, call->arguments->items->pdata[i], &why);
		if (items == NULL)
			return NULL;
		g_ptr_array_add(lists, (gpointer)items);
	}
	add_product(call->python, lists, 0, chosen, list->items);
	return list;
}

static struct iw_py_value *partial(const struct py_call *call)
{
	if (call->arguments->items->len == 0)
		return NULL;
	struct iw_py_value *value = iw_py_new_value(call->python, IW_PY_FUNCTION, call->place);
	struct py_function *function = iw_new(call->python->arena, struct py_function);
	struct py_arguments *given = iw_py_new_arguments(call->python);
	for (guint i = 1; i < call->arguments->items->len; i++)
		g_ptr_array_add(given->items, call->arguments->items->pdata[i]);
	given->names = call->arguments->names;
	given->values = call->arguments->values;
	given->is_open = call->arguments->is_open;
	function->of = call->arguments->items->pdata[0];
	function->given = given;
	value->text = "partial";
	value->private = function;
	/* Of other packages' functions it stays a symbol, which says more. */
	bool is_own = function->of->kind == IW_PY_FOREIGN && iw_py_native(function->of->text) != NULL;
	return iw_py_is_symbol(function->of) && !is_own ? NULL : value;
}

static struct iw_py_value *default_dict(const struct py_call *call)
{
	struct py_arguments *rest = iw_py_new_arguments(call->python);
	for (guint i = 1; i < call->arguments->items->len; i++)
		g_ptr_array_add(rest->items, call->arguments->items->pdata[i]);
	rest->names = call->arguments->names;
	rest->values = call->arguments->values;
	struct py_call make = *call;
	make.arguments = rest;
	struct iw_py_value *dict = iw_py_make_dict(&make);
	struct iw_py_value *maker = iw_py_given(call, 0, NULL);
	if (dict != NULL && maker != NULL && maker->kind != IW_PY_NONE)
		dict->receiver = maker;
	return dict;
}

static struct iw_py_value *named_tuple(const struct py_call *call)
{
	const char *name = iw_py_given_text(call, 0, "typename");
	struct iw_py_value *fields = iw_py_given(call, 1, "field_names");
	if (name == NULL || fields == NULL || call->arguments->names->len > 0)
		return NULL;
	struct iw_py_value *value = iw_py_new_value(call->python, IW_PY_CLASS, call->place);
	struct py_class *class = iw_new(call->python->arena, struct py_class);
	value->text = class->path = name;
	value->private = class;
	value->attributes = iw_arena_hash_table(call->python->arena, g_str_hash, g_str_equal);
	value->order = iw_arena_ptr_array(call->python->arena);
	value->bases = iw_arena_ptr_array(call->python->arena);
	class->kind = PY_CLASS_TUPLE;
	class->module = call->scope == NULL ? NULL : call->scope->module;
	class->order = iw_arena_ptr_array(call->python->arena);
	class->members = iw_arena_ptr_array(call->python->arena);
	class->fields = iw_arena_ptr_array(call->python->arena);
	g_ptr_array_add(class->order, value);
	if (iw_py_text(fields) != NULL) {
		g_auto(GStrv) words = g_strsplit_set(fields->text, ", \t\n", -1);
		for (char **word = words; *word != NULL; word++)
			if (**word != '\0')
				g_ptr_array_add(class->fields, iw_arena_strdup(call->python->arena, *word));
		return value;
	}
	for (guint i = 0; iw_py_is_sequence(fields) && i < fields->items->len; i++) {
		const char *field = iw_py_text(fields->items->pdata[i]);
		if (field == NULL)
			return NULL;
		g_ptr_array_add(class->fields, (char *)field);
	}
	return iw_py_is_sequence(fields) ? value : NULL;
}

static struct iw_py_value *digest(const struct py_call *call)
{
	const struct iw_py_value *data = iw_py_given(call, 0, NULL);
	if (call->arguments->items->len > 1 || (data != NULL && data->kind != IW_PY_BYTES))
		return NULL;
	return iw_py_symbol_call(call->python, call->place, iw_py_new_foreign(call->python, call->name),
				 call->arguments, false);
}

static struct iw_py_value *hex_digest(const struct py_call *call)
{
	static const struct {
		const char *path;
		GChecksumType type;
	} rows[] = {{"hashlib.md5", G_CHECKSUM_MD5},
		    {"hashlib.sha1", G_CHECKSUM_SHA1},
		    {"hashlib.sha256", G_CHECKSUM_SHA256},
		    {"hashlib.sha384", G_CHECKSUM_SHA384},
		    {"hashlib.sha512", G_CHECKSUM_SHA512}};
	const struct iw_py_value *self = call->receiver;
	if (self == NULL || call->arguments == NULL || self->kind != IW_PY_CALL || self->items->len > 1)
		return NULL;
	const struct iw_py_value *data = self->items->len == 0 ? NULL : self->items->pdata[0];
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		if (!iw_py_is(call->python, self, rows[i].path) || (data != NULL && data->kind != IW_PY_BYTES))
			continue;
		g_autofree char *text =
			g_compute_checksum_for_data(rows[i].type, data == NULL ? NULL : (const guchar *)data->text,
						    data == NULL ? 0 : data->length);
		return iw_py_new_string(call->python, text);
	}
	return NULL;
}

static struct iw_py_value *copy(const struct py_call *call)
{
	struct iw_py_value *value = iw_py_given(call, 0, NULL);
	if (value == NULL)
		return NULL;
	if (!iw_py_is_container(value) || value->kind == IW_PY_TUPLE)
		return value->kind == IW_PY_INSTANCE ? NULL : value;
	bool is_deep = g_str_has_suffix(call->name, "deepcopy");
	struct iw_py_value *made =
		value->kind == IW_PY_DICT ? iw_py_new_dict(call->python) : iw_py_new_list(call->python, value->kind);
	struct py_call inner = *call;
	for (guint i = 0; i < value->items->len && iw_py_enter(call->python); i++) {
		struct iw_py_value *item = value->kind == IW_PY_DICT ? value->values->pdata[i] : value->items->pdata[i];
		struct py_arguments *one = iw_py_new_arguments(call->python);
		g_ptr_array_add(one->items, item);
		inner.arguments = one;
		struct iw_py_value *copied = is_deep && iw_py_is_container(item) ? copy(&inner) : item;
		iw_py_leave(call->python);
		if (value->kind == IW_PY_DICT)
			iw_py_dict_set(call->python, made, value->items->pdata[i], copied);
		else
			g_ptr_array_add(made->items, copied == NULL ? item : copied);
	}
	return made;
}

static struct iw_py_value *cast(const struct py_call *call)
{
	return iw_py_given(call, 1, NULL);
}

static struct iw_py_value *nothing(const struct py_call *call)
{
	return call->arguments == NULL ? NULL : call->python->none;
}

static struct iw_py_value *leave(const struct py_call *call)
{
	return iw_py_raise(call->python, call->place, "SystemExit", "%s", "");
}

static const struct {
	const char *path, *text;
} constants[] = {
	{"os.sep", "/"},
	{"os.linesep", "\n"},
	{"os.pathsep", ":"},
	{"os.name", "posix"},
	{"os.curdir", "."},
	{"string.ascii_lowercase", "abcdefghijklmnopqrstuvwxyz"},
	{"string.ascii_uppercase", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"},
	{"string.ascii_letters", "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"},
	{"string.digits", "0123456789"},
	{"string.hexdigits", "0123456789abcdefABCDEF"},
	{"string.punctuation", "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"},
	{"string.whitespace", " \t\n\r\v\f"},
};

struct iw_py_value *iw_py_stdlib_value(iw_py *python, struct iw_place place, const char *path)
{
	struct iw_py_value *value = NULL;
	for (size_t i = 0; i < G_N_ELEMENTS(constants) && value == NULL; i++)
		if (strcmp(constants[i].path, path) == 0)
			value = iw_py_new_string(python, constants[i].text);
	if (strcmp(path, "typing.TYPE_CHECKING") == 0)
		value = iw_py_new_boolean(python, false);
	else if (strcmp(path, "math.pi") == 0)
		value = iw_py_new_float(python, 3.141592653589793);
	else if (strcmp(path, "math.inf") == 0)
		value = iw_py_new_float(python, INFINITY);
	else if (strcmp(path, "sys.maxsize") == 0)
		value = iw_py_new_integer(python, G_MAXINT64);
	(void)place;
	return value;
}

const struct py_row iw_py_stdlib_rows[] = {
	{"os.environ.get", get_environment},
	{"os.getenv", get_environment},
	{"builtins.open.close", nothing},
	{"textwrap.dedent", dedent},
	{"textwrap.indent", indent},
	{"itertools.chain", chain},
	{"itertools.chain.from_iterable", chain},
	{"itertools.product", product},
	{"functools.partial", partial},
	{"collections.OrderedDict", iw_py_make_dict},
	{"collections.defaultdict", default_dict},
	{"collections.namedtuple", named_tuple},
	{"hashlib.md5", digest},
	{"hashlib.sha1", digest},
	{"hashlib.sha256", digest},
	{"hashlib.sha384", digest},
	{"hashlib.sha512", digest},
	{"hashlib.md5.hexdigest", hex_digest},
	{"hashlib.sha1.hexdigest", hex_digest},
	{"hashlib.sha256.hexdigest", hex_digest},
	{"hashlib.sha384.hexdigest", hex_digest},
	{"hashlib.sha512.hexdigest", hex_digest},
	{"copy.copy", copy},
	{"copy.deepcopy", copy},
	{"typing.cast", cast},
	{"sys.exit", leave},
	{"builtins.exit", leave},
	{"warnings.warn", nothing},
	{"warnings.filterwarnings", nothing},
	{"warnings.simplefilter", nothing},
	{NULL, NULL},
};

py_native *iw_py_native(const char *path)
{
	static const struct py_row *const tables[] = {iw_py_builtin_rows, iw_py_stdlib_rows, iw_py_path_rows,
						      iw_py_json_rows};
	static GHashTable *table;
	static gsize is_made;
	if (g_once_init_enter(&is_made)) {
		GHashTable *rows = g_hash_table_new(g_str_hash, g_str_equal);
		for (size_t i = 0; i < G_N_ELEMENTS(tables); i++)
			for (const struct py_row *row = tables[i]; row->path != NULL; row++)
				g_hash_table_insert(rows, (char *)row->path, (gpointer)row->run);
		table = rows;
		g_once_init_leave(&is_made, 1);
	}
	return (py_native *)g_hash_table_lookup(table, path);
}
