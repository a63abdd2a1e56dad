/* Project, database, limits: what most commands start with. */
#include "cli/cli.h"

#include <stdlib.h>
#include <string.h>

bool iw_cli_parse_engine(const char *text, struct iw_engine *engine, GError **error)
{
	g_auto(GStrv) words = g_strsplit_set(text, " :@", 2);
	if (!iw_engine_parse(words[0], engine))
		return iw_fail(error, IW_ERROR_USAGE,
			       "\"%s\" is no engine (write it as \"postgres 14\" or \"mariadb 10.11\")", text);
	if (words[1] == NULL)
		return true;
	int part[3] = {0};
	g_auto(GStrv) numbers = g_strsplit(g_strstrip(words[1]), ".", 3);
	for (int i = 0; i < 3 && numbers[i] != NULL; i++) {
		char *end = NULL;
		part[i] = (int)strtol(numbers[i], &end, 10);
		if (end == numbers[i] || *end != '\0')
			return iw_fail(error, IW_ERROR_USAGE, "\"%s\" is no version of an engine", text);
	}
	engine->version =
		engine->dialect == IW_POSTGRES ? part[0] * 10000 + part[1] : part[0] * 10000 + part[1] * 100 + part[2];
	return true;
}

void iw_cli_print_problem(const struct iw_cli *cli, const struct iw_problem *problem)
{
	if (cli->options.json)
		return;
	bool says_path = problem->path == NULL || strstr(problem->message, problem->path) != NULL;
	iw_cli_note(cli, "%s: %s%s%s",
		    problem->is_error  ? "error"
		    : problem->is_note ? "note"
				       : "warning",
		    says_path ? "" : problem->path, says_path ? "" : ": ", problem->message);
	if (problem->place.source != NULL) {
		g_autoptr(GString) caret = g_string_new(NULL);
		iw_place_caret(caret, &problem->place, 100);
		g_string_truncate(caret, caret->len - 1);
		iw_cli_note(cli, "%s", caret->str);
	}
	if (problem->hint != NULL)
		iw_cli_note(cli, "  hint: %s", problem->hint);
}

bool iw_cli_check_problems(struct iw_cli *cli, bool running, GError **error)
{
	const struct iw_problem *worst = NULL;
	for (guint i = 0; i < cli->project->problems->len; i++) {
		const struct iw_problem *problem = g_ptr_array_index(cli->project->problems, i);
		if (running && problem->is_of_history)
			continue; /* `select` says it when it is so */
		if (running && problem->is_error && worst == NULL)
			worst = problem;
		else
			iw_cli_print_problem(cli, problem);
	}
	if (worst == NULL)
		return true;
	iw_fail_at(error, IW_ERROR_PROJECT, &worst->place, "%s%s%s", worst->path != NULL ? worst->path : "",
		   worst->path != NULL ? ": " : "", worst->message);
	if (worst->hint != NULL)
		iw_error_hint(error, "%s", worst->hint);
	return false;
}

static struct iw_open_options open_options(const struct iw_cli *cli, bool read_only, bool is_file)
{
	return (struct iw_open_options){
		.application_name = "inchworm",
		.read_only = read_only,
		.create_database = !read_only && (cli->options.create_database || is_file),
	};
}

static void connect_early(void *data, const struct iw_project *project)
{
	struct iw_cli *cli = data;
	const struct iw_open_options options = open_options(cli, true, false);
	cli->early = iw_early_start(project->url, project->url_base, &options);
}

static bool open_project(struct iw_cli *cli, iw_project_on_url on_url, const char *ending, GError **error)
{
	const struct iw_project_options options = {
		.directory = cli->options.directory,
		.framework = cli->options.framework,
		.migrations = cli->options.migrations,
		.config = cli->options.config,
		.dialect = cli->options.dialect,
		.url = cli->options.url,
		.database = cli->options.database,
		.ending = ending,
		.on_url = on_url,
		.on_url_data = cli,
	};
	cli->project = iw_project_open(cli->arena, &options, error);
	if (cli->project == NULL)
		return false;
	if (cli->options.engine != NULL && !iw_cli_parse_engine(cli->options.engine, &cli->project->engine, error))
		return false;
	return true;
}

bool iw_cli_open_project(struct iw_cli *cli, GError **error)
{
	return open_project(cli, NULL, NULL, error);
}

bool iw_cli_open_project_of(struct iw_cli *cli, const char *ending, GError **error)
{
	return open_project(cli, NULL, ending, error);
}

