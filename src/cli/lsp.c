/* lsp: a language server on standard input and output; see lsp.h. */
#include "cli/lsp.h"

#include "inchworm.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

void iw_lsp_send(struct lsp_server *server, json_t *message)
{
	iw_rpc_frame(server->out, message);
}

void iw_lsp_show(struct lsp_server *server, int type, const char *words)
{
	g_autofree char *valid = g_utf8_make_valid(words, -1);
	iw_lsp_send(server,
		    iw_rpc_notification("window/showMessage", json_pack("{s:i, s:s}", "type", type, "message", valid)));
}

/* what editors tell ----------------------------------------------------------------------------------------------- */

static char *path_of(const char *uri)
{
	g_autofree char *path = uri == NULL ? NULL : g_filename_from_uri(uri, NULL, NULL);
	return path == NULL ? NULL : g_canonicalize_filename(path, "/");
}

static const char *uri_of(const json_t *params)
{
	return json_string_value(json_object_get(json_object_get(params, "textDocument"), "uri"));
}

/* Of a file's document only; one that is not on disk ("untitled:") has no project. */
static struct lsp_document *find_document(struct lsp_server *server, const json_t *params)
{
	const char *uri = uri_of(params);
	return uri == NULL ? NULL : g_hash_table_lookup(server->documents, uri);
}

static void set_text(struct lsp_document *document)
{
	iw_source_override(document->path, document->text->str, document->text->len);
	iw_lines_clear(&document->lines);
	document->lines = iw_lines_of(document->text->str, document->text->len);
	document->is_dirty = true;
}

static void did_open(struct lsp_server *server, const json_t *params)
{
	const json_t *item = json_object_get(params, "textDocument");
	const char *text = json_string_value(json_object_get(item, "text"));
	g_autofree char *path = path_of(uri_of(params));
	if (path == NULL || text == NULL)
		return;
	struct lsp_document *document = g_new0(struct lsp_document, 1);
	document->uri = g_strdup(uri_of(params));
	document->path = g_steal_pointer(&path);
	document->text = g_string_new(text);
	document->version = json_integer_value(json_object_get(item, "version"));
	g_hash_table_replace(server->documents, document->uri, document);
	set_text(document);
}

static void did_change(struct lsp_server *server, const json_t *params)
{
	struct lsp_document *document = find_document(server, params);
	if (document == NULL)
		return;
	size_t index;
	const json_t *change;
	json_array_foreach(json_object_get(params, "contentChanges"), index, change)
	{
		if (!iw_document_change(document->text, change))
			iw_lsp_show(server, 2,
				    "inchworm: a change of the text could not be read; save and open the file again");
	}
	document->version = json_integer_value(json_object_get(json_object_get(params, "textDocument"), "version"));
	set_text(document);
}

static void did_close(struct lsp_server *server, const json_t *params)
{
	struct lsp_document *document = find_document(server, params);
	if (document == NULL)
		return;
	json_t *nothing = json_object();
	json_object_set_new(nothing, "uri", json_string(document->uri));
	json_object_set_new(nothing, "diagnostics", json_array());
	iw_lsp_send(server, iw_rpc_notification("textDocument/publishDiagnostics", nothing));
	g_hash_table_remove(server->documents, document->uri);
}

/* A file was saved or changed by someone else: the list of migrations and what is before may be others now. */
static void did_save(struct lsp_server *server, const json_t *params)
{
	(void)params;
	iw_lsp_forget_projects(server);
}

static void add_folder(struct lsp_server *server, const char *uri)
{
	char *path = path_of(uri);
	if (path != NULL)
		g_ptr_array_add(server->folders, path);
}

