/* What the files of invert share; see invert.h. */
#pragma once

#include "model/invert.h"
#include "model/replay.h"
#include "model/schema_internal.h"

struct inversion {
	iw_arena *arena;
	const struct iw_operation *operation;
	const iw_schema *before;
	iw_schema *after; /* where the operation has been applied */
	struct iw_inverse *inverse;
};

/* Adds one operation to the inverse; the caller fills the rest. */
struct iw_operation *iw_invert_add(struct inversion *inversion, enum iw_operation_kind kind, struct iw_name name);
/* The worse of what was and this; the first reason stays. */
void iw_invert_lossy(struct inversion *inversion, const char *reason);
void iw_invert_impossible(struct inversion *inversion, const char *reason);

/* The operation's table before and after (found by its new name where it was renamed); NULL when it is not there. */
const struct iw_table *iw_invert_before(const struct inversion *inversion);
const struct iw_table *iw_invert_after(const struct inversion *inversion);
/* The operation's column before; NULL when it is not there. */
const struct iw_column *iw_invert_column(const struct inversion *inversion);
bool iw_invert_is_mysql(const struct inversion *inversion);

/* --- invert_parts.c: columns, constraints and indexes --- */
/* Puts back constraints and indexes of the table, and foreign keys of others, that are in one schema and not in the
 * other. */
void iw_invert_restore_parts(struct inversion *inversion, const struct iw_table *before, const struct iw_table *after);
/* Foreign keys of other tables that the operation took along. */
void iw_invert_restore_referrers(struct inversion *inversion, struct iw_name name);
/* Some table has a foreign key to the name, before the operation. */
bool iw_invert_has_referrer(const struct inversion *inversion, struct iw_name name);
void iw_invert_add_column(struct inversion *inversion), iw_invert_drop_column(struct inversion *inversion);
void iw_invert_alter_type(struct inversion *inversion), iw_invert_modify_column(struct inversion *inversion);
void iw_invert_not_null(struct inversion *inversion), iw_invert_default(struct inversion *inversion);
void iw_invert_identity(struct inversion *inversion), iw_invert_drop_identity(struct inversion *inversion);
void iw_invert_generation(struct inversion *inversion), iw_invert_column_text(struct inversion *inversion);
void iw_invert_constraint(struct inversion *inversion), iw_invert_alter_constraint(struct inversion *inversion);
void iw_invert_create_index(struct inversion *inversion), iw_invert_drop_index(struct inversion *inversion);
void iw_invert_alter_index(struct inversion *inversion);

/* --- invert_objects.c --- */
/* Whole tables and views with all that belongs to them, as they were. */
void iw_invert_restore_table(struct inversion *inversion, const struct iw_table *table);
void iw_invert_restore_views(struct inversion *inversion);
void iw_invert_restore_sequences(struct inversion *inversion, struct iw_name table, const char *column, bool owners);
void iw_invert_create_table(struct inversion *inversion), iw_invert_drop_table(struct inversion *inversion);
void iw_invert_create_enum(struct inversion *inversion), iw_invert_create_domain(struct inversion *inversion);
void iw_invert_create_sequence(struct inversion *inversion), iw_invert_alter_sequence(struct inversion *inversion);
void iw_invert_add_enum_value(struct inversion *inversion), iw_invert_alter_domain(struct inversion *inversion);
void iw_invert_create_view(struct inversion *inversion), iw_invert_create_member(struct inversion *inversion);
void iw_invert_drop_member(struct inversion *inversion), iw_invert_set_trigger(struct inversion *inversion);
void iw_invert_create_object(struct inversion *inversion), iw_invert_drop_object(struct inversion *inversion);
void iw_invert_comment(struct inversion *inversion);
