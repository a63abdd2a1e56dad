/* plan: the exact SQL, and per statement what it locks, does and breaks. */
#include "cli/linting.h"
#include "inchworm.h"

#include <string.h>

struct planning {
	struct iw_cli *cli;
	struct iw_planner *planner;
	GPtrArray *plans;
};

static struct iw_plan_options plan_options(struct iw_cli *cli)
{
	return (struct iw_plan_options){
		.engine = cli->project->engine,
		.transactional_ddl = cli->project->engine.dialect != IW_MYSQL,
		.size = cli->connection != NULL ? iw_cli_size : NULL,
		.size_data = cli,
	};
}

/* The planner after what is applied and not about to be undone. */
static iw_planner *replayed_planner(struct iw_cli *cli, guint count)
{
	struct iw_plan_options options = plan_options(cli);
	iw_planner *planner = iw_planner_new(cli->arena, &options, NULL);
	for (guint i = 0; i < count; i++)
		iw_planner_replay(planner, g_ptr_array_index(cli->project->order, i));
	return planner;
}

GPtrArray *iw_cli_plans_down(struct iw_cli *cli, GPtrArray *migrations, GError **error)
{
	struct iw_plan_options options = plan_options(cli);
	GPtrArray *plans = iw_arena_ptr_array(cli->arena);
	g_ptr_array_set_size(plans, (gint)migrations->len);
	iw_planner *before = replayed_planner(cli, cli->project->order->len - migrations->len);
	GError *failure = NULL;
	/* The oldest first, as they were applied. What is said is what is wrong with the one that would be undone
	 * first. */
	for (guint i = migrations->len; i > 0; i--) {
		struct iw_migration *migration = g_ptr_array_index(migrations, i - 1);
		GError *problem = NULL;
		iw_planner *planner = iw_planner_new(cli->arena, &options, iw_planner_schema(before));
		plans->pdata[i - 1] = iw_planner_plan(planner, cli->arena, migration, IW_DOWN, &problem);
		if (problem != NULL) {
			g_clear_error(&failure);
			failure = problem;
		}
		iw_planner_replay(before, migration);
	}
	if (failure == NULL)
		return plans;
	g_propagate_error(error, failure);
	return NULL;
}

iw_planner *iw_cli_planner(struct iw_cli *cli, GError **error)
{
	if (cli->connection == NULL)
		return replayed_planner(cli, 0);
	struct iw_plan_options options = plan_options(cli);
	iw_schema *live = cli->connection->driver->inspect(cli->connection, cli->arena, NULL, error);
	return live == NULL ? NULL : iw_planner_new(cli->arena, &options, live);
}

static GPtrArray *make_plans(struct iw_cli *cli, GPtrArray *applied, GError **error)
{
	char **targets = cli->options.arguments;
	GPtrArray *migrations = cli->options.down ? iw_cli_to_undo(cli, applied, targets, error)
						  : iw_cli_pending(cli, applied, targets, error);
	if (migrations == NULL)
		return NULL;
	if (cli->options.down)
		return iw_cli_plans_down(cli, migrations, error);
	iw_planner *planner = iw_cli_planner(cli, error);
	GPtrArray *plans = iw_arena_ptr_array(cli->arena);
	for (guint i = 0; planner != NULL && i < migrations->len; i++) {
		struct iw_migration_plan *plan =
			iw_planner_plan(planner, cli->arena, g_ptr_array_index(migrations, i), IW_UP, error);
		if (plan == NULL)
			return NULL;
		g_ptr_array_add(plans, plan);
	}
	return planner == NULL ? NULL : plans;
}

static void print_script(struct iw_cli *cli, GPtrArray *plans)
{
	g_autoptr(GString) out = g_string_new(NULL);
	for (guint i = 0; i < plans->len; i++) {
		const struct iw_migration_plan *plan = g_ptr_array_index(plans, i);
		g_string_append_printf(out, "-- %s%s\n%s\n", plan->direction == IW_DOWN ? "down of " : "",
				       plan->migration->name, iw_migration_plan_script(cli->arena, plan));
	}
	iw_cli_print(cli, out);
}

static void print_json(struct iw_cli *cli, GPtrArray *plans)
{
	json_t *object = iw_cli_project_json(cli);
	json_t *array = json_array();
	for (guint i = 0; i < plans->len; i++)
		json_array_append_new(array, iw_report_plan_json(g_ptr_array_index(plans, i)));
	json_object_set_new(object, "plan", array);
	g_autoptr(GString) out = g_string_new(NULL);
	iw_report_json(out, object);
	json_decref(object);
	iw_cli_print(cli, out);
}