static void did_change_folders(struct lsp_server *server, const json_t *params)
{
	const json_t *event = json_object_get(params, "event");
	size_t index;
	const json_t *folder;
	json_array_foreach(json_object_get(event, "removed"), index, folder)
	{
		g_autofree char *path = path_of(json_string_value(json_object_get(folder, "uri")));
		for (guint i = server->folders->len; path != NULL && i-- > 0;)
			if (strcmp(server->folders->pdata[i], path) == 0)
				g_ptr_array_remove_index(server->folders, i);
	}
	json_array_foreach(json_object_get(event, "added"), index, folder)
	{
		add_folder(server, json_string_value(json_object_get(folder, "uri")));
	}
	iw_lsp_forget_projects(server);
}

/* requests -------------------------------------------------------------------------------------------------------- */

static json_t *initialize(struct lsp_server *server, const json_t *params)
{
	const json_t *folders = json_object_get(params, "workspaceFolders");
	size_t index;
	const json_t *folder;
	json_array_foreach(folders, index, folder)
	{
		add_folder(server, json_string_value(json_object_get(folder, "uri")));
	}
	if (server->folders->len == 0)
		add_folder(server, json_string_value(json_object_get(params, "rootUri")));
	server->is_initialized = true;
	return json_pack("{s:{s:s, s:{s:b, s:i, s:{s:b}}, s:b, s:{s:[s]}, s:{s:{s:b, s:b}}}, s:{s:s, s:s}}",
			 "capabilities", "positionEncoding", "utf-16", "textDocumentSync", "openClose", 1, "change", 2,
			 "save", "includeText", 0, "hoverProvider", 1, "codeActionProvider", "codeActionKinds",
			 "quickfix", "workspace", "workspaceFolders", "supported", 1, "changeNotifications", 1,
			 "serverInfo", "name", "inchworm", "version", inchworm_version());
}

static json_t *shut_down(struct lsp_server *server, const json_t *params)
{
	(void)params;
	server->is_shut_down = true;
	return json_null();
}

static const struct {
	const char *name;
	json_t *(*answer)(struct lsp_server *server, const json_t *params); /* NULL: params are wrong */
} requests[] = {
	{"initialize", initialize},
	{"shutdown", shut_down},
	{"textDocument/hover", iw_lsp_hover},
	{"textDocument/codeAction", iw_lsp_code_actions},
};

static const struct {
	const char *name;
	void (*take)(struct lsp_server *server, const json_t *params);
} notifications[] = {
	{"textDocument/didOpen", did_open},
	{"textDocument/didChange", did_change},
	{"textDocument/didClose", did_close},
	{"textDocument/didSave", did_save},
	{"workspace/didChangeWatchedFiles", did_save},
	{"workspace/didChangeWorkspaceFolders", did_change_folders},
};

static json_t *answer(struct lsp_server *server, const json_t *id, const char *method, const json_t *params)
{
	bool is_first = strcmp(method, "initialize") == 0;
	if (!server->is_initialized && !is_first)
		return iw_rpc_failure(id, IW_RPC_NOT_INITIALIZED, "the first request must be initialize");
	if (server->is_shut_down || (server->is_initialized && is_first))
		return iw_rpc_failure(id, IW_RPC_INVALID_REQUEST, "not at this time");
	for (size_t i = 0; i < G_N_ELEMENTS(requests); i++) {
		if (strcmp(requests[i].name, method) != 0)
			continue;
		json_t *result = requests[i].answer(server, params);
		return result != NULL ? iw_rpc_result(id, result)
				      : iw_rpc_failure(id, IW_RPC_INVALID_PARAMS, "the parameters cannot be read");
	}
	return iw_rpc_failure(id, IW_RPC_METHOD_NOT_FOUND, "there is no such method");
}

/* False: exit. */
static bool take_message(struct lsp_server *server, const json_t *message)
{
	const json_t *id = json_object_get(message, "id");
	const char *method = json_string_value(json_object_get(message, "method"));
	const json_t *params = json_object_get(message, "params");
	if (method == NULL) /* an answer, which nothing was asked for */
		return true;
	if (strcmp(method, "exit") == 0)
		return false;
	if (id != NULL) {
		iw_lsp_send(server, answer(server, id, method, params));
		return true;
	}
	for (size_t i = 0; server->is_initialized && !server->is_shut_down && i < G_N_ELEMENTS(notifications); i++)
		if (strcmp(notifications[i].name, method) == 0)
			notifications[i].take(server, params);
	return true;
}

