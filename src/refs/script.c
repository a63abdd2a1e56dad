/*
 * Uses of fields and models in TypeScript and JavaScript: calls of Prisma's client, Drizzle's tables, SQL. By tokens
 * and brackets: inside prisma.user.findMany({...}) the keys are fields of User, and of what its relations lead to.
 */
#include "refs/script_lexer.h"

#include <string.h>

/* What an open bracket stands for. */
struct bracket {
	char sign;
	const struct refs_model *model;	 /* its keys are fields of it */
	const struct refs_model *result; /* of a call: what it gives */
};

struct script {
	struct refs_file *file;
	GArray *tokens;
	GArray *brackets;	/* struct bracket; the first one is the file */
	GHashTable *variables;	/* char * -> const struct refs_model * */
	GHashTable *namespaces; /* char * set: import * as schema */
	guint at;
	const struct refs_model *chain;	  /* what the names before the dot stand for */
	const struct refs_model *table;	  /* Drizzle: of the last insert(), update(), from() */
	const struct script_token *bound; /* the parameter that was bound last */
	const char *pending;		  /* const NAME = ...; NULL: none */
	guint pending_depth;
};

static const struct script_token *token(const struct script *script, gint ahead)
{
	gint index = (gint)script->at + ahead;
	static const struct script_token none = {.kind = SCRIPT_SIGN, .sign = ';'};
	return index < 0 || index >= (gint)script->tokens->len
		       ? &none
		       : &g_array_index(script->tokens, struct script_token, index);
}

static bool is_sign(const struct script *script, gint ahead, char sign)
{
	const struct script_token *one = token(script, ahead);
	return one->kind == SCRIPT_SIGN && one->sign == sign;
}

static bool is_word(const struct script *script, gint ahead, const char *word)
{
	const struct script_token *one = token(script, ahead);
	return one->kind == SCRIPT_NAME && strcmp(one->text, word) == 0;
}

static bool is_in(const char *word, const char *const *list)
{
	for (; *list != NULL; list++)
		if (strcmp(word, *list) == 0)
			return true;
	return false;
}

static struct bracket *top(const struct script *script)
{
	return &g_array_index(script->brackets, struct bracket, script->brackets->len - 1);
}

static bool is_query(const char *name)
{
	static const char *const methods[] = {"findUnique",
					      "findUniqueOrThrow",
					      "findFirst",
					      "findFirstOrThrow",
					      "findMany",
					      "create",
					      "createMany",
					      "update",
					      "updateMany",
					      "upsert",
					      "delete",
					      "deleteMany",
					      "count",
					      "aggregate",
					      "groupBy",
					      "createManyAndReturn",
					      "updateManyAndReturn",
					      NULL};
	return is_in(name, methods);
}

/* Keys that stand between a model and its fields. */
static bool is_structure(const char *key)
{
	static const char *const keys[] = {"select",	 "include",    "where",
					   "data",	 "orderBy",    "create",
					   "update",	 "upsert",     "connect",
					   "set",	 "some",       "every",
					   "none",	 "is",	       "isNot",
					   "AND",	 "OR",	       "NOT",
					   "cursor",	 "omit",       "_sum",
					   "_avg",	 "_min",       "_max",
					   "_count",	 "having",     "connectOrCreate",
					   "columns",	 "with",       "updateMany",
					   "deleteMany", "createMany", "disconnect",
					   "delete",	 "extras",     NULL};
	return is_in(key, keys);
}

static struct refs_model *find(const struct script *script, const char *name, enum refs_kind kind)
{
	GPtrArray *list = g_hash_table_lookup(script->file->private->by_name, name);
	for (guint i = 0; list != NULL && i < list->len; i++) {
		struct refs_model *model = list->pdata[i];
		if (model->kind == kind)
			return model;
	}
	return NULL;
}

static void use(struct script *script, const struct refs_model *model, const struct script_token *at,
		enum iw_certainty most, const char *how)
{
	g_autofree char *words =
		g_strdup_printf("%s%s%s", how, model == NULL ? "" : " of ", model == NULL ? "" : model->name);
	if (iw_refs_is_word(script->file, at->text))
		iw_refs_use_field(script->file, model, at->text, iw_refs_place(script->file, at->offset, at->length),
				  most, words);
}

/* imports and names -------------------------------------------------------------------------------------------------
 */

static void mention(struct script *script, const struct refs_model *model)
{
	g_hash_table_add(script->file->mentioned, (void *)model);
}

