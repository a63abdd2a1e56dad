/* Findings to a format, as they come or all at once; see linting.h. */
#include "cli/linting.h"

#include "inchworm.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *const FORMATS[IW_FORMATS] = {
	[IW_FORMAT_TEXT] = "text",	   [IW_FORMAT_JSON] = "json",	  [IW_FORMAT_SARIF] = "sarif",
	[IW_FORMAT_JUNIT] = "junit",	   [IW_FORMAT_GITHUB] = "github", [IW_FORMAT_GITLAB] = "gitlab",
	[IW_FORMAT_MARKDOWN] = "markdown", [IW_FORMAT_HTML] = "html",
};

bool iw_cli_format(const struct iw_cli *cli, enum iw_lint_format *format, GError **error)
{
	const char *name = cli->options.format;
	if (name == NULL || *name == '\0') {
		*format = cli->options.json ? IW_FORMAT_JSON : IW_FORMAT_TEXT;
		return true;
	}
	for (enum iw_lint_format one = IW_FORMAT_TEXT; one < IW_FORMATS; one++)
		if (strcmp(FORMATS[one], name) == 0) {
			*format = one;
			return !cli->options.json || one == IW_FORMAT_JSON ||
			       iw_fail(error, IW_ERROR_USAGE, "--json and --format %s contradict each other", name);
		}
	return iw_fail(error, IW_ERROR_USAGE,
		       "there is no format \"%s\" (text, json, sarif, junit, github, gitlab, markdown, html)", name);
}

/* where it goes --------------------------------------------------------------------------------------------------- */

static void write_file(void *data, const char *text, size_t length)
{
	fwrite(text, 1, length, data);
}

bool iw_cli_open_output(struct iw_cli *cli, FILE **file, GError **error)
{
	*file = NULL;
	if (cli->options.output == NULL)
		return true;
	*file = fopen(cli->options.output, "wb");
	if (*file == NULL)
		return iw_fail(error, IW_ERROR_INPUT, "could not write \"%s\": %s", cli->options.output,
			       g_strerror(errno));
	cli->sink = write_file;
	cli->sink_data = *file;
	cli->out = (struct iw_style){.width = 100};
	return true;
}

bool iw_cli_close_output(struct iw_cli *cli, FILE *file, GError **error)
{
	if (file == NULL)
		return true;
	cli->sink = NULL;
	bool was_wrong = ferror(file) != 0;
	return (fclose(file) == 0 && !was_wrong) ||
	       iw_fail(error, IW_ERROR_INPUT, "could not write \"%s\": %s", cli->options.output, g_strerror(errno));
}

/* findings -------------------------------------------------------------------------------------------------------- */

struct iw_lint_output *iw_lint_output_new(struct iw_cli *cli, const struct iw_lint_choice *choice, GError **error)
{
	struct iw_lint_output *output = iw_new(cli->arena, struct iw_lint_output);
	*output = (struct iw_lint_output){.cli = cli, .choice = choice};
	if (!iw_cli_format(cli, &output->format, error))
		return NULL;
	cli->options.json = output->format == IW_FORMAT_JSON;
	if (choice->baseline != NULL &&
	    (output->baseline = iw_baseline_read(cli->arena, choice->baseline, cli->options.update_baseline, error)) ==
		    NULL)
		return NULL;
	output->is_stream = !cli->options.update_baseline &&
			    (output->format == IW_FORMAT_TEXT || output->format == IW_FORMAT_JSON ||
			     output->format == IW_FORMAT_GITHUB);
	output->judged = iw_arena_hash_table(cli->arena, g_str_hash, g_str_equal);
	output->report = (struct iw_report){
		.migrations = iw_arena_ptr_array(cli->arena),
		.errors = g_ptr_array_new_with_free_func((GDestroyNotify)g_error_free),
		.fail_on = choice->fail_on,
		.version = inchworm_version(),
	};
	iw_arena_defer(cli->arena, (GDestroyNotify)g_ptr_array_unref, output->report.errors);
	if (!iw_cli_open_output(cli, &output->file, error))
		return NULL;
	return output;
}

void iw_lint_output_begin(struct iw_lint_output *output, struct iw_engine engine)
{
	struct iw_cli *cli = output->cli;
	output->report.engine = iw_arena_strdup(cli->arena, iw_engine_title(engine));
	output->report.project = cli->project == NULL ? NULL : cli->project->framework->title;
	if (output->format != IW_FORMAT_JSON)
		return;
	output->errors = json_array();
	output->suppressed = json_array();
	g_autoptr(GString) out = g_string_new("{\"findings\":[");
	iw_cli_print(cli, out);
}

static bool is_kept(const struct iw_lint_output *output, const struct iw_finding *finding)
{
	return finding->severity >= output->choice->least;
}

