/* Statements that are put off follow renames; the texts are those of Django 6.1's ddl_references.py. */
#include "framework/django/editor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static struct django_editor *editor_new(iw_arena *arena)
{
	struct django_context *context = iw_new(arena, struct django_context);
	*context = (struct django_context){.arena = arena, .engine = {.dialect = IW_POSTGRES}, .version = 60100};
	return iw_django_editor_new(context, NULL, NULL);
}

static GPtrArray *list_of(iw_arena *arena, const char *first, const char *second)
{
	GPtrArray *list = iw_arena_ptr_array(arena);
	g_ptr_array_add(list, (gpointer)first);
	if (second != NULL)
		g_ptr_array_add(list, (gpointer)second);
	return list;
}

static void put_off_foreign_key(struct django_editor *self)
{
	iw_arena *arena = self->context->arena;
	struct django_statement *statement = iw_django_statement_new(self, self->backend->sql.create_fk);
	iw_django_statement_table(self, statement, "table", "shop_order");
	iw_django_statement_part(self, statement,
				 &(struct django_part){.name = "name",
						       .kind = DJANGO_FK_NAME_PART,
						       .table = "shop_order",
						       .columns = list_of(arena, "customer_id", NULL),
						       .to_table = "shop_customer",
						       .to_columns = list_of(arena, "id", NULL),
						       .suffix = "_fk_%(to_table)s_%(to_column)s"});
	iw_django_statement_columns(self, statement, "column", "shop_order", list_of(arena, "customer_id", NULL), NULL);
	iw_django_statement_table(self, statement, "to_table", "shop_customer");
	iw_django_statement_columns(self, statement, "to_column", "shop_customer", list_of(arena, "id", NULL), NULL);
	iw_django_statement_text(self, statement, "deferrable", " DEFERRABLE INITIALLY DEFERRED");
	g_ptr_array_add(self->deferred, statement);
}

static void put_off_index(struct django_editor *self)
{
	iw_arena *arena = self->context->arena;
	struct django_statement *statement = iw_django_statement_new(
		self, "CREATE INDEX %(name)s ON %(table)s (%(columns)s)%(include)s%(extra)s%(condition)s");
	iw_django_statement_table(self, statement, "table", "shop_order");
	iw_django_statement_part(self, statement,
				 &(struct django_part){.name = "name",
						       .kind = DJANGO_INDEX_NAME_PART,
						       .table = "shop_order",
						       .columns = list_of(arena, "total", "state"),
						       .suffix = "_idx"});
	iw_django_statement_columns(self, statement, "columns", "shop_order", list_of(arena, "total", "state"),
				    list_of(arena, "DESC", ""));
	iw_django_statement_include(self, statement, "shop_order", list_of(arena, "note", NULL));
	iw_django_statement_text(self, statement, "condition", " WHERE \"total\" > 5 AND x = '100%'");
	g_ptr_array_add(self->deferred, statement);
}

static const char *text_of(struct django_editor *self)
{
	assert_int_equal(self->deferred->len, 1);
	return iw_django_statement_sql(self, self->deferred->pdata[0]);
}

static void a_foreign_key_follows_both_of_its_tables(void **state)
{
	(void)state;
	g_autoptr(iw_arena) arena = iw_arena_new();
	struct django_editor *self = editor_new(arena);
	put_off_foreign_key(self);
	const struct django_statement *first = self->deferred->pdata[0];
	static const char before[] =
		"ALTER TABLE \"shop_order\" ADD CONSTRAINT \"shop_order_customer_id_f638df20_fk_shop_customer_id\" "
		"FOREIGN KEY (\"customer_id\") REFERENCES \"shop_customer\" (\"id\") DEFERRABLE INITIALLY DEFERRED";
	assert_string_equal(text_of(self), before);
	iw_django_deferred_rename_table(self, "shop_customer", "shop_client");
	assert_string_equal(
		text_of(self),
		"ALTER TABLE \"shop_order\" ADD CONSTRAINT \"shop_order_customer_id_f638df20_fk_shop_client_id\" "
		"FOREIGN KEY (\"customer_id\") REFERENCES \"shop_client\" (\"id\") DEFERRABLE INITIALLY DEFERRED");
	iw_django_deferred_rename_column(self, "shop_client", "id", "number");
	iw_django_deferred_rename_column(self, "shop_order", "customer_id", "client_id");
	assert_string_equal(
		text_of(self),
		"ALTER TABLE \"shop_order\" ADD CONSTRAINT \"shop_order_client_id_5ef2b3ba_fk_shop_client_number\" "
		"FOREIGN KEY (\"client_id\") REFERENCES \"shop_client\" (\"number\") DEFERRABLE INITIALLY DEFERRED");
	/* What was there before is as it was: the operation may be taken back. */
	assert_string_equal(iw_django_statement_sql(self, first), before);
}

