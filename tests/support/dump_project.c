/*
 * A project as Inchworm understands it, as JSON, for tests in Python:
 *     dump-project DIRECTORY [--framework F] [--dialect D] [--migrations DIR] [--url URL] [--config FILE] [<
 * records.json] With records on standard input (a list of rows, each a list of texts and nulls) also how they match the
 * files.
 */
#include "base/error.h"
#include "framework/framework.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static json_t *text(const char *value)
{
	return value == NULL ? json_null() : json_string(value);
}

static json_t *texts(GPtrArray *list)
{
	json_t *array = json_array();
	for (guint i = 0; list != NULL && i < list->len; i++)
		json_array_append_new(array, text(g_ptr_array_index(list, i)));
	return array;
}

static json_t *error_json(const GError *error)
{
	const struct iw_error_info *info = iw_error_info(error);
	return json_pack("{s:s,s:s,s:o,s:o}", "class", iw_error_class(error->code), "message", error->message, "detail",
			 text(info->detail), "hint", text(info->hint));
}

/* What a text that was made from Python consists of. */
static json_t *pieces_json(const iw_source *source)
{
	if (source->pieces == NULL)
		return json_null();
	json_t *array = json_array();
	for (guint i = 0; i < source->pieces->len; i++) {
		const struct iw_piece *piece = &g_array_index(source->pieces, struct iw_piece, i);
		int line = piece->origin.source == NULL
				   ? 0
				   : iw_source_locate(piece->origin.source, piece->origin.offset).line;
		json_array_append_new(array,
				      json_pack("{s:o,s:o,s:o,s:b,s:i,s:b}", "sql",
						json_stringn_nocheck(source->text + piece->offset, piece->length),
						"foreign", text(piece->foreign), "note", text(piece->note), "alone",
						piece->is_alone, "line", line, "rowsOnly", piece->is_rows_only));
	}
	return array;
}

static json_t *section_json(const struct iw_migration *migration, enum iw_direction direction)
{
	GError *error = NULL;
	g_autoptr(iw_source) source = iw_migration_open(migration, direction, &error);
	if (error != NULL) {
		json_t *json = error_json(error);
		g_error_free(error);
		return json;
	}
	if (source == NULL)
		return json_null();
	const struct iw_script *script = direction == IW_UP ? &migration->up : &migration->down;
	size_t length = MIN(script->length, source->length - script->offset);
	return json_pack("{s:o,s:o,s:b,s:o,s:o}", "pieces", pieces_json(source), "text",
			 json_stringn_nocheck(source->text + script->offset, length), "atomic", script->is_atomic,
			 "path", text(script->shown_path), "block", text(script->block_begin));
}

static json_t *migration_json(iw_arena *arena, const struct iw_project *project, const struct iw_migration *migration)
{
	const struct iw_bookkeeping *book = project->bookkeeping;
	const struct iw_bookkeeping_class *class = book->class;
	json_t *json = json_object();
	json_object_set_new(json, "name", text(migration->name));
	json_object_set_new(json, "version", text(migration->version));
	json_object_set_new(json, "title", text(migration->title));
	json_object_set_new(json, "when", json_integer(migration->when_ms));
	json_object_set_new(json, "up", section_json(migration, IW_UP));
	json_object_set_new(json, "down", section_json(migration, IW_DOWN));
	json_object_set_new(json, "baseline", json_boolean(migration->is_baseline));
	json_object_set_new(json, "repeatable", json_boolean(migration->is_repeatable));
	json_object_set_new(json, "problem", migration->problem == NULL ? json_null() : error_json(migration->problem));
	if (migration->problem != NULL)
		return json;
	if (project->framework->checksum != NULL)
		json_object_set_new(json, "checksum", text(project->framework->checksum(arena, migration, NULL)));
	if (class->begin_sql != NULL)
		json_object_set_new(json, "begin", texts(class->begin_sql(arena, book, migration)));
	json_object_set_new(json, "finish", texts(class->finish_sql(arena, book, migration, 7)));
	if (class->fail_sql != NULL)
		json_object_set_new(json, "fail", texts(class->fail_sql(arena, book, migration, "it failed")));
	json_object_set_new(json, "undo", texts(class->undo_sql(arena, book, migration)));
	return json;
}

static json_t *problems_json(const struct iw_project *project)
{
	json_t *array = json_array();
	for (guint i = 0; i < project->problems->len; i++) {
		const struct iw_problem *problem = g_ptr_array_index(project->problems, i);
		int line = problem->place.source == NULL
				   ? 0
				   : iw_source_locate(problem->place.source, problem->place.offset).line;
		json_array_append_new(array, json_pack("{s:b,s:s,s:o,s:o,s:i}", "error", problem->is_error, "message",
						       problem->message, "path", text(problem->path), "hint",
						       text(problem->hint), "line", line));
	}
	return array;
}

static json_t *resolutions_json(iw_arena *arena, const struct iw_bookkeeping *book, const struct iw_applied *applied)
{
	static const char *const names[] = {"applied", "rolled_back", "repair"};
	json_t *json = json_object();
	for (int i = IW_RESOLVE_APPLIED; i <= IW_RESOLVE_REPAIR; i++) {
		GError *error = NULL;
		GPtrArray *list = book->class->resolve_sql(arena, book, applied, (enum iw_resolution)i, &error);
		json_object_set_new(json, names[i], list == NULL ? error_json(error) : texts(list));
		g_clear_error(&error);
	}
	return json;
}