static void print_html(struct iw_cli *cli, GPtrArray *plans)
{
	struct iw_report report = {
		.findings = iw_arena_ptr_array(cli->arena),
		.migrations = plans,
		.errors = iw_arena_ptr_array(cli->arena),
		.plans = plans,
		.engine = iw_engine_title(cli->project->engine),
		.project = cli->project->framework->title,
		.version = inchworm_version(),
		.is_plan = true,
	};
	for (guint i = 0; i < plans->len; i++)
		report.statements += ((const struct iw_migration_plan *)g_ptr_array_index(plans, i))->steps->len;
	g_autoptr(GString) out = g_string_new(NULL);
	iw_report_html(out, &report);
	iw_cli_print(cli, out);
}

static void print_text(struct iw_cli *cli, GPtrArray *plans, bool is_offline)
{
	g_autoptr(GString) out = g_string_new(NULL);
	iw_cli_print_header(cli, out);
	if (is_offline)
		g_string_append(out,
				"No database was asked: all migrations are taken as pending, on an empty schema.\n");
	for (guint i = 0; i < plans->len; i++)
		iw_report_plan_text(out, cli->out, g_ptr_array_index(plans, i));
	if (plans->len == 0)
		g_string_append_printf(out, "\nNothing to do: %s\n",
				       cli->options.down ? "no migration to undo" : "no migration is pending");
	iw_cli_print(cli, out);
}

static bool read_format(struct iw_cli *cli, enum iw_lint_format *format, GError **error)
{
	if (!iw_cli_format(cli, format, error))
		return false;
	cli->options.json = *format == IW_FORMAT_JSON;
	return *format == IW_FORMAT_TEXT || *format == IW_FORMAT_JSON || *format == IW_FORMAT_HTML ||
	       iw_fail(error, IW_ERROR_USAGE, "`plan` has the formats text, json and html");
}

static int run_plan(struct iw_cli *cli, GError **error)
{
	enum iw_lint_format format;
	if (!read_format(cli, &format, error))
		return IW_ERROR_USAGE;
	if (!iw_cli_open_project(cli, error) || !iw_cli_check_problems(cli, false, error))
		return IW_ERROR_PROJECT;
	bool is_offline = cli->project->url == NULL;
	GPtrArray *applied = NULL;
	bool has_table = false;
	if (!is_offline) {
		if (!iw_cli_connect(cli, true, error))
			return IW_ERROR_CONNECT;
		applied = iw_cli_read_applied(cli, &has_table, error);
		if (applied == NULL)
			return IW_ERROR_HISTORY;
	} else if (cli->options.down) {
		iw_fail(error, IW_ERROR_PROJECT, "`plan --down` needs the database to know what is applied");
		return IW_ERROR_PROJECT;
	}
	GPtrArray *plans = make_plans(cli, applied, error);
	if (plans == NULL)
		return IW_ERROR_INPUT;
	FILE *file = NULL;
	if (!iw_cli_open_output(cli, &file, error))
		return IW_ERROR_INPUT;
	if (cli->options.json)
		print_json(cli, plans);
	else if (format == IW_FORMAT_HTML)
		print_html(cli, plans);
	else if (cli->options.sql)
		print_script(cli, plans);
	else
		print_text(cli, plans, is_offline);
	return iw_cli_close_output(cli, file, error) ? 0 : IW_ERROR_INPUT;
}

static const char *const groups[] = {"project", "report", "plan", NULL};

const struct iw_command iw_command_plan = {
	.name = "plan",
	.arguments = "[TARGET... | +N]",
	.summary = "what `up` would do: exact SQL, locks, work, what breaks",
	.description =
		"Shows every statement that `up` would send, exactly, with the lock it takes, what that blocks, "
		"the work it\n"
		"does and what it breaks in code that is running. Changes nothing. Without a database all "
		"migrations are\n"
		"taken as pending. TARGET is the last migration to include (its name or the start of it), +N "
		"the next N.\n"
		"With --down: what `down [TARGET | -N | zero]` would do. In projects of Alembic and Django TARGET is "
		"what\n"
		"these take, see `inchworm help up`.",
	.option_groups = groups,
	.run = run_plan,
};
