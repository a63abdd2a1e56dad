/* Hover and code actions; see lsp.h. */
#include "cli/lsp.h"

#include <string.h>

static struct lsp_document *document_of(struct lsp_server *server, const json_t *params)
{
	const char *uri = json_string_value(json_object_get(json_object_get(params, "textDocument"), "uri"));
	struct lsp_document *document = uri == NULL ? NULL : g_hash_table_lookup(server->documents, uri);
	if (document != NULL && document->is_dirty)
		iw_lsp_judge(server, document);
	return document;
}

static bool holds(const struct iw_place *place, size_t offset)
{
	return place->source != NULL && offset >= place->offset && offset <= place->offset + place->length;
}

/* hover ----------------------------------------------------------------------------------------------------------- */

static void add_fact(GString *out, const struct iw_judgement *judgement)
{
	g_autoptr(iw_arena) arena = iw_arena_new();
	const struct iw_fact *fact = judgement->fact;
	g_string_append_printf(out, "**%s**\n\n", iw_operation_title(arena, judgement->operation));
	if (judgement->is_new_table) {
		g_string_append(out, "A table of this migration: nobody waits.\n\n");
		return;
	}
	iw_report_fact_text(out, (struct iw_style){.width = 100}, fact, judgement->seconds);
	g_string_append(out, "\n\n");
	for (guint i = 0; i < judgement->locks->len; i++) {
		const struct iw_relation_lock *lock = g_ptr_array_index(judgement->locks, i);
		if (lock->why != NULL)
			g_string_append_printf(out, "- also %s on `%s`: %s\n", lock->lock, lock->name.name, lock->why);
	}
	if (fact->breaks_words != NULL && fact->breaks != IW_BREAKS_NOTHING)
		g_string_append_printf(out, "- %s\n", fact->breaks_words);
	if (fact->fails_if != NULL)
		g_string_append_printf(out, "- fails if %s\n", fact->fails_if);
	if (fact->remedy != NULL)
		g_string_append_printf(out, "- safer: %s\n", fact->remedy);
	if (judgement->operation->reason != NULL)
		g_string_append_printf(out, "- not read: %s\n", judgement->operation->reason);
	g_string_append_printf(out, "\n*%s: %s*\n\n", fact->is_proved ? "measured and documented" : "source",
			       fact->source);
}

/* What each operation at the offset does, by a plan of this migration on the schema of before. */
static void add_facts(struct lsp_server *server, struct lsp_document *document, size_t offset, GString *out)
{
	g_autoptr(iw_arena) arena = iw_arena_new();
	struct iw_engine engine = iw_lsp_engine(server, document);
	const struct iw_plan_options options = {
		.engine = engine, .transactional_ddl = engine.dialect != IW_MYSQL, .as_written = true};
	iw_planner *planner = iw_planner_new(arena, &options, document->history->schema);
	struct iw_migration_plan *plan = iw_planner_plan(planner, arena, document->migration, IW_UP, NULL);
	for (guint i = 0; plan != NULL && i < plan->steps->len; i++) {
		const struct iw_step *step = g_ptr_array_index(plan->steps, i);
		for (guint j = 0; j < step->judgements->len; j++) {
			const struct iw_judgement *judgement = g_ptr_array_index(step->judgements, j);
			if (holds(&judgement->operation->place, offset))
				add_fact(out, judgement);
		}
	}
}

json_t *iw_lsp_hover(struct lsp_server *server, const json_t *params)
{
	struct iw_position position;
	struct lsp_document *document = document_of(server, params);
	if (!iw_position_read(json_object_get(params, "position"), &position))
		return NULL;
	if (document == NULL || document->migration == NULL || document->history == NULL)
		return json_null();
	size_t offset = iw_position_to_offset(&document->lines, position);
	g_autoptr(GString) out = g_string_new(NULL);
	add_facts(server, document, offset, out);
	if (out->len == 0)
		return json_null();
	g_autofree char *valid = g_utf8_make_valid(out->str, (gssize)out->len);
	return json_pack("{s:{s:s, s:s}}", "contents", "kind", "markdown", "value", valid);
}

/* code actions ---------------------------------------------------------------------------------------------------- */

