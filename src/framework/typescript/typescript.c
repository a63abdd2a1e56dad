/* Values of configuration files; see typescript.h. */
#include "framework/typescript/typescript_internal.h"

#include <string.h>

static const struct iw_ts_value undefined = {.kind = IW_TS_UNDEFINED};

static const struct iw_ts_value *own_member(const struct iw_ts_value *value, const char *name, size_t length)
{
	for (guint i = value->items->len; i-- > 0;) {
		const struct iw_ts_member *member = g_ptr_array_index(value->items, i);
		if (strlen(member->name) == length && strncmp(member->name, name, length) == 0)
			return member->value;
	}
	/* An unknown spread may have held it. */
	const struct iw_ts_member *first = value->items->len > 0 ? g_ptr_array_index(value->items, 0) : NULL;
	return first != NULL && strcmp(first->name, "...") == 0 ? first->value : &undefined;
}

const struct iw_ts_value *iw_ts_member(const struct iw_ts_value *value, const char *path)
{
	while (*path != '\0' && value->kind == IW_TS_OBJECT) {
		size_t length = strcspn(path, ".");
		value = own_member(value, path, length);
		path += length;
		if (*path == '.')
			path++;
	}
	return *path == '\0' || value->kind == IW_TS_UNKNOWN ? value : &undefined;
}

const char *iw_ts_text(const struct iw_ts_value *value, const char *path, const struct iw_ts_value **unknown)
{
	const struct iw_ts_value *member = iw_ts_member(value, path);
	/* `process.env.X ?? ""` only says that X is missing. */
	bool is_empty = member->kind == IW_TS_STRING && *member->text == '\0';
	if (member->kind == IW_TS_STRING && !(is_empty && member->reason != NULL))
		return member->text;
	bool is_missing_variable =
		member->reason != NULL && (is_empty || member->kind == IW_TS_UNDEFINED || member->kind == IW_TS_NULL);
	if ((member->kind == IW_TS_UNKNOWN || is_missing_variable) && unknown != NULL)
		*unknown = member;
	return NULL;
}

const char *iw_ts_explain(iw_arena *arena, const struct iw_ts_value *unknown)
{
	if (unknown->place.source == NULL)
		return unknown->reason;
	struct iw_line_column at = iw_source_locate(unknown->place.source, unknown->place.offset);
	return iw_arena_printf(arena, "%s:%d: %s", unknown->place.source->path, at.line, unknown->reason);
}

static GPtrArray *packages_of(struct ts_evaluator *evaluator, struct ts_module *module)
{
	GPtrArray *packages = iw_arena_ptr_array(evaluator->arena);
	GHashTableIter iterator;
	gpointer value;
	g_hash_table_iter_init(&iterator, module->scope.names);
	while (g_hash_table_iter_next(&iterator, NULL, &value)) {
		const struct ts_binding *binding = value;
		if (binding->from != NULL)
			g_ptr_array_add(packages, (char *)binding->from);
	}
	return packages;
}

struct iw_ts_module *iw_ts_read(iw_arena *arena, const char *path, struct iw_environment *environment, GError **error)
{
	struct ts_evaluator *evaluator = iw_new(arena, struct ts_evaluator);
	evaluator->arena = arena;
	evaluator->environment = environment;
	evaluator->directory = iw_path_parent(arena, path);
	if (g_str_has_suffix(evaluator->directory, "/.config"))
		evaluator->directory = iw_path_parent(arena, evaluator->directory);
	evaluator->modules = iw_arena_hash_table(arena, g_str_hash, g_str_equal);
	struct ts_module *module = iw_ts_load(evaluator, path, error);
	if (module == NULL)
		return NULL;
	struct iw_ts_module *result = iw_new(arena, struct iw_ts_module);
	const struct iw_ts_value *value = module->json != NULL ? module->json : iw_ts_export(module, "default");
	if (value->kind == IW_TS_FUNCTION) {
		TSNode none = {0};
		value = iw_ts_apply(&module->scope, none, value, iw_arena_ptr_array(arena));
	}
	result->value = value;
	result->imports_dotenv = evaluator->loads_dotenv;
	result->imports = packages_of(evaluator, module);
	return result;
}
