/* Replay of enums, domains and sequences, and of what names them; see replay_internal.h. */
#include "model/replay_postgres.h"

#include <string.h>

/* Enums, domains and other types share their names. */
static bool type_exists(struct replay *replay, struct iw_name name)
{
	return iw_schema_find_enum(replay->schema, name) != NULL ||
	       iw_schema_find_domain(replay->schema, name) != NULL ||
	       iw_schema_find_object(replay->schema, IW_OBJECT_TYPE, name) != NULL;
}

static bool type_in_the_way(struct replay *replay, struct iw_name name, bool *done)
{
	if (!type_exists(replay, name))
		return false;
	*done = replay->schema->is_uncertain || iw_replay_has_flag(replay, IW_IF_NOT_EXISTS) ||
		iw_replay_fail(replay, TYPE_EXISTS, iw_replay_shown(replay, name), NULL);
	return true;
}

bool iw_replay_create_enum(struct replay *replay)
{
	const struct iw_operation *operation = replay->operation;
	struct iw_enum given = {.name = operation->name, .values = operation->values};
	bool done = true;
	if (type_in_the_way(replay, operation->name, &done))
		return done;
	iw_replay_list_add(replay, replay->schema->enums, iw_enum_copy(replay->arena, &given));
	return true;
}

/* The enum as a copy to edit, already in its place; NULL: `*done` is the handler's result. */
static struct iw_enum *edit_enum(struct replay *replay, bool *done)
{
	struct iw_enum *old = iw_schema_find_enum(replay->schema, replay->operation->name);
	if (old == NULL) {
		*done = iw_replay_missing(replay, TYPE_MISSING, iw_replay_shown(replay, replay->operation->name), NULL);
		return NULL;
	}
	struct iw_enum *copy = iw_enum_copy(replay->arena, old);
	iw_replay_list_replace(replay, replay->schema->enums, old, copy);
	return copy;
}

static gint find_value(const struct iw_enum *type, const char *value)
{
	for (guint i = 0; value != NULL && i < type->values->len; i++)
		if (strcmp(type->values->pdata[i], value) == 0)
			return (gint)i;
	return -1;
}

bool iw_replay_add_enum_value(struct replay *replay)
{
	const struct iw_operation *operation = replay->operation;
	bool done = true;
	struct iw_enum *type = edit_enum(replay, &done);
	if (type == NULL)
		return done;
	if (find_value(type, operation->member) >= 0)
		return iw_replay_has_flag(replay, IW_IF_NOT_EXISTS) || replay->schema->is_uncertain ||
		       iw_replay_fail(replay, VALUE_EXISTS, operation->member, NULL);
	gint neighbour = find_value(type, operation->text);
	if (operation->text != NULL && neighbour < 0 && !replay->schema->is_uncertain)
		return iw_replay_fail(replay, VALUE_MISSING, operation->text, NULL);
	gint position =
		neighbour < 0 ? (gint)type->values->len : neighbour + (iw_replay_has_flag(replay, IW_BEFORE) ? 0 : 1);
	g_ptr_array_insert(type->values, position, iw_arena_strdup(replay->arena, operation->member));
	return true;
}

static bool is_of_type(struct replay *replay, const struct iw_column *column, struct iw_name type)
{
	if (column->type.user.name != NULL)
		return iw_schema_same_name(replay->schema, column->type.user, type);
	return column->type.base != NULL && strcmp(column->type.base, type.name) == 0;
}

typedef void (*visit_column)(struct replay *replay, struct iw_column *column, const void *data);

/* Every column of the type; the visitor gets a copy that is already in place. */
static void each_column_of_type(struct replay *replay, struct iw_name type, visit_column visit, const void *data)
{
	for (guint i = 0; i < replay->schema->tables->len; i++) {
		struct iw_table *table = replay->schema->tables->pdata[i];
		for (guint j = 0; j < table->columns->len; j++) {
			if (!is_of_type(replay, table->columns->pdata[j], type))
				continue;
			table = iw_replay_edit(replay, table);
			visit(replay, iw_replay_edit_column(replay, table, table->columns->pdata[j]), data);
		}
	}
}

