/* Replay of views, triggers, policies, comments and all that is kept by name and definition; see replay_internal.h. */
#include "model/replay_internal.h"

#include <string.h>

/* --- views --- */

bool iw_replay_create_view(struct replay *replay)
{
	const struct iw_operation *operation = replay->operation;
	struct iw_name name = operation->table->name.name != NULL ? operation->table->name : operation->name;
	bool is_temporary = iw_replay_has_flag(replay, IW_TEMPORARY) || operation->table->is_temporary;
	if (is_temporary)
		name.schema = iw_schema_temporary(replay->engine.dialect);
	struct iw_table *old = iw_schema_find_table(replay->schema, name);
	if (old != NULL && iw_replay_has_flag(replay, IW_IF_NOT_EXISTS))
		return true;
	bool replaces = iw_replay_has_flag(replay, IW_REPLACE) || replay->schema->is_uncertain || is_temporary;
	if (old != NULL && (!replaces || old->kind == IW_TABLE))
		return iw_replay_fail(replay, TABLE_EXISTS, iw_replay_shown(replay, name), NULL);
	struct iw_table *view = iw_table_copy(replay->arena, operation->table);
	view->name = iw_name_copy(replay->arena, name);
	view->is_temporary = is_temporary;
	replay->schema->has_temporary |= is_temporary;
	if (view->kind != IW_VIEW && view->kind != IW_MATERIALIZED_VIEW)
		view->kind = operation->kind == IW_OP_CREATE_VIEW ? IW_VIEW : IW_MATERIALIZED_VIEW;
	if (old != NULL) {
		view->comment = old->comment;
		view->triggers = old->triggers;
		iw_replay_remove_table(replay, old);
	}
	iw_replay_add_table(replay, view);
	return true;
}

static bool drop_view(struct replay *replay)
{
	struct iw_name name = replay->operation->name;
	struct iw_table *view = iw_schema_find_table(replay->schema, name);
	if (view == NULL)
		return iw_replay_missing(replay, VIEW_MISSING, iw_replay_shown(replay, name), NULL);
	return iw_replay_drop_one_table(replay, view);
}

/* --- objects by name --- */

/* Several kinds are found under any of each other's words: DROP TYPE takes an enum, DROP ROUTINE a function. */
static struct iw_object *find_object(struct replay *replay, enum iw_object_kind kind, struct iw_name name)
{
	struct iw_object *object = iw_schema_find_object(replay->schema, kind, name);
	if (object != NULL || name.name == NULL)
		return object;
	/* DROP FUNCTION f without arguments: the only one of that name. */
	size_t length = strlen(name.name);
	for (guint i = 0; strchr(name.name, '(') == NULL && i < replay->schema->objects->len; i++) {
		object = replay->schema->objects->pdata[i];
		struct iw_name bare = {object->name.schema, name.name};
		if (object->kind == kind && strncmp(object->name.name, name.name, length) == 0 &&
		    object->name.name[length] == '(' && iw_schema_same_name(replay->schema, bare, name))
			return object;
	}
	return NULL;
}

bool iw_replay_create_object(struct replay *replay)
{
	const struct iw_operation *operation = replay->operation;
	struct iw_object *old = iw_schema_find_object(replay->schema, operation->object_kind, operation->name);
	struct iw_object given = {
		.kind = operation->object_kind, .name = operation->name, .definition = operation->definition};
	if (operation->name.name == NULL)
		return true;
	if (old == NULL) {
		iw_replay_list_add(replay, replay->schema->objects, iw_object_copy(replay->arena, &given));
		return true;
	}
	if (iw_replay_has_flag(replay, IW_IF_NOT_EXISTS))
		return true;
	if (!iw_replay_has_flag(replay, IW_REPLACE) && !replay->schema->is_uncertain)
		return iw_replay_fail(replay, OBJECT_EXISTS, iw_replay_shown(replay, operation->name),
				      iw_object_kind_words(operation->object_kind));
	iw_replay_list_replace(replay, replay->schema->objects, old, iw_object_copy(replay->arena, &given));
	return true;
}

static bool is_of_type(struct replay *replay, struct iw_name name, struct iw_name type)
{
	return name.name != NULL && iw_schema_same_name(replay->schema, name, type);
}

