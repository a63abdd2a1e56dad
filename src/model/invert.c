/* The walk of invert: one function for each kind of operation, and those of whole tables; see invert.h. */
#include "model/compare.h"
#include "model/invert_internal.h"

#include <string.h>

struct iw_operation *iw_invert_add(struct inversion *inversion, enum iw_operation_kind kind, struct iw_name name)
{
	struct iw_operation *operation = iw_new(inversion->arena, struct iw_operation);
	operation->kind = kind;
	operation->object_kind = iw_operation_kind_object(kind);
	operation->name = name;
	operation->place = inversion->operation->place;
	g_ptr_array_add(inversion->inverse->operations, operation);
	return operation;
}

static void worsen(struct inversion *inversion, enum iw_invertible verdict, const char *reason)
{
	struct iw_inverse *inverse = inversion->inverse;
	if (inverse->reason == NULL || verdict > inverse->verdict)
		inverse->reason = reason;
	inverse->verdict = MAX(inverse->verdict, verdict);
}

void iw_invert_lossy(struct inversion *inversion, const char *reason)
{
	worsen(inversion, IW_INVERTIBLE_LOSSY, reason);
}

void iw_invert_impossible(struct inversion *inversion, const char *reason)
{
	worsen(inversion, IW_NOT_INVERTIBLE, reason);
	g_ptr_array_set_size(inversion->inverse->operations, 0);
}

const struct iw_table *iw_invert_before(const struct inversion *inversion)
{
	return iw_schema_find_table(inversion->before, inversion->operation->name);
}

const struct iw_table *iw_invert_after(const struct inversion *inversion)
{
	return iw_schema_find_table(inversion->after, inversion->operation->name);
}

const struct iw_column *iw_invert_column(const struct inversion *inversion)
{
	const struct iw_table *table = iw_invert_before(inversion);
	return table == NULL ? NULL
			     : iw_table_find_column(table, inversion->before->engine, inversion->operation->member);
}

bool iw_invert_is_mysql(const struct inversion *inversion)
{
	return inversion->before->engine.dialect == IW_MYSQL;
}

/* --- renames --- */

static void rename_table_back(struct inversion *inversion)
{
	const struct iw_operation *operation = inversion->operation;
	struct iw_name now = operation->new_name;
	if (now.schema == NULL)
		now.schema = operation->name.schema;
	/* SQLite, foreign keys off: references to a table that is not there yet are its own from now on. */
	if (iw_invert_has_referrer(inversion, now)) {
		iw_invert_impossible(inversion, "other tables refer to the new name already");
		return;
	}
	iw_invert_add(inversion, IW_OP_RENAME_TABLE, now)->new_name = operation->name;
}

static void move_table_back(struct inversion *inversion)
{
	const struct iw_operation *operation = inversion->operation;
	const char *home = operation->name.schema != NULL ? operation->name.schema : inversion->before->default_schema;
	struct iw_name now = {operation->new_name.schema, operation->name.name};
	iw_invert_add(inversion, IW_OP_SET_TABLE_SCHEMA, now)->new_name = (struct iw_name){home, operation->name.name};
}

/* Columns, constraints, enum values, MySQL indexes: member and new name change places. */
static void rename_member_back(struct inversion *inversion)
{
	const struct iw_operation *operation = inversion->operation;
	struct iw_operation *back = iw_invert_add(inversion, operation->kind, operation->name);
	back->object_kind = operation->object_kind;
	back->member = operation->new_name.name;
	const struct iw_column *column = operation->kind == IW_OP_RENAME_COLUMN ? iw_invert_column(inversion) : NULL;
	back->new_name.name = column != NULL ? column->name : operation->member;
}

static void rename_index_back(struct inversion *inversion)
{
	const struct iw_operation *operation = inversion->operation;
	if (iw_invert_is_mysql(inversion)) {
		rename_member_back(inversion);
		return;
	}
	struct iw_name now = {operation->name.schema, operation->new_name.name};
	iw_invert_add(inversion, IW_OP_RENAME_INDEX, now)->new_name.name = operation->name.name;
}

