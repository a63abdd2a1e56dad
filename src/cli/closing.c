/* The end of `up` and `down`: what the framework's own command does then beside the migrations, and who does it. */
#include "cli/closing.h"

bool iw_cli_may_delegate(const struct iw_cli *cli)
{
	return cli->options.delegate || cli->project->may_delegate;
}

bool iw_cli_has_closing(const struct iw_cli *cli)
{
	struct iw_framework_closing closing;
	return cli->project->framework->closing != NULL &&
	       cli->project->framework->closing(cli->arena, cli->project, &closing);
}

bool iw_cli_check_framework(struct iw_cli *cli, iw_run *run, GPtrArray *applied, GError **error)
{
	const struct iw_framework *framework = cli->project->framework;
	struct iw_framework_command command = {0};
	if (framework->probe == NULL)
		return true;
	if (!framework->probe(cli->arena, cli->project, &command, error))
		return false;
	const struct iw_run_delegation delegation = {command.directory, command.arguments, command.environment,
						     command.shown};
	const char *output = iw_run_probe(run, &delegation, error);
	return output != NULL && framework->agrees(cli->project, applied, output, error);
}

/* Only the state tells two SQLite files apart, and it has changed since it was compared. */
static bool is_still_it(struct iw_cli *cli, iw_run *run, GPtrArray *applied, GError **error)
{
	return cli->project->engine.dialect != IW_SQLITE || iw_cli_check_framework(cli, run, applied, error);
}

static bool fail_closing(const struct iw_cli *cli, const struct iw_framework_closing *closing, GError *cause,
			 GError **error)
{
	const struct iw_error_info *info = iw_error_info(cause);
	iw_fail(error, (enum iw_error)cause->code, "%s", cause->message);
	iw_error_detail(error, "%s", info->detail != NULL ? info->detail : "");
	bool is_elsewhere = cause->code == IW_ERROR_PROJECT && info->hint != NULL;
	g_autofree char *way = is_elsewhere ? g_strdup(info->hint) : g_strdup_printf("`%s` makes it.", closing->shown);
	iw_error_hint(error,
		      "All migrations are done and recorded; what %s makes at the end of its own run is missing. %s",
		      cli->project->framework->title, way);
	g_error_free(cause);
	return false;
}

bool iw_cli_close(struct iw_cli *cli, iw_run *run, struct iw_cli_closing *closing, GError **error)
{
	const struct iw_framework *framework = cli->project->framework;
	bool has_table = false;
	GPtrArray *applied = framework->closing == NULL ? NULL : iw_cli_read_applied(cli, &has_table, error);
	if (framework->closing == NULL || applied == NULL)
		return framework->closing == NULL;
	closing->is_there = framework->closing(cli->arena, cli->project, &closing->of);
	if (!closing->is_there || !iw_cli_may_delegate(cli))
		return true;
	const struct iw_framework_command *command = &closing->of.command;
	const struct iw_run_delegation delegation = {command->directory, command->arguments, command->environment,
						     command->shown};
	GError *cause = NULL;
	closing->is_done = is_still_it(cli, run, applied, &cause) && iw_run_closing(run, &delegation, &cause);
	return closing->is_done || fail_closing(cli, &closing->of, cause, error);
}

/* printing --------------------------------------------------------------------------------------------------------- */

static json_t *texts_json(GPtrArray *list)
{
	json_t *array = json_array();
	for (guint i = 0; i < list->len; i++)
		json_array_append_new(array, json_string(g_ptr_array_index(list, i)));
	return array;
}

json_t *iw_cli_closing_json(const struct iw_cli_closing *closing)
{
	json_t *object = json_object();
	json_object_set_new(object, "done", json_boolean(closing->is_done));
	json_object_set_new(object, "rows", texts_json(closing->of.rows));
	json_object_set_new(object, "unknown", texts_json(closing->of.unknown));
	iw_cli_json_text(object, "command", closing->of.shown);
	return object;
}

static void add_lines(struct iw_cli *cli, GString *out, GPtrArray *list, const char *before)
{
	for (guint i = 0; i < list->len; i++)
		g_string_append_printf(out, "  %s%s\n", before, iw_text_clean(cli->arena, g_ptr_array_index(list, i)));
}

void iw_cli_print_closing(struct iw_cli *cli, GString *out, const struct iw_cli_closing *closing)
{
	if (!closing->is_there || closing->is_done)
		return;
	iw_text_printf(out, cli->out, IW_YELLOW, "not made: what %s makes at the end of its own run",
		       cli->project->framework->title);
	g_string_append_c(out, '\n');
	add_lines(cli, out, closing->of.rows, "");
	add_lines(cli, out, closing->of.unknown, "not known: ");
	g_string_append_printf(out, "`%s` makes it; with --delegate, `inchworm` runs that itself\n",
			       iw_text_clean(cli->arena, closing->of.shown));
}
