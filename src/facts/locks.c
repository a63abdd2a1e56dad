/*
 * Every relation that one operation locks: its own, and on PostgreSQL the ones behind foreign keys, partitions,
 * inheritance and domains. Measured on 10 to 18.
 */
#include "facts/conditions.h"
#include "model/words.h"

#include <string.h>

#define AEL "ACCESS EXCLUSIVE"
#define SRE "SHARE ROW EXCLUSIVE"
#define SUE "SHARE UPDATE EXCLUSIVE"

struct collector {
	iw_arena *arena;
	const struct iw_question *question;
	const struct iw_fact *fact;
	GPtrArray *locks;
};

static void add(struct collector *to, struct iw_name name, const char *lock, const char *why)
{
	if (name.name == NULL || *lock == '\0')
		return;
	for (guint i = 0; i < to->locks->len; i++) {
		const struct iw_relation_lock *known = g_ptr_array_index(to->locks, i);
		if (iw_name_equal(to->question->before, known->name, name))
			return;
	}
	struct iw_relation_lock *entry = iw_new(to->arena, struct iw_relation_lock);
	*entry = (struct iw_relation_lock){.name = name, .lock = lock, .why = why};
	g_ptr_array_add(to->locks, entry);
}

static const struct iw_table *own_table(const struct collector *to)
{
	return iw_question_table(to->question);
}

/* Tables that foreign keys in `constraints` reference; `column` NULL: all, else those that use it. */
static void add_referenced(struct collector *to, GPtrArray *constraints, const char *column, const char *lock)
{
	for (guint i = 0; constraints != NULL && i < constraints->len; i++) {
		const struct iw_constraint *constraint = g_ptr_array_index(constraints, i);
		if (constraint->kind == IW_FOREIGN_KEY &&
		    (column == NULL || iw_constraint_has_column(constraint, column)))
			add(to, constraint->references, lock, "a foreign key references it");
	}
}

/* Tables whose foreign keys reference `name`. */
static void add_referencing(struct collector *to, struct iw_name name, const char *lock)
{
	const iw_schema *schema = to->question->before;
	for (guint i = 0; i < schema->tables->len; i++) {
		const struct iw_table *table = g_ptr_array_index(schema->tables, i);
		for (guint k = 0; k < table->constraints->len; k++) {
			const struct iw_constraint *constraint = g_ptr_array_index(table->constraints, k);
			if (constraint->kind == IW_FOREIGN_KEY && iw_name_equal(schema, constraint->references, name))
				add(to, table->name, lock, "its foreign key references the table");
		}
	}
}

static bool is_child_of(const iw_schema *schema, const struct iw_table *table, const struct iw_table *parent)
{
	if (table->partition_of.name != NULL && iw_name_equal(schema, table->partition_of, parent->name))
		return true;
	for (guint i = 0; table->inherits != NULL && i < table->inherits->len; i++) {
		const struct iw_name *name = g_ptr_array_index(table->inherits, i);
		if (iw_name_equal(schema, *name, parent->name))
			return true;
	}
	return false;
}

/* Partitions and heirs, all levels down. */
static void add_children(struct collector *to, const struct iw_table *parent, const char *lock, int depth)
{
	const iw_schema *schema = to->question->before;
	if (parent == NULL || depth > 16 || !schema->has_children)
		return;
	for (guint i = 0; i < schema->tables->len; i++) {
		const struct iw_table *table = g_ptr_array_index(schema->tables, i);
		if (!is_child_of(schema, table, parent))
			continue;
		add(to, table->name, lock, "it is a partition or heir of the table");
		add_children(to, table, lock, depth + 1);
	}
}

static void add_default_partition(struct collector *to, struct iw_name parent_name)
{
	const struct iw_table *parent = iw_schema_find_table(to->question->before, parent_name);
	const struct iw_table *partition = iw_default_partition(to->question->before, parent);
	if (partition != NULL && iw_question_at_least(to->question, 110000))
		add(to, partition->name, AEL, "it is the DEFAULT partition");
}

/* Same lock on what the command passes on to; nothing more with ONLY. */
static void recurse(struct collector *to)
{
	if ((to->question->operation->flags & IW_ONLY) == 0)
		add_children(to, own_table(to), to->fact->lock, 0);
}

