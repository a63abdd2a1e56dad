/* What is to be seen in functions of migrations; see notes.h. */
#include "framework/python/notes.h"

#include <stdarg.h>
#include <string.h>

bool iw_py_notes_open(struct iw_py_notes *self, iw_arena *arena, const char *path, const char *shown, GPtrArray *notes)
{
	*self = (struct iw_py_notes){.arena = arena, .notes = notes, .source = iw_source_open(path, shown, NULL)};
	if (self->source == NULL)
		return false;
	iw_arena_defer(arena, (GDestroyNotify)iw_source_unref, self->source);
	struct py_names names = {.arena = arena};
	self->tree = iw_py_parse(&names, self->source, NULL);
	return self->tree != NULL;
}

struct iw_code_note *iw_py_note(struct iw_py_notes *self, enum iw_note_kind kind, const struct py_node *node,
				const char *format, ...)
{
	va_list list;
	va_start(list, format);
	g_autofree char *text = g_strdup_vprintf(format, list);
	va_end(list);
	const char *begin = self->source->text + node->offset;
	const char *end = memchr(begin, '\n', node->length);
	size_t length = end == NULL ? node->length : (size_t)(end - begin);
	struct iw_code_note *note = iw_new(self->arena, struct iw_code_note);
	*note = (struct iw_code_note){
		kind, {self->source, node->offset, length}, iw_arena_strdup(self->arena, text), false};
	g_ptr_array_add(self->notes, note);
	return note;
}

static void walk(const struct py_node *node, bool (*visit)(void *data, const struct py_node *node), void *data,
		 int depth)
{
	enum { DEEPEST = 400 };
	if (node == NULL || depth > DEEPEST || !visit(data, node))
		return;
	walk(node->a, visit, data, depth + 1);
	walk(node->b, visit, data, depth + 1);
	walk(node->c, visit, data, depth + 1);
	walk(node->d, visit, data, depth + 1);
	for (guint i = 0; i < node->count; i++)
		walk(node->items[i], visit, data, depth + 1);
}

void iw_py_walk(const struct py_node *node, bool (*visit)(void *data, const struct py_node *node), void *data)
{
	walk(node, visit, data, 0);
}

const char *iw_py_called(const struct py_node *node)
{
	/* The list of a class's bases is a CALL of nothing. */
	if (node == NULL || node->kind != PY_CALL || node->a == NULL ||
	    (node->a->kind != PY_NAME && node->a->kind != PY_ATTRIBUTE))
		return NULL;
	return node->a->text;
}

const struct py_node *iw_py_node_argument(const struct py_node *call, int position, const char *name)
{
	int at = 0;
	for (guint i = 0; i < call->count; i++) {
		const struct py_node *item = call->items[i];
		bool is_keyword = item->kind == PY_KEYWORD;
		if (is_keyword && item->text != NULL && strcmp(item->text, name) == 0)
			return item->a;
		if (!is_keyword && at++ == position)
			return item;
	}
	return NULL;
}

bool iw_py_holds(const struct iw_py_notes *self, const struct py_node *node, const char *text)
{
	return memmem(self->source->text + node->offset, node->length, text, strlen(text)) != NULL;
}

/* backfills ---------------------------------------------------------------------------------------------------------
 */

struct backfill {
	struct iw_py_notes *self;
	const struct py_node *function;
};

/* What a name was last set to in the function; the node itself when it is no name. */
struct looking {
	const char *name;
	size_t before;
	const struct py_node *found;
};

static bool look(void *data, const struct py_node *node)
{
	struct looking *looking = data;
	if (node->kind == PY_ASSIGN && node->count == 1 && node->items[0]->kind == PY_NAME &&
	    node->offset < looking->before && strcmp(node->items[0]->text, looking->name) == 0)
		looking->found = node->a;
	return true;
}

static const struct py_node *value_of(struct iw_py_notes *self, const struct py_node *function,
				      const struct py_node *node)
{
	enum { MOST_LOOKUPS = 1000 };
	struct looking looking = {.before = node->offset, .found = node};
	if (node->kind != PY_NAME || self->lookups++ > MOST_LOOKUPS)
		return node;
	looking.name = node->text;
	iw_py_walk(function, look, &looking);
	return looking.found;
}

/* A filter that only asks for what is missing is none: x__isnull=True, x=None. */
static bool restricts(const struct py_node *call)
{
	for (guint i = 0; i < call->count; i++) {
		const struct py_node *item = call->items[i];
		bool is_missing = item->kind == PY_KEYWORD && item->text != NULL &&
				  (g_str_has_suffix(item->text, "__isnull") || item->a->kind == PY_NONE);
		if (!is_missing)
			return true;
	}
	return false;
}

