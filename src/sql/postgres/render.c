/* Operations to SQL; see render.h. What has no structure is kept by its definition. */
#include "sql/postgres/render.h"

#include "sql/postgres/quote.h"
#include "sql/postgres/render_internal.h"

#include <string.h>

void iw_sql_text(struct sql *sql, const char *text)
{
	g_string_append(sql->out, text);
}

void iw_sql_printf(struct sql *sql, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	g_string_append_vprintf(sql->out, format, arguments);
	va_end(arguments);
}

void iw_sql_ident(struct sql *sql, const char *identifier)
{
	if (identifier != NULL)
		iw_sql_text(sql, iw_pg_quote(sql->arena, identifier));
}

void iw_sql_name(struct sql *sql, struct iw_name name)
{
	if (name.name != NULL)
		iw_sql_text(sql, iw_quote_name(sql->arena, IW_POSTGRES, name));
}

void iw_sql_literal(struct sql *sql, const char *text)
{
	iw_sql_text(sql, iw_pg_quote_literal(sql->arena, text));
}

void iw_sql_idents(struct sql *sql, const GPtrArray *names)
{
	iw_sql_text(sql, "(");
	for (guint i = 0; i < names->len; i++) {
		iw_sql_text(sql, i > 0 ? ", " : "");
		iw_sql_ident(sql, g_ptr_array_index(names, i));
	}
	iw_sql_text(sql, ")");
}

void iw_sql_loose_name(struct sql *sql, const char *name)
{
	if (strpbrk(name, "\"(") != NULL)
		iw_sql_text(sql, name);
	else
		iw_sql_ident(sql, name);
}

/* --- objects --- */

static const char *object_word(enum iw_object_kind kind)
{
	static const char *const words[] = {
		[IW_OBJECT_TABLE] = "TABLE",
		[IW_OBJECT_INDEX] = "INDEX",
		[IW_OBJECT_VIEW] = "VIEW",
		[IW_OBJECT_MATERIALIZED_VIEW] = "MATERIALIZED VIEW",
		[IW_OBJECT_SEQUENCE] = "SEQUENCE",
		[IW_OBJECT_ENUM] = "TYPE",
		[IW_OBJECT_TYPE] = "TYPE",
		[IW_OBJECT_DOMAIN] = "DOMAIN",
		[IW_OBJECT_FUNCTION] = "FUNCTION",
		[IW_OBJECT_PROCEDURE] = "PROCEDURE",
		[IW_OBJECT_AGGREGATE] = "AGGREGATE",
		[IW_OBJECT_EXTENSION] = "EXTENSION",
		[IW_OBJECT_SCHEMA] = "SCHEMA",
		[IW_OBJECT_DATABASE] = "DATABASE",
		[IW_OBJECT_ROLE] = "ROLE",
		[IW_OBJECT_PUBLICATION] = "PUBLICATION",
		[IW_OBJECT_STATISTICS] = "STATISTICS",
		[IW_OBJECT_COLLATION] = "COLLATION",
		[IW_OBJECT_FOREIGN_TABLE] = "FOREIGN TABLE",
		[IW_OBJECT_TRIGGER] = "TRIGGER",
		[IW_OBJECT_POLICY] = "POLICY",
		[IW_OBJECT_RULE] = "RULE",
		[IW_OBJECT_COLUMN] = "COLUMN",
		[IW_OBJECT_CONSTRAINT] = "CONSTRAINT",
	};
	const char *word = (size_t)kind < G_N_ELEMENTS(words) ? words[kind] : NULL;
	return word == NULL ? "TABLE" : word;
}

/* Functions carry their argument types: f(integer,text). */
static void object_name(struct sql *sql, struct iw_name name)
{
	const char *arguments = name.name == NULL ? NULL : strchr(name.name, '(');
	if (arguments == NULL) {
		iw_sql_name(sql, name);
		return;
	}
	name.name = iw_arena_strndup(sql->arena, name.name, (size_t)(arguments - name.name));
	iw_sql_name(sql, name);
	iw_sql_text(sql, arguments);
}

static void if_exists(struct sql *sql, const struct iw_operation *operation)
{
	if (operation->flags & IW_IF_EXISTS)
		iw_sql_text(sql, "IF EXISTS ");
}

static enum iw_object_kind dropped_kind(const struct iw_operation *operation)
{
	if (operation->kind == IW_OP_DROP_TABLE)
		return operation->object_kind == IW_OBJECT_FOREIGN_TABLE ? IW_OBJECT_FOREIGN_TABLE : IW_OBJECT_TABLE;
	return operation->kind == IW_OP_DROP_INDEX ? IW_OBJECT_INDEX : operation->object_kind;
}

