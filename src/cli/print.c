/* What goes to standard output and standard error, and the JSON that commands share. */
#include "cli/cli.h"
#include "report/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void iw_cli_print(const struct iw_cli *cli, const GString *text)
{
	if (cli->sink != NULL) {
		cli->sink(cli->sink_data, text->str, text->len);
		return;
	}
	fwrite(text->str, 1, text->len, stdout);
	fflush(stdout);
}

void iw_cli_note(const struct iw_cli *cli, const char *format, ...)
{
	if (cli->options.json || cli->is_library)
		return;
	va_list list;
	va_start(list, format);
	g_autofree char *text = g_strdup_vprintf(format, list);
	va_end(list);
	fprintf(stderr, "%s\n", text);
}

void iw_cli_json_text(json_t *object, const char *key, const char *text)
{
	if (text == NULL) {
		json_object_set_new(object, key, json_null());
		return;
	}
	g_autofree char *valid = g_utf8_make_valid(text, -1);
	json_object_set_new(object, key, json_string(valid));
}

json_t *iw_cli_error_json(const GError *error)
{
	const struct iw_error_info *info = iw_error_info(error);
	json_t *object = json_object();
	g_autofree char *class =
		g_ascii_strdown(error->domain == IW_ERROR ? iw_error_class(error->code) : "internal", -1);
	iw_cli_json_text(object, "class", class);
	iw_cli_json_text(object, "message", error->message);
	iw_cli_json_text(object, "detail", info->detail);
	iw_cli_json_text(object, "hint", info->hint);
	iw_cli_json_text(object, "serverCode", info->server_code);
	if (info->place.source != NULL)
		json_object_set_new(object, "place", iw_report_place_json(&info->place));
	return object;
}

static void add_labelled(GString *out, struct iw_style style, const char *label, const char *text)
{
	if (text == NULL)
		return;
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	for (guint i = 0; lines[i] != NULL; i++) {
		iw_text_add(out, style, IW_CYAN, i == 0 ? label : "        ");
		g_string_append_printf(out, " %s\n", lines[i]);
	}
}

void iw_cli_print_error(const struct iw_cli *cli, const GError *error)
{
	if (cli->options.json) {
		json_t *object = json_object();
		json_object_set_new(object, "error", iw_cli_error_json(error));
		char *dump = json_dumps(object, JSON_COMPACT);
		json_decref(object);
		g_autoptr(GString) text = g_string_new(dump);
		g_string_append_c(text, '\n');
		free(dump);
		iw_cli_print(cli, text);
		return;
	}
	const struct iw_error_info *info = iw_error_info(error);
	g_autoptr(GString) out = g_string_new(NULL);
	iw_text_add(out, cli->err, IW_RED, "error:");
	g_string_append_printf(out, " %s\n", iw_text_clean(cli->arena, error->message));
	if (info->place.source != NULL) {
		struct iw_line_column at = iw_source_locate(info->place.source, info->place.offset);
		g_string_append_printf(out, "  --> %s:%d:%d\n", info->place.source->path, at.line, at.column);
		iw_place_caret(out, &info->place, MAX(cli->err.width - 10, 40));
	}
	add_labelled(out, cli->err, "detail:", info->detail);
	add_labelled(out, cli->err, "  hint:", info->hint);
	fwrite(out->str, 1, out->len, stderr);
}

const char *iw_cli_state_word(const struct iw_applied *applied)
{
	static const char *const words[] = {
		[IW_PENDING] = "pending",	  [IW_APPLIED] = "applied",	 [IW_FAILED] = "failed",
		[IW_ROLLED_BACK] = "rolled back", [IW_MISSING_FILE] = "no file",
	};
	return applied->is_edited && applied->state == IW_APPLIED ? "edited" : words[applied->state];
}

json_t *iw_cli_applied_json(const struct iw_applied *applied)
{
	json_t *object = json_object();
	iw_cli_json_text(object, "name", applied->name);
	iw_cli_json_text(object, "state", iw_cli_state_word(applied));
	iw_cli_json_text(object, "appliedAt", applied->applied_at);
	iw_cli_json_text(object, "file", applied->migration != NULL ? applied->migration->up.shown_path : NULL);
	json_object_set_new(object, "hasDownFile",
			    json_boolean(applied->migration != NULL && applied->migration->down.path != NULL));
	json_object_set_new(object, "edited", json_boolean(applied->is_edited));
	json_object_set_new(object, "outOfOrder", json_boolean(applied->is_out_of_order));
	if (applied->note != NULL)
		iw_cli_json_text(object, "note", applied->note);
	return object;
}

json_t *iw_cli_problems_json(const struct iw_cli *cli)
{
	json_t *array = json_array();
	for (guint i = 0; i < cli->project->problems->len; i++) {
		const struct iw_problem *problem = g_ptr_array_index(cli->project->problems, i);
		json_t *object = json_object();
		iw_cli_json_text(object, "severity",
				 problem->is_error  ? "error"
				 : problem->is_note ? "note"
						    : "warning");
		iw_cli_json_text(object, "message", problem->message);
		iw_cli_json_text(object, "hint", problem->hint);
		iw_cli_json_text(object, "file", problem->path);
		if (problem->place.source != NULL)
			json_object_set_new(object, "place", iw_report_place_json(&problem->place));
		json_array_append_new(array, object);
	}
	return array;
}

json_t *iw_cli_project_json(const struct iw_cli *cli)
{
	json_t *object = json_object();
	iw_cli_json_text(object, "framework", cli->project->framework->name);
	iw_cli_json_text(object, "migrations", cli->project->migrations_directory);
	iw_cli_json_text(object, "dialect", iw_dialect_name(cli->project->engine.dialect));
	iw_cli_json_text(object, "url", cli->url != NULL ? cli->url->shown : NULL);
	if (cli->connection != NULL)
		iw_cli_json_text(object, "server", iw_engine_title(cli->connection->engine));
	json_object_set_new(object, "problems", iw_cli_problems_json(cli));
	return object;
}

void iw_cli_print_header(const struct iw_cli *cli, GString *out)
{
	iw_text_add(out, cli->out, IW_BOLD, cli->project->framework->title);
	g_string_append_printf(
		out, ", %s", iw_engine_title(cli->connection != NULL ? cli->connection->engine : cli->project->engine));
	if (cli->url != NULL)
		g_string_append_printf(out, " at %s", cli->url->shown);
	g_string_append_printf(out, "\n%s: %s\n", cli->project->migrations_directory,
			       iw_words_count(cli->arena, cli->project->migrations->len, "migration"));
}
