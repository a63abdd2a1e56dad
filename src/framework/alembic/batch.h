/* The table that batch_alter_table() makes anew; see batch.c. */
#pragma once

#include "framework/alembic/render.h"

struct iw_batch_column {
	const char *key; /* its name in the old table, which constraints and indexes know it by */
	struct iw_sa_column *column;
	const struct iw_sa_type *cast; /* NULL: copied as it is */
	bool is_old;		       /* has values in the old table */
};

struct iw_batch_table {
	const char *schema, *name;
	GPtrArray *columns;		  /* struct iw_batch_column * */
	GPtrArray *constraints;		  /* struct iw_sa_constraint * */
	GPtrArray *indexes, *new_indexes; /* struct iw_sa_index * */
};

/* As SQLAlchemy would reflect it, by replay, or as copy_from gives it. NULL: not known, see sa.problem. */
struct iw_batch_table *iw_alembic_batch_table(struct run *run, const struct batch *batch);