static void rename_object_back(struct inversion *inversion)
{
	const struct iw_operation *operation = inversion->operation;
	if (operation->member != NULL) {
		rename_member_back(inversion);
		return;
	}
	bool moves = operation->new_name.name == NULL;
	struct iw_name now = {
		operation->new_name.schema != NULL ? operation->new_name.schema : operation->name.schema,
		moves ? operation->name.name : operation->new_name.name,
	};
	struct iw_operation *back = iw_invert_add(inversion, IW_OP_RENAME_OBJECT, now);
	back->object_kind = operation->object_kind;
	back->new_name.name = moves ? NULL : operation->name.name;
	if (operation->new_name.schema != NULL)
		back->new_name.schema =
			operation->name.schema != NULL ? operation->name.schema : inversion->before->default_schema;
}

/* --- settings of tables --- */

static void set_logged_back(struct inversion *inversion)
{
	const struct iw_table *table = iw_invert_before(inversion);
	bool now = (inversion->operation->flags & IW_ON) != 0;
	if (table == NULL || table->is_unlogged == !now)
		return;
	iw_invert_add(inversion, IW_OP_SET_LOGGED, table->name)->flags = now ? 0 : IW_ON;
}

static void set_row_security_back(struct inversion *inversion)
{
	const struct iw_table *table = iw_invert_before(inversion);
	if (table == NULL)
		return;
	bool is_force = g_strcmp0(inversion->operation->member, "force") == 0;
	struct iw_operation *back = iw_invert_add(inversion, IW_OP_SET_ROW_SECURITY, table->name);
	back->member = inversion->operation->member;
	back->flags = (is_force ? table->force_row_security : table->row_security) ? IW_ON : 0;
}

static void set_tablespace_back(struct inversion *inversion)
{
	const struct iw_table *table = iw_invert_before(inversion);
	if (table != NULL)
		iw_invert_add(inversion, IW_OP_SET_TABLESPACE, table->name)->text =
			table->tablespace != NULL ? table->tablespace : "pg_default";
}

static void set_access_method_back(struct inversion *inversion)
{
	const struct iw_table *table = iw_invert_before(inversion);
	if (table != NULL)
		iw_invert_add(inversion, IW_OP_SET_ACCESS_METHOD, table->name)->text =
			table->access_method != NULL ? table->access_method : "heap";
}

/* The value of one option in "a=1, b=2". */
static const char *option_value(iw_arena *arena, const char *options, const char *key)
{
	size_t length = strlen(key);
	for (const char *at = options; at != NULL && *at != '\0';) {
		at += strspn(at, ", ");
		size_t part = strcspn(at, ", ");
		if (part > length && g_ascii_strncasecmp(at, key, length) == 0 && at[length] == '=')
			return iw_arena_strndup(arena, at + length + 1, part - length - 1);
		at += part;
	}
	return NULL;
}

static void set_table_options_back(struct inversion *inversion)
{
	const struct iw_operation *operation = inversion->operation;
	const struct iw_table *table = iw_invert_before(inversion);
	const char *key = operation->member != NULL ? operation->member : "";
	if (table == NULL)
		return;
	const struct {
		const char *key, *value;
		bool may_be_absent;
	} known[] = {{"engine", table->engine, false},
		     {"charset", table->charset, false},
		     {"collate", table->collation, false},
		     {"comment", table->comment, true}};
	const char *value = option_value(inversion->arena, table->options, key);
	bool is_known = !iw_invert_is_mysql(inversion) && *key != '\0';
	for (size_t i = 0; i < G_N_ELEMENTS(known); i++)
		if (g_ascii_strcasecmp(known[i].key, key) == 0) {
			value = known[i].value != NULL || !known[i].may_be_absent ? known[i].value : "";
			is_known = value != NULL;
		}
	if (!is_known && value == NULL) {
		iw_invert_impossible(inversion, "the former value of the option is not known");
		return;
	}
	struct iw_operation *back = iw_invert_add(inversion, IW_OP_SET_TABLE_OPTIONS, table->name);
	back->member = key;
	back->text = value;
}

static void convert_charset_back(struct inversion *inversion)
{
	const struct iw_table *table = iw_invert_before(inversion);
	if (table == NULL || table->charset == NULL) {
		iw_invert_impossible(inversion, "the former character set of the table is not known");
		return;
	}
	struct iw_operation *back = iw_invert_add(inversion, IW_OP_CONVERT_CHARSET, table->name);
	back->text = table->charset;
	back->member = table->collation;
	iw_invert_lossy(inversion, "characters that the former character set does not have are lost");
	/* Columns that had their own, or that became larger types. */
	const struct iw_table *after = iw_invert_after(inversion);
	for (guint i = 0; after != NULL && i < table->columns->len; i++) {
		const struct iw_column *column = table->columns->pdata[i];
		const struct iw_column *now = iw_table_find_column(after, inversion->before->engine, column->name);
		bool is_same = now == NULL || (g_strcmp0(now->type.text, column->type.text) == 0 &&
					       g_strcmp0(now->collation, column->collation) == 0);
		if (is_same)
			continue;
		struct iw_operation *modify = iw_invert_add(inversion, IW_OP_MODIFY_COLUMN, table->name);
		modify->member = column->name;
		modify->column = iw_column_copy(inversion->arena, column);
	}
}

