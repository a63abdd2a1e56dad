/* Errors with place, detail and hint on top of GError; see error.h. */
#include "base/error.h"

#include <stdarg.h>
#include <string.h>

static void iw_error_private_init(struct iw_error_info *info)
{
	memset(info, 0, sizeof *info);
}

static void set_place(struct iw_error_info *info, const struct iw_place *place)
{
	if (place == NULL || place->source == NULL || info->place.source != NULL)
		return;
	info->place = *place;
	info->place.source = iw_source_ref((iw_source *)place->source);
}

static void iw_error_private_copy(const struct iw_error_info *from, struct iw_error_info *to)
{
	set_place(to, &from->place);
	to->detail = g_strdup(from->detail);
	to->hint = g_strdup(from->hint);
	to->server_code = g_strdup(from->server_code);
}

static void iw_error_private_clear(struct iw_error_info *info)
{
	if (info->place.source != NULL)
		iw_source_unref((iw_source *)info->place.source);
	g_free(info->detail);
	g_free(info->hint);
	g_free(info->server_code);
}

typedef struct iw_error_info IwErrorPrivate;
G_DEFINE_EXTENDED_ERROR(IwError, iw_error)

const struct iw_error_info *iw_error_info(const GError *error)
{
	static const struct iw_error_info none;
	if (error == NULL || error->domain != IW_ERROR)
		return &none;
	return iw_error_get_private(error);
}

static bool fail_va(GError **error, enum iw_error code, const struct iw_place *place, const char *format, va_list list)
{
	if (error == NULL)
		return false;
	*error = g_error_new_valist(IW_ERROR, code, format, list);
	set_place(iw_error_get_private(*error), place);
	return false;
}

bool iw_fail(GError **error, enum iw_error code, const char *format, ...)
{
	va_list list;
	va_start(list, format);
	fail_va(error, code, NULL, format, list);
	va_end(list);
	return false;
}

bool iw_fail_at(GError **error, enum iw_error code, const struct iw_place *place, const char *format, ...)
{
	va_list list;
	va_start(list, format);
	fail_va(error, code, place, format, list);
	va_end(list);
	return false;
}

static struct iw_error_info *writable(GError **error)
{
	if (error == NULL || *error == NULL || (*error)->domain != IW_ERROR)
		return NULL;
	return iw_error_get_private(*error);
}

void iw_error_detail(GError **error, const char *format, ...)
{
	struct iw_error_info *info = writable(error);
	if (info == NULL || info->detail != NULL)
		return;
	va_list list;
	va_start(list, format);
	info->detail = g_strdup_vprintf(format, list);
	va_end(list);
}

void iw_error_hint(GError **error, const char *format, ...)
{
	struct iw_error_info *info = writable(error);
	if (info == NULL || info->hint != NULL)
		return;
	va_list list;
	va_start(list, format);
	info->hint = g_strdup_vprintf(format, list);
	va_end(list);
}

void iw_error_server_code(GError **error, const char *code)
{
	struct iw_error_info *info = writable(error);
	if (info != NULL && info->server_code == NULL)
		info->server_code = g_strdup(code);
}

void iw_error_place(GError **error, const struct iw_place *place)
{
	struct iw_error_info *info = writable(error);
	if (info != NULL)
		set_place(info, place);
}

const char *iw_error_class(int code)
{
	static const struct {
		int code;
		const char *name;
	} classes[] = {
#define IW_ERROR_ROW(name, status, text) {status, #name},
		IW_ERROR_TABLE(IW_ERROR_ROW)
#undef IW_ERROR_ROW
	};
	for (size_t i = 0; i < G_N_ELEMENTS(classes); i++)
		if (classes[i].code == code)
			return classes[i].name;
	return "INTERNAL";
}