static void create_table(struct collector *to)
{
	const struct iw_table *table = to->question->operation->table;
	if (table == NULL || iw_when_creates_existing(to->question))
		return;
	add_referenced(to, table->constraints, NULL, SRE);
	for (guint i = 0; table->columns != NULL && i < table->columns->len; i++) {
		const struct iw_column *column = g_ptr_array_index(table->columns, i);
		add_referenced(to, column->constraints, NULL, SRE);
	}
	if (table->partition_of.name != NULL) {
		add(to, table->partition_of, AEL, "it gets a partition");
		add_default_partition(to, table->partition_of);
	}
	for (guint i = 0; table->inherits != NULL && i < table->inherits->len; i++) {
		const struct iw_name *parent = g_ptr_array_index(table->inherits, i);
		add(to, *parent, SUE, "it gets an heir");
	}
	for (guint i = 0; table->likes != NULL && i < table->likes->len; i++) {
		const struct iw_like *like = g_ptr_array_index(table->likes, i);
		add(to, like->source, "ACCESS SHARE", "its definition is copied");
	}
}

/* What CASCADE takes along: views whose query names the table, and the column when one is given. */
static void add_views(struct collector *to, const struct iw_table *table, const char *column)
{
	const iw_schema *schema = to->question->before;
	for (guint i = 0; i < schema->tables->len; i++) {
		const struct iw_table *view = g_ptr_array_index(schema->tables, i);
		bool is_view = view->kind == IW_VIEW || view->kind == IW_MATERIALIZED_VIEW;
		if (!is_view || view == table ||
		    !iw_text_mentions(schema->engine, view->definition, table->name.name) ||
		    (column != NULL && !iw_text_mentions(schema->engine, view->definition, column)))
			continue;
		guint known = to->locks->len;
		add(to, view->name, AEL, "its query names what is dropped");
		if (to->locks->len > known)
			add_views(to, view, NULL);
	}
}

static void drop_table(struct collector *to)
{
	const struct iw_table *table = own_table(to);
	if (table == NULL)
		return;
	add_referenced(to, table->constraints, NULL, AEL);
	add_children(to, table, AEL, 0);
	if (table->partition_of.name != NULL) {
		add(to, table->partition_of, AEL, "it loses a partition");
		add_default_partition(to, table->partition_of);
	}
	if (iw_when_is_cascaded(to->question)) {
		add_referencing(to, table->name, AEL);
		add_views(to, table, NULL);
	}
}

static void add_column(struct collector *to)
{
	recurse(to);
	if (to->question->operation->column != NULL)
		add_referenced(to, to->question->operation->column->constraints, NULL, SRE);
}

static void drop_column(struct collector *to)
{
	const struct iw_table *table = own_table(to);
	recurse(to);
	if (table != NULL && to->question->operation->member != NULL)
		add_referenced(to, table->constraints, to->question->operation->member, AEL);
	if (table != NULL && to->question->operation->member != NULL && iw_when_is_cascaded(to->question))
		add_views(to, table, to->question->operation->member);
}

static void add_constraint(struct collector *to)
{
	const struct iw_constraint *constraint = to->question->operation->constraint;
	recurse(to);
	if (constraint != NULL && constraint->kind == IW_FOREIGN_KEY)
		add(to, constraint->references, SRE, "the foreign key references it");
}

static void touch_constraint(struct collector *to)
{
	const struct iw_constraint *constraint = iw_question_constraint(to->question);
	enum iw_operation_kind kind = to->question->operation->kind;
	if (kind != IW_OP_ALTER_CONSTRAINT)
		recurse(to);
	if (constraint == NULL || constraint->kind != IW_FOREIGN_KEY) {
		if (kind == IW_OP_DROP_CONSTRAINT && iw_when_is_cascaded(to->question) && own_table(to) != NULL)
			add_referencing(to, own_table(to)->name, AEL);
		return;
	}
	bool is_enforcing = iw_when_alters_to_enforced(to->question);
	if (kind == IW_OP_DROP_CONSTRAINT || iw_when_alters_to_not_enforced(to->question))
		add(to, constraint->references, AEL, "the foreign key references it");
	else if (kind == IW_OP_VALIDATE_CONSTRAINT && constraint->is_not_valid)
		add(to, constraint->references, "ROW SHARE", "the foreign key references it");
	else if (is_enforcing)
		add(to, constraint->references, SRE, "the foreign key references it");
}

static void create_index(struct collector *to)
{
	if (!iw_when_is_concurrent(to->question))
		recurse(to);
}

static void attach_partition(struct collector *to)
{
	add(to, to->question->operation->new_name, AEL, "it becomes a partition");
	add_default_partition(to, to->question->operation->name);
}