/* import { users, posts as p } from "./schema"; import * as schema from ... */
static void read_import(struct script *script)
{
	guint begin = script->at;
	if (is_sign(script, 1, '*') && is_word(script, 2, "as") && token(script, 3)->kind == SCRIPT_NAME)
		g_hash_table_add(script->namespaces, (char *)token(script, 3)->text);
	for (script->at++; !is_sign(script, 0, ';') && !is_word(script, 0, "from") && script->at < begin + 400;
	     script->at++) {
		const struct script_token *name = token(script, 0);
		if (name->kind != SCRIPT_NAME)
			continue;
		struct refs_model *table = find(script, name->text, REFS_DRIZZLE),
				  *type = find(script, name->text, REFS_PRISMA);
		bool is_renamed = is_word(script, 1, "as");
		if (table != NULL) {
			mention(script, table);
			g_hash_table_insert(script->variables, (char *)token(script, is_renamed ? 2 : 0)->text, table);
			iw_refs_use_model(script->file, table, iw_refs_place(script->file, name->offset, name->length),
					  "imported");
		} else if (type != NULL && strcmp(type->name, name->text) == 0) {
			mention(script, type);
			iw_refs_use_model(script->file, type, iw_refs_place(script->file, name->offset, name->length),
					  "imported");
		}
		script->at += is_renamed ? 2 : 0;
	}
	script->at = begin;
}

/* Models that the file names, before anything in it is judged. */
static void find_mentioned(struct script *script)
{
	for (script->at = 0; script->at < script->tokens->len; script->at++) {
		const struct script_token *name = token(script, 0);
		if (name->kind != SCRIPT_NAME)
			continue;
		if (strcmp(name->text, "import") == 0 && !is_sign(script, 1, '('))
			read_import(script);
		struct refs_model *model = find(script, name->text, REFS_PRISMA);
		if (model != NULL && is_sign(script, -1, '.') && token(script, 2)->kind == SCRIPT_NAME &&
		    is_query(token(script, 2)->text))
			mention(script, model);
		struct refs_model *table = find(script, name->text, REFS_DRIZZLE);
		if (table != NULL && (is_word(script, -1, "const") || is_sign(script, -1, '.')))
			mention(script, table);
		if (table != NULL && is_word(script, -1, "const") && strcmp(table->file, script->file->path) == 0)
			g_hash_table_insert(script->variables, (char *)name->text, table);
	}
	script->at = 0;
}

/* chains ------------------------------------------------------------------------------------------------------------
 */

static bool is_type_of_model(const struct script *script, const char *name, const struct refs_model **model)
{
	*model = g_ascii_isupper(*name) ? find(script, name, REFS_PRISMA) : NULL;
	return *model != NULL && strcmp((*model)->name, name) == 0 &&
	       g_hash_table_contains(script->file->mentioned, *model);
}

static void bind(struct script *script, const char *name, const struct refs_model *model)
{
	if (model != NULL)
		g_hash_table_insert(script->variables, (char *)name, (void *)model);
}

/* const user = await prisma.user.findUnique(...) */
static void bind_pending(struct script *script, const struct refs_model *model)
{
	if (script->pending == NULL || script->brackets->len != script->pending_depth)
		return;
	bind(script, script->pending, model);
	script->pending = NULL;
}

/* select().from( before the name at hand: rows have all its columns, by their names. */
static bool is_whole_select(const struct script *script)
{
	return is_sign(script, -1, '(') && is_word(script, -2, "from") && is_sign(script, -3, '.') &&
	       is_sign(script, -4, ')') && is_sign(script, -5, '(') && is_word(script, -6, "select");
}

/* A name that stands for something else from here on; Drizzle's own constants stay. */
static void unbind(struct script *script, const char *name)
{
	const struct refs_model *known = g_hash_table_lookup(script->variables, name);
	if (known != NULL && strcmp(known->name, name) != 0)
		g_hash_table_remove(script->variables, name);
}

/* Is the name at hand a parameter: (name, other) => ..., name => ..., function f(name)? */
static bool is_parameter(const struct script *script)
{
	enum { FARTHEST = 16 };
	if (is_sign(script, 1, 'A'))
		return true;
	if (!is_sign(script, -1, '(') && !is_sign(script, -1, ','))
		return false;
	if (is_sign(script, -1, '(') && (is_word(script, -2, "function") || is_word(script, -3, "function")))
		return true;
	int depth = 0;
	for (gint ahead = 1; ahead < FARTHEST; ahead++) {
		const struct script_token *one = token(script, ahead);
		if (one->kind != SCRIPT_SIGN)
			continue;
		depth += one->sign == '(' || one->sign == '{' || one->sign == '[';
		if (depth == 0 && (one->sign == ';' || one->sign == '.' || one->sign == '}'))
			return false;
		if (depth == 0 && one->sign == ')')
			return is_sign(script, ahead + 1, 'A');
		depth -= one->sign == ')' || one->sign == '}' || one->sign == ']';
	}
	return false;
}

