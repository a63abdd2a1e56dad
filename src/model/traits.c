/* The tables of traits; see traits.h. */
#include "model/traits.h"

#include "model/schema_internal.h"

#include <string.h>

enum { POSTGRES = 1 << IW_POSTGRES, MYSQL = 1 << IW_MYSQL, SQLITE = 1 << IW_SQLITE };

static const char *flag(bool holds)
{
	return holds ? "" : NULL;
}

static const char *filled(const char *text)
{
	return text != NULL && *text != '\0' ? text : NULL;
}

static const char *canonical(const struct iw_expression *expression)
{
	if (expression == NULL)
		return NULL;
	return expression->canonical != NULL ? expression->canonical : expression->text;
}

const char *iw_shown_name(const struct trait_context *context, struct iw_name name)
{
	if (context->schema != NULL)
		name = iw_schema_normal(context->schema, name);
	if (name.name == NULL || name.schema == NULL)
		return name.name;
	return iw_arena_printf(context->arena, "%s.%s", name.schema, name.name);
}

static const char *keep(const struct trait_context *context, GString *text)
{
	const char *kept = text->len > 0 ? iw_arena_strndup(context->arena, text->str, text->len) : NULL;
	g_string_free(text, true);
	return kept;
}

/* A column as its table spells it: SQLite and MySQL find it under any case. */
static const char *spelled(const struct trait_context *context, const struct iw_table *table, const char *column)
{
	const struct iw_column *found = table == NULL ? NULL : iw_table_find_column(table, context->engine, column);
	return found == NULL ? column : found->name;
}

static const char *joined(const struct trait_context *context, const struct iw_table *table, GPtrArray *strings)
{
	GString *out = g_string_new(NULL);
	for (guint i = 0; strings != NULL && i < strings->len; i++)
		g_string_append_printf(out, "%s%s", i > 0 ? ", " : "", spelled(context, table, strings->pdata[i]));
	return keep(context, out);
}

static void append_key(GString *out, const struct trait_context *context, const struct iw_key *key)
{
	if (key->column != NULL)
		g_string_append(out, spelled(context, context->table, key->column));
	else
		g_string_append_printf(out, "(%s)", canonical(key->expression));
	if (key->length > 0)
		g_string_append_printf(out, "(%d)", key->length);
	if (key->collation != NULL)
		g_string_append_printf(out, " collate %s", key->collation);
	if (key->operator_class != NULL)
		g_string_append_printf(out, " %s", key->operator_class);
	if (key->is_descending)
		g_string_append(out, " desc");
	if (key->nulls != 0)
		g_string_append(out, key->nulls == 1 ? " nulls first" : " nulls last");
	if (key->with_operator != NULL)
		g_string_append_printf(out, " with %s", key->with_operator);
}

static const char *keys_text(const struct trait_context *context, GPtrArray *keys)
{
	GString *out = g_string_new(NULL);
	for (guint i = 0; keys != NULL && i < keys->len; i++) {
		if (i > 0)
			g_string_append(out, ", ");
		append_key(out, context, keys->pdata[i]);
	}
	return keep(context, out);
}

/* The text of a member, as it is. */
#define MEMBER(name, type, expression)                                                                                 \
	static const char *name(const struct trait_context *context, const void *object)                               \
	{                                                                                                              \
		const type *it = object;                                                                               \
		(void)context;                                                                                         \
		return expression;                                                                                     \
	}

/* --- columns --- */

static const char *column_identity(const struct trait_context *context, const void *object)
{
	static const char *const texts[] = {NULL, "always", "by default"};
	(void)context;
	return texts[((const struct iw_column *)object)->identity];
}

static const char *column_generated(const struct trait_context *context, const void *object)
{
	const struct iw_column *column = object;
	if (column->generated == IW_NOT_GENERATED)
		return NULL;
	return iw_arena_printf(context->arena, "%s %s", column->generated == IW_GENERATED_STORED ? "stored" : "virtual",
			       canonical(column->generation));
}

