/* Cutting a file into statements; the `split` member of struct iw_grammar (sql/sql.h). */
#pragma once

#include "sql/sql.h"

bool iw_sqlite_split(const iw_source *source, size_t offset, size_t limit, const struct iw_script *script,
		     void **cookie, struct iw_cut *cut, GError **error);