/* A name that no dot precedes. */
static void begin_chain(struct script *script, const struct script_token *name)
{
	if (script->bound != name && is_parameter(script))
		unbind(script, name->text);
	script->chain = g_hash_table_lookup(script->variables, name->text);
	const struct refs_model *type = NULL;
	if (is_sign(script, 1, ':') && token(script, 2)->kind == SCRIPT_NAME &&
	    is_type_of_model(script, token(script, 2)->text, &type))
		bind(script, name->text, type);
	/* const a = user; const a = users[0] */
	if (script->chain != NULL && is_sign(script, -1, '=') && (is_sign(script, 1, ';') || is_sign(script, 1, '[')))
		bind_pending(script, script->chain);
	if (script->chain != NULL && is_whole_select(script) && script->pending != NULL &&
	    script->brackets->len == script->pending_depth + 1) {
		bind(script, script->pending, script->chain);
		script->pending = NULL;
	}
	if (script->chain != NULL && script->chain->kind == REFS_DRIZZLE) {
		script->table = script->chain;
		iw_refs_use_model(script->file, script->chain, iw_refs_place(script->file, name->offset, name->length),
				  "used");
	}
}

static void bind_parameter_at(struct script *script, const struct script_token *parameter)
{
	bind(script, parameter->text, script->chain);
	script->bound = parameter;
}

/* .map((user) => ...) binds its parameter. */
static void bind_parameter(struct script *script)
{
	static const char *const methods[] = {"map",	 "filter", "forEach", "find",	   "some", "every",
					      "flatMap", "then",   "sort",    "findIndex", NULL};
	if (!is_in(token(script, 0)->text, methods) || !is_sign(script, 1, '('))
		return;
	gint first = is_word(script, 2, "async") ? 3 : 2;
	first += is_sign(script, first, '(');
	const struct script_token *parameter = token(script, first);
	if (parameter->kind == SCRIPT_NAME &&
	    (is_sign(script, first + 1, ')') || is_sign(script, first + 1, 'A') || is_sign(script, first + 1, ',')))
		bind_parameter_at(script, parameter);
}

/* A name behind a dot. */
static void continue_chain(struct script *script, const struct script_token *name)
{
	static const char *const keeping[] = {"map",	 "filter", "forEach", "find",	   "some",   "every",
					      "flatMap", "then",   "sort",    "findIndex", "at",     "pop",
					      "shift",	 "slice",  "concat",  "values",	   "length", NULL};
	const struct refs_private *self = script->file->private;
	const struct script_token *next = token(script, 2);
	struct refs_model *model = find(script, name->text, REFS_PRISMA);
	bool is_method = is_sign(script, 1, '(');
	if (model != NULL && model->accessor != NULL && strcmp(model->accessor, name->text) == 0 &&
	    is_sign(script, 1, '.') && next->kind == SCRIPT_NAME && is_query(next->text)) {
		script->chain = model;
		bind_pending(script, model);
		iw_refs_use_model(script->file, model, iw_refs_place(script->file, name->offset, name->length), "used");
		return;
	}
	if (model == NULL && is_sign(script, 1, '.') && next->kind == SCRIPT_NAME && is_query(next->text) &&
	    is_sign(script, 3, '(')) {
		g_autofree char *gone = g_strdup(name->text);
		*gone = g_ascii_toupper(*gone);
		iw_refs_use_table(script->file, gone, iw_refs_place(script->file, name->offset, name->length),
				  "used, and the schema has no such model");
	}
	struct refs_model *table = find(script, name->text, REFS_DRIZZLE);
	bool is_queried = is_word(script, -2, "query") && next->kind == SCRIPT_NAME && is_query(next->text);
	const struct script_token *owner = token(script, -2);
	bool is_named = owner->kind == SCRIPT_NAME && g_hash_table_contains(script->namespaces, owner->text);
	if (table != NULL && (is_queried || is_named)) {
		script->chain = script->table = table;
		if (is_queried)
			bind_pending(script, table);
		return;
	}
	if (script->chain != NULL && (is_in(name->text, keeping) || (is_method && is_query(name->text)))) {
		bind_parameter(script);
		return;
	}
	script->file->owner = owner->kind == SCRIPT_NAME ? owner->text : NULL;
	if (!is_method)
		use(script, script->chain, name, IW_CERTAIN, "member");
	script->file->owner = NULL;
	script->chain = script->chain == NULL || is_method ? NULL : iw_refs_related(self, script->chain, name->text);
}