/* DROP TYPE, DROP DOMAIN; with CASCADE go the columns, and defaults that are still of the type. */
static bool drop_columns_of_type(struct replay *replay, struct iw_name type)
{
	for (guint i = 0; iw_replay_has_flag(replay, IW_CASCADED) && i < replay->schema->tables->len; i++) {
		struct iw_table *table = replay->schema->tables->pdata[i];
		for (guint j = table->columns->len; j > 0; j--) {
			struct iw_column *column = table->columns->pdata[j - 1];
			if (column->default_value != NULL && is_of_type(replay, column->default_value->of_type, type)) {
				table = iw_replay_edit(replay, table);
				column = iw_replay_edit_column(replay, table, column);
				column->default_value = NULL;
			}
			if (!is_of_type(replay, column->type.user, type))
				continue;
			if (!iw_replay_drop_one_column(replay, table, column))
				return false;
			table = replay->schema->tables->pdata[i];
		}
	}
	return true;
}

static bool drop_type(struct replay *replay)
{
	iw_schema *schema = replay->schema;
	struct iw_name name = replay->operation->name;
	struct iw_enum *type = iw_schema_find_enum(schema, name);
	struct iw_domain *domain = iw_schema_find_domain(schema, name);
	struct iw_object *object = iw_schema_find_object(schema, IW_OBJECT_TYPE, name);
	if (type == NULL && domain == NULL && object == NULL)
		return iw_replay_missing(replay, TYPE_MISSING, iw_replay_shown(replay, name), NULL);
	if (type != NULL)
		iw_replay_list_remove(replay, schema->enums, type);
	else if (domain != NULL)
		iw_replay_list_remove(replay, schema->domains, domain);
	else
		iw_replay_list_remove(replay, schema->objects, object);
	return drop_columns_of_type(replay, name);
}

static bool drop_sequence(struct replay *replay)
{
	struct iw_name name = replay->operation->name;
	struct iw_sequence *sequence = iw_schema_find_sequence(replay->schema, name);
	if (sequence == NULL)
		return iw_replay_missing(replay, SEQUENCE_MISSING, iw_replay_shown(replay, name), NULL);
	if (iw_replay_has_flag(replay, IW_CASCADED))
		iw_replay_forget_sequence(replay, sequence);
	iw_replay_take_sequence(replay, sequence);
	return true;
}

static bool in_schema(const struct replay *replay, struct iw_name name, const char *schema)
{
	if (g_strcmp0(name.schema, schema) == 0)
		return true;
	return name.schema == NULL && g_strcmp0(replay->schema->default_schema, schema) == 0;
}

/* DROP SCHEMA s CASCADE takes all that is in it. */
static bool empty_schema(struct replay *replay, const char *name)
{
	iw_schema *schema = replay->schema;
	for (guint i = schema->tables->len; i > 0; i--) {
		struct iw_table *table = i <= schema->tables->len ? schema->tables->pdata[i - 1] : NULL;
		if (table != NULL && in_schema(replay, table->name, name) && !iw_replay_drop_one_table(replay, table))
			return false;
	}
	for (guint i = schema->sequences->len; i > 0; i--)
		if (in_schema(replay, ((struct iw_sequence *)schema->sequences->pdata[i - 1])->name, name))
			iw_replay_take_sequence(replay, schema->sequences->pdata[i - 1]);
	GPtrArray *const lists[] = {schema->enums, schema->domains};
	for (size_t list = 0; list < G_N_ELEMENTS(lists); list++)
		for (guint i = lists[list]->len; i > 0; i--) {
			/* The name is the first member of both. */
			const struct iw_name *element = lists[list]->pdata[i - 1];
			if (in_schema(replay, *element, name))
				iw_replay_list_remove(replay, lists[list], element);
		}
	for (guint i = schema->objects->len; i > 0; i--) {
		const struct iw_object *object = schema->objects->pdata[i - 1];
		if (object->kind != IW_OBJECT_SCHEMA && object->kind != IW_OBJECT_EXTENSION &&
		    in_schema(replay, object->name, name))
			iw_replay_list_remove(replay, schema->objects, object);
	}
	return true;
}