static void drop_start(struct sql *sql, const struct iw_operation *operation)
{
	iw_sql_printf(sql, "DROP %s %s", object_word(dropped_kind(operation)),
		      operation->flags & IW_CONCURRENTLY ? "CONCURRENTLY " : "");
	if_exists(sql, operation);
}

static void drop_object(struct sql *sql, const struct iw_operation *operation)
{
	drop_start(sql, operation);
	if (operation->kind == IW_OP_DROP_OBJECT)
		object_name(sql, operation->name);
	else
		iw_sql_name(sql, operation->name);
	iw_sql_text(sql, operation->flags & IW_CASCADED ? " CASCADE" : "");
}

static void drop_part(struct sql *sql, const struct iw_operation *operation)
{
	iw_sql_printf(sql, "DROP %s ", operation->kind == IW_OP_DROP_TRIGGER ? "TRIGGER" : "POLICY");
	if_exists(sql, operation);
	iw_sql_ident(sql, operation->member);
	iw_sql_text(sql, " ON ");
	iw_sql_name(sql, operation->name);
	iw_sql_text(sql, operation->flags & IW_CASCADED ? " CASCADE" : "");
}

static void rename_object(struct sql *sql, const struct iw_operation *operation)
{
	bool is_index = operation->kind == IW_OP_RENAME_INDEX;
	iw_sql_printf(sql, "ALTER %s ", is_index ? "INDEX" : object_word(operation->object_kind));
	if_exists(sql, operation);
	if (operation->member != NULL && !is_index) {
		iw_sql_ident(sql, operation->member);
		iw_sql_text(sql, " ON ");
	}
	object_name(sql, operation->name);
	iw_sql_text(sql, " RENAME TO ");
	iw_sql_ident(sql, operation->new_name.name);
}

static void set_owner(struct sql *sql, const struct iw_operation *operation)
{
	iw_sql_printf(sql, "ALTER %s ", object_word(operation->object_kind));
	object_name(sql, operation->name);
	iw_sql_text(sql, " OWNER TO ");
	iw_sql_ident(sql, operation->text);
}

static void comment(struct sql *sql, const struct iw_operation *operation)
{
	iw_sql_printf(sql, "COMMENT ON %s ", object_word(operation->object_kind));
	if (operation->object_kind == IW_OBJECT_COLUMN) {
		iw_sql_name(sql, operation->name);
		iw_sql_text(sql, ".");
		iw_sql_ident(sql, operation->member);
	} else if (operation->member != NULL) {
		iw_sql_ident(sql, operation->member);
		iw_sql_text(sql, " ON ");
		iw_sql_name(sql, operation->name);
	} else {
		object_name(sql, operation->name);
	}
	iw_sql_text(sql, " IS ");
	if (operation->text == NULL)
		iw_sql_text(sql, "NULL");
	else
		iw_sql_literal(sql, operation->text);
}

/* --- types and sequences --- */

static void create_enum(struct sql *sql, const struct iw_operation *operation)
{
	iw_sql_text(sql, "CREATE TYPE ");
	iw_sql_name(sql, operation->name);
	iw_sql_text(sql, " AS ENUM (");
	for (guint i = 0; i < operation->values->len; i++) {
		iw_sql_text(sql, i > 0 ? ", " : "");
		iw_sql_literal(sql, g_ptr_array_index(operation->values, i));
	}
	iw_sql_text(sql, ")");
}

static void add_enum_value(struct sql *sql, const struct iw_operation *operation)
{
	iw_sql_text(sql, "ALTER TYPE ");
	iw_sql_name(sql, operation->name);
	iw_sql_printf(sql, " ADD VALUE %s", operation->flags & IW_IF_NOT_EXISTS ? "IF NOT EXISTS " : "");
	iw_sql_literal(sql, operation->member);
	if (operation->text == NULL)
		return;
	iw_sql_text(sql, operation->flags & IW_BEFORE ? " BEFORE " : " AFTER ");
	iw_sql_literal(sql, operation->text);
}

static void rename_enum_value(struct sql *sql, const struct iw_operation *operation)
{
	iw_sql_text(sql, "ALTER TYPE ");
	iw_sql_name(sql, operation->name);
	iw_sql_text(sql, " RENAME VALUE ");
	iw_sql_literal(sql, operation->member);
	iw_sql_text(sql, " TO ");
	iw_sql_literal(sql, operation->new_name.name);
}

