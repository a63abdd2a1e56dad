/* What the PostgreSQL files of replay share. */
#pragma once

#include "model/replay_internal.h"

/* --- replay_postgres_names.c: the server's own rules --- */
/* makeObjectName(): "name1_name2_label" cut to 63 bytes; name2 and label may be NULL. */
const char *iw_replay_pg_object_name(iw_arena *arena, const char *name1, const char *name2, const char *label);
/* ChooseRelationName(): the first one that no relation (and no constraint, for constraints) of the schema has. */
const char *iw_replay_pg_relation_name(struct replay *replay, const char *schema, const char *name1, const char *name2,
				       const char *label, bool is_constraint);
/* ChooseConstraintName() */
const char *iw_replay_pg_constraint_name(struct replay *replay, const char *schema, const char *name1,
					 const char *name2, const char *label);
/* ChooseIndexName() for keys and included columns; `is_primary`, `is_exclusion` and `is_constraint` choose the label.
 */
const char *iw_replay_pg_index_name(struct replay *replay, const struct iw_table *table, GPtrArray *keys,
				    GPtrArray *included, const char *label);
/* "a_b_c" of a list of column names. */
const char *iw_replay_pg_columns_name(iw_arena *arena, GPtrArray *columns);
/* The one column of the table that an expression uses; NULL when it uses none or several. */
const char *iw_replay_pg_only_column(struct replay *replay, const struct iw_table *table,
				     const struct iw_expression *expression);
/* nextval('"My_id_seq"'::regclass) */
const struct iw_expression *iw_replay_pg_nextval(struct replay *replay, struct iw_name sequence);

/* --- iw_replay_postgres.c --- */
static inline bool replay_pg_keeps_not_null(const struct replay *replay)
{
	return replay->engine.version == 0 || replay->engine.version >= 180000;
}
bool iw_replay_pg_add_constraint(struct replay *replay, struct iw_table *table, struct iw_constraint *constraint);
bool iw_replay_pg_add_index(struct replay *replay, struct iw_table *table, struct iw_index *index);
