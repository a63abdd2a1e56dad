/* Inverses of changes to columns, constraints and indexes; see invert.h. */
#include "model/invert_internal.h"

#include "model/traits.h"
#include "model/words.h"

#include <string.h>

/* --- putting parts back --- */

static struct trait_context context_of(const struct inversion *inversion, const iw_schema *schema,
				       const struct iw_table *table)
{
	return (struct trait_context){inversion->arena, schema->engine, schema, table};
}

static const char *constraint_line(const struct inversion *inversion, const iw_schema *schema,
				   const struct iw_constraint *constraint)
{
	struct trait_context context = context_of(inversion, schema, NULL);
	return iw_traits_line(iw_constraint_traits, &context, constraint);
}

/* The constraint of the other table that has the same name, or says the same where there are no names. */
static const struct iw_constraint *twin(const struct inversion *inversion, const struct iw_table *table,
					const struct iw_constraint *constraint)
{
	if (table == NULL)
		return NULL;
	if (constraint->name != NULL)
		return iw_table_find_constraint(table, inversion->before->engine, constraint->name);
	const char *line = constraint_line(inversion, inversion->before, constraint);
	for (guint i = 0; i < table->constraints->len; i++)
		if (strcmp(line, constraint_line(inversion, inversion->before, table->constraints->pdata[i])) == 0)
			return table->constraints->pdata[i];
	return NULL;
}

static void add_back(struct inversion *inversion, struct iw_name table, const struct iw_constraint *constraint)
{
	struct iw_operation *back = iw_invert_add(inversion, IW_OP_ADD_CONSTRAINT, table);
	back->member = constraint->name;
	back->constraint = iw_constraint_copy(inversion->arena, constraint);
}

static void drop_again(struct inversion *inversion, struct iw_name table, const struct iw_constraint *constraint)
{
	struct iw_operation *back = iw_invert_add(inversion, IW_OP_DROP_CONSTRAINT, table);
	bool is_primary = iw_invert_is_mysql(inversion) && constraint->kind == IW_PRIMARY_KEY;
	back->member = is_primary ? NULL : constraint->name;
	if (iw_invert_is_mysql(inversion))
		back->constraint = iw_constraint_copy(inversion->arena, constraint);
}

static void create_back(struct inversion *inversion, struct iw_name table, const struct iw_index *index)
{
	struct iw_operation *back = iw_invert_add(inversion, IW_OP_CREATE_INDEX, table);
	struct iw_index *copy = iw_index_copy(inversion->arena, index);
	copy->is_implicit = false;
	copy->parent = NULL;
	back->member = copy->name;
	back->index = copy;
	back->flags = inversion->operation->flags & IW_CONCURRENTLY;
}

static void drop_index_again(struct inversion *inversion, struct iw_name table, const struct iw_index *index)
{
	bool is_mysql = iw_invert_is_mysql(inversion);
	struct iw_name own = {table.schema, index->name};
	struct iw_operation *back = iw_invert_add(inversion, IW_OP_DROP_INDEX, is_mysql ? table : own);
	back->member = is_mysql ? index->name : NULL;
	back->flags = inversion->operation->flags & IW_CONCURRENTLY;
}

static bool same_index(const struct inversion *inversion, const struct iw_index *a, const struct iw_index *b)
{
	struct trait_context context = context_of(inversion, inversion->before, NULL);
	return strcmp(iw_traits_line(iw_index_traits, &context, a), iw_traits_line(iw_index_traits, &context, b)) == 0;
}

static const char *first_column(const struct iw_index *index)
{
	return index->keys->len > 0 ? ((struct iw_key *)index->keys->pdata[0])->column : NULL;
}

/* MySQL: the server drops an index of its own when the inverse has made one for the same column. */
static bool gives_way(const struct inversion *inversion, const struct iw_index *index)
{
	for (guint i = 0; index->is_implicit && i < inversion->inverse->operations->len; i++) {
		const struct iw_operation *operation = inversion->inverse->operations->pdata[i];
		if (operation->kind == IW_OP_CREATE_INDEX && operation->index->keys->len >= index->keys->len &&
		    g_strcmp0(first_column(operation->index), first_column(index)) == 0)
			return true;
	}
	return false;
}

