/* Inverses of changes to whole tables, views, types, sequences and what is kept by definition; see invert.h. */
#include "model/invert_internal.h"

#include <string.h>

/* --- tables --- */

void iw_invert_create_table(struct inversion *inversion)
{
	const struct iw_table *table = inversion->operation->table;
	struct iw_name name = table->name.name != NULL ? table->name : inversion->operation->name;
	if (table->is_temporary || (inversion->operation->flags & IW_TEMPORARY) ||
	    iw_schema_find_table(inversion->before, name) != NULL)
		return;
	iw_invert_add(inversion, IW_OP_DROP_TABLE, name);
	iw_invert_lossy(inversion, "what has been written into the table is lost");
}

void iw_invert_restore_sequences(struct inversion *inversion, struct iw_name table, const char *column, bool owners)
{
	const iw_schema *before = inversion->before;
	for (guint i = 0; i < before->sequences->len; i++) {
		const struct iw_sequence *sequence = before->sequences->pdata[i];
		if (sequence->is_identity || !iw_schema_same_name(before, sequence->owner_table, table) ||
		    (column != NULL && g_strcmp0(sequence->owner_column, column) != 0) ||
		    iw_schema_find_sequence(inversion->after, sequence->name) != NULL)
			continue;
		struct iw_sequence *copy = iw_sequence_copy(inversion->arena, sequence);
		struct iw_operation *back =
			iw_invert_add(inversion, owners ? IW_OP_ALTER_SEQUENCE : IW_OP_CREATE_SEQUENCE, sequence->name);
		/* The owner is not there yet when the sequence is made. */
		if (!owners)
			copy->owner_table = (struct iw_name){NULL, NULL};
		else
			copy->type = NULL;
		back->sequence = copy;
	}
}

static void restore_members(struct inversion *inversion, const struct iw_table *table, const GPtrArray *members,
			    enum iw_operation_kind kind)
{
	for (guint i = 0; i < members->len; i++) {
		const struct iw_object *member = members->pdata[i];
		if (member->definition == NULL) {
			iw_invert_lossy(inversion, "the definition of a trigger or policy is not known");
			continue;
		}
		struct iw_operation *back = iw_invert_add(inversion, kind, table->name);
		back->member = member->name.name;
		back->definition = member->definition;
	}
}

static void restore_comments(struct inversion *inversion, const struct iw_table *table)
{
	/* MySQL says them in CREATE TABLE. */
	if (inversion->before->engine.dialect != IW_POSTGRES)
		return;
	if (table->comment != NULL) {
		struct iw_operation *back = iw_invert_add(inversion, IW_OP_COMMENT, table->name);
		back->object_kind = IW_OBJECT_TABLE;
		back->text = table->comment;
	}
	for (guint i = 0; i < table->columns->len; i++) {
		const struct iw_column *column = table->columns->pdata[i];
		if (column->comment == NULL)
			continue;
		struct iw_operation *back = iw_invert_add(inversion, IW_OP_COMMENT, table->name);
		back->object_kind = IW_OBJECT_COLUMN;
		back->member = column->name;
		back->text = column->comment;
	}
}

/* The table as CREATE TABLE says it: no indexes of constraints; others only where the statement can hold them. */
static struct iw_table *statement_table(struct inversion *inversion, const struct iw_table *table)
{
	struct iw_table *copy = iw_table_copy(inversion->arena, table);
	for (guint i = copy->indexes->len; i > 0; i--) {
		const struct iw_index *index = copy->indexes->pdata[i - 1];
		if (index->constraint != NULL || !iw_invert_is_mysql(inversion))
			g_ptr_array_remove_index(copy->indexes, i - 1);
	}
	copy->triggers = copy->policies = iw_arena_ptr_array(inversion->arena);
	/* NOT NULL is said with the columns. */
	for (guint i = copy->constraints->len; i > 0; i--)
		if (((struct iw_constraint *)copy->constraints->pdata[i - 1])->kind == IW_NOT_NULL_CONSTRAINT)
			g_ptr_array_remove_index(copy->constraints, i - 1);
	return copy;
}