bool iw_cli_open_project_to_read(struct iw_cli *cli, GError **error)
{
	/* Who uses the library may unload it; a thread that hangs in connecting would be left without code. */
	if (cli->is_library)
		return open_project(cli, NULL, NULL, error);
	iw_early_prepare(cli->options.url != NULL ? cli->options.url : g_getenv("DATABASE_URL"));
	return open_project(cli, connect_early, NULL, error);
}

static bool parse_url(struct iw_cli *cli, GError **error)
{
	const struct iw_project *project = cli->project;
	if (project->url == NULL) {
		iw_fail(error, IW_ERROR_PROJECT, "no database URL is known for this project");
		if (project->url_missing != NULL)
			iw_error_detail(error, "%s.", project->url_missing);
		/* DATABASE_URL may be another database's: it is not taken where the project names its own. */
		iw_error_hint(error, "%s",
			      project->url_missing == NULL ? "Set DATABASE_URL or give --url."
			      : strstr(project->url_missing, "is not set") != NULL
				      ? "Set the variable, or give --url."
				      : "Give it with --url, or with `url:` in inchworm.yaml.");
		return false;
	}
	cli->url = iw_url_parse(cli->arena, project->url, project->url_base, error);
	if (cli->url == NULL) {
		if (project->url_from != NULL)
			iw_error_detail(error, "The URL comes from %s.", project->url_from);
		return false;
	}
	if (cli->url->dialect == project->engine.dialect)
		return true;
	iw_fail(error, IW_ERROR_PROJECT, "the project is for %s, its URL is for %s",
		iw_dialect_name(project->engine.dialect), iw_dialect_name(cli->url->dialect));
	if (project->url_from != NULL)
		iw_error_detail(error, "The URL comes from %s.", project->url_from);
	return false;
}

/* A SQLite file that `up` would make is an empty database to those who only look. */
static bool is_to_be_made(const struct iw_url *url)
{
	if (url->dialect != IW_SQLITE || strcmp(url->database, ":memory:") == 0)
		return false;
	g_autofree char *folder = g_path_get_dirname(url->database);
	return g_file_test(folder, G_FILE_TEST_IS_DIR) && !g_file_test(url->database, G_FILE_TEST_EXISTS) &&
	       !g_file_test(url->database, G_FILE_TEST_IS_SYMLINK);
}

static const struct iw_url *empty_database(struct iw_cli *cli)
{
	struct iw_url *url = iw_new(cli->arena, struct iw_url);
	*url = *cli->url;
	url->database = ":memory:";
	if (!cli->options.json)
		iw_cli_note(cli, "note: there is no file \"%s\" yet: taken for an empty database", cli->url->shown);
	return url;
}

/* While the connection is opened: the checksums that applied migrations are compared by, which each keeps. */
static void read_checksums(struct iw_cli *cli)
{
	const struct iw_project *project = cli->project;
	for (guint i = 0; cli->early != NULL && project->framework->checksum != NULL && i < project->migrations->len;
	     i++) {
		struct iw_migration *migration = g_ptr_array_index(project->migrations, i);
		if (iw_early_is_done(cli->early))
			return;
		if (migration->problem == NULL)
			project->framework->checksum(cli->arena, migration, NULL);
		if (migration->checksum == NULL)
			return; /* this framework's are not kept, or there is something to be said */
	}
}

bool iw_cli_connect(struct iw_cli *cli, bool read_only, GError **error)
{
	if (!parse_url(cli, error))
		return false;
	struct iw_open_options options = open_options(cli, read_only, cli->url->dialect == IW_SQLITE);
	bool is_empty = read_only && is_to_be_made(cli->url);
	read_checksums(cli);
	if (!iw_early_take(cli->early, cli->url, &options, &cli->connection, error))
		cli->connection = iw_connection_open(is_empty ? empty_database(cli) : cli->url, &options, error);
	if (cli->connection == NULL)
		return false;
	cli->project->engine = cli->connection->engine;
	return true;
}

GPtrArray *iw_cli_read_applied(struct iw_cli *cli, bool *has_table, GError **error)
{
	return iw_bookkeeping_read(cli->connection, cli->arena, cli->project->bookkeeping, has_table, error);
}

bool iw_cli_duration(const char *text, int *milliseconds, GError **error)
{
	static const struct {
		const char *unit;
		double milliseconds;
	} units[] = {{"ms", 1}, {"s", 1000}, {"", 1000}, {"sec", 1000}, {"min", 60000}, {"m", 60000}, {"h", 3600000}};
	if (text == NULL)
		return true;
	char *end = NULL;
	double number = g_ascii_strtod(text, &end);
	for (size_t i = 0; end != text && number >= 0 && i < G_N_ELEMENTS(units); i++)
		if (strcmp(end, units[i].unit) == 0 && number * units[i].milliseconds < G_MAXINT) {
			*milliseconds = (int)(number * units[i].milliseconds);
			return true;
		}
	return iw_fail(error, IW_ERROR_USAGE, "\"%s\" is no duration (write it as 500ms, 2s, 5min or 1h)", text);
}

