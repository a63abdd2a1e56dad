/* Classes and Table() objects of a Python file that may be models, and their fields. */
#include "refs/refs_internal.h"

#include <string.h>

struct learning {
	struct refs_private *self;
	const char *path;
	const char *label; /* Django's, of the folder */
};

/* "models.ForeignKey" -> "ForeignKey"; NULL: no name. */
static const char *last_name(const struct py_node *node)
{
	if (node == NULL || (node->kind != PY_NAME && node->kind != PY_ATTRIBUTE))
		return NULL;
	return node->text;
}

static const char *text_of(const struct py_node *node)
{
	return node != NULL && node->kind == PY_STRING ? node->text : NULL;
}

static const struct py_node *keyword(const struct py_node *call, const char *name)
{
	for (guint i = 0; i < call->count; i++)
		if (call->items[i]->kind == PY_KEYWORD && call->items[i]->text != NULL &&
		    strcmp(call->items[i]->text, name) == 0)
			return call->items[i]->a;
	return NULL;
}

static const struct py_node *positional(const struct py_node *call, guint index)
{
	for (guint i = 0; i < call->count; i++)
		if (call->items[i]->kind != PY_KEYWORD && index-- == 0)
			return call->items[i];
	return NULL;
}

/* What a relation points to, as written: "app.User", User, settings.AUTH_USER_MODEL, "self". */
static const char *relation_target(const struct learning *learning, const struct py_node *node, const char *own)
{
	const char *text = text_of(node);
	if (text == NULL)
		text = last_name(node);
	if (text == NULL)
		return NULL;
	return iw_arena_strdup(learning->self->arena, strcmp(text, "self") == 0 ? own : text);
}

static bool is_relation(const char *type)
{
	return strcmp(type, "ForeignKey") == 0 || g_str_has_suffix(type, "ForeignKey") ||
	       g_str_has_suffix(type, "OneToOneField") || g_str_has_suffix(type, "ManyToManyField") ||
	       strcmp(type, "relationship") == 0;
}

/* Fields that have no column of their own: MoneyField(amount_field=...), GenericForeignKey. */
static bool is_virtual(const struct py_node *call, const char *type)
{
	bool is_made_of_others = g_str_has_prefix(type, "Generic") || strcmp(type, "ParentalManyToManyField") == 0;
	for (guint i = 0; i < call->count; i++)
		is_made_of_others |= call->items[i]->kind == PY_KEYWORD && call->items[i]->text != NULL &&
				     g_str_has_suffix(call->items[i]->text, "_field") &&
				     strcmp(call->items[i]->text, "to_field") != 0;
	return is_made_of_others;
}

/* x = models.CharField(...), x = Column("name", ...), x: Mapped[int] = mapped_column(...) */
static void learn_field(struct learning *learning, struct refs_model *model, const char *name,
			const struct py_node *value)
{
	struct refs_private *self = learning->self;
	const char *type = value != NULL && value->kind == PY_CALL ? last_name(value->a) : NULL;
	if (type == NULL)
		return;
	bool is_column =
		strcmp(type, "Column") == 0 || strcmp(type, "mapped_column") == 0 || strcmp(type, "deferred") == 0;
	bool is_django = !is_column && (g_str_has_suffix(type, "Field") || g_str_has_suffix(type, "ForeignKey") ||
					g_str_has_suffix(type, "Key"));
	bool is_far = strcmp(type, "relationship") == 0;
	if ((!is_column && !is_django && !is_far) || (is_django && is_virtual(value, type)))
		return;
	const char *column = text_of(is_column ? positional(value, 0) : keyword(value, "db_column"));
	if (column == NULL && is_column)
		column = text_of(keyword(value, "name"));
	struct refs_field *field = iw_refs_add_field(self, model, name, column);
	if (is_column)
		model->kind = REFS_SQLALCHEMY;
	if (!is_relation(type))
		return;
	const struct py_node *to = positional(value, 0);
	field->to = relation_target(learning, to == NULL ? keyword(value, "to") : to, model->name);
	field->related_name = iw_arena_strdup(self->arena, text_of(keyword(value, "related_name")));
	if (field->related_name != NULL && g_str_has_suffix(field->related_name, "+"))
		field->related_name = "+";
	if (is_far || g_str_has_suffix(type, "ManyToManyField"))
		field->column = "";
	else if (column == NULL)
		field->column = iw_arena_printf(self->arena, "%s_id", name);
}

static void learn_meta(struct learning *learning, struct refs_model *model, const struct py_node *body)
{
	for (guint i = 0; i < body->count; i++) {
		const struct py_node *node = body->items[i];
		if (node->kind != PY_ASSIGN || node->count != 1 || node->items[0]->kind != PY_NAME)
			continue;
		const char *name = node->items[0]->text, *text = text_of(node->a);
		if (strcmp(name, "db_table") == 0 && text != NULL) {
			/* "schema"."table", as some write it for want of schemas. */
			const char *quoted = strstr(text, "\".\"");
			g_autofree char *copy = g_strdup(quoted == NULL ? text : quoted + 3);
			model->table = iw_arena_strdup(learning->self->arena, g_strdelimit(copy, "\"", '\0'));
		} else if (strcmp(name, "abstract") == 0) {
			model->is_abstract = node->a->kind == PY_TRUE;
		} else if (strcmp(name, "proxy") == 0 && node->a->kind == PY_TRUE) {
			model->is_abstract = true; /* it has no table of its own */
		} else if (strcmp(name, "app_label") == 0 && text != NULL) {
			model->label = iw_arena_strdup(learning->self->arena, text);
		}
	}
}

