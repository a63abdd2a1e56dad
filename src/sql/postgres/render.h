/* Render: operations back to PostgreSQL's SQL, such that running it gives the same catalogue as the original. */
#pragma once

#include "sql/sql.h"

const char *iw_pg_render(iw_arena *arena, struct iw_engine engine, const struct iw_operation *operation);
/* Neighbours of one table become one ALTER TABLE, one DROP of several. */
GPtrArray *iw_pg_render_all(iw_arena *arena, struct iw_engine engine, GPtrArray *operations);
