/* A document to findings, and findings to diagnostics; see lsp.h. */
#include "cli/lint_notes.h"
#include "cli/lsp.h"

#include "sql/sql.h"

#include <string.h>

static bool is_of_document(const struct lsp_document *document, const struct iw_place *place)
{
	return place->source != NULL && place->source->length == document->text->len &&
	       g_strcmp0(place->source->path, document->migration->up.shown_path) == 0;
}

/* Of what is found in another file (a helper of a Python migration), the first line. */
static json_t *range_of(const struct lsp_document *document, const struct iw_place *place)
{
	const GString *text = document->text;
	if (!is_of_document(document, place))
		return iw_range_json(&document->lines, 0, 0);
	size_t end = place->offset + place->length;
	/* Of a statement of many lines the first one is marked, as the caret of the text output does. */
	const char *line_end = memchr(text->str + place->offset, '\n', MIN(end, text->len) - place->offset);
	if (line_end != NULL)
		end = (size_t)(line_end - text->str);
	return iw_range_json(&document->lines, place->offset, end);
}

static json_t *valid_text(const char *words)
{
	g_autofree char *valid = g_utf8_make_valid(words, -1);
	return json_string(valid);
}

static json_t *diagnostic(json_t *range, int severity, const char *code, const char *words)
{
	json_t *object = json_object();
	json_object_set_new(object, "range", range);
	json_object_set_new(object, "severity", json_integer(severity));
	json_object_set_new(object, "code", json_string(code));
	json_object_set_new(object, "source", json_string("inchworm"));
	json_object_set_new(object, "message", valid_text(words));
	return object;
}

json_t *iw_lsp_diagnostic(const struct lsp_document *document, const struct iw_finding *finding)
{
	static const int SEVERITIES[] = {[IW_OFF] = 4, [IW_NOTE] = 3, [IW_WARNING] = 2, [IW_SEVERE] = 1};
	g_autoptr(iw_arena) arena = iw_arena_new();
	const struct iw_place *place = &finding->place;
	const char *words = finding->message;
	if (place->source != NULL && !is_of_document(document, place))
		words = iw_arena_printf(arena, "%s:%d: %s", place->source->path,
					iw_source_locate(place->source, place->offset).line, words);
	if (finding->advice != NULL)
		words = iw_arena_printf(arena, "%s\n%s", words, finding->advice);
	json_t *object = diagnostic(range_of(document, place), SEVERITIES[finding->severity], finding->rule->id, words);
	const char *url = iw_report_rule_url(arena, finding->rule);
	if (url != NULL)
		json_object_set_new(object, "codeDescription", json_pack("{s:s}", "href", url));
	return object;
}

static void publish(struct lsp_server *server, const struct lsp_document *document, json_t *diagnostics)
{
	json_t *params = json_object();
	json_object_set_new(params, "uri", json_string(document->uri));
	json_object_set_new(params, "version", json_integer(document->version));
	json_object_set_new(params, "diagnostics", diagnostics);
	iw_lsp_send(server, iw_rpc_notification("textDocument/publishDiagnostics", params));
}

static void note_statement(struct lsp_document *document, const struct iw_statement *statement)
{
	struct lsp_statement one = {statement->place.offset, statement->place.offset + statement->place.length,
				    statement->operations->len};
	if (is_of_document(document, &statement->place))
		g_array_append_val(document->statements, one);
}

/* From a fork of the history: the document is all that is read. */
static iw_lint *read_document(struct lsp_document *document, GError **error)
{
	iw_lint *lint = iw_lint_fork(document->history, document->arena);
	struct iw_migration *migration = document->migration;
	iw_lint_begin_migration(lint, migration, true);
	iw_source *source = iw_migration_open(migration, IW_UP, error);
	if (source != NULL)
		iw_arena_defer(document->arena, (GDestroyNotify)iw_source_unref, source);
	g_autoptr(iw_reader) reader =
		source == NULL ? NULL : iw_reader_new(lint->options.engine, source, &migration->up);
	struct iw_statement *statement;
	while (reader != NULL && (statement = iw_reader_next(reader, document->arena, error)) != NULL) {
		iw_lint_statement(lint, statement);
		note_statement(document, statement);
	}
	if (document->project != NULL)
		iw_lint_notes_migration(
			iw_lint_notes_new(&document->project->cli, lint, document->arena, IW_LINT_NAMED), migration);
	iw_lint_end_migration(lint);
	return lint;
}

/* The migration as it was when the project was opened: what the last text said of its sections is forgotten. */
static void restore_migration(struct lsp_document *document)
{
	const struct lsp_project *project = document->project;
	GPtrArray *migrations = project == NULL ? NULL : project->cli.project->migrations;
	guint index;
	if (migrations == NULL || !g_ptr_array_find(migrations, document->migration, &index))
		return;
	*document->migration = *(const struct iw_migration *)g_ptr_array_index(project->pristine, index);
	iw_migration_forget(document->migration);
}

static json_t *error_diagnostic(const struct lsp_document *document, const GError *error)
{
	return diagnostic(range_of(document, &iw_error_info(error)->place), 1, "cannot-be-read", error->message);
}

/* Once, in the editor's log: most files of SQL and Python are no migrations. */
static void tell_of_no_project(struct lsp_server *server, struct lsp_document *document)
{
	const char *why = "no project has it among its migrations";
	for (guint i = 0; i < server->projects->len; i++) {
		const struct lsp_project *project = g_ptr_array_index(server->projects, i);
		if (project->error != NULL && i == 0)
			why = project->error->message;
	}
	if (document->is_told)
		return;
	document->is_told = true;
	g_autofree char *words = g_strdup_printf("inchworm: %s is not judged: %s", document->path, why);
	g_autofree char *valid = g_utf8_make_valid(words, -1);
	json_t *params = json_object();
	json_object_set_new(params, "type", json_integer(4));
	json_object_set_new(params, "message", json_string(valid));
	iw_lsp_send(server, iw_rpc_notification("window/logMessage", params));
}

void iw_lsp_judge(struct lsp_server *server, struct lsp_document *document)
{
	document->is_dirty = false;
	iw_lsp_find_project(server, document);
	json_t *diagnostics = json_array();
	if (document->migration == NULL) {
		tell_of_no_project(server, document);
		publish(server, document, diagnostics);
		return;
	}
	g_clear_pointer(&document->arena, iw_arena_free);
	document->arena = iw_arena_new();
	document->findings = iw_arena_ptr_array(document->arena);
	document->statements = g_array_new(FALSE, FALSE, sizeof(struct lsp_statement));
	iw_arena_defer(document->arena, (GDestroyNotify)g_array_unref, document->statements);
	restore_migration(document);
	g_autoptr(GError) error = NULL;
	iw_lint *lint = read_document(document, &error);
	bool is_excluded =
		document->project != NULL && iw_cli_is_excluded(&document->project->cli, document->migration);
	for (guint i = 0; !is_excluded && i < lint->findings->len; i++) {
		struct iw_finding *finding = g_ptr_array_index(lint->findings, i);
		if (finding->suppression != NULL)
			continue;
		g_ptr_array_add(document->findings, finding);
		json_array_append_new(diagnostics, iw_lsp_diagnostic(document, finding));
	}
	if (error != NULL)
		json_array_append_new(diagnostics, error_diagnostic(document, error));
	publish(server, document, diagnostics);
}