static bool drop_any(struct replay *replay)
{
	const struct iw_operation *operation = replay->operation;
	struct iw_object *object = find_object(replay, operation->object_kind, operation->name);
	bool is_default = operation->object_kind == IW_OBJECT_SCHEMA &&
			  g_strcmp0(operation->name.name, replay->schema->default_schema) == 0;
	if (operation->object_kind == IW_OBJECT_SCHEMA && iw_replay_has_flag(replay, IW_CASCADED) &&
	    !empty_schema(replay, operation->name.name))
		return false;
	if (object == NULL)
		return is_default || iw_replay_missing(replay, OBJECT_MISSING, iw_replay_shown(replay, operation->name),
						       iw_object_kind_words(operation->object_kind));
	iw_replay_list_remove(replay, replay->schema->objects, object);
	return true;
}

bool iw_replay_drop_object(struct replay *replay)
{
	switch (replay->operation->object_kind) {
	case IW_OBJECT_VIEW:
	case IW_OBJECT_MATERIALIZED_VIEW:
	case IW_OBJECT_FOREIGN_TABLE:
		return drop_view(replay);
	case IW_OBJECT_SEQUENCE:
		return drop_sequence(replay);
	case IW_OBJECT_ENUM:
	case IW_OBJECT_DOMAIN:
	case IW_OBJECT_TYPE:
		return drop_type(replay);
	case IW_OBJECT_RULE:
		return true;
	default:
		return drop_any(replay);
	}
}

/* --- renames --- */

static bool rename_type(struct replay *replay, struct iw_name new_name)
{
	iw_schema *schema = replay->schema;
	struct iw_name name = replay->operation->name;
	struct iw_enum *type = iw_schema_find_enum(schema, name);
	struct iw_domain *domain = iw_schema_find_domain(schema, name);
	struct iw_object *object = iw_schema_find_object(schema, IW_OBJECT_TYPE, name);
	if (type != NULL) {
		struct iw_enum *copy = iw_arena_memdup(replay->arena, type, sizeof *type);
		copy->name = new_name;
		iw_replay_list_replace(replay, schema->enums, type, copy);
	} else if (domain != NULL) {
		struct iw_domain *copy = iw_arena_memdup(replay->arena, domain, sizeof *domain);
		copy->name = new_name;
		iw_replay_list_replace(replay, schema->domains, domain, copy);
	} else if (object != NULL) {
		struct iw_object *copy = iw_arena_memdup(replay->arena, object, sizeof *object);
		copy->name = new_name;
		iw_replay_list_replace(replay, schema->objects, object, copy);
	} else {
		return iw_replay_missing(replay, TYPE_MISSING, iw_replay_shown(replay, name), NULL);
	}
	iw_replay_type_renamed(replay, name, new_name);
	return true;
}

static bool rename_sequence(struct replay *replay, struct iw_name new_name)
{
	struct iw_sequence *sequence = iw_schema_find_sequence(replay->schema, replay->operation->name);
	if (sequence == NULL)
		return iw_replay_missing(replay, TABLE_MISSING, iw_replay_shown(replay, replay->operation->name), NULL);
	iw_replay_sequence_renamed(replay, sequence, new_name);
	return true;
}

static bool rename_in_list(struct replay *replay, GPtrArray *list, const char *old_name, const char *new_name)
{
	for (guint i = 0; i < list->len; i++) {
		const struct iw_object *object = list->pdata[i];
		if (!iw_same_member(replay->engine, object->name.name, old_name))
			continue;
		struct iw_object *copy = iw_arena_memdup(replay->arena, object, sizeof *object);
		copy->name.name = iw_arena_strdup(replay->arena, new_name);
		iw_replay_list_replace(replay, list, object, copy);
		return true;
	}
	return false;
}

static bool rename_member(struct replay *replay, bool is_trigger)
{
	const struct iw_operation *operation = replay->operation;
	bool done;
	struct iw_table *table = iw_replay_table(replay, &done);
	if (table == NULL)
		return done;
	return rename_in_list(replay, is_trigger ? table->triggers : table->policies, operation->member,
			      operation->new_name.name) ||
	       iw_replay_missing(replay, is_trigger ? TRIGGER_MISSING : POLICY_MISSING, operation->member,
				 table->name.name);
}

static void move_to_schema(struct replay *replay, GPtrArray *list, const char *old_name, const char *new_name)
{
	for (guint i = 0; i < list->len; i++) {
		const struct iw_object *object = list->pdata[i];
		if (object->kind == IW_OBJECT_SCHEMA || object->kind == IW_OBJECT_EXTENSION ||
		    !in_schema(replay, object->name, old_name))
			continue;
		struct iw_object *copy = iw_arena_memdup(replay->arena, object, sizeof *object);
		copy->name.schema = new_name;
		iw_replay_list_replace(replay, list, object, copy);
	}
}

