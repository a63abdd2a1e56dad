/* What is called: the project's own functions, and the few of packages that configuration files use. */
#include "framework/typescript/typescript_internal.h"

#include <math.h>
#include <string.h>

static const TSNode no_node;

/* environment -------------------------------------------------------------------------------------------------- */

void iw_ts_load_dotenv(struct ts_evaluator *evaluator, const char *file, bool expand)
{
	evaluator->loads_dotenv = true;
	iw_environment_load(evaluator->environment, iw_path_join(evaluator->arena, evaluator->directory, file), expand);
}

const struct iw_ts_value *iw_ts_variable(struct ts_scope *scope, TSNode node, const char *name)
{
	struct ts_evaluator *evaluator = scope->module->evaluator;
	const char *text = iw_environment_get(evaluator->environment, name);
	struct iw_ts_value *value = iw_ts_new_value(scope, text == NULL ? IW_TS_UNDEFINED : IW_TS_STRING, node);
	value->variable = name;
	value->text = text;
	if (text == NULL)
		value->reason = iw_arena_printf(evaluator->arena, "the environment variable %s is not set", name);
	return value;
}

static const struct iw_ts_value *argument(GPtrArray *arguments, guint index)
{
	static const struct iw_ts_value missing = {.kind = IW_TS_UNDEFINED};
	return index < arguments->len ? g_ptr_array_index(arguments, index) : &missing;
}

/* handlers ------------------------------------------------------------------------------------------------------- */

typedef const struct iw_ts_value *(*handler)(struct ts_scope *scope, TSNode node, GPtrArray *arguments);

/* defineConfig(value), and a function that makes the value. */
static const struct iw_ts_value *identity(struct ts_scope *scope, TSNode node, GPtrArray *arguments)
{
	const struct iw_ts_value *value = argument(arguments, 0);
	if (value->kind != IW_TS_FUNCTION)
		return value;
	return iw_ts_apply(scope, node, value, iw_arena_ptr_array(scope->module->evaluator->arena));
}

static const struct iw_ts_value *env(struct ts_scope *scope, TSNode node, GPtrArray *arguments)
{
	const struct iw_ts_value *name = argument(arguments, 0);
	return name->kind == IW_TS_STRING ? iw_ts_variable(scope, node, name->text)
					  : iw_ts_unknown(scope, node, "the variable's name is not known");
}

static void load_paths(struct ts_scope *scope, const struct iw_ts_value *path, bool expand)
{
	if (path->kind == IW_TS_STRING)
		iw_ts_load_dotenv(scope->module->evaluator, path->text, expand);
	for (guint i = 0; path->kind == IW_TS_ARRAY && i < path->items->len; i++)
		load_paths(scope, g_ptr_array_index(path->items, i), expand);
}

static const struct iw_ts_value *load(struct ts_scope *scope, TSNode node, GPtrArray *arguments, bool expand)
{
	const struct iw_ts_value *path = iw_ts_member(argument(arguments, 0), "path");
	if (path->kind == IW_TS_UNDEFINED)
		iw_ts_load_dotenv(scope->module->evaluator, ".env", expand);
	load_paths(scope, path, expand);
	return iw_ts_unknown(scope, node, "what this returns is not worked out");
}

static const struct iw_ts_value *dotenv_config(struct ts_scope *scope, TSNode node, GPtrArray *arguments)
{
	return load(scope, node, arguments, false);
}

static const struct iw_ts_value *dotenvx_config(struct ts_scope *scope, TSNode node, GPtrArray *arguments)
{
	return load(scope, node, arguments, true);
}

static const struct iw_ts_value *dotenv_expand(struct ts_scope *scope, TSNode node, GPtrArray *arguments)
{
	(void)arguments; /* evaluated already: expand(config()) has loaded */
	iw_environment_expand(scope->module->evaluator->environment);
	return iw_ts_unknown(scope, node, "what this returns is not worked out");
}

