/* Cutting a text into statements; see struct iw_grammar in sql/sql.h. For sql/mysql/ only. */
#pragma once

#include "sql/sql.h"

bool iw_mysql_split(const iw_source *source, size_t offset, size_t limit, const struct iw_script *script, void **cookie,
		    struct iw_cut *cut, GError **error);
void iw_mysql_free_cookie(void *cookie);