static const char *move_aside(struct inversion *inversion, struct iw_name table, const struct iw_index *index)
{
	const char *aside = iw_arena_printf(inversion->arena, "%.50s_inchworm", index->name);
	struct iw_operation *rename = iw_invert_add(inversion, IW_OP_RENAME_INDEX, table);
	rename->member = index->name;
	rename->new_name.name = aside;
	return aside;
}

/* New indexes before old ones go: on MySQL a foreign key must never be without. */
static void restore_indexes(struct inversion *inversion, const struct iw_table *before, const struct iw_table *after)
{
	for (guint i = 0; i < before->indexes->len; i++) {
		const struct iw_index *index = before->indexes->pdata[i];
		const struct iw_index *now = iw_table_find_index(after, inversion->before->engine, index->name);
		bool is_kept = now != NULL && now->constraint == NULL && same_index(inversion, index, now);
		if (index->constraint != NULL || index->parent != NULL || is_kept)
			continue;
		/* One of the same name that has lost columns stands in the way; MySQL's may be needed by a foreign key.
		 */
		const char *aside = NULL;
		if (now != NULL && now->constraint == NULL && iw_invert_is_mysql(inversion))
			aside = move_aside(inversion, after->name, now);
		else if (now != NULL && now->constraint == NULL)
			drop_index_again(inversion, after->name, now);
		create_back(inversion, after->name, index);
		if (aside != NULL)
			iw_invert_add(inversion, IW_OP_DROP_INDEX, after->name)->member = aside;
	}
	for (guint i = 0; i < after->indexes->len; i++) {
		const struct iw_index *index = after->indexes->pdata[i];
		if (index->constraint == NULL && !gives_way(inversion, index) &&
		    (index->parent == NULL || inversion->operation->kind == IW_OP_ATTACH_PARTITION) &&
		    iw_table_find_index(before, inversion->before->engine, index->name) == NULL)
			drop_index_again(inversion, after->name, index);
	}
}

/* A key set its columns NOT NULL. */
static void restore_not_null(struct inversion *inversion, const struct iw_table *before, const struct iw_table *after)
{
	for (guint i = 0; i < before->columns->len; i++) {
		const struct iw_column *column = before->columns->pdata[i];
		const struct iw_column *now = iw_table_find_column(after, inversion->before->engine, column->name);
		if (now == NULL || now->not_null == column->not_null)
			continue;
		bool is_mysql = iw_invert_is_mysql(inversion);
		enum iw_operation_kind kind = is_mysql		 ? IW_OP_MODIFY_COLUMN
					      : column->not_null ? IW_OP_SET_NOT_NULL
								 : IW_OP_DROP_NOT_NULL;
		struct iw_operation *back = iw_invert_add(inversion, kind, after->name);
		back->member = column->name;
		if (is_mysql)
			back->column = iw_column_copy(inversion->arena, column);
	}
}

void iw_invert_restore_parts(struct inversion *inversion, const struct iw_table *before, const struct iw_table *after)
{
	if (before == NULL || after == NULL)
		return;
	for (guint i = 0; i < after->constraints->len; i++) {
		const struct iw_constraint *constraint = after->constraints->pdata[i];
		bool is_new = twin(inversion, before, constraint) == NULL;
		if (is_new && constraint->kind != IW_NOT_NULL_CONSTRAINT)
			drop_again(inversion, after->name, constraint);
	}
	restore_not_null(inversion, before, after);
	restore_indexes(inversion, before, after);
	for (guint i = 0; i < before->constraints->len; i++) {
		const struct iw_constraint *constraint = before->constraints->pdata[i];
		const struct iw_constraint *now = twin(inversion, after, constraint);
		bool is_same = now != NULL && strcmp(constraint_line(inversion, inversion->before, constraint),
						     constraint_line(inversion, inversion->after, now)) == 0;
		if (is_same || constraint->kind == IW_NOT_NULL_CONSTRAINT)
			continue;
		if (now != NULL)
			drop_again(inversion, after->name, now);
		add_back(inversion, after->name, constraint);
	}
}

