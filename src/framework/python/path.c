/* Paths and the contents of files: os.path, pathlib, open(); see python_internal.h. */
#include "framework/python/methods.h"

/* The text of a path: a string, or a Path of one. */
static const char *path_text(const struct iw_py_value *value)
{
	if (value != NULL && value->kind == IW_PY_CALL && value->receiver->kind == IW_PY_FOREIGN &&
	    strcmp(value->receiver->text, "pathlib.Path") == 0 && value->items->len == 1)
		value = value->items->pdata[0];
	return iw_py_text(value);
}

static struct iw_py_value *join_paths(const struct py_call *call)
{
	g_autoptr(GString) path = g_string_new(NULL);
	for (guint i = 0; i < call->arguments->items->len; i++) {
		const char *part = path_text(call->arguments->items->pdata[i]);
		if (part == NULL)
			return NULL;
		if (part[0] == '/')
			g_string_truncate(path, 0);
		else if (path->len > 0 && path->str[path->len - 1] != '/')
			g_string_append_c(path, '/');
		g_string_append(path, part);
	}
	return iw_py_new_string(call->python, path->str);
}

/* Does "a/../../b" leave the folder that it starts from? */
static bool climbs(const char *path)
{
	int depth = 0;
	g_auto(GStrv) parts = g_strsplit(path, "/", -1);
	for (char **part = parts; *part != NULL && depth >= 0; part++) {
		bool is_nothing = **part == '\0' || strcmp(*part, ".") == 0;
		depth += is_nothing ? 0 : strcmp(*part, "..") == 0 ? -1 : 1;
	}
	return depth < 0;
}

static struct iw_py_value *path_part(const struct py_call *call)
{
	const char *path = path_text(iw_py_given(call, 0, NULL));
	if (path == NULL)
		return NULL;
	const char *slash = strrchr(path, '/');
	const char *what = call->name + strlen("os.path.");
	if (strcmp(what, "basename") == 0)
		return iw_py_new_string(call->python, slash == NULL ? path : slash + 1);
	if (strcmp(what, "dirname") == 0) {
		size_t length = slash == NULL ? 0 : slash == path ? 1 : (size_t)(slash - path);
		return iw_py_new_text(call->python, IW_PY_STRING, path, length);
	}
	g_autofree char *plain = g_canonicalize_filename(path, path[0] == '/' ? NULL : "/");
	bool is_relative = path[0] != '/';
	if (strcmp(what, "normpath") == 0 && is_relative)
		return climbs(path) ? NULL : iw_py_new_string(call->python, plain[1] == '\0' ? "." : plain + 1);
	return is_relative ? NULL : iw_py_new_string(call->python, plain);
}

static struct iw_py_value *split_ending(const struct py_call *call)
{
	const char *path = path_text(iw_py_given(call, 0, NULL));
	if (path == NULL)
		return NULL;
	const char *slash = strrchr(path, '/'), *dot = strrchr(path, '.');
	const char *start = slash == NULL ? path : slash + 1;
	size_t length = dot == NULL || dot <= start ? strlen(path) : (size_t)(dot - path);
	struct iw_py_value *pair = iw_py_new_list(call->python, IW_PY_TUPLE);
	g_ptr_array_add(pair->items, iw_py_new_text(call->python, IW_PY_STRING, path, length));
	g_ptr_array_add(pair->items, iw_py_new_string(call->python, path + length));
	return pair;
}

static struct iw_py_value *path_exists(const struct py_call *call)
{
	const char *path = path_text(call->arguments->items->len > 0 ? iw_py_given(call, 0, NULL) : call->receiver);
	size_t length;
	g_autofree char *text = path == NULL ? NULL : iw_py_read_text(call->python, path, &length);
	return text == NULL ? NULL : call->python->yes;
}

static struct iw_py_value *new_path(const struct py_call *call, const char *path)
{
	struct py_arguments *arguments = iw_py_new_arguments(call->python);
	g_ptr_array_add(arguments->items, iw_py_new_string(call->python, path));
	return iw_py_symbol_call(call->python, call->place, iw_py_new_foreign(call->python, "pathlib.Path"), arguments,
				 false);
}

static struct iw_py_value *make_path(const struct py_call *call)
{
	struct iw_py_value *joined = join_paths(call);
	bool is_one = call->arguments->items->len > 0 && joined != NULL;
	return is_one ? new_path(call, joined->text) : NULL;
}

/* Attributes come without arguments; calls (.resolve()) with them. */
static struct iw_py_value *path_attribute(const struct py_call *call)
{
	const char *path = path_text(call->receiver);
	if (path == NULL || call->arguments != NULL)
		return NULL;
	const char *name = call->name, *slash = strrchr(path, '/');
	const char *last = slash == NULL ? path : slash + 1, *dot = strrchr(last, '.');
	if (strcmp(name, "parent") == 0) {
		g_autofree char *folder = g_path_get_dirname(path);
		return new_path(call, folder);
	}
	if (strcmp(name, "name") == 0)
		return iw_py_new_string(call->python, last);
	bool has_ending = dot != NULL && dot > last;
	if (strcmp(name, "suffix") == 0)
		return iw_py_new_string(call->python, has_ending ? dot : "");
	if (strcmp(name, "stem") == 0)
		return iw_py_new_text(call->python, IW_PY_STRING, last,
				      has_ending ? (size_t)(dot - last) : strlen(last));
	struct iw_py_value *list = iw_py_new_list(call->python, IW_PY_TUPLE); /* parents */
	g_autofree char *folder = g_strdup(path);
	for (char *at; (at = strrchr(folder, '/')) != NULL && list->items->len < 100;) {
		at[at == folder] = '\0';
		g_ptr_array_add(list->items, new_path(call, folder));
		if (at == folder)
			break;
	}
	return list;
}