static void restore_security(struct inversion *inversion, const struct iw_table *table)
{
	const struct {
		bool is_on;
		const char *member;
	} settings[] = {{table->row_security, NULL}, {table->force_row_security, "force"}};
	for (size_t i = 0; i < G_N_ELEMENTS(settings); i++) {
		if (!settings[i].is_on)
			continue;
		struct iw_operation *back = iw_invert_add(inversion, IW_OP_SET_ROW_SECURITY, table->name);
		back->member = settings[i].member;
		back->flags = IW_ON;
	}
}

static void restore_view(struct inversion *inversion, const struct iw_table *view)
{
	if (view->definition == NULL) {
		iw_invert_impossible(inversion, "the definition of the view is not known");
		return;
	}
	bool is_view = view->kind == IW_VIEW;
	struct iw_operation *back =
		iw_invert_add(inversion, is_view ? IW_OP_CREATE_VIEW : IW_OP_CREATE_MATERIALIZED_VIEW, view->name);
	back->table = iw_table_copy(inversion->arena, view);
	g_ptr_array_set_size(back->table->indexes, 0);
	for (guint i = 0; i < view->indexes->len; i++) {
		struct iw_operation *create = iw_invert_add(inversion, IW_OP_CREATE_INDEX, view->name);
		create->index = iw_index_copy(inversion->arena, view->indexes->pdata[i]);
		create->member = create->index->name;
	}
}

void iw_invert_restore_table(struct inversion *inversion, const struct iw_table *table)
{
	if (table->is_opaque || table->kind == IW_FOREIGN_TABLE) {
		iw_invert_impossible(inversion, "the definition of the table is not known");
		return;
	}
	if (table->kind == IW_VIEW || table->kind == IW_MATERIALIZED_VIEW) {
		restore_view(inversion, table);
		return;
	}
	iw_invert_restore_sequences(inversion, table->name, NULL, false);
	struct iw_operation *back = iw_invert_add(inversion, IW_OP_CREATE_TABLE, table->name);
	back->table = statement_table(inversion, table);
	iw_invert_restore_sequences(inversion, table->name, NULL, true);
	for (guint i = 0; !iw_invert_is_mysql(inversion) && i < table->indexes->len; i++) {
		const struct iw_index *index = table->indexes->pdata[i];
		if (index->constraint != NULL || index->parent != NULL)
			continue;
		struct iw_operation *create = iw_invert_add(inversion, IW_OP_CREATE_INDEX, table->name);
		create->index = iw_index_copy(inversion->arena, index);
		create->member = create->index->name;
	}
	restore_comments(inversion, table);
	restore_security(inversion, table);
	restore_members(inversion, table, table->policies, IW_OP_CREATE_POLICY);
	restore_members(inversion, table, table->triggers, IW_OP_CREATE_TRIGGER);
}

/* Views that CASCADE took along, in the order they were made. */
void iw_invert_restore_views(struct inversion *inversion)
{
	for (guint i = 0; i < inversion->before->tables->len; i++) {
		const struct iw_table *table = inversion->before->tables->pdata[i];
		bool is_view = table->kind == IW_VIEW || table->kind == IW_MATERIALIZED_VIEW;
		if (is_view && iw_schema_find_table(inversion->after, table->name) == NULL)
			iw_invert_restore_table(inversion, table);
	}
}

void iw_invert_drop_table(struct inversion *inversion)
{
	const struct iw_table *table = iw_invert_before(inversion);
	if (table == NULL || table->is_temporary)
		return;
	/* With it go partitions, and views that CASCADE takes: everything that is missing, in the order it was made. */
	iw_invert_restore_table(inversion, table);
	for (guint i = 0; i < inversion->before->tables->len; i++) {
		const struct iw_table *other = inversion->before->tables->pdata[i];
		if (other != table && iw_schema_find_table(inversion->after, other->name) == NULL)
			iw_invert_restore_table(inversion, other);
	}
	iw_invert_restore_referrers(inversion, table->name);
	if (inversion->inverse->verdict != IW_NOT_INVERTIBLE)
		iw_invert_lossy(inversion, "what was in the table is lost");
}

