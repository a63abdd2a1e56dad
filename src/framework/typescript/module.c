/* Modules, the names in them, and imports between files; see typescript_internal.h. */
#include "framework/typescript/typescript_internal.h"

#include "base/error.h"

#include <jansson.h>
#include <string.h>

const TSLanguage *tree_sitter_typescript(void);

static const TSNode no_node;

struct ts_scope *iw_ts_scope_new(struct ts_scope *parent)
{
	iw_arena *arena = parent->module->evaluator->arena;
	struct ts_scope *scope = iw_new(arena, struct ts_scope);
	scope->module = parent->module;
	scope->parent = parent;
	scope->names = iw_arena_hash_table(arena, g_str_hash, g_str_equal);
	return scope;
}

struct ts_binding *iw_ts_find(struct ts_scope *scope, const char *name)
{
	for (; scope != NULL; scope = scope->parent) {
		struct ts_binding *binding = g_hash_table_lookup(scope->names, name);
		if (binding != NULL)
			return binding;
	}
	return NULL;
}

static struct ts_binding *add_binding(struct ts_scope *scope, GHashTable *names, const char *name)
{
	struct ts_binding *binding = iw_new(scope->module->evaluator->arena, struct ts_binding);
	binding->scope = scope;
	g_hash_table_insert(names, (char *)name, binding);
	return binding;
}

const struct iw_ts_value *iw_ts_binding_value(struct ts_binding *binding)
{
	if (binding->value != NULL)
		return binding->value;
	if (binding->is_busy)
		return iw_ts_unknown(binding->scope, binding->node, "this depends on itself");
	binding->is_busy = true;
	const struct iw_ts_value *value = binding->from != NULL ? iw_ts_import(binding->scope->module, binding->from,
									       binding->imported, binding->node)
								: iw_ts_evaluate(binding->scope, binding->node);
	if (binding->picked != NULL && binding->from == NULL)
		value = iw_ts_member_of(binding->scope, value, binding->picked, binding->node);
	binding->is_busy = false;
	binding->value = value;
	return value;
}

/* declarations ------------------------------------------------------------------------------------------------- */

static void bind_one(struct ts_scope *scope, const char *name, const char *picked, TSNode node,
		     const struct iw_ts_value *value)
{
	struct ts_binding *binding = add_binding(scope, scope->names, name);
	binding->node = node;
	binding->picked = picked;
	if (value != NULL)
		binding->value = picked == NULL ? value : iw_ts_member_of(scope, value, picked, node);
}

/* { a, b: c, d = 1 }: names only; deeper patterns and the rest are left out and so not known. */
static void bind_object(struct ts_scope *scope, TSNode pattern, TSNode node, const struct iw_ts_value *value)
{
	uint32_t count = ts_node_named_child_count(pattern);
	for (uint32_t i = 0; i < count; i++) {
		TSNode item = ts_node_named_child(pattern, i);
		if (iw_ts_is(item, "shorthand_property_identifier_pattern")) {
			const char *name = iw_ts_node_text(scope, item);
			bind_one(scope, name, name, node, value);
		} else if (iw_ts_is(item, "pair_pattern") && iw_ts_is(iw_ts_field(item, "value"), "identifier")) {
			bind_one(scope, iw_ts_node_text(scope, iw_ts_field(item, "value")),
				 iw_ts_node_text(scope, iw_ts_field(item, "key")), node, value);
		}
	}
}

void iw_ts_bind(struct ts_scope *scope, TSNode pattern, TSNode node, const struct iw_ts_value *value)
{
	if (iw_ts_is(pattern, "identifier"))
		bind_one(scope, iw_ts_node_text(scope, pattern), NULL, node, value);
	else if (iw_ts_is(pattern, "object_pattern"))
		bind_object(scope, pattern, node, value);
	else if (iw_ts_is(pattern, "array_pattern"))
		for (uint32_t i = 0; i < ts_node_named_child_count(pattern); i++) {
			TSNode item = ts_node_named_child(pattern, i);
			if (iw_ts_is(item, "identifier"))
				bind_one(scope, iw_ts_node_text(scope, item),
					 iw_arena_printf(scope->module->evaluator->arena, "%u", i), node, value);
		}
}