static void create_domain(struct sql *sql, const struct iw_operation *operation)
{
	const struct iw_domain *domain = operation->domain;
	iw_sql_text(sql, "CREATE DOMAIN ");
	iw_sql_name(sql, operation->name);
	iw_sql_printf(sql, " AS %s", domain->base.text);
	if (domain->default_value != NULL)
		iw_sql_printf(sql, " DEFAULT %s", domain->default_value->text);
	if (domain->not_null)
		iw_sql_text(sql, " NOT NULL");
	for (guint i = 0; domain->constraints != NULL && i < domain->constraints->len; i++) {
		const struct iw_constraint *constraint = g_ptr_array_index(domain->constraints, i);
		if (constraint->kind != IW_CHECK)
			continue;
		iw_sql_text(sql, " ");
		iw_sql_constraint(sql, constraint);
	}
}

static void create_sequence(struct sql *sql, const struct iw_operation *operation)
{
	const struct iw_sequence *sequence = operation->sequence;
	iw_sql_printf(sql, "CREATE %sSEQUENCE %s",
		      sequence->is_temporary  ? "TEMPORARY "
		      : sequence->is_unlogged ? "UNLOGGED "
					      : "",
		      operation->flags & IW_IF_NOT_EXISTS ? "IF NOT EXISTS " : "");
	iw_sql_name(sql, operation->name);
	if (sequence->type != NULL && strcmp(sequence->type, "bigint") != 0)
		iw_sql_printf(sql, " AS %s", sequence->type);
	if (sequence->options != NULL)
		iw_sql_printf(sql, " %s", sequence->options);
	if (sequence->owner_table.name == NULL)
		return;
	iw_sql_text(sql, " OWNED BY ");
	iw_sql_name(sql, sequence->owner_table);
	iw_sql_text(sql, ".");
	iw_sql_ident(sql, sequence->owner_column);
}

static void alter_sequence(struct sql *sql, const struct iw_operation *operation)
{
	const struct iw_sequence *sequence = operation->sequence;
	iw_sql_text(sql, "ALTER SEQUENCE ");
	if_exists(sql, operation);
	iw_sql_name(sql, operation->name);
	if (sequence->type != NULL)
		iw_sql_printf(sql, " AS %s", sequence->type);
	if (sequence->options != NULL)
		iw_sql_printf(sql, " %s", sequence->options);
	if (sequence->owner_table.name == NULL && sequence->owner_column != NULL)
		iw_sql_text(sql, " OWNED BY NONE");
	if (sequence->owner_table.name == NULL)
		return;
	iw_sql_text(sql, " OWNED BY ");
	iw_sql_name(sql, sequence->owner_table);
	iw_sql_text(sql, ".");
	iw_sql_ident(sql, sequence->owner_column);
}

/* --- views and the rest --- */

static void create_view(struct sql *sql, const struct iw_operation *operation)
{
	const struct iw_table *table = operation->table;
	bool is_materialized = operation->kind == IW_OP_CREATE_MATERIALIZED_VIEW;
	iw_sql_printf(sql, "CREATE %s%sVIEW %s", operation->flags & IW_REPLACE ? "OR REPLACE " : "",
		      is_materialized	    ? "MATERIALIZED "
		      : table->is_temporary ? "TEMPORARY "
					    : "",
		      operation->flags & IW_IF_NOT_EXISTS ? "IF NOT EXISTS " : "");
	iw_sql_name(sql, operation->name);
	if (table->options != NULL)
		iw_sql_printf(sql, " WITH (%s)", table->options);
	iw_sql_printf(sql, " AS %s", table->definition);
}

static void attach_index(struct sql *sql, const struct iw_operation *operation)
{
	iw_sql_text(sql, "ALTER INDEX ");
	iw_sql_name(sql, operation->name);
	iw_sql_text(sql, " ATTACH PARTITION ");
	iw_sql_name(sql, operation->new_name);
}

static void reindex(struct sql *sql, const struct iw_operation *operation)
{
	iw_sql_printf(sql, "REINDEX %s %s", object_word(operation->object_kind),
		      operation->flags & IW_CONCURRENTLY ? "CONCURRENTLY " : "");
	if (operation->name.name != NULL)
		iw_sql_name(sql, operation->name);
}

static void refresh(struct sql *sql, const struct iw_operation *operation)
{
	iw_sql_printf(sql, "REFRESH MATERIALIZED VIEW %s", operation->flags & IW_CONCURRENTLY ? "CONCURRENTLY " : "");
	iw_sql_name(sql, operation->name);
}