void iw_invert_create_view(struct inversion *inversion)
{
	const struct iw_operation *operation = inversion->operation;
	const struct iw_table *old = iw_schema_find_table(inversion->before, operation->name);
	if (old != NULL && (operation->flags & IW_IF_NOT_EXISTS))
		return;
	struct iw_operation *drop = iw_invert_add(inversion, IW_OP_DROP_OBJECT, operation->name);
	drop->object_kind = operation->kind == IW_OP_CREATE_VIEW ? IW_OBJECT_VIEW : IW_OBJECT_MATERIALIZED_VIEW;
	if (old != NULL)
		restore_view(inversion, old);
}

/* --- triggers and policies --- */

static const struct iw_object *member_before(const struct inversion *inversion, bool is_trigger)
{
	const struct iw_table *table = iw_invert_before(inversion);
	for (guint i = 0; table == NULL && inversion->operation->name.name == NULL && is_trigger &&
			  i < inversion->before->tables->len;
	     i++) {
		const struct iw_table *other = inversion->before->tables->pdata[i];
		for (guint j = 0; j < other->triggers->len; j++)
			if (iw_same_member(inversion->before->engine,
					   ((struct iw_object *)other->triggers->pdata[j])->name.name,
					   inversion->operation->member))
				return other->triggers->pdata[j];
	}
	const GPtrArray *members = table == NULL ? NULL : is_trigger ? table->triggers : table->policies;
	for (guint i = 0; members != NULL && i < members->len; i++) {
		const struct iw_object *member = members->pdata[i];
		if (iw_same_member(inversion->before->engine, member->name.name, inversion->operation->member))
			return member;
	}
	return NULL;
}

void iw_invert_create_member(struct inversion *inversion)
{
	const struct iw_operation *operation = inversion->operation;
	bool is_trigger = operation->kind == IW_OP_CREATE_TRIGGER;
	const struct iw_object *old = member_before(inversion, is_trigger);
	bool is_postgres = inversion->before->engine.dialect == IW_POSTGRES;
	if (old != NULL && (operation->flags & IW_IF_NOT_EXISTS))
		return;
	/* Only PostgreSQL's triggers are named together with their table. */
	struct iw_name name = is_postgres ? operation->name : (struct iw_name){NULL, NULL};
	struct iw_operation *drop = iw_invert_add(inversion, is_trigger ? IW_OP_DROP_TRIGGER : IW_OP_DROP_POLICY, name);
	drop->member = operation->member;
	if (old == NULL)
		return;
	if (old->definition == NULL) {
		iw_invert_impossible(inversion, "the former definition is not known");
		return;
	}
	struct iw_operation *create = iw_invert_add(inversion, operation->kind, operation->name);
	create->member = operation->member;
	create->definition = old->definition;
}

static struct iw_name table_of_trigger(const struct inversion *inversion, const struct iw_object *trigger)
{
	for (guint i = 0; i < inversion->before->tables->len; i++) {
		const struct iw_table *table = inversion->before->tables->pdata[i];
		for (guint j = 0; j < table->triggers->len; j++)
			if (table->triggers->pdata[j] == trigger)
				return table->name;
	}
	return inversion->operation->name;
}

void iw_invert_drop_member(struct inversion *inversion)
{
	bool is_trigger = inversion->operation->kind == IW_OP_DROP_TRIGGER;
	const struct iw_object *old = member_before(inversion, is_trigger);
	if (old == NULL)
		return;
	if (old->definition == NULL) {
		iw_invert_impossible(inversion, "the definition is not known");
		return;
	}
	struct iw_name name = is_trigger ? table_of_trigger(inversion, old) : inversion->operation->name;
	struct iw_operation *create =
		iw_invert_add(inversion, is_trigger ? IW_OP_CREATE_TRIGGER : IW_OP_CREATE_POLICY, name);
	create->member = old->name.name;
	create->definition = old->definition;
}

void iw_invert_set_trigger(struct inversion *inversion)
{
	const struct iw_table *before = iw_invert_before(inversion), *after = iw_invert_after(inversion);
	for (guint i = 0; before != NULL && after != NULL && i < before->triggers->len; i++) {
		const struct iw_object *old = before->triggers->pdata[i], *now = after->triggers->pdata[i];
		if (old->is_disabled == now->is_disabled)
			continue;
		struct iw_operation *back = iw_invert_add(inversion, IW_OP_SET_TRIGGER, before->name);
		back->member = old->name.name;
		back->flags = old->is_disabled ? 0 : IW_ON;
	}
}