void iw_invert_restore_referrers(struct inversion *inversion, struct iw_name name)
{
	const iw_schema *before = inversion->before;
	for (guint i = 0; i < before->tables->len; i++) {
		const struct iw_table *table = before->tables->pdata[i];
		const struct iw_table *after = iw_schema_find_table(inversion->after, table->name);
		if (after == NULL || iw_schema_same_name(before, table->name, name))
			continue;
		for (guint j = 0; j < table->constraints->len; j++) {
			const struct iw_constraint *constraint = table->constraints->pdata[j];
			if (constraint->kind == IW_FOREIGN_KEY &&
			    iw_schema_same_name(before, constraint->references, name) && constraint->name != NULL &&
			    iw_table_find_constraint(after, before->engine, constraint->name) == NULL)
				add_back(inversion, table->name, constraint);
		}
	}
}

bool iw_invert_has_referrer(const struct inversion *inversion, struct iw_name name)
{
	const iw_schema *before = inversion->before;
	for (guint i = 0; i < before->tables->len; i++) {
		const struct iw_table *table = before->tables->pdata[i];
		for (guint j = 0; j < table->constraints->len; j++) {
			const struct iw_constraint *constraint = table->constraints->pdata[j];
			if (constraint->kind == IW_FOREIGN_KEY &&
			    iw_schema_same_name(before, constraint->references, name))
				return true;
		}
	}
	return false;
}

/* --- columns --- */

void iw_invert_add_column(struct inversion *inversion)
{
	const struct iw_operation *operation = inversion->operation;
	const struct iw_table *before = iw_invert_before(inversion), *after = iw_invert_after(inversion);
	const char *name = operation->column->name;
	if (before == NULL || iw_table_find_column(before, inversion->before->engine, name) != NULL)
		return;
	/* MySQL does not drop a column under a foreign key. */
	for (guint i = 0; iw_invert_is_mysql(inversion) && i < after->constraints->len; i++) {
		const struct iw_constraint *constraint = after->constraints->pdata[i];
		if (constraint->kind == IW_FOREIGN_KEY &&
		    iw_table_find_constraint(before, inversion->before->engine, constraint->name) == NULL)
			drop_again(inversion, after->name, constraint);
	}
	iw_invert_add(inversion, IW_OP_DROP_COLUMN, after->name)->member = name;
	iw_invert_lossy(inversion, "what has been written into the column is lost");
}

static const char *neighbour(const struct iw_table *table, const struct iw_column *column)
{
	guint position = iw_list_position(table->columns, column);
	return position == 0 ? "" : ((struct iw_column *)table->columns->pdata[position - 1])->name;
}

/* SQLite has no ADD CONSTRAINT: what went with the column comes back with it. */
static void make_inline(struct inversion *inversion, struct iw_column *column)
{
	const struct iw_table *before = iw_invert_before(inversion), *after = iw_invert_after(inversion);
	column->constraints = iw_arena_ptr_array(inversion->arena);
	for (guint i = 0; i < before->constraints->len; i++) {
		const struct iw_constraint *constraint = before->constraints->pdata[i];
		if (twin(inversion, after, constraint) == NULL)
			g_ptr_array_add(column->constraints, iw_constraint_copy(inversion->arena, constraint));
	}
}

static void add_column_back(struct inversion *inversion, const struct iw_table *before, const struct iw_column *column)
{
	struct iw_operation *back = iw_invert_add(inversion, IW_OP_ADD_COLUMN, before->name);
	struct iw_column *copy = iw_column_copy(inversion->arena, column);
	if (iw_invert_is_mysql(inversion))
		copy->position = neighbour(before, column);
	if (inversion->before->engine.dialect == IW_SQLITE)
		make_inline(inversion, copy);
	back->member = copy->name;
	back->column = copy;
	bool needs_value = column->not_null && column->default_value == NULL && column->identity == IW_NO_IDENTITY &&
			   column->generated == IW_NOT_GENERATED && !column->auto_increment;
	iw_invert_lossy(inversion,
			needs_value ? "what was in the column is lost, and as it is NOT NULL without a default it "
				      "can only come back while the table is empty"
				    : "what was in the column is lost");
}