static void truncate_table(struct sql *sql, const struct iw_operation *operation)
{
	iw_sql_printf(sql, "TRUNCATE %s", operation->flags & IW_ONLY ? "ONLY " : "");
	iw_sql_name(sql, operation->name);
	iw_sql_text(sql, operation->flags & IW_CASCADED ? " CASCADE" : "");
}

static void lock_table(struct sql *sql, const struct iw_operation *operation)
{
	iw_sql_text(sql, "LOCK TABLE ");
	iw_sql_name(sql, operation->name);
	iw_sql_printf(sql, " IN %s MODE", operation->text);
}

static void maintain(struct sql *sql, const struct iw_operation *operation)
{
	iw_sql_text(sql, operation->kind == IW_OP_ANALYZE  ? "ANALYZE"
			 : operation->kind == IW_OP_VACUUM ? "VACUUM"
							   : "VACUUM (FULL)");
	if (operation->name.name == NULL)
		return;
	iw_sql_text(sql, " ");
	iw_sql_name(sql, operation->name);
}

static void set_parameter(struct sql *sql, const struct iw_operation *operation)
{
	iw_sql_printf(sql, "SET %s%s TO ", operation->flags & IW_LOCAL ? "LOCAL " : "", operation->member);
	if (operation->text == NULL)
		iw_sql_text(sql, "DEFAULT");
	else
		iw_sql_literal(sql, operation->text);
}

static void transaction(struct sql *sql, const struct iw_operation *operation)
{
	g_autofree char *word = g_ascii_strup(operation->text, -1);
	iw_sql_text(sql, word);
	if (operation->member == NULL)
		return;
	iw_sql_text(sql, " ");
	if (strcmp(operation->text, "begin") == 0)
		iw_sql_text(sql, operation->member);
	else
		iw_sql_ident(sql, operation->member);
}

static const struct {
	enum iw_operation_kind kind;
	void (*write)(struct sql *sql, const struct iw_operation *operation);
} writers[] = {
	{IW_OP_CREATE_TABLE, iw_sql_create_table},
	{IW_OP_CREATE_INDEX, iw_sql_create_index},
	{IW_OP_DROP_TABLE, drop_object},
	{IW_OP_DROP_INDEX, drop_object},
	{IW_OP_DROP_OBJECT, drop_object},
	{IW_OP_DROP_TRIGGER, drop_part},
	{IW_OP_DROP_POLICY, drop_part},
	{IW_OP_RENAME_INDEX, rename_object},
	{IW_OP_RENAME_OBJECT, rename_object},
	{IW_OP_SET_OWNER, set_owner},
	{IW_OP_COMMENT, comment},
	{IW_OP_CREATE_ENUM, create_enum},
	{IW_OP_ADD_ENUM_VALUE, add_enum_value},
	{IW_OP_RENAME_ENUM_VALUE, rename_enum_value},
	{IW_OP_CREATE_DOMAIN, create_domain},
	{IW_OP_CREATE_SEQUENCE, create_sequence},
	{IW_OP_ALTER_SEQUENCE, alter_sequence},
	{IW_OP_CREATE_VIEW, create_view},
	{IW_OP_CREATE_MATERIALIZED_VIEW, create_view},
	{IW_OP_ATTACH_INDEX, attach_index},
	{IW_OP_REINDEX, reindex},
	{IW_OP_REFRESH_MATERIALIZED_VIEW, refresh},
	{IW_OP_TRUNCATE, truncate_table},
	{IW_OP_LOCK_TABLE, lock_table},
	{IW_OP_ANALYZE, maintain},
	{IW_OP_VACUUM, maintain},
	{IW_OP_REBUILD_TABLE, maintain},
	{IW_OP_SET, set_parameter},
	{IW_OP_TRANSACTION, transaction},
};

static bool write_other(struct sql *sql, const struct iw_operation *operation)
{
	for (size_t i = 0; i < G_N_ELEMENTS(writers); i++) {
		if (writers[i].kind != operation->kind)
			continue;
		writers[i].write(sql, operation);
		return true;
	}
	return false;
}

static void alter_start(struct sql *sql, const struct iw_operation *operation)
{
	iw_sql_printf(sql, "ALTER %sTABLE %s%s", operation->object_kind == IW_OBJECT_FOREIGN_TABLE ? "FOREIGN " : "",
		      operation->flags & IW_IF_EXISTS && operation->kind == IW_OP_RENAME_TABLE ? "IF EXISTS " : "",
		      operation->flags & IW_ONLY ? "ONLY " : "");
	iw_sql_name(sql, operation->name);
	iw_sql_text(sql, " ");
}