/* --- types and sequences --- */

static void drop_object(struct inversion *inversion, enum iw_object_kind kind, bool existed)
{
	if (!existed)
		iw_invert_add(inversion, IW_OP_DROP_OBJECT, inversion->operation->name)->object_kind = kind;
}

void iw_invert_create_enum(struct inversion *inversion)
{
	drop_object(inversion, IW_OBJECT_ENUM,
		    iw_schema_find_enum(inversion->before, inversion->operation->name) != NULL);
}

void iw_invert_create_domain(struct inversion *inversion)
{
	drop_object(inversion, IW_OBJECT_DOMAIN,
		    iw_schema_find_domain(inversion->before, inversion->operation->name) != NULL);
}

void iw_invert_create_sequence(struct inversion *inversion)
{
	drop_object(inversion, IW_OBJECT_SEQUENCE,
		    iw_schema_find_sequence(inversion->before, inversion->operation->name) != NULL);
}

void iw_invert_add_enum_value(struct inversion *inversion)
{
	const struct iw_enum *type = iw_schema_find_enum(inversion->before, inversion->operation->name);
	for (guint i = 0; type != NULL && i < type->values->len; i++)
		if (g_strcmp0(type->values->pdata[i], inversion->operation->member) == 0)
			return;
	iw_invert_impossible(inversion, "PostgreSQL cannot remove a value from an enum");
}

void iw_invert_alter_domain(struct inversion *inversion)
{
	static const struct {
		const char *text, *back;
	} pairs[] = {{"set default", "drop default"},
		     {"drop default", "set default"},
		     {"set not null", "drop not null"},
		     {"drop not null", "set not null"},
		     {"add constraint", "drop constraint"}};
	const struct iw_operation *operation = inversion->operation;
	const struct iw_domain *domain = iw_schema_find_domain(inversion->before, operation->name);
	const struct iw_domain *now = iw_schema_find_domain(inversion->after, operation->name);
	const char *text = NULL;
	for (size_t i = 0; i < G_N_ELEMENTS(pairs); i++)
		if (g_strcmp0(operation->text, pairs[i].text) == 0)
			text = pairs[i].back;
	if (domain == NULL || now == NULL || text == NULL) {
		iw_invert_impossible(inversion, "what the domain was before is not known");
		return;
	}
	struct iw_operation *back = iw_invert_add(inversion, IW_OP_ALTER_DOMAIN, operation->name);
	back->text = text;
	if (g_str_has_suffix(text, "default") && domain->default_value != NULL) {
		back->text = "set default";
		back->expression = iw_expression_copy(inversion->arena, domain->default_value);
	}
	if (strcmp(text, "drop constraint") == 0 && now->constraints->len > 0)
		back->member = ((struct iw_constraint *)now->constraints->pdata[now->constraints->len - 1])->name;
}

void iw_invert_alter_sequence(struct inversion *inversion)
{
	const struct iw_operation *operation = inversion->operation;
	const struct iw_sequence *old = iw_schema_find_sequence(inversion->before, operation->name);
	if (old == NULL || operation->sequence == NULL)
		return;
	if (operation->sequence->options != NULL) {
		iw_invert_impossible(inversion, "the former options of the sequence are not known");
		return;
	}
	struct iw_sequence *copy = iw_sequence_copy(inversion->arena, old);
	copy->options = NULL;
	if (operation->sequence->type == NULL)
		copy->type = NULL;
	if (operation->sequence->owner_table.name == NULL && operation->sequence->owner_column == NULL) {
		copy->owner_table = (struct iw_name){NULL, NULL};
		copy->owner_column = NULL;
	} else if (old->owner_table.name == NULL) {
		copy->owner_column = "";
	}
	iw_invert_add(inversion, IW_OP_ALTER_SEQUENCE, operation->name)->sequence = copy;
}

/* --- objects by definition --- */