static void set_inherit_back(struct inversion *inversion)
{
	const struct iw_operation *operation = inversion->operation;
	struct iw_operation *back = iw_invert_add(inversion, IW_OP_SET_INHERIT, operation->name);
	back->new_name = operation->new_name;
	back->flags = (operation->flags & IW_ON) ? 0 : IW_ON;
}

static void detach_partition(struct inversion *inversion)
{
	const struct iw_operation *operation = inversion->operation;
	iw_invert_add(inversion, IW_OP_DETACH_PARTITION, operation->name)->new_name = operation->new_name;
	/* What the partition was given to be like its parent. */
	iw_invert_restore_parts(inversion, iw_schema_find_table(inversion->before, operation->new_name),
				iw_schema_find_table(inversion->after, operation->new_name));
}

static void attach_partition(struct inversion *inversion)
{
	const struct iw_operation *operation = inversion->operation;
	const struct iw_table *child = iw_schema_find_table(inversion->before, operation->new_name);
	if (child == NULL || child->partition_bound == NULL) {
		iw_invert_impossible(inversion, "the former bound of the partition is not known");
		return;
	}
	struct iw_operation *back = iw_invert_add(inversion, IW_OP_ATTACH_PARTITION, operation->name);
	back->new_name = operation->new_name;
	back->text = child->partition_bound;
}

/* --- what cannot be undone, and what needs no undoing --- */

static void nothing(struct inversion *inversion)
{
	(void)inversion;
}

static void no_rows(struct inversion *inversion)
{
	iw_invert_impossible(inversion, "the rows as they were before are not known");
}

static void no_former(struct inversion *inversion)
{
	iw_invert_impossible(inversion, "what it was before is not known");
}

static void no_partitions(struct inversion *inversion)
{
	iw_invert_impossible(inversion,
			     "partitions that were changed or dropped cannot be put back from their definition");
}

static void no_generation(struct inversion *inversion)
{
	iw_invert_impossible(inversion, "an ordinary column cannot be made a generated one");
}

static void no_detached_index(struct inversion *inversion)
{
	iw_invert_impossible(inversion, "an attached index cannot be detached");
}

static void no_rights(struct inversion *inversion)
{
	iw_invert_impossible(inversion, "owners and rights as they were before are not known");
}

static void no_opaque(struct inversion *inversion)
{
	const char *reason = inversion->operation->reason;
	iw_invert_impossible(inversion, reason != NULL ? reason : "the statement could not be read");
}

/* Calls of set_config() are pg_dump's way to write SET. */
static void query(struct inversion *inversion)
{
	const struct iw_data *data = inversion->operation->data;
	for (guint i = 0; data != NULL && data->functions != NULL && i < data->functions->len; i++) {
		const char *name = data->functions->pdata[i];
		if (!g_str_has_suffix(name, "set_config"))
			iw_invert_impossible(inversion, "a function that it calls may have changed something");
	}
}

static void drop_rule(struct inversion *inversion)
{
	const struct iw_operation *operation = inversion->operation;
	if (operation->flags & IW_REPLACE) {
		no_former(inversion);
		return;
	}
	struct iw_operation *back = iw_invert_add(inversion, IW_OP_DROP_OBJECT, operation->name);
	back->object_kind = IW_OBJECT_RULE;
	back->member = operation->member;
}

