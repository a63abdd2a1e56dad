/* Names and words of operations, all from IW_OPERATION_TABLE; see operation.h. */
#include "model/operation.h"

#include <string.h>

static const struct {
	const char *name, *words;
	enum iw_object_kind object;
} kinds[IW_OP_KINDS] = {
#define IW_OPERATION_ROW(kind, object, words) [IW_OP_##kind] = {#kind, words, IW_OBJECT_##object},
	IW_OPERATION_TABLE(IW_OPERATION_ROW)
#undef IW_OPERATION_ROW
};

/* Kinds that leave the catalogue as it is. */
static const bool leaves_catalogue[IW_OP_KINDS] = {
	[IW_OP_INSERT] = true,
	[IW_OP_UPDATE] = true,
	[IW_OP_DELETE] = true,
	[IW_OP_MERGE] = true,
	[IW_OP_TRUNCATE] = true,
	[IW_OP_COPY] = true,
	[IW_OP_SELECT] = true,
	[IW_OP_LOCK_TABLE] = true,
	[IW_OP_ANALYZE] = true,
	[IW_OP_VACUUM] = true,
	[IW_OP_SET] = true,
	[IW_OP_TRANSACTION] = true,
	[IW_OP_REFRESH_MATERIALIZED_VIEW] = true,
};

static const bool changes_data[IW_OP_KINDS] = {
	[IW_OP_INSERT] = true, [IW_OP_UPDATE] = true,	[IW_OP_DELETE] = true,
	[IW_OP_MERGE] = true,  [IW_OP_TRUNCATE] = true, [IW_OP_COPY] = true,
};

static const char *const object_words[] = {
	[IW_OBJECT_NONE] = "",
	[IW_OBJECT_TABLE] = "table",
	[IW_OBJECT_COLUMN] = "column",
	[IW_OBJECT_CONSTRAINT] = "constraint",
	[IW_OBJECT_INDEX] = "index",
	[IW_OBJECT_VIEW] = "view",
	[IW_OBJECT_MATERIALIZED_VIEW] = "materialized view",
	[IW_OBJECT_SEQUENCE] = "sequence",
	[IW_OBJECT_ENUM] = "enum",
	[IW_OBJECT_DOMAIN] = "domain",
	[IW_OBJECT_TYPE] = "type",
	[IW_OBJECT_FUNCTION] = "function",
	[IW_OBJECT_PROCEDURE] = "procedure",
	[IW_OBJECT_AGGREGATE] = "aggregate",
	[IW_OBJECT_TRIGGER] = "trigger",
	[IW_OBJECT_POLICY] = "policy",
	[IW_OBJECT_RULE] = "rule",
	[IW_OBJECT_EXTENSION] = "extension",
	[IW_OBJECT_SCHEMA] = "schema",
	[IW_OBJECT_DATABASE] = "database",
	[IW_OBJECT_ROLE] = "role",
	[IW_OBJECT_PUBLICATION] = "publication",
	[IW_OBJECT_STATISTICS] = "statistics",
	[IW_OBJECT_COLLATION] = "collation",
	[IW_OBJECT_FOREIGN_TABLE] = "foreign table",
	[IW_OBJECT_EVENT] = "event",
	[IW_OBJECT_OTHER] = "object",
};

const char *iw_operation_kind_name(enum iw_operation_kind kind)
{
	return kinds[kind].name;
}

const char *iw_operation_kind_words(enum iw_operation_kind kind)
{
	return kinds[kind].words;
}

enum iw_object_kind iw_operation_kind_object(enum iw_operation_kind kind)
{
	return kinds[kind].object;
}

const char *iw_object_kind_words(enum iw_object_kind kind)
{
	return object_words[kind];
}

bool iw_operation_is_ddl(const struct iw_operation *operation)
{
	return !leaves_catalogue[operation->kind];
}

bool iw_operation_is_data(const struct iw_operation *operation)
{
	return changes_data[operation->kind];
}

static const char *append(const char *text, const char *part)
{
	return part != NULL && part[0] != '\0' ? part : text;
}

/* "create object" of a function is "create function". */
static void add_words(GString *title, const struct iw_operation *operation)
{
	const char *words = kinds[operation->kind].words;
	const char *object = object_words[operation->object_kind];
	const struct iw_constraint *constraint = operation->constraint;
	if (operation->kind == IW_OP_DROP_CONSTRAINT && operation->member == NULL && constraint != NULL &&
	    constraint->kind == IW_PRIMARY_KEY) {
		g_string_append(title, "drop primary key of");
		return;
	}
	if (kinds[operation->kind].object != IW_OBJECT_OTHER || operation->object_kind == IW_OBJECT_NONE ||
	    !g_str_has_suffix(words, "object")) {
		g_string_append(title, words);
		return;
	}
	g_string_append_len(title, words, (gssize)(strlen(words) - strlen("object")));
	g_string_append(title, object);
}

static const char *member_of(const struct iw_operation *operation)
{
	const char *member = append(NULL, operation->member);
	if (member == NULL && operation->kind == IW_OP_ADD_COLUMN && operation->column != NULL)
		member = operation->column->name;
	if (member == NULL && operation->kind == IW_OP_ADD_CONSTRAINT && operation->constraint != NULL)
		member = operation->constraint->name;
	if (member == NULL && operation->kind == IW_OP_CREATE_INDEX && operation->index != NULL)
		member = operation->index->name;
	return member;
}

static void add_names(GString *title, const struct iw_operation *operation)
{
	const char *member = member_of(operation);
	char separator = ' ';
	const char *parts[] = {operation->name.schema, operation->name.name, member};
	if (operation->name.name == NULL)
		parts[0] = NULL;
	for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
		if (parts[i] == NULL)
			continue;
		g_string_append_c(title, separator);
		g_string_append(title, parts[i]);
		separator = '.';
	}
}

const char *iw_operation_title(iw_arena *arena, const struct iw_operation *operation)
{
	g_autoptr(GString) title = g_string_new(NULL);
	add_words(title, operation);
	add_names(title, operation);
	return iw_arena_strndup(arena, title->str, title->len);
}