/* A property, a manager: its name is not a column's. */
static void learn_other(struct learning *learning, struct refs_model *model, const char *name)
{
	iw_arena *arena = learning->self->arena;
	if (model->others == NULL)
		model->others = iw_arena_hash_table(arena, g_str_hash, g_str_equal);
	g_hash_table_add(model->others, iw_arena_strdup(arena, name));
}

static void learn_member(struct learning *learning, struct refs_model *model, const struct py_node *node)
{
	const struct py_node *target = node->kind == PY_ASSIGN && node->count == 1 ? node->items[0]
				       : node->kind == PY_TYPED			   ? node->a
										   : NULL;
	const struct py_node *value = node->kind == PY_ASSIGN ? node->a : node->kind == PY_TYPED ? node->c : NULL;
	if (node->kind == PY_CLASS && strcmp(node->text, "Meta") == 0)
		learn_meta(learning, model, node->b);
	if (node->kind == PY_FUNCTION)
		learn_other(learning, model, node->text);
	if (target == NULL || target->kind != PY_NAME)
		return;
	const char *table = text_of(value);
	if (strcmp(target->text, "__tablename__") == 0 && table != NULL) {
		model->table = iw_arena_strdup(learning->self->arena, table);
		model->kind = REFS_SQLALCHEMY;
	} else if (strcmp(target->text, "__table__") == 0 && value != NULL && value->kind == PY_CALL) {
		table = text_of(positional(value, 0));
		model->table = iw_arena_strdup(learning->self->arena, table);
		model->kind = REFS_SQLALCHEMY;
	} else if (node->kind == PY_TYPED && value == NULL && node->b != NULL && node->b->kind == PY_SUBSCRIPT &&
		   g_strcmp0(last_name(node->b->a), "Mapped") == 0) {
		iw_refs_add_field(learning->self, model, target->text, NULL);
	} else {
		guint fields = model->fields->len;
		learn_field(learning, model, target->text, value);
		if (model->fields->len == fields)
			learn_other(learning, model, target->text);
	}
}

static void learn_block(struct learning *learning, const struct py_node *block);

static void learn_class(struct learning *learning, const struct py_node *class)
{
	struct refs_model *model = iw_refs_add_model(learning->self, REFS_DJANGO, class->text, NULL, learning->path);
	model->label = learning->label;
	for (guint i = 0; i < class->c->count; i++) {
		const struct py_node *base = class->c->items[i];
		if (base->kind == PY_KEYWORD)
			continue;
		if (base->kind == PY_CALL && base->a != NULL)
			base = base->a; /* the result of a function: its name is all there is */
		const char *name = last_name(base);
		bool is_root = base->kind == PY_ATTRIBUTE && base->a->kind == PY_NAME && name != NULL &&
			       strcmp(name, "Model") == 0;
		if (name != NULL)
			g_ptr_array_add(model->bases, is_root ? (char *)"models.Model"
							      : iw_arena_strdup(learning->self->arena, name));
	}
	for (guint i = 0; i < class->b->count; i++)
		learn_member(learning, model, class->b->items[i]);
}

/* users = Table("users", metadata, Column("name", ...)) */
static void learn_table(struct learning *learning, const char *name, const struct py_node *call)
{
	const char *type = call != NULL && call->kind == PY_CALL ? last_name(call->a) : NULL;
	const char *table = type != NULL && strcmp(type, "Table") == 0 ? text_of(positional(call, 0)) : NULL;
	if (table == NULL)
		return;
	struct refs_model *model = iw_refs_add_model(learning->self, REFS_SQLALCHEMY, name, table, learning->path);
	for (guint i = 0; i < call->count; i++) {
		const struct py_node *item = call->items[i];
		const char *column = item->kind == PY_CALL && g_strcmp0(last_name(item->a), "Column") == 0
					     ? text_of(positional(item, 0))
					     : NULL;
		const char *key = column == NULL ? NULL : text_of(keyword(item, "key"));
		if (column != NULL)
			iw_refs_add_field(learning->self, model, key == NULL ? column : key, column);
	}
}

static void learn_block(struct learning *learning, const struct py_node *block)
{
	for (guint i = 0; block != NULL && i < block->count; i++) {
		const struct py_node *node = block->items[i];
		if (node->kind == PY_CLASS)
			learn_class(learning, node);
		else if (node->kind == PY_ASSIGN && node->count == 1 && node->items[0]->kind == PY_NAME)
			learn_table(learning, node->items[0]->text, node->a);
		else if (node->kind == PY_IF || node->kind == PY_TRY || node->kind == PY_WITH) {
			learn_block(learning, node->kind == PY_IF ? node->b : node->a);
			learn_block(learning, node->kind == PY_IF ? node->c : NULL);
		}
	}
}

/* "shop" of "…/shop/models.py", "…/shop/models/order.py": the label that Django gives by default. */
static const char *label_of(iw_arena *arena, const char *path)
{
	const char *models = strstr(path, "/models");
	const char *last = NULL;
	for (; models != NULL; models = strstr(models + 1, "/models"))
		last = models;
	if (last == NULL)
		last = strrchr(path, '/');
	const char *begin = last;
	while (begin != NULL && begin > path && begin[-1] != '/')
		begin--;
	return begin == NULL ? NULL : iw_arena_strndup(arena, begin, (size_t)(last - begin));
}

void iw_refs_learn_python(struct refs_private *self, const char *path, const iw_source *source)
{
	struct py_names names = {.arena = self->scratch};
	struct learning learning = {self, path, label_of(self->arena, path)};
	learn_block(&learning, iw_py_parse(&names, source, NULL));
	iw_arena_reset(self->scratch);
}