static void declare_enum(struct ts_scope *scope, TSNode node)
{
	struct iw_ts_value *object = iw_ts_new_value(scope, IW_TS_OBJECT, node);
	iw_arena *arena = scope->module->evaluator->arena;
	object->items = iw_arena_ptr_array(arena);
	TSNode body = iw_ts_field(node, "body");
	double next = 0;
	for (uint32_t i = 0; i < ts_node_named_child_count(body); i++) {
		TSNode item = ts_node_named_child(body, i);
		if (iw_ts_is(item, "comment"))
			continue;
		struct iw_ts_member *member = iw_new(arena, struct iw_ts_member);
		bool has_value = iw_ts_is(item, "enum_assignment");
		member->name = iw_ts_node_text(scope, has_value ? iw_ts_field(item, "name") : item);
		member->value =
			has_value ? iw_ts_evaluate(scope, iw_ts_field(item, "value")) : iw_ts_number(scope, item, next);
		if (member->value->kind == IW_TS_NUMBER)
			next = member->value->number + 1;
		g_ptr_array_add(object->items, member);
	}
	bind_one(scope, iw_ts_node_text(scope, iw_ts_field(node, "name")), NULL, node, object);
}

void iw_ts_declare(struct ts_scope *scope, TSNode node)
{
	if (iw_ts_is(node, "function_declaration")) {
		bind_one(scope, iw_ts_node_text(scope, iw_ts_field(node, "name")), NULL, node, NULL);
	} else if (iw_ts_is(node, "enum_declaration")) {
		declare_enum(scope, node);
	} else if (iw_ts_is(node, "lexical_declaration") || iw_ts_is(node, "variable_declaration")) {
		for (uint32_t i = 0; i < ts_node_named_child_count(node); i++) {
			TSNode item = ts_node_named_child(node, i);
			if (iw_ts_is(item, "variable_declarator"))
				iw_ts_bind(scope, iw_ts_field(item, "name"), iw_ts_field(item, "value"), NULL);
		}
	}
}

/* imports ------------------------------------------------------------------------------------------------------ */

static const char *string_text(struct ts_scope *scope, TSNode node)
{
	const struct iw_ts_value *value = iw_ts_evaluate(scope, node);
	return value->kind == IW_TS_STRING ? value->text : "";
}

static void add_import(struct ts_scope *scope, const char *name, const char *from, const char *imported, TSNode node)
{
	struct ts_binding *binding = add_binding(scope, scope->names, name);
	binding->from = from;
	binding->imported = imported;
	binding->node = node;
}

static const char *specifier_name(struct ts_scope *scope, TSNode specifier, const char *field)
{
	TSNode node = iw_ts_field(specifier, field);
	if (ts_node_is_null(node))
		return NULL;
	return iw_ts_is(node, "string") ? string_text(scope, node) : iw_ts_node_text(scope, node);
}

static void read_import_clause(struct ts_scope *scope, TSNode clause, const char *from)
{
	for (uint32_t i = 0; i < ts_node_named_child_count(clause); i++) {
		TSNode item = ts_node_named_child(clause, i);
		if (iw_ts_is(item, "identifier"))
			add_import(scope, iw_ts_node_text(scope, item), from, "default", item);
		else if (iw_ts_is(item, "namespace_import"))
			add_import(scope, iw_ts_node_text(scope, ts_node_named_child(item, 0)), from, "*", item);
		else if (iw_ts_is(item, "named_imports"))
			for (uint32_t k = 0; k < ts_node_named_child_count(item); k++) {
				TSNode specifier = ts_node_named_child(item, k);
				const char *name = specifier_name(scope, specifier, "name");
				const char *alias = specifier_name(scope, specifier, "alias");
				if (name != NULL)
					add_import(scope, alias != NULL ? alias : name, from, name, specifier);
			}
	}
}