void iw_invert_drop_column(struct inversion *inversion)
{
	const struct iw_table *before = iw_invert_before(inversion), *after = iw_invert_after(inversion);
	if (before == NULL || after == NULL)
		return;
	const struct iw_engine engine = inversion->before->engine;
	iw_invert_restore_sequences(inversion, before->name, inversion->operation->member, false);
	/* With CASCADE generated columns go too: all that is missing, in the old order. */
	for (guint i = 0; i < before->columns->len; i++) {
		const struct iw_column *column = before->columns->pdata[i];
		if (iw_table_find_column(after, engine, column->name) == NULL)
			add_column_back(inversion, before, column);
	}
	iw_invert_restore_sequences(inversion, before->name, inversion->operation->member, true);
	if (engine.dialect != IW_SQLITE)
		iw_invert_restore_parts(inversion, before, after);
	iw_invert_restore_referrers(inversion, before->name);
	iw_invert_restore_views(inversion);
}

/* How much each type of a family holds; a larger one takes all of a smaller one. */
static const struct {
	const char *base;
	int family, size;
} sizes[] = {
	{"tinyint", 1, 1},
	{"smallint", 1, 2},
	{"mediumint", 1, 3},
	{"int", 1, 4},
	{"integer", 1, 4},
	{"bigint", 1, 8},
	{"numeric", 1, 100},
	{"decimal", 1, 100},
	{"char", 2, 1},
	{"character", 2, 1},
	{"varchar", 2, 2},
	{"character varying", 2, 2},
	{"tinytext", 2, 3},
	{"text", 2, 4},
	{"mediumtext", 2, 5},
	{"longtext", 2, 6},
	{"real", 3, 4},
	{"float", 3, 4},
	{"double precision", 3, 8},
	{"double", 3, 8},
	{"date", 4, 1},
	{"timestamp without time zone", 4, 2},
};

static int size_of(const struct iw_type *type, int *family)
{
	for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++)
		if (g_strcmp0(type->base, sizes[i].base) == 0) {
			*family = sizes[i].family;
			return sizes[i].size;
		}
	*family = 0;
	return 0;
}

/* No argument is no limit. */
static bool argument_fits(int from, int to)
{
	return to < 0 || (from >= 0 && from <= to);
}

static bool holds_all(const struct iw_type *to, const struct iw_type *from)
{
	int to_family, from_family;
	int to_size = size_of(to, &to_family), from_size = size_of(from, &from_family);
	if (g_strcmp0(to->text, from->text) == 0)
		return true;
	if (to_family == 0 || to_family != from_family || to->is_unsigned != from->is_unsigned ||
	    to->is_array != from->is_array)
		return false;
	if (to_size != from_size)
		return to_size > from_size && (to_family != 1 || to_size < 100 || to->arguments[0] < 0);
	return to_family == 1 && to_size < 100 ? true
					       : argument_fits(from->arguments[0], to->arguments[0]) &&
							 argument_fits(from->arguments[1], to->arguments[1]);
}

static void judge_types(struct inversion *inversion, const struct iw_type *to, const struct iw_type *from)
{
	if (!holds_all(to, from))
		iw_invert_lossy(inversion, "values that do not fit the former type are changed or refused");
}

/* PostgreSQL casts on its own only where an assignment would: else through text. */
static const struct iw_expression *using_cast(struct inversion *inversion, const struct iw_column *column,
					      const struct iw_type *from)
{
	if (inversion->before->engine.dialect != IW_POSTGRES || holds_all(&column->type, from))
		return NULL;
	const char *name = iw_word_quoted(inversion->arena, IW_POSTGRES, column->name);
	bool through_text = column->type.user.name != NULL || from->user.name != NULL;
	struct iw_expression *expression = iw_new(inversion->arena, struct iw_expression);
	expression->text = iw_arena_printf(inversion->arena, "%s::%s%s", name,
					   !through_text    ? ""
					   : from->is_array ? "text[]::"
							    : "text::",
					   column->type.text);
	expression->canonical = expression->text;
	return expression;
}

void iw_invert_alter_type(struct inversion *inversion)
{
	const struct iw_table *before = iw_invert_before(inversion);
	const struct iw_column *column = iw_invert_column(inversion);
	if (column == NULL)
		return;
	const struct iw_type *now = &inversion->operation->column->type;
	struct iw_operation *back = iw_invert_add(inversion, IW_OP_ALTER_COLUMN_TYPE, before->name);
	back->member = column->name;
	back->column = iw_column_copy(inversion->arena, column);
	back->expression = using_cast(inversion, column, now);
	judge_types(inversion, &column->type, now);
}

