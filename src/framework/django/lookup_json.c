/* Keys of JSON and comparisons of JSON; see lookups.h. After django/db/models/fields/json.py. */
#include "framework/django/lookups.h"

#include "framework/django/fields.h"

/* paths ------------------------------------------------------------------------------------------------------------ */

/* int(key), as Python reads a key that is a number. */
static bool is_index(const char *key, gint64 *index)
{
	char *end = NULL;
	const char *digits = *key == '-' || *key == '+' ? key + 1 : key;
	if (!g_ascii_isdigit(*digits))
		return false;
	*index = g_ascii_strtoll(key, &end, 10);
	return *end == '\0';
}

static const char *dumped(struct django_context *context, const char *key)
{
	return iw_django_json_text(context, iw_py_new_string(context->python, key));
}

/* compile_json_path() without its root; false: it failed. */
static bool add_key(struct django_context *context, struct iw_place place, GString *path, const char *key)
{
	gint64 index;
	if (!is_index(key, &index)) {
		const char *text = dumped(context, key);
		if (text != NULL)
			g_string_append_printf(path, ".%s", text);
		return text != NULL;
	}
	bool is_new = context->version >= 60100 && index < 0;
	if (is_new && context->engine.dialect == IW_MYSQL)
		return iw_django_fail(context, place, "MySQL counts JSON arrays from their beginning only") != NULL;
	g_string_append_printf(path, "[%s%" G_GINT64_FORMAT "]", is_new ? "#" : "", index);
	return true;
}

/* KeyTransform.preprocess_lhs(): what the keys are of, and the keys in order (char *). */
static struct django_node *key_chain(struct django_context *context, const struct django_node *node, GPtrArray **keys)
{
	*keys = iw_arena_ptr_array(context->arena);
	for (;;) {
		g_ptr_array_insert(*keys, 0, (gpointer)node->text);
		struct django_node *inner = iw_django_lhs(node);
		if (!iw_django_is_key(inner))
			return inner;
		node = inner;
	}
}

/* "$" and the path of all keys; NULL: it failed. */
static const char *path_of(struct django_context *context, struct iw_place place, const GPtrArray *keys)
{
	g_autoptr(GString) path = g_string_new("$");
	for (guint i = 0; keys != NULL && i < keys->len; i++)
		if (!add_key(context, place, path, keys->pdata[i]))
			return NULL;
	return iw_arena_strdup(context->arena, path->str);
}

static struct django_sql text_sql(struct django_context *context, const char *text)
{
	return text == NULL ? iw_django_sql_failed()
			    : iw_django_sql_parameter(context, iw_django_text_parameter(context, text));
}

/* list of texts as a parameter of PostgreSQL. */
static struct django_sql list_sql(struct django_context *context, const GPtrArray *texts)
{
	struct iw_py_value *list = iw_py_new_list(context->python, IW_PY_LIST);
	for (guint i = 0; i < texts->len; i++)
		g_ptr_array_add(list->items, iw_py_new_string(context->python, texts->pdata[i]));
	return iw_django_sql_parameter(context, iw_django_parameter(context, (struct django_field_ref){0}, list));
}

/* transforms ------------------------------------------------------------------------------------------------------- */

static struct django_sql sqlite_key(struct django_context *context, const struct django_sql *lhs,
				    const struct django_sql *path)
{
	if (context->version < 40000)
		return iw_django_sql_of(context, lhs, path, "JSON_EXTRACT(%s, %s)", lhs->text, path->text);
	struct django_sql part = iw_django_sql_of(context, lhs, path, "%s, %s", lhs->text, path->text);
	struct django_sql two = iw_django_sql_of(context, &part, &part, "%s", "");
	return iw_django_sql_of(context, &two, &part,
				"(CASE WHEN JSON_TYPE(%s) IN ('false','null','true') THEN JSON_TYPE(%s) ELSE "
				"JSON_EXTRACT(%s) END)",
				part.text, part.text, part.text);
}