static void read_import(struct ts_scope *scope, TSNode node)
{
	TSNode source = iw_ts_field(node, "source");
	for (uint32_t i = 0; i < ts_node_named_child_count(node); i++) {
		TSNode item = ts_node_named_child(node, i);
		if (iw_ts_is(item, "import_clause"))
			read_import_clause(scope, item, string_text(scope, source));
		else if (iw_ts_is(item, "import_require_clause"))
			add_import(scope, iw_ts_node_text(scope, ts_node_named_child(item, 0)),
				   string_text(scope, iw_ts_field(item, "source")), "default", item);
	}
	const char *package = ts_node_is_null(source) ? "" : string_text(scope, source);
	if (strcmp(package, "dotenv/config") == 0)
		iw_ts_load_dotenv(scope->module->evaluator, ".env", false);
	else if (strcmp(package, "@dotenvx/dotenvx/config") == 0 || strcmp(package, "dotenv-expand/config") == 0)
		iw_ts_load_dotenv(scope->module->evaluator, ".env", true);
	else if (package[0] == '.')
		iw_ts_import(scope->module, package, "*", source); /* for what it does to the environment */
}

/* exports ------------------------------------------------------------------------------------------------------ */

static void export_node(struct ts_module *module, const char *name, TSNode node)
{
	add_binding(&module->scope, module->exports, name)->node = node;
}

static void export_clause(struct ts_module *module, TSNode clause, const char *from)
{
	for (uint32_t i = 0; i < ts_node_named_child_count(clause); i++) {
		TSNode specifier = ts_node_named_child(clause, i);
		const char *name = specifier_name(&module->scope, specifier, "name");
		const char *alias = specifier_name(&module->scope, specifier, "alias");
		if (name == NULL)
			continue;
		struct ts_binding *binding = add_binding(&module->scope, module->exports, alias != NULL ? alias : name);
		binding->from = from;
		binding->imported = name;
		binding->node = from != NULL ? specifier : iw_ts_field(specifier, "name");
	}
}

static void export_declaration(struct ts_module *module, TSNode declaration)
{
	/* What a declaration declares: by declaring it in a scope of its own. */
	struct ts_scope *own = iw_ts_scope_new(&module->scope);
	iw_ts_declare(own, declaration);
	iw_ts_declare(&module->scope, declaration);
	GHashTableIter iterator;
	gpointer name;
	g_hash_table_iter_init(&iterator, own->names);
	while (g_hash_table_iter_next(&iterator, &name, NULL))
		g_hash_table_insert(module->exports, name, g_hash_table_lookup(module->scope.names, name));
}

static void read_export(struct ts_module *module, TSNode node)
{
	TSNode value = iw_ts_field(node, "value");
	TSNode declaration = iw_ts_field(node, "declaration");
	TSNode source = iw_ts_field(node, "source");
	const char *from = ts_node_is_null(source) ? NULL : string_text(&module->scope, source);
	bool is_default = false, is_star = false;
	for (uint32_t i = 0; i < ts_node_child_count(node); i++) {
		TSNode child = ts_node_child(node, i);
		is_default = is_default || iw_ts_is(child, "default");
		is_star = is_star || iw_ts_is(child, "*");
		if (iw_ts_is(child, "export_clause"))
			export_clause(module, child, from);
		if (iw_ts_is(child, "=") && i + 1 < ts_node_child_count(node)) /* export = value */
			export_node(module, "default", ts_node_child(node, i + 1));
	}
	if (is_star && from != NULL)
		g_ptr_array_add(module->stars, (char *)from);
	if (!ts_node_is_null(value))
		export_node(module, "default", value);
	if (ts_node_is_null(declaration))
		return;
	export_declaration(module, declaration);
	if (is_default)
		export_node(module, "default", declaration);
}

