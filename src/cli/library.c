/* The public interface over the commands: the same code, JSON to a sink instead of text to a terminal. */
#include "inchworm.h"

#include "cli/cli.h"

#include <string.h>

struct inchworm {
	iw_arena *arena;
	struct iw_cli_options options;
	inchworm_sink sink;
	void *data;
	struct iw_cli *running; /* the call under way */
};

static char *copy(iw_arena *arena, const char *text)
{
	return iw_arena_strdup(arena, text);
}

static struct iw_cli_options copy_options(iw_arena *arena, const struct inchworm_options *from)
{
	return (struct iw_cli_options){
		.directory = copy(arena, from->directory),
		.framework = copy(arena, from->framework),
		.migrations = copy(arena, from->migrations),
		.config = copy(arena, from->config),
		.dialect = copy(arena, from->dialect),
		.url = copy(arena, from->url),
		.engine = copy(arena, from->engine),
		.database = copy(arena, from->database),
		.delegate = from->delegate != 0,
		.lock_timeout = copy(arena, from->lock_timeout),
		.lock_budget = copy(arena, from->lock_budget),
		.statement_timeout = copy(arena, from->statement_timeout),
		.lossy = from->lossy != 0,
		.allow_edited = from->allow_edited != 0,
		.json = TRUE,
	};
}

static int run(inchworm *handle, const struct iw_command *command, struct iw_cli_options options,
	       const char *const *arguments)
{
	static const char *const none[] = {NULL};
	if (handle == NULL || handle->running != NULL)
		return IW_ERROR_USAGE;
	options.arguments = (char **)(arguments != NULL ? arguments : none);
	struct iw_cli cli = {
		.arena = iw_arena_new(),
		.options = options,
		.out = {false, 100},
		.err = {false, 100},
		.is_library = true,
		.sink = handle->sink,
		.sink_data = handle->data,
	};
	handle->running = &cli;
	g_autoptr(GError) error = NULL;
	int status = command->run(&cli, &error);
	if (error != NULL) {
		iw_cli_print_error(&cli, error);
		status = error->domain == IW_ERROR ? error->code : IW_ERROR_INTERNAL;
	}
	iw_connection_free(cli.connection);
	iw_arena_free(cli.arena);
	handle->running = NULL;
	return status;
}

static int open_project(struct iw_cli *cli, GError **error)
{
	return iw_cli_open_project(cli, error) ? 0 : IW_ERROR_PROJECT;
}

inchworm *inchworm_open(const struct inchworm_options *options, inchworm_sink sink, void *data, int *status)
{
	static const struct inchworm_options defaults;
	static const struct iw_command command = {.name = "open", .run = open_project};
	if (sink == NULL) {
		*status = IW_ERROR_USAGE;
		return NULL;
	}
	inchworm *handle = g_new0(inchworm, 1);
	handle->arena = iw_arena_new();
	handle->options = copy_options(handle->arena, options != NULL ? options : &defaults);
	handle->sink = sink;
	handle->data = data;
	*status = run(handle, &command, handle->options, NULL);
	if (*status == 0)
		return handle;
	inchworm_close(handle);
	return NULL;
}

void inchworm_close(inchworm *handle)
{
	if (handle == NULL || handle->running != NULL)
		return;
	iw_arena_free(handle->arena);
	g_free(handle);
}

int inchworm_lint(inchworm *handle, const char *const *names)
{
	return handle == NULL ? IW_ERROR_USAGE : run(handle, &iw_command_lint, handle->options, names);
}

int inchworm_status(inchworm *handle)
{
	return handle == NULL ? IW_ERROR_USAGE : run(handle, &iw_command_status, handle->options, NULL);
}

int inchworm_plan(inchworm *handle, const char *target, int down)
{
	if (handle == NULL)
		return IW_ERROR_USAGE;
	struct iw_cli_options options = handle->options;
	options.down = down != 0;
	return run(handle, &iw_command_plan, options, (const char *const[]){target, NULL});
}

int inchworm_up(inchworm *handle, const char *target)
{
	if (handle == NULL)
		return IW_ERROR_USAGE;
	return run(handle, &iw_command_up, handle->options, (const char *const[]){target, NULL});
}

int inchworm_down(inchworm *handle, const char *target)
{
	if (handle == NULL)
		return IW_ERROR_USAGE;
	return run(handle, &iw_command_down, handle->options, (const char *const[]){target, NULL});
}

int inchworm_resolve(inchworm *handle, const char *decision, const char *const *names)
{
	if (handle == NULL || decision == NULL)
		return IW_ERROR_USAGE;
	struct iw_cli_options options = handle->options;
	options.applied = strcmp(decision, "applied") == 0;
	options.rolled_back = strcmp(decision, "rolled-back") == 0;
	options.repair = strcmp(decision, "repair") == 0;
	return run(handle, &iw_command_resolve, options, names);
}

void inchworm_interrupt(inchworm *handle)
{
	if (handle != NULL && handle->running != NULL)
		handle->running->interrupted = 1;
}