/* KeyTransform and KeyTextTransform of PostgreSQL, which have operators of their own. */
static struct django_sql postgres_key(struct django_context *context, const struct django_node *node,
				      const struct django_sql *lhs, const GPtrArray *keys, bool is_text)
{
	gint64 index;
	if (keys->len > 1) {
		struct django_sql list = list_sql(context, keys);
		return list.text == NULL ? list
					 : iw_django_sql_of(context, lhs, &list, "(%s %s %s)", lhs->text,
							    is_text ? "#>>" : "#>", list.text);
	}
	struct django_sql key =
		is_index(node->text, &index)
			? iw_django_sql_parameter(
				  context,
				  iw_django_literal_parameter(
					  context, iw_arena_printf(context->arena, "%" G_GINT64_FORMAT, index)))
			: text_sql(context, node->text);
	return iw_django_sql_of(context, lhs, &key, "(%s %s %s)", lhs->text, is_text ? "->>" : "->", key.text);
}

static struct django_sql key_sql(struct django_context *context, struct django_node *node, bool is_text)
{
	GPtrArray *keys;
	struct django_sql lhs = iw_django_compile(context, key_chain(context, node, &keys));
	if (lhs.text == NULL)
		return lhs;
	if (context->engine.dialect == IW_POSTGRES)
		return postgres_key(context, node, &lhs, keys, is_text);
	struct django_sql path = text_sql(context, path_of(context, node->place, keys));
	if (path.text == NULL)
		return path;
	if (context->engine.dialect == IW_SQLITE)
		return sqlite_key(context, &lhs, &path);
	if (!is_text || context->version < 40200)
		return iw_django_sql_of(context, &lhs, &path, "JSON_EXTRACT(%s, %s)", lhs.text, path.text);
	struct django_field_ref field = iw_django_output_field(context, iw_django_lhs(node));
	bool is_column = context->version < 60000 || (field.field != NULL && field.model != NULL);
	return iw_django_is_mariadb(context) || !is_column
		       ? iw_django_sql_of(context, &lhs, &path, "JSON_UNQUOTE(JSON_EXTRACT(%s, %s))", lhs.text,
					  path.text)
		       : iw_django_sql_of(context, &lhs, &path, "(%s ->> %s)", lhs.text, path.text);
}

DJANGO_COMPILE(key_transform)
{
	return key_sql(context, node, false);
}

DJANGO_COMPILE(key_text_transform)
{
	return key_sql(context, node, true);
}

/* JSON null as a parameter: what the field makes of true, with the other word. */
struct django_sql_value *iw_django_json_null(struct django_context *context)
{
	struct django_sql_value *parameter =
		iw_django_parameter(context, iw_django_made_field(context, "db.models.JSONField"),
				    iw_py_new_boolean(context->python, true));
	if (parameter == NULL)
		return NULL;
	g_auto(GStrv) halves = g_strsplit(parameter->literal, "true", 2);
	return iw_django_literal_parameter(context, iw_arena_printf(context->arena, "%snull%s", halves[0], halves[1]));
}

DJANGO_COMPILE(json_null)
{
	(void)node;
	struct django_sql sql = iw_django_sql_parameter(context, iw_django_json_null(context));
	if (sql.text != NULL && context->engine.dialect == IW_MYSQL)
		sql.text = "JSON_EXTRACT(%s, '$')";
	return sql;
}

/* presence of keys ------------------------------------------------------------------------------------------------- */

enum last_key { KEY_IS_TEXT, KEY_IS_NUMBER, KEY_IS_PLACE };

/* HasKeyLookup.as_sql() of one key: JSON_TYPE(data, '$."a"') and a test. `kind`: what a last key of digits is. */
static struct django_sql has_key(struct django_context *context, struct django_node *of, const GPtrArray *keys,
				 struct iw_place place, enum last_key kind, const char *format)
{
	GPtrArray *outer = NULL;
	struct django_node *inner = iw_django_is_key(of) ? key_chain(context, of, &outer) : of;
	struct django_sql lhs = iw_django_compile(context, inner);
	g_autoptr(GString) path = g_string_new(lhs.text == NULL ? NULL : path_of(context, place, outer));
	bool is_fine = lhs.text != NULL && path->len > 0;
	for (guint i = 0; is_fine && i + 1 < keys->len; i++)
		is_fine = add_key(context, place, path, keys->pdata[i]);
	const char *last = keys->pdata[keys->len - 1];
	if (is_fine && (kind == KEY_IS_PLACE || context->version < 40100))
		is_fine = add_key(context, place, path, last);
	else if (is_fine)
		g_string_append_printf(path, ".%s", kind == KEY_IS_NUMBER ? last : dumped(context, last));
	struct django_sql text =
		is_fine ? text_sql(context, iw_arena_strdup(context->arena, path->str)) : iw_django_sql_failed();
	if (text.text == NULL)
		return text;
	g_auto(GStrv) pieces = g_strsplit(format, "%s", 3);
	return iw_django_sql_of(context, &lhs, &text, "%s%s%s%s%s", pieces[0], lhs.text, pieces[1], text.text,
				pieces[2]);
}