/* module.exports = x; exports.name = x */
static void read_assignment(struct ts_module *module, TSNode node)
{
	const char *left = iw_ts_node_text(&module->scope, iw_ts_field(node, "left"));
	TSNode right = iw_ts_field(node, "right");
	if (strcmp(left, "module.exports") == 0)
		export_node(module, "default", right);
	else if (g_str_has_prefix(left, "exports.") || g_str_has_prefix(left, "module.exports."))
		export_node(module, strrchr(left, '.') + 1, right);
}

/* Every name that is changed after its declaration, anywhere in the file. */
static void find_assignments(struct ts_module *module)
{
	TSTreeCursor cursor = ts_tree_cursor_new(ts_tree_root_node(module->tree));
	for (bool goes_on = true; goes_on;) {
		TSNode node = ts_tree_cursor_current_node(&cursor);
		bool is_assignment =
			iw_ts_is(node, "assignment_expression") || iw_ts_is(node, "augmented_assignment_expression");
		if (is_assignment || iw_ts_is(node, "update_expression")) {
			TSNode target = iw_ts_field(node, is_assignment ? "left" : "argument");
			const char *text = iw_ts_node_text(&module->scope, target);
			g_hash_table_add(module->assigned, (char *)text);
			/* config.a = 1 changes config */
			size_t base = strcspn(text, ".[?!");
			g_hash_table_add(module->assigned, iw_arena_strndup(module->evaluator->arena, text, base));
		}
		if (ts_tree_cursor_goto_first_child(&cursor))
			continue;
		while (!ts_tree_cursor_goto_next_sibling(&cursor))
			if (!ts_tree_cursor_goto_parent(&cursor)) {
				goes_on = false;
				break;
			}
	}
	ts_tree_cursor_delete(&cursor);
}

static void read_statements(struct ts_module *module)
{
	TSNode root = ts_tree_root_node(module->tree);
	uint32_t count = ts_node_named_child_count(root);
	for (uint32_t i = 0; i < count; i++) {
		TSNode node = ts_node_named_child(root, i);
		TSNode inner = iw_ts_is(node, "expression_statement") ? ts_node_named_child(node, 0) : no_node;
		if (iw_ts_is(node, "export_statement"))
			read_export(module, node);
		else if (iw_ts_is(inner, "assignment_expression"))
			read_assignment(module, inner);
		else
			iw_ts_declare(&module->scope, node);
	}
	/* Imports run first, then the statements in order, for what they do to the environment. */
	for (uint32_t i = 0; i < count; i++)
		if (iw_ts_is(ts_node_named_child(root, i), "import_statement"))
			read_import(&module->scope, ts_node_named_child(root, i));
	for (uint32_t i = 0; i < count; i++)
		iw_ts_execute(&module->scope, ts_node_named_child(root, i));
}

/* loading ------------------------------------------------------------------------------------------------------ */

static const struct iw_ts_value *from_json(struct ts_module *module, const json_t *json)
{
	iw_arena *arena = module->evaluator->arena;
	struct ts_scope *scope = &module->scope;
	const char *key;
	json_t *item;
	size_t index;
	if (json_is_string(json))
		return iw_ts_string(scope, no_node, iw_arena_strdup(arena, json_string_value(json)));
	if (json_is_number(json))
		return iw_ts_number(scope, no_node, json_number_value(json));
	if (json_is_boolean(json))
		return iw_ts_boolean(scope, no_node, json_is_true(json));
	if (json_is_null(json))
		return iw_ts_new_value(scope, IW_TS_NULL, no_node);
	struct iw_ts_value *value = iw_ts_new_value(scope, json_is_array(json) ? IW_TS_ARRAY : IW_TS_OBJECT, no_node);
	value->items = iw_arena_ptr_array(arena);
	json_array_foreach(json, index, item) g_ptr_array_add(value->items, (void *)from_json(module, item));
	json_object_foreach((json_t *)json, key, item)
	{
		struct iw_ts_member *member = iw_new(arena, struct iw_ts_member);
		*member = (struct iw_ts_member){iw_arena_strdup(arena, key), from_json(module, item)};
		g_ptr_array_add(value->items, member);
	}
	return value;
}

