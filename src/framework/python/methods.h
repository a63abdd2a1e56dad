/* Tables of what values that Python brings can do: str (string.c), list, dict, set, numbers (container.c). */
#pragma once

#include "framework/python/python_internal.h"

struct py_method {
	const char *name;
	unsigned kinds; /* bits of enum iw_py_kind */
	py_native *run; /* NULL as its answer: not known */
};
extern const struct py_method iw_py_string_methods[], iw_py_container_methods[]; /* name NULL ends them */

struct py_row {
	const char *path;
	py_native *run;
};
/* Path NULL ends them. */
extern const struct py_row iw_py_builtin_rows[], iw_py_stdlib_rows[], iw_py_path_rows[], iw_py_json_rows[];

struct iw_py_value *iw_py_read_file(const struct py_call *call); /* path.c: open(...).read() */