/* The keys of one right side, as texts; NULL: they are not known. */
static GPtrArray *keys_of(struct django_context *context, const struct django_rhs *rhs)
{
	GPtrArray *keys = NULL;
	if (rhs->node != NULL && iw_django_is_key(rhs->node)) {
		key_chain(context, rhs->node, &keys);
		return keys;
	}
	const char *text = rhs->node != NULL || rhs->items != NULL ? NULL : iw_django_str(context, rhs->value);
	if (text == NULL)
		return NULL;
	keys = iw_arena_ptr_array(context->arena);
	g_ptr_array_add(keys, (gpointer)text);
	return keys;
}

static struct django_sql no_keys(struct django_context *context, const struct django_node *node)
{
	iw_django_fail(context, node->place, "the keys of the lookup '%s' are not known", node->lookup->name);
	return iw_django_sql_failed();
}

/* A key that is given as a number stays one. */
static bool is_number(const struct django_rhs *rhs)
{
	return rhs->node == NULL && rhs->items == NULL && rhs->value->kind == IW_PY_INTEGER;
}

/* PostgreSQL: an operator; keys of a transform on the right belong to the left. */
static struct django_sql postgres_has_key(struct django_context *context, struct django_node *node)
{
	const struct django_rhs *rhs = node->rhs;
	g_autoptr(GPtrArray) texts = g_ptr_array_new();
	for (guint i = 0; rhs->items != NULL && i < rhs->items->len; i++) {
		GPtrArray *keys = keys_of(context, rhs->items->pdata[i]);
		if (keys == NULL || keys->len != 1)
			return no_keys(context, node);
		g_ptr_array_add(texts, keys->pdata[0]);
	}
	struct django_sql lhs, right;
	if (rhs->items != NULL) {
		right = list_sql(context, texts);
	} else {
		GPtrArray *keys = keys_of(context, rhs);
		if (keys == NULL)
			return no_keys(context, node);
		for (guint i = 0; i + 1 < keys->len; i++) {
			struct django_node *key =
				iw_django_function_node(context, "KeyTransform", iw_django_lhs(node), NULL);
			key->text = keys->pdata[i];
			node->sources->pdata[0] = key;
		}
		right = is_number(rhs)
				? iw_django_sql_parameter(context, iw_django_literal_parameter(context, keys->pdata[0]))
				: text_sql(context, keys->pdata[keys->len - 1]);
	}
	lhs = right.text == NULL ? right : iw_django_process_lhs(context, node, false);
	return lhs.text == NULL ? lhs
				: iw_django_sql_of(context, &lhs, &right, "%s %s %s", lhs.text, node->lookup->symbol,
						   right.text);
}

struct django_sql iw_django_lookup_json_has_key(struct django_context *context, struct django_node *node)
{
	const struct django_rhs *rhs = node->rhs;
	if (context->engine.dialect == IW_POSTGRES)
		return postgres_has_key(context, node);
	const char *format = context->engine.dialect == IW_SQLITE ? "JSON_TYPE(%s, %s) IS NOT NULL"
								  : "JSON_CONTAINS_PATH(%s, 'one', %s)";
	const char *joiner = strcmp(node->lookup->symbol, "?&") == 0 ? " AND " : " OR ";
	struct django_sql sql = iw_django_sql(context, NULL);
	g_autoptr(GString) text = g_string_new(NULL);
	for (guint i = 0; i < (rhs->items == NULL ? 1 : rhs->items->len); i++) {
		GPtrArray *keys = keys_of(context, rhs->items == NULL ? rhs : rhs->items->pdata[i]);
		if (keys == NULL)
			return no_keys(context, node);
		struct django_sql part = has_key(context, iw_django_lhs(node), keys, node->place,
						 is_number(rhs) ? KEY_IS_NUMBER : KEY_IS_TEXT, format);
		if (part.text == NULL)
			return part;
		g_string_append_printf(text, "%s%s", i == 0 ? "" : joiner, part.text);
		iw_django_sql_join(&sql, &part);
	}
	sql.text = iw_arena_printf(context->arena, node->lookup->is_list ? "(%s)" : "%s", text->str);
	return sql;
}

