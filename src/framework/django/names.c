/* Names of constraints and indexes, as Django makes them; see editor.h. After django/db/backends/utils.py and
 * _create_index_name() of django/db/backends/base/schema.py. Django counts characters, not bytes. */
#include "framework/django/editor.h"

#include <stdarg.h>
#include <string.h>

static size_t length_of(const char *text)
{
	return (size_t)g_utf8_strlen(text, -1);
}

/* The first `length` characters. */
static const char *head(iw_arena *arena, const char *text, size_t length)
{
	if (length_of(text) <= length)
		return text;
	return iw_arena_strndup(arena, text, (size_t)(g_utf8_offset_to_pointer(text, (glong)length) - text));
}

static const char *without_quotes(iw_arena *arena, const char *begin, const char *end)
{
	while (begin < end && *begin == '"')
		begin++;
	while (end > begin && end[-1] == '"')
		end--;
	return iw_arena_strndup(arena, begin, (size_t)(end - begin));
}

const char *iw_django_split_identifier(iw_arena *arena, const char *identifier, const char **name)
{
	static const char between[] = "\".\"";
	const char *end = identifier + strlen(identifier), *dot = strstr(identifier, between);
	bool is_qualified = dot != NULL && strstr(dot + strlen(between), between) == NULL;
	*name = without_quotes(arena, is_qualified ? dot + strlen(between) : identifier, end);
	return is_qualified ? without_quotes(arena, identifier, dot) : "";
}

/* md5 of all texts in a row, so many hex digits of it. */
static const char *digest(iw_arena *arena, const char *first, const GPtrArray *rest, size_t length)
{
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_MD5);
	g_checksum_update(sum, (const guchar *)first, -1);
	for (guint i = 0; rest != NULL && i < rest->len; i++)
		g_checksum_update(sum, rest->pdata[i], -1);
	const char *digits = g_checksum_get_string(sum);
	return iw_arena_strndup(arena, digits, MIN(length, strlen(digits)));
}

const char *iw_django_names_digest(iw_arena *arena, int length, ...)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new();
	va_list list;
	va_start(list, length);
	for (const char *name = va_arg(list, const char *); name != NULL; name = va_arg(list, const char *))
		g_ptr_array_add(names, (gpointer)name);
	va_end(list);
	return digest(arena, "", names, (size_t)length);
}

const char *iw_django_truncate_name(iw_arena *arena, const char *name, int length, int hash_length)
{
	const char *own = NULL, *namespace = iw_django_split_identifier(arena, name, &own);
	if (length <= 0 || length_of(own) <= (size_t)length)
		return name;
	return iw_arena_printf(arena, "%s%s%s%s", namespace, *namespace != '\0' ? "\".\"" : "",
			       head(arena, own, (size_t)(length - hash_length)),
			       iw_django_names_digest(arena, hash_length, own, NULL));
}

int iw_django_longest_name(const struct django_context *context)
{
	static const int longest[IW_DIALECTS] = {[IW_POSTGRES] = 63, [IW_MYSQL] = 64, [IW_SQLITE] = 0};
	return longest[context->engine.dialect];
}

static const char *joined(iw_arena *arena, const GPtrArray *columns)
{
	g_autoptr(GString) text = g_string_new(NULL);
	for (guint i = 0; i < columns->len; i++)
		g_string_append_printf(text, "%s%s", i == 0 ? "" : "_", (const char *)columns->pdata[i]);
	return iw_arena_strndup(arena, text->str, text->len);
}

const char *iw_django_create_index_name(const struct django_context *context, const char *table, GPtrArray *columns,
					const char *suffix)
{
	iw_arena *arena = context->arena;
	size_t longest = (size_t)iw_django_longest_name(context);
	if (longest == 0)
		longest = 200;
	const char *own = NULL, *names = joined(arena, columns);
	iw_django_split_identifier(arena, table, &own);
	const char *hash = iw_arena_printf(arena, "%s%s", digest(arena, own, columns, 8), suffix == NULL ? "" : suffix);
	const char *name = iw_arena_printf(arena, "%s_%s_%s", own, names, hash);
	if (length_of(name) <= longest)
		return name;
	if (length_of(hash) * 3 > longest)
		hash = head(arena, hash, longest / 3);
	size_t other = (longest - length_of(hash)) / 2 - 1;
	name = iw_arena_printf(arena, "%s_%s_%s", head(arena, own, other), head(arena, names, other), hash);
	if (*name != '_' && !g_unichar_isdigit(g_utf8_get_char(name)))
		return name;
	return iw_arena_printf(arena, "D%s", head(arena, name, length_of(name) - 1));
}
