/* The project's models: which table each class, Prisma model or Drizzle constant stands for. */
#include "refs/refs_internal.h"

#include <string.h>

static void add_to(iw_arena *arena, GHashTable *map, const char *key, void *value)
{
	GPtrArray *list = g_hash_table_lookup(map, key);
	if (list == NULL) {
		list = iw_arena_ptr_array(arena);
		g_hash_table_insert(map, (char *)key, list);
	}
	if (!g_ptr_array_find(list, value, NULL))
		g_ptr_array_add(list, value);
}

struct refs_model *iw_refs_add_model(struct refs_private *self, enum refs_kind kind, const char *name,
				     const char *table, const char *file)
{
	struct refs_model *model = iw_new(self->arena, struct refs_model);
	*model = (struct refs_model){
		.kind = kind,
		.name = iw_arena_strdup(self->arena, name),
		.table = iw_arena_strdup(self->arena, table),
		.file = iw_arena_strdup(self->arena, file),
		.bases = iw_arena_ptr_array(self->arena),
		.fields = iw_arena_ptr_array(self->arena),
	};
	g_ptr_array_add(self->models, model);
	add_to(self->arena, self->by_name, model->name, model);
	return model;
}

struct refs_field *iw_refs_add_field(struct refs_private *self, struct refs_model *model, const char *name,
				     const char *column)
{
	struct refs_field *field = iw_new(self->arena, struct refs_field);
	field->name = iw_arena_strdup(self->arena, name);
	field->column = iw_arena_strdup(self->arena, column == NULL ? name : column);
	g_ptr_array_add(model->fields, field);
	return field;
}

enum { DEEPEST = 12 };

static const struct refs_field *own_field(const struct refs_model *model, const char *name)
{
	for (guint i = 0; i < model->fields->len; i++) {
		const struct refs_field *field = model->fields->pdata[i];
		if (strcmp(field->name, name) == 0)
			return field;
		/* The attname of a relation. */
		size_t length = strlen(field->name);
		if (field->to != NULL && strncmp(field->name, name, length) == 0 && strcmp(name + length, "_id") == 0)
			return field;
	}
	return NULL;
}

/* Bases are found by their names: the one in the same file first. */
static struct refs_model *base_of(const struct refs_private *self, const struct refs_model *model, guint index)
{
	const char *name = model->bases->pdata[index];
	const char *dot = strrchr(name, '.');
	name = dot == NULL ? name : dot + 1;
	GPtrArray *list = g_hash_table_lookup(self->by_name, name);
	struct refs_model *found = NULL;
	for (guint i = 0; list != NULL && i < list->len; i++) {
		struct refs_model *one = list->pdata[i];
		if (one == model)
			continue;
		if (found == NULL || strcmp(one->file, model->file) == 0)
			found = one;
	}
	return found;
}

static const struct refs_field *find_field(const struct refs_private *self, const struct refs_model *model,
					   const char *name, int depth)
{
	const struct refs_field *field = own_field(model, name);
	for (guint i = 0; field == NULL && depth < DEEPEST && i < model->bases->len; i++) {
		const struct refs_model *base = base_of(self, model, i);
		if (base != NULL)
			field = find_field(self, base, name, depth + 1);
	}
	return field;
}

const struct refs_field *iw_refs_find_field(const struct refs_private *self, const struct refs_model *model,
					    const char *name)
{
	return find_field(self, model, name, 0);
}

static bool has_other(const struct refs_private *self, const struct refs_model *model, const char *name, int depth)
{
	if (model->others != NULL && g_hash_table_contains(model->others, name))
		return true;
	for (guint i = 0; depth < DEEPEST && i < model->bases->len; i++) {
		const struct refs_model *base = base_of(self, model, i);
		if (base != NULL && has_other(self, base, name, depth + 1))
			return true;
	}
	return false;
}

bool iw_refs_has_other(const struct refs_private *self, const struct refs_model *model, const char *name)
{
	return has_other(self, model, name, 0);
}

