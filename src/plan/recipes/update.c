/* UPDATE of a whole table: see docs/recipes. */
#include "plan/recipes/parts.h"

#include <string.h>

/* "UPDATE t SET ... WHERE ..." taken apart at its own level of parentheses. */
struct parts {
	const char *set, *where; /* where NULL: none */
	const char *why;	 /* it cannot be done in batches: why; NULL */
};

static bool fits(const struct iw_recipe_context *context)
{
	const struct iw_operation *operation = context->operation;
	return operation->kind == IW_OP_UPDATE && operation->data != NULL && !operation->data->is_bounded &&
	       context->table->kind == IW_TABLE;
}

/* Past a quoted text or a comment that begins at `at`; NULL: none begins there. */
static const char *past_quoted(const char *at)
{
	if (at[0] == '-' && at[1] == '-')
		return at + strcspn(at, "\n");
	if (at[0] == '/' && at[1] == '*') {
		const char *end = strstr(at + 2, "*/");
		return end == NULL ? at + strlen(at) : end + 2;
	}
	if (*at != '\'' && *at != '"' && *at != '`')
		return NULL;
	const char *end = at + 1;
	for (; *end != '\0'; end++)
		if (*end == *at && end[1] == *at)
			end++;
		else if (*end == *at)
			return end + 1;
	return end;
}

