/* Uses of fields and models in a Python file, by its syntax tree. */
#include "refs/python_internal.h"

#include <string.h>

static void visit(struct python *python, const struct py_node *node);

static bool is_model(const struct refs_model *model)
{
	return model != NULL && model != &iw_python_other && model != &iw_python_self;
}

/* Where the `length` bytes of the name stand within the node's text. */
static struct iw_place place_of(const struct python *python, const struct py_node *node, const char *name,
				size_t length)
{
	const char *text = python->file->source->text + node->offset;
	const char *found = memmem(text, node->length, name, length);
	size_t offset = node->offset + (found == NULL ? 0 : (size_t)(found - text));
	return iw_refs_place(python->file, offset, found == NULL ? node->length : length);
}

/* "user__nick": each part of it, from `model` on where that is known. */
static void use_path(struct python *python, const struct refs_model *model, const struct py_node *node,
		     const char *path, enum iw_certainty most, const char *how)
{
	bool was_known = model != NULL;
	path += *path == '-' || *path == '+';
	while (*path != '\0' && !(was_known && model == NULL)) {
		const char *end = strstr(path, "__");
		size_t length = end == NULL ? strlen(path) : (size_t)(end - path);
		g_autofree char *name = g_strndup(path, length);
		if (iw_refs_is_word(python->file, name))
			iw_refs_use_field(python->file, model, name, place_of(python, node, name, length), most, how);
		g_free((char *)python->file->owner);
		python->file->owner = g_strdup(name); /* of the part behind it */
		if (model != NULL)
			model = iw_refs_related(python->file->private, model, name);
		path += length + (end == NULL ? 0 : 2);
	}
	g_free((char *)python->file->owner);
	python->file->owner = NULL;
}

static bool is_path(const char *text)
{
	text += *text == '-' || *text == '+';
	if (!g_ascii_isalpha(*text) && *text != '_')
		return false;
	while (g_ascii_isalnum(*text) || *text == '_')
		text++;
	return *text == '\0';
}

static void visit_string(struct python *python, const struct py_node *node)
{
	const struct python_class *class = python->class;
	if (python->names_fields && class != NULL && class->declared != NULL &&
	    g_hash_table_contains(class->declared, node->text))
		return; /* what it means stands where it is declared */
	if (node->text != NULL && python->names_fields && is_path(node->text))
		use_path(python, python->query, node, node->text, IW_CERTAIN, "name of a field");
	else if (node->text_length > 4)
		iw_refs_read_sql(python->file, node->offset, node->length);
}

/* calls -------------------------------------------------------------------------------------------------------------
 */

/* "UserFactory" of User. */
static const struct refs_model *made_by(struct python *python, const char *callee)
{
	if (callee == NULL || !g_str_has_suffix(callee, "Factory"))
		return NULL;
	g_autofree char *name = g_strndup(callee, strlen(callee) - strlen("Factory"));
	const struct refs_model *model = iw_refs_find_model(python->file->private, name, NULL);
	return model != NULL && model->is_known && model->table != NULL ? model : NULL;
}

/* What the keywords of a call are fields of; *most: how sure that is; IW_CERTAINTIES: they are none. */
static const struct refs_model *keyword_model(struct python *python, const struct py_node *call,
					      enum iw_certainty *most)
{
	const char *name = iw_python_called(call);
	*most = IW_CERTAINTIES;
	if (name == NULL)
		return NULL;
	if (strcmp(name, "Q") == 0 || strcmp(name, "When") == 0) {
		*most = IW_CERTAIN;
		return python->query;
	}
	const struct refs_model *of = iw_python_resolve(python, call->a->kind == PY_ATTRIBUTE ? call->a->a : call->a);
	bool is_method = call->a->kind == PY_ATTRIBUTE && iw_python_is_query_method(name);
	if (of == &iw_python_self || (of == &iw_python_other && call->a->kind == PY_NAME))
		of = NULL;
	if (is_model(of)) {
		*most = call->a->kind == PY_NAME || is_method ? IW_CERTAIN : IW_LIKELY;
		return of;
	}
	if (call->a->kind == PY_ATTRIBUTE && is_model(iw_python_resolve(python, call->a))) {
		*most = IW_CERTAIN; /* models.User(nick=...) */
		return iw_python_resolve(python, call->a);
	}
	const struct refs_model *made = made_by(python, name);
	const struct refs_model *first =
		call->count > 0 && call->items[0]->kind == PY_NAME ? iw_python_resolve(python, call->items[0]) : NULL;
	if (made != NULL || (is_model(first) && g_ascii_isupper(*call->items[0]->text))) {
		*most = IW_LIKELY;
		return made != NULL ? made : first;
	}
	*most = is_method && of == NULL ? IW_LIKELY : IW_POSSIBLE;
	return NULL;
}