static const struct iw_ts_value *load_env_file(struct ts_scope *scope, TSNode node, GPtrArray *arguments)
{
	const struct iw_ts_value *path = argument(arguments, 0);
	iw_ts_load_dotenv(scope->module->evaluator, path->kind == IW_TS_STRING ? path->text : ".env", false);
	return iw_ts_new_value(scope, IW_TS_UNDEFINED, node);
}

/* @next/env: loadEnvConfig(directory) */
static const struct iw_ts_value *load_env_config(struct ts_scope *scope, TSNode node, GPtrArray *arguments)
{
	iw_arena *arena = scope->module->evaluator->arena;
	const struct iw_ts_value *directory = argument(arguments, 0);
	const char *base = directory->kind == IW_TS_STRING ? directory->text : ".";
	const char *wanted = g_getenv("NODE_ENV");
	const char *mode = g_strcmp0(wanted, "production") == 0 ? "production"
			   : g_strcmp0(wanted, "test") == 0	? "test"
								: "development";
	const char *files[] = {iw_arena_printf(arena, ".env.%s.local", mode), ".env.local",
			       iw_arena_printf(arena, ".env.%s", mode), ".env"};
	for (size_t i = 0; i < G_N_ELEMENTS(files); i++)
		if (i != 1 || strcmp(mode, "test") != 0)
			iw_ts_load_dotenv(scope->module->evaluator, iw_arena_printf(arena, "%s/%s", base, files[i]),
					  true);
	return iw_ts_unknown(scope, node, "what this returns is not worked out");
}

/* @t3-oss/env: createEnv({ runtimeEnv }) gives those variables. */
static const struct iw_ts_value *create_env(struct ts_scope *scope, TSNode node, GPtrArray *arguments)
{
	static const char *const keys[] = {"runtimeEnv", "runtimeEnvStrict"};
	for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
		const struct iw_ts_value *value = iw_ts_member(argument(arguments, 0), keys[i]);
		if (value->kind == IW_TS_OBJECT || value->kind == IW_TS_FUNCTION)
			return value;
	}
	return iw_ts_foreign(scope, node, "process", "env");
}

static const struct iw_ts_value *join_paths(struct ts_scope *scope, TSNode node, GPtrArray *arguments, bool is_resolve)
{
	iw_arena *arena = scope->module->evaluator->arena;
	const char *path = is_resolve ? scope->module->evaluator->directory : NULL;
	for (guint i = 0; i < arguments->len; i++) {
		const struct iw_ts_value *part = argument(arguments, i);
		if (part->kind != IW_TS_STRING)
			return part->kind == IW_TS_UNKNOWN
				       ? part
				       : iw_ts_unknown(scope, node, "a part of this path is not known");
		if (path == NULL)
			path = part->text;
		else if (is_resolve)
			path = iw_path_join(arena, path, part->text);
		else
			path = iw_arena_printf(arena, "%s/%s", path, part->text);
		if (strlen(path) > TS_LONGEST)
			return iw_ts_unknown(scope, node, "this text is too long");
	}
	if (path == NULL)
		return iw_ts_string(scope, node, ".");
	bool climbs = path[0] == '.' && path[1] == '.';
	const char *normal = iw_path_join(arena, "/", path);
	return iw_ts_string(scope, node, path[0] == '/' ? normal : climbs ? path : normal + 1);
}

static const struct iw_ts_value *path_join(struct ts_scope *scope, TSNode node, GPtrArray *arguments)
{
	return join_paths(scope, node, arguments, false);
}

static const struct iw_ts_value *path_resolve(struct ts_scope *scope, TSNode node, GPtrArray *arguments)
{
	return join_paths(scope, node, arguments, true);
}

