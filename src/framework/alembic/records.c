/*
 * alembic_version: one row for each head of what is applied. A migration is applied when it is a head or above one,
 * dependencies included.
 *
 * Alembic updates rows by what it knows of the heads before; here each migration's SQL holds for every state: what it
 * replaces goes, it comes. The rows at the end are the same.
 */
#include "framework/alembic/project.h"

#include "base/error.h"

#include <string.h>

static const struct alembic_project *project_of(const struct iw_bookkeeping *self)
{
	return self->data;
}

static struct alembic_revision *revision_of(const struct alembic_project *project, const struct iw_migration *migration)
{
	return g_hash_table_lookup(project->graph->names, migration->version);
}

static GPtrArray *create_sql(iw_arena *arena, const struct iw_bookkeeping *self)
{
	return iw_statements(
		arena,
		iw_arena_printf(arena,
				"CREATE TABLE %s (\n\tversion_num VARCHAR(32) NOT NULL, \n\tCONSTRAINT %s PRIMARY "
				"KEY (version_num)\n)",
				iw_bookkeeping_plain_table(arena, self),
				iw_arena_printf(arena, "%s_pkc", self->table_name)),
		NULL);
}

static const char *read_sql(iw_arena *arena, const struct iw_bookkeeping *self)
{
	return iw_arena_printf(arena, "SELECT version_num FROM %s ORDER BY version_num",
			       iw_bookkeeping_table(arena, self));
}

static GPtrArray *match(iw_arena *arena, const struct iw_bookkeeping *self, GPtrArray *records, GError **error)
{
	(void)error;
	const struct alembic_project *project = project_of(self);
	GPtrArray *list = iw_arena_ptr_array(arena), *heads = iw_arena_ptr_array(arena);
	GPtrArray *missing = iw_arena_ptr_array(arena);
	for (guint i = 0; i < records->len; i++) {
		const struct iw_record *record = g_ptr_array_index(records, i);
		struct alembic_revision *revision = g_hash_table_lookup(project->graph->names, record->values[0]);
		bool is_id = revision != NULL && strcmp(revision->id, record->values[0]) == 0;
		g_ptr_array_add(is_id ? heads : missing, is_id ? (void *)revision : (void *)record->values[0]);
	}
	alembic_set *active = iw_alembic_set_new(arena, project->graph);
	iw_alembic_add_ancestors(project->graph, heads, true, active);
	for (guint i = 0; i < self->migrations->len; i++) {
		struct iw_migration *migration = g_ptr_array_index(self->migrations, i);
		struct iw_applied *applied = iw_applied_add(arena, list, migration, migration->name);
		const struct alembic_revision *revision = revision_of(project, migration);
		if (revision != NULL && iw_alembic_set_has(active, revision))
			applied->state = IW_APPLIED;
		if (revision != NULL && g_ptr_array_find(heads, revision, NULL))
			applied->is_current = true;
	}
	for (guint i = 0; i < missing->len; i++)
		iw_applied_add(arena, list, NULL, g_ptr_array_index(missing, i));
	return list;
}

GPtrArray *iw_alembic_current(const struct alembic_project *self, GPtrArray *applied)
{
	GPtrArray *current = iw_arena_ptr_array(self->arena);
	for (guint i = 0; applied != NULL && i < applied->len; i++) {
		const struct iw_applied *one = g_ptr_array_index(applied, i);
		struct alembic_revision *revision =
			one->migration == NULL || !one->is_current ? NULL : revision_of(self, one->migration);
		if (revision != NULL)
			g_ptr_array_add(current, revision);
	}
	return current;
}

/* writing ---------------------------------------------------------------------------------------------------------- */

static const char *list_of(iw_arena *arena, const struct iw_bookkeeping *self, GPtrArray *revisions)
{
	GString *text = g_string_new(NULL);
	for (guint i = 0; i < revisions->len; i++) {
		const struct alembic_revision *revision = g_ptr_array_index(revisions, i);
		g_string_append_printf(text, "%s%s", i > 0 ? ", " : "", iw_literal(arena, self, revision->id));
	}
	const char *list = iw_arena_strdup(arena, text->str);
	g_string_free(text, TRUE);
	return list;
}

static const char *insert_sql(iw_arena *arena, const struct iw_bookkeeping *self, const char *id)
{
	return iw_arena_printf(arena, "INSERT INTO %s (version_num) VALUES (%s)", iw_bookkeeping_table(arena, self),
			       iw_literal(arena, self, id));
}

static const char *delete_sql(iw_arena *arena, const struct iw_bookkeeping *self, const char *list)
{
	return iw_arena_printf(arena, "DELETE FROM %s WHERE version_num IN (%s)", iw_bookkeeping_table(arena, self),
			       list);
}

static GPtrArray *finish_sql(iw_arena *arena, const struct iw_bookkeeping *self, const struct iw_migration *migration,
			     gint64 execution_ms)
{
	(void)execution_ms;
	const struct alembic_revision *revision = revision_of(project_of(self), migration);
	GPtrArray *list = iw_arena_ptr_array(arena);
	if (revision->all_parents->len > 0)
		g_ptr_array_add(list, (char *)delete_sql(arena, self, list_of(arena, self, revision->all_parents)));
	g_ptr_array_add(list, (char *)insert_sql(arena, self, revision->id));
	return list;
}

