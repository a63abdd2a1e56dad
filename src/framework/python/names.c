/* Names of Python's built-in functions and exceptions, and which exception derives from which; see python_internal.h.
 */
#include "framework/python/python_internal.h"

#include <string.h>

static const char *const names[] = {
	"abs",		"all",
	"any",		"ascii",
	"bin",		"bool",
	"bytearray",	"bytes",
	"callable",	"chr",
	"classmethod",	"compile",
	"complex",	"delattr",
	"dict",		"dir",
	"divmod",	"enumerate",
	"eval",		"exec",
	"filter",	"float",
	"format",	"frozenset",
	"getattr",	"globals",
	"hasattr",	"hash",
	"hex",		"id",
	"input",	"int",
	"isinstance",	"issubclass",
	"iter",		"len",
	"list",		"locals",
	"map",		"max",
	"memoryview",	"min",
	"next",		"object",
	"oct",		"open",
	"ord",		"pow",
	"print",	"property",
	"range",	"repr",
	"reversed",	"round",
	"set",		"setattr",
	"slice",	"sorted",
	"staticmethod", "str",
	"sum",		"super",
	"tuple",	"type",
	"vars",		"zip",
	"__import__",	"NotImplemented",
	"Ellipsis",	"__build_class__",
	"aiter",	"anext",
	"exit",		"quit",
	"breakpoint",	"__debug__",
	"__spec__",	"__builtins__",
	"__path__",	"__loader__",
	"help",
};

/* name, parent */
static const char *const exceptions[][2] = {
	{"BaseException", NULL},
	{"Exception", "BaseException"},
	{"KeyboardInterrupt", "BaseException"},
	{"SystemExit", "BaseException"},
	{"GeneratorExit", "BaseException"},
	{"ArithmeticError", "Exception"},
	{"ZeroDivisionError", "ArithmeticError"},
	{"OverflowError", "ArithmeticError"},
	{"FloatingPointError", "ArithmeticError"},
	{"AssertionError", "Exception"},
	{"AttributeError", "Exception"},
	{"BufferError", "Exception"},
	{"EOFError", "Exception"},
	{"ImportError", "Exception"},
	{"ModuleNotFoundError", "ImportError"},
	{"LookupError", "Exception"},
	{"IndexError", "LookupError"},
	{"KeyError", "LookupError"},
	{"MemoryError", "Exception"},
	{"NameError", "Exception"},
	{"UnboundLocalError", "NameError"},
	{"OSError", "Exception"},
	{"IOError", "Exception"},
	{"EnvironmentError", "Exception"},
	{"FileNotFoundError", "OSError"},
	{"FileExistsError", "OSError"},
	{"PermissionError", "OSError"},
	{"ConnectionError", "OSError"},
	{"TimeoutError", "OSError"},
	{"RuntimeError", "Exception"},
	{"NotImplementedError", "RuntimeError"},
	{"RecursionError", "RuntimeError"},
	{"StopIteration", "Exception"},
	{"StopAsyncIteration", "Exception"},
	{"SyntaxError", "Exception"},
	{"SystemError", "Exception"},
	{"TypeError", "Exception"},
	{"ValueError", "Exception"},
	{"UnicodeError", "ValueError"},
	{"UnicodeDecodeError", "UnicodeError"},
	{"UnicodeEncodeError", "UnicodeError"},
	{"Warning", "Exception"},
	{"UserWarning", "Warning"},
	{"DeprecationWarning", "Warning"},
	{"RuntimeWarning", "Warning"},
	{"FutureWarning", "Warning"},
	{"ExceptionGroup", "Exception"},
};

static const char *const *find_exception(const char *name)
{
	for (size_t i = 0; i < G_N_ELEMENTS(exceptions); i++)
		if (strcmp(exceptions[i][0], name) == 0)
			return exceptions[i];
	return NULL;
}

bool iw_py_is_builtin(const char *name)
{
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return find_exception(name) != NULL;
}

static const char *exception_name(const char *path)
{
	return g_str_has_prefix(path, "builtins.") ? path + strlen("builtins.") : "";
}

bool iw_py_is_exception(const char *path)
{
	return find_exception(exception_name(path)) != NULL;
}

bool iw_py_exception_derives(const char *path, const char *base)
{
	const char *wanted = exception_name(base);
	if (strcmp(wanted, "IOError") == 0 || strcmp(wanted, "EnvironmentError") == 0)
		wanted = "OSError";
	const char *const *row = find_exception(exception_name(path));
	while (row != NULL) {
		if (strcmp(row[0], wanted) == 0)
			return true;
		row = row[1] == NULL ? NULL : find_exception(row[1]);
	}
	return false;
}