/* A default is kept as the value itself, shown by its present label: 'old' is 'new' from now on. */
static void relabel(struct replay *replay, struct iw_column *column, const void *data)
{
	const struct iw_operation *operation = data;
	g_autofree char *old_label = g_strdup_printf("'%s'", operation->member);
	const struct iw_expression *value = column->default_value;
	if (value == NULL || !g_str_has_prefix(value->canonical, old_label))
		return;
	struct iw_expression *copy = iw_arena_memdup(replay->arena, value, sizeof *value);
	copy->canonical = iw_arena_printf(replay->arena, "'%s'%s", operation->new_name.name,
					  value->canonical + strlen(old_label));
	copy->text = copy->canonical;
	column->default_value = copy;
}

bool iw_replay_rename_enum_value(struct replay *replay)
{
	const struct iw_operation *operation = replay->operation;
	bool done = true;
	struct iw_enum *type = edit_enum(replay, &done);
	if (type == NULL)
		return done;
	gint position = find_value(type, operation->member);
	if (position < 0)
		return replay->schema->is_uncertain || iw_replay_fail(replay, VALUE_MISSING, operation->member, NULL);
	if (find_value(type, operation->new_name.name) >= 0)
		return iw_replay_fail(replay, VALUE_EXISTS, operation->new_name.name, NULL);
	type->values->pdata[position] = iw_arena_strdup(replay->arena, operation->new_name.name);
	each_column_of_type(replay, operation->name, relabel, operation);
	return true;
}

/* Renamed types: columns, and casts in expressions. */

static const char *type_text(struct replay *replay, struct iw_name name, const char *old_text)
{
	struct iw_name normal = iw_schema_normal(replay->schema, name);
	const char *brackets = old_text != NULL ? strchr(old_text, '[') : NULL;
	const char *quoted = iw_word_quoted(replay->arena, IW_POSTGRES, normal.name);
	if (normal.schema != NULL)
		quoted = iw_arena_printf(replay->arena, "%s.%s",
					 iw_word_quoted(replay->arena, IW_POSTGRES, normal.schema), quoted);
	return iw_arena_printf(replay->arena, "%s%s", quoted, brackets != NULL ? brackets : "");
}

struct type_renaming {
	struct iw_name old_name, new_name;
};

static void rename_type(struct replay *replay, struct iw_column *column, const void *data)
{
	const struct type_renaming *renaming = data;
	column->type.text = type_text(replay, renaming->new_name, column->type.text);
	column->type.base = type_text(replay, renaming->new_name, NULL);
	column->type.user = iw_name_copy(replay->arena, renaming->new_name);
	column->default_value = iw_expression_rename(replay->arena, replay->engine, IW_WORD_TYPE, column->default_value,
						     renaming->old_name.name, renaming->new_name.name);
}

static void rename_casts(struct replay *replay, struct iw_table *table, const struct type_renaming *renaming)
{
	const char *old_name = renaming->old_name.name, *new_name = renaming->new_name.name;
	for (guint i = 0; i < table->constraints->len; i++) {
		struct iw_constraint *constraint = table->constraints->pdata[i];
		const struct iw_expression *check = iw_expression_rename(replay->arena, replay->engine, IW_WORD_TYPE,
									 constraint->check, old_name, new_name);
		if (check == constraint->check)
			continue;
		table = iw_replay_edit(replay, table);
		iw_replay_edit_constraint(replay, table, constraint)->check = check;
	}
	for (guint i = 0; i < table->indexes->len; i++) {
		struct iw_index *index = table->indexes->pdata[i];
		const struct iw_expression *where = iw_expression_rename(replay->arena, replay->engine, IW_WORD_TYPE,
									 index->where, old_name, new_name);
		if (where == index->where)
			continue;
		table = iw_replay_edit(replay, table);
		iw_replay_edit_index(replay, table, index)->where = where;
	}
}