static bool rename_any(struct replay *replay, struct iw_name new_name)
{
	const struct iw_operation *operation = replay->operation;
	struct iw_object *object = find_object(replay, operation->object_kind, operation->name);
	if (object == NULL)
		return iw_replay_missing(replay, OBJECT_MISSING, iw_replay_shown(replay, operation->name),
					 iw_object_kind_words(operation->object_kind));
	struct iw_object *copy = iw_arena_memdup(replay->arena, object, sizeof *object);
	const char *arguments = strchr(object->name.name, '(');
	copy->name = new_name;
	if (arguments != NULL && strchr(new_name.name, '(') == NULL)
		copy->name.name = iw_arena_printf(replay->arena, "%s%s", new_name.name, arguments);
	iw_replay_list_replace(replay, replay->schema->objects, object, copy);
	if (operation->object_kind == IW_OBJECT_SCHEMA)
		move_to_schema(replay, replay->schema->objects, operation->name.name, copy->name.name);
	return true;
}

bool iw_replay_rename_object(struct replay *replay)
{
	const struct iw_operation *operation = replay->operation;
	struct iw_name new_name = iw_name_copy(replay->arena, operation->new_name);
	if (new_name.schema == NULL)
		new_name.schema = iw_arena_strdup(replay->arena, operation->name.schema);
	if (new_name.name == NULL)
		new_name.name = iw_arena_strdup(replay->arena, operation->name.name);
	switch (operation->object_kind) {
	case IW_OBJECT_VIEW:
	case IW_OBJECT_MATERIALIZED_VIEW:
	case IW_OBJECT_FOREIGN_TABLE:
		return iw_replay_rename_table_operation(replay);
	case IW_OBJECT_SEQUENCE:
		return rename_sequence(replay, new_name);
	case IW_OBJECT_ENUM:
	case IW_OBJECT_DOMAIN:
	case IW_OBJECT_TYPE:
		return rename_type(replay, new_name);
	case IW_OBJECT_TRIGGER:
	case IW_OBJECT_POLICY:
		return rename_member(replay, operation->object_kind == IW_OBJECT_TRIGGER);
	case IW_OBJECT_RULE:
		return true;
	default:
		return rename_any(replay, new_name);
	}
}

bool iw_replay_alter_object(struct replay *replay)
{
	/* Versions of extensions, options of roles and the like are no part of what is compared. */
	(void)replay;
	return true;
}

/* --- triggers and policies --- */

static struct iw_object *find_member(struct replay *replay, GPtrArray *list, const char *name)
{
	for (guint i = 0; i < list->len; i++) {
		struct iw_object *object = list->pdata[i];
		if (iw_same_member(replay->engine, object->name.name, name))
			return object;
	}
	return NULL;
}

static bool create_member(struct replay *replay, struct iw_table *table, GPtrArray **list, enum iw_object_kind kind,
			  enum replay_message exists)
{
	const struct iw_operation *operation = replay->operation;
	struct iw_object *old = find_member(replay, *list, operation->member);
	struct iw_object given = {.kind = kind, .name = {NULL, operation->member}, .definition = operation->definition};
	if (old != NULL && iw_replay_has_flag(replay, IW_IF_NOT_EXISTS))
		return true;
	if (old != NULL && !iw_replay_has_flag(replay, IW_REPLACE) && !replay->schema->is_uncertain)
		return iw_replay_fail(replay, exists, operation->member, table->name.name);
	if (old != NULL)
		iw_replay_list_replace(replay, *list, old, iw_object_copy(replay->arena, &given));
	else if ((*list)->len == 0)
		*list = iw_arena_ptr_array(replay->arena);
	if (old == NULL)
		iw_replay_list_add(replay, *list, iw_object_copy(replay->arena, &given));
	return true;
}

bool iw_replay_create_trigger(struct replay *replay)
{
	bool done;
	if ((replay->operation->flags & IW_TEMPORARY) != 0) /* SQLite: ends with the session */
		return true;
	struct iw_table *table = iw_replay_table(replay, &done);
	return table == NULL ? done : create_member(replay, table, &table->triggers, IW_OBJECT_TRIGGER, TRIGGER_EXISTS);
}

