/* Names that PostgreSQL gives; each function has the name and the arithmetic of the server's own. */
#include "model/replay_postgres.h"

#include <string.h>

enum { LONGEST = 63 };

/* pg_mbcliplen() for UTF-8: never cuts a character. */
static size_t clipped(const char *text, size_t length, size_t limit)
{
	if (length <= limit)
		return length;
	while (limit > 0 && ((guchar)text[limit] & 0xC0) == 0x80)
		limit--;
	return limit;
}

const char *iw_replay_pg_object_name(iw_arena *arena, const char *name1, const char *name2, const char *label)
{
	size_t length1 = strlen(name1), length2 = name2 != NULL ? strlen(name2) : 0, overhead = 0;
	if (name2 != NULL)
		overhead++;
	if (label != NULL)
		overhead += strlen(label) + 1;
	size_t available = LONGEST - overhead;
	while (length1 + length2 > available) {
		if (length1 > length2)
			length1--;
		else
			length2--;
	}
	length1 = clipped(name1, strlen(name1), length1);
	length2 = name2 != NULL ? clipped(name2, strlen(name2), length2) : 0;
	return iw_arena_printf(arena, "%.*s%s%.*s%s%s", (int)length1, name1, name2 != NULL ? "_" : "", (int)length2,
			       name2 != NULL ? name2 : "", label != NULL ? "_" : "", label != NULL ? label : "");
}

static bool is_relation(struct replay *replay, struct iw_name name)
{
	return iw_schema_find_table(replay->schema, name) != NULL ||
	       iw_schema_find_index(replay->schema, name, NULL) != NULL ||
	       iw_schema_find_sequence(replay->schema, name) != NULL;
}

static bool is_constraint_name(struct replay *replay, struct iw_name name)
{
	struct iw_name normal = iw_schema_normal(replay->schema, name);
	return g_hash_table_lookup(iw_schema_names(replay->schema)->constraints, &normal) != NULL;
}

static const char *numbered(iw_arena *arena, const char *label, int pass)
{
	return pass == 0 ? label : iw_arena_printf(arena, "%s%d", label, pass);
}

const char *iw_replay_pg_relation_name(struct replay *replay, const char *schema, const char *name1, const char *name2,
				       const char *label, bool is_constraint)
{
	for (int pass = 0;; pass++) {
		const char *name =
			iw_replay_pg_object_name(replay->arena, name1, name2, numbered(replay->arena, label, pass));
		struct iw_name full = {schema, name};
		if (!is_relation(replay, full) && !(is_constraint && is_constraint_name(replay, full)))
			return name;
	}
}

const char *iw_replay_pg_constraint_name(struct replay *replay, const char *schema, const char *name1,
					 const char *name2, const char *label)
{
	for (int pass = 0;; pass++) {
		const char *name =
			iw_replay_pg_object_name(replay->arena, name1, name2, numbered(replay->arena, label, pass));
		if (!is_constraint_name(replay, (struct iw_name){schema, name}))
			return name;
	}
}

/* ChooseIndexNameAddition(), ChooseForeignKeyConstraintNameAddition(): joined until 64 bytes are full. */
const char *iw_replay_pg_columns_name(iw_arena *arena, GPtrArray *columns)
{
	g_autoptr(GString) out = g_string_new(NULL);
	for (guint i = 0; columns != NULL && i < columns->len && out->len <= LONGEST; i++) {
		if (out->len > 0)
			g_string_append_c(out, '_');
		const char *name = columns->pdata[i];
		g_string_append_len(out, name, (gssize)clipped(name, strlen(name), LONGEST));
	}
	return iw_arena_strndup(arena, out->str, out->len);
}

static bool list_has_text(GPtrArray *list, const char *text)
{
	for (guint i = 0; i < list->len; i++)
		if (strcmp(list->pdata[i], text) == 0)
			return true;
	return false;
}

/* ChooseIndexColumnNames(): no name twice. */
static void add_distinct(struct replay *replay, GPtrArray *names, const char *name)
{
	const char *distinct = name;
	for (int i = 1; list_has_text(names, distinct); i++) {
		g_autofree char *number = g_strdup_printf("%d", i);
		size_t length = clipped(name, strlen(name), LONGEST - strlen(number));
		distinct = iw_arena_printf(replay->arena, "%.*s%s", (int)length, name, number);
	}
	g_ptr_array_add(names, (gpointer)distinct);
}