static void rename_defaults(struct replay *replay, struct iw_table *table, const struct type_renaming *renaming)
{
	for (guint i = 0; i < table->columns->len; i++) {
		struct iw_column *column = table->columns->pdata[i];
		const struct iw_expression *value = column->default_value;
		if (value == NULL || !iw_schema_same_name(replay->schema, value->of_type, renaming->old_name))
			continue;
		struct iw_expression *copy = iw_arena_memdup(replay->arena, value, sizeof *value);
		copy->of_type = iw_name_copy(replay->arena, renaming->new_name);
		table = iw_replay_edit(replay, table);
		iw_replay_edit_column(replay, table, column)->default_value = copy;
	}
}

void iw_replay_type_renamed(struct replay *replay, struct iw_name old_name, struct iw_name new_name)
{
	struct type_renaming renaming = {old_name, new_name};
	for (guint i = 0; i < replay->schema->tables->len; i++)
		rename_defaults(replay, replay->schema->tables->pdata[i], &renaming);
	each_column_of_type(replay, old_name, rename_type, &renaming);
	for (guint i = 0; i < replay->schema->tables->len; i++)
		rename_casts(replay, replay->schema->tables->pdata[i], &renaming);
}

/* Domains. */

bool iw_replay_create_domain(struct replay *replay)
{
	const struct iw_operation *operation = replay->operation;
	bool done = true;
	if (type_in_the_way(replay, operation->name, &done))
		return done;
	struct iw_domain *domain = iw_domain_copy(replay->arena, operation->domain);
	domain->name = iw_name_copy(replay->arena, operation->name);
	for (guint i = 0; i < domain->constraints->len; i++) {
		struct iw_constraint *constraint = domain->constraints->pdata[i];
		if (constraint->name == NULL)
			constraint->name = iw_replay_pg_constraint_name(replay, domain->name.schema, domain->name.name,
									NULL, "check");
	}
	iw_replay_list_add(replay, replay->schema->domains, domain);
	return true;
}

static void take_domain_constraint(struct iw_domain *domain, const char *name)
{
	for (guint i = 0; i < domain->constraints->len; i++) {
		const struct iw_constraint *constraint = domain->constraints->pdata[i];
		if (g_strcmp0(constraint->name, name) != 0)
			continue;
		g_ptr_array_remove_index(domain->constraints, i);
		return;
	}
}

static void add_domain_constraint(struct replay *replay, struct iw_domain *domain)
{
	struct iw_constraint *constraint = iw_constraint_copy(replay->arena, replay->operation->constraint);
	if (constraint == NULL)
		return;
	if (constraint->name == NULL)
		constraint->name =
			iw_replay_pg_constraint_name(replay, domain->name.schema, domain->name.name, NULL, "check");
	g_ptr_array_add(domain->constraints, constraint);
}

static void rename_domain_constraint(struct replay *replay, struct iw_domain *domain)
{
	for (guint i = 0; i < domain->constraints->len; i++) {
		struct iw_constraint *constraint = domain->constraints->pdata[i];
		if (g_strcmp0(constraint->name, replay->operation->member) == 0)
			constraint->name = iw_arena_strdup(replay->arena, replay->operation->new_name.name);
	}
}

bool iw_replay_alter_domain(struct replay *replay)
{
	const struct iw_operation *operation = replay->operation;
	struct iw_domain *old = iw_schema_find_domain(replay->schema, operation->name);
	const char *what = operation->text != NULL ? operation->text : "";
	if (old == NULL)
		return iw_replay_missing(replay, TYPE_MISSING, iw_replay_shown(replay, operation->name), NULL);
	struct iw_domain *domain = iw_domain_copy(replay->arena, old);
	iw_replay_list_replace(replay, replay->schema->domains, old, domain);
	if (strcmp(what, "set default") == 0)
		domain->default_value = iw_expression_copy(replay->arena, operation->expression);
	else if (strcmp(what, "drop default") == 0)
		domain->default_value = NULL;
	else if (strcmp(what, "set not null") == 0 || strcmp(what, "drop not null") == 0)
		domain->not_null = what[0] == 's';
	else if (strcmp(what, "add constraint") == 0)
		add_domain_constraint(replay, domain);
	else if (strcmp(what, "drop constraint") == 0)
		take_domain_constraint(domain, operation->member);
	else if (strcmp(what, "rename constraint") == 0)
		rename_domain_constraint(replay, domain);
	return true;
}

