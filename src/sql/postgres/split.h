/*
 * Split: where one PostgreSQL statement ends and the next begins, in constant memory.
 *
 * Knows quotes, dollar quotes, nested comments, parentheses, BEGIN ATOMIC bodies, psql's meta-commands and the data
 * behind COPY ... FROM stdin (skipped up to its "\."), and the script's own breakpoint and block markers.
 */
#pragma once

#include "sql/sql.h"

bool iw_pg_split(const iw_source *source, size_t offset, size_t limit, const struct iw_script *script, void **cookie,
		 struct iw_cut *cut, GError **error);
