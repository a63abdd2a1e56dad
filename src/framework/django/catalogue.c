/*
 * The catalogue that the schema editor asks: what was there before the migration, with what was sent since replayed on
 * top of it; see editor.h. What cannot be known is a failure of the operation that asks.
 */
#include "framework/django/editor.h"

#include "model/replay.h"
#include "sql/sql.h"

#include <string.h>

/* replay ----------------------------------------------------------------------------------------------------------- */

static void apply(iw_schema *schema, const char *sql)
{
	g_autofree char *text = g_strconcat(sql, ";\n", NULL);
	g_autoptr(iw_source) source = iw_source_from_text(text, strlen(text), "django");
	g_autoptr(iw_reader) reader = iw_reader_new(schema->engine, source, NULL);
	g_autoptr(iw_arena) arena = iw_arena_new();
	g_autoptr(GError) error = NULL;
	struct iw_statement *statement;
	while ((statement = iw_reader_next(reader, arena, &error)) != NULL) {
		if (!iw_schema_apply_statement(schema, statement, NULL))
			schema->is_uncertain = true;
		iw_arena_reset(arena);
	}
	if (error != NULL)
		schema->is_uncertain = true;
}

/* Was something taken back that the catalogue has seen? */
static bool is_rewound(const struct django_editor *self)
{
	return self->replayed > 0 && (self->replayed > self->sent->len ||
				      self->sent->pdata[self->replayed - 1] != (gpointer)self->last_replayed);
}

static void start(struct django_editor *self)
{
	if (!self->is_catalogue_asked && self->catalogue_before != NULL)
		self->catalogue_base = self->catalogue_before(self->data);
	self->is_catalogue_asked = true;
	iw_arena *arena = self->context->arena;
	if (self->catalogue_base != NULL) {
		self->catalogue = iw_schema_copy(arena, self->catalogue_base);
	} else {
		self->catalogue = iw_schema_new(arena, self->context->engine);
		self->catalogue->is_uncertain = true;
	}
	self->replayed = 0;
}

static iw_schema *catalogue(struct django_editor *self)
{
	if (self->catalogue == NULL || is_rewound(self))
		start(self);
	while (self->replayed < self->sent->len) {
		const struct django_sent *sent = self->sent->pdata[self->replayed++];
		if (sent->sql != NULL)
			apply(self->catalogue, sent->sql);
		else if (!sent->is_rows_only)
			self->catalogue->is_uncertain = true;
		self->last_replayed = sent;
	}
	return self->catalogue;
}

const iw_schema *iw_django_catalogue(struct django_editor *self)
{
	return catalogue(self);
}

const struct iw_table *iw_django_catalogue_table(struct django_editor *self, const char *table)
{
	const char *name = NULL;
	const char *namespace = iw_django_split_identifier(self->context->arena, table, &name);
	return iw_schema_find_table(catalogue(self), (struct iw_name){*namespace == '\0' ? NULL : namespace, name});
}

static bool leads_to(const struct iw_constraint *constraint, const char *table, const char *column)
{
	if (constraint->kind != IW_FOREIGN_KEY || constraint->references.name == NULL ||
	    g_ascii_strcasecmp(constraint->references.name, table) != 0)
		return false;
	for (guint i = 0; column != NULL && i < constraint->referenced_columns->len; i++)
		if (g_ascii_strcasecmp(constraint->referenced_columns->pdata[i], column) == 0)
			return true;
	return column == NULL || constraint->referenced_columns->len == 0;
}

bool iw_django_is_referenced(struct django_editor *self, const char *table, const char *column, bool by_others)
{
	const iw_schema *schema = catalogue(self);
	for (guint i = 0; i < schema->tables->len; i++) {
		const struct iw_table *other = schema->tables->pdata[i];
		if (by_others && g_ascii_strcasecmp(other->name.name, table) == 0)
			continue;
		for (guint j = 0; j < other->constraints->len; j++)
			if (leads_to(other->constraints->pdata[j], table, column))
				return true;
	}
	return false;
}

/* asking ----------------------------------------------------------------------------------------------------------- */

static bool is_quoted(const char *table)
{
	return strchr(table, '"') != NULL;
}

GPtrArray *iw_django_constraints(struct django_editor *self, const char *table)
{
	/* The name that Django looks for has the quotes in it. */
	if (is_quoted(table) && self->context->engine.dialect == IW_POSTGRES)
		return iw_arena_ptr_array(self->context->arena);
	const struct iw_table *known = iw_django_catalogue_table(self, table);
	if (known != NULL)
		return iw_django_introspect(self->context, known);
	bool is_known = self->catalogue_base != NULL;
	return iw_django_fail(self->context, self->place,
			      is_known
				      ? "Django asks the database which constraints table \"%s\" has, and no migration "
					"that can be read creates it"
				      : "Django asks the database which constraints table \"%s\" has, and the "
					"migrations before cannot be read",
			      table);
}

static bool same_columns(const GPtrArray *wanted, const GPtrArray *columns)
{
	if (wanted == NULL)
		return true;
	if (wanted->len != columns->len)
		return false;
	for (guint i = 0; i < wanted->len; i++)
		if (g_strcmp0(wanted->pdata[i], columns->pdata[i]) != 0)
			return false;
	return true;
}

static bool matches(const struct django_known_constraint *known, const struct django_wanted *wanted)
{
	return same_columns(wanted->columns, known->columns) &&
	       (wanted->unique < 0 || known->unique == (wanted->unique != 0)) &&
	       (wanted->primary_key < 0 || known->primary_key == (wanted->primary_key != 0)) &&
	       (wanted->index < 0 || known->index == (wanted->index != 0)) &&
	       (wanted->check < 0 || known->check == (wanted->check != 0)) &&
	       (wanted->foreign_key < 0 || known->foreign_key) &&
	       (wanted->type == NULL || g_strcmp0(wanted->type, known->type) == 0) &&
	       (wanted->exclude == NULL || !g_hash_table_contains(wanted->exclude, known->name));
}

GPtrArray *iw_django_constraint_names(struct django_editor *self, const char *table, const struct django_wanted *wanted)
{
	GPtrArray *names = iw_arena_ptr_array(self->context->arena);
	GPtrArray *all = iw_django_constraints(self, table);
	for (guint i = 0; all != NULL && i < all->len; i++) {
		const struct django_known_constraint *known = all->pdata[i];
		if (matches(known, wanted))
			g_ptr_array_add(names, (gpointer)known->name);
	}
	bool is_uncertain = all != NULL && !is_quoted(table) && !wanted->is_none_likely &&
			    (catalogue(self)->is_uncertain || iw_django_catalogue_table(self, table)->is_opaque);
	if (names->len == 0 && is_uncertain)
		iw_django_fail(self->context, self->place,
			       "Django asks the database for a constraint of table \"%s\", none is known, and not all "
			       "that was done before can be read",
			       table);
	return names;
}