static bool holds_text(const struct iw_type *type)
{
	static const char *const parts[] = {"char", "text", "enum", "set"};
	for (size_t i = 0; i < G_N_ELEMENTS(parts); i++)
		if (type->base != NULL && strstr(type->base, parts[i]) != NULL)
			return true;
	return false;
}

/* MySQL: the one that holds, whoever said it; NULL when that is not known. */
static const char *column_collation(const struct trait_context *context, const void *object)
{
	const struct iw_column *column = object;
	bool is_tables = context->engine.dialect == IW_MYSQL && context->table != NULL &&
			 column->type.charset == NULL && holds_text(&column->type);
	return column->collation == NULL && is_tables ? context->table->collation : column->collation;
}

static const char *column_default(const struct trait_context *context, const void *object)
{
	const struct iw_column *column = object;
	(void)context;
	return column->default_value == NULL || column->default_value->is_null ? NULL
									       : canonical(column->default_value);
}

static const char *column_storage(const struct trait_context *context, const void *object)
{
	const char *storage = filled(((const struct iw_column *)object)->storage);
	g_autofree char *word = storage == NULL ? NULL : g_ascii_strdown(storage, -1);
	return iw_arena_strdup(context->arena, word);
}

MEMBER(column_type, struct iw_column, it->type.text)
MEMBER(column_not_null, struct iw_column, flag(it->not_null))
MEMBER(column_on_update, struct iw_column, canonical(it->on_update))
MEMBER(column_auto_increment, struct iw_column, flag(it->auto_increment))
MEMBER(column_invisible, struct iw_column, flag(it->is_invisible))
MEMBER(column_comment, struct iw_column, filled(it->comment))
MEMBER(column_compression, struct iw_column, filled(it->compression))

const struct trait iw_column_traits[] = {
	{"type", column_type},
	{"not null", column_not_null},
	{"default", column_default},
	{"identity", column_identity},
	{"generated", column_generated},
	{"on update", column_on_update},
	{"auto increment", column_auto_increment},
	{"collation", column_collation, .is_unknown_when_null = true, .dialects = MYSQL},
	{"collate", column_collation, .dialects = POSTGRES | SQLITE},
	{"invisible", column_invisible},
	{"storage", column_storage, .dialects = POSTGRES},
	{"compression", column_compression, .dialects = POSTGRES},
	{"comment", column_comment},
	{NULL},
};

/* --- constraints --- */

static const char *constraint_kind(const struct trait_context *context, const void *object)
{
	static const char *const words[] = {
		[IW_PRIMARY_KEY] = "primary key", [IW_UNIQUE] = "unique",
		[IW_FOREIGN_KEY] = "foreign key", [IW_CHECK] = "check",
		[IW_EXCLUDE] = "exclude",	  [IW_NOT_NULL_CONSTRAINT] = "not null",
	};
	(void)context;
	return words[((const struct iw_constraint *)object)->kind];
}

static const char *constraint_parts(const struct trait_context *context, const void *object)
{
	const struct iw_constraint *constraint = object;
	if (constraint->check != NULL)
		return canonical(constraint->check);
	const char *parts = constraint->columns != NULL && constraint->columns->len > 0
				    ? joined(context, context->table, constraint->columns)
				    : keys_text(context, constraint->keys);
	return iw_arena_printf(context->arena, "(%s)", parts != NULL ? parts : "");
}

/* Without columns: the primary key of the other table. */
static GPtrArray *referenced_columns(const struct trait_context *context, const struct iw_constraint *constraint)
{
	if (context->schema == NULL ||
	    (constraint->referenced_columns != NULL && constraint->referenced_columns->len > 0))
		return constraint->referenced_columns;
	const struct iw_table *table = iw_schema_find_table(context->schema, constraint->references);
	const struct iw_constraint *primary = table != NULL ? iw_table_primary_key(table) : NULL;
	if (primary == NULL)
		return NULL;
	GPtrArray *columns = iw_arena_ptr_array(context->arena);
	for (guint i = 0; i < primary->keys->len; i++)
		g_ptr_array_add(columns, (gpointer)((struct iw_key *)primary->keys->pdata[i])->column);
	return columns;
}

