/*
 * env.py, evaluated without running it: what it hands to context.configure(), and where its URL comes from. It is
 * taken as it runs online; connections and engines are symbols. See project.h.
 */
#include "framework/alembic/project.h"

#include <string.h>

struct listening {
	iw_arena *arena;
	const struct alembic_config *config;
	struct alembic_environment *environment;
	struct iw_py_value *url; /* last one given to set_main_option, configure or an engine */
	GHashTable *options;	 /* char * -> struct iw_py_value *: config.set_main_option() */
};

static const char *argument_text(const struct iw_py_value *call, int position, const char *name)
{
	const struct iw_py_value *value = iw_py_argument(call, position, name);
	return value == NULL ? NULL : iw_py_text(value);
}

/* declarative_base(metadata=...).metadata, SQLAlchemy(metadata=...).metadata: what they were given. */
static struct iw_py_value *given_metadata(iw_py *python, struct iw_py_value *metadata)
{
	if (metadata->kind != IW_PY_ATTRIBUTE || strcmp(metadata->text, "metadata") != 0)
		return metadata;
	struct iw_py_value *of = metadata->receiver;
	struct iw_py_value *given = of->kind == IW_PY_CLASS || of->kind == IW_PY_INSTANCE
					    ? iw_py_find(python, of, "metadata")
					    : iw_py_argument(of, -1, "metadata");
	return given == NULL ? metadata : given;
}

static void take_conventions(struct listening *listening, iw_py *python, struct iw_py_value *metadata)
{
	if (metadata->kind == IW_PY_LIST && metadata->items->len > 0)
		metadata = g_ptr_array_index(metadata->items, 0);
	struct iw_py_value *conventions = NULL;
	metadata = given_metadata(python, metadata);
	const char *path = iw_py_path(python, metadata);
	if (metadata->kind == IW_PY_CALL && path != NULL && g_str_has_suffix(path, "MetaData"))
		conventions = iw_py_argument(metadata, -1, "naming_convention");
	if (conventions != NULL)
		listening->environment->naming.conventions = conventions;
	else if (iw_py_unknown_in(metadata) != NULL)
		listening->environment->note = iw_arena_printf(listening->arena, "naming_convention is not known: %s",
							       iw_py_unknown_in(metadata)->text);
}

static void take_configure(struct listening *listening, iw_py *python, struct iw_py_value *call)
{
	struct alembic_environment *environment = listening->environment;
	environment->is_read = true;
	const char *table = argument_text(call, -1, "version_table");
	const char *schema = argument_text(call, -1, "version_table_schema");
	if (table != NULL)
		environment->version_table = table;
	if (schema != NULL)
		environment->version_table_schema = schema;
	struct iw_py_value *each = iw_py_argument(call, -1, "transaction_per_migration");
	environment->transaction_per_migration = each != NULL && iw_py_truth(each) == 1;
	struct iw_py_value *metadata = iw_py_argument(call, -1, "target_metadata");
	if (metadata != NULL)
		take_conventions(listening, python, metadata);
	struct iw_py_value *url = iw_py_argument(call, 0, "url");
	if (url != NULL && url->kind == IW_PY_STRING)
		listening->url = url;
}

static struct iw_py_value *main_option(struct listening *listening, iw_py *python, struct iw_py_value *call)
{
	const char *name = argument_text(call, 0, "name");
	if (name == NULL)
		return NULL;
	struct iw_py_value *set = g_hash_table_lookup(listening->options, name);
	if (set != NULL)
		return set;
	const char *value = g_hash_table_lookup(listening->config->values, name);
	if (value != NULL)
		return iw_py_new_string(python, value);
	struct iw_py_value *standard = iw_py_argument(call, 1, "default");
	return standard != NULL ? standard : iw_py_new_none(python);
}

static bool ends_with(const char *path, const char *name)
{
	return path != NULL && g_str_has_suffix(path, name);
}

/* engine_from_config(config.get_section(...)): the section is a dict of strings. */
static struct iw_py_value *section_value(struct listening *listening, iw_py *python)
{
	struct iw_py_value *dict = iw_py_new_dict(python);
	GHashTableIter iter;
	gpointer key, value;
	g_hash_table_iter_init(&iter, listening->config->values);
	while (g_hash_table_iter_next(&iter, &key, &value))
		iw_py_dict_set(python, dict, iw_py_new_string(python, key), iw_py_new_string(python, value));
	g_hash_table_iter_init(&iter, listening->options);
	while (g_hash_table_iter_next(&iter, &key, &value))
		iw_py_dict_set(python, dict, iw_py_new_string(python, key), value);
	return dict;
}