static void use_keywords(struct python *python, const struct py_node *call)
{
	enum iw_certainty most;
	const struct refs_model *model = keyword_model(python, call, &most);
	const char *name = iw_python_called(call);
	g_autofree char *how =
		g_strdup_printf("%s()%s%s", name, model == NULL || strcmp(name, model->name) == 0 ? "" : " of ",
				model == NULL || strcmp(name, model->name) == 0 ? "" : model->name);
	bool is_values = strcmp(name, "values") == 0 && (model == NULL || model->kind == REFS_DJANGO);
	bool makes_up = is_values || strcmp(name, "annotate") == 0 || strcmp(name, "alias") == 0 ||
			strcmp(name, "aggregate") == 0;
	for (guint i = 0; most < IW_CERTAINTIES && i < call->count; i++) {
		const struct py_node *item = call->items[i];
		if (makes_up && item->kind == PY_KEYWORD && item->text != NULL) {
			if (iw_refs_is_word(python->file, item->text))
				g_hash_table_add(python->file->annotated, (char *)item->text);
			continue;
		}
		if (item->kind == PY_KEYWORD && item->text != NULL)
			use_path(python, model, item, item->text, most, how);
	}
}

/* getattr(user, "nick") */
static void use_getattr(struct python *python, const struct py_node *call)
{
	const struct py_node *name = call->count > 1 ? call->items[1] : NULL;
	if (name == NULL || name->kind != PY_STRING || !is_path(name->text))
		return;
	const struct refs_model *model = iw_python_resolve(python, call->items[0]);
	if (model == &iw_python_other)
		return;
	enum iw_certainty most = model == &iw_python_self ? IW_POSSIBLE : IW_CERTAIN;
	iw_refs_use_field(python->file, is_model(model) ? model : NULL, name->text,
			  place_of(python, name, name->text, name->text_length), most, "getattr()");
}

static void visit_arguments(struct python *python, const struct py_node *call)
{
	const char *name = iw_python_called(call);
	const struct refs_model *query = python->query;
	bool names_fields = python->names_fields;
	const struct refs_model *of = call->a->kind == PY_ATTRIBUTE ? iw_python_resolve(python, call->a->a) : NULL;
	bool is_query = name != NULL && (iw_python_is_query_method(name) || iw_python_takes_names(name));
	if (name != NULL && strcmp(name, "OuterRef") == 0)
		python->query = NULL; /* of the query around this one */
	else if (is_model(of) && is_query)
		python->query = of;
	else if (call->a->kind == PY_ATTRIBUTE && is_query && of != &iw_python_other)
		python->query = NULL; /* of what is not known */
	for (guint i = 0; i < call->count; i++) {
		const struct py_node *item = call->items[i];
		bool is_keyword = item->kind == PY_KEYWORD;
		bool names = is_keyword && item->text != NULL &&
			     (strcmp(item->text, "update_fields") == 0 || strcmp(item->text, "fields") == 0 ||
			      strcmp(item->text, "source") == 0 || strcmp(item->text, "field_name") == 0 ||
			      strcmp(item->text, "queryset") == 0);
		python->names_fields = is_keyword ? names : name != NULL && iw_python_takes_names(name);
		if (names && python->query == NULL && python->class != NULL)
			python->query = python->class->serves;
		visit(python, is_keyword ? item->a : item);
	}
	python->query = query;
	python->names_fields = names_fields;
}