/* Sequences. */

bool iw_replay_create_sequence(struct replay *replay)
{
	const struct iw_operation *operation = replay->operation;
	struct iw_name name = operation->name;
	if (iw_replay_has_flag(replay, IW_TEMPORARY) ||
	    (operation->sequence != NULL && operation->sequence->is_temporary))
		return true;
	if (iw_schema_find_sequence(replay->schema, name) != NULL || iw_schema_find_table(replay->schema, name) != NULL)
		return iw_replay_has_flag(replay, IW_IF_NOT_EXISTS) || replay->schema->is_uncertain ||
		       iw_replay_fail(replay, TABLE_EXISTS, iw_replay_shown(replay, name), NULL);
	struct iw_sequence *sequence = operation->sequence != NULL
					       ? iw_sequence_copy(replay->arena, operation->sequence)
					       : iw_new(replay->arena, struct iw_sequence);
	sequence->name = iw_name_copy(replay->arena, name);
	if (sequence->type == NULL)
		sequence->type = "bigint";
	iw_replay_put_sequence(replay, sequence);
	return true;
}

bool iw_replay_alter_sequence(struct replay *replay)
{
	const struct iw_operation *operation = replay->operation;
	struct iw_sequence *old = iw_schema_find_sequence(replay->schema, operation->name);
	if (old == NULL)
		return iw_replay_missing(replay, TABLE_MISSING, iw_replay_shown(replay, operation->name), NULL);
	const struct iw_sequence *wanted = operation->sequence;
	if (wanted == NULL)
		return true;
	struct iw_sequence *copy = iw_arena_memdup(replay->arena, old, sizeof *old);
	if (wanted->owner_table.name != NULL) {
		copy->owner_table = iw_name_copy(replay->arena, wanted->owner_table);
		copy->owner_column = iw_arena_strdup(replay->arena, wanted->owner_column);
	} else if (wanted->owner_column != NULL) {
		copy->owner_table = (struct iw_name){NULL, NULL};
		copy->owner_column = NULL;
	}
	if (wanted->type != NULL)
		copy->type = iw_arena_strdup(replay->arena, wanted->type);
	iw_replay_replace_sequence(replay, old, copy);
	return true;
}

static bool is_default(const struct iw_column *column, const char *text)
{
	return column->default_value != NULL && strcmp(column->default_value->canonical, text) == 0;
}

static void replace_defaults(struct replay *replay, const char *canonical, const struct iw_expression *replacement)
{
	for (guint i = 0; i < replay->schema->tables->len; i++) {
		struct iw_table *table = replay->schema->tables->pdata[i];
		for (guint j = 0; j < table->columns->len; j++) {
			if (!is_default(table->columns->pdata[j], canonical))
				continue;
			table = iw_replay_edit(replay, table);
			iw_replay_edit_column(replay, table, table->columns->pdata[j])->default_value = replacement;
		}
	}
}

void iw_replay_forget_sequence(struct replay *replay, const struct iw_sequence *sequence)
{
	replace_defaults(replay, iw_replay_pg_nextval(replay, sequence->name)->canonical, NULL);
}

/* Defaults follow their sequence. */
void iw_replay_sequence_renamed(struct replay *replay, struct iw_sequence *sequence, struct iw_name new_name)
{
	struct iw_sequence *copy = iw_arena_memdup(replay->arena, sequence, sizeof *sequence);
	copy->name = iw_name_copy(replay->arena, new_name);
	iw_replay_replace_sequence(replay, sequence, copy);
	replace_defaults(replay, iw_replay_pg_nextval(replay, sequence->name)->canonical,
			 iw_replay_pg_nextval(replay, copy->name));
}