static bool load_json(struct ts_module *module, GError **error)
{
	const iw_source *source = module->source;
	json_error_t cause;
	json_t *json =
		json_loadb(source->text + source->start, source->length - source->start, JSON_DECODE_ANY, &cause);
	if (json == NULL) {
		size_t offset = cause.position > 0 ? (size_t)cause.position - 1 : 0;
		struct iw_place place = {source, MIN(source->start + offset, source->length), 1};
		return iw_fail_at(error, IW_ERROR_INPUT, &place, "%s:%d: this is not JSON: %s", source->path,
				  cause.line, cause.text);
	}
	module->json = from_json(module, json);
	json_decref(json);
	return true;
}

static bool check_text(const iw_source *source, GError **error)
{
	if (source->length > 4 * 1024 * 1024)
		return iw_fail(error, IW_ERROR_INPUT, "cannot read \"%s\": it is larger than 4 MB", source->path);
	gssize bad = iw_source_find_invalid(source);
	if (bad < 0)
		return true;
	struct iw_place place = {source, (size_t)bad, 1};
	return iw_fail_at(error, IW_ERROR_INPUT, &place, "cannot read \"%s\": it is not UTF-8 text", source->path);
}

static void parse_module(struct ts_module *module)
{
	const iw_source *source = module->source;
	TSParser *parser = ts_parser_new();
	if (!ts_parser_set_language(parser, tree_sitter_typescript()))
		g_error("the TypeScript grammar does not fit this tree-sitter");
	module->tree = ts_parser_parse_string(parser, NULL, source->text + source->start,
					      (uint32_t)(source->length - source->start));
	ts_parser_delete(parser);
	iw_arena_defer(module->evaluator->arena, (GDestroyNotify)ts_tree_delete, module->tree);
	find_assignments(module);
	read_statements(module);
}

struct ts_module *iw_ts_load(struct ts_evaluator *evaluator, const char *path, GError **error)
{
	struct ts_module *module = g_hash_table_lookup(evaluator->modules, path);
	if (module != NULL)
		return module;
	iw_source *source = iw_arena_source(evaluator->arena, path, error);
	if (source == NULL || !check_text(source, error))
		return NULL;
	module = iw_new(evaluator->arena, struct ts_module);
	module->evaluator = evaluator;
	module->path = path;
	module->source = source;
	module->scope.module = module;
	module->scope.names = iw_arena_hash_table(evaluator->arena, g_str_hash, g_str_equal);
	module->exports = iw_arena_hash_table(evaluator->arena, g_str_hash, g_str_equal);
	module->assigned = iw_arena_hash_table(evaluator->arena, g_str_hash, g_str_equal);
	module->stars = iw_arena_ptr_array(evaluator->arena);
	if (g_str_has_suffix(path, ".json"))
		return load_json(module, error) ? g_hash_table_insert(evaluator->modules, (char *)path, module),
		       module			: NULL;
	g_hash_table_insert(evaluator->modules, (char *)path, module);
	parse_module(module);
	return module;
}

/* "./db" is db.ts, db/index.ts and so on; "./db.js" may be db.ts. */
static const char *resolve_file(iw_arena *arena, const char *base)
{
	static const char *const suffixes[] = {"",     ".ts",  ".mts",	".cts",	     ".tsx",	   ".js",
					       ".mjs", ".cjs", ".json", "/index.ts", "/index.mts", "/index.js"};
	for (size_t i = 0; i < G_N_ELEMENTS(suffixes); i++) {
		const char *path = iw_arena_printf(arena, "%s%s", base, suffixes[i]);
		if (iw_path_is_file(path))
			return path;
	}
	const char *dot = strrchr(base, '.');
	if (dot == NULL || (strcmp(dot, ".js") != 0 && strcmp(dot, ".mjs") != 0 && strcmp(dot, ".cjs") != 0))
		return NULL;
	const char *path = iw_arena_printf(arena, "%.*s%sts", (int)(dot - base), base,
					   dot[1] == 'j'   ? "."
					   : dot[1] == 'm' ? ".m"
							   : ".c");
	return iw_path_is_file(path) ? path : NULL;
}

