/*
 * What the files that render Alembic's directives share; see alembic_internal.h. One struct run lives as long as the
 * text of one direction is made.
 */
#pragma once

#include "framework/alembic/alembic_internal.h"
#include "framework/alembic/sqlalchemy.h"
#include "framework/made.h"

#include <stdlib.h>

struct run {
	struct iw_alembic_render *options;
	struct iw_sa sa;
	iw_made *made;
	iw_schema *schema;  /* what the text so far leaves behind; NULL: not known */
	GString *pending;   /* SQL that `schema` has not seen yet */
	GPtrArray *batches; /* struct batch *: open ones */
	struct iw_place place;
	bool is_noted; /* it has been said where answers come from */
};

/* One call of a directive: of op, or of the object that `with op.batch_alter_table() as x` gives. */
struct directive {
	const char *name;
	const struct iw_py_value *call;
	const struct batch *batch; /* NULL: of op */
	struct iw_place place;
};

/* with op.batch_alter_table(...): what is asked for runs at its end. */
struct batch {
	const struct iw_py_value *call;
	const char *table, *schema;
	GPtrArray *directives; /* struct directive * */
};

/* render.c: text goes out with the place of the directive at hand; nothing when sa.problem is set. */
void iw_alembic_emit(struct run *run, const char *format, ...) G_GNUC_PRINTF(2, 3);
void iw_alembic_emit_text(struct run *run, const char *sql);
/* The catalogue as it is now; NULL: not known. */
const iw_schema *iw_alembic_schema(struct run *run);

/* operations.c: false: there is no such directive. Reasons why it cannot be rendered are in sa.problem. */
bool iw_alembic_directive(struct run *run, const struct directive *directive);
/* An argument by its position among op's and among the batch's (-1: by keyword only). NULL: not given, or None. */
struct iw_py_value *iw_alembic_given(const struct directive *directive, int position, int in_batch, const char *name);
/* The same, but None is a value. */
struct iw_py_value *iw_alembic_argument(const struct directive *directive, int position, int in_batch,
					const char *name);
const char *iw_alembic_table_of(struct run *run, const struct directive *directive, int position, const char *name);
const char *iw_alembic_schema_of(struct run *run, const struct directive *directive, int position);
/* The constraint or index that create_unique_constraint() and its kin ask for. */
struct iw_sa_constraint *iw_alembic_new_constraint(struct run *run, const struct directive *directive);
struct iw_sa_index *iw_alembic_new_index(struct run *run, const struct directive *directive);
/* What drop_constraint() names, with its kind (IW_SA_ANY: not said). */
struct iw_sa_constraint *iw_alembic_dropped_constraint(struct run *run, const struct directive *directive);
/* CREATE TABLE, its types before, its indexes and comments after. */
void iw_alembic_create_table(struct run *run, const struct iw_sa_table *table);
void iw_alembic_add_constraint(struct run *run, const struct iw_sa_table *table,
			       const struct iw_sa_constraint *constraint);
/* A column of its own, in a table that holds nothing else. */
struct iw_sa_table *iw_alembic_table_with(struct run *run, const char *schema, const char *table,
					  struct iw_sa_column *column);
/* type.create(), type.drop(), table.create(), table.drop(); false: it is none of these. */
bool iw_alembic_object_call(struct run *run, const struct iw_py_value *call);

/* alter.c */
void iw_alembic_alter_column(struct run *run, const struct directive *directive);

/* batch.c */
void iw_alembic_flush_batch(struct run *run, const struct batch *batch);

/* inspect.c: what migrations ask of the database; NULL: it is no such question. */
struct iw_py_value *iw_alembic_answer(struct run *run, struct iw_py_value *call);
struct iw_py_value *iw_alembic_attribute(struct run *run, struct iw_py_value *attribute);