/* path.relative(from, to): "../" for each folder of `from` that is not above `to`, then the rest of `to`. */
static const struct iw_ts_value *path_relative(struct ts_scope *scope, TSNode node, GPtrArray *arguments)
{
	struct ts_evaluator *evaluator = scope->module->evaluator;
	const char *side[2];
	for (guint i = 0; i < G_N_ELEMENTS(side); i++) {
		const struct iw_ts_value *path = argument(arguments, i);
		if (path->kind != IW_TS_STRING)
			return path->kind == IW_TS_UNKNOWN ? path
							   : iw_ts_unknown(scope, node, "this path is not known");
		side[i] = iw_path_join(evaluator->arena, evaluator->directory, path->text);
	}
	g_auto(GStrv) from = g_strsplit(side[0] + strspn(side[0], "/"), "/", -1);
	g_auto(GStrv) to = g_strsplit(side[1] + strspn(side[1], "/"), "/", -1);
	guint same = 0;
	while (from[same] != NULL && to[same] != NULL && strcmp(from[same], to[same]) == 0)
		same++;
	g_autoptr(GString) path = g_string_new(NULL);
	for (guint i = same; from[i] != NULL && *from[i] != '\0'; i++)
		g_string_append_printf(path, "%s..", path->len > 0 ? "/" : "");
	for (guint i = same; to[i] != NULL && *to[i] != '\0'; i++)
		g_string_append_printf(path, "%s%s", path->len > 0 ? "/" : "", to[i]);
	return iw_ts_string(scope, node, iw_arena_strdup(evaluator->arena, path->str));
}

static const struct iw_ts_value *path_dirname(struct ts_scope *scope, TSNode node, GPtrArray *arguments)
{
	const struct iw_ts_value *path = argument(arguments, 0);
	if (path->kind != IW_TS_STRING)
		return iw_ts_unknown(scope, node, "this path is not known");
	return iw_ts_string(scope, node, iw_path_parent(scope->module->evaluator->arena, path->text));
}

/* new URL("./migrations", import.meta.url): files only. */
static const struct iw_ts_value *new_url(struct ts_scope *scope, TSNode node, GPtrArray *arguments)
{
	iw_arena *arena = scope->module->evaluator->arena;
	const char *path = iw_ts_as_text(argument(arguments, 0));
	const char *base = iw_ts_as_text(argument(arguments, 1));
	if (path != NULL && arguments->len == 1)
		return iw_ts_string(scope, node, path);
	if (path == NULL || base == NULL || !g_str_has_prefix(base, "file://") || strstr(path, "://") != NULL)
		return iw_ts_unknown(scope, node, "this URL is not known");
	const char *joined = iw_path_join(arena, iw_path_parent(arena, base + strlen("file://")), path);
	return iw_ts_string(scope, node, iw_arena_printf(arena, "file://%s", joined));
}

static const struct iw_ts_value *file_url_to_path(struct ts_scope *scope, TSNode node, GPtrArray *arguments)
{
	const struct iw_ts_value *url = argument(arguments, 0);
	if (url->kind != IW_TS_STRING)
		return url->kind == IW_TS_UNKNOWN ? url : iw_ts_unknown(scope, node, "this URL is not known");
	const char *text = url->text;
	return iw_ts_string(scope, node, g_str_has_prefix(text, "file://") ? text + 7 : text);
}

static const struct iw_ts_value *cwd(struct ts_scope *scope, TSNode node, GPtrArray *arguments)
{
	(void)arguments;
	return iw_ts_string(scope, node, scope->module->evaluator->directory);
}

static const struct iw_ts_value *to_number(struct ts_scope *scope, TSNode node, GPtrArray *arguments)
{
	const struct iw_ts_value *value = argument(arguments, 0);
	const char *text = iw_ts_as_text(value);
	char *end = NULL;
	double number = text == NULL ? NAN : g_ascii_strtod(text, &end);
	if (value->kind == IW_TS_UNKNOWN)
		return value;
	if (text == NULL || end == text || isnan(number))
		return iw_ts_unknown(scope, node, "%s", value->reason != NULL ? value->reason : "this is not a number");
	return iw_ts_number(scope, node, number);
}

static const struct iw_ts_value *to_text(struct ts_scope *scope, TSNode node, GPtrArray *arguments)
{
	const struct iw_ts_value *value = argument(arguments, 0);
	const char *text = iw_ts_as_text(value);
	if (text != NULL)
		return iw_ts_string(scope, node, text);
	return value->kind == IW_TS_UNKNOWN
		       ? value
		       : iw_ts_unknown(scope, node, "%s", value->reason != NULL ? value->reason : "this is not a text");
}