static const char *constraint_references(const struct trait_context *context, const void *object)
{
	const struct iw_constraint *constraint = object;
	if (constraint->kind != IW_FOREIGN_KEY)
		return NULL;
	const struct iw_table *target =
		context->schema == NULL ? NULL : iw_schema_find_table(context->schema, constraint->references);
	const char *columns = joined(context, target, referenced_columns(context, constraint));
	const char *table = iw_shown_name(context, target != NULL ? target->name : constraint->references);
	return columns == NULL ? table : iw_arena_printf(context->arena, "%s (%s)", table, columns);
}

/* InnoDB does the same for both. */
static const char *action(const struct trait_context *context, enum iw_action action)
{
	static const char *const words[] = {
		[IW_NO_ACTION] = NULL,	    [IW_RESTRICT] = "restrict",	      [IW_CASCADE] = "cascade",
		[IW_SET_NULL] = "set null", [IW_SET_DEFAULT] = "set default",
	};
	return context->engine.dialect == IW_MYSQL && action == IW_RESTRICT ? NULL : words[action];
}

static const char *constraint_on_delete(const struct trait_context *context, const void *object)
{
	const struct iw_constraint *constraint = object;
	const char *word = action(context, constraint->on_delete);
	const char *columns = joined(context, context->table, constraint->set_columns);
	return word == NULL || columns == NULL ? word : iw_arena_printf(context->arena, "%s (%s)", word, columns);
}

static const char *constraint_on_update(const struct trait_context *context, const void *object)
{
	return action(context, ((const struct iw_constraint *)object)->on_update);
}

static const char *constraint_included(const struct trait_context *context, const void *object)
{
	return joined(context, context->table, ((const struct iw_constraint *)object)->included);
}

static const char *constraint_conflict(const struct trait_context *context, const void *object)
{
	const char *text = filled(((const struct iw_constraint *)object)->on_conflict);
	(void)context;
	return text == NULL || g_ascii_strcasecmp(text, "abort") == 0 ? NULL : text;
}

MEMBER(constraint_match, struct iw_constraint, it->match)
MEMBER(constraint_method, struct iw_constraint, it->kind == IW_EXCLUDE ? it->method : NULL)
MEMBER(constraint_where, struct iw_constraint, canonical(it->where))
MEMBER(constraint_deferrable, struct iw_constraint, flag(it->is_deferrable || it->is_initially_deferred))
MEMBER(constraint_deferred, struct iw_constraint, flag(it->is_initially_deferred))
MEMBER(constraint_not_valid, struct iw_constraint, flag(it->is_not_valid))
MEMBER(constraint_not_enforced, struct iw_constraint, flag(it->is_not_enforced))
MEMBER(constraint_no_inherit, struct iw_constraint, flag(it->is_no_inherit && it->kind == IW_CHECK))
MEMBER(constraint_nulls, struct iw_constraint, flag(it->nulls_not_distinct))
MEMBER(constraint_overlaps, struct iw_constraint, flag(it->without_overlaps))
MEMBER(constraint_auto_increment, struct iw_constraint, flag(it->auto_increment))

const struct trait iw_constraint_traits[] = {
	{"kind", constraint_kind},
	{"of", constraint_parts},
	{"references", constraint_references},
	{"on delete", constraint_on_delete},
	{"on update", constraint_on_update},
	{"match", constraint_match},
	{"using", constraint_method},
	{"include", constraint_included},
	{"where", constraint_where},
	{"deferrable", constraint_deferrable},
	{"initially deferred", constraint_deferred},
	{"not valid", constraint_not_valid},
	{"not enforced", constraint_not_enforced},
	{"no inherit", constraint_no_inherit},
	{"nulls not distinct", constraint_nulls},
	{"without overlaps", constraint_overlaps},
	{"autoincrement", constraint_auto_increment, .dialects = SQLITE},
	{"on conflict", constraint_conflict, .dialects = SQLITE},
	{NULL},
};

