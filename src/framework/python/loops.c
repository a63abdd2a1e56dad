/*
 * while loops over batches "WHERE x IS NULL LIMIT n": where what x is set to may be NULL again, the same rows come back
 * for ever. See notes.h.
 */
#include "framework/python/notes.h"

#include <string.h>

struct loop {
	struct iw_py_notes *self;
	GHashTable *missing;	      /* char * set: columns that batches are selected by */
	const struct py_node *asks;   /* what asks for it */
	bool is_bounded;	      /* by a key that goes on, or by what the value is made of */
	const struct py_node *update; /* that may set one of them to NULL */
	const char *column;
};

static bool is_name(char c)
{
	return g_ascii_isalnum(c) || c == '_';
}

/* SQL ---------------------------------------------------------------------------------------------------------------
 */

/* The word right before `at`. */
static char *word_before(const char *text, const char *at)
{
	while (at > text && (g_ascii_isspace(at[-1]) || at[-1] == '"' || at[-1] == '`' || at[-1] == '\\'))
		at--;
	const char *end = at;
	while (at > text && is_name(at[-1]))
		at--;
	return end == at ? NULL : g_strndup(at, (gsize)(end - at));
}

static void see_selection(struct loop *loop, const struct py_node *node, const char *text)
{
	for (const char *at = strstr(text, "is null"); at != NULL; at = strstr(at + 1, "is null")) {
		char *word = word_before(text, at);
		if (word == NULL)
			continue;
		g_hash_table_add(loop->missing, word);
		loop->asks = node;
	}
	const char *greater = strstr(text, "id >");
	loop->is_bounded |= strstr(text, "is not null") != NULL || strstr(text, " between ") != NULL ||
			    (greater != NULL && greater > text && !is_name(greater[-1]));
}

/* May the expression be NULL? When it is made of a column, and nothing in it takes care. */
static bool may_be_null(const char *expression)
{
	static const char *const careful[] = {"coalesce", "ifnull",    "isnull(", "nvl(",  " else ",
					      "concat(",  "concat_ws", "exists",  "count("};
	static const char *const constant[] = {"now",
					       "current_timestamp",
					       "current_date",
					       "gen_random_uuid",
					       "uuid_generate_v4",
					       "true",
					       "false",
					       "default",
					       "random",
					       "nextval",
					       "md5",
					       "uuid"};
	for (size_t i = 0; i < G_N_ELEMENTS(careful); i++)
		if (strstr(expression, careful[i]) != NULL)
			return false;
	for (const char *at = expression; *at != '\0'; at++) {
		if (*at == '\'') {
			const char *close = strchr(at + 1, '\'');
			at = close == NULL ? at + strlen(at) - 1 : close;
			continue;
		}
		if (*at == ':' || *at == '%' || *at == '{')
			return false; /* a parameter: what it is, is not known */
		if (!g_ascii_isalpha(*at) && *at != '_')
			continue;
		const char *end = at;
		while (is_name(*end))
			end++;
		g_autofree char *word = g_strndup(at, (gsize)(end - at));
		bool is_call = *end == '(', is_constant = false;
		for (size_t i = 0; i < G_N_ELEMENTS(constant); i++)
			is_constant |= strcmp(word, constant[i]) == 0;
		if (!is_call && !is_constant)
			return true;
		at = end - 1;
	}
	return false;
}

/* "x = lower(y)" of "UPDATE t SET x = lower(y), z = 1 WHERE": what x is set to; NULL: it is not. */
static char *set_to(const char *text, const char *column)
{
	const char *set = strstr(text, " set ");
	for (const char *at = set == NULL ? NULL : strstr(set, column); at != NULL; at = strstr(at + 1, column)) {
		const char *sign = at + strlen(column);
		while (g_ascii_isspace(*sign) || *sign == '"' || *sign == '`' || *sign == '\\')
			sign++;
		if (is_name(at[-1]) || *sign != '=')
			continue;
		const char *end = sign + 1;
		for (int depth = 0; *end != '\0'; end++) {
			depth += *end == '(' ? 1 : *end == ')' ? -1 : 0;
			if (depth < 0 ||
			    (depth == 0 && (*end == ',' || *end == ';' || g_str_has_prefix(end, " where") ||
					    g_str_has_prefix(end, "\nwhere") || g_str_has_prefix(end, " from "))))
				break;
		}
		return g_strndup(sign + 1, (gsize)(end - sign - 1));
	}
	return NULL;
}

/* The text of the strings of a call, in lower case, each run of blanks as one; without quotes that join pieces. */
static char *sql_of(const struct iw_py_notes *self, const struct py_node *node)
{
	GString *text = g_string_new(NULL);
	const char *source = self->source->text + node->offset;
	char quote = 0;
	for (guint i = 0; i < node->length; i++) {
		char c = source[i];
		if (quote == 0 && (c == '"' || c == '\'')) {
			quote = c;
			continue;
		}
		if (c == quote && quote != 0) {
			quote = 0;
			continue;
		}
		bool is_blank = g_ascii_isspace(c) || quote == 0;
		if (is_blank && (text->len == 0 || text->str[text->len - 1] == ' '))
			continue;
		g_string_append_c(text, is_blank ? ' ' : g_ascii_tolower(c));
	}
	return g_string_free(text, FALSE);
}

/* Django ------------------------------------------------------------------------------------------------------------
 */