static const struct iw_ts_value *to_boolean(struct ts_scope *scope, TSNode node, GPtrArray *arguments)
{
	const struct iw_ts_value *value = argument(arguments, 0);
	return value->kind == IW_TS_UNKNOWN ? value : iw_ts_boolean(scope, node, iw_ts_is_true(value) == 1);
}

static const struct iw_ts_value *require(struct ts_scope *scope, TSNode node, GPtrArray *arguments)
{
	const struct iw_ts_value *name = argument(arguments, 0);
	if (name->kind != IW_TS_STRING)
		return iw_ts_unknown(scope, node, "what is required is not known");
	if (strcmp(name->text, "dotenv/config") == 0)
		iw_ts_load_dotenv(scope->module->evaluator, ".env", false);
	const struct iw_ts_value *value = iw_ts_import(scope->module, name->text, "default", node);
	return value->kind == IW_TS_UNKNOWN ? iw_ts_import(scope->module, name->text, "*", node) : value;
}

static const struct {
	const char *package, *name;
	handler handle;
} known[] = {
	/* clang-format off */
	{"drizzle-kit",        "defineConfig",  identity},      {"prisma/config",    "defineConfig",   identity},
	{"drizzle-kit",        "Config",        identity},      {"prisma/config",    "env",            env},
	{"@prisma/config",     "defineConfig",  identity},      {"@prisma/config",   "env",            env},
	{"dotenv",             "config",        dotenv_config}, {"@dotenvx/dotenvx", "config",         dotenvx_config},
	{"dotenv-expand",      "expand",        dotenv_expand}, {"dotenv-expand",    "*",              dotenv_expand},
	{"process",            "loadEnvFile",   load_env_file}, {"process",          "cwd",            cwd},
	{"@next/env",          "loadEnvConfig", load_env_config}, {"@t3-oss/env-nextjs", "createEnv",  create_env},
	{"@t3-oss/env-core",   "createEnv",     create_env},    {"@t3-oss/env-nuxt", "createEnv",      create_env},
	{"path",               "join",          path_join},     {"path",             "resolve",        path_resolve},
	{"path",               "dirname",       path_dirname},  {"path/posix",       "join",           path_join},
	{"path",               "relative",      path_relative}, {"path/posix",       "relative",       path_relative},
	{"path",               "normalize",     path_join},     {"url",              "fileURLToPath",  file_url_to_path},
	{"global",             "Number",        to_number},     {"global",           "parseInt",       to_number},
	{"global",             "String",        to_text},       {"global",           "Boolean",        to_boolean},
	{"global",             "require",       require},       {"global",           "URL",            new_url},
	/* clang-format on */
};

/* methods of texts ------------------------------------------------------------------------------------------------- */

static const struct iw_ts_value *call_method(struct ts_scope *scope, TSNode node, const struct ts_function *function,
					     GPtrArray *arguments)
{
	iw_arena *arena = scope->module->evaluator->arena;
	const char *text = iw_ts_as_text(function->receiver);
	const char *other = iw_ts_as_text(argument(arguments, 0));
	const char *name = function->name;
	if (text != NULL && strcmp(name, "trim") == 0)
		return iw_ts_string(scope, node, g_strstrip(iw_arena_strdup(arena, text)));
	if (text != NULL && strcmp(name, "toString") == 0)
		return iw_ts_string(scope, node, text);
	if (text != NULL && strcmp(name, "toLowerCase") == 0) {
		g_autofree char *lower = g_utf8_strdown(text, -1);
		return iw_ts_string(scope, node, iw_arena_strdup(arena, lower));
	}
	if (text != NULL && other != NULL && strcmp(name, "startsWith") == 0)
		return iw_ts_boolean(scope, node, g_str_has_prefix(text, other));
	if (text != NULL && other != NULL && strcmp(name, "endsWith") == 0)
		return iw_ts_boolean(scope, node, g_str_has_suffix(text, other));
	if (text != NULL && other != NULL && strcmp(name, "includes") == 0)
		return iw_ts_boolean(scope, node, strstr(text, other) != NULL);
	const char *with = iw_ts_as_text(argument(arguments, 1));
	if (text != NULL && other != NULL && with != NULL && *other != '\0' && strcmp(name, "replace") == 0) {
		const char *at = strstr(text, other);
		if (at == NULL)
			return iw_ts_string(scope, node, text);
		return iw_ts_string(
			scope, node,
			iw_arena_printf(arena, "%.*s%s%s", (int)(at - text), text, with, at + strlen(other)));
	}
	return iw_ts_unknown(scope, node, "the method \"%s\" is not worked out", name);
}