/* --- indexes --- */

static const char *index_keys(const struct trait_context *context, const void *object)
{
	const char *keys = keys_text(context, ((const struct iw_index *)object)->keys);
	return iw_arena_printf(context->arena, "(%s)", keys != NULL ? keys : "");
}

static const char *index_included(const struct trait_context *context, const void *object)
{
	return joined(context, context->table, ((const struct iw_index *)object)->included);
}

/* MariaDB remembers USING HASH of a unique key only until the next ALTER TABLE. */
static const char *index_method(const struct trait_context *context, const void *object)
{
	const struct iw_index *index = object;
	bool is_plain = index->special != NULL || g_strcmp0(index->method, "btree") == 0 ||
			(context->engine.dialect == IW_MYSQL && index->is_unique);
	return is_plain ? NULL : filled(index->method);
}

MEMBER(index_unique, struct iw_index, flag(it->is_unique))
MEMBER(index_special, struct iw_index, it->special)
MEMBER(index_where, struct iw_index, canonical(it->where))
MEMBER(index_nulls, struct iw_index, flag(it->nulls_not_distinct))
MEMBER(index_invalid, struct iw_index, flag(it->is_invalid))
MEMBER(index_invisible, struct iw_index, flag(it->is_invisible))
MEMBER(index_options, struct iw_index, filled(it->options))
MEMBER(index_comment, struct iw_index, filled(it->comment))

const struct trait iw_index_traits[] = {
	{"unique", index_unique},
	{"special", index_special},
	{"using", index_method},
	{"of", index_keys},
	{"include", index_included},
	{"where", index_where},
	{"nulls not distinct", index_nulls},
	{"invalid", index_invalid},
	{"invisible", index_invisible},
	{"with", index_options},
	{"comment", index_comment},
	{NULL},
};

/* --- tables --- */

static const char *table_kind(const struct trait_context *context, const void *object)
{
	static const char *const words[] = {
		[IW_TABLE] = NULL,
		[IW_PARTITIONED_TABLE] = "partitioned table",
		[IW_VIEW] = "view",
		[IW_MATERIALIZED_VIEW] = "materialized view",
		[IW_FOREIGN_TABLE] = "foreign table",
		[IW_VIRTUAL_TABLE] = "virtual table",
	};
	(void)context;
	return words[((const struct iw_table *)object)->kind];
}

static const char *table_partition_of(const struct trait_context *context, const void *object)
{
	return iw_shown_name(context, ((const struct iw_table *)object)->partition_of);
}

static const char *table_inherits(const struct trait_context *context, const void *object)
{
	const struct iw_table *table = object;
	GString *out = g_string_new(NULL);
	for (guint i = 0; table->inherits != NULL && i < table->inherits->len; i++)
		g_string_append_printf(out, "%s%s", i > 0 ? ", " : "",
				       iw_shown_name(context, *(struct iw_name *)table->inherits->pdata[i]));
	return keep(context, out);
}

/* "" is: partitioned, in a way that is not known. */
MEMBER(table_partition_by, struct iw_table, filled(it->partition_by))
MEMBER(table_bound, struct iw_table, filled(it->partition_bound))
MEMBER(table_comment, struct iw_table, filled(it->comment))
MEMBER(table_unlogged, struct iw_table, flag(it->is_unlogged))
MEMBER(table_row_security, struct iw_table, flag(it->row_security))
MEMBER(table_force_row_security, struct iw_table, flag(it->force_row_security))
MEMBER(table_strict, struct iw_table, flag(it->is_strict))
MEMBER(table_without_rowid, struct iw_table, flag(it->is_without_rowid))
MEMBER(table_engine, struct iw_table, filled(it->engine))
MEMBER(table_collation, struct iw_table, filled(it->collation))
MEMBER(table_options, struct iw_table, filled(it->options))