static void an_index_follows_its_table_and_columns_but_not_its_condition(void **state)
{
	(void)state;
	g_autoptr(iw_arena) arena = iw_arena_new();
	struct django_editor *self = editor_new(arena);
	put_off_index(self);
	assert_string_equal(text_of(self), "CREATE INDEX \"shop_order_total_state_18a25680_idx\" ON \"shop_order\" "
					   "(\"total\" DESC, \"state\") INCLUDE (\"note\") WHERE \"total\" > 5 AND x = "
					   "'100%'");
	iw_django_deferred_rename_table(self, "shop_order", "sales_order");
	iw_django_deferred_rename_column(self, "sales_order", "note", "remark");
	assert_string_equal(text_of(self), "CREATE INDEX \"sales_order_total_state_804d251a_idx\" ON \"sales_order\" "
					   "(\"total\" DESC, \"state\") INCLUDE (\"remark\") WHERE \"total\" > 5 AND x "
					   "= '100%'");
	iw_django_deferred_rename_column(self, "sales_order", "total", "sum");
	assert_non_null(strstr(text_of(self), "(\"sum\" DESC, \"state\")"));
	assert_non_null(strstr(text_of(self), "WHERE \"total\" > 5"));
}

static void an_expression_follows_its_columns(void **state)
{
	(void)state;
	g_autoptr(iw_arena) arena = iw_arena_new();
	struct django_editor *self = editor_new(arena);
	struct django_statement *statement = iw_django_statement_new(self, "CREATE INDEX i ON %(table)s (%(columns)s)");
	iw_django_statement_table(self, statement, "table", "t");
	iw_django_statement_part(self, statement,
				 &(struct django_part){.name = "columns",
						       .kind = DJANGO_EXPRESSIONS_PART,
						       .table = "t",
						       .columns = list_of(arena, "name", NULL),
						       .text = "(lower(\"name\") || '\"name\"')"});
	g_ptr_array_add(self->deferred, statement);
	iw_django_deferred_rename_column(self, "t", "name", "title");
	assert_string_equal(text_of(self), "CREATE INDEX i ON \"t\" ((lower(\"title\") || '\"name\"'))");
	assert_true(iw_django_references_column(self->deferred->pdata[0], "t", "title"));
}

static void what_names_a_table_or_column_is_found(void **state)
{
	(void)state;
	g_autoptr(iw_arena) arena = iw_arena_new();
	struct django_editor *self = editor_new(arena);
	put_off_index(self);
	put_off_foreign_key(self);
	const struct django_statement *index = self->deferred->pdata[0], *foreign_key = self->deferred->pdata[1];
	assert_true(iw_django_references_column(index, "shop_order", "note"));
	assert_true(iw_django_references_column(index, "shop_order", "total"));
	assert_false(iw_django_references_column(index, "other", "total"));
	assert_false(iw_django_references_table(index, "shop_customer"));
	assert_true(iw_django_references_table(foreign_key, "shop_customer"));
	assert_true(iw_django_references_column(foreign_key, "shop_customer", "id"));
	assert_string_equal(iw_django_statement_find(index, "condition")->text, " WHERE \"total\" > 5 AND x = '100%'");
	assert_null(iw_django_statement_find(index, "nothing"));
}

static void what_is_dropped_takes_its_statements_along(void **state)
{
	(void)state;
	g_autoptr(iw_arena) arena = iw_arena_new();
	struct django_editor *self = editor_new(arena);
	put_off_index(self);
	put_off_foreign_key(self);
	iw_django_deferred_drop_index(self, "shop_order", "\"other\"");
	assert_int_equal(self->deferred->len, 2);
	iw_django_deferred_drop_index(self, "shop_order", "\"shop_order_total_state_18a25680_idx\"");
	assert_int_equal(self->deferred->len, 1);
	iw_django_deferred_drop_table(self, "shop_customer");
	assert_int_equal(self->deferred->len, 0);
	put_off_index(self);
	put_off_foreign_key(self);
	iw_django_deferred_drop_column(self, "shop_order", "customer_id");
	assert_int_equal(self->deferred->len, 1);
	iw_django_deferred_drop_table(self, "shop_order");
	assert_int_equal(self->deferred->len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_foreign_key_follows_both_of_its_tables),
		cmocka_unit_test(an_index_follows_its_table_and_columns_but_not_its_condition),
		cmocka_unit_test(an_expression_follows_its_columns),
		cmocka_unit_test(what_names_a_table_or_column_is_found),
		cmocka_unit_test(what_is_dropped_takes_its_statements_along),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
