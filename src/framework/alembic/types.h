/* Classes of types as rows: shared by types.c and types_table.c. */
#pragma once

#include "framework/alembic/sqlalchemy.h"

#include <stdlib.h>

struct iw_sa_type_row {
	const char *space; /* "": sqlalchemy itself; "postgresql", "mysql" */
	const char *name;
	const char *text[IW_DIALECTS]; /* NULL: there is no SQL for it */
	enum iw_sa_affinity affinity;
	const char *(*render)(struct iw_sa *sa, const struct iw_sa_type *type);
};

struct iw_sa_foreign_type {
	const char *package, *name;
	const char *text[IW_DIALECTS];
	enum iw_sa_affinity affinity;
	int most_arguments; /* more given (by position or name) change the type: it is not known then; 0: any */
};

/* NULL: not known. Generic classes are found through the names that dialects give them, too. */
const struct iw_sa_type_row *iw_sa_type_row(const char *space, const char *name);
const struct iw_sa_foreign_type *iw_sa_foreign_type(const char *path);
