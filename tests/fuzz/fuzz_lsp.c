/* The language server's base: any bytes are cut into messages, and any change of a text keeps positions and offsets
 * each other's inverse. */
#include "lsp/document.h"
#include "lsp/rpc.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void cut(const char *bytes, size_t size)
{
	g_autoptr(iw_rpc) rpc = iw_rpc_new();
	for (size_t at = 0, step = 1; at < size; at += step, step = step % 7 + 1) {
		iw_rpc_feed(rpc, bytes + at, MIN(step, size - at));
		json_t *message = NULL;
		enum iw_rpc_event event;
		while ((event = iw_rpc_next(rpc, &message)) == IW_RPC_MESSAGE || event == IW_RPC_BAD)
			if (event == IW_RPC_MESSAGE)
				json_decref(message);
	}
}

/* Offsets at the beginnings of characters that are not in the middle of "\r\n". */
static void check_positions(const GString *text)
{
	struct iw_lines lines = iw_lines_of(text->str, text->len);
	for (gint64 line = 0; line < lines.begins->len; line++) {
		size_t offset = iw_position_to_offset(&lines, (struct iw_position){line, 3});
		struct iw_position back = iw_position_of(&lines, offset);
		g_assert(offset <= text->len && back.line == line);
		g_assert(iw_position_to_offset(&lines, back) == offset);
	}
	iw_lines_clear(&lines);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cut((const char *)data, size);
	GString *text = g_string_new_len((const char *)data, (gssize)MIN(size, 300));
	check_positions(text);
	json_t *change = json_loadb((const char *)data, size, 0, NULL);
	if (iw_document_change(text, change))
		check_positions(text);
	json_decref(change);
	g_string_free(text, TRUE);
	return 0;
}
