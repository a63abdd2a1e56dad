/*
 * SQLite's reader: any bytes are cut, read and rendered without harm; what was read renders to text that is read again;
 * and the library itself never calls wrong what the reader takes for right, or the reverse.
 */
#include "base/error.h"
#include "sql/sql.h"

#include <sqlite3.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct iw_engine engine = {.dialect = IW_SQLITE, .version = 34001};

static const struct iw_statement *read_one(iw_arena *arena, const char *text)
{
	g_autoptr(iw_source) source = iw_source_from_text(text, strlen(text), "<text>");
	GPtrArray *statements = iw_read_all(arena, engine, source, NULL, NULL);
	return statements != NULL && statements->len == 1 ? g_ptr_array_index(statements, 0) : NULL;
}

/* Limits of the library that are none of the grammar. */
static bool is_about_syntax(const char *message)
{
	return (g_str_has_prefix(message, "near \"") && g_str_has_suffix(message, "\": syntax error")) ||
	       strcmp(message, "incomplete input") == 0 || g_str_has_prefix(message, "unrecognized token: \"");
}

static void ask_library(const struct iw_statement *statement)
{
	static sqlite3 *database;
	if (database == NULL)
		g_assert(sqlite3_open(":memory:", &database) == SQLITE_OK);
	const struct iw_operation *first = g_ptr_array_index(statement->operations, 0);
	bool is_virtual = strcasestr(statement->text, "virtual") != NULL;
	if (is_virtual || (first->kind == IW_OP_OPAQUE && !statement->is_syntax_error))
		return;
	sqlite3_stmt *prepared = NULL;
	int code = sqlite3_prepare_v2(database, statement->text, (int)statement->length, &prepared, NULL);
	sqlite3_finalize(prepared);
	if (code == SQLITE_OK)
		g_assert_false(statement->is_syntax_error);
	else if (is_about_syntax(sqlite3_errmsg(database)))
		g_assert_true(statement->is_syntax_error);
}

static void check_rendered(iw_arena *arena, const struct iw_operation *operation)
{
	const char *text = iw_render(arena, engine, operation);
	if (text == NULL || operation->kind == IW_OP_OPAQUE)
		return;
	const struct iw_statement *again = read_one(arena, text);
	g_assert_nonnull(again);
	const struct iw_operation *first = g_ptr_array_index(again->operations, 0);
	g_assert_true(first->kind == operation->kind || operation->kind == IW_OP_SELECT ||
		      iw_operation_is_data(operation));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1 || size > 4000)
		return 0;
	struct iw_script script = {.length = SIZE_MAX};
	if ((data[0] & 1) != 0)
		script.breakpoint = "--> statement-breakpoint";
	if ((data[0] & 2) != 0) {
		script.block_begin = "-- +goose StatementBegin";
		script.block_end = "-- +goose StatementEnd";
	}
	g_autoptr(iw_arena) arena = iw_arena_new();
	g_autoptr(iw_source) source = iw_source_from_text((const char *)data + 1, size - 1, "<text>");
	g_autoptr(GError) error = NULL;
	GPtrArray *statements = iw_read_all(arena, engine, source, &script, &error);
	g_assert((statements == NULL) == (error != NULL));
	for (guint i = 0; statements != NULL && i < statements->len; i++) {
		const struct iw_statement *statement = g_ptr_array_index(statements, i);
		g_assert_cmpuint(statement->operations->len, >, 0);
		if ((data[0] & 3) == 0)
			ask_library(statement);
		for (guint o = 0; o < statement->operations->len; o++)
			check_rendered(arena, g_ptr_array_index(statement->operations, o));
	}
	return 0;
}