static GPtrArray *records_of(iw_arena *arena, const json_t *rows)
{
	GPtrArray *records = iw_arena_ptr_array(arena);
	size_t i, j;
	const json_t *row, *value;
	json_array_foreach(rows, i, row)
	{
		const char **values = iw_arena_alloc(arena, sizeof *values * (json_array_size(row) + 1));
		json_array_foreach(row, j, value) values[j] = iw_arena_strdup(arena, json_string_value(value));
		struct iw_record *record = iw_new(arena, struct iw_record);
		record->values = values;
		g_ptr_array_add(records, record);
	}
	return records;
}

static json_t *match_json(iw_arena *arena, const struct iw_bookkeeping *book, GPtrArray *records)
{
	static const char *const states[] = {"pending", "applied", "failed", "rolled back", "missing file"};
	GError *error = NULL;
	GPtrArray *list = book->class->match(arena, book, records, &error);
	json_t *array = json_array();
	for (guint i = 0; list != NULL && i < list->len; i++) {
		const struct iw_applied *applied = g_ptr_array_index(list, i);
		json_array_append_new(
			array, json_pack("{s:s,s:s,s:b,s:b,s:o,s:o,s:b,s:o,s:o}", "state", states[applied->state],
					 "name", applied->name, "edited", applied->is_edited, "out_of_order",
					 applied->is_out_of_order, "at", text(applied->applied_at), "note",
					 text(applied->note), "file", applied->migration != NULL, "checksum",
					 text(applied->checksum), "resolve", resolutions_json(arena, book, applied)));
	}
	if (list != NULL)
		return array;
	json_decref(array);
	json_t *json = error_json(error);
	g_error_free(error);
	return json;
}

static json_t *bookkeeping_json(iw_arena *arena, const struct iw_bookkeeping *book)
{
	const struct iw_bookkeeping_class *class = book->class;
	json_t *json = json_object();
	json_object_set_new(json, "table", text(class->table(arena, book)));
	json_object_set_new(json, "exists", text(class->exists_sql(arena, book)));
	json_object_set_new(json, "create", texts(class->create_sql(arena, book)));
	json_object_set_new(json, "read", text(class->read_sql(arena, book)));
	json_object_set_new(json, "lock", text(class->try_lock_sql == NULL ? NULL : class->try_lock_sql(arena, book)));
	json_object_set_new(json, "unlock", text(class->unlock_sql == NULL ? NULL : class->unlock_sql(arena, book)));
	json_object_set_new(json, "outdated",
			    text(class->outdated_sql == NULL ? NULL : class->outdated_sql(arena, book)));
	json_object_set_new(json, "refuses_foreign_database", json_boolean(class->refuses_foreign_database));
	json_object_set_new(json, "enforces_foreign_keys", json_boolean(class->enforces_foreign_keys));
	return json;
}

static json_t *project_json(iw_arena *arena, const struct iw_project *project)
{
	json_t *json = json_object();
	json_object_set_new(json, "framework", text(project->framework->name));
	json_object_set_new(json, "directory", text(project->directory));
	json_object_set_new(json, "migrations_directory", text(project->migrations_directory));
	json_object_set_new(json, "dialect", text(iw_dialect_name(project->engine.dialect)));
	json_object_set_new(json, "version", json_integer(project->engine.version));
	json_object_set_new(json, "url", text(project->url));
	json_object_set_new(json, "url_from", text(project->url_from));
	json_object_set_new(json, "url_base", text(project->url_base));
	json_object_set_new(json, "url_missing", text(project->url_missing));
	json_object_set_new(json, "problems", problems_json(project));
	json_object_set_new(json, "bookkeeping", bookkeeping_json(arena, project->bookkeeping));
	json_t *migrations = json_array();
	for (guint i = 0; i < project->migrations->len; i++)
		json_array_append_new(migrations,
				      migration_json(arena, project, g_ptr_array_index(project->migrations, i)));
	json_object_set_new(json, "migrations", migrations);
	return json;
}

static struct iw_project_options parse(int argc, char **argv)
{
	struct iw_project_options options = {.directory = argc > 1 ? argv[1] : "."};
	const struct {
		const char *name;
		const char **value;
	} known[] = {{"--framework", &options.framework},
		     {"--dialect", &options.dialect},
		     {"--migrations", &options.migrations},
		     {"--url", &options.url},
		     {"--config", &options.config}};
	for (int i = 2; i + 1 < argc; i += 2)
		for (size_t k = 0; k < G_N_ELEMENTS(known); k++)
			if (strcmp(argv[i], known[k].name) == 0)
				*known[k].value = argv[i + 1];
	return options;
}

int main(int argc, char **argv)
{
	struct iw_project_options options = parse(argc, argv);
	g_autoptr(iw_arena) arena = iw_arena_new();
	g_autoptr(GError) error = NULL;
	struct iw_project *project = iw_project_open(arena, &options, &error);
	json_t *json = project == NULL ? json_pack("{s:o}", "error", error_json(error)) : project_json(arena, project);
	json_t *rows = project == NULL ? NULL : json_loadf(stdin, 0, NULL);
	if (rows != NULL)
		json_object_set_new(json, "match", match_json(arena, project->bookkeeping, records_of(arena, rows)));
	if (rows != NULL && project->bookkeeping->class->upgrade_sql != NULL)
		json_object_set_new(json, "upgrade",
				    texts(project->bookkeeping->class->upgrade_sql(arena, project->bookkeeping,
										   records_of(arena, rows), NULL)));
	json_dumpf(json, stdout, JSON_INDENT(1));
	json_decref(rows);
	json_decref(json);
	return 0;
}
