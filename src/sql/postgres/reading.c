/* Places, slices and names of the statement that is being read; see tree.h. */
#include "sql/postgres/tree.h"
#include "sql/postgres/quote.h"

#include <string.h>

static const enum iw_object_kind operation_objects[] = {
#define OPERATION_OBJECT(kind, object, words) IW_OBJECT_##object,
	IW_OPERATION_TABLE(OPERATION_OBJECT)
#undef OPERATION_OBJECT
};

const struct pg_token *iw_pg_tokens(struct reading *reading)
{
	if (reading->tokens == NULL)
		reading->tokens = iw_pg_lex(reading->text, reading->length, NULL);
	return (const struct pg_token *)(void *)reading->tokens->data;
}

guint iw_pg_token_from(struct reading *reading, size_t offset)
{
	const struct pg_token *tokens = iw_pg_tokens(reading);
	guint low = 0;
	guint high = reading->tokens->len - 1;
	while (low < high) {
		guint middle = low + (high - low) / 2;
		if (tokens[middle].offset < offset)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

size_t iw_pg_at(const struct reading *reading, int location)
{
	size_t at = location < 0 ? reading->from : (size_t)location;
	if (reading->insertions == NULL || location < 0)
		return MIN(at, reading->length);
	size_t added = 0;
	for (guint i = 0; i < reading->insertions->len; i++) {
		const struct pg_insertion *insertion = &g_array_index(reading->insertions, struct pg_insertion, i);
		if (insertion->at >= at)
			break;
		added += insertion->added;
	}
	return MIN(at > added ? at - added : 0, reading->length);
}

const char *iw_pg_slice(struct reading *reading, size_t from, size_t to)
{
	to = MIN(to, reading->length);
	while (from < to && iw_pg_class[(unsigned char)reading->text[from]] == PG_CLASS_SPACE)
		from++;
	while (to > from && iw_pg_class[(unsigned char)reading->text[to - 1]] == PG_CLASS_SPACE)
		to--;
	return iw_arena_strndup(reading->arena, reading->text + from, to > from ? to - from : 0);
}

static size_t token_end(const struct pg_token *token)
{
	return token->offset + token->length;
}

size_t iw_pg_element_end(struct reading *reading, guint start)
{
	const struct pg_token *tokens = iw_pg_tokens(reading);
	int depth = tokens[start].depth;
	size_t end = tokens[start].offset;
	for (guint i = start; tokens[i].kind != PG_TOKEN_END; i++) {
		if (tokens[i].depth < depth ||
		    (tokens[i].depth == depth && (iw_pg_is_punctuation(reading->text, &tokens[i], ',') ||
						  iw_pg_is_punctuation(reading->text, &tokens[i], ';'))))
			return end;
		end = token_end(&tokens[i]);
	}
	return end;
}

guint iw_pg_closing(struct reading *reading, guint open)
{
	const struct pg_token *tokens = iw_pg_tokens(reading);
	guint i = open + 1;
	while (tokens[i].kind != PG_TOKEN_END && tokens[i].depth > tokens[open].depth)
		i++;
	return i;
}

guint iw_pg_find_word(struct reading *reading, guint start, const char *word)
{
	const struct pg_token *tokens = iw_pg_tokens(reading);
	guint i = start;
	while (tokens[i].kind != PG_TOKEN_END &&
	       !(tokens[i].depth == tokens[start].depth && iw_pg_token_is(reading->text, &tokens[i], word)))
		i++;
	return i;
}

struct iw_name iw_pg_range_name(struct reading *reading, const RangeVar *range)
{
	if (range == NULL)
		return (struct iw_name){NULL, NULL};
	return (struct iw_name){iw_arena_strdup(reading->arena, range->schemaname),
				iw_arena_strdup(reading->arena, range->relname)};
}

static const char *string_of(const Node *node)
{
	return node != NULL && IsA(node, String) ? strVal(node) : NULL;
}

struct iw_name iw_pg_list_name(struct reading *reading, const List *names)
{
	int length = list_length(names);
	struct iw_name name = {NULL, NULL};
	if (length > 0)
		name.name = iw_arena_strdup(reading->arena, string_of(llast(names)));
	if (length > 1)
		name.schema = iw_arena_strdup(reading->arena, string_of(list_nth(names, length - 2)));
	return name;
}

GPtrArray *iw_pg_strings(struct reading *reading, const List *strings)
{
	ListCell *cell;
	GPtrArray *result = iw_arena_ptr_array(reading->arena);
	foreach (cell, strings)
		if (string_of(lfirst(cell)) != NULL)
			g_ptr_array_add(result, iw_arena_strdup(reading->arena, string_of(lfirst(cell))));
	return result;
}

void iw_pg_set_place(struct reading *reading, struct iw_operation *operation, size_t from, size_t to)
{
	if (reading->statement == NULL || to < from)
		return;
	operation->place =
		(struct iw_place){reading->statement->place.source, reading->statement->place.offset + from, to - from};
}

struct iw_operation *iw_pg_add(struct reading *reading, enum iw_operation_kind kind)
{
	struct iw_operation *operation = iw_new(reading->arena, struct iw_operation);
	operation->kind = kind;
	operation->object_kind = operation_objects[kind];
	operation->statement = reading->statement;
	iw_pg_set_place(reading, operation, reading->from, reading->to);
	g_ptr_array_add(reading->statement->operations, operation);
	return operation;
}

struct iw_operation *iw_pg_add_opaque(struct reading *reading, const char *reason)
{
	struct iw_operation *operation = iw_pg_add(reading, IW_OP_OPAQUE);
	operation->reason = iw_arena_strdup(reading->arena, reason);
	operation->definition = iw_pg_definition(reading);
	return operation;
}

const char *iw_pg_definition(struct reading *reading)
{
	return iw_pg_slice(reading, reading->from, reading->to);
}

static const char *name_list_text(struct reading *reading, const List *names)
{
	struct iw_name name = iw_pg_list_name(reading, names);
	return name.name == NULL ? "" : iw_quote_name(reading->arena, IW_POSTGRES, name);
}

const char *iw_pg_option_value(struct reading *reading, const DefElem *option)
{
	const Node *argument = option->arg;
	if (argument == NULL)
		return NULL;
	switch (nodeTag(argument)) {
	case T_Integer:
		return iw_arena_printf(reading->arena, "%d", intVal(argument));
	case T_Float:
		return iw_arena_strdup(reading->arena, castNode(Float, argument)->fval);
	case T_Boolean:
		return boolVal(argument) ? "true" : "false";
	case T_String:
		return iw_arena_strdup(reading->arena, strVal(argument));
	case T_TypeName:
		return iw_pg_type(reading, (const TypeName *)argument).text;
	case T_List:
		return name_list_text(reading, (const List *)argument);
	default:
		return "";
	}
}

static int compare_texts(gconstpointer a, gconstpointer b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Numbers and words may stand bare in WITH (...); anything else must be quoted. */
static bool is_bare_value(const char *value)
{
	if (*value == '\0')
		return false;
	for (const char *c = value; *c != '\0'; c++)
		if (!g_ascii_isalnum(*c) && *c != '_' && *c != '.' && *c != '-')
			return false;
	return true;
}

static const char *option_text(struct reading *reading, const DefElem *option)
{
	const char *name = iw_pg_quote(reading->arena, option->defname);
	const char *value = iw_pg_option_value(reading, option);
	if (option->defnamespace != NULL)
		name = iw_arena_printf(reading->arena, "%s.%s", iw_pg_quote(reading->arena, option->defnamespace),
				       name);
	if (value == NULL)
		return name;
	if (!is_bare_value(value))
		value = iw_pg_quote_literal(reading->arena, value);
	return iw_arena_printf(reading->arena, "%s = %s", name, value);
}

const char *iw_pg_options(struct reading *reading, const List *options)
{
	ListCell *cell;
	if (options == NIL)
		return NULL;
	g_autoptr(GPtrArray) texts = g_ptr_array_new();
	foreach (cell, options)
		g_ptr_array_add(texts, (char *)option_text(reading, lfirst_node(DefElem, cell)));
	g_ptr_array_sort(texts, compare_texts);
	g_ptr_array_add(texts, NULL);
	g_autofree char *joined = g_strjoinv(", ", (char **)texts->pdata);
	return iw_arena_strdup(reading->arena, joined);
}