/* the project's own functions ----------------------------------------------------------------------------------------
 */

static void bind_parameters(struct ts_scope *scope, TSNode parameters, GPtrArray *arguments)
{
	guint index = 0;
	for (uint32_t i = 0; i < ts_node_named_child_count(parameters); i++) {
		TSNode parameter = ts_node_named_child(parameters, i);
		if (iw_ts_is(parameter, "comment"))
			continue;
		const struct iw_ts_value *value = argument(arguments, index++);
		TSNode fallback = iw_ts_field(parameter, "value");
		if (value->kind == IW_TS_UNDEFINED && !ts_node_is_null(fallback))
			value = iw_ts_evaluate(scope, fallback);
		TSNode pattern = iw_ts_field(parameter, "pattern");
		iw_ts_bind(scope, ts_node_is_null(pattern) ? parameter : pattern, no_node, value);
	}
}

static const struct iw_ts_value *run_block(struct ts_scope *scope, TSNode block)
{
	for (uint32_t i = 0; i < ts_node_named_child_count(block); i++)
		iw_ts_declare(scope, ts_node_named_child(block, i));
	for (uint32_t i = 0; i < ts_node_named_child_count(block); i++) {
		const struct iw_ts_value *value = iw_ts_execute(scope, ts_node_named_child(block, i));
		if (value != NULL)
			return value;
	}
	return NULL;
}

static const struct iw_ts_value *run_if(struct ts_scope *scope, TSNode node)
{
	const struct iw_ts_value *condition = iw_ts_evaluate(scope, iw_ts_field(node, "condition"));
	int truth = iw_ts_is_true(condition);
	TSNode alternative = iw_ts_field(node, "alternative");
	if (truth < 0)
		return condition;
	if (truth == 1)
		return iw_ts_execute(scope, iw_ts_field(node, "consequence"));
	return ts_node_is_null(alternative) ? NULL : iw_ts_execute(scope, ts_node_named_child(alternative, 0));
}

static bool is_call(TSNode node)
{
	if (iw_ts_is(node, "await_expression"))
		node = ts_node_named_child(node, 0);
	return iw_ts_is(node, "call_expression");
}

const struct iw_ts_value *iw_ts_execute(struct ts_scope *scope, TSNode node)
{
	struct ts_evaluator *evaluator = scope->module->evaluator;
	if (evaluator->depth > TS_DEEPEST)
		return iw_ts_unknown(scope, node, "this takes too long to work out");
	const struct iw_ts_value *value = NULL;
	evaluator->depth++;
	if (iw_ts_is(node, "return_statement"))
		value = iw_ts_evaluate(scope, ts_node_named_child(node, 0));
	else if (iw_ts_is(node, "throw_statement"))
		value = iw_ts_unknown(scope, node, "this throws an error");
	else if (iw_ts_is(node, "if_statement"))
		value = run_if(scope, node);
	else if (iw_ts_is(node, "statement_block"))
		value = run_block(iw_ts_scope_new(scope), node);
	else if (iw_ts_is(node, "expression_statement") && is_call(ts_node_named_child(node, 0)))
		iw_ts_evaluate(scope, ts_node_named_child(node, 0));
	else if (iw_ts_is(node, "lexical_declaration") || iw_ts_is(node, "variable_declaration"))
		for (uint32_t i = 0; i < ts_node_named_child_count(node); i++) {
			TSNode item = ts_node_named_child(node, i);
			if (is_call(iw_ts_field(item, "value")))
				iw_ts_evaluate(scope, iw_ts_field(item, "value"));
		}
	evaluator->depth--;
	return value;
}