static void take_engine(struct listening *listening, struct iw_py_value *call)
{
	struct iw_py_value *first = iw_py_argument(call, 0, "url");
	if (first == NULL)
		first = iw_py_argument(call, 0, "configuration");
	if (first != NULL && first->kind == IW_PY_DICT)
		first = iw_py_dict_find(first, "sqlalchemy.url");
	if (first != NULL && (first->kind == IW_PY_STRING || first->kind == IW_PY_UNKNOWN))
		listening->url = first;
}

static struct iw_py_value *on_call(void *data, iw_py *python, struct iw_py_value *call)
{
	struct listening *listening = data;
	const char *path = iw_py_path(python, call);
	if (path == NULL)
		return NULL;
	if (ends_with(path, "context.is_offline_mode"))
		return iw_py_new_boolean(python, false);
	if (ends_with(path, "context.configure"))
		take_configure(listening, python, call);
	else if (ends_with(path, "config.get_main_option"))
		return main_option(listening, python, call);
	else if (ends_with(path, "config.get_section"))
		return section_value(listening, python);
	else if (ends_with(path, "config.set_main_option") || ends_with(path, "config.set_section_option")) {
		bool has_section = ends_with(path, "set_section_option");
		const char *name = argument_text(call, has_section, "name");
		struct iw_py_value *value = iw_py_argument(call, 1 + has_section, "value");
		if (name != NULL && value != NULL)
			g_hash_table_insert(listening->options, (char *)name, value);
	} else if (ends_with(path, "create_engine") || ends_with(path, "create_async_engine") ||
		   ends_with(path, "engine_from_config") || ends_with(path, "async_engine_from_config"))
		take_engine(listening, call);
	else if (g_str_has_prefix(path, "asyncio.run") || ends_with(path, "run_sync")) {
		struct iw_py_value *function = iw_py_argument(call, 0, NULL);
		if (function != NULL && function->kind == IW_PY_FUNCTION) {
			GPtrArray *arguments = iw_arena_ptr_array(listening->arena);
			g_ptr_array_add(arguments, iw_py_new_foreign(python, "sqlalchemy.Connection"));
			iw_py_call(python, function, arguments, NULL);
		}
	}
	return NULL;
}

static void take_url(struct listening *listening, const char *shown)
{
	struct alembic_environment *environment = listening->environment;
	struct iw_py_value *option = g_hash_table_lookup(listening->options, "sqlalchemy.url");
	struct iw_py_value *url = listening->url != NULL ? listening->url : option;
	const char *written = g_hash_table_lookup(listening->config->values, "sqlalchemy.url");
	if (url != NULL && iw_py_text(url) != NULL)
		environment->url = iw_py_text(url);
	else if (url == NULL && written != NULL && strncmp(written, "driver://", 9) != 0)
		environment->url = written;
	else if (url != NULL)
		environment->url_missing = iw_arena_printf(listening->arena, "%s makes it of what is not known: %s",
							   shown, url->text == NULL ? "a computed value" : url->text);
}

void iw_alembic_environment_read(iw_arena *arena, iw_py *python, const struct alembic_config *config,
				 struct alembic_environment *environment)
{
	struct listening listening = {.arena = arena, .config = config, .environment = environment};
	listening.options = iw_arena_hash_table(arena, g_str_hash, g_str_equal);
	const struct iw_py_host host = {.call = on_call, .data = &listening};
	const char *path = iw_path_join(arena, config->script_location, "env.py");
	const char *shown = iw_path_shown(arena, path);
	const struct iw_py_host *before = iw_py_set_host(python, &host);
	g_autoptr(GError) error = NULL;
	if (!iw_path_is_file(path))
		environment->note = iw_arena_printf(arena, "there is no %s", shown);
	else if (iw_py_load(python, path, shown, &error) == NULL)
		environment->note = iw_arena_strdup(arena, error->message);
	iw_py_set_host(python, before);
	take_url(&listening, shown);
	if (environment->note == NULL && !environment->is_read)
		environment->note = iw_arena_printf(arena, "%s could not be followed to context.configure()", shown);
}
