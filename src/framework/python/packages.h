/* Packages that a Python project uses, looked for without running Python. */
#pragma once

#include "base/arena.h"

/* Folders of installed packages: of $VIRTUAL_ENV, of .venv, venv and env in `directory` and above, up to `top`.
 * char *, absolute; empty: none. */
GPtrArray *iw_python_site_packages(iw_arena *arena, const char *directory, const char *top);
/*
 * The version of a package: as installed, else as pinned by uv.lock, poetry.lock, Pipfile.lock, requirements*.txt in
 * `directory` and above. NULL: not known.
 */
const char *iw_python_package_version(iw_arena *arena, const char *directory, const char *top, const char *package);