static void detach_partition(struct collector *to)
{
	bool is_strong = iw_question_at_least(to->question, 140000);
	add(to, to->question->operation->new_name, is_strong ? AEL : SUE, "it is the partition");
	if (!iw_when_is_concurrent(to->question))
		add_default_partition(to, to->question->operation->name);
}

static void set_inherit(struct collector *to)
{
	add(to, to->question->operation->new_name, SUE, "it is the parent");
}

static void truncate_table(struct collector *to)
{
	recurse(to);
	if (!iw_when_is_cascaded(to->question))
		return;
	/* The list grows while it is walked: what references an emptied table is emptied too. */
	for (guint i = 0; i < to->locks->len && i < 1000; i++) {
		const struct iw_relation_lock *lock = g_ptr_array_index(to->locks, i);
		add_referencing(to, lock->name, AEL);
	}
}

static bool uses_type(const iw_schema *schema, const struct iw_column *column, struct iw_name type)
{
	const struct iw_domain *domain = iw_column_domain(schema, column);
	return domain != NULL && iw_name_equal(schema, domain->name, type);
}

static void alter_domain(struct collector *to)
{
	const iw_schema *schema = to->question->before;
	if (!iw_when_domain_gets_checked(to->question))
		return;
	for (guint i = 0; i < schema->tables->len; i++) {
		const struct iw_table *table = g_ptr_array_index(schema->tables, i);
		for (guint k = 0; table->kind <= IW_PARTITIONED_TABLE && k < table->columns->len; k++)
			if (uses_type(schema, g_ptr_array_index(table->columns, k), to->question->operation->name))
				add(to, table->name, "SHARE", "it uses the domain");
	}
}

/* DROP TYPE or DOMAIN ... CASCADE takes the columns of that type along. */
static void drop_object(struct collector *to)
{
	const iw_schema *schema = to->question->before;
	struct iw_name type = to->question->operation->name;
	if (!iw_when_is_cascaded(to->question) || !iw_when_object_is_type(to->question))
		return;
	for (guint i = 0; i < schema->tables->len; i++) {
		const struct iw_table *table = g_ptr_array_index(schema->tables, i);
		for (guint k = 0; table->kind <= IW_PARTITIONED_TABLE && k < table->columns->len; k++) {
			const struct iw_column *column = g_ptr_array_index(table->columns, k);
			if (iw_name_equal(schema, column->type.user, type) || uses_type(schema, column, type))
				add(to, table->name, AEL, "it loses a column of the type");
		}
	}
}

/* ANALYZE of all tables. */
static void all_tables(struct collector *to)
{
	const iw_schema *schema = to->question->before;
	for (guint i = 0; to->question->operation->name.name == NULL && i < schema->tables->len; i++) {
		const struct iw_table *table = g_ptr_array_index(schema->tables, i);
		if (table->kind != IW_VIEW && table->kind != IW_VIRTUAL_TABLE)
			add(to, table->name, to->fact->lock, "no table is named, so it is all of them");
	}
}

static void alter_sequence(struct collector *to)
{
	const struct iw_sequence *sequence = to->question->operation->sequence;
	if (sequence != NULL && sequence->owner_table.name != NULL)
		add(to, sequence->owner_table, "ACCESS SHARE", "it owns the sequence");
}

static void read_tables(struct collector *to)
{
	const struct iw_data *data = to->question->operation->data;
	for (guint i = 0; data != NULL && data->reads != NULL && i < data->reads->len; i++) {
		const struct iw_name *name = g_ptr_array_index(data->reads, i);
		add(to, *name, data->locks_rows ? "ROW SHARE" : "ACCESS SHARE", "it is read");
	}
}

/* CREATE STATISTICS and CREATE PUBLICATION. */
static void create_object(struct collector *to)
{
	const struct iw_operation *operation = to->question->operation;
	const struct iw_data *data = operation->data;
	if (!iw_when_object_is_table_bound(to->question))
		return;
	add(to, operation->new_name, SUE, "its statistics are gathered");
	for (guint i = 0; data != NULL && data->reads != NULL && i < data->reads->len; i++)
		add(to, *(struct iw_name *)g_ptr_array_index(data->reads, i), SUE, "it is published");
}

static void create_table_as(struct collector *to)
{
	create_table(to);
	read_tables(to);
}

typedef void (*collect)(struct collector *to);