/* libSQL: what was written with the column is a part of its definition. */
static void write_inline(struct inversion *inversion, const struct iw_table *table, struct iw_column *column)
{
	column->constraints = iw_arena_ptr_array(inversion->arena);
	for (guint i = 0; i < table->constraints->len; i++) {
		struct iw_constraint *constraint = table->constraints->pdata[i];
		if (iw_same_column(inversion->before->engine, constraint->of_column, column->name))
			g_ptr_array_add(column->constraints, constraint);
	}
}

void iw_invert_modify_column(struct inversion *inversion)
{
	const struct iw_table *before = iw_invert_before(inversion), *after = iw_invert_after(inversion);
	const struct iw_column *column = iw_invert_column(inversion), *now = inversion->operation->column;
	if (column == NULL)
		return;
	struct iw_operation *back = iw_invert_add(inversion, IW_OP_MODIFY_COLUMN, before->name);
	struct iw_column *copy = iw_column_copy(inversion->arena, column);
	back->member = now->name != NULL ? now->name : column->name;
	if (now->position != NULL)
		copy->position = neighbour(before, column);
	back->column = copy;
	judge_types(inversion, &column->type, &now->type);
	if (inversion->before->engine.dialect == IW_SQLITE)
		write_inline(inversion, before, copy);
	else if (strcmp(back->member, column->name) == 0)
		iw_invert_restore_parts(inversion, before, after);
}

void iw_invert_not_null(struct inversion *inversion)
{
	const struct iw_column *column = iw_invert_column(inversion);
	bool sets = inversion->operation->kind == IW_OP_SET_NOT_NULL;
	if (column == NULL || column->not_null == sets)
		return;
	iw_invert_add(inversion, sets ? IW_OP_DROP_NOT_NULL : IW_OP_SET_NOT_NULL, inversion->operation->name)->member =
		column->name;
}

void iw_invert_default(struct inversion *inversion)
{
	const struct iw_column *column = iw_invert_column(inversion);
	if (column == NULL)
		return;
	bool had = column->default_value != NULL;
	struct iw_operation *back =
		iw_invert_add(inversion, had ? IW_OP_SET_DEFAULT : IW_OP_DROP_DEFAULT, inversion->operation->name);
	back->member = column->name;
	back->expression = iw_expression_copy(inversion->arena, column->default_value);
}

void iw_invert_identity(struct inversion *inversion)
{
	const struct iw_column *column = iw_invert_column(inversion);
	const struct iw_column *wanted = inversion->operation->column;
	if (column == NULL)
		return;
	if (inversion->operation->kind == IW_OP_ADD_IDENTITY) {
		iw_invert_add(inversion, IW_OP_DROP_IDENTITY, inversion->operation->name)->member = column->name;
		return;
	}
	if (wanted != NULL && wanted->identity_options != NULL) {
		iw_invert_impossible(inversion, "the former options of the identity are not known");
		return;
	}
	struct iw_operation *back = iw_invert_add(inversion, IW_OP_SET_IDENTITY, inversion->operation->name);
	back->member = column->name;
	back->column = iw_column_copy(inversion->arena, column);
}

void iw_invert_drop_identity(struct inversion *inversion)
{
	const struct iw_column *column = iw_invert_column(inversion);
	if (column == NULL || column->identity == IW_NO_IDENTITY)
		return;
	struct iw_operation *back = iw_invert_add(inversion, IW_OP_ADD_IDENTITY, inversion->operation->name);
	back->member = column->name;
	back->column = iw_column_copy(inversion->arena, column);
	iw_invert_lossy(inversion, "the numbers of the identity begin anew");
}

void iw_invert_generation(struct inversion *inversion)
{
	const struct iw_column *column = iw_invert_column(inversion);
	if (column == NULL || column->generation == NULL)
		return;
	struct iw_operation *back = iw_invert_add(inversion, IW_OP_SET_GENERATION, inversion->operation->name);
	back->member = column->name;
	back->expression = iw_expression_copy(inversion->arena, column->generation);
}