static bool derives(const struct refs_private *self, const struct refs_model *model, const struct refs_model *from,
		    int depth)
{
	if (model == from)
		return true;
	for (guint i = 0; depth < DEEPEST && i < model->bases->len; i++) {
		const struct refs_model *base = base_of(self, model, i);
		if (base != NULL && derives(self, base, from, depth + 1))
			return true;
	}
	return false;
}

bool iw_refs_derives(const struct refs_private *self, const struct refs_model *model, const struct refs_model *from)
{
	return derives(self, model, from, 0);
}

/* "app/models" is "…/app/models.py", "…/app/models/__init__.py" or "…/app/models/user.py". */
static bool is_at(const char *file, const char *path)
{
	size_t length = strlen(path);
	for (const char *at = strstr(file, path); at != NULL; at = strstr(at + 1, path))
		if (at > file && at[-1] == '/' && (at[length] == '/' || at[length] == '.'))
			return true;
	return false;
}

struct refs_model *iw_refs_find_model(const struct refs_private *self, const char *name, const char *path)
{
	GPtrArray *list = g_hash_table_lookup(self->by_name, name);
	struct refs_model *found = NULL;
	for (guint i = 0; list != NULL && i < list->len; i++) {
		struct refs_model *model = list->pdata[i];
		if (path != NULL && !is_at(model->file, path))
			continue;
		if (found == NULL || (found->table == NULL && model->table != NULL))
			found = model;
	}
	/* A package that hands on what its parts define: "from app import User". */
	const char *slash = found != NULL || path == NULL ? NULL : strchr(path, '/');
	if (found == NULL && list != NULL && path != NULL && list->len == 1 && slash != NULL) {
		g_autofree char *first = g_strndup(path, (gsize)(slash - path));
		struct refs_model *model = list->pdata[0];
		return is_at(model->file, first) ? model : NULL;
	}
	return found;
}

struct refs_model *iw_refs_user_model(const struct refs_private *self)
{
	for (guint i = 0; i < self->models->len; i++)
		if (((struct refs_model *)self->models->pdata[i])->is_user)
			return self->models->pdata[i];
	return NULL;
}

struct refs_model *iw_refs_model_of_label(const struct refs_private *self, const char *label)
{
	const char *dot = strrchr(label, '.');
	GPtrArray *list = g_hash_table_lookup(self->by_name, dot == NULL ? label : dot + 1);
	if (g_ascii_strcasecmp(label, "auth.user") == 0 || strstr(label, "AUTH_USER_MODEL") != NULL)
		return iw_refs_user_model(self);
	struct refs_model *first = NULL;
	guint count = 0;
	for (guint i = 0; list != NULL && i < list->len; i++) {
		struct refs_model *model = list->pdata[i];
		size_t length = dot == NULL ? 0 : (size_t)(dot - label);
		bool is_of_app = model->label != NULL && strlen(model->label) == length &&
				 strncmp(model->label, label, length) == 0;
		bool is_table = model->table != NULL || model->is_abstract;
		if (is_of_app && is_table)
			return model;
		count += is_table;
		first = first == NULL && is_table ? model : first;
	}
	return dot == NULL || count == 1 ? first : NULL;
}

/* "orders" of User, where Order.user has related_name="orders", or the default order_set (in lookups: order). */
static void index_way_back(struct refs_private *self, struct refs_model *model, const struct refs_field *field)
{
	g_autofree char *lower = g_ascii_strdown(model->name, -1);
	if (field->related_name != NULL) {
		add_to(self->arena, self->ways_back, field->related_name, model);
		return;
	}
	add_to(self->arena, self->ways_back, iw_arena_strdup(self->arena, lower), model);
	add_to(self->arena, self->ways_back, iw_arena_printf(self->arena, "%s_set", lower), model);
}

static void index_ways_back(struct refs_private *self)
{
	for (guint i = 0; i < self->models->len; i++) {
		struct refs_model *model = self->models->pdata[i];
		for (guint k = 0; model->kind == REFS_DJANGO && k < model->fields->len; k++) {
			const struct refs_field *field = model->fields->pdata[k];
			if (field->to != NULL)
				index_way_back(self, model, field);
		}
	}
}

