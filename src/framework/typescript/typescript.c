/* Values of configuration files; see typescript.h. */
#include "framework/typescript/typescript.h"

#include "base/error.h"
#include "framework/files.h"

#include <string.h>

static const struct iw_ts_value undefined = {.kind = IW_TS_UNDEFINED};

static const struct iw_ts_value *own_member(const struct iw_ts_value *value, const char *name, size_t length)
{
	for (guint i = value->items->len; i-- > 0;) {
		const struct iw_ts_member *member = g_ptr_array_index(value->items, i);
		if (strlen(member->name) == length && strncmp(member->name, name, length) == 0)
			return member->value;
	}
	return &undefined;
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
	if (member->kind == IW_TS_STRING)
		return member->text;
	if (member->kind == IW_TS_UNKNOWN && unknown != NULL)
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

struct iw_ts_module *iw_ts_read(iw_arena *arena, const char *path, struct iw_environment *environment, GError **error)
{
	(void)environment;
	iw_source *source = iw_arena_source(arena, path, error);
	if (source == NULL)
		return NULL;
	struct iw_ts_value *value = iw_new(arena, struct iw_ts_value);
	value->place.source = source;
	value->reason = "TypeScript is not read";
	struct iw_ts_module *module = iw_new(arena, struct iw_ts_module);
	module->value = value;
	return module;
}