static const struct {
	void (*invert)(struct inversion *inversion);
	bool needs_no_schema; /* right even where the operation does not apply to the schema before */
} rows[IW_OP_KINDS] = {
	[IW_OP_CREATE_TABLE] = {iw_invert_create_table},
	[IW_OP_DROP_TABLE] = {iw_invert_drop_table},
	[IW_OP_RENAME_TABLE] = {rename_table_back},
	[IW_OP_SET_TABLE_SCHEMA] = {move_table_back},
	[IW_OP_SET_TABLE_OPTIONS] = {set_table_options_back},
	[IW_OP_SET_LOGGED] = {set_logged_back},
	[IW_OP_SET_TABLESPACE] = {set_tablespace_back},
	[IW_OP_SET_ACCESS_METHOD] = {set_access_method_back},
	[IW_OP_CONVERT_CHARSET] = {convert_charset_back},
	[IW_OP_REBUILD_TABLE] = {nothing, true},
	[IW_OP_SET_REPLICA_IDENTITY] = {no_former, true},
	[IW_OP_SET_ROW_SECURITY] = {set_row_security_back},
	[IW_OP_SET_INHERIT] = {set_inherit_back},
	[IW_OP_ATTACH_PARTITION] = {detach_partition},
	[IW_OP_DETACH_PARTITION] = {attach_partition},
	[IW_OP_ALTER_PARTITIONS] = {no_partitions, true},
	[IW_OP_ADD_COLUMN] = {iw_invert_add_column},
	[IW_OP_DROP_COLUMN] = {iw_invert_drop_column},
	[IW_OP_RENAME_COLUMN] = {rename_member_back},
	[IW_OP_ALTER_COLUMN_TYPE] = {iw_invert_alter_type},
	[IW_OP_MODIFY_COLUMN] = {iw_invert_modify_column},
	[IW_OP_SET_NOT_NULL] = {iw_invert_not_null},
	[IW_OP_DROP_NOT_NULL] = {iw_invert_not_null},
	[IW_OP_SET_DEFAULT] = {iw_invert_default},
	[IW_OP_DROP_DEFAULT] = {iw_invert_default},
	[IW_OP_ADD_IDENTITY] = {iw_invert_identity},
	[IW_OP_SET_IDENTITY] = {iw_invert_identity},
	[IW_OP_DROP_IDENTITY] = {iw_invert_drop_identity},
	[IW_OP_SET_GENERATION] = {iw_invert_generation},
	[IW_OP_DROP_GENERATION] = {no_generation, true},
	[IW_OP_SET_COLUMN_OPTIONS] = {no_former, true},
	[IW_OP_SET_STORAGE] = {iw_invert_column_text},
	[IW_OP_SET_COMPRESSION] = {iw_invert_column_text},
	[IW_OP_ADD_CONSTRAINT] = {iw_invert_constraint},
	[IW_OP_DROP_CONSTRAINT] = {iw_invert_constraint},
	[IW_OP_VALIDATE_CONSTRAINT] = {nothing, true},
	[IW_OP_RENAME_CONSTRAINT] = {rename_member_back},
	[IW_OP_ALTER_CONSTRAINT] = {iw_invert_alter_constraint},
	[IW_OP_CREATE_INDEX] = {iw_invert_create_index},
	[IW_OP_DROP_INDEX] = {iw_invert_drop_index},
	[IW_OP_RENAME_INDEX] = {rename_index_back},
	[IW_OP_ALTER_INDEX] = {iw_invert_alter_index},
	[IW_OP_ATTACH_INDEX] = {no_detached_index, true},
	[IW_OP_REINDEX] = {nothing, true},
	[IW_OP_SET_KEYS] = {nothing, true},
	[IW_OP_CREATE_ENUM] = {iw_invert_create_enum},
	[IW_OP_ADD_ENUM_VALUE] = {iw_invert_add_enum_value},
	[IW_OP_RENAME_ENUM_VALUE] = {rename_member_back},
	[IW_OP_CREATE_DOMAIN] = {iw_invert_create_domain},
	[IW_OP_ALTER_DOMAIN] = {iw_invert_alter_domain},
	[IW_OP_CREATE_SEQUENCE] = {iw_invert_create_sequence},
	[IW_OP_ALTER_SEQUENCE] = {iw_invert_alter_sequence},
	[IW_OP_CREATE_VIEW] = {iw_invert_create_view},
	[IW_OP_CREATE_MATERIALIZED_VIEW] = {iw_invert_create_view},
	[IW_OP_REFRESH_MATERIALIZED_VIEW] = {nothing, true},
	[IW_OP_CREATE_TRIGGER] = {iw_invert_create_member},
	[IW_OP_DROP_TRIGGER] = {iw_invert_drop_member},
	[IW_OP_SET_TRIGGER] = {iw_invert_set_trigger},
	[IW_OP_CREATE_RULE] = {drop_rule, true},
	[IW_OP_CREATE_POLICY] = {iw_invert_create_member},
	[IW_OP_ALTER_POLICY] = {no_former, true},
	[IW_OP_DROP_POLICY] = {iw_invert_drop_member},
	[IW_OP_CREATE_OBJECT] = {iw_invert_create_object},
	[IW_OP_ALTER_OBJECT] = {no_former, true},
	[IW_OP_DROP_OBJECT] = {iw_invert_drop_object},
	[IW_OP_RENAME_OBJECT] = {rename_object_back},
	[IW_OP_SET_OWNER] = {no_rights, true},
	[IW_OP_COMMENT] = {iw_invert_comment},
	[IW_OP_GRANT] = {no_rights, true},
	[IW_OP_INSERT] = {no_rows, true},
	[IW_OP_UPDATE] = {no_rows, true},
	[IW_OP_DELETE] = {no_rows, true},
	[IW_OP_MERGE] = {no_rows, true},
	[IW_OP_TRUNCATE] = {no_rows, true},
	[IW_OP_COPY] = {no_rows, true},
	[IW_OP_SELECT] = {query, true},
	[IW_OP_LOCK_TABLE] = {nothing, true},
	[IW_OP_ANALYZE] = {nothing, true},
	[IW_OP_VACUUM] = {nothing, true},
	[IW_OP_SET] = {nothing, true},
	[IW_OP_TRANSACTION] = {nothing, true},
	[IW_OP_OPAQUE] = {no_opaque, true},
};