static const char *finish(struct sql *sql)
{
	const char *text = iw_arena_strndup(sql->arena, sql->out->str, sql->out->len);
	g_string_free(sql->out, TRUE);
	return text;
}

const char *iw_pg_render(iw_arena *arena, struct iw_engine engine, const struct iw_operation *operation)
{
	if (operation->definition != NULL)
		return operation->definition;
	struct sql sql = {arena, engine, g_string_sized_new(128)};
	if (write_other(&sql, operation))
		return finish(&sql);
	alter_start(&sql, operation);
	if (iw_sql_alter_command(&sql, operation))
		return finish(&sql);
	g_string_truncate(sql.out, 0);
	if (operation->statement != NULL)
		iw_sql_text(&sql, operation->statement->text);
	return finish(&sql);
}

/* --- several at once --- */

static const char *render_alters(iw_arena *arena, struct iw_engine engine, const GPtrArray *group)
{
	struct sql sql = {arena, engine, g_string_sized_new(256)};
	alter_start(&sql, g_ptr_array_index(group, 0));
	for (guint i = 0; i < group->len; i++) {
		iw_sql_text(&sql, i > 0 ? ",\n    " : "");
		iw_sql_alter_command(&sql, g_ptr_array_index(group, i));
	}
	return finish(&sql);
}

static bool is_drop(const struct iw_operation *operation)
{
	return operation->definition == NULL &&
	       (operation->kind == IW_OP_DROP_TABLE || operation->kind == IW_OP_DROP_INDEX ||
		operation->kind == IW_OP_DROP_OBJECT);
}

/* Objects of one DROP may depend on each other: they are dropped together again. */
static bool is_one_drop(const GPtrArray *group, const struct iw_operation *next)
{
	const struct iw_operation *first = g_ptr_array_index(group, 0);
	return is_drop(first) && is_drop(next) && first->kind == next->kind && first->flags == next->flags &&
	       first->object_kind == next->object_kind && first->statement != NULL &&
	       first->statement == next->statement;
}

static const char *render_drops(iw_arena *arena, struct iw_engine engine, const GPtrArray *group)
{
	struct sql sql = {arena, engine, g_string_sized_new(256)};
	const struct iw_operation *first = g_ptr_array_index(group, 0);
	drop_start(&sql, first);
	for (guint i = 0; i < group->len; i++) {
		iw_sql_text(&sql, i > 0 ? ", " : "");
		object_name(&sql, ((struct iw_operation *)g_ptr_array_index(group, i))->name);
	}
	iw_sql_text(&sql, first->flags & IW_CASCADED ? " CASCADE" : "");
	return finish(&sql);
}

/* One statement that made several operations with the same definition is run once. */
static bool is_one_definition(const GPtrArray *group, const struct iw_operation *next)
{
	const struct iw_operation *first = g_ptr_array_index(group, 0);
	return first->definition != NULL && next->definition != NULL && first->statement != NULL &&
	       first->statement == next->statement && strcmp(first->definition, next->definition) == 0;
}

static const char *render_group(iw_arena *arena, struct iw_engine engine, const GPtrArray *group)
{
	const struct iw_operation *first = g_ptr_array_index(group, 0);
	if (group->len == 1 || first->definition != NULL)
		return iw_pg_render(arena, engine, first);
	return is_drop(first) ? render_drops(arena, engine, group) : render_alters(arena, engine, group);
}

GPtrArray *iw_pg_render_all(iw_arena *arena, struct iw_engine engine, GPtrArray *operations)
{
	GPtrArray *texts = iw_arena_ptr_array(arena);
	g_autoptr(GPtrArray) group = g_ptr_array_new();
	for (guint i = 0; i < operations->len; i++) {
		const struct iw_operation *operation = g_ptr_array_index(operations, i);
		if (group->len > 0 && !is_one_drop(group, operation) && !is_one_definition(group, operation) &&
		    !iw_sql_can_merge(group, operation)) {
			g_ptr_array_add(texts, (char *)render_group(arena, engine, group));
			g_ptr_array_set_size(group, 0);
		}
		g_ptr_array_add(group, (void *)operation);
	}
	if (group->len > 0)
		g_ptr_array_add(texts, (char *)render_group(arena, engine, group));
	return texts;
}