static const struct lsp_statement *statement_at(const struct lsp_document *document, size_t offset)
{
	for (guint i = 0; i < document->statements->len; i++) {
		const struct lsp_statement *statement = &g_array_index(document->statements, struct lsp_statement, i);
		if (offset >= statement->begin && offset <= statement->end)
			return statement;
	}
	return NULL;
}

static json_t *action(const struct lsp_document *document, const struct iw_finding *finding, const char *title,
		      json_t *range, const char *text)
{
	json_t *edit = json_object(), *edits = json_array(), *changes = json_object(), *found = json_array();
	json_object_set_new(edit, "range", range);
	json_object_set_new(edit, "newText", json_string(text));
	json_array_append_new(edits, edit);
	json_object_set_new(changes, document->uri, edits);
	json_array_append_new(found, iw_lsp_diagnostic(document, finding));
	json_t *object = json_object();
	json_object_set_new(object, "title", json_string(title));
	json_object_set_new(object, "kind", json_string("quickfix"));
	json_object_set_new(object, "diagnostics", found);
	json_object_set_new(object, "edit", json_pack("{s:o}", "changes", changes));
	return object;
}

static bool is_python(const struct lsp_document *document)
{
	return g_str_has_suffix(document->path, ".py");
}

/* The statement is replaced where it is one operation, the finding's own: nothing else of it is lost. */
static void add_safe_way(const struct lsp_document *document, const struct iw_finding *finding,
			 const struct lsp_statement *statement, json_t *actions)
{
	const GString *text = document->text;
	if (finding->safe_sql == NULL || is_python(document) || statement == NULL || statement->operations != 1)
		return;
	g_autofree char *safe = g_strchomp(g_strdup(finding->safe_sql));
	bool is_ended = statement->end < text->len && text->str[statement->end] == ';';
	size_t length = strlen(safe);
	if (is_ended && length > 0 && safe[length - 1] == ';')
		safe[length - 1] = '\0';
	json_array_append_new(actions, action(document, finding, "Write it the safe way",
					      iw_range_json(&document->lines, statement->begin, statement->end), safe));
}

static void add_ignore(const struct lsp_document *document, const struct iw_finding *finding,
		       const struct lsp_statement *statement, json_t *actions)
{
	const GString *text = document->text;
	if (statement == NULL || strstr(finding->rule->id, "suppression") != NULL)
		return;
	size_t line = statement->begin;
	while (line > 0 && text->str[line - 1] != '\n' && text->str[line - 1] != '\r')
		line--;
	size_t blanks = line;
	while (blanks < statement->begin && (text->str[blanks] == ' ' || text->str[blanks] == '\t'))
		blanks++;
	g_autofree char *indent = g_strndup(text->str + line, blanks - line);
	g_autofree char *comment = g_strdup_printf("%s inchworm: ignore %s reason\n%s",
						   is_python(document) ? "#" : "--", finding->rule->id, indent);
	g_autofree char *title = g_strdup_printf("Ignore %s here", finding->rule->id);
	/* In front of a statement that begins in the middle of a line a Python comment would take the rest with it. */
	size_t at = is_python(document) ? blanks : statement->begin;
	json_array_append_new(actions,
			      action(document, finding, title, iw_range_json(&document->lines, at, at), comment));
}

json_t *iw_lsp_code_actions(struct lsp_server *server, const json_t *params)
{
	struct iw_position start, end;
	const json_t *range = json_object_get(params, "range");
	struct lsp_document *document = document_of(server, params);
	if (!iw_position_read(json_object_get(range, "start"), &start) ||
	    !iw_position_read(json_object_get(range, "end"), &end))
		return NULL;
	json_t *actions = json_array();
	if (document == NULL || document->findings == NULL)
		return actions;
	size_t from = iw_position_to_offset(&document->lines, start);
	size_t to = iw_position_to_offset(&document->lines, end);
	for (guint i = 0; i < document->findings->len; i++) {
		const struct iw_finding *finding = g_ptr_array_index(document->findings, i);
		size_t offset = finding->place.offset;
		if (finding->place.source == NULL || offset > to || offset + finding->place.length < from)
			continue;
		const struct lsp_statement *statement = statement_at(document, offset);
		add_safe_way(document, finding, statement, actions);
		add_ignore(document, finding, statement, actions);
	}
	return actions;
}