static void count(struct iw_lint_output *output, const struct iw_finding *finding)
{
	if (finding->suppression == NULL)
		output->report.counts[finding->severity]++;
	else if (finding->suppression->place.source != NULL)
		output->ignored++;
	else
		output->known++;
}

/* JSON comes in pieces, too: a history of 200,000 statements may have more findings than fit in memory. */
static int append_text(const char *text, size_t length, void *out)
{
	g_string_append_len(out, text, (gssize)length);
	return 0;
}

static void add_json(struct iw_lint_output *output, GString *out, const struct iw_finding *finding)
{
	json_t *object = iw_report_finding_json(finding);
	if (finding->suppression != NULL) {
		json_array_append_new(output->suppressed, object);
		return;
	}
	g_string_append(out, output->printed++ > 0 ? ",\n" : "\n");
	json_dump_callback(object, append_text, out, JSON_COMPACT);
	json_decref(object);
}

static void write_stream(struct iw_lint_output *output, GPtrArray *findings)
{
	g_autoptr(GString) out = g_string_new(NULL);
	if (output->format == IW_FORMAT_GITHUB)
		iw_report_github(out, findings);
	for (guint i = 0; i < findings->len; i++) {
		const struct iw_finding *finding = g_ptr_array_index(findings, i);
		if (output->format == IW_FORMAT_JSON)
			add_json(output, out, finding);
		else if (output->format == IW_FORMAT_TEXT && finding->suppression == NULL) {
			iw_report_finding_text(out, output->cli->out, finding);
			g_string_append_c(out, '\n');
		}
	}
	iw_cli_print(output->cli, out);
}

void iw_lint_output_take(void *data, GPtrArray *findings)
{
	struct iw_lint_output *output = data;
	for (guint i = findings->len; i-- > 0;)
		if (!is_kept(output, g_ptr_array_index(findings, i)))
			g_ptr_array_remove_index(findings, i);
	if (output->baseline != NULL)
		iw_baseline_apply(output->baseline, findings);
	for (guint i = 0; i < findings->len; i++) {
		count(output, g_ptr_array_index(findings, i));
		iw_cli_live_note(output->cli, g_ptr_array_index(findings, i));
	}
	if (output->is_stream)
		write_stream(output, findings);
}

void iw_lint_output_migration(struct iw_lint_output *output, const struct iw_migration *migration, guint64 statements)
{
	output->report.statements += statements;
	g_hash_table_add(output->judged, (char *)migration->name);
	struct iw_report_migration *one = iw_new(output->cli->arena, struct iw_report_migration);
	*one = (struct iw_report_migration){migration->name, migration->up.shown_path, statements};
	g_ptr_array_add(output->report.migrations, one);
}

void iw_lint_output_error(struct iw_lint_output *output, const GError *error)
{
	g_ptr_array_add(output->report.errors, g_error_copy(error));
	if (output->errors != NULL)
		json_array_append_new(output->errors, iw_cli_error_json(error));
	else
		iw_cli_print_error(output->cli, error);
	if (output->format != IW_FORMAT_GITHUB)
		return;
	g_autoptr(GString) out = g_string_new(NULL);
	iw_report_github_error(out, error);
	iw_cli_print(output->cli, out);
}

/* the end --------------------------------------------------------------------------------------------------------- */

static json_t *texts(GPtrArray *list)
{
	json_t *array = json_array();
	for (guint i = 0; list != NULL && i < list->len; i++) {
		g_autofree char *valid = g_utf8_make_valid(g_ptr_array_index(list, i), -1);
		json_array_append_new(array, json_string(valid));
	}
	return array;
}

static json_t *since_json(const struct iw_since *since)
{
	json_t *object = json_object();
	iw_cli_json_text(object, "base", since->base);
	json_object_set_new(object, "deleted", texts(since->deleted));
	return object;
}

static void end_json(struct iw_lint_output *output, GPtrArray *stale)
{
	struct iw_cli *cli = output->cli;
	json_t *object = json_object();
	json_object_set_new(object, "suppressed", output->suppressed);
	json_object_set_new(object, "errors", output->errors);
	json_object_set_new(object, "statements", json_integer((json_int_t)output->report.statements));
	json_object_set_new(object, "migrations", json_integer((json_int_t)output->report.migrations->len));
	json_object_set_new(object, "problems", cli->project != NULL ? iw_cli_problems_json(cli) : json_array());
	json_object_set_new(object, "since", output->since == NULL ? json_null() : since_json(output->since));
	json_object_set_new(object, "staleBaseline", texts(stale));
	json_object_set_new(object, "live", iw_cli_live_json(cli));
	g_autoptr(GString) out = g_string_new(NULL);
	char *text = json_dumps(object, JSON_COMPACT);
	g_string_append_printf(out, "],%s\n", text + 1); /* the rest of the object that was opened */
	free(text);
	json_decref(object);
	iw_cli_print(cli, out);
}

