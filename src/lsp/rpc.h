/*
 * RPC: the base protocol of language servers, JSON-RPC 2.0 messages behind "Content-Length" headers.
 *
 *  1. iw_rpc_new(); iw_rpc_feed() with bytes as they come, in whatever pieces;
 *  2. iw_rpc_next() until it says that there is no more;
 *  3. answers are built with iw_rpc_result(), iw_rpc_failure(), iw_rpc_notification(), framed with iw_rpc_frame().
 *
 * What is sent is never trusted: lengths are bounded, and a message that is no JSON is one that is answered.
 */
#pragma once

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>

enum { IW_RPC_MOST = 64 << 20, IW_RPC_MOST_HEADER = 8192 }; /* bytes of a message and of its header */

enum iw_rpc_code {
	IW_RPC_PARSE_ERROR = -32700,
	IW_RPC_INVALID_REQUEST = -32600,
	IW_RPC_METHOD_NOT_FOUND = -32601,
	IW_RPC_INVALID_PARAMS = -32602,
	IW_RPC_NOT_INITIALIZED = -32002,
};

enum iw_rpc_event {
	IW_RPC_NOTHING, /* more bytes are needed */
	IW_RPC_MESSAGE,
	IW_RPC_BAD,    /* a message that is no JSON, or none of JSON-RPC: to be answered with PARSE_ERROR */
	IW_RPC_BROKEN, /* a header that cannot be read, or an absurd length: where the next message begins is not known
			*/
};

typedef struct iw_rpc iw_rpc;
iw_rpc *iw_rpc_new(void);
void iw_rpc_free(iw_rpc *rpc);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(iw_rpc, iw_rpc_free)
void iw_rpc_feed(iw_rpc *rpc, const char *bytes, size_t length);
/* *message: an object, the caller's reference; only with MESSAGE. */
enum iw_rpc_event iw_rpc_next(iw_rpc *rpc, json_t **message);

/* Take over `result`, `params`; `id` may be NULL (null then). */
json_t *iw_rpc_result(const json_t *id, json_t *result);
json_t *iw_rpc_failure(const json_t *id, enum iw_rpc_code code, const char *words);
json_t *iw_rpc_notification(const char *method, json_t *params);
/* Header and body; takes over the reference. */
void iw_rpc_frame(GString *out, json_t *message);