static void visit_call(struct python *python, const struct py_node *node)
{
	const char *name = iw_python_called(node);
	bool names_fields = python->names_fields;
	python->names_fields = false;
	/* The method's own name is no field: user.count() */
	visit(python, node->a != NULL && node->a->kind == PY_ATTRIBUTE ? node->a->a : node->a);
	python->names_fields = names_fields;
	if (name != NULL) {
		use_keywords(python, node);
		if (strcmp(name, "getattr") == 0 || strcmp(name, "setattr") == 0 || strcmp(name, "hasattr") == 0)
			use_getattr(python, node);
	}
	visit_arguments(python, node);
}

static void visit_attribute(struct python *python, const struct py_node *node)
{
	if (iw_refs_is_word(python->file, node->text)) {
		const struct refs_model *of = iw_python_resolve(python, node->a);
		enum iw_certainty most = of == &iw_python_self ? IW_POSSIBLE : IW_CERTAIN;
		size_t length = strlen(node->text);
		struct iw_place place = iw_refs_place(python->file, node->offset + node->length - length, length);
		g_autofree char *how =
			g_strdup_printf("attribute%s%s", is_model(of) ? " of " : "", is_model(of) ? of->name : "");
		python->file->owner = node->a->kind == PY_NAME || node->a->kind == PY_ATTRIBUTE ? node->a->text : NULL;
		if (of != &iw_python_other)
			iw_refs_use_field(python->file, is_model(of) ? of : NULL, node->text, place, most, how);
		python->file->owner = NULL;
	}
	visit(python, node->a);
}

/* scopes ------------------------------------------------------------------------------------------------------------
 */

static struct python_scope *open_scope(struct python *python)
{
	iw_arena *arena = python->file->private->scratch;
	struct python_scope *scope = iw_new(arena, struct python_scope);
	scope->parent = python->scope;
	scope->names = iw_arena_hash_table(arena, g_str_hash, g_str_equal);
	python->scope = scope;
	return scope->parent;
}

static void bind_parameters(struct python *python, const struct py_node *parameters)
{
	static const char *const served[] = {"obj", "instance", "self_instance", "queryset", "value_obj"};
	const struct refs_model *own = python->class == NULL ? NULL : python->class->model;
	for (guint i = 0; i < parameters->count; i++) {
		const struct py_node *parameter = parameters->items[i];
		const struct refs_model *model = iw_python_annotated(python, parameter->b);
		if (i == 0 && python->class != NULL &&
		    (strcmp(parameter->text, "self") == 0 || strcmp(parameter->text, "cls") == 0))
			model = own != NULL ? own : &iw_python_self;
		for (size_t k = 0; model == NULL && python->class != NULL && k < G_N_ELEMENTS(served); k++)
			if (strcmp(parameter->text, served[k]) == 0)
				model = python->class->serves;
		iw_python_bind(python, parameter->text, model);
	}
}

static void visit_function(struct python *python, const struct py_node *node)
{
	for (guint i = 0; i < node->count; i++)
		visit(python, node->items[i]);
	struct python_scope *outer = open_scope(python);
	const struct refs_model *query = python->query;
	python->query = NULL;
	bind_parameters(python, node->a);
	for (guint i = 0; i < node->a->count; i++)
		visit(python, node->a->items[i]->a);
	visit(python, node->b);
	python->query = query;
	python->scope = outer;
}

/* classes -----------------------------------------------------------------------------------------------------------
 */