struct django_sql iw_django_lookup_key_isnull(struct django_context *context, struct django_node *node)
{
	if (context->engine.dialect != IW_SQLITE)
		return iw_django_lookup_isnull(context, node);
	struct django_node *key = iw_django_lhs(node);
	int truth = node->rhs->node == NULL && node->rhs->items == NULL ? iw_py_truth(node->rhs->value) : -1;
	if (truth < 0)
		return iw_django_lookup_isnull(context, node);
	GPtrArray *keys = iw_arena_ptr_array(context->arena);
	g_ptr_array_add(keys, (gpointer)key->text);
	return has_key(context, iw_django_lhs(key), keys, node->place, KEY_IS_PLACE,
		       truth == 1 ? "JSON_TYPE(%s, %s) IS NULL" : "JSON_TYPE(%s, %s) IS NOT NULL");
}

/* comparisons ------------------------------------------------------------------------------------------------------ */

struct django_sql iw_django_lookup_json_contains(struct django_context *context, struct django_node *node)
{
	if (context->engine.dialect == IW_SQLITE) {
		iw_django_fail(context, node->place, "%s lookup is not supported on this database backend",
			       node->lookup->name);
		return iw_django_sql_failed();
	}
	struct django_sql lhs = iw_django_process_lhs(context, node, false);
	struct django_sql rhs = lhs.text == NULL ? lhs : iw_django_process_rhs(context, node);
	if (rhs.text == NULL)
		return rhs;
	if (context->engine.dialect == IW_POSTGRES)
		return iw_django_sql_of(context, &lhs, &rhs, "%s %s %s", lhs.text, node->lookup->symbol, rhs.text);
	bool is_within = strcmp(node->lookup->symbol, "<@") == 0;
	return is_within ? iw_django_sql_of(context, &rhs, &lhs, "JSON_CONTAINS(%s, %s)", rhs.text, lhs.text)
			 : iw_django_sql_of(context, &lhs, &rhs, "JSON_CONTAINS(%s, %s)", lhs.text, rhs.text);
}

/* Does SQLite take the parameter for a word of JSON ('true'), which JSON_EXTRACT() would make a number of? */
static bool is_word(const struct django_context *context, const struct django_sql_value *parameter)
{
	const char *text = parameter->literal;
	if (context->version < 40000)
		return strcmp(text, "'null'") == 0;
	return strcmp(text, "'null'") == 0 || strcmp(text, "'true'") == 0 || strcmp(text, "'false'") == 0;
}

/* Each parameter as JSON of the engine: JSON_EXTRACT(%s, '$'). */
static void extract_parameters(struct django_context *context, struct django_sql *sql)
{
	g_auto(GStrv) pieces = g_strsplit(sql->text, "%s", -1);
	g_autoptr(GString) text = g_string_new(pieces[0]);
	for (guint i = 1; pieces[i] != NULL; i++) {
		bool is_bare = context->engine.dialect == IW_SQLITE && i <= sql->parameters->len &&
			       is_word(context, sql->parameters->pdata[i - 1]);
		g_string_append_printf(text, "%s%s", is_bare ? "%s" : "JSON_EXTRACT(%s, '$')", pieces[i]);
	}
	sql->text = iw_arena_strdup(context->arena, text->str);
}

/* JSONExact.process_rhs() */
static struct django_sql exact_rhs(struct django_context *context, struct django_node *node)
{
	const struct django_rhs *rhs = node->rhs;
	bool is_none = rhs->node == NULL && rhs->items == NULL && rhs->value->kind == IW_PY_NONE;
	bool is_null = rhs->node != NULL && rhs->node->kind == NODE_FUNCTION && iw_django_is_value(rhs->node);
	struct django_sql sql = is_none ? iw_django_sql_parameter(context, iw_django_json_null(context))
					: iw_django_process_rhs(context, node);
	if (sql.text != NULL && context->engine.dialect == IW_MYSQL && !is_null)
		extract_parameters(context, &sql);
	return sql;
}

static bool is_null_text(const struct django_sql *sql)
{
	const struct django_sql_value *first = sql->parameters->len == 1 ? sql->parameters->pdata[0] : NULL;
	return strcmp(sql->text, "%s") == 0 && first != NULL && strcmp(first->literal, "'null'") == 0;
}