/* The session's own: gone when the migration is undone. */
static bool is_temporary(const struct iw_operation *operation, const iw_schema *before)
{
	static const char *const schemas[] = {[IW_POSTGRES] = "pg_temp", [IW_MYSQL] = NULL, [IW_SQLITE] = "temp"};
	const char *schema = schemas[before->engine.dialect];
	struct iw_table *table = NULL;
	if ((operation->flags & IW_TEMPORARY) != 0 || (operation->name.schema != NULL && schema != NULL &&
						       g_ascii_strcasecmp(operation->name.schema, schema) == 0))
		return true;
	/* Named after its table or after itself; an index without a name has a table. */
	bool is_index = iw_operation_kind_object(operation->kind) == IW_OBJECT_INDEX && operation->member == NULL;
	if (is_index && operation->kind != IW_OP_CREATE_INDEX)
		iw_schema_find_index(before, operation->name, &table);
	else
		table = iw_schema_find_table(before, operation->name);
	return table != NULL && table->is_temporary;
}

static bool is_rename(enum iw_operation_kind kind)
{
	static const enum iw_operation_kind kinds[] = {IW_OP_RENAME_TABLE,  IW_OP_SET_TABLE_SCHEMA,
						       IW_OP_RENAME_COLUMN, IW_OP_RENAME_CONSTRAINT,
						       IW_OP_RENAME_INDEX,  IW_OP_RENAME_OBJECT};
	for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
		if (kinds[i] == kind)
			return true;
	return false;
}

/* IF EXISTS, and it does not: there is nothing to put back, least of all what has the new name. */
static bool did_nothing(const struct inversion *inversion)
{
	const struct iw_operation *operation = inversion->operation;
	const struct iw_compare_options options = {0};
	if ((operation->flags & IW_TABLE_IF_EXISTS) != 0 && iw_invert_before(inversion) == NULL)
		return true;
	return (operation->flags & IW_IF_EXISTS) != 0 && is_rename(operation->kind) &&
	       iw_schema_compare(inversion->arena, inversion->before, inversion->after, &options)->len == 0;
}

struct iw_inverse *iw_invert(iw_arena *arena, const struct iw_operation *operation, const iw_schema *before)
{
	struct inversion inversion = {.arena = arena, .operation = operation, .before = before};
	GError *error = NULL;
	inversion.inverse = iw_new(arena, struct iw_inverse);
	inversion.inverse->operations = iw_arena_ptr_array(arena);
	if (is_temporary(operation, before))
		return inversion.inverse;
	if (rows[operation->kind].needs_no_schema) {
		rows[operation->kind].invert(&inversion);
		return inversion.inverse;
	}
	inversion.after = iw_schema_copy(arena, before);
	if (!iw_schema_apply(inversion.after, operation, &error)) {
		iw_invert_impossible(&inversion, iw_arena_printf(arena, "it does not apply: %s", error->message));
		g_error_free(error);
		return inversion.inverse;
	}
	if (!did_nothing(&inversion))
		rows[operation->kind].invert(&inversion);
	else if (before->is_uncertain)
		iw_invert_impossible(&inversion, "whether it was there is not known");
	return inversion.inverse;
}