/* brackets and keys -------------------------------------------------------------------------------------------------
 */

static bool is_key(const struct script *script)
{
	const struct script_token *before = token(script, -1);
	bool may_begin = before->kind == SCRIPT_SIGN && strchr("{,;", before->sign) != NULL;
	bool is_optional = is_sign(script, 1, '?') && is_sign(script, 2, ':');
	return top(script)->sign == '{' && may_begin &&
	       (is_sign(script, 1, ':') || is_sign(script, 1, ',') || is_sign(script, 1, '}') || is_optional);
}

static void read_key(struct script *script, const struct script_token *key)
{
	const struct refs_model *model = top(script)->model;
	if (model != NULL && is_structure(key->text) &&
	    iw_refs_find_field(script->file->private, model, key->text) == NULL)
		return;
	use(script, model, key, model == NULL ? IW_POSSIBLE : IW_CERTAIN, "key");
}

/* The key that a bracket opened here is the value of; NULL: it is none. */
static const char *key_before(const struct script *script)
{
	if (!is_sign(script, -1, ':'))
		return NULL;
	const struct script_token *key = token(script, -2);
	return key->kind == SCRIPT_NAME || key->kind == SCRIPT_STRING ? key->text : NULL;
}

static const struct refs_model *model_of_value(const struct script *script)
{
	const struct bracket *outer = top(script);
	const char *key = key_before(script);
	const struct script_token *before = token(script, -1);
	if (outer->model == NULL)
		return NULL;
	if (key == NULL)
		return before->kind == SCRIPT_SIGN && strchr("([,?", before->sign) != NULL ? outer->model : NULL;
	const struct refs_model *related = iw_refs_related(script->file->private, outer->model, key);
	bool is_field = iw_refs_find_field(script->file->private, outer->model, key) != NULL;
	return related != NULL ? related : is_structure(key) && !is_field ? outer->model : NULL;
}

/* Whose fields the keys of a call's argument are. */
static const struct refs_model *model_of_call(const struct script *script)
{
	const struct script_token *name = token(script, -1);
	if (name->kind != SCRIPT_NAME)
		return name->kind == SCRIPT_SIGN && strchr("([,:", name->sign) != NULL ? top(script)->model : NULL;
	if (script->chain != NULL && is_query(name->text))
		return script->chain;
	if (script->table != NULL && is_sign(script, -2, '.') &&
	    (strcmp(name->text, "values") == 0 || strcmp(name->text, "set") == 0))
		return script->table;
	if (g_str_has_suffix(name->text, "Table") || strcmp(name->text, "table") == 0)
		for (gint back = -2; back > -6; back--) {
			const struct script_token *one = token(script, back);
			if (one->kind == SCRIPT_NAME && is_word(script, back - 1, "const"))
				return find(script, one->text, REFS_DRIZZLE);
		}
	return NULL;
}

static void open_bracket(struct script *script, char sign)
{
	struct bracket bracket = {.sign = sign, .result = script->chain};
	if (sign == '(')
		bracket.model = model_of_call(script);
	else
		bracket.model = model_of_value(script);
	g_array_append_val(script->brackets, bracket);
	script->chain = NULL;
}

static void close_bracket(struct script *script)
{
	if (script->brackets->len < 2)
		return;
	script->chain = top(script)->sign == '(' ? top(script)->result : NULL;
	g_array_set_size(script->brackets, script->brackets->len - 1);
}

/* (await prisma.user.findMany()).map(...): what the brackets hold comes out of them. */
static void close_parenthesis(struct script *script)
{
	const struct refs_model *inner = script->chain;
	const struct refs_model *result = top(script)->result;
	close_bracket(script);
	script->chain = result != NULL ? result : inner;
}

/* statements --------------------------------------------------------------------------------------------------------
 */

/* const { nick } = user */
static void read_destructuring(struct script *script)
{
	gint at = 2;
	while (!is_sign(script, at, '}') && !is_sign(script, at, ';') && at < 200)
		at++;
	if (!is_sign(script, at, '}') || !is_sign(script, at + 1, '=') || token(script, at + 2)->kind != SCRIPT_NAME ||
	    is_sign(script, at + 3, '.') || is_sign(script, at + 3, '('))
		return;
	const struct refs_model *model = g_hash_table_lookup(script->variables, token(script, at + 2)->text);
	for (gint i = 2; model != NULL && i < at; i++)
		if (token(script, i)->kind == SCRIPT_NAME && !is_sign(script, i - 1, ':'))
			use(script, model, token(script, i), IW_CERTAIN, "member");
}