static const collect COLLECTORS[IW_OP_KINDS] = {
	[IW_OP_CREATE_TABLE] = create_table_as,
	[IW_OP_DROP_TABLE] = drop_table,
	[IW_OP_ADD_COLUMN] = add_column,
	[IW_OP_DROP_COLUMN] = drop_column,
	[IW_OP_RENAME_COLUMN] = recurse,
	[IW_OP_ALTER_COLUMN_TYPE] = recurse,
	[IW_OP_SET_NOT_NULL] = recurse,
	[IW_OP_DROP_NOT_NULL] = recurse,
	[IW_OP_SET_DEFAULT] = recurse,
	[IW_OP_DROP_DEFAULT] = recurse,
	[IW_OP_DROP_GENERATION] = recurse,
	[IW_OP_SET_GENERATION] = recurse,
	[IW_OP_SET_STORAGE] = recurse,
	[IW_OP_ADD_CONSTRAINT] = add_constraint,
	[IW_OP_DROP_CONSTRAINT] = touch_constraint,
	[IW_OP_VALIDATE_CONSTRAINT] = touch_constraint,
	[IW_OP_ALTER_CONSTRAINT] = touch_constraint,
	[IW_OP_RENAME_CONSTRAINT] = recurse,
	[IW_OP_CREATE_INDEX] = create_index,
	[IW_OP_DROP_INDEX] = recurse,
	[IW_OP_CREATE_TRIGGER] = recurse,
	[IW_OP_SET_TRIGGER] = recurse,
	[IW_OP_ATTACH_PARTITION] = attach_partition,
	[IW_OP_DETACH_PARTITION] = detach_partition,
	[IW_OP_SET_INHERIT] = set_inherit,
	[IW_OP_TRUNCATE] = truncate_table,
	[IW_OP_LOCK_TABLE] = recurse,
	[IW_OP_ALTER_DOMAIN] = alter_domain,
	[IW_OP_DROP_OBJECT] = drop_object,
	[IW_OP_ANALYZE] = all_tables,
	[IW_OP_VACUUM] = all_tables,
	[IW_OP_ALTER_SEQUENCE] = alter_sequence,
	[IW_OP_CREATE_VIEW] = read_tables,
	[IW_OP_CREATE_MATERIALIZED_VIEW] = read_tables,
	[IW_OP_REFRESH_MATERIALIZED_VIEW] = read_tables,
	[IW_OP_CREATE_OBJECT] = create_object,
	[IW_OP_SELECT] = read_tables,
	[IW_OP_INSERT] = read_tables,
	[IW_OP_UPDATE] = read_tables,
	[IW_OP_DELETE] = read_tables,
	[IW_OP_MERGE] = read_tables,
};

static void collect_mysql(struct collector *to)
{
	const struct iw_operation *operation = to->question->operation;
	const struct iw_constraint *known = iw_question_constraint(to->question);
	const char *lock = "metadata lock";
	if (operation->kind == IW_OP_CREATE_TABLE && operation->table != NULL)
		add_referenced(to, operation->table->constraints, NULL, lock);
	if (operation->kind == IW_OP_ADD_CONSTRAINT && iw_when_is_foreign_key(to->question))
		add(to, operation->constraint->references, lock, "the foreign key references it");
	if (operation->kind == IW_OP_DROP_CONSTRAINT && known != NULL && known->kind == IW_FOREIGN_KEY)
		add(to, known->references, lock, "the foreign key references it");
}

/* The relation that `fact->lock` is on: an index operation's is its table. */
static struct iw_name own_name(const struct collector *to)
{
	const struct iw_table *table = own_table(to);
	return table != NULL ? table->name : to->question->operation->name;
}

GPtrArray *iw_fact_locks(iw_arena *arena, const struct iw_question *question)
{
	struct collector to = {arena, question, iw_fact_find(question), iw_arena_ptr_array(arena)};
	add(&to, own_name(&to), to.fact->lock, NULL);
	if (question->engine.dialect == IW_POSTGRES && COLLECTORS[question->operation->kind] != NULL)
		COLLECTORS[question->operation->kind](&to);
	if (question->engine.dialect == IW_MYSQL)
		collect_mysql(&to);
	return to.locks;
}

GPtrArray *iw_fact_other_relations(iw_arena *arena, const struct iw_question *question)
{
	GPtrArray *others = iw_arena_ptr_array(arena);
	GPtrArray *locks = iw_fact_locks(arena, question);
	for (guint i = 0; i < locks->len; i++) {
		struct iw_relation_lock *lock = g_ptr_array_index(locks, i);
		if (lock->why != NULL)
			g_ptr_array_add(others, &lock->name);
	}
	return others;
}
