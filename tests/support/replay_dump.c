/*
 * Replays migration files and prints the schema, or how it differs from a live database.
 *
 *     replay-dump ENGINE[:VERSION] [--url URL [--schemas a,b]] [--ignore GLOB]... [--breakpoint TEXT]
 *                 [--strict yes] [--invert yes] FILE...
 *
 * --invert: for every operation of the last file that can be undone, the schema after it and its inverse must be the
 * schema before it.
 * --strict: unread statements are believed to have changed nothing, so that all differences are shown.
 *
 * Exit status: 0 (equal), 1 (differences, one a line), 2 (could not read, replay or connect).
 */
#include "base/error.h"
#include "driver/driver.h"
#include "model/compare.h"
#include "model/invert.h"
#include "model/replay.h"
#include "sql/sql.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct request {
	struct iw_engine engine;
	const char *url, *breakpoint;
	char **schemas;
	bool is_strict, inverts;
	GPtrArray *ignored;
	iw_arena *arena;
};

static int complain(const char *what, GError *error)
{
	const struct iw_error_info *info = iw_error_info(error);
	if (info->place.source != NULL) {
		struct iw_line_column at = iw_source_locate(info->place.source, info->place.offset);
		fprintf(stderr, "%s:%d:%d: ", info->place.source->path, at.line, at.column);
	}
	fprintf(stderr, "%s: %s\n", what, error->message);
	g_error_free(error);
	return 2;
}

static void note_opaque(const struct iw_statement *statement)
{
	for (guint i = 0; i < statement->operations->len; i++) {
		const struct iw_operation *operation = statement->operations->pdata[i];
		if (operation->kind != IW_OP_OPAQUE)
			continue;
		struct iw_line_column at = iw_source_locate(statement->place.source, statement->place.offset);
		fprintf(stderr, "%s:%d:%d: not readable: %s\n", statement->place.source->path, at.line, at.column,
			operation->reason);
	}
}

static bool report_inverse(struct request *request, const struct iw_operation *operation, const char *what)
{
	struct iw_line_column at = iw_source_locate(operation->place.source, operation->place.offset);
	printf("%s:%d:%d: inverse of %s: %s\n", operation->place.source->path, at.line, at.column,
	       iw_operation_title(request->arena, operation), what);
	return false;
}

/* Column order is not put back where the engine adds columns at the end only. */
static bool check_inverse(struct request *request, iw_arena *arena, const iw_schema *before,
			  const struct iw_operation *operation)
{
	struct iw_compare_options options = {.ignore_column_order = true};
	iw_schema *schema = iw_schema_copy(arena, before);
	GError *error = NULL;
	struct iw_inverse *inverse = iw_invert(arena, operation, before);
	/* Validating is not undone; the text of the error is that of the statement itself. */
	if (inverse->verdict == IW_NOT_INVERTIBLE || operation->kind == IW_OP_VALIDATE_CONSTRAINT ||
	    !iw_schema_apply(schema, operation, NULL))
		return true;
	for (guint i = 0; i < inverse->operations->len; i++)
		if (!iw_schema_apply(schema, inverse->operations->pdata[i], &error)) {
			bool result = report_inverse(request, operation, error->message);
			g_error_free(error);
			return result;
		}
	GPtrArray *differences = iw_schema_compare(arena, before, schema, &options);
	for (guint i = 0; i < differences->len; i++)
		report_inverse(request, operation, iw_difference_text(arena, differences->pdata[i]));
	return differences->len == 0;
}

static bool check_inverses(struct request *request, const iw_schema *schema, const struct iw_statement *statement)
{
	g_autoptr(iw_arena) arena = iw_arena_new();
	iw_schema *before = iw_schema_copy(arena, schema);
	bool ok = true;
	for (guint i = 0; i < statement->operations->len; i++) {
		const struct iw_operation *operation = statement->operations->pdata[i];
		ok = check_inverse(request, arena, before, operation) && ok;
		if (!iw_schema_apply(before, operation, NULL))
			break;
	}
	return ok;
}

/* Each statement is freed as soon as it is applied, as lint does. */
static int replay_file(struct request *request, iw_schema *schema, const char *path, bool inverts)
{
	GError *error = NULL;
	struct iw_script script = {
		.path = path, .shown_path = path, .length = SIZE_MAX, .breakpoint = request->breakpoint};
	g_autoptr(iw_source) source = iw_source_open(path, path, &error);
	if (source == NULL)
		return complain(path, error);
	g_autoptr(iw_reader) reader = iw_reader_new(request->engine, source, &script);
	for (;;) {
		g_autoptr(iw_arena) arena = iw_arena_new();
		struct iw_statement *statement = iw_reader_next(reader, arena, &error);
		if (statement == NULL)
			break;
		note_opaque(statement);
		if (inverts && !check_inverses(request, schema, statement))
			return 1;
		if (!iw_schema_apply_statement(schema, statement, &error))
			return complain("replay", error);
	}
	return error == NULL ? 0 : complain(path, error);
}