/* The node's chain of calls begins at Model.objects, or session.query(Model), and nothing narrows it. */
static bool is_all_rows(struct iw_py_notes *self, const struct py_node *function, const struct py_node *node)
{
	bool is_query = false;
	for (int steps = 0; node != NULL && steps < 40; steps++) {
		const char *name = iw_py_called(node);
		node = value_of(self, function, node);
		name = iw_py_called(node);
		if (node->kind == PY_SUBSCRIPT)
			return false;
		if (name != NULL &&
		    (strcmp(name, "get") == 0 || strcmp(name, "first") == 0 || strcmp(name, "limit") == 0 ||
		     strcmp(name, "earliest") == 0 || strcmp(name, "latest") == 0 || strcmp(name, "raw") == 0 ||
		     strcmp(name, "one") == 0))
			return false;
		bool narrows = name != NULL && (strcmp(name, "filter") == 0 || strcmp(name, "exclude") == 0 ||
						strcmp(name, "filter_by") == 0 || strcmp(name, "where") == 0);
		if (narrows && restricts(node))
			return false;
		is_query |= (node->kind == PY_ATTRIBUTE &&
			     (strcmp(node->text, "objects") == 0 || strcmp(node->text, "_default_manager") == 0 ||
			      strcmp(node->text, "all_objects") == 0)) ||
			    (name != NULL && strcmp(name, "query") == 0 && node->a->kind == PY_ATTRIBUTE);
		node = node->kind == PY_CALL || node->kind == PY_ATTRIBUTE ? node->a : NULL;
	}
	return is_query;
}

/* SELECT without WHERE and LIMIT, in execute(). */
static bool is_whole_select(struct iw_py_notes *self, const struct py_node *function, const struct py_node *node)
{
	static const char *const narrowing[] = {"where", "limit", "fetch first", "between"};
	node = value_of(self, function, node);
	while (node->kind == PY_CALL && node->a->kind == PY_ATTRIBUTE && g_str_has_prefix(node->a->text, "fetch"))
		node = value_of(self, function, node->a->a);
	g_autofree char *text = g_ascii_strdown(self->source->text + node->offset, node->length);
	if (g_strcmp0(iw_py_called(node), "execute") != 0 || strstr(text, "select") == NULL)
		return false;
	for (size_t i = 0; i < G_N_ELEMENTS(narrowing); i++)
		if (strstr(text, narrowing[i]) != NULL)
			return false;
	return true;
}

/* SQLAlchemy's session writes what is set: for row in session.query(X): row.x = ... */
struct setting {
	const char *row;
	bool is_set;
};

static bool see_setting(void *data, const struct py_node *node)
{
	struct setting *setting = data;
	if (node->kind == PY_ASSIGN && node->count == 1 && node->items[0]->kind == PY_ATTRIBUTE &&
	    node->items[0]->a->kind == PY_NAME && strcmp(node->items[0]->a->text, setting->row) == 0)
		setting->is_set = true;
	return true;
}

static bool sets_rows(const struct iw_py_notes *self, const struct py_node *function, const struct py_node *loop)
{
	struct setting setting = {.row = loop->a->kind == PY_NAME ? loop->a->text : ""};
	if (iw_py_holds(self, function, ".query("))
		iw_py_walk(loop->c, see_setting, &setting);
	return setting.is_set;
}

static bool see_backfill(void *data, const struct py_node *node)
{
	struct backfill *backfill = data;
	struct iw_py_notes *self = backfill->self;
	const char *called = iw_py_called(node);
	if (node->kind == PY_FOR) {
		const struct py_node *rows = node->b;
		bool is_orm = is_all_rows(self, backfill->function, rows);
		bool changes =
			is_orm ? iw_py_holds(self, node->c, ".save(") || iw_py_holds(self, node->c, ".update(") ||
					 iw_py_holds(self, node->c, ".execute(") ||
					 iw_py_holds(self, node->c, ".add(") ||
					 sets_rows(self, backfill->function, node)
			       : iw_py_holds(self, node->c, ".execute(") || iw_py_holds(self, node->c, "op.execute(");
		if (changes && (is_orm || is_whole_select(self, backfill->function, rows))) {
			iw_py_note(self, IW_NOTE_BACKFILL_IN_ONE_TRANSACTION, node,
				   "%s() changes the rows of a whole table one by one, all in one transaction",
				   backfill->function->text);
			return false;
		}
	}
	bool is_update =
		called != NULL && strcmp(called, "update") == 0 && node->a->kind == PY_ATTRIBUTE && node->count > 0;
	if (is_update && is_all_rows(self, backfill->function, node->a->a))
		iw_py_note(self, IW_NOTE_BACKFILL_IN_ONE_TRANSACTION, node,
			   "%s() changes all rows of a table in one statement", backfill->function->text);
	return true;
}