/* the loop -------------------------------------------------------------------------------------------------------- */

static bool write_out(struct lsp_server *server)
{
	for (size_t at = 0; at < server->out->len;) {
		ssize_t written = write(STDOUT_FILENO, server->out->str + at, server->out->len - at);
		if (written < 0 && errno != EINTR)
			return false;
		at += written > 0 ? (size_t)written : 0;
	}
	g_string_truncate(server->out, 0);
	return true;
}

static void judge_all(struct lsp_server *server)
{
	GHashTableIter iterator;
	gpointer document;
	g_hash_table_iter_init(&iterator, server->documents);
	while (g_hash_table_iter_next(&iterator, NULL, &document))
		if (((struct lsp_document *)document)->is_dirty)
			iw_lsp_judge(server, document);
}

/* All whole messages that are there. False: the end; *status. */
static bool take_messages(struct lsp_server *server, iw_rpc *rpc, int *status)
{
	for (;;) {
		json_t *message = NULL;
		switch (iw_rpc_next(rpc, &message)) {
		case IW_RPC_NOTHING:
			return true;
		case IW_RPC_BAD:
			iw_lsp_send(server,
				    iw_rpc_failure(NULL, IW_RPC_PARSE_ERROR, "this is no message of JSON-RPC 2.0"));
			break;
		case IW_RPC_BROKEN:
			iw_lsp_send(server,
				    iw_rpc_failure(NULL, IW_RPC_PARSE_ERROR, "the header of a message cannot be read"));
			*status = IW_ERROR_INPUT;
			return false;
		case IW_RPC_MESSAGE:
			if (!take_message(server, message)) {
				*status = server->is_shut_down ? 0 : 1;
				json_decref(message);
				return false;
			}
			json_decref(message);
		}
	}
}

static bool is_more_waiting(void)
{
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
	return poll(&input, 1, 0) > 0 && (input.revents & POLLIN) != 0;
}

static int serve(struct lsp_server *server)
{
	enum { PIECE = 64 * 1024 };
	g_autoptr(iw_rpc) rpc = iw_rpc_new();
	g_autofree char *bytes = g_malloc(PIECE);
	int status = 1; /* the editor went away without a word */
	for (;;) {
		ssize_t got = read(STDIN_FILENO, bytes, PIECE);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		iw_rpc_feed(rpc, bytes, (size_t)got);
		bool goes_on = take_messages(server, rpc, &status);
		/* Of a burst of keystrokes only the last state is judged. */
		if (goes_on && !is_more_waiting())
			judge_all(server);
		if (!write_out(server) || !goes_on)
			break;
	}
	return status;
}

static int run_lsp(struct iw_cli *cli, GError **error)
{
	(void)error;
	struct lsp_server server = {
		.cli = cli,
		.documents = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, iw_lsp_document_free),
		.folders = g_ptr_array_new_with_free_func(g_free),
		.projects = g_ptr_array_new_with_free_func(iw_lsp_project_free),
		.out = g_string_new(NULL),
	};
	cli->is_library = true; /* standard output is the editor's */
	int status = serve(&server);
	g_hash_table_unref(server.documents);
	g_ptr_array_unref(server.projects);
	g_ptr_array_unref(server.folders);
	g_string_free(server.out, TRUE);
	return status;
}

static const char *const groups[] = {"project", NULL};

const struct iw_command iw_command_lsp = {
	.name = "lsp",
	.arguments = "",
	.summary = "a language server: findings and facts while you type",
	.description = "Speaks the language server protocol (3.17) on standard input and output: findings as "
		       "diagnostics, what a\n"
		       "statement locks as hover, the safe way and comments that ignore a rule as code actions. The "
		       "project is\n"
		       "found from the workspace's folders and the file's own. Executes nothing, asks no database. See "
		       "docs/lsp.md.",
	.option_groups = groups,
	.run = run_lsp,
};