struct django_sql iw_django_lookup_json_exact(struct django_context *context, struct django_node *node)
{
	struct django_sql lhs = iw_django_process_lhs(context, node, true);
	struct django_sql rhs = lhs.text == NULL ? lhs : exact_rhs(context, node);
	if (rhs.text == NULL)
		return rhs;
	if (context->engine.dialect == IW_SQLITE && context->version < 40000 && is_null_text(&rhs))
		lhs.text = iw_arena_printf(context->arena, "JSON_TYPE(%s, '$')", lhs.text);
	return iw_django_compare(context, node, &lhs, &rhs);
}

struct django_sql iw_django_lookup_key_exact(struct django_context *context, struct django_node *node)
{
	struct django_node *rhs_node = node->rhs->node;
	bool is_key = rhs_node != NULL && iw_django_is_key(rhs_node);
	struct django_sql rhs = is_key ? iw_django_rhs_expression(context, rhs_node) : exact_rhs(context, node);
	if (rhs.text == NULL)
		return rhs;
	bool is_sqlite = context->engine.dialect == IW_SQLITE;
	if (is_sqlite && context->version < 40000 && is_null_text(&rhs)) {
		GPtrArray *keys;
		struct django_sql of = iw_django_compile(context, key_chain(context, iw_django_lhs(node), &keys));
		struct django_sql path = text_sql(context, path_of(context, node->place, keys));
		if (of.text == NULL || path.text == NULL)
			return iw_django_sql_failed();
		struct django_sql type = iw_django_sql_of(context, &of, &path, "JSON_TYPE(%s, %s)", of.text, path.text);
		return iw_django_compare(context, node, &type, &rhs);
	}
	struct django_sql lhs = iw_django_process_lhs(context, node, true);
	if (lhs.text == NULL)
		return lhs;
	if (is_sqlite && !is_key)
		extract_parameters(context, &rhs);
	return iw_django_compare(context, node, &lhs, &rhs);
}

/* KeyTransformNumericLookupMixin: where JSON is a text, the value is compared as it is. */
struct django_sql iw_django_lookup_key_compare(struct django_context *context, struct django_node *node)
{
	if (context->engine.dialect == IW_POSTGRES || node->rhs->node != NULL || node->rhs->items != NULL)
		return iw_django_lookup_compare(context, node);
	struct django_sql lhs = iw_django_process_lhs(context, node, true);
	struct django_sql rhs = iw_django_sql_parameter(
		context, iw_django_parameter(context, (struct django_field_ref){0}, node->rhs->value));
	return lhs.text == NULL || rhs.text == NULL ? iw_django_sql_failed()
						    : iw_django_compare(context, node, &lhs, &rhs);
}

/* CaseInsensitiveMixin */
static struct django_sql lowered(struct django_context *context, struct django_sql sql)
{
	if (sql.text != NULL && context->engine.dialect == IW_MYSQL)
		sql.text = iw_arena_printf(context->arena, "LOWER(%s)", sql.text);
	return sql;
}

/* The lookup of texts `name` with both sides in small letters. */
static struct django_sql lowered_lookup(struct django_context *context, struct django_node *node,
					const struct django_lookup *row)
{
	struct django_sql sql = row->compile(context, node);
	if (sql.text == NULL || context->engine.dialect != IW_MYSQL)
		return sql;
	struct django_sql lhs = lowered(context, iw_django_process_lhs(context, node, true));
	if (lhs.text == NULL || node->rhs->node != NULL) {
		iw_django_fail(context, node->place, "the lookup '%s' of JSON is not known here", row->name);
		return iw_django_sql_failed();
	}
	struct django_sql rhs = iw_django_sql(context, "LOWER(%s)");
	iw_django_sql_add(&rhs, sql.parameters->pdata[sql.parameters->len - 1]);
	if (strcmp(row->name, "iregex") != 0)
		return iw_django_compare(context, node, &lhs, &rhs);
	return !iw_django_has_regexp_like(context)
		       ? iw_django_sql_of(context, &lhs, &rhs, "%s REGEXP %s", lhs.text, rhs.text)
		       : iw_django_sql_of(context, &lhs, &rhs, "REGEXP_LIKE(%s, %s, 'i')", lhs.text, rhs.text);
}