void iw_invert_column_text(struct inversion *inversion)
{
	const struct iw_column *column = iw_invert_column(inversion);
	if (column == NULL)
		return;
	bool is_storage = inversion->operation->kind == IW_OP_SET_STORAGE;
	const char *former = is_storage ? column->storage : column->compression;
	if (is_storage && former == NULL && inversion->before->engine.version > 0 &&
	    inversion->before->engine.version < 160000) {
		iw_invert_impossible(inversion, "the former storage of the column is not known");
		return;
	}
	struct iw_operation *back = iw_invert_add(inversion, inversion->operation->kind, inversion->operation->name);
	back->member = column->name;
	back->text = former != NULL ? former : "default";
}

/* --- constraints and indexes --- */

void iw_invert_constraint(struct inversion *inversion)
{
	const struct iw_table *before = iw_invert_before(inversion), *after = iw_invert_after(inversion);
	if (before == NULL || after == NULL)
		return;
	iw_invert_restore_parts(inversion, before, after);
	iw_invert_restore_referrers(inversion, before->name);
	/* DROP CONSTRAINT of a NOT NULL (PostgreSQL 18) is seen by its column only; restore_not_null() did that. */
}

void iw_invert_alter_constraint(struct inversion *inversion)
{
	const struct iw_table *before = iw_invert_before(inversion);
	const struct iw_constraint *constraint =
		before != NULL
			? iw_table_find_constraint(before, inversion->before->engine, inversion->operation->member)
			: NULL;
	if (constraint == NULL)
		return;
	struct iw_operation *back = iw_invert_add(inversion, IW_OP_ALTER_CONSTRAINT, before->name);
	back->member = constraint->name;
	back->constraint = iw_constraint_copy(inversion->arena, constraint);
}

void iw_invert_create_index(struct inversion *inversion)
{
	const struct iw_table *before = iw_invert_before(inversion), *after = iw_invert_after(inversion);
	if (before != NULL && after != NULL)
		restore_indexes(inversion, before, after);
}

/* The indexes of partitions under their own names: the parent's is made alone, and they are attached to it. */
static void restore_index_parts(struct inversion *inversion, const struct iw_table *table, const struct iw_index *index)
{
	GPtrArray *operations = inversion->inverse->operations;
	((struct iw_operation *)operations->pdata[operations->len - 1])->flags |= IW_ONLY;
	for (guint i = 0; i < inversion->before->tables->len; i++) {
		const struct iw_table *child = inversion->before->tables->pdata[i];
		if (!iw_schema_same_name(inversion->before, child->partition_of, table->name))
			continue;
		for (guint j = 0; j < child->indexes->len; j++) {
			const struct iw_index *part = child->indexes->pdata[j];
			if (g_strcmp0(part->parent, index->name) != 0)
				continue;
			create_back(inversion, child->name, part);
			if (child->kind == IW_PARTITIONED_TABLE)
				restore_index_parts(inversion, child, part);
			struct iw_name parent_name = {table->name.schema, index->name};
			iw_invert_add(inversion, IW_OP_ATTACH_INDEX, parent_name)->new_name =
				(struct iw_name){child->name.schema, part->name};
		}
	}
}

void iw_invert_drop_index(struct inversion *inversion)
{
	if (iw_invert_is_mysql(inversion)) {
		iw_invert_constraint(inversion);
		return;
	}
	struct iw_table *table = NULL;
	const struct iw_index *index = iw_schema_find_index(inversion->before, inversion->operation->name, &table);
	if (index == NULL)
		return;
	create_back(inversion, table->name, index);
	if (table->kind == IW_PARTITIONED_TABLE && inversion->before->engine.dialect == IW_POSTGRES)
		restore_index_parts(inversion, table, index);
}

void iw_invert_alter_index(struct inversion *inversion)
{
	if (!iw_invert_is_mysql(inversion)) {
		iw_invert_impossible(inversion, "the former options of the index are not known");
		return;
	}
	const struct iw_table *before = iw_invert_before(inversion);
	const struct iw_index *index =
		before != NULL ? iw_table_find_index(before, inversion->before->engine, inversion->operation->member)
			       : NULL;
	if (index == NULL)
		return;
	struct iw_operation *back = iw_invert_add(inversion, IW_OP_ALTER_INDEX, before->name);
	back->member = index->name;
	back->text = inversion->operation->text;
	back->flags = index->is_invisible ? 0 : IW_ON;
}