static void see_filter(struct loop *loop, const struct py_node *call)
{
	for (guint i = 0; i < call->count; i++) {
		const struct py_node *item = call->items[i];
		if (item->kind != PY_KEYWORD || item->text == NULL) {
			loop->is_bounded = true; /* Q(...), Exists(...): a condition that is not looked into */
			continue;
		}
		loop->is_bounded |= strstr(item->text, "__gt") != NULL || strstr(item->text, "__lt") != NULL ||
				    (g_str_has_suffix(item->text, "__isnull") && item->a->kind == PY_FALSE);
		bool is_missing = (g_str_has_suffix(item->text, "__isnull") && item->a->kind == PY_TRUE) ||
				  item->a->kind == PY_NONE;
		if (!is_missing)
			continue;
		const char *end = strstr(item->text, "__isnull");
		size_t length = end == NULL ? strlen(item->text) : (size_t)(end - item->text);
		g_hash_table_add(loop->missing, g_strndup(item->text, length));
		loop->asks = call;
	}
}

static bool see_careful(void *data, const struct py_node *node)
{
	static const char *const careful[] = {"Coalesce", "Concat", "Value", "Case", "uuid4",
					      "now",	  "Now",    "len",   "str"};
	const char *name = iw_py_called(node);
	for (size_t i = 0; name != NULL && i < G_N_ELEMENTS(careful); i++)
		if (strcmp(careful[i], name) == 0)
			*(bool *)data = true;
	return true;
}

static bool see_column(void *data, const struct py_node *node)
{
	const char *name = iw_py_called(node);
	bool is_key = node->kind == PY_ATTRIBUTE && (strcmp(node->text, "pk") == 0 || strcmp(node->text, "id") == 0);
	if ((name != NULL && strcmp(name, "F") == 0) || (name == NULL && node->kind == PY_ATTRIBUTE && !is_key))
		*(bool *)data = true;
	/* timezone.now(), models.functions.Lower(...): the callee is no column */
	return node->kind != PY_ATTRIBUTE;
}

static bool value_may_be_null(const struct py_node *value)
{
	bool is_careful = value->kind == PY_OR, reads_column = false;
	iw_py_walk(value, see_careful, &is_careful);
	if (value->kind == PY_CALL)
		for (guint i = 0; i < value->count; i++)
			iw_py_walk(value->items[i], see_column, &reads_column);
	if (value->kind == PY_CALL && g_strcmp0(iw_py_called(value), "F") == 0)
		reads_column = true;
	if (value->kind != PY_CALL)
		iw_py_walk(value, see_column, &reads_column);
	return reads_column && !is_careful;
}

/* loops -------------------------------------------------------------------------------------------------------------
 */

static bool see_conditions(void *data, const struct py_node *node)
{
	struct loop *loop = data;
	const char *name = iw_py_called(node);
	if (name != NULL && (strcmp(name, "filter") == 0 || strcmp(name, "exclude") == 0)) {
		if (strcmp(name, "exclude") == 0)
			loop->is_bounded = true;
		else
			see_filter(loop, node);
	}
	if (node->kind == PY_STRING || node->kind == PY_FSTRING) {
		g_autofree char *text = sql_of(loop->self, node);
		see_selection(loop, node, text);
	}
	return true;
}

static bool see_updates(void *data, const struct py_node *node)
{
	struct loop *loop = data;
	const char *name = iw_py_called(node);
	GHashTableIter iterator;
	gpointer column;
	bool is_sql = node->kind == PY_STRING || node->kind == PY_FSTRING;
	bool is_update = name != NULL && strcmp(name, "update") == 0;
	bool is_attribute = node->kind == PY_ASSIGN && node->count == 1 && node->items[0]->kind == PY_ATTRIBUTE;
	if (!is_sql && !is_update && !is_attribute)
		return true;
	g_autofree char *text = is_sql ? sql_of(loop->self, node) : NULL;
	g_hash_table_iter_init(&iterator, loop->missing);
	while (loop->update == NULL && g_hash_table_iter_next(&iterator, &column, NULL)) {
		g_autofree char *expression = is_sql ? set_to(text, column) : NULL;
		const struct py_node *value = is_update ? iw_py_node_argument(node, -1, column)
					      : is_attribute && strcmp(node->items[0]->text, column) == 0 ? node->a
													  : NULL;
		if ((expression != NULL && may_be_null(expression)) || (value != NULL && value_may_be_null(value))) {
			loop->update = node;
			loop->column = column;
		}
	}
	return true;
}

static bool see_loop(void *data, const struct py_node *node)
{
	if (node->kind != PY_WHILE)
		return true;
	struct iw_py_notes *self = data;
	g_autoptr(GHashTable) missing = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	struct loop loop = {.self = self, .missing = missing};
	iw_py_walk(node->a, see_conditions, &loop);
	iw_py_walk(node->b, see_conditions, &loop);
	if (!loop.is_bounded && g_hash_table_size(missing) > 0)
		iw_py_walk(node->b, see_updates, &loop);
	if (loop.update != NULL)
		iw_py_note(self, IW_NOTE_NEVER_ENDING_LOOP, node,
			   "this loop never ends when \"%s\" stays NULL for a row: the same batch is selected again",
			   loop.column);
	return true;
}

void iw_py_note_loops(struct iw_py_notes *self, const struct py_node *function)
{
	iw_py_walk(function->b, see_loop, self);
}
