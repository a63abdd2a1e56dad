/* What the schema editors share: texts as Python's % makes them, what is sent and what is taken back. */
#include "framework/django/editor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static struct django_context *context_new(iw_arena *arena, enum iw_dialect dialect)
{
	struct django_context *context = iw_new(arena, struct django_context);
	*context = (struct django_context){.arena = arena, .engine = {dialect, false, 150000}, .version = 60100};
	return context;
}

static void templates_are_filled_in_as_python_does(void **state)
{
	(void)state;
	g_autoptr(iw_arena) arena = iw_arena_new();
	static const struct {
		const char *template, *expected;
	} rows[] = {
		{"ALTER TABLE %(table)s %(changes)s", "ALTER TABLE \"a\" DROP COLUMN \"b\""},
		{"%(table)s%(table)s", "\"a\"\"a\""},
		{"%(nothing)s.", "."},
		{"%(null)s.", "."},
		{"100%% of %(table)s", "100% of \"a\""},
		{"%%(table)s", "%(table)s"},
		{"%", "%"},
		{"%(table", "%(table"},
		{"", ""},
	};
	for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
		assert_string_equal(iw_django_format(arena, rows[i].template, "table", "\"a\"", "null", NULL, "changes",
						     "DROP COLUMN \"b\"", NULL),
				    rows[i].expected);
}

/* connection.ops.quote_name() of Django 6.1. */
static void names_are_quoted_once(void **state)
{
	(void)state;
	g_autoptr(iw_arena) arena = iw_arena_new();
	static const struct {
		enum iw_dialect dialect;
		const char *name, *expected;
	} rows[] = {
		{IW_POSTGRES, "a", "\"a\""},
		{IW_POSTGRES, "\"a\"", "\"a\""},
		{IW_POSTGRES, "\"s\".\"a\"", "\"s\".\"a\""},
		{IW_POSTGRES, "s\".\"a", "\"s\".\"a\""},
		{IW_SQLITE, "a b", "\"a b\""},
		{IW_MYSQL, "a", "`a`"},
		{IW_MYSQL, "`a`", "`a`"},
		{IW_MYSQL, "\"a\"", "`\"a\"`"},
	};
	for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
		assert_string_equal(iw_django_quote_name(context_new(arena, rows[i].dialect), rows[i].name),
				    rows[i].expected);
}

static struct django_statement *index_on(struct django_editor *self, const char *table)
{
	struct django_statement *statement = iw_django_statement_new(self, "CREATE INDEX \"i\" ON %(table)s (\"a\")");
	iw_django_statement_table(self, statement, "table", table);
	return statement;
}

static void what_is_put_off_goes_out_last_and_follows_renames(void **state)
{
	(void)state;
	g_autoptr(iw_arena) arena = iw_arena_new();
	struct django_editor *self = iw_django_editor_new(context_new(arena, IW_POSTGRES), NULL, NULL);
	iw_made *made = iw_made_new("0001_initial.py");
	iw_django_execute(self, "CREATE TABLE \"a\" (\"a\" integer NULL)");
	g_ptr_array_add(self->deferred, index_on(self, "a"));
	g_ptr_array_add(self->deferred, index_on(self, "c"));
	struct django_model model = {.name = "A", .db_table = "b"};
	iw_django_alter_db_table(self, (struct django_model_ref){NULL, &model}, "a", "b");
	iw_django_alter_db_table(self, (struct django_model_ref){NULL, &model}, "b", "b");
	model.db_table = "d";
	iw_django_deferred_drop_table(self, "c");
	iw_django_editor_finish(self, made);
	g_autoptr(iw_source) source = iw_made_finish(made);
	g_autofree char *text = g_strndup(source->text, source->length);
	assert_string_equal(text, "CREATE TABLE \"a\" (\"a\" integer NULL);\nALTER TABLE \"a\" RENAME TO \"b\";\n"
				  "CREATE INDEX \"i\" ON \"b\" (\"a\");\n");
}

static void what_was_taken_back_is_not_sent(void **state)
{
	(void)state;
	g_autoptr(iw_arena) arena = iw_arena_new();
	struct django_editor *self = iw_django_editor_new(context_new(arena, IW_POSTGRES), NULL, NULL);
	iw_django_execute(self, "A");
	g_ptr_array_add(self->deferred, index_on(self, "kept"));
	struct django_mark mark = iw_django_editor_mark(self);
	iw_django_execute(self, "B");
	g_ptr_array_add(self->deferred, index_on(self, "new"));
	iw_django_deferred_rename_table(self, "kept", "renamed");
	iw_django_editor_rewind(self, mark);
	assert_int_equal(self->sent->len, 1);
	assert_int_equal(self->deferred->len, 1);
	assert_string_equal(iw_django_statement_sql(self, self->deferred->pdata[0]),
			    "CREATE INDEX \"i\" ON \"kept\" (\"a\")");
	iw_django_execute(self, NULL);
	iw_django_execute(self, "");
	assert_int_equal(self->sent->len, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(templates_are_filled_in_as_python_does),
		cmocka_unit_test(names_are_quoted_once),
		cmocka_unit_test(what_is_put_off_goes_out_last_and_follows_renames),
		cmocka_unit_test(what_was_taken_back_is_not_sent),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