static void end_text(struct iw_lint_output *output)
{
	g_autoptr(GString) out = g_string_new(NULL);
	iw_cli_live_text(output->cli, out);
	iw_report_findings_summary(out, output->cli->out, output->report.counts, output->report.statements,
				   output->report.migrations->len);
	g_string_truncate(out, out->len - 1);
	if (output->ignored > 0)
		g_string_append_printf(out, "; %u ignored by comments", output->ignored);
	if (output->known > 0)
		g_string_append_printf(out, "; %u in the baseline", output->known);
	if (output->since != NULL)
		g_string_append_printf(out, ", since %s", output->since->base);
	g_string_append_c(out, '\n');
	iw_cli_print(output->cli, out);
}

static void end_whole(struct iw_lint_output *output)
{
	static void (*const WRITERS[IW_FORMATS])(GString *, const struct iw_report *) = {
		[IW_FORMAT_SARIF] = iw_report_sarif,   [IW_FORMAT_JUNIT] = iw_report_junit,
		[IW_FORMAT_GITLAB] = iw_report_gitlab, [IW_FORMAT_MARKDOWN] = iw_report_markdown,
		[IW_FORMAT_HTML] = iw_report_html,
	};
	g_autoptr(GString) out = g_string_new(NULL);
	WRITERS[output->format](out, &output->report);
	iw_cli_print(output->cli, out);
}

enum { MOST_STALE = 20 };

static void tell_rest(const struct iw_lint_output *output, GPtrArray *stale)
{
	const struct iw_cli *cli = output->cli;
	for (guint i = 0; i < MIN(stale->len, MOST_STALE); i++)
		iw_cli_note(cli, "note: the baseline lists %s, which is not found any more",
			    (const char *)stale->pdata[i]);
	if (stale->len > MOST_STALE)
		iw_cli_note(cli, "note: ... and %u more", stale->len - MOST_STALE);
	if (stale->len > 0)
		iw_cli_note(cli, "  hint: --update-baseline takes them out");
	const GPtrArray *deleted = output->since == NULL ? NULL : output->since->deleted;
	for (guint i = 0; deleted != NULL && i < MIN(deleted->len, MOST_STALE); i++)
		iw_cli_note(cli, "note: %s was there in %s and is deleted", (const char *)deleted->pdata[i],
			    output->since->base);
	if (deleted != NULL && deleted->len > MOST_STALE)
		iw_cli_note(cli, "note: ... and %u more", deleted->len - MOST_STALE);
}

static bool update_baseline(struct iw_lint_output *output, GPtrArray *findings, GError **error)
{
	if (!iw_baseline_write(output->baseline, findings, output->judged, output->is_all, error))
		return false;
	guint listed = 0;
	for (guint i = 0; i < findings->len; i++) {
		const struct iw_finding *finding = g_ptr_array_index(findings, i);
		listed += finding->suppression == NULL || finding->suppression->place.source == NULL;
	}
	iw_cli_note(output->cli, "%s: %s", output->baseline->path,
		    iw_words_count(output->cli->arena, listed, "finding"));
	return true;
}

static int status_of(const struct iw_lint_output *output)
{
	for (enum iw_severity severity = output->choice->fail_on; severity <= IW_SEVERE; severity++)
		if (output->report.counts[severity] > 0)
			return 1;
	return 0;
}

bool iw_lint_output_end(struct iw_lint_output *output, GPtrArray *findings, int *status, GError **error)
{
	GPtrArray *stale = output->baseline == NULL || output->cli->options.update_baseline
				   ? iw_arena_ptr_array(output->cli->arena)
				   : NULL;
	if (!output->is_stream)
		iw_lint_output_take(output, findings);
	output->report.findings = findings;
	*status = status_of(output);
	if (output->cli->options.update_baseline) {
		*status = 0;
		if (output->format == IW_FORMAT_TEXT || output->format == IW_FORMAT_JSON)
			return update_baseline(output, findings, error);
		if (!update_baseline(output, findings, error))
			return false;
	}
	if (stale == NULL)
		stale = iw_baseline_stale(output->cli->arena, output->baseline, output->judged, output->is_all);
	if (output->format == IW_FORMAT_TEXT)
		end_text(output);
	else if (output->format == IW_FORMAT_JSON)
		end_json(output, stale);
	else if (output->format != IW_FORMAT_GITHUB)
		end_whole(output);
	tell_rest(output, stale);
	return iw_cli_close_output(output->cli, output->file, error);
}