static struct iw_py_value *path_method(const struct py_call *call)
{
	const char *path = call->arguments == NULL ? NULL : path_text(call->receiver);
	if (path == NULL)
		return NULL;
	const char *name = strrchr(call->name, '.') + 1;
	if (strcmp(name, "as_posix") == 0)
		return iw_py_new_string(call->python, path);
	if (strcmp(name, "resolve") == 0 || strcmp(name, "absolute") == 0) {
		g_autofree char *plain = g_canonicalize_filename(path, NULL);
		return new_path(call, plain);
	}
	g_autoptr(GString) joined = g_string_new(path);
	const char *more = iw_py_given_text(call, 0, NULL);
	if (more == NULL)
		return NULL;
	if (strcmp(name, "with_name") == 0) {
		g_autofree char *folder = g_path_get_dirname(path);
		g_string_printf(joined, "%s/%s", folder, more);
	} else if (strcmp(name, "with_suffix") == 0) {
		char *dot = strrchr(joined->str, '.');
		if (dot != NULL && strchr(dot, '/') == NULL)
			g_string_truncate(joined, (gsize)(dot - joined->str));
		g_string_append(joined, more);
	} else {
		for (guint i = 0; i < call->arguments->items->len; i++) {
			more = iw_py_given_text(call, i, NULL);
			if (more == NULL)
				return NULL;
			g_string_append_printf(joined, "/%s", more);
		}
	}
	return new_path(call, joined->str);
}

/* Files --------------------------------------------------------------------------------------------------------- */

static struct iw_py_value *contents(const struct py_call *call, const char *path, bool is_text)
{
	size_t length = 0;
	g_autofree char *bytes = path == NULL ? NULL : iw_py_read_text(call->python, path, &length);
	if (bytes == NULL)
		return iw_py_new_unknown(call->python, call->place, "the contents of a file (%s)",
					 path == NULL ? "its name is not known" : path);
	if (is_text && (memchr(bytes, '\0', length) != NULL || !g_utf8_validate(bytes, (gssize)length, NULL)))
		return iw_py_new_unknown(call->python, call->place, "%s is not valid UTF-8", path);
	if (!is_text || memchr(bytes, '\r', length) == NULL)
		return iw_py_new_text(call->python, is_text ? IW_PY_STRING : IW_PY_BYTES, bytes, length);
	g_autoptr(GString) text = g_string_sized_new(length);
	for (size_t i = 0; i < length; i++)
		if (bytes[i] != '\r')
			g_string_append_c(text, bytes[i]);
		else if (i + 1 == length || bytes[i + 1] != '\n')
			g_string_append_c(text, '\n');
	return iw_py_new_text(call->python, IW_PY_STRING, text->str, text->len);
}

/* open(): a symbol; reading it is what counts. */
static struct iw_py_value *open_file(const struct py_call *call)
{
	const struct iw_py_value *mode = iw_py_given(call, 1, "mode");
	const char *text = mode == NULL ? "r" : iw_py_text(mode);
	if (text == NULL || strpbrk(text, "wax+") != NULL)
		return NULL;
	return iw_py_symbol_call(call->python, call->place, iw_py_new_foreign(call->python, "builtins.open"),
				 call->arguments, false);
}

/* open(...).read(), Path(...).open().read() */
struct iw_py_value *iw_py_read_file(const struct py_call *call)
{
	struct iw_py_value *file = call->receiver;
	if (file == NULL || call->arguments == NULL || file->kind != IW_PY_CALL || call->arguments->items->len > 0)
		return NULL;
	bool is_method = file->receiver->kind == IW_PY_ATTRIBUTE;
	const struct iw_py_value *mode = iw_py_argument(file, is_method ? 0 : 1, "mode");
	const char *path = path_text(is_method ? file->receiver->receiver : iw_py_argument(file, 0, "file"));
	bool is_text = mode == NULL || (iw_py_text(mode) != NULL && strchr(iw_py_text(mode), 'b') == NULL);
	return contents(call, path, is_text);
}

static struct iw_py_value *read_path(const struct py_call *call)
{
	if (call->arguments == NULL)
		return NULL;
	return contents(call, path_text(call->receiver), g_str_has_suffix(call->name, "text"));
}

const struct py_row iw_py_path_rows[] = {
	{"os.path.join", join_paths},
	{"os.path.dirname", path_part},
	{"os.path.basename", path_part},
	{"os.path.abspath", path_part},
	{"os.path.realpath", path_part},
	{"os.path.normpath", path_part},
	{"os.path.splitext", split_ending},
	{"os.path.exists", path_exists},
	{"os.path.isfile", path_exists},
	{"pathlib.Path", make_path},
	{"pathlib.PurePath", make_path},
	{"pathlib.Path.parent", path_attribute},
	{"pathlib.Path.parents", path_attribute},
	{"pathlib.Path.name", path_attribute},
	{"pathlib.Path.stem", path_attribute},
	{"pathlib.Path.suffix", path_attribute},
	{"pathlib.Path.resolve", path_method},
	{"pathlib.Path.absolute", path_method},
	{"pathlib.Path.as_posix", path_method},
	{"pathlib.Path.joinpath", path_method},
	{"pathlib.Path.with_name", path_method},
	{"pathlib.Path.with_suffix", path_method},
	{"pathlib.Path.read_text", read_path},
	{"pathlib.Path.read_bytes", read_path},
	{"pathlib.Path.open.read", iw_py_read_file},
	{"builtins.open", open_file},
	{"builtins.open.read", iw_py_read_file},
	{"io.open", open_file},
	{"codecs.open", open_file},
	{NULL, NULL},
};