static void create_object(struct inversion *inversion, const struct iw_object *object, unsigned flags)
{
	if (object->definition == NULL && object->kind != IW_OBJECT_EXTENSION && object->kind != IW_OBJECT_SCHEMA) {
		iw_invert_impossible(inversion, "the former definition is not known");
		return;
	}
	struct iw_operation *back = iw_invert_add(inversion, IW_OP_CREATE_OBJECT, object->name);
	back->object_kind = object->kind;
	back->definition = object->definition;
	back->flags = flags;
}

void iw_invert_create_object(struct inversion *inversion)
{
	const struct iw_operation *operation = inversion->operation;
	const struct iw_object *old = iw_schema_find_object(inversion->before, operation->object_kind, operation->name);
	if (old == NULL)
		drop_object(inversion, operation->object_kind, false);
	else if (operation->flags & IW_REPLACE)
		create_object(inversion, old, IW_REPLACE);
}

static void restore_type(struct inversion *inversion)
{
	struct iw_name name = inversion->operation->name;
	const struct iw_enum *type = iw_schema_find_enum(inversion->before, name);
	const struct iw_domain *domain = iw_schema_find_domain(inversion->before, name);
	const struct iw_object *object = iw_schema_find_object(inversion->before, IW_OBJECT_TYPE, name);
	if (type != NULL)
		iw_invert_add(inversion, IW_OP_CREATE_ENUM, name)->values =
			iw_enum_copy(inversion->arena, type)->values;
	else if (domain != NULL)
		iw_invert_add(inversion, IW_OP_CREATE_DOMAIN, name)->domain = iw_domain_copy(inversion->arena, domain);
	else if (object != NULL)
		create_object(inversion, object, 0);
	if (inversion->operation->flags & IW_CASCADED)
		iw_invert_impossible(inversion, "CASCADE may have dropped columns with their data");
}

void iw_invert_drop_object(struct inversion *inversion)
{
	const struct iw_operation *operation = inversion->operation;
	struct iw_name name = operation->name;
	const struct iw_sequence *sequence;
	const struct iw_object *object;
	switch (operation->object_kind) {
	case IW_OBJECT_VIEW:
	case IW_OBJECT_MATERIALIZED_VIEW:
		iw_invert_restore_views(inversion);
		return;
	case IW_OBJECT_ENUM:
	case IW_OBJECT_DOMAIN:
	case IW_OBJECT_TYPE:
		restore_type(inversion);
		return;
	case IW_OBJECT_SEQUENCE:
		sequence = iw_schema_find_sequence(inversion->before, name);
		if (sequence == NULL)
			return;
		iw_invert_add(inversion, IW_OP_CREATE_SEQUENCE, name)->sequence =
			iw_sequence_copy(inversion->arena, sequence);
		iw_invert_lossy(inversion, "the sequence begins anew");
		return;
	default:
		object = iw_schema_find_object(inversion->before, operation->object_kind, name);
		if (object == NULL && (operation->flags & IW_IF_EXISTS))
			return;
		if (object == NULL || (operation->flags & IW_CASCADED))
			iw_invert_impossible(inversion, "what was dropped is not known");
		else
			create_object(inversion, object, 0);
	}
}

void iw_invert_comment(struct inversion *inversion)
{
	const struct iw_operation *operation = inversion->operation;
	const struct iw_table *table = iw_invert_before(inversion);
	struct iw_table *owner = NULL;
	const struct iw_index *index = operation->object_kind == IW_OBJECT_INDEX
					       ? iw_schema_find_index(inversion->before, operation->name, &owner)
					       : NULL;
	const struct iw_column *column =
		operation->object_kind == IW_OBJECT_COLUMN ? iw_invert_column(inversion) : NULL;
	bool is_table = operation->object_kind == IW_OBJECT_TABLE || operation->object_kind == IW_OBJECT_VIEW ||
			operation->object_kind == IW_OBJECT_MATERIALIZED_VIEW;
	if ((!is_table || table == NULL) && index == NULL && column == NULL) {
		iw_invert_impossible(inversion, "the former comment is not known");
		return;
	}
	struct iw_operation *back = iw_invert_add(inversion, IW_OP_COMMENT, operation->name);
	back->object_kind = operation->object_kind;
	back->member = operation->member;
	back->text = is_table ? table->comment : index != NULL ? index->comment : column->comment;
}