struct django_sql iw_django_lookup_json_icontains(struct django_context *context, struct django_node *node)
{
	struct django_lookup pattern = *node->lookup;
	pattern.compile = iw_django_lookup_pattern;
	return lowered_lookup(context, node, &pattern);
}

/* KeyTransformTextLookupMixin: the key as a text. */
struct django_sql iw_django_lookup_key_text(struct django_context *context, struct django_node *node)
{
	static char *const exact[] = {(char *)"exact", NULL};
	const char *name = node->lookup->name;
	struct django_node *key = iw_django_lhs(node);
	bool is_none = node->rhs->node == NULL && node->rhs->items == NULL && node->rhs->value->kind == IW_PY_NONE;
	struct django_query query = {.context = context};
	if (is_none)
		return iw_django_compile(context, iw_django_build_lookup(&query, key, (char **)exact, node->rhs));
	struct django_node *text = iw_django_function_node(context, "KeyTextTransform", iw_django_lhs(key), NULL);
	text->text = key->text;
	struct django_node *lookup = iw_django_base_lookup(context, name, text, node->rhs);
	return name[0] == 'i' ? lowered_lookup(context, lookup, lookup->lookup) : iw_django_compile(context, lookup);
}

/* JSONIn, KeyTransformIn: one item. */
static struct django_sql in_item(struct django_context *context, struct django_node *node,
				 const struct django_rhs *item)
{
	struct django_sql sql =
		item->node != NULL ? iw_django_compile(context, item->node)
				   : iw_django_sql_parameter(context, iw_django_prepared(context, node, item->value));
	bool is_value = item->node == NULL || (item->node->kind == NODE_VALUE && context->version >= 60100);
	if (sql.text != NULL && is_value && context->engine.dialect != IW_POSTGRES) {
		bool is_bare = context->engine.dialect == IW_SQLITE && context->version >= 40000 &&
			       sql.parameters->len > 0 && is_word(context, sql.parameters->pdata[0]);
		if (!is_bare)
			sql.text = "JSON_EXTRACT(%s, '$')";
	}
	if (sql.text != NULL && iw_django_is_mariadb(context))
		sql.text = iw_arena_printf(context->arena, "JSON_UNQUOTE(%s)", sql.text);
	return sql;
}

/* JSONIn.process_lhs(): a column is taken apart as a key is. */
static struct django_sql in_lhs(struct django_context *context, struct django_node *node)
{
	struct django_sql lhs = iw_django_process_lhs(context, node, true);
	if (lhs.text == NULL || iw_django_is_key(iw_django_lhs(node)) || context->engine.dialect == IW_POSTGRES)
		return lhs;
	struct django_sql root = text_sql(context, "$");
	return context->engine.dialect == IW_SQLITE
		       ? sqlite_key(context, &lhs, &root)
		       : iw_django_sql_of(context, &lhs, &root, "JSON_EXTRACT(%s, %s)", lhs.text, root.text);
}

struct django_sql iw_django_lookup_json_in(struct django_context *context, struct django_node *node)
{
	const struct django_rhs *rhs = node->rhs;
	if (rhs->items == NULL)
		return iw_django_lookup_in(context, node);
	struct django_sql lhs = in_lhs(context, node), list = iw_django_sql(context, NULL);
	g_autoptr(GString) text = g_string_new("(");
	g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
	for (guint i = 0; lhs.text != NULL && i < rhs->items->len; i++) {
		const struct django_rhs *item = rhs->items->pdata[i];
		if (item->node == NULL && item->value->kind == IW_PY_NONE)
			continue;
		struct django_sql part = in_item(context, node, item);
		if (part.text == NULL)
			return part;
		const struct django_sql_value *first = part.parameters->len == 1 ? part.parameters->pdata[0] : NULL;
		bool has_hash = item->node == NULL &&
				(context->version < 40200 || (item->items == NULL && item->value->kind != IW_PY_DICT));
		if (has_hash && first != NULL && !g_hash_table_add(seen, (gpointer)first->literal))
			continue;
		g_string_append_printf(text, "%s%s", text->len == 1 ? "" : ", ", part.text);
		iw_django_sql_join(&list, &part);
	}
	if (lhs.text == NULL)
		return lhs;
	if (text->len == 1)
		return iw_django_sql_truth(DJANGO_ALWAYS_FALSE);
	list.text = text->str;
	return iw_django_sql_of(context, &lhs, &list, "%s IN %s)", lhs.text, list.text);
}