/* A cast that is more than decoration names its column by the catalogue's name of the type. */
static const char *catalogue_type(const char *type)
{
	static const struct {
		const char *spelled, *name;
	} types[] = {
		{"integer", "int4"}, {"int", "int4"},	     {"bigint", "int8"},   {"smallint", "int2"},
		{"boolean", "bool"}, {"real", "float4"},     {"double", "float8"}, {"character", "bpchar"},
		{"float", "float8"}, {"decimal", "numeric"},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(types); i++)
		if (strcmp(types[i].spelled, type) == 0)
			return types[i].name;
	return type;
}

static size_t word_length(const char *text)
{
	size_t length = 0;
	while (g_ascii_isalnum(text[length]) || text[length] == '_')
		length++;
	return length;
}

static char *lower_word(const char *text)
{
	return g_ascii_strdown(text, (gssize)word_length(text));
}

/* Behind the bracket that closes the one at `text`. */
static const char *behind_brackets(const char *text)
{
	int depth = 0;
	do {
		if (*text == '\'')
			for (text++; *text != '\0' && *text != '\''; text++)
				;
		if (*text == '\0')
			return text;
		depth += *text == '(' ? 1 : *text == ')' ? -1 : 0;
		text++;
	} while (depth > 0);
	return text;
}

/*
 * FigureIndexColname() on canonical text: f(...) and s.f(...) are "f", x::type is "x", (a + b)::int is "int4",
 * CASE is "case", all else NULL, which the server makes "expr".
 */
static const char *expression_name(struct replay *replay, const char *text)
{
	if (*text == '(') {
		const char *rest = behind_brackets(text);
		if (strncmp(rest, "::", 2) != 0)
			return NULL;
		g_autofree char *type = lower_word(rest + 2);
		return iw_arena_strdup(replay->arena, catalogue_type(type));
	}
	const char *word = text, *rest = text + word_length(text);
	while (*rest == '.') {
		word = rest + 1;
		rest = word + word_length(word);
	}
	if (rest == word)
		return NULL;
	g_autofree char *name = lower_word(word);
	if (*rest == '(')
		rest = behind_brackets(rest);
	bool is_whole = *rest == '\0' || strncmp(rest, "::", 2) == 0 || strcmp(name, "case") == 0;
	return is_whole ? iw_arena_strdup(replay->arena, name) : NULL;
}

const char *iw_replay_pg_index_name(struct replay *replay, const struct iw_table *table, GPtrArray *keys,
				    GPtrArray *included, const char *label)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new();
	for (guint i = 0; keys != NULL && i < keys->len; i++) {
		const struct iw_key *key = keys->pdata[i];
		const char *name =
			key->column != NULL ? key->column : expression_name(replay, key->expression->canonical);
		add_distinct(replay, names, name != NULL ? name : "expr");
	}
	for (guint i = 0; included != NULL && i < included->len; i++)
		add_distinct(replay, names, included->pdata[i]);
	bool is_constraint = strcmp(label, "idx") != 0;
	if (strcmp(label, "pkey") == 0)
		return iw_replay_pg_relation_name(replay, table->name.schema, table->name.name, NULL, label, true);
	return iw_replay_pg_relation_name(replay, table->name.schema, table->name.name,
					  iw_replay_pg_columns_name(replay->arena, names), label, is_constraint);
}

const char *iw_replay_pg_only_column(struct replay *replay, const struct iw_table *table,
				     const struct iw_expression *expression)
{
	const char *only = NULL;
	for (guint i = 0; expression != NULL && i < table->columns->len; i++) {
		const struct iw_column *column = table->columns->pdata[i];
		if (!iw_text_uses_column(replay->engine, expression->canonical, column->name))
			continue;
		if (only != NULL)
			return NULL;
		only = column->name;
	}
	return only;
}

const struct iw_expression *iw_replay_pg_nextval(struct replay *replay, struct iw_name sequence)
{
	struct iw_name normal = iw_schema_normal(replay->schema, sequence);
	const char *name = iw_word_quoted(replay->arena, IW_POSTGRES, normal.name);
	if (normal.schema != NULL)
		name = iw_arena_printf(replay->arena, "%s.%s",
				       iw_word_quoted(replay->arena, IW_POSTGRES, normal.schema), name);
	g_auto(GStrv) parts = g_strsplit(name, "'", -1);
	g_autofree char *escaped = g_strjoinv("''", parts);
	struct iw_expression *expression = iw_new(replay->arena, struct iw_expression);
	expression->text = iw_arena_printf(replay->arena, "nextval('%s'::regclass)", escaped);
	expression->canonical = iw_arena_printf(replay->arena, "nextval('%s')", escaped);
	expression->volatility = IW_VOLATILE;
	return expression;
}