static void add_schema(GPtrArray *names, const char *name)
{
	for (guint i = 0; name != NULL && i < names->len; i++)
		if (strcmp(names->pdata[i], name) == 0)
			return;
	if (name != NULL)
		g_ptr_array_add(names, (gpointer)name);
}

/* PostgreSQL: all schemas that the replayed one knows of. */
static void choose_schemas(struct request *request, const iw_schema *schema)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new();
	if (request->schemas != NULL || schema->engine.dialect != IW_POSTGRES)
		return;
	add_schema(names, schema->default_schema);
	for (guint i = 0; i < schema->tables->len; i++) {
		const struct iw_table *table = schema->tables->pdata[i];
		if (!table->is_temporary)
			add_schema(names, table->name.schema);
	}
	for (guint i = 0; i < schema->enums->len; i++)
		add_schema(names, ((struct iw_enum *)schema->enums->pdata[i])->name.schema);
	g_ptr_array_add(names, NULL);
	request->schemas = g_strdupv((char **)names->pdata);
}

static int compare_with(struct request *request, const iw_schema *schema)
{
	GError *error = NULL;
	struct iw_open_options options = {.application_name = "replay-dump", .read_only = true};
	struct iw_url *url = iw_url_parse(request->arena, request->url, ".", &error);
	iw_connection *connection = url != NULL ? iw_connection_open(url, &options, &error) : NULL;
	if (connection == NULL)
		return complain(request->url, error);
	choose_schemas(request, schema);
	struct iw_inspect_options wanted = {.schemas = (const char *const *)request->schemas};
	iw_schema *live = connection->driver->inspect(connection, request->arena, &wanted, &error);
	iw_connection_free(connection);
	if (live == NULL)
		return complain("inspect", error);
	g_ptr_array_add(request->ignored, NULL);
	struct iw_compare_options compare = {.ignored_tables = (const char *const *)request->ignored->pdata};
	GPtrArray *differences = iw_schema_compare(request->arena, schema, live, &compare);
	for (guint i = 0; i < differences->len; i++)
		printf("%s\n", iw_difference_text(request->arena, differences->pdata[i]));
	return differences->len == 0 ? 0 : 1;
}

/* The version decides names and implied settings: the server's own. */
static bool take_server_version(struct request *request)
{
	GError *error = NULL;
	struct iw_open_options options = {.read_only = true};
	struct iw_url *url = iw_url_parse(request->arena, request->url, ".", &error);
	iw_connection *connection = url != NULL ? iw_connection_open(url, &options, &error) : NULL;
	if (connection == NULL) {
		complain(request->url, error);
		return false;
	}
	request->engine = connection->engine;
	iw_connection_free(connection);
	return true;
}

static bool read_engine(struct request *request, const char *text)
{
	g_auto(GStrv) parts = g_strsplit(text, ":", 2);
	if (!iw_engine_parse(parts[0], &request->engine))
		return false;
	if (parts[1] != NULL)
		request->engine.version = atoi(parts[1]);
	return true;
}

static int usage(void)
{
	fputs("usage: replay-dump ENGINE[:VERSION] [--url URL] [--schemas a,b] [--ignore GLOB] [--breakpoint TEXT] "
	      "FILE...\n",
	      stderr);
	return 2;
}

static int run(struct request *request, char **arguments, int count)
{
	int next = 0;
	for (; next + 1 < count && g_str_has_prefix(arguments[next], "--"); next += 2) {
		if (strcmp(arguments[next], "--url") == 0)
			request->url = arguments[next + 1];
		else if (strcmp(arguments[next], "--ignore") == 0)
			g_ptr_array_add(request->ignored, arguments[next + 1]);
		else if (strcmp(arguments[next], "--breakpoint") == 0)
			request->breakpoint = arguments[next + 1];
		else if (strcmp(arguments[next], "--schemas") == 0)
			request->schemas = g_strsplit(arguments[next + 1], ",", -1);
		else if (strcmp(arguments[next], "--invert") == 0)
			request->inverts = true;
		else if (strcmp(arguments[next], "--strict") == 0)
			request->is_strict = true;
		else
			return usage();
	}
	if (request->url != NULL && !take_server_version(request))
		return 2;
	iw_schema *schema = iw_schema_new(request->arena, request->engine);
	for (; next < count; next++) {
		int status = replay_file(request, schema, arguments[next], request->inverts && next + 1 == count);
		if (status != 0)
			return status;
	}
	if (request->is_strict)
		schema->is_uncertain = false;
	if (request->url != NULL)
		return compare_with(request, schema);
	g_autoptr(GString) out = g_string_new(NULL);
	iw_schema_dump(schema, out);
	fputs(out->str, stdout);
	return 0;
}

int main(int count, char **arguments)
{
	g_autoptr(iw_arena) arena = iw_arena_new();
	struct request request = {.arena = arena, .ignored = g_ptr_array_new()};
	if (count < 2 || !read_engine(&request, arguments[1]))
		return usage();
	int status = run(&request, arguments + 2, count - 2);
	g_ptr_array_free(request.ignored, true);
	g_strfreev(request.schemas);
	return status;
}