static struct refs_model *way_back(const struct refs_private *self, const struct refs_model *model, const char *name)
{
	GPtrArray *list = g_hash_table_lookup(self->ways_back, name);
	for (guint i = 0; list != NULL && i < list->len; i++) {
		struct refs_model *other = list->pdata[i];
		for (guint k = 0; k < other->fields->len; k++) {
			const struct refs_field *field = other->fields->pdata[k];
			if (field->to != NULL && iw_refs_model_of_label(self, field->to) == model)
				return other;
		}
	}
	return NULL;
}

struct refs_model *iw_refs_related(const struct refs_private *self, const struct refs_model *model, const char *name)
{
	const struct refs_field *field = iw_refs_find_field(self, model, name);
	if (field != NULL)
		return field->to == NULL || strcmp(field->name, name) != 0 ? NULL
									   : iw_refs_model_of_label(self, field->to);
	return model->kind == REFS_DJANGO ? way_back(self, model, name) : NULL;
}

/* names of variables ------------------------------------------------------------------------------------------------
 */

/* "order_line", "orderLine" -> "order", "line". */
static GPtrArray *words_of(const char *name)
{
	GPtrArray *words = g_ptr_array_new_with_free_func(g_free);
	while (*name != '\0') {
		const char *end = name + 1;
		while (*end != '\0' && *end != '_' && !(g_ascii_isupper(*end) && g_ascii_islower(end[-1])))
			end++;
		if (*name != '_')
			g_ptr_array_add(words, g_strndup(name, (gsize)(end - name)));
		name = *end == '_' ? end + 1 : end;
	}
	return words;
}

/* The model called as the words from `begin` on, in any spelling of plural and case. */
static struct refs_model *named(const struct refs_private *self, const GPtrArray *words, guint begin, guint end)
{
	g_autoptr(GString) name = g_string_new(NULL);
	for (guint i = begin; i < end; i++) {
		const char *word = words->pdata[i];
		g_string_append_c(name, g_ascii_toupper(*word));
		g_string_append(name, word + 1);
	}
	/* "Order", "order" of Drizzle, "orders" of either. */
	for (int form = 0; form < 4; form++) {
		if (form == 1)
			name->str[0] = g_ascii_tolower(name->str[0]);
		else if (form == 2)
			g_string_append_c(name, 's');
		else if (form == 3 && !g_str_has_suffix(name->str, "ss"))
			break;
		else if (form == 3) { /* "orders" -> "Order" */
			g_string_truncate(name, name->len - 2);
			name->str[0] = g_ascii_toupper(name->str[0]);
		}
		struct refs_model *model = iw_refs_find_model(self, name->str, NULL);
		if (model != NULL && model->table != NULL)
			return model;
	}
	return NULL;
}

struct refs_model *iw_refs_named_like(const struct refs_private *self, const char *variable)
{
	g_autoptr(GPtrArray) words = words_of(variable);
	struct refs_model *model = NULL;
	for (guint begin = 0; model == NULL && begin < words->len; begin++)
		model = named(self, words, begin, words->len);
	for (guint end = words->len; model == NULL && end-- > 1;)
		model = named(self, words, 0, end);
	return model;
}

/* learning ----------------------------------------------------------------------------------------------------------
 */

/* Classes are models when what they derive from is one; their table follows from that. */
static bool is_model(struct refs_private *self, struct refs_model *model, int depth)
{
	static const char *const roots[] = {"Model",
					    "AbstractUser",
					    "AbstractBaseUser",
					    "DeclarativeBase",
					    "Base",
					    "SQLModel",
					    "MPTTModel",
					    "TimeStampedModel",
					    "DeclarativeMeta",
					    "PermissionsMixin",
					    "PolymorphicModel",
					    "Page"};
	if (model->is_known || model->kind >= REFS_PRISMA || model->table != NULL)
		return model->is_known = true;
	for (guint i = 0; depth < DEEPEST && i < model->bases->len; i++) {
		const char *name = model->bases->pdata[i], *dot = strrchr(name, '.');
		name = dot == NULL ? name : dot + 1;
		struct refs_model *base = base_of(self, model, i);
		bool is_root = base == NULL && (strcmp(name, "models.Model") == 0 || g_str_has_suffix(name, "Model"));
		for (size_t k = 0; base == NULL && !is_root && k < G_N_ELEMENTS(roots); k++)
			is_root = strcmp(roots[k], name) == 0;
		model->is_user |= base == NULL && (g_str_has_prefix(name, "AbstractUser") ||
						   g_str_has_prefix(name, "AbstractBaseUser"));
		if (base != NULL && base != model && is_model(self, base, depth + 1)) {
			model->is_known = true;
			model->is_user |= base->is_abstract && base->is_user;
			if (base->kind == REFS_SQLALCHEMY)
				model->kind = REFS_SQLALCHEMY;
		}
		model->is_known |= is_root;
	}
	return model->is_known;
}