static void begin_declaration(struct script *script)
{
	const struct script_token *name = token(script, 1);
	if (is_sign(script, 1, '{')) {
		read_destructuring(script);
		return;
	}
	if (is_sign(script, 1, '['))
		name = token(script, 2); /* const [user] = await ... */
	if (name->kind != SCRIPT_NAME)
		return;
	if (is_word(script, 2, "of") && token(script, 3)->kind == SCRIPT_NAME) {
		bind(script, name->text, g_hash_table_lookup(script->variables, token(script, 3)->text));
		return;
	}
	unbind(script, name->text);
	script->pending = name->text;
	script->pending_depth = script->brackets->len;
}

static void read_name(struct script *script, const struct script_token *name)
{
	if (strcmp(name->text, "const") == 0 || strcmp(name->text, "let") == 0 || strcmp(name->text, "var") == 0)
		begin_declaration(script);
	if (is_sign(script, -1, '.') || (is_sign(script, -1, '!') && is_sign(script, -2, '.')))
		continue_chain(script, name);
	else if (is_key(script))
		read_key(script, name);
	else if (strcmp(name->text, "await") != 0)
		begin_chain(script, name);
	/* { nick } of a query's data is a variable as well as a key. */
}

static void read_string(struct script *script, const struct script_token *string)
{
	const char *key = NULL;
	if (string->text != NULL && is_key(script)) {
		read_key(script, string);
		return;
	}
	if (string->length > 4 && iw_refs_read_sql(script->file, string->offset, string->length))
		return;
	if (string->text == NULL || !iw_refs_is_word(script->file, string->text))
		return;
	/* distinct: ['nick'], by: ['nick']; user['nick'] */
	if (top(script)->sign == '[' && top(script)->model != NULL)
		use(script, top(script)->model, string, IW_CERTAIN, "name of a field");
	else if (is_sign(script, -1, '[') && top(script)->result != NULL)
		use(script, top(script)->result, string, IW_CERTAIN, "member");
	else if ((key = key_before(script)) != NULL && top(script)->model != NULL &&
		 (strcmp(key, "distinct") == 0 || strcmp(key, "by") == 0))
		use(script, top(script)->model, string, IW_CERTAIN, "name of a field");
}

static void read_sign(struct script *script, char sign)
{
	if (strchr("({[", sign) != NULL) {
		open_bracket(script, sign);
		/* distinct: [...] is no structure, and its strings are fields */
		const char *key = sign == '[' ? key_before(script) : NULL;
		if (key != NULL && script->brackets->len > 1 &&
		    (strcmp(key, "distinct") == 0 || strcmp(key, "by") == 0))
			top(script)->model =
				g_array_index(script->brackets, struct bracket, script->brackets->len - 2).model;
	} else if (sign == ')') {
		close_parenthesis(script);
	} else if (sign == '}' || sign == ']') {
		const struct refs_model *result = sign == ']' ? top(script)->result : NULL;
		close_bracket(script);
		script->chain = result;
	} else if (sign == ';') {
		script->chain = NULL;
		script->pending = script->brackets->len <= script->pending_depth ? NULL : script->pending;
	} else if (sign != '.' && sign != '!') {
		script->chain = NULL;
	}
}

void iw_refs_read_script(struct refs_file *file)
{
	iw_arena *arena = file->private->scratch;
	bool is_mixed =
		!(g_str_has_suffix(file->path, "s") || g_str_has_suffix(file->path, "x")); /* .vue, .svelte, .astro */
	g_autoptr(GArray) brackets = g_array_new(FALSE, FALSE, sizeof(struct bracket));
	struct script script = {
		.file = file,
		.tokens = iw_script_cut(arena, file->source->text, file->source->length, is_mixed),
		.brackets = brackets,
		.variables = iw_arena_hash_table(arena, g_str_hash, g_str_equal),
		.namespaces = iw_arena_hash_table(arena, g_str_hash, g_str_equal),
	};
	const struct bracket outside = {.sign = 'F'};
	g_array_append_val(brackets, outside);
	find_mentioned(&script);
	for (; script.at < script.tokens->len; script.at++) {
		const struct script_token *one = token(&script, 0);
		if (one->kind == SCRIPT_NAME)
			read_name(&script, one);
		else if (one->kind == SCRIPT_STRING)
			read_string(&script, one);
		else if (one->kind == SCRIPT_TEMPLATE && one->length > 12)
			iw_refs_read_sql(file, one->offset, one->length);
		else if (one->kind == SCRIPT_SIGN)
			read_sign(&script, one->sign);
	}
}