bool iw_replay_create_policy(struct replay *replay)
{
	bool done;
	struct iw_table *table = iw_replay_table(replay, &done);
	return table == NULL ? done : create_member(replay, table, &table->policies, IW_OBJECT_POLICY, POLICY_EXISTS);
}

/* MySQL and SQLite: DROP TRIGGER names no table. */
static struct iw_table *table_with_trigger(struct replay *replay, const char *name)
{
	for (guint i = 0; i < replay->schema->tables->len; i++) {
		struct iw_table *table = replay->schema->tables->pdata[i];
		if (find_member(replay, table->triggers, name) != NULL)
			return iw_replay_edit(replay, table);
	}
	return NULL;
}

bool iw_replay_drop_trigger(struct replay *replay)
{
	const struct iw_operation *operation = replay->operation;
	struct iw_table *table = NULL;
	bool done = true;
	if (operation->name.name == NULL) {
		table = table_with_trigger(replay, operation->member);
		if (table == NULL)
			return iw_replay_missing(replay, TRIGGER_MISSING, operation->member, NULL);
	} else if ((table = iw_replay_table(replay, &done)) == NULL) {
		return done;
	}
	struct iw_object *trigger = find_member(replay, table->triggers, operation->member);
	if (trigger == NULL)
		return iw_replay_missing(replay, TRIGGER_MISSING, operation->member, table->name.name);
	iw_replay_list_remove(replay, table->triggers, trigger);
	return true;
}

bool iw_replay_drop_policy(struct replay *replay)
{
	bool done;
	struct iw_table *table = iw_replay_table(replay, &done);
	if (table == NULL)
		return done;
	struct iw_object *policy = find_member(replay, table->policies, replay->operation->member);
	if (policy == NULL)
		return iw_replay_missing(replay, POLICY_MISSING, replay->operation->member, table->name.name);
	iw_replay_list_remove(replay, table->policies, policy);
	return true;
}

bool iw_replay_set_trigger(struct replay *replay)
{
	const char *name = replay->operation->member;
	bool is_all = name == NULL || strcmp(name, "all") == 0 || strcmp(name, "user") == 0;
	bool done;
	struct iw_table *table = iw_replay_table(replay, &done);
	if (table == NULL)
		return done;
	for (guint i = 0; i < table->triggers->len; i++) {
		const struct iw_object *trigger = table->triggers->pdata[i];
		if (!is_all && !iw_same_member(replay->engine, trigger->name.name, name))
			continue;
		struct iw_object *copy = iw_arena_memdup(replay->arena, trigger, sizeof *trigger);
		copy->is_disabled = !iw_replay_has_flag(replay, IW_ON);
		iw_replay_list_replace(replay, table->triggers, trigger, copy);
	}
	return true;
}

/* --- comments --- */

bool iw_replay_comment(struct replay *replay)
{
	const struct iw_operation *operation = replay->operation;
	const char *text = operation->text != NULL && *operation->text != '\0' ? operation->text : NULL;
	bool done;
	struct iw_table *table;
	struct iw_index *index;
	switch (operation->object_kind) {
	case IW_OBJECT_TABLE:
	case IW_OBJECT_VIEW:
	case IW_OBJECT_MATERIALIZED_VIEW:
		if ((table = iw_replay_table(replay, &done)) == NULL)
			return done;
		table->comment = iw_arena_strdup(replay->arena, text);
		return true;
	case IW_OBJECT_COLUMN:
		table = iw_replay_table(replay, &done);
		struct iw_column *column = table != NULL ? iw_replay_column(replay, table, &done) : NULL;
		if (column == NULL)
			return done;
		iw_replay_edit_column(replay, table, column)->comment = iw_arena_strdup(replay->arena, text);
		return true;
	case IW_OBJECT_INDEX:
		index = iw_schema_find_index(replay->schema, operation->name, &table);
		if (index == NULL)
			return iw_replay_missing(replay, TABLE_MISSING, iw_replay_shown(replay, operation->name), NULL);
		table = iw_replay_edit(replay, table);
		iw_replay_edit_index(replay, table, index)->comment = iw_arena_strdup(replay->arena, text);
		return true;
	default:
		return true;
	}
}