const struct trait iw_table_traits[] = {
	{"kind", table_kind},
	{"partition by", table_partition_by, .is_unknown_when_null = true},
	{"partition of", table_partition_of},
	{"bound", table_bound, .is_unknown_when_null = true},
	{"inherits", table_inherits},
	{"unlogged", table_unlogged},
	{"row security", table_row_security},
	{"force row security", table_force_row_security},
	{"strict", table_strict},
	{"without rowid", table_without_rowid},
	{"engine", table_engine, .is_unknown_when_null = true},
	{"collation", table_collation, .is_unknown_when_null = true, .dialects = MYSQL},
	{"options", table_options},
	{"comment", table_comment},
	{NULL},
};

/* --- sequences, domains, enums, triggers --- */

static const char *sequence_owner(const struct trait_context *context, const void *object)
{
	const struct iw_sequence *sequence = object;
	const char *table = iw_shown_name(context, sequence->owner_table);
	return table == NULL ? NULL : iw_arena_printf(context->arena, "%s.%s", table, sequence->owner_column);
}

MEMBER(sequence_type, struct iw_sequence, it->type)
MEMBER(sequence_identity, struct iw_sequence, flag(it->is_identity))

const struct trait iw_sequence_traits[] = {
	{"type", sequence_type, .is_unknown_when_null = true},
	{"owned by", sequence_owner},
	{"of identity", sequence_identity},
	{NULL},
};

static const char *domain_checks(const struct trait_context *context, const void *object)
{
	const struct iw_domain *domain = object;
	GString *out = g_string_new(NULL);
	for (guint i = 0; domain->constraints != NULL && i < domain->constraints->len; i++) {
		const struct iw_constraint *constraint = domain->constraints->pdata[i];
		g_string_append_printf(out, "%s%s %s", i > 0 ? ", " : "", constraint->name,
				       canonical(constraint->check));
	}
	return keep(context, out);
}

MEMBER(domain_type, struct iw_domain, it->base.text)
MEMBER(domain_not_null, struct iw_domain, flag(it->not_null))
MEMBER(domain_default, struct iw_domain, canonical(it->default_value))

const struct trait iw_domain_traits[] = {
	{"type", domain_type},
	{"not null", domain_not_null},
	{"default", domain_default},
	{"check", domain_checks},
	{NULL},
};

static const char *enum_values(const struct trait_context *context, const void *object)
{
	return joined(context, NULL, ((const struct iw_enum *)object)->values);
}

const struct trait iw_enum_traits[] = {{"values", enum_values}, {NULL}};

MEMBER(trigger_disabled, struct iw_object, flag(it->is_disabled))

const struct trait iw_trigger_traits[] = {{"disabled", trigger_disabled}, {NULL}};

/* --- reading them --- */

const char *iw_trait_text(const struct trait *trait, const struct trait_context *context, const void *object)
{
	if (trait->dialects != 0 && (trait->dialects & (1u << context->engine.dialect)) == 0)
		return NULL;
	return trait->text(context, object);
}

const char *iw_traits_line(const struct trait *traits, const struct trait_context *context, const void *object)
{
	GString *out = g_string_new(NULL);
	for (const struct trait *trait = traits; trait->what != NULL; trait++) {
		const char *text = iw_trait_text(trait, context, object);
		if (text == NULL)
			continue;
		/* What something is, and of what, needs no word before it. */
		bool is_plain = strcmp(trait->what, "type") == 0 || strcmp(trait->what, "kind") == 0 ||
				strcmp(trait->what, "of") == 0 || strcmp(trait->what, "special") == 0 ||
				strcmp(trait->what, "values") == 0;
		if (out->len > 0)
			g_string_append_c(out, ' ');
		if (!is_plain)
			g_string_append(out, trait->what);
		if (*text != '\0')
			g_string_append_printf(out, "%s%s", is_plain ? "" : " ", text);
	}
	const char *line = iw_arena_strndup(context->arena, out->str, out->len);
	g_string_free(out, true);
	return line;
}
