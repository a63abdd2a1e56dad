/* SQLite's grammar against the library itself: same verdict on every statement, same catalogue after rendering. */
#include "sql/sql.h"
#include "statements.h"

#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static struct iw_engine engine(void)
{
	int number = sqlite3_libversion_number();
	return (struct iw_engine){
		.dialect = IW_SQLITE,
		.version = number / 1000000 * 10000 + number / 1000 % 1000 * 100 + number % 1000,
	};
}

static sqlite3 *open_database(void)
{
	sqlite3 *database;
	assert_int_equal(sqlite3_open(":memory:", &database), SQLITE_OK);
	assert_int_equal(sqlite3_exec(database, setup, NULL, NULL, NULL), SQLITE_OK);
	return database;
}

static struct iw_statement *read_one(iw_arena *arena, const char *text)
{
	g_autoptr(iw_source) source = iw_source_from_text(text, strlen(text), "<text>");
	g_autoptr(GError) error = NULL;
	GPtrArray *statements = iw_read_all(arena, engine(), source, NULL, &error);
	return statements != NULL && statements->len == 1 ? g_ptr_array_index(statements, 0) : NULL;
}

static bool is_syntax_message(const char *message)
{
	static const char *const parts[] = {
		"syntax error",		"incomplete input",	    "unrecognized token",
		"unknown table option", "unsupported use of NULLS", "qualified table names are not allowed"};
	for (size_t i = 0; i < G_N_ELEMENTS(parts); i++)
		if (strstr(message, parts[i]) != NULL)
			return true;
	return false;
}

enum verdict { FINE, WRONG, OTHER };

static enum verdict ask_library(sqlite3 *database, const char *text, char **message)
{
	sqlite3_stmt *statement = NULL;
	const char *tail = NULL;
	int code = sqlite3_prepare_v2(database, text, -1, &statement, &tail);
	bool is_whole = tail == NULL || *tail == '\0';
	sqlite3_finalize(statement);
	if (code == SQLITE_OK)
		return is_whole ? FINE : OTHER;
	*message = g_strdup(sqlite3_errmsg(database));
	return is_syntax_message(*message) ? WRONG : OTHER;
}

/* The token of `near "x": syntax error` must be where we put the caret. */
static void check_place(const char *text, const struct iw_statement *statement, const char *message)
{
	/* At the end the library names the semicolon, which is not part of our statement. */
	if (!g_str_has_prefix(message, "near \"") || statement->error_place.length == 0)
		return;
	g_autofree char *found = g_strdup_printf("near \"%.*s\"", (int)statement->error_place.length,
						 text + statement->error_place.offset);
	if (!g_str_has_prefix(message, found))
		fail_msg("%s\n  library: %s\n  ours: %s", text, message, found);
}

/* Returns false where the library does not say. */
static bool check_verdict(sqlite3 *database, const char *text)
{
	g_autoptr(iw_arena) arena = iw_arena_new();
	g_autofree char *message = NULL;
	enum verdict verdict = ask_library(database, text, &message);
	const struct iw_statement *statement = read_one(arena, text);
	if (verdict == OTHER)
		return false;
	if (statement == NULL) {
		/* The library takes an unterminated comment for one that ends with the text, nothing at all for a
		 * statement, and a semicolon for an argument of a module. */
		bool is_known = strstr(text, "/*") != NULL || strspn(text, " ;") == strlen(text) ||
				strstr(text, "USING fts") != NULL;
		if (verdict == FINE && !is_known)
			fail_msg("cannot be cut: %s", text);
		return true;
	}
	if (statement->is_syntax_error != (verdict == WRONG)) {
		const struct iw_operation *first = g_ptr_array_index(statement->operations, 0);
		fail_msg("%s\n  library: %s\n  ours: %s", text, message != NULL ? message : "valid",
			 first->reason != NULL ? first->reason : "valid");
	}
	if (verdict == WRONG)
		check_place(text, statement, message);
	return true;
}

static void the_verdict_on_syntax_is_the_librarys(void **state)
{
	(void)state;
	sqlite3 *database = open_database();
	for (size_t i = 0; i < G_N_ELEMENTS(valid); i++)
		check_verdict(database, valid[i]);
	size_t known = 0;
	for (size_t i = 0; i < G_N_ELEMENTS(doubtful); i++)
		known += check_verdict(database, doubtful[i]);
	assert_true(known > G_N_ELEMENTS(doubtful) * 9 / 10);
	sqlite3_close(database);
}

static void every_valid_statement_is_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(valid); i++) {
		g_autoptr(iw_arena) arena = iw_arena_new();
		const struct iw_statement *statement = read_one(arena, valid[i]);
		assert_non_null(statement);
		const struct iw_operation *operation = g_ptr_array_index(statement->operations, 0);
		if (operation->kind == IW_OP_OPAQUE)
			fail_msg("%s: %s", valid[i], operation->reason);
	}
}

static bool is_word_byte(char byte)
{
	return g_ascii_isalnum(byte) || byte == '_' || (byte & 0x80) != 0;
}