/* Calls `word` for each word at level 0; stops when it returns false. */
static void each_word(const char *text, bool (*word)(void *data, const char *at, size_t length, int level), void *data)
{
	int level = 0;
	for (const char *at = text; *at != '\0';) {
		const char *past = past_quoted(at);
		if (past != NULL) {
			at = past;
			continue;
		}
		level += (*at == '(') - (*at == ')');
		size_t length = strspn(at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789$");
		if (length > 0 && !word(data, at, length, level))
			return;
		at += MAX(length, 1);
	}
}

struct cutting {
	const char *set, *where, *end, *refused;
	bool reads_more;
};

static bool is_word(const char *at, size_t length, const char *word)
{
	return strlen(word) == length && g_ascii_strncasecmp(at, word, length) == 0;
}

static bool cut_word(void *data, const char *at, size_t length, int level)
{
	struct cutting *cutting = data;
	static const char *const refused[] = {"from", "returning", "with", "limit", "order", "join", "only", "current"};
	cutting->reads_more = cutting->reads_more || is_word(at, length, "select");
	if (level > 0)
		return true;
	for (size_t i = 0; i < G_N_ELEMENTS(refused); i++)
		if (is_word(at, length, refused[i]) && !(cutting->set != NULL && i == 7))
			cutting->refused = refused[i];
	if (is_word(at, length, "set") && cutting->set == NULL)
		cutting->set = at + length;
	else if (is_word(at, length, "where") && cutting->set != NULL && cutting->where == NULL)
		cutting->where = at + length;
	return true;
}

static struct parts cut(iw_arena *arena, const char *text)
{
	struct cutting cutting = {0};
	each_word(text, cut_word, &cutting);
	if (cutting.set == NULL || cutting.refused != NULL || cutting.reads_more)
		return (struct parts){.why = "its new values or its rows depend on more than the row itself"};
	const char *set_end = cutting.where == NULL ? text + strlen(text) : cutting.where - strlen("where");
	g_autofree char *set = g_strstrip(g_strndup(cutting.set, (gsize)(set_end - cutting.set)));
	g_autofree char *where = cutting.where == NULL ? NULL : g_strstrip(g_strdup(cutting.where));
	return (struct parts){iw_arena_strdup(arena, set), iw_arena_strdup(arena, where), NULL};
}

/* assignments ------------------------------------------------------------------------------------------------- */

struct assignment {
	const char *column, *value; /* as written */
};

/* NULL: in a form that is not taken apart, "(a, b) = ..." */
static GPtrArray *assignments(iw_arena *arena, const char *set)
{
	GPtrArray *list = iw_arena_ptr_array(arena);
	const char *begin = set, *equals = NULL;
	int level = 0;
	for (const char *at = set;; at++) {
		const char *past;
		while (*at != '\0' && (past = past_quoted(at)) != NULL)
			at = past;
		level += (*at == '(' || *at == '[') - (*at == ')' || *at == ']');
		if (*at == '=' && level == 0 && equals == NULL)
			equals = at;
		if (*at != '\0' && !(*at == ',' && level == 0))
			continue;
		if (equals == NULL || *begin == '(')
			return NULL;
		struct assignment *one = iw_new(arena, struct assignment);
		g_autofree char *column = g_strstrip(g_strndup(begin, (gsize)(equals - begin)));
		g_autofree char *value = g_strstrip(g_strndup(equals + 1, (gsize)(at - equals - 1)));
		*one = (struct assignment){iw_arena_strdup(arena, column), iw_arena_strdup(arena, value)};
		g_ptr_array_add(list, one);
		if (*at == '\0')
			return list;
		begin = at + 1 + strspn(at + 1, " \t\r\n");
		equals = NULL;
	}
}

struct mention {
	const char *column;
	bool is_found;
};

static bool look_for_column(void *data, const char *at, size_t length, int level)
{
	struct mention *mention = data;
	(void)level;
	bool is_call = at[length] == '(';
	mention->is_found = mention->is_found || (!is_call && is_word(at, length, mention->column));
	return !mention->is_found;
}

/* "n = n + 1": a second time it is another value. */
static bool reads_itself(const struct assignment *assignment)
{
	g_autofree char *bare = g_strdup(assignment->column);
	struct mention mention = {g_strdelimit(bare, "\"`[]", ' ')};
	mention.column = g_strstrip(bare);
	g_autofree char *quoted = g_strdup_printf("\"%s\"", mention.column);
	each_word(assignment->value, look_for_column, &mention);
	return mention.is_found || strstr(assignment->value, quoted) != NULL;
}

/* The row does not have this value yet. */
static const char *differs(const struct iw_recipe_maker *maker, const struct assignment *one)
{
	static const char *const forms[IW_DIALECTS] = {[IW_POSTGRES] = "%s IS DISTINCT FROM (%s)",
						       [IW_MYSQL] = "NOT (%s <=> (%s))",
						       [IW_SQLITE] = "%s IS NOT (%s)"};
	g_auto(GStrv) around = g_strsplit(forms[maker->context->options->engine.dialect], "%s", 3);
	return iw_arena_printf(maker->context->arena, "%s%s%s%s%s", around[0], one->column, around[1], one->value,
			       around[2]);
}

static bool is_comparable(const struct iw_recipe_maker *maker, const char *column)
{
	const struct iw_column *found =
		iw_table_find_column(maker->context->table, maker->context->options->engine, column);
	return found != NULL && !found->type.is_array && iw_recipe_has_equality(&found->type);
}

/* Rows that need it, beside the author's own WHERE; NULL: all. */
static const char *needing(const struct iw_recipe_maker *maker, GPtrArray *list)
{
	g_autoptr(GString) text = g_string_new(NULL);
	for (guint i = 0; i < list->len; i++) {
		const struct assignment *one = list->pdata[i];
		const struct iw_expression *value =
			iw_expression_read(maker->context->arena, maker->context->options->engine, one->value);
		if (value->volatility >= IW_VOLATILE || !is_comparable(maker, one->column))
			return NULL;
		g_string_append_printf(text, "%s%s", i > 0 ? " OR " : "", differs(maker, one));
	}
	return iw_arena_strdup(maker->context->arena, text->str);
}

static const char *make(struct iw_recipe_maker *maker)
{
	iw_arena *arena = maker->context->arena;
	struct parts parts = cut(arena, maker->context->operation->statement->text);
	if (parts.why != NULL)
		return parts.why;
	GPtrArray *list = assignments(arena, parts.set);
	if (list == NULL)
		return "its assignments cannot be taken apart";
	for (guint i = 0; i < list->len; i++)
		if (reads_itself(list->pdata[i]))
			return "a new value depends on the old one: rows could not be told from those that have it";
	const char *needs = needing(maker, list);
	const char *where = parts.where == NULL && needs == NULL ? NULL
			    : parts.where == NULL		 ? needs
			    : needs == NULL			 ? iw_arena_printf(arena, "(%s)", parts.where)
					    : iw_arena_printf(arena, "(%s) AND (%s)", parts.where, needs);
	iw_recipe_unit(maker, IW_MIGRATE, "rows are changed in batches, each in a transaction of its own");
	const char *why = iw_recipe_backfill(maker, parts.set, where);
	if (why == NULL)
		iw_recipe_loses(maker, "the rows as they were before are not known; they stay as they are now");
	return why;
}

const struct iw_recipe iw_recipe_update = {
	.id = "update-in-batches",
	.title = "Rows changed in batches",
	.dialects = 1U << IW_POSTGRES | 1U << IW_MYSQL | 1U << IW_SQLITE,
	.fits = fits,
	.make = make,
	.when = "UPDATE of a whole table, whose new values depend only on the row itself: as written every row stays "
		"locked "
		"until the last one is done.",
	.how = "Batches along a unique key, each with its own transaction in which the place reached is kept; rows "
	       "that have "
	       "the value already are not written.",
	.cost = "More, shorter transactions. Rows inserted behind the last key while it runs are not changed.",
	.no_return = "Its own: the rows as they were before are not kept.",
	.setup = "CREATE TABLE users (id bigint PRIMARY KEY, email text, name text, age integer NOT NULL DEFAULT 0);",
	.example = "UPDATE users SET email = lower(name);",
};
