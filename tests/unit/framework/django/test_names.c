/* Names of constraints and indexes; the values are those of Django 6.1. */
#include "framework/django/editor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#define X70	   "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define ASSIGNMENT "organizations_subscriptionplanassignment"
#define IDENTIFIER "historical_subscription_plan_identifier_id"

static const struct {
	const char *table, *columns[3], *suffix, *postgres, *mysql, *sqlite;
} index_names[] = {
	{"app_author",
	 {"user_id"},
	 "_fk_auth_user_id",
	 "app_author_user_id_fe8f20b7_fk_auth_user_id",
	 "app_author_user_id_fe8f20b7_fk_auth_user_id",
	 "app_author_user_id_fe8f20b7_fk_auth_user_id"},
	{"my_books",
	 {"title", "author_id"},
	 "_uniq",
	 "my_books_title_author_id_769269ba_uniq",
	 "my_books_title_author_id_769269ba_uniq",
	 "my_books_title_author_id_769269ba_uniq"},
	{ASSIGNMENT,
	 {IDENTIFIER},
	 "_fk_organizations_subscriptionplan_id",
	 "organizations_subscr_historical_subscript_1c40a1a1_fk_organizat",
	 "organizations_subscr_historical_subscript_1c40a1a1_fk_organizat",
	 ASSIGNMENT "_" IDENTIFIER "_1c40a1a1_fk_organizations_subscriptionplan_id"},
	{ASSIGNMENT,
	 {IDENTIFIER},
	 "",
	 "organizations_subscription_historical_subscription_pl_1c40a1a1",
	 "organizations_subscriptionp_historical_subscription_pla_1c40a1a1",
	 ASSIGNMENT "_" IDENTIFIER "_1c40a1a1"},
	{"\"other\".\"thing\"", {"a"}, "_idx", "thing_a_f2742e0e_idx", "thing_a_f2742e0e_idx", "thing_a_f2742e0e_idx"},
	{"other\".\"thing", {"a"}, "", "thing_a_f2742e0e", "thing_a_f2742e0e", "thing_a_f2742e0e"},
	{"_" X70,
	 {"a"},
	 "_like",
	 "D_xxxxxxxxxxxxxxxxxxxxxxx_a_15021720_lik",
	 "D_xxxxxxxxxxxxxxxxxxxxxxx_a_15021720_lik",
	 "_" X70 "_a_15021720_like"},
	{"größenverzeichnis_der_überflüssigen_straßenbeläge_und_übergänge",
	 {"straße", "länge"},
	 "_uniq",
	 "größenverzeichnis_der_üb_straße_länge_9d2eaf38_uniq",
	 "größenverzeichnis_der_üb_straße_länge_9d2eaf38_uniq",
	 "größenverzeichnis_der_überflüssigen_straßenbeläge_und_übergänge_straße_länge_9d2eaf38_uniq"},
	{"日本語のとても長いテーブル名がここにありますよそしてもっともっと長くなります",
	 {"列の名前もとても長いですよほんとうに長いです"},
	 "_fk_別のテーブル_id",
	 "日本語のとても長いテーブル名がここにあり_列の名前もとても長いですよほんとうに長い_f3122f2d_fk_別のテーブル_"
	 "id",
	 "日本語のとても長いテーブル名がここにあり_列の名前もとても長いですよほんとうに長い_f3122f2d_fk_別のテーブル_"
	 "id",
	 "日本語のとても長いテーブル名がここにありますよそしてもっともっと長くなります_"
	 "列の名前もとても長いですよほんとうに長いです_f3122f2d_fk_別のテーブル_id"},
	{"ttttttttttttttttttttttttttt",
	 {"cccccccccccccccccccccccccc"},
	 "",
	 "ttttttttttttttttttttttttttt_cccccccccccccccccccccccccc_997bba9c",
	 "ttttttttttttttttttttttttttt_cccccccccccccccccccccccccc_997bba9c",
	 "ttttttttttttttttttttttttttt_cccccccccccccccccccccccccc_997bba9c"},
	{"ttttttttttttttttttttttttttt",
	 {"ccccccccccccccccccccccccccc"},
	 "",
	 "tttttttttttttttttttttttttt_cccccccccccccccccccccccccc_f3595926",
	 "ttttttttttttttttttttttttttt_ccccccccccccccccccccccccccc_f3595926",
	 "ttttttttttttttttttttttttttt_ccccccccccccccccccccccccccc_f3595926"},
};

static void names_of_indexes_are_cut_to_what_the_engine_may_have(void **state)
{
	(void)state;
	g_autoptr(iw_arena) arena = iw_arena_new();
	for (size_t i = 0; i < G_N_ELEMENTS(index_names); i++) {
		GPtrArray *columns = iw_arena_ptr_array(arena);
		for (int c = 0; index_names[i].columns[c] != NULL; c++)
			g_ptr_array_add(columns, (gpointer)index_names[i].columns[c]);
		const char *wanted[] = {[IW_POSTGRES] = index_names[i].postgres,
					[IW_MYSQL] = index_names[i].mysql,
					[IW_SQLITE] = index_names[i].sqlite};
		for (int dialect = 0; dialect < IW_DIALECTS; dialect++) {
			struct django_context context = {.arena = arena, .engine = {.dialect = dialect}};
			assert_string_equal(iw_django_create_index_name(&context, index_names[i].table, columns,
									index_names[i].suffix),
					    wanted[dialect]);
		}
	}
}

static void names_of_tables_are_cut_behind_their_namespace(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		int length;
		const char *cut;
	} rows[] = {
		{"short", 30, "short"},
		{"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 30, "aaaaaaaaaaaaaaaaaaaaaaaaaa4697"},
		{"ns\".\"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", 30, "ns\".\"bbbbbbbbbbbbbbbbbbbbbbbbbb6ef8"},
		{"\"ns\".\"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\"", 30, "ns\".\"bbbbbbbbbbbbbbbbbbbbbbbbbb6ef8"},
		{"üüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüü", 63,
		 "üüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüü94cb"},
		{X70, 0, X70},
		{"\"quoted_table_that_is_long_enough_for_being_cut\"", 20, "quoted_table_thac959"},
	};
	g_autoptr(iw_arena) arena = iw_arena_new();
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		assert_string_equal(iw_django_truncate_name(arena, rows[i].name, rows[i].length, 4), rows[i].cut);
}

static void a_digest_is_of_all_names_together(void **state)
{
	(void)state;
	g_autoptr(iw_arena) arena = iw_arena_new();
	assert_string_equal(iw_django_names_digest(arena, 8, "a", "b", NULL), "187ef443");
	assert_string_equal(iw_django_names_digest(arena, 6, "ab", NULL), "187ef4");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_of_indexes_are_cut_to_what_the_engine_may_have),
		cmocka_unit_test(names_of_tables_are_cut_behind_their_namespace),
		cmocka_unit_test(a_digest_is_of_all_names_together),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