/* Offsets of the words and signs of a text, so that each can be left out, doubled or replaced. */
static GArray *pieces(const char *text)
{
	GArray *offsets = g_array_new(FALSE, FALSE, sizeof(size_t));
	for (size_t at = 0; text[at] != '\0';) {
		size_t length = 1;
		if (is_word_byte(text[at]))
			while (is_word_byte(text[at + length]))
				length++;
		if (!g_ascii_isspace(text[at])) {
			g_array_append_val(offsets, at);
			g_array_append_val(offsets, length);
		}
		at += length;
	}
	return offsets;
}

static void broken_statements_get_the_librarys_verdict_too(void **state)
{
	(void)state;
	static const char *const replacements[] = {"",	 "SELECT", ",",	   "(", ")", "x", "1",	 "'s'",	 "NOT",
						   "AS", "ON",	   "LEFT", "+", ";", ".", "KEY", "\"q\""};
	sqlite3 *database = open_database();
	size_t known = 0;
	for (size_t i = 0; i < G_N_ELEMENTS(valid); i++) {
		g_autoptr(GArray) offsets = pieces(valid[i]);
		for (guint p = 0; p < offsets->len; p += 2) {
			size_t at = g_array_index(offsets, size_t, p), length = g_array_index(offsets, size_t, p + 1);
			for (size_t r = (i + p) % 2; r < G_N_ELEMENTS(replacements); r += 2) {
				g_autofree char *text = g_strdup_printf("%.*s %s %s", (int)at, valid[i],
									replacements[r], valid[i] + at + length);
				known += check_verdict(database, text);
			}
		}
	}
	assert_true(known > 10000);
	sqlite3_close(database);
}

static void append_query(GString *out, sqlite3 *database, const char *sql)
{
	sqlite3_stmt *statement;
	if (sqlite3_prepare_v2(database, sql, -1, &statement, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(database));
	while (sqlite3_step(statement) == SQLITE_ROW) {
		for (int i = 0; i < sqlite3_column_count(statement); i++)
			g_string_append_printf(out, "%s|", (const char *)sqlite3_column_text(statement, i));
		g_string_append_c(out, '\n');
	}
	sqlite3_finalize(statement);
}

/* Everything that the catalogue knows, but the text of the statements. */
static char *catalogue(sqlite3 *database)
{
	GString *out = g_string_new(NULL);
	append_query(out, database,
		     "SELECT type, name, tbl_name FROM sqlite_schema UNION ALL SELECT type, name, tbl_name FROM "
		     "temp.sqlite_schema");
	append_query(out, database, "SELECT schema, name, type, ncol, wr, strict FROM pragma_table_list ORDER BY 1, 2");
	append_query(
		out, database,
		"SELECT t.name, c.cid, c.name, replace(c.type, ' ', ''), c.\"notnull\", replace(replace(c.dflt_value, "
		"'\"', ''), char(39), ''), c.pk, c.hidden "
		"FROM pragma_table_list t JOIN pragma_table_xinfo(t.name, t.schema) c WHERE t.type <> 'virtual' ORDER "
		"BY t.name, c.cid");
	append_query(
		out, database,
		"SELECT t.name, i.name, i.\"unique\", i.origin, i.partial, x.seqno, x.cid, x.name, x.desc, x.coll, "
		"x.key "
		"FROM pragma_table_list t JOIN pragma_index_list(t.name, t.schema) i JOIN pragma_index_xinfo(i.name) x "
		"ORDER BY 1, 2, 6");
	append_query(out, database,
		     "SELECT t.name, f.* FROM pragma_table_list t JOIN pragma_foreign_key_list(t.name, t.schema) f "
		     "ORDER BY 1, 2, 3");
	return g_string_free(out, FALSE);
}

static void rendered_statements_give_the_same_catalogue(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(valid); i++) {
		g_autoptr(iw_arena) arena = iw_arena_new();
		const struct iw_statement *statement = read_one(arena, valid[i]);
		const struct iw_operation *operation = g_ptr_array_index(statement->operations, 0);
		if (!iw_operation_is_ddl(operation) || operation->object_kind == IW_OBJECT_DATABASE)
			continue;
		const char *rendered = iw_render(arena, engine(), operation);
		if (rendered == NULL)
			fail_msg("not rendered: %s", valid[i]);
		sqlite3 *original = open_database(), *copy = open_database();
		assert_int_equal(sqlite3_exec(original, valid[i], NULL, NULL, NULL), SQLITE_OK);
		if (sqlite3_exec(copy, rendered, NULL, NULL, NULL) != SQLITE_OK)
			fail_msg("%s\n  rendered: %s\n  %s", valid[i], rendered, sqlite3_errmsg(copy));
		g_autofree char *expected = catalogue(original), *found = catalogue(copy);
		if (strcmp(expected, found) != 0)
			fail_msg("%s\n  rendered: %s\nexpected:\n%s\nfound:\n%s", valid[i], rendered, expected, found);
		sqlite3_close(original);
		sqlite3_close(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_valid_statement_is_read),
		cmocka_unit_test(the_verdict_on_syntax_is_the_librarys),
		cmocka_unit_test(rendered_statements_give_the_same_catalogue),
		cmocka_unit_test(broken_statements_get_the_librarys_verdict_too),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