static GPtrArray *without(iw_arena *arena, const alembic_set *set, const struct alembic_graph *graph,
			  const struct alembic_revision *undone, GPtrArray *parents)
{
	GPtrArray *list = iw_arena_ptr_array(arena);
	for (guint i = 0; i < graph->revisions->len; i++) {
		struct alembic_revision *one = g_ptr_array_index(graph->revisions, i);
		if (one != undone && iw_alembic_set_has(set, one) && !g_ptr_array_find(parents, one, NULL))
			g_ptr_array_add(list, one);
	}
	return list;
}

/*
 * A parent becomes a head again, unless another head is below it. Alembic looks at the heads that were there before,
 * not at the other parents; only where there was no other head it leaves out parents above other parents.
 */
static const char *restore_sql(iw_arena *arena, const struct iw_bookkeeping *self, struct alembic_revision *parent,
			       const struct alembic_revision *undone)
{
	const struct alembic_graph *graph = project_of(self)->graph;
	const char *table = iw_bookkeeping_table(arena, self);
	alembic_set *below = iw_alembic_set_new(arena, graph);
	GPtrArray *from = iw_arena_ptr_array(arena);
	g_ptr_array_add(from, parent);
	iw_alembic_add_descendants(graph, from, true, below);
	bool is_above = false;
	for (guint i = 0; i < undone->all_parents->len; i++) {
		const struct alembic_revision *other = g_ptr_array_index(undone->all_parents, i);
		is_above = is_above || (other != parent && iw_alembic_set_has(below, other));
	}
	GPtrArray *others = without(arena, below, graph, undone, undone->all_parents);
	g_ptr_array_add(others, parent);
	const char *only = "";
	if (is_above)
		only = iw_arena_printf(arena, " AND EXISTS (SELECT 1 FROM %s AS w WHERE w.version_num NOT IN (%s))",
				       table, list_of(arena, self, undone->all_parents));
	return iw_arena_printf(arena,
			       "INSERT INTO %s (version_num) SELECT %s%s WHERE NOT EXISTS (SELECT 1 FROM %s AS v"
			       " WHERE v.version_num IN (%s))%s",
			       table, iw_literal(arena, self, parent->id),
			       self->dialect == IW_MYSQL ? " FROM DUAL" : "", table, list_of(arena, self, others),
			       only);
}

static GPtrArray *undo_sql(iw_arena *arena, const struct iw_bookkeeping *self, const struct iw_migration *migration)
{
	const struct alembic_revision *revision = revision_of(project_of(self), migration);
	GPtrArray *list = iw_statements(arena, delete_sql(arena, self, iw_literal(arena, self, revision->id)), NULL);
	for (guint i = 0; i < revision->all_parents->len; i++)
		g_ptr_array_add(list, (char *)restore_sql(arena, self, revision->all_parents->pdata[i], revision));
	return list;
}

/* As `alembic stamp`: heads above which it stands go. */
static GPtrArray *stamp_sql(iw_arena *arena, const struct iw_bookkeeping *self, const struct iw_migration *migration)
{
	const struct alembic_project *project = project_of(self);
	struct alembic_revision *revision = revision_of(project, migration);
	alembic_set *above = iw_alembic_set_new(arena, project->graph);
	iw_alembic_add_ancestors(project->graph, revision->all_parents, true, above);
	GPtrArray *older = iw_arena_ptr_array(arena), *list = iw_arena_ptr_array(arena);
	for (guint i = 0; i < project->graph->revisions->len; i++)
		if (iw_alembic_set_has(above, project->graph->revisions->pdata[i]))
			g_ptr_array_add(older, project->graph->revisions->pdata[i]);
	if (older->len > 0)
		g_ptr_array_add(list, (char *)delete_sql(arena, self, list_of(arena, self, older)));
	g_ptr_array_add(list, (char *)insert_sql(arena, self, revision->id));
	return list;
}

static GPtrArray *resolve_sql(iw_arena *arena, const struct iw_bookkeeping *self, const struct iw_applied *applied,
			      enum iw_resolution resolution, GError **error)
{
	if (resolution == IW_RESOLVE_REPAIR)
		return iw_refuse_resolve(error, "Alembic keeps no checksums: there is nothing to repair");
	if (applied->migration == NULL && resolution == IW_RESOLVE_ROLLED_BACK)
		return iw_statements(arena, delete_sql(arena, self, iw_literal(arena, self, applied->name)), NULL);
	if (applied->migration == NULL)
		return iw_refuse_resolve(error, "there is no revision \"%s\"", applied->name);
	if (resolution == IW_RESOLVE_APPLIED && applied->state == IW_APPLIED)
		return iw_refuse_resolve(error, "\"%s\" is recorded as applied already", applied->name);
	if (resolution == IW_RESOLVE_ROLLED_BACK && applied->state != IW_APPLIED)
		return iw_arena_ptr_array(arena); /* nothing is recorded; the journal forgets it */
	if (resolution == IW_RESOLVE_ROLLED_BACK && !applied->is_current)
		return iw_refuse_resolve(error, "\"%s\" is not a head: what comes after it is applied", applied->name);
	return resolution == IW_RESOLVE_APPLIED ? stamp_sql(arena, self, applied->migration)
						: undo_sql(arena, self, applied->migration);
}

const struct iw_bookkeeping_class iw_alembic_bookkeeping = {
	.table = iw_bookkeeping_table,
	.exists_sql = iw_bookkeeping_exists_sql,
	.create_sql = create_sql,
	.read_sql = read_sql,
	.match = match,
	.finish_sql = finish_sql,
	.undo_sql = undo_sql,
	.resolve_sql = resolve_sql,
	.keeps_heads = true,
};