/* Attributes of admin, serializer, form, filter and view classes, and of Meta, that hold names of fields. */
static bool holds_names(const char *name)
{
	static const char *const names[] = {
		"fields",
		"exclude",
		"list_display",
		"list_filter",
		"search_fields",
		"ordering",
		"readonly_fields",
		"fieldsets",
		"raw_id_fields",
		"autocomplete_fields",
		"list_editable",
		"date_hierarchy",
		"filterset_fields",
		"ordering_fields",
		"list_select_related",
		"prepopulated_fields",
		"filter_horizontal",
		"filter_vertical",
		"list_display_links",
		"read_only_fields",
		"extra_kwargs",
		"unique_together",
		"index_together",
		"indexes",
		"constraints",
		"get_latest_by",
		"lookup_field",
		"slug_field",
		"order_with_respect_to",
		"filter_fields",
		"widgets",
		"labels",
		"help_texts",
		"add_fieldsets",
		"only_fields",
		"django_get_or_create",
		"USERNAME_FIELD",
		"REQUIRED_FIELDS",
		"EMAIL_FIELD",
		"column_list",
		"column_searchable_list",
		"form_columns",
	};
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

/* `model = X`, `queryset = X.objects.all()`, also in its Meta. */
static const struct refs_model *served_by(struct python *python, const struct py_node *body)
{
	for (guint i = 0; i < body->count; i++) {
		const struct py_node *node = body->items[i];
		if (node->kind == PY_CLASS && strcmp(node->text, "Meta") == 0) {
			const struct refs_model *model = served_by(python, node->b);
			if (model != NULL)
				return model;
		}
		if (node->kind != PY_ASSIGN || node->count != 1 || node->items[0]->kind != PY_NAME)
			continue;
		const char *name = node->items[0]->text;
		if (strcmp(name, "model") != 0 && strcmp(name, "queryset") != 0)
			continue;
		const struct refs_model *model = node->a->kind == PY_STRING
							 ? iw_refs_model_of_label(python->file->private, node->a->text)
							 : iw_python_resolve(python, node->a);
		if (is_model(model)) {
			g_hash_table_add(python->file->mentioned, (void *)model);
			return model;
		}
	}
	return NULL;
}

static GHashTable *declared_by(struct python *python, const struct py_node *body)
{
	GHashTable *declared = iw_arena_hash_table(python->file->private->scratch, g_str_hash, g_str_equal);
	for (guint i = 0; i < body->count; i++) {
		const struct py_node *node = body->items[i];
		if (node->kind == PY_ASSIGN && node->count == 1 && node->items[0]->kind == PY_NAME &&
		    node->a->kind == PY_CALL)
			g_hash_table_add(declared, (char *)node->items[0]->text);
		else if (node->kind == PY_FUNCTION)
			g_hash_table_add(declared, (char *)node->text); /* list_display of an admin names its methods */
	}
	return declared;
}

/* @admin.register(User) */
static const struct refs_model *registered(struct python *python, const struct py_node *class)
{
	for (guint i = 0; i < class->count; i++) {
		const struct py_node *one = class->items[i];
		const char *name = iw_python_called(one);
		if (name != NULL && strcmp(name, "register") == 0 && one->count > 0) {
			const struct refs_model *model = iw_python_resolve(python, one->items[0]);
			if (is_model(model))
				return model;
		}
	}
	return NULL;
}

static bool has_keyword(const struct py_node *call, const char *name)
{
	for (guint i = 0; i < call->count; i++)
		if (call->items[i]->kind == PY_KEYWORD && g_strcmp0(call->items[i]->text, name) == 0)
			return true;
	return false;
}

static void visit_attributes(struct python *python, const struct py_node *node)
{
	const struct py_node *target = node->kind == PY_TYPED ? node->a : node->count == 1 ? node->items[0] : NULL;
	const struct py_node *value = node->kind == PY_TYPED ? node->c : node->a;
	const struct python_class *class = python->class;
	if (target == NULL || target->kind != PY_NAME) {
		visit(python, value);
		return;
	}
	const struct refs_model *of = class->model != NULL ? class->model : class->serves;
	/* nick = SerializerMethodField(), nick = CharField(source="name") */
	bool is_own =
		class->model == NULL && value != NULL && value->kind == PY_CALL && !class->makes &&
		(g_strcmp0(iw_python_called(value), "SerializerMethodField") == 0 || has_keyword(value, "source"));
	if (iw_refs_is_word(python->file, target->text) && of != NULL && !is_own) {
		const struct refs_field *field =
			class->model == NULL ? NULL : iw_refs_find_field(python->file->private, of, target->text);
		enum iw_certainty most = field != NULL || class->makes ? IW_CERTAIN : IW_LIKELY;
		const char *how = field != NULL	 ? "the model declares it"
				  : class->makes ? "a factory sets it"
						 : "a class of the model declares it";
		iw_refs_use_field(python->file, of, target->text,
				  iw_refs_place(python->file, target->offset, target->length), most, how);
	}
	python->query = of;
	python->names_fields = holds_names(target->text);
	visit(python, value);
	python->names_fields = false;
	python->query = NULL;
}

static void visit_body(struct python *python, const struct py_node *body)
{
	for (guint i = 0; i < body->count; i++) {
		const struct py_node *node = body->items[i];
		if (node->kind == PY_ASSIGN || node->kind == PY_TYPED)
			visit_attributes(python, node);
		else if (node->kind == PY_CLASS &&
			 (strcmp(node->text, "Meta") == 0 || strcmp(node->text, "Params") == 0))
			visit_body(python, node->b); /* speaks of the same model */
		else
			visit(python, node);
	}
}

static void visit_class(struct python *python, const struct py_node *node)
{
	struct python_class class = {0}, *outer = python->class;
	struct refs_model *model = iw_refs_find_model(python->file->private, node->text, NULL);
	GPtrArray *list = g_hash_table_lookup(python->file->private->by_name, node->text);
	for (guint i = 0; list != NULL && i < list->len; i++)
		if (strcmp(((struct refs_model *)list->pdata[i])->file, python->file->path) == 0)
			model = list->pdata[i];
	if (model != NULL && strcmp(model->file, python->file->path) == 0 && model->is_known) {
		class.model = model;
		if (model->table != NULL)
			g_hash_table_add(python->file->mentioned, model);
		iw_refs_use_model(python->file, model, place_of(python, node, node->text, strlen(node->text)),
				  "the model itself");
	}
	iw_python_bind(python, node->text, class.model != NULL ? class.model : &iw_python_other);
	class.serves = class.model != NULL ? NULL : registered(python, node);
	if (class.serves == NULL && class.model == NULL)
		class.serves = served_by(python, node->b);
	if (class.serves != NULL)
		class.declared = declared_by(python, node->b);
	for (guint i = 0; i < node->c->count; i++) {
		const struct py_node *base = node->c->items[i];
		bool has_name = base->kind == PY_NAME || base->kind == PY_ATTRIBUTE;
		class.makes |= has_name && strstr(base->text, "Factory") != NULL;
		visit(python, base->kind == PY_KEYWORD ? base->a : base);
	}
	for (guint i = 0; i < node->count; i++)
		visit(python, node->items[i]);
	python->class = &class;
	visit_body(python, node->b);
	python->class = outer;
}

/* statements --------------------------------------------------------------------------------------------------------
 */

static void bind_target(struct python *python, const struct py_node *target, const struct refs_model *model)
{
	if (target->kind == PY_NAME)
		iw_python_bind(python, target->text, model == &iw_python_self ? NULL : model);
	/* user, created = User.objects.get_or_create(...) */
	for (guint i = 0; target->kind == PY_TUPLE && i < target->count; i++)
		bind_target(python, target->items[i], i == 0 ? model : NULL);
}

static const struct refs_model *value_model(struct python *python, const struct py_node *value)
{
	const char *name = value->kind == PY_CALL ? iw_python_called(value) : NULL;
	if (name != NULL && value->a->kind == PY_ATTRIBUTE &&
	    (strcmp(name, "get_or_create") == 0 || strcmp(name, "update_or_create") == 0))
		value = value->a->a;
	return iw_python_resolve(python, value);
}

static void visit_assign(struct python *python, const struct py_node *node)
{
	visit(python, node->a);
	const struct refs_model *model = value_model(python, node->a);
	for (guint i = 0; i < node->count; i++) {
		visit(python, node->items[i]);
		bind_target(python, node->items[i], model);
	}
}

static void visit_loop(struct python *python, const struct py_node *node)
{
	visit(python, node->b);
	const struct refs_model *model = iw_python_resolve(python, node->b);
	const struct py_node *target = node->a;
	const char *name = node->b->kind == PY_CALL ? iw_python_called(node->b) : NULL;
	if (name != NULL && strcmp(name, "enumerate") == 0 && node->b->count > 0 && target->kind == PY_TUPLE &&
	    target->count == 2) {
		model = iw_python_resolve(python, node->b->items[0]);
		target = target->items[1];
	}
	bind_target(python, target, model);
}

static void visit_comprehension(struct python *python, const struct py_node *node)
{
	struct python_scope *outer = open_scope(python);
	for (guint i = 0; i < node->count; i++) {
		visit_loop(python, node->items[i]);
		visit(python, node->items[i]->c);
		for (guint k = 0; k < node->items[i]->count; k++)
			visit(python, node->items[i]->items[k]);
	}
	visit(python, node->a);
	visit(python, node->b);
	python->scope = outer;
}

static void visit_children(struct python *python, const struct py_node *node)
{
	visit(python, node->a);
	visit(python, node->b);
	visit(python, node->c);
	visit(python, node->d);
	for (guint i = 0; i < node->count; i++)
		visit(python, node->items[i]);
}

static void visit_name(struct python *python, const struct py_node *node)
{
	const struct refs_model *model =
		iw_refs_is_word(python->file, node->text) ? iw_python_resolve(python, node) : NULL;
	if (is_model(model) && strcmp(model->name, node->text) == 0)
		iw_refs_use_model(python->file, model, iw_refs_place(python->file, node->offset, node->length), "used");
}

static void visit(struct python *python, const struct py_node *node)
{
	enum { DEEPEST = 400 };
	if (node == NULL || python->depth > DEEPEST)
		return;
	python->depth++;
	switch (node->kind) {
	case PY_STRING:
	case PY_FSTRING:
		if (node->kind == PY_STRING)
			visit_string(python, node);
		else if (!iw_refs_read_sql(python->file, node->offset, node->length))
			visit_children(python, node);
		break;
	case PY_NAME:
		visit_name(python, node);
		break;
	case PY_CALL:
		visit_call(python, node);
		break;
	case PY_ATTRIBUTE:
		visit_attribute(python, node);
		break;
	case PY_IMPORT:
	case PY_FROM:
		iw_python_import(python, node);
		break;
	case PY_FUNCTION:
		visit_function(python, node);
		break;
	case PY_CLASS:
		visit_class(python, node);
		break;
	case PY_ASSIGN:
		visit_assign(python, node);
		break;
	case PY_TYPED:
		visit(python, node->c);
		if (node->a->kind == PY_NAME)
			iw_python_bind(python, node->a->text, iw_python_annotated(python, node->b));
		break;
	case PY_FOR:
		visit_loop(python, node);
		visit(python, node->c);
		visit(python, node->d);
		break;
	case PY_COMPREHENSION:
		visit_comprehension(python, node);
		break;
	default:
		visit_children(python, node);
		break;
	}
	python->depth--;
}

void iw_refs_read_python(struct refs_file *file)
{
	struct py_names names = {.arena = file->private->scratch};
	struct py_node *tree = iw_py_parse(&names, file->source, NULL);
	if (tree == NULL) {
		iw_refs_read_strings(file); /* Python 2, or half a file */
		return;
	}
	file->annotated = iw_arena_hash_table(file->private->scratch, g_str_hash, g_str_equal);
	struct python python = {.file = file, .stars = iw_arena_ptr_array(file->private->scratch)};
	open_scope(&python);
	visit(&python, tree);
}
