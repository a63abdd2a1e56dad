/* Messages out of bytes, and back; see rpc.h. */
#include "lsp/rpc.h"

#include <stdlib.h>
#include <string.h>

struct iw_rpc {
	GString *buffer;
	size_t begin;	/* of what has not been read */
	bool is_broken; /* for good */
};

iw_rpc *iw_rpc_new(void)
{
	iw_rpc *rpc = g_new0(iw_rpc, 1);
	rpc->buffer = g_string_new(NULL);
	return rpc;
}

void iw_rpc_free(iw_rpc *rpc)
{
	if (rpc == NULL)
		return;
	g_string_free(rpc->buffer, TRUE);
	g_free(rpc);
}

void iw_rpc_feed(iw_rpc *rpc, const char *bytes, size_t length)
{
	if (rpc->begin > 0 && rpc->begin == rpc->buffer->len) {
		g_string_truncate(rpc->buffer, 0);
		rpc->begin = 0;
	} else if (rpc->begin > rpc->buffer->len / 2) {
		g_string_erase(rpc->buffer, 0, (gssize)rpc->begin);
		rpc->begin = 0;
	}
	g_string_append_len(rpc->buffer, bytes, (gssize)length);
}

/* One line of a header. False: it is none, or its length is absurd. */
static bool read_field(const char *line, size_t length, gint64 *content)
{
	static const char NAME[] = "content-length";
	const char *colon = memchr(line, ':', length);
	if (colon == NULL)
		return false;
	size_t name = (size_t)(colon - line);
	if (name != strlen(NAME) || g_ascii_strncasecmp(line, NAME, name) != 0)
		return true;
	g_autofree char *value = g_strndup(colon + 1, length - name - 1);
	guint64 number = 0;
	if (*content >= 0 || !g_ascii_string_to_unsigned(g_strstrip(value), 10, 0, IW_RPC_MOST, &number, NULL))
		return false;
	*content = (gint64)number;
	return true;
}

static bool read_header(const char *text, size_t length, gint64 *content)
{
	*content = -1;
	while (length > 0) {
		const char *end = memmem(text, length, "\r\n", 2);
		size_t line = end == NULL ? length : (size_t)(end - text);
		if (!read_field(text, line, content))
			return false;
		size_t step = MIN(line + 2, length);
		text += step;
		length -= step;
	}
	return *content >= 0;
}

static enum iw_rpc_event break_off(iw_rpc *rpc)
{
	rpc->is_broken = true;
	return IW_RPC_BROKEN;
}

static bool is_message(const json_t *value)
{
	const char *version = json_string_value(json_object_get(value, "jsonrpc"));
	const json_t *id = json_object_get(value, "id");
	bool has_good_id = id == NULL || json_is_integer(id) || json_is_string(id) || json_is_null(id);
	return json_is_object(value) && version != NULL && strcmp(version, "2.0") == 0 && has_good_id;
}

enum iw_rpc_event iw_rpc_next(iw_rpc *rpc, json_t **message)
{
	const char *text = rpc->buffer->str + rpc->begin;
	size_t length = rpc->buffer->len - rpc->begin;
	if (rpc->is_broken)
		return IW_RPC_BROKEN;
	const char *end = memmem(text, MIN(length, IW_RPC_MOST_HEADER), "\r\n\r\n", 4);
	if (end == NULL)
		return length >= IW_RPC_MOST_HEADER ? break_off(rpc) : IW_RPC_NOTHING;
	gint64 content;
	if (!read_header(text, (size_t)(end - text), &content))
		return break_off(rpc);
	size_t header = (size_t)(end - text) + 4;
	if (length - header < (size_t)content)
		return IW_RPC_NOTHING;
	json_t *value = json_loadb(text + header, (size_t)content, 0, NULL);
	rpc->begin += header + (size_t)content;
	if (!is_message(value)) {
		json_decref(value);
		return IW_RPC_BAD;
	}
	*message = value;
	return IW_RPC_MESSAGE;
}

static json_t *new_message(void)
{
	json_t *message = json_object();
	json_object_set_new(message, "jsonrpc", json_string("2.0"));
	return message;
}

json_t *iw_rpc_result(const json_t *id, json_t *result)
{
	json_t *message = new_message();
	json_object_set_new(message, "id", id == NULL ? json_null() : json_deep_copy(id));
	json_object_set_new(message, "result", result);
	return message;
}

json_t *iw_rpc_failure(const json_t *id, enum iw_rpc_code code, const char *words)
{
	json_t *message = new_message(), *error = json_object();
	json_object_set_new(error, "code", json_integer(code));
	json_object_set_new(error, "message", json_string(words));
	json_object_set_new(message, "id", id == NULL ? json_null() : json_deep_copy(id));
	json_object_set_new(message, "error", error);
	return message;
}

json_t *iw_rpc_notification(const char *method, json_t *params)
{
	json_t *message = new_message();
	json_object_set_new(message, "method", json_string(method));
	json_object_set_new(message, "params", params);
	return message;
}

void iw_rpc_frame(GString *out, json_t *message)
{
	char *body = json_dumps(message, JSON_COMPACT);
	g_string_append_printf(out, "Content-Length: %zu\r\n\r\n%s", strlen(body), body);
	free(body);
	json_decref(message);
}