static const struct iw_ts_value *call_closure(struct ts_scope *scope, TSNode node, const struct ts_function *function,
					      GPtrArray *arguments)
{
	struct ts_scope *inner = iw_ts_scope_new(function->scope);
	TSNode parameter = iw_ts_field(function->node, "parameter"); /* x => ... */
	if (!ts_node_is_null(parameter))
		iw_ts_bind(inner, parameter, no_node, argument(arguments, 0));
	TSNode parameters = iw_ts_field(function->node, "parameters");
	if (!ts_node_is_null(parameters))
		bind_parameters(inner, parameters, arguments);
	TSNode body = iw_ts_field(function->node, "body");
	if (!iw_ts_is(body, "statement_block"))
		return iw_ts_evaluate(inner, body);
	const struct iw_ts_value *value = run_block(inner, body);
	return value != NULL ? value : iw_ts_new_value(scope, IW_TS_UNDEFINED, node);
}

const struct iw_ts_value *iw_ts_apply(struct ts_scope *scope, TSNode node, const struct iw_ts_value *callee,
				      GPtrArray *arguments)
{
	if (callee->kind != IW_TS_FUNCTION)
		return callee->kind == IW_TS_UNKNOWN ? callee : iw_ts_unknown(scope, node, "this is not a function");
	const struct ts_function *function = callee->function;
	struct ts_evaluator *evaluator = scope->module->evaluator;
	if (function->receiver != NULL)
		return call_method(scope, node, function, arguments);
	if (function->package == NULL && function->module != NULL)
		return iw_ts_unknown(scope, node, "a module is not a function");
	if (function->package == NULL) {
		if (evaluator->depth > TS_DEEPEST)
			return iw_ts_unknown(scope, node, "this takes too long to work out");
		evaluator->depth++;
		const struct iw_ts_value *value = call_closure(scope, node, function, arguments);
		evaluator->depth--;
		return value;
	}
	for (size_t i = 0; i < G_N_ELEMENTS(known); i++)
		if (strcmp(function->package, known[i].package) == 0 && strcmp(function->name, known[i].name) == 0)
			return known[i].handle(scope, node, arguments);
	if (strcmp(function->package, "global") == 0)
		return iw_ts_unknown(scope, node, "what \"%s\" returns is not known without running it",
				     function->name);
	return iw_ts_unknown(scope, node, "what \"%s\" of the package \"%s\" returns is not known without running it",
			     function->name, function->package);
}

static bool add_argument(struct ts_scope *scope, GPtrArray *arguments, TSNode node)
{
	if (iw_ts_is(node, "comment"))
		return true;
	bool is_spread = iw_ts_is(node, "spread_element");
	const struct iw_ts_value *value = iw_ts_evaluate(scope, is_spread ? ts_node_named_child(node, 0) : node);
	if (!is_spread) {
		g_ptr_array_add(arguments, (void *)value);
		return true;
	}
	if (value->kind != IW_TS_ARRAY)
		return false;
	for (guint i = 0; i < value->items->len; i++)
		g_ptr_array_add(arguments, g_ptr_array_index(value->items, i));
	return true;
}

const struct iw_ts_value *iw_ts_call(struct ts_scope *scope, TSNode node)
{
	TSNode called = iw_ts_field(node, "function");
	if (ts_node_is_null(called))
		called = iw_ts_field(node, "constructor");
	const struct iw_ts_value *callee = iw_ts_evaluate(scope, called);
	TSNode list = iw_ts_field(node, "arguments");
	if (iw_ts_is(list, "template_string"))
		return iw_ts_unknown(scope, node, "a tagged template is not worked out");
	GPtrArray *arguments = iw_arena_ptr_array(scope->module->evaluator->arena);
	for (uint32_t i = 0; i < ts_node_named_child_count(list); i++)
		if (!add_argument(scope, arguments, ts_node_named_child(list, i)))
			return iw_ts_unknown(scope, list, "the arguments are not known");
	return iw_ts_apply(scope, node, callee, arguments);
}