static void name_tables(struct refs_private *self)
{
	for (guint i = 0; i < self->models->len; i++) {
		struct refs_model *model = self->models->pdata[i];
		if (!is_model(self, model, 0) || model->is_abstract || model->table != NULL)
			continue;
		/* A class of one table with its parent is that parent in another guise (Django's proxies). */
		if (model->kind == REFS_DJANGO && model->label != NULL) {
			g_autofree char *lower = g_ascii_strdown(model->name, -1);
			model->table = iw_arena_printf(self->arena, "%s_%s", model->label, lower);
		}
	}
	for (guint i = 0; i < self->models->len; i++) {
		struct refs_model *model = self->models->pdata[i];
		if (model->table != NULL)
			add_to(self->arena, self->by_table, model->table, model);
		if (model->accessor != NULL)
			add_to(self->arena, self->by_name, model->accessor, model);
	}
}

static bool has(const struct refs_private *self, const char *word)
{
	return memmem(self->buffer->data, self->buffer->len, word, strlen(word)) != NULL;
}

/* May a Python file define models? */
static bool may_define(const struct refs_private *self, const char *path)
{
	static const char *const marks[] = {"models.Model", "__tablename__", "DeclarativeBase",	 "db_table",
					    "Table(",	    "AbstractUser",  "AbstractBaseUser", "Field("};
	if (strstr(path, "/models") != NULL || strstr(path, "model.py") != NULL)
		return has(self, "class ") || has(self, "Table(");
	for (size_t i = 0; i < G_N_ELEMENTS(marks); i++)
		if (has(self, marks[i]))
			return true;
	return false;
}

static void learn_file(iw_refs *refs, const char *path)
{
	struct refs_private *self = refs->private;
	bool is_python = g_str_has_suffix(path, ".py"), is_prisma = g_str_has_suffix(path, ".prisma");
	bool is_script = g_str_has_suffix(path, ".ts") || g_str_has_suffix(path, ".js") ||
			 g_str_has_suffix(path, ".mts") || g_str_has_suffix(path, ".mjs");
	if (!is_python && !is_prisma && !is_script)
		return;
	guint skipped = refs->skipped->len;
	if (!iw_refs_read(refs, path)) {
		g_ptr_array_set_size(refs->skipped, (gint)skipped); /* said when it is read for its references */
		return;
	}
	const char *text = (const char *)self->buffer->data;
	if (is_prisma)
		iw_refs_learn_prisma(self, path, text);
	else if (is_script && (has(self, "pgTable(") || has(self, "mysqlTable(") || has(self, "sqliteTable(") ||
			       has(self, ".table(")))
		iw_refs_learn_drizzle(self, path, text);
	else if (is_python && may_define(self, path)) {
		g_autoptr(iw_source) source = iw_source_from_text(text, self->buffer->len - 1, path);
		iw_refs_learn_python(self, path, source);
	}
}

void iw_refs_learn(iw_refs *refs)
{
	struct refs_private *self = refs->private;
	for (guint i = 0; i < self->files->len; i++)
		learn_file(refs, self->files->pdata[i]);
	name_tables(self);
	index_ways_back(self);
	for (guint i = 0; i < self->models->len; i++)
		refs->models += ((struct refs_model *)self->models->pdata[i])->table != NULL;
}