void iw_py_note_backfills(struct iw_py_notes *self, const struct py_node *function)
{
	struct backfill backfill = {self, function};
	iw_py_walk(function->b, see_backfill, &backfill);
}

/* imports -----------------------------------------------------------------------------------------------------------
 */

struct import {
	const struct py_node *alias;
	const char *name, *module;
	bool is_used;
};

struct importing {
	struct iw_py_notes *self;
	GArray *imports; /* struct import */
	bool in_function;
};

static bool is_models_module(const char *module, guint level)
{
	static const char *const others[] = {"django",	"sqlalchemy", "alembic",     "rest_framework",
					     "wagtail", "taggit",     "sqlmodel",    "polymorphic",
					     "mptt",	"treebeard",  "geoalchemy2", "pgvector"};
	for (size_t i = 0; level == 0 && i < G_N_ELEMENTS(others); i++)
		if (g_str_has_prefix(module, others[i]) &&
		    (module[strlen(others[i])] == '.' || module[strlen(others[i])] == '\0'))
			return false;
	return strcmp(module, "models") == 0 || g_str_has_suffix(module, ".models") ||
	       strstr(module, ".models.") != NULL || g_str_has_prefix(module, "models.");
}

static bool see_import(void *data, const struct py_node *node)
{
	struct importing *importing = data;
	if (node->kind != PY_FROM || !is_models_module(node->text == NULL ? "" : node->text, node->sign))
		return true;
	for (guint i = 0; i < node->count; i++) {
		const struct py_node *alias = node->items[i];
		/* Classes are called so: constants, validators and defaults are not. */
		if (!g_ascii_isupper(alias->text[0]) || !g_ascii_islower(alias->text[strlen(alias->text) - 1]))
			continue;
		const struct import one = {alias, alias->a == NULL ? alias->text : alias->a->text, node->text, false};
		g_array_append_val(importing->imports, one);
	}
	return true;
}

static void use_name(struct importing *importing, const struct py_node *node)
{
	if (node == NULL || node->kind != PY_NAME)
		return;
	for (guint i = 0; i < importing->imports->len; i++) {
		struct import *one = &g_array_index(importing->imports, struct import, i);
		one->is_used |= strcmp(one->name, node->text) == 0;
	}
}

/* User.objects, User.__table__, session.query(User), select(User.id), bulk_insert_mappings(User, ...) */
static bool see_use(void *data, const struct py_node *node)
{
	static const char *const queries[] = {"query",
					      "select",
					      "insert",
					      "update",
					      "delete",
					      "get",
					      "bulk_insert_mappings",
					      "bulk_update_mappings",
					      "bulk_insert",
					      "add",
					      "exists",
					      "aliased",
					      "merge"};
	struct importing *importing = data;
	if (node->kind == PY_ATTRIBUTE && (strcmp(node->text, "objects") == 0 || strcmp(node->text, "__table__") == 0 ||
					   strcmp(node->text, "_default_manager") == 0))
		use_name(importing, node->a);
	const char *called = iw_py_called(node);
	for (size_t i = 0; called != NULL && i < G_N_ELEMENTS(queries); i++) {
		if (strcmp(called, queries[i]) != 0)
			continue;
		for (guint k = 0; k < node->count; k++) {
			const struct py_node *item = node->items[k];
			use_name(importing, item->kind == PY_ATTRIBUTE ? item->a
					    : item->kind == PY_CALL    ? item->a
								       : item);
		}
	}
	return true;
}

static bool see_functions(void *data, const struct py_node *node)
{
	if (node->kind == PY_FUNCTION)
		iw_py_walk(node->b, see_use, data);
	return true;
}

void iw_py_note_imports(struct iw_py_notes *self, const char *instead)
{
	g_autoptr(GArray) imports = g_array_new(FALSE, FALSE, sizeof(struct import));
	struct importing importing = {.self = self, .imports = imports};
	iw_py_walk(self->tree, see_import, &importing);
	if (imports->len > 0)
		iw_py_walk(self->tree, see_functions, &importing);
	for (guint i = 0; i < imports->len; i++) {
		const struct import *one = &g_array_index(imports, struct import, i);
		if (one->is_used)
			iw_py_note(self, IW_NOTE_IMPORTS_MODELS, one->alias,
				   "the application's own %s is used: it has the columns of today, not of this "
				   "migration%s",
				   one->name, instead);
	}
}