/* Relative files, and the customary aliases of the project's own folders; NULL: a package. */
static const char *resolve(struct ts_module *module, const char *from)
{
	iw_arena *arena = module->evaluator->arena;
	const char *directory = module->evaluator->directory;
	if (from[0] == '.' || from[0] == '/')
		return resolve_file(arena, iw_path_join(arena, iw_path_parent(arena, module->path), from));
	bool is_alias = g_str_has_prefix(from, "~/") || g_str_has_prefix(from, "@/") || g_str_has_prefix(from, "src/");
	if (!is_alias)
		return NULL;
	const char *rest = strchr(from, '/') + 1;
	const char *path = resolve_file(arena, iw_path_join(arena, directory, iw_arena_printf(arena, "src/%s", rest)));
	return path != NULL ? path : resolve_file(arena, iw_path_join(arena, directory, rest));
}

const struct iw_ts_value *iw_ts_import(struct ts_module *module, const char *from, const char *imported, TSNode node)
{
	struct ts_scope *scope = &module->scope;
	const char *path = resolve(module, from);
	if (path == NULL && (from[0] == '.' || from[0] == '/'))
		return iw_ts_unknown(scope, node, "there is no file \"%s\"", from);
	if (path == NULL)
		return iw_ts_foreign(scope, node, from, imported);
	if (g_hash_table_size(module->evaluator->modules) >= TS_MOST_MODULES)
		return iw_ts_unknown(scope, node, "this imports too many files");
	g_autoptr(GError) error = NULL;
	struct ts_module *other = iw_ts_load(module->evaluator, path, &error);
	if (other == NULL)
		return iw_ts_unknown(scope, node, "%s", error->message);
	if (other->json != NULL)
		return strcmp(imported, "default") == 0 || strcmp(imported, "*") == 0
			       ? other->json
			       : iw_ts_member(other->json, imported);
	if (strcmp(imported, "*") != 0)
		return iw_ts_export(other, imported);
	struct iw_ts_value *value = iw_ts_new_value(scope, IW_TS_FUNCTION, node);
	struct ts_function *function = iw_new(module->evaluator->arena, struct ts_function);
	function->module = other;
	value->function = function;
	return value;
}

/* The first child of the file that cannot be read; a null node: all can. */
static TSNode first_error(const struct ts_module *module)
{
	TSNode root = ts_tree_root_node(module->tree);
	if (iw_ts_is(root, "ERROR"))
		return root;
	for (uint32_t i = 0; i < ts_node_child_count(root); i++)
		if (ts_node_has_error(ts_node_child(root, i)))
			return ts_node_child(root, i);
	return no_node;
}

const struct iw_ts_value *iw_ts_export(struct ts_module *module, const char *name)
{
	struct ts_evaluator *evaluator = module->evaluator;
	struct ts_binding *binding = g_hash_table_lookup(module->exports, name);
	if (binding != NULL)
		return iw_ts_binding_value(binding);
	/* Files that export all of each other would go round for ever. */
	for (guint i = 0; i < module->stars->len && evaluator->depth < TS_DEEPEST; i++) {
		evaluator->depth += 8;
		const struct iw_ts_value *value =
			iw_ts_import(module, g_ptr_array_index(module->stars, i), name, no_node);
		evaluator->depth -= 8;
		bool is_found = value->kind != IW_TS_UNKNOWN || value->place.source != NULL;
		if (is_found)
			return value;
	}
	TSNode fault = first_error(module);
	if (!ts_node_is_null(fault))
		return iw_ts_unknown(&module->scope, fault, "this is a syntax error");
	return iw_ts_unknown(&module->scope, no_node, "%s exports no \"%s\"", module->source->path, name);
}