bool iw_cli_limits(const struct iw_cli *cli, struct iw_run_limits *limits, GError **error)
{
	*limits = iw_run_default_limits;
	const struct iw_limits *configured = &cli->project->limits;
	if (configured->lock_timeout_ms > 0)
		limits->lock_timeout_ms = configured->lock_timeout_ms;
	if (configured->lock_budget_ms > 0)
		limits->lock_budget_ms = configured->lock_budget_ms;
	if (configured->statement_timeout_ms > 0)
		limits->statement_timeout_ms = configured->statement_timeout_ms;
	if (!iw_cli_duration(cli->options.lock_timeout, &limits->lock_timeout_ms, error) ||
	    !iw_cli_duration(cli->options.lock_budget, &limits->lock_budget_ms, error) ||
	    !iw_cli_duration(cli->options.statement_timeout, &limits->statement_timeout_ms, error))
		return false;
	if (limits->lock_timeout_ms == 0)
		return iw_fail(error, IW_ERROR_USAGE,
			       "the lock timeout cannot be 0: a queue for a lock needs a deadline");
	return true;
}

static GPtrArray *replica_urls(const struct iw_cli *cli, GPtrArray *configured, GError **error)
{
	GPtrArray *texts = iw_arena_ptr_array(cli->arena), *urls = iw_arena_ptr_array(cli->arena);
	for (char **text = cli->options.replicas; text != NULL && *text != NULL; text++)
		g_ptr_array_add(texts, *text);
	if (texts->len == 0 && configured != NULL)
		texts = configured;
	for (guint i = 0; i < texts->len; i++) {
		struct iw_url *url = iw_url_parse(cli->arena, texts->pdata[i], cli->project->url_base, error);
		if (url == NULL)
			return NULL;
		if (url->dialect != cli->project->engine.dialect || url->dialect == IW_SQLITE) {
			iw_fail(error, IW_ERROR_USAGE, "the replica %s is no server of the project's engine",
				url->shown);
			return NULL;
		}
		g_ptr_array_add(urls, url);
	}
	return urls;
}

bool iw_cli_pace(const struct iw_cli *cli, struct iw_pace *pace, GError **error)
{
	const struct iw_backfill_settings *configured = &cli->project->backfill;
	*pace = (struct iw_pace){
		.max_lag_ms = configured->max_lag_ms >= 0 ? configured->max_lag_ms : iw_run_default_pace.max_lag_ms,
		.stop_lag_ms = configured->stop_lag_ms,
		.pause_ms = configured->pause_ms,
		.batch_ms = configured->batch_ms > 0 ? configured->batch_ms : iw_run_default_pace.batch_ms,
		.max_sessions = cli->options.max_sessions > 0 ? cli->options.max_sessions : configured->max_sessions,
		.throttle_query =
			cli->options.throttle_query != NULL ? cli->options.throttle_query : configured->throttle_query,
	};
	pace->replicas = replica_urls(cli, configured->replicas, error);
	return pace->replicas != NULL && iw_cli_duration(cli->options.max_lag, &pace->max_lag_ms, error) &&
	       iw_cli_duration(cli->options.stop_lag, &pace->stop_lag_ms, error) &&
	       iw_cli_duration(cli->options.pause, &pace->pause_ms, error) &&
	       iw_cli_duration(cli->options.batch_time, &pace->batch_ms, error);
}

bool iw_cli_size(void *data, struct iw_name table, struct iw_table_size *size)
{
	struct iw_cli *cli = data;
	if (cli->connection == NULL || cli->connection->driver->statistics == NULL)
		return false;
	if (!cli->asked_statistics) {
		cli->asked_statistics = true;
		g_autoptr(GError) error = NULL;
		cli->statistics = cli->connection->driver->statistics(cli->connection, cli->arena, &error);
		if (error != NULL)
			iw_cli_note(cli, "warning: no table sizes: %s", error->message);
	}
	if (cli->statistics == NULL)
		return false;
	if (table.schema != NULL && g_strcmp0(table.schema, cli->connection->default_schema) == 0)
		table.schema = NULL;
	const struct iw_table_statistics *found = iw_statistics_find(cli->statistics, table);
	if (found == NULL)
		return false;
	*size = (struct iw_table_size){found->rows, found->bytes + found->index_bytes};
	return true;
}
