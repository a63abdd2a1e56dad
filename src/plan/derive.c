/* The inverse of a migration that has no down file, from its operations and the schema before each of them. */
#include "plan/plan_internal.h"

#include "base/error.h"
#include "framework/framework.h"
#include "model/invert.h"
#include "model/replay.h"
#include "sql/sql.h"

#include <string.h>

struct derivation {
	iw_arena *arena;
	struct iw_engine engine;
	const struct iw_migration *migration;
	iw_schema *schema;
	GPtrArray *inverses; /* GPtrArray * of operations, in the order of `up` */
	GPtrArray *losses;
};

static bool refuse(const struct derivation *derivation, const struct iw_operation *operation, const char *reason,
		   GError **error)
{
	iw_fail_at(error, IW_ERROR_UNSUPPORTED, &operation->place, "cannot derive how to undo \"%s\": %s",
		   derivation->migration->name, iw_operation_title(derivation->arena, operation));
	iw_error_detail(error, "%s", reason);
	iw_error_hint(error, "Write a down file for it, or go back by restoring a backup.");
	return false;
}

/* "undoing line 3 (add column users.email): what has been written into the column is lost" */
static const char *loss_text(iw_arena *arena, const struct iw_operation *operation, const char *reason)
{
	struct iw_line_column at = iw_source_locate(operation->place.source, operation->place.offset);
	return iw_arena_printf(arena, "undoing line %d (%s): %s", at.line, iw_operation_title(arena, operation),
			       reason);
}

/* Rows as they were before are not known: with --lossy they stay as the migration left them. */
static const char *leave_rows(iw_arena *arena, const struct iw_operation *operation)
{
	return loss_text(arena, operation, "the rows as they were before are not known; they stay as they are now");
}

static bool invert_operation(struct derivation *derivation, const struct iw_operation *operation, GError **error)
{
	struct iw_inverse *inverse = iw_invert(derivation->arena, operation, derivation->schema);
	if (inverse->verdict == IW_NOT_INVERTIBLE && iw_operation_is_data(operation)) {
		g_ptr_array_add(derivation->losses, (char *)leave_rows(derivation->arena, operation));
		return true;
	}
	if (inverse->verdict == IW_NOT_INVERTIBLE)
		return refuse(derivation, operation, inverse->reason, error);
	if (inverse->verdict == IW_INVERTIBLE_LOSSY)
		g_ptr_array_add(derivation->losses, (char *)loss_text(derivation->arena, operation, inverse->reason));
	g_ptr_array_add(derivation->inverses, inverse->operations);
	GError *failure = NULL;
	if (iw_schema_apply(derivation->schema, operation, &failure))
		return true;
	refuse(derivation, operation, failure->message, error);
	g_error_free(failure);
	return false;
}

static bool invert_script(struct derivation *derivation, iw_source *source, GError **error)
{
	const struct iw_script *script = &derivation->migration->up;
	GPtrArray *statements = iw_read_all(derivation->arena, derivation->engine, source, script, error);
	if (statements == NULL)
		return false;
	for (guint i = 0; i < statements->len; i++) {
		const struct iw_statement *statement = g_ptr_array_index(statements, i);
		for (guint j = 0; j < statement->operations->len; j++)
			if (!invert_operation(derivation, g_ptr_array_index(statement->operations, j), error))
				return false;
	}
	return true;
}

static char *render_backwards(const struct derivation *derivation)
{
	GString *text = g_string_new(NULL);
	for (guint i = derivation->inverses->len; i-- > 0;) {
		GPtrArray *texts = iw_render_all(derivation->arena, derivation->engine,
						 g_ptr_array_index(derivation->inverses, i), false);
		for (guint j = 0; j < texts->len; j++)
			if (g_ptr_array_index(texts, j) != NULL)
				g_string_append_printf(text, "%s;\n", (const char *)g_ptr_array_index(texts, j));
	}
	return g_string_free(text, FALSE);
}

/* Temporary tables of earlier migrations went with their session, and hide nothing. */
static void forget_temporary(iw_schema *schema)
{
	for (guint i = schema->tables->len; i-- > 0;) {
		const struct iw_table *table = g_ptr_array_index(schema->tables, i);
		struct iw_operation drop = {.kind = table->kind == IW_VIEW ? IW_OP_DROP_OBJECT : IW_OP_DROP_TABLE,
					    .object_kind = table->kind == IW_VIEW ? IW_OBJECT_VIEW : IW_OBJECT_TABLE,
					    .name = table->name,
					    .flags = IW_IF_EXISTS | IW_CASCADED};
		if (table->is_temporary && iw_schema_apply(schema, &drop, NULL))
			i = schema->tables->len;
	}
}

char *iw_plan_derive_down(const iw_schema *schema, struct iw_engine engine, const struct iw_migration *migration,
			  iw_arena *arena, GPtrArray *losses, GError **error)
{
	g_autoptr(iw_source) source = iw_migration_open(migration, IW_UP, error);
	if (source == NULL)
		return NULL;
	struct derivation derivation = {
		.arena = arena,
		.engine = engine,
		.migration = migration,
		.schema = iw_schema_copy(arena, schema),
		.inverses = iw_arena_ptr_array(arena),
		.losses = losses,
	};
	forget_temporary(derivation.schema);
	return invert_script(&derivation, source, error) ? render_backwards(&derivation) : NULL;
}
